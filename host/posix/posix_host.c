#define _DEFAULT_SOURCE
#define _XOPEN_SOURCE 700
#include "host/posix/posix_host.h"

#include "host/posix/message.h"
#include "host/posix/wav.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HELD_BYTES = 64 * 1024 };

// --- memory ---

// A page without rights on both sides: a stray access of ours ends the program instead of changing
// other memory.
enum { GUARD_BYTES = 4096 };

static void *host_alloc(void *owner, size_t size_bytes)
{
    (void)owner;
    uint8_t *around = mmap(NULL, size_bytes + 2 * GUARD_BYTES, PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (around == MAP_FAILED) {
        return NULL;
    }
    // Zeroed by the kernel when first touched: a guest's unused memory costs nothing.
    if (mprotect(around + GUARD_BYTES, size_bytes, PROT_READ | PROT_WRITE) != 0) {
        munmap(around, size_bytes + 2 * GUARD_BYTES);
        return NULL;
    }
    return around + GUARD_BYTES;
}

static void host_release(void *owner, void *memory, size_t size_bytes)
{
    (void)owner;
    if (memory) {
        munmap((uint8_t *)memory - GUARD_BYTES, size_bytes + 2 * GUARD_BYTES);
    }
}

// --- log ---

static void hold(struct posix_host *h, const char *line)
{
    size_t length = strlen(line);

    if (!h->held) {
        h->held = malloc(HELD_BYTES);
    }
    if (h->held && h->held_count + length + 1 <= HELD_BYTES) {
        memcpy(h->held + h->held_count, line, length + 1);
        h->held_count += length + 1;
    }
}

static void host_log(void *owner, enum vt_log kind, const char *text)
{
    struct posix_host *h = owner;

    h->log_counts[kind]++;
    if (!h->is_log_wanted[kind]) {
        return;
    }
    if (h->log) {
        sink_write(h->log, text, strlen(text));
        sink_put(h->log, '\n');
    } else if (h->is_log_held) {
        hold(h, text);
    } else {
        posix_host_flush(h); // so that it stands where it belongs
        message("%s", text);
    }
}

void posix_host_hold_log(struct posix_host *h)
{
    h->is_log_held = true;
}

void posix_host_release_log(struct posix_host *h)
{
    h->is_log_held = false;
    for (size_t at = 0; at < h->held_count; at += strlen(h->held + at) + 1) {
        message("%s", h->held + at);
    }
    h->held_count = 0;
}

// --- disks ---

// An error is told when it is another than last time: a full disk fails once for each sector.
static bool tell_failure(struct posix_host *h, struct image *im, const char *name, int error_before,
                         const char *deed)
{
    char text[512];

    if (im->error != error_before) {
        size_t space = sizeof text - 1;

        text[0] = '\0';
        strncat(text, name, space / 2);
        strncat(text, ": ", space - strlen(text));
        strncat(text, deed, space - strlen(text));
        strncat(text, ": ", space - strlen(text));
        strncat(text, strerror(im->error), space - strlen(text));
        host_log(h, VT_LOG_HOST, text);
    }
    return false;
}

// The file that the guest's writes go into.
static const char *written_name(const struct image *im)
{
    return im->has_overlay ? im->overlay.name : im->name;
}

static bool host_disk_read(void *owner, unsigned disk, uint64_t offset, void *to, size_t size_bytes)
{
    struct posix_host *h = owner;
    struct image *im = &h->images[disk];
    int before = im->error;

    return image_read(im, offset, to, size_bytes) ||
           tell_failure(h, im, im->name, before, "cannot be read");
}

static bool host_disk_write(void *owner, unsigned disk, uint64_t offset, const void *from,
                            size_t size_bytes)
{
    struct posix_host *h = owner;
    struct image *im = &h->images[disk];
    int before = im->error;

    if (image_write(im, offset, from, size_bytes)) {
        return true;
    }
    h->has_lost_data = true;
    return tell_failure(h, im, written_name(im), before, "cannot be written");
}

static bool host_disk_flush(void *owner, unsigned disk)
{
    struct posix_host *h = owner;
    struct image *im = &h->images[disk];
    int before = im->error;

    if (image_flush(im)) {
        return true;
    }
    h->has_lost_data = true;
    return tell_failure(h, im, written_name(im), before, "cannot be made durable");
}

// --- output ---

static void host_serial_write(void *owner, unsigned uart, uint8_t byte)
{
    struct posix_host *h = owner;

    if (h->serial[uart]) {
        sink_put(h->serial[uart], byte);
    }
    if (uart == h->serial_watch_uart && h->serial_watch) {
        h->serial_watch(h->serial_watch_owner, byte);
    }
}

static void host_parallel_write(void *owner, uint8_t byte)
{
    struct posix_host *h = owner;

    if (h->parallel) {
        sink_put(h->parallel, byte);
    }
}

static void host_debug_write(void *owner, uint8_t byte)
{
    struct posix_host *h = owner;

    if (h->debug) {
        sink_put(h->debug, byte);
    }
}

static void host_port_write(void *owner, uint16_t port, uint8_t byte)
{
    struct posix_host *h = owner;

    for (unsigned i = 0; i < h->port_log_count; i++) {
        if (h->port_logs[i].port == port) {
            sink_put(&h->port_logs[i].sink, byte);
        }
    }
}

static void host_trace(void *owner, const char *line)
{
    struct posix_host *h = owner;

    sink_write(&h->trace_file, line, strlen(line));
    sink_put(&h->trace_file, '\n');
}

static void host_audio_write(void *owner, uint64_t first_frame, const int16_t *frames, size_t count)
{
    struct posix_host *h = owner;

    if (h->audio_file.kind != SINK_NULL) {
        wav_write(&h->audio_file, first_frame, frames, count);
    }
}

void posix_host_init(struct posix_host *h)
{
    static const struct sink_target nowhere = {.kind = SINK_NULL};
    static const struct sink_target standard_output = {.kind = SINK_STDIO};

    memset(h, 0, sizeof *h);
    h->door = (struct vt_host){
        .owner = h,
        .alloc = host_alloc,
        .release = host_release,
        .disk_read = host_disk_read,
        .disk_write = host_disk_write,
        .disk_flush = host_disk_flush,
        .serial_write = host_serial_write,
        .parallel_write = host_parallel_write,
        .debug_write = host_debug_write,
        .port_write = host_port_write,
        .audio_write = host_audio_write,
        .log = host_log,
        .trace = host_trace,
    };
    h->is_log_wanted[VT_LOG_HOST] = true;
    sink_open(&h->terminal, &standard_output);
    for (unsigned i = 0; i < VT_SERIAL_PORTS; i++) {
        sink_open(&h->files[i], &nowhere);
    }
    sink_open(&h->parallel_file, &nowhere);
    sink_open(&h->debug_file, &nowhere);
    sink_open(&h->trace_file, &nowhere);
    sink_open(&h->audio_file, &nowhere);
    sink_open(&h->log_file, &nowhere);
}

bool posix_host_open_image(struct posix_host *h, const struct image_request *request,
                           unsigned *number)
{
    unsigned free = 0;

    while (free < h->image_count && h->images[free].fd >= 0) {
        free++;
    }
    if (!image_open(&h->images[free], request)) {
        return false;
    }
    h->image_count += free == h->image_count;
    *number = free;
    return true;
}

void posix_host_close_image(struct posix_host *h, unsigned number)
{
    if (h->images[number].has_overlay) {
        (void)host_disk_flush(h, number);
    }
    image_close(&h->images[number]);
}

// Opens `own`, or shares standard output; *out is what to write to.
static bool open_output(struct posix_host *h, struct sink *own, const struct sink_target *target,
                        struct sink **out)
{
    if (target->kind == SINK_STDIO) {
        *out = &h->terminal;
        return true;
    }
    *out = target->kind == SINK_NULL ? NULL : own;
    return sink_open(own, target);
}

bool posix_host_open_serial(struct posix_host *h, unsigned uart, const struct sink_target *target)
{
    return open_output(h, &h->files[uart], target, &h->serial[uart]);
}

bool posix_host_open_parallel(struct posix_host *h, const struct sink_target *target)
{
    return open_output(h, &h->parallel_file, target, &h->parallel);
}

bool posix_host_open_debug(struct posix_host *h, const struct sink_target *target)
{
    return open_output(h, &h->debug_file, target, &h->debug);
}

bool posix_host_open_audio(struct posix_host *h, const char *path, uint32_t hz)
{
    return sink_open(&h->audio_file, &(struct sink_target){.kind = SINK_FILE, .path = path}) &&
           wav_start(&h->audio_file, hz);
}

bool posix_host_open_trace(struct posix_host *h, const char *path)
{
    return sink_open(&h->trace_file, &(struct sink_target){.kind = SINK_FILE, .path = path});
}

bool posix_host_open_log(struct posix_host *h, const char *path)
{
    h->log = &h->log_file;
    return sink_open(&h->log_file, &(struct sink_target){.kind = SINK_FILE, .path = path});
}

bool posix_host_open_port_log(struct posix_host *h, uint16_t port, const char *path)
{
    struct port_log *log = &h->port_logs[h->port_log_count];

    if (!sink_open(&log->sink, &(struct sink_target){.kind = SINK_FILE, .path = path})) {
        return false;
    }
    log->port = port;
    h->port_log_count++;
    return true;
}

// --- all sinks ---

static void visit_sinks(struct posix_host *h, void (*visit)(struct posix_host *, struct sink *))
{
    visit(h, &h->terminal);
    for (unsigned i = 0; i < VT_SERIAL_PORTS; i++) {
        visit(h, &h->files[i]);
    }
    visit(h, &h->parallel_file);
    visit(h, &h->debug_file);
    visit(h, &h->trace_file);
    visit(h, &h->audio_file);
    visit(h, &h->log_file);
    for (unsigned i = 0; i < h->port_log_count; i++) {
        visit(h, &h->port_logs[i].sink);
    }
}

static void flush_one(struct posix_host *h, struct sink *s)
{
    if (!sink_flush(s) && !h->failed) {
        h->failed = s;
    }
}

static void close_one(struct posix_host *h, struct sink *s)
{
    if (!sink_close(s) && !h->failed) {
        h->failed = s;
    }
}

bool posix_host_flush(struct posix_host *h)
{
    visit_sinks(h, flush_one);
    return !h->failed;
}

bool posix_host_close(struct posix_host *h)
{
    bool is_good;

    wav_finish(&h->audio_file);
    visit_sinks(h, close_one);
    for (unsigned i = 0; i < h->image_count; i++) {
        posix_host_close_image(h, i);
    }
    posix_host_release_log(h);
    free(h->held);
    h->held = NULL;
    is_good = !h->has_lost_data;
    if (h->failed) {
        message("%s: %s", h->failed->name,
                h->failed->error == EPIPE ? "its reader has gone" : strerror(h->failed->error));
        is_good = false;
    }
    return is_good;
}
