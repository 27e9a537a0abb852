// The text screen of a VGA, read out of its memory and registers.
//
// Not implemented: a split screen (line compare), panning, the blinking of the cursor.
#include "dev/vga.h"
#include "vitrine/vitrine.h"

#include <string.h>

enum {
    CRTC_COLUMNS = 0x01,
    CRTC_OVERFLOW = 0x07,
    CRTC_CELL_HEIGHT = 0x09,
    CRTC_CURSOR_START = 0x0A,
    CRTC_CURSOR_END = 0x0B,
    CRTC_START_HIGH = 0x0C,
    CRTC_CURSOR_HIGH = 0x0E,
    CRTC_LINES = 0x12,
    CRTC_PITCH = 0x13,

    CELLS = 0x10000,
};

static bool shows_text(const struct vga *v)
{
    const struct vga_state *s = &v->s;
    bool is_on = (s->attribute_index & 0x20) && !(s->sequencer[1] & 0x20);
    return is_on && !(s->graphics[6] & 1) && !(s->dispi[DISPI_ENABLE] & DISPI_ENABLED);
}

static unsigned row_count(const u8 *crtc)
{
    unsigned lines = (crtc[CRTC_LINES] | (crtc[CRTC_OVERFLOW] >> 1 & 1u) << 8 |
                      (crtc[CRTC_OVERFLOW] >> 6 & 1u) << 9) +
                     1;
    unsigned height = (crtc[CRTC_CELL_HEIGHT] & 31u) + 1;
    if (crtc[CRTC_CELL_HEIGHT] & 0x80) {
        height *= 2; // each line twice: 200 on 400
    }
    return lines / height;
}

static void read_cells(const struct vga *v, unsigned start, unsigned pitch,
                       struct vt_text_screen *out)
{
    for (unsigned row = 0; row < out->rows; row++) {
        for (unsigned column = 0; column < out->columns; column++) {
            unsigned cell = (start + row * pitch + column) % CELLS;
            out->characters[row][column] = v->vram[4 * cell];
            out->attributes[row][column] = v->vram[4 * cell + 1];
        }
    }
}

static void read_cursor(const u8 *crtc, unsigned start, unsigned pitch, struct vt_text_screen *out)
{
    unsigned at = ((unsigned)crtc[CRTC_CURSOR_HIGH] << 8 | crtc[CRTC_CURSOR_HIGH + 1]) - start;
    unsigned first = crtc[CRTC_CURSOR_START] & 31, last = crtc[CRTC_CURSOR_END] & 31;
    unsigned row = pitch ? at / pitch : 0, column = pitch ? at % pitch : 0;
    out->is_cursor_visible = !(crtc[CRTC_CURSOR_START] & 0x20) && first <= last && pitch &&
                             row < out->rows && column < out->columns;
    if (row < out->rows && column < out->columns) {
        out->cursor_row = row;
        out->cursor_column = column;
    }
}

bool vga_text_screen(const struct vga *v, struct vt_text_screen *out)
{
    const u8 *crtc = v->s.crtc;
    memset(out, 0, sizeof *out);
    if (!shows_text(v)) {
        return false;
    }
    unsigned columns = crtc[CRTC_COLUMNS] + 1u, rows = row_count(crtc);
    unsigned start = (unsigned)(crtc[CRTC_START_HIGH] << 8 | crtc[CRTC_START_HIGH + 1]);
    unsigned pitch = 2u * crtc[CRTC_PITCH];
    out->columns = columns < VT_TEXT_MAX_COLUMNS ? columns : VT_TEXT_MAX_COLUMNS;
    out->rows = rows < VT_TEXT_MAX_ROWS ? rows : VT_TEXT_MAX_ROWS;
    read_cells(v, start, pitch, out);
    read_cursor(crtc, start, pitch, out);
    return true;
}
