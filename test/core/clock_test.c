// Expected tick counts: computed with arbitrary-precision integers.
#include "core/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

// A CPU of which only the count matters, and a log of what fired.
struct bench {
    struct clock clock;
    struct event events[4];
    u64 executed;
    unsigned kicks;

    char fired[32];
    unsigned fired_count;
    u64 fired_ns[32];

    u64 periodic_ns; // when on_periodic was due last
};

static u64 executed(void *cpu)
{
    return ((struct bench *)cpu)->executed;
}

static void kick(void *cpu)
{
    ((struct bench *)cpu)->kicks++;
}

static void note(struct bench *b, char letter)
{
    assert_true(b->fired_count < sizeof b->fired - 1);
    b->fired_ns[b->fired_count] = clock_now_ns(&b->clock);
    b->fired[b->fired_count++] = letter;
}

static void on_a(void *owner)
{
    note(owner, 'a');
}

static void on_b(void *owner)
{
    note(owner, 'b');
}

static void on_c(void *owner)
{
    note(owner, 'c');
}

static void on_periodic(void *owner)
{
    struct bench *b = owner;
    assert_false(event_is_armed(&b->events[3]));
    note(b, 'p');
    b->periodic_ns += 10;
    clock_arm(&b->clock, &b->events[3], b->periodic_ns);
}

static void set_up(struct bench *b, u32 numerator, u32 denominator)
{
    static event_fn *const fns[] = {on_a, on_b, on_c, on_periodic};
    static const char *const names[] = {"a", "b", "c", "periodic"};
    memset(b, 0, sizeof *b);
    clock_init(&b->clock, numerator, denominator);
    clock_set_cpu(&b->clock, executed, kick, b);
    for (unsigned n = 0; n < 4; n++) {
        clock_add_event(&b->clock, &b->events[n], names[n], fns[n], b);
    }
}

// --- time ---

static void time_counts_the_instructions_of_the_slice_that_runs(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 1, 1);
    b.executed = 7;
    assert_int_equal(clock_now_ns(&b.clock), 7);
    assert_int_equal(clock_instructions(&b.clock), 7);
    clock_advance(&b.clock, 10);
    b.executed = 3;
    assert_int_equal(clock_now_ns(&b.clock), 13);
    assert_int_equal(clock_instructions(&b.clock), 13);
}

static void what_an_instruction_spends_brings_events_nearer(void **state)
{
    struct bench b;
    (void)state;
    set_up(&b, 4, 1);
    clock_arm(&b.clock, &b.events[0], 1000);
    unsigned kicks = b.kicks;
    b.executed = 5;
    clock_spend(&b.clock, 700);
    assert_int_equal(b.kicks, kicks + 1); // the slice was meant for 250 instructions
    assert_int_equal(clock_now_ns(&b.clock), 20 + 700);
    clock_advance(&b.clock, 6);
    b.executed = 0;
    assert_int_equal(clock_now_ns(&b.clock), 24 + 700);
    assert_int_equal(clock_instructions(&b.clock), 6);
    assert_int_equal(clock_instructions_until(&b.clock, 1000), 69);
    assert_int_equal(clock_run_due(&b.clock), 0);
    clock_spend(&b.clock, 700);
    assert_int_equal(clock_run_due(&b.clock), 1); // and late
    assert_int_equal(b.fired_ns[0], 1424);
    assert_int_equal(b.clock.halted_ns, 0);
}

static void fractions_of_a_nanosecond_are_never_lost(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 10, 3);
    u64 total = 0;
    for (u64 n = 1; n < 1000; n++) {
        clock_advance(&b.clock, n);
        total += n;
        assert_int_equal(clock_now_ns(&b.clock), total * 10 / 3);
        b.executed = 2;
        assert_int_equal(clock_now_ns(&b.clock), (total + 2) * 10 / 3);
        b.executed = 0;
    }
}

static void the_largest_rates_do_not_overflow(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, UINT32_MAX, UINT32_MAX - 1);
    clock_advance(&b.clock, 0x3fffffffffffffff);
    // 3fffffffffffffffh * (2^32 - 1) / (2^32 - 2), rounded down.
    assert_int_equal(b.clock.base_ns, 0x400000003FFFFFFF);
}

static void a_halted_machine_skips_and_the_skipped_time_is_counted(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 1, 2);
    clock_advance(&b.clock, 201);
    clock_skip_to(&b.clock, 500);
    assert_int_equal(clock_now_ns(&b.clock), 500);
    assert_int_equal(clock_instructions(&b.clock), 201);
    assert_int_equal(b.clock.halted_ns, 400);
    assert_int_equal(b.clock.fraction, 0);
    clock_skip_to(&b.clock, 499); // never backwards
    assert_int_equal(clock_now_ns(&b.clock), 500);
}

