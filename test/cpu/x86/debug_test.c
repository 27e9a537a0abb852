// Debug exceptions: breakpoints on data, ports and code, single steps, RF, and the shadows of STI
// and of loads of SS. Expected values: [SDM3] 17.2, 17.3 and 6.8.3.
#include "fixture.h"

enum { GE = 0x400 }; // bit 10 of DR7 is always set

static void prepare(struct fixture *f)
{
    struct x86 *c = f->cpu;
    memset(c->s.r, 0, sizeof c->s.r);
    memset(c->s.dr, 0, sizeof c->s.dr);
    c->s.dr[6] = 0xffff0ff0;
    c->s.dr[7] = GE;
    c->s.cr4 = 0;
    fixture_protected(f);
    again(f, 0);
    x86_debug_changed(c);
}

// DR7 for breakpoint n: kind 0 code, 1 write, 2 I/O, 3 access; length as it is encoded.
static u32 dr7(unsigned n, unsigned kind, unsigned length)
{
    return 1u << 2 * n | kind << (16 + 4 * n) | length << (18 + 4 * n);
}

static void set_breakpoint(struct fixture *f, unsigned n, u32 address, unsigned kind,
                           unsigned length)
{
    f->cpu->s.dr[n] = address;
    f->cpu->s.dr[7] |= dr7(n, kind, length);
    x86_debug_changed(f->cpu);
}

// A #DB at an EIP for these reasons.
static void expect_debug_at(struct fixture *f, u32 eip, u32 reasons, u32 rf, int line)
{
    expect_entry_at(f, X86_DB, 0, eip, line);
    if ((f->cpu->s.dr[6] & 0xe00f) != reasons || (pushed_flags(f) & X86_RF) != rf) {
        fail_msg("line %d: DR6 %x, RF %x", line, (u32)f->cpu->s.dr[6], pushed_flags(f) & X86_RF);
    }
}

#define expect_trap(f, eip, reasons) expect_debug_at(f, eip, reasons, 0, __LINE__)

// --- data ---

// [SDM3] table 17-2, the manual's own example.
static void data_breakpoints_hit_as_in_the_manuals_table(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    enum { READ = 1, WRITE = 2, BOTH = 3 };
    static const struct {
        u32 at;
        u8 bytes, kinds; // kinds of access that trap, of those not named the other must not
        u8 hits;
    } rows[] = {
        {0xa0001, 1, BOTH, 1},  {0xa0001, 2, READ, 1},  {0xa0002, 1, WRITE, 2},
        {0xa0002, 2, WRITE, 2}, {0xb0001, 4, BOTH, 4},  {0xb0002, 1, BOTH, 4},
        {0xb0002, 2, BOTH, 4},  {0xc0000, 4, WRITE, 8}, {0xc0001, 2, WRITE, 8},
        {0xc0003, 1, WRITE, 8}, {0xa0000, 1, 0, 0},     {0xa0003, 4, 0, 0},
        {0xb0000, 2, 0, 0},     {0xc0004, 4, 0, 0},
    };
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        for (unsigned write = 0; write < 2; write++) {
            prepare(f);
            set_breakpoint(f, 0, 0xa0001, 3, 0);
            set_breakpoint(f, 1, 0xa0002, 1, 0);
            set_breakpoint(f, 2, 0xb0002, 3, 1);
            set_breakpoint(f, 3, 0xc0000, 1, 3);
            c->s.r[X86_RBX] = rows[n].at;
            u8 opcode = (u8)((rows[n].bytes == 1 ? 0x8a : 0x8b) - (write ? 2 : 0));
            CODE_AT(f, FIX_CODE, rows[n].bytes == 2 ? 0x66 : 0x3e, opcode, 0x03, 0xf4);
            run(f, 2);
            bool traps = (rows[n].kinds >> write) & 1;
            bool also = rows[n].at == 0xa0001 && rows[n].bytes == 2 && write; // A0002h as well
            if (traps || also) {
                expect_trap(f, FIX_CODE + 3, also ? 3u : rows[n].hits);
            } else {
                assert_int_equal(entered_vector(f), -1);
                assert_int_equal(c->s.dr[6], 0xffff0ff0);
            }
        }
    }
}

