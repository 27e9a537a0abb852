// Intel 440FX host bridge (82441FX), as far as firmware needs it: PCI 00:00.0 with the registers
// that shadow C0000h-FFFFFh in RAM. [440FX] 3.2
#pragma once

#include "base/types.h"
#include "core/dev.h"
#include "core/phys.h"
#include "dev/pci.h"

enum { I440FX_SEGMENTS = 13 }; // twelve of 16 KiB from C0000h, one of 64 KiB at F0000h

struct i440fx_state {
    u8 config[PCI_CONFIG_BYTES];
};

struct i440fx {
    struct dev dev;
    struct i440fx_state s;

    struct pci_function function;
    struct phys *phys;
    struct phys_region *segment[I440FX_SEGMENTS];
    u8 *ram;       // of the machine, from address 0
    u8 *rom;       // the firmware; its end is at 100000h (and at 4 GiB, which the board maps)
    u32 rom_bytes; // a multiple of 64 KiB; at most its last 128 KiB show below 1 MiB
};

// Maps C0000h-FFFFFh; the board maps RAM at 0-9FFFFh and from 100000h on, and the ROM below 4 GiB.
void i440fx_init(struct i440fx *h, struct pci *pci, struct phys *phys, u8 *ram, u8 *rom,
                 u32 rom_bytes);
