// A line is LABELS... [OPERATION [OPERANDS...]]. Which word is the operation is found by its name,
// or else by what surrounds it, so that a misspelt instruction is not taken for a label.
#include "cpu/lc3/asm_impl.h"

struct line {
    struct assembly *a;
    u32 number;       // of the line
    u32 first, count; // its tokens
    bool has_trailing_comma;
};

static const struct token *token_of(const struct line *l, u32 n)
{
    return token_at(l->a, l->first + n);
}

static bool is_plain_name(const struct token *t)
{
    return t->kind == TOKEN_WORD && name_of(t).kind == NAME_OTHER &&
           number_read(t).kind != NUMBER_GOOD;
}

// b101 is a number, and a name where it is defined as one.
static bool is_binary_name(const struct token *t)
{
    struct number n = number_read(t);
    return n.kind == NUMBER_GOOD && n.base == 2 && upper(t->text[0]) == 'B' && t->text[1] != '-' &&
           t->text[1] != '+';
}

static bool is_label_name(const struct token *t)
{
    return is_plain_name(t) || is_binary_name(t);
}

// The first operation with nothing but possible labels before it; `count`: there is none.
static u32 find_operation(const struct line *l)
{
    for (u32 n = 0; n < l->count; n++) {
        const struct token *t = token_of(l, n);
        struct name name = name_of(t);
        if (name_is_operation(&name)) {
            return n;
        }
        if (t->kind != TOKEN_WORD || (n > 0 && (t->commas_before || !is_label_name(t)))) {
            break;
        }
    }
    return l->count;
}

// --- labels ---

static void check_label_letters(struct assembly *a, const struct token *t)
{
    for (u32 n = 0; n < t->at.length; n++) {
        char c = upper(t->text[n]);
        bool is_common = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9' && n > 0) || c == '_';
        if (!is_common) {
            struct vt_lc3_diagnostic *d =
                diag(a, DIAG_LABEL_LETTERS, t->at, "the label %s is refused by other assemblers",
                     token_name(a, t));
            diag_hint(a, d, "use letters, digits behind the first letter, and _ in labels");
            return;
        }
    }
}

// R8 and the like: no register, but nobody will see that.
static bool is_register_like(const struct token *t)
{
    bool has_digits = t->at.length > 1 && upper(t->text[0]) == 'R';
    for (u32 n = 1; n < t->at.length; n++) {
        has_digits &= t->text[n] >= '0' && t->text[n] <= '9';
    }
    return has_digits;
}

static void tell_number_label(struct assembly *a, const struct token *t)
{
    const char *name = token_name(a, t);
    struct vt_lc3_diagnostic *d;
    if (upper(t->text[0]) == 'X') {
        d = diag(a, DIAG_NUMBER_LABEL, t->at, "%s looks like a hexadecimal number", name);
        diag_hint(a, d, "a label must not be x and nothing but digits and A to F: L_%s", name);
    } else {
        d = diag(a, DIAG_NUMBER_LABEL, t->at, "%s is a number, not a label", name);
        diag_hint(a, d, "a line begins with a label or an instruction; labels begin with a letter");
    }
}

// What a label may not or should not be called.
static void check_label(struct assembly *a, const struct token *t)
{
    struct name name = name_of(t);
    const char *text = token_name(a, t);
    if (name.kind == NAME_REGISTER) {
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_RESERVED_LABEL, t->at, "%s is a register and cannot be a label", text);
        diag_hint(a, d, "give the label a longer name");
    } else if (name_is_operation(&name)) {
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_RESERVED_LABEL, t->at, "%s is an instruction and cannot be a label", text);
        diag_hint(a, d, "call it %s1, for instance", text);
    } else if (is_binary_name(t)) {
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_BINARY_LABEL, t->at, "the label %s looks like a binary number", text);
        diag_hint(a, d, "here %s now means the label; other assemblers differ", text);
    } else if (number_read(t).kind == NUMBER_GOOD) {
        tell_number_label(a, t);
    } else if (is_register_like(t)) {
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_REGISTER_LABEL, t->at, "the label %s looks like a register", text);
        diag_hint(a, d, "the registers are R0 to R7");
    } else {
        check_label_letters(a, t);
    }
    if (t->has_colon) {
        diag(a, DIAG_LABEL_COLON, t->at, "some assemblers take no colon behind a label");
    }
}

