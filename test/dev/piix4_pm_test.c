// Expected values: 82371AB datasheet 7.1-7.2, ACPI 1.0b 4.7.3 (PM1 registers, PM timer).
#include "dev/piix4_pm.h"
#include "test/dev/pci_rig.h"

enum { PM = 1 << 3 | 3, SCI = 9, POWER = 16, BASE = 0xB000 };

static struct piix4_pm pm;

static int set_up(void **state)
{
    (void)state;
    rig_init();
    piix4_pm_init(&pm, &rig.pci, PM, &rig.ports, &rig.clock, &rig.log, rig_line(SCI),
                  rig_line(POWER), PIIX4_PM_PARALLEL | PIIX4_PM_SERIAL_B);
    config_out(PM, 0x40, BASE | 1, 4);
    config_out(PM, 0x80, 1, 1);
    return 0;
}

static void the_block_lies_where_pmbase_says_once_enabled(void **state)
{
    (void)state;
    assert_int_equal(in(BASE, 2), 0);
    config_out(PM, 0x80, 0, 1);
    assert_int_equal(in(BASE, 2), 0xFFFF);
    config_out(PM, 0x40, 0x601, 4);
    config_out(PM, 0x80, 1, 1);
    assert_int_equal(in(0x600, 2), 0);
    assert_int_equal(config_in(PM, 0x40, 4), 0x601);
}

// [PIIX4] 7.1 DEVRESA, DEVRESC; the bits are those that QEMU 7.2 sets, and SeaBIOS's _STA methods
// read.
static void the_registers_tell_which_isa_devices_there_are(void **state)
{
    (void)state;
    assert_int_equal(config_in(PM, 0x5C, 4), 0x80000000);
    assert_int_equal(config_in(PM, 0x64, 4), 0x90000000);
    config_out(PM, 0x64, 0x98000000, 4);
    assert_int_equal(config_in(PM, 0x64, 4), 0x98000000);
    pm.dev.reset(pm.dev.owner);
    assert_int_equal(config_in(PM, 0x64, 4), 0x90000000);
}

static void the_timer_counts_3579545_times_a_second_in_24_bits(void **state)
{
    (void)state;
    rig_skip_ns(1000000000);
    assert_int_equal(in(BASE + 8, 4), 3579545);
    rig_skip_ns(4000000000);
    assert_int_equal(in(BASE + 8, 4), 5ull * 3579545 - (1 << 24));
}

static void the_timer_interrupts_when_its_top_bit_toggles(void **state)
{
    (void)state;
    out(BASE + 4, 1, 2);     // SCI on
    out(BASE + 2, 1, 2);     // timer enabled
    rig_skip_ns(2343484000); // 2^23 ticks take 2.34348443 s
    assert_false(rig.level[SCI]);
    rig_skip_ns(1000);
    assert_true(rig.level[SCI]);
    assert_int_equal(in(BASE, 2), 1);
    out(BASE, 1, 2);
    assert_false(rig.level[SCI]);
    rig_skip_ns(2343485000);
    assert_int_equal(rig.rise_count[SCI], 2);
}

static void timer_status_is_set_without_interrupts_too(void **state)
{
    (void)state;
    rig_skip_ns(3000000000);
    assert_int_equal(in(BASE, 2), 1);
    assert_false(rig.level[SCI]);
}

static void the_power_button_interrupts_if_enabled(void **state)
{
    (void)state;
    out(0xB2, 0xF1, 1); // ACPI on, as FADT's SMI_CMD says
    assert_int_equal(in(BASE + 4, 2), 1);
    piix4_pm_power_button(&pm);
    assert_false(rig.level[SCI]);
    assert_int_equal(in(BASE, 2), 0x100);
    out(BASE + 2, 0x100, 2);
    assert_true(rig.level[SCI]);
    out(BASE, 0x100, 2);
    assert_false(rig.level[SCI]);
}

// QEMU's firmware puts it there, and kernels without ACPI power off so.
static void the_block_is_at_600h_too_where_kernels_know_it(void **state)
{
    (void)state;
    config_out(PM, 0x40, 0x601, 4); // where both are one
    assert_int_equal(in(0x604, 2), 0);
    config_out(PM, 0x40, BASE | 1, 4);
    assert_int_equal(in(0x604, 2), 0);
    config_out(PM, 0x80, 0, 1);
    assert_int_equal(in(0x604, 2), 0xFFFF);
    config_out(PM, 0x80, 1, 1);
    assert_false(rig.level[POWER]);
    out(0x604, 0x2000, 2);
    assert_true(rig.level[POWER]);
}

static void sleep_type_0_switches_off(void **state)
{
    (void)state;
    out(BASE + 4, 0x0001, 2);
    assert_false(rig.level[POWER]);
    out(BASE + 4, 0x2001, 2);
    assert_true(rig.level[POWER]);
}

static void sleep_type_1_wakes_at_once(void **state)
{
    (void)state;
    out(BASE + 4, 0x2401, 2);
    assert_false(rig.level[POWER]);
    assert_int_equal(in(BASE, 2) & 0x8000, 0x8000);
}

static void firmware_sees_that_smis_are_set_up(void **state)
{
    (void)state;
    assert_int_equal(config_in(PM, 0x58, 4) & 1 << 25, 1 << 25);
}

static void an_smbus_device_does_not_answer(void **state)
{
    (void)state;
    config_out(PM, 0x90, 0xB101, 4);
    config_out(PM, 0xD2, 9, 1);
    out(0xB104, 0xA1, 1);
    out(0xB102, 0x48, 1);
    assert_int_equal(in(0xB100, 1), 4);
    out(0xB100, 4, 1);
    assert_int_equal(in(0xB100, 1), 0);
}

static void no_slot_can_be_ejected(void **state)
{
    (void)state;
    assert_int_equal(in(0xAE0C, 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_block_lies_where_pmbase_says_once_enabled, set_up),
        cmocka_unit_test_setup(the_registers_tell_which_isa_devices_there_are, set_up),
        cmocka_unit_test_setup(the_timer_counts_3579545_times_a_second_in_24_bits, set_up),
        cmocka_unit_test_setup(the_timer_interrupts_when_its_top_bit_toggles, set_up),
        cmocka_unit_test_setup(timer_status_is_set_without_interrupts_too, set_up),
        cmocka_unit_test_setup(the_power_button_interrupts_if_enabled, set_up),
        cmocka_unit_test_setup(sleep_type_0_switches_off, set_up),
        cmocka_unit_test_setup(the_block_is_at_600h_too_where_kernels_know_it, set_up),
        cmocka_unit_test_setup(sleep_type_1_wakes_at_once, set_up),
        cmocka_unit_test_setup(firmware_sees_that_smis_are_set_up, set_up),
        cmocka_unit_test_setup(an_smbus_device_does_not_answer, set_up),
        cmocka_unit_test_setup(no_slot_can_be_ejected, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
