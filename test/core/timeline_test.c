// The timeline on a machine whose every moment is known by arithmetic: x grows by `rate` with each
// step, step n writes a byte made of x to a place that n decides, input sets the rate. What must be
// there at a moment is worked out from the list of inputs alone (expect_at).
#include "core/timeline.h"

#include "base/bits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    SMALL_BYTES = 8 * TIMELINE_PAGE_BYTES,
    LARGE_BYTES = 128 * TIMELINE_PAGE_BYTES, // 512 snapshots of it are more than the pool holds
    UNDOS = 64,
    INPUTS = 200,
};
#define INTERVAL ((u64)TIMELINE_INTERVAL)

struct rig_state {
    u64 x, rate, steps;
};

static const struct field rig_fields[] = {
    FIELD(struct rig_state, x),
    FIELD(struct rig_state, rate),
    FIELD(struct rig_state, steps),
};
static const struct field_table rig_table = FIELD_TABLE("rig", 1, struct rig_state, rig_fields);

// A step as it can be undone.
struct rig_undo {
    struct rig_state before;
    u8 old;
};

struct rig {
    struct vt_host host;
    struct machine m;
    struct dev dev;
    struct rig_state s;
    struct timeline t;
    u8 *memory;
    u32 memory_bytes;

    u64 stop_at; // a step that ends a run, as a breakpoint does; 0: none
    u64 undo_first;
    struct rig_undo undos[UNDOS]; // of step n at n % UNDOS

    // the course as the test believes it to be
    struct timeline_input wanted[INPUTS];
    unsigned wanted_count;

    u64 done; // of the slice that runs
    size_t taken_bytes, room_bytes;
    unsigned takes, fails_from; // allocations that fail, counted from 1; 0: none
    unsigned restored, loaded, applied, replays;
    bool is_replaying;
};

// --- the host ---

static void *take(void *owner, size_t size_bytes)
{
    struct rig *r = owner;
    r->takes++;
    if (r->fails_from && r->takes >= r->fails_from) {
        return NULL;
    }
    r->taken_bytes += size_bytes;
    return calloc(1, size_bytes);
}

static void release(void *owner, void *memory, size_t size_bytes)
{
    struct rig *r = owner;
    r->taken_bytes -= size_bytes;
    free(memory);
}

// --- the processor ---

static u32 place_of(const struct rig *r, u64 step)
{
    return (u32)(step * 7 % r->memory_bytes); // 7 has no divisor in common with it
}

static u8 byte_of(u64 x)
{
    return (u8)(x ^ x >> 16);
}

// All of a slice's steps write, but each place keeps the last only.
static u64 rig_run(void *owner, u64 budget)
{
    struct rig *r = owner;
    if (r->stop_at > r->s.steps && r->stop_at - r->s.steps <= budget) {
        budget = r->stop_at - r->s.steps;
        if (!r->is_replaying) {
            machine_stop(&r->m, VT_STOP_BREAK, 0);
        }
    }
    u64 skipped = budget > r->memory_bytes ? budget - r->memory_bytes : 0;
    r->s.x += skipped * r->s.rate;
    r->s.steps += skipped;
    for (u64 n = skipped; n < budget; n++) {
        u32 place = place_of(r, r->s.steps);
        r->undos[r->s.steps % UNDOS] = (struct rig_undo){r->s, r->memory[place]};
        r->s.x += r->s.rate;
        r->memory[place] = byte_of(r->s.x);
        r->s.steps++;
    }
    return budget;
}

static bool no(const void *owner UNUSED)
{
    return false;
}

static u64 executed(void *owner)
{
    return ((struct rig *)owner)->done;
}

static void kick(void *owner UNUSED)
{
}

// --- what the timeline asks of a board ---

static void apply(void *owner, const struct timeline_input *input)
{
    struct rig *r = owner;
    assert_int_equal(input->step, timeline_now(&r->t));
    r->s.rate = input->value;
    r->applied++;
}

static void loaded(void *owner, u64 step)
{
    struct rig *r = owner;
    assert_int_equal(r->s.steps, step);
    r->undo_first = step;
    r->loaded++;
}

