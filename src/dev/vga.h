// A VGA with the Bochs display extension, on PCI (1234:1111): registers at 3B0h-3DFh and
// 1CEh/1CFh, memory at A0000h-BFFFFh and as a linear frame buffer (BAR 0).
// [VGA] = IBM PS/2 Video Subsystem reference, [DISPI] = VBE DISPI interface of the Bochs VGA
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "core/line.h"
#include "core/log.h"
#include "core/phys.h"
#include "core/ports.h"
#include "dev/pci.h"

struct vt_screen;
struct vt_text_screen;

enum {
    VGA_SEQUENCER_REGISTERS = 5,
    VGA_CRTC_REGISTERS = 25,
    VGA_GRAPHICS_REGISTERS = 9,
    VGA_ATTRIBUTE_REGISTERS = 21,
    VGA_DISPI_REGISTERS = 11,

    VGA_MEMORY_MAX = 0x1000000,
    VGA_PAGES_MAX = VGA_MEMORY_MAX / PHYS_PAGE_BYTES,
    VGA_COLOURS = 256,
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

    u16 shown_start;      // start address of the picture that the beam draws
    u64 start_written_ns; // when the CRTC's was last written; it counts from the next retrace on

    bool is_interrupt;      // the vertical interrupt's flip-flop, at the time below; since then
    u64 interrupt_since_ns; // each end of the displayed part has set it
};

enum vga_kind {
    VGA_BLANK,
    VGA_TEXT,
    VGA_DOTS,   // the VGA's graphics modes, and the display extension's of 4 bits
    VGA_LINEAR, // the display extension's others
};

// What the registers make of a picture. Two equal ones over the same memory are the same picture.
struct vga_picture {
    u32 kind; // enum vga_kind
    u32 width, height, pixel_width, pixel_height;
    u32 colours[VGA_COLOURS]; // of the DAC, through its mask: 0xFFBBGGRR
    u32 border;
    u64 raster; // digest of the changes of colour below the top; 0: none

    // VGA_TEXT and VGA_DOTS: the CRTC. Addresses are those of its memory address counter.
    u32 characters; // in a line
    u32 start, pitch;
    u32 first_scan, last_scan; // row scan counter: at the top of the screen, at the end of each row
    u32 repeats;               // scan lines for each count of the row scan counter
    u32 split_line, split_start; // the picture begins anew below this line, there
    u32 pan, split_pan;          // dots to the left, above and below the split
    u32 address_shift;           // 0 byte, 1 word, 2 doubleword mode
    u32 word_wrap_bit;           // of the counter, that becomes bit 0 in word mode
    u32 address_mask;            // plane offsets that there are
    u32 scan_to_13, scan_to_14;  // whether bits 0 and 1 of the row scan replace address bits
    u32 count_shift;             // the counter advances every 1, 2, 4 characters
    u32 dot_width;               // pixels a dot: 2 at half the dot clock
    u32 palette[16];             // of the attribute controller: index into colours

    // VGA_TEXT
    u32 character_dots;
    u32 font[2]; // plane offset; [1]: attribute bit 3 set
    u32 underline_scan;
    u32 cursor_first, cursor_end, cursor_at; // row scans, address; first == end: none
    u32 blinks, is_blink_off;                // attribute bit 7; whether blinkers are dark now
    u32 line_graphics;                       // C0h to DFh go on in the ninth dot

    // VGA_DOTS
    u32 shift;      // enum vga_shift
    u32 pairs_dots; // two dots of four bits are one of eight

    // VGA_LINEAR
    u32 bits, pitch_bytes, first_byte;
};

// What entries of the DAC became while the beam was inside a picture.
enum { VGA_RASTER_CHANGES = 2048 };
struct vga_raster {
    u64 picture;             // which one: pictures since power-on, by the present timing
    u8 dac[VGA_COLOURS * 3]; // above the first change
    u32 count;
    struct vga_raster_change {
        u16 line; // the first with the colour
        u8 entry, colour[3];
    } changes[VGA_RASTER_CHANGES]; // more are left out
};

// What a write to the window has to do, worked out when a register changes.
struct vga_access {
    u32 first, size_bytes; // the part of the window that answers
    u32 bank;              // added to the offset
    u32 layout;            // enum vga_layout
    u32 planes;            // a byte of ones for each plane that may be written
    u32 set, enable_set;   // set/reset, expanded
    u32 bit_mask;          // expanded
    bool is_plain;         // bytes reach the planes as they are
};

// Video memory is groups of four bytes, byte p of plane p. Group g, which the CRTC and planar
// writes call plane offset g, is not the g-th: its place has bits 13..0 of g >> 2, and above them
// bits 1..0 of g exclusive-or bits 15..14. Chain-4 reaches the groups where these are equal, so
// that what it shows in a row is a row of bytes here, too, which can be mapped as it is.
struct vga {
    struct dev dev;
    struct vga_state s;

    struct pci_identity identity; // the BARs' sizes depend on the memory and the ROM
    struct pci_function function;
    struct ports *ports;
    struct phys *phys;
    struct clock *clock;
    struct event vertical; // armed only while a guest has the interrupt enabled
    struct line irq;
    struct log *log;
    u8 *vram; // the caller's; not in the field table: the machine saves it as it saves RAM
    u32 vram_bytes;
    const u8 *rom; // the video BIOS
    u32 rom_bytes;
    struct phys_region *window[2], *linear, *rom_region; // A0000h, B0000h

    struct vga_access access; // follows from the state

    // Which of the picture is new: counts of vga_draw that found something changed.
    u64 generation, picture_generation, page_generation[VGA_PAGES_MAX];
    u8 unwritten[VGA_PAGES_MAX]; // by the CPU since the last look; see phys_region
    struct vga_picture picture;  // of the last look
    struct vga_raster raster[2]; // of the last two pictures that had changes
    u32 raster_now;              // the later one
};

// `irq`: the vertical interrupt. `vram_bytes`: a power of two, 256 KiB to 16 MiB. `rom` may be
// NULL: no expansion ROM.
void vga_init(struct vga *v, struct pci *pci, unsigned devfn, struct ports *ports,
              struct phys *phys, struct clock *clock, struct line irq, struct log *log, u8 *vram,
              u32 vram_bytes, const u8 *rom, u32 rom_bytes);

// The text screen; false if the VGA shows graphics or nothing.
bool vga_text_screen(const struct vga *v, struct vt_text_screen *out);

// Brings a picture of the caller's up to date: vt_screen_draw of vitrine.h.
bool vga_draw(struct vga *v, struct vt_screen *screen);
