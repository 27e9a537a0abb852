// What the registers make of a picture: size, addressing, colours, cursor, in the numbers that
// drawing needs. [VGA] all of chapter 4
//
// Not implemented: overscan as a part of the picture, blinking in graphics modes, display and
// horizontal skew, shift registers that are loaded every second or fourth character, the 9th dot of
// characters in graphics modes, interlace.
#include "base/bits.h"
#include "dev/vga_impl.h"
#include "vitrine/vitrine.h"

#include <string.h>

enum {
    BLACK = 0, // before the opaque byte is added
    CURSOR_BLINK_PICTURES = 8,
    TEXT_BLINK_PICTURES = 16,
};
#define OPAQUE 0xFF000000u

// --- colours ---

u32 vga_colour(const struct vga *v, const u8 entry[3])
{
    u32 colour = 0;
    for (unsigned k = 0; k < 3; k++) {
        u32 level = entry[k];
        if (!(v->s.dispi[DISPI_ENABLE] & DISPI_8BIT_DAC)) {
            level = (level & 0x3F) << 2 | (level & 0x3F) >> 4;
        }
        colour |= level << 8 * k;
    }
    return colour | OPAQUE;
}

// The attribute controller's way from 4 bits to the DAC's 8. [VGA] attribute 0 to Fh, 12h, 14h
static u32 palette_of(const struct vga_state *s, unsigned n)
{
    u32 colour = s->attribute[n & s->attribute[AC_PLANES]], select = s->attribute[AC_COLOUR_SELECT];
    if (s->attribute[AC_MODE] & AC_MODE_SELECT_4) {
        colour = (colour & 0x0F) | (select & 3) << 4;
    }
    return colour | (select & 0x0C) << 4;
}

// At the top of the picture.
static void look_at_colours(const struct vga *v, struct vga_picture *p)
{
    const struct vga_state *s = &v->s;
    const struct vga_raster *raster = vga_raster_shown(v);
    const u8 *dac = raster ? raster->dac : s->dac;
    p->raster = raster ? vga_raster_digest(raster) | 1 : 0;
    for (unsigned n = 0; n < VGA_COLOURS; n++) {
        p->colours[n] = vga_colour(v, dac + 3 * (n & s->dac_mask));
    }
    for (unsigned n = 0; n < COUNT_OF(p->palette); n++) {
        p->palette[n] = palette_of(s, n);
    }
    p->border = p->colours[s->attribute[AC_OVERSCAN]];
}

// --- the CRTC ---

// Where the picture begins and how it goes on. [VGA] CRTC 08h, 09h, 0Ch, 13h, 14h, 17h, 18h
static void look_at_addresses(const struct vga *v, struct vga_picture *p)
{
    const u8 *crtc = v->s.crtc;
    bool is_dword = crtc[CRTC_UNDERLINE] & 0x40, is_byte = crtc[CRTC_MODE] & 0x40;
    u32 pan_characters = crtc[CRTC_PRESET_SCAN] >> 5 & 3u;
    p->start = vga_shown_start(v) + pan_characters;
    p->pitch = 2u * crtc[CRTC_OFFSET];
    p->address_shift = is_dword ? 2 : is_byte ? 0 : 1;
    p->word_wrap_bit = crtc[CRTC_MODE] & 0x20 ? 15 : 13;
    p->address_mask = 0xFFFF;
    p->scan_to_13 = !(crtc[CRTC_MODE] & 1);
    p->scan_to_14 = !(crtc[CRTC_MODE] & 2);
    p->count_shift = crtc[CRTC_UNDERLINE] & 0x20 ? 2 : crtc[CRTC_MODE] >> 3 & 1;
    p->first_scan = crtc[CRTC_PRESET_SCAN] & 31u;
    p->last_scan = crtc[CRTC_MAX_SCAN] & 31u;
}

