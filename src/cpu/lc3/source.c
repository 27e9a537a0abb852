#include "cpu/lc3/source.h"

#include "cpu/lc3/asm_impl.h"
#include "cpu/lc3/text.h"

enum { OPERATION_COLUMN = 12, ADDRESS_COLUMN = 44, LONGEST_NAME = 100 };

// --- labels ---

static bool is_good_character(char c)
{
    c = upper(c);
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Whether a name would be read as a label wherever it stands.
static bool is_good_name(const char *name)
{
    struct token t = {.kind = TOKEN_WORD, .text = name};
    t.at.length = (u32)text_length(name);
    for (u32 n = 0; n < t.at.length; n++) {
        if (!is_good_character(name[n])) {
            return false;
        }
    }
    return t.at.length > 0 && t.at.length <= LONGEST_NAME && name_of(&t).kind == NAME_OTHER &&
           number_read(&t).kind == NUMBER_NONE;
}

// A name like an odd one, with the address, which makes it unique among these; underscores make it
// unlike the good ones.
static void put_near_name(struct text *t, const struct vt_lc3_program *p,
                          const struct vt_lc3_symbol *s)
{
    text_put(t, is_good_character(s->name[0]) && !(s->name[0] <= '9') ? "" : "L");
    for (u32 n = 0; s->name[n] && n < LONGEST_NAME / 2; n++) {
        text_char(t, is_good_character(s->name[n]) ? s->name[n] : '_');
    }
    text_char(t, '_');
    lc3_text_hex(t, s->address, 4);
    while (vt_lc3_find_symbol(p, t->at) && t->length < 2 * LONGEST_NAME) {
        text_char(t, '_');
    }
}

struct label {
    char name[2 * LONGEST_NAME + 8]; // empty: none
};

// The label written at an address of the program: the first good name there.
static struct label label_at(const struct vt_lc3_program *p, u16 address)
{
    struct label label = {.name = ""};
    struct text t = text_in(label.name, sizeof label.name);
    const struct vt_lc3_symbol *first = vt_lc3_symbol_at(p, address);
    if (!first || !vt_lc3_word_at(p, address)) {
        return label;
    }
    for (const struct vt_lc3_symbol *s = first;
         s < p->symbols + p->symbol_count && s->address == address; s++) {
        if (is_good_name(s->name)) {
            text_put(&t, s->name);
            return label;
        }
    }
    put_near_name(&t, p, first);
    return label;
}

// --- words ---

static void put_fill(struct lc3_out *o, u16 value)
{
    lc3_out_text(o, ".FILL x");
    lc3_out_hex(o, value, 4);
}

static void put_word(struct lc3_out *o, const struct vt_lc3_program *p, u16 address,
                     const struct vt_lc3_word *w)
{
    char text[3 * LONGEST_NAME];
    struct label label = {.name = ""};
    bool is_code = w->kind == VT_LC3_CODE || (w->kind == VT_LC3_UNKNOWN && w->value != 0);
    if (!is_code) {
        put_fill(o, w->value);
        return;
    }
    u16 target;
    if (lc3_target(w->value, address, &target)) {
        label = label_at(p, target);
    }
    (void)lc3_disassemble(w->value, label.name[0] ? label.name : NULL, text, sizeof text);
    lc3_out_text(o, text);
}

static u32 block_length(const struct vt_lc3_program *p, const struct vt_lc3_segment *s, u32 from)
{
    u32 n = from;
    do {
        n++;
    } while (n < s->count && p->words[s->first + n].kind == VT_LC3_BLOCK &&
             !label_at(p, (u16)(s->origin + n)).name[0]);
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
        const struct label label = label_at(p, address);
        size_t from = o->length;
        if (label.name[0]) {
            lc3_out_text(o, label.name);
            lc3_out_byte(o, ' ');
        }
        lc3_out_column(o, from, OPERATION_COLUMN);
        step = w->kind == VT_LC3_BLOCK ? block_length(p, s, n) : 1;
        if (w->kind == VT_LC3_BLOCK) {
            lc3_out_text(o, ".BLKW ");
            lc3_out_decimal(o, step);
        } else {
            put_word(o, p, address, w);
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
