// SSE moves: between XMM registers, memory and general registers, without a look at what is moved.
// [SDM1] 10.4.1, 11.4.1, [SDM2].
#include "cpu/x86/simd.h"

// --- 128 bits: MOVAPS, MOVAPD, MOVDQA, MOVNTPS ... on a 16-byte boundary; MOVUPS, MOVUPD, MOVDQU,
// LDDQU anywhere ---

ALWAYS_INLINE bool load(struct x86 *c, const struct insn *i, bool is_memory, bool is_aligned)
{
    struct x86_xmm value = c->s.xmm[i->rm];
    if (!sse_ready(c) || (is_memory && !x86_load128(c, i->seg, ea(c, i), is_aligned, &value))) {
        return false;
    }
    c->s.xmm[i->reg] = value;
    return true;
}

ALWAYS_INLINE bool store(struct x86 *c, const struct insn *i, bool is_memory, bool is_aligned)
{
    const struct x86_xmm *value = &c->s.xmm[i->reg];
    if (!sse_ready(c)) {
        return false;
    }
    if (is_memory) {
        return x86_store128(c, i->seg, ea(c, i), is_aligned, value);
    }
    c->s.xmm[i->rm] = *value;
    return true;
}

FORMS(sse_mova_load, load, true)
FORMS(sse_movu_load, load, false)
FORMS(sse_mova_store, store, true)
FORMS(sse_movu_store, store, false)

// --- the low 32 or 64 bits ---

// MOVSS, MOVSD: a register leaves the rest of the destination alone, memory clears it.
ALWAYS_INLINE bool load_scalar(struct x86 *c, const struct insn *i, bool is_memory, unsigned bits)
{
    u64 value;
    if (!sse_ready(c) || !xmm_operand_low(c, i, is_memory, bits, &value)) {
        return false;
    }
    if (is_memory) {
        c->s.xmm[i->reg] = (struct x86_xmm){.lo = value};
    } else {
        xmm_write_low(c, i->reg, bits, value);
    }
    return true;
}

ALWAYS_INLINE bool store_scalar(struct x86 *c, const struct insn *i, bool is_memory, unsigned bits)
{
    u64 value = c->s.xmm[i->reg].lo;
    if (!sse_ready(c)) {
        return false;
    }
    if (is_memory) {
        return x86_store(c, i->seg, ea(c, i), bits, value);
    }
    xmm_write_low(c, i->rm, bits, value);
    return true;
}

FORMS(sse_movss_load, load_scalar, 32)
FORMS(sse_movsd_load, load_scalar, 64)
FORMS(sse_movss_store, store_scalar, 32)
FORMS(sse_movsd_store, store_scalar, 64) // to memory only: also MOVLPS, MOVLPD, MOVQ

// MOVQ clears the upper half of a destination register, whichever operand that is.
ALWAYS_INLINE bool load_quadword(struct x86 *c, const struct insn *i, bool is_memory, unsigned bits)
{
    u64 value;
    if (!sse_ready(c) || !xmm_operand_low(c, i, is_memory, bits, &value)) {
        return false;
    }
    c->s.xmm[i->reg] = (struct x86_xmm){.lo = value};
    return true;
}

ALWAYS_INLINE bool store_quadword(struct x86 *c, const struct insn *i, bool is_memory,
                                  unsigned bits)
{
    u64 value = c->s.xmm[i->reg].lo;
    if (!sse_ready(c)) {
        return false;
    }
    if (is_memory) {
        return x86_store(c, i->seg, ea(c, i), bits, value);
    }
    c->s.xmm[i->rm] = (struct x86_xmm){.lo = value};
    return true;
}

FORMS(sse_movq_load, load_quadword, 64)
FORMS(sse_movq_store, store_quadword, 64)

// --- halves ---

// MOVLPS and MOVHPS (and ..PD) from memory.
ALWAYS_INLINE bool load_half(struct x86 *c, const struct insn *i, bool is_high)
{
    u64 value;
    if (!sse_ready(c) || !x86_load(c, i->seg, ea(c, i), 64, &value)) {
        return false;
    }
    *(is_high ? &c->s.xmm[i->reg].hi : &c->s.xmm[i->reg].lo) = value;
    return true;
}

ALWAYS_INLINE bool store_half(struct x86 *c, const struct insn *i, bool is_high)
{
    u64 value = xmm_lane64(&c->s.xmm[i->reg], is_high);
    return sse_ready(c) && x86_store(c, i->seg, ea(c, i), 64, value);
}

HANDLER(sse_movlps_load, load_half(c, i, false))
HANDLER(sse_movhps_load, load_half(c, i, true))
HANDLER(sse_movlps_store, store_half(c, i, false))
HANDLER(sse_movhps_store, store_half(c, i, true))

OP(sse_movhlps)
{
    if (!sse_ready(c)) {
        LEAVE;
    }
    c->s.xmm[i->reg].lo = c->s.xmm[i->rm].hi;
    NEXT;
}

OP(sse_movlhps)
{
    if (!sse_ready(c)) {
        LEAVE;
    }
    c->s.xmm[i->reg].hi = c->s.xmm[i->rm].lo;
    NEXT;
}

