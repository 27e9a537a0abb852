// The differential tester: what its parts offer each other.
#pragma once

#include "case.h"
#include "cpu/x86/isa.h"
#include "rewrite.h"

#include "../cpu/x86/float_random.h"

// --- native.c: cases on this machine's processor ---

struct native {
    struct shared *shared;
    int process, go, done;      // the child, and the pipes to and from it
    const char *const *command; // its program and arguments, behind them NULL
};

// `command` lives as long as the child. False: it does not run here.
NODISCARD bool native_open(struct native *n, const char *const *command, const u8 *background);
void native_close(struct native *n);
// Runs shared->cases[0 .. count). False: the child died of case shared->finished, and was started
// anew; the cases are still there.
NODISCARD bool native_run(struct native *n, u32 count);

// --- guest.c: cases on Vitrine ---

struct guest;

enum { GUEST_LINES = WINDOWS_BYTES / LINE_BYTES };

struct guest_result {
    struct result result; // lines: those in `lines`
    struct memory_line lines[GUEST_LINES];
    const char *skip; // not to be run natively, and why; NULL: fine
};

// `has_code3`: there is a descriptor of 32-bit code, as Linux has it where it runs such programs.
struct guest *guest_create(const u8 *background, bool has_code3);
void guest_destroy(struct guest *g);
void guest_run(struct guest *g, const struct test_case *c, struct guest_result *result);
const struct decoder *guest_decoder(const struct guest *g);

// --- draw.c: random cases ---

// What is left out altogether, and why; NULL: the row is drawn.
const char *draw_skips(const struct isa_row *row);
// A case of that row. False: none can be made (row and prefixes mean another instruction).
NODISCARD bool draw_case(struct float_random *r, const struct decoder *d, const struct isa_row *row,
                         struct test_case *c);

// --- compare.c: what must agree ---

// One case with both results; `text` gets what differs, one line a difference. NULL: it agrees; "":
// it does not; otherwise the name of the rule by which the processors may differ.
struct comparison {
    const struct isa_row *row; // as decoded; NULL: not an instruction
    const struct insn *insn;
    const struct test_case *c;
    const struct guest_result *ours;
    const struct result *hosts;
    const struct memory_line *host_lines; // hosts->first_line counts from here
    const u8 *background;                 // memory as it is where no line tells otherwise
    bool is_64;                           // the host's was 64-bit code
    bool is_emulated;                     // by QEMU, no processor
};

enum { DIFFERENCE_BYTES = 4096 };

// True: they agree, `rule` says by which allowance, if any. False: `text` says what differs.
NODISCARD bool compare(const struct comparison *k, const char **rule, char *text);
