// Expected values: ATA/ATAPI-6 (T13 1410D) chapters 6 (registers), 8 (commands), 9 (protocols), and
// the bus-master IDE programming interface 1.0.
#include "base/bytes.h"
#include "dev/ide.h"
#include "test/dev/pci_rig.h"

enum { IDE = 1 << 3 | 1, SECTORS = 20160, BUS_MASTER = 0xC000 };
enum { BSY = 0x80, DRDY = 0x40, DRQ = 0x08, ERR = 0x01, READY = 0x50 };

static struct ide ide;
static struct disk disks[4];
static u8 image[SECTORS * 512];

static bool image_read(void *owner, unsigned disk, uint64_t offset, void *to, size_t size_bytes)
{
    (void)owner;
    (void)disk;
    memcpy(to, image + offset, size_bytes);
    return true;
}

static bool image_write(void *owner, unsigned disk, uint64_t offset, const void *from,
                        size_t size_bytes)
{
    (void)owner;
    (void)disk;
    memcpy(image + offset, from, size_bytes);
    return true;
}

// What the firmware does.
static void configure(void)
{
    config_out(IDE, 0x20, BUS_MASTER | 1, 4);
    config_out(IDE, PCI_COMMAND, 5, 2);
    config_out(IDE, 0x40, 0x80008000, 4);
}

// A machine with the image as hda; no hdb, no hdc.
static void plug_in(void)
{
    struct vt_drive drive = {.is_present = true, .size_bytes = sizeof image};
    struct disk *const wired[4] = {&disks[0], &disks[1], &disks[2], NULL};
    rig_init();
    rig.host.disk_read = image_read;
    rig.host.disk_write = image_write;
    memset(disks, 0, sizeof disks);
    assert_true(disk_init(&disks[0], &drive, &rig.host, &rig.log));
    ide_init(&ide, &rig.pci, IDE, &rig.ports, &rig.phys, &rig.clock, &rig.log, wired, rig_line(14),
             rig_line(15));
    configure();
}

static int set_up(void **state)
{
    (void)state;
    memset(image, 0, sizeof image);
    for (unsigned n = 0; n < SECTORS; n++) {
        store_le32(image + 512 * n, n);
    }
    plug_in();
    return 0;
}

static u8 status(void)
{
    return (u8)in(0x3F6, 1); // does not acknowledge
}

// Writes the task file for a 28-bit LBA command and lets the time of the command pass.
static void command(u8 code, u32 lba, u8 count)
{
    out(0x1F6, 0xE0 | lba >> 24, 1);
    out(0x1F2, count, 1);
    out(0x1F3, lba & 0xFF, 1);
    out(0x1F4, lba >> 8 & 0xFF, 1);
    out(0x1F5, lba >> 16 & 0xFF, 1);
    out(0x1F7, code, 1);
    assert_int_equal(status() & BSY, BSY);
    rig_skip_ns(1000000);
}

static u16 word(unsigned n)
{
    static u16 words[256];
    if (n == 0) {
        for (unsigned i = 0; i < 256; i++) {
            words[i] = (u16)in(0x1F0, 2);
        }
    }
    return words[n];
}

static void after_reset_a_disk_shows_its_signature(void **state)
{
    (void)state;
    assert_int_equal(in(0x1F7, 1), READY);
    assert_int_equal(in(0x1F1, 1), 1);
    assert_int_equal(in(0x1F2, 1), 1);
    assert_int_equal(in(0x1F3, 1), 1);
    assert_int_equal(in(0x1F4, 2), 0);
}

static void drive_0_answers_for_an_absent_drive_1_but_its_status(void **state)
{
    (void)state;
    out(0x1F6, 0xB0, 1);
    assert_int_equal(in(0x1F4, 2), 0xFFFF); // no drive's signature, as QEMU and Bochs have it
    out(0x1F2, 0x55, 1);
    assert_int_equal(in(0x1F2, 1), 0x55);
    assert_int_equal(in(0x1F6, 1), 0xB0);
    assert_int_equal(in(0x1F7, 1), 0);
    assert_int_equal(status(), 0);
    out(0x1F7, 0xEC, 1);
    rig_skip_ns(1000000);
    assert_int_equal(in(0x1F7, 1), 0);
    assert_false(rig.level[14]);
    out(0x172, 0x55, 1);
    assert_int_equal(in(0x172, 1), 0); // nor does a channel without drives
    assert_int_equal(in(0x177, 1), 0);
}

