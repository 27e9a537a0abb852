#define _XOPEN_SOURCE 700
// The option table: what each spelling sets, and that nonsense is refused.
#include "front/cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST_WORDS = 32 };

// Splits at blanks and parses. The texts live as long as the program.
static enum options_result parse(struct options *o, const char *line)
{
    static char copy[1024];
    char *words[MOST_WORDS];
    int count = 0;

    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    return options_parse(o, count, words);
}

static void assert_refused(const char *line)
{
    struct options o;
    enum options_result result = parse(&o, line);

    options_free(&o);
    if (result != OPTIONS_BAD) {
        printf("# accepted, but makes no sense: %s\n", line);
        fail();
    }
}

static void no_options_give_the_defaults(void **state)
{
    struct options o;

    (void)state;
    assert_int_equal(parse(&o, ""), OPTIONS_RUN);
    assert_true(o.ram_bytes == 128u << 20);
    assert_int_equal(o.drive_count, 0);
    assert_true(o.max_instructions == UINT64_MAX);
    assert_true(o.max_time_ns == UINT64_MAX);
    options_free(&o);
}

static void qemu_spellings_are_understood_with_one_or_two_dashes(void **state)
{
    struct options o;

    (void)state;
    assert_int_equal(parse(&o, "-m 1G --cpu 486 -kernel k --initrd i -append a=b -nographic "
                               "-no-reboot -M pc -boot order=dc,menu=on -rtc base=1970-01-02 "
                               "-device isa-debug-exit,iobase=0xf4,iosize=0x04 -vga none"),
                     OPTIONS_RUN);
    assert_true(o.ram_bytes == 1u << 30);
    assert_string_equal(o.cpu, "486");
    assert_string_equal(o.kernel, "k");
    assert_string_equal(o.initrd, "i");
    assert_string_equal(o.append, "a=b");
    assert_true(o.is_nographic);
    assert_true(o.no_reboot);
    assert_false(o.has_no_hpet);
    assert_string_equal(o.boot_order, "dc");
    assert_true(o.boot_menu);
    assert_int_equal(o.rtc_base, RTC_DATE);
    assert_true(o.rtc_date == 86400);
    assert_int_equal(o.debug_exit_port, 0xf4);
    assert_true(o.has_no_vga);
    options_free(&o);
}

static void the_machine_may_be_without_hpet(void **state)
{
    static const char *const spellings[] = {"-M pc,hpet=off", "-machine hpet=off",
                                            "-machine type=pc,accel=tcg,hpet=off", "-no-hpet"};

    (void)state;
    for (unsigned n = 0; n < sizeof spellings / sizeof spellings[0]; n++) {
        struct options o;

        assert_int_equal(parse(&o, spellings[n]), OPTIONS_RUN);
        assert_true(o.has_no_hpet);
        options_free(&o);
    }
    assert_refused("-machine q35");
    assert_refused("-machine pc,hpet=perhaps");
    assert_refused("-machine pc,usb=on");
}

static void drives_come_from_short_and_long_spellings(void **state)
{
    struct options o;

    (void)state;
    assert_int_equal(parse(&o, "-hdb two.img -fda f.img -cdrom c.iso disk.img -drive "
                               "file=a,,b,index=3,media=disk,format=raw,readonly=on,snapshot=off"),
                     OPTIONS_RUN);
    assert_int_equal(o.drive_count, 5);
    assert_int_equal(o.drives[0].kind, DRIVE_DISK);
    assert_int_equal(o.drives[0].index, 1);
    assert_int_equal(o.drives[1].kind, DRIVE_FLOPPY);
    assert_int_equal(o.drives[1].index, 0);
    assert_int_equal(o.drives[2].kind, DRIVE_CDROM);
    assert_int_equal(o.drives[2].index, 2);
    assert_int_equal(o.drives[3].kind, DRIVE_GUESS);
    assert_string_equal(o.drives[4].file, "a,b");
    assert_int_equal(o.drives[4].index, 3);
    assert_true(o.drives[4].is_read_only);
    assert_true(o.drives[4].is_raw);
    assert_false(o.drives[4].is_snapshot);
    options_free(&o);
}

static void what_follows_two_dashes_is_a_file(void **state)
{
    struct options o;

    (void)state;
    assert_int_equal(parse(&o, "-- -m"), OPTIONS_RUN);
    assert_int_equal(o.drive_count, 1);
    assert_string_equal(o.drives[0].file, "-m");
    options_free(&o);
}

