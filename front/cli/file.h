// Whole files in memory. A name "-" is standard input or output.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct file_bytes {
    uint8_t *bytes; // freed by the caller; a zero stands behind the last
    size_t size_bytes;
};

// Reads all of a file of at most `limit_bytes`. False: told; nothing to free.
bool file_read(const char *path, size_t limit_bytes, struct file_bytes *out);
// Writes a file anew. False: told; a regular file that could not be written
// whole is removed.
bool file_write(const char *path, const void *bytes, size_t size_bytes);
// A file that has contents of its own, and no device, pipe or folder.
bool file_is_regular(FILE *file);
