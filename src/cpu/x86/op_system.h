// What the handlers of the system instructions (op_segment.c, op_flag.c, op_control.c,
// op_protect.c, op_system.c) share: privilege, word operands, and how an instruction ends.
#pragma once

#include "cpu/x86/descriptor.h"
#include "cpu/x86/dispatch.h"
#include "cpu/x86/flags.h"
#include "cpu/x86/ops.h"

static inline bool raise_gp0(struct x86 *c)
{
    return x86_raise_error(c, X86_GP, 0);
}

static inline bool is_level_0(struct x86 *c)
{
    return c->s.cpl == 0 || raise_gp0(c);
}

static inline bool is_16(const struct insn *i)
{
    return (i->flags & INSN_OPERAND_16) != 0;
}

// The 16-bit operand E.
static inline bool load_word(struct x86 *c, const struct insn *i, bool is_memory, u16 *value)
{
    u64 v = c->s.r[i->rm];
    if (is_memory && !x86_load(c, i->seg, ea(c, i), 16, &v)) {
        return false;
    }
    *value = (u16)v;
    return true;
}

// To E: a word in memory, a register of operand size.
static inline bool store_word(struct x86 *c, const struct insn *i, bool is_memory, u32 value)
{
    if (is_memory) {
        return x86_store(c, i->seg, ea(c, i), 16, (u16)value);
    }
    reg_write(c, i->rm, is_16(i) ? 16 : 32, value);
    return true;
}

static inline void set_zf(struct x86 *c, bool is_set)
{
    u32 flags = flags_arithmetic(c) & ~(u32)X86_ZF;
    flags_set_arithmetic(c, is_set ? flags | X86_ZF : flags);
}

// Ends the instruction: on to the next one, or out with the fault.
static inline const struct insn *next_if(const struct insn *i, bool is_done)
{
    if (!is_done) {
        return NULL;
    }
    return i + 1;
}

static inline const struct insn *leave_next_if(struct x86 *c, bool is_done)
{
    if (!is_done) {
        return NULL;
    }
    return leave_next(c);
}
