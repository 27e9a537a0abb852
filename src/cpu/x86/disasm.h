// The disassembler: bytes to text in Intel syntax, from the rows that the decoder is made of.
#pragma once

#include "cpu/x86/isa.h"

enum { X86_DISASM_TEXT_BYTES = 80 }; // enough for every instruction's text

// Writes the text of the instruction in `bytes`, which lies at `rip`, to `text`. Returns its length
// in bytes; 0: more bytes are needed than `available`, or it is longer than 15 (`text` is then
// empty). What the decoder's model does not have is "(bad)". Protected mode is assumed where that
// decides what exists.
unsigned x86_disassemble(const struct decoder *d, const u8 *bytes, unsigned available,
                         enum decode_bits bits, u64 rip, char *text, size_t text_bytes);
