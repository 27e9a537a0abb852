// Expected values: the US layout and set-1 codes of the IBM PC AT Technical Reference.
#include "rig.h"

#include "dev/keymap.h"

#define R KEYMAP_RELEASE

static void expect(char c, unsigned count, u32 k0, u32 k1, u32 k2, u32 k3)
{
    u32 keys[4] = {0}, expected[4] = {k0, k1, k2, k3};
    assert_int_equal(keymap_keys_of_character(c, keys), count);
    for (unsigned n = 0; n < count; n++) {
        assert_int_equal(keys[n], expected[n]);
    }
}

static void small_letters_and_digits_are_one_key(void **state UNUSED)
{
    expect('a', 2, 0x1e, 0x1e | R, 0, 0);
    expect('z', 2, 0x2c, 0x2c | R, 0, 0);
    expect('q', 2, 0x10, 0x10 | R, 0, 0);
    expect('m', 2, 0x32, 0x32 | R, 0, 0);
    expect('0', 2, 0x0b, 0x0b | R, 0, 0);
    expect(' ', 2, 0x39, 0x39 | R, 0, 0);
    expect('\n', 2, 0x1c, 0x1c | R, 0, 0);
    expect('\b', 2, 0x0e, 0x0e | R, 0, 0);
    expect('\x1b', 2, 0x01, 0x01 | R, 0, 0);
}

static void capitals_and_signs_come_with_shift(void **state UNUSED)
{
    expect('A', 4, 0x2a, 0x1e, 0x1e | R, 0x2a | R);
    expect('!', 4, 0x2a, 0x02, 0x02 | R, 0x2a | R);
    expect('"', 4, 0x2a, 0x28, 0x28 | R, 0x2a | R);
    expect('|', 4, 0x2a, 0x2b, 0x2b | R, 0x2a | R);
    expect('~', 4, 0x2a, 0x29, 0x29 | R, 0x2a | R);
    expect('?', 4, 0x2a, 0x35, 0x35 | R, 0x2a | R);
}

static void control_characters_come_with_ctrl(void **state UNUSED)
{
    expect(3, 4, 0x1d, 0x2e, 0x2e | R, 0x1d | R);
    expect(26, 4, 0x1d, 0x2c, 0x2c | R, 0x1d | R);
    expect(0x1c, 4, 0x1d, 0x2b, 0x2b | R, 0x1d | R);
}

static void every_printable_character_has_keys_of_its_own(void **state UNUSED)
{
    for (unsigned a = ' '; a < 127; a++) {
        u32 keys[4] = {0};
        assert_in_range(keymap_keys_of_character((char)a, keys), 2, 4);
        for (unsigned c = ' '; c < a; c++) {
            u32 others[4] = {0};
            keymap_keys_of_character((char)c, others);
            assert_memory_not_equal(keys, others, sizeof keys);
        }
    }
}

static void other_characters_have_none(void **state UNUSED)
{
    expect('\0', 0, 0, 0, 0, 0);
    expect((char)0xe4, 0, 0, 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_letters_and_digits_are_one_key),
        cmocka_unit_test(capitals_and_signs_come_with_shift),
        cmocka_unit_test(control_characters_come_with_ctrl),
        cmocka_unit_test(every_printable_character_has_keys_of_its_own),
        cmocka_unit_test(other_characters_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
