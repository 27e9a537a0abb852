// Segments: what their descriptors allow, how they are loaded, and the stacks of inner levels.
// Sources: [SDM3] 3.4, 5.3 to 5.7, 6.12; the pseudo-code of MOV, LSS and CALL in [SDM2].
#include "cpu/x86/descriptor.h"

// --- what a segment allows ---

static const u16 flat_bit[] = {
    [X86_ES] = X86_MODE_ES_FLAT, [X86_CS] = X86_MODE_CS_FLAT, [X86_SS] = X86_MODE_SS_FLAT,
    [X86_DS] = X86_MODE_DS_FLAT, [X86_FS] = X86_MODE_FS_FLAT, [X86_GS] = X86_MODE_GS_FLAT,
};

static bool is_expand_down(const struct x86_segment *s)
{
    return (s->attributes & (X86_ATTR_CODE | X86_ATTR_EXPAND_DOWN)) == X86_ATTR_EXPAND_DOWN;
}

static bool allows(const struct x86 *c, const struct x86_segment *s, enum x86_access access)
{
    if (!x86_is_protected(c)) {
        return true; // types are not looked at in real mode; virtual-8086 segments allow all
    }
    if (!(s->attributes & X86_ATTR_P) || !(s->attributes & X86_ATTR_S)) {
        return false; // a null selector
    }
    if (s->attributes & X86_ATTR_CODE) {
        return access == X86_FETCH || (access == X86_READ && (s->attributes & X86_ATTR_WRITABLE));
    }
    return access == X86_READ || (s->attributes & X86_ATTR_WRITABLE);
}

// Whether offsets [offset, offset + size_bytes) lie within the limit.
static bool covers(const struct x86_segment *s, u64 offset, unsigned size_bytes)
{
    u64 last = offset + size_bytes - 1;
    if (is_expand_down(s)) {
        return offset > s->limit && last <= (s->attributes & X86_ATTR_D ? UINT32_MAX : 0xffff);
    }
    // Past 4 GiB addresses wrap: a flat segment has no end.
    return last <= s->limit || s->limit == UINT32_MAX;
}

void x86_segment_changed(struct x86 *c, unsigned seg)
{
    const struct x86_segment *s = &c->s.seg[seg];
    struct x86_segment_limits *l = &c->limits[seg];
    u64 end = is_expand_down(s) ? 0 : (u64)s->limit + 1;
    l->base = s->base;
    l->read_end = allows(c, s, X86_READ) ? end : 0;
    l->write_end = allows(c, s, X86_WRITE) ? end : 0;
    if (seg > X86_GS) {
        return;
    }
    bool is_flat = s->base == 0 && (l->read_end & l->write_end) == 1ull << 32;
    c->mode = is_flat ? c->mode | flat_bit[seg] : c->mode & ~(u32)flat_bit[seg];
    bool is_wide = s->attributes & X86_ATTR_D;
    if (seg == X86_CS) {
        c->mode = is_wide ? c->mode | X86_MODE_CODE32 : c->mode & ~(u32)X86_MODE_CODE32;
        c->mode = x86_is_protected(c) ? c->mode & ~(u32)X86_MODE_REAL : c->mode | X86_MODE_REAL;
        c->code_end = (u64)s->limit + 1;
        c->code_page = X86_TLB_NONE;
    } else if (seg == X86_SS) {
        c->stack_mask = is_wide ? UINT32_MAX : 0xffff;
        c->mode = is_wide && is_flat ? c->mode | X86_MODE_STACK_FLAT
                                     : c->mode & ~(u32)X86_MODE_STACK_FLAT;
    }
}

void x86_set_cpl(struct x86 *c, unsigned cpl)
{
    c->s.cpl = (u8)cpl;
    c->tlb = &c->tlbs[cpl == 3];
    c->code_page = X86_TLB_NONE;
}

void x86_segments_changed(struct x86 *c)
{
    for (unsigned seg = 0; seg < X86_SEG_COUNT; seg++) {
        x86_segment_changed(c, seg);
    }
    c->limits[X86_FLAT] = (struct x86_segment_limits){0, 1ull << 32, 1ull << 32};
    x86_set_cpl(c, c->s.cpl);
}

bool x86_segment_check(struct x86 *c, unsigned seg, u64 offset, unsigned size_bytes,
                       enum x86_access access)
{
    if (seg == X86_FLAT) {
        return true;
    }
    const struct x86_segment *s = &c->s.seg[seg];
    if (LIKELY(allows(c, s, access) && covers(s, offset, size_bytes))) {
        return true;
    }
    return x86_raise_error(c, seg == X86_SS ? X86_SS_FAULT : X86_GP, 0);
}

// --- descriptors in memory ---

bool x86_raise_selector(struct x86 *c, u8 vector, u16 selector)
{
    return x86_raise_error(c, vector, selector & 0xfffc);
}

