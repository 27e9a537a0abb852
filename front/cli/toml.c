#include "front/cli/toml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void toml_begin(struct toml *t, const char *text)
{
    *t = (struct toml){.at = text, .line = 1};
}

static struct toml_item bad(const struct toml *t, const char *why)
{
    return (struct toml_item){.kind = TOML_BAD, .line = t->line, .why = why};
}

static void skip_blanks(struct toml *t)
{
    t->at += strspn(t->at, " \t");
}

// Blanks, comments and line ends.
static void skip_lines(struct toml *t)
{
    for (;;) {
        skip_blanks(t);
        if (*t->at == '#') {
            t->at += strcspn(t->at, "\n");
        }
        if (*t->at != '\n' && *t->at != '\r') {
            return;
        }
        t->line += *t->at++ == '\n';
    }
}

// Nothing but a comment may follow on the line.
static bool is_line_over(struct toml *t)
{
    skip_blanks(t);
    return *t->at == '#' || *t->at == '\r' || *t->at == '\n' || *t->at == '\0';
}

static bool read_name(struct toml *t, char *name, size_t size)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t length = strspn(t->at, letters);
    if (length == 0 || length >= size) {
        return false;
    }
    memcpy(name, t->at, length);
    name[length] = '\0';
    t->at += length;
    return true;
}

// --- strings ---

// A character by its escape; -1: there is none. \u gives up to three bytes of UTF-8.
static int unescape(struct toml *t, char *to)
{
    static const char names[] = "btnfre\"\\0", values[] = "\b\t\n\f\r\033\"\\";
    char c = *t->at++;
    const char *found = c ? strchr(names, c) : NULL;
    if (found) {
        *to = found[0] == '0' ? '\0' : values[found - names];
        return 1;
    }
    char digits[5], *end;
    size_t wanted = c == 'u' ? 4 : c == 'x' ? 2 : 0;
    snprintf(digits, sizeof digits, "%.*s", (int)wanted, t->at);
    unsigned long code = strtoul(digits, &end, 16);
    if (wanted == 0 || end != digits + wanted) {
        return -1;
    }
    t->at += wanted;
    if (code < 0x80 || c == 'x') {
        to[0] = (char)code;
        return 1;
    }
    int extra = code < 0x800 ? 1 : 2;
    to[0] = (char)(extra == 1 ? 0xc0 | code >> 6 : 0xe0 | code >> 12);
    for (int n = 1; n <= extra; n++) {
        to[n] = (char)(0x80 | (code >> (6 * (extra - n)) & 0x3f));
    }
    return extra + 1;
}

// A backslash at a line's end in """...""" swallows the line end and the blanks behind.
static bool is_continued(const struct toml *t)
{
    size_t n = strspn(t->at + 1, " \t\r");
    return t->at[0] == '\\' && t->at[1 + n] == '\n';
}

// Behind the opening quotes `quotes` (one or three of a kind).
static struct toml_item read_string(struct toml *t, const char *quotes)
{
    struct toml_item item = {.kind = TOML_STRING, .line = t->line};
    bool is_long = quotes[1] != '\0', is_literal = quotes[0] == '\'';
    size_t quotes_length = strlen(quotes);
    item.text = malloc(strlen(t->at) + 4);
    if (!item.text) {
        return bad(t, "out of memory");
    }
    if (is_long && *t->at == '\n') {
        t->line++;
        t->at++;
    }
    while (strncmp(t->at, quotes, quotes_length) != 0) {
        if (*t->at == '\0' || (*t->at == '\n' && !is_long)) {
            free(item.text);
            return bad(t, "the string does not end");
        }
        t->line += *t->at == '\n';
        if (!is_literal && is_long && is_continued(t)) {
            while (*++t->at == ' ' || *t->at == '\t' || *t->at == '\r' || *t->at == '\n') {
                t->line += *t->at == '\n';
            }
        } else if (!is_literal && *t->at == '\\') {
            t->at++;
            int count = unescape(t, item.text + item.length);
            if (count < 0) {
                free(item.text);
                return bad(t, "no such escape in a string");
            }
            item.length += (size_t)count;
        } else if (*t->at == '\r' && t->at[1] == '\n') {
            t->at++;
        } else {
            item.text[item.length++] = *t->at++;
        }
    }
    t->at += quotes_length;
    item.text[item.length] = '\0';
    return item;
}

// --- values ---

static struct toml_item read_word(struct toml *t)
{
    struct toml_item item = {.kind = TOML_INTEGER, .line = t->line};
    char word[40], digits[40], *end;
    size_t length = strcspn(t->at, " \t\r\n#"), used = 0;
    if (length == 0 || length >= sizeof word) {
        return bad(t, "a value is missing: a string, a number, true or false");
    }
    memcpy(word, t->at, length);
    word[length] = '\0';
    t->at += length;
    if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0) {
        item.kind = TOML_BOOLEAN;
        item.integer = word[0] == 't';
        return item;
    }
    for (size_t n = 0; n <= length; n++) { // 10_000
        if (word[n] != '_') {
            digits[used++] = word[n];
        }
    }
    item.integer = strtoll(digits, &end, 0);
    return *end || digits[0] == '\0' ? bad(t, "neither a string nor a number, true or false")
                                     : item;
}

static struct toml_item read_value(struct toml *t)
{
    static const char *const quotes[] = {"\"\"\"", "'''", "\"", "'"};
    for (size_t n = 0; n < sizeof quotes / sizeof quotes[0]; n++) {
        if (strncmp(t->at, quotes[n], strlen(quotes[n])) == 0) {
            t->at += strlen(quotes[n]);
            return read_string(t, quotes[n]);
        }
    }
    return read_word(t);
}

static struct toml_item read_table(struct toml *t)
{
    struct toml_item item = {.kind = TOML_TABLE, .line = t->line};
    size_t brackets = strspn(t->at, "[");
    t->at += brackets;
    skip_blanks(t);
    bool is_named = read_name(t, item.name, sizeof item.name);
    skip_blanks(t);
    if (!is_named || brackets > 2 || strspn(t->at, "]") != brackets) {
        return bad(t, "a table is written [[name]]");
    }
    t->at += brackets;
    return item;
}

struct toml_item toml_next(struct toml *t)
{
    char name[64];
    skip_lines(t);
    if (*t->at == '\0') {
        return (struct toml_item){.kind = TOML_END, .line = t->line};
    }
    struct toml_item item;
    if (*t->at == '[') {
        item = read_table(t);
    } else {
        if (!read_name(t, name, sizeof name)) {
            return bad(t, "a key is expected here: KEY = VALUE");
        }
        skip_blanks(t);
        if (*t->at != '=') {
            return bad(t, "'=' is missing behind the key");
        }
        t->at++;
        skip_blanks(t);
        item = read_value(t);
        memcpy(item.name, name, sizeof name);
    }
    if (item.kind != TOML_BAD && !is_line_over(t)) {
        free(item.text);
        return bad(t, "nothing may follow here");
    }
    return item;
}
