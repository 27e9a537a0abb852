// Expected values: the MC146818 datasheet ([MC146818]); dates by the `date` command.
#include "rig.h"

#include "dev/rtc.h"

struct board {
    struct rig rig;
    struct rtc rtc;
    struct probe irq, nmi_mask;
};

enum { FEBRUARY_28 = 951782399 }; // Mon 2000-02-28 23:59:59 UTC

static void start(struct board *b, i64 unix_seconds)
{
    memset(b, 0, sizeof *b);
    rig_init(&b->rig);
    rtc_init(&b->rtc, &b->rig.clock, &b->rig.ports, unix_seconds, probe_line(&b->irq),
             probe_line(&b->nmi_mask));
}

static u8 get(struct board *b, u8 index)
{
    rig_out(&b->rig, 0x70, index);
    return rig_in(&b->rig, 0x71);
}

static void set(struct board *b, u8 index, u8 value)
{
    rig_out(&b->rig, 0x70, index);
    rig_out(&b->rig, 0x71, value);
}

static void expect_time(struct board *b, const u8 expected[8])
{
    static const u8 indexes[8] = {0x32, 9, 8, 7, 6, 4, 2, 0};
    for (unsigned n = 0; n < 8; n++) {
        assert_int_equal(get(b, indexes[n]), expected[n]);
    }
}

static void it_starts_at_the_given_time_in_bcd(void **state UNUSED)
{
    static struct board b;
    start(&b, FEBRUARY_28);
    expect_time(&b, (u8[]){0x20, 0x00, 0x02, 0x28, 2, 0x23, 0x59, 0x59});
    start(&b, 0);
    expect_time(&b, (u8[]){0x19, 0x70, 0x01, 0x01, 5, 0x00, 0x00, 0x00});
    start(&b, -1);
    expect_time(&b, (u8[]){0x19, 0x69, 0x12, 0x31, 4, 0x23, 0x59, 0x59});
    start(&b, 1735689599); // Tue 2024-12-31 23:59:59
    expect_time(&b, (u8[]){0x20, 0x24, 0x12, 0x31, 3, 0x23, 0x59, 0x59});
}

static void it_counts_over_a_leap_day(void **state UNUSED)
{
    static struct board b;
    start(&b, FEBRUARY_28);
    rig_run(&b.rig, 999999999);
    assert_int_equal(get(&b, 0), 0x59);
    rig_run(&b.rig, 1);
    expect_time(&b, (u8[]){0x20, 0x00, 0x02, 0x29, 3, 0x00, 0x00, 0x00});
    for (unsigned n = 0; n < 86400; n += 3600) {
        rig_run(&b.rig, 3600 * NS_PER_SECOND);
    }
    expect_time(&b, (u8[]){0x20, 0x00, 0x03, 0x01, 4, 0x00, 0x00, 0x00});
}

static void it_counts_over_a_century(void **state UNUSED)
{
    static struct board b;
    start(&b, 946684799); // Fri 1999-12-31 23:59:59
    rig_run(&b.rig, NS_PER_SECOND);
    expect_time(&b, (u8[]){0x20, 0x00, 0x01, 0x01, 7, 0x00, 0x00, 0x00});
}

// 12-hour mode has PM in bit 7; noon is 12 PM, midnight 12 AM.
static void twelve_hour_mode_counts_through_noon(void **state UNUSED)
{
    static struct board b;
    start(&b, 0);
    set(&b, 0x0b, 0x80);
    set(&b, 4, 0x11);
    set(&b, 2, 0x59);
    set(&b, 0, 0x59);
    set(&b, 0x0b, 0x00);
    rig_run(&b.rig, NS_PER_SECOND);
    assert_int_equal(get(&b, 4), 0x92);
    rig_run(&b.rig, 3600 * NS_PER_SECOND);
    assert_int_equal(get(&b, 4), 0x81);
    rig_run(&b.rig, 11 * 3600 * NS_PER_SECOND);
    assert_int_equal(get(&b, 4), 0x12);
    assert_int_equal(get(&b, 7), 0x02);
}

