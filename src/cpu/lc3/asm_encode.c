// Pass 2: the words.
#include "cpu/lc3/asm_impl.h"

struct encoder {
    struct assembly *a;
    bool is_open;         // a segment has begun
    bool is_overlap_told; // in this segment; no more of its words are kept then
    u32 column;           // of the statement at hand
    u32 characters;
    const struct statement *s;
};

// --- where words go ---

static struct vt_lc3_segment *segment_at(const struct assembly *a, u32 number)
{
    return (struct vt_lc3_segment *)a->segments.items + number;
}

static bool begin_segment(struct encoder *e, u32 address, u32 line)
{
    struct vt_lc3_segment *segment = list_add(&e->a->segments);
    if (!segment) {
        return false;
    }
    *segment = (struct vt_lc3_segment){
        .origin = (u16)address, .first = (u32)e->a->words.count, .line = line};
    e->is_open = true;
    e->is_overlap_told = false;
    return true;
}

static void tell_overlap(struct encoder *e, u32 address)
{
    struct assembly *a = e->a;
    const struct vt_lc3_segment *other = segment_at(a, a->owners[address] - 1u);
    struct vt_lc3_diagnostic *d =
        diag(a, DIAG_OVERLAP, token_at(a, e->s->op)->at, "x%04X is taken already", address);
    u32 length = 0;
    lex_line(a, other->line, &length);
    diag_other(a, d, (struct span){other->line, 0, length}, "by the part that begins here");
    diag_hint(a, d, "give this part another .ORIG: the other one has x%04X to x%04X",
              (unsigned)other->origin, (unsigned)(other->origin + other->count - 1) & 0xffff);
    e->is_overlap_told = true;
}

static bool put_word(struct encoder *e, u32 offset, u16 value, enum vt_lc3_word_kind kind)
{
    struct assembly *a = e->a;
    u32 address = e->s->address + offset;
    if (e->is_overlap_told || address >= LC3_DEVICES) {
        return true;
    }
    if (a->owners[address]) {
        tell_overlap(e, address);
        return true;
    }
    struct vt_lc3_word *w = list_add(&a->words);
    if (!w) {
        return false;
    }
    *w = (struct vt_lc3_word){.value = value,
                              .kind = (u8)kind,
                              .line = e->s->line,
                              .column = (u16)e->column,
                              .length = (u8)(e->characters < 255 ? e->characters : 255)};
    a->owners[address] = (u16)(a->segments.count < 0xffff ? a->segments.count : 0xffff);
    segment_at(a, (u32)a->segments.count - 1)->count++;
    return true;
}

// --- instructions ---

// ADD and AND have two rows: the last operand decides.
static const struct lc3_insn *choose_row(const struct assembly *a, const struct statement *s)
{
    const struct lc3_insn *insn = s->insn;
    if (insn->op != LC3_ADD && insn->op != LC3_AND) {
        return insn;
    }
    bool is_register =
        s->operand_count >= 3 && name_of(token_at(a, s->operand_first + 2)).kind == NAME_REGISTER;
    return is_register ? insn : insn + 1;
}

_Static_assert(LC3_ADD_IMM == LC3_ADD + 1 && LC3_AND_IMM == LC3_AND + 1, "rows in pairs");

static u32 wanted_operands(const struct lc3_insn *insn)
{
    u32 count = (u32)text_length(insn->operands);
    return insn->operands[0] == 'c' ? count - 1 : count;
}

static void tell_count(struct assembly *a, const struct statement *s, u32 wanted)
{
    static const char *const counts[] = {"no operands", "one operand", "two operands",
                                         "three operands"};
    const struct token *t = token_at(a, s->op);
    struct span at = t->at;
    if (s->operand_count > wanted) {
        at = token_at(a, s->operand_first + wanted)->at;
    }
    struct vt_lc3_diagnostic *d =
        diag(a, DIAG_OPERAND_COUNT, at, "%s has %s, and here %s %u", token_name(a, t),
             counts[wanted], s->operand_count == 1 ? "is" : "are", s->operand_count);
    hint_count(a, d, s);
}

