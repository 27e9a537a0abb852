// The x87 instructions: every encoding of D8 to DF, decoded from its bytes, against this host's
// processor; checks, faults, pointers and images against [SDM1] 8, [SDM2] and [SDM3] 6.15.
// Argument: the number of random cases per encoding (default 100).
#define _GNU_SOURCE

#include "base/bytes.h"
#include "cpu/x86/isa.h"
#include "cpu/x86/ops.h"
#include "fixture.h"
#include "host_x87.h"
#include "host_x87_state.h"

static unsigned long cases = 100;

// --- a processor with one page of memory ---

enum { GUEST_PAGE = 0x7000, MEMORY_BYTES = 128 };

static const struct x86_model model = {
    .family = 15,
    .features_edx = X86_HAS_FPU | X86_HAS_CMOV | X86_HAS_FXSR,
    .features_ecx = X86_HAS_SSE3,
};

struct guest {
    struct fixture *f;
    struct decoder decoder;
    u16 order[4096];
    u8 *page;
    u32 flat; // segments that the decoder takes for flat
    bool ferr;
};

static void set_ferr(void *owner, unsigned n, bool level)
{
    struct guest *g = owner;
    (void)n;
    g->ferr = level;
}

// Protected mode with flat segments, EDI at the page.
static struct x86 *guest_open(struct guest *g)
{
    memset(g, 0, sizeof *g);
    assert_true(isa_row_count <= COUNT_OF(g->order));
    decoder_init(&g->decoder, g->order, &model);
    g->f = fixture_create("max", 1);
    fixture_protected(g->f);
    g->page = g->f->ram + GUEST_PAGE;
    g->flat = 0xff;
    struct x86 *c = g->f->cpu;
    c->s.cr0 |= X86_CR0_NE;
    c->s.fpu = (struct x86_fpu){.control = 0x37f, .empty = 0xff};
    c->s.r[X86_RDI] = GUEST_PAGE;
    c->w.ferr = (struct line){.set = set_ferr, .owner = g};
    return c;
}

static const struct insn *stop(struct x86 *c, const struct insn *i)
{
    (void)c, (void)i;
    return NULL;
}

// Decodes with flat segments and runs one instruction; the vector of the fault, or X86_NO_FAULT.
static u8 run_bytes(struct guest *g, const u8 *bytes, unsigned length)
{
    struct x86 *c = g->f->cpu;
    u8 window[16] = {0};
    struct insn code[2] = {{0}, {.fn = stop}};
    memcpy(window, bytes, length);
    struct decode_result d = decode(&g->decoder, window, sizeof window, DECODE_32, g->flat,
                                    !(c->s.cr0 & X86_CR0_PE), code);
    if (!d.is_valid) {
        return X86_UD;
    }
    assert_int_equal(d.length, length);
    code->next = d.length;
    c->fault.vector = X86_NO_FAULT;
    c->at = code;
    code->fn(c, code);
    return c->fault.vector;
}

#define RUN(g, ...) run_bytes(g, (const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

// --- against the host ---

static struct float80 random_operand(struct float_random *r)
{
    struct float80 v = random_float80(r);
    switch (random_below(r, 8)) {
    case 0: return float80_from_int64((i64)(random_u64(r) >> random_below(r, 64)));
    case 1: return float80_from_int32((i32)random_below(r, 9) - 4);
    case 2:
        v.sign_exponent = (u16)((v.sign_exponent & 0x8000) | (0x3fff - 40 + random_below(r, 110)));
        break;
    case 3: return random_below(r, 2) ? FLOAT80_ZERO : v;
    default: break;
    }
    return v;
}

