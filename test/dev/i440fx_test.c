// Expected values: 82441FX datasheet, 3.2.18 (PAM registers), 3.2.21 (SMRAM).
#include "dev/i440fx.h"
#include "test/dev/pci_rig.h"

static struct i440fx bridge;
static u8 rom[0x40000];

static int set_up(void **state)
{
    (void)state;
    rig_init();
    memset(rom, 0x55, sizeof rom);
    rom[sizeof rom - 0x10000] = 0xF0; // F0000h
    rom[sizeof rom - 0x20000] = 0xE0; // E0000h
    i440fx_init(&bridge, &rig.pci, &rig.phys, rig.ram, rom, sizeof rom);
    return 0;
}

static u8 peek(u64 address)
{
    u8 byte;
    phys_read(&rig.phys, address, &byte, 1);
    return byte;
}

static void poke(u64 address, u8 byte)
{
    phys_write(&rig.phys, address, &byte, 1);
}

static void firmware_recognises_the_board(void **state)
{
    (void)state;
    assert_int_equal(config_in(0, 0, 4), 0x12378086);
    assert_int_equal(config_in(0, 0x2C, 4), 0x11001AF4);
    assert_int_equal(config_in(0, 0x0A, 2), 0x0600);
}

static void after_reset_the_rom_shows_and_writes_vanish(void **state)
{
    (void)state;
    assert_int_equal(peek(0xF0000), 0xF0);
    assert_int_equal(peek(0xE0000), 0xE0);
    assert_int_equal(peek(0xC0000), 0xFF);
    poke(0xF0000, 1);
    assert_int_equal(peek(0xF0000), 0xF0);
    assert_int_equal(rig.ram[0xF0000], 0);
}

static void writes_can_go_to_ram_while_reads_come_from_rom(void **state)
{
    (void)state;
    config_out(0, 0x59, 0x20, 1);
    poke(0xF0000, 0x77);
    assert_int_equal(peek(0xF0000), 0xF0);
    config_out(0, 0x59, 0x10, 1); // read RAM, write-protected
    assert_int_equal(peek(0xF0000), 0x77);
    poke(0xF0000, 0x78);
    assert_int_equal(peek(0xF0000), 0x77);
}

static void each_nibble_is_a_segment_of_16_kib(void **state)
{
    (void)state;
    config_out(0, 0x5A, 0x30, 1); // C4000h-C7FFFh only
    poke(0xC3FFF, 1);
    poke(0xC4000, 2);
    poke(0xC7FFF, 3);
    poke(0xC8000, 4);
    assert_int_equal(peek(0xC3FFF), 0xFF);
    assert_int_equal(peek(0xC4000), 2);
    assert_int_equal(peek(0xC7FFF), 3);
    assert_int_equal(peek(0xC8000), 0xFF);
    config_out(0, 0x5F, 0x30, 1); // EC000h
    poke(0xEC000, 5);
    assert_int_equal(peek(0xEC000), 5);
}

static void reset_brings_the_rom_back(void **state)
{
    (void)state;
    config_out(0, 0x59, 0x30, 1);
    poke(0xF0000, 0x77);
    bridge.dev.reset(bridge.dev.owner);
    assert_int_equal(peek(0xF0000), 0xF0);
}

static void smram_once_locked_cannot_be_opened(void **state)
{
    (void)state;
    config_out(0, 0x72, 0x4A, 1);
    assert_int_equal(config_in(0, 0x72, 1), 0x4A);
    config_out(0, 0x72, 0x5A, 1);
    assert_int_equal(config_in(0, 0x72, 1), 0x1A);
    config_out(0, 0x72, 0x4A, 1);
    assert_int_equal(config_in(0, 0x72, 1), 0x1A);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(firmware_recognises_the_board, set_up),
        cmocka_unit_test_setup(after_reset_the_rom_shows_and_writes_vanish, set_up),
        cmocka_unit_test_setup(writes_can_go_to_ram_while_reads_come_from_rom, set_up),
        cmocka_unit_test_setup(each_nibble_is_a_segment_of_16_kib, set_up),
        cmocka_unit_test_setup(reset_brings_the_rom_back, set_up),
        cmocka_unit_test_setup(smram_once_locked_cannot_be_opened, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
