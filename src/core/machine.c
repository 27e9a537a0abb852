#include "core/machine.h"

#include "base/bits.h"

// The longest slice, so that a CPU's counters never come near their ends.
#define SLICE_MAX (1ull << 40)

void machine_stop(struct machine *m, enum vt_stop_reason reason, unsigned code)
{
    if (!m->wants_stop) { // the first reason counts
        m->wants_stop = true;
        m->stop = (struct vt_stop){.reason = reason, .code = code};
    }
    m->cpu.kick(m->cpu.owner);
}

void machine_reset_line(void *machine, unsigned n, bool level)
{
    struct machine *m = machine;
    (void)n;
    if (level) {
        m->wants_reset = true;
        m->cpu.kick(m->cpu.owner);
    }
}

void machine_init_line(void *machine, unsigned n, bool level)
{
    struct machine *m = machine;
    (void)n;
    if (level) {
        m->wants_init = true;
        m->cpu.kick(m->cpu.owner);
    }
}

static struct vt_stop stopped(enum vt_stop_reason reason)
{
    return (struct vt_stop){.reason = reason};
}

static void run_events(struct machine *m)
{
    if (m->before_events && m->clock.next_ns <= m->clock.base_ns) {
        m->before_events(m->board);
    }
    if (clock_run_due(&m->clock) > 0 && m->after_events) {
        m->after_events(m->board);
    }
    if (m->cpu.is_shut_down(m->cpu.owner) && m->shut_down) {
        m->shut_down(m->board);
    }
    if (m->wants_reset && !m->wants_stop) {
        m->wants_reset = m->wants_init = false; // a reset includes it
        m->reset(m->board);
    }
    if (m->wants_init && !m->wants_stop) {
        m->wants_init = false;
        m->init(m->board);
    }
}

// The CPU waits: time passes to the next event. False: there is none, and it waits for ever.
static bool skip_idle_time(struct machine *m, u64 until_ns)
{
    u64 next = min_u64(m->clock.next_ns, until_ns);
    if (m->cpu.is_dead(m->cpu.owner) || next == CLOCK_NEVER) {
        return false;
    }
    clock_skip_to(&m->clock, next);
    return true;
}

static void run_slice(struct machine *m, u64 max_instructions, u64 until_ns)
{
    u64 deadline = min_u64(m->clock.next_ns, until_ns);
    u64 budget = min_u64(max_instructions - m->clock.instructions, SLICE_MAX);
    if (deadline != CLOCK_NEVER) {
        budget = min_u64(budget, clock_instructions_until(&m->clock, deadline));
    }
    clock_advance(&m->clock, m->cpu.run(m->cpu.owner, budget));
}

struct vt_stop machine_run(struct machine *m, u64 max_instructions, u64 until_ns)
{
    for (;;) {
        run_events(m);
        if (m->wants_stop) {
            m->wants_stop = false;
            return m->stop;
        }
        if (m->clock.instructions >= max_instructions) {
            return stopped(VT_STOP_LIMIT);
        }
        if (m->clock.base_ns >= until_ns) {
            return stopped(VT_STOP_TIME);
        }
        if (!m->cpu.is_halted(m->cpu.owner)) {
            run_slice(m, max_instructions, until_ns);
        } else if (!skip_idle_time(m, until_ns)) {
            return stopped(VT_STOP_HALTED);
        }
    }
}
