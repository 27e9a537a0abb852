// `vitrine lc3 --trace`: each step on standard error, as a line of text or of JSON.
#pragma once

#include "front/cli/lc3_session.h"

// Does one step and tells of it. `stops_at_breaks`: not if a breakpoint is there.
struct vt_stop lc3_trace_step(struct lc3_session *s, enum lc3_trace form, bool stops_at_breaks);
