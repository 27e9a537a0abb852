// The toy's assembler: what its parts share. vitrine/toy.h is what others use.
#pragma once

#include "cpu/toy/toy.h"

// A piece of the source.
struct toy_word {
    const char *text;
    size_t length; // 0: nothing is there
    u32 line, column;
};

enum { TOY_WORDS = 24 }; // on a line

// A statement as text and JSON give it: MOV, AX, 5. Brackets and quotes belong to their words.
struct toy_statement {
    struct toy_word label; // in front; length 0: none
    struct toy_word name;  // length 0: no instruction
    struct toy_word operands[TOY_WORDS];
    unsigned operand_count;
};

struct toy_assembly {
    struct vt_toy_program *out;
    bool is_first_pass; // labels get their addresses; errors are told in the second
    unsigned address;
};

bool toy_word_is(const struct toy_word *w, const char *text); // whatever the case
// Adds an error about a word. Messages and hints are cut to their room.
void toy_error(struct toy_assembly *a, const struct toy_word *w, const char *message,
               const char *hint);
// The same with the word itself, in quotes, in front of the message.
void toy_error_about(struct toy_assembly *a, const struct toy_word *w, const char *message,
                     const char *hint);

// asm.c: translates a statement and moves `address` on.
void toy_assemble_statement(struct toy_assembly *a, const struct toy_statement *s);
// asm_text.c, asm_json.c: find the statements of a source.
void toy_read_text(struct toy_assembly *a, const char *source, size_t size_bytes);
void toy_read_json(struct toy_assembly *a, const char *source, size_t size_bytes);
