// Exceptions: which one, its error code and pushed EIP, and which of several comes first. Expected
// values: [SDM2] "exceptions" of each instruction, [SDM3] 6.5 (faults and traps), table 6-1 (error
// codes), table 6-2 (priorities), table 6-5 (double faults), 6.13 (error codes).
#include "fixture.h"

enum {
    BAD = 0x60000,  // a page that is not mapped
    LIMITED = 0x43, // FS: base 0, limit FFFh
};

static int setup(void **state)
{
    *state = fixture_create("max", 4);
    return 0;
}

// Protected mode with paging; FS ends after 4 KiB, GS is null; EBX, ESI and EDI point to data.
static void prepare(struct fixture *f, unsigned cpl)
{
    struct x86 *c = f->cpu;
    c->s.cr4 = 0;
    memset(c->s.r, 0, sizeof c->s.r);
    fixture_protected(f);
    put_descriptor(f, gdt_at(LIMITED), 0, 0xfff, 0xf3, 4);
    fixture_paging(f);
    poke32(f, pte_at(BAD), BAD);
    poke16(f, FIX_TSS_AT + 0x66, 0x68); // no I/O map
    again(f, cpl);
    load_flat(f, X86_FS, LIMITED);
    c->s.seg[X86_GS] = (struct x86_segment){0};
    x86_segments_changed(c);
    c->s.r[X86_RBX] = c->s.r[X86_RSI] = c->s.r[X86_RDI] = 0x40000;
    c->s.r[X86_RBP] = FIX_STACK;
    c->s.fpu = (struct x86_fpu){.control = 0x37f, .empty = 0xff};
    c->s.mxcsr = 0x1f80;
}

struct row {
    const char *name;
    u32 cpl, cr0, cr4, eflags; // bits that are set
    u8 code[18];
    u8 vector;
    u32 error;
    u8 length; // traps: how far behind FIX_CODE the pushed EIP is
};

static void check_row(struct fixture *f, const struct row *r)
{
    struct x86 *c = f->cpu;
    prepare(f, r->cpl);
    c->s.cr0 |= r->cr0;
    c->s.cr4 |= r->cr4;
    x86_set_eflags(c, x86_eflags(c) | r->eflags);
    poke_bytes(f, FIX_CODE, r->code, sizeof r->code);
    run(f, 1);
    bool has_error = has_error_code(r->vector);
    u32 error = has_error ? stack32(f, 0) : 0, eip = stack32(f, has_error);
    if (entered_vector(f) != r->vector || error != r->error || eip != FIX_CODE + (u32)r->length) {
        fail_msg("%s: vector %d, error %x, EIP + %x", r->name, entered_vector(f), error,
                 eip - FIX_CODE);
    }
    u32 rf = r->length == 0 ? X86_RF : 0; // [SDM3] 17.3.1.1: set for faults
    if ((pushed_flags(f) & X86_RF) != rf) {
        fail_msg("%s: RF", r->name);
    }
}

static void check_rows(struct fixture *f, const struct row *rows, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        check_row(f, &rows[n]);
    }
}

// clang-format off

static void each_exception_has_its_vector_and_error_code(void **state)
{
    static const struct row rows[] = {
        {"div by 0", 0, 0, 0, 0, {0xf7, 0xf1}, X86_DE, 0, 0},
        {"aam 0", 0, 0, 0, 0, {0xd4, 0}, X86_DE, 0, 0},
        {"int3", 0, 0, 0, 0, {0xcc}, X86_BP, 0, 1},
        {"into", 0, 0, 0, X86_OF, {0xce}, X86_OF_TRAP, 0, 1},
        {"bound", 0, 0, 0, 0, {0x62, 0x1d, 0, 0, 4, 0}, X86_BR, 0, 0}, // EBX in [0, 0]
        {"ud2", 0, 0, 0, 0, {0x0f, 0x0b}, X86_UD, 0, 0},
        {"int1", 0, 0, 0, 0, {0xf1}, X86_DB, 0, 1},
        {"int1 heeds no DPL", 3, 0, 0, 0, {0xf1}, X86_DB, 0, 1},
        {"int3 heeds the gate's DPL", 3, 0, 0, 0, {0xcc}, X86_GP, 3 * 8 + 2, 0},
        {"into heeds the gate's DPL", 3, 0, 0, X86_OF, {0xce}, X86_GP, 4 * 8 + 2, 0},
        {"fld with TS", 0, X86_CR0_TS, 0, 0, {0xd9, 0xe8}, X86_NM, 0, 0},
        {"fld with EM", 0, X86_CR0_EM, 0, 0, {0xd9, 0xe8}, X86_NM, 0, 0},
        {"wait with TS and MP", 0, X86_CR0_TS | X86_CR0_MP, 0, 0, {0x9b}, X86_NM, 0, 0},
        {"page not present, read", 0, 0, 0, 0, {0xa1, 0, 0, 6, 0}, X86_PF_FAULT, 0, 0},
        {"page not present, write", 3, 0, 0, 0, {0xa3, 0, 0, 6, 0}, X86_PF_FAULT, 6, 0},
        {"beyond a data segment's limit", 0, 0, 0, 0, {0x64, 0xa1, 0xfd, 0x0f, 0, 0}, X86_GP, 0, 0},
        {"null segment", 0, 0, 0, 0, {0x65, 0xa1, 0, 0, 0, 0}, X86_GP, 0, 0},
        {"null segment as selector", 0, 0, 0, 0, {0x8e, 0xd0}, X86_GP, 0, 0}, // MOV SS, AX
        {"movaps misaligned", 0, 0, X86_CR4_OSFXSR, 0, {0x0f, 0x28, 0x43, 1}, X86_GP, 0, 0},
        {"the same in SS is #GP too", 0, 0, X86_CR4_OSFXSR, 0, {0x0f, 0x28, 0x45, 1}, X86_GP, 0, 0},
        {"fxsave misaligned", 0, 0, X86_CR4_OSFXSR, 0, {0x0f, 0xae, 0x43, 8}, X86_GP, 0, 0},
        {"alignment", 3, X86_CR0_AM, 0, X86_AC, {0x8b, 0x43, 1}, X86_AC_FAULT, 0, 0},
        {"a word's alignment", 3, X86_CR0_AM, 0, X86_AC, {0x66, 0x8b, 0x43, 1}, X86_AC_FAULT, 0, 0},
        {"alignment of RMW", 3, X86_CR0_AM, 0, X86_AC, {0xff, 0x43, 2}, X86_AC_FAULT, 0, 0},
        {"alignment of a push", 3, X86_CR0_AM, 0, X86_AC, {0xff, 0x73, 2}, X86_AC_FAULT, 0, 0},
        {"invalid MXCSR", 0, 0, X86_CR4_OSFXSR, 0, {0x0f, 0xae, 0x15, 0, 0, 1, 0}, X86_GP, 0, 0},
    };
    struct fixture *f = *state;
    CODE_AT(f, 0x40000, 0, 0, 0, 0, 0, 0, 0, 0);
    check_rows(f, rows, COUNT_OF(rows));
}

