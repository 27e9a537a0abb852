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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_listener_hears_its_input_number_and_the_level),
        cmocka_unit_test(a_line_to_nowhere_may_be_driven),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
