// Paging: rights and error codes, accessed and dirty bits, large pages, the TLB as a guest can see
// it, and accesses that fault in their second half. Expected values: [SDM3] 4.
//
// Not asserted, because processors differ: whether the accessed bits of the upper level are set by
// a walk that ends in a fault (ours leaves all entries alone), and how long a stale TLB entry lives
// (ours: until it is flushed or another page takes its place).
#include "fixture.h"

enum {
    A = 0x20,
    D = 0x40,
    PS = 0x80,
    G = 0x100,
    TARGET = 0x400000, // the linear page under test: PDE 1, PTE 0 of FIX_PT1
    FRAME = 0x200000,  // where it is
};

// A clean machine with paging at a level; EBX points to the target.
static void prepare(struct fixture *f, unsigned cpl)
{
    struct x86 *c = f->cpu;
    c->s.cr4 = 0;
    c->s.msr.efer = 0;
    memset(c->s.r, 0, sizeof c->s.r);
    fixture_protected(f);
    fixture_paging(f);
    again(f, cpl);
    c->s.r[X86_RBX] = TARGET;
}

enum how { READ, WRITE, FETCH };

static void put_access(struct fixture *f, enum how how)
{
    switch (how) {
    case READ: CODE_AT(f, FIX_CODE, 0x8b, 0x03, 0xf4); break;  // MOV EAX, [EBX]
    case WRITE: CODE_AT(f, FIX_CODE, 0x89, 0x03, 0xf4); break; // MOV [EBX], EAX
    case FETCH: CODE_AT(f, FIX_CODE, 0xff, 0xe3, 0xf4); break; // JMP EBX
    }
    CODE_AT(f, FRAME, 0x90, 0x90, 0xeb, 0xfe);
}

// --- rights ---

// [SDM3] 4.6, 4.7: every combination of P, W and U on both levels, WP, level and access.
static void rights_of_both_levels_wp_and_cpl_decide_and_make_the_error_code(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned n = 0; n < 8 * 8 * 2 * 2 * 3; n++) {
        unsigned pde = n % 8, pte = n / 8 % 8, wp = n / 64 % 2, user = n / 128 % 2;
        enum how how = (enum how)(n / 256);
        prepare(f, user ? 3 : 0);
        c->s.cr0 |= wp ? X86_CR0_WP : 0;
        poke32(f, FIX_PD + 4, FIX_PT1 | pde);
        poke32(f, pte_at(TARGET), FRAME | pte);
        put_access(f, how);
        fixture_flush(f);
        bool present = pde & pte & 1, writable = pde & pte & 2, allows_user = pde & pte & 4;
        bool is_good =
            present && (!user || allows_user) && (how != WRITE || writable || (!user && !wp));
        u32 error = (present ? 1 : 0) | (how == WRITE ? 2 : 0) | (user ? 4 : 0);
        run(f, how == FETCH ? 2 : 1);
        if (is_good) {
            assert_int_equal(entered_vector(f), -1);
            assert_int_equal(peek32(f, FIX_PD + 4) & (A | D), A);
            assert_int_equal(peek32(f, pte_at(TARGET)) & (A | D), how == WRITE ? A | D : A);
        } else {
            expect_entry(f, X86_PF_FAULT, error, how == FETCH ? TARGET : FIX_CODE);
            assert_int_equal(c->s.cr2, TARGET);
            assert_int_equal(peek32(f, pte_at(TARGET)) & D, 0);
        }
    }
}

// [SDM3] 4.7: bit 4 of the error code with EFER.NXE (and PAE) only.
static void nx_forbids_fetching_at_either_level_and_is_bit_4_of_the_error_code(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned n = 0; n < 2 * 2 * 2 * 3; n++) {
        unsigned in_pde = n & 1, in_pte = n >> 1 & 1, user = n >> 2 & 1;
        enum how how = (enum how)(n >> 3);
        prepare(f, user ? 3 : 0);
        c->s.msr.efer = X86_EFER_NXE;
        fixture_pae(f);
        poke32(f, FIX_PAE_PD + 8 * 2 + 4, in_pde ? 0x80000000 : 0); // 400000h: the third PDE
        poke32(f, pae_pte_at(TARGET), FRAME | 7);
        poke32(f, pae_pte_at(TARGET) + 4, in_pte ? 0x80000000 : 0);
        put_access(f, how);
        fixture_flush(f);
        run(f, how == FETCH ? 2 : 1);
        if (how == FETCH && (in_pde || in_pte)) {
            expect_entry(f, X86_PF_FAULT, 0x11 | (user ? 4 : 0), TARGET);
        } else {
            assert_int_equal(entered_vector(f), -1);
        }
    }
    // A page that is not there, with NXE: bits 4 and not 0; without: neither.
    for (unsigned nxe = 0; nxe < 2; nxe++) {
        prepare(f, 0);
        c->s.msr.efer = nxe ? X86_EFER_NXE : 0;
        fixture_pae(f);
        poke32(f, pae_pte_at(TARGET), FRAME | 6);
        put_access(f, FETCH);
        expect_entry(f, X86_PF_FAULT, nxe ? 0x10 : 0, TARGET);
    }
}

