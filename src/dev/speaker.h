// Port 61h, the last remains of the PC's 8255: speaker, counter 2's gate, refresh toggle.
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "core/ports.h"
#include "dev/pit.h"

struct speaker_state {
    u8 control; // bits 3:0 as written
};

struct speaker {
    struct dev dev;
    struct speaker_state s;
    struct clock *clock;
    struct pit *pit;
};

void speaker_init(struct speaker *k, struct clock *clock, struct ports *ports, struct pit *pit);
