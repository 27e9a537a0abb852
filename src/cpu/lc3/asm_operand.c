// One operand: a register, a number or a label, held against what its field wants.
#include "cpu/lc3/asm_impl.h"

// Portability of a number that was read.
static void note_style(struct assembly *a, const struct token *t, const struct number *n)
{
    const char *text = token_name(a, t);
    struct vt_lc3_diagnostic *d;
    if (n->has_0) {
        d = diag(a, DIAG_HEX_PREFIX, t->at, "%s is written without the 0 in LC-3 assembly", text);
        diag_hint(a, d, "write %s; some assemblers refuse the 0",
                  text[0] == '0' ? text + 1 : "x or b directly");
    } else if (n->base == 10 && !n->has_hash) {
        d = diag(a, DIAG_BARE_NUMBER, t->at, "some assemblers want # before a decimal number");
        diag_hint(a, d, "write #%s", text);
    } else if (n->base == 8) {
        diag(a, DIAG_CHARACTER, t->at, "some assemblers take no character as a number");
    }
}

static bool is_hex_digits(const char *text, u32 length)
{
    for (u32 n = 0; n < length; n++) {
        char c = upper(text[n]);
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'))) {
            return false;
        }
    }
    return length > 0;
}

static void tell_bad_number(struct assembly *a, const struct token *t)
{
    const char *text = token_name(a, t);
    struct vt_lc3_diagnostic *d = diag(a, DIAG_BAD_NUMBER, t->at, "%s is no number", text);
    u32 length = t->at.length;
    if (length > 2 && text[0] == '#' && (upper(text[1]) == 'X' || upper(text[1]) == 'B')) {
        diag_hint(a, d, "# is for decimal numbers: write %s", text + 1);
    } else if (length > 1 && upper(text[length - 1]) == 'H' && is_hex_digits(text, length - 1)) {
        diag_hint(a, d, "hexadecimal numbers begin with x: x3000, not 3000h");
    } else if (text[0] == '$') {
        diag_hint(a, d, "hexadecimal numbers begin with x: x%s", text + 1);
    } else if (text[0] == '#' && symbol_find(a, t->text + 1, length - 1)) {
        diag_hint(a, d, "# is for numbers: write the label alone, %s", text + 1);
    } else if (is_hex_digits(text, length)) {
        diag_hint(a, d, "hexadecimal numbers begin with x: x%s", text);
    } else {
        diag_hint(a, d, "numbers are written #10, #-10, x1F or b101");
    }
}

bool operand_number(struct assembly *a, const struct token *t, const char *whose, i32 *value)
{
    struct number n = number_read(t);
    if (n.kind == NUMBER_GOOD) {
        note_style(a, t, &n);
        *value = n.value;
        return true;
    }
    if (n.kind == NUMBER_WRONG) {
        tell_bad_number(a, t);
        return false;
    }
    struct vt_lc3_diagnostic *d =
        diag(a, DIAG_OPERAND_KIND, t->at, "%s needs a number, not %s", whose, token_name(a, t));
    diag_hint(a, d, "numbers are written #10, #-10, x1F or b101");
    return false;
}

// Whether an operand is to be read as a label: b101 and 1LOOP are if they are defined.
static bool is_label(const struct assembly *a, const struct token *t, const struct number *n)
{
    if (t->kind != TOKEN_WORD) {
        return false;
    }
    bool is_doubtful = n->kind == NUMBER_WRONG || n->base == 2;
    return n->kind == NUMBER_NONE || (is_doubtful && symbol_find(a, t->text, t->at.length));
}

bool operand_fill(struct assembly *a, const struct token *t, u16 *value)
{
    struct number n = number_read(t);
    i32 number = 0;
    struct name name = name_of(t);
    if (name.kind == NAME_OTHER && is_label(a, t, &n)) {
        const struct symbol *s = symbol_use(a, t);
        *value = s ? s->address : 0;
        return s != NULL;
    }
    if (t->kind == TOKEN_STRING || name.kind != NAME_OTHER) {
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_OPERAND_KIND, t->at, ".FILL needs a number or a label, not %s",
                 token_name(a, t));
        diag_hint(a, d, t->kind == TOKEN_STRING ? "%s" : "%s names something else",
                  t->kind == TOKEN_STRING ? ".STRINGZ is for strings" : token_name(a, t));
        return false;
    }
    if (!operand_number(a, t, ".FILL", &number)) {
        return false;
    }
    if (number < -32768 || number > 65535) {
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_FILL_RANGE, t->at, "%s does not fit a word", token_name(a, t));
        diag_hint(a, d, "a word has 16 bits: -32768 to 65535, or x0000 to xFFFF");
        return false;
    }
    *value = (u16)number;
    return true;
}

// --- fields of instructions ---

static void put(const struct lc3_operand *o, i32 value, u16 *word)
{
    u32 mask = (1u << lc3_operand_bits(o)) - 1;
    *word = (u16)(*word | (((u32)value & mask) << o->low));
}

static const char *kind_name(enum lc3_operand_kind kind)
{
    switch (kind) {
    case LC3_REGISTER: return "a register (R0 to R7)";
    case LC3_SIGNED: return "a number";
    case LC3_PC_RELATIVE: return "a label or an offset";
    case LC3_UNSIGNED: return "a trap vector (x00 to xFF)";
    case LC3_CONDITION: break;
    }
    return "";
}