// --- commas ---

static void check_commas(const struct line *l, const struct statement *s)
{
    struct assembly *a = l->a;
    for (u32 n = 0; n < s->operand_count; n++) {
        const struct token *t = token_at(a, s->operand_first + n);
        if (n > 0 && t->commas_before == 0) {
            struct vt_lc3_diagnostic *d =
                diag(a, DIAG_COMMAS, t->at, "a comma is missing before %s", token_name(a, t));
            diag_hint(a, d, "some assemblers refuse operands without commas between them");
            return;
        }
        if (t->commas_before > (n > 0 ? 1 : 0)) {
            diag(a, DIAG_STRAY_COMMAS, t->at, "a comma too many before %s", token_name(a, t));
            return;
        }
    }
    if (l->has_trailing_comma && s->operand_count > 0) {
        struct span at = token_at(a, s->operand_first + s->operand_count - 1)->at;
        diag(a, DIAG_STRAY_COMMAS, (struct span){at.line, at.offset + at.length, 1},
             "a comma with nothing behind it");
    }
}

// --- operations ---

static void set_operation(const struct line *l, struct statement *s, u32 n)
{
    struct assembly *a = l->a;
    const struct token *t = token_of(l, n);
    struct name name = name_of(t);
    s->op = l->first + n;
    s->operand_first = s->op + 1;
    s->operand_count = l->count - n - 1;
    s->has_trailing_comma = l->has_trailing_comma;
    switch (name.kind) {
    case NAME_INSN:
        s->kind = STATEMENT_INSN;
        s->insn = name.insn;
        s->word = (u16)(name.insn->value | name.condition);
        if (name.is_disordered) {
            struct vt_lc3_diagnostic *d = diag(a, DIAG_BRANCH_ORDER, t->at,
                                               "other assemblers do not know %s", token_name(a, t));
            diag_hint(a, d, "write the letters in the order n, z, p");
        }
        break;
    case NAME_ALIAS:
        s->kind = STATEMENT_ALIAS;
        s->alias = name.alias;
        s->word = name.alias->word;
        if (token_is(t, "PUTC") || token_is(t, "NOP")) {
            diag(a, DIAG_NEW_NAMES, t->at, "some assemblers take %s for a label", token_name(a, t));
        }
        break;
    case NAME_DIRECTIVE:
        s->kind = STATEMENT_DIRECTIVE;
        s->directive = name.directive;
        break;
    default: s->kind = STATEMENT_WRONG; break;
    }
    if (s->kind == STATEMENT_INSN) {
        check_commas(l, s);
    }
}

static void tell_unknown_directive(struct assembly *a, const struct token *t)
{
    const char *near = name_near(t, t->at.length < 6 ? 1 : 2), *foreign = name_foreign(t),
               *name = token_name(a, t);
    if (token_is(t, ".EXTERNAL")) {
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_UNSUPPORTED, t->at, "programs of several files are not linked");
        diag_hint(a, d, "put all of it into one source");
        return;
    }
    struct vt_lc3_diagnostic *d =
        diag(a, DIAG_UNKNOWN_DIRECTIVE, t->at, "there is no directive %s", name);
    if (foreign) {
        diag_hint(a, d, "%s", foreign);
    } else if (near) {
        diag_hint(a, d, "did you mean %s?", near);
    } else {
        diag_hint(a, d, "there are .ORIG, .FILL, .BLKW, .STRINGZ and .END");
    }
}

void parse_unknown(struct assembly *a, const struct token *t)
{
    const char *near = name_near(t, t->at.length < 6 ? 1 : 2), *foreign = name_foreign(t),
               *name = token_name(a, t);
    struct vt_lc3_diagnostic *d =
        diag(a, DIAG_UNKNOWN_OPERATION, t->at, "%s is no instruction of the LC-3", name);
    if (foreign) {
        diag_hint(a, d, "%s", foreign);
    } else if (near) {
        diag_hint(a, d, "did you mean %s?", near);
    }
}