static void random_image(struct float_random *r, u8 *image)
{
    u16 control = (u16)(0x40 | random_below(r, 4) << 10 | random_below(r, 4) << 8);
    control |= (u16)(random_below(r, 2) ? 0x3f : random_below(r, 64));
    u32 status = (u32)random_u64(r) & 0x7f40;
    status |= random_below(r, 2) ? 0 : control & 0x3f & random_below(r, 64); // none pending
    unsigned emptiness = random_below(r, 4);
    u32 tags = 0;
    for (unsigned n = 0; n < 8; n++) {
        bool is_empty = emptiness == 0 || (emptiness == 1 && random_below(r, 2)) ||
                        (emptiness == 2 && n == (((status >> 11) + 7) & 7));
        tags |= (is_empty ? 3u : 0) << 2 * n;
    }
    memset(image, 0, HOST_FPU_IMAGE_BYTES);
    store_le32(image, control);
    store_le32(image + 4, status);
    store_le32(image + 8, tags);
    struct float80 v = random_operand(r);
    for (unsigned n = 0; n < 8; n++) {
        v = random_below(r, 8) ? random_operand(r) : v;
        store_le64(image + 28 + 10 * n, v.mantissa);
        store_le16(image + 36 + 10 * n, v.sign_exponent);
    }
}

static void random_memory(struct float_random *r, u8 *memory)
{
    for (unsigned n = 0; n < MEMORY_BYTES; n += 8) {
        store_le64(memory + n, random_u64(r));
    }
    struct float80 v = random_operand(r);
    switch (random_below(r, 4)) {
    case 0: store_le32(memory, random_float32(r)); break;
    case 1: store_le64(memory, random_float64(r)); break;
    case 2:
        store_le64(memory, v.mantissa);
        store_le16(memory + 8, v.sign_exponent);
        break;
    default: // digits, also good as integers
        for (unsigned n = 0; n < 10; n++) {
            memory[n] = (u8)(random_below(r, 10) << 4 | random_below(r, 10));
        }
        memory[9] &= 0x80;
        break;
    }
}

// The pointers to the last instruction differ by nature: not compared.
static void forget_pointers(u8 *image, unsigned word_bytes)
{
    memset(image + 3 * word_bytes, 0, 4 * word_bytes);
}

static void to_guest(struct guest *g, const struct host_fpu *h)
{
    struct x86 *c = g->f->cpu;
    struct x86_fpu *f = &c->s.fpu;
    u32 status = load_le32(h->image + 4), tags = load_le32(h->image + 8);
    *f = (struct x86_fpu){
        .control = load_le16(h->image), .status = status & 0x477f, .top = (status >> 11) & 7};
    for (unsigned n = 0; n < 8; n++) {
        struct float80 *st = &f->fpr[(f->top + n) & 7];
        f->empty |= (u8)((u32)((tags >> 2 * n & 3) == 3) << n);
        st->mantissa = load_le64(h->image + 28 + 10 * n);
        st->sign_exponent = load_le16(h->image + 36 + 10 * n);
    }
    memcpy(g->page, h->memory, MEMORY_BYTES);
    c->s.r[X86_RAX] = h->rax;
    x86_set_eflags(c, (u32)h->flags);
}

static void from_guest(struct guest *g, struct host_fpu *h)
{
    const struct x86 *c = g->f->cpu;
    u8 saved[MEMORY_BYTES];
    memcpy(h->memory, g->page, MEMORY_BYTES);
    memcpy(saved, g->page, MEMORY_BYTES);
    h->rax = c->s.r[X86_RAX];
    h->flags = x86_eflags(c);
    assert_int_equal(RUN(g, 0xdd, 0x37), X86_NO_FAULT); // FNSAVE [EDI]
    memcpy(h->image, g->page, HOST_FPU_IMAGE_BYTES);
    memcpy(g->page, saved, MEMORY_BYTES);
}

struct encoding {
    u8 bytes[3];
    unsigned length;
    bool is_memory, is_environment; // is_environment: FNSTENV, FNSAVE: memory holds pointers
    bool is_close;                  // transcendental: 2 units in the last place
    u16 status_undefined;
};

