// The monitor's commands on a PC whose firmware is a few bytes, and the line that is typed for it.
#include "front/cli/line_edit.h"
#include "front/cli/monitor.h"
#include "test/host_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { BIOS_BYTES = 0x10000 };

static uint8_t bios[BIOS_BYTES];
static char said[16384];
static char asked[64]; // of the front end
static struct monitor monitor;

static void put(void *owner, const char *text)
{
    (void)owner;
    strncat(said, text, sizeof said - strlen(said) - 1);
}

static bool change_medium(void *owner, enum vt_slot slot, const char *path, bool is_forced)
{
    (void)owner;
    snprintf(asked, sizeof asked, "change %d %s%s", (int)slot, path ? path : "nothing",
             is_forced ? " by force" : "");
    return true;
}

static const char *medium(void *owner, enum vt_slot slot)
{
    (void)owner;
    return slot == VT_FDA ? "a.img" : NULL;
}

static bool send_keys(void *owner, const char *chord)
{
    (void)owner;
    snprintf(asked, sizeof asked, "keys %s", chord);
    return true;
}

static bool type_text(void *owner, const char *text)
{
    (void)owner;
    snprintf(asked, sizeof asked, "type %s", text);
    return true;
}

static unsigned looks; // whether a command is still wanted

static bool is_interrupted(void *owner)
{
    (void)owner;
    return ++looks == 2;
}

static int start(void **state)
{
    static const uint8_t code[] = {0xb8, 0x34, 0x12, 0x50, 0xf4, 0,
                                   0,    0,    0xeb, 0xfe}; // mov ax,1234h; push ax; hlt; jmp $
    struct vt_host host = {.alloc = host_alloc, .release = host_release};
    struct vt_pc_config config = {.ram_bytes = 1 << 20, .bios = {bios, sizeof bios}};
    (void)state;
    memcpy(bios + BIOS_BYTES - 16, code, sizeof code);
    monitor = (struct monitor){.host = {.put = put,
                                        .change_medium = change_medium,
                                        .medium = medium,
                                        .send_keys = send_keys,
                                        .type_text = type_text,
                                        .is_interrupted = is_interrupted}};
    looks = 0;
    said[0] = asked[0] = 0;
    return vt_pc_create(&config, &host, &monitor.vm) != VT_OK;
}

static int stop(void **state)
{
    (void)state;
    vt_destroy(monitor.vm);
    return 0;
}

static const char *answer(const char *line)
{
    said[0] = 0;
    assert_int_equal(monitor_run(&monitor, line), MONITOR_STAYS);
    return said;
}

static void assert_says(const char *line, const char *part)
{
    if (!strstr(answer(line), part)) {
        fail_msg("'%s' said: %s", line, said);
    }
}

// JMP to itself: nothing returns.
static void a_long_command_ends_when_the_user_or_reason_wants(void **state)
{
    uint64_t before = vt_instructions(monitor.vm);
    (void)state;
    answer("set eip 0xfff8");
    assert_says("step 100000000000", "jmp");
    assert_int_equal(looks, 2);
    assert_in_range(vt_instructions(monitor.vm) - before, 1000000, 100000000);
    assert_says("finish", "not there after 10 million instructions\n=> ");
}

static void an_empty_line_lets_the_guest_run_on(void **state)
{
    (void)state;
    assert_int_equal(monitor_run(&monitor, "  "), MONITOR_CONTINUES);
    assert_int_equal(monitor_run(&monitor, "cont"), MONITOR_CONTINUES);
    assert_int_equal(monitor_run(&monitor, "q"), MONITOR_ENDS);
}

static void every_command_and_topic_is_listed(void **state)
{
    (void)state;
    assert_says("help", "  eject [-f] DRIVE");
    assert_says("info", "  info registers ");
}

static void mistakes_are_answered_with_a_way_out(void **state)
{
    (void)state;
    assert_string_equal(answer("stpe"), "no command 'stpe'; did you mean step?\n");
    assert_string_equal(answer("frobnicate"), "no command 'frobnicate'; `help` lists them\n");
    assert_string_equal(answer("page"), "usage: page ADDRESS\n");
    assert_says("print eaxx", "'eaxx': no register, flag or label has this name");
    assert_says("set foo 1", "'foo' is no register");
    assert_says("set cr0 1", "cr0 can't be set to that");
    assert_says("x/4q 0", "a count, a letter of x d u c i, a size of b h w g");
    assert_says("change sda x", "'sda' is no drive");
    assert_says("info frob", "no topic 'frob'");
}

