// PCI bus 0.
//
//     CF8h  configuration address  31 enable | 23..16 bus | 15..11 slot | 10..8 function |
//                                  7..2 register; dwords only, bytes at CF9h are the south
//                                  bridge's reset control register
//     CFCh  configuration data     4 bytes
//
// Not implemented: mechanism #2, bridges and further buses, special cycles, 64-bit base address
// registers, parity and system errors.
#include "dev/pci.h"

#include "base/bits.h"
#include "base/bytes.h"
#include "base/check.h"

static const u32 ADDRESS_ENABLE = 0x80000000, ADDRESS_BITS = 0x80FFFFFC;

static const struct field pci_fields[] = {
    FIELD(struct pci_state, address),
    FIELD_ARRAY(struct pci_state, intx),
    FIELD_ARRAY(struct pci_state, pirq_count),
};
static const struct field_table pci_table = FIELD_TABLE("pci", 1, struct pci_state, pci_fields);

static unsigned bar_offset(unsigned bar)
{
    return bar == PCI_BAR_ROM ? PCI_ROM_ADDRESS : PCI_BAR0 + 4 * bar;
}

// Where the header says that a BAR lies; 0: nowhere. An address of 0 or one that reaches the end of
// the space is what a register shows while its size is being found out, and decodes nothing.
static u32 bar_address(const struct pci_function *f, unsigned bar)
{
    const struct pci_bar *b = &f->identity->bars[bar];
    u32 value = load_le32(f->config + bar_offset(bar));
    u32 command = load_le16(f->config + PCI_COMMAND);
    u32 base = value & ~(b->size_bytes - 1);
    bool is_io = b->kind == PCI_BAR_IO;
    if (b->kind == PCI_BAR_NONE || !(command & (is_io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY))) {
        return 0;
    }
    if (bar == PCI_BAR_ROM && !(value & 1)) {
        return 0;
    }
    u64 end = (u64)base + b->size_bytes;
    return end >= (is_io ? 0x10000u : 0x100000000u) ? 0 : base;
}

static void update_bars(struct pci_function *f)
{
    for (unsigned bar = 0; bar < PCI_BARS; bar++) {
        u32 base = bar_address(f, bar);
        if (base == f->mapped_base[bar]) {
            continue;
        }
        f->mapped_base[bar] = base;
        if (f->mapped) {
            f->mapped(f->owner, bar, base, base != 0);
        }
    }
}

static void make_header(struct pci_function *f)
{
    const struct pci_identity *id = f->identity;
    u8 *c = f->config;
    memset(c, 0, PCI_CONFIG_BYTES);
    store_le16(c + PCI_VENDOR_ID, id->vendor);
    store_le16(c + PCI_DEVICE_ID, id->device);
    store_le32(c + PCI_REVISION, id->class_code << 8 | id->revision);
    c[PCI_HEADER_TYPE] = id->is_multifunction ? 0x80 : 0;
    store_le16(c + PCI_SUBSYSTEM_VENDOR_ID, id->subsystem_vendor);
    store_le16(c + PCI_SUBSYSTEM_ID, id->subsystem);
    c[PCI_INTERRUPT_PIN] = id->interrupt_pin;
    for (unsigned bar = 0; bar < PCI_BAR_ROM; bar++) {
        enum pci_bar_kind kind = id->bars[bar].kind;
        c[bar_offset(bar)] = kind == PCI_BAR_IO ? 1 : kind == PCI_BAR_PREFETCHABLE ? 8 : 0;
    }
}

static void make_masks(struct pci_function *f)
{
    store_le16(f->writable + PCI_COMMAND, 0x0147); // I/O, memory, master, parity, SERR#
    store_le16(f->write_1_to_clear + PCI_STATUS, 0xF900);
    f->writable[0x0C] = f->writable[0x0D] = 0xFF; // cache line size, latency timer
    f->writable[PCI_INTERRUPT_LINE] = 0xFF;
    for (unsigned bar = 0; bar < PCI_BARS; bar++) {
        const struct pci_bar *b = &f->identity->bars[bar];
        if (b->kind != PCI_BAR_NONE) {
            CHECK(is_power_of_2(b->size_bytes));
            u32 enable = bar == PCI_BAR_ROM ? 1 : 0;
            store_le32(f->writable + bar_offset(bar), ~(b->size_bytes - 1) | enable);
        }
    }
}

