#include "cpu/x86/float_sse.h"

#include "cpu/x86/float_core.h"

#include <float.h>
#include <string.h>

static const struct float_format format32 = {
    .digits = 24, .min_exponent = -126, .max_exponent = 127};
static const struct float_format format64 = {
    .digits = 53, .min_exponent = -1022, .max_exponent = 1023};

// --- unpacking and packing ---

// fraction: left-aligned below bit 63.
ALWAYS_INLINE struct float_value unpack(const struct float_status *s, const struct float_format *f,
                                        bool sign, i32 exponent, u64 fraction)
{
    struct float_value v = {.kind = FLOAT_FINITE, .sign = sign};
    if (UNLIKELY(exponent == 0)) {
        if (fraction == 0 || s->denormals_are_zero) {
            v.kind = FLOAT_ZERO;
            return v;
        }
        v.exponent = f->min_exponent;
        v.hi = fraction;
        v.is_denormal = true;
        float_normalise(&v);
        return v;
    }
    v.exponent = exponent - f->max_exponent;
    v.hi = FLOAT_TOP | fraction;
    if (UNLIKELY(exponent == 2 * f->max_exponent + 1)) {
        v.kind = fraction == 0               ? FLOAT_INFINITE
                 : fraction & FLOAT_TOP >> 1 ? FLOAT_QUIET_NAN
                                             : FLOAT_SIGNALLING_NAN;
    }
    return v;
}

ALWAYS_INLINE struct float_value unpack32(const struct float_status *s, u32 a)
{
    return unpack(s, &format32, a >> 31, (i32)(a >> 23 & 0xff), (u64)a << 41 >> 1);
}

ALWAYS_INLINE struct float_value unpack64(const struct float_status *s, u64 a)
{
    return unpack(s, &format64, a >> 63, (i32)(a >> 52 & 0x7ff), a << 12 >> 1);
}

ALWAYS_INLINE u32 finish32(struct float_status *s, struct float_value v)
{
    struct float_packed p = float_round_result(s, &format32, &v);
    return (u32)p.sign << 31 | p.exponent << 23 | ((u32)(p.mantissa >> 40) & 0x7fffff);
}

ALWAYS_INLINE u64 finish64(struct float_status *s, struct float_value v)
{
    struct float_packed p = float_round_result(s, &format64, &v);
    return (u64)p.sign << 63 | (u64)p.exponent << 52 | (p.mantissa >> 11 & 0xfffffffffffff);
}

// --- arithmetic in integers ---

ALWAYS_INLINE struct float_value binary(struct float_status *s, struct float_value a,
                                        struct float_value b, float_binary_fn *fn)
{
    if (UNLIKELY(float_is_special(&a) || float_is_special(&b))) {
        return float_nan_sse(s, a, b);
    }
    return fn(s, a, b);
}

ALWAYS_INLINE u32 binary32(struct float_status *s, u32 a, u32 b, float_binary_fn *fn)
{
    return finish32(s, binary(s, unpack32(s, a), unpack32(s, b), fn));
}

ALWAYS_INLINE u64 binary64(struct float_status *s, u64 a, u64 b, float_binary_fn *fn)
{
    return finish64(s, binary(s, unpack64(s, a), unpack64(s, b), fn));
}

u32 float32_add_soft(struct float_status *s, u32 a, u32 b)
{
    return binary32(s, a, b, float_add_values);
}

u32 float32_sub_soft(struct float_status *s, u32 a, u32 b)
{
    return binary32(s, a, b, float_sub_values);
}

u32 float32_mul_soft(struct float_status *s, u32 a, u32 b)
{
    return binary32(s, a, b, float_mul_values);
}

u32 float32_div_soft(struct float_status *s, u32 a, u32 b)
{
    return binary32(s, a, b, float_div_values);
}

u64 float64_add_soft(struct float_status *s, u64 a, u64 b)
{
    return binary64(s, a, b, float_add_values);
}

u64 float64_sub_soft(struct float_status *s, u64 a, u64 b)
{
    return binary64(s, a, b, float_sub_values);
}

u64 float64_mul_soft(struct float_status *s, u64 a, u64 b)
{
    return binary64(s, a, b, float_mul_values);
}

u64 float64_div_soft(struct float_status *s, u64 a, u64 b)
{
    return binary64(s, a, b, float_div_values);
}

u32 float32_sqrt(struct float_status *s, u32 a)
{
    struct float_value v = unpack32(s, a);
    return finish32(s, float_is_special(&v) ? float_nan_of_one(s, v) : float_sqrt_value(s, v));
}

u64 float64_sqrt(struct float_status *s, u64 a)
{
    struct float_value v = unpack64(s, a);
    return finish64(s, float_is_special(&v) ? float_nan_of_one(s, v) : float_sqrt_value(s, v));
}

