// Expected values: ATA/ATAPI-6 (T13 1410D) 9.8 to 9.12 and MMC-3; ECMA-130 annexes A and B for raw
// blocks, checked by arithmetic in tables of logarithms, which the drive does not use.
#include "base/bytes.h"
#include "dev/ide.h"
#include "test/dev/pci_rig.h"

enum { IDE = 1 << 3 | 1, BUS_MASTER = 0xC000, BLOCKS = 100, IMAGE_BYTES = BLOCKS * 2048 - 700 };
enum { BSY = 0x80, DRQ = 0x08, ERR = 0x01, READY = 0x50 };
enum { IRQ = 15, DATA = 0x170, ERROR = 0x171, REASON = 0x172, COUNT = 0x174, STATUS = 0x177 };

static struct ide ide;
static struct disk disks[4];
static u8 image[IMAGE_BYTES], other_image[2048];
static bool is_broken;
static u8 answer[70000];

static bool image_read(void *owner, unsigned disk, uint64_t offset, void *to, size_t size_bytes)
{
    (void)owner;
    memcpy(to, (disk ? other_image : image) + offset, size_bytes);
    return !is_broken;
}

static const struct vt_drive cd = {
    .is_present = true, .is_cdrom = true, .size_bytes = sizeof image};
static const struct vt_drive other_cd = {
    .is_present = true, .is_cdrom = true, .host_disk = 1, .size_bytes = sizeof other_image};

static void set_up_with(const struct vt_drive *drive)
{
    struct disk *const wired[4] = {NULL, NULL, &disks[2], NULL};
    rig_init();
    rig.host.disk_read = image_read;
    is_broken = false;
    for (u32 n = 0; n < sizeof image; n++) {
        image[n] = (u8)(n * 7 + n / 2048);
    }
    memset(disks, 0, sizeof disks);
    assert_true(disk_init(&disks[2], drive, &rig.host, &rig.log));
    ide_init(&ide, &rig.pci, IDE, &rig.ports, &rig.phys, &rig.clock, &rig.log, wired, rig_line(14),
             rig_line(IRQ));
    config_out(IDE, 0x20, BUS_MASTER | 1, 4);
    config_out(IDE, PCI_COMMAND, 5, 2);
    config_out(IDE, 0x40, 0x80008000, 4);
}

static int set_up(void **state)
{
    (void)state;
    set_up_with(&cd);
    return 0;
}

static u8 status(void)
{
    return (u8)in(0x376, 1); // does not acknowledge
}

static void send_packet(u8 features, u32 limit, const u8 packet[12])
{
    out(ERROR, features, 1);
    out(COUNT, limit & 0xFF, 1);
    out(COUNT + 1, limit >> 8, 1);
    out(STATUS, 0xA0, 1);
    rig_skip_ns(100000);
    assert_int_equal(status(), READY | DRQ);
    assert_int_equal(in(REASON, 1), 1); // the packet is awaited
    for (unsigned n = 0; n < 6; n++) {
        out(DATA, load_le16(packet + 2 * n), 2);
    }
    assert_int_equal(status() & BSY, BSY);
    rig_skip_ns(1000000);
}

// Performs a packet by PIO, and returns how many bytes came; they are in `answer`.
static u32 perform_limited(u32 limit, const u8 packet[12])
{
    u32 total = 0;
    send_packet(0, limit, packet);
    while (status() & DRQ) {
        u32 size = in(COUNT, 1) | in(COUNT + 1, 1) << 8;
        assert_int_equal(in(REASON, 1), 2);
        assert_true(rig.level[IRQ]);
        in(STATUS, 1);
        assert_false(rig.level[IRQ]);
        assert_true(size > 0 && size <= limit);
        for (u32 n = 0; n < size; n += 2) {
            store_le16(answer + total + n, (u16)in(DATA, 2));
        }
        total += size;
        rig_skip_ns(1000000);
    }
    assert_int_equal(in(REASON, 1), 3);
    assert_true(rig.level[IRQ]);
    in(STATUS, 1);
    return total;
}