static void steps_keep_the_order_of_the_command_line(void **state)
{
    struct options o;

    (void)state;
    assert_int_equal(parse(&o, "--expect a --type b -snapshot --expect c"), OPTIONS_RUN);
    assert_int_equal(o.step_count, 3);
    assert_int_equal(o.steps[0].kind, STEP_EXPECT);
    assert_int_equal(o.steps[1].kind, STEP_TYPE);
    assert_string_equal(o.steps[1].text, "b");
    assert_int_equal(o.steps[2].kind, STEP_EXPECT);
    assert_true(options_has_expect(&o));
    options_free(&o);
}

static void our_own_options_are_understood(void **state)
{
    struct options o;

    (void)state;
    assert_int_equal(
        parse(&o, "--log-port 0x190=codes --exit-on hlt,triple-fault --max-instructions 2G "
                  "--max-time 90s --trace t --trace-from 1M --torture blocks=7 --torture flush "
                  "-icount shift=3 --debugcon stdio -serial file:x -serial null --console screen"),
        OPTIONS_RUN);
    assert_int_equal(o.port_logs[0].port, 0x190);
    assert_string_equal(o.port_logs[0].path, "codes");
    assert_true(o.exit_on_halt && o.exit_on_triple_fault);
    assert_true(o.max_instructions == UINT64_C(2000000000));
    assert_true(o.max_time_ns == UINT64_C(90000000000));
    assert_true(o.trace_from == 1000000);
    assert_int_equal(o.torture_blocks, 7);
    assert_int_equal(o.ns_per_instruction, 8);
    assert_true(o.torture_flush);
    assert_int_equal(o.debugcon.kind, SINK_STDIO);
    assert_int_equal(o.serial_count, 2);
    assert_string_equal(o.serial[0].path, "x");
    assert_int_equal(o.serial[1].kind, SINK_NULL);
    assert_int_equal(o.console, CONSOLE_SCREEN);
    options_free(&o);
}

static void nonsense_is_refused(void **state)
{
    static const char *const lines[] = {
        "-m 0",
        "-m 4G",
        "-m 1025K",
        "-m x",
        "-m",
        "-cpu z80",
        "-M q35",
        "-smp 2",
        "-boot x",
        "-boot splash=a",
        "-rtc base=yesterday",
        "-rtc clock=host",
        "-device e1000",
        "-icount shift=11",
        "-icount shift=auto",
        "-icount shift=2,sleep=off",
        "-icount x",
        "-device isa-debug-exit,iobase=70000",
        "-serial tcp::1",
        "-serial file:",
        "-serial null -serial null -serial null -serial null -serial null",
        "-display sdl",
        "-display gtk",
        "-vga qxl",
        "-nic user",
        "-monitor stdio",
        "-k de",
        "--log-port 1",
        "--log-port 0x10000=f",
        "--log-port 1=a --log-port 1=b",
        "--exit-on halt",
        "--exit-on ,",
        "--max-instructions 0",
        "--max-instructions many",
        "--max-time 0",
        "--torture all",
        "--console tty",
        "-d all",
        "-drive file=",
        "-drive if=ide",
        "-drive file=a,if=scsi",
        "-drive file=a,index=4",
        "-drive file=a,if=floppy,index=2",
        "-drive file=a,format=qcow2",
        "-drive file=a,media=tape",
        "-drive file=a,readonly=maybe",
        "-drive file=a,cylinders=5",
        "-drive file=a,if=floppy,media=cdrom",
        "-initrd i",
        "-append a disk",
        "-serial none -serial null",
        "-nographic -display tty",
        "-S",
        "-s",
        "-gdb tcp::1",
        "-accel kvm",
        "--no-such-option",
        "-hde a",
        "a b c d e f g h i"};

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_refused(lines[i]);
    }
}

// The complaints about refused lines are no output of the test.
static int silence(void **state)
{
    static int saved;

    saved = dup(STDERR_FILENO);
    *state = &saved;
    return saved >= 0 && freopen("/dev/null", "w", stderr) ? 0 : 1;
}

static int speak_again(void **state)
{
    const int *saved = *state;

    fflush(stderr);
    return dup2(*saved, fileno(stderr)) >= 0 ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_options_give_the_defaults),
        cmocka_unit_test(qemu_spellings_are_understood_with_one_or_two_dashes),
        cmocka_unit_test(the_machine_may_be_without_hpet),
        cmocka_unit_test(drives_come_from_short_and_long_spellings),
        cmocka_unit_test(what_follows_two_dashes_is_a_file),
        cmocka_unit_test(steps_keep_the_order_of_the_command_line),
        cmocka_unit_test(our_own_options_are_understood),
        cmocka_unit_test_setup_teardown(nonsense_is_refused, silence, speak_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
