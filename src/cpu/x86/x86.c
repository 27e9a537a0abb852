// The life of an x86 processor: creation, reset, its pins, and the table of its state.
#include "cpu/x86/x86.h"

#include "base/check.h"

#include <string.h>

// --- the state as data ---

static const struct field segment_fields[] = {
    FIELD(struct x86_segment, base),
    FIELD(struct x86_segment, limit),
    FIELD(struct x86_segment, selector),
    FIELD(struct x86_segment, attributes),
};

static const struct field table_fields[] = {
    FIELD(struct x86_table, base),
    FIELD(struct x86_table, limit),
};

static const struct field xmm_fields[] = {
    FIELD(struct x86_xmm, lo),
    FIELD(struct x86_xmm, hi),
};

static const struct field float80_fields[] = {
    FIELD(struct float80, mantissa),
    FIELD(struct float80, sign_exponent),
};

static const struct field fpu_fields[] = {
    FIELD_STRUCTS(struct x86_fpu, fpr, float80_fields),
    FIELD(struct x86_fpu, control),
    FIELD(struct x86_fpu, status),
    FIELD(struct x86_fpu, top),
    FIELD(struct x86_fpu, empty),
    FIELD(struct x86_fpu, opcode),
    FIELD(struct x86_fpu, code_selector),
    FIELD(struct x86_fpu, data_selector),
    FIELD(struct x86_fpu, code_offset),
    FIELD(struct x86_fpu, data_offset),
};

static const struct field msr_fields[] = {
    FIELD(struct x86_msrs, sysenter_cs),
    FIELD(struct x86_msrs, sysenter_esp),
    FIELD(struct x86_msrs, sysenter_eip),
    FIELD(struct x86_msrs, efer),
    FIELD(struct x86_msrs, pat),
    FIELD(struct x86_msrs, apic_base),
    FIELD(struct x86_msrs, misc_enable),
    FIELD(struct x86_msrs, tsc_offset),
    FIELD(struct x86_msrs, mtrr_default_type),
    FIELD_ARRAY(struct x86_msrs, mtrr_fixed),
    FIELD_ARRAY(struct x86_msrs, mtrr_base),
    FIELD_ARRAY(struct x86_msrs, mtrr_mask),
    FIELD(struct x86_msrs, mcg_status),
    FIELD_ARRAY(struct x86_msrs, mc_ctl),
    FIELD_ARRAY(struct x86_msrs, mc_status),
    FIELD_ARRAY(struct x86_msrs, mc_addr),
    FIELD(struct x86_msrs, debugctl),
    FIELD(struct x86_msrs, bios_sign),
};

static const struct field x86_fields[] = {
    FIELD_ARRAY(struct x86_state, r),
    FIELD(struct x86_state, rip),
    FIELD(struct x86_state, eflags),
    FIELD(struct x86_state, lazy_carries),
    FIELD(struct x86_state, lazy_result),
    FIELD_STRUCTS(struct x86_state, seg, segment_fields),
    FIELD_STRUCT(struct x86_state, gdtr, table_fields),
    FIELD_STRUCT(struct x86_state, idtr, table_fields),
    FIELD(struct x86_state, cpl),
    FIELD(struct x86_state, cr0),
    FIELD(struct x86_state, cr2),
    FIELD(struct x86_state, cr3),
    FIELD(struct x86_state, cr4),
    FIELD_ARRAY(struct x86_state, dr),
    FIELD_ARRAY(struct x86_state, pdpte),
    FIELD_STRUCT(struct x86_state, msr, msr_fields),
    FIELD_STRUCTS(struct x86_state, xmm, xmm_fields),
    FIELD(struct x86_state, mxcsr),
    FIELD_STRUCT(struct x86_state, fpu, fpu_fields),
    FIELD(struct x86_state, is_halted),
    FIELD(struct x86_state, is_shut_down),
    FIELD(struct x86_state, irq_level),
    FIELD(struct x86_state, is_nmi_pending),
    FIELD(struct x86_state, is_nmi_blocked),
    FIELD(struct x86_state, inhibit),
    FIELD(struct x86_state, pending_debug),
};

static const struct field_table x86_table = FIELD_TABLE("x86", 1, struct x86_state, x86_fields);

// --- lifetime ---

static void empty_tlbs(struct x86 *c)
{
    for (unsigned user = 0; user < 2; user++) {
        for (unsigned access = 0; access < X86_ACCESS_COUNT; access++) {
            for (unsigned n = 0; n < X86_TLB_ENTRIES; n++) {
                c->tlbs[user].entry[access][n].tag = X86_TLB_NONE;
            }
            c->tlb_used_count[user][access] = 0;
        }
    }
}

// Brings everything derived in line with the state.
static void restored(void *cpu)
{
    struct x86 *c = cpu;
    c->fault.vector = X86_NO_FAULT;
    c->block = NULL;
    x86_paging_changed(c);
    x86_segments_changed(c);
    x86_debug_changed(c);
    x86_blocks_flush(c);
}

