// The cells of an instruction, taken apart and checked.
#include "cpu/toy/toy.h"

const struct toy_row toy_rows[TOY_OPS] = {
#define TOY(code, name, a, b, text) [code] = {#name, TOY_OPERAND_##a, TOY_OPERAND_##b, text},
#include "cpu/toy/isa.def"
};

void toy_decode(struct toy_insn *i, u16 first, u16 second)
{
    *i = (struct toy_insn){
        .op = (u8)(first >> 8),
        .a = (u8)(first >> 4 & 0xf),
        .b = (u8)(first & 0xf),
        .number = second,
    };
}

u16 toy_first_cell(const struct toy_insn *i)
{
    return (u16)(i->op << 8 | i->a << 4 | i->b);
}

static bool is_register(u8 digit)
{
    return digit >= 0xa && digit <= 0xd;
}

static bool say(struct text *why, const char *what, u64 value, unsigned digits)
{
    text_put(why, what);
    text_hex(why, value, digits);
    return false;
}

bool toy_check(const struct toy_insn *i, struct text *why)
{
    if (i->op >= TOY_OPS) {
        return say(why, "no instruction has the number ", i->op, 2);
    }
    const struct toy_row *row = &toy_rows[i->op];
    if (row->a == TOY_OPERAND_REGISTER ? !is_register(i->a) : i->a != 0) {
        return say(why, row->a ? "a must be A to D, a register, and is " : "a must be 0 and is ",
                   i->a, 1);
    }
    bool is_b_right = row->b ? i->b == 0 || is_register(i->b) : i->b == 0;
    if (!is_b_right) {
        return say(why, row->b ? "b must be 0, or A to D, and is " : "b must be 0 and is ", i->b,
                   1);
    }
    bool has_number = row->b && i->b == 0;
    if (!has_number && i->number != 0) {
        return say(why, "the second cell has no meaning here and must be 0: ", i->number, 4);
    }
    return true;
}
