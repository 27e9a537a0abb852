// The LC-3 in time: going back with devices and keys, breakpoints and motions in both directions,
// who wrote what, why, forks. What is expected follows from the programs themselves.
#include "test/machine/lc3_rig.h"

// Echoes keys until a newline, through a subroutine that counts.
static const char echo[] = ".ORIG x3000\n"
                           "NEXT GETC\n"          // x3000
                           "JSR COUNT\n"          // x3001
                           "OUT\n"                // x3002
                           "ADD R1,R0,#-10\n"     // x3003
                           "BRnp NEXT\n"          // x3004
                           "HALT\n"               // x3005
                           "COUNT ADD R2,R2,#1\n" // x3006
                           "ST R2,TOTAL\n"        // x3007
                           "RET\n"                // x3008
                           "TOTAL .FILL 0\n"      // x3009
                           ".END";

static void start_echo(struct lc3_rig *r)
{
    rig_start(r, NULL, echo);
    rig_type(r, "abc\n");
}

static void the_whole_run_can_be_undone_and_done_again(void **state UNUSED)
{
    struct lc3_rig r;
    start_echo(&r);
    u64 begin = vt_digest(r.vm);
    rig_run(&r, VT_STOP_POWER_OFF);
    u64 end = vt_digest(r.vm), steps = vt_steps(r.vm);
    for (u64 n = steps; n-- > 0;) {
        assert_true(vt_go_to(r.vm, n));
    }
    assert_true(vt_digest(r.vm) == begin);
    assert_int_equal(vt_lc3_display_count(r.vm), 0);
    assert_true(vt_go_to(r.vm, steps));
    assert_true(vt_digest(r.vm) == end);
    assert_string_equal(r.text, "abc\n"); // the host has it once
    rig_end(&r);
}

static void keys_that_come_later_come_at_the_same_moment_again(void **state UNUSED)
{
    struct lc3_rig r;
    rig_start(&r, NULL, echo);
    rig_run(&r, VT_STOP_INPUT);
    u64 first = vt_steps(r.vm);
    rig_type(&r, "x");
    rig_run(&r, VT_STOP_INPUT);
    rig_type(&r, "\n");
    rig_run(&r, VT_STOP_POWER_OFF);
    u64 end = vt_digest(r.vm), steps = vt_steps(r.vm);
    assert_true(vt_go_to(r.vm, first - 1));
    u8 key;
    assert_int_equal(vt_lc3_keys(r.vm, &key, 1), 0);
    assert_true(vt_go_to(r.vm, first));
    assert_int_equal(vt_lc3_keys(r.vm, &key, 1), 1);
    assert_int_equal(key, 'x');
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_int_equal(vt_steps(r.vm), steps);
    assert_true(vt_digest(r.vm) == end);
    rig_end(&r);
}

// Ten million steps: the ring has long forgotten the first ones.
static void moments_older_than_the_journal_are_made_again(void **state UNUSED)
{
    struct lc3_rig r;
    rig_start(&r, NULL, ".ORIG x3000\nL ADD R0,R0,#1\nBRnzp M\nM BRnzp L\n.END");
    vt_run(r.vm, 1234, UINT64_MAX);
    u64 early = vt_digest(r.vm);
    vt_run(r.vm, 10000000, UINT64_MAX);
    u64 late = vt_digest(r.vm);
    assert_true(vt_go_to(r.vm, 1234));
    assert_true(vt_digest(r.vm) == early);
    assert_int_equal(rig_register(&r, "R0"), 412);
    assert_true(vt_go_to(r.vm, 1233));
    assert_true(vt_go_to(r.vm, 10000000));
    assert_true(vt_digest(r.vm) == late);
    rig_end(&r);
}

