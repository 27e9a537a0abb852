// The options of the teaching machines: those that both have, and a machine's own.
#include "front/cli/study.h"

#include "front/cli/options.h"
#include "front/cli/values.h"
#include "host/posix/message.h"
#include "vitrine/text.h"

#include <stdio.h>
#include <string.h>

static bool set_number(void *options, const char *name, const char *value)
{
    struct study_options *o = options;

    if (!value_count(value, &o->max_instructions)) {
        message("%s: '%s': a count is needed, as 500, 20k, 5M", name, value);
        return false;
    }
    return true;
}

static bool set_trace(void *options, const char *name, const char *value)
{
    struct study_options *o = options;

    o->trace = strcmp(value, "json") == 0 ? STUDY_TRACE_JSON : STUDY_TRACE_TEXT;
    if (o->trace == STUDY_TRACE_TEXT && strcmp(value, "text") != 0) {
        message("%s: '%s': must be text or json", name, value);
        return false;
    }
    return true;
}

static bool add_assert(void *options, const char *name, const char *value)
{
    struct study_options *o = options;

    if (o->assert_count == STUDY_ASSERTS) {
        message("%s: '%s': too many", name, value);
        return false;
    }
    o->asserts[o->assert_count++] = value;
    return true;
}

#define AT(member) offsetof(struct study_options, member)
static const struct study_row shared[] = {
    {"--input", "FILE", STUDY_TEXT, AT(input_file), NULL,
     "the program's keys; else they come from the terminal"},
    {"--max-instructions", "N", STUDY_CALL, 0, set_number, "end then, with 3; 500k, 2M"},
    {"--until", "ADDRESS", STUDY_TEXT, AT(until), NULL,
     "end before the instruction there: a number or label"},
    {"--assert", "LIST", STUDY_CALL, 0, add_assert,
     "what must be so at the end, else 4: NAME=18,[100]=5"},
    {"--trace", "text|json", STUDY_CALL, 0, set_trace,
     "every step: instruction, what it changed, from what"},
    {"--grade", "TESTS.toml", STUDY_TEXT, AT(grade_file), NULL,
     "run the tests of a file and print a score"},
    {"--json", NULL, STUDY_FLAG, AT(is_json), NULL, "the score for programs to read"},
    {"--tui", NULL, STUDY_FLAG, AT(wants_tui), NULL, "look at every step, forwards and backwards"},
    {"--stats", NULL, STUDY_FLAG, AT(wants_stats), NULL, "counts at the end, on standard error"},
    {"--digest", NULL, STUDY_FLAG, AT(wants_digest), NULL, "a hash of the machine's state"},
};
enum { SHARED_COUNT = sizeof shared / sizeof shared[0] };

// --- help ---

static void print_rows(const struct study_row *rows, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        char left[40];

        snprintf(left, sizeof left, "%s %s", rows[n].name,
                 rows[n].argument ? rows[n].argument : "");
        printf("  %-23s %s\n", left, rows[n].help);
    }
}

void study_print_help(const struct study_command *c)
{
    fputs(c->help, stdout);
    print_rows(shared, SHARED_COUNT);
    if (c->row_count > 0) {
        puts("");
        print_rows(c->rows, c->row_count);
    }
    puts("\nExit code 0: the program ended, or --until was reached; 1: bad usage or file, errors "
         "in\n"
         "the source; 2: a fault; 3: a limit, or no keys are left; 4: an --assert or test failed.");
}

static void try_rows(const char *option, const struct study_row *rows, size_t count,
                     const char **near)
{
    for (size_t n = 0; n < count; n++) {
        *near = vt_distance(option, rows[n].name) < 3 ? rows[n].name : *near;
    }
}

static bool tell_unknown(const struct study_command *c, const char *option)
{
    const char *near = vt_distance(option, "--help") < 3 ? "--help" : NULL;

    try_rows(option, c->rows, c->row_count, &near);
    try_rows(option, shared, SHARED_COUNT, &near);
    if (near) {
        message("%s: no such option; did you mean %s?", option, near);
    } else {
        message("%s: no such option (vitrine %s --help lists them)", option, c->name);
    }
    return false;
}

// --- scanning ---

static const struct study_row *find_row(const struct study_row *rows, size_t count,
                                        const char *name)
{
    for (size_t n = 0; n < count; n++) {
        if (strcmp(rows[n].name, name) == 0) {
            return &rows[n];
        }
    }
    return NULL;
}

// The option argv[*at] of a row, and its value behind it, which *at then moves to.
static bool take_row(const struct study_row *r, void *owner, int argc, char **argv, int *at)
{
    char *place = (char *)owner + r->offset;

    if (r->kind == STUDY_FLAG) {
        *(bool *)(void *)place = true;
        return true;
    }
    if (++*at >= argc) {
        message("%s: its value is missing (%s %s)", r->name, r->name, r->argument);
        return false;
    }
    if (r->kind == STUDY_TEXT) {
        *(const char **)(void *)place = argv[*at];
        return true;
    }
    return r->set(owner, r->name, argv[*at]);
}

static bool take_program(struct study_options *o, const char *path)
{
    if (o->program) {
        message("%s: one program at a time; %s is there already", path, o->program);
        return false;
    }
    o->program = path;
    return true;
}

static bool take_option(struct study_options *o, const struct study_command *c, int argc,
                        char **argv, int *at)
{
    const struct study_row *r = find_row(shared, SHARED_COUNT, argv[*at]);

    if (r) {
        return take_row(r, o, argc, argv, at);
    }
    r = find_row(c->rows, c->row_count, argv[*at]);
    return r ? take_row(r, c->owner, argc, argv, at) : tell_unknown(c, argv[*at]);
}

bool study_parse(struct study_options *o, const struct study_command *c, int argc, char **argv,
                 int *code)
{
    bool are_over = false; // the options, by "--"

    *o = (struct study_options){.max_instructions = UINT64_MAX};
    *code = EXIT_BAD_USE;
    for (int at = 0; at < argc; at++) {
        const char *word = argv[at];

        if (are_over || word[0] != '-' || word[1] == 0) {
            if (!take_program(o, word)) {
                return false;
            }
        } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            study_print_help(c);
            *code = EXIT_GOOD;
            return false;
        } else if (strcmp(word, "--") == 0) {
            are_over = true;
        } else if (!take_option(o, c, argc, argv, &at)) {
            return false;
        }
    }
    if (!o->program && !o->grade_file) {
        message("%s: which program? (vitrine %s %s; vitrine %s --help)", c->name, c->name,
                c->example, c->name);
        return false;
    }
    return true;
}
