// The LC-3's display [P&P] 9.3.
#include "dev/lc3_display.h"

#include "test/dev/rig.h"

struct bench {
    struct rig rig;
    struct lc3_display display;
    char shown[8];
};

static void show(void *owner, u64 n, u8 character)
{
    struct bench *b = owner;
    b->shown[n] = (char)character;
}

static void start(struct bench *b, struct lc3_latency latency)
{
    *b = (struct bench){0};
    rig_init(&b->rig);
    lc3_display_init(&b->display, &b->rig.clock, show, b, latency, 7);
}

static void the_low_byte_is_shown_at_once(void **state UNUSED)
{
    struct bench b;
    start(&b, (struct lc3_latency){0});
    assert_int_equal(lc3_display_read_status(&b.display), 0x8000);
    lc3_display_write_data(&b.display, 0x1248);
    lc3_display_write_data(&b.display, 'i');
    assert_string_equal(b.shown, "Hi");
    assert_int_equal(lc3_display_read_data(&b.display), 'i');
    assert_int_equal(lc3_display_read_status(&b.display), 0x8000);
}

static void a_busy_display_is_ready_again_later(void **state UNUSED)
{
    struct bench b;
    start(&b, (struct lc3_latency){.steps = 30});
    lc3_display_write_data(&b.display, 'a');
    assert_int_equal(lc3_display_read_status(&b.display), 0);
    rig_run(&b.rig, 29);
    assert_int_equal(lc3_display_read_status(&b.display), 0);
    rig_run(&b.rig, 1);
    assert_int_equal(lc3_display_read_status(&b.display), 0x8000);
}

static void a_random_wait_is_within_its_bounds_and_the_same_each_time(void **state UNUSED)
{
    struct bench b, c;
    struct lc3_latency random = {.steps = 20, .is_random = true};
    start(&b, random);
    start(&c, random);
    for (unsigned n = 0; n < 8; n++) {
        lc3_display_write_data(&b.display, 'a');
        lc3_display_write_data(&c.display, 'a');
        u64 wait_ns = b.display.s.ready_ns - clock_now_ns(&b.rig.clock);
        assert_in_range(wait_ns, 1, 20);
        assert_true(b.display.s.ready_ns == c.display.s.ready_ns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_low_byte_is_shown_at_once),
        cmocka_unit_test(a_busy_display_is_ready_again_later),
        cmocka_unit_test(a_random_wait_is_within_its_bounds_and_the_same_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