#define PACKET(...) ((const u8[12]){__VA_ARGS__})

static u32 perform(const u8 packet[12])
{
    return perform_limited(0xFFFE, packet);
}

static u32 sense(void)
{
    assert_int_equal(perform(PACKET(0x03, 0, 0, 0, 18)), 18);
    assert_int_equal(answer[0], 0x70);
    return (u32)answer[2] << 16 | (u32)answer[12] << 8 | answer[13];
}

static void assert_refused(const u8 packet[12], u32 expected)
{
    assert_int_equal(perform(packet), 0);
    assert_int_equal(status(), READY | ERR);
    assert_int_equal(in(ERROR, 1) >> 4, expected >> 16);
    assert_int_equal(sense(), expected);
}

static void change(const struct vt_drive *drive)
{
    assert_true(disk_change(&disks[2], drive));
}

// --- the ATA side ---

static void after_reset_it_shows_the_signature_of_a_packet_device(void **state)
{
    (void)state;
    assert_int_equal(in(STATUS, 1), 0);
    assert_int_equal(in(REASON, 2), 0x0101);
    assert_int_equal(in(COUNT, 2), 0xEB14);
    out(0x376, 4, 1);
    assert_int_equal(status(), BSY);
    out(0x376, 0, 1);
    assert_int_equal(status(), 0);
    assert_int_equal(in(COUNT, 2), 0xEB14);
}

// [ATA6] 9.10: ready only for a device that does not implement PACKET.
static void diagnostic_shows_the_signature_and_no_status(void **state)
{
    (void)state;
    out(STATUS, 0x90, 1);
    rig_skip_ns(1000000);
    assert_int_equal(status(), 0);
    assert_int_equal(in(ERROR, 1), 1);
    assert_int_equal(in(COUNT, 2), 0xEB14);
    assert_true(rig.level[IRQ]);
}

static void identify_device_is_aborted_with_the_signature(void **state)
{
    (void)state;
    static const u8 codes[] = {0xEC, 0x20};
    for (unsigned n = 0; n < COUNT_OF(codes); n++) {
        out(COUNT, 0, 2);
        out(STATUS, codes[n], 1);
        rig_skip_ns(100000);
        assert_int_equal(in(STATUS, 1), READY | ERR);
        assert_int_equal(in(ERROR, 1), 4);
        assert_int_equal(in(COUNT, 2), 0xEB14);
    }
}

static void identify_packet_device_names_a_cd_drive(void **state)
{
    (void)state;
    u16 words[256];
    out(STATUS, 0xA1, 1);
    rig_skip_ns(100000);
    assert_int_equal(status(), READY | DRQ);
    for (unsigned n = 0; n < 256; n++) {
        words[n] = (u16)in(DATA, 2);
    }
    assert_int_equal(words[0], 0x85C0); // ATAPI, CD-ROM, removable, DRQ in 50 us, 12 bytes
    assert_int_equal(words[27], 'V' << 8 | 'I');
    assert_int_equal(words[49] & 0x0300, 0x0300);
    assert_int_equal(words[82] & 0x0210, 0x0210); // PACKET, DEVICE RESET
    assert_int_equal(in(STATUS, 1), READY);
}

static void device_reset_ends_a_command_and_interrupts_not(void **state)
{
    (void)state;
    out(STATUS, 0xA0, 1);
    assert_int_equal(status() & BSY, BSY);
    out(STATUS, 0x08, 1);
    assert_int_equal(status(), 0);
    assert_int_equal(in(COUNT, 2), 0xEB14);
    rig_skip_ns(1000000);
    assert_int_equal(status(), 0);
    assert_int_equal(rig.rise_count[IRQ], 0);
}

