// A WAV file that sound is written into: 16 bits, stereo.
#pragma once

#include "host/posix/sink.h"

// Writes the header into a file that sink_open has just opened. False: told, or `s->error` is set.
bool wav_start(struct sink *s, uint32_t hz);
// Puts frames where they belong; what was left out before them is silence (and takes no room on
// disks of most file systems). Frames beyond 4 GiB, which the format cannot have, are dropped.
void wav_write(struct sink *s, uint64_t first_frame, const int16_t *frames, size_t count);
// Completes the header. Before sink_close.
void wav_finish(struct sink *s);
