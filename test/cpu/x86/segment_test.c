// Segments: limits of all kinds, null selectors, who may load and jump where, mixes of 16 and 32
// bits, and what is left of it in real mode. Expected values: [SDM3] 3.4, 3.5, 5.3 to 5.8, 5.10,
// 9.9 and 20.1; the pseudo-code of the instruction named in [SDM2].
#include "fixture.h"

static void prepare(struct fixture *f, unsigned cpl)
{
    struct x86 *c = f->cpu;
    memset(c->s.r, 0, sizeof c->s.r);
    fixture_protected(f);
    c->s.gdtr.limit = 0xff;
    again(f, cpl);
}

static void use(struct fixture *f, unsigned seg, u16 selector)
{
    load_flat(f, seg, selector);
    x86_segments_changed(f->cpu);
}

// --- limits ---

static void each_kind_of_limit_is_checked_to_the_byte(void **state)
{
    static const struct {
        u32 limit;
        u8 access, flags; // flags: G D
        u32 at;
        u8 bytes;
        bool is_good;
    } rows[] = {
        // expand-up
        {0, 0xf3, 4, 0, 1, true},
        {0, 0xf3, 4, 0, 2, false},
        {0, 0xf3, 4, 1, 1, false},
        {0, 0xf3, 0xc, 0xffc, 4, true},
        {0, 0xf3, 0xc, 0xffd, 4, false},
        {0x1234, 0xf3, 0, 0x1234, 1, true},
        {0x1234, 0xf3, 0, 0x1235, 1, false},
        {0x1234, 0xf3, 0, 0x1233, 2, true},
        {0x1234, 0xf3, 0, 0x1234, 2, false},
        {0xfffff, 0xf3, 4, 0xffffc, 4, true},
        {0xfffff, 0xf3, 4, 0xffffd, 4, false},
        {0x103, 0xf3, 0xc, 0x103ffe, 2, true},
        {0x103, 0xf3, 0xc, 0x103fff, 2, false},
        {0x103, 0xf3, 0xc, 0x104000, 1, false},
        // expand-down: above the limit, up to FFFFh or FFFFFFFFh by B
        {0x1000, 0xf7, 0, 0x1000, 1, false},
        {0x1000, 0xf7, 0, 0x1000, 4, false},
        {0x1000, 0xf7, 0, 0x1001, 1, true},
        {0x1000, 0xf7, 0, 0xffff, 1, true},
        {0x1000, 0xf7, 0, 0xfffc, 4, true},
        {0x1000, 0xf7, 0, 0xfffd, 4, false},
        {0x1000, 0xf7, 0, 0x10000, 1, false},
        {0x1000, 0xf7, 4, 0x10000, 1, true},
        {0x1000, 0xf7, 4, 0x3fffc, 4, true},
        {0x1000, 0xf7, 4, 0xfff, 2, false},
        {0x100, 0xf7, 0xc, 0x100fff, 1, false},
        {0x100, 0xf7, 0xc, 0x101000, 4, true},
        {0x100, 0xf7, 0xc, 0xffffffff, 4, false}, // past the end of 4 GiB
        {0xffff, 0xf7, 0, 0xffff, 1, false},      // empty
        {0xfffff, 0xf7, 0xc, 0xffffffff, 1, false},
        {0, 0xf7, 0, 0, 1, false},
        {0, 0xf7, 0, 1, 1, true},
    };
    struct fixture *f = *state;
    for (unsigned n = 0; n < 2 * COUNT_OF(rows); n++) {
        unsigned row = n / 2, is_write = n % 2;
        prepare(f, 0);
        put_descriptor(f, gdt_at(0x43), 0, rows[row].limit, rows[row].access, rows[row].flags);
        use(f, X86_FS, 0x43);
        f->cpu->s.r[X86_RBX] = rows[row].at;
        u8 opcode = (u8)((rows[row].bytes == 1 ? 0x8a : 0x8b) - 2 * is_write);
        CODE_AT(f, FIX_CODE, 0x64, rows[row].bytes == 2 ? 0x66 : 0x64, opcode, 0x03, 0xf4);
        run(f, 1);
        if ((entered_vector(f) < 0) != rows[row].is_good) {
            fail_msg("row %u: %u bytes at %x", row, rows[row].bytes, rows[row].at);
        }
        if (!rows[row].is_good) {
            expect_entry(f, X86_GP, 0, FIX_CODE);
        }
    }
}

