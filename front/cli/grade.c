// --grade: runs the tests of a file on fresh machines and prints a score.
#define _XOPEN_SOURCE 700
#include "front/cli/grade_file.h"
#include "front/cli/options.h"
#include "front/cli/study.h"
#include "host/posix/message.h"

#include <inttypes.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUT_LIMIT_BYTES = 1 << 20, WHY_BYTES = 400, DEFAULT_STEPS = 10 * 1000 * 1000 };

// A machine under test, and what it has printed.
struct trial {
    struct posix_host host; // first: the owner of its door
    const struct grade_test *test;
    struct vt_machine *vm;
    char *output;
    size_t output_bytes;
    char why[WHY_BYTES]; // the first thing that was wrong; empty: passed
};

static void wrong(struct trial *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void wrong(struct trial *t, const char *format, ...)
{
    va_list arguments;

    if (t->why[0]) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(t->why, sizeof t->why, format, arguments);
    va_end(arguments);
}

static void take_output(void *owner, unsigned uart, uint8_t byte)
{
    struct trial *t = owner; // whose first member the host is

    (void)uart;
    if (t->output_bytes + 1 < OUTPUT_LIMIT_BYTES) {
        t->output[t->output_bytes++] = (char)byte;
        t->output[t->output_bytes] = 0;
    }
}

// --- before the start ---

static void set_values(struct trial *t, const struct grade_items *items)
{
    for (unsigned n = 0; n < items->count; n++) {
        const struct grade_item *item = &items->rows[n];
        struct vt_place place;
        const char *error;
        uint64_t value;
        uint16_t cell;
        bool is_set;

        if (!study_place(t->vm, item->name, &place, &error) ||
            !vt_evaluate(t->vm, item->value, &value, &error, NULL)) {
            wrong(t, "%s = %s: %s", item->name, item->value, error);
            return;
        }
        value &= UINT64_MAX >> (64 - study_place_bits(t->vm, &place));
        cell = (uint16_t)value;
        is_set = place.kind == VT_PLACE_REGISTER
                     ? vt_set_register(t->vm, (unsigned)place.index, value)
                     : vt_set_memory(t->vm, place.space, place.index, &cell, 1) == 1;
        if (!is_set) {
            wrong(t, "%s can't be set to %s", item->name, item->value);
        }
    }
}

// --- the run ---

static struct vt_stop run(struct trial *t)
{
    const struct grade_test *test = t->test;
    uint64_t limit = test->max_instructions ? test->max_instructions : DEFAULT_STEPS;
    const uint8_t *input = (const uint8_t *)test->input;
    size_t given = 0;

    if (test->input_at > 0 && test->input_at < limit) {
        struct vt_stop stop = vt_run(t->vm, test->input_at, UINT64_MAX);

        if (stop.reason != VT_STOP_LIMIT && stop.reason != VT_STOP_INPUT) {
            return stop;
        }
    }
    for (;;) {
        struct vt_stop stop;

        given += vt_serial_input(t->vm, 0, input + given, test->input_bytes - given);
        stop = vt_run(t->vm, limit, UINT64_MAX);
        if (stop.reason != VT_STOP_INPUT || given == test->input_bytes) {
            return stop;
        }
    }
}

static void check_ending(struct trial *t, struct vt_stop stop, const char *fault)
{
    const char *wanted = t->test->ends ? t->test->ends : "halt";
    const char *is = stop.reason == VT_STOP_POWER_OFF || stop.reason == VT_STOP_HALTED ? "halt"
                     : stop.reason == VT_STOP_FAULT                                    ? "fault"
                     : stop.reason == VT_STOP_INPUT                                    ? "input"
                                                                                       : "limit";

    if (strcmp(wanted, "any") == 0 || strcmp(wanted, is) == 0) {
        return;
    }
    if (strcmp(is, "limit") == 0) {
        wrong(t, "it did not end within %" PRIu64 " instructions: an endless loop?",
              vt_instructions(t->vm));
    } else if (strcmp(is, "input") == 0) {
        wrong(t, "it waits for more keys than the test has");
    } else if (strcmp(is, "fault") == 0) {
        wrong(t, "%s", fault);
    } else {
        wrong(t, "it came to its end, but should not have (ends = \"%s\")", wanted);
    }
}

// --- after the end ---

// Text for one line of a report.
static const char *shown(const char *text, char buffer[80])
{
    size_t at = 0;

    for (; *text && at < 70; text++) {
        if (*text == '\n') {
            buffer[at++] = '\\';
            buffer[at++] = 'n';
        } else {
            buffer[at++] = (unsigned char)*text < ' ' ? '?' : *text;
        }
    }
    strcpy(buffer + at, *text ? "..." : "");
    return buffer;
}

static void check_output(struct trial *t)
{
    const struct grade_test *test = t->test;
    char is[80], wanted[80];
    regex_t pattern;

    if (test->output && strcmp(test->output, t->output) != 0) {
        wrong(t, "it printed \"%s\", wanted \"%s\"", shown(t->output, is),
              shown(test->output, wanted));
    }
    if (test->output_contains && !strstr(t->output, test->output_contains)) {
        wrong(t, "it printed \"%s\", in which \"%s\" is missing", shown(t->output, is),
              shown(test->output_contains, wanted));
    }
    if (!test->output_matches) {
        return;
    }
    if (regcomp(&pattern, test->output_matches, REG_EXTENDED | REG_NOSUB) != 0) {
        wrong(t, "out of memory"); // grade_file.c has compiled it once
        return;
    }
    if (regexec(&pattern, t->output, 0, NULL, 0) != 0) {
        wrong(t, "it printed \"%s\", which does not match", shown(t->output, is));
    }
    regfree(&pattern);
}

static void check_values(struct trial *t, const struct grade_items *items)
{
    for (unsigned n = 0; n < items->count; n++) {
        const struct grade_item *item = &items->rows[n];
        struct vt_place place;
        const char *error;
        uint64_t value, is, mask;

        if (!study_place(t->vm, item->name, &place, &error) ||
            !vt_evaluate(t->vm, item->value, &value, &error, NULL)) {
            wrong(t, "%s = %s: %s", item->name, item->value, error);
            return;
        }
        mask = UINT64_MAX >> (64 - study_place_bits(t->vm, &place));
        is = study_place_value(t->vm, &place);
        if ((is ^ value) & mask) {
            wrong(t, "%s is %" PRIu64 " (x%" PRIX64 "), wanted %s", item->name, is, is,
                  item->value);
        }
    }
}

static void run_trial(struct trial *t, const struct study_program *program)
{
    struct vt_stop stop;

    vt_set_symbols(t->vm, program->symbols, program->symbol_count);
    set_values(t, &t->test->set_registers);
    set_values(t, &t->test->set_memory);
    if (t->why[0]) {
        return;
    }
    stop = run(t);
    check_ending(t, stop, program->fault(program->owner, t->vm));
    check_output(t);
    check_values(t, &t->test->registers);
    check_values(t, &t->test->memory);
}

// False: the test could not be run at all; told.
static bool try_test(const struct study_program *program, const struct grade_test *test,
                     char why[WHY_BYTES])
{
    struct trial *t = calloc(1, sizeof *t);

    if (!t || !(t->output = calloc(1, OUTPUT_LIMIT_BYTES))) {
        message("out of memory");
        free(t);
        return false;
    }
    t->test = test;
    posix_host_init(&t->host);
    t->host.door.serial_write = take_output;
    t->vm = program->create(program->owner, &t->host.door);
    bool is_made = t->vm != NULL;

    if (is_made) {
        run_trial(t, program);
        vt_destroy(t->vm);
    }
    strcpy(why, t->why);
    free(t->output);
    free(t);
    return is_made;
}

// --- the score ---

static void put_json_string(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') {
            printf("\\%c", *text);
        } else if ((unsigned char)*text < ' ') {
            printf("\\u%04x", *text);
        } else {
            putchar(*text);
        }
    }
    putchar('"');
}

