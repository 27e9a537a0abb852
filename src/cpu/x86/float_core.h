// Private to the float files: numbers taken apart, the arithmetic that all formats share, and the
// rounding.
//
// A number on its way is a struct float_value: sign, exponent and a significand of 128 bits whose
// first bit is set, i.e. (1.hi lo) * 2^exponent; the last bit of lo may be sticky ("something
// nonzero follows"). An operation is unpack -> NaN and special cases -> exact or sticky result ->
// one rounding into the format.
#pragma once

#include "base/bits.h"
#include "cpu/x86/float.h"

#define FLOAT_TOP 0x8000000000000000ull

enum float_kind {
    FLOAT_FINITE, // and not zero
    FLOAT_ZERO,
    FLOAT_INFINITE,
    FLOAT_QUIET_NAN, // for a NaN hi is the significand, left-aligned, integer bit set
    FLOAT_SIGNALLING_NAN,
    FLOAT_UNSUPPORTED, // 80 bits only
};

struct float_value {
    u64 hi, lo;   // hi bit 63 is set if FLOAT_FINITE
    i32 exponent; // of that bit, without bias
    u8 kind;      // enum float_kind
    bool sign;
    bool is_denormal; // the operand was encoded as one
};

// What a destination can hold.
struct float_format {
    unsigned digits; // bits of significand with the integer bit: 24, 53, 64
    i32 min_exponent, max_exponent;
    bool is_x87; // unmasked overflow and underflow deliver a result
};

// A rounded number ready to be packed.
struct float_packed {
    u64 mantissa; // left-aligned, bit 63 is the integer bit; 0 there: denormal or zero
    u32 exponent; // biased; the all-ones value for an infinity
    bool sign;
};

ALWAYS_INLINE struct u128 shift_right_sticky(struct u128 v, u32 count)
{
    if (count == 0) {
        return v;
    }
    if (count < 64) {
        u64 lost = v.lo << (64 - count);
        return (struct u128){.hi = v.hi >> count,
                             .lo = v.hi << (64 - count) | v.lo >> count | (lost != 0)};
    }
    if (count == 64) {
        return (struct u128){.hi = 0, .lo = v.hi | (v.lo != 0)};
    }
    if (count < 128) {
        u64 lost = v.hi << (128 - count) | v.lo;
        return (struct u128){.hi = 0, .lo = v.hi >> (count - 64) | (lost != 0)};
    }
    return (struct u128){.hi = 0, .lo = (v.hi | v.lo) != 0};
}

// Brings the first set bit of a significand (not 0) to bit 63 of hi.
ALWAYS_INLINE void float_normalise(struct float_value *v)
{
    if (v->hi == 0) {
        v->hi = v->lo;
        v->lo = 0;
        v->exponent -= 64;
    }
    unsigned n = clz64(v->hi);
    if (n != 0) {
        v->hi = v->hi << n | v->lo >> (64 - n);
        v->lo <<= n;
        v->exponent -= (i32)n;
    }
}

// (hi:lo) / divisor; hi < divisor, and bit 63 of divisor is set. School division with digits of 32
// bits.
ALWAYS_INLINE u64 divide_u128(u64 hi, u64 lo, u64 divisor, u64 *remainder)
{
    u64 d1 = divisor >> 32, d0 = (u32)divisor, quotient = 0;
    for (int digit = 0; digit < 2; digit++) {
        u64 q = hi / d1, rest = hi % d1, next = lo >> 32;
        lo <<= 32;
        while (q >> 32 || q * d0 > (rest << 32 | next)) {
            q--;
            rest += d1;
            if (rest >> 32) {
                break;
            }
        }
        hi = (hi << 32 | next) - q * divisor; // wraps on purpose: the true value fits
        quotient = quotient << 32 | q;
    }
    *remainder = hi;
    return quotient;
}

// Does the rounding mode go away from zero? kept is odd or not, rest is what follows it, as a
// fraction of 2^64.
ALWAYS_INLINE bool float_rounds_up(unsigned rounding, bool sign, bool is_odd, u64 rest)
{
    switch ((enum float_rounding)rounding) {
    case FLOAT_ROUND_NEAREST: return rest > FLOAT_TOP || (rest == FLOAT_TOP && is_odd);
    case FLOAT_ROUND_DOWN: return rest != 0 && sign;
    case FLOAT_ROUND_UP: return rest != 0 && !sign;
    case FLOAT_ROUND_ZERO: break;
    }
    return false;
}

