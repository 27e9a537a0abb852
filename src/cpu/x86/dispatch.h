// The macros that every op_FAMILY.c is written with: how handlers begin, go on, and end.
//
//   OP(name) { ... NEXT; }         an ordinary handler: may fault, look at time, end the block
//   OP_PURE(name) { ... NEXT; }    a hot one that only moves registers and flags: can't fault
//   OP_FAST(name) { ... NEXT; }    a hot one that accesses memory through LOAD and STORE
//
// NEXT goes on to the instruction behind this one; LEAVE returns to the run loop (after a fault, or
// with s.rip set).
//
// The hot kinds go on by a call in tail position, which the compiler turns into an indirect jump of
// the handler's own; the ordinary kind returns to the run loop, which calls the next. So the host's
// stack can't grow with the length of a run as long as the hot handlers really end in jumps:
// tools/tail_calls.py checks that in the library. Where compilers don't do it (HAS_TAIL_CALLS) all
// of them return.
//
// OP_FAST makes two functions of one body. The first has no calls at all in it, so that it needs no
// stack frame: LOAD and STORE do only what the TLB allows, and where that is not enough LEAVE goes
// to the second, which begins anew with everything allowed. That is right because an instruction
// commits nothing before its last possible fault.
#pragma once

#include "cpu/x86/x86.h"

#if HAS_TAIL_CALLS
#define GO(to) (to)->fn(c, (to))
#else
#define GO(to) (to)
#endif

// Where the run loop has the hot handlers as cases (hot.c), the linker puts their code there.
#if defined(__wasm__)
#define INLINE_IN_LOOP __attribute__((always_inline))
#else
#define INLINE_IN_LOOP
#endif

#define OP(name)                                                                                   \
    ALWAYS_INLINE const struct insn *body_##name(struct x86 *c, const struct insn *i, bool chain,  \
                                                 insn_fn *slow);                                   \
    const struct insn *op_##name(struct x86 *c, const struct insn *i)                              \
    {                                                                                              \
        c->at = i;                                                                                 \
        return body_##name(c, i, false, NULL);                                                     \
    }                                                                                              \
    ALWAYS_INLINE const struct insn *body_##name(struct x86 *c UNUSED,                             \
                                                 const struct insn *i UNUSED, bool chain UNUSED,   \
                                                 insn_fn *slow UNUSED)

#define OP_PURE(name)                                                                              \
    ALWAYS_INLINE const struct insn *body_##name(struct x86 *c, const struct insn *i, bool chain); \
    INLINE_IN_LOOP const struct insn *op_##name(struct x86 *c, const struct insn *i)               \
    {                                                                                              \
        return body_##name(c, i, true);                                                            \
    }                                                                                              \
    ALWAYS_INLINE const struct insn *body_##name(struct x86 *c UNUSED,                             \
                                                 const struct insn *i UNUSED, bool chain UNUSED)

#define OP_FAST(name)                                                                              \
    ALWAYS_INLINE const struct insn *body_##name(struct x86 *c, const struct insn *i, bool chain,  \
                                                 insn_fn *slow);                                   \
    static NOINLINE const struct insn *slow_##name(struct x86 *c, const struct insn *i)            \
    {                                                                                              \
        c->at = i;                                                                                 \
        return body_##name(c, i, false, NULL);                                                     \
    }                                                                                              \
    INLINE_IN_LOOP const struct insn *op_##name(struct x86 *c, const struct insn *i)               \
    {                                                                                              \
        return body_##name(c, i, true, slow_##name);                                               \
    }                                                                                              \
    ALWAYS_INLINE const struct insn *body_##name(struct x86 *c UNUSED,                             \
                                                 const struct insn *i UNUSED, bool chain UNUSED,   \
                                                 insn_fn *slow UNUSED)

