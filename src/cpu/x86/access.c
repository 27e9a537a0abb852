// Memory accesses that the fast path of access.h leaves over: misaligned, across pages, registers
// of devices, pages that hold cached code, watched pages, TLB misses.
#include "cpu/x86/access.h"

#include "base/bits.h"
#include "base/check.h"

static bool is_user(const struct x86 *c)
{
    return c->s.cpl == 3;
}

// Splits an access at the page boundary and translates both halves, so that nothing has happened
// yet when the second one faults. Returns the number of pieces, 0 for a fault.
static unsigned translate_pieces(struct x86 *c, u64 linear, unsigned size_bytes,
                                 enum x86_access access, bool as_user, struct x86_piece piece[2])
{
    unsigned room = (unsigned)(X86_PAGE_BYTES - linear % X86_PAGE_BYTES);
    unsigned first = size_bytes < room ? size_bytes : room;
    piece[0] = (struct x86_piece){.linear = linear, .bytes = first};
    if (!x86_translate(c, linear, access, as_user, &piece[0].phys)) {
        return 0;
    }
    if (first == size_bytes) {
        return 1;
    }
    piece[1] = (struct x86_piece){.linear = (u32)(linear + first), .bytes = size_bytes - first};
    return x86_translate(c, piece[1].linear, access, as_user, &piece[1].phys) ? 2 : 0;
}

static u64 read_bytes(struct x86 *c, u64 phys, unsigned bytes)
{
    u64 value = 0;
    const struct phys_region *r = phys_find(c->w.phys, phys);
    if (r->read_memory) {
        memcpy(&value, r->read_memory + ((phys & c->w.phys->address_mask) - r->base), bytes);
        return value;
    }
    if (is_power_of_2(bytes)) {
        return phys_mmio_read(c->w.phys, r, phys, bytes);
    }
    for (unsigned n = 0; n < bytes; n++) {
        value |= phys_mmio_read(c->w.phys, r, phys + n, 1) << (8 * n);
    }
    return value;
}

// Tells who wants to know that `bytes` at `to`, in one page of a region's memory, were written.
static void note_written(struct x86 *c, const struct phys_region *r, u64 phys, const u8 *to,
                         unsigned bytes)
{
    struct phys *p = c->w.phys;
    phys_note_write(r, phys & p->address_mask);
    u64 offset = (u64)(to - p->ram);
    if (to >= p->ram && offset < p->ram_bytes &&
        (p->page_flags[offset / X86_PAGE_BYTES] & PHYS_PAGE_CODE)) {
        x86_code_written(c, phys & p->address_mask, bytes);
    }
}

static void write_bytes(struct x86 *c, u64 phys, unsigned bytes, u64 value)
{
    struct phys *p = c->w.phys;
    const struct phys_region *r = phys_find(p, phys);
    if (r->write_memory) {
        u8 *to = r->write_memory + ((phys & p->address_mask) - r->base);
        memcpy(to, &value, bytes);
        note_written(c, r, phys, to, bytes);
        return;
    }
    if (is_power_of_2(bytes)) {
        phys_mmio_write(p, r, phys, value, bytes);
        return;
    }
    for (unsigned n = 0; n < bytes; n++) {
        phys_mmio_write(p, r, phys + n, value >> (8 * n) & 0xff, 1);
    }
}

static u64 read_pieces(struct x86 *c, const struct x86_piece *piece, unsigned count)
{
    u64 value = read_bytes(c, piece[0].phys, piece[0].bytes);
    if (count == 2) {
        value |= read_bytes(c, piece[1].phys, piece[1].bytes) << (8 * piece[0].bytes);
    }
    return value;
}

static void write_pieces(struct x86 *c, const struct x86_piece *piece, unsigned count, u64 value)
{
    write_bytes(c, piece[0].phys, piece[0].bytes, value);
    if (count == 2) {
        write_bytes(c, piece[1].phys, piece[1].bytes, value >> (8 * piece[0].bytes));
    }
}

