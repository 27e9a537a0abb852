#include "front/cli/tui_canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void canvas_clear(struct canvas *c, unsigned columns, unsigned rows)
{
    columns = columns < CANVAS_COLUMNS_MAX ? columns : CANVAS_COLUMNS_MAX;
    rows = rows < CANVAS_ROWS_MAX ? rows : CANVAS_ROWS_MAX;
    c->is_valid = c->is_valid && c->columns == columns && c->rows == rows;
    c->columns = columns;
    c->rows = rows;
    for (unsigned row = 0; row < rows; row++) {
        for (unsigned column = 0; column < columns; column++) {
            c->cells[row][column] = (struct canvas_cell){CANVAS_PLAIN, " "};
        }
    }
}

unsigned canvas_put(struct canvas *c, unsigned row, unsigned column, unsigned end, unsigned style,
                    const char *text)
{
    end = end < c->columns ? end : c->columns;
    for (; *text && column < end && row < c->rows; text++) {
        struct canvas_cell *cell = &c->cells[row][column++];
        bool is_plain = *text >= ' ' && *text <= '~';

        *cell = (struct canvas_cell){(uint16_t)style, {is_plain ? *text : '.'}};
    }
    return column;
}

unsigned canvas_print(struct canvas *c, unsigned row, unsigned column, unsigned end, unsigned style,
                      const char *format, ...)
{
    char text[CANVAS_COLUMNS_MAX + 1];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return canvas_put(c, row, column, end, style, text);
}

void canvas_cell(struct canvas *c, unsigned row, unsigned column, unsigned style, const char *utf8)
{
    if (row < c->rows && column < c->columns) {
        c->cells[row][column].style = (uint16_t)style;
        snprintf(c->cells[row][column].text, sizeof c->cells[row][column].text, "%s", utf8);
    }
}

void canvas_style(struct canvas *c, unsigned row, unsigned column, unsigned end, unsigned style)
{
    for (; row < c->rows && column < end && column < c->columns; column++) {
        c->cells[row][column].style = (uint16_t)style;
    }
}

// --- sending ---

static void put(struct sink *out, const char *text)
{
    sink_write(out, text, strlen(text));
}

// The CGA's colour as one of the terminal's 16: red and blue change places.
static unsigned terminal_color(unsigned color)
{
    unsigned swapped = (color & 2) | (color & 1) << 2 | (color >> 2 & 1);

    return (color & 8 ? 90 : 30) + swapped;
}

static void put_style(const struct canvas *c, struct sink *out, unsigned style)
{
    static const char *const plain[] = {
        [CANVAS_PLAIN] = "\033[0m",   [CANVAS_TITLE] = "\033[0;7m", [CANVAS_DIM] = "\033[0;2m",
        [CANVAS_BOLD] = "\033[0;1m",  [CANVAS_MARK] = "\033[0;7m",  [CANVAS_CHANGE] = "\033[0;1;4m",
        [CANVAS_ERROR] = "\033[0;1m",
    };
    static const char *const colored[] = {
        [CANVAS_PLAIN] = "\033[0m",      [CANVAS_TITLE] = "\033[0;30;46m",
        [CANVAS_DIM] = "\033[0;90m",     [CANVAS_BOLD] = "\033[0;1m",
        [CANVAS_MARK] = "\033[0;30;43m", [CANVAS_CHANGE] = "\033[0;1;32m",
        [CANVAS_ERROR] = "\033[0;1;31m",
    };
    // opcode, register, immediate, offset, address, mode, fixed, prefix
    static const char *const fields[8] = {"\033[0;35m", "\033[0;32m", "\033[0;33m", "\033[0;36m",
                                          "\033[0;36m", "\033[0;34m", "\033[0;90m", "\033[0;31m"};
    char text[32];

    if (style >= CANVAS_COLOR) {
        unsigned colors = style - CANVAS_COLOR;

        snprintf(text, sizeof text, "\033[0;%u;%um", terminal_color(colors & 15),
                 terminal_color(colors >> 4) + 10);
        put(out, text);
    } else if (style >= CANVAS_FIELD) {
        put(out, c->has_colour ? fields[style - CANVAS_FIELD] : "\033[0m");
    } else {
        put(out, c->has_colour ? colored[style] : plain[style]);
    }
}

static bool is_same(const struct canvas_cell *a, const struct canvas_cell *b)
{
    return a->style == b->style && strcmp(a->text, b->text) == 0;
}

static void send_row(struct canvas *c, struct sink *out, unsigned row)
{
    unsigned style = UINT16_MAX;
    bool is_there = false; // the terminal's cursor is at `column`

    for (unsigned column = 0; column < c->columns; column++) {
        struct canvas_cell *cell = &c->cells[row][column];
        char move[32];

        if (c->is_valid && is_same(cell, &c->shown[row][column])) {
            is_there = false;
            continue;
        }
        if (!is_there) {
            snprintf(move, sizeof move, "\033[%u;%uH", row + 1, column + 1);
            put(out, move);
            is_there = true;
        }
        if (cell->style != style) {
            style = cell->style;
            put_style(c, out, style);
        }
        put(out, cell->text);
        c->shown[row][column] = *cell;
    }
}

void canvas_send(struct canvas *c, struct sink *out)
{
    put(out, c->is_valid ? "" : "\033[0m\033[2J");
    for (unsigned row = 0; row < c->rows; row++) {
        send_row(c, out, row);
    }
    c->is_valid = true;
}
