// The 82093AA I/O APIC: 24 inputs, each with a destination, a vector and a trigger mode.
#pragma once

#include "base/types.h"
#include "core/dev.h"
#include "core/phys.h"

enum { IOAPIC_INPUTS = 24 };

struct ioapic_state {
    u64 entry[IOAPIC_INPUTS];
    u32 inputs; // levels
    u8 select;
    u8 id;
};

// A message on the APIC bus; false: nobody has taken it. lapic_deliver fits.
typedef bool ioapic_deliver_fn(void *owner, u8 destination, bool is_logical, u8 delivery_mode,
                               u8 vector, bool is_level);

struct ioapic {
    struct dev dev;
    struct ioapic_state s;
    ioapic_deliver_fn *deliver;
    void *owner;
};

// Registers at FEC00000h. `deliver` NULL: nobody hears the messages.
void ioapic_init(struct ioapic *a, struct phys *phys, ioapic_deliver_fn *deliver, void *owner);

// Input n (0 to 23) is asserted or not, whatever its polarity; fits struct line.
void ioapic_set_irq(void *ioapic, unsigned n, bool level);
// A local APIC ended a level-triggered interrupt; fits lapic's eoi.
void ioapic_eoi(void *ioapic, u8 vector);
// A local APIC may take what it did not before: levels that wait are sent again; fits lapic's
// ready.
void ioapic_retry(void *ioapic);
