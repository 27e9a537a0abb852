// String instructions: directions, overlaps, wraps, faults in the middle, page ends, devices, and
// how a repetition is cut into runs. Expected values: [SDM2] MOVS, STOS, LODS, CMPS, SCAS, INS,
// OUTS, REP; the length of a run (as many elements as lie in the page) is ours, op_string.c.
#include "fixture.h"

enum { FROM = 0x40000, TO = 0x50000 };

// ECX, ESI, EDI; memory at FROM is 1, 2, 3 ..., at TO zeros.
static void prepare(struct fixture *f, u32 count, u32 source, u32 target)
{
    struct x86 *c = f->cpu;
    memset(c->s.r, 0, sizeof c->s.r);
    fixture_protected(f);
    again(f, 0);
    memset(f->ram + TO - 0x2000, 0, 0x6000);
    for (unsigned n = 0; n < 0x4000; n++) {
        f->ram[FROM - 0x2000 + n] = (u8)(n % 251 + 1);
    }
    c->s.r[X86_RCX] = count;
    c->s.r[X86_RSI] = source;
    c->s.r[X86_RDI] = target;
}

static void expect_pointers(struct fixture *f, u32 count, u32 source, u32 target)
{
    assert_int_equal(f->cpu->s.r[X86_RCX], count);
    assert_int_equal(f->cpu->s.r[X86_RSI], source);
    assert_int_equal(f->cpu->s.r[X86_RDI], target);
}

static void movs_moves_each_width_in_both_directions(void **state)
{
    struct fixture *f = *state;
    for (unsigned bytes = 1; bytes <= 4; bytes *= 2) {
        for (unsigned back = 0; back < 2; back++) {
            prepare(f, 100, FROM + 0x100, TO + 0x203); // the target misaligned
            x86_set_eflags(f->cpu, back ? X86_DF : 0);
            CODE_AT(f, FIX_CODE, 0xf3, bytes == 2 ? 0x66 : 0xf3, bytes == 1 ? 0xa4 : 0xa5, 0xf4);
            run(f, 200);
            u32 span = 100 * bytes, start = back ? 0u - (span - bytes) : 0;
            u32 step = back ? 0u - span : span;
            assert_memory_equal(f->ram + FROM + 0x100 + (i32)start,
                                f->ram + TO + 0x203 + (i32)start, span);
            assert_int_equal(peek8(f, TO + 0x203 + start - 1), 0);
            assert_int_equal(peek8(f, TO + 0x203 + start + span), 0);
            expect_pointers(f, 0, FROM + 0x100 + step, TO + 0x203 + step);
        }
    }
}

// Element by element, so that an overlap spreads what was there first.
static void overlapping_movs_is_as_if_done_element_by_element(void **state)
{
    struct fixture *f = *state;
    for (unsigned bytes = 1; bytes <= 4; bytes *= 2) {
        for (i32 distance = -9; distance <= 9; distance++) {
            for (unsigned back = 0; back < 2; back++) {
                static u8 want[0x400];
                u32 at = FROM + 0x200;
                prepare(f, 40, at, at + (u32)distance);
                memcpy(want, f->ram + FROM, sizeof want);
                for (i32 n = 0; n < 40; n++) {
                    i32 offset = 0x200 + (back ? -n : n) * (i32)bytes;
                    u8 element[4];
                    memcpy(element, want + offset, bytes);
                    memcpy(want + offset + distance, element, bytes);
                }
                x86_set_eflags(f->cpu, back ? X86_DF : 0);
                CODE_AT(f, FIX_CODE, 0xf3, bytes == 2 ? 0x66 : 0xf3, bytes == 1 ? 0xa4 : 0xa5,
                        0xf4);
                run(f, 200);
                assert_memory_equal(f->ram + FROM, want, sizeof want);
            }
        }
    }
}

