// Steps, breakpoints and history for JavaScript.
#include "front/web/web_machine.h"

enum { WEB_ROWS = 64 }; // of lists that are handed over as four doubles a row

double EXPORT(web_steps)(const struct web_machine *w)
{
    return (double)vt_steps(w->vm);
}

double EXPORT(web_history_last)(const struct web_machine *w)
{
    uint64_t first, last;

    vt_history(w->vm, &first, &last);
    return (double)last;
}

bool EXPORT(web_go_to)(struct web_machine *w, double step)
{
    return vt_go_to(w->vm, web_limit(step));
}

unsigned EXPORT(web_move)(struct web_machine *w, unsigned motion, bool is_back, double max_steps)
{
    return web_note_stop(
        w, is_back ? vt_move_back(w->vm, (enum vt_motion)motion)
                   : vt_move_forward(w->vm, (enum vt_motion)motion, web_limit(max_steps)));
}

// -1: it can't be watched, or the condition is too long.
int EXPORT(web_break_add)(struct web_machine *w, unsigned kind, unsigned space, double first,
                          double last, const char *condition)
{
    struct vt_break b = {.kind = (uint8_t)kind,
                         .space = (uint8_t)space,
                         .first = web_limit(first),
                         .last = web_limit(last)};

    for (size_t n = 0; condition && condition[n]; n++) {
        if (n + 1 == sizeof b.condition) {
            return -1;
        }
        b.condition[n] = condition[n];
    }
    return vt_break_add(w->vm, &b);
}

bool EXPORT(web_break_remove)(struct web_machine *w, unsigned number)
{
    return vt_break_remove(w->vm, number);
}

// Open calls, the innermost first: call_address, target, step, cause for each.
unsigned EXPORT(web_frames)(struct web_machine *w, double *to)
{
    struct vt_frame frames[WEB_ROWS];
    unsigned count = vt_frames(w->vm, frames, WEB_ROWS);

    for (unsigned n = 0; n < count && n < WEB_ROWS; n++) {
        to[4 * n] = (double)frames[n].call_address;
        to[4 * n + 1] = (double)frames[n].target;
        to[4 * n + 2] = frames[n].step == UINT64_MAX ? -1 : (double)frames[n].step;
        to[4 * n + 3] = frames[n].cause;
    }
    return count < WEB_ROWS ? count : WEB_ROWS;
}

// What a step is remembered by: 1 it printed or drew, 2 it took a key, 3 an interrupt, 4 an
// exception or trap, 5 an edit; 0: nothing.
static unsigned mark_of(const struct vt_delta *d)
{
    static const uint8_t causes[] = {
        [VT_CAUSE_INSTRUCTION] = 0,
        [VT_CAUSE_INTERRUPT] = 3,
        [VT_CAUSE_EXCEPTION] = 4,
        [VT_CAUSE_EDIT] = 5,
    };
    unsigned mark = causes[d->cause];

    for (unsigned n = 0; n < d->effect_count && !mark; n++) {
        const struct vt_effect *e = &d->effects[n];

        mark = e->place.kind == VT_PLACE_OUTPUT ? 1 : 0;
        for (unsigned k = 0; k < e->source_count && !mark; k++) {
            mark = e->sources[k].place.kind == VT_PLACE_INPUT ? 2 : 0;
        }
    }
    return mark;
}

// Marks of the steps from `first` to before `end`: step and mark for each, 2 * WEB_ROWS at most.
// Goes through the past once and returns to the present.
unsigned EXPORT(web_marks)(struct web_machine *w, double first, double end, double *to)
{
    uint64_t now = vt_steps(w->vm);
    unsigned count = 0;

    if (!vt_go_to(w->vm, web_limit(first))) {
        return 0;
    }
    for (uint64_t step = web_limit(first); step < web_limit(end) && count < 2 * WEB_ROWS; step++) {
        vt_step(w->vm, &w->delta);
        if (mark_of(&w->delta)) {
            to[2 * count] = (double)step;
            to[2 * count + 1] = mark_of(&w->delta);
            count++;
        }
    }
    vt_go_to(w->vm, now);
    return count;
}

// Courses of events: number, fork, last, whether it is the present one.
unsigned EXPORT(web_branches)(const struct web_machine *w, double *to)
{
    struct vt_branch branches[WEB_ROWS];
    unsigned count = vt_branches(w->vm, branches, WEB_ROWS);

    for (unsigned n = 0; n < count && n < WEB_ROWS; n++) {
        to[4 * n] = branches[n].number;
        to[4 * n + 1] = (double)branches[n].fork;
        to[4 * n + 2] = (double)branches[n].last;
        to[4 * n + 3] = branches[n].is_present;
    }
    return count < WEB_ROWS ? count : WEB_ROWS;
}

bool EXPORT(web_switch_branch)(struct web_machine *w, unsigned number)
{
    return vt_switch_branch(w->vm, number);
}
