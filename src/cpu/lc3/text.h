// Numbers as the LC-3's assembler writes them, and bytes put one after the other into a buffer that
// may be too small.
#pragma once

#include "base/text.h"
#include "base/types.h"

#include <string.h>

static inline void lc3_text_signed(struct text *t, i64 value)
{
    if (value < 0) {
        text_char(t, '-');
    }
    text_decimal(t, value < 0 ? (u64)-value : (u64)value);
}

// Capitals, as in x3F00.
static inline void lc3_text_hex(struct text *t, u32 value, unsigned digits)
{
    while (digits-- > 0) {
        text_char(t, "0123456789ABCDEF"[(value >> (4 * digits)) & 15]);
    }
}

// Output into `size` bytes; `length` counts on, so that the caller learns how many are needed.
struct lc3_out {
    u8 *at;
    size_t size, length;
};

static inline struct lc3_out lc3_out_to(void *to, size_t size)
{
    return (struct lc3_out){.at = to, .size = size};
}

static inline void lc3_out_byte(struct lc3_out *o, u8 byte)
{
    if (o->length < o->size) {
        o->at[o->length] = byte;
    }
    o->length++;
}

static inline void lc3_out_bytes(struct lc3_out *o, const void *bytes, size_t count)
{
    if (o->length < o->size) {
        size_t room = o->size - o->length;
        memcpy(o->at + o->length, bytes, count < room ? count : room);
    }
    o->length += count;
}

static inline void lc3_out_text(struct lc3_out *o, const char *text)
{
    lc3_out_bytes(o, text, text_length(text));
}

static inline void lc3_out_hex(struct lc3_out *o, u32 value, unsigned digits)
{
    while (digits-- > 0) {
        lc3_out_byte(o, (u8) "0123456789ABCDEF"[(value >> (4 * digits)) & 15]);
    }
}

static inline void lc3_out_bits(struct lc3_out *o, u32 value, unsigned digits)
{
    while (digits-- > 0) {
        lc3_out_byte(o, (u8)('0' + ((value >> digits) & 1)));
    }
}

static inline void lc3_out_decimal(struct lc3_out *o, u64 value)
{
    char buffer[24];
    struct text t = text_in(buffer, sizeof buffer);
    text_decimal(&t, value);
    lc3_out_bytes(o, buffer, t.length);
}

// Spaces until `column` bytes have gone out since `from`.
static inline void lc3_out_column(struct lc3_out *o, size_t from, size_t column)
{
    while (o->length - from < column) {
        lc3_out_byte(o, ' ');
    }
}
