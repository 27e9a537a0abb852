// Memory as instructions see it: segment check, TLB, and the ways out of line.
//
// All functions return false when the access faults: c->fault is filled, nothing was changed, and
// the handler LEAVEs. `bits` is a constant at every call. Offsets come from ea().
#pragma once

#include "base/bytes.h"
#include "cpu/x86/x86.h"

// The effective address of i's memory operand, cut to the address size; without the segment base.
ALWAYS_INLINE u64 ea(const struct x86 *c, const struct insn *i)
{
    u32 address = (u32)c->s.r[i->base] + ((u32)c->s.r[i->index] << i->shift) + i->disp;
    return address & i->address_mask;
}

// --- out of line, access.c ---

u64 x86_load_slow(struct x86 *c, u64 linear, unsigned size_bytes); // c->access_failed tells
NODISCARD bool x86_store_slow(struct x86 *c, u64 linear, unsigned size_bytes, u64 value);
// Checks that a store would succeed and returns the old value (c->access_failed tells), for
// read-modify-write.
u64 x86_load_rmw_slow(struct x86 *c, u64 linear, unsigned size_bytes);
// After the above, to the same place, whatever reading there may have done to the page tables.
void x86_store_rmw_slow(struct x86 *c, u64 value);

// Where a run of stores in one page goes that the TLB does not allow the fast way: the memory, if
// the page has no registers (what is lost has a place, too). NULL: element by element. For runs
// whose first element was stored, with no breakpoints. x86_run_written tells afterwards that the
// bytes from `linear` on, which are at `to`, were written.
u8 *x86_run_target_slow(struct x86 *c, u64 linear);
void x86_run_written(struct x86 *c, u64 linear, const u8 *to, unsigned bytes);

// Accesses of the processor itself to descriptor tables and TSS, with supervisor rights whatever
// CPL is.
NODISCARD bool x86_load_system(struct x86 *c, u64 linear, unsigned size_bytes, u64 *value);
NODISCARD bool x86_store_system(struct x86 *c, u64 linear, unsigned size_bytes, u64 value);
NODISCARD bool x86_probe_system(struct x86 *c, u64 linear, unsigned size_bytes,
                                enum x86_access access);

// The alignment check (#AC) of an operand that is accessed in other pieces than it counts as
// ([SDM3] table 6-7).
NODISCARD bool x86_check_alignment(struct x86 *c, u64 linear, unsigned size_bytes);

// Checks segment and pages of `size_bytes` (1 to 4096) without accessing them: after it, loads or
// stores there can't fault. For instructions that write several things.
NODISCARD bool x86_probe(struct x86 *c, unsigned seg, u64 offset, unsigned size_bytes,
                         enum x86_access access);
// The same with the alignment check that comes before the pages.
NODISCARD bool x86_probe_aligned(struct x86 *c, unsigned seg, u64 offset, unsigned size_bytes,
                                 unsigned alignment_bytes, enum x86_access access);

// --- in line ---

ALWAYS_INLINE bool x86_linear(struct x86 *c, unsigned seg, u64 offset, unsigned size_bytes,
                              enum x86_access access, u64 *linear)
{
    *linear = offset;
    if (LIKELY(seg == X86_FLAT)) {
        return true;
    }
    const struct x86_segment_limits *limits = &c->limits[seg];
    u64 end = access == X86_WRITE ? limits->write_end : limits->read_end;
    if (UNLIKELY(offset + size_bytes > end) &&
        !x86_segment_check(c, seg, offset, size_bytes, access)) {
        return false;
    }
    *linear = (u32)(limits->base + offset);
    return true;
}

// The TLB entry that an access goes through, and whether it allows it the fast way (aligned,
// mapped, plain memory).
ALWAYS_INLINE const struct x86_tlb_entry *x86_tlb_entry(const struct x86 *c, u64 linear,
                                                        enum x86_access access)
{
    return &c->tlb->entry[access][(linear / X86_PAGE_BYTES) % X86_TLB_ENTRIES];
}

ALWAYS_INLINE bool x86_is_fast(const struct x86_tlb_entry *e, u64 linear, unsigned size_bytes)
{
    return LIKELY(e->tag == (linear & ~(u64)(X86_PAGE_BYTES - size_bytes)));
}

ALWAYS_INLINE u8 *x86_host(const struct x86_tlb_entry *e, u64 linear)
{
    return (u8 *)(e->host + (uintptr_t)linear);
}