static void identify_tells_geometry_capacity_and_checksum(void **state)
{
    (void)state;
    command(0xEC, 0, 0);
    assert_int_equal(status(), READY | DRQ);
    assert_true(rig.level[14]);
    assert_int_equal(word(0), 0x0040);
    assert_int_equal(word(1), 20); // 20160 sectors = 20 * 16 * 63
    assert_int_equal(word(3), 16);
    assert_int_equal(word(4), 63 * 512); // bytes in a track and a sector: Bochs's BIOS goes by them
    assert_int_equal(word(5), 512);
    assert_int_equal(word(6), 63);
    assert_int_equal(word(49) & 0x0300, 0x0300); // LBA, DMA
    assert_int_equal(word(60) | word(61) << 16, SECTORS);
    assert_int_equal(word(100), SECTORS);
    assert_int_equal(word(27), 'V' << 8 | 'I');
    unsigned sum = 0x40; // word 0, which may not be fetched twice
    for (unsigned n = 1; n < 256; n++) {
        sum += (word(n) & 0xFFu) + (word(n) >> 8);
    }
    assert_int_equal(sum & 0xFF, 0);
    assert_int_equal(status(), READY);
}

static void reading_two_sectors_interrupts_for_each(void **state)
{
    (void)state;
    command(0x20, 1000, 2);
    assert_int_equal(rig.rise_count[14], 1);
    assert_int_equal(in(0x1F7, 1), READY | DRQ);
    assert_false(rig.level[14]);          // reading the status acknowledged it
    assert_int_equal(in(0x1F0, 4), 1000); // 32-bit access
    for (unsigned n = 0; n < 254; n++) {
        in(0x1F0, 2);
    }
    assert_int_equal(status() & BSY, BSY);
    rig_skip_ns(100000);
    assert_int_equal(rig.rise_count[14], 2);
    assert_int_equal(in(0x1F0, 2), 1001);
    for (unsigned n = 0; n < 255; n++) {
        in(0x1F0, 2);
    }
    assert_int_equal(in(0x1F7, 1), READY);
    assert_int_equal(rig.rise_count[14], 2); // none after the last block
}

static void runs_of_data_are_what_single_accesses_would_be(void **state)
{
    (void)state;
    static u8 bytes[1024];
    command(0x20, 1000, 2);
    assert_int_equal(ports_read_run(&rig.ports, 0x1F0, 2, bytes, 300), 255); // the last is left
    assert_int_equal(ports_read_run(&rig.ports, 0x1F0, 2, bytes, 300), 0);
    assert_int_equal(status(), READY | DRQ);
    store_le16(bytes + 510, (u16)in(0x1F0, 2));
    assert_memory_equal(bytes, image + 1000 * 512, 512);
    assert_int_equal(status() & BSY, BSY);
    assert_int_equal(ports_read_run(&rig.ports, 0x1F0, 2, bytes, 300), 0); // not its time
    rig_skip_ns(100000);
    assert_int_equal(ports_read_run(&rig.ports, 0x1F0, 4, bytes, 100), 100);
    assert_memory_equal(bytes, image + 1001 * 512, 400);
    assert_int_equal(ports_read_run(&rig.ports, 0x1F2, 1, bytes, 4), 0); // no data register
    for (unsigned n = 0; n < 28; n++) {
        in(0x1F0, 4);
    }
    command(0x30, 7, 1);
    memset(bytes, 0x5A, 512);
    assert_int_equal(ports_write_run(&rig.ports, 0x1F0, 4, bytes, 128), 127);
    assert_int_equal(status(), READY | DRQ);
    out(0x1F0, 0x5A5A5A5A, 4);
    rig_skip_ns(100000);
    assert_memory_equal(image + 7 * 512, bytes, 512);
}

