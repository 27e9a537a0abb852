// Small arithmetic on bits that C lacks: sign extension, counts, rotations, 128-bit products.
#pragma once

#include "base/types.h"

ALWAYS_INLINE bool is_power_of_2(u64 v)
{
    return v != 0 && (v & (v - 1)) == 0;
}

// The bits [lo + count - 1 : lo] of v; count is 1 to 63.
ALWAYS_INLINE u64 bits_of(u64 v, unsigned lo, unsigned count)
{
    return (v >> lo) & ((1ull << count) - 1);
}

ALWAYS_INLINE u64 min_u64(u64 a, u64 b)
{
    return a < b ? a : b;
}

// Number of leading zero bits; v must not be 0.
ALWAYS_INLINE unsigned clz64(u64 v)
{
    return (unsigned)__builtin_clzll(v);
}

// Number of trailing zero bits; v must not be 0.
ALWAYS_INLINE unsigned ctz64(u64 v)
{
    return (unsigned)__builtin_ctzll(v);
}

struct u128 {
    u64 hi, lo;
};

// The full 128-bit product of a and b, without a 128-bit type of the compiler.
ALWAYS_INLINE struct u128 mul_u64(u64 a, u64 b)
{
    u64 a0 = (u32)a, a1 = a >> 32, b0 = (u32)b, b1 = b >> 32;
    u64 p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0, p11 = a1 * b1;
    u64 mid = (p00 >> 32) + (u32)p01 + (u32)p10;
    return (struct u128){.hi = p11 + (p01 >> 32) + (p10 >> 32) + (mid >> 32),
                         .lo = (mid << 32) | (u32)p00};
}

// a * b / c with a 128-bit product; the quotient must fit 64 bits (a * b / c < 2^64), c must not be
// 0.
static inline u64 mul_div_u64(u64 a, u64 b, u64 c)
{
    struct u128 p = mul_u64(a, b);
    if (p.hi == 0) {
        return p.lo / c;
    }
    u64 rest = p.hi % c, quotient = 0;
    for (unsigned n = 0; n < 64; n++) {
        bool carry = rest >> 63;
        rest = (rest << 1) | (p.lo >> 63);
        p.lo <<= 1;
        quotient <<= 1;
        if (carry || rest >= c) {
            rest -= c;
            quotient |= 1;
        }
    }
    return quotient;
}
