// Expected values: 82371SB datasheet, 2.2.8 (PIRQRC), 2.2.x reset control register at CF9h.
#include "dev/piix3.h"
#include "test/dev/pci_rig.h"

enum { BRIDGE = 1 << 3, CARD = 1 << 3 | 4, RESET_LINE = 16, INIT_LINE };

static struct piix3 bridge;
static struct pci_function card;
static u8 card_config[PCI_CONFIG_BYTES];
static const struct pci_identity card_identity = {.vendor = 1, .device = 2, .interrupt_pin = 1};

static int set_up(void **state)
{
    (void)state;
    struct line irq[16];
    rig_init();
    for (unsigned n = 0; n < 16; n++) {
        irq[n] = rig_line(n);
    }
    piix3_init(&bridge, &rig.pci, BRIDGE, irq, rig_line(RESET_LINE), rig_line(INIT_LINE));
    pci_add(&rig.pci, CARD, &card, &card_identity, card_config, NULL, NULL, NULL);
    return 0;
}

static void an_interrupt_goes_where_its_route_register_says(void **state)
{
    (void)state;
    config_out(BRIDGE, 0x60, 11, 1);
    pci_set_interrupt(&card, true);
    assert_true(rig.level[11]);
    config_out(BRIDGE, 0x60, 10, 1);
    assert_false(rig.level[11]);
    assert_true(rig.level[10]);
    pci_set_interrupt(&card, false);
    assert_false(rig.level[10]);
}

static void after_reset_nothing_is_routed(void **state)
{
    (void)state;
    assert_int_equal(config_in(BRIDGE, 0x60, 4), 0x80808080);
    assert_int_equal(config_in(BRIDGE, 0x74, 4), 0x0C0C0000); // [PIIX3] 2.2, as QEMU has it
    assert_int_equal(config_in(BRIDGE, 0x78, 4), 0x00000002);
    assert_int_equal(config_in(BRIDGE, 0xA0, 4), 0x00000008);
    assert_int_equal(config_in(BRIDGE, 0xA8, 4), 0x0000000F);
    pci_set_interrupt(&card, true);
    for (unsigned n = 0; n < 16; n++) {
        assert_false(rig.level[n]);
    }
}

static void the_timer_interrupt_cannot_be_taken(void **state)
{
    (void)state;
    config_out(BRIDGE, 0x60, 0, 1);
    pci_set_interrupt(&card, true);
    assert_false(rig.level[0]);
}

static void two_wires_may_share_an_interrupt(void **state)
{
    (void)state;
    config_out(BRIDGE, 0x60, 0x0B0B, 2);
    rig.pci.pirq[0].set(rig.pci.pirq[0].owner, 0, true);
    rig.pci.pirq[1].set(rig.pci.pirq[1].owner, 1, true);
    rig.pci.pirq[0].set(rig.pci.pirq[0].owner, 0, false);
    assert_true(rig.level[11]);
    rig.pci.pirq[1].set(rig.pci.pirq[1].owner, 1, false);
    assert_false(rig.level[11]);
    assert_int_equal(rig.rise_count[11], 1);
}

static void loading_a_state_drives_every_wire_anew(void **state)
{
    (void)state;
    config_out(BRIDGE, 0x60, 11, 1);
    pci_set_interrupt(&card, true);
    rig.level[11] = false;
    rig.level[4] = true; // from before the load
    bridge.dev.restored(bridge.dev.owner);
    assert_false(rig.level[4]);
    assert_true(rig.level[11]);
}

static void writing_6_to_cf9_resets(void **state)
{
    (void)state;
    out(0xCF9, 2, 1);
    assert_int_equal(rig.rise_count[RESET_LINE], 0);
    out(0xCF9, 6, 1);
    assert_int_equal(rig.rise_count[RESET_LINE], 1);
    assert_int_equal(in(0xCF9, 1), 2);
    assert_int_equal(rig.rise_count[INIT_LINE], 0);
}

static void writing_4_to_cf9_restarts_the_processor_only(void **state)
{
    (void)state;
    out(0xCF9, 4, 1);
    assert_int_equal(rig.rise_count[RESET_LINE], 0);
    assert_int_equal(rig.rise_count[INIT_LINE], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_interrupt_goes_where_its_route_register_says, set_up),
        cmocka_unit_test_setup(after_reset_nothing_is_routed, set_up),
        cmocka_unit_test_setup(the_timer_interrupt_cannot_be_taken, set_up),
        cmocka_unit_test_setup(two_wires_may_share_an_interrupt, set_up),
        cmocka_unit_test_setup(loading_a_state_drives_every_wire_anew, set_up),
        cmocka_unit_test_setup(writing_6_to_cf9_resets, set_up),
        cmocka_unit_test_setup(writing_4_to_cf9_restarts_the_processor_only, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
