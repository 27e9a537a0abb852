#include "core/log.h"
#include "base/types.h"

#include <stdarg.h>

enum { LINE_BYTES = 256, DIGITS_MAX = 20 };

struct line_buffer {
    char text[LINE_BYTES];
    size_t length;
};

// One `%` of a format, without its arguments.
struct directive {
    char conversion;
    char pad;
    unsigned width;
    unsigned longs; // `l`s in front of the conversion: 0, 1 or 2
};

// What does not fit is left out.
static void put(struct line_buffer *b, char c)
{
    if (b->length < LINE_BYTES - 1) {
        b->text[b->length++] = c;
    }
}

static void put_text(struct line_buffer *b, const char *text)
{
    for (text = text ? text : "(null)"; *text; text++) {
        put(b, *text);
    }
}

static void put_number(struct line_buffer *b, const struct directive *d, u64 value, bool is_minus)
{
    static const char digit_of[] = "0123456789abcdef";
    unsigned base = d->conversion == 'x' ? 16 : 10, count = 0;
    char digits[DIGITS_MAX];
    do {
        digits[count++] = digit_of[value % base];
        value /= base;
    } while (value > 0);

    unsigned length = count + is_minus;
    if (is_minus && d->pad == '0') {
        put(b, '-');
    }
    for (; length < d->width; length++) {
        put(b, d->pad);
    }
    if (is_minus && d->pad != '0') {
        put(b, '-');
    }
    while (count > 0) {
        put(b, digits[--count]);
    }
}

// Returns the first character behind the directive; `format` is just behind the `%`.
static const char *parse(const char *format, struct directive *d)
{
    *d = (struct directive){.pad = *format == '0' ? '0' : ' '};
    while (*format >= '0' && *format <= '9') {
        d->width = 10 * d->width + (unsigned)(*format++ - '0');
    }
    while (*format == 'l') {
        d->longs++;
        format++;
    }
    d->conversion = *format;
    return *format ? format + 1 : format;
}

static i64 next_signed(va_list *arguments, unsigned longs)
{
    switch (longs) {
    case 0: return va_arg(*arguments, int);
    case 1: return va_arg(*arguments, long);
    default: return va_arg(*arguments, long long);
    }
}

static u64 next_unsigned(va_list *arguments, unsigned longs)
{
    switch (longs) {
    case 0: return va_arg(*arguments, unsigned);
    case 1: return va_arg(*arguments, unsigned long);
    default: return va_arg(*arguments, unsigned long long);
    }
}

static void put_directive(struct line_buffer *b, const struct directive *d, va_list *arguments)
{
    switch (d->conversion) {
    case 's': put_text(b, va_arg(*arguments, const char *)); break;
    case 'c': put(b, (char)va_arg(*arguments, int)); break;
    case 'u':
    case 'x': put_number(b, d, next_unsigned(arguments, d->longs), false); break;
    case 'd': {
        i64 value = next_signed(arguments, d->longs);
        put_number(b, d, value < 0 ? 0 - (u64)value : (u64)value, value < 0);
        break;
    }
    case '\0': break;
    default: put(b, d->conversion); break; // %% too
    }
}

static void send(struct log *l, enum vt_log kind, const char *format, va_list *arguments)
{
    if (l->line_count > LOG_LINES_MAX || !l->host || !l->host->log) {
        return;
    }
    if (l->line_count++ == LOG_LINES_MAX) {
        l->host->log(l->host->owner, kind, "too many messages: the rest is not shown");
        return;
    }
    struct line_buffer b = {.length = 0};
    while (*format) {
        if (*format != '%') {
            put(&b, *format++);
            continue;
        }
        struct directive d;
        format = parse(format + 1, &d);
        put_directive(&b, &d, arguments);
    }
    b.text[b.length] = '\0';
    l->host->log(l->host->owner, kind, b.text);
}

void log_guest(struct log *l, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    send(l, VT_LOG_GUEST, format, &arguments);
    va_end(arguments);
}

void log_stub(struct log *l, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    send(l, VT_LOG_STUB, format, &arguments);
    va_end(arguments);
}

void log_host(struct log *l, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    send(l, VT_LOG_HOST, format, &arguments);
    va_end(arguments);
}
