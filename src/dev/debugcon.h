// Port E9h: a byte written goes to the host, E9h is read. Bochs and QEMU have it under that port.
#pragma once

#include "base/types.h"
#include "core/dev.h"
#include "core/ports.h"
#include "vitrine/host.h"

struct debugcon {
    struct dev dev;
    const struct vt_host *host;
};

void debugcon_init(struct debugcon *d, struct ports *ports, const struct vt_host *host);