// [SDM3] 4.4.2, 4.5: bit 3 of the error code, with P set; a reserved bit counts before rights.
static void reserved_bits_are_bit_3_of_the_error_code(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    static const struct {
        bool in_pde;
        u32 low, high;
    } rows[] = {
        {false, 7, 1u << 4},    // bit 36, above the physical addresses
        {false, 7, 1u << 30},   // bit 62
        {false, 7, 0x80000000}, // NX without EFER.NXE
        {false, 1, 1u << 4},    // read-only supervisor page: reserved all the same
        {true, 7, 1u << 4},           {true, 7, 0x80000000},
        {true, 7 | PS | 1u << 13, 0}, // 2 MiB: bits 13 to 20
        {true, 7 | PS | 1u << 20, 0},
    };
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare(f, 3);
        fixture_pae(f);
        u32 at = rows[n].in_pde ? FIX_PAE_PD + 8 * 2 : pae_pte_at(TARGET);
        u32 frame = rows[n].low & PS ? FRAME : rows[n].in_pde ? peek32(f, at) & ~0xfffu : FRAME;
        poke32(f, at, frame | rows[n].low);
        poke32(f, at + 4, rows[n].high);
        put_access(f, WRITE);
        fixture_flush(f);
        expect_entry(f, X86_PF_FAULT, 8 | 1 | 2 | 4, FIX_CODE);
        // Of an entry that is not present nothing else counts.
        again(f, 3);
        poke32(f, at, frame | (rows[n].low & ~1u));
        expect_entry(f, X86_PF_FAULT, 2 | 4, FIX_CODE);
    }
    // 4 MiB pages: bits 13 to 16 are address bits (PSE-36), 17 to 21 are reserved. [SDM3] table 4-4
    for (unsigned bit = 17; bit <= 21; bit++) {
        prepare(f, 0);
        c->s.cr4 = X86_CR4_PSE;
        poke32(f, FIX_PD + 4, 7 | PS | 1u << bit);
        put_access(f, READ);
        fixture_flush(f);
        expect_entry(f, X86_PF_FAULT, 8 | 1, FIX_CODE);
    }
}

// --- large pages ---

static void pse_maps_4_mib_and_without_it_the_bit_means_nothing(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0);
    poke32(f, 0x3ff004, 0x1234abcd);
    c->s.cr4 = X86_CR4_PSE;
    poke32(f, FIX_PD + 4, 7 | PS); // 400000h to 7FFFFFh: the first 4 MiB again
    c->s.r[X86_RBX] = 0x7ff004;
    put_access(f, READ);
    fixture_flush(f);
    run(f, 1);
    assert_int_equal(c->s.r[X86_RAX], 0x1234abcd);
    assert_int_equal(peek32(f, FIX_PD + 4), 7 | PS | A);
    CODE_AT(f, FIX_CODE + 2, 0x89, 0x03);
    run(f, 1);
    assert_int_equal(peek32(f, FIX_PD + 4), 7 | PS | A | D); // a large page's D is in the PDE
    // CR4.PSE clear: a page table after all.
    prepare(f, 0);
    poke32(f, FIX_PD + 4, FIX_PT1 | 7 | PS);
    poke32(f, pte_at(0x7ff000), FRAME | 7);
    poke32(f, FRAME + 4, 0x5678);
    c->s.r[X86_RBX] = 0x7ff004;
    put_access(f, READ);
    fixture_flush(f);
    run(f, 1);
    assert_int_equal(c->s.r[X86_RAX], 0x5678);
}

static void pse_36_reaches_above_4_gib(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    u8 *high = host_alloc(NULL, 0x1000);
    phys_map_ram(&f->phys, 0x3004ff000, 0x1000, high, "high");
    prepare(f, 0);
    c->s.cr4 = X86_CR4_PSE;
    poke32(f, FIX_PD + 4, 0x00400000 | 3u << 13 | 7 | PS); // bits 35..32 are 3
    c->s.r[X86_RBX] = 0x4ff010;
    c->s.r[X86_RAX] = 0xfeedface;
    put_access(f, WRITE);
    fixture_flush(f);
    run(f, 1);
    assert_int_equal(load_le32(high + 0x10), 0xfeedface);
    host_release(NULL, high, 0x1000);
}

static void pae_maps_2_mib_and_36_bits(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    u8 *high = host_alloc(NULL, 0x1000);
    phys_map_ram(&f->phys, 0x500000000, 0x1000, high, "high");
    prepare(f, 0);
    fixture_pae(f);
    poke32(f, FIX_PAE_PD + 8 * 2, FRAME | 7 | PS); // 400000h: 2 MiB at 200000h
    poke32(f, 0x3ffffc, 0x11223344);
    c->s.r[X86_RBX] = 0x5ffffc;
    put_access(f, READ);
    fixture_flush(f);
    run(f, 1);
    assert_int_equal(c->s.r[X86_RAX], 0x11223344);
    assert_int_equal(peek32(f, FIX_PAE_PD + 8 * 2), FRAME | 7 | PS | A);
    again(f, 0);
    poke32(f, pae_pte_at(0x3ff000), 7);
    poke32(f, pae_pte_at(0x3ff000) + 4, 5);
    store_le32(high + 8, 0x55667788);
    c->s.r[X86_RBX] = 0x3ff008;
    run(f, 1);
    assert_int_equal(c->s.r[X86_RAX], 0x55667788);
    host_release(NULL, high, 0x1000);
}

