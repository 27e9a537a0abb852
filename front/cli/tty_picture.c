#include "front/cli/tty_picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_COLOUR UINT32_MAX // no colour is that

enum tty_colours tty_picture_colours(void)
{
    const char *no_colour = getenv("NO_COLOR"), *true_colour = getenv("COLORTERM");

    if (no_colour && no_colour[0] != '\0') {
        return TTY_NO_COLOURS;
    }
    return true_colour &&
                   (strcmp(true_colour, "truecolor") == 0 || strcmp(true_colour, "24bit") == 0)
               ? TTY_TRUE_COLOURS
               : TTY_256_COLOURS;
}

// --- colours ---

static unsigned part(uint32_t colour, unsigned n) // 0 red, 1 green, 2 blue
{
    return colour >> 8 * n & 0xff;
}

static unsigned distance(uint32_t a, uint32_t b)
{
    unsigned sum = 0;

    for (unsigned n = 0; n < 3; n++) {
        unsigned x = part(a, n), y = part(b, n);

        sum += x > y ? (x - y) * (x - y) : (y - x) * (y - x);
    }
    return sum;
}

unsigned tty_nearest_of_256(uint32_t colour)
{
    static const uint8_t levels[6] = {0, 95, 135, 175, 215, 255};
    unsigned index = 16, scale[3] = {36, 6, 1}, grey;
    uint32_t cube = 0;

    for (unsigned n = 0; n < 3; n++) {
        unsigned value = part(colour, n);
        unsigned level = value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40;

        index += scale[n] * level;
        cube |= (uint32_t)levels[level] << 8 * n;
    }
    grey = (part(colour, 0) + part(colour, 1) + part(colour, 2)) / 3;
    grey = grey < 8 ? 0 : grey > 238 ? 23 : (grey - 3) / 10;
    return distance(colour, (8 + 10 * grey) * 0x010101u) < distance(colour, cube) ? 232 + grey
                                                                                  : index;
}

static uint32_t in_colours(uint32_t colour, enum tty_colours colours)
{
    return colours == TTY_256_COLOURS ? tty_nearest_of_256(colour) : colour;
}

// The mean of a rectangle of dots.
static uint32_t mean(const struct vt_screen *s, unsigned x0, unsigned y0, unsigned x1, unsigned y1)
{
    uint64_t sum[3] = {0};
    uint64_t count = (uint64_t)(x1 - x0) * (y1 - y0);
    uint32_t colour = 0;

    for (unsigned y = y0; y < y1; y++) {
        const uint32_t *line = s->pixels + (size_t)y * s->width;

        for (unsigned x = x0; x < x1; x++) {
            for (unsigned n = 0; n < 3; n++) {
                sum[n] += part(line[x], n);
            }
        }
    }
    for (unsigned n = 0; n < 3; n++) {
        colour |= (uint32_t)((sum[n] + count / 2) / count) << 8 * n;
    }
    return colour;
}

// --- layout ---

// A half row is about as high as a column is wide. Keeps the picture's shape, in the middle.
static void fit(struct tty_picture *p)
{
    const struct vt_screen *s = &p->screen;
    uint64_t across = (uint64_t)s->width * s->pixel_width;
    uint64_t down = (uint64_t)s->height * s->pixel_height;
    uint64_t height = p->columns * down / across;

    p->width = p->columns;
    if (height > 2u * p->rows) {
        height = 2u * p->rows;
        p->width = (unsigned)(height * across / down);
    }
    p->height = height > 1 ? (unsigned)height & ~1u : 2;
    p->width = p->width > 0 ? p->width : 1;
    p->left = (p->columns - p->width) / 2;
    p->top = (p->rows - p->height / 2) / 2;
}

static bool make_room(struct tty_picture *p, struct vt_machine *vm)
{
    struct vt_screen *s = &p->screen;
    uint32_t *pixels;

    if (vt_screen_draw(vm, s)) {
        return true;
    }
    pixels = realloc(s->pixels, (size_t)s->width * s->height * sizeof *pixels);
    if (!pixels) {
        return false;
    }
    s->pixels = pixels;
    s->pixel_capacity = (size_t)s->width * s->height;
    return vt_screen_draw(vm, s);
}

// The picture has another size or place: all is drawn anew.
static bool lay_out(struct tty_picture *p, unsigned columns, unsigned rows)
{
    size_t bytes = (size_t)columns * rows * sizeof *p->cells;
    struct tty_cell *cells = p->cells;

    if (columns != p->columns || rows != p->rows || !cells) {
        cells = realloc(p->cells, bytes);
        if (!cells) {
            return false;
        }
    }
    p->cells = cells;
    p->columns = columns;
    p->rows = rows;
    memset(cells, 0xff, bytes);
    fit(p);
    return true;
}

// --- output ---

static void put_colour(struct sink *out, unsigned selector, uint32_t colour,
                       enum tty_colours colours)
{
    char text[40];
    int length;