// [SDM3] 5.3: with a limit of 4 GiB the processor may or may not fault at the end; Intel's wrap.
static void flat_segment_wraps_at_4_gib(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    u8 *top = host_alloc(NULL, 0x1000);
    phys_map_ram(&f->phys, 0xfffff000, 0x1000, top, "top");
    prepare(f, 0);
    c->s.r[X86_RBX] = 0xfffffffe;
    c->s.r[X86_RAX] = 0x44332211;
    CODE_AT(f, FIX_CODE, 0x89, 0x03, 0x8b, 0x0b, 0xff, 0x03);
    run(f, 2);
    assert_int_equal(load_le16(top + 0xffe), 0x2211);
    assert_int_equal(peek16(f, 0), 0x4433);
    assert_int_equal(c->s.r[X86_RCX], 0x44332211);
    run(f, 1);
    assert_int_equal(load_le16(top + 0xffe), 0x2212);
    // base + offset wraps as well
    prepare(f, 0);
    put_descriptor(f, gdt_at(0x40), 0x50000, 0xfffff, 0x93, 0xc);
    use(f, X86_FS, 0x40);
    poke32(f, 0x40000, 0xabcd);
    CODE_AT(f, FIX_CODE, 0x64, 0xa1, 0, 0, 0xff, 0xff); // FS:[FFFF0000h]
    run(f, 1);
    assert_int_equal(c->s.r[X86_RAX], 0xabcd);
    // ESP 0: the push goes to the top
    prepare(f, 0);
    c->s.r[X86_RSP] = 0;
    c->s.r[X86_RAX] = 0x7777;
    CODE_AT(f, FIX_CODE, 0x50, 0x5b);
    run(f, 1);
    assert_int_equal(c->s.r[X86_RSP], 0xfffffffc);
    assert_int_equal(load_le32(top + 0xffc), 0x7777);
    run(f, 1);
    assert_int_equal(c->s.r[X86_RSP], 0);
    assert_int_equal(c->s.r[X86_RBX], 0x7777);
    host_release(NULL, top, 0x1000);
}

// --- null selectors ---

static void null_selectors_of_any_rpl_load_and_can_not_be_used(void **state)
{
    static const u8 loads[] = {0xc0, 0xd8, 0xe0, 0xe8}; // MOV ES, DS, FS, GS from AX
    static const u8 prefixes[] = {0x26, 0x3e, 0x64, 0x65};
    static const u8 segs[] = {X86_ES, X86_DS, X86_FS, X86_GS};
    struct fixture *f = *state;
    for (unsigned n = 0; n < 4; n++) {
        for (unsigned rpl = 0; rpl < 4; rpl++) {
            prepare(f, rpl & 1 ? 3 : 0);
            f->cpu->s.r[X86_RAX] = rpl;
            CODE_AT(f, FIX_CODE, 0x8e, loads[n], prefixes[n], 0xa2, 0, 0, 4, 0);
            run(f, 1);
            assert_int_equal(f->cpu->s.seg[segs[n]].selector, rpl);
            expect_entry(f, X86_GP, 0, FIX_CODE + 2);
        }
    }
}

static void null_selector_can_not_be_jumped_to_or_be_the_stack(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0);
    CODE_AT(f, FIX_CODE, 0xea, 0, 0, 0, 0, 3, 0);
    expect_entry(f, X86_GP, 0, FIX_CODE);
    prepare(f, 0);
    poke32(f, 0x40004, 2);
    CODE_AT(f, FIX_CODE, 0x0f, 0xb2, 0x25, 0, 0, 4, 0); // LSS ESP, [40000h]
    expect_entry(f, X86_GP, 0, FIX_CODE);
    assert_int_equal(f->cpu->s.r[X86_RSP], FIX_STACK - 16); // the old stack, with the frame on it
    prepare(f, 0);
    const u32 frame[] = {0x11000, 0};
    poke_bytes(f, FIX_STACK - 8, (const u8 *)frame, sizeof frame);
    f->cpu->s.r[X86_RSP] = FIX_STACK - 8;
    CODE_AT(f, FIX_CODE, 0xcb);
    expect_entry(f, X86_GP, 0, FIX_CODE);
}

// --- loading data segments ---

