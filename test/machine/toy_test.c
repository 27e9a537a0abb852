// The toy as a machine: its past, breakpoints, input, through the public interface.
#include "test/host_memory.h"
#include "vitrine/json.h"
#include "vitrine/toy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct vt_machine *vm;
static struct vt_toy_program program;
static char printed[1024];

static void serial_write(void *owner, unsigned uart, uint8_t byte)
{
    (void)owner, (void)uart;
    size_t length = strlen(printed);
    if (length + 1 < sizeof printed) { // the countdown tells more than anybody looks at
        printed[length] = (char)byte;
        printed[length + 1] = 0;
    }
}

static void start(const char *source)
{
    static const struct vt_host host = {
        .alloc = host_alloc, .release = host_release, .serial_write = serial_write};
    assert_true(vt_toy_assemble(source, strlen(source), &program));
    struct vt_toy_config config = {.cells = program.cells, .cell_count = program.cell_count};
    printed[0] = 0;
    assert_int_equal(vt_toy_create(&config, &host, &vm), VT_OK);
}

static int stop(void **state)
{
    (void)state;
    vt_destroy(vm);
    vm = NULL;
    return 0;
}

static uint64_t reg(const char *name)
{
    return vt_register(vm, (unsigned)vt_register_by_name(vm, name));
}

static struct vt_stop run(uint64_t steps)
{
    return vt_run(vm, vt_instructions(vm) + steps, UINT64_MAX);
}

static const char countdown[] = "MOV CX, 1000\nagain: OUT CX\nSUB CX, 1\nJNE again\nHALT";

static void a_run_forward_and_back_is_the_same_at_every_step(void **state)
{
    (void)state;
    start("MOV AX, 0\nMOV BX, 0\nloop: COLOR 3\nPIXEL AX, BX\nSTORE [500], AX\nADD AX, 1\n"
          "CMP AX, 20\nJL loop\nHALT");
    uint64_t digests[130];
    unsigned count = 0;
    struct vt_stop end;
    do {
        digests[count++] = vt_digest(vm);
        end = run(1);
    } while (end.reason == VT_STOP_LIMIT);
    assert_int_equal(end.reason, VT_STOP_POWER_OFF);
    assert_true(count > 100);
    for (unsigned n = count; n-- > 0;) {
        assert_true(vt_go_to(vm, n));
        assert_true(vt_digest(vm) == digests[n]);
    }
    assert_int_equal(run(1000).reason, VT_STOP_POWER_OFF);
    assert_int_equal(vt_steps(vm), count - 1); // the last found it over
}

static void what_was_printed_is_not_printed_again(void **state)
{
    (void)state;
    start("OUT 1\nOUT 2\nHALT");
    run(10);
    assert_string_equal(printed, "1\n2\n");
    assert_true(vt_go_to(vm, 0));
    run(10);
    assert_string_equal(printed, "1\n2\n");
}

static void keys_are_part_of_the_past(void **state)
{
    (void)state;
    start("IN AX\nPRINT AX\nIN AX\nPRINT AX\nHALT");
    assert_int_equal(run(10).reason, VT_STOP_INPUT);
    assert_int_equal(vt_serial_input(vm, 0, (const uint8_t *)"xy", 2), 2);
    assert_int_equal(run(10).reason, VT_STOP_POWER_OFF);
    assert_string_equal(printed, "xy");
    assert_true(vt_go_to(vm, 0));
    assert_int_equal(run(10).reason, VT_STOP_POWER_OFF);
    assert_int_equal(reg("AX"), 'y');
}

static void changing_the_past_makes_a_branch(void **state)
{
    (void)state;
    start("MOV AX, 1\nADD AX, 1\nADD AX, 1\nHALT");
    run(10);
    assert_int_equal(reg("AX"), 3);
    assert_true(vt_go_to(vm, 1));
    assert_true(vt_set_register(vm, 0, 10));
    run(10);
    assert_int_equal(reg("AX"), 12);
    struct vt_branch branches[4];
    assert_int_equal(vt_branches(vm, branches, 4), 2);
    unsigned other = branches[0].is_present ? branches[1].number : branches[0].number;
    assert_true(vt_switch_branch(vm, other));
    assert_int_equal(reg("AX"), 3);
}

