// The real-time clock MC146818 with 128 bytes of battery-backed RAM ("CMOS").
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "core/line.h"
#include "core/ports.h"

enum { RTC_BYTES = 128 };

struct rtc_state {
    u8 index;
    bool is_nmi_masked;
    u8 cmos[RTC_BYTES]; // registers A to D included (0Ah to 0Dh)
    u64 chain_start_ns; // guest time at which the divider chain began to run
    u64 next_update_ns; // when the next second begins; CLOCK_NEVER: the chain is held
    u64 periodic_tick;  // 32768 Hz ticks since then up to which periodic flags have been seen
};

struct rtc {
    struct dev dev;
    struct rtc_state s;
    struct clock *clock;
    struct line irq8, nmi_mask;
    struct event update, periodic;
};

// Ports 70h-71h. `unix_seconds`: what the clock shows at guest time 0. `nmi_mask` is high while
// the guest keeps NMI away from the CPU.
void rtc_init(struct rtc *r, struct clock *clock, struct ports *ports, i64 unix_seconds,
              struct line irq8, struct line nmi_mask);

// For the board: what the firmware expects to find, and what it left. The clock's own registers are
// best left alone.
void rtc_set_cmos(struct rtc *r, unsigned index, u8 value);
u8 rtc_cmos(const struct rtc *r, unsigned index);