static bool undo(void *owner)
{
    struct rig *r = owner;
    u64 step = r->s.steps - 1;
    if (step < r->undo_first || r->s.steps == 0) {
        return false;
    }
    r->s = r->undos[step % UNDOS].before;
    r->memory[place_of(r, step)] = r->undos[step % UNDOS].old;
    r->undo_first = r->undo_first + UNDOS > step ? r->undo_first : step - UNDOS + 1;
    return true;
}

static bool undo_near(void *owner)
{
    struct rig *r = owner;
    u64 oldest = r->t.last > UNDOS ? r->t.last - UNDOS : 0; // what the ring surely still has
    return r->s.steps > oldest && undo(owner);
}

static void replaying(void *owner, bool is_replaying)
{
    struct rig *r = owner;
    assert_true(r->is_replaying != is_replaying);
    r->is_replaying = is_replaying;
    r->replays += is_replaying;
}

static void restored(void *owner)
{
    struct rig *r = owner;
    r->restored++;
}

static const struct timeline_ops plain_ops = {
    .loaded = loaded,
    .apply = apply,
    .replaying = replaying,
};
static const struct timeline_ops undo_ops = {
    .undo = undo_near,
    .loaded = loaded,
    .apply = apply,
    .replaying = replaying,
};

// --- lifetime ---

static bool build(struct rig *r, const struct timeline_ops *ops, u32 memory_bytes)
{
    *r = (struct rig){
        .host = {.owner = r, .alloc = take, .release = release},
        .memory_bytes = memory_bytes,
        .memory = calloc(1, memory_bytes),
        .s = {.rate = 1},
        .fails_from = r->fails_from,
    };
    clock_init(&r->m.clock, 1, 1);
    r->m.cpu = (struct cpu){r, rig_run, no, no, no, executed, kick};
    clock_set_cpu(&r->m.clock, executed, kick, r);
    dev_init(&r->dev, "rig", &rig_table, &r->s, r, NULL, restored);
    dev_add(&r->m.devs, &r->dev);
    return timeline_init(&r->t, &r->m, &r->host, r->memory, memory_bytes, ops, r);
}

static void begin(struct rig *r, const struct timeline_ops *ops, u32 memory_bytes)
{
    r->fails_from = 0;
    assert_true(build(r, ops, memory_bytes));
    timeline_start(&r->t);
}

static void end(struct rig *r)
{
    timeline_destroy(&r->t);
    free(r->memory);
    assert_int_equal(r->taken_bytes, 0);
}

static void run_to(struct rig *r, u64 step)
{
    assert_int_equal(timeline_run(&r->t, step, UINT64_MAX).reason, VT_STOP_LIMIT);
    assert_int_equal(timeline_now(&r->t), step);
}

// Input now, on the course that the test has noted.
static void put(struct rig *r, u64 rate)
{
    u64 now = timeline_now(&r->t);
    while (r->wanted_count > 0 && r->wanted[r->wanted_count - 1].step > now) {
        r->wanted_count--;
    }
    assert_true(r->wanted_count < INPUTS);
    r->wanted[r->wanted_count++] = (struct timeline_input){.step = now, .value = rate};
    assert_true(timeline_put(&r->t, 3, 4, rate));
}

// --- what must be there ---

// x behind the first `step` steps, by the inputs alone.
static u64 x_at(const struct rig *r, u64 step)
{
    u64 x = 0, from = 0, rate = 1;
    for (unsigned n = 0; n < r->wanted_count && r->wanted[n].step < step; n++) {
        x += (r->wanted[n].step - from) * rate;
        from = r->wanted[n].step;
        rate = r->wanted[n].value;
    }
    return x + (step - from) * rate;
}

static void expect_at(const struct rig *r, u64 step)
{
    assert_int_equal(timeline_now(&r->t), step);
    assert_int_equal(r->s.steps, step);
    assert_int_equal(r->s.x, x_at(r, step));
    u64 oldest = step > r->memory_bytes ? step - r->memory_bytes : 0;
    for (u64 n = oldest; n < step; n++) {
        assert_int_equal(r->memory[place_of(r, n)], byte_of(x_at(r, n + 1)));
    }
}

