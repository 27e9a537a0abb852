// Expected values: the behaviour of Bochs' and QEMU's port E9h.
#include "rig.h"

#include "dev/debugcon.h"

struct board {
    struct rig rig;
    struct debugcon debugcon;
    struct vt_host host;
    u8 last;
    unsigned count;
};

static void debug_write(void *owner, u8 byte)
{
    struct board *b = owner;
    b->last = byte;
    b->count++;
}

static void bytes_go_to_the_host_and_e9_comes_back(void **state UNUSED)
{
    static struct board b;
    rig_init(&b.rig);
    b.host = (struct vt_host){.owner = &b, .debug_write = debug_write};
    debugcon_init(&b.debugcon, &b.rig.ports, &b.host);
    rig_out(&b.rig, 0xe9, 'x');
    assert_int_equal(b.last, 'x');
    assert_int_equal(b.count, 1);
    assert_int_equal(rig_in(&b.rig, 0xe9), 0xe9);
}

static void a_host_without_the_function_is_fine(void **state UNUSED)
{
    static struct board b;
    rig_init(&b.rig);
    b.host = (struct vt_host){.owner = &b};
    debugcon_init(&b.debugcon, &b.rig.ports, &b.host);
    rig_out(&b.rig, 0xe9, 'x');
    assert_int_equal(b.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_go_to_the_host_and_e9_comes_back),
        cmocka_unit_test(a_host_without_the_function_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
