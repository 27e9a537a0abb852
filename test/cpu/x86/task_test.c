// Task switches: nesting, gates, what is saved and what is not, and a fault at each step. Expected
// values: [SDM3] 7, above all 7.3 with table 7-1 (the checks and their exceptions) and table 7-2
// (busy, NT, back link); 6.12.2 for interrupts through task gates.
#include "fixture.h"

enum {
    NEXT = 0x40, // the task that is switched to, its TSS and code
    NEXT_AT = 0x6000,
    NEXT_CODE = 0x11000,
    NEXT_STACK = 0x12000,
    HANDLER = 0x48, // the task that handles exceptions
    HANDLER_AT = 0x7000,
    HANDLER_CODE = 0x13000,
    HANDLER_STACK = 0x14000,
    THIRD = 0x50,
    THIRD_AT = 0x6800,
    GATE = 0x58,
    LDT = 0x60,
    BAD = 0x68, // a descriptor for tests to spoil
    STACK16 = 0x70,
};

static int setup(void **state)
{
    struct fixture *f = fixture_create("max", 4);
    *state = f;
    return 0;
}

static void prepare(struct fixture *f, unsigned cpl)
{
    struct x86 *c = f->cpu;
    memset(c->s.r, 0, sizeof c->s.r);
    c->s.cr4 = 0;
    c->s.dr[7] = 0x400;
    fixture_protected(f);
    c->s.gdtr.limit = 0xff;
    memset(f->ram + FIX_TSS_AT + 0x1c, 0, 0x4c);
    fixture_task(f, NEXT, NEXT_AT, NEXT_CODE, NEXT_STACK);
    fixture_task(f, HANDLER, HANDLER_AT, HANDLER_CODE, HANDLER_STACK);
    fixture_task(f, THIRD, THIRD_AT, NEXT_CODE + 0x100, NEXT_STACK);
    CODE_AT(f, NEXT_CODE, 0xf4);
    CODE_AT(f, HANDLER_CODE, 0xf4);
    again(f, cpl);
}

static u8 type_of(struct fixture *f, u16 selector)
{
    return peek8(f, gdt_at(selector) + 5) & 15;
}

enum { AVAILABLE = 9, BUSY = 11 };

// --- nesting, table 7-2 ---

static void calls_nest_and_irets_unwind(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0);
    CODE_AT(f, FIX_CODE, 0x9a, 0, 0, 0, 0, NEXT, 0, 0x43, 0xf4);
    CODE_AT(f, NEXT_CODE, 0x9a, 0, 0, 0, 0, THIRD, 0, 0x41, 0xcf);
    CODE_AT(f, NEXT_CODE + 0x100, 0x42, 0xcf);
    run(f, 2);
    assert_int_equal(c->s.seg[X86_TR].selector, THIRD);
    assert_int_equal(type_of(f, FIX_TSS), BUSY);
    assert_int_equal(type_of(f, NEXT), BUSY);
    assert_int_equal(type_of(f, THIRD), BUSY);
    assert_int_equal(peek16(f, NEXT_AT), FIX_TSS);
    assert_int_equal(peek16(f, THIRD_AT), NEXT);
    assert_int_equal(c->s.eflags & X86_NT, X86_NT);
    assert_int_equal(peek32(f, FIX_TSS_AT + 0x24) & X86_NT, 0);
    run(f, 2); // INC, IRET
    assert_int_equal(c->s.seg[X86_TR].selector, NEXT);
    assert_int_equal(c->s.rip, NEXT_CODE + 7);
    assert_int_equal(c->s.eflags & X86_NT, X86_NT); // it was saved with NT
    assert_int_equal(type_of(f, THIRD), AVAILABLE);
    assert_int_equal(peek32(f, THIRD_AT + 0x24) & X86_NT, 0);
    assert_int_equal(peek32(f, THIRD_AT + 0x20), NEXT_CODE + 0x102);
    assert_int_equal(peek32(f, THIRD_AT + 0x30), 1); // EDX
    run(f, 2);
    assert_int_equal(c->s.seg[X86_TR].selector, FIX_TSS);
    assert_int_equal(c->s.eflags & X86_NT, 0);
    assert_int_equal(type_of(f, NEXT), AVAILABLE);
    run(f, 2);
    assert_int_equal(c->s.r[X86_RBX], 1);
    assert_int_equal(c->s.rip, FIX_CODE + 9);
}

