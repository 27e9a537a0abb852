#include "front/cli/lc3_grade.h"

#include "front/cli/file.h"
#include "front/cli/options.h"
#include "front/cli/toml.h"
#include "front/cli/values.h"
#include "host/posix/message.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEST_FILE_BYTES = 1 << 20,
    REASONS_BYTES = 2000,
    DEFAULT_LIMIT = 10 * 1000 * 1000,
};

struct text {
    char *bytes; // NULL: not given
    size_t length;
};

struct test {
    struct text name, input, output, contains, set, expect;
    int64_t points, limit, input_at;
    bool must_halt;
    unsigned line;
};

struct tests {
    struct test *rows;
    size_t count;
    struct test defaults; // what stands in front of the first test
};

// What is wrong with a program in one test, a line for each.
struct reasons {
    size_t used;
    char text[REASONS_BYTES];
};

// --- the file ---

static struct text *text_place(struct test *t, const char *name)
{
    static const struct {
        const char *name;
        size_t offset;
    } places[] = {
        {"name", offsetof(struct test, name)},     {"input", offsetof(struct test, input)},
        {"output", offsetof(struct test, output)}, {"contains", offsetof(struct test, contains)},
        {"set", offsetof(struct test, set)},       {"expect", offsetof(struct test, expect)},
    };
    for (size_t n = 0; n < sizeof places / sizeof places[0]; n++) {
        if (strcmp(places[n].name, name) == 0) {
            return (struct text *)(void *)((char *)t + places[n].offset);
        }
    }
    return NULL;
}

static int64_t *number_place(struct test *t, const char *name)
{
    return strcmp(name, "points") == 0             ? &t->points
           : strcmp(name, "max-instructions") == 0 ? &t->limit
           : strcmp(name, "input-at") == 0         ? &t->input_at
                                                   : NULL;
}

// NULL: it is set; else what is wrong.
static const char *set_key(struct test *t, struct toml_item *item)
{
    struct text *text = text_place(t, item->name);
    int64_t *number = number_place(t, item->name);
    if (text) {
        if (item->kind != TOML_STRING) {
            return "must be a string";
        }
        free(text->bytes);
        *text = (struct text){item->text, item->length};
        item->text = NULL;
        return NULL;
    }
    if (number) {
        *number = item->integer;
        return item->kind == TOML_INTEGER && item->integer >= 0 ? NULL : "must be a number from 0";
    }
    if (strcmp(item->name, "halts") == 0) {
        t->must_halt = item->integer != 0;
        return item->kind == TOML_BOOLEAN ? NULL : "must be true or false";
    }
    return "there is no such key (name, input, input-at, output, contains, set, expect, halts, "
           "points, max-instructions)";
}

static struct test *add_test(struct tests *list, unsigned line)
{
    struct test *rows = realloc(list->rows, (list->count + 1) * sizeof *rows);
    if (!rows) {
        return NULL;
    }
    list->rows = rows;
    rows[list->count] = (struct test){
        .points = list->defaults.points,
        .limit = list->defaults.limit,
        .must_halt = list->defaults.must_halt,
        .line = line,
    };
    return &rows[list->count++];
}

static void free_test(struct test *t)
{
    free(t->name.bytes);
    free(t->input.bytes);
    free(t->output.bytes);
    free(t->contains.bytes);
    free(t->set.bytes);
    free(t->expect.bytes);
}

static void free_tests(struct tests *list)
{
    for (size_t n = 0; n < list->count; n++) {
        free_test(&list->rows[n]);
    }
    free_test(&list->defaults);
    free(list->rows);
}

static bool read_tests(struct tests *list, const char *path, const char *text)
{
    struct toml t;
    struct test *present = &list->defaults;
    list->defaults = (struct test){.points = 1, .limit = DEFAULT_LIMIT, .must_halt = true};
    toml_begin(&t, text);
    for (;;) {
        struct toml_item item = toml_next(&t);
        const char *why = item.why;
        switch (item.kind) {
        case TOML_END: return true;
        case TOML_BAD: break;
        case TOML_TABLE:
            if (strcmp(item.name, "test") != 0) {
                why = "a test begins with [[test]]";
            } else if (!(present = add_test(list, item.line))) {
                why = "out of memory";
            }
            break;
        default:
            why = set_key(present, &item);
            free(item.text);
            break;
        }
        if (why) {
            message("%s:%u: %s%s%s", path, item.line, item.name, item.name[0] ? ": " : "", why);
            return false;
        }
    }
}

