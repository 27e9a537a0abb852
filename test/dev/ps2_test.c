// Expected values: IBM PS/2 Hardware Interface Technical Reference, controller ([8042]), keyboard
// ([PS2K]) and mouse ([PS2M]); the wheel: [IMOUSE].
#include "rig.h"

#include "dev/ps2.h"

struct board {
    struct rig rig;
    struct ps2 ps2;
    struct probe irq1, irq12, a20, reset;
};

enum { FULL = 0x01, FROM_MOUSE = 0x20 };

static void start(struct board *b)
{
    memset(b, 0, sizeof *b);
    rig_init(&b->rig);
    ps2_init(&b->ps2, &b->rig.clock, &b->rig.ports, probe_line(&b->irq1), probe_line(&b->irq12),
             probe_line(&b->a20), probe_line(&b->reset));
}

static void command(struct board *b, u8 v)
{
    rig_out(&b->rig, 0x64, v);
}

static void command_with(struct board *b, u8 v, u8 argument)
{
    command(b, v);
    rig_out(&b->rig, 0x60, argument);
}

// The next byte, within 100 ms; 1000h if none comes, 100h added if it's from the mouse.
static unsigned next(struct board *b)
{
    for (unsigned n = 0; n < 1000; n++) {
        u8 status = rig_in(&b->rig, 0x64);
        if (status & FULL) {
            return rig_in(&b->rig, 0x60) | (status & FROM_MOUSE ? 0x100u : 0);
        }
        rig_run(&b->rig, 100000);
    }
    return 0x1000;
}

#define EXPECT(b, ...)                                                                             \
    expect_bytes(b, (const unsigned[]){__VA_ARGS__},                                               \
                 sizeof((const unsigned[]){__VA_ARGS__}) / sizeof(unsigned), __LINE__)

static void expect_bytes(struct board *b, const unsigned *bytes, unsigned count, int line)
{
    for (unsigned n = 0; n < count; n++) {
        unsigned got = next(b);
        if (got != bytes[n]) {
            fail_msg("line %d, byte %u: %x, expected %x", line, n, got, bytes[n]);
        }
    }
    if (rig_in(&b->rig, 0x64) & FULL || next(b) != 0x1000) {
        fail_msg("line %d: more bytes than expected", line);
    }
}

static void keyboard(struct board *b, u8 v)
{
    rig_out(&b->rig, 0x60, v);
}

static void mouse(struct board *b, u8 v)
{
    command_with(b, 0xd4, v);
}

// --- controller ---

static void the_self_test_passes_and_sets_the_system_flag(void **state UNUSED)
{
    static struct board b;
    start(&b);
    assert_int_equal(rig_in(&b.rig, 0x64) & 0x05, 0);
    command(&b, 0xaa);
    assert_int_equal(rig_in(&b.rig, 0x64) & 0x0d, 0x0d);
    EXPECT(&b, 0x55);
    assert_int_equal(rig_in(&b.rig, 0x64) & 0x04, 0x04);
    command(&b, 0xab);
    EXPECT(&b, 0x00);
    command(&b, 0xa9);
    EXPECT(&b, 0x00);
}

static void the_command_byte_can_be_read_back(void **state UNUSED)
{
    static struct board b;
    start(&b);
    command_with(&b, 0x60, 0x47);
    command(&b, 0x20);
    EXPECT(&b, 0x47);
    command(&b, 0xad);
    command(&b, 0xa7);
    command(&b, 0x20);
    EXPECT(&b, 0x77);
    command(&b, 0xae);
    command(&b, 0xa8);
    command(&b, 0x20);
    EXPECT(&b, 0x47);
    command_with(&b, 0x6a, 0x99);
    command(&b, 0x2a);
    EXPECT(&b, 0x99);
}

