// Programs as digits: a word a line, the first is the origin; a semicolon begins a comment. Sixteen
// binary digits (with blanks between them or not) or up to four hexadecimal ones, perhaps behind x.
#include "cpu/lc3/object_impl.h"

struct digits {
    u32 count, value;
    bool is_wrong;
};

static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    char u = upper(c);
    return u >= 'A' && u <= 'F' ? (unsigned)(u - 'A' + 10) : 99;
}

static struct digits read_digits(const char *line, u32 length, unsigned base)
{
    struct digits d = {0};
    u32 n = 0;
    while (n < length && (line[n] == ' ' || line[n] == '\t')) {
        n++;
    }
    if (base == 16 && n < length && line[n] == '0' && n + 1 < length && upper(line[n + 1]) == 'X') {
        n++;
    }
    if (base == 16 && n < length && upper(line[n]) == 'X') {
        n++;
        d.is_wrong = n == length;
    }
    bool has_ended = false;
    for (; n < length && line[n] != ';'; n++) {
        if (line[n] == ' ' || line[n] == '\t') {
            has_ended = base == 16 && d.count > 0;
            continue;
        }
        unsigned digit = digit_value(line[n]);
        d.is_wrong |= digit >= base || has_ended;
        d.value = (d.value * base + digit) & 0xffff;
        d.count++;
    }
    d.is_wrong |= d.count > (base == 16 ? 4 : 16) || (base == 2 && d.count > 0 && d.count < 16);
    return d;
}

bool object_is_digits(const u8 *bytes, size_t size_bytes, unsigned base)
{
    const char *text = (const char *)bytes;
    size_t at = 0;
    bool has_word = false;
    while (at < size_bytes) {
        size_t end = at;
        while (end < size_bytes && text[end] != '\n' && text[end] != '\r') {
            end++;
        }
        struct digits d = read_digits(text + at, (u32)(end - at), base);
        if (d.is_wrong) {
            return false;
        }
        // A line such as ADD is a label rather than a word.
        has_word |= d.count > 0;
        if (!has_word && d.count > 0 && d.count < 4) {
            return false;
        }
        at = end + 1;
    }
    return has_word;
}

static bool read_line(struct assembly *a, u32 line, unsigned base)
{
    u32 length = 0;
    const char *text = lex_line(a, line, &length);
    struct digits d = read_digits(text, length, base);
    if (d.is_wrong) {
        struct vt_lc3_diagnostic *wrong =
            diag(a, DIAG_BAD_FILE, (struct span){line, 0, length}, "this is no word of %s",
                 base == 16 ? "four hexadecimal digits" : "sixteen binary digits");
        diag_hint(a, wrong, "each line has one word, the first line the origin");
        return true; // the other lines may have something to tell, too
    }
    if (d.count == 0) {
        return true;
    }
    if (a->segments.count == 0) {
        return object_begin_segment(a, (u16)d.value, line);
    }
    return object_put(a, (u16)d.value, VT_LC3_UNKNOWN, line);
}

bool object_read_digits(struct object_reader *r, unsigned base)
{
    const char *text = arena_text(&r->a->arena, (const char *)r->bytes, r->size);
    if (!text || !object_set_text(r->a, text, r->size)) {
        return false;
    }
    for (u32 line = 1; line <= lex_line_count(r->a); line++) {
        if (!read_line(r->a, line, base)) {
            return false;
        }
    }
    return true;
}
