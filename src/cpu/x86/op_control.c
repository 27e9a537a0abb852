// Control and debug registers: MOV CR, MOV DR, CLTS, LMSW, SMSW. [SDM2], [SDM3] 2.5, 17.2
#include "cpu/x86/op_system.h"

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
    return next_if(i, store_word(c, i, false, (u32)c->s.cr0));
}

OP(smsw_m)
{
    return next_if(i, store_word(c, i, true, (u32)c->s.cr0));
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
        return x86_raise(c, X86_DB);
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
