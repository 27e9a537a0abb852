// Self-modifying code: what was written runs, from the next instruction on.
//
// [SDM3] 11.6 and 8.1.3: since the Pentium a store to code that is about to run is seen by the next
// instruction, also through another linear address if an instruction that serializes (or a jump)
// comes between; ours is coherent always. The 386 and 486 would still run up to 32 prefetched
// bytes.
#include "fixture.h"

static void prepare(struct fixture *f)
{
    struct x86 *c = f->cpu;
    memset(c->s.r, 0, sizeof c->s.r);
    c->s.cr4 = 0;
    fixture_protected(f);
    again(f, 0);
}

// Each way to store: the bytes behind the instruction are 32 times INC EAX, at 16-byte alignment;
// it replaces `bytes` of them from the first on by INC EDX.
static void every_kind_of_store_changes_the_instructions_behind_it(void **state)
{
    enum { T = FIX_CODE + 16, INC_EAX = 0x40, INC_EDX = 0x42 };
    static const struct {
        const char *name;
        u8 code[10], length, bytes;
    } rows[] = {
        {"mov byte", {0xc6, 0x07, INC_EDX}, 3, 1},
        {"mov dword", {0x89, 0x0f}, 2, 4},
        {"xor dword", {0x81, 0x37, 2, 2, 2, 2}, 6, 4},
        {"inc twice", {0xfe, 0x07, 0xfe, 0x07}, 4, 1},
        {"xchg", {0x87, 0x0f}, 2, 4},
        {"btc, the bit that makes EDX of EAX", {0x0f, 0xba, 0x3f, 1}, 4, 1},
        {"cmpxchg8b", {0x0f, 0xc7, 0x0f}, 3, 8},
        {"push", {0x51}, 1, 4},
        {"stosd", {0x91, 0xab, 0x91}, 3, 4}, // with ECX in EAX
        {"movsd", {0xa5}, 1, 4},
        {"rep movsb", {0xb9, 11, 0, 0, 0, 0xf3, 0xa4}, 7, 11},
        {"pop", {0x5d, 0x89, 0x2f}, 3, 4}, // POP EBP; MOV [EDI], EBP
        {"pop [edi]", {0x8f, 0x07}, 2, 4},
        {"fistp qword", {0xdf, 0x3f}, 2, 8},
        {"movups", {0x0f, 0x11, 0x0f}, 3, 16},
        {"movq", {0x66, 0x0f, 0xd6, 0x0f}, 4, 8},
        {"movdqu, not aligned", {0xf3, 0x0f, 0x7f, 0x0f}, 4, 16},
        {"setcc and or", {0x80, 0x0f, 2}, 3, 1},
    };
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare(f);
        c->s.cr4 = X86_CR4_OSFXSR;
        bool is_push = rows[n].code[0] == 0x51;
        bool is_pop = rows[n].code[0] == 0x5d || rows[n].code[0] == 0x8f;
        memset(f->ram + FIX_CODE, 0x90, 16);
        memset(f->ram + T, INC_EAX, 32);
        memset(f->ram + 0x40000, INC_EDX, 32);
        f->ram[T + 32] = 0xf4;
        x86_blocks_flush(c);
        u8 length = rows[n].length;
        poke_bytes(f, T - length, rows[n].code, length);
        c->s.rip = T - length;
        c->s.r[X86_RAX] = 0x40404040;
        c->s.r[X86_RDX] = 0x40404040;
        c->s.r[X86_RBX] = c->s.r[X86_RCX] = 0x42424242;
        c->s.r[X86_RDI] = T;
        c->s.r[X86_RSI] = 0x40000;
        c->s.r[X86_RSP] = is_push ? T + 4u : is_pop ? 0x40000 : FIX_STACK;
        c->s.fpu = (struct x86_fpu){.control = 0x37f, .top = 7, .empty = 0x7f};
        c->s.fpu.fpr[7] = (struct float80){0x4242424242424242ull << 1, 0x3fff + 62};
        c->s.xmm[1] = (struct x86_xmm){0x4242424242424242, 0x4242424242424242};
        run(f, 100);
        assert_true(c->s.is_halted);
        u32 eax = (u32)c->s.r[X86_RAX] - 0x40404040, edx = (u32)c->s.r[X86_RDX] - 0x40404040;
        if (eax != 32u - rows[n].bytes || edx != rows[n].bytes) {
            fail_msg("%s: %u old and %u new instructions", rows[n].name, eax, edx);
        }
    }
}

