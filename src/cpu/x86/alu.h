// Arithmetic with flags: what the handlers, and tests, call for a result. `bits` is a constant at
// every call; operands are zero-extended to 64 bits.
#pragma once

#include "cpu/x86/flags.h"

// Carries out of each bit of a + b = r (with or without carry in), and borrows of a - b = r.
#define ADD_CARRIES(a, b, r) (((a) & (b)) | (((a) | (b)) & ~(r)))
#define SUB_BORROWS(a, b, r) ((~(a) & (b)) | ((~(a) | (b)) & (r)))

ALWAYS_INLINE u64 alu_add(struct x86 *c, u64 a, u64 b, unsigned bits)
{
    u64 r = a + b;
    flags_set(c, r, ADD_CARRIES(a, b, r), bits);
    return r;
}

ALWAYS_INLINE u64 alu_adc(struct x86 *c, u64 a, u64 b, unsigned bits)
{
    u64 r = a + b + flag_c(c);
    flags_set(c, r, ADD_CARRIES(a, b, r), bits);
    return r;
}

ALWAYS_INLINE u64 alu_sub(struct x86 *c, u64 a, u64 b, unsigned bits)
{
    u64 r = a - b;
    flags_set(c, r, SUB_BORROWS(a, b, r), bits);
    return r;
}

ALWAYS_INLINE u64 alu_sbb(struct x86 *c, u64 a, u64 b, unsigned bits)
{
    u64 r = a - b - flag_c(c);
    flags_set(c, r, SUB_BORROWS(a, b, r), bits);
    return r;
}

ALWAYS_INLINE u64 alu_cmp(struct x86 *c, u64 a, u64 b, unsigned bits)
{
    return alu_sub(c, a, b, bits);
}

ALWAYS_INLINE u64 alu_and(struct x86 *c, u64 a, u64 b, unsigned bits)
{
    flags_set_logic(c, a & b, bits);
    return a & b;
}

ALWAYS_INLINE u64 alu_or(struct x86 *c, u64 a, u64 b, unsigned bits)
{
    flags_set_logic(c, a | b, bits);
    return a | b;
}

ALWAYS_INLINE u64 alu_xor(struct x86 *c, u64 a, u64 b, unsigned bits)
{
    flags_set_logic(c, a ^ b, bits);
    return a ^ b;
}

// INC and DEC leave CF alone.
ALWAYS_INLINE void keep_carry(struct x86 *c, u32 old_carries)
{
    u32 overflow = (c->s.lazy_carries ^ c->s.lazy_carries << 1) & LAZY_CF;
    u32 carry = old_carries & LAZY_CF;
    c->s.lazy_carries =
        (c->s.lazy_carries & ~(LAZY_CF | LAZY_IN)) | carry | (carry ^ overflow) >> 1;
}

ALWAYS_INLINE u64 alu_inc(struct x86 *c, u64 a, unsigned bits)
{
    u32 old = c->s.lazy_carries;
    u64 r = alu_add(c, a, 1, bits);
    keep_carry(c, old);
    return r;
}

ALWAYS_INLINE u64 alu_dec(struct x86 *c, u64 a, unsigned bits)
{
    u32 old = c->s.lazy_carries;
    u64 r = alu_sub(c, a, 1, bits);
    keep_carry(c, old);
    return r;
}

ALWAYS_INLINE u64 alu_neg(struct x86 *c, u64 a, unsigned bits)
{
    return alu_sub(c, 0, a, bits);
}

ALWAYS_INLINE u64 alu_not(struct x86 *c, u64 a, unsigned bits)
{
    (void)c, (void)bits;
    return ~a;
}

// --- shifts and rotations; count already cut to 5 bits (6 for 64-bit operands), not 0 ---

// Result, CF and OF of a shift; AF is left clear as hardware does, the rest follows from the
// result.
ALWAYS_INLINE void flags_set_shift(struct x86 *c, u64 result, bool carry, bool overflow,
                                   unsigned bits)
{
    c->s.lazy_result = sign_extend(result, bits);
    c->s.lazy_carries = (u32)carry << 31 | (u32)(carry ^ overflow) << 30;
}

// Only CF and OF change (rotations).
ALWAYS_INLINE void flags_set_rotate(struct x86 *c, bool carry, bool overflow)
{
    c->s.lazy_carries = (c->s.lazy_carries & ~(LAZY_CF | LAZY_IN)) | (u32)carry << 31 |
                        (u32)(carry ^ overflow) << 30;
}

ALWAYS_INLINE bool bit_of(u64 v, unsigned n)
{
    return (v >> n) & 1;
}

ALWAYS_INLINE u64 alu_shl(struct x86 *c, u64 a, unsigned count, unsigned bits)
{
    bool carry = count <= bits && bit_of(a, bits - count);
    u64 r = count < bits || bits == 64 ? a << count : 0;
    flags_set_shift(c, r, carry, carry != bit_of(r, bits - 1), bits);
    return r;
}

ALWAYS_INLINE u64 alu_shr(struct x86 *c, u64 a, unsigned count, unsigned bits)
{
    bool carry = bit_of(a, count - 1); // a is zero-extended: past its width this is 0
    u64 r = a >> count;
    flags_set_shift(c, r, carry, bit_of(r << 1 ^ r, bits - 1), bits);
    return r;
}

ALWAYS_INLINE u64 alu_sar(struct x86 *c, u64 a, unsigned count, unsigned bits)
{
    i64 wide = (i64)sign_extend(a, bits);
    bool carry = bit_of((u64)(wide >> (count - 1)), 0);
    u64 r = (u64)(wide >> count);
    flags_set_shift(c, r, carry, false, bits);
    return r;
}

ALWAYS_INLINE u64 alu_rol(struct x86 *c, u64 a, unsigned count, unsigned bits)
{
    unsigned n = count % bits;
    u64 r = n ? a << n | a >> (bits - n) : a;
    flags_set_rotate(c, bit_of(r, 0), bit_of(r, 0) != bit_of(r, bits - 1));
    return r;
}

ALWAYS_INLINE u64 alu_ror(struct x86 *c, u64 a, unsigned count, unsigned bits)
{
    unsigned n = count % bits;
    u64 r = n ? a >> n | a << (bits - n) : a;
    flags_set_rotate(c, bit_of(r, bits - 1), bit_of(r, bits - 1) != bit_of(r, bits - 2));
    return r;
}

// Rotations through CF by `count` modulo bits + 1 positions; 0 positions leave everything alone.
ALWAYS_INLINE u64 alu_rcl(struct x86 *c, u64 a, unsigned count, unsigned bits)
{
    bool carry = flag_c(c);
    for (unsigned n = count % (bits + 1); n > 0; n--) {
        bool out = bit_of(a, bits - 1);
        a = a << 1 | carry;
        carry = out;
    }
    flags_set_rotate(c, carry, carry != bit_of(a, bits - 1));
    return a;
}

ALWAYS_INLINE u64 alu_rcr(struct x86 *c, u64 a, unsigned count, unsigned bits)
{
    bool carry = flag_c(c);
    for (unsigned n = count % (bits + 1); n > 0; n--) {
        bool out = bit_of(a, 0);
        a = a >> 1 | (u64)carry << (bits - 1);
        carry = out;
    }
    flags_set_rotate(c, carry, bit_of(a, bits - 1) != bit_of(a, bits - 2));
    return a;
}