static void the_output_port_drives_a20_and_reset(void **state UNUSED)
{
    static struct board b;
    start(&b);
    assert_true(b.a20.level);
    command_with(&b, 0xd1, 0xdd);
    assert_false(b.a20.level);
    command(&b, 0xd0);
    assert_int_equal(next(&b) & 0x03, 0x01);
    command_with(&b, 0xd1, 0xdf);
    assert_true(b.a20.level);
    assert_int_equal(b.reset.rise_count, 0);
    command(&b, 0xfe);
    assert_int_equal(b.reset.rise_count, 1);
    command_with(&b, 0xd1, 0xde);
    assert_int_equal(b.reset.rise_count, 2);
    command(&b, 0xff); // pulses nothing
    assert_int_equal(b.reset.rise_count, 2);
}

// [8042] C0h to C2h: the input port, as a byte and in the status. Bit 7: not locked, bit 5: no
// manufacturing jumper. A4h: F1h says that there is no password.
static void the_input_port_can_be_polled(void **state UNUSED)
{
    static struct board b;
    start(&b);
    command(&b, 0xc0);
    EXPECT(&b, 0xa0);
    command(&b, 0xc1);
    assert_int_equal(rig_in(&b.rig, 0x64) & 0xf0, 0x00);
    command(&b, 0xc2);
    assert_int_equal(rig_in(&b.rig, 0x64) & 0xf0, 0xa0);
    command(&b, 0xa4);
    assert_int_equal(rig_in(&b.rig, 0x64) & 0xf0, 0x10);
    EXPECT(&b, 0xf1);
}

static void interrupts_follow_the_output_buffer_and_the_enables(void **state UNUSED)
{
    static struct board b;
    start(&b);
    command_with(&b, 0x60, 0x03);
    command_with(&b, 0xd2, 0x12);
    assert_true(b.irq1.level);
    assert_false(b.irq12.level);
    assert_int_equal(rig_in(&b.rig, 0x60), 0x12);
    assert_false(b.irq1.level);
    command_with(&b, 0xd3, 0x34);
    assert_true(b.irq12.level);
    assert_false(b.irq1.level);
    EXPECT(&b, 0x134);
    assert_false(b.irq12.level);
    command_with(&b, 0x60, 0x00);
    command_with(&b, 0xd2, 0x12);
    assert_false(b.irq1.level);
}

static void an_answer_does_not_lose_a_key(void **state UNUSED)
{
    static struct board b;
    start(&b);
    ps2_key(&b.ps2, 0x1e, true);
    rig_run(&b.rig, 10000000);
    assert_int_equal(rig_in(&b.rig, 0x64) & FULL, FULL);
    command(&b, 0x20);
    EXPECT(&b, 0x61, 0x1e);
}

static void a_disabled_keyboard_waits(void **state UNUSED)
{
    static struct board b;
    start(&b);
    command(&b, 0xad);
    ps2_key(&b.ps2, 0x1e, true);
    assert_int_equal(next(&b), 0x1000);
    command(&b, 0xae);
    EXPECT(&b, 0x1e);
}

// --- keyboard ---

static void keys_arrive_as_set_1_through_the_translation(void **state UNUSED)
{
    static struct board b;
    start(&b);
    ps2_key(&b.ps2, 0x1e, true);
    ps2_key(&b.ps2, 0x1e, false);
    ps2_key(&b.ps2, 0x148, true);
    ps2_key(&b.ps2, 0x148, false);
    EXPECT(&b, 0x1e, 0x9e, 0xe0, 0x48, 0xe0, 0xc8);
    assert_int_equal(b.irq1.rise_count, 6);
}

static void every_key_survives_the_translation(void **state UNUSED)
{
    static struct board b;
    start(&b);
    for (unsigned key = 1; key <= 0x58; key++) {
        ps2_key(&b.ps2, key, true);
        assert_int_equal(next(&b), key);
        ps2_key(&b.ps2, key, false);
        assert_int_equal(next(&b), key | 0x80);
    }
}

// [PS2K] scan code set 2: A is 1C, F7 83, right Ctrl E0 14, Pause E1 14 77 E1 F0 14 F0 77.
static void without_translation_keys_are_set_2(void **state UNUSED)
{
    static struct board b;
    start(&b);
    command_with(&b, 0x60, 0x01);
    ps2_key(&b.ps2, 0x1e, true);
    ps2_key(&b.ps2, 0x1e, false);
    EXPECT(&b, 0x1c, 0xf0, 0x1c);
    ps2_key(&b.ps2, 0x41, true);
    EXPECT(&b, 0x83);
    ps2_key(&b.ps2, 0x11d, false);
    EXPECT(&b, 0xe0, 0xf0, 0x14);
    ps2_key(&b.ps2, 0x200, true);
    ps2_key(&b.ps2, 0x200, false);
    EXPECT(&b, 0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77);
}

