// Virtual-8086 mode with and without VME: the instructions that heed IOPL, the virtual interrupt
// flag, the redirection and I/O bitmaps, and the way in and out. Expected values: [SDM3] 20.2 and
// 20.3 (table 20-2 for INT n), 19.5 of [SDM1] for ports, and the pseudo-code in [SDM2]. AMD differs
// in nothing that is asserted here but where said.
#include "fixture.h"

static int setup(void **state)
{
    struct fixture *f = fixture_create("max", 2);
    fixture_protected(f);
    *state = f;
    return 0;
}

enum { STACK = 0x18000 + 0x1000 }; // linear top of fixture_v86's stack

static void prepare(struct fixture *f, unsigned iopl, bool has_vme, u32 eflags)
{
    struct x86 *c = f->cpu;
    memset(c->s.r, 0, sizeof c->s.r);
    fixture_protected(f);
    for (unsigned n = 0; n < 256; n++) { // software interrupts may use every gate
        put_gate(f, FIX_IDT + 8 * n, FIX_CODE0, FIX_HANDLERS + 16 * n, 0xee, 0);
    }
    again(f, 0);
    fixture_maps(f);
    c->s.cr4 = has_vme ? X86_CR4_VME : 0;
    fixture_v86(f, iopl);
    c->s.eflags |= eflags;
}

static u16 pushed_word(const struct fixture *f)
{
    return peek16(f, STACK - 2);
}

// --- CLI, STI, PUSHF, POPF, IRET: every IOPL, with and without VME, VIF and VIP ---

static void cli_and_sti_change_if_or_vif_or_fault(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned n = 0; n < 4 * 2 * 2 * 2 * 2; n++) {
        unsigned iopl = n % 4, vme = n / 4 % 2, is_sti = n / 8 % 2;
        u32 vif = n / 16 % 2 ? X86_VIF : 0, vip = n / 32 % 2 ? X86_VIP : 0;
        prepare(f, iopl, vme, vif | vip);
        CODE_AT(f, FIX_CODE, is_sti ? 0xfb : 0xfa);
        run(f, 1);
        bool is_fault = iopl < 3 && (!vme || (is_sti && vip));
        if (is_fault) {
            expect_entry(f, X86_GP, 0, 0);
            continue;
        }
        assert_true(x86_is_v86(c));
        u32 want = X86_IF | vif; // before
        if (iopl == 3) {
            want = is_sti ? want | X86_IF : want & ~(u32)X86_IF;
        } else {
            want = is_sti ? want | X86_VIF : want & ~(u32)X86_VIF;
        }
        assert_int_equal(c->s.eflags & (X86_IF | X86_VIF), want);
        assert_int_equal(c->s.inhibit, 0); // IF was set, VIF has no shadow
    }
}

static void pushf_shows_vif_in_the_place_of_if_and_iopl_3(void **state)
{
    struct fixture *f = *state;
    for (unsigned n = 0; n < 4 * 2 * 2 * 2; n++) {
        unsigned iopl = n % 4, vme = n / 4 % 2, is_32 = n / 8 % 2;
        u32 vif = n / 16 % 2 ? X86_VIF : 0;
        prepare(f, iopl, vme, vif | X86_NT);
        CODE_AT(f, FIX_CODE, is_32 ? 0x66 : 0x9c, 0x9c);
        run(f, 1);
        if (iopl < 3 && (!vme || is_32)) {
            expect_entry(f, X86_GP, 0, 0);
        } else if (is_32) { // IOPL 3: VM and RF are not shown, VIF is
            assert_int_equal(peek32(f, STACK - 4),
                             X86_IOPL | X86_IF | X86_NT | vif | X86_FLAGS_ONE);
        } else {
            u32 interrupt = iopl == 3 || vif ? X86_IF : 0;
            assert_int_equal(pushed_word(f), X86_IOPL | X86_NT | interrupt | X86_FLAGS_ONE);
        }
    }
}