static void count_of_0_does_nothing_not_even_a_check(void **state)
{
    static const u8 opcodes[] = {0xa4, 0xa5, 0xaa, 0xab, 0xac, 0xad,
                                 0xa6, 0xa7, 0xae, 0xaf, 0x6c, 0x6e};
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned n = 0; n < COUNT_OF(opcodes); n++) {
        prepare(f, 0, 0xffffffff, 0xffffffff);
        c->s.seg[X86_ES] = c->s.seg[X86_DS] = (struct x86_segment){0};
        x86_segments_changed(c);
        x86_set_eflags(c, X86_CF | X86_ZF);
        CODE_AT(f, FIX_CODE, 0xf3, opcodes[n], 0xf4);
        run(f, 1);
        assert_int_equal(c->s.rip, FIX_CODE + 2);
        expect_pointers(f, 0, 0xffffffff, 0xffffffff);
        assert_int_equal(x86_eflags(c), X86_CF | X86_ZF | X86_FLAGS_ONE);
    }
}

static void repe_and_repne_stop_behind_the_element_that_decides(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 100, FROM, TO);
    memcpy(f->ram + TO, f->ram + FROM, 100);
    f->ram[TO + 60] = 0;                    // the source has 244 there or so: greater
    CODE_AT(f, FIX_CODE, 0xf3, 0xa6, 0xf4); // REPE CMPSB
    run(f, 10);
    expect_pointers(f, 39, FROM + 61, TO + 61);
    assert_false(flag_z(c));
    assert_false(flag_c(c));
    prepare(f, 100, 0, FROM);
    c->s.r[X86_RAX] = peek8(f, FROM + 17);
    CODE_AT(f, FIX_CODE, 0xf2, 0xae, 0xf4); // REPNE SCASB
    run(f, 10);
    expect_pointers(f, 82, 0, FROM + 18);
    assert_true(flag_z(c));
    prepare(f, 5, 0, TO);
    c->s.r[X86_RAX] = 1;
    CODE_AT(f, FIX_CODE, 0xf2, 0xaf, 0xf4); // not found
    run(f, 10);
    expect_pointers(f, 0, 0, TO + 20);
    assert_false(flag_z(c));
    // CMPS compares the source with the target: 1 - 2 borrows
    prepare(f, 1, FROM, TO);
    f->ram[FROM] = 1;
    f->ram[TO] = 2;
    CODE_AT(f, FIX_CODE, 0xa6, 0xf4);
    run(f, 1);
    assert_true(flag_c(c));
}

// --- faults ---

// [SDM2] REP: registers say where to go on; here the fault is mended and the instruction resumed.
static void fault_in_the_middle_leaves_registers_to_resume_by(void **state)
{
    static const struct {
        u8 opcode, bytes;
        bool has_source, has_target, is_write;
    } rows[] = {
        {0xa4, 1, true, true, true},   {0xa5, 4, true, true, true},   {0xaa, 1, false, true, true},
        {0xab, 4, false, true, true},  {0xac, 1, true, false, false}, {0xad, 4, true, false, false},
        {0xa6, 1, true, true, false},  {0xa7, 4, true, true, false},  {0xae, 1, false, true, false},
        {0xaf, 4, false, true, false},
    };
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        for (unsigned back = 0; back < 2; back++) {
            u32 bytes = rows[n].bytes, count = 0x1000 / bytes;
            // The page's end comes after half of them.
            u32 at = back ? 0x1000 + 0x800 - bytes : 0x800;
            prepare(f, count, FROM + at, TO + at);
            memset(f->ram + FROM, 0, 0x2000); // CMPS and SCAS go on
            x86_set_eflags(c, back ? X86_DF : 0);
            fixture_paging(f);
            u32 bad = (rows[n].has_target ? TO : FROM) + (back ? 0u : 0x1000u);
            poke32(f, pte_at(bad), bad | 6);
            fixture_flush(f);
            CODE_AT(f, FIX_CODE, 0xf3, rows[n].opcode, 0xf4);
            expect_entry(f, X86_PF_FAULT, rows[n].is_write ? 2 : 0, FIX_CODE);
            assert_int_equal(c->s.cr2, back ? bad + 0x1000 - bytes : bad);
            u32 half = back ? 0u - 0x800 : 0x800, full = back ? 0u - 0x1000 : 0x1000;
            u32 source = FROM + at, target = TO + at;
            expect_pointers(f, count / 2, source + (rows[n].has_source ? half : 0),
                            target + (rows[n].has_target ? half : 0));
            poke32(f, pte_at(bad), bad | 7);
            again(f, 0);
            x86_set_eflags(c, back ? X86_DF : 0);
            run(f, 10000);
            assert_true(c->s.is_halted);
            assert_int_equal(c->s.rip, FIX_CODE + 3);
            expect_pointers(f, 0, source + (rows[n].has_source ? full : 0),
                            target + (rows[n].has_target ? full : 0));
        }
    }
}

