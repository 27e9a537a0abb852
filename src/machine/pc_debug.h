// The PC behind include/vitrine/debug.h.
#pragma once

#include "cpu/x86/x86.h"
#include "machine/board.h"

// What steps and breakpoints remember; none of it is the guest's.
struct pc_debug {
    struct vt_delta last; // the latest step that was carried out by itself
    bool has_last;
    u64 passes; // at this instruction count breakpoints do not stop: it was here that one did
    u64 reads;  // a bit for each breakpoint whose memory was read since the last look
    u64 watched[VT_MAX_BREAKS]; // values of what is watched, at the last look
};

extern const struct debug_ops pc_debug_ops;

// pc_time.c: steps and breakpoints.
extern const struct time_ops pc_time_ops;
