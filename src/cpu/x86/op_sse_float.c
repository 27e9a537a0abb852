// SSE arithmetic and comparisons on packed and scalar single and double precision. [SDM1] 10.4.1,
// 11.4.1, 11.5, 12.3 (SSE3), [SDM2].
#include "cpu/x86/flags.h"
#include "cpu/x86/simd_float.h"

typedef u32 binary32_fn(struct float_status *s, u32 a, u32 b);
typedef u64 binary64_fn(struct float_status *s, u64 a, u64 b);
typedef u32 unary32_fn(struct float_status *s, u32 a);
typedef u64 unary64_fn(struct float_status *s, u64 a);

// [SDM1] 11.5.2, 11.5.3: exceptions found before the computation keep the other kind from being
// found at all if one of them is unmasked.
NOINLINE void sse_float_fault(struct x86 *c, const struct float_status *s)
{
    u8 flags = s->flags;
    if (float_unmasked(s) & FLOAT_BEFORE) {
        flags &= FLOAT_BEFORE;
    }
    c->s.mxcsr |= flags;
    x86_raise(c, c->s.cr4 & X86_CR4_OSXMMEXCPT ? X86_XM : X86_UD);
}

static void split32(const struct x86_xmm *v, u32 lane[4])
{
    for (unsigned n = 0; n < 4; n++) {
        lane[n] = xmm_lane32(v, n);
    }
}

static struct x86_xmm merge32(const u32 lane[4])
{
    return (struct x86_xmm){.lo = join32(lane[0], lane[1]), .hi = join32(lane[2], lane[3])};
}

// --- two operands, lane by lane ---

ALWAYS_INLINE bool packed32(struct x86 *c, const struct insn *i, bool is_memory, binary32_fn *op)
{
    struct x86_xmm source;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &source)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    u32 a[4], b[4];
    split32(&c->s.xmm[i->reg], a);
    split32(&source, b);
    for (unsigned n = 0; n < 4; n++) {
        a[n] = op(&s, a[n], b[n]);
    }
    if (!sse_float_end(c, &s)) {
        return false;
    }
    c->s.xmm[i->reg] = merge32(a);
    return true;
}

ALWAYS_INLINE bool packed64(struct x86 *c, const struct insn *i, bool is_memory, binary64_fn *op)
{
    struct x86_xmm b;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &b)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    struct x86_xmm a = c->s.xmm[i->reg];
    a.lo = op(&s, a.lo, b.lo);
    a.hi = op(&s, a.hi, b.hi);
    if (!sse_float_end(c, &s)) {
        return false;
    }
    c->s.xmm[i->reg] = a;
    return true;
}