// One rounding of a significand to `digits` bits.
struct float_step {
    u64 kept;
    bool carry, inexact, up; // carry: kept is 0 and stands for 2^64
};

ALWAYS_INLINE struct float_step float_round_digits(unsigned rounding, bool sign, unsigned digits,
                                                   u64 hi, u64 lo)
{
    u64 unit = 1ull << (64 - digits);
    u64 rest = digits == 64 ? lo : (hi << (digits & 63) | (lo != 0));
    struct float_step r = {.kept = hi & ~(unit - 1), .inexact = rest != 0};
    r.up = float_rounds_up(rounding, sign, (hi & unit) != 0, rest);
    if (r.up) {
        r.kept += unit;
        r.carry = r.kept == 0;
    }
    return r;
}

// The result of an overflow: infinity, or the largest finite number if the mode rounds towards
// zero.
static inline struct float_packed float_overflow(struct float_status *s,
                                                 const struct float_format *f, bool sign)
{
    bool is_infinite = s->rounding == FLOAT_ROUND_NEAREST ||
                       s->rounding == (sign ? FLOAT_ROUND_DOWN : FLOAT_ROUND_UP);
    s->rounded_up = is_infinite;
    u32 all_ones = (u32)(2 * f->max_exponent + 1);
    if (is_infinite) {
        return (struct float_packed){.mantissa = FLOAT_TOP, .exponent = all_ones, .sign = sign};
    }
    return (struct float_packed){
        .mantissa = ~0ull << (64 - f->digits), .exponent = all_ones - 1, .sign = sign};
}

// [SDM1] 8.5.5: the result with its exponent biased; too far out even so (FSCALE only): zero. For
// SSE and for stores to memory nobody looks at the result.
static inline struct float_packed float_unmasked_underflow(struct float_status *s,
                                                           const struct float_format *f,
                                                           const struct float_value *v,
                                                           struct float_step r)
{
    i32 exponent = v->exponent + r.carry + 24576;
    s->flags |= r.inexact ? FLOAT_UNDERFLOW | FLOAT_INEXACT : FLOAT_UNDERFLOW;
    if (!f->is_x87 || exponent < f->min_exponent) {
        s->flags |= f->is_x87 ? FLOAT_INEXACT : 0;
        s->rounded_up = false;
        return (struct float_packed){.sign = v->sign};
    }
    s->rounded_up = r.up;
    return (struct float_packed){.mantissa = r.carry ? FLOAT_TOP : r.kept,
                                 .exponent = (u32)(exponent + f->max_exponent),
                                 .sign = v->sign};
}

// [SDM1] 8.5.4, likewise; too far out: infinity.
static inline struct float_packed float_unmasked_overflow(struct float_status *s,
                                                          const struct float_format *f,
                                                          const struct float_value *v,
                                                          struct float_step r)
{
    i32 exponent = v->exponent + r.carry - 24576;
    s->flags |= r.inexact ? FLOAT_OVERFLOW | FLOAT_INEXACT : FLOAT_OVERFLOW;
    if (!f->is_x87 || exponent > f->max_exponent) {
        s->flags |= f->is_x87 ? FLOAT_INEXACT : 0;
        s->rounded_up = true;
        return (struct float_packed){
            .mantissa = FLOAT_TOP, .exponent = (u32)(2 * f->max_exponent + 1), .sign = v->sign};
    }
    s->rounded_up = r.up;
    return (struct float_packed){.mantissa = r.carry ? FLOAT_TOP : r.kept,
                                 .exponent = (u32)(exponent + f->max_exponent),
                                 .sign = v->sign};
}

// Rounding of a result below the smallest normal number of the format (before rounding).
static inline struct float_packed float_round_tiny(struct float_status *s,
                                                   const struct float_format *f,
                                                   const struct float_value *v, struct float_step r)
{
    bool is_tiny = v->exponent + r.carry < f->min_exponent;
    if (is_tiny && !(s->masks & FLOAT_UNDERFLOW)) {
        return float_unmasked_underflow(s, f, v, r);
    }
    if (is_tiny && s->flush_to_zero) {
        s->flags |= FLOAT_UNDERFLOW | FLOAT_INEXACT;
        return (struct float_packed){.sign = v->sign};
    }
    struct u128 m = shift_right_sticky((struct u128){.hi = v->hi, .lo = v->lo},
                                       (u32)(f->min_exponent - v->exponent));
    r = float_round_digits(s->rounding, v->sign, f->digits, m.hi, m.lo);
    if (r.inexact) {
        s->flags |= is_tiny ? FLOAT_UNDERFLOW | FLOAT_INEXACT : FLOAT_INEXACT;
    }
    s->rounded_up = r.up;
    return (struct float_packed){
        .mantissa = r.kept, .exponent = (u32)(r.kept >> 63), .sign = v->sign};
}

