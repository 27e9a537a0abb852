#include "cpu/x86/float80.h"

#include "cpu/x86/float80_impl.h"

#include <string.h>

// --- constants and classes ---

enum float80_class float80_classify(struct float80 a)
{
    struct float_value v = float80_unpack(a);
    if (v.is_denormal) {
        return FLOAT80_DENORMAL;
    }
    switch ((enum float_kind)v.kind) {
    case FLOAT_FINITE: return FLOAT80_NORMAL;
    case FLOAT_ZERO: return FLOAT80_IS_ZERO;
    case FLOAT_INFINITE: return FLOAT80_INFINITY;
    case FLOAT_QUIET_NAN:
    case FLOAT_SIGNALLING_NAN: return FLOAT80_NAN;
    case FLOAT_UNSUPPORTED: break;
    }
    return FLOAT80_UNSUPPORTED;
}

// ORDER float80_constant. 128 bits each.
static const struct float_value constants[] = {
    [FLOAT80_LD1] = {.hi = FLOAT_TOP},
    [FLOAT80_LDL2T] = {.hi = 0xd49a784bcd1b8afe, .lo = 0x492bf6ff4dafdb4c, .exponent = 1},
    [FLOAT80_LDL2E] = {.hi = 0xb8aa3b295c17f0bb, .lo = 0xbe87fed0691d3e88, .exponent = 0},
    [FLOAT80_LDPI] = {.hi = 0xc90fdaa22168c234, .lo = 0xc4c6628b80dc1cd1, .exponent = 1},
    [FLOAT80_LDLG2] = {.hi = 0x9a209a84fbcff798, .lo = 0x8f8959ac0b7c9178, .exponent = -2},
    [FLOAT80_LDLN2] = {.hi = 0xb17217f7d1cf79ab, .lo = 0xc9e3b39803f2f6af, .exponent = -1},
    [FLOAT80_LDZ] = {.kind = FLOAT_ZERO},
};

struct float80 float80_load_constant(const struct float_status *s, enum float80_constant which)
{
    struct float_status quiet = {.rounding = s->rounding, .masks = FLOAT_ALL};
    return float80_finish(&quiet, constants[which]);
}

// --- arithmetic ---

// Rounds to the precision that the control word asks for.
ALWAYS_INLINE struct float80 finish_arithmetic(struct float_status *s, struct float_value v)
{
    switch (s->precision) {
    case FLOAT_PRECISION_24: return float80_finish_to(s, &float80_format24, v);
    case FLOAT_PRECISION_53: return float80_finish_to(s, &float80_format53, v);
    default: return float80_finish(s, v);
    }
}

ALWAYS_INLINE struct float80 binary(struct float_status *s, struct float80 a, struct float80 b,
                                    float_binary_fn *fn)
{
    struct float_value x = float80_begin(s, a), y = float80_unpack(b);
    if (UNLIKELY(float_is_special(&x) || float_is_special(&y))) {
        return float80_finish(s, float_nan_x87(s, x, y));
    }
    return finish_arithmetic(s, fn(s, x, y));
}

struct float80 float80_add(struct float_status *s, struct float80 a, struct float80 b)
{
    return binary(s, a, b, float_add_values);
}

struct float80 float80_sub(struct float_status *s, struct float80 a, struct float80 b)
{
    return binary(s, a, b, float_sub_values);
}

struct float80 float80_mul(struct float_status *s, struct float80 a, struct float80 b)
{
    return binary(s, a, b, float_mul_values);
}

struct float80 float80_div(struct float_status *s, struct float80 a, struct float80 b)
{
    return binary(s, a, b, float_div_values);
}

struct float80 float80_sqrt(struct float_status *s, struct float80 a)
{
    struct float_value v = float80_begin(s, a);
    if (float_is_special(&v)) {
        return float80_finish(s, float_nan_of_one(s, v));
    }
    return finish_arithmetic(s, float_sqrt_value(s, v));
}

// --- comparison ---

static enum float_relation relation(struct float_status *s, struct float80 a, struct float80 b,
                                    enum float_kind least_invalid)
{
    struct float_value x = float80_begin(s, a), y = float80_unpack(b);
    if (float_is_special(&x) || float_is_special(&y)) {
        if (x.kind >= least_invalid || y.kind >= least_invalid) {
            s->flags |= FLOAT_INVALID;
        }
        return FLOAT_UNORDERED;
    }
    float_denormal_ok(s, x.is_denormal || y.is_denormal);
    return float_compare_values(&x, &y);
}

