#include "core/phys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MIB = 1 << 20, RAM_BYTES = 3 * MIB };

static struct phys phys;
static u8 ram[RAM_BYTES + PHYS_PAGE_BYTES]; // and behind the RAM a page that is none
static u8 rom[8192];
static u8 page_flags[sizeof ram / PHYS_PAGE_BYTES];

static unsigned change_count;

static struct {
    u64 offset[64], value[64];
    unsigned size_bytes[64];
    unsigned count;
} calls;

static struct {
    u64 address, size_bytes;
    unsigned count;
} code;

static u64 on_read(void *owner, u64 offset, unsigned size_bytes)
{
    (void)owner;
    calls.offset[calls.count] = offset;
    calls.size_bytes[calls.count++] = size_bytes;
    return 0xf0e0d0c0b0a09080 + offset;
}

static void on_write(void *owner, u64 offset, u64 value, unsigned size_bytes)
{
    (void)owner;
    calls.offset[calls.count] = offset;
    calls.value[calls.count] = value;
    calls.size_bytes[calls.count++] = size_bytes;
}

static void on_change(void *owner)
{
    (void)owner;
    change_count++;
}

static void on_code_written(void *owner, u64 address, u64 size_bytes)
{
    (void)owner;
    code.address = address;
    code.size_bytes = size_bytes;
    code.count++;
}

static int set_up(void **state)
{
    (void)state;
    memset(ram, 0, sizeof ram);
    memset(page_flags, 0, sizeof page_flags);
    memset(rom, 0x55, sizeof rom);
    memset(&calls, 0, sizeof calls);
    memset(&code, 0, sizeof code);
    phys_init(&phys, ram, RAM_BYTES, page_flags);
    phys_map_ram(&phys, 0, RAM_BYTES, ram, "ram");
    phys.changed = on_change;
    phys.code_written = on_code_written;
    change_count = 0;
    return 0;
}

static struct phys_region *map_registers(u64 base, unsigned width_bytes)
{
    return phys_map_mmio(&phys, base, 0x2000, width_bytes, on_read, on_write, NULL, "registers");
}

// --- the map ---

static void nothing_there_reads_all_ones_and_writes_vanish(void **state)
{
    (void)state;
    u8 bytes[5] = {0};
    phys_write(&phys, RAM_BYTES, "abcde", 5);
    phys_read(&phys, RAM_BYTES, bytes, 5);
    assert_memory_equal(bytes, "\xff\xff\xff\xff\xff", 5);
    const struct phys_region *r = phys_find(&phys, UINT64_MAX);
    assert_non_null(r);
    assert_null(r->read_memory);
    assert_int_equal(phys_mmio_read(&phys, r, UINT64_MAX - 1, 2), 0xffff);
}

static void a_later_region_hides_an_earlier_one(void **state)
{
    (void)state;
    struct phys_region *low = map_registers(0xa0000, 4);
    assert_string_equal(phys_find(&phys, 0x9ffff)->name, "ram");
    assert_ptr_equal(phys_find(&phys, 0xa0000), low);
    assert_ptr_equal(phys_find(&phys, 0xa1fff), low);
    assert_string_equal(phys_find(&phys, 0xa2000)->name, "ram");
    struct phys_region *top = phys_map_rom(&phys, 0xa1000, 0x1000, rom, "rom");
    assert_ptr_equal(phys_find(&phys, 0xa0fff), low);
    assert_ptr_equal(phys_find(&phys, 0xa1000), top);
}

static void a_disabled_region_shows_what_is_beneath(void **state)
{
    (void)state;
    struct phys_region *r = phys_map_rom(&phys, 0xf0000, 0x2000, rom, "bios");
    r->is_enabled = false;
    phys_update(&phys);
    assert_string_equal(phys_find(&phys, 0xf0000)->name, "ram");
    r->is_enabled = true;
    r->base = 0xc0000;
    phys_update(&phys);
    assert_string_equal(phys_find(&phys, 0xf0000)->name, "ram");
    assert_ptr_equal(phys_find(&phys, 0xc1fff), r);
}

