// x87: addition, multiplication, subtraction, division and comparison, in all their forms. [SDM2],
// [SDM1] 8.3.5, 8.3.6.
//
// SUB and DIV below mean ST(0) - operand, whatever the destination; SUBR and DIVR operand - ST(0).
// The manual names the forms with destination ST(i) the other way round (DC E0+i is FSUBR).
#include "cpu/x86/x87.h"

#include "cpu/x86/flags.h"

enum operation { ADD, MUL, SUB, SUBR, DIV, DIVR };
enum form { // the operand in memory
    FLOAT32,
    FLOAT64,
    INT16,
    INT32,
};
enum destination { TO_ST0, TO_STI, TO_STI_POP };

ALWAYS_INLINE unsigned form_bits(enum form form)
{
    return form == FLOAT64 ? 64 : form == INT16 ? 16 : 32;
}

ALWAYS_INLINE struct float80 widen(struct float_status *s, enum form form, u64 raw)
{
    switch (form) {
    case FLOAT32: return float80_widen_float32(s, (u32)raw);
    case FLOAT64: return float80_widen_float64(s, raw);
    case INT16: return float80_from_int32((i16)raw);
    case INT32: break;
    }
    return float80_from_int32((i32)raw);
}

// The memory operand; also the checks and the pointers.
ALWAYS_INLINE bool load_operand(struct x86 *c, const struct insn *i, enum form form, u64 *raw)
{
    if (!x87_ready(c) || !x86_load(c, i->seg, ea(c, i), form_bits(form), raw)) {
        return false;
    }
    x87_note_memory(c, i);
    return true;
}

// --- arithmetic ---

ALWAYS_INLINE struct float80 compute(struct float_status *s, enum operation operation,
                                     struct float80 a, struct float80 b)
{
    switch (operation) {
    case ADD: return float80_add(s, a, b);
    case MUL: return float80_mul(s, a, b);
    case SUB: return float80_sub(s, a, b);
    case SUBR: return float80_sub(s, b, a);
    case DIV: return float80_div(s, a, b);
    case DIVR: break;
    }
    return float80_div(s, b, a);
}

static NOINLINE bool underflow_to(struct x86_fpu *f, unsigned n, bool pops)
{
    if (x87_stack_underflow(f)) {
        x87_write(f, n, FLOAT80_DEFAULT_NAN);
        if (pops) {
            x87_pop(f);
        }
    }
    return true;
}

ALWAYS_INLINE bool arith_memory(struct x86 *c, const struct insn *i, enum operation operation,
                                enum form form)
{
    struct x86_fpu *f = &c->s.fpu;
    u64 raw;
    if (!load_operand(c, i, form, &raw)) {
        return false;
    }
    if (UNLIKELY(x87_is_empty(f, 0))) {
        return underflow_to(f, 0, false);
    }
    struct float_status s = x87_float_status(f);
    struct float80 b = widen(&s, form, raw);
    struct float80 result = compute(&s, operation, x87_st(f, 0), b);
    if (x87_settle(f, &s)) {
        x87_write(f, 0, result);
    }
    return true;
}

ALWAYS_INLINE bool arith_register(struct x86 *c, const struct insn *i, enum operation operation,
                                  enum destination destination)
{
    struct x86_fpu *f = &c->s.fpu;
    bool pops = destination == TO_STI_POP;
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    unsigned to = destination == TO_ST0 ? 0 : i->rm;
    if (UNLIKELY(x87_is_empty(f, 0) || x87_is_empty(f, i->rm))) {
        return underflow_to(f, to, pops);
    }
    struct float_status s = x87_float_status(f);
    struct float80 result = compute(&s, operation, x87_st(f, 0), x87_st(f, i->rm));
    if (x87_settle(f, &s)) {
        x87_write(f, to, result);
        if (pops) {
            x87_pop(f);
        }
    }
    return true;
}