// A timer ticks between steps; that is undone, too.
static void ticks_of_the_timer_are_undone(void **state UNUSED)
{
    static const struct vt_lc3_config timed = {.has_timer = true, .is_unprivileged = true};
    struct lc3_rig r;
    rig_start(&r, &timed,
              ".ORIG x3000\nLD R0,N\nSTI R0,TMI\nL LDI R1,TMR\nBRzp L\nADD R2,R2,#1\n"
              "BRnzp L\nN .FILL 7\nTMR .FILL xFE08\nTMI .FILL xFE0A\n.END");
    u64 digests[100];
    for (unsigned n = 0; n < COUNT_OF(digests); n++) {
        digests[n] = vt_digest(r.vm);
        vt_run(r.vm, n + 1, UINT64_MAX);
    }
    for (unsigned n = COUNT_OF(digests); n-- > 0;) {
        assert_true(vt_go_to(r.vm, n));
        assert_true(vt_digest(r.vm) == digests[n]);
    }
    assert_true(vt_go_to(r.vm, 99));
    assert_true(vt_digest(r.vm) == digests[99]);
    rig_end(&r);
}

// Whether a word has ever been written is part of the state: it must not depend on how a store was
// come to, in a run, in single steps, or again from the beginning.
static void what_has_been_written_is_the_same_in_steps_and_in_a_run(void **state UNUSED)
{
    struct lc3_rig r;
    rig_start(&r, NULL,
              ".ORIG x3000\nLD R6,SP\nL STR R0,R6,#0\nADD R6,R6,#1\nADD R0,R0,#-1\nBRn L\n"
              "HALT\nSP .FILL x4000\n.END");
    u64 digests[40];
    for (unsigned n = 0; n < COUNT_OF(digests); n++) {
        digests[n] = vt_digest(r.vm);
        vt_step(r.vm, NULL);
    }
    assert_true(vt_go_to(r.vm, 0));
    assert_true(vt_digest(r.vm) == digests[0]);
    vt_run(r.vm, 39, UINT64_MAX);
    for (unsigned n = COUNT_OF(digests); n-- > 0;) {
        assert_true(vt_go_to(r.vm, n));
        assert_true(vt_digest(r.vm) == digests[n]);
    }
    rig_end(&r);
}

// --- forks ---

static void a_change_in_the_past_forks_and_the_old_course_stays(void **state UNUSED)
{
    struct lc3_rig r;
    start_echo(&r);
    rig_run(&r, VT_STOP_POWER_OFF);
    u64 steps = vt_steps(r.vm), end = vt_digest(r.vm);
    assert_true(vt_go_to(r.vm, 3));
    int r2 = vt_register_by_name(r.vm, "R2");
    assert_true(vt_set_register(r.vm, (unsigned)r2, 100));
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_int_equal(rig_word(&r, 0x3009), 104);
    struct vt_branch branches[4];
    assert_int_equal(vt_branches(r.vm, branches, 4), 2);
    assert_int_equal(branches[0].number, 1);
    assert_int_equal(branches[0].fork, 3);
    assert_int_equal(branches[0].last, steps);
    assert_true(branches[1].is_present && branches[1].number == 2);
    assert_true(vt_switch_branch(r.vm, 1));
    assert_true(vt_digest(r.vm) == end);
    assert_int_equal(rig_word(&r, 0x3009), 4);
    assert_true(vt_switch_branch(r.vm, 2));
    assert_int_equal(rig_word(&r, 0x3009), 104);
    assert_false(vt_switch_branch(r.vm, 7));
    rig_end(&r);
}

static void an_edit_of_memory_is_part_of_the_history(void **state UNUSED)
{
    static const u16 halt[] = {0xf025};
    struct lc3_rig r;
    rig_start(&r, NULL, ".ORIG x3000\nL ADD R0,R0,#1\nBRnzp L\n.END");
    vt_run(r.vm, 10, UINT64_MAX);
    assert_int_equal(vt_set_memory(r.vm, 0, 0x3001, halt, 1), 1);
    assert_int_equal(vt_set_memory(r.vm, 0, 0xfe06, halt, 1), 0);
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_int_equal(vt_steps(r.vm), 12);
    assert_true(vt_go_to(r.vm, 9));
    assert_int_equal(rig_word(&r, 0x3001), 0x0ffe);
    assert_true(vt_go_to(r.vm, 10));
    assert_int_equal(rig_word(&r, 0x3001), 0xf025);
    rig_end(&r);
}