// Rounds a finite number that is not zero into a format.
ALWAYS_INLINE struct float_packed
float_round_value(struct float_status *s, const struct float_format *f, const struct float_value *v)
{
    struct float_step r = float_round_digits(s->rounding, v->sign, f->digits, v->hi, v->lo);
    if (UNLIKELY(v->exponent < f->min_exponent)) {
        return float_round_tiny(s, f, v, r);
    }
    i32 exponent = v->exponent + r.carry;
    if (UNLIKELY(exponent > f->max_exponent)) {
        if (!(s->masks & FLOAT_OVERFLOW)) {
            return float_unmasked_overflow(s, f, v, r);
        }
        s->flags |= FLOAT_OVERFLOW | FLOAT_INEXACT;
        return float_overflow(s, f, v->sign);
    }
    s->flags |= r.inexact ? FLOAT_INEXACT : 0;
    s->rounded_up = r.up;
    return (struct float_packed){.mantissa = r.carry ? FLOAT_TOP : r.kept,
                                 .exponent = (u32)(exponent + f->max_exponent),
                                 .sign = v->sign};
}

ALWAYS_INLINE struct float_packed float_round_result(struct float_status *s,
                                                     const struct float_format *f,
                                                     const struct float_value *v)
{
    if (LIKELY(v->kind == FLOAT_FINITE)) {
        return float_round_value(s, f, v);
    }
    if (v->kind == FLOAT_ZERO) {
        return (struct float_packed){.sign = v->sign};
    }
    return (struct float_packed){
        .mantissa = v->kind == FLOAT_INFINITE ? FLOAT_TOP : v->hi & ~0ull << (64 - f->digits),
        .exponent = (u32)(2 * f->max_exponent + 1),
        .sign = v->sign};
}

// --- NaN and exceptions found in the operands ---

static inline struct float_value float_invalid(struct float_status *s)
{
    s->flags |= FLOAT_INVALID;
    return (struct float_value){
        .kind = FLOAT_QUIET_NAN, .hi = FLOAT_TOP | FLOAT_TOP >> 1, .sign = true};
}

static inline struct float_value float_quieted(struct float_value v)
{
    v.kind = FLOAT_QUIET_NAN;
    v.hi |= FLOAT_TOP | FLOAT_TOP >> 1;
    v.lo = 0;
    return v;
}

ALWAYS_INLINE bool float_is_special(const struct float_value *v)
{
    return v->kind >= FLOAT_QUIET_NAN; // NaN or unsupported
}

// The result of an operation with one operand that is NaN or unsupported.
static inline struct float_value float_nan_of_one(struct float_status *s, struct float_value a)
{
    if (a.kind == FLOAT_UNSUPPORTED) {
        return float_invalid(s);
    }
    s->flags |= a.kind == FLOAT_SIGNALLING_NAN ? FLOAT_INVALID : 0;
    return float_quieted(a);
}

// [SDM1] table 4-7 for SSE: the first operand that is a NaN.
static inline struct float_value float_nan_sse(struct float_status *s, struct float_value a,
                                               struct float_value b)
{
    if (a.kind == FLOAT_SIGNALLING_NAN || b.kind == FLOAT_SIGNALLING_NAN) {
        s->flags |= FLOAT_INVALID;
    }
    return float_quieted(float_is_special(&a) ? a : b);
}

// [SDM1] table 4-7 for x87: of a signalling and a quiet NaN the quiet one; else the one with the
// larger significand; if these are equal, the positive one.
static inline struct float_value float_nan_x87(struct float_status *s, struct float_value a,
                                               struct float_value b)
{
    if (a.kind == FLOAT_UNSUPPORTED || b.kind == FLOAT_UNSUPPORTED) {
        return float_invalid(s);
    }
    if (a.kind == FLOAT_SIGNALLING_NAN || b.kind == FLOAT_SIGNALLING_NAN) {
        s->flags |= FLOAT_INVALID;
    }
    if (!float_is_special(&a) || !float_is_special(&b)) {
        return float_quieted(float_is_special(&a) ? a : b);
    }
    if (a.kind != b.kind) {
        return float_quieted(a.kind == FLOAT_QUIET_NAN ? a : b);
    }
    if (a.hi != b.hi) {
        return float_quieted(a.hi > b.hi ? a : b);
    }
    return float_quieted(a.sign ? b : a);
}

