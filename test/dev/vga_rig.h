// A VGA on the bench, and modes as an IBM VGA BIOS sets them.
#pragma once

#include "base/bytes.h"
#include "dev/vga_impl.h"
#include "test/dev/pci_rig.h"
#include "vitrine/vitrine.h"

enum { VGA = 2 << 3, VRAM_BYTES = 0x100000 };

static struct vga vga;
static u8 vram[VRAM_BYTES];
static const u8 rom[5000] = {0x55, 0xAA, 10};

static inline void set_pair(u16 port, u8 index, u8 value)
{
    out(port, (u32)value << 8 | index, 2);
}

static inline void set_attribute(u8 index, u8 value)
{
    in(0x3DA, 1);
    out(0x3C0, index, 1);
    out(0x3C0, value, 1);
}

static inline int set_up(void **state)
{
    (void)state;
    rig_init();
    memset(vram, 0, sizeof vram);
    vga_init(&vga, &rig.pci, VGA, &rig.ports, &rig.phys, &rig.clock, rig_line(9), &rig.log, vram,
             VRAM_BYTES, rom, sizeof rom);
    out(0x3C2, 0x67, 1);
    return 0;
}

static inline void poke(u32 address, u32 value, unsigned size_bytes)
{
    phys_write(&rig.phys, address, &value, size_bytes);
}

static inline u32 peek(u32 address, unsigned size_bytes)
{
    u32 value = 0;
    phys_read(&rig.phys, address, &value, size_bytes);
    return value;
}

// The four planes at an offset.
static inline u32 planes_at(u32 offset)
{
    return load_le32(vram + vga_group_at(&vga, offset));
}

static inline void set_planes(u32 offset, u32 planes)
{
    store_le32(vram + vga_group_at(&vga, offset), planes);
    vga_memory_changed(&vga);
}

// The registers of a mode, in the order of a BIOS's parameter table.
struct vga_mode {
    u8 misc;
    u8 sequencer[5];
    u8 crtc[25];
    u8 graphics[9];
    u8 attribute[21];
};

static const struct vga_mode mode_3 = {
    .misc = 0x67,
    .sequencer = {0x03, 0x00, 0x03, 0x00, 0x02},
    .crtc = {0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF, 0x1F, 0x00, 0x4F, 0x0D, 0x0E, 0x00,
             0x00, 0x00, 0x00, 0x9C, 0x8E, 0x8F, 0x28, 0x1F, 0x96, 0xB9, 0xA3, 0xFF},
    .graphics = {0, 0, 0, 0, 0, 0x10, 0x0E, 0x00, 0xFF},
    .attribute = {0,    1,    2,    3,    4,    5,    0x14, 7,    0x38, 0x39, 0x3A,
                  0x3B, 0x3C, 0x3D, 0x3E, 0x3F, 0x0C, 0,    0x0F, 0x08, 0},
};
static const struct vga_mode mode_4 = {
    .misc = 0x63,
    .sequencer = {0x03, 0x09, 0x03, 0x00, 0x02},
    .crtc = {0x2D, 0x27, 0x28, 0x90, 0x2B, 0x80, 0xBF, 0x1F, 0x00, 0xC1, 0x00, 0x00, 0x00,
             0x00, 0x00, 0x00, 0x9C, 0x8E, 0x8F, 0x14, 0x00, 0x96, 0xB9, 0xA2, 0xFF},
    .graphics = {0, 0, 0, 0, 0, 0x30, 0x0F, 0x0F, 0xFF},
    .attribute = {0,    0x13, 0x15, 0x17, 2,    4,    6, 7,    0x10, 0x11, 0x12,
                  0x13, 0x14, 0x15, 0x16, 0x17, 0x01, 0, 0x03, 0,    0},
};
static const struct vga_mode mode_12 = {
    .misc = 0xE3,
    .sequencer = {0x03, 0x01, 0x0F, 0x00, 0x06},
    .crtc = {0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0x0B, 0x3E, 0x00, 0x40, 0x00, 0x00, 0x00,
             0x00, 0x00, 0x00, 0xEA, 0x8C, 0xDF, 0x28, 0x00, 0xE7, 0x04, 0xE3, 0xFF},
    .graphics = {0, 0, 0, 0, 0, 0x00, 0x05, 0x0F, 0xFF},
    .attribute = {0,    1,    2,    3,    4,    5,    0x14, 7,    0x38, 0x39, 0x3A,
                  0x3B, 0x3C, 0x3D, 0x3E, 0x3F, 0x01, 0,    0x0F, 0,    0},
};
static const struct vga_mode mode_13 = {
    .misc = 0x63,
    .sequencer = {0x03, 0x01, 0x0F, 0x00, 0x0E},
    .crtc = {0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF, 0x1F, 0x00, 0x41, 0x00, 0x00, 0x00,
             0x00, 0x00, 0x00, 0x9C, 0x8E, 0x8F, 0x28, 0x40, 0x96, 0xB9, 0xA3, 0xFF},
    .graphics = {0, 0, 0, 0, 0, 0x40, 0x05, 0x0F, 0xFF},
    .attribute = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0x41, 0, 0x0F, 0, 0},
};

// DAC entry n: red n, green 63 - n % 64, blue n / 4, of 63.
static inline void set_dac(void)
{
    out(0x3C8, 0, 1);
    for (unsigned n = 0; n < 256; n++) {
        out(0x3C9, n & 63, 1);
        out(0x3C9, 63 - (n & 63), 1);
        out(0x3C9, n >> 2, 1);
    }
}

// What a pixel of that DAC entry is: six bits widened to eight by repeating the upper two.
static inline u32 colour(unsigned n)
{
    u32 red = n & 63, green = 63 - (n & 63), blue = n >> 2;
    return 0xFF000000 | (blue << 2 | blue >> 4) << 16 | (green << 2 | green >> 4) << 8 |
           (red << 2 | red >> 4);
}

static inline void set_mode(const struct vga_mode *m)
{
    out(0x3C2, m->misc, 1);
    for (u8 n = 0; n < 5; n++) {
        set_pair(0x3C4, n, m->sequencer[n]);
    }
    set_pair(0x3D4, 0x11, 0);
    for (u8 n = 0; n < 25; n++) {
        set_pair(0x3D4, n, m->crtc[n]);
    }
    for (u8 n = 0; n < 9; n++) {
        set_pair(0x3CE, n, m->graphics[n]);
    }
    for (u8 n = 0; n < 21; n++) {
        set_attribute(n, m->attribute[n]);
    }
    out(0x3C0, 0x20, 1);
    set_dac();
}

static inline void set_dispi(u16 index, u16 value)
{
    out(0x1CE, index, 2);
    out(0x1CF, value, 2);
}

static inline void set_extension(u16 width, u16 height, u16 bits)
{
    set_dispi(DISPI_ENABLE, 0);
    set_dispi(DISPI_XRES, width);
    set_dispi(DISPI_YRES, height);
    set_dispi(DISPI_BPP, bits);
    set_dispi(DISPI_ENABLE, DISPI_ENABLED | DISPI_LFB_ENABLED);
    set_dac();
    in(0x3DA, 1);
    out(0x3C0, 0x20, 1);
}
