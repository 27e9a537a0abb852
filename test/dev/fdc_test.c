// Expected values: the 82077AA datasheet ([82077AA]: registers, command tables, status registers,
// result tables), the 8272A's ([8272A]) for SCAN, and the formats of [FDINFO].
#include "rig.h"

#include "base/bytes.h"
#include "core/dev.h"
#include "dev/dma.h"
#include "dev/fdc.h"

#include <stdlib.h>

enum {
    RAM_BYTES = 0x20000,
    IMAGE_BYTES = 2880 * 1024,
    AT = 0x4000, // where DMA goes
    MS = 1000000,
};

struct board {
    struct rig rig;
    struct phys phys;
    struct log log;
    struct vt_host host;
    struct dma dma;
    struct fdc fdc;
    struct probe irq;
    struct disk disk[2];
    u8 page_flags[RAM_BYTES / PHYS_PAGE_BYTES];
    u8 ram[RAM_BYTES];
    u8 image[2][IMAGE_BYTES];
    u8 result[FDC_RESULT_BYTES];
};

static struct board b;

static bool image_read(void *owner UNUSED, unsigned disk, u64 offset, void *to, size_t size_bytes)
{
    memcpy(to, b.image[disk] + offset, size_bytes);
    return true;
}

static bool image_write(void *owner UNUSED, unsigned disk, u64 offset, const void *from,
                        size_t size_bytes)
{
    memcpy(b.image[disk] + offset, from, size_bytes);
    return true;
}

static void out(u16 port, u8 value)
{
    rig_out(&b.rig, port, value);
}

static u8 in(u16 port)
{
    return rig_in(&b.rig, port);
}

static struct vt_drive drive_of(unsigned n, unsigned kib)
{
    return (struct vt_drive){.is_present = kib != 0, .host_disk = n, .size_bytes = (u64)kib * 1024};
}

// Each sector begins with its number on the disk.
static void fill(unsigned n)
{
    for (unsigned sector = 0; sector < IMAGE_BYTES / 512; sector++) {
        memset(b.image[n] + 512 * sector, (int)(sector & 0xff), 512);
        store_le16(b.image[n] + 512 * sector, (u16)sector);
    }
}

static void build(struct vt_drive a, struct vt_drive second, bool has_second)
{
    memset(&b, 0, sizeof b);
    rig_init(&b.rig);
    b.host = (struct vt_host){.disk_read = image_read, .disk_write = image_write};
    b.log.host = &b.host;
    phys_init(&b.phys, b.ram, RAM_BYTES, b.page_flags);
    phys_map_ram(&b.phys, 0, RAM_BYTES, b.ram, "ram");
    dma_init(&b.dma, &b.rig.ports, &b.phys);
    assert_true(disk_init(&b.disk[0], &a, &b.host, &b.log));
    assert_true(disk_init(&b.disk[1], &second, &b.host, &b.log));
    struct disk *disks[2] = {&b.disk[0], has_second ? &b.disk[1] : NULL};
    fdc_init(&b.fdc, &b.rig.clock, &b.rig.ports, &b.log, probe_line(&b.irq), dma_channel(&b.dma, 2),
             disks);
    fill(0);
    fill(1);
    out(0xd6, 0xc0); // the cascade
    out(0xd4, 0x00);
}

// --- talking to the controller ---

static void command(unsigned count, const u8 *bytes)
{
    for (unsigned n = 0; n < count; n++) {
        assert_int_equal(in(0x3f4) & 0xc0, 0x80);
        out(0x3f5, bytes[n]);
    }
}

#define COMMAND(...) command(sizeof((u8[]){__VA_ARGS__}), (const u8[]){__VA_ARGS__})

// Reads what there is to read; returns how many bytes.
static unsigned result(void)
{
    unsigned count = 0;
    while ((in(0x3f4) & 0xd0) == 0xd0) {
        assert_true(count < sizeof b.result);
        b.result[count++] = in(0x3f5);
    }
    return count;
}

// The result of a command with data: seven bytes, after an interrupt.
static void expect_result(u8 st0, u8 st1, u8 st2, u8 c, u8 h, u8 r, u8 n)
{
    const u8 expected[] = {st0, st1, st2, c, h, r, n};
    for (unsigned ms = 0; ms < 1000 && !b.irq.level; ms++) {
        rig_run(&b.rig, MS);
    }
    assert_true(b.irq.level);
    assert_int_equal(result(), 7);
    assert_false(b.irq.level);
    for (unsigned i = 0; i < 7; i++) {
        if (b.result[i] != expected[i]) {
            fail_msg("byte %u of the result is %02x, not %02x", i, b.result[i], expected[i]);
        }
    }
}

static void expect_sense(u8 st0, u8 cylinder)
{
    COMMAND(0x08);
    assert_int_equal(result(), 2);
    assert_int_equal(b.result[0], st0);
    assert_int_equal(b.result[1], cylinder);
}

static void seek(u8 unit, u8 cylinder)
{
    COMMAND(0x0f, unit, cylinder);
    rig_run(&b.rig, 100 * MS);
    expect_sense((u8)(0x20 | (unit & 3)), cylinder);
}

static void set_dma(u8 mode, u16 bytes)
{
    out(0x0a, 0x06);
    out(0x0b, (u8)(mode | 2));
    out(0x0c, 0);
    out(0x04, (u8)AT);
    out(0x04, (u8)(AT >> 8));
    out(0x05, (u8)(bytes - 1));
    out(0x05, (u8)((bytes - 1) >> 8));
    out(0x81, 0);
    out(0x0a, 0x02);
}

enum { TO_MEMORY = 0x44, FROM_MEMORY = 0x48 };

