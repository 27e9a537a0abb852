#include "cpu/x86/float80_math.h"

#include "cpu/x86/float80_impl.h"

// All tables: fractions of 2^128, computed with 400 bits and rounded.
// clang-format off

// sin x = x - x^3 / 3! + x^5 / 5! - ...
static const struct u128 sine_series[] = {
    {0x2aaaaaaaaaaaaaaa, 0xaaaaaaaaaaaaaaab}, // 1 / 3!
    {0x0222222222222222, 0x2222222222222222}, // 1 / 5!
    {0x000d00d00d00d00d, 0x00d00d00d00d00d0}, // 1 / 7!
    {0x00002e3bc74aad8e, 0x671f5583911ca003}, // 1 / 9!
    {0x0000006b99159fd5, 0x138e3f9d1f92e0df}, // 1 / 11!
    {0x00000000b092309d, 0x43684be51c198e92}, // 1 / 13!
    {0x0000000000d73f9f, 0x399dc0f88ec32b58}, // 1 / 15!
    {0x000000000000ca96, 0x3b81856a53593029}, // 1 / 17!
    {0x0000000000000097, 0xa4da340a0ab92651}, // 1 / 19!
    {0x0000000000000000, 0x5c6e3bdb73d5c630}, // 1 / 21!
    {0x0000000000000000, 0x002ec368262c7034}, // 1 / 23!
    {0x0000000000000000, 0x000013f3ccdd1660}, // 1 / 25!
    {0x0000000000000000, 0x0000000746ac70b7}, // 1 / 27!
    {0x0000000000000000, 0x00000000024b3f31}, // 1 / 29!
    {0x0000000000000000, 0x000000000000a1a7}, // 1 / 31!
};

// cos x = 1 - x^2 / 2! + x^4 / 4! - ...
static const struct u128 cosine_series[] = {
    {0x8000000000000000, 0x0000000000000000}, // 1 / 2!
    {0x0aaaaaaaaaaaaaaa, 0xaaaaaaaaaaaaaaab}, // 1 / 4!
    {0x005b05b05b05b05b, 0x05b05b05b05b05b0}, // 1 / 6!
    {0x0001a01a01a01a01, 0xa01a01a01a01a01a}, // 1 / 8!
    {0x0000049f93edde27, 0xd71cbbc05b4fa99a}, // 1 / 10!
    {0x00000008f76c77fc, 0x6c4bdaa26d4c3d68}, // 1 / 12!
    {0x000000000c9cba54, 0x603e4e905d6f8a2f}, // 1 / 14!
    {0x00000000000d73f9, 0xf399dc0f88ec32b6}, // 1 / 16!
    {0x0000000000000b41, 0x3c31dcbecbbdd802}, // 1 / 18!
    {0x0000000000000007, 0x950ae900808941ea}, // 1 / 20!
    {0x0000000000000000, 0x04338e5b6dfe14a5}, // 1 / 22!
    {0x0000000000000000, 0x0001f2cf01972f57}, // 1 / 24!
    {0x0000000000000000, 0x000000c4742fe352}, // 1 / 26!
    {0x0000000000000000, 0x0000000042862899}, // 1 / 28!
    {0x0000000000000000, 0x000000000013932c}, // 1 / 30!
};