// MOV DS, AX and MOV SS, AX by descriptor, RPL and CPL. [SDM3] 5.5 to 5.7
static void data_and_stack_segments_load_only_as_rights_and_types_allow(void **state)
{
    static const struct {
        u8 access, rpl, cpl;
        u8 ds, ss; // vector, or 0xff: it loads
    } rows[] = {
        {0x93, 0, 0, 0xff, 0xff},           {0x92, 0, 0, 0xff, 0xff},
        {0x93, 3, 0, X86_GP, X86_GP},       {0xf3, 3, 0, 0xff, X86_GP},
        {0xf3, 0, 0, 0xff, X86_GP},         {0xf3, 3, 3, 0xff, 0xff},
        {0xf3, 0, 3, 0xff, X86_GP},         {0x93, 0, 3, X86_GP, X86_GP},
        {0x93, 3, 3, X86_GP, X86_GP},       {0xd3, 2, 3, X86_GP, X86_GP},
        {0x91, 0, 0, 0xff, X86_GP},         {0x97, 0, 0, 0xff, 0xff},     // read-only, expand-down
        {0x9b, 0, 0, 0xff, X86_GP},         {0x99, 0, 0, X86_GP, X86_GP}, // code, readable and not
        {0xfb, 3, 3, 0xff, X86_GP},         {0x9b, 3, 3, X86_GP, X86_GP},
        {0x9f, 3, 3, 0xff, X86_GP},         {0x9d, 3, 3, X86_GP, X86_GP}, // conforming
        {0x13, 0, 0, X86_NP, X86_SS_FAULT}, {0x1b, 0, 0, X86_NP, X86_GP},
        {0x11, 0, 0, X86_NP, X86_GP},       {0x13, 3, 0, X86_GP, X86_GP}, // rights before presence
        {0x82, 0, 0, X86_GP, X86_GP},       {0x89, 0, 0, X86_GP, X86_GP}, // system segments
        {0x8c, 0, 0, X86_GP, X86_GP},
    };
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        for (unsigned is_ss = 0; is_ss < 2; is_ss++) {
            prepare(f, rows[n].cpl);
            put_descriptor(f, gdt_at(0x40), 0, 0xfffff, rows[n].access, 0xc);
            c->s.r[X86_RAX] = 0x40u | rows[n].rpl;
            u16 old = c->s.seg[is_ss ? X86_SS : X86_DS].selector;
            CODE_AT(f, FIX_CODE, 0x8e, is_ss ? 0xd0 : 0xd8, 0xf4);
            run(f, 1);
            u8 want = is_ss ? rows[n].ss : rows[n].ds;
            u8 access = peek8(f, gdt_at(0x40) + 5);
            if (want == 0xff) {
                if (entered_vector(f) >= 0) {
                    fail_msg("row %u %s: vector %d", n, is_ss ? "SS" : "DS", entered_vector(f));
                }
                assert_int_equal(c->s.seg[is_ss ? X86_SS : X86_DS].selector, 0x40 | rows[n].rpl);
                assert_int_equal(access, rows[n].access | 1);
            } else {
                if (entered_vector(f) != want) {
                    fail_msg("row %u %s: vector %d", n, is_ss ? "SS" : "DS", entered_vector(f));
                }
                expect_entry(f, want, 0x40, FIX_CODE);
                assert_int_equal(access, rows[n].access); // not accessed
                if (rows[n].cpl == 0) {
                    assert_int_equal(c->s.seg[is_ss ? X86_SS : X86_DS].selector, old);
                }
            }
        }
    }
}

static void ldt_selectors_go_to_the_ldt_and_its_limit_counts(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0);
    put_descriptor(f, gdt_at(0x40), 0x6000, 0x0f, 0x82, 0);
    put_descriptor(f, 0x6008, 0x12340, 0xff, 0x93, 4);
    c->s.r[X86_RAX] = 0x40;
    c->s.r[X86_RBX] = 0x0c;
    c->s.r[X86_RCX] = 0x14;
    CODE_AT(f, FIX_CODE, 0x0f, 0x00, 0xd0, 0x8e, 0xe3, 0x8e, 0xe9, 0xf4); // LLDT; MOV FS; MOV GS
    run(f, 2);
    assert_int_equal(c->s.seg[X86_FS].base, 0x12340);
    expect_entry(f, X86_GP, 0x14, FIX_CODE + 5);
    // LLDT of something else, an absent one, one in an LDT
    static const struct {
        u8 access;
        u16 selector;
        u8 vector;
        u16 error;
    } rows[] = {
        {0x93, 0x40, X86_GP, 0x40}, {0x89, 0x40, X86_GP, 0x40},   {0x02, 0x40, X86_NP, 0x40},
        {0x82, 0x44, X86_GP, 0x44}, {0x82, 0x100, X86_GP, 0x100},
    };
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare(f, 0);
        put_descriptor(f, gdt_at(0x40), 0x6000, 0x0f, rows[n].access, 0);
        c->s.r[X86_RAX] = rows[n].selector;
        CODE_AT(f, FIX_CODE, 0x0f, 0x00, 0xd0);
        expect_entry(f, rows[n].vector, rows[n].error, FIX_CODE);
    }
    // A null LDT is fine until it is used.
    prepare(f, 0);
    c->s.r[X86_RBX] = 0x0c;
    CODE_AT(f, FIX_CODE, 0x0f, 0x00, 0xd0, 0x8e, 0xe3);
    expect_entry(f, X86_GP, 0x0c, FIX_CODE + 3);
}

// --- code segments ---

// JMP FAR to a code segment. [SDM3] 5.8.1
static void far_jumps_go_where_cpl_rpl_dpl_and_conforming_allow(void **state)
{
    static const struct {
        u8 access, rpl, cpl, vector; // 0xff: it goes
    } rows[] = {
        {0x9b, 0, 0, 0xff},   {0x9b, 3, 0, X86_GP}, {0xfb, 3, 3, 0xff},   {0xfb, 0, 3, 0xff},
        {0x9b, 0, 3, X86_GP}, {0xfb, 0, 0, X86_GP}, {0xfb, 3, 0, X86_GP}, {0xdb, 3, 3, X86_GP},
        {0x9f, 0, 0, 0xff},   {0x9f, 3, 0, 0xff},   {0x9f, 3, 3, 0xff},   {0xdf, 3, 3, 0xff},
        {0xff, 0, 0, X86_GP}, {0xff, 3, 3, 0xff},   {0x1b, 0, 0, X86_NP}, {0x1f, 0, 3, X86_NP},
        {0x1b, 0, 3, X86_GP}, {0x99, 0, 0, 0xff},   {0x93, 0, 0, X86_GP}, {0x82, 0, 0, X86_GP},
    };
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare(f, rows[n].cpl);
        put_descriptor(f, gdt_at(0x40), 0, 0xfffff, rows[n].access, 0xc);
        CODE_AT(f, FIX_CODE, 0xea, 0, 0x10, 1, 0, (u8)(0x40 | rows[n].rpl), 0);
        CODE_AT(f, 0x11000, 0xf4);
        run(f, 1);
        if (rows[n].vector == 0xff) {
            assert_int_equal(c->s.rip, 0x11000);
            assert_int_equal(c->s.cpl, rows[n].cpl);
            assert_int_equal(c->s.seg[X86_CS].selector, 0x40 | rows[n].cpl); // RPL becomes CPL
        } else {
            expect_entry(f, rows[n].vector, 0x40, FIX_CODE);
        }
    }
}

