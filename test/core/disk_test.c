#include "core/disk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

enum { IMAGE_BYTES = 3 * DISK_CHUNK_BYTES + 700 }; // the last sector has 188 bytes

static struct {
    u8 image[IMAGE_BYTES];
    size_t allocated_bytes;
    unsigned reads, writes, flushes, log_lines;
    bool is_broken, is_out_of_memory;
} world;

static void *host_alloc(void *owner, size_t size_bytes)
{
    (void)owner;
    if (world.is_out_of_memory) {
        return NULL;
    }
    world.allocated_bytes += size_bytes;
    return calloc(1, size_bytes);
}

static void host_release(void *owner, void *memory, size_t size_bytes)
{
    (void)owner;
    world.allocated_bytes -= size_bytes;
    free(memory);
}

static bool host_read(void *owner, unsigned disk, uint64_t offset, void *to, size_t size_bytes)
{
    (void)owner;
    assert_int_equal(disk, 5);
    assert_true(offset + size_bytes <= IMAGE_BYTES);
    world.reads++;
    if (world.is_broken) {
        return false;
    }
    memcpy(to, world.image + offset, size_bytes);
    return true;
}

static bool host_write(void *owner, unsigned disk, uint64_t offset, const void *from,
                       size_t size_bytes)
{
    (void)owner;
    assert_int_equal(disk, 5);
    assert_true(offset + size_bytes <= IMAGE_BYTES);
    world.writes++;
    if (world.is_broken) {
        return false;
    }
    memcpy(world.image + offset, from, size_bytes);
    return true;
}

static bool host_flush(void *owner, unsigned disk)
{
    (void)owner;
    assert_int_equal(disk, 5);
    world.flushes++;
    return !world.is_broken;
}

static void host_log(void *owner, enum vt_log kind, const char *text)
{
    (void)owner;
    (void)text;
    assert_int_equal(kind, VT_LOG_HOST);
    world.log_lines++;
}

static const struct vt_host host = {
    .alloc = host_alloc,
    .release = host_release,
    .disk_read = host_read,
    .disk_write = host_write,
    .disk_flush = host_flush,
    .log = host_log,
};

static struct log log_of_disk = {.host = &host};
static struct disk disk;
static u8 buffer[4 * DISK_CHUNK_BYTES];

static const struct vt_drive plain = {
    .is_present = true, .host_disk = 5, .size_bytes = IMAGE_BYTES};
static const struct vt_drive snapshot = {
    .is_present = true, .is_snapshot = true, .host_disk = 5, .size_bytes = IMAGE_BYTES};
static const struct vt_drive read_only = {
    .is_present = true, .is_read_only = true, .host_disk = 5, .size_bytes = IMAGE_BYTES};

static u8 image_byte(size_t offset)
{
    return (u8)(offset * 7 + offset / 512);
}

static int set_up(void **state)
{
    (void)state;
    memset(&world, 0, sizeof world);
    for (size_t n = 0; n < IMAGE_BYTES; n++) {
        world.image[n] = image_byte(n);
    }
    memset(buffer, 0xee, sizeof buffer);
    return 0;
}

static void insert(const struct vt_drive *drive)
{
    assert_true(disk_init(&disk, drive, &host, &log_of_disk));
}

static u64 digest_of_overlay(void)
{
    struct digest d;
    digest_init(&d);
    disk_digest(&disk, &d);
    return digest_end(&d);
}

static void sectors_are_read_and_written_through_to_the_image(void **state)
{
    (void)state;
    insert(&plain);
    assert_int_equal(disk.sector_count, 3 * 128 + 2);
    assert_true(disk_read(&disk, 2, 3, buffer));
    assert_memory_equal(buffer, world.image + 1024, 1536);
    assert_int_equal(buffer[1536], 0xee);
    memset(buffer, 0x42, 512);
    assert_true(disk_write(&disk, 7, 1, buffer));
    assert_memory_equal(world.image + 7 * 512, buffer, 512);
    assert_int_equal(world.image[8 * 512], image_byte(8 * 512));
    assert_int_equal(disk.read_count, 3);
    assert_int_equal(disk.write_count, 1);
    assert_true(disk_flush(&disk));
    assert_int_equal(world.flushes, 1);
    disk_destroy(&disk);
}

