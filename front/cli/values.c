#include "front/cli/values.h"

#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static unsigned digit_value(char c)
{
    if (is_digit(c)) {
        return (unsigned)(c - '0');
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 99;
}

// Reads digits and moves *at past them. False: there are none, or they do not fit.
static bool read_digits(const char **at, unsigned base, uint64_t *out)
{
    const char *p = *at;
    uint64_t n = 0;

    if (digit_value(*p) >= base) {
        return false;
    }
    for (; digit_value(*p) < base; p++) {
        if (n > (UINT64_MAX - digit_value(*p)) / base) {
            return false;
        }
        n = n * base + digit_value(*p);
    }
    *at = p;
    *out = n;
    return true;
}

static bool scale(uint64_t n, uint64_t factor, uint64_t *out)
{
    if (n > UINT64_MAX / factor) {
        return false;
    }
    *out = n * factor;
    return true;
}

bool value_number(const char *text, uint64_t limit, uint64_t *out)
{
    bool is_hexadecimal = text[0] == '0' && (text[1] | 0x20) == 'x';
    const char *at = is_hexadecimal ? text + 2 : text;

    return read_digits(&at, is_hexadecimal ? 16 : 10, out) && *at == '\0' && *out <= limit;
}

struct unit {
    const char *name;
    uint64_t factor;
};

// The unit that `text` is, whole; 0: none. Capitals and small letters count the same.
static uint64_t find_unit(const struct unit *units, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        const char *a = units[i].name, *b = text;

        while (*a && (*a | 0x20) == (*b | 0x20)) {
            a++;
            b++;
        }
        if (*a == '\0' && *b == '\0') {
            return units[i].factor;
        }
    }
    return 0;
}

bool value_count(const char *text, uint64_t *out)
{
    static const struct unit units[] = {
        {"", 1}, {"k", 1000}, {"m", 1000000}, {"g", 1000000000}, {"t", UINT64_C(1000000000000)}};
    uint64_t factor, n;

    if (!read_digits(&text, 10, &n)) {
        return false;
    }
    factor = find_unit(units, sizeof units / sizeof units[0], text);
    return factor != 0 && scale(n, factor, out);
}

bool value_memory_size(const char *text, uint64_t *out)
{
    static const struct unit units[] = {{"", UINT64_C(1) << 20},   {"b", 1},
                                        {"k", UINT64_C(1) << 10},  {"kib", UINT64_C(1) << 10},
                                        {"m", UINT64_C(1) << 20},  {"mib", UINT64_C(1) << 20},
                                        {"mb", UINT64_C(1) << 20}, {"g", UINT64_C(1) << 30},
                                        {"gb", UINT64_C(1) << 30}, {"gib", UINT64_C(1) << 30},
                                        {"t", UINT64_C(1) << 40}};
    uint64_t factor, n;

    if (!read_digits(&text, 10, &n)) {
        return false;
    }
    factor = find_unit(units, sizeof units / sizeof units[0], text);
    return factor != 0 && scale(n, factor, out);
}

bool value_duration_ns(const char *text, uint64_t *out)
{
    static const struct unit units[] = {{"", 1000000000},
                                        {"s", 1000000000},
                                        {"ms", 1000000},
                                        {"us", 1000},
                                        {"ns", 1},
                                        {"m", UINT64_C(60000000000)},
                                        {"h", UINT64_C(3600000000000)}};
    uint64_t factor, whole, fraction = 0, fraction_scale = 1;

    if (!read_digits(&text, 10, &whole)) {
        return false;
    }
    if (*text == '.') {
        for (text++; is_digit(*text); text++) {
            if (fraction_scale == 1000000000) {
                return false;
            }
            fraction = fraction * 10 + digit_value(*text);
            fraction_scale *= 10;
        }
    }
    factor = find_unit(units, sizeof units / sizeof units[0], text);
    if (factor == 0 || !scale(whole, factor, out)) {
        return false;
    }
    // Both are powers of ten times little: the division leaves no rest, or rounds below 1 ns.
    fraction = factor >= fraction_scale ? fraction * (factor / fraction_scale)
                                        : fraction / (fraction_scale / factor);
    *out += fraction;
    return *out >= fraction;
}

