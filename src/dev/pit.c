// 8254 programmable interval timer, three 16-bit counters at 1193182 Hz. Key: [8254].
//
//   40h-42h  read   count (or the latched status or count) of counter 0 to 2
//            write  count: low byte, high byte, or one after the other
//   43h      write  control word: D7:6 counter (3: read-back), D5:4 access (0: latch the count),
//                   D3:1 mode, D0 BCD
//            read   open bus
//
// Nothing here counts. A counter remembers the clock tick at which it was loaded; count and output
// at any other tick follow by arithmetic. Ticks are those of guest time since power-on. A count is
// loaded by the clock pulse after the write ([8254]), hence the `tick + 1` in places.
// Only counter 0's output drives a line, and only it has events, one for each edge. The speaker
// asks for counter 2's edges, and is told before anything could make it forget them.
//
// Not implemented: the moment between a gate's edge and the clock pulse that it takes effect at is
// modelled for loads only; counts of 1 in modes 2 and 3 (forbidden) give no edges.
#include "dev/pit.h"

#include "core/fields.h"

enum { LATCH_COUNT, LOW_BYTE, HIGH_BYTE, BOTH_BYTES }; // access, D5:4
enum {
    CONTROL_BCD = 0x01,
    READ_BACK_NO_COUNT = 0x20,
    READ_BACK_NO_STATUS = 0x10,
    STATUS_OUT = 0x80,
    STATUS_NULL = 0x40,
};

static const struct field channel_fields[] = {
    FIELD(struct pit_channel, control),       FIELD(struct pit_channel, mode),
    FIELD(struct pit_channel, gate),          FIELD(struct pit_channel, has_count),
    FIELD(struct pit_channel, is_running),    FIELD(struct pit_channel, starts_low),
    FIELD(struct pit_channel, before),        FIELD(struct pit_channel, count),
    FIELD(struct pit_channel, held),          FIELD(struct pit_channel, load_tick),
    FIELD(struct pit_channel, stopped_ticks), FIELD(struct pit_channel, has_next),
    FIELD(struct pit_channel, next_count),    FIELD(struct pit_channel, change_tick),
    FIELD(struct pit_channel, low_byte),      FIELD(struct pit_channel, writes_high),
    FIELD(struct pit_channel, reads_high),    FIELD(struct pit_channel, latched_bytes),
    FIELD(struct pit_channel, latch),         FIELD(struct pit_channel, has_status),
    FIELD(struct pit_channel, status),
};
static const struct field pit_fields[] = {
    FIELD_STRUCTS(struct pit_state, channel, channel_fields),
    FIELD(struct pit_state, edge_tick),
    FIELD(struct pit_state, irq),
};
static const struct field_table pit_table = FIELD_TABLE("pit", 1, struct pit_state, pit_fields);

// --- arithmetic of one counter ---

static bool is_periodic(const struct pit_channel *c)
{
    return c->mode == 2 || c->mode == 3;
}

static bool is_triggered(const struct pit_channel *c)
{
    return c->mode == 1 || c->mode == 5;
}

static u32 modulus(const struct pit_channel *c)
{
    return c->control & CONTROL_BCD ? 10000 : 65536;
}

// Length of the first half period of mode 3 after load_tick: the high one is the longer.
static u32 first_half(const struct pit_channel *c)
{
    return c->starts_low ? c->count / 2 : (c->count + 1) / 2;
}

// Ticks since load_tick, which has passed.
static u64 elapsed(const struct pit_channel *c, u64 tick)
{
    return c->is_running ? tick - c->load_tick : c->stopped_ticks;
}

static bool is_loaded(const struct pit_channel *c, u64 tick)
{
    return c->has_count && (!c->is_running || tick >= c->load_tick);
}

static bool output(const struct pit_channel *c, u64 tick)
{
    if (!is_loaded(c, tick)) {
        return c->before;
    }
    u64 ticks = elapsed(c, tick);
    switch (c->mode) {
    case 0:
    case 1: return ticks >= c->count;
    case 2: return !c->is_running || c->count == 1 || ticks % c->count != c->count - 1;
    case 3: return !c->is_running || (ticks % c->count < first_half(c)) != c->starts_low;
    default: return ticks != c->count;
    }
}

// Mode 3 counts in twos, from an even number, once in each half ([8254]).
static u32 square_count(const struct pit_channel *c, u64 ticks)
{
    u32 at = (u32)(ticks % c->count), half = first_half(c);
    u32 in_half = at < half ? at : at - half;
    return (c->count & ~1u) - 2 * in_half;
}