// A task is not recursive: calling a busy one is #GP. A jump leaves NT of the old one alone.
static void busy_tasks_can_not_be_entered_but_by_iret(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0);
    CODE_AT(f, FIX_CODE, 0x9a, 0, 0, 0, 0, NEXT, 0);
    CODE_AT(f, NEXT_CODE, 0x9a, 0, 0, 0, 0, FIX_TSS, 0);
    expect_entry(f, X86_GP, FIX_TSS, NEXT_CODE);
    prepare(f, 0);
    put_descriptor(f, gdt_at(NEXT), NEXT_AT, 0x67, 0x8b, 0);
    CODE_AT(f, FIX_CODE, 0xea, 0, 0, 0, 0, NEXT, 0);
    expect_entry(f, X86_GP, NEXT, FIX_CODE);
    prepare(f, 0);
    CODE_AT(f, FIX_CODE, 0xea, 0, 0, 0, 0, NEXT, 0);
    x86_set_eflags(f->cpu, X86_NT | X86_CF);
    run(f, 1);
    assert_int_equal(type_of(f, FIX_TSS), AVAILABLE);
    assert_int_equal(peek32(f, FIX_TSS_AT + 0x24), X86_NT | X86_CF | X86_FLAGS_ONE);
    assert_int_equal(f->cpu->s.eflags & X86_NT, 0);
    assert_int_equal(peek16(f, NEXT_AT), 0); // no back link
}

static void iret_of_a_nested_task_checks_the_back_link(void **state)
{
    static const struct {
        u16 link;
        u8 access; // of NEXT's descriptor
        u8 vector;
        u16 error;
    } rows[] = {
        {NEXT, 0x8b, 0xff, 0},
        {NEXT, 0x89, X86_TS, NEXT},
        {0, 0x8b, X86_TS, 0},
        {0x44, 0x8b, X86_TS, 0x44},
        {0x100, 0x8b, X86_TS, 0x100},
        {NEXT, 0x0b, X86_NP, NEXT},
        {FIX_DATA0, 0x8b, X86_TS, FIX_DATA0},
    };
    struct fixture *f = *state;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare(f, 0);
        put_descriptor(f, gdt_at(NEXT), NEXT_AT, 0x67, rows[n].access, 0);
        poke16(f, FIX_TSS_AT, rows[n].link);
        x86_set_eflags(f->cpu, X86_NT);
        CODE_AT(f, FIX_CODE, 0xcf);
        run(f, 1);
        if (rows[n].vector == 0xff) {
            assert_int_equal(f->cpu->s.rip, NEXT_CODE);
        } else {
            expect_entry(f, rows[n].vector, rows[n].error, FIX_CODE);
        }
        poke16(f, FIX_TSS_AT, 0);
    }
}

static void task_switch_saves_and_loads_everything_and_sets_ts(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0);
    for (unsigned n = 0; n < 8; n++) {
        c->s.r[n] = 0x11110000 + n;
        poke32(f, NEXT_AT + 0x28 + 4 * n, 0x22220000 + n);
    }
    put_descriptor(f, gdt_at(LDT), 0x6e00, 0xff, 0x82, 0);
    poke16(f, NEXT_AT + 0x60, LDT);
    poke32(f, NEXT_AT + 0x24, ~(u32)(X86_VM | X86_NT | X86_TF | X86_RF));
    poke16(f, NEXT_AT + 0x58, FIX_DATA3);
    x86_set_eflags(c, X86_DF | X86_SF);
    CODE_AT(f, FIX_CODE, 0xea, 0, 0, 0, 0, NEXT, 0);
    run(f, 1);
    for (unsigned n = 0; n < 8; n++) {
        assert_int_equal(c->s.r[n], 0x22220000 + n);
        assert_int_equal(peek32(f, FIX_TSS_AT + 0x28 + 4 * n), 0x11110000 + n);
    }
    assert_int_equal(peek32(f, FIX_TSS_AT + 0x20), FIX_CODE + 7);
    assert_int_equal(peek32(f, FIX_TSS_AT + 0x24), X86_DF | X86_SF | X86_FLAGS_ONE);
    assert_int_equal(peek16(f, FIX_TSS_AT + 0x4c), FIX_CODE0);
    assert_int_equal(peek16(f, FIX_TSS_AT + 0x5c), FIX_DATA0);
    assert_int_equal(peek16(f, FIX_TSS_AT + 0x60), 0); // the LDT is not saved
    assert_int_equal(c->s.seg[X86_LDTR].selector, LDT);
    assert_int_equal(c->s.seg[X86_LDTR].base, 0x6e00);
    assert_int_equal(c->s.seg[X86_FS].selector, FIX_DATA3);
    assert_int_equal(x86_eflags(c), 0x003c3ed7); // reserved bits are clear
    assert_int_equal(c->s.cr0 & X86_CR0_TS, X86_CR0_TS);
}

