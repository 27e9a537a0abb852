// Segments, gates, privilege, tasks and virtual-8086 mode. Expected values are the manual's: [SDM2]
// pseudo-code of the instruction named, [SDM3] chapters 5 to 7, 17 and 20.
#include "fixture.h"

static int setup(void **state)
{
    struct fixture *f = fixture_create("max", 2);
    fixture_protected(f);
    *state = f;
    return 0;
}

static void expect_fault(struct fixture *f, u8 vector, u32 error)
{
    run(f, 100);
    assert_int_equal(entered_vector(f), vector);
    assert_int_equal(stack32(f, 0), error);
}

// --- interrupts ---

static void int_n_at_level_0_pushes_three_doublewords_and_clears_if(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    x86_set_eflags(c, X86_IF | X86_CF);
    CODE_AT(f, FIX_CODE, 0xcd, 0x40);
    run(f, 2);
    assert_int_equal(entered_vector(f), 0x40);
    assert_int_equal(c->s.r[X86_RSP], FIX_STACK - 12);
    assert_int_equal(stack32(f, 0), FIX_CODE + 2);
    assert_int_equal(stack32(f, 1), FIX_CODE0);
    assert_int_equal(stack32(f, 2), X86_IF | X86_CF | X86_FLAGS_ONE);
    assert_int_equal(c->s.eflags & X86_IF, 0);
}

static void trap_gate_leaves_if_set(void **state)
{
    struct fixture *f = *state;
    x86_set_eflags(f->cpu, X86_IF);
    put_gate(f, FIX_IDT + 8 * 0x40, FIX_CODE0, FIX_HANDLERS, 0x8f, 0);
    CODE_AT(f, FIX_CODE, 0xcd, 0x40);
    run(f, 1);
    assert_int_equal(f->cpu->s.eflags & X86_IF, X86_IF);
}

static void interrupt_from_level_3_switches_to_the_stack_of_the_tss(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    fixture_level(f, 3);
    x86_set_eflags(c, X86_IF);
    CODE_AT(f, FIX_CODE, 0x90, 0x90);
    f->vector = 0x55;
    x86_set_irq(c, 0, true);
    run(f, 1);
    assert_int_equal(entered_vector(f), 0x55);
    assert_int_equal(c->s.cpl, 0);
    assert_int_equal(c->s.seg[X86_SS].selector, FIX_DATA0);
    assert_int_equal(c->s.r[X86_RSP], FIX_STACK0 - 20);
    assert_int_equal(stack32(f, 0), FIX_CODE);
    assert_int_equal(stack32(f, 1), FIX_CODE3);
    assert_int_equal(stack32(f, 2), X86_IF | X86_FLAGS_ONE);
    assert_int_equal(stack32(f, 3), FIX_STACK);
    assert_int_equal(stack32(f, 4), FIX_DATA3);
}

static void int_n_from_level_3_through_a_gate_of_dpl_0_is_gp_of_the_vector(void **state)
{
    struct fixture *f = *state;
    fixture_level(f, 3);
    CODE_AT(f, FIX_CODE, 0xcd, 0x40);
    expect_fault(f, X86_GP, 0x40 * 8 + 2);
    assert_int_equal(stack32(f, 1), FIX_CODE);
    assert_int_equal(stack32(f, 3) & X86_RF, X86_RF);
}

static void absent_gate_is_np_and_external_when_an_interrupt_wanted_it(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    put_gate(f, FIX_IDT + 8 * 0x40, FIX_CODE0, 0, 0x0e, 0);
    CODE_AT(f, FIX_CODE, 0xcd, 0x40);
    expect_fault(f, X86_NP, 0x40 * 8 + 2);
    fixture_level(f, 0);
    c->s.is_halted = false;
    x86_deliver_interrupt(c, 0x40);
    assert_int_equal(entered_vector(f), X86_NP);
    assert_int_equal(stack32(f, 0), 0x40 * 8 + 3);
}

static void stack_of_the_tss_with_wrong_rpl_is_ts_of_its_selector(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    // The #TS handler itself needs a stack: let it be a conforming segment, which stays at level 3.
    put_descriptor(f, gdt_at(0x40), 0, 0xfffff, 0x9f, 0xc);
    put_gate(f, FIX_IDT + 8 * X86_TS, 0x40, FIX_HANDLERS + 16 * X86_TS, 0x8e, 0);
    poke16(f, FIX_TSS_AT + 8, FIX_DATA0 | 1);
    fixture_level(f, 3);
    x86_deliver_interrupt(c, 0x40);
    assert_int_equal(entered_vector(f), X86_TS);
    assert_int_equal(c->s.cpl, 3);
    assert_int_equal(stack32(f, 0), FIX_DATA0 | 1);
}

static void contributory_fault_while_delivering_another_is_a_double_fault(void **state)
{
    struct fixture *f = *state;
    put_gate(f, FIX_IDT + 8 * X86_GP, FIX_CODE0, 0, 0x0e, 0); // absent
    CODE_AT(f, FIX_CODE, 0x8e, 0xd8);                         // MOV DS, AX
    f->cpu->s.r[X86_RAX] = 0xfff8;
    expect_fault(f, X86_DF_FAULT, 0);
    assert_int_equal(stack32(f, 1), FIX_CODE);
}

static void fault_while_delivering_a_double_fault_shuts_down(void **state)
{
    struct fixture *f = *state;
    put_gate(f, FIX_IDT + 8 * X86_GP, FIX_CODE0, 0, 0x0e, 0);
    put_gate(f, FIX_IDT + 8 * X86_DF_FAULT, FIX_CODE0, 0, 0x0e, 0);
    CODE_AT(f, FIX_CODE, 0x8e, 0xd8);
    f->cpu->s.r[X86_RAX] = 0xfff8;
    run(f, 10);
    assert_true(f->cpu->s.is_shut_down);
}