// --- arithmetic on the host ---
//
// The host's + - * / round to nearest like every IEEE 754 machine. They are used if the rounding
// mode is that one, everything is masked, the operands are normal (for sums also zero) and the
// result is well inside the normal range (exponent field at least 2, so that no question of
// tininess arises). FTZ and DAZ can't matter then. What is left to find out is whether the result
// is inexact:
//   sum       the error of a rounded sum is itself representable; TwoSum computes it
//             (Knuth, TAOCP 2, 4.2.2)
//   product   the discarded bits of the integer product ma * mb are among its low 53, so they are
//             seen modulo 2^64
//   quotient  |mr * mb - ma * 2^k| <= mb / 2 < 2^53 if r is the rounded quotient: zero or not,
//             modulo 2^64
// A host that computes in wider precision (FLT_EVAL_METHOD, i387) always takes the way above.

static inline bool host_is_usable(const struct float_status *s)
{
    return FLT_EVAL_METHOD == 0 && s->rounding == FLOAT_ROUND_NEAREST && s->masks == FLOAT_ALL;
}

static inline float as_float(u32 a)
{
    float f;
    memcpy(&f, &a, sizeof f);
    return f;
}

static inline u32 of_float(float f)
{
    u32 a;
    memcpy(&a, &f, sizeof a);
    return a;
}

static inline double as_double(u64 a)
{
    double f;
    memcpy(&f, &a, sizeof f);
    return f;
}

static inline u64 of_double(double f)
{
    u64 a;
    memcpy(&a, &f, sizeof a);
    return a;
}

static inline bool is_normal32(u32 a)
{
    return (a >> 23 & 0xff) - 1 < 0xfe; // 1 to fe
}

static inline bool is_normal64(u64 a)
{
    return (a >> 52 & 0x7ff) - 1 < 0x7fe;
}

static inline bool is_addend32(u32 a)
{
    return is_normal32(a) || a << 1 == 0;
}

static inline bool is_addend64(u64 a)
{
    return is_normal64(a) || a << 1 == 0;
}

static inline bool is_safe32(u32 r)
{
    u32 exponent = r >> 23 & 0xff;
    return exponent >= 2 && exponent <= 0xfe;
}

static inline bool is_safe64(u64 r)
{
    u64 exponent = r >> 52 & 0x7ff;
    return exponent >= 2 && exponent <= 0x7fe;
}

static inline u64 significand64(u64 a)
{
    return (a & 0xfffffffffffff) | 1ull << 52;
}

static inline u64 significand32(u32 a)
{
    return (a & 0x7fffff) | 1u << 23;
}

u32 float32_add(struct float_status *s, u32 a, u32 b)
{
    if (host_is_usable(s) && is_addend32(a) && is_addend32(b)) {
        float x = as_float(a), y = as_float(b), r = x + y;
        u32 bits = of_float(r);
        if (LIKELY(is_safe32(bits) || bits << 1 == 0)) {
            float part = r - x;
            bool inexact = (x - (r - part)) + (y - part) != 0;
            s->flags |= inexact ? FLOAT_INEXACT : 0;
            return bits;
        }
    }
    return float32_add_soft(s, a, b);
}

u64 float64_add(struct float_status *s, u64 a, u64 b)
{
    if (host_is_usable(s) && is_addend64(a) && is_addend64(b)) {
        double x = as_double(a), y = as_double(b), r = x + y;
        u64 bits = of_double(r);
        if (LIKELY(is_safe64(bits) || bits << 1 == 0)) {
            double part = r - x;
            bool inexact = (x - (r - part)) + (y - part) != 0;
            s->flags |= inexact ? FLOAT_INEXACT : 0;
            return bits;
        }
    }
    return float64_add_soft(s, a, b);
}

// x - y is x + (-y) except for the sign of NaN operands, which are not ours.
u32 float32_sub(struct float_status *s, u32 a, u32 b)
{
    if (LIKELY(is_addend32(b))) {
        return float32_add(s, a, b ^ 1u << 31);
    }
    return float32_sub_soft(s, a, b);
}

u64 float64_sub(struct float_status *s, u64 a, u64 b)
{
    if (LIKELY(is_addend64(b))) {
        return float64_add(s, a, b ^ 1ull << 63);
    }
    return float64_sub_soft(s, a, b);
}

u32 float32_mul(struct float_status *s, u32 a, u32 b)
{
    if (host_is_usable(s) && is_normal32(a) && is_normal32(b)) {
        u32 bits = of_float(as_float(a) * as_float(b));
        if (LIKELY(is_safe32(bits))) {
            u64 product = significand32(a) * significand32(b); // 47 or 48 bits, of which 24 stay
            u64 lost = product >> 47 ? 0xffffff : 0x7fffff;
            s->flags |= (product & lost) != 0 ? FLOAT_INEXACT : 0;
            return bits;
        }
    }
    return float32_mul_soft(s, a, b);
}

