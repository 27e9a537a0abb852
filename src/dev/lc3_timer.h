// A timer for the LC-3, which the book has not: TMR and TMI.
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "core/line.h"

struct lc3_timer_state {
    u64 due_ns;   // CLOCK_NEVER: stopped
    u16 interval; // TMI: instructions from one tick to the next; 0: stopped
    u8 is_due;    // TMR[15]
    u8 is_irq_enabled;
};

struct lc3_timer {
    struct dev dev; // "timer"
    struct lc3_timer_state s;
    struct clock *clock;
    struct event tick;
    struct line irq; // high while a tick is unread and interrupts are enabled
};

void lc3_timer_init(struct lc3_timer *t, struct clock *clock, struct line irq);

u16 lc3_timer_read_status(void *timer);
u16 lc3_timer_peek_status(void *timer);
void lc3_timer_write_status(void *timer, u16 value);
u16 lc3_timer_read_interval(void *timer);
void lc3_timer_write_interval(void *timer, u16 value);
