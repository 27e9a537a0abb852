// Draws the guest's screen in a terminal as half blocks: each cell shows two dots, one above the
// other, by the colours of letter and ground.
#pragma once

#include "host/posix/sink.h"
#include "vitrine/vitrine.h"

enum tty_colours {
    TTY_NO_COLOURS, // signs of more and less ink
    TTY_256_COLOURS,
    TTY_TRUE_COLOURS,
};

struct tty_cell {
    uint32_t upper, lower; // 0xBBGGRR, or an index of 256 colours
};

struct tty_picture {
    struct vt_screen screen;
    unsigned columns, rows;              // of the terminal's part that it may use
    unsigned left, top, width, height;   // where it is in it: columns, and half rows
    struct tty_cell *cells;              // what the terminal shows, row after row
    bool is_drawn_valid;                 // else the terminal shows nothing of it
    uint32_t upper_colour, lower_colour; // that the terminal writes with
};

// Brings `columns` x `rows` of the terminal from its upper left corner up to date. False: out of
// memory; nothing was drawn.
bool tty_picture_draw(struct tty_picture *p, struct sink *out, enum tty_colours colours,
                      struct vt_machine *vm, unsigned columns, unsigned rows);
void tty_picture_free(struct tty_picture *p);

// What this terminal can show, by its environment variables.
enum tty_colours tty_picture_colours(void);

// The nearest of the 256 colours that terminals have (16 and up: a cube of 6 x 6 x 6, 24 greys).
unsigned tty_nearest_of_256(uint32_t colour);