static void nothing_outside_the_medium_is_touched(void **state)
{
    (void)state;
    insert(&plain);
    u64 end = disk.sector_count;
    assert_false(disk_read(&disk, end, 1, buffer));
    assert_false(disk_read(&disk, end - 1, 2, buffer));
    assert_false(disk_read(&disk, UINT64_MAX, 2, buffer));
    assert_false(disk_read(&disk, 1, UINT64_MAX, buffer));
    assert_false(disk_read(&disk, UINT64_MAX / 512 + 1, 1, buffer)); // offset would wrap to 0
    assert_false(disk_write(&disk, end - 1, 2, buffer));
    assert_false(disk_write(&disk, 1, UINT64_MAX, buffer));
    assert_int_equal(world.reads + world.writes, 0);
    assert_int_equal(buffer[0], 0xee);
    assert_true(disk_read(&disk, end - 1, 1, buffer));
}

static void the_short_tail_of_an_image_reads_as_zeros_behind_it(void **state)
{
    (void)state;
    insert(&plain);
    assert_true(disk_read(&disk, disk.sector_count - 1, 1, buffer));
    assert_memory_equal(buffer, world.image + IMAGE_BYTES - 188, 188);
    for (unsigned n = 188; n < 512; n++) {
        assert_int_equal(buffer[n], 0);
    }
    memset(buffer, 0x42, 512);
    assert_true(disk_write(&disk, disk.sector_count - 1, 1, buffer));
    assert_int_equal(world.image[IMAGE_BYTES - 1], 0x42);
}

static void a_read_only_medium_is_not_written(void **state)
{
    (void)state;
    insert(&read_only);
    assert_false(disk_write(&disk, 0, 1, buffer));
    assert_int_equal(world.writes, 0);
    assert_true(disk_read(&disk, 0, 1, buffer));
}

static void an_empty_drive_gives_nothing(void **state)
{
    (void)state;
    insert(NULL);
    assert_false(disk.is_present);
    assert_false(disk_read(&disk, 0, 1, buffer));
    assert_false(disk_write(&disk, 0, 1, buffer));
    assert_true(disk_flush(&disk));
    disk_destroy(&disk);
}

// --- the overlay ---

static void a_snapshot_keeps_writes_in_memory(void **state)
{
    (void)state;
    insert(&snapshot);
    u8 written[1024];
    memset(written, 0x42, sizeof written);
    assert_true(disk_write(&disk, 127, 2, written)); // over the edge of a chunk
    assert_int_equal(world.writes, 0);
    assert_true(disk_read(&disk, 0, disk.sector_count, buffer));
    for (size_t n = 0; n < IMAGE_BYTES; n++) {
        bool is_written = n >= 127 * 512 && n < 129 * 512;
        assert_int_equal(buffer[n], is_written ? 0x42 : image_byte(n));
    }
    assert_true(disk_flush(&disk));
    assert_int_equal(world.flushes, 0);
    disk_destroy(&disk);
    assert_int_equal(world.allocated_bytes, 0);
    assert_false(disk.is_present);
}

static void the_last_short_chunk_of_a_snapshot_can_be_written(void **state)
{
    (void)state;
    insert(&snapshot);
    u8 sector[512];
    memset(sector, 0x42, sizeof sector);
    assert_true(disk_write(&disk, disk.sector_count - 1, 1, sector));
    assert_true(disk_read(&disk, disk.sector_count - 2, 2, buffer));
    assert_memory_equal(buffer, world.image + 3 * DISK_CHUNK_BYTES, 512);
    assert_memory_equal(buffer + 512, sector, 512);
    disk_destroy(&disk);
}

static void the_digest_is_that_of_what_was_written(void **state)
{
    (void)state;
    insert(&snapshot);
    u64 empty = digest_of_overlay();
    memset(buffer, 1, 512);
    assert_true(disk_write(&disk, 5, 1, buffer));
    u64 one = digest_of_overlay();
    assert_true(one != empty);
    assert_true(disk_write(&disk, 5, 1, buffer));
    assert_true(digest_of_overlay() == one);
    buffer[511] = 2;
    assert_true(disk_write(&disk, 5, 1, buffer));
    assert_true(digest_of_overlay() != one);
    disk_destroy(&disk);
}