static void disk_commands_are_aborted(void **state)
{
    (void)state;
    static const u8 codes[] = {0x00, 0x30, 0xC8, 0xCA, 0xE7, 0xF8, 0xB0, 0x91};
    for (unsigned n = 0; n < COUNT_OF(codes); n++) {
        out(STATUS, codes[n], 1);
        rig_skip_ns(100000);
        assert_int_equal(in(STATUS, 1), READY | ERR);
        assert_int_equal(in(ERROR, 1), 4);
    }
}

// --- transfers ---

static void blocks_are_read_by_pio_in_pieces_that_the_host_allows(void **state)
{
    (void)state;
    static const u32 limits[] = {0xFFFF, 2048, 512, 30000, 100, 2047};
    for (unsigned n = 0; n < COUNT_OF(limits); n++) {
        memset(answer, 0, sizeof answer);
        assert_int_equal(perform_limited(limits[n], PACKET(0x28, 0, 0, 0, 0, 3, 0, 0, 30)),
                         30 * 2048);
        assert_memory_equal(answer, image + 3 * 2048, 30 * 2048);
    }
}

static void an_interrupt_comes_with_each_piece_and_with_the_end(void **state)
{
    (void)state;
    perform_limited(2048, PACKET(0xA8, 0, 0, 0, 0, 0, 0, 0, 0, 5));
    assert_int_equal(rig.rise_count[IRQ], 5 + 1);
}

static void data_without_room_for_it_is_aborted(void **state)
{
    (void)state;
    send_packet(0, 0, PACKET(0x28, 0, 0, 0, 0, 0, 0, 0, 1));
    assert_int_equal(in(STATUS, 1), READY | ERR);
    send_packet(0, 0, PACKET(0x00)); // no data, no room needed
    assert_int_equal(in(STATUS, 1), READY);
}

static void blocks_are_read_by_dma(void **state)
{
    (void)state;
    store_le32(rig.ram + 0x1000, 0x20000); // table: 60000 bytes, the rest
    store_le32(rig.ram + 0x1004, 60000);
    store_le32(rig.ram + 0x1008, 0x40000);
    store_le32(rig.ram + 0x100C, 0x80000000u | (40 * 2048 - 60000));
    out(BUS_MASTER + 12, 0x1000, 4);
    send_packet(1, 0, PACKET(0x28, 0, 0, 0, 0, 1, 0, 0, 40));
    assert_int_equal(rig.rise_count[IRQ], 0);
    out(BUS_MASTER + 8, 9, 1);
    rig_skip_ns(1000000);
    assert_int_equal(rig.rise_count[IRQ], 1);
    assert_int_equal(in(BUS_MASTER + 10, 1) & 7, 4); // interrupt, not active
    assert_int_equal(in(STATUS, 1), READY);
    assert_int_equal(in(REASON, 1), 3);
    assert_memory_equal(rig.ram + 0x20000, image + 2048, 60000);
    assert_memory_equal(rig.ram + 0x40000, image + 2048 + 60000, 40 * 2048 - 60000);
}

static void what_the_image_lacks_of_its_last_block_is_zeros(void **state)
{
    (void)state;
    assert_int_equal(perform(PACKET(0x28, 0, 0, 0, 0, BLOCKS - 1, 0, 0, 1)), 2048);
    assert_memory_equal(answer, image + (BLOCKS - 1) * 2048, 2048 - 700);
    for (unsigned n = 2048 - 700; n < 2048; n++) {
        assert_int_equal(answer[n], 0);
    }
}

static void a_read_of_nothing_succeeds_and_one_beyond_the_end_does_not(void **state)
{
    (void)state;
    assert_int_equal(perform(PACKET(0x28, 0, 0, 0, 0, BLOCKS, 0, 0, 0)), 0);
    assert_int_equal(status(), READY);
    assert_refused(PACKET(0x28, 0, 0, 0, 0, BLOCKS, 0, 0, 1), 0x052100);
    assert_refused(PACKET(0x28, 0, 0, 0, 0, BLOCKS - 1, 0, 0, 2), 0x052100);
    assert_refused(PACKET(0xA8, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF), 0x052100);
    assert_refused(PACKET(0x2B, 0, 0, 0, 0, BLOCKS), 0x052100);
}

