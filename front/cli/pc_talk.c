// The person at the terminal: input, drawing, pacing.
#define _XOPEN_SOURCE 700
#include "front/cli/pc.h"
#include "host/posix/message.h"
#include "host/posix/terminal.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    INPUT_BACKLOG = 256,               // bytes that may wait for the guest
    ESCAPE_WAIT_NS = 30 * 1000 * 1000, // after which an ESC is the key itself
    DRAW_EVERY_NS = 33 * 1000 * 1000,
    LONGEST_SLEEP_MS = 100,
    LAG_FORGIVEN_NS = 50 * 1000 * 1000,
};

uint64_t pc_wall_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void pc_say(struct pc *pc, const char *text)
{
    if (pc->display == DISPLAY_TTY) {
        tty_display_say(&pc->tty, text);
        pc->last_draw_ns = 0;
        return;
    }
    posix_host_flush(&pc->host);
    if (pc->is_terminal_raw) {
        fputc('\n', stderr); // the guest's line may be unfinished
    }
    message("%s", text);
}

static void give_byte(struct pc *pc, uint8_t byte)
{
    struct items items = {0};

    if (pc->display != DISPLAY_TTY) {
        feed_serial_byte(&pc->feed, byte);
        return;
    }
    tty_keys_take(&pc->tty_keys, byte, &items);
    feed_keyboard(&pc->feed, &items);
    items_free(&items);
}

// One byte of the terminal. False: the user ends the run.
static bool take_byte(struct pc *pc, uint8_t byte)
{
    switch (prefix_take(&pc->prefix, byte)) {
    case PREFIX_PASS: give_byte(pc, byte); break;
    case PREFIX_SWALLOW: break;
    case PREFIX_END: return false;
    case PREFIX_HELP: pc_say(pc, prefix_help()); break;
    case PREFIX_MONITOR: return pc_monitor_open(pc);
    case PREFIX_RESET: vt_reset(pc->vm); break;
    case PREFIX_POWER: vt_power_button(pc->vm); break;
    }
    return true;
}

static bool may_read(const struct pc *pc)
{
    return pc->takes_input && !pc->is_input_over &&
           pc->feed.bytes.count - pc->feed.next_byte < INPUT_BACKLOG &&
           pc->feed.keys.count - pc->feed.next_key < INPUT_BACKLOG;
}

static bool take_standard_input(struct pc *pc)
{
    uint8_t bytes[128];
    long count = may_read(pc) ? terminal_read(bytes, sizeof bytes) : 0;

    if (count < 0) {
        pc->is_input_over = true;
        pc->is_paced = pc->is_paced && pc->has_pty; // nobody is left to keep pace with
        return true;
    }
    for (long i = 0; i < count; i++) {
        if (!pc->is_terminal_raw) {
            give_byte(pc, bytes[i]); // a pipe's bytes all are the guest's
        } else if (!take_byte(pc, bytes[i])) {
            return false;
        }
    }
    if (count > 0) {
        pc->last_input_ns = pc_wall_ns();
    }
    return true;
}

static void finish_escape(struct pc *pc)
{
    struct items items = {0};

    if (pc->tty_keys.count > 0 && pc_wall_ns() - pc->last_input_ns > ESCAPE_WAIT_NS) {
        tty_keys_pause(&pc->tty_keys, &items);
        feed_keyboard(&pc->feed, &items);
        items_free(&items);
    }
}

// One byte at a time: what the receiver has no room for waits here.
static void take_pty_input(struct pc *pc)
{
    for (unsigned i = 0; pc->has_pty && i < pc->options->serial_count; i++) {
        struct pty_byte *waiting = &pc->pty_bytes[i];

        if (!waiting->is_there) {
            waiting->is_there = sink_read(&pc->host.files[i], &waiting->byte, 1) == 1;
        }
        if (waiting->is_there && vt_serial_input(pc->vm, i, &waiting->byte, 1) == 1) {
            waiting->is_there = false;
        }
    }
}

bool pc_take_input(struct pc *pc)
{
    bool goes_on = take_standard_input(pc);

    finish_escape(pc);
    take_pty_input(pc);
    return goes_on;
}

void pc_draw(struct pc *pc)
{
    uint64_t now_ns;

    if (pc->display != DISPLAY_TTY) {
        return;
    }
    now_ns = pc_wall_ns();
    if (terminal_was_resumed()) {
        sink_write(&pc->host.terminal, "\033[?1049h", 8);
        tty_display_redraw(&pc->tty);
    } else if (now_ns - pc->last_draw_ns < DRAW_EVERY_NS) {
        return;
    }
    pc->last_draw_ns = now_ns;
    tty_display_draw(&pc->tty, pc->vm);
}

bool pc_has_pending_input(const struct pc *pc)
{
    return pc->feed.bytes.count != pc->feed.next_byte || pc->feed.keys.count != pc->feed.next_key ||
           pc->keys.next < pc->keys.count;
}

bool pc_is_watched(const struct pc *pc)
{
    return pc->has_pty || pc->display == DISPLAY_TTY;
}

// Sleeps, but wakes for input.
static void nap(struct pc *pc, int ms)
{
    if (may_read(pc)) {
        terminal_wait(ms);
    } else {
        poll(NULL, 0, ms);
    }
}

// A kernel that unpacks itself: as long as the console is silent, and the guest busy, nobody can
// tell the guest's time from real time, and everybody wants it over.
static bool may_hurry(const struct pc *pc)
{
    return pc->input_uart >= 0 && pc->host.terminal.last == 0 && !vt_is_idle(pc->vm);
}

void pc_pace(struct pc *pc)
{
    uint64_t guest_ns = vt_guest_ns(pc->vm);
    uint64_t wall_ns = pc_wall_ns() - pc->pace_origin_ns;

    if (!pc->is_paced) {
        return;
    }
    if (wall_ns > guest_ns + LAG_FORGIVEN_NS || may_hurry(pc)) {
        pc->pace_origin_ns += wall_ns - guest_ns; // it lags and need not catch up, or hurries
    } else if (guest_ns > wall_ns + 1000000) {
        uint64_t ahead_ms = (guest_ns - wall_ns) / 1000000;

        nap(pc, ahead_ms < LONGEST_SLEEP_MS ? (int)ahead_ms : LONGEST_SLEEP_MS);
    }
}
