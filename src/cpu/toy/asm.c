// The toy's assembler: a statement becomes two cells. Two passes over the source: the first finds
// where the labels are, the second makes the cells.
#include "cpu/toy/asm.h"

#include "base/near.h"

#include <string.h>

static const char *const colors[16] = {
    "BLACK",    "BLUE",         "GREEN",    "CYAN",      "RED",        "MAGENTA",
    "BROWN",    "GRAY",         "DARKGRAY", "LIGHTBLUE", "LIGHTGREEN", "LIGHTCYAN",
    "LIGHTRED", "LIGHTMAGENTA", "YELLOW",   "WHITE",
};

static const struct {
    const char *name;
    u8 op;
} aliases[] = {{"JZ", TOY_JE}, {"JNZ", TOY_JNE}, {"COLOUR", TOY_COLOR}, {"STOP", TOY_HALT}};

// --- words ---

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

bool toy_word_is(const struct toy_word *w, const char *text)
{
    if (w->length != text_length(text)) {
        return false;
    }
    for (size_t n = 0; n < w->length; n++) {
        if (upper(w->text[n]) != upper(text[n])) {
            return false;
        }
    }
    return true;
}

static void put_word(struct text *t, const struct toy_word *w)
{
    text_char(t, '\'');
    for (size_t n = 0; n < w->length && n < 24; n++) {
        text_char(t, w->text[n]);
    }
    text_put(t, w->length > 24 ? "...'" : "'");
}

static void add_error(struct toy_assembly *a, const struct toy_word *w, bool is_named,
                      const char *message, const char *hint)
{
    struct vt_toy_program *p = a->out;
    if (a->is_first_pass || p->diagnostic_count == VT_TOY_DIAGNOSTICS) {
        return;
    }
    struct vt_toy_diagnostic *d = &p->diagnostics[p->diagnostic_count++];
    *d = (struct vt_toy_diagnostic){
        .line = w->line, .column = w->column, .length = (u32)(w->length ? w->length : 1)};
    struct text text = text_in(d->message, sizeof d->message);
    if (is_named) {
        put_word(&text, w);
        text_char(&text, ' ');
    }
    text_put(&text, message);
    struct text more = text_in(d->hint, sizeof d->hint);
    text_put(&more, hint);
}

void toy_error(struct toy_assembly *a, const struct toy_word *w, const char *message,
               const char *hint)
{
    add_error(a, w, false, message, hint);
}

void toy_error_about(struct toy_assembly *a, const struct toy_word *w, const char *message,
                     const char *hint)
{
    add_error(a, w, true, message, hint);
}

// "did you mean X?" for the nearest of some names, or `otherwise`.
struct guess {
    const struct toy_word *w;
    const char *best;
    unsigned distance;
};

static void consider(struct guess *g, const char *name)
{
    unsigned d = near_distance(g->w->text, g->w->length, name, text_length(name), g->distance - 1);
    if (d < g->distance) {
        g->distance = d;
        g->best = name;
    }
}

static struct guess guess_of(const struct toy_word *w)
{
    return (struct guess){.w = w, .distance = w->length > 3 ? 3 : 2};
}

static void error_with_guess(struct toy_assembly *a, const struct guess *g, const char *message,
                             const char *otherwise)
{
    char buffer[VT_TEXT_BYTES];
    struct text hint = text_in(buffer, sizeof buffer);
    if (g->best) {
        text_put(&hint, "did you mean ");
        text_put(&hint, g->best);
        text_put(&hint, "?");
    }
    toy_error_about(a, g->w, message, g->best ? buffer : otherwise);
}

// --- labels ---

static const struct vt_toy_label *find_label(const struct vt_toy_program *p,
                                             const struct toy_word *w)
{
    for (unsigned n = 0; n < p->label_count; n++) {
        if (toy_word_is(w, p->labels[n].name)) {
            return &p->labels[n];
        }
    }
    return NULL;
}

static int register_digit(const struct toy_word *w)
{
    bool is_one = w->length == 2 && upper(w->text[1]) == 'X' && upper(w->text[0]) >= 'A' &&
                  upper(w->text[0]) <= 'D';
    return is_one ? upper(w->text[0]) - 'A' + 0xa : 0;
}

