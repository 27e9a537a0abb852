#include "front/cli/line_edit.h"

#include <stdio.h>
#include <string.h>

enum { CTRL_C = 3, CTRL_D = 4, BACKSPACE = 8, CTRL_L = 12, CTRL_U = 21, CTRL_W = 23, ESCAPE = 27 };

enum { ECHO_BYTES = LINE_EDIT_BYTES + 32 };

static void redraw(const struct line_edit *e, char *echo)
{
    snprintf(echo, ECHO_BYTES, "\r\033[K%s%.*s", e->prompt, (int)e->length, e->text);
}

static void remember(struct line_edit *e)
{
    if (e->length > 0) {
        memcpy(e->history[e->history_count++ % LINE_EDIT_HISTORY], e->text, LINE_EDIT_BYTES);
    }
    e->shown = 0;
}

static void recall(struct line_edit *e, bool is_older, char *echo)
{
    unsigned kept =
        e->history_count < LINE_EDIT_HISTORY ? e->history_count : (unsigned)LINE_EDIT_HISTORY;

    if (is_older ? e->shown == kept : e->shown == 0) {
        return;
    }
    e->shown = is_older ? e->shown + 1 : e->shown - 1;
    if (e->shown == 0) {
        e->text[0] = 0;
    } else {
        memcpy(e->text, e->history[(e->history_count - e->shown) % LINE_EDIT_HISTORY],
               LINE_EDIT_BYTES);
    }
    e->length = strlen(e->text);
    redraw(e, echo);
}

// ESC [ A and ESC O A are the arrow up, B down; other sequences do nothing.
static void take_escape(struct line_edit *e, uint8_t byte, char *echo)
{
    bool goes_on = e->escape == 1 ? byte == '[' || byte == 'O' : byte < '@' || byte > '~';

    e->escape = goes_on ? e->escape + 1 : 0;
    if (!goes_on && (byte == 'A' || byte == 'B')) {
        recall(e, byte == 'A', echo);
    }
}

static void erase_word(struct line_edit *e)
{
    while (e->length > 0 && e->text[e->length - 1] == ' ') {
        e->length--;
    }
    while (e->length > 0 && e->text[e->length - 1] != ' ') {
        e->length--;
    }
}

static void add(struct line_edit *e, uint8_t byte, char *echo)
{
    if (byte >= ' ' && e->length + 1 < LINE_EDIT_BYTES) {
        e->text[e->length++] = (char)byte;
        snprintf(echo, ECHO_BYTES, "%c", byte);
    }
}

static enum line_edit_result end_line(struct line_edit *e, char *echo)
{
    snprintf(echo, ECHO_BYTES, "\n");
    e->text[e->length] = 0;
    remember(e);
    e->length = 0;
    return LINE_EDIT_DONE;
}

enum line_edit_result line_edit_take(struct line_edit *e, uint8_t byte,
                                     char echo[LINE_EDIT_BYTES + 32])
{
    echo[0] = 0;
    if (e->escape > 0) {
        take_escape(e, byte, echo);
        return LINE_EDIT_MORE;
    }
    switch (byte) {
    case '\r':
    case '\n': return end_line(e, echo);
    case ESCAPE: e->escape = 1; return LINE_EDIT_MORE;
    case CTRL_D: return e->length == 0 ? LINE_EDIT_END : LINE_EDIT_MORE;
    case BACKSPACE:
    case 0x7f: e->length -= e->length > 0; break;
    case CTRL_W: erase_word(e); break;
    case CTRL_C:
    case CTRL_U: e->length = 0; break;
    case CTRL_L: break;
    default: add(e, byte, echo); return LINE_EDIT_MORE;
    }
    e->text[e->length] = 0;
    redraw(e, echo);
    return LINE_EDIT_MORE;
}