static void pause_and_print_screen_are_special(void **state UNUSED)
{
    static struct board b;
    start(&b);
    ps2_key(&b.ps2, 0x200, true);
    EXPECT(&b, 0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5);
    ps2_key(&b.ps2, 0x137, true);
    EXPECT(&b, 0xe0, 0x2a, 0xe0, 0x37);
    ps2_key(&b.ps2, 0x137, false);
    EXPECT(&b, 0xe0, 0xb7, 0xe0, 0xaa);
    ps2_key(&b.ps2, 0x38, true);
    ps2_key(&b.ps2, 0x137, true);
    EXPECT(&b, 0x38, 0x54); // Alt: SysRq
    ps2_key(&b.ps2, 0x38, false);
    ps2_key(&b.ps2, 0x1d, true);
    ps2_key(&b.ps2, 0x200, true);
    EXPECT(&b, 0xb8, 0x1d, 0xe0, 0x46, 0xe0, 0xc6); // Ctrl: Break
}

static void scan_sets_1_and_3_can_be_chosen(void **state UNUSED)
{
    static struct board b;
    start(&b);
    command_with(&b, 0x60, 0x01);
    keyboard(&b, 0xf0);
    EXPECT(&b, 0xfa);
    keyboard(&b, 0x01);
    EXPECT(&b, 0xfa);
    ps2_key(&b.ps2, 0x148, true);
    ps2_key(&b.ps2, 0x148, false);
    EXPECT(&b, 0xe0, 0x48, 0xe0, 0xc8);
    keyboard(&b, 0xf0);
    EXPECT(&b, 0xfa);
    keyboard(&b, 0x03);
    EXPECT(&b, 0xfa);
    keyboard(&b, 0xf0);
    EXPECT(&b, 0xfa);
    keyboard(&b, 0x00);
    EXPECT(&b, 0xfa, 0x03);
    ps2_key(&b.ps2, 0x1e, true); // A: no break code by default in set 3
    ps2_key(&b.ps2, 0x1e, false);
    ps2_key(&b.ps2, 0x2a, true); // shift: make and break
    ps2_key(&b.ps2, 0x2a, false);
    ps2_key(&b.ps2, 0x148, true);
    EXPECT(&b, 0x1c, 0x12, 0xf0, 0x12, 0x63);
    keyboard(&b, 0xf8);
    EXPECT(&b, 0xfa);
    ps2_key(&b.ps2, 0x1e, false);
    EXPECT(&b, 0xf0, 0x1c);
}

static void set_typematic(struct board *b, u8 v)
{
    keyboard(b, 0xf3);
    EXPECT(b, 0xfa);
    keyboard(b, v);
    EXPECT(b, 0xfa);
}

// Reads what comes within `ms` milliseconds, to the last of it.
static unsigned count_bytes(struct board *b, unsigned ms, u8 expected)
{
    unsigned count = 0;
    for (unsigned n = 0; n < ms; n++) {
        rig_run(&b->rig, 1000000);
        if (rig_in(&b->rig, 0x64) & FULL) {
            assert_int_equal(rig_in(&b->rig, 0x60), expected);
            count++;
        }
    }
    return count;
}