static void reserved_bit_in_a_pdpte_is_gp_0_and_cr3_stays(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    static const struct {
        u32 low, high, is_good;
    } rows[] = {
        {1, 0, true},         {1 | 8 | 0x10, 0, true}, // PWT, PCD
        {1 | 2, 0, false},    {1 | 4, 0, false},       {1 | A, 0, false}, {1 | 0x100, 0, false},
        {1, 0x10, false},     {1, 0x80000000, false},  {2 | 4, 0, true}, // not present
        {1 | 0x200, 0, true},                                            // ignored
    };
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare(f, 0);
        fixture_pae(f);
        poke32(f, 0x8b000, FIX_PAE_PD | 1);
        poke32(f, 0x8b000 + 24, FIX_PAE_PD | rows[n].low);
        poke32(f, 0x8b000 + 28, rows[n].high);
        c->s.r[X86_RAX] = 0x8b000;
        CODE_AT(f, FIX_CODE, 0x0f, 0x22, 0xd8, 0xf4); // MOV CR3, EAX
        run(f, 1);
        if (rows[n].is_good) {
            assert_int_equal(c->s.cr3, 0x8b000);
            assert_int_equal(entered_vector(f), -1);
        } else {
            expect_entry(f, X86_GP, 0, FIX_CODE);
            assert_int_equal(c->s.cr3, FIX_PDPT);
            assert_int_equal(c->s.pdpte[3], 0);
        }
    }
}

// [SDM3] 4.4.1: the PDPTEs in use are those of the last load of CR3.
static void changed_pdpte_counts_after_the_next_load_of_cr3(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0);
    fixture_pae(f);
    poke32(f, FIX_PDPT + 8, FIX_PAE_PD | 1);
    c->s.r[X86_RBX] = 0x40000000 + FRAME;
    c->s.r[X86_RAX] = FIX_PDPT;
    poke32(f, FRAME, 0x99);
    CODE_AT(f, FIX_CODE, 0x8b, 0x0b);
    fixture_flush(f);
    expect_entry(f, X86_PF_FAULT, 0, FIX_CODE);
    again(f, 0);
    CODE_AT(f, FIX_CODE, 0x0f, 0x22, 0xd8, 0x8b, 0x0b);
    run(f, 2);
    assert_int_equal(c->s.r[X86_RCX], 0x99);
}

// --- accessed and dirty ---

static void dirty_is_set_by_the_first_write_after_a_read(void **state)
{
    struct fixture *f = *state;
    prepare(f, 3);
    CODE_AT(f, FIX_CODE, 0x8b, 0x03, 0x89, 0x03, 0x83, 0x3b, 0, 0xff, 0x03);
    run(f, 1);
    assert_int_equal(peek32(f, pte_at(TARGET)), TARGET | 7 | A);
    run(f, 1);
    assert_int_equal(peek32(f, pte_at(TARGET)), TARGET | 7 | A | D);
    assert_int_equal(peek32(f, FIX_PD + 4), FIX_PT1 | 7 | A); // bit 6 of a PDE is ignored
    poke32(f, pte_at(TARGET), TARGET | 7);
    fixture_flush(f);
    run(f, 1); // CMP only reads
    assert_int_equal(peek32(f, pte_at(TARGET)), TARGET | 7 | A);
    run(f, 1);
    assert_int_equal(peek32(f, pte_at(TARGET)), TARGET | 7 | A | D);
}

// CMPXCHG writes in either case ([SDM2]), so that the page becomes dirty, and must be writable.
static void cmpxchg_that_fails_is_a_write_all_the_same(void **state)
{
    struct fixture *f = *state;
    prepare(f, 3);
    poke32(f, pte_at(TARGET), FRAME | 7);
    poke32(f, FRAME, 1);
    fixture_flush(f);
    CODE_AT(f, FIX_CODE, 0x0f, 0xb1, 0x0b, 0xf4);
    run(f, 1);
    assert_int_equal(f->cpu->s.r[X86_RAX], 1);
    assert_int_equal(peek32(f, pte_at(TARGET)), FRAME | 7 | A | D);
    again(f, 3);
    f->cpu->s.r[X86_RAX] = 5;
    poke32(f, pte_at(TARGET), FRAME | 5);
    fixture_flush(f);
    expect_entry(f, X86_PF_FAULT, 7, FIX_CODE);
    assert_int_equal(f->cpu->s.r[X86_RAX], 5);
}

static void tables_of_the_processor_are_read_with_supervisor_rights_at_level_3(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 3);
    poke32(f, pte_at(FIX_GDT),
           FIX_GDT | 1); // supervisor, read-only: descriptors are accessed already
    poke32(f, pte_at(FIX_IDT), FIX_IDT | 1);
    poke32(f, pte_at(FIX_TSS_AT), FIX_TSS_AT | 3);
    poke32(f, pte_at(FIX_STACK0 - 0x1000), (FIX_STACK0 - 0x1000) | 3);
    fixture_flush(f);
    c->s.r[X86_RAX] = FIX_DATA3;
    CODE_AT(f, FIX_CODE, 0x8e, 0xd8, 0xa1, FIX_GDT & 0xff, FIX_GDT >> 8, 0, 0);
    run(f, 1);
    assert_int_equal(entered_vector(f), -1);
    expect_entry(f, X86_PF_FAULT, 5, FIX_CODE + 2); // itself the program may not look
    assert_int_equal(peek32(f, pte_at(FIX_GDT)), FIX_GDT | 1 | A);
    // A table that is not there: the error code says supervisor.
    again(f, 3);
    poke32(f, pte_at(FIX_GDT), FIX_GDT);
    put_gate(f, FIX_IDT + 8 * X86_PF_FAULT, FIX_CODE0, FIX_HANDLERS + 16 * X86_PF_FAULT, 0x8e, 0);
    fixture_flush(f);
    run(f, 1); // the handler's CS can't be read either: double fault, and its: shutdown
    assert_true(c->s.is_shut_down);
    assert_int_equal(c->s.cr2, gdt_at(FIX_CODE0));
}