static void writing_asks_first_and_interrupts_after(void **state)
{
    (void)state;
    command(0x30, 7, 1);
    assert_int_equal(status(), READY | DRQ);
    assert_int_equal(rig.rise_count[14], 0);
    for (unsigned n = 0; n < 128; n++) {
        out(0x1F0, 0xA5000000 + n, 4);
    }
    assert_int_equal(status() & BSY, BSY);
    rig_skip_ns(100000);
    assert_int_equal(rig.rise_count[14], 1);
    assert_int_equal(in(0x1F7, 1), READY);
    assert_int_equal(load_le32(image + 7 * 512), 0xA5000000);
    assert_int_equal(load_le32(image + 8 * 512 - 4), 0xA500007F);
}

// As xv6's idestart and other kernels do that know QEMU's disks only.
static void a_host_that_writes_without_looking_finds_the_drive_ready(void **state)
{
    (void)state;
    out(0x1F6, 0xE0, 1);
    out(0x1F2, 2, 1);
    out(0x1F3, 7, 1);
    out(0x1F4, 0, 2);
    out(0x1F7, 0x30, 1);
    assert_int_equal(status() & BSY, BSY);
    for (unsigned n = 0; n < 256; n++) {
        out(0x1F0, 0x5A000000 + n, 4);
    }
    rig_skip_ns(100000);
    assert_int_equal(in(0x1F7, 1), READY);
    assert_int_equal(rig.rise_count[14], 1); // nobody looked after the first sector
    for (unsigned n = 0; n < 256; n++) {
        assert_int_equal(load_le32(image + 7 * 512 + 4 * n), 0x5A000000 + n);
    }
}

static void a_host_that_reads_without_looking_finds_the_drive_ready(void **state)
{
    (void)state;
    out(0x1F6, 0xE0, 1);
    out(0x1F2, 2, 1);
    out(0x1F3, 7, 1);
    out(0x1F4, 0, 2);
    out(0x1F7, 0x20, 1);
    for (unsigned n = 0; n < 256; n++) {
        assert_int_equal(in(0x1F0, 4), n % 128 == 0 ? 7 + n / 128 : 0);
    }
    assert_int_equal(in(0x1F7, 1), READY);
}

// QEMU's -win2k-hack delays the same blocks, by a millisecond.
static void every_16th_written_block_takes_a_millisecond(void **state)
{
    (void)state;
    for (unsigned block = 1; block <= 32; block++) {
        command(0x30, block, 1);
        for (unsigned n = 0; n < 128; n++) {
            out(0x1F0, 0, 4);
        }
        rig_skip_ns(900000);
        assert_int_equal(status() & BSY, block % 16 == 0 ? BSY : 0);
        rig_skip_ns(200000);
        assert_int_equal(in(0x1F7, 1), READY);
    }
}

static void chs_counts_sectors_from_1(void **state)
{
    (void)state;
    out(0x1F6, 0xA1, 1); // head 1
    out(0x1F2, 1, 1);
    out(0x1F3, 3, 1);
    out(0x1F4, 2, 2); // cylinder 2
    out(0x1F7, 0x20, 1);
    rig_skip_ns(100000);
    assert_int_equal(in(0x1F0, 4), (2 * 16 + 1) * 63 + 2);
}

static void a_sector_beyond_the_end_is_not_found(void **state)
{
    (void)state;
    command(0x20, SECTORS, 1);
    assert_int_equal(in(0x1F7, 1), READY | ERR);
    assert_int_equal(in(0x1F1, 1), 0x10);
    assert_int_equal(in(0x1F3, 1), SECTORS & 0xFF);
}

static void read_multiple_moves_blocks(void **state)
{
    (void)state;
    command(0xC4, 0, 1);
    assert_int_equal(in(0x1F1, 1), 4); // aborted: not set up
    command(0xC6, 0, 4);
    command(0xC4, 10, 5);
    rig.rise_count[14] = 0;
    for (unsigned n = 0; n < 4 * 128; n++) {
        assert_int_equal(in(0x1F0, 4), n % 128 ? 0 : 10 + n / 128);
    }
    rig_skip_ns(100000);
    assert_int_equal(status(), READY | DRQ); // the fifth
    assert_int_equal(in(0x1F0, 4), 14);
}