// The counting element, 0 to 65535, in binary also for a BCD counter.
static u32 count_at(const struct pit_channel *c, u64 tick)
{
    if (!is_loaded(c, tick) || (!c->is_running && is_periodic(c))) {
        return c->held % modulus(c);
    }
    u64 ticks = elapsed(c, tick);
    switch (c->mode) {
    case 2: return (u32)(c->count - ticks % c->count) % modulus(c);
    case 3: return square_count(c, ticks) % modulus(c);
    default: return (u32)((c->count + modulus(c) - ticks % modulus(c)) % modulus(c));
    }
}

// The first tick after `tick` at which the output changes; UINT64_MAX: never.
static u64 next_edge(const struct pit_channel *c, u64 tick)
{
    if (!c->has_count || !c->is_running) {
        return UINT64_MAX;
    }
    if (tick < c->load_tick && output(c, c->load_tick) != c->before) {
        return c->load_tick;
    }
    u64 from = tick < c->load_tick ? c->load_tick : tick;
    u64 at = (from - c->load_tick) % c->count, period = from - at;
    switch (c->mode) {
    case 0:
    case 1: return from < c->load_tick + c->count ? c->load_tick + c->count : UINT64_MAX;
    case 2:
        if (c->count == 1) {
            return UINT64_MAX;
        }
        return at < c->count - 1 ? period + c->count - 1 : period + c->count;
    case 3:
        if (c->count == 1) {
            return UINT64_MAX;
        }
        return at < first_half(c) ? period + first_half(c) : period + c->count;
    default:
        if (from < c->load_tick + c->count) {
            return c->load_tick + c->count;
        }
        return from == c->load_tick + c->count ? from + 1 : UINT64_MAX;
    }
}

// --- what changes a counter ---

// Takes over a new count whose time has come.
static void catch_up(struct pit_channel *c, u64 tick)
{
    if (!c->has_next || tick < c->change_tick) {
        return;
    }
    c->before = output(c, c->change_tick - 1);
    if (c->mode == 3) {
        c->starts_low = c->before; // a half period ended here
    }
    c->count = c->next_count;
    c->load_tick = c->change_tick;
    c->has_next = false;
}

static void load(struct pit_channel *c, u64 tick, u32 count)
{
    c->held = count_at(c, tick);
    c->count = count;
    c->has_count = true;
    c->has_next = false;
    c->starts_low = false;
    c->is_running = c->gate;
    c->stopped_ticks = 0;
    c->load_tick = tick + 1;
    if (!c->gate) {
        c->held = count;
    }
}

// Modes 2 and 3 finish what they are at: the period, or the half of one ([8254]).
static void load_later(struct pit_channel *c, u64 tick, u32 count)
{
    c->has_next = true;
    c->next_count = count;
    u64 at = (tick - c->load_tick) % c->count, period = tick - at;
    bool is_first = c->mode == 3 && at < first_half(c);
    c->change_tick = period + (is_first ? first_half(c) : c->count);
}

static void set_count(struct pit_channel *c, u64 tick, u16 written)
{
    u32 count = written;
    if (c->control & CONTROL_BCD) {
        count =
            (count & 15) + (count >> 4 & 15) * 10 + (count >> 8 & 15) * 100 + (count >> 12) * 1000;
    }
    if (count == 0) {
        count = modulus(c);
    }
    if (is_triggered(c)) {
        c->has_next = true; // waits for the trigger
        c->next_count = count;
        c->change_tick = UINT64_MAX;
    } else if (is_periodic(c) && c->has_count && c->is_running) {
        if (tick < c->load_tick) {
            c->count = count; // the earlier one has not been loaded yet
        } else {
            load_later(c, tick, count);
        }
    } else {
        c->before = c->mode != 0;
        load(c, tick, count);
    }
}

static void set_control(struct pit_channel *c, u64 tick, u8 control)
{
    u8 mode = control >> 1 & 7;
    c->held = count_at(c, tick);
    c->control = control & 0x3f;
    c->mode = mode > 5 ? mode & 3 : mode;
    c->before = c->mode != 0;
    c->has_count = false;
    c->has_next = false;
    c->is_running = false;
    c->stopped_ticks = 0;
    c->writes_high = false;
    c->reads_high = false;
    c->latched_bytes = 0;
    c->has_status = false;
}