static void double_fault_through_a_task_gate_pushes_its_error_code_there(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    put_descriptor(f, gdt_at(0x40), 0x5000 + 0x1000, 0x67, 0x89, 0);
    memset(f->ram + 0x6000, 0, 0x68);
    poke32(f, 0x6000 + 0x20, 0x11000);   // EIP
    poke32(f, 0x6000 + 0x38, 0x12000);   // ESP
    poke16(f, 0x6000 + 0x48, FIX_DATA0); // ES
    poke16(f, 0x6000 + 0x4c, FIX_CODE0);
    poke16(f, 0x6000 + 0x50, FIX_DATA0);
    poke16(f, 0x6000 + 0x54, FIX_DATA0);
    put_gate(f, FIX_IDT + 8 * X86_GP, FIX_CODE0, 0, 0x0e, 0);
    put_gate(f, FIX_IDT + 8 * X86_DF_FAULT, 0x40, 0, 0x85, 0);
    CODE_AT(f, FIX_CODE, 0x8e, 0xd8);
    CODE_AT(f, 0x11000, 0xf4);
    c->s.r[X86_RAX] = 0xfff8;
    c->s.r[X86_RBX] = 0x1234;
    run(f, 10);
    assert_true(c->s.is_halted);
    assert_int_equal(c->s.rip, 0x11001);
    assert_int_equal(c->s.seg[X86_TR].selector, 0x40);
    assert_int_equal(c->s.r[X86_RSP], 0x12000 - 4);
    assert_int_equal(stack32(f, 0), 0);
    assert_int_equal(c->s.eflags & X86_NT, X86_NT);
    assert_int_equal(peek16(f, 0x6000), FIX_TSS);             // back link
    assert_int_equal(peek32(f, FIX_TSS_AT + 0x20), FIX_CODE); // EIP of what faulted
    assert_int_equal(peek32(f, FIX_TSS_AT + 0x34), 0x1234);   // EBX
    assert_int_equal(peek8(f, gdt_at(FIX_TSS) + 5), 0x8b);    // both busy
    assert_int_equal(peek8(f, gdt_at(0x40) + 5), 0x8b);
    assert_int_equal(c->s.cr0 & X86_CR0_TS, X86_CR0_TS);
}

// --- gates and returns ---

static void call_gate_to_level_0_copies_parameters_and_retf_takes_them_off(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    put_gate(f, gdt_at(0x40), FIX_CODE0, 0x11000, 0xec, 2);
    CODE_AT(f, FIX_CODE, 0x6a, 0x11, 0x6a, 0x22, 0x9a, 0, 0, 0, 0, 0x43, 0x00, 0xf4);
    CODE_AT(f, 0x11000, 0xca, 8, 0);
    fixture_level(f, 3);
    run(f, 3);
    assert_int_equal(c->s.rip, 0x11000);
    assert_int_equal(c->s.cpl, 0);
    assert_int_equal(c->s.seg[X86_CS].selector, FIX_CODE0);
    assert_int_equal(c->s.r[X86_RSP], FIX_STACK0 - 24);
    assert_int_equal(stack32(f, 0), FIX_CODE + 11);
    assert_int_equal(stack32(f, 1), FIX_CODE3);
    assert_int_equal(stack32(f, 2), 0x22);
    assert_int_equal(stack32(f, 3), 0x11);
    assert_int_equal(stack32(f, 4), FIX_STACK - 8);
    assert_int_equal(stack32(f, 5), FIX_DATA3);
    load_flat(f, X86_ES, FIX_DATA0);
    run(f, 1);
    assert_int_equal(c->s.rip, FIX_CODE + 11);
    assert_int_equal(c->s.cpl, 3);
    assert_int_equal(c->s.r[X86_RSP], FIX_STACK);
    assert_int_equal(c->s.seg[X86_ES].selector, 0); // level 0's: not for level 3
    assert_int_equal(c->s.seg[X86_DS].selector, FIX_DATA3);
}

static void sixteen_bit_call_gate_pushes_words(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    put_descriptor(f, gdt_at(0x48), 0, 0xffff, 0x9b, 0);
    put_gate(f, gdt_at(0x40), 0x48, 0x5000, 0xe4, 1);
    CODE_AT(f, FIX_CODE, 0x6a, 0x11, 0x9a, 0, 0, 0, 0, 0x40, 0x00);
    fixture_level(f, 3);
    run(f, 2);
    assert_int_equal(c->s.rip, 0x5000);
    assert_int_equal(c->s.r[X86_RSP], FIX_STACK0 - 10);
    assert_int_equal(peek16(f, FIX_STACK0 - 6), 0x11);
}

static void call_gate_of_lesser_dpl_is_gp_of_the_gate(void **state)
{
    struct fixture *f = *state;
    put_gate(f, gdt_at(0x40), FIX_CODE0, 0x11000, 0x8c, 0);
    CODE_AT(f, FIX_CODE, 0x9a, 0, 0, 0, 0, 0x43, 0x00);
    fixture_level(f, 3);
    expect_fault(f, X86_GP, 0x40);
}

static void far_jump_to_a_data_segment_is_gp_of_it(void **state)
{
    struct fixture *f = *state;
    CODE_AT(f, FIX_CODE, 0xea, 0, 0, 0, 0, FIX_DATA0, 0x00);
    expect_fault(f, X86_GP, FIX_DATA0);
}

static void far_jump_beyond_the_limit_is_gp_0(void **state)
{
    struct fixture *f = *state;
    put_descriptor(f, gdt_at(0x40), 0, 0x0fff, 0x9b, 4);
    CODE_AT(f, FIX_CODE, 0xea, 0, 0x10, 0, 0, 0x40, 0x00);
    expect_fault(f, X86_GP, 0);
}

