// Expected values: the timing diagrams and texts of the 8254 datasheet ([8254]), in clock
// pulses. Counter 2 is used where a gate is needed, as on the board.
#include "rig.h"

#include "dev/pit.h"

struct board {
    struct rig rig;
    struct pit pit;
    struct probe irq;
};

static void start(struct board *b)
{
    memset(b, 0, sizeof *b);
    rig_init(&b->rig);
    pit_init(&b->pit, &b->rig.clock, &b->rig.ports, probe_line(&b->irq));
    rig_run_until(&b->rig, clock_ns_of_ticks(1000, PIT_HZ));
}

// Lets `n` clock pulses pass.
static void pulses(struct board *b, u64 n)
{
    u64 tick = clock_ticks(clock_now_ns(&b->rig.clock), PIT_HZ);
    rig_run_until(&b->rig, clock_ns_of_ticks(tick + n, PIT_HZ));
}

static void set2(struct board *b, u8 mode, u16 count)
{
    rig_out(&b->rig, 0x43, (u8)(0xb0 | mode << 1));
    rig_out(&b->rig, 0x42, (u8)count);
    rig_out(&b->rig, 0x42, (u8)(count >> 8));
}

static u16 count2(struct board *b)
{
    rig_out(&b->rig, 0x43, 0x80);
    u8 low = rig_in(&b->rig, 0x42);
    return (u16)(low | rig_in(&b->rig, 0x42) << 8);
}

// The output for the next pulses, '1' and '0', from the present tick on.
static void expect_output(struct board *b, const char *levels)
{
    for (unsigned n = 0; levels[n]; n++) {
        if (pit_output(&b->pit, 2) != (levels[n] == '1')) {
            fail_msg("output differs at pulse %u of %s", n, levels);
        }
        pulses(b, 1);
    }
}

static void mode_0_rises_n_plus_1_pulses_after_the_write(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pit_set_gate(&b.pit, 2, true);
    set2(&b, 0, 4);
    expect_output(&b, "00000111"); // loaded at 1, 0 at 5
}

static void mode_0_counts_on_past_zero(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pit_set_gate(&b.pit, 2, true);
    set2(&b, 0, 4);
    pulses(&b, 1);
    assert_int_equal(count2(&b), 4);
    pulses(&b, 6);
    assert_int_equal(count2(&b), 0xfffe);
}

static void mode_0_stands_still_while_the_gate_is_low(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pit_set_gate(&b.pit, 2, true);
    set2(&b, 0, 5);
    pulses(&b, 3);
    assert_int_equal(count2(&b), 3);
    pit_set_gate(&b.pit, 2, false);
    pulses(&b, 50);
    assert_int_equal(count2(&b), 3);
    pit_set_gate(&b.pit, 2, true);
    expect_output(&b, "00011");
}

static void mode_1_is_low_for_n_pulses_after_each_trigger(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set2(&b, 1, 3);
    expect_output(&b, "1111");
    pit_set_gate(&b.pit, 2, true);
    expect_output(&b, "100011");
    pit_set_gate(&b.pit, 2, false);
    pit_set_gate(&b.pit, 2, true);
    pulses(&b, 2);
    pit_set_gate(&b.pit, 2, false);
    pit_set_gate(&b.pit, 2, true); // again before the end: it begins anew
    expect_output(&b, "000011");
}

static void mode_2_is_low_for_the_last_pulse_of_each_period(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pit_set_gate(&b.pit, 2, true);
    set2(&b, 2, 3);
    expect_output(&b, "1110110110");
}

static void mode_2_takes_a_new_count_at_the_end_of_the_period(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pit_set_gate(&b.pit, 2, true);
    set2(&b, 2, 4);
    pulses(&b, 2);
    rig_out(&b.rig, 0x42, 3);
    rig_out(&b.rig, 0x42, 0);
    expect_output(&b, "110110110"); // 4 3 2 1, then 3 2 1
}

static void mode_2_gate_low_sets_the_output_and_high_restarts(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pit_set_gate(&b.pit, 2, true);
    set2(&b, 2, 3);
    pulses(&b, 3);
    assert_false(pit_output(&b.pit, 2));
    pit_set_gate(&b.pit, 2, false);
    expect_output(&b, "1111");
    pit_set_gate(&b.pit, 2, true);
    expect_output(&b, "1110110");
}

