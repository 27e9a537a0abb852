// Runs cases on a bare processor of ours: level 3, flat, paging on, the same memory at the same
// addresses as the child.
//
// Physical memory: tables from 0, supervisor's pages (GDT, IDT, TSS, handlers, stack) at SYSTEM,
// windows behind them. The handler of each vector is a HLT, so that a case ends with the frame of
// its exception on level 0's stack.
#include "oracle.h"

#include "../vectors/vectors.h"
#include "base/bytes.h"
#include "cpu/x86/descriptor.h"
#include "cpu/x86/flags.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PDPT = 0x1000, // page tables behind it
    TABLES = 0x2000,
    SYSTEM = 0x100000, // physical
    CODE = 0x200000,
    WINDOW = 0x201000,

    // from OWN_AT, and from SYSTEM
    GDT = 0x0000,
    IDT = 0x1000,
    TSS = 0x2000,
    HANDLERS = 0x3000,
    STACK0 = 0x6000, // top
    SYSTEM_BYTES = 0x6000,

    // Linux's selectors
    CODE0 = 0x08,
    DATA0 = 0x10,
    CODE3 = 0x23,
    DATA3 = 0x2b,
    TSS0 = 0x40,

    PRESENT = 1,
    WRITABLE = 2,
    USER = 4,
};

#define NO_EXECUTE (1ull << 63)

struct guest {
    struct bare *bare;
    const u8 *background;
    u32 next_table;
    struct x86_segment segments[X86_SEG_COUNT];
};

// --- setting up ---

static void put(struct guest *g, u32 at, u64 value)
{
    store_le64(g->bare->ram + at, value);
}

static u32 table_of(struct guest *g, u32 entry)
{
    if (!load_le64(g->bare->ram + entry)) {
        put(g, entry, g->next_table | PRESENT | (entry >= PDPT + 32 ? USER | WRITABLE : 0));
        g->next_table += PAGE_BYTES;
    }
    return (u32)load_le64(g->bare->ram + entry) & ~0xfffu;
}

// A page, through the tables of PAE.
static void map_page(struct guest *g, u32 linear, u32 phys, u64 bits)
{
    u32 directory = table_of(g, PDPT + 8 * (linear >> 30));
    u32 table = table_of(g, directory + 8 * (linear >> 21 & 511));
    put(g, table + 8 * (linear >> 12 & 511), phys | bits | PRESENT);
}

static void map_windows(struct guest *g)
{
    u32 phys = WINDOW;
    for (unsigned w = 0; w < WINDOW_COUNT; w++) {
        for (u32 n = 0; n < windows[w].bytes; n += PAGE_BYTES, phys += PAGE_BYTES) {
            map_page(g, windows[w].at + n, phys,
                     NO_EXECUTE | USER | (windows[w].is_writable ? WRITABLE : 0));
        }
    }
    memcpy(g->bare->ram + WINDOW, g->background, WINDOWS_BYTES);
    map_page(g, CODE_AT, CODE, USER);
    memset(g->bare->ram + CODE, FILL, PAGE_BYTES);
    for (u32 n = 0; n < SYSTEM_BYTES; n += PAGE_BYTES) {
        map_page(g, OWN_AT + n, SYSTEM + n, WRITABLE);
    }
}

static void put_segment(struct guest *g, u16 selector, u32 limit, u8 access, u8 flags)
{
    put(g, SYSTEM + GDT + (selector & 0xfff8u),
        (limit & 0xffff) | 0ull << 16 | (u64)access << 40 | (u64)(limit >> 16) << 48 |
            (u64)flags << 52);
}

static void make_tables(struct guest *g)
{
    put_segment(g, CODE0, 0xfffff, 0x9b, 0xc);
    put_segment(g, DATA0, 0xfffff, 0x93, 0xc);
    put_segment(g, CODE3, 0xfffff, 0xfb, 0xc);
    put_segment(g, DATA3, 0xfffff, 0xf3, 0xc);
    u64 base = OWN_AT + TSS;
    put(g, SYSTEM + GDT + TSS0,
        0x67 | (base & 0xffffff) << 16 | 0x8bull << 40 | (base >> 24) << 56);
    for (u32 n = 0; n < 256; n++) {
        u64 handler = OWN_AT + HANDLERS + 16 * n;
        u64 dpl = n == X86_BP || n == X86_OF_TRAP ? 3 : 0; // as in Linux
        put(g, SYSTEM + IDT + 8 * n,
            (handler & 0xffff) | (u64)CODE0 << 16 | (0x8eull | dpl << 5) << 40 |
                (handler >> 16) << 48);
        g->bare->ram[SYSTEM + HANDLERS + 16 * n] = 0xf4;
    }
    store_le32(g->bare->ram + SYSTEM + TSS + 4, OWN_AT + STACK0);
    store_le16(g->bare->ram + SYSTEM + TSS + 8, DATA0);
    store_le16(g->bare->ram + SYSTEM + TSS + 0x66, 0x68); // no I/O bitmap
}