// Every kind of access is seen: misaligned, wide, by the stack, read-modify-write.
static void data_breakpoints_see_all_kinds_of_access(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    static const struct {
        u8 code[6], length;
        i32 ebx; // relative to the watched doubleword
        bool is_read;
    } rows[] = {
        {{0x89, 0x03}, 2, -3, false},        // MOV [EBX], EAX
        {{0xff, 0x03}, 2, 0, false},         // INC [EBX]
        {{0x39, 0x03}, 2, 3, true},          // CMP [EBX], EAX
        {{0x0f, 0x11, 0x03}, 3, -15, false}, // MOVUPS [EBX], xmm0
        {{0x0f, 0x10, 0x03}, 3, -12, true},  // MOVUPS xmm0, [EBX]
        {{0xdb, 0x3b}, 2, -9, false},        // FSTP tbyte
        {{0xdd, 0x33}, 2, -100, false},      // FNSAVE
        {{0x50}, 1, 0, false},               // PUSH EAX
        {{0x60}, 1, 0, false},               // PUSHA
        {{0xc8, 0, 0, 0}, 4, 0, false},      // ENTER
        {{0xa5}, 1, -2, false},              // MOVSD: the target
        {{0xaf}, 1, 2, true},                // SCASD
        {{0x0f, 0xab, 0x03}, 3, 0, false},   // BTS
        {{0x0f, 0xc7, 0x0b}, 3, -7, false},  // CMPXCHG8B
    };
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        for (unsigned kind = 1; kind <= 3; kind += 2) {
            prepare(f);
            c->s.cr4 = X86_CR4_OSFXSR;
            set_breakpoint(f, 0, 0x40100, kind, 3);
            c->s.r[X86_RBX] = c->s.r[X86_RDI] = 0x40100 + (u32)rows[n].ebx;
            c->s.r[X86_RSI] = 0x50000;
            bool is_push = rows[n].ebx == 0 && (rows[n].code[0] >> 4 == 5 ||
                                                rows[n].code[0] == 0x60 || rows[n].code[0] == 0xc8);
            c->s.r[X86_RSP] = is_push ? 0x40104 : FIX_STACK;
            poke_bytes(f, FIX_CODE, rows[n].code, 6);
            CODE_AT(f, FIX_CODE + rows[n].length, 0xf4);
            run(f, 2);
            if (rows[n].is_read && kind == 1) {
                assert_int_equal(entered_vector(f), -1);
            } else {
                expect_trap(f, FIX_CODE + rows[n].length, 1);
            }
        }
    }
}

// The instruction that faults has not accessed anything; carried out again, it traps.
static void breakpoint_of_an_instruction_that_faults_is_not_reported(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    put_descriptor(f, gdt_at(0x40), 0, 0xfff, 0x93, 4);
    load_flat(f, X86_ES, 0x40);
    x86_segments_changed(c);
    set_breakpoint(f, 3, 0x40000, 3, 3);
    c->s.r[X86_RSI] = 0x40000;
    c->s.r[X86_RDI] = 0x1000;
    CODE_AT(f, FIX_CODE, 0xa5, 0xf4); // MOVSD: the read is watched, the write faults
    expect_entry(f, X86_GP, 0, FIX_CODE);
    assert_int_equal(c->s.dr[6], 0xffff0ff0);
    assert_int_equal(c->s.pending_debug, 0);
    again(f, 0);
    c->s.r[X86_RDI] = 0x50000;
    expect_trap(f, FIX_CODE + 1, 8);
}

