#include "core/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static char seen[8];

static void on_set(void *owner, unsigned n, bool level)
{
    char *at = owner;
    at[strlen(at)] = level ? (char)('A' + n) : (char)('a' + n);
}

static void the_listener_hears_its_input_number_and_the_level(void **state)
{
    (void)state;
    struct line l = {.set = on_set, .owner = seen, .n = 3};
    memset(seen, 0, sizeof seen);
    line_set(&l, true);
    line_set(&l, false);
    line_pulse(&l);
    assert_string_equal(seen, "DdDd");
}

static void a_line_to_nowhere_may_be_driven(void **state)
{
    (void)state;
    struct line l = {0};
    line_set(&l, true);
    line_pulse(&l);
}

static void a_shared_wire_is_high_while_any_of_its_drivers_is(void **state)
{
    (void)state;
    struct line_or wire = {.out = {.set = on_set, .owner = seen, .n = 0}};
    struct line first = line_or_add(&wire), second = line_or_add(&wire);
    memset(seen, 0, sizeof seen);
    line_set(&first, true);
    line_set(&second, true);
    line_set(&first, false);
    assert_string_equal(seen, "A");
    line_set(&second, false);
    assert_string_equal(seen, "Aa");
}

static void a_driver_of_a_shared_wire_that_repeats_itself_is_not_heard(void **state)
{
    (void)state;
    struct line_or wire = {.out = {.set = on_set, .owner = seen, .n = 0}};
    struct line first = line_or_add(&wire), second = line_or_add(&wire);
    memset(seen, 0, sizeof seen);
    line_set(&second, false);
    line_set(&first, true);
    line_set(&first, true);
    line_set(&second, false);
    assert_string_equal(seen, "A");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_listener_hears_its_input_number_and_the_level),
        cmocka_unit_test(a_line_to_nowhere_may_be_driven),
        cmocka_unit_test(a_shared_wire_is_high_while_any_of_its_drivers_is),
        cmocka_unit_test(a_driver_of_a_shared_wire_that_repeats_itself_is_not_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
