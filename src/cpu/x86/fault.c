// Exceptions and interrupts: from the vector to the first instruction of the handler.
//
// Everything here checks first and commits at the end, so that a delivery that fails leaves the
// state of the interrupted program as it was; the failure is then delivered in its place, or a
// double fault. Sources: [SDM3] 6.8 to 6.15 and 20.3, the pseudo-code of INT n in [SDM2].
#include "cpu/x86/descriptor.h"
#include "cpu/x86/flags.h"

bool x86_raise(struct x86 *c, u8 vector)
{
    if (c->fault.vector == X86_NO_FAULT) {
        c->fault = (struct x86_fault){.vector = vector};
    }
    return false;
}

bool x86_raise_error(struct x86 *c, u8 vector, u32 error)
{
    if (c->fault.vector == X86_NO_FAULT) {
        c->fault = (struct x86_fault){.vector = vector, .has_error = true, .error = error};
    }
    return false;
}

bool x86_raise_page_fault(struct x86 *c, u64 linear, u32 error)
{
    if (c->fault.vector == X86_NO_FAULT) {
        c->s.cr2 = linear;
    }
    return x86_raise_error(c, X86_PF_FAULT, error);
}

// One delivery on its way.
struct delivery {
    u8 vector;
    bool has_error;
    bool is_software; // INT n, INT3, INTO: the gate's DPL counts
    u32 error;
    u32 image; // EFLAGS as pushed
    u64 rip;   // RIP as pushed
};

enum { ERROR_EXT = 1, ERROR_IDT = 2 };

// --- real mode, and INT n that a virtual-8086 task handles itself ---

static void enter_8086(struct x86 *c, struct x86_frame *f, const struct delivery *e,
                       u32 vector_entry)
{
    x86_frame_push(c, f, 2, e->image);
    x86_frame_push(c, f, 2, c->s.seg[X86_CS].selector);
    x86_frame_push(c, f, 2, e->rip);
    x86_frame_set_sp(c, f);
    x86_set_real_segment(c, X86_CS, (u16)(vector_entry >> 16));
    c->s.rip = (u16)vector_entry;
}

static bool deliver_real(struct x86 *c, const struct delivery *e)
{
    u64 entry;
    if (e->vector * 4u + 3 > c->s.idtr.limit) {
        return x86_raise_error(c, X86_GP, e->vector * 8u + ERROR_IDT);
    }
    struct x86_frame f = x86_frame_here(c);
    if (!x86_read_table(c, (u32)(c->s.idtr.base + e->vector * 4u), 4, &entry) ||
        !x86_frame_probe(c, &f, 3, 2, c->s.cpl)) {
        return false;
    }
    enter_8086(c, &f, e, (u32)entry);
    c->s.eflags &= ~(u32)(X86_IF | X86_TF | X86_AC | X86_RF);
    return true;
}

// The interrupt redirection bitmap, 32 bytes in front of the I/O map: whether INT n goes to the
// virtual-8086 task's own handler. [SDM3] 20.3.3
static bool is_redirected(struct x86 *c, u8 vector, bool *redirected)
{
    const struct x86_segment *tr = &c->s.seg[X86_TR];
    u64 map = 0, bits = 0;
    if (!(tr->attributes & X86_TYPE_WIDE) || tr->limit < 0x67) {
        return x86_raise_error(c, X86_GP, 0);
    }
    if (!x86_load_system(c, (u32)(tr->base + 0x66), 2, &map)) {
        return false;
    }
    u64 offset = map - 32 + vector / 8u;
    if (map < 32 || offset > tr->limit) {
        return x86_raise_error(c, X86_GP, 0);
    }
    if (!x86_load_system(c, (u32)(tr->base + offset), 1, &bits)) {
        return false;
    }
    *redirected = !((bits >> (vector & 7)) & 1);
    return true;
}

