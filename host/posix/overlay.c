#define _DEFAULT_SOURCE
#define _XOPEN_SOURCE     700
#define _FILE_OFFSET_BITS 64
#include "host/posix/overlay.h"

#include "host/posix/message.h"
#include "host/posix/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

// The header, little-endian; the rest of its 4096 bytes is zero.
enum {
    MAGIC_AT = 0,
    VERSION_AT = 8,
    CHUNK_AT = 12,
    SIZE_AT = 16,
    SECONDS_AT = 24,     // when the image was changed last
    NANOSECONDS_AT = 32, //
    BOOT_AT = 40,        // of the host, when it wrote pending entries
    HEADER_USED = BOOT_AT + OVERLAY_BOOT_BYTES,
    MAP_AT = 4096,
};

static const char MAGIC[8] = {'V', 'T', 'O', 'V', 'E', 'R', 'L', '\n'};
enum { VERSION = 1 };
#define PENDING   UINT32_C(0x80000000)
#define SIZE_MOST (UINT64_C(2) << 40)

static void store(uint8_t *to, uint64_t value, unsigned bytes)
{
    for (unsigned n = 0; n < bytes; n++) {
        to[n] = (uint8_t)(value >> 8 * n);
    }
}

static uint64_t load(const uint8_t *from, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned n = 0; n < bytes; n++) {
        value |= (uint64_t)from[n] << 8 * n;
    }
    return value;
}

static bool sync_told(const struct overlay *o)
{
    if (transfer_sync(o->fd)) {
        return true;
    }
    message("%s: cannot be made durable: %s", o->name, strerror(errno));
    return false;
}

static bool refuse(const struct overlay *o, const char *why)
{
    message("%s: %s", o->name, why);
    return false;
}

// --- the host's boot ---

// A name of this boot of the host; empty where the system has none.
static void read_boot(uint8_t boot[OVERLAY_BOOT_BYTES])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

    memset(boot, 0, OVERLAY_BOOT_BYTES);
    if (fd >= 0) {
        if (read(fd, boot, OVERLAY_BOOT_BYTES) < 0) {
            memset(boot, 0, OVERLAY_BOOT_BYTES);
        }
        close(fd);
    }
}

// --- the header ---

static void make_header(const struct overlay *o, const struct stat *base, uint8_t *header)
{
    memset(header, 0, HEADER_USED);
    memcpy(header + MAGIC_AT, MAGIC, sizeof MAGIC);
    store(header + VERSION_AT, VERSION, 4);
    store(header + CHUNK_AT, OVERLAY_CHUNK_BYTES, 4);
    store(header + SIZE_AT, o->size_bytes, 8);
    store(header + SECONDS_AT, (uint64_t)base->st_mtim.tv_sec, 8);
    store(header + NANOSECONDS_AT, (uint64_t)base->st_mtim.tv_nsec, 4);
    read_boot(header + BOOT_AT);
}

static bool create(struct overlay *o, const struct stat *base)
{
    uint8_t header[HEADER_USED];

    make_header(o, base, header);
    if (ftruncate(o->fd, (off_t)o->data_at) != 0 ||
        !transfer_write(o->fd, 0, header, sizeof header)) {
        message("%s: cannot be written: %s", o->name, strerror(errno));
        (void)!ftruncate(o->fd, 0); // empty, it can be begun another time
        return false;
    }
    return sync_told(o);
}

static bool check_header(const struct overlay *o, const uint8_t *header, const uint8_t *expected,
                         const char *base_name)
{
    if (memcmp(header + MAGIC_AT, MAGIC, sizeof MAGIC) != 0) {
        return refuse(o, "is no overlay file; name a new file to begin one");
    }
    if (load(header + VERSION_AT, 4) != VERSION) {
        return refuse(o, "is an overlay of a version that is not known here");
    }
    if (load(header + CHUNK_AT, 4) != OVERLAY_CHUNK_BYTES) {
        return refuse(o, "is a damaged overlay: its chunks have an impossible size");
    }
    if (memcmp(header + SIZE_AT, expected + SIZE_AT, 8) != 0) {
        message("%s: belongs to an image of %llu bytes, but %s has %llu", o->name,
                (unsigned long long)load(header + SIZE_AT, 8), base_name,
                (unsigned long long)o->size_bytes);
        return false;
    }
    if (memcmp(header + SECONDS_AT, expected + SECONDS_AT, 12) != 0) {
        message("%s: %s has been changed since this overlay was begun, and they no longer fit",
                o->name, base_name);
        return false;
    }
    return true;
}

// --- the map ---