// --- gates ---

static void task_gates_lie_in_gdt_ldt_and_idt(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned where = 0; where < 3; where++) {
        prepare(f, 3);
        u16 selector = GATE | 3;
        if (where == 1) {
            put_descriptor(f, gdt_at(LDT), 0x6e00, 0xff, 0x82, 0);
            load_flat(f, X86_LDTR, LDT);
            put_gate(f, 0x6e08, NEXT, 0, 0xe5, 0);
            selector = 0xf;
        } else {
            put_gate(f, gdt_at(GATE), NEXT, 0, 0xe5, 0);
        }
        put_gate(f, FIX_IDT + 8 * 0x40, NEXT, 0, 0xe5, 0);
        CODE_AT(f, FIX_CODE, 0x9a, 0x78, 0x56, 0x34, 0x12, (u8)selector, 0);
        if (where == 2) {
            CODE_AT(f, FIX_CODE, 0xcd, 0x40);
        }
        run(f, 1);
        assert_int_equal(c->s.rip, NEXT_CODE); // the offset does not matter, nor the TSS's DPL
        assert_int_equal(c->s.cpl, 0);
        assert_int_equal(peek16(f, NEXT_AT), FIX_TSS);
        assert_int_equal(peek32(f, FIX_TSS_AT + 0x20), where == 2 ? FIX_CODE + 2 : FIX_CODE + 7);
        assert_int_equal(peek16(f, FIX_TSS_AT + 0x4c), FIX_CODE3);
        // And back to level 3.
        CODE_AT(f, NEXT_CODE, 0xcf);
        run(f, 1);
        assert_int_equal(c->s.cpl, 3);
        assert_int_equal(c->s.rip, where == 2 ? FIX_CODE + 2 : FIX_CODE + 7);
    }
}

static void tasks_and_task_gates_are_for_those_their_dpl_allows(void **state)
{
    static const struct {
        u8 tss, gate; // access bytes
        u16 selector, target;
        u8 vector;
        u16 error;
    } rows[] = {
        {0x89, 0x85, NEXT | 3, NEXT, X86_GP, NEXT}, {0xe9, 0x85, NEXT | 3, NEXT, 0xff, 0},
        {0x89, 0x85, GATE | 3, NEXT, X86_GP, GATE}, {0x89, 0xe5, GATE | 3, NEXT, 0xff, 0},
        {0x89, 0x65, GATE | 3, NEXT, X86_NP, GATE}, {0x09, 0xe5, GATE | 3, NEXT, X86_NP, NEXT},
        {0x8b, 0xe5, GATE | 3, NEXT, X86_GP, NEXT}, {0x89, 0xe5, GATE | 3, 0, X86_GP, 0},
        {0x89, 0xe5, GATE | 3, 0x44, X86_GP, 0x44}, {0x89, 0xe5, GATE | 3, 0x100, X86_GP, 0x100},
        {0x92, 0xe5, GATE | 3, NEXT, X86_GP, NEXT}, {0x69, 0xe5, NEXT | 3, NEXT, X86_NP, NEXT},
    };
    struct fixture *f = *state;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare(f, 3);
        put_descriptor(f, gdt_at(NEXT), NEXT_AT, 0x67, rows[n].tss, 0);
        put_gate(f, gdt_at(GATE), rows[n].target, 0, rows[n].gate, 0);
        CODE_AT(f, FIX_CODE, 0xea, 0, 0, 0, 0, (u8)rows[n].selector, 0);
        run(f, 1);
        if (rows[n].vector == 0xff) {
            assert_int_equal(f->cpu->s.rip, NEXT_CODE);
        } else {
            expect_entry(f, rows[n].vector, rows[n].error, FIX_CODE);
        }
    }
}

// --- a fault at each step ---

struct step {
    const char *name;
    u16 offset, value; // a word of the new TSS
    u8 bad_access;     // descriptor BAD
    u8 vector;
    u16 error;
};

