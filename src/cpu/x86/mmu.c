// Paging: page walks, accessed and dirty bits, and the TLB. [SDM3] 4.
//
// The TLB is part of what a guest can observe (a changed page-table entry counts only after
// INVLPG), so that its contents must be a function of the instructions executed, never of an
// engine's caches: it is filled by data accesses and by fetches at the start of a block or in a new
// page, and by nothing else.
#include "base/bytes.h"
#include "base/check.h"
#include "cpu/x86/access.h"
#include "cpu/x86/view.h"
#include "cpu/x86/x86.h"

enum { // page-table entries
    PTE_P = 1 << 0,
    PTE_W = 1 << 1,
    PTE_U = 1 << 2,
    PTE_A = 1 << 5,
    PTE_D = 1 << 6,
    PTE_PS = 1 << 7,
    PTE_G = 1 << 8,
};
#define PTE_NX (1ull << 63)

enum { // page-fault error code
    ERROR_P = 1 << 0,
    ERROR_W = 1 << 1,
    ERROR_U = 1 << 2,
    ERROR_RESERVED = 1 << 3,
    ERROR_FETCH = 1 << 4,
};

#define PHYS_LARGE (1ull << 1) // in x86_tlb.phys: part of a 2 or 4 MiB page
#define PHYS_PAGE  (~0xfffull)

enum { MAX_LEVELS = 2 };

// What a walk found, before anything was changed.
struct walk {
    u64 phys;   // of the page, 4 KiB piece
    u64 rights; // PTE_W and PTE_U granted by all levels, PTE_NX if some level forbids fetching
    bool is_large;
    bool is_global;
    unsigned levels;
    u64 entry_at[MAX_LEVELS]; // physical addresses of the entries used
    u64 entry[MAX_LEVELS];
    u32 error; // nonzero | ERROR_..., or 0 when found; NOT_PRESENT for a clear P
};

enum { NOT_PRESENT = 1u << 31 };

// --- page-table entries in memory ---

static u64 read_entry(const struct x86 *c, u64 at, unsigned bytes)
{
    struct phys *p = c->w.phys;
    const struct phys_region *r = phys_find(p, at);
    if (!r->read_memory) {
        return bytes == 8 ? UINT64_MAX : UINT32_MAX;
    }
    const u8 *from = r->read_memory + ((at & p->address_mask) - r->base);
    return bytes == 8 ? load_le64(from) : load_le32(from);
}

static void write_entry(struct x86 *c, u64 at, unsigned bytes, u64 value)
{
    phys_write(c->w.phys, at & c->w.phys->address_mask, &value, bytes);
}

static unsigned entry_bytes(const struct x86 *c)
{
    return c->s.cr4 & X86_CR4_PAE ? 8 : 4;
}

// --- the walk ---

// Bits that must be 0 in an entry of PAE paging: those above the physical address width; NX while
// it is off.
static u64 reserved_pae(const struct x86 *c)
{
    u64 reserved = ~((1ull << c->model->physical_address_bits) - 1) & ~PTE_NX;
    return c->s.msr.efer & X86_EFER_NXE ? reserved : reserved | PTE_NX;
}

static bool take_level(const struct x86 *c, struct walk *w, u64 at, u64 reserved)
{
    u64 entry = read_entry(c, at, entry_bytes(c));
    w->entry_at[w->levels] = at;
    w->entry[w->levels++] = entry;
    if (!(entry & PTE_P)) {
        w->error = NOT_PRESENT;
        return false;
    }
    if (entry & reserved) {
        w->error = ERROR_RESERVED | ERROR_P;
        return false;
    }
    w->rights = (w->rights & entry & (PTE_W | PTE_U)) | ((w->rights | entry) & PTE_NX);
    return true;
}

static void end_walk(const struct x86 *c, struct walk *w, u64 linear, u64 frame, u64 size)
{
    w->is_large = size > X86_PAGE_BYTES;
    w->phys = (frame | (linear & (size - 1))) & PHYS_PAGE;
    w->is_global = (w->entry[w->levels - 1] & PTE_G) && (c->s.cr4 & X86_CR4_PGE);
}

