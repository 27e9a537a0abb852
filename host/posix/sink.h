// Where bytes of the guest go: standard output, a file, a pseudo terminal, or nowhere; buffered.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sink_kind {
    SINK_NULL,
    SINK_STDIO,
    SINK_FILE,
    SINK_PTY,
};

// A destination as the user named it.
struct sink_target {
    enum sink_kind kind;
    const char *path; // of SINK_FILE
};

enum { SINK_BUFFER_BYTES = 16 * 1024 };

struct sink {
    enum sink_kind kind;
    int fd;
    int peer_fd;      // SINK_PTY: the slave's end, held open so that it never hangs up
    const char *name; // for messages; not owned
    int error;        // errno of the first failed write; all after it is thrown away
    uint8_t last;     // byte put, to know if a line is unfinished; 0: none yet
    size_t used;
    uint8_t buffer[SINK_BUFFER_BYTES];
};

// Opens the destination; says on standard error what is wrong, and then returns false.
bool sink_open(struct sink *s, const struct sink_target *target);
void sink_put(struct sink *s, uint8_t byte);
void sink_write(struct sink *s, const void *bytes, size_t count);
// Hands everything to the operating system. False if this or an earlier write failed.
bool sink_flush(struct sink *s);
// What came in from the far side of a pseudo terminal; 0: nothing now.
size_t sink_read(struct sink *s, uint8_t *to, size_t capacity);
// Flushes and closes. False if any write failed.
bool sink_close(struct sink *s);