static void loop_that_patches_its_own_immediate_runs_each_new_one(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    // ADD EAX, imm32; INC byte [imm]; DEC ECX; JNZ; HLT
    CODE_AT(f, FIX_CODE, 0x05, 1, 0, 0, 0, 0xfe, 0x05, 1, 0, 1, 0, 0x49, 0x75, 0xf2, 0xf4);
    c->s.r[X86_RCX] = 100;
    run(f, 10000);
    assert_int_equal(c->s.r[X86_RAX], 5050);
}

// The jump behind a comparison, which runs as one with it, gets another target.
static void patched_jump_behind_a_comparison_is_seen(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    // MOV [jump + 1], BL; CMP EAX, EAX; JE +0; HLT; ...; INC ESI; HLT
    CODE_AT(f, FIX_CODE, 0x88, 0x1d, 9, 0, 1, 0, 0x39, 0xc0, 0x74, 0x00, 0xf4, 0x46, 0xf4);
    run(f, 10);
    assert_int_equal(c->s.r[X86_RSI], 0);
    again(f, 0);
    c->s.r[X86_RBX] = 1;
    run(f, 10);
    assert_int_equal(c->s.r[X86_RSI], 1);
}

// What REP STOS makes of itself is up to the processor (how many iterations run before it sees its
// own store); ours completes the run of elements in the page, then goes on with the new bytes.
static void rep_stos_over_itself_completes_its_run(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    CODE_AT(f, FIX_CODE, 0xf3, 0xaa, 0x40, 0x40, 0x40, 0xf4);
    c->s.r[X86_RAX] = 0x90;
    c->s.r[X86_RCX] = 4;
    c->s.r[X86_RDI] = FIX_CODE;
    run(f, 100);
    assert_true(c->s.is_halted);
    assert_int_equal(c->s.r[X86_RCX], 0);
    assert_int_equal(c->s.r[X86_RAX], 0x91);
    // Over a page's end: the second run is no longer there.
    prepare(f);
    c->s.rip = FIX_CODE + 0xffe;
    CODE_AT(f, FIX_CODE + 0xffe, 0xf3, 0xaa, 0x40, 0xf4);
    c->s.r[X86_RAX] = 0x90;
    c->s.r[X86_RCX] = 3;
    c->s.r[X86_RDI] = FIX_CODE + 0xffe;
    run(f, 100);
    assert_true(c->s.is_halted);
    assert_int_equal(c->s.r[X86_RCX], 1);
    assert_int_equal(c->s.r[X86_RAX], 0x91);
}

// --- instructions in two pages ---

static void either_half_of_an_instruction_in_two_pages_can_be_patched(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned second = 0; second < 2; second++) {
        prepare(f);
        u32 at = FIX_CODE + 0xffd;
        CODE_AT(f, at, 0x05, 1, 0, 0, 0, 0xff, 0xe6); // ADD EAX, imm32 over the edge; JMP ESI
        c->s.rip = at;
        c->s.r[X86_RSI] = FIX_CODE;
        // MOV byte [imm's second or fourth byte], 2; JMP EBX
        CODE_AT(f, FIX_CODE, 0xc6, 0x05, second ? 1 : 0xff, second ? 0x10 : 0x0f, 1, 0, 2, 0xff,
                0xe3);
        c->s.r[X86_RBX] = at;
        run(f, 2 + 2 + 1);
        assert_int_equal(c->s.r[X86_RAX], 2u + (second ? 2u << 24 : 2u << 8));
    }
}

