// x87: what works on ST(0) alone or on ST(0) and ST(1): sign, roots, remainders, rounding,
// transcendentals. [SDM2], [SDM1] 8.3.5, 8.3.7, 8.3.8.
#include "cpu/x86/float80_math.h"
#include "cpu/x86/x87.h"

// --- ST(0) by itself ---

typedef struct float80 unary_fn(struct float_status *s, struct float80 a);

// FCHS, FABS: the sign only, never an arithmetic exception.
static struct float80 negate(struct float_status *s, struct float80 a)
{
    (void)s;
    return float80_negate(a);
}

static struct float80 absolute(struct float_status *s, struct float80 a)
{
    (void)s;
    return float80_abs(a);
}

static NOINLINE bool underflow_st0(struct x86_fpu *f)
{
    if (x87_stack_underflow(f)) {
        x87_write(f, 0, FLOAT80_DEFAULT_NAN);
    }
    return true;
}

ALWAYS_INLINE bool unary(struct x86 *c, const struct insn *i, unary_fn *fn)
{
    struct x86_fpu *f = &c->s.fpu;
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    if (UNLIKELY(x87_is_empty(f, 0))) {
        return underflow_st0(f);
    }
    struct float_status s = x87_float_status(f);
    struct float80 result = fn(&s, x87_st(f, 0));
    if (x87_settle(f, &s)) {
        x87_write(f, 0, result);
    }
    return true;
}

HANDLER(x87_chs, unary(c, i, negate))
HANDLER(x87_abs, unary(c, i, absolute))
HANDLER(x87_sqrt, unary(c, i, float80_sqrt))
HANDLER(x87_rndint, unary(c, i, float80_round))
HANDLER(x87_2xm1, unary(c, i, float80_2xm1))

// C3, C2, C0: enum float80_class; C1: the sign, of an empty register too.
static bool examine(struct x86 *c, const struct insn *i)
{
    struct x86_fpu *f = &c->s.fpu;
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    struct float80 a = x87_st(f, 0);
    unsigned class = x87_is_empty(f, 0) ? FLOAT80_EMPTY : float80_classify(a);
    x87_set_conditions(f, (class & 4 ? X87_C3 : 0) | (class & 2 ? X87_C2 : 0) |
                              (class & 1 ? X87_C0 : 0) | (float80_sign(a) ? X87_C1 : 0));
    return true;
}

HANDLER(x87_xam, examine(c, i))

// --- ST(0) and ST(1) ---

typedef struct float80 binary_fn(struct float_status *s, struct float80 st0, struct float80 st1);
typedef struct float80 remainder_fn(struct float_status *s, struct float80 a, struct float80 b,
                                    unsigned *quotient, bool *complete);

static bool scale(struct x86 *c, const struct insn *i)
{
    struct x86_fpu *f = &c->s.fpu;
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    if (UNLIKELY(x87_is_empty(f, 0) || x87_is_empty(f, 1))) {
        return underflow_st0(f);
    }
    struct float_status s = x87_float_status(f);
    struct float80 result = float80_scale(&s, x87_st(f, 0), x87_st(f, 1));
    if (x87_settle(f, &s)) {
        x87_write(f, 0, result);
    }
    return true;
}

HANDLER(x87_scale, scale(c, i))

ALWAYS_INLINE void set_c2(struct x86_fpu *f, bool value)
{
    f->status = (u16)((f->status & ~(unsigned)X87_C2) | (value ? X87_C2 : 0));
}

// C2: incomplete; C0, C3, C1: bits 2, 1, 0 of the quotient.
ALWAYS_INLINE bool take_remainder(struct x86 *c, const struct insn *i, remainder_fn *fn)
{
    struct x86_fpu *f = &c->s.fpu;
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    set_c2(f, false);
    if (UNLIKELY(x87_is_empty(f, 0) || x87_is_empty(f, 1))) {
        return underflow_st0(f);
    }
    struct float_status s = x87_float_status(f);
    unsigned quotient = 0;
    bool complete = true;
    struct float80 result = fn(&s, x87_st(f, 0), x87_st(f, 1), &quotient, &complete);
    if (!x87_settle(f, &s)) {
        return true;
    }
    if (float80_classify(result) != FLOAT80_NAN) { // else C3 and C0 stay, as seen on an EPYC
        x87_set_conditions(f, (complete ? 0 : X87_C2) | (quotient & 4 ? X87_C0 : 0) |
                                  (quotient & 2 ? X87_C3 : 0) | (quotient & 1 ? X87_C1 : 0));
    }
    x87_write(f, 0, result);
    return true;
}