static bool deliver_redirected(struct x86 *c, const struct delivery *e)
{
    u64 entry;
    struct delivery mine = *e;
    struct x86_frame f = x86_frame_here(c);
    if (!x86_load_system(c, e->vector * 4u, 4, &entry) || !x86_frame_probe(c, &f, 3, 2, 3)) {
        return false;
    }
    u32 clear = X86_TF | X86_RF;
    if (x86_iopl(c) == 3) {
        clear |= X86_IF;
    } else { // the task sees VIF in the place of IF, and believes that IOPL is 3
        bool vif = c->s.eflags & X86_VIF;
        mine.image = (mine.image & ~(u32)X86_IF) | X86_IOPL | (vif ? X86_IF : 0);
        clear |= X86_VIF;
    }
    enter_8086(c, &f, &mine, (u32)entry);
    c->s.eflags &= ~clear;
    return true;
}

// --- protected mode ---

static u32 idt_error(const struct delivery *e)
{
    return e->vector * 8u + ERROR_IDT;
}

static void push_common(struct x86 *c, struct x86_frame *f, const struct delivery *e,
                        unsigned bytes)
{
    x86_frame_push(c, f, bytes, e->image);
    x86_frame_push(c, f, bytes, c->s.seg[X86_CS].selector);
    x86_frame_push(c, f, bytes, e->rip);
    if (e->has_error) {
        x86_frame_push(c, f, bytes, e->error);
    }
}

// The code segment and the flags of the handler.
static void enter(struct x86 *c, const struct descriptor *gate, const struct descriptor *code)
{
    bool clears_if = !(descriptor_type(gate) & 1);
    c->s.eflags &= ~(u32)(X86_TF | X86_NT | X86_RF | X86_VM | (clears_if ? X86_IF : 0));
    x86_set_segment(c, X86_CS, (u16)((gate_selector(gate) & 0xfffc) | c->s.cpl), code);
    c->s.rip = gate_offset(gate);
}

static bool deliver_same(struct x86 *c, const struct delivery *e, const struct descriptor *gate,
                         struct descriptor *code)
{
    unsigned bytes = descriptor_type(gate) & X86_TYPE_WIDE ? 4 : 2;
    struct x86_frame f = x86_frame_here(c);
    if (!x86_frame_probe(c, &f, e->has_error ? 4 : 3, bytes, c->s.cpl)) {
        return false;
    }
    if (gate_offset(gate) > descriptor_limit(code)) {
        return x86_raise_error(c, X86_GP, 0);
    }
    if (!x86_set_accessed(c, code)) {
        return false;
    }
    push_common(c, &f, e, bytes);
    x86_frame_set_sp(c, &f);
    enter(c, gate, code);
    return true;
}

static bool deliver_inner(struct x86 *c, const struct delivery *e, const struct descriptor *gate,
                          struct descriptor *code)
{
    static const u8 v86_order[] = {X86_GS, X86_FS, X86_DS, X86_ES};
    bool from_v86 = x86_is_v86(c);
    unsigned bytes = descriptor_type(gate) & X86_TYPE_WIDE ? 4 : 2;
    unsigned cpl = descriptor_dpl(code);
    unsigned count = 5u + (from_v86 ? 4 : 0) + (e->has_error ? 1 : 0);
    struct x86_frame f;
    struct descriptor stack;
    if (!x86_tss_stack(c, cpl, &f, &stack) || !x86_frame_probe(c, &f, count, bytes, cpl)) {
        return false;
    }
    if (gate_offset(gate) > descriptor_limit(code)) {
        return x86_raise_error(c, X86_GP, 0);
    }
    if (!x86_set_accessed(c, code)) {
        return false;
    }
    u16 old_ss = c->s.seg[X86_SS].selector;
    u64 old_sp = c->s.r[X86_RSP];
    x86_set_cpl(c, cpl);
    if (from_v86) {
        for (unsigned n = 0; n < COUNT_OF(v86_order); n++) {
            x86_frame_push(c, &f, bytes, c->s.seg[v86_order[n]].selector);
        }
    }
    x86_frame_push(c, &f, bytes, old_ss);
    x86_frame_push(c, &f, bytes, old_sp);
    push_common(c, &f, e, bytes);
    enter(c, gate, code);
    x86_set_segment(c, X86_SS, (u16)f.seg.selector, &stack);
    x86_frame_set_sp(c, &f);
    if (from_v86) {
        for (unsigned n = 0; n < COUNT_OF(v86_order); n++) {
            x86_set_null_segment(c, v86_order[n], 0);
        }
    }
    return true;
}