static void conforming_code_keeps_the_level(void **state)
{
    struct fixture *f = *state;
    put_descriptor(f, gdt_at(0x40), 0, 0xfffff, 0x9e, 0xc);
    CODE_AT(f, FIX_CODE, 0xea, 0, 0x10, 1, 0, 0x40, 0x00);
    fixture_level(f, 3);
    run(f, 1);
    assert_int_equal(f->cpu->s.rip, 0x11000);
    assert_int_equal(f->cpu->s.seg[X86_CS].selector, 0x43);
    assert_int_equal(f->cpu->s.cpl, 3);
    assert_int_equal(peek8(f, gdt_at(0x40) + 5), 0x9f); // accessed
}

static void iret_to_level_3_restores_the_stack_and_not_iopl_from_level_3(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    const u32 frame[] = {0x11000, FIX_CODE3, X86_IF | X86_FLAGS_ONE, 0x18000, FIX_DATA3};
    poke_bytes(f, FIX_STACK - 20, (const u8 *)frame, sizeof frame);
    c->s.r[X86_RSP] = FIX_STACK - 20;
    CODE_AT(f, FIX_CODE, 0xcf);
    CODE_AT(f, 0x11000, 0x9d); // POPF
    poke32(f, 0x18000, X86_IOPL | X86_FLAGS_ONE);
    run(f, 1);
    assert_int_equal(c->s.rip, 0x11000);
    assert_int_equal(c->s.cpl, 3);
    assert_int_equal(c->s.r[X86_RSP], 0x18000);
    assert_int_equal(c->s.seg[X86_SS].selector, FIX_DATA3);
    run(f, 1);
    assert_int_equal(c->s.eflags & X86_IOPL, 0);
    assert_int_equal(c->s.eflags & X86_IF, X86_IF);
}

static void iret_to_a_16_bit_stack_sets_sp_only(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    put_descriptor(f, gdt_at(0x40), 0x30000, 0xffff, 0xf3, 0);
    const u32 frame[] = {0x11000, FIX_CODE3, X86_FLAGS_ONE, 0x12345678, 0x43};
    poke_bytes(f, FIX_STACK - 20, (const u8 *)frame, sizeof frame);
    c->s.r[X86_RSP] = FIX_STACK - 20;
    CODE_AT(f, FIX_CODE, 0xcf);
    run(f, 1);
    assert_int_equal(c->s.rip, 0x11000);
    assert_int_equal(c->s.r[X86_RSP], 0x15678);
}

// --- segments ---

static void loading_ss_with_null_is_gp_0_and_ds_with_null_is_not(void **state)
{
    struct fixture *f = *state;
    CODE_AT(f, FIX_CODE, 0x8e, 0xd8, 0x8e, 0xd0);
    f->cpu->s.r[X86_RAX] = 0;
    expect_fault(f, X86_GP, 0);
    assert_int_equal(stack32(f, 1), FIX_CODE + 2);
    assert_int_equal(f->cpu->s.seg[X86_DS].selector, 0);
}

static void using_a_null_segment_is_gp_0(void **state)
{
    struct fixture *f = *state;
    CODE_AT(f, FIX_CODE, 0x8e, 0xd8, 0xa1, 0, 0, 0, 0);
    f->cpu->s.r[X86_RAX] = 0;
    expect_fault(f, X86_GP, 0);
    assert_int_equal(stack32(f, 1), FIX_CODE + 2);
}

static void absent_data_segment_is_np_and_absent_stack_is_ss(void **state)
{
    struct fixture *f = *state;
    put_descriptor(f, gdt_at(0x40), 0, 0xfffff, 0x13, 0xc);
    f->cpu->s.r[X86_RAX] = 0x40;
    CODE_AT(f, FIX_CODE, 0x8e, 0xd8);
    expect_fault(f, X86_NP, 0x40);
    CODE_AT(f, FIX_CODE, 0x8e, 0xd0);
    f->cpu->s.is_halted = false;
    fixture_level(f, 0);
    expect_fault(f, X86_SS_FAULT, 0x40);
}

static void expand_down_segment_allows_only_above_its_limit(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    put_descriptor(f, gdt_at(0x40), 0, 0x0fff, 0x97, 0); // 16-bit: 1000h to FFFFh
    load_flat(f, X86_ES, 0x40);
    assert_true(x86_segment_check(c, X86_ES, 0x1000, 4, X86_WRITE));
    assert_true(x86_segment_check(c, X86_ES, 0xfffc, 4, X86_READ));
    assert_false(x86_segment_check(c, X86_ES, 0xfffd, 4, X86_READ));
    assert_int_equal(c->fault.vector, X86_GP);
    c->fault.vector = X86_NO_FAULT;
    assert_false(x86_segment_check(c, X86_ES, 0xfff, 1, X86_READ));
    c->fault.vector = X86_NO_FAULT;
}

static void limit_of_a_data_segment_is_checked_to_the_byte(void **state)
{
    struct fixture *f = *state;
    put_descriptor(f, gdt_at(0x40), 0, 0x7fff, 0x93, 4);
    load_flat(f, X86_DS, 0x40);
    CODE_AT(f, FIX_CODE, 0xa1, 0xfc, 0x7f, 0, 0, 0xa1, 0xfd, 0x7f, 0, 0);
    expect_fault(f, X86_GP, 0);
    assert_int_equal(stack32(f, 1), FIX_CODE + 5);
}

static void writing_to_read_only_data_or_code_is_gp_0(void **state)
{
    struct fixture *f = *state;
    put_descriptor(f, gdt_at(0x40), 0, 0xfffff, 0x91, 0xc);
    load_flat(f, X86_ES, 0x40);
    CODE_AT(f, FIX_CODE, 0x26, 0xa1, 0, 0, 3, 0, 0x2e, 0xa3, 0, 0, 3, 0);
    expect_fault(f, X86_GP, 0);
    assert_int_equal(stack32(f, 1), FIX_CODE + 6);
}

static void selectors_beyond_the_table_are_gp_of_the_selector(void **state)
{
    struct fixture *f = *state;
    f->cpu->s.gdtr.limit = 0x47;
    f->cpu->s.r[X86_RAX] = 0x4b;
    CODE_AT(f, FIX_CODE, 0x8e, 0xe0); // MOV FS, AX
    expect_fault(f, X86_GP, 0x48);
}