// Labels in operands that cannot be encoded are used all the same.
static void use_quietly(struct assembly *a, const struct statement *s)
{
    for (u32 n = 0; n < s->operand_count; n++) {
        const struct token *t = token_at(a, s->operand_first + n);
        struct symbol *symbol =
            t->kind == TOKEN_WORD ? symbol_find(a, t->text, t->at.length) : NULL;
        if (symbol) {
            symbol->is_used = true;
        }
    }
}

static u16 encode_insn(struct assembly *a, const struct statement *s)
{
    const struct lc3_insn *insn = choose_row(a, s);
    u32 wanted = wanted_operands(insn);
    u16 word = (u16)(insn->value | s->word);
    if (s->operand_count != wanted) {
        tell_count(a, s, wanted);
        use_quietly(a, s);
        return word;
    }
    const char *letter = insn->operands;
    letter += *letter == 'c' ? 1 : 0;
    for (u32 n = 0; n < wanted; n++) {
        operand_encode(a, s, insn, lc3_operand(letter[n]), token_at(a, s->operand_first + n),
                       &word);
    }
    return word;
}

static u16 encode_alias(struct assembly *a, const struct statement *s)
{
    if (s->operand_count > 0) {
        tell_count(a, s, 0);
        use_quietly(a, s);
    }
    return s->word;
}

// --- directives ---

static void check_one_operand(struct assembly *a, const struct statement *s, const char *name)
{
    if (s->operand_count <= 1) {
        return;
    }
    struct vt_lc3_diagnostic *d =
        diag(a, DIAG_OPERAND_COUNT, token_at(a, s->operand_first + 1)->at,
             "%s has one operand, and here are %u", name, s->operand_count);
    diag_hint(a, d, "write a line for each");
}

static u16 encode_fill(struct assembly *a, const struct statement *s)
{
    u16 value = 0;
    check_one_operand(a, s, ".FILL");
    if (s->operand_count == 0) {
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_OPERAND_COUNT, token_at(a, s->op)->at, ".FILL needs a number or a label");
        diag_hint(a, d, ".FILL 0 puts a zero there");
        return 0;
    }
    (void)operand_fill(a, token_at(a, s->operand_first), &value);
    return value;
}

static void check_escape(struct assembly *a, const struct token *t, const char *at,
                         const struct escape *e)
{
    struct span where = {t->at.line, t->at.offset + (u32)(at - t->text), 2};
    if (e->is_unknown) {
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_ESCAPE, where, "this escape is unknown, and stays as it is written");
        diag_hint(a, d,
                  "a backslash itself is written \\\\; known are \\n \\t \\r \\\" \\0 \\e \\x41");
    } else if (e->is_new) {
        diag(a, DIAG_NEW_ESCAPES, where, "some assemblers do not know this escape");
    }
}

static bool put_string(struct encoder *e, const struct token *t)
{
    const char *text = t->text + 1;
    u32 left = t->at.length - 1 - (t->is_open ? 0 : 1), n = 0;
    bool is_told = false;
    while (left > 0) {
        struct escape c = number_escape(text, left);
        check_escape(e->a, t, text, &c);
        if (c.value >= 0x80 && c.length == 1 && !is_told) {
            struct span at = {t->at.line, t->at.offset + (u32)(text - t->text), 1};
            struct vt_lc3_diagnostic *d = diag(
                e->a, DIAG_NON_ASCII, at, "this character becomes several words, its UTF-8 bytes");
            diag_hint(e->a, d, "other assemblers make other words of it");
            is_told = true;
        }
        if (!put_word(e, n++, c.value, VT_LC3_STRING)) {
            return false;
        }
        text += c.length;
        left -= c.length;
    }
    return put_word(e, n, 0, VT_LC3_STRING);
}