static void load(struct guest *g, unsigned seg, u16 selector)
{
    u32 at = SYSTEM + GDT + (selector & 0xfff8u);
    struct descriptor d = {.low = load_le32(g->bare->ram + at),
                           .high = load_le32(g->bare->ram + at + 4),
                           .selector = selector};
    x86_set_segment(&g->bare->cpu, seg, selector, &d);
}

static void set_mode(struct guest *g)
{
    struct x86 *c = &g->bare->cpu;
    c->s.gdtr = (struct x86_table){.base = OWN_AT + GDT, .limit = 0x7f};
    c->s.idtr = (struct x86_table){.base = OWN_AT + IDT, .limit = 0x7ff};
    c->s.cr0 =
        X86_CR0_PE | X86_CR0_ET | X86_CR0_MP | X86_CR0_NE | X86_CR0_WP | X86_CR0_AM | X86_CR0_PG;
    c->s.cr4 = X86_CR4_PAE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT;
    c->s.msr.efer = X86_EFER_NXE;
    c->s.cr3 = PDPT;
    for (unsigned n = 0; n < 4; n++) {
        c->s.pdpte[n] = load_le64(g->bare->ram + PDPT + 8 * n);
    }
    c->s.cpl = 3;
    for (unsigned seg = X86_ES; seg <= X86_DS; seg++) {
        load(g, seg, seg == X86_CS ? CODE3 : DATA3);
    }
    c->s.seg[X86_FS] = c->s.seg[X86_GS] = (struct x86_segment){0};
    c->s.seg[X86_LDTR] = (struct x86_segment){0};
    load(g, X86_TR, TSS0);
    bare_changed(g->bare);
    memcpy(g->segments, c->s.seg, sizeof g->segments);
}

struct guest *guest_create(const u8 *background, bool has_code3)
{
    struct guest *g = calloc(1, sizeof *g);
    if (!g) {
        fputs("oracle: out of memory\n", stderr);
        exit(2);
    }
    g->bare = bare_create();
    g->background = background;
    g->next_table = TABLES;
    map_windows(g);
    make_tables(g);
    set_mode(g);
    if (!has_code3) { // for LAR and the like: what CS holds stays
        put(g, SYSTEM + GDT + (CODE3 & 0xfff8), 0);
    }
    return g;
}

void guest_destroy(struct guest *g)
{
    bare_destroy(g->bare);
    free(g);
}

const struct decoder *guest_decoder(const struct guest *g)
{
    return x86_decoder(&g->bare->cpu);
}

// --- FXSAVE's image ---

static void take_fx(struct x86 *c, const u8 *image)
{
    struct x86_fpu *f = &c->s.fpu;
    u16 status = load_le16(image + 2);
    f->control = load_le16(image);
    f->top = (status >> 11) & 7;
    f->status = status & 0x477f;
    f->status |= status & ~f->control & 0x3f ? 0x8080 : 0; // as FXRSTOR
    f->empty = (u8)~image[4];
    f->opcode = load_le16(image + 6);
    f->code_offset = load_le32(image + 8);
    f->data_offset = load_le32(image + 16);
    f->code_selector = f->data_selector = 0;
    c->s.mxcsr = load_le32(image + 24);
    for (unsigned n = 0; n < 8; n++) {
        struct float80 *st = &f->fpr[(f->top + n) & 7];
        st->mantissa = load_le64(image + 32 + 16 * n);
        st->sign_exponent = load_le16(image + 40 + 16 * n);
        c->s.xmm[n].lo = load_le64(image + 160 + 16 * n);
        c->s.xmm[n].hi = load_le64(image + 168 + 16 * n);
    }
}

static void give_fx(const struct x86 *c, u8 *image)
{
    const struct x86_fpu *f = &c->s.fpu;
    store_le16(image, f->control);
    store_le16(image + 2, (u16)(f->status | f->top << 11));
    image[4] = (u8)~f->empty;
    store_le16(image + 6, f->opcode);
    store_le32(image + 8, (u32)f->code_offset);
    store_le32(image + 16, (u32)f->data_offset);
    store_le32(image + 24, c->s.mxcsr);
    for (unsigned n = 0; n < 8; n++) {
        const struct float80 *st = &f->fpr[(f->top + n) & 7];
        store_le64(image + 32 + 16 * n, st->mantissa);
        store_le16(image + 40 + 16 * n, st->sign_exponent);
        store_le64(image + 160 + 16 * n, c->s.xmm[n].lo);
        store_le64(image + 168 + 16 * n, c->s.xmm[n].hi);
    }
}