static void values_are_sums_of_numbers_and_registers(void **state)
{
    (void)state;
    assert_string_equal(answer("print 0x10+10-1fh"), "0xfffffffffffffffb = -5\n");
    assert_string_equal(answer("print $eip+1"), "0xfff1 = 65521\n");
    assert_string_equal(answer("print b800h:10h"), "0xb8010 = 753680\n");
    assert_string_equal(answer("print cs:eip"), "0xfffffff0 = 4294967280\n");
    assert_string_equal(answer("print (eip&0ff0h)<<1"), "0x1fe0 = 8160\n");
    assert_string_equal(answer("print [cs.base+eip]"), "0xb8 = 184\n");
}

static void steps_show_the_next_instruction(void **state)
{
    (void)state;
    assert_string_equal(answer("step"), "   eax becomes 00001234.\n"
                                        "=> fffffff3  50                push ax\n");
    assert_says("info registers", "eax 00001234");
    assert_says("info registers", "real mode, cpl 0");
    assert_int_equal(monitor_run(&monitor, "step 5"), MONITOR_CONTINUES); // it halts for good
    assert_true(monitor.has_stop && monitor.stop.reason == VT_STOP_HALTED);
}

static void memory_is_shown_in_the_format_asked_for(void **state)
{
    (void)state;
    assert_string_equal(answer("x/3i cs:fff0h"), "=> fffffff0  b83412            mov ax,0x1234\n"
                                                 "   fffffff3  50                push ax\n"
                                                 "   fffffff4  f4                hlt\n");
    assert_string_equal(answer("x /4xb cs:fff0h"), "fffffff0: b8 34 12 50\n");
    assert_string_equal(answer("xp/2dh 0xfffffff0"), "fffffff0:  13496  20498\n");
    assert_string_equal(answer("xp/1c 0xfffffff1"), "fffffff1: 4\n");
    assert_says("xp/1xw 0xfee00000", "not mapped, or a device's registers");
}

static void paging_that_is_off_is_told(void **state)
{
    (void)state;
    assert_string_equal(answer("page 1234h"), "paging is off: the physical address is the same\n");
    assert_string_equal(answer("info mem"), "paging is off\n");
}

static void devices_are_shown_from_their_tables(void **state)
{
    (void)state;
    assert_says("info devices", " pit ");
    assert_says("info device pit", "channel[0].");
    assert_says("info irq", "imr=");
    assert_says("info device nosuch", "which device? ");
}

static void breakpoints_are_set_listed_and_deleted(void **state)
{
    (void)state;
    assert_string_equal(answer("break cs:fff3h eax == 1234h"), "breakpoint 0\n");
    assert_string_equal(answer("watch eax"), "breakpoint 1\n");
    assert_string_equal(answer("watch 0x46c 4"), "breakpoint 2\n");
    assert_string_equal(answer("port out 0x80"), "breakpoint 3\n");
    assert_says("break", "0  execution  linear fffffff3-fffffff3  eax == 0x1234\n");
    assert_says("break", "1  change of eax");
    assert_says("break", "3  write  ports 00000080-00000080");
    assert_string_equal(answer("delete 1"), "");
    assert_string_equal(answer("delete 1"), "there is no breakpoint 1; `break` lists them\n");
    assert_string_equal(answer("watch 0 100"), "that can't be watched\n");
    assert_string_equal(answer("port up 5"), "port in PORT, or port out PORT\n");
}

// A word of the condition may stand in the words before it too.
static void conditions_begin_where_they_stand(void **state)
{
    (void)state;
    answer("watch eax eax == 5");
    answer("break 0xcf cf != 0");
    answer("port  in 0x60  60h+1 == 61h");
    assert_says("break", "0  change of eax  eax == 5\n");
    assert_says("break", "000000cf-000000cf  cf != 0\n");
    assert_says("break", "00000060-00000060  0x60+1 == 0x61\n");
}

static void conditions_are_in_the_monitor_s_notation(void **state)
{
    (void)state;
    answer("break cs:fff3h $eax == 4321h"); // it is 1234h then
    answer("break cs:fff4h $eax == 1234h");
    assert_int_equal(vt_run(monitor.vm, 10, UINT64_MAX).code, 1);
    assert_int_equal(vt_instructions(monitor.vm), 2);
}

static void a_condition_that_says_nothing_is_refused(void **state)
{
    char line[300];

    (void)state;
    assert_says("break 0x7c00 eaxx == 5", "'eaxx == 5': no register, flag or label has this name");
    snprintf(line, sizeof line, "break 0x7c00 eax == %0100d", 5);
    assert_string_equal(answer(line), "a condition has at most 95 characters\n");
    assert_string_equal(answer("break"), "");
}

