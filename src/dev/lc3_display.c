// The LC-3's display [P&P] section 9.3 and appendix A.3.
//
//   xFE04 DSR  [15] r   the display can take a character
//   xFE06 DDR  [7:0] w  the character; reads give what was written last
//
// A character written while DSR[15] is 0 is shown all the same, and begins the wait anew.
//
// Not implemented: an interrupt enable in DSR[14], which the book does not draw.
#include "dev/lc3_display.h"

#include "core/fields.h"

enum { READY = 0x8000 };

static const struct field latency_fields[] = {FIELD(struct lc3_latency_state, random)};
static const struct field display_fields[] = {
    FIELD(struct lc3_display_state, count),
    FIELD(struct lc3_display_state, ready_ns),
    FIELD(struct lc3_display_state, data),
    FIELD_STRUCT(struct lc3_display_state, latency, latency_fields),
};
static const struct field_table display_table =
    FIELD_TABLE("display", 1, struct lc3_display_state, display_fields);

static void become_ready(void *owner)
{
    struct lc3_display *d = owner;
    d->s.ready_ns = CLOCK_NEVER;
}

u16 lc3_display_read_status(void *display)
{
    const struct lc3_display *d = display;
    return d->s.ready_ns == CLOCK_NEVER ? READY : 0;
}

u16 lc3_display_read_data(void *display)
{
    const struct lc3_display *d = display;
    return d->s.data;
}

void lc3_display_write_data(void *display, u16 value)
{
    struct lc3_display *d = display;
    u64 wait_ns = lc3_latency_next(&d->latency, &d->s.latency);
    d->s.data = value;
    if (wait_ns > 0) {
        d->s.ready_ns = clock_now_ns(d->clock) + wait_ns;
        clock_arm(d->clock, &d->ready, d->s.ready_ns);
    }
    d->show(d->owner, d->s.count++, (u8)value);
}

static void reset(void *owner)
{
    struct lc3_display *d = owner;
    clock_disarm(d->clock, &d->ready);
    d->s = (struct lc3_display_state){
        .ready_ns = CLOCK_NEVER,
        .latency = {d->s.latency.random},
    };
}

static void restored(void *owner)
{
    struct lc3_display *d = owner;
    if (d->ready.when_ns != d->s.ready_ns) {
        clock_arm(d->clock, &d->ready, d->s.ready_ns);
    }
}

void lc3_display_init(struct lc3_display *d, struct clock *clock,
                      void (*show)(void *owner, u64 n, u8 character), void *owner,
                      struct lc3_latency latency, u64 seed)
{
    *d = (struct lc3_display){.clock = clock, .show = show, .owner = owner, .latency = latency};
    d->s.latency.random = seed | 1;
    dev_init(&d->dev, "display", &display_table, &d->s, d, reset, restored);
    clock_add_event(clock, &d->ready, "lc3_display", become_ready, d);
    reset(d);
}