static void execute_only_code_can_not_be_read_and_code_can_not_be_written(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0);
    put_descriptor(f, gdt_at(0x40), 0, 0xfffff, 0x99, 0xc);
    CODE_AT(f, FIX_CODE, 0xea, 0, 0x10, 1, 0, 0x40, 0);
    CODE_AT(f, 0x11000, 0x2e, 0xa1, 0, 0, 4, 0);
    expect_entry(f, X86_GP, 0, 0x11000);
    prepare(f, 0);
    CODE_AT(f, FIX_CODE, 0x2e, 0xa1, 0, 0, 4, 0, 0x2e, 0xa3, 0, 0, 4, 0);
    expect_entry(f, X86_GP, 0, FIX_CODE + 6);
}

// Gates: DPL of the gate, level and presence of the code. [SDM3] 5.8.4
static void call_gates_check_gate_then_code(void **state)
{
    static const struct {
        u8 gate, rpl, cpl, code;
        bool is_jump;
        u8 vector;
        u16 error;
    } rows[] = {
        {0x8c, 0, 3, 0x9b, false, X86_GP, 0x48}, // the gate's DPL
        {0xec, 3, 3, 0x9b, false, 0xff, 0},
        {0xac, 0, 0, 0x9b, false, 0xff, 0},
        {0x8c, 3, 0, 0x9b, false, X86_GP, 0x48}, // its DPL against RPL
        {0x6c, 3, 3, 0x9b, false, X86_NP, 0x48},
        {0xec, 3, 3, 0x9b, true, X86_GP, 0x40}, // a jump must not change levels
        {0xec, 3, 3, 0x9f, true, 0xff, 0},
        {0xec, 3, 3, 0xfb, true, 0xff, 0},
        {0x8c, 0, 0, 0xfb, false, X86_GP, 0x40}, // never outwards
        {0xec, 3, 3, 0x1b, false, X86_NP, 0x40},
        {0xec, 3, 3, 0x93, false, X86_GP, 0x40},
        {0xec, 3, 3, 0x8c, false, X86_GP, 0x40}, // a gate behind a gate
    };
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare(f, rows[n].cpl);
        put_descriptor(f, gdt_at(0x40), 0, 0xfffff, rows[n].code, 0xc);
        put_gate(f, gdt_at(0x48), 0x40, 0x11000, rows[n].gate, 0);
        u8 selector = (u8)(0x48 | rows[n].rpl);
        CODE_AT(f, FIX_CODE, rows[n].is_jump ? 0xea : 0x9a, 0, 0, 0, 0, selector, 0);
        run(f, 1);
        if (rows[n].vector == 0xff) {
            assert_int_equal(c->s.rip, 0x11000);
        } else {
            expect_entry(f, rows[n].vector, rows[n].error, FIX_CODE);
        }
    }
}

// The new stack comes from the TSS. [SDM2] CALL
static void call_gates_inner_stack_is_checked_as_ts_and_ss(void **state)
{
    static const struct {
        u16 ss;
        u32 limit; // of the stack segment 50h
        u8 access, vector;
        u16 error;
    } rows[] = {
        {0, 0xfffff, 0x93, X86_TS, 0},
        {0x53, 0xfffff, 0x93, X86_TS, 0x50},
        {0x50, 0xfffff, 0xf3, X86_TS, 0x50},
        {0x50, 0xfffff, 0x91, X86_TS, 0x50},
        {0x50, 0xfffff, 0x9b, X86_TS, 0x50},
        {0x50, 0xfffff, 0x13, X86_SS_FAULT, 0x50},
        {0x50, 0x8fef, 0x93, X86_SS_FAULT, 0x50}, // no room below 9000h
        {0x108, 0xfffff, 0x93, X86_TS, 0x108},
    };
    struct fixture *f = *state;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare(f, 3);
        put_gate(f, gdt_at(0x48), FIX_CODE0, 0x11000, 0xec, 0);
        put_descriptor(f, gdt_at(0x50), 0, rows[n].limit, rows[n].access,
                       rows[n].limit == 0xfffff ? 0xc : 4);
        // The exceptions go to a conforming segment, which needs no other stack.
        put_descriptor(f, gdt_at(0x58), 0, 0xfffff, 0x9f, 0xc);
        put_gate(f, FIX_IDT + 8u * rows[n].vector, 0x58, FIX_HANDLERS + 16u * rows[n].vector, 0x8e,
                 0);
        CODE_AT(f, FIX_HANDLERS + 16u * rows[n].vector, 0xeb, 0xfe);
        poke16(f, FIX_TSS_AT + 8, rows[n].ss);
        CODE_AT(f, FIX_CODE, 0x9a, 0, 0, 0, 0, 0x4b, 0);
        expect_entry(f, rows[n].vector, rows[n].error, FIX_CODE);
        assert_int_equal(f->cpu->s.cpl, 3);
        assert_int_equal(f->cpu->s.r[X86_RSP], FIX_STACK - 16);
    }
}

