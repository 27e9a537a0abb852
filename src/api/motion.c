// include/vitrine/debug.h: steps, breakpoints and moving in time, over the board's struct time_ops.
#include "vitrine/debug.h"

#include "base/bits.h"
#include "machine/board.h"

static const struct time_ops *time_of(const struct vt_machine *vm)
{
    return vm->ops->debug ? vm->ops->debug->time : NULL;
}

// Its past; NULL: it has none.
static struct timeline *timeline_of(const struct vt_machine *vm)
{
    return time_of(vm) && time_of(vm)->timeline ? time_of(vm)->timeline(vm->board) : NULL;
}

static enum flow flow_of(const struct vt_machine *vm)
{
    return time_of(vm)->flow ? time_of(vm)->flow(vm->board) : FLOW_ON;
}

static bool find_back(struct vt_machine *vm, u64 before, const struct breaks *breaks, u64 *step)
{
    return timeline_of(vm) && time_of(vm)->find_back(vm->board, before, breaks, step);
}

static struct vt_stop stopped(enum vt_stop_reason reason, unsigned code)
{
    return (struct vt_stop){.reason = reason, .code = code};
}

// --- steps ---

uint64_t vt_steps(const struct vt_machine *vm)
{
    return clock_instructions(&vm->m->clock);
}

struct vt_stop vt_step(struct vt_machine *vm, struct vt_delta *out)
{
    if (!time_of(vm)) {
        return vt_run(vm, vt_steps(vm) + 1, UINT64_MAX);
    }
    return time_of(vm)->step(vm->board, out);
}

bool vt_delta(struct vt_machine *vm, uint64_t step, struct vt_delta *out)
{
    return time_of(vm) && time_of(vm)->delta(vm->board, step, out);
}

bool vt_predict(struct vt_machine *vm, struct vt_delta *out)
{
    return time_of(vm) && time_of(vm)->predict(vm->board, out);
}

bool vt_wire_value(struct vt_machine *vm, const struct vt_delta *delta, unsigned nth, unsigned wire,
                   uint64_t *value)
{
    bool is_there = time_of(vm) && time_of(vm)->wire_value && wire < vt_describe(vm)->wire_count &&
                    nth < delta->micro_count;
    return is_there && time_of(vm)->wire_value(vm->board, delta, nth, wire, value);
}

// --- breakpoints ---

int vt_break_add(struct vt_machine *vm, const struct vt_break *b)
{
    if (!time_of(vm) || !time_of(vm)->can_break(vm->board, b)) {
        return -1;
    }
    for (int n = 0; n < VT_MAX_BREAKS; n++) {
        if (!vm->breaks.is_used[n]) {
            vm->breaks.rows[n] = *b;
            vm->breaks.is_used[n] = true;
            time_of(vm)->breaks_changed(vm->board);
            return n;
        }
    }
    return -1;
}

bool vt_break_remove(struct vt_machine *vm, unsigned number)
{
    if (number >= VT_MAX_BREAKS || !vm->breaks.is_used[number]) {
        return false;
    }
    vm->breaks.is_used[number] = false;
    time_of(vm)->breaks_changed(vm->board);
    return true;
}

bool vt_break_at(const struct vt_machine *vm, unsigned number, struct vt_break *out)
{
    if (number >= VT_MAX_BREAKS || !vm->breaks.is_used[number]) {
        return false;
    }
    *out = vm->breaks.rows[number];
    return true;
}

// A condition that can't be worked out holds: better to stop once too often.
static bool holds(struct vt_machine *vm, const struct vt_break *b)
{
    u64 value;
    return !b->condition[0] || !vt_evaluate(vm, b->condition, &value, NULL, NULL) || value != 0;
}

static unsigned pc_register(const struct vt_machine *vm)
{
    const struct vt_description *d = vt_describe(vm);
    unsigned n = 0;
    while (n < d->register_count && d->registers[n].role != VT_ROLE_PC) {
        n++;
    }
    return n;
}

// The breakpoint that stops a run here, before the next instruction; -1: none.
static int break_here(struct vt_machine *vm)
{
    u64 pc = vt_register(vm, pc_register(vm));
    for (int n = 0; n < VT_MAX_BREAKS; n++) {
        const struct vt_break *b = &vm->breaks.rows[n];
        if (vm->breaks.is_used[n] && !b->is_disabled && b->kind == VT_BREAK_EXECUTE &&
            pc >= b->first && pc <= b->last && holds(vm, b)) {
            return n;
        }
    }
    return -1;
}

// True if a stop at a breakpoint counts; its code is then that of one whose condition holds.
static bool is_wanted(struct vt_machine *vm, struct vt_stop *stop)
{
    const struct vt_break *b = &vm->breaks.rows[stop->code % VT_MAX_BREAKS];
    if (b->kind != VT_BREAK_EXECUTE) {
        return holds(vm, b);
    }
    int n = break_here(vm);
    stop->code = n >= 0 ? (unsigned)n : stop->code;
    return n >= 0;
}

