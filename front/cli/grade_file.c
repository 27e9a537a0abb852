// The part of TOML ([TOML] 1.0) that a file of tests needs: comments, NAME = VALUE with strings,
// numbers and inline tables, and [[test]].
#include "front/cli/grade_file.h"

#include "host/posix/image.h"
#include "host/posix/message.h"
#include "vitrine/text.h"

#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT_BYTES = 1 << 20 };

struct reader {
    const char *path;
    const char *at, *end;
    unsigned line;
};

static bool bad(const struct reader *r, const char *what)
{
    message("%s:%u: %s", r->path, r->line, what);
    return false;
}

static void skip_blanks(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t')) {
        r->at++;
    }
}

// Blanks, comments and line ends.
static void skip_lines(struct reader *r)
{
    for (;;) {
        skip_blanks(r);
        if (r->at < r->end && *r->at == '#') {
            while (r->at < r->end && *r->at != '\n') {
                r->at++;
            }
        }
        if (r->at >= r->end || (*r->at != '\n' && *r->at != '\r')) {
            return;
        }
        r->line += *r->at++ == '\n';
    }
}

static bool take(struct reader *r, char sign)
{
    skip_blanks(r);
    if (r->at < r->end && *r->at == sign) {
        r->at++;
        return true;
    }
    return false;
}

// --- values ---

static int escape(struct reader *r)
{
    static const char letters[] = "ntr\"\\be0", codes[] = "\n\t\r\"\\\b\033";
    char c = r->at < r->end ? *r->at++ : 0;
    const char *found = c ? strchr(letters, c) : NULL;
    char digits[5] = "";

    if (found) {
        return (unsigned char)codes[found - letters]; // \0 is the zero behind codes
    }
    if ((c == 'x' && r->end - r->at >= 2) || (c == 'u' && r->end - r->at >= 4)) {
        size_t count = c == 'x' ? 2 : 4;

        memcpy(digits, r->at, count);
        r->at += count;
        return (int)(strtoul(digits, NULL, 16) & 0xff);
    }
    return -1;
}

// "text" with escapes, 'text' without. NULL: told. The caller frees it.
static char *string(struct reader *r, size_t *length)
{
    char quote = *r->at++;
    char *text = malloc((size_t)(r->end - r->at) + 1);

    *length = 0;
    while (text && r->at < r->end && *r->at != quote && *r->at != '\n') {
        int c = (unsigned char)*r->at++;

        if (c == '\\' && quote == '"') {
            c = escape(r);
        }
        if (c < 0) {
            bad(r, "there are the escapes \\n \\t \\r \\b \\e \\0 \\\" \\\\ \\xNN and \\uNNNN");
            free(text);
            return NULL;
        }
        text[(*length)++] = (char)c;
    }
    if (!text || r->at >= r->end || *r->at != quote) {
        bad(r, text ? "the text has no end" : "out of memory");
        free(text);
        return NULL;
    }
    r->at++;
    text[*length] = 0;
    return text;
}

// A word without quotes: 5, -1, x3000, R0, true.
static char *word(struct reader *r)
{
    const char *start = r->at;
    size_t length;
    char *text;

    while (r->at < r->end && !strchr(" \t\r\n=,}#", *r->at)) {
        r->at++;
    }
    length = (size_t)(r->at - start);
    text = length ? malloc(length + 1) : NULL;
    if (!text) {
        bad(r, "a value is missing");
        return NULL;
    }
    memcpy(text, start, length);
    text[length] = 0;
    return text;
}

static char *value(struct reader *r, size_t *length)
{
    char *text;

    skip_blanks(r);
    if (r->at < r->end && (*r->at == '"' || *r->at == '\'')) {
        return string(r, length);
    }
    text = word(r);
    *length = text ? strlen(text) : 0;
    return text;
}

// { NAME = VALUE, ... }
static bool items(struct reader *r, struct grade_items *out)
{
    size_t length;

    if (!take(r, '{')) {
        return bad(r, "a table in braces is needed, as { R0 = 5 }");
    }
    if (take(r, '}')) {
        return true;
    }
    do {
        struct grade_item *item = &out->rows[out->count];

        if (out->count == GRADE_ITEMS) {
            return bad(r, "too many values in a table");
        }
        out->count++;
        item->name = value(r, &length);
        if (!item->name || !take(r, '=') || !(item->value = value(r, &length))) {
            return item->name && !item->value ? bad(r, "NAME = VALUE is needed") : false;
        }
    } while (take(r, ','));
    return take(r, '}') || bad(r, "a comma or } is missing");
}

// --- members ---

static const char twice[] = "this is there already";

static bool set_text(struct reader *r, char **out, size_t *length)
{
    size_t ignored;

    if (*out) {
        return bad(r, twice);
    }
    *out = value(r, length ? length : &ignored);
    return *out != NULL;
}

static bool set_expression(struct reader *r, char **out)
{
    regex_t pattern;

    if (!set_text(r, out, NULL)) {
        return false;
    }
    if (regcomp(&pattern, *out, REG_EXTENDED | REG_NOSUB) != 0) {
        return bad(r, "this is no regular expression");
    }
    regfree(&pattern);
    return true;
}

static bool set_items(struct reader *r, struct grade_items *out)
{
    return out->count > 0 ? bad(r, twice) : items(r, out);
}

static bool set_count(struct reader *r, uint64_t *out)
{
    size_t length;
    char *text = *out == 0 ? value(r, &length) : NULL;
    char *end = text;

    if (!text) {
        return *out == 0 ? false : bad(r, twice);
    }
    *out = strtoull(text, &end, 10);
    if (*end || *out == 0) {
        free(text);
        return bad(r, "a number above 0 is needed");
    }
    free(text);
    return true;
}

