// Memory operands: what is checked before anything is written. Expected values come from an AMD
// EPYC (found by test/oracle) and [SDM3] table 6-7.
#include "fixture.h"

enum { DATA = 0x30000 };

static int setup(void **state)
{
    struct fixture *f = fixture_create("max", 1);
    fixture_protected(f);
    fixture_level(f, 3);
    f->cpu->s.cr0 |= X86_CR0_AM | X86_CR0_NE;
    f->cpu->s.cr4 |= X86_CR4_OSFXSR;
    f->cpu->s.fpu = (struct x86_fpu){.control = 0x37f, .empty = 0xff};
    f->cpu->s.r[X86_RBX] = f->cpu->s.r[X86_RDI] = f->cpu->s.r[X86_RSI] = DATA;
    *state = f;
    return 0;
}

// Runs one instruction: the vector of its fault, or -1.
static int run_one(struct fixture *f, const u8 *bytes, unsigned length)
{
    poke_bytes(f, FIX_CODE, bytes, length);
    f->cpu->s.rip = FIX_CODE;
    run(f, 1);
    return entered_vector(f);
}

#define RUN(f, ...) run_one(f, (const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

// Once with all pages in the TLB: the fast ways must check as well.
static void expect_alignment(struct fixture *f, const u8 *bytes, unsigned length, unsigned offset,
                             bool is_fault)
{
    for (unsigned n = 0; n < 2; n++) {
        fixture_level(f, 3);
        x86_set_eflags(f->cpu, 0);
        f->cpu->s.fpu = (struct x86_fpu){.control = 0x37f, .empty = 0x7f};
        if (n > 0) {
            assert_int_equal(RUN(f, 0x89, 0x03), -1); // MOV [EBX], EAX
            assert_int_equal(RUN(f, 0x8b, 0x03), -1);
        }
        x86_set_eflags(f->cpu, X86_AC);
        f->cpu->s.r[X86_RBX] = f->cpu->s.r[X86_RSI] = f->cpu->s.r[X86_RDI] = DATA + offset;
        f->cpu->s.r[X86_RCX] = 2;
        assert_int_equal(run_one(f, bytes, length), is_fault ? X86_AC_FAULT : -1);
        f->cpu->s.r[X86_RBX] = DATA;
    }
}

static void each_kind_of_operand_has_its_alignment(void **state)
{
    static const struct {
        u8 bytes[4];
        unsigned length, offset;
        bool is_fault;
    } cases[] = {
        {{0xdb, 0x2b}, 2, 4, true}, // FLD m80
        {{0xdb, 0x2b}, 2, 8, false},
        {{0xdb, 0x3b}, 2, 4, true}, // FSTP m80
        {{0xdb, 0x3b}, 2, 8, false},
        {{0xdf, 0x23}, 2, 4, true},       // FBLD
        {{0xdf, 0x33}, 2, 4, true},       // FBSTP
        {{0x0f, 0x10, 0x03}, 3, 8, true}, // MOVUPS
        {{0x0f, 0x10, 0x03}, 3, 16, false},
        {{0x0f, 0x11, 0x03}, 3, 8, true},
        {{0xdd, 0x33}, 2, 4, false}, // FNSAVE
        {{0xdd, 0x33}, 2, 2, true},
        {{0x66, 0xdd, 0x33}, 3, 2, false},
        {{0x66, 0xdd, 0x33}, 3, 1, true},
        {{0xdd, 0x23}, 2, 4, false}, // FRSTOR
        {{0xdd, 0x23}, 2, 2, true},
        {{0xd9, 0x33}, 2, 4, false}, // FNSTENV
        {{0xd9, 0x33}, 2, 2, true},
        {{0xab}, 1, 2, true}, // STOSD
        {{0xab}, 1, 4, false},
        {{0xf3, 0xa5}, 2, 1, true}, // REP MOVSD
        {{0xf3, 0xa5}, 2, 4, false},
    };
    for (unsigned n = 0; n < COUNT_OF(cases); n++) {
        expect_alignment(*state, cases[n].bytes, cases[n].length, cases[n].offset,
                         cases[n].is_fault);
    }
}

// An unmasked exception keeps the operand as it is, but where it can't be written that comes first.
static void an_x87_store_checks_its_operand_even_if_it_stores_nothing(void **state)
{
    static const u8 stores[][2] = {
        {0xd9, 0x1b}, // FSTP m32
        {0xdd, 0x1b}, // FSTP m64
        {0xdb, 0x3b}, // FSTP m80
        {0xdf, 0x1b}, // FISTP m16
        {0xdb, 0x0b}, // FISTTP m32
        {0xdf, 0x33}, // FBSTP
    };
    struct fixture *f = *state;
    for (unsigned n = 0; n < COUNT_OF(stores); n++) {
        fixture_level(f, 3);
        f->cpu->s.fpu = (struct x86_fpu){.control = 0x37e, .empty = 0xff}; // invalid unmasked
        assert_int_equal(run_one(f, stores[n], 2), -1);
        assert_int_equal(f->cpu->s.fpu.status, 0x80c1);
        f->cpu->s.seg[X86_DS].limit = DATA;
        x86_segments_changed(f->cpu);
        f->cpu->s.fpu = (struct x86_fpu){.control = 0x37e, .empty = 0xff};
        assert_int_equal(run_one(f, stores[n], 2), X86_GP);
        assert_int_equal(f->cpu->s.fpu.status, 0);
    }
}

