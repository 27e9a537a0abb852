// Descriptor-table registers, and what a selector would allow: LGDT to STR, LAR, LSL, VERR, VERW,
// ARPL. [SDM2], [SDM3] 5.10
#include "cpu/x86/op_system.h"

// --- descriptor tables ---

static bool store_table(struct x86 *c, const struct insn *i, const struct x86_table *t)
{
    u64 at = ea(c, i);
    return x86_probe(c, i->seg, at, 6, X86_WRITE) && x86_store(c, i->seg, at, 16, t->limit) &&
           x86_store(c, i->seg, (at + 2) & i->address_mask, 32, (u32)t->base);
}

static bool load_table(struct x86 *c, const struct insn *i, struct x86_table *t)
{
    u64 limit, base, at = ea(c, i);
    if (!is_level_0(c) || !x86_load(c, i->seg, at, 16, &limit) ||
        !x86_load(c, i->seg, (at + 2) & i->address_mask, 32, &base)) {
        return false;
    }
    *t = (struct x86_table){.base = is_16(i) ? base & 0xffffff : base, .limit = (u16)limit};
    return true;
}

OP(sgdt)
{
    return next_if(i, store_table(c, i, &c->s.gdtr));
}

OP(sidt)
{
    return next_if(i, store_table(c, i, &c->s.idtr));
}

OP(lgdt)
{
    return next_if(i, load_table(c, i, &c->s.gdtr));
}

OP(lidt)
{
    return next_if(i, load_table(c, i, &c->s.idtr));
}

static bool lldt(struct x86 *c, const struct insn *i, bool is_memory)
{
    u16 selector;
    struct descriptor d;
    if (!is_level_0(c) || !load_word(c, i, is_memory, &selector)) {
        return false;
    }
    if (x86_is_null(selector)) {
        x86_set_null_segment(c, X86_LDTR, selector);
        return true;
    }
    if (selector & 4) {
        return x86_raise_selector(c, X86_GP, selector);
    }
    if (!x86_fetch_descriptor(c, selector, X86_GP, &d)) {
        return false;
    }
    if (!descriptor_is_system(&d) || descriptor_type(&d) != X86_TYPE_LDT) {
        return x86_raise_selector(c, X86_GP, selector);
    }
    if (!descriptor_is_present(&d)) {
        return x86_raise_selector(c, X86_NP, selector);
    }
    x86_set_segment(c, X86_LDTR, selector, &d);
    return true;
}

static bool ltr(struct x86 *c, const struct insn *i, bool is_memory)
{
    u16 selector;
    struct descriptor d;
    if (!is_level_0(c) || !load_word(c, i, is_memory, &selector)) {
        return false;
    }
    if (!x86_check_tss(c, selector, false, X86_GP, &d) || !x86_set_busy(c, &d, true)) {
        return false;
    }
    x86_set_segment(c, X86_TR, selector, &d);
    return true;
}

OP(lldt_r)
{
    return next_if(i, lldt(c, i, false));
}

OP(lldt_m)
{
    return next_if(i, lldt(c, i, true));
}

OP(ltr_r)
{
    return next_if(i, ltr(c, i, false));
}

OP(ltr_m)
{
    return next_if(i, ltr(c, i, true));
}

OP(sldt_r)
{
    return next_if(i, store_word(c, i, false, c->s.seg[X86_LDTR].selector));
}

OP(sldt_m)
{
    return next_if(i, store_word(c, i, true, c->s.seg[X86_LDTR].selector));
}

OP(str_r)
{
    return next_if(i, store_word(c, i, false, c->s.seg[X86_TR].selector));
}

OP(str_m)
{
    return next_if(i, store_word(c, i, true, c->s.seg[X86_TR].selector));
}

// --- what a selector would allow: LAR, LSL, VERR, VERW, ARPL ---

