// Runs random instructions on this machine's processor and on ours, and compares: build/oracle
// [OPTION]...
#define _GNU_SOURCE // clock_gettime
#include "oracle.h"

#include "base/bytes.h"
#include "cpu/x86/disasm.h"
#include "cpu/x86/regs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_RULES = 64, MAX_ROWS = 2048, SHOWN_PER_ROW = 2, MAX_SIDES = 2 };

// What the cases are run on, beside ours.
enum kind { KIND_32, KIND_64, KIND_QEMU, KINDS };

static const struct {
    const char *name, *what;
} kinds[KINDS] = {
    [KIND_32] = {"native32", "this processor, 32-bit code"},
    [KIND_64] = {"native64", "this processor, rewritten as 64-bit code"},
    [KIND_QEMU] = {"qemu", "QEMU, which is no processor: what 64-bit code can't say"},
};

// One of them, with its batch.
struct side {
    enum kind kind;
    struct native native;
    u32 count; // in the batch
    struct test_case cases[BATCH_CASES];
    struct rewriting rewriting[BATCH_CASES];
    struct guest_result ours[BATCH_CASES];
    u64 passed, failed;
};

struct tester {
    struct side side[MAX_SIDES];
    unsigned side_count;
    struct guest *guest;
    struct float_random random;
    u64 seed;
    u8 background[WINDOWS_BYTES];
    const struct isa_row *rows[MAX_ROWS]; // drawn from
    unsigned row_count;
    u64 skipped;
    u64 vectors[256];           // how cases ended
    u64 row_failures[MAX_ROWS]; // by number in isa_rows
    struct {
        const char *name;
        u64 count;
    } rules[MAX_RULES];
    unsigned rule_count;
    u64 rewritten[REWRITE_RULES];
    unsigned shown_per_row;
};

struct options {
    u64 cases, seed;
    const char *judge, *only;
    unsigned shown;
};

// --- counting ---

static void count_rule(struct tester *t, const char *rule)
{
    unsigned n = 0;
    while (n < t->rule_count && strcmp(t->rules[n].name, rule) != 0) {
        n++;
    }
    if (n == t->rule_count && n < MAX_RULES) {
        t->rules[t->rule_count++].name = rule;
    }
    t->rules[n < MAX_RULES ? n : MAX_RULES - 1].count++;
}

static void choose_rows(struct tester *t, const char *only)
{
    unsigned left_out = 0;
    for (unsigned n = 0; n < isa_row_count; n++) {
        bool is_chosen = !only || strstr(isa_rows[n].name, only);
        if (is_chosen && draw_skips(&isa_rows[n])) {
            left_out++;
        } else if (is_chosen && t->row_count < MAX_ROWS) {
            t->rows[t->row_count++] = &isa_rows[n];
        }
    }
    printf("%u rows of %u; left out: %u\n", t->row_count, isa_row_count, left_out);
    if (t->row_count == 0) {
        exit(2);
    }
}

// --- one case, for itself ---

static struct decode_result decode_case(struct tester *t, const struct test_case *c,
                                        struct insn *insn)
{
    u8 bytes[CODE_BYTES];
    memset(bytes, FILL, sizeof bytes);
    memcpy(bytes, c->code, c->length);
    return decode(guest_decoder(t->guest), bytes, sizeof bytes, DECODE_32, 0, false, insn);
}

// Fills in w->c, what the side runs. NULL: done; else the rule by which it can't run the case.
static const char *prepare(struct tester *t, const struct side *s, const struct test_case *c,
                           struct rewriting *w)
{
    if (s->kind == KIND_QEMU && (c->before.eflags & X86_TF)) {
        return "QEMU: no single steps";
    }
    if (s->kind != KIND_64) {
        *w = (struct rewriting){.c = *c};
        return NULL;
    }
    struct insn insn;
    struct decode_result d =
        decode(guest_decoder(t->guest), c->code, sizeof c->code, DECODE_32, 0, false, &insn);
    return rewrite_64(c, &d, &insn, w);
}