static void a_48_bit_command_uses_both_values_of_the_registers(void **state)
{
    (void)state;
    out(0x1F6, 0x40, 1);
    out(0x1F2, 0, 1);
    out(0x1F3, 0, 1);
    out(0x1F4, 0, 1);
    out(0x1F5, 0, 1);
    out(0x1F2, 1, 1);
    out(0x1F3, 0x34, 1);
    out(0x1F4, 0x12, 1);
    out(0x1F5, 0, 1);
    out(0x1F7, 0x24, 1);
    rig_skip_ns(100000);
    assert_int_equal(in(0x1F0, 4), 0x1234);
    out(0x3F6, 0x80, 1); // HOB
    assert_int_equal(in(0x1F3, 1), 0);
    out(0x3F6, 0, 1);
    assert_int_equal(in(0x1F3, 1), 0x34);
}

static void set_prd(u32 at, u32 address, u16 bytes, bool is_last)
{
    store_le32(rig.ram + at, address);
    store_le16(rig.ram + at + 4, bytes);
    store_le16(rig.ram + at + 6, is_last ? 0x8000 : 0);
}

static void dma_reads_into_scattered_memory(void **state)
{
    (void)state;
    set_prd(0x1000, 0x4000, 256, false);
    set_prd(0x1008, 0x8000, 768, true);
    out(BUS_MASTER + 4, 0x1000, 4);
    out(BUS_MASTER + 0, 8, 1);
    command(0xC8, 500, 2);
    assert_int_equal(status(), READY | DRQ); // waits for the bus master
    out(BUS_MASTER + 0, 9, 1);
    assert_int_equal(in(BUS_MASTER + 2, 1), 1);
    assert_int_equal(rig.rise_count[14], 0);
    rig_skip_ns(1000000);
    assert_true(rig.level[14]);
    assert_int_equal(in(BUS_MASTER + 2, 1), 4);
    assert_int_equal(load_le32(rig.ram + 0x4000), 500);
    assert_int_equal(load_le32(rig.ram + 0x8000 + 256), 501);
    assert_int_equal(in(0x1F7, 1), READY);
    out(BUS_MASTER + 0, 8, 1);
    out(BUS_MASTER + 2, 4, 1);
    assert_int_equal(in(BUS_MASTER + 2, 1), 0);
}

static void dma_started_before_the_command_works_too(void **state)
{
    (void)state;
    store_le32(rig.ram + 0x4000, 0x12345678);
    set_prd(0x1000, 0x4000, 512, true);
    out(BUS_MASTER + 4, 0x1000, 4);
    out(BUS_MASTER + 0, 1, 1);
    command(0xCA, 3, 1);
    rig_skip_ns(1000000);
    assert_int_equal(in(BUS_MASTER + 2, 1), 4);
    assert_int_equal(load_le32(image + 3 * 512), 0x12345678);
}

static void a_descriptor_table_that_is_too_long_stays_active(void **state)
{
    (void)state;
    set_prd(0x1000, 0x4000, 0, true); // 64 KiB
    out(BUS_MASTER + 4, 0x1000, 4);
    out(BUS_MASTER + 0, 9, 1);
    command(0xC8, 0, 1);
    rig_skip_ns(1000000);
    assert_int_equal(in(BUS_MASTER + 2, 1), 5); // [BMIDE] 3.1: interrupt and active
}

static void a_descriptor_table_that_is_too_short_never_interrupts(void **state)
{
    (void)state;
    set_prd(0x1000, 0x4000, 512, true);
    out(BUS_MASTER + 4, 0x1000, 4);
    out(BUS_MASTER + 0, 9, 1);
    command(0xC8, 0, 2);
    rig_skip_ns(1000000);
    assert_int_equal(in(BUS_MASTER + 2, 1), 0);
    assert_false(rig.level[14]);
}

