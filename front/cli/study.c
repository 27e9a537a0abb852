#define _XOPEN_SOURCE 700
#include "front/cli/study.h"

#include "front/cli/file.h"
#include "front/cli/options.h"
#include "front/cli/screenshot.h"
#include "host/posix/message.h"
#include "host/posix/terminal.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    CONTROL_C = 3,
    SLICE_STEPS = 1 << 20,
    NAP_MS = 200,
    INPUT_LIMIT_BYTES = 16 << 20,
    LIST_BYTES = 512
};

// --- places and assertions ---

bool study_place(struct vt_machine *vm, const char *name, struct vt_place *place,
                 const char **error)
{
    char inner[LIST_BYTES];
    size_t length = strlen(name);
    int reg = vt_register_by_name(vm, name);

    *place = (struct vt_place){.kind = VT_PLACE_REGISTER, .index = (uint64_t)reg};
    if (reg >= 0) {
        return true;
    }
    *place = (struct vt_place){.kind = VT_PLACE_MEMORY};
    if (length >= 2 && length < sizeof inner && name[0] == '[' && name[length - 1] == ']') {
        memcpy(inner, name + 1, length - 2);
        inner[length - 2] = 0;
        name = inner;
    }
    return vt_evaluate(vm, name, &place->index, error, NULL);
}

uint64_t study_place_value(const struct vt_machine *vm, const struct vt_place *place)
{
    uint16_t cell = 0;

    if (place->kind == VT_PLACE_REGISTER) {
        return vt_register(vm, (unsigned)place->index);
    }
    vt_memory(vm, place->space, place->index, &cell, 1);
    return cell;
}

unsigned study_place_bits(const struct vt_machine *vm, const struct vt_place *place)
{
    const struct vt_description *d = vt_describe(vm);

    return place->kind == VT_PLACE_REGISTER ? d->registers[place->index].bits
                                            : d->spaces[place->space].cell_bits;
}

static int64_t as_signed(uint64_t value, unsigned bits)
{
    return bits < 64 && value >> (bits - 1) ? (int64_t)(value - (UINT64_C(1) << bits))
                                            : (int64_t)value;
}

// One NAME=VALUE.
static bool check_one(struct vt_machine *vm, const char *name, const char *wanted, bool *is_bad)
{
    struct vt_place place;
    const char *error;
    uint64_t value, is;
    unsigned bits;

    if (!study_place(vm, name, &place, &error)) {
        message("--assert %s: %s", name, error);
        *is_bad = true;
        return false;
    }
    if (!vt_evaluate(vm, wanted, &value, &error, NULL)) {
        message("--assert %s=%s: %s", name, wanted, error);
        *is_bad = true;
        return false;
    }
    is = study_place_value(vm, &place);
    bits = study_place_bits(vm, &place);
    if (((is ^ value) & (UINT64_MAX >> (64 - bits))) == 0) {
        return true;
    }
    message("--assert %s=%s: it is %" PRId64 " (x%" PRIX64 ")", name, wanted, as_signed(is, bits),
            is);
    return false;
}

// Checks one list NAME=VALUE,... False: at least one does not hold, told; *is_bad: it makes no
// sense, told too.
static bool check(struct vt_machine *vm, const char *list, bool *is_bad)
{
    char copy[LIST_BYTES];
    char *rest = copy;
    bool holds = true;

    snprintf(copy, sizeof copy, "%s", list);
    while (*rest) {
        char *item = rest;
        char *equals;

        rest += strcspn(rest, ",");
        if (*rest) {
            *rest++ = 0;
        }
        item += strspn(item, " ");
        equals = strchr(item, '=');
        if (!equals) {
            message("--assert: '%s': NAME=VALUE is needed, as AX=18 or [100]=5", item);
            *is_bad = true;
            return false;
        }
        *equals = 0;
        holds = check_one(vm, item, equals + 1, is_bad) && holds;
    }
    return holds;
}

// --- the keyboard ---

// From the terminal: Ctrl-C ends the run, Enter is a newline.
static bool give_key(struct study *s, uint8_t byte)
{
    if (s->is_terminal_raw && byte == CONTROL_C) {
        s->is_broken_off = true;
        return false;
    }
    byte = s->is_terminal_raw && byte == '\r' ? '\n' : byte;
    return vt_serial_input(s->vm, 0, &byte, 1) == 1;
}

