// SSE2: integers in XMM registers. [SDM1] 11.4.2, [SDM2].
#include "cpu/x86/simd.h"
#include "cpu/x86/simd_lanes.h"

typedef u64 lanes_fn(u64 a, u64 b);

// --- arithmetic, comparisons, logic, shifts, packs ---

ALWAYS_INLINE bool binary(struct x86 *c, const struct insn *i, bool is_memory, lanes_fn *lanes)
{
    struct x86_xmm b;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &b)) {
        return false;
    }
    struct x86_xmm *a = &c->s.xmm[i->reg];
    a->lo = lanes(a->lo, b.lo);
    a->hi = lanes(a->hi, b.hi);
    return true;
}

ALWAYS_INLINE bool shift(struct x86 *c, const struct insn *i, bool is_memory, lanes_fn *lanes)
{
    struct x86_xmm count;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &count)) {
        return false;
    }
    struct x86_xmm *a = &c->s.xmm[i->reg];
    a->lo = lanes(a->lo, count.lo);
    a->hi = lanes(a->hi, count.lo);
    return true;
}

ALWAYS_INLINE bool shift_by_immediate(struct x86 *c, const struct insn *i, lanes_fn *lanes)
{
    if (!sse_ready(c)) {
        return false;
    }
    struct x86_xmm *a = &c->s.xmm[i->rm];
    a->lo = lanes(a->lo, i->imm);
    a->hi = lanes(a->hi, i->imm);
    return true;
}

ALWAYS_INLINE bool pack(struct x86 *c, const struct insn *i, bool is_memory, lanes_fn *lanes)
{
    struct x86_xmm b;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &b)) {
        return false;
    }
    struct x86_xmm *a = &c->s.xmm[i->reg];
    a->lo = lanes(a->lo, a->hi);
    a->hi = lanes(b.lo, b.hi);
    return true;
}

// clang-format off
#define BINARY(x) FORMS(sse_##x, binary, lanes_##x)
#define SHIFT(x)                                                                                   \
    FORMS(sse_##x, shift, lanes_##x)                                                               \
    HANDLER(sse_##x##_imm, shift_by_immediate(c, i, lanes_##x))
#define PACK(x) FORMS(sse_##x, pack, lanes_##x)
#include "cpu/x86/simd_lanes.def"
#undef BINARY
#undef SHIFT
#undef PACK
// clang-format on

// PSLLDQ, PSRLDQ: the whole register, by bytes.
OP(sse_pslldq)
{
    if (!sse_ready(c)) {
        LEAVE;
    }
    struct x86_xmm *a = &c->s.xmm[i->rm];
    unsigned shift_bits = i->imm > 15 ? 128 : i->imm * 8;
    if (shift_bits >= 64) {
        a->hi = lanes_psllq(a->lo, shift_bits - 64);
        a->lo = 0;
    } else if (shift_bits > 0) {
        a->hi = a->hi << shift_bits | a->lo >> (64 - shift_bits);
        a->lo <<= shift_bits;
    }
    NEXT;
}

OP(sse_psrldq)
{
    if (!sse_ready(c)) {
        LEAVE;
    }
    struct x86_xmm *a = &c->s.xmm[i->rm];
    unsigned shift_bits = i->imm > 15 ? 128 : i->imm * 8;
    if (shift_bits >= 64) {
        a->lo = lanes_psrlq(a->hi, shift_bits - 64);
        a->hi = 0;
    } else if (shift_bits > 0) {
        a->lo = a->lo >> shift_bits | a->hi << (64 - shift_bits);
        a->hi >>= shift_bits;
    }
    NEXT;
}

// --- unpacks; also UNPCKLPS and the like, which are the same thing ---

ALWAYS_INLINE bool unpack_low(struct x86 *c, const struct insn *i, bool is_memory, lanes_fn *lanes)
{
    struct x86_xmm b;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &b)) {
        return false;
    }
    struct x86_xmm *a = &c->s.xmm[i->reg];
    a->hi = lanes(a->lo >> 32, b.lo >> 32);
    a->lo = lanes(a->lo, b.lo);
    return true;
}

ALWAYS_INLINE bool unpack_high(struct x86 *c, const struct insn *i, bool is_memory, lanes_fn *lanes)
{
    struct x86_xmm b;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &b)) {
        return false;
    }
    struct x86_xmm *a = &c->s.xmm[i->reg];
    a->lo = lanes(a->hi, b.hi);
    a->hi = lanes(a->hi >> 32, b.hi >> 32);
    return true;
}

FORMS(sse_punpcklbw, unpack_low, lanes_interleavebw)
FORMS(sse_punpcklwd, unpack_low, lanes_interleavewd)
FORMS(sse_punpckldq, unpack_low, lanes_interleavedq)
FORMS(sse_punpckhbw, unpack_high, lanes_interleavebw)
FORMS(sse_punpckhwd, unpack_high, lanes_interleavewd)
FORMS(sse_punpckhdq, unpack_high, lanes_interleavedq)