static void walk_32(const struct x86 *c, u64 linear, struct walk *w)
{
    if (!take_level(c, w, (c->s.cr3 & 0xfffff000) | (linear >> 22 & 0x3ff) << 2, 0)) {
        return;
    }
    u64 pde = w->entry[0];
    if ((pde & PTE_PS) && (c->s.cr4 & X86_CR4_PSE)) {
        bool has_pse36 = (c->model->features_edx & X86_HAS_PSE36) != 0;
        u64 high = has_pse36 ? (pde >> 13 & 0xf) << 32 : 0; // [SDM3] figure 4-4, 36 physical bits
        u64 reserved = has_pse36 ? 0x3e0000 : 0x3fe000;
        if (pde & reserved) {
            w->error = ERROR_RESERVED | ERROR_P;
            return;
        }
        end_walk(c, w, linear, high | (pde & 0xffc00000), 1u << 22);
        return;
    }
    if (take_level(c, w, (pde & 0xfffff000) | (linear >> 12 & 0x3ff) << 2, 0)) {
        end_walk(c, w, linear, w->entry[1] & 0xfffff000, X86_PAGE_BYTES);
    }
}

static void walk_pae(const struct x86 *c, u64 linear, struct walk *w)
{
    u64 reserved = reserved_pae(c),
        address = ((1ull << c->model->physical_address_bits) - 1) & PHYS_PAGE;
    u64 pdpte = c->s.pdpte[linear >> 30 & 3];
    if (!(pdpte & PTE_P)) {
        w->error = NOT_PRESENT;
        return;
    }
    if (!take_level(c, w, (pdpte & address) | (linear >> 21 & 0x1ff) << 3, reserved)) {
        return;
    }
    u64 pde = w->entry[0];
    if (pde & PTE_PS) {
        if (pde & 0x1fe000) {
            w->error = ERROR_RESERVED | ERROR_P;
            return;
        }
        end_walk(c, w, linear, pde & address & ~0x1fffffull, 1u << 21);
        return;
    }
    if (take_level(c, w, (pde & address) | (linear >> 12 & 0x1ff) << 3, reserved)) {
        end_walk(c, w, linear, w->entry[1] & address, X86_PAGE_BYTES);
    }
}

static struct walk walk(const struct x86 *c, u64 linear)
{
    struct walk w = {.rights = PTE_W | PTE_U};
    if (!c->is_paged) {
        w.phys = linear & PHYS_PAGE;
    } else if (c->s.cr4 & X86_CR4_PAE) {
        walk_pae(c, linear, &w);
    } else {
        walk_32(c, linear, &w);
    }
    return w;
}

// The error code if the rights do not allow the access, else 0.
static u32 check_rights(const struct x86 *c, const struct walk *w, enum x86_access access,
                        bool is_user)
{
    if (w->error) {
        return w->error;
    }
    bool is_denied =
        (is_user && !(w->rights & PTE_U)) || (access == X86_FETCH && (w->rights & PTE_NX)) ||
        (access == X86_WRITE && !(w->rights & PTE_W) && (is_user || (c->s.cr0 & X86_CR0_WP)));
    return is_denied ? ERROR_P : 0;
}

static bool page_fault(struct x86 *c, u64 linear, enum x86_access access, bool is_user, u32 error)
{
    error &= ERROR_P | ERROR_RESERVED;
    error |= (access == X86_WRITE ? ERROR_W : 0) | (is_user ? ERROR_U : 0);
    if (access == X86_FETCH && (c->s.cr4 & X86_CR4_PAE) && (c->s.msr.efer & X86_EFER_NXE)) {
        error |= ERROR_FETCH;
    }
    return x86_raise_page_fault(c, linear, error);
}

// Sets accessed bits on the way and the dirty bit at the end.
static void mark_entries(struct x86 *c, const struct walk *w, enum x86_access access)
{
    for (unsigned n = 0; n < w->levels; n++) {
        bool is_last = n == w->levels - 1;
        u64 entry = w->entry[n] | PTE_A | (is_last && access == X86_WRITE ? PTE_D : 0);
        if (entry != w->entry[n]) {
            write_entry(c, w->entry_at[n], entry_bytes(c), entry);
        }
    }
}

// --- the TLB ---

static unsigned tlb_index(u64 linear)
{
    return (unsigned)(linear / X86_PAGE_BYTES % X86_TLB_ENTRIES);
}