// The accessed bit of a descriptor is a write of the processor's own. [SDM3] 3.4.5.1
static void setting_a_descriptors_accessed_bit_in_a_read_only_page_faults_with_wp_only(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned wp = 0; wp < 2; wp++) {
        prepare(f, 3);
        put_descriptor(f, gdt_at(0x40), 0, 0xfffff, 0xf2, 0xc);
        c->s.cr0 |= wp ? X86_CR0_WP : 0;
        poke32(f, pte_at(FIX_GDT), FIX_GDT | 1);
        fixture_flush(f);
        c->s.r[X86_RAX] = 0x43;
        CODE_AT(f, FIX_CODE, 0x8e, 0xd8, 0xf4);
        run(f, 1);
        if (wp) {
            expect_entry(f, X86_PF_FAULT, 3, FIX_CODE);
            assert_int_equal(c->s.cr2, gdt_at(0x40) + 5);
            assert_int_equal(c->s.seg[X86_DS].selector, FIX_DATA3);
        } else {
            assert_int_equal(c->s.seg[X86_DS].selector, 0x43);
            assert_int_equal(peek8(f, gdt_at(0x40) + 5), 0xf3);
        }
    }
}

// --- the TLB ---

// MOV EAX, [EBX]; then INVLPG, a CR3 load, ... ; MOV ECX, [EBX], while the page has moved between.
static u32 read_after(struct fixture *f, const u8 *code, size_t bytes)
{
    struct x86 *c = f->cpu;
    CODE_AT(f, FIX_CODE, 0x8b, 0x03);
    poke_bytes(f, FIX_CODE + 2, code, bytes);
    CODE_AT(f, FIX_CODE + 2 + (u32)bytes, 0x8b, 0x0b, 0xf4);
    poke32(f, FRAME, 0x111);
    poke32(f, FRAME + 0x1000, 0x222);
    c->s.r[X86_RAX] = 0;
    run(f, 1);
    assert_int_equal(c->s.r[X86_RAX], 0x111);
    poke32(f, pte_at(TARGET), (FRAME + 0x1000) | (peek32(f, pte_at(TARGET)) & 0xfff));
    c->s.r[X86_RAX] = c->s.cr3;
    run(f, 100);
    assert_true(c->s.is_halted);
    return (u32)c->s.r[X86_RCX];
}

#define READ_AFTER(f, ...)                                                                         \
    read_after(f, (const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

static void prepare_moving_page(struct fixture *f, u32 flags, u32 cr4)
{
    prepare(f, 0);
    f->cpu->s.cr4 = cr4;
    poke32(f, pte_at(TARGET), FRAME | flags);
    fixture_flush(f);
}

static void stale_translation_lives_until_it_is_flushed(void **state)
{
    struct fixture *f = *state;
    prepare_moving_page(f, 7, 0);
    assert_int_equal(READ_AFTER(f, 0x90), 0x111);
    prepare_moving_page(f, 7, 0);
    assert_int_equal(READ_AFTER(f, 0x0f, 0x01, 0x3b), 0x222); // INVLPG [EBX]
    prepare_moving_page(f, 7, 0);
    assert_int_equal(READ_AFTER(f, 0x0f, 0x01, 0xbb, 0xff, 0x0f, 0, 0), 0x222); // same page
    prepare_moving_page(f, 7, 0);
    assert_int_equal(READ_AFTER(f, 0x0f, 0x01, 0xbb, 0, 0x10, 0, 0), 0x111); // the next page
    prepare_moving_page(f, 7, 0);
    assert_int_equal(READ_AFTER(f, 0x0f, 0x22, 0xd8), 0x222); // MOV CR3, EAX
    prepare_moving_page(f, 7, 0);
    // MOV EAX, CR0; XOR EAX, 10000h; MOV CR0, EAX: WP
    assert_int_equal(READ_AFTER(f, 0x0f, 0x20, 0xc0, 0x35, 0, 0, 1, 0, 0x0f, 0x22, 0xc0), 0x222);
}

// [SDM3] 4.10.2.4, 4.10.4.1
static void global_pages_survive_cr3_and_not_cr4_pge_or_invlpg(void **state)
{
    struct fixture *f = *state;
    prepare_moving_page(f, 7 | G, X86_CR4_PGE);
    assert_int_equal(READ_AFTER(f, 0x0f, 0x22, 0xd8), 0x111);
    prepare_moving_page(f, 7 | G, 0); // without CR4.PGE the bit means nothing
    assert_int_equal(READ_AFTER(f, 0x0f, 0x22, 0xd8), 0x222);
    prepare_moving_page(f, 7 | G, X86_CR4_PGE);
    assert_int_equal(READ_AFTER(f, 0x0f, 0x01, 0x3b), 0x222);
    prepare_moving_page(f, 7 | G, X86_CR4_PGE);
    // MOV EAX, CR4; XOR AL, 80h; MOV CR4, EAX
    assert_int_equal(READ_AFTER(f, 0x0f, 0x20, 0xe0, 0x34, 0x80, 0x0f, 0x22, 0xe0), 0x222);
    // G in the directory entry of a page table means nothing.
    prepare_moving_page(f, 7, X86_CR4_PGE);
    poke32(f, FIX_PD + 4, FIX_PT1 | 7 | G);
    assert_int_equal(READ_AFTER(f, 0x0f, 0x22, 0xd8), 0x222);
}

// [SDM3] 4.10.4.1: INVLPG with any address in a large page drops all of it.
static void invlpg_of_one_address_drops_the_whole_large_page(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0);
    c->s.cr4 = X86_CR4_PSE;
    poke32(f, FIX_PD + 4, 7 | PS);
    poke32(f, 0x300000, 0x111); // linear 700000h
    c->s.r[X86_RBX] = 0x700000;
    // MOV EAX, [EBX]; INVLPG [401000h]; MOV ECX, [EBX]; HLT
    CODE_AT(f, FIX_CODE, 0x8b, 0x03, 0x0f, 0x01, 0x3d, 0, 0x10, 0x40, 0, 0x8b, 0x0b, 0xf4);
    fixture_flush(f);
    run(f, 1);
    assert_int_equal(c->s.r[X86_RAX], 0x111);
    poke32(f, FIX_PD + 4, FIX_PT1 | 7);
    poke32(f, pte_at(0x700000), FRAME | 7);
    poke32(f, FRAME, 0x222);
    run(f, 2);
    assert_int_equal(c->s.r[X86_RCX], 0x222);
}

// Not-present entries are never cached. [SDM3] 4.10.2.3
static void page_that_becomes_present_needs_no_flush(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0);
    poke32(f, pte_at(TARGET), FRAME | 6);
    put_access(f, READ);
    poke32(f, FRAME, 0x77);
    fixture_flush(f);
    expect_entry(f, X86_PF_FAULT, 0, FIX_CODE);
    again(f, 0);
    poke32(f, pte_at(TARGET), FRAME | 7);
    run(f, 1);
    assert_int_equal(f->cpu->s.r[X86_RAX], 0x77);
}

