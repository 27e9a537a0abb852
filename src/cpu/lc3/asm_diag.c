#include "cpu/lc3/asm_impl.h"

#include <stdarg.h>

enum { MESSAGE_BYTES = 600 };

enum when { ON, OFF, PORTABLE };

struct diag_row {
    const char *code;
    enum vt_lc3_severity severity;
    enum when when;
    const char *name, *about;
};

static const struct diag_row rows[DIAG_COUNT] = {
#define ERROR(id, code) [DIAG_##id] = {code, VT_LC3_ERROR, ON, "", ""},
#define NAMED(id, code, severity, when, name, about)                                               \
    [DIAG_##id] = {code, VT_LC3_##severity, when, name, about},
#include "cpu/lc3/asm_diag.def"
};

_Static_assert((int)DIAG_NAMED <= (int)VT_LC3_NAMES, "a level for each name");

// --- names of warnings ---

int vt_lc3_warning_count(void)
{
    return DIAG_NAMED;
}

const char *vt_lc3_warning_name(int number)
{
    return rows[DIAG_FIRST_NAMED + number].name;
}

const char *vt_lc3_warning_about(int number)
{
    return rows[DIAG_FIRST_NAMED + number].about;
}

bool vt_lc3_warning_is_on(int number)
{
    return rows[DIAG_FIRST_NAMED + number].when == ON;
}

bool vt_lc3_warning_is_portability(int number)
{
    return rows[DIAG_FIRST_NAMED + number].when == PORTABLE;
}

static enum vt_lc3_level level_of(const struct assembly *a, enum diag_id id)
{
    const struct vt_lc3_options *o = a->options;
    if ((unsigned)id < (unsigned)DIAG_FIRST_NAMED) {
        return VT_LC3_LEVEL_ERROR;
    }
    if (o && o->levels[id - DIAG_FIRST_NAMED] != VT_LC3_LEVEL_DEFAULT) {
        return (enum vt_lc3_level)o->levels[id - DIAG_FIRST_NAMED];
    }
    if (rows[id].when != ON || (o && o->is_silent)) {
        return VT_LC3_LEVEL_OFF;
    }
    return VT_LC3_LEVEL_ON;
}

static bool is_on(const struct assembly *a, enum diag_id id)
{
    return level_of(a, id) != VT_LC3_LEVEL_OFF;
}

static enum vt_lc3_severity severity_of(const struct assembly *a, enum diag_id id)
{
    enum vt_lc3_severity severity = rows[id].severity;
    if (level_of(a, id) == VT_LC3_LEVEL_ERROR) {
        return VT_LC3_ERROR;
    }
    if (severity == VT_LC3_WARNING && a->options && a->options->are_warnings_errors) {
        return VT_LC3_ERROR;
    }
    return severity;
}

// --- texts: a small part of printf ---

static void put_signed(struct text *t, int value)
{
    if (value < 0) {
        text_char(t, '-');
    }
    text_decimal(t, value < 0 ? (u64)(-(i64)value) : (u64)value);
}

static void put_hex4(struct text *t, unsigned value)
{
    for (int shift = 12; shift >= 0; shift -= 4) {
        text_char(t, "0123456789ABCDEF"[(value >> shift) & 15]);
    }
}

// %s %d %u %04X %%
static void put_format(struct text *t, const char *format, va_list arguments)
{
    for (const char *f = format; *f; f++) {
        if (*f != '%') {
            text_char(t, *f);
            continue;
        }
        switch (*++f) {
        case 's': text_put(t, va_arg(arguments, const char *)); break;
        case 'd': put_signed(t, va_arg(arguments, int)); break;
        case 'u': text_decimal(t, va_arg(arguments, unsigned)); break;
        case '0': put_hex4(t, va_arg(arguments, unsigned)), f += 2; break;
        default: text_char(t, *f); break;
        }
    }
}

static const char *format_text(struct assembly *a, const char *format, va_list arguments)
{
    char buffer[MESSAGE_BYTES];
    struct text t = text_in(buffer, sizeof buffer);
    put_format(&t, format, arguments);
    const char *copy = arena_text(&a->arena, buffer, t.length);
    return copy ? copy : "";
}

// --- places ---

static u32 characters_of(const char *bytes, u32 count)
{
    u32 characters = 0;
    for (u32 n = 0; n < count; n++) {
        characters += ((u8)bytes[n] & 0xc0) != 0x80; // not inside a UTF-8 sequence
    }
    return characters;
}

void diag_place(const struct assembly *a, struct span at, u32 *line, u32 *column, u32 *length)
{
    u32 line_length = 0;
    const char *bytes = at.line ? lex_line(a, at.line, &line_length) : NULL;
    *line = at.line;
    *column = *length = 0;
    if (!bytes) {
        return;
    }
    u32 offset = at.offset < line_length ? at.offset : line_length;
    u32 rest = line_length - offset;
    *column = characters_of(bytes, offset) + 1;
    *length = characters_of(bytes + offset, at.length < rest ? at.length : rest);
    if (*length == 0) {
        *length = 1;
    }
}

// --- adding ---

static struct diag_entry *add_entry(struct assembly *a, enum diag_id id, struct span at)
{
    struct diag_entry *e = list_add(&a->diags);
    if (!e) {
        return NULL;
    }
    e->order = (u32)a->diags.count;
    e->d = (struct vt_lc3_diagnostic){.severity = severity_of(a, id),
                                      .code = rows[id].code,
                                      .name = rows[id].name,
                                      .message = "",
                                      .hint = "",
                                      .other_message = ""};
    diag_place(a, at, &e->d.line, &e->d.column, &e->d.length);
    if (e->d.severity == VT_LC3_ERROR) {
        a->error_count++;
    } else {
        a->warning_count++;
    }
    return e;
}

// Whether there is room for one more. The first error that is not kept is told in place of it.
static bool has_room(struct assembly *a, enum diag_id id)
{
    if (severity_of(a, id) != VT_LC3_ERROR) {
        return a->warning_count < DIAGS_MAX;
    }
    if (a->error_count < DIAGS_MAX) {
        return true;
    }
    if (a->error_count > DIAGS_MAX) {
        a->error_count++;
        return false;
    }
    struct diag_entry *e = add_entry(a, DIAG_TOO_MANY, (struct span){0});
    if (e) {
        e->d.message = "there are more errors; mend these first";
        e->order = UINT32_MAX;
    }
    return false;
}

struct vt_lc3_diagnostic *diag(struct assembly *a, enum diag_id id, struct span at,
                               const char *format, ...)
{
    if (a->is_muted || !is_on(a, id) || !has_room(a, id)) {
        return NULL;
    }
    va_list arguments;
    va_start(arguments, format);
    const char *message = format_text(a, format, arguments);
    va_end(arguments);
    struct diag_entry *e = add_entry(a, id, at);
    if (!e) {
        return NULL;
    }
    e->d.message = message;
    return &e->d;
}

void diag_hint(struct assembly *a, struct vt_lc3_diagnostic *d, const char *format, ...)
{
    if (d) {
        va_list arguments;
        va_start(arguments, format);
        d->hint = format_text(a, format, arguments);
        va_end(arguments);
    }
}

void diag_other(struct assembly *a, struct vt_lc3_diagnostic *d, struct span at, const char *format,
                ...)
{
    if (d) {
        va_list arguments;
        va_start(arguments, format);
        d->other_message = format_text(a, format, arguments);
        va_end(arguments);
        diag_place(a, at, &d->other_line, &d->other_column, &d->other_length);
    }
}

// --- in the order of the source ---

static bool is_before(const struct diag_entry *x, const struct diag_entry *y)
{
    if (x->order == UINT32_MAX || y->order == UINT32_MAX) {
        return y->order == UINT32_MAX && x->order != UINT32_MAX;
    }
    if (x->d.line != y->d.line) {
        return x->d.line < y->d.line;
    }
    if (x->d.column != y->d.column) {
        return x->d.column < y->d.column;
    }
    return x->order < y->order;
}

// At most DIAGS_MAX of them, mostly in order already: insertion is fast enough.
void diag_finish(struct assembly *a)
{
    struct diag_entry *e = a->diags.items;
    for (size_t n = 1; n < a->diags.count; n++) {
        struct diag_entry moved = e[n];
        size_t to = n;
        while (to > 0 && is_before(&moved, &e[to - 1])) {
            e[to] = e[to - 1];
            to--;
        }
        e[to] = moved;
    }
}
