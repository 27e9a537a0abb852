#include "cpu/lc3/asm_impl.h"

// A program and the memory that it lives in, itself included.
struct owned_program {
    struct vt_lc3_program p;
    struct arena arena;
};

bool program_begin(struct assembly *a, const struct vt_host *host, const char *text,
                   size_t text_bytes, const struct vt_lc3_options *options)
{
    struct arena_source source = {host->owner, host->alloc, host->release};
    *a = (struct assembly){.options = options, .text_bytes = text_bytes};
    arena_init(&a->arena, &source);
    a->diags = list_in(&a->arena, sizeof(struct diag_entry));
    a->segments = list_in(&a->arena, sizeof(struct vt_lc3_segment));
    a->words = list_in(&a->arena, sizeof(struct vt_lc3_word));
    a->text = arena_text(&a->arena, text, text_bytes);
    return a->text && symbols_begin(a) && lex_lines(a);
}

static bool is_symbol_before(const struct vt_lc3_symbol *x, const struct vt_lc3_symbol *y)
{
    if (x->address != y->address) {
        return x->address < y->address;
    }
    return x->line != y->line ? x->line < y->line : x->column < y->column;
}

// Merge sort, because a source may have very many labels.
static void sort_symbols(struct vt_lc3_symbol *s, struct vt_lc3_symbol *other, size_t count)
{
    size_t half = count / 2, left = 0, right = half;
    if (count < 2) {
        return;
    }
    sort_symbols(s, other, half);
    sort_symbols(s + half, other, count - half);
    for (size_t n = 0; n < count; n++) {
        bool takes_left = right == count || (left < half && !is_symbol_before(&s[right], &s[left]));
        other[n] = takes_left ? s[left++] : s[right++];
    }
    memcpy(s, other, count * sizeof *s);
}

bool program_add_symbols(struct assembly *a, struct vt_lc3_program *p)
{
    size_t room = a->symbols.count + 1, count = p->symbol_count;
    struct vt_lc3_symbol *s = arena_take(&a->arena, room * sizeof *s);
    struct vt_lc3_symbol *other = arena_take(&a->arena, room * sizeof *s);
    if (!s || !other) {
        return false;
    }
    if (count > 0) {
        memcpy(s, p->symbols, count * sizeof *s);
    }
    for (size_t n = count; n < a->symbols.count; n++) {
        const struct symbol *from = symbol_number(a, n);
        u32 length = 0;
        struct vt_lc3_symbol *to = &s[count++];
        *to = (struct vt_lc3_symbol){
            .name = from->name, .address = from->address, .is_used = from->is_used};
        diag_place(a, from->at, &to->line, &to->column, &length);
    }
    sort_symbols(s, other, count);
    p->symbols = s;
    p->symbol_count = count;
    return true;
}

void program_reopen(struct assembly *a, struct vt_lc3_program *program)
{
    a->arena = ((struct owned_program *)program)->arena;
}

void program_reclose(const struct assembly *a, struct vt_lc3_program *program)
{
    ((struct owned_program *)program)->arena = a->arena;
}

static bool copy_diagnostics(struct assembly *a, struct vt_lc3_program *p)
{
    const struct diag_entry *e = a->diags.items;
    struct vt_lc3_diagnostic *d = arena_take(&a->arena, (a->diags.count + 1) * sizeof *d);
    if (!d) {
        return false;
    }
    diag_finish(a);
    for (size_t n = 0; n < a->diags.count; n++) {
        d[n] = e[n].d;
        p->warning_count += d[n].severity == VT_LC3_WARNING;
        p->note_count += d[n].severity == VT_LC3_NOTE;
    }
    p->diagnostics = d;
    p->diagnostic_count = a->diags.count;
    p->error_count = a->error_count;
    return true;
}

struct vt_lc3_program *program_finish(struct assembly *a)
{
    struct owned_program *owned = arena_take(&a->arena, sizeof *owned);
    if (!owned || !program_add_symbols(a, &owned->p) || !copy_diagnostics(a, &owned->p) ||
        a->arena.has_failed) {
        arena_free(&a->arena);
        return NULL;
    }
    struct vt_lc3_program *p = &owned->p;
    p->segments = a->segments.items;
    p->segment_count = a->segments.count;
    p->words = a->words.items;
    p->word_count = a->words.count;
    p->text = a->text;
    p->text_bytes = a->text_bytes;
    p->lines = a->lines.items;
    p->line_count = lex_line_count(a);
    owned->arena = a->arena;
    return p;
}

void vt_lc3_free(struct vt_lc3_program *program)
{
    if (program) {
        struct arena arena = ((struct owned_program *)program)->arena; // lies in what it frees
        arena_free(&arena);
    }
}

struct vt_lc3_program *vt_lc3_assemble(const struct vt_host *host, const char *text,
                                       size_t text_bytes, const struct vt_lc3_options *options)
{
    struct assembly a;
    if (text_bytes > VT_LC3_SOURCE_BYTES) {
        return NULL;
    }
    if (program_begin(&a, host, text, text_bytes, options) && parse(&a) && symbols_define(&a) &&
        layout(&a) && encode(&a)) {
        check_all(&a);
        return program_finish(&a);
    }
    arena_free(&a.arena);
    return NULL;
}

// --- asking ---

const struct vt_lc3_word *vt_lc3_word_at(const struct vt_lc3_program *program, uint16_t address)
{
    for (size_t n = 0; n < program->segment_count; n++) {
        const struct vt_lc3_segment *s = &program->segments[n];
        u32 offset = (u32)address - s->origin;
        if (address >= s->origin && offset < s->count) {
            return &program->words[s->first + offset];
        }
    }
    return NULL;
}

bool vt_lc3_address_of_line(const struct vt_lc3_program *program, uint32_t line, uint16_t *address)
{
    for (size_t n = 0; n < program->segment_count; n++) {
        const struct vt_lc3_segment *s = &program->segments[n];
        for (u32 w = 0; w < s->count; w++) {
            if (program->words[s->first + w].line == line) {
                *address = (u16)(s->origin + w);
                return true;
            }
        }
    }
    return false;
}

const struct vt_lc3_symbol *vt_lc3_find_symbol(const struct vt_lc3_program *program,
                                               const char *name)
{
    u32 length = (u32)text_length(name);
    for (size_t n = 0; n < program->symbol_count; n++) {
        if (span_equal(name, length, program->symbols[n].name)) {
            return &program->symbols[n];
        }
    }
    return NULL;
}

const struct vt_lc3_symbol *vt_lc3_symbol_at(const struct vt_lc3_program *program, uint16_t address)
{
    size_t low = 0, high = program->symbol_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (program->symbols[middle].address < address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool is_there = low < program->symbol_count && program->symbols[low].address == address;
    return is_there ? &program->symbols[low] : NULL;
}

const char *vt_lc3_line(const struct vt_lc3_program *program, uint32_t line, size_t *length_bytes)
{
    if (line == 0 || line > program->line_count) {
        *length_bytes = 0;
        return NULL;
    }
    u32 begin = program->lines[line - 1], end = program->lines[line];
    while (end > begin && (program->text[end - 1] == '\n' || program->text[end - 1] == '\r')) {
        end--;
    }
    *length_bytes = end - begin;
    return program->text + begin;
}
