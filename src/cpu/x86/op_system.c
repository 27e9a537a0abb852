// The instructions of operating systems: control and debug registers, descriptor tables, segment
// registers, flags, MSRs, CPUID, SYSENTER, halting.
//
// Sources: the pseudo-code of each in [SDM2]; [SDM3] 2.5, 5.9, 17.2, 20.3.
#include "cpu/x86/condition.h"
#include "cpu/x86/descriptor.h"
#include "cpu/x86/dispatch.h"
#include "cpu/x86/flags.h"
#include "cpu/x86/ops.h"

static bool raise_gp0(struct x86 *c)
{
    return x86_raise_error(c, X86_GP, 0);
}

static bool is_level_0(struct x86 *c)
{
    return c->s.cpl == 0 || raise_gp0(c);
}

static bool is_16(const struct insn *i)
{
    return (i->flags & INSN_OPERAND_16) != 0;
}

// The 16-bit operand E.
static bool load_word(struct x86 *c, const struct insn *i, bool is_memory, u16 *value)
{
    u64 v = c->s.r[i->rm];
    if (is_memory && !x86_load(c, i->seg, ea(c, i), 16, &v)) {
        return false;
    }
    *value = (u16)v;
    return true;
}

// To E: a word in memory, a register of operand size.
static bool store_word(struct x86 *c, const struct insn *i, bool is_memory, u32 value)
{
    if (is_memory) {
        return x86_store(c, i->seg, ea(c, i), 16, (u16)value);
    }
    reg_write(c, i->rm, is_16(i) ? 16 : 32, value);
    return true;
}

static void set_zf(struct x86 *c, bool is_set)
{
    u32 flags = flags_arithmetic(c) & ~(u32)X86_ZF;
    flags_set_arithmetic(c, is_set ? flags | X86_ZF : flags);
}

// Ends the instruction: on to the next one, or out with the fault.
static const struct insn *next_if(struct x86 *c, const struct insn *i, bool is_done)
{
    if (!is_done) {
        LEAVE;
    }
    NEXT;
}

static const struct insn *leave_next_if(struct x86 *c, bool is_done)
{
    if (!is_done) {
        LEAVE;
    }
    return leave_next(c);
}

// --- segment registers ---

// After a load of ES, DS, FS or GS: into the next block, of another mode if flatness has changed.
static const struct insn *after_segment(struct x86 *c, const struct insn *i, bool is_done)
{
    if (!is_done) {
        LEAVE;
    }
    return jump_linked(c, i->next, 0xffffffff, 0);
}

// After a load of SS: the next instruction belongs to it. [SDM3] 6.8.3
static const struct insn *after_stack_segment(struct x86 *c, bool is_done)
{
    if (!is_done) {
        LEAVE;
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
    return next_if(c, i, x86_store(c, i->seg, ea(c, i), 16, c->s.seg[i->reg].selector));
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
        LEAVE;
    }
    stack_set(c, offset);
    NEXT;
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
        LEAVE;
    }
    reg_write(c, i->reg, bytes * 8, offset);
    return jump_linked(c, i->next, 0xffffffff, 0);
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

// --- flags ---

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
    return next_if(c, i, is_16(i) ? x86_push(c, i, 16, (u16)image) : x86_push(c, i, 32, image));
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

// --- control registers ---

bool x86_write_cr0(struct x86 *c, u64 value)
{
    const u64 known = X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS | X86_CR0_NE | X86_CR0_WP |
                      X86_CR0_AM | X86_CR0_NW | X86_CR0_CD | X86_CR0_PG;
    const u64 old = c->s.cr0;
    value = (value & known) | X86_CR0_ET;
    if (((value & X86_CR0_PG) && !(value & X86_CR0_PE)) ||
        ((value & X86_CR0_NW) && !(value & X86_CR0_CD))) {
        return raise_gp0(c);
    }
    bool turns_on = (value & ~old & X86_CR0_PG) != 0;
    if (turns_on && (c->s.cr4 & X86_CR4_PAE) && !x86_load_pdptes(c, c->s.cr3)) {
        return false;
    }
    c->s.cr0 = value;
    if ((value ^ old) & (X86_CR0_PG | X86_CR0_WP)) {
        x86_paging_changed(c);
    }
    x86_segments_changed(c); // PE
    return true;
}

static bool write_cr3(struct x86 *c, u64 value)
{
    bool is_pae = (c->s.cr0 & X86_CR0_PG) && (c->s.cr4 & X86_CR4_PAE);
    if (is_pae && !x86_load_pdptes(c, value)) {
        return false;
    }
    c->s.cr3 = value;
    x86_tlb_flush(c, false);
    c->code_page = X86_TLB_NONE;
    return true;
}