static void every_address_of_a_crowded_map_has_the_topmost_region(void **state)
{
    (void)state;
    struct phys_region *regions[40];
    u64 from = PHYS_LOW_PAGES - 32, seed = 1; // across the end of the pages that are listed
    for (unsigned n = 0; n < 40; n++) {
        seed = seed * 6364136223846793005 + 1442695040888963407;
        u64 base = (from + (seed >> 40) % 64) * PHYS_PAGE_BYTES;
        u64 size = ((seed >> 50) % 9 + 1) * PHYS_PAGE_BYTES;
        regions[n] = phys_map_mmio(&phys, base, size, 4, NULL, NULL, NULL, "x");
        regions[n]->is_enabled = n % 5 != 0;
    }
    phys_update(&phys);
    for (u64 page = from - 8; page < from + 80; page++) {
        const struct phys_region *expected = &phys.regions[0]; // the RAM
        for (unsigned n = 0; n < 40; n++) {
            const struct phys_region *r = regions[n];
            u64 first = r->base / PHYS_PAGE_BYTES;
            if (r->is_enabled && page >= first && page < first + r->size_bytes / PHYS_PAGE_BYTES) {
                expected = r;
            }
        }
        assert_ptr_equal(phys_find(&phys, page * PHYS_PAGE_BYTES), expected);
        assert_ptr_equal(phys_find(&phys, page * PHYS_PAGE_BYTES + 4095), expected);
    }
}

static void a_region_moved_over_the_end_of_the_addresses_is_cut_off(void **state)
{
    (void)state;
    struct phys_region *r = map_registers(0x80000000, 4);
    r->base = UINT64_MAX - 4095;
    phys_update(&phys);
    assert_ptr_equal(phys_find(&phys, UINT64_MAX - 4095), r);
    assert_string_equal(phys_find(&phys, UINT64_MAX - 4096)->name, "nothing");
    assert_string_equal(phys_find(&phys, 0)->name, "ram");
}

static void whoever_caches_the_map_hears_of_each_change(void **state)
{
    (void)state;
    struct phys_region *r = map_registers(0x80000000, 4);
    assert_int_equal(change_count, 1);
    r->base = 0x90000000;
    phys_update(&phys);
    assert_int_equal(change_count, 2);
    phys_set_a20(&phys, false);
    phys_set_a20(&phys, false);
    assert_int_equal(change_count, 3);
}

// --- the A20 gate ---

static void a_closed_a20_gate_clears_bit_20_of_the_processors_addresses(void **state)
{
    (void)state;
    phys_map_rom(&phys, MIB, 0x2000, rom, "bios");
    assert_string_equal(phys_find(&phys, MIB + 5)->name, "bios");
    phys_set_a20(&phys, false);
    assert_string_equal(phys_find(&phys, MIB + 5)->name, "ram");
    assert_string_equal(phys_find_unmasked(&phys, MIB + 5)->name, "bios");
    phys_set_a20(&phys, true);
    assert_string_equal(phys_find(&phys, MIB + 5)->name, "bios");
}

// A20M# is a pin of the processor; a bus master drives the address lines itself.
static void devices_do_not_go_through_the_a20_gate(void **state)
{
    (void)state;
    phys_set_a20(&phys, false);
    phys_write(&phys, MIB - 2, "abcd", 4);
    assert_memory_equal(ram + MIB - 2, "abcd", 4);
    u8 bytes[4];
    phys_read(&phys, MIB - 2, bytes, 4);
    assert_memory_equal(bytes, "abcd", 4);
    assert_int_equal(ram[0], 0);
}

// --- accesses ---

static void rom_is_read_and_not_written(void **state)
{
    (void)state;
    phys_map_rom(&phys, 0xf0000, 0x2000, rom, "bios");
    u8 byte = 0;
    phys_write(&phys, 0xf0010, &byte, 1);
    phys_read(&phys, 0xf0010, &byte, 1);
    assert_int_equal(byte, 0x55);
    assert_int_equal(rom[0x10], 0x55);
    assert_int_equal(ram[0xf0010], 0);
}

static void shadowed_rom_is_read_from_one_memory_and_written_to_another(void **state)
{
    (void)state;
    struct phys_region *r = phys_map_rom(&phys, 0xf0000, 0x2000, rom, "bios");
    r->write_memory = ram + 0xf0000;
    phys_update(&phys);
    phys_write(&phys, 0xf0010, "z", 1);
    u8 byte;
    phys_read(&phys, 0xf0010, &byte, 1);
    assert_int_equal(byte, 0x55);
    assert_int_equal(ram[0xf0010], 'z');
}

static void a_wide_register_access_is_split_low_address_first(void **state)
{
    (void)state;
    const struct phys_region *r = map_registers(0xfee00000, 4);
    phys_mmio_write(&phys, r, 0xfee00010, 0x8877665544332211, 8);
    assert_int_equal(calls.count, 2);
    assert_int_equal(calls.offset[0], 0x10);
    assert_int_equal(calls.value[0], 0x44332211);
    assert_int_equal(calls.offset[1], 0x14);
    assert_int_equal(calls.value[1], 0x88776655);
    assert_int_equal(phys_mmio_read(&phys, r, 0xfee00010, 8), 0xb0a09094b0a09090);
    assert_int_equal(phys_mmio_read(&phys, r, 0xfee00010, 2), 0x9090);
    assert_int_equal(phys.read_count, 2);
    assert_int_equal(phys.write_count, 1);
}

