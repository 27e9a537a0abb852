// The string instructions MOVS, STOS, LODS, CMPS, SCAS and their repetition. INS and OUTS are in
// op_io.c.
//
// How a repetition is counted: one execution of a repeated instruction does a *run* of elements, as
// many as lie in the present page of each pointer, and counts as one instruction. If elements are
// left, RIP stays and the instruction is executed again: between two runs interrupts are taken. The
// length of a run depends on registers and linear addresses only, so that it is the same on every
// engine (law 1). With the trap flag or a breakpoint set a run is one element.
#include "cpu/x86/alu.h"
#include "cpu/x86/ops.h"
#include "cpu/x86/width.h"

#include <string.h>

struct string_run {
    u32 source, target; // offsets rSI and rDI, cut to the address size
    u64 source_linear, target_linear;
    i32 step; // bytes from one element to the next
    unsigned target_seg;
    unsigned count;  // elements
    bool is_in_page; // the whole run lies in one page of each pointer, and within the segments
};

static bool is_repeated(const struct insn *i)
{
    return (i->flags & (INSN_REP | INSN_REPNE)) != 0;
}

static bool is_unfinished(const struct x86 *c, const struct insn *i)
{
    return is_repeated(i) && ((u32)c->s.r[X86_RCX] & i->address_mask) != 0;
}

static bool is_empty_repeat(const struct x86 *c, const struct insn *i)
{
    return is_repeated(i) && ((u32)c->s.r[X86_RCX] & i->address_mask) == 0;
}

// Whether a comparison ends the repetition.
static bool decides(const struct insn *i, u64 a, u64 b)
{
    return is_repeated(i) && (a == b) != ((i->flags & INSN_REPNE) == 0);
}

static u64 string_offset(u32 start, unsigned k, i32 step, const struct insn *i)
{
    return (start + k * (u32)step) & i->address_mask;
}

// How many of `wanted` elements at `offset` lie in its page, before the offset wraps, and within
// the segment's limit; at least 1. *is_whole: if that many lie completely inside.
static unsigned fit(const struct x86 *c, const struct insn *i, unsigned seg, u32 offset, u64 linear,
                    unsigned bytes, i32 step, bool is_write, unsigned wanted, bool *is_whole)
{
    u32 in_page = (u32)linear % X86_PAGE_BYTES;
    u64 room = step > 0 ? (X86_PAGE_BYTES - in_page) / bytes
                        : (in_page + bytes > X86_PAGE_BYTES ? 0 : in_page / bytes + 1);
    u64 before_wrap = step > 0 ? ((u64)i->address_mask + 1 - offset) / bytes : offset / bytes + 1u;
    room = room < before_wrap ? room : before_wrap;
    room = room < wanted ? room : wanted;
    if (seg != X86_FLAT) {
        u64 end = is_write ? c->limits[seg].write_end : c->limits[seg].read_end;
        u64 last = step > 0 ? offset + room * bytes : (u64)offset + bytes;
        room = last <= end ? room : 0;
    }
    *is_whole = *is_whole && room > 0;
    return room > 0 ? (unsigned)room : 1;
}

static u64 string_linear(const struct x86 *c, unsigned seg, u32 offset)
{
    return (u32)(c->limits[seg].base + offset);
}

static struct string_run string_begin(const struct x86 *c, const struct insn *i, unsigned bytes,
                                      bool has_source, bool has_target)
{
    bool is_backward = (c->s.eflags & X86_DF) != 0;
    struct string_run run = {
        .source = (u32)c->s.r[X86_RSI] & i->address_mask,
        .target = (u32)c->s.r[X86_RDI] & i->address_mask,
        .step = is_backward ? -(i32)bytes : (i32)bytes,
        .target_seg = i->flags & INSN_ES_FLAT ? X86_FLAT : X86_ES,
        .count = is_repeated(i) ? (u32)c->s.r[X86_RCX] & i->address_mask : 1,
        .is_in_page = true,
    };
    bool is_stepped = (c->s.eflags & X86_TF) || c->has_breakpoints || c->has_code_breakpoints;
    run.count = is_stepped ? 1 : run.count;
    if (has_source) {
        run.source_linear = string_linear(c, i->seg, run.source);
        run.count = fit(c, i, i->seg, run.source, run.source_linear, bytes, run.step, false,
                        run.count, &run.is_in_page);
    }
    if (has_target) {
        run.target_linear = string_linear(c, run.target_seg, run.target);
        run.count = fit(c, i, run.target_seg, run.target, run.target_linear, bytes, run.step, true,
                        run.count, &run.is_in_page);
    }
    if (UNLIKELY(c->s.eflags & X86_AC) && (run.source_linear | run.target_linear) % bytes != 0) {
        run.is_in_page = false; // each access is checked
    }
    return run;
}

// Moves the pointers over `done` elements and counts them.
static void string_advance(struct x86 *c, const struct insn *i, const struct string_run *run,
                           unsigned done, bool has_source, bool has_target)
{
    unsigned bits = i->flags & INSN_ADDRESS_32 ? 32 : 16;
    if (has_source) {
        reg_write(c, X86_RSI, bits, run->source + done * (u32)run->step);
    }
    if (has_target) {
        reg_write(c, X86_RDI, bits, run->target + done * (u32)run->step);
    }
    if (is_repeated(i)) {
        reg_write(c, X86_RCX, bits, (u32)c->s.r[X86_RCX] - done);
    }
}

// --- a run as a whole ---
//
// A run in one page of plain memory is done on the host's memory. Where the TLB doesn't lead there
// at once, the first element goes the way of a single access, which faults, fills the TLB and marks
// what it must; the others can do none of that any more. So both are asked for at elements 0 and 1.

static bool may_be_whole(const struct string_run *run, unsigned k)
{
    return k < 2 && run->count - k > 1 && run->is_in_page;
}

static const u8 *whole_source(const struct x86 *c, const struct string_run *run, unsigned k)
{
    return x86_fast(c, run->source_linear + k * (u64)run->step, X86_READ);
}

// The target as what is compared, not written.
static const u8 *whole_comparand(const struct x86 *c, const struct string_run *run, unsigned k)
{
    return x86_fast(c, run->target_linear + k * (u64)run->step, X86_READ);
}

static u8 *whole_target(struct x86 *c, const struct string_run *run, unsigned k)
{
    u64 linear = run->target_linear + k * (u64)run->step;
    u8 *to = x86_fast(c, linear, X86_WRITE);
    return to || k == 0 ? to : x86_run_target_slow(c, linear);
}

// Elements k to the last were written, the first of them to `to`.
static void whole_written(struct x86 *c, const struct string_run *run, unsigned k, const u8 *to)
{
    u64 linear = run->target_linear + k * (u64)run->step;
    if (LIKELY(x86_fast(c, linear, X86_WRITE) != NULL)) {
        return; // nobody wants to know
    }
    unsigned n = run->count - k;
    i32 lowest = run->step > 0 ? 0 : (i32)(n - 1) * run->step;
    unsigned bytes = n * (unsigned)(run->step > 0 ? run->step : -run->step);
    x86_run_written(c, linear + (u64)lowest, to + lowest, bytes);
}

// clang-format off
#define BITS 8
#include "cpu/x86/op_string.inc"
#undef BITS
#define BITS 16
#include "cpu/x86/op_string.inc"
#undef BITS
#define BITS 32
#include "cpu/x86/op_string.inc"
#undef BITS
#define BITS 64
#include "cpu/x86/op_string.inc"
#undef BITS
// clang-format on