// --- breakpoints and motions ---

static int add_break(struct lc3_rig *r, enum vt_break_kind kind, u64 place, const char *condition)
{
    struct vt_break b = {.kind = (u8)kind, .first = place, .last = place};
    snprintf(b.condition, sizeof b.condition, "%s", condition);
    int number = vt_break_add(r->vm, &b);
    assert_true(number >= 0);
    return number;
}

static void a_breakpoint_stops_before_its_instruction_each_time(void **state UNUSED)
{
    struct lc3_rig r;
    start_echo(&r);
    int number = add_break(&r, VT_BREAK_EXECUTE, 0x3006, "");
    for (unsigned n = 0; n < 4; n++) {
        struct vt_stop stop = vt_run(r.vm, UINT64_MAX, UINT64_MAX);
        assert_int_equal(stop.reason, VT_STOP_BREAK);
        assert_int_equal(stop.code, number);
        assert_int_equal(rig_register(&r, "PC"), 0x3006);
        assert_int_equal(rig_register(&r, "R2"), n);
    }
    for (unsigned n = 3; n-- > 0;) {
        assert_int_equal(vt_move_back(r.vm, VT_MOVE_RUN).reason, VT_STOP_BREAK);
        assert_int_equal(rig_register(&r, "R2"), n);
    }
    assert_int_equal(vt_move_back(r.vm, VT_MOVE_RUN).reason, VT_STOP_LIMIT);
    assert_int_equal(vt_steps(r.vm), 0);
    assert_true(vt_break_remove(r.vm, (unsigned)number));
    rig_run(&r, VT_STOP_POWER_OFF);
    rig_end(&r);
}

static void a_condition_must_hold(void **state UNUSED)
{
    struct lc3_rig r;
    start_echo(&r);
    add_break(&r, VT_BREAK_EXECUTE, 0x3006, "R2 == 2 && R0 != #10");
    assert_int_equal(vt_run(r.vm, UINT64_MAX, UINT64_MAX).reason, VT_STOP_BREAK);
    assert_int_equal(rig_register(&r, "R2"), 2);
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_int_equal(vt_move_back(r.vm, VT_MOVE_RUN).reason, VT_STOP_BREAK);
    assert_int_equal(rig_register(&r, "R2"), 2);
    rig_end(&r);
}

static void a_watchpoint_stops_behind_the_write_and_before_it_on_the_way_back(void **state UNUSED)
{
    struct lc3_rig r;
    start_echo(&r);
    add_break(&r, VT_BREAK_WRITE, 0x3009, "[x3009] == 3");
    assert_int_equal(vt_run(r.vm, UINT64_MAX, UINT64_MAX).reason, VT_STOP_BREAK);
    assert_int_equal(rig_register(&r, "PC"), 0x3008);
    assert_int_equal(rig_word(&r, 0x3009), 3);
    assert_string_equal(r.text, "ab");
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_int_equal(vt_move_back(r.vm, VT_MOVE_RUN).reason, VT_STOP_BREAK);
    assert_int_equal(rig_register(&r, "PC"), 0x3007);
    assert_int_equal(rig_word(&r, 0x3009), 2);
    rig_end(&r);
}

static void a_register_can_be_watched(void **state UNUSED)
{
    struct lc3_rig r;
    start_echo(&r);
    int r2 = vt_register_by_name(r.vm, "R2");
    add_break(&r, VT_BREAK_REGISTER, (u64)r2, "");
    assert_int_equal(vt_run(r.vm, UINT64_MAX, UINT64_MAX).reason, VT_STOP_BREAK);
    assert_int_equal(rig_register(&r, "PC"), 0x3007);
    assert_int_equal(rig_register(&r, "R2"), 1);
    rig_end(&r);
}

