// A timer, where PennSim has one; the book has none. It counts instructions, so that every run is
// the same.
//
//   xFE08 TMR  [15] r   a tick has passed; reading makes it 0
//              [14] rw  ticks ask for an interrupt (vector x81, priority 4)
//   xFE0A TMI  rw       instructions from one tick to the next; 0 stops it
//
// Writing TMI starts an interval.
//
// Not implemented: PennSim's milliseconds. A machine without wall clock has none.
#include "dev/lc3_timer.h"

#include "core/fields.h"

enum { DUE = 0x8000, IRQ_ENABLE = 0x4000 };

static const struct field timer_fields[] = {
    FIELD(struct lc3_timer_state, due_ns),
    FIELD(struct lc3_timer_state, interval),
    FIELD(struct lc3_timer_state, is_due),
    FIELD(struct lc3_timer_state, is_irq_enabled),
};
static const struct field_table timer_table =
    FIELD_TABLE("timer", 1, struct lc3_timer_state, timer_fields);

static void update_irq(struct lc3_timer *t)
{
    line_set(&t->irq, t->s.is_due && t->s.is_irq_enabled);
}

static void start_interval(struct lc3_timer *t, u64 from_ns)
{
    t->s.due_ns = t->s.interval ? from_ns + t->s.interval : CLOCK_NEVER;
    clock_arm(t->clock, &t->tick, t->s.due_ns);
}

static void tick(void *owner)
{
    struct lc3_timer *t = owner;
    t->s.is_due = true;
    start_interval(t, t->s.due_ns);
    update_irq(t);
}

u16 lc3_timer_peek_status(void *timer)
{
    const struct lc3_timer *t = timer;
    return (u16)((t->s.is_due ? DUE : 0) | (t->s.is_irq_enabled ? IRQ_ENABLE : 0));
}

u16 lc3_timer_read_status(void *timer)
{
    struct lc3_timer *t = timer;
    u16 value = lc3_timer_peek_status(t);
    t->s.is_due = false;
    update_irq(t);
    return value;
}

void lc3_timer_write_status(void *timer, u16 value)
{
    struct lc3_timer *t = timer;
    t->s.is_irq_enabled = value & IRQ_ENABLE ? 1 : 0;
    update_irq(t);
}

u16 lc3_timer_read_interval(void *timer)
{
    const struct lc3_timer *t = timer;
    return t->s.interval;
}

void lc3_timer_write_interval(void *timer, u16 value)
{
    struct lc3_timer *t = timer;
    t->s.interval = value;
    start_interval(t, clock_now_ns(t->clock));
}

static void reset(void *owner)
{
    struct lc3_timer *t = owner;
    t->s = (struct lc3_timer_state){.due_ns = CLOCK_NEVER};
    clock_disarm(t->clock, &t->tick);
    update_irq(t);
}

static void restored(void *owner)
{
    struct lc3_timer *t = owner;
    if (t->tick.when_ns != t->s.due_ns) {
        clock_arm(t->clock, &t->tick, t->s.due_ns);
    }
    update_irq(t);
}

void lc3_timer_init(struct lc3_timer *t, struct clock *clock, struct line irq)
{
    *t = (struct lc3_timer){.clock = clock, .irq = irq};
    dev_init(&t->dev, "timer", &timer_table, &t->s, t, reset, restored);
    clock_add_event(clock, &t->tick, "lc3_timer", tick, t);
    reset(t);
}
