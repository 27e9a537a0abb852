// vt_evaluate: expressions of include/vitrine/debug.h.
//
//   or    := and { "||" and }          and so on down to the sums, as in C
//   term  := ("!" | "~" | "-" | "+") term | number | name | "[" or "]" | "(" or ")"
//
// All values are 64 bits wide without a sign; -1 and xFFFF differ, so comparisons with a negative
// number take the register's width into account only where both sides have it.
#include "vitrine/debug.h"

#include "base/text.h"
#include "base/types.h"
#include "machine/board.h"

enum { DEPTH_MAX = 64, NAME_MAX = 64 };

struct reader {
    struct vt_machine *vm;
    const char *text, *at;
    const char *error; // NULL: none so far
    const char *error_at;
    unsigned depth;
};

static u64 fail(struct reader *r, const char *why)
{
    if (!r->error) {
        r->error = why;
        r->error_at = r->at;
    }
    return 0;
}

static void skip_blanks(struct reader *r)
{
    while (*r->at == ' ' || *r->at == '\t') {
        r->at++;
    }
}

// True if the text goes on with `sign`, which is then behind.
static bool take(struct reader *r, const char *sign)
{
    size_t n = 0;
    while (sign[n] && r->at[n] == sign[n]) {
        n++;
    }
    if (sign[n]) {
        return false;
    }
    r->at += n;
    skip_blanks(r);
    return true;
}

// --- numbers and names ---

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

static bool is_name_part(char c)
{
    return digit_of(c) < 36 || c == '_' || c == '.';
}

// Digits from `at` on to the end of the word; false: something in it is no digit of the base.
static bool read_digits(const char *at, int base, u64 *value, const char **end)
{
    const char *begin = at;
    *value = 0;
    while (digit_of(*at) < base) {
        *value = *value * (u64)base + (u64)digit_of(*at++);
    }
    *end = at;
    return at != begin && !is_name_part(*at);
}