// An instruction's name where a label has to be: IN .FILL 0, or NOT ADD R0, R0, #1.
static bool is_reserved_label(const struct line *l, u32 n)
{
    const struct token *t = token_of(l, n);
    if (name_of(t).kind != NAME_INSN && name_of(t).kind != NAME_ALIAS) {
        return false;
    }
    if (t->has_colon) {
        return true;
    }
    if (n + 1 >= l->count || token_of(l, n + 1)->commas_before) {
        return false;
    }
    enum name_kind next = name_of(token_of(l, n + 1)).kind;
    return next == NAME_DIRECTIVE || (next == NAME_INSN && n + 2 < l->count);
}

static void take_labels(const struct line *l, struct statement *s, u32 count)
{
    s->label_first = l->first;
    s->label_count = count;
    for (u32 n = 0; n < count; n++) {
        check_label(l->a, token_of(l, n));
    }
    if (count > 1) {
        diag(l->a, DIAG_TWO_LABELS, token_of(l, 1)->at,
             "some assemblers take one label on a line only");
    }
}

// A line of names only: labels, for now (symbols.c looks again when all labels are known).
static bool is_names_only(const struct line *l)
{
    for (u32 n = 0; n < l->count; n++) {
        const struct token *t = token_of(l, n);
        if (!is_label_name(t) || t->commas_before) {
            return l->count == 1 && t->kind == TOKEN_WORD &&
                   (t->has_colon || upper(t->text[0]) == 'X') && number_read(t).kind == NUMBER_GOOD;
        }
    }
    return true;
}

static void tell_stray(const struct line *l)
{
    const struct token *t = token_of(l, 0);
    const char *name = token_name(l->a, t);
    struct vt_lc3_diagnostic *d;
    if (t->kind != TOKEN_WORD) {
        d = diag(l->a, DIAG_STRAY_TEXT, t->at, "a string stands here without .STRINGZ");
        diag_hint(l->a, d, "write LABEL .STRINGZ \"text\"");
    } else {
        d = diag(l->a, DIAG_STRAY_TEXT, t->at, "an instruction is missing before %s", name);
    }
}

// No operation is known in it: the word before the first thing that can only be an operand.
static void take_unknown(const struct line *l, struct statement *s)
{
    s->kind = STATEMENT_WRONG;
    if (!is_plain_name(token_of(l, 0))) {
        tell_stray(l);
        return;
    }
    u32 n = 1;
    while (n < l->count && is_plain_name(token_of(l, n)) && !token_of(l, n)->commas_before) {
        n++;
    }
    bool is_comma = n < l->count && token_of(l, n)->commas_before;
    u32 op = is_comma ? (n >= 2 ? n - 2 : 0) : n - 1;
    take_labels(l, s, op);
    set_operation(l, s, op);
    parse_unknown(l->a, token_of(l, op));
    bool is_directive = name_lacks_point(token_of(l, op), &s->directive);
    bool is_first = l->a->statements.count == 1;
    if (is_directive && (s->directive != DIRECTIVE_ORIG || is_first)) {
        s->kind = STATEMENT_DIRECTIVE; // so that what follows makes sense
    }
}

static void take_line(const struct line *l, struct statement *s)
{
    u32 n = find_operation(l);
    if (n < l->count) {
        if (is_reserved_label(l, n)) {
            struct name next = {0};
            n++;
            next = n < l->count ? name_of(token_of(l, n)) : next;
            if (!name_is_operation(&next)) {
                take_labels(l, s, n);
                s->kind = n == l->count ? STATEMENT_LABELS : STATEMENT_WRONG;
                return;
            }
        }
        take_labels(l, s, n);
        set_operation(l, s, n);
        if (token_of(l, n)->commas_before) {
            diag(l->a, DIAG_STRAY_COMMAS, token_of(l, n)->at, "a comma before the instruction");
        }
        if (s->kind == STATEMENT_WRONG) {
            tell_unknown_directive(l->a, token_of(l, n));
        }
    } else if (is_names_only(l)) {
        s->kind = STATEMENT_LABELS;
        take_labels(l, s, l->count);
    } else {
        take_unknown(l, s);
    }
}

