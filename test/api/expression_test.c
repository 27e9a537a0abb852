// vt_evaluate on an LC-3: numbers in their spellings, names, memory, operators by C's precedence,
// and mistakes with their place.
#include "test/machine/lc3_rig.h"

static const struct vt_symbol symbols[] = {{"TOTAL", 0x3001}, {"R9", 9}, {"xF", 0x4444}};

static void start(struct lc3_rig *r)
{
    rig_start(r, NULL, ".ORIG x3000\nHALT\nTOTAL .FILL 7\n.FILL x8000\n.END");
    vt_set_symbols(r->vm, symbols, COUNT_OF(symbols));
    vt_set_register(r->vm, 0, 0xfffe);
    vt_set_register(r->vm, 5, 5);
}

static void expressions_have_the_values_that_c_gives_them(void **state UNUSED)
{
    static const struct {
        const char *text;
        u64 value;
    } cases[] = {
        {"10", 10},
        {"#10", 10},
        {"x1F", 0x1f},
        {"0x1f", 0x1f},
        {"X1f", 0x1f},
        {"b101", 5},
        {" 2 ", 2},
        {"R5", 5},
        {"r0", 0xfffe},
        {"PC", 0x3000},
        {"Z", 1},
        {"user", 1},
        {"TOTAL", 0x3001},
        {"total+1", 0x3002},
        {"[TOTAL]", 7},
        {"[x3002]", 0x8000},
        {"[TOTAL + 1] >> #15", 1},
        {"R9", 9},
        {"xF", 0x4444},
        {"-1", UINT64_MAX},
        {"1 + 2 * 3", 7},
        {"(1 + 2) * 3", 9},
        {"10 - 2 - 3", 5},
        {"1 << 2 + 1", 8},
        {"1 | 2 ^ 3 & 1", 3},
        {"6 & 3 == 3", 0},
        {"(6 & 3) == 2", 1},
        {"1 < 2 == 1", 1},
        {"3 >= 3 && 2 != 3", 1},
        {"0 || 0", 0},
        {"!5", 0},
        {"!!5", 1},
        {"~0 & xFF", 0xff},
        {"- - 4", 4},
        {"1 << 64", 0},
        {"[[x3001] + x2FFA]", 7},
        {"R5==5&&R0==xFFFE", 1},
        {"((((((((((1))))))))))", 1},
    };
    struct lc3_rig r;
    start(&r);
    for (unsigned n = 0; n < COUNT_OF(cases); n++) {
        u64 value;
        const char *error;
        size_t at;
        if (!vt_evaluate(r.vm, cases[n].text, &value, &error, &at)) {
            fail_msg("%s: %s at %zu", cases[n].text, error, at);
        }
        if (value != cases[n].value) {
            fail_msg("%s is %llx, not %llx", cases[n].text, (unsigned long long)value,
                     (unsigned long long)cases[n].value);
        }
    }
    rig_end(&r);
}

static void mistakes_are_told_with_their_place(void **state UNUSED)
{
    static const struct {
        const char *text;
        size_t at;
    } cases[] = {
        {"", 0},   {"1 +", 3}, {"(1", 2},      {"[x3000", 6},   {"nobody", 0}, {"1 2", 2},
        {"#x", 0}, {"12z", 0}, {"1 + * 2", 4}, {"[x10000]", 7}, {")", 0},      {"R5 = 5", 3},
    };
    struct lc3_rig r;
    start(&r);
    for (unsigned n = 0; n < COUNT_OF(cases); n++) {
        u64 value;
        const char *error;
        size_t at;
        if (vt_evaluate(r.vm, cases[n].text, &value, &error, &at)) {
            fail_msg("'%s' is no expression", cases[n].text);
        }
        assert_true(error && *error);
        if (at != cases[n].at) {
            fail_msg("'%s': at %zu, not %zu: %s", cases[n].text, at, cases[n].at, error);
        }
    }
    rig_end(&r);
}

static void a_deep_one_is_refused_and_does_not_take_the_stack(void **state UNUSED)
{
    static char text[20001];
    struct lc3_rig r;
    u64 value;
    start(&r);
    memset(text, '(', sizeof text - 1);
    assert_false(vt_evaluate(r.vm, text, &value, NULL, NULL));
    memset(text, '-', sizeof text - 1);
    assert_false(vt_evaluate(r.vm, text, &value, NULL, NULL));
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expressions_have_the_values_that_c_gives_them),
        cmocka_unit_test(mistakes_are_told_with_their_place),
        cmocka_unit_test(a_deep_one_is_refused_and_does_not_take_the_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
