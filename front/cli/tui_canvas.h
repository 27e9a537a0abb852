// A picture of characters that is sent to a terminal: only what has changed since the last time.
#pragma once

#include "host/posix/sink.h"

#include <stdbool.h>
#include <stdint.h>

enum { CANVAS_COLUMNS_MAX = 240, CANVAS_ROWS_MAX = 80 };

enum canvas_style {
    CANVAS_PLAIN,
    CANVAS_TITLE,  // inverse
    CANVAS_DIM,    //
    CANVAS_BOLD,   //
    CANVAS_MARK,   // the next instruction
    CANVAS_CHANGE, // what the last step changed
    CANVAS_ERROR,
    // the parts of an instruction, ORDER vt_field_role
    CANVAS_FIELD,
    CANVAS_FIELD_END = CANVAS_FIELD + 8,
    CANVAS_COLOR, // and the 16 colours of a screen's points: upper half | lower half << 4
};

struct canvas_cell {
    uint16_t style;
    char text[5]; // UTF-8
};

struct canvas {
    unsigned columns, rows;
    bool has_colour;
    bool is_valid; // the terminal shows `shown`
    struct canvas_cell cells[CANVAS_ROWS_MAX][CANVAS_COLUMNS_MAX];
    struct canvas_cell shown[CANVAS_ROWS_MAX][CANVAS_COLUMNS_MAX];
};

// Blank, of the given size (cut to the maximum).
void canvas_clear(struct canvas *c, unsigned columns, unsigned rows);
// Writes ASCII (other bytes become '.') into one row from `column` on, but not beyond `end`.
// Returns the column behind it.
unsigned canvas_put(struct canvas *c, unsigned row, unsigned column, unsigned end, unsigned style,
                    const char *text);
unsigned canvas_print(struct canvas *c, unsigned row, unsigned column, unsigned end, unsigned style,
                      const char *format, ...) __attribute__((format(printf, 6, 7)));
// One cell with a UTF-8 sequence.
void canvas_cell(struct canvas *c, unsigned row, unsigned column, unsigned style, const char *utf8);
// The style of a whole row from `column` on to before `end`.
void canvas_style(struct canvas *c, unsigned row, unsigned column, unsigned end, unsigned style);
// Sends it.
void canvas_send(struct canvas *c, struct sink *out);