static bool load_tests(struct tests *list, const char *path)
{
    struct file_bytes file;
    if (!file_read(path, TEST_FILE_BYTES, &file)) {
        return false;
    }
    bool is_good = read_tests(list, path, (const char *)file.bytes);
    if (is_good && list->count == 0) {
        message("%s: no test in it; each begins with [[test]]", path);
        is_good = false;
    }
    free(file.bytes);
    return is_good;
}

// --- one test ---

static void add_reason(void *owner, const char *text)
{
    struct reasons *r = owner;
    int length = snprintf(r->text + r->used, sizeof r->text - r->used, "%s\n", text);
    r->used = r->used + (size_t)length < sizeof r->text ? r->used + (size_t)length : r->used;
    r->text[r->used] = '\0';
}

// Text of the display for a message: control characters as escapes, the middle of long ones left
// out.
static void quote(char *to, size_t size, const char *text, size_t length)
{
    size_t used = 0;
    for (size_t n = 0; n < length && used + 8 < size; n++) {
        unsigned char c = (unsigned char)text[n];
        if (c == '\n') {
            used += (size_t)snprintf(to + used, size - used, "\\n");
        } else if (c < 0x20 || c > 0x7e) {
            used += (size_t)snprintf(to + used, size - used, "\\x%02x", c);
        } else {
            to[used++] = (char)c;
        }
    }
    to[used] = '\0';
}

static void tell_output(struct reasons *r, const char *what, const struct text *wanted,
                        const char *shown, size_t length)
{
    char a[160], b[160], line[400];
    quote(a, sizeof a, shown, length);
    quote(b, sizeof b, wanted->bytes, wanted->length);
    snprintf(line, sizeof line, "the output \"%s\" %s \"%s\"", a, what, b);
    add_reason(r, line);
}

static bool is_inside(const char *text, size_t length, const struct text *part)
{
    for (size_t n = 0; n + part->length <= length; n++) {
        if (memcmp(text + n, part->bytes, part->length) == 0) {
            return true;
        }
    }
    return false;
}

static bool check_output(struct lc3_session *s, const struct test *t, struct reasons *r)
{
    size_t length = (size_t)vt_lc3_display_count(s->vm);
    char *shown = malloc(length + 1);
    if (!shown) {
        message("out of memory");
        return false;
    }
    vt_lc3_display(s->vm, 0, shown, length);
    bool is_same = !t->output.bytes ||
                   (t->output.length == length && memcmp(t->output.bytes, shown, length) == 0);
    if (!is_same) {
        tell_output(r, "should be", &t->output, shown, length);
    }
    if (t->contains.bytes && !is_inside(shown, length, &t->contains)) {
        tell_output(r, "should contain", &t->contains, shown, length);
    }
    free(shown);
    return true;
}

static void check_end(struct lc3_session *s, const struct test *t, struct vt_stop stop,
                      struct reasons *r)
{
    char text[200];
    if (stop.reason == VT_STOP_POWER_OFF || !t->must_halt) {
        return;
    }
    if (stop.reason == VT_STOP_FAULT) {
        vt_lc3_fault_text(s->vm, text, sizeof text);
    } else if (stop.reason == VT_STOP_INPUT) {
        snprintf(text, sizeof text, "it waits for another key instead of halting");
    } else if (stop.reason == VT_STOP_HALTED) {
        snprintf(text, sizeof text, "it loops for ever in one instruction instead of halting");
    } else {
        snprintf(text, sizeof text, "it did not halt within %" PRId64 " instructions", t->limit);
    }
    add_reason(r, text);
}

// Sets registers and memory before the run: the list of `set`, one PLACE=VALUE after the other.
static bool set_places(struct lc3_session *s, const char *list)
{
    char item[80];
    while (*list) {
        size_t length = strcspn(list, ",");
        snprintf(item, sizeof item, "%.*s", (int)length, list);
        list += length + (list[length] == ',');
        char *equals = strchr(item, '=');
        uint64_t place, value;
        if (!equals) {
            message("set: '%s': should be PLACE=VALUE", item);
            return false;
        }
        *equals = '\0';
        char *name = item + strspn(item, " ");
        int reg = vt_register_by_name(s->vm, name);
        if (!lc3_session_evaluate(s, "set", equals + 1, &value) ||
            (reg < 0 && !lc3_session_evaluate(s, "set", name, &place))) {
            return false;
        }
        uint16_t word = (uint16_t)value;
        if (reg >= 0 ? !vt_set_register(s->vm, (unsigned)reg, word)
                     : vt_set_memory(s->vm, 0, place, &word, 1) != 1) {
            message("set: %s can't be set", name);
            return false;
        }
    }
    return true;
}

