// The LC-3's operating systems as words: made of rom/lc3os/*.asm by our assembler (lc3os.gen.c).
#pragma once

#include "base/types.h"

struct lc3os_segment {
    u16 origin, count;
    const u16 *words;
};

// Of edition 2 or 3.
const struct lc3os_segment *lc3os_segments(unsigned edition, unsigned *count);