static void undefined_encodings_are_ud(void **state)
{
    static const struct row rows[] = {
        {"lock nop", 0, 0, 0, 0, {0xf0, 0x90}, X86_UD, 0, 0},
        {"lock add r, r", 0, 0, 0, 0, {0xf0, 0x01, 0xc0}, X86_UD, 0, 0},
        {"lock mov m, r", 0, 0, 0, 0, {0xf0, 0x89, 0x03}, X86_UD, 0, 0},
        {"lock cmp m, r", 0, 0, 0, 0, {0xf0, 0x39, 0x03}, X86_UD, 0, 0},
        {"lock bt m, r", 0, 0, 0, 0, {0xf0, 0x0f, 0xa3, 0x03}, X86_UD, 0, 0},
        {"les with a register", 0, 0, 0, 0, {0xc4, 0xc0}, X86_UD, 0, 0},
        {"lss with a register", 0, 0, 0, 0, {0x0f, 0xb2, 0xc0}, X86_UD, 0, 0},
        {"lea with a register", 0, 0, 0, 0, {0x8d, 0xc0}, X86_UD, 0, 0},
        {"bound with a register", 0, 0, 0, 0, {0x62, 0xc0}, X86_UD, 0, 0},
        {"mov cs", 0, 0, 0, 0, {0x8e, 0xc8}, X86_UD, 0, 0},
        {"mov sreg 6", 0, 0, 0, 0, {0x8e, 0xf0}, X86_UD, 0, 0},
        {"mov from sreg 7", 0, 0, 0, 0, {0x8c, 0xf8}, X86_UD, 0, 0},
        {"mov from CR1", 0, 0, 0, 0, {0x0f, 0x20, 0xc8}, X86_UD, 0, 0},
        {"mov to CR5", 0, 0, 0, 0, {0x0f, 0x22, 0xe8}, X86_UD, 0, 0},
        {"mov from CR7", 0, 0, 0, 0, {0x0f, 0x20, 0xf8}, X86_UD, 0, 0},
        {"mov from DR4 with DE", 0, 0, X86_CR4_DE, 0, {0x0f, 0x21, 0xe0}, X86_UD, 0, 0},
        {"mov to DR5 with DE", 0, 0, X86_CR4_DE, 0, {0x0f, 0x23, 0xe8}, X86_UD, 0, 0},
        {"group 4 /2", 0, 0, 0, 0, {0xfe, 0xd0}, X86_UD, 0, 0},
        {"group 5 /7", 0, 0, 0, 0, {0xff, 0xf8}, X86_UD, 0, 0},
        {"call far with a register", 0, 0, 0, 0, {0xff, 0xd8}, X86_UD, 0, 0},
        {"jmp far with a register", 0, 0, 0, 0, {0xff, 0xe8}, X86_UD, 0, 0},
        {"group 1a /1", 0, 0, 0, 0, {0x8f, 0xc8}, X86_UD, 0, 0},
        {"group 11 /1", 0, 0, 0, 0, {0xc6, 0xc8, 0}, X86_UD, 0, 0},
        {"group 8 /0", 0, 0, 0, 0, {0x0f, 0xba, 0xc0, 0}, X86_UD, 0, 0},
        {"cmpxchg8b with a register", 0, 0, 0, 0, {0x0f, 0xc7, 0xc8}, X86_UD, 0, 0},
        {"sgdt with a register", 0, 0, 0, 0, {0x0f, 0x01, 0xc0}, X86_UD, 0, 0},
        {"invlpg with a register", 0, 0, 0, 0, {0x0f, 0x01, 0xf8}, X86_UD, 0, 0},
        {"rsm outside of SMM", 0, 0, 0, 0, {0x0f, 0xaa}, X86_UD, 0, 0},
        {"0F 04", 0, 0, 0, 0, {0x0f, 0x04}, X86_UD, 0, 0},
        {"0F 0A", 0, 0, 0, 0, {0x0f, 0x0a}, X86_UD, 0, 0},
        {"ud1", 0, 0, 0, 0, {0x0f, 0xb9, 0xc0}, X86_UD, 0, 0},
        {"SSE without OSFXSR", 0, 0, 0, 0, {0x0f, 0x58, 0xc0}, X86_UD, 0, 0},
        {"SSE with EM", 0, X86_CR0_EM, X86_CR4_OSFXSR, 0, {0x0f, 0x58, 0xc0}, X86_UD, 0, 0},
        {"MMX with EM", 0, X86_CR0_EM, 0, 0, {0x0f, 0xfc, 0xc0}, X86_UD, 0, 0},
        {"MMX by SSE registers without OSFXSR", 0, 0, 0, 0, {0x66, 0x0f, 0xfc, 0xc0}, X86_UD, 0, 0},
    };
    check_rows(*state, rows, COUNT_OF(rows));
}