// e^x - 1 = x + x^2 / 2! + x^3 / 3! + ...
static const struct u128 exponential_series[] = {
    {0x8000000000000000, 0x0000000000000000}, // 1 / 2!
    {0x2aaaaaaaaaaaaaaa, 0xaaaaaaaaaaaaaaab}, // 1 / 3!
    {0x0aaaaaaaaaaaaaaa, 0xaaaaaaaaaaaaaaab}, // 1 / 4!
    {0x0222222222222222, 0x2222222222222222}, // 1 / 5!
    {0x005b05b05b05b05b, 0x05b05b05b05b05b0}, // 1 / 6!
    {0x000d00d00d00d00d, 0x00d00d00d00d00d0}, // 1 / 7!
    {0x0001a01a01a01a01, 0xa01a01a01a01a01a}, // 1 / 8!
    {0x00002e3bc74aad8e, 0x671f5583911ca003}, // 1 / 9!
    {0x0000049f93edde27, 0xd71cbbc05b4fa99a}, // 1 / 10!
    {0x0000006b99159fd5, 0x138e3f9d1f92e0df}, // 1 / 11!
    {0x00000008f76c77fc, 0x6c4bdaa26d4c3d68}, // 1 / 12!
    {0x00000000b092309d, 0x43684be51c198e92}, // 1 / 13!
    {0x000000000c9cba54, 0x603e4e905d6f8a2f}, // 1 / 14!
    {0x0000000000d73f9f, 0x399dc0f88ec32b58}, // 1 / 15!
    {0x00000000000d73f9, 0xf399dc0f88ec32b6}, // 1 / 16!
    {0x000000000000ca96, 0x3b81856a53593029}, // 1 / 17!
    {0x0000000000000b41, 0x3c31dcbecbbdd802}, // 1 / 18!
    {0x0000000000000097, 0xa4da340a0ab92651}, // 1 / 19!
    {0x0000000000000007, 0x950ae900808941ea}, // 1 / 20!
    {0x0000000000000000, 0x5c6e3bdb73d5c630}, // 1 / 21!
    {0x0000000000000000, 0x04338e5b6dfe14a5}, // 1 / 22!
    {0x0000000000000000, 0x002ec368262c7034}, // 1 / 23!
    {0x0000000000000000, 0x0001f2cf01972f57}, // 1 / 24!
    {0x0000000000000000, 0x000013f3ccdd1660}, // 1 / 25!
    {0x0000000000000000, 0x000000c4742fe352}, // 1 / 26!
    {0x0000000000000000, 0x0000000746ac70b7}, // 1 / 27!
    {0x0000000000000000, 0x0000000042862899}, // 1 / 28!
    {0x0000000000000000, 0x00000000024b3f31}, // 1 / 29!
    {0x0000000000000000, 0x000000000013932c}, // 1 / 30!
};

// artanh x = x + x^3 / 3 + x^5 / 5 + ..., arctan x = x - x^3 / 3 + x^5 / 5 - ...
static const struct u128 odd_series[] = {
    {0x5555555555555555, 0x5555555555555555}, // 1 / 3
    {0x3333333333333333, 0x3333333333333333}, // 1 / 5
    {0x2492492492492492, 0x4924924924924925}, // 1 / 7
    {0x1c71c71c71c71c71, 0xc71c71c71c71c71c}, // 1 / 9
    {0x1745d1745d1745d1, 0x745d1745d1745d17}, // 1 / 11
    {0x13b13b13b13b13b1, 0x3b13b13b13b13b14}, // 1 / 13
    {0x1111111111111111, 0x1111111111111111}, // 1 / 15
    {0x0f0f0f0f0f0f0f0f, 0x0f0f0f0f0f0f0f0f}, // 1 / 17
    {0x0d79435e50d79435, 0xe50d79435e50d794}, // 1 / 19
    {0x0c30c30c30c30c30, 0xc30c30c30c30c30c}, // 1 / 21
    {0x0b21642c8590b216, 0x42c8590b21642c86}, // 1 / 23
    {0x0a3d70a3d70a3d70, 0xa3d70a3d70a3d70a}, // 1 / 25
    {0x097b425ed097b425, 0xed097b425ed097b4}, // 1 / 27
    {0x08d3dcb08d3dcb08, 0xd3dcb08d3dcb08d4}, // 1 / 29
    {0x0842108421084210, 0x8421084210842108}, // 1 / 31
    {0x07c1f07c1f07c1f0, 0x7c1f07c1f07c1f08}, // 1 / 33
    {0x0750750750750750, 0x7507507507507507}, // 1 / 35
    {0x06eb3e45306eb3e4, 0x5306eb3e45306eb4}, // 1 / 37
    {0x0690690690690690, 0x6906906906906907}, // 1 / 39
    {0x063e7063e7063e70, 0x63e7063e7063e706}, // 1 / 41
    {0x05f417d05f417d05, 0xf417d05f417d05f4}, // 1 / 43
    {0x05b05b05b05b05b0, 0x5b05b05b05b05b06}, // 1 / 45
    {0x0572620ae4c415c9, 0x882b9310572620ae}, // 1 / 47
    {0x05397829cbc14e5e, 0x0a72f05397829cbc}, // 1 / 49
};

