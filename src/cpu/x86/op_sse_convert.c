// SSE conversions between single, double and integers, in XMM, MMX and general registers. [SDM1]
// 11.4.1.6, [SDM2].
#include "cpu/x86/simd_float.h"

typedef i32 to_int32_from32_fn(struct float_status *s, u32 a);
typedef i32 to_int32_from64_fn(struct float_status *s, u64 a);

// --- between the floating-point formats ---

ALWAYS_INLINE bool narrow(struct x86 *c, const struct insn *i, bool is_memory, bool is_packed)
{
    struct x86_xmm b = {0};
    if (!sse_ready(c) || !(is_packed ? xmm_operand(c, i, is_memory, &b)
                                     : xmm_operand_low(c, i, is_memory, 64, &b.lo))) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    u32 low = float64_to_float32(&s, b.lo);
    u32 high = is_packed ? float64_to_float32(&s, b.hi) : 0;
    if (!sse_float_end(c, &s)) {
        return false;
    }
    if (is_packed) {
        c->s.xmm[i->reg] = (struct x86_xmm){.lo = join32(low, high)};
    } else {
        xmm_write_low(c, i->reg, 32, low);
    }
    return true;
}

ALWAYS_INLINE bool widen(struct x86 *c, const struct insn *i, bool is_memory, bool is_packed)
{
    u64 b;
    if (!sse_ready(c) || !xmm_operand_low(c, i, is_memory, is_packed ? 64 : 32, &b)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    u64 low = float32_to_float64(&s, (u32)b);
    u64 high = is_packed ? float32_to_float64(&s, (u32)(b >> 32)) : c->s.xmm[i->reg].hi;
    if (!sse_float_end(c, &s)) {
        return false;
    }
    c->s.xmm[i->reg] = (struct x86_xmm){.lo = low, .hi = high};
    return true;
}

FORMS(sse_cvtpd2ps, narrow, true)
FORMS(sse_cvtsd2ss, narrow, false)
FORMS(sse_cvtps2pd, widen, true)
FORMS(sse_cvtss2sd, widen, false)

// --- packed integers in XMM registers ---

ALWAYS_INLINE bool from_int32(struct x86 *c, const struct insn *i, bool is_memory)
{
    struct x86_xmm b;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &b)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    u32 lane[4];
    for (unsigned n = 0; n < 4; n++) {
        lane[n] = float32_from_int32(&s, (i32)xmm_lane32(&b, n));
    }
    if (!sse_float_end(c, &s)) {
        return false;
    }
    c->s.xmm[i->reg] =
        (struct x86_xmm){.lo = join32(lane[0], lane[1]), .hi = join32(lane[2], lane[3])};
    return true;
}

ALWAYS_INLINE bool from32_to_int32(struct x86 *c, const struct insn *i, bool is_memory,
                                   to_int32_from32_fn *convert)
{
    struct x86_xmm b;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &b)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    u32 lane[4];
    for (unsigned n = 0; n < 4; n++) {
        lane[n] = (u32)convert(&s, xmm_lane32(&b, n));
    }
    if (!sse_float_end(c, &s)) {
        return false;
    }
    c->s.xmm[i->reg] =
        (struct x86_xmm){.lo = join32(lane[0], lane[1]), .hi = join32(lane[2], lane[3])};
    return true;
}

ALWAYS_INLINE bool from64_to_int32(struct x86 *c, const struct insn *i, bool is_memory,
                                   to_int32_from64_fn *convert)
{
    struct x86_xmm b;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &b)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    u32 low = (u32)convert(&s, b.lo), high = (u32)convert(&s, b.hi);
    if (!sse_float_end(c, &s)) {
        return false;
    }
    c->s.xmm[i->reg] = (struct x86_xmm){.lo = join32(low, high)};
    return true;
}

// CVTDQ2PD is exact.
ALWAYS_INLINE bool from_int32_to64(struct x86 *c, const struct insn *i, bool is_memory)
{
    u64 b;
    if (!sse_ready(c) || !xmm_operand_low(c, i, is_memory, 64, &b)) {
        return false;
    }
    c->s.xmm[i->reg] = (struct x86_xmm){.lo = float64_from_int32((i32)b),
                                        .hi = float64_from_int32((i32)(b >> 32))};
    return true;
}

HANDLER(sse_cvtdq2ps_r, from_int32(c, i, false))
HANDLER(sse_cvtdq2ps_m, from_int32(c, i, true))
HANDLER(sse_cvtdq2pd_r, from_int32_to64(c, i, false))
HANDLER(sse_cvtdq2pd_m, from_int32_to64(c, i, true))
FORMS(sse_cvtps2dq, from32_to_int32, float32_to_int32)
FORMS(sse_cvttps2dq, from32_to_int32, float32_truncate_to_int32)
FORMS(sse_cvtpd2dq, from64_to_int32, float64_to_int32)
FORMS(sse_cvttpd2dq, from64_to_int32, float64_truncate_to_int32)

// --- packed integers in MMX registers ---

