#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct pieces {
    unsigned held, allowed;
};

static void *give(void *owner, size_t size_bytes)
{
    struct pieces *p = owner;
    if (p->held == p->allowed) {
        return NULL;
    }
    p->held++;
    return calloc(1, size_bytes);
}

static void take_back(void *owner, void *memory, size_t size_bytes)
{
    memset(memory, 0xdd, size_bytes);
    free(memory);
    ((struct pieces *)owner)->held--;
}

static struct arena arena_of(struct pieces *p)
{
    struct arena a;
    arena_init(&a, &(struct arena_source){p, give, take_back});
    return a;
}

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct pieces p = {.allowed = 100};
    struct arena a = arena_of(&p);
    u8 *last = NULL;
    for (size_t n = 1; n < 3000; n += 37) {
        u8 *piece = arena_take(&a, n);
        assert_non_null(piece);
        assert_int_equal((uintptr_t)piece % 16, 0);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(piece[i], 0);
            piece[i] = 0xff;
        }
        assert_true(!last || piece != last);
        last = piece;
    }
    assert_non_null(arena_take(&a, 1 << 20)); // more than a chunk
    arena_free(&a);
    assert_int_equal(p.held, 0);
}

static void a_list_keeps_its_items_while_it_grows(void **state)
{
    (void)state;
    struct pieces p = {.allowed = 100};
    struct arena a = arena_of(&p);
    struct list l = list_in(&a, sizeof(u32));
    for (u32 n = 0; n < 100000; n++) {
        u32 *item = list_add(&l);
        assert_non_null(item);
        assert_int_equal(*item, 0);
        *item = n;
    }
    for (u32 n = 0; n < 100000; n++) {
        assert_int_equal(((u32 *)l.items)[n], n);
    }
    arena_free(&a);
}

static void without_memory_it_fails_and_says_so_later(void **state)
{
    (void)state;
    struct pieces p = {.allowed = 1};
    struct arena a = arena_of(&p);
    assert_non_null(arena_take(&a, 60000));
    assert_null(arena_take(&a, 60000));
    assert_true(a.has_failed);
    assert_null(arena_take(&a, SIZE_MAX));
    arena_free(&a);
    assert_int_equal(p.held, 0);
}

static void a_text_is_copied_with_a_zero(void **state)
{
    (void)state;
    struct pieces p = {.allowed = 1};
    struct arena a = arena_of(&p);
    assert_string_equal(arena_text(&a, "hello world", 5), "hello");
    assert_string_equal(arena_text(&a, NULL, 0), "");
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(a_list_keeps_its_items_while_it_grows),
        cmocka_unit_test(without_memory_it_fails_and_says_so_later),
        cmocka_unit_test(a_text_is_copied_with_a_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