static void a_long_access_crosses_from_ram_into_registers(void **state)
{
    (void)state;
    map_registers(0x2000, 2);
    phys_write(&phys, 0x1ffd, "abcdefghi", 9); // 3 bytes of RAM, then 4 + 2 bytes in pairs
    assert_memory_equal(ram + 0x1ffd, "abc", 3);
    assert_int_equal(calls.count, 3);
    for (unsigned n = 0; n < 3; n++) {
        assert_int_equal(calls.offset[n], 2 * n);
        assert_int_equal(calls.size_bytes[n], 2);
    }
    assert_int_equal(calls.value[2], 'h' | 'i' << 8);
    assert_int_equal(ram[0x2000], 0);
}

static void registers_are_accessed_aligned(void **state)
{
    (void)state;
    map_registers(0x80000000, 8);
    u8 bytes[16];
    phys_read(&phys, 0x80000001, bytes, 16); // 1 2 4 8 1
    static const u64 offsets[] = {1, 2, 4, 8, 16};
    static const unsigned sizes[] = {1, 2, 4, 8, 1};
    assert_int_equal(calls.count, 5);
    assert_memory_equal(calls.offset, offsets, sizeof offsets);
    assert_memory_equal(calls.size_bytes, sizes, sizeof sizes);
    assert_int_equal(bytes[0], 0x81);
    assert_int_equal(bytes[15], 0x90);
}

static void a_write_into_cached_code_is_told_page_by_page(void **state)
{
    (void)state;
    page_flags[2] = PHYS_PAGE_CODE;
    phys_write(&phys, 0x1ff0, rom, 0x20);
    assert_int_equal(code.count, 1);
    assert_int_equal(code.address, 0x2000);
    assert_int_equal(code.size_bytes, 0x10);
    phys_write(&phys, 0x3000, rom, 0x10);
    assert_int_equal(code.count, 1);
}

static void memory_that_is_not_ram_has_no_page_flags(void **state)
{
    (void)state;
    memset(page_flags, PHYS_PAGE_CODE, sizeof page_flags);
    phys_map_ram(&phys, 0xe0000000, PHYS_PAGE_BYTES, ram + RAM_BYTES, "frame buffer");
    phys_write(&phys, 0xe0000000, "x", 1);
    assert_int_equal(ram[RAM_BYTES], 'x');
    assert_int_equal(code.count, 0);
}

static void a_write_takes_the_mark_off_its_page(void **state)
{
    (void)state;
    static u8 unwritten[2];
    struct phys_region *r =
        phys_map_ram(&phys, 0xe0000000, 2 * PHYS_PAGE_BYTES, ram + RAM_BYTES, "frame buffer");
    phys_write(&phys, 0xe0000000, "x", 1); // nobody wants to know
    memset(unwritten, 1, sizeof unwritten);
    r->unwritten = unwritten;
    phys_write(&phys, 0xe0001ffe, "xy", 2);
    assert_int_equal(unwritten[0], 1);
    assert_int_equal(unwritten[1], 0);
    assert_true(phys_is_watched(r, 0xe0000fff));
    assert_false(phys_is_watched(r, 0xe0001000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_there_reads_all_ones_and_writes_vanish, set_up),
        cmocka_unit_test_setup(a_later_region_hides_an_earlier_one, set_up),
        cmocka_unit_test_setup(a_disabled_region_shows_what_is_beneath, set_up),
        cmocka_unit_test_setup(every_address_of_a_crowded_map_has_the_topmost_region, set_up),
        cmocka_unit_test_setup(a_region_moved_over_the_end_of_the_addresses_is_cut_off, set_up),
        cmocka_unit_test_setup(whoever_caches_the_map_hears_of_each_change, set_up),
        cmocka_unit_test_setup(a_closed_a20_gate_clears_bit_20_of_the_processors_addresses, set_up),
        cmocka_unit_test_setup(devices_do_not_go_through_the_a20_gate, set_up),
        cmocka_unit_test_setup(rom_is_read_and_not_written, set_up),
        cmocka_unit_test_setup(shadowed_rom_is_read_from_one_memory_and_written_to_another, set_up),
        cmocka_unit_test_setup(a_wide_register_access_is_split_low_address_first, set_up),
        cmocka_unit_test_setup(a_long_access_crosses_from_ram_into_registers, set_up),
        cmocka_unit_test_setup(registers_are_accessed_aligned, set_up),
        cmocka_unit_test_setup(a_write_into_cached_code_is_told_page_by_page, set_up),
        cmocka_unit_test_setup(memory_that_is_not_ram_has_no_page_flags, set_up),
        cmocka_unit_test_setup(a_write_takes_the_mark_off_its_page, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
