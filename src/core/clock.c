#include "core/clock.h"
#include "base/check.h"

// More events than this at one instruction boundary: an event arms itself for "now" for ever.
enum { EVENTS_AT_ONCE_MAX = 1 << 24 };

void clock_init(struct clock *c, u32 ns_numerator, u32 ns_denominator)
{
    CHECK(ns_numerator > 0 && ns_denominator > 0);
    *c = (struct clock){
        .ns_numerator = ns_numerator,
        .ns_denominator = ns_denominator,
        .next_ns = CLOCK_NEVER,
    };
}

void clock_set_cpu(struct clock *c, u64 (*executed)(void *cpu), void (*kick)(void *cpu), void *cpu)
{
    c->executed = executed;
    c->kick = kick;
    c->cpu = cpu;
}

void clock_add_event(struct clock *c, struct event *e, const char *name, event_fn *fn, void *owner)
{
    *e = (struct event){
        .when_ns = CLOCK_NEVER,
        .name = name,
        .fn = fn,
        .owner = owner,
        .order = c->event_count++,
    };
    struct event **end = &c->events;
    while (*end) {
        end = &(*end)->next;
    }
    *end = e;
}

static u64 executed_now(const struct clock *c)
{
    return c->executed ? c->executed(c->cpu) : 0;
}

// What `instructions` add to (base_ns, fraction): whole nanoseconds, and the new fraction.
// No intermediate overflows: rest and ns_numerator are below 2^32, and so is the fraction.
static u64 ns_after(const struct clock *c, u64 instructions, u64 *fraction)
{
    u64 whole = instructions / c->ns_denominator, rest = instructions % c->ns_denominator;
    u64 part = rest * c->ns_numerator + c->fraction;
    *fraction = part % c->ns_denominator;
    return whole * c->ns_numerator + part / c->ns_denominator;
}

u64 clock_now_ns(const struct clock *c)
{
    u64 fraction;
    return c->base_ns + ns_after(c, executed_now(c), &fraction);
}

u64 clock_instructions(const struct clock *c)
{
    return c->instructions + executed_now(c);
}

static void find_next(struct clock *c)
{
    c->next_ns = CLOCK_NEVER;
    for (const struct event *e = c->events; e; e = e->next) {
        if (e->when_ns < c->next_ns) {
            c->next_ns = e->when_ns;
        }
    }
}

static void set_when(struct clock *c, struct event *e, u64 when_ns)
{
    u64 old_ns = e->when_ns;
    e->when_ns = when_ns;
    if (when_ns < c->next_ns) {
        c->next_ns = when_ns;
    } else if (old_ns == c->next_ns && when_ns != old_ns) {
        find_next(c);
    }
}

void clock_arm(struct clock *c, struct event *e, u64 when_ns)
{
    // A slice never ends after the next event, so only a new earliest event can fall inside it.
    bool is_earliest = when_ns < c->next_ns;
    set_when(c, e, when_ns);
    if (is_earliest && c->kick) {
        c->kick(c->cpu);
    }
}

void clock_disarm(struct clock *c, struct event *e)
{
    set_when(c, e, CLOCK_NEVER);
}

void clock_spend(struct clock *c, u32 ns)
{
    c->base_ns += ns;
    if (c->kick) {
        c->kick(c->cpu);
    }
}

u64 clock_ticks(u64 ns, u64 hz)
{
    u64 seconds = ns / NS_PER_SECOND, rest_ns = ns % NS_PER_SECOND;
    return seconds * hz + rest_ns * hz / NS_PER_SECOND;
}

u64 clock_ns_of_ticks(u64 ticks, u64 hz)
{
    u64 seconds = ticks / hz, rest = ticks % hz;
    u64 rest_ns = (rest * NS_PER_SECOND + hz - 1) / hz;
    if (seconds > (CLOCK_NEVER - rest_ns) / NS_PER_SECOND) {
        return CLOCK_NEVER;
    }
    return seconds * NS_PER_SECOND + rest_ns;
}

void clock_digest(const struct clock *c, struct digest *d)
{
    u64 fraction;
    u64 now_ns = c->base_ns + ns_after(c, executed_now(c), &fraction);
    digest_add_u64(d, clock_instructions(c));
    digest_add_u64(d, now_ns);
    digest_add_u64(d, fraction);
    for (const struct event *e = c->events; e; e = e->next) {
        digest_add_u64(d, e->when_ns);
    }
}

// --- for the run loop ---

// The smallest n with base_ns + (fraction + n * numerator) / denominator >= when_ns, that is
// ceil(((when_ns - base_ns) * denominator - fraction) / numerator).
u64 clock_instructions_until(const struct clock *c, u64 when_ns)
{
    if (when_ns <= c->base_ns) {
        return 0;
    }
    u64 wait_ns = when_ns - c->base_ns;
    u64 whole = wait_ns / c->ns_numerator, rest = wait_ns % c->ns_numerator;
    if (when_ns == CLOCK_NEVER || whole > (UINT64_MAX >> 1) / c->ns_denominator) {
        return UINT64_MAX;
    }
    u64 count = whole * c->ns_denominator, part = rest * c->ns_denominator;
    if (part >= c->fraction) {
        part -= c->fraction;
        return count + part / c->ns_numerator + (part % c->ns_numerator != 0);
    }
    return count - (c->fraction - part) / c->ns_numerator;
}

void clock_advance(struct clock *c, u64 instructions)
{
    c->base_ns += ns_after(c, instructions, &c->fraction);
    c->instructions += instructions;
}

void clock_skip_to(struct clock *c, u64 when_ns)
{
    if (when_ns <= c->base_ns) {
        return;
    }
    c->halted_ns += when_ns - c->base_ns;
    c->base_ns = when_ns;
    c->fraction = 0;
}

void clock_go_to(struct clock *c, u64 instructions)
{
    CHECK(c->halted_ns == 0);
    c->instructions = c->base_ns = c->fraction = 0;
    c->base_ns = ns_after(c, instructions, &c->fraction);
    c->instructions = instructions;
}

static struct event *earliest_event(const struct clock *c)
{
    struct event *e = c->events;
    while (e && e->when_ns != c->next_ns) {
        e = e->next;
    }
    return e;
}

unsigned clock_run_due(struct clock *c)
{
    unsigned count = 0;
    u64 now_ns = clock_now_ns(c);
    while (c->next_ns <= now_ns && c->next_ns != CLOCK_NEVER) {
        struct event *e = earliest_event(c); // the list's order decides between equals
        CHECK(e && count < EVENTS_AT_ONCE_MAX);
        clock_disarm(c, e);
        e->fn(e->owner);
        count++;
    }
    return count;
}