// arctan(n / 8).
static const struct float_value arctangents[9] = {
    {.kind = FLOAT_ZERO},
    {.hi = 0xfeadd4d5617b6e32, .lo = 0xc897989f3e888ef8, .exponent = -4},
    {.hi = 0xfadbafc96406eb15, .lo = 0x6dc79ef5f7a217e6, .exponent = -3},
    {.hi = 0xb7b0ca0f26f78473, .lo = 0x8aa32122dcfe4483, .exponent = -2},
    {.hi = 0xed63382b0dda7b45, .lo = 0x6fe445ecbc3a8d03, .exponent = -2},
    {.hi = 0x8f005d5ef7f59f9b, .lo = 0x5c835e1665c43748, .exponent = -1},
    {.hi = 0xa4bc7d1934f70924, .lo = 0x19a87f2a457dac9f, .exponent = -1},
    {.hi = 0xb8053e2bc2319e73, .lo = 0xcb2da55210a4443d, .exponent = -1},
    {.hi = 0xc90fdaa22168c234, .lo = 0xc4c6628b80dc1cd1, .exponent = -1},
};

static const struct float_value wide_pi = {
    .hi = 0xc90fdaa22168c234, .lo = 0xc4c6628b80dc1cd1, .exponent = 1};
static const struct float_value wide_half_pi = {
    .hi = 0xc90fdaa22168c234, .lo = 0xc4c6628b80dc1cd1, .exponent = 0};
static const struct float_value wide_ln2 = {
    .hi = 0xb17217f7d1cf79ab, .lo = 0xc9e3b39803f2f6af, .exponent = -1};
static const struct float_value wide_two_over_ln2 = {
    .hi = 0xb8aa3b295c17f0bb, .lo = 0xbe87fed0691d3e89, .exponent = 1};
// clang-format on

// --- fixed point: fractions of 2^128, below 1 ---

static struct u128 add_u128(struct u128 a, struct u128 b)
{
    u64 lo = a.lo + b.lo;
    return (struct u128){.hi = a.hi + b.hi + (lo < b.lo), .lo = lo};
}

static struct u128 sub_u128(struct u128 a, struct u128 b)
{
    return (struct u128){.hi = a.hi - b.hi - (a.lo < b.lo), .lo = a.lo - b.lo};
}

static bool less_u128(struct u128 a, struct u128 b)
{
    return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
}

// The upper half of the product; up to 2 units too small, the lowest partial product is left out.
static struct u128 mul_fraction(struct u128 a, struct u128 b)
{
    struct u128 top = mul_u64(a.hi, b.hi);
    u64 x = mul_u64(a.hi, b.lo).hi, y = mul_u64(a.lo, b.hi).hi;
    top = add_u128(top, (struct u128){.hi = 0, .lo = x});
    return add_u128(top, (struct u128){.hi = 0, .lo = y});
}

// c[0] + c[1] x + c[2] x^2 + ...
static struct u128 sum_series(const struct u128 *c, unsigned count, struct u128 x)
{
    struct u128 sum = c[count - 1];
    for (unsigned n = count - 1; n-- != 0;) {
        sum = add_u128(c[n], mul_fraction(x, sum));
    }
    return sum;
}

// c[0] - c[1] x + c[2] x^2 - ..., for c that fall quickly enough to keep every partial sum
// positive.
static struct u128 alternate_series(const struct u128 *c, unsigned count, struct u128 x)
{
    struct u128 sum = c[count - 1];
    for (unsigned n = count - 1; n-- != 0;) {
        sum = sub_u128(c[n], mul_fraction(x, sum));
    }
    return sum;
}