void pci_add(struct pci *p, unsigned devfn, struct pci_function *f,
             const struct pci_identity *identity, u8 *config, void *owner,
             void (*mapped)(void *owner, unsigned bar, u32 base, bool is_enabled),
             void (*written)(void *owner, unsigned offset, unsigned size_bytes))
{
    CHECK(devfn < PCI_FUNCTIONS && !p->functions[devfn]);
    memset(f, 0, sizeof *f);
    f->identity = identity;
    f->bus = p;
    f->devfn = devfn;
    f->config = config;
    f->owner = owner;
    f->mapped = mapped;
    f->written = written;
    make_masks(f);
    make_header(f);
    p->functions[devfn] = f;
}

void pci_function_reset(struct pci_function *f)
{
    make_header(f);
    update_bars(f);
    pci_set_interrupt(f, false);
}

void pci_function_restored(struct pci_function *f)
{
    update_bars(f);
}

void pci_set_interrupt(struct pci_function *f, bool level)
{
    struct pci *p = f->bus;
    unsigned pin = f->config[PCI_INTERRUPT_PIN];
    if (pin == 0 || p->s.intx[f->devfn] == level) {
        return;
    }
    unsigned wire = ((f->devfn >> 3) + pin + 2) % PCI_PIRQS; // + 2 is - 2
    p->s.intx[f->devfn] = level;
    p->s.pirq_count[wire] = (u16)(p->s.pirq_count[wire] + (level ? 1 : -1));
    line_set(&p->pirq[wire], p->s.pirq_count[wire] != 0);
}

u32 pci_config_read(struct pci *p, unsigned devfn, unsigned offset, unsigned size_bytes)
{
    const struct pci_function *f = p->functions[devfn];
    u32 value = 0xFFFFFFFF;
    if (f && offset + size_bytes <= PCI_CONFIG_BYTES) {
        value = 0;
        memcpy(&value, f->config + offset, size_bytes);
    }
    return value;
}

void pci_config_write(struct pci *p, unsigned devfn, unsigned offset, u32 value,
                      unsigned size_bytes)
{
    struct pci_function *f = p->functions[devfn];
    if (!f || offset + size_bytes > PCI_CONFIG_BYTES) {
        return;
    }
    for (unsigned n = 0; n < size_bytes; n++) {
        u8 byte = (u8)(value >> 8 * n), mask = f->writable[offset + n];
        u8 *c = &f->config[offset + n];
        *c = (u8)((*c & ~mask) | (byte & mask));
        *c = (u8)(*c & ~(byte & f->write_1_to_clear[offset + n]));
    }
    if (offset < 0x40) {
        update_bars(f);
    }
    if (f->written) {
        f->written(f->owner, offset, size_bytes);
    }
}

// --- the ports ---

static u32 address_read(void *owner, unsigned offset, unsigned size_bytes)
{
    struct pci *p = owner;
    if (size_bytes == 4) {
        return p->s.address;
    }
    if (offset == 1 && size_bytes == 1 && p->reset_control_read) {
        return p->reset_control_read(p->reset_control_owner);
    }
    return 0xFFFFFFFF;
}

static void address_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    struct pci *p = owner;
    if (size_bytes == 4) {
        p->s.address = value & ADDRESS_BITS;
    } else if (offset == 1 && size_bytes == 1 && p->reset_control_write) {
        p->reset_control_write(p->reset_control_owner, (u8)value);
    }
}

// True if the address register selects something on bus 0.
static bool is_selected(const struct pci *p)
{
    return (p->s.address & ADDRESS_ENABLE) && bits_of(p->s.address, 16, 8) == 0;
}

static u32 data_read(void *owner, unsigned offset, unsigned size_bytes)
{
    struct pci *p = owner;
    u32 address = p->s.address;
    if (!is_selected(p)) {
        return 0xFFFFFFFF;
    }
    return pci_config_read(p, (address >> 8) & 0xFF, (address & 0xFC) + offset, size_bytes);
}

static void data_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    struct pci *p = owner;
    u32 address = p->s.address;
    if (is_selected(p)) {
        pci_config_write(p, (address >> 8) & 0xFF, (address & 0xFC) + offset, value, size_bytes);
    }
}

static void pci_reset(void *owner)
{
    struct pci *p = owner;
    p->s.address = 0;
}

static void pci_restored(void *owner)
{
    struct pci *p = owner;
    for (unsigned n = 0; n < PCI_PIRQS; n++) {
        line_set(&p->pirq[n], p->s.pirq_count[n] != 0);
    }
}

void pci_init(struct pci *p, struct ports *ports)
{
    memset(p, 0, sizeof *p);
    dev_init(&p->dev, "pci", &pci_table, &p->s, p, pci_reset, pci_restored);
    ports_map(ports, 0xCF8, 4, 4, address_read, address_write, p, "pci address");
    ports_map(ports, 0xCFC, 4, 4, data_read, data_write, p, "pci data");
}
