// ENTER and LEAVE with each mix of operand and stack size: nesting levels, what wraps, and faults
// at each step. Expected values: [SDM2] ENTER and LEAVE, worked out by `enter` below; that BP is
// written by the operand's size is what a processor does (test/oracle, with 66h).
#include "fixture.h"

enum {
    BASE = 0x60000, // of the 16-bit stack segment; the 32-bit one lies there too
    REGION = 0x2000,
    STACK16 = FIX_FREE,
    AT = 0x1000, // SP
};

// One of the mixes, and what the stack and its registers are to become.
struct mix {
    bool is_16, is_stack_16; // operand, stack
    u32 esp, ebp;
    u8 memory[REGION]; // from BASE
};

static void prepare(struct fixture *f, struct mix *m)
{
    struct x86 *c = f->cpu;
    fixture_protected(f);
    put_descriptor(f, gdt_at(STACK16), BASE, 0xffff, 0x93, 0);
    again(f, 0);
    if (m->is_stack_16) {
        load_flat(f, X86_SS, STACK16);
        x86_segments_changed(c);
    }
    u32 base = m->is_stack_16 ? 0xabcd0000 : BASE; // the high halves mean nothing to 16 bits
    m->esp = base + AT;
    m->ebp = base + AT - 0x80;
    c->s.r[X86_RSP] = m->esp;
    c->s.r[X86_RBP] = m->ebp;
    for (u32 n = 0; n < REGION; n++) {
        m->memory[n] = (u8)(n * 13 + (n >> 8));
    }
    phys_write(&f->phys, BASE, m->memory, REGION);
}

static u32 cut(const struct mix *m, u32 old, u32 value)
{
    return m->is_stack_16 ? (old & 0xffff0000) | (value & 0xffff) : value;
}

static u8 *byte_at(struct mix *m, u32 address)
{
    u32 offset = m->is_stack_16 ? address & 0xffff : address - BASE;
    assert_true(offset + 4 <= REGION);
    return m->memory + offset;
}

static void push(struct mix *m, u32 value)
{
    m->esp = cut(m, m->esp, m->esp - (m->is_16 ? 2 : 4));
    if (m->is_16) {
        store_le16(byte_at(m, m->esp), (u16)value);
    } else {
        store_le32(byte_at(m, m->esp), value);
    }
}

static u32 load(struct mix *m, u32 address)
{
    return m->is_16 ? load_le16(byte_at(m, address)) : load_le32(byte_at(m, address));
}

static u32 by_operand(const struct mix *m, u32 old, u32 value)
{
    return m->is_16 ? (old & 0xffff0000) | (value & 0xffff) : value;
}

static void enter(struct mix *m, u16 size, u8 level)
{
    u32 pointer = m->ebp;
    push(m, m->ebp);
    u32 frame = m->esp;
    for (unsigned n = 1; n < level % 32u; n++) {
        pointer = cut(m, pointer, pointer - (m->is_16 ? 2 : 4));
        push(m, load(m, pointer));
    }
    if (level % 32u) {
        push(m, frame);
    }
    m->ebp = by_operand(m, m->ebp, frame);
    m->esp = cut(m, m->esp, m->esp - size);
}

static void leave(struct mix *m)
{
    m->esp = cut(m, m->esp, m->ebp);
    m->ebp = by_operand(m, m->ebp, load(m, m->esp));
    m->esp = cut(m, m->esp, m->esp + (m->is_16 ? 2 : 4));
}

static void put_enter(struct fixture *f, const struct mix *m, u16 size, u8 level)
{
    u32 at = FIX_CODE;
    if (m->is_16) {
        CODE_AT(f, at++, 0x66);
    }
    CODE_AT(f, at, 0xc8, (u8)size, (u8)(size >> 8), level);
    at += 4;
    if (m->is_16) {
        CODE_AT(f, at++, 0x66);
    }
    CODE_AT(f, at, 0xc9, 0x90);
}