// What an operation ends with that an unmasked exception keeps from computing: raises no further
// flags.
ALWAYS_INLINE struct float_value float_nothing(void)
{
    return (struct float_value){.kind = FLOAT_ZERO};
}

// Raises FLOAT_DENORMAL if it is due. False: it is unmasked, and the operation ends here.
ALWAYS_INLINE bool float_denormal_ok(struct float_status *s, bool is_denormal)
{
    if (LIKELY(!is_denormal)) {
        return true;
    }
    s->flags |= FLOAT_DENORMAL;
    return s->masks & FLOAT_DENORMAL;
}

// --- the operations; operands are neither NaN nor unsupported ---

ALWAYS_INLINE struct float_value float_add_magnitudes(struct float_value a, struct float_value b)
{
    struct u128 m =
        shift_right_sticky((struct u128){.hi = b.hi, .lo = 0}, (u32)(a.exponent - b.exponent));
    a.lo = m.lo;
    a.hi += m.hi;
    if (a.hi < m.hi) {
        a.lo = a.hi << 63 | a.lo >> 1 | (a.lo & 1);
        a.hi = FLOAT_TOP | a.hi >> 1;
        a.exponent++;
    }
    return a;
}

// |a| - |b| with the sign of a, where the exponent of a is not the smaller one.
ALWAYS_INLINE struct float_value float_sub_magnitudes(unsigned rounding, struct float_value a,
                                                      struct float_value b)
{
    struct u128 m =
        shift_right_sticky((struct u128){.hi = b.hi, .lo = 0}, (u32)(a.exponent - b.exponent));
    if (a.hi < m.hi) { // the exponents are equal, and lo is 0
        a.hi = m.hi - a.hi;
        a.sign = !a.sign;
    } else {
        a.hi = a.hi - m.hi - (m.lo != 0);
        a.lo = 0 - m.lo;
    }
    if ((a.hi | a.lo) == 0) {
        return (struct float_value){.kind = FLOAT_ZERO, .sign = rounding == FLOAT_ROUND_DOWN};
    }
    float_normalise(&a);
    return a;
}

static inline struct float_value float_add_odd(struct float_status *s, struct float_value a,
                                               struct float_value b)
{
    if (a.kind == FLOAT_INFINITE && b.kind == FLOAT_INFINITE && a.sign != b.sign) {
        return float_invalid(s);
    }
    if (!float_denormal_ok(s, a.is_denormal || b.is_denormal)) {
        return float_nothing();
    }
    if (a.kind == FLOAT_INFINITE || b.kind == FLOAT_INFINITE) {
        return a.kind == FLOAT_INFINITE ? a : b;
    }
    if (a.kind == FLOAT_ZERO && b.kind == FLOAT_ZERO) {
        a.sign = a.sign == b.sign ? a.sign : s->rounding == FLOAT_ROUND_DOWN;
        return a;
    }
    return a.kind == FLOAT_ZERO ? b : a;
}

// The four operations.
typedef struct float_value float_binary_fn(struct float_status *s, struct float_value a,
                                           struct float_value b);

ALWAYS_INLINE struct float_value float_add_values(struct float_status *s, struct float_value a,
                                                  struct float_value b)
{
    if (UNLIKELY((a.kind | b.kind) != FLOAT_FINITE)) {
        return float_add_odd(s, a, b);
    }
    if (!float_denormal_ok(s, a.is_denormal || b.is_denormal)) {
        return float_nothing();
    }
    if (a.exponent < b.exponent) {
        struct float_value t = a;
        a = b;
        b = t;
    }
    return a.sign == b.sign ? float_add_magnitudes(a, b) : float_sub_magnitudes(s->rounding, a, b);
}

ALWAYS_INLINE struct float_value float_sub_values(struct float_status *s, struct float_value a,
                                                  struct float_value b)
{
    b.sign = !b.sign;
    return float_add_values(s, a, b);
}

