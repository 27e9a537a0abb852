// The debug registers: DR0 to DR3 hold addresses, DR7 says which count and for what.
//
//   DR7   2n, 2n+1      breakpoint n is enabled
//         16+4n, 17+4n  kind: 0 execution, 1 write, 2 I/O (with CR4.DE), 3 read or write
//         18+4n, 19+4n  length: 1, 2, 8, 4 bytes
//         13            GD: accesses to the debug registers fault
//
// Source: [SDM3] 17.2.
#include "cpu/x86/x86.h"

enum kind { ON_EXECUTION, ON_WRITE, ON_IO, ON_ACCESS };

static bool is_enabled(const struct x86 *c, unsigned n)
{
    return ((c->s.dr[7] >> (2 * n)) & 3) != 0;
}

static enum kind kind_of(const struct x86 *c, unsigned n)
{
    return (enum kind)((c->s.dr[7] >> (16 + 4 * n)) & 3);
}

static bool is_kind(const struct x86 *c, unsigned n, enum kind kind)
{
    bool counts = kind != ON_IO || (c->s.cr4 & X86_CR4_DE);
    return is_enabled(c, n) && kind_of(c, n) == kind && counts;
}

static bool is_data(const struct x86 *c, unsigned n)
{
    return is_kind(c, n, ON_WRITE) || is_kind(c, n, ON_ACCESS);
}

// Whether [start, start + size_bytes) touches what breakpoint n covers: aligned to its length.
static bool overlaps(const struct x86 *c, unsigned n, u64 start, u64 size_bytes)
{
    static const u8 lengths[] = {1, 2, 8, 4};
    u64 length = lengths[(c->s.dr[7] >> (18 + 4 * n)) & 3];
    u64 first = c->s.dr[n] & ~(length - 1);
    return start < first + length && first < start + size_bytes;
}

void x86_debug_changed(struct x86 *c)
{
    bool had_breakpoints = c->has_breakpoints;
    c->has_breakpoints = c->has_code_breakpoints = false;
    for (unsigned n = 0; n < 4; n++) {
        c->has_breakpoints |= is_data(c, n) || is_kind(c, n, ON_IO);
        c->has_code_breakpoints |= is_kind(c, n, ON_EXECUTION);
    }
    if (had_breakpoints || c->has_breakpoints) { // watched pages are slow ones
        x86_tlb_flush(c, true);
    }
}

// The trap is due after the present instruction: no further one may run before it.
static void note_hits(struct x86 *c, u32 hits)
{
    if (hits) {
        c->s.pending_debug |= hits;
        x86_kick(c);
    }
}

void x86_debug_access(struct x86 *c, u64 linear, unsigned size_bytes, enum x86_access access)
{
    u32 hits = 0;
    for (unsigned n = 0; n < 4; n++) {
        bool counts = is_kind(c, n, ON_ACCESS) || (access == X86_WRITE && is_kind(c, n, ON_WRITE));
        hits |= counts && overlaps(c, n, linear, size_bytes) ? 1u << n : 0;
    }
    note_hits(c, hits);
}

void x86_debug_io(struct x86 *c, u16 port, unsigned size_bytes)
{
    u32 hits = 0;
    for (unsigned n = 0; n < 4; n++) {
        hits |= is_kind(c, n, ON_IO) && overlaps(c, n, port, size_bytes) ? 1u << n : 0;
    }
    note_hits(c, hits);
}

bool x86_debug_covers_page(const struct x86 *c, u64 linear)
{
    u64 page = linear & ~(u64)(X86_PAGE_BYTES - 1);
    const struct x86_read_watch *w = &c->read_watch;
    if (w->read && w->first < page + X86_PAGE_BYTES && page <= w->last) {
        return true;
    }
    for (unsigned n = 0; n < 4; n++) {
        if (is_data(c, n) && overlaps(c, n, page, X86_PAGE_BYTES)) {
            return true;
        }
    }
    return false;
}

void x86_debug_watch_reads(struct x86 *c, struct x86_read_watch watch)
{
    if (c->read_watch.read || watch.read) {
        x86_tlb_flush(c, true);
    }
    c->read_watch = watch;
}

bool x86_debug_fetch(struct x86 *c)
{
    u32 linear = (u32)(c->s.seg[X86_CS].base + c->s.rip), hits = 0;
    for (unsigned n = 0; n < 4; n++) {
        hits |= is_kind(c, n, ON_EXECUTION) && c->s.dr[n] == linear ? 1u << n : 0;
    }
    if (hits == 0) {
        return false;
    }
    c->s.pending_debug |= hits;
    x86_raise(c, X86_DB);
    return true;
}
