// A bidirectional (PS/2) parallel port with a printer that is always ready.
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "core/line.h"
#include "core/ports.h"
#include "vitrine/host.h"

struct parallel_state {
    u8 data, control;
    bool is_busy;   // the printer has not acknowledged the last byte yet
    bool is_unseen; // nobody has read the status since the last byte
    bool is_asking; // for an interrupt
};

struct parallel {
    struct dev dev;
    struct parallel_state s;
    struct clock *clock;
    struct line irq;
    const struct vt_host *host;
    struct event acknowledge;
};

// Three ports from `base`. Bytes go to vt_host.parallel_write.
void parallel_init(struct parallel *p, struct clock *clock, struct ports *ports, u16 base,
                   struct line irq, const struct vt_host *host);
