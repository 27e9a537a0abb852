// What the far transfers of control (op_far.c, op_return.c) share.
#pragma once

#include "cpu/x86/op_system.h"

static inline unsigned operand_bytes(const struct insn *i)
{
    return is_16(i) ? 2 : 4;
}

// After a transfer: s.rip holds the new RIP; after a task switch there is no block any more.
static inline const struct insn *arrive(struct x86 *c, bool is_done)
{
    if (is_done && c->block) {
        return leave_at(c, c->s.rip);
    }
    return NULL;
}

static inline void set_code(struct x86 *c, const struct descriptor *code, u32 offset)
{
    x86_set_segment(c, X86_CS, (u16)((code->selector & 0xfffc) | c->s.cpl), code);
    c->s.rip = offset;
}