// [SDM3] 5.9
static void privileged_instructions_are_gp_0_at_level_3_before_their_operand_counts(void **state)
{
    static const struct row rows[] = {
        {"hlt", 3, 0, 0, 0, {0xf4}, X86_GP, 0, 0},
        {"clts", 3, 0, 0, 0, {0x0f, 0x06}, X86_GP, 0, 0},
        {"lgdt", 3, 0, 0, 0, {0x0f, 0x01, 0x15, 0, 0, 6, 0}, X86_GP, 0, 0},
        {"lidt", 3, 0, 0, 0, {0x0f, 0x01, 0x1d, 0, 0, 6, 0}, X86_GP, 0, 0},
        {"lldt", 3, 0, 0, 0, {0x0f, 0x00, 0x15, 0, 0, 6, 0}, X86_GP, 0, 0},
        {"ltr", 3, 0, 0, 0, {0x0f, 0x00, 0x1d, 0, 0, 6, 0}, X86_GP, 0, 0},
        {"lmsw", 3, 0, 0, 0, {0x0f, 0x01, 0x35, 0, 0, 6, 0}, X86_GP, 0, 0},
        {"invlpg", 3, 0, 0, 0, {0x0f, 0x01, 0x3d, 0, 0, 6, 0}, X86_GP, 0, 0},
        {"mov from CR0", 3, 0, 0, 0, {0x0f, 0x20, 0xc0}, X86_GP, 0, 0},
        {"mov to CR3", 3, 0, 0, 0, {0x0f, 0x22, 0xd8}, X86_GP, 0, 0},
        {"mov from DR7", 3, 0, 0, 0, {0x0f, 0x21, 0xf8}, X86_GP, 0, 0},
        {"mov to DR0", 3, 0, 0, 0, {0x0f, 0x23, 0xc0}, X86_GP, 0, 0},
        {"wbinvd", 3, 0, 0, 0, {0x0f, 0x09}, X86_GP, 0, 0},
        {"invd", 3, 0, 0, 0, {0x0f, 0x08}, X86_GP, 0, 0},
        {"rdmsr", 3, 0, 0, 0, {0x0f, 0x32}, X86_GP, 0, 0},
        {"wrmsr", 3, 0, 0, 0, {0x0f, 0x30}, X86_GP, 0, 0},
        {"rdpmc", 3, 0, 0, 0, {0x0f, 0x33}, X86_GP, 0, 0},
        {"rdtsc with TSD", 3, 0, X86_CR4_TSD, 0, {0x0f, 0x31}, X86_GP, 0, 0},
        {"sysexit", 3, 0, 0, 0, {0x0f, 0x35}, X86_GP, 0, 0},
        {"sysenter without a CS", 3, 0, 0, 0, {0x0f, 0x34}, X86_GP, 0, 0},
        {"cli", 3, 0, 0, 0, {0xfa}, X86_GP, 0, 0},
        {"sti", 3, 0, 0, 0, {0xfb}, X86_GP, 0, 0},
        {"sti, IOPL 2", 3, 0, 0, 2 << 12, {0xfb}, X86_GP, 0, 0},
        {"in", 3, 0, 0, 0, {0xe4, 0x80}, X86_GP, 0, 0},
        {"insd to a bad page", 3, 0, 0, 0, {0xbf, 0, 0, 6, 0, 0x6d}, X86_GP, 0, 5},
        {"int 40h, the gate's DPL is 0", 3, 0, 0, 0, {0xcd, 0x40}, X86_GP, 0x40 * 8 + 2, 0},
    };
    struct fixture *f = *state;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        struct row r = rows[n];
        if (r.length != 0) { // one instruction goes before
            prepare(f, r.cpl);
            poke_bytes(f, FIX_CODE, r.code, sizeof r.code);
            run(f, 2);
            expect_entry(f, r.vector, r.error, FIX_CODE + r.length);
        } else {
            check_row(f, &r);
        }
    }
}

static void device_not_available_and_pending_errors_come_before_memory_faults(void **state)
{
    enum { OSFXSR = X86_CR4_OSFXSR, TS = X86_CR0_TS, EM = X86_CR0_EM };
    static const struct row rows[] = {
        {"fld, TS", 0, TS, 0, 0, {0xd9, 0x05, 0, 0, 6, 0}, X86_NM, 0, 0},
        {"fst, EM", 0, EM, 0, 0, {0xd9, 0x15, 0, 0, 6, 0}, X86_NM, 0, 0},
        {"fnsave, TS", 0, TS, 0, 0, {0xdd, 0x35, 0, 0, 6, 0}, X86_NM, 0, 0},
        {"fnstcw, TS", 0, TS, 0, 0, {0xd9, 0x3d, 0, 0, 6, 0}, X86_NM, 0, 0},
        {"fnstsw ax, TS", 0, TS, 0, 0, {0xdf, 0xe0}, X86_NM, 0, 0},
        {"paddb, TS", 0, TS, 0, 0, {0x0f, 0xfc, 0x05, 0, 0, 6, 0}, X86_NM, 0, 0},
        {"addps, TS", 0, TS, OSFXSR, 0, {0x0f, 0x58, 0x05, 1, 0, 6, 0}, X86_NM, 0, 0},
        {"addps, TS without OSFXSR", 0, TS, 0, 0, {0x0f, 0x58, 0x05, 1, 0, 6, 0}, X86_UD, 0, 0},
        {"addps, TS and EM", 0, TS | EM, OSFXSR, 0, {0x0f, 0x58, 0x05, 1, 0, 6, 0}, X86_UD, 0, 0},
        {"paddb, TS and EM", 0, TS | EM, 0, 0, {0x0f, 0xfc, 0x05, 0, 0, 6, 0}, X86_UD, 0, 0},
        {"ldmxcsr, TS", 0, TS, OSFXSR, 0, {0x0f, 0xae, 0x15, 0, 0, 6, 0}, X86_NM, 0, 0},
        {"fxsave, TS, misaligned", 0, TS, OSFXSR, 0, {0x0f, 0xae, 0x05, 1, 0, 6, 0}, X86_NM, 0, 0},
        {"lock fld, TS", 0, TS, 0, 0, {0xf0, 0xd9, 0xe8}, X86_UD, 0, 0},
        {"lock hlt at level 3", 3, 0, 0, 0, {0xf0, 0xf4}, X86_UD, 0, 0},
        // #GP for misalignment, then the page
        {"movaps askew, bad page", 0, 0, OSFXSR, 0, {0x0f, 0x28, 0x05, 1, 0, 6, 0}, X86_GP, 0, 0},
        {"movups askew", 0, 0, OSFXSR, 0, {0x0f, 0x10, 0x05, 1, 0, 6, 0}, X86_PF_FAULT, 0, 0},
        // the segment's limit, then the page
        {"fs: beyond the limit, bad page", 0, 0, 0, 0, {0x64, 0xa1, 0, 0, 6, 0}, X86_GP, 0, 0},
        {"ds: bad page", 0, 0, 0, 0, {0xa1, 0, 0, 6, 0}, X86_PF_FAULT, 0, 0},
        // the divisor is loaded before it is looked at
        {"div from a bad page", 0, 0, 0, 0, {0xf7, 0x35, 0, 0, 6, 0}, X86_PF_FAULT, 0, 0},
        {"bound from a bad page", 0, 0, 0, 0, {0x62, 0x1d, 0, 0, 6, 0}, X86_PF_FAULT, 0, 0},
    };
    check_rows(*state, rows, COUNT_OF(rows));
}
// clang-format on

