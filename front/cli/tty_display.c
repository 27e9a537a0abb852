#include "front/cli/tty_display.h"

#include "host/posix/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ATTRIBUTE_UNKNOWN = 0x100 };

// Code page 437 in Unicode: the signs that the VGA draws for the control codes, and the upper half.
// clang-format off
static const uint16_t low_signs[32] = {
    0x0020, 0x263a, 0x263b, 0x2665, 0x2666, 0x2663, 0x2660, 0x2022,
    0x25d8, 0x25cb, 0x25d9, 0x2642, 0x2640, 0x266a, 0x266b, 0x263c,
    0x25ba, 0x25c4, 0x2195, 0x203c, 0x00b6, 0x00a7, 0x25ac, 0x21a8,
    0x2191, 0x2193, 0x2192, 0x2190, 0x221f, 0x2194, 0x25b2, 0x25bc,
};
static const uint16_t high_signs[128] = {
    0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7,
    0x00ea, 0x00eb, 0x00e8, 0x00ef, 0x00ee, 0x00ec, 0x00c4, 0x00c5,
    0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9,
    0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192,
    0x00e1, 0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa, 0x00ba,
    0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb,
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556,
    0x2555, 0x2563, 0x2551, 0x2557, 0x255d, 0x255c, 0x255b, 0x2510,
    0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f,
    0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567,
    0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b,
    0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580,
    0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4,
    0x03a6, 0x0398, 0x03a9, 0x03b4, 0x221e, 0x03c6, 0x03b5, 0x2229,
    0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248,
    0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0,
};
// clang-format on

const char *tty_display_farewell(void)
{
    return "\033[0m\033[?25h\033[?1049l"; // plain colours, cursor on, the screen as it was
}

static void put_text(struct tty_display *d, const char *text)
{
    sink_write(d->out, text, strlen(text));
}