// POPF and IRET in one: what happens to IF, VIF, IOPL and TF.
static void popf_and_iret_write_vif_for_if_and_leave_iopl(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned n = 0; n < 1 << 8; n++) {
        unsigned iopl = n % 4, vme = n / 4 % 2, is_32 = n / 8 % 2, is_iret = n / 16 % 2;
        u32 vip = n / 32 % 2 ? X86_VIP : 0, image_if = n / 64 % 2 ? X86_IF : 0;
        u32 image_tf = n / 128 % 2 ? X86_TF : 0;
        prepare(f, iopl, vme, vip);
        u32 image = image_if | image_tf | X86_CF | X86_NT | X86_FLAGS_ONE;
        unsigned width = is_32 ? 4 : 2;
        u32 at = STACK - width * (is_iret ? 3 : 1);
        c->s.r[X86_RSP] = at - 0x18000;
        if (is_iret) {
            poke16(f, at, 0x20); // IP
            poke16(f, at + 2, 0);
            poke16(f, at + width, FIX_CODE >> 4);
            poke16(f, at + width + 2, 0);
            at += 2 * width;
        }
        poke16(f, at, (u16)image);
        poke16(f, at + 2, 0);
        if (is_32) {
            poke32(f, at, image | X86_AC);
        }
        u8 opcode = is_iret ? 0xcf : 0x9d;
        CODE_AT(f, FIX_CODE, is_32 ? 0x66 : opcode, opcode);
        bool is_virtual = iopl < 3;
        bool is_fault = is_virtual && (!vme || is_32 || image_tf || (image_if && vip));
        run(f, 1);
        if (is_fault) {
            expect_entry(f, X86_GP, 0, 0);
            continue;
        }
        u32 want = X86_VM | iopl << 12 | vip | image_tf | X86_NT | X86_CF | X86_FLAGS_ONE;
        want |= is_virtual ? X86_IF | (image_if ? X86_VIF : 0) : image_if;
        want |= is_32 ? X86_AC : 0;
        if (x86_eflags(c) != want) {
            fail_msg("%u: %x instead of %x", n, x86_eflags(c), want);
        }
        assert_int_equal(c->s.rip, is_iret ? 0x20 : is_32 ? 2 : 1);
        assert_int_equal(c->s.r[X86_RSP], 0x1000);
    }
}

// --- INT n, table 20-2 ---

static void int_n_goes_where_iopl_vme_and_the_redirection_bitmap_say(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned n = 0; n < 4 * 2 * 2 * 2; n++) {
        unsigned iopl = n % 4, vme = n / 4 % 2, bit = n / 8 % 2;
        u32 vif = n / 16 % 2 ? X86_VIF : 0;
        prepare(f, iopl, vme, vif | X86_NT);
        f->ram[FIX_TSS_AT + 0x68 + 0x45 / 8] = (u8)(bit << (0x45 % 8));
        poke16(f, 0x45 * 4, 0x0123);
        poke16(f, 0x45 * 4 + 2, 0x0700);
        CODE_AT(f, FIX_CODE, 0xcd, 0x45);
        run(f, 1);
        if (vme && !bit) { // methods 5 and 6: the 8086 program's handler
            assert_true(x86_is_v86(c));
            assert_int_equal(c->s.seg[X86_CS].selector, 0x700);
            assert_int_equal(c->s.rip, 0x123);
            assert_int_equal(c->s.r[X86_RSP], 0xffa);
            assert_int_equal(peek16(f, STACK - 6), 2);
            assert_int_equal(peek16(f, STACK - 4), FIX_CODE >> 4);
            u32 shown = iopl == 3 || vif ? X86_IF : 0;
            assert_int_equal(pushed_word(f), X86_IOPL | X86_NT | shown | X86_FLAGS_ONE);
            u32 want = iopl == 3 ? vif : X86_IF;
            assert_int_equal(c->s.eflags & (X86_IF | X86_VIF), want);
        } else if (iopl == 3) { // methods 1 and 4: through the gate
            expect_entry(f, 0x45, 0, 2);
            assert_false(x86_is_v86(c));
            assert_int_equal(c->s.eflags & X86_NT, 0);
        } else { // methods 2 and 3: the monitor
            expect_entry(f, X86_GP, 0, 0);
        }
    }
}

