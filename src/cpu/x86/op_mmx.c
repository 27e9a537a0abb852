// MMX: integers in 64 bits, in the mantissas of the x87 registers. With the instructions that SSE
// and SSE2 added for them. [SDM1] 9, [SDM2], [SDM3] 12.
#include "cpu/x86/simd.h"
#include "cpu/x86/simd_lanes.h"

typedef u64 lanes_fn(u64 a, u64 b);

// --- arithmetic, comparisons, logic, shifts, packs ---

ALWAYS_INLINE bool binary(struct x86 *c, const struct insn *i, bool is_memory, lanes_fn *lanes)
{
    u64 b;
    if (!mmx_ready(c) || !mmx_operand(c, i, is_memory, 64, &b)) {
        return false;
    }
    mmx_write(c, i->reg, lanes(mmx_read(c, i->reg), b));
    return true;
}

ALWAYS_INLINE bool shift_by_immediate(struct x86 *c, const struct insn *i, lanes_fn *lanes)
{
    if (!mmx_ready(c)) {
        return false;
    }
    mmx_write(c, i->rm, lanes(mmx_read(c, i->rm), i->imm));
    return true;
}

// clang-format off
#define BINARY(x) FORMS(mmx_##x, binary, lanes_##x)
#define SHIFT(x)                                                                                   \
    FORMS(mmx_##x, binary, lanes_##x)                                                              \
    HANDLER(mmx_##x##_imm, shift_by_immediate(c, i, lanes_##x))
#define PACK(x) FORMS(mmx_##x, binary, lanes_##x)
#include "cpu/x86/simd_lanes.def"
#undef BINARY
#undef SHIFT
#undef PACK
// clang-format on

// --- unpacks ---

// The low form reads only 32 bits of memory.
ALWAYS_INLINE bool unpack_low(struct x86 *c, const struct insn *i, bool is_memory, lanes_fn *lanes)
{
    u64 b;
    if (!mmx_ready(c) || !mmx_operand(c, i, is_memory, 32, &b)) {
        return false;
    }
    mmx_write(c, i->reg, lanes(mmx_read(c, i->reg), b));
    return true;
}

ALWAYS_INLINE bool unpack_high(struct x86 *c, const struct insn *i, bool is_memory, lanes_fn *lanes)
{
    u64 b;
    if (!mmx_ready(c) || !mmx_operand(c, i, is_memory, 64, &b)) {
        return false;
    }
    mmx_write(c, i->reg, lanes(mmx_read(c, i->reg) >> 32, b >> 32));
    return true;
}

FORMS(mmx_punpcklbw, unpack_low, lanes_interleavebw)
FORMS(mmx_punpcklwd, unpack_low, lanes_interleavewd)
FORMS(mmx_punpckldq, unpack_low, lanes_interleavedq)
FORMS(mmx_punpckhbw, unpack_high, lanes_interleavebw)
FORMS(mmx_punpckhwd, unpack_high, lanes_interleavewd)
FORMS(mmx_punpckhdq, unpack_high, lanes_interleavedq)

// --- moves ---

// MOVD from a general register or memory; 64 bits with REX.W.
ALWAYS_INLINE bool load_general(struct x86 *c, const struct insn *i, bool is_memory)
{
    bool is_64 = (i->flags & INSN_OPERAND_64) != 0;
    u64 value = is_64 ? c->s.r[i->rm] : (u32)c->s.r[i->rm];
    if (!mmx_ready(c)) {
        return false;
    }
    if (is_memory && !(is_64 ? x86_load(c, i->seg, ea(c, i), 64, &value)
                             : x86_load(c, i->seg, ea(c, i), 32, &value))) {
        return false;
    }
    mmx_write(c, i->reg, value);
    return true;
}

ALWAYS_INLINE bool store_general(struct x86 *c, const struct insn *i, bool is_memory)
{
    bool is_64 = (i->flags & INSN_OPERAND_64) != 0;
    u64 value = mmx_read(c, i->reg);
    if (!mmx_ready(c)) {
        return false;
    }
    if (!is_memory) {
        reg_write(c, i->rm, is_64 ? 64 : 32, value);
    } else if (!(is_64 ? x86_store(c, i->seg, ea(c, i), 64, value)
                       : x86_store(c, i->seg, ea(c, i), 32, value))) {
        return false;
    }
    mmx_enter(c);
    return true;
}

HANDLER(mmx_movd_load_r, load_general(c, i, false))
HANDLER(mmx_movd_load_m, load_general(c, i, true))
HANDLER(mmx_movd_store_r, store_general(c, i, false))
HANDLER(mmx_movd_store_m, store_general(c, i, true))

ALWAYS_INLINE bool load(struct x86 *c, const struct insn *i, bool is_memory, unsigned bits)
{
    u64 value;
    if (!mmx_ready(c) || !mmx_operand(c, i, is_memory, bits, &value)) {
        return false;
    }
    mmx_write(c, i->reg, value);
    return true;
}

ALWAYS_INLINE bool store(struct x86 *c, const struct insn *i, bool is_memory, unsigned bits)
{
    u64 value = mmx_read(c, i->reg);
    if (!mmx_ready(c)) {
        return false;
    }
    if (!is_memory) {
        mmx_write(c, i->rm, value);
        return true;
    }
    if (!x86_store(c, i->seg, ea(c, i), bits, value)) {
        return false;
    }
    mmx_enter(c);
    return true;
}

FORMS(mmx_movq_load, load, 64)
FORMS(mmx_movq_store, store, 64) // and MOVNTQ

// --- shuffles, single words, masks ---

ALWAYS_INLINE bool shuffle(struct x86 *c, const struct insn *i, bool is_memory, unsigned bits)
{
    u64 value;
    if (!mmx_ready(c) || !mmx_operand(c, i, is_memory, bits, &value)) {
        return false;
    }
    mmx_write(c, i->reg, shuffle16(value, i->imm));
    return true;
}

FORMS(mmx_pshufw, shuffle, 64)

ALWAYS_INLINE bool insert_word(struct x86 *c, const struct insn *i, bool is_memory, unsigned bits)
{
    u64 value = c->s.r[i->rm];
    if (!mmx_ready(c) || (is_memory && !x86_load(c, i->seg, ea(c, i), bits, &value))) {
        return false;
    }
    unsigned at = (i->imm & 3) * 16;
    u64 others = mmx_read(c, i->reg) & ~((u64)0xffff << at);
    mmx_write(c, i->reg, others | (value & 0xffff) << at);
    return true;
}

FORMS(mmx_pinsrw, insert_word, 16)

OP(mmx_pextrw)
{
    if (!mmx_ready(c)) {
        LEAVE;
    }
    reg_write(c, i->reg, 32, (u16)(mmx_read(c, i->rm) >> (i->imm & 3) * 16));
    mmx_enter(c);
    NEXT;
}

OP(mmx_pmovmskb)
{
    if (!mmx_ready(c)) {
        LEAVE;
    }
    reg_write(c, i->reg, 32, sign_bits8(mmx_read(c, i->rm)));
    mmx_enter(c);
    NEXT;
}

OP(mmx_maskmovq)
{
    struct x86_xmm value = {.lo = mmx_read(c, i->reg)};
    if (!mmx_ready(c) || !simd_store_masked(c, i, value, sign_bits8(mmx_read(c, i->rm)))) {
        LEAVE;
    }
    mmx_enter(c);
    NEXT;
}

// --- to and from XMM registers ---

OP(sse_movq2dq)
{
    if (!sse_ready(c) || !mmx_ready(c)) {
        LEAVE;
    }
    mmx_enter(c);
    c->s.xmm[i->reg] = (struct x86_xmm){.lo = mmx_read(c, i->rm)};
    NEXT;
}

OP(sse_movdq2q)
{
    if (!sse_ready(c) || !mmx_ready(c)) {
        LEAVE;
    }
    mmx_write(c, i->reg, c->s.xmm[i->rm].lo);
    NEXT;
}

// EMMS: all registers empty, for x87 code to come.
OP(mmx_emms)
{
    if (!mmx_ready(c)) {
        LEAVE;
    }
    mmx_enter(c);
    c->s.fpu.empty = 0xff;
    NEXT;
}