static bool encode_string(struct encoder *e, const struct statement *s)
{
    struct assembly *a = e->a;
    const struct token *t = s->operand_count > 0 ? token_at(a, s->operand_first) : NULL;
    struct vt_lc3_diagnostic *d;
    if (t && t->kind == TOKEN_STRING) {
        check_one_operand(a, s, ".STRINGZ");
    }
    if (!t || t->kind != TOKEN_STRING) {
        d = diag(a, t ? DIAG_OPERAND_KIND : DIAG_OPERAND_COUNT, t ? t->at : token_at(a, s->op)->at,
                 ".STRINGZ needs a string in double quotes");
        if (t && (u8)t->text[0] == 0xe2) { // typographic quotes, as word processors make them
            diag_hint(a, d, "the quotes must be plain ones: .STRINGZ \"text\"");
        } else {
            diag_hint(a, d, ".STRINGZ \"text\"");
        }
        return put_word(e, 0, 0, VT_LC3_STRING);
    }
    if (t->is_open) {
        d = diag(a, DIAG_OPEN_STRING, t->at, "the closing quote of this string is missing");
        diag_hint(a, d, "a string ends on the line on which it begins; \\n in it is a new line");
    }
    return put_string(e, t);
}

static bool put_block(struct encoder *e, const struct statement *s)
{
    check_one_operand(e->a, s, ".BLKW");
    for (u32 n = 0; n < s->word_count; n++) {
        if (!put_word(e, n, 0, VT_LC3_BLOCK)) {
            return false;
        }
    }
    return true;
}

static bool encode_directive(struct encoder *e, const struct statement *s)
{
    switch (s->directive) {
    case DIRECTIVE_ORIG:
        check_one_operand(e->a, s, ".ORIG");
        if (!begin_segment(e, s->address, s->line)) {
            return false;
        }
        e->is_overlap_told = s->is_lost;
        return true;
    case DIRECTIVE_FILL: return put_word(e, 0, encode_fill(e->a, s), VT_LC3_DATA);
    case DIRECTIVE_BLKW: return put_block(e, s);
    case DIRECTIVE_STRINGZ: return encode_string(e, s);
    case DIRECTIVE_END: e->is_open = false; return true;
    case DIRECTIVE_COUNT: break;
    }
    return true;
}

// --- statements ---

// From the operation to the end of its last operand.
static void set_extent(struct encoder *e, const struct statement *s)
{
    struct span at = token_at(e->a, s->op)->at;
    u32 line, column, length;
    if (s->operand_count > 0) {
        struct span last = token_at(e->a, s->operand_first + s->operand_count - 1)->at;
        at.length = last.offset + last.length - at.offset;
    }
    diag_place(e->a, at, &line, &column, &length);
    e->column = column < LINE_MAX ? column : LINE_MAX;
    e->characters = length;
}

static bool encode_statement(struct encoder *e, const struct statement *s)
{
    bool is_origin = s->kind == STATEMENT_DIRECTIVE && s->directive == DIRECTIVE_ORIG;
    e->s = s;
    if (s->kind == STATEMENT_LABELS || !s->is_placed) {
        return true;
    }
    set_extent(e, s);
    bool needs_segment = !is_origin && !e->is_open && s->word_count > 0;
    if (needs_segment && !begin_segment(e, s->address, s->line)) {
        return false;
    }
    switch (s->kind) {
    case STATEMENT_INSN: return put_word(e, 0, encode_insn(e->a, s), VT_LC3_CODE);
    case STATEMENT_ALIAS: return put_word(e, 0, encode_alias(e->a, s), VT_LC3_CODE);
    case STATEMENT_DIRECTIVE: return encode_directive(e, s);
    case STATEMENT_WRONG: use_quietly(e->a, s); return put_word(e, 0, 0, VT_LC3_CODE);
    case STATEMENT_LABELS: break;
    }
    return true;
}

bool encode(struct assembly *a)
{
    struct encoder e = {.a = a};
    a->owners = arena_take(&a->arena, VT_LC3_WORDS * sizeof a->owners[0]);
    if (!a->owners) {
        return false;
    }
    for (u32 n = 0; n < a->statements.count; n++) {
        if (!encode_statement(&e, statement_at(a, n))) {
            return false;
        }
    }
    return !a->arena.has_failed;
}
