// What a CPU offers the run loop: carry out instructions, and say when there is nothing to do.
#pragma once

#include "base/types.h"

struct cpu {
    void *owner;
    // Executes at most `budget` instructions and returns how many. Fewer when the CPU halts, or
    // something asked it to stop (clock kick, reset, power off).
    u64 (*run)(void *owner, u64 budget);
    // True while the CPU waits for an interrupt that has not come.
    bool (*is_halted)(const void *owner);
    // True if nothing but a reset can wake it any more.
    bool (*is_dead)(const void *owner);
    // True once it has given up (an x86 after a triple fault).
    bool (*is_shut_down)(const void *owner);
    u64 (*executed)(void *owner); // completed instructions of the slice that runs
    void (*kick)(void *owner);    // come back from run at the next instruction boundary
};
