// Diagnostics as text for a terminal, and as JSON for editors.
#include "cpu/lc3/text.h"
#include "vitrine/lc3_asm.h"

enum { LINE_SHOWN = 160 }; // characters of a line

static const char *const severity_names[] = {
    [VT_LC3_NOTE] = "note", [VT_LC3_WARNING] = "warning", [VT_LC3_ERROR] = "error"};

// --- for a terminal ---

struct paint {
    const char *bold, *severity, *caret, *hint, *off;
};

static struct paint paint_of(enum vt_lc3_severity severity, bool has_colour)
{
    static const char *const colours[] = {
        [VT_LC3_NOTE] = "\33[1;36m", [VT_LC3_WARNING] = "\33[1;35m", [VT_LC3_ERROR] = "\33[1;31m"};
    if (!has_colour) {
        return (struct paint){"", "", "", "", ""};
    }
    return (struct paint){"\33[1m", colours[severity], "\33[1;32m", "\33[36m", "\33[0m"};
}

static bool is_inside_character(char c)
{
    return ((u8)c & 0xc0) == 0x80;
}

// The byte at which character `n` (from 0) begins.
static size_t byte_of(const char *text, size_t length, u32 n)
{
    size_t at = 0;
    while (at < length && n > 0) {
        at++;
        while (at < length && is_inside_character(text[at])) {
            at++;
        }
        n--;
    }
    return at;
}

static void put_gutter(struct lc3_out *o, u32 line)
{
    size_t from = o->length;
    char digits[16];
    struct text t = text_in(digits, sizeof digits);
    if (line) {
        text_decimal(&t, line);
    }
    lc3_out_column(o, from, t.length < 5 ? 5 - t.length : 0);
    lc3_out_text(o, digits);
    lc3_out_text(o, " | ");
}

// What a terminal could take for a command becomes a question mark: control characters, also those
// of U+0080 to U+009F.
static void put_source(struct lc3_out *o, const char *text, size_t from, size_t to)
{
    for (size_t n = from; n < to; n++) {
        u8 c = (u8)text[n];
        bool is_high = c == 0xc2 && n + 1 < to && (u8)text[n + 1] < 0xa0;
        n += is_high;
        lc3_out_byte(o, is_high || (c < 0x20 && c != '\t') || c == 0x7f ? '?' : c);
    }
}

static void put_line(struct lc3_out *o, const struct vt_lc3_program *p, u32 line, u32 column,
                     u32 length, const struct paint *paint)
{
    size_t bytes = 0;
    const char *text = vt_lc3_line(p, line, &bytes);
    if (!text || column == 0) {
        return;
    }
    // A window around the place if the line is very long.
    u32 first = column > LINE_SHOWN / 2 ? column - LINE_SHOWN / 2 : 0;
    size_t begin = byte_of(text, bytes, first);
    size_t end = begin + byte_of(text + begin, bytes - begin, LINE_SHOWN);
    size_t mark = begin + byte_of(text + begin, bytes - begin, column - 1 - first);
    size_t mark_end = mark + byte_of(text + mark, end - mark, length);
    put_gutter(o, line);
    put_source(o, text, begin, end);
    lc3_out_text(o, "\n");
    put_gutter(o, 0);
    for (size_t n = begin; n < mark; n++) {
        if (!is_inside_character(text[n])) {
            lc3_out_byte(o, text[n] == '\t' ? '\t' : ' ');
        }
    }
    lc3_out_text(o, paint->caret);
    lc3_out_byte(o, '^');
    for (size_t n = mark + 1; n < mark_end; n++) {
        if (!is_inside_character(text[n])) {
            lc3_out_byte(o, '~');
        }
    }
    lc3_out_text(o, paint->off);
    lc3_out_text(o, "\n");
}

static void put_place(struct lc3_out *o, const char *file, u32 line, u32 column)
{
    lc3_out_text(o, file);
    if (line) {
        lc3_out_byte(o, ':');
        lc3_out_decimal(o, line);
        lc3_out_byte(o, ':');
        lc3_out_decimal(o, column);
    }
    lc3_out_text(o, ": ");
}

static void put_hint(struct lc3_out *o, const char *hint, const struct paint *paint)
{
    const char *mark = "help: ";
    while (*hint) {
        lc3_out_text(o, "      = ");
        lc3_out_text(o, paint->hint);
        lc3_out_text(o, mark);
        mark = "      ";
        size_t length = 0;
        while (hint[length] && hint[length] != '\n') {
            length++;
        }
        put_source(o, hint, 0, length);
        hint += length;
        hint += *hint ? 1 : 0;
        lc3_out_text(o, paint->off);
        lc3_out_text(o, "\n");
    }
}