static bool set_points(struct reader *r, double *out)
{
    size_t length;
    char *text = value(r, &length);
    char *end = text;

    if (!text) {
        return false;
    }
    *out = strtod(text, &end);
    if (*end || *out < 0) {
        free(text);
        return bad(r, "points are a number, 0 or more");
    }
    free(text);
    return true;
}

static bool tell_unknown(const struct reader *r, const char *name)
{
    static const char *const names[] = {
        "name",   "input",         "output",     "output_contains", "output_matches",   "registers",
        "memory", "set_registers", "set_memory", "input_at",        "max_instructions", "ends",
        "points"};

    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        if (vt_distance(name, names[n]) < 3) {
            message("%s:%u: a test has no '%s'; did you mean %s?", r->path, r->line, name,
                    names[n]);
            return false;
        }
    }
    message(
        "%s:%u: a test has no '%s', but name, input, output, output_contains, output_matches, "
        "registers, memory, set_registers, set_memory, input_at, max_instructions, ends, points",
        r->path, r->line, name);
    return false;
}

static bool set_test_member(struct reader *r, struct grade_test *t, const char *name)
{
    struct {
        const char *name;
        char **text;
        size_t *length;
    } texts[] = {{"name", &t->name, NULL},
                 {"input", &t->input, &t->input_bytes},
                 {"output", &t->output, NULL},
                 {"output_contains", &t->output_contains, NULL},
                 {"ends", &t->ends, NULL}};
    struct {
        const char *name;
        struct grade_items *items;
    } tables[] = {{"registers", &t->registers},
                  {"memory", &t->memory},
                  {"set_registers", &t->set_registers},
                  {"set_memory", &t->set_memory}};

    for (size_t n = 0; n < sizeof texts / sizeof texts[0]; n++) {
        if (strcmp(name, texts[n].name) == 0) {
            return set_text(r, texts[n].text, texts[n].length);
        }
    }
    for (size_t n = 0; n < sizeof tables / sizeof tables[0]; n++) {
        if (strcmp(name, tables[n].name) == 0) {
            return set_items(r, tables[n].items);
        }
    }
    if (strcmp(name, "output_matches") == 0) {
        return set_expression(r, &t->output_matches);
    }
    if (strcmp(name, "max_instructions") == 0) {
        return set_count(r, &t->max_instructions);
    }
    if (strcmp(name, "input_at") == 0) {
        return set_count(r, &t->input_at);
    }
    if (strcmp(name, "points") == 0) {
        return set_points(r, &t->points);
    }
    return tell_unknown(r, name);
}

static bool member(struct reader *r, struct grade_file *g)
{
    char *name = word(r);
    bool is_good;

    if (!name) {
        return false;
    }
    if (!take(r, '=')) {
        is_good = bad(r, "NAME = VALUE is needed");
    } else if (g->test_count > 0) {
        skip_blanks(r);
        is_good = set_test_member(r, &g->tests[g->test_count - 1], name);
    } else if (strcmp(name, "program") == 0) {
        is_good = set_text(r, &g->program, NULL);
    } else {
        is_good = bad(r, "before the first [[test]] only `program` can stand");
    }
    free(name);
    return is_good;
}

static bool heading(struct reader *r, struct grade_file *g)
{
    static const char test[] = "[[test]]";
    size_t length = strlen(test);

    if ((size_t)(r->end - r->at) < length || memcmp(r->at, test, length) != 0) {
        return bad(r, "the only heading is [[test]]");
    }
    if (g->test_count == GRADE_TESTS) {
        return bad(r, "too many tests");
    }
    r->at += length;
    g->tests[g->test_count++] = (struct grade_test){.line = r->line, .points = 1};
    return true;
}

static bool read_all(struct reader *r, struct grade_file *g)
{
    for (skip_lines(r); r->at < r->end; skip_lines(r)) {
        unsigned line = r->line;

        if (!(*r->at == '[' ? heading(r, g) : member(r, g))) {
            return false;
        }
        skip_blanks(r);
        if (r->at < r->end && *r->at != '\n' && *r->at != '\r' && *r->at != '#') {
            r->line = line;
            return bad(r, "something follows the value");
        }
    }
    return g->test_count > 0 || bad(r, "there is no [[test]] in it");
}

bool grade_file_load(struct grade_file *g, const char *path)
{
    uint8_t *data;
    size_t size_bytes;
    struct reader r = {.path = path, .line = 1};
    bool is_good;

    *g = (struct grade_file){0};
    if (!file_load(path, FILE_LIMIT_BYTES, &data, &size_bytes)) {
        return false;
    }
    r.at = (const char *)data;
    r.end = r.at + size_bytes;
    is_good = read_all(&r, g);
    free(data);
    return is_good;
}

static void free_items(struct grade_items *list)
{
    for (unsigned n = 0; n < list->count; n++) {
        free(list->rows[n].name);
        free(list->rows[n].value);
    }
}

void grade_file_free(struct grade_file *g)
{
    for (unsigned n = 0; n < g->test_count; n++) {
        struct grade_test *t = &g->tests[n];

        free(t->name);
        free(t->input);
        free(t->output);
        free(t->output_contains);
        free(t->output_matches);
        free(t->ends);
        free_items(&t->registers);
        free_items(&t->memory);
        free_items(&t->set_registers);
        free_items(&t->set_memory);
    }
    free(g->program);
}
