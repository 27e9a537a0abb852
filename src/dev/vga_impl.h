// What the files vga*.c share.
#pragma once

#include "dev/vga.h"

// --- registers by their index ---

enum {
    MISC_COLOUR = 0x01,
    MISC_RAM_ENABLE = 0x02,
    ATTRIBUTE_SCREEN_ON = 0x20,

    SEQ_CLOCKING = 1,
    SEQ_MAP_MASK = 2,
    SEQ_FONTS = 3,
    SEQ_MEMORY = 4,
    CLOCKING_8_DOTS = 0x01,
    CLOCKING_HALF = 0x08,
    CLOCKING_SCREEN_OFF = 0x20,
    MEMORY_NOT_ODD_EVEN = 0x04,
    MEMORY_CHAIN_4 = 0x08,

    CRTC_TOTAL = 0x00,
    CRTC_SHOWN = 0x01,
    CRTC_LINE_TOTAL = 0x06,
    CRTC_OVERFLOW = 0x07,
    CRTC_PRESET_SCAN = 0x08,
    CRTC_MAX_SCAN = 0x09,
    CRTC_CURSOR_START = 0x0A,
    CRTC_CURSOR_END = 0x0B,
    CRTC_START = 0x0C,
    CRTC_CURSOR = 0x0E,
    CRTC_RETRACE = 0x10,
    CRTC_RETRACE_END = 0x11,
    CRTC_SHOWN_LINES = 0x12,
    CRTC_OFFSET = 0x13,
    CRTC_UNDERLINE = 0x14,
    CRTC_MODE = 0x17,
    CRTC_LINE_COMPARE = 0x18,

    GC_SET_RESET = 0,
    GC_ENABLE_SET_RESET = 1,
    GC_COLOUR_COMPARE = 2,
    GC_ROTATE = 3,
    GC_READ_MAP = 4,
    GC_MODE = 5,
    GC_MISC = 6,
    GC_COLOUR_CARE = 7,
    GC_BIT_MASK = 8,
    GC_MODE_READ_1 = 0x08,
    GC_MODE_ODD_EVEN = 0x10,
    GC_MODE_CGA = 0x20,
    GC_MODE_256 = 0x40,
    GC_MISC_GRAPHICS = 0x01,
    GC_MISC_CHAIN = 0x02,

    AC_MODE = 0x10,
    AC_OVERSCAN = 0x11,
    AC_PLANES = 0x12,
    AC_PAN = 0x13,
    AC_COLOUR_SELECT = 0x14,
    AC_MODE_LINE_GRAPHICS = 0x04,
    AC_MODE_BLINK = 0x08,
    AC_MODE_SPLIT_PAN = 0x20,
    AC_MODE_8_BITS = 0x40,
    AC_MODE_SELECT_4 = 0x80,
};

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

static inline bool vga_dispi_is_on(const struct vga *v)
{
    return v->s.dispi[DISPI_ENABLE] & DISPI_ENABLED;
}

static inline unsigned vga_bank_shift(const struct vga *v)
{
    return v->s.dispi[DISPI_ENABLE] & DISPI_BANK_32K ? 15 : 16;
}

u32 vga_dispi_read(void *owner, unsigned offset, unsigned size_bytes);
void vga_dispi_write(void *owner, unsigned offset, u32 value, unsigned size_bytes);
void vga_dispi_reset(struct vga *v);
// Off, if a restored state is none that writes could have made.
void vga_dispi_make_valid(struct vga *v);

// --- memory ---

enum { VGA_WINDOW_BYTES = 0x10000 }; // of each of the two windows

// Where group g of the video memory is; see struct vga.
static inline u32 vga_group_at(const struct vga *v, u32 g)
{
    u32 place = (g & ~0xFFFFu) | (g >> 2 & 0x3FFF) | ((g ^ g >> 14) & 3) << 14;
    return place << 2 & (v->vram_bytes - 1);
}