// --- one case ---

static u8 *memory_at(struct guest *g, u32 linear)
{
    u32 phys = WINDOW;
    for (unsigned w = 0; w < WINDOW_COUNT; w++) {
        if (linear - windows[w].at < windows[w].bytes) {
            return g->bare->ram + phys + (linear - windows[w].at);
        }
        phys += windows[w].bytes;
    }
    return NULL;
}

static void begin(struct guest *g, const struct test_case *k)
{
    struct x86 *c = &g->bare->cpu;
    for (unsigned n = 0; n < PATCH_COUNT; n++) {
        if (k->patch[n].bytes) {
            memcpy(memory_at(g, k->patch[n].at), k->patch[n].byte, k->patch[n].bytes);
        }
    }
    phys_write(&g->bare->phys, CODE + k->before.eip - CODE_AT, k->code, k->length);
    memcpy(c->s.seg, g->segments, sizeof g->segments);
    c->s.cpl = 3;
    x86_segments_changed(c);
    for (unsigned n = 0; n < 8; n++) {
        c->s.r[n] = k->before.r[n];
    }
    c->s.rip = k->before.eip;
    x86_set_eflags(c, k->before.eflags);
    take_fx(c, k->before.fx);
    c->s.is_halted = c->s.is_shut_down = false;
    c->s.inhibit = 0;
    c->s.pending_debug = 0;
    c->s.cr2 = 0;
}

static bool has_error(u32 vector)
{
    return vector == X86_DF_FAULT || (vector >= X86_TS && vector <= X86_PF_FAULT) ||
           vector == X86_AC_FAULT;
}

// The frame: [error,] EIP, CS, EFLAGS, ESP, SS, at the top of level 0's stack.
static void read_frame(struct guest *g, struct result *r)
{
    const struct x86 *c = &g->bare->cpu;
    const u8 *top = g->bare->ram + SYSTEM + STACK0;
    for (unsigned n = 0; n < 8; n++) {
        r->after.r[n] = (u32)c->s.r[n];
    }
    r->vector = (u32)(c->s.rip - OWN_AT - HANDLERS) / 16;
    r->error = has_error(r->vector) ? load_le32(top - 24) : 0;
    r->address = (u32)c->s.cr2;
    r->after.eip = load_le32(top - 20);
    r->after.eflags = load_le32(top - 12);
    r->after.r[X86_RSP] = load_le32(top - 8);
    give_fx(c, r->after.fx);
}

static void collect_lines(struct guest *g, struct guest_result *result)
{
    const u8 *before = g->background;
    u8 *now = g->bare->ram + WINDOW;
    unsigned count = 0;
    for (unsigned w = 0; w < WINDOW_COUNT; w++) {
        for (u32 n = 0; n < windows[w].bytes;
             n += LINE_BYTES, before += LINE_BYTES, now += LINE_BYTES) {
            if (memcmp(before, now, LINE_BYTES) != 0) {
                result->lines[count].at = windows[w].at + n;
                memcpy(result->lines[count++].byte, now, LINE_BYTES);
                memcpy(now, before, LINE_BYTES);
            }
        }
    }
    result->result.line_count = count;
}

static const char *unsuited(const struct result *r, bool is_over, u64 executed)
{
    if (!is_over || executed > 4) { // the instruction, a jump, INT3, HLT
        return "runs on into other code";
    }
    if (r->vector == X86_PF_FAULT &&
        (r->address - OWN_AT < OWN_BYTES || r->address - SHARED_AT < SHARED_BYTES)) {
        return "hits the child's own memory";
    }
    return NULL;
}

void guest_run(struct guest *g, const struct test_case *k, struct guest_result *result)
{
    static const u8 filling[CODE_BYTES] = {FILL, FILL, FILL, FILL, FILL, FILL, FILL, FILL,
                                           FILL, FILL, FILL, FILL, FILL, FILL, FILL, FILL,
                                           FILL, FILL, FILL, FILL, FILL, FILL, FILL, FILL};
    struct x86 *c = &g->bare->cpu;
    memset(&result->result, 0, sizeof result->result);
    begin(g, k);
    u64 executed = 0;
    while (!c->s.is_halted && !c->s.is_shut_down && executed < 100) {
        executed += x86_run(c, 100 - executed);
    }
    bool is_over = c->s.is_halted && !c->s.is_shut_down;
    read_frame(g, &result->result);
    collect_lines(g, result);
    phys_write(&g->bare->phys, CODE + k->before.eip - CODE_AT, filling, k->length);
    result->skip = unsuited(&result->result, is_over, executed);
}