static void a_host_that_fails_is_an_unrecovered_read_error(void **state)
{
    (void)state;
    is_broken = true;
    assert_refused(PACKET(0x28, 0, 0, 0, 0, 0, 0, 0, 1), 0x031100);
}

// --- raw blocks ---

static u8 field_log[256], field_power[512];

static void make_field(void)
{
    unsigned value = 1;
    for (unsigned n = 0; n < 255; n++, value = value << 1 ^ (value & 0x80 ? 0x11D : 0)) {
        field_power[n] = field_power[n + 255] = (u8)value;
        field_log[value & 0xFF] = (u8)n;
    }
}

// The word's sum, and the sum weighted by powers of 2 with the last byte's 1, are 0 if it is right.
static void assert_word(const u8 *bytes, const u32 *places, unsigned count)
{
    u8 sum = 0, weighted = 0;
    for (unsigned n = 0; n < count; n++) {
        u8 value = bytes[places[n]];
        sum ^= value;
        weighted ^= value ? field_power[field_log[value] + (count - 1 - n)] : 0;
    }
    assert_int_equal(sum, 0);
    assert_int_equal(weighted, 0);
}

static void assert_codes(const u8 *raw)
{
    u32 places[45];
    make_field();
    for (u32 n = 0; n < 86; n++) {
        for (u32 m = 0; m < 26; m++) {
            places[m] = 12 + 86 * m + n;
        }
        assert_word(raw, places, 26);
    }
    for (u32 n = 0; n < 26; n++) { // [ECMA-130] annex A: word numbers 44 m + 43 n, modulo 1118
        for (u32 half = 0; half < 2; half++) {
            for (u32 m = 0; m < 43; m++) {
                places[m] = 12 + 2 * ((44 * m + 43 * n) % 1118) + half;
            }
            places[43] = 12 + 2 * (1118 + n) + half;
            places[44] = 12 + 2 * (1118 + 26 + n) + half;
            assert_word(raw, places, 45);
        }
    }
}

static void a_raw_block_has_sync_header_data_and_codes(void **state)
{
    (void)state;
    static const u8 head[16] = {0,    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                0xFF, 0xFF, 0xFF, 0,    0,    2,    0x42, 1};
    assert_int_equal(perform(PACKET(0xBE, 0, 0, 0, 0, 42, 0, 0, 2, 0xF8)), 2 * 2352);
    assert_memory_equal(answer, head, sizeof head); // 00:02:42
    assert_memory_equal(answer + 16, image + 42 * 2048, 2048);
    assert_memory_equal(answer + 2352 + 16, image + 43 * 2048, 2048);
    u32 crc = 0; // over all and its own check value it comes out as 0. [ECMA-130] 14.3
    for (unsigned n = 0; n < 2068 * 8; n++) {
        crc = (crc >> 1) ^ (((crc ^ (u32)(answer[n / 8] >> n % 8)) & 1) ? 0xD8018001 : 0);
    }
    assert_int_equal(crc, 0);
    assert_codes(answer);
}

static void read_cd_gives_the_parts_that_were_asked_for(void **state)
{
    (void)state;
    assert_int_equal(perform(PACKET(0xBE, 0, 0, 0, 0, 7, 0, 0, 1, 0x10)), 2048);
    assert_memory_equal(answer, image + 7 * 2048, 2048);
    assert_int_equal(perform(PACKET(0xBE, 8, 0, 0, 0, 7, 0, 0, 1, 0x30)), 4 + 2048);
    assert_memory_equal(answer + 4, image + 7 * 2048, 2048);
    assert_int_equal(perform(PACKET(0xBE, 0, 0, 0, 0, 7, 0, 0, 1, 0xFA)), 2352 + 294);
    assert_int_equal(perform(PACKET(0xBE, 0, 0, 0, 0, 7, 0, 0, 1, 0xF8, 2)), 2352 + 16);
    static const u8 position[] = {0x41, 1, 1, 0, 0, 7, 0, 0, 2, 7};
    assert_memory_equal(answer + 2352, position, sizeof position);
    assert_int_equal(perform(PACKET(0xBE, 0, 0, 0, 0, 7, 0, 0, 1, 0)), 0);
    assert_int_equal(status(), READY);
    // 00:02:07 to 00:02:09
    assert_int_equal(perform(PACKET(0xB9, 0, 0, 0, 2, 7, 0, 2, 9, 0x10)), 2 * 2048);
    assert_memory_equal(answer, image + 7 * 2048, 2 * 2048);
    assert_refused(PACKET(0xBE, 4, 0, 0, 0, 7, 0, 0, 1, 0x10), 0x056400); // audio is asked for
    assert_refused(PACKET(0xBE, 0, 0, 0, 0, 7, 0, 0, 1, 0x90), 0x052400); // sync, no header
}