static const char *found_name(struct assembly *a, const struct token *t)
{
    struct name name = name_of(t);
    if (t->kind == TOKEN_STRING) {
        return "a string";
    }
    if (name.kind == NAME_REGISTER) {
        return "a register";
    }
    if (name_is_operation(&name)) {
        return "an instruction's name";
    }
    struct number n = number_read(t);
    if (n.kind == NUMBER_GOOD) {
        return "a number";
    }
    return symbol_find(a, t->text, t->at.length) ? "a label" : token_name(a, t);
}

static void tell_kind(struct assembly *a, const struct statement *s, const struct lc3_insn *insn,
                      const struct lc3_operand *o, const struct token *t)
{
    bool is_third = insn->operands[0] == 'd' && insn->operands[2] == 'i' && o->letter == 'i';
    struct vt_lc3_diagnostic *d =
        diag(a, DIAG_OPERAND_KIND, t->at, "%s wants %s as %s, not %s", insn->mnemonic,
             is_third ? "a register or a number" : kind_name(o->kind),
             is_third ? "its last operand" : o->name, found_name(a, t));
    hint_kind(a, d, s, insn, o, t);
}

static void encode_register(struct assembly *a, const struct statement *s,
                            const struct lc3_insn *insn, const struct lc3_operand *o,
                            const struct token *t, u16 *word)
{
    struct name name = name_of(t);
    u32 digits = 0;
    if (name.kind == NAME_REGISTER) {
        put(o, (i32)name.number, word);
        return;
    }
    while (digits + 1 < t->at.length && t->text[digits + 1] >= '0' && t->text[digits + 1] <= '9') {
        digits++;
    }
    if (t->kind == TOKEN_WORD && upper(t->text[0]) == 'R' && digits > 0 &&
        digits + 1 == t->at.length) {
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_BAD_REGISTER, t->at, "there is no register %s", token_name(a, t));
        diag_hint(a, d, "the LC-3 has eight registers, R0 to R7");
        return;
    }
    tell_kind(a, s, insn, o, t);
}

static void encode_label(struct assembly *a, const struct statement *s, const struct lc3_insn *insn,
                         const struct lc3_operand *o, const struct token *t, u16 *word)
{
    struct symbol *symbol = symbol_use(a, t);
    if (!symbol || !symbol->is_placed) {
        return;
    }
    i32 next = (i32)s->address + 1;
    i32 distance = (i32)symbol->address - next;
    i32 min = lc3_operand_min(o), max = lc3_operand_max(o);
    symbol->is_jumped_to |= insn->op == LC3_BR || insn->op == LC3_JSR;
    if (distance >= min && distance <= max) {
        put(o, distance, word);
        return;
    }
    struct vt_lc3_diagnostic *d =
        diag(a, DIAG_TOO_FAR, t->at, "%s is too far away: %d words, and %s reaches %d to +%d",
             token_name(a, t), (int)distance, insn->mnemonic, (int)min, (int)max);
    diag_other(a, d, symbol->at, "%s is x%04X, and the next instruction x%04X", symbol->name,
               (unsigned)symbol->address, (unsigned)next);
    hint_far(a, d, insn, t);
}

static void encode_number(struct assembly *a, const struct lc3_insn *insn,
                          const struct lc3_operand *o, const struct token *t,
                          const struct number *n, u16 *word)
{
    i32 min = lc3_operand_min(o), max = lc3_operand_max(o);
    note_style(a, t, n);
    if (n->value >= min && n->value <= max) {
        if (o->kind == LC3_UNSIGNED && n->base == 10 && n->value >= 20 && n->value <= 25) {
            struct vt_lc3_diagnostic *d =
                diag(a, DIAG_DECIMAL_TRAP, t->at, "TRAP %d is decimal, and calls x00%s",
                     (int)n->value, n->value == 25 ? "19" : "14 to x0018");
            diag_hint(a, d, "did you mean x%d?", (int)n->value);
        }
        put(o, n->value, word);
        return;
    }
    bool is_offset = o->kind == LC3_PC_RELATIVE;
    struct vt_lc3_diagnostic *d =
        diag(a, is_offset ? DIAG_OFFSET_RANGE : DIAG_VALUE_RANGE, t->at,
             "%s does not fit %s's %s of %u bits, which goes from %d to %d", token_name(a, t),
             insn->mnemonic, o->name, lc3_operand_bits(o), (int)min, (int)max);
    hint_value(a, d, o, n->value, t);
}

void operand_encode(struct assembly *a, const struct statement *s, const struct lc3_insn *insn,
                    const struct lc3_operand *o, const struct token *t, u16 *word)
{
    struct name name = name_of(t);
    struct number n = number_read(t);
    if (o->kind == LC3_REGISTER) {
        encode_register(a, s, insn, o, t, word);
    } else if (t->kind == TOKEN_STRING || name.kind != NAME_OTHER) {
        tell_kind(a, s, insn, o, t);
    } else if (is_label(a, t, &n)) {
        if (o->kind == LC3_PC_RELATIVE) {
            encode_label(a, s, insn, o, t, word);
        } else {
            struct symbol *symbol = symbol_find(a, t->text, t->at.length);
            if (symbol) {
                symbol->is_used = true;
            }
            tell_kind(a, s, insn, o, t);
        }
    } else if (n.kind == NUMBER_GOOD) {
        encode_number(a, insn, o, t, &n, word);
    } else {
        tell_bad_number(a, t);
    }
}