// clang-format off
#define ARITHMETIC(name, operation)                                                                \
    HANDLER(x87_##name##_f32, arith_memory(c, i, operation, FLOAT32))                              \
    HANDLER(x87_##name##_f64, arith_memory(c, i, operation, FLOAT64))                              \
    HANDLER(x87_##name##_i16, arith_memory(c, i, operation, INT16))                                \
    HANDLER(x87_##name##_i32, arith_memory(c, i, operation, INT32))                                \
    HANDLER(x87_##name##_st0, arith_register(c, i, operation, TO_ST0))                             \
    HANDLER(x87_##name##_sti, arith_register(c, i, operation, TO_STI))                             \
    HANDLER(x87_##name##_pop, arith_register(c, i, operation, TO_STI_POP))
// clang-format on

ARITHMETIC(add, ADD)
ARITHMETIC(mul, MUL)
ARITHMETIC(sub, SUB)
ARITHMETIC(subr, SUBR)
ARITHMETIC(div, DIV)
ARITHMETIC(divr, DIVR)

// --- comparison ---
//
// [SDM2] says that the condition codes (EFLAGS) stay as they are after an unmasked invalid
// operation; an EPYC writes "unordered" then, and so do we. The pop does not take place.

enum strictness { ORDERED, QUIET }; // ORDERED: every NaN is invalid; QUIET: signalling ones only

static const u16 conditions_of[] = {
    // by enum float_relation
    [FLOAT_LESS] = X87_C0,
    [FLOAT_EQUAL] = X87_C3,
    [FLOAT_GREATER] = 0,
    [FLOAT_UNORDERED] = X87_C0 | X87_C2 | X87_C3,
};

static const u8 flags_of[] = {
    [FLOAT_LESS] = X86_CF,
    [FLOAT_EQUAL] = X86_ZF,
    [FLOAT_GREATER] = 0,
    [FLOAT_UNORDERED] = X86_CF | X86_PF | X86_ZF,
};

ALWAYS_INLINE enum float_relation relation_of(struct float_status *s, struct float80 a,
                                              struct float80 b, enum strictness strictness)
{
    return strictness == QUIET ? float80_compare_quiet(s, a, b) : float80_compare(s, a, b);
}

static void pop_times(struct x86_fpu *f, unsigned times)
{
    for (unsigned n = 0; n < times; n++) {
        x87_pop(f);
    }
}

static NOINLINE bool compare_underflow(struct x86_fpu *f, unsigned pops)
{
    bool stands = x87_stack_underflow(f);
    x87_set_conditions(f, conditions_of[FLOAT_UNORDERED]);
    if (stands) {
        pop_times(f, pops);
    }
    return true;
}

ALWAYS_INLINE bool compare(struct x86_fpu *f, struct float_status *s, struct float80 b,
                           enum strictness strictness, unsigned pops)
{
    enum float_relation relation = relation_of(s, x87_st(f, 0), b, strictness);
    s->rounded_up = false;
    bool stands = x87_settle(f, s);
    x87_set_conditions(f, conditions_of[relation]);
    if (LIKELY(stands)) {
        pop_times(f, pops);
    }
    return true;
}

ALWAYS_INLINE bool compare_memory(struct x86 *c, const struct insn *i, enum form form,
                                  unsigned pops)
{
    struct x86_fpu *f = &c->s.fpu;
    u64 raw;
    if (!load_operand(c, i, form, &raw)) {
        return false;
    }
    if (UNLIKELY(x87_is_empty(f, 0))) {
        return compare_underflow(f, pops);
    }
    struct float_status s = x87_float_status(f);
    struct float80 b = widen(&s, form, raw);
    return compare(f, &s, b, ORDERED, pops);
}

ALWAYS_INLINE bool compare_register(struct x86 *c, const struct insn *i, enum strictness strictness,
                                    unsigned pops)
{
    struct x86_fpu *f = &c->s.fpu;
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    unsigned n = pops == 2 ? 1 : i->rm; // FCOMPP, FUCOMPP: always ST(1)
    if (UNLIKELY(x87_is_empty(f, 0) || x87_is_empty(f, n))) {
        return compare_underflow(f, pops);
    }
    struct float_status s = x87_float_status(f);
    return compare(f, &s, x87_st(f, n), strictness, pops);
}

// FCOMI and its kin: the answer in ZF, PF and CF. OF, SF and AF are cleared.
ALWAYS_INLINE bool compare_flags(struct x86 *c, const struct insn *i, enum strictness strictness,
                                 unsigned pops)
{
    struct x86_fpu *f = &c->s.fpu;
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    enum float_relation relation = FLOAT_UNORDERED;
    bool stands;
    if (UNLIKELY(x87_is_empty(f, 0) || x87_is_empty(f, i->rm))) {
        stands = x87_stack_underflow(f);
    } else {
        struct float_status s = x87_float_status(f);
        relation = relation_of(&s, x87_st(f, 0), x87_st(f, i->rm), strictness);
        s.rounded_up = false;
        stands = x87_settle(f, &s);
    }
    flags_set_arithmetic(c, flags_of[relation]);
    if (LIKELY(stands)) {
        pop_times(f, pops);
    }
    return true;
}

static bool test_zero(struct x86 *c, const struct insn *i)
{
    struct x86_fpu *f = &c->s.fpu;
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    if (UNLIKELY(x87_is_empty(f, 0))) {
        return compare_underflow(f, 0);
    }
    struct float_status s = x87_float_status(f);
    return compare(f, &s, FLOAT80_ZERO, ORDERED, 0);
}

// clang-format off
#define COMPARISON(name, pops)                                                                     \
    HANDLER(x87_##name##_f32, compare_memory(c, i, FLOAT32, pops))                                 \
    HANDLER(x87_##name##_f64, compare_memory(c, i, FLOAT64, pops))                                 \
    HANDLER(x87_##name##_i16, compare_memory(c, i, INT16, pops))                                   \
    HANDLER(x87_##name##_i32, compare_memory(c, i, INT32, pops))                                   \
    HANDLER(x87_##name##_sti, compare_register(c, i, ORDERED, pops))
// clang-format on

COMPARISON(com, 0)
COMPARISON(comp, 1)
HANDLER(x87_compp, compare_register(c, i, ORDERED, 2))
HANDLER(x87_ucom, compare_register(c, i, QUIET, 0))
HANDLER(x87_ucomp, compare_register(c, i, QUIET, 1))
HANDLER(x87_ucompp, compare_register(c, i, QUIET, 2))
HANDLER(x87_comi, compare_flags(c, i, ORDERED, 0))
HANDLER(x87_comip, compare_flags(c, i, ORDERED, 1))
HANDLER(x87_ucomi, compare_flags(c, i, QUIET, 0))
HANDLER(x87_ucomip, compare_flags(c, i, QUIET, 1))
HANDLER(x87_tst, test_zero(c, i))