// More rights need no flush either, if the processor checks again before it faults: ours keeps no
// refusals. And the levels do not share rights.
static void supervisors_translation_gives_the_user_nothing(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0);
    poke32(f, pte_at(TARGET), FRAME | 3);
    put_access(f, WRITE);
    fixture_flush(f);
    run(f, 1);
    again(f, 3);
    expect_entry(f, X86_PF_FAULT, 7, FIX_CODE);
}

static void stale_code_page_runs_until_invlpg(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0);
    poke32(f, pte_at(TARGET), FRAME | 7);
    // INC EAX; JMP EDX / ADD EAX, 16; JMP EDX
    CODE_AT(f, FRAME, 0x40, 0xff, 0xe2);
    CODE_AT(f, FRAME + 0x1000, 0x83, 0xc0, 0x10, 0xff, 0xe2);
    // JMP EBX; at FIX_CODE + 2 the same again; then INVLPG [EBX], JMP EBX
    CODE_AT(f, FIX_CODE, 0xff, 0xe3, 0xff, 0xe3, 0x0f, 0x01, 0x3b, 0xff, 0xe3);
    fixture_flush(f);
    c->s.r[X86_RDX] = FIX_CODE + 2;
    run(f, 3);
    assert_int_equal(c->s.rip, FIX_CODE + 2);
    poke32(f, pte_at(TARGET), (FRAME + 0x1000) | 7);
    c->s.r[X86_RDX] = FIX_CODE + 4;
    run(f, 3);
    assert_int_equal(c->s.r[X86_RAX], 2);
    run(f, 3); // INVLPG, JMP, ADD
    assert_int_equal(c->s.r[X86_RAX], 0x12);
}

// --- accesses over a page's end ---

enum {
    EDGE = TARGET + 0x1000, // between a page that is good and the one that is not
    OBSERVED = 0x4000,      // bytes of the two frames and what lies behind
};

struct crossing {
    const char *name;
    u8 code[10];
    i32 ebx, esp;   // relative to EDGE
    bool only_read; // no write: a read-only page does not matter
};

