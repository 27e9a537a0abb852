// Descriptors, and what the far transfers share: loading segments, stacks of inner levels, frames.
//
//   high  31..24    23 22 21 20  19..16       15 14 13 12 11..8   7..0
//         base      G  D  L  AVL limit        P  DPL   S  type    base
//   low   31..16    15..0
//         base      limit
//
// A gate has the offset in high 31..16 and low 15..0, the selector in low 31..16, and a call gate
// the number of parameters in high 4..0. Sources: [SDM3] 3.4.5, 5.8.3, 6.11.
#pragma once

#include "cpu/x86/access.h"
#include "cpu/x86/x86.h"

enum x86_system_type { // of descriptors with S clear, [SDM3] table 3-2
    X86_TYPE_TSS16 = 1,
    X86_TYPE_LDT = 2,
    X86_TYPE_TSS16_BUSY = 3,
    X86_TYPE_CALL_GATE16 = 4,
    X86_TYPE_TASK_GATE = 5,
    X86_TYPE_INTERRUPT_GATE16 = 6,
    X86_TYPE_TRAP_GATE16 = 7,
    X86_TYPE_TSS32 = 9,
    X86_TYPE_TSS32_BUSY = 11,
    X86_TYPE_CALL_GATE32 = 12,
    X86_TYPE_INTERRUPT_GATE32 = 14,
    X86_TYPE_TRAP_GATE32 = 15,
    X86_TYPE_BUSY = 2, // bit of a TSS's type
    X86_TYPE_WIDE = 8, // bit of a TSS's or gate's type: 32 bits
};

struct descriptor {
    u64 linear; // address of its 8 bytes
    u32 low, high;
    u16 selector;
};

static inline u16 descriptor_attributes(const struct descriptor *d)
{
    return (u16)((d->high >> 8) & 0xf0ff);
}

static inline u64 descriptor_base(const struct descriptor *d)
{
    return d->low >> 16 | (d->high & 0xff) << 16 | (d->high & 0xff000000);
}

static inline u32 descriptor_limit(const struct descriptor *d)
{
    u32 limit = (d->low & 0xffff) | (d->high & 0xf0000);
    return (d->high >> 23) & 1 ? limit << 12 | 0xfff : limit;
}

static inline unsigned descriptor_dpl(const struct descriptor *d)
{
    return (d->high >> 13) & 3;
}

static inline unsigned descriptor_type(const struct descriptor *d)
{
    return (d->high >> 8) & 15;
}

static inline bool descriptor_is_present(const struct descriptor *d)
{
    return (d->high >> 15) & 1;
}

static inline bool descriptor_is_system(const struct descriptor *d)
{
    return !((d->high >> 12) & 1);
}

static inline bool descriptor_is_code(const struct descriptor *d)
{
    return (d->high & 0x1800) == 0x1800;
}

static inline bool descriptor_is_conforming(const struct descriptor *d) // of code
{
    return (d->high >> 10) & 1;
}

static inline bool descriptor_is_writable_data(const struct descriptor *d)
{
    return (d->high & 0x1a00) == 0x1200;
}

static inline bool descriptor_is_readable(const struct descriptor *d) // data, or readable code
{
    return (d->high & 0x1800) == 0x1000 || (d->high & 0x1a00) == 0x1a00;
}

// A TSS that is available (or busy): 16 or 32 bits.
static inline bool descriptor_is_tss(const struct descriptor *d, bool is_busy)
{
    unsigned want = is_busy ? X86_TYPE_TSS16_BUSY : X86_TYPE_TSS16;
    return descriptor_is_system(d) && (descriptor_type(d) & ~(unsigned)X86_TYPE_WIDE) == want;
}

static inline u16 gate_selector(const struct descriptor *d)
{
    return (u16)(d->low >> 16);
}

static inline u32 gate_offset(const struct descriptor *d)
{
    u32 offset = d->low & 0xffff;
    return descriptor_type(d) & X86_TYPE_WIDE ? offset | (d->high & 0xffff0000) : offset;
}

static inline bool x86_is_null(u16 selector)
{
    return (selector & 0xfffc) == 0;
}