// FCOMI and its kin clear C1 ([SDM2]); an EPYC leaves it alone.
static struct encoding encoding_of(unsigned opcode, unsigned modrm, bool has_prefix)
{
    struct encoding e = {.is_memory = modrm < 0xc0};
    if (has_prefix) {
        e.bytes[e.length++] = 0x66;
    }
    e.bytes[e.length++] = (u8)opcode;
    e.bytes[e.length++] = (u8)modrm;
    unsigned digit = modrm >> 3 & 7;
    e.is_environment = e.is_memory && digit == 6 && (opcode == 0xd9 || opcode == 0xdd);
    bool is_fcomi = modrm >= 0xe8 && modrm < 0xf8 && (opcode == 0xdb || opcode == 0xdf);
    e.status_undefined = is_fcomi ? 0x200 : 0;
    if (opcode == 0xd9 && !e.is_memory) {
        e.is_close =
            (modrm >= 0xf0 && modrm <= 0xf3) || modrm == 0xf9 || modrm == 0xfb || modrm >= 0xfe;
    }
    return e;
}

// A number that grows with the magnitude, one by one.
static bool is_close(const u8 *a, const u8 *b)
{
    u64 ma = load_le64(a), mb = load_le64(b);
    u16 ea = load_le16(a + 8), eb = load_le16(b + 8);
    if (ea == eb) {
        return (ma > mb ? ma - mb : mb - ma) <= 2;
    }
    return (ea ^ eb) < 0x8000 && ((ea + 1 == eb && ma >= ~(u64)1 && mb <= (1ull << 63) + 1) ||
                                  (eb + 1 == ea && mb >= ~(u64)1 && ma <= (1ull << 63) + 1));
}

static bool images_agree(const struct encoding *e, const u8 *ours, const u8 *hosts)
{
    u16 difference = (u16)(load_le16(ours + 4) ^ load_le16(hosts + 4)) & (u16)~e->status_undefined;
    if (e->is_close) {
        difference &= (u16) ~(0x200 | FLOAT_INEXACT | FLOAT_UNDERFLOW | 0x8080);
    }
    if (difference || load_le32(ours) != load_le32(hosts) ||
        load_le32(ours + 8) != load_le32(hosts + 8)) {
        return false;
    }
    for (unsigned n = 28; n < HOST_FPU_IMAGE_BYTES; n += 10) {
        if (memcmp(ours + n, hosts + n, 10) && !(e->is_close && is_close(ours + n, hosts + n))) {
            return false;
        }
    }
    return true;
}

static void print_image(const char *what, const struct host_fpu *h)
{
    print_message("  %s CW %04x SW %04x TW %04x AX %llx flags %llx", what, load_le16(h->image),
                  load_le16(h->image + 4), load_le16(h->image + 8), (unsigned long long)h->rax,
                  (unsigned long long)h->flags & 0xcd5);
    for (unsigned n = 0; n < 8; n++) {
        print_message(" %04x:%016llx", load_le16(h->image + 36 + 10 * n),
                      (unsigned long long)load_le64(h->image + 28 + 10 * n));
    }
    print_message("\n    memory");
    for (unsigned n = 0; n < 16; n++) {
        print_message(" %02x", h->memory[n]);
    }
    print_message("\n");
}

static bool agrees(struct guest *g, struct float_random *r, const struct encoding *e, u8 *code)
{
    u8 before_memory[MEMORY_BYTES], our_memory[MEMORY_BYTES], host_memory[MEMORY_BYTES];
    struct host_fpu before = {
        .memory = before_memory, .rax = 0x1234567, .flags = random_u64(r) & 0x8d5};
    before.flags |= 2;
    random_image(r, before.image);
    random_memory(r, before_memory);
    struct host_fpu ours = before, hosts = before;
    memcpy(host_memory, before_memory, sizeof host_memory);
    ours.memory = our_memory;
    hosts.memory = host_memory;

    to_guest(g, &before);
    u8 vector = run_bytes(g, e->bytes, e->length);
    host_fpu_run(&hosts, code, e->bytes, e->length);
    if (vector == X86_UD && hosts.is_fault) {
        return true;
    }
    bool is_equal = vector == X86_NO_FAULT && !hosts.is_fault;
    if (is_equal) {
        from_guest(g, &ours);
        forget_pointers(ours.image, 4);
        forget_pointers(hosts.image, 4);
        if (e->is_environment) {
            forget_pointers(our_memory, e->length == 3 ? 2 : 4);
            forget_pointers(host_memory, e->length == 3 ? 2 : 4);
        }
        is_equal = images_agree(e, ours.image, hosts.image) &&
                   !memcmp(our_memory, host_memory, MEMORY_BYTES) &&
                   (u16)ours.rax == (u16)hosts.rax &&
                   !((ours.flags ^ hosts.flags) & X86_ARITHMETIC);
    }
    if (!is_equal) {
        print_message("%02x %02x %02x: vector %u, host's fault %d\n", e->bytes[0], e->bytes[1],
                      e->bytes[2], vector, hosts.is_fault);
        print_image("before", &before);
        print_image("ours  ", &ours);
        print_image("hosts ", &hosts);
    }
    return is_equal;
}

