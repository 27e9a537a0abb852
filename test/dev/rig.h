// A bench for one chip: ports, a clock that the test moves, and probes at its output wires.
#pragma once

#include "core/clock.h"
#include "core/line.h"
#include "core/ports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct rig {
    struct clock clock;
    struct ports ports;
};

static inline void rig_init(struct rig *r)
{
    clock_init(&r->clock, 1, 1);
    ports_init(&r->ports);
}

static inline void rig_out(struct rig *r, u16 port, u8 value)
{
    ports_write(&r->ports, port, value, 1);
}

static inline u8 rig_in(struct rig *r, u16 port)
{
    return (u8)ports_read(&r->ports, port, 1);
}

// Lets guest time pass, stopping at each event on the way.
static inline void rig_run_until(struct rig *r, u64 ns)
{
    while (r->clock.next_ns <= ns) {
        clock_skip_to(&r->clock, r->clock.next_ns);
        clock_run_due(&r->clock);
    }
    clock_skip_to(&r->clock, ns);
}

static inline void rig_run(struct rig *r, u64 ns)
{
    rig_run_until(r, clock_now_ns(&r->clock) + ns);
}

// Watches a wire.
struct probe {
    bool level;
    unsigned rise_count;
};

static inline void probe_set(void *owner, unsigned n, bool level)
{
    struct probe *p = owner;
    (void)n;
    p->rise_count += level && !p->level;
    p->level = level;
}

static inline struct line probe_line(struct probe *p)
{
    return (struct line){.set = probe_set, .owner = p, .n = 0};
}
