// What assembles, and is rarely meant: code that runs on into data, misspelt instructions that
// became labels, labels on nothing.
#include "cpu/lc3/asm_impl.h"

static bool is_code(const struct statement *s)
{
    return s->kind == STATEMENT_INSN || s->kind == STATEMENT_ALIAS;
}

static bool is_directive(const struct statement *s, enum directive directive)
{
    return s->kind == STATEMENT_DIRECTIVE && s->directive == directive;
}

static bool is_data(const struct statement *s)
{
    return is_directive(s, DIRECTIVE_FILL) || is_directive(s, DIRECTIVE_BLKW) ||
           is_directive(s, DIRECTIVE_STRINGZ);
}

// Nothing runs on behind it: BR, JMP, RET, RTI, HALT.
static bool is_end_of_flow(const struct assembly *a, const struct statement *s)
{
    if (s->kind == STATEMENT_ALIAS) {
        return s->alias->op == LC3_JMP || s->word == 0xf025;
    }
    if (s->insn->op == LC3_TRAP) {
        return s->operand_count == 1 && number_read(token_at(a, s->operand_first)).value == 0x25;
    }
    return s->insn->op == LC3_JMP || s->insn->op == LC3_RTI ||
           (s->insn->op == LC3_BR && s->word == 0x0e00);
}

// --- running on ---

static void tell_into_data(struct assembly *a, const struct statement *s,
                           const struct statement *data)
{
    struct vt_lc3_diagnostic *d = diag(a, DIAG_INTO_DATA, token_at(a, s->op)->at,
                                       "after this the data behind it is executed");
    diag_other(a, d, token_at(a, data->op)->at, "this is no instruction");
    diag_hint(a, d, "end the program with HALT and a subroutine with RET; keep data behind them");
}

static void tell_runs_off(struct assembly *a, const struct statement *s)
{
    struct vt_lc3_diagnostic *d =
        diag(a, DIAG_RUNS_OFF, token_at(a, s->op)->at, "after this nothing is left to execute");
    diag_hint(a, d, "end the program with HALT and a subroutine with RET");
}

// A .FILL without a label behind code may be an instruction put in by hand.
static bool is_surely_data(const struct statement *s, bool has_label)
{
    return is_data(s) && (has_label || !is_directive(s, DIRECTIVE_FILL));
}

static void check_flow(struct assembly *a)
{
    const struct statement *last = NULL; // that executes and runs on
    bool has_label = false;
    for (u32 n = 0; n <= a->statements.count; n++) {
        const struct statement *s = n < a->statements.count ? statement_at(a, n) : NULL;
        if (s && s->kind == STATEMENT_LABELS) {
            has_label = true;
            continue;
        }
        bool is_part_end = !s || is_directive(s, DIRECTIVE_ORIG) || is_directive(s, DIRECTIVE_END);
        if (last && is_part_end) {
            tell_runs_off(a, last);
        } else if (last && is_surely_data(s, has_label || s->label_count > 0)) {
            tell_into_data(a, last, s);
        }
        last = s && is_code(s) && !is_end_of_flow(a, s) ? s : NULL;
        has_label = false;
    }
}

// --- labels ---

// True: something was told that a label on nothing need not be told, too.
static bool check_lone_label(struct assembly *a, const struct symbol *symbol)
{
    const struct statement *s = statement_at(a, symbol->statement);
    const struct token *t = NULL;
    for (u32 n = 0; n < s->label_count; n++) {
        const struct token *l = token_at(a, s->label_first + n);
        t = l->at.offset == symbol->at.offset ? l : t;
    }
    if (!t || symbol->is_used) {
        return false;
    }
    bool is_alone = s->kind == STATEMENT_LABELS;
    const char *near = is_alone ? name_near_lone(t) : NULL, *name = token_name(a, t);
    if (near && near[0] != '.' && !t->has_colon) {
        symbols_tell_lost(a, t, near);
    } else if (near || ((is_alone || s->kind == STATEMENT_ALIAS) && name_foreign(t))) {
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_LABEL_SPELLING, t->at, "%s is taken for a label, and nothing refers to it",
                 name);
        if (near) {
            diag_hint(a, d, "did you mean %s?", near);
        } else {
            diag_hint(a, d, "it is no instruction of the LC-3: %s", name_foreign(t));
        }
    } else {
        diag(a, DIAG_UNUSED_LABEL, t->at, "nothing refers to the label %s", name);
        return false;
    }
    return true;
}

// Nothing but other labels between this statement and the end of its part.
static bool is_on_nothing(const struct assembly *a, u32 number)
{
    const struct statement *s = statement_at(a, number);
    while (s->kind == STATEMENT_LABELS) {
        if (++number == a->statements.count) {
            return true;
        }
        s = statement_at(a, number);
    }
    return is_directive(s, DIRECTIVE_END) || is_directive(s, DIRECTIVE_ORIG);
}

static void check_labels(struct assembly *a)
{
    for (size_t n = 0; n < a->symbols.count; n++) {
        const struct symbol *symbol = symbol_number(a, n);
        const struct statement *s = statement_at(a, symbol->statement);
        bool is_told = check_lone_label(a, symbol);
        bool is_origin = is_directive(s, DIRECTIVE_ORIG);
        if (!is_told && !is_origin && is_on_nothing(a, symbol->statement) &&
            (!symbol->is_used || symbol->is_jumped_to)) {
            struct vt_lc3_diagnostic *d =
                diag(a, DIAG_EMPTY_LABEL, symbol->at, "behind the label %s there is nothing",
                     symbol->name);
            diag_hint(a, d, "a label names the word that follows it");
        }
    }
}

// --- LD where LEA was meant ---

static void check_string_loads(struct assembly *a)
{
    for (u32 n = 1; n < a->statements.count; n++) {
        const struct statement *puts = statement_at(a, n), *load = puts - 1;
        bool is_puts =
            puts->kind == STATEMENT_ALIAS && (puts->word == 0xf022 || puts->word == 0xf024);
        if (!is_puts || load->kind != STATEMENT_INSN || load->insn->op != LC3_LD ||
            load->operand_count != 2 || !token_is(token_at(a, load->operand_first), "R0")) {
            continue;
        }
        const struct token *t = token_at(a, load->operand_first + 1);
        const struct symbol *symbol = symbol_find(a, t->text, t->at.length);
        u32 at = symbol ? symbol->statement : 0;
        while (symbol && at + 1 < a->statements.count &&
               statement_at(a, at)->kind == STATEMENT_LABELS) {
            at++;
        }
        if (symbol && is_directive(statement_at(a, at), DIRECTIVE_STRINGZ)) {
            struct vt_lc3_diagnostic *d =
                diag(a, DIAG_STRING_LOAD, token_at(a, load->op)->at,
                     "LD loads the string's first character, and PUTS takes it for an address");
            diag_hint(a, d, "LEA R0, %s puts the string's address into R0", symbol->name);
        }
    }
}

void check_all(struct assembly *a)
{
    check_flow(a);
    check_labels(a);
    check_string_loads(a);
}