enum float_relation float80_compare(struct float_status *s, struct float80 a, struct float80 b)
{
    return relation(s, a, b, FLOAT_QUIET_NAN);
}

enum float_relation float80_compare_quiet(struct float_status *s, struct float80 a,
                                          struct float80 b)
{
    return relation(s, a, b, FLOAT_SIGNALLING_NAN);
}

// --- remainders ---

// |a| modulo |b| * 2^scale for a.exponent - b.exponent - scale in 0..63; the sign stays that of a.
// *quotient: the whole quotient, modulo 2^64.
static struct float_value reduce(struct float_value a, struct float_value b, i32 scale,
                                 u64 *quotient)
{
    i32 distance = a.exponent - b.exponent - scale;
    *quotient = a.hi >= b.hi;
    u64 rest = a.hi >= b.hi ? a.hi - b.hi : a.hi;
    if (distance > 0) {
        *quotient <<= distance;
        *quotient += divide_u128(rest >> (64 - distance), rest << distance, b.hi, &rest);
    }
    a.hi = rest;
    a.exponent = b.exponent + scale;
    return a;
}

static struct float_value as_value(struct float_value v)
{
    if (v.hi == 0) {
        v.kind = FLOAT_ZERO;
        return v;
    }
    float_normalise(&v);
    return v;
}

// The cases that need no division. True: *result is final (but for rounding), else a and b are
// finite and the exponent of a is not below that of b by more than one.
static bool remainder_is_easy(struct float_status *s, const struct float_value *a,
                              const struct float_value *b, struct float_value *result)
{
    if (float_is_special(a) || float_is_special(b)) {
        *result = float_nan_x87(s, *a, *b);
        return true;
    }
    if (a->kind == FLOAT_INFINITE || b->kind == FLOAT_ZERO) {
        *result = float_invalid(s);
        return true;
    }
    if (!float_denormal_ok(s, a->is_denormal || b->is_denormal)) {
        *result = float_nothing();
        return true;
    }
    *result = *a;
    return a->kind == FLOAT_ZERO || b->kind == FLOAT_INFINITE || a->exponent < b->exponent - 1;
}

// 64 or more exponents apart: takes off as many bits as leave the exponents a multiple of 32 apart
// and 32 to 63 less than before ([SDM2] FPREM: "an implementation-dependent number between 32 and
// 63").
static struct float_value reduce_partly(struct float_value a, struct float_value b)
{
    u64 ignored;
    i32 distance = a.exponent - b.exponent, step = 32 | (distance & 31);
    return as_value(reduce(a, b, distance - step, &ignored));
}

struct float80 float80_remainder(struct float_status *s, struct float80 a, struct float80 b,
                                 unsigned *quotient, bool *complete)
{
    struct float_value x = float80_begin(s, a), y = float80_unpack(b), r;
    *quotient = 0;
    *complete = true;
    if (remainder_is_easy(s, &x, &y, &r) || x.exponent < y.exponent) {
        return float80_finish(s, r);
    }
    if (x.exponent - y.exponent >= 64) {
        *complete = false;
        return float80_finish(s, reduce_partly(x, y));
    }
    u64 q;
    r = as_value(reduce(x, y, 0, &q));
    *quotient = q & 7;
    return float80_finish(s, r);
}

struct float80 float80_remainder_nearest(struct float_status *s, struct float80 a, struct float80 b,
                                         unsigned *quotient, bool *complete)
{
    struct float_value x = float80_begin(s, a), y = float80_unpack(b), r;
    *quotient = 0;
    *complete = true;
    if (remainder_is_easy(s, &x, &y, &r)) {
        return float80_finish(s, r);
    }
    if (x.exponent - y.exponent >= 64) {
        *complete = false;
        return float80_finish(s, reduce_partly(x, y));
    }
    u64 q = 0;
    if (x.exponent < y.exponent) { // between a quarter of b and b
        if (x.hi > y.hi) {
            r.hi = (y.hi << 1) - x.hi; // b - a; wraps on purpose
            r.sign = !r.sign;
            q = 1;
        }
    } else {
        r = reduce(x, y, 0, &q);
        u64 other = y.hi - r.hi;
        if (r.hi > other || (r.hi == other && (q & 1))) {
            r.hi = other;
            r.sign = !r.sign;
            q++;
        }
    }
    *quotient = q & 7;
    return float80_finish(s, as_value(r));
}

// --- scale, extract, round ---

