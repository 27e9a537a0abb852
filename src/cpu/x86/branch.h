// What near jumps have in common, the fused ones included.
#pragma once

#include "cpu/x86/dispatch.h"

enum { FALL_THROUGH, TAKEN }; // x86_block.link

// Ends the block with the relative jump `i`.
ALWAYS_INLINE const struct insn *jump_if(struct x86 *c, const struct insn *i, bool is_taken)
{
    return is_taken ? jump_linked(c, i, i->disp, i->imm, TAKEN)
                    : jump_linked(c, i, i->next, 0xffffffff, FALL_THROUGH);
}