static void return_to_an_outer_level_checks_its_stack(void **state)
{
    static const struct {
        u16 cs, ss;
        u8 vector;
        u16 error;
    } rows[] = {
        {FIX_CODE3, FIX_DATA3, 0xff, 0},
        {FIX_CODE3, 0, X86_GP, 0},
        {FIX_CODE3, FIX_DATA0 | 3, X86_GP, FIX_DATA0},
        {FIX_CODE3, FIX_DATA3 & ~3, X86_GP, FIX_DATA3 & ~3},
        {FIX_CODE3, FIX_CODE3, X86_GP, FIX_CODE3 & ~3},
        {FIX_CODE3, 0x43, X86_SS_FAULT, 0x40}, // absent
        {FIX_CODE3 & ~3, FIX_DATA3, X86_GP, FIX_CODE3 & ~3},
        {FIX_CODE0 | 3, FIX_DATA3, X86_GP, FIX_CODE0},
        {FIX_DATA3, FIX_DATA3, X86_GP, FIX_DATA3 & ~3},
    };
    struct fixture *f = *state;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        for (unsigned is_iret = 0; is_iret < 2; is_iret++) {
            prepare(f, 0);
            put_descriptor(f, gdt_at(0x40), 0, 0xfffff, 0x73, 0xc);
            const u32 iret[] = {0x11000, rows[n].cs, X86_FLAGS_ONE, 0x18000, rows[n].ss};
            const u32 retf[] = {0x11000, rows[n].cs, 0x18000, rows[n].ss};
            const u32 *frame = is_iret ? iret : retf;
            u32 bytes = is_iret ? sizeof iret : sizeof retf;
            poke_bytes(f, FIX_STACK - bytes, (const u8 *)frame, bytes);
            f->cpu->s.r[X86_RSP] = FIX_STACK - bytes;
            CODE_AT(f, FIX_CODE, is_iret ? 0xcf : 0xcb);
            run(f, 1);
            if (rows[n].vector == 0xff) {
                assert_int_equal(f->cpu->s.rip, 0x11000);
                assert_int_equal(f->cpu->s.seg[X86_DS].selector, 0); // was of level 0
            } else {
                expect_entry(f, rows[n].vector, rows[n].error, FIX_CODE);
            }
        }
    }
}

// What level 3 may keep: its own data, conforming code; not inner data or code.
static void return_to_level_3_clears_inner_segments_only(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0);
    put_descriptor(f, gdt_at(0x40), 0, 0xfffff, 0x9f, 0xc); // conforming
    use(f, X86_ES, FIX_DATA3);
    use(f, X86_DS, FIX_DATA0);
    use(f, X86_FS, 0x40);
    use(f, X86_GS, FIX_CODE0);
    const u32 frame[] = {0x11000, FIX_CODE3, 0x18000, FIX_DATA3};
    poke_bytes(f, FIX_STACK - 16, (const u8 *)frame, 16);
    c->s.r[X86_RSP] = FIX_STACK - 16;
    CODE_AT(f, FIX_CODE, 0xcb);
    run(f, 1);
    assert_int_equal(c->s.seg[X86_ES].selector, FIX_DATA3);
    assert_int_equal(c->s.seg[X86_DS].selector, 0);
    assert_int_equal(c->s.seg[X86_FS].selector, 0x40);
    assert_int_equal(c->s.seg[X86_GS].selector, 0);
}

// The segment ends within or behind an instruction.
static void fetching_past_the_limit_is_gp_0_at_the_instruction_that_does(void **state)
{
    static const struct {
        u32 limit, eip;
        u8 code[8];
    } rows[] = {
        {0x12, 0x13, {0x90, 0x90, 0x90, 0x90}},       // behind a NOP
        {0x12, 0x11, {0x90, 0xb8, 0, 0, 0, 0, 0xf4}}, // in the middle of MOV
        {0x11, 0x12, {0x75, 0x00, 0xf4}},             // JNZ, not taken: behind it
        {0x13, 0x14, {0x39, 0xc0, 0x75, 0x00, 0xf4}}, // the same behind CMP
        {0x11, 0x10, {0xeb, 0x00, 0xf4}},             // JMP: its target is outside
        {0x11, 0x12, {0x8e, 0xe0, 0xf4}},             // MOV FS, AX
        {0x11, 0x12, {0xe2, 0x00, 0xf4}},             // LOOP, not taken: ECX is 1
    };
    struct fixture *f = *state;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare(f, 0);
        put_descriptor(f, gdt_at(0x40), FIX_CODE, rows[n].limit, 0x9b, 4);
        use(f, X86_CS, 0x40);
        f->cpu->s.rip = 0x10;
        f->cpu->s.r[X86_RCX] = 1;
        flags_set_arithmetic(f->cpu, X86_ZF);
        poke_bytes(f, FIX_CODE + 0x10, rows[n].code, 8);
        expect_entry(f, X86_GP, 0, rows[n].eip);
    }
}

