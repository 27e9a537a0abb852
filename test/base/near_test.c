#include "base/near.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static unsigned distance(const char *a, const char *b, unsigned limit)
{
    return near_distance(a, strlen(a), b, strlen(b), limit);
}

static void each_slip_of_the_pen_counts_once(void **state)
{
    (void)state;
    assert_int_equal(distance("HALT", "halt", 3), 0);
    assert_int_equal(distance("HATL", "HALT", 3), 1); // swapped
    assert_int_equal(distance("HLT", "HALT", 3), 1);
    assert_int_equal(distance("HALTT", "HALT", 3), 1);
    assert_int_equal(distance("HOLT", "HALT", 3), 1);
    assert_int_equal(distance("", "ABC", 3), 3);
    assert_int_equal(distance("kitten", "sitting", 9), 3); // Wagner and Fischer's example
}

static void what_is_farther_than_the_limit_is_limit_plus_one(void **state)
{
    (void)state;
    assert_int_equal(distance("kitten", "sitting", 2), 3);
    assert_int_equal(distance("kitten", "sitting", 1), 2);
    assert_int_equal(distance("0123456789012345678901234567890123456789x", "0", 2), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_slip_of_the_pen_counts_once),
        cmocka_unit_test(what_is_farther_than_the_limit_is_limit_plus_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