u64 vga_window_read(void *owner, u64 offset, unsigned size_bytes);
void vga_window_write(void *owner, u64 offset, u64 value, unsigned size_bytes);
// All of video memory may have changed.
void vga_memory_changed(struct vga *v);
// A register that decides on how the window works has changed.
void vga_access_changed(struct vga *v);

// --- the beam ---

// A line count of the CRTC, with bits 8 and 9 from its overflow register.
static inline unsigned vga_crtc_lines(const struct vga_state *s, unsigned reg, unsigned bit8,
                                      unsigned bit9)
{
    unsigned overflow = s->crtc[CRTC_OVERFLOW];
    return s->crtc[reg] | (overflow >> bit8 & 1) << 8 | (overflow >> bit9 & 1) << 9;
}

struct vga_beam {
    u64 picture;     // pictures since power-on, by the present timing
    u64 line;        // the nearest beginning of a line
    u64 shown_lines; // the line lies behind the displayed part if it is not less
};
struct vga_beam vga_beam(const struct vga *v);
// Input status 1: bit 0 nothing displayed now, bit 3 vertical retrace.
u8 vga_beam_status(const struct vga *v);
// Vertical retraces since power-on, by the present timing.
u64 vga_retraces(const struct vga *v, u64 ns);
// The start address of the picture that the beam draws now.
u16 vga_shown_start(const struct vga *v);
// To be called before the start address is written.
void vga_start_changes(struct vga *v);

// The vertical interrupt's flip-flop.
bool vga_is_interrupt(const struct vga *v);
// To be called before and after a register changes that has to do with the beam's timing.
void vga_timing_changes(struct vga *v);
void vga_timing_changed(struct vga *v);
void vga_vertical_due(void *owner);

// --- colours that change within the picture ---

// An entry of the DAC is about to be written.
void vga_raster_note(struct vga *v, u8 entry, const u8 colour[3]);
void vga_raster_forget(struct vga *v);
// What the last whole picture was like; NULL: all of it had the same colours.
const struct vga_raster *vga_raster_shown(const struct vga *v);
u64 vga_raster_digest(const struct vga_raster *r);
// Brings the picture's colours up to a line, from change `next` on. Returns the next one.
u32 vga_raster_apply(const struct vga *v, const struct vga_raster *r, u32 next, u32 line,
                     struct vga_picture *p);

// --- drawing ---

enum vga_shift { VGA_SHIFT_PLANES, VGA_SHIFT_PAIRS, VGA_SHIFT_NIBBLES };

// The picture that registers and time make.
void vga_look(const struct vga *v, struct vga_picture *p);

// An entry of the DAC as a pixel.
u32 vga_colour(const struct vga *v, const u8 entry[3]);

enum { VGA_LINE_PIXELS = 2560 }; // at most

// Where the beam is in the memory.
struct vga_line {
    u32 address; // of the line's first character
    u32 scan;    // row scan counter
    u32 pan;
};

// The plane offset that the CRTC puts out for a value of its counter.
static inline u32 vga_plane_offset(const struct vga_picture *p, u32 counter, u32 scan)
{
    u32 address = counter << p->address_shift;
    if (p->address_shift == 1) {
        address |= counter >> p->word_wrap_bit & 1;
    } else if (p->address_shift == 2) {
        address |= counter >> 12 & 3;
    }
    if (p->scan_to_13) {
        address = (address & ~(1u << 13)) | (scan & 1) << 13;
    }
    if (p->scan_to_14) {
        address = (address & ~(1u << 14)) | (scan >> 1 & 1) << 14;
    }
    return address & p->address_mask;
}

void vga_draw_text_line(const struct vga *v, const struct vga_picture *p, struct vga_line line,
                        u32 *out);
void vga_draw_dots_line(const struct vga *v, const struct vga_picture *p, struct vga_line line,
                        u32 *out);
void vga_draw_linear_line(const struct vga *v, const struct vga_picture *p, u32 line, u32 *out);
