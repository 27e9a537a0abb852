#define _DEFAULT_SOURCE
#define _XOPEN_SOURCE     700
#define _FILE_OFFSET_BITS 64
#include "host/posix/transfer.h"

#include <errno.h>
#include <unistd.h>

bool transfer_read(int fd, uint64_t offset, void *to, size_t count)
{
    uint8_t *at = to;

    while (count > 0) {
        ssize_t n = pread(fd, at, count, (off_t)offset);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            errno = n == 0 ? ENODATA : errno;
            return false;
        }
        at += n;
        offset += (uint64_t)n;
        count -= (size_t)n;
    }
    return true;
}

bool transfer_write(int fd, uint64_t offset, const void *from, size_t count)
{
    const uint8_t *at = from;

    while (count > 0) {
        ssize_t n = pwrite(fd, at, count, (off_t)offset);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            errno = n == 0 ? ENOSPC : errno;
            return false;
        }
        at += n;
        offset += (uint64_t)n;
        count -= (size_t)n;
    }
    return true;
}

bool transfer_sync(int fd)
{
    while (fdatasync(fd) != 0) {
        if (errno == EINVAL || errno == EROFS) {
            return true; // nothing to make durable on this kind of file
        }
        if (errno != EINTR) {
            return false;
        }
    }
    return true;
}