static bool deliver_by_task(struct x86 *c, const struct delivery *e, const struct descriptor *gate)
{
    struct descriptor tss;
    u16 selector = gate_selector(gate);
    return x86_check_tss(c, selector, false, X86_GP, &tss) &&
           x86_switch_task(c, selector, X86_TASK_INT, e->rip, e->image, e->has_error, e->error);
}

static bool deliver_by_gate(struct x86 *c, const struct delivery *e, const struct descriptor *gate)
{
    struct descriptor code;
    u16 selector = gate_selector(gate);
    if (x86_is_null(selector)) {
        return x86_raise_error(c, X86_GP, 0);
    }
    if (!x86_fetch_descriptor(c, selector, X86_GP, &code)) {
        return false;
    }
    unsigned dpl = descriptor_dpl(&code);
    if (!descriptor_is_code(&code) || dpl > c->s.cpl) {
        return x86_raise_selector(c, X86_GP, selector);
    }
    if (!descriptor_is_present(&code)) {
        return x86_raise_selector(c, X86_NP, selector);
    }
    bool is_inner = !descriptor_is_conforming(&code) && dpl < c->s.cpl;
    if (x86_is_v86(c) && (!is_inner || dpl != 0)) {
        return x86_raise_selector(c, X86_GP, selector);
    }
    return is_inner ? deliver_inner(c, e, gate, &code) : deliver_same(c, e, gate, &code);
}

static bool deliver_protected(struct x86 *c, const struct delivery *e)
{
    // Task gate, and interrupt and trap gates of either size.
    enum { GATES = 1 << 5 | 1 << 6 | 1 << 7 | 1 << 14 | 1 << 15 };
    struct descriptor gate;
    u64 value;
    if (e->vector * 8u + 7 > c->s.idtr.limit) {
        return x86_raise_error(c, X86_GP, idt_error(e));
    }
    if (!x86_read_table(c, (u32)(c->s.idtr.base + e->vector * 8u), 8, &value)) {
        return false;
    }
    gate.low = (u32)value;
    gate.high = (u32)(value >> 32);
    bool is_gate = descriptor_is_system(&gate) && ((GATES >> descriptor_type(&gate)) & 1);
    if (!is_gate || (e->is_software && descriptor_dpl(&gate) < c->s.cpl)) {
        return x86_raise_error(c, X86_GP, idt_error(e));
    }
    if (!descriptor_is_present(&gate)) {
        return x86_raise_error(c, X86_NP, idt_error(e));
    }
    return descriptor_type(&gate) == X86_TYPE_TASK_GATE ? deliver_by_task(c, e, &gate)
                                                        : deliver_by_gate(c, e, &gate);
}

static bool deliver(struct x86 *c, const struct delivery *e)
{
    if (!(c->s.cr0 & X86_CR0_PE)) {
        return deliver_real(c, e);
    }
    return deliver_protected(c, e);
}

// A failed delivery of something that no instruction asked for says so in its error code.
static bool deliver_external(struct x86 *c, const struct delivery *e)
{
    if (deliver(c, e)) {
        return true;
    }
    if (c->fault.vector >= X86_TS && c->fault.vector <= X86_GP) {
        c->fault.error |= ERROR_EXT;
    }
    return false;
}

// --- entry points ---

enum severity { BENIGN, CONTRIBUTORY, PAGE_FAULT };

static enum severity severity_of(u8 vector) // [SDM3] table 6-4
{
    enum { SEVERE = 1 << X86_DE | 1 << X86_TS | 1 << X86_NP | 1 << X86_SS_FAULT | 1 << X86_GP };
    if (vector == X86_PF_FAULT) {
        return PAGE_FAULT;
    }
    return vector < 32 && ((SEVERE >> vector) & 1) ? CONTRIBUTORY : BENIGN;
}

static bool is_trap(u8 vector)
{
    return vector == X86_BP || vector == X86_OF_TRAP;
}

