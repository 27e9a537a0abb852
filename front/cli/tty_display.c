#include "front/cli/tty_display.h"

#include "front/cli/codepage.h"
#include "host/posix/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ATTRIBUTE_UNKNOWN = 0x100 };

const char *tty_display_farewell(void)
{
    return "\033[0m\033[?25h\033[?1049l"; // plain colours, cursor on, the screen as it was
}

static void put_text(struct tty_display *d, const char *text)
{
    sink_write(d->out, text, strlen(text));
}

static void put_character(struct tty_display *d, uint8_t character)
{
    char text[CODEPAGE_UTF8_BYTES];

    sink_write(d->out, text, codepage_utf8(character, text));
}

static void go_to(struct tty_display *d, unsigned column, unsigned row)
{
    char text[32];

    snprintf(text, sizeof text, "\033[%u;%uH", row + 1, column + 1);
    put_text(d, text);
}

// A VGA attribute: bits 0-3 letters, 4-6 ground, 7 blinking or a bright ground. Red and blue stand
// the other way round than in a terminal's colours.
static void set_attribute(struct tty_display *d, unsigned attribute, bool blinks)
{
    static const uint8_t colours[8] = {0, 4, 2, 6, 1, 5, 3, 7};
    unsigned letters = attribute & 7, ground = attribute >> 4 & 7;
    unsigned is_high = attribute >> 7 & 1;
    char text[48];

    if (attribute == d->attribute) {
        return;
    }
    d->attribute = attribute;
    if (d->has_colour) {
        snprintf(
            text, sizeof text, "\033[0;%u;%u%sm", (attribute & 8 ? 90u : 30u) + colours[letters],
            (is_high && !blinks ? 100u : 40u) + colours[ground], is_high && blinks ? ";5" : "");
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
            go_to(d, column, row - d->first_row);
            is_in_place = true;
        }
        set_attribute(d, screen->attributes[row][column], screen->blinks);
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
    unsigned row = screen->cursor_row - d->first_row; // above: a large number
    bool is_shown =
        screen->is_cursor_visible && screen->cursor_column < d->columns && row < d->rows;

    if (is_shown) {
        go_to(d, screen->cursor_column, row);
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

// Moves the part of the screen that is in sight as little as the cursor allows.
static void follow_cursor(struct tty_display *d, const struct vt_text_screen *screen)
{
    unsigned first = d->first_row, cursor = screen->cursor_row;
    unsigned last_first = screen->rows > d->rows ? screen->rows - d->rows : 0;

    if (screen->is_cursor_visible && cursor < first) {
        first = cursor;
    } else if (screen->is_cursor_visible && cursor >= first + d->rows) {
        first = cursor + 1 - d->rows;
    }
    first = smaller(first, last_first);
    if (first != d->first_row) {
        d->first_row = first;
        d->is_drawn_valid = false;
    }
}

static void draw_text(struct tty_display *d, const struct vt_text_screen *screen)
{
    unsigned end;

    follow_cursor(d, screen);
    if (screen->columns != d->drawn.columns || screen->rows != d->drawn.rows ||
        screen->blinks != d->drawn.blinks) {
        d->is_drawn_valid = false;
    }
    if (is_unchanged(d, screen)) {
        return;
    }
    put_text(d, "\033[?25l"); // no flicker while drawing
    if (!d->is_drawn_valid) {
        clear(d);
    }
    end = smaller(screen->rows, d->first_row + d->rows);
    for (unsigned row = d->first_row; row < end; row++) {
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
