// High precision event timer: a 64-bit counter at 100 MHz with three comparators. [HPET]
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "core/line.h"
#include "core/phys.h"

enum { HPET_TIMERS = 3, HPET_HZ = 100 * 1000 * 1000, HPET_OUTPUTS = 24 };

struct hpet_timer {
    u64 config;     // the writable bits
    u64 comparator; // periodic: the next match
    u64 period;     // the last value written; counted in periodic mode
    u64 seen;       // count up to which matches have been dealt with
    bool is_active; // asks for an interrupt
};

struct hpet_state {
    u64 config;
    u64 status; // bit n: timer n, level triggered
    u64 base;   // running: the count minus the ticks of guest time; halted: the count
    struct hpet_timer timer[HPET_TIMERS];
    bool legacy_inputs[2]; // levels of the 8254 and the real-time clock
    u32 driven;            // bit n: level of output n
};

struct hpet {
    struct dev dev;
    struct hpet_state s;
    struct clock *clock;
    // 0 and 8: ISA interrupts, driven by the 8254 and the real-time clock through hpet_set_legacy,
    // by timers 0 and 1 while they replace them. 20 to 23: inputs of the I/O APIC.
    struct line output[HPET_OUTPUTS];
    struct event event[HPET_TIMERS];
};

// Registers at FED00000h.
void hpet_init(struct hpet *h, struct clock *clock, struct phys *phys,
               const struct line output[HPET_OUTPUTS]);

// The interrupt of the 8254 (n = 0) and of the real-time clock (n = 1); fits struct line.
void hpet_set_legacy(void *hpet, unsigned n, bool level);