// Offers what the machine has room for. False: nothing was there to give.
static bool give_input(struct study *s)
{
    uint8_t byte;
    size_t taken;

    if (s->input) {
        taken = vt_serial_input(s->vm, 0, s->input + s->input_next, s->input_count - s->input_next);
        s->input_next += taken;
        return taken > 0;
    }
    if (s->is_input_over || terminal_read(&byte, 1) <= 0) {
        return false;
    }
    return give_key(s, byte);
}

// Waits for a key. False: none will ever come.
static bool wait_for_input(struct study *s)
{
    uint8_t byte;
    long count;

    if (s->input) {
        return give_input(s);
    }
    while (!s->is_input_over && !s->is_broken_off && terminal_signal() == 0) {
        posix_host_flush(&s->host);
        if (!terminal_wait(NAP_MS)) {
            continue;
        }
        count = terminal_read(&byte, 1);
        s->is_input_over = count < 0;
        if (count == 1) {
            return give_key(s, byte);
        }
    }
    return false;
}

// --- the run ---

static int end_of(struct study *s, struct vt_stop stop)
{
    switch (stop.reason) {
    case VT_STOP_POWER_OFF:
        if (!s->program->has_failed || !s->program->has_failed(s->program->owner, s->vm)) {
            return EXIT_GOOD;
        }
        message("%s", s->program->fault(s->program->owner, s->vm));
        return EXIT_FAULT;
    case VT_STOP_BREAK:
    case VT_STOP_HALTED: return EXIT_GOOD;
    case VT_STOP_FAULT:
        message("%s", s->program->fault(s->program->owner, s->vm));
        return EXIT_FAULT;
    case VT_STOP_INPUT:
        message("the program waits for a key, and there are no more");
        return EXIT_LIMIT;
    default: message("the limit of --max-instructions is reached"); return EXIT_LIMIT;
    }
}

static uint64_t slice_end(const struct study *s)
{
    uint64_t end = vt_instructions(s->vm) + SLICE_STEPS;

    return end < s->options->max_instructions ? end : s->options->max_instructions;
}

// A slice, or with --trace one step.
static struct vt_stop advance(struct study *s)
{
    struct vt_delta delta;

    if (s->options->trace == STUDY_TRACE_OFF) {
        return vt_run(s->vm, slice_end(s), UINT64_MAX);
    }
    if (vt_instructions(s->vm) >= s->options->max_instructions) {
        return (struct vt_stop){.reason = VT_STOP_LIMIT};
    }
    struct vt_stop stop = vt_move_forward(s->vm, VT_MOVE_STEP, 1);
    if (vt_steps(s->vm) > 0 && vt_delta(s->vm, vt_steps(s->vm) - 1, &delta)) {
        study_trace_step(s, &delta);
    }
    return stop;
}

static int run(struct study *s)
{
    if (s->input) {
        give_input(s); // typed ahead
    }
    for (;;) {
        struct vt_stop stop = advance(s);

        if (!posix_host_flush(&s->host)) {
            return EXIT_BAD_USE;
        }
        if (terminal_signal() != 0 || s->is_broken_off) {
            return 128 + (terminal_signal() != 0 ? terminal_signal() : SIGINT);
        }
        if (stop.reason == VT_STOP_INPUT && wait_for_input(s)) {
            continue;
        }
        if (stop.reason == VT_STOP_LIMIT && vt_instructions(s->vm) < s->options->max_instructions) {
            give_input(s);
            continue;
        }
        if (terminal_signal() == 0 && !s->is_broken_off) {
            return end_of(s, stop);
        }
    }
}

static bool set_until(struct study *s)
{
    struct vt_break b = {.kind = VT_BREAK_EXECUTE};
    const char *error;

    if (!s->options->until) {
        return true;
    }
    if (!vt_evaluate(s->vm, s->options->until, &b.first, &error, NULL)) {
        message("--until %s: %s", s->options->until, error);
        return false;
    }
    b.last = b.first;
    return vt_break_add(s->vm, &b) >= 0;
}

static int check_all(struct study *s, int code)
{
    bool is_bad = false;

    for (unsigned n = 0; n < s->options->assert_count; n++) {
        bool holds = check(s->vm, s->options->asserts[n], &is_bad);

        code = is_bad ? EXIT_BAD_USE : holds || code != EXIT_GOOD ? code : EXIT_UNEXPECTED;
    }
    return code;
}