// [PS2K] set typematic rate and delay: 10.9 a second after 500 ms by default, 30.0 after 250 ms for
// 00, 2.0 after 1 s for 7F.
static void a_held_key_repeats_at_the_set_rate(void **state UNUSED)
{
    static struct board b;
    start(&b);
    ps2_key(&b.ps2, 0x1e, true);
    assert_int_equal(count_bytes(&b, 499, 0x1e), 1);
    assert_int_equal(count_bytes(&b, 4, 0x1e), 1);
    assert_int_equal(count_bytes(&b, 10000, 0x1e), 109);
    ps2_key(&b.ps2, 0x1e, false);
    assert_int_equal(count_bytes(&b, 2000, 0x9e), 1);
    set_typematic(&b, 0x00);
    ps2_key(&b.ps2, 0x1e, true);
    assert_int_equal(count_bytes(&b, 249, 0x1e), 1);
    assert_int_equal(count_bytes(&b, 10000, 0x1e), 300); // 29.98 a second, and the first
    ps2_key(&b.ps2, 0x1e, false);
    assert_int_equal(count_bytes(&b, 2000, 0x9e), 1);
    set_typematic(&b, 0x7f);
    ps2_key(&b.ps2, 0x1e, true);
    assert_int_equal(count_bytes(&b, 999, 0x1e), 1);
    assert_int_equal(count_bytes(&b, 10000, 0x1e), 20);
}

static void the_last_key_repeats_until_it_is_up(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set_typematic(&b, 0x00);
    ps2_key(&b.ps2, 0x1e, true);
    ps2_key(&b.ps2, 0x30, true);
    ps2_key(&b.ps2, 0x1e, false);
    EXPECT(&b, 0x1e, 0x30, 0x9e);
    assert_in_range(count_bytes(&b, 1000, 0x30), 20, 30);
    ps2_key(&b.ps2, 0x30, false);
    assert_int_equal(count_bytes(&b, 1000, 0xb0), 1);
    ps2_key(&b.ps2, 0x200, true); // Pause does not
    EXPECT(&b, 0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5);
    assert_int_equal(count_bytes(&b, 1000, 0), 0);
    assert_false(event_is_armed(&b.ps2.typematic));
}

// A release that waits for room (or for the host's next look) must not become a row of letters.
static void a_key_that_nobody_reads_does_not_repeat(void **state UNUSED)
{
    static struct board b;
    start(&b);
    command(&b, 0xad);
    ps2_key(&b.ps2, 0x1e, true);
    rig_run(&b.rig, 60 * NS_PER_SECOND);
    ps2_key(&b.ps2, 0x1e, false);
    command(&b, 0xae);
    EXPECT(&b, 0x1e, 0x9e);
}

// [PS2K] table of keys 75 to 89 and 95: the codes around them, as the controller translates.
static void shift_and_num_lock_are_undone_around_cursor_keys(void **state UNUSED)
{
    static struct board b;
    start(&b);
    ps2_key(&b.ps2, 0x2a, true);
    ps2_key(&b.ps2, 0x14b, true);
    EXPECT(&b, 0x2a, 0xe0, 0xaa, 0xe0, 0x4b);
    ps2_key(&b.ps2, 0x14b, false);
    EXPECT(&b, 0xe0, 0xcb, 0xe0, 0x2a);
    ps2_key(&b.ps2, 0x135, true);
    ps2_key(&b.ps2, 0x135, false);
    EXPECT(&b, 0xe0, 0xaa, 0xe0, 0x35, 0xe0, 0xb5, 0xe0, 0x2a);
    ps2_key(&b.ps2, 0x11c, true); // the keypad's Enter is not one of them
    EXPECT(&b, 0xe0, 0x1c);
    ps2_key(&b.ps2, 0x36, true);
    ps2_key(&b.ps2, 0x152, true);
    EXPECT(&b, 0x36, 0xe0, 0xaa, 0xe0, 0xb6, 0xe0, 0x52);
    ps2_key(&b.ps2, 0x36, false); // what is up is not pressed again
    ps2_key(&b.ps2, 0x152, false);
    EXPECT(&b, 0xb6, 0xe0, 0xd2, 0xe0, 0x2a);
    ps2_key(&b.ps2, 0x2a, false);
    EXPECT(&b, 0xaa);
    keyboard(&b, 0xed);
    EXPECT(&b, 0xfa);
    keyboard(&b, 0x02);
    EXPECT(&b, 0xfa);
    ps2_key(&b.ps2, 0x153, true);
    EXPECT(&b, 0xe0, 0x2a, 0xe0, 0x53);
    ps2_key(&b.ps2, 0x153, false);
    EXPECT(&b, 0xe0, 0xd3, 0xe0, 0xaa);
    ps2_key(&b.ps2, 0x2a, true); // Shift and Num Lock undo each other
    ps2_key(&b.ps2, 0x153, true);
    ps2_key(&b.ps2, 0x153, false);
    EXPECT(&b, 0x2a, 0xe0, 0xaa, 0xe0, 0x53, 0xe0, 0xd3, 0xe0, 0x2a);
}