// Every exception goes to the task HANDLER, so that it can be entered whatever state its victim is
// in. Its back link says in which task the fault happened.
static void switch_with_exceptions_to_a_task(struct fixture *f)
{
    for (unsigned vector = X86_TS; vector <= X86_PF_FAULT; vector++) {
        put_gate(f, FIX_IDT + 8 * vector, HANDLER, 0, 0x85, 0);
    }
    CODE_AT(f, FIX_CODE, 0xea, 0, 0, 0, 0, NEXT, 0);
    run(f, 2);
}

// Before the commit: the old task has the fault, at the instruction, and everything is as it was.
static void checks_before_the_switch_fault_in_the_old_task(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    static const struct {
        u32 limit;
        u8 access, vector;
    } rows[] = {
        {0x66, 0x89, X86_TS}, {0x67, 0x09, X86_NP}, {0x67, 0x8b, X86_GP}, {0, 0x89, X86_TS}};
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare(f, 0);
        put_descriptor(f, gdt_at(NEXT), NEXT_AT, rows[n].limit, rows[n].access, 0);
        c->s.r[X86_RSI] = 0x5151;
        put_gate(f, FIX_IDT + 8u * rows[n].vector, HANDLER, 0, 0x85, 0);
        CODE_AT(f, FIX_CODE, 0xea, 0, 0, 0, 0, NEXT, 0);
        run(f, 2);
        assert_int_equal(c->s.rip, HANDLER_CODE + 1);
        assert_int_equal(stack32(f, 0), NEXT);
        assert_int_equal(peek16(f, HANDLER_AT), FIX_TSS);
        assert_int_equal(peek32(f, FIX_TSS_AT + 0x20), FIX_CODE);
        assert_int_equal(peek32(f, FIX_TSS_AT + 0x24) & X86_RF, X86_RF);
        assert_int_equal(peek32(f, FIX_TSS_AT + 0x40), 0x5151); // ESI
        assert_int_equal(type_of(f, FIX_TSS), BUSY);
    }
}

static void checks_after_the_switch_fault_in_the_new_task(void **state)
{
    static const struct step rows[] = {
        {"LDT in an LDT", 0x60, 0x0c, 0, X86_TS, 0x0c},
        {"LDT beyond the GDT", 0x60, 0x100, 0, X86_TS, 0x100},
        {"LDT that is not one", 0x60, FIX_DATA0, 0, X86_TS, FIX_DATA0},
        {"LDT absent", 0x60, BAD, 0x02, X86_TS, BAD},
        {"CS null", 0x4c, 0, 0, X86_TS, 0},
        {"CS beyond", 0x4c, 0x100, 0, X86_TS, 0x100},
        {"CS data", 0x4c, FIX_DATA0, 0, X86_TS, FIX_DATA0},
        {"CS with wrong RPL", 0x4c, FIX_CODE0 | 1, 0, X86_TS, FIX_CODE0},
        {"CS conforming above its RPL", 0x4c, BAD, 0xbf, X86_TS, BAD},
        {"CS absent", 0x4c, BAD, 0x1b, X86_NP, BAD},
        {"CS in an LDT that is not there", 0x4c, 0x0c, 0, X86_TS, 0x0c},
        {"SS null", 0x50, 0, 0, X86_TS, 0},
        {"SS beyond", 0x50, 0x100, 0, X86_TS, 0x100},
        {"SS code", 0x50, FIX_CODE0, 0, X86_TS, FIX_CODE0},
        {"SS with wrong RPL", 0x50, FIX_DATA0 | 3, 0, X86_TS, FIX_DATA0},
        {"SS with wrong DPL", 0x50, FIX_DATA3 & ~3, 0, X86_TS, FIX_DATA3 & ~3},
        {"SS read-only", 0x50, BAD, 0x91, X86_TS, BAD},
        {"SS absent", 0x50, BAD, 0x13, X86_SS_FAULT, BAD},
        {"DS beyond", 0x54, 0x100, 0, X86_TS, 0x100},
        {"DS of the system", 0x54, NEXT, 0, X86_TS, NEXT},
        {"DS execute-only", 0x54, BAD, 0x99, X86_TS, BAD},
        {"DS with RPL above DPL", 0x54, FIX_DATA0 | 3, 0, X86_TS, FIX_DATA0},
        {"DS absent", 0x54, BAD, 0x13, X86_NP, BAD},
        {"ES absent", 0x48, BAD, 0x13, X86_NP, BAD},
        {"FS absent", 0x58, BAD, 0x1b, X86_NP, BAD},
        {"GS beyond", 0x5c, 0x102, 0, X86_TS, 0x100},
    };
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        const struct step *r = &rows[n];
        prepare(f, 0);
        put_descriptor(f, gdt_at(BAD), 0, 0xfffff, r->bad_access, 0xc);
        poke16(f, NEXT_AT + r->offset, r->value);
        poke32(f, NEXT_AT + 0x40, 0x5151); // ESI
        switch_with_exceptions_to_a_task(f);
        if (c->s.rip != HANDLER_CODE + 1 || stack32(f, 0) != r->error ||
            peek16(f, HANDLER_AT) != NEXT) {
            fail_msg("%s: EIP %x, error %x, in %x", r->name, (u32)c->s.rip, stack32(f, 0),
                     peek16(f, HANDLER_AT));
        }
        // The new task has been entered: it is busy, its registers are loaded, EIP is its own.
        assert_int_equal(type_of(f, FIX_TSS), AVAILABLE);
        assert_int_equal(type_of(f, NEXT), BUSY);
        assert_int_equal(peek32(f, NEXT_AT + 0x20), NEXT_CODE);
        assert_int_equal(peek32(f, NEXT_AT + 0x40), 0x5151);
        assert_int_equal(peek16(f, NEXT_AT + r->offset), r->value);
        assert_int_equal(peek32(f, NEXT_AT + 0x24), X86_FLAGS_ONE | X86_RF);
    }
}