static void lar_lsl_verr_verw_tell_without_faulting(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    put_descriptor(f, gdt_at(0x40), 0, 0x12345, 0xf1, 0xc);
    c->s.r[X86_RAX] = 0x40;
    c->s.r[X86_RSI] = 0xfff8;
    CODE_AT(f, FIX_CODE, 0x0f, 0x02, 0xc8, /* LAR ECX, EAX */ 0x0f, 0x03, 0xd0, /* LSL EDX, EAX */
            0x0f, 0x00, 0xe0 /* VERR AX */, 0x0f, 0x94, 0xc3, 0x0f, 0x00, 0xe8 /* VERW AX */, 0x0f,
            0x94, 0xc7, 0x0f, 0x02, 0xfe /* LAR EDI, ESI */);
    run(f, 4);
    assert_int_equal(c->s.r[X86_RCX] & 0xf0ff00, 0xc0f100);
    assert_int_equal(c->s.r[X86_RDX], 0x12345fff);
    run(f, 2);
    assert_int_equal(c->s.r[X86_RBX] & 0xffff, 0x0001);
    c->s.r[X86_RDI] = 77;
    run(f, 1);
    assert_int_equal(c->s.r[X86_RDI], 77);
    assert_false(flag_z(c));
}

// --- tasks ---

static void put_task(struct fixture *f, u16 selector, u32 at, u32 eip, u32 esp)
{
    put_descriptor(f, gdt_at(selector), at, 0x67, 0x89, 0);
    poke32(f, at + 0x20, eip);
    poke32(f, at + 0x24, X86_FLAGS_ONE);
    poke32(f, at + 0x38, esp);
    for (unsigned n = 0; n < 6; n++) {
        poke16(f, at + 0x48 + 4 * n, n == X86_CS ? FIX_CODE0 : FIX_DATA0);
    }
}

static void call_to_a_task_and_iret_come_back(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    put_task(f, 0x40, 0x6000, 0x11000, 0x12000);
    CODE_AT(f, FIX_CODE, 0x9a, 0, 0, 0, 0, 0x40, 0x00, 0xf4);
    CODE_AT(f, 0x11000, 0xcf);
    c->s.r[X86_RSI] = 0x5151;
    run(f, 1);
    assert_int_equal(c->s.seg[X86_TR].selector, 0x40);
    assert_int_equal(c->s.eflags & X86_NT, X86_NT);
    assert_int_equal(c->s.r[X86_RSI], 0);
    run(f, 1);
    assert_int_equal(c->s.seg[X86_TR].selector, FIX_TSS);
    assert_int_equal(c->s.rip, FIX_CODE + 7);
    assert_int_equal(c->s.r[X86_RSI], 0x5151);
    assert_int_equal(c->s.eflags & X86_NT, 0);
    assert_int_equal(peek8(f, gdt_at(0x40) + 5), 0x89); // no longer busy
    assert_int_equal(peek8(f, gdt_at(FIX_TSS) + 5), 0x8b);
    assert_int_equal(peek32(f, 0x6000 + 0x24) & X86_NT, 0);
}

static void jump_to_a_task_does_not_nest(void **state)
{
    struct fixture *f = *state;
    put_task(f, 0x40, 0x6000, 0x11000, 0x12000);
    CODE_AT(f, FIX_CODE, 0xea, 0, 0, 0, 0, 0x40, 0x00);
    run(f, 1);
    assert_int_equal(f->cpu->s.rip, 0x11000);
    assert_int_equal(f->cpu->s.eflags & X86_NT, 0);
    assert_int_equal(peek8(f, gdt_at(FIX_TSS) + 5), 0x89);
    assert_int_equal(peek8(f, gdt_at(0x40) + 5), 0x8b);
}

static void jump_to_a_busy_task_is_gp(void **state)
{
    struct fixture *f = *state;
    CODE_AT(f, FIX_CODE, 0xea, 0, 0, 0, 0, FIX_TSS, 0x00);
    expect_fault(f, X86_GP, FIX_TSS);
}

static void too_small_a_tss_is_ts_before_the_switch(void **state)
{
    struct fixture *f = *state;
    put_task(f, 0x40, 0x6000, 0x11000, 0x12000);
    put_descriptor(f, gdt_at(0x40), 0x6000, 0x66, 0x89, 0);
    CODE_AT(f, FIX_CODE, 0xea, 0, 0, 0, 0, 0x40, 0x00);
    expect_fault(f, X86_TS, 0x40);
    assert_int_equal(stack32(f, 1), FIX_CODE);
    assert_int_equal(f->cpu->s.seg[X86_TR].selector, FIX_TSS);
}

static void bad_data_segment_of_the_new_task_is_ts_in_the_new_task(void **state)
{
    struct fixture *f = *state;
    put_task(f, 0x40, 0x6000, 0x11000, 0x12000);
    poke16(f, 0x6000 + 0x58, 0xfff8); // FS
    f->cpu->s.gdtr.limit = 0xff;
    CODE_AT(f, FIX_CODE, 0xea, 0, 0, 0, 0, 0x40, 0x00);
    expect_fault(f, X86_TS, 0xfff8);
    assert_int_equal(stack32(f, 1), 0x11000);
    assert_int_equal(f->cpu->s.seg[X86_TR].selector, 0x40);
    assert_int_equal(f->cpu->s.r[X86_RSP], 0x12000 - 16);
}

