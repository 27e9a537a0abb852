// Expected values: a second copy of the disk in memory, and the format as doc/disks.md tells it.
#define _DEFAULT_SOURCE
#define _XOPEN_SOURCE     700
#define _FILE_OFFSET_BITS 64
#include "host/posix/overlay.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { CHUNK = OVERLAY_CHUNK_BYTES, SIZE = 5 * CHUNK + 1000, MAP_AT = 4096, DATA_AT = CHUNK };
enum { BOOT_AT = 40 };

static char folder[] = "/tmp/overlay-test-XXXXXX";
static char base_name[64], name[64];
static uint8_t base[SIZE], expected[SIZE], buffer[SIZE];
static int base_fd;
static struct overlay overlay;

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) {
        return -1;
    }
    strcat(strcpy(base_name, folder), "/base");
    strcat(strcpy(name, folder), "/overlay");
    if (!freopen("/dev/null", "w", stderr)) { // refusals are many
        return -1;
    }
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(base_name);
    unlink(name);
    return rmdir(folder);
}

static int set_up(void **state)
{
    (void)state;
    for (size_t n = 0; n < SIZE; n++) {
        base[n] = expected[n] = (uint8_t)(n * 11 + n / CHUNK);
    }
    unlink(name);
    base_fd = open(base_name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(base_fd, base, SIZE), SIZE);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(base_fd);
    return 0;
}

static bool open_it(void)
{
    return overlay_open(&overlay, name, base_fd, base_name);
}

static void put(uint64_t offset, size_t count, uint8_t value)
{
    memset(buffer, value, count);
    memset(expected + offset, value, count);
    assert_true(overlay_write(&overlay, offset, buffer, count));
}

static void assert_contents(void)
{
    assert_true(overlay_read(&overlay, 0, buffer, SIZE));
    assert_memory_equal(buffer, expected, SIZE);
}

static void assert_base_as_it_was(void)
{
    assert_int_equal(pread(base_fd, buffer, SIZE, 0), SIZE);
    assert_memory_equal(buffer, base, SIZE);
}

// Changes bytes of the closed file.
static void patch(off_t offset, const void *bytes, size_t count)
{
    int fd = open(name, O_RDWR);
    assert_int_equal(pwrite(fd, bytes, count, offset), count);
    close(fd);
}

static uint32_t entry(unsigned n)
{
    uint32_t value = 0;
    int fd = open(name, O_RDONLY);
    assert_int_equal(pread(fd, &value, 4, MAP_AT + 4 * (off_t)n), 4);
    close(fd);
    return value;
}

static void writes_go_into_the_overlay_and_stay_there(void **state)
{
    (void)state;
    assert_true(open_it());
    assert_contents();
    put(100, 512, 1);
    put(CHUNK - 512, 1024, 2); // over the edge of a chunk
    put(5 * CHUNK, 1000, 3);   // the short last chunk
    put(2 * CHUNK, 2 * CHUNK, 4);
    put(150, 10, 5); // a chunk that has been written before
    assert_contents();
    assert_true(overlay_flush(&overlay));
    overlay_close(&overlay);
    assert_base_as_it_was();
    assert_true(open_it());
    assert_contents();
    put(CHUNK + 700, 1, 6);
    overlay_close(&overlay);
    assert_true(open_it());
    assert_contents();
    overlay_close(&overlay);
}

static void random_writes_are_what_a_disk_would_have(void **state)
{
    (void)state;
    uint32_t random = 1;
    assert_true(open_it());
    for (unsigned n = 0; n < 2000; n++) {
        random = random * 1664525 + 1013904223;
        uint64_t offset = random % SIZE;
        size_t most = SIZE - (size_t)offset, count = random >> 13 & 0xFFF;
        put(offset, count < most ? count : most, (uint8_t)n);
        if (n % 500 == 499) {
            assert_true(n % 1000 == 999 || overlay_flush(&overlay));
            overlay_close(&overlay);
            assert_true(open_it());
        }
    }
    assert_contents();
    overlay_close(&overlay);
    assert_base_as_it_was();
}