// Compares case `n` of the batch that has run.
static bool judge(struct tester *t, struct side *s, u32 n, const char **rule, char *text)
{
    struct insn insn;
    const struct test_case *c = &s->cases[n];
    struct decode_result d = decode_case(t, c, &insn);
    struct result *hosts = &s->native.shared->results[n];
    rewrite_back(c, &s->rewriting[n], hosts);
    struct comparison k = {
        .row = d.is_valid ? d.row : NULL,
        .insn = &insn,
        .c = c,
        .ours = &s->ours[n],
        .hosts = hosts,
        .host_lines = s->native.shared->lines,
        .background = t->background,
        .is_64 = s->kind == KIND_64,
        .is_emulated = s->kind == KIND_QEMU,
    };
    return compare(&k, rule, text);
}

// Does this case fail, run alone?
static bool fails(struct tester *t, struct side *s, const struct test_case *c, char *text)
{
    const char *rule;
    s->cases[0] = *c;
    guest_run(t->guest, c, &s->ours[0]);
    if (s->ours[0].skip || prepare(t, s, c, &s->rewriting[0])) {
        return false;
    }
    s->native.shared->cases[0] = s->rewriting[0].c;
    return native_run(&s->native, 1) && !judge(t, s, 0, &rule, text);
}

// --- shrinking ---

struct shrinking {
    struct tester *t;
    struct side *side;
    struct test_case best;
    char text[DIFFERENCE_BYTES];
    char difference[16]; // the first difference's name must stay
};

static bool keep_if_failing(struct shrinking *s, const struct test_case *c)
{
    if (memcmp(c, &s->best, sizeof *c) == 0 || !fails(s->t, s->side, c, s->text) ||
        strncmp(s->text, s->difference, strlen(s->difference)) != 0) {
        return false;
    }
    s->best = *c;
    return true;
}

static void shrink_registers(struct shrinking *s)
{
    static const u32 simple[] = {0, 1};
    for (unsigned n = 0; n < 8; n++) {
        for (unsigned v = 0; v < COUNT_OF(simple); v++) {
            struct test_case c = s->best;
            c.before.r[n] = simple[v];
            if (keep_if_failing(s, &c)) {
                break;
            }
        }
    }
    for (u32 bit = 1; bit < 1u << 22; bit <<= 1) {
        struct test_case c = s->best;
        c.before.eflags &= ~bit | 0x202;
        keep_if_failing(s, &c);
    }
}

static void shrink_fx(struct shrinking *s)
{
    static const struct {
        u16 at, bytes;
        u8 value[4];
    } parts[] = {{2, 2, {0}}, {0, 2, {0x7f, 3}}, {4, 1, {0}},          {6, 2, {0}},
                 {8, 4, {0}}, {16, 4, {0}},      {24, 4, {0x80, 0x1f}}};
    for (unsigned n = 0; n < COUNT_OF(parts); n++) {
        struct test_case c = s->best;
        memcpy(c.before.fx + parts[n].at, parts[n].value, parts[n].bytes);
        keep_if_failing(s, &c);
    }
    for (unsigned n = 32; n < 288; n += 16) {
        struct test_case c = s->best;
        memset(c.before.fx + n, 0, 16);
        keep_if_failing(s, &c);
    }
}

static void shrink_memory(struct shrinking *s)
{
    for (unsigned n = 0; n < PATCH_COUNT; n++) {
        for (u32 half = 512; half >= 4; half /= 2) {
            struct test_case c = s->best;
            if (c.patch[n].bytes > half) {
                memset(c.patch[n].byte + half, 0, c.patch[n].bytes - half);
                keep_if_failing(s, &c);
            }
        }
        struct test_case c = s->best;
        memset(c.patch[n].byte, 0, c.patch[n].bytes);
        keep_if_failing(s, &c);
    }
}

static void shrink_code(struct shrinking *s)
{
    for (unsigned n = 0; n < s->best.length; n++) {
        static const char prefixes[] = "\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3";
        struct test_case c = s->best;
        if (!c.code[n] || !strchr(prefixes, c.code[n])) {
            break;
        }
        memmove(c.code + n, c.code + n + 1, sizeof c.code - n - 1);
        c.length--;
        n -= keep_if_failing(s, &c);
    }
}

static void shrink(struct shrinking *s)
{
    const char *colon = strchr(s->text, ':');
    size_t length = colon ? (size_t)(colon - s->text) : 0;
    length = length < sizeof s->difference ? length : sizeof s->difference - 1;
    memcpy(s->difference, s->text, length);
    shrink_code(s);
    shrink_registers(s);
    shrink_fx(s);
    shrink_memory(s);
    (void)fails(s->t, s->side, &s->best, s->text); // for the text
}

