// What is accepted and what is not, case by case. The cases, and what lc3tools, Lumetta's tools,
// complx, laser, lc3web and lc3-ensemble do with each, were found by running these; where they
// disagree, what helps a learner most is right. Words are worked out by hand from [P&P] appendix A.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/cpu/lc3/lc3_rig.h"

#include "base/types.h"

struct dialect_case {
    const char *name, *source, *codes;
    int first;
};

static const struct dialect_case cases[] = {
#define CASE(name, source, codes, first) {name, source, codes, first},
#include "test/cpu/lc3/dialect.def"
};

static const char *whole_source(const struct dialect_case *c)
{
    static char text[1024];
    if (c->source[0] == '!') {
        return c->source + 1;
    }
    snprintf(text, sizeof text, " .ORIG x3000\n%s\n .END\n", c->source);
    return text;
}

// The codes as a set: their order is that of the places.
static bool has_codes(const struct vt_lc3_program *p, const char *wanted)
{
    size_t count = strlen(wanted) > 0;
    for (const char *c = wanted; *c; c++) {
        count += *c == ' ';
    }
    for (size_t n = 0; n < p->diagnostic_count; n++) {
        if (!strstr(wanted, p->diagnostics[n].code)) {
            return false;
        }
    }
    return p->diagnostic_count == count;
}

static void every_case_of_the_dialects_is_treated_as_advised(void **state)
{
    (void)state;
    unsigned failed = 0;
    for (size_t n = 0; n < COUNT_OF(cases); n++) {
        const struct dialect_case *c = &cases[n];
        struct vt_lc3_program *p = rig_assemble(whole_source(c));
        assert_non_null(p);
        const struct vt_lc3_word *w = vt_lc3_word_at(p, 0x3000);
        bool is_right = has_codes(p, c->codes);
        is_right &= c->first < 0 || (w && w->value == c->first);
        if (!is_right) {
            failed++;
            print_error("%s: diagnostics '%s' instead of '%s', first word x%04X\n", c->name,
                        rig_codes(p), c->codes, w ? (unsigned)w->value : 0xdead);
        }
        vt_lc3_free(p);
    }
    assert_int_equal(failed, 0);
}

static void check_string(const char *source, const char *bytes, size_t count)
{
    char text[256];
    snprintf(text, sizeof text, " .ORIG x3000\n .STRINGZ %s\n .END\n", source);
    struct vt_lc3_program *p = rig_assemble(text);
    assert_int_equal(p->word_count, count + 1);
    for (size_t n = 0; n < count; n++) {
        assert_int_equal(p->words[n].value, (unsigned char)bytes[n]);
        assert_int_equal(p->words[n].kind, VT_LC3_STRING);
    }
    assert_int_equal(p->words[count].value, 0);
    vt_lc3_free(p);
}

static void strings_are_taken_whole_whatever_is_in_them(void **state)
{
    (void)state;
    check_string("\"a;b\" ; c", "a;b", 3);
    check_string("\"a\\\";b\"", "a\";b", 4);
    check_string("\"a\\\\\"", "a\\", 2);
    check_string("\"a\\\\\" ; \"x", "a\\", 2);
    check_string("\"\"", "", 0);
    check_string("\"a,b: c\"", "a,b: c", 6);
    check_string("\"\\x4\\x41g\"", "\x04\x41g", 3);
    check_string("\"\\q\"", "\\q", 2);
}

static struct vt_lc3_program *assemble_lines(const char *line, unsigned count)
{
    size_t length = strlen(line), at;
    char *text = malloc(length * count + 64);
    at = (size_t)sprintf(text, " .ORIG x3000\n");
    for (unsigned n = 0; n < count; n++) {
        memcpy(text + at, line, length);
        at += length;
    }
    at += (size_t)sprintf(text + at, " HALT\n .END\n");
    struct vt_lc3_program *p = vt_lc3_assemble(&rig_host, text, at, NULL);
    free(text);
    return p;
}

static void very_many_warnings_are_no_error(void **state)
{
    (void)state;
    struct vt_lc3_program *p = assemble_lines(" ADD R0 R0 R0\n", 5000);
    assert_int_equal(p->error_count, 0);
    assert_int_equal(p->word_count, 5001);
    assert_true(p->warning_count >= 1000 && p->warning_count <= 5000);
    vt_lc3_free(p);
}

static void very_many_errors_are_counted_and_the_first_told(void **state)
{
    (void)state;
    struct vt_lc3_program *p = assemble_lines(" ADD R0, R0, #99\n", 5000);
    assert_true(p->error_count >= 5000);
    assert_int_equal(p->diagnostics[999].line, 1001);
    assert_string_equal(p->diagnostics[p->diagnostic_count - 1].code, "E025");
    vt_lc3_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_of_the_dialects_is_treated_as_advised),
        cmocka_unit_test(very_many_warnings_are_no_error),
        cmocka_unit_test(very_many_errors_are_counted_and_the_first_told),
        cmocka_unit_test(strings_are_taken_whole_whatever_is_in_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
