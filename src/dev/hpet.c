// High precision event timer. Key: [HPET] IA-PC HPET specification 1.0a.
//
//        8254 ---> legacy 0 --\                     /--> ISA interrupt 0
//         RTC ---> legacy 1 --- hpet: passed on, ---+--> ISA interrupt 8
//                  timers 0-2 -  or replaced        \--> I/O APIC 20 to 23
//
//   FED00000h + 000  capabilities: D63:32 period 10,000,000 fs, D31:16 8086h, D15 legacy
//                    replacement, D13 64-bit counter, D12:8 last timer 2, D7:0 revision
//               010  D0 counter runs and interrupts get out, D1 timers 0 and 1 replace 8254 and RTC
//               020  D2:0 interrupt status of level-triggered timers, cleared by writing 1
//               0F0  main counter
//         n*20+ 100  D63:32 which outputs it can have (20 to 23); D13:9 output, D8 counts 32 bits,
//                    D6 the next write sets a periodic timer's comparator too, D5 64 bits wide,
//                    D4 can be periodic, D3 is periodic, D2 interrupt on, D1 level triggered
//         n*20+ 108  comparator
//
// Nothing counts: the counter follows from guest time. A timer has an event only while the counter
// runs and somebody can notice the match: its interrupt is on, or it is level triggered and sets a
// status bit. Edge-triggered, its output stays high until the next match makes a new edge: an 8259A
// forgets a request whose line falls before the acknowledge.
//
// Not implemented: interrupts by memory writes (FSB, D15:14), which the capabilities deny; accesses
// of fewer than 4 bytes write nothing.
#include "dev/hpet.h"

#include "core/fields.h"

enum {
    CAPABILITIES = 0x000,
    CONFIG = 0x010,
    STATUS = 0x020,
    COUNTER = 0x0f0,
    TIMERS = 0x100,
    TIMER_BYTES = 0x20,
    TIMER_CONFIG = 0x00,
    TIMER_COMPARATOR = 0x08,
};
enum {
    CONFIG_RUNS = 1,
    CONFIG_LEGACY = 2,
    CONFIG_MASK = 3,
    TIMER_LEVEL = 0x0002,
    TIMER_INTERRUPT = 0x0004,
    TIMER_PERIODIC = 0x0008,
    TIMER_CAN_BE_PERIODIC = 0x0010,
    TIMER_IS_64_BITS = 0x0020,
    TIMER_SETS = 0x0040,
    TIMER_32_BITS = 0x0100,
    TIMER_WRITABLE = 0x3f4e,
    ROUTE_SHIFT = 9,
    LEGACY_0 = 0, // outputs
    LEGACY_1 = 8,
};
#define HPET_BASE     0xfed00000u
#define ROUTES        0x00f00000u
#define PERIOD_FS     10000000ull
#define IDENTITY      (PERIOD_FS << 32 | 0x8086a001u | (u64)(HPET_TIMERS - 1) << 8)
#define DISTANCE_ARMS (1ull << 60) // ticks; what is farther away is beyond the end of time

static const struct field timer_fields[] = {
    FIELD(struct hpet_timer, config),    FIELD(struct hpet_timer, comparator),
    FIELD(struct hpet_timer, period),    FIELD(struct hpet_timer, seen),
    FIELD(struct hpet_timer, is_active),
};
static const struct field hpet_fields[] = {
    FIELD(struct hpet_state, config),
    FIELD(struct hpet_state, status),
    FIELD(struct hpet_state, base),
    FIELD_STRUCTS(struct hpet_state, timer, timer_fields),
    FIELD_ARRAY(struct hpet_state, legacy_inputs),
    FIELD(struct hpet_state, driven),
};
static const struct field_table hpet_table = FIELD_TABLE("hpet", 1, struct hpet_state, hpet_fields);
static const char *const event_names[HPET_TIMERS] = {"hpet.0", "hpet.1", "hpet.2"};

// --- the counter ---

static bool is_running(const struct hpet *h)
{
    return h->s.config & CONFIG_RUNS;
}

static u64 ticks(const struct hpet *h)
{
    return clock_ticks(clock_now_ns(h->clock), HPET_HZ);
}

static u64 counter(const struct hpet *h)
{
    return is_running(h) ? h->s.base + ticks(h) : h->s.base;
}

static u64 width_mask(const struct hpet_timer *t)
{
    return t->config & TIMER_32_BITS ? UINT32_MAX : UINT64_MAX;
}

// Ticks from what the timer has seen to its next match, 0 standing for a whole round of the
// counter.
static u64 distance(const struct hpet_timer *t)
{
    return (t->comparator - t->seen) & width_mask(t);
}

// --- outputs ---