ALWAYS_INLINE struct float_value float_mul_values(struct float_status *s, struct float_value a,
                                                  struct float_value b)
{
    struct float_value r = {.kind = FLOAT_FINITE, .sign = a.sign != b.sign};
    bool is_odd = (a.kind | b.kind) != FLOAT_FINITE;
    if (UNLIKELY(is_odd) && (a.kind | b.kind) == (FLOAT_ZERO | FLOAT_INFINITE)) {
        return float_invalid(s);
    }
    if (!float_denormal_ok(s, a.is_denormal || b.is_denormal)) {
        return float_nothing();
    }
    if (UNLIKELY(is_odd)) {
        r.kind = a.kind | b.kind; // zero, or infinity
        return r;
    }
    struct u128 p = mul_u64(a.hi, b.hi);
    r.exponent = a.exponent + b.exponent + 1;
    if (!(p.hi & FLOAT_TOP)) {
        p.hi = p.hi << 1 | p.lo >> 63;
        p.lo <<= 1;
        r.exponent--;
    }
    r.hi = p.hi;
    r.lo = p.lo;
    return r;
}

static inline struct float_value float_div_odd(struct float_status *s, struct float_value a,
                                               struct float_value b)
{
    if (a.kind == b.kind) { // 0 / 0, infinity / infinity
        return float_invalid(s);
    }
    bool sign = a.sign != b.sign;
    if (b.kind == FLOAT_ZERO && a.kind == FLOAT_FINITE) {
        s->flags |= FLOAT_DIVIDE;
        return (struct float_value){.kind = FLOAT_INFINITE, .sign = sign};
    }
    if (!float_denormal_ok(s, a.is_denormal || b.is_denormal)) {
        return float_nothing();
    }
    bool is_zero = a.kind == FLOAT_ZERO || b.kind == FLOAT_INFINITE;
    return (struct float_value){.kind = is_zero ? FLOAT_ZERO : FLOAT_INFINITE, .sign = sign};
}

ALWAYS_INLINE struct float_value float_div_values(struct float_status *s, struct float_value a,
                                                  struct float_value b)
{
    if (UNLIKELY((a.kind | b.kind) != FLOAT_FINITE)) {
        return float_div_odd(s, a, b);
    }
    if (!float_denormal_ok(s, a.is_denormal || b.is_denormal)) {
        return float_nothing();
    }
    struct float_value r = {.kind = FLOAT_FINITE, .sign = a.sign != b.sign};
    u64 rest;
    if (a.hi >= b.hi) {
        r.exponent = a.exponent - b.exponent;
        r.hi = divide_u128(a.hi >> 1, a.hi << 63, b.hi, &rest);
    } else {
        r.exponent = a.exponent - b.exponent - 1;
        r.hi = divide_u128(a.hi, 0, b.hi, &rest);
    }
    u64 half = rest >= b.hi - rest ? FLOAT_TOP : 0; // 2 * rest >= b
    r.lo = half | (rest != 0 && rest != b.hi - rest);
    return r;
}

// The whole part of the square root of v; v >= 2^62. The upper 16 bits one by one, the lower ones
// by a division.
static inline u64 sqrt_u64(u64 v)
{
    u64 root = 0, top = v >> 32;
    for (u64 bit = 1ull << 15; bit != 0; bit >>= 1) {
        u64 with = root | bit;
        root = with * with <= top ? with : root;
    }
    root <<= 16;
    root = min_u64(root + (v - root * root) / (2 * root), 0xffffffff); // at most a little too large
    while (root * root > v) {
        root--;
    }
    return root;
}

static inline struct float_value float_sqrt_value(struct float_status *s, struct float_value a)
{
    if (a.kind == FLOAT_ZERO) {
        return a;
    }
    if (a.sign) {
        return float_invalid(s);
    }
    if (!float_denormal_ok(s, a.is_denormal)) {
        return float_nothing();
    }
    if (a.kind == FLOAT_INFINITE) {
        return a;
    }
    // The radicand as an integer n = hi:lo of 127 or 128 bits, the root then has 64. From the root
    // r of the upper half comes the next digit of 32 bits: (n - r^2) / 2r, at most a little too
    // large.
    bool is_odd = a.exponent & 1;
    u64 hi = is_odd ? a.hi : a.hi >> 1, lo = is_odd ? 0 : a.hi << 63;
    u64 r = sqrt_u64(hi), digit = ((hi - r * r) << 31 | lo >> 33) / r;
    u64 root = (r << 32) + digit;
    if (digit >> 32 && r == 0xffffffff) {
        root = ~0ull;
    }
    struct u128 square = mul_u64(root, root);
    while (square.hi > hi || (square.hi == hi && square.lo > lo)) {
        root--;
        square = mul_u64(root, root);
    }
    u64 rest_lo = lo - square.lo, rest_hi = hi - square.hi - (lo < square.lo);
    bool above_half = rest_hi != 0 || rest_lo > root;
    a.exponent = (a.exponent - is_odd) / 2;
    a.hi = root;
    a.lo = (above_half ? FLOAT_TOP : 0) | ((rest_lo | rest_hi) != 0);
    return a;
}

