// The listing: every line of the source with the words it made.
//
//     x3000  5020  0101000000100000     3  LOOP    AND R0, R0, #0
//
// A line that makes several words has one row for each, and its text in the first. Words of a file
// that tells no source are shown disassembled.
#include "cpu/lc3/text.h"
#include "vitrine/lc3_asm.h"

enum { LINE_COLUMN = 31, SOURCE_COLUMN = 38 };

struct listing {
    const struct vt_lc3_program *p;
    struct lc3_out o;
    u32 line; // the last one whose text was written
};

static void put_source_line(struct listing *l, size_t from, u32 line)
{
    size_t length = 0;
    const char *text = vt_lc3_line(l->p, line, &length);
    char digits[16];
    struct text t = text_in(digits, sizeof digits);
    text_decimal(&t, line);
    lc3_out_column(&l->o, from, LINE_COLUMN + (t.length < 5 ? 5 - t.length : 0));
    lc3_out_text(&l->o, digits);
    if (length > 0) {
        lc3_out_column(&l->o, from, SOURCE_COLUMN);
        lc3_out_bytes(&l->o, text, length);
    }
}

// Lines that made no words, up to the one before `line`.
static void put_wordless(struct listing *l, u32 line)
{
    while (l->line + 1 < line) {
        l->line++;
        put_source_line(l, l->o.length, l->line);
        lc3_out_text(&l->o, "\n");
    }
}

static void put_word(struct listing *l, const struct vt_lc3_word *w, u16 address)
{
    put_wordless(l, w->line);
    size_t from = l->o.length;
    lc3_out_byte(&l->o, 'x');
    lc3_out_hex(&l->o, address, 4);
    lc3_out_text(&l->o, "  ");
    lc3_out_hex(&l->o, w->value, 4);
    lc3_out_text(&l->o, "  ");
    lc3_out_bits(&l->o, w->value, 16);
    if (w->line > l->line) {
        l->line = w->line;
        put_source_line(l, from, w->line);
    } else if (w->line == 0) {
        char text[100];
        (void)vt_lc3_disassemble(l->p, w->value, address, text, sizeof text);
        lc3_out_column(&l->o, from, SOURCE_COLUMN);
        lc3_out_text(&l->o, text);
    }
    lc3_out_text(&l->o, "\n");
}

size_t vt_lc3_write_listing(const struct vt_lc3_program *program, char *to, size_t size)
{
    struct listing l = {.p = program, .o = lc3_out_to(to, size)};
    for (size_t n = 0; n < program->segment_count; n++) {
        const struct vt_lc3_segment *s = &program->segments[n];
        for (u32 w = 0; w < s->count; w++) {
            put_word(&l, &program->words[s->first + w], (u16)(s->origin + w));
        }
    }
    if (program->text_bytes > 0) {
        put_wordless(&l, (u32)program->line_count + 1);
    }
    return l.o.length;
}

size_t vt_lc3_write_symbols(const struct vt_lc3_program *program, char *to, size_t size)
{
    struct lc3_out o = lc3_out_to(to, size);
    lc3_out_text(&o, "// Symbol table\n// Scope level 0:\n"
                     "//\tSymbol Name       Page Address\n"
                     "//\t----------------  ------------\n");
    for (size_t n = 0; n < program->symbol_count; n++) {
        const struct vt_lc3_symbol *s = &program->symbols[n];
        lc3_out_text(&o, "//\t");
        size_t from = o.length;
        lc3_out_text(&o, s->name);
        lc3_out_column(&o, from, 16);
        lc3_out_text(&o, "  ");
        lc3_out_hex(&o, s->address, 4);
        lc3_out_text(&o, "\n");
    }
    lc3_out_text(&o, "\n");
    return o.length;
}
