#include "host/posix/message.h"

#include <stdio.h>

// A terminal obeys control characters, and files and their names may hold any.
static char shown(char c)
{
    return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f ? '?' : c;
}

void message(const char *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *at = text; *at; at++) {
        *at = shown(*at);
    }
    // One call, so that lines of several processes do not mix.
    fprintf(stderr, "vitrine: %s\n", text);
}

void message_source(const char *line, size_t length, unsigned column, unsigned count)
{
    fputs("  ", stderr);
    for (size_t n = 0; n < length; n++) {
        fputc(shown(line[n]), stderr);
    }
    fputs("\n  ", stderr);
    for (size_t n = 1; n < column; n++) {
        fputc(n <= length && line[n - 1] == '\t' ? '\t' : ' ', stderr);
    }
    for (unsigned n = 0; n < count; n++) {
        fputc('^', stderr);
    }
    fputc('\n', stderr);
}
