// Object files of words alone (Lumetta's tools, complx), and of words with their source (lc3tools).
//
//     classic   {u16 word}...                           big-endian; the first is the origin
//     complx    {u16 origin, u16 count, u16 word...}... big-endian
//     lc3tools  1C 30 15 C0 01 01 01 {u16 value, u8 is_origin, u32 length, text}... little-endian
#include "cpu/lc3/object_impl.h"

#include "base/bytes.h"

// --- classic ---

bool object_read_classic(struct object_reader *r)
{
    if (r->size % 2 != 0 || r->size < 2) {
        return object_bad(r->a, "this is no object file: it does not consist of 16-bit words");
    }
    if (!object_begin_segment(r->a, object_be16(r), 0)) {
        return false;
    }
    while (object_left(r) > 0) {
        if (!object_put(r->a, object_be16(r), VT_LC3_UNKNOWN, 0)) {
            return false;
        }
    }
    return true;
}

// --- complx ---

bool object_is_complx(const u8 *bytes, size_t size_bytes)
{
    struct object_reader r = {.bytes = bytes, .size = size_bytes};
    while (object_left(&r) >= 4) {
        (void)object_be16(&r);
        size_t count = object_be16(&r);
        if (2 * count > object_left(&r) || count == 0) {
            return false;
        }
        r.at += 2 * count;
    }
    return size_bytes > 0 && object_left(&r) == 0;
}

bool object_read_complx(struct object_reader *r)
{
    if (!object_is_complx(r->bytes, r->size)) {
        return object_bad(r->a, "this is no object file of complx");
    }
    while (object_left(r) > 0) {
        if (!object_begin_segment(r->a, object_be16(r), 0)) {
            return false;
        }
        for (u32 count = object_be16(r); count > 0; count--) {
            if (!object_put(r->a, object_be16(r), VT_LC3_UNKNOWN, 0)) {
                return false;
            }
        }
    }
    return true;
}

// --- lc3tools ---

enum { MAGIC_BYTES = 5, VERSION_BYTES = 2, ENTRY_BYTES = 7 };

static const u8 magic[MAGIC_BYTES + VERSION_BYTES] = {0x1c, 0x30, 0x15, 0xc0, 0x01, 0x01, 0x01};

bool object_is_lc3tools(const u8 *bytes, size_t size_bytes)
{
    return size_bytes >= MAGIC_BYTES && memcmp(bytes, magic, MAGIC_BYTES) == 0;
}

struct entry {
    u16 value;
    bool is_origin;
    const char *text;
    u32 length;
};

static bool next_entry(struct object_reader *r, struct entry *e)
{
    const u8 *at = r->bytes + r->at;
    if (object_left(r) < ENTRY_BYTES || load_le32(at + 3) > object_left(r) - ENTRY_BYTES) {
        return object_bad(r->a, "the object file ends in the middle of a word");
    }
    *e = (struct entry){load_le16(at), at[2] != 0, (const char *)at + ENTRY_BYTES,
                        load_le32(at + 3)};
    r->at += ENTRY_BYTES + e->length;
    return true;
}

static bool has_control(const struct entry *e)
{
    for (u32 n = 0; n < e->length; n++) {
        if (e->text[n] == '\n' || e->text[n] == '\r') {
            return true;
        }
    }
    return false;
}

// A string or block has its line at each of its words: those are one line of the source.
static bool continues_line(const struct entry *e, const struct entry *last)
{
    return !e->is_origin && !last->is_origin && e->length == last->length && e->length > 0 &&
           memcmp(e->text, last->text, e->length) == 0;
}

// What the line of a word says about it: its labels, and whether it is an instruction.
static enum vt_lc3_word_kind read_line(struct assembly *a, u32 line, u16 address, bool *repeats)
{
    bool has_trailing_comma;
    u32 first = (u32)a->tokens.count;
    enum vt_lc3_word_kind kind = VT_LC3_UNKNOWN;
    *repeats = false;
    a->is_muted = true;
    if (!lex_tokens(a, line, &has_trailing_comma)) {
        return kind;
    }
    for (u32 n = first; n < a->tokens.count; n++) {
        const struct token *t = token_at(a, n);
        struct name name = name_of(t);
        if (name.kind == NAME_INSN || name.kind == NAME_ALIAS) {
            kind = VT_LC3_CODE;
            break;
        }
        if (name.kind == NAME_DIRECTIVE) {
            kind = name.directive == DIRECTIVE_BLKW      ? VT_LC3_BLOCK
                   : name.directive == DIRECTIVE_STRINGZ ? VT_LC3_STRING
                                                         : VT_LC3_DATA;
            *repeats = kind == VT_LC3_BLOCK || kind == VT_LC3_STRING;
            break;
        }
        if (name.kind != NAME_OTHER || t->kind != TOKEN_WORD ||
            number_read(t).kind != NUMBER_NONE ||
            !object_add_symbol(a, t->text, t->at.length, address, t->at)) {
            break;
        }
    }
    a->tokens.count = first;
    a->is_muted = false;
    return kind;
}

// The lines of all entries, one behind the other, as the program's text.
static bool collect_text(struct object_reader *r)
{
    size_t begin = r->at, length = 0;
    struct entry e = {0};
    char *text = arena_take(&r->a->arena, r->size + r->size / ENTRY_BYTES + 1);
    if (!text) {
        return false;
    }
    while (object_left(r) > 0) {
        if (!next_entry(r, &e)) {
            return false;
        }
        if (has_control(&e)) {
            return object_bad(r->a, "a word of the object file has more than one line of source");
        }
        if (e.length > 0) {
            memcpy(text + length, e.text, e.length);
        }
        length += e.length;
        text[length++] = '\n';
    }
    r->at = begin;
    return object_set_text(r->a, text, length);
}

bool object_read_lc3tools(struct object_reader *r)
{
    struct assembly *a = r->a;
    struct entry e = {0}, last = {.is_origin = true};
    u32 line = 0, repeated = 0;
    enum vt_lc3_word_kind kind = VT_LC3_DATA;
    bool repeats = false;
    if (r->size < sizeof magic || memcmp(r->bytes, magic, sizeof magic) != 0) {
        return object_bad(a, "the object file is of another version of lc3tools");
    }
    r->at = sizeof magic;
    a->tokens = list_in(&a->arena, sizeof(struct token));
    if (!collect_text(r)) {
        return false;
    }
    while (object_left(r) > 0) {
        if (!next_entry(r, &e)) {
            return false;
        }
        line++;
        if (e.is_origin) {
            if (!object_begin_segment(a, e.value, line)) {
                return false;
            }
        } else if (a->segments.count == 0) {
            return object_bad(a, "the object file begins without an origin");
        } else {
            if (!repeats || !continues_line(&e, &last)) {
                const struct vt_lc3_segment *s =
                    (struct vt_lc3_segment *)a->segments.items + a->segments.count - 1;
                kind = read_line(a, line, (u16)(s->origin + s->count), &repeats);
                repeated = line;
            }
            if (!object_put(a, e.value, kind, repeats ? repeated : line)) {
                return false;
            }
        }
        last = e;
    }
    return true;
}