static void every_encoding_does_what_this_hosts_processor_does(void **state)
{
    (void)state;
    if (!host_fpu_exists) {
        skip();
    }
    u8 *code = host_fpu_open();
    assert_non_null(code);
    struct float_random r = {.state = 1};
    struct guest g;
    guest_open(&g);
    unsigned failures = 0;
    for (unsigned opcode = 0xd8; opcode <= 0xdf; opcode++) {
        for (unsigned n = 0; n < 8 + 64; n++) {
            unsigned modrm = n < 8 ? n << 3 | X86_RDI : 0xc0 + n - 8, here = 0;
            for (unsigned long k = 0; k < cases && here < 3; k++) {
                struct encoding e = encoding_of(opcode, modrm, k & 1);
                here += !agrees(&g, &r, &e, code);
            }
            failures += here;
        }
    }
    fixture_destroy(g.f);
    assert_int_equal(failures, 0);
}

// --- checks ---

static void em_and_ts_make_the_unit_unavailable_and_wait_needs_mp_as_well(void **state)
{
    (void)state;
    struct guest g;
    struct x86 *c = guest_open(&g);
    for (unsigned n = 0; n < 2; n++) { // [SDM3] table 2-2
        c->s.cr0 = (c->s.cr0 & ~(u64)(X86_CR0_EM | X86_CR0_TS)) | (n ? X86_CR0_EM : X86_CR0_TS);
        assert_int_equal(RUN(&g, 0xd9, 0xe8), X86_NM); // FLD1
        assert_int_equal(RUN(&g, 0xdb, 0xe3), X86_NM); // FNINIT
        assert_int_equal(RUN(&g, 0xdf, 0xe0), X86_NM); // FNSTSW AX
        assert_int_equal(RUN(&g, 0x9b), X86_NO_FAULT); // WAIT
        assert_int_equal(RUN(&g, 0xdd, 0x37), X86_NM); // FNSAVE
    }
    c->s.cr0 = X86_CR0_PE | X86_CR0_MP | X86_CR0_EM;
    assert_int_equal(RUN(&g, 0x9b), X86_NO_FAULT);
    c->s.cr0 = X86_CR0_PE | X86_CR0_MP | X86_CR0_TS;
    assert_int_equal(RUN(&g, 0x9b), X86_NM);
    assert_int_equal(c->s.fpu.empty, 0xff);
    fixture_destroy(g.f);
}