static void a_software_reset_ends_a_command(void **state)
{
    (void)state;
    out(0x1F7, 0x20, 1);
    out(0x3F6, 4, 1);
    assert_int_equal(status(), BSY);
    out(0x3F6, 0, 1);
    rig_skip_ns(1000000);
    assert_int_equal(status(), READY);
    assert_int_equal(rig.rise_count[14], 0);
}

static void nien_keeps_the_interrupt_back(void **state)
{
    (void)state;
    out(0x3F6, 2, 1);
    command(0xE7, 0, 0);
    assert_false(rig.level[14]);
    out(0x3F6, 0, 1);
    assert_true(rig.level[14]);
}

static void unknown_commands_are_aborted(void **state)
{
    (void)state;
    static const u8 codes[] = {0x00, 0x08, 0xA0, 0xA1, 0xB0, 0xF9};
    for (unsigned n = 0; n < sizeof codes; n++) {
        command(codes[n], 0, 0);
        assert_int_equal(in(0x1F7, 1), READY | ERR);
        assert_int_equal(in(0x1F1, 1), 4);
    }
}

static void a_read_only_disk_refuses_writes(void **state)
{
    (void)state;
    disks[0].is_read_only = true;
    command(0x30, 0, 1);
    assert_int_equal(in(0x1F7, 1), READY | ERR);
    assert_int_equal(in(0x1F1, 1), 4);
}

static void settings_are_kept_and_shown(void **state)
{
    (void)state;
    out(0x1F1, 3, 1); // transfer mode
    command(0xEF, 0, 0x22);
    assert_int_equal(in(0x1F7, 1), READY);
    out(0x1F6, 0xA3, 1); // 4 heads, 17 sectors
    out(0x1F2, 17, 1);
    out(0x1F7, 0x91, 1);
    rig_skip_ns(1100000);
    command(0xEC, 0, 0);
    assert_int_equal(word(0), 0x40);
    assert_int_equal(word(63), 0x0407); // multiword DMA 2 selected
    assert_int_equal(word(54), SECTORS / (4 * 17));
    assert_int_equal(word(55), 4);
    assert_int_equal(word(56), 17);
}

// What hw/block/hd-geometry.c of QEMU makes of the same disks. The end of the first partition is
// at that head and sector; head 0: there is no partition.
static const struct {
    u64 sector_count;
    u8 end_head, end_sector;
    struct ata_geometry wanted;
} shapes[] = {
    {20400, 3, 17, {300, 4, 17, ATA_NO_TRANSLATION}},              // 10 MB
    {83640, 5, 17, {820, 6, 17, ATA_NO_TRANSLATION}},              // 40 MB: a Seagate ST-251
    {83640, 0, 0, {82, 16, 63, ATA_NO_TRANSLATION}},               // the same, empty
    {1032192, 15, 63, {1024, 16, 63, ATA_NO_TRANSLATION}},         // 504 MB, the limit
    {1032192, 0, 0, {1024, 16, 63, ATA_NO_TRANSLATION}},           //
    {1033200, 0, 0, {1025, 16, 63, ATA_LBA_TRANSLATION}},          // a cylinder more
    {1033200, 15, 63, {1025, 16, 63, ATA_NO_TRANSLATION}},         //
    {2097152, 31, 63, {2080, 16, 63, ATA_LARGE_TRANSLATION}},      // 1 GB
    {4194304, 63, 63, {4161, 16, 63, ATA_LARGE_TRANSLATION}},      // 2 GB
    {4194304, 254, 0xFF, {4161, 16, 63, ATA_LARGE_TRANSLATION}},   // bits 7 and 6: cylinder
    {8192 * 1008, 254, 63, {8192, 16, 63, ATA_LARGE_TRANSLATION}}, // 4 GB
    {8193 * 1008, 254, 63, {8193, 16, 63, ATA_LBA_TRANSLATION}},   //
    {16777216, 254, 63, {16383, 16, 63, ATA_LBA_TRANSLATION}},     // 8 GB
    {1ull << 33, 254, 63, {16383, 16, 63, ATA_LBA_TRANSLATION}},   // [ATA4]: never more
    {20400, 3, 0x40, {20, 16, 63, ATA_NO_TRANSLATION}},            // sector 0: nonsense
    {1000, 254, 63, {2, 16, 63, ATA_NO_TRANSLATION}},              // shorter than its one cylinder
    {1ull << 33, 3, 17, {16383, 16, 63, ATA_LBA_TRANSLATION}},     // too many cylinders
};