// INT3 and INTO are neither redirected nor IOPL-sensitive. [SDM3] 20.3.3
static void int3_and_into_always_go_through_their_gates(void **state)
{
    struct fixture *f = *state;
    for (unsigned n = 0; n < 4 * 2 * 2; n++) {
        unsigned iopl = n % 4, vme = n / 4 % 2, is_into = n / 8 % 2;
        prepare(f, iopl, vme, 0);
        flags_set_arithmetic(f->cpu, X86_OF);
        CODE_AT(f, FIX_CODE, is_into ? 0xce : 0xcc);
        expect_entry(f, is_into ? X86_OF_TRAP : X86_BP, 0, 1);
        prepare(f, iopl, vme, 0);
        put_gate(f, FIX_IDT + 8 * (is_into ? X86_OF_TRAP : X86_BP), FIX_CODE0, 0x5000, 0x8e, 0);
        flags_set_arithmetic(f->cpu, X86_OF);
        expect_entry(f, X86_GP, (is_into ? X86_OF_TRAP : X86_BP) * 8 + 2, 0);
    }
}

// The bitmap lies in the 32 bytes in front of the I/O map; if those are outside of the TSS: #GP(0).
static void redirection_bitmap_outside_of_the_tss_is_gp_0(void **state)
{
    struct fixture *f = *state;
    prepare(f, 3, true, 0);
    poke16(f, FIX_TSS_AT + 0x66, 0x200);
    CODE_AT(f, FIX_CODE, 0xcd, 0x45);
    expect_entry(f, X86_GP, 0, 0);
}

// Hardware interrupts and exceptions are never redirected. [SDM3] 20.3.2
static void interrupts_go_to_the_monitor_with_all_segments_on_its_stack(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    static const u8 faults[][4] = {
        {0x0f, 0x0b}, {0xf4}, {0x8b, 0x06, 0xff, 0xff}, {0x0f, 0x22, 0xc0}};
    static const u8 vectors[] = {X86_UD, X86_GP, X86_GP, X86_GP};
    for (unsigned n = 0; n < COUNT_OF(faults); n++) {
        prepare(f, 0, true, 0);
        c->s.r[X86_RSP] = 0x12340ffe;
        poke_bytes(f, FIX_CODE, faults[n], 4);
        expect_entry(f, vectors[n], 0, 0);
        unsigned first = has_error_code(vectors[n]);
        const u32 want[] = {
            0, FIX_CODE >> 4, X86_VM | X86_IF | X86_RF | X86_FLAGS_ONE, 0x12340ffe, 0x1800, 1, 2, 3,
            4};
        for (unsigned k = 0; k < COUNT_OF(want); k++) {
            assert_int_equal(stack32(f, first + k), want[k]);
        }
        assert_int_equal(c->s.r[X86_RSP], FIX_STACK0 - 4 * (9 + first));
        for (unsigned seg = X86_ES; seg <= X86_GS; seg++) {
            bool is_loaded = seg == X86_CS || seg == X86_SS;
            assert_int_equal(c->s.seg[seg].selector != 0, is_loaded);
        }
    }
}

// [SDM3] 20.2.4: the handler must be of level 0 and not conforming.
static void handler_that_is_not_of_level_0_is_gp_of_its_segment(void **state)
{
    struct fixture *f = *state;
    static const u8 access[] = {0x9f, 0xbb, 0xfb};
    for (unsigned n = 0; n < COUNT_OF(access); n++) {
        prepare(f, 3, false, 0);
        put_descriptor(f, gdt_at(0x40), 0, 0xfffff, access[n], 0xc);
        put_gate(f, FIX_IDT + 8 * 0x45, 0x40, 0x5000, 0xee, 0);
        CODE_AT(f, FIX_CODE, 0xcd, 0x45);
        expect_entry(f, X86_GP, 0x40, 0);
        assert_int_equal(stack32(f, 3) & X86_VM, X86_VM);
    }
}

// --- what can't be done there ---

static void privileged_and_protected_instructions_fault_at_any_iopl(void **state)
{
    static const struct {
        u8 code[4], vector;
    } rows[] = {
        {{0xf4}, X86_GP},
        {{0x0f, 0x06}, X86_GP},
        {{0x0f, 0x20, 0xc0}, X86_GP},
        {{0x0f, 0x23, 0xc0}, X86_GP},
        {{0x0f, 0x01, 0x16, 0}, X86_GP},
        {{0x0f, 0x32}, X86_GP},
        {{0x0f, 0x09}, X86_GP},
        {{0x0f, 0x01, 0xf0}, X86_GP}, // LMSW AX
        {{0x63, 0xc0}, X86_UD},
        {{0x0f, 0x00, 0xc0}, X86_UD},
        {{0x0f, 0x00, 0xd8}, X86_UD},
        {{0x0f, 0x02, 0xc0}, X86_UD},
        {{0x0f, 0x03, 0xc0}, X86_UD},
        {{0x0f, 0x00, 0xe0}, X86_UD},
    };
    struct fixture *f = *state;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare(f, 3, true, 0);
        poke_bytes(f, FIX_CODE, rows[n].code, 4);
        expect_entry(f, rows[n].vector, 0, 0);
    }
    prepare(f, 0, false, 0); // SMSW is allowed
    CODE_AT(f, FIX_CODE, 0x0f, 0x01, 0xe0);
    run(f, 1);
    assert_int_equal(f->cpu->s.rip, 3);
}

