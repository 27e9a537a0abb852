// The decoded instruction: what the decoder makes of 1 to 15 bytes, and what every handler, the
// disassembler and, later, the translators read.
//
//   byte  0        8        12       16       20    22    24   25   26   27   28    29   30   31
//         | fn     | mask   | disp   | imm    | row |next | reg| rm |base|idx |shift|seg |flag|len|
#pragma once

#include "base/types.h"

struct x86;
struct insn;

// Carries out one instruction. Returns what to run next: the instruction after it, the first of
// another block, or NULL: leave to the run loop, which looks at the machine's state and finds the
// next block by RIP.
typedef const struct insn *insn_fn(struct x86 *c, const struct insn *i);

struct insn {
    insn_fn *fn;
    u32 address_mask; // ffffh or ffffffffh: what an effective address is cut to; 0: 64-bit
                      // addressing
    u32 disp;         // displacement; near branches: the target's RIP minus the block's RIP (wraps)
    u32 imm;  // immediate, sign-extended to 32 bits where the manual does; 64-bit ones: low half
              // here, high half in disp. Far pointers: offset here, selector in disp. ENTER: size |
              // level << 16
    u16 row;  // which row of isa_*.def
    u16 next; // RIP after this instruction, minus the block's RIP
    u8 reg;   // ModR/M.reg (or the opcode's low bits): register number, for byte registers its byte
              // offset
    u8 rm;    // ModR/M.rm as a register, the same way; memory forms: 0
    u8 base, index; // general registers of the address; X86_REG_ZERO: none
    u8 shift;       // scale of the index: 0 to 3
    u8 seg;    // segment of the memory operand: enum x86_seg, X86_FLAT where nothing needs checking
    u8 flags;  // INSN_ bits
    u8 length; // bytes, 1 to 15
};

enum insn_flag {
    INSN_STACK_FLAT = 1 << 0, // the stack segment is flat and 32 bits wide
    INSN_REP = 1 << 1,        // F3 prefix (REP, REPE)
    INSN_REPNE = 1 << 2,      // F2 prefix
    INSN_ADDRESS_32 =
        1 << 3, // address size is 32 bits (string and LOOP instructions: ECX, ESI, EDI)
    INSN_LOCK = 1 << 4,
    INSN_OPERAND_16 = 1 << 5, // effective operand size is 16 bits
    INSN_OPERAND_64 = 1 << 6,
    INSN_ES_FLAT = 1 << 7, // string destinations: ES is flat
};
