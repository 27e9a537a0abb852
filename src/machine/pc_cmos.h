// What the firmware is told of the machine: CMOS bytes and fw_cfg items; and what a program
// tells it.
#pragma once

#include "machine/pc.h"

// Fills both, the directly booted kernel included. VT_ERROR_BAD_KERNEL, VT_ERROR_MEMORY.
NODISCARD enum vt_status pc_describe(struct pc *pc);
// After INIT the firmware is to go on where a program says, which so leaves protected mode on a 286
// (CMOS 0Fh); else it starts again.
bool pc_cmos_goes_on(const struct pc *pc);
