// The LC-3's keyboard: KBSR and KBDR.
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "core/line.h"
#include "dev/lc3_latency.h"

struct lc3_keyboard_state {
    u64 arrived, taken; // keys pressed so far, and of them read
    u64 ready_ns; // when the oldest unread key will show; CLOCK_NEVER: it does, or there is none
    u16 data;     // KBDR
    u8 is_ready;  // KBSR[15]
    u8 is_irq_enabled; // KBSR[14]
    struct lc3_latency_state latency;
};

struct lc3_keyboard {
    struct dev dev; // "keyboard"
    struct lc3_keyboard_state s;
    struct clock *clock;
    struct event ready;
    struct lc3_latency latency;
    struct line irq; // high while a key is ready and interrupts are enabled

    // The nth key of all that were ever pressed; whoever keeps the machine's input answers.
    u8 (*key)(void *owner, u64 n);
    // A program has looked in vain for a key.
    void (*polled)(void *owner);
    void *owner;
};

struct lc3_keyboard_wires {
    struct line irq;
    u8 (*key)(void *owner, u64 n);
    void (*polled)(void *owner); // may be NULL
    void *owner;
};

void lc3_keyboard_init(struct lc3_keyboard *k, struct clock *clock,
                       const struct lc3_keyboard_wires *wires, struct lc3_latency latency,
                       u64 seed);
// One key more has been pressed.
void lc3_keyboard_press(struct lc3_keyboard *k);

u16 lc3_keyboard_read_status(void *keyboard);
u16 lc3_keyboard_peek_status(void *keyboard);
void lc3_keyboard_write_status(void *keyboard, u16 value);
u16 lc3_keyboard_read_data(void *keyboard);
u16 lc3_keyboard_peek_data(void *keyboard);
