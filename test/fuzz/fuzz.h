// What the fuzz targets share: reading choices from the input, a host in memory, and a loud end.
//
// A target is one function of libFuzzer's form. It must judge each input alone: nothing of one call
// may change what the next one sees.
#pragma once

#include "base/bytes.h"
#include "base/types.h"
#include "vitrine/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t size_bytes);

// Like CHECK, for what a target claims.
#define CLAIM(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: claim failed: %s\n", __FILE__, __LINE__, #cond);               \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

// --- the input ---

// Bytes that are used up from the front; after the end come zeros.
struct input {
    const u8 *at;
    size_t left;
};

static inline u8 take8(struct input *in)
{
    if (in->left == 0) {
        return 0;
    }
    in->left--;
    return *in->at++;
}

static inline u16 take16(struct input *in)
{
    u16 low = take8(in);
    return (u16)(low | take8(in) << 8);
}

static inline u32 take32(struct input *in)
{
    u32 low = take16(in);
    return low | (u32)take16(in) << 16;
}

// At most `most` bytes of the rest, without copying.
static inline struct input take_part(struct input *in, size_t most)
{
    struct input part = {in->at, in->left < most ? in->left : most};
    in->at += part.left;
    in->left -= part.left;
    return part;
}

// One of `count`, 1 to 65536.
static inline unsigned take_below(struct input *in, unsigned count)
{
    return (count <= 256 ? take8(in) : take16(in)) % count;
}

// --- numbers that need not be steered by the input ---

struct dice {
    u64 state;
};

// xorshift64*, [VIGNA]: any generator would do.
static inline u32 roll(struct dice *d)
{
    d->state ^= d->state >> 12;
    d->state ^= d->state << 25;
    d->state ^= d->state >> 27;
    return (u32)(d->state * 0x2545f4914f6cdd1dull >> 32);
}

static inline struct dice dice_from(u32 seed)
{
    return (struct dice){seed * 0x9e3779b97f4a7c15ull | 1};
}

// --- a host without anything behind it ---

static inline void *fuzz_alloc(void *owner, size_t size_bytes)
{
    (void)owner;
    size_t rounded = (size_bytes + 4095) & ~(size_t)4095;
    void *memory = aligned_alloc(4096, rounded ? rounded : 4096);
    CLAIM(memory);
    return memset(memory, 0, rounded);
}

static inline void fuzz_release(void *owner, void *memory, size_t size_bytes)
{
    (void)owner, (void)size_bytes;
    free(memory);
}