u64 float64_mul(struct float_status *s, u64 a, u64 b)
{
    if (host_is_usable(s) && is_normal64(a) && is_normal64(b)) {
        u64 bits = of_double(as_double(a) * as_double(b));
        if (LIKELY(is_safe64(bits))) {
            // 52 or 53 bits are lost. Bit 52 is known to be lost when the product has 106 bits;
            // these are the exponents that grew by one, except where rounding did it: then the lost
            // bits weren't zero anyway.
            u32 grown =
                (u32)(bits >> 52 & 0x7ff) + 1023 - (u32)(a >> 52 & 0x7ff) - (u32)(b >> 52 & 0x7ff);
            u64 product = significand64(a) * significand64(b);
            s->flags |= (product & ((1ull << (52 + grown)) - 1)) != 0 ? FLOAT_INEXACT : 0;
            return bits;
        }
    }
    return float64_mul_soft(s, a, b);
}

u32 float32_div(struct float_status *s, u32 a, u32 b)
{
    if (host_is_usable(s) && is_normal32(a) && is_normal32(b)) {
        u32 bits = of_float(as_float(a) / as_float(b));
        if (LIKELY(is_safe32(bits))) {
            // r = a / b: mr * mb = ma * 2^k, k being 23 or 24.
            u32 k = 23 + 127 + (a >> 23 & 0xff) - (b >> 23 & 0xff) - (bits >> 23 & 0xff);
            u64 back = significand32(bits) * significand32(b);
            s->flags |= back != significand32(a) << k ? FLOAT_INEXACT : 0;
            return bits;
        }
    }
    return float32_div_soft(s, a, b);
}

u64 float64_div(struct float_status *s, u64 a, u64 b)
{
    if (host_is_usable(s) && is_normal64(a) && is_normal64(b)) {
        u64 bits = of_double(as_double(a) / as_double(b));
        if (LIKELY(is_safe64(bits))) {
            u64 k = 52 + 1023 + (a >> 52 & 0x7ff) - (b >> 52 & 0x7ff) - (bits >> 52 & 0x7ff);
            u64 back = significand64(bits) * significand64(b);
            s->flags |= back != significand64(a) << k ? FLOAT_INEXACT : 0;
            return bits;
        }
    }
    return float64_div_soft(s, a, b);
}

// --- minimum, maximum, comparison ---

static enum float_relation relation(struct float_status *s, const struct float_value *a,
                                    const struct float_value *b, enum float_kind least_invalid)
{
    if (float_is_special(a) || float_is_special(b)) {
        if (a->kind >= least_invalid || b->kind >= least_invalid) {
            s->flags |= FLOAT_INVALID;
        }
        return FLOAT_UNORDERED;
    }
    float_denormal_ok(s, a->is_denormal || b->is_denormal);
    return float_compare_values(a, b);
}

enum float_relation float32_compare(struct float_status *s, u32 a, u32 b)
{
    struct float_value x = unpack32(s, a), y = unpack32(s, b);
    return relation(s, &x, &y, FLOAT_QUIET_NAN);
}

enum float_relation float64_compare(struct float_status *s, u64 a, u64 b)
{
    struct float_value x = unpack64(s, a), y = unpack64(s, b);
    return relation(s, &x, &y, FLOAT_QUIET_NAN);
}

enum float_relation float32_compare_quiet(struct float_status *s, u32 a, u32 b)
{
    struct float_value x = unpack32(s, a), y = unpack32(s, b);
    return relation(s, &x, &y, FLOAT_SIGNALLING_NAN);
}

enum float_relation float64_compare_quiet(struct float_status *s, u64 a, u64 b)
{
    struct float_value x = unpack64(s, a), y = unpack64(s, b);
    return relation(s, &x, &y, FLOAT_SIGNALLING_NAN);
}

// With DAZ a denormal that wins is delivered as a zero of its sign.
static inline u32 as_result32(const struct float_status *s, u32 a)
{
    bool is_flushed = s->denormals_are_zero && (a & 0x7f800000) == 0;
    return is_flushed ? a & 1u << 31 : a;
}

static inline u64 as_result64(const struct float_status *s, u64 a)
{
    bool is_flushed = s->denormals_are_zero && (a & 0x7ffull << 52) == 0;
    return is_flushed ? a & 1ull << 63 : a;
}

u32 float32_min(struct float_status *s, u32 a, u32 b)
{
    return as_result32(s, float32_compare(s, a, b) == FLOAT_LESS ? a : b);
}

u32 float32_max(struct float_status *s, u32 a, u32 b)
{
    return as_result32(s, float32_compare(s, a, b) == FLOAT_GREATER ? a : b);
}

