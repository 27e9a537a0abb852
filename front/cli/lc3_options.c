#include "front/cli/lc3_options.h"

#include "front/cli/values.h"
#include "host/posix/message.h"

#include <stdio.h>
#include <string.h>

enum kind {
    HEADING,
    FLAG, // sets the bool at `offset`
    TEXT, // sets the const char * at `offset`
    CALL, // calls `set`
};

struct row {
    const char *name, *argument; // as help names it; NULL: takes none
    enum kind kind;
    size_t offset;
    bool (*set)(struct lc3_options *o, const char *name, const char *value);
    const char *help;
};

static bool refuse(const char *name, const char *value, const char *why)
{
    message("%s: '%s': %s", name, value, why);
    return false;
}

static bool set_edition(struct lc3_options *o, const char *name, const char *value)
{
    if (strcmp(value, "2") != 0 && strcmp(value, "3") != 0) {
        return refuse(name, value, "there are the editions 2 and 3");
    }
    o->edition = value[0] == '2' ? 2 : 3;
    return true;
}

static bool set_uninit(struct lc3_options *o, const char *name, const char *value)
{
    static const char *const names[] = {"off", "warn", "stop"};
    for (unsigned n = 0; n < sizeof names / sizeof names[0]; n++) {
        if (strcmp(value, names[n]) == 0) {
            o->uninit = (enum vt_lc3_uninit)n;
            return true;
        }
    }
    return refuse(name, value, "off, warn or stop");
}

static bool set_latency(struct lc3_options *o, const char *name, const char *value)
{
    uint64_t steps;
    o->is_latency_random = strncmp(value, "random:", 7) == 0;
    if (!value_number(value + (o->is_latency_random ? 7 : 0), 1000000, &steps)) {
        return refuse(name, value, "N or random:N, with N instructions from 0 to 1000000");
    }
    o->latency_steps = (uint32_t)steps;
    return true;
}

static bool set_seed(struct lc3_options *o, const char *name, const char *value)
{
    return value_number(value, UINT64_MAX, &o->seed) || refuse(name, value, "not a number");
}

static bool set_limit(struct lc3_options *o, const char *name, const char *value)
{
    return value_count(value, &o->max_steps) || refuse(name, value, "not a count (1000, 50k, 10M)");
}

static bool set_trace(struct lc3_options *o, const char *name, const char *value)
{
    bool is_json = strcmp(value, "json") == 0;
    o->trace = is_json ? LC3_TRACE_JSON : LC3_TRACE_TEXT;
    return is_json || strcmp(value, "text") == 0 || refuse(name, value, "text or json");
}

static bool add_assert(struct lc3_options *o, const char *name, const char *value)
{
    if (o->assert_count == LC3_OPTIONS_ASSERTS) {
        return refuse(name, value, "too many of them; put several into one list");
    }
    o->asserts[o->assert_count++] = value;
    return true;
}

#define AT(member) offsetof(struct lc3_options, member)