enum descriptor_found x86_find_descriptor(struct x86 *c, u16 selector, struct descriptor *d)
{
    u64 base = c->s.gdtr.base;
    u32 limit = c->s.gdtr.limit;
    if (selector & 4) {
        if (!(c->s.seg[X86_LDTR].attributes & X86_ATTR_P)) {
            return DESCRIPTOR_OUTSIDE;
        }
        base = c->s.seg[X86_LDTR].base;
        limit = c->s.seg[X86_LDTR].limit;
    }
    if ((selector | 7u) > limit) {
        return DESCRIPTOR_OUTSIDE;
    }
    u64 value = 0;
    d->linear = (u32)(base + (selector & 0xfff8u));
    d->selector = selector;
    if (!x86_read_table(c, d->linear, 8, &value)) {
        return DESCRIPTOR_FAULT;
    }
    d->low = (u32)value;
    d->high = (u32)(value >> 32);
    return DESCRIPTOR_FOUND;
}

bool x86_fetch_descriptor(struct x86 *c, u16 selector, u8 vector, struct descriptor *d)
{
    enum descriptor_found found = x86_find_descriptor(c, selector, d);
    if (found == DESCRIPTOR_OUTSIDE) {
        return x86_raise_selector(c, vector, selector);
    }
    return found == DESCRIPTOR_FOUND;
}

// Writes byte 5 of a descriptor, the one with the type.
static bool store_type(struct x86 *c, struct descriptor *d, u32 high)
{
    if (!x86_store_system(c, (u32)(d->linear + 5), 1, (high >> 8) & 0xff)) {
        return false;
    }
    d->high = high;
    return true;
}

bool x86_set_accessed(struct x86 *c, struct descriptor *d)
{
    u32 accessed = X86_ATTR_ACCESSED << 8;
    return LIKELY(d->high & accessed) || store_type(c, d, d->high | accessed);
}

bool x86_set_busy(struct x86 *c, struct descriptor *d, bool is_busy)
{
    u32 busy = X86_TYPE_BUSY << 8;
    return store_type(c, d, is_busy ? d->high | busy : d->high & ~busy);
}

// --- loading ---

void x86_set_segment(struct x86 *c, unsigned seg, u16 selector, const struct descriptor *d)
{
    c->s.seg[seg] = (struct x86_segment){
        .base = descriptor_base(d),
        .limit = descriptor_limit(d),
        .selector = selector,
        .attributes = descriptor_attributes(d),
    };
    x86_segment_changed(c, seg);
}

void x86_set_null_segment(struct x86 *c, unsigned seg, u16 selector)
{
    c->s.seg[seg] = (struct x86_segment){.selector = selector};
    x86_segment_changed(c, seg);
}

void x86_set_real_segment(struct x86 *c, unsigned seg, u16 selector)
{
    enum { REAL = X86_ATTR_P | X86_ATTR_S | X86_ATTR_WRITABLE | X86_ATTR_ACCESSED };
    struct x86_segment *s = &c->s.seg[seg];
    s->selector = selector;
    s->base = (u64)selector << 4;
    if (x86_is_v86(c)) {
        s->limit = 0xffff;
        s->attributes = REAL | 3u << X86_ATTR_DPL_SHIFT;
    } else if (!(s->attributes & X86_ATTR_P)) { // was null in protected mode
        s->limit = 0xffff;
        s->attributes = REAL;
    } else if (seg == X86_CS) { // limit and D stay, as they do for data segments ("unreal mode")
        s->attributes = (u16)(REAL | (s->attributes & (X86_ATTR_D | X86_ATTR_G)));
    }
    x86_segment_changed(c, seg);
}

bool x86_check_stack(struct x86 *c, u16 selector, unsigned cpl, u8 vector, struct descriptor *d)
{
    if (x86_is_null(selector)) {
        return x86_raise_error(c, vector, 0);
    }
    if (!x86_fetch_descriptor(c, selector, vector, d)) {
        return false;
    }
    if ((selector & 3u) != cpl || descriptor_dpl(d) != cpl || !descriptor_is_writable_data(d)) {
        return x86_raise_selector(c, vector, selector);
    }
    if (!descriptor_is_present(d)) {
        return x86_raise_selector(c, X86_SS_FAULT, selector);
    }
    return x86_set_accessed(c, d);
}

bool x86_load_data_segment(struct x86 *c, unsigned seg, u16 selector, u8 vector)
{
    struct descriptor d;
    if (!x86_fetch_descriptor(c, selector, vector, &d)) {
        return false;
    }
    unsigned dpl = descriptor_dpl(&d);
    bool is_conforming = descriptor_is_code(&d) && descriptor_is_conforming(&d);
    if (!descriptor_is_readable(&d) ||
        (!is_conforming && ((selector & 3u) > dpl || c->s.cpl > dpl))) {
        return x86_raise_selector(c, vector, selector);
    }
    if (!descriptor_is_present(&d)) {
        return x86_raise_selector(c, X86_NP, selector);
    }
    if (!x86_set_accessed(c, &d)) {
        return false;
    }
    x86_set_segment(c, seg, selector, &d);
    return true;
}