// Whether accesses to a physical page must go the slow way, and where its bytes are if not.
static bool is_slow(const struct x86 *c, u64 linear, u64 phys, enum x86_access access, u8 **host)
{
    struct phys *p = c->w.phys;
    const struct phys_region *r = phys_find(p, phys);
    u64 masked = phys & p->address_mask;
    // What is lost can't be read back by a read-modify-write, so it never is the fast way.
    *host = access != X86_WRITE ? phys_page_read(p, r, masked)
            : r->write_memory   ? phys_page_written(p, r, masked)
                                : NULL;
    if (!*host ||
        ((c->has_breakpoints || c->read_watch.read) && x86_debug_covers_page(c, linear))) {
        return true;
    }
    if (access == X86_WRITE && phys_is_watched(r, masked)) {
        return true;
    }
    u64 offset = (u64)(*host - p->ram);
    bool is_ram = *host >= p->ram && offset < p->ram_bytes;
    return access == X86_WRITE && is_ram &&
           (p->page_flags[offset / X86_PAGE_BYTES] & PHYS_PAGE_CODE);
}

static void tlb_set(struct x86 *c, bool is_user, enum x86_access access, u64 linear, u64 phys)
{
    struct x86_tlb *tlb = &c->tlbs[is_user];
    unsigned n = tlb_index(linear);
    struct x86_tlb_entry *e = &tlb->entry[access][n];
    u64 page = linear & PHYS_PAGE;
    u8 *host = NULL;
    if (e->tag == X86_TLB_NONE) {
        c->tlb_used[is_user][access][c->tlb_used_count[is_user][access]++] = (u16)n;
    }
    e->tag = is_slow(c, page, phys & PHYS_PAGE, access, &host) ? page | X86_TLB_SLOW : page;
    e->host = (uintptr_t)host - (uintptr_t)page;
    tlb->phys[access][n] = phys;
}

bool x86_translate(struct x86 *c, u64 linear, enum x86_access access, bool is_user, u64 *phys)
{
    struct x86_tlb *tlb = &c->tlbs[is_user];
    unsigned n = tlb_index(linear);
    u64 tag = tlb->entry[access][n].tag;
    if ((tag & ~X86_TLB_SLOW) == (linear & PHYS_PAGE)) {
        *phys = (tlb->phys[access][n] & PHYS_PAGE) | (linear & 0xfff);
        if (tag & X86_TLB_SLOW) { // it may have become fast
            tlb_set(c, is_user, access, linear, tlb->phys[access][n]);
        }
        return true;
    }
    c->stats.tlb_misses++;
    struct walk w = walk(c, linear);
    u32 error = check_rights(c, &w, access, is_user);
    if (error) {
        return page_fault(c, linear, access, is_user, error);
    }
    mark_entries(c, &w, access);
    tlb_set(c, is_user, access, linear,
            w.phys | (w.is_global ? X86_TLB_GLOBAL : 0) | (w.is_large ? PHYS_LARGE : 0));
    *phys = w.phys | (linear & 0xfff);
    return true;
}

bool x86_look_up(const struct x86 *c, u64 linear, u64 *phys)
{
    struct walk w = walk(c, linear);
    *phys = w.phys | (linear & 0xfff);
    return w.error == 0;
}

void x86_view_walk(const struct x86 *c, u64 linear, struct vt_page_walk *out)
{
    struct walk w = walk(c, (u32)linear);
    bool is_pae = (c->s.cr4 & X86_CR4_PAE) != 0;
    *out = (struct vt_page_walk){
        .is_paged = c->is_paged,
        .is_mapped = w.error == 0,
        .physical = w.phys | (linear & 0xfff),
        .page_bytes = w.is_large ? is_pae ? 1u << 21 : 1u << 22 : X86_PAGE_BYTES,
        .is_writable = (w.rights & PTE_W) != 0,
        .is_user = (w.rights & PTE_U) != 0,
        .is_executable = !(w.rights & PTE_NX),
    };
    if (c->is_paged && is_pae) {
        out->levels[0].name = "PDPTE";
        out->levels[0].address = UINT64_MAX;
        out->levels[0].entry = c->s.pdpte[linear >> 30 & 3];
        out->level_count = 1;
    }
    for (unsigned n = 0; n < w.levels; n++) {
        out->levels[out->level_count].name = n == 0 ? "PDE" : "PTE";
        out->levels[out->level_count].address = w.entry_at[n];
        out->levels[out->level_count++].entry = w.entry[n];
    }
}

