// Far RET, IRET, and the INT family.
//
// Sources: their pseudo-code in [SDM2]; [SDM3] 5.8.6, 7.3 and, for virtual-8086 mode, 20.2
// and 20.3.
#include "cpu/x86/op_far.h"

// What lies on the stack, read without popping.
struct pops {
    unsigned bytes;
    u64 value[9];
};

static bool peek(struct x86 *c, struct pops *p, unsigned first, unsigned count, unsigned skip_bytes)
{
    for (unsigned n = first; n < first + count; n++) {
        u64 offset = stack_offset(c, (u64)n * p->bytes + skip_bytes);
        if (p->bytes == 2 ? !x86_load(c, X86_SS, offset, 16, &p->value[n])
                          : !x86_load(c, X86_SS, offset, 32, &p->value[n])) {
            return false;
        }
    }
    return true;
}

static void drop(struct x86 *c, u64 bytes)
{
    stack_set(c, stack_offset(c, bytes));
}

// The code segment that RET and IRET return to.
static bool check_return_code(struct x86 *c, u16 selector, struct descriptor *code)
{
    unsigned rpl = selector & 3;
    if (x86_is_null(selector)) {
        return raise_gp0(c);
    }
    if (!x86_fetch_descriptor(c, selector, X86_GP, code)) {
        return false;
    }
    unsigned dpl = descriptor_dpl(code);
    if (!descriptor_is_code(code) || rpl < c->s.cpl ||
        (descriptor_is_conforming(code) ? dpl > rpl : dpl != rpl)) {
        return x86_raise_selector(c, X86_GP, selector);
    }
    if (!descriptor_is_present(code)) {
        return x86_raise_selector(c, X86_NP, selector);
    }
    return true;
}

// Data segments that the outer level may not use become null. [SDM2] RET, RETURN-TO-OUTER
static void clear_inner_segments(struct x86 *c)
{
    static const u8 data[] = {X86_ES, X86_DS, X86_FS, X86_GS};
    for (unsigned n = 0; n < COUNT_OF(data); n++) {
        u16 a = c->s.seg[data[n]].attributes;
        bool is_conforming = (a & X86_ATTR_CODE) && (a & X86_ATTR_EXPAND_DOWN);
        bool is_inner = ((a >> X86_ATTR_DPL_SHIFT) & 3) < c->s.cpl;
        if ((a & X86_ATTR_P) && is_inner && !is_conforming) {
            x86_set_null_segment(c, data[n], 0);
        }
    }
}

// To the same or an outer level. `used` bytes lie on the stack up to SS:ESP of the outer one, of
// which `first` is the slot; `extra` bytes are dropped from the outer stack as well (RET n).
// Commits all but the flags.
static bool return_to(struct x86 *c, struct pops *p, unsigned first, unsigned extra)
{
    struct descriptor code, stack;
    u16 selector = (u16)p->value[1];
    u32 offset = (u32)p->value[0];
    if (!check_return_code(c, selector, &code)) {
        return false;
    }
    unsigned cpl = selector & 3;
    bool is_outer = cpl > c->s.cpl;
    if (is_outer) {
        if (!peek(c, p, first, 2, extra) ||
            !x86_check_stack(c, (u16)p->value[first + 1], cpl, X86_GP, &stack)) {
            return false;
        }
    }
    if (offset > descriptor_limit(&code)) {
        return raise_gp0(c);
    }
    if (!x86_set_accessed(c, &code)) {
        return false;
    }
    if (!is_outer) {
        drop(c, (u64)first * p->bytes + extra);
    } else {
        x86_set_cpl(c, cpl);
        x86_set_segment(c, X86_SS, (u16)p->value[first + 1], &stack);
        stack_set(c, p->value[first]); // of a 16-bit stack SP only
        drop(c, extra);
    }
    set_code(c, &code, offset);
    if (is_outer) {
        clear_inner_segments(c);
    }
    return true;
}

static bool return_far(struct x86 *c, unsigned bytes, unsigned extra)
{
    struct pops p = {.bytes = bytes};
    if (!peek(c, &p, 0, 2, 0)) {
        return false;
    }
    if (x86_is_protected(c)) {
        return return_to(c, &p, 2, extra);
    }
    if (p.value[0] > c->s.seg[X86_CS].limit) {
        return raise_gp0(c);
    }
    drop(c, 2 * bytes + extra);
    x86_set_real_segment(c, X86_CS, (u16)p.value[1]);
    c->s.rip = p.value[0];
    return true;
}

OP(ret_far)
{
    return arrive(c, return_far(c, operand_bytes(i), 0));
}

OP(ret_far_I)
{
    return arrive(c, return_far(c, operand_bytes(i), i->imm & 0xffff));
}

// Flags from a popped image: those in `mask`, and of a 16-bit image the low half only. RF matters
// only where there are breakpoints to resume over, and is dropped elsewhere: it ends with the next
// instruction anyhow.
static void set_flags(struct x86 *c, u64 image, u32 mask, unsigned bytes)
{
    mask &= bytes == 2 ? 0xffff : UINT32_MAX;
    if (!c->has_code_breakpoints) {
        image &= ~(u64)X86_RF;
    }
    x86_set_eflags(c, ((u32)image & mask) | (x86_eflags(c) & ~mask));
}