// [SDM3] 6.15 (#MF), [SDM1] 8.6: reported by the next waiting instruction, before its operand.
static void pending_x87_error_is_mf_at_the_next_waiting_instruction(void **state)
{
    static const struct {
        u8 code[6], vector;
    } rows[] = {
        {{0xd9, 0x05, 0, 0, 6, 0}, X86_MF},                  // FLD from a bad page
        {{0x9b}, X86_MF},                                    // WAIT
        {{0x0f, 0xef, 0xc0}, X86_MF},                        // PXOR mm0, mm0
        {{0xdd, 0x25, 0, 0, 6, 0}, X86_MF},                  // FRSTOR
        {{0xd9, 0x3d, 0, 0, 6, 0}, X86_PF_FAULT},            // FNSTCW does not wait
        {{0xdd, 0x35, 0, 0, 6, 0}, X86_PF_FAULT},            // FNSAVE does not
        {{0x0f, 0xae, 0x05, 0, 0, 6} /* 00 */, X86_PF_FAULT} // FXSAVE does not
    };
    struct fixture *f = *state;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        for (unsigned has_ts = 0; has_ts < 2; has_ts++) {
            prepare(f, 0);
            struct x86 *c = f->cpu;
            c->s.cr4 = X86_CR4_OSFXSR;
            c->s.cr0 |= X86_CR0_NE | (has_ts ? X86_CR0_TS | X86_CR0_MP : 0);
            c->s.fpu.control = 0x37b;
            c->s.fpu.status = 0x8084; // ZE, ES, B
            poke_bytes(f, FIX_CODE, rows[n].code, 6);
            f->ram[FIX_CODE + 6] = 0;
            u32 error = rows[n].vector == X86_PF_FAULT && n >= 5 ? 2 : 0;
            error = n == 4 ? 2 : error;
            expect_entry(f, has_ts ? X86_NM : rows[n].vector, has_ts ? 0 : error, FIX_CODE);
        }
    }
}

// [SDM3] 6.15 (#XM): #UD where the system does not know it.
static void unmasked_sse_error_is_xm_or_ud_without_osxmmexcpt(void **state)
{
    struct fixture *f = *state;
    for (unsigned knows = 0; knows < 2; knows++) {
        prepare(f, 0);
        struct x86 *c = f->cpu;
        c->s.cr4 = X86_CR4_OSFXSR | (knows ? X86_CR4_OSXMMEXCPT : 0);
        c->s.mxcsr = 0x1d80; // divide by zero is not masked
        c->s.xmm[0] = (struct x86_xmm){.lo = 0x3f800000};
        c->s.xmm[1] = (struct x86_xmm){0};
        CODE_AT(f, FIX_CODE, 0xf3, 0x0f, 0x5e, 0xc1); // DIVSS xmm0, xmm1
        expect_entry(f, knows ? X86_XM : X86_UD, 0, FIX_CODE);
        assert_int_equal(c->s.mxcsr, 0x1d84);
        assert_int_equal(c->s.xmm[0].lo, 0x3f800000);
    }
}

// [SDM2] 2.3.11
static void instruction_of_16_bytes_is_gp_0_and_of_15_is_not(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0);
    memset(f->ram + FIX_CODE, 0x66, 16);
    CODE_AT(f, FIX_CODE + 14, 0x90, 0xf4);
    run(f, 1);
    assert_int_equal(f->cpu->s.rip, FIX_CODE + 15);
    prepare(f, 0);
    memset(f->ram + FIX_CODE, 0x66, 16);
    x86_blocks_flush(f->cpu); // memset went past the processor
    expect_entry(f, X86_GP, 0, FIX_CODE);
    // Valid but for its length: 12 prefixes and MOV EAX, [disp32] with ModR/M.
    prepare(f, 0);
    memset(f->ram + FIX_CODE, 0x2e, 16);
    CODE_AT(f, FIX_CODE + 10, 0x8b, 0x05, 0, 0, 4, 0);
    expect_entry(f, X86_GP, 0, FIX_CODE);
    CODE_AT(f, FIX_CODE + 9, 0x8b, 0x05, 0, 0, 4, 0);
    again(f, 0);
    run(f, 1);
    assert_int_equal(f->cpu->s.rip, FIX_CODE + 15);
}

// --- #GP and #SS ---