static void sixteen_bit_task_sets_words(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    put_descriptor(f, gdt_at(0x40), 0x6000, 0x2b, 0x81, 0);
    put_descriptor(f, gdt_at(0x48), 0, 0xffff, 0x9b, 0);
    poke16(f, 0x6000 + 0x0e, 0x7000);
    poke16(f, 0x6000 + 0x10, X86_FLAGS_ONE);
    poke16(f, 0x6000 + 0x12, 0xaaaa); // AX
    poke16(f, 0x6000 + 0x1a, 0x8000); // SP
    poke16(f, 0x6000 + 0x22, FIX_DATA0);
    poke16(f, 0x6000 + 0x24, 0x48);
    poke16(f, 0x6000 + 0x26, FIX_DATA0);
    poke16(f, 0x6000 + 0x28, FIX_DATA0);
    CODE_AT(f, FIX_CODE, 0xea, 0, 0, 0, 0, 0x40, 0x00);
    run(f, 1);
    assert_int_equal(c->s.rip, 0x7000);
    assert_int_equal(c->s.r[X86_RAX] & 0xffff, 0xaaaa);
    assert_int_equal(c->s.seg[X86_FS].selector, 0);
    assert_int_equal(c->s.seg[X86_TR].attributes & 15, X86_TYPE_TSS16_BUSY);
}

// --- virtual-8086 mode ---

static void interrupt_from_v86_pushes_the_segments_and_nulls_them(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    fixture_v86(f, 0);
    x86_deliver_interrupt(c, 0x50);
    assert_int_equal(entered_vector(f), 0x50);
    assert_int_equal(c->s.cpl, 0);
    assert_int_equal(c->s.r[X86_RSP], FIX_STACK0 - 36);
    const u32 want[] = {0, FIX_CODE >> 4, X86_VM | X86_IF | X86_FLAGS_ONE, 0x1000, 0x1800, 1, 2, 3,
                        4};
    for (unsigned n = 0; n < COUNT_OF(want); n++) {
        assert_int_equal(stack32(f, n), want[n]);
    }
    assert_int_equal(c->s.seg[X86_GS].selector, 0);
    assert_int_equal(c->s.seg[X86_ES].attributes, 0);
    CODE_AT(f, FIX_HANDLERS + 16 * 0x50, 0xcf);
    run(f, 1); // and back
    assert_true(x86_is_v86(c));
    assert_int_equal(c->s.cpl, 3);
    assert_int_equal(c->s.rip, 0);
    assert_int_equal(c->s.seg[X86_GS].base, 0x40);
    assert_int_equal(c->s.r[X86_RSP], 0x1000);
}

static void int_n_in_v86_below_iopl_3_is_gp_0(void **state)
{
    struct fixture *f = *state;
    fixture_v86(f, 0);
    CODE_AT(f, FIX_CODE, 0xcd, 0x40);
    expect_fault(f, X86_GP, 0);
}

static void int3_in_v86_needs_the_gates_dpl_and_not_iopl(void **state)
{
    struct fixture *f = *state;
    fixture_v86(f, 0);
    put_gate(f, FIX_IDT + 8 * X86_BP, FIX_CODE0, FIX_HANDLERS + 16 * X86_BP, 0xee, 0);
    CODE_AT(f, FIX_CODE, 0xcc);
    run(f, 1);
    assert_int_equal(entered_vector(f), X86_BP);
    assert_int_equal(stack32(f, 0), 1);
}

// A TSS with redirection bitmap (32 bytes) and I/O map behind it.
static void put_maps(struct fixture *f)
{
    put_descriptor(f, gdt_at(FIX_TSS), FIX_TSS_AT, 0x67 + 0x20 + 0x81, 0x8b, 0);
    poke16(f, FIX_TSS_AT + 0x66, 0x68 + 0x20);
    memset(f->ram + FIX_TSS_AT + 0x68, 0, 0x20 + 0x82);
    load_flat(f, X86_TR, FIX_TSS);
}

static void vme_redirects_int_n_to_the_tasks_own_handler(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    put_maps(f);
    fixture_v86(f, 0);
    c->s.eflags |= X86_VIF;
    c->s.cr4 = X86_CR4_VME;
    poke16(f, 0x40 * 4, 0x0123);
    poke16(f, 0x40 * 4 + 2, 0x0700);
    CODE_AT(f, FIX_CODE, 0xcd, 0x40);
    CODE_AT(f, 0x7123, 0xcf);
    run(f, 1);
    assert_true(x86_is_v86(c));
    assert_int_equal(c->s.seg[X86_CS].selector, 0x700);
    assert_int_equal(c->s.rip, 0x123);
    assert_int_equal(peek16(f, 0x18000 + 0x1000 - 2), X86_IOPL | X86_IF | X86_FLAGS_ONE);
    assert_int_equal(c->s.eflags & X86_VIF, 0);
    assert_int_equal(c->s.eflags & X86_IF, X86_IF);
    run(f, 1); // IRET
    assert_int_equal(c->s.rip, 2);
    assert_int_equal(c->s.eflags & X86_VIF, X86_VIF);
}

static void vme_cli_and_sti_change_vif(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    fixture_v86(f, 0);
    c->s.cr4 = X86_CR4_VME;
    CODE_AT(f, FIX_CODE, 0xfb, 0x9c, 0xfa, 0xfb);
    run(f, 2);
    assert_int_equal(c->s.eflags & X86_VIF, X86_VIF);
    assert_int_equal(peek16(f, 0x18000 + 0x1000 - 2), X86_IOPL | X86_IF | X86_FLAGS_ONE);
    run(f, 1);
    assert_int_equal(c->s.eflags & (X86_VIF | X86_IF), X86_IF);
    c->s.eflags |= X86_VIP;
    expect_fault(f, X86_GP, 0);
}

// --- ports ---

static void io_map_decides_for_level_3(void **state)
{
    struct fixture *f = *state;
    put_maps(f);
    f->ram[FIX_TSS_AT + 0x88 + 0x80 / 8] = 2; // port 81h is forbidden
    fixture_level(f, 3);
    CODE_AT(f, FIX_CODE, 0xe4, 0x80, 0xe4, 0x82, 0xe5, 0x80);
    expect_fault(f, X86_GP, 0);
    assert_int_equal(stack32(f, 1), FIX_CODE + 4);
}