static const struct row rows[] = {
    {"Machine", NULL, HEADING, 0, NULL, NULL},
    {"--edition", "2|3", CALL, 0, set_edition, "edition of the book: traps, LEA, protection (3)"},
    {"--os", "FILE", TEXT, AT(system), NULL, "another operating system, source or object file"},
    {"--real-os", NULL, FLAG, AT(has_real_traps), NULL,
     "HALT and faults run through the operating system's routines"},
    {"--no-privilege", NULL, FLAG, AT(is_unprivileged), NULL,
     "programs may touch device registers and system space"},
    {"--uninit", "off|warn|stop", CALL, 0, set_uninit,
     "reading memory that nobody has written (off)"},
    {"--timer", NULL, FLAG, AT(has_timer), NULL, "a timer at xFE08 and xFE0A, interrupt x81"},
    {"--latency", "N|random:N", CALL, 0, set_latency,
     "keyboard and display are busy for N instructions"},
    {"--random-memory", NULL, FLAG, AT(is_memory_random), NULL,
     "memory begins with random words instead of zeros"},
    {"--seed", "N", CALL, 0, set_seed, "of everything random (0)"},
    {"--psr14", NULL, FLAG, AT(has_global_ie), NULL, "PSR[14] must be 1 for interrupts"},
    {"Running", NULL, HEADING, 0, NULL, NULL},
    {"--input", "FILE", TEXT, AT(input), NULL,
     "the program's keyboard (standard input); - for standard input"},
    {"--max-instructions", "N", CALL, 0, set_limit, "exit code 3 after N instructions (10k, 5M)"},
    {"--until", "ADDR|LABEL", TEXT, AT(until), NULL, "stop well before the instruction there"},
    {"--trace", "text|json", CALL, 0, set_trace,
     "each step on standard error, as text or JSON lines"},
    {"--tui", NULL, FLAG, AT(has_tui), NULL,
     "watch it in the terminal, step by step in both directions"},
    {"At the end", NULL, HEADING, 0, NULL, NULL},
    {"--assert", "LIST", CALL, 0, add_assert, "R0=18,x4000=5,LABEL=-1: exit code 4 unless so"},
    {"--grade", "TESTS.toml", TEXT, AT(grade), NULL,
     "run the tests of a file and print a score (help lc3-grade)"},
    {"--json", NULL, FLAG, AT(is_json), NULL, "the score as JSON"},
    {"--registers", NULL, FLAG, AT(wants_registers), NULL, "print the registers"},
    {"--stats", NULL, FLAG, AT(wants_stats), NULL, "counts and speed on standard error"},
    {"--digest", NULL, FLAG, AT(wants_digest), NULL, "a hash of the machine's whole state"},
    {"-w", NULL, FLAG, AT(is_silent), NULL, "no warnings"},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

void lc3_options_print_help(void)
{
    puts("Usage: vitrine lc3 [options] PROGRAM\n"
         "       vitrine lc3 asm [options] PROGRAM.asm (see vitrine help lc3-asm)\n"
         "\n"
         "Runs a program of the LC-3: a source, which is assembled first, an object file of "
         "lc3tools\n"
         "or of the classic form, or text of words (.hex, .bin).");
    for (size_t n = 0; n < ROW_COUNT; n++) {
        const struct row *r = &rows[n];
        char left[40];
        if (r->kind == HEADING) {
            printf("\n%s:\n", r->name);
            continue;
        }
        snprintf(left, sizeof left, "%s%s%s", r->name, r->argument ? " " : "",
                 r->argument ? r->argument : "");
        printf("  %-26s %s\n", left, r->help);
    }
    puts("  -h, --help                 this\n"
         "\n"
         "Exit code 0: the program halted, or --until was reached; 1: bad usage or file, errors in "
         "the\n"
         "source; 2: a fault of the program; 3: the limit; 4: an --assert or a test of --grade "
         "failed.");
}

static const struct row *find(const char *name, size_t length)
{
    for (size_t n = 0; n < ROW_COUNT; n++) {
        if (rows[n].kind != HEADING && strlen(rows[n].name) == length &&
            strncmp(rows[n].name, name, length) == 0) {
            return &rows[n];
        }
    }
    return NULL;
}

static bool tell_unknown(const char *option)
{
    for (size_t n = 0; n < ROW_COUNT; n++) {
        if (rows[n].name[0] == '-' && edit_distance(option, rows[n].name) < 3) {
            message("%s: no such option; did you mean %s?", option, rows[n].name);
            return false;
        }
    }
    message("%s: no such option (vitrine lc3 --help lists them)", option);
    return false;
}

// The option argv[*at], and its value behind it, which *at then moves to.
static bool set_option(struct lc3_options *o, int argc, char **argv, int *at)
{
    const char *option = argv[*at], *equals = strchr(option, '=');
    const struct row *r = find(option, equals ? (size_t)(equals - option) : strlen(option));
    const char *value = equals ? equals + 1 : NULL;
    if (!r || (value && !r->argument)) {
        return tell_unknown(option);
    }
    if (r->argument && !value && ++*at >= argc) {
        message("%s: its value is missing (%s %s)", option, r->name, r->argument);
        return false;
    }
    value = r->argument && !value ? argv[*at] : value;
    if (r->kind == CALL) {
        return r->set(o, r->name, value);
    }
    void *member = (char *)o + r->offset;
    if (r->kind == FLAG) {
        *(bool *)member = true;
    } else {
        *(const char **)member = value;
    }
    return true;
}

static bool set_program(struct lc3_options *o, const char *path)
{
    if (o->program) {
        message("%s: one program at a time (%s is another)", path, o->program);
        return false;
    }
    o->program = path;
    return true;
}

static enum lc3_parsed check(const struct lc3_options *o)
{
    if (!o->program) {
        message("lc3: which program? (vitrine lc3 PROGRAM.asm; vitrine lc3 --help)");
        return LC3_PARSED_BAD;
    }
    if (o->has_tui) {
        message("--tui: not built yet");
        return LC3_PARSED_BAD;
    }
    if (o->grade && (o->trace || o->until || o->assert_count > 0 || o->has_tui || o->input)) {
        message("--grade runs on its own: its file has inputs, limits and what is expected");
        return LC3_PARSED_BAD;
    }
    return LC3_PARSED_RUN;
}

enum lc3_parsed lc3_options_parse(struct lc3_options *o, int argc, char **argv)
{
    bool is_option_possible = true;
    *o = (struct lc3_options){.max_steps = UINT64_MAX};
    for (int at = 0; at < argc; at++) {
        const char *word = argv[at];
        bool is_option = is_option_possible && word[0] == '-' && word[1] != '\0';
        if (is_option && strcmp(word, "--") == 0) {
            is_option_possible = false;
        } else if (is_option && (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)) {
            lc3_options_print_help();
            return LC3_PARSED_DONE;
        } else if (is_option ? !set_option(o, argc, argv, &at) : !set_program(o, word)) {
            return LC3_PARSED_BAD;
        }
    }
    return check(o);
}