// IOPL has no say over ports in virtual-8086 mode. [SDM3] 20.2.8.1
static void ports_are_up_to_the_bitmap_whatever_iopl_is(void **state)
{
    static const struct {
        u16 port;
        u8 opcode, bad_bit;
        bool is_allowed;
    } rows[] = {
        {0x80, 0xec, 0xff, true},   {0x80, 0xec, 0, false},     {0x80, 0xed, 1, false},
        {0x80, 0xec, 1, true},      {0x87, 0xed, 0x8, false}, // a word over two bytes of the map
        {0x87, 0xee, 0x8, true},    {0x86, 0xef, 0x7, false},   {0x3ff, 0xec, 0xff, true},
        {0x3ff, 0xed, 0xff, false}, {0x400, 0xec, 0xff, false}, {0xffff, 0xec, 0xff, false},
    };
    struct fixture *f = *state;
    for (unsigned n = 0; n < 2 * COUNT_OF(rows); n++) {
        unsigned row = n / 2;
        prepare(f, n % 2 ? 3 : 0, false, 0);
        if (rows[row].bad_bit != 0xff) {
            f->ram[FIX_TSS_AT + 0x88 + 0x80 / 8 + rows[row].bad_bit / 8] =
                (u8)(1 << rows[row].bad_bit % 8);
        }
        f->cpu->s.r[X86_RDX] = rows[row].port;
        CODE_AT(f, FIX_CODE, rows[row].opcode);
        run(f, 1);
        if (rows[row].is_allowed) {
            assert_int_equal(f->cpu->s.rip, 1);
        } else {
            expect_entry(f, X86_GP, 0, 0);
        }
    }
}

static void a_16_bit_tss_has_no_io_map(void **state)
{
    struct fixture *f = *state;
    prepare(f, 3, false, 0);
    put_descriptor(f, gdt_at(FIX_TSS), FIX_TSS_AT, 0x108, 0x83, 0);
    load_flat(f, X86_TR, FIX_TSS);
    // The #GP needs a stack from the 16-bit TSS: SP0 at 2, SS0 at 4.
    poke16(f, FIX_TSS_AT + 2, FIX_STACK0);
    poke16(f, FIX_TSS_AT + 4, FIX_DATA0);
    CODE_AT(f, FIX_CODE, 0xe4, 0x80);
    expect_entry(f, X86_GP, 0, 0);
    poke32(f, FIX_TSS_AT + 4, FIX_STACK0);
    poke16(f, FIX_TSS_AT + 2, 0);
}

// --- segments ---

static void segment_loads_are_of_8086_kind_and_limits_64_kib(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0, false, 0);
    c->s.r[X86_RAX] = 0xfff8; // no selector
    poke32(f, 0x102000 - 0x80, 0);
    CODE_AT(f, FIX_CODE, 0x8e, 0xd8, 0xa1, 0xff, 0xff, 0xf4);
    run(f, 1);
    assert_int_equal(c->s.seg[X86_DS].base, 0xfff80);
    expect_entry(f, X86_GP, 0, 2); // the word at FFFFh
    prepare(f, 0, false, 0);
    CODE_AT(f, FIX_CODE, 0x36, 0xa1, 0xff, 0xff);
    expect_entry(f, X86_SS_FAULT, 0, 0);
}

static void far_transfers_take_the_selector_as_a_paragraph(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0, false, 0);
    CODE_AT(f, FIX_CODE, 0x9a, 0x10, 0, 0x03, 0x07); // CALL 703h:10h
    CODE_AT(f, 0x7040, 0xcb);
    run(f, 1);
    assert_int_equal(c->s.seg[X86_CS].base, 0x7030);
    assert_int_equal(c->s.cpl, 3);
    run(f, 1);
    assert_int_equal(c->s.seg[X86_CS].selector, FIX_CODE >> 4);
    assert_int_equal(c->s.rip, 5);
}