// clang-format off
static const struct crossing upward[] = { // the good page is below EDGE
    {"mov [ebx], eax", {0x89, 0x03}, -2, -64, false},
    {"mov [ebx], ax", {0x66, 0x89, 0x03}, -1, -64, false},
    {"mov [ebx], imm", {0xc7, 0x03, 1, 2, 3, 4}, -1, -64, false},
    {"mov eax, [ebx]", {0x8b, 0x03}, -3, -64, true},
    {"add [ebx], eax", {0x01, 0x03}, -2, -64, false},
    {"inc dword [ebx]", {0xff, 0x03}, -2, -64, false},
    {"neg dword [ebx]", {0xf7, 0x1b}, -2, -64, false},
    {"xchg [ebx], eax", {0x87, 0x03}, -2, -64, false},
    {"lock xadd [ebx], eax", {0xf0, 0x0f, 0xc1, 0x03}, -2, -64, false},
    {"cmpxchg [ebx], ecx", {0x0f, 0xb1, 0x0b}, -2, -64, false},
    {"lock cmpxchg8b [ebx]", {0xf0, 0x0f, 0xc7, 0x0b}, -4, -64, false},
    {"bts dword [ebx], 3", {0x0f, 0xba, 0x2b, 3}, -2, -64, false},
    {"shld [ebx], eax, 5", {0x0f, 0xa4, 0x03, 5}, -2, -64, false},
    {"rol dword [ebx], 3", {0xc1, 0x03, 3}, -2, -64, false},
    {"sgdt [ebx]", {0x0f, 0x01, 0x03}, -3, -64, false},
    {"sgdt [ebx], at its joint", {0x0f, 0x01, 0x03}, -2, -64, false},
    {"les eax, [ebx]", {0xc4, 0x03}, -4, -64, true},
    {"bound eax, [ebx]", {0x62, 0x03}, -4, -64, true},
    {"call far [ebx]", {0xff, 0x1b}, -4, -64, true},
    {"jmp far [ebx]", {0xff, 0x2b}, -3, -64, true},
    {"push dword [ebx]", {0xff, 0x33}, -2, -64, true},
    {"pop dword [ebx]", {0x8f, 0x03}, -2, -64, false},
    {"pop eax", {0x58}, -64, -2, true},
    {"popa", {0x61}, -64, -16, true},
    {"popf", {0x9d}, -64, -2, true},
    {"ret", {0xc3}, -64, -2, true},
    {"retf", {0xcb}, -64, -4, true},
    {"leave", {0xc9}, -2, -64, true}, // EBP is set to EBX
    {"push eax over the edge", {0x50}, -64, 2, false},
    {"fst dword [ebx]", {0xd9, 0x13}, -2, -64, false},
    {"fstp qword [ebx]", {0xdd, 0x1b}, -4, -64, false},
    {"fstp tbyte [ebx]", {0xdb, 0x3b}, -8, -64, false},
    {"fstp tbyte [ebx], in the exponent", {0xdb, 0x3b}, -9, -64, false},
    {"fbstp [ebx]", {0xdf, 0x33}, -8, -64, false},
    {"fistp qword [ebx]", {0xdf, 0x3b}, -4, -64, false},
    {"fld tbyte [ebx]", {0xdb, 0x2b}, -8, -64, true},
    {"fnstenv [ebx]", {0xd9, 0x33}, -16, -64, false},
    {"fldenv [ebx]", {0xd9, 0x23}, -16, -64, true},
    {"fnsave [ebx]", {0xdd, 0x33}, -100, -64, false},
    {"frstor [ebx]", {0xdd, 0x23}, -100, -64, true},
    {"fxsave [ebx]", {0x0f, 0xae, 0x03}, -256, -64, false},
    {"fxrstor [ebx]", {0x0f, 0xae, 0x0b}, -256, -64, true},
    {"movq [ebx], mm0", {0x0f, 0x7f, 0x03}, -4, -64, false},
    {"movups [ebx], xmm1", {0x0f, 0x11, 0x0b}, -8, -64, false},
    {"movdqu [ebx], xmm1", {0xf3, 0x0f, 0x7f, 0x0b}, -15, -64, false},
    {"movdqu xmm1, [ebx]", {0xf3, 0x0f, 0x6f, 0x0b}, -8, -64, true},
    {"movhps [ebx], xmm1", {0x0f, 0x17, 0x0b}, -3, -64, false},
    {"movs dword", {0xa5}, -2, -64, false},
    {"stos dword", {0xab}, -2, -64, false},
    {"cmps dword", {0xa7}, -2, -64, true},
    {"lods dword", {0xad}, -2, -64, true},
    {"rep stos of one", {0xf3, 0x66, 0xab}, -1, -64, false}, // ECX is 1
};

static const struct crossing downward[] = { // the good page is above EDGE
    {"pusha", {0x60}, 64, 16, false},
    {"push eax", {0x50}, 64, 0, false},
    {"pushf", {0x9c}, 64, 2, false},
    {"call", {0xe8, 0, 0, 0, 0}, 64, 2, false},
    {"call [ebx]", {0xff, 0x13}, 64, 2, false},
    {"call far", {0x9a, 0, 0, 1, 0, FIX_CODE3, 0}, 64, 4, false},
    {"push [ebx]", {0xff, 0x33}, 64, 2, false},
    {"push imm", {0x6a, 5}, 64, 2, false},
    {"enter 0, 0", {0xc8, 0, 0, 0}, 64, 0, false},
    {"enter 8, 0", {0xc8, 8, 0, 0}, 64, 8, false}, // only the new top lies in the bad page
    {"enter 0, 2", {0xc8, 0, 0, 2}, 64, 8, false},
    {"enter 0, 3", {0xc8, 0, 0, 3}, 64, 12, false},
    {"std; stos", {0xab}, -2, 64, false},
};
// clang-format on

struct before {
    u64 r[8];
    u32 eflags;
    struct x86_fpu fpu;
    struct x86_xmm xmm[8];
    u8 memory[OBSERVED];
};

static void prepare_crossing(struct fixture *f, const struct crossing *r, u32 bad_page, u32 bad_pte)
{
    struct x86 *c = f->cpu;
    prepare(f, 3);
    c->s.cr4 = X86_CR4_OSFXSR;
    poke32(f, pte_at(TARGET), FRAME | 7);
    poke32(f, pte_at(EDGE), (FRAME + 0x1000) | 7);
    poke32(f, pte_at(bad_page), (peek32(f, pte_at(bad_page)) & ~0xfffu) | bad_pte);
    for (u32 n = 0; n < 0x2000; n++) {
        f->ram[FRAME + n] = (u8)(n * 7 + 3);
    }
    fixture_flush(f);
    u32 esp = EDGE + (u32)r->esp, ebx = EDGE + (u32)r->ebx;
    const u64 regs[8] = {FIX_CODE, 1, 0x01234567, ebx, esp, ebx, 0x50000, ebx};
    memcpy(c->s.r, regs, sizeof regs);
    bool is_source = r->code[0] == 0xad || r->code[0] == 0xa7;
    c->s.r[X86_RSI] = is_source ? ebx : 0x50000;
    c->s.r[X86_RDI] = r->code[0] == 0xa7 ? 0x50000 : ebx;
    c->s.r[X86_RBP] = r->code[0] == 0xc8 ? EDGE + 0x400 : ebx;
    x86_set_eflags(c, X86_CF | (r->code[0] == 0xab && r->esp == 64 ? X86_DF : 0));
    c->s.fpu = (struct x86_fpu){.control = 0x37f, .top = 6, .empty = 0x3f, .opcode = 0x123};
    c->s.fpu.fpr[6] = (struct float80){0xc000000000000000, 0x4003};
    c->s.fpu.fpr[7] = (struct float80){0x8000000000000000, 0x3fff};
    c->s.xmm[1] = (struct x86_xmm){0x1122334455667788, 0x99aabbccddeeff00};
    poke_bytes(f, FIX_CODE, r->code, sizeof r->code);
}