// LDR reads x4001, LDI its pointer and x4000, STI its pointer only; ADD and ST read nothing there.
static const char reader[] = ".ORIG x3000\n"
                             "LD R1,PTR\n"       // x3000
                             "LDR R2,R1,#1\n"    // x3001
                             "ADD R2,R2,#1\n"    // x3002
                             "LDI R3,PTR\n"      // x3003
                             "STI R3,PTR\n"      // x3004
                             "ST R3,X\n"         // x3005
                             "HALT\n"            // x3006
                             "PTR .FILL x4000\n" // x3007
                             "X .FILL 0\n.END";

// Stops behind each reading step on the way there, before it on the way back.
static void assert_reads_at(u64 place, const u16 *addresses, unsigned count)
{
    struct lc3_rig r;
    rig_start(&r, NULL, reader);
    int number = add_break(&r, VT_BREAK_READ, place, "");
    for (unsigned n = 0; n < count; n++) {
        struct vt_stop stop = vt_run(r.vm, UINT64_MAX, UINT64_MAX);
        assert_int_equal(stop.reason, VT_STOP_BREAK);
        assert_int_equal(stop.code, number);
        assert_int_equal(rig_register(&r, "PC"), addresses[n] + 1);
    }
    rig_run(&r, VT_STOP_POWER_OFF);
    for (unsigned n = count; n-- > 0;) {
        assert_int_equal(vt_move_back(r.vm, VT_MOVE_RUN).reason, VT_STOP_BREAK);
        assert_int_equal(rig_register(&r, "PC"), addresses[n]);
    }
    assert_int_equal(vt_move_back(r.vm, VT_MOVE_RUN).reason, VT_STOP_LIMIT);
    rig_end(&r);
}

static void a_word_can_be_watched_for_reads(void **state UNUSED)
{
    assert_reads_at(0x4001, (const u16[]){0x3001}, 1);
    assert_reads_at(0x4000, (const u16[]){0x3003}, 1);
    assert_reads_at(0x3007, (const u16[]){0x3000, 0x3003, 0x3004}, 3);
    assert_reads_at(0x3008, NULL, 0);
    assert_reads_at(0x3002, NULL, 0); // an instruction's fetch is not meant
}

// GETC's vector, and what its RTI takes off the stack. The keyboard is watched by its address.
static void reads_of_traps_and_devices_are_seen(void **state UNUSED)
{
    static const u64 places[] = {0x0020, 0x2ffe, 0xfe00, 0xfe02};
    for (unsigned n = 0; n < COUNT_OF(places); n++) {
        struct lc3_rig r;
        start_echo(&r);
        add_break(&r, VT_BREAK_READ, places[n], "");
        assert_int_equal(vt_run(r.vm, UINT64_MAX, UINT64_MAX).reason, VT_STOP_BREAK);
        u64 behind = vt_steps(r.vm), digest = vt_digest(r.vm);
        rig_run(&r, VT_STOP_BREAK);
        while (vt_move_back(r.vm, VT_MOVE_RUN).reason == VT_STOP_BREAK) {
            assert_in_range(vt_steps(r.vm), behind - 1, 1000000);
        }
        assert_true(vt_go_to(r.vm, behind));
        assert_true(vt_digest(r.vm) == digest);
        rig_end(&r);
    }
}

static void over_takes_a_call_as_one_and_out_leaves_it(void **state UNUSED)
{
    struct lc3_rig r;
    start_echo(&r);
    vt_move_forward(r.vm, VT_MOVE_OVER, UINT64_MAX); // GETC with all that it does
    assert_int_equal(rig_register(&r, "PC"), 0x3001);
    u64 before_call = vt_steps(r.vm);
    vt_move_forward(r.vm, VT_MOVE_STEP, UINT64_MAX);
    assert_int_equal(rig_register(&r, "PC"), 0x3006);
    vt_move_forward(r.vm, VT_MOVE_OUT, UINT64_MAX);
    assert_int_equal(rig_register(&r, "PC"), 0x3002);
    vt_move_back(r.vm, VT_MOVE_OVER);
    assert_int_equal(vt_steps(r.vm), before_call);
    vt_move_forward(r.vm, VT_MOVE_OVER, UINT64_MAX);
    assert_int_equal(rig_register(&r, "PC"), 0x3002);
    vt_move_back(r.vm, VT_MOVE_STEP);
    assert_int_equal(rig_register(&r, "PC"), 0x3008);
    vt_move_back(r.vm, VT_MOVE_OUT);
    assert_int_equal(rig_register(&r, "PC"), 0x3001);
    assert_int_equal(vt_steps(r.vm), before_call);
    rig_end(&r);
}

