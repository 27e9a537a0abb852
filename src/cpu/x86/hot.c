// From instruction to instruction, for the run loop.
//
// In WebAssembly a call through a pointer is slow (it is checked, and nothing stays in registers):
// there the handlers of hot.def are cases of one loop. They are called by name, and the linker,
// which sees the code of all files (-flto), puts their bodies in place of the calls. A pointer to a
// function is a small number, so a table of bytes leads from an instruction's handler to its case;
// whoever changes insn.fn need not know of it.
#include "cpu/x86/dispatch.h"
#include "cpu/x86/ops.h"

#if defined(__wasm__)

#define HOT(name) insn_fn op_##name;
#include "cpu/x86/hot.def"
#undef HOT

enum hot {
    HOT_NONE,
#define HOT(name) HOT_##name,
#include "cpu/x86/hot.def"
#undef HOT
    HOT_COUNT
};
_Static_assert(HOT_COUNT <= UINT8_MAX, "x86.hot has bytes");

static insn_fn *const hot_fn[HOT_COUNT] = {
#define HOT(name) [HOT_##name] = op_##name,
#include "cpu/x86/hot.def"
#undef HOT
};

void x86_find_hot(struct x86 *c)
{
    for (unsigned n = HOT_NONE + 1; n < HOT_COUNT; n++) {
        uintptr_t number = (uintptr_t)hot_fn[n];
        if (number < sizeof c->hot) {
            c->hot[number] = (u8)n;
        }
    }
}

void x86_run_insns(struct x86 *c, const struct insn *i)
{
    while (i) {
        uintptr_t number = (uintptr_t)i->fn;
        switch (number < sizeof c->hot ? c->hot[number] : HOT_NONE) {
#define HOT(name)                                                                                  \
    case HOT_##name:                                                                               \
        i = op_##name(c, i);                                                                       \
        break;
#include "cpu/x86/hot.def"
#undef HOT
        default: i = i->fn(c, i); break;
        }
    }
}

#else

void x86_find_hot(struct x86 *c UNUSED)
{
}

void x86_run_insns(struct x86 *c, const struct insn *i)
{
    while (i) {
        i = i->fn(c, i);
    }
}

#endif