static void expect(struct fixture *f, const struct mix *m, const char *what, u16 size, u8 level)
{
    const struct x86 *c = f->cpu;
    if (c->s.r[X86_RSP] != m->esp || c->s.r[X86_RBP] != m->ebp ||
        memcmp(f->ram + BASE, m->memory, REGION) != 0) {
        fail_msg("%s %x,%u, operand %u, stack %u: ESP %x, EBP %x instead of %x, %x, or memory",
                 what, size, level, m->is_16 ? 16 : 32, m->is_stack_16 ? 16 : 32,
                 (u32)c->s.r[X86_RSP], (u32)c->s.r[X86_RBP], m->esp, m->ebp);
    }
}

static void every_mix_makes_the_manuals_frame_and_takes_it_away(void **state)
{
    static const u8 levels[] = {0, 1, 2, 3, 17, 31, 32, 33, 0xff};
    static const u16 sizes[] = {0, 2, 8, 0x400};
    static struct mix m;
    struct fixture *f = *state;
    for (unsigned n = 0; n < 4 * COUNT_OF(levels) * COUNT_OF(sizes); n++) {
        u8 level = levels[n / 4 % COUNT_OF(levels)];
        u16 size = sizes[n / 4 / COUNT_OF(levels)];
        m = (struct mix){.is_16 = n & 1, .is_stack_16 = n & 2};
        prepare(f, &m);
        put_enter(f, &m, size, level);
        run(f, 1);
        enter(&m, size, level);
        expect(f, &m, "ENTER", size, level);
        run(f, 1);
        leave(&m);
        expect(f, &m, "LEAVE", size, level);
        assert_int_equal((m.esp ^ AT) & 0xfff, 0); // as before both
    }
}

// A few in numbers, to judge the model by.
static void some_frames_in_numbers(void **state)
{
    static struct mix m;
    struct fixture *f = *state;
    m = (struct mix){.is_16 = false, .is_stack_16 = true};
    prepare(f, &m);
    poke32(f, BASE + 0xf7c, 0x11223344);
    put_enter(f, &m, 8, 2);
    run(f, 1);
    assert_int_equal(f->cpu->s.r[X86_RBP], 0xabcd0ffc);
    assert_int_equal(f->cpu->s.r[X86_RSP], 0xabcd0ffc - 8 - 8);
    assert_int_equal(peek32(f, BASE + 0xffc), 0xabcd0f80); // EBP
    assert_int_equal(peek32(f, BASE + 0xff8), 0x11223344); // the enclosing frame's
    assert_int_equal(peek32(f, BASE + 0xff4), 0xabcd0ffc); // the new one's
    m = (struct mix){.is_16 = true, .is_stack_16 = false};
    prepare(f, &m);
    f->cpu->s.r[X86_RBP] = 0x77770f80;
    put_enter(f, &m, 2, 1);
    run(f, 1);
    assert_int_equal(f->cpu->s.r[X86_RBP], 0x77770ffe);
    assert_int_equal(f->cpu->s.r[X86_RSP], BASE + 0xffa);
    assert_int_equal(peek16(f, BASE + 0xffe), 0x0f80);
    assert_int_equal(peek16(f, BASE + 0xffc), 0x0ffe);
}

// --- faults ---

enum { EDGE = 0x62000 }; // the page below is absent or read-only

// At level 0 with paging and a 32-bit stack.
static void prepare_pages(struct fixture *f, u32 esp, u32 ebp, u32 bits)
{
    static struct mix m;
    m = (struct mix){0};
    f->cpu->s.cr0 &= ~(u64)X86_CR0_PG;
    prepare(f, &m);
    fixture_paging(f);
    f->cpu->s.cr0 |= X86_CR0_WP;
    poke32(f, pte_at(EDGE - 0x1000), (EDGE - 0x1000) | bits);
    fixture_flush(f);
    f->cpu->s.r[X86_RSP] = esp;
    f->cpu->s.r[X86_RBP] = ebp;
}

static void expect_page_fault(struct fixture *f, u32 error, u32 address, u32 esp, u32 ebp)
{
    static u8 before[0x2000];
    struct x86 *c = f->cpu;
    // A stack of its own for the fault: a task would hide ESP, level 3 has one.
    fixture_level(f, 3);
    c->s.r[X86_RSP] = esp;
    c->s.r[X86_RBP] = ebp;
    memcpy(before, f->ram + EDGE - 0x1000, sizeof before);
    expect_entry(f, X86_PF_FAULT, error | 4, FIX_CODE);
    assert_int_equal(c->s.cr2, address);
    assert_int_equal(stack32(f, 4), esp); // error, EIP, CS, EFLAGS, ESP
    assert_int_equal(c->s.r[X86_RBP], ebp);
    assert_memory_equal(before, f->ram + EDGE - 0x1000, sizeof before);
}