static void several_reasons_make_one_exception(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    set_breakpoint(f, 0, 0x40000, 1, 3);
    set_breakpoint(f, 2, 0x40002, 3, 0);
    c->s.dr[6] |= 8; // B3 of an earlier one: the processor clears it, BS it does not
    x86_set_eflags(c, X86_TF);
    c->s.r[X86_RBX] = 0x40000;
    CODE_AT(f, FIX_CODE, 0x89, 0x03);
    expect_trap(f, FIX_CODE + 2, 1 | 4 | X86_DR6_BS);
    assert_int_equal(pushed_flags(f) & X86_TF, X86_TF);
    assert_int_equal(c->s.eflags & X86_TF, 0);
}

// --- ports ---

static void port_breakpoints_need_de_and_cover_their_length(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    static const struct {
        u32 port;
        unsigned length;
        u8 code[2];
        bool hits;
    } rows[] = {
        {0x80, 0, {0xe4, 0x80}, true},  {0x80, 0, {0xe6, 0x80}, true},
        {0x80, 0, {0xe4, 0x81}, false}, {0x80, 1, {0xe4, 0x81}, true},
        {0x81, 1, {0xe4, 0x80}, true},  {0x80, 3, {0xe4, 0x83}, true},
        {0x80, 3, {0xe4, 0x84}, false}, {0x82, 0, {0xe5, 0x80}, true},
        {0x84, 0, {0xe7, 0x80}, false}, {0x83, 0, {0xe7, 0x80}, true},
    };
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare(f);
        c->s.cr4 = X86_CR4_DE;
        set_breakpoint(f, 1, rows[n].port, 2, rows[n].length);
        poke_bytes(f, FIX_CODE, rows[n].code, 2);
        CODE_AT(f, FIX_CODE + 2, 0xf4);
        run(f, 2);
        if (rows[n].hits) {
            expect_trap(f, FIX_CODE + 2, 2);
        } else {
            assert_int_equal(entered_vector(f), -1);
        }
    }
}

// --- code ---

static void
code_breakpoint_is_by_linear_address_and_comes_before_the_instructions_own_faults(void **state)
{
    struct fixture *f = *state;
    prepare(f);
    put_descriptor(f, gdt_at(0x40), FIX_CODE, 0xfff, 0x9b, 4);
    CODE_AT(f, FIX_CODE, 0xea, 0x20, 0, 0, 0, 0x40, 0);
    CODE_AT(f, FIX_CODE + 0x20, 0x0f, 0x0b);
    set_breakpoint(f, 0, FIX_CODE + 0x20, 0, 0);
    expect_trap(f, 0x20, 1);
}

static void disabled_breakpoints_do_nothing_and_enabling_counts_at_once(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    c->s.dr[0] = FIX_CODE + 6;
    c->s.r[X86_RBX] = GE | 2; // G0
    // MOV DR7, EBX at + 3; the breakpoint is behind it
    CODE_AT(f, FIX_CODE, 0x90, 0x90, 0x90, 0x0f, 0x23, 0xfb, 0x40);
    expect_trap(f, FIX_CODE + 6, 1);
    assert_int_equal(c->s.r[X86_RAX], 0);
}

// [SDM3] 17.3.1.1: RF stays set until the repetition is done.
static void code_breakpoint_at_a_repeated_instruction_hits_once(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    set_breakpoint(f, 0, FIX_CODE, 0, 0);
    CODE_AT(f, FIX_CODE, 0xf3, 0xaa, 0xf4); // REP STOSB
    CODE_AT(f, FIX_HANDLERS + 16 * X86_DB, 0x45, 0x81, 0x4c, 0x24, 8, 0, 0, 1, 0,
            0xcf); // INC EBP, set RF, IRET
    c->s.r[X86_RCX] = 5;
    c->s.r[X86_RDI] = 0x40000;
    run(f, 100);
    assert_true(c->s.is_halted);
    assert_int_equal(c->s.r[X86_RCX], 0);
    assert_int_equal(c->s.r[X86_RBP], 1);
    assert_int_equal(c->s.eflags & X86_RF, 0);
}

