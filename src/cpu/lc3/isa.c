#include "cpu/lc3/isa.h"

#include "base/check.h"

static const struct lc3_operand operands[] = {
#define OPERAND(letter, name, high, low, kind, about) {letter, name, high, low, LC3_##kind, about},
#define INSN(op, mnemonic, value, select, fixed, list, cc, effect)
#define ALIAS(name, op, word, about)
#include "cpu/lc3/isa.def"
};

const struct lc3_insn lc3_insns[LC3_OPS] = {
#define OPERAND(letter, name, high, low, kind, about)
#define INSN(op, mnemonic, value, select, fixed, list, cc, effect)                                 \
    [LC3_##op] = {LC3_##op, mnemonic, value, select, fixed, list, LC3_CC_##cc, effect},
#define ALIAS(name, op, word, about)
#include "cpu/lc3/isa.def"
};

const struct lc3_alias lc3_aliases[] = {
#define OPERAND(letter, name, high, low, kind, about)
#define INSN(op, mnemonic, value, select, fixed, list, cc, effect)
#define ALIAS(name, op, word, about) {name, LC3_##op, word, about},
#include "cpu/lc3/isa.def"
};

const unsigned lc3_alias_count = COUNT_OF(lc3_aliases);

const struct lc3_insn *lc3_decode(u16 word)
{
    const struct lc3_insn *insn = lc3_insns;
    while ((word ^ insn->value) & insn->select) {
        insn++; // some row selects each of the sixteen opcodes
    }
    return insn;
}

const struct lc3_operand *lc3_operand(char letter)
{
    unsigned n = 0;
    while (n < COUNT_OF(operands) && operands[n].letter != letter) {
        n++;
    }
    CHECK(n < COUNT_OF(operands));
    return &operands[n];
}

static bool has_sign(const struct lc3_operand *o)
{
    return o->kind == LC3_SIGNED || o->kind == LC3_PC_RELATIVE;
}

i32 lc3_operand_value(const struct lc3_operand *o, u16 word)
{
    unsigned bits = lc3_operand_bits(o);
    i32 value = (word >> o->low) & ((1 << bits) - 1);
    if (has_sign(o) && (value >> (bits - 1))) {
        value -= 1 << bits;
    }
    return value;
}

i32 lc3_operand_min(const struct lc3_operand *o)
{
    return has_sign(o) ? -(1 << (lc3_operand_bits(o) - 1)) : 0;
}

i32 lc3_operand_max(const struct lc3_operand *o)
{
    unsigned bits = lc3_operand_bits(o);
    return (1 << (has_sign(o) ? bits - 1 : bits)) - 1;
}
