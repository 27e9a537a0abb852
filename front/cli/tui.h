// --tui: a machine in four panes, every step forwards and backwards. On vitrine/debug.h only, so
// that it shows the toy and the LC-3 alike.
//
//   +-- title: program, step, mode --------------------------------------------+
//   | code: address, word, bits, label, source       | registers, flags        |
//   |                                                 | old -> new              |
//   | memory, or the answer to "why"                  | console, screen         |
//   +-- what the last step did ------------------------------------------------+
//   +-- prompt or message -----------------------------------------------------+
//   +-- keys (two lines) ------------------------------------------------------+
//
// The data path, if wanted, takes the place of the four panes.
#pragma once

#include "front/cli/line_edit.h"
#include "front/cli/study.h"
#include "front/cli/tui_canvas.h"

enum tui_format { TUI_SIGNED, TUI_UNSIGNED, TUI_HEX, TUI_BINARY, TUI_CHARACTER, TUI_FORMATS };

enum { TUI_WHYS = 12, TUI_MEMORY_PANES = 2, TUI_LIST = 9 };

// What the pane at the bottom left shows instead of memory.
enum tui_list { TUI_NO_LIST, TUI_CALLS, TUI_COURSES };

// A byte that the program printed, and the step that did it.
struct tui_output {
    uint64_t step;
    uint8_t byte;
};

struct tui {
    struct study *study;
    struct vt_machine *vm;
    struct canvas canvas;

    // what is looked at
    bool follows_pc;
    uint64_t cursor;                   // address in the code pane
    uint64_t memory[TUI_MEMORY_PANES]; // first address of each pane
    bool follows_stack;                // the second pane
    enum tui_format format;
    unsigned micro;  // the micro-operation of the next step that is shown, from 1; 0: none
    bool shows_path; // the data path instead of the panes
    bool has_last;   // `last` is what the latest step did
    struct vt_delta last;
    struct vt_why why[TUI_WHYS];
    unsigned why_count; // 0: the memory pane is shown
    enum tui_list list; // its rows are chosen by their digits
    struct vt_frame frames[TUI_LIST];
    struct vt_branch courses[TUI_LIST];
    unsigned list_count;

    struct tui_output *output;
    size_t output_count, output_capacity;

    char message[160];
    // a question in the prompt line
    struct line_edit line;
    char asking;     // the key that asked; 0: none
    bool gives_keys; // what is typed goes to the program
    bool is_over;
};

// --- private to tui*.c ---

void tui_say(struct tui *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tui_draw(struct tui *t); // tui_draw.c
// The data path, in rows from `top` on (tui_path.c).
void tui_draw_path(struct tui *t, unsigned top, unsigned columns, unsigned rows);
void tui_key(struct tui *t, uint8_t byte); // tui_keys.c
// A key that terminals send as several bytes: the letter or digit behind ESC [.
void tui_arrow(struct tui *t, uint8_t letter);
void tui_moved(struct tui *t); // another moment is present
uint64_t tui_pc(const struct tui *t);
