// Far transfers of control: JMP and CALL, direct, indirect, through gates and to tasks.
//
// Sources: their pseudo-code in [SDM2]; [SDM3] 5.8 for gates and privilege, 7 for tasks.
#include "cpu/x86/op_far.h"

// Where a transfer goes: s.rip is set once it has succeeded.
struct target {
    u16 selector;
    u32 offset;
};

static unsigned lesser_privilege(const struct x86 *c, u16 selector)
{
    unsigned rpl = selector & 3;
    return rpl > c->s.cpl ? rpl : c->s.cpl;
}

// --- JMP and CALL ---

enum transfer { JUMP, CALL };

// Pushes CS and RIP for CALL; everything else has been checked. `bytes` by operand or gate.
static bool push_return(struct x86 *c, enum transfer kind, unsigned bytes)
{
    if (kind == JUMP) {
        return true;
    }
    struct x86_frame f = x86_frame_here(c);
    if (!x86_frame_probe(c, &f, 2, bytes, c->s.cpl)) {
        return false;
    }
    x86_frame_push(c, &f, bytes, c->s.seg[X86_CS].selector);
    x86_frame_push(c, &f, bytes, x86_next_rip(c));
    x86_frame_set_sp(c, &f);
    return true;
}

static bool transfer_real(struct x86 *c, enum transfer kind, struct target t, unsigned bytes)
{
    if (t.offset > c->s.seg[X86_CS].limit) {
        return raise_gp0(c);
    }
    if (!push_return(c, kind, bytes)) {
        return false;
    }
    x86_set_real_segment(c, X86_CS, t.selector);
    c->s.rip = t.offset;
    return true;
}

static bool enter_same(struct x86 *c, enum transfer kind, struct descriptor *code, u32 offset,
                       unsigned bytes)
{
    if (!descriptor_is_present(code)) {
        return x86_raise_selector(c, X86_NP, code->selector);
    }
    if (offset > descriptor_limit(code)) {
        return raise_gp0(c);
    }
    if (!x86_set_accessed(c, code) || !push_return(c, kind, bytes)) {
        return false;
    }
    set_code(c, code, offset);
    return true;
}

static bool transfer_to_code(struct x86 *c, enum transfer kind, struct target t,
                             struct descriptor *code, unsigned bytes)
{
    unsigned dpl = descriptor_dpl(code);
    bool is_allowed = descriptor_is_conforming(code)
                          ? dpl <= c->s.cpl
                          : dpl == c->s.cpl && (t.selector & 3u) <= c->s.cpl;
    if (!is_allowed) {
        return x86_raise_selector(c, X86_GP, t.selector);
    }
    return enter_same(c, kind, code, t.offset, bytes);
}

enum { MAX_PARAMETERS = 31 };

static bool read_parameters(struct x86 *c, unsigned count, unsigned bytes, u64 *values)
{
    for (unsigned n = 0; n < count; n++) {
        u64 offset = stack_offset(c, (u64)n * bytes);
        if (bytes == 2 ? !x86_load(c, X86_SS, offset, 16, &values[n])
                       : !x86_load(c, X86_SS, offset, 32, &values[n])) {
            return false;
        }
    }
    return true;
}

// CALL through a gate to an inner level: another stack, with the parameters copied to it.
static bool call_inner(struct x86 *c, const struct descriptor *gate, struct descriptor *code)
{
    u64 parameters[MAX_PARAMETERS];
    unsigned count = gate->high & 31, cpl = descriptor_dpl(code);
    unsigned bytes = descriptor_type(gate) & X86_TYPE_WIDE ? 4 : 2;
    struct x86_frame f;
    struct descriptor stack;
    if (!descriptor_is_present(code)) {
        return x86_raise_selector(c, X86_NP, code->selector);
    }
    if (!x86_tss_stack(c, cpl, &f, &stack) || !x86_frame_probe(c, &f, 4 + count, bytes, cpl)) {
        return false;
    }
    if (gate_offset(gate) > descriptor_limit(code)) {
        return raise_gp0(c);
    }
    if (!read_parameters(c, count, bytes, parameters) || !x86_set_accessed(c, code)) {
        return false;
    }
    x86_set_cpl(c, cpl);
    x86_frame_push(c, &f, bytes, c->s.seg[X86_SS].selector);
    x86_frame_push(c, &f, bytes, c->s.r[X86_RSP]);
    while (count > 0) {
        x86_frame_push(c, &f, bytes, parameters[--count]);
    }
    x86_frame_push(c, &f, bytes, c->s.seg[X86_CS].selector);
    x86_frame_push(c, &f, bytes, x86_next_rip(c));
    x86_set_segment(c, X86_SS, f.seg.selector, &stack);
    x86_frame_set_sp(c, &f);
    set_code(c, code, gate_offset(gate));
    return true;
}

