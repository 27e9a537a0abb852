// Reads the part of TOML that test files need: comments, [tables] and [[arrays of tables]] by a
// bare name, and KEY = VALUE with strings of all four kinds, integers, true and false.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum toml_kind { TOML_END, TOML_TABLE, TOML_STRING, TOML_INTEGER, TOML_BOOLEAN, TOML_BAD };

struct toml_item {
    enum toml_kind kind;
    unsigned line;
    char name[64];   // of the key, or of the table that begins
    char *text;      // TOML_STRING: with escapes worked out; freed by the caller
    size_t length;   // of text
    int64_t integer; // TOML_INTEGER; 0 or 1 of TOML_BOOLEAN
    const char *why; // TOML_BAD
};

struct toml {
    const char *at;
    unsigned line;
};

void toml_begin(struct toml *t, const char *text); // zero-ended
// The next key or table; TOML_END behind the last, TOML_BAD if it can't be read.
struct toml_item toml_next(struct toml *t);
