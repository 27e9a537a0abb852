// Lines end with LF, CR LF or CR alone. Between tokens are blanks, commas and colons; a semicolon
// begins a comment. Nothing else is special, so that labels may hold what lc3tools lets them.
#include "cpu/lc3/asm_impl.h"

bool lex_lines(struct assembly *a)
{
    const char *text = a->text;
    size_t at = 0;
    if (a->text_bytes >= 3 && (u8)text[0] == 0xef && (u8)text[1] == 0xbb && (u8)text[2] == 0xbf) {
        at = 3; // a byte order mark
    }
    a->lines = list_in(&a->arena, sizeof(u32));
    do {
        u32 *line = list_add(&a->lines);
        if (!line) {
            return false;
        }
        *line = (u32)at;
        while (at < a->text_bytes && text[at] != '\n' && text[at] != '\r') {
            at++;
        }
        if (at < a->text_bytes) {
            at += text[at] == '\r' && at + 1 < a->text_bytes && text[at + 1] == '\n' ? 2 : 1;
        }
    } while (at < a->text_bytes);
    u32 *end = list_add(&a->lines);
    if (end) {
        *end = (u32)a->text_bytes;
    }
    return end != NULL;
}

u32 lex_line_count(const struct assembly *a)
{
    return (u32)a->lines.count - 1;
}

const char *lex_line(const struct assembly *a, u32 line, u32 *length)
{
    const u32 *lines = a->lines.items;
    if (line == 0 || line > lex_line_count(a)) {
        *length = 0;
        return NULL;
    }
    u32 begin = lines[line - 1], end = lines[line];
    while (end > begin && (a->text[end - 1] == '\n' || a->text[end - 1] == '\r')) {
        end--;
    }
    *length = end - begin;
    return a->text + begin;
}

struct token *token_at(const struct assembly *a, u32 number)
{
    return (struct token *)a->tokens.items + number;
}

const char *token_name(struct assembly *a, const struct token *t)
{
    enum { LONGEST = 60 };
    const char *copy =
        arena_text(&a->arena, t->text, t->at.length < LONGEST ? t->at.length : LONGEST);
    return copy ? copy : "";
}

bool span_equal(const char *text, u32 length, const char *word)
{
    u32 n = 0;
    while (n < length && word[n] && upper(text[n]) == upper(word[n])) {
        n++;
    }
    return n == length && !word[n];
}

// --- tokens ---

struct lexer {
    const char *line;
    u32 number, length, at;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f' || c == '\v' || c == '\0';
}

static bool is_end_of_word(char c)
{
    return is_blank(c) || c == ',' || c == ':' || c == ';' || c == '"';
}

static char next_char(const struct lexer *l)
{
    return l->at < l->length ? l->line[l->at] : ';';
}

// Behind the quote at l->at: to the closing one, past escaped ones.
static void take_string(struct lexer *l, struct token *t)
{
    t->kind = TOKEN_STRING;
    l->at++;
    while (l->at < l->length && l->line[l->at] != '"') {
        l->at += l->line[l->at] == '\\' && l->at + 1 < l->length ? 2 : 1;
    }
    t->is_open = l->at >= l->length;
    l->at += t->is_open ? 0 : 1;
}

// 'A' or '\n': its length; 0: no such thing stands here.
static u32 character_length(const struct lexer *l)
{
    const char *c = l->line + l->at;
    u32 left = l->length - l->at;
    if (left < 3 || c[0] != '\'') {
        return 0;
    }
    u32 inside = c[1] == '\\' ? number_escape(c + 1, left - 1).length : 1;
    return inside + 1 < left && c[1 + inside] == '\'' ? inside + 2 : 0;
}

static void take_word(struct lexer *l, struct token *t)
{
    t->kind = TOKEN_WORD;
    while (l->at < l->length && !is_end_of_word(l->line[l->at])) {
        l->at++;
    }
}

static bool take_token(struct assembly *a, struct lexer *l, u8 commas)
{
    struct token *t = list_add(&a->tokens);
    if (!t) {
        return false;
    }
    u32 begin = l->at, quoted = character_length(l);
    if (next_char(l) == '"') {
        take_string(l, t);
    } else if (quoted > 0) {
        t->kind = TOKEN_CHARACTER;
        l->at += quoted;
    } else {
        take_word(l, t);
    }
    t->text = l->line + begin;
    t->at = (struct span){l->number, begin, l->at - begin};
    t->commas_before = commas;
    return true;
}

// A colon right behind a token is that token's; elsewhere it is as good as a blank, and told.
static void take_colon(struct assembly *a, struct lexer *l, u32 first)
{
    struct token *last = a->tokens.count > first ? token_at(a, (u32)a->tokens.count - 1) : NULL;
    if (last && !last->has_colon && last->kind == TOKEN_WORD) {
        last->has_colon = true;
    } else {
        diag(a, DIAG_STRAY_COLON, (struct span){l->number, l->at, 1}, "this colon ends no label");
    }
    l->at++;
}

bool lex_tokens(struct assembly *a, u32 line, bool *has_trailing_comma)
{
    struct lexer l = {.number = line};
    u32 first = (u32)a->tokens.count;
    u8 commas = 0;
    l.line = lex_line(a, line, &l.length);
    l.length = l.length < LINE_MAX ? l.length : LINE_MAX;
    while (l.at < l.length && next_char(&l) != ';') {
        char c = next_char(&l);
        if (is_blank(c)) {
            l.at++;
        } else if (c == ',') {
            commas = commas < 255 ? (u8)(commas + 1) : commas;
            l.at++;
        } else if (c == ':') {
            take_colon(a, &l, first);
        } else if (c == '/' && l.at + 1 < l.length && l.line[l.at + 1] == '/') {
            struct vt_lc3_diagnostic *d = diag(a, DIAG_STRAY_TEXT, (struct span){line, l.at, 2},
                                               "a comment begins with a semicolon here");
            diag_hint(a, d, "write ; instead of //");
            break;
        } else {
            if (!take_token(a, &l, commas)) {
                return false;
            }
            commas = 0;
        }
    }
    *has_trailing_comma = commas > 0;
    return true;
}
