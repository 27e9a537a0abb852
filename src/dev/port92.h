// Port 92h: fast A20 gate and fast reset. The A20 gate's state is kept here for both who move it.
#pragma once

#include "base/types.h"
#include "core/dev.h"
#include "core/line.h"
#include "core/ports.h"

struct port92_state {
    u8 value; // bit 1: A20 open
};

struct port92 {
    struct dev dev;
    struct port92_state s;
    struct line a20;   // high: open
    struct line reset; // pulsed: the processor's INIT
};

void port92_init(struct port92 *p, struct ports *ports, struct line a20, struct line reset);

// The keyboard controller's A20 output, fits struct line: who moved the gate last decides.
void port92_set_a20(void *port92, unsigned n, bool level);
