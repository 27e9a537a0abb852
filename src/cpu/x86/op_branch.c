// Near jumps, conditional jumps, loops, calls and returns. Targets of relative ones are kept as
// distances from the start of the block (insn.disp), to be cut to the operand size by the mask in
// insn.imm.
#include "cpu/x86/branch.h"
#include "cpu/x86/condition.h"
#include "cpu/x86/ops.h"
#include "cpu/x86/width.h"

const struct insn *x86_bad_target(struct x86 *c, const struct insn *i)
{
    c->at = i;
    x86_raise_error(c, X86_GP, 0);
    return NULL;
}

// clang-format off
#define JUMP(name, condition) OP_PURE(name) { return jump_if(c, i, flag_condition(c, condition)); }
CONDITIONS(JUMP, j)
// clang-format on

OP_PURE(jmp_J)
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
    if (is_taken && !is_target_inside(c, (u32)(c->block_rip + i->disp) & i->imm)) {
        return x86_bad_target(c, i);
    }
    set_counter(c, i, left);
    return jump_if(c, i, is_taken);
}

OP_PURE(loop)
{
    return loop_if(c, i, true);
}

OP_PURE(loope)
{
    return loop_if(c, i, flag_z(c));
}

OP_PURE(loopne)
{
    return loop_if(c, i, !flag_z(c));
}

OP_PURE(jcxz)
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