static void the_same_shift_codes_in_set_2(void **state UNUSED)
{
    static struct board b;
    start(&b);
    command_with(&b, 0x60, 0x01);
    ps2_key(&b.ps2, 0x2a, true);
    ps2_key(&b.ps2, 0x36, true);
    EXPECT(&b, 0x12, 0x59);
    ps2_key(&b.ps2, 0x147, true);
    EXPECT(&b, 0xe0, 0xf0, 0x12, 0xe0, 0xf0, 0x59, 0xe0, 0x6c);
    ps2_key(&b.ps2, 0x147, false);
    EXPECT(&b, 0xe0, 0xf0, 0x6c, 0xe0, 0x59, 0xe0, 0x12);
}

// [PS2K] key 124: with Shift or Ctrl without shift codes, with Alt it is SysRq.
static void print_screen_with_shift_ctrl_alt(void **state UNUSED)
{
    static struct board b;
    start(&b);
    ps2_key(&b.ps2, 0x36, true);
    ps2_key(&b.ps2, 0x137, true);
    ps2_key(&b.ps2, 0x137, false);
    ps2_key(&b.ps2, 0x36, false);
    EXPECT(&b, 0x36, 0xe0, 0x37, 0xe0, 0xb7, 0xb6);
    ps2_key(&b.ps2, 0x11d, true);
    ps2_key(&b.ps2, 0x137, true);
    ps2_key(&b.ps2, 0x137, false);
    ps2_key(&b.ps2, 0x11d, false);
    EXPECT(&b, 0xe0, 0x1d, 0xe0, 0x37, 0xe0, 0xb7, 0xe0, 0x9d);
    ps2_key(&b.ps2, 0x138, true);
    ps2_key(&b.ps2, 0x137, true);
    ps2_key(&b.ps2, 0x138, false);
    ps2_key(&b.ps2, 0x137, false); // SysRq went down, so it goes up
    EXPECT(&b, 0xe0, 0x38, 0x54, 0xe0, 0xb8, 0xd4);
}

// [PS2K] set 3: shifts make and break, Esc makes only, letters repeat; F7 to FD change it.
static void set_3_has_a_type_for_each_key(void **state UNUSED)
{
    static struct board b;
    start(&b);
    command_with(&b, 0x60, 0x01);
    set_typematic(&b, 0x00);
    keyboard(&b, 0xf0);
    EXPECT(&b, 0xfa);
    keyboard(&b, 0x03);
    EXPECT(&b, 0xfa);
    ps2_key(&b.ps2, 0x01, true);
    assert_int_equal(count_bytes(&b, 1000, 0x08), 1);
    ps2_key(&b.ps2, 0x01, false);
    ps2_key(&b.ps2, 0x12a, true); // no such key
    assert_int_equal(count_bytes(&b, 1000, 0), 0);
    ps2_key(&b.ps2, 0x1e, true);
    assert_in_range(count_bytes(&b, 1000, 0x1c), 20, 30);
    ps2_key(&b.ps2, 0x1e, false);
    keyboard(&b, 0xfd); // A makes only
    EXPECT(&b, 0xfa);
    keyboard(&b, 0x1c);
    EXPECT(&b, 0xfa);
    keyboard(&b, 0xfb); // Esc repeats
    EXPECT(&b, 0xfa);
    keyboard(&b, 0x08);
    EXPECT(&b, 0xfa);
    ps2_key(&b.ps2, 0x1e, true);
    assert_int_equal(count_bytes(&b, 1000, 0x1c), 1);
    ps2_key(&b.ps2, 0x01, true);
    assert_in_range(count_bytes(&b, 1000, 0x08), 20, 30);
}