// 10, #10, x1F, 0x1F, b101: the LC-3's ways and C's.
static bool read_number(struct reader *r, u64 *value)
{
    const char *at = r->at, *end;
    bool is_hex = digit_of(at[0]) == 33 && !(at[0] == '0'); // x
    if (at[0] == '0' && digit_of(at[1]) == 33) {
        at++;
        is_hex = true;
    }
    bool is_there = is_hex         ? read_digits(at + 1, 16, value, &end)
                    : at[0] == '#' ? read_digits(at + 1, 10, value, &end)
                    : at[0] == 'b' ? read_digits(at + 1, 2, value, &end)
                                   : read_digits(at, 10, value, &end);
    if (is_there) {
        r->at = end;
    }
    return is_there;
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_same(const char *a, const char *b)
{
    while (*a && upper(*a) == upper(*b)) {
        a++;
        b++;
    }
    return upper(*a) == upper(*b);
}

static bool read_flag(struct reader *r, const char *name, u64 *value)
{
    const struct vt_description *d = vt_describe(r->vm);
    for (unsigned n = 0; n < d->flag_count; n++) {
        const struct vt_flag_info *f = &d->flags[n];
        if (is_same(f->name, name)) {
            *value = vt_register(r->vm, f->reg) >> f->first_bit & ((1ull << f->bits) - 1);
            return true;
        }
    }
    return false;
}

static bool read_symbol(struct reader *r, const char *name, u64 *value)
{
    for (unsigned n = 0; n < r->vm->symbol_count; n++) {
        if (is_same(r->vm->symbols[n].name, name)) {
            *value = r->vm->symbols[n].address;
            return true;
        }
    }
    return false;
}

// Symbols come first: they are the program's own words.
static u64 read_name(struct reader *r)
{
    char name[NAME_MAX];
    size_t length = 0;
    const char *at = r->at;
    while (is_name_part(*at) && length + 1 < sizeof name) {
        name[length++] = *at++;
    }
    name[length] = 0;
    u64 value = 0;
    int reg = vt_register_by_name(r->vm, name);
    if (length == 0) {
        return fail(r,
                    *r->at ? "a number, a name or '(' is expected here" : "something is missing");
    }
    if (!read_symbol(r, name, &value)) {
        if (reg >= 0) {
            value = vt_register(r->vm, (unsigned)reg);
        } else if (!read_flag(r, name, &value) && !read_number(r, &value)) {
            return fail(r, "no register, flag or label has this name");
        }
    }
    r->at = at;
    return value;
}

// --- operators ---

static u64 read_binary(struct reader *r, unsigned level);

static u64 read_memory(struct reader *r)
{
    u64 address = read_binary(r, 0);
    uint16_t cell = 0;
    if (!r->error && vt_memory(r->vm, 0, address, &cell, 1) != 1) {
        fail(r, "there is no memory at this address");
    }
    return take(r, "]") ? cell : fail(r, "']' is missing");
}

static u64 read_primary(struct reader *r)
{
    u64 value;
    if (take(r, "[")) {
        value = read_memory(r);
    } else if (take(r, "(")) {
        value = read_binary(r, 0);
        if (!take(r, ")")) {
            fail(r, "')' is missing");
        }
    } else if (*r->at == '#' || (*r->at >= '0' && *r->at <= '9')) {
        if (!read_number(r, &value)) {
            return fail(r, "this is no number");
        }
    } else {
        value = read_name(r);
    }
    skip_blanks(r);
    return value;
}

static u64 read_term(struct reader *r)
{
    if (++r->depth > DEPTH_MAX) {
        return fail(r, "too deep");
    }
    u64 value;
    if (take(r, "!")) {
        value = !read_term(r);
    } else if (take(r, "~")) {
        value = ~read_term(r);
    } else if (take(r, "-")) {
        value = 0 - read_term(r);
    } else {
        take(r, "+");
        value = read_primary(r);
    }
    r->depth--;
    return value;
}

enum operation {
    OR_ELSE,
    AND_ALSO,
    OR,
    XOR,
    AND,
    EQUAL,
    UNEQUAL,
    AT_MOST,
    AT_LEAST,
    BELOW,
    ABOVE,
    LEFT,
    RIGHT,
    PLUS,
    MINUS,
    TIMES,
};

// The longer sign before the one that it begins with.
static const struct operator_row {
    const char *sign;
    u8 level;
    u8 operation;
} operators[] = {
    {"||", 0, OR_ELSE}, {"&&", 1, AND_ALSO}, {"|", 2, OR},        {"^", 3, XOR},
    {"&", 4, AND},      {"==", 5, EQUAL},    {"!=", 5, UNEQUAL},  {"<<", 7, LEFT},
    {">>", 7, RIGHT},   {"<=", 6, AT_MOST},  {">=", 6, AT_LEAST}, {"<", 6, BELOW},
    {">", 6, ABOVE},    {"+", 8, PLUS},      {"-", 8, MINUS},     {"*", 9, TIMES},
};
enum { LEVELS = 10 };

// The operator that comes next, if it is of this level; it is then behind.
static const struct operator_row *take_operator(struct reader *r, unsigned level)
{
    for (unsigned n = 0; n < COUNT_OF(operators); n++) {
        const char *before = r->at;
        if (take(r, operators[n].sign)) {
            if (operators[n].level == level) {
                return &operators[n];
            }
            r->at = before;
            return NULL;
        }
    }
    return NULL;
}

static u64 apply(enum operation operation, u64 a, u64 b)
{
    switch (operation) {
    case OR_ELSE: return a || b;
    case AND_ALSO: return a && b;
    case OR: return a | b;
    case XOR: return a ^ b;
    case AND: return a & b;
    case EQUAL: return a == b;
    case UNEQUAL: return a != b;
    case AT_MOST: return a <= b;
    case AT_LEAST: return a >= b;
    case BELOW: return a < b;
    case ABOVE: return a > b;
    case LEFT: return b < 64 ? a << b : 0;
    case RIGHT: return b < 64 ? a >> b : 0;
    case PLUS: return a + b;
    case MINUS: return a - b;
    case TIMES: return a * b;
    }
    return 0;
}

static u64 read_binary(struct reader *r, unsigned level)
{
    if (level == LEVELS) {
        return read_term(r);
    }
    u64 value = read_binary(r, level + 1);
    const struct operator_row *o;
    while (!r->error && (o = take_operator(r, level))) {
        value = apply((enum operation)o->operation, value, read_binary(r, level + 1));
    }
    return value;
}

bool vt_evaluate(struct vt_machine *vm, const char *expression, uint64_t *value, const char **error,
                 size_t *error_at)
{
    struct reader r = {.vm = vm, .text = expression, .at = expression};
    skip_blanks(&r);
    u64 result = read_binary(&r, 0);
    if (!r.error && *r.at) {
        fail(&r, "nothing is expected here");
    }
    if (r.error) {
        if (error) {
            *error = r.error;
        }
        if (error_at) {
            *error_at = (size_t)(r.error_at - r.text);
        }
        return false;
    }
    *value = result;
    return true;
}

// --- symbols ---

void vt_set_symbols(struct vt_machine *vm, const struct vt_symbol *symbols, unsigned count)
{
    vm->symbols = symbols;
    vm->symbol_count = count;
}

const char *vt_symbol_at(const struct vt_machine *vm, uint64_t address)
{
    for (unsigned n = 0; n < vm->symbol_count; n++) {
        if (vm->symbols[n].address == address) {
            return vm->symbols[n].name;
        }
    }
    return NULL;
}