// --- LAR, LSL, VERR, VERW ---

// [SDM2] tables of LAR and LSL.
static void lar_and_lsl_accept_the_types_of_their_tables(void **state)
{
    enum { LAR = 1, LSL = 2 };
    static const u8 system[16] = {
        [1] = LAR | LSL, [2] = LAR | LSL, [3] = LAR | LSL,  [4] = LAR,
        [5] = LAR,       [9] = LAR | LSL, [11] = LAR | LSL, [12] = LAR,
    };
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned type = 0; type < 32; type++) {
        prepare(f, 0);
        put_descriptor(f, gdt_at(0x40), 0, 0x123, (u8)(0x80 | type), 0);
        u8 want = type < 16 ? system[type] : LAR | LSL;
        c->s.r[X86_RAX] = 0x40;
        c->s.r[X86_RCX] = c->s.r[X86_RDX] = 0x5555;
        CODE_AT(f, FIX_CODE, 0x0f, 0x02, 0xc8, 0x0f, 0x94, 0xc3, 0x0f, 0x03, 0xd0, 0x0f, 0x94,
                0xc7);
        run(f, 4);
        assert_int_equal(c->s.r[X86_RBX] & 0xff, want & LAR ? 1 : 0);
        assert_int_equal(c->s.r[X86_RBX] >> 8, want & LSL ? 1 : 0);
        assert_int_equal(c->s.r[X86_RCX], want & LAR ? (0x80u | type) << 8 : 0x5555);
        assert_int_equal(c->s.r[X86_RDX], want & LSL ? 0x123 : 0x5555);
    }
}

static void verr_and_verw_look_at_type_and_privilege(void **state)
{
    static const struct {
        u8 access, rpl, cpl, reads, writes;
    } rows[] = {
        {0x93, 0, 0, 1, 1}, {0x91, 0, 0, 1, 0}, {0x9b, 0, 0, 1, 0}, {0x99, 0, 0, 0, 0},
        {0x93, 3, 0, 0, 0}, {0x93, 0, 3, 0, 0}, {0xf3, 3, 3, 1, 1}, {0x9f, 3, 3, 1, 0},
        {0x9d, 3, 3, 0, 0}, {0x89, 0, 0, 0, 0}, {0x13, 0, 0, 1, 1}, // presence is not looked at
    };
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare(f, rows[n].cpl);
        put_descriptor(f, gdt_at(0x40), 0, 0xfffff, rows[n].access, 0xc);
        c->s.r[X86_RAX] = 0x40u | rows[n].rpl;
        CODE_AT(f, FIX_CODE, 0x0f, 0x00, 0xe0, 0x0f, 0x94, 0xc3, 0x0f, 0x00, 0xe8, 0x0f, 0x94,
                0xc7);
        run(f, 4);
        assert_int_equal(c->s.r[X86_RBX], rows[n].reads | rows[n].writes << 8);
    }
}

// --- 16 and 32 bits mixed ---

static void stack_width_is_that_of_ss_and_operand_width_that_of_the_code(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    // 32-bit code on a 16-bit stack: SP wraps, the upper half of ESP stays.
    prepare(f, 0);
    put_descriptor(f, gdt_at(0x40), 0x40000, 0xffff, 0x93, 0);
    use(f, X86_SS, 0x40);
    c->s.r[X86_RSP] = 0xabcd0000;
    c->s.r[X86_RAX] = 0x11223344;
    c->s.r[X86_RBP] = 0x77770010;
    CODE_AT(f, FIX_CODE, 0x50, 0x5b, 0x60, 0x61, 0xc8, 4, 0, 0, 0xc9, 0xe8, 0, 0, 0, 0, 0x66, 0x50);
    run(f, 1);
    assert_int_equal(c->s.r[X86_RSP], 0xabcdfffc);
    assert_int_equal(peek32(f, 0x4fffc), 0x11223344);
    run(f, 1);
    assert_int_equal(c->s.r[X86_RSP], 0xabcd0000);
    run(f, 1); // PUSHA
    assert_int_equal(c->s.r[X86_RSP], 0xabcdffe0);
    assert_int_equal(peek32(f, 0x4ffec), 0xabcd0000);
    run(f, 1);
    assert_int_equal(c->s.r[X86_RSP], 0xabcd0000);
    run(f, 1); // ENTER 4, 0
    assert_int_equal(c->s.r[X86_RSP], 0xabcdfff8);
    assert_int_equal(c->s.r[X86_RBP], 0xabcdfffc);
    assert_int_equal(peek32(f, 0x4fffc), 0x77770010);
    run(f, 1); // LEAVE
    assert_int_equal(c->s.r[X86_RSP], 0xabcd0000);
    assert_int_equal(c->s.r[X86_RBP], 0x77770010);
    run(f, 2); // CALL; PUSH AX
    assert_int_equal(peek32(f, 0x4fffc), FIX_CODE + 14);
    assert_int_equal(c->s.r[X86_RSP], 0xabcdfffa);
    // 16-bit code on a 32-bit stack: words, but all of ESP.
    prepare(f, 0);
    put_descriptor(f, gdt_at(0x40), 0, 0xffff, 0x9b, 0);
    use(f, X86_CS, 0x40);
    c->s.rip = 0x7000;
    c->s.r[X86_RSP] = 0x30000;
    c->s.r[X86_RAX] = 0x11223344;
    CODE_AT(f, 0x7000, 0x50, 0x66, 0x50, 0xe8, 0, 0);
    run(f, 1);
    assert_int_equal(c->s.r[X86_RSP], 0x2fffe);
    assert_int_equal(peek16(f, 0x2fffe), 0x3344);
    run(f, 2);
    assert_int_equal(c->s.r[X86_RSP], 0x2fff8);
    assert_int_equal(peek16(f, 0x2fff8), 0x7006);
}

