#include "core/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct channel {
    u8 mode;
    u32 reload; // 3 bytes of padding in front
};

struct chip_state {
    u16 control;
    struct channel channels[2];
    u64 when;
    u8 fifo[3];
    struct channel last;
};

static const struct field channel_fields[] = {
    FIELD(struct channel, mode),
    FIELD(struct channel, reload),
};
static const struct field chip_fields[] = {
    FIELD(struct chip_state, control),
    FIELD_STRUCTS(struct chip_state, channels, channel_fields),
    FIELD(struct chip_state, when),
    FIELD_ARRAY(struct chip_state, fifo),
    FIELD_STRUCT(struct chip_state, last, channel_fields),
};
static const struct field_table chip_table = FIELD_TABLE("chip", 1, struct chip_state, chip_fields);

enum { SAVED_BYTES = 2 + 2 * 5 + 8 + 3 + 5 };

static const u8 saved[SAVED_BYTES] = {
    0x02, 0x01, 3,    0x14, 0x13, 0x12, 0x11, 4,   0x24, 0x23, 0x22, 0x21, 0x38, 0x37,
    0x36, 0x35, 0x34, 0x33, 0x32, 0x31, 'a',  'b', 'c',  5,    0x44, 0x43, 0x42, 0x41,
};

// With padding of a given byte: it must not matter.
static struct chip_state chip(int padding)
{
    struct chip_state s;
    memset(&s, padding, sizeof s);
    s.control = 0x0102;
    s.channels[0].mode = 3;
    s.channels[0].reload = 0x11121314;
    s.channels[1].mode = 4;
    s.channels[1].reload = 0x21222324;
    s.when = 0x3132333435363738;
    memcpy(s.fifo, "abc", 3);
    s.last.mode = 5;
    s.last.reload = 0x41424344;
    return s;
}

static u64 digest_of(const struct chip_state *s)
{
    struct digest d;
    digest_init(&d);
    fields_digest(&chip_table, s, &d);
    return digest_end(&d);
}

static void values_are_saved_little_endian_without_padding(void **state)
{
    (void)state;
    struct chip_state s = chip(0xee);
    u8 out[SAVED_BYTES + 1];
    memset(out, 0x77, sizeof out);
    assert_int_equal(fields_size(&chip_table), SAVED_BYTES);
    fields_save(&chip_table, &s, out);
    assert_memory_equal(out, saved, SAVED_BYTES);
    assert_int_equal(out[SAVED_BYTES], 0x77);
}

static void loading_brings_every_value_back(void **state)
{
    (void)state;
    struct chip_state s, expected = chip(0);
    memset(&s, 0, sizeof s);
    fields_load(&chip_table, &s, saved);
    assert_memory_equal(&s, &expected, sizeof s);
}

struct switches {
    bool is_on;
    u8 level;
    bool are_set[3];
};

// A file may hold any byte; a bool that is neither 0 nor 1 is undefined behaviour.
static void a_loaded_bool_is_0_or_1(void **state)
{
    (void)state;
    static const struct field list[] = {
        FIELD(struct switches, is_on),
        FIELD(struct switches, level),
        FIELD_ARRAY(struct switches, are_set),
    };
    static const struct field_table table = FIELD_TABLE("switches", 1, struct switches, list);
    static const u8 in[] = {0xbc, 0xbc, 0, 2, 0xff};
    static const u8 expected[] = {1, 0xbc, 0, 1, 1};
    struct switches s;
    u8 out[sizeof in];
    fields_load(&table, &s, in);
    fields_save(&table, &s, out);
    assert_memory_equal(out, expected, sizeof out);
}

static void the_digest_knows_values_and_no_padding(void **state)
{
    (void)state;
    struct chip_state a = chip(0), b = chip(0xff);
    assert_true(digest_of(&a) == digest_of(&b));
    b.channels[1].mode++;
    assert_true(digest_of(&a) != digest_of(&b));
    b = a;
    b.last.reload++;
    assert_true(digest_of(&a) != digest_of(&b));
    b = a;
    b.fifo[2]++;
    assert_true(digest_of(&a) != digest_of(&b));
}

static void the_digest_is_that_of_the_saved_form(void **state)
{
    (void)state;
    struct chip_state s = chip(0);
    struct digest d;
    digest_init(&d);
    digest_add(&d, saved, sizeof saved);
    assert_true(digest_end(&d) == digest_of(&s));
}

static bool count_values(void *owner, const char *name, u64 value, unsigned bits)
{
    (void)value, (void)bits;
    unsigned *count = owner;
    (*count)++;
    return strcmp(name, "channels[1].mode") != 0;
}

static void a_visit_goes_by_name_until_the_visitor_has_seen_enough(void **state)
{
    (void)state;
    struct chip_state s = chip(0);
    unsigned count = 0;
    assert_false(fields_visit(&chip_table, &s, count_values, &count));
    assert_true(count > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loaded_bool_is_0_or_1),
        cmocka_unit_test(values_are_saved_little_endian_without_padding),
        cmocka_unit_test(loading_brings_every_value_back),
        cmocka_unit_test(the_digest_knows_values_and_no_padding),
        cmocka_unit_test(the_digest_is_that_of_the_saved_form),
        cmocka_unit_test(a_visit_goes_by_name_until_the_visitor_has_seen_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
