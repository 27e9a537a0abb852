#include "host/posix/message.h"

#include <stdio.h>

void message(const char *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    // One call, so that lines of several processes do not mix.
    fprintf(stderr, "vitrine: %s\n", text);
}