// GATE rises: a trigger for modes 1, 5 and (restarting them) 2, 3; modes 0 and 4 go on counting.
static void open_gate(struct pit_channel *c, u64 tick)
{
    if (c->mode == 0 || c->mode == 4) {
        if (c->has_count) {
            c->load_tick = tick - c->stopped_ticks;
            c->is_running = true;
        }
        return;
    }
    if (!c->has_count && !c->has_next) {
        return;
    }
    c->before = output(c, tick);
    load(c, tick, c->has_next ? c->next_count : c->count);
    c->is_running = true;
}

static void close_gate(struct pit_channel *c, u64 tick)
{
    if (is_triggered(c) || !c->is_running) {
        return;
    }
    c->held = count_at(c, tick);
    c->stopped_ticks = tick < c->load_tick ? 0 : tick - c->load_tick;
    c->is_running = false;
}

// --- the chip ---

static u64 tick_now(const struct pit *p)
{
    return clock_ticks(clock_now_ns(p->clock), PIT_HZ);
}

// When the output may change next, also because a new count is taken over.
static u64 next_change(const struct pit_channel *c, u64 tick)
{
    u64 edge = next_edge(c, tick);
    return c->has_next && c->change_tick < edge ? c->change_tick : edge;
}

static void arm_edge(struct pit *p, u64 tick)
{
    u64 edge = next_change(&p->s.channel[0], tick);
    p->s.edge_tick = edge;
    if (edge == UINT64_MAX) {
        clock_disarm(p->clock, &p->edge);
    } else {
        clock_arm(p->clock, &p->edge, clock_ns_of_ticks(edge, PIT_HZ));
    }
}

static void drive_irq(struct pit *p, u64 tick)
{
    bool level = output(&p->s.channel[0], tick);
    if (level != p->s.irq) {
        p->s.irq = level;
        line_set(&p->irq0, level);
    }
}

// Steps from edge to edge, also if the event comes late: none is lost.
static void edge_due(void *owner)
{
    struct pit *p = owner;
    u64 tick = p->s.edge_tick;
    catch_up(&p->s.channel[0], tick);
    drive_irq(p, tick);
    arm_edge(p, tick);
}

static void changed(struct pit *p, unsigned channel, u64 tick)
{
    if (channel == 0) {
        drive_irq(p, tick);
        arm_edge(p, tick);
    }
}

// Brings a counter up to date before it is looked at or changed.
static struct pit_channel *settle(struct pit *p, unsigned channel, u64 tick)
{
    struct pit_channel *c = &p->s.channel[channel];
    if (channel == 2 && p->counter_2_changing) {
        p->counter_2_changing(p->counter_2_owner);
    }
    catch_up(c, tick);
    return c;
}

bool pit_output_at(struct pit *p, unsigned channel, u64 tick, u64 *next_edge_tick)
{
    struct pit_channel *c = &p->s.channel[channel];
    catch_up(c, tick);
    *next_edge_tick = next_change(c, tick);
    return output(c, tick);
}

void pit_watch_counter_2(struct pit *p, void (*changing)(void *owner), void *owner)
{
    p->counter_2_changing = changing;
    p->counter_2_owner = owner;
}

void pit_set_gate(struct pit *p, unsigned channel, bool level)
{
    u64 tick = tick_now(p);
    struct pit_channel *c = settle(p, channel, tick);
    if (level == c->gate) {
        return;
    }
    c->gate = level;
    if (level) {
        open_gate(c, tick);
    } else {
        close_gate(c, tick);
    }
    changed(p, channel, tick);
}

bool pit_output(struct pit *p, unsigned channel)
{
    u64 tick = tick_now(p);
    struct pit_channel *c = settle(p, channel, tick);
    return output(c, tick);
}

// --- the bus ---

static u16 read_count(const struct pit_channel *c, u64 tick)
{
    // On the bus of a PC a read comes microseconds after the write, so nobody ever sees a count
    // that is not loaded yet; where a board lets accesses take no time, ours come at once.
    bool is_waiting = c->has_count && c->is_running && tick < c->load_tick;
    u32 n = count_at(c, is_waiting ? c->load_tick : tick);
    if (c->control & CONTROL_BCD) {
        n = n % 10 | n / 10 % 10 << 4 | n / 100 % 10 << 8 | n / 1000 % 10 << 12;
    }
    return (u16)n;
}

static unsigned access_of(const struct pit_channel *c)
{
    return c->control >> 4 & 3;
}

