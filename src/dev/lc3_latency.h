// How long an LC-3 device is busy: not at all, a number of instructions, or a random one.
#pragma once

#include "base/types.h"

struct lc3_latency {
    u32 steps;      // instructions that a device is busy; 0: none
    bool is_random; // from 1 to `steps`
};

struct lc3_latency_state {
    u64 random; // any number but 0
};

// The next time, in nanoseconds of guest time (one is an instruction).
static inline u64 lc3_latency_next(const struct lc3_latency *l, struct lc3_latency_state *s)
{
    if (!l->is_random || l->steps == 0) {
        return l->steps;
    }
    s->random ^= s->random << 13; // xorshift64
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return 1 + s->random % l->steps;
}