// trunc(b), limited to what moves any number out of range both ways, biased results included.
static i32 scale_count(const struct float_value *b)
{
    if (b->kind == FLOAT_ZERO || b->exponent < 0) {
        return 0;
    }
    i32 count = b->exponent > 16 ? 0x20000 : (i32)(b->hi >> (63 - b->exponent));
    return b->sign ? -count : count;
}

struct float80 float80_scale(struct float_status *s, struct float80 a, struct float80 b)
{
    struct float_value x = float80_begin(s, a), y = float80_unpack(b);
    if (float_is_special(&x) || float_is_special(&y)) {
        return float80_finish(s, float_nan_x87(s, x, y));
    }
    if (y.kind == FLOAT_INFINITE) {
        bool is_invalid = y.sign ? x.kind == FLOAT_INFINITE : x.kind == FLOAT_ZERO;
        if (is_invalid) {
            return float80_finish(s, float_invalid(s));
        }
        float_denormal_ok(s, x.is_denormal);
        x.kind = y.sign ? FLOAT_ZERO : FLOAT_INFINITE;
        return float80_finish(s, x);
    }
    if (!float_denormal_ok(s, x.is_denormal || y.is_denormal)) {
        return float80_finish(s, float_nothing());
    }
    x.exponent += scale_count(&y);
    return float80_finish(s, x);
}

struct float80 float80_extract(struct float_status *s, struct float80 a, struct float80 *exponent)
{
    struct float_value v = float80_begin(s, a), e = v;
    if (float_is_special(&v)) {
        v = float_nan_of_one(s, v);
        e = v;
    } else if (v.kind == FLOAT_ZERO) {
        s->flags |= FLOAT_DIVIDE;
        e = (struct float_value){.kind = FLOAT_INFINITE, .sign = true};
    } else if (v.kind == FLOAT_INFINITE) {
        e.sign = false;
    } else {
        float_denormal_ok(s, v.is_denormal);
        e = float_from_integer(v.exponent);
        v.exponent = 0;
    }
    *exponent = float80_finish(s, e);
    return float80_finish(s, v);
}

struct float80 float80_round(struct float_status *s, struct float80 a)
{
    struct float_value v = float80_begin(s, a);
    if (float_is_special(&v)) {
        return float80_finish(s, float_nan_of_one(s, v));
    }
    if (!float_denormal_ok(s, v.is_denormal)) {
        return float80_finish(s, float_nothing());
    }
    v = float_round_integral(s, v);
    bool up = s->rounded_up;
    struct float80 result = float80_finish(s, v);
    s->rounded_up = up;
    return result;
}

// --- binary32 and binary64 ---

static const struct float_format format32 = {
    .digits = 24, .min_exponent = -126, .max_exponent = 127};
static const struct float_format format64 = {
    .digits = 53, .min_exponent = -1022, .max_exponent = 1023};

static struct float_value unpack(const struct float_format *f, bool sign, i32 exponent,
                                 u64 fraction)
{
    struct float_value v = {.kind = FLOAT_FINITE, .sign = sign};
    if (exponent == 0) {
        v.kind = fraction == 0 ? FLOAT_ZERO : FLOAT_FINITE;
        v.hi = fraction;
        v.exponent = f->min_exponent;
        v.is_denormal = fraction != 0;
        return as_value(v);
    }
    v.hi = FLOAT_TOP | fraction;
    v.exponent = exponent - f->max_exponent;
    if (exponent == 2 * f->max_exponent + 1) {
        v.kind = fraction == 0               ? FLOAT_INFINITE
                 : fraction & FLOAT_TOP >> 1 ? FLOAT_QUIET_NAN
                                             : FLOAT_SIGNALLING_NAN;
    }
    return v;
}

static struct float_value unpack32(u32 a)
{
    return unpack(&format32, a >> 31, (i32)(a >> 23 & 0xff), (u64)a << 41 >> 1);
}

static struct float_value unpack64(u64 a)
{
    return unpack(&format64, a >> 63, (i32)(a >> 52 & 0x7ff), a << 12 >> 1);
}

static struct float80 load(struct float_status *s, struct float_value v)
{
    s->rounded_up = false;
    if (float_is_special(&v)) {
        return float80_finish(s, float_nan_of_one(s, v));
    }
    float_denormal_ok(s, v.is_denormal);
    return float80_finish(s, v);
}

struct float80 float80_load_float32(struct float_status *s, u32 v)
{
    return load(s, unpack32(v));
}

struct float80 float80_load_float64(struct float_status *s, u64 v)
{
    return load(s, unpack64(v));
}