// [SDM3] 6.15, #AC: only at CPL 3, with CR0.AM and EFLAGS.AC.
static bool alignment_is_wrong(struct x86 *c, u64 linear, unsigned size_bytes)
{
    return UNLIKELY(linear % size_bytes != 0) && is_user(c) && (c->s.cr0 & X86_CR0_AM) &&
           (c->s.eflags & X86_AC);
}

bool x86_check_alignment(struct x86 *c, u64 linear, unsigned size_bytes)
{
    return !alignment_is_wrong(c, linear, size_bytes) || x86_raise_error(c, X86_AC_FAULT, 0);
}

static void note_breakpoints(struct x86 *c, u64 linear, unsigned size_bytes, enum x86_access access)
{
    if (UNLIKELY(c->has_breakpoints)) {
        x86_debug_access(c, linear, size_bytes, access);
    }
}

static void tell_watch(struct x86 *c, u64 linear, unsigned size_bytes)
{
    const struct x86_read_watch *w = &c->read_watch;
    if (UNLIKELY(w->read != NULL) && linear <= w->last && linear + size_bytes > w->first) {
        w->read(w->owner, linear, size_bytes);
    }
}

u64 x86_load_slow(struct x86 *c, u64 linear, unsigned size_bytes)
{
    struct x86_piece piece[2];
    c->access_failed = true;
    if (alignment_is_wrong(c, linear, size_bytes)) {
        x86_raise_error(c, X86_AC_FAULT, 0);
        return 0;
    }
    unsigned count = translate_pieces(c, linear, size_bytes, X86_READ, is_user(c), piece);
    if (count == 0) {
        return 0;
    }
    c->access_failed = false;
    note_breakpoints(c, linear, size_bytes, X86_READ);
    tell_watch(c, linear, size_bytes);
    return read_pieces(c, piece, count);
}

bool x86_store_slow(struct x86 *c, u64 linear, unsigned size_bytes, u64 value)
{
    struct x86_piece piece[2];
    if (alignment_is_wrong(c, linear, size_bytes)) {
        return x86_raise_error(c, X86_AC_FAULT, 0);
    }
    unsigned count = translate_pieces(c, linear, size_bytes, X86_WRITE, is_user(c), piece);
    if (count == 0) {
        return false;
    }
    note_breakpoints(c, linear, size_bytes, X86_WRITE);
    write_pieces(c, piece, count, value);
    return true;
}

u64 x86_load_rmw_slow(struct x86 *c, u64 linear, unsigned size_bytes)
{
    c->access_failed = true;
    if (alignment_is_wrong(c, linear, size_bytes)) {
        x86_raise_error(c, X86_AC_FAULT, 0);
        return 0;
    }
    c->rmw_pieces = translate_pieces(c, linear, size_bytes, X86_WRITE, is_user(c), c->rmw);
    if (c->rmw_pieces == 0) {
        return 0;
    }
    c->access_failed = false;
    note_breakpoints(c, linear, size_bytes, X86_WRITE);
    tell_watch(c, linear, size_bytes);
    return read_pieces(c, c->rmw, c->rmw_pieces);
}

void x86_store_rmw_slow(struct x86 *c, u64 value)
{
    write_pieces(c, c->rmw, c->rmw_pieces, value);
}

// --- runs of bytes ---

u8 *x86_run_target_slow(struct x86 *c, u64 linear)
{
    const struct x86_tlb_entry *e = x86_tlb_entry(c, linear, X86_WRITE);
    unsigned in_page = linear % X86_PAGE_BYTES;
    if ((e->tag & ~X86_TLB_SLOW) != linear - in_page) {
        return NULL;
    }
    u64 phys = c->tlb->phys[X86_WRITE][e - c->tlb->entry[X86_WRITE]];
    struct phys *p = c->w.phys;
    u8 *page = phys_page_written(p, phys_find(p, phys), phys & p->address_mask);
    return page ? page + in_page : NULL;
}

void x86_run_written(struct x86 *c, u64 linear, const u8 *to, unsigned bytes)
{
    const struct x86_tlb_entry *e = x86_tlb_entry(c, linear, X86_WRITE);
    u64 phys = c->tlb->phys[X86_WRITE][e - c->tlb->entry[X86_WRITE]] & ~(u64)(X86_PAGE_BYTES - 1);
    const struct phys_region *r = phys_find(c->w.phys, phys);
    if (r->write_memory) {
        note_written(c, r, phys + linear % X86_PAGE_BYTES, to, bytes);
    }
}