// Motors on, out of reset, at 500 kbit/s, heads on track 0.
static void get_ready(void)
{
    out(0x3f2, 0x3c);
    rig_run(&b.rig, MS);
    for (u8 n = 0; n < 4; n++) {
        expect_sense((u8)(0xc0 | n), 0);
    }
    out(0x3f7, 0);
    COMMAND(0x03, 0xdf, 0x02); // 3 ms a step, DMA
    COMMAND(0x07, 0x00);
    rig_run(&b.rig, 100 * MS);
    expect_sense(0x20, 0);
}

static int set_up(void **state UNUSED)
{
    build(drive_of(0, 1440), drive_of(1, 1440), true);
    get_ready();
    return 0;
}

static u16 word_at(unsigned offset)
{
    return load_le16(b.ram + AT + offset);
}

// --- formats ---

static void an_images_size_tells_its_format(void **state UNUSED)
{
    static const struct {
        u32 kib;
        u8 cylinders, heads, sectors, kind;
    } rows[] = {
        {160, 40, 1, 8, FLOPPY_360K},    {180, 40, 1, 9, FLOPPY_360K},
        {320, 40, 2, 8, FLOPPY_360K},    {360, 40, 2, 9, FLOPPY_360K},
        {720, 80, 2, 9, FLOPPY_1440K},   {800, 80, 2, 10, FLOPPY_1440K},
        {820, 82, 2, 10, FLOPPY_1440K},  {1200, 80, 2, 15, FLOPPY_1200K},
        {1440, 80, 2, 18, FLOPPY_1440K}, {1476, 82, 2, 18, FLOPPY_1440K},
        {1680, 80, 2, 21, FLOPPY_2880K}, {1722, 82, 2, 21, FLOPPY_2880K},
        {1743, 83, 2, 21, FLOPPY_2880K}, {1840, 80, 2, 23, FLOPPY_2880K},
        {2880, 80, 2, 36, FLOPPY_2880K}, {3840, 80, 2, 48, FLOPPY_2880K},
        {1, 80, 2, 18, FLOPPY_1440K},    {1000, 80, 2, 18, FLOPPY_1440K},
        {1720, 82, 2, 21, FLOPPY_2880K}, {2000, 80, 2, 25, FLOPPY_2880K},
        {2001, 80, 2, 36, FLOPPY_2880K},
    };
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        struct floppy_format f;
        assert_true(floppy_format_of(2 * rows[n].kib, &f));
        if (f.cylinders != rows[n].cylinders || f.heads != rows[n].heads ||
            f.sectors != rows[n].sectors || floppy_kind_of(&f) != rows[n].kind) {
            fail_msg("%u KiB: %u/%u/%u", rows[n].kib, f.cylinders, f.heads, f.sectors);
        }
    }
    struct floppy_format f;
    assert_false(floppy_format_of(VT_FLOPPY_BYTES_MAX / 512 + 1, &f));
}

// --- reset and status ---

static void a_reset_by_dor_brings_four_interrupts_to_sense(void **state UNUSED)
{
    build(drive_of(0, 1440), drive_of(1, 0), true);
    assert_int_equal(in(0x3f2), 0x00); // held in reset
    out(0x3f2, 0x0c);
    assert_int_equal(in(0x3f4), 0x00);
    rig_run(&b.rig, MS);
    assert_true(b.irq.level);
    assert_int_equal(in(0x3f4), 0x80);
    expect_sense(0xc0, 0);
    assert_false(b.irq.level);
    expect_sense(0xc1, 0);
    expect_sense(0xc2, 0);
    expect_sense(0xc3, 0);
    COMMAND(0x08);
    assert_int_equal(result(), 1);
    assert_int_equal(b.result[0], 0x80);
}

// As ReactOS's driver finds the chip and begins with it (drivers/storage/floppy).
static void a_chip_held_in_reset_takes_commands(void **state UNUSED)
{
    out(0x3f2, 0x00);
    COMMAND(0x13, 0x00, 0x70, 0x00);
    COMMAND(0x10);
    assert_int_equal(result(), 1);
    assert_int_equal(b.result[0], 0x90);
    out(0x3f4, 0x80);
    assert_int_equal(in(0x3f2), 0x00);
    out(0x3f2, 0x0c);
    rig_run(&b.rig, MS);
    assert_true(b.irq.level);
    for (u8 n = 0; n < 4; n++) {
        expect_sense((u8)(0xc0 | n), 0);
    }
    COMMAND(0x0e);
    assert_int_equal(result(), 10);
    assert_int_equal(b.result[8], 0x20); // as after every reset without LOCK
}

static void a_reset_by_dsr_does_too(void **state UNUSED)
{
    COMMAND(0x06, 0x00); // in the middle of a command
    out(0x3f4, 0x80);
    rig_run(&b.rig, MS);
    assert_true(b.irq.level);
    assert_int_equal(in(0x3f4), 0x80);
    expect_sense(0xc0, 0);
}

static void the_interrupt_leaves_only_with_the_gate_open(void **state UNUSED)
{
    out(0x3f2, 0x34);
    COMMAND(0x07, 0x00);
    rig_run(&b.rig, 10 * MS);
    assert_false(b.irq.level);
    out(0x3f2, 0x3c);
    assert_true(b.irq.level);
}

static void an_invalid_command_says_so_without_interrupt(void **state UNUSED)
{
    static const u8 invalid[] = {0x00, 0x01, 0x0b, 0x1f, 0x2e, 0x4e, 0x8e, 0x4f, 0x23, 0x8d};
    for (unsigned n = 0; n < sizeof invalid; n++) {
        COMMAND(invalid[n]);
        assert_int_equal(in(0x3f4), 0xd0);
        assert_int_equal(result(), 1);
        assert_int_equal(b.result[0], 0x80);
        assert_false(b.irq.level);
    }
}

static void the_chip_names_itself(void **state UNUSED)
{
    COMMAND(0x10);
    assert_int_equal(result(), 1);
    assert_int_equal(b.result[0], 0x90); // enhanced controller
    COMMAND(0x18);
    assert_int_equal(result(), 1);
    assert_int_equal(b.result[0] >> 5, 2); // an 82078 of 64 pins
    COMMAND(0x17, 0x02);
    assert_int_equal(result(), 1);
    assert_int_equal(b.result[0], 0x02);
}