// --- the drive ---

static void inquiry_and_capacity_tell_a_cd_drive_and_its_disc(void **state)
{
    (void)state;
    assert_int_equal(perform(PACKET(0x12, 0, 0, 0, 36)), 36);
    assert_int_equal(answer[0], 5);
    assert_int_equal(answer[1], 0x80);
    assert_memory_equal(answer + 8, "VITRINE CD-ROM  ", 15);
    assert_int_equal(perform(PACKET(0x12, 0, 0, 0, 5)), 5); // no more than allowed; odd
    assert_int_equal(perform(PACKET(0x25)), 8);
    assert_int_equal(load_be32(answer), BLOCKS - 1);
    assert_int_equal(load_be32(answer + 4), 2048);
}

static void the_table_of_contents_has_one_data_track(void **state)
{
    (void)state;
    static const u8 blocks[] = {0, 18, 1, 1,    0,    0x14, 1, 0, 0, 0,
                                0, 0,  0, 0x14, 0xAA, 0,    0, 0, 0, BLOCKS};
    static const u8 times[] = {0, 18, 1, 1,    0,    0x14, 1, 0, 0, 0,
                               2, 0,  0, 0x14, 0xAA, 0,    0, 0, 3, 25}; // 250 frames
    static const u8 sessions[] = {0, 10, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0};
    assert_int_equal(perform(PACKET(0x43, 0, 0, 0, 0, 0, 0, 0x03, 0x24)), 20);
    assert_memory_equal(answer, blocks, 20);
    assert_int_equal(perform(PACKET(0x43, 2, 0, 0, 0, 0, 1, 0, 20)), 20);
    assert_memory_equal(answer, times, 20);
    assert_int_equal(perform(PACKET(0x43, 0, 0, 0, 0, 0, 0xAA, 0, 20)), 12);
    assert_memory_equal(answer + 4, blocks + 12, 8);
    assert_int_equal(perform(PACKET(0x43, 0, 1, 0, 0, 0, 0, 0, 20)), 12);
    assert_memory_equal(answer, sessions, 12);
    assert_int_equal(perform(PACKET(0x43, 0, 0, 0, 0, 0, 0, 0, 20, 0x40)), 12); // the old place
    assert_int_equal(perform(PACKET(0x43, 2, 2, 0, 0, 0, 0, 0x03, 0x24)), 4 + 4 * 11);
    assert_int_equal(answer[3 + 4], 0xA0);
    assert_int_equal(load_be24(answer + 4 + 2 * 11 + 8), 0x000319);
    assert_refused(PACKET(0x43, 0, 0, 0, 0, 0, 2, 0, 20), 0x052400);
    assert_refused(PACKET(0x43, 0, 5, 0, 0, 0, 0, 0, 20), 0x052400);
}