// --- wide numbers: struct float_value with all 128 bits; truncated, so good for about 126 ---

static struct float_value wide_normalised(struct float_value v)
{
    if ((v.hi | v.lo) == 0) {
        v.kind = FLOAT_ZERO;
        return v;
    }
    v.kind = FLOAT_FINITE;
    float_normalise(&v);
    return v;
}

static struct float_value wide_mul(struct float_value a, struct float_value b)
{
    struct u128 p =
        mul_fraction((struct u128){.hi = a.hi, .lo = a.lo}, (struct u128){.hi = b.hi, .lo = b.lo});
    struct float_value r = {
        .hi = p.hi, .lo = p.lo, .exponent = a.exponent + b.exponent + 1, .sign = a.sign != b.sign};
    r.kind = a.kind | b.kind;
    return r.kind == FLOAT_FINITE ? wide_normalised(r) : r;
}

static struct float_value wide_negate(struct float_value a)
{
    a.sign = !a.sign;
    return a;
}

static struct float_value wide_add(struct float_value a, struct float_value b)
{
    if (a.kind == FLOAT_ZERO || b.kind == FLOAT_ZERO) {
        return a.kind == FLOAT_ZERO ? b : a;
    }
    struct u128 x = {.hi = a.hi, .lo = a.lo}, y = {.hi = b.hi, .lo = b.lo};
    if (a.exponent < b.exponent || (a.exponent == b.exponent && less_u128(x, y))) {
        return wide_add(b, a);
    }
    y = shift_right_sticky(y, (u32)(a.exponent - b.exponent));
    if (a.sign != b.sign) {
        x = sub_u128(x, y);
    } else {
        x = add_u128(x, y);
        if (less_u128(x, y)) {
            x = shift_right_sticky(x, 1);
            x.hi |= FLOAT_TOP;
            a.exponent++;
        }
    }
    a.hi = x.hi;
    a.lo = x.lo;
    return wide_normalised(a);
}

// a / b, b not zero. One bit at a time.
static struct float_value wide_div(struct float_value a, struct float_value b)
{
    struct u128 rest = {.hi = a.hi, .lo = a.lo}, d = {.hi = b.hi, .lo = b.lo}, q = {0};
    struct float_value r = {.exponent = a.exponent - b.exponent, .sign = a.sign != b.sign};
    if (a.kind == FLOAT_ZERO) {
        return a;
    }
    bool carry = false;
    for (unsigned n = 0; n < 128; n++) {
        q = (struct u128){.hi = q.hi << 1 | q.lo >> 63, .lo = q.lo << 1};
        if (carry || !less_u128(rest, d)) {
            rest = sub_u128(rest, d);
            q.lo |= 1;
        }
        carry = rest.hi >> 63;
        rest = (struct u128){.hi = rest.hi << 1 | rest.lo >> 63, .lo = rest.lo << 1};
    }
    r.hi = q.hi;
    r.lo = q.lo | ((rest.hi | rest.lo) != 0);
    return wide_normalised(r);
}

// |a| < 1 as a fraction; what lies below 2^-128 is lost.
static struct u128 fraction_of(struct float_value a)
{
    if (a.kind == FLOAT_ZERO || a.exponent < -128) {
        return (struct u128){0};
    }
    return shift_right_sticky((struct u128){.hi = a.hi, .lo = a.lo}, (u32)(-1 - a.exponent));
}

// 1 - f for 0 < f < 1. A fraction too small to be seen counts as the least that can be, for the
// directed roundings.
static struct float_value one_minus(struct u128 f)
{
    f.lo |= (f.hi | f.lo) == 0;
    f = sub_u128((struct u128){0}, f);
    return wide_normalised((struct float_value){.hi = f.hi, .lo = f.lo, .exponent = -1});
}