static void dumpreg_shows_what_was_set(void **state UNUSED)
{
    seek(0, 5);
    seek(1, 7);
    COMMAND(0x13, 0x00, 0x57, 0x12);
    COMMAND(0x12, 0x87);
    COMMAND(0x94);
    assert_int_equal(result(), 1);
    assert_int_equal(b.result[0], 0x10);
    COMMAND(0x0e);
    static const u8 expected[] = {5, 7, 0, 0, 0xdf, 0x02, 0, 0x87, 0x57, 0x12};
    assert_int_equal(result(), sizeof expected);
    assert_memory_equal(b.result, expected, sizeof expected);
}

// [82077AA]: LOCK keeps EFIFO, FIFOTHR and PRETRK over a software reset; GAP and WGATE go.
static void lock_keeps_the_fifos_setting_over_a_reset(void **state UNUSED)
{
    static const u8 locked[] = {0x84, 0x07, 0x12}, unlocked[] = {0x04, 0x20, 0x00};
    COMMAND(0x13, 0x00, 0x57, 0x12);
    COMMAND(0x12, 0x87);
    COMMAND(0x94);
    result();
    out(0x3f4, 0x80);
    rig_run(&b.rig, MS);
    COMMAND(0x0e);
    result();
    assert_memory_equal(b.result + 7, locked, 3);
    COMMAND(0x14);
    assert_int_equal(result(), 1);
    assert_int_equal(b.result[0], 0x00);
    out(0x3f4, 0x80);
    rig_run(&b.rig, MS);
    COMMAND(0x0e);
    result();
    assert_memory_equal(b.result + 7, unlocked, 3);
    assert_int_equal(b.result[4], 0xdf); // SPECIFY's stay
}

// --- seeks ---

static void a_seek_takes_the_step_rate_and_interrupts(void **state UNUSED)
{
    COMMAND(0x0f, 0x00, 40);
    assert_int_equal(in(0x3f4), 0x81); // drive 0 seeks; free for other commands
    rig_run(&b.rig, 40 * 3 * MS / FDC_HASTE - 1);
    assert_false(b.irq.level);
    rig_run(&b.rig, 1);
    assert_true(b.irq.level);
    assert_int_equal(in(0x3f4), 0x80);
    expect_sense(0x20, 40);
}

static void seeks_of_two_drives_overlap(void **state UNUSED)
{
    COMMAND(0x0f, 0x00, 10);
    COMMAND(0x0f, 0x01, 20);
    assert_int_equal(in(0x3f4), 0x83);
    rig_run(&b.rig, 100 * MS);
    expect_sense(0x20, 10);
    assert_true(b.irq.level); // asks again for the other
    expect_sense(0x21, 20);
    assert_false(b.irq.level);
}

// OS/2 Warp's setup sends READ DATA while the drive steps (86Box, pull request 6232).
static void a_command_during_a_seek_finds_its_sector_when_the_head_arrives(void **state UNUSED)
{
    set_dma(TO_MEMORY, 512);
    COMMAND(0x0f, 0x00, 1);
    COMMAND(0x46, 0x00, 1, 0, 3, 2, 18, 0x1b, 0xff);
    assert_int_equal(in(0x3f4), 0x11);
    rig_run(&b.rig, 10 * MS);
    assert_true(b.irq.level);
    assert_int_equal(result(), 7);
    assert_int_equal(b.result[0], 0);
    assert_int_equal(b.result[3], 1);
    assert_int_equal(b.result[5], 4);
    assert_int_equal(word_at(0), 36 + 2);
    assert_true(b.irq.level); // and then for the seek
    expect_sense(0x20, 1);
    assert_false(b.irq.level);
}

