// MMX and SSE: every row of isa_sse.def, register and memory form, against this host's processor;
// faults, state and FXSAVE against [SDM2] and [SDM3]. Argument: the number of random cases per row
// and form (default 150).
#define _GNU_SOURCE

#include "base/bytes.h"
#include "cpu/x86/flags.h"
#include "cpu/x86/ops.h"
#include "cpu/x86/x86.h"
#include "float_random.h"
#include "host_sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static unsigned long cases = 150;

// --- the rows, as much of them as matters here ---

enum { ANY = 0x100, NP = 0, P66 = 0x66, PF3 = 0xf3, PF2 = 0xf2, MEM = 1, REG = 2 };

struct row {
    unsigned opcode, prefix, digit, form;
    const char *name, *operand[3];
    insn_fn *fn[2]; // register, memory
    bool writes_flags;
};

// clang-format off
#define H1(x) {op_##x, op_##x}
#define HM(x) {op_##x##_r, op_##x##_m}
#define N false
#define F(letters) true
#define A2(a, b) 0
#define ISA(op, pfx, dig, frm, text, o1, o2, o3, handlers, attr, rd, wr, un)                       \
    {.opcode = op, .prefix = pfx, .digit = dig, .form = frm, .name = text,                         \
     .operand = {#o1, #o2, #o3}, .fn = handlers, .writes_flags = wr},
// clang-format on

static const struct row rows[] = {
#include "cpu/x86/isa_sse.def"
};

static bool row_has(const struct row *row, char letter)
{
    for (unsigned n = 0; n < COUNT_OF(row->operand); n++) {
        if (row->operand[n][0] == letter) {
            return true;
        }
    }
    return false;
}

static bool row_named(const struct row *row, const char *prefix)
{
    return strncmp(row->name, prefix, strlen(prefix)) == 0;
}

// State, caches and EMMS have tests of their own, or nothing to compare.
static bool row_is_comparable(const struct row *row)
{
    return row->opcode != 0xfae && row->opcode != 0xf18 && row->opcode != 0xf77;
}

// --- a processor with one page of memory ---

enum { GUEST_PAGE = 0x7000, OPERAND = 0x40, OPERAND_BYTES = 32 };

static const struct x86_model model = {
    .family = 15, .features_edx = X86_HAS_MMX | X86_HAS_FXSR | X86_HAS_SSE | X86_HAS_SSE2};

struct guest {
    struct x86 cpu;
    _Alignas(4096) u8 page[X86_PAGE_BYTES];
};

static struct guest guest; // large, and the tests are run one after the other

static struct x86 *guest_open(void)
{
    struct x86 *c = &guest.cpu;
    memset(&guest, 0, sizeof guest);
    c->model = &model;
    c->s.cr0 = X86_CR0_PE | X86_CR0_NE;
    c->s.cr4 = X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT;
    c->s.mxcsr = 0x1f80;
    c->s.fpu.control = 0x37f;
    c->fault.vector = X86_NO_FAULT;
    c->tlb = &c->tlbs[0];
    for (unsigned access = X86_READ; access <= X86_WRITE; access++) {
        c->tlb->entry[access][GUEST_PAGE / X86_PAGE_BYTES] =
            (struct x86_tlb_entry){.tag = GUEST_PAGE, .host = (uintptr_t)guest.page - GUEST_PAGE};
    }
    return c;
}

static const struct insn *stop(struct x86 *c, const struct insn *i)
{
    (void)c, (void)i;
    return NULL;
}

// Runs one handler; the vector of the fault, or X86_NO_FAULT.
static u8 run(struct x86 *c, insn_fn *fn, struct insn insn)
{
    struct insn code[2] = {insn, {.fn = stop}};
    c->fault.vector = X86_NO_FAULT;
    c->at = code;
    fn(c, code);
    return c->fault.vector;
}

static struct insn registers(u8 reg, u8 rm)
{
    return (struct insn){.reg = reg, .rm = rm, .seg = X86_FLAT, .address_mask = 0xffffffff};
}

static struct insn memory(u8 reg, u32 offset)
{
    return (struct insn){.reg = reg,
                         .base = X86_REG_ZERO,
                         .index = X86_REG_ZERO,
                         .disp = GUEST_PAGE + offset,
                         .seg = X86_FLAT,
                         .address_mask = 0xffffffff};
}

// --- against the host ---

struct trial {
    const struct row *row;
    bool is_memory;
    u8 reg, rm, imm;
    u8 bytes[8];
    unsigned length;
};

static u64 random_lanes(struct float_random *r)
{
    switch (random_below(r, 6)) {
    case 0: return random_u64(r);
    case 1: return random_float64(r);
    case 2: return random_u64(r) & 0x7f807f807f807f80; // corners of bytes and words
    case 3: return random_below(r, 80);                // shift counts
    default: return random_float32(r) | (u64)random_float32(r) << 32;
    }
}

static void random_state(struct float_random *r, struct host_sse *s, bool is_masked)
{
    for (unsigned n = 0; n < 8; n++) {
        s->xmm[n][0] = random_lanes(r);
        s->xmm[n][1] = random_lanes(r);
        s->mm[n] = random_lanes(r);
    }
    for (unsigned n = 0; n < 4; n++) {
        s->general[n] = (u32)random_u64(r);
    }
    s->mxcsr = (u32)random_u64(r) & 0xffff;
    if (is_masked) {
        s->mxcsr |= 0x1f80;
    }
    if (random_below(r, 2)) {
        s->mxcsr &= ~0x3fu;
    }
    if (random_below(r, 2)) {
        s->mxcsr &= ~0x8040u; // neither FTZ nor DAZ
    }
}

static unsigned emit(u8 *out, const struct trial *t)
{
    unsigned n = 0;
    if (t->row->prefix != NP) {
        out[n++] = (u8)t->row->prefix;
    }
    out[n++] = 0x0f;
    out[n++] = (u8)t->row->opcode;
    out[n++] = (u8)(t->reg << 3 | (t->is_memory ? X86_RDI : 0xc0 | t->rm));
    if (row_has(t->row, 'I')) {
        out[n++] = t->imm;
    }
    return n;
}

static struct trial random_trial(struct float_random *r, const struct row *row, bool is_memory)
{
    struct trial t = {.row = row, .is_memory = is_memory, .imm = (u8)random_u64(r)};
    t.reg = (u8)random_below(r, row_has(row, 'G') ? 4 : 8);
    t.rm = (u8)random_below(r, row_has(row, 'E') ? 4 : 8);
    if (row->digit != ANY) {
        t.reg = (u8)row->digit;
        t.imm &= random_below(r, 2) ? 0xff : 0x1f; // shift counts
    }
    t.length = emit(t.bytes, &t);
    return t;
}

static void to_guest(struct x86 *c, const struct host_sse *s)
{
    for (unsigned n = 0; n < 8; n++) {
        c->s.xmm[n] = (struct x86_xmm){.lo = s->xmm[n][0], .hi = s->xmm[n][1]};
        c->s.fpu.fpr[n].mantissa = s->mm[n];
    }
    memcpy(c->s.r, s->general, sizeof s->general);
    c->s.r[X86_RDI] = GUEST_PAGE + OPERAND;
    c->s.mxcsr = s->mxcsr;
    memcpy(guest.page + OPERAND, s->memory, OPERAND_BYTES);
}

// RCPPS and RSQRTPS differ between makes of processors: 1.5 * 2^-12 from the exact value is allowed
// to either, and at the border of the denormals, which become zero, either side of it.
static bool is_near(u32 mine, u32 host)
{
    const u32 smallest_normal = 0x00800000, sign = 0x80000000;
    if ((mine & ~sign) <= smallest_normal && (host & ~sign) <= smallest_normal) {
        return !((mine ^ host) & sign);
    }
    float a, b;
    memcpy(&a, &mine, sizeof a);
    memcpy(&b, &host, sizeof b);
    float difference = a > b ? a - b : b - a, size = b < 0 ? -b : b;
    return mine == host || difference <= size * (3.0f / 4096);
}

static bool registers_agree(const struct x86 *c, const struct host_sse *s, const struct trial *t)
{
    bool is_estimate = row_named(t->row, "rcp") || row_named(t->row, "rsqrt");
    for (unsigned n = 0; n < 8; n++) {
        u64 mine[2] = {c->s.xmm[n].lo, c->s.xmm[n].hi};
        for (unsigned half = 0; half < 2; half++) {
            u64 host = s->xmm[n][half];
            bool is_fine = is_estimate ? is_near((u32)mine[half], (u32)host) &&
                                             is_near((u32)(mine[half] >> 32), (u32)(host >> 32))
                                       : mine[half] == host;
            if (!is_fine) {
                print_error("XMM%u half %u: %016llx, host %016llx\n", n, half,
                            (unsigned long long)mine[half], (unsigned long long)host);
                return false;
            }
        }
        if (c->s.fpu.fpr[n].mantissa != s->mm[n]) {
            print_error("MM%u: %016llx, host %016llx\n", n,
                        (unsigned long long)c->s.fpu.fpr[n].mantissa, (unsigned long long)s->mm[n]);
            return false;
        }
    }
    if (memcmp(c->s.r, s->general, sizeof s->general) != 0) {
        print_error("general registers differ\n");
        return false;
    }
    return true;
}

static bool results_agree(const struct x86 *c, const struct host_sse *s, const struct trial *t)
{
    bool is_fault = c->fault.vector == X86_XM;
    if (is_fault != s->is_fault) {
        print_error("fault %d, host %d\n", is_fault, s->is_fault);
        return false;
    }
    if (c->s.mxcsr != s->mxcsr) {
        print_error("MXCSR %04x, host %04x\n", c->s.mxcsr, s->mxcsr);
        return false;
    }
    if (is_fault) {
        return true;
    }
    if (!registers_agree(c, s, t)) {
        return false;
    }
    if (memcmp(guest.page + OPERAND, s->memory, OPERAND_BYTES) != 0) {
        print_error("memory differs\n");
        return false;
    }
    u32 flags = flags_arithmetic(c);
    if (t->row->writes_flags && flags != (s->flags & X86_ARITHMETIC)) {
        print_error("flags %03x, host %03x\n", flags, (u32)s->flags & X86_ARITHMETIC);
        return false;
    }
    return true;
}

static void print_trial(const struct trial *t, const struct host_sse *s)
{
    print_error("%s %s, bytes", t->row->name, t->is_memory ? "memory" : "register");
    for (unsigned n = 0; n < t->length; n++) {
        print_error(" %02x", t->bytes[n]);
    }
    print_error(", MXCSR %04x\n", s->mxcsr);
    for (unsigned n = 0; n < 8; n++) {
        print_error("XMM%u %016llx%016llx  MM%u %016llx\n", n, (unsigned long long)s->xmm[n][1],
                    (unsigned long long)s->xmm[n][0], n, (unsigned long long)s->mm[n]);
    }
}

static bool trial_agrees(struct float_random *r, u8 *code, const struct row *row, bool is_memory,
                         bool is_masked)
{
    _Alignas(16) u64 operand[OPERAND_BYTES / 8];
    for (unsigned n = 0; n < COUNT_OF(operand); n++) {
        operand[n] = random_lanes(r);
    }
    struct host_sse before = {.memory = (u8 *)operand}, host;
    random_state(r, &before, is_masked);
    struct trial t = random_trial(r, row, is_memory);

    struct x86 *c = &guest.cpu;
    to_guest(c, &before);
    struct insn insn = is_memory ? memory(t.reg, OPERAND) : registers(t.reg, t.rm);
    insn.imm = row_has(row, 'I') ? t.imm : 0;
    run(c, row->fn[is_memory], insn);

    host = before;
    host_sse_run(&host, code, t.bytes, t.length);
    if (!results_agree(c, &host, &t)) {
        print_trial(&t, &before);
        return false;
    }
    return true;
}

static unsigned compare_rows(bool is_masked)
{
    if (!host_sse_exists) {
        print_message("skipped: needs an x86-64 host\n");
        skip();
    }
    u8 *code = host_sse_open();
    if (!code) {
        print_message("skipped: this host gives no memory for code\n");
        skip();
    }
    guest_open();
    unsigned failed = 0;
    for (unsigned n = 0; n < 2 * COUNT_OF(rows); n++) {
        const struct row *row = &rows[n / 2];
        bool is_memory = n & 1;
        bool has_form = row->form == ANY
                            ? row_has(row, 'W') || row_has(row, 'Q') || row_has(row, 'E')
                            : (row->form == MEM) == is_memory;
        if (!row_is_comparable(row) || !has_form) {
            continue;
        }
        struct float_random r = {.state = n};
        for (unsigned long k = 0; k < cases; k++) {
            if (!trial_agrees(&r, code, row, is_memory, is_masked)) {
                failed++;
                break;
            }
        }
    }
    return failed;
}

static void every_row_does_what_this_hosts_processor_does(void **state)
{
    (void)state;
    assert_int_equal(compare_rows(true), 0);
}

static void unmasked_exceptions_are_those_of_this_hosts_processor(void **state)
{
    (void)state;
    assert_int_equal(compare_rows(false), 0);
}

// --- faults ---

static void sse_needs_osfxsr_and_neither_em_nor_ts(void **state)
{
    (void)state;
    struct x86 *c = guest_open();
    assert_int_equal(run(c, op_sse_mova_load_r, registers(0, 1)), X86_NO_FAULT);
    c->s.cr0 |= X86_CR0_TS;
    assert_int_equal(run(c, op_sse_mova_load_r, registers(0, 1)), X86_NM); // [SDM3] table 13-1
    c->s.cr0 |= X86_CR0_EM;
    assert_int_equal(run(c, op_sse_addps_r, registers(0, 1)), X86_UD);
    c->s.cr0 &= ~(u64)(X86_CR0_EM | X86_CR0_TS);
    c->s.cr4 = 0;
    assert_int_equal(run(c, op_sse_paddb_r, registers(0, 1)), X86_UD);
    assert_int_equal(run(c, op_mmx_paddb_r, registers(0, 1)), X86_NO_FAULT);
    assert_int_equal(run(c, op_sse_movnti, memory(0, 0)), X86_NO_FAULT);
}

static void mmx_faults_for_em_ts_and_a_pending_x87_exception(void **state)
{
    (void)state;
    struct x86 *c = guest_open();
    c->s.fpu.status = 0x81;
    assert_int_equal(run(c, op_mmx_paddb_r, registers(0, 1)), X86_MF); // [SDM3] table 12-1, 12.5
    assert_int_equal(run(c, op_sse_cvtpi2pd_r, registers(0, 1)), X86_MF);
    assert_int_equal(run(c, op_sse_cvtpi2pd_m, memory(0, 0)), X86_NO_FAULT); // [SDM2] CVTPI2PD
    assert_int_equal(run(c, op_sse_paddb_r, registers(0, 1)), X86_NO_FAULT);
    c->s.cr0 |= X86_CR0_TS;
    assert_int_equal(run(c, op_mmx_movq_load_r, registers(0, 1)), X86_NM);
    c->s.cr0 |= X86_CR0_EM;
    assert_int_equal(run(c, op_mmx_emms, registers(0, 0)), X86_UD);
}

static void packed_operands_must_lie_on_16_bytes_except_for_unaligned_moves(void **state)
{
    (void)state;
    struct x86 *c = guest_open();
    assert_int_equal(run(c, op_sse_addps_m, memory(0, 8)), X86_GP);
    assert_int_equal(run(c, op_sse_mova_store_m, memory(0, 4)), X86_GP);
    assert_int_equal(c->fault.error, 0);
    assert_int_equal(run(c, op_sse_movu_load_m, memory(0, 16)), X86_NO_FAULT);
    assert_int_equal(run(c, op_sse_movu_store_m, memory(0, 16)), X86_NO_FAULT);
    assert_int_equal(run(c, op_sse_addsd_m, memory(0, 8)), X86_NO_FAULT);
}

static void a_simd_exception_without_osxmmexcpt_is_an_invalid_opcode(void **state)
{
    (void)state;
    struct x86 *c = guest_open();
    c->s.cr4 = X86_CR4_OSFXSR;
    c->s.mxcsr = 0x1f80 & ~0x200u;
    c->s.xmm[0].lo = 0x3f800000; // 1 / 0
    assert_int_equal(run(c, op_sse_divss_r, registers(0, 1)), X86_UD);
    assert_int_equal(c->s.mxcsr & 0x3f, 4);
    assert_int_equal(c->s.xmm[0].lo, 0x3f800000);
}

static void ldmxcsr_refuses_reserved_bits(void **state)
{
    (void)state;
    struct x86 *c = guest_open();
    guest.page[2] = 1;
    assert_int_equal(run(c, op_sse_ldmxcsr, memory(0, 0)), X86_GP);
    assert_int_equal(c->s.mxcsr, 0x1f80);
    guest.page[2] = 0;
    guest.page[1] = 0x80;
    assert_int_equal(run(c, op_sse_ldmxcsr, memory(0, 0)), X86_NO_FAULT);
    assert_int_equal(c->s.mxcsr, 0x8000);
    assert_int_equal(run(c, op_sse_stmxcsr, memory(0, 4)), X86_NO_FAULT);
    assert_int_equal(load_le32(guest.page + 4), 0x8000);
}

// --- x87 state ---

static void
an_mmx_instruction_makes_all_registers_valid_and_a_write_fills_the_exponent(void **state)
{
    (void)state;
    struct x86 *c = guest_open();
    c->s.fpu.top = 5;
    c->s.fpu.empty = 0xff;
    run(c, op_mmx_movd_store_r, registers(1, 2)); // [SDM3] table 12-3: reading does it too
    assert_int_equal(c->s.fpu.top, 0);
    assert_int_equal(c->s.fpu.empty, 0);
    assert_int_equal(c->s.fpu.fpr[2].sign_exponent, 0);
    run(c, op_mmx_pxor_r, registers(3, 3));
    assert_int_equal(c->s.fpu.fpr[3].sign_exponent, 0xffff);
    run(c, op_mmx_emms, registers(0, 0));
    assert_int_equal(c->s.fpu.empty, 0xff);
}

static void a_faulting_mmx_instruction_leaves_the_x87_state_alone(void **state)
{
    (void)state;
    struct x86 *c = guest_open();
    c->s.fpu.top = 5;
    c->s.fpu.empty = 0xff;
    c->s.mxcsr = 0;
    c->s.xmm[1].lo = 0x7f800000; // infinity
    assert_int_equal(run(c, op_sse_cvtps2pi_r, registers(0, 1)), X86_XM);
    assert_int_equal(c->s.fpu.top, 5);
    assert_int_equal(c->s.fpu.empty, 0xff);
}

static void maskmovdqu_with_an_empty_mask_touches_nothing(void **state)
{
    (void)state;
    struct x86 *c = guest_open();
    c->s.r[X86_RDI] = 0x123000; // nothing is mapped there, not even page tables
    assert_int_equal(run(c, op_sse_maskmovdqu, registers(0, 1)), X86_NO_FAULT);
}

// --- FXSAVE ---

static void fxsave_has_the_layout_of_the_manual(void **state)
{
    (void)state;
    struct x86 *c = guest_open();
    c->s.fpu = (struct x86_fpu){.control = 0x37f, .status = 0x4100, .top = 6, .empty = 0x3f};
    c->s.fpu.opcode = 0x7ab;
    c->s.fpu.code_offset = 0x11223344;
    c->s.fpu.code_selector = 0x5566;
    c->s.fpu.data_offset = 0x778899aa;
    c->s.fpu.data_selector = 0xbbcc;
    c->s.fpu.fpr[6] = FLOAT80_ONE; // ST(0)
    c->s.xmm[7] = (struct x86_xmm){.lo = 1, .hi = 2};
    memset(guest.page, 0xee, sizeof guest.page);
    assert_int_equal(run(c, op_sse_fxsave, memory(0, 0)), X86_NO_FAULT);
    const u8 *p = guest.page; // [SDM2] FXSAVE, table 3-43
    assert_int_equal(load_le16(p), 0x37f);
    assert_int_equal(load_le16(p + 2), 0x4100 | 6 << 11);
    assert_int_equal(p[4], 0xc0);
    assert_int_equal(load_le16(p + 6), 0x7ab);
    assert_int_equal(load_le32(p + 8), 0x11223344);
    assert_int_equal(load_le16(p + 12), 0x5566);
    assert_int_equal(load_le32(p + 16), 0x778899aa);
    assert_int_equal(load_le16(p + 20), 0xbbcc);
    assert_int_equal(load_le32(p + 24), 0x1f80);
    assert_int_equal(load_le32(p + 28), 0xffff);
    assert_int_equal(load_le64(p + 32), FLOAT80_ONE.mantissa);
    assert_int_equal(load_le16(p + 40), FLOAT80_ONE.sign_exponent);
    assert_int_equal(load_le64(p + 160 + 7 * 16), 1);
    assert_int_equal(load_le64(p + 168 + 7 * 16), 2);
    assert_int_equal(p[288], 0xee);
}

static void fxrstor_brings_back_what_fxsave_saved(void **state)
{
    (void)state;
    struct x86 *c = guest_open();
    for (unsigned n = 0; n < 8; n++) {
        c->s.xmm[n] = (struct x86_xmm){.lo = n, .hi = ~(u64)n};
        c->s.fpu.fpr[n] = (struct float80){.mantissa = 0x100 + n, .sign_exponent = (u16)(7 * n)};
    }
    c->s.fpu.top = 3;
    c->s.fpu.empty = 0x81;
    c->s.fpu.status = 0x4700;
    const struct x86_state saved = c->s;
    assert_int_equal(run(c, op_sse_fxsave, memory(0, 0x200)), X86_NO_FAULT);
    memset(c->s.xmm, 0, sizeof c->s.xmm);
    c->s.fpu = (struct x86_fpu){0};
    c->s.mxcsr = 0;
    assert_int_equal(run(c, op_sse_fxrstor, memory(0, 0x200)), X86_NO_FAULT);
    assert_memory_equal(c->s.xmm, saved.xmm, sizeof saved.xmm);
    for (unsigned n = 0; n < 8; n++) {
        assert_int_equal(c->s.fpu.fpr[n].mantissa, saved.fpu.fpr[n].mantissa);
        assert_int_equal(c->s.fpu.fpr[n].sign_exponent, saved.fpu.fpr[n].sign_exponent);
    }
    assert_int_equal(c->s.fpu.top, 3);
    assert_int_equal(c->s.fpu.empty, 0x81);
    assert_int_equal(c->s.fpu.status, 0x4700);
    assert_int_equal(c->s.mxcsr, 0x1f80);
}

static void fxrstor_derives_the_error_summary_and_fixed_bits(void **state)
{
    (void)state;
    struct x86 *c = guest_open();
    guest.page[0] = 0x3e; // FCW: invalid operation not masked
    guest.page[2] = 0x01; // FSW: invalid operation, ES and B clear
    guest.page[24] = 0x80;
    assert_int_equal(run(c, op_sse_fxrstor, memory(0, 0)), X86_NO_FAULT);
    assert_int_equal(c->s.fpu.status, 0x8081); // as seen on an EPYC
    assert_int_equal(c->s.fpu.control, 0x7e);
    guest.page[0] = guest.page[1] = 0xff;
    assert_int_equal(run(c, op_sse_fxrstor, memory(0, 0)), X86_NO_FAULT);
    assert_int_equal(c->s.fpu.status, 0x01);
    assert_int_equal(c->s.fpu.control, 0x1f7f);
}

static void fxrstor_refuses_reserved_bits_of_mxcsr_and_misaligned_images(void **state)
{
    (void)state;
    struct x86 *c = guest_open();
    guest.page[26] = 1;
    c->s.fpu.top = 2;
    assert_int_equal(run(c, op_sse_fxrstor, memory(0, 0)), X86_GP);
    assert_int_equal(c->s.fpu.top, 2);
    assert_int_equal(run(c, op_sse_fxrstor, memory(0, 0x208)), X86_GP);
    c->s.cr0 |= X86_CR0_EM; // [SDM2] FXSAVE: #NM, not #UD
    assert_int_equal(run(c, op_sse_fxsave, memory(0, 0x200)), X86_NM);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cases = strtoul(argv[1], NULL, 0);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_does_what_this_hosts_processor_does),
        cmocka_unit_test(unmasked_exceptions_are_those_of_this_hosts_processor),
        cmocka_unit_test(sse_needs_osfxsr_and_neither_em_nor_ts),
        cmocka_unit_test(mmx_faults_for_em_ts_and_a_pending_x87_exception),
        cmocka_unit_test(packed_operands_must_lie_on_16_bytes_except_for_unaligned_moves),
        cmocka_unit_test(a_simd_exception_without_osxmmexcpt_is_an_invalid_opcode),
        cmocka_unit_test(ldmxcsr_refuses_reserved_bits),
        cmocka_unit_test(
            an_mmx_instruction_makes_all_registers_valid_and_a_write_fills_the_exponent),
        cmocka_unit_test(a_faulting_mmx_instruction_leaves_the_x87_state_alone),
        cmocka_unit_test(maskmovdqu_with_an_empty_mask_touches_nothing),
        cmocka_unit_test(fxsave_has_the_layout_of_the_manual),
        cmocka_unit_test(fxrstor_brings_back_what_fxsave_saved),
        cmocka_unit_test(fxrstor_derives_the_error_summary_and_fixed_bits),
        cmocka_unit_test(fxrstor_refuses_reserved_bits_of_mxcsr_and_misaligned_images),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
