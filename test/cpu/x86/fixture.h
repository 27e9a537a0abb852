// A bare processor for tests: RAM, ports and a clock, no board. Header only, so that each test
// stays one file.
//
// In protected mode (fixture_protected) memory is laid out so:
//
//    1000  GDT: the FIX_ selectors, free from FIX_FREE on
//    2000  IDT: vector n is an interrupt gate to 4000 + 16 n
//    3000  TSS (32 bits), SS0:ESP0 = FIX_DATA0:9000
//    4000  handlers: a HLT each
//    9000  top of the stack of level 0
//   10000  code (FIX_CODE)
//   20000  top of the stack in use
#pragma once

#include "cpu/x86/descriptor.h"
#include "cpu/x86/flags.h"
#include "cpu/x86/x86.h"
#include "test/host_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    FIX_GDT = 0x1000,
    FIX_IDT = 0x2000,
    FIX_TSS_AT = 0x3000,
    FIX_HANDLERS = 0x4000,
    FIX_STACK0 = 0x9000,
    FIX_CODE = 0x10000,
    FIX_STACK = 0x20000,

    FIX_CODE0 = 0x08,
    FIX_DATA0 = 0x10,
    FIX_CODE3 = 0x1b,
    FIX_DATA3 = 0x23,
    FIX_TSS = 0x28,
    FIX_FREE = 0x40, // first selector that tests may define

    FIX_PD = 0x80000, // fixture_paging: page directory, and the tables of the first 8 MiB
    FIX_PT = 0x81000,
    FIX_PT1 = 0x82000,
    FIX_PDPT = 0x84000, // fixture_pae: the same in 64-bit entries, four tables of 2 MiB each
    FIX_PAE_PD = 0x85000,
    FIX_PAE_PT = 0x86000,
};

struct fixture {
    struct vt_host host;
    struct log log;
    struct clock clock;
    struct phys phys;
    struct ports ports;
    u8 *ram, *page_flags;
    u64 ram_bytes;
    struct x86 *cpu;
    u8 vector; // what the interrupt controller answers
};

static u8 fixture_ack(void *owner)
{
    const struct fixture *f = owner;
    x86_set_irq(f->cpu, 0, false);
    return f->vector;
}

// A processor after reset with `ram_mib` MiB of RAM from 0.
static inline struct fixture *fixture_create(const char *model, unsigned ram_mib)
{
    struct fixture *f = host_alloc(NULL, sizeof *f);
    f->host = (struct vt_host){.alloc = host_alloc, .release = host_release};
    f->log.host = &f->host;
    f->ram_bytes = (u64)ram_mib << 20;
    f->ram = host_alloc(NULL, f->ram_bytes);
    f->page_flags = host_alloc(NULL, f->ram_bytes / 4096);
    clock_init(&f->clock, 1, 1);
    phys_init(&f->phys, f->ram, f->ram_bytes, f->page_flags);
    phys_map_ram(&f->phys, 0, f->ram_bytes, f->ram, "ram");
    phys_set_a20(&f->phys, true);
    ports_init(&f->ports);
    f->cpu = host_alloc(NULL, sizeof *f->cpu);
    struct x86_wiring w = {
        .clock = &f->clock,
        .phys = &f->phys,
        .ports = &f->ports,
        .log = &f->log,
        .ack = {fixture_ack, f},
        .host = &f->host,
    };
    assert_true(x86_init(f->cpu, x86_model_by_name(model), &w, 0));
    return f;
}

static inline void fixture_destroy(struct fixture *f)
{
    x86_destroy(f->cpu);
    host_release(NULL, f->cpu, sizeof *f->cpu);
    host_release(NULL, f->ram, f->ram_bytes);
    host_release(NULL, f->page_flags, f->ram_bytes / 4096);
    host_release(NULL, f, sizeof *f);
}

// --- memory, physical addresses ---

static inline void poke16(struct fixture *f, u32 at, u16 v)
{
    phys_write(&f->phys, at, &v, 2);
}

static inline void poke32(struct fixture *f, u32 at, u32 v)
{
    phys_write(&f->phys, at, &v, 4);
}

static inline u8 peek8(const struct fixture *f, u32 at)
{
    return f->ram[at];
}