ALWAYS_INLINE bool scalar32(struct x86 *c, const struct insn *i, bool is_memory, binary32_fn *op)
{
    u64 b;
    if (!sse_ready(c) || !xmm_operand_low(c, i, is_memory, 32, &b)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    u32 result = op(&s, (u32)c->s.xmm[i->reg].lo, (u32)b);
    if (!sse_float_end(c, &s)) {
        return false;
    }
    xmm_write_low(c, i->reg, 32, result);
    return true;
}

ALWAYS_INLINE bool scalar64(struct x86 *c, const struct insn *i, bool is_memory, binary64_fn *op)
{
    u64 b;
    if (!sse_ready(c) || !xmm_operand_low(c, i, is_memory, 64, &b)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    u64 result = op(&s, c->s.xmm[i->reg].lo, b);
    if (!sse_float_end(c, &s)) {
        return false;
    }
    c->s.xmm[i->reg].lo = result;
    return true;
}

// clang-format off
#define BINARY(name)                                                                               \
    FORMS(sse_##name##ps, packed32, float32_##name)                                                \
    FORMS(sse_##name##pd, packed64, float64_##name)                                                \
    FORMS(sse_##name##ss, scalar32, float32_##name)                                                \
    FORMS(sse_##name##sd, scalar64, float64_##name)
// clang-format on

BINARY(add)
BINARY(sub)
BINARY(mul)
BINARY(div)
BINARY(min)
BINARY(max)

// --- one operand ---

// A square root, a reciprocal: the destination's old value doesn't matter.
static inline u32 sqrt32(struct float_status *s, u32 a, u32 b)
{
    (void)a;
    return float32_sqrt(s, b);
}

static inline u64 sqrt64(struct float_status *s, u64 a, u64 b)
{
    (void)a;
    return float64_sqrt(s, b);
}

static inline u32 reciprocal(struct float_status *s, u32 a, u32 b)
{
    (void)s;
    (void)a;
    return float32_reciprocal(b);
}

static inline u32 reciprocal_sqrt(struct float_status *s, u32 a, u32 b)
{
    (void)s;
    (void)a;
    return float32_reciprocal_sqrt(b);
}

FORMS(sse_sqrtps, packed32, sqrt32)
FORMS(sse_sqrtpd, packed64, sqrt64)
FORMS(sse_sqrtss, scalar32, sqrt32)
FORMS(sse_sqrtsd, scalar64, sqrt64)
FORMS(sse_rcpps, packed32, reciprocal)
FORMS(sse_rcpss, scalar32, reciprocal)
FORMS(sse_rsqrtps, packed32, reciprocal_sqrt)
FORMS(sse_rsqrtss, scalar32, reciprocal_sqrt)

// --- SSE3: neighbouring lanes, alternating signs ---

ALWAYS_INLINE bool horizontal32(struct x86 *c, const struct insn *i, bool is_memory,
                                binary32_fn *op)
{
    struct x86_xmm source;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &source)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    u32 a[4], b[4];
    split32(&c->s.xmm[i->reg], a);
    split32(&source, b);
    u32 result[4] = {op(&s, a[0], a[1]), op(&s, a[2], a[3]), op(&s, b[0], b[1]),
                     op(&s, b[2], b[3])};
    if (!sse_float_end(c, &s)) {
        return false;
    }
    c->s.xmm[i->reg] = merge32(result);
    return true;
}

ALWAYS_INLINE bool horizontal64(struct x86 *c, const struct insn *i, bool is_memory,
                                binary64_fn *op)
{
    struct x86_xmm b;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &b)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    struct x86_xmm a = c->s.xmm[i->reg];
    a.lo = op(&s, a.lo, a.hi);
    a.hi = op(&s, b.lo, b.hi);
    if (!sse_float_end(c, &s)) {
        return false;
    }
    c->s.xmm[i->reg] = a;
    return true;
}

FORMS(sse_haddps, horizontal32, float32_add)
FORMS(sse_haddpd, horizontal64, float64_add)
FORMS(sse_hsubps, horizontal32, float32_sub)
FORMS(sse_hsubpd, horizontal64, float64_sub)

// ADDSUBPS, ADDSUBPD: even lanes are subtracted, odd ones added.
ALWAYS_INLINE bool alternating32(struct x86 *c, const struct insn *i, bool is_memory,
                                 binary32_fn *even, binary32_fn *odd)
{
    struct x86_xmm source;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &source)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    u32 a[4], b[4];
    split32(&c->s.xmm[i->reg], a);
    split32(&source, b);
    for (unsigned n = 0; n < 4; n += 2) {
        a[n] = even(&s, a[n], b[n]);
        a[n + 1] = odd(&s, a[n + 1], b[n + 1]);
    }
    if (!sse_float_end(c, &s)) {
        return false;
    }
    c->s.xmm[i->reg] = merge32(a);
    return true;
}

ALWAYS_INLINE bool alternating64(struct x86 *c, const struct insn *i, bool is_memory,
                                 binary64_fn *even, binary64_fn *odd)
{
    struct x86_xmm b;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &b)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    struct x86_xmm a = c->s.xmm[i->reg];
    a.lo = even(&s, a.lo, b.lo);
    a.hi = odd(&s, a.hi, b.hi);
    if (!sse_float_end(c, &s)) {
        return false;
    }
    c->s.xmm[i->reg] = a;
    return true;
}

FORMS(sse_addsubps, alternating32, float32_sub, float32_add)
FORMS(sse_addsubpd, alternating64, float64_sub, float64_add)

// --- comparisons to masks ---

enum { // sets of enum float_relation, as bits
    SET_LESS = 1 << FLOAT_LESS,
    SET_EQUAL = 1 << FLOAT_EQUAL,
    SET_GREATER = 1 << FLOAT_GREATER,
    SET_UNORDERED = 1 << FLOAT_UNORDERED,
};

// [SDM2] CMPPD table 3-1: by bits 1:0 of the immediate, the relations for which the answer is yes.
// Bit 2 inverts the answer.
static const u8 predicate_relations[4] = {
    SET_EQUAL,
    SET_LESS,
    SET_LESS | SET_EQUAL,
    SET_UNORDERED,
};

static bool predicate_holds(u32 predicate, enum float_relation relation)
{
    bool is_member = predicate_relations[predicate & 3] >> relation & 1;
    return is_member != ((predicate & 4) != 0);
}

// LT and LE, with their opposites, complain of quiet NaNs too.
static bool predicate_is_quiet(u32 predicate)
{
    return (predicate & 3) == 0 || (predicate & 3) == 3;
}

static u32 compare32(struct float_status *s, u32 a, u32 b, u32 predicate)
{
    enum float_relation relation =
        predicate_is_quiet(predicate) ? float32_compare_quiet(s, a, b) : float32_compare(s, a, b);
    return predicate_holds(predicate, relation) ? 0xffffffff : 0;
}

static u64 compare64(struct float_status *s, u64 a, u64 b, u32 predicate)
{
    enum float_relation relation =
        predicate_is_quiet(predicate) ? float64_compare_quiet(s, a, b) : float64_compare(s, a, b);
    return predicate_holds(predicate, relation) ? ~(u64)0 : 0;
}

ALWAYS_INLINE bool compare_packed32(struct x86 *c, const struct insn *i, bool is_memory)
{
    struct x86_xmm source;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &source)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    u32 a[4], b[4];
    split32(&c->s.xmm[i->reg], a);
    split32(&source, b);
    for (unsigned n = 0; n < 4; n++) {
        a[n] = compare32(&s, a[n], b[n], i->imm);
    }
    if (!sse_float_end(c, &s)) {
        return false;
    }
    c->s.xmm[i->reg] = merge32(a);
    return true;
}

ALWAYS_INLINE bool compare_packed64(struct x86 *c, const struct insn *i, bool is_memory)
{
    struct x86_xmm b;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &b)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    struct x86_xmm a = c->s.xmm[i->reg];
    a.lo = compare64(&s, a.lo, b.lo, i->imm);
    a.hi = compare64(&s, a.hi, b.hi, i->imm);
    if (!sse_float_end(c, &s)) {
        return false;
    }
    c->s.xmm[i->reg] = a;
    return true;
}