static unsigned output_of(const struct hpet *h, unsigned n)
{
    if ((h->s.config & CONFIG_LEGACY) && n < 2) {
        return n == 0 ? LEGACY_0 : LEGACY_1;
    }
    return h->s.timer[n].config >> ROUTE_SHIFT & 31;
}

static bool asks(const struct hpet *h, unsigned n)
{
    const struct hpet_timer *t = &h->s.timer[n];
    return t->is_active && (t->config & TIMER_INTERRUPT) && is_running(h);
}

static u32 levels(const struct hpet *h)
{
    u32 v = 0;
    if (!(h->s.config & CONFIG_LEGACY)) {
        v |= h->s.legacy_inputs[0] ? 1u << LEGACY_0 : 0;
        v |= h->s.legacy_inputs[1] ? 1u << LEGACY_1 : 0;
    }
    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        u32 bit = 1u << output_of(h, n);
        bool is_legacy = (h->s.config & CONFIG_LEGACY) && n < 2;
        v |= asks(h, n) && (is_legacy || (bit & ROUTES)) ? bit : 0;
    }
    return v;
}

static void drive(struct hpet *h)
{
    u32 now = levels(h), changed = now ^ h->s.driven;
    h->s.driven = now;
    for (unsigned n = 0; changed >> n != 0; n++) {
        if (changed >> n & 1) {
            line_set(&h->output[n], now >> n & 1);
        }
    }
}

void hpet_set_legacy(void *hpet, unsigned n, bool level)
{
    struct hpet *h = hpet;
    h->s.legacy_inputs[n & 1] = level;
    drive(h);
}

// --- matches ---

static bool is_noticed(const struct hpet_timer *t)
{
    return t->config & (TIMER_INTERRUPT | TIMER_LEVEL);
}

static void arm(struct hpet *h, unsigned n)
{
    struct hpet_timer *t = &h->s.timer[n];
    u64 ahead = distance(t);
    if (ahead == 0) {
        ahead = width_mask(t);
    }
    if (!is_running(h) || !is_noticed(t) || ahead > DISTANCE_ARMS) {
        clock_disarm(h->clock, &h->event[n]);
        return;
    }
    u64 tick = ticks(h) - (counter(h) - t->seen) + ahead;
    clock_arm(h->clock, &h->event[n], clock_ns_of_ticks(tick, HPET_HZ));
}

static void matched(struct hpet *h, unsigned n)
{
    struct hpet_timer *t = &h->s.timer[n];
    if (t->config & TIMER_LEVEL) {
        h->s.status |= 1u << n;
    } else {
        t->is_active = false; // a new edge
        drive(h);
    }
    t->is_active = true;
    drive(h);
}

// Deals with the matches that have passed; several of a periodic timer become one.
static void catch_up(struct hpet *h, unsigned n)
{
    struct hpet_timer *t = &h->s.timer[n];
    u64 now = counter(h), ahead = distance(t), passed = now - t->seen;
    t->seen = now;
    if (ahead == 0 || passed < ahead) {
        return;
    }
    if ((t->config & TIMER_PERIODIC) && t->period != 0) {
        t->comparator += ((passed - ahead) / t->period + 1) * t->period;
        t->comparator &= width_mask(t);
    }
    matched(h, n);
}

static void catch_up_all(struct hpet *h)
{
    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        catch_up(h, n);
    }
}

static void timer_due(struct hpet *h, unsigned n)
{
    catch_up(h, n);
    arm(h, n);
}

static void timer_0_due(void *owner)
{
    timer_due(owner, 0);
}

static void timer_1_due(void *owner)
{
    timer_due(owner, 1);
}

static void timer_2_due(void *owner)
{
    timer_due(owner, 2);
}

static void changed_all(struct hpet *h)
{
    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        arm(h, n);
    }
    drive(h);
}

// --- registers ---

static u64 timer_config(const struct hpet_timer *t)
{
    return t->config | TIMER_CAN_BE_PERIODIC | TIMER_IS_64_BITS | (u64)ROUTES << 32;
}

static u64 read_register(struct hpet *h, unsigned offset)
{
    switch (offset) {
    case CAPABILITIES: return IDENTITY;
    case CONFIG: return h->s.config;
    case STATUS: return h->s.status;
    case COUNTER: return counter(h);
    default: break;
    }
    unsigned n = (offset - TIMERS) / TIMER_BYTES;
    if (offset < TIMERS || n >= HPET_TIMERS) {
        return 0;
    }
    const struct hpet_timer *t = &h->s.timer[n];
    switch (offset % TIMER_BYTES) {
    case TIMER_CONFIG: return timer_config(t);
    case TIMER_COMPARATOR: return t->comparator;
    default: return 0;
    }
}

static void write_config(struct hpet *h, u64 v)
{
    u64 count = counter(h);
    h->s.config = v & CONFIG_MASK;
    h->s.base = is_running(h) ? count - ticks(h) : count;
}

