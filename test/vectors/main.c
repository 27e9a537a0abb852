// Runs conformance vectors of third-party origin: build/vectors [-v] KIND FILE...
#include "vectors.h"

#include <stdio.h>
#include <string.h>

static const struct kind {
    const char *name;
    vectors_fn *run; // NULL: not built yet
    const char *what;
} kinds[] = {
    {"moo", vectors_moo, "MOO files: single instructions recorded on real processors"},
    {"float", vectors_float, "Berkeley TestFloat lines, through x87 and SSE instructions"},
    {"decode", vectors_decode, "bytes that are, and are not, instructions"},
    {"disasm", vectors_disasm, "bytes and their text"},
    {"lc3", vectors_lc3, "single instructions of the LC-3"},
};

static void usage(void)
{
    fputs("usage: vectors [-v] KIND FILE...\n", stderr);
    for (unsigned n = 0; n < COUNT_OF(kinds); n++) {
        fprintf(stderr, "  %-8s%s\n", kinds[n].name, kinds[n].what);
    }
    fputs("-v shows each failing case. Files may be compressed (.gz).\n", stderr);
}

static const struct kind *find_kind(const char *name)
{
    for (unsigned n = 0; n < COUNT_OF(kinds); n++) {
        if (strcmp(kinds[n].name, name) == 0) {
            return &kinds[n];
        }
    }
    return NULL;
}

static void print_rules(const struct tally *t)
{
    for (unsigned n = 0; n < t->rule_count; n++) {
        printf("%s%s: %u", n == 0 ? " (" : ", ", t->rules[n].name, t->rules[n].count);
    }
    puts(t->rule_count > 0 ? ")" : "");
}

static void print_tally(const struct tally *t)
{
    printf("%s: %u passed, %u failed, %u skipped", t->file, t->passed, t->failed, t->skipped);
    print_rules(t);
}

// 0: all passed, 1: some failed, 2: a file can't be used.
static int run_files(const struct kind *kind, char **path, bool is_verbose)
{
    struct tally total = {.file = kind->name};
    int result = 0;
    for (; *path; path++) {
        struct tally t = {.file = *path, .is_verbose = is_verbose};
        if (kind->run(*path, &t) != 0) {
            fprintf(stderr, "vectors: %s: not a file of kind %s\n", *path, kind->name);
            result = 2;
        }
        print_tally(&t);
        tally_add(&total, &t);
    }
    if (total.skipped > 0) {
        printf("%u skipped", total.skipped);
        print_rules(&total);
    }
    printf("%u passed, %u failed\n", total.passed, total.failed);
    return result ? result : total.failed > 0;
}

int main(int argc, char **argv)
{
    bool is_verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    char **arg = argv + 1 + is_verbose;
    if (argc < 3 + is_verbose) {
        usage();
        return 2;
    }
    const struct kind *kind = find_kind(*arg);
    if (!kind) {
        usage();
        return 2;
    }
    if (!kind->run) {
        fprintf(stderr, "vectors: %s: not built yet\n", kind->name);
        return 2;
    }
    return run_files(kind, arg + 1, is_verbose);
}
