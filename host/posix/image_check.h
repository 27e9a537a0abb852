// Looks at the first bytes of an image: is it what it is taken for?
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IMAGE_HEAD_BYTES = 64 * 1024 };

// The head of a file. `bytes` holds the first `count` of the file's `size_bytes`.
struct image_head {
    size_t count;
    uint64_t size_bytes;
    uint8_t bytes[IMAGE_HEAD_BYTES];
};

bool image_is_iso9660(const struct image_head *head);
bool image_is_floppy_size(uint64_t size_bytes);
// Why the file is no raw disk image, or NULL. Static text, to be read after "FILE: ".
const char *image_foreign_format(const struct image_head *head);
// The bytes that an ISO 9660 volume, or the last partition of a table, says that the image has; 0
// if it does not say.
uint64_t image_iso9660_bytes(const struct image_head *head);
uint64_t image_partitioned_bytes(const struct image_head *head);