static void fault_of_the_source_comes_before_that_of_the_target(void **state)
{
    struct fixture *f = *state;
    prepare(f, 4, FROM, TO);
    fixture_paging(f);
    poke32(f, pte_at(FROM), FROM | 6);
    poke32(f, pte_at(TO), TO | 6);
    CODE_AT(f, FIX_CODE, 0xa5);
    fixture_flush(f);
    expect_entry(f, X86_PF_FAULT, 0, FIX_CODE);
    assert_int_equal(f->cpu->s.cr2, FROM);
}

// Flags are those of the last comparison that was made, also when the next one faults.
static void flags_of_a_comparison_cut_by_a_fault_are_those_of_the_last_one(void **state)
{
    struct fixture *f = *state;
    prepare(f, 100, FROM, TO + 0xffe);
    fixture_paging(f);
    poke32(f, pte_at(TO + 0x1000), (TO + 0x1000) | 6);
    fixture_flush(f);
    f->ram[FROM] = 5;
    f->ram[FROM + 1] = 7;
    CODE_AT(f, FIX_CODE, 0xf2, 0xa6); // REPNE CMPSB: 5 - 0, 7 - 0, fault
    expect_entry(f, X86_PF_FAULT, 0, FIX_CODE);
    assert_int_equal(f->cpu->s.r[X86_RCX], 98);
    assert_int_equal(pushed_flags(f) & (X86_ZF | X86_CF | X86_PF), 0); // 7 has three bits
}

static void limits_stop_a_repetition_at_the_element_that_does_not_fit(void **state)
{
    struct fixture *f = *state;
    for (unsigned back = 0; back < 2; back++) {
        prepare(f, 100, FROM, back ? 0x120c : 0x1200 - 12);
        // back: expand-down, valid above 11FFh
        put_descriptor(f, gdt_at(0x40), 0, 0x11ff, back ? 0x97 : 0x93, 4);
        load_flat(f, X86_ES, 0x40);
        x86_segments_changed(f->cpu);
        x86_set_eflags(f->cpu, back ? X86_DF : 0);
        CODE_AT(f, FIX_CODE, 0xf3, 0xa5);
        expect_entry(f, X86_GP, 0, FIX_CODE);
        if (back) {
            expect_pointers(f, 96, FROM - 16, 0x11fc);
        } else {
            expect_pointers(f, 97, FROM + 12, 0x1200);
        }
    }
}

// --- widths of address and operand ---