// x86_load_system of 2, 4 or 8 bytes with the usual case in line: far transfers do several.
static inline bool x86_read_table(struct x86 *c, u64 linear, unsigned size_bytes, u64 *value)
{
    const struct x86_tlb_entry *e =
        &c->tlbs[0].entry[X86_READ][(linear / X86_PAGE_BYTES) % X86_TLB_ENTRIES];
    if (LIKELY(x86_is_fast(e, linear, size_bytes))) {
        *value = load_bits(x86_host(e, linear), 8 * size_bytes);
        return true;
    }
    return x86_load_system(c, linear, size_bytes, value);
}

// --- seg.c ---

enum descriptor_found { DESCRIPTOR_FOUND, DESCRIPTOR_OUTSIDE, DESCRIPTOR_FAULT };

// Reads the descriptor of a selector that is not null. OUTSIDE: not within its table; nothing is
// raised. FAULT: #PF was raised.
enum descriptor_found x86_find_descriptor(struct x86 *c, u16 selector, struct descriptor *d);
// The same; outside the table raises `vector` with the selector as error code.
NODISCARD bool x86_fetch_descriptor(struct x86 *c, u16 selector, u8 vector, struct descriptor *d);
// Raises with a selector as error code; always false.
bool x86_raise_selector(struct x86 *c, u8 vector, u16 selector);
// Sets the accessed bit in memory (and in `d`) if it is clear.
NODISCARD bool x86_set_accessed(struct x86 *c, struct descriptor *d);
// Loads ES, DS, FS or GS with a selector that is not null, and checks everything; `vector` is
// raised for what is not allowed, #NP for what is not present.
NODISCARD bool x86_load_data_segment(struct x86 *c, unsigned seg, u16 selector, u8 vector);
// Sets or clears the busy bit of a TSS descriptor in memory and in `d`.
NODISCARD bool x86_set_busy(struct x86 *c, struct descriptor *d, bool is_busy);
// Loads a segment register, unchecked; limits and mode follow.
void x86_set_segment(struct x86 *c, unsigned seg, u16 selector, const struct descriptor *d);
void x86_set_null_segment(struct x86 *c, unsigned seg, u16 selector);
// After one segment register changed: what is derived from it.
void x86_segment_changed(struct x86 *c, unsigned seg);
// Sets CPL and the view of memory that goes with it.
void x86_set_cpl(struct x86 *c, unsigned cpl);

// The checks of a stack segment for privilege level `cpl`; `vector` says what is wrong with the
// selector ([SDM3] table 6-5: #TS from a TSS, #GP from a stack or an instruction).
NODISCARD bool x86_check_stack(struct x86 *c, u16 selector, unsigned cpl, u8 vector,
                               struct descriptor *d);

// A stack that is being pushed to before anything is committed.
struct x86_frame {
    struct x86_segment seg;
    u32 mask;
    u64 sp;    // all of ESP; a 16-bit stack leaves the upper half alone
    u32 error; // error code of its #SS: 0 for the present stack, the selector of a new one
};

struct x86_frame x86_frame_here(const struct x86 *c);
// Checks that `count` pushes of `bytes` will succeed, with the rights of CPL `cpl`.
NODISCARD bool x86_frame_probe(struct x86 *c, const struct x86_frame *f, unsigned count,
                               unsigned bytes, unsigned cpl);
// Pushes what was probed; the memory view must be that of the probe's CPL.
void x86_frame_push(struct x86 *c, struct x86_frame *f, unsigned bytes, u64 value);
// The stack pointer register for a frame's `sp`.
void x86_frame_set_sp(struct x86 *c, const struct x86_frame *f);
// The stack for an inner level from the TSS, checked. Errors are #TS, #SS with selectors.
NODISCARD bool x86_tss_stack(struct x86 *c, unsigned cpl, struct x86_frame *f,
                             struct descriptor *d);

// The present view of memory for another CPL, and back; nothing else changes.
static inline unsigned x86_view(struct x86 *c, unsigned cpl)
{
    unsigned old = c->s.cpl;
    c->s.cpl = (u8)cpl;
    c->tlb = &c->tlbs[cpl == 3];
    return old;
}

// --- task.c ---

// The checks of a TSS selector that is to be switched to, from a JMP, CALL, gate (#GP) or the back
// link (#TS): null, in the GDT, of the right type, present.
NODISCARD bool x86_check_tss(struct x86 *c, u16 selector, bool is_busy, u8 vector,
                             struct descriptor *d);

// --- op_control.c ---

// CR0 as MOV CR0 and LMSW write it. False: #GP(0).
NODISCARD bool x86_write_cr0(struct x86 *c, u64 value);
