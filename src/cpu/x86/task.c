// The hardware task switch.
//
//   32-bit TSS                          16-bit TSS
//   00 back link    28 EAX..EDI (8x4)   00 back link   12 AX..DI (8x2)
//   04 ESP0 SS0 ..  48 ES CS SS DS      02 SP0 SS0 ..  22 ES CS SS DS
//   1C CR3          58 FS GS            0E IP          2A LDT
//   20 EIP          60 LDT              10 FLAGS
//   24 EFLAGS       64 T bit, 66 I/O map
//
// Everything of the new TSS is read, and all that will be written is probed, before the first
// write; from the commit on (TR holds the new task) faults belong to the new task. Source:
// [SDM3] 7.2 to 7.4.
#include "cpu/x86/descriptor.h"
#include "cpu/x86/dispatch.h"
#include "cpu/x86/flags.h"

struct layout {
    unsigned bytes;     // of a slot
    unsigned limit;     // the least that the TSS's limit may be
    unsigned ip, flags; // offsets
    unsigned regs, segs, ldt;
    unsigned seg_count;
};

static const struct layout layouts[2] = {
    {.bytes = 2,
     .limit = 0x2b,
     .ip = 0x0e,
     .flags = 0x10,
     .regs = 0x12,
     .segs = 0x22,
     .ldt = 0x2a,
     .seg_count = 4},
    {.bytes = 4,
     .limit = 0x67,
     .ip = 0x20,
     .flags = 0x24,
     .regs = 0x28,
     .segs = 0x48,
     .ldt = 0x60,
     .seg_count = 6},
};

// What a TSS holds, of either size.
struct task {
    u32 ip, flags, r[8];
    u16 seg[6], ldt;
    u64 cr3;
    bool is_wide, has_trap;
};

bool x86_check_tss(struct x86 *c, u16 selector, bool is_busy, u8 vector, struct descriptor *d)
{
    if (x86_is_null(selector) || (selector & 4)) {
        return x86_raise_selector(c, vector, selector);
    }
    if (!x86_fetch_descriptor(c, selector, vector, d)) {
        return false;
    }
    if (!descriptor_is_tss(d, is_busy)) {
        return x86_raise_selector(c, vector, selector);
    }
    return descriptor_is_present(d) || x86_raise_selector(c, X86_NP, selector);
}

static bool read_slot(struct x86 *c, u64 base, unsigned offset, unsigned bytes, u64 *value)
{
    return x86_load_system(c, (u32)(base + offset), bytes, value);
}

static bool read_task(struct x86 *c, u64 base, const struct layout *l, struct task *t)
{
    u64 v = 0;
    *t = (struct task){.is_wide = l->bytes == 4};
    if (!read_slot(c, base, l->ip, l->bytes, &v)) {
        return false;
    }
    t->ip = (u32)v;
    if (!read_slot(c, base, l->flags, l->bytes, &v)) {
        return false;
    }
    t->flags = (u32)v;
    for (unsigned n = 0; n < 8; n++) {
        if (!read_slot(c, base, l->regs + n * l->bytes, l->bytes, &v)) {
            return false;
        }
        t->r[n] = (u32)v | (t->is_wide ? 0 : 0xffff0000); // what a 16-bit task can't say
    }
    for (unsigned n = 0; n < l->seg_count; n++) {
        if (!read_slot(c, base, l->segs + n * l->bytes, 2, &v)) {
            return false;
        }
        t->seg[n] = (u16)v;
    }
    if (!read_slot(c, base, l->ldt, 2, &v)) {
        return false;
    }
    t->ldt = (u16)v;
    if (!t->is_wide) {
        return true;
    }
    if (!read_slot(c, base, 0x1c, 4, &t->cr3) || !read_slot(c, base, 0x64, 2, &v)) {
        return false;
    }
    t->has_trap = v & 1;
    return true;
}