static void unflushed_chunks_survive_the_process_but_not_a_crash_of_the_host(void **state)
{
    (void)state;
    static const char other_boot[OVERLAY_BOOT_BYTES] = "another boot of the host";
    assert_true(open_it());
    put(0, 512, 1);
    assert_true(overlay_flush(&overlay));
    put(CHUNK, 512, 2);
    overlay_close(&overlay); // as at kill -9: nothing is written here
    assert_int_equal(entry(0), 1);
    assert_int_equal(entry(1), 0x80000002);
    assert_true(open_it());
    if (access("/proc/sys/kernel/random/boot_id", R_OK) == 0) {
        assert_contents();
    }
    overlay_close(&overlay);
    patch(BOOT_AT, other_boot, sizeof other_boot);
    assert_true(open_it());
    memcpy(expected + CHUNK, base + CHUNK, 512);
    assert_contents(); // what was flushed is there, the rest as before
    assert_int_equal(entry(1), 0);
    put(3 * CHUNK, 512, 3);
    assert_true(overlay_flush(&overlay));
    overlay_close(&overlay);
    assert_int_equal(entry(3), 3);
    patch(BOOT_AT, other_boot, sizeof other_boot);
    assert_true(open_it());
    assert_contents();
    overlay_close(&overlay);
}

static void an_image_that_changed_is_refused(void **state)
{
    (void)state;
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1000}};
    assert_true(open_it());
    overlay_close(&overlay);
    assert_int_equal(futimens(base_fd, times), 0);
    assert_false(open_it());
    unlink(name);
    assert_true(open_it());
    overlay_close(&overlay);
    assert_int_equal(ftruncate(base_fd, SIZE - 1), 0);
    assert_false(open_it());
}

static void a_damaged_file_is_refused(void **state)
{
    (void)state;
    static const struct {
        off_t offset;
        uint32_t value;
    } damages[] = {
        {0, 0},
        {8, 2},
        {12, 512},
        {16, 1},
        {MAP_AT, 3},
        {MAP_AT + 4, 1},
        {MAP_AT, 0x80000000},
        {MAP_AT + 8, 0x7FFFFFFF},
    };
    for (unsigned n = 0; n < sizeof damages / sizeof damages[0]; n++) {
        unlink(name);
        assert_true(open_it());
        put(0, 512, 1);
        put(CHUNK, 512, 2);
        overlay_close(&overlay);
        patch(damages[n].offset, &damages[n].value, 4);
        assert_false(open_it());
    }
}

static void a_truncated_or_foreign_file_is_refused(void **state)
{
    (void)state;
    static const off_t sizes[] = {1, 100, MAP_AT + 4, DATA_AT - 1, DATA_AT + CHUNK - 1};
    for (unsigned n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
        unlink(name);
        assert_true(open_it());
        put(0, 512, 1);
        overlay_close(&overlay);
        assert_int_equal(truncate(name, sizes[n]), 0);
        assert_false(open_it());
    }
    assert_false(overlay_open(&overlay, base_name, base_fd, base_name));
    assert_false(overlay_open(&overlay, folder, base_fd, base_name));
    assert_base_as_it_was();
}

static void one_machine_at_a_time_has_it(void **state)
{
    (void)state;
    struct overlay second;
    assert_true(open_it());
    assert_false(overlay_open(&second, name, base_fd, base_name));
    overlay_close(&overlay);
    assert_true(open_it());
    overlay_close(&overlay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_go_into_the_overlay_and_stay_there, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(random_writes_are_what_a_disk_would_have, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            unflushed_chunks_survive_the_process_but_not_a_crash_of_the_host, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_image_that_changed_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_file_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_truncated_or_foreign_file_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_machine_at_a_time_has_it, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
