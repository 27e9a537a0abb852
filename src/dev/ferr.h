// The coprocessor error latch of the PC/AT: FERR# sets it and raises IRQ 13; a write to port F0h
// clears it.
//
//   F0h   write, any value   clears the latch
//
// Not implemented: IGNNE# (a system that leaves CR0.NE clear and runs x87 instructions inside its
// IRQ 13 handler before it writes F0h sees FERR# again), port F1h (80287 reset).
#pragma once

#include "base/types.h"
#include "core/dev.h"
#include "core/line.h"
#include "core/ports.h"

struct ferr_state {
    bool is_latched;
};

struct ferr {
    struct dev dev;
    struct ferr_state s;
    struct line irq13;
};

void ferr_init(struct ferr *f, struct ports *ports, struct line irq13);

// The FERR# pin; fits struct line. A falling level does not clear the latch.
void ferr_set(void *ferr, unsigned n, bool level);
