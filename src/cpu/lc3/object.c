// Which format some bytes have, and reading them.
#include "cpu/lc3/object_impl.h"

static const char *const format_names[VT_LC3_FORMATS] = {
    [VT_LC3_GUESS] = "guess",     [VT_LC3_SOURCE] = "asm",    [VT_LC3_LC3TOOLS] = "lc3tools",
    [VT_LC3_CLASSIC] = "classic", [VT_LC3_COMPLX] = "complx", [VT_LC3_ENSEMBLE] = "ensemble",
    [VT_LC3_HEX] = "hex",         [VT_LC3_BIN] = "bin",
};

const char *vt_lc3_format_name(enum vt_lc3_format format)
{
    return format_names[format];
}

// --- guessing ---

static bool ends_with(const char *name, const char *ending)
{
    size_t length = name ? text_length(name) : 0, wanted = text_length(ending);
    return length >= wanted && span_equal(name + length - wanted, (u32)wanted, ending);
}

// No assembler text has control characters.
static bool is_text(const u8 *bytes, size_t size_bytes)
{
    for (size_t n = 0; n < size_bytes; n++) {
        if (bytes[n] < 0x20 && !(bytes[n] >= '\t' && bytes[n] <= '\r')) {
            return false;
        }
    }
    return true;
}

enum vt_lc3_format vt_lc3_guess(const uint8_t *bytes, size_t size_bytes, const char *name)
{
    if (object_is_lc3tools(bytes, size_bytes)) {
        return VT_LC3_LC3TOOLS;
    }
    if (object_is_ensemble(bytes, size_bytes)) {
        return VT_LC3_ENSEMBLE;
    }
    if (ends_with(name, ".asm")) {
        return VT_LC3_SOURCE;
    }
    if (ends_with(name, ".obj") || !is_text(bytes, size_bytes)) {
        return object_is_complx(bytes, size_bytes) ? VT_LC3_COMPLX : VT_LC3_CLASSIC;
    }
    // Sixteen digits cannot be meant as hexadecimal: that has four.
    if (ends_with(name, ".bin") || object_is_digits(bytes, size_bytes, 2)) {
        return VT_LC3_BIN;
    }
    if (ends_with(name, ".hex") || object_is_digits(bytes, size_bytes, 16)) {
        return VT_LC3_HEX;
    }
    return VT_LC3_SOURCE;
}

// --- reading ---

bool object_bad(struct assembly *a, const char *what)
{
    struct vt_lc3_diagnostic *d = diag(a, DIAG_BAD_FILE, (struct span){0}, "%s", what);
    diag_hint(a, d, "the file is damaged or of another kind; assemble the source again");
    return false;
}

bool object_begin_segment(struct assembly *a, u16 origin, u32 line)
{
    struct vt_lc3_segment *s = list_add(&a->segments);
    if (s) {
        *s = (struct vt_lc3_segment){.origin = origin, .first = (u32)a->words.count, .line = line};
    }
    return s != NULL;
}

bool object_put(struct assembly *a, u16 value, enum vt_lc3_word_kind kind, u32 line)
{
    struct vt_lc3_segment *s = (struct vt_lc3_segment *)a->segments.items + a->segments.count - 1;
    u32 address = s->origin + s->count;
    if (!a->owners) {
        a->owners = arena_take(&a->arena, VT_LC3_WORDS * sizeof a->owners[0]);
        if (!a->owners) {
            return false;
        }
    }
    if (address >= VT_LC3_WORDS) {
        return object_bad(a, "the file goes past xFFFF, the end of memory");
    }
    if (a->owners[address]) {
        return object_bad(a, "the file has two words for one address");
    }
    struct vt_lc3_word *w = list_add(&a->words);
    if (!w) {
        return false;
    }
    a->owners[address] = 1;
    s->count++;
    if (kind == VT_LC3_BLOCK && value != 0) {
        kind = VT_LC3_UNKNOWN; // whatever the line says: a block has no values
    }
    *w = (struct vt_lc3_word){.value = value, .kind = (u8)kind, .line = line, .column = 1};
    return true;
}

bool object_set_text(struct assembly *a, const char *text, size_t text_bytes)
{
    a->text = text;
    a->text_bytes = text_bytes;
    return lex_lines(a);
}

bool object_add_symbol(struct assembly *a, const char *name, u32 length, u16 address,
                       struct span at)
{
    if (symbol_find(a, name, length)) {
        return true;
    }
    struct symbol *s = symbol_add(a, name, length);
    if (s) {
        s->address = address;
        s->is_placed = true;
        s->at = at;
    }
    return s != NULL;
}

static bool read_format(struct object_reader *r, enum vt_lc3_format format)
{
    switch (format) {
    case VT_LC3_LC3TOOLS: return object_read_lc3tools(r);
    case VT_LC3_COMPLX: return object_read_complx(r);
    case VT_LC3_ENSEMBLE: return object_read_ensemble(r);
    case VT_LC3_HEX: return object_read_digits(r, 16);
    case VT_LC3_BIN: return object_read_digits(r, 2);
    case VT_LC3_CLASSIC:
    case VT_LC3_GUESS:
    case VT_LC3_SOURCE:
    case VT_LC3_FORMATS: break;
    }
    return object_read_classic(r);
}

struct vt_lc3_program *vt_lc3_load(const struct vt_host *host, enum vt_lc3_format format,
                                   const uint8_t *bytes, size_t size_bytes, const char *name,
                                   const struct vt_lc3_options *options)
{
    struct assembly a;
    if (format == VT_LC3_GUESS) {
        format = vt_lc3_guess(bytes, size_bytes, name);
    }
    if (format == VT_LC3_SOURCE) {
        return vt_lc3_assemble(host, (const char *)bytes, size_bytes, options);
    }
    if (size_bytes > VT_LC3_SOURCE_BYTES) {
        return NULL;
    }
    if (!program_begin(&a, host, "", 0, options)) {
        arena_free(&a.arena);
        return NULL;
    }
    struct object_reader r = {.a = &a, .bytes = bytes, .size = size_bytes};
    if (read_format(&r, format) && a.words.count == 0) {
        object_bad(&a, "the file has no words");
    }
    struct vt_lc3_program *p = program_finish(&a);
    if (p) {
        p->is_second_edition_file = format == VT_LC3_CLASSIC;
    }
    return p;
}