static void breakpoints_stop_both_ways(void **state)
{
    (void)state;
    start(countdown);
    struct vt_break b = {.kind = VT_BREAK_EXECUTE, .first = 4, .last = 4, .condition = "CX == 500"};
    int number = vt_break_add(vm, &b);
    assert_true(number >= 0);
    struct vt_stop s = vt_move_forward(vm, VT_MOVE_RUN, UINT64_MAX);
    assert_int_equal(s.reason, VT_STOP_BREAK);
    assert_int_equal(s.code, number);
    assert_int_equal(reg("CX"), 500);
    s = vt_move_forward(vm, VT_MOVE_RUN, UINT64_MAX);
    assert_int_equal(s.reason, VT_STOP_POWER_OFF);
    s = vt_move_back(vm, VT_MOVE_RUN);
    assert_int_equal(s.reason, VT_STOP_BREAK);
    assert_int_equal(reg("CX"), 500);
    assert_true(vt_break_remove(vm, (unsigned)number));
    s = vt_move_back(vm, VT_MOVE_RUN);
    assert_int_equal(s.reason, VT_STOP_LIMIT);
    assert_int_equal(vt_steps(vm), 0);
}

static void a_watched_register_stops_behind_the_change(void **state)
{
    (void)state;
    start("MOV AX, 1\nMOV BX, 2\nMOV AX, 3\nHALT");
    struct vt_break b = {.kind = VT_BREAK_REGISTER, .first = 1};
    assert_true(vt_break_add(vm, &b) >= 0);
    assert_int_equal(vt_move_forward(vm, VT_MOVE_RUN, 100).reason, VT_STOP_BREAK);
    assert_int_equal(vt_steps(vm), 2);
}

static void why_leads_to_the_numbers_in_the_program(void **state)
{
    (void)state;
    start("MOV AX, 5\nMOV BX, 10\nSTORE [100], AX\nLOAD CX, [100]\nADD CX, BX\nHALT");
    run(10);
    struct vt_place cx = {.kind = VT_PLACE_REGISTER, .index = 2};
    struct vt_why links[8];
    unsigned count = vt_why(vm, &cx, links, 8);
    assert_true(count >= 4);
    assert_int_equal(links[0].step, 4); // the ADD
    assert_int_equal(links[0].parent, -1);
    bool has_store = false, has_mov = false;
    for (unsigned n = 0; n < count; n++) {
        has_store |= links[n].step == 2;
        has_mov |= links[n].step == 0;
    }
    assert_true(has_store && has_mov);
    uint64_t step;
    struct vt_place cell = {.kind = VT_PLACE_MEMORY, .index = 100};
    assert_true(vt_last_write(vm, &cell, vt_steps(vm), &step));
    assert_int_equal(step, 2);
}

static void a_delta_of_the_past_leaves_the_present_alone(void **state)
{
    (void)state;
    start(countdown);
    run(1000);
    uint64_t digest = vt_digest(vm);
    struct vt_delta d;
    assert_true(vt_delta(vm, 3, &d));
    assert_string_equal(d.instruction.text, "JNE 2");
    assert_true(vt_predict(vm, &d));
    assert_true(vt_digest(vm) == digest);
    assert_int_equal(vt_steps(vm), 1000);
    assert_false(vt_delta(vm, 1000, &d));
}

static void a_reset_begins_anew(void **state)
{
    (void)state;
    start(countdown);
    uint64_t digest = vt_digest(vm);
    run(100);
    vt_reset(vm);
    vt_run(vm, 0, UINT64_MAX);
    assert_true(vt_digest(vm) == digest);
}

static void json_is_cut_off_but_tells_its_length(void **state)
{
    (void)state;
    start(countdown);
    char text[16384];
    size_t length = vt_json_description(vm, text, sizeof text);
    assert_true(length > 1000 && length < sizeof text);
    assert_int_equal(text[0], '{');
    assert_int_equal(text[length - 1], '}');
    char small[8] = "1234567";
    assert_int_equal(vt_json_description(vm, small, 4), length);
    assert_memory_equal(small, "{\"na567", 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_run_forward_and_back_is_the_same_at_every_step, stop),
        cmocka_unit_test_teardown(what_was_printed_is_not_printed_again, stop),
        cmocka_unit_test_teardown(keys_are_part_of_the_past, stop),
        cmocka_unit_test_teardown(changing_the_past_makes_a_branch, stop),
        cmocka_unit_test_teardown(breakpoints_stop_both_ways, stop),
        cmocka_unit_test_teardown(a_watched_register_stops_behind_the_change, stop),
        cmocka_unit_test_teardown(why_leads_to_the_numbers_in_the_program, stop),
        cmocka_unit_test_teardown(a_delta_of_the_past_leaves_the_present_alone, stop),
        cmocka_unit_test_teardown(a_reset_begins_anew, stop),
        cmocka_unit_test_teardown(json_is_cut_off_but_tells_its_length, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