static void print_result(const struct grade_test *test, unsigned number, const char *why,
                         bool is_json)
{
    char unnamed[32];
    const char *name = test->name;

    if (!name) {
        snprintf(unnamed, sizeof unnamed, "test %u", number);
        name = unnamed;
    }
    if (!is_json) {
        printf("%s  %s%s%s\n", why[0] ? "FAIL" : "ok  ", name, why[0] ? ": " : "", why);
        return;
    }
    printf("%s{\"name\":", number > 1 ? "," : "");
    put_json_string(name);
    printf(",\"passed\":%s,\"points\":%g,\"message\":", why[0] ? "false" : "true", test->points);
    put_json_string(why);
    putchar('}');
}

static int grade_all(const struct study_options *o, const struct study_program *program,
                     const struct grade_file *g)
{
    double points = 0, all_points = 0;
    unsigned passed = 0;

    fputs(o->is_json ? "{\"tests\":[" : "", stdout);
    for (unsigned n = 0; n < g->test_count; n++) {
        char why[WHY_BYTES];

        if (!try_test(program, &g->tests[n], why)) {
            return EXIT_BAD_USE;
        }
        print_result(&g->tests[n], n + 1, why, o->is_json);
        passed += why[0] == 0;
        points += why[0] ? 0 : g->tests[n].points;
        all_points += g->tests[n].points;
    }
    printf(o->is_json ? "],\"passed\":%u,\"failed\":%u,\"points\":%g,\"of\":%g}\n"
                      : "%u passed, %u failed: %g of %g points\n",
           passed, g->test_count - passed, points, all_points);
    return passed == g->test_count ? EXIT_GOOD : EXIT_UNEXPECTED;
}

int study_grade(const struct study_options *o, const struct study_program *program)
{
    struct grade_file *g = malloc(sizeof *g);
    int code = EXIT_BAD_USE;

    if (!g) {
        message("out of memory");
    } else if (grade_file_load(g, o->grade_file)) {
        code = grade_all(o, program, g);
    }
    if (g) {
        grade_file_free(g);
    }
    free(g);
    return code;
}

// `name` beside the file `beside`.
static char *path_beside(const char *beside, const char *name)
{
    const char *slash = strrchr(beside, '/');
    size_t folder = slash && name[0] != '/' ? (size_t)(slash - beside) + 1 : 0;
    char *path = malloc(folder + strlen(name) + 1);

    if (path) {
        memcpy(path, beside, folder);
        strcpy(path + folder, name);
    }
    return path;
}

char *study_graded_program(const char *grade_file)
{
    struct grade_file *g = calloc(1, sizeof *g);
    char *path = NULL;

    if (g && grade_file_load(g, grade_file)) {
        path = g->program ? path_beside(grade_file, g->program) : NULL;
        if (!path) {
            message("%s: which program? Name it on the command line, or as program = \"...\"",
                    grade_file);
        }
    }
    if (g) {
        grade_file_free(g);
    }
    free(g);
    return path;
}
