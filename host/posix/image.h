// Disk images in files: opening with all checks, transfers, locking; and whole files into memory.
//
// A function that fails has said on standard error which file it is and what is wrong.
#pragma once

#include "host/posix/overlay.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum image_kind {
    IMAGE_DISK,
    IMAGE_FLOPPY,
    IMAGE_CDROM,
};

struct image {
    int fd; // -1: none
    const char *name;
    bool is_block_device;
    bool is_writer; // the lock that it holds is for itself alone
    uint64_t size_bytes;
    int error; // errno of the last failure, told once

    bool has_overlay; // writes go there
    struct overlay overlay;
};

// How an image is wanted.
struct image_request {
    const char *path;
    enum image_kind kind;
    bool is_writable;    // the guest's writes go into the file
    const char *overlay; // the guest's writes go into this file instead; NULL: none
    bool is_raw;         // the user vouches for it: the contents are not looked at
};

// What the file seems to hold: a CD by its contents, a floppy by its size, else a hard disk.
bool image_guess(const char *path, enum image_kind *out);

// Opens and locks the image: one writer, or any number of readers.
bool image_open(struct image *im, const struct image_request *request);
// False: the operating system failed; `im->error` says why.
bool image_read(struct image *im, uint64_t offset, void *to, size_t count);
bool image_write(struct image *im, uint64_t offset, const void *from, size_t count);
bool image_flush(struct image *im);
// An overlay is flushed before, for what it holds to be valid after a crash of the host.
void image_close(struct image *im);
// Is it the file at that path, by whatever name?
bool image_is_file(const struct image *im, const char *path);
// Gives up the lock, for an opening of the same file that is to take this one's place; and takes it
// again if that came to nothing. False: another machine was faster.
void image_unlock(struct image *im);
bool image_lock(struct image *im);

// Reads a whole file of at most `limit_bytes` into memory that the caller frees. An empty file is
// an error.
bool file_load(const char *path, uint64_t limit_bytes, uint8_t **data, size_t *size_bytes);