ALWAYS_INLINE bool compare_scalar(struct x86 *c, const struct insn *i, bool is_memory,
                                  unsigned bits)
{
    u64 b;
    if (!sse_ready(c) || !xmm_operand_low(c, i, is_memory, bits, &b)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    u64 a = c->s.xmm[i->reg].lo;
    a = bits == 32 ? compare32(&s, (u32)a, (u32)b, i->imm) : compare64(&s, a, b, i->imm);
    if (!sse_float_end(c, &s)) {
        return false;
    }
    xmm_write_low(c, i->reg, bits, a);
    return true;
}

HANDLER(sse_cmpps_r, compare_packed32(c, i, false))
HANDLER(sse_cmpps_m, compare_packed32(c, i, true))
HANDLER(sse_cmppd_r, compare_packed64(c, i, false))
HANDLER(sse_cmppd_m, compare_packed64(c, i, true))
FORMS(sse_cmpss, compare_scalar, 32)
FORMS(sse_cmpsd, compare_scalar, 64)

// --- comparisons to flags ---

// [SDM2] COMISD; OF, SF and AF become 0.
static const u8 relation_flags[] = {
    [FLOAT_LESS] = X86_CF,
    [FLOAT_EQUAL] = X86_ZF,
    [FLOAT_GREATER] = 0,
    [FLOAT_UNORDERED] = X86_ZF | X86_PF | X86_CF,
};

ALWAYS_INLINE bool compare_flags(struct x86 *c, const struct insn *i, bool is_memory, unsigned bits,
                                 bool is_quiet)
{
    u64 b;
    if (!sse_ready(c) || !xmm_operand_low(c, i, is_memory, bits, &b)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    u64 a = c->s.xmm[i->reg].lo;
    enum float_relation relation;
    if (bits == 32) {
        relation = is_quiet ? float32_compare_quiet(&s, (u32)a, (u32)b)
                            : float32_compare(&s, (u32)a, (u32)b);
    } else {
        relation = is_quiet ? float64_compare_quiet(&s, a, b) : float64_compare(&s, a, b);
    }
    if (!sse_float_end(c, &s)) {
        return false;
    }
    flags_set_arithmetic(c, relation_flags[relation]);
    return true;
}

FORMS(sse_comiss, compare_flags, 32, false)
FORMS(sse_comisd, compare_flags, 64, false)
FORMS(sse_ucomiss, compare_flags, 32, true)
FORMS(sse_ucomisd, compare_flags, 64, true)
