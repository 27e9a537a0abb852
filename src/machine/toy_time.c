// The toy's steps, breakpoints and past, for debug.h. What a past step did is found by doing it
// again: the machine goes there, steps, and comes back.
#include "machine/toy.h"

#include "cpu/toy/view.h"

// --- steps ---

static u64 now(const struct toy_board *b)
{
    return timeline_now(&b->timeline);
}

static struct vt_stop stop_of(const struct toy_board *b)
{
    return (struct vt_stop){.reason = b->cpu.s.is_over      ? VT_STOP_POWER_OFF
                                      : b->cpu.s.is_faulty  ? VT_STOP_FAULT
                                      : b->cpu.s.is_waiting ? VT_STOP_INPUT
                                                            : VT_STOP_LIMIT};
}

static void note(void *owner, const struct vt_effect *effect)
{
    toy_note_effect(owner, effect);
}

static struct vt_stop step(void *board, struct vt_delta *out)
{
    struct toy_board *b = board;
    struct vt_delta ignored;
    struct vt_delta *d = out ? out : &ignored;
    u64 before = now(b);
    toy_delta_begin(&b->cpu, d);
    d->step = before;
    struct toy_watcher watcher = {note, d};
    b->cpu.watcher = &watcher;
    timeline_run(&b->timeline, before + 1, UINT64_MAX);
    b->cpu.watcher = NULL;
    toy_delta_end(&b->cpu, d, now(b) > before);
    return stop_of(b);
}

// Does something at another moment and comes back. What is printed there has been printed.
static bool delta(void *board, u64 at, struct vt_delta *out)
{
    struct toy_board *b = board;
    u64 present = now(b);
    if (at >= b->timeline.last || !timeline_go_to(&b->timeline, at)) {
        return false;
    }
    step(b, out);
    return timeline_go_to(&b->timeline, present) && out->step == at;
}

static bool predict(void *board, struct vt_delta *out)
{
    struct toy_board *b = board;
    struct toy trial = b->cpu;
    struct toy_memory memory = b->memory;
    trial.memory = &memory;
    trial.print = NULL;
    bool is_done = toy_step_watched(&trial, out);
    out->step = now(b);
    return is_done;
}

static bool wire_value(void *board, const struct vt_delta *d, unsigned nth, unsigned wire,
                       u64 *value)
{
    (void)board;
    return toy_wire_value(d, nth, wire, value);
}

// --- breakpoints ---

static bool is_in(const struct vt_break *k, u64 index)
{
    return index >= k->first && index <= k->last;
}

static bool effect_hits(const struct vt_break *k, const struct vt_effect *e)
{
    if (k->kind == VT_BREAK_REGISTER) {
        return e->place.kind == VT_PLACE_REGISTER && e->place.index == k->first;
    }
    bool writes = e->place.kind == VT_PLACE_MEMORY && e->place.space == k->space;
    if (k->kind == VT_BREAK_WRITE) {
        return writes && is_in(k, e->place.index);
    }
    for (unsigned n = 0; k->kind == VT_BREAK_READ && n < e->source_count; n++) {
        const struct vt_place *p = &e->sources[n].place;
        if (p->kind == VT_PLACE_MEMORY && p->space == k->space && is_in(k, p->index)) {
            return true;
        }
    }
    return false;
}

// The breakpoint that a step hits by what it does; -1: none.
static int hit_by(const struct breaks *breaks, const struct vt_delta *d)
{
    for (int n = 0; n < VT_MAX_BREAKS; n++) {
        const struct vt_break *k = &breaks->rows[n];
        for (unsigned e = 0; breaks->is_used[n] && !k->is_disabled && e < d->effect_count; e++) {
            if (effect_hits(k, &d->effects[e])) {
                return n;
            }
        }
    }
    return -1;
}

static int hit_at(const struct breaks *breaks, u64 address)
{
    for (int n = 0; n < VT_MAX_BREAKS; n++) {
        const struct vt_break *k = &breaks->rows[n];
        if (breaks->is_used[n] && !k->is_disabled && k->kind == VT_BREAK_EXECUTE &&
            is_in(k, address)) {
            return n;
        }
    }
    return -1;
}

static bool can_break(const void *board, const struct vt_break *k)
{
    (void)board;
    return k->kind == VT_BREAK_REGISTER ? k->first < toy_description.register_count
                                        : k->first <= k->last && k->space < 2;
}

static bool has_breaks(const struct breaks *breaks)
{
    for (unsigned n = 0; n < VT_MAX_BREAKS; n++) {
        if (breaks->is_used[n] && !breaks->rows[n].is_disabled) {
            return true;
        }
    }
    return false;
}

static void breaks_changed(void *board)
{
    struct toy_board *b = board;
    b->has_breaks = has_breaks(&b->vm.breaks);
}

// Step by step, as long as nobody has to be asked. A breakpoint at the first instruction does not
// stop it again.
struct vt_stop toy_run_watched(struct toy_board *b, u64 max_steps)
{
    struct vt_delta d;
    while (now(b) < max_steps) {
        struct vt_stop stop = step(b, &d);
        if (stop.reason != VT_STOP_LIMIT) {
            return stop;
        }
        int hit = hit_by(&b->vm.breaks, &d);
        hit = hit >= 0 ? hit : hit_at(&b->vm.breaks, b->cpu.s.ip);
        if (hit >= 0) {
            return (struct vt_stop){.reason = VT_STOP_BREAK, .code = (unsigned)hit};
        }
    }
    return (struct vt_stop){.reason = VT_STOP_LIMIT};
}

// --- the past ---

static struct timeline *timeline(void *board)
{
    struct toy_board *b = board;
    return &b->timeline;
}

struct search {
    struct toy_board *board;
    const struct breaks *breaks;
};

// The latest hit in [from, to).
static bool search_steps(void *owner, u64 from, u64 to, u64 *found)
{
    const struct search *search = owner;
    struct toy_board *b = search->board;
    bool is_found = false;
    struct vt_delta d;
    if (!timeline_go_to(&b->timeline, from)) {
        return false;
    }
    while (now(b) < to) {
        u64 at = now(b);
        bool hits = hit_at(search->breaks, b->cpu.s.ip) >= 0;
        step(b, &d);
        if (now(b) == at) {
            break; // it waits for a key that has not come
        }
        if (hits || hit_by(search->breaks, &d) >= 0) {
            *found = at;
            is_found = true;
        }
    }
    return is_found;
}

static bool find_back(void *board, u64 before, const struct breaks *breaks, u64 *found)
{
    struct toy_board *b = board;
    struct search steps = {.board = b, .breaks = breaks};
    u64 present = now(b);
    bool is_found = timeline_search_back(before, search_steps, &steps, found);
    timeline_go_to(&b->timeline, present);
    return is_found;
}

const struct time_ops toy_time_ops = {
    .step = step,
    .delta = delta,
    .predict = predict,
    .wire_value = wire_value,
    .can_break = can_break,
    .breaks_changed = breaks_changed,
    .timeline = timeline,
    .find_back = find_back,
};