static void eip_beyond_the_limit_of_the_new_code_is_gp_0_in_the_new_task(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0);
    put_descriptor(f, gdt_at(BAD), 0, 0x10fff, 0x9b, 4);
    poke16(f, NEXT_AT + 0x4c, BAD);
    switch_with_exceptions_to_a_task(f);
    assert_int_equal(f->cpu->s.rip, HANDLER_CODE + 1);
    assert_int_equal(stack32(f, 0), 0);
    assert_int_equal(peek16(f, HANDLER_AT), NEXT);
    assert_int_equal(peek32(f, NEXT_AT + 0x20), NEXT_CODE);
}

// The order of the loads: LDT, CS, SS, then data. All are wrong here, and put right one by one.
static void first_wrong_segment_is_the_one_reported(void **state)
{
    static const struct {
        u16 offset, error;
    } order[] = {{0x60, 0x80}, {0x4c, 0x88}, {0x50, 0x90}};
    struct fixture *f = *state;
    for (unsigned good = 0; good < COUNT_OF(order); good++) {
        prepare(f, 0);
        for (unsigned n = good; n < COUNT_OF(order); n++) {
            poke16(f, NEXT_AT + order[n].offset, order[n].error);
            put_descriptor(f, gdt_at(order[n].error), 0, 0, 0x80, 0);
        }
        poke16(f, NEXT_AT + 0x54, 0x98);
        put_descriptor(f, gdt_at(0x98), 0, 0, 0x80, 0);
        switch_with_exceptions_to_a_task(f);
        assert_int_equal(stack32(f, 0), order[good].error);
    }
}

// --- pages ---

static void absent_page_of_either_tss_faults_before_anything_has_changed(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned is_new = 0; is_new < 2; is_new++) {
        prepare(f, 0);
        u32 at = 0x20ffc0; // the TSSs lie across this page's end
        memset(f->ram + at, 0, 0x68);
        memcpy(f->ram + at, f->ram + NEXT_AT, 0x68);
        put_descriptor(f, gdt_at(is_new ? NEXT : FIX_TSS), at, 0x67, is_new ? 0x89 : 0x8b, 0);
        load_flat(f, X86_TR, FIX_TSS);
        fixture_paging(f);
        poke32(f, pte_at(0x210000), 0x210000 | 6);
        fixture_flush(f);
        c->s.r[X86_RSI] = 0x5151;
        u64 before[8];
        memcpy(before, c->s.r, sizeof before);
        CODE_AT(f, FIX_CODE, 0x9a, 0, 0, 0, 0, NEXT, 0);
        expect_entry(f, X86_PF_FAULT, is_new ? 0 : 2, FIX_CODE);
        assert_int_equal(c->s.cr2 & ~0xfffull, 0x210000);
        assert_int_equal(type_of(f, NEXT), AVAILABLE);
        assert_int_equal(type_of(f, FIX_TSS), BUSY);
        assert_int_equal(c->s.seg[X86_TR].selector, FIX_TSS);
        assert_int_equal(peek16(f, is_new ? at : NEXT_AT), 0); // no back link
        assert_int_equal(c->s.cr0 & X86_CR0_TS, 0);
        before[X86_RSP] -= 16;
        assert_memory_equal(before, c->s.r, sizeof before);
    }
}

