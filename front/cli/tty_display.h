// Draws the guest's screen in the terminal: text with colours, cursor, code page 437; graphics as
// half blocks.
#pragma once

#include "front/cli/tty_picture.h"
#include "host/posix/sink.h"
#include "vitrine/vitrine.h"

struct tty_display {
    struct sink *out;
    struct vt_text_screen drawn; // what the terminal shows now
    bool is_drawn_valid;
    bool has_colour;
    unsigned columns, rows; // of the terminal
    unsigned first_row;     // of the guest's, on top: a terminal of fewer rows follows the cursor
    unsigned attribute;     // that the terminal writes with; above FFh: unknown
    struct tty_picture picture;
    bool shows_picture;
    enum tty_colours colours; // of pictures
    char status[160];         // the line below the guest's screen; empty: none
    bool is_status_new;
};

// What puts the terminal back, for terminal_start().
const char *tty_display_farewell(void);
void tty_display_start(struct tty_display *d, struct sink *out);
// Brings the terminal up to date with the machine.
void tty_display_draw(struct tty_display *d, struct vt_machine *vm);
void tty_display_redraw(struct tty_display *d); // the terminal's contents are lost
void tty_display_say(struct tty_display *d, const char *status);
void tty_display_free(struct tty_display *d);