static void irets_rf_lets_one_instruction_pass_and_popf_can_not_set_it(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    set_breakpoint(f, 0, FIX_CODE + 6, 0, 0);
    // PUSH 10000h (RF); POPF; the breakpoint
    CODE_AT(f, FIX_CODE, 0x68, 0, 0, 1, 0, 0x9d, 0x40);
    expect_trap(f, FIX_CODE + 6, 1);
    assert_int_equal(c->s.r[X86_RAX], 0);
}

// A jump back to the breakpoint is a new visit.
static void code_breakpoint_in_a_loop_hits_each_time(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    set_breakpoint(f, 0, FIX_CODE, 0, 0);
    CODE_AT(f, FIX_CODE, 0x40, 0x83, 0xf8, 4, 0x75, 0xfa, 0xf4); // INC EAX; CMP EAX, 4; JNE
    CODE_AT(f, FIX_HANDLERS + 16 * X86_DB, 0x45, 0x81, 0x4c, 0x24, 8, 0, 0, 1, 0, 0xcf);
    run(f, 100);
    assert_true(c->s.is_halted);
    assert_int_equal(c->s.r[X86_RBP], 4);
}

// --- single steps ---

static void tf_set_by_popf_or_iret_steps_the_instruction_after_the_next(void **state)
{
    struct fixture *f = *state;
    prepare(f);
    CODE_AT(f, FIX_CODE, 0x68, 0, 1, 0, 0, 0x9d, 0x40, 0x40);
    expect_trap(f, FIX_CODE + 7, X86_DR6_BS);
    prepare(f);
    const u32 frame[] = {0x11000, FIX_CODE0, X86_TF | X86_FLAGS_ONE};
    poke_bytes(f, FIX_STACK - 12, (const u8 *)frame, sizeof frame);
    f->cpu->s.r[X86_RSP] = FIX_STACK - 12;
    CODE_AT(f, FIX_CODE, 0xcf);
    CODE_AT(f, 0x11000, 0x40, 0x40);
    expect_trap(f, 0x11001, X86_DR6_BS);
}

static void popf_that_clears_tf_is_itself_stepped(void **state)
{
    struct fixture *f = *state;
    prepare(f);
    poke32(f, FIX_STACK - 4, 0);
    f->cpu->s.r[X86_RSP] = FIX_STACK - 4;
    x86_set_eflags(f->cpu, X86_TF);
    CODE_AT(f, FIX_CODE, 0x9d, 0x40);
    expect_trap(f, FIX_CODE + 1, X86_DR6_BS);
    assert_int_equal(pushed_flags(f) & X86_TF, 0);
}

static void instruction_that_faults_is_not_stepped(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    x86_set_eflags(c, X86_TF);
    CODE_AT(f, FIX_CODE, 0x0f, 0x0b);
    CODE_AT(f, FIX_HANDLERS + 16 * X86_UD, 0x40, 0xf4);
    run(f, 10);
    assert_int_equal(c->s.r[X86_RAX], 1);
    assert_true(c->s.is_halted);
    assert_int_equal(stack32(f, 2) & (X86_TF | X86_RF), X86_TF | X86_RF);
    assert_int_equal(c->s.dr[6] & X86_DR6_BS, 0);
}

// INT n is not stepped into; its IRET brings TF back, and the instruction behind INT is stepped.
static void int_n_is_stepped_over_with_its_handler(void **state)
{
    struct fixture *f = *state;
    static const u8 ints[][2] = {{0xcd, 0x40}, {0xcc, 0x90}};
    for (unsigned n = 0; n < COUNT_OF(ints); n++) {
        prepare(f);
        x86_set_eflags(f->cpu, X86_TF);
        u32 length = n == 0 ? 2 : 1;
        poke_bytes(f, FIX_CODE, ints[n], 2);
        CODE_AT(f, FIX_CODE + length, 0x40, 0x40);
        CODE_AT(f, FIX_HANDLERS + 16 * (n == 0 ? 0x40u : X86_BP), 0x43, 0xcf);
        expect_trap(f, FIX_CODE + length + 1, X86_DR6_BS);
        assert_int_equal(f->cpu->s.r[X86_RBX], 1);
        CODE_AT(f, FIX_HANDLERS + 16 * (n == 0 ? 0x40u : X86_BP), 0xf4);
    }
}