// DR6 says why there is a debug exception. Returns RF of the pushed image: of the debug exceptions
// that are faults, set for general detect and clear for instruction breakpoints; of traps, set
// inside a repetition. [SDM3] 17.2.3, 17.3.1.1
static u32 note_debug(struct x86 *c)
{
    u32 bits = c->s.pending_debug;
    if (bits != 0) {
        c->s.dr[6] = (c->s.dr[6] & ~0xfull) | bits;
    }
    c->s.dr[7] &= ~(1ull << 13); // GD, so that the handler can use the registers
    c->s.pending_debug = 0;
    return bits & X86_DR6_BD ? X86_RF : c->s.eflags & X86_RF;
}

static struct delivery delivery_of(struct x86 *c, const struct x86_fault *f)
{
    struct delivery e = {
        .vector = f->vector,
        .has_error = f->has_error && (c->s.cr0 & X86_CR0_PE),
        .error = f->error,
        .rip = c->s.rip,
    };
    u32 rf = X86_RF;
    if (f->vector == X86_DB) {
        rf = note_debug(c);
    } else if (is_trap(f->vector)) {
        rf = 0;
    } else {
        c->s.pending_debug &= ~0xfu; // data breakpoints of an instruction that starts again
    }
    e.image = (x86_eflags(c) & ~(u32)X86_RF) | rf;
    return e;
}

// An exception that its own delivery raises again, as #AC does where the handler's stack is askew:
// a processor repeats that for ever and hears no interrupt. Here it shuts down.
static bool is_endless(u8 first, u8 second)
{
    return first == second && severity_of(first) == BENIGN;
}

// The vector to deliver when delivering `first` led to c->fault, or X86_NO_FAULT: shut down.
static void combine(struct x86 *c, u8 first)
{
    enum severity a = severity_of(first), b = severity_of(c->fault.vector);
    if (first == X86_DF_FAULT || is_endless(first, c->fault.vector)) {
        c->s.is_shut_down = true;
        c->stop_request = true;
        return;
    }
    bool is_double = (a == CONTRIBUTORY && b == CONTRIBUTORY) || (a == PAGE_FAULT && b != BENIGN);
    if (is_double) {
        c->fault = (struct x86_fault){.vector = X86_DF_FAULT, .has_error = true};
    }
}

void x86_deliver_fault(struct x86 *c)
{
    c->s.is_halted = false;
    while (c->fault.vector != X86_NO_FAULT && !c->s.is_shut_down) {
        struct x86_fault fault = c->fault;
        struct delivery e = delivery_of(c, &fault);
        c->fault.vector = X86_NO_FAULT;
        if (!deliver_external(c, &e)) {
            combine(c, fault.vector);
        }
    }
    c->fault.vector = X86_NO_FAULT;
}

void x86_deliver_interrupt(struct x86 *c, u8 vector)
{
    struct delivery e = {.vector = vector, .image = x86_eflags(c), .rip = c->s.rip};
    c->s.is_halted = false;
    c->fault.vector = X86_NO_FAULT;
    if (!deliver_external(c, &e)) { // an interrupt is benign: what it led to comes alone
        x86_deliver_fault(c);
    }
}

static bool int_n_in_v86(struct x86 *c, const struct delivery *e, bool *is_done)
{
    bool redirected = false;
    *is_done = false;
    if (c->s.cr4 & X86_CR4_VME) {
        if (!is_redirected(c, e->vector, &redirected)) {
            return false;
        }
        if (redirected) {
            *is_done = true;
            return deliver_redirected(c, e);
        }
    }
    return x86_iopl(c) == 3 || x86_raise_error(c, X86_GP, 0);
}

bool x86_software_interrupt(struct x86 *c, u8 vector, enum x86_int_kind kind, u64 next_rip)
{
    struct delivery e = {
        .vector = vector,
        .is_software = kind != X86_INT1,
        .image = x86_eflags(c) & ~(u32)X86_RF,
        .rip = next_rip,
    };
    c->step_is_over = true; // TF is cleared: an INT can't be stepped into. [SDM3] 17.3.1.4
    if (x86_is_v86(c) && kind == X86_INT_N) {
        bool is_done;
        if (!int_n_in_v86(c, &e, &is_done)) {
            return false;
        }
        if (is_done) {
            return true;
        }
    }
    return kind == X86_INT1 ? deliver_external(c, &e) : deliver(c, &e);
}
