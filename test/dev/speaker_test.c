// Expected values: [82371SB] NMISC register (port 61h), [8254].
#include "rig.h"

#include "dev/speaker.h"

struct board {
    struct rig rig;
    struct pit pit;
    struct speaker speaker;
    struct probe irq;
};

static void start(struct board *b)
{
    memset(b, 0, sizeof *b);
    rig_init(&b->rig);
    pit_init(&b->pit, &b->rig.clock, &b->rig.ports, probe_line(&b->irq));
    speaker_init(&b->speaker, &b->rig.clock, &b->rig.ports, &b->pit);
}

static void the_lower_four_bits_can_be_read_back(void **state UNUSED)
{
    static struct board b;
    start(&b);
    rig_out(&b.rig, 0x61, 0xff);
    assert_int_equal(rig_in(&b.rig, 0x61) & 0xcf, 0x0f);
    rig_out(&b.rig, 0x61, 0x00);
    assert_int_equal(rig_in(&b.rig, 0x61) & 0xcf, 0x00);
}

// A guest measures 50 ms with counter 2, polling bit 5: the way of Linux's TSC calibration.
static void bit_5_shows_the_end_of_counter_2(void **state UNUSED)
{
    static struct board b;
    start(&b);
    rig_out(&b.rig, 0x61, 0x01);
    rig_out(&b.rig, 0x43, 0xb0);
    rig_out(&b.rig, 0x42, 59659 & 0xff);
    rig_out(&b.rig, 0x42, 59659 >> 8);
    rig_run(&b.rig, 49990000);
    assert_int_equal(rig_in(&b.rig, 0x61) & 0x20, 0);
    rig_run(&b.rig, 20000);
    assert_int_equal(rig_in(&b.rig, 0x61) & 0x20, 0x20);
}

static void bit_0_is_the_gate(void **state UNUSED)
{
    static struct board b;
    start(&b);
    rig_out(&b.rig, 0x61, 0x00);
    rig_out(&b.rig, 0x43, 0x90); // mode 0, low byte
    rig_out(&b.rig, 0x42, 10);
    rig_run(&b.rig, 1000000);
    assert_int_equal(rig_in(&b.rig, 0x61) & 0x20, 0);
    rig_out(&b.rig, 0x61, 0x01);
    rig_run(&b.rig, 1000000);
    assert_int_equal(rig_in(&b.rig, 0x61) & 0x20, 0x20);
}

static void the_refresh_bit_toggles_every_15_us(void **state UNUSED)
{
    static struct board b;
    start(&b);
    unsigned changes = 0;
    u8 last = rig_in(&b.rig, 0x61) & 0x10;
    for (unsigned us = 0; us < 1000; us++) {
        rig_run(&b.rig, 1000);
        u8 now = rig_in(&b.rig, 0x61) & 0x10;
        changes += now != last;
        last = now;
    }
    assert_int_equal(changes, 66); // 1000 us / 15.085 us
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lower_four_bits_can_be_read_back),
        cmocka_unit_test(bit_5_shows_the_end_of_counter_2),
        cmocka_unit_test(bit_0_is_the_gate),
        cmocka_unit_test(the_refresh_bit_toggles_every_15_us),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