static double wall_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void print_stats(struct study *s)
{
    struct vt_stats stats;

    vt_stats(s->vm, &stats);
    fprintf(stderr,
            "instructions   %" PRIu64 "\n"
            "wall time      %.3f s\n"
            "speed          %.1f MIPS\n"
            "interrupts     %" PRIu64 ", exceptions %" PRIu64 "\n",
            stats.instructions, s->ran_s,
            s->ran_s > 0 ? (double)stats.instructions / s->ran_s / 1e6 : 0.0, stats.interrupts,
            stats.exceptions);
}

// False: told.
static bool print_end(struct study *s)
{
    bool is_good = true;

    if (s->program->report && s->options->trace != STUDY_TRACE_JSON) {
        s->program->report(s->program->owner, s->vm);
    }
    if (s->options->wants_stats) {
        print_stats(s);
    }
    if (s->options->screenshot) {
        is_good = screenshot_write(s->vm, s->options->screenshot);
    }
    if (s->options->wants_digest) {
        printf("digest %016" PRIx64 " at %" PRIu64 " instructions\n", vt_digest(s->vm),
               vt_instructions(s->vm));
    }
    return is_good;
}

static int run_program(struct study *s)
{
    int code;

    if (!set_until(s)) {
        return EXIT_BAD_USE;
    }
    terminal_catch_signals();
    if (!s->input && terminal_has_input()) {
        s->is_terminal_raw = terminal_start(NULL);
    }
    s->ran_s = wall_s();
    code = run(s);
    s->ran_s = wall_s() - s->ran_s;
    posix_host_flush(&s->host);
    terminal_stop();
    bool is_followed = terminal_has_output() || s->program->report || s->options->wants_digest;

    if (is_followed && s->host.terminal.last != 0 && s->host.terminal.last != '\n') {
        sink_put(&s->host.terminal, '\n');
        posix_host_flush(&s->host);
    }
    code = check_all(s, code);
    return print_end(s) || code != EXIT_GOOD ? code : EXIT_BAD_USE;
}

// What is no terminal is read as a whole, so that every run with it is the same.
static bool load_input(struct study *s)
{
    const char *path = s->options->input_file ? s->options->input_file : "-";
    struct file_bytes file;
    size_t count = 0;

    if (strcmp(path, "-") == 0 && terminal_has_input()) {
        return true;
    }
    if (!file_read(path, INPUT_LIMIT_BYTES, &file)) {
        return false;
    }
    for (size_t n = 0; n < file.size_bytes; n++) { // without the returns of DOS line ends
        bool is_return =
            file.bytes[n] == '\r' && n + 1 < file.size_bytes && file.bytes[n + 1] == '\n';
        file.bytes[count] = file.bytes[n];
        count += !is_return;
    }
    s->input = file.bytes;
    s->input_count = count;
    return true;
}

static int run_or_show(struct study *s)
{
    struct sink_target console = {.kind = SINK_STDIO};
    int code = EXIT_BAD_USE;

    posix_host_init(&s->host);
    s->host.is_log_wanted[VT_LOG_GUEST] = !s->program->is_silent && !s->options->wants_tui;
    if (s->options->wants_tui || s->options->trace == STUDY_TRACE_JSON) {
        console.kind = SINK_NULL; // it has a pane; the trace tells of it
    }
    if (load_input(s) && posix_host_open_serial(&s->host, 0, &console)) {
        s->vm = s->program->create(s->program->owner, &s->host.door);
    }
    if (s->vm) {
        vt_set_symbols(s->vm, s->program->symbols, s->program->symbol_count);
        code = s->options->wants_tui ? study_tui(s) : run_program(s);
        vt_destroy(s->vm);
    }
    free(s->input);
    return posix_host_close(&s->host) || code != EXIT_GOOD ? code : EXIT_BAD_USE;
}

int study_main(const struct study_options *o, const struct study_program *program)
{
    struct study *s = o->grade_file ? NULL : calloc(1, sizeof *s);
    int code = EXIT_BAD_USE;

    if (o->grade_file) {
        return study_grade(o, program);
    }
    if (!s) {
        message("out of memory");
        return code;
    }
    s->options = o;
    s->program = program;
    code = run_or_show(s);
    free(s);
    return code;
}