static void mode_3_even_counts_are_square(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pit_set_gate(&b.pit, 2, true);
    set2(&b, 3, 4);
    expect_output(&b, "1110011001");
}

static void mode_3_odd_count_is_high_one_longer(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pit_set_gate(&b.pit, 2, true);
    set2(&b, 3, 5);
    expect_output(&b, "11110011100111");
}

// from an even number in twos, in either half.
static void mode_3_counts_in_twos(void **state UNUSED)
{
    static const u16 expected[] = {4, 2, 0, 4, 2, 4, 2, 0};
    static struct board b;
    start(&b);
    pit_set_gate(&b.pit, 2, true);
    set2(&b, 3, 5);
    for (unsigned n = 0; n < COUNT_OF(expected); n++) {
        pulses(&b, 1);
        assert_int_equal(count2(&b), expected[n]);
    }
}

static void mode_3_takes_a_new_count_at_the_end_of_the_half(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pit_set_gate(&b.pit, 2, true);
    set2(&b, 3, 4);
    pulses(&b, 2);
    rig_out(&b.rig, 0x42, 6);
    rig_out(&b.rig, 0x42, 0);
    expect_output(&b, "1000111000"); // the high half of 4 ends, then 3 and 3
}

static void mode_4_is_low_for_one_pulse(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pit_set_gate(&b.pit, 2, true);
    set2(&b, 4, 3);
    expect_output(&b, "1111011111");
}

static void mode_5_strobes_after_a_trigger(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set2(&b, 5, 3);
    expect_output(&b, "111111");
    pit_set_gate(&b.pit, 2, true);
    expect_output(&b, "11110111");
}

static void bcd_counts_in_tens(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pit_set_gate(&b.pit, 2, true);
    rig_out(&b.rig, 0x43, 0xb1);
    rig_out(&b.rig, 0x42, 0x00);
    rig_out(&b.rig, 0x42, 0x01); // 100
    pulses(&b, 2);
    assert_int_equal(count2(&b), 0x99);
    pulses(&b, 100);
    assert_int_equal(count2(&b), 0x9999);
}

static void a_latched_count_stays_until_it_is_read(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pit_set_gate(&b.pit, 2, true);
    set2(&b, 2, 0x1234);
    pulses(&b, 1);
    rig_out(&b.rig, 0x43, 0x80);
    pulses(&b, 100);
    rig_out(&b.rig, 0x43, 0x80); // has no effect
    assert_int_equal(rig_in(&b.rig, 0x42), 0x34);
    pulses(&b, 100);
    assert_int_equal(rig_in(&b.rig, 0x42), 0x12);
    assert_int_equal(count2(&b), 0x1234 - 200);
}

// status D7 output, D6 null count, then the control word; it's read before a latched count.
static void read_back_latches_status_and_count(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pit_set_gate(&b.pit, 2, true);
    set2(&b, 2, 0x100);
    rig_out(&b.rig, 0x43, 0xe8);
    assert_int_equal(rig_in(&b.rig, 0x42), 0xf4); // not loaded yet
    pulses(&b, 2);
    rig_out(&b.rig, 0x43, 0xc8);
    assert_int_equal(rig_in(&b.rig, 0x42), 0xb4);
    assert_int_equal(rig_in(&b.rig, 0x42), 0xff);
    assert_int_equal(rig_in(&b.rig, 0x42), 0x00);
}

// As on the bus of a PC, where a read takes longer than the clock pulse that loads the count. Linux
// measures the time-stamp counter with this: it writes FFFFh and at once reads until FExxh comes.
static void a_count_reads_back_at_once(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pit_set_gate(&b.pit, 2, true);
    set2(&b, 0, 0xffff);
    assert_int_equal(rig_in(&b.rig, 0x42), 0xff);
    assert_int_equal(rig_in(&b.rig, 0x42), 0xff);
}

