// A program written as a source that assembles to the same words.
#pragma once

#include "base/types.h"
#include "vitrine/lc3_asm.h"

// Returns how many bytes the whole has; at most `size` are written.
size_t lc3_write_source(const struct vt_lc3_program *program, void *to, size_t size);

// --- private to cpu/lc3 (disasm.c) ---

// The address that an instruction at `address` names; false: it names none.
bool lc3_target(u16 word, u16 address, u16 *target);
// An instruction as text, with the name of the address that it names, or NULL. As
// vt_lc3_disassemble.
size_t lc3_disassemble(u16 word, const char *target, char *to, size_t size);