// IRET at level 0 with VM in the image, at other levels without effect. [SDM2] IRET
static void only_level_0_can_return_to_virtual_8086_mode(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0, false, 0);
    again(f, 0);
    const u32 frame[] = {0xffff0010, 0x1234, X86_VM | X86_FLAGS_ONE, 0x12345678, 0x2000, 5, 6,
                         7,          8};
    poke_bytes(f, FIX_STACK - 36, (const u8 *)frame, 36);
    c->s.r[X86_RSP] = FIX_STACK - 36;
    CODE_AT(f, FIX_CODE, 0xcf);
    expect_entry(f, X86_GP, 0, FIX_CODE); // EIP above FFFFh
    assert_false(x86_is_v86(c));
    again(f, 0);
    poke32(f, FIX_STACK - 36, 0x10);
    poke_bytes(f, FIX_STACK - 32, (const u8 *)(frame + 1), 32);
    c->s.r[X86_RSP] = FIX_STACK - 36;
    run(f, 1);
    assert_true(x86_is_v86(c));
    assert_int_equal(c->s.r[X86_RSP], 0x12345678);
    assert_int_equal(c->s.seg[X86_CS].base, 0x12340);
    assert_int_equal(c->s.seg[X86_GS].base, 0x80);
    assert_int_equal(c->s.cpl, 3);
    again(f, 3);
    const u32 same[] = {0x11000, FIX_CODE3, X86_VM | X86_FLAGS_ONE};
    poke_bytes(f, FIX_STACK - 12, (const u8 *)same, 12);
    c->s.r[X86_RSP] = FIX_STACK - 12;
    run(f, 1);
    assert_false(x86_is_v86(c));
    assert_int_equal(c->s.rip, 0x11000);
}

// [SDM3] 20.4: protected mode virtual interrupts: CLI and STI of level 3, and nothing else.
static void pvi_gives_level_3_of_protected_mode_vif(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned n = 0; n < 8; n++) {
        u32 vip = n & 1 ? X86_VIP : 0;
        bool is_sti = n & 2, has_pvi = n & 4;
        prepare(f, 0, false, 0);
        again(f, 3);
        c->s.cr4 = has_pvi ? X86_CR4_PVI : 0;
        x86_set_eflags(c, X86_IF | vip | (is_sti ? 0 : X86_VIF));
        CODE_AT(f, FIX_CODE, is_sti ? 0xfb : 0xfa, 0x9c);
        run(f, 1);
        if (!has_pvi || (is_sti && vip)) {
            expect_entry(f, X86_GP, 0, FIX_CODE);
            continue;
        }
        assert_int_equal(c->s.eflags & (X86_IF | X86_VIF), X86_IF | (is_sti ? X86_VIF : 0));
        run(f, 1); // PUSHF shows the real IF
        assert_int_equal(stack32(f, 0) & (X86_IF | X86_IOPL), X86_IF);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cli_and_sti_change_if_or_vif_or_fault),
        TEST(pushf_shows_vif_in_the_place_of_if_and_iopl_3),
        TEST(popf_and_iret_write_vif_for_if_and_leave_iopl),
        TEST(int_n_goes_where_iopl_vme_and_the_redirection_bitmap_say),
        TEST(int3_and_into_always_go_through_their_gates),
        TEST(redirection_bitmap_outside_of_the_tss_is_gp_0),
        TEST(interrupts_go_to_the_monitor_with_all_segments_on_its_stack),
        TEST(handler_that_is_not_of_level_0_is_gp_of_its_segment),
        TEST(privileged_and_protected_instructions_fault_at_any_iopl),
        TEST(ports_are_up_to_the_bitmap_whatever_iopl_is),
        TEST(a_16_bit_tss_has_no_io_map),
        TEST(segment_loads_are_of_8086_kind_and_limits_64_kib),
        TEST(far_transfers_take_the_selector_as_a_paragraph),
        TEST(only_level_0_can_return_to_virtual_8086_mode),
        TEST(pvi_gives_level_3_of_protected_mode_vif),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
