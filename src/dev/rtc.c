// MC146818 real-time clock, and the battery-backed RAM behind it. Key: [MC146818].
//
//   70h  write  D7: NMI masked; D6:0 index
//        read   open bus
//   71h  rw     the byte at the index:
//     00 seconds  01 alarm   02 minutes  03 alarm   04 hours  05 alarm
//     06 day of week (1 Sunday)  07 day  08 month  09 year
//     0A  UIP | DV2:0 | RS3:0     divider and periodic rate
//     0B  SET PIE AIE UIE SQWE DM 24/12 DSE
//     0C  IRQF PF AF UF (reading clears)
//     0D  VRT (always 1)
//     32  century
//     other: RAM
//
// The time stands in the bytes, in the form that register B asks for, as in the chip: they are
// counted up once a second. The 1984 us that the chip takes for this come before the change here,
// so a guest that sees UIP low has at least 244 us, as the datasheet says.
// The periodic flag costs an event only while its interrupt is enabled; else it is worked out when
// register C is read.
//
// Not implemented: daylight saving (DSE), the square wave pin, the 4 MHz and 1 MHz time bases, the
// second bank at ports 72h-73h.
#include "dev/rtc.h"

#include "core/fields.h"

#include <string.h>

enum {
    SECONDS,
    SECONDS_ALARM,
    MINUTES,
    MINUTES_ALARM,
    HOURS,
    HOURS_ALARM,
    WEEKDAY,
    DAY,
    MONTH,
    YEAR,
    REG_A,
    REG_B,
    REG_C,
    REG_D,
    CENTURY = 0x32,
};
enum {
    A_UIP = 0x80,
    A_DIVIDER = 0x70,
    A_DIVIDER_RUNS = 0x20, // 32768 Hz
    A_RATE = 0x0f,
    B_SET = 0x80,
    B_PIE = 0x40,
    B_AIE = 0x20,
    B_UIE = 0x10,
    B_SQWE = 0x08,
    B_BINARY = 0x04,
    B_24_HOURS = 0x02,
    C_IRQF = 0x80,
    C_PF = 0x40,
    C_AF = 0x20,
    C_UF = 0x10,
    D_VALID = 0x80,
    HOUR_PM = 0x80,
    ALARM_ANY = 0xc0, // "don't care" from here up
};
enum {
    CHAIN_HZ = 32768,
    UPDATE_NS = (244 + 1984) * 1000,     // UIP is high for so long
    FIRST_UPDATE_NS = 500 * 1000 * 1000, // after the divider's reset is released
};

static const struct field rtc_fields[] = {
    FIELD(struct rtc_state, index),          FIELD(struct rtc_state, is_nmi_masked),
    FIELD_ARRAY(struct rtc_state, cmos),     FIELD(struct rtc_state, chain_start_ns),
    FIELD(struct rtc_state, next_update_ns), FIELD(struct rtc_state, periodic_tick),
};
static const struct field_table rtc_table = FIELD_TABLE("rtc", 1, struct rtc_state, rtc_fields);

// --- the form of the bytes ---

static bool is_binary(const struct rtc *r)
{
    return r->s.cmos[REG_B] & B_BINARY;
}

static unsigned decode(const struct rtc *r, u8 v)
{
    return is_binary(r) ? v : (unsigned)(v >> 4) * 10 + (v & 15);
}

static u8 encode(const struct rtc *r, unsigned v)
{
    return (u8)(is_binary(r) ? v : v / 10 << 4 | v % 10);
}

static unsigned hour(const struct rtc *r)
{
    u8 v = r->s.cmos[HOURS];
    if (r->s.cmos[REG_B] & B_24_HOURS) {
        return decode(r, v);
    }
    return decode(r, v & (u8)~HOUR_PM) % 12 + (v & HOUR_PM ? 12 : 0);
}

static void set_hour(struct rtc *r, unsigned h)
{
    if (r->s.cmos[REG_B] & B_24_HOURS) {
        r->s.cmos[HOURS] = encode(r, h);
    } else {
        r->s.cmos[HOURS] = encode(r, (h + 11) % 12 + 1) | (u8)(h >= 12 ? HOUR_PM : 0);
    }
}

// --- counting ---

static unsigned days_in_month(unsigned month, unsigned year)
{
    static const u8 days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month == 2 && year % 4 == 0) {
        return 29; // the chip knows only two digits of the year
    }
    return month >= 1 && month <= 12 ? days[month] : 31;
}

// Adds one to a byte. Returns true when it wrapped from `last` to `first`.
static bool count_up(struct rtc *r, unsigned index, unsigned first, unsigned last)
{
    unsigned v = decode(r, r->s.cmos[index]);
    bool wraps = v >= last;
    r->s.cmos[index] = encode(r, wraps ? first : v + 1);
    return wraps;
}

