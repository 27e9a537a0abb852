// What a format must give: printf of the C standard, 7.21.6.1.
#include "core/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

static char last_text[512];
static enum vt_log last_kind;
static unsigned sent_count;

static void on_log(void *owner, enum vt_log kind, const char *text)
{
    (void)owner;
    last_kind = kind;
    sent_count++;
    snprintf(last_text, sizeof last_text, "%s", text);
}

static const struct vt_host host = {.log = on_log};

static struct log new_log(void)
{
    sent_count = 0;
    last_text[0] = '\0';
    return (struct log){.host = &host};
}

#define EXPECT_LIKE_PRINTF(...)                                                                    \
    do {                                                                                           \
        struct log l = new_log();                                                                  \
        char expected[512];                                                                        \
        snprintf(expected, sizeof expected, __VA_ARGS__);                                          \
        log_guest(&l, __VA_ARGS__);                                                                \
        assert_string_equal(last_text, expected);                                                  \
    } while (0)

static void text_and_characters_come_through(void **state)
{
    (void)state;
    EXPECT_LIKE_PRINTF("%s", "");
    EXPECT_LIKE_PRINTF("port %s, letter %c, 100%%", "61h", 'x');
}

static void numbers_of_every_width_come_through(void **state)
{
    (void)state;
    EXPECT_LIKE_PRINTF("%u %u", 0u, UINT_MAX);
    EXPECT_LIKE_PRINTF("%d %d %d", 0, INT_MAX, INT_MIN);
    EXPECT_LIKE_PRINTF("%x %x", 0u, 0xdeadbeefu);
    EXPECT_LIKE_PRINTF("%lu %lx %ld", ULONG_MAX, ULONG_MAX, LONG_MIN);
    EXPECT_LIKE_PRINTF("%llu %llx %lld", ULLONG_MAX, ULLONG_MAX, LLONG_MIN);
    EXPECT_LIKE_PRINTF("%" PRIu64 " %" PRIx64, UINT64_MAX, UINT64_MAX);
}

static void a_width_fills_with_zeros_or_blanks(void **state)
{
    (void)state;
    EXPECT_LIKE_PRINTF("%02x %04x %08x %016llx", 5u, 0xabcdeu, 0x1234u, 0x1234567890ull);
    EXPECT_LIKE_PRINTF("%3u|%3d|%03d|%1u", 7u, -7, -7, 1234u);
}

static void the_order_of_arguments_holds_between_widths(void **state)
{
    (void)state;
    EXPECT_LIKE_PRINTF("%s %u %llx %c %d %lu", "a", 1u, 2ull, 'b', -3, 4ul);
}

static void a_long_line_is_cut_off(void **state)
{
    (void)state;
    char text[400];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    struct log l = new_log();
    log_stub(&l, "%s%u", text, 1234567890u);
    size_t length = strlen(last_text);
    assert_in_range(length, 200, 399);
    assert_memory_equal(last_text, text, length);
}

static void each_message_says_whose_matter_it_is(void **state)
{
    (void)state;
    struct log l = new_log();
    log_guest(&l, "a");
    assert_int_equal(last_kind, VT_LOG_GUEST);
    log_stub(&l, "b");
    assert_int_equal(last_kind, VT_LOG_STUB);
    log_host(&l, "c");
    assert_int_equal(last_kind, VT_LOG_HOST);
}

static void a_flood_ends_with_one_last_line(void **state)
{
    (void)state;
    struct log l = new_log();
    for (unsigned n = 0; n < LOG_LINES_MAX; n++) {
        log_guest(&l, "message %u", n);
    }
    assert_int_equal(sent_count, LOG_LINES_MAX);
    assert_string_equal(last_text, "message 499");
    log_guest(&l, "one too many");
    assert_int_equal(sent_count, LOG_LINES_MAX + 1);
    assert_string_not_equal(last_text, "one too many");
    log_guest(&l, "never seen");
    assert_int_equal(sent_count, LOG_LINES_MAX + 1);
}

static void a_host_that_does_not_listen_is_no_trouble(void **state)
{
    (void)state;
    static const struct vt_host deaf = {0};
    struct log l = {.host = &deaf};
    log_guest(&l, "%s", "x");
    l.host = NULL;
    log_guest(&l, "%s", "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_characters_come_through),
        cmocka_unit_test(numbers_of_every_width_come_through),
        cmocka_unit_test(a_width_fills_with_zeros_or_blanks),
        cmocka_unit_test(the_order_of_arguments_holds_between_widths),
        cmocka_unit_test(a_long_line_is_cut_off),
        cmocka_unit_test(each_message_says_whose_matter_it_is),
        cmocka_unit_test(a_flood_ends_with_one_last_line),
        cmocka_unit_test(a_host_that_does_not_listen_is_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