// 1 + f for 0 < f < 1.
static struct float_value one_plus(struct u128 f)
{
    f = shift_right_sticky(f, 1);
    f.lo |= (f.hi | f.lo) == 0;
    return (struct float_value){.hi = FLOAT_TOP | f.hi, .lo = f.lo};
}

static struct float_value wide_power_of_2(i32 exponent)
{
    return (struct float_value){.hi = FLOAT_TOP, .exponent = exponent};
}

// Rounds a result that is known not to be exact, even where its 128 bits do not show it.
static struct float80 finish_inexact(struct float_status *s, struct float_value v)
{
    v.lo |= v.kind == FLOAT_FINITE;
    return float80_finish(s, v);
}

// --- F2XM1 ---

static struct float_value wide_2xm1(struct float_value x)
{
    struct float_value t = wide_mul(x, wide_ln2);
    struct u128 f = fraction_of(t);
    unsigned count = COUNT_OF(exponential_series);
    if (t.sign) {
        return wide_mul(t,
                        one_minus(mul_fraction(f, alternate_series(exponential_series, count, f))));
    }
    return wide_mul(t, one_plus(mul_fraction(f, sum_series(exponential_series, count, f))));
}

struct float80 float80_2xm1(struct float_status *s, struct float80 a)
{
    struct float_value v = float80_begin(s, a);
    if (float_is_special(&v)) {
        return float80_finish(s, float_nan_of_one(s, v));
    }
    if (v.kind == FLOAT_INFINITE) { // 2^-infinity - 1 = -1
        return v.sign ? float80_negate(FLOAT80_ONE) : a;
    }
    if (v.kind == FLOAT_ZERO) {
        return a;
    }
    if (!float_denormal_ok(s, v.is_denormal)) {
        return float80_finish(s, float_nothing());
    }
    if (v.exponent >= 0) {
        s->flags |= FLOAT_INEXACT; // AMD's processors: even for 1 and -1
        bool is_minus_1 = v.exponent == 0 && v.sign && v.hi == FLOAT_TOP;
        return is_minus_1 ? (struct float80){.mantissa = FLOAT_TOP, .sign_exponent = 0xbffe} : a;
    }
    return finish_inexact(s, wide_2xm1(v));
}

// --- FYL2X, FYL2XP1 ---

// 2 / ln 2 * artanh(x), which is log2((1 + x) / (1 - x)); |x| < 0.18.
static struct float_value log2_of_ratio(struct float_value x)
{
    struct u128 square = fraction_of(wide_mul(x, x));
    struct u128 f = mul_fraction(square, sum_series(odd_series, COUNT_OF(odd_series), square));
    return wide_mul(wide_mul(x, wide_two_over_ln2), one_plus(f));
}

// log2(x) for x > 0. Exact, with lo = 0, if x is a power of 2.
static struct float_value wide_log2(struct float_value x)
{
    i32 whole = x.exponent;
    x.exponent = 0;
    if (x.hi > 0xb504f333f9de6484) { // the square root of 2
        whole++;
        x.exponent = -1;
    }
    struct float_value n = float_from_integer(whole), one = wide_power_of_2(0);
    struct float_value above = wide_add(x, wide_negate(one));
    if (above.kind == FLOAT_ZERO) {
        return n;
    }
    return wide_add(n, log2_of_ratio(wide_div(above, wide_add(x, one))));
}

// y times a logarithm, both finite and neither zero.
static struct float80 finish_product(struct float_status *s, struct float_value y,
                                     struct float_value log, bool is_exact)
{
    struct float_value r = wide_mul(y, log);
    // AMD's processors call the result inexact even if x (or x + 1) is a power of 2.
    s->flags |= r.exponent < -16382 ? FLOAT_INEXACT | FLOAT_UNDERFLOW : FLOAT_INEXACT;
    return is_exact ? float80_finish(s, r) : finish_inexact(s, r);
}

// y * log where one of the two is zero or infinite; the sign and kind of log are right.
static struct float80 finish_odd_product(struct float_status *s, struct float_value y,
                                         struct float_value log)
{
    y.is_denormal |= log.is_denormal;
    log.is_denormal = false;
    return float80_finish(s, float_mul_values(s, y, log));
}