static void look_at_lines(const struct vga_state *s, struct vga_picture *p)
{
    const u8 *crtc = s->crtc;
    unsigned twice = crtc[CRTC_MODE] >> 2 & 1; // the line counter counts every second line
    u32 compare = crtc[CRTC_LINE_COMPARE] | (crtc[CRTC_OVERFLOW] & 0x10u) << 4 |
                  (crtc[CRTC_MAX_SCAN] & 0x40u) << 3;
    u32 lines = (vga_crtc_lines(s, CRTC_SHOWN_LINES, 1, 6) + 1u) << twice;
    p->height = lines < VT_SCREEN_MAX_HEIGHT ? lines : VT_SCREEN_MAX_HEIGHT;
    p->repeats = (crtc[CRTC_MAX_SCAN] & 0x80 ? 2u : 1u) << twice;
    p->split_line = ((compare + 1) << twice) - 1;
}

static void look_at_width(const struct vga_state *s, struct vga_picture *p)
{
    u32 most;
    p->dot_width = s->sequencer[SEQ_CLOCKING] & CLOCKING_HALF ? 2 : 1;
    p->character_dots =
        p->kind == VGA_TEXT && !(s->sequencer[SEQ_CLOCKING] & CLOCKING_8_DOTS) ? 9 : 8;
    most = VT_SCREEN_MAX_WIDTH / (p->character_dots * p->dot_width);
    p->characters = s->crtc[CRTC_SHOWN] + 1u;
    p->characters = p->characters < most ? p->characters : most;
    p->width = p->characters * p->character_dots * p->dot_width;
}

// Pixel panning. With nine dots 8 is none, 0 is one dot. [VGA] attribute 13h
static void look_at_panning(const struct vga_state *s, struct vga_picture *p)
{
    u32 pan = s->attribute[AC_PAN];
    if (p->character_dots == 9) {
        p->pan = pan >= 8 ? 0 : pan + 1;
    } else {
        p->pan = pan & 7;
    }
    if (!(s->attribute[AC_MODE] & AC_MODE_SPLIT_PAN)) { // else neither reaches the lower part
        p->split_pan = p->pan;
        p->split_start = s->crtc[CRTC_PRESET_SCAN] >> 5 & 3;
    }
}

