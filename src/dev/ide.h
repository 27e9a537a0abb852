// The IDE function of the PIIX3: two ATA channels at the legacy ports 1F0h/3F6h (IRQ 14) and
// 170h/376h (IRQ 15), and their bus master. [PIIX3] 2.3
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "core/disk.h"
#include "core/line.h"
#include "core/log.h"
#include "core/phys.h"
#include "core/ports.h"
#include "dev/ata.h"
#include "dev/bmdma.h"
#include "dev/pci.h"

enum { IDE_CHANNELS = 2 };

struct ide_state {
    u8 config[PCI_CONFIG_BYTES];
    struct ata_state channel[IDE_CHANNELS];
    struct bmdma_state bmdma[IDE_CHANNELS];
};

struct ide {
    struct dev dev;
    struct ide_state s;

    struct pci_function function;
    struct ports *ports;
    struct ata channel[IDE_CHANNELS];
    struct bmdma bmdma[IDE_CHANNELS];
    unsigned bmdma_range, block_range[IDE_CHANNELS], control_range[IDE_CHANNELS];
    bool answers[IDE_CHANNELS]; // at the legacy ports; follows from the state
};

// `disks`: hda hdb hdc hdd; a pointer may be NULL, and no drive is there for a hard disk without a
// medium.
void ide_init(struct ide *d, struct pci *pci, unsigned devfn, struct ports *ports,
              struct phys *phys, struct clock *clock, struct log *log, struct disk *const disks[4],
              struct line irq14, struct line irq15);
// The shape of disk hda to hdd (0 to 3); zeros: no hard disk.
const struct ata_geometry *ide_geometry(const struct ide *d, unsigned drive);
// The button of the CD drive hda to hdd (0 to 3). False: the guest has locked it; it will be asked.
bool ide_press_button(struct ide *d, unsigned drive);