static void map_changed(void *cpu)
{
    struct x86 *c = cpu;
    if (c->block) { // in the middle of an instruction: nothing that is cached may be used after it
        x86_kick(c);
        c->map_has_changed = true;
        x86_tlb_flush(c, true);
        return;
    }
    x86_tlb_flush(c, true);
    x86_blocks_flush(c);
}

bool x86_init(struct x86 *c, const struct x86_model *model, const struct x86_wiring *w,
              unsigned max_blocks)
{
    c->model = model;
    c->w = *w;
    c->tlb = &c->tlbs[0];
    c->trace_from = UINT64_MAX;
    empty_tlbs(c);
    x86_find_hot(c);
    if (!x86_blocks_init(c, max_blocks)) {
        return false;
    }
    dev_init(&c->dev, "cpu0", &x86_table, &c->s, c, x86_reset, restored);
    w->phys->changed = map_changed;
    w->phys->code_written = x86_code_written;
    w->phys->refreshed = x86_tlb_refresh;
    w->phys->owner = c;
    clock_set_cpu(w->clock, x86_executed, x86_kick, c);
    x86_reset(c);
    return true;
}

void x86_destroy(struct x86 *c)
{
    x86_blocks_destroy(c);
}

static struct x86_segment reset_segment(u16 attributes)
{
    return (struct x86_segment){.limit = 0xffff, .attributes = attributes};
}

// What RESET and INIT have in common ([SDM3] table 9-1). The rest of the state is 0.
static struct x86_state start_state(const struct x86 *c)
{
    struct x86_state s = {.rip = 0xfff0, .eflags = X86_FLAGS_ONE, .lazy_result = 1};
    s.r[X86_RDX] = (u64)c->model->family << 8 | (u64)c->model->model << 4 | c->model->stepping;
    for (unsigned n = 0; n <= X86_GS; n++) {
        s.seg[n] = reset_segment(X86_ATTR_P | X86_ATTR_S | X86_ATTR_WRITABLE | X86_ATTR_ACCESSED);
    }
    s.seg[X86_CS].attributes |= X86_ATTR_CODE;
    s.seg[X86_CS].selector = 0xf000;
    s.seg[X86_CS].base = 0xffff0000;
    s.seg[X86_LDTR] = reset_segment(X86_ATTR_P | 2);
    s.seg[X86_TR] = reset_segment(X86_ATTR_P | 11);
    s.gdtr.limit = s.idtr.limit = 0xffff;
    s.dr[6] = 0xffff0ff0;
    s.dr[7] = 0x400;
    return s;
}

void x86_reset(void *cpu)
{
    struct x86 *c = cpu;
    u64 tsc_offset = c->s.msr.tsc_offset;
    c->s = start_state(c);
    c->s.cr0 = X86_CR0_CD | X86_CR0_NW | X86_CR0_ET;
    c->s.mxcsr = 0x1f80;
    c->s.fpu =
        (struct x86_fpu){.control = 0x40, .empty = 0}; // FNINIT brings 37Fh and empty registers
    c->s.msr.pat = 0x0007040600070406;
    c->s.msr.apic_base = 0xfee00900; // enabled, bootstrap processor
    c->s.msr.misc_enable = 1;
    c->s.msr.tsc_offset = tsc_offset;
    if (c->w.apic_base_changed) {
        c->w.apic_base_changed(c->w.apic, c->s.msr.apic_base);
    }
    restored(c);
}

// --- pins ---

// INIT keeps the x87, MMX and SSE registers, the MSRs (except EFER, which would keep the processor
// in a mode that it has no page tables for) and the bits of CR0 that rule the caches. INTR is a
// level that others drive.
void x86_init_pin(struct x86 *c)
{
    struct x86_state old = c->s;
    c->s = start_state(c);
    c->s.cr0 = X86_CR0_ET | (old.cr0 & (X86_CR0_CD | X86_CR0_NW));
    memcpy(c->s.xmm, old.xmm, sizeof c->s.xmm);
    c->s.mxcsr = old.mxcsr;
    c->s.fpu = old.fpu;
    c->s.msr = old.msr;
    c->s.msr.efer = 0;
    c->s.irq_level = old.irq_level;
    restored(c);
}

void x86_set_irq(void *cpu, unsigned n, bool level)
{
    struct x86 *c = cpu;
    (void)n;
    c->s.irq_level = level;
    if (level && (c->s.eflags & X86_IF)) {
        x86_kick(c);
    }
}

void x86_set_nmi(void *cpu, unsigned n, bool level)
{
    struct x86 *c = cpu;
    (void)n;
    if (level) {
        c->s.is_nmi_pending = true;
        x86_kick(c);
    }
}
