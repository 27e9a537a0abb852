// Runs of string instructions that are done as a whole: they come out like those that are done
// element by element (which a processor with a code breakpoint does), whatever lies behind the
// addresses, and cost the accesses that have an effect, not one an element.
#include "fixture.h"
#include "float_random.h"

enum {
    ROM_AT = 0x10000000,
    DEVICE_AT = 0x10010000,
    NOTHING_AT = 0x20000000,
    CODE_PAGE = 0x60000, // with cached code
    PLAIN_AT = 0x40000,
    ENTRIES = 4, // places in CODE_PAGE at which code has run
};

// Reading has an effect, and each access counts.
struct device {
    u32 reads, writes;
    u64 written; // a digest
};

static u64 device_read(void *owner, u64 offset, unsigned size_bytes)
{
    struct device *d = owner;
    (void)size_bytes;
    return offset * 0x0101010101010101 + ++d->reads;
}

static void device_write(void *owner, u64 offset, u64 value, unsigned size_bytes)
{
    struct device *d = owner;
    d->writes++;
    d->written = (d->written + (offset << 4 | size_bytes) + value) * 0x9e3779b97f4a7c15;
}

struct bench {
    struct fixture *f;
    struct device device;
    u8 rom[0x2000], rom_was[0x2000];
};

static u32 entry_at(unsigned n)
{
    return CODE_PAGE + n * 0x440 + 0x20;
}

// INC EAX; HLT at the entries, run once each.
static void cache_code(struct fixture *f)
{
    for (unsigned n = 0; n < ENTRIES; n++) {
        CODE_AT(f, entry_at(n), 0x40, 0xf4);
        again(f, 0);
        f->cpu->s.rip = entry_at(n);
        run(f, 2);
    }
}

static void set_up(struct bench *b, bool is_by_element)
{
    memset(b, 0, sizeof *b);
    b->f = fixture_create("max", 1);
    fixture_protected(b->f);
    for (unsigned n = 0; n < sizeof b->rom; n++) {
        b->rom[n] = b->rom_was[n] = (u8)(n % 13 == 0 ? 0xff : n);
    }
    phys_map_rom(&b->f->phys, ROM_AT, sizeof b->rom, b->rom, "rom");
    phys_map_mmio(&b->f->phys, DEVICE_AT, 0x2000, 4, device_read, device_write, &b->device, "dev");
    for (u32 n = 0; n < 0x4000; n++) {
        b->f->ram[PLAIN_AT + n] = (u8)(n % 7 == 0 ? 0xff : n % 251);
    }
    cache_code(b->f);
    b->f->cpu->has_code_breakpoints = is_by_element;
    again(b->f, 0);
}

static void tear_down(struct bench *b)
{
    fixture_destroy(b->f);
}

// --- as element by element ---

struct attempt {
    u8 code[4]; // prefix, operand size, instruction, HLT
    u32 source, target, count, eax, eflags;
};

static u32 some_address(struct float_random *r)
{
    static const u32 pages[] = {PLAIN_AT,  PLAIN_AT,  PLAIN_AT + 0x1000, ROM_AT,
                                CODE_PAGE, DEVICE_AT, NOTHING_AT,        NOTHING_AT + 0x1000};
    u32 page = pages[random_below(r, COUNT_OF(pages))];
    return page + random_below(r, 0x40) * 0x40 + random_below(r, 2) * random_below(r, 0x40);
}

static struct attempt make_attempt(struct float_random *r)
{
    static const u8 operations[] = {0xa4, 0xa5, 0xaa, 0xab, 0xac, 0xad, 0xa6, 0xa7, 0xae, 0xaf};
    struct attempt a = {
        .code = {random_below(r, 2) ? 0xf3 : 0xf2, random_below(r, 2) ? 0x66 : 0x90,
                 operations[random_below(r, COUNT_OF(operations))], 0xf4},
        .source = some_address(r),
        .target = some_address(r),
        .count = random_below(r, 8) ? random_below(r, 0x300) : random_below(r, 4),
        .eax = random_below(r, 2) ? 0xffffffff : (u32)random_u64(r),
        .eflags = random_below(r, 3) ? 0 : X86_DF,
    };
    if (random_below(r, 4) == 0) { // they overlap
        a.target = a.source + random_below(r, 24) - 12;
    }
    if (a.code[1] == 0x90) { // no prefix in front
        a.code[1] = a.code[0];
    }
    return a;
}

static void execute(struct bench *b, const struct attempt *a)
{
    struct x86 *c = b->f->cpu;
    again(b->f, 0);
    x86_set_eflags(c, X86_FLAGS_ONE | a->eflags);
    poke_bytes(b->f, FIX_CODE, a->code, sizeof a->code);
    c->s.r[X86_RAX] = a->eax;
    c->s.r[X86_RCX] = a->count;
    c->s.r[X86_RSI] = a->source;
    c->s.r[X86_RDI] = a->target;
    run(b->f, 0x2000);
    assert_true(c->s.is_halted);
}