// [SDM3] 6.15 (#SS): limit violations through SS, also by a BP- or SP-based address.
static void limit_violations_through_ss_are_ss_0_and_others_gp_0(void **state)
{
    // clang-format off
    static const struct {
        u8 code[8], vector;
    } rows[] = {
        {{0x8b, 0x45, 0x00}, X86_SS_FAULT},                         // MOV EAX, [EBP]
        {{0x8b, 0x04, 0x2b}, X86_GP},                               // MOV EAX, [EBX + EBP]: DS
        {{0x8b, 0x44, 0x1d, 0}, X86_SS_FAULT},                      // MOV EAX, [EBP + EBX + 0]
        {{0x36, 0xa1, 0, 0, 4, 0}, X86_SS_FAULT},                   // MOV EAX, SS:[40000h]
        {{0x64, 0x8b, 0x45, 0x00}, X86_GP},                         // MOV EAX, FS:[EBP]
        {{0x8b, 0x84, 0x24, 0, 0, 2, 0}, X86_SS_FAULT},             // MOV EAX, [ESP + 20000h]
        {{0x8b, 0x04, 0x6d, 0, 0, 0, 0}, X86_GP},                   // MOV EAX, [EBP * 2]: DS
        {{0xc9}, X86_SS_FAULT},                                     // LEAVE
        {{0x36, 0x0f, 0x10, 0x05, 0, 0, 4, 0}, X86_SS_FAULT},       // MOVUPS xmm0, SS:[40000h]
        {{0x36, 0xdd, 0x05, 0, 0, 4, 0}, X86_SS_FAULT},             // FLD SS:[40000h]
    };
    // clang-format on
    struct fixture *f = *state;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare(f, 0);
        struct x86 *c = f->cpu;
        put_descriptor(f, gdt_at(0x48), 0, 0x2ffff, 0x93, 4);
        put_descriptor(f, gdt_at(0x50), 0, 0x2ffff, 0x93, 4);
        load_flat(f, X86_SS, 0x48);
        load_flat(f, X86_DS, 0x50);
        c->s.cr4 = X86_CR4_OSFXSR;
        c->s.r[X86_RBP] = 0x40000;
        poke_bytes(f, FIX_CODE, rows[n].code, sizeof rows[n].code);
        expect_entry(f, rows[n].vector, 0, FIX_CODE);
    }
}

static void pushes_and_pops_beyond_the_limit_are_ss_0(void **state)
{
    static const struct {
        u8 code[4];
        u32 esp;
    } rows[] = {
        {{0x50}, 0x2},          // PUSH: FFFFFFFEh
        {{0x50}, 0x40010},      // far outside
        {{0x58}, 0x2fffd},      // POP of the last bytes and one more
        {{0x60}, 0x10},         // PUSHA
        {{0x61}, 0x2fff0},      // POPA
        {{0xc3}, 0x2fffe},      // RET
        {{0xcf}, 0x2fff8},      // IRET: EFLAGS lies outside
        {{0x9c}, 0x3},          // PUSHF
        {{0xc8, 0, 0, 0}, 0x2}, // ENTER
        {{0xe8, 0, 0, 0}, 0x1}, // CALL
        {{0xff, 0x33}, 0x1},    // PUSH [EBX]
        {{0x0e}, 0x1},          // PUSH CS
        {{0xcb}, 0x2fffa},      // RETF: CS lies outside
    };
    struct fixture *f = *state;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare(f, 0);
        struct x86 *c = f->cpu;
        put_descriptor(f, gdt_at(0x48), 0, 0x2ffff, 0x93, 4);
        load_flat(f, X86_SS, 0x48);
        // The handler needs another stack: a task of its own.
        fixture_task(f, 0x58, 0x6000, 0x11000, 0x12000);
        put_gate(f, FIX_IDT + 8 * X86_SS_FAULT, 0x58, 0, 0x85, 0);
        CODE_AT(f, 0x11000, 0xf4);
        c->s.r[X86_RSP] = rows[n].esp;
        poke_bytes(f, FIX_CODE, rows[n].code, sizeof rows[n].code);
        f->ram[FIX_CODE + 4] = 0;
        run(f, 10);
        assert_int_equal(c->s.rip, 0x11001);
        assert_int_equal(stack32(f, 0), 0);
        assert_int_equal(peek32(f, FIX_TSS_AT + 0x20), FIX_CODE);
        assert_int_equal(peek32(f, FIX_TSS_AT + 0x38), rows[n].esp);
    }
}

// A fault that goes to a task: the old TSS's EFLAGS image has RF. [SDM3] 17.3.1.1
static void fault_through_a_task_gate_saves_rf_and_a_software_interrupt_does_not(void **state)
{
    struct fixture *f = *state;
    for (unsigned is_int = 0; is_int < 2; is_int++) {
        prepare(f, 0);
        fixture_task(f, 0x58, 0x6000, 0x11000, 0x12000);
        put_gate(f, FIX_IDT + 8 * X86_UD, 0x58, 0, 0x85, 0);
        CODE_AT(f, 0x11000, 0xf4);
        if (is_int) {
            CODE_AT(f, FIX_CODE, 0xcd, X86_UD);
        } else {
            CODE_AT(f, FIX_CODE, 0x0f, 0x0b);
        }
        run(f, 10);
        assert_int_equal(f->cpu->s.rip, 0x11001);
        assert_int_equal(peek32(f, FIX_TSS_AT + 0x20), is_int ? FIX_CODE + 2 : FIX_CODE);
        assert_int_equal(peek32(f, FIX_TSS_AT + 0x24) & X86_RF, is_int ? 0 : X86_RF);
        assert_int_equal(f->cpu->s.eflags & X86_RF, 0);
    }
}

// --- delivery ---

