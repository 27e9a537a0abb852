// An LC-3 with a program in it: files, machine, input and what is asked of it, for the run, the
// grader and the terminal view.
#pragma once

#include "front/cli/lc3_options.h"
#include "host/posix/posix_host.h"
#include "vitrine/debug.h"
#include "vitrine/lc3.h"

struct lc3_session {
    const struct lc3_options *options;
    struct posix_host host;
    struct vt_lc3_program *program, *system; // system NULL: our own
    struct vt_symbol *symbols;               // of the program
    unsigned edition;
    struct vt_machine *vm;
};

// Reads (and assembles) the program and the operating system. False: told.
bool lc3_session_load(struct lc3_session *s, const struct lc3_options *o);
// Makes the machine, or makes it anew. False: told.
bool lc3_session_start(struct lc3_session *s);
// Flushes and closes everything; false: output could not be written, which was told.
bool lc3_session_end(struct lc3_session *s);

// Types bytes of a file ahead; a carriage return in front of a newline is left out. False: told.
bool lc3_session_type(struct lc3_session *s, const uint8_t *bytes, size_t count);

// Works out an expression; false: told, with `option` in front.
bool lc3_session_evaluate(struct lc3_session *s, const char *option, const char *text,
                          uint64_t *value);
// Compares a list "R0=18,x4000=5". Returns how many do not hold, each told through `tell`; -1: the
// list makes no sense, which was told.
int lc3_session_check(struct lc3_session *s, const char *option, const char *list,
                      void (*tell)(void *owner, const char *text), void *owner);