// PUNPCKLQDQ and PUNPCKHQDQ: lane `n` of each operand.
ALWAYS_INLINE bool unpack64(struct x86 *c, const struct insn *i, bool is_memory, unsigned n)
{
    struct x86_xmm b;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &b)) {
        return false;
    }
    struct x86_xmm *a = &c->s.xmm[i->reg];
    *a = (struct x86_xmm){.lo = xmm_lane64(a, n), .hi = xmm_lane64(&b, n)};
    return true;
}

FORMS(sse_punpcklqdq, unpack64, 0)
FORMS(sse_punpckhqdq, unpack64, 1)

// --- shuffles ---

enum shuffled { SHUFFLE_LOW_WORDS, SHUFFLE_HIGH_WORDS, SHUFFLE_DOUBLEWORDS };

ALWAYS_INLINE bool shuffle(struct x86 *c, const struct insn *i, bool is_memory, enum shuffled what)
{
    struct x86_xmm b;
    if (!sse_ready(c) || !xmm_operand(c, i, is_memory, &b)) {
        return false;
    }
    u32 order = i->imm;
    struct x86_xmm result = b;
    if (what == SHUFFLE_LOW_WORDS) {
        result.lo = shuffle16(b.lo, order);
    } else if (what == SHUFFLE_HIGH_WORDS) {
        result.hi = shuffle16(b.hi, order);
    } else {
        result.lo = join32(xmm_lane32(&b, order & 3), xmm_lane32(&b, order >> 2 & 3));
        result.hi = join32(xmm_lane32(&b, order >> 4 & 3), xmm_lane32(&b, order >> 6 & 3));
    }
    c->s.xmm[i->reg] = result;
    return true;
}

FORMS(sse_pshuflw, shuffle, SHUFFLE_LOW_WORDS)
FORMS(sse_pshufhw, shuffle, SHUFFLE_HIGH_WORDS)
FORMS(sse_pshufd, shuffle, SHUFFLE_DOUBLEWORDS)

// --- single words, masks ---

ALWAYS_INLINE bool insert_word(struct x86 *c, const struct insn *i, bool is_memory, unsigned bits)
{
    u64 value = c->s.r[i->rm];
    if (!sse_ready(c) || (is_memory && !x86_load(c, i->seg, ea(c, i), bits, &value))) {
        return false;
    }
    u64 *half = i->imm & 4 ? &c->s.xmm[i->reg].hi : &c->s.xmm[i->reg].lo;
    unsigned at = (i->imm & 3) * 16;
    *half = (*half & ~((u64)0xffff << at)) | (value & 0xffff) << at;
    return true;
}

FORMS(sse_pinsrw, insert_word, 16)

OP(sse_pextrw)
{
    if (!sse_ready(c)) {
        LEAVE;
    }
    u64 half = xmm_lane64(&c->s.xmm[i->rm], i->imm >> 2 & 1);
    reg_write(c, i->reg, 32, (u16)(half >> (i->imm & 3) * 16));
    NEXT;
}

OP(sse_pmovmskb)
{
    if (!sse_ready(c)) {
        LEAVE;
    }
    const struct x86_xmm *a = &c->s.xmm[i->rm];
    reg_write(c, i->reg, 32, sign_bits8(a->lo) | sign_bits8(a->hi) << 8);
    NEXT;
}

OP(sse_maskmovdqu)
{
    const struct x86_xmm *mask = &c->s.xmm[i->rm];
    u32 bytes = sign_bits8(mask->lo) | sign_bits8(mask->hi) << 8;
    if (!sse_ready(c) || !simd_store_masked(c, i, c->s.xmm[i->reg], bytes)) {
        LEAVE;
    }
    NEXT;
}

// Stores the bytes of `value` whose bits in `mask` are set at DS:rDI (the segment may be
// overridden). Without any, nothing is accessed; otherwise all from the first to the last selected
// must be writable, before any is written ([SDM2] MASKMOVQ leaves both to the implementation).
bool simd_store_masked(struct x86 *c, const struct insn *i, struct x86_xmm value, u32 mask)
{
    u64 start = c->s.r[X86_RDI] & i->address_mask;
    unsigned first = 0, end = 16;
    while (first < end && !(mask >> first & 1)) {
        first++;
    }
    while (end > first && !(mask >> (end - 1) & 1)) {
        end--;
    }
    if (first < end && !x86_probe(c, i->seg, start + first, end - first, X86_WRITE)) {
        return false;
    }
    for (unsigned n = first; n < end; n++) {
        u64 byte = xmm_lane64(&value, n >> 3) >> (n & 7) * 8;
        if ((mask >> n & 1) && !x86_store(c, i->seg, start + n, 8, (u8)byte)) {
            return false;
        }
    }
    return true;
}