// A new TSS in a read-only page can be jumped to (nothing is written to it), not called.
static void read_only_tss_can_be_jumped_to_and_not_called(void **state)
{
    struct fixture *f = *state;
    for (unsigned is_call = 0; is_call < 2; is_call++) {
        prepare(f, 0);
        fixture_paging(f);
        poke32(f, NEXT_AT + 0x1c, FIX_PD);
        f->cpu->s.cr0 |= X86_CR0_WP;
        poke32(f, pte_at(NEXT_AT), NEXT_AT | 5);
        fixture_flush(f);
        CODE_AT(f, FIX_CODE, is_call ? 0x9a : 0xea, 0, 0, 0, 0, NEXT, 0);
        run(f, 1);
        if (is_call) {
            expect_entry(f, X86_PF_FAULT, 3, FIX_CODE);
        } else {
            assert_int_equal(f->cpu->s.rip, NEXT_CODE);
        }
    }
}

static void cr3_comes_from_the_new_tss_and_is_not_saved(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0);
    fixture_paging(f);
    memcpy(f->ram + 0x90000, f->ram + FIX_PD, 0x1000); // another directory
    memcpy(f->ram + 0x91000, f->ram + FIX_PT, 0x1000);
    poke32(f, 0x90000, 0x91000 | 7);
    poke32(f, 0x91000 + 4 * 0x50, 0x51000 | 7);
    poke32(f, 0x51000, 0xabcd);
    poke32(f, NEXT_AT + 0x1c, 0x90000);
    poke32(f, FIX_TSS_AT + 0x1c, FIX_PD);
    CODE_AT(f, FIX_CODE, 0xa1, 0, 0, 5, 0, 0x9a, 0, 0, 0, 0, NEXT, 0, 0xa1, 0, 0, 5, 0);
    CODE_AT(f, NEXT_CODE, 0xa1, 0, 0, 5, 0, 0xcf);
    run(f, 3);
    assert_int_equal(c->s.cr3, 0x90000);
    assert_int_equal(c->s.r[X86_RAX], 0xabcd);
    assert_int_equal(peek32(f, FIX_TSS_AT + 0x1c), FIX_PD);
    run(f, 2);
    assert_int_equal(c->s.cr3, FIX_PD);
    assert_int_equal(c->s.r[X86_RAX], 0);
}

// --- other kinds of task ---

static void put_task_16(struct fixture *f, u16 selector, u32 at, u16 ip)
{
    put_descriptor(f, gdt_at(selector), at, 0x2b, 0x81, 0);
    memset(f->ram + at, 0, 0x2c);
    put_descriptor(f, gdt_at(BAD), 0, 0xffff, 0x9b, 0); // 16-bit code
    poke16(f, at + 0x0e, ip);
    poke16(f, at + 0x10, X86_FLAGS_ONE);
    poke16(f, at + 0x1a, 0xa000); // SP
    poke16(f, at + 0x22, FIX_DATA0);
    poke16(f, at + 0x24, BAD);
    put_descriptor(f, gdt_at(STACK16), 0, 0xffff, 0x93, 0);
    poke16(f, at + 0x26, STACK16);
    poke16(f, at + 0x28, FIX_DATA0);
}

static void sixteen_bit_task_nests_and_comes_back(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0);
    put_task_16(f, NEXT, NEXT_AT, 0x7800);
    poke16(f, NEXT_AT + 0x12, 0x1234); // AX
    c->s.r[X86_RAX] = 0xabcd5678;
    CODE_AT(f, FIX_CODE, 0x9a, 0, 0, 0, 0, NEXT, 0, 0xf4);
    CODE_AT(f, 0x7800, 0x40, 0xcf); // INC AX; IRET
    run(f, 1);
    assert_int_equal(c->s.r[X86_RAX] & 0xffff, 0x1234);
    assert_int_equal(c->s.eflags & X86_NT, X86_NT);
    assert_int_equal(type_of(f, NEXT), 3);
    assert_int_equal(peek16(f, NEXT_AT), FIX_TSS);
    assert_int_equal(c->s.seg[X86_FS].attributes, 0);
    run(f, 2);
    assert_int_equal(c->s.seg[X86_TR].selector, FIX_TSS);
    assert_int_equal(c->s.r[X86_RAX], 0xabcd5678);
    assert_int_equal(peek16(f, NEXT_AT + 0x12), 0x1235);
    assert_int_equal(peek16(f, NEXT_AT + 0x0e), 0x7802);
    assert_int_equal(peek16(f, NEXT_AT + 0x2a), 0);
    assert_int_equal(type_of(f, NEXT), 1);
    run(f, 1);
    assert_int_equal(c->s.rip, FIX_CODE + 8);
}