// --- the whole source ---

// Whether a line has an operation at its beginning or behind a label.
static bool is_statement_line(struct assembly *a, u32 line)
{
    struct line l = {.a = a, .number = line, .first = (u32)a->tokens.count};
    a->is_muted = true;
    bool is_read = lex_tokens(a, line, &l.has_trailing_comma);
    l.count = (u32)a->tokens.count - l.first;
    bool is_statement = !is_read || find_operation(&l) < (l.count < 2 ? l.count : 2);
    a->tokens.count = l.first;
    a->is_muted = false;
    return is_statement;
}

// How many lines behind `line` are the rest of a string that was left open there: those up to the
// closing quote, if none of them is a statement.
static u32 open_string_lines(struct assembly *a, u32 line)
{
    enum { MOST = 30 };
    for (u32 n = 1; n <= MOST && line + n <= lex_line_count(a); n++) {
        u32 length = 0, quotes = 0;
        const char *text = lex_line(a, line + n, &length);
        if (is_statement_line(a, line + n)) {
            return 0;
        }
        for (u32 i = 0; i < length; i++) {
            quotes += text[i] == '"';
            i += text[i] == '\\';
        }
        if (quotes > 0) {
            return quotes % 2 ? n : 0;
        }
    }
    return 0;
}

static bool has_open_string(const struct line *l)
{
    return l->count > 0 && token_of(l, l->count - 1)->is_open;
}

// Behind .END nothing counts until the next .ORIG.
static bool is_ignored(struct line *l, bool *has_ended, bool *is_told)
{
    if (!*has_ended) {
        return false;
    }
    u32 op = find_operation(l);
    if (op < l->count && token_is(token_of(l, op), ".ORIG")) {
        *has_ended = *is_told = false;
        return false;
    }
    if (l->count > 0 && !*is_told) {
        l->a->is_muted = false;
        struct vt_lc3_diagnostic *d =
            diag(l->a, DIAG_AFTER_END, token_of(l, 0)->at, "what stands behind .END is ignored");
        diag_hint(l->a, d, ".END is the end of the source; HALT stops the program");
        *is_told = true;
    }
    if (l->count > 0 && is_plain_name(token_of(l, 0))) {
        struct token *kept = list_add(&l->a->ignored);
        if (kept) {
            *kept = *token_of(l, 0);
        }
    }
    return true;
}

static bool add_statement(const struct line *l, bool *has_ended)
{
    struct statement *s = list_add(&l->a->statements);
    if (!s) {
        return false;
    }
    s->line = l->number;
    take_line(l, s);
    *has_ended = s->kind == STATEMENT_DIRECTIVE && s->directive == DIRECTIVE_END;
    if (*has_ended && s->operand_count > 0) {
        diag(l->a, DIAG_AFTER_END, token_at(l->a, s->operand_first)->at,
             "what stands behind .END is ignored");
    }
    return true;
}

bool parse(struct assembly *a)
{
    bool has_ended = false, is_told = false;
    a->tokens = list_in(&a->arena, sizeof(struct token));
    a->statements = list_in(&a->arena, sizeof(struct statement));
    a->ignored = list_in(&a->arena, sizeof(struct token));
    for (u32 line = 1; line <= lex_line_count(a); line++) {
        struct line l = {.a = a, .number = line, .first = (u32)a->tokens.count};
        a->is_muted = has_ended;
        if (!lex_tokens(a, line, &l.has_trailing_comma)) {
            return false;
        }
        l.count = (u32)a->tokens.count - l.first;
        bool is_skipped = is_ignored(&l, &has_ended, &is_told);
        a->is_muted = false;
        if (is_skipped) {
            a->tokens.count = l.first;
        } else if (l.count > 0) {
            if (!add_statement(&l, &has_ended)) {
                return false;
            }
            line += has_open_string(&l) ? open_string_lines(a, line) : 0;
        }
    }
    return !a->arena.has_failed;
}
