// The toy: its assembler, its instructions, what a step tells. The meaning of each instruction is
// that of isa.def; results were worked out by hand.
#include "cpu/toy/asm.h"
#include "cpu/toy/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct toy toy;
static struct toy_memory memory;
static struct vt_toy_program program;
static char printed[256];

static void print(void *owner, u8 byte)
{
    (void)owner;
    size_t length = strlen(printed);
    if (length + 1 < sizeof printed) {
        printed[length] = (char)byte;
        printed[length + 1] = 0;
    }
}

static void load(const char *source)
{
    if (!vt_toy_assemble(source, strlen(source), &program)) {
        fail_msg("%u:%u: %s", program.diagnostics[0].line, program.diagnostics[0].column,
                 program.diagnostics[0].message);
    }
    memset(&memory, 0, sizeof memory);
    memcpy(memory.cell, program.cells, sizeof program.cells);
    memset(printed, 0, sizeof printed);
    toy_init(&toy, &memory, print, NULL);
}

static u64 run(const char *source)
{
    load(source);
    return toy_run(&toy, 10000);
}

static void assert_registers(u16 ax, u16 bx, u16 cx, u16 dx)
{
    assert_int_equal(toy.s.reg[TOY_AX], ax);
    assert_int_equal(toy.s.reg[TOY_BX], bx);
    assert_int_equal(toy.s.reg[TOY_CX], cx);
    assert_int_equal(toy.s.reg[TOY_DX], dx);
}

// --- instructions ---

static void the_first_lesson_gives_18_and_10(void **state)
{
    (void)state;
    assert_int_equal(run("MOV AX, 5\nADD AX, 3\nMOV BX, 10\nADD AX, BX\nHALT\n"), 5);
    assert_registers(18, 10, 0, 0);
    assert_int_equal(toy.s.registers_written, 3);
    assert_true(toy.s.is_over);
}

static void cells_can_be_read_in_hexadecimal(void **state)
{
    (void)state;
    load("MOV AX, 5\nADD AX, BX\nSTORE [100], CX\nHALT");
    static const u16 expected[] = {0x01a0, 5, 0x02ab, 0, 0x06c0, 100, 0, 0};
    assert_memory_equal(program.cells, expected, sizeof expected);
}

static void results_wrap_and_set_the_flags(void **state)
{
    (void)state;
    run("MOV AX, 32767\nADD AX, 1\nHALT");
    assert_registers(0x8000, 0, 0, 0);
    assert_true(toy.s.is_negative && !toy.s.is_zero);
    run("MOV AX, 5\nSUB AX, 5\nHALT");
    assert_true(!toy.s.is_negative && toy.s.is_zero);
    run("MOV AX, 3\nSUB AX, 5\nHALT");
    assert_registers(0xfffe, 0, 0, 0);
    assert_true(toy.s.is_negative);
}

static void a_comparison_is_right_beyond_16_bits(void **state)
{
    (void)state;
    run("MOV AX, -30000\nCMP AX, 30000\nHALT"); // the difference does not fit
    assert_true(toy.s.is_negative && !toy.s.is_zero);
    run("MOV AX, 30000\nCMP AX, -30000\nHALT");
    assert_true(!toy.s.is_negative && !toy.s.is_zero);
}

static void each_jump_looks_at_its_flag(void **state)
{
    static const struct {
        const char *jump;
        bool taken[3]; // after comparing 1 with 2, 2 with 2, 3 with 2
    } rows[] = {{"JMP", {true, true, true}},
                {"JE", {false, true, false}},
                {"JNE", {true, false, true}},
                {"JL", {true, false, false}},
                {"JGE", {false, true, true}}};
    (void)state;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        for (unsigned k = 0; k < 3; k++) {
            char source[128];
            snprintf(source, sizeof source,
                     "MOV AX, %u\nCMP AX, 2\n%s there\nMOV BX, 1\nthere: HALT", k + 1,
                     rows[n].jump);
            run(source);
            assert_int_equal(toy.s.reg[TOY_BX], !rows[n].taken[k]);
        }
    }
}

static void memory_is_loaded_and_stored(void **state)
{
    (void)state;
    run("LOAD AX, [list]\nMOV BX, list\nADD BX, 1\nMOV CX, [BX]\nMOV [1023], CX\nLOAD DX, [1023]\n"
        "HALT\nlist: DATA 7, -2, \"ab\"");
    assert_registers(7, 15, 0xfffe, 0xfffe);
    assert_int_equal(memory.cell[1023], 0xfffe);
    assert_int_equal(memory.cell[16], 'a');
}