static void loop_that_patches_its_instruction_in_two_pages_runs_each_new_one(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    CODE_AT(f, FIX_CODE + 0xff0, 0xfe, 0x05, 0x00, 0x10, 1, 0); // INC byte [11000h]
    memset(f->ram + FIX_CODE + 0xff6, 0x90, 9);
    CODE_AT(f, FIX_CODE + 0xfff, 0x05, 0, 0, 0, 0, 0x49, 0x75, 0xe9,
            0xf4); // ADD EAX, imm; DEC; JNZ
    c->s.rip = FIX_CODE + 0xff0;
    c->s.r[X86_RCX] = 10;
    run(f, 1000);
    assert_true(c->s.is_halted);
    assert_int_equal(c->s.r[X86_RAX], 55);
}

// --- through other mappings ---

static void store_through_another_linear_address_is_seen(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    fixture_paging(f);
    poke32(f, pte_at(0x300000), FIX_CODE | 7);
    fixture_flush(f);
    // The alias is in the TLB as writable before there is code; then the code is there and patched.
    CODE_AT(f, 0x11000, 0xfe, 0x05, 0x80, 0, 0x30, 0, 0xff, 0xe3); // INC byte [300080h]; JMP EBX
    CODE_AT(f, FIX_CODE + 0x80, 0x3f, 0x41, 0xff, 0xe6); // (40h) INC EAX; INC ECX; JMP ESI
    c->s.rip = 0x11000;
    c->s.r[X86_RBX] = FIX_CODE + 0x80;
    c->s.r[X86_RSI] = 0x11000;
    run(f, 5);
    assert_int_equal(c->s.r[X86_RAX], 1);
    run(f, 3); // INC makes INC ECX of it
    assert_int_equal(c->s.r[X86_RCX], 2);
}

static void store_past_a_closed_a20_gate_is_seen(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    phys_set_a20(&f->phys, false);
    // 150000h is 50000h: written to as data first, so that the TLB knows it as plain memory.
    CODE_AT(f, FIX_CODE, 0xc6, 0x05, 0, 0, 0x15, 0, 0x40, 0xff, 0xe3); // MOV byte; JMP EBX
    CODE_AT(f, 0x50001, 0xff, 0xe6);                                   // JMP ESI
    CODE_AT(f, 0x11000, 0xc6, 0x05, 0, 0, 0x15, 0, 0x41, 0xff, 0xe3);
    c->s.r[X86_RBX] = 0x50000;
    c->s.r[X86_RSI] = 0x11000;
    run(f, 4);
    assert_int_equal(c->s.r[X86_RAX], 1);
    run(f, 3);
    assert_int_equal(c->s.r[X86_RAX], 1);
    assert_int_equal(c->s.r[X86_RCX], 1);
}

// Two linear pages of one frame, a jump from one to the other; then the second is another frame.
static void jump_between_two_views_of_a_page_follows_the_mapping(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    fixture_paging(f);
    poke32(f, pte_at(0x300000), 0x200000 | 7);
    poke32(f, pte_at(0x301000), 0x200000 | 7);
    CODE_AT(f, 0x200000, 0xe9, 0x0b, 0x10, 0, 0); // JMP to the next page's byte 10h
    CODE_AT(f, 0x200010, 0x40, 0xff, 0xe6);       // INC EAX; JMP ESI
    CODE_AT(f, 0x201010, 0x43, 0xff, 0xe6);       // INC EBX; JMP ESI
    // JMP 300000h twice, the page moves, INVLPG, again
    CODE_AT(f, FIX_CODE, 0xff, 0xe7);
    c->s.r[X86_RDI] = 0x300000;
    c->s.r[X86_RSI] = FIX_CODE;
    fixture_flush(f);
    run(f, 12);
    assert_int_equal(c->s.r[X86_RAX], 3);
    poke32(f, pte_at(0x301000), 0x201000 | 7);
    x86_tlb_flush_page(c, 0x301000);
    run(f, 8);
    assert_int_equal(c->s.r[X86_RAX], 3);
    assert_int_equal(c->s.r[X86_RBX], 2);
    poke32(f, pte_at(0x301000), 0x201000 | 6);
    x86_tlb_flush_page(c, 0x301000);
    expect_entry(f, X86_PF_FAULT, 0, 0x301010);
}