static void io_map_beyond_the_tss_forbids(void **state)
{
    struct fixture *f = *state;
    poke16(f, FIX_TSS_AT + 0x66, 0x68);
    fixture_level(f, 3);
    CODE_AT(f, FIX_CODE, 0xe4, 0x80);
    expect_fault(f, X86_GP, 0);
    assert_int_equal(stack32(f, 1), FIX_CODE);
}

static u32 count_reads(void *owner, unsigned offset, unsigned size_bytes)
{
    (void)offset, (void)size_bytes;
    return (*(u32 *)owner)++;
}

static void rep_insw_fills_memory_in_page_sized_runs(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    u32 reads = 0x100;
    ports_map(&f->ports, 0x1f0, 2, 2, count_reads, NULL, &reads, "test");
    CODE_AT(f, FIX_CODE, 0x66, 0xf3, 0x6d, 0xf4);
    c->s.r[X86_RDX] = 0x1f0;
    c->s.r[X86_RCX] = 256;
    c->s.r[X86_RDI] = 0x50f00; // 128 words to the page's end
    run(f, 1);
    assert_int_equal(c->s.r[X86_RCX], 128);
    assert_int_equal(c->s.rip, FIX_CODE);
    run(f, 1);
    assert_int_equal(c->s.r[X86_RCX], 0);
    assert_int_equal(c->s.r[X86_RDI], 0x51100);
    assert_int_equal(peek16(f, 0x50f00), 0x100);
    assert_int_equal(peek16(f, 0x510fe), 0x1ff);
    assert_int_equal(reads, 0x200);
}

static void ins_that_faults_does_not_read_the_port(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    u32 reads = 0;
    ports_map(&f->ports, 0x1f0, 2, 2, count_reads, NULL, &reads, "test");
    put_descriptor(f, gdt_at(0x40), 0, 0xfff, 0x93, 4);
    load_flat(f, X86_ES, 0x40);
    CODE_AT(f, FIX_CODE, 0x66, 0xf3, 0x6d);
    c->s.r[X86_RDX] = 0x1f0;
    c->s.r[X86_RCX] = 4;
    c->s.r[X86_RDI] = 0xffc; // two words fit
    expect_fault(f, X86_GP, 0);
    assert_int_equal(reads, 2);
    assert_int_equal(c->s.r[X86_RCX], 2);
    assert_int_equal(stack32(f, 1), FIX_CODE);
}

// --- real mode ---

static void real_mode_interrupt_and_iret(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    fixture_real(f);
    x86_set_eflags(c, X86_IF | X86_AC);
    poke16(f, 0x21 * 4, 0x0010);
    poke16(f, 0x21 * 4 + 2, 0x0700);
    CODE_AT(f, FIX_CODE, 0xcd, 0x21);
    CODE_AT(f, 0x7010, 0xcf);
    run(f, 1);
    assert_int_equal(c->s.seg[X86_CS].base, 0x7000);
    assert_int_equal(c->s.rip, 0x10);
    assert_int_equal(c->s.eflags & (X86_IF | X86_AC), 0);
    assert_int_equal(peek16(f, 0x7ffa), 2);
    assert_int_equal(peek16(f, 0x7ffc), FIX_CODE >> 4);
    assert_int_equal(peek16(f, 0x7ffe), X86_IF | X86_FLAGS_ONE);
    run(f, 1);
    assert_int_equal(c->s.rip, 2);
    assert_int_equal(c->s.r[X86_RSP], 0x8000);
}

static void real_mode_access_over_the_end_of_the_segment_is_gp(void **state)
{
    struct fixture *f = *state;
    fixture_real(f);
    poke16(f, X86_GP * 4, 0x0010);
    poke16(f, X86_GP * 4 + 2, 0x0700);
    CODE_AT(f, FIX_CODE, 0xa1, 0xff, 0xff);
    CODE_AT(f, 0x7010, 0xf4);
    run(f, 5);
    assert_int_equal(f->cpu->s.rip, 0x11);
    assert_int_equal(peek16(f, 0x7ffa), 0);
}

static void unreal_mode_keeps_the_limit(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    put_descriptor(f, gdt_at(0x40), 0, 0xffff, 0x9b, 0);
    // CR0.PE off, far jump, then an access above 1 MiB through DS.
    CODE_AT(f, 0x7000, 0x0f, 0x20, 0xc0, 0x24, 0xfe, 0x0f, 0x22, 0xc0, 0xea, 0x0d, 0x00, 0x00, 0x07,
            0x67, 0x66, 0xa1, 0, 0, 0x11, 0, 0xf4);
    CODE_AT(f, FIX_CODE, 0xea, 0x00, 0x70, 0, 0, 0x40, 0);
    poke32(f, 0x110000, 0xcafe1234);
    run(f, 20);
    assert_int_equal(c->s.seg[X86_CS].selector, 0x700);
    assert_true(c->s.is_halted);
    assert_int_equal(c->s.r[X86_RAX], 0xcafe1234);
}

// --- shadows, steps, breakpoints ---

static void sti_holds_interrupts_off_for_one_instruction(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    CODE_AT(f, FIX_CODE, 0xfb, 0x40, 0x40);
    f->vector = 0x60;
    x86_set_irq(c, 0, true);
    run(f, 3);
    assert_int_equal(entered_vector(f), 0x60);
    assert_int_equal(stack32(f, 0), FIX_CODE + 2);
}

static void trap_flag_steps_each_instruction_but_not_into_int(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    x86_set_eflags(c, X86_TF);
    CODE_AT(f, FIX_CODE, 0x40, 0x40);
    run(f, 2);
    assert_int_equal(entered_vector(f), X86_DB);
    assert_int_equal(stack32(f, 0), FIX_CODE + 1);
    assert_int_equal(c->s.dr[6] & 0xf00f, X86_DR6_BS);
    fixture_level(f, 0);
    c->s.is_halted = false;
    x86_set_eflags(c, X86_TF);
    CODE_AT(f, FIX_CODE, 0xcd, 0x40);
    run(f, 2);
    assert_int_equal(entered_vector(f), 0x40);
}

