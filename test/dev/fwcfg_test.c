// Expected values: QEMU's docs/specs/fw_cfg.
#include "base/bytes.h"
#include "dev/fwcfg.h"
#include "test/dev/pci_rig.h"

static struct fwcfg fw;

static int set_up(void **state)
{
    (void)state;
    rig_init();
    fwcfg_init(&fw, &rig.ports, &rig.phys);
    return 0;
}

static u32 next_bytes(unsigned count)
{
    u32 value = 0;
    for (unsigned n = 0; n < count; n++) {
        value |= in(0x511, 1) << 8 * n;
    }
    return value;
}

static void be32(u8 *to, u32 value)
{
    for (unsigned n = 0; n < 4; n++) {
        to[n] = (u8)(value >> (24 - 8 * n));
    }
}

// A DMA with the descriptor at 1000h; its control word afterwards.
static u32 dma(u32 control, u32 length, u32 address)
{
    u8 *d = rig.ram + 0x1000;
    be32(d, control);
    be32(d + 4, length);
    be32(d + 8, 0);
    be32(d + 12, address);
    out(0x514, 0, 4);
    out(0x518, 0x00100000, 4); // 1000h, big-endian
    return load_le32(d);
}

static void the_signature_and_the_features_read_through_the_ports(void **state)
{
    (void)state;
    out(0x510, FWCFG_SIGNATURE, 2);
    assert_int_equal(next_bytes(4), 0x554D4551); // "QEMU"
    assert_int_equal(next_bytes(1), 0);          // past the end
    out(0x510, FWCFG_ID, 2);
    assert_int_equal(next_bytes(4), 3);
    assert_int_equal(in(0x514, 4), 0x554D4551); // "QEMU CFG"
    assert_int_equal(in(0x518, 4), 0x47464320);
}

static void files_are_listed_big_endian(void **state)
{
    (void)state;
    fwcfg_add_file(&fw, "etc/first", "abc", 3);
    fwcfg_add_file(&fw, "etc/second", "0123456789", 10);
    fwcfg_add_file(&fw, "etc/first", "xy", 2); // replaces
    out(0x510, FWCFG_FILE_DIR, 2);
    assert_int_equal(next_bytes(4), 0x02000000);
    assert_int_equal(next_bytes(4), 0x02000000); // size
    assert_int_equal(next_bytes(2), 0x2000);     // key 20h
    assert_int_equal(next_bytes(2), 0);
    assert_int_equal(next_bytes(4), 0x2F637465); // "etc/"
    out(0x510, 0x21, 2);
    assert_int_equal(next_bytes(4), 0x33323130);
    out(0x510, 0x20, 2);
    assert_int_equal(next_bytes(3), 0x7978);
}

static void dma_selects_and_reads(void **state)
{
    (void)state;
    fwcfg_add_file(&fw, "f", "0123456789", 10);
    memset(rig.ram + 0x2000, 0xEE, 16);
    assert_int_equal(dma(0x20 << 16 | 8 | 2, 4, 0x2000), 0);
    assert_memory_equal(rig.ram + 0x2000, "0123\xEE", 5);
    assert_int_equal(dma(4, 2, 0), 0); // skip
    assert_int_equal(dma(2, 6, 0x2000), 0);
    assert_memory_equal(rig.ram + 0x2000, "6789\0\0\xEE", 7); // zeros behind the end
}

// 4 GiB of zeros to where nothing is would take minutes.
static void dma_to_what_is_no_memory_ends_there_with_an_error(void **state)
{
    (void)state;
    fwcfg_add_file(&fw, "f", "0123456789", 10);
    assert_int_equal(dma(0x20 << 16 | 8 | 2, 0xFFFFFFFF, 0x9FFFC), 0x01000000);
    assert_memory_equal(rig.ram + 0x9FFFC, "0123", 4); // what fits below A0000h
    assert_int_equal(dma(2, 0xFFFFFFFF, 0xE0000000), 0x01000000);
}

static void dma_writes_are_refused(void **state)
{
    (void)state;
    assert_int_equal(dma(8 | 16, 4, 0x2000), 0x01000000); // error bit, big-endian
}

static void numbers_are_little_endian_items(void **state)
{
    (void)state;
    fwcfg_add_u16(&fw, FWCFG_CPU_COUNT, 0x1234);
    fwcfg_add_u64(&fw, FWCFG_RAM_SIZE, 0x100000000);
    out(0x510, FWCFG_CPU_COUNT, 2);
    assert_int_equal(next_bytes(3), 0x1234);
    out(0x510, FWCFG_RAM_SIZE, 2);
    assert_int_equal(next_bytes(4), 0);
    assert_int_equal(next_bytes(4), 1);
}

static void an_unknown_item_is_all_zeros(void **state)
{
    (void)state;
    out(0x510, 0x7777, 2);
    assert_int_equal(next_bytes(4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_signature_and_the_features_read_through_the_ports, set_up),
        cmocka_unit_test_setup(files_are_listed_big_endian, set_up),
        cmocka_unit_test_setup(dma_selects_and_reads, set_up),
        cmocka_unit_test_setup(dma_to_what_is_no_memory_ends_there_with_an_error, set_up),
        cmocka_unit_test_setup(dma_writes_are_refused, set_up),
        cmocka_unit_test_setup(numbers_are_little_endian_items, set_up),
        cmocka_unit_test_setup(an_unknown_item_is_all_zeros, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