static void a_host_out_of_memory_fails_the_write_and_says_so(void **state)
{
    (void)state;
    world.is_out_of_memory = true;
    assert_false(disk_init(&disk, &snapshot, &host, &log_of_disk));
    world.is_out_of_memory = false;
    insert(&snapshot);
    world.is_out_of_memory = true;
    assert_false(disk_write(&disk, 0, 1, buffer));
    assert_false(disk_write(&disk, 0, 1, buffer));
    assert_int_equal(world.log_lines, 1); // once is enough
    disk_destroy(&disk);
    assert_int_equal(world.allocated_bytes, 0);
}

static void a_broken_host_fails_each_transfer(void **state)
{
    (void)state;
    insert(&plain);
    world.is_broken = true;
    assert_false(disk_read(&disk, 0, 1, buffer));
    assert_false(disk_write(&disk, 0, 1, buffer));
    assert_false(disk_flush(&disk));
    insert(&snapshot);
    assert_false(disk_write(&disk, 0, 1, buffer));
    assert_int_equal(world.log_lines, 0); // the host tells
    world.is_broken = false;
    assert_true(disk_read(&disk, 0, 1, buffer)); // the failed write left nothing behind
    assert_memory_equal(buffer, world.image, 512);
    disk_destroy(&disk);
    assert_int_equal(world.allocated_bytes, 0);
}

// --- exchange ---

static void a_changed_medium_is_another_image_and_counted(void **state)
{
    (void)state;
    insert(&snapshot);
    assert_true(disk_write(&disk, 0, 1, buffer));
    u64 before = digest_of_overlay();
    struct vt_drive other = plain;
    other.size_bytes = 1024;
    assert_true(disk_change(&disk, &other));
    assert_int_equal(world.allocated_bytes, 0); // the old overlay went with the old medium
    assert_int_equal(disk.change_count, 1);
    assert_int_equal(disk.sector_count, 2);
    assert_int_equal(disk.write_count, 1);
    assert_true(digest_of_overlay() != before);
    assert_true(disk_change(&disk, NULL));
    assert_false(disk.is_present);
    assert_false(disk_read(&disk, 0, 1, buffer));
    assert_int_equal(disk.change_count, 2);
    disk_destroy(&disk);
}

static void a_cd_drive_stays_one_without_a_medium(void **state)
{
    (void)state;
    insert(&(struct vt_drive){.is_cdrom = true});
    assert_false(disk.is_present);
    assert_true(disk.is_cdrom);
    assert_true(disk_change(&disk, &plain));
    assert_true(disk.is_cdrom);
    assert_false(disk_write(&disk, 0, 1, buffer));
    disk_destroy(&disk);
}

static void a_change_without_memory_changes_nothing(void **state)
{
    (void)state;
    insert(&plain);
    world.is_out_of_memory = true;
    assert_false(disk_change(&disk, &snapshot));
    assert_int_equal(disk.change_count, 0);
    assert_true(disk_read(&disk, 0, 1, buffer));
    disk_destroy(&disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sectors_are_read_and_written_through_to_the_image, set_up),
        cmocka_unit_test_setup(nothing_outside_the_medium_is_touched, set_up),
        cmocka_unit_test_setup(the_short_tail_of_an_image_reads_as_zeros_behind_it, set_up),
        cmocka_unit_test_setup(a_read_only_medium_is_not_written, set_up),
        cmocka_unit_test_setup(an_empty_drive_gives_nothing, set_up),
        cmocka_unit_test_setup(a_snapshot_keeps_writes_in_memory, set_up),
        cmocka_unit_test_setup(the_last_short_chunk_of_a_snapshot_can_be_written, set_up),
        cmocka_unit_test_setup(the_digest_is_that_of_what_was_written, set_up),
        cmocka_unit_test_setup(a_host_out_of_memory_fails_the_write_and_says_so, set_up),
        cmocka_unit_test_setup(a_broken_host_fails_each_transfer, set_up),
        cmocka_unit_test_setup(a_changed_medium_is_another_image_and_counted, set_up),
        cmocka_unit_test_setup(a_cd_drive_stays_one_without_a_medium, set_up),
        cmocka_unit_test_setup(a_change_without_memory_changes_nothing, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