static void mov_ss_holds_off_the_step_and_the_next_one_is_reported(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    x86_set_eflags(c, X86_TF);
    c->s.r[X86_RAX] = FIX_DATA0;
    CODE_AT(f, FIX_CODE, 0x8e, 0xd0, 0x40, 0x40);
    run(f, 3);
    assert_int_equal(entered_vector(f), X86_DB);
    assert_int_equal(stack32(f, 0), FIX_CODE + 3);
}

static void code_breakpoint_faults_before_the_instruction_with_rf_clear(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    CODE_AT(f, FIX_CODE, 0x40, 0x40, 0x40);
    c->s.dr[1] = FIX_CODE + 1;
    c->s.dr[7] = 0x400 | 4;
    x86_debug_changed(c);
    run(f, 2);
    assert_int_equal(entered_vector(f), X86_DB);
    assert_int_equal(c->s.r[X86_RAX], 1);
    assert_int_equal(stack32(f, 0), FIX_CODE + 1);
    assert_int_equal(stack32(f, 2) & X86_RF, 0);
    assert_int_equal(c->s.dr[6] & 15, 2);
}

static void rf_in_irets_image_lets_one_instruction_pass_the_breakpoint(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    const u32 frame[] = {0x11000, FIX_CODE0, X86_RF | X86_FLAGS_ONE};
    poke_bytes(f, FIX_STACK - 12, (const u8 *)frame, sizeof frame);
    c->s.r[X86_RSP] = FIX_STACK - 12;
    CODE_AT(f, FIX_CODE, 0xcf);
    CODE_AT(f, 0x11000, 0x40, 0x40);
    c->s.dr[0] = 0x11000;
    c->s.dr[1] = 0x11001;
    c->s.dr[7] = 0x400 | 5;
    x86_debug_changed(c);
    run(f, 4);
    assert_int_equal(entered_vector(f), X86_DB);
    assert_int_equal(stack32(f, 0), 0x11001);
    assert_int_equal(c->s.dr[6] & 15, 2);
}

static void data_breakpoint_traps_after_the_write(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    CODE_AT(f, FIX_CODE, 0xa3, 0, 0, 5, 0, 0xa1, 0, 0, 5, 0, 0xa2, 3, 0, 5, 0, 0x90);
    c->s.dr[2] = 0x50002;
    c->s.dr[7] = 0x400 | 0x10 | 0x5u << 24; // write, 2 bytes: 50002h, 50003h
    x86_debug_changed(c);
    run(f, 2);
    assert_int_equal(entered_vector(f), X86_DB);
    assert_int_equal(stack32(f, 0), FIX_CODE + 5);
    assert_int_equal(c->s.dr[6] & 15, 4);
}

static void general_detect_faults_on_mov_dr(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    c->s.dr[7] = 0x2400;
    CODE_AT(f, FIX_CODE, 0x0f, 0x21, 0xf0);
    run(f, 2);
    assert_int_equal(entered_vector(f), X86_DB);
    assert_int_equal(stack32(f, 0), FIX_CODE);
    assert_int_equal(c->s.dr[6] & X86_DR6_BD, X86_DR6_BD);
    assert_int_equal(c->s.dr[7] & 0x2000, 0);
}

// --- control registers, SYSENTER, CPUID ---

static void paging_without_protection_is_gp_0(void **state)
{
    struct fixture *f = *state;
    CODE_AT(f, FIX_CODE, 0x0f, 0x22, 0xc0);
    f->cpu->s.r[X86_RAX] = X86_CR0_PG;
    expect_fault(f, X86_GP, 0);
}

static void reserved_bits_of_cr4_are_gp_0(void **state)
{
    struct fixture *f = *state;
    CODE_AT(f, FIX_CODE, 0x0f, 0x22, 0xe0);
    f->cpu->s.r[X86_RAX] = 1 << 13;
    expect_fault(f, X86_GP, 0);
}

static void level_3_may_not_halt(void **state)
{
    struct fixture *f = *state;
    fixture_level(f, 3);
    CODE_AT(f, FIX_CODE, 0xf4);
    expect_fault(f, X86_GP, 0);
}

static void sysenter_and_sysexit_change_levels(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    c->s.msr.sysenter_cs = FIX_CODE0;
    c->s.msr.sysenter_eip = 0x11000;
    c->s.msr.sysenter_esp = FIX_STACK0;
    c->s.r[X86_RDX] = 0x13000;
    c->s.r[X86_RCX] = 0x14000;
    fixture_level(f, 3);
    x86_set_eflags(c, X86_IF);
    CODE_AT(f, FIX_CODE, 0x0f, 0x34);
    CODE_AT(f, 0x11000, 0x0f, 0x35);
    run(f, 1);
    assert_int_equal(c->s.rip, 0x11000);
    assert_int_equal(c->s.cpl, 0);
    assert_int_equal(c->s.eflags & X86_IF, 0);
    assert_int_equal(c->s.seg[X86_SS].selector, FIX_DATA0);
    run(f, 1);
    assert_int_equal(c->s.rip, 0x13000);
    assert_int_equal(c->s.r[X86_RSP], 0x14000);
    assert_int_equal(c->s.cpl, 3);
    assert_int_equal(c->s.seg[X86_CS].selector, FIX_CODE0 + 16 + 3);
}