static inline u16 peek16(const struct fixture *f, u32 at)
{
    return load_le16(f->ram + at);
}

static inline u32 peek32(const struct fixture *f, u32 at)
{
    return load_le32(f->ram + at);
}

static inline void poke_bytes(struct fixture *f, u32 at, const u8 *bytes, size_t count)
{
    phys_write(&f->phys, at, bytes, count);
}

// Bytes of code given one by one.
#define CODE_AT(f, at, ...)                                                                        \
    poke_bytes(f, at, (const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

// --- descriptors ---

// `access` is byte 5 (P, DPL, S, type), `flags` the nibble G D L AVL; `limit` in units of the
// granularity.
static inline void put_descriptor(struct fixture *f, u32 at, u32 base, u32 limit, u8 access,
                                  u8 flags)
{
    poke32(f, at, (limit & 0xffff) | base << 16);
    poke32(f, at + 4,
           (base >> 16 & 0xff) | (u32)access << 8 | (limit & 0xf0000) | (u32)flags << 20 |
               (base & 0xff000000));
}

static inline void put_gate(struct fixture *f, u32 at, u16 selector, u32 offset, u8 access,
                            u8 count)
{
    poke32(f, at, (offset & 0xffff) | (u32)selector << 16);
    poke32(f, at + 4, (offset & 0xffff0000) | (u32)access << 8 | count);
}

static inline u32 gdt_at(u16 selector)
{
    return FIX_GDT + (selector & 0xfff8u);
}

// --- modes ---

// Real mode at 0:FIX_CODE / segments 0 / SP 8000h. Code is at 1000h:0.
static inline void fixture_real(struct fixture *f)
{
    struct x86 *c = f->cpu;
    for (unsigned seg = X86_ES; seg <= X86_GS; seg++) {
        c->s.seg[seg] = (struct x86_segment){.limit = 0xffff, .attributes = 0x93};
    }
    c->s.eflags = X86_FLAGS_ONE;
    c->s.cpl = 0;
    c->s.cr0 = X86_CR0_ET;
    x86_set_real_segment(c, X86_CS, FIX_CODE >> 4);
    c->s.idtr = (struct x86_table){.limit = 0x3ff};
    c->s.rip = 0;
    c->s.r[X86_RSP] = 0x8000;
    x86_segments_changed(c);
}

static inline void load_flat(struct fixture *f, unsigned seg, u16 selector)
{
    struct descriptor d = {.low = peek32(f, gdt_at(selector)),
                           .high = peek32(f, gdt_at(selector) + 4),
                           .selector = selector};
    x86_set_segment(f->cpu, seg, selector, &d);
}

// Puts the processor to level 0 or 3 with flat segments, at FIX_CODE.
static inline void fixture_level(struct fixture *f, unsigned cpl)
{
    struct x86 *c = f->cpu;
    c->s.cpl = (u8)cpl;
    for (unsigned seg = X86_ES; seg <= X86_GS; seg++) {
        load_flat(f, seg, cpl ? FIX_DATA3 : FIX_DATA0);
    }
    load_flat(f, X86_CS, cpl ? FIX_CODE3 : FIX_CODE0);
    c->s.rip = FIX_CODE;
    c->s.r[X86_RSP] = FIX_STACK;
    x86_segments_changed(c);
}

// Protected mode, 32 bits, no paging, level 0.
static inline void fixture_protected(struct fixture *f)
{
    struct x86 *c = f->cpu;
    put_descriptor(f, gdt_at(FIX_CODE0), 0, 0xfffff, 0x9b, 0xc);
    put_descriptor(f, gdt_at(FIX_DATA0), 0, 0xfffff, 0x93, 0xc);
    put_descriptor(f, gdt_at(FIX_CODE3), 0, 0xfffff, 0xfb, 0xc);
    put_descriptor(f, gdt_at(FIX_DATA3), 0, 0xfffff, 0xf3, 0xc);
    put_descriptor(f, gdt_at(FIX_TSS), FIX_TSS_AT, 0x67, 0x8b, 0);
    for (unsigned n = 0; n < 256; n++) {
        put_gate(f, FIX_IDT + 8 * n, FIX_CODE0, FIX_HANDLERS + 16 * n, 0x8e, 0);
        CODE_AT(f, FIX_HANDLERS + 16 * n, 0xf4);
    }
    poke32(f, FIX_TSS_AT + 4, FIX_STACK0);
    poke16(f, FIX_TSS_AT + 8, FIX_DATA0);
    c->s.gdtr = (struct x86_table){.base = FIX_GDT, .limit = 0xfff};
    c->s.idtr = (struct x86_table){.base = FIX_IDT, .limit = 0x7ff};
    c->s.cr0 = X86_CR0_PE | X86_CR0_ET;
    x86_paging_changed(c);
    load_flat(f, X86_TR, FIX_TSS);
    c->s.seg[X86_LDTR] = (struct x86_segment){0};
    fixture_level(f, 0);
}

// cmocka's setup and teardown of a test: a processor in protected mode; any.
static inline int fixture_setup(void **state)
{
    struct fixture *f = fixture_create("max", 4);
    fixture_protected(f);
    *state = f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    fixture_destroy(*state);
    return 0;
}

// Virtual-8086 mode with IOPL `iopl`: code at 1000h:0 (FIX_CODE), stack 1800h:1000h, data segments
// 1 to 4.
static inline void fixture_v86(struct fixture *f, unsigned iopl)
{
    struct x86 *c = f->cpu;
    x86_set_eflags(c, X86_VM | (u32)iopl << 12 | X86_IF);
    c->s.cpl = 3;
    x86_set_real_segment(c, X86_CS, FIX_CODE >> 4);
    x86_set_real_segment(c, X86_SS, 0x1800);
    x86_set_real_segment(c, X86_ES, 1);
    x86_set_real_segment(c, X86_DS, 2);
    x86_set_real_segment(c, X86_FS, 3);
    x86_set_real_segment(c, X86_GS, 4);
    c->s.rip = 0;
    c->s.r[X86_RSP] = 0x1000;
    x86_segments_changed(c);
}

// --- paging ---

// The address of the page-table entry of a linear address below 8 MiB.
static inline u32 pte_at(u32 linear)
{
    return FIX_PT + linear / 4096 * 4;
}

static inline u32 pae_pte_at(u32 linear)
{
    return FIX_PAE_PT + linear / 4096 * 8;
}

// Turns paging on, as the state in cr0, cr3 and cr4 now says.
static inline void fixture_page_on(struct fixture *f, u32 cr3)
{
    struct x86 *c = f->cpu;
    c->s.cr3 = cr3;
    c->s.cr0 |= X86_CR0_PG;
    if (c->s.cr4 & X86_CR4_PAE) {
        assert_true(x86_load_pdptes(c, cr3));
    }
    x86_paging_changed(c);
}

// Maps the first 8 MiB to themselves in pages of 4 KiB, all rights, A and D clear. (RAM may be
// less.) The page directory is FIX_PD.
static inline void fixture_paging(struct fixture *f)
{
    for (u32 n = 0; n < 2048; n++) {
        poke32(f, FIX_PT + 4 * n, n << 12 | 7);
    }
    poke32(f, FIX_PD, FIX_PT | 7);
    poke32(f, FIX_PD + 4, FIX_PT1 | 7);
    fixture_page_on(f, FIX_PD);
}

// The same with PAE. NX counts if EFER.NXE was set before.
static inline void fixture_pae(struct fixture *f)
{
    for (u32 n = 0; n < 2048; n++) {
        poke32(f, FIX_PAE_PT + 8 * n, n << 12 | 7);
        poke32(f, FIX_PAE_PT + 8 * n + 4, 0);
    }
    for (u32 n = 0; n < 4; n++) {
        poke32(f, FIX_PAE_PD + 8 * n, (FIX_PAE_PT + 0x1000 * n) | 7);
        poke32(f, FIX_PAE_PD + 8 * n + 4, 0);
    }
    poke32(f, FIX_PDPT, FIX_PAE_PD | 1);
    f->cpu->s.cr4 |= X86_CR4_PAE;
    fixture_page_on(f, FIX_PDPT);
}

// Drops all of the TLB, as a write of CR4.PGE does.
static inline void fixture_flush(struct fixture *f)
{
    x86_tlb_flush(f->cpu, true);
}

// --- tasks ---

// A 32-bit TSS at `at` for a task of level 0, its registers 0, and its descriptor.
static inline void fixture_task(struct fixture *f, u16 selector, u32 at, u32 eip, u32 esp)
{
    put_descriptor(f, gdt_at(selector), at, 0x67, 0x89, 0);
    memset(f->ram + at, 0, 0x68);
    poke32(f, at + 0x1c, (u32)f->cpu->s.cr3);
    poke32(f, at + 0x20, eip);
    poke32(f, at + 0x24, X86_FLAGS_ONE);
    poke32(f, at + 0x38, esp);
    for (unsigned n = 0; n < 6; n++) {
        poke16(f, at + 0x48 + 4 * n, n == X86_CS ? FIX_CODE0 : FIX_DATA0);
    }
}

// The running task's TSS gets an interrupt redirection bitmap (32 bytes at FIX_TSS_AT + 68h) and an
// I/O bitmap for the ports below 400h (at FIX_TSS_AT + 88h), all clear.
static inline void fixture_maps(struct fixture *f)
{
    put_descriptor(f, gdt_at(FIX_TSS), FIX_TSS_AT, 0x88 + 0x80, 0x8b, 0);
    poke16(f, FIX_TSS_AT + 0x66, 0x88);
    memset(f->ram + FIX_TSS_AT + 0x68, 0, 0x20 + 0x80);
    f->ram[FIX_TSS_AT + 0x88 + 0x80] = 0xff;
    load_flat(f, X86_TR, FIX_TSS);
}

// --- running ---

// Runs at most `n` instructions; returns how many.
static inline u64 run(struct fixture *f, u64 n)
{
    u64 done = 0, step = 1;
    while (done < n && step > 0) { // x86_run may come back early
        step = x86_run(f->cpu, n - done);
        clock_advance(&f->clock, step);
        done += step;
    }
    return done;
}

// A handler has been entered (and, maybe, its HLT executed): which vector, or -1.
static inline int entered_vector(const struct fixture *f)
{
    u64 rip = f->cpu->s.rip;
    bool is_handler = rip >= FIX_HANDLERS && rip < FIX_HANDLERS + 16 * 256;
    return is_handler ? (int)((rip - FIX_HANDLERS) / 16) : -1;
}

// The n-th doubleword on the stack.
static inline u32 stack32(const struct fixture *f, unsigned n)
{
    const struct x86 *c = f->cpu;
    return peek32(f, (u32)(c->s.seg[X86_SS].base + c->s.r[X86_RSP] + 4 * n));
}

// Whether the processor pushes an error code for a vector. [SDM3] table 6-1
static inline bool has_error_code(unsigned vector)
{
    return vector == X86_DF_FAULT || (vector >= X86_TS && vector <= X86_PF_FAULT) ||
           vector == X86_AC_FAULT;
}

// Runs into an exception or interrupt and checks which, and its error code (0 where there is none)
// and the EIP it pushed. The handler has 32-bit code and a 32-bit gate.
#define expect_entry(f, vector, error, eip) expect_entry_at(f, vector, error, eip, __LINE__)
static inline void expect_entry_at(struct fixture *f, unsigned vector, u32 error, u32 eip, int line)
{
    run(f, 1000);
    bool has_error = has_error_code(vector);
    u32 got_error = has_error ? stack32(f, 0) : 0, got_eip = stack32(f, has_error);
    if (entered_vector(f) != (int)vector || got_error != error || got_eip != eip) {
        fail_msg("line %d: vector %d error %x EIP %x instead of %u %x %x", line, entered_vector(f),
                 got_error, got_eip, vector, error, eip);
    }
}

// The EFLAGS that the entry pushed.
static inline u32 pushed_flags(const struct fixture *f)
{
    return stack32(f, has_error_code((unsigned)entered_vector(f)) + 2);
}

// Back to FIX_CODE at a level after a handler's HLT, registers and memory as they are.
static inline void again(struct fixture *f, unsigned cpl)
{
    f->cpu->s.is_halted = f->cpu->s.is_shut_down = false;
    f->cpu->s.pending_debug = f->cpu->s.inhibit = 0;
    x86_set_eflags(f->cpu, X86_FLAGS_ONE);
    fixture_level(f, cpl);
}
