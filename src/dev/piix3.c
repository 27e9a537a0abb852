// PIIX3 function 0: the ISA bridge.
//
//     60h-63h  PIRQRC A to D  7 not routed, 3..0 ISA interrupt (3-7, 9-12, 14, 15)
//     CF9h     reset control  2 reset when it rises: with 1 everything, else the processor (INIT)
//     others from 40h on (ISA timing, chip selects, DMA aliases, power): kept, without effect
//
// Not implemented: MIRQ, serial interrupts, SMI.
#include "dev/piix3.h"

#include "base/bytes.h"

enum { PIRQRC = 0x60, PIRQ_OFF = 0x80, RESET_CPU = 4, RESET_HARD = 2 };

// Interrupts that PIRQRC accepts. [PIIX3] 2.2.8
enum { ROUTABLE = 0xDEF8 };

static const struct pci_identity piix3_identity = {
    .vendor = 0x8086,
    .device = 0x7000,
    .subsystem_vendor = 0x1AF4,
    .subsystem = 0x1100,
    .class_code = 0x060100,
    .is_multifunction = true,
};

static const struct field piix3_fields[] = {
    FIELD_ARRAY(struct piix3_state, config),
    FIELD(struct piix3_state, reset_control),
    FIELD_ARRAY(struct piix3_state, pirq_level),
    FIELD(struct piix3_state, irq_level),
};
static const struct field_table piix3_table =
    FIELD_TABLE("piix3", 1, struct piix3_state, piix3_fields);

static void update_irqs(struct piix3 *b)
{
    u16 level = 0;
    for (unsigned n = 0; n < PCI_PIRQS; n++) {
        u8 route = b->s.config[PIRQRC + n];
        if (b->s.pirq_level[n] && !(route & PIRQ_OFF)) {
            level |= (u16)(1u << (route & 15) & ROUTABLE);
        }
    }
    u16 changed = level ^ b->s.irq_level;
    b->s.irq_level = level;
    for (unsigned n = 0; n < 16; n++) {
        if (changed >> n & 1) {
            line_set(&b->irq[n], level >> n & 1);
        }
    }
}

static void set_pirq(void *owner, unsigned n, bool level)
{
    struct piix3 *b = owner;
    b->s.pirq_level[n] = level;
    update_irqs(b);
}

static void piix3_written(void *owner, unsigned offset, unsigned size_bytes)
{
    struct piix3 *b = owner;
    if (offset < PIRQRC + PCI_PIRQS && offset + size_bytes > PIRQRC) {
        update_irqs(b);
    }
}

static u8 reset_control_read(void *owner)
{
    const struct piix3 *b = owner;
    return b->s.reset_control;
}

static void reset_control_write(void *owner, u8 value)
{
    struct piix3 *b = owner;
    b->s.reset_control = value & RESET_HARD;
    if (value & RESET_CPU) {
        line_pulse(value & RESET_HARD ? &b->reset : &b->init);
    }
}

static void piix3_reset(void *owner)
{
    struct piix3 *b = owner;
    pci_function_reset(&b->function);
    store_le16(b->s.config + PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    store_le16(b->s.config + PCI_STATUS, 0x0200);
    b->s.config[0x4C] = 0x4D; // ISA recovery times
    b->s.config[0x4E] = 0x03; // BIOS and keyboard chip selects
    memset(b->s.config + PIRQRC, PIRQ_OFF, PCI_PIRQS);
    b->s.config[0x69] = 0x02;                     // top of memory
    b->s.config[0x70] = 0x80;                     // MBIRQ0: off
    b->s.config[0x76] = b->s.config[0x77] = 0x0C; // MBDMA: off
    b->s.config[0x78] = 0x02;                     // PCSC: off
    b->s.config[0xA0] = 0x08;                     // SMICNTL: fast-off timer frozen
    b->s.config[0xA8] = 0x0F;                     // FTMR: its reload
    b->s.reset_control = 0;
    update_irqs(b);
}

static void piix3_restored(void *owner)
{
    struct piix3 *b = owner;
    for (unsigned n = 0; n < 16; n++) {
        line_set(&b->irq[n], b->s.irq_level >> n & 1);
    }
}

void piix3_init(struct piix3 *b, struct pci *pci, unsigned devfn, const struct line irq[16],
                struct line reset, struct line init)
{
    memset(b, 0, sizeof *b);
    dev_init(&b->dev, "piix3", &piix3_table, &b->s, b, piix3_reset, piix3_restored);
    memcpy(b->irq, irq, sizeof b->irq);
    b->reset = reset;
    b->init = init;
    pci_add(pci, devfn, &b->function, &piix3_identity, b->s.config, b, NULL, piix3_written);
    memset(b->function.writable + PIRQRC, 0x8F, PCI_PIRQS);
    static const u8 kept[] = {0x4C, 0x4E, 0x4F, 0x69, 0x6A, 0x70, 0x76, 0x77,
                              0x78, 0x79, 0x80, 0x82, 0xA0, 0xA2, 0xA3, 0xA8};
    for (unsigned n = 0; n < COUNT_OF(kept); n++) {
        b->function.writable[kept[n]] = 0xFF;
    }
    for (unsigned n = 0; n < PCI_PIRQS; n++) {
        pci->pirq[n] = (struct line){.set = set_pirq, .owner = b, .n = n};
    }
    pci->reset_control_read = reset_control_read;
    pci->reset_control_write = reset_control_write;
    pci->reset_control_owner = b;
    piix3_reset(b);
}