static u64 known_cr4(const struct x86_model *m)
{
    static const struct {
        u32 feature, bits;
    } rows[] = {
        {X86_HAS_VME, X86_CR4_VME | X86_CR4_PVI},
        {X86_HAS_TSC, X86_CR4_TSD},
        {X86_HAS_DE, X86_CR4_DE},
        {X86_HAS_PSE, X86_CR4_PSE},
        {X86_HAS_PAE, X86_CR4_PAE},
        {X86_HAS_MCE, X86_CR4_MCE},
        {X86_HAS_PGE, X86_CR4_PGE},
        {X86_HAS_CMOV, X86_CR4_PCE}, // performance counters came with the same generation
        {X86_HAS_FXSR, X86_CR4_OSFXSR},
        {X86_HAS_SSE, X86_CR4_OSXMMEXCPT},
    };
    u64 known = 0;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        known |= m->features_edx & rows[n].feature ? rows[n].bits : 0;
    }
    return known;
}

static bool write_cr4(struct x86 *c, u64 value)
{
    const u64 old = c->s.cr4, paging = X86_CR4_PSE | X86_CR4_PAE | X86_CR4_PGE;
    if (value & ~known_cr4(c->model)) {
        return raise_gp0(c);
    }
    bool loads = (value & X86_CR4_PAE) && (c->s.cr0 & X86_CR0_PG) && ((value ^ old) & paging);
    if (loads && !x86_load_pdptes(c, c->s.cr3)) {
        return false;
    }
    c->s.cr4 = value;
    if ((value ^ old) & paging) {
        x86_paging_changed(c);
        c->code_page = X86_TLB_NONE;
    }
    if ((value ^ old) & X86_CR4_DE) {
        x86_debug_changed(c);
    }
    return true;
}

OP(mov_RC)
{
    if (!is_level_0(c)) {
        LEAVE;
    }
    const u64 *cr[] = {[0] = &c->s.cr0, [2] = &c->s.cr2, [3] = &c->s.cr3, [4] = &c->s.cr4};
    reg_write(c, i->rm, 32, *cr[i->reg]);
    NEXT;
}

OP(mov_CR)
{
    u64 value = (u32)c->s.r[i->rm];
    if (!is_level_0(c)) {
        LEAVE;
    }
    bool is_done = true;
    switch (i->reg) {
    case 0: is_done = x86_write_cr0(c, value); break;
    case 2: c->s.cr2 = value; break;
    case 3: is_done = write_cr3(c, value); break;
    case 4: is_done = write_cr4(c, value); break;
    }
    return leave_next_if(c, is_done);
}

OP(clts)
{
    if (!is_level_0(c)) {
        LEAVE;
    }
    c->s.cr0 &= ~(u64)X86_CR0_TS;
    return leave_next(c);
}

static bool lmsw(struct x86 *c, const struct insn *i, bool is_memory)
{
    u16 value;
    if (!is_level_0(c) || !load_word(c, i, is_memory, &value)) {
        return false;
    }
    u64 kept =
        c->s.cr0 & ~(u64)(X86_CR0_MP | X86_CR0_EM | X86_CR0_TS); // PE can be set, not cleared
    return x86_write_cr0(c, kept | (value & 15));
}

OP(lmsw_r)
{
    return leave_next_if(c, lmsw(c, i, false));
}

OP(lmsw_m)
{
    return leave_next_if(c, lmsw(c, i, true));
}

OP(smsw_r)
{
    return next_if(c, i, store_word(c, i, false, (u32)c->s.cr0));
}

OP(smsw_m)
{
    return next_if(c, i, store_word(c, i, true, (u32)c->s.cr0));
}

// --- debug registers ---

static bool check_dr(struct x86 *c, unsigned *n)
{
    enum { GD = 1 << 13 };
    if (!is_level_0(c)) {
        return false;
    }
    if (*n == 4 || *n == 5) {
        if (c->s.cr4 & X86_CR4_DE) {
            return x86_raise(c, X86_UD);
        }
        *n += 2;
    }
    if (c->s.dr[7] & GD) {
        c->s.pending_debug |= X86_DR6_BD;
        x86_raise(c, X86_DB);
        c->fault.is_debug_fault = true;
        return false;
    }
    return true;
}