static void check_crossing(struct fixture *f, const struct crossing *r, bool is_up, bool is_absent)
{
    static struct before b;
    struct x86 *c = f->cpu;
    u32 bad_page = is_up ? EDGE : EDGE - 0x1000;
    prepare_crossing(f, r, bad_page, is_absent ? 6 : 5);
    memcpy(b.r, c->s.r, sizeof b.r);
    b.eflags = x86_eflags(c);
    b.fpu = c->s.fpu;
    memcpy(b.xmm, c->s.xmm, sizeof b.xmm);
    memcpy(b.memory, f->ram + FRAME, OBSERVED);
    run(f, 1);
    u32 want = (is_absent ? 4 : 5) | (r->only_read ? 0 : 2);
    bool is_same = memcmp(b.memory, f->ram + FRAME, OBSERVED) == 0 &&
                   memcmp(b.xmm, c->s.xmm, sizeof b.xmm) == 0 &&
                   memcmp(&b.fpu, &c->s.fpu, sizeof b.fpu) == 0;
    for (unsigned n = 0; n < 8; n++) {
        u64 now = n == X86_RSP ? stack32(f, 4) : c->s.r[n];
        is_same = is_same && now == b.r[n];
    }
    if (entered_vector(f) != X86_PF_FAULT || stack32(f, 0) != want ||
        (c->s.cr2 & ~0xfffull) != bad_page || stack32(f, 1) != FIX_CODE || !is_same ||
        (stack32(f, 3) & ~(u32)X86_RF) != b.eflags) {
        fail_msg("%s: vector %d error %x (want %x) CR2 %x EIP %x%s", r->name, entered_vector(f),
                 stack32(f, 0), want, (u32)c->s.cr2, stack32(f, 1), is_same ? "" : ", changed");
    }
    if (is_up && c->s.cr2 != EDGE && r->code[0] != 0x61) {
        fail_msg("%s: CR2 %x is not the first byte in the second page", r->name, (u32)c->s.cr2);
    }
}

static void fault_in_the_second_page_has_changed_nothing(void **state)
{
    for (unsigned n = 0; n < COUNT_OF(upward); n++) {
        check_crossing(*state, &upward[n], true, true);
    }
    for (unsigned n = 0; n < COUNT_OF(downward); n++) {
        check_crossing(*state, &downward[n], false, true);
    }
}

static void read_only_second_page_has_changed_nothing(void **state)
{
    for (unsigned n = 0; n < COUNT_OF(upward); n++) {
        if (!upward[n].only_read) {
            check_crossing(*state, &upward[n], true, false);
        }
    }
    for (unsigned n = 0; n < COUNT_OF(downward); n++) {
        check_crossing(*state, &downward[n], false, false);
    }
}

// The pages of an access need not be neighbours.
static void access_over_a_pages_end_goes_to_both_frames(void **state)
{
    struct fixture *f = *state;
    prepare(f, 3);
    poke32(f, pte_at(TARGET), (FRAME + 0x5000) | 7);
    poke32(f, pte_at(EDGE), FRAME | 7);
    fixture_flush(f);
    f->cpu->s.r[X86_RBX] = EDGE - 2;
    f->cpu->s.r[X86_RAX] = 0x44332211;
    CODE_AT(f, FIX_CODE, 0x89, 0x03, 0xff, 0x03, 0x8b, 0x0b);
    run(f, 3);
    assert_int_equal(f->cpu->s.r[X86_RCX], 0x44332212);
    assert_int_equal(peek16(f, FRAME + 0x5ffe), 0x2212);
    assert_int_equal(peek16(f, FRAME), 0x4433);
    assert_int_equal(peek32(f, pte_at(EDGE)), FRAME | 7 | A | D);
}