static void sixteen_bit_addresses_use_and_wrap_the_low_halves(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0x12340004, 0x5678fffe, 0x9abc0010);
    put_descriptor(f, gdt_at(0x40), FROM, 0xffff, 0x93, 0);
    load_flat(f, X86_DS, 0x40);
    put_descriptor(f, gdt_at(0x48), TO, 0xffff, 0x93, 0);
    load_flat(f, X86_ES, 0x48);
    x86_segments_changed(c);
    f->ram[FROM + 0xfffe] = 0x11;
    f->ram[FROM + 0xffff] = 0x22;
    f->ram[FROM] = 0x33;
    f->ram[FROM + 1] = 0x44;
    CODE_AT(f, FIX_CODE, 0x67, 0xf3, 0xa4, 0xf4);
    run(f, 10);
    expect_pointers(f, 0x12340000, 0x56780002, 0x9abc0014);
    assert_int_equal(peek32(f, TO + 0x10), 0x44332211);
    // A word at FFFFh does not fit into 64 KiB.
    prepare(f, 3, 0xfffd, 0x10);
    load_flat(f, X86_DS, 0x40);
    load_flat(f, X86_ES, 0x48);
    x86_segments_changed(c);
    CODE_AT(f, FIX_CODE, 0x67, 0x66, 0xf3, 0xa5);
    expect_entry(f, X86_GP, 0, FIX_CODE);
    expect_pointers(f, 2, 0xffff, 0x12);
}

static void backward_16_bit_addresses_wrap_below_0(void **state)
{
    struct fixture *f = *state;
    prepare(f, 4, 0, 0x0001);
    put_descriptor(f, gdt_at(0x48), TO, 0xffff, 0x93, 0);
    load_flat(f, X86_ES, 0x48);
    x86_segments_changed(f->cpu);
    x86_set_eflags(f->cpu, X86_DF);
    f->cpu->s.r[X86_RAX] = 0x77;
    CODE_AT(f, FIX_CODE, 0x67, 0xf3, 0xaa, 0xf4);
    run(f, 10);
    assert_int_equal(f->cpu->s.r[X86_RDI], 0xfffd);
    assert_int_equal(peek16(f, TO), 0x7777);
    assert_int_equal(peek16(f, TO + 0xfffe), 0x7777);
}

static void source_can_be_overridden_and_target_not(void **state)
{
    struct fixture *f = *state;
    prepare(f, 1, 0x10, 0x10);
    put_descriptor(f, gdt_at(0x40), FROM, 0xffff, 0x93, 0);
    put_descriptor(f, gdt_at(0x48), TO, 0xffff, 0x93, 0);
    load_flat(f, X86_FS, 0x40);
    load_flat(f, X86_ES, 0x48);
    x86_segments_changed(f->cpu);
    CODE_AT(f, FIX_CODE, 0x64, 0xa5, 0xf4);
    run(f, 1);
    assert_int_equal(peek32(f, TO + 0x10), peek32(f, FROM + 0x10));
}

// --- runs ---

static void each_run_ends_with_the_page_and_counts_as_one_instruction(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0x2000, FROM + 0x400, TO + 0xc00);
    CODE_AT(f, FIX_CODE, 0xf3, 0xa4, 0xf4);
    static const u32 left[] = {0x1c00, 0x1400, 0x0c00, 0x0400, 0}; // by the nearer page end
    for (unsigned n = 0; n < COUNT_OF(left); n++) {
        assert_int_equal(run(f, 1), 1);
        assert_int_equal(c->s.r[X86_RCX], left[n]);
        assert_int_equal(c->s.rip, left[n] ? FIX_CODE : FIX_CODE + 2);
    }
}

static void element_over_a_page_end_is_a_run_of_its_own(void **state)
{
    struct fixture *f = *state;
    prepare(f, 4, FROM, TO + 0xffa);
    CODE_AT(f, FIX_CODE, 0xf3, 0xa5, 0xf4);
    run(f, 1);
    expect_pointers(f, 3, FROM + 4, TO + 0xffe);
    run(f, 1);
    expect_pointers(f, 2, FROM + 8, TO + 0x1002);
    run(f, 1);
    expect_pointers(f, 0, FROM + 16, TO + 0x100a);
    assert_memory_equal(f->ram + FROM, f->ram + TO + 0xffa, 16);
}

