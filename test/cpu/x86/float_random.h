// Operands for the float tests: random, with a liking for the corners. Deterministic.
#pragma once

#include "base/types.h"

struct float_random {
    u64 state;
};

// splitmix64, public domain algorithm by S. Vigna.
static inline u64 random_u64(struct float_random *r)
{
    u64 z = (r->state += 0x9e3779b97f4a7c15ull);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static inline u32 random_below(struct float_random *r, u32 limit)
{
    return (u32)((random_u64(r) >> 32) * limit >> 32);
}

// A significand of `bits` bits: any, few bits set, few bits clear, or ends in zeros.
static inline u64 random_fraction(struct float_random *r, unsigned bits)
{
    u64 v = random_u64(r), mask = ~0ull >> (64 - bits);
    switch (random_below(r, 8)) {
    case 0: return 0;
    case 1: return mask;
    case 2: return (1ull << random_below(r, bits) | 1ull << random_below(r, bits)) & mask;
    case 3: return ~(1ull << random_below(r, bits) | 1ull << random_below(r, bits)) & mask;
    case 4: return v << random_below(r, bits) & mask;
    case 5: return v >> random_below(r, 63) & mask;
    default: return v & mask;
    }
}

// An exponent field of 0 to max: near the ends, near the bias, or anything.
static inline u32 random_exponent(struct float_random *r, u32 max)
{
    switch (random_below(r, 8)) {
    case 0: return random_below(r, 3);
    case 1: return max - random_below(r, 3);
    case 2:
    case 3:
    case 4: return max / 2 - 32 + random_below(r, 66);
    case 5: return random_below(r, 2) * (max / 2) + random_below(r, 80);
    default: return random_below(r, max + 1);
    }
}

static inline u32 random_float32(struct float_random *r)
{
    u32 sign = (u32)random_below(r, 2) << 31;
    return sign | random_exponent(r, 0xff) << 23 | (u32)random_fraction(r, 23);
}

static inline u64 random_float64(struct float_random *r)
{
    u64 sign = (u64)random_below(r, 2) << 63;
    return sign | (u64)random_exponent(r, 0x7ff) << 52 | random_fraction(r, 52);
}