size_t vt_lc3_write_diagnostic(const struct vt_lc3_program *program,
                               const struct vt_lc3_diagnostic *d, const char *file, bool has_colour,
                               char *to, size_t size)
{
    struct lc3_out o = lc3_out_to(to, size);
    struct paint paint = paint_of(d->severity, has_colour);
    lc3_out_text(&o, paint.bold);
    put_place(&o, file, d->line, d->column);
    lc3_out_text(&o, paint.severity);
    lc3_out_text(&o, severity_names[d->severity]);
    lc3_out_text(&o, ": ");
    lc3_out_text(&o, paint.off);
    lc3_out_text(&o, paint.bold);
    put_source(&o, d->message, 0, text_length(d->message));
    lc3_out_text(&o, paint.off);
    lc3_out_text(&o, " [");
    lc3_out_text(&o, d->name[0] ? "-W" : d->code);
    lc3_out_text(&o, d->name);
    lc3_out_text(&o, "]\n");
    put_line(&o, program, d->line, d->column, d->length, &paint);
    if (d->other_line) {
        lc3_out_text(&o, "      = ");
        put_source(&o, d->other_message, 0, text_length(d->other_message));
        lc3_out_text(&o, ":\n");
        put_line(&o, program, d->other_line, d->other_column, d->other_length, &paint);
    }
    put_hint(&o, d->hint, &paint);
    return o.length;
}

// --- JSON ---

// Bytes of the UTF-8 sequence at the beginning of a zero-ended text; 0: it is none.
static unsigned sequence_bytes(const char *text)
{
    u8 c = (u8)text[0];
    unsigned count = c < 0x80                ? 1
                     : c >= 0xc2 && c < 0xe0 ? 2
                     : c >= 0xe0 && c < 0xf0 ? 3
                     : c >= 0xf0 && c < 0xf5 ? 4
                                             : 0;
    for (unsigned n = 1; n < count; n++) {
        if (!is_inside_character(text[n])) {
            return 0;
        }
    }
    u8 second = count > 1 ? (u8)text[1] : 0;
    bool is_bad = (c == 0xe0 && second < 0xa0) || (c == 0xed && second >= 0xa0) ||
                  (c == 0xf0 && second < 0x90) || (c == 0xf4 && second >= 0x90);
    return is_bad ? 0 : count;
}

static void put_json_text(struct lc3_out *o, const char *text)
{
    lc3_out_byte(o, '"');
    while (*text) {
        unsigned count = sequence_bytes(text);
        u8 c = (u8)*text;
        if (count == 0) {
            lc3_out_text(o, "\\ufffd");
            count = 1;
        } else if (c == '"' || c == '\\') {
            lc3_out_byte(o, '\\');
            lc3_out_byte(o, c);
        } else if (c < 0x20 || c == 0x7f) {
            lc3_out_text(o, "\\u");
            lc3_out_hex(o, c, 4);
        } else {
            lc3_out_bytes(o, text, count);
        }
        text += count;
    }
    lc3_out_byte(o, '"');
}

static void put_json_member(struct lc3_out *o, const char *name, const char *value)
{
    lc3_out_text(o, name);
    put_json_text(o, value);
}

static void put_json_place(struct lc3_out *o, u32 line, u32 column, u32 length)
{
    lc3_out_text(o, "\"line\":");
    lc3_out_decimal(o, line);
    lc3_out_text(o, ",\"column\":");
    lc3_out_decimal(o, column);
    lc3_out_text(o, ",\"length\":");
    lc3_out_decimal(o, length);
}

static void put_json_diagnostic(struct lc3_out *o, const struct vt_lc3_diagnostic *d)
{
    put_json_member(o, "{\"severity\":", severity_names[d->severity]);
    put_json_member(o, ",\"code\":", d->code);
    put_json_member(o, ",\"name\":", d->name);
    lc3_out_byte(o, ',');
    put_json_place(o, d->line, d->column, d->length);
    put_json_member(o, ",\"message\":", d->message);
    put_json_member(o, ",\"hint\":", d->hint);
    if (d->other_line) {
        lc3_out_text(o, ",\"other\":{");
        put_json_place(o, d->other_line, d->other_column, d->other_length);
        put_json_member(o, ",\"message\":", d->other_message);
        lc3_out_byte(o, '}');
    }
    lc3_out_byte(o, '}');
}

static void put_json_count(struct lc3_out *o, const char *name, size_t count)
{
    lc3_out_text(o, name);
    lc3_out_decimal(o, count);
}

size_t vt_lc3_write_json(const struct vt_lc3_program *program, const char *file, char *to,
                         size_t size)
{
    struct lc3_out o = lc3_out_to(to, size);
    put_json_member(&o, "{\"file\":", file);
    lc3_out_text(&o, program->error_count ? ",\"ok\":false" : ",\"ok\":true");
    put_json_count(&o, ",\"errors\":", program->error_count);
    put_json_count(&o, ",\"warnings\":", program->warning_count);
    put_json_count(&o, ",\"notes\":", program->note_count);
    lc3_out_text(&o, ",\"diagnostics\":[");
    for (size_t n = 0; n < program->diagnostic_count; n++) {
        lc3_out_text(&o, n > 0 ? ",\n" : "\n");
        put_json_diagnostic(&o, &program->diagnostics[n]);
    }
    lc3_out_text(&o, "]}\n");
    return o.length;
}