static void interrupt_between_two_runs_resumes_the_repetition(void **state)
{
    struct fixture *f = *state;
    struct x86 *c = f->cpu;
    prepare(f, 0x3000, FROM - 0x1000, TO - 0x1000);
    c->s.eflags |= X86_IF;
    CODE_AT(f, FIX_CODE, 0xf3, 0xa4, 0xf4);
    CODE_AT(f, FIX_HANDLERS + 16 * 0x60, 0x40, 0xcf);
    run(f, 1);
    f->vector = 0x60;
    x86_set_irq(c, 0, true);
    run(f, 2); // INC EAX, IRET
    assert_int_equal(c->s.r[X86_RAX], 1);
    assert_int_equal(c->s.rip, FIX_CODE);
    assert_int_equal(c->s.r[X86_RCX], 0x2000);
    run(f, 10);
    assert_true(c->s.is_halted);
    expect_pointers(f, 0, FROM + 0x2000, TO + 0x2000);
    assert_memory_equal(f->ram + FROM - 0x1000, f->ram + TO - 0x1000, 0x3000);
    CODE_AT(f, FIX_HANDLERS + 16 * 0x60, 0xf4);
}

// --- devices ---

struct log_of_device {
    u32 reads, writes;
    u64 last_offset;
    unsigned last_bytes;
    u32 order; // offsets in the order they came, 4 bits each
};

static u64 device_read(void *owner, u64 offset, unsigned size_bytes)
{
    struct log_of_device *l = owner;
    l->reads++;
    l->last_offset = offset;
    l->last_bytes = size_bytes;
    l->order = l->order << 4 | (u32)(offset & 15);
    return 0x10 + offset;
}

static void device_write(void *owner, u64 offset, u64 value, unsigned size_bytes)
{
    struct log_of_device *l = owner;
    (void)value;
    l->writes++;
    l->last_offset = offset;
    l->last_bytes = size_bytes;
    l->order = l->order << 4 | (u32)(offset & 15);
}

static void strings_touch_device_registers_once_each_in_order(void **state)
{
    struct fixture *f = *state;
    struct log_of_device l = {0};
    phys_map_mmio(&f->phys, 0x10000000, 0x1000, 4, device_read, device_write, &l, "device");
    prepare(f, 4, 0x10000000, TO);
    CODE_AT(f, FIX_CODE, 0xf3, 0xa4, 0xf4);
    run(f, 10);
    assert_int_equal(l.reads, 4);
    assert_int_equal(l.last_bytes, 1);
    assert_int_equal(l.order, 0x0123);
    assert_int_equal(peek32(f, TO), 0x13121110);
    l = (struct log_of_device){0};
    prepare(f, 3, FROM, 0x10000008);
    x86_set_eflags(f->cpu, X86_DF);
    CODE_AT(f, FIX_CODE, 0xf3, 0xab, 0xf4);
    run(f, 10);
    assert_int_equal(l.writes, 3);
    assert_int_equal(l.last_bytes, 4);
    assert_int_equal(l.order, 0x0840);
    l = (struct log_of_device){0};
    prepare(f, 8, 0, 0x10000000);
    f->cpu->s.r[X86_RAX] = 0x12;
    CODE_AT(f, FIX_CODE, 0xf2, 0xae, 0xf4); // REPNE SCASB finds 12h in the third
    run(f, 10);
    assert_int_equal(l.reads, 3);
    assert_int_equal(f->cpu->s.r[X86_RCX], 5);
}

struct port_log {
    u32 count, value;
};

static void port_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    struct port_log *l = owner;
    (void)offset, (void)size_bytes;
    l->count++;
    l->value = value;
}

static u32 port_read(void *owner, unsigned offset, unsigned size_bytes)
{
    struct port_log *l = owner;
    (void)offset, (void)size_bytes;
    return ++l->count;
}