struct float80 float80_yl2x(struct float_status *s, struct float80 x, struct float80 y)
{
    struct float_value a = float80_begin(s, x), b = float80_unpack(y);
    if (float_is_special(&a) || float_is_special(&b)) {
        return float80_finish(s, float_nan_x87(s, a, b));
    }
    if (a.sign && a.kind != FLOAT_ZERO) {
        return float80_finish(s, float_invalid(s));
    }
    if (a.kind == FLOAT_ZERO) { // the logarithm is minus infinity
        if (b.kind == FLOAT_FINITE) {
            s->flags |= FLOAT_DIVIDE;
            return float80_finish(s, (struct float_value){.kind = FLOAT_INFINITE, .sign = !b.sign});
        }
        return finish_odd_product(s, b, (struct float_value){.kind = FLOAT_INFINITE, .sign = true});
    }
    if (a.kind == FLOAT_INFINITE) {
        return finish_odd_product(s, b, a);
    }
    struct float_value log = a;
    log.is_denormal = false;
    log.sign = a.exponent < 0;
    log.kind = a.exponent == 0 && a.hi == FLOAT_TOP ? FLOAT_ZERO : FLOAT_FINITE;
    if (b.kind != FLOAT_FINITE || log.kind == FLOAT_ZERO) {
        log.is_denormal = a.is_denormal;
        return finish_odd_product(s, b, log);
    }
    if (!float_denormal_ok(s, a.is_denormal || b.is_denormal)) {
        return float80_finish(s, float_nothing());
    }
    return finish_product(s, b, wide_log2(a), a.hi == FLOAT_TOP);
}

// log2(1 + x) for x > -1, not zero.
static struct float_value wide_log2p1(struct float_value x, bool *is_exact)
{
    *is_exact = false;
    if (x.exponent < -2) { // |x| < 0.25
        return log2_of_ratio(wide_div(x, wide_add(wide_power_of_2(1), x)));
    }
    struct float_value sum = wide_add(wide_power_of_2(0), x);
    *is_exact = sum.hi == FLOAT_TOP && sum.lo == 0;
    return wide_log2(sum);
}

struct float80 float80_yl2xp1(struct float_status *s, struct float80 x, struct float80 y)
{
    struct float_value a = float80_begin(s, x), b = float80_unpack(y);
    if (float_is_special(&a) || float_is_special(&b)) {
        return float80_finish(s, float_nan_x87(s, a, b));
    }
    if (a.sign && a.kind == FLOAT_INFINITE) {
        return float80_finish(s, float_invalid(s));
    }
    if (a.kind != FLOAT_FINITE || b.kind != FLOAT_FINITE) {
        return finish_odd_product(s, b, a); // the logarithm has the kind and sign of x
    }
    if (!float_denormal_ok(s, a.is_denormal || b.is_denormal)) {
        return float80_finish(s, float_nothing());
    }
    if (a.sign && a.exponent >= 0) {
        s->flags |= FLOAT_INEXACT; // undefined by the manual; AMD's processors do this
        return x;
    }
    bool is_exact;
    struct float_value log = wide_log2p1(a, &is_exact);
    return finish_product(s, b, log, is_exact);
}

// --- FPATAN ---

// arctan(q) for 0 < q <= 1, by arctan(q) = arctan(c) + arctan((q - c) / (1 + q c)), c being the
// nearest n / 8.
static struct float_value wide_arctan(struct float_value q)
{
    unsigned n = q.exponent < -5 ? 0 : (unsigned)(((q.hi >> 32 >> -q.exponent) + (1u << 27)) >> 28);
    struct float_value t = q;
    if (n != 0) {
        struct float_value c = float_from_integer(n);
        c.exponent -= 3;
        t = wide_div(wide_add(q, wide_negate(c)), wide_add(wide_power_of_2(0), wide_mul(q, c)));
    }
    if (t.kind == FLOAT_ZERO) {
        return arctangents[n];
    }
    struct u128 square = fraction_of(wide_mul(t, t));
    struct u128 f = mul_fraction(square, alternate_series(odd_series, 16, square));
    return wide_add(arctangents[n], wide_mul(t, one_minus(f)));
}

