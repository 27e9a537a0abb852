#include "base/digest.h"
#include "base/bytes.h"

// The stream is taken as little-endian 64-bit words. `a` has swallowed all whole words so far; `b`
// collects the bytes of the word that is not whole yet (length_bytes % 8 of them), so that only the
// bytes count, not how they were cut into calls.

#define DIGEST_START      0x6a09e667f3bcc908ull // sqrt(2) - 1, in 64 bits
#define DIGEST_MULTIPLIER 0x9e3779b97f4a7c15ull // 2^64 / golden ratio, odd

// Every step is reversible, so two streams that differ in one word stay different.
static u64 mix(u64 a, u64 word)
{
    a = (a ^ word) * DIGEST_MULTIPLIER;
    return a ^ (a >> 29);
}

void digest_init(struct digest *d)
{
    *d = (struct digest){.a = DIGEST_START};
}

static void add_byte(struct digest *d, u8 byte)
{
    unsigned position = (unsigned)(d->length_bytes % 8);
    d->b |= (u64)byte << (8 * position);
    d->length_bytes++;
    if (position == 7) {
        d->a = mix(d->a, d->b);
        d->b = 0;
    }
}

void digest_add(struct digest *d, const void *bytes, size_t size_bytes)
{
    const u8 *p = bytes;
    while (size_bytes > 0 && d->length_bytes % 8 != 0) {
        add_byte(d, *p++);
        size_bytes--;
    }
    u64 a = d->a;
    size_t words = size_bytes / 8;
    for (size_t n = 0; n < words; n++) {
        a = mix(a, load_le64(p + 8 * n));
    }
    d->a = a;
    d->length_bytes += 8 * (u64)words;
    for (size_t n = 8 * words; n < size_bytes; n++) {
        add_byte(d, p[n]);
    }
}

void digest_add_u64(struct digest *d, u64 value)
{
    u8 bytes[8];
    store_le64(bytes, value);
    digest_add(d, bytes, sizeof bytes);
}

u64 digest_end(const struct digest *d)
{
    // The length tells a stream from the same one with zeros behind it.
    u64 a = mix(mix(d->a, d->b), d->length_bytes);
    a = mix(a, a >> 32);
    return a ^ (a >> 32);
}