static void put_partition(u8 *sector, unsigned n, u8 end_head, u8 end_sector)
{
    u8 *entry = sector + 446 + 16 * n;
    entry[5] = end_head;
    entry[6] = end_sector;
    store_le32(entry + 12, end_head ? 1000 : 0);
    store_le16(sector + 510, 0xAA55);
}

static void assert_same_shape(struct ata_geometry is, struct ata_geometry wanted)
{
    assert_int_equal(is.cylinders, wanted.cylinders);
    assert_int_equal(is.heads, wanted.heads);
    assert_int_equal(is.sectors, wanted.sectors);
    assert_int_equal(is.translation, wanted.translation);
}

static void a_disk_has_the_shape_that_its_partition_table_implies(void **state)
{
    (void)state;
    for (unsigned n = 0; n < COUNT_OF(shapes); n++) {
        u8 sector[512] = {0};
        put_partition(sector, n % 4, shapes[n].end_head, shapes[n].end_sector);
        assert_same_shape(ata_geometry_of(shapes[n].sector_count, sector), shapes[n].wanted);
    }
}

static void the_first_partition_that_makes_sense_counts(void **state)
{
    (void)state;
    u8 sector[512] = {0};
    put_partition(sector, 0, 3, 0);
    put_partition(sector, 2, 3, 17);
    put_partition(sector, 3, 7, 26);
    sector[446] = 0x80;
    assert_int_equal(ata_geometry_of(20400, sector).heads, 4);
}

static void without_a_partition_table_a_disk_has_the_standard_shape(void **state)
{
    (void)state;
    u8 sector[512] = {0};
    struct ata_geometry standard = {20, 16, 63, ATA_NO_TRANSLATION};
    put_partition(sector, 0, 3, 17);
    sector[446 + 16] = 'x'; // code or data, not a table
    assert_same_shape(ata_geometry_of(20400, sector), standard);
    sector[446 + 16] = 0;
    assert_int_equal(ata_geometry_of(20400, sector).heads, 4);
    sector[511] = 0; // no signature
    assert_same_shape(ata_geometry_of(20400, sector), standard);
    assert_same_shape(ata_geometry_of(20400, NULL), standard); // unreadable
}

static void a_table_at_power_on_rules_identify_and_chs_until_the_next(void **state)
{
    (void)state;
    memset(image, 0, 512);
    put_partition(image, 0, 3, 17);
    plug_in();
    put_partition(image, 0, 7, 26); // the guest partitions the disk anew
    ide.dev.reset(&ide);
    configure();
    assert_int_equal(ide_geometry(&ide, 0)->heads, 4);
    command(0xEC, 0, 0);
    assert_int_equal(word(0), 0x40);
    assert_int_equal(word(1), SECTORS / (4 * 17));
    assert_int_equal(word(3), 4);
    assert_int_equal(word(6), 17);
    assert_int_equal(word(55), 4);
    out(0x1F6, 0xA3, 1); // CHS: head 3
    out(0x1F2, 1, 1);
    out(0x1F3, 17, 1); // the last sector
    out(0x1F4, 5, 1);  // of cylinder 5
    out(0x1F5, 0, 1);
    out(0x1F7, 0x20, 1);
    rig_skip_ns(1000000);
    assert_int_equal(in(0x1F0, 4), (5 * 4 + 3) * 17 + 16);
    plug_in();
    assert_int_equal(ide_geometry(&ide, 0)->heads, 8);
    assert_int_equal(ide_geometry(&ide, 1)->heads, 0); // nothing there
    assert_int_equal(ide_geometry(&ide, 2)->heads, 0);
}