// The angle of (x, y) for y >= 0, y not zero, both finite.
static struct float_value wide_angle(struct float_value x, struct float_value y)
{
    bool is_left = x.sign;
    x.sign = false;
    y.sign = false;
    if (x.kind == FLOAT_ZERO) {
        return wide_half_pi;
    }
    bool is_steep = x.exponent < y.exponent || (x.exponent == y.exponent && x.hi < y.hi);
    if (is_steep) {
        struct float_value a = wide_arctan(wide_div(x, y)); // from the vertical
        return wide_add(wide_half_pi, is_left ? a : wide_negate(a));
    }
    struct float_value a = wide_arctan(wide_div(y, x));
    return is_left ? wide_add(wide_pi, wide_negate(a)) : a;
}

// With an infinity among the two, or y = 0.
static struct float_value odd_angle(struct float_value x, struct float_value y)
{
    if (y.kind == FLOAT_INFINITE) {
        struct float_value one = wide_power_of_2(0), left = wide_negate(one);
        if (x.kind == FLOAT_INFINITE) {
            return wide_angle(x.sign ? left : one, one);
        }
        return wide_half_pi;
    }
    return x.sign ? wide_pi : (struct float_value){.kind = FLOAT_ZERO};
}

struct float80 float80_patan(struct float_status *s, struct float80 x, struct float80 y)
{
    struct float_value a = float80_begin(s, x), b = float80_unpack(y);
    if (float_is_special(&a) || float_is_special(&b)) {
        return float80_finish(s, float_nan_x87(s, a, b));
    }
    if (!float_denormal_ok(s, a.is_denormal || b.is_denormal)) {
        return float80_finish(s, float_nothing());
    }
    bool is_odd = b.kind != FLOAT_FINITE || a.kind == FLOAT_INFINITE;
    struct float_value r = is_odd ? odd_angle(a, b) : wide_angle(a, b);
    r.sign = b.sign;
    return finish_inexact(s, r);
}

// --- FSIN, FCOS, FSINCOS, FPTAN ---

// The pi / 2 of the processors, 66 bits, in units of 2^-65 ([SDM1] 8.3.8).
static const struct u128 half_pi_66 = {.hi = 0x3, .lo = 0x243f6a8885a308d3};

// a = quarter * pi / 2 + rest, |rest| <= pi / 4. Exact for the pi above.
struct angle {
    struct float_value rest;
    unsigned quarter; // modulo 4
};

static struct angle reduce_angle(struct float_value a)
{
    struct angle r = {.rest = a};
    if (a.exponent < -1) { // below a half, pi / 4 is 0.785
        return r;
    }
    struct u128 rest =
        shift_right_sticky((struct u128){.hi = a.hi, .lo = 0}, 64); // 2^(exponent - 63)
    for (i32 n = a.exponent + 2; n > 0; n--) {
        rest = (struct u128){.hi = rest.hi << 1 | rest.lo >> 63, .lo = rest.lo << 1};
        r.quarter <<= 1;
        if (!less_u128(rest, half_pi_66)) {
            rest = sub_u128(rest, half_pi_66);
            r.quarter++;
        }
    }
    struct u128 other = sub_u128(half_pi_66, rest);
    if (less_u128(other, rest)) {
        rest = other;
        r.rest.sign = !a.sign;
        r.quarter++;
    }
    r.quarter = (a.sign ? 0 - r.quarter : r.quarter) & 3;
    r.rest.hi = rest.hi;
    r.rest.lo = rest.lo;
    r.rest.exponent = 127 - 65;
    r.rest = wide_normalised(r.rest);
    return r;
}

