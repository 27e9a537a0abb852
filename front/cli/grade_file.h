// A file of tests for a program (doc/grading.md): a small part of TOML, read into rows.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GRADE_ITEMS = 32, GRADE_TESTS = 100 };

// NAME = VALUE of registers, memory and their likes; both are words that the machine evaluates.
struct grade_item {
    char *name, *value;
};

struct grade_items {
    struct grade_item rows[GRADE_ITEMS];
    unsigned count;
};

struct grade_test {
    char *name;
    unsigned line; // where it begins
    char *input;   // NULL: none
    size_t input_bytes;
    char *output, *output_contains, *output_matches; // NULL: not looked at
    struct grade_items set_registers, set_memory;    // before the start
    struct grade_items registers, memory;            // wanted at the end
    uint64_t input_at;         // instructions after which it is typed; 0: at the start
    uint64_t max_instructions; // 0: the default
    char *ends;                // "halt" (default), "fault", "input", "any"
    double points;
};

struct grade_file {
    char *program; // NULL: not named
    struct grade_test tests[GRADE_TESTS];
    unsigned test_count;
};

// Reads the file. False: told, with its line.
bool grade_file_load(struct grade_file *g, const char *path);
void grade_file_free(struct grade_file *g);