static void sixteen_bit_addresses_wrap_at_64_kib_whatever_the_limit(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0);
    c->s.r[X86_RBX] = 0x1234ffff;
    c->s.r[X86_RSI] = 0x00000011;
    c->s.r[X86_RBP] = 0x0000fff0;
    poke32(f, 0x10, 0x0a0b0c0d);
    poke32(f, 0x20, 0x01020304);
    CODE_AT(f, FIX_CODE, 0x67, 0x8b, 0x00, 0x67, 0x8b, 0x4e, 0x30, 0x67, 0x8b, 0x16, 0xfe, 0xff);
    run(f, 2);
    assert_int_equal(c->s.r[X86_RAX], 0x0a0b0c0d); // [BX + SI]
    assert_int_equal(c->s.r[X86_RCX], 0x01020304); // [BP + 30h]
    poke32(f, 0xfffe, 0x55667788);
    run(f, 1); // the operand itself runs past 64 KiB
    assert_int_equal(c->s.r[X86_RDX], 0x55667788);
    // LEA with 16-bit addresses cuts as well
    prepare(f, 0);
    c->s.r[X86_RBX] = 0xffff;
    c->s.r[X86_RSI] = 2;
    CODE_AT(f, FIX_CODE, 0x67, 0x8d, 0x00);
    run(f, 1);
    assert_int_equal(c->s.r[X86_RAX], 1);
}

static void near_jumps_with_16_bit_operands_cut_eip(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0);
    put_descriptor(f, gdt_at(0x40), 0, 0xfffff, 0x9b, 0xc);
    CODE_AT(f, FIX_CODE, 0x66, 0xe9, 0, 0x50); // JMP +5000h, 16 bits: to 15004h & FFFFh
    CODE_AT(f, 0x5004, 0x40, 0xf4);
    run(f, 3);
    assert_int_equal(f->cpu->s.rip, 0x5006);
}

// --- real mode ---

static void real_vector(struct fixture *f, u8 vector)
{
    poke16(f, vector * 4u, (u16)(16 * vector));
    poke16(f, vector * 4u + 2, 0x0700);
    CODE_AT(f, 0x7000 + 16u * vector, 0xf4);
}

static void prepare_real(struct fixture *f)
{
    struct x86 *c = f->cpu;
    memset(c->s.r, 0, sizeof c->s.r);
    c->s.is_halted = c->s.is_shut_down = false;
    fixture_real(f);
    real_vector(f, X86_SS_FAULT);
    real_vector(f, X86_GP);
    real_vector(f, X86_UD);
}

static void real_mode_words_over_64_kib_are_gp_or_ss(void **state)
{
    static const struct {
        u8 code[5], vector;
        u32 ebx;
    } rows[] = {
        {{0x8b, 0x07}, X86_GP, 0xffff},             // MOV AX, [BX]
        {{0x89, 0x07}, X86_GP, 0xffff},             // MOV [BX], AX
        {{0x66, 0x8b, 0x07}, X86_GP, 0xfffd},       // MOV EAX, [BX]
        {{0x36, 0x8b, 0x07}, X86_SS_FAULT, 0xffff}, // MOV AX, SS:[BX]
        {{0x67, 0x8b, 0x03}, X86_GP, 0x10000},      // MOV AX, [EBX]
        {{0x67, 0x8a, 0x03}, X86_GP, 0x10000},      // MOV AL, [EBX]
        {{0x8a, 0x07}, 0xff, 0xffff},               // MOV AL, [BX]
        {{0x66, 0x8b, 0x07}, 0xff, 0xfffc},
    };
    struct fixture *f = *state;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare_real(f);
        f->cpu->s.r[X86_RBX] = rows[n].ebx;
        poke_bytes(f, FIX_CODE, rows[n].code, 5);
        run(f, 1);
        if (rows[n].vector == 0xff) {
            assert_int_equal(f->cpu->s.seg[X86_CS].selector, FIX_CODE >> 4);
        } else {
            assert_int_equal(f->cpu->s.seg[X86_CS].selector, 0x700);
            assert_int_equal(f->cpu->s.rip, 16 * rows[n].vector);
            assert_int_equal(peek16(f, 0x7ffa), 0); // IP of the instruction
        }
    }
}

