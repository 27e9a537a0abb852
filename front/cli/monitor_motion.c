// Going on and stopping: `step`, `next`, `finish`, and the breakpoints.
#include "front/cli/monitor_commands.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

// A motion that does not arrive gives up, and a long one looks now and then whether it is still
// wanted.
enum { MOTION_STEPS = 10 * 1000 * 1000, SLICE_STEPS = 10 * 1000 * 1000 };

// After a motion: where it is now. A stop that ends the machine is the front end's.
static enum monitor_result moved(struct monitor *m, struct vt_stop stop)
{
    if (stop.reason != VT_STOP_LIMIT && stop.reason != VT_STOP_BREAK) {
        m->stop = stop;
        m->has_stop = true;
        return MONITOR_CONTINUES;
    }
    if (stop.reason == VT_STOP_BREAK) {
        monitor_print(m, "breakpoint %u\n", stop.code);
    }
    monitor_show_instruction(m, vt_register(m->vm, (unsigned)vt_register_by_name(m->vm, "pc")),
                             true);
    return MONITOR_STAYS;
}

static struct vt_stop run_steps(struct monitor *m, uint64_t count)
{
    uint64_t now = vt_instructions(m->vm);
    uint64_t end = count > UINT64_MAX - now ? UINT64_MAX : now + count;
    struct vt_stop stop;

    do {
        uint64_t left = end - vt_instructions(m->vm);

        stop = vt_run(m->vm, end - left + (left < SLICE_STEPS ? left : SLICE_STEPS), UINT64_MAX);
    } while (stop.reason == VT_STOP_LIMIT && vt_instructions(m->vm) < end &&
             !(m->host.is_interrupted && m->host.is_interrupted(m->host.owner)));
    return stop;
}

static enum monitor_result run_motion(struct monitor *m, enum vt_motion motion)
{
    uint64_t end = vt_instructions(m->vm) + MOTION_STEPS;
    struct vt_stop stop = vt_move_forward(m->vm, motion, MOTION_STEPS);

    if (stop.reason == VT_STOP_LIMIT && vt_instructions(m->vm) >= end) {
        monitor_print(m, "not there after %d million instructions\n", MOTION_STEPS / 1000000);
    }
    return moved(m, stop);
}

enum monitor_result monitor_run_step(struct monitor *m, const struct words *w)
{
    uint64_t count = 1;
    struct vt_delta delta;

    if (w->count > 1 && !monitor_value(m, w->at[1], &count)) {
        return MONITOR_STAYS;
    }
    if (count != 1) {
        return moved(m, run_steps(m, count));
    }
    struct vt_stop stop = vt_step(m->vm, &delta);

    monitor_print(m, "   %s\n", delta.text);
    return moved(m, stop);
}

enum monitor_result monitor_run_next(struct monitor *m, const struct words *w)
{
    (void)w;
    return run_motion(m, VT_MOVE_OVER);
}

enum monitor_result monitor_run_finish(struct monitor *m, const struct words *w)
{
    (void)w;
    return run_motion(m, VT_MOVE_OUT);
}

// --- breakpoints ---

static void list_breaks(const struct monitor *m)
{
    static const char *const kinds[] = {"execution", "read", "write", "register"};
    const struct vt_description *d = vt_describe(m->vm);
    struct vt_break b;

    for (unsigned n = 0; n < VT_MAX_BREAKS; n++) {
        if (!vt_break_at(m->vm, n, &b)) {
            continue;
        }
        if (b.kind == VT_BREAK_REGISTER) {
            monitor_print(m, "%u  change of %s  %s\n", n, d->registers[b.first].name, b.condition);
        } else {
            monitor_print(m, "%u  %s  %s %08" PRIx64 "-%08" PRIx64 "  %s\n", n, kinds[b.kind],
                          d->spaces[b.space].name, b.first, b.last, b.condition);
        }
    }
}

// The condition is all that stands from word `at` on.
static bool read_condition(const struct monitor *m, const struct words *w, unsigned at,
                           struct vt_break *b)
{
    struct expression e;

    if (at >= w->count) {
        return true;
    }
    if (!monitor_expression(m, words_from(w, at), &e)) {
        return false;
    }
    if (e.length >= sizeof b->condition) {
        monitor_print(m, "a condition has at most %zu characters\n", sizeof b->condition - 1);
        return false;
    }
    memcpy(b->condition, e.text, e.length + 1);
    return true;
}

static void add_break(struct monitor *m, struct vt_break b, const struct words *w,
                      unsigned condition)
{
    if (read_condition(m, w, condition, &b)) {
        int number = vt_break_add(m->vm, &b);

        monitor_print(m, number < 0 ? "that can't be watched\n" : "breakpoint %d\n", number);
    }
}

// break ADDRESS [CONDITION]
enum monitor_result monitor_run_break(struct monitor *m, const struct words *w)
{
    struct vt_break b = {.kind = VT_BREAK_EXECUTE};

    if (w->count == 1) {
        list_breaks(m);
    } else if (monitor_value(m, w->at[1], &b.first)) {
        b.last = b.first;
        add_break(m, b, w, 2);
    }
    return MONITOR_STAYS;
}

// watch REGISTER|ADDRESS [BYTES]
enum monitor_result monitor_run_watch(struct monitor *m, const struct words *w)
{
    const char *name = w->at[1] + (w->at[1][0] == '$' || w->at[1][0] == '%');
    int reg = vt_register_by_name(m->vm, name);
    struct vt_break b = {.kind = VT_BREAK_WRITE};
    uint64_t bytes = 1;

    if (reg >= 0) {
        b.kind = VT_BREAK_REGISTER;
        b.first = b.last = (unsigned)reg;
        add_break(m, b, w, 2);
    } else if (monitor_value(m, w->at[1], &b.first) &&
               (w->count < 3 || monitor_value(m, w->at[2], &bytes))) {
        b.last = b.first + (bytes ? bytes : 1) - 1;
        add_break(m, b, w, 3);
    }
    return MONITOR_STAYS;
}

static int space_by_name(const struct monitor *m, const char *name)
{
    const struct vt_description *d = vt_describe(m->vm);

    for (unsigned n = 0; n < d->space_count; n++) {
        if (strcmp(d->spaces[n].name, name) == 0) {
            return (int)n;
        }
    }
    return -1;
}

// port in|out PORT
enum monitor_result monitor_run_port(struct monitor *m, const struct words *w)
{
    bool is_out = strcmp(w->at[1], "out") == 0;
    struct vt_break b = {.kind = is_out ? VT_BREAK_WRITE : VT_BREAK_READ,
                         .space = (uint8_t)space_by_name(m, "ports")};

    if (!is_out && strcmp(w->at[1], "in") != 0) {
        monitor_print(m, "port in PORT, or port out PORT\n");
    } else if (monitor_value(m, w->at[2], &b.first)) {
        b.last = b.first;
        add_break(m, b, w, 3);
    }
    return MONITOR_STAYS;
}

enum monitor_result monitor_run_delete(struct monitor *m, const struct words *w)
{
    uint64_t number;

    if (monitor_value(m, w->at[1], &number) && !vt_break_remove(m->vm, (unsigned)number)) {
        monitor_print(m, "there is no breakpoint %" PRIu64 "; `break` lists them\n", number);
    }
    return MONITOR_STAYS;
}