// --- printing ---

static void print_state(const struct registers *s)
{
    static const char *const names[8] = {"EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"};
    printf("  before:");
    for (unsigned n = 0; n < 8; n++) {
        printf(" %s %08x", names[n], s->r[n]);
    }
    printf(" EIP %08x EFLAGS %06x\n", s->eip, s->eflags);
    const u8 *fx = s->fx;
    printf("    FCW %04x FSW %04x tags %02x FOP %03x FIP %08x FDP %08x MXCSR %08x\n", load_le16(fx),
           load_le16(fx + 2), fx[4], load_le16(fx + 6), load_le32(fx + 8), load_le32(fx + 16),
           load_le32(fx + 24));
    for (unsigned n = 0; n < 8; n++) {
        u64 m = load_le64(fx + 32 + 16 * n), lo = load_le64(fx + 160 + 16 * n),
            hi = load_le64(fx + 168 + 16 * n);
        u16 e = load_le16(fx + 40 + 16 * n);
        if (m || e || lo || hi) {
            printf("    ST%u %04x:%016llx XMM%u %016llx%016llx\n", n, e, (unsigned long long)m, n,
                   (unsigned long long)hi, (unsigned long long)lo);
        }
    }
}

static void print_patches(const struct test_case *c)
{
    for (unsigned n = 0; n < PATCH_COUNT; n++) {
        u32 count = c->patch[n].bytes;
        while (count > 0 && c->patch[n].byte[count - 1] == 0) {
            count--;
        }
        if (c->patch[n].bytes) {
            printf("    [%08x]", c->patch[n].at);
            for (u32 k = 0; k < count; k++) {
                printf(" %02x", c->patch[n].byte[k]);
            }
            printf(" (%u bytes)\n", c->patch[n].bytes);
        }
    }
}

static void print_assembly(struct tester *t, const struct test_case *c)
{
    u8 bytes[CODE_BYTES + 16];
    memset(bytes, FILL, sizeof bytes);
    memcpy(bytes, c->code, c->length);
    for (u32 n = 0, length = 1; n < c->length && length > 0; n += length) {
        char assembly[X86_DISASM_TEXT_BYTES];
        length = x86_disassemble(guest_decoder(t->guest), bytes + n, 16, DECODE_32,
                                 c->before.eip + n, assembly, sizeof assembly);
        printf("%s%s", n ? "; " : "FAIL ", assembly);
    }
}

static void print_case(struct tester *t, const struct side *s, const struct test_case *c,
                       const char *text)
{
    struct rewriting w;
    print_assembly(t, c);
    printf("   #");
    for (u32 n = 0; n < c->length; n++) {
        printf(" %02x", c->code[n]);
    }
    if (s->kind == KIND_64 && !prepare(t, s, c, &w) && w.rules) {
        printf("  as");
        for (u32 n = 0; n < w.c.length; n++) {
            printf(" %02x", w.c.code[n]);
        }
    }
    printf("  vector %u, by %s\n", s->ours[0].result.vector, kinds[s->kind].name);
    print_state(&c->before);
    print_patches(c);
    printf("%s", text);
}

static void report(struct tester *t, struct side *side, const struct test_case *c, const char *text)
{
    struct insn insn;
    struct decode_result d = decode_case(t, c, &insn);
    u64 *failures = &t->row_failures[d.row ? (unsigned)(d.row - isa_rows) : MAX_ROWS - 1];
    side->failed++;
    if (++*failures > t->shown_per_row) {
        return;
    }
    struct shrinking s = {.t = t, .side = side, .best = *c};
    if (!fails(t, side, c, s.text)) {
        printf("(fails only among others)\n");
        print_case(t, side, c, text);
        return;
    }
    shrink(&s);
    print_case(t, side, &s.best, s.text);
}

// --- batches ---