// Everything that will be written can be: the old TSS, the back link of a nested task, and the busy
// bit unless it is set already.
static bool probe_writes(struct x86 *c, enum x86_task_switch kind, u64 old_base,
                         const struct layout *old, const struct descriptor *d)
{
    unsigned first = old->ip, end = old->segs + old->seg_count * old->bytes;
    bool nests = kind == X86_TASK_CALL || kind == X86_TASK_INT;
    return x86_probe_system(c, (u32)(old_base + first), end - first, X86_WRITE) &&
           (!nests || x86_probe_system(c, descriptor_base(d), 2, X86_WRITE)) &&
           (kind == X86_TASK_IRET || x86_probe_system(c, (u32)d->linear, 8, X86_WRITE));
}

static bool save_task(struct x86 *c, u64 base, const struct layout *l, u32 ip, u32 flags)
{
    if (!x86_store_system(c, (u32)(base + l->ip), l->bytes, ip) ||
        !x86_store_system(c, (u32)(base + l->flags), l->bytes, flags)) {
        return false;
    }
    for (unsigned n = 0; n < 8; n++) {
        if (!x86_store_system(c, (u32)(base + l->regs + n * l->bytes), l->bytes, c->s.r[n])) {
            return false;
        }
    }
    for (unsigned n = 0; n < l->seg_count; n++) {
        u16 selector = c->s.seg[n].selector;
        if (!x86_store_system(c, (u32)(base + l->segs + n * l->bytes), 2, selector)) {
            return false;
        }
    }
    return true;
}

// --- in the new task ---

static bool load_ldt(struct x86 *c, u16 selector)
{
    struct descriptor d;
    if (x86_is_null(selector)) {
        return true;
    }
    if (selector & 4) {
        return x86_raise_selector(c, X86_TS, selector);
    }
    if (!x86_fetch_descriptor(c, selector, X86_TS, &d)) {
        return false;
    }
    if (!descriptor_is_system(&d) || descriptor_type(&d) != X86_TYPE_LDT ||
        !descriptor_is_present(&d)) {
        return x86_raise_selector(c, X86_TS, selector);
    }
    x86_set_segment(c, X86_LDTR, selector, &d);
    return true;
}

static bool load_code(struct x86 *c, u16 selector)
{
    struct descriptor d;
    if (x86_is_null(selector)) {
        return x86_raise_error(c, X86_TS, 0);
    }
    if (!x86_fetch_descriptor(c, selector, X86_TS, &d)) {
        return false;
    }
    unsigned dpl = descriptor_dpl(&d), rpl = selector & 3;
    if (!descriptor_is_code(&d) || (descriptor_is_conforming(&d) ? dpl > rpl : dpl != rpl)) {
        return x86_raise_selector(c, X86_TS, selector);
    }
    if (!descriptor_is_present(&d)) {
        return x86_raise_selector(c, X86_NP, selector);
    }
    if (!x86_set_accessed(c, &d)) {
        return false;
    }
    x86_set_segment(c, X86_CS, selector, &d);
    return true;
}

static bool load_data(struct x86 *c, unsigned seg, u16 selector)
{
    return x86_is_null(selector) || x86_load_data_segment(c, seg, selector, X86_TS);
}

static bool load_segments(struct x86 *c, const struct task *t)
{
    static const u8 data[] = {X86_ES, X86_DS, X86_FS, X86_GS};
    struct descriptor d;
    if (!load_ldt(c, t->ldt)) {
        return false;
    }
    if (x86_is_v86(c)) {
        for (unsigned seg = X86_ES; seg <= X86_GS; seg++) {
            x86_set_real_segment(c, seg, t->seg[seg]);
        }
        return true;
    }
    if (!load_code(c, t->seg[X86_CS]) ||
        !x86_check_stack(c, t->seg[X86_SS], c->s.cpl, X86_TS, &d)) {
        return false;
    }
    x86_set_segment(c, X86_SS, t->seg[X86_SS], &d);
    for (unsigned n = 0; n < COUNT_OF(data); n++) {
        if (!load_data(c, data[n], t->seg[data[n]])) {
            return false;
        }
    }
    return true;
}