    if (colours == TTY_256_COLOURS) {
        length = snprintf(text, sizeof text, "\033[%u;5;%um", selector, (unsigned)colour);
    } else {
        length = snprintf(text, sizeof text, "\033[%u;2;%u;%u;%um", selector, part(colour, 0),
                          part(colour, 1), part(colour, 2));
    }
    sink_write(out, text, (size_t)length);
}

// A cell without colours: the more light, the more ink.
static void put_ink(struct sink *out, struct tty_cell cell)
{
    static const char inks[] = " .:-=+*#%@";
    unsigned light = 0;

    for (unsigned n = 0; n < 3; n++) {
        light += part(cell.upper, n) + part(cell.lower, n);
    }
    sink_put(out, (uint8_t)inks[light * (sizeof inks - 2) / (6 * 255)]);
}

static void put_cell(struct tty_picture *p, struct sink *out, enum tty_colours colours,
                     struct tty_cell cell)
{
    if (colours == TTY_NO_COLOURS) {
        put_ink(out, cell);
        return;
    }
    if (cell.lower != p->lower_colour) {
        put_colour(out, 48, cell.lower, colours);
        p->lower_colour = cell.lower;
    }
    if (cell.upper == cell.lower) {
        sink_put(out, ' ');
        return;
    }
    if (cell.upper != p->upper_colour) {
        put_colour(out, 38, cell.upper, colours);
        p->upper_colour = cell.upper;
    }
    sink_write(out, "\xe2\x96\x80", 3); // the upper half block
}

static struct tty_cell look_up(const struct tty_picture *p, unsigned column, unsigned row,
                               enum tty_colours colours)
{
    const struct vt_screen *s = &p->screen;
    unsigned x[2], y[3];

    for (unsigned n = 0; n < 3; n++) {
        y[n] = (unsigned)((uint64_t)(2 * row + n) * s->height / p->height);
    }
    x[0] = (unsigned)((uint64_t)column * s->width / p->width);
    x[1] = (unsigned)(((uint64_t)column + 1) * s->width / p->width);
    x[1] = x[1] > x[0] ? x[1] : x[0] + 1;
    return (struct tty_cell){
        in_colours(mean(s, x[0], y[0], x[1], y[1] > y[0] ? y[1] : y[0] + 1), colours),
        in_colours(mean(s, x[0], y[1], x[1], y[2] > y[1] ? y[2] : y[1] + 1), colours),
    };
}

static void draw_row(struct tty_picture *p, struct sink *out, unsigned row,
                     enum tty_colours colours)
{
    struct tty_cell *cells = p->cells + (size_t)row * p->columns;
    bool is_in_place = false;

    for (unsigned column = 0; column < p->width; column++) {
        struct tty_cell cell = look_up(p, column, row, colours);

        if (memcmp(&cell, &cells[column], sizeof cell) == 0) {
            is_in_place = false;
            continue;
        }
        if (!is_in_place) {
            char text[40];
            int length =
                snprintf(text, sizeof text, "\033[%u;%uH", p->top + row + 1, p->left + column + 1);

            sink_write(out, text, (size_t)length);
            is_in_place = true;
        }
        cells[column] = cell;
        put_cell(p, out, colours, cell);
    }
}

// Whether any line behind a row of cells has changed.
static bool is_row_changed(const struct tty_picture *p, unsigned row)
{
    const struct vt_screen *s = &p->screen;
    unsigned first = (unsigned)((uint64_t)(2 * row) * s->height / p->height);
    unsigned end = (unsigned)((uint64_t)(2 * row + 2) * s->height / p->height);

    for (unsigned line = first; line <= end && line < s->height; line++) {
        if (s->is_line_changed[line]) {
            return true;
        }
    }
    return false;
}

bool tty_picture_draw(struct tty_picture *p, struct sink *out, enum tty_colours colours,
                      struct vt_machine *vm, unsigned columns, unsigned rows)
{
    unsigned width = p->screen.width, height = p->screen.height;
    bool is_all;

    if (columns == 0 || rows == 0 || !make_room(p, vm)) {
        return false;
    }
    if (p->screen.width == 0) {
        return true; // no screen
    }
    is_all = !p->is_drawn_valid || columns != p->columns || rows != p->rows ||
             width != p->screen.width || height != p->screen.height;
    if (is_all && !lay_out(p, columns, rows)) {
        return false;
    }
    if (is_all) {
        sink_write(out, "\033[0m\033[2J", 8);
    }
    p->upper_colour = p->lower_colour = NO_COLOUR;
    for (unsigned row = 0; row < p->height / 2; row++) {
        if (is_all || is_row_changed(p, row)) {
            draw_row(p, out, row, colours);
        }
    }
    sink_write(out, "\033[0m", 4);
    p->is_drawn_valid = true;
    return true;
}

void tty_picture_free(struct tty_picture *p)
{
    free(p->cells);
    free(p->screen.pixels);
    memset(p, 0, sizeof *p);
}
