#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void loads_take_the_low_byte_first_at_any_alignment(void **state)
{
    (void)state;
    const u8 bytes[] = {0xff, 1, 2, 3, 4, 5, 6, 7, 8};
    assert_int_equal(load_le16(bytes + 1), 0x0201);
    assert_int_equal(load_le32(bytes + 1), 0x04030201);
    assert_int_equal(load_le64(bytes + 1), 0x0807060504030201);
}

static void stores_write_their_width_and_no_more(void **state)
{
    (void)state;
    u8 bytes[10] = {0};
    store_le64(bytes + 1, 0x8877665544332211);
    assert_memory_equal(bytes, "\0\x11\x22\x33\x44\x55\x66\x77\x88\0", 10);
    store_le32(bytes + 1, 0xddccbbaa);
    assert_memory_equal(bytes, "\0\xaa\xbb\xcc\xdd\x55\x66\x77\x88\0", 10);
    store_le16(bytes + 1, 0x0201);
    assert_memory_equal(bytes, "\0\x01\x02\xcc\xdd\x55\x66\x77\x88\0", 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_take_the_low_byte_first_at_any_alignment),
        cmocka_unit_test(stores_write_their_width_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
