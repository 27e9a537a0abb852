// The pair of 8259A interrupt controllers of a PC: inputs IRQ0 to IRQ15, output INTR.
#pragma once

#include "base/types.h"
#include "core/dev.h"
#include "core/line.h"
#include "core/ports.h"

struct pic_chip {
    u8 inputs;        // levels on IR0 to IR7
    u8 latched_edges; // inputs that rose since they were last acknowledged
    u8 imr, isr;      // interrupt mask, in service
    u8 elcr;          // 1: that input is level triggered

    u8 vector_base;
    u8 lowest;    // the input with the lowest priority; 7 after initialisation
    u8 init_step; // ICW that the next write to the odd port is (2 to 4); 0: none, it is OCW1
    bool needs_icw4, is_single;
    bool is_auto_eoi, rotates_on_auto_eoi, is_special_mask, is_special_nested;
    bool is_polled; // the next read is a poll
    bool reads_isr; // the even port reads ISR, else IRR
};

struct pic_state {
    struct pic_chip chip[2]; // master, slave
    bool intr;               // what the output line shows
};

struct pic {
    struct dev dev;
    struct pic_state s;
    struct line intr;
};

// Ports 20h-21h, A0h-A1h, 4D0h-4D1h.
void pic_init(struct pic *p, struct ports *ports, struct line intr);

// Input `irq` (0 to 15, not 2) changes; fits struct line.
void pic_set_irq(void *pic, unsigned irq, bool level);

// Both INTA cycles: returns the vector, and puts the request in service. Fits struct irq_ack.
u8 pic_acknowledge(void *pic);
