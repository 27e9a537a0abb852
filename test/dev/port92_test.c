// Expected values: IBM PS/2 Hardware Interface Technical Reference, system control port A.
#include "rig.h"

#include "dev/port92.h"

struct board {
    struct rig rig;
    struct port92 port92;
    struct probe a20, reset;
};

static void start(struct board *b)
{
    memset(b, 0, sizeof *b);
    rig_init(&b->rig);
    port92_init(&b->port92, &b->rig.ports, probe_line(&b->a20), probe_line(&b->reset));
}

static void bit_1_moves_the_gate(void **state UNUSED)
{
    static struct board b;
    start(&b);
    assert_true(b.a20.level);
    rig_out(&b.rig, 0x92, 0x00);
    assert_false(b.a20.level);
    assert_int_equal(rig_in(&b.rig, 0x92), 0x00);
    rig_out(&b.rig, 0x92, 0x02);
    assert_true(b.a20.level);
    assert_int_equal(rig_in(&b.rig, 0x92), 0x02);
    assert_int_equal(b.reset.rise_count, 0);
}

static void bit_0_resets(void **state UNUSED)
{
    static struct board b;
    start(&b);
    rig_out(&b.rig, 0x92, 0x03);
    assert_int_equal(b.reset.rise_count, 1);
    assert_false(b.reset.level);
    assert_int_equal(rig_in(&b.rig, 0x92), 0x02);
}

static void the_keyboard_controller_moves_the_same_gate(void **state UNUSED)
{
    static struct board b;
    start(&b);
    port92_set_a20(&b.port92, 0, false);
    assert_false(b.a20.level);
    assert_int_equal(rig_in(&b.rig, 0x92), 0x00);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bit_1_moves_the_gate),
        cmocka_unit_test(bit_0_resets),
        cmocka_unit_test(the_keyboard_controller_moves_the_same_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
