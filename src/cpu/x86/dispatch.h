// The three dispatch macros that every op_FAMILY.c is written with.
//
//   OP(add_EG_r32) { ...; NEXT; }
//
// NEXT goes on to the instruction behind this one; LEAVE returns to the run loop (after a fault, or
// with s.rip set). Natively NEXT is a call in tail position, which the compiler turns into a jump,
// so that each handler ends in an indirect jump of its own; where it does not (no optimisation,
// sanitizers) the stack grows by the length of one block at most, because every block ends by
// returning. With VT_LOOP_DISPATCH it returns, and the run loop calls.
#pragma once

#include "cpu/x86/x86.h"

#define OP(name) const struct insn *op_##name(struct x86 *c UNUSED, const struct insn *i UNUSED)

#ifdef VT_LOOP_DISPATCH
#define NEXT return i + 1
#else
#define NEXT return dispatch(c, i + 1)
#endif

#define LEAVE return NULL

ALWAYS_INLINE const struct insn *dispatch(struct x86 *c, const struct insn *i)
{
    c->at = i;
    return i->fn(c, i);
}

// Ends the block at RIP `rip`, back to the run loop. Instructions of the block that have not run
// are given back.
ALWAYS_INLINE const struct insn *leave_at(struct x86 *c, u64 rip)
{
    c->budget += c->block->count - 1 - (c->at - c->block->insn);
    c->s.rip = rip;
    c->block = NULL;
    return NULL;
}

// The same after an instruction that changes what the next one may see (mode, interrupt flag, TLB
// ...).
ALWAYS_INLINE const struct insn *leave_next(struct x86 *c)
{
    return leave_at(c, x86_next_rip(c));
}

// --- from the last instruction of a block to another block, without the run loop if possible ---

// Out of line, block.c: to `rip`, which is below c->code_end. `link`: which link of the present
// block to remember the target in if it is in the same page at `rip` - c->block_rip; X86_NO_LINK:
// none.
enum { X86_NO_LINK = 2 };
const struct insn *x86_jump_find(struct x86 *c, u64 rip, unsigned link);

ALWAYS_INLINE const struct insn *enter_block(struct x86 *c, struct x86_block *b, u64 rip)
{
    c->budget -= b->count;
    c->block = b;
    c->block_rip = rip;
    return b->insn;
}

// To the fixed distance `distance` from the start of the block.
ALWAYS_INLINE const struct insn *jump_linked(struct x86 *c, u32 distance, u32 mask, unsigned link)
{
    u64 rip = (u32)(c->block_rip + distance);
    struct x86_block *b = c->block->link[link];
    if (LIKELY(b != NULL && b->mode == c->mode && c->budget >= b->count && rip <= mask &&
               rip + b->bytes <= c->code_end)) {
        return enter_block(c, b, rip);
    }
    return x86_jump_find(c, rip & mask, rip <= mask ? link : X86_NO_LINK);
}

// A near transfer of control must stay within the code segment: else #GP(0) at the instruction
// itself.
ALWAYS_INLINE bool check_target(struct x86 *c, u64 rip)
{
    return LIKELY(rip < c->code_end) || x86_raise_error(c, X86_GP, 0);
}