static bool is_name(const struct toy_word *w)
{
    for (size_t n = 0; n < w->length; n++) {
        char c = upper(w->text[n]);
        bool is_letter = (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
        if (!is_letter && (n == 0 || c < '0' || c > '9')) {
            return false;
        }
    }
    return w->length > 0;
}

static void define_label(struct toy_assembly *a, const struct toy_word *w)
{
    struct vt_toy_program *p = a->out;
    const struct vt_toy_label *known = find_label(p, w);
    if (!is_name(w) || register_digit(w) || w->length >= VT_TOY_NAME_BYTES) {
        toy_error_about(a, w, "can't be a label",
                        "a label is up to 31 letters, digits and _, and begins with a letter");
    } else if (known && known->line != w->line) {
        toy_error_about(a, w, "is a label already", "every label needs a name of its own");
    } else if (!known && p->label_count == VT_TOY_LABELS) {
        toy_error(a, w, "too many labels", "128 are the most");
    } else if (!known) {
        struct vt_toy_label *label = &p->labels[p->label_count++];
        memcpy(label->name, w->text, w->length);
        label->address = (u16)a->address;
        label->line = w->line;
    }
}

// --- numbers ---

static int digit_of(char c)
{
    return c >= '0' && c <= '9'                 ? c - '0'
           : upper(c) >= 'A' && upper(c) <= 'F' ? upper(c) - 'A' + 10
                                                : 99;
}

// Decimal, 0x1F, 'A'; with a sign. False: it is no number.
static bool read_number(const struct toy_word *w, i32 *value)
{
    const char *at = w->text, *end = w->text + w->length;
    if (w->length == 3 && at[0] == '\'' && at[2] == '\'') {
        *value = (u8)at[1];
        return true;
    }
    bool is_negative = at < end && *at == '-';
    at += at < end && (*at == '-' || *at == '+' || *at == '#');
    int base = end - at > 2 && at[0] == '0' && upper(at[1]) == 'X' ? 16 : 10;
    at += base == 16 ? 2 : 0;
    i32 total = 0;
    bool is_number = at < end;
    for (; at < end && is_number; at++) {
        is_number = digit_of(*at) < base;
        total = total < 1000000 ? total * base + digit_of(*at) : total; // far too large already
    }
    *value = is_negative ? -total : total;
    return is_number;
}

static bool color_number(const struct toy_word *w, i32 *value)
{
    for (unsigned n = 0; n < COUNT_OF(colors); n++) {
        if (toy_word_is(w, colors[n])) {
            *value = (i32)n;
            return true;
        }
    }
    return false;
}

static bool value_of_word(struct toy_assembly *a, const struct toy_word *w, u16 *out)
{
    i32 value = 0;
    const struct vt_toy_label *label = find_label(a->out, w);
    if (label) {
        value = label->address;
    } else if (!read_number(w, &value) && !color_number(w, &value)) {
        struct guess g = guess_of(w);
        for (unsigned n = 0; n < a->out->label_count; n++) {
            consider(&g, a->out->labels[n].name);
        }
        error_with_guess(a, &g, "is no number, no register and no label",
                         "numbers: 5, -5, 0x1F, 'A'; registers: AX BX CX DX");
        return false;
    }
    if (value < -32768 || value > 65535) {
        toy_error_about(a, w, "does not fit into a cell", "a cell holds -32768 to 32767");
        return false;
    }
    *out = (u16)value;
    return true;
}

// --- instructions ---

static void put_cell(struct toy_assembly *a, u16 value, const struct toy_word *w)
{
    if (a->address == VT_TOY_CELLS) {
        toy_error(a, w, "the program does not fit into memory", "there are 1024 cells");
    }
    if (a->address >= VT_TOY_CELLS) {
        return;
    }
    if (!a->is_first_pass) {
        a->out->cells[a->address] = value;
        a->out->lines[a->address] = w->line;
        a->out->cell_count = a->address + 1;
    }
    a->address++;
}

static bool has_brackets(const struct toy_word *w)
{
    return w->length >= 2 && w->text[0] == '[' && w->text[w->length - 1] == ']';
}

static struct toy_word without_brackets(struct toy_word w)
{
    w.text++;
    w.length -= 2;
    w.column++;
    return w;
}

static int op_of_name(const struct toy_statement *s)
{
    for (unsigned op = 0; op < TOY_OPS; op++) {
        if (toy_word_is(&s->name, toy_rows[op].name)) {
            return (int)op;
        }
    }
    for (unsigned n = 0; n < COUNT_OF(aliases); n++) {
        if (toy_word_is(&s->name, aliases[n].name)) {
            return aliases[n].op;
        }
    }
    return -1;
}

// MOV with a cell in brackets is LOAD or STORE.
static int op_of_statement(const struct toy_statement *s)
{
    int op = op_of_name(s);
    if (op == TOY_MOV && s->operand_count == 2) {
        op = has_brackets(&s->operands[0]) ? TOY_STORE : op;
        op = has_brackets(&s->operands[1]) ? TOY_LOAD : op;
    }
    return op;
}

static void unknown_instruction(struct toy_assembly *a, const struct toy_word *w)
{
    struct guess g = guess_of(w);
    for (unsigned op = 0; op < TOY_OPS; op++) {
        consider(&g, toy_rows[op].name);
    }
    for (unsigned n = 0; n < COUNT_OF(aliases); n++) {
        consider(&g, aliases[n].name);
    }
    consider(&g, "DATA");
    error_with_guess(a, &g, "is no instruction",
                     "there are MOV ADD SUB CMP LOAD STORE JMP JE JNE JL JGE IN OUT PRINT COLOR "
                     "PIXEL HALT and DATA");
}

static bool operand_a(struct toy_assembly *a, const struct toy_word *w, struct toy_insn *i)
{
    i->a = (u8)register_digit(w);
    if (i->a == 0) {
        toy_error_about(a, w, "must be a register here", "the registers are AX, BX, CX, DX");
    }
    return i->a != 0;
}

static bool operand_b(struct toy_assembly *a, struct toy_word w, struct toy_insn *i)
{
    bool wants_cell = toy_rows[i->op].b == TOY_OPERAND_CELL;
    if (has_brackets(&w) != wants_cell) {
        toy_error_about(a, &w, wants_cell ? "must be a cell, in brackets" : "can't be a cell here",
                        wants_cell ? "as [100] or [BX]"
                                   : "only LOAD, STORE and MOV reach memory: load it first");
        return false;
    }
    w = wants_cell ? without_brackets(w) : w;
    i->b = (u8)register_digit(&w);
    return i->b || value_of_word(a, &w, &i->number);
}

static const char *form_of(int op)
{
    static const char *const forms[] = {"no operands", "one operand", "two operands"};
    return forms[(toy_rows[op].a != 0) + (toy_rows[op].b != 0)];
}

static void assemble_instruction(struct toy_assembly *a, const struct toy_statement *s, int op)
{
    const struct toy_row *row = &toy_rows[op];
    struct toy_insn i = {.op = (u8)op};
    unsigned wanted = (row->a ? 1u : 0) + (row->b ? 1u : 0);
    bool is_good = s->operand_count == wanted;
    if (!is_good) {
        char buffer[VT_TEXT_BYTES];
        struct text message = text_in(buffer, sizeof buffer);
        text_put(&message, "takes ");
        text_put(&message, form_of(op));
        toy_error_about(a, &s->name, buffer, row->text);
    }
    unsigned at_a = op == TOY_STORE ? 1 : 0, at_b = op == TOY_STORE ? 0 : row->a != 0;
    if (is_good && row->a) {
        is_good = operand_a(a, &s->operands[at_a], &i);
    }
    if (is_good && row->b) {
        is_good = operand_b(a, s->operands[at_b], &i);
    }
    put_cell(a, is_good ? toy_first_cell(&i) : 0, &s->name);
    put_cell(a, i.number, &s->name);
}

// DATA 1, -2, label, "text": a cell for each number and character.
static void assemble_data(struct toy_assembly *a, const struct toy_statement *s)
{
    if (s->operand_count == 0) {
        toy_error(a, &s->name, "DATA needs at least one number or text", "as DATA 1, 2, \"three\"");
    }
    for (unsigned n = 0; n < s->operand_count; n++) {
        const struct toy_word *w = &s->operands[n];
        if (w->length >= 2 && w->text[0] == '"') {
            for (size_t k = 1; k + 1 < w->length; k++) {
                put_cell(a, (u8)w->text[k], w);
            }
            continue;
        }
        u16 value = 0;
        if (!a->is_first_pass) {
            value_of_word(a, w, &value);
        }
        put_cell(a, value, w);
    }
}

void toy_assemble_statement(struct toy_assembly *a, const struct toy_statement *s)
{
    if (s->label.length) {
        define_label(a, &s->label);
    }
    if (!s->name.length) {
        return;
    }
    if (toy_word_is(&s->name, "DATA")) {
        assemble_data(a, s);
        return;
    }
    int op = op_of_statement(s);
    if (op < 0) {
        unknown_instruction(a, &s->name);
        a->address += 2;
    } else {
        assemble_instruction(a, s, op);
    }
}

static void pass(struct toy_assembly *a, const char *source, size_t size_bytes)
{
    size_t at = 0;
    while (at < size_bytes &&
           (source[at] == ' ' || source[at] == '\n' || source[at] == '\r' || source[at] == '\t')) {
        at++;
    }
    bool is_json =
        at < size_bytes && (source[at] == '{' || (source[at] == '[' && size_bytes - at > 1));
    a->address = 0;
    if (is_json) {
        toy_read_json(a, source, size_bytes);
    } else {
        toy_read_text(a, source, size_bytes);
    }
}

bool vt_toy_assemble(const char *source, size_t size_bytes, struct vt_toy_program *out)
{
    *out = (struct vt_toy_program){0};
    struct toy_assembly a = {.out = out, .is_first_pass = true};
    struct toy_word nowhere = {.line = 1};
    if (size_bytes > VT_TOY_SOURCE_BYTES) {
        a.is_first_pass = false;
        toy_error(&a, &nowhere, "the source is larger than 1 MiB", "is it a program at all?");
        return false;
    }
    if (size_bytes >= 3 && memcmp(source, "\xef\xbb\xbf", 3) == 0) { // some editors begin so
        source += 3;
        size_bytes -= 3;
    }
    pass(&a, source, size_bytes);
    a.is_first_pass = false;
    pass(&a, source, size_bytes);
    if (out->diagnostic_count == 0 && out->cell_count == 0) {
        toy_error(&a, &nowhere, "there is no instruction in it", "as MOV AX, 5");
    }
    return out->diagnostic_count == 0;
}
