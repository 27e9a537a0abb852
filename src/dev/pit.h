// The 8254 timer: three counters at 1193182 Hz. Counter 0 drives IRQ0, counter 2 the speaker.
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "core/line.h"
#include "core/ports.h"

enum { PIT_HZ = 1193182 };

struct pit_channel {
    u8 control;     // bits 5:0 of the control word, as the status byte returns them
    u8 mode;        // 0 to 5
    bool gate;      // level of the GATE input
    bool has_count; // a count was written since the control word

    // The counting element. At clock tick `load_tick` it takes `count`; before, and while it is
    // stopped, it stands at `held`.
    bool is_running; // counts (from load_tick on); else stopped
    bool starts_low; // mode 3: OUT is low in the half period that begins at load_tick
    bool before;     // OUT before load_tick
    u32 count;       // 1 to 65536 (10000 in BCD)
    u32 held;        // count to read while stopped or before load_tick
    u64 load_tick;
    u64 stopped_ticks; // is_running false: ticks that had passed since load_tick

    // A count written while another one runs, to be taken at change_tick.
    bool has_next;
    u32 next_count;
    u64 change_tick; // UINT64_MAX: at the next trigger

    // The byte-wide bus side.
    u8 low_byte;      // first byte of a two-byte count
    bool writes_high; // the next write is the second byte
    bool reads_high;  // the next read is the second byte
    u8 latched_bytes; // bytes of the latched count still to be read
    u16 latch;
    bool has_status; // a status byte is latched
    u8 status;
};

struct pit_state {
    struct pit_channel channel[3];
    u64 edge_tick; // of the next change of counter 0's output
    bool irq;      // what the output line shows
};

struct pit {
    struct dev dev;
    struct pit_state s;
    struct clock *clock;
    struct line irq0;
    struct event edge;

    void (*counter_2_changing)(void *owner); // NULL: nobody wants to know
    void *counter_2_owner;
};

// Ports 40h-43h.
void pit_init(struct pit *p, struct clock *clock, struct ports *ports, struct line irq0);

// The GATE input of a counter (0 to 2; on a PC only that of counter 2 is wired to something).
void pit_set_gate(struct pit *p, unsigned channel, bool level);
// The OUT pin of a counter, now.
bool pit_output(struct pit *p, unsigned channel);

// For the speaker. `changing` is called before counter 2 is written, read or its gate moves. The
// output at a tick that is not before one asked for earlier, and in *next_edge the first tick after
// it at which the output may change; UINT64_MAX: never.
void pit_watch_counter_2(struct pit *p, void (*changing)(void *owner), void *owner);
bool pit_output_at(struct pit *p, unsigned channel, u64 tick, u64 *next_edge_tick);