OP(mov_RD)
{
    unsigned n = i->reg;
    if (!check_dr(c, &n)) {
        LEAVE;
    }
    reg_write(c, i->rm, 32, c->s.dr[n]);
    NEXT;
}

OP(mov_DR)
{
    unsigned n = i->reg;
    u32 value = (u32)c->s.r[i->rm];
    if (!check_dr(c, &n)) {
        LEAVE;
    }
    if (n == 6) { // [SDM3] figure 17-1: bits that are fixed
        value = (value & 0xe00f) | 0xffff0ff0;
    } else if (n == 7) {
        value = (value & 0xffff23ff) | 0x400;
    }
    c->s.dr[n] = value;
    x86_debug_changed(c);
    return leave_next(c);
}

// --- descriptor tables ---

static bool store_table(struct x86 *c, const struct insn *i, const struct x86_table *t)
{
    u64 at = ea(c, i);
    return x86_probe(c, i->seg, at, 6, X86_WRITE) && x86_store(c, i->seg, at, 16, t->limit) &&
           x86_store(c, i->seg, (at + 2) & i->address_mask, 32, (u32)t->base);
}

static bool load_table(struct x86 *c, const struct insn *i, struct x86_table *t)
{
    u64 limit, base, at = ea(c, i);
    if (!is_level_0(c) || !x86_load(c, i->seg, at, 16, &limit) ||
        !x86_load(c, i->seg, (at + 2) & i->address_mask, 32, &base)) {
        return false;
    }
    *t = (struct x86_table){.base = is_16(i) ? base & 0xffffff : base, .limit = (u16)limit};
    return true;
}

OP(sgdt)
{
    return next_if(c, i, store_table(c, i, &c->s.gdtr));
}

OP(sidt)
{
    return next_if(c, i, store_table(c, i, &c->s.idtr));
}

OP(lgdt)
{
    return next_if(c, i, load_table(c, i, &c->s.gdtr));
}

OP(lidt)
{
    return next_if(c, i, load_table(c, i, &c->s.idtr));
}

static bool lldt(struct x86 *c, const struct insn *i, bool is_memory)
{
    u16 selector;
    struct descriptor d;
    if (!is_level_0(c) || !load_word(c, i, is_memory, &selector)) {
        return false;
    }
    if (x86_is_null(selector)) {
        x86_set_null_segment(c, X86_LDTR, selector);
        return true;
    }
    if (selector & 4) {
        return x86_raise_selector(c, X86_GP, selector);
    }
    if (!x86_fetch_descriptor(c, selector, X86_GP, &d)) {
        return false;
    }
    if (!descriptor_is_system(&d) || descriptor_type(&d) != X86_TYPE_LDT) {
        return x86_raise_selector(c, X86_GP, selector);
    }
    if (!descriptor_is_present(&d)) {
        return x86_raise_selector(c, X86_NP, selector);
    }
    x86_set_segment(c, X86_LDTR, selector, &d);
    return true;
}

static bool ltr(struct x86 *c, const struct insn *i, bool is_memory)
{
    u16 selector;
    struct descriptor d;
    if (!is_level_0(c) || !load_word(c, i, is_memory, &selector)) {
        return false;
    }
    if (!x86_check_tss(c, selector, false, X86_GP, &d) || !x86_set_busy(c, &d, true)) {
        return false;
    }
    x86_set_segment(c, X86_TR, selector, &d);
    return true;
}

OP(lldt_r)
{
    return next_if(c, i, lldt(c, i, false));
}

OP(lldt_m)
{
    return next_if(c, i, lldt(c, i, true));
}

OP(ltr_r)
{
    return next_if(c, i, ltr(c, i, false));
}

OP(ltr_m)
{
    return next_if(c, i, ltr(c, i, true));
}

OP(sldt_r)
{
    return next_if(c, i, store_word(c, i, false, c->s.seg[X86_LDTR].selector));
}

OP(sldt_m)
{
    return next_if(c, i, store_word(c, i, true, c->s.seg[X86_LDTR].selector));
}

OP(str_r)
{
    return next_if(c, i, store_word(c, i, false, c->s.seg[X86_TR].selector));
}

OP(str_m)
{
    return next_if(c, i, store_word(c, i, true, c->s.seg[X86_TR].selector));
}

// --- what a selector would allow: LAR, LSL, VERR, VERW, ARPL ---

