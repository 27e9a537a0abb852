#include "front/cli/screen_watch.h"

#include "front/cli/codepage.h"

#include <string.h>

// What is drawn blank is a space.
static void read_row(const struct vt_text_screen *screen, unsigned row, uint8_t *text)
{
    for (unsigned i = 0; i < VT_TEXT_MAX_COLUMNS; i++) {
        uint8_t c = i < screen->columns ? screen->characters[row][i] : ' ';

        text[i] = c == 0 || c == 0xff ? ' ' : c;
    }
}

static bool is_blank(const uint8_t *text)
{
    for (unsigned i = 0; i < VT_TEXT_MAX_COLUMNS; i++) {
        if (text[i] != ' ') {
            return false;
        }
    }
    return true;
}

// How many rows that are not blank stand where they would after scrolling up by `shift`.
static unsigned rows_kept(const struct screen_watch *w, uint8_t fresh[][VT_TEXT_MAX_COLUMNS],
                          unsigned shift)
{
    unsigned kept = 0;

    for (unsigned row = 0; row + shift < w->rows; row++) {
        if (!is_blank(fresh[row]) &&
            memcmp(fresh[row], w->text[row + shift], VT_TEXT_MAX_COLUMNS) == 0) {
            kept++;
        }
    }
    return kept;
}

static unsigned find_shift(const struct screen_watch *w, uint8_t fresh[][VT_TEXT_MAX_COLUMNS])
{
    unsigned best = 0, best_kept = rows_kept(w, fresh, 0);

    for (unsigned shift = 1; shift < w->rows; shift++) {
        unsigned kept = rows_kept(w, fresh, shift);

        if (kept > best_kept) {
            best = shift;
            best_kept = kept;
        }
    }
    return best;
}

static void scroll(struct screen_watch *w, unsigned shift)
{
    unsigned left = w->rows - shift;

    memmove(w->text[0], w->text[shift], left * sizeof w->text[0]);
    memmove(w->done, w->done + shift, left * sizeof w->done[0]);
    memset(w->text[left], ' ', shift * sizeof w->text[0]);
    memset(w->done + left, 0, shift * sizeof w->done[0]);
}

static void take_row(struct screen_watch *w, unsigned row, const uint8_t *fresh)
{
    unsigned same = 0;

    while (same < VT_TEXT_MAX_COLUMNS && w->text[row][same] == fresh[same]) {
        same++;
    }
    if (same < VT_TEXT_MAX_COLUMNS) {
        w->is_new = true;
        w->done[row] = w->done[row] < same ? w->done[row] : same;
        memcpy(w->text[row], fresh, sizeof w->text[row]);
    }
}

static void measure(struct screen_watch *w, const struct vt_text_screen *screen)
{
    for (unsigned row = 0; row < w->rows; row++) {
        unsigned length = screen->columns;
        unsigned least = row == screen->cursor_row ? screen->cursor_column : 0;

        while (length > least && w->text[row][length - 1] == ' ') {
            length--;
        }
        w->is_new = w->is_new || w->length[row] != length;
        w->length[row] = length;
    }
}

void screen_watch_update(struct screen_watch *w, const struct vt_text_screen *screen)
{
    uint8_t fresh[VT_TEXT_MAX_ROWS][VT_TEXT_MAX_COLUMNS];

    if (screen->columns == 0 || screen->columns > VT_TEXT_MAX_COLUMNS ||
        screen->rows > VT_TEXT_MAX_ROWS) {
        return;
    }
    if (w->columns != screen->columns || w->rows != screen->rows) {
        memset(w, 0, sizeof *w);
        memset(w->text, ' ', sizeof w->text);
        w->columns = screen->columns;
        w->rows = screen->rows;
    }
    for (unsigned row = 0; row < w->rows; row++) {
        read_row(screen, row, fresh[row]);
    }
    if (memcmp(fresh, w->text, w->rows * sizeof fresh[0]) != 0) {
        scroll(w, find_shift(w, fresh));
        for (unsigned row = 0; row < w->rows; row++) {
            take_row(w, row, fresh[row]);
        }
    }
    measure(w, screen);
}

// Writes what looks like the characters in ASCII, with a zero at the end.
static void put_ascii(const uint8_t *text, unsigned columns, char *out)
{
    for (unsigned i = 0; i < columns; i++) {
        *out++ = codepage_ascii(text[i]);
    }
    *out = '\0';
}

// Writes characters as UTF-8, with a zero at the end.
static void put_utf8(const uint8_t *text, unsigned columns, char *out)
{
    for (unsigned i = 0; i < columns; i++) {
        out += codepage_utf8(text[i], out);
    }
    *out = '\0';
}

// How many characters begin in the first bytes of a line: a match may end within one.
static unsigned columns_of(const char *line, regoff_t bytes)
{
    unsigned columns = 0;

    for (regoff_t i = 0; i < bytes; i++) {
        columns += ((unsigned char)line[i] & 0xc0) != 0x80;
    }
    return columns;
}

// Looks into what is new of a row, read in both ways. True: a match, which ends at column `end`.
static bool find_in_row(const struct screen_watch *w, unsigned row, const regex_t *expression,
                        unsigned *end)
{
    char line[VT_TEXT_MAX_COLUMNS * CODEPAGE_UTF8_BYTES + 1];
    unsigned from = w->done[row], to = w->length[row];
    int flags = from > 0 ? REG_NOTBOL : 0;
    regmatch_t place;

    if (from >= to) {
        return false; // a blank row has nothing to find
    }
    put_ascii(w->text[row] + from, to - from, line);
    if (regexec(expression, line, 1, &place, flags) == 0) {
        *end = from + (unsigned)place.rm_eo;
        return true;
    }
    put_utf8(w->text[row] + from, to - from, line);
    if (regexec(expression, line, 1, &place, flags) == 0) {
        *end = from + columns_of(line, place.rm_eo);
        return true;
    }
    return false;
}

bool screen_watch_find(struct screen_watch *w, const regex_t *expression)
{
    w->is_new = false;
    for (unsigned row = 0; row < w->rows; row++) {
        unsigned end;

        if (find_in_row(w, row, expression, &end)) {
            for (unsigned above = 0; above < row; above++) {
                w->done[above] = VT_TEXT_MAX_COLUMNS;
            }
            w->done[row] = end;
            w->is_new = true; // the next expression is for the rest
            return true;
        }
    }
    return false;
}

void screen_watch_print(const struct screen_watch *w, FILE *to)
{
    unsigned rows = w->rows;

    while (rows > 0 && w->length[rows - 1] == 0) {
        rows--;
    }
    for (unsigned row = 0; row < rows; row++) {
        char line[VT_TEXT_MAX_COLUMNS * CODEPAGE_UTF8_BYTES + 1];

        put_utf8(w->text[row], w->length[row], line);
        fprintf(to, "  |%s\n", line);
    }
}