static struct vt_stop run(struct lc3_session *s, const struct test *t)
{
    uint64_t limit = (uint64_t)t->limit;
    if (t->input_at > 0 && t->input_at < t->limit) {
        struct vt_stop stop = vt_run(s->vm, (uint64_t)t->input_at, UINT64_MAX);
        if (stop.reason != VT_STOP_LIMIT && stop.reason != VT_STOP_INPUT) {
            return stop;
        }
    }
    lc3_session_type(s, (const uint8_t *)t->input.bytes, t->input.length);
    return vt_run(s->vm, limit, UINT64_MAX);
}

// False: it can't be run, which was told. No reasons: it passed.
static bool run_test(struct lc3_session *s, const struct test *t, struct reasons *r)
{
    *r = (struct reasons){0};
    if (!lc3_session_start(s) || (t->set.bytes && !set_places(s, t->set.bytes))) {
        return false;
    }
    struct vt_stop stop = run(s, t);
    check_end(s, t, stop, r);
    if (!check_output(s, t, r)) {
        return false;
    }
    return !t->expect.bytes || lc3_session_check(s, "expect", t->expect.bytes, add_reason, r) >= 0;
}

// --- the score ---

static void print_json_string(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == '"' || c == '\\') {
            printf("\\u%04x", c);
        } else {
            putchar(c);
        }
    }
    putchar('"');
}

static const char *name_of(const struct test *t, size_t number, char *room, size_t size)
{
    snprintf(room, size, "test %zu", number + 1);
    return t->name.bytes ? t->name.bytes : room;
}

static void print_json(const struct test *t, size_t number, const struct reasons *r)
{
    char room[32], line[400];
    const char *at = r->text;
    printf("%s{\"name\":", number > 0 ? "," : "");
    print_json_string(name_of(t, number, room, sizeof room));
    printf(",\"passed\":%s,\"points\":%" PRId64 ",\"reasons\":[", r->used ? "false" : "true",
           t->points);
    while (*at) {
        size_t length = strcspn(at, "\n");
        snprintf(line, sizeof line, "%.*s", (int)length, at);
        printf("%s", at > r->text ? "," : "");
        print_json_string(line);
        at += length + (at[length] == '\n');
    }
    printf("]}");
}

static void print_text(const struct test *t, size_t number, const struct reasons *r)
{
    char room[32];
    const char *at = r->text;
    printf("%s  %s\n", r->used ? "FAIL" : "ok  ", name_of(t, number, room, sizeof room));
    while (*at) {
        size_t length = strcspn(at, "\n");
        printf("      %.*s\n", (int)length, at);
        at += length + (at[length] == '\n');
    }
}

static int run_all(struct lc3_session *s, const struct tests *list)
{
    bool is_json = s->options->is_json;
    int64_t points = 0, reached = 0;
    size_t passed = 0;
    struct reasons r;
    if (is_json) {
        printf("{\"tests\":[");
    }
    for (size_t n = 0; n < list->count; n++) {
        if (!run_test(s, &list->rows[n], &r)) {
            return EXIT_BAD_USE;
        }
        passed += r.used == 0;
        points += list->rows[n].points;
        reached += r.used == 0 ? list->rows[n].points : 0;
        if (is_json) {
            print_json(&list->rows[n], n, &r);
        } else {
            print_text(&list->rows[n], n, &r);
        }
    }
    printf(is_json ? "],\"passed\":%zu,\"count\":%zu,\"score\":%" PRId64 ",\"points\":%" PRId64
                     "}\n"
                   : "%zu of %zu tests, %" PRId64 " of %" PRId64 " points\n",
           passed, list->count, reached, points);
    return passed == list->count ? EXIT_GOOD : EXIT_UNEXPECTED;
}

int lc3_grade(struct lc3_session *s)
{
    struct tests list = {0};
    int code = EXIT_BAD_USE;
    s->host.serial[0] = NULL; // the programs' output is looked at, not shown
    s->host.is_log_wanted[VT_LOG_GUEST] = false;
    if (load_tests(&list, s->options->grade)) {
        code = run_all(s, &list);
    }
    free_tests(&list);
    return code;
}