// The host address of an access that stays in its page, or NULL if the TLB doesn't allow it the
// fast way. For runs of bytes.
ALWAYS_INLINE u8 *x86_fast(const struct x86 *c, u64 linear, enum x86_access access)
{
    const struct x86_tlb_entry *e = x86_tlb_entry(c, linear, access);
    return x86_is_fast(e, linear, 1) ? x86_host(e, linear) : NULL;
}

ALWAYS_INLINE u64 load_bits(const u8 *p, unsigned bits)
{
    return bits == 8 ? *p : bits == 16 ? load_le16(p) : bits == 32 ? load_le32(p) : load_le64(p);
}

ALWAYS_INLINE void store_bits(u8 *p, unsigned bits, u64 value)
{
    if (bits == 8) {
        *p = (u8)value;
    } else if (bits == 16) {
        store_le16(p, (u16)value);
    } else if (bits == 32) {
        store_le32(p, (u32)value);
    } else {
        store_le64(p, value);
    }
}

// --- what the fast half of a hot handler (OP_FAST) may do ---
//
// False: nothing has happened, take the slow half.

ALWAYS_INLINE bool x86_linear_fast(const struct x86 *c, unsigned seg, u64 offset,
                                   unsigned size_bytes, enum x86_access access, u64 *linear)
{
    *linear = offset;
    if (LIKELY(seg == X86_FLAT)) {
        return true;
    }
    const struct x86_segment_limits *limits = &c->limits[seg];
    *linear = (u32)(limits->base + offset);
    return LIKELY(offset + size_bytes <=
                  (access == X86_WRITE ? limits->write_end : limits->read_end));
}

ALWAYS_INLINE bool x86_load_fast(const struct x86 *c, unsigned seg, u64 offset, unsigned bits,
                                 u64 *value)
{
    u64 linear;
    if (!x86_linear_fast(c, seg, offset, bits / 8, X86_READ, &linear)) {
        return false;
    }
    const struct x86_tlb_entry *e = x86_tlb_entry(c, linear, X86_READ);
    if (!x86_is_fast(e, linear, bits / 8)) {
        return false;
    }
    *value = load_bits(x86_host(e, linear), bits);
    return true;
}

ALWAYS_INLINE bool x86_store_fast(const struct x86 *c, unsigned seg, u64 offset, unsigned bits,
                                  u64 value)
{
    u64 linear;
    if (!x86_linear_fast(c, seg, offset, bits / 8, X86_WRITE, &linear)) {
        return false;
    }
    const struct x86_tlb_entry *e = x86_tlb_entry(c, linear, X86_WRITE);
    if (!x86_is_fast(e, linear, bits / 8)) {
        return false;
    }
    store_bits(x86_host(e, linear), bits, value);
    return true;
}

// A read-modify-write: x86_load_rmw checks for writing and reads, x86_store_rmw then can't fault.
struct x86_rmw {
    u8 *host; // NULL: the slow way
    u64 linear;
};

ALWAYS_INLINE bool x86_load_rmw_fast(const struct x86 *c, unsigned seg, u64 offset, unsigned bits,
                                     struct x86_rmw *m, u64 *value)
{
    if (!x86_linear_fast(c, seg, offset, bits / 8, X86_WRITE, &m->linear)) {
        return false;
    }
    const struct x86_tlb_entry *e = x86_tlb_entry(c, m->linear, X86_WRITE);
    if (!x86_is_fast(e, m->linear, bits / 8)) {
        return false;
    }
    m->host = x86_host(e, m->linear);
    *value = load_bits(m->host, bits);
    return true;
}

ALWAYS_INLINE void x86_store_rmw_fast(const struct x86 *c, struct x86_rmw m, unsigned bits,
                                      u64 value)
{
    (void)c;
    store_bits(m.host, bits, value);
}

// --- the whole of an access ---

// Loads `bits` bits at seg:offset, zero-extended.
ALWAYS_INLINE bool x86_load(struct x86 *c, unsigned seg, u64 offset, unsigned bits, u64 *value)
{
    if (x86_load_fast(c, seg, offset, bits, value)) {
        return true;
    }
    u64 linear;
    if (!x86_linear(c, seg, offset, bits / 8, X86_READ, &linear)) {
        return false;
    }
    *value = x86_load_slow(c, linear, bits / 8);
    return !c->access_failed;
}

