// `vitrine lc3`: a program is run to its end, and what was asked of it is checked.
#define _XOPEN_SOURCE 700
#include "front/cli/lc3.h"

#include "front/cli/file.h"
#include "front/cli/lc3_grade.h"
#include "front/cli/lc3_session.h"
#include "front/cli/lc3_trace.h"
#include "front/cli/options.h"
#include "host/posix/message.h"
#include "host/posix/terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SLICE_STEPS = 10 * 1000 * 1000, // between two looks at the terminal
    NAP_MS = 200,
    INPUT_BYTES_MAX = 16 << 20,
    INTERRUPT_KEY = 3, // Ctrl-C
};

struct run {
    struct lc3_session *s;
    bool has_terminal; // somebody types
    bool is_broken_off;
    int until_number; // of the breakpoint of --until; -1: none
};

static int fault_code(const char *text)
{
    message("%s", text);
    return EXIT_FAULT;
}

// --- input ---

// What is typed goes to the program; Ctrl-C ends the run.
static void take_keys(struct run *r, int timeout_ms)
{
    uint8_t bytes[256];
    if (!terminal_wait(timeout_ms)) {
        return;
    }
    long count = terminal_read(bytes, sizeof bytes);
    if (count < 0) {
        r->has_terminal = false;
    }
    for (long n = 0; n < count; n++) {
        uint8_t byte = bytes[n] == '\r' ? '\n' : bytes[n];
        if (byte == INTERRUPT_KEY) {
            r->is_broken_off = true;
        } else {
            lc3_session_type(r->s, &byte, 1);
        }
    }
}

// Input that is no terminal is typed ahead as a whole.
static bool type_input(struct run *r)
{
    const char *path = r->s->options->input ? r->s->options->input : "-";
    struct file_bytes file;
    if (strcmp(path, "-") == 0 && terminal_has_input()) {
        r->has_terminal = true;
        return true;
    }
    if (!file_read(path, INPUT_BYTES_MAX, &file)) {
        return false;
    }
    bool is_typed = lc3_session_type(r->s, file.bytes, file.size_bytes);
    free(file.bytes);
    return is_typed;
}

// --- the run ---

static int end_fault(struct run *r)
{
    char text[160];
    vt_lc3_fault_text(r->s->vm, text, sizeof text);
    return fault_code(text);
}

static int end_spinning(struct run *r)
{
    char text[80];
    int pc = vt_register_by_name(r->s->vm, "PC");
    snprintf(text, sizeof text, "x%04X: the instruction jumps to itself for ever",
             (unsigned)vt_register(r->s->vm, (unsigned)pc));
    return fault_code(text);
}

// The exit code that a stop means; -1: the run goes on.
static int judge(struct run *r, struct vt_stop stop)
{
    switch (stop.reason) {
    case VT_STOP_POWER_OFF: return vt_lc3_has_failed(r->s->vm) ? end_fault(r) : EXIT_GOOD;
    case VT_STOP_FAULT: return end_fault(r);
    case VT_STOP_HALTED: return end_spinning(r);
    case VT_STOP_BREAK: return EXIT_GOOD;
    case VT_STOP_INPUT:
        if (r->has_terminal) {
            take_keys(r, NAP_MS);
            return -1;
        }
        return fault_code("the program waits for a key, and the input has ended");
    default: break;
    }
    if (vt_steps(r->s->vm) >= r->s->options->max_steps) {
        message("the limit of --max-instructions is reached");
        return EXIT_LIMIT;
    }
    return -1;
}

static struct vt_stop run_slice(struct run *r)
{
    struct vt_machine *vm = r->s->vm;
    const struct lc3_options *o = r->s->options;
    uint64_t now = vt_steps(vm), end = now + SLICE_STEPS;
    if (o->trace != LC3_TRACE_OFF && now < o->max_steps) {
        return lc3_trace_step(r->s, o->trace, r->until_number >= 0);
    }
    return vt_run(vm, end < o->max_steps ? end : o->max_steps, UINT64_MAX);
}

static int run_to_end(struct run *r)
{
    for (;;) {
        int code = judge(r, run_slice(r));
        int signal_number = terminal_signal();
        if (!posix_host_flush(&r->s->host)) {
            return EXIT_BAD_USE; // told when all is closed
        }
        if (code >= 0) {
            return code;
        }
        if (r->has_terminal && r->s->options->trace == LC3_TRACE_OFF) {
            take_keys(r, 0);
        }
        if (signal_number != 0 || r->is_broken_off) {
            return 128 + (signal_number != 0 ? signal_number : 2);
        }
    }
}