static void icebp_enters_vector_1_and_leaves_dr6(void **state)
{
    struct fixture *f = *state;
    prepare(f);
    CODE_AT(f, FIX_CODE, 0xf1);
    expect_trap(f, FIX_CODE + 1, 0);
    assert_int_equal(f->cpu->s.dr[6], 0xffff0ff0);
}

// [SDM3] 17.3.1.4 and 17.3.1.1: a trap after each iteration, at the instruction itself and with RF
// until the last one.
static void each_iteration_of_a_repetition_is_stepped(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    x86_set_eflags(c, X86_TF);
    CODE_AT(f, FIX_CODE, 0xf3, 0xa4, 0x40); // REP MOVSB
    c->s.r[X86_RCX] = 3;
    c->s.r[X86_RSI] = 0x40000;
    c->s.r[X86_RDI] = 0x50000;
    for (unsigned left = 2; left < 3; left--) {
        expect_debug_at(f, left ? FIX_CODE : FIX_CODE + 2, X86_DR6_BS, left ? X86_RF : 0, __LINE__);
        assert_int_equal(c->s.r[X86_RCX], left);
        assert_int_equal(c->s.r[X86_RDI], 0x50003 - left);
        again(f, 0);
        x86_set_eflags(c, X86_TF);
    }
}

// Each of them, with both prefixes and in both directions; what ends a repetition early ends the
// steps at it too.
static void each_string_instruction_is_stepped_by_its_iterations(void **state)
{
    static const struct {
        u8 opcode, element;
        bool compares; // goes on while equal (F3), or while not (F2)
    } rows[] = {{0xa4, 1, false}, {0xa5, 4, false}, {0xa6, 1, true},  {0xa7, 4, true},
                {0xaa, 1, false}, {0xab, 4, false}, {0xac, 1, false}, {0xad, 4, false},
                {0xae, 1, true},  {0xaf, 4, true}};
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned n = 0; n < 4 * COUNT_OF(rows); n++) {
        bool is_repne = n & 1, is_back = n & 2, ends_early = is_repne && rows[n / 4].compares;
        u32 flags = X86_TF | (is_back ? X86_DF : 0), count = ends_early ? 1 : 3;
        prepare(f);
        memset(f->ram + 0x40000, 0, 0x40); // all equal, and equal to EAX
        memset(f->ram + 0x50000, 0, 0x40);
        CODE_AT(f, FIX_CODE, is_repne ? 0xf2 : 0xf3, rows[n / 4].opcode, 0x90);
        c->s.r[X86_RCX] = 3;
        c->s.r[X86_RSI] = 0x40020;
        c->s.r[X86_RDI] = 0x50020;
        for (unsigned done = 1; done <= count; done++) {
            x86_set_eflags(c, flags);
            bool is_last = done == count;
            expect_debug_at(f, is_last ? FIX_CODE + 2 : FIX_CODE, X86_DR6_BS, is_last ? 0 : X86_RF,
                            __LINE__);
            assert_int_equal(c->s.r[X86_RCX], 3 - done);
            bool has_target = rows[n / 4].opcode != 0xac && rows[n / 4].opcode != 0xad;
            u32 moved = (is_back ? 0 - (u32)rows[n / 4].element : rows[n / 4].element) * done;
            assert_int_equal(c->s.r[X86_RDI], 0x50020 + (has_target ? moved : 0));
            again(f, 0);
        }
    }
}

// [SDM3] 7.3: EFLAGS come from the new TSS, TF among them; the old task's TF waits in its own.
static void tf_of_a_new_task_steps_its_first_instruction(void **state)
{
    enum { TASK = 0x48, TASK_AT = 0x6000 };
    struct fixture *f = *state;
    prepare(f);
    fixture_task(f, TASK, TASK_AT, 0x11000, 0x12000);
    poke32(f, TASK_AT + 0x24, X86_FLAGS_ONE | X86_TF);
    CODE_AT(f, FIX_CODE, 0xea, 0, 0, 0, 0, TASK, 0);
    CODE_AT(f, 0x11000, 0x90, 0x90);
    expect_trap(f, 0x11001, X86_DR6_BS);
    assert_int_equal(pushed_flags(f) & X86_TF, X86_TF);
    assert_int_equal(peek32(f, FIX_TSS_AT + 0x24) & X86_TF, 0);
}