static void put_unicode(struct tty_display *d, unsigned c)
{
    if (c < 0x80) {
        sink_put(d->out, (uint8_t)c);
    } else if (c < 0x800) {
        sink_put(d->out, (uint8_t)(0xc0 | c >> 6));
        sink_put(d->out, (uint8_t)(0x80 | (c & 0x3f)));
    } else {
        sink_put(d->out, (uint8_t)(0xe0 | c >> 12));
        sink_put(d->out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        sink_put(d->out, (uint8_t)(0x80 | (c & 0x3f)));
    }
}

static void put_character(struct tty_display *d, uint8_t character)
{
    put_unicode(d, character < 0x20    ? low_signs[character]
                   : character == 0x7f ? 0x2302
                   : character >= 0x80 ? high_signs[character - 0x80]
                                       : character);
}

static void go_to(struct tty_display *d, unsigned column, unsigned row)
{
    char text[32];

    snprintf(text, sizeof text, "\033[%u;%uH", row + 1, column + 1);
    put_text(d, text);
}

// A VGA attribute: bits 0-3 letters, 4-6 ground, 7 blinking. Red and blue stand the other way
// round than in a terminal's colours.
static void set_attribute(struct tty_display *d, unsigned attribute)
{
    static const uint8_t colours[8] = {0, 4, 2, 6, 1, 5, 3, 7};
    unsigned letters = attribute & 7, ground = attribute >> 4 & 7;
    char text[48];

    if (attribute == d->attribute) {
        return;
    }
    d->attribute = attribute;
    if (d->has_colour) {
        snprintf(text, sizeof text, "\033[0;%u;%u%sm",
                 (attribute & 8 ? 90u : 30u) + colours[letters], 40u + colours[ground],
                 attribute & 0x80 ? ";5" : "");
    } else {
        snprintf(text, sizeof text, "\033[0%s%sm", attribute & 8 ? ";1" : "",
                 ground > letters ? ";7" : "");
    }
    put_text(d, text);
}

void tty_display_start(struct tty_display *d, struct sink *out)
{
    const char *no_colour = getenv("NO_COLOR");

    tty_display_free(d);
    memset(d, 0, sizeof *d);
    d->out = out;
    d->colours = tty_picture_colours();
    d->has_colour = !no_colour || no_colour[0] == '\0';
    put_text(d, "\033[?1049h");
    tty_display_say(d, "Ctrl-A H: help");
    tty_display_redraw(d);
}

void tty_display_redraw(struct tty_display *d)
{
    d->is_drawn_valid = d->picture.is_drawn_valid = false;
}

void tty_display_free(struct tty_display *d)
{
    tty_picture_free(&d->picture);
}

void tty_display_say(struct tty_display *d, const char *status)
{
    snprintf(d->status, sizeof d->status, "%s", status);
    d->is_status_new = true;
}

static void clear(struct tty_display *d)
{
    put_text(d, "\033[0m\033[2J");
    d->attribute = ATTRIBUTE_UNKNOWN;
    d->is_status_new = true;
}

static bool is_same(const struct tty_display *d, const struct vt_text_screen *screen, unsigned row,
                    unsigned column)
{
    return d->is_drawn_valid &&
           d->drawn.characters[row][column] == screen->characters[row][column] &&
           d->drawn.attributes[row][column] == screen->attributes[row][column];
}

static void draw_row(struct tty_display *d, const struct vt_text_screen *screen, unsigned row,
                     unsigned columns)
{
    bool is_in_place = false;

    for (unsigned column = 0; column < columns; column++) {
        if (is_same(d, screen, row, column)) {
            is_in_place = false;
            continue;
        }
        if (!is_in_place) {
            go_to(d, column, row);
            is_in_place = true;
        }
        set_attribute(d, screen->attributes[row][column]);
        put_character(d, screen->characters[row][column]);
    }
}

static void draw_status(struct tty_display *d, unsigned row)
{
    size_t length;

    if (!d->is_status_new || row >= d->rows) {
        return;
    }
    d->is_status_new = false;
    go_to(d, 0, row);
    put_text(d, "\033[0;2m");
    length = strlen(d->status);
    sink_write(d->out, d->status, length < d->columns ? length : d->columns);
    put_text(d, "\033[0m\033[K");
    d->attribute = ATTRIBUTE_UNKNOWN;
}

static void draw_cursor(struct tty_display *d, const struct vt_text_screen *screen)
{
    bool is_shown = screen->is_cursor_visible && screen->cursor_column < d->columns &&
                    screen->cursor_row < d->rows;

    if (is_shown) {
        go_to(d, screen->cursor_column, screen->cursor_row);
    }
    put_text(d, is_shown ? "\033[?25h" : "\033[?25l");
}

static void follow_size(struct tty_display *d)
{
    unsigned columns, rows;

    terminal_size(&columns, &rows);
    if (columns != d->columns || rows != d->rows) {
        d->columns = columns;
        d->rows = rows;
        tty_display_redraw(d);
    }
}

static bool is_cursor_moved(const struct tty_display *d, const struct vt_text_screen *screen)
{
    return d->drawn.cursor_column != screen->cursor_column ||
           d->drawn.cursor_row != screen->cursor_row ||
           d->drawn.is_cursor_visible != screen->is_cursor_visible;
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static bool is_unchanged(const struct tty_display *d, const struct vt_text_screen *screen)
{
    if (!d->is_drawn_valid || d->is_status_new || is_cursor_moved(d, screen)) {
        return false;
    }
    for (unsigned row = 0; row < screen->rows; row++) {
        if (memcmp(d->drawn.characters[row], screen->characters[row], screen->columns) != 0 ||
            memcmp(d->drawn.attributes[row], screen->attributes[row], screen->columns) != 0) {
            return false;
        }
    }
    return true;
}

static void draw_text(struct tty_display *d, const struct vt_text_screen *screen)
{
    if (screen->columns != d->drawn.columns || screen->rows != d->drawn.rows) {
        d->is_drawn_valid = false;
    }
    if (is_unchanged(d, screen)) {
        return;
    }
    put_text(d, "\033[?25l"); // no flicker while drawing
    if (!d->is_drawn_valid) {
        clear(d);
    }
    for (unsigned row = 0; row < smaller(screen->rows, d->rows); row++) {
        draw_row(d, screen, row, smaller(screen->columns, d->columns));
    }
    draw_status(d, screen->rows);
    draw_cursor(d, screen);
    d->drawn = *screen;
    d->is_drawn_valid = true;
}

// The last row is the status line's.
static void draw_picture(struct tty_display *d, struct vt_machine *vm)
{
    if (!d->picture.is_drawn_valid) {
        put_text(d, "\033[?25l");
        d->is_status_new = true;
    }
    if (tty_picture_draw(&d->picture, d->out, d->colours, vm, d->columns, d->rows - 1)) {
        draw_status(d, d->rows - 1);
    }
    d->attribute = ATTRIBUTE_UNKNOWN;
}

void tty_display_draw(struct tty_display *d, struct vt_machine *vm)
{
    struct vt_text_screen screen;
    bool is_text = vt_text_screen(vm, &screen);

    follow_size(d);
    if (is_text == d->shows_picture) {
        d->shows_picture = !is_text;
        tty_display_redraw(d);
    }
    if (is_text) {
        draw_text(d, &screen);
    } else {
        draw_picture(d, vm);
    }
}
