// Object files of lc3-ensemble: "obj!" 10 00 01, and blocks, all little-endian:
//
//     00  u16 address, u16 count, {u8 FF, u16 word | 00 00 00: nothing}...
//     01  u16 address, u8 is_external, u64 source offset, u64 length, label
//     02  u64 first line (from 0), u16 count, u16 address...    and where each line begins
//     03  u64 length, source
//     04  u16 address, u64 length, label                        for the linker
//
// **Not implemented**: its text form, and linking.
#include "cpu/lc3/object_impl.h"

#include "base/bytes.h"

enum { HEAD_BYTES = 7 };

static const u8 head[HEAD_BYTES] = {'o', 'b', 'j', 0x21, 0x10, 0x00, 0x01};

bool object_is_ensemble(const u8 *bytes, size_t size_bytes)
{
    return size_bytes >= 5 && memcmp(bytes, head, 5) == 0;
}

// `count` bytes; NULL: the file has not got them.
static const u8 *take(struct object_reader *r, u64 count)
{
    const u8 *at = r->bytes + r->at;
    if (count > object_left(r)) {
        (void)object_bad(r->a, "the object file ends in the middle of a block");
        return NULL;
    }
    r->at += (size_t)count;
    return at;
}

static bool read_code(struct object_reader *r)
{
    const u8 *b = take(r, 4);
    const u8 *words = b ? take(r, 3u * load_le16(b + 2)) : NULL;
    if (!words || !object_begin_segment(r->a, load_le16(b), 0)) {
        return false;
    }
    for (u32 n = 0; n < load_le16(b + 2); n++) {
        bool is_known = words[3 * n] == 0xff;
        u16 value = is_known ? load_le16(words + 3 * n + 1) : 0;
        if (!object_put(r->a, value, is_known ? VT_LC3_UNKNOWN : VT_LC3_BLOCK, 0)) {
            return false;
        }
    }
    return true;
}

static bool read_label(struct object_reader *r)
{
    const u8 *b = take(r, 19);
    const u8 *name = b ? take(r, load_le64(b + 11)) : NULL;
    if (!name) {
        return false;
    }
    if (b[2] > 1) {
        return object_bad(r->a, "the object file is of another version of lc3-ensemble");
    }
    if (b[2] == 1) {
        diag(r->a, DIAG_REFUSED_FILE, (struct span){0},
             "the object file has to be linked with others first");
        return false;
    }
    return object_add_symbol(r->a, (const char *)name, (u32)load_le64(b + 11), load_le16(b),
                             (struct span){0});
}

// Where the lines are; kept until the words are there.
static bool read_lines(struct object_reader *r, struct list *blocks)
{
    size_t *at = list_add(blocks);
    const u8 *b = take(r, 10);
    if (!at || !b) {
        return false;
    }
    *at = r->at - 10;
    return take(r, 2u * load_le16(b + 8)) != NULL;
}

static bool read_source(struct object_reader *r)
{
    const u8 *b = take(r, 8);
    const u8 *text = b ? take(r, load_le64(b)) : NULL;
    return text && object_set_text(r->a, (const char *)text, (size_t)load_le64(b));
}

static bool read_block(struct object_reader *r, struct list *line_blocks)
{
    switch (r->bytes[r->at++]) {
    case 0: return read_code(r);
    case 1: return read_label(r);
    case 2: return read_lines(r, line_blocks);
    case 3: return read_source(r);
    case 4:
        diag(r->a, DIAG_REFUSED_FILE, (struct span){0},
             "the object file has to be linked with others first");
        return false;
    default: return object_bad(r->a, "the object file has a block of an unknown kind");
    }
}

static void set_line(struct assembly *a, u16 address, u64 line)
{
    for (size_t n = 0; n < a->segments.count; n++) {
        const struct vt_lc3_segment *s = (struct vt_lc3_segment *)a->segments.items + n;
        u32 offset = (u32)address - s->origin;
        if (address >= s->origin && offset < s->count && line <= lex_line_count(a)) {
            ((struct vt_lc3_word *)a->words.items)[s->first + offset].line = (u32)line;
        }
    }
}

// Only the first word of a line is told; those up to the next belong to it.
static void set_lines(struct object_reader *r, const struct list *blocks)
{
    struct assembly *a = r->a;
    for (size_t n = 0; n < blocks->count; n++) {
        const u8 *b = r->bytes + ((const size_t *)blocks->items)[n];
        for (u32 i = 0; i < load_le16(b + 8); i++) {
            set_line(a, load_le16(b + 10 + 2 * i), load_le64(b) + i + 1);
        }
    }
    for (size_t n = 0; n < a->segments.count; n++) {
        struct vt_lc3_segment *s = (struct vt_lc3_segment *)a->segments.items + n;
        struct vt_lc3_word *w = (struct vt_lc3_word *)a->words.items + s->first;
        for (u32 i = 1; i < s->count; i++) {
            w[i].line = w[i].line ? w[i].line : w[i - 1].line;
        }
    }
}

bool object_read_ensemble(struct object_reader *r)
{
    struct list line_blocks = list_in(&r->a->arena, sizeof(size_t));
    if (r->size < HEAD_BYTES || memcmp(r->bytes, head, HEAD_BYTES) != 0) {
        return object_bad(r->a, "the object file is of another version of lc3-ensemble");
    }
    r->at = HEAD_BYTES;
    while (object_left(r) > 0) {
        if (!read_block(r, &line_blocks)) {
            return false;
        }
    }
    set_lines(r, &line_blocks);
    return true;
}
