// The PC behind include/vitrine/debug.h.
#pragma once

#include "machine/board.h"

extern const struct debug_ops pc_debug_ops;