static void binary_mode_counts_in_binary(void **state UNUSED)
{
    static struct board b;
    start(&b, 0);
    set(&b, 0x0b, 0x86);
    set(&b, 0, 19);
    set(&b, 0x0b, 0x06);
    rig_run(&b.rig, NS_PER_SECOND);
    assert_int_equal(get(&b, 0), 20);
}

static void set_stops_the_time(void **state UNUSED)
{
    static struct board b;
    start(&b, FEBRUARY_28);
    set(&b, 0x0b, 0x82);
    rig_run(&b.rig, 10 * NS_PER_SECOND);
    assert_int_equal(get(&b, 0), 0x59);
    assert_int_equal(get(&b, 0x0a) & 0x80, 0);
    set(&b, 0x0b, 0x02);
    rig_run(&b.rig, NS_PER_SECOND);
    assert_int_equal(get(&b, 0), 0x00);
}

// UIP is high from 244 us before the update, which takes 1984 us.
static void uip_announces_the_update(void **state UNUSED)
{
    static struct board b;
    start(&b, 0);
    rig_run(&b.rig, NS_PER_SECOND - 2228001);
    assert_int_equal(get(&b, 0x0a), 0x26);
    rig_run(&b.rig, 1);
    assert_int_equal(get(&b, 0x0a), 0xa6);
    rig_run(&b.rig, 2228000 - 1);
    assert_int_equal(get(&b, 0x0a), 0xa6);
    assert_int_equal(get(&b, 0), 0x00);
    rig_run(&b.rig, 1);
    assert_int_equal(get(&b, 0x0a), 0x26);
    assert_int_equal(get(&b, 0), 0x01);
}

static void the_update_interrupt_comes_each_second(void **state UNUSED)
{
    static struct board b;
    start(&b, 0);
    set(&b, 0x0b, 0x12);
    rig_run(&b.rig, NS_PER_SECOND);
    assert_true(b.irq.level);
    assert_int_equal(get(&b, 0x0c) & 0xb0, 0x90);
    assert_false(b.irq.level);
    assert_int_equal(get(&b, 0x0c) & 0xb0, 0x00);
    rig_run(&b.rig, NS_PER_SECOND);
    assert_int_equal(b.irq.rise_count, 2);
}

static void the_alarm_comes_at_its_time_once_a_day(void **state UNUSED)
{
    static struct board b;
    start(&b, 0);
    set(&b, 1, 0x05);
    set(&b, 3, 0x01);
    set(&b, 5, 0x00);
    set(&b, 0x0b, 0x22);
    rig_run(&b.rig, 64 * NS_PER_SECOND);
    assert_false(b.irq.level);
    rig_run(&b.rig, NS_PER_SECOND);
    assert_true(b.irq.level);
    assert_int_equal(get(&b, 0x0c) & 0xa0, 0xa0);
}

// C0h to FFh in an alarm byte matches everything.
static void a_dont_care_alarm_comes_each_minute(void **state UNUSED)
{
    static struct board b;
    start(&b, 0);
    set(&b, 1, 0x30);
    set(&b, 3, 0xc0);
    set(&b, 5, 0xff);
    set(&b, 0x0b, 0x22);
    for (unsigned n = 0; n < 180; n++) {
        rig_run(&b.rig, NS_PER_SECOND);
        get(&b, 0x0c);
    }
    assert_int_equal(b.irq.rise_count, 3);
}

// rate 6 is 1024 Hz, rate 15 is 2 Hz, rate 3 is 8192 Hz, rate 1 is 256 Hz.
static void the_periodic_interrupt_has_the_rate_of_register_a(void **state UNUSED)
{
    static const struct {
        u8 rate;
        unsigned hz;
    } cases[] = {{6, 1024}, {15, 2}, {3, 8192}, {1, 256}};
    static struct board b;
    for (unsigned n = 0; n < COUNT_OF(cases); n++) {
        start(&b, 0);
        set(&b, 0x0a, 0x20 | cases[n].rate);
        set(&b, 0x0b, 0x42);
        unsigned count = 0;
        while (b.rig.clock.next_ns <= NS_PER_SECOND / 2) {
            rig_run_until(&b.rig, b.rig.clock.next_ns);
            count += (get(&b, 0x0c) & 0xc0) == 0xc0;
        }
        assert_int_equal(count, cases[n].hz / 2);
    }
}

