// The model-specific registers that kernels and firmware touch.
//
// Memory types and machine checks have no effect here: their registers only remember.
//
// Not implemented: performance counters (read 0), last-branch records, SMM, microcode update, EFER
// but for NXE. Sources: [SDM4] 2, [SDM3] 11.11 (MTRR), 15.3 (machine check).
#include "cpu/x86/x86.h"

enum msr {
    MSR_TSC = 0x10,
    MSR_APIC_BASE = 0x1b,
    MSR_BIOS_SIGN = 0x8b,
    MSR_EFER = 0xc0000080,
};

enum check { ANYTHING, ONLY_ZERO, PAT_TYPES, MTRR_TYPES, MTRR_LOW_TYPE };

// Registers that are 64-bit members of struct x86_msrs.
struct msr_row {
    u32 first;
    u8 count, stride; // registers, and how far apart their numbers are
    u8 check;
    u16 offset;
    u32 feature;  // of x86_model.features_edx
    u64 writable; // writing other bits is #GP(0)
    u64 ones;     // bits that read as 1
};

#define AT(member) offsetof(struct x86_msrs, member)
#define ALL        UINT64_MAX

enum { NO_TRACE = 0x1800 }; // of IA32_MISC_ENABLE: neither branch trace store nor PEBS

// clang-format off
static const struct msr_row rows[] = {
    // first count stride check        offset                 feature        writable      ones
    {0x174,   1, 1, ANYTHING,      AT(sysenter_cs),       X86_HAS_SEP,   UINT32_MAX,   0},
    {0x175,   1, 1, ANYTHING,      AT(sysenter_esp),      X86_HAS_SEP,   UINT32_MAX,   0},
    {0x176,   1, 1, ANYTHING,      AT(sysenter_eip),      X86_HAS_SEP,   UINT32_MAX,   0},
    {0x17a,   1, 1, ANYTHING,      AT(mcg_status),        X86_HAS_MCA,   7,            0},
    {0x1a0,   1, 1, ANYTHING,      AT(misc_enable),       X86_HAS_SSE2,  ALL,          NO_TRACE},
    {0x1d9,   1, 1, ANYTHING,      AT(debugctl),          X86_HAS_CMOV,  0x7f,         0},
    {0x200,   8, 2, MTRR_LOW_TYPE, AT(mtrr_base),         X86_HAS_MTRR,  ALL,          0},
    {0x201,   8, 2, ANYTHING,      AT(mtrr_mask),         X86_HAS_MTRR,  ALL,          0},
    {0x250,   1, 1, MTRR_TYPES,    AT(mtrr_fixed[0]),     X86_HAS_MTRR,  ALL,          0},
    {0x258,   2, 1, MTRR_TYPES,    AT(mtrr_fixed[1]),     X86_HAS_MTRR,  ALL,          0},
    {0x268,   8, 1, MTRR_TYPES,    AT(mtrr_fixed[3]),     X86_HAS_MTRR,  ALL,          0},
    {0x277,   1, 1, PAT_TYPES,     AT(pat),               X86_HAS_PAT,   ALL,          0},
    {0x2ff,   1, 1, MTRR_LOW_TYPE, AT(mtrr_default_type), X86_HAS_MTRR,  0xcff,        0},
    {0x400,   4, 4, ANYTHING,      AT(mc_ctl),            X86_HAS_MCA,   ALL,          0},
    {0x401,   4, 4, ONLY_ZERO,     AT(mc_status),         X86_HAS_MCA,   ALL,          0},
    {0x402,   4, 4, ONLY_ZERO,     AT(mc_addr),           X86_HAS_MCA,   ALL,          0},
};

// Registers that read as a constant and forget what is written.
static const struct {
    u32 first, last;
    u32 feature;
    u64 value;
    bool is_read_only; // a write is #GP(0)
} constants[] = {
    {0x000, 0x001, X86_HAS_MCE,  0,     false}, // P5_MC_ADDR, P5_MC_TYPE
    {0x017, 0x017, X86_HAS_CMOV, 0,     true},  // IA32_PLATFORM_ID
    {0x02a, 0x02a, X86_HAS_CMOV, 0,     false}, // EBL_CR_POWERON
    {0x02c, 0x02c, X86_HAS_SSE2, 0,     true},  // EBC_FREQUENCY_ID
    {0x079, 0x079, X86_HAS_CMOV, 0,     false}, // IA32_BIOS_UPDT_TRIG
    {0x0c1, 0x0c2, X86_HAS_CMOV, 0,     false}, // performance counters
    {0x0fe, 0x0fe, X86_HAS_MTRR, 0x508, true},  // MTRRCAP: 8 variable, fixed, write combining
    {0x119, 0x119, X86_HAS_CMOV, 0,     false}, // BBL_CR_CTL
    {0x11e, 0x11e, X86_HAS_CMOV, 0,     false}, // BBL_CR_CTL3
    {0x179, 0x179, X86_HAS_MCA,  4,     true},  // MCG_CAP: 4 banks
    {0x186, 0x187, X86_HAS_CMOV, 0,     false}, // event selectors
    {0x1db, 0x1de, X86_HAS_CMOV, 0,     true},  // last branches
};
// clang-format on

