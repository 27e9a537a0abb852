// One scan line of each kind of picture, in pixels.
#include "base/bytes.h"
#include "dev/vga_impl.h"

static u32 fetch(const struct vga *v, const struct vga_picture *p, u32 counter, u32 scan)
{
    return load_le32(v->vram + vga_group_at(v, vga_plane_offset(p, counter & 0xFFFFFF, scan)));
}

static u32 *put_dot(u32 *out, u32 colour, u32 dot_width)
{
    *out++ = colour;
    if (dot_width == 2) {
        *out++ = colour;
    }
    return out;
}

// Characters of a line that are partly in sight: one more if the line is panned.
static u32 characters_in_sight(const struct vga_picture *p, struct vga_line line)
{
    return p->characters + (line.pan ? 1 : 0);
}

// --- text ---

struct cell {
    u32 ground, letters; // colours
    u32 dots;            // bit 8: the leftmost of nine
};

// A character's row of dots, 9 of them: the ninth is empty but for line graphics.
static u32 font_row(const struct vga *v, const struct vga_picture *p, u8 character, u8 attribute,
                    u32 scan)
{
    u32 offset = p->font[attribute >> 3 & 1] + character * 32u + scan;
    u32 dots = (u32)v->vram[vga_group_at(v, offset & p->address_mask) + 2] << 1;
    if (p->line_graphics && character >= 0xC0 && character <= 0xDF) {
        dots |= dots >> 1 & 1;
    }
    return dots;
}

static struct cell look_up_cell(const struct vga *v, const struct vga_picture *p, u32 counter,
                                u32 scan)
{
    u32 group = fetch(v, p, counter, scan);
    u8 character = (u8)group, attribute = (u8)(group >> 8);
    u32 ground = attribute >> 4 & (p->blinks ? 7u : 15u), letters = attribute & 15u;
    struct cell c = {.dots = font_row(v, p, character, attribute, scan)};
    if ((attribute & 0x77) == 1 && scan == p->underline_scan) {
        c.dots = 0x1FF;
    }
    if (p->is_blink_off && (attribute & 0x80)) {
        c.dots = 0;
    }
    if (counter == p->cursor_at && scan >= p->cursor_first && scan < p->cursor_end) {
        c.dots = 0x1FF;
    }
    c.ground = p->colours[p->palette[ground]];
    c.letters = p->colours[p->palette[letters]];
    return c;
}

void vga_draw_text_line(const struct vga *v, const struct vga_picture *p, struct vga_line line,
                        u32 *out)
{
    u32 count = characters_in_sight(p, line);
    for (u32 n = 0; n < count; n++) {
        u32 counter = (line.address + (n >> p->count_shift)) & 0xFFFF;
        struct cell c = look_up_cell(v, p, counter, line.scan);
        for (u32 bit = 0; bit < p->character_dots; bit++) {
            out = put_dot(out, c.dots << bit & 0x100 ? c.letters : c.ground, p->dot_width);
        }
    }
}

// --- dots ---

// Spreads 8 bits over the lowest bits of eight nibbles, and 8 bits as four pairs over four nibbles.
static u32 spread_bits(u32 x)
{
    x = (x | x << 12) & 0x000F000F;
    x = (x | x << 6) & 0x03030303;
    return (x | x << 3) & 0x11111111;
}

static u32 spread_pairs(u32 x)
{
    x = (x | x << 4) & 0x0F0F;
    return (x | x << 2) & 0x3333;
}

// What leaves the shift registers for a group: eight nibbles, the leftmost dot on top.
// [VGA] graphics mode register, bits 6..5
static u32 dots_of(u32 group, u32 shift)
{
    u32 b0 = group & 0xFF, b1 = group >> 8 & 0xFF, b2 = group >> 16 & 0xFF, b3 = group >> 24;
    switch ((enum vga_shift)shift) {
    case VGA_SHIFT_NIBBLES: return b0 << 24 | b1 << 16 | b2 << 8 | b3;
    case VGA_SHIFT_PAIRS:
        return spread_pairs(b0) << 16 | spread_pairs(b1) | spread_pairs(b2) << 18 |
               spread_pairs(b3) << 2;
    case VGA_SHIFT_PLANES: break;
    }
    return spread_bits(b0) | spread_bits(b1) << 1 | spread_bits(b2) << 2 | spread_bits(b3) << 3;
}

void vga_draw_dots_line(const struct vga *v, const struct vga_picture *p, struct vga_line line,
                        u32 *out)
{
    u32 count = characters_in_sight(p, line);
    for (u32 n = 0; n < count; n++) {
        u32 group = fetch(v, p, line.address + (n >> p->count_shift), line.scan);
        u32 dots = dots_of(group, p->shift);
        for (u32 dot = 0; dot < 8; dot++) {
            u32 colour = p->pairs_dots ? dots >> 4 * (6 - (dot & 6)) & 0xFF
                                       : p->palette[dots >> 4 * (7 - dot) & 15];
            out = put_dot(out, p->colours[colour], p->dot_width);
        }
    }
}

// --- the display extension ---

static u32 widen(u32 value, unsigned bits)
{
    return value << (8 - bits) | value >> (2 * bits - 8);
}

static u32 rgb(u32 red, u32 green, u32 blue)
{
    return 0xFF000000 | blue << 16 | green << 8 | red;
}

static void draw_linear(const struct vga_picture *p, const u8 *from, u32 *out)
{
    for (u32 n = 0; n < p->width; n++) {
        u32 x;
        switch (p->bits) {
        case 8: out[n] = p->colours[from[n]]; break;
        case 15:
            x = load_le16(from + 2 * n);
            out[n] = rgb(widen(x >> 10 & 31, 5), widen(x >> 5 & 31, 5), widen(x & 31, 5));
            break;
        case 16:
            x = load_le16(from + 2 * n);
            out[n] = rgb(widen(x >> 11, 5), widen(x >> 5 & 63, 6), widen(x & 31, 5));
            break;
        case 24: out[n] = rgb(from[3 * n + 2], from[3 * n + 1], from[3 * n]); break;
        default:
            x = load_le32(from + 4 * n);
            out[n] = rgb(x >> 16 & 0xFF, x >> 8 & 0xFF, x & 0xFF);
            break;
        }
    }
}

void vga_draw_linear_line(const struct vga *v, const struct vga_picture *p, u32 line, u32 *out)
{
    u8 wrapped[4 * VGA_LINE_PIXELS];
    u32 bytes = p->width * ((p->bits + 7) / 8), mask = v->vram_bytes - 1;
    u32 first = (p->first_byte + line * p->pitch_bytes) & mask;
    if (bytes <= v->vram_bytes - first) {
        draw_linear(p, v->vram + first, out);
        return;
    }
    for (u32 n = 0; n < bytes; n++) { // the last line of memory goes on in the first
        wrapped[n] = v->vram[(first + n) & mask];
    }
    draw_linear(p, wrapped, out);
}