// --- DMA ---

struct dma {
    struct fixture *f;
    u32 at;
    u8 byte;
};

static void dma_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    struct dma *d = owner;
    (void)offset, (void)value, (void)size_bytes;
    phys_write(&d->f->phys, d->at, &d->byte, 1);
}

static void dma_mmio(void *owner, u64 offset, u64 value, unsigned size_bytes)
{
    dma_write(owner, (unsigned)offset, (u32)value, size_bytes);
}

static void dma_into_the_instructions_that_follow_is_seen(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    struct dma d = {f, FIX_CODE + 8, 0x43};
    ports_map(&f->ports, 0x300, 1, 1, NULL, dma_write, &d, "dma");
    phys_map_mmio(&f->phys, 0x10000000, 0x1000, 4, NULL, dma_mmio, &d, "dma");
    for (unsigned by_memory = 0; by_memory < 2; by_memory++) {
        prepare(f);
        if (by_memory) { // in the middle of a block
            CODE_AT(f, FIX_CODE, 0xa3, 0, 0, 0, 0x10, 0x90, 0x90, 0x90, 0x40, 0x40, 0xf4);
        } else {
            CODE_AT(f, FIX_CODE, 0x66, 0xba, 0, 3, 0xee, 0x90, 0x90, 0x90, 0x40, 0x40, 0xf4);
        }
        run(f, 100);
        assert_int_equal(c->s.r[X86_RAX], 1);
        assert_int_equal(c->s.r[X86_RBX], 1);
    }
}

static void memory_changed_between_two_slices_is_seen(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    CODE_AT(f, FIX_CODE, 0x40, 0xeb, 0xfd);
    run(f, 1001);
    assert_int_equal(c->s.r[X86_RAX], 501);
    CODE_AT(f, FIX_CODE, 0x43);
    run(f, 1000);
    assert_int_equal(c->s.r[X86_RAX], 501);
    assert_int_equal(c->s.r[X86_RBX], 500);
}

// --- what is not code stays data ---

static void data_beside_code_costs_no_block(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    // INC [FIX_CODE + 30h] lies in the block's own 64 bytes, + 800h in the same page; DEC ECX; JNZ
    CODE_AT(f, FIX_CODE, 0xff, 0x05, 0x30, 0, 1, 0, 0xff, 0x05, 0, 8, 1, 0, 0x49, 0x75, 0xf1, 0xf4);
    poke32(f, FIX_CODE + 0x30, 0);
    poke32(f, FIX_CODE + 0x800, 0);
    c->s.r[X86_RCX] = 100;
    u64 before = c->stats.blocks_invalidated;
    run(f, 1000);
    assert_true(c->s.is_halted);
    assert_int_equal(peek32(f, FIX_CODE + 0x30), 100);
    assert_int_equal(peek32(f, FIX_CODE + 0x800), 100);
    assert_int_equal(c->stats.blocks_invalidated - before, 0);
}

// Code that becomes data: once nothing is left to kill the page is like any other.
static void page_that_held_code_becomes_plain_memory_again(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    CODE_AT(f, 0x50000, 0x40, 0xff, 0xe6); // INC EAX; JMP ESI
    // CALL it, then fill it
    CODE_AT(f, FIX_CODE, 0xff, 0xe3, 0x31, 0xc0, 0xf3, 0xab, 0xa1, 0, 0, 5, 0, 0xf4);
    c->s.r[X86_RBX] = c->s.r[X86_RDI] = 0x50000;
    c->s.r[X86_RSI] = FIX_CODE + 2;
    c->s.r[X86_RCX] = 1024;
    run(f, 3);
    assert_true(f->page_flags[0x50] & PHYS_PAGE_CODE);
    run(f, 100);
    assert_true(c->s.is_halted);
    assert_false(f->page_flags[0x50] & PHYS_PAGE_CODE);
    assert_int_equal(peek32(f, 0x50000), 0);
}