static bool set_until(struct run *r)
{
    const char *text = r->s->options->until;
    struct vt_break b = {.kind = VT_BREAK_EXECUTE};
    r->until_number = -1;
    if (!text) {
        return true;
    }
    if (!lc3_session_evaluate(r->s, "--until", text, &b.first)) {
        return false;
    }
    b.last = b.first;
    r->until_number = vt_break_add(r->s->vm, &b);
    return r->until_number >= 0;
}

// --- the end ---

static void tell_assertion(void *owner, const char *text)
{
    (void)owner;
    message("--assert: %s", text);
}

static int check_assertions(struct run *r, int code)
{
    int failed = 0;
    for (unsigned n = 0; n < r->s->options->assert_count; n++) {
        int result =
            lc3_session_check(r->s, "--assert", r->s->options->asserts[n], tell_assertion, NULL);
        if (result < 0) {
            return EXIT_BAD_USE;
        }
        failed += result;
    }
    return failed > 0 ? EXIT_UNEXPECTED : code;
}

static void print_registers(struct vt_machine *vm)
{
    const struct vt_description *d = vt_describe(vm);
    for (unsigned n = 0; n < d->register_count; n++) {
        unsigned value = (unsigned)vt_register(vm, n);
        bool is_number = d->registers[n].group == d->registers[0].group;
        printf("%-4s x%04X", d->registers[n].name, value);
        if (is_number) {
            printf(" %6d", (int16_t)value);
        }
        putchar('\n');
    }
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void print_stats(struct vt_machine *vm, double wall_s)
{
    struct vt_stats s;
    vt_stats(vm, &s);
    fprintf(stderr,
            "instructions   %" PRIu64 "\n"
            "wall time      %.3f s\n"
            "speed          %.1f MIPS\n"
            "interrupts     %" PRIu64 ", exceptions %" PRIu64 "\n"
            "characters     %" PRIu64 "\n",
            s.instructions, wall_s, wall_s > 0 ? (double)s.instructions / wall_s / 1e6 : 0.0,
            s.interrupts, s.exceptions, vt_lc3_display_count(vm));
}

// What follows the program's own text stands on a line of its own.
static void end_line(struct lc3_session *s)
{
    if (s->host.terminal.last != 0 && s->host.terminal.last != '\n') {
        sink_put(&s->host.terminal, '\n');
    }
    posix_host_flush(&s->host);
}

static int report(struct run *r, int code, double wall_s)
{
    const struct lc3_options *o = r->s->options;
    code = check_assertions(r, code);
    if (o->wants_registers || o->wants_digest || terminal_has_output()) {
        end_line(r->s);
    }
    if (o->wants_registers) {
        print_registers(r->s->vm);
    }
    if (o->wants_stats) {
        print_stats(r->s->vm, wall_s);
    }
    if (o->wants_digest) {
        printf("digest %016" PRIx64 " at %" PRIu64 " instructions\n", vt_digest(r->s->vm),
               vt_steps(r->s->vm));
    }
    return code;
}

static int run_program(struct lc3_session *s)
{
    struct run r = {.s = s};
    if (!lc3_session_start(s) || !set_until(&r) || !type_input(&r)) {
        return EXIT_BAD_USE;
    }
    terminal_catch_signals();
    if (r.has_terminal) {
        terminal_start(NULL);
    }
    double start_s = now_s();
    int code = run_to_end(&r);
    double wall_s = now_s() - start_s;
    terminal_stop();
    return report(&r, code, wall_s);
}

static int load_and_run(const struct lc3_options *o)
{
    struct lc3_session *s = malloc(sizeof *s);
    int code = EXIT_BAD_USE;
    if (!s) {
        message("out of memory");
        return code;
    }
    if (lc3_session_load(s, o)) {
        code = o->grade ? lc3_grade(s) : run_program(s);
    }
    if (!lc3_session_end(s) && code == EXIT_GOOD) {
        code = EXIT_BAD_USE;
    }
    free(s);
    return code;
}

int lc3_main(int argc, char **argv)
{
    struct lc3_options o;
    if (argc > 0 && strcmp(argv[0], "asm") == 0) {
        return lc3_asm_main(argc - 1, argv + 1);
    }
    switch (lc3_options_parse(&o, argc, argv)) {
    case LC3_PARSED_RUN: return load_and_run(&o);
    case LC3_PARSED_DONE: return EXIT_GOOD;
    case LC3_PARSED_BAD: break;
    }
    return EXIT_BAD_USE;
}
