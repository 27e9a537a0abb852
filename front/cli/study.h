// The teaching machines on the command line: run, trace, check, grade. What toy and LC-3 share;
// front/cli/toy.c and lc3.c supply the program. It knows the machines through vitrine/debug.h only.
#pragma once

#include "host/posix/posix_host.h"
#include "vitrine/debug.h"

enum study_trace { STUDY_TRACE_OFF, STUDY_TRACE_TEXT, STUDY_TRACE_JSON };

enum { STUDY_ASSERTS = 32 };

struct study_options {
    const char *program;
    const char *input_file;    // the program's keys; NULL: the terminal
    uint64_t max_instructions; // UINT64_MAX: no limit
    enum study_trace trace;
    const char *until;                  // an address or label
    const char *asserts[STUDY_ASSERTS]; // lists of NAME=VALUE
    unsigned assert_count;
    const char *grade_file;
    const char *screenshot;
    bool is_json; // the grade's result
    bool wants_stats, wants_digest, wants_tui;
};

// A program ready to be run, as a machine's front end has made it. `owner` is handed back.
struct study_program {
    void *owner;
    // A machine with the program in it, at its start. NULL: told.
    struct vt_machine *(*create)(void *owner, const struct vt_host *host);
    // The source's line that a word of memory comes from; 0: none. And the text of a line.
    uint32_t (*line_at)(void *owner, uint64_t address);
    const char *(*line)(void *owner, uint32_t number, size_t *length_bytes);
    // One instruction as text, to its cell; NULL: the machine's instructions have several. False:
    // it is none.
    bool (*assemble)(void *owner, const struct vt_machine *vm, uint64_t address, const char *text,
                     uint16_t *cell);
    // What is to be said at the end of a run; NULL: nothing.
    void (*report)(void *owner, const struct vt_machine *vm);
    // Why the machine stopped with VT_STOP_FAULT.
    const char *(*fault)(void *owner, const struct vt_machine *vm);
    // A run that ended well did so because of a fault that a system in the machine took. May be
    // NULL.
    bool (*has_failed)(void *owner, const struct vt_machine *vm);
    // What has been printed up to the present moment: how much, and a part of it. NULL: the machine
    // does not keep it.
    uint64_t (*console_count)(void *owner, const struct vt_machine *vm);
    size_t (*console)(void *owner, const struct vt_machine *vm, uint64_t first, char *to,
                      size_t size_bytes);
    // Keys that wait to be read: how many, and the first of them. May be NULL.
    size_t (*waiting_keys)(void *owner, const struct vt_machine *vm, uint8_t *to,
                           size_t size_bytes);
    bool is_silent; // no warnings of the machine
    const struct vt_symbol *symbols;
    unsigned symbol_count;
};

enum study_row_kind {
    STUDY_FLAG, // sets the bool at `offset` of the owner
    STUDY_TEXT, // sets the const char * there
    STUDY_CALL, // calls `set`; false: told
};

// An option.
struct study_row {
    const char *name, *argument; // as help names it; NULL: takes none
    enum study_row_kind kind;
    size_t offset;
    bool (*set)(void *owner, const char *name, const char *value);
    const char *help;
};

// What a machine has of its own.
struct study_command {
    const char *name;    // "lc3"
    const char *help;    // in front of the options
    const char *example; // a program
    const struct study_row *rows;
    size_t row_count;
    void *owner; // whose members the rows set
};

// Reads the options of both kinds. False: the run is over before it begins, with *code; told.
bool study_parse(struct study_options *o, const struct study_command *c, int argc, char **argv,
                 int *code);
void study_print_help(const struct study_command *c);

// The program that a file of tests is about, as a path that the caller frees. NULL: told.
char *study_graded_program(const char *grade_file);

// Runs, grades or shows the program. Returns the exit code.
int study_main(const struct study_options *o, const struct study_program *program);

// --- private to study*.c, grade.c, tui*.c ---

struct study {
    const struct study_options *options;
    const struct study_program *program;
    struct posix_host host;
    struct vt_machine *vm;

    uint8_t *input; // of --input
    size_t input_count, input_next;
    bool is_terminal_raw, is_input_over;
    bool is_broken_off; // by Ctrl-C
    double ran_s;       // wall time
};

// One step to standard output.
void study_trace_step(struct study *s, const struct vt_delta *d);
// The place that a word names: a register, [EXPRESSION], or an expression for an address. False:
// *error says why.
bool study_place(struct vt_machine *vm, const char *name, struct vt_place *place,
                 const char **error);
uint64_t study_place_value(const struct vt_machine *vm, const struct vt_place *place);
unsigned study_place_bits(const struct vt_machine *vm, const struct vt_place *place);
int study_grade(const struct study_options *o, const struct study_program *program); // grade.c

int study_tui(struct study *s); // tui.c
