// Values of options: sizes, counts, times, dates, lists. Expected values follow from the units'
// definitions; dates were checked with date(1).
#include "front/cli/values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void memory_sizes_have_binary_units_and_mebibytes_by_default(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {
        {"128", 128u << 20},      {"256M", 256u << 20},   {"1G", 1u << 30}, {"1g", 1u << 30},
        {"2048K", 2u << 20},      {"512MiB", 512u << 20}, {"0", 0},         {"1048576B", 1u << 20},
        {"1T", UINT64_C(1) << 40}};
    static const char *const bad[] = {
        "", "M", "-1", "1X", "1M1", "0x10", "1.5G", " 1", "99999999999999999999", "99999999999T"};
    uint64_t n;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(value_memory_size(good[i].text, &n));
        assert_true(n == good[i].bytes);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(value_memory_size(bad[i], &n));
    }
}

static void counts_have_decimal_units(void **state)
{
    uint64_t n;

    (void)state;
    assert_true(value_count("500M", &n) && n == 500000000);
    assert_true(value_count("2g", &n) && n == 2000000000);
    assert_true(value_count("12", &n) && n == 12);
    assert_false(value_count("2Gi", &n));
    assert_false(value_count("99999999999999999999", &n));
    assert_false(value_count("99999999999999999G", &n));
}

static void numbers_are_decimal_or_hexadecimal_and_limited(void **state)
{
    uint64_t n;

    (void)state;
    assert_true(value_number("0x3F8", 0xffff, &n) && n == 0x3f8);
    assert_true(value_number("65535", 0xffff, &n) && n == 65535);
    assert_false(value_number("65536", 0xffff, &n));
    assert_false(value_number("0x", 0xffff, &n));
    assert_false(value_number("12h", 0xffff, &n));
}

static void durations_are_seconds_unless_a_unit_follows(void **state)
{
    uint64_t n;

    (void)state;
    assert_true(value_duration_ns("90", &n) && n == UINT64_C(90000000000));
    assert_true(value_duration_ns("2.5s", &n) && n == UINT64_C(2500000000));
    assert_true(value_duration_ns("0.000000001", &n) && n == 1);
    assert_true(value_duration_ns("1.5ms", &n) && n == 1500000);
    assert_true(value_duration_ns("1.5h", &n) && n == UINT64_C(5400000000000));
    assert_true(value_duration_ns("0.999999999h", &n) && n == UINT64_C(3599999996400));
    assert_false(value_duration_ns("1d", &n));
    assert_false(value_duration_ns(".5", &n));
    assert_false(value_duration_ns("0.0000000001", &n));
    assert_false(value_duration_ns("18446744073709551615", &n));
}

static void dates_are_seconds_since_1970_in_utc(void **state)
{
    int64_t n;

    (void)state;
    assert_true(value_date("1970-01-01", &n) && n == 0);
    assert_true(value_date("2000-01-01T00:00:00", &n) && n == 946684800);
    assert_true(value_date("2006-06-17T16:01:21", &n) && n == 1150560081);
    assert_true(value_date("2024-02-29", &n) && n == 1709164800);
    assert_false(value_date("2023-02-29", &n));
    assert_false(value_date("2100-02-29", &n));
    assert_false(value_date("2006-13-01", &n));
    assert_false(value_date("2006-06-17T24:00:00", &n));
    assert_false(value_date("2006-06-17 16:01:21", &n));
    assert_false(value_date("2006-06-17T16:01", &n));
    assert_false(value_date("06-06-17", &n));
}

static void a_doubled_comma_is_part_of_a_value(void **state)
{
    struct properties p;

    (void)state;
    assert_true(properties_split(&p, "file=a,,b=c.img,if=ide,readonly", false));
    assert_int_equal(p.count, 3);
    assert_string_equal(p.rows[0].name, "file");
    assert_string_equal(p.rows[0].value, "a,b=c.img");
    assert_string_equal(p.rows[1].value, "ide");
    assert_string_equal(p.rows[2].name, "readonly");
    assert_null(p.rows[2].value);
    free(p.storage);
}

static void the_first_item_may_be_a_bare_value(void **state)
{
    struct properties p;

    (void)state;
    assert_true(properties_split(&p, "isa-debug-exit,iobase=0xf4", true));
    assert_null(p.rows[0].name);
    assert_string_equal(p.rows[0].value, "isa-debug-exit");
    assert_string_equal(p.rows[1].name, "iobase");
    free(p.storage);
    assert_true(properties_split(&p, "", true));
    assert_int_equal(p.count, 0);
    free(p.storage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_sizes_have_binary_units_and_mebibytes_by_default),
        cmocka_unit_test(counts_have_decimal_units),
        cmocka_unit_test(numbers_are_decimal_or_hexadecimal_and_limited),
        cmocka_unit_test(durations_are_seconds_unless_a_unit_follows),
        cmocka_unit_test(dates_are_seconds_since_1970_in_utc),
        cmocka_unit_test(a_doubled_comma_is_part_of_a_value),
        cmocka_unit_test(the_first_item_may_be_a_bare_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
