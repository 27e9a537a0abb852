// Caches, TLB, halting, MSRs, counters, CPUID, SYSENTER and SYSEXIT. [SDM2], [SDM3] 5.8.7
#include "cpu/x86/op_system.h"

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
    return next_if(i, is_level_0(c));
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
    return next_if(i, x86_load(c, i->seg, (u32)c->s.r[X86_RAX] & i->address_mask, 8, &value));
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
    x86_cpuid(c, (u32)c->s.r[X86_RAX], out);
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