static void the_periodic_flag_comes_without_its_interrupt(void **state UNUSED)
{
    static struct board b;
    start(&b, 0);
    get(&b, 0x0c);
    rig_run(&b.rig, 900000); // of 976562
    assert_int_equal(get(&b, 0x0c), 0x00);
    rig_run(&b.rig, 100000);
    assert_int_equal(get(&b, 0x0c), 0x40);
    assert_int_equal(get(&b, 0x0c), 0x00);
    assert_int_equal(b.irq.rise_count, 0);
}

// the first update is half a second after the divider is let go.
static void the_divider_reset_holds_the_time(void **state UNUSED)
{
    static struct board b;
    start(&b, 0);
    set(&b, 0x0a, 0x76);
    rig_run(&b.rig, 5 * NS_PER_SECOND);
    assert_int_equal(get(&b, 0), 0x00);
    set(&b, 0x0a, 0x26);
    rig_run(&b.rig, NS_PER_SECOND / 2 - 1);
    assert_int_equal(get(&b, 0), 0x00);
    rig_run(&b.rig, 1);
    assert_int_equal(get(&b, 0), 0x01);
}

static void ram_and_register_d_and_the_nmi_mask(void **state UNUSED)
{
    static struct board b;
    start(&b, 0);
    rtc_set_cmos(&b.rtc, 0x15, 0x80);
    set(&b, 0x7f, 0x5a);
    set(&b, 0x0d, 0x00);
    assert_int_equal(get(&b, 0x15), 0x80);
    assert_int_equal(get(&b, 0x7f), 0x5a);
    assert_int_equal(get(&b, 0x0d), 0x80);
    rig_out(&b.rig, 0x70, 0x8f);
    assert_true(b.nmi_mask.level);
    rig_out(&b.rig, 0x70, 0x0f);
    assert_false(b.nmi_mask.level);
}

static void a_reset_keeps_time_and_ram_and_stops_interrupts(void **state UNUSED)
{
    static struct board b;
    start(&b, FEBRUARY_28);
    set(&b, 0x40, 0x77);
    set(&b, 0x0b, 0x72);
    rig_run(&b.rig, NS_PER_SECOND / 2);
    assert_true(b.irq.level);
    b.rtc.dev.reset(b.rtc.dev.owner);
    assert_false(b.irq.level);
    assert_int_equal(get(&b, 0x0b), 0x02);
    assert_int_equal(get(&b, 0x40), 0x77);
    rig_run(&b.rig, NS_PER_SECOND / 2);
    assert_int_equal(get(&b, 7), 0x29);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_starts_at_the_given_time_in_bcd),
        cmocka_unit_test(it_counts_over_a_leap_day),
        cmocka_unit_test(it_counts_over_a_century),
        cmocka_unit_test(twelve_hour_mode_counts_through_noon),
        cmocka_unit_test(binary_mode_counts_in_binary),
        cmocka_unit_test(set_stops_the_time),
        cmocka_unit_test(uip_announces_the_update),
        cmocka_unit_test(the_update_interrupt_comes_each_second),
        cmocka_unit_test(the_alarm_comes_at_its_time_once_a_day),
        cmocka_unit_test(a_dont_care_alarm_comes_each_minute),
        cmocka_unit_test(the_periodic_interrupt_has_the_rate_of_register_a),
        cmocka_unit_test(the_periodic_flag_comes_without_its_interrupt),
        cmocka_unit_test(the_divider_reset_holds_the_time),
        cmocka_unit_test(ram_and_register_d_and_the_nmi_mask),
        cmocka_unit_test(a_reset_keeps_time_and_ram_and_stops_interrupts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
