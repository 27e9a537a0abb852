// The x87 instructions: every encoding of D8 to DF, decoded from its bytes, against this host's processor; checks,
// faults, pointers and images against [SDM1] 8, [SDM2] and [SDM3] 6.15. Argument: the number of random cases per
// encoding (default 100).
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
    .features_edx = X86_HAS_FPU | X86_HAS_CMOV,
    .features_ecx = X86_HAS_SSE3,
};

struct guest {
    struct fixture *f;
    struct decoder decoder;
    u16 order[4096];
    u8 *page;
    unsigned ferr_rises;
    bool ferr;
};

static void set_ferr(void *owner, unsigned n, bool level)
{
    struct guest *g = owner;
    (void)n;
    g->ferr_rises += level;
    g->ferr = level;
}

// Protected mode with flat segments, EDI at the page.
static struct x86 *guest_open(struct guest *g)
{
    memset(g, 0, sizeof *g);
    assert_true(isa_row_count <= COUNT_OF(g->order));
    decoder_init(&g->decoder, g->order, &model);
    g->f = fixture_create("pentium4", 1);
    fixture_protected(g->f);
    g->page = g->f->ram + GUEST_PAGE;
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
    struct decode_result d =
        decode(&g->decoder, window, sizeof window, DECODE_32, 0xff, !(c->s.cr0 & X86_CR0_PE), code);
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
    case 2: v.sign_exponent = (u16)((v.sign_exponent & 0x8000) | (0x3fff - 40 + random_below(r, 110))); break;
    case 3: return random_below(r, 2) ? FLOAT80_ZERO : v;
    default: break;
    }
    return v;
}

static void random_image(struct float_random *r, u8 *image)
{
    u16 control = (u16)(0x40 | random_below(r, 4) << 10 | random_below(r, 4) << 8);
    control |= random_below(r, 2) ? 0x3f : random_below(r, 64);
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
    *f = (struct x86_fpu){.control = load_le16(h->image), .status = status & 0x477f, .top = (status >> 11) & 7};
    for (unsigned n = 0; n < 8; n++) {
        struct float80 *st = &f->fpr[(f->top + n) & 7];
        f->empty |= (u8)((tags >> 2 * n & 3) == 3) << n;
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

// [SDM2], "FPU flags affected" of each.
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
    if (opcode == 0xd9 && !e.is_memory) {
        e.is_close = (modrm >= 0xf0 && modrm <= 0xf3) || modrm == 0xf9 || modrm == 0xfb || modrm >= 0xfe;
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
    if (difference || load_le32(ours) != load_le32(hosts) || load_le32(ours + 8) != load_le32(hosts + 8)) {
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
    struct host_fpu before = {.memory = before_memory, .rax = 0x1234567, .flags = random_u64(r) & 0x8d5};
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
        is_equal = images_agree(e, ours.image, hosts.image) && !memcmp(our_memory, host_memory, MEMORY_BYTES) &&
                   (u16)ours.rax == (u16)hosts.rax && !((ours.flags ^ hosts.flags) & X86_ARITHMETIC);
    }
    if (!is_equal) {
        print_message("%02x %02x %02x: vector %u, host's fault %d\n", e->bytes[0], e->bytes[1], e->bytes[2], vector,
                      hosts.is_fault);
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

int main(int argc, char **argv)
{
    if (argc > 1) {
        cases = strtoul(argv[1], NULL, 0);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_encoding_does_what_this_hosts_processor_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
