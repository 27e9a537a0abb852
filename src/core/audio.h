// The mixer: what the machine's sound devices play, added up in guest time and handed to the host.
//
//     speaker, ... --audio_add--> one block of frames --vt_host.audio_write--> host
//
// A frame is a left and a right sample. Frame f is the sound from guest time audio_frame_ns(f) up
// to that of f + 1, so that the frames follow from the run alone. The mixer works in blocks, and
// only while a source plays: in silence there is no event, and no call of the host.
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "vitrine/host.h"

enum { AUDIO_BLOCK_FRAMES = 512, AUDIO_SOURCES_MAX = 8, AUDIO_HZ_MIN = 8000, AUDIO_HZ_MAX = 96000 };

// Adds everything up to guest time `until_ns` with audio_add. False: from there on the source is
// silent, until it calls audio_start.
typedef bool audio_play_fn(void *owner, u64 until_ns);

struct audio_source {
    audio_play_fn *play;
    void *owner;
};

struct audio_state {
    bool is_open;       // a block is being filled
    u64 first_frame;    // of the block
    u64 written_frames; // up to here frames have been handed on
    i32 mix[2 * AUDIO_BLOCK_FRAMES];
};

struct audio {
    struct dev dev;
    struct audio_state s;
    struct clock *clock;
    const struct vt_host *host;
    u32 hz;
    struct event block;
    struct audio_source sources[AUDIO_SOURCES_MAX];
    unsigned source_count;
};

// `hz`: frames a second, AUDIO_HZ_MIN to AUDIO_HZ_MAX.
void audio_init(struct audio *a, struct clock *clock, const struct vt_host *host, u32 hz);
void audio_add_source(struct audio *a, audio_play_fn *play, void *owner);

// Something begins to sound now: the sources are asked to play from here on.
void audio_start(struct audio *a);
// Adds a source's part, about -32768 to 32767, to a frame. Frames of blocks that are gone are lost.
void audio_add(struct audio *a, u64 frame, i32 left, i32 right);

// The frame that guest time `ns` lies in, and where a frame begins.
u64 audio_frame(const struct audio *a, u64 ns);
u64 audio_frame_ns(const struct audio *a, u64 frame);

// What has been played up to now, also of a block that is not full. For the end of a run.
void audio_flush(struct audio *a);
