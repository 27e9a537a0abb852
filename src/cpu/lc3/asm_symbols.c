#include "cpu/lc3/asm_impl.h"

#include "base/near.h"

static u32 hash_of(const char *text, u32 length)
{
    u32 hash = 2166136261u;
    for (u32 n = 0; n < length; n++) {
        hash = (hash ^ (u8)upper(text[n])) * 16777619u;
    }
    return (hash ^ (hash >> 16)) % SYMBOL_BUCKETS;
}

struct symbol *symbol_find(const struct assembly *a, const char *text, u32 length)
{
    struct symbol *s = a->buckets[hash_of(text, length)];
    while (s && !span_equal(text, length, s->name)) {
        s = s->next;
    }
    return s;
}

bool symbols_begin(struct assembly *a)
{
    a->symbols = list_in(&a->arena, sizeof(struct symbol *));
    a->buckets = arena_take(&a->arena, SYMBOL_BUCKETS * sizeof(struct symbol *));
    return a->buckets != NULL;
}

struct symbol *symbol_add(struct assembly *a, const char *text, u32 length)
{
    struct symbol **at = list_add(&a->symbols);
    struct symbol *s = arena_take(&a->arena, sizeof *s);
    char *name = arena_text(&a->arena, text, length);
    if (!at || !s || !name) {
        return NULL;
    }
    struct symbol **bucket = &a->buckets[hash_of(text, length)];
    *s = (struct symbol){.name = name, .next = *bucket};
    *bucket = *at = s;
    return s;
}

// --- definitions ---

void symbols_tell_lost(struct assembly *a, const struct token *t, const char *near)
{
    const char *name = token_name(a, t);
    struct vt_lc3_diagnostic *d = diag(a, DIAG_LOST_OPERATION, t->at,
                                       "%s would be taken for a label, not for %s", name, near);
    diag_hint(a, d, "did you mean %s? If %s is a label, nothing refers to it", near, name);
}

static bool define(struct assembly *a, u32 statement, const struct token *t)
{
    const struct symbol *first = symbol_find(a, t->text, t->at.length);
    if (first) {
        const char *near = name_near_lone(t);
        if (near && statement_at(a, statement)->kind == STATEMENT_LABELS) {
            symbols_tell_lost(a, t, near); // the same slip again is not a label twice
            return true;
        }
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_DEFINED_TWICE, t->at, "the label %s is defined twice", token_name(a, t));
        diag_other(a, d, first->at, "first defined here");
        diag_hint(a, d, "capitals and small letters make no difference in labels");
        return true;
    }
    struct symbol *s = symbol_add(a, t->text, t->at.length);
    if (!s) {
        return false;
    }
    s->statement = statement;
    s->at = t->at;
    return true;
}

static bool is_several_names(const struct statement *s)
{
    return s->kind == STATEMENT_LABELS && s->label_count > 1;
}

static bool define_labels(struct assembly *a, u32 number)
{
    const struct statement *s = statement_at(a, number);
    for (u32 n = 0; n < s->label_count; n++) {
        if (!define(a, number, token_at(a, s->label_first + n))) {
            return false;
        }
    }
    return true;
}

// A line "A B" of names alone: two labels, unless B is one already, or A looks like an instruction.
static void decide(struct assembly *a, struct statement *s)
{
    const struct token *last = token_at(a, s->label_first + s->label_count - 1);
    const struct token *before = last - 1;
    if (symbol_find(a, last->text, last->at.length) || name_near(before, 1) ||
        name_foreign(before)) {
        s->kind = STATEMENT_WRONG;
        s->label_count -= 2;
        s->op = s->label_first + s->label_count;
        s->operand_first = s->op + 1;
        s->operand_count = 1;
        parse_unknown(a, before);
    }
}

bool symbols_define(struct assembly *a)
{
    for (u32 n = 0; n < a->statements.count; n++) {
        if (!is_several_names(statement_at(a, n)) && !define_labels(a, n)) {
            return false;
        }
    }
    for (u32 n = 0; n < a->statements.count; n++) {
        if (is_several_names(statement_at(a, n))) {
            decide(a, statement_at(a, n));
            if (!define_labels(a, n)) {
                return false;
            }
        }
    }
    return true;
}

// --- uses ---

struct guess {
    const char *name;
    struct span at;
    unsigned distance;
};

static void try_label(struct guess *g, const struct token *t, const char *name, size_t length,
                      struct span at)
{
    unsigned d = near_distance(t->text, t->at.length, name, length, g->distance);
    if (d < g->distance) {
        *g = (struct guess){.name = name, .at = at, .distance = d};
    }
}

static bool hint_ignored(struct assembly *a, struct vt_lc3_diagnostic *d, const struct token *t)
{
    for (size_t n = 0; n < a->ignored.count; n++) {
        const struct token *i = (const struct token *)a->ignored.items + n;
        if (i->at.length == t->at.length && span_equal(t->text, t->at.length, token_name(a, i))) {
            diag_other(a, d, i->at, "it stands here, behind .END, where nothing counts");
            diag_hint(a, d, "move .END to the end of the source");
            return true;
        }
    }
    return false;
}

// LABEL+1, LABEL(R1), A*B
static bool has_arithmetic(const struct token *t)
{
    for (u32 n = 0; n < t->at.length; n++) {
        char c = t->text[n];
        if (c == '+' || c == '*' || c == '(' || c == '[') {
            return true;
        }
    }
    return false;
}

static void tell_undefined(struct assembly *a, const struct token *t)
{
    struct vt_lc3_diagnostic *d =
        diag(a, DIAG_UNDEFINED, t->at, "there is no label %s", token_name(a, t));
    struct guess g = {.distance = t->at.length < 4 ? 2 : t->at.length < 8 ? 3 : 4};
    if (!d || hint_ignored(a, d, t)) {
        return;
    }
    if (has_arithmetic(t)) {
        diag_hint(a, d, "the assembler does no arithmetic; give the address a label of its own");
        return;
    }
    for (size_t n = 0; n < a->symbols.count && a->guesses < GUESSES; n++) {
        const struct symbol *s = symbol_number(a, n);
        a->guesses++;
        try_label(&g, t, s->name, text_length(s->name), s->at);
    }
    if (g.name) {
        diag_hint(a, d, "did you mean %s?", g.name);
        diag_other(a, d, g.at, "%s is defined here", g.name);
    } else {
        diag_hint(a, d, "a label is defined by writing it at the beginning of a line");
    }
}

struct symbol *symbol_use(struct assembly *a, const struct token *t)
{
    struct symbol *s = symbol_find(a, t->text, t->at.length);
    if (!s) {
        tell_undefined(a, t);
        return NULL;
    }
    s->is_used = true;
    if (memcmp(s->name, t->text, t->at.length) != 0) {
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_LABEL_CASE, t->at, "%s is spelt %s where it is defined", token_name(a, t),
                 s->name);
        diag_hint(a, d, "some assemblers take capitals and small letters for different");
    }
    return s;
}
