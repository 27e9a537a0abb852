#include "front/cli/tui.h"

#include "front/cli/options.h"
#include "host/posix/message.h"
#include "host/posix/terminal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 500 };

void tui_say(struct tui *t, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(t->message, sizeof t->message, format, arguments);
    va_end(arguments);
}

// A register by its role; -1: none.
static int register_of_role(const struct tui *t, unsigned role)
{
    const struct vt_description *d = vt_describe(t->vm);

    for (unsigned n = 0; n < d->register_count; n++) {
        if (d->registers[n].role == role) {
            return (int)n;
        }
    }
    return -1;
}

uint64_t tui_pc(const struct tui *t)
{
    return vt_register(t->vm, (unsigned)register_of_role(t, VT_ROLE_PC));
}

void tui_moved(struct tui *t)
{
    uint64_t now = vt_steps(t->vm);
    int stack = register_of_role(t, VT_ROLE_STACK);

    t->has_last = now > 0 && vt_delta(t->vm, now - 1, &t->last);
    t->micro = 0;
    t->why_count = 0;
    t->list = TUI_NO_LIST;
    if (t->follows_pc) {
        t->cursor = tui_pc(t);
    }
    if (t->follows_stack && stack >= 0) {
        t->memory[1] = vt_register(t->vm, (unsigned)stack);
    }
}

// The program prints: the byte is kept with its step, so that the console goes back with time.
static void take_output(void *owner, uint8_t byte)
{
    struct tui *t = owner;
    uint64_t step = t->vm ? vt_steps(t->vm) : 0;

    while (t->output_count > 0 && t->output[t->output_count - 1].step > step) {
        t->output_count--; // of a future that has been given up
    }
    if (t->output_count == t->output_capacity) {
        size_t capacity = t->output_capacity ? 2 * t->output_capacity : 1024;
        struct tui_output *more = realloc(t->output, capacity * sizeof *more);

        if (!more) {
            return;
        }
        t->output = more;
        t->output_capacity = capacity;
    }
    t->output[t->output_count++] = (struct tui_output){step, byte};
}

// Arrows and page keys come as ESC [ and a letter, or a digit and ~.
static void take_bytes(struct tui *t, const uint8_t *bytes, long count)
{
    for (long n = 0; n < count && !t->is_over; n++) {
        if (!t->gives_keys && bytes[n] == 27 && n + 2 < count && bytes[n + 1] == '[') {
            n += 2;
            tui_arrow(t, bytes[n]);
            n += n + 1 < count && bytes[n + 1] == '~';
        } else {
            tui_key(t, bytes[n]);
        }
    }
}

static int loop(struct tui *t)
{
    struct sink *out = &t->study->host.terminal;

    while (!t->is_over && terminal_signal() == 0) {
        uint8_t bytes[64];
        long count;

        if (terminal_was_resumed()) {
            sink_write(out, "\033[?1049h", 8);
            t->canvas.is_valid = false;
        }
        tui_draw(t);
        canvas_send(&t->canvas, out);
        if (!posix_host_flush(&t->study->host)) {
            return EXIT_BAD_USE;
        }
        terminal_wait(WAIT_MS);
        count = terminal_read(bytes, sizeof bytes);
        if (count < 0) {
            return EXIT_GOOD;
        }
        take_bytes(t, bytes, count);
    }
    return terminal_signal() ? 128 + terminal_signal() : EXIT_GOOD;
}

static void start(struct tui *t)
{
    const char *no_colour = getenv("NO_COLOR");
    int stack = register_of_role(t, VT_ROLE_STACK);

    t->canvas.has_colour = !no_colour || !*no_colour;
    t->follows_pc = true;
    t->follows_stack = stack >= 0;
    t->memory[0] = tui_pc(t);
    t->line.prompt = "";
    tui_moved(t);
}

int study_tui(struct study *s)
{
    static const char farewell[] = "\033[0m\033[?25h\033[?1049l";
    struct tui *t;
    int code;

    if (!terminal_has_input() || !terminal_has_output()) {
        message("--tui needs a terminal; --trace text works without one");
        return EXIT_BAD_USE;
    }
    t = calloc(1, sizeof *t);
    if (!t) {
        message("out of memory");
        return EXIT_BAD_USE;
    }
    t->study = s;
    t->vm = s->vm;
    s->host.serial_watch = take_output;
    s->host.serial_watch_owner = t;
    terminal_catch_signals();
    terminal_start(farewell);
    sink_write(&s->host.terminal, "\033[?1049h\033[?25l", 14);
    start(t);
    code = loop(t);
    terminal_stop();
    free(t->output);
    free(t);
    return code;
}