// --- SSE3: with lanes doubled ---

ALWAYS_INLINE bool load_doubled(struct x86 *c, const struct insn *i, bool is_memory, unsigned bits)
{
    u64 value;
    if (!sse_ready(c) || !xmm_operand_low(c, i, is_memory, bits, &value)) {
        return false;
    }
    c->s.xmm[i->reg] = (struct x86_xmm){.lo = value, .hi = value};
    return true;
}

// MOVSLDUP takes lanes 0 and 2, MOVSHDUP 1 and 3.
ALWAYS_INLINE bool double_lanes(struct x86 *c, const struct insn *i, bool is_memory, unsigned first)
{
    struct x86_xmm b;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &b)) {
        return false;
    }
    u32 low = xmm_lane32(&b, first), high = xmm_lane32(&b, first + 2);
    c->s.xmm[i->reg] = (struct x86_xmm){.lo = join32(low, low), .hi = join32(high, high)};
    return true;
}

FORMS(sse_movddup, load_doubled, 64)
FORMS(sse_movsldup, double_lanes, 0)
FORMS(sse_movshdup, double_lanes, 1)

// --- shuffles ---

// Lanes 0 and 1 of the result come from the destination, 2 and 3 from the source.
ALWAYS_INLINE bool shuffle32(struct x86 *c, const struct insn *i, bool is_memory, unsigned mask)
{
    struct x86_xmm b;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &b)) {
        return false;
    }
    const struct x86_xmm a = c->s.xmm[i->reg];
    u32 order = i->imm;
    c->s.xmm[i->reg] = (struct x86_xmm){
        .lo = join32(xmm_lane32(&a, order & mask), xmm_lane32(&a, order >> 2 & mask)),
        .hi = join32(xmm_lane32(&b, order >> 4 & mask), xmm_lane32(&b, order >> 6 & mask)),
    };
    return true;
}

ALWAYS_INLINE bool shuffle64(struct x86 *c, const struct insn *i, bool is_memory, unsigned mask)
{
    struct x86_xmm b;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &b)) {
        return false;
    }
    u64 low = xmm_lane64(&c->s.xmm[i->reg], i->imm & mask);
    c->s.xmm[i->reg] = (struct x86_xmm){.lo = low, .hi = xmm_lane64(&b, i->imm >> 1 & mask)};
    return true;
}

FORMS(sse_shufps, shuffle32, 3)
FORMS(sse_shufpd, shuffle64, 1)

// --- general registers ---

// MOVD; 64 bits with REX.W.
ALWAYS_INLINE bool load_general(struct x86 *c, const struct insn *i, bool is_memory)
{
    bool is_64 = (i->flags & INSN_OPERAND_64) != 0;
    u64 value = is_64 ? c->s.r[i->rm] : (u32)c->s.r[i->rm];
    if (!sse_ready(c)) {
        return false;
    }
    if (is_memory && !(is_64 ? x86_load(c, i->seg, ea(c, i), 64, &value)
                             : x86_load(c, i->seg, ea(c, i), 32, &value))) {
        return false;
    }
    c->s.xmm[i->reg] = (struct x86_xmm){.lo = value};
    return true;
}

ALWAYS_INLINE bool store_general(struct x86 *c, const struct insn *i, bool is_memory)
{
    bool is_64 = (i->flags & INSN_OPERAND_64) != 0;
    u64 value = c->s.xmm[i->reg].lo;
    if (!sse_ready(c)) {
        return false;
    }
    if (is_memory) {
        return is_64 ? x86_store(c, i->seg, ea(c, i), 64, value)
                     : x86_store(c, i->seg, ea(c, i), 32, value);
    }
    reg_write(c, i->rm, is_64 ? 64 : 32, value);
    return true;
}

HANDLER(sse_movd_load_r, load_general(c, i, false))
HANDLER(sse_movd_load_m, load_general(c, i, true))
HANDLER(sse_movd_store_r, store_general(c, i, false))
HANDLER(sse_movd_store_m, store_general(c, i, true))

OP(sse_movmskps)
{
    if (!sse_ready(c)) {
        LEAVE;
    }
    u32 signs = 0;
    for (unsigned n = 0; n < 4; n++) {
        signs |= xmm_lane32(&c->s.xmm[i->rm], n) >> 31 << n;
    }
    reg_write(c, i->reg, 32, signs);
    NEXT;
}

OP(sse_movmskpd)
{
    if (!sse_ready(c)) {
        LEAVE;
    }
    const struct x86_xmm *a = &c->s.xmm[i->rm];
    reg_write(c, i->reg, 32, a->lo >> 63 | a->hi >> 63 << 1);
    NEXT;
}

// MOVNTI: an ordinary store of a general register; needs no SSE state.
OP(sse_movnti)
{
    bool is_64 = (i->flags & INSN_OPERAND_64) != 0;
    u64 value = c->s.r[i->reg];
    if (!(is_64 ? x86_store(c, i->seg, ea(c, i), 64, value)
                : x86_store(c, i->seg, ea(c, i), 32, value))) {
        LEAVE;
    }
    NEXT;
}
