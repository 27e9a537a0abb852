#include "front/cli/matcher.h"

#include <stdlib.h>
#include <string.h>

enum {
    LINE_LIMIT = 64 * 1024, // a longer line is cut there
    NOT_PRINTED = 0x20,     // characters below are control characters
    ESCAPE = 0x1b,
    BELL = 0x07,
};

// Room for one more character and the terminating zero. Out of memory loses text.
static bool make_room(struct matcher *m)
{
    size_t larger = m->capacity ? m->capacity * 2 : 4096;
    char *moved;

    if (m->count + 2 <= m->capacity) {
        return true;
    }
    moved = realloc(m->text, larger);
    if (!moved) {
        return false;
    }
    m->text = moved;
    m->capacity = larger;
    return true;
}

static void add(struct matcher *m, char c)
{
    if (make_room(m)) {
        m->text[m->count++] = c;
        m->is_new = true;
    }
}

static void put_text(struct matcher *m, uint8_t byte)
{
    if (byte == ESCAPE) {
        m->state = MATCHER_ESCAPE;
    } else if (byte == '\n' || byte == '\t' || byte >= NOT_PRINTED) {
        add(m, (char)byte);
    }
}

void matcher_put(struct matcher *m, uint8_t byte)
{
    switch (m->state) {
    case MATCHER_TEXT: put_text(m, byte); break;
    case MATCHER_ESCAPE:
        m->state = byte == '['                   ? MATCHER_CONTROL
                   : byte == ']'                 ? MATCHER_STRING
                   : byte >= 0x20 && byte < 0x30 ? MATCHER_ESCAPE // intermediate: ESC ( B
                                                 : MATCHER_TEXT;
        break;
    case MATCHER_CONTROL: // [ECMA-48] 5.4: ends with a byte from 40h to 7Eh
        if (byte == ESCAPE) {
            m->state = MATCHER_ESCAPE;
        } else if (byte >= 0x40 && byte <= 0x7e) {
            m->state = MATCHER_TEXT;
        }
        break;
    case MATCHER_STRING:
        if (byte == BELL || byte == '\n') {
            m->state = MATCHER_TEXT;
        } else if (byte == ESCAPE) {
            m->state = MATCHER_ESCAPE; // its backslash ends the string
        }
        break;
    }
}

// Forgets what is done with.
static void compact(struct matcher *m)
{
    memmove(m->text, m->text + m->at, m->count - m->at);
    m->count -= m->at;
    m->at = 0;
    if (m->count > LINE_LIMIT) {
        m->count = 0;
        m->is_line_begun = true;
    }
}

// Looks into the line at `at`, which ends (with a zero now) at `end`.
static bool match_line(struct matcher *m, const regex_t *expression)
{
    regmatch_t place;

    if (regexec(expression, m->text + m->at, 1, &place, m->is_line_begun ? REG_NOTBOL : 0) != 0) {
        return false;
    }
    m->at += (size_t)place.rm_eo;
    m->is_line_begun = m->is_line_begun || place.rm_eo > 0;
    return true;
}

static bool find(struct matcher *m, const regex_t *expression)
{
    for (;;) {
        char *newline = memchr(m->text + m->at, '\n', m->count - m->at);
        bool is_found;

        if (newline) {
            *newline = '\0';
        } else {
            m->text[m->count] = '\0';
        }
        is_found = match_line(m, expression);
        if (newline) {
            *newline = '\n';
        }
        if (is_found || !newline) {
            return is_found;
        }
        m->at = (size_t)(newline - m->text) + 1;
        m->is_line_begun = false;
    }
}

bool matcher_find(struct matcher *m, const regex_t *expression)
{
    bool is_found;

    if (!make_room(m)) {
        return false;
    }
    is_found = find(m, expression);
    compact(m);
    m->is_new = is_found; // the next expression is for the same text
    return is_found;
}

void matcher_free(struct matcher *m)
{
    free(m->text);
    *m = (struct matcher){0};
}
