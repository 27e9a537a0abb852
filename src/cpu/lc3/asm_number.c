// Numbers: 12 -12 #12 #-12 x1F x-1F -x1F 0x1F b101 0b101 'A'. What begins like one and is none
// (12AB, #x5) is told apart from names.
#include "cpu/lc3/asm_impl.h"

enum { VALUE_MAX = 1000000000 };

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char u = upper(c);
    return u >= 'A' && u <= 'F' ? u - 'A' + 10 : 99;
}

// The digits to the end of the text; false: none, or something else among them.
static bool read_digits(const char *at, const char *end, int base, i32 *value)
{
    i32 sum = 0;
    if (at == end) {
        return false;
    }
    for (; at < end; at++) {
        int digit = digit_of(*at);
        if (digit >= base) {
            return false;
        }
        sum = sum > VALUE_MAX / 16 ? VALUE_MAX : sum * base + digit;
    }
    *value = sum;
    return true;
}

static const char *take_sign(const char *at, const char *end, struct number *n)
{
    if (at < end && (*at == '-' || *at == '+')) {
        n->is_negative = *at == '-';
        return at + 1;
    }
    return at;
}

// x or b, perhaps behind a 0, sets the base.
static const char *take_base(const char *at, const char *end, struct number *n)
{
    const char *p = at;
    bool has_0 = p + 1 < end && *p == '0';
    p += has_0 ? 1 : 0;
    char letter = p < end ? upper(*p) : '\0';
    if (letter != 'X' && letter != 'B') {
        return at;
    }
    n->base = letter == 'X' ? 16 : 2;
    n->has_0 = has_0;
    return p + 1;
}

static struct number read_character(const struct token *t)
{
    struct escape e = number_escape(t->text + 1, t->at.length - 2);
    return (struct number){.kind = NUMBER_GOOD, .value = e.value, .base = 8};
}

struct number number_read(const struct token *t)
{
    struct number n = {.base = 10};
    const char *at = t->text, *end = at + t->at.length;
    if (t->kind == TOKEN_CHARACTER) {
        return read_character(t);
    }
    if (t->kind != TOKEN_WORD) {
        return n;
    }
    n.has_hash = *at == '#';
    at += n.has_hash ? 1 : 0;
    const char *behind_sign = take_sign(at, end, &n);
    bool is_signed = behind_sign != at;
    at = n.has_hash ? behind_sign : take_base(behind_sign, end, &n);
    if (at != behind_sign && !is_signed) {
        at = take_sign(at, end, &n); // x-5
    }
    if (read_digits(at, end, n.base, &n.value)) {
        n.kind = NUMBER_GOOD;
        n.value = n.is_negative ? -n.value : n.value;
    } else if (n.has_hash || n.has_0 || is_signed || digit_of(*t->text) < 10 || *t->text == '$') {
        n.kind = NUMBER_WRONG;
    }
    return n;
}

// --- escapes ---

static const struct {
    char letter;
    u8 value;
    bool is_new;
} escapes[] = {
    {'n', 10, false},  {'t', 9, false},    {'r', 13, false}, {'\\', '\\', false},
    {'"', '"', false}, {'\'', '\'', true}, {'0', 0, true},   {'e', 27, true},
    {'a', 7, true},    {'b', 8, true},     {'v', 11, true},  {'f', 12, true},
};

static struct escape read_hex_escape(const char *at, u32 left)
{
    struct escape e = {.value = '\\', .is_unknown = true, .length = 1};
    u32 digits = 0, value = 0;
    while (digits < 2 && 2 + digits < left && digit_of(at[2 + digits]) < 16) {
        value = value * 16 + (u32)digit_of(at[2 + digits]);
        digits++;
    }
    if (digits > 0) {
        e = (struct escape){.value = (u8)value, .is_new = true, .length = (u8)(2 + digits)};
    }
    return e;
}

struct escape number_escape(const char *at, u32 left)
{
    if (left < 2 || at[0] != '\\') {
        return (struct escape){.value = (u8)at[0], .length = 1};
    }
    if (at[1] == 'x' || at[1] == 'X') {
        return read_hex_escape(at, left);
    }
    for (unsigned n = 0; n < COUNT_OF(escapes); n++) {
        if (at[1] == escapes[n].letter) {
            return (struct escape){
                .value = escapes[n].value, .is_new = escapes[n].is_new, .length = 2};
        }
    }
    return (struct escape){.value = '\\', .is_unknown = true, .length = 1};
}