// Whether a processor has forgotten the code that was written over shows when it runs again.
static void execute_entry(struct bench *b, unsigned n)
{
    again(b->f, 0);
    b->f->cpu->s.r[X86_RAX] = 0;
    b->f->cpu->s.rip = entry_at(n);
    run(b->f, 1);
}

static void expect_same(struct bench *whole, struct bench *single)
{
    const struct x86 *a = whole->f->cpu, *b = single->f->cpu;
    assert_memory_equal(a->s.r, b->s.r, sizeof a->s.r);
    assert_int_equal(x86_eflags(a), x86_eflags(b));
    assert_int_equal(a->s.rip, b->s.rip);
    assert_memory_equal(&whole->device, &single->device, sizeof whole->device);
    assert_memory_equal(whole->f->ram, single->f->ram, whole->f->ram_bytes);
    assert_memory_equal(whole->rom, whole->rom_was, sizeof whole->rom);
}

static void runs_come_out_as_if_done_element_by_element(void **state)
{
    (void)state;
    struct float_random r = {12};
    static struct bench whole, single;
    set_up(&whole, false);
    set_up(&single, true);
    for (unsigned n = 0; n < 500; n++) {
        struct attempt a = make_attempt(&r);
        execute(&whole, &a);
        execute(&single, &a);
        expect_same(&whole, &single);
        execute_entry(&whole, n % ENTRIES);
        execute_entry(&single, n % ENTRIES);
        expect_same(&whole, &single);
        if (n % 16 == 0) {
            cache_code(whole.f);
            cache_code(single.f);
        }
    }
    assert_true(whole.f->cpu->stats.blocks_invalidated > 0);
    tear_down(&whole);
    tear_down(&single);
}

// --- what they cost ---

static u64 register_accesses(const struct bench *b)
{
    return b->f->phys.read_count + b->f->phys.write_count;
}

// Accesses that REP with `opcode` makes to a page of 4096 elements.
static u64 cost(struct bench *b, u8 opcode, u32 source, u32 target)
{
    struct attempt a = {{0xf3, 0xf3, opcode, 0xf4}, source, target, 4096, 0xff, 0};
    u64 before = register_accesses(b);
    execute(b, &a);
    return register_accesses(b) - before;
}

static void where_nothing_answers_a_run_costs_two_accesses_at_most(void **state)
{
    (void)state;
    static struct bench b;
    set_up(&b, false);
    assert_in_range(cost(&b, 0xac, NOTHING_AT, 0), 0, 2);                   // LODSB
    assert_in_range(cost(&b, 0xaa, 0, NOTHING_AT), 0, 2);                   // STOSB
    assert_in_range(cost(&b, 0xaa, 0, ROM_AT), 0, 2);                       // ... to ROM
    assert_in_range(cost(&b, 0xa4, NOTHING_AT, PLAIN_AT), 0, 2);            // MOVSB
    assert_in_range(cost(&b, 0xa4, PLAIN_AT, ROM_AT), 0, 2);                // ... to ROM
    assert_in_range(cost(&b, 0xa4, NOTHING_AT, NOTHING_AT + 0x1000), 0, 2); // ... and back
    assert_in_range(cost(&b, 0xae, 0, NOTHING_AT), 0, 2);                   // SCASB
    assert_in_range(cost(&b, 0xa6, NOTHING_AT, NOTHING_AT + 0x1000), 0, 2); // CMPSB
    tear_down(&b);
}

static void registers_are_read_and_written_by_every_element(void **state)
{
    (void)state;
    static struct bench b;
    set_up(&b, false);
    assert_int_equal(cost(&b, 0xac, DEVICE_AT, 0), 4096);
    assert_int_equal(b.device.reads, 4096);
    assert_int_equal(cost(&b, 0xaa, 0, DEVICE_AT), 4096);
    assert_int_equal(b.device.writes, 4096);
    assert_int_equal(cost(&b, 0xa4, DEVICE_AT, DEVICE_AT + 0x1000), 2 * 4096);
    tear_down(&b);
}

// What is read back where a write is lost is what was there.
static void read_modify_write_of_rom_reads_the_rom(void **state)
{
    (void)state;
    static struct bench b;
    set_up(&b, false);
    struct x86 *c = b.f->cpu;
    (void)cost(&b, 0xaa, 0, ROM_AT);
    again(b.f, 0);
    c->s.r[X86_RBX] = ROM_AT + 1;
    c->s.r[X86_RAX] = 0x10;
    CODE_AT(b.f, FIX_CODE, 0x0f, 0xc0, 0x03, 0xf4); // XADD [EBX], AL; twice, as nothing changes
    run(b.f, 1);
    assert_int_equal(c->s.r[X86_RAX] & 0xff, 1);
    c->s.rip = FIX_CODE;
    run(b.f, 1);
    assert_int_equal(c->s.r[X86_RAX] & 0xff, 1);
    tear_down(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_come_out_as_if_done_element_by_element),
        cmocka_unit_test(where_nothing_answers_a_run_costs_two_accesses_at_most),
        cmocka_unit_test(registers_are_read_and_written_by_every_element),
        cmocka_unit_test(read_modify_write_of_rom_reads_the_rom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