// Descriptor of E's selector if it is visible at CPL and RPL; *is_visible false without a fault if
// not. `system_types`: the system descriptors that count.
static bool look(struct x86 *c, const struct insn *i, bool is_memory, u32 system_types,
                 struct descriptor *d, bool *is_visible)
{
    u16 selector;
    *is_visible = false;
    if (!load_word(c, i, is_memory, &selector)) {
        return false;
    }
    if (x86_is_null(selector)) {
        return true;
    }
    enum descriptor_found found = x86_find_descriptor(c, selector, d);
    if (found != DESCRIPTOR_FOUND) {
        return found == DESCRIPTOR_OUTSIDE;
    }
    if (descriptor_is_system(d) && !((system_types >> descriptor_type(d)) & 1)) {
        return true;
    }
    unsigned dpl = descriptor_dpl(d);
    bool is_conforming = descriptor_is_code(d) && descriptor_is_conforming(d);
    *is_visible = is_conforming || (dpl >= c->s.cpl && dpl >= (selector & 3u));
    return true;
}

enum { // system descriptors that LAR and LSL accept, [SDM2] tables 3-53 and 3-56
    LSL_TYPES = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 9 | 1 << 11,
    LAR_TYPES = LSL_TYPES | 1 << 4 | 1 << 5 | 1 << 12,
};

static const struct insn *lar(struct x86 *c, const struct insn *i, bool is_memory)
{
    struct descriptor d;
    bool is_visible;
    if (!look(c, i, is_memory, LAR_TYPES, &d, &is_visible)) {
        LEAVE;
    }
    if (is_visible) {
        reg_write(c, i->reg, is_16(i) ? 16 : 32, d.high & (is_16(i) ? 0xff00 : 0xffff00));
    }
    set_zf(c, is_visible);
    NEXT;
}

static const struct insn *lsl(struct x86 *c, const struct insn *i, bool is_memory)
{
    struct descriptor d;
    bool is_visible;
    if (!look(c, i, is_memory, LSL_TYPES, &d, &is_visible)) {
        LEAVE;
    }
    if (is_visible) {
        reg_write(c, i->reg, is_16(i) ? 16 : 32, descriptor_limit(&d));
    }
    set_zf(c, is_visible);
    NEXT;
}

OP(lar_r)
{
    return lar(c, i, false);
}

OP(lar_m)
{
    return lar(c, i, true);
}

OP(lsl_r)
{
    return lsl(c, i, false);
}

OP(lsl_m)
{
    return lsl(c, i, true);
}

static const struct insn *verify(struct x86 *c, const struct insn *i, bool is_memory, bool writes)
{
    struct descriptor d;
    bool is_visible;
    if (!look(c, i, is_memory, 0, &d, &is_visible)) {
        LEAVE;
    }
    set_zf(c,
           is_visible && (writes ? descriptor_is_writable_data(&d) : descriptor_is_readable(&d)));
    NEXT;
}

OP(verr_r)
{
    return verify(c, i, false, false);
}

OP(verr_m)
{
    return verify(c, i, true, false);
}

OP(verw_r)
{
    return verify(c, i, false, true);
}

OP(verw_m)
{
    return verify(c, i, true, true);
}

OP(arpl_r)
{
    unsigned want = c->s.r[i->reg] & 3;
    bool is_less = (c->s.r[i->rm] & 3) < want;
    if (is_less) {
        reg_write(c, i->rm, 16, (c->s.r[i->rm] & 0xfffc) | want);
    }
    set_zf(c, is_less);
    NEXT;
}

OP(arpl_m)
{
    struct x86_rmw m;
    u64 value;
    unsigned want = c->s.r[i->reg] & 3;
    if (!x86_load_rmw(c, i->seg, ea(c, i), 16, &m, &value)) {
        LEAVE;
    }
    bool is_less = (value & 3) < want;
    x86_store_rmw(c, m, 16, is_less ? (value & 0xfffc) | want : value);
    set_zf(c, is_less);
    NEXT;
}

// --- caches, TLB, halting ---

OP(invlpg)
{
    if (!is_level_0(c)) {
        LEAVE;
    }
    x86_tlb_flush_page(c, (u32)(c->limits[i->seg].base + ea(c, i)));
    return leave_next(c);
}

OP(wbinvd) // INVD too: there are no caches to be seen
{
    return next_if(c, i, is_level_0(c));
}

OP(hlt)
{
    if (!is_level_0(c)) {
        LEAVE;
    }
    c->s.is_halted = true;
    return leave_next(c);
}

OP(monitor)
{
    u64 value;
    if (c->s.cpl != 0) {
        x86_raise(c, X86_UD);
        LEAVE;
    }
    if ((u32)c->s.r[X86_RCX] != 0) {
        raise_gp0(c);
        LEAVE;
    }
    return next_if(c, i, x86_load(c, i->seg, (u32)c->s.r[X86_RAX] & i->address_mask, 8, &value));
}