static void ins_and_outs_go_both_ways_and_stop_at_a_fault_without_losing_data(void **state)
{
    struct fixture *f = *state;
    struct port_log l = {0};
    ports_map(&f->ports, 0x1f0, 1, 1, port_read, port_write, &l, "test");
    for (unsigned back = 0; back < 2; back++) {
        l = (struct port_log){0};
        prepare(f, 8, FROM, TO + 0x100);
        f->cpu->s.r[X86_RDX] = 0x1f0;
        x86_set_eflags(f->cpu, back ? X86_DF : 0);
        CODE_AT(f, FIX_CODE, 0xf3, 0x6c, 0xf4);
        run(f, 100);
        assert_int_equal(l.count, 8);
        expect_pointers(f, 0, FROM, back ? TO + 0xf8 : TO + 0x108);
        assert_int_equal(peek8(f, back ? TO + 0xf9 : TO + 0x107), 8);
    }
    // OUTSB over a page's end into one that is not there: what came before is out, once.
    l = (struct port_log){0};
    prepare(f, 8, FROM + 0xffd, 0);
    f->cpu->s.r[X86_RDX] = 0x1f0;
    fixture_paging(f);
    poke32(f, pte_at(FROM + 0x1000), (FROM + 0x1000) | 6);
    fixture_flush(f);
    CODE_AT(f, FIX_CODE, 0xf3, 0x6e, 0xf4);
    expect_entry(f, X86_PF_FAULT, 0, FIX_CODE);
    assert_int_equal(l.count, 3);
    expect_pointers(f, 5, FROM + 0x1000, 0);
    poke32(f, pte_at(FROM + 0x1000), (FROM + 0x1000) | 7);
    again(f, 0);
    run(f, 10);
    assert_int_equal(l.count, 8);
    assert_int_equal(l.value, peek8(f, FROM + 0x1004));
    // INSB into a page that is not there: the port is not read.
    l = (struct port_log){0};
    prepare(f, 8, 0, TO);
    f->cpu->s.r[X86_RDX] = 0x1f0;
    fixture_paging(f);
    poke32(f, pte_at(TO), TO | 6);
    fixture_flush(f);
    CODE_AT(f, FIX_CODE, 0xf3, 0x6c, 0xf4);
    expect_entry(f, X86_PF_FAULT, 2, FIX_CODE);
    assert_int_equal(l.count, 0);
}

// LODS with a repetition ends with the last element; the halves of EAX that it has none for stay.
static void rep_lods_leaves_the_last_element(void **state)
{
    struct fixture *f = *state;
    prepare(f, 3, FROM, 0);
    f->cpu->s.r[X86_RAX] = 0xffffffff;
    CODE_AT(f, FIX_CODE, 0x66, 0xf3, 0xad, 0xf4);
    run(f, 10);
    assert_int_equal(f->cpu->s.r[X86_RAX], 0xffff0000u | peek16(f, FROM + 4));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(movs_moves_each_width_in_both_directions),
        TEST(overlapping_movs_is_as_if_done_element_by_element),
        TEST(count_of_0_does_nothing_not_even_a_check),
        TEST(repe_and_repne_stop_behind_the_element_that_decides),
        TEST(fault_in_the_middle_leaves_registers_to_resume_by),
        TEST(fault_of_the_source_comes_before_that_of_the_target),
        TEST(flags_of_a_comparison_cut_by_a_fault_are_those_of_the_last_one),
        TEST(limits_stop_a_repetition_at_the_element_that_does_not_fit),
        TEST(sixteen_bit_addresses_use_and_wrap_the_low_halves),
        TEST(backward_16_bit_addresses_wrap_below_0),
        TEST(source_can_be_overridden_and_target_not),
        TEST(each_run_ends_with_the_page_and_counts_as_one_instruction),
        TEST(element_over_a_page_end_is_a_run_of_its_own),
        TEST(interrupt_between_two_runs_resumes_the_repetition),
        TEST(strings_touch_device_registers_once_each_in_order),
        TEST(ins_and_outs_go_both_ways_and_stop_at_a_fault_without_losing_data),
        TEST(rep_lods_leaves_the_last_element),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