struct vt_stop vt_run(struct vt_machine *vm, uint64_t max_instructions, uint64_t until_ns)
{
    for (;;) {
        struct vt_stop stop = vm->ops->run ? vm->ops->run(vm->board, max_instructions, until_ns)
                                           : machine_run(vm->m, max_instructions, until_ns);
        if (stop.reason != VT_STOP_BREAK || !time_of(vm) || is_wanted(vm, &stop)) {
            return stop;
        }
    }
}

// --- moving ---

void vt_history(const struct vt_machine *vm, uint64_t *first, uint64_t *last)
{
    const struct timeline *t = timeline_of(vm);
    *first = t ? 0 : vt_steps(vm);
    *last = t ? t->last : vt_steps(vm);
}

bool vt_go_to(struct vt_machine *vm, uint64_t step)
{
    struct timeline *t = timeline_of(vm);
    return step == vt_steps(vm) || (t && timeline_go_to(t, step));
}

// Keeps them in the order of their numbers.
static void add_branch(struct vt_branch *rows, unsigned count, const struct vt_branch *b)
{
    while (count > 0 && rows[count - 1].number > b->number) {
        rows[count] = rows[count - 1];
        count--;
    }
    rows[count] = *b;
}

unsigned vt_branches(const struct vt_machine *vm, struct vt_branch *out, unsigned max)
{
    const struct timeline *t = timeline_of(vm);
    if (!t || max == 0) {
        return 0;
    }
    unsigned count = 1;
    out[0] = (struct vt_branch){t->number, t->last, t->last, true};
    for (unsigned n = 0; n < TIMELINE_BRANCHES && count < max; n++) {
        const struct timeline_branch *b = &t->branches[n];
        if (b->number) {
            struct vt_branch other = {b->number, b->fork, b->end, false};
            add_branch(out, count++, &other);
        }
    }
    return count;
}

bool vt_switch_branch(struct vt_machine *vm, unsigned number)
{
    struct timeline *t = timeline_of(vm);
    return t && timeline_switch(t, number);
}

// Steps on until the depth of calls, which begins with `depth`, is 0.
static struct vt_stop step_until_level(struct vt_machine *vm, int depth, u64 limit)
{
    while (depth > 0 && vt_steps(vm) < limit) {
        enum flow flow = flow_of(vm);
        struct vt_stop stop = vt_run(vm, vt_steps(vm) + 1, UINT64_MAX);
        if (stop.reason != VT_STOP_LIMIT) {
            return stop;
        }
        depth += flow == FLOW_CALL ? 1 : flow == FLOW_RETURN ? -1 : 0;
        int here = depth > 0 ? break_here(vm) : -1;
        if (here >= 0) {
            return stopped(VT_STOP_BREAK, (unsigned)here);
        }
    }
    return stopped(VT_STOP_LIMIT, 0);
}

struct vt_stop vt_move_forward(struct vt_machine *vm, enum vt_motion motion, uint64_t max_steps)
{
    u64 now = vt_steps(vm);
    u64 limit = max_steps > UINT64_MAX - now ? UINT64_MAX : now + max_steps;
    if (!time_of(vm) || motion == VT_MOVE_RUN) {
        return vt_run(vm, limit, UINT64_MAX);
    }
    if (motion == VT_MOVE_OUT) {
        return step_until_level(vm, 1, limit);
    }
    bool is_call = flow_of(vm) == FLOW_CALL;
    struct vt_stop stop = vt_step(vm, NULL);
    if (motion == VT_MOVE_OVER && is_call && stop.reason == VT_STOP_LIMIT) {
        return step_until_level(vm, 1, limit);
    }
    int here = stop.reason == VT_STOP_LIMIT ? break_here(vm) : -1;
    return here >= 0 ? stopped(VT_STOP_BREAK, (unsigned)here) : stop;
}

// Undoes steps until `depth` calls have been undone more than returns.
static struct vt_stop undo_until_level(struct vt_machine *vm, int depth)
{
    u64 first, last;
    vt_history(vm, &first, &last);
    while (depth > 0 && vt_steps(vm) > first) {
        if (!vt_go_to(vm, vt_steps(vm) - 1)) {
            break;
        }
        enum flow flow = flow_of(vm);
        depth += flow == FLOW_RETURN ? 1 : flow == FLOW_CALL ? -1 : 0;
        int here = depth > 0 ? break_here(vm) : -1;
        if (here >= 0) {
            return stopped(VT_STOP_BREAK, (unsigned)here);
        }
    }
    return stopped(VT_STOP_LIMIT, 0);
}