static void a_loop_counts(void **state)
{
    (void)state;
    run("MOV AX, 0\nMOV CX, 10\nagain: ADD AX, CX\nSUB CX, 1\nJNZ again\nOUT AX\nHALT");
    assert_registers(55, 0, 0, 0);
    assert_string_equal(printed, "55\n");
}

static void numbers_and_characters_are_printed(void **state)
{
    (void)state;
    run("OUT -32768\nPRINT 'H'\nPRINT 0x69\nMOV AX, 10\nPRINT AX\nHALT");
    assert_string_equal(printed, "-32768\nHi\n");
}

static void a_key_is_waited_for(void **state)
{
    (void)state;
    assert_int_equal(run("IN AX\nIN BX\nHALT"), 0);
    assert_true(toy.s.is_waiting && toy_is_halted(&toy));
    assert_true(toy_key(&toy, 'x'));
    assert_int_equal(toy_run(&toy, 100), 1);
    assert_true(toy_key(&toy, 'y'));
    assert_int_equal(toy_run(&toy, 100), 2);
    assert_registers('x', 'y', 0, 0);
}

static void keys_that_nobody_reads_are_refused_in_the_end(void **state)
{
    (void)state;
    load("HALT");
    for (unsigned n = 0; n < TOY_KEYS; n++) {
        assert_true(toy_key(&toy, 'a'));
    }
    assert_false(toy_key(&toy, 'a'));
}

static void a_point_is_drawn_in_the_colour_chosen(void **state)
{
    (void)state;
    run("COLOR RED\nMOV AX, 31\nPIXEL AX, 23\nMOV BX, 2\nCOLOR 15\nPIXEL BX, BX\nHALT");
    assert_int_equal(memory.pixel[23][31], 4);
    assert_int_equal(memory.pixel[2][2], 15);
}

static void nonsense_stops_with_a_reason_and_changes_nothing(void **state)
{
    static const struct {
        const char *source, *reason;
    } rows[] = {
        {"DATA 0x1100, 0", "no instruction has the number 11"},
        {"DATA 0x0110, 0", "a must be A to D, a register, and is 1"},
        {"DATA 0x01AE, 0", "b must be 0, or A to D, and is e"},
        {"DATA 0x01AB, 1", "the second cell has no meaning here and must be 0: 0001"},
        {"DATA 0x0001, 0", "b must be 0 and is 1"},
        {"MOV BX, 1024\nLOAD AX, [BX]", "memory ends at cell 1023: there is nothing to load from"},
        {"MOV BX, -1\nSTORE [BX], AX", "memory ends at cell 1023: there is nothing to store to"},
        {"MOV BX, 1023\nJMP BX", "memory ends at cell 1023: there is nothing to go on with"},
        {"JMP 1022", NULL},
        {"COLOR 16", "there are the colours 0 to 15 only"},
        {"MOV AX, 32\nPIXEL AX, 0",
         "the point is outside the screen: columns 0 to 31, rows 0 to 23"},
        {"MOV AX, 0\nPIXEL AX, 24",
         "the point is outside the screen: columns 0 to 31, rows 0 to 23"},
    };
    (void)state;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        run(rows[n].source);
        if (!rows[n].reason) {
            assert_true(toy.s.is_over); // the cell there is HALT
            continue;
        }
        assert_true(toy.s.is_faulty);
        assert_string_equal(toy.fault, rows[n].reason);
        assert_int_equal(toy.s.ip, strchr(rows[n].source, '\n') ? 2 : 0);
    }
}

static void running_past_the_end_asks_for_halt(void **state)
{
    (void)state;
    load("HALT");
    for (unsigned n = 0; n < VT_TOY_CELLS; n += 2) {
        memory.cell[n] = 0x01a0;
    }
    toy_run(&toy, 10000);
    assert_string_equal(toy.fault, "the program ran past the end of memory: is a HALT missing?");
}

// --- the assembler ---

static void assert_error(const char *source, unsigned line, unsigned column, const char *message,
                         const char *hint)
{
    assert_false(vt_toy_assemble(source, strlen(source), &program));
    const struct vt_toy_diagnostic *d = &program.diagnostics[0];
    assert_string_equal(d->message, message);
    assert_string_equal(d->hint, hint);
    assert_int_equal(d->line, line);
    assert_int_equal(d->column, column);
}

