// The 8042 keyboard controller with a PS/2 keyboard and a PS/2 wheel mouse.
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "core/line.h"
#include "core/ports.h"

enum { PS2_QUEUE_BYTES = 128, PS2_KEY_BYTES_MAX = 8 };

struct ps2_queue {
    u8 bytes[PS2_QUEUE_BYTES];
    u8 head, count;
};

struct ps2_keyboard {
    struct ps2_queue replies; // to commands: sent before keys
    struct ps2_queue keys;
    u8 command; // that waits for its argument; 0: none
    u8 last_sent;
    u8 scan_set; // 1 to 3
    u8 leds;     // 1 scroll, 2 num, 4 caps
    u8 typematic;
    bool is_scanning;
    u8 modifiers; // that are down: 1 2 shift, 4 8 ctrl, 10h 20h alt; left, right
    u8 faked;     // shifts that codes behind E0 have released; 40h: pressed the left one
    u16 held;     // the key that repeats; 0: none
    bool is_sysrq_down;
    u8 no_break[32];  // set 3: keys (by code) that don't report their release
    u8 no_repeat[32]; // set 3: keys that don't repeat
};

struct ps2_mouse {
    struct ps2_queue replies;
    struct ps2_queue packet;
    u8 command;
    u8 last_sent;
    u8 id; // 0: plain, 3: with wheel, 4: and with five buttons
    u8 resolution, sample_rate;
    u8 rates[2]; // the two sample rates set before the present one: the way to the wheel
    bool is_reporting, is_remote, is_wrapping, is_scaling_2;
    u8 buttons, reported_buttons;
    i32 dx, dy, dz;     // not yet reported; y upwards
    u64 next_sample_ns; // no packet of stream mode before
};

struct ps2_state {
    u8 status; // what port 64h reads
    u8 output; // the output buffer, what port 60h reads
    u8 command_byte;
    u8 output_port;
    u8 command;          // of the controller, that waits for its argument; 0: none
    u8 polled;           // C1h, C2h: the input port's bits in place of the status; 0: neither
    u8 ram[32];          // [0] unused: that is command_byte
    bool is_from_device; // the output buffer's byte; else it is an answer of the controller
    bool saw_f0;         // the translation has swallowed a break prefix

    // A device's byte that had to make way for an answer of the controller.
    bool has_held, is_held_from_mouse;
    u8 held;

    struct ps2_keyboard keyboard;
    struct ps2_mouse mouse;
};

struct ps2 {
    struct dev dev;
    struct ps2_state s;
    struct clock *clock;
    struct line irq1, irq12;
    struct line a20;        // high: open. Set at reset and when the guest writes the output port
    struct line reset;      // pulsed: the processor's INIT
    struct event transfer;  // the next byte from a device is through the cable
    struct event typematic; // the held key repeats
    struct event sample;    // the mouse's next; armed only while it has news for it
    struct event keyboard_ready, mouse_ready; // the end of a self test
};

// Ports 60h and 64h.
void ps2_init(struct ps2 *p, struct clock *clock, struct ports *ports, struct line irq1,
              struct line irq12, struct line a20, struct line reset);

// A key (as vt_key of vitrine.h: set-1 code, 100h + code behind E0, 200h Pause) is pressed or
// released. False: the keyboard's buffer is full, nothing was done. A key that is held repeats.
bool ps2_key(struct ps2 *p, unsigned key, bool is_pressed);
unsigned ps2_key_room(const struct ps2 *p); // presses or releases that fit now

// The mouse moved: right and down (towards the user) are positive, the wheel's dz is positive
// downwards. Buttons: 1 left, 2 right, 4 middle, 8 and 16 at the side.
void ps2_mouse(struct ps2 *p, int dx, int dy, int dz, unsigned buttons);