// --- the processor's own accesses ---

bool x86_load_system(struct x86 *c, u64 linear, unsigned size_bytes, u64 *value)
{
    struct x86_piece piece[2];
    unsigned count = translate_pieces(c, (u32)linear, size_bytes, X86_READ, false, piece);
    if (count == 0) {
        return false;
    }
    *value = read_pieces(c, piece, count);
    return true;
}

bool x86_store_system(struct x86 *c, u64 linear, unsigned size_bytes, u64 value)
{
    struct x86_piece piece[2];
    unsigned count = translate_pieces(c, (u32)linear, size_bytes, X86_WRITE, false, piece);
    if (count == 0) {
        return false;
    }
    write_pieces(c, piece, count, value);
    return true;
}

// --- checks without an access ---

bool x86_probe_system(struct x86 *c, u64 linear, unsigned size_bytes, enum x86_access access)
{
    struct x86_piece piece[2];
    return translate_pieces(c, (u32)linear, size_bytes, access, false, piece) > 0;
}

bool x86_probe(struct x86 *c, unsigned seg, u64 offset, unsigned size_bytes, enum x86_access access)
{
    struct x86_piece piece[2];
    u64 linear;
    return x86_linear(c, seg, offset, size_bytes, access, &linear) &&
           translate_pieces(c, linear, size_bytes, access, is_user(c), piece) > 0;
}

bool x86_probe_aligned(struct x86 *c, unsigned seg, u64 offset, unsigned size_bytes,
                       unsigned alignment_bytes, enum x86_access access)
{
    struct x86_piece piece[2];
    u64 linear;
    return x86_linear(c, seg, offset, size_bytes, access, &linear) &&
           x86_check_alignment(c, linear, alignment_bytes) &&
           translate_pieces(c, linear, size_bytes, access, is_user(c), piece) > 0;
}

// --- 128 bits ---

static bool check_alignment_128(struct x86 *c, u64 linear, bool is_aligned)
{
    if (LIKELY(linear % 16 == 0)) {
        return true;
    }
    return is_aligned ? x86_raise_error(c, X86_GP, 0) : x86_check_alignment(c, linear, 16);
}

bool x86_load128(struct x86 *c, unsigned seg, u64 offset, bool is_aligned, struct x86_xmm *value)
{
    u64 linear;
    if (!x86_linear(c, seg, offset, 16, X86_READ, &linear) ||
        !check_alignment_128(c, linear, is_aligned)) {
        return false;
    }
    const u8 *p =
        linear % X86_PAGE_BYTES <= X86_PAGE_BYTES - 16 ? x86_fast(c, linear, X86_READ) : NULL;
    if (p) {
        value->lo = load_le64(p);
        value->hi = load_le64(p + 8);
        return true;
    }
    u64 lo = x86_load_slow(c, linear, 8);
    if (c->access_failed) {
        return false;
    }
    u64 hi = x86_load_slow(c, (u32)(linear + 8), 8);
    if (c->access_failed) {
        return false;
    }
    *value = (struct x86_xmm){.lo = lo, .hi = hi};
    return true;
}

bool x86_store128(struct x86 *c, unsigned seg, u64 offset, bool is_aligned,
                  const struct x86_xmm *value)
{
    u64 linear;
    if (!x86_linear(c, seg, offset, 16, X86_WRITE, &linear) ||
        !check_alignment_128(c, linear, is_aligned)) {
        return false;
    }
    u8 *p = linear % X86_PAGE_BYTES <= X86_PAGE_BYTES - 16 ? x86_fast(c, linear, X86_WRITE) : NULL;
    if (p) {
        store_le64(p, value->lo);
        store_le64(p + 8, value->hi);
        return true;
    }
    struct x86_piece piece[2];
    return translate_pieces(c, linear, 16, X86_WRITE, is_user(c), piece) > 0 &&
           x86_store_slow(c, linear, 8, value->lo) &&
           x86_store_slow(c, (u32)(linear + 8), 8, value->hi);
}