// Blocks that jump to each other in one page: a patched one is found by those that led to it.
static void jump_to_a_patched_block_finds_the_new_one(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    CODE_AT(f, FIX_CODE, 0x41, 0xeb, 0x3d);        // INC ECX; JMP + 40h
    CODE_AT(f, FIX_CODE + 0x40, 0x40, 0xeb, 0xbd); // INC EAX; JMP back
    run(f, 400);
    assert_int_equal(c->s.r[X86_RAX], 100);
    CODE_AT(f, FIX_CODE + 0x40, 0x43);
    run(f, 400);
    assert_int_equal(c->s.r[X86_RAX], 100);
    assert_int_equal(c->s.r[X86_RBX], 100);
    assert_int_equal(c->s.r[X86_RCX], 200);
}

// The same bytes mean other things in 16 and 32 bits: both copies go.
static void write_kills_the_copies_of_all_modes(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    put_descriptor(f, gdt_at(0x40), 0, 0xfffff, 0x9b, 0x8); // 16-bit code
    CODE_AT(f, 0x7000, 0x40, 0x41, 0xf4);
    for (unsigned n = 0; n < 4; n++) {
        again(f, 0);
        if (n & 1) {
            load_flat(f, X86_CS, 0x40);
            x86_segments_changed(c);
        }
        if (n == 2) {
            CODE_AT(f, 0x7000, 0x43);
        }
        c->s.rip = 0x7000;
        run(f, 10);
    }
    assert_int_equal(c->s.r[X86_RAX], 2);
    assert_int_equal(c->s.r[X86_RBX], 2);
    assert_int_equal(c->s.r[X86_RCX], 4);
}

// Accessed bits of page tables are written by the processor: here into code.
static void accessed_bit_that_falls_into_code_is_seen(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    fixture_paging(f);
    // The PTE of 100000h is at PT + 400h. Its low byte is an instruction's.
    u32 at = pte_at(0x100000);
    // MOV AL, imm8 whose immediate is the low byte of the PTE; JMP ESI
    f->ram[at - 1] = 0xb0;
    x86_blocks_flush(c);
    poke32(f, pte_at(FIX_CODE), FIX_CODE | 7);
    CODE_AT(f, FIX_CODE, 0xff, 0xe3, 0xa2, 0, 0, 0x10, 0, 0xff, 0xe3);
    c->s.r[X86_RBX] = at - 1;
    fixture_flush(f);
    run(f, 2);
    assert_int_equal(c->s.r[X86_RAX] & 0xff, 0x07);
    c->s.rip = FIX_CODE + 2;
    x86_segments_changed(c);
    run(f, 3); // MOV [100000h], AL: A and D are set; JMP; MOV AL
    assert_int_equal(c->s.r[X86_RAX] & 0xff, 0x67);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_kind_of_store_changes_the_instructions_behind_it),
        TEST(loop_that_patches_its_own_immediate_runs_each_new_one),
        TEST(patched_jump_behind_a_comparison_is_seen),
        TEST(rep_stos_over_itself_completes_its_run),
        TEST(either_half_of_an_instruction_in_two_pages_can_be_patched),
        TEST(loop_that_patches_its_instruction_in_two_pages_runs_each_new_one),
        TEST(store_through_another_linear_address_is_seen),
        TEST(store_past_a_closed_a20_gate_is_seen),
        TEST(jump_between_two_views_of_a_page_follows_the_mapping),
        TEST(dma_into_the_instructions_that_follow_is_seen),
        TEST(memory_changed_between_two_slices_is_seen),
        TEST(data_beside_code_costs_no_block),
        TEST(page_that_held_code_becomes_plain_memory_again),
        TEST(jump_to_a_patched_block_finds_the_new_one),
        TEST(write_kills_the_copies_of_all_modes),
        TEST(accessed_bit_that_falls_into_code_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
