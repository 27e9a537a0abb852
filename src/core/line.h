// One wire: an interrupt request, a reset, a gate. The driver knows nothing of who listens.
#pragma once

#include "base/types.h"

struct line {
    void (*set)(void *owner, unsigned n, bool level); // NULL: not connected
    void *owner;
    unsigned n; // which input of the owner
};

static inline void line_set(const struct line *l, bool level)
{
    if (l->set) {
        l->set(l->owner, l->n, level);
    }
}

static inline void line_pulse(const struct line *l)
{
    line_set(l, true);
    line_set(l, false);
}

// The other direction of an interrupt request: how the receiver asks for the vector, once.
struct irq_ack {
    u8 (*fn)(void *owner); // NULL: not connected
    void *owner;
};

// Several drivers on one wire, as devices share an interrupt: it is high while any of them is.
// Nothing here is state: after a load each driver sets its level again.
struct line_or {
    struct line out;
    u32 levels; // bit n: the level of driver n
    unsigned driver_count;
};

// One more driver, up to 32 of them: what it is to drive. Low until it does.
struct line line_or_add(struct line_or *w);
