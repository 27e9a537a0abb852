// Expected values: the IA-PC HPET specification 1.0a ([HPET]), chapter 2. One tick is 10 ns.
#include "rig.h"

#include "core/phys.h"
#include "dev/hpet.h"

enum { CONFIG = 0x10, STATUS = 0x20, COUNTER = 0xf0, T0 = 0x100, T0_CMP = 0x108, T1 = 0x120 };
enum { LEVEL = 2, ENABLE = 4, PERIODIC = 8, SETS = 0x40, BITS_32 = 0x100, ROUTE_20 = 20 << 9 };

struct board {
    struct rig rig;
    struct phys phys;
    struct hpet hpet;
    struct probe probe[HPET_OUTPUTS];
};

static void start(struct board *b)
{
    struct line output[HPET_OUTPUTS];
    memset(b, 0, sizeof *b);
    rig_init(&b->rig);
    phys_init(&b->phys, NULL, 0, NULL);
    for (unsigned n = 0; n < HPET_OUTPUTS; n++) {
        output[n] = probe_line(&b->probe[n]);
    }
    hpet_init(&b->hpet, &b->rig.clock, &b->phys, output);
}

static u32 get(struct board *b, u32 offset)
{
    u32 v;
    phys_read(&b->phys, 0xfed00000u + offset, &v, 4);
    return v;
}

static void set(struct board *b, u32 offset, u32 v)
{
    phys_write(&b->phys, 0xfed00000u + offset, &v, 4);
}

static void set_64(struct board *b, u32 offset, u64 v)
{
    set(b, offset, (u32)v);
    set(b, offset + 4, (u32)(v >> 32));
}

static void run_ticks(struct board *b, u64 ticks)
{
    rig_run(&b->rig, ticks * 10);
}

static void capabilities_tell_period_width_and_timers(void **state UNUSED)
{
    static struct board b;
    start(&b);
    assert_int_equal(get(&b, 4), 10000000); // femtoseconds; at most 100 ns
    assert_int_equal(get(&b, 0) >> 16, 0x8086);
    assert_int_equal(get(&b, 0) & 0xffff, 0xa201); // legacy, 64 bits, timers 0 to 2, revision 1
    assert_int_equal(get(&b, T0 + 4), 0x00f00000);
    assert_int_equal(get(&b, T0), 0x30); // may be periodic, 64 bits, no FSB
    assert_int_equal(get(&b, T0_CMP), 0xffffffff);
}

static void the_counter_stands_until_it_is_started_and_can_be_set(void **state UNUSED)
{
    static struct board b;
    start(&b);
    run_ticks(&b, 100);
    assert_int_equal(get(&b, COUNTER), 0);
    set_64(&b, COUNTER, 0xfffffff0);
    set(&b, CONFIG, 1);
    run_ticks(&b, 0x20);
    assert_int_equal(get(&b, COUNTER), 0x10);
    assert_int_equal(get(&b, COUNTER + 4), 1);
    set(&b, CONFIG, 0);
    run_ticks(&b, 100);
    assert_int_equal(get(&b, COUNTER), 0x10);
}

static void nothing_is_armed_unless_somebody_can_notice(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set_64(&b, T0_CMP, 1000);
    set(&b, T0, ENABLE | ROUTE_20);
    assert_int_equal(b.rig.clock.next_ns, CLOCK_NEVER); // halted
    set(&b, T0, ROUTE_20);
    set(&b, CONFIG, 1);
    assert_int_equal(b.rig.clock.next_ns, CLOCK_NEVER); // no interrupt, no status
    set(&b, T0, ENABLE | ROUTE_20);
    assert_int_equal(b.rig.clock.next_ns, 10000);
}

static void one_shot_interrupts_once_at_the_comparator(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set_64(&b, T0_CMP, 1000);
    set(&b, T0, ENABLE | ROUTE_20);
    set(&b, CONFIG, 1);
    run_ticks(&b, 999);
    assert_int_equal(b.probe[20].rise_count, 0);
    run_ticks(&b, 1);
    assert_int_equal(b.probe[20].rise_count, 1);
    run_ticks(&b, 1000000);
    assert_int_equal(b.probe[20].rise_count, 1);
    assert_int_equal(get(&b, STATUS), 0); // edge: no status
}

static void an_edge_stays_until_it_can_be_acknowledged(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set_64(&b, T0_CMP, 10);
    set(&b, T0, ENABLE | ROUTE_20);
    set(&b, CONFIG, 1);
    run_ticks(&b, 500);
    assert_true(b.probe[20].level);
    set(&b, T0, ROUTE_20);
    assert_false(b.probe[20].level);
    set(&b, T0, ENABLE | ROUTE_20); // an old edge does not come back
    assert_false(b.probe[20].level);
}

static void a_level_interrupt_stays_until_its_status_is_cleared(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set_64(&b, T1 + 8, 50);
    set(&b, T1, ENABLE | LEVEL | (21 << 9));
    set(&b, CONFIG, 1);
    run_ticks(&b, 50);
    assert_int_equal(get(&b, STATUS), 2);
    assert_true(b.probe[21].level);
    set(&b, STATUS, 1);
    assert_true(b.probe[21].level);
    set(&b, STATUS, 2);
    assert_int_equal(get(&b, STATUS), 0);
    assert_false(b.probe[21].level);
}