static void data_breakpoint_in_a_repetition_traps_after_its_iteration(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    set_breakpoint(f, 1, 0x50002, 1, 0);
    CODE_AT(f, FIX_CODE, 0xf3, 0xaa, 0x40);
    c->s.r[X86_RCX] = 8;
    c->s.r[X86_RDI] = 0x50000;
    expect_debug_at(f, FIX_CODE, 2, X86_RF, __LINE__);
    assert_int_equal(c->s.r[X86_RCX], 5);
    prepare(f);
    set_breakpoint(f, 1, 0x50002, 1, 0);
    c->s.r[X86_RCX] = 3;
    c->s.r[X86_RDI] = 0x50000;
    expect_trap(f, FIX_CODE + 2, 2);
}

// [SDM3] 17.3.1.1: an interrupt between two iterations pushes RF.
static void interrupt_inside_a_repetition_pushes_rf(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    x86_set_eflags(c, X86_IF);
    CODE_AT(f, FIX_CODE, 0xf3, 0xaa, 0x40);
    c->s.r[X86_RCX] = 0x2000;
    c->s.r[X86_RDI] = 0x50000;
    run(f, 1); // to the page's end
    f->vector = 0x60;
    x86_set_irq(c, 0, true);
    expect_entry(f, 0x60, 0, FIX_CODE);
    assert_int_equal(pushed_flags(f) & X86_RF, X86_RF);
    prepare(f);
    x86_set_eflags(c, X86_IF);
    c->s.r[X86_RCX] = 0x1000;
    c->s.r[X86_RDI] = 0x50000;
    run(f, 1);
    x86_set_irq(c, 0, true);
    expect_entry(f, 0x60, 0, FIX_CODE + 2);
    assert_int_equal(pushed_flags(f) & X86_RF, 0);
}

// HLT is an instruction like others: the step's trap ends it.
static void stepped_hlt_traps_also_when_the_slice_ends_with_it(void **state)
{
    struct fixture *f = *state;
    for (unsigned slice = 1; slice < 3; slice++) {
        prepare(f);
        x86_set_eflags(f->cpu, X86_TF);
        CODE_AT(f, FIX_CODE, 0xf4, 0x40);
        run(f, slice);
        assert_false(x86_is_halted(f->cpu) && entered_vector(f) < 0);
        assert_false(x86_is_dead(f->cpu) && entered_vector(f) < 0);
        expect_trap(f, FIX_CODE + 1, X86_DR6_BS);
    }
}

// --- shadows ---

// [SDM3] 6.8.3: neither interrupts nor debug exceptions between a load of SS and the next one.
static void load_of_ss_holds_off_interrupts_nmi_and_code_breakpoints(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned is_pop = 0; is_pop < 2; is_pop++) {
        prepare(f);
        c->s.r[X86_RAX] = FIX_DATA0;
        poke32(f, FIX_STACK - 4, FIX_DATA0);
        c->s.r[X86_RSP] = is_pop ? FIX_STACK - 4 : FIX_STACK;
        if (is_pop) {
            CODE_AT(f, FIX_CODE, 0x90, 0x17, 0x43, 0x43); // POP SS
        } else {
            CODE_AT(f, FIX_CODE, 0x8e, 0xd0, 0x43, 0x43); // MOV SS, AX
        }
        set_breakpoint(f, 0, FIX_CODE + 2, 0, 0);
        x86_set_eflags(c, X86_IF);
        run(f, is_pop ? 2 : 1);
        f->vector = 0x60;
        x86_set_irq(c, 0, true);
        x86_set_nmi(c, 0, true);
        run(f, 1);
        assert_int_equal(c->s.r[X86_RBX], 1);
        expect_entry(f, X86_NMI, 0, FIX_CODE + 3);
        c->s.is_nmi_blocked = false;
        x86_set_irq(c, 0, false);
    }
}

