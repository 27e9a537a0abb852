// What the MMX and SSE handlers share: the checks before an instruction, operands, and the way in
// which one line makes the register and the memory form of a handler.
//
// A body is `bool body(c, i, is_memory, ...)` and returns false after a fault, having changed
// nothing. is_memory and the rest are constants at every use, and bodies are inlined into their
// handlers.
#pragma once

#include "cpu/x86/access.h"
#include "cpu/x86/dispatch.h"
#include "cpu/x86/ops.h"

// clang-format off
#define HANDLER(name, ...)                                                                         \
    OP(name) { if (UNLIKELY(!(__VA_ARGS__))) { LEAVE; } NEXT; }

#define FORMS(name, body, ...)                                                                     \
    HANDLER(name##_r, body(c, i, false, __VA_ARGS__))                                              \
    HANDLER(name##_m, body(c, i, true, __VA_ARGS__))
// clang-format on

// --- checks, [SDM2] tables 2-21 to 2-24, [SDM3] 12 and 13 ---

void sse_unavailable(struct x86 *c); // raises what keeps SSE from working: #UD or #NM
bool mmx_unavailable(struct x86 *c); // the same for MMX, and #MF; true: go on after all

ALWAYS_INLINE bool sse_ready(struct x86 *c)
{
    u64 obstacles = (c->s.cr0 & (X86_CR0_EM | X86_CR0_TS)) | (~c->s.cr4 & X86_CR4_OSFXSR);
    if (UNLIKELY(obstacles)) {
        sse_unavailable(c);
        return false;
    }
    return true;
}

#define X87_ERROR_SUMMARY 0x80u // FSW.ES: an unmasked x87 exception is pending

ALWAYS_INLINE bool mmx_ready(struct x86 *c)
{
    u64 obstacles = (c->s.cr0 & (X86_CR0_EM | X86_CR0_TS)) | (c->s.fpu.status & X87_ERROR_SUMMARY);
    return LIKELY(!obstacles) || mmx_unavailable(c);
}

// --- MMX registers ---

// Every MMX instruction makes all registers valid and TOP zero ([SDM3] 12.2). Called after the last
// possible fault.
ALWAYS_INLINE void mmx_enter(struct x86 *c)
{
    c->s.fpu.top = 0;
    c->s.fpu.empty = 0;
}

ALWAYS_INLINE u64 mmx_read(const struct x86 *c, unsigned n)
{
    return c->s.fpu.fpr[n].mantissa;
}

ALWAYS_INLINE void mmx_write(struct x86 *c, unsigned n, u64 value)
{
    mmx_enter(c);
    c->s.fpu.fpr[n].mantissa = value;
    c->s.fpu.fpr[n].sign_exponent = 0xffff;
}

// Qq; Qd with `bits` 32.
ALWAYS_INLINE bool mmx_operand(struct x86 *c, const struct insn *i, bool is_memory, unsigned bits,
                               u64 *value)
{
    if (is_memory) {
        return x86_load(c, i->seg, ea(c, i), bits, value);
    }
    *value = mmx_read(c, i->rm);
    return true;
}

// --- XMM registers ---

// Wps, Wpd, Wdq: in memory on a 16-byte boundary.
ALWAYS_INLINE bool xmm_operand(struct x86 *c, const struct insn *i, bool is_memory,
                               struct x86_xmm *value)
{
    if (is_memory) {
        return x86_load128(c, i->seg, ea(c, i), true, value);
    }
    *value = c->s.xmm[i->rm];
    return true;
}

// Wss, Wsd, Wq, Wd: the low 32 or 64 bits.
ALWAYS_INLINE bool xmm_operand_low(struct x86 *c, const struct insn *i, bool is_memory,
                                   unsigned bits, u64 *value)
{
    if (is_memory) {
        return x86_load(c, i->seg, ea(c, i), bits, value);
    }
    *value = bits == 32 ? (u32)c->s.xmm[i->rm].lo : c->s.xmm[i->rm].lo;
    return true;
}

// Lane 0 to 3 of a register seen as four doublewords.
ALWAYS_INLINE u32 xmm_lane32(const struct x86_xmm *v, unsigned n)
{
    return (u32)((n & 2 ? v->hi : v->lo) >> (n & 1) * 32);
}

ALWAYS_INLINE u64 xmm_lane64(const struct x86_xmm *v, unsigned n)
{
    return n & 1 ? v->hi : v->lo;
}

ALWAYS_INLINE u64 join32(u32 low, u32 high)
{
    return low | (u64)high << 32;
}

// The low 32 or 64 bits of a register; the rest stays.
ALWAYS_INLINE void xmm_write_low(struct x86 *c, unsigned n, unsigned bits, u64 value)
{
    u64 *low = &c->s.xmm[n].lo;
    *low = bits == 32 ? (*low & ~(u64)0xffffffff) | (u32)value : value;
}

// --- private to the SIMD files ---

// MASKMOVQ, MASKMOVDQU (op_sse_int.c): stores the bytes of `value` that `mask` selects at DS:rDI.
NODISCARD bool simd_store_masked(struct x86 *c, const struct insn *i, struct x86_xmm value,
                                 u32 mask);