static void one_byte_accesses_set_the_other_byte_to_zero(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pit_set_gate(&b.pit, 2, true);
    rig_out(&b.rig, 0x43, 0xa4); // high byte only, mode 2
    rig_out(&b.rig, 0x42, 0x02);
    pulses(&b, 1);
    assert_int_equal(rig_in(&b.rig, 0x42), 2);
    pulses(&b, 1);
    assert_int_equal(rig_in(&b.rig, 0x42), 1); // 01FF
}

// 1193182 / 65536 = 18.2 Hz: in one second 18 periods end.
static void counter_0_interrupts_18_times_a_second(void **state UNUSED)
{
    static struct board b;
    start(&b);
    rig_out(&b.rig, 0x43, 0x34);
    rig_out(&b.rig, 0x40, 0);
    rig_out(&b.rig, 0x40, 0);
    unsigned before = b.irq.rise_count;
    rig_run(&b.rig, NS_PER_SECOND);
    assert_int_equal(b.irq.rise_count - before, 18);
    pulses(&b, 1);
    rig_out(&b.rig, 0x43, 0x36); // mode 3, 1193 Hz
    rig_out(&b.rig, 0x40, 1000 & 0xff);
    rig_out(&b.rig, 0x40, 1000 >> 8);
    before = b.irq.rise_count;
    rig_run(&b.rig, NS_PER_SECOND);
    assert_int_equal(b.irq.rise_count - before, 1193);
}

static void no_edge_is_lost_when_events_come_late(void **state UNUSED)
{
    static struct board b;
    start(&b);
    rig_out(&b.rig, 0x43, 0x14); // mode 2, low byte
    rig_out(&b.rig, 0x40, 10);
    unsigned before = b.irq.rise_count;
    clock_skip_to(&b.rig.clock, clock_ns_of_ticks(1000 + 1 + 100, PIT_HZ));
    clock_run_due(&b.rig.clock);
    assert_int_equal(b.irq.rise_count - before, 10);
}

static void a_control_word_stops_the_interrupts(void **state UNUSED)
{
    static struct board b;
    start(&b);
    rig_out(&b.rig, 0x43, 0x14);
    rig_out(&b.rig, 0x40, 100);
    pulses(&b, 1000);
    rig_out(&b.rig, 0x43, 0x30); // mode 0: low
    assert_false(b.irq.level);
    unsigned before = b.irq.rise_count;
    pulses(&b, 1000);
    assert_int_equal(b.irq.rise_count, before);
    rig_out(&b.rig, 0x40, 100);
    rig_out(&b.rig, 0x40, 0);
    pulses(&b, 100);
    assert_false(b.irq.level);
    pulses(&b, 1);
    assert_true(b.irq.level);
    assert_int_equal(b.irq.rise_count, before + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mode_0_rises_n_plus_1_pulses_after_the_write),
        cmocka_unit_test(mode_0_counts_on_past_zero),
        cmocka_unit_test(mode_0_stands_still_while_the_gate_is_low),
        cmocka_unit_test(mode_1_is_low_for_n_pulses_after_each_trigger),
        cmocka_unit_test(mode_2_is_low_for_the_last_pulse_of_each_period),
        cmocka_unit_test(mode_2_takes_a_new_count_at_the_end_of_the_period),
        cmocka_unit_test(mode_2_gate_low_sets_the_output_and_high_restarts),
        cmocka_unit_test(mode_3_even_counts_are_square),
        cmocka_unit_test(mode_3_odd_count_is_high_one_longer),
        cmocka_unit_test(mode_3_counts_in_twos),
        cmocka_unit_test(mode_3_takes_a_new_count_at_the_end_of_the_half),
        cmocka_unit_test(mode_4_is_low_for_one_pulse),
        cmocka_unit_test(mode_5_strobes_after_a_trigger),
        cmocka_unit_test(bcd_counts_in_tens),
        cmocka_unit_test(a_latched_count_stays_until_it_is_read),
        cmocka_unit_test(read_back_latches_status_and_count),
        cmocka_unit_test(a_count_reads_back_at_once),
        cmocka_unit_test(one_byte_accesses_set_the_other_byte_to_zero),
        cmocka_unit_test(counter_0_interrupts_18_times_a_second),
        cmocka_unit_test(no_edge_is_lost_when_events_come_late),
        cmocka_unit_test(a_control_word_stops_the_interrupts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
