// The 256 colours are those of xterm: 16 + 36 r + 6 g + b with levels 0, 95, 135, 175, 215, 255,
// and greys 8 + 10 n from 232 on.
#define _XOPEN_SOURCE 700
#include "front/cli/tty_picture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void each_of_the_256_colours_is_nearest_to_itself(void **state)
{
    static const unsigned levels[6] = {0, 95, 135, 175, 215, 255};
    (void)state;
    for (unsigned n = 0; n < 216; n++) {
        uint32_t colour = levels[n / 36] | levels[n / 6 % 6] << 8 | levels[n % 6] << 16;

        assert_int_equal(tty_nearest_of_256(colour), 16 + n);
    }
    for (unsigned n = 0; n < 24; n++) {
        assert_int_equal(tty_nearest_of_256((8 + 10 * n) * 0x010101u), 232 + n);
    }
}

static void a_colour_between_two_becomes_the_nearer_one(void **state)
{
    (void)state;
    assert_int_equal(tty_nearest_of_256(0x0000f0), 16 + 5 * 36);      // red 240: 255, not 215
    assert_int_equal(tty_nearest_of_256(0x0000e0), 16 + 4 * 36);      // red 224: 215
    assert_int_equal(tty_nearest_of_256(0x2a2a2a), 232 + 3);          // grey 42: 38
    assert_int_equal(tty_nearest_of_256(0x60ff5f), 16 + 36 + 30 + 1); // 95, 255, 96
}

static void the_environment_says_which_colours_there_are(void **state)
{
    (void)state;
    unsetenv("NO_COLOR");
    setenv("COLORTERM", "truecolor", 1);
    assert_int_equal(tty_picture_colours(), TTY_TRUE_COLOURS);
    setenv("COLORTERM", "24bit", 1);
    assert_int_equal(tty_picture_colours(), TTY_TRUE_COLOURS);
    setenv("COLORTERM", "yes", 1);
    assert_int_equal(tty_picture_colours(), TTY_256_COLOURS);
    setenv("NO_COLOR", "1", 1);
    assert_int_equal(tty_picture_colours(), TTY_NO_COLOURS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_of_the_256_colours_is_nearest_to_itself),
        cmocka_unit_test(a_colour_between_two_becomes_the_nearer_one),
        cmocka_unit_test(the_environment_says_which_colours_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
