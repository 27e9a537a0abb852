#include "core/dev.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct chip_state {
    u32 value;
};

static const struct field chip_fields[] = {FIELD(struct chip_state, value)};
static const struct field_table chip_table = FIELD_TABLE("chip", 1, struct chip_state, chip_fields);

static char order[8];
static unsigned order_count;

struct chip {
    struct dev dev;
    struct chip_state s;
    char letter;
};

static void on_reset(void *owner)
{
    struct chip *c = owner;
    c->s.value = 0;
    order[order_count++] = c->letter;
}

static struct chip chip(char letter, u32 value)
{
    return (struct chip){.letter = letter, .s = {.value = value}};
}

static u64 digest_of(const struct dev_list *list)
{
    struct digest d;
    digest_init(&d);
    dev_digest_all(list, &d);
    return digest_end(&d);
}

static void devices_are_reset_in_the_order_they_were_added(void **state)
{
    (void)state;
    struct chip a = chip('a', 1), b = chip('b', 2), c = chip('c', 3);
    struct dev_list list = {0};
    order_count = 0;
    memset(order, 0, sizeof order);
    dev_init(&b.dev, "b", &chip_table, &b.s, &b, on_reset, NULL);
    dev_init(&a.dev, "a", &chip_table, &a.s, &a, on_reset, NULL);
    dev_init(&c.dev, "c", &chip_table, &c.s, &c, NULL, NULL); // nothing to reset
    dev_add(&list, &b.dev);
    dev_add(&list, &c.dev);
    dev_add(&list, &a.dev);
    assert_int_equal(list.count, 3);
    dev_reset_all(&list);
    assert_string_equal(order, "ba");
    assert_int_equal(a.s.value, 0);
    assert_int_equal(c.s.value, 3);
}

static void the_digest_covers_every_device(void **state)
{
    (void)state;
    struct chip a = chip('a', 1), b = chip('b', 2);
    struct dev_list list = {0};
    dev_init(&a.dev, "a", &chip_table, &a.s, &a, NULL, NULL);
    dev_init(&b.dev, "b", &chip_table, &b.s, &b, NULL, NULL);
    dev_add(&list, &a.dev);
    dev_add(&list, &b.dev);
    u64 before = digest_of(&list);
    b.s.value++;
    assert_true(digest_of(&list) != before);
    b.s.value--;
    assert_true(digest_of(&list) == before);
    a.s.value = 2;
    b.s.value = 1;
    assert_true(digest_of(&list) != before);
}

static void a_device_without_state_is_no_trouble(void **state)
{
    (void)state;
    struct dev glue;
    struct dev_list list = {0};
    dev_init(&glue, "glue", NULL, NULL, NULL, NULL, NULL);
    dev_add(&list, &glue);
    dev_reset_all(&list);
    u64 empty = digest_of(&(struct dev_list){0});
    assert_true(digest_of(&list) == empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_are_reset_in_the_order_they_were_added),
        cmocka_unit_test(the_digest_covers_every_device),
        cmocka_unit_test(a_device_without_state_is_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
