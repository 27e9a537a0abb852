#include "front/cli/keys.h"

#include "front/cli/values.h"
#include "host/posix/image.h"
#include "host/posix/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- items ---

// Room for one more row of `size` bytes in a list that grows.
static bool make_room(void **rows, size_t count, size_t *capacity, size_t size)
{
    size_t larger = *capacity ? *capacity * 2 : 64;
    void *moved;

    if (count < *capacity) {
        return true;
    }
    moved = realloc(*rows, larger * size);
    if (!moved) {
        return false;
    }
    *rows = moved;
    *capacity = larger;
    return true;
}

bool items_add(struct items *list, uint32_t item)
{
    void *rows = list->rows;

    if (!make_room(&rows, list->count, &list->capacity, sizeof item)) {
        return false;
    }
    list->rows = rows;
    list->rows[list->count++] = item;
    return true;
}

void items_free(struct items *list)
{
    free(list->rows);
    *list = (struct items){0};
}

// --- names ---

// Set-1 scancodes; 100h more: after the prefix E0. [PS2-104] table of scan code set 1.
// clang-format off
static const struct {
    const char *name;
    uint16_t key;
} key_names[] = {
    {"esc", 0x01}, {"1", 0x02}, {"2", 0x03}, {"3", 0x04}, {"4", 0x05}, {"5", 0x06}, {"6", 0x07},
    {"7", 0x08}, {"8", 0x09}, {"9", 0x0a}, {"0", 0x0b}, {"minus", 0x0c}, {"-", 0x0c},
    {"equal", 0x0d}, {"=", 0x0d}, {"backspace", 0x0e},
    {"tab", 0x0f}, {"q", 0x10}, {"w", 0x11}, {"e", 0x12}, {"r", 0x13}, {"t", 0x14}, {"y", 0x15},
    {"u", 0x16}, {"i", 0x17}, {"o", 0x18}, {"p", 0x19}, {"[", 0x1a}, {"]", 0x1b},
    {"enter", 0x1c}, {"ret", 0x1c}, {"ctrl", 0x1d},
    {"a", 0x1e}, {"s", 0x1f}, {"d", 0x20}, {"f", 0x21}, {"g", 0x22}, {"h", 0x23}, {"j", 0x24},
    {"k", 0x25}, {"l", 0x26}, {"semicolon", 0x27}, {";", 0x27}, {"apostrophe", 0x28},
    {"'", 0x28}, {"grave", 0x29}, {"`", 0x29}, {"shift", 0x2a}, {"backslash", 0x2b},
    {"z", 0x2c}, {"x", 0x2d}, {"c", 0x2e}, {"v", 0x2f}, {"b", 0x30}, {"n", 0x31}, {"m", 0x32},
    {"comma", 0x33}, {",", 0x33}, {"dot", 0x34}, {".", 0x34}, {"slash", 0x35}, {"/", 0x35},
    {"rshift", 0x36}, {"kp-multiply", 0x37}, {"alt", 0x38}, {"space", 0x39}, {"spc", 0x39},
    {"capslock", 0x3a},
    {"f1", 0x3b}, {"f2", 0x3c}, {"f3", 0x3d}, {"f4", 0x3e}, {"f5", 0x3f}, {"f6", 0x40},
    {"f7", 0x41}, {"f8", 0x42}, {"f9", 0x43}, {"f10", 0x44}, {"f11", 0x57}, {"f12", 0x58},
    {"numlock", 0x45}, {"scrolllock", 0x46},
    {"kp-7", 0x47}, {"kp-8", 0x48}, {"kp-9", 0x49}, {"kp-minus", 0x4a}, {"kp-4", 0x4b},
    {"kp-5", 0x4c}, {"kp-6", 0x4d}, {"kp-plus", 0x4e}, {"kp-1", 0x4f}, {"kp-2", 0x50},
    {"kp-3", 0x51}, {"kp-0", 0x52}, {"kp-dot", 0x53}, {"less", 0x56},
    {"kp-enter", 0x11c}, {"rctrl", 0x11d}, {"kp-divide", 0x135}, {"print", 0x137},
    {"ralt", 0x138}, {"altgr", 0x138}, {"home", 0x147}, {"up", 0x148}, {"pgup", 0x149},
    {"left", 0x14b}, {"right", 0x14d}, {"end", 0x14f}, {"down", 0x150}, {"pgdn", 0x151},
    {"insert", 0x152}, {"delete", 0x153}, {"del", 0x153}, {"win", 0x15b}, {"rwin", 0x15c},
    {"menu", 0x15d}, {"pause", 0x200},
};
// clang-format on