bool x86_load_segment(struct x86 *c, unsigned seg, u16 selector)
{
    if (!x86_is_protected(c)) {
        x86_set_real_segment(c, seg, selector);
        return true;
    }
    struct descriptor d;
    if (seg == X86_SS) {
        if (!x86_check_stack(c, selector, c->s.cpl, X86_GP, &d)) {
            return false;
        }
        x86_set_segment(c, seg, selector, &d);
        return true;
    }
    if (x86_is_null(selector)) {
        x86_set_null_segment(c, seg, selector);
        return true;
    }
    return x86_load_data_segment(c, seg, selector, X86_GP);
}

// --- frames ---

struct x86_frame x86_frame_here(const struct x86 *c)
{
    return (struct x86_frame){
        .seg = c->s.seg[X86_SS],
        .mask = c->stack_mask,
        .sp = (u32)c->s.r[X86_RSP],
    };
}

static struct x86_frame frame_of(const struct descriptor *d, u16 selector, u64 sp)
{
    return (struct x86_frame){
        .seg = {.base = descriptor_base(d),
                .limit = descriptor_limit(d),
                .selector = selector,
                .attributes = descriptor_attributes(d)},
        .mask = descriptor_attributes(d) & X86_ATTR_D ? UINT32_MAX : 0xffff,
        .sp = sp,
        .error = selector & 0xfffc,
    };
}

static u64 frame_offset(const struct x86_frame *f, u64 down_bytes)
{
    return (u32)(f->sp - down_bytes) & f->mask;
}

static bool probe_span(struct x86 *c, const struct x86_frame *f, u64 offset, unsigned bytes)
{
    if (!allows(c, &f->seg, X86_WRITE) || !covers(&f->seg, offset, bytes)) {
        return x86_raise_error(c, X86_SS_FAULT, f->error);
    }
    u64 linear = (u32)(f->seg.base + offset);
    const struct x86_tlb_entry *e = x86_tlb_entry(c, linear, X86_WRITE);
    bool is_in_page = linear % X86_PAGE_BYTES + bytes <= X86_PAGE_BYTES;
    if (LIKELY(is_in_page && x86_is_fast(e, linear, 1))) {
        return true;
    }
    return x86_probe(c, X86_FLAT, linear, bytes, X86_WRITE);
}

// [SDM3] 6.15, #AC
static bool alignment_is_wrong(const struct x86 *c, u64 linear, unsigned bytes)
{
    return UNLIKELY(linear % bytes != 0) && c->s.cpl == 3 && (c->s.cr0 & X86_CR0_AM) &&
           (c->s.eflags & X86_AC);
}

static bool probe_frame(struct x86 *c, const struct x86_frame *f, unsigned count, unsigned bytes)
{
    u64 top = f->sp & f->mask, total = (u64)count * bytes;
    if (alignment_is_wrong(c, f->seg.base + top, bytes)) {
        return x86_raise_error(c, X86_AC_FAULT, 0);
    }
    if (LIKELY(top >= total)) {
        return probe_span(c, f, top - total, (unsigned)total);
    }
    for (unsigned n = 1; n <= count; n++) { // wraps at the bottom
        if (!probe_span(c, f, frame_offset(f, (u64)n * bytes), bytes)) {
            return false;
        }
    }
    return true;
}

bool x86_frame_probe(struct x86 *c, const struct x86_frame *f, unsigned count, unsigned bytes,
                     unsigned cpl)
{
    unsigned old = x86_view(c, cpl);
    bool is_good = probe_frame(c, f, count, bytes);
    x86_view(c, old);
    return is_good;
}

void x86_frame_push(struct x86 *c, struct x86_frame *f, unsigned bytes, u64 value)
{
    u64 offset = frame_offset(f, bytes);
    u64 linear = (u32)(f->seg.base + offset);
    f->sp = (f->sp & (u32)~f->mask) | offset;
    if (bytes == 2) {
        x86_store(c, X86_FLAT, linear, 16, (u16)value);
    } else {
        x86_store(c, X86_FLAT, linear, 32, (u32)value);
    }
}

void x86_frame_set_sp(struct x86 *c, const struct x86_frame *f)
{
    c->s.r[X86_RSP] = f->sp;
}

bool x86_tss_stack(struct x86 *c, unsigned cpl, struct x86_frame *f, struct descriptor *d)
{
    const struct x86_segment *tr = &c->s.seg[X86_TR];
    bool is_wide = tr->attributes & X86_TYPE_WIDE;
    unsigned offset = is_wide ? cpl * 8 + 4 : cpl * 4 + 2;
    if (offset + (is_wide ? 5 : 3) > tr->limit) { // [SDM2] CALL: "TSSstackAddress + 5"
        return x86_raise_selector(c, X86_TS, tr->selector);
    }
    u64 sp, ss;
    u64 linear = tr->base + offset;
    if (!x86_read_table(c, (u32)linear, is_wide ? 4 : 2, &sp) ||
        !x86_read_table(c, (u32)(linear + (is_wide ? 4 : 2)), 2, &ss)) {
        return false;
    }
    if (!x86_check_stack(c, (u16)ss, cpl, X86_TS, d)) {
        return false;
    }
    *f = frame_of(d, (u16)ss, sp);
    return true;
}