// [SDM3] 20.1.3 (and table 19-6 on the 8086): SP 1 leaves no room even for the exception.
static void push_with_sp_1_shuts_down_and_with_sp_0_wraps(void **state)
{
    struct fixture *f = *state;
    prepare_real(f);
    f->cpu->s.r[X86_RSP] = 1;
    CODE_AT(f, FIX_CODE, 0x50);
    run(f, 10);
    assert_true(f->cpu->s.is_shut_down);
    prepare_real(f);
    f->cpu->s.r[X86_RSP] = 0;
    f->cpu->s.r[X86_RAX] = 0xbeef;
    run(f, 1);
    assert_int_equal(f->cpu->s.r[X86_RSP], 0xfffe);
    assert_int_equal(peek16(f, 0xfffe), 0xbeef);
}

static void ip_past_ffff_is_gp_but_jumps_wrap(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare_real(f);
    f->ram[FIX_CODE + 0xffff] = 0x90;
    x86_blocks_flush(c);
    c->s.rip = 0xffff;
    run(f, 2);
    assert_int_equal(c->s.rip, 16 * X86_GP);
    assert_int_equal(peek16(f, 0x7ffa), 0); // 10000h cut to a word
    prepare_real(f);
    CODE_AT(f, FIX_CODE + 0xfff0, 0xeb, 0x20); // JMP + 20h: to 0012h
    CODE_AT(f, FIX_CODE + 0x12, 0x40, 0xf4);
    c->s.rip = 0xfff0;
    run(f, 2);
    assert_int_equal(c->s.rip, 0x13);
    prepare_real(f);
    CODE_AT(f, FIX_CODE + 0xfff0, 0x66, 0xe9, 0x20, 0, 0, 0); // the same with 32 bits: outside
    c->s.rip = 0xfff0;
    run(f, 1);
    assert_int_equal(c->s.rip, 16 * X86_GP);
    assert_int_equal(peek16(f, 0x7ffa), 0xfff0);
}

// [SDM3] 9.9.2: limits and B of the descriptors last loaded stay until the next protected mode.
static void segments_keep_limit_and_width_when_protection_goes_off(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0);
    put_descriptor(f, gdt_at(0x48), 0, 0xffff, 0x9b, 0);
    // 16-bit code at 48h:7000h: CR0.PE off, JMP 0:700Dh, then DS = 1000h by MOV, PUSH EAX by ESP
    CODE_AT(f, FIX_CODE, 0xea, 0x00, 0x70, 0, 0, 0x48, 0);
    CODE_AT(f, 0x7000, 0x0f, 0x20, 0xc0, 0x24, 0xfe, 0x0f, 0x22, 0xc0, 0xea, 0x0d, 0x70, 0, 0, 0xb8,
            0x00, 0x10, 0x8e, 0xd8, 0x67, 0x66, 0xa1, 0, 0, 0x20, 0, 0x66, 0x50, 0xf4);
    poke32(f, 0x210000, 0xcafe1234);
    c->s.r[X86_RSP] = 0x123450;
    run(f, 20);
    assert_true(c->s.is_halted);
    assert_int_equal(c->s.r[X86_RAX], 0xcafe1234); // DS:200000h, DS = 1000h
    assert_int_equal(c->s.r[X86_RSP], 0x12344c);   // SS is 32 bits wide still
    assert_int_equal(peek32(f, 0x12344c), 0xcafe1234);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_kind_of_limit_is_checked_to_the_byte),
        TEST(flat_segment_wraps_at_4_gib),
        TEST(null_selectors_of_any_rpl_load_and_can_not_be_used),
        TEST(null_selector_can_not_be_jumped_to_or_be_the_stack),
        TEST(data_and_stack_segments_load_only_as_rights_and_types_allow),
        TEST(ldt_selectors_go_to_the_ldt_and_its_limit_counts),
        TEST(far_jumps_go_where_cpl_rpl_dpl_and_conforming_allow),
        TEST(execute_only_code_can_not_be_read_and_code_can_not_be_written),
        TEST(call_gates_check_gate_then_code),
        TEST(call_gates_inner_stack_is_checked_as_ts_and_ss),
        TEST(return_to_an_outer_level_checks_its_stack),
        TEST(return_to_level_3_clears_inner_segments_only),
        TEST(fetching_past_the_limit_is_gp_0_at_the_instruction_that_does),
        TEST(lar_and_lsl_accept_the_types_of_their_tables),
        TEST(verr_and_verw_look_at_type_and_privilege),
        TEST(stack_width_is_that_of_ss_and_operand_width_that_of_the_code),
        TEST(sixteen_bit_addresses_wrap_at_64_kib_whatever_the_limit),
        TEST(near_jumps_with_16_bit_operands_cut_eip),
        TEST(real_mode_words_over_64_kib_are_gp_or_ss),
        TEST(push_with_sp_1_shuts_down_and_with_sp_0_wraps),
        TEST(ip_past_ffff_is_gp_but_jumps_wrap),
        TEST(segments_keep_limit_and_width_when_protection_goes_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
