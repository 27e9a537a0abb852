// What the program says to its user on standard error: one line, "vitrine: ..." in front.
#pragma once

#include <stdarg.h>

#if defined(__GNUC__)
#define MESSAGE_FORMAT __attribute__((format(printf, 1, 2)))
#else
#define MESSAGE_FORMAT
#endif

// Prints "vitrine: " and the text, which names the file or option that it is about.
void message(const char *format, ...) MESSAGE_FORMAT;