static void write_status(struct hpet *h, u64 v)
{
    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        if (v >> n & h->s.status >> n & 1) {
            h->s.timer[n].is_active = false;
        }
    }
    h->s.status &= ~v;
}

static void write_counter(struct hpet *h, u64 v)
{
    h->s.base = is_running(h) ? v - ticks(h) : v;
    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        h->s.timer[n].seen = v;
    }
}

static void write_timer_config(struct hpet *h, unsigned n, u64 v)
{
    struct hpet_timer *t = &h->s.timer[n];
    u64 changed = (t->config ^ v) & (TIMER_LEVEL | TIMER_INTERRUPT);
    t->config = v & TIMER_WRITABLE;
    if (changed) { // an old edge is not for whom the interrupt is turned on
        t->is_active = (t->config & TIMER_LEVEL) && (h->s.status >> n & 1);
    }
    if (t->config & TIMER_32_BITS) {
        t->comparator = (u32)t->comparator;
        t->period = (u32)t->period;
    }
}

// [HPET] 2.3.9.2.2: in periodic mode a write changes the period; the next match only with
// TIMER_SETS, which lasts for one write.
static void write_comparator(struct hpet_timer *t, u64 mask, u64 v)
{
    bool is_periodic = t->config & TIMER_PERIODIC;
    if (!is_periodic || (t->config & TIMER_SETS)) {
        t->comparator = ((t->comparator & ~mask) | (v & mask)) & width_mask(t);
    }
    if (is_periodic) {
        t->period = ((t->period & ~mask) | (v & mask)) & width_mask(t);
    }
    t->config &= ~(u64)TIMER_SETS;
}

static void write_timer(struct hpet *h, unsigned offset, u64 mask, u64 v)
{
    unsigned n = (offset - TIMERS) / TIMER_BYTES;
    if (offset < TIMERS || n >= HPET_TIMERS) {
        return;
    }
    struct hpet_timer *t = &h->s.timer[n];
    switch (offset % TIMER_BYTES) {
    case TIMER_CONFIG: write_timer_config(h, n, (t->config & ~mask) | (v & mask)); break;
    case TIMER_COMPARATOR: write_comparator(t, mask, v); break;
    default: break;
    }
}

// `mask` covers the half that is written.
static void write_register(struct hpet *h, unsigned offset, u64 mask, u64 v)
{
    switch (offset) {
    case CONFIG: write_config(h, (h->s.config & ~mask) | (v & mask)); break;
    case STATUS: write_status(h, v & mask); break;
    case COUNTER: write_counter(h, (counter(h) & ~mask) | (v & mask)); break;
    default: write_timer(h, offset, mask, v); break;
    }
}

static u64 mmio_read(void *owner, u64 offset, unsigned size_bytes UNUSED)
{
    struct hpet *h = owner;
    catch_up_all(h);
    return read_register(h, (unsigned)offset & ~7u) >> 8 * (offset & 7);
}

static void mmio_write(void *owner, u64 offset, u64 value, unsigned size_bytes)
{
    struct hpet *h = owner;
    if (size_bytes != 4 || (offset & 3) != 0) {
        return;
    }
    unsigned shift = offset & 4 ? 32 : 0;
    catch_up_all(h);
    write_register(h, (unsigned)offset & ~7u, (u64)UINT32_MAX << shift, value << shift);
    changed_all(h);
}

// --- lifetime ---

// [HPET] 2.3: everything off, comparators all ones.
static void reset(void *owner)
{
    struct hpet *h = owner;
    h->s.config = 0;
    h->s.status = 0;
    h->s.base = 0;
    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        h->s.timer[n] = (struct hpet_timer){.comparator = UINT64_MAX};
    }
    changed_all(h);
}

static void restored(void *owner)
{
    struct hpet *h = owner;
    for (unsigned n = 0; n < HPET_OUTPUTS; n++) {
        line_set(&h->output[n], h->s.driven >> n & 1);
    }
    changed_all(h);
}

void hpet_init(struct hpet *h, struct clock *clock, struct phys *phys,
               const struct line output[HPET_OUTPUTS])
{
    static event_fn *const due[HPET_TIMERS] = {timer_0_due, timer_1_due, timer_2_due};
    *h = (struct hpet){.clock = clock};
    for (unsigned n = 0; n < HPET_OUTPUTS; n++) {
        h->output[n] = output[n];
    }
    dev_init(&h->dev, "hpet", &hpet_table, &h->s, h, reset, restored);
    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        clock_add_event(clock, &h->event[n], event_names[n], due[n], h);
    }
    phys_map_mmio(phys, HPET_BASE, PHYS_PAGE_BYTES, 4, mmio_read, mmio_write, h, "hpet");
    reset(h);
}
