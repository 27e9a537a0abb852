// The LC-3's instruction table (isa.def) for the processor, the assembler and the views.
#pragma once

#include "base/types.h"

enum lc3_operand_kind {
    LC3_REGISTER,
    LC3_SIGNED,
    LC3_PC_RELATIVE,
    LC3_UNSIGNED,
    LC3_CONDITION,
};

// A field of an instruction: bits [high:low].
struct lc3_operand {
    char letter; // that names it in lc3_insn.operands
    const char *name;
    u8 high, low;
    enum lc3_operand_kind kind;
    const char *about;
};

// How an instruction sets N, Z and P.
enum lc3_cc {
    LC3_CC_NONE,
    LC3_CC_RESULT,
    LC3_CC_SECOND, // by its result in the 2nd edition, not at all in the 3rd
    LC3_CC_STACK,
};

enum lc3_op {
#define OPERAND(letter, name, high, low, kind, about)
#define INSN(op, mnemonic, value, select, fixed, operands, cc, effect) LC3_##op,
#define ALIAS(name, op, word, about)
#include "cpu/lc3/isa.def"
    LC3_OPS,
};

// An encoding: the columns of isa.def.
struct lc3_insn {
    enum lc3_op op;
    const char *mnemonic; // "" for the reserved opcode
    u16 value, select, fixed;
    const char *operands;
    enum lc3_cc cc;
    const char *effect;
};

struct lc3_alias {
    const char *name;
    enum lc3_op op;
    u16 word;
    const char *about;
};

extern const struct lc3_insn lc3_insns[LC3_OPS]; // by enum lc3_op
extern const struct lc3_alias lc3_aliases[];
extern const unsigned lc3_alias_count;

// What a word is when executed; the reserved opcode has a row, too. Never NULL.
const struct lc3_insn *lc3_decode(u16 word);

// The bits of a word that must be otherwise for it to be legal; 0: none.
static inline u16 lc3_wrong_bits(const struct lc3_insn *insn, u16 word)
{
    return (u16)((word ^ insn->value) & insn->fixed);
}

// The field that a letter in lc3_insn.operands names.
const struct lc3_operand *lc3_operand(char letter);

static inline unsigned lc3_operand_bits(const struct lc3_operand *o)
{
    return (unsigned)(o->high - o->low + 1);
}

// The operand's value in a word, sign-extended if it is a number with a sign.
i32 lc3_operand_value(const struct lc3_operand *o, u16 word);

// The smallest and the largest value that fits.
i32 lc3_operand_min(const struct lc3_operand *o);
i32 lc3_operand_max(const struct lc3_operand *o);
