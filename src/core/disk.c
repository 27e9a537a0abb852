#include "core/disk.h"
#include "base/bits.h"
#include "base/bytes.h"
#include "base/check.h"

// The overlay is a table of chunks: a chunk is read from the image when the guest first writes into
// it, and all its reads and writes stay in memory from then on.
struct disk_chunk {
    u8 bytes[DISK_CHUNK_BYTES];
};

// --- the host's image ---

// The part of [offset, offset + size_bytes) that the image has.
static size_t part_in_image(const struct disk *d, u64 offset, size_t size_bytes)
{
    return offset >= d->size_bytes ? 0 : (size_t)min_u64(size_bytes, d->size_bytes - offset);
}

static bool image_read(const struct disk *d, u64 offset, u8 *to, size_t size_bytes)
{
    size_t part = part_in_image(d, offset, size_bytes);
    memset(to + part, 0, size_bytes - part);
    return part == 0 || d->host->disk_read(d->host->owner, d->host_disk, offset, to, part);
}

static bool image_write(const struct disk *d, u64 offset, const u8 *from, size_t size_bytes)
{
    size_t part = part_in_image(d, offset, size_bytes);
    return part == 0 || d->host->disk_write(d->host->owner, d->host_disk, offset, from, part);
}

// --- the overlay ---

static bool overlay_init(struct disk *d)
{
    d->chunk_count = d->size_bytes / DISK_CHUNK_BYTES + (d->size_bytes % DISK_CHUNK_BYTES != 0);
    if (d->chunk_count == 0) {
        return true;
    }
    if (d->chunk_count > SIZE_MAX / sizeof *d->overlay) {
        return false;
    }
    d->overlay = d->host->alloc(d->host->owner, (size_t)d->chunk_count * sizeof *d->overlay);
    return d->overlay != NULL;
}

// The chunk for writing: read from the image if this is the first write into it. NULL: no memory,
// or the host can't read (both logged).
static struct disk_chunk *own_chunk(struct disk *d, u64 number)
{
    if (d->overlay[number]) {
        return d->overlay[number];
    }
    struct disk_chunk *chunk = d->host->alloc(d->host->owner, sizeof *chunk);
    if (!chunk) {
        if (!d->is_failure_told) {
            log_host(d->log, "disk %u: no memory left to keep what the guest writes", d->host_disk);
        }
        d->is_failure_told = true;
        return NULL;
    }
    if (!image_read(d, number * DISK_CHUNK_BYTES, chunk->bytes, sizeof chunk->bytes)) {
        d->host->release(d->host->owner, chunk, sizeof *chunk);
        return NULL;
    }
    d->overlay[number] = chunk;
    return chunk;
}

static bool overlay_read(const struct disk *d, u64 offset, u8 *to, size_t left)
{
    while (left > 0) {
        size_t within = (size_t)(offset % DISK_CHUNK_BYTES);
        size_t part = (size_t)min_u64(left, DISK_CHUNK_BYTES - within);
        const struct disk_chunk *chunk = d->overlay[offset / DISK_CHUNK_BYTES];
        if (chunk) {
            memcpy(to, chunk->bytes + within, part);
        } else if (!image_read(d, offset, to, part)) {
            return false;
        }
        offset += part;
        to += part;
        left -= part;
    }
    return true;
}

static bool overlay_write(struct disk *d, u64 offset, const u8 *from, size_t left)
{
    while (left > 0) {
        size_t within = (size_t)(offset % DISK_CHUNK_BYTES);
        size_t part = (size_t)min_u64(left, DISK_CHUNK_BYTES - within);
        struct disk_chunk *chunk = own_chunk(d, offset / DISK_CHUNK_BYTES);
        if (!chunk) {
            return false;
        }
        memcpy(chunk->bytes + within, from, part);
        offset += part;
        from += part;
        left -= part;
    }
    return true;
}

// --- the drive's view ---

bool disk_init(struct disk *d, const struct vt_drive *drive, const struct vt_host *host,
               struct log *log)
{
    *d = (struct disk){.host = host, .log = log};
    d->is_cdrom = drive && drive->is_cdrom;
    if (!drive || !drive->is_present) {
        return true;
    }
    d->is_present = true;
    d->is_read_only = drive->is_read_only || drive->is_cdrom;
    d->is_snapshot = drive->is_snapshot;
    d->host_disk = drive->host_disk;
    d->size_bytes = drive->size_bytes;
    d->sector_count = d->size_bytes / DISK_SECTOR_BYTES + (d->size_bytes % DISK_SECTOR_BYTES != 0);
    if (d->is_snapshot && !d->is_read_only && !overlay_init(d)) {
        *d = (struct disk){.host = host, .log = log};
        return false;
    }
    return true;
}

void disk_destroy(struct disk *d)
{
    if (d->overlay) {
        for (u64 n = 0; n < d->chunk_count; n++) {
            if (d->overlay[n]) {
                d->host->release(d->host->owner, d->overlay[n], sizeof *d->overlay[n]);
            }
        }
        d->host->release(d->host->owner, d->overlay, (size_t)d->chunk_count * sizeof *d->overlay);
    }
    *d = (struct disk){.host = d->host, .log = d->log};
}

bool disk_change(struct disk *d, const struct vt_drive *drive)
{
    struct vt_drive next = drive ? *drive : (struct vt_drive){0};
    struct disk changed;
    next.is_cdrom = d->is_cdrom;
    if (!disk_init(&changed, &next, d->host, d->log)) {
        return false;
    }
    changed.change_count = d->change_count + 1;
    changed.read_count = d->read_count;
    changed.write_count = d->write_count;
    disk_destroy(d);
    *d = changed;
    return true;
}

static bool is_on_medium(const struct disk *d, u64 sector, u64 count)
{
    return d->is_present && count <= d->sector_count && sector <= d->sector_count - count &&
           count <= SIZE_MAX / DISK_SECTOR_BYTES;
}

bool disk_read(struct disk *d, u64 sector, u64 count, void *to)
{
    if (!is_on_medium(d, sector, count)) {
        return false;
    }
    size_t size_bytes = (size_t)count * DISK_SECTOR_BYTES;
    d->read_count += count;
    if (d->overlay) {
        return overlay_read(d, sector * DISK_SECTOR_BYTES, to, size_bytes);
    }
    return image_read(d, sector * DISK_SECTOR_BYTES, to, size_bytes);
}

bool disk_write(struct disk *d, u64 sector, u64 count, const void *from)
{
    if (d->is_read_only || !is_on_medium(d, sector, count)) {
        return false;
    }
    size_t size_bytes = (size_t)count * DISK_SECTOR_BYTES;
    d->write_count += count;
    if (d->overlay) {
        return overlay_write(d, sector * DISK_SECTOR_BYTES, from, size_bytes);
    }
    return image_write(d, sector * DISK_SECTOR_BYTES, from, size_bytes);
}

bool disk_flush(struct disk *d)
{
    return !d->is_present || d->is_read_only || d->is_snapshot || !d->host->disk_flush ||
           d->host->disk_flush(d->host->owner, d->host_disk);
}

void disk_digest(const struct disk *d, struct digest *digest)
{
    digest_add_u64(digest, d->change_count);
    digest_add_u64(digest, d->is_present ? d->size_bytes : 0);
    for (u64 n = 0; d->overlay && n < d->chunk_count; n++) {
        if (d->overlay[n]) {
            digest_add_u64(digest, n);
            digest_add(digest, d->overlay[n]->bytes, sizeof d->overlay[n]->bytes);
        }
    }
}