static void mode_pages_are_sensed_and_selected(void **state)
{
    (void)state;
    static const u8 select[] = {0, 0, 0, 0, 0, 0,    0, 0,    0x0E, 14, 4, 0,
                                0, 0, 0, 0, 1, 0x80, 2, 0x81, 0,    0,  0, 0};
    assert_int_equal(perform(PACKET(0x5A, 0, 0x2A, 0, 0, 0, 0, 0, 30)), 30);
    assert_int_equal(load_be16(answer), 28);
    assert_int_equal(answer[2], 1); // a data disc of 120 mm
    assert_int_equal(load_be16(answer + 8), 0x2A14);
    assert_int_equal(answer[8 + 6], 0x29); // tray, ejects, locks; not locked
    send_packet(0, 24, PACKET(0x55, 0x10, 0, 0, 0, 0, 0, 0, 24));
    assert_int_equal(status(), READY | DRQ);
    assert_int_equal(in(REASON, 1), 0);
    for (unsigned n = 0; n < 12; n++) {
        out(DATA, load_le16(select + 2 * n), 2);
    }
    rig_skip_ns(1000000);
    assert_int_equal(status(), READY);
    assert_int_equal(perform(PACKET(0x5A, 0, 0x0E, 0, 0, 0, 0, 0, 24)), 24);
    assert_memory_equal(answer + 16, select + 16, 8);
    assert_int_equal(perform(PACKET(0x5A, 0, 0x8E, 0, 0, 0, 0, 0, 24)), 24); // defaults
    assert_int_equal(answer[17], 0xFF);
    assert_int_equal(perform(PACKET(0x1A, 0, 0x3F, 0, 0xFF)), 4 + 8 + 8 + 16 + 22); // all
    assert_refused(PACKET(0x5A, 0, 0x05, 0, 0, 0, 0, 0, 24), 0x052400);
    assert_refused(PACKET(0x5A, 0, 0xCE, 0, 0, 0, 0, 0, 24), 0x053900); // saved
}

static void features_tell_the_profile_of_the_disc(void **state)
{
    (void)state;
    assert_true(perform(PACKET(0x46, 0, 0, 0, 0, 0, 0, 1, 0)) > 8);
    assert_int_equal(load_be16(answer + 6), 0x0008);
    assert_int_equal(perform(PACKET(0x46, 2, 0, 0x1E, 0, 0, 0, 1, 0)), 8 + 8);
    assert_int_equal(load_be16(answer + 8), 0x001E);
    assert_int_equal(answer[10] & 1, 1);                                      // current
    assert_int_equal(perform(PACKET(0x46, 2, 0x01, 0x23, 0, 0, 0, 1, 0)), 8); // no such feature
    change(NULL);
    perform(PACKET(0x46, 0, 0, 0, 0, 0, 0, 1, 0));
    assert_int_equal(load_be16(answer + 6), 0);
}

static void disc_track_header_and_position_are_told(void **state)
{
    (void)state;
    assert_int_equal(perform(PACKET(0x51, 0, 0, 0, 0, 0, 0, 0, 34)), 34);
    assert_int_equal(answer[2], 0x0E); // complete
    assert_int_equal(perform(PACKET(0x52, 1, 0, 0, 0, 1, 0, 0, 28)), 28);
    assert_int_equal(load_be32(answer + 24), BLOCKS);
    assert_refused(PACKET(0x52, 1, 0, 0, 0, 2, 0, 0, 28), 0x052400);
    assert_int_equal(perform(PACKET(0x44, 2, 0, 0, 0, 5, 0, 0, 8)), 8);
    assert_int_equal(answer[0], 1);
    assert_int_equal(load_be32(answer + 4), 0x000205); // 00:02:05
    perform(PACKET(0x28, 0, 0, 0, 0, 10, 0, 0, 2));
    assert_int_equal(perform(PACKET(0x42, 0, 0x40, 1, 0, 0, 0, 0, 16)), 16);
    assert_int_equal(answer[1], 0x15);
    assert_int_equal(load_be32(answer + 8), 12);
}