static void the_reset_command_ends_with_aa(void **state UNUSED)
{
    static struct board b;
    start(&b);
    keyboard(&b, 0xff);
    EXPECT(&b, 0xfa, 0xaa);
}

static void identify_is_ab_83_or_ab_41_translated(void **state UNUSED)
{
    static struct board b;
    start(&b);
    keyboard(&b, 0xf2);
    EXPECT(&b, 0xfa, 0xab, 0x41);
    command_with(&b, 0x60, 0x01);
    keyboard(&b, 0xf2);
    EXPECT(&b, 0xfa, 0xab, 0x83);
}

static void leds_typematic_echo_resend_and_nonsense(void **state UNUSED)
{
    static struct board b;
    start(&b);
    keyboard(&b, 0xed);
    EXPECT(&b, 0xfa);
    keyboard(&b, 0x05);
    EXPECT(&b, 0xfa);
    assert_int_equal(b.ps2.s.keyboard.leds, 5);
    keyboard(&b, 0xf3);
    EXPECT(&b, 0xfa);
    keyboard(&b, 0x00);
    EXPECT(&b, 0xfa);
    keyboard(&b, 0xee);
    EXPECT(&b, 0xee);
    keyboard(&b, 0xfe);
    EXPECT(&b, 0xee);
    keyboard(&b, 0x12);
    EXPECT(&b, 0xfe);
}

static void a_stopped_keyboard_drops_its_keys(void **state UNUSED)
{
    static struct board b;
    start(&b);
    keyboard(&b, 0xf5);
    EXPECT(&b, 0xfa);
    assert_true(ps2_key(&b.ps2, 0x1e, true));
    assert_int_equal(next(&b), 0x1000);
    keyboard(&b, 0xf4);
    EXPECT(&b, 0xfa);
    ps2_key(&b.ps2, 0x1e, true);
    EXPECT(&b, 0x1e);
}

static void a_full_buffer_refuses_keys_and_loses_none(void **state UNUSED)
{
    static struct board b;
    start(&b);
    unsigned taken = 0;
    assert_int_equal(ps2_key_room(&b.ps2), 16);
    while (ps2_key(&b.ps2, 0x1e, taken % 2 == 0)) {
        taken++;
        assert_in_range(taken, 1, 200);
    }
    assert_int_equal(ps2_key_room(&b.ps2), 0);
    for (unsigned n = 0; n < taken; n++) {
        assert_int_equal(next(&b), n % 2 == 0 ? 0x1e : 0x9e);
    }
    assert_int_equal(next(&b), 0x1000);
}

// --- mouse ---

static void enable_mouse(struct board *b)
{
    start(b);
    command_with(b, 0x60, 0x43);
    mouse(b, 0xf4);
    EXPECT(b, 0x1fa);
}

static void the_mouse_resets_and_identifies(void **state UNUSED)
{
    static struct board b;
    start(&b);
    mouse(&b, 0xff);
    EXPECT(&b, 0x1fa, 0x1aa, 0x100);
    mouse(&b, 0xf2);
    EXPECT(&b, 0x1fa, 0x100);
}

static void movement_comes_in_three_bytes(void **state UNUSED)
{
    static struct board b;
    enable_mouse(&b);
    unsigned before = b.irq12.rise_count;
    ps2_mouse(&b.ps2, 5, 3, 0, 1);
    EXPECT(&b, 0x129, 0x105, 0x1fd); // left button, 5 right, 3 down
    assert_int_equal(b.irq12.rise_count - before, 3);
    ps2_mouse(&b.ps2, -1, -2, 0, 0);
    EXPECT(&b, 0x118, 0x1ff, 0x102);
    ps2_mouse(&b.ps2, 0, 0, 0, 0);
    assert_int_equal(next(&b), 0x1000); // nothing new
}

