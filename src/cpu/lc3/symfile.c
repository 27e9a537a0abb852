// Symbol tables of assemblers: lines of a name and an address, as
//
//     // NAME  3000     Lumetta's tools and lc3tools, under a head of comments
//     3000 NAME         complx
//     NAME  x3000       laser
#include "cpu/lc3/asm_impl.h"

struct word {
    const char *text;
    u32 length;
};

struct line {
    struct word words[3];
    u32 count;
    bool is_comment;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct line split(const char *text, size_t length)
{
    struct line l = {0};
    size_t at = 0;
    while (at < length && is_blank(text[at])) {
        at++;
    }
    if (at + 1 < length && text[at] == '/' && text[at + 1] == '/') {
        l.is_comment = true;
        at += 2;
    }
    while (at < length && l.count < COUNT_OF(l.words)) {
        size_t begin = at;
        while (at < length && !is_blank(text[at])) {
            at++;
        }
        if (at > begin) {
            l.words[l.count++] = (struct word){text + begin, (u32)(at - begin)};
        }
        while (at < length && is_blank(text[at])) {
            at++;
        }
    }
    return l;
}

// Four hexadecimal digits, perhaps behind an x.
static bool read_address(struct word w, u16 *address)
{
    u32 value = 0;
    if (w.length == 5 && upper(w.text[0]) == 'X') {
        w.text++;
        w.length--;
    }
    for (u32 n = 0; n < w.length; n++) {
        char c = upper(w.text[n]);
        bool is_digit = c >= '0' && c <= '9';
        if (!is_digit && (c < 'A' || c > 'F')) {
            return false;
        }
        value = value * 16 + (u32)(is_digit ? c - '0' : c - 'A' + 10);
    }
    *address = (u16)value;
    return w.length == 4;
}

static bool read_symbol(const char *text, size_t length, struct word *name, u16 *address)
{
    struct line l = split(text, length);
    if (l.count != 2) {
        return false;
    }
    bool is_name_first =
        l.is_comment || (upper(l.words[1].text[0]) == 'X' && l.words[1].length == 5);
    *name = l.words[is_name_first ? 0 : 1];
    return read_address(l.words[is_name_first ? 1 : 0], address);
}

static bool add_lines(struct assembly *a, const char *text, size_t text_bytes, size_t *added)
{
    size_t at = 0;
    while (at < text_bytes) {
        size_t end = at;
        struct word name;
        u16 address;
        while (end < text_bytes && text[end] != '\n') {
            end++;
        }
        if (read_symbol(text + at, end - at, &name, &address) &&
            !symbol_find(a, name.text, name.length)) {
            struct symbol *s = symbol_add(a, name.text, name.length);
            if (!s) {
                return false;
            }
            s->address = address;
            ++*added;
        }
        at = end + 1;
    }
    return true;
}

// So that they are found, and not added again.
static bool add_known(struct assembly *a, const struct vt_lc3_program *program)
{
    for (size_t n = 0; n < program->symbol_count; n++) {
        const char *name = program->symbols[n].name;
        if (!symbol_add(a, name, (u32)text_length(name))) {
            return false;
        }
    }
    return true;
}

bool vt_lc3_load_symbols(struct vt_lc3_program *program, const char *text, size_t text_bytes)
{
    struct assembly a = {0};
    size_t added = 0;
    program_reopen(&a, program);
    bool is_done = symbols_begin(&a) && add_known(&a, program) &&
                   add_lines(&a, text, text_bytes, &added) && added > 0 &&
                   program_add_symbols(&a, program);
    program_reclose(&a, program);
    return is_done;
}
