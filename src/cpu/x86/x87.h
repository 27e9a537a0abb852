// What the x87 handlers share: the checks before an instruction, the register stack, and how flags
// get into the status word.
//
// A body is `bool body(c, i, ...)` and returns false after a fault, having changed nothing. The
// further arguments are constants at every use, and bodies are inlined into their handlers. The
// order within a body: checks (#NM, #MF), loads from memory, pointers, stack faults, arithmetic,
// stores to memory, registers. Sources: [SDM1] 8, [SDM3] 6.15 (#NM, #MF).
#pragma once

#include "cpu/x86/access.h"
#include "cpu/x86/dispatch.h"
#include "cpu/x86/float80.h"
#include "cpu/x86/ops.h"

// clang-format off
#define HANDLER(name, ...)                                                                         \
    OP(name) { if (UNLIKELY(!(__VA_ARGS__))) { LEAVE; } NEXT; }
// clang-format on

enum x87_status_bit { // FSW, without TOP
    X87_STACK_FAULT = 1u << 6,
    X87_ES = 1u << 7, // an unmasked exception is pending
    X87_C0 = 1u << 8,
    X87_C1 = 1u << 9,
    X87_C2 = 1u << 10,
    X87_TOP = 7u << 11,
    X87_C3 = 1u << 14,
    X87_BUSY = 1u << 15, // the same as ES since the 387

    X87_CONDITIONS = X87_C0 | X87_C1 | X87_C2 | X87_C3,
    X87_TOP_SHIFT = 11,
    X87_C1_SHIFT = 9,
};

// --- checks, op_x87_state.c ---

bool x87_unavailable(struct x86 *c); // raises #NM or #MF: false; true: go on after all

// Instructions that report a pending exception first: all but the FN... ones.
ALWAYS_INLINE bool x87_ready(struct x86 *c)
{
    u64 obstacles = (c->s.cr0 & (X86_CR0_EM | X86_CR0_TS)) | (c->s.fpu.status & X87_ES);
    return LIKELY(!obstacles) || x87_unavailable(c);
}

// The others.
ALWAYS_INLINE bool x87_ready_no_wait(struct x86 *c)
{
    return LIKELY(!(c->s.cr0 & (X86_CR0_EM | X86_CR0_TS))) || x86_raise(c, X86_NM);
}

// --- the pointers to the last instruction and operand, [SDM1] 8.1.8 ---

// The decoder leaves FOP in bits 10:0 of `imm` and the operand's segment, flat or not, above.
ALWAYS_INLINE void x87_note(struct x86 *c, const struct insn *i)
{
    struct x86_fpu *f = &c->s.fpu;
    f->opcode = i->imm & 0x7ff;
    f->code_selector = c->s.seg[X86_CS].selector;
    f->code_offset = c->block_rip + i->next - i->length;
}

ALWAYS_INLINE void x87_note_memory(struct x86 *c, const struct insn *i)
{
    x87_note(c, i);
    c->s.fpu.data_selector = c->s.seg[i->imm >> 16].selector;
    c->s.fpu.data_offset = ea(c, i);
}

// --- the register stack ---

ALWAYS_INLINE struct float80 x87_st(const struct x86_fpu *f, unsigned n)
{
    return f->fpr[(f->top + n) & 7];
}

ALWAYS_INLINE bool x87_is_empty(const struct x86_fpu *f, unsigned n)
{
    return (f->empty >> ((f->top + n) & 7)) & 1;
}

// Also marks the register as valid.
ALWAYS_INLINE void x87_write(struct x86_fpu *f, unsigned n, struct float80 value)
{
    unsigned at = (f->top + n) & 7;
    f->fpr[at] = value;
    f->empty &= (u8) ~(1u << at);
}

ALWAYS_INLINE void x87_push(struct x86_fpu *f, struct float80 value)
{
    f->top = (f->top - 1) & 7;
    x87_write(f, 0, value);
}

ALWAYS_INLINE void x87_free(struct x86_fpu *f, unsigned n)
{
    f->empty |= (u8)(1u << ((f->top + n) & 7));
}

ALWAYS_INLINE void x87_pop(struct x86_fpu *f)
{
    x87_free(f, 0);
    f->top = (f->top + 1) & 7;
}

// --- flags ---

// Invalid operation by use of an empty (C1 = 0) or a full (C1 = 1) register. True: it is masked,
// the masked response (default NaN) is due. op_x87_state.c.
NODISCARD bool x87_stack_underflow(struct x86_fpu *f);
NODISCARD bool x87_stack_overflow(struct x86_fpu *f);
// The masked response of an instruction that pushes.
void x87_push_overflow(struct x86_fpu *f);

ALWAYS_INLINE struct float_status x87_float_status(const struct x86_fpu *f)
{
    return float_status_from_x87(f->control);
}

// Adds what an operation raised to the status word. True: the operation stands; false: an unmasked
// exception found before it leaves the operands alone.
NODISCARD ALWAYS_INLINE bool x87_settle(struct x86_fpu *f, const struct float_status *s)
{
    unsigned pending = float_unmasked(s) ? X87_ES | X87_BUSY : 0;
    f->status = (u16)((f->status & ~(unsigned)X87_C1) | s->flags |
                      (unsigned)s->rounded_up << X87_C1_SHIFT | pending);
    return LIKELY(!float_stops_x87(s));
}

ALWAYS_INLINE void x87_set_conditions(struct x86_fpu *f, unsigned conditions)
{
    f->status = (u16)((f->status & ~(unsigned)X87_CONDITIONS) | conditions);
}

ALWAYS_INLINE void x87_clear_c1(struct x86_fpu *f)
{
    f->status &= (u16)~X87_C1;
}
