// Words back into assembler text.
#include "cpu/lc3/isa.h"
#include "cpu/lc3/text.h"
#include "vitrine/lc3_asm.h"

static void put_target(struct text *t, const struct vt_lc3_program *program, i32 offset,
                       u16 address)
{
    u16 target = (u16)(address + 1 + offset);
    const struct vt_lc3_symbol *symbol = program ? vt_lc3_symbol_at(program, target) : NULL;
    if (symbol) {
        text_put(t, symbol->name);
    } else {
        text_char(t, '#');
        lc3_text_signed(t, offset);
    }
}

static void put_condition(struct text *t, u16 word)
{
    static const char letters[] = "nzp";
    for (unsigned n = 0; n < 3; n++) {
        if (word & (0x800u >> n)) {
            text_char(t, letters[n]);
        }
    }
}

static void put_operand(struct text *t, const struct vt_lc3_program *program,
                        const struct lc3_operand *o, u16 word, u16 address)
{
    i32 value = lc3_operand_value(o, word);
    switch (o->kind) {
    case LC3_REGISTER:
        text_char(t, 'R');
        text_decimal(t, (u64)value);
        break;
    case LC3_SIGNED:
        text_char(t, '#');
        lc3_text_signed(t, value);
        break;
    case LC3_PC_RELATIVE: put_target(t, program, value, address); break;
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

static void put_insn(struct text *t, const struct vt_lc3_program *program, u16 word, u16 address)
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
        put_operand(t, program, o, word, address);
    }
}

// A BR that is never taken is data, or at least has no other spelling.
static bool has_spelling(u16 word)
{
    const struct lc3_insn *insn = lc3_decode(word);
    bool is_never = insn->op == LC3_BR && (word & 0x0e00) == 0;
    return insn->op != LC3_RESERVED && !is_never && lc3_wrong_bits(insn, word) == 0;
}

size_t vt_lc3_disassemble(const struct vt_lc3_program *program, uint16_t word, uint16_t address,
                          char *to, size_t size)
{
    // A label can be as long as a line.
    char nothing[1];
    struct text t = size > 0 ? text_in(to, size) : text_in(nothing, 1);
    if (put_alias(&t, word)) {
        return t.length;
    }
    if (has_spelling(word)) {
        put_insn(&t, program, word, address);
    } else {
        text_put(&t, ".FILL x");
        lc3_text_hex(&t, word, 4);
    }
    return t.length;
}