static void a_pending_exception_faults_in_the_next_waiting_instruction_only(void **state)
{
    (void)state;
    struct guest g;
    struct x86 *c = guest_open(&g);
    c->s.fpu.control = 0x37e;                            // invalid operation
    assert_int_equal(RUN(&g, 0xd9, 0xfa), X86_NO_FAULT); // FSQRT of an empty register
    assert_int_equal(c->s.fpu.status, 0x80c1);           // B, ES, SF, IE
    assert_int_equal(c->s.fpu.empty, 0xff);
    assert_int_equal(RUN(&g, 0xd9, 0xe8), X86_MF);       // FLD1
    assert_int_equal(RUN(&g, 0x9b), X86_MF);             // WAIT
    assert_int_equal(RUN(&g, 0xd9, 0x2f), X86_MF);       // FLDCW
    assert_int_equal(RUN(&g, 0xdf, 0xe0), X86_NO_FAULT); // FNSTSW AX
    assert_int_equal((u16)c->s.r[X86_RAX], 0x80c1);
    assert_int_equal(RUN(&g, 0xd9, 0x3f), X86_NO_FAULT); // FNSTCW
    assert_int_equal(RUN(&g, 0xdb, 0xe2), X86_NO_FAULT); // FNCLEX
    assert_int_equal(c->s.fpu.status, 0);
    assert_int_equal(RUN(&g, 0xd9, 0xe8), X86_NO_FAULT);
    fixture_destroy(g.f);
}

static void without_ne_a_pending_exception_raises_ferr_until_it_is_cleared(void **state)
{
    (void)state;
    struct guest g;
    struct x86 *c = guest_open(&g);
    c->s.cr0 &= ~(u64)X86_CR0_NE;
    c->s.fpu.control = 0x37e;
    assert_int_equal(RUN(&g, 0xd9, 0xfa), X86_NO_FAULT); // FSQRT
    assert_false(g.ferr);
    assert_int_equal(RUN(&g, 0x9b), X86_NO_FAULT);
    assert_true(g.ferr);
    assert_int_equal(RUN(&g, 0xdb, 0xe2), X86_NO_FAULT); // FNCLEX
    assert_false(g.ferr);
    fixture_destroy(g.f);
}

static void fxrstor_of_a_state_without_exception_lowers_ferr(void **state)
{
    (void)state;
    struct guest g;
    struct x86 *c = guest_open(&g);
    c->s.cr0 &= ~(u64)X86_CR0_NE;
    assert_int_equal(RUN(&g, 0x0f, 0xae, 0x07), X86_NO_FAULT); // FXSAVE [EDI]
    c->s.fpu.control = 0x37e;
    assert_int_equal(RUN(&g, 0xd9, 0xfa), X86_NO_FAULT); // FSQRT
    assert_int_equal(RUN(&g, 0x9b), X86_NO_FAULT);
    assert_true(g.ferr);
    assert_int_equal(RUN(&g, 0x0f, 0xae, 0x0f), X86_NO_FAULT); // FXRSTOR [EDI]
    assert_false(g.ferr);
    fixture_destroy(g.f);
}

static void unmasking_a_raised_flag_makes_it_pending(void **state)
{
    (void)state;
    struct guest g;
    struct x86 *c = guest_open(&g);
    c->s.fpu.status = FLOAT_DIVIDE;
    store_le16(g.page, 0x37b);
    assert_int_equal(RUN(&g, 0xd9, 0x2f), X86_NO_FAULT); // FLDCW
    assert_int_equal(c->s.fpu.status, 0x8084);
    assert_int_equal(RUN(&g, 0xd9, 0xe8), X86_MF);
    assert_int_equal(RUN(&g, 0xd9, 0x37), X86_NO_FAULT); // FNSTENV masks all
    assert_int_equal(c->s.fpu.status, FLOAT_DIVIDE);
    assert_int_equal(c->s.fpu.control, 0x37f);
    assert_int_equal(RUN(&g, 0xd9, 0xe8), X86_NO_FAULT);
    fixture_destroy(g.f);
}