static void run_batch(struct tester *t, struct side *s)
{
    static struct test_case failed[BATCH_CASES];
    static char texts[BATCH_CASES][DIFFERENCE_BYTES];
    struct shared *shared = s->native.shared;
    for (u32 n = 0; n < s->count; n++) {
        shared->cases[n] = s->rewriting[n].c;
    }
    u32 count = s->count, failures = 0;
    s->count = 0;
    if (!native_run(&s->native, count)) {
        printf("the child died\n");
        print_case(t, s, &s->cases[s->native.shared->finished], "");
        s->failed++;
        return;
    }
    for (u32 n = 0; n < count; n++) {
        const char *rule;
        t->vectors[shared->results[n].vector & 255]++;
        if (!judge(t, s, n, &rule, texts[failures])) {
            failed[failures++] = s->cases[n];
            continue;
        }
        s->passed++;
        if (rule) {
            count_rule(t, rule);
        }
    }
    for (u32 n = 0; n < failures; n++) {
        report(t, s, &failed[n], texts[n]);
    }
}

// Puts a case, with what ours made of it, into the batch of the first side that can run it.
static void give_to_side(struct tester *t, const struct test_case *c,
                         const struct guest_result *ours)
{
    for (unsigned n = 0; n < t->side_count; n++) {
        struct side *s = &t->side[n];
        const char *why = prepare(t, s, c, &s->rewriting[s->count]);
        if (why) {
            count_rule(t, why);
            if (!s->rewriting[s->count].is_lacking) {
                break;
            }
            continue;
        }
        for (unsigned rule = 0; rule < REWRITE_RULES; rule++) {
            t->rewritten[rule] += s->rewriting[s->count].rules >> rule & 1;
        }
        s->cases[s->count] = *c;
        s->ours[s->count] = *ours;
        if (++s->count == BATCH_CASES) {
            run_batch(t, s);
        }
        return;
    }
    t->skipped++;
}

static void run_cases(struct tester *t, u64 count)
{
    static struct guest_result ours;
    for (u64 n = 0; n < count;) {
        struct test_case c;
        const struct isa_row *row = t->rows[random_below(&t->random, t->row_count)];
        if (!draw_case(&t->random, guest_decoder(t->guest), row, &c)) {
            continue;
        }
        n++;
        guest_run(t->guest, &c, &ours);
        if (ours.skip) {
            t->skipped++;
            count_rule(t, ours.skip);
        } else {
            give_to_side(t, &c, &ours);
        }
    }
    for (unsigned n = 0; n < t->side_count; n++) {
        if (t->side[n].count > 0) { // (0 would end the child.)
            run_batch(t, &t->side[n]);
        }
    }
}

// --- the sum ---

static void print_rows_and_vectors(const struct tester *t)
{
    for (unsigned n = 0; n < MAX_ROWS; n++) {
        if (t->row_failures[n]) {
            const struct isa_row *row = n < isa_row_count ? &isa_rows[n] : NULL;
            printf("%8llu failed: %04x %s\n", (unsigned long long)t->row_failures[n],
                   row ? row->opcode : 0, row ? row->name : "not an instruction");
        }
    }
    for (unsigned n = 0; n < COUNT_OF(t->vectors); n++) {
        if (t->vectors[n]) {
            printf("%8llu ended in exception %u%s\n", (unsigned long long)t->vectors[n], n,
                   n == 3 ? " (INT3 behind them)" : "");
        }
    }
}

static void print_sum(const struct tester *t, double seconds)
{
    u64 passed = 0, failed = 0;
    print_rows_and_vectors(t);
    for (unsigned n = 0; n < REWRITE_RULES; n++) {
        if (t->rewritten[n]) {
            printf("%8llu rewritten: %s\n", (unsigned long long)t->rewritten[n],
                   rewrite_rule_names[n]);
        }
    }
    for (unsigned n = 0; n < t->rule_count; n++) {
        printf("%8llu by rule: %s\n", (unsigned long long)t->rules[n].count, t->rules[n].name);
    }
    for (unsigned n = 0; n < t->side_count; n++) {
        const struct side *s = &t->side[n];
        printf("%s (%s): %llu passed, %llu failed\n", kinds[s->kind].name, kinds[s->kind].what,
               (unsigned long long)s->passed, (unsigned long long)s->failed);
        passed += s->passed, failed += s->failed;
    }
    printf("seed %llu: %llu passed, %llu failed, %llu skipped; %.0f cases a second\n",
           (unsigned long long)t->seed, (unsigned long long)passed, (unsigned long long)failed,
           (unsigned long long)t->skipped, (double)(passed + failed) / seconds);
}

