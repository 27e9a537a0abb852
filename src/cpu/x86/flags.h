// The lazy arithmetic flags: an operation stores its result and its carries; the flags are computed
// when asked for.
//
//   s.lazy_result   the result, sign-extended to 64 bits
//   s.lazy_carries  31: carry out of the top bit (CF)   30: carry into the top bit
//                   3: carry out of bit 3 (AF)
//                   15..8: to be XORed into the result's low byte before its parity is taken
//                   0: SF is the result's sign inverted
//
// ZF is result == 0, SF the sign, PF the parity of the low byte, OF = bit 31 ^ bit 30. The XOR bits
// exist so that any combination of flags can be stored (POPF, SAHF, flags of shifts).
#pragma once

#include "base/types.h"
#include "cpu/x86/x86.h"

#define LAZY_CF (1u << 31)
#define LAZY_IN (1u << 30)
#define LAZY_AF (1u << 3)

ALWAYS_INLINE u64 sign_extend(u64 value, unsigned bits)
{
    return (u64)((i64)(value << (64 - bits)) >> (64 - bits));
}

// `carries`: bit n set: carry (borrow) out of bit n.
ALWAYS_INLINE void flags_set(struct x86 *c, u64 result, u64 carries, unsigned bits)
{
    u32 top = bits == 64 ? (u32)(carries >> 32) : (u32)carries << (32 - bits);
    c->s.lazy_result = sign_extend(result, bits);
    c->s.lazy_carries = (top & (LAZY_CF | LAZY_IN)) | ((u32)carries & LAZY_AF);
}

ALWAYS_INLINE void flags_set_logic(struct x86 *c, u64 result, unsigned bits)
{
    c->s.lazy_result = sign_extend(result, bits);
    c->s.lazy_carries = 0;
}

ALWAYS_INLINE bool flag_c(const struct x86 *c)
{
    return c->s.lazy_carries >> 31;
}

ALWAYS_INLINE bool flag_o(const struct x86 *c)
{
    return ((c->s.lazy_carries >> 31) ^ (c->s.lazy_carries >> 30)) & 1;
}

ALWAYS_INLINE bool flag_z(const struct x86 *c)
{
    return c->s.lazy_result == 0;
}

ALWAYS_INLINE bool flag_s(const struct x86 *c)
{
    return (c->s.lazy_result >> 63) ^ (c->s.lazy_carries & 1);
}

ALWAYS_INLINE bool flag_a(const struct x86 *c)
{
    return (c->s.lazy_carries >> 3) & 1;
}

ALWAYS_INLINE bool flag_p(const struct x86 *c)
{
    return !__builtin_parity((u32)(u8)(c->s.lazy_result ^ (c->s.lazy_carries >> 8)));
}

// The condition of Jcc, SETcc, CMOVcc by its number in the opcode; bit 0 inverts.
ALWAYS_INLINE bool flag_condition(const struct x86 *c, unsigned condition)
{
    bool is_true = false;
    switch (condition >> 1) {
    case 0: is_true = flag_o(c); break;
    case 1: is_true = flag_c(c); break;
    case 2: is_true = flag_z(c); break;
    case 3: is_true = flag_c(c) || flag_z(c); break;
    case 4: is_true = flag_s(c); break;
    case 5: is_true = flag_p(c); break;
    case 6: is_true = flag_s(c) != flag_o(c); break;
    case 7: is_true = flag_z(c) || flag_s(c) != flag_o(c); break;
    }
    return is_true != (condition & 1);
}

// The six arithmetic flags in their places in RFLAGS.
static inline u32 flags_arithmetic(const struct x86 *c)
{
    return (u32)flag_c(c) << 0 | (u32)flag_p(c) << 2 | (u32)flag_a(c) << 4 | (u32)flag_z(c) << 6 |
           (u32)flag_s(c) << 7 | (u32)flag_o(c) << 11;
}

// Sets the six arithmetic flags to those of `flags`.
static inline void flags_set_arithmetic(struct x86 *c, u32 flags)
{
    bool is_zero = (flags & X86_ZF) != 0, is_even = (flags & X86_PF) != 0;
    bool carry = (flags & X86_CF) != 0, overflow = (flags & X86_OF) != 0;
    c->s.lazy_result = is_zero ? 0 : 1; // parity of 0 is even, of 1 odd
    c->s.lazy_carries = (u32)carry << 31 | (u32)(carry ^ overflow) << 30 |
                        ((flags & X86_AF) ? LAZY_AF : 0) | (u32)(is_even != is_zero) << 8 |
                        ((flags & X86_SF) ? 1u : 0);
}

// All of RFLAGS, as PUSHF sees it; and a wholesale change (the caller has decided which bits may
// change). After a change of TF, IF, VM, NT, AC, RF the caller leaves the block.
static inline u32 x86_eflags(const struct x86 *c)
{
    return c->s.eflags | flags_arithmetic(c);
}

static inline void x86_set_eflags(struct x86 *c, u32 flags)
{
    c->s.eflags = (flags & ~(u32)X86_ARITHMETIC) | X86_FLAGS_ONE;
    flags_set_arithmetic(c, flags);
}