// The pool's books: each page is used as often as snapshots have it.
static void expect_sound(const struct timeline *t)
{
    static u16 uses[1 << 16];
    u32 free_count = 0;
    assert_true(t->pool_count <= COUNT_OF(uses));
    memset(uses, 0, sizeof uses);
    for (u32 n = 0; n < t->snapshot_count; n++) {
        const u32 *table = t->tables + (size_t)t->snapshots[n].slot * t->page_count;
        assert_true(t->is_slot_used[t->snapshots[n].slot]);
        assert_true(n == 0 || t->snapshots[n].step > t->snapshots[n - 1].step);
        for (u32 page = 0; page < t->page_count; page++) {
            uses[table[page]]++;
        }
    }
    for (u32 page = 0; page < t->pool_count; page++) {
        assert_int_equal(t->uses[page], uses[page]);
        free_count += uses[page] == 0;
    }
    assert_int_equal(t->free_count, free_count);
}

static u64 next_random(u64 *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

// --- moving ---

static void every_moment_can_be_gone_to(void **state UNUSED)
{
    static const struct timeline_ops *const kinds[] = {&plain_ops, &undo_ops};
    for (unsigned kind = 0; kind < COUNT_OF(kinds); kind++) {
        struct rig r;
        u64 seed = kind + 1;
        begin(&r, kinds[kind], SMALL_BYTES);
        for (u64 n = 1; n <= 20; n++) {
            put(&r, n * 77);
            run_to(&r, n * INTERVAL / 4 + n);
        }
        for (unsigned n = 0; n < 100; n++) {
            u64 now = timeline_now(&r.t);
            u64 to = n & 1 && now > 9 ? now - 9 : next_random(&seed) % (r.t.last + 1);
            assert_true(timeline_go_to(&r.t, to));
            expect_at(&r, to);
        }
        assert_false(timeline_go_to(&r.t, r.t.last + 1));
        assert_int_equal(r.t.last, 5 * INTERVAL + 20);
        expect_sound(&r.t);
        end(&r);
    }
}

static void a_run_ends_where_it_is_to(void **state UNUSED)
{
    struct rig r;
    begin(&r, &plain_ops, SMALL_BYTES);
    run_to(&r, 3 * INTERVAL + 5);
    assert_int_equal(r.t.snapshot_count, 4); // at 0, 1, 2, 3 intervals
    assert_int_equal(timeline_run(&r.t, UINT64_MAX, 4 * INTERVAL + 1).reason, VT_STOP_TIME);
    assert_int_equal(timeline_now(&r.t), 4 * INTERVAL + 1); // a step takes a nanosecond
    assert_int_equal(r.t.last, 4 * INTERVAL + 1);
    end(&r);
}

static void what_stopped_a_run_does_not_stop_its_replay(void **state UNUSED)
{
    struct rig r;
    begin(&r, &plain_ops, SMALL_BYTES);
    r.stop_at = 1000;
    assert_int_equal(timeline_run(&r.t, 5000, UINT64_MAX).reason, VT_STOP_BREAK);
    assert_int_equal(timeline_now(&r.t), 1000);
    run_to(&r, 5000);
    assert_true(timeline_go_to(&r.t, 3000));
    expect_at(&r, 3000);
    assert_int_equal(r.replays, 1);
    assert_false(r.is_replaying);
    end(&r);
}

static void near_steps_are_undone_and_far_ones_made_again(void **state UNUSED)
{
    struct rig r;
    begin(&r, &undo_ops, SMALL_BYTES);
    run_to(&r, 500);
    put(&r, 9);
    run_to(&r, 540);
    assert_true(timeline_go_to(&r.t, 490));
    assert_int_equal(r.loaded, 0);
    expect_at(&r, 490);
    assert_int_equal(r.t.input_next, 0); // the input is in the future again
    run_to(&r, 540);
    expect_at(&r, 540);
    assert_true(timeline_go_to(&r.t, 300));
    assert_int_equal(r.loaded, 1);
    expect_at(&r, 300);
    end(&r);
}

static void a_step_is_undone_with_the_input_behind_it(void **state UNUSED)
{
    struct rig r;
    begin(&r, &undo_ops, SMALL_BYTES);
    assert_false(timeline_undo(&r.t)); // there is no step before the first moment
    run_to(&r, 10);
    put(&r, 5);
    assert_true(timeline_undo(&r.t));
    expect_at(&r, 9);
    assert_int_equal(r.applied, 1);
    run_to(&r, 10);
    assert_int_equal(r.applied, 2);
    assert_int_equal(r.s.rate, 5);
    end(&r);

    begin(&r, &plain_ops, SMALL_BYTES);
    run_to(&r, 10);
    assert_false(timeline_undo(&r.t)); // this board can't
    assert_int_equal(timeline_now(&r.t), 10);
    end(&r);
}

static void a_moment_can_be_made_again_from_before_it(void **state UNUSED)
{
    struct rig r;
    begin(&r, &undo_ops, SMALL_BYTES);
    assert_false(timeline_rebuild(&r.t, 0));
    run_to(&r, 2 * INTERVAL);
    assert_true(timeline_rebuild(&r.t, 2 * INTERVAL)); // not from the snapshot of this very moment
    assert_int_equal(r.loaded, 1);
    assert_int_equal(r.undo_first, INTERVAL);
    expect_at(&r, 2 * INTERVAL);
    end(&r);
}

// --- snapshots ---

// However long it runs, there are 512 at most; the older, the further apart.
static void snapshots_are_thinned_out_with_age(void **state UNUSED)
{
    struct rig r;
    begin(&r, &plain_ops, SMALL_BYTES);
    size_t bytes = r.taken_bytes;
    for (u64 n = 1; n <= 3000; n++) {
        run_to(&r, n * INTERVAL);
        assert_in_range(r.t.snapshot_count, 1, TIMELINE_SNAPSHOTS);
    }
    assert_int_equal(r.t.snapshot_count, TIMELINE_SNAPSHOTS);
    assert_int_equal(r.taken_bytes, bytes);
    assert_int_equal(r.t.snapshots[0].step, 0);
    for (u32 n = 0; n + 1 < r.t.snapshot_count; n++) {
        u64 gap = r.t.snapshots[n + 1].step - r.t.snapshots[n].step;
        u64 age = timeline_now(&r.t) - r.t.snapshots[n].step;
        assert_true(gap <= INTERVAL + age / 50); // the best there is for 512 of 3000: age / 140
    }
    expect_sound(&r.t);
    assert_true(timeline_go_to(&r.t, 1234 * INTERVAL + 56));
    expect_at(&r, 1234 * INTERVAL + 56);
    end(&r);
}

// Each step changes memory, so no page is shared, and the pool has room for 256 snapshots only.
static void a_full_pool_thins_them_out_too(void **state UNUSED)
{
    struct rig r;
    begin(&r, &plain_ops, LARGE_BYTES);
    put(&r, 3);
    run_to(&r, 400 * INTERVAL);
    assert_in_range(r.t.snapshot_count, 200, 256);
    expect_sound(&r.t);
    assert_true(timeline_go_to(&r.t, 150 * INTERVAL + 7));
    expect_at(&r, 150 * INTERVAL + 7);
    end(&r);
}

static void equal_pages_are_kept_once(void **state UNUSED)
{
    struct rig r;
    begin(&r, &plain_ops, SMALL_BYTES);
    put(&r, 0); // x stays 0, and so does memory
    run_to(&r, 10 * INTERVAL);
    assert_int_equal(r.t.snapshot_count, 11);
    assert_int_equal(r.t.pool_count - r.t.free_count, r.t.page_count);
    expect_sound(&r.t);
    end(&r);
}

// --- input and courses ---

static void input_comes_again_at_its_moment(void **state UNUSED)
{
    struct rig r;
    begin(&r, &plain_ops, SMALL_BYTES);
    put(&r, 2); // at the very first moment
    put(&r, 3); // and another
    run_to(&r, 100);
    put(&r, 10);
    run_to(&r, INTERVAL);
    put(&r, 20); // together with a snapshot
    run_to(&r, INTERVAL + 100);
    assert_int_equal(r.t.inputs.rows[2].kind, 3);
    assert_int_equal(r.t.inputs.rows[2].index, 4);
    static const u64 moments[] = {0, 1, 99, 100, 101};
    for (unsigned n = 0; n < COUNT_OF(moments); n++) {
        assert_true(timeline_go_to(&r.t, moments[n]));
        expect_at(&r, moments[n]);
        assert_int_equal(r.s.rate, moments[n] < 100 ? 3 : 10);
    }
    assert_true(timeline_go_to(&r.t, INTERVAL));
    assert_int_equal(r.s.rate, 20);
    assert_true(timeline_go_to(&r.t, INTERVAL + 50));
    expect_at(&r, INTERVAL + 50);
    assert_int_equal(r.t.number, 1); // nothing of that was a change
    end(&r);
}

static void input_in_the_past_begins_another_course(void **state UNUSED)
{
    struct rig r;
    begin(&r, &plain_ops, SMALL_BYTES);
    run_to(&r, 100);
    put(&r, 10);
    run_to(&r, 3 * INTERVAL);
    struct timeline_input first[INPUTS];
    unsigned first_count = r.wanted_count;
    memcpy(first, r.wanted, sizeof first);

    assert_true(timeline_go_to(&r.t, INTERVAL + 5));
    put(&r, 1000);
    assert_int_equal(r.t.number, 2);
    assert_int_equal(r.t.last, INTERVAL + 5); // what was to come is another course's
    assert_int_equal(r.t.branches[0].number, 1);
    assert_int_equal(r.t.branches[0].fork, INTERVAL + 5);
    assert_int_equal(r.t.branches[0].end, 3 * INTERVAL);
    run_to(&r, 2 * INTERVAL + 1);
    expect_at(&r, 2 * INTERVAL + 1);

    struct timeline_input second[INPUTS];
    unsigned second_count = r.wanted_count;
    memcpy(second, r.wanted, sizeof second);
    for (unsigned n = 0; n < 3; n++) {
        assert_true(timeline_switch(&r.t, 1));
        memcpy(r.wanted, first, sizeof first);
        r.wanted_count = first_count;
        expect_at(&r, 3 * INTERVAL);
        assert_true(timeline_go_to(&r.t, 2 * INTERVAL - 1));
        expect_at(&r, 2 * INTERVAL - 1);
        assert_true(timeline_switch(&r.t, 2));
        memcpy(r.wanted, second, sizeof second);
        r.wanted_count = second_count;
        expect_at(&r, 2 * INTERVAL + 1);
        assert_true(timeline_go_to(&r.t, INTERVAL + 6));
        expect_at(&r, INTERVAL + 6);
    }
    assert_false(timeline_switch(&r.t, 2)); // the present one
    assert_false(timeline_switch(&r.t, 0));
    assert_false(timeline_switch(&r.t, 3));
    expect_sound(&r.t);
    end(&r);
}

// A step beyond a moment is looked at and undone; input then must not see what it left.
static void looking_ahead_leaves_no_snapshot_to_input(void **state UNUSED)
{
    struct rig r;
    begin(&r, &undo_ops, SMALL_BYTES);
    run_to(&r, INTERVAL - 1);
    run_to(&r, INTERVAL); // takes one
    assert_true(timeline_undo(&r.t));
    r.t.last = INTERVAL - 1; // as a board does that predicts
    put(&r, 50);
    assert_int_equal(r.t.number, 1);
    run_to(&r, 2 * INTERVAL);
    assert_true(timeline_go_to(&r.t, INTERVAL + 1));
    expect_at(&r, INTERVAL + 1);
    end(&r);
}

static void the_oldest_course_gives_way(void **state UNUSED)
{
    struct rig r;
    begin(&r, &plain_ops, SMALL_BYTES);
    for (u64 n = 0; n < TIMELINE_BRANCHES + 3; n++) {
        run_to(&r, 100);
        assert_true(timeline_go_to(&r.t, 50));
        put(&r, n);
    }
    assert_int_equal(r.t.number, TIMELINE_BRANCHES + 4);
    assert_false(timeline_switch(&r.t, 3));
    assert_true(timeline_switch(&r.t, 4));
    assert_true(timeline_switch(&r.t, TIMELINE_BRANCHES + 4));
    expect_at(&r, 50);
    end(&r);
}

static void a_restart_forgets_everything(void **state UNUSED)
{
    struct rig r;
    begin(&r, &plain_ops, SMALL_BYTES);
    run_to(&r, INTERVAL + 1);
    put(&r, 5);
    assert_true(timeline_go_to(&r.t, 7));
    put(&r, 6);
    run_to(&r, INTERVAL + 1);
    timeline_restart(&r.t);
    r.wanted_count = 0;
    expect_at(&r, 0);
    assert_int_equal(r.s.rate, 1);
    assert_int_equal(r.t.last, 0);
    assert_int_equal(r.t.number, 1);
    assert_int_equal(r.t.snapshot_count, 1);
    assert_false(timeline_switch(&r.t, 1));
    run_to(&r, 50);
    expect_at(&r, 50);
    expect_sound(&r.t);
    end(&r);
}

// --- memory ---

static void without_memory_it_does_not_begin(void **state UNUSED)
{
    for (unsigned n = 1; n <= 4; n++) {
        struct rig r;
        r.fails_from = n;
        assert_false(build(&r, &plain_ops, SMALL_BYTES));
        end(&r);
    }
}

static void without_memory_no_input_is_taken(void **state UNUSED)
{
    struct rig r;
    begin(&r, &plain_ops, SMALL_BYTES);
    r.fails_from = 1;
    assert_false(timeline_put(&r.t, 0, 0, 5));
    assert_int_equal(r.applied, 0);
    r.fails_from = 0;
    put(&r, 7);
    run_to(&r, 100);
    assert_true(timeline_go_to(&r.t, 50));
    r.fails_from = 1;
    assert_false(timeline_put(&r.t, 0, 0, 5)); // no room to keep the course that is
    assert_int_equal(r.t.last, 100);
    assert_int_equal(r.t.number, 1);
    r.fails_from = 0;
    assert_true(timeline_go_to(&r.t, 100));
    expect_at(&r, 100);
    end(&r);
}

// The list of inputs is full, and there is room for one of the two lists that are needed.
static void without_memory_no_other_course_begins(void **state UNUSED)
{
    struct rig r;
    begin(&r, &plain_ops, SMALL_BYTES);
    for (unsigned n = 0; n < 256; n++) {
        assert_true(timeline_put(&r.t, 0, 0, 5));
    }
    run_to(&r, 10);
    assert_true(timeline_go_to(&r.t, 5));
    for (unsigned n = 1; n <= 2; n++) {
        r.fails_from = r.takes + n;
        assert_false(timeline_put(&r.t, 0, 0, 6));
        assert_int_equal(r.t.number, 1);
        assert_int_equal(r.t.last, 10);
        assert_int_equal(r.t.inputs.count, 256);
    }
    r.fails_from = 0;
    assert_true(timeline_put(&r.t, 0, 0, 6));
    assert_int_equal(r.t.number, 2);
    assert_int_equal(r.s.rate, 6);
    assert_true(timeline_switch(&r.t, 1));
    assert_int_equal(r.s.x, 50);
    end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_moment_can_be_gone_to),
        cmocka_unit_test(a_run_ends_where_it_is_to),
        cmocka_unit_test(what_stopped_a_run_does_not_stop_its_replay),
        cmocka_unit_test(near_steps_are_undone_and_far_ones_made_again),
        cmocka_unit_test(a_step_is_undone_with_the_input_behind_it),
        cmocka_unit_test(a_moment_can_be_made_again_from_before_it),
        cmocka_unit_test(snapshots_are_thinned_out_with_age),
        cmocka_unit_test(a_full_pool_thins_them_out_too),
        cmocka_unit_test(equal_pages_are_kept_once),
        cmocka_unit_test(input_comes_again_at_its_moment),
        cmocka_unit_test(input_in_the_past_begins_another_course),
        cmocka_unit_test(looking_ahead_leaves_no_snapshot_to_input),
        cmocka_unit_test(the_oldest_course_gives_way),
        cmocka_unit_test(a_restart_forgets_everything),
        cmocka_unit_test(without_memory_it_does_not_begin),
        cmocka_unit_test(without_memory_no_input_is_taken),
        cmocka_unit_test(without_memory_no_other_course_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