// Each entry must name a place of its own within the file.
static bool check_map(struct overlay *o, uint64_t file_bytes)
{
    uint64_t places = (file_bytes - o->data_at) / OVERLAY_CHUNK_BYTES;
    uint8_t *taken = calloc(places / 8 + 1, 1);
    bool is_good = taken != NULL;

    if (!taken) {
        return refuse(o, "out of memory");
    }
    for (uint32_t n = 0; is_good && n < o->chunk_count; n++) {
        uint32_t place = o->map[n] & ~PENDING;

        if (place == 0) {
            is_good = o->map[n] == 0 || refuse(o, "is a damaged overlay: an entry names no place");
        } else if (place > places) {
            is_good = refuse(o, "is a damaged or truncated overlay: a chunk lies behind its end");
        } else if (taken[place / 8] & 1u << place % 8) {
            is_good = refuse(o, "is a damaged overlay: two chunks lie at one place");
        } else {
            taken[place / 8] |= (uint8_t)(1u << place % 8);
            o->place_next = place >= o->place_next ? place + 1 : o->place_next;
        }
    }
    free(taken);
    return is_good;
}

static bool load_map(struct overlay *o, uint64_t file_bytes)
{
    uint8_t *bytes = (uint8_t *)o->map;

    if (file_bytes < o->data_at) {
        return refuse(o, "is a truncated overlay");
    }
    if (!transfer_read(o->fd, MAP_AT, o->map, (size_t)o->chunk_count * 4)) {
        message("%s: cannot be read: %s", o->name, strerror(errno));
        return false;
    }
    for (uint32_t n = 0; n < o->chunk_count; n++) {
        o->map[n] = (uint32_t)load(bytes + (size_t)n * 4, 4); // in place, on any host
    }
    return check_map(o, file_bytes);
}

static bool write_entries(const struct overlay *o, uint32_t first, uint32_t count)
{
    uint8_t bytes[1024];

    while (count > 0) {
        uint32_t part = count < sizeof bytes / 4 ? count : sizeof bytes / 4;

        for (uint32_t n = 0; n < part; n++) {
            store(bytes + (size_t)n * 4, o->map[first + n], 4);
        }
        if (!transfer_write(o->fd, MAP_AT + (uint64_t)first * 4, bytes, (size_t)part * 4)) {
            return false;
        }
        first += part;
        count -= part;
    }
    return true;
}

// Changes all pending entries, by taking the mark off or dropping them.
static bool settle(struct overlay *o, uint32_t kept)
{
    uint32_t n = o->pending_first;

    while (n < o->pending_end) {
        uint32_t first = n;

        while (n < o->pending_end && (o->map[n] & PENDING)) {
            o->map[n] &= kept;
            n++;
        }
        if (n == first) {
            n++;
        } else if (!write_entries(o, first, n - first)) {
            for (uint32_t k = first; k < n; k++) {
                o->map[k] |= o->map[k] ? PENDING : 0; // tried again at the next flush
            }
            return false;
        }
    }
    o->pending_first = o->pending_end = 0;
    return true;
}

static void find_pending(struct overlay *o)
{
    o->pending_first = o->pending_end = 0;
    for (uint32_t n = 0; n < o->chunk_count; n++) {
        if (o->map[n] & PENDING) {
            o->pending_first = o->pending_end ? o->pending_first : n;
            o->pending_end = n + 1;
        }
    }
}

// Pending entries count if the host has not been started anew since: then all that was written,
// data first, is where it was put. Else their data may be lost.
static bool take_pending(struct overlay *o, const uint8_t *header, const uint8_t *expected)
{
    const uint8_t *boot = expected + BOOT_AT;

    find_pending(o);
    if (boot[0] != 0 && memcmp(header + BOOT_AT, boot, OVERLAY_BOOT_BYTES) == 0) {
        return true;
    }
    if (!settle(o, 0) || !sync_told(o) || !transfer_write(o->fd, 0, expected, HEADER_USED)) {
        message("%s: cannot be written: %s", o->name, strerror(errno));
        return false;
    }
    return sync_told(o); // the new name must be there before the first new entry
}

// --- opening ---

static bool open_existing(struct overlay *o, const struct stat *base, uint64_t file_bytes,
                          const char *base_name)
{
    uint8_t header[HEADER_USED], expected[HEADER_USED];

    make_header(o, base, expected);
    if (file_bytes < MAP_AT || !transfer_read(o->fd, 0, header, sizeof header)) {
        return refuse(o, "is no overlay file; name a new file to begin one");
    }
    return check_header(o, header, expected, base_name) && load_map(o, file_bytes) &&
           take_pending(o, header, expected);
}

static bool prepare(struct overlay *o, const struct stat *base)
{
    uint64_t count, map_end;

    o->size_bytes = (uint64_t)base->st_size;
    if (!S_ISREG(base->st_mode)) {
        return refuse(o, "an overlay needs an image in a file, not a device");
    }
    if (o->size_bytes > SIZE_MOST) {
        return refuse(o, "an overlay takes images of at most 2 TiB");
    }
    count = (o->size_bytes + OVERLAY_CHUNK_BYTES - 1) / OVERLAY_CHUNK_BYTES;
    map_end = MAP_AT + count * 4;
    o->chunk_count = (uint32_t)count;
    o->data_at = (map_end + OVERLAY_CHUNK_BYTES - 1) / OVERLAY_CHUNK_BYTES * OVERLAY_CHUNK_BYTES;
    o->place_next = 1;
    o->map = calloc(count ? count : 1, sizeof *o->map);
    o->chunk = malloc(OVERLAY_CHUNK_BYTES);
    return (o->map && o->chunk) || refuse(o, "out of memory");
}

