// What the program says to its user on standard error: one line, "vitrine: ..." in front.
#pragma once

#include <stdarg.h>
#include <stddef.h>

#if defined(__GNUC__)
#define MESSAGE_FORMAT __attribute__((format(printf, 1, 2)))
#else
#define MESSAGE_FORMAT
#endif

// Prints "vitrine: " and the text, which names the file or option that it is about. Here and below,
// what a terminal would obey is shown as `?`.
void message(const char *format, ...) MESSAGE_FORMAT;
// Behind it: a line of a file, and below it `count` carets from `column` on, counted from 1.
void message_source(const char *line, size_t length, unsigned column, unsigned count);
