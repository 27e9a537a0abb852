// Multiplication, division, BOUND.
#include "base/bits.h"
#include "cpu/x86/alu.h"
#include "cpu/x86/ops.h"
#include "cpu/x86/width.h"

// The double-width accumulator: AX for bytes, else rDX:rAX.
ALWAYS_INLINE void set_product(struct x86 *c, u64 high, u64 low, unsigned bits)
{
    if (bits == 8) {
        reg_write(c, X86_RAX, 16, (high << 8 & 0xff00) | (u8)low);
    } else {
        reg_write(c, X86_RAX, bits, low);
        reg_write(c, X86_RDX, bits, high);
    }
}

// CF and OF say that the product needs its upper half; the other flags, undefined in the manual,
// follow the low half.
ALWAYS_INLINE void set_product_flags(struct x86 *c, u64 low, bool is_wide, unsigned bits)
{
    flags_set_shift(c, low, is_wide, is_wide, bits);
}

ALWAYS_INLINE bool multiply_unsigned(struct x86 *c, u64 value, unsigned bits)
{
    u64 a = reg_read(c, ACC, bits);
    struct u128 p = bits == 64 ? mul_u64(a, value) : (struct u128){.lo = a * value};
    u64 high = bits == 64 ? p.hi : p.lo >> bits;
    set_product(c, high, p.lo, bits);
    set_product_flags(c, p.lo, high != 0, bits);
    return true;
}

// The full signed product of two 64-bit values.
static struct u128 mul_i64(u64 a, u64 b)
{
    struct u128 p = mul_u64(a, b);
    p.hi -= (a >> 63 ? b : 0) + (b >> 63 ? a : 0);
    return p;
}

ALWAYS_INLINE bool multiply_signed(struct x86 *c, u64 value, unsigned bits)
{
    u64 a = sign_extend(reg_read(c, ACC, bits), bits), b = sign_extend(value, bits);
    struct u128 p = bits == 64 ? mul_i64(a, b) : (struct u128){.lo = a * b};
    u64 high = bits == 64 ? p.hi : p.lo >> bits;
    bool is_wide = bits == 64 ? p.hi != (u64)((i64)p.lo >> 63) : p.lo != sign_extend(p.lo, bits);
    set_product(c, high, p.lo, bits);
    set_product_flags(c, p.lo, is_wide, bits);
    return true;
}

// IMUL with two or three operands: the low half, and CF = OF = it does not fit.
ALWAYS_INLINE u64 multiply_truncating(struct x86 *c, u64 a, u64 b, unsigned bits)
{
    a = sign_extend(a, bits);
    b = sign_extend(b, bits);
    struct u128 p = bits == 64 ? mul_i64(a, b) : (struct u128){.lo = a * b};
    bool is_wide = bits == 64 ? p.hi != (u64)((i64)p.lo >> 63) : p.lo != sign_extend(p.lo, bits);
    set_product_flags(c, p.lo, is_wide, bits);
    return p.lo;
}

// The dividend in AX or rDX:rAX, up to 32:32 bits.
ALWAYS_INLINE u64 dividend(const struct x86 *c, unsigned bits)
{
    if (bits == 8) {
        return (u16)c->s.r[X86_RAX];
    }
    return reg_read(c, X86_RDX, bits) << bits | reg_read(c, X86_RAX, bits);
}

ALWAYS_INLINE void set_quotient(struct x86 *c, u64 quotient, u64 remainder, unsigned bits)
{
    if (bits == 8) {
        reg_write(c, X86_RAX, 16, (u16)((u8)remainder << 8 | (u8)quotient));
    } else {
        reg_write(c, X86_RAX, bits, quotient);
        reg_write(c, X86_RDX, bits, remainder);
    }
}

// hi:lo / d for hi < d, one bit at a time; the remainder too.
static u64 divide_u128(u64 hi, u64 lo, u64 d, u64 *remainder)
{
    for (unsigned n = 0; n < 64; n++) {
        bool carry = hi >> 63;
        hi = hi << 1 | lo >> 63;
        lo <<= 1;
        if (carry || hi >= d) {
            hi -= d;
            lo |= 1;
        }
    }
    *remainder = hi;
    return lo;
}

static bool divide_unsigned_64(struct x86 *c, u64 divisor)
{
    if (divisor == 0 || c->s.r[X86_RDX] >= divisor) {
        return x86_raise(c, X86_DE);
    }
    u64 remainder, quotient = divide_u128(c->s.r[X86_RDX], c->s.r[X86_RAX], divisor, &remainder);
    set_quotient(c, quotient, remainder, 64);
    return true;
}

static bool divide_signed_64(struct x86 *c, u64 divisor)
{
    u64 hi = c->s.r[X86_RDX], lo = c->s.r[X86_RAX];
    bool is_negative = hi >> 63, is_divisor_negative = divisor >> 63;
    if (is_negative) {
        lo = 0 - lo;
        hi = ~hi + (lo == 0);
    }
    u64 d = is_divisor_negative ? 0 - divisor : divisor;
    if (d == 0 || hi >= d) {
        return x86_raise(c, X86_DE);
    }
    u64 remainder, quotient = divide_u128(hi, lo, d, &remainder);
    u64 limit = is_negative != is_divisor_negative ? 1ull << 63 : (1ull << 63) - 1;
    if (quotient > limit) {
        return x86_raise(c, X86_DE);
    }
    set_quotient(c, is_negative != is_divisor_negative ? 0 - quotient : quotient,
                 is_negative ? 0 - remainder : remainder, 64);
    return true;
}

ALWAYS_INLINE bool divide_unsigned(struct x86 *c, u64 divisor, unsigned bits)
{
    if (bits == 64) {
        return divide_unsigned_64(c, divisor);
    }
    u64 n = dividend(c, bits);
    if (divisor == 0 || n >> bits >= divisor) {
        return x86_raise(c, X86_DE);
    }
    set_quotient(c, n / divisor, n % divisor, bits);
    return true;
}

ALWAYS_INLINE bool divide_signed(struct x86 *c, u64 divisor, unsigned bits)
{
    if (bits == 64) {
        return divide_signed_64(c, divisor);
    }
    i64 n = (i64)sign_extend(dividend(c, bits), 2 * bits), d = (i64)sign_extend(divisor, bits);
    if (d == 0 || (d == -1 && n == INT64_MIN)) {
        return x86_raise(c, X86_DE);
    }
    i64 quotient = n / d;
    if (quotient != (i64)sign_extend((u64)quotient, bits)) {
        return x86_raise(c, X86_DE);
    }
    set_quotient(c, (u64)quotient, (u64)(n % d), bits);
    return true;
}

// clang-format off
#define BITS 8
#include "cpu/x86/op_muldiv.inc"
#undef BITS
#define BITS 16
#include "cpu/x86/op_muldiv.inc"
#undef BITS
#define BITS 32
#include "cpu/x86/op_muldiv.inc"
#undef BITS
#define BITS 64
#include "cpu/x86/op_muldiv.inc"
#undef BITS
// clang-format on