static void a_store_that_faults_changes_nothing(void **state)
{
    (void)state;
    struct guest g;
    struct x86 *c = guest_open(&g);
    assert_int_equal(RUN(&g, 0xd9, 0xe8), X86_NO_FAULT); // FLD1
    c->s.seg[X86_DS].limit = GUEST_PAGE + 7;
    x86_segments_changed(c);
    g.flat = 0;
    const struct x86_fpu before = c->s.fpu;
    memset(g.page, 0xee, 16);
    assert_int_equal(RUN(&g, 0xdb, 0x3f), X86_GP);       // FSTP m80
    assert_int_equal(RUN(&g, 0xdd, 0x5f, 0x04), X86_GP); // FSTP m64
    assert_int_equal(RUN(&g, 0xdf, 0x37), X86_GP);       // FBSTP
    assert_int_equal(RUN(&g, 0xdd, 0x37), X86_GP);       // FNSAVE
    assert_int_equal(RUN(&g, 0xd9, 0x37), X86_GP);       // FNSTENV
    assert_int_equal(RUN(&g, 0xdb, 0x2f), X86_GP);       // FLD m80
    assert_int_equal(RUN(&g, 0xdd, 0x27), X86_GP);       // FRSTOR
    assert_memory_equal(&c->s.fpu, &before, sizeof before);
    for (unsigned n = 0; n < 16; n++) {
        assert_int_equal(g.page[n], 0xee);
    }
    assert_int_equal(RUN(&g, 0xdd, 0x1f), X86_NO_FAULT); // FSTP m64
    assert_int_equal(load_le64(g.page), 0x3ff0000000000000);
    assert_int_equal(c->s.fpu.empty, 0xff);
    fixture_destroy(g.f);
}

static void an_80_bit_operand_may_cross_a_page(void **state)
{
    (void)state;
    struct guest g;
    struct x86 *c = guest_open(&g);
    c->s.r[X86_RDI] = GUEST_PAGE + 0xffb;
    assert_int_equal(RUN(&g, 0xd9, 0xeb), X86_NO_FAULT); // FLDPI
    assert_int_equal(RUN(&g, 0xdb, 0x3f), X86_NO_FAULT); // FSTP m80
    assert_int_equal(load_le64(g.page + 0xffb), 0xc90fdaa22168c235);
    assert_int_equal(load_le16(g.page + 0x1003), 0x4000);
    assert_int_equal(RUN(&g, 0xdb, 0x2f), X86_NO_FAULT); // FLD m80
    assert_int_equal(c->s.fpu.fpr[7].mantissa, 0xc90fdaa22168c235);
    assert_int_equal(c->s.fpu.fpr[7].sign_exponent, 0x4000);
    fixture_destroy(g.f);
}

static void instructions_that_came_later_need_their_feature(void **state)
{
    (void)state;
    struct guest g;
    static const struct x86_model old = {.family = 5, .features_edx = X86_HAS_FPU};
    static const struct x86_model without = {.family = 4};
    guest_open(&g);
    decoder_init(&g.decoder, g.order, &old);
    assert_int_equal(RUN(&g, 0xda, 0xc1), X86_UD); // FCMOVB
    assert_int_equal(RUN(&g, 0xdb, 0xf1), X86_UD); // FCOMI
    assert_int_equal(RUN(&g, 0xdb, 0x0f), X86_UD); // FISTTP
    assert_int_equal(RUN(&g, 0xd9, 0xe8), X86_NO_FAULT);
    decoder_init(&g.decoder, g.order, &without);
    assert_int_equal(RUN(&g, 0xd9, 0xe8), X86_UD);
    fixture_destroy(g.f);
}

// --- pointers and images, [SDM1] 8.1.8 to 8.1.10 ---

static void
pointers_tell_the_last_instruction_and_operand_but_not_control_instructions(void **state)
{
    (void)state;
    struct guest g;
    struct x86 *c = guest_open(&g);
    const struct x86_fpu *f = &c->s.fpu;
    c->block_rip = 0x1234;
    assert_int_equal(RUN(&g, 0x66, 0xdc, 0x47, 0x08),
                     X86_NO_FAULT); // FADD m64 [EDI + 8], with a prefix
    assert_int_equal(f->opcode, 0x447);
    assert_int_equal(f->code_selector, FIX_CODE0);
    assert_int_equal(f->code_offset, 0x1234);
    assert_int_equal(f->data_selector, FIX_DATA0);
    assert_int_equal(f->data_offset, GUEST_PAGE + 8);
    c->block_rip = 0x2000;
    c->s.seg[X86_SS].selector = 0x77;
    c->s.r[X86_RBP] = GUEST_PAGE;
    RUN(&g, 0xd9, 0x45, 0x10); // FLD m32 [EBP + 16]
    assert_int_equal(f->data_selector, 0x77);
    RUN(&g, 0xde, 0xd9); // FCOMPP
    assert_int_equal(f->opcode, 0x6d9);
    assert_int_equal(f->code_offset, 0x2000);
    assert_int_equal(f->data_offset, GUEST_PAGE + 16);
    c->block_rip = 0x3000;
    RUN(&g, 0xd9, 0x3f); // FNSTCW
    RUN(&g, 0xdb, 0xe2); // FNCLEX
    RUN(&g, 0x9b);
    assert_int_equal(f->code_offset, 0x2000);
    fixture_destroy(g.f);
}

