// What the three files of the PS/2 device share: controller (ps2.c), keyboard and mouse.
#pragma once

#include "base/types.h"
#include "dev/ps2.h"

enum {
    PS2_ACK = 0xfa,
    PS2_RESEND = 0xfe,
    PS2_SELF_TEST_PASSED = 0xaa,
};

static inline unsigned ps2_queue_room(const struct ps2_queue *q)
{
    return PS2_QUEUE_BYTES - q->count;
}

// A byte that does not fit is lost; callers with something to lose ask for room first.
static inline void ps2_queue_put(struct ps2_queue *q, u8 byte)
{
    if (q->count < PS2_QUEUE_BYTES) {
        q->bytes[(q->head + q->count) % PS2_QUEUE_BYTES] = byte;
        q->count++;
    }
}

// The queue must not be empty.
static inline u8 ps2_queue_take(struct ps2_queue *q)
{
    u8 byte = q->bytes[q->head % PS2_QUEUE_BYTES];
    q->head = (u8)((q->head + 1) % PS2_QUEUE_BYTES);
    q->count--;
    return byte;
}

static inline void ps2_queue_clear(struct ps2_queue *q)
{
    q->head = 0;
    q->count = 0;
}

// --- ps2_keyboard.c ---

void ps2_keyboard_reset(struct ps2_keyboard *k);
// A byte from the controller. True: it was the reset command, a self test begins.
bool ps2_keyboard_write(struct ps2_keyboard *k, u8 v);
// The self test is over.
void ps2_keyboard_ready(struct ps2_keyboard *k);
// The held key once more, and when: after its press, after a repeat.
void ps2_keyboard_repeat(struct ps2_keyboard *k);
u64 ps2_keyboard_delay_ns(const struct ps2_keyboard *k);
u64 ps2_keyboard_period_ns(const struct ps2_keyboard *k);
// What the 8042 makes of a byte of scan code set 2, as long as no break prefix is involved.
u8 ps2_translate(u8 byte);

// --- ps2_mouse.c ---

void ps2_mouse_reset(struct ps2_mouse *m);
bool ps2_mouse_write(struct ps2_mouse *m, u8 v);
void ps2_mouse_ready(struct ps2_mouse *m);
// Whether there is something to report and the last packet is gone.
bool ps2_mouse_has_news(const struct ps2_mouse *m);
// Puts together a packet of the news, unless the next sample is not due yet.
void ps2_mouse_report(struct ps2_mouse *m, u64 now_ns);
void ps2_mouse_move(struct ps2_mouse *m, int dx, int dy, int dz, unsigned buttons);

// --- ps2.c ---

void ps2_keys_queued(struct ps2 *p); // a key was pressed or released
