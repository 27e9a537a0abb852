// Expected values: the 8259A datasheet ([8259A]).
#include "rig.h"

#include "dev/pic.h"

struct board {
    struct rig rig;
    struct pic pic;
    struct probe intr;
};

// As the BIOS of a PC sets the pair up: vectors 08h and 70h, nothing masked.
static void start_icw4(struct board *b, u8 icw4)
{
    memset(b, 0, sizeof *b);
    rig_init(&b->rig);
    pic_init(&b->pic, &b->rig.ports, probe_line(&b->intr));
    static const struct {
        u16 port;
        u8 value;
    } icws[] = {{0x20, 0x11}, {0x21, 0x08}, {0x21, 0x04}, {0xa0, 0x11}, {0xa1, 0x70}, {0xa1, 0x02}};
    for (unsigned n = 0; n < 6; n++) {
        rig_out(&b->rig, icws[n].port, icws[n].value);
        if (n == 2) {
            rig_out(&b->rig, 0x21, icw4);
        }
    }
    rig_out(&b->rig, 0xa1, 0x01);
    rig_out(&b->rig, 0x21, 0);
    rig_out(&b->rig, 0xa1, 0);
}

static void start(struct board *b)
{
    start_icw4(b, 0x01);
}

static u8 isr(struct board *b, u16 port)
{
    rig_out(&b->rig, port, 0x0b);
    return rig_in(&b->rig, port);
}

static u8 irr(struct board *b, u16 port)
{
    rig_out(&b->rig, port, 0x0a);
    return rig_in(&b->rig, port);
}

static void a_request_raises_intr_and_gives_its_vector(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pic_set_irq(&b.pic, 3, true);
    assert_true(b.intr.level);
    assert_int_equal(irr(&b, 0x20), 0x08);
    assert_int_equal(pic_acknowledge(&b.pic), 0x0b);
    assert_false(b.intr.level);
    assert_int_equal(isr(&b, 0x20), 0x08);
    assert_int_equal(irr(&b, 0x20), 0);
}

static void the_lower_number_has_priority_and_holds_back_the_higher(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pic_set_irq(&b.pic, 5, true);
    pic_set_irq(&b.pic, 1, true);
    assert_int_equal(pic_acknowledge(&b.pic), 0x09);
    assert_false(b.intr.level); // IRQ5 waits for the end of IRQ1
    pic_set_irq(&b.pic, 0, true);
    assert_true(b.intr.level); // IRQ0 does not
    assert_int_equal(pic_acknowledge(&b.pic), 0x08);
    rig_out(&b.rig, 0x20, 0x20);
    assert_int_equal(isr(&b, 0x20), 0x02);
    rig_out(&b.rig, 0x20, 0x20);
    assert_true(b.intr.level);
    assert_int_equal(pic_acknowledge(&b.pic), 0x0d);
}

static void the_slave_comes_through_irq2(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pic_set_irq(&b.pic, 12, true);
    assert_int_equal(irr(&b, 0x20), 0x04);
    assert_int_equal(pic_acknowledge(&b.pic), 0x74);
    assert_int_equal(isr(&b, 0x20), 0x04);
    assert_int_equal(isr(&b, 0xa0), 0x10);
    pic_set_irq(&b.pic, 3, true);
    assert_false(b.intr.level); // below IRQ2
    rig_out(&b.rig, 0xa0, 0x20);
    rig_out(&b.rig, 0x20, 0x20);
    assert_int_equal(pic_acknowledge(&b.pic), 0x0b);
}

static void two_slave_requests_follow_each_other(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pic_set_irq(&b.pic, 14, true);
    pic_set_irq(&b.pic, 15, true);
    assert_int_equal(pic_acknowledge(&b.pic), 0x76);
    rig_out(&b.rig, 0xa0, 0x20);
    rig_out(&b.rig, 0x20, 0x20);
    assert_true(b.intr.level);
    assert_int_equal(pic_acknowledge(&b.pic), 0x77);
}

static void an_edge_is_taken_once_while_the_line_stays_high(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pic_set_irq(&b.pic, 4, true);
    pic_acknowledge(&b.pic);
    rig_out(&b.rig, 0x20, 0x20);
    assert_false(b.intr.level);
    pic_set_irq(&b.pic, 4, false);
    pic_set_irq(&b.pic, 4, true);
    assert_true(b.intr.level);
}

static void a_level_input_asks_again_after_its_end(void **state UNUSED)
{
    static struct board b;
    start(&b);
    rig_out(&b.rig, 0x4d1, 0xff);
    assert_int_equal(rig_in(&b.rig, 0x4d1), 0xde); // IRQ8 and IRQ13 are always edges [82371SB]
    rig_out(&b.rig, 0x4d0, 0xff);
    assert_int_equal(rig_in(&b.rig, 0x4d0), 0xf8);
    pic_set_irq(&b.pic, 11, true);
    assert_int_equal(pic_acknowledge(&b.pic), 0x73);
    rig_out(&b.rig, 0xa0, 0x20);
    rig_out(&b.rig, 0x20, 0x20);
    assert_true(b.intr.level);
    pic_set_irq(&b.pic, 11, false);
    assert_false(b.intr.level);
}

// an input that falls before the acknowledge gives IR7 without an in-service bit.
static void a_request_that_goes_away_is_a_spurious_irq7(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pic_set_irq(&b.pic, 3, true);
    pic_set_irq(&b.pic, 3, false);
    assert_false(b.intr.level);
    assert_int_equal(pic_acknowledge(&b.pic), 0x0f);
    assert_int_equal(isr(&b, 0x20), 0);
}

