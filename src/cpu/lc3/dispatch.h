// The macros that exec.c is written with: how a handler begins, goes on, and ends.
//
//   OP(name) { ... NEXT; }     an instruction; `now` says for which of three uses it is compiled:
//       WITH_JOURNAL   hot: leaves a record, touches plain memory only
//       WITHOUT        the same without records
//       SLOWLY         everything is allowed: devices, faults, strict modes; ends in the run loop
//
//   NEXT       on to the word behind this one
//   JUMP(to)   on to an address that the present mode can reach
//   LEAVE      this takes the slow form: nothing has changed yet, and it begins anew. In the slow
//              form: c->fault is filled
//
// A hot handler goes on by a call in tail position, which compilers make a jump of
// (tools/tail_calls.py checks it). Where they don't (HAS_TAIL_CALLS) it returns the next cell to
// the run loop.
#pragma once

#include "cpu/lc3/lc3.h"

enum lc3_use { WITH_JOURNAL, WITHOUT, SLOWLY };

// Leaves with `at` still to be run, n steps done.
ALWAYS_INLINE const struct lc3_cell *lc3_leave(struct lc3 *c, u16 pc, u32 n, u32 psr)
{
    c->s.pc = pc;
    c->s.psr = (u16)psr;
    c->n = n;
    return NULL;
}

// What a handler hands to the next one, where both are parts of one loop (exec.c).
struct lc3_step {
    u32 n, psr;
};

ALWAYS_INLINE const struct lc3_cell *lc3_go(struct lc3 *c, const struct lc3_cell *to, u32 n,
                                            u32 psr, enum lc3_use now, struct lc3_step *step)
{
    if (now == SLOWLY || UNLIKELY(n == c->end)) {
        return lc3_leave(c, (u16)(to - c->cells), n, psr);
    }
    if (step) {
        *step = (struct lc3_step){n, psr};
        return to;
    }
#if !HAS_TAIL_CALLS
    c->n = n;
    c->psr = psr;
    return to;
#else
    return to->fn(c, to, n, psr);
#endif
}

#define OP(name)                                                                                   \
    ALWAYS_INLINE const struct lc3_cell *body_##name(struct lc3 *c, const struct lc3_cell *at,     \
                                                     u32 n, u32 psr, enum lc3_use now,             \
                                                     lc3_fn *slow, struct lc3_step *step);         \
    static NOINLINE const struct lc3_cell *slow_##name(struct lc3 *c, const struct lc3_cell *at,   \
                                                       u32 n, u32 psr)                             \
    {                                                                                              \
        lc3_leave(c, (u16)at->stamp, n, psr);                                                      \
        c->is_step_saved = false;                                                                  \
        return body_##name(c, at, n, psr, SLOWLY, NULL, NULL);                                     \
    }                                                                                              \
    static const struct lc3_cell *journaled_##name(struct lc3 *c, const struct lc3_cell *at,       \
                                                   u32 n, u32 psr)                                 \
    {                                                                                              \
        return body_##name(c, at, n, psr, WITH_JOURNAL, slow_##name, NULL);                        \
    }                                                                                              \
    static const struct lc3_cell *plain_##name(struct lc3 *c, const struct lc3_cell *at, u32 n,    \
                                               u32 psr)                                            \
    {                                                                                              \
        return body_##name(c, at, n, psr, WITHOUT, slow_##name, NULL);                             \
    }                                                                                              \
    ALWAYS_INLINE const struct lc3_cell *body_##name(                                              \
        struct lc3 *c, const struct lc3_cell *at, u32 n, u32 psr, enum lc3_use now,                \
        lc3_fn *slow UNUSED, struct lc3_step *step UNUSED)

#define NEXT     return lc3_go(c, at + 1, n + 1, psr, now, step)
#define JUMP(to) return lc3_go(c, c->cells + (to), n + 1, psr, now, step)
#define LEAVE    return slow ? slow(c, at, n, psr) : lc3_fail(c)
