#define _XOPEN_SOURCE 700
#include "front/cli/file.h"

#include "host/posix/message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

static bool tell(const char *path, const char *why)
{
    message("%s: %s", path, why);
    return false;
}

static bool is_folder(FILE *file)
{
    struct stat st;
    return fstat(fileno(file), &st) == 0 && S_ISDIR(st.st_mode);
}

bool file_is_regular(FILE *file)
{
    struct stat st;
    return fstat(fileno(file), &st) == 0 && S_ISREG(st.st_mode);
}

// Room for at least one more byte and the closing zero.
static bool grow(struct file_bytes *f, size_t *room)
{
    if (f->size_bytes + 2 <= *room) {
        return true;
    }
    size_t wanted = *room ? 2 * *room : 65536;
    uint8_t *bytes = realloc(f->bytes, wanted);
    if (!bytes) {
        return false;
    }
    f->bytes = bytes;
    *room = wanted;
    return true;
}

static bool read_all(FILE *file, const char *path, size_t limit_bytes, struct file_bytes *f)
{
    size_t room = 0, count = 1;
    while (count > 0 && f->size_bytes <= limit_bytes) {
        if (!grow(f, &room)) {
            return tell(path, "out of memory");
        }
        count = fread(f->bytes + f->size_bytes, 1, room - 1 - f->size_bytes, file);
        f->size_bytes += count;
    }
    if (ferror(file)) {
        return tell(path, strerror(errno));
    }
    if (f->size_bytes > limit_bytes) {
        return tell(path, "the file is too large");
    }
    f->bytes[f->size_bytes] = 0;
    return true;
}

bool file_read(const char *path, size_t limit_bytes, struct file_bytes *out)
{
    struct file_bytes f = {0};
    FILE *file = is_standard(path) ? stdin : fopen(path, "rb");
    if (!file) {
        return tell(path, strerror(errno));
    }
    bool is_read =
        is_folder(file) ? tell(path, "is a directory") : read_all(file, path, limit_bytes, &f);
    if (file != stdin) {
        fclose(file);
    }
    if (!is_read) {
        free(f.bytes);
        return false;
    }
    *out = f;
    return true;
}

bool file_write(const char *path, const void *bytes, size_t size_bytes)
{
    if (is_standard(path)) {
        // What fails here is told when the program ends.
        fwrite(bytes, 1, size_bytes, stdout);
        return true;
    }
    FILE *file = fopen(path, "wb");
    if (!file) {
        return tell(path, strerror(errno));
    }
    bool is_file = file_is_regular(file);
    bool is_written = fwrite(bytes, 1, size_bytes, file) == size_bytes;
    int why = errno;
    if (fclose(file) != 0 && is_written) {
        is_written = false;
        why = errno;
    }
    if (!is_written) {
        if (is_file) { // never a device
            remove(path);
        }
        return tell(path, strerror(why));
    }
    return true;
}
