// A VGA with the Bochs display extension, on PCI (1234:1111): registers at 3B0h-3DFh and
// 1CEh/1CFh, memory at A0000h-BFFFFh and as a linear frame buffer (BAR 0).
// [VGA] = IBM PS/2 Video Subsystem reference, [DISPI] = VBE DISPI interface of the Bochs VGA
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "core/log.h"
#include "core/phys.h"
#include "core/ports.h"
#include "dev/pci.h"

struct vt_text_screen;

enum {
    VGA_SEQUENCER_REGISTERS = 5,
    VGA_CRTC_REGISTERS = 25,
    VGA_GRAPHICS_REGISTERS = 9,
    VGA_ATTRIBUTE_REGISTERS = 21,
    VGA_DISPI_REGISTERS = 11,
};

struct vga_state {
    u8 config[PCI_CONFIG_BYTES];

    u8 misc;    // 3C2h/3CCh
    u8 feature; // 3BAh/3DAh, 3CAh
    u8 enable;  // 3C3h
    u8 sequencer_index, sequencer[VGA_SEQUENCER_REGISTERS];
    u8 crtc_index, crtc[VGA_CRTC_REGISTERS];
    u8 graphics_index, graphics[VGA_GRAPHICS_REGISTERS];
    u8 attribute_index, attribute[VGA_ATTRIBUTE_REGISTERS];
    bool attribute_expects_data; // flip-flop of 3C0h
    u32 latch;                   // one byte for each plane

    u8 dac_mask, dac_read_index, dac_write_index;
    u8 dac_component; // 0 red, 1 green, 2 blue: next to be transferred
    bool dac_is_reading;
    u8 dac_partial[2]; // red and green of the entry being written
    u8 dac[256 * 3];   // red, green, blue; 6 bits each, 8 with DISPI_8BIT_DAC

    u16 dispi_index, dispi[VGA_DISPI_REGISTERS];
};

// Video memory: byte p of each group of four belongs to plane p. Planar modes address groups;
// chain-4 and the linear frame buffer see the bytes in a row; odd/even sees bytes 0 and 1 of each
// group in a row, so that cell n of a text screen is group n: character, attribute, font, unused.
struct vga {
    struct dev dev;
    struct vga_state s;

    struct pci_identity identity; // the BARs' sizes depend on the memory and the ROM
    struct pci_function function;
    struct ports *ports;
    struct phys *phys;
    struct clock *clock;
    struct log *log;
    u8 *vram; // the caller's; not in the field table: the machine saves it as it saves RAM
    u32 vram_bytes;
    const u8 *rom; // the video BIOS
    u32 rom_bytes;
    struct phys_region *window, *linear, *rom_region;
};

// `vram_bytes`: a power of two, 256 KiB to 16 MiB. `rom` may be NULL: no expansion ROM.
void vga_init(struct vga *v, struct pci *pci, unsigned devfn, struct ports *ports,
              struct phys *phys, struct clock *clock, struct log *log, u8 *vram, u32 vram_bytes,
              const u8 *rom, u32 rom_bytes);

// The text screen; false if the VGA shows graphics or nothing.
bool vga_text_screen(const struct vga *v, struct vt_text_screen *out);

// --- private to vga*.c ---

enum vga_dispi {
    DISPI_ID,
    DISPI_XRES,
    DISPI_YRES,
    DISPI_BPP,
    DISPI_ENABLE,
    DISPI_BANK,
    DISPI_VIRT_WIDTH,
    DISPI_VIRT_HEIGHT,
    DISPI_X_OFFSET,
    DISPI_Y_OFFSET,
    DISPI_MEMORY_64K,
};

enum {
    DISPI_ENABLED = 0x01,
    DISPI_GETCAPS = 0x02,
    DISPI_BANK_32K = 0x10,
    DISPI_8BIT_DAC = 0x20,
    DISPI_LFB_ENABLED = 0x40,
    DISPI_NOCLEARMEM = 0x80,
};

u32 vga_dispi_read(void *owner, unsigned offset, unsigned size_bytes);
void vga_dispi_write(void *owner, unsigned offset, u32 value, unsigned size_bytes);
void vga_dispi_reset(struct vga *v);
u64 vga_window_read(void *owner, u64 offset, unsigned size_bytes);
void vga_window_write(void *owner, u64 offset, u64 value, unsigned size_bytes);
