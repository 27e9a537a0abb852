// Port 61h, the last remains of the PC's 8255: speaker, counter 2's gate, refresh toggle.
#pragma once

#include "base/types.h"
#include "core/audio.h"
#include "core/clock.h"
#include "core/dev.h"
#include "core/ports.h"
#include "dev/pit.h"

struct speaker_state {
    u8 control; // bits 3:0 as written

    // The sound, only kept up to date where there is a mixer.
    u64 played_ns; // guest time up to which it is worked out
    u64 high_ns;   // how long the cone was pushed out in the frame of played_ns
    i32 rest;      // where the cone would come to rest, in 1/256 of a sample step
};

struct speaker {
    struct dev dev;
    struct speaker_state s;
    struct clock *clock;
    struct pit *pit;
    struct audio *audio; // NULL: nobody listens
};

void speaker_init(struct speaker *k, struct clock *clock, struct ports *ports, struct pit *pit,
                  struct audio *audio);