// Registers and, as yet unusable, segment registers of the new task.
static void load_registers(struct x86 *c, const struct task *t, bool sets_nt)
{
    enum { DEFINED = 0x3f7fd5 };
    u32 defined = t->is_wide ? DEFINED : DEFINED & 0xffff;
    x86_set_eflags(c, (t->flags & defined) | (sets_nt ? X86_NT : 0));
    if (c->block) { // from here on a fault is the new task's
        leave_at(c, t->ip);
    }
    c->s.rip = t->ip;
    for (unsigned n = 0; n < 8; n++) {
        c->s.r[n] = t->r[n];
    }
    for (unsigned seg = X86_ES; seg <= X86_GS; seg++) {
        c->s.seg[seg] = (struct x86_segment){.selector = t->seg[seg]};
    }
    c->s.seg[X86_LDTR] = (struct x86_segment){.selector = t->ldt};
    c->s.cpl = x86_is_v86(c) ? 3 : t->seg[X86_CS] & 3;
    x86_segments_changed(c);
}

static bool load_cr3(struct x86 *c, const struct task *t)
{
    if (!t->is_wide || !(c->s.cr0 & X86_CR0_PG)) {
        return true;
    }
    c->s.cr3 = t->cr3;
    x86_tlb_flush(c, false);
    return !(c->s.cr4 & X86_CR4_PAE) || x86_load_pdptes(c, t->cr3);
}

static bool push_error(struct x86 *c, const struct task *t, u32 error)
{
    unsigned bytes = t->is_wide ? 4 : 2;
    struct x86_frame f = x86_frame_here(c);
    if (!x86_frame_probe(c, &f, 1, bytes, c->s.cpl)) {
        return false;
    }
    x86_frame_push(c, &f, bytes, error);
    x86_frame_set_sp(c, &f);
    return true;
}

static bool start_task(struct x86 *c, const struct task *t, bool sets_nt)
{
    enum { LOCAL_ENABLES = 0x155 };
    load_registers(c, t, sets_nt);
    c->s.cr0 |= X86_CR0_TS;
    c->s.dr[7] &= ~(u64)LOCAL_ENABLES; // [SDM3] 17.2.4
    x86_debug_changed(c);
    if (t->has_trap) {
        c->s.pending_debug |= X86_DR6_BT;
    }
    if (!load_cr3(c, t) || !load_segments(c, t)) {
        return false;
    }
    return t->ip <= c->s.seg[X86_CS].limit || x86_raise_error(c, X86_GP, 0);
}

bool x86_switch_task(struct x86 *c, u16 selector, enum x86_task_switch kind, u64 next_rip,
                     u32 flags, bool has_error, u32 error)
{
    struct descriptor d, old_d = {0};
    struct task t;
    const struct x86_segment old = c->s.seg[X86_TR];
    const struct layout *from = &layouts[(old.attributes & X86_TYPE_WIDE) != 0];
    bool nests = kind == X86_TASK_CALL || kind == X86_TASK_INT;
    if (!x86_fetch_descriptor(c, selector, X86_TS, &d)) {
        return false;
    }
    const struct layout *to = &layouts[(descriptor_type(&d) & X86_TYPE_WIDE) != 0];
    u64 base = descriptor_base(&d);
    if (descriptor_limit(&d) < to->limit) {
        return x86_raise_selector(c, X86_TS, selector);
    }
    if (old.limit < from->limit || (!nests && x86_is_null(old.selector))) {
        return x86_raise_selector(c, X86_TS, old.selector);
    }
    if ((!nests && !x86_fetch_descriptor(c, old.selector, X86_TS, &old_d)) ||
        !probe_writes(c, kind, old.base, from, &d) || !read_task(c, base, to, &t)) {
        return false;
    }
    flags &= ~(u32)(kind == X86_TASK_IRET ? X86_NT : 0);
    if ((!nests && !x86_set_busy(c, &old_d, false)) ||
        !save_task(c, old.base, from, (u32)next_rip, flags) ||
        (nests && !x86_store_system(c, (u32)base, 2, old.selector)) ||
        (kind != X86_TASK_IRET && !x86_set_busy(c, &d, true))) {
        return false;
    }
    x86_set_segment(c, X86_TR, selector, &d);
    if (!start_task(c, &t, nests)) {
        return false;
    }
    return !has_error || push_error(c, &t, error);
}
