// Zero-ended text: its length, comparison, and a line put together piece by piece in a buffer of
// the caller, cut off where it does not fit.
#pragma once

#include "base/types.h"

static inline size_t text_length(const char *text)
{
    // The bound is for compilers that would make a call of strlen of this, which src/ has not got.
    size_t length = 0;
    while (length < SIZE_MAX && text[length]) {
        length++;
    }
    return length;
}

static inline bool text_equal(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

struct text {
    char *at;
    size_t size_bytes; // of the buffer, its closing zero included; at least 1
    size_t length;
};

static inline struct text text_in(char *buffer, size_t size_bytes)
{
    buffer[0] = 0;
    return (struct text){.at = buffer, .size_bytes = size_bytes};
}

static inline void text_char(struct text *t, char c)
{
    if (t->length + 1 < t->size_bytes) {
        t->at[t->length++] = c;
        t->at[t->length] = 0;
    }
}

static inline void text_put(struct text *t, const char *words)
{
    while (*words) {
        text_char(t, *words++);
    }
}

// The low `digits` hexadecimal digits.
static inline void text_hex(struct text *t, u64 value, unsigned digits)
{
    while (digits-- > 0) {
        text_char(t, "0123456789abcdef"[(value >> (4 * digits)) & 15]);
    }
}

static inline void text_decimal(struct text *t, u64 value)
{
    char digits[20];
    unsigned count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (count > 0) {
        text_char(t, digits[--count]);
    }
}

// Spaces up to `column`, at least one.
static inline void text_column(struct text *t, size_t column)
{
    do {
        text_char(t, ' ');
    } while (t->length < column && t->length + 1 < t->size_bytes);
}