static void a_level_timer_without_interrupt_still_sets_its_status(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set_64(&b, T0_CMP, 50);
    set(&b, T0, LEVEL | ROUTE_20);
    set(&b, CONFIG, 1);
    run_ticks(&b, 60);
    assert_int_equal(get(&b, STATUS), 1);
    assert_false(b.probe[20].level);
}

// The sequence of [HPET] 2.3.9.2.2: one write sets the first match and the period.
static void a_periodic_timer_adds_its_period_at_each_match(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, T0, ENABLE | PERIODIC | SETS | BITS_32 | ROUTE_20);
    set(&b, T0_CMP, 100);
    set(&b, CONFIG, 1);
    run_ticks(&b, 1050);
    assert_int_equal(b.probe[20].rise_count, 10);
    assert_int_equal(get(&b, T0_CMP), 1100);
}

// Linux: the first write sets the match, the second, with the bit cleared by itself, the period.
static void the_second_write_sets_the_period_alone(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, CONFIG, 1);
    set(&b, T0, ENABLE | PERIODIC | SETS | BITS_32 | ROUTE_20);
    set(&b, T0_CMP, 500);
    assert_int_equal(get(&b, T0) & SETS, 0);
    set(&b, T0_CMP, 100);
    run_ticks(&b, 499);
    assert_int_equal(b.probe[20].rise_count, 0);
    run_ticks(&b, 1);
    assert_int_equal(b.probe[20].rise_count, 1);
    run_ticks(&b, 200);
    assert_int_equal(b.probe[20].rise_count, 3);
}

static void a_32_bit_timer_matches_again_after_a_round(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set_64(&b, COUNTER, 0x7ffffff00);
    set(&b, T0, ENABLE | BITS_32 | ROUTE_20);
    set(&b, T0_CMP, 0x10);
    set(&b, CONFIG, 1);
    run_ticks(&b, 0x110);
    assert_int_equal(b.probe[20].rise_count, 1);
    run_ticks(&b, 0xffffffff);
    assert_int_equal(b.probe[20].rise_count, 1);
    run_ticks(&b, 1);
    assert_int_equal(b.probe[20].rise_count, 2);
}

static void legacy_replacement_takes_the_place_of_8254_and_clock(void **state UNUSED)
{
    static struct board b;
    start(&b);
    hpet_set_legacy(&b.hpet, 0, true);
    hpet_set_legacy(&b.hpet, 1, true);
    assert_true(b.probe[0].level);
    assert_true(b.probe[8].level);
    set_64(&b, T0_CMP, 100);
    set(&b, T0, ENABLE | ROUTE_20);
    set(&b, CONFIG, 3);
    assert_false(b.probe[0].level);
    assert_false(b.probe[8].level);
    run_ticks(&b, 100);
    assert_true(b.probe[0].level);
    assert_int_equal(b.probe[20].rise_count, 0);
    set(&b, CONFIG, 0);
    assert_int_equal(b.probe[0].rise_count, 2);
    assert_true(b.probe[0].level); // the 8254's own level again
    assert_true(b.probe[8].level);
}

static void a_state_that_was_loaded_goes_on(void **state UNUSED)
{
    static struct board a, b;
    static u8 saved[512];
    start(&a);
    set(&a, T0, ENABLE | PERIODIC | SETS | BITS_32 | ROUTE_20);
    set(&a, T0_CMP, 100);
    set(&a, CONFIG, 1);
    run_ticks(&a, 150);
    start(&b);
    run_ticks(&b, 150);
    assert_true(fields_size(a.hpet.dev.fields) <= sizeof saved);
    fields_save(a.hpet.dev.fields, &a.hpet.s, saved);
    fields_load(b.hpet.dev.fields, &b.hpet.s, saved);
    b.hpet.dev.restored(&b.hpet);
    assert_true(b.probe[20].level);
    run_ticks(&b, 50);
    assert_int_equal(b.probe[20].rise_count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capabilities_tell_period_width_and_timers),
        cmocka_unit_test(the_counter_stands_until_it_is_started_and_can_be_set),
        cmocka_unit_test(nothing_is_armed_unless_somebody_can_notice),
        cmocka_unit_test(one_shot_interrupts_once_at_the_comparator),
        cmocka_unit_test(an_edge_stays_until_it_can_be_acknowledged),
        cmocka_unit_test(a_level_interrupt_stays_until_its_status_is_cleared),
        cmocka_unit_test(a_level_timer_without_interrupt_still_sets_its_status),
        cmocka_unit_test(a_periodic_timer_adds_its_period_at_each_match),
        cmocka_unit_test(the_second_write_sets_the_period_alone),
        cmocka_unit_test(a_32_bit_timer_matches_again_after_a_round),
        cmocka_unit_test(legacy_replacement_takes_the_place_of_8254_and_clock),
        cmocka_unit_test(a_state_that_was_loaded_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
