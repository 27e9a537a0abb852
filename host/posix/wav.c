#define _XOPEN_SOURCE 700
#include "host/posix/wav.h"

#include "host/posix/message.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER_BYTES = 44, FRAME_BYTES = 4, CHUNK_FRAMES = 256 };

static const uint64_t DATA_BYTES_MAX = 0xffffffffu - HEADER_BYTES;

static void put_le(uint8_t *to, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        to[i] = (uint8_t)(value >> 8 * i);
    }
}

static void write_at(struct sink *s, uint64_t offset, const uint8_t *bytes, size_t count)
{
    while (count > 0) {
        ssize_t n = pwrite(s->fd, bytes, count, (off_t)offset);

        if (n > 0) {
            bytes += n;
            offset += (uint64_t)n;
            count -= (size_t)n;
        } else if (n < 0 && errno != EINTR) {
            s->error = errno;
            return;
        }
    }
}

static void put_sizes(uint8_t *header, uint32_t data_bytes)
{
    put_le(header + 4, data_bytes + HEADER_BYTES - 8, 4);
    put_le(header + 40, data_bytes, 4);
}

bool wav_start(struct sink *s, uint32_t hz)
{
    uint8_t header[HEADER_BYTES] = "RIFF    WAVEfmt ";
    struct stat about;

    if (fstat(s->fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        message("%s: sound can only be written into a regular file", s->name);
        return false;
    }
    put_sizes(header, 0);
    put_le(header + 16, 16, 4); // bytes of the format
    put_le(header + 20, 1, 2);  // PCM
    put_le(header + 22, 2, 2);  // channels
    put_le(header + 24, hz, 4);
    put_le(header + 28, hz * FRAME_BYTES, 4);
    put_le(header + 32, FRAME_BYTES, 2);
    put_le(header + 34, 16, 2); // bits of a sample
    memcpy(header + 36, "data", 4);
    write_at(s, 0, header, sizeof header);
    return true;
}

void wav_write(struct sink *s, uint64_t first_frame, const int16_t *frames, size_t count)
{
    uint8_t bytes[CHUNK_FRAMES * FRAME_BYTES];

    while (count > 0 && s->error == 0 &&
           first_frame + CHUNK_FRAMES <= DATA_BYTES_MAX / FRAME_BYTES) {
        size_t part = count < CHUNK_FRAMES ? count : CHUNK_FRAMES;

        for (size_t i = 0; i < 2 * part; i++) {
            put_le(bytes + 2 * i, (uint16_t)frames[i], 2);
        }
        write_at(s, HEADER_BYTES + first_frame * FRAME_BYTES, bytes, part * FRAME_BYTES);
        first_frame += part;
        frames += 2 * part;
        count -= part;
    }
}

// What there is can be played, also where the disk became full.
void wav_finish(struct sink *s)
{
    struct stat about;
    uint8_t header[HEADER_BYTES] = {0};

    if (s->fd < 0 || fstat(s->fd, &about) != 0 || about.st_size < HEADER_BYTES) {
        return;
    }
    put_sizes(header, (uint32_t)((uint64_t)about.st_size - HEADER_BYTES));
    write_at(s, 4, header + 4, 4);
    write_at(s, 40, header + 40, 4);
}
