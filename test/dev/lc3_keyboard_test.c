// The LC-3's keyboard [P&P] 9.2: ready bit, data, interrupt request, keys in order, and the wait.
#include "dev/lc3_keyboard.h"

#include "test/dev/rig.h"

struct bench {
    struct rig rig;
    struct probe irq;
    struct lc3_keyboard keyboard;
    unsigned polls;
};

static u8 key(void *owner UNUSED, u64 n)
{
    return (u8) "abcdefgh"[n];
}

static void polled(void *owner)
{
    struct bench *b = owner;
    b->polls++;
}

static void start(struct bench *b, u32 latency_steps)
{
    *b = (struct bench){0};
    rig_init(&b->rig);
    struct lc3_keyboard_wires wires = {
        .irq = {probe_set, &b->irq, 0}, .key = key, .polled = polled, .owner = b};
    lc3_keyboard_init(&b->keyboard, &b->rig.clock, &wires,
                      (struct lc3_latency){.steps = latency_steps}, 1);
}

static void a_key_is_ready_until_it_is_read(void **state UNUSED)
{
    struct bench b;
    start(&b, 0);
    assert_int_equal(lc3_keyboard_read_status(&b.keyboard), 0);
    lc3_keyboard_press(&b.keyboard);
    assert_int_equal(lc3_keyboard_read_status(&b.keyboard), 0x8000);
    assert_int_equal(lc3_keyboard_read_data(&b.keyboard), 'a');
    assert_int_equal(lc3_keyboard_read_status(&b.keyboard), 0);
    assert_int_equal(lc3_keyboard_read_data(&b.keyboard), 'a'); // it stays in KBDR
}

static void keys_wait_in_order(void **state UNUSED)
{
    struct bench b;
    start(&b, 0);
    lc3_keyboard_press(&b.keyboard);
    lc3_keyboard_press(&b.keyboard);
    assert_int_equal(lc3_keyboard_read_data(&b.keyboard), 'a');
    assert_int_equal(lc3_keyboard_read_status(&b.keyboard), 0x8000);
    assert_int_equal(lc3_keyboard_read_data(&b.keyboard), 'b');
    assert_int_equal(lc3_keyboard_read_status(&b.keyboard), 0);
}

static void the_request_is_high_while_ready_and_enabled(void **state UNUSED)
{
    struct bench b;
    start(&b, 0);
    lc3_keyboard_press(&b.keyboard);
    assert_false(b.irq.level);
    lc3_keyboard_write_status(&b.keyboard, 0xffff); // only bit 14 is kept
    assert_true(b.irq.level);
    assert_int_equal(lc3_keyboard_peek_status(&b.keyboard), 0xc000);
    lc3_keyboard_read_data(&b.keyboard);
    assert_false(b.irq.level);
    assert_int_equal(lc3_keyboard_peek_status(&b.keyboard), 0x4000);
    lc3_keyboard_press(&b.keyboard);
    assert_true(b.irq.level);
    lc3_keyboard_write_status(&b.keyboard, 0);
    assert_false(b.irq.level);
}

static void looking_takes_nothing_and_is_no_poll(void **state UNUSED)
{
    struct bench b;
    start(&b, 0);
    lc3_keyboard_peek_status(&b.keyboard);
    assert_int_equal(b.polls, 0);
    lc3_keyboard_read_status(&b.keyboard);
    assert_int_equal(b.polls, 1);
    lc3_keyboard_press(&b.keyboard);
    assert_int_equal(lc3_keyboard_peek_data(&b.keyboard), 'a');
    assert_int_equal(lc3_keyboard_peek_status(&b.keyboard), 0x8000);
}

static void a_busy_keyboard_shows_each_key_later(void **state UNUSED)
{
    struct bench b;
    start(&b, 50);
    lc3_keyboard_press(&b.keyboard);
    lc3_keyboard_press(&b.keyboard);
    rig_run(&b.rig, 49);
    assert_int_equal(lc3_keyboard_peek_status(&b.keyboard), 0);
    rig_run(&b.rig, 1);
    assert_int_equal(lc3_keyboard_peek_status(&b.keyboard), 0x8000);
    assert_int_equal(lc3_keyboard_read_data(&b.keyboard), 'a');
    rig_run(&b.rig, 49);
    assert_int_equal(lc3_keyboard_peek_status(&b.keyboard), 0);
    rig_run(&b.rig, 1);
    assert_int_equal(lc3_keyboard_read_data(&b.keyboard), 'b');
}

static void a_loaded_state_arms_the_wait_and_sets_the_request(void **state UNUSED)
{
    struct bench b, c;
    start(&b, 50);
    start(&c, 50);
    lc3_keyboard_write_status(&b.keyboard, 0x4000);
    lc3_keyboard_press(&b.keyboard);
    c.keyboard.s = b.keyboard.s;
    c.keyboard.dev.restored(c.keyboard.dev.owner);
    rig_run(&c.rig, 50);
    assert_true(c.irq.level);
    assert_int_equal(lc3_keyboard_read_data(&c.keyboard), 'a');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_ready_until_it_is_read),
        cmocka_unit_test(keys_wait_in_order),
        cmocka_unit_test(the_request_is_high_while_ready_and_enabled),
        cmocka_unit_test(looking_takes_nothing_and_is_no_poll),
        cmocka_unit_test(a_busy_keyboard_shows_each_key_later),
        cmocka_unit_test(a_loaded_state_arms_the_wait_and_sets_the_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