static void sixteen_bit_task_as_a_handler_gets_its_error_code_as_a_word(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0);
    put_task_16(f, NEXT, NEXT_AT, 0x7800);
    put_gate(f, FIX_IDT + 8 * X86_GP, NEXT, 0, 0x85, 0);
    poke16(f, 0x9ffe, 0xffff);
    poke16(f, 0x9ffc, 0xeeee);
    f->cpu->s.r[X86_RAX] = 0xfff8;
    CODE_AT(f, FIX_CODE, 0x8e, 0xd8);
    CODE_AT(f, 0x7800, 0xf4);
    run(f, 2);
    assert_int_equal(f->cpu->s.r[X86_RSP] & 0xffff, 0x9ffe);
    assert_int_equal(peek16(f, 0x9ffe), 0xfff8);
    assert_int_equal(peek16(f, 0x9ffc), 0xeeee);
}

// [SDM3] 7.3, 20.2.5: VM in the new task's EFLAGS.
static void task_of_virtual_8086_mode_starts_there(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0);
    poke32(f, NEXT_AT + 0x20, 0x0010);
    poke32(f, NEXT_AT + 0x24, X86_VM | X86_IOPL | X86_FLAGS_ONE);
    poke32(f, NEXT_AT + 0x38, 0x0100);
    poke16(f, NEXT_AT + 0x4c, 0x1230);
    poke16(f, NEXT_AT + 0x50, 0x2000);
    poke16(f, NEXT_AT + 0x54, 0xfff8); // any value is a segment
    CODE_AT(f, FIX_CODE, 0x9a, 0, 0, 0, 0, NEXT, 0);
    CODE_AT(f, 0x12310, 0x50, 0xcd, 0x40);
    put_gate(f, FIX_IDT + 8 * 0x40, HANDLER, 0, 0xe5, 0);
    run(f, 2);
    assert_true(x86_is_v86(c));
    assert_int_equal(c->s.cpl, 3);
    assert_int_equal(c->s.seg[X86_DS].base, 0xfff80);
    assert_int_equal(c->s.r[X86_RSP], 0xfe);
    run(f, 1); // INT 40h to the task HANDLER: VM is saved and gone
    assert_int_equal(c->s.rip, HANDLER_CODE);
    assert_false(x86_is_v86(c));
    assert_int_equal(peek32(f, NEXT_AT + 0x24) & (X86_VM | X86_NT), X86_VM | X86_NT);
    assert_int_equal(peek16(f, NEXT_AT + 0x54), 0xfff8);
    CODE_AT(f, HANDLER_CODE, 0xcf);
    run(f, 1);
    assert_true(x86_is_v86(c));
    assert_int_equal(c->s.rip, 0x13);
}

static void task_of_level_3_may_not_have_data_of_level_0(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0);
    poke16(f, NEXT_AT + 0x48, 0);
    poke16(f, NEXT_AT + 0x4c, FIX_CODE3);
    poke16(f, NEXT_AT + 0x50, FIX_DATA3);
    poke16(f, NEXT_AT + 0x54, FIX_DATA3);
    poke16(f, NEXT_AT + 0x58, FIX_DATA0);
    poke16(f, NEXT_AT + 0x5c, 0);
    switch_with_exceptions_to_a_task(f);
    assert_int_equal(f->cpu->s.rip, HANDLER_CODE + 1);
    assert_int_equal(stack32(f, 0), FIX_DATA0);
    poke16(f, NEXT_AT + 0x58, FIX_DATA3);
    prepare(f, 0);
    poke16(f, NEXT_AT + 0x4c, FIX_CODE3);
    for (unsigned n = 0; n < 6; n++) {
        poke16(f, NEXT_AT + 0x48 + 4 * n, n == X86_CS ? FIX_CODE3 : FIX_DATA3);
    }
    CODE_AT(f, FIX_CODE, 0xea, 0, 0, 0, 0, NEXT, 0);
    run(f, 1);
    assert_int_equal(f->cpu->s.cpl, 3);
    assert_int_equal(f->cpu->s.rip, NEXT_CODE);
}