static struct float80 widen(struct float_status *s, struct float_value v)
{
    s->denormal_memory = v.is_denormal;
    return float80_finish(s, v); // exact; does not look into NaN
}

struct float80 float80_widen_float32(struct float_status *s, u32 v)
{
    return widen(s, unpack32(v));
}

struct float80 float80_widen_float64(struct float_status *s, u64 v)
{
    return widen(s, unpack64(v));
}

static struct float_packed narrow(struct float_status *s, const struct float_format *f,
                                  struct float80 a)
{
    struct float_value v = float80_begin(s, a);
    if (float_is_special(&v)) {
        v = float_nan_of_one(s, v);
    }
    u8 before = s->flags;
    struct float_packed r = float_round_result(s, f, &v);
    if (float_stops_x87_store(
            s)) { // then nothing was rounded either: processors leave PE and C1 alone
        s->flags = (u8)(s->flags & ~FLOAT_INEXACT) | (before & FLOAT_INEXACT);
        s->rounded_up = false;
    }
    return r;
}

u32 float80_to_float32(struct float_status *s, struct float80 a)
{
    struct float_packed p = narrow(s, &format32, a);
    return (u32)p.sign << 31 | p.exponent << 23 | ((u32)(p.mantissa >> 40) & 0x7fffff);
}

u64 float80_to_float64(struct float_status *s, struct float80 a)
{
    struct float_packed p = narrow(s, &format64, a);
    return (u64)p.sign << 63 | (u64)p.exponent << 52 | (p.mantissa >> 11 & 0xfffffffffffff);
}

// --- integers ---

struct float80 float80_from_int64(i64 v)
{
    struct float_status quiet = {.masks = FLOAT_ALL};
    return float80_finish(&quiet, float_from_integer(v));
}

struct float80 float80_from_int32(i32 v)
{
    return float80_from_int64(v);
}

i16 float80_to_int16(struct float_status *s, struct float80 a)
{
    struct float_value v = float80_begin(s, a);
    return (i16)float_to_integer(s, s->rounding, &v, 16);
}

i32 float80_to_int32(struct float_status *s, struct float80 a)
{
    struct float_value v = float80_begin(s, a);
    return (i32)float_to_integer(s, s->rounding, &v, 32);
}

i64 float80_to_int64(struct float_status *s, struct float80 a)
{
    struct float_value v = float80_begin(s, a);
    return float_to_integer(s, s->rounding, &v, 64);
}

i16 float80_truncate_to_int16(struct float_status *s, struct float80 a)
{
    struct float_value v = float80_begin(s, a);
    return (i16)float_to_integer(s, FLOAT_ROUND_ZERO, &v, 16);
}

i32 float80_truncate_to_int32(struct float_status *s, struct float80 a)
{
    struct float_value v = float80_begin(s, a);
    return (i32)float_to_integer(s, FLOAT_ROUND_ZERO, &v, 32);
}

i64 float80_truncate_to_int64(struct float_status *s, struct float80 a)
{
    struct float_value v = float80_begin(s, a);
    return float_to_integer(s, FLOAT_ROUND_ZERO, &v, 64);
}

// --- packed decimal ---

struct float80 float80_load_bcd(const u8 bytes[10])
{
    u64 magnitude = 0;
    for (unsigned n = 9; n-- != 0;) {
        magnitude = magnitude * 100 + (bytes[n] >> 4) * 10u + (bytes[n] & 15u);
    }
    struct float80 r = float80_from_int64((i64)magnitude);
    r.sign_exponent = (u16)(r.sign_exponent | (bytes[9] & 0x80) << 8);
    return r;
}

void float80_store_bcd(struct float_status *s, struct float80 a, u8 bytes[10])
{
    static const u8 indefinite[10] = {[7] = 0xc0, 0xff, 0xff};
    struct float_value v = float80_begin(s, a);
    u64 magnitude;
    bool inexact;
    if (!float_to_magnitude(s, s->rounding, &v, 999999999999999999, &magnitude, &inexact)) {
        s->flags |= FLOAT_INVALID;
        memcpy(bytes, indefinite, sizeof indefinite);
        return;
    }
    s->flags |= inexact ? FLOAT_INEXACT : 0;
    for (unsigned n = 0; n < 9; n++) {
        unsigned pair = (unsigned)(magnitude % 100);
        magnitude /= 100;
        bytes[n] = (u8)(pair / 10 << 4 | pair % 10);
    }
    bytes[9] = v.sign ? 0x80 : 0;
}