// An OP_FAST with a memory operand: op_NAME for every kind of address, op_SIMPLE for the simplest
// one (isa.h), for which `simple` is true in the body.
#define OP_MEMORY(name, simple_name)                                                               \
    ALWAYS_INLINE const struct insn *body_##name(struct x86 *c, const struct insn *i, bool chain,  \
                                                 insn_fn *slow, bool simple);                      \
    static NOINLINE const struct insn *slow_##name(struct x86 *c, const struct insn *i)            \
    {                                                                                              \
        c->at = i;                                                                                 \
        return body_##name(c, i, false, NULL, false);                                              \
    }                                                                                              \
    INLINE_IN_LOOP const struct insn *op_##name(struct x86 *c, const struct insn *i)               \
    {                                                                                              \
        return body_##name(c, i, true, slow_##name, false);                                        \
    }                                                                                              \
    INLINE_IN_LOOP const struct insn *op_##simple_name(struct x86 *c, const struct insn *i)        \
    {                                                                                              \
        return body_##name(c, i, true, slow_##name, true);                                         \
    }                                                                                              \
    ALWAYS_INLINE const struct insn *body_##name(struct x86 *c UNUSED,                             \
                                                 const struct insn *i UNUSED, bool chain UNUSED,   \
                                                 insn_fn *slow UNUSED, bool simple UNUSED)

#define NEXT  return chain ? GO(i + 1) : i + 1
#define LEAVE return slow ? slow(c, i) : NULL

// Ends the block at RIP `rip`, back to the run loop. Instructions of the block that have not run
// are given back.
ALWAYS_INLINE const struct insn *leave_at(struct x86 *c, u64 rip)
{
    c->budget += c->block->count - 1 - (c->at - c->block->insn);
    c->s.rip = rip;
    c->block = NULL;
    return NULL;
}

// The same after an instruction that changes what the next one may see (mode, interrupt flag, TLB
// ...).
ALWAYS_INLINE const struct insn *leave_next(struct x86 *c)
{
    return leave_at(c, x86_next_rip(c));
}

// The same to this very instruction: a repetition that is not done. RF, until it is done: a code
// breakpoint at it counts once, and what comes between pushes it ([SDM3] 17.3.1.1).
static inline const struct insn *leave_again(struct x86 *c)
{
    u64 rip = x86_rip(c);
    c->s.eflags |= X86_RF;
    return leave_at(c, rip);
}

// --- from the last instruction of a block to another block, without the run loop if possible ---

// Out of line, block.c: to `rip`, found or not yet decoded; #GP(0) at `i` if that is outside the
// code segment. `link`: which link of the present block to remember the target in if it lies in the
// same page; X86_NO_LINK: none.
enum { X86_NO_LINK = 2 };
const struct insn *x86_jump_find(struct x86 *c, const struct insn *i, u64 rip, unsigned link);

// Enters a block at `rip`, for all of its instructions. Returns the first.
ALWAYS_INLINE const struct insn *enter_block(struct x86 *c, struct x86_block *b, u64 rip)
{
    c->budget -= b->count;
    c->block = b;
    c->block_rip = rip;
    return b->insn;
}

// `i` ends the block: on at the fixed distance `distance` from the block's start. A link can be
// followed while the budget lasts for all of its block (a dead one costs more than any budget).
ALWAYS_INLINE const struct insn *jump_linked(struct x86 *c, const struct insn *i, u32 distance,
                                             u32 mask, unsigned link)
{
    u64 rip = (u32)(c->block_rip + distance);
    struct x86_block *b = c->block->link[link];
    if (LIKELY(c->budget >= b->cost && rip <= mask && rip + b->bytes <= c->code_end)) {
        const struct insn *first = enter_block(c, b, rip);
        return GO(first);
    }
    return x86_jump_find(c, i, rip & mask, rip <= mask ? link : X86_NO_LINK);
}

// A near transfer of control must stay within the code segment: else #GP(0) at the instruction
// itself, which x86_bad_target raises.
ALWAYS_INLINE bool is_target_inside(const struct x86 *c, u64 rip)
{
    return LIKELY(rip < c->code_end);
}

const struct insn *x86_bad_target(struct x86 *c, const struct insn *i);