bool value_switch(const char *text, bool *out)
{
    static const struct {
        const char *name;
        bool is_on;
    } words[] = {{"on", true},   {"yes", true}, {"true", true},   {"1", true},
                 {"off", false}, {"no", false}, {"false", false}, {"0", false}};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i].name) == 0) {
            *out = words[i].is_on;
            return true;
        }
    }
    return false;
}

// --- dates ---

// Exactly `digits` decimal digits, within the limits.
static bool read_field(const char **at, unsigned digits, unsigned low, unsigned high, unsigned *out)
{
    unsigned n = 0;

    for (unsigned i = 0; i < digits; i++) {
        if (!is_digit(**at)) {
            return false;
        }
        n = n * 10 + digit_value(*(*at)++);
    }
    *out = n;
    return n >= low && n <= high;
}

static bool read_mark(const char **at, char mark)
{
    if (**at != mark) {
        return false;
    }
    (*at)++;
    return true;
}

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_of_month(unsigned year, unsigned month)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

static int64_t days_since_1970(unsigned year, unsigned month, unsigned day)
{
    int64_t days = (int64_t)day - 1;

    for (unsigned y = 1970; y < year; y++) {
        days += is_leap(y) ? 366 : 365;
    }
    for (unsigned m = 1; m < month; m++) {
        days += days_of_month(year, m);
    }
    return days;
}

bool value_date(const char *text, int64_t *unix_seconds)
{
    unsigned year, month, day, hour = 0, minute = 0, second = 0;

    if (!read_field(&text, 4, 1970, 9999, &year) || !read_mark(&text, '-') ||
        !read_field(&text, 2, 1, 12, &month) || !read_mark(&text, '-') ||
        !read_field(&text, 2, 1, days_of_month(year, month), &day)) {
        return false;
    }
    if (*text != '\0' && (!read_mark(&text, 'T') || !read_field(&text, 2, 0, 23, &hour) ||
                          !read_mark(&text, ':') || !read_field(&text, 2, 0, 59, &minute) ||
                          !read_mark(&text, ':') || !read_field(&text, 2, 0, 59, &second))) {
        return false;
    }
    *unix_seconds =
        days_since_1970(year, month, day) * 86400 + (int64_t)(hour * 3600 + minute * 60 + second);
    return *text == '\0';
}

// --- lists ---

// Copies one item up to its comma, commas written twice becoming one. Returns where the next
// begins, NULL after the last.
static const char *copy_item(const char *from, char **to)
{
    for (; *from; from++) {
        if (*from == ',') {
            if (from[1] != ',') {
                *(*to)++ = '\0';
                return from + 1;
            }
            from++;
        }
        *(*to)++ = *from;
    }
    *(*to)++ = '\0';
    return NULL;
}

static struct property split_item(char *item, bool is_bare)
{
    char *equals = strchr(item, '=');

    if (!equals) {
        return is_bare ? (struct property){.value = item} : (struct property){.name = item};
    }
    *equals = '\0';
    return (struct property){.name = item, .value = equals + 1};
}

bool properties_split(struct properties *p, const char *text, bool is_first_bare)
{
    char *to = malloc(strlen(text) + 1);

    p->count = 0;
    p->storage = to;
    if (!to) {
        return false;
    }
    while (text && *text) {
        char *item = to;

        if (p->count == PROPERTIES_MAX) {
            return false;
        }
        text = copy_item(text, &to);
        p->rows[p->count] = split_item(item, is_first_bare && p->count == 0);
        p->count++;
    }
    return true;
}

bool name_is_one_of(const char *name, const char *list)
{
    size_t length = strlen(name);

    while (*list) {
        size_t part = strcspn(list, "|");

        if (part == length && memcmp(list, name, length) == 0) {
            return true;
        }
        list += part + (list[part] == '|');
    }
    return false;
}
