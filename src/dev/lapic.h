// The local APIC of a single processor (Pentium 4 generation, version 14h).
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "core/line.h"
#include "core/phys.h"

#define LAPIC_TIMER_HZ   NS_PER_SECOND // of the timer before its divider: one tick a nanosecond
#define LAPIC_BASE_RESET 0xfee00900ull // IA32_APIC_BASE: boot processor, enabled

enum lapic_lvt {
    LAPIC_LVT_TIMER,
    LAPIC_LVT_THERMAL,
    LAPIC_LVT_PERF,
    LAPIC_LVT_LINT0,
    LAPIC_LVT_LINT1,
    LAPIC_LVT_ERROR,
    LAPIC_LVTS
};

struct lapic_state {
    u64 base; // IA32_APIC_BASE
    u32 id, tpr, ldr, dfr, svr;
    u32 irr[8], isr[8], tmr[8]; // 256 bits each
    u32 icr_low, icr_high;
    u32 lvt[LAPIC_LVTS];
    u32 esr, errors; // as read; gathered since the last write

    bool lint[2];    // levels of the inputs
    bool has_extint; // a message of mode ExtINT waits
    bool intr;       // what the output line shows

    u32 timer_initial, timer_divide;
    u32 timer_start_count; // at timer_start_ns; the count of the first period
    u64 timer_start_ns;
};

struct lapic_wires {
    struct line intr;                    // to the CPU
    struct line nmi;                     // to the CPU, pulsed
    struct line init;                    // the same; it comes back as lapic_init_pin
    struct irq_ack pic;                  // the vector of an ExtINT
    void (*eoi)(void *owner, u8 vector); // end of a level-triggered interrupt, to the I/O APIC
    void (*ready)(void *owner); // messages may be taken that were not before, to the I/O APIC
    void *eoi_owner;            // of both
};

struct lapic {
    struct dev dev;
    struct lapic_state s;
    struct clock *clock;
    struct phys *phys;
    struct phys_region *region;
    struct lapic_wires wires;
    struct event timer;
};

void lapic_init(struct lapic *a, struct clock *clock, struct phys *phys, struct lapic_wires wires);

// IA32_APIC_BASE was written (or the CPU has no APIC: 0). While bit 11 is clear the registers are
// gone, and LINT0 and LINT1 go straight to the CPU as INTR and NMI.
void lapic_set_base(struct lapic *a, u64 msr_value);

// The processor's INIT pin (10.4.7.3): registers as after a reset, except the ID.
void lapic_init_pin(struct lapic *a);

// LINT0 (n 0, the PIC's INTR) or LINT1 (n 1, NMI) changes; fits struct line.
void lapic_set_lint(void *lapic, unsigned n, bool level);
// A message from the APIC bus; false: not for this one, or not taken. Fits ioapic's deliver.
bool lapic_deliver(void *lapic, u8 destination, bool is_logical, u8 delivery_mode, u8 vector,
                   bool is_level);
// The CPU takes the interrupt that INTR announced: returns its vector. Fits struct irq_ack.
u8 lapic_acknowledge(void *lapic);
