// Expected products and quotients: computed with arbitrary-precision integers.
#include "base/bits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void a_product_has_all_128_bits(void **state)
{
    (void)state;
    struct u128 p = mul_u64(UINT64_MAX, UINT64_MAX);
    assert_true(p.hi == 0xfffffffffffffffe && p.lo == 1);
    p = mul_u64(0x123456789abcdef0, 0xfedcba9876543210);
    assert_true(p.hi == 0x121fa00ad77d7422 && p.lo == 0x236d88fe5618cf00);
    p = mul_u64(0x8000000000000000, 3);
    assert_true(p.hi == 1 && p.lo == 0x8000000000000000);
}

static void a_quotient_is_exact_when_the_product_is_wider_than_64_bits(void **state)
{
    (void)state;
    assert_int_equal(mul_div_u64(UINT64_MAX, UINT64_MAX, UINT64_MAX), UINT64_MAX);
    assert_int_equal(mul_div_u64(0x8000000000000000, 3, 7), 0x36db6db6db6db6db);
    assert_int_equal(mul_div_u64(0x123456789abcdef0, 0xfedcba9876543210, 0xfedcba9876543211),
                     0x123456789abcdeef);
    // The rest reaches 2^63 while it is shifted: the carry out of bit 63 counts.
    assert_int_equal(mul_div_u64(UINT64_MAX, 1000000000, 0x8000000000000001), 0x773593ff);
    assert_int_equal(mul_div_u64(10, 10, 3), 33);
}

static void fields_of_bits_are_cut_out(void **state)
{
    (void)state;
    assert_int_equal(bits_of(0xabcd, 4, 8), 0xbc);
    assert_int_equal(bits_of(UINT64_MAX, 1, 63), UINT64_MAX >> 1);
}

static void zeros_are_counted_from_both_ends(void **state)
{
    (void)state;
    assert_int_equal(clz64(1), 63);
    assert_int_equal(clz64(UINT64_MAX), 0);
    assert_int_equal(ctz64(0x8000000000000000), 63);
    assert_int_equal(ctz64(6), 1);
}

static void zero_is_no_power_of_two(void **state)
{
    (void)state;
    assert_false(is_power_of_2(0));
    assert_true(is_power_of_2(1));
    assert_true(is_power_of_2(0x8000000000000000));
    assert_false(is_power_of_2(6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_product_has_all_128_bits),
        cmocka_unit_test(a_quotient_is_exact_when_the_product_is_wider_than_64_bits),
        cmocka_unit_test(fields_of_bits_are_cut_out),
        cmocka_unit_test(zeros_are_counted_from_both_ends),
        cmocka_unit_test(zero_is_no_power_of_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