// Windows NT 4's i8042prt takes AAh 00h for an unexpected reset of the mouse.
static void no_movement_looks_like_the_end_of_a_reset(void **state UNUSED)
{
    static struct board b;
    enable_mouse(&b);
    ps2_mouse(&b.ps2, -86, 0, 0, 0);
    EXPECT(&b, 0x118, 0x1ab, 0x100, 0x118, 0x1ff, 0x100); // -85, -1
    ps2_mouse(&b.ps2, 0, -170, 0, 0);
    EXPECT(&b, 0x108, 0x100, 0x1a9, 0x108, 0x100, 0x101); // 169, 1 upwards
    mouse(&b, 0xe7);
    EXPECT(&b, 0x1fa);
    ps2_mouse(&b.ps2, 85, 0, 0, 0);
    EXPECT(&b, 0x108, 0x1a8, 0x100, 0x108, 0x101, 0x100); // twice 84, then 1
}

static void long_movement_is_split(void **state UNUSED)
{
    static struct board b;
    enable_mouse(&b);
    ps2_mouse(&b.ps2, 300, 0, 0, 0);
    EXPECT(&b, 0x108, 0x1ff, 0x100, 0x108, 0x12d, 0x100);
}

static void the_rates_200_100_80_turn_on_the_wheel(void **state UNUSED)
{
    static const u8 rates[] = {200, 100, 80};
    static struct board b;
    start(&b);
    for (unsigned n = 0; n < 3; n++) {
        mouse(&b, 0xf3);
        EXPECT(&b, 0x1fa);
        mouse(&b, rates[n]);
        EXPECT(&b, 0x1fa);
    }
    mouse(&b, 0xf2);
    EXPECT(&b, 0x1fa, 0x103);
    mouse(&b, 0xf4);
    EXPECT(&b, 0x1fa);
    ps2_mouse(&b.ps2, 0, 0, -1, 4);
    EXPECT(&b, 0x10c, 0x100, 0x100, 0x1ff);
}

// IntelliMouse Explorer, as Linux's driver turns it on: the fourth byte has buttons and wheel.
static void the_rates_200_200_80_turn_on_two_more_buttons(void **state UNUSED)
{
    static const u8 rates[] = {200, 200, 80};
    static struct board b;
    start(&b);
    for (unsigned n = 0; n < 3; n++) {
        mouse(&b, 0xf3);
        EXPECT(&b, 0x1fa);
        mouse(&b, rates[n]);
        EXPECT(&b, 0x1fa);
    }
    mouse(&b, 0xf2);
    EXPECT(&b, 0x1fa, 0x104);
    mouse(&b, 0xf4);
    EXPECT(&b, 0x1fa);
    ps2_mouse(&b.ps2, 0, 0, -1, 0x10 | 1);
    EXPECT(&b, 0x109, 0x100, 0x100, 0x12f);
    ps2_mouse(&b.ps2, 0, 0, 0, 8);
    EXPECT(&b, 0x108, 0x100, 0x100, 0x110);
}

static void a_plain_mouse_keeps_silent_about_side_buttons(void **state UNUSED)
{
    static struct board b;
    enable_mouse(&b);
    ps2_mouse(&b.ps2, 0, 0, 0, 0x18);
    assert_int_equal(next(&b), 0x1000);
}

static void remote_mode_reports_on_demand(void **state UNUSED)
{
    static struct board b;
    enable_mouse(&b);
    mouse(&b, 0xf0);
    EXPECT(&b, 0x1fa);
    ps2_mouse(&b.ps2, 7, 0, 0, 2);
    assert_int_equal(next(&b), 0x1000);
    mouse(&b, 0xeb);
    EXPECT(&b, 0x1fa, 0x10a, 0x107, 0x100);
}

static void status_resolution_and_scaling(void **state UNUSED)
{
    static struct board b;
    enable_mouse(&b);
    mouse(&b, 0xe8);
    EXPECT(&b, 0x1fa);
    mouse(&b, 0x03);
    EXPECT(&b, 0x1fa);
    mouse(&b, 0xe7);
    EXPECT(&b, 0x1fa);
    mouse(&b, 0xe9);
    EXPECT(&b, 0x1fa, 0x130, 0x103, 0x164); // reporting, 2:1; 8 counts a mm; 100 a second
    ps2_mouse(&b.ps2, 3, 0, 0, 0);
    EXPECT(&b, 0x108, 0x103, 0x100);
    ps2_mouse(&b.ps2, 10, 0, 0, 0);
    EXPECT(&b, 0x108, 0x114, 0x100);
}

