// Segment registers: MOV, PUSH, POP, and LDS and its like. [SDM2], [SDM3] 6.8.3
#include "cpu/x86/op_system.h"

// After a load of ES, DS, FS or GS: into the next block, of another mode if flatness has changed.
static const struct insn *after_segment(struct x86 *c, const struct insn *i, bool is_done)
{
    if (!is_done) {
        return NULL;
    }
    return x86_jump_find(c, i, (u32)(c->block_rip + i->next), X86_NO_LINK);
}

// After a load of SS: the next instruction belongs to it. [SDM3] 6.8.3
static const struct insn *after_stack_segment(struct x86 *c, bool is_done)
{
    if (!is_done) {
        return NULL;
    }
    c->s.inhibit = X86_INHIBIT_IRQ | X86_INHIBIT_DEBUG;
    return leave_next(c);
}

OP(mov_ES_r)
{
    reg_write(c, i->rm, is_16(i) ? 16 : 32, c->s.seg[i->reg].selector);
    NEXT;
}

OP(mov_ES_m)
{
    return next_if(i, x86_store(c, i->seg, ea(c, i), 16, c->s.seg[i->reg].selector));
}

OP(mov_SE_r)
{
    return after_segment(c, i, x86_load_segment(c, i->reg, (u16)c->s.r[i->rm]));
}

OP(mov_SE_m)
{
    u64 v;
    return after_segment(
        c, i, x86_load(c, i->seg, ea(c, i), 16, &v) && x86_load_segment(c, i->reg, (u16)v));
}

OP(mov_SS_r)
{
    return after_stack_segment(c, x86_load_segment(c, X86_SS, (u16)c->s.r[i->rm]));
}

OP(mov_SS_m)
{
    u64 v;
    return after_stack_segment(c, x86_load(c, i->seg, ea(c, i), 16, &v) &&
                                      x86_load_segment(c, X86_SS, (u16)v));
}

// With a 32-bit operand size a word is written and the other half of the slot left alone, as newer
// processors do ([SDM2] PUSH).
static const struct insn *push_segment(struct x86 *c, const struct insn *i, unsigned seg)
{
    u64 offset = stack_offset(c, is_16(i) ? 0 - 2ull : 0 - 4ull);
    if (!x86_store(c, stack_segment(i), offset, 16, c->s.seg[seg].selector)) {
        return NULL;
    }
    stack_set(c, offset);
    return i + 1;
}

static bool pop_segment(struct x86 *c, const struct insn *i, unsigned seg)
{
    u64 v;
    u64 offset = stack_offset(c, is_16(i) ? 2 : 4);
    u64 mask = c->stack_mask;
    if (!x86_peek(c, i, 16, &v) || !x86_load_segment(c, seg, (u16)v)) {
        return false;
    }
    c->s.r[X86_RSP] = (c->s.r[X86_RSP] & (u32)~mask) | offset; // by the width of the old stack
    return true;
}

OP(push_ES)
{
    return push_segment(c, i, X86_ES);
}

OP(push_CS)
{
    return push_segment(c, i, X86_CS);
}

OP(push_SS)
{
    return push_segment(c, i, X86_SS);
}

OP(push_DS)
{
    return push_segment(c, i, X86_DS);
}

OP(push_FS)
{
    return push_segment(c, i, X86_FS);
}

OP(push_GS)
{
    return push_segment(c, i, X86_GS);
}

OP(pop_ES)
{
    return after_segment(c, i, pop_segment(c, i, X86_ES));
}

OP(pop_SS)
{
    return after_stack_segment(c, pop_segment(c, i, X86_SS));
}

OP(pop_DS)
{
    return after_segment(c, i, pop_segment(c, i, X86_DS));
}

OP(pop_FS)
{
    return after_segment(c, i, pop_segment(c, i, X86_FS));
}

OP(pop_GS)
{
    return after_segment(c, i, pop_segment(c, i, X86_GS));
}

// LES, LDS, LSS, LFS, LGS: offset, then selector.
static const struct insn *load_far(struct x86 *c, const struct insn *i, unsigned seg)
{
    unsigned bytes = is_16(i) ? 2 : 4;
    u64 offset, selector, at = ea(c, i);
    bool is_good =
        bytes == 2 ? x86_load(c, i->seg, at, 16, &offset) : x86_load(c, i->seg, at, 32, &offset);
    if (!is_good || !x86_load(c, i->seg, (at + bytes) & i->address_mask, 16, &selector) ||
        !x86_load_segment(c, seg, (u16)selector)) {
        return NULL;
    }
    reg_write(c, i->reg, bytes * 8, offset);
    return x86_jump_find(c, i, (u32)(c->block_rip + i->next), X86_NO_LINK);
}

OP(les)
{
    return load_far(c, i, X86_ES);
}

OP(lds)
{
    return load_far(c, i, X86_DS);
}

OP(lss)
{
    return load_far(c, i, X86_SS);
}

OP(lfs)
{
    return load_far(c, i, X86_FS);
}

OP(lgs)
{
    return load_far(c, i, X86_GS);
}