// [SDM3] 6.13, 6.12.2: the error code of an exception is pushed on the stack of the new task; if
// that is not possible the fault is the new task's.
static void error_code_that_can_not_be_pushed_is_ss_0_in_the_handling_task(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0);
    put_descriptor(f, gdt_at(BAD), 0, 0xfff, 0x93, 4);
    poke16(f, NEXT_AT + 0x50, BAD); // NEXT handles #GP on a stack beyond its limit
    put_gate(f, FIX_IDT + 8 * X86_GP, NEXT, 0, 0x85, 0);
    put_gate(f, FIX_IDT + 8 * X86_DF_FAULT, HANDLER, 0, 0x85, 0);
    f->cpu->s.r[X86_RAX] = 0xfff8;
    CODE_AT(f, FIX_CODE, 0x8e, 0xd8);
    run(f, 2);
    // #GP and then #SS, both contributory: a double fault.
    assert_int_equal(f->cpu->s.rip, HANDLER_CODE + 1);
    assert_int_equal(stack32(f, 0), 0);
    assert_int_equal(peek16(f, HANDLER_AT), NEXT);
    assert_int_equal(peek16(f, NEXT_AT), FIX_TSS);
}

static void ltr_takes_an_available_tss_of_the_gdt_and_makes_it_busy(void **state)
{
    static const struct {
        u16 selector;
        u8 access, vector;
        u16 error;
    } rows[] = {
        {NEXT, 0x89, 0xff, 0},      {NEXT, 0x8b, X86_GP, NEXT}, {NEXT, 0x09, X86_NP, NEXT},
        {0, 0x89, X86_GP, 0},       {0x44, 0x89, X86_GP, 0x44}, {0x100, 0x89, X86_GP, 0x100},
        {NEXT, 0x82, X86_GP, NEXT}, {NEXT, 0x81, 0xff, 0},
    };
    struct fixture *f = *state;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare(f, 0);
        put_descriptor(f, gdt_at(NEXT), NEXT_AT, 0x67, rows[n].access, 0);
        f->cpu->s.r[X86_RAX] = rows[n].selector;
        CODE_AT(f, FIX_CODE, 0x0f, 0x00, 0xd8, 0xf4);
        run(f, 1);
        if (rows[n].vector == 0xff) {
            assert_int_equal(f->cpu->s.seg[X86_TR].selector, NEXT);
            assert_int_equal(peek8(f, gdt_at(NEXT) + 5), rows[n].access | 2);
            assert_int_equal(type_of(f, FIX_TSS), BUSY); // the old one stays busy
        } else {
            expect_entry(f, rows[n].vector, rows[n].error, FIX_CODE);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(calls_nest_and_irets_unwind),
        TEST(busy_tasks_can_not_be_entered_but_by_iret),
        TEST(iret_of_a_nested_task_checks_the_back_link),
        TEST(task_switch_saves_and_loads_everything_and_sets_ts),
        TEST(task_gates_lie_in_gdt_ldt_and_idt),
        TEST(tasks_and_task_gates_are_for_those_their_dpl_allows),
        TEST(checks_before_the_switch_fault_in_the_old_task),
        TEST(checks_after_the_switch_fault_in_the_new_task),
        TEST(eip_beyond_the_limit_of_the_new_code_is_gp_0_in_the_new_task),
        TEST(first_wrong_segment_is_the_one_reported),
        TEST(absent_page_of_either_tss_faults_before_anything_has_changed),
        TEST(read_only_tss_can_be_jumped_to_and_not_called),
        TEST(cr3_comes_from_the_new_tss_and_is_not_saved),
        TEST(sixteen_bit_task_nests_and_comes_back),
        TEST(sixteen_bit_task_as_a_handler_gets_its_error_code_as_a_word),
        TEST(task_of_virtual_8086_mode_starts_there),
        TEST(task_of_level_3_may_not_have_data_of_level_0),
        TEST(error_code_that_can_not_be_pushed_is_ss_0_in_the_handling_task),
        TEST(ltr_takes_an_available_tss_of_the_gdt_and_makes_it_busy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