u64 float64_min(struct float_status *s, u64 a, u64 b)
{
    return as_result64(s, float64_compare(s, a, b) == FLOAT_LESS ? a : b);
}

u64 float64_max(struct float_status *s, u64 a, u64 b)
{
    return as_result64(s, float64_compare(s, a, b) == FLOAT_GREATER ? a : b);
}

// --- conversions ---

i32 float32_to_int32(struct float_status *s, u32 a)
{
    struct float_value v = unpack32(s, a);
    return (i32)float_to_integer(s, s->rounding, &v, 32);
}

i64 float32_to_int64(struct float_status *s, u32 a)
{
    struct float_value v = unpack32(s, a);
    return float_to_integer(s, s->rounding, &v, 64);
}

i32 float64_to_int32(struct float_status *s, u64 a)
{
    struct float_value v = unpack64(s, a);
    return (i32)float_to_integer(s, s->rounding, &v, 32);
}

i64 float64_to_int64(struct float_status *s, u64 a)
{
    struct float_value v = unpack64(s, a);
    return float_to_integer(s, s->rounding, &v, 64);
}

i32 float32_truncate_to_int32(struct float_status *s, u32 a)
{
    struct float_value v = unpack32(s, a);
    return (i32)float_to_integer(s, FLOAT_ROUND_ZERO, &v, 32);
}

i64 float32_truncate_to_int64(struct float_status *s, u32 a)
{
    struct float_value v = unpack32(s, a);
    return float_to_integer(s, FLOAT_ROUND_ZERO, &v, 64);
}

i32 float64_truncate_to_int32(struct float_status *s, u64 a)
{
    struct float_value v = unpack64(s, a);
    return (i32)float_to_integer(s, FLOAT_ROUND_ZERO, &v, 32);
}

i64 float64_truncate_to_int64(struct float_status *s, u64 a)
{
    struct float_value v = unpack64(s, a);
    return float_to_integer(s, FLOAT_ROUND_ZERO, &v, 64);
}

u32 float32_from_int32(struct float_status *s, i32 v)
{
    return finish32(s, float_from_integer(v));
}

u32 float32_from_int64(struct float_status *s, i64 v)
{
    return finish32(s, float_from_integer(v));
}

u64 float64_from_int32(i32 v)
{
    struct float_status s = {.masks = FLOAT_ALL};
    return finish64(&s, float_from_integer(v));
}

u64 float64_from_int64(struct float_status *s, i64 v)
{
    return finish64(s, float_from_integer(v));
}

// The operand of a conversion between formats.
static inline struct float_value converted(struct float_status *s, struct float_value v)
{
    if (float_is_special(&v)) {
        return float_nan_of_one(s, v);
    }
    return float_denormal_ok(s, v.is_denormal) ? v : float_nothing();
}

u64 float32_to_float64(struct float_status *s, u32 a)
{
    return finish64(s, converted(s, unpack32(s, a)));
}

u32 float64_to_float32(struct float_status *s, u64 a)
{
    return finish32(s, converted(s, unpack64(s, a)));
}

u32 float32_round(struct float_status *s, u32 a)
{
    struct float_value v = unpack32(s, a);
    return finish32(s, float_is_special(&v) ? float_nan_of_one(s, v) : float_round_integral(s, v));
}

u64 float64_round(struct float_status *s, u64 a)
{
    struct float_value v = unpack64(s, a);
    return finish64(s, float_is_special(&v) ? float_nan_of_one(s, v) : float_round_integral(s, v));
}

// --- approximations ---

static const struct float_status approximate = {
    .masks = FLOAT_ALL, .flush_to_zero = true, .denormals_are_zero = true};
static const struct float_format format_approximate = {
    .digits = 13, .min_exponent = -126, .max_exponent = 127};

static u32 finish_approximate(struct float_status *s, struct float_value v)
{
    struct float_packed p = float_round_result(s, &format_approximate, &v);
    return (u32)p.sign << 31 | p.exponent << 23 | ((u32)(p.mantissa >> 40) & 0x7fffff);
}

static const struct float_value one = {.hi = FLOAT_TOP, .kind = FLOAT_FINITE};

u32 float32_reciprocal(u32 a)
{
    struct float_status s = approximate;
    struct float_value v = unpack32(&s, a);
    if (float_is_special(&v)) {
        return finish32(&s, float_nan_of_one(&s, v));
    }
    return finish_approximate(&s, float_div_values(&s, one, v));
}

u32 float32_reciprocal_sqrt(u32 a)
{
    struct float_status s = approximate;
    struct float_value v = unpack32(&s, a);
    if (float_is_special(&v)) {
        return finish32(&s, float_nan_of_one(&s, v));
    }
    v = float_sqrt_value(&s, v);
    return float_is_special(&v) ? finish32(&s, v)
                                : finish_approximate(&s, float_div_values(&s, one, v));
}
