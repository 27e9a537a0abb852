// The text screen of a VGA as characters, read out of its memory and registers.
//
// Left out: what only a picture can show, that is panning and preset row scan, and a split screen.
// A new start address counts at once, not from the next retrace on: a guest's last words before it
// halts are there.
#include "dev/vga_impl.h"
#include "vitrine/vitrine.h"

#include <string.h>

static unsigned row_count(const struct vga_picture *p)
{
    return p->height / ((p->last_scan + 1) * p->repeats);
}

static void read_cells(const struct vga *v, const struct vga_picture *p, struct vt_text_screen *out)
{
    for (unsigned row = 0; row < out->rows; row++) {
        for (unsigned column = 0; column < out->columns; column++) {
            u32 counter = (p->start + row * p->pitch + column) & 0xFFFF;
            const u8 *cell = v->vram + vga_group_at(v, vga_plane_offset(p, counter, 0));
            out->characters[row][column] = cell[0];
            out->attributes[row][column] = cell[1];
        }
    }
}

static void read_cursor(const struct vga *v, const struct vga_picture *p,
                        struct vt_text_screen *out)
{
    const u8 *crtc = v->s.crtc;
    unsigned at = ((unsigned)crtc[CRTC_CURSOR] << 8 | crtc[CRTC_CURSOR + 1]) - p->start;
    unsigned first = crtc[CRTC_CURSOR_START] & 31, last = crtc[CRTC_CURSOR_END] & 31;
    unsigned row = p->pitch ? at / p->pitch : 0, column = p->pitch ? at % p->pitch : 0;
    bool is_inside = p->pitch && row < out->rows && column < out->columns;
    out->is_cursor_visible = is_inside && !(crtc[CRTC_CURSOR_START] & 0x20) && first <= last;
    if (is_inside) {
        out->cursor_row = row;
        out->cursor_column = column;
    }
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

bool vga_text_screen(const struct vga *v, struct vt_text_screen *out)
{
    struct vga_picture p;
    memset(out, 0, sizeof *out);
    vga_look(v, &p);
    p.start = (u32)v->s.crtc[CRTC_START] << 8 | v->s.crtc[CRTC_START + 1];
    if (p.kind != VGA_TEXT) {
        return false;
    }
    out->columns = smaller(p.characters, VT_TEXT_MAX_COLUMNS);
    out->rows = smaller(row_count(&p), VT_TEXT_MAX_ROWS);
    out->blinks = p.blinks != 0;
    read_cells(v, &p, out);
    read_cursor(v, &p, out);
    return true;
}
