// A program written as a source that assembles to the same words.
#pragma once

#include "vitrine/lc3_asm.h"

// Returns how many bytes the whole has; at most `size` are written.
size_t lc3_write_source(const struct vt_lc3_program *program, void *to, size_t size);
