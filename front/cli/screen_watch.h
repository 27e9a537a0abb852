// Looks for regular expressions on the text screen, each in what appeared after the last one found.
//
// A match lies within one row. What was on the screen before the end of the last match is done
// with, also when it scrolls; a row that changes counts as new from its first changed column on.
// What ASCII lacks is found both as it is, in UTF-8, and as what looks like it (codepage.h).
#pragma once

#include "vitrine/vitrine.h"

#include <regex.h>
#include <stdio.h>

struct screen_watch {
    unsigned columns, rows; // 0 x 0: no screen seen yet
    uint8_t text[VT_TEXT_MAX_ROWS][VT_TEXT_MAX_COLUMNS];
    unsigned done[VT_TEXT_MAX_ROWS];   // columns that are done with
    unsigned length[VT_TEXT_MAX_ROWS]; // without blanks at the end, but up to the cursor at least
    bool is_new;                       // something changed since the last look
};

void screen_watch_update(struct screen_watch *w, const struct vt_text_screen *screen);
bool screen_watch_find(struct screen_watch *w, const regex_t *expression);
// Writes the rows as they were last seen, in UTF-8, each behind a bar, without the last blank ones.
void screen_watch_print(const struct screen_watch *w, FILE *to);
