// For the templates op_*.inc, which are included once for each operand width with BITS set to 8,
// 16, 32 or 64: names with the width at their end, and the operands.
#pragma once

#include "cpu/x86/access.h"
#include "cpu/x86/dispatch.h"
#include "cpu/x86/flags.h"

#define GLUE3_(a, b, c) a##b##c
#define GLUE3(a, b, c)  GLUE3_(a, b, c)

// clang-format off
#define PLAIN_EXPAND(name)               OP(name)
#define PURE_EXPAND(name)                OP_PURE(name)
#define FAST_EXPAND(name)                OP_FAST(name)
#define MEMORY_EXPAND(name, simple_name) OP_MEMORY(name, simple_name)
#define PLAIN_W(name) PLAIN_EXPAND(GLUE3(name, _, BITS)) // the rare and the long
#define PURE_W(name)  PURE_EXPAND(GLUE3(name, _, BITS))  // no ModR/M, no memory
#define PURE_R(name)  PURE_EXPAND(GLUE3(name, _r, BITS)) // register form, no memory
#define FAST_W(name)  FAST_EXPAND(GLUE3(name, _, BITS))  // no ModR/M
#define FAST_R(name)  FAST_EXPAND(GLUE3(name, _r, BITS)) // register form that may fault
#define FAST_M(name)  MEMORY_EXPAND(GLUE3(name, _m, BITS), GLUE3(name, _b, BITS)) // memory forms
// clang-format on

// Offset and segment of the memory operand in the body of an OP_MEMORY.
#define EA  (simple ? (u64)((u32)c->s.r[i->base] + i->disp) : ea(c, i))
#define SEG (simple ? (unsigned)X86_FLAT : i->seg)

// Accesses in the body of an OP_FAST: in its first function only what needs no call.
#define LOAD(...)      (slow ? x86_load_fast(__VA_ARGS__) : x86_load(__VA_ARGS__))
#define STORE(...)     (slow ? x86_store_fast(__VA_ARGS__) : x86_store(__VA_ARGS__))
#define LOAD_RMW(...)  (slow ? x86_load_rmw_fast(__VA_ARGS__) : x86_load_rmw(__VA_ARGS__))
#define STORE_RMW(...) (slow ? x86_store_rmw_fast(__VA_ARGS__) : x86_store_rmw(__VA_ARGS__))
#define PUSH(...)      (slow ? x86_push_fast(__VA_ARGS__) : x86_push(__VA_ARGS__))
#define PEEK(...)      (slow ? x86_peek_fast(__VA_ARGS__) : x86_peek(__VA_ARGS__))

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