// Both operands are numbers.
static inline enum float_relation float_compare_values(const struct float_value *a,
                                                       const struct float_value *b)
{
    if (a->kind == FLOAT_ZERO && b->kind == FLOAT_ZERO) {
        return FLOAT_EQUAL;
    }
    bool a_negative = a->kind != FLOAT_ZERO && a->sign,
         b_negative = b->kind != FLOAT_ZERO && b->sign;
    if (a_negative != b_negative) {
        return a_negative ? FLOAT_LESS : FLOAT_GREATER;
    }
    int order; // of the magnitudes
    if (a->kind != b->kind) {
        order = a->kind == FLOAT_ZERO || b->kind == FLOAT_INFINITE ? -1 : 1;
    } else if (a->kind == FLOAT_INFINITE) {
        order = 0;
    } else if (a->exponent != b->exponent) {
        order = a->exponent < b->exponent ? -1 : 1;
    } else {
        order = a->hi == b->hi ? 0 : a->hi < b->hi ? -1 : 1;
    }
    if (order == 0) {
        return FLOAT_EQUAL;
    }
    return (order < 0) != a_negative ? FLOAT_LESS : FLOAT_GREATER;
}

// The magnitude of a finite number or zero as an integer of at most `limit`. False: it does not
// fit. The flags are the caller's business, but rounded_up is set.
static inline bool float_to_magnitude(struct float_status *s, unsigned rounding,
                                      const struct float_value *v, u64 limit, u64 *magnitude,
                                      bool *inexact)
{
    *magnitude = 0;
    *inexact = false;
    if (v->kind == FLOAT_ZERO) {
        return true;
    }
    if (v->kind != FLOAT_FINITE || v->exponent > 63) {
        return false;
    }
    struct u128 m =
        shift_right_sticky((struct u128){.hi = v->hi, .lo = v->lo}, (u32)(63 - v->exponent));
    bool up = float_rounds_up(rounding, v->sign, m.hi & 1, m.lo);
    if (m.hi > limit || (up && m.hi == limit)) {
        return false;
    }
    s->rounded_up = up;
    *inexact = m.lo != 0;
    *magnitude = m.hi + up;
    return true;
}

// To a signed integer of `bits` bits; the indefinite is the most negative one.
static inline i64 float_to_integer(struct float_status *s, unsigned rounding,
                                   const struct float_value *v, unsigned bits)
{
    u64 magnitude, top = 1ull << (bits - 1);
    bool inexact;
    if (!float_to_magnitude(s, rounding, v, v->sign ? top : top - 1, &magnitude, &inexact)) {
        s->flags |= FLOAT_INVALID;
        return (i64)(0 - top);
    }
    s->flags |= inexact ? FLOAT_INEXACT : 0;
    return (i64)(v->sign ? 0 - magnitude : magnitude);
}

static inline struct float_value float_from_integer(i64 v)
{
    if (v == 0) {
        return (struct float_value){.kind = FLOAT_ZERO};
    }
    struct float_value r = {.kind = FLOAT_FINITE, .sign = v < 0, .exponent = 63};
    r.hi = v < 0 ? 0 - (u64)v : (u64)v;
    float_normalise(&r);
    return r;
}

// To an integral value. Raises FLOAT_INEXACT.
static inline struct float_value float_round_integral(struct float_status *s, struct float_value v)
{
    if (v.kind != FLOAT_FINITE || v.exponent >= 63) {
        return v;
    }
    struct u128 m =
        shift_right_sticky((struct u128){.hi = v.hi, .lo = v.lo}, (u32)(63 - v.exponent));
    bool up = float_rounds_up(s->rounding, v.sign, m.hi & 1, m.lo);
    s->rounded_up = up;
    s->flags |= m.lo != 0 ? FLOAT_INEXACT : 0;
    v.hi = m.hi + up;
    v.lo = 0;
    v.exponent = 63;
    if (v.hi == 0) {
        v.kind = FLOAT_ZERO;
        return v;
    }
    float_normalise(&v);
    return v;
}