static void open_calls_are_listed_innermost_first(void **state UNUSED)
{
    struct lc3_rig r;
    struct vt_frame frames[4];
    start_echo(&r);
    add_break(&r, VT_BREAK_EXECUTE, 0x3007, "");
    vt_run(r.vm, UINT64_MAX, UINT64_MAX);
    assert_int_equal(vt_frames(r.vm, frames, 4), 1);
    assert_int_equal(frames[0].call_address, 0x3001);
    assert_int_equal(frames[0].target, 0x3006);
    rig_end(&r);
}

// --- deltas and why ---

static void a_delta_tells_old_new_and_where_from(void **state UNUSED)
{
    struct lc3_rig r;
    struct vt_delta d;
    rig_start(&r, NULL, ".ORIG x3000\nADD R1,R1,#5\nADD R2,R1,R1\nST R2,A\nHALT\nA .FILL 9\n.END");
    vt_run(r.vm, 1, UINT64_MAX);
    assert_true(vt_predict(r.vm, &d));
    assert_int_equal(vt_steps(r.vm), 1);
    assert_int_equal(rig_register(&r, "R2"), 0);
    assert_string_equal(d.text, "R2 = 5 + 5 = 10, P");
    vt_step(r.vm, &d);
    assert_int_equal(d.step, 1);
    assert_int_equal(d.pc_before, 0x3001);
    assert_int_equal(d.pc_after, 0x3002);
    assert_int_equal(d.effect_count, 2); // R2, and the codes in PSR
    assert_int_equal(d.effects[0].place.kind, VT_PLACE_REGISTER);
    assert_int_equal(d.effects[0].place.index, 2);
    assert_int_equal(d.effects[0].old_value, 0);
    assert_int_equal(d.effects[0].new_value, 10);
    assert_int_equal(d.effects[0].source_count, 2);
    assert_int_equal(d.effects[0].sources[1].value, 5);
    vt_step(r.vm, &d);
    assert_int_equal(d.effects[0].place.kind, VT_PLACE_MEMORY);
    assert_int_equal(d.effects[0].place.index, 0x3004);
    assert_int_equal(d.effects[0].old_value, 9);
    assert_int_equal(d.effects[0].new_value, 10);
    assert_true(vt_delta(r.vm, 0, &d));
    assert_int_equal(d.effects[0].new_value, 5);
    assert_int_equal(vt_steps(r.vm), 3);
    rig_end(&r);
}

static void states_of(struct vt_machine *vm, const struct vt_delta *d, char *to, size_t size)
{
    size_t used = 0;
    for (unsigned n = 0; n < d->micro_count; n++) {
        used += (size_t)snprintf(to + used, size - used, "%s%s", n > 0 ? " " : "",
                                 vt_describe(vm)->micros[d->micros[n]].name);
    }
}

// [P&P] figure C.2. BRz is taken after LDI gave zero, BRp is not.
static void a_step_goes_through_the_states_of_the_book(void **state UNUSED)
{
    static const char *const wanted[] = {
        "18 33 35 32 14",
        "18 33 35 32 6 25 27",
        "18 33 35 32 10 24 26 25 27",
        "18 33 35 32 11 29 31 23 16",
        "18 33 35 32 0",
        "18 33 35 32 0 22",
        "18 33 35 32 4 21",
        "18 33 35 32 12",
        "18 33 35 32 1",
    };
    struct lc3_rig r;
    struct vt_delta d;
    char states[100];
    rig_start(&r, NULL,
              ".ORIG x3000\nLEA R1,A\nLDR R2,R1,#0\nLDI R3,A\nSTI R3,A\nBRp S\nBRz T\nHALT\n"
              "T JSR S\nADD R0,R0,#1\nHALT\nS RET\nA .FILL x4000\n.END");
    for (unsigned n = 0; n < COUNT_OF(wanted); n++) {
        vt_step(r.vm, &d);
        states_of(r.vm, &d, states, sizeof states);
        assert_string_equal(states, wanted[n]);
    }
    rig_end(&r);
}