// CVTPI2PS counts as an MMX instruction even with its operand in memory ([SDM2]).
ALWAYS_INLINE bool from_mmx_to32(struct x86 *c, const struct insn *i, bool is_memory)
{
    u64 b;
    if (!sse_ready(c) || !mmx_ready(c) || !mmx_operand(c, i, is_memory, 64, &b)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    u32 low = float32_from_int32(&s, (i32)b), high = float32_from_int32(&s, (i32)(b >> 32));
    if (!sse_float_end(c, &s)) {
        return false;
    }
    mmx_enter(c);
    c->s.xmm[i->reg].lo = join32(low, high);
    return true;
}

// CVTPI2PD: from memory it has nothing to do with MMX.
ALWAYS_INLINE bool from_mmx_to64(struct x86 *c, const struct insn *i, bool is_memory)
{
    u64 b;
    if (!sse_ready(c) || !(is_memory || mmx_ready(c)) || !mmx_operand(c, i, is_memory, 64, &b)) {
        return false;
    }
    if (!is_memory) {
        mmx_enter(c);
    }
    c->s.xmm[i->reg] = (struct x86_xmm){.lo = float64_from_int32((i32)b),
                                        .hi = float64_from_int32((i32)(b >> 32))};
    return true;
}

ALWAYS_INLINE bool from32_to_mmx(struct x86 *c, const struct insn *i, bool is_memory,
                                 to_int32_from32_fn *convert)
{
    u64 b;
    if (!sse_ready(c) || !mmx_ready(c) || !xmm_operand_low(c, i, is_memory, 64, &b)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    u32 low = (u32)convert(&s, (u32)b), high = (u32)convert(&s, (u32)(b >> 32));
    if (!sse_float_end(c, &s)) {
        return false;
    }
    mmx_write(c, i->reg, join32(low, high));
    return true;
}

ALWAYS_INLINE bool from64_to_mmx(struct x86 *c, const struct insn *i, bool is_memory,
                                 to_int32_from64_fn *convert)
{
    struct x86_xmm b;
    if (!sse_ready(c) || !mmx_ready(c) || !xmm_operand(c, i, is_memory, &b)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    u32 low = (u32)convert(&s, b.lo), high = (u32)convert(&s, b.hi);
    if (!sse_float_end(c, &s)) {
        return false;
    }
    mmx_write(c, i->reg, join32(low, high));
    return true;
}

HANDLER(sse_cvtpi2ps_r, from_mmx_to32(c, i, false))
HANDLER(sse_cvtpi2ps_m, from_mmx_to32(c, i, true))
HANDLER(sse_cvtpi2pd_r, from_mmx_to64(c, i, false))
HANDLER(sse_cvtpi2pd_m, from_mmx_to64(c, i, true))
FORMS(sse_cvtps2pi, from32_to_mmx, float32_to_int32)
FORMS(sse_cvttps2pi, from32_to_mmx, float32_truncate_to_int32)
FORMS(sse_cvtpd2pi, from64_to_mmx, float64_to_int32)
FORMS(sse_cvttpd2pi, from64_to_mmx, float64_truncate_to_int32)

// --- general registers; 64 bits wide with REX.W ---

ALWAYS_INLINE bool from_general(struct x86 *c, const struct insn *i, bool is_memory, unsigned bits)
{
    bool is_64 = (i->flags & INSN_OPERAND_64) != 0;
    u64 b = c->s.r[i->rm];
    if (!sse_ready(c)) {
        return false;
    }
    if (is_memory &&
        !(is_64 ? x86_load(c, i->seg, ea(c, i), 64, &b) : x86_load(c, i->seg, ea(c, i), 32, &b))) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    u64 result;
    if (bits == 32) {
        result = is_64 ? float32_from_int64(&s, (i64)b) : float32_from_int32(&s, (i32)b);
    } else {
        result = is_64 ? float64_from_int64(&s, (i64)b) : float64_from_int32((i32)b);
    }
    if (!sse_float_end(c, &s)) {
        return false;
    }
    xmm_write_low(c, i->reg, bits, result);
    return true;
}

FORMS(sse_cvtsi2ss, from_general, 32)
FORMS(sse_cvtsi2sd, from_general, 64)

static u64 to_integer(struct float_status *s, u64 a, unsigned bits, bool is_64, bool is_truncated)
{
    if (is_truncated) {
        s->rounding = FLOAT_ROUND_ZERO;
    }
    u64 result;
    if (bits == 32) {
        result = is_64 ? (u64)float32_to_int64(s, (u32)a) : (u32)float32_to_int32(s, (u32)a);
    } else {
        result = is_64 ? (u64)float64_to_int64(s, a) : (u32)float64_to_int32(s, a);
    }
    return result;
}

ALWAYS_INLINE bool to_general(struct x86 *c, const struct insn *i, bool is_memory, unsigned bits,
                              bool is_truncated)
{
    u64 a;
    if (!sse_ready(c) || !xmm_operand_low(c, i, is_memory, bits, &a)) {
        return false;
    }
    struct float_status s = sse_float_begin(c);
    u64 result = to_integer(&s, a, bits, (i->flags & INSN_OPERAND_64) != 0, is_truncated);
    if (!sse_float_end(c, &s)) {
        return false;
    }
    c->s.r[i->reg] = result;
    return true;
}

FORMS(sse_cvtss2si, to_general, 32, false)
FORMS(sse_cvttss2si, to_general, 32, true)
FORMS(sse_cvtsd2si, to_general, 64, false)
FORMS(sse_cvttsd2si, to_general, 64, true)