// [SDM3] 6.13: bit 0 external, bit 1 IDT, bit 2 LDT.
static void error_codes_of_a_failed_delivery_name_the_gate_or_the_selector(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    static const struct {
        u16 selector;
        u8 access;
        u8 vector;
        u32 error; // for INT n; with EXT for #UD
    } rows[] = {
        {FIX_CODE0, 0x0e, X86_NP, 0x40 * 8 + 2}, // gate not present
        {FIX_CODE0, 0x8c, X86_GP, 0x40 * 8 + 2}, // a call gate in the IDT
        {FIX_CODE0, 0x92, X86_GP, 0x40 * 8 + 2}, // a data segment in the IDT
        {0, 0x8e, X86_GP, 0},                    // null selector
        {FIX_DATA0, 0x8e, X86_GP, FIX_DATA0},    // not code
        {0x7f8, 0x8e, X86_GP, 0x7f8},            // beyond the GDT
        {0x7fc, 0x8e, X86_GP, 0x7fc},            // in the LDT, which there is not
        {0x48, 0x8e, X86_NP, 0x48},              // absent code segment
        {0x50, 0x8e, X86_GP, 0x50},              // code of level 3
        {FIX_TSS, 0x85, X86_GP, FIX_TSS},        // task gate to a busy task
        {FIX_CODE0, 0x85, X86_GP, FIX_CODE0},    // task gate to something else
    };
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        for (unsigned is_fault = 0; is_fault < 2; is_fault++) {
            prepare(f, 0);
            c->s.gdtr.limit = 0xff;
            put_descriptor(f, gdt_at(0x48), 0, 0xfffff, 0x1b, 0xc);
            put_descriptor(f, gdt_at(0x50), 0, 0xfffff, 0xfb, 0xc);
            u8 vector = is_fault ? X86_UD : 0x40;
            put_gate(f, FIX_IDT + 8u * vector, rows[n].selector, FIX_HANDLERS, rows[n].access, 0);
            if (is_fault) {
                CODE_AT(f, FIX_CODE, 0x0f, 0x0b);
            } else {
                CODE_AT(f, FIX_CODE, 0xcd, 0x40);
            }
            u32 error = rows[n].error == 0x40 * 8 + 2 ? vector * 8u + 2 : rows[n].error;
            expect_entry(f, rows[n].vector, error | is_fault, FIX_CODE);
        }
    }
}

static void vector_beyond_the_idt_is_gp_of_it(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0);
    f->cpu->s.idtr.limit = 0x40 * 8 + 6;
    CODE_AT(f, FIX_CODE, 0xcd, 0x40);
    expect_entry(f, X86_GP, 0x40 * 8 + 2, FIX_CODE);
    again(f, 0);
    f->cpu->s.idtr.limit = 0x40 * 8 + 7;
    run(f, 2);
    assert_int_equal(entered_vector(f), 0x40);
}

// The IDT so that vectors from `first` on lie in the page at C000h, the others in the one before.
static void split_idt(struct fixture *f, unsigned first)
{
    u32 base = 0xc000 - 8 * first;
    memcpy(f->ram + base, f->ram + FIX_IDT, 0x100);
    f->cpu->s.idtr.base = base;
}

static void unmap(struct fixture *f, u32 linear)
{
    poke32(f, pte_at(linear), linear);
    fixture_flush(f);
}

// [SDM3] table 6-5. First fault: benign (#UD), contributory (#DE) or page fault; its gate is absent
// (#NP, contributory) or lies in an absent page (#PF).
static void pairs_of_faults_are_serial_or_double_as_the_table_says(void **state)
{
    struct fixture *f = *state;
    static const struct {
        u8 first;
        bool by_page;
        u8 vector;
        u32 error;
    } rows[] = {
        {X86_UD, false, X86_NP, X86_UD * 8 + 3}, {X86_UD, true, X86_PF_FAULT, 0},
        {X86_DE, false, X86_DF_FAULT, 0},        {X86_DE, true, X86_PF_FAULT, 0},
        {X86_PF_FAULT, false, X86_DF_FAULT, 0},  {X86_PF_FAULT, true, X86_DF_FAULT, 0},
    };
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        prepare(f, 0);
        // The double fault's gate must be in the good page.
        bool is_low = rows[n].first == X86_UD || rows[n].first == X86_DE;
        if (rows[n].by_page) {
            split_idt(f, is_low ? 7 : X86_PF_FAULT);
            unmap(f, is_low ? 0xb000 : 0xc000);
        } else {
            put_gate(f, FIX_IDT + 8u * rows[n].first, FIX_CODE0, 0, 0x0e, 0);
        }
        switch (rows[n].first) {
        case X86_UD: CODE_AT(f, FIX_CODE, 0x0f, 0x0b, 0xf4); break;
        case X86_DE: CODE_AT(f, FIX_CODE, 0xd4, 0x00, 0xf4); break;
        default: CODE_AT(f, FIX_CODE, 0xa1, 0, 0, 6, 0, 0xf4); break;
        }
        expect_entry(f, rows[n].vector, rows[n].error, FIX_CODE);
        if (rows[n].by_page) {
            u32 gate = (u32)f->cpu->s.idtr.base + 8u * rows[n].first;
            assert_int_equal(f->cpu->s.cr2, gate);
        }
    }
}

static void third_fault_shuts_down_and_a_reset_starts_again(void **state)
{
    struct fixture *f = *state;
    prepare(f, 3);
    unmap(f, FIX_STACK0 - 0x1000); // no exception can be entered
    CODE_AT(f, FIX_CODE, 0x0f, 0x0b);
    run(f, 10);
    assert_true(x86_is_shut_down(f->cpu));
    assert_int_equal(run(f, 10), 0);
    x86_reset(f->cpu);
    assert_false(x86_is_shut_down(f->cpu));
    assert_int_equal(f->cpu->s.rip, 0xfff0);
    assert_int_equal(f->cpu->s.seg[X86_CS].base, 0xffff0000);
}