static double now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

// --- options ---

static void usage(void)
{
    fputs("usage: oracle [--cases N] [--seed N] [--only TEXT] [--shown N] [--judge NAME]\n"
          "  --cases   how many (default 20000)\n"
          "  --seed    of the random numbers (default: from the clock; it is printed)\n"
          "  --only    rows whose name has TEXT in it\n"
          "  --shown   how many failing cases a row are shrunk and printed (default 2)\n"
          "  --judge   native32: this processor, by a 32-bit program;\n"
          "            native64: by a 64-bit program, rewritten; qemu: qemu-i386-static\n"
          "            (default: native32; where that does not run, native64, and qemu for\n"
          "            what 64-bit code can't say)\n",
          stderr);
    exit(2);
}

static struct options read_options(int argc, char **argv)
{
    struct options o = {.cases = 20000, .seed = (u64)time(NULL), .shown = SHOWN_PER_ROW};
    for (int n = 1; n + 1 < argc; n += 2) {
        const char *name = argv[n], *value = argv[n + 1];
        if (strcmp(name, "--cases") == 0) {
            o.cases = strtoull(value, NULL, 0);
        } else if (strcmp(name, "--seed") == 0) {
            o.seed = strtoull(value, NULL, 0);
        } else if (strcmp(name, "--only") == 0) {
            o.only = value;
        } else if (strcmp(name, "--shown") == 0) {
            o.shown = (unsigned)strtoul(value, NULL, 0);
        } else if (strcmp(name, "--judge") == 0) {
            o.judge = value;
        } else {
            usage();
        }
    }
    if (argc % 2 == 0) {
        usage();
    }
    return o;
}

// --- the sides ---

static bool open_side(struct tester *t, const char *program, enum kind kind)
{
    static char path[KINDS][4096];
    static const char *command[KINDS][4];
    snprintf(path[kind], sizeof path[kind], "%s-native%s", program, kind == KIND_64 ? "64" : "32");
    unsigned n = 0;
    if (kind == KIND_QEMU) {
        command[kind][n++] = "qemu-i386-static";
        command[kind][2] = "emulated";
    }
    command[kind][n] = path[kind];
    struct side *s = &t->side[t->side_count];
    s->kind = kind;
    if (!native_open(&s->native, command[kind], t->background)) {
        return false;
    }
    printf("judge: %s (%s)\n", kinds[kind].name, kinds[kind].what);
    t->side_count++;
    return true;
}

static void open_sides(struct tester *t, const char *program, const char *judge)
{
    for (unsigned n = 0; judge && n < KINDS; n++) {
        if (strcmp(judge, kinds[n].name) == 0) {
            if (!open_side(t, program, n)) {
                printf("no %s here\n", judge);
                exit(77);
            }
            return;
        }
    }
    if (judge) {
        usage();
    }
    if (open_side(t, program, KIND_32)) {
        return;
    }
    if (!open_side(t, program, KIND_64)) {
        puts("neither 32-bit nor 64-bit programs of ours run here");
        exit(77);
    }
    (void)open_side(t, program, KIND_QEMU);
}

// Kernels without 32-bit programs have no segment for them.
static bool has_code3(void)
{
    bool is_readable;
    __asm__("verr %w1" : "=@ccz"(is_readable) : "r"(0x23));
    return is_readable;
}

int main(int argc, char **argv)
{
    static struct tester t;
    struct options o = read_options(argc, argv);
    t.seed = t.random.state = o.seed;
    t.shown_per_row = o.shown;
    for (unsigned n = 0; n < WINDOWS_BYTES; n += 8) {
        struct float_random r = {.state = n};
        store_le64(t.background + n, random_u64(&r));
    }
    open_sides(&t, argv[0], o.judge);
    t.guest = guest_create(t.background, has_code3());
    choose_rows(&t, o.only);
    double start = now();
    run_cases(&t, o.cases);
    print_sum(&t, now() - start);
    u64 failed = 0;
    for (unsigned n = 0; n < t.side_count; n++) {
        native_close(&t.side[n].native);
        failed += t.side[n].failed;
    }
    guest_destroy(t.guest);
    return failed > 0;
}