static void media_and_keys_go_to_the_front_end(void **state)
{
    (void)state;
    answer("change fda my disk.img");
    assert_string_equal(asked, "change 4 my disk.img");
    answer("eject -f hdc");
    assert_string_equal(asked, "change 2 nothing by force");
    answer("sendkey ctrl+alt+delete");
    assert_string_equal(asked, "keys ctrl+alt+delete");
    answer("sendkey left 1500");
    assert_string_equal(asked, "keys left:1500");
    answer("type dir a: \\n");
    assert_string_equal(asked, "type dir a: \\n");
    assert_says("info block", "fda  a.img");
}

static void the_mouse_is_moved_and_its_buttons_are_held(void **state)
{
    (void)state;
    vt_mouse(monitor.vm, 0, 0, 0, 0);
    assert_string_equal(answer("mouse_button left middle"), "");
    assert_says("info device ps2", "mouse.buttons=5");
    assert_string_equal(answer("mouse_move 10 -5"), "");
    assert_says("info device ps2", "mouse.buttons=5");
    assert_says("info device ps2", "mouse.dx=a");
    assert_says("info device ps2", "mouse.dy=5"); // the mouse's own y points up
    assert_string_equal(answer("mouse_button"), "");
    assert_says("info device ps2", "mouse.buttons=0");
    assert_string_equal(answer("mouse_button up"), "'up' is no button: left, right or middle\n");
    assert_string_equal(answer("mouse_move 1 2x"), "'2x' is no whole number from -9999 to 9999\n");
}

// --- the line ---

static enum line_edit_result typed(struct line_edit *e, const char *bytes)
{
    char echo[LINE_EDIT_BYTES + 32];
    enum line_edit_result result = LINE_EDIT_MORE;
    while (*bytes) {
        result = line_edit_take(e, (uint8_t)*bytes++, echo);
    }
    return result;
}

static void a_line_can_be_corrected(void **state)
{
    (void)state;
    struct line_edit e = {.prompt = "> "};
    assert_int_equal(typed(&e, "helo\x7f"), LINE_EDIT_MORE);
    assert_int_equal(typed(&e, "p me\x17now\r"), LINE_EDIT_DONE);
    assert_string_equal(e.text, "help now");
    assert_int_equal(typed(&e, "rubbish\x03quit\r"), LINE_EDIT_DONE);
    assert_string_equal(e.text, "quit");
    assert_int_equal(typed(&e, "\x04"), LINE_EDIT_END);
}

static void earlier_lines_come_back(void **state)
{
    (void)state;
    struct line_edit e = {.prompt = "> "};
    typed(&e, "one\rtwo\r\rthree\r");
    typed(&e, "\033[A\033[A\r");
    assert_string_equal(e.text, "two");
    typed(&e, "\033OA\033OA\033OB\033[B\033[Anew\r");
    assert_string_equal(e.text, "twonew");
}

static void a_line_never_outgrows_its_room(void **state)
{
    (void)state;
    struct line_edit e = {.prompt = "> "};
    for (unsigned n = 0; n < 2 * LINE_EDIT_BYTES; n++) {
        typed(&e, "x");
    }
    assert_int_equal(typed(&e, "\r"), LINE_EDIT_DONE);
    assert_int_equal(strlen(e.text), LINE_EDIT_BYTES - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_long_command_ends_when_the_user_or_reason_wants, start,
                                        stop),
        cmocka_unit_test_setup_teardown(an_empty_line_lets_the_guest_run_on, start, stop),
        cmocka_unit_test_setup_teardown(every_command_and_topic_is_listed, start, stop),
        cmocka_unit_test_setup_teardown(mistakes_are_answered_with_a_way_out, start, stop),
        cmocka_unit_test_setup_teardown(values_are_sums_of_numbers_and_registers, start, stop),
        cmocka_unit_test_setup_teardown(steps_show_the_next_instruction, start, stop),
        cmocka_unit_test_setup_teardown(memory_is_shown_in_the_format_asked_for, start, stop),
        cmocka_unit_test_setup_teardown(paging_that_is_off_is_told, start, stop),
        cmocka_unit_test_setup_teardown(devices_are_shown_from_their_tables, start, stop),
        cmocka_unit_test_setup_teardown(breakpoints_are_set_listed_and_deleted, start, stop),
        cmocka_unit_test_setup_teardown(conditions_begin_where_they_stand, start, stop),
        cmocka_unit_test_setup_teardown(conditions_are_in_the_monitor_s_notation, start, stop),
        cmocka_unit_test_setup_teardown(a_condition_that_says_nothing_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(media_and_keys_go_to_the_front_end, start, stop),
        cmocka_unit_test_setup_teardown(the_mouse_is_moved_and_its_buttons_are_held, start, stop),
        cmocka_unit_test(a_line_can_be_corrected),
        cmocka_unit_test(earlier_lines_come_back),
        cmocka_unit_test(a_line_never_outgrows_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
