// struct vt_host over POSIX: memory, images in files, and the guest's output to files and terminal.
#pragma once

#include "host/posix/image.h"
#include "host/posix/sink.h"
#include "vitrine/host.h"
#include "vitrine/vitrine.h"

enum {
    POSIX_HOST_IMAGES = VT_SLOTS + 1, // one more: the next medium, before the old one goes
    POSIX_HOST_PORT_LOGS = 16,
    POSIX_HOST_LOG_KINDS = 3, // of enum vt_log
};

struct port_log {
    uint16_t port;
    struct sink sink;
};

struct posix_host {
    struct vt_host door; // to be handed to vt_pc_create

    struct image images[POSIX_HOST_IMAGES];
    unsigned image_count;

    struct sink terminal; // standard output, whoever writes to it
    struct sink files[VT_SERIAL_PORTS], parallel_file, debug_file, trace_file, audio_file;
    struct sink *serial[VT_SERIAL_PORTS], *parallel, *debug; // one of the above; NULL: nowhere
    struct port_log port_logs[POSIX_HOST_PORT_LOGS];
    unsigned port_log_count;

    struct sink *log;     // NULL: standard error
    struct sink log_file; //
    bool is_log_wanted[POSIX_HOST_LOG_KINDS];
    bool is_log_held; // until it no longer disturbs a drawn screen
    uint64_t log_counts[POSIX_HOST_LOG_KINDS];
    char *held; // log lines
    size_t held_count;

    // Sees each byte that one serial port sends; may be NULL.
    unsigned serial_watch_uart;
    void (*serial_watch)(void *owner, uint8_t byte);
    void *serial_watch_owner;

    const struct sink *failed; // the first sink whose write failed
    bool has_lost_data;        // an image could not be written or made durable; told
};

void posix_host_init(struct posix_host *h);

// Each says on standard error what is wrong, and then returns false.
bool posix_host_open_image(struct posix_host *h, const struct image_request *request,
                           unsigned *number);
void posix_host_close_image(struct posix_host *h, unsigned number);
bool posix_host_open_serial(struct posix_host *h, unsigned uart, const struct sink_target *target);
bool posix_host_open_parallel(struct posix_host *h, const struct sink_target *target);
bool posix_host_open_debug(struct posix_host *h, const struct sink_target *target);
// A WAV file of `hz` frames a second for the sound.
bool posix_host_open_audio(struct posix_host *h, const char *path, uint32_t hz);
bool posix_host_open_trace(struct posix_host *h, const char *path);
bool posix_host_open_log(struct posix_host *h, const char *path);
bool posix_host_open_port_log(struct posix_host *h, uint16_t port, const char *path);

// Hands all output to the operating system. False once a destination has failed: `failed` says
// which.
bool posix_host_flush(struct posix_host *h);
// While held, log lines for standard error wait.
void posix_host_hold_log(struct posix_host *h);
void posix_host_release_log(struct posix_host *h);
// Flushes and closes everything. False if something could not be written; then it has been told.
bool posix_host_close(struct posix_host *h);
