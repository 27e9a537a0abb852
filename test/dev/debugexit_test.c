// Expected values: QEMU's isa-debug-exit, code (value << 1) | 1.
#include "rig.h"

#include "dev/debugexit.h"

static void note_code(void *owner, unsigned code)
{
    *(unsigned *)owner = code;
}

static void a_write_ends_the_run_with_an_odd_code(void **state UNUSED)
{
    static struct rig rig;
    struct debugexit d;
    unsigned code = 0;
    rig_init(&rig);
    debugexit_init(&d, &rig.ports, 0xf4, note_code, &code);
    rig_out(&rig, 0xf4, 0);
    assert_int_equal(code, 1);
    rig_out(&rig, 0xf4, 0x10);
    assert_int_equal(code, 0x21);
    ports_write(&rig.ports, 0xf4, 0x1234, 4);
    assert_int_equal(code, 0x2469);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_write_ends_the_run_with_an_odd_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