// An instruction over a page's end: CR2 is the second page's first byte, nothing ran.
static void fetch_of_an_instructions_second_page_faults_there(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 3);
    poke32(f, pte_at(TARGET), FRAME | 7);
    poke32(f, pte_at(EDGE), (FRAME + 0x1000) | 6);
    CODE_AT(f, FRAME + 0xffe, 0xb8, 1, 2, 3, 4); // MOV EAX, 04030201h
    c->s.r[X86_RBX] = EDGE - 2;
    CODE_AT(f, FIX_CODE, 0xff, 0xe3);
    fixture_flush(f);
    expect_entry(f, X86_PF_FAULT, 4, EDGE - 2);
    assert_int_equal(c->s.cr2, EDGE);
    // An instruction that ends with the page does not touch the next one.
    again(f, 3);
    CODE_AT(f, FRAME + 0xffe, 0x40, 0x40);
    expect_entry(f, X86_PF_FAULT, 4, EDGE);
    assert_int_equal(c->s.r[X86_RAX], 2);
    // Mapped, moved, and mapped again, with the same first page.
    again(f, 3);
    CODE_AT(f, FRAME + 0xffe, 0xb8, 1, 2, 3, 4, 0xf4);
    CODE_AT(f, FRAME + 0x2000, 5, 6, 7, 0xf4);
    poke32(f, pte_at(EDGE), (FRAME + 0x1000) | 7);
    run(f, 2);
    assert_int_equal(c->s.r[X86_RAX], 0x04030201);
    again(f, 3);
    poke32(f, pte_at(EDGE), (FRAME + 0x2000) | 7);
    fixture_flush(f);
    run(f, 2);
    assert_int_equal(c->s.r[X86_RAX], 0x07060501);
}

// --- CR0 and CR3 ---

static void wp_flips_take_effect_at_once(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0);
    poke32(f, pte_at(TARGET), FRAME | 5);
    // MOV [EBX], EAX; MOV CR0, ECX; MOV [EBX], EAX
    CODE_AT(f, FIX_CODE, 0x89, 0x03, 0x0f, 0x22, 0xc1, 0x89, 0x03);
    c->s.r[X86_RCX] = c->s.cr0 | X86_CR0_WP;
    fixture_flush(f);
    run(f, 1);
    assert_int_equal(peek32(f, pte_at(TARGET)), FRAME | 5 | A | D);
    expect_entry(f, X86_PF_FAULT, 3, FIX_CODE + 5);
}

static void paging_goes_on_and_off_between_two_instructions(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0);
    poke32(f, pte_at(0x200000), 0x201000 | 7);
    poke32(f, 0x200000, 1);
    poke32(f, 0x201000, 2);
    c->s.r[X86_RBX] = 0x200000;
    c->s.r[X86_RSI] = c->s.cr0;
    c->s.r[X86_RDI] = c->s.cr0 & ~(u64)X86_CR0_PG;
    CODE_AT(f, FIX_CODE, 0x8b, 0x03, 0x0f, 0x22, 0xc7, 0x8b, 0x0b, 0x0f, 0x22, 0xc6, 0x8b, 0x13);
    fixture_flush(f);
    run(f, 5);
    assert_int_equal(c->s.r[X86_RAX], 2);
    assert_int_equal(c->s.r[X86_RCX], 1);
    assert_int_equal(c->s.r[X86_RDX], 2);
}

// FXSAVE at the end of the address space. [SDM3] 5.3: implementation specific; ours wraps.
static void fxsave_wraps_at_4_gib(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    u8 *top = host_alloc(NULL, 0x1000), *beyond = host_alloc(NULL, 0x1000);
    phys_map_ram(&f->phys, 0xfffff000, 0x1000, top, "top");
    phys_map_ram(&f->phys, 0x100000000, 0x1000, beyond, "beyond");
    fixture_protected(f);
    c->s.cr4 = X86_CR4_OSFXSR;
    c->s.xmm[7] = (struct x86_xmm){0x1234, 0x5678};
    c->s.r[X86_RBX] = 0xffffff00;
    CODE_AT(f, FIX_CODE, 0x0f, 0xae, 0x03);
    run(f, 1);
    assert_int_equal(peek32(f, 0x110 - 0x100 + 0x00), 0x1234); // 160 + 16 * 7 = 272
    assert_int_equal(load_le32(beyond + 0x10), 0);
    host_release(NULL, top, 0x1000);
    host_release(NULL, beyond, 0x1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rights_of_both_levels_wp_and_cpl_decide_and_make_the_error_code),
        TEST(nx_forbids_fetching_at_either_level_and_is_bit_4_of_the_error_code),
        TEST(reserved_bits_are_bit_3_of_the_error_code),
        TEST(pse_maps_4_mib_and_without_it_the_bit_means_nothing),
        TEST(pse_36_reaches_above_4_gib),
        TEST(pae_maps_2_mib_and_36_bits),
        TEST(reserved_bit_in_a_pdpte_is_gp_0_and_cr3_stays),
        TEST(changed_pdpte_counts_after_the_next_load_of_cr3),
        TEST(dirty_is_set_by_the_first_write_after_a_read),
        TEST(cmpxchg_that_fails_is_a_write_all_the_same),
        TEST(tables_of_the_processor_are_read_with_supervisor_rights_at_level_3),
        TEST(setting_a_descriptors_accessed_bit_in_a_read_only_page_faults_with_wp_only),
        TEST(stale_translation_lives_until_it_is_flushed),
        TEST(global_pages_survive_cr3_and_not_cr4_pge_or_invlpg),
        TEST(invlpg_of_one_address_drops_the_whole_large_page),
        TEST(page_that_becomes_present_needs_no_flush),
        TEST(supervisors_translation_gives_the_user_nothing),
        TEST(stale_code_page_runs_until_invlpg),
        TEST(fault_in_the_second_page_has_changed_nothing),
        TEST(read_only_second_page_has_changed_nothing),
        TEST(access_over_a_pages_end_goes_to_both_frames),
        TEST(fetch_of_an_instructions_second_page_faults_there),
        TEST(wp_flips_take_effect_at_once),
        TEST(paging_goes_on_and_off_between_two_instructions),
        TEST(fxsave_wraps_at_4_gib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
