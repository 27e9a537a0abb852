// The LC-3's display: DSR and DDR.
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "dev/lc3_latency.h"

struct lc3_display_state {
    u64 count;    // characters shown so far
    u64 ready_ns; // when the next can be; CLOCK_NEVER: now
    u16 data;     // DDR
    struct lc3_latency_state latency;
};

struct lc3_display {
    struct dev dev; // "display"
    struct lc3_display_state s;
    struct clock *clock;
    struct event ready;
    struct lc3_latency latency;

    void (*show)(void *owner, u64 n, u8 character); // the nth of all
    void *owner;
};

void lc3_display_init(struct lc3_display *d, struct clock *clock,
                      void (*show)(void *owner, u64 n, u8 character), void *owner,
                      struct lc3_latency latency, u64 seed);

u16 lc3_display_read_status(void *display);
u16 lc3_display_read_data(void *display);
void lc3_display_write_data(void *display, u16 value);