static void latch_count(struct pit_channel *c, u64 tick)
{
    if (c->latched_bytes == 0) { // else the earlier latch stays [8254]
        c->latch = read_count(c, tick);
        c->latched_bytes = access_of(c) == BOTH_BYTES ? 2 : 1;
    }
}

static void latch_status(struct pit_channel *c, u64 tick)
{
    if (!c->has_status) {
        bool is_null = c->has_next || !is_loaded(c, tick);
        c->has_status = true;
        c->status =
            (u8)(c->control | (output(c, tick) ? STATUS_OUT : 0) | (is_null ? STATUS_NULL : 0));
    }
}

static void read_back(struct pit *p, u64 tick, u8 command)
{
    for (unsigned n = 0; n < 3; n++) {
        if (!(command & 2u << n)) {
            continue;
        }
        struct pit_channel *c = settle(p, n, tick);
        if (!(command & READ_BACK_NO_COUNT)) {
            latch_count(c, tick);
        }
        if (!(command & READ_BACK_NO_STATUS)) {
            latch_status(c, tick);
        }
    }
}

static void write_control(struct pit *p, u64 tick, u8 v)
{
    unsigned channel = v >> 6;
    if (channel == 3) {
        read_back(p, tick, v);
        return;
    }
    struct pit_channel *c = settle(p, channel, tick);
    if ((v >> 4 & 3) == LATCH_COUNT) {
        latch_count(c, tick);
        return;
    }
    set_control(c, tick, v);
    changed(p, channel, tick);
}

// The first of two bytes stops a count in mode 0, and its output falls ([8254]).
static void write_first(struct pit_channel *c, u64 tick, u8 v)
{
    c->low_byte = v;
    c->writes_high = true;
    if (c->mode == 0) {
        c->held = count_at(c, tick);
        c->has_count = false;
        c->is_running = false;
        c->before = false;
    }
}

static void write_count(struct pit_channel *c, u64 tick, u8 v)
{
    switch (access_of(c)) {
    case LOW_BYTE: set_count(c, tick, v); break;
    case HIGH_BYTE: set_count(c, tick, (u16)(v << 8)); break;
    default:
        if (c->writes_high) {
            c->writes_high = false;
            set_count(c, tick, (u16)(v << 8 | c->low_byte));
        } else {
            write_first(c, tick, v);
        }
        break;
    }
}

static u8 read_data(struct pit_channel *c, u64 tick)
{
    if (c->has_status) {
        c->has_status = false;
        return c->status;
    }
    u16 value = c->latched_bytes != 0 ? c->latch : read_count(c, tick);
    bool is_high = access_of(c) == HIGH_BYTE;
    if (access_of(c) == BOTH_BYTES) {
        is_high = c->reads_high;
        c->reads_high = !c->reads_high;
    }
    if (c->latched_bytes != 0) {
        c->latched_bytes--;
    }
    return (u8)(is_high ? value >> 8 : value);
}

static u32 port_read(void *owner, unsigned offset, unsigned size_bytes UNUSED)
{
    struct pit *p = owner;
    if (offset == 3) {
        return 0xff;
    }
    u64 tick = tick_now(p);
    return read_data(settle(p, offset, tick), tick);
}

static void port_write(void *owner, unsigned offset, u32 value, unsigned size_bytes UNUSED)
{
    struct pit *p = owner;
    u64 tick = tick_now(p);
    if (offset == 3) {
        write_control(p, tick, (u8)value);
        return;
    }
    write_count(settle(p, offset, tick), tick, (u8)value);
    changed(p, offset, tick);
}

// The chip has no reset; what stands in it at power-on is undefined ([8254]). Here: nothing
// counts, outputs low. Gates 0 and 1 are tied high on the board.
static void reset(void *owner)
{
    struct pit *p = owner;
    for (unsigned n = 0; n < 3; n++) {
        p->s.channel[n] = (struct pit_channel){.gate = n != 2, .control = BOTH_BYTES << 4};
    }
    changed(p, 0, tick_now(p));
}

static void restored(void *owner)
{
    struct pit *p = owner;
    line_set(&p->irq0, p->s.irq);
}

void pit_init(struct pit *p, struct clock *clock, struct ports *ports, struct line irq0)
{
    *p = (struct pit){.clock = clock, .irq0 = irq0};
    dev_init(&p->dev, "pit", &pit_table, &p->s, p, reset, restored);
    clock_add_event(clock, &p->edge, "pit.edge", edge_due, p);
    ports_map(ports, 0x40, 4, 1, port_read, port_write, p, "pit");
    reset(p);
}