// Drops the entries that `drops` names; the list of used entries stays exact.
static void tlb_drop(struct x86 *c, bool (*drops)(u64 tag, u64 phys, u64 linear), u64 linear)
{
    for (unsigned user = 0; user < 2; user++) {
        for (unsigned access = 0; access < X86_ACCESS_COUNT; access++) {
            u16 *used = c->tlb_used[user][access], kept = 0;
            struct x86_tlb_entry *entry = c->tlbs[user].entry[access];
            for (unsigned k = 0; k < c->tlb_used_count[user][access]; k++) {
                unsigned n = used[k];
                if (drops(entry[n].tag, c->tlbs[user].phys[access][n], linear)) {
                    entry[n].tag = X86_TLB_NONE;
                } else {
                    used[kept++] = (u16)n;
                }
            }
            c->tlb_used_count[user][access] = kept;
        }
    }
    c->code_page = X86_TLB_NONE;
}

static bool drops_all(u64 tag, u64 phys, u64 linear)
{
    (void)tag, (void)phys, (void)linear;
    return true;
}

static bool drops_local(u64 tag, u64 phys, u64 linear)
{
    (void)tag, (void)linear;
    return !(phys & X86_TLB_GLOBAL);
}

// A page's entry; of a large page, all pieces of it (a large page of either size lies in 4 MiB).
static bool drops_page(u64 tag, u64 phys, u64 linear)
{
    u64 page = tag & PHYS_PAGE;
    return page == (linear & PHYS_PAGE) || ((phys & PHYS_LARGE) && page >> 22 == linear >> 22);
}

void x86_tlb_flush(struct x86 *c, bool with_global)
{
    tlb_drop(c, with_global ? drops_all : drops_local, 0);
}

void x86_tlb_flush_page(struct x86 *c, u64 linear)
{
    tlb_drop(c, drops_page, linear);
}

// Sends accesses of one kind to a range of physical addresses the slow way, where it is found out
// anew which way they must go. The entries stay: what the TLB holds can be observed by a guest.
static void tlb_slow(struct x86 *c, enum x86_access access, u64 address, u64 size_bytes)
{
    for (unsigned user = 0; user < 2; user++) {
        for (unsigned k = 0; k < c->tlb_used_count[user][access]; k++) {
            unsigned n = c->tlb_used[user][access][k];
            u64 phys = c->tlbs[user].phys[access][n] & c->w.phys->address_mask;
            if ((phys & PHYS_PAGE) - address < size_bytes) {
                c->tlbs[user].entry[access][n].tag |= X86_TLB_SLOW;
            }
        }
    }
}

void x86_tlb_protect(struct x86 *c, u64 phys_page)
{
    tlb_slow(c, X86_WRITE, phys_page, X86_PAGE_BYTES);
}

void x86_tlb_refresh(void *cpu, u64 address, u64 size_bytes)
{
    struct x86 *c = cpu;
    tlb_slow(c, X86_READ, address, size_bytes);
    tlb_slow(c, X86_WRITE, address, size_bytes);
}

void x86_paging_changed(struct x86 *c)
{
    c->is_paged = (c->s.cr0 & X86_CR0_PG) != 0;
    x86_tlb_flush(c, true);
}

// [SDM3] 4.4.1: the four entries are read when CR3 is loaded; a reserved bit in a present one is
// #GP(0).
bool x86_load_pdptes(struct x86 *c, u64 cr3)
{
    u64 reserved = ~((1ull << c->model->physical_address_bits) - 1) | 0x1e6, pdpte[4];
    for (unsigned n = 0; n < 4; n++) {
        pdpte[n] = read_entry(c, (cr3 & 0xffffffe0) + 8 * n, 8);
        if ((pdpte[n] & PTE_P) && (pdpte[n] & reserved)) {
            return x86_raise_error(c, X86_GP, 0);
        }
    }
    memcpy(c->s.pdpte, pdpte, sizeof pdpte);
    return true;
}