static bool transfer_by_gate(struct x86 *c, enum transfer kind, const struct descriptor *gate)
{
    struct descriptor code;
    u16 selector = gate_selector(gate);
    unsigned bytes = descriptor_type(gate) & X86_TYPE_WIDE ? 4 : 2;
    if (x86_is_null(selector)) {
        return raise_gp0(c);
    }
    if (!x86_fetch_descriptor(c, selector, X86_GP, &code)) {
        return false;
    }
    unsigned dpl = descriptor_dpl(&code);
    bool is_conforming = descriptor_is_conforming(&code);
    bool must_stay = kind == JUMP && !is_conforming;
    if (!descriptor_is_code(&code) || dpl > c->s.cpl || (must_stay && dpl != c->s.cpl)) {
        return x86_raise_selector(c, X86_GP, selector);
    }
    if (kind == CALL && !is_conforming && dpl < c->s.cpl) {
        return call_inner(c, gate, &code);
    }
    return enter_same(c, kind, &code, gate_offset(gate), bytes);
}

static bool transfer_to_task(struct x86 *c, enum transfer kind, u16 selector)
{
    struct descriptor tss;
    return x86_check_tss(c, selector, false, X86_GP, &tss) &&
           x86_switch_task(c, selector, kind == CALL ? X86_TASK_CALL : X86_TASK_JMP,
                           x86_next_rip(c), x86_eflags(c), false, 0);
}

static bool transfer_to_system(struct x86 *c, enum transfer kind, struct target t,
                               const struct descriptor *d)
{
    enum {
        TSS = 1 << X86_TYPE_TSS16 | 1 << X86_TYPE_TSS32,
        GATES = 1 << X86_TYPE_CALL_GATE16 | 1 << X86_TYPE_CALL_GATE32 | 1 << X86_TYPE_TASK_GATE
    };
    unsigned type = descriptor_type(d);
    if (!(((TSS | GATES) >> type) & 1) || descriptor_dpl(d) < lesser_privilege(c, t.selector)) {
        return x86_raise_selector(c, X86_GP, t.selector);
    }
    if (!descriptor_is_present(d)) {
        return x86_raise_selector(c, X86_NP, t.selector);
    }
    if ((TSS >> type) & 1) {
        return transfer_to_task(c, kind, t.selector);
    }
    return type == X86_TYPE_TASK_GATE ? transfer_to_task(c, kind, gate_selector(d))
                                      : transfer_by_gate(c, kind, d);
}

static bool transfer(struct x86 *c, enum transfer kind, struct target t, unsigned bytes)
{
    struct descriptor d;
    if (!x86_is_protected(c)) {
        return transfer_real(c, kind, t, bytes);
    }
    if (x86_is_null(t.selector)) {
        return raise_gp0(c);
    }
    if (!x86_fetch_descriptor(c, t.selector, X86_GP, &d)) {
        return false;
    }
    if (descriptor_is_system(&d)) {
        return transfer_to_system(c, kind, t, &d);
    }
    if (!descriptor_is_code(&d)) {
        return x86_raise_selector(c, X86_GP, t.selector);
    }
    return transfer_to_code(c, kind, t, &d, bytes);
}

static struct target direct_target(const struct insn *i)
{
    return (struct target){.selector = (u16)i->disp, .offset = i->imm};
}

static bool load_target(struct x86 *c, const struct insn *i, struct target *t)
{
    unsigned bytes = operand_bytes(i);
    u64 offset, selector, at = ea(c, i);
    bool is_good =
        bytes == 2 ? x86_load(c, i->seg, at, 16, &offset) : x86_load(c, i->seg, at, 32, &offset);
    if (!is_good || !x86_load(c, i->seg, (at + bytes) & i->address_mask, 16, &selector)) {
        return false;
    }
    *t = (struct target){.selector = (u16)selector, .offset = (u32)offset};
    return true;
}

OP(jmp_far)
{
    return arrive(c, transfer(c, JUMP, direct_target(i), operand_bytes(i)));
}

OP(call_far)
{
    return arrive(c, transfer(c, CALL, direct_target(i), operand_bytes(i)));
}

OP(jmp_far_m)
{
    struct target t;
    return arrive(c, load_target(c, i, &t) && transfer(c, JUMP, t, operand_bytes(i)));
}

OP(call_far_m)
{
    struct target t;
    return arrive(c, load_target(c, i, &t) && transfer(c, CALL, t, operand_bytes(i)));
}