static void instructions_until_is_the_first_boundary_at_or_after_the_time(void **state)
{
    (void)state;
    static const struct {
        u32 numerator, denominator;
    } rates[] = {{1, 1}, {1, 3}, {10, 3}, {7, 5}, {1000, 1}, {UINT32_MAX, 7}};
    for (unsigned r = 0; r < COUNT_OF(rates); r++) {
        struct bench b;
        set_up(&b, rates[r].numerator, rates[r].denominator);
        for (u64 step = 1; step < 40; step++) {
            clock_advance(&b.clock, step % 3);
            u64 when = b.clock.base_ns + step;
            u64 count = clock_instructions_until(&b.clock, when);
            b.executed = count;
            assert_true(clock_now_ns(&b.clock) >= when);
            b.executed = count - 1;
            assert_true(clock_now_ns(&b.clock) < when);
            b.executed = 0;
        }
        assert_int_equal(clock_instructions_until(&b.clock, b.clock.base_ns), 0);
        assert_int_equal(clock_instructions_until(&b.clock, CLOCK_NEVER), UINT64_MAX);
    }
}

static void a_wait_too_long_to_count_is_for_ever(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 1, 1000);
    assert_int_equal(clock_instructions_until(&b.clock, CLOCK_NEVER - 1), UINT64_MAX);
}

// --- events ---

static void due_events_fire_earliest_first(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 1, 1);
    clock_arm(&b.clock, &b.events[0], 30);
    clock_arm(&b.clock, &b.events[1], 10);
    clock_arm(&b.clock, &b.events[2], 20);
    assert_int_equal(b.clock.next_ns, 10);
    clock_advance(&b.clock, 25);
    assert_int_equal(clock_run_due(&b.clock), 2);
    assert_string_equal(b.fired, "bc");
    assert_int_equal(b.clock.next_ns, 30);
    assert_int_equal(clock_run_due(&b.clock), 0);
}

static void events_of_the_same_time_fire_in_order_of_registration(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 1, 1);
    clock_arm(&b.clock, &b.events[2], 5);
    clock_arm(&b.clock, &b.events[0], 5);
    clock_arm(&b.clock, &b.events[1], 5);
    clock_advance(&b.clock, 5);
    assert_int_equal(clock_run_due(&b.clock), 3);
    assert_string_equal(b.fired, "abc");
}

static void an_event_sees_the_boundary_it_fires_at(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 3, 1);
    clock_arm(&b.clock, &b.events[0], 10);
    clock_advance(&b.clock, clock_instructions_until(&b.clock, b.clock.next_ns));
    clock_run_due(&b.clock);
    assert_int_equal(b.fired_ns[0], 12);
}

static void an_event_may_arm_itself_again_and_catches_up(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 1, 1);
    b.periodic_ns = 10;
    clock_arm(&b.clock, &b.events[3], 10);
    clock_arm(&b.clock, &b.events[0], 15);
    clock_advance(&b.clock, 32);
    clock_run_due(&b.clock);
    assert_string_equal(b.fired, "papp"); // at 10, 15, 20 and 30
    assert_int_equal(b.clock.next_ns, 40);
}

static void a_disarmed_event_does_not_fire_and_the_next_one_is_found(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 1, 1);
    clock_arm(&b.clock, &b.events[0], 10);
    clock_arm(&b.clock, &b.events[1], 20);
    clock_disarm(&b.clock, &b.events[0]);
    assert_int_equal(b.clock.next_ns, 20);
    clock_arm(&b.clock, &b.events[1], 40); // later than before
    assert_int_equal(b.clock.next_ns, 40);
    clock_disarm(&b.clock, &b.events[1]);
    assert_int_equal(b.clock.next_ns, CLOCK_NEVER);
    clock_advance(&b.clock, 100);
    assert_int_equal(clock_run_due(&b.clock), 0);
}

static void an_event_armed_for_the_past_is_due_at_once(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 1, 1);
    clock_advance(&b.clock, 100);
    clock_arm(&b.clock, &b.events[0], 1);
    assert_int_equal(clock_instructions_until(&b.clock, b.clock.next_ns), 0);
    assert_int_equal(clock_run_due(&b.clock), 1);
}

static void only_a_new_earliest_event_kicks_the_cpu(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 1, 1);
    clock_arm(&b.clock, &b.events[0], 100);
    assert_int_equal(b.kicks, 1);
    clock_arm(&b.clock, &b.events[1], 100);
    clock_arm(&b.clock, &b.events[1], 200);
    assert_int_equal(b.kicks, 1);
    clock_arm(&b.clock, &b.events[1], 99);
    assert_int_equal(b.kicks, 2);
    clock_disarm(&b.clock, &b.events[1]);
    assert_int_equal(b.kicks, 2);
}

// --- ticks ---