static void next_day(struct rtc *r)
{
    unsigned month = decode(r, r->s.cmos[MONTH]), year = decode(r, r->s.cmos[YEAR]);
    count_up(r, WEEKDAY, 1, 7);
    if (count_up(r, DAY, 1, days_in_month(month, year)) && count_up(r, MONTH, 1, 12) &&
        count_up(r, YEAR, 0, 99)) {
        count_up(r, CENTURY, 0, 99);
    }
}

static void next_second(struct rtc *r)
{
    if (!count_up(r, SECONDS, 0, 59) || !count_up(r, MINUTES, 0, 59)) {
        return;
    }
    unsigned h = hour(r) + 1;
    set_hour(r, h % 24);
    if (h >= 24) {
        next_day(r);
    }
}

static bool alarm_matches(const struct rtc *r, unsigned time, unsigned alarm)
{
    u8 v = r->s.cmos[alarm];
    return v >= ALARM_ANY || v == r->s.cmos[time];
}

// --- interrupts ---

static void drive_irq(struct rtc *r)
{
    _Static_assert(B_PIE == C_PF && B_AIE == C_AF && B_UIE == C_UF, "enables lie over flags");
    u8 *flags = &r->s.cmos[REG_C];
    bool asks = *flags & r->s.cmos[REG_B] & (C_PF | C_AF | C_UF);
    *flags = (u8)((*flags & ~C_IRQF) | (asks ? C_IRQF : 0));
    line_set(&r->irq8, asks);
}

static bool is_running(const struct rtc *r)
{
    return (r->s.cmos[REG_A] & A_DIVIDER) == A_DIVIDER_RUNS;
}

// Ticks of the 32768 Hz chain between periodic interrupts; 0: none.
static u64 period_ticks(const struct rtc *r)
{
    unsigned rate = r->s.cmos[REG_A] & A_RATE;
    if (rate == 0 || !is_running(r)) {
        return 0;
    }
    return 1ull << (rate < 3 ? rate + 6 : rate - 1); // rates 1 and 2 are those of 8 and 9
}

static u64 chain_tick(const struct rtc *r)
{
    return clock_ticks(clock_now_ns(r->clock) - r->s.chain_start_ns, CHAIN_HZ);
}

// Brings the periodic flag up to date, and arms the event for the next one if it would interrupt.
static void update_periodic(struct rtc *r)
{
    u64 period = period_ticks(r);
    clock_disarm(r->clock, &r->periodic);
    if (period == 0) {
        return;
    }
    u64 tick = chain_tick(r);
    if (tick / period != r->s.periodic_tick / period) {
        r->s.cmos[REG_C] |= C_PF;
    }
    r->s.periodic_tick = tick;
    if ((r->s.cmos[REG_B] & B_PIE) && !(r->s.cmos[REG_C] & C_PF)) {
        u64 next = (tick / period + 1) * period;
        clock_arm(r->clock, &r->periodic, r->s.chain_start_ns + clock_ns_of_ticks(next, CHAIN_HZ));
    }
}

static void periodic_due(void *owner)
{
    update_periodic(owner);
    drive_irq(owner);
}

static void arm_update(struct rtc *r, u64 when_ns)
{
    r->s.next_update_ns = when_ns;
    clock_arm(r->clock, &r->update, when_ns);
}

static void update_due(void *owner)
{
    struct rtc *r = owner;
    arm_update(r, r->s.next_update_ns + NS_PER_SECOND);
    if (r->s.cmos[REG_B] & B_SET) {
        return;
    }
    next_second(r);
    r->s.cmos[REG_C] |= C_UF;
    if (alarm_matches(r, SECONDS, SECONDS_ALARM) && alarm_matches(r, MINUTES, MINUTES_ALARM) &&
        alarm_matches(r, HOURS, HOURS_ALARM)) {
        r->s.cmos[REG_C] |= C_AF;
    }
    drive_irq(r);
}

// --- registers ---

static bool is_updating(const struct rtc *r)
{
    return r->s.next_update_ns != CLOCK_NEVER && !(r->s.cmos[REG_B] & B_SET) &&
           clock_now_ns(r->clock) + UPDATE_NS >= r->s.next_update_ns;
}

static void write_a(struct rtc *r, u8 v)
{
    bool ran = is_running(r);
    update_periodic(r);
    r->s.cmos[REG_A] = v & (u8)~A_UIP;
    u64 now = clock_now_ns(r->clock);
    if (is_running(r) && !ran) {
        r->s.chain_start_ns = now;
        r->s.periodic_tick = 0;
        arm_update(r, now + FIRST_UPDATE_NS);
    } else if (!is_running(r)) {
        arm_update(r, CLOCK_NEVER);
    }
    update_periodic(r);
    drive_irq(r);
}

static void write_b(struct rtc *r, u8 v)
{
    if (v & B_SET) {
        v &= (u8)~B_UIE; // [MC146818]
    }
    r->s.cmos[REG_B] = v;
    update_periodic(r);
    drive_irq(r);
}

static u8 read_c(struct rtc *r)
{
    update_periodic(r);
    drive_irq(r);
    u8 v = r->s.cmos[REG_C];
    r->s.cmos[REG_C] = 0;
    update_periodic(r);
    drive_irq(r);
    return v;
}