static void fill_pointers(struct x86_fpu *f)
{
    f->opcode = 0x7ab;
    f->code_offset = 0x11223344;
    f->code_selector = 0x5566;
    f->data_offset = 0x778899aa;
    f->data_selector = 0xbbcc;
}

static void environments_have_the_four_layouts_of_the_manual(void **state)
{
    (void)state;
    struct guest g;
    struct x86 *c = guest_open(&g);
    const u8 *p = g.page;
    fill_pointers(&c->s.fpu);
    RUN(&g, 0xd9, 0x37); // FNSTENV, protected, 32 bits: figure 8-9
    assert_int_equal(load_le32(p), 0xffff037f);
    assert_int_equal(load_le32(p + 4), 0xffff0000);
    assert_int_equal(load_le32(p + 8), 0xffffffff);
    assert_int_equal(load_le32(p + 12), 0x11223344);
    assert_int_equal(load_le32(p + 16), 0x07ab5566);
    assert_int_equal(load_le32(p + 20), 0x778899aa);
    assert_int_equal(load_le32(p + 24), 0xffffbbcc);
    RUN(&g, 0x66, 0xd9, 0x37); // 16 bits: figure 8-11
    assert_int_equal(load_le16(p + 4), 0xffff);
    assert_int_equal(load_le16(p + 6), 0x3344);
    assert_int_equal(load_le16(p + 8), 0x5566);
    assert_int_equal(load_le16(p + 10), 0x99aa);
    assert_int_equal(load_le16(p + 12), 0xbbcc);

    c->s.cr0 &= ~(u64)X86_CR0_PE;
    c->s.fpu.code_offset = 0x3344;
    c->s.fpu.data_offset = 0x99aa;
    RUN(&g, 0xd9, 0x37); // real, 32 bits: figure 8-10; linear 589a4h and c566ah
    assert_int_equal(load_le16(p + 12), 0x89a4);
    assert_int_equal(load_le32(p + 16), 0x000057ab);
    assert_int_equal(load_le16(p + 20), 0x566a);
    assert_int_equal(load_le32(p + 24), 0x0000c000);
    RUN(&g, 0x66, 0xd9, 0x37); // 16 bits: figure 8-12
    assert_int_equal(load_le16(p + 6), 0x89a4);
    assert_int_equal(load_le16(p + 8), 0x57ab);
    assert_int_equal(load_le16(p + 10), 0x566a);
    assert_int_equal(load_le16(p + 12), 0xc000);
    RUN(&g, 0x66, 0xd9, 0x27); // FLDENV
    assert_int_equal(c->s.fpu.opcode, 0x7ab);
    assert_int_equal(c->s.fpu.code_offset, 0x589a4);
    assert_int_equal(c->s.fpu.data_offset, 0xc566a);
    fixture_destroy(g.f);
}

