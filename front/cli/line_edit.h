// One line typed on a raw terminal, with history: what the monitor reads.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINE_EDIT_BYTES = 240, LINE_EDIT_HISTORY = 32 };

struct line_edit {
    const char *prompt;
    char text[LINE_EDIT_BYTES];
    size_t length;
    char history[LINE_EDIT_HISTORY][LINE_EDIT_BYTES]; // a ring
    unsigned history_count, shown;                    // shown: how many lines back; 0: the new one
    unsigned escape;                                  // bytes of an escape sequence so far
};

enum line_edit_result {
    LINE_EDIT_MORE,
    LINE_EDIT_DONE, // `text` is a line; the next byte begins a new one
    LINE_EDIT_END,  // Ctrl-D on an empty line
};

// Takes a byte; what the terminal is to show is put into `echo` (zero-ended).
enum line_edit_result line_edit_take(struct line_edit *e, uint8_t byte,
                                     char echo[LINE_EDIT_BYTES + 32]);
