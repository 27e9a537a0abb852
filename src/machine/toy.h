// The toy as a machine: processor, memory, screen, keyboard and console, and its history.
//
//   keys ──> processor (cpu/toy) ──> console
//                 │
//             memory, screen (struct toy_memory)
#pragma once

#include "core/machine.h"
#include "core/timeline.h"
#include "cpu/toy/toy.h"
#include "machine/board.h"

struct toy_board {
    struct vt_machine vm; // what the public interface holds
    struct machine m;
    struct vt_host host;

    struct toy cpu;
    struct toy_memory memory;
    struct timeline timeline;
    struct dev console; // its state is `console_state`
    struct toy_console_state {
        u32 printed; // bytes so far
    } console_state;
    bool has_breaks; // some breakpoint is to be looked for
    u32 shown;       // bytes that the host has got: those of a past lived again are not shown again
};

// toy_time.c
extern const struct time_ops toy_time_ops;
struct vt_stop toy_run_watched(struct toy_board *b, u64 max_steps);