OP(mwait) // waits as HLT does: nobody else writes to the monitored line
{
    if (c->s.cpl != 0) {
        x86_raise(c, X86_UD);
        LEAVE;
    }
    if ((u32)c->s.r[X86_RCX] > 1) {
        raise_gp0(c);
        LEAVE;
    }
    c->s.is_halted = true;
    return leave_next(c);
}

// --- MSRs, counters, CPUID ---

static void set_edx_eax(struct x86 *c, u64 value)
{
    c->s.r[X86_RAX] = (u32)value;
    c->s.r[X86_RDX] = value >> 32;
}

OP(rdmsr)
{
    u64 value;
    if (!is_level_0(c) || !x86_read_msr(c, (u32)c->s.r[X86_RCX], &value)) {
        LEAVE;
    }
    set_edx_eax(c, value);
    NEXT;
}

OP(wrmsr)
{
    u64 value = (u32)c->s.r[X86_RAX] | c->s.r[X86_RDX] << 32;
    return leave_next_if(c, is_level_0(c) && x86_write_msr(c, (u32)c->s.r[X86_RCX], value));
}

OP(rdtsc)
{
    if ((c->s.cr4 & X86_CR4_TSD) && !is_level_0(c)) {
        LEAVE;
    }
    set_edx_eax(c, x86_tsc(c));
    NEXT;
}

OP(rdpmc) // two counters, which never count
{
    bool is_allowed = (c->s.cr4 & X86_CR4_PCE) || is_level_0(c);
    if (!is_allowed || ((u32)c->s.r[X86_RCX] > 1 && !raise_gp0(c))) {
        LEAVE;
    }
    set_edx_eax(c, 0);
    NEXT;
}

OP(cpuid)
{
    u32 out[4];
    x86_cpuid(c, (u32)c->s.r[X86_RAX], (u32)c->s.r[X86_RCX], out);
    c->s.r[X86_RAX] = out[0];
    c->s.r[X86_RBX] = out[1];
    c->s.r[X86_RCX] = out[2];
    c->s.r[X86_RDX] = out[3];
    NEXT;
}

// --- SYSENTER and SYSEXIT ---

// CS and SS are flat and of fixed rights, not read from the GDT.
static void set_flat(struct x86 *c, unsigned seg, u16 selector, unsigned type, unsigned cpl)
{
    enum { FLAT = X86_ATTR_G | X86_ATTR_D | X86_ATTR_P | X86_ATTR_S };
    c->s.seg[seg] = (struct x86_segment){
        .base = 0,
        .limit = UINT32_MAX,
        .selector = (u16)((selector & 0xfffc) | cpl),
        .attributes = (u16)(FLAT | type | cpl << X86_ATTR_DPL_SHIFT),
    };
    x86_segment_changed(c, seg);
}

enum { FLAT_CODE = 0xb, FLAT_DATA = 0x3 };

OP(sysenter)
{
    u16 cs = (u16)c->s.msr.sysenter_cs;
    if (!(c->s.cr0 & X86_CR0_PE) || x86_is_null(cs)) {
        raise_gp0(c);
        LEAVE;
    }
    bool was_v86 = x86_is_v86(c);
    c->s.eflags &= ~(u32)(X86_VM | X86_IF | X86_RF);
    c->s.cpl = 0;
    set_flat(c, X86_CS, cs, FLAT_CODE, 0);
    set_flat(c, X86_SS, (u16)(cs + 8), FLAT_DATA, 0);
    c->s.r[X86_RSP] = (u32)c->s.msr.sysenter_esp;
    if (was_v86) {
        x86_segments_changed(c);
    } else {
        x86_set_cpl(c, 0);
    }
    return leave_at(c, (u32)c->s.msr.sysenter_eip);
}

OP(sysexit)
{
    u16 cs = (u16)c->s.msr.sysenter_cs;
    if (!(c->s.cr0 & X86_CR0_PE) || x86_is_null(cs) || c->s.cpl != 0) {
        raise_gp0(c);
        LEAVE;
    }
    set_flat(c, X86_CS, (u16)(cs + 16), FLAT_CODE, 3);
    set_flat(c, X86_SS, (u16)(cs + 24), FLAT_DATA, 3);
    c->s.r[X86_RSP] = (u32)c->s.r[X86_RCX];
    x86_set_cpl(c, 3);
    return leave_at(c, (u32)c->s.r[X86_RDX]);
}
