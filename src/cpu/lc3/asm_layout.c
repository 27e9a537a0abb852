// Pass 1: where each statement goes, and so what each label means.
#include "cpu/lc3/asm_impl.h"

enum { USER_ORIGIN = 0x3000, VECTORS_END = 0x0200 };

struct layout {
    struct assembly *a;
    bool is_open;       // behind an .ORIG
    bool is_space_told; // about this segment: devices, end of memory
    bool is_system_told;
    struct span origin_at;
    u32 address; // 0 to 65536
    u32 origins;
};

static struct span statement_span(const struct assembly *a, const struct statement *s)
{
    return token_at(a, s->kind == STATEMENT_LABELS ? s->label_first : s->op)->at;
}

// --- sizes ---

static u32 block_words(struct assembly *a, const struct statement *s)
{
    i32 count = 0;
    if (s->operand_count == 0) {
        struct vt_lc3_diagnostic *d = diag(a, DIAG_OPERAND_COUNT, token_at(a, s->op)->at,
                                           ".BLKW needs the number of words to reserve");
        diag_hint(a, d, ".BLKW 10 reserves ten");
        return 1;
    }
    const struct token *t = token_at(a, s->operand_first);
    if (!operand_number(a, t, ".BLKW", &count)) {
        return 1;
    }
    if (count < 0) {
        diag(a, DIAG_BLOCK_SIZE, t->at, "a block cannot have %d words", (int)count);
        return 1;
    }
    if (count == 0) {
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_EMPTY_BLOCK, t->at, "a block of no words reserves nothing");
        diag_hint(a, d, "some assemblers refuse it");
    }
    return (u32)count;
}

// The words that a .STRINGZ makes of a string token, the zero included.
static u32 string_words(const struct token *t)
{
    const char *text = t->text + 1;
    u32 left = t->at.length - 1 - (t->is_open ? 0 : 1), words = 1;
    while (left > 0) {
        u32 length = number_escape(text, left).length;
        text += length;
        left -= length;
        words++;
    }
    return words;
}

static u32 words_of(struct assembly *a, const struct statement *s)
{
    if (s->kind == STATEMENT_LABELS) {
        return 0;
    }
    if (s->kind != STATEMENT_DIRECTIVE) {
        return 1;
    }
    switch (s->directive) {
    case DIRECTIVE_ORIG:
    case DIRECTIVE_END: return 0;
    case DIRECTIVE_BLKW: return block_words(a, s);
    case DIRECTIVE_STRINGZ:
        if (s->operand_count > 0 && token_at(a, s->operand_first)->kind == TOKEN_STRING) {
            return string_words(token_at(a, s->operand_first));
        }
        return 1;
    case DIRECTIVE_FILL:
    case DIRECTIVE_COUNT: break;
    }
    return 1;
}

// --- segments ---

static u32 origin_of(struct layout *l, struct statement *s)
{
    struct assembly *a = l->a;
    i32 value = USER_ORIGIN;
    s->is_lost = true;
    if (s->operand_count == 0) {
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_OPERAND_COUNT, token_at(a, s->op)->at, ".ORIG needs an address");
        diag_hint(a, d, "programs of users begin at x3000: .ORIG x3000");
        return USER_ORIGIN;
    }
    const struct token *t = token_at(a, s->operand_first);
    if (!operand_number(a, t, ".ORIG", &value)) {
        return USER_ORIGIN;
    }
    if (value < 0 || value > 0xffff) {
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_BAD_ORIGIN, t->at, "%s is no address", token_name(a, t));
        diag_hint(a, d, "addresses go from x0000 to xFFFF; programs of users begin at x3000");
        return USER_ORIGIN;
    }
    s->is_lost = false;
    struct number n = number_read(t);
    if (n.base == 10 && value == 3000) {
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_SYSTEM_SPACE, t->at, "decimal 3000 is x0BB8, in the system's memory");
        diag_hint(a, d, "did you mean x3000?");
        l->is_system_told = true;
    }
    return (u32)value;
}

static void tell_devices(struct layout *l, struct span at)
{
    struct vt_lc3_diagnostic *d =
        diag(l->a, DIAG_DEVICE_SPACE, at, "the addresses from xFE00 on are the devices' registers");
    diag_hint(l->a, d, "code and data of users have x3000 to xFDFF");
    l->is_space_told = true;
}

static void open_segment(struct layout *l, struct statement *s)
{
    struct assembly *a = l->a;
    struct span at = token_at(a, s->op)->at;
    if (l->is_open) {
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_ORIGIN_OPEN, at, "the last .ORIG has no .END yet");
        diag_other(a, d, l->origin_at, "it begins here");
        diag_hint(a, d, "end each part with .END before the next .ORIG");
    }
    l->is_open = true;
    l->is_space_told = l->is_system_told = false;
    l->origin_at = at;
    l->address = origin_of(l, s);
    if (l->origins++ > 0) {
        diag(a, DIAG_MORE_ORIGINS, at, "some assemblers take the first .ORIG only");
    }
    if (l->address >= LC3_DEVICES) {
        tell_devices(l, token_at(a, s->operand_first)->at);
    }
}

