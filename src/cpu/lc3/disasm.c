// Words back into assembler text.
#include "cpu/lc3/isa.h"
#include "cpu/lc3/source.h"
#include "cpu/lc3/text.h"

static void put_condition(struct text *t, u16 word)
{
    static const char letters[] = "nzp";
    for (unsigned n = 0; n < 3; n++) {
        if (word & (0x800u >> n)) {
            text_char(t, letters[n]);
        }
    }
}

static void put_number(struct text *t, i32 value)
{
    text_char(t, '#');
    lc3_text_signed(t, value);
}

static void put_operand(struct text *t, const struct lc3_operand *o, u16 word, const char *target)
{
    i32 value = lc3_operand_value(o, word);
    switch (o->kind) {
    case LC3_REGISTER:
        text_char(t, 'R');
        text_decimal(t, (u64)value);
        break;
    case LC3_SIGNED: put_number(t, value); break;
    case LC3_PC_RELATIVE:
        if (target) {
            text_put(t, target);
        } else {
            put_number(t, value);
        }
        break;
    case LC3_UNSIGNED:
        text_char(t, 'x');
        lc3_text_hex(t, (u32)value, 2);
        break;
    case LC3_CONDITION: put_condition(t, word); break;
    }
}

static bool put_alias(struct text *t, u16 word)
{
    for (unsigned n = 0; n < lc3_alias_count; n++) {
        if (lc3_aliases[n].word == word) {
            text_put(t, lc3_aliases[n].name);
            return true;
        }
    }
    return false;
}

static void put_insn(struct text *t, u16 word, const char *target)
{
    const struct lc3_insn *insn = lc3_decode(word);
    bool is_first = true;
    text_put(t, insn->mnemonic);
    for (const char *letter = insn->operands; *letter; letter++) {
        const struct lc3_operand *o = lc3_operand(*letter);
        if (o->kind != LC3_CONDITION) {
            text_put(t, is_first ? " " : ", ");
            is_first = false;
        }
        put_operand(t, o, word, target);
    }
}

// A BR that is never taken is data, or at least has no other spelling.
static bool has_spelling(u16 word)
{
    const struct lc3_insn *insn = lc3_decode(word);
    bool is_never = insn->op == LC3_BR && (word & 0x0e00) == 0;
    return insn->op != LC3_RESERVED && !is_never && lc3_wrong_bits(insn, word) == 0;
}

bool lc3_target(u16 word, u16 address, u16 *target)
{
    for (const char *letter = lc3_decode(word)->operands; *letter; letter++) {
        const struct lc3_operand *o = lc3_operand(*letter);
        if (o->kind == LC3_PC_RELATIVE) {
            *target = (u16)(address + 1 + lc3_operand_value(o, word));
            return true;
        }
    }
    return false;
}

size_t lc3_disassemble(u16 word, const char *target, char *to, size_t size)
{
    // A label can be as long as a line.
    char nothing[1];
    struct text t = size > 0 ? text_in(to, size) : text_in(nothing, 1);
    if (put_alias(&t, word)) {
        return t.length;
    }
    if (has_spelling(word)) {
        put_insn(&t, word, target);
    } else {
        text_put(&t, ".FILL x");
        lc3_text_hex(&t, word, 4);
    }
    return t.length;
}

size_t vt_lc3_disassemble(const struct vt_lc3_program *program, uint16_t word, uint16_t address,
                          char *to, size_t size)
{
    u16 target;
    const struct vt_lc3_symbol *symbol =
        program && lc3_target(word, address, &target) ? vt_lc3_symbol_at(program, target) : NULL;
    return lc3_disassemble(word, symbol ? symbol->name : NULL, to, size);
}
