// A disk's medium: sectors of 512 bytes from the host's image, with an overlay in memory if wished.
#pragma once

#include "base/digest.h"
#include "base/types.h"
#include "core/log.h"
#include "vitrine/vitrine.h"

enum { DISK_SECTOR_BYTES = 512, DISK_CHUNK_BYTES = 64 * 1024 };

struct disk_chunk; // part of the overlay

struct disk {
    bool is_present;  // a medium is in the drive
    u32 change_count; // how often disk_change has exchanged it; a drive compares it with what it
                      // saw last
    bool is_read_only;
    bool is_snapshot;
    bool is_cdrom;
    unsigned host_disk;
    u64 size_bytes; // of the image; a tail shorter than a sector reads as zeros
    u64 sector_count;

    struct disk_chunk **overlay; // by chunk number, NULL entries: unchanged
    u64 chunk_count;

    const struct vt_host *host;
    struct log *log;
    bool is_failure_told;        // that memory is short, once
    u64 read_count, write_count; // sectors, for statistics
};

// Puts the medium that `drive` describes (maybe none) into the drive. False: no memory for an
// overlay.
NODISCARD bool disk_init(struct disk *d, const struct vt_drive *drive, const struct vt_host *host,
                         struct log *log);
void disk_destroy(struct disk *d); // releases the overlay
// Exchanges the medium for the one that `drive` describes (NULL: none); the kind of drive stays.
// False: no memory for an overlay, and nothing has changed.
NODISCARD bool disk_change(struct disk *d, const struct vt_drive *drive);
// Transfers whole sectors. False when outside the medium, read only, or the host failed (it has
// said why).
NODISCARD bool disk_read(struct disk *d, u64 sector, u64 count, void *to);
NODISCARD bool disk_write(struct disk *d, u64 sector, u64 count, const void *from);
NODISCARD bool disk_flush(struct disk *d);
// Which medium is in the drive, and the overlay's contents.
void disk_digest(const struct disk *d, struct digest *digest);
