// A port with which a guest ends its run: QEMU's isa-debug-exit.
#pragma once

#include "base/types.h"
#include "core/dev.h"
#include "core/ports.h"

// `code` is (value written << 1) | 1.
typedef void debugexit_fn(void *owner, unsigned code);

struct debugexit {
    struct dev dev;
    debugexit_fn *exit;
    void *owner;
};

// Four ports from `base`.
void debugexit_init(struct debugexit *d, struct ports *ports, u16 base, debugexit_fn *on_exit,
                    void *owner);