static bool lock(const struct overlay *o)
{
    return flock(o->fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK ||
           refuse(o, "is in use by another machine");
}

static bool open_file(struct overlay *o, const char *base_name)
{
    struct stat base, own;

    if (fstat(o->base_fd, &base) != 0 || fstat(o->fd, &own) != 0) {
        message("%s: %s", o->name, strerror(errno));
        return false;
    }
    if (!S_ISREG(own.st_mode)) {
        return refuse(o, "an overlay must be a file");
    }
    if (base.st_dev == own.st_dev && base.st_ino == own.st_ino) {
        return refuse(o, "is the image itself; the overlay must be another file");
    }
    if (!lock(o) || !prepare(o, &base)) {
        return false;
    }
    return own.st_size == 0 ? create(o, &base)
                            : open_existing(o, &base, (uint64_t)own.st_size, base_name);
}

bool overlay_open(struct overlay *o, const char *path, int base_fd, const char *base_name)
{
    memset(o, 0, sizeof *o);
    o->name = path;
    o->base_fd = base_fd;
    o->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
    if (o->fd < 0) {
        message("%s: %s", path, strerror(errno));
        return false;
    }
    if (open_file(o, base_name)) {
        return true;
    }
    overlay_close(o);
    return false;
}

void overlay_close(struct overlay *o)
{
    if (o->fd >= 0) {
        close(o->fd); // releases the lock
    }
    free(o->map);
    free(o->chunk);
    memset(o, 0, sizeof *o);
    o->fd = -1;
}

// --- transfers ---

static uint64_t place_offset(const struct overlay *o, uint32_t entry)
{
    return o->data_at + (uint64_t)((entry & ~PENDING) - 1) * OVERLAY_CHUNK_BYTES;
}

bool overlay_read(const struct overlay *o, uint64_t offset, void *to, size_t count)
{
    uint8_t *at = to;

    while (count > 0) {
        size_t within = (size_t)(offset % OVERLAY_CHUNK_BYTES);
        size_t part = OVERLAY_CHUNK_BYTES - within < count ? OVERLAY_CHUNK_BYTES - within : count;
        uint32_t entry = o->map[offset / OVERLAY_CHUNK_BYTES];

        if (!(entry ? transfer_read(o->fd, place_offset(o, entry) + within, at, part)
                    : transfer_read(o->base_fd, offset, at, part))) {
            return false;
        }
        at += part;
        offset += part;
        count -= part;
    }
    return true;
}

// The first write into a chunk: all of it goes to a new place, and only then the map names it.
static bool write_first(struct overlay *o, uint32_t n, size_t within, const uint8_t *from,
                        size_t count)
{
    uint64_t start = (uint64_t)n * OVERLAY_CHUNK_BYTES, left = o->size_bytes - start;
    size_t there = left < OVERLAY_CHUNK_BYTES ? (size_t)left : OVERLAY_CHUNK_BYTES;
    uint32_t entry = o->place_next | PENDING;

    memset(o->chunk + there, 0, OVERLAY_CHUNK_BYTES - there);
    if (count < there && !transfer_read(o->base_fd, start, o->chunk, there)) {
        return false;
    }
    memcpy(o->chunk + within, from, count);
    if (!transfer_write(o->fd, place_offset(o, entry), o->chunk, OVERLAY_CHUNK_BYTES)) {
        return false;
    }
    o->map[n] = entry;
    if (!write_entries(o, n, 1)) {
        o->map[n] = 0;
        return false;
    }
    o->place_next++;
    o->pending_first = o->pending_end && o->pending_first < n ? o->pending_first : n;
    o->pending_end = o->pending_end > n + 1 ? o->pending_end : n + 1;
    return true;
}

bool overlay_write(struct overlay *o, uint64_t offset, const void *from, size_t count)
{
    const uint8_t *at = from;

    while (count > 0) {
        size_t within = (size_t)(offset % OVERLAY_CHUNK_BYTES);
        size_t part = OVERLAY_CHUNK_BYTES - within < count ? OVERLAY_CHUNK_BYTES - within : count;
        uint32_t n = (uint32_t)(offset / OVERLAY_CHUNK_BYTES), entry = o->map[n];

        if (!(entry ? transfer_write(o->fd, place_offset(o, entry) + within, at, part)
                    : write_first(o, n, within, at, part))) {
            return false;
        }
        at += part;
        offset += part;
        count -= part;
    }
    return true;
}

bool overlay_flush(struct overlay *o)
{
    if (!transfer_sync(o->fd)) {
        return false;
    }
    return o->pending_end == 0 || (settle(o, ~PENDING) && transfer_sync(o->fd));
}