static bool names_equal(const char *name, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20) : text[i];

        if (name[i] == '\0' || name[i] != c) {
            return false;
        }
    }
    return name[length] == '\0';
}

bool key_by_name(const char *name, size_t length, unsigned *key)
{
    for (size_t i = 0; i < sizeof key_names / sizeof key_names[0]; i++) {
        if (names_equal(key_names[i].name, name, length)) {
            *key = key_names[i].key;
            return true;
        }
    }
    return false;
}

// The milliseconds between `at` and `end`. False: that is no number from 1 to HOLD_MS_MAX.
static bool read_hold(const char *at, const char *end, uint32_t *ms)
{
    *ms = 0;
    for (; at < end && *at >= '0' && *at <= '9' && *ms <= HOLD_MS_MAX; at++) {
        *ms = *ms * 10 + (uint32_t)(*at - '0');
    }
    return at == end && *ms >= 1 && *ms <= HOLD_MS_MAX;
}

bool items_add_chord(struct items *list, const char *text, size_t length, const char **bad)
{
    unsigned keys[8], count = 0;
    const char *colon = memchr(text, ':', length);
    const char *end = colon ? colon : text + length;
    uint32_t hold_ms = 0;

    for (const char *at = text;; at++) {
        const char *plus = memchr(at, '+', (size_t)(end - at));
        const char *stop = plus ? plus : end;

        *bad = at;
        if (count == 8 || !key_by_name(at, (size_t)(stop - at), &keys[count])) {
            return false;
        }
        count++;
        at = stop;
        if (at == end) {
            break;
        }
    }
    if (colon && !read_hold(colon + 1, text + length, &hold_ms)) {
        *bad = colon + 1;
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        if (!items_add(list, keys[i] | ITEM_PRESS)) {
            return false;
        }
    }
    if (hold_ms > 0 && !items_add(list, hold_ms | ITEM_HOLD)) {
        return false;
    }
    while (count > 0) {
        if (!items_add(list, keys[--count] | ITEM_RELEASE)) {
            return false;
        }
    }
    return true;
}

// --- text ---

static int hex_digit(char c)
{
    const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;

    return at ? (int)(at - digits) : -1;
}

// The two digits of \xNN at `text`; -1: they are none.
static int hex_byte(const char *text, size_t length)
{
    int high = length >= 2 ? hex_digit(text[0]) : -1;
    int low = length >= 2 ? hex_digit(text[1]) : -1;

    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// A character after a backslash that stands for another one; -1: none.
static int simple_escape(char c)
{
    static const char from[] = "nrtbe0\\\"'";
    static const char to[] = "\r\r\t\b\x1b\0\\\"'"; // Enter sends a carriage return
    const char *at = c ? strchr(from, c) : NULL;

    return at ? to[at - from] : -1;
}

// Handles the escape whose backslash stands before `at`. Returns how many characters it took after
// the backslash; 0: nonsense.
static size_t add_escape(struct items *list, const char *at, size_t length, const char **bad,
                         const char **why)
{
    int code = length > 0 ? simple_escape(*at) : -1;
    const char *close;

    *bad = at - 1;
    *why = "no such escape (there are \\n \\r \\t \\b \\e \\0 \\\\ \\\" \\xNN \\{KEY+KEY})";
    if (code >= 0) {
        return items_add(list, (uint32_t)code) ? 1 : 0;
    }
    if (length > 0 && *at == 'x') {
        code = hex_byte(at + 1, length - 1);
        return code >= 0 && items_add(list, (uint32_t)code) ? 3 : 0;
    }
    if (length > 0 && *at == '{') {
        close = memchr(at, '}', length);
        *why = "no such key (see `vitrine help keys`)";
        if (close && items_add_chord(list, at + 1, (size_t)(close - at) - 1, bad)) {
            return (size_t)(close - at) + 1;
        }
    }
    return 0;
}

bool items_add_text(struct items *list, const char *text, size_t length, const char **bad,
                    const char **why)
{
    for (size_t i = 0; i < length; i++) {
        size_t taken;

        *bad = text + i;
        *why = "out of memory";
        if (text[i] != '\\') {
            if (!items_add(list, text[i] == '\n' ? '\r' : (uint8_t)text[i])) {
                return false;
            }
            continue;
        }
        taken = add_escape(list, text + i + 1, length - i - 1, bad, why);
        if (taken == 0) {
            return false;
        }
        i += taken;
    }
    return true;
}

// --- files ---

struct key_reader {
    const char *path;
    unsigned line_number;
    const char *line; // its length is `length`
    size_t length;
    uint64_t last_ms; // time of the line before
};

static bool tell_place(const struct key_reader *r, const char *place, const char *why)
{
    unsigned column = (unsigned)(place - r->line) + 1;

    message("%s:%u:%u: %s", r->path, r->line_number, column, why);
    message_source(r->line, r->length, column, 1);
    return false;
}

static bool add_timed(struct key_script *s, uint64_t at_ms, const struct items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        void *rows = s->rows;

        if (!make_room(&rows, s->count, &s->capacity, sizeof s->rows[0])) {
            message("out of memory");
            return false;
        }
        s->rows = rows;
        s->rows[s->count] = (struct timed_item){
            .at_ns = at_ms * 1000000, .number = s->count, .item = items->rows[i]};
        s->count++;
    }
    return true;
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r')) {
        at++;
    }
    return at;
}