static bool has(const struct x86 *c, u32 feature)
{
    return (c->model->features_edx & feature) != 0;
}

static bool unknown(struct x86 *c, u32 index, const char *what)
{
    if (c->w.log) {
        log_stub(c->w.log, "cpu: %s of unknown MSR %x", what, index);
    }
    return x86_raise_error(c, X86_GP, 0);
}

u64 x86_tsc(const struct x86 *c)
{
    return clock_ticks(clock_now_ns(c->w.clock), X86_TSC_HZ) + c->s.msr.tsc_offset;
}

static const struct msr_row *find_row(const struct x86 *c, u32 index)
{
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        const struct msr_row *r = &rows[n];
        u32 distance = index - r->first;
        if (distance < (u32)r->count * r->stride && distance % r->stride == 0 &&
            has(c, r->feature)) {
            return r;
        }
    }
    return NULL;
}

static u64 *member(struct x86 *c, const struct msr_row *r, u32 index)
{
    u8 *at = (u8 *)&c->s.msr + r->offset;
    return (u64 *)(void *)at + (index - r->first) / r->stride;
}

static int find_constant(const struct x86 *c, u32 index)
{
    for (unsigned n = 0; n < COUNT_OF(constants); n++) {
        if (index >= constants[n].first && index <= constants[n].last &&
            has(c, constants[n].feature)) {
            return (int)n;
        }
    }
    return -1;
}

bool x86_read_msr(struct x86 *c, u32 index, u64 *value)
{
    const struct msr_row *r = find_row(c, index);
    if (r) {
        *value = *member(c, r, index) | r->ones;
        return true;
    }
    int n = find_constant(c, index);
    if (n >= 0) {
        *value = constants[n].value;
        return true;
    }
    switch (index) {
    case MSR_TSC: *value = x86_tsc(c); return true;
    case MSR_BIOS_SIGN: *value = c->s.msr.bios_sign; return true;
    case MSR_APIC_BASE:
        if (has(c, X86_HAS_APIC)) {
            *value = c->s.msr.apic_base;
            return true;
        }
        break;
    case MSR_EFER:
        if (c->model->extended_edx & X86_HAS_NX) {
            *value = c->s.msr.efer;
            return true;
        }
        break;
    }
    return unknown(c, index, "read");
}

// Eight memory types, one a byte: `allowed` has a bit for each that exists.
static bool are_types(u64 value, u32 allowed)
{
    for (unsigned n = 0; n < 8; n++) {
        u8 type = (u8)(value >> (8 * n));
        if (type > 7 || !((allowed >> type) & 1)) {
            return false;
        }
    }
    return true;
}

static bool is_valid(enum check check, u64 value)
{
    enum { MTRR = 1 << 0 | 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6, PAT = MTRR | 1 << 7 };
    switch (check) {
    case ANYTHING: return true;
    case ONLY_ZERO: return value == 0;
    case PAT_TYPES: return are_types(value, PAT);
    case MTRR_TYPES: return are_types(value, MTRR);
    case MTRR_LOW_TYPE: return are_types(value & 0xff, MTRR);
    }
    return true;
}

static bool write_apic_base(struct x86 *c, u64 value)
{
    enum { BOOTSTRAP = 1 << 8, ENABLE = 1 << 11 };
    u64 address = ((1ull << c->model->physical_address_bits) - 1) & ~0xfffull;
    if (value & ~(address | BOOTSTRAP | ENABLE)) {
        return x86_raise_error(c, X86_GP, 0);
    }
    c->s.msr.apic_base = (value & ~(u64)BOOTSTRAP) | (c->s.msr.apic_base & BOOTSTRAP);
    if (c->w.apic_base_changed) {
        c->w.apic_base_changed(c->w.apic, c->s.msr.apic_base);
    }
    return true;
}

static bool write_efer(struct x86 *c, u64 value)
{
    if (value & ~(u64)X86_EFER_NXE) {
        return x86_raise_error(c, X86_GP, 0);
    }
    c->s.msr.efer = value;
    x86_paging_changed(c);
    return true;
}

bool x86_write_msr(struct x86 *c, u32 index, u64 value)
{
    const struct msr_row *r = find_row(c, index);
    if (r) {
        if ((value & ~r->writable) || !is_valid((enum check)r->check, value)) {
            return x86_raise_error(c, X86_GP, 0);
        }
        *member(c, r, index) = value;
        return true;
    }
    int n = find_constant(c, index);
    if (n >= 0) {
        return !constants[n].is_read_only || x86_raise_error(c, X86_GP, 0);
    }
    switch (index) {
    case MSR_TSC: c->s.msr.tsc_offset += value - x86_tsc(c); return true;
    case MSR_BIOS_SIGN: c->s.msr.bios_sign = value; return true;
    case MSR_APIC_BASE:
        if (has(c, X86_HAS_APIC)) {
            return write_apic_base(c, value);
        }
        break;
    case MSR_EFER:
        if (c->model->extended_edx & X86_HAS_NX) {
            return write_efer(c, value);
        }
        break;
    }
    return unknown(c, index, "write");
}
