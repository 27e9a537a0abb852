// Rewrites a case's instruction, which is of 32-bit code, so that it does the same in 64-bit code,
// and what came of it back. Most need nothing, or a prefix 67h: effective addresses are then cut to
// 32 bits.
//
// The new instruction ends where the old one did, so that relative branches and what follows stay
// as they are; it begins earlier if it is longer.
#pragma once

#include "case.h"
#include "cpu/x86/isa.h"

enum rewrite_rule {
    REWRITE_ADDRESS_32, // 67h
    REWRITE_NO_BASE,    // mod 0, rm 5 would be relative to RIP: a SIB byte without a base
    REWRITE_EVALUATED,  // 16-bit addressing: the address itself, as a displacement
    REWRITE_HALVES,     // 16-bit SI, DI, CX, BX: their high halves are put aside
    REWRITE_OFFSET_32,  // an offset in the instruction of 16 bits, as 32
    REWRITE_INC_DEC,    // 40 to 4F: FF /0, FF /1
    REWRITE_82,         // 80
    REWRITE_RULES
};

extern const char *const rewrite_rule_names[REWRITE_RULES];

struct rewriting {
    struct test_case c;
    u32 rules;       // bits by enum rewrite_rule
    bool is_lacking; // 64-bit code has no such instruction
    u8 half_kept;    // bit n: of register n the high half is as before
    bool is_x87;     // the pointers are this instruction's
    u16 fop, fop64;  // its opcode, before and after
};

// `d`, `i`: what the first instruction decodes to. NULL: done; else the rule by which 64-bit code
// can't say it.
const char *rewrite_64(const struct test_case *c, const struct decode_result *d,
                       const struct insn *i, struct rewriting *w);
// The result as that of the case as it was.
void rewrite_back(const struct test_case *c, const struct rewriting *w, struct result *r);