// Whether the step that was found hits a breakpoint whose condition holds; the present moment is
// then before that step.
static bool is_hit(struct vt_machine *vm, u64 step, int *number)
{
    *number = vt_go_to(vm, step) ? break_here(vm) : -1;
    if (*number >= 0) {
        return true;
    }
    for (int n = 0; n < VT_MAX_BREAKS; n++) {
        struct breaks one = {0};
        u64 found;
        one.rows[0] = vm->breaks.rows[n];
        one.is_used[0] = vm->breaks.is_used[n] && one.rows[0].kind != VT_BREAK_EXECUTE;
        if (one.is_used[0] && vt_go_to(vm, step + 1) && find_back(vm, step + 1, &one, &found) &&
            found == step && holds(vm, &one.rows[0])) {
            *number = n;
            return vt_go_to(vm, step);
        }
    }
    return false;
}

static struct vt_stop run_back(struct vt_machine *vm)
{
    u64 first, last, step = vt_steps(vm);
    int number;
    vt_history(vm, &first, &last);
    while (find_back(vm, step, &vm->breaks, &step)) {
        if (is_hit(vm, step, &number)) {
            return stopped(VT_STOP_BREAK, (unsigned)number);
        }
    }
    vt_go_to(vm, first);
    return stopped(VT_STOP_LIMIT, 0);
}

struct vt_stop vt_move_back(struct vt_machine *vm, enum vt_motion motion)
{
    u64 first, last;
    vt_history(vm, &first, &last);
    if (!time_of(vm) || vt_steps(vm) == first) {
        return stopped(VT_STOP_LIMIT, 0);
    }
    if (motion == VT_MOVE_RUN) {
        return run_back(vm);
    }
    if (motion == VT_MOVE_OUT) {
        return undo_until_level(vm, 1);
    }
    vt_go_to(vm, vt_steps(vm) - 1);
    if (motion == VT_MOVE_OVER && flow_of(vm) == FLOW_RETURN) {
        return undo_until_level(vm, 1);
    }
    return stopped(VT_STOP_LIMIT, 0);
}

// --- where values come from ---

bool vt_last_write(struct vt_machine *vm, const struct vt_place *place, uint64_t before,
                   uint64_t *step)
{
    bool is_memory = place->kind == VT_PLACE_MEMORY;
    if (!time_of(vm) || (!is_memory && place->kind != VT_PLACE_REGISTER)) {
        return false;
    }
    struct breaks one = {.is_used = {true}};
    one.rows[0] = (struct vt_break){
        .kind = is_memory ? VT_BREAK_WRITE : VT_BREAK_REGISTER,
        .space = place->space,
        .first = place->index,
        .last = place->index,
    };
    return find_back(vm, before, &one, step);
}

static bool is_same_place(const struct vt_place *a, const struct vt_place *b)
{
    return a->kind == b->kind && a->space == b->space && a->index == b->index;
}

static const struct vt_effect *effect_on(const struct vt_delta *d, const struct vt_place *place)
{
    for (unsigned n = 0; n < d->effect_count; n++) {
        if (is_same_place(&d->effects[n].place, place)) {
            return &d->effects[n];
        }
    }
    return NULL;
}

// The link for a place that had `value` at moment `before`.
static struct vt_why link_of(struct vt_machine *vm, const struct vt_place *place, u64 value,
                             u64 before, int parent)
{
    struct vt_delta d;
    u64 step;
    if (vt_last_write(vm, place, before, &step) && vt_delta(vm, step, &d)) {
        const struct vt_effect *e = effect_on(&d, place);
        if (e) {
            return (struct vt_why){.step = step, .parent = parent, .effect = *e};
        }
    }
    return (struct vt_why){
        .parent = parent,
        .is_origin = true,
        .effect = {.place = *place, .old_value = value, .new_value = value},
    };
}

static u64 value_now(struct vt_machine *vm, const struct vt_place *place)
{
    uint16_t cell = 0;
    if (place->kind == VT_PLACE_REGISTER) {
        return vt_register(vm, (unsigned)place->index);
    }
    vt_memory(vm, place->space, place->index, &cell, 1);
    return cell;
}

unsigned vt_why(struct vt_machine *vm, const struct vt_place *place, struct vt_why *links,
                unsigned max)
{
    bool is_askable = place->kind == VT_PLACE_REGISTER || place->kind == VT_PLACE_MEMORY;
    if (!time_of(vm) || !is_askable || max == 0) {
        return 0;
    }
    unsigned count = 1;
    links[0] = link_of(vm, place, value_now(vm, place), vt_steps(vm), -1);
    for (unsigned n = 0; n < count; n++) {
        const struct vt_effect e = links[n].effect;
        unsigned sources = links[n].is_origin ? 0u : (unsigned)(e.source_count - e.address_count);
        for (unsigned s = 0; s < sources && count < max; s++) {
            const struct vt_source *source = &e.sources[s];
            bool is_followed =
                source->place.kind == VT_PLACE_REGISTER || source->place.kind == VT_PLACE_MEMORY;
            if (is_followed) {
                links[count++] = link_of(vm, &source->place, source->value, links[n].step, (int)n);
            }
        }
    }
    return count;
}

unsigned vt_frames(struct vt_machine *vm, struct vt_frame *frames, unsigned max)
{
    return time_of(vm) && time_of(vm)->frames ? time_of(vm)->frames(vm->board, frames, max) : 0;
}