// QEMU's drives ask for the packet at once.
static void a_packet_may_come_without_looking(void **state)
{
    (void)state;
    const u8 *packet = PACKET(0x12, 0, 0, 0, 36); // INQUIRY
    out(ERROR, 0, 1);
    out(COUNT, 0xFFFE & 0xFF, 1);
    out(COUNT + 1, 0xFFFE >> 8, 1);
    out(STATUS, 0xA0, 1);
    for (unsigned n = 0; n < 6; n++) {
        out(DATA, load_le16(packet + 2 * n), 2);
    }
    rig_skip_ns(1000000);
    assert_int_equal(status(), READY | DRQ);
    assert_int_equal(in(COUNT, 1), 36);
    assert_int_equal(in(DATA, 2), 0x8005); // a CD drive, removable
}

static void audio_is_refused(void **state)
{
    (void)state;
    assert_refused(PACKET(0x45, 0, 0, 0, 0, 0, 0, 0, 1), 0x056400);
    assert_refused(PACKET(0x47, 0, 0, 0, 2, 0, 0, 3, 0), 0x056400);
    assert_refused(PACKET(0xA5, 0, 0, 0, 0, 0, 0, 0, 0, 1), 0x056400);
    assert_refused(PACKET(0x4B, 0, 0, 0, 0, 0, 0, 0, 1), 0x052C00);
    assert_refused(PACKET(0x01), 0x052000); // no such command
}

// --- the medium ---

static void an_empty_drive_says_so(void **state)
{
    (void)state;
    set_up_with(&(struct vt_drive){.is_cdrom = true});
    assert_int_equal(in(COUNT, 2), 0xEB14);
    assert_refused(PACKET(0x00), 0x023A01);
    assert_refused(PACKET(0x25), 0x023A01);
    assert_refused(PACKET(0x28, 0, 0, 0, 0, 0, 0, 0, 1), 0x023A01);
    assert_int_equal(perform(PACKET(0x12, 0, 0, 0, 36)), 36);
    assert_int_equal(perform(PACKET(0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8)), 8);
    assert_int_equal(load_be16(answer + 4), 0);
}

static void a_changed_disc_is_one_unit_attention(void **state)
{
    (void)state;
    assert_int_equal(perform(PACKET(0x00)), 0);
    assert_int_equal(status(), READY);
    change(&other_cd);
    assert_int_equal(perform(PACKET(0x12, 0, 0, 0, 36)), 36); // answers in any case
    assert_refused(PACKET(0x28, 0, 0, 0, 0, 0, 0, 0, 1), 0x062800);
    assert_int_equal(perform(PACKET(0x25)), 8);
    assert_int_equal(load_be32(answer), 0);
    assert_int_equal(perform(PACKET(0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8)), 8);
    assert_int_equal(load_be16(answer + 4), 0x0202); // a new disc, there
    assert_int_equal(perform(PACKET(0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8)), 8);
    assert_int_equal(load_be16(answer + 4), 0x0002); // told once
}

static void request_sense_tells_an_attention_that_waits(void **state)
{
    (void)state;
    change(&other_cd);
    assert_int_equal(sense(), 0x062800);
    assert_int_equal(perform(PACKET(0x00)), 0);
    assert_int_equal(status(), READY);
    assert_int_equal(sense(), 0);
}

static void a_disc_taken_out_leaves_an_open_tray(void **state)
{
    (void)state;
    change(NULL);
    assert_refused(PACKET(0x00), 0x023A02);
    assert_int_equal(perform(PACKET(0xBD, 0, 0, 0, 0, 0, 0, 0, 0, 8)), 8);
    assert_int_equal(answer[1], 0x10);
    perform(PACKET(0x1B, 0, 0, 0, 3)); // load: nothing is on it
    assert_refused(PACKET(0x00), 0x023A01);
}

static void the_guest_ejects_and_loads(void **state)
{
    (void)state;
    perform(PACKET(0x1B, 0, 0, 0, 2));
    assert_int_equal(status(), READY);
    assert_refused(PACKET(0x00), 0x023A02);
    perform(PACKET(0x1B, 0, 0, 0, 3));
    assert_refused(PACKET(0x00), 0x062800);
    assert_int_equal(perform(PACKET(0x00)), 0);
    assert_int_equal(status(), READY);
}