// 1500 or +200 (after the line before), in milliseconds. NULL: told.
static const char *read_time(struct key_reader *r, const char *at, const char *end)
{
    const char *start = at;
    bool is_relative = *at == '+';
    uint64_t ms = 0;

    at += is_relative;
    for (start = at; at < end && *at >= '0' && *at <= '9'; at++) {
        ms = ms * 10 + (uint64_t)(*at - '0');
        if (ms > UINT64_C(1000000000000)) {
            tell_place(r, start, "that time is too far away");
            return NULL;
        }
    }
    if (at == start || (at < end && *at != ' ' && *at != '\t')) {
        tell_place(r, start, "a line begins with its time in milliseconds: 1500, or +200");
        return NULL;
    }
    r->last_ms = is_relative ? r->last_ms + ms : ms;
    return at;
}

// What is between the quotes at `at`.
static bool read_quoted(struct key_reader *r, const char *at, const char *end, struct items *items)
{
    const char *close = at + 1, *bad = at, *why = "";

    while (close < end && *close != '"') {
        close += *close == '\\' && close + 1 < end ? 2 : 1;
    }
    if (close >= end) {
        return tell_place(r, at, "the closing quote is missing");
    }
    if (!items_add_text(items, at + 1, (size_t)(close - at) - 1, &bad, &why)) {
        return tell_place(r, bad, why);
    }
    at = skip_blanks(close + 1, end);
    return at == end || *at == '#' || tell_place(r, at, "nothing may follow the text");
}

static bool read_chords(struct key_reader *r, const char *at, const char *end, struct items *items)
{
    const char *bad = at;

    for (at = skip_blanks(at, end); at < end && *at != '#'; at = skip_blanks(at, end)) {
        const char *stop = at;

        while (stop < end && *stop != ' ' && *stop != '\t' && *stop != '\r') {
            stop++;
        }
        if (!items_add_chord(items, at, (size_t)(stop - at), &bad)) {
            return tell_place(r, bad, "no such key (see `vitrine help keys`)");
        }
        at = stop;
    }
    return true;
}

static bool read_line(struct key_script *s, struct key_reader *r)
{
    const char *end = r->line + r->length;
    const char *at = skip_blanks(r->line, end);
    struct items items = {0};
    bool is_good;

    if (at == end || *at == '#') {
        return true;
    }
    at = read_time(r, at, end);
    if (!at) {
        return false;
    }
    at = skip_blanks(at, end);
    is_good =
        at < end && *at == '"' ? read_quoted(r, at, end, &items) : read_chords(r, at, end, &items);
    if (is_good && items.count == 0) {
        is_good = tell_place(r, at, "keys (ctrl+alt+delete) or \"text\" must follow the time");
    }
    is_good = is_good && add_timed(s, r->last_ms, &items);
    items_free(&items);
    return is_good;
}

bool key_script_load(struct key_script *s, const char *path)
{
    struct key_reader r = {.path = path};
    const char *at, *end;
    uint8_t *data;
    size_t size;
    bool is_good = true;

    if (!file_load(path, 16 * 1024 * 1024, &data, &size)) {
        return false;
    }
    end = (const char *)data + size;
    for (at = (const char *)data; at < end && is_good; at += r.length + 1) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));

        r.line_number++;
        r.line = at;
        r.length = (size_t)((newline ? newline : end) - at);
        is_good = read_line(s, &r);
    }
    free(data);
    return is_good;
}

static int compare_times(const void *a, const void *b)
{
    const struct timed_item *x = a, *y = b;

    if (x->at_ns != y->at_ns) {
        return x->at_ns < y->at_ns ? -1 : 1;
    }
    return x->number < y->number ? -1 : x->number > y->number;
}

// Keys of the same moment stay in order.
void key_script_sort(struct key_script *s)
{
    if (s->count > 0) {
        qsort(s->rows, s->count, sizeof s->rows[0], compare_times);
    }
}

void key_script_free(struct key_script *s)
{
    free(s->rows);
    *s = (struct key_script){0};
}