static void errors_name_the_place_and_a_way_out(void **state)
{
    (void)state;
    assert_error("MOV AX, 5\nMVO BX, 3", 2, 1, "'MVO' is no instruction", "did you mean MOV?");
    assert_error("start: HALT\n JMP strat", 2, 6, "'strat' is no number, no register and no label",
                 "did you mean start?");
    assert_error("MOV 5, AX", 1, 5, "'5' must be a register here",
                 "the registers are AX, BX, CX, DX");
    assert_error("ADD AX, [5]", 1, 9, "'[5]' can't be a cell here",
                 "only LOAD, STORE and MOV reach memory: load it first");
    assert_error("LOAD AX, 5", 1, 10, "'5' must be a cell, in brackets", "as [100] or [BX]");
    assert_error("MOV AX, 70000", 1, 9, "'70000' does not fit into a cell",
                 "a cell holds -32768 to 32767");
    assert_error("MOV AX", 1, 1, "'MOV' takes two operands", "a = b");
    assert_error("a: HALT\na: HALT", 2, 1, "'a' is a label already",
                 "every label needs a name of its own");
    assert_error("AX: HALT", 1, 1, "'AX' can't be a label",
                 "a label is up to 31 letters, digits and _, and begins with a letter");
    assert_error("DATA \"abc", 1, 6, "the text has no end", "put a \" behind it");
    assert_error("; nothing", 1, 0, "there is no instruction in it", "as MOV AX, 5");
}

static void all_errors_are_told_in_one_run(void **state)
{
    (void)state;
    static const char source[] = "FOO\nMOV\nADD AX, QQ\nBAR 1";
    assert_false(vt_toy_assemble(source, strlen(source), &program));
    assert_int_equal(program.diagnostic_count, 4);
}

static void people_write_as_they_like(void **state)
{
    (void)state;
    load("\xef\xbb\xbf  mov ax 5 ; no comma\r\nLOOP:\n\tAdd Ax,'A' // A\nHalt # done\n");
    static const u16 expected[] = {0x01a0, 5, 0x02a0, 65, 0, 0};
    assert_memory_equal(program.cells, expected, sizeof expected);
    assert_int_equal(program.label_count, 1);
    assert_int_equal(program.labels[0].address, 2);
    assert_int_equal(program.lines[2], 3);
}

static void a_json_list_gives_the_same_cells_as_text(void **state)
{
    (void)state;
    load("[{\"opcode\": \"MOV\", \"operands\": [\"AX\", 5]},\n"
         " {\"label\": \"on\", \"opcode\": \"sub\", \"operands\": [\"AX\", -1], \"note\": \"x\"},\n"
         " {\"opcode\": \"JMP\", \"operands\": [\"on\"]}, {\"opcode\": \"HALT\"}]\n");
    static const u16 expected[] = {0x01a0, 5, 0x03a0, 0xffff, 0x0700, 2, 0, 0};
    assert_memory_equal(program.cells, expected, sizeof expected);
    load("{\"program\": [{\"opcode\": \"HALT\", \"operands\": []}]}");
    assert_int_equal(program.cell_count, 2);
}

static void broken_json_is_told_with_its_line(void **state)
{
    (void)state;
    static const char form[] = "[{\"opcode\": \"MOV\", \"operands\": [\"AX\", 5]}]";
    assert_error("[{\"opcode\": \"MOV\",\n \"operands\": [\"AX\" 5]}]", 2, 20,
                 "a comma or the end of the list is missing here", form);
    assert_error("[{\"opcode\": \"MVO\", \"operands\": [\"AX\", 5]}]", 1, 14,
                 "'MVO' is no instruction", "did you mean MOV?");
    assert_error("[{\"opcode\": 5}]", 1, 13, "a text in quotes is missing here", form);
    assert_error("[{\"opcode\": \"HALT\"}] x", 1, 22, "nothing may follow the program", "");
}

static void a_program_that_is_too_long_is_refused(void **state)
{
    (void)state;
    static char source[VT_TOY_CELLS * 8];
    for (unsigned n = 0; n <= VT_TOY_CELLS / 2; n++) {
        memcpy(source + 5 * n, "HALT\n", 5);
    }
    assert_error(source, VT_TOY_CELLS / 2 + 1, 1, "the program does not fit into memory",
                 "there are 1024 cells");
}

static void every_instruction_disassembles_to_what_assembles_to_it(void **state)
{
    (void)state;
    unsigned count = 0;
    for (unsigned first = 0; first < 0x1100; first++) {
        for (unsigned second = 0; second <= 0xffff; second += second == 0 ? 1 : 0x7fff) {
            const u16 cells[2] = {(u16)first, (u16)second};
            char text[VT_TEXT_BYTES];
            if (vt_toy_disassemble(cells, text, sizeof text)) {
                assert_true(vt_toy_assemble(text, strlen(text), &program));
                assert_memory_equal(program.cells, cells, sizeof cells);
                count++;
            }
        }
    }
    assert_true(count > 200);
}

// --- views ---