// [SDM3] table 9-1, column INIT.
static void init_keeps_fpu_sse_msrs_and_cache_bits(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 3);
    unmap(f, FIX_STACK0 - 0x1000);
    CODE_AT(f, FIX_CODE, 0x0f, 0x0b);
    run(f, 10);
    assert_true(x86_is_shut_down(c));
    c->s.cr0 |= X86_CR0_CD;
    c->s.cr2 = c->s.cr4 = 0x10;
    c->s.dr[0] = 0x1234;
    c->s.xmm[7].hi = 0x1122334455667788;
    c->s.mxcsr = 0x1f00;
    c->s.fpu.control = 0x27f;
    c->s.fpu.fpr[3].mantissa = 0x8000000000000001;
    c->s.msr.sysenter_cs = 8;
    c->s.msr.pat = 0x0606060606060606;
    c->s.msr.efer = X86_EFER_NXE;
    x86_set_nmi(c, 0, true);
    u64 tsc = x86_tsc(c);
    x86_init_pin(c);
    assert_false(x86_is_shut_down(c));
    assert_int_equal(c->s.cr0, X86_CR0_CD | X86_CR0_ET);
    assert_int_equal(c->s.cr2 | c->s.cr3 | c->s.cr4 | c->s.dr[0] | c->s.msr.efer, 0);
    assert_int_equal(c->s.eflags, 2);
    assert_int_equal(c->s.rip, 0xfff0);
    assert_int_equal(c->s.seg[X86_CS].base, 0xffff0000);
    assert_int_equal(c->s.idtr.limit, 0xffff);
    assert_int_equal(c->s.r[X86_RDX] >> 8, c->model->family);
    assert_int_equal(c->s.xmm[7].hi, 0x1122334455667788);
    assert_int_equal(c->s.mxcsr, 0x1f00);
    assert_int_equal(c->s.fpu.control, 0x27f);
    assert_int_equal(c->s.fpu.fpr[3].mantissa, 0x8000000000000001);
    assert_int_equal(c->s.msr.sysenter_cs, 8);
    assert_int_equal(c->s.msr.pat, 0x0606060606060606);
    assert_int_equal(x86_tsc(c), tsc);
    assert_false(c->s.is_nmi_pending || c->s.is_nmi_blocked);
}

// A handler of level 3 whose stack is askew: #AC for each push of its own frame, without end. What
// holds a real processor up must not hold us up.
static void alignment_check_at_its_own_delivery_shuts_down(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 3);
    put_gate(f, FIX_IDT + 8 * X86_AC_FAULT, FIX_CODE3, FIX_HANDLERS, 0x8e, 0);
    c->s.cr0 |= X86_CR0_AM;
    c->s.r[X86_RSP] = FIX_STACK - 2;
    x86_set_eflags(c, X86_AC);
    CODE_AT(f, FIX_CODE, 0x8b, 0x43, 1); // mov eax, [ebx + 1]
    run(f, 10);
    assert_true(x86_is_shut_down(c));
}

static u64 unmap_itself(void *owner, u64 offset, unsigned size_bytes)
{
    struct fixture *f = owner;
    (void)offset, (void)size_bytes;
    poke32(f, pte_at(BAD), 0);
    x86_tlb_flush(f->cpu, true);
    return 5;
}

static void note_write(void *owner, u64 offset, u64 value, unsigned size_bytes)
{
    struct fixture *f = owner;
    (void)offset, (void)size_bytes;
    f->vector = (u8)value;
}

// A device register whose reading, by DMA, takes the page away: the write still goes there.
static void read_modify_write_keeps_its_translation(void **state)
{
    struct fixture *f = *state;
    const u32 device = 0x11000000;
    phys_map_mmio(&f->phys, device, 0x1000, 4, unmap_itself, note_write, f, "device");
    prepare(f, 0);
    poke32(f, pte_at(BAD), device | 3);
    fixture_flush(f);
    CODE_AT(f, FIX_CODE, 0xff, 0x05, 0, 0, 6, 0, 0xf4); // inc dword [BAD]
    run(f, 10);
    assert_int_equal(f->cpu->s.rip, FIX_CODE + 7);
    assert_int_equal(f->vector, 6);
}

// What could not be delivered has changed nothing: the handler sees the interrupted state.
static void failed_delivery_leaves_stack_level_and_flags(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 3);
    put_gate(f, FIX_IDT + 8 * 0x40, FIX_CODE0, 0x11000, 0xee, 0);
    put_descriptor(f, gdt_at(0x50), 0, 0x10fff, 0x9b, 4); // the handler is beyond its limit
    put_gate(f, FIX_IDT + 8 * 0x41, 0x50, 0x11000, 0xee, 0);
    x86_set_eflags(c, X86_IF | X86_CF | X86_NT);
    CODE_AT(f, FIX_CODE, 0xcd, 0x41);
    expect_entry(f, X86_GP, 0, FIX_CODE);
    assert_int_equal(stack32(f, 2), FIX_CODE3);
    assert_int_equal(stack32(f, 3), X86_IF | X86_CF | X86_NT | X86_RF | X86_FLAGS_ONE);
    assert_int_equal(stack32(f, 4), FIX_STACK);
    assert_int_equal(stack32(f, 5), FIX_DATA3);
    assert_int_equal(c->s.r[X86_RSP], FIX_STACK0 - 24);
}

// [SDM3] 6.7.1: "IRET unblocks NMIs even if it causes a fault".
static void nmi_is_blocked_until_iret_even_a_faulting_one(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0);
    CODE_AT(f, FIX_CODE, 0x90, 0x90, 0xf4);
    CODE_AT(f, FIX_HANDLERS + 16 * X86_NMI, 0x40, 0xbc, 0, 0, 6, 0, 0xcf); // ESP to a bad page
    fixture_task(f, 0x58, 0x6000, 0x11000, 0x12000);
    put_gate(f, FIX_IDT + 8 * X86_PF_FAULT, 0x58, 0, 0x85, 0);
    CODE_AT(f, 0x11000, 0x43, 0x43, 0xf4);
    x86_set_nmi(c, 0, true);
    run(f, 1);
    assert_int_equal(c->s.r[X86_RAX], 1);
    assert_true(c->s.is_nmi_blocked);
    x86_set_nmi(c, 0, true);
    run(f, 1);
    assert_true(c->s.is_nmi_pending);
    run(f, 1); // IRET faults
    assert_int_equal(c->s.seg[X86_TR].selector, 0x58);
    assert_int_equal(c->s.rip, 0x11000);
    assert_false(c->s.is_nmi_blocked);
    run(f, 1);
    assert_int_equal(c->s.r[X86_RAX], 1); // the second NMI, in the task whose EAX was 0
    assert_int_equal(c->s.r[X86_RBX], 0);
}