// ENTER copies from EBP after it has pushed, but all is checked before.
static void a_misaligned_frame_is_found_before_enter_pushes(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    poke32(f, FIX_STACK - 4, 0x12345678);
    c->s.r[X86_RBP] = FIX_STACK + 0x102;
    x86_set_eflags(c, X86_AC);
    assert_int_equal(RUN(f, 0xc8, 0, 0, 2), X86_AC_FAULT);
    assert_int_equal(peek32(f, FIX_STACK - 4), 0x12345678);
    fixture_level(f, 3);
    c->s.r[X86_RBP] = FIX_STACK + 0x100;
    x86_set_eflags(c, X86_AC);
    assert_int_equal(RUN(f, 0xc8, 2, 0, 0), X86_AC_FAULT); // the new top
    fixture_level(f, 3);
    x86_set_eflags(c, X86_AC);
    assert_int_equal(RUN(f, 0xc8, 4, 0, 2), -1);
}

static void arpl_writes_only_what_it_changes(void **state)
{
    struct fixture *f = *state;
    put_descriptor(f, gdt_at(FIX_FREE), 0, 0xfffff, 0xf1, 0xc); // read only
    load_flat(f, X86_DS, FIX_FREE | 3);
    x86_segments_changed(f->cpu);
    poke16(f, DATA, 2);
    f->cpu->s.r[X86_RAX] = 1;
    assert_int_equal(RUN(f, 0x63, 0x03), -1);
    assert_int_equal(x86_eflags(f->cpu) & X86_ZF, 0);
    f->cpu->s.r[X86_RAX] = 3;
    assert_int_equal(RUN(f, 0x63, 0x03), X86_GP);
}

// A frame buffer whose pages are watched: also the fast ways, with the page in the TLB, must tell,
// and what is not watched any more is fast again.
static void a_write_to_a_watched_page_is_noted(void **state)
{
    enum { FRAMES = 0x200000, FRAME_PAGES = 2 };
    static u8 frames[FRAME_PAGES * X86_PAGE_BYTES], unwritten[FRAME_PAGES];
    struct fixture *f = *state;
    struct phys_region *r = phys_map_ram(&f->phys, FRAMES, sizeof frames, frames, "frames");
    r->unwritten = unwritten;
    f->cpu->s.r[X86_RBX] = f->cpu->s.r[X86_RDI] = FRAMES;
    f->cpu->s.r[X86_RAX] = 0x12345678;
    x86_set_eflags(f->cpu, 0);
    for (unsigned n = 0; n < 3; n++) {
        static const u8 stores[][2] = {{0x89, 0x03}, {0xab}, {0x01, 0x03}}; // MOV, STOSD, ADD
        f->cpu->s.r[X86_RDI] = FRAMES;
        unwritten[0] = unwritten[1] = 1;
        phys_refresh(&f->phys, r);
        RUN(f, 0x8b, 0x03); // MOV EAX, [EBX]
        assert_int_equal(unwritten[0], 1);
        assert_int_equal(run_one(f, stores[n], n == 1 ? 1 : 2), -1);
        assert_int_equal(unwritten[0], 0);
        assert_int_equal(unwritten[1], 1);
        unwritten[0] = 1; // without phys_refresh: nobody looks at the page again
        assert_int_equal(run_one(f, stores[0], 2), -1);
        assert_int_equal(run_one(f, stores[0], 2), -1);
    }
}

// Other memory behind the same addresses, without a change of the map.
static void memory_behind_a_region_can_be_exchanged(void **state)
{
    enum { WINDOW = 0x200000 };
    static u8 bank[2][X86_PAGE_BYTES] = {{1}, {2}};
    struct fixture *f = *state;
    struct phys_region *r = phys_map_ram(&f->phys, WINDOW, X86_PAGE_BYTES, bank[0], "window");
    x86_set_eflags(f->cpu, 0);
    f->cpu->s.r[X86_RBX] = WINDOW;
    for (unsigned n = 0; n < 4; n++) {
        r->read_memory = r->write_memory = bank[n & 1];
        phys_refresh(&f->phys, r);
        RUN(f, 0x8a, 0x03); // MOV AL, [EBX]
        assert_int_equal(f->cpu->s.r[X86_RAX] & 0xff, 1 + (n & 1));
        RUN(f, 0x88, 0x43, 0x01); // MOV [EBX+1], AL
        assert_int_equal(bank[n & 1][1], 1 + (n & 1));
    }
}

// Code in memory that is neither RAM nor ROM may change unseen, so it is decoded anew each time.
static void code_in_a_frame_buffer_is_not_kept(void **state)
{
    enum { FRAMES = 0x200000 };
    static u8 frames[X86_PAGE_BYTES] = {0xb0, 0x01, 0xb0, 0x02}; // MOV AL, 1; MOV AL, 2
    struct fixture *f = *state;
    phys_map_ram(&f->phys, FRAMES, sizeof frames, frames, "frames");
    for (unsigned n = 0; n < 2; n++) {
        f->cpu->s.rip = FRAMES;
        run(f, 1);
        assert_int_equal(f->cpu->s.r[X86_RAX] & 0xff, 1 + 2 * n);
        frames[1] = 3;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_kind_of_operand_has_its_alignment, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(an_x87_store_checks_its_operand_even_if_it_stores_nothing,
                                        setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_misaligned_frame_is_found_before_enter_pushes, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(arpl_writes_only_what_it_changes, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_write_to_a_watched_page_is_noted, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(memory_behind_a_region_can_be_exchanged, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(code_in_a_frame_buffer_is_not_kept, setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