static void a_restored_state_goes_on_in_the_middle_of_a_transfer(void **state)
{
    (void)state;
    static u8 first[2 * sizeof(struct ide_state)], second[sizeof first];
    command(0x20, 1000, 1);
    in(0x1F0, 4);
    size_t size = fields_size(ide.dev.fields);
    fields_save(ide.dev.fields, &ide.s, first);
    ide.dev.reset(&ide);
    assert_int_equal(in(BUS_MASTER + 2, 1), 0xFF);
    fields_load(ide.dev.fields, &ide.s, first);
    ide.dev.restored(&ide);
    fields_save(ide.dev.fields, &ide.s, second);
    assert_memory_equal(first, second, size);
    assert_true(rig.level[14]);
    assert_int_equal(in(BUS_MASTER + 2, 1), 4); // the base address register is back
    for (unsigned n = 0; n < 127; n++) {
        in(0x1F0, 4);
    }
    assert_int_equal(in(0x1F7, 1), READY);
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

static void the_buffer_is_written_and_read_back(void **state)
{
    (void)state;
    command(0xE8, 0, 0);
    assert_int_equal(status(), READY | DRQ);
    for (unsigned n = 0; n < 128; n++) {
        out(0x1F0, n * 3, 4);
    }
    rig_skip_ns(100000);
    assert_int_equal(in(0x1F7, 1), READY);
    command(0xE4, 0, 0);
    for (unsigned n = 0; n < 128; n++) {
        assert_int_equal(in(0x1F0, 4), n * 3);
    }
    assert_int_equal(in(0x1F7, 1), READY);
}

static void smart(u8 feature, u32 key)
{
    out(0x1F1, feature, 1);
    command(0xB0, key << 8, 1);
}

// A millisecond, which the drivers of OS/2 1.0 and Xenix need (OS/2 Museum, "Same Old Disk Bug").
static void commands_that_move_the_heads_take_their_time(void **state)
{
    (void)state;
    static const u8 codes[] = {0x10, 0x1F, 0x70, 0x91}; // RECALIBRATE, SEEK, parameters
    out(0x1F2, 63, 1);
    out(0x1F3, 1, 1);
    for (unsigned n = 0; n < COUNT_OF(codes); n++) {
        unsigned before = rig.rise_count[14];
        out(0x1F4, 0, 1);
        out(0x1F5, 0, 1);
        out(0x1F6, 0xE0, 1);
        out(0x1F7, codes[n], 1);
        rig_skip_ns(999000);
        assert_int_equal(status() & BSY, BSY);
        rig_skip_ns(2000);
        assert_int_equal(rig.rise_count[14], before + 1);
        assert_int_equal(in(0x1F7, 1), READY);
    }
}

// [ATA4]: as WRITE SECTORS, and the data are read back.
static void write_verify_writes(void **state)
{
    (void)state;
    command(0x3C, 9, 1);
    assert_int_equal(status(), READY | DRQ);
    for (unsigned n = 0; n < 128; n++) {
        out(0x1F0, 0x5A000000 + n, 4);
    }
    rig_skip_ns(100000);
    assert_int_equal(in(0x1F7, 1), READY);
    assert_int_equal(load_le32(image + 9 * 512), 0x5A000000);
}

static void smart_says_that_all_is_well(void **state)
{
    (void)state;
    enum { KEY = 0xC24F };
    smart(0xDA, KEY);
    assert_int_equal(in(0x1F7, 1), READY);
    assert_int_equal(in(0x1F4, 2), KEY); // 2CF4h would be a failing disk
    smart(0xDA, 0x1234);
    assert_int_equal(in(0x1F7, 1), READY | ERR);
    smart(0xD0, KEY);
    assert_int_equal(status(), READY | DRQ);
    u8 sum = 0;
    for (unsigned n = 0; n < 256; n++) {
        u16 value = (u16)in(0x1F0, 2);
        sum = (u8)(sum + (value & 0xFF) + (value >> 8));
    }
    assert_int_equal(sum, 0);
    smart(0xD9, KEY);
    smart(0xD0, KEY);
    assert_int_equal(in(0x1F7, 1), READY | ERR); // it has been disabled
    smart(0xD8, KEY);
    smart(0xDA, KEY);
    assert_int_equal(in(0x1F7, 1), READY);
}

static void only_a_reset_wakes_a_sleeping_disk(void **state)
{
    (void)state;
    command(0xE6, 0, 0);
    assert_int_equal(in(0x1F7, 1), READY);
    out(0x1F7, 0xEC, 1);
    assert_int_equal(status(), READY); // not even busy
    out(0x3F6, 4, 1);
    out(0x3F6, 0, 1);
    command(0xEC, 0, 0);
    assert_int_equal(status(), READY | DRQ);
}

static void standby_ends_with_the_next_transfer(void **state)
{
    (void)state;
    command(0xE0, 0, 0);
    command(0xE5, 0, 0);
    assert_int_equal(in(0x1F2, 1), 0);
    command(0x40, 5, 1);
    command(0xE5, 0, 0);
    assert_int_equal(in(0x1F2, 1), 0xFF);
}

// [PIIX3] 2.3.3 PCICMD bit 0, 2.3.9 IDETIM bit 15; both are 0 after a reset.
static void each_channel_answers_only_when_decoding_is_on(void **state)
{
    (void)state;
    config_out(IDE, 0x42, 0x4000, 2); // the second one off
    assert_int_equal(in(0x177, 1), 0xFF);
    assert_int_equal(in(0x376, 1), 0xFF);
    assert_int_equal(in(0x1F7, 1), READY);
    assert_int_equal(config_in(IDE, 0x40, 4), 0x40008000);
    config_out(IDE, PCI_COMMAND, 4, 2);
    assert_int_equal(in(0x1F7, 1), 0xFF);
    assert_int_equal(in(0x3F6, 1), 0xFF);
    config_out(IDE, PCI_COMMAND, 5, 2);
    assert_int_equal(in(0x1F7, 1), READY);
    ide.dev.reset(&ide);
    config_out(IDE, PCI_COMMAND, 5, 2);
    assert_int_equal(config_in(IDE, 0x40, 4), 0);
    assert_int_equal(in(0x1F7, 1), 0xFF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(after_reset_a_disk_shows_its_signature),
        TEST(each_channel_answers_only_when_decoding_is_on),
        TEST(drive_0_answers_for_an_absent_drive_1_but_its_status),
        TEST(identify_tells_geometry_capacity_and_checksum),
        TEST(reading_two_sectors_interrupts_for_each),
        TEST(runs_of_data_are_what_single_accesses_would_be),
        TEST(writing_asks_first_and_interrupts_after),
        TEST(a_host_that_writes_without_looking_finds_the_drive_ready),
        TEST(a_host_that_reads_without_looking_finds_the_drive_ready),
        TEST(every_16th_written_block_takes_a_millisecond),
        TEST(chs_counts_sectors_from_1),
        TEST(a_sector_beyond_the_end_is_not_found),
        TEST(read_multiple_moves_blocks),
        TEST(a_48_bit_command_uses_both_values_of_the_registers),
        TEST(dma_reads_into_scattered_memory),
        TEST(dma_started_before_the_command_works_too),
        TEST(a_descriptor_table_that_is_too_long_stays_active),
        TEST(a_descriptor_table_that_is_too_short_never_interrupts),
        TEST(a_software_reset_ends_a_command),
        TEST(nien_keeps_the_interrupt_back),
        TEST(unknown_commands_are_aborted),
        TEST(a_read_only_disk_refuses_writes),
        TEST(settings_are_kept_and_shown),
        TEST(a_disk_has_the_shape_that_its_partition_table_implies),
        TEST(the_first_partition_that_makes_sense_counts),
        TEST(without_a_partition_table_a_disk_has_the_standard_shape),
        TEST(a_table_at_power_on_rules_identify_and_chs_until_the_next),
        TEST(a_restored_state_goes_on_in_the_middle_of_a_transfer),
        TEST(the_buffer_is_written_and_read_back),
        TEST(commands_that_move_the_heads_take_their_time),
        TEST(write_verify_writes),
        TEST(smart_says_that_all_is_well),
        TEST(only_a_reset_wakes_a_sleeping_disk),
        TEST(standby_ends_with_the_next_transfer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
