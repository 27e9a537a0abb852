// From a word to its cell: which handler, and its operands where the handler wants them.
#include "cpu/lc3/dispatch.h"

#include <string.h>

static u16 field(u16 word, char letter)
{
    return (u16)lc3_operand_value(lc3_operand(letter), word);
}

// Registers go by their place in the word: what is no register there is not read.
static void fill_operands(struct lc3_cell *cell, const struct lc3_insn *insn, u16 pc, u16 word)
{
    u16 next = (u16)(pc + 1);
    cell->dr = (u8)(word >> 9 & 7);
    cell->sr = (u8)(word >> 6 & 7);
    switch (insn->op) {
    case LC3_ADD:
    case LC3_AND: cell->value = field(word, 'b'); break;
    case LC3_ADD_IMM:
    case LC3_AND_IMM: cell->value = field(word, 'i'); break;
    case LC3_LDR:
    case LC3_STR: cell->value = field(word, 'o'); break;
    case LC3_BR:
    case LC3_LD:
    case LC3_ST:
    case LC3_LDI:
    case LC3_STI:
    case LC3_LEA: cell->value = (u16)(next + field(word, 'p')); break;
    case LC3_JSR: cell->value = (u16)(next + field(word, 'j')); break;
    case LC3_TRAP: cell->value = field(word, 't'); break;
    case LC3_JSRR:
    case LC3_RTI:
    case LC3_NOT:
    case LC3_JMP:
    case LC3_RESERVED:
    case LC3_OPS: break;
    }
    if (insn->op == LC3_JSR || insn->op == LC3_JSRR) {
        cell->dr = 7;
    }
}

static enum lc3_record_kind record_kind(enum lc3_op op)
{
    switch (op) {
    case LC3_ADD:
    case LC3_ADD_IMM:
    case LC3_AND:
    case LC3_AND_IMM:
    case LC3_NOT:
    case LC3_LD:
    case LC3_LDR:
    case LC3_LDI:
    case LC3_LEA:
    case LC3_JSR:
    case LC3_JSRR: return LC3_RECORD_REGISTER;
    case LC3_ST:
    case LC3_STR:
    case LC3_STI: return LC3_RECORD_MEMORY;
    case LC3_TRAP:
    case LC3_RTI:
    case LC3_RESERVED: return LC3_RECORD_STATE;
    case LC3_BR:
    case LC3_JMP:
    case LC3_OPS: break;
    }
    return LC3_RECORD_JUMP;
}

// A jump to a fixed address that not every mode can reach from here, and the endless loop of one
// instruction, which the run loop wants to see.
static bool is_target_odd(const struct lc3_insn *insn, u16 pc, u16 target)
{
    bool is_jump = insn->op == LC3_BR || insn->op == LC3_JSR;
    bool leaves_user_space = pc >= LC3_USER_FIRST && target < LC3_USER_FIRST;
    return is_jump && (leaves_user_space || target >= LC3_DEVICES_FIRST || target == pc);
}

static const struct lc3_handlers *find_handlers(const struct lc3 *c, const struct lc3_insn *insn,
                                                u16 word)
{
    if (lc3_wrong_bits(insn, word)) {
        return &lc3_handlers[LC3_RESERVED];
    }
    if (insn->op == LC3_LEA && c->config.edition == LC3_EDITION_2) {
        return &lc3_lea2_handlers;
    }
    return &lc3_handlers[insn->op];
}

lc3_fn *lc3_fill_cell(struct lc3 *c, u16 address, u16 word)
{
    struct lc3_cell *cell = &c->cells[address];
    const struct lc3_insn *insn = lc3_decode(word);
    const struct lc3_handlers *handlers = find_handlers(c, insn, word);
    fill_operands(cell, insn, address, word);
    cell->stamp = address | (u32)cell->dr << LC3_STAMP_REGISTER_SHIFT |
                  (u32)record_kind(insn->op) << LC3_STAMP_KIND_SHIFT;
    if (is_target_odd(insn, address, cell->value) || c->config.uninit != LC3_UNINIT_OFF) {
        cell->fn = handlers->slow;
    } else {
        cell->fn = c->journal ? handlers->journaled : handlers->plain;
    }
    return handlers->slow;
}

void lc3_decode_cell(struct lc3 *c, u16 address)
{
    lc3_fill_cell(c, address, c->memory[address]);
    if (lc3_is_broken(c, address)) {
        c->cells[address].fn = lc3_op_break;
    }
}

void lc3_forget_cell(struct lc3 *c, u16 address)
{
    bool is_inside = address < LC3_DEVICES_FIRST && lc3_is_written(c, address);
    c->cells[address].fn = is_inside ? lc3_op_undecoded : lc3_op_outside;
}

void lc3_forget_cells(struct lc3 *c)
{
    for (u32 n = 0; n < LC3_WORDS; n++) {
        lc3_forget_cell(c, (u16)n);
    }
    c->cells[LC3_WORDS].fn = lc3_op_wrap;
}

void lc3_set_breakpoint(struct lc3 *c, u16 address, bool is_set)
{
    u8 bit = (u8)(1u << address % 8);
    c->breakpoints[address / 8] = (u8)((c->breakpoints[address / 8] & ~bit) | (is_set ? bit : 0));
    lc3_forget_cell(c, address);
}

// Of all breakpoints: what they do to their cells has changed.
static void forget_broken_cells(struct lc3 *c)
{
    for (u32 n = 0; n < sizeof c->breakpoints; n++) {
        for (u32 bit = 0; c->breakpoints[n] >> bit; bit++) {
            lc3_forget_cell(c, (u16)(8 * n + bit));
        }
    }
}

void lc3_clear_breakpoints(struct lc3 *c)
{
    forget_broken_cells(c);
    memset(c->breakpoints, 0, sizeof c->breakpoints);
}

void lc3_ignore_breakpoints(struct lc3 *c, bool is_ignoring)
{
    c->ignores_breakpoints = is_ignoring;
    forget_broken_cells(c);
}