// [PS2M] set sample rate. Each movement waits for its sample; what comes meanwhile joins it.
static void packets_come_at_the_sample_rate(void **state UNUSED)
{
    static struct board b;
    enable_mouse(&b);
    mouse(&b, 0xf3);
    EXPECT(&b, 0x1fa);
    mouse(&b, 40);
    EXPECT(&b, 0x1fa);
    unsigned before = b.irq12.rise_count, moved = 0;
    for (unsigned ms = 0; ms < 1000; ms++) { // a guest that reads at once
        ps2_mouse(&b.ps2, 1, 0, 0, 0);
        for (unsigned n = 0; n < 10; n++) {
            rig_run(&b.rig, 100000);
            unsigned place = (b.irq12.rise_count - before) % 3; // in the packet
            if (rig_in(&b.rig, 0x64) & FULL) {
                u8 byte = rig_in(&b.rig, 0x60);
                moved += place == 2 ? byte : 0;
            }
        }
    }
    assert_int_equal(b.irq12.rise_count - before, 3 * 40);
    assert_in_range(moved, 1000 - 25, 1000);
}

static void wrap_mode_echoes(void **state UNUSED)
{
    static struct board b;
    start(&b);
    mouse(&b, 0xee);
    EXPECT(&b, 0x1fa);
    mouse(&b, 0xf2);
    EXPECT(&b, 0x1f2);
    mouse(&b, 0xec);
    EXPECT(&b, 0x1fa);
    mouse(&b, 0xf2);
    EXPECT(&b, 0x1fa, 0x100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_self_test_passes_and_sets_the_system_flag),
        cmocka_unit_test(the_command_byte_can_be_read_back),
        cmocka_unit_test(the_output_port_drives_a20_and_reset),
        cmocka_unit_test(the_input_port_can_be_polled),
        cmocka_unit_test(interrupts_follow_the_output_buffer_and_the_enables),
        cmocka_unit_test(an_answer_does_not_lose_a_key),
        cmocka_unit_test(a_disabled_keyboard_waits),
        cmocka_unit_test(keys_arrive_as_set_1_through_the_translation),
        cmocka_unit_test(every_key_survives_the_translation),
        cmocka_unit_test(without_translation_keys_are_set_2),
        cmocka_unit_test(pause_and_print_screen_are_special),
        cmocka_unit_test(scan_sets_1_and_3_can_be_chosen),
        cmocka_unit_test(a_held_key_repeats_at_the_set_rate),
        cmocka_unit_test(the_last_key_repeats_until_it_is_up),
        cmocka_unit_test(a_key_that_nobody_reads_does_not_repeat),
        cmocka_unit_test(shift_and_num_lock_are_undone_around_cursor_keys),
        cmocka_unit_test(the_same_shift_codes_in_set_2),
        cmocka_unit_test(print_screen_with_shift_ctrl_alt),
        cmocka_unit_test(set_3_has_a_type_for_each_key),
        cmocka_unit_test(the_reset_command_ends_with_aa),
        cmocka_unit_test(identify_is_ab_83_or_ab_41_translated),
        cmocka_unit_test(leds_typematic_echo_resend_and_nonsense),
        cmocka_unit_test(a_stopped_keyboard_drops_its_keys),
        cmocka_unit_test(a_full_buffer_refuses_keys_and_loses_none),
        cmocka_unit_test(the_mouse_resets_and_identifies),
        cmocka_unit_test(movement_comes_in_three_bytes),
        cmocka_unit_test(no_movement_looks_like_the_end_of_a_reset),
        cmocka_unit_test(long_movement_is_split),
        cmocka_unit_test(the_rates_200_100_80_turn_on_the_wheel),
        cmocka_unit_test(the_rates_200_200_80_turn_on_two_more_buttons),
        cmocka_unit_test(packets_come_at_the_sample_rate),
        cmocka_unit_test(a_plain_mouse_keeps_silent_about_side_buttons),
        cmocka_unit_test(remote_mode_reports_on_demand),
        cmocka_unit_test(status_resolution_and_scaling),
        cmocka_unit_test(wrap_mode_echoes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
