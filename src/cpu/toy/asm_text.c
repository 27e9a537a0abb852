// The statements of a text: one a line, as
//
//   label:  MOV AX, 5     ; a comment; also # and //
#include "cpu/toy/asm.h"

struct line {
    const char *at, *end;
    const char *start;
    u32 number;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == ',';
}

static bool is_comment(const struct line *l)
{
    return *l->at == ';' || *l->at == '#' ||
           (*l->at == '/' && l->end - l->at > 1 && l->at[1] == '/');
}

// How far a text or a bracket goes that begins here; 0: it has no end.
static size_t enclosed(const struct line *l, char close)
{
    for (const char *at = l->at + 1; at < l->end; at++) {
        if (*at == close) {
            return (size_t)(at - l->at) + 1;
        }
    }
    return 0;
}

static size_t word_length(const struct line *l)
{
    const char *at = l->at;
    while (at < l->end && !is_blank(*at) && *at != ';' && *at != '[' && *at != '"') {
        at++;
        if (at[-1] == ':') {
            break;
        }
    }
    return (size_t)(at - l->at);
}

// The next word of the line; false: there is none.
static bool next_word(struct toy_assembly *a, struct line *l, struct toy_word *w)
{
    while (l->at < l->end && is_blank(*l->at)) {
        l->at++;
    }
    if (l->at == l->end || is_comment(l)) {
        return false;
    }
    *w = (struct toy_word){.text = l->at, .line = l->number, .column = (u32)(l->at - l->start) + 1};
    bool is_character = l->at[0] == '\'' && l->end - l->at > 2 && l->at[2] == '\'';
    if (*l->at == '"' || *l->at == '[') {
        w->length = enclosed(l, *l->at == '"' ? '"' : ']');
        if (w->length == 0) {
            w->length = (size_t)(l->end - l->at);
            toy_error(a, w, *l->at == '"' ? "the text has no end" : "the bracket is not closed",
                      *l->at == '"' ? "put a \" behind it" : "put a ] behind it");
            w->length = 0;
            l->at = l->end;
            return false;
        }
    } else {
        w->length = is_character ? 3 : word_length(l);
        w->length += w->length == 0; // a stray sign is a word, too
    }
    l->at += w->length;
    return true;
}

static void read_line(struct toy_assembly *a, struct line *l)
{
    struct toy_statement s = {0};
    struct toy_word w;
    while (next_word(a, l, &w)) {
        bool is_label = !s.name.length && w.length > 1 && w.text[w.length - 1] == ':';
        if (is_label) {
            w.length--;
            s.label = w;
        } else if (!s.name.length) {
            s.name = w;
        } else if (s.operand_count < TOY_WORDS) {
            s.operands[s.operand_count++] = w;
        } else {
            toy_error(a, &w, "too many operands on a line", "24 are the most: begin another line");
            break;
        }
    }
    toy_assemble_statement(a, &s);
}

void toy_read_text(struct toy_assembly *a, const char *source, size_t size_bytes)
{
    const char *at = source, *end = source + size_bytes;
    for (u32 number = 1; at < end; number++) {
        struct line l = {.at = at, .start = at, .number = number};
        while (at < end && *at != '\n') {
            at++;
        }
        l.end = at;
        at += at < end;
        read_line(a, &l);
    }
}
