// The processors that can be had, and what CPUID says of them. Sources: [SDM2] CPUID, [AP485] for
// the descriptors of leaf 2.
#include "cpu/x86/x86.h"

#include "base/text.h"

#include <string.h>

enum {
    PENTIUM = X86_HAS_FPU | X86_HAS_VME | X86_HAS_DE | X86_HAS_PSE | X86_HAS_TSC | X86_HAS_MSR |
              X86_HAS_MCE | X86_HAS_CX8 | X86_HAS_APIC | X86_HAS_MMX,
    PENTIUM3 = PENTIUM | X86_HAS_PAE | X86_HAS_SEP | X86_HAS_MTRR | X86_HAS_PGE | X86_HAS_MCA |
               X86_HAS_CMOV | X86_HAS_PAT | X86_HAS_PSE36 | X86_HAS_FXSR | X86_HAS_SSE,
};

static const struct x86_model models[] = {
    {
        .name = "486", // IntelDX4, the 486 with CPUID
        .family = 4,
        .model = 8,
        .stepping = 0,
        .max_leaf = 1,
        .features_edx = X86_HAS_FPU | X86_HAS_VME,
        .physical_address_bits = 32,
        .vendor = "GenuineIntel",
    },
    {
        .name = "pentium", // with MMX
        .family = 5,
        .model = 4,
        .stepping = 3,
        .max_leaf = 1,
        .features_edx = PENTIUM,
        .physical_address_bits = 32,
        .vendor = "GenuineIntel",
    },
    {
        .name = "pentium3",
        .family = 6,
        .model = 8,
        .stepping = 6,
        .max_leaf = 2,
        .features_edx = PENTIUM3,
        .physical_address_bits = 36,
        .vendor = "GenuineIntel",
    },
    {
        // A Pentium 4 with SSE3 and NX. Its leaves end where a Pentium III's do, as such a
        // processor's do once IA32_MISC_ENABLE limits them: Windows NT 4 crashes with more than 3.
        .name = "max",
        .family = 15,
        .model = 4,
        .stepping = 1,
        .max_leaf = 2,
        .features_edx = PENTIUM3 | X86_HAS_CLFSH | X86_HAS_SSE2,
        .features_ecx = X86_HAS_SSE3,
        .extended_edx = X86_HAS_NX,
        .physical_address_bits = 36,
        .vendor = "GenuineIntel",
        .brand = "Vitrine Virtual CPU",
    },
};

const struct x86_model *x86_model_by_name(const char *name)
{
    for (unsigned n = 0; n < COUNT_OF(models); n++) {
        if (text_equal(models[n].name, name)) {
            return &models[n];
        }
    }
    return NULL;
}

enum { EAX, EBX, ECX, EDX };

static u32 word_of(const char *text)
{
    const u8 *t = (const u8 *)text;
    return t[0] | (u32)t[1] << 8 | (u32)t[2] << 16 | (u32)t[3] << 24;
}

static void leaf_vendor(const struct x86_model *m, u32 out[4])
{
    out[EAX] = m->max_leaf;
    out[EBX] = word_of(m->vendor);
    out[EDX] = word_of(m->vendor + 4);
    out[ECX] = word_of(m->vendor + 8);
}

static void leaf_features(const struct x86 *c, u32 out[4])
{
    enum { APIC_ENABLED = 1 << 11, CLFLUSH_64_BYTES = 8 << 8 };
    const struct x86_model *m = c->model;
    out[EAX] = (u32)m->family << 8 | (u32)m->model << 4 | m->stepping;
    out[EBX] = m->features_edx & X86_HAS_CLFSH ? CLFLUSH_64_BYTES : 0; // APIC id 0 in 31..24
    out[ECX] = m->features_ecx;
    out[EDX] = m->features_edx;
    if (!(c->s.msr.apic_base & APIC_ENABLED)) {
        out[EDX] &= ~(u32)X86_HAS_APIC;
    }
}

// Caches and TLBs by one-byte descriptors.
static void leaf_descriptors(const struct x86_model *m, u32 out[4])
{
    if (m->family == 15) { // L1 16 KiB, trace cache 12 K, L2 1 MiB
        out[EAX] = 0x605b5001;
        out[EDX] = 0x007c7040;
    } else { // L1 16 KiB each, L2 256 KiB
        out[EAX] = 0x03020101;
        out[EDX] = 0x0c040882;
    }
}

static void leaf_extended(const struct x86_model *m, u32 leaf, u32 out[4])
{
    switch (leaf) {
    case 0x80000000: out[EAX] = 0x80000008; break;
    case 0x80000001: out[EDX] = m->extended_edx; break;
    case 0x80000002:
    case 0x80000003:
    case 0x80000004:
        for (unsigned n = 0; n < 4; n++) {
            out[n] = word_of(m->brand + 16 * (leaf - 0x80000002) + 4 * n);
        }
        break;
    case 0x80000006: out[ECX] = 0x04006040; break; // L2: 1024 KiB, 8 ways, lines of 64
    case 0x80000007: out[EDX] = 1 << 8; break;     // the TSC ticks at one rate always
    case 0x80000008: out[EAX] = m->physical_address_bits | 32 << 8; break;
    }
}

void x86_cpuid(struct x86 *c, u32 leaf, u32 out[4])
{
    const struct x86_model *m = c->model;
    memset(out, 0, 4 * sizeof *out);
    if (m->extended_edx && leaf >= 0x80000000 && leaf <= 0x80000008) {
        leaf_extended(m, leaf, out);
        return;
    }
    switch (leaf < m->max_leaf ? leaf : m->max_leaf) { // beyond the last leaf: the last one's data
    case 0: leaf_vendor(m, out); break;
    case 1: leaf_features(c, out); break;
    case 2: leaf_descriptors(m, out); break;
    }
}