static u8 read_register(struct rtc *r)
{
    switch (r->s.index) {
    case REG_A: return r->s.cmos[REG_A] | (u8)(is_updating(r) ? A_UIP : 0);
    case REG_C: return read_c(r);
    default: return r->s.cmos[r->s.index];
    }
}

static void write_register(struct rtc *r, u8 v)
{
    switch (r->s.index) {
    case REG_A: write_a(r, v); break;
    case REG_B: write_b(r, v); break;
    case REG_C:
    case REG_D: break; // read only
    default: r->s.cmos[r->s.index] = v; break;
    }
}

static u32 port_read(void *owner, unsigned offset, unsigned size_bytes UNUSED)
{
    return offset == 0 ? 0xff : read_register(owner);
}

static void port_write(void *owner, unsigned offset, u32 value, unsigned size_bytes UNUSED)
{
    struct rtc *r = owner;
    if (offset == 1) {
        write_register(r, (u8)value);
        return;
    }
    r->s.index = value & 0x7f;
    r->s.is_nmi_masked = value & 0x80;
    line_set(&r->nmi_mask, r->s.is_nmi_masked);
}

void rtc_set_cmos(struct rtc *r, unsigned index, u8 value)
{
    r->s.cmos[index & 0x7f] = value;
}

u8 rtc_cmos(const struct rtc *r, unsigned index)
{
    return r->s.cmos[index & 0x7f];
}

// --- lifetime ---

// Days since 1970-01-01 to a date, counted in eras of 400 years that begin on the first of March.
static void set_date(struct rtc *r, i64 days)
{
    i64 from_era = days + 719468; // since 0000-03-01
    i64 era = (from_era >= 0 ? from_era : from_era - 146096) / 146097;
    unsigned day = (unsigned)(from_era - era * 146097); // of the era
    unsigned years = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * years + years / 4 - years / 100; // of the year that begins in March
    unsigned months = (5 * day + 2) / 153;
    unsigned month = months < 10 ? months + 3 : months - 9;
    unsigned year = (unsigned)(era * 400) + years + (month <= 2 ? 1 : 0);
    r->s.cmos[DAY] = encode(r, day - (153 * months + 2) / 5 + 1);
    r->s.cmos[MONTH] = encode(r, month);
    r->s.cmos[YEAR] = encode(r, year % 100);
    r->s.cmos[CENTURY] = encode(r, year / 100 % 100);
    r->s.cmos[WEEKDAY] = encode(r, (unsigned)((days % 7 + 11) % 7) + 1); // day 0 was a Thursday
}

static void set_time(struct rtc *r, i64 unix_seconds)
{
    const i64 day_seconds = 86400;
    i64 days = unix_seconds / day_seconds, second = unix_seconds % day_seconds;
    if (second < 0) {
        second += day_seconds;
        days--;
    }
    r->s.cmos[SECONDS] = encode(r, (unsigned)second % 60);
    r->s.cmos[MINUTES] = encode(r, (unsigned)second / 60 % 60);
    set_hour(r, (unsigned)second / 3600);
    set_date(r, days);
}

// The RESET pin clears enables and flags; time and RAM live from the battery.
static void reset(void *owner)
{
    struct rtc *r = owner;
    r->s.cmos[REG_B] &= (u8) ~(B_PIE | B_AIE | B_UIE | B_SQWE);
    r->s.cmos[REG_C] = 0;
    r->s.index = 0;
    r->s.is_nmi_masked = false;
    update_periodic(r);
    r->s.cmos[REG_C] = 0;
    drive_irq(r);
    line_set(&r->nmi_mask, false);
}

static void restored(void *owner)
{
    struct rtc *r = owner;
    line_set(&r->irq8, r->s.cmos[REG_C] & C_IRQF);
    line_set(&r->nmi_mask, r->s.is_nmi_masked);
}

void rtc_init(struct rtc *r, struct clock *clock, struct ports *ports, i64 unix_seconds,
              struct line irq8, struct line nmi_mask)
{
    *r = (struct rtc){.clock = clock, .irq8 = irq8, .nmi_mask = nmi_mask};
    dev_init(&r->dev, "rtc", &rtc_table, &r->s, r, reset, restored);
    clock_add_event(clock, &r->update, "rtc.update", update_due, r);
    clock_add_event(clock, &r->periodic, "rtc.periodic", periodic_due, r);
    ports_map(ports, 0x70, 2, 1, port_read, port_write, r, "rtc");
    r->s.cmos[REG_A] = A_DIVIDER_RUNS | 6; // 1024 Hz, the usual setting of a PC
    r->s.cmos[REG_B] = B_24_HOURS;
    r->s.cmos[REG_D] = D_VALID;
    r->s.chain_start_ns = clock_now_ns(clock);
    set_time(r, unix_seconds);
    arm_update(r, r->s.chain_start_ns + NS_PER_SECOND);
    reset(r);
}
