// Looks for regular expressions in the text that a guest sends, each after the last one found.
//
// A match lies within one line, which may be unfinished: `login: $` finds a prompt. Carriage
// returns, other control characters and the terminal's escape sequences are left out of the text.
#pragma once

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum matcher_state {
    MATCHER_TEXT,
    MATCHER_ESCAPE,  // after ESC
    MATCHER_CONTROL, // after ESC [
    MATCHER_STRING,  // after ESC ], up to BEL or ESC backslash
};

struct matcher {
    char *text; // since the last match; lines end with \n
    size_t count, capacity;
    size_t at;          // everything before is done with
    bool is_line_begun; // `at` is not at the beginning of its line
    bool is_new;        // text came since the last look
    enum matcher_state state;
};

void matcher_put(struct matcher *m, uint8_t byte);
// True if the expression matches; what is before the match's end is then done with.
bool matcher_find(struct matcher *m, const regex_t *expression);
void matcher_free(struct matcher *m);