static void a_seek_that_ends_during_a_command_waits_with_its_interrupt(void **state UNUSED)
{
    set_dma(TO_MEMORY, 18 * 512);
    COMMAND(0x0f, 0x01, 1);
    COMMAND(0x46, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    rig_run(&b.rig, 3 * MS / FDC_HASTE + 1000);
    assert_int_equal(in(0x3f4), 0x10); // drive 1 has arrived
    assert_false(b.irq.level);
    rig_run(&b.rig, 10 * MS);
    assert_true(b.irq.level);
    assert_int_equal(result(), 7);
    assert_int_equal(b.result[0], 0);
    assert_true(b.irq.level);
    expect_sense(0x21, 1);
    assert_false(b.irq.level);
}

static void recalibrate_goes_to_track_0(void **state UNUSED)
{
    seek(1, 33);
    COMMAND(0x04, 0x01);
    assert_int_equal(result(), 1);
    assert_int_equal(b.result[0], 0x29);
    COMMAND(0x07, 0x01);
    rig_run(&b.rig, 100 * MS);
    expect_sense(0x21, 0);
    COMMAND(0x04, 0x05);
    assert_int_equal(result(), 1);
    assert_int_equal(b.result[0], 0x3d); // track 0; head and drive as asked
}

static void recalibrate_without_a_drive_finds_no_track_0(void **state UNUSED)
{
    COMMAND(0x07, 0x02);
    rig_run(&b.rig, 100 * MS);
    expect_sense(0x72, 0);
    build(drive_of(0, 1440), drive_of(1, 0), false);
    get_ready();
    COMMAND(0x07, 0x01);
    rig_run(&b.rig, 100 * MS);
    expect_sense(0x71, 0);
}

static void a_relative_seek_goes_by_so_many_tracks(void **state UNUSED)
{
    seek(0, 10);
    COMMAND(0xcf, 0x00, 5);
    rig_run(&b.rig, 100 * MS);
    expect_sense(0x20, 15);
    COMMAND(0x8f, 0x00, 12);
    rig_run(&b.rig, 100 * MS);
    expect_sense(0x20, 3);
    COMMAND(0x4a, 0x00);
    rig_run(&b.rig, 10 * MS);
    assert_int_equal(result(), 7);
    assert_int_equal(b.result[3], 3);
}

// --- reading ---

static void read_data_ends_with_tc(void **state UNUSED)
{
    seek(0, 2);
    set_dma(TO_MEMORY, 1024);
    COMMAND(0xe6, 0x04, 2, 1, 5, 2, 18, 0x1b, 0xff);
    assert_int_equal(in(0x3f4), 0x10); // busy, no RQM
    expect_result(0x04, 0, 0, 2, 1, 7, 2);
    assert_int_equal(word_at(0), (2 * 2 + 1) * 18 + 4);
    assert_int_equal(word_at(512), (2 * 2 + 1) * 18 + 5);
    assert_int_equal(b.ram[AT + 1024], 0);
}

static void multi_track_goes_on_with_the_other_head(void **state UNUSED)
{
    set_dma(TO_MEMORY, 4 * 512);
    COMMAND(0xe6, 0x00, 0, 0, 17, 2, 18, 0x1b, 0xff);
    expect_result(0x04, 0, 0, 0, 1, 3, 2);
    assert_int_equal(word_at(3 * 512), 19);
}

// [82077AA] table 5-6: what C H R are after the last sector.
static void results_name_the_sector_after_the_last(void **state UNUSED)
{
    set_dma(TO_MEMORY, 512);
    COMMAND(0x46, 0x00, 0, 0, 18, 2, 18, 0x1b, 0xff);
    expect_result(0x00, 0, 0, 1, 0, 1, 2);
    set_dma(TO_MEMORY, 512);
    COMMAND(0xc6, 0x00, 0, 0, 18, 2, 18, 0x1b, 0xff);
    expect_result(0x00, 0, 0, 0, 1, 1, 2);
    set_dma(TO_MEMORY, 512);
    COMMAND(0xc6, 0x04, 0, 1, 18, 2, 18, 0x1b, 0xff);
    expect_result(0x04, 0, 0, 1, 0, 1, 2);
}

static void without_tc_the_last_sector_is_the_end_of_the_cylinder(void **state UNUSED)
{
    set_dma(TO_MEMORY, 4096);
    COMMAND(0x46, 0x00, 0, 0, 17, 2, 18, 0x1b, 0xff);
    expect_result(0x40, 0x80, 0, 1, 0, 1, 2);
    assert_int_equal(word_at(512), 17);
}

static void a_sector_that_is_not_there_is_not_found(void **state UNUSED)
{
    set_dma(TO_MEMORY, 512);
    COMMAND(0x46, 0x00, 0, 0, 19, 2, 19, 0x1b, 0xff);
    u64 before = clock_now_ns(&b.rig.clock);
    expect_result(0x40, 0x04, 0, 0, 0, 19, 2);
    assert_true(clock_now_ns(&b.rig.clock) - before >= 2 * 200 * MS / FDC_HASTE); // two turns
    COMMAND(0x46, 0x00, 0, 0, 1, 3, 18, 0x1b, 0xff); // 1024 bytes a sector
    expect_result(0x40, 0x04, 0, 0, 0, 1, 3);
    COMMAND(0x46, 0x00, 0, 1, 1, 2, 18, 0x1b, 0xff); // another head than the one in use
    expect_result(0x40, 0x04, 0, 0, 1, 1, 2);
}

static void another_cylinder_than_the_one_under_the_head_is_wrong(void **state UNUSED)
{
    seek(0, 3);
    set_dma(TO_MEMORY, 512);
    COMMAND(0x46, 0x00, 4, 0, 1, 2, 18, 0x1b, 0xff);
    expect_result(0x40, 0x04, 0x10, 4, 0, 1, 2);
}

static void an_implied_seek_goes_there_first(void **state UNUSED)
{
    COMMAND(0x13, 0x00, 0x60, 0x00);
    set_dma(TO_MEMORY, 512);
    COMMAND(0x46, 0x00, 30, 0, 1, 2, 18, 0x1b, 0xff);
    expect_result(0x20, 0, 0, 30, 0, 2, 2);
    assert_int_equal(word_at(0), 30 * 36);
    COMMAND(0x0e);
    result();
    assert_int_equal(b.result[0], 30);
}

static void the_wrong_rate_or_fm_finds_no_address_mark(void **state UNUSED)
{
    set_dma(TO_MEMORY, 512);
    out(0x3f7, FLOPPY_RATE_250);
    COMMAND(0x46, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    expect_result(0x40, 0x01, 0, 0, 0, 1, 2);
    COMMAND(0x4a, 0x00);
    expect_result(0x40, 0x01, 0, 0, 0, 1, 2);
    out(0x3f4, FLOPPY_RATE_500);
    COMMAND(0x06, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    expect_result(0x40, 0x01, 0, 0, 0, 1, 2);
    COMMAND(0x46, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    expect_result(0x00, 0, 0, 0, 0, 2, 2);
}

static void each_density_has_its_rate(void **state UNUSED)
{
    static const struct {
        unsigned kib;
        u8 rates; // bit n: rate n
    } rows[] = {{360, 6}, {720, 4}, {1200, 1}, {1440, 1}, {1680, 1}, {2880, 8}};
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        build(drive_of(0, rows[n].kib), drive_of(1, 0), false);
        get_ready();
        for (u8 rate = 0; rate < 4; rate++) {
            out(0x3f7, rate);
            COMMAND(0x4a, 0x00);
            rig_run(&b.rig, 100 * MS);
            assert_int_equal(result(), 7);
            assert_int_equal(b.result[1], rows[n].rates >> rate & 1 ? 0 : 1);
        }
    }
}

static void without_disk_or_motor_there_are_no_marks(void **state UNUSED)
{
    set_dma(TO_MEMORY, 512);
    out(0x3f2, 0x2c);
    COMMAND(0x46, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    expect_result(0x40, 0x01, 0, 0, 0, 1, 2);
    out(0x3f2, 0x3c);
    assert_true(disk_change(&b.disk[0], NULL));
    COMMAND(0x46, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    expect_result(0x40, 0x01, 0, 0, 0, 1, 2);
}

static void a_one_sided_disk_has_nothing_on_the_other_side(void **state UNUSED)
{
    build(drive_of(0, 180), drive_of(1, 0), false);
    get_ready();
    out(0x3f7, FLOPPY_RATE_250);
    seek(0, 1);
    set_dma(TO_MEMORY, 512);
    COMMAND(0x46, 0x04, 1, 1, 1, 2, 9, 0x1b, 0xff);
    expect_result(0x44, 0x01, 0, 1, 1, 1, 2);
    COMMAND(0x46, 0x00, 1, 0, 9, 2, 9, 0x1b, 0xff);
    expect_result(0x00, 0, 0, 2, 0, 1, 2);
    assert_int_equal(word_at(0), 17);
}

static void read_id_tells_what_passes_by(void **state UNUSED)
{
    bool seen[19] = {false};
    seek(0, 12);
    for (unsigned n = 0; n < 100; n++) {
        COMMAND(0x4a, 0x04);
        rig_run(&b.rig, 3 * MS + n * 37003);
        assert_true(b.irq.level);
        assert_int_equal(result(), 7);
        assert_int_equal(b.result[0], 0x04);
        assert_int_equal(b.result[3], 12);
        assert_int_equal(b.result[4], 1);
        assert_in_range(b.result[5], 1, 18);
        seen[b.result[5]] = true;
    }
    for (unsigned n = 1; n <= 18; n++) {
        assert_true(seen[n]);
    }
}

static void read_track_reads_from_the_index_and_minds_no_numbers(void **state UNUSED)
{
    set_dma(TO_MEMORY, 3 * 512);
    COMMAND(0x42, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    expect_result(0x00, 0, 0, 0, 0, 4, 2);
    assert_int_equal(word_at(1024), 2);
    set_dma(TO_MEMORY, 4096);
    COMMAND(0x42, 0x00, 9, 0, 5, 2, 2, 0x1b, 0xff);
    rig_run(&b.rig, 100 * MS);
    assert_int_equal(result(), 7);
    assert_int_equal(b.result[1], 0x84); // no such ID, and the end without TC
    assert_int_equal(word_at(0), 0);
    set_dma(TO_MEMORY, 0x8000);
    COMMAND(0x42, 0x00, 0, 0, 0, 2, 0xff, 0x1b, 0xff); // more than there are
    rig_run(&b.rig, 200 * MS);
    assert_int_equal(result(), 7);
    assert_int_equal(b.result[0], 0x40);
}

static void sectors_past_the_images_end_read_as_zeros(void **state UNUSED)
{
    build(drive_of(0, 1), drive_of(1, 0), false); // two sectors
    get_ready();
    memset(b.ram + AT, 0xee, 1024);
    set_dma(TO_MEMORY, 1024);
    COMMAND(0x46, 0x00, 0, 0, 2, 2, 18, 0x1b, 0xff);
    expect_result(0x00, 0, 0, 0, 0, 4, 2);
    assert_int_equal(word_at(0), 1);
    assert_int_equal(word_at(512), 0);
    set_dma(FROM_MEMORY, 512);
    COMMAND(0x45, 0x00, 0, 0, 3, 2, 18, 0x1b, 0xff);
    expect_result(0x40, 0x04, 0, 0, 0, 3, 2);
}

// --- DMA and PIO ---

static void a_dma_controller_that_does_not_serve_is_an_overrun(void **state UNUSED)
{
    out(0x0a, 0x06);
    COMMAND(0x46, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    expect_result(0x40, 0x10, 0, 0, 0, 1, 2);
    set_dma(TO_MEMORY, 512);
    out(0x3f2, 0x34); // the gate
    COMMAND(0x46, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    rig_run(&b.rig, 100 * MS);
    out(0x3f2, 0x3c);
    expect_result(0x40, 0x10, 0, 0, 0, 1, 2);
}

static void a_dma_channel_that_opens_late_is_served(void **state UNUSED)
{
    set_dma(TO_MEMORY, 512);
    out(0x0a, 0x06);
    COMMAND(0x46, 0x00, 0, 0, 3, 2, 18, 0x1b, 0xff);
    rig_run(&b.rig, MS);
    assert_false(b.irq.level);
    out(0x0a, 0x02);
    expect_result(0x00, 0, 0, 0, 0, 4, 2);
    assert_int_equal(word_at(0), 2);
}

static void use_pio(void)
{
    COMMAND(0x03, 0xdf, 0x03);
}

static void pio_reads_with_an_interrupt_for_each_byte(void **state UNUSED)
{
    use_pio();
    COMMAND(0x46, 0x00, 0, 0, 17, 2, 18, 0x1b, 0xff);
    assert_int_equal(in(0x3f4), 0x30);
    unsigned before = b.irq.rise_count;
    for (unsigned n = 0; n < 1024; n++) {
        if (n % 512 == 0) {
            rig_run(&b.rig, 2 * MS);
        }
        assert_true(b.irq.level);
        assert_int_equal(in(0x3f4), 0xf0);
        b.ram[AT + n] = in(0x3f5);
    }
    assert_int_equal(b.irq.rise_count - before, 1024 + 1);
    assert_int_equal(word_at(0), 16);
    assert_int_equal(word_at(512), 17);
    expect_result(0x40, 0x80, 0, 1, 0, 1, 2); // there is no TC
}

// FIFOTHR 7: threshold 8, so an interrupt for every 16 - 8 bytes.
static void the_fifo_saves_interrupts(void **state UNUSED)
{
    use_pio();
    COMMAND(0x13, 0x00, 0x07, 0x00);
    unsigned before = b.irq.rise_count;
    COMMAND(0x46, 0x00, 0, 0, 18, 2, 18, 0x1b, 0xff);
    rig_run(&b.rig, 2 * MS);
    for (unsigned n = 0; n < 512; n++) {
        b.ram[AT + n] = in(0x3f5);
    }
    assert_int_equal(b.irq.rise_count - before, 512 / 8 + 1);
    expect_result(0x40, 0x80, 0, 1, 0, 1, 2);
}

static void pio_writes(void **state UNUSED)
{
    use_pio();
    COMMAND(0x45, 0x00, 0, 0, 18, 2, 18, 0x1b, 0xff);
    rig_run(&b.rig, 2 * MS);
    for (unsigned n = 0; n < 512; n++) {
        assert_true(b.irq.level);
        assert_int_equal(in(0x3f4), 0xb0);
        out(0x3f5, (u8)(n ^ 0x5a));
    }
    expect_result(0x40, 0x80, 0, 1, 0, 1, 2);
    for (unsigned n = 0; n < 512; n++) {
        assert_int_equal(b.image[0][17 * 512 + n], (u8)(n ^ 0x5a));
    }
}

static void a_host_that_is_late_overruns(void **state UNUSED)
{
    use_pio();
    COMMAND(0x46, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    rig_run(&b.rig, 2 * MS);
    in(0x3f5);
    rig_run(&b.rig, 20 * MS); // the next sector of a real drive has come
    expect_result(0x40, 0x10, 0, 0, 0, 1, 2);
}

// --- writing ---

static void write_data_goes_into_the_image(void **state UNUSED)
{
    seek(0, 79);
    memset(b.ram + AT, 0xa5, 1024);
    b.ram[AT + 512] = 0x5a;
    set_dma(FROM_MEMORY, 1024);
    COMMAND(0xc5, 0x04, 79, 1, 17, 2, 18, 0x1b, 0xff);
    expect_result(0x04, 0, 0, 80, 0, 1, 2);
    assert_int_equal(b.image[0][2878 * 512], 0xa5);
    assert_int_equal(b.image[0][2879 * 512], 0x5a);
    assert_int_equal(b.image[0][2879 * 512 + 511], 0xa5);
}

// [82077AA] 5.1.3: the rest of the sector is filled with zeros.
static void tc_within_a_sector_writes_zeros_behind_it(void **state UNUSED)
{
    memset(b.ram + AT, 0xa5, 512);
    set_dma(FROM_MEMORY, 100);
    COMMAND(0x45, 0x00, 0, 0, 2, 2, 18, 0x1b, 0xff);
    expect_result(0x00, 0, 0, 0, 0, 3, 2);
    assert_int_equal(b.image[0][512 + 99], 0xa5);
    assert_int_equal(b.image[0][512 + 100], 0x00);
    assert_int_equal(b.image[0][1024], 2);
}

static void a_protected_disk_is_not_written(void **state UNUSED)
{
    struct vt_drive drive = drive_of(0, 1440);
    drive.is_read_only = true;
    build(drive, drive_of(1, 0), false);
    get_ready();
    set_dma(FROM_MEMORY, 512);
    COMMAND(0x45, 0x00, 0, 0, 2, 2, 18, 0x1b, 0xff);
    expect_result(0x40, 0x02, 0, 0, 0, 2, 2);
    COMMAND(0x4d, 0x00, 2, 18, 0x6c, 0xf6);
    rig_run(&b.rig, 100 * MS);
    assert_int_equal(result(), 7);
    assert_int_equal(b.result[1], 0x02);
    COMMAND(0x04, 0x00);
    result();
    assert_int_equal(b.result[0], 0x78);
    assert_int_equal(b.image[0][512], 1);
}

static void deleted_marks_tell_sectors_apart(void **state UNUSED)
{
    memset(b.ram + AT, 0xdd, 512);
    set_dma(FROM_MEMORY, 512);
    COMMAND(0x49, 0x00, 0, 0, 4, 2, 18, 0x1b, 0xff); // sector 4 gets one
    expect_result(0x00, 0, 0, 0, 0, 5, 2);
    set_dma(TO_MEMORY, 4 * 512);
    COMMAND(0x46, 0x00, 0, 0, 3, 2, 18, 0x1b, 0xff); // read, and then it ends
    expect_result(0x00, 0, 0x40, 0, 0, 5, 2);
    assert_int_equal(word_at(512), 0xdddd);
    set_dma(TO_MEMORY, 2 * 512);
    COMMAND(0x66, 0x00, 0, 0, 3, 2, 18, 0x1b, 0xff); // skipped
    expect_result(0x00, 0, 0x40, 0, 0, 6, 2);
    assert_int_equal(word_at(0), 2);
    assert_int_equal(word_at(512), 4);
    set_dma(TO_MEMORY, 512);
    COMMAND(0x6c, 0x00, 0, 0, 2, 2, 18, 0x1b, 0xff); // only deleted ones
    expect_result(0x00, 0, 0x40, 0, 0, 5, 2);
    assert_int_equal(word_at(0), 0xdddd);
    set_dma(FROM_MEMORY, 512);
    COMMAND(0x45, 0x00, 0, 0, 4, 2, 18, 0x1b, 0xff);
    expect_result(0x00, 0, 0, 0, 0, 5, 2);
    set_dma(TO_MEMORY, 512);
    COMMAND(0x46, 0x00, 0, 0, 4, 2, 18, 0x1b, 0xff);
    expect_result(0x00, 0, 0, 0, 0, 5, 2);
}

static void put_ids(u8 c, u8 h, u8 count)
{
    for (u8 n = 0; n < count; n++) {
        const u8 id[] = {c, h, (u8)(n + 1), 2};
        memcpy(b.ram + AT + 4 * n, id, 4);
    }
}

static void format_track_writes_the_filler(void **state UNUSED)
{
    seek(0, 1);
    put_ids(1, 1, 18);
    set_dma(FROM_MEMORY, 72);
    COMMAND(0x4d, 0x04, 2, 18, 0x6c, 0xf6);
    rig_run(&b.rig, 2 * 200 * MS / FDC_HASTE);
    assert_int_equal(result(), 7);
    assert_int_equal(b.result[0], 0x04);
    assert_int_equal(b.result[1], 0);
    for (unsigned n = 0; n < 18 * 512; n++) {
        assert_int_equal(b.image[0][54 * 512 + n], 0xf6);
    }
    assert_int_equal(load_le16(b.image[0] + 53 * 512), 53);
    assert_int_equal(load_le16(b.image[0] + 72 * 512), 72);
}

static void a_format_that_the_image_cannot_hold_fails(void **state UNUSED)
{
    put_ids(0, 0, 21);
    set_dma(FROM_MEMORY, 84);
    COMMAND(0x4d, 0x00, 2, 21, 0x6c, 0xf6);
    rig_run(&b.rig, 100 * MS);
    assert_int_equal(result(), 7);
    assert_int_equal(b.result[0], 0x40);
    assert_int_equal(b.result[1], 0x04);
    assert_int_equal(b.result[5], 19);
    assert_int_equal(load_le16(b.image[0] + 18 * 512), 18);
}

// --- verify and scan ---

static void verify_ends_well_at_the_last_sector(void **state UNUSED)
{
    out(0x0a, 0x06); // nobody needs DMA
    COMMAND(0xf6, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    expect_result(0x04, 0, 0, 1, 0, 1, 2);
    COMMAND(0x56, 0x00, 0, 0, 1, 2, 19, 0x1b, 0xff);
    expect_result(0x40, 0x04, 0, 0, 0, 19, 2);
    COMMAND(0x56, 0x80, 0, 0, 3, 2, 18, 0x1b, 4); // four sectors
    expect_result(0x00, 0, 0, 0, 0, 7, 2);
    COMMAND(0x56, 0x80, 0, 0, 17, 2, 18, 0x1b, 4); // more than are left
    expect_result(0x40, 0x80, 0, 1, 0, 1, 2);
}

static void scan_compares_with_the_hosts_bytes(void **state UNUSED)
{
    memset(b.ram + AT, 0xff, 512); // like anything
    set_dma(FROM_MEMORY, 512);
    COMMAND(0x51, 0x00, 0, 0, 3, 2, 18, 0x1b, 1);
    expect_result(0x00, 0, 0x08, 0, 0, 4, 2);
    for (unsigned n = 0; n < 4; n++) {
        memset(b.ram + AT + 512 * n, 0x07, 512); // the disk has 2, 3, 4, 5
    }
    set_dma(FROM_MEMORY, 4 * 512);
    COMMAND(0x51, 0x00, 0, 0, 3, 2, 6, 0x1b, 1);
    expect_result(0x00, 0, 0x04, 1, 0, 1, 2);
    set_dma(FROM_MEMORY, 4 * 512);
    COMMAND(0x59, 0x00, 0, 0, 3, 2, 6, 0x1b, 1); // low or equal, at once
    expect_result(0x00, 0, 0x00, 0, 0, 4, 2);
    memset(b.ram + AT, 0x04, 4 * 512);
    set_dma(FROM_MEMORY, 4 * 512);
    COMMAND(0x5d, 0x00, 0, 0, 3, 2, 18, 0x1b, 2); // high or equal, every other: 2, 4, 6
    rig_run(&b.rig, 100 * MS);
    assert_int_equal(result(), 7);
    assert_int_equal(b.result[2], 0x00);
    assert_int_equal(b.result[5], 9);
}

// --- the disk change line ---

static void the_change_line_falls_with_a_step_and_a_disk(void **state UNUSED)
{
    build(drive_of(0, 1440), drive_of(1, 0), true);
    out(0x3f2, 0x3c);
    rig_run(&b.rig, MS);
    assert_int_equal(in(0x3f7), 0x80); // after power-on
    COMMAND(0x07, 0x00);
    rig_run(&b.rig, MS);
    assert_int_equal(in(0x3f7), 0x80); // no step was needed
    COMMAND(0x08);
    result();
    seek(0, 1);
    assert_int_equal(in(0x3f7), 0x00);
    out(0x3f2, 0x3d); // the empty drive
    assert_int_equal(in(0x3f7), 0x80);
    COMMAND(0x03, 0xdf, 0x02);
    seek(1, 1);
    assert_int_equal(in(0x3f7), 0x80);
}

static void another_disk_raises_the_change_line(void **state UNUSED)
{
    seek(0, 1);
    assert_int_equal(in(0x3f7), 0x00);
    struct vt_drive next = drive_of(1, 720);
    assert_true(disk_change(&b.disk[0], &next));
    assert_int_equal(in(0x3f7), 0x80);
    out(0x3f2, 0x3d);
    out(0x3f2, 0x2c); // its motor is off: not this drive's line
    assert_int_equal(in(0x3f7), 0x00);
    out(0x3f2, 0x3c);
    seek(0, 2);
    assert_int_equal(in(0x3f7), 0x00);
    set_dma(TO_MEMORY, 512);
    out(0x3f7, FLOPPY_RATE_250);
    COMMAND(0x46, 0x00, 2, 0, 9, 2, 9, 0x1b, 0xff);
    expect_result(0x00, 0, 0, 3, 0, 1, 2);
    assert_int_equal(word_at(0), 2 * 18 + 8);
}

static void a_disk_taken_out_under_way_ends_the_command(void **state UNUSED)
{
    set_dma(FROM_MEMORY, 512);
    COMMAND(0x45, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    assert_true(disk_change(&b.disk[0], NULL));
    expect_result(0x40, 0x01, 0, 0, 0, 1, 2);
    use_pio();
    assert_true(
        disk_change(&b.disk[0], &(struct vt_drive){.is_present = true, .size_bytes = 1440 * 1024}));
    COMMAND(0x45, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    rig_run(&b.rig, 2 * MS);
    assert_true(disk_change(&b.disk[0], NULL));
    for (unsigned n = 0; n < 512; n++) {
        out(0x3f5, 0);
    }
    expect_result(0x40, 0x01, 0, 0, 0, 1, 2);
    assert_int_equal(b.image[0][2], 0);
}

// A 40-track disk in an 80-track drive is on every other track; who does not step twice is served
// as well.
static void a_40_track_disk_is_read_in_an_80_track_drive(void **state UNUSED)
{
    struct vt_drive next = drive_of(1, 360);
    build(drive_of(0, 1200), drive_of(1, 0), false);
    assert_true(disk_change(&b.disk[0], &next));
    get_ready();
    out(0x3f7, FLOPPY_RATE_300);
    seek(0, 8);
    COMMAND(0x4a, 0x00);
    rig_run(&b.rig, 10 * MS);
    assert_int_equal(result(), 7);
    assert_int_equal(b.result[3], 4);
    set_dma(TO_MEMORY, 512);
    COMMAND(0x46, 0x00, 4, 0, 1, 2, 9, 0x1b, 0xff);
    expect_result(0x00, 0, 0, 4, 0, 2, 2);
    assert_int_equal(word_at(0), 4 * 18);
    set_dma(TO_MEMORY, 512);
    COMMAND(0x46, 0x00, 8, 0, 1, 2, 9, 0x1b, 0xff);
    expect_result(0x00, 0, 0, 8, 0, 2, 2);
    assert_int_equal(word_at(0), 8 * 18);
}

// --- state ---

static void a_loaded_state_goes_on_where_it_was(void **state UNUSED)
{
    size_t size = fields_size(b.fdc.dev.fields);
    u8 *saved = malloc(size), *again = malloc(size);
    assert_non_null(saved);
    assert_non_null(again);
    use_pio();
    COMMAND(0x46, 0x00, 0, 0, 18, 2, 18, 0x1b, 0xff);
    rig_run(&b.rig, 2 * MS);
    for (unsigned n = 0; n < 100; n++) {
        in(0x3f5);
    }
    fields_save(b.fdc.dev.fields, b.fdc.dev.state, saved);
    memset(&b.fdc.s, 0xee, sizeof b.fdc.s);
    fields_load(b.fdc.dev.fields, b.fdc.dev.state, saved);
    fields_save(b.fdc.dev.fields, b.fdc.dev.state, again);
    assert_memory_equal(saved, again, size);
    b.irq.level = false;
    b.fdc.dev.restored(b.fdc.dev.owner);
    assert_true(b.irq.level);
    for (unsigned n = 100; n < 512; n++) {
        assert_int_equal(in(0x3f5), 17);
    }
    expect_result(0x40, 0x80, 0, 1, 0, 1, 2);
    free(saved);
    free(again);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_images_size_tells_its_format),
        TEST(a_reset_by_dor_brings_four_interrupts_to_sense),
        TEST(a_chip_held_in_reset_takes_commands),
        TEST(a_reset_by_dsr_does_too),
        TEST(the_interrupt_leaves_only_with_the_gate_open),
        TEST(an_invalid_command_says_so_without_interrupt),
        TEST(the_chip_names_itself),
        TEST(dumpreg_shows_what_was_set),
        TEST(lock_keeps_the_fifos_setting_over_a_reset),
        TEST(a_seek_takes_the_step_rate_and_interrupts),
        TEST(seeks_of_two_drives_overlap),
        TEST(a_command_during_a_seek_finds_its_sector_when_the_head_arrives),
        TEST(a_seek_that_ends_during_a_command_waits_with_its_interrupt),
        TEST(recalibrate_goes_to_track_0),
        TEST(recalibrate_without_a_drive_finds_no_track_0),
        TEST(a_relative_seek_goes_by_so_many_tracks),
        TEST(read_data_ends_with_tc),
        TEST(multi_track_goes_on_with_the_other_head),
        TEST(results_name_the_sector_after_the_last),
        TEST(without_tc_the_last_sector_is_the_end_of_the_cylinder),
        TEST(a_sector_that_is_not_there_is_not_found),
        TEST(another_cylinder_than_the_one_under_the_head_is_wrong),
        TEST(an_implied_seek_goes_there_first),
        TEST(the_wrong_rate_or_fm_finds_no_address_mark),
        TEST(each_density_has_its_rate),
        TEST(without_disk_or_motor_there_are_no_marks),
        TEST(a_one_sided_disk_has_nothing_on_the_other_side),
        TEST(read_id_tells_what_passes_by),
        TEST(read_track_reads_from_the_index_and_minds_no_numbers),
        TEST(sectors_past_the_images_end_read_as_zeros),
        TEST(a_dma_controller_that_does_not_serve_is_an_overrun),
        TEST(a_dma_channel_that_opens_late_is_served),
        TEST(pio_reads_with_an_interrupt_for_each_byte),
        TEST(the_fifo_saves_interrupts),
        TEST(pio_writes),
        TEST(a_host_that_is_late_overruns),
        TEST(write_data_goes_into_the_image),
        TEST(tc_within_a_sector_writes_zeros_behind_it),
        TEST(a_protected_disk_is_not_written),
        TEST(deleted_marks_tell_sectors_apart),
        TEST(format_track_writes_the_filler),
        TEST(a_format_that_the_image_cannot_hold_fails),
        TEST(verify_ends_well_at_the_last_sector),
        TEST(scan_compares_with_the_hosts_bytes),
        TEST(the_change_line_falls_with_a_step_and_a_disk),
        TEST(another_disk_raises_the_change_line),
        TEST(a_disk_taken_out_under_way_ends_the_command),
        TEST(a_40_track_disk_is_read_in_an_80_track_drive),
        TEST(a_loaded_state_goes_on_where_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
