// What the parts of the vector runner share: the files, the counting, and a bare processor.
//
// Each kind of vectors is one file with one function: it reads a file, calls tally_pass, tally_fail
// or tally_skip once for each case, and returns 0, or -1 if the file is not what it should be.
#pragma once

#include "base/types.h"
#include "cpu/x86/x86.h"

// --- counting ---

enum { TALLY_MAX_RULES = 24 };

struct tally {
    const char *file;
    bool is_verbose;
    unsigned passed, failed, skipped;
    struct {
        const char *name;
        unsigned count;
    } rules[TALLY_MAX_RULES]; // by which rules cases were skipped, or let pass
    unsigned rule_count;
};

void tally_pass(struct tally *t);
// The case is left out by a rule; `rule` lives as long as the program.
void tally_skip(struct tally *t, const char *rule);
// A case that passed, but only by a rule.
void tally_pass_by(struct tally *t, const char *rule);
// The text is shown with -v; it should name the case, what was wanted and what came.
void tally_fail(struct tally *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Adds a file's numbers to the total's.
void tally_add(struct tally *total, const struct tally *t);

// --- files ---

struct file {
    u8 *bytes; // with a 0 byte behind them; the caller's to free()
    size_t size_bytes;
};

// Reads a file; one whose name ends in .gz through gzip. False, with a message: it can't be read.
NODISCARD bool file_read(const char *path, struct file *f);

// The next line of a text, without its newline, which is overwritten with 0. NULL: no more.
char *next_line(char **at);
// The next field of a line, up to `separator`, which is overwritten with 0. NULL: no more.
char *next_field(char **at, char separator);
// Hexadecimal digits to bytes, at most `room`. Returns how many bytes, or -1 for a bad digit.
int parse_hex(const char *text, u8 *bytes, unsigned room);
// How many prefix bytes an x86 instruction begins with.
unsigned prefix_count(const u8 *bytes, unsigned length);

// --- the bare processor (bare.c): 16 MiB of RAM, nobody at the ports, model "max" ---

enum { BARE_RAM_BYTES = 16 << 20 };

struct bare {
    struct x86 cpu;
    struct phys phys;
    struct ports ports;
    struct clock clock;
    struct log log;
    struct vt_host host;
    u8 *ram;
    u8 *page_flags;
};

struct bare *bare_create(void); // ends the program if there is no memory
void bare_destroy(struct bare *b);
// After cpu.s or RAM were changed from outside: caches follow.
void bare_changed(struct bare *b);
// Runs until HLT has executed, or for `instructions`. False: no HLT came, or it shut down.
NODISCARD bool bare_run_until_halt(struct bare *b, u64 instructions);

// --- the kinds ---

typedef int vectors_fn(const char *path, struct tally *t);
vectors_fn vectors_moo, vectors_float, vectors_decode, vectors_disasm, vectors_lc3;
