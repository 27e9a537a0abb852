// Near jumps, conditional jumps, loops, calls and returns. Targets of relative ones are kept as
// distances from the start of the block (insn.disp), to be cut to the operand size by the mask in
// insn.imm.
#include "cpu/x86/condition.h"
#include "cpu/x86/ops.h"
#include "cpu/x86/width.h"

enum { FALL_THROUGH, TAKEN };

ALWAYS_INLINE const struct insn *jump_if(struct x86 *c, const struct insn *i, bool is_taken)
{
    if (!is_taken) {
        return jump_linked(c, i->next, 0xffffffff, FALL_THROUGH);
    }
    if (!check_target(c, (u32)(c->block_rip + i->disp) & i->imm)) {
        LEAVE;
    }
    return jump_linked(c, i->disp, i->imm, TAKEN);
}

// clang-format off
#define JUMP(name, condition) OP(name) { return jump_if(c, i, flag_condition(c, condition)); }
CONDITIONS(JUMP, j)
// clang-format on

OP(jmp_J)
{
    return jump_if(c, i, true);
}

// (E)CX by address size.
static u32 counter(const struct x86 *c, const struct insn *i)
{
    return (u32)c->s.r[X86_RCX] & i->address_mask;
}

static void set_counter(struct x86 *c, const struct insn *i, u32 value)
{
    reg_write(c, X86_RCX, i->flags & INSN_ADDRESS_32 ? 32 : 16, value);
}

// LOOP changes the counter only if the jump, when taken, is allowed.
static const struct insn *loop_if(struct x86 *c, const struct insn *i, bool condition)
{
    u32 left = (counter(c, i) - 1) & i->address_mask;
    bool is_taken = left != 0 && condition;
    if (is_taken && !check_target(c, (u32)(c->block_rip + i->disp) & i->imm)) {
        LEAVE;
    }
    set_counter(c, i, left);
    return jump_if(c, i, is_taken);
}

OP(loop)
{
    return loop_if(c, i, true);
}

OP(loope)
{
    return loop_if(c, i, flag_z(c));
}

OP(loopne)
{
    return loop_if(c, i, !flag_z(c));
}

OP(jcxz)
{
    return jump_if(c, i, counter(c, i) == 0);
}

// clang-format off
#define BITS 16
#include "cpu/x86/op_branch.inc"
#undef BITS
#define BITS 32
#include "cpu/x86/op_branch.inc"
#undef BITS
#define BITS 64
#include "cpu/x86/op_branch.inc"
#undef BITS
// clang-format on
