#include "front/cli/screen_watch.h"

#include <string.h>

// What an expression can name stands for the characters of code page 437: frames and arrows are
// drawn with signs of ASCII, shades and blocks are @ (# and % end prompts), letters lose their
// accents. The rest, _ in the tables (?? would begin trigraphs), is read as ?.
static char readable(uint8_t character)
{
    static const char low[] = " ______*_o______><|!__-|^v><_-^v";
    static const char high[] = "CueaaaaceeeiiiAAEaAooouuyOUcLYPf"  // 80h
                               "aiounNao_____!<>@@@|++++++|+++++"  // A0h
                               "++++-++++++++=+++++++++++++@@@@@"  // C0h
                               "asGpSsut___d__e_=_><()/~o.._n2@ "; // E0h
    char sign = (char)character;

    _Static_assert(sizeof low - 1 == 0x20 && sizeof high - 1 == 0x80, "one sign for each");
    if (character < 0x20) {
        sign = low[character];
    } else if (character >= 0x80) {
        sign = high[character - 0x80];
    } else {
        return character == 0x7f ? '?' : sign;
    }
    return sign == '_' ? '?' : sign;
}

static void read_row(const struct vt_text_screen *screen, unsigned row, char *text)
{
    for (unsigned i = 0; i < VT_TEXT_MAX_COLUMNS; i++) {
        text[i] = i < screen->columns ? readable(screen->characters[row][i]) : ' ';
    }
}

static bool is_blank(const char *text)
{
    for (unsigned i = 0; i < VT_TEXT_MAX_COLUMNS; i++) {
        if (text[i] != ' ') {
            return false;
        }
    }
    return true;
}

// How many rows that are not blank stand where they would after scrolling up by `shift`.
static unsigned rows_kept(const struct screen_watch *w, char fresh[][VT_TEXT_MAX_COLUMNS],
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

static unsigned find_shift(const struct screen_watch *w, char fresh[][VT_TEXT_MAX_COLUMNS])
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

static void take_row(struct screen_watch *w, unsigned row, const char *fresh)
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
    char fresh[VT_TEXT_MAX_ROWS][VT_TEXT_MAX_COLUMNS];

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

bool screen_watch_find(struct screen_watch *w, const regex_t *expression)
{
    w->is_new = false;
    for (unsigned row = 0; row < w->rows; row++) {
        char line[VT_TEXT_MAX_COLUMNS + 1];
        unsigned from = w->done[row], to = w->length[row];
        regmatch_t place;

        if (from >= to) {
            continue; // a blank row has nothing to find
        }
        memcpy(line, w->text[row] + from, to - from);
        line[to - from] = '\0';
        if (regexec(expression, line, 1, &place, from > 0 ? REG_NOTBOL : 0) == 0) {
            for (unsigned above = 0; above < row; above++) {
                w->done[above] = VT_TEXT_MAX_COLUMNS;
            }
            w->done[row] = from + (unsigned)place.rm_eo;
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
        fprintf(to, "  |%.*s\n", (int)w->length[row], w->text[row]);
    }
}
