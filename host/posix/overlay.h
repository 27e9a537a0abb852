// An overlay file: what a guest wrote to a disk whose image stays as it is. doc/disks.md tells the
// format and why it survives crashes.
//
// A function that fails to open has said on standard error which file it is and what is wrong.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OVERLAY_CHUNK_BYTES = 64 * 1024, OVERLAY_BOOT_BYTES = 40 };

struct overlay {
    int fd; // of the overlay
    int base_fd;
    const char *name;
    uint64_t size_bytes; // of the disk
    uint32_t *map;       // by chunk: 0 unchanged, else its place in the file, as in the file
    uint32_t chunk_count;
    uint64_t data_at;                    // offset of the first place
    uint32_t place_next;                 // the first place that is free
    uint32_t pending_first, pending_end; // chunks in there may be pending
    uint8_t *chunk;                      // OVERLAY_CHUNK_BYTES, for a first write
};

// Opens the overlay, or begins a new one if there is no such file, or an empty one.
bool overlay_open(struct overlay *o, const char *path, int base_fd, const char *base_name);
// False: errno says why.
bool overlay_read(const struct overlay *o, uint64_t offset, void *to, size_t count);
bool overlay_write(struct overlay *o, uint64_t offset, const void *from, size_t count);
// Returns once all that was written survives a crash of the host.
bool overlay_flush(struct overlay *o);
void overlay_close(struct overlay *o);
