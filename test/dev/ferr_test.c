// Expected values: IBM PC/AT Technical Reference, coprocessor programming ("busy" latch and port
// F0h).
#include "rig.h"

#include "dev/ferr.h"

static void the_pin_raises_irq13_until_port_f0_is_written(void **state UNUSED)
{
    static struct rig rig;
    static struct ferr ferr;
    static struct probe irq13;
    rig_init(&rig);
    ferr_init(&ferr, &rig.ports, probe_line(&irq13));
    ferr_set(&ferr, 0, true);
    assert_true(irq13.level);
    ferr_set(&ferr, 0, false); // FNCLEX in the handler: the latch holds
    assert_true(irq13.level);
    rig_out(&rig, 0xf0, 0);
    assert_false(irq13.level);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pin_raises_irq13_until_port_f0_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
