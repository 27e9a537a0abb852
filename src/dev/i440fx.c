// Intel 440FX host bridge, PCI 00:00.0.
//
//     59h       PAM0  7..4: F0000h-FFFFFh
//     5Ah-5Fh   PAM1 to PAM6, two segments of 16 KiB each from C0000h: 3..0 lower, 7..4 upper
//               bit 0 of a nibble: reads go to RAM (else to the ROM); bit 1: so do writes
//     72h       SMRAM  6 D_OPEN, 5 D_CLS, 4 D_LCK, 3 G_SMRAME, 2..0 base (fixed 2)
//
// Its subsystem number is the one by which firmware made for QEMU recognises its machine.
//
// Not implemented: system management RAM (the register is kept, nothing obeys it), DRAM row
// registers, the AGP of its successors, cacheability bits, error reporting.
#include "dev/i440fx.h"

#include "base/bytes.h"
#include "base/check.h"

enum {
    PAM0 = 0x59,
    PAM6 = 0x5F,
    SMRAM = 0x72,
    SMRAM_OPEN = 0x40,
    SMRAM_LOCK = 0x10,

    SHADOW_BASE = 0xC0000,
    BIOS_SEGMENT = 12, // number of the 64 KiB one
    BIOS_BASE = 0xF0000,
    TOP = 0x100000,
};

static const struct pci_identity i440fx_identity = {
    .vendor = 0x8086,
    .device = 0x1237,
    .subsystem_vendor = 0x1AF4,
    .subsystem = 0x1100,
    .class_code = 0x060000,
    .revision = 2,
};

static const struct field i440fx_fields[] = {
    FIELD_ARRAY(struct i440fx_state, config),
};
static const struct field_table i440fx_table =
    FIELD_TABLE("i440fx", 1, struct i440fx_state, i440fx_fields);

static u32 segment_base(unsigned n)
{
    return n == BIOS_SEGMENT ? BIOS_BASE : SHADOW_BASE + 0x4000 * n;
}

static u8 segment_rights(const struct i440fx *h, unsigned n)
{
    if (n == BIOS_SEGMENT) {
        return h->s.config[PAM0] >> 4 & 3;
    }
    return h->s.config[PAM0 + 1 + n / 2] >> 4 * (n & 1) & 3;
}

static void update_segments(struct i440fx *h)
{
    bool is_changed = false;
    for (unsigned n = 0; n < I440FX_SEGMENTS; n++) {
        struct phys_region *r = h->segment[n];
        u32 base = segment_base(n);
        u8 rights = segment_rights(h, n);
        u32 below_top = TOP - base;
        u8 *rom = below_top <= h->rom_bytes ? h->rom + h->rom_bytes - below_top : NULL;
        if (base < 0xE0000) {
            rom = NULL; // the firmware's chip is decoded in the upper 128 KiB only
        }
        u8 *readable = rights & 1 ? h->ram + base : rom;
        u8 *writable = rights & 2 ? h->ram + base : NULL;
        is_changed |= readable != r->read_memory || writable != r->write_memory;
        r->read_memory = readable;
        r->write_memory = writable;
    }
    if (is_changed) {
        phys_update(h->phys);
    }
}

static void i440fx_written(void *owner, unsigned offset, unsigned size_bytes)
{
    struct i440fx *h = owner;
    u8 *smram = &h->s.config[SMRAM];
    if (offset <= PAM6 && offset + size_bytes > PAM0) {
        update_segments(h);
    }
    if (*smram & SMRAM_LOCK) { // [440FX] 3.2.21: locked until reset, and closed
        *smram = (u8)(*smram & ~SMRAM_OPEN);
        h->function.writable[SMRAM] = 0;
    }
}

static void i440fx_reset(void *owner)
{
    struct i440fx *h = owner;
    pci_function_reset(&h->function);
    store_le16(h->s.config + PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    store_le16(h->s.config + PCI_STATUS, 0x0200);
    h->s.config[SMRAM] = 0x02;
    h->function.writable[SMRAM] = 0x78;
    update_segments(h);
}

static void i440fx_restored(void *owner)
{
    struct i440fx *h = owner;
    h->function.writable[SMRAM] = h->s.config[SMRAM] & SMRAM_LOCK ? 0 : 0x78;
    update_segments(h);
}

void i440fx_init(struct i440fx *h, struct pci *pci, struct phys *phys, u8 *ram, u8 *rom,
                 u32 rom_bytes)
{
    memset(h, 0, sizeof *h);
    CHECK(rom_bytes % 0x10000 == 0);
    dev_init(&h->dev, "i440fx", &i440fx_table, &h->s, h, i440fx_reset, i440fx_restored);
    h->phys = phys;
    h->ram = ram;
    h->rom = rom;
    h->rom_bytes = rom_bytes;
    pci_add(pci, PCI_DEVFN(0, 0), &h->function, &i440fx_identity, h->s.config, h, NULL,
            i440fx_written);
    memset(h->function.writable + PAM0, 0x33, PAM6 - PAM0 + 1);
    h->function.writable[PAM0] = 0x30;
    for (unsigned n = 0; n < I440FX_SEGMENTS; n++) {
        u32 size = n == BIOS_SEGMENT ? 0x10000 : 0x4000;
        h->segment[n] =
            phys_map_mmio(phys, segment_base(n), size, 4, NULL, NULL, h, "shadow segment");
    }
    i440fx_reset(h);
}
