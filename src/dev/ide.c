// The IDE function of the PIIX3.
//
//     04h      command: 0 decodes the legacy ports and BAR 4 ([PIIX3] 2.3.3)
//     40h-43h  IDETIM of both channels: 15 decodes the channel's legacy ports, off after a reset;
//              timings are kept (they mean nothing here)
//     BAR 4    bus master: 0-7 primary, 8-Fh secondary (bmdma.h)
//
// Not implemented: native mode.
#include "dev/ide.h"

#include "base/bytes.h"

enum { BUS_MASTER_BAR = 4, BUS_MASTER_PORTS = 16, CHANNEL_PORTS = 8 };
enum { IDETIM = 0x40, IDETIM_DECODE = 0x8000 };

static const u16 block_port[IDE_CHANNELS] = {0x1F0, 0x170};
static const u16 control_port[IDE_CHANNELS] = {0x3F6, 0x376};

static const struct pci_identity ide_identity = {
    .vendor = 0x8086,
    .device = 0x7010,
    .subsystem_vendor = 0x1AF4,
    .subsystem = 0x1100,
    .class_code = 0x010180, // bus master, both channels in compatibility mode
    .bars[BUS_MASTER_BAR] = {.kind = PCI_BAR_IO, .size_bytes = BUS_MASTER_PORTS},
};

static const struct field ide_fields[] = {
    FIELD_ARRAY(struct ide_state, config),
    FIELD_STRUCTS_OF(struct ide_state, channel, ata_fields, ATA_FIELDS),
    FIELD_STRUCTS_OF(struct ide_state, bmdma, bmdma_fields, BMDMA_FIELDS),
};
static const struct field_table ide_table = FIELD_TABLE("ide", 1, struct ide_state, ide_fields);

static u32 block_read(void *owner, unsigned offset, unsigned size_bytes)
{
    return ata_read(owner, offset, size_bytes);
}

static void block_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    ata_write(owner, offset, value, size_bytes);
}

static u32 block_read_run(void *owner, unsigned offset, unsigned size_bytes, u8 *to, u32 count)
{
    return ata_read_run(owner, offset, size_bytes, to, count);
}

static u32 block_write_run(void *owner, unsigned offset, unsigned size_bytes, const u8 *from,
                           u32 count)
{
    return ata_write_run(owner, offset, size_bytes, from, count);
}

static u32 control_read(void *owner, unsigned offset, unsigned size_bytes)
{
    (void)offset;
    (void)size_bytes;
    return ata_read_alternate(owner);
}

static void control_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    (void)offset;
    (void)size_bytes;
    ata_write_control(owner, (u8)value);
}

static u32 bus_master_read(void *owner, unsigned offset, unsigned size_bytes)
{
    struct ide *d = owner;
    return bmdma_read(&d->bmdma[offset / CHANNEL_PORTS], offset % CHANNEL_PORTS, size_bytes);
}

static void bus_master_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    struct ide *d = owner;
    bmdma_write(&d->bmdma[offset / CHANNEL_PORTS], offset % CHANNEL_PORTS, value, size_bytes);
}

static void ide_mapped(void *owner, unsigned bar, u32 base, bool is_enabled)
{
    struct ide *d = owner;
    (void)bar;
    ports_move(d->ports, d->bmdma_range, (u16)base, is_enabled);
}

static void update_decoding(struct ide *d)
{
    bool is_on = load_le16(d->s.config + PCI_COMMAND) & PCI_COMMAND_IO;
    for (unsigned n = 0; n < IDE_CHANNELS; n++) {
        bool answers = is_on && (load_le16(d->s.config + IDETIM + 2 * n) & IDETIM_DECODE);
        if (answers != d->answers[n]) {
            d->answers[n] = answers;
            ports_move(d->ports, d->block_range[n], block_port[n], answers);
            ports_move(d->ports, d->control_range[n], control_port[n], answers);
        }
    }
}

static void ide_written(void *owner, unsigned offset, unsigned size_bytes)
{
    (void)offset;
    (void)size_bytes;
    update_decoding(owner);
}

static void ide_reset(void *owner)
{
    struct ide *d = owner;
    pci_function_reset(&d->function);
    store_le16(d->s.config + PCI_STATUS, 0x0280);
    update_decoding(d);
    for (unsigned n = 0; n < IDE_CHANNELS; n++) {
        bmdma_reset(&d->bmdma[n]);
        ata_reset(&d->channel[n]);
    }
}

static void ide_restored(void *owner)
{
    struct ide *d = owner;
    pci_function_restored(&d->function);
    update_decoding(d);
    for (unsigned n = 0; n < IDE_CHANNELS; n++) {
        ata_restored(&d->channel[n]);
    }
}

static void map_ports(struct ide *d, struct ports *ports)
{
    for (unsigned n = 0; n < IDE_CHANNELS; n++) {
        d->block_range[n] =
            ports_map(ports, block_port[n], 8, 4, block_read, block_write, &d->channel[n], "ide");
        ports_set_runs(ports, d->block_range[n], block_read_run, block_write_run);
        d->control_range[n] = ports_map(ports, control_port[n], 1, 1, control_read, control_write,
                                        &d->channel[n], "ide control");
        d->answers[n] = true; // until the reset
    }
    d->bmdma_range = ports_map(ports, 0xC000, BUS_MASTER_PORTS, 4, bus_master_read,
                               bus_master_write, d, "bmide");
    ports_move(ports, d->bmdma_range, 0xC000, false);
}

void ide_init(struct ide *d, struct pci *pci, unsigned devfn, struct ports *ports,
              struct phys *phys, struct clock *clock, struct log *log, struct disk *const disks[4],
              struct line irq14, struct line irq15)
{
    memset(d, 0, sizeof *d);
    dev_init(&d->dev, "ide", &ide_table, &d->s, d, ide_reset, ide_restored);
    d->ports = ports;
    pci_add(pci, devfn, &d->function, &ide_identity, d->s.config, d, ide_mapped, ide_written);
    memset(d->function.writable + IDETIM, 0xFF, 5); // and SIDETIM
    map_ports(d, ports);
    for (unsigned n = 0; n < IDE_CHANNELS; n++) {
        bmdma_init(&d->bmdma[n], &d->s.bmdma[n], phys, ata_dma_started, &d->channel[n]);
        ata_init(&d->channel[n], &d->s.channel[n], n, clock, log, n ? irq15 : irq14, &d->bmdma[n],
                 disks[2 * n], disks[2 * n + 1]);
    }
    ide_reset(d);
}

const struct ata_geometry *ide_geometry(const struct ide *d, unsigned drive)
{
    return &d->s.channel[drive / 2].drive[drive % 2].native;
}

bool ide_press_button(struct ide *d, unsigned drive)
{
    return cdrom_press_button(&d->channel[drive / 2].cdrom[drive % 2]);
}
