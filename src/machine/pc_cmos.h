// What the firmware is told of the machine: CMOS bytes and fw_cfg items.
#pragma once

#include "machine/pc.h"

// Fills both, the directly booted kernel included. VT_ERROR_BAD_KERNEL, VT_ERROR_MEMORY.
NODISCARD enum vt_status pc_describe(struct pc *pc);