// The trap of a watched operand of MOV SS waits for the instruction behind it.
static void data_breakpoint_of_mov_ss_traps_after_the_next_instruction(void **state)
{
    struct fixture *f = *state;
    prepare(f);
    poke16(f, 0x40000, FIX_DATA0);
    set_breakpoint(f, 2, 0x40000, 3, 1);
    CODE_AT(f, FIX_CODE, 0x8e, 0x15, 0, 0, 4, 0, 0x40, 0x40); // MOV SS, [40000h]
    expect_trap(f, FIX_CODE + 7, 4);
    assert_int_equal(f->cpu->s.r[X86_RAX], 1);
}

static void sti_shadow_covers_one_instruction_and_only_if_if_was_clear(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    f->vector = 0x60;
    x86_set_irq(c, 0, true);
    CODE_AT(f, FIX_CODE, 0xfb, 0xfb, 0x40); // the second STI has no shadow
    expect_entry(f, 0x60, 0, FIX_CODE + 2);
    prepare(f);
    x86_set_irq(c, 0, true);
    CODE_AT(f, FIX_CODE, 0xfb, 0xfa, 0x40, 0x40); // STI; CLI: no window
    run(f, 4);
    assert_int_equal(c->s.r[X86_RAX], 2);
    assert_int_equal(entered_vector(f), -1);
    prepare(f);
    x86_set_irq(c, 0, true);
    CODE_AT(f, FIX_CODE, 0xfb, 0xf4, 0x40); // STI; HLT: the interrupt ends HLT
    expect_entry(f, 0x60, 0, FIX_CODE + 2);
    x86_set_irq(c, 0, false);
}

static void shadow_survives_the_end_of_a_slice(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    f->vector = 0x60;
    x86_set_irq(c, 0, true);
    CODE_AT(f, FIX_CODE, 0xfb, 0x40, 0x40);
    run(f, 1);
    run(f, 1);
    assert_int_equal(c->s.r[X86_RAX], 1);
    expect_entry(f, 0x60, 0, FIX_CODE + 2);
    x86_set_irq(c, 0, false);
}

// STI's shadow is for interrupts: steps are taken in it.
static void sti_does_not_hold_off_the_step(void **state)
{
    struct fixture *f = *state;
    prepare(f);
    x86_set_eflags(f->cpu, X86_TF);
    CODE_AT(f, FIX_CODE, 0xfb, 0x40);
    expect_trap(f, FIX_CODE + 1, X86_DR6_BS);
}

// --- the registers ---

static void general_detect_faults_before_reads_and_writes_and_opens_the_registers(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned write = 0; write < 2; write++) {
        prepare(f);
        c->s.dr[7] = GE | 0x2000;
        c->s.r[X86_RAX] = 0x1234;
        CODE_AT(f, FIX_CODE, 0x0f, write ? 0x23 : 0x21, 0xd8); // DR3
        expect_debug_at(f, FIX_CODE, X86_DR6_BD, X86_RF, __LINE__);
        assert_int_equal(c->s.r[X86_RAX], 0x1234);
        assert_int_equal(c->s.dr[3], 0);
        assert_int_equal(c->s.dr[7], GE);
    }
    prepare(f);
    c->s.dr[7] = GE | 0x2000;
    again(f, 3);
    expect_entry(f, X86_GP, 0, FIX_CODE);
    assert_int_equal(c->s.dr[7], GE | 0x2000);
}