// Descriptor of E's selector if it is visible at CPL and RPL; *is_visible false without a fault if
// not. `system_types`: the system descriptors that count.
static bool look(struct x86 *c, const struct insn *i, bool is_memory, u32 system_types,
                 struct descriptor *d, bool *is_visible)
{
    u16 selector;
    *is_visible = false;
    if (!load_word(c, i, is_memory, &selector)) {
        return false;
    }
    if (x86_is_null(selector)) {
        return true;
    }
    enum descriptor_found found = x86_find_descriptor(c, selector, d);
    if (found != DESCRIPTOR_FOUND) {
        return found == DESCRIPTOR_OUTSIDE;
    }
    if (descriptor_is_system(d) && !((system_types >> descriptor_type(d)) & 1)) {
        return true;
    }
    unsigned dpl = descriptor_dpl(d);
    bool is_conforming = descriptor_is_code(d) && descriptor_is_conforming(d);
    *is_visible = is_conforming || (dpl >= c->s.cpl && dpl >= (selector & 3u));
    return true;
}

enum { // system descriptors that LAR and LSL accept, [SDM2] tables 3-53 and 3-56
    LSL_TYPES = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 9 | 1 << 11,
    LAR_TYPES = LSL_TYPES | 1 << 4 | 1 << 5 | 1 << 12,
};

static const struct insn *lar(struct x86 *c, const struct insn *i, bool is_memory)
{
    struct descriptor d;
    bool is_visible;
    if (!look(c, i, is_memory, LAR_TYPES, &d, &is_visible)) {
        return NULL;
    }
    if (is_visible) {
        reg_write(c, i->reg, is_16(i) ? 16 : 32, d.high & (is_16(i) ? 0xff00 : 0xffff00));
    }
    set_zf(c, is_visible);
    return i + 1;
}

static const struct insn *lsl(struct x86 *c, const struct insn *i, bool is_memory)
{
    struct descriptor d;
    bool is_visible;
    if (!look(c, i, is_memory, LSL_TYPES, &d, &is_visible)) {
        return NULL;
    }
    if (is_visible) {
        reg_write(c, i->reg, is_16(i) ? 16 : 32, descriptor_limit(&d));
    }
    set_zf(c, is_visible);
    return i + 1;
}

OP(lar_r)
{
    return lar(c, i, false);
}

OP(lar_m)
{
    return lar(c, i, true);
}

OP(lsl_r)
{
    return lsl(c, i, false);
}

OP(lsl_m)
{
    return lsl(c, i, true);
}

static const struct insn *verify(struct x86 *c, const struct insn *i, bool is_memory, bool writes)
{
    struct descriptor d;
    bool is_visible;
    if (!look(c, i, is_memory, 0, &d, &is_visible)) {
        return NULL;
    }
    set_zf(c,
           is_visible && (writes ? descriptor_is_writable_data(&d) : descriptor_is_readable(&d)));
    return i + 1;
}

OP(verr_r)
{
    return verify(c, i, false, false);
}

OP(verr_m)
{
    return verify(c, i, true, false);
}

OP(verw_r)
{
    return verify(c, i, false, true);
}

OP(verw_m)
{
    return verify(c, i, true, true);
}

OP(arpl_r)
{
    unsigned want = c->s.r[i->reg] & 3;
    bool is_less = (c->s.r[i->rm] & 3) < want;
    if (is_less) {
        reg_write(c, i->rm, 16, (c->s.r[i->rm] & 0xfffc) | want);
    }
    set_zf(c, is_less);
    NEXT;
}

OP(arpl_m)
{
    u64 value;
    unsigned want = c->s.r[i->reg] & 3;
    if (!x86_load(c, i->seg, ea(c, i), 16, &value)) {
        LEAVE;
    }
    bool is_less = (value & 3) < want;
    if (is_less && !x86_store(c, i->seg, ea(c, i), 16, (value & 0xfffc) | want)) {
        LEAVE;
    }
    set_zf(c, is_less);
    NEXT;
}
