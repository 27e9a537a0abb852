// The LC-3's journal: whatever a program does can be undone step by step, and comes out the same
// again. Programs are random words, so that every instruction, fault and exception comes.
#include "test/cpu/lc3/bare.h"

enum { PROGRAMS = 60, STEPS = 400 };

static u64 next_random(u64 *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

// Half of the words have an opcode that is often met, so that runs get somewhere; a vector table
// leads to anywhere in the program. Some stretches of memory are taken for written, some not, some
// in parts.
static void fill(struct bare *b, u64 seed)
{
    for (unsigned n = 0; n < LC3_DEVICES_FIRST; n++) {
        u16 word = (u16)next_random(&seed);
        bool is_tame = next_random(&seed) & 1;
        b->memory[n] = is_tame && word >> 12 == 13 ? word & 0x0fff : word;
    }
    for (unsigned n = 0; n < sizeof b->is_written; n++) {
        unsigned stretch = n / 16 % 3;
        b->is_written[n] = stretch == 0 ? 0xff : stretch == 1 ? (u8)next_random(&seed) : 0;
    }
    for (unsigned n = 0; n < 8; n++) {
        b->cpu.s.r[n] = (u16)next_random(&seed);
    }
    b->cpu.s.saved_ssp = (u16)next_random(&seed);
    b->cpu.s.pc = (u16)next_random(&seed);
    b->cpu.s.psr = (u16)(seed & LC3_PSR_USER) | LC3_PSR_Z;
    lc3_forget_cells(&b->cpu);
    lc3_restored(&b->cpu);
}

struct whole {
    struct lc3_state s;
    u16 memory[LC3_WORDS];
    u8 is_written[LC3_WORDS / 8];
};

static void keep(const struct bare *b, struct whole *w)
{
    w->s = b->cpu.s;
    memcpy(w->memory, b->memory, sizeof w->memory);
    memcpy(w->is_written, b->is_written, sizeof w->is_written);
}

static void assert_as(const struct bare *b, const struct whole *w)
{
    assert_memory_equal(&b->cpu.s, &w->s, sizeof w->s);
    assert_memory_equal(b->memory, w->memory, sizeof w->memory);
    assert_memory_equal(b->is_written, w->is_written, sizeof w->is_written);
}

static void forward_back_forward(const struct lc3_config *config, u64 seed, struct whole *begin,
                                 struct whole *end)
{
    struct bare *b = bare_create(config, true);
    fill(b, seed);
    keep(b, begin);
    u64 done = lc3_run(&b->cpu, STEPS);
    keep(b, end);
    for (u64 n = 0; n < done; n++) {
        assert_true(lc3_journal_undo(&b->journal, &b->cpu));
    }
    assert_as(b, begin);
    assert_int_equal(lc3_run(&b->cpu, done), done);
    assert_as(b, end);
    free(b);
}

static void random_programs_run_back_to_their_start(void **state UNUSED)
{
    static struct whole begin, end;
    for (unsigned n = 0; n < PROGRAMS; n++) {
        struct lc3_config config = {
            .edition = n & 1 ? LC3_EDITION_2 : LC3_EDITION_3,
            .is_unprivileged = n & 2,
            .uninit = n & 4 ? LC3_UNINIT_STOP : LC3_UNINIT_OFF,
        };
        forward_back_forward(&config, 0x9e3779b97f4a7c15u * (n + 1), &begin, &end);
    }
}

// As a debugger steps: each instruction in its slow form, whatever breakpoint is there.
static void steps_one_by_one_do_what_a_run_does(void **state UNUSED)
{
    static struct whole end;
    for (unsigned n = 0; n < PROGRAMS; n++) {
        struct lc3_config config = {.edition = n & 1 ? LC3_EDITION_2 : LC3_EDITION_3};
        struct bare *run = bare_create(&config, true), *steps = bare_create(&config, true);
        fill(run, 770 + n);
        fill(steps, 770 + n);
        u64 done = lc3_run(&run->cpu, STEPS);
        for (u64 step = 0; step < done; step++) {
            steps->cpu.passes_breakpoint = true;
            assert_int_equal(lc3_run(&steps->cpu, 1), 1);
        }
        keep(run, &end);
        assert_as(steps, &end);
        free(run);
        free(steps);
    }
}

static void a_journal_does_not_change_what_happens(void **state UNUSED)
{
    static struct whole end;
    for (unsigned n = 0; n < PROGRAMS; n++) {
        struct lc3_config config = {.edition = n & 1 ? LC3_EDITION_2 : LC3_EDITION_3};
        struct bare *with = bare_create(&config, true), *without = bare_create(&config, false);
        fill(with, 77 + n);
        fill(without, 77 + n);
        assert_int_equal(lc3_run(&with->cpu, STEPS), lc3_run(&without->cpu, STEPS));
        keep(with, &end);
        assert_as(without, &end);
        free(with);
        free(without);
    }
}

// 5,000 steps in a ring of 4,096 records.
static void steps_older_than_the_ring_are_forgotten(void **state UNUSED)
{
    static const u16 words[] = {0x1021, 0x0ffe}; // ADD R0,R0,#1; BRnzp back
    struct lc3_config config = {.edition = LC3_EDITION_3};
    struct bare *b = bare_create(&config, true);
    bare_poke(b, 0x3000, words, 2);
    bare_start(b, 0x3000, LC3_PSR_USER | LC3_PSR_Z);
    lc3_run(&b->cpu, 5000);
    assert_int_equal(b->cpu.s.r[0], 2500);
    unsigned undone = 0;
    while (lc3_journal_undo(&b->journal, &b->cpu)) {
        undone++;
    }
    assert_int_equal(undone, BARE_RECORDS - 1);
    assert_int_equal(b->cpu.s.r[0], 2500 - undone / 2);
    free(b);
}

// 2,000 TRAPs through an RTI, but only 512 whole states are kept.
static void steps_whose_state_is_no_longer_kept_are_forgotten(void **state UNUSED)
{
    static const u16 words[] = {0xf021, 0x0ffe}, routine[] = {0x8000}, vector[] = {0x1000};
    struct lc3_config config = {.edition = LC3_EDITION_3};
    struct bare *b = bare_create(&config, true);
    bare_poke(b, 0x3000, words, 2);
    bare_poke(b, 0x1000, routine, 1);
    bare_poke(b, 0x0021, vector, 1);
    b->cpu.s.saved_ssp = 0x3000;
    bare_start(b, 0x3000, LC3_PSR_USER | LC3_PSR_Z);
    assert_int_equal(lc3_run(&b->cpu, 3000), 3000);
    unsigned undone = 0;
    while (lc3_journal_undo(&b->journal, &b->cpu)) {
        undone++;
    }
    assert_in_range(undone, BARE_SIDES, 2 * BARE_SIDES); // two of three steps have one
    assert_int_equal(lc3_run(&b->cpu, undone), undone);
    assert_int_equal(b->cpu.s.pc, 0x3000);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_programs_run_back_to_their_start),
        cmocka_unit_test(steps_one_by_one_do_what_a_run_does),
        cmocka_unit_test(a_journal_does_not_change_what_happens),
        cmocka_unit_test(steps_older_than_the_ring_are_forgotten),
        cmocka_unit_test(steps_whose_state_is_no_longer_kept_are_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