static void dr4_and_dr5_are_dr6_and_dr7_and_fixed_bits_stay(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    c->s.r[X86_RAX] = 0;
    c->s.r[X86_RBX] = 0xffffffff & ~0x2000u;
    // MOV DR4, EAX; MOV DR5, EBX; MOV ECX, DR4; MOV EDX, DR5; MOV DR6, EBX
    CODE_AT(f, FIX_CODE, 0x0f, 0x23, 0xe0, 0x0f, 0x23, 0xeb, 0x0f, 0x21, 0xe1, 0x0f, 0x21, 0xea,
            0x0f, 0x23, 0xf3);
    run(f, 1);
    assert_int_equal(c->s.dr[6], 0xffff0ff0);
    c->s.dr[0] = c->s.dr[1] = c->s.dr[2] = c->s.dr[3] = 0xfffffff0;
    run(f, 4);
    assert_int_equal(c->s.r[X86_RCX], 0xffff0ff0);
    assert_int_equal(c->s.r[X86_RDX], 0xffff07ff);
    assert_int_equal(c->s.dr[6], 0xffffcfff); // bit 13 was clear in EBX, bit 12 reads as 0
}

// [SDM3] 7.2.1, 17.3.1.5: before the first instruction of the new task.
static void t_bit_of_a_task_traps_before_its_first_instruction_and_local_enables_go(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f);
    fixture_task(f, 0x40, 0x6000, 0x11000, 0x12000);
    poke16(f, 0x6000 + 0x64, 1);
    CODE_AT(f, FIX_CODE, 0xea, 0, 0, 0, 0, 0x40, 0x00);
    CODE_AT(f, 0x11000, 0x40);
    c->s.dr[0] = 0x11000;
    c->s.dr[1] = 0x22222;
    c->s.dr[7] = GE | 1 | 8; // L0 at the task's first instruction, G1
    x86_debug_changed(c);
    expect_trap(f, 0x11000, X86_DR6_BT);
    assert_int_equal(c->s.r[X86_RAX], 0);
    assert_int_equal(c->s.dr[7], GE | 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(data_breakpoints_hit_as_in_the_manuals_table),
        TEST(data_breakpoints_see_all_kinds_of_access),
        TEST(breakpoint_of_an_instruction_that_faults_is_not_reported),
        TEST(several_reasons_make_one_exception),
        TEST(port_breakpoints_need_de_and_cover_their_length),
        TEST(code_breakpoint_is_by_linear_address_and_comes_before_the_instructions_own_faults),
        TEST(disabled_breakpoints_do_nothing_and_enabling_counts_at_once),
        TEST(code_breakpoint_at_a_repeated_instruction_hits_once),
        TEST(irets_rf_lets_one_instruction_pass_and_popf_can_not_set_it),
        TEST(code_breakpoint_in_a_loop_hits_each_time),
        TEST(tf_set_by_popf_or_iret_steps_the_instruction_after_the_next),
        TEST(popf_that_clears_tf_is_itself_stepped),
        TEST(instruction_that_faults_is_not_stepped),
        TEST(int_n_is_stepped_over_with_its_handler),
        TEST(icebp_enters_vector_1_and_leaves_dr6),
        TEST(each_iteration_of_a_repetition_is_stepped),
        TEST(each_string_instruction_is_stepped_by_its_iterations),
        TEST(tf_of_a_new_task_steps_its_first_instruction),
        TEST(data_breakpoint_in_a_repetition_traps_after_its_iteration),
        TEST(interrupt_inside_a_repetition_pushes_rf),
        TEST(stepped_hlt_traps_also_when_the_slice_ends_with_it),
        TEST(load_of_ss_holds_off_interrupts_nmi_and_code_breakpoints),
        TEST(data_breakpoint_of_mov_ss_traps_after_the_next_instruction),
        TEST(sti_shadow_covers_one_instruction_and_only_if_if_was_clear),
        TEST(shadow_survives_the_end_of_a_slice),
        TEST(sti_does_not_hold_off_the_step),
        TEST(general_detect_faults_before_reads_and_writes_and_opens_the_registers),
        TEST(dr4_and_dr5_are_dr6_and_dr7_and_fixed_bits_stay),
        TEST(t_bit_of_a_task_traps_before_its_first_instruction_and_local_enables_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
