#define _DEFAULT_SOURCE
#define _XOPEN_SOURCE     700
#define _FILE_OFFSET_BITS 64
#include "host/posix/image.h"

#include "host/posix/image_check.h"
#include "host/posix/message.h"
#include "host/posix/transfer.h"
#include "vitrine/vitrine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

// A CD's last blocks are often cut off: mastering programs pad by 150 sectors of 2048.
enum { ISO_PADDING_BYTES = 150 * 2048 };

// --- opening ---

// Refuses what is no image at all before it is opened: opening a FIFO would wait for ever.
static bool check_type(const char *path, bool is_device_welcome)
{
    struct stat st;

    if (path[0] == '\0') {
        message("a file name is empty");
        return false;
    }
    if (stat(path, &st) != 0) {
        message("%s: %s", path, strerror(errno));
        return false;
    }
    if (S_ISDIR(st.st_mode)) {
        message("%s: is a directory", path);
        return false;
    }
    if (!S_ISREG(st.st_mode) && !(is_device_welcome && S_ISBLK(st.st_mode))) {
        message("%s: is neither a file nor a block device", path);
        return false;
    }
    return true;
}

static int open_told(const char *path, bool is_writable)
{
    int fd = open(path, (is_writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);

    if (fd < 0 && is_writable && (errno == EACCES || errno == EROFS || errno == EPERM)) {
        message("%s: cannot be written: %s (-snapshot keeps the guest's writes in memory)", path,
                strerror(errno));
    } else if (fd < 0) {
        message("%s: %s", path, strerror(errno));
    }
    return fd;
}

static bool find_size(const char *path, int fd, uint64_t *size_bytes)
{
    off_t end = lseek(fd, 0, SEEK_END);

    if (end < 0) {
        message("%s: its size cannot be told: %s", path, strerror(errno));
        return false;
    }
    if (end == 0) {
        message("%s: is empty", path);
        return false;
    }
    *size_bytes = (uint64_t)end;
    return true;
}

// Memory from here is freed by the caller; NULL: told.
static struct image_head *read_head(const char *path, int fd, uint64_t size_bytes)
{
    struct image_head *head = calloc(1, sizeof *head);

    if (!head) {
        message("%s: out of memory", path);
        return NULL;
    }
    head->size_bytes = size_bytes;
    head->count = size_bytes < sizeof head->bytes ? (size_t)size_bytes : sizeof head->bytes;
    if (!transfer_read(fd, 0, head->bytes, head->count)) {
        message("%s: cannot be read: %s", path, strerror(errno));
        free(head);
        return NULL;
    }
    return head;
}

bool image_guess(const char *path, enum image_kind *out)
{
    struct image_head *head = NULL;
    uint64_t size_bytes;
    int fd;

    if (!check_type(path, true)) {
        return false;
    }
    fd = open_told(path, false);
    if (fd < 0) {
        return false;
    }
    if (find_size(path, fd, &size_bytes)) {
        head = read_head(path, fd, size_bytes);
    }
    close(fd);
    if (!head) {
        return false;
    }
    *out = image_is_iso9660(head)             ? IMAGE_CDROM
           : image_is_floppy_size(size_bytes) ? IMAGE_FLOPPY
                                              : IMAGE_DISK;
    free(head);
    return true;
}

// --- checks of the contents ---

static bool check_length(const char *path, uint64_t has_bytes, uint64_t says_bytes,
                         uint64_t slack_bytes)
{
    if (says_bytes <= has_bytes + slack_bytes) {
        return true;
    }
    message("%s: is truncated: it has %llu bytes, and its contents claim %llu (-drive with "
            "format=raw takes it as it is)",
            path, (unsigned long long)has_bytes, (unsigned long long)says_bytes);
    return false;
}

static bool check_head(const struct image_request *request, const struct image_head *head)
{
    const char *foreign = image_foreign_format(head);

    if (foreign) {
        message("%s: %s", request->path, foreign);
        return false;
    }
    switch (request->kind) {
    case IMAGE_CDROM:
        return check_length(request->path, head->size_bytes, image_iso9660_bytes(head),
                            ISO_PADDING_BYTES);
    case IMAGE_DISK:
        return check_length(request->path, head->size_bytes, image_partitioned_bytes(head), 0);
    case IMAGE_FLOPPY: return true;
    }
    return true;
}

static bool check_floppy_size(const struct image *im)
{
    if (im->size_bytes <= VT_FLOPPY_BYTES_MAX) {
        return true;
    }
    message("%s: is no floppy disk: it has %llu bytes, and the largest disk %d (-hda takes it)",
            im->name, (unsigned long long)im->size_bytes, (int)VT_FLOPPY_BYTES_MAX);
    return false;
}

static bool check_contents(const struct image *im, const struct image_request *request)
{
    struct image_head *head = read_head(im->name, im->fd, im->size_bytes);
    bool is_good;

    if (!head) {
        return false;
    }
    is_good = (request->kind != IMAGE_FLOPPY || check_floppy_size(im)) &&
              (request->is_raw || check_head(request, head));
    free(head);
    if (is_good && im->size_bytes % 512 != 0) {
        message("%s: warning: its size is no multiple of 512: the last %u bytes make no whole "
                "sector",
                im->name, (unsigned)(im->size_bytes % 512));
    }
    return is_good;
}

bool image_is_file(const struct image *im, const char *path)
{
    struct stat ours, other;

    return im->fd >= 0 && fstat(im->fd, &ours) == 0 && stat(path, &other) == 0 &&
           ours.st_dev == other.st_dev && ours.st_ino == other.st_ino;
}

void image_unlock(struct image *im)
{
    (void)flock(im->fd, LOCK_UN);
}

bool image_lock(struct image *im)
{
    if (flock(im->fd, (im->is_writer ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) {
        return true;
    }
    if (errno != EWOULDBLOCK) {
        return true; // a file system without locks
    }
    message("%s: is in use by another machine%s", im->name,
            im->is_writer ? " (-snapshot lets several share one that nobody writes)"
                          : " that writes it");
    return false;
}

static bool open_overlay(struct image *im, const char *path)
{
    im->has_overlay = path && overlay_open(&im->overlay, path, im->fd, im->name);
    return im->has_overlay || !path;
}

bool image_open(struct image *im, const struct image_request *request)
{
    bool is_writable = request->is_writable && !request->overlay;

    memset(im, 0, sizeof *im);
    im->name = request->path;
    im->is_writer = is_writable;
    im->fd = -1;
    if (!check_type(request->path, true)) {
        return false;
    }
    im->fd = open_told(request->path, is_writable);
    if (im->fd < 0) {
        return false;
    }
    if (find_size(im->name, im->fd, &im->size_bytes) && check_contents(im, request) &&
        image_lock(im) && open_overlay(im, request->overlay)) {
        return true;
    }
    image_close(im);
    return false;
}

// --- transfers ---

// Keeps why it failed.
static bool note(struct image *im, bool is_good)
{
    im->error = is_good ? im->error : errno;
    return is_good;
}

bool image_read(struct image *im, uint64_t offset, void *to, size_t count)
{
    return note(im, im->has_overlay ? overlay_read(&im->overlay, offset, to, count)
                                    : transfer_read(im->fd, offset, to, count));
}

bool image_write(struct image *im, uint64_t offset, const void *from, size_t count)
{
    return note(im, im->has_overlay ? overlay_write(&im->overlay, offset, from, count)
                                    : transfer_write(im->fd, offset, from, count));
}

bool image_flush(struct image *im)
{
    return note(im, im->has_overlay ? overlay_flush(&im->overlay) : transfer_sync(im->fd));
}

void image_close(struct image *im)
{
    if (im->has_overlay) {
        overlay_close(&im->overlay);
        im->has_overlay = false;
    }
    if (im->fd >= 0) {
        close(im->fd); // releases the lock
    }
    im->fd = -1;
}

// --- whole files ---

bool file_load(const char *path, uint64_t limit_bytes, uint8_t **data, size_t *size_bytes)
{
    uint64_t size;
    uint8_t *memory = NULL;
    int fd;

    if (!check_type(path, false)) {
        return false;
    }
    fd = open_told(path, false);
    if (fd < 0) {
        return false;
    }
    if (find_size(path, fd, &size)) {
        if (size > limit_bytes) {
            message("%s: is too large: %llu bytes, at most %llu fit", path,
                    (unsigned long long)size, (unsigned long long)limit_bytes);
        } else if (!(memory = malloc((size_t)size))) {
            message("%s: out of memory", path);
        } else if (!transfer_read(fd, 0, memory, (size_t)size)) {
            message("%s: cannot be read: %s", path, strerror(errno));
            free(memory);
            memory = NULL;
        }
    }
    close(fd);
    *data = memory;
    *size_bytes = memory ? (size_t)size : 0;
    return memory != NULL;
}
