// What the readers of object files share. A reader fills a `struct assembly` as the assembler does.
#pragma once

#include "cpu/lc3/asm_impl.h"

struct object_reader {
    struct assembly *a;
    const u8 *bytes;
    size_t size, at;
};

// False: something is wrong with the file, and told, or there is no memory.
bool object_read_classic(struct object_reader *r) NODISCARD;
bool object_read_complx(struct object_reader *r) NODISCARD;
bool object_read_lc3tools(struct object_reader *r) NODISCARD;
bool object_read_ensemble(struct object_reader *r) NODISCARD;
bool object_read_digits(struct object_reader *r, unsigned base) NODISCARD; // 16: hex, 2: bin

// Whether the bytes are consistent as one of them.
bool object_is_complx(const u8 *bytes, size_t size_bytes);
bool object_is_lc3tools(const u8 *bytes, size_t size_bytes);
bool object_is_ensemble(const u8 *bytes, size_t size_bytes);
bool object_is_digits(const u8 *bytes, size_t size_bytes, unsigned base);

// --- for the readers ---

static inline size_t object_left(const struct object_reader *r)
{
    return r->size - r->at;
}

// The next two bytes, the high one first. There must be two.
static inline u16 object_be16(struct object_reader *r)
{
    u16 value = (u16)(r->bytes[r->at] << 8 | r->bytes[r->at + 1]);
    r->at += 2;
    return value;
}

bool object_begin_segment(struct assembly *a, u16 origin, u32 line) NODISCARD;
// The next word of the segment. False: it does not fit there, which is told, or no memory.
bool object_put(struct assembly *a, u16 value, enum vt_lc3_word_kind kind, u32 line) NODISCARD;
// Tells what is wrong with the file; false.
bool object_bad(struct assembly *a, const char *what);
// Makes `text`, which stays in the arena, the program's.
bool object_set_text(struct assembly *a, const char *text, size_t text_bytes) NODISCARD;
// A symbol, unless there is one of that name.
bool object_add_symbol(struct assembly *a, const char *name, u32 length, u16 address,
                       struct span at) NODISCARD;