static void frstor_brings_back_what_fnsave_saved_and_fnsave_initialises(void **state)
{
    (void)state;
    struct guest g;
    struct x86 *c = guest_open(&g);
    struct x86_fpu *f = &c->s.fpu;
    for (unsigned n = 0; n < 8; n++) {
        f->fpr[n] = (struct float80){.mantissa = 0x100 + n, .sign_exponent = (u16)(7 * n)};
    }
    f->control = 0xf7b;
    f->status = 0x4100;
    f->top = 3;
    f->empty = 0x18;
    fill_pointers(f);
    const struct x86_fpu before = *f;
    assert_int_equal(RUN(&g, 0xdd, 0x37), X86_NO_FAULT); // FNSAVE
    assert_int_equal(f->control, 0x37f);
    assert_int_equal(f->status, 0);
    assert_int_equal(f->top, 0);
    assert_int_equal(f->empty, 0xff);
    assert_int_equal(f->code_offset | f->data_offset | f->opcode, 0);
    assert_int_equal(load_le16(g.page + 36), 21);        // ST(0) is physical register 3
    assert_int_equal(RUN(&g, 0xdd, 0x27), X86_NO_FAULT); // FRSTOR
    for (unsigned n = 0; n < 8; n++) {
        assert_int_equal(f->fpr[n].mantissa, before.fpr[n].mantissa);
        assert_int_equal(f->fpr[n].sign_exponent, before.fpr[n].sign_exponent);
    }
    assert_int_equal(f->control, before.control);
    assert_int_equal(f->status, before.status);
    assert_int_equal(f->top, before.top);
    assert_int_equal(f->empty, before.empty);
    assert_int_equal(f->opcode, before.opcode);
    assert_int_equal(f->code_offset, before.code_offset);
    assert_int_equal(f->data_selector, before.data_selector);
    fixture_destroy(g.f);
}

static void a_program_computes_and_faults_at_the_waiting_instruction(void **state)
{
    (void)state;
    struct guest g;
    struct x86 *c = guest_open(&g);
    store_le16(g.page, 0x37b);         // division by zero not masked
    CODE_AT(g.f, FIX_CODE, 0xd9, 0xe8, // FLD1
            0xd8, 0xc0,                // FADD ST, ST: 2
            0xdb, 0x5f, 0x10,          // FISTP m32 [EDI + 16]
            0xd9, 0x2f,                // FLDCW [EDI]
            0xd9, 0xe8, 0xd9, 0xee,    // FLD1, FLDZ
            0xdc, 0xf9,                // FDIV ST(1), ST
            0xdd, 0x57, 0x20);         // FST m64: #MF
    run(g.f, 9);
    assert_int_equal(load_le32(g.page + 16), 2);
    assert_int_equal(entered_vector(g.f), X86_MF);
    assert_int_equal(stack32(g.f, 0), FIX_CODE + 15);
    assert_int_equal(c->s.fpu.code_offset, FIX_CODE + 13); // FDIV
    assert_int_equal(c->s.fpu.opcode, 0x4f9);
    assert_int_equal(c->s.fpu.status, 0x8084);
    assert_int_equal(c->s.fpu.top, 6);
    fixture_destroy(g.f);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cases = strtoul(argv[1], NULL, 0);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_encoding_does_what_this_hosts_processor_does),
        cmocka_unit_test(em_and_ts_make_the_unit_unavailable_and_wait_needs_mp_as_well),
        cmocka_unit_test(a_pending_exception_faults_in_the_next_waiting_instruction_only),
        cmocka_unit_test(without_ne_a_pending_exception_raises_ferr_until_it_is_cleared),
        cmocka_unit_test(fxrstor_of_a_state_without_exception_lowers_ferr),
        cmocka_unit_test(unmasking_a_raised_flag_makes_it_pending),
        cmocka_unit_test(a_store_that_faults_changes_nothing),
        cmocka_unit_test(an_80_bit_operand_may_cross_a_page),
        cmocka_unit_test(instructions_that_came_later_need_their_feature),
        cmocka_unit_test(
            pointers_tell_the_last_instruction_and_operand_but_not_control_instructions),
        cmocka_unit_test(environments_have_the_four_layouts_of_the_manual),
        cmocka_unit_test(frstor_brings_back_what_fnsave_saved_and_fnsave_initialises),
        cmocka_unit_test(a_program_computes_and_faults_at_the_waiting_instruction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