static void a_locked_door_stays_shut(void **state)
{
    (void)state;
    struct cdrom *drive = &ide.channel[1].cdrom[0];
    perform(PACKET(0x1E, 0, 0, 0, 1));
    assert_refused(PACKET(0x1B, 0, 0, 0, 2), 0x055302);
    assert_false(cdrom_press_button(drive));
    assert_int_equal(perform(PACKET(0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8)), 8);
    assert_int_equal(load_be16(answer + 4), 0x0102); // asked to eject; a disc is there
    perform(PACKET(0x1E));
    assert_true(cdrom_press_button(drive));
    perform(PACKET(0x1B, 0, 0, 0, 2));
    assert_int_equal(status(), READY);
}

static void a_disc_taken_out_in_a_read_ends_it(void **state)
{
    (void)state;
    send_packet(0, 2048, PACKET(0x28, 0, 0, 0, 0, 0, 0, 0, 40));
    change(NULL);
    while (status() & DRQ) {
        in(DATA, 2);
        rig_skip_ns(status() & BSY ? 1000000 : 0);
    }
    assert_int_equal(status(), READY | ERR);
    assert_int_equal(sense(), 0x023A02);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(after_reset_it_shows_the_signature_of_a_packet_device, set_up),
        cmocka_unit_test_setup(diagnostic_shows_the_signature_and_no_status, set_up),
        cmocka_unit_test_setup(identify_device_is_aborted_with_the_signature, set_up),
        cmocka_unit_test_setup(identify_packet_device_names_a_cd_drive, set_up),
        cmocka_unit_test_setup(device_reset_ends_a_command_and_interrupts_not, set_up),
        cmocka_unit_test_setup(disk_commands_are_aborted, set_up),
        cmocka_unit_test_setup(blocks_are_read_by_pio_in_pieces_that_the_host_allows, set_up),
        cmocka_unit_test_setup(an_interrupt_comes_with_each_piece_and_with_the_end, set_up),
        cmocka_unit_test_setup(data_without_room_for_it_is_aborted, set_up),
        cmocka_unit_test_setup(blocks_are_read_by_dma, set_up),
        cmocka_unit_test_setup(what_the_image_lacks_of_its_last_block_is_zeros, set_up),
        cmocka_unit_test_setup(a_read_of_nothing_succeeds_and_one_beyond_the_end_does_not, set_up),
        cmocka_unit_test_setup(a_host_that_fails_is_an_unrecovered_read_error, set_up),
        cmocka_unit_test_setup(a_raw_block_has_sync_header_data_and_codes, set_up),
        cmocka_unit_test_setup(read_cd_gives_the_parts_that_were_asked_for, set_up),
        cmocka_unit_test_setup(inquiry_and_capacity_tell_a_cd_drive_and_its_disc, set_up),
        cmocka_unit_test_setup(the_table_of_contents_has_one_data_track, set_up),
        cmocka_unit_test_setup(mode_pages_are_sensed_and_selected, set_up),
        cmocka_unit_test_setup(features_tell_the_profile_of_the_disc, set_up),
        cmocka_unit_test_setup(disc_track_header_and_position_are_told, set_up),
        cmocka_unit_test_setup(a_packet_may_come_without_looking, set_up),
        cmocka_unit_test_setup(audio_is_refused, set_up),
        cmocka_unit_test_setup(an_empty_drive_says_so, set_up),
        cmocka_unit_test_setup(a_changed_disc_is_one_unit_attention, set_up),
        cmocka_unit_test_setup(request_sense_tells_an_attention_that_waits, set_up),
        cmocka_unit_test_setup(a_disc_taken_out_leaves_an_open_tray, set_up),
        cmocka_unit_test_setup(the_guest_ejects_and_loads, set_up),
        cmocka_unit_test_setup(a_locked_door_stays_shut, set_up),
        cmocka_unit_test_setup(a_disc_taken_out_in_a_read_ends_it, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
