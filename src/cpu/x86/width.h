// For the templates op_*.inc, which are included once for each operand width with BITS set to 8,
// 16, 32 or 64: names with the width at their end, and the operands.
#pragma once

#include "cpu/x86/access.h"
#include "cpu/x86/dispatch.h"
#include "cpu/x86/flags.h"

#define GLUE3_(a, b, c) a##b##c
#define GLUE3(a, b, c)  GLUE3_(a, b, c)

#define OP_EXPAND(name) OP(name)
#define OP_W(name)      OP_EXPAND(GLUE3(name, _, BITS))  // no ModR/M
#define OP_R(name)      OP_EXPAND(GLUE3(name, _r, BITS)) // register form
#define OP_M(name)      OP_EXPAND(GLUE3(name, _m, BITS)) // memory form

#define REG            reg_read(c, i->reg, BITS) // G
#define RM             reg_read(c, i->rm, BITS)  // E as a register
#define IMM            immediate(i, BITS)
#define SET_REG(value) reg_write(c, i->reg, BITS, value)
#define SET_RM(value)  reg_write(c, i->rm, BITS, value)
#define ACC            0 // AL, AX, EAX, RAX: number, and byte offset, are 0 alike

// The immediate cut (or, at 64 bits, sign-extended) to the operand's width.
ALWAYS_INLINE u64 immediate(const struct insn *i, unsigned bits)
{
    return bits == 64 ? sign_extend(i->imm, 32) : bits == 32 ? i->imm : i->imm & ((1u << bits) - 1);
}
