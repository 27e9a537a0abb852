// PUSHF, POPF, CLI, STI: what each privilege level and virtual-8086 mode may see and change.
// [SDM2], [SDM3] 20.3
#include "cpu/x86/op_system.h"

// PUSHF and POPF in virtual-8086 mode below IOPL 3: with VME and 16 bits VIF stands for IF.
// [SDM3] 20.3.1
static bool is_virtual_if(const struct x86 *c)
{
    return x86_is_v86(c) && x86_iopl(c) < 3;
}

OP(pushf)
{
    u32 image = x86_eflags(c) & ~(u32)(X86_VM | X86_RF);
    if (UNLIKELY(is_virtual_if(c))) {
        if (!(c->s.cr4 & X86_CR4_VME) || !is_16(i)) {
            raise_gp0(c);
            LEAVE;
        }
        image = (image & ~(u32)X86_IF) | X86_IOPL | (image & X86_VIF ? X86_IF : 0);
    }
    return next_if(i, is_16(i) ? x86_push(c, i, 16, (u16)image) : x86_push(c, i, 32, image));
}

static bool pop_virtual_if(struct x86 *c, u32 image)
{
    if ((image & X86_TF) || ((image & X86_IF) && (c->s.eflags & X86_VIP))) {
        return raise_gp0(c);
    }
    c->s.eflags = (c->s.eflags & ~(u32)X86_VIF) | (image & X86_IF ? X86_VIF : 0);
    return true;
}

OP(popf)
{
    u64 image;
    u32 mask = X86_ARITHMETIC | X86_TF | X86_DF | X86_NT;
    bool is_virtual = is_virtual_if(c);
    if (UNLIKELY(is_virtual && (!(c->s.cr4 & X86_CR4_VME) || !is_16(i)))) {
        raise_gp0(c);
        LEAVE;
    }
    if (is_16(i) ? !x86_peek(c, i, 16, &image) : !x86_peek(c, i, 32, &image)) {
        LEAVE;
    }
    if (UNLIKELY(is_virtual) && !pop_virtual_if(c, (u32)image)) {
        LEAVE;
    }
    mask |= is_16(i) ? 0 : X86_AC | X86_ID;
    mask |= c->s.cpl <= x86_iopl(c) && !is_virtual ? X86_IF : 0;
    mask |= c->s.cpl == 0 ? X86_IOPL : 0;
    stack_set(c, stack_offset(c, is_16(i) ? 2 : 4));
    x86_set_eflags(c, ((u32)image & mask) | (x86_eflags(c) & ~(mask | X86_RF)));
    return leave_next(c);
}

// Who may change IF, and whether it is VIF that changes. [SDM2] CLI, table 3-7
static bool interrupt_flag(struct x86 *c, u32 *flag)
{
    *flag = X86_IF;
    if (LIKELY(c->s.cpl <= x86_iopl(c))) {
        return true;
    }
    *flag = X86_VIF;
    bool is_virtual =
        x86_is_v86(c) ? (c->s.cr4 & X86_CR4_VME) != 0 : c->s.cpl == 3 && (c->s.cr4 & X86_CR4_PVI);
    return is_virtual || raise_gp0(c);
}

OP(cli)
{
    u32 flag;
    if (!interrupt_flag(c, &flag)) {
        LEAVE;
    }
    c->s.eflags &= ~flag;
    NEXT;
}

OP(sti)
{
    u32 flag;
    if (!interrupt_flag(c, &flag)) {
        LEAVE;
    }
    if (flag == X86_VIF && (c->s.eflags & X86_VIP)) {
        raise_gp0(c);
        LEAVE;
    }
    if (flag == X86_IF && !(c->s.eflags & X86_IF)) {
        c->s.inhibit |= X86_INHIBIT_IRQ;
    }
    c->s.eflags |= flag;
    return leave_next(c);
}
