// Expected values: PCI 2.1 chapters 3.7.4.1 (mechanism #1) and 6.2.5.1 (sizing base addresses).
#include "dev/pci.h"
#include "test/dev/pci_rig.h"

static const struct pci_identity identity = {
    .vendor = 0x1234,
    .device = 0x5678,
    .subsystem_vendor = 0xAAAA,
    .subsystem = 0xBBBB,
    .class_code = 0x020304,
    .revision = 9,
    .interrupt_pin = 1,
    .bars[0] = {PCI_BAR_IO, 0x20},
    .bars[1] = {PCI_BAR_PREFETCHABLE, 0x100000},
    .bars[PCI_BAR_ROM] = {PCI_BAR_MEMORY, 0x10000},
};

static struct pci_function function;
static u8 config[PCI_CONFIG_BYTES];
static u32 bases[PCI_BARS];

static void mapped(void *owner, unsigned bar, u32 base, bool is_enabled)
{
    (void)owner;
    bases[bar] = is_enabled ? base : 0;
}

enum { DEVFN = 3 << 3 };

static int set_up(void **state)
{
    (void)state;
    rig_init();
    memset(bases, 0, sizeof bases);
    pci_add(&rig.pci, DEVFN, &function, &identity, config, NULL, mapped, NULL);
    for (unsigned n = 0; n < PCI_PIRQS; n++) {
        rig.pci.pirq[n] = rig_line(n);
    }
    return 0;
}

static void a_header_reads_as_it_was_described(void **state)
{
    (void)state;
    assert_int_equal(config_in(DEVFN, 0, 4), 0x56781234);
    assert_int_equal(config_in(DEVFN, 8, 4), 0x02030409);
    assert_int_equal(config_in(DEVFN, 0x2C, 4), 0xBBBBAAAA);
    assert_int_equal(config_in(DEVFN, 0x0A, 2), 0x0203);
    assert_int_equal(config_in(DEVFN, 0x3D, 1), 1);
}

static void where_no_device_is_all_ones_are_read(void **state)
{
    (void)state;
    assert_int_equal(config_in(4 << 3, 0, 4), 0xFFFFFFFF);
    out(0xCF8, 0x80010000 | DEVFN << 8, 4); // bus 1
    assert_int_equal(in(0xCFC, 4), 0xFFFFFFFF);
    out(0xCF8, DEVFN << 8, 4); // not enabled
    assert_int_equal(in(0xCFC, 4), 0xFFFFFFFF);
}

static void the_address_register_takes_dwords_only(void **state)
{
    (void)state;
    out(0xCF8, 0xFFFFFFFF, 4);
    assert_int_equal(in(0xCF8, 4), 0x80FFFFFC);
    out(0xCF8, 0, 1);
    out(0xCFA, 0, 2);
    assert_int_equal(in(0xCF8, 4), 0x80FFFFFC);
}

static void a_base_address_tells_its_size(void **state)
{
    (void)state;
    config_out(DEVFN, 0x10, 0xFFFFFFFF, 4);
    config_out(DEVFN, 0x14, 0xFFFFFFFF, 4);
    config_out(DEVFN, 0x18, 0xFFFFFFFF, 4);
    config_out(DEVFN, 0x30, 0xFFFFF800, 4);
    assert_int_equal(config_in(DEVFN, 0x10, 4), 0xFFFFFFE1);
    assert_int_equal(config_in(DEVFN, 0x14, 4), 0xFFF00008);
    assert_int_equal(config_in(DEVFN, 0x18, 4), 0);
    assert_int_equal(config_in(DEVFN, 0x30, 4), 0xFFFF0000);
}

static void a_base_address_decodes_only_when_the_command_register_says_so(void **state)
{
    (void)state;
    config_out(DEVFN, 0x10, 0xC000, 4);
    config_out(DEVFN, 0x14, 0xE0000000, 4);
    assert_int_equal(bases[0], 0);
    config_out(DEVFN, PCI_COMMAND, PCI_COMMAND_IO, 2);
    assert_int_equal(bases[0], 0xC000);
    assert_int_equal(bases[1], 0);
    config_out(DEVFN, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY, 2);
    assert_int_equal(bases[1], 0xE0000000);
    config_out(DEVFN, 0x14, 0xFFFFFFFF, 4); // sizing while decoding
    assert_int_equal(bases[1], 0);
    config_out(DEVFN, 0x14, 0xE0000000, 4);
    assert_int_equal(bases[1], 0xE0000000);
}

static void an_expansion_rom_needs_its_own_enable_bit(void **state)
{
    (void)state;
    config_out(DEVFN, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    config_out(DEVFN, 0x30, 0xFEB00000, 4);
    assert_int_equal(bases[PCI_BAR_ROM], 0);
    config_out(DEVFN, 0x30, 0xFEB00001, 4);
    assert_int_equal(bases[PCI_BAR_ROM], 0xFEB00000);
}

static void reset_takes_everything_off_the_bus(void **state)
{
    (void)state;
    config_out(DEVFN, 0x10, 0xC000, 4);
    config_out(DEVFN, PCI_COMMAND, PCI_COMMAND_IO, 2);
    pci_function_reset(&function);
    assert_int_equal(bases[0], 0);
    assert_int_equal(config_in(DEVFN, 0x10, 4), 1);
    assert_int_equal(config_in(DEVFN, PCI_COMMAND, 2), 0);
}

static void slot_3_pin_a_is_the_third_wire(void **state)
{
    (void)state;
    pci_set_interrupt(&function, true);
    assert_true(rig.level[2]); // slot 1: PIRQA, 2: PIRQB, 3: PIRQC
    pci_set_interrupt(&function, false);
    assert_false(rig.level[2]);
}

static void read_only_registers_stay(void **state)
{
    (void)state;
    config_out(DEVFN, 0, 0, 4);
    config_out(DEVFN, 0x3C, 0x020B, 2);
    assert_int_equal(config_in(DEVFN, 0, 4), 0x56781234);
    assert_int_equal(config_in(DEVFN, 0x3C, 2), 0x010B);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_header_reads_as_it_was_described, set_up),
        cmocka_unit_test_setup(where_no_device_is_all_ones_are_read, set_up),
        cmocka_unit_test_setup(the_address_register_takes_dwords_only, set_up),
        cmocka_unit_test_setup(a_base_address_tells_its_size, set_up),
        cmocka_unit_test_setup(a_base_address_decodes_only_when_the_command_register_says_so,
                               set_up),
        cmocka_unit_test_setup(an_expansion_rom_needs_its_own_enable_bit, set_up),
        cmocka_unit_test_setup(reset_takes_everything_off_the_bus, set_up),
        cmocka_unit_test_setup(slot_3_pin_a_is_the_third_wire, set_up),
        cmocka_unit_test_setup(read_only_registers_stay, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
