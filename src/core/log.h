// Messages to the person at the host: formatted without stdio, sent through the host's log
// function.
//
// Formats, as printf's: %s %c %u %d %x %%, `l` and `ll`, a width with or without zeros (%02x %4u).
// A u64 is printed with PRIu64 and PRIx64 of <inttypes.h>: %lu has 32 bits on some hosts.
#pragma once

#include "base/types.h"
#include "vitrine/host.h"

struct log {
    const struct vt_host *host;
    unsigned
        line_count; // sent so far; after LOG_LINES_MAX the log falls silent, a guest can't flood it
};

enum { LOG_LINES_MAX = 500 };

// The guest did something odd; the chip's documented behaviour follows.
void log_guest(struct log *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
// The guest asked for something that is not built.
void log_stub(struct log *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
// The host failed.
void log_host(struct log *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