// [SDM3] table 6-2: traps of the instruction before, NMI, INTR.
static void step_trap_comes_before_nmi_and_nmi_before_an_interrupt(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0);
    CODE_AT(f, FIX_CODE, 0x90, 0x90);
    CODE_AT(f, FIX_HANDLERS + 16 * X86_DB, 0x90, 0xcf);
    CODE_AT(f, FIX_HANDLERS + 16 * X86_NMI, 0xf4);
    x86_set_eflags(c, X86_TF | X86_IF);
    f->vector = 0x50;
    run(f, 1);
    x86_set_irq(c, 0, true);
    x86_set_nmi(c, 0, true);
    run(f, 1);
    assert_int_equal(entered_vector(f), X86_DB);
    run(f, 2);
    assert_int_equal(entered_vector(f), X86_NMI);
    assert_true(c->s.irq_level);
}

static void undivided_numbers_stay_when_a_division_faults(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0);
    c->s.r[X86_RAX] = 0x80000000;
    c->s.r[X86_RDX] = 0xffffffff;
    c->s.r[X86_RCX] = 0xffffffff;
    CODE_AT(f, FIX_CODE, 0xf7, 0xf9); // IDIV ECX: 2^31 does not fit
    expect_entry(f, X86_DE, 0, FIX_CODE);
    assert_int_equal(c->s.r[X86_RAX], 0x80000000);
    assert_int_equal(c->s.r[X86_RDX], 0xffffffff);
}

// Real mode: no error codes; the vector table's limit counts. [SDM3] 20.1.4
static void real_mode_faults_push_three_words(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    fixture_real(f);
    poke16(f, X86_UD * 4, 0x0010);
    poke16(f, X86_UD * 4 + 2, 0x0700);
    poke16(f, X86_GP * 4, 0x0020);
    poke16(f, X86_GP * 4 + 2, 0x0700);
    CODE_AT(f, 0x7010, 0xf4);
    CODE_AT(f, 0x7020, 0xf4);
    CODE_AT(f, FIX_CODE, 0x63, 0xc0); // ARPL: undefined outside of protected mode
    run(f, 10);
    assert_int_equal(c->s.rip, 0x11);
    assert_int_equal(c->s.r[X86_RSP], 0x7ffa);
    assert_int_equal(peek16(f, 0x7ffa), 0);
    static const u8 undefined[][4] = {
        {0x0f, 0x00, 0xd0}, {0x0f, 0x00, 0xc0}, {0x0f, 0x02, 0xc0},
        {0x0f, 0x03, 0xc0}, {0x0f, 0x00, 0xe0},
    };
    for (unsigned n = 0; n < COUNT_OF(undefined); n++) {
        c->s.is_halted = false;
        fixture_real(f);
        poke_bytes(f, FIX_CODE, undefined[n], 4);
        run(f, 10);
        assert_int_equal(c->s.rip, 0x11);
    }
    c->s.is_halted = false;
    fixture_real(f);
    c->s.idtr.limit = X86_GP * 4 + 3; // the last vector is #GP's
    CODE_AT(f, FIX_CODE, 0xcd, 0x21);
    run(f, 10);
    assert_int_equal(c->s.rip, 0x21);
    c->s.is_halted = false;
    fixture_real(f);
    c->s.idtr.limit = X86_GP * 4 + 2; // neither #GP nor, for its failure, ... but #DF is there
    poke16(f, X86_DF_FAULT * 4, 0x0030);
    poke16(f, X86_DF_FAULT * 4 + 2, 0x0700);
    CODE_AT(f, 0x7030, 0xf4);
    run(f, 10);
    assert_int_equal(c->s.rip, 0x31);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_exception_has_its_vector_and_error_code),
        TEST(undefined_encodings_are_ud),
        TEST(privileged_instructions_are_gp_0_at_level_3_before_their_operand_counts),
        TEST(device_not_available_and_pending_errors_come_before_memory_faults),
        TEST(pending_x87_error_is_mf_at_the_next_waiting_instruction),
        TEST(unmasked_sse_error_is_xm_or_ud_without_osxmmexcpt),
        TEST(instruction_of_16_bytes_is_gp_0_and_of_15_is_not),
        TEST(limit_violations_through_ss_are_ss_0_and_others_gp_0),
        TEST(pushes_and_pops_beyond_the_limit_are_ss_0),
        TEST(fault_through_a_task_gate_saves_rf_and_a_software_interrupt_does_not),
        TEST(error_codes_of_a_failed_delivery_name_the_gate_or_the_selector),
        TEST(vector_beyond_the_idt_is_gp_of_it),
        TEST(pairs_of_faults_are_serial_or_double_as_the_table_says),
        TEST(third_fault_shuts_down_and_a_reset_starts_again),
        TEST(init_keeps_fpu_sse_msrs_and_cache_bits),
        TEST(alignment_check_at_its_own_delivery_shuts_down),
        TEST(read_modify_write_keeps_its_translation),
        TEST(failed_delivery_leaves_stack_level_and_flags),
        TEST(nmi_is_blocked_until_iret_even_a_faulting_one),
        TEST(step_trap_comes_before_nmi_and_nmi_before_an_interrupt),
        TEST(undivided_numbers_stay_when_a_division_faults),
        TEST(real_mode_faults_push_three_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
