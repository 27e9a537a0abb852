// The guest's side of the disk benchmark: reads and writes of a disk past the page cache, item by
// item. It tells its progress in lines
//     DISK <item> start
//     DISK <item> end checksum=<8 hexadecimal digits>
// and never looks at a clock: the harness, disk.py, stamps the lines as they arrive. Each word of
// the disk holds its own number at first, its complement at the end; the checksum is of what was
// read or written, so that all engines must agree.
//
//     guest_disk /dev/sda
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MIB = 1 << 20, DISK_MIB = 64 };

struct item {
    const char *name;
    int is_write, is_random;
    uint32_t piece, count; // bytes of a transfer, transfers
};

// Pieces as Linux makes them: a long file is read 256 KiB and less at a time, a program's pages 4.
static const struct item items[] = {
    {"sequential read", 0, 0, 256 << 10, 4 * DISK_MIB},
    {"random read", 0, 1, 4 << 10, 4000},
    {"sequential write", 1, 0, 256 << 10, 4 * DISK_MIB},
    {"random write", 1, 1, 4 << 10, 4000},
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

// What each word of the disk is to be.
static void fill(uint32_t *words, uint64_t at, uint32_t bytes)
{
    for (uint32_t n = 0; n < bytes / 4; n++) {
        words[n] = ~((uint32_t)(at / 4) + n);
    }
}

static uint32_t sum(const uint32_t *words, uint32_t bytes)
{
    uint32_t total = 0;

    for (uint32_t n = 0; n < bytes / 4; n += 128) { // one of each sector
        total = total * 31 + words[n];
    }
    return total;
}

static uint32_t run(const struct item *item, int disk, uint32_t *buffer)
{
    uint32_t random = 1, total = 0, pieces = DISK_MIB * (uint32_t)MIB / item->piece;

    for (uint32_t n = 0; n < item->count; n++) {
        random = random * 1664525 + 1013904223;
        uint64_t at = (uint64_t)(item->is_random ? (random >> 8) % pieces : n) * item->piece;

        if (item->is_write) {
            fill(buffer, at, item->piece);
            if (pwrite(disk, buffer, item->piece, (off_t)at) != (ssize_t)item->piece) {
                fail("write");
            }
        } else if (pread(disk, buffer, item->piece, (off_t)at) != (ssize_t)item->piece) {
            fail("read");
        }
        total += sum(buffer, item->piece);
    }
    if (item->is_write && fdatasync(disk) != 0) {
        fail("fdatasync");
    }
    return total;
}

int main(int argc, char **argv)
{
    int disk = argc == 2 ? open(argv[1], O_RDWR | O_DIRECT) : -1;
    uint32_t *buffer = aligned_alloc(4096, MIB);

    if (disk < 0 || !buffer) {
        fail(argc == 2 ? argv[1] : "usage: guest_disk DISK");
    }
    for (unsigned n = 0; n < sizeof items / sizeof items[0]; n++) {
        printf("DISK %s start\n", items[n].name);
        fflush(stdout);
        uint32_t checksum = run(&items[n], disk, buffer);

        printf("DISK %s end checksum=%08x\n", items[n].name, checksum);
        fflush(stdout);
    }
    return 0;
}