static void a_step_tells_its_effects_and_their_sources(void **state)
{
    (void)state;
    load("MOV AX, 5\nADD AX, 3\nHALT");
    struct vt_delta d;
    toy_step(&toy);
    assert_true(toy_step_watched(&toy, &d));
    assert_int_equal(d.pc_before, 2);
    assert_int_equal(d.pc_after, 4);
    assert_string_equal(d.instruction.text, "ADD AX, 3");
    assert_int_equal(d.effect_count, 2);
    assert_int_equal(d.effects[0].place.kind, VT_PLACE_REGISTER);
    assert_int_equal(d.effects[0].old_value, 5);
    assert_int_equal(d.effects[0].new_value, 8);
    assert_int_equal(d.effects[0].sources[0].place.kind, VT_PLACE_REGISTER);
    assert_int_equal(d.effects[0].sources[1].place.kind, VT_PLACE_CONSTANT);
    assert_int_equal(d.effects[0].sources[1].place.index, 3); // the cell of the number
    assert_int_equal(d.effects[0].sources[1].value, 3);
    assert_string_equal(d.text, "AX becomes 8 (was 5).");
}

static void every_micro_operation_lights_its_wires(void **state)
{
    (void)state;
    load("ADD AX, 3\nHALT");
    struct vt_delta d;
    toy_step_watched(&toy, &d);
    static const u8 expected[] = {TOY_FETCH,  TOY_DECODE,    TOY_TAKE_A,
                                  TOY_TAKE_B, TOY_CALCULATE, TOY_PUT_A};
    assert_int_equal(d.micro_count, COUNT_OF(expected));
    assert_memory_equal(d.micros, expected, sizeof expected);
    unsigned lit = 0;
    for (unsigned n = 0; n < d.micro_count; n++) {
        for (unsigned wire = 0; wire < toy_description.wire_count; wire++) {
            u64 value;
            lit += toy_wire_value(&d, n, wire, &value);
        }
    }
    assert_int_equal(lit, 5); // address, instruction, a, b, result
}

static void the_drawing_is_inside_its_grid(void **state)
{
    (void)state;
    for (unsigned n = 0; n < toy_description.box_count; n++) {
        const struct vt_box_info *b = &toy_description.boxes[n];
        assert_true(b->x + b->width <= 100 && b->y + b->height <= 60);
    }
    for (unsigned n = 0; n < toy_description.wire_count; n++) {
        const struct vt_wire_info *w = &toy_description.wires[n];
        assert_true(w->from < toy_description.box_count && w->to < toy_description.box_count);
        assert_true(w->point_count >= 2 && w->point_count <= 8 && w->state_count >= 1);
    }
}

static void the_fields_of_an_instruction_cover_both_cells(void **state)
{
    (void)state;
    load("STORE [100], BX\nHALT");
    struct vt_instruction i;
    unsigned bits = 0;
    toy_instruction_at(&toy, 0, &i);
    assert_string_equal(i.text, "STORE [100], BX");
    for (unsigned n = 0; n < i.field_count; n++) {
        bits += i.fields[n].bits;
    }
    assert_int_equal(bits, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_lesson_gives_18_and_10),
        cmocka_unit_test(cells_can_be_read_in_hexadecimal),
        cmocka_unit_test(results_wrap_and_set_the_flags),
        cmocka_unit_test(a_comparison_is_right_beyond_16_bits),
        cmocka_unit_test(each_jump_looks_at_its_flag),
        cmocka_unit_test(memory_is_loaded_and_stored),
        cmocka_unit_test(a_loop_counts),
        cmocka_unit_test(numbers_and_characters_are_printed),
        cmocka_unit_test(a_key_is_waited_for),
        cmocka_unit_test(keys_that_nobody_reads_are_refused_in_the_end),
        cmocka_unit_test(a_point_is_drawn_in_the_colour_chosen),
        cmocka_unit_test(nonsense_stops_with_a_reason_and_changes_nothing),
        cmocka_unit_test(running_past_the_end_asks_for_halt),
        cmocka_unit_test(errors_name_the_place_and_a_way_out),
        cmocka_unit_test(all_errors_are_told_in_one_run),
        cmocka_unit_test(people_write_as_they_like),
        cmocka_unit_test(a_json_list_gives_the_same_cells_as_text),
        cmocka_unit_test(broken_json_is_told_with_its_line),
        cmocka_unit_test(a_program_that_is_too_long_is_refused),
        cmocka_unit_test(every_instruction_disassembles_to_what_assembles_to_it),
        cmocka_unit_test(a_step_tells_its_effects_and_their_sources),
        cmocka_unit_test(every_micro_operation_lights_its_wires),
        cmocka_unit_test(the_drawing_is_inside_its_grid),
        cmocka_unit_test(the_fields_of_an_instruction_cover_both_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