enum {
    ALWAYS = X86_ARITHMETIC | X86_TF | X86_DF | X86_NT | X86_RF | X86_AC | X86_ID,
    VIRTUAL = X86_VIF | X86_VIP,
};

static bool iret_real(struct x86 *c, struct pops *p)
{
    if (!peek(c, p, 0, 3, 0)) {
        return false;
    }
    if (p->value[0] > c->s.seg[X86_CS].limit) {
        return raise_gp0(c);
    }
    drop(c, 3u * p->bytes);
    x86_set_real_segment(c, X86_CS, (u16)p->value[1]);
    c->s.rip = p->value[0];
    u32 mask = ALWAYS | X86_IF;
    set_flags(c, p->value[2], x86_is_v86(c) ? mask : mask | X86_IOPL, p->bytes);
    return true;
}

// In virtual-8086 mode: IOPL 3, or the virtual interrupt flag of VME. [SDM3] 20.2.7, 20.3
static bool iret_v86(struct x86 *c, struct pops *p)
{
    if (x86_iopl(c) == 3) {
        return iret_real(c, p);
    }
    if (!(c->s.cr4 & X86_CR4_VME) || p->bytes != 2) {
        return raise_gp0(c);
    }
    if (!peek(c, p, 0, 3, 0)) {
        return false;
    }
    u32 image = (u32)p->value[2];
    if ((image & X86_TF) || ((image & X86_IF) && (c->s.eflags & X86_VIP)) ||
        p->value[0] > c->s.seg[X86_CS].limit) {
        return raise_gp0(c);
    }
    drop(c, 6);
    x86_set_real_segment(c, X86_CS, (u16)p->value[1]);
    c->s.rip = p->value[0];
    set_flags(c, image, ALWAYS, 2);
    c->s.eflags = (c->s.eflags & ~(u32)X86_VIF) | (image & X86_IF ? X86_VIF : 0);
    return true;
}

// From level 0 to virtual-8086 mode: EIP CS EFLAGS ESP SS ES DS FS GS.
static bool iret_to_v86(struct x86 *c, struct pops *p)
{
    static const u8 order[] = {X86_CS, X86_SS, X86_ES, X86_DS, X86_FS, X86_GS};
    static const u8 slot[] = {1, 4, 5, 6, 7, 8};
    if (!peek(c, p, 3, 6, 0)) {
        return false;
    }
    if (p->value[0] > 0xffff) {
        return raise_gp0(c);
    }
    set_flags(c, p->value[2], ALWAYS | X86_IF | X86_IOPL | VIRTUAL | X86_VM, 4);
    c->s.r[X86_RSP] = p->value[3];
    c->s.rip = p->value[0];
    for (unsigned n = 0; n < COUNT_OF(order); n++) {
        x86_set_real_segment(c, order[n], (u16)p->value[slot[n]]);
    }
    x86_set_cpl(c, 3);
    return true;
}

static bool iret_task(struct x86 *c)
{
    u64 link;
    struct descriptor tss;
    return x86_load_system(c, (u32)c->s.seg[X86_TR].base, 2, &link) &&
           x86_check_tss(c, (u16)link, true, X86_TS, &tss) &&
           x86_switch_task(c, (u16)link, X86_TASK_IRET, x86_next_rip(c), x86_eflags(c), false, 0);
}

static bool iret_protected(struct x86 *c, struct pops *p)
{
    if (c->s.eflags & X86_NT) {
        return iret_task(c);
    }
    if (!peek(c, p, 0, 3, 0)) {
        return false;
    }
    unsigned old_cpl = c->s.cpl;
    if (p->bytes == 4 && (p->value[2] & X86_VM) && old_cpl == 0) {
        return iret_to_v86(c, p);
    }
    u32 mask = ALWAYS;
    mask |= old_cpl <= x86_iopl(c) ? X86_IF : 0;
    mask |= old_cpl == 0 ? X86_IOPL | VIRTUAL : 0;
    if (!return_to(c, p, 3, 0)) {
        return false;
    }
    set_flags(c, p->value[2], mask, p->bytes);
    return true;
}

OP(iret)
{
    struct pops p = {.bytes = operand_bytes(i)};
    bool is_done = x86_is_v86(c)         ? iret_v86(c, &p)
                   : x86_is_protected(c) ? iret_protected(c, &p)
                                         : iret_real(c, &p);
    c->s.is_nmi_blocked = false; // even when it faults: [SDM3] 6.7.1
    return arrive(c, is_done);
}

// --- INT ---

OP(int_n)
{
    u64 next = x86_next_rip(c);
    return arrive(c, x86_software_interrupt(c, (u8)i->imm, X86_INT_N, next));
}

OP(int3)
{
    u64 next = x86_next_rip(c);
    return arrive(c, x86_software_interrupt(c, X86_BP, X86_INT3, next));
}

OP(int1)
{
    u64 next = x86_next_rip(c);
    return arrive(c, x86_software_interrupt(c, X86_DB, X86_INT1, next));
}

OP(into)
{
    if (!flag_o(c)) {
        return leave_next(c);
    }
    u64 next = x86_next_rip(c);
    return arrive(c, x86_software_interrupt(c, X86_OF_TRAP, X86_INTO, next));
}