static void a_frame_pointer_that_can_not_be_read_changes_nothing(void **state)
{
    struct fixture *f = *state;
    for (u8 good = 0; good < 4; good++) { // how many can be read before it
        u32 ebp = EDGE + 4u * good, esp = EDGE + 0x800;
        prepare_pages(f, esp, ebp, 6);
        CODE_AT(f, FIX_CODE, 0xc8, 0x10, 0, 8);
        expect_page_fault(f, 0, EDGE - 4, esp, ebp);
    }
}

static void a_push_that_can_not_be_written_changes_nothing(void **state)
{
    struct fixture *f = *state;
    for (u8 good = 0; good < 5; good++) {
        u32 ebp = EDGE + 0x800, esp = EDGE + 4u * good;
        prepare_pages(f, esp, ebp, 5); // read-only
        CODE_AT(f, FIX_CODE, 0xc8, 0x10, 0, 5);
        expect_page_fault(f, 3, EDGE - 4, esp, ebp);
    }
}

// Nothing is written there, but it must be possible.
static void the_new_top_of_the_stack_is_tried(void **state)
{
    struct fixture *f = *state;
    u32 ebp = EDGE + 0x800, esp = EDGE + 0x20;
    prepare_pages(f, esp, ebp, 6);
    CODE_AT(f, FIX_CODE, 0xc8, 0x20, 0, 0);
    expect_page_fault(f, 2, EDGE - 4, esp, ebp);
}

static void leave_of_an_absent_frame_changes_nothing(void **state)
{
    struct fixture *f = *state;
    u32 ebp = EDGE - 8, esp = EDGE + 0x800;
    prepare_pages(f, esp, ebp, 6);
    CODE_AT(f, FIX_CODE, 0xc9);
    expect_page_fault(f, 0, EDGE - 8, esp, ebp);
}

// In a 16-bit stack offsets wrap, and an operand over the end of it is #SS(0).
static void sixteen_bit_stacks_wrap_between_operands_only(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    static struct mix m;
    m = (struct mix){.is_16 = false, .is_stack_16 = true};
    prepare(f, &m);
    c->s.r[X86_RSP] = 4;
    put_enter(f, &m, 8, 0);
    run(f, 1);
    assert_int_equal(c->s.r[X86_RBP], 0);
    assert_int_equal(c->s.r[X86_RSP], 0xfff8);
    assert_int_equal(peek32(f, BASE), 0xabcd0000 + AT - 0x80);

    for (unsigned n = 0; n < 2; n++) { // ENTER from SP 2, LEAVE with BP FFFEh
        f->cpu->s.cr0 &= ~(u64)X86_CR0_PG;
        prepare(f, &m);
        put_gate(f, FIX_IDT + 8 * X86_SS_FAULT, 0x50, 0, 0x85, 0); // a task: another stack
        fixture_task(f, 0x50, 0x7000, 0x13000, 0x14000);
        CODE_AT(f, 0x13000, 0xf4);
        c->s.r[n ? X86_RBP : X86_RSP] = n ? 0xfffe : 2;
        if (n) {
            CODE_AT(f, FIX_CODE, 0xc9);
        } else {
            CODE_AT(f, FIX_CODE, 0xc8, 0, 0, 0);
        }
        run(f, 2);
        assert_int_equal(c->s.rip, 0x13001);
        assert_int_equal(stack32(f, 0), 0);
        assert_int_equal(peek32(f, FIX_TSS_AT + 0x20), FIX_CODE);
        assert_int_equal(peek32(f, FIX_TSS_AT + 0x38), n ? m.esp : 2u);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_mix_makes_the_manuals_frame_and_takes_it_away),
        TEST(some_frames_in_numbers),
        TEST(a_frame_pointer_that_can_not_be_read_changes_nothing),
        TEST(a_push_that_can_not_be_written_changes_nothing),
        TEST(the_new_top_of_the_stack_is_tried),
        TEST(leave_of_an_absent_frame_changes_nothing),
        TEST(sixteen_bit_stacks_wrap_between_operands_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
