#define _XOPEN_SOURCE 700
#include "host/posix/sink.h"

#include "host/posix/message.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static bool open_file(struct sink *s, const char *path)
{
    s->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    s->name = path;
    if (s->fd < 0) {
        message("%s: cannot be written: %s", path, strerror(errno));
        return false;
    }
    return true;
}

// The line of a pseudo terminal must pass bytes as they are, as a serial cable does.
static void make_transparent(int fd)
{
    struct termios mode;

    if (tcgetattr(fd, &mode) != 0) {
        return;
    }
    mode.c_iflag = 0;
    mode.c_oflag = 0;
    mode.c_lflag = 0;
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    tcsetattr(fd, TCSANOW, &mode);
}

static bool open_pty(struct sink *s)
{
    const char *slave;

    s->name = "pseudo terminal";
    s->fd = posix_openpt(O_RDWR | O_NOCTTY);
    if (s->fd < 0 || grantpt(s->fd) != 0 || unlockpt(s->fd) != 0) {
        message("no pseudo terminal to be had: %s", strerror(errno));
        return false;
    }
    slave = ptsname(s->fd);
    s->peer_fd = slave ? open(slave, O_RDWR | O_NOCTTY) : -1;
    if (s->peer_fd < 0) {
        message("the pseudo terminal cannot be opened: %s", strerror(errno));
        return false;
    }
    make_transparent(s->peer_fd);
    fcntl(s->fd, F_SETFL, fcntl(s->fd, F_GETFL) | O_NONBLOCK);
    message("a serial port is on %s", slave);
    return true;
}

bool sink_open(struct sink *s, const struct sink_target *target)
{
    memset(s, 0, offsetof(struct sink, buffer));
    s->kind = target->kind;
    s->fd = -1;
    s->peer_fd = -1;
    s->name = "nowhere";
    switch (target->kind) {
    case SINK_NULL: return true;
    case SINK_STDIO:
        s->fd = STDOUT_FILENO;
        s->name = "standard output";
        return true;
    case SINK_FILE: return open_file(s, target->path);
    case SINK_PTY: return open_pty(s);
    }
    return false;
}

static void fail(struct sink *s, int error)
{
    s->error = error;
    s->used = 0;
}

// A pseudo terminal that nobody reads loses what does not fit, as a cable without a listener does.
static bool may_retry(const struct sink *s)
{
    struct pollfd door = {.fd = s->fd, .events = POLLOUT};

    if (errno == EINTR) {
        return true;
    }
    if (errno != EAGAIN || s->kind == SINK_PTY) {
        return false;
    }
    return poll(&door, 1, -1) >= 0 || errno == EINTR;
}

bool sink_flush(struct sink *s)
{
    size_t done = 0;

    while (done < s->used && s->error == 0) {
        ssize_t n = write(s->fd, s->buffer + done, s->used - done);

        if (n > 0) {
            done += (size_t)n;
        } else if (n < 0 && !may_retry(s)) {
            if (s->kind == SINK_PTY) {
                break;
            }
            fail(s, errno);
        }
    }
    s->used = 0;
    return s->error == 0;
}

void sink_put(struct sink *s, uint8_t byte)
{
    if (s->kind == SINK_NULL || s->error != 0) {
        return;
    }
    if (s->used == sizeof s->buffer) {
        sink_flush(s);
    }
    s->buffer[s->used++] = byte;
    s->last = byte;
}

void sink_write(struct sink *s, const void *bytes, size_t count)
{
    const uint8_t *from = bytes;

    for (size_t i = 0; i < count; i++) {
        sink_put(s, from[i]);
    }
}

size_t sink_read(struct sink *s, uint8_t *to, size_t capacity)
{
    ssize_t n;

    if (s->kind != SINK_PTY || s->fd < 0 || capacity == 0) {
        return 0;
    }
    n = read(s->fd, to, capacity);
    return n > 0 ? (size_t)n : 0;
}

bool sink_close(struct sink *s)
{
    bool is_good = sink_flush(s);

    if (s->peer_fd >= 0) {
        close(s->peer_fd);
    }
    if (s->fd >= 0 && s->kind != SINK_STDIO && close(s->fd) != 0 && is_good) {
        s->error = errno; // network file systems report a full disk only here
        is_good = false;
    }
    s->fd = -1;
    s->peer_fd = -1;
    s->kind = SINK_NULL;
    return is_good;
}