static void why_follows_a_value_to_its_origin(void **state UNUSED)
{
    struct lc3_rig r;
    struct vt_why links[8];
    rig_start(&r, NULL,
              ".ORIG x3000\nLD R1,A\nADD R2,R1,#2\nST R2,B\nLD R0,B\nHALT\nA .FILL 5\nB .FILL 0\n"
              ".END");
    rig_run(&r, VT_STOP_POWER_OFF);
    struct vt_place r0 = {.kind = VT_PLACE_REGISTER, .index = 0};
    unsigned count = vt_why(r.vm, &r0, links, 8);
    static const u64 steps[] = {3, 2, 1, 0}; // LD R0, ST R2, ADD R2, LD R1
    assert_int_equal(count, 5);
    for (unsigned n = 0; n < 4; n++) {
        assert_int_equal(links[n].step, steps[n]);
        assert_int_equal(links[n].parent, (int)n - 1);
        assert_false(links[n].is_origin);
    }
    assert_true(links[4].is_origin);
    assert_int_equal(links[4].effect.place.kind, VT_PLACE_MEMORY);
    assert_int_equal(links[4].effect.place.index, 0x3005);
    assert_int_equal(links[4].effect.new_value, 5);
    rig_end(&r);
}

static void the_last_write_is_found_far_beyond_the_journal(void **state UNUSED)
{
    struct lc3_rig r;
    u64 step;
    rig_start(
        &r, NULL,
        ".ORIG x3000\nADD R0,R0,#1\nST R0,A\nL ADD R1,R1,#1\nBRnzp M\nM BRnzp L\nA .FILL 0\n.END");
    vt_run(r.vm, 5000000, UINT64_MAX);
    u64 digest = vt_digest(r.vm);
    struct vt_place a = {.kind = VT_PLACE_MEMORY, .index = 0x3005};
    assert_true(vt_last_write(r.vm, &a, vt_steps(r.vm), &step));
    assert_int_equal(step, 1);
    assert_int_equal(vt_steps(r.vm), 5000000);
    assert_true(vt_digest(r.vm) == digest);
    a.index = 0x3100;
    assert_false(vt_last_write(r.vm, &a, vt_steps(r.vm), &step));
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_run_can_be_undone_and_done_again),
        cmocka_unit_test(keys_that_come_later_come_at_the_same_moment_again),
        cmocka_unit_test(moments_older_than_the_journal_are_made_again),
        cmocka_unit_test(ticks_of_the_timer_are_undone),
        cmocka_unit_test(what_has_been_written_is_the_same_in_steps_and_in_a_run),
        cmocka_unit_test(a_change_in_the_past_forks_and_the_old_course_stays),
        cmocka_unit_test(an_edit_of_memory_is_part_of_the_history),
        cmocka_unit_test(a_breakpoint_stops_before_its_instruction_each_time),
        cmocka_unit_test(a_condition_must_hold),
        cmocka_unit_test(a_watchpoint_stops_behind_the_write_and_before_it_on_the_way_back),
        cmocka_unit_test(a_register_can_be_watched),
        cmocka_unit_test(a_word_can_be_watched_for_reads),
        cmocka_unit_test(reads_of_traps_and_devices_are_seen),
        cmocka_unit_test(over_takes_a_call_as_one_and_out_leaves_it),
        cmocka_unit_test(open_calls_are_listed_innermost_first),
        cmocka_unit_test(a_delta_tells_old_new_and_where_from),
        cmocka_unit_test(a_step_goes_through_the_states_of_the_book),
        cmocka_unit_test(why_follows_a_value_to_its_origin),
        cmocka_unit_test(the_last_write_is_found_far_beyond_the_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
