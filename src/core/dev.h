// What every device has in common: a name, a state with its field table, a reset.
//
// A device `x` is two structs: `struct x_state` (plain values, saved) and `struct x`, which embeds
// `struct dev dev;` and `struct x_state s;` beside its wires (lines, clock, events). `x_init(x,
// ...wiring)` fills both, maps its ports, and the board adds `&x->dev` to the machine with dev_add.
#pragma once

#include "base/types.h"
#include "core/fields.h"

struct dev {
    const char *name; // unique in its machine: "pit", "uart0"
    const struct field_table *fields;
    void *state;
    void *owner;
    void (*reset)(void *owner); // power-on and reset state; NULL: none
    void (*restored)(
        void *owner); // the state was loaded: bring the wires in line with it; NULL: nothing to do
    struct dev *next;
};

struct dev_list {
    struct dev *first;
    unsigned count;
};

void dev_init(struct dev *d, const char *name, const struct field_table *fields, void *state,
              void *owner, void (*reset)(void *owner), void (*restored)(void *owner));
void dev_add(struct dev_list *list, struct dev *d); // keeps the order in which they come
void dev_reset_all(struct dev_list *list);
void dev_digest_all(const struct dev_list *list, struct digest *d);