static struct float_value small_sine(struct float_value x)
{
    struct u128 square = fraction_of(wide_mul(x, x));
    unsigned count = COUNT_OF(sine_series);
    return wide_mul(x,
                    one_minus(mul_fraction(square, alternate_series(sine_series, count, square))));
}

static struct float_value small_cosine(struct float_value x)
{
    struct u128 square = fraction_of(wide_mul(x, x));
    unsigned count = COUNT_OF(cosine_series);
    return one_minus(mul_fraction(square, alternate_series(cosine_series, count, square)));
}

static struct float_value wide_sine(const struct angle *a)
{
    struct float_value r = a->quarter & 1 ? small_cosine(a->rest) : small_sine(a->rest);
    return a->quarter & 2 ? wide_negate(r) : r;
}

static struct float_value wide_cosine(const struct angle *a)
{
    struct angle turned = {.rest = a->rest, .quarter = a->quarter + 1};
    return wide_sine(&turned);
}

static struct float_value wide_tangent(const struct angle *a)
{
    if (a->rest.exponent <
        -60) { // a trace more than its argument: less than a quotient of 128 bits can show
        struct float_value t = a->rest;
        t.lo |= 1;
        return a->quarter & 1 ? wide_negate(wide_div(wide_power_of_2(0), t)) : t;
    }
    return wide_div(wide_sine(a), wide_cosine(a));
}

enum trigonometric_case { OUT_OF_RANGE, IS_DONE, IS_ZERO, IS_ANGLE };

// The common start. IS_DONE: *result is final; IS_ZERO: a is +0 or -0.
static enum trigonometric_case begin_angle(struct float_status *s, struct float80 a,
                                           struct angle *angle, struct float80 *result)
{
    struct float_value v = float80_begin(s, a);
    *result = a;
    if (float_is_special(&v)) {
        *result = float80_finish(s, float_nan_of_one(s, v));
        return IS_DONE;
    }
    if (v.kind == FLOAT_INFINITE) {
        *result = float80_finish(s, float_invalid(s));
        return IS_DONE;
    }
    if (v.kind == FLOAT_ZERO) {
        return IS_ZERO;
    }
    if (v.exponent >= 63) {
        return OUT_OF_RANGE;
    }
    if (!float_denormal_ok(s, v.is_denormal)) {
        return IS_DONE;
    }
    *angle = reduce_angle(v);
    return IS_ANGLE;
}

bool float80_sin(struct float_status *s, struct float80 a, struct float80 *result)
{
    struct angle angle;
    enum trigonometric_case c = begin_angle(s, a, &angle, result);
    if (c == IS_ANGLE) {
        *result = finish_inexact(s, wide_sine(&angle));
    }
    return c != OUT_OF_RANGE;
}

bool float80_cos(struct float_status *s, struct float80 a, struct float80 *result)
{
    struct angle angle;
    enum trigonometric_case c = begin_angle(s, a, &angle, result);
    if (c == IS_ANGLE) {
        *result = finish_inexact(s, wide_cosine(&angle));
    } else if (c == IS_ZERO) {
        *result = FLOAT80_ONE;
    }
    return c != OUT_OF_RANGE;
}

bool float80_tan(struct float_status *s, struct float80 a, struct float80 *result)
{
    struct angle angle;
    enum trigonometric_case c = begin_angle(s, a, &angle, result);
    if (c == IS_ANGLE) {
        *result = finish_inexact(s, wide_tangent(&angle));
    }
    return c != OUT_OF_RANGE;
}

bool float80_sincos(struct float_status *s, struct float80 a, struct float80 *sine,
                    struct float80 *cosine)
{
    struct angle angle;
    enum trigonometric_case c = begin_angle(s, a, &angle, sine);
    *cosine = c == IS_ZERO ? FLOAT80_ONE : *sine;
    if (c == IS_ANGLE) {
        *sine = finish_inexact(s, wide_sine(&angle));
        *cosine = finish_inexact(s, wide_cosine(&angle)); // the last one leaves C1
    }
    return c != OUT_OF_RANGE;
}
