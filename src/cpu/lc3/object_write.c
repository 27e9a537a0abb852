#include "cpu/lc3/source.h"
#include "cpu/lc3/text.h"
#include "vitrine/lc3_asm.h"

static void put_be16(struct lc3_out *o, u16 value)
{
    lc3_out_byte(o, (u8)(value >> 8));
    lc3_out_byte(o, (u8)value);
}

static void put_le16(struct lc3_out *o, u16 value)
{
    lc3_out_byte(o, (u8)value);
    lc3_out_byte(o, (u8)(value >> 8));
}

// --- lc3tools: see object_read.c ---

static void put_entry(struct lc3_out *o, const struct vt_lc3_program *p, u16 value, bool is_origin,
                      u32 line)
{
    size_t length = 0;
    const char *text = vt_lc3_line(p, line, &length);
    put_le16(o, value);
    lc3_out_byte(o, is_origin);
    put_le16(o, (u16)length);
    put_le16(o, (u16)(length >> 16));
    if (text) {
        lc3_out_bytes(o, text, length);
    }
}

static void write_lc3tools(struct lc3_out *o, const struct vt_lc3_program *p)
{
    static const u8 head[] = {0x1c, 0x30, 0x15, 0xc0, 0x01, 0x01, 0x01};
    lc3_out_bytes(o, head, sizeof head);
    for (size_t n = 0; n < p->segment_count; n++) {
        const struct vt_lc3_segment *s = &p->segments[n];
        put_entry(o, p, s->origin, true, s->line);
        for (u32 w = 0; w < s->count; w++) {
            const struct vt_lc3_word *word = &p->words[s->first + w];
            put_entry(o, p, word->value, false, word->line);
        }
    }
}

// --- one segment of words ---

// The only segment that has words; NULL: there are none, or several.
static const struct vt_lc3_segment *only_segment(const struct vt_lc3_program *p)
{
    const struct vt_lc3_segment *found = NULL;
    for (size_t n = 0; n < p->segment_count; n++) {
        if (p->segments[n].count > 0) {
            if (found) {
                return NULL;
            }
            found = &p->segments[n];
        }
    }
    return found;
}

static void put_one(struct lc3_out *o, enum vt_lc3_format format, u16 value)
{
    if (format == VT_LC3_CLASSIC) {
        put_be16(o, value);
    } else if (format == VT_LC3_HEX) {
        lc3_out_hex(o, value, 4);
        lc3_out_byte(o, '\n');
    } else {
        lc3_out_bits(o, value, 16);
        lc3_out_byte(o, '\n');
    }
}

static void write_words(struct lc3_out *o, const struct vt_lc3_program *p,
                        enum vt_lc3_format format, const struct vt_lc3_segment *s)
{
    put_one(o, format, s->origin);
    for (u32 w = 0; w < s->count; w++) {
        put_one(o, format, p->words[s->first + w].value);
    }
}

size_t vt_lc3_write_object(const struct vt_lc3_program *program, enum vt_lc3_format format,
                           uint8_t *to, size_t size, const char **why)
{
    struct lc3_out o = lc3_out_to(to, size);
    if (program->error_count > 0 || program->word_count == 0) {
        *why = "there is no program to write";
        return 0;
    }
    if (format == VT_LC3_LC3TOOLS) {
        write_lc3tools(&o, program);
        return o.length;
    }
    if (format == VT_LC3_SOURCE) {
        return lc3_write_source(program, to, size);
    }
    if (format != VT_LC3_CLASSIC && format != VT_LC3_HEX && format != VT_LC3_BIN) {
        *why = "this format is read only";
        return 0;
    }
    const struct vt_lc3_segment *s = only_segment(program);
    if (!s) {
        *why = "this format has room for one .ORIG only; the format lc3tools takes several";
        return 0;
    }
    write_words(&o, program, format, s);
    return o.length;
}
