// The options of `vitrine lc3` as the user gave them, and the table that reads them.
#pragma once

#include "vitrine/lc3.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LC3_OPTIONS_ASSERTS = 32 };

enum lc3_trace { LC3_TRACE_OFF, LC3_TRACE_TEXT, LC3_TRACE_JSON };

struct lc3_options {
    const char *program;

    // the machine
    unsigned edition; // 0: the 3rd, or what the program suggests
    const char *system;
    bool is_unprivileged, has_real_traps, has_global_ie, has_timer;
    enum vt_lc3_uninit uninit;
    uint32_t latency_steps;
    bool is_latency_random, is_memory_random;
    uint64_t seed;

    // how it is run
    const char *input; // NULL: standard input
    uint64_t max_steps;
    const char *until;
    enum lc3_trace trace;
    bool has_tui;

    // what is told at the end
    const char *asserts[LC3_OPTIONS_ASSERTS]; // lists PLACE=VALUE,...
    unsigned assert_count;
    const char *grade;
    bool is_json, wants_stats, wants_digest, wants_registers;
    bool is_silent; // no warnings of the assembler and the machine
};

enum lc3_parsed { LC3_PARSED_RUN, LC3_PARSED_DONE, LC3_PARSED_BAD };

enum lc3_parsed lc3_options_parse(struct lc3_options *o, int argc, char **argv);
void lc3_options_print_help(void);