static u32 greatest_divisor(u32 a, u32 b)
{
    while (b != 0) {
        u32 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

// A VGA's picture fills a screen of 4 to 3, whatever its dots are.
static void look_at_shape(struct vga_picture *p)
{
    u32 across = 4 * p->height, down = 3 * p->width, divisor = greatest_divisor(across, down);
    p->pixel_width = across / divisor;
    p->pixel_height = down / divisor;
}

// --- text ---

// [VGA] sequencer 3: three bits each for font A (attribute bit 3 set) and B
static u32 font_of(const struct vga_state *s, bool is_a)
{
    u32 r = s->sequencer[SEQ_FONTS];
    u32 n = is_a ? (r >> 2 & 3) | (r >> 3 & 4) : (r & 3) | (r >> 2 & 4);
    return (n & 3) << 14 | (n & 4) << 11; // 0, 16K, 32K, 48K, 8K, 24K, 40K, 56K
}

static void look_at_cursor(const struct vga *v, struct vga_picture *p, u64 pictures)
{
    const u8 *crtc = v->s.crtc;
    u32 first = crtc[CRTC_CURSOR_START] & 31u, last = crtc[CRTC_CURSOR_END] & 31u;
    bool is_dark = pictures / CURSOR_BLINK_PICTURES & 1;
    p->cursor_at = ((u32)crtc[CRTC_CURSOR] << 8 | crtc[CRTC_CURSOR + 1]) +
                   (crtc[CRTC_CURSOR_END] >> 5 & 3u); // skew
    p->cursor_at &= 0xFFFF;
    if (!(crtc[CRTC_CURSOR_START] & 0x20) && !is_dark && first <= last) {
        p->cursor_first = first;
        p->cursor_end = last + 1;
    }
}

static void look_at_text(const struct vga *v, struct vga_picture *p)
{
    const struct vga_state *s = &v->s;
    u64 pictures = vga_retraces(v, clock_now_ns(v->clock));
    p->font[0] = font_of(s, false);
    p->font[1] = font_of(s, true);
    p->underline_scan = s->crtc[CRTC_UNDERLINE] & 31;
    p->blinks = (s->attribute[AC_MODE] & AC_MODE_BLINK) != 0;
    p->is_blink_off = p->blinks && (pictures / TEXT_BLINK_PICTURES & 1);
    p->line_graphics = (s->attribute[AC_MODE] & AC_MODE_LINE_GRAPHICS) != 0;
    look_at_cursor(v, p, pictures);
}

// --- graphics ---

static void look_at_dots(const struct vga_state *s, struct vga_picture *p)
{
    u8 mode = s->graphics[GC_MODE];
    p->shift = mode & GC_MODE_256   ? VGA_SHIFT_NIBBLES
               : mode & GC_MODE_CGA ? VGA_SHIFT_PAIRS
                                    : VGA_SHIFT_PLANES;
    p->pairs_dots = (s->attribute[AC_MODE] & AC_MODE_8_BITS) != 0;
}

static void look_at_extension(const struct vga *v, struct vga_picture *p)
{
    const u16 *d = v->s.dispi;
    p->width = d[DISPI_XRES];
    p->height = d[DISPI_YRES];
    p->pixel_width = p->pixel_height = 1;
    p->bits = d[DISPI_BPP];
    if (p->bits == 4) {
        p->characters = p->width / 8;
        p->character_dots = 8;
        p->dot_width = p->repeats = 1;
        p->pitch = d[DISPI_VIRT_WIDTH] / 8u;
        p->start = d[DISPI_Y_OFFSET] * p->pitch + d[DISPI_X_OFFSET] / 8u;
        p->pan = d[DISPI_X_OFFSET] & 7u;
        p->split_line = VT_SCREEN_MAX_HEIGHT;
        p->address_mask = v->vram_bytes / 4 - 1;
        p->kind = VGA_DOTS;
        return;
    }
    u32 bytes = (p->bits + 7) / 8;
    p->kind = VGA_LINEAR;
    p->pitch_bytes = d[DISPI_VIRT_WIDTH] * bytes;
    p->first_byte = d[DISPI_Y_OFFSET] * p->pitch_bytes + d[DISPI_X_OFFSET] * bytes;
}

// --- all ---

// Off: black, or with the palette's address source at the processor the border's colour.
static void look_at_blanking(const struct vga *v, struct vga_picture *p)
{
    const struct vga_state *s = &v->s;
    bool is_reset =
        !vga_dispi_is_on(v) && ((s->sequencer[0] & 3) != 3 || !(s->crtc[CRTC_MODE] & 0x80));
    if (is_reset || (s->sequencer[SEQ_CLOCKING] & CLOCKING_SCREEN_OFF)) {
        p->kind = VGA_BLANK;
        p->border = BLACK | OPAQUE;
    } else if (!(s->attribute_index & ATTRIBUTE_SCREEN_ON)) {
        p->kind = VGA_BLANK;
    }
}

void vga_look(const struct vga *v, struct vga_picture *p)
{
    const struct vga_state *s = &v->s;
    memset(p, 0, sizeof *p);
    look_at_colours(v, p);
    if (vga_dispi_is_on(v)) {
        look_at_extension(v, p);
    } else {
        p->kind = s->graphics[GC_MISC] & GC_MISC_GRAPHICS ? VGA_DOTS : VGA_TEXT;
        look_at_addresses(v, p);
        look_at_lines(s, p);
        look_at_width(s, p);
        look_at_panning(s, p);
        look_at_shape(p);
        if (p->kind == VGA_TEXT) {
            look_at_text(v, p);
        } else {
            look_at_dots(s, p);
        }
    }
    look_at_blanking(v, p);
}
