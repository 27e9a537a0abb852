// What every machine has: time, address spaces, devices, a CPU; and the run loop that ties them
// together.
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/cpu.h"
#include "core/dev.h"
#include "core/log.h"
#include "core/phys.h"
#include "core/ports.h"
#include "vitrine/vitrine.h"

struct machine {
    struct clock clock;
    struct ports ports;
    struct phys phys;
    struct log log;
    struct dev_list devs;
    struct cpu cpu;

    bool wants_stop; // somebody asked for the end of machine_run, for the reason in `stop`
    struct vt_stop stop;
    bool wants_reset;
    bool wants_init;

    // The board's part; each may be NULL.
    void (*reset)(void *board);         // wants_reset was set: bring everything to its reset state
    void (*init)(void *board);          // wants_init was set: bring only the processor to its start
    void (*shut_down)(void *board);     // the CPU gave up (triple fault)
    void (*before_events)(void *board); // events are due
    void (*after_events)(void *board);  // events were called (torture tests)
    void *board;
};

// Asks for machine_run to return at the next instruction boundary.
void machine_stop(struct machine *m, enum vt_stop_reason reason, unsigned code);
// Asks for a reset at the next instruction boundary; fits struct line (a rising level).
void machine_reset_line(void *machine, unsigned n, bool level);
// The same for the processor alone (INIT#).
void machine_init_line(void *machine, unsigned n, bool level);

// Runs until an instruction count or a guest time is reached, or somebody calls machine_stop, or
// the CPU is halted for good.
struct vt_stop machine_run(struct machine *m, u64 max_instructions, u64 until_ns);
