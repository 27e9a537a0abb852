#include "cpu/lc3/source.h"

#include "cpu/lc3/asm_impl.h"
#include "cpu/lc3/text.h"

enum { OPERATION_COLUMN = 12, ADDRESS_COLUMN = 44 };

// Whether a symbol's name would be read as a label.
static bool is_good_name(const struct vt_lc3_symbol *s)
{
    struct token t = {.kind = TOKEN_WORD, .text = s->name};
    t.at.length = (u32)text_length(s->name);
    for (u32 n = 0; n < t.at.length; n++) {
        char c = upper(s->name[n]);
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) {
            return false;
        }
    }
    return t.at.length > 0 && name_of(&t).kind == NAME_OTHER && number_read(&t).kind == NUMBER_NONE;
}

// The label written at an address of the program; NULL: none.
static const struct vt_lc3_symbol *label_at(const struct vt_lc3_program *p, u16 address)
{
    const struct vt_lc3_symbol *s = vt_lc3_symbol_at(p, address);
    return s && is_good_name(s) && vt_lc3_word_at(p, address) ? s : NULL;
}

static bool has_label_operand(const struct vt_lc3_program *p, u16 word, u16 address)
{
    for (const char *letter = lc3_decode(word)->operands; *letter; letter++) {
        const struct lc3_operand *o = lc3_operand(*letter);
        if (o->kind == LC3_PC_RELATIVE) {
            return label_at(p, (u16)(address + 1 + lc3_operand_value(o, word))) != NULL;
        }
    }
    return false;
}

static void put_fill(struct lc3_out *o, u16 value)
{
    lc3_out_text(o, ".FILL x");
    lc3_out_hex(o, value, 4);
}

static void put_word(struct lc3_out *o, const struct vt_lc3_program *p, u16 address,
                     const struct vt_lc3_word *w, bool has_label)
{
    char text[400];
    bool is_code = w->kind == VT_LC3_CODE || (w->kind == VT_LC3_UNKNOWN && w->value != 0);
    if (!is_code) {
        put_fill(o, w->value);
        return;
    }
    size_t length = vt_lc3_disassemble(has_label ? p : NULL, w->value, address, text, sizeof text);
    if (length + 1 == sizeof text) { // a label that is too long
        (void)vt_lc3_disassemble(NULL, w->value, address, text, sizeof text);
    }
    lc3_out_text(o, text);
}

static u32 block_length(const struct vt_lc3_program *p, const struct vt_lc3_segment *s, u32 from)
{
    u32 n = from;
    do {
        n++;
    } while (n < s->count && p->words[s->first + n].kind == VT_LC3_BLOCK &&
             !label_at(p, (u16)(s->origin + n)));
    return n - from;
}

static void put_comment(struct lc3_out *o, size_t from, u16 address, const struct vt_lc3_word *w)
{
    lc3_out_column(o, from, ADDRESS_COLUMN);
    lc3_out_text(o, "; x");
    lc3_out_hex(o, address, 4);
    if (w->value >= 0x20 && w->value < 0x7f && w->kind != VT_LC3_CODE) {
        lc3_out_text(o, " '");
        lc3_out_byte(o, (u8)w->value);
        lc3_out_byte(o, '\'');
    }
    lc3_out_byte(o, '\n');
}

static void put_segment(struct lc3_out *o, const struct vt_lc3_program *p,
                        const struct vt_lc3_segment *s)
{
    u32 step = 1;
    lc3_out_text(o, "            ");
    lc3_out_text(o, ".ORIG x");
    lc3_out_hex(o, s->origin, 4);
    lc3_out_byte(o, '\n');
    for (u32 n = 0; n < s->count; n += step) {
        const struct vt_lc3_word *w = &p->words[s->first + n];
        u16 address = (u16)(s->origin + n);
        const struct vt_lc3_symbol *label = label_at(p, address);
        size_t from = o->length;
        if (label) {
            lc3_out_text(o, label->name);
            lc3_out_byte(o, ' ');
        }
        lc3_out_column(o, from, OPERATION_COLUMN);
        step = w->kind == VT_LC3_BLOCK ? block_length(p, s, n) : 1;
        if (w->kind == VT_LC3_BLOCK) {
            lc3_out_text(o, ".BLKW ");
            lc3_out_decimal(o, step);
        } else {
            put_word(o, p, address, w, has_label_operand(p, w->value, address));
        }
        lc3_out_byte(o, ' ');
        put_comment(o, from, address, w);
    }
    lc3_out_text(o, "            ");
    lc3_out_text(o, ".END\n");
}

size_t lc3_write_source(const struct vt_lc3_program *program, void *to, size_t size)
{
    struct lc3_out o = lc3_out_to(to, size);
    for (size_t n = 0; n < program->segment_count; n++) {
        if (program->segments[n].count > 0) {
            put_segment(&o, program, &program->segments[n]);
        }
    }
    return o.length;
}