static void cpuid_names_the_vendor_and_the_brand(void **state)
{
    struct fixture *f = *state;
    u32 out[4];
    char text[17] = {0};
    x86_cpuid(f->cpu, 0, out);
    assert_int_equal(out[0], 2);
    memcpy(text, &out[1], 4);
    memcpy(text + 4, &out[3], 4);
    memcpy(text + 8, &out[2], 4);
    assert_string_equal(text, "GenuineIntel");
    x86_cpuid(f->cpu, 0x80000002, out);
    memcpy(text, out, 16);
    assert_string_equal(text, "Vitrine Virtual ");
    x86_cpuid(f->cpu, 1, out);
    assert_int_equal(out[0], 0xf41);
    assert_true(out[3] & X86_HAS_APIC);
    f->cpu->s.msr.apic_base = 0xfee00100;
    x86_cpuid(f->cpu, 1, out);
    assert_false(out[3] & X86_HAS_APIC);
}

static void unknown_msr_is_gp_0(void **state)
{
    struct fixture *f = *state;
    f->cpu->s.r[X86_RCX] = 0x12345;
    CODE_AT(f, FIX_CODE, 0x0f, 0x32);
    expect_fault(f, X86_GP, 0);
}

// [SDM4] 2: every processor with machine checks has the Pentium's two registers.
static void the_pentiums_machine_check_registers_are_there(void **state)
{
    struct fixture *f = *state;
    u64 value;
    for (u32 index = 0; index <= 1; index++) {
        assert_true(x86_write_msr(f->cpu, index, 0));
        assert_true(x86_read_msr(f->cpu, index, &value));
        assert_int_equal(value, 0);
    }
}

static void writing_the_tsc_moves_it(void **state)
{
    struct fixture *f = *state;
    u64 value;
    assert_true(x86_write_msr(f->cpu, 0x10, 1ull << 40));
    assert_true(x86_read_msr(f->cpu, 0x10, &value));
    assert_int_equal(value, 1ull << 40);
    run(f, 0);
    CODE_AT(f, FIX_CODE, 0x90, 0x90, 0x0f, 0x31);
    run(f, 3);
    assert_int_equal(f->cpu->s.r[X86_RAX], 2); // completed instructions before it
    assert_int_equal(f->cpu->s.r[X86_RDX], 1 << 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(int_n_at_level_0_pushes_three_doublewords_and_clears_if),
        TEST(trap_gate_leaves_if_set),
        TEST(interrupt_from_level_3_switches_to_the_stack_of_the_tss),
        TEST(int_n_from_level_3_through_a_gate_of_dpl_0_is_gp_of_the_vector),
        TEST(absent_gate_is_np_and_external_when_an_interrupt_wanted_it),
        TEST(stack_of_the_tss_with_wrong_rpl_is_ts_of_its_selector),
        TEST(contributory_fault_while_delivering_another_is_a_double_fault),
        TEST(fault_while_delivering_a_double_fault_shuts_down),
        TEST(double_fault_through_a_task_gate_pushes_its_error_code_there),
        TEST(call_gate_to_level_0_copies_parameters_and_retf_takes_them_off),
        TEST(sixteen_bit_call_gate_pushes_words),
        TEST(call_gate_of_lesser_dpl_is_gp_of_the_gate),
        TEST(far_jump_to_a_data_segment_is_gp_of_it),
        TEST(far_jump_beyond_the_limit_is_gp_0),
        TEST(conforming_code_keeps_the_level),
        TEST(iret_to_level_3_restores_the_stack_and_not_iopl_from_level_3),
        TEST(iret_to_a_16_bit_stack_sets_sp_only),
        TEST(loading_ss_with_null_is_gp_0_and_ds_with_null_is_not),
        TEST(using_a_null_segment_is_gp_0),
        TEST(absent_data_segment_is_np_and_absent_stack_is_ss),
        TEST(expand_down_segment_allows_only_above_its_limit),
        TEST(limit_of_a_data_segment_is_checked_to_the_byte),
        TEST(writing_to_read_only_data_or_code_is_gp_0),
        TEST(selectors_beyond_the_table_are_gp_of_the_selector),
        TEST(lar_lsl_verr_verw_tell_without_faulting),
        TEST(call_to_a_task_and_iret_come_back),
        TEST(jump_to_a_task_does_not_nest),
        TEST(jump_to_a_busy_task_is_gp),
        TEST(too_small_a_tss_is_ts_before_the_switch),
        TEST(bad_data_segment_of_the_new_task_is_ts_in_the_new_task),
        TEST(sixteen_bit_task_sets_words),
        TEST(interrupt_from_v86_pushes_the_segments_and_nulls_them),
        TEST(int_n_in_v86_below_iopl_3_is_gp_0),
        TEST(int3_in_v86_needs_the_gates_dpl_and_not_iopl),
        TEST(vme_redirects_int_n_to_the_tasks_own_handler),
        TEST(vme_cli_and_sti_change_vif),
        TEST(io_map_decides_for_level_3),
        TEST(io_map_beyond_the_tss_forbids),
        TEST(rep_insw_fills_memory_in_page_sized_runs),
        TEST(ins_that_faults_does_not_read_the_port),
        TEST(real_mode_interrupt_and_iret),
        TEST(real_mode_access_over_the_end_of_the_segment_is_gp),
        TEST(unreal_mode_keeps_the_limit),
        TEST(sti_holds_interrupts_off_for_one_instruction),
        TEST(trap_flag_steps_each_instruction_but_not_into_int),
        TEST(mov_ss_holds_off_the_step_and_the_next_one_is_reported),
        TEST(code_breakpoint_faults_before_the_instruction_with_rf_clear),
        TEST(rf_in_irets_image_lets_one_instruction_pass_the_breakpoint),
        TEST(data_breakpoint_traps_after_the_write),
        TEST(general_detect_faults_on_mov_dr),
        TEST(paging_without_protection_is_gp_0),
        TEST(reserved_bits_of_cr4_are_gp_0),
        TEST(level_3_may_not_halt),
        TEST(sysenter_and_sysexit_change_levels),
        TEST(cpuid_names_the_vendor_and_the_brand),
        TEST(unknown_msr_is_gp_0),
        TEST(the_pentiums_machine_check_registers_are_there),
        TEST(writing_the_tsc_moves_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