static void a_masked_input_waits_in_irr(void **state UNUSED)
{
    static struct board b;
    start(&b);
    rig_out(&b.rig, 0x21, 0x10);
    pic_set_irq(&b.pic, 4, true);
    assert_false(b.intr.level);
    assert_int_equal(irr(&b, 0x20), 0x10);
    assert_int_equal(rig_in(&b.rig, 0x21), 0x10);
    rig_out(&b.rig, 0x21, 0);
    assert_true(b.intr.level);
}

// in special mask mode a masked interrupt in service lets lower ones through.
static void special_mask_mode_lets_lower_priorities_through(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pic_set_irq(&b.pic, 1, true);
    pic_acknowledge(&b.pic);
    pic_set_irq(&b.pic, 6, true);
    rig_out(&b.rig, 0x21, 0x02);
    assert_false(b.intr.level);
    rig_out(&b.rig, 0x20, 0x68);
    assert_true(b.intr.level);
    rig_out(&b.rig, 0x20, 0x48);
    assert_false(b.intr.level);
}

static void automatic_end_leaves_nothing_in_service(void **state UNUSED)
{
    static struct board b;
    start_icw4(&b, 0x03);
    pic_set_irq(&b.pic, 1, true);
    assert_int_equal(pic_acknowledge(&b.pic), 0x09);
    assert_int_equal(isr(&b, 0x20), 0);
    pic_set_irq(&b.pic, 6, true);
    assert_true(b.intr.level);
}

// after a rotating end the one just served is last.
static void rotation_makes_the_served_one_last(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pic_set_irq(&b.pic, 4, true);
    pic_acknowledge(&b.pic);
    rig_out(&b.rig, 0x20, 0xa0);
    pic_set_irq(&b.pic, 3, true);
    pic_set_irq(&b.pic, 5, true);
    assert_int_equal(pic_acknowledge(&b.pic), 0x0d); // 5 6 7 0 1 2 3 4 now
    rig_out(&b.rig, 0x20, 0x20);
    rig_out(&b.rig, 0x20, 0xc0 | 2); // set priority: 2 is the last, 3 the first
    assert_int_equal(pic_acknowledge(&b.pic), 0x0b);
}

static void a_specific_end_clears_just_that_one(void **state UNUSED)
{
    static struct board b;
    start(&b);
    pic_set_irq(&b.pic, 5, true);
    pic_acknowledge(&b.pic);
    pic_set_irq(&b.pic, 1, true);
    pic_acknowledge(&b.pic);
    rig_out(&b.rig, 0x20, 0x65);
    assert_int_equal(isr(&b, 0x20), 0x02);
}

// the poll word is 80h with the number of the highest request.
static void a_poll_acknowledges(void **state UNUSED)
{
    static struct board b;
    start(&b);
    rig_out(&b.rig, 0x20, 0x0c);
    assert_int_equal(rig_in(&b.rig, 0x20) & 0x80, 0);
    pic_set_irq(&b.pic, 6, true);
    rig_out(&b.rig, 0x20, 0x0c);
    assert_int_equal(rig_in(&b.rig, 0x20), 0x86);
    assert_int_equal(isr(&b, 0x20), 0x40);
    assert_false(b.intr.level);
}

// a higher slave request gets through although IRQ2 is in service.
static void special_nested_mode_lets_higher_slave_requests_through(void **state UNUSED)
{
    static struct board b;
    start_icw4(&b, 0x11);
    pic_set_irq(&b.pic, 12, true);
    pic_acknowledge(&b.pic);
    pic_set_irq(&b.pic, 9, true);
    assert_true(b.intr.level);
    assert_int_equal(pic_acknowledge(&b.pic), 0x71);

    start(&b); // and does not without that mode
    pic_set_irq(&b.pic, 12, true);
    pic_acknowledge(&b.pic);
    pic_set_irq(&b.pic, 9, true);
    assert_false(b.intr.level);
}

static void icw1_forgets_edges_and_clears_the_mask(void **state UNUSED)
{
    static struct board b;
    start(&b);
    rig_out(&b.rig, 0x21, 0xff);
    pic_set_irq(&b.pic, 4, true);
    rig_out(&b.rig, 0x20, 0x11);
    rig_out(&b.rig, 0x21, 0x20);
    rig_out(&b.rig, 0x21, 0x04);
    rig_out(&b.rig, 0x21, 0x01);
    assert_int_equal(rig_in(&b.rig, 0x21), 0);
    assert_false(b.intr.level);
    pic_set_irq(&b.pic, 4, false);
    pic_set_irq(&b.pic, 4, true);
    assert_int_equal(pic_acknowledge(&b.pic), 0x24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_raises_intr_and_gives_its_vector),
        cmocka_unit_test(the_lower_number_has_priority_and_holds_back_the_higher),
        cmocka_unit_test(the_slave_comes_through_irq2),
        cmocka_unit_test(two_slave_requests_follow_each_other),
        cmocka_unit_test(an_edge_is_taken_once_while_the_line_stays_high),
        cmocka_unit_test(a_level_input_asks_again_after_its_end),
        cmocka_unit_test(a_request_that_goes_away_is_a_spurious_irq7),
        cmocka_unit_test(a_masked_input_waits_in_irr),
        cmocka_unit_test(special_mask_mode_lets_lower_priorities_through),
        cmocka_unit_test(automatic_end_leaves_nothing_in_service),
        cmocka_unit_test(rotation_makes_the_served_one_last),
        cmocka_unit_test(a_specific_end_clears_just_that_one),
        cmocka_unit_test(a_poll_acknowledges),
        cmocka_unit_test(special_nested_mode_lets_higher_slave_requests_through),
        cmocka_unit_test(icw1_forgets_edges_and_clears_the_mask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