ALWAYS_INLINE bool x86_store(struct x86 *c, unsigned seg, u64 offset, unsigned bits, u64 value)
{
    u64 linear;
    return x86_store_fast(c, seg, offset, bits, value) ||
           (x86_linear(c, seg, offset, bits / 8, X86_WRITE, &linear) &&
            x86_store_slow(c, linear, bits / 8, value));
}

ALWAYS_INLINE bool x86_load_rmw(struct x86 *c, unsigned seg, u64 offset, unsigned bits,
                                struct x86_rmw *m, u64 *value)
{
    if (x86_load_rmw_fast(c, seg, offset, bits, m, value)) {
        return true;
    }
    m->host = NULL;
    if (!x86_linear(c, seg, offset, bits / 8, X86_WRITE, &m->linear)) {
        return false;
    }
    *value = x86_load_rmw_slow(c, m->linear, bits / 8);
    return !c->access_failed;
}

ALWAYS_INLINE void x86_store_rmw(struct x86 *c, struct x86_rmw m, unsigned bits, u64 value)
{
    if (LIKELY(m.host != NULL)) {
        store_bits(m.host, bits, value);
    } else {
        x86_store_rmw_slow(c, value);
    }
}

// 128 bits. `is_aligned`: #GP(0) unless the linear address is a multiple of 16 (MOVAPS and most
// operands).
NODISCARD bool x86_load128(struct x86 *c, unsigned seg, u64 offset, bool is_aligned,
                           struct x86_xmm *value);
NODISCARD bool x86_store128(struct x86 *c, unsigned seg, u64 offset, bool is_aligned,
                            const struct x86_xmm *value);

// --- registers ---

// General registers by number (16, 32, 64 bits) or by byte offset (8 bits); a 32-bit write clears
// the upper half.
ALWAYS_INLINE u64 reg_read(const struct x86 *c, unsigned n, unsigned bits)
{
    if (bits == 8) {
        return ((const u8 *)c->s.r)[n];
    }
    return bits == 16 ? (u16)c->s.r[n] : bits == 32 ? (u32)c->s.r[n] : c->s.r[n];
}

ALWAYS_INLINE void reg_write(struct x86 *c, unsigned n, unsigned bits, u64 value)
{
    if (bits == 8) {
        ((u8 *)c->s.r)[n] = (u8)value;
    } else if (bits == 16) {
        c->s.r[n] = (c->s.r[n] & ~(u64)0xffff) | (u16)value;
    } else {
        c->s.r[n] = bits == 32 ? (u32)value : value;
    }
}

// --- stack ---

ALWAYS_INLINE unsigned stack_segment(const struct insn *i)
{
    return i->flags & INSN_STACK_FLAT ? X86_FLAT : X86_SS;
}

// RSP moved by `delta`, cut to the stack's width; and RSP set, leaving what is above the width
// alone.
ALWAYS_INLINE u64 stack_offset(const struct x86 *c, u64 delta)
{
    return (u32)(c->s.r[X86_RSP] + delta) & c->stack_mask;
}

ALWAYS_INLINE void stack_set(struct x86 *c, u64 offset)
{
    c->s.r[X86_RSP] = (c->s.r[X86_RSP] & (u32)~c->stack_mask) | (offset & c->stack_mask);
}

ALWAYS_INLINE bool x86_push(struct x86 *c, const struct insn *i, unsigned bits, u64 value)
{
    u64 offset = stack_offset(c, 0 - (u64)(bits / 8));
    if (!x86_store(c, stack_segment(i), offset, bits, value)) {
        return false;
    }
    stack_set(c, offset);
    return true;
}

ALWAYS_INLINE bool x86_push_fast(struct x86 *c, const struct insn *i, unsigned bits, u64 value)
{
    u64 offset = stack_offset(c, 0 - (u64)(bits / 8));
    if (!x86_store_fast(c, stack_segment(i), offset, bits, value)) {
        return false;
    }
    stack_set(c, offset);
    return true;
}

// Reads the top of the stack without popping: the caller moves RSP once nothing can fault any more.
ALWAYS_INLINE bool x86_peek(struct x86 *c, const struct insn *i, unsigned bits, u64 *value)
{
    return x86_load(c, stack_segment(i), stack_offset(c, 0), bits, value);
}

ALWAYS_INLINE bool x86_peek_fast(const struct x86 *c, const struct insn *i, unsigned bits,
                                 u64 *value)
{
    return x86_load_fast(c, stack_segment(i), stack_offset(c, 0), bits, value);
}
