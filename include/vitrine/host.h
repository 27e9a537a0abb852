// What a host supplies to a machine: memory, disk data, and somewhere for the output to go.
//
// This is the only door between a machine and the world (law 2 of ARCHITECTURE.md). Every function
// is called on the thread that runs the machine, and gets `owner` back as its first argument.
// Members may be NULL except `alloc`, `release`, and, for a machine with disks, the disk functions.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Whose matter a log line is.
enum vt_log {
    VT_LOG_GUEST, // the guest did something odd; the chip's documented behaviour followed
    VT_LOG_STUB,  // the guest asked for something that we have not built
    VT_LOG_HOST,  // the host failed us (a disk that can't be read, say)
};

struct vt_host {
    void *owner;

    // Memory, zeroed and aligned to 4096; NULL when there is none. The machine releases with the
    // same size.
    void *(*alloc)(void *owner, size_t size_bytes);
    void (*release)(void *owner, void *memory, size_t size_bytes);

    // Disk images by number. The machine never asks past the size given for that disk. False: the
    // host failed, and tells its user why; the guest gets an error.
    bool (*disk_read)(void *owner, unsigned disk, uint64_t offset, void *to, size_t size_bytes);
    bool (*disk_write)(void *owner, unsigned disk, uint64_t offset, const void *from,
                       size_t size_bytes);
    bool (*disk_flush)(void *owner,
                       unsigned disk); // returns once what was written will survive a crash

    // Output of the guest.
    void (*serial_write)(void *owner, unsigned uart, uint8_t byte); // uart 0 to 3
    void (*parallel_write)(void *owner, uint8_t byte);              // to the printer
    void (*debug_write)(void *owner, uint8_t byte);                 // port E9h
    void (*port_write)(void *owner, uint16_t port, uint8_t byte); // a port that the front end taps
    // Sound at vt_pc_config.audio_hz: `count` frames of a left and a right sample each. Frames are
    // counted from power-on in guest time, and what is left out between two calls is silence.
    void (*audio_write)(void *owner, uint64_t first_frame, const int16_t *frames, size_t count);
    void (*log)(void *owner, enum vt_log kind, const char *text);
    void (*trace)(void *owner, const char *line); // one executed instruction, without newline
};

// Supplied by the program that links the library: says what is broken in Vitrine itself, and ends
// the process.
_Noreturn void vt_host_panic(const char *file, int line, const char *what);