HANDLER(x87_prem, take_remainder(c, i, float80_remainder))
HANDLER(x87_prem1, take_remainder(c, i, float80_remainder_nearest))

// The result replaces ST(1), then ST(0) is popped.
ALWAYS_INLINE bool binary_pop(struct x86 *c, const struct insn *i, binary_fn *fn)
{
    struct x86_fpu *f = &c->s.fpu;
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    struct float80 result = FLOAT80_DEFAULT_NAN;
    bool stands;
    if (UNLIKELY(x87_is_empty(f, 0) || x87_is_empty(f, 1))) {
        stands = x87_stack_underflow(f);
    } else {
        struct float_status s = x87_float_status(f);
        result = fn(&s, x87_st(f, 0), x87_st(f, 1));
        stands = x87_settle(f, &s);
    }
    if (stands) {
        x87_write(f, 1, result);
        x87_pop(f);
    }
    return true;
}

HANDLER(x87_yl2x, binary_pop(c, i, float80_yl2x))
HANDLER(x87_yl2xp1, binary_pop(c, i, float80_yl2xp1))
HANDLER(x87_patan, binary_pop(c, i, float80_patan))

// --- trigonometric: C2 = 1 and nothing else if the operand is out of range ---

typedef bool reduced_fn(struct float_status *s, struct float80 a, struct float80 *result);

ALWAYS_INLINE bool reduced(struct x86 *c, const struct insn *i, reduced_fn *fn)
{
    struct x86_fpu *f = &c->s.fpu;
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    set_c2(f, false);
    if (UNLIKELY(x87_is_empty(f, 0))) {
        return underflow_st0(f);
    }
    struct float_status s = x87_float_status(f);
    struct float80 result;
    bool in_range = fn(&s, x87_st(f, 0), &result);
    set_c2(f, !in_range);
    if (x87_settle(f, &s) && in_range) {
        x87_write(f, 0, result);
    }
    return true;
}

HANDLER(x87_sin, reduced(c, i, float80_sin))
HANDLER(x87_cos, reduced(c, i, float80_cos))

// --- one operand, two results: `first` replaces ST(0), `second` is pushed ---

struct two_results {
    struct float80 first, second;
    bool in_range;
};

typedef struct two_results split_fn(struct float_status *s, struct float80 a);

static struct two_results tangent(struct float_status *s, struct float80 a)
{
    struct two_results r;
    r.in_range = float80_tan(s, a, &r.first);
    r.second = r.in_range && float80_classify(r.first) == FLOAT80_NAN ? r.first : FLOAT80_ONE;
    return r;
}

static struct two_results sine_and_cosine(struct float_status *s, struct float80 a)
{
    struct two_results r;
    r.in_range = float80_sincos(s, a, &r.first, &r.second);
    return r;
}

static struct two_results extract(struct float_status *s, struct float80 a)
{
    struct two_results r = {.in_range = true};
    r.second = float80_extract(s, a, &r.first);
    return r;
}

static NOINLINE bool split_stack_fault(struct x86_fpu *f)
{
    bool stands = x87_is_empty(f, 0) ? x87_stack_underflow(f) : x87_stack_overflow(f);
    if (stands) {
        x87_write(f, 0, FLOAT80_DEFAULT_NAN);
        x87_push(f, FLOAT80_DEFAULT_NAN);
    }
    return true;
}

ALWAYS_INLINE bool split(struct x86 *c, const struct insn *i, split_fn *fn)
{
    struct x86_fpu *f = &c->s.fpu;
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    if (fn != extract) {
        set_c2(f, false);
    }
    if (UNLIKELY(x87_is_empty(f, 0) || !x87_is_empty(f, 7))) {
        return split_stack_fault(f);
    }
    struct float_status s = x87_float_status(f);
    struct two_results r = fn(&s, x87_st(f, 0));
    if (fn != extract) {
        set_c2(f, !r.in_range);
    }
    if (x87_settle(f, &s) && r.in_range) {
        x87_write(f, 0, r.first);
        x87_push(f, r.second);
    }
    return true;
}

HANDLER(x87_ptan, split(c, i, tangent))
HANDLER(x87_sincos, split(c, i, sine_and_cosine))
HANDLER(x87_xtract, split(c, i, extract))