static void want_origin(struct layout *l, const struct statement *s)
{
    if (l->is_open) {
        return;
    }
    struct vt_lc3_diagnostic *d =
        diag(l->a, DIAG_NO_ORIGIN, statement_span(l->a, s), "there is no .ORIG before this");
    diag_hint(l->a, d, "begin with the address of the first word: .ORIG x3000");
    l->is_open = true;
    l->origin_at = statement_span(l->a, s);
    l->address = USER_ORIGIN;
}

static void tell_past_end(struct layout *l, const struct statement *s, u32 words)
{
    struct span at = statement_span(l->a, s);
    struct vt_lc3_diagnostic *d;
    if (l->is_space_told) {
        return;
    }
    if (l->address + words > VT_LC3_WORDS) {
        d = diag(l->a, DIAG_PAST_MEMORY, at, "this goes past xFFFF, the end of memory, by %u words",
                 l->address + words - VT_LC3_WORDS);
        diag_hint(l->a, d, "from x%04X on there are %u words up to the devices at xFE00",
                  l->address & 0xffff, l->address < LC3_DEVICES ? LC3_DEVICES - l->address : 0);
        l->is_space_told = true;
    } else {
        tell_devices(l, at);
    }
}

static void check_system(struct layout *l, const struct statement *s)
{
    bool is_code = s->kind == STATEMENT_INSN || s->kind == STATEMENT_ALIAS;
    if (l->address >= USER_ORIGIN || l->is_system_told || (!is_code && l->address < VECTORS_END)) {
        return;
    }
    diag(l->a, DIAG_SYSTEM_SPACE, statement_span(l->a, s),
         "x%04X is in the system's memory, below x3000", l->address);
    l->is_system_told = true;
}

// --- statements ---

static void place_labels(struct layout *l, u32 number, const struct statement *s)
{
    for (u32 n = 0; n < s->label_count; n++) {
        const struct token *t = token_at(l->a, s->label_first + n);
        struct symbol *symbol = symbol_find(l->a, t->text, t->at.length);
        if (symbol && symbol->statement == number) {
            symbol->address = (u16)l->address;
            symbol->is_placed = true;
        }
    }
    if (s->label_count > 0 && s->kind == STATEMENT_DIRECTIVE && s->directive == DIRECTIVE_ORIG) {
        diag(l->a, DIAG_ORIGIN_LABEL, token_at(l->a, s->label_first)->at,
             "a label before .ORIG means the first address behind it");
    }
}

static void end_segment(struct layout *l, const struct statement *s)
{
    if (!l->is_open) {
        struct vt_lc3_diagnostic *d =
            diag(l->a, DIAG_NO_ORIGIN, token_at(l->a, s->op)->at, "there is no .ORIG before .END");
        diag_hint(l->a, d, "begin with the address of the first word: .ORIG x3000");
    }
    l->is_open = false;
}

static void place(struct layout *l, u32 number, struct statement *s)
{
    bool is_directive = s->kind == STATEMENT_DIRECTIVE;
    if (is_directive && s->directive == DIRECTIVE_ORIG) {
        open_segment(l, s);
    } else if (!is_directive || s->directive != DIRECTIVE_END) {
        want_origin(l, s);
    }
    s->address = l->address;
    s->word_count = words_of(l->a, s);
    s->is_placed = true;
    place_labels(l, number, s);
    if (is_directive && s->directive == DIRECTIVE_END) {
        end_segment(l, s);
    }
    if (s->word_count > 0) {
        check_system(l, s);
        if (s->word_count > VT_LC3_WORDS || l->address + s->word_count > LC3_DEVICES) {
            tell_past_end(l, s, s->word_count);
        }
    }
    u32 room = VT_LC3_WORDS - l->address;
    if (s->word_count > room) {
        s->word_count = room;
        s->is_placed = room > 0;
    }
    l->address += s->word_count;
}

bool layout(struct assembly *a)
{
    struct layout l = {.a = a};
    for (u32 n = 0; n < a->statements.count; n++) {
        place(&l, n, statement_at(a, n));
    }
    if (a->statements.count == 0) {
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_NO_ORIGIN, (struct span){0}, "there is nothing to assemble");
        diag_hint(a, d, "a program begins with .ORIG x3000 and ends with .END");
    } else if (l.is_open) {
        const struct statement *last = statement_at(a, a->statements.count - 1);
        struct vt_lc3_diagnostic *d =
            diag(a, DIAG_NO_END, statement_span(a, last), "there is no .END behind this");
        diag_hint(a, d, "some assemblers refuse a source without it");
    }
    return !a->arena.has_failed;
}
