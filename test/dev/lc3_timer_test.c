// The LC-3's timer, by its own register map (dev/lc3_timer.c).
#include "dev/lc3_timer.h"

#include "test/dev/rig.h"

struct bench {
    struct rig rig;
    struct probe irq;
    struct lc3_timer timer;
};

static void start(struct bench *b)
{
    *b = (struct bench){0};
    rig_init(&b->rig);
    lc3_timer_init(&b->timer, &b->rig.clock, (struct line){probe_set, &b->irq, 0});
}

static void a_tick_comes_every_interval_and_reading_takes_it(void **state UNUSED)
{
    struct bench b;
    start(&b);
    lc3_timer_write_interval(&b.timer, 100);
    rig_run(&b.rig, 99);
    assert_int_equal(lc3_timer_peek_status(&b.timer), 0);
    rig_run(&b.rig, 1);
    assert_int_equal(lc3_timer_peek_status(&b.timer), 0x8000);
    assert_int_equal(lc3_timer_read_status(&b.timer), 0x8000);
    assert_int_equal(lc3_timer_read_status(&b.timer), 0);
    rig_run(&b.rig, 100);
    assert_int_equal(lc3_timer_read_status(&b.timer), 0x8000);
    assert_int_equal(lc3_timer_read_interval(&b.timer), 100);
}

static void the_request_is_high_while_due_and_enabled(void **state UNUSED)
{
    struct bench b;
    start(&b);
    lc3_timer_write_status(&b.timer, 0x4000);
    lc3_timer_write_interval(&b.timer, 10);
    rig_run(&b.rig, 10);
    assert_true(b.irq.level);
    lc3_timer_read_status(&b.timer);
    assert_false(b.irq.level);
    rig_run(&b.rig, 10);
    assert_true(b.irq.level);
    lc3_timer_write_status(&b.timer, 0);
    assert_false(b.irq.level);
}

static void an_interval_of_0_stops_it(void **state UNUSED)
{
    struct bench b;
    start(&b);
    lc3_timer_write_interval(&b.timer, 10);
    lc3_timer_write_interval(&b.timer, 0);
    rig_run(&b.rig, 1000);
    assert_int_equal(lc3_timer_read_status(&b.timer), 0);
    assert_true(b.rig.clock.next_ns == CLOCK_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tick_comes_every_interval_and_reading_takes_it),
        cmocka_unit_test(the_request_is_high_while_due_and_enabled),
        cmocka_unit_test(an_interval_of_0_stops_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
