// Overlay files: the input is laid over the header and map of a good one. It is refused, or behaves
// as a disk: what is written is read back, and the image stays as it is.
#define _DEFAULT_SOURCE
#define _XOPEN_SOURCE     700
#define _FILE_OFFSET_BITS 64
#include "test/fuzz/fuzz.h"

#include "host/posix/overlay.h"

#include <fcntl.h>
#include <unistd.h>

enum { CHUNK = OVERLAY_CHUNK_BYTES, SIZE = 4 * CHUNK - 100, PLACES = 3, MAP_AT = 4096 };

static int file_of(char *name, const char *tail)
{
    sprintf(name, "/tmp/overlay-fuzz-%ld-%s", (long)getpid(), tail);
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    CLAIM(fd >= 0);
    return fd;
}

// Patches of the input: where, how many bytes, the bytes.
static void damage(const char *name, struct input *in)
{
    int fd = open(name, O_RDWR);
    CLAIM(fd >= 0 && ftruncate(fd, CHUNK + PLACES * CHUNK) == 0);
    while (in->left) {
        u8 where = take8(in);
        off_t at = where < 80 ? where : where < 160 ? MAP_AT + (where - 80) % 16 : -1;
        struct input part = take_part(in, 1 + take8(in) % 8);
        if (at >= 0) {
            CLAIM(pwrite(fd, part.at, part.left, at) == (ssize_t)part.left);
        } else {
            CLAIM(ftruncate(fd, (off_t)take16(in) * 8) == 0);
        }
    }
    close(fd);
}

static void use(struct overlay *o, int base_fd)
{
    static u8 bytes[SIZE];
    memset(bytes, 0x42, 1000);
    for (u32 offset = 0; offset + 1000 <= SIZE; offset += 30000) {
        CLAIM(overlay_write(o, offset, bytes, 1000));
    }
    CLAIM(overlay_flush(o));
    CLAIM(overlay_read(o, 0, bytes, SIZE));
    CLAIM(bytes[30000] == 0x42 && bytes[60000 + 999] == 0x42);
    CLAIM(pread(base_fd, bytes, SIZE, 0) == SIZE);
    for (u32 n = 0; n < SIZE; n++) {
        CLAIM(bytes[n] == 0);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size_bytes)
{
    struct input in = {data, size_bytes};
    struct overlay overlay;
    char base_name[64], name[64];
    int base_fd = file_of(base_name, "base");
    close(file_of(name, "file"));
    CLAIM(ftruncate(base_fd, SIZE) == 0);
    CLAIM(overlay_open(&overlay, name, base_fd, base_name));
    overlay_close(&overlay);
    damage(name, &in);
    if (overlay_open(&overlay, name, base_fd, base_name)) {
        use(&overlay, base_fd);
        overlay_close(&overlay);
    }
    close(base_fd);
    unlink(base_name);
    unlink(name);
    return 0;
}