static void ticks_are_exact_to_the_last_nanosecond(void **state)
{
    (void)state;
    static const struct {
        u64 hz, ns, ticks;
    } known[] = {
        {1193182, 999999999, 0x1234dd},         {1193182, 123456789012345678, 0x85f972be55c0},
        {1193182, INT64_MAX, 0x271922d586c977}, {32768, 123456789012345678, 0x3ade68a8194},
        {3579545, INT64_MAX, 0x754b665ad2df60}, {14318180, 123456789012345678, 0x647b1437cd0b3},
        {1000000000, INT64_MAX, INT64_MAX},     {3999999999, 123456789012345678, 0x6da6d2e91680022},
    };
    for (unsigned n = 0; n < COUNT_OF(known); n++) {
        assert_int_equal(clock_ticks(known[n].ns, known[n].hz), known[n].ticks);
    }
}

static void the_time_of_a_tick_is_its_first_nanosecond(void **state)
{
    (void)state;
    static const u64 rates[] = {1, 32768, 1193182, 3579545, 14318180, 999999999, 1000000000};
    for (unsigned r = 0; r < COUNT_OF(rates); r++) {
        for (u64 ticks = 1; ticks < 5000000000000; ticks = ticks * 3 + 1) {
            u64 ns = clock_ns_of_ticks(ticks, rates[r]);
            if (ns == CLOCK_NEVER) {
                continue;
            }
            assert_int_equal(clock_ticks(ns, rates[r]), ticks);
            assert_int_equal(clock_ticks(ns - 1, rates[r]), ticks - 1);
        }
    }
}

static void a_tick_beyond_the_end_of_time_never_comes(void **state)
{
    (void)state;
    assert_int_equal(clock_ns_of_ticks(UINT64_MAX, 1000), CLOCK_NEVER);
    assert_int_equal(clock_ns_of_ticks(18446744074, 1), CLOCK_NEVER);
    assert_int_equal(clock_ns_of_ticks(18446744073, 1), 18446744073000000000u);
}

static u64 digest_of(const struct clock *c)
{
    struct digest d;
    digest_init(&d);
    clock_digest(c, &d);
    return digest_end(&d);
}

static void the_digest_tells_apart_what_would_happen_at_another_time(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 1, 3);
    u64 nothing_armed = digest_of(&b.clock);
    clock_arm(&b.clock, &b.events[0], 100);
    u64 a_at_100 = digest_of(&b.clock);
    assert_true(a_at_100 != nothing_armed);
    clock_disarm(&b.clock, &b.events[0]);
    assert_true(digest_of(&b.clock) == nothing_armed);
    clock_arm(&b.clock, &b.events[1], 100);
    assert_true(digest_of(&b.clock) != a_at_100);
}

static void the_digest_is_the_same_in_a_slice_and_after_it(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 1, 3);
    u64 at_start = digest_of(&b.clock);
    b.executed = 4; // 1 ns and a third
    u64 in_slice = digest_of(&b.clock);
    assert_true(in_slice != at_start);
    b.executed = 0;
    clock_advance(&b.clock, 4);
    assert_true(digest_of(&b.clock) == in_slice);

    // The same instruction count and the same whole nanoseconds, but another third.
    b.clock.fraction = 2;
    assert_true(digest_of(&b.clock) != in_slice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_counts_the_instructions_of_the_slice_that_runs),
        cmocka_unit_test(what_an_instruction_spends_brings_events_nearer),
        cmocka_unit_test(fractions_of_a_nanosecond_are_never_lost),
        cmocka_unit_test(the_largest_rates_do_not_overflow),
        cmocka_unit_test(a_halted_machine_skips_and_the_skipped_time_is_counted),
        cmocka_unit_test(instructions_until_is_the_first_boundary_at_or_after_the_time),
        cmocka_unit_test(a_wait_too_long_to_count_is_for_ever),
        cmocka_unit_test(due_events_fire_earliest_first),
        cmocka_unit_test(events_of_the_same_time_fire_in_order_of_registration),
        cmocka_unit_test(an_event_sees_the_boundary_it_fires_at),
        cmocka_unit_test(an_event_may_arm_itself_again_and_catches_up),
        cmocka_unit_test(a_disarmed_event_does_not_fire_and_the_next_one_is_found),
        cmocka_unit_test(an_event_armed_for_the_past_is_due_at_once),
        cmocka_unit_test(only_a_new_earliest_event_kicks_the_cpu),
        cmocka_unit_test(ticks_are_exact_to_the_last_nanosecond),
        cmocka_unit_test(the_time_of_a_tick_is_its_first_nanosecond),
        cmocka_unit_test(a_tick_beyond_the_end_of_time_never_comes),
        cmocka_unit_test(the_digest_tells_apart_what_would_happen_at_another_time),
        cmocka_unit_test(the_digest_is_the_same_in_a_slice_and_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
