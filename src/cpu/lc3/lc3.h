// The LC-3 processor of [P&P]: state, wires, and what a board, a journal and the views ask of it.
//
// Two editions of the book differ in TRAP, LEA and the protection of memory (enum lc3_edition); the
// differences are in trap.c, decode.c and lc3_set_reach. Sources: [P&P] appendices A and C.
//
// How it is executed: each word of memory has a cell (struct lc3_cell) with the word decoded, made
// when it is first reached and thrown away when it is written. A handler (exec.c) does an
// instruction and goes on to the next cell. With a journal (journal.h) each step leaves a record by
// which it can be undone.
#pragma once

#include "base/function_number.h"
#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "core/log.h"
#include "cpu/lc3/isa.h"
#include "cpu/lc3/journal.h"
#include "vitrine/vitrine.h"

enum {
    LC3_WORDS = 65536,
    LC3_USER_FIRST = 0x3000,    // below: vectors, operating system, supervisor stack
    LC3_DEVICES_FIRST = 0xfe00, // device registers up to the end
    LC3_PSR_ADDRESS = 0xfffc,
    LC3_MCR_ADDRESS = 0xfffe,
    LC3_TRAP_VECTORS = 0x0000,
    LC3_EXCEPTION_VECTORS = 0x0100, // and interrupts: vector x80 is at x0180
    LC3_REGISTERS = 8,
    LC3_IRQ_LINES = 4,
};

// The processor status register:
//
//   15   14            10..8      2 1 0
//   U    global IE      priority  N Z P
//
// U: 1 user, 0 supervisor. Bit 14 is reserved in one place of the book and a global interrupt
// enable in another; it is kept, and means something only with lc3_config.has_global_ie.
enum {
    LC3_PSR_USER = 0x8000,
    LC3_PSR_GLOBAL_IE = 0x4000,
    LC3_PSR_PRIORITY = 0x0700,
    LC3_PSR_N = 4,
    LC3_PSR_Z = 2,
    LC3_PSR_P = 1,
    LC3_PSR_CC = 7,
    LC3_PSR_BITS = 0x8707, // that can be written; LC3_PSR_GLOBAL_IE too where it has a meaning
    LC3_MCR_RUN = 0x8000,
};

struct lc3_state {
    u16 r[LC3_REGISTERS];
    u16 pc;
    u16 psr;
    u16 saved_usp, saved_ssp; // R6 of the mode that is not the present one
    u16 mcr;                  // bit 15: the clock runs
};

enum lc3_edition { LC3_EDITION_2 = 2, LC3_EDITION_3 = 3 };

enum lc3_uninit { LC3_UNINIT_OFF, LC3_UNINIT_WARN, LC3_UNINIT_STOP };

struct lc3_config {
    enum lc3_edition edition;
    bool is_unprivileged; // privilege is ignored: every address and RTI are free to user programs
    bool has_real_traps;  // HALT and faults run through the operating system's routines to the end
    bool has_global_ie;   // PSR[14] must be 1 for interrupts
    enum lc3_uninit uninit;
};

// The numbers of the exception vectors, and what else can go wrong.
enum lc3_fault_kind {
    LC3_FAULT_PRIVILEGE = 0, // RTI in user mode
    LC3_FAULT_ILLEGAL = 1,   // the reserved opcode, or bits that must be otherwise
    LC3_FAULT_ACCESS = 2,    // user mode touched system space (3rd edition)
    LC3_FAULT_BAD_TRAP,      // TRAP without a routine; address: the vector
    LC3_FAULT_SPIN,          // an instruction jumps to itself, and nothing can interrupt it
    LC3_FAULT_UNINIT,        // a word that nobody has written was read, with LC3_UNINIT_STOP
    LC3_FAULT_NONE,
};

enum lc3_access { LC3_FETCH, LC3_READ, LC3_WRITE };

struct lc3_fault {
    enum lc3_fault_kind kind;
    enum lc3_access access;
    u16 pc;      // of the instruction
    u16 word;    // itself
    u16 address; // that it touched
};

// The device registers, xFE00 to xFFFF but for PSR and MCR, which are the processor's own.
struct lc3_bus {
    bool (*has_read_effect)(void *owner, u16 address); // reading it changes something (KBDR)
    u16 (*read)(void *owner, u16 address);
    void (*write)(void *owner, u16 address, u16 value);
    u16 (*peek)(void *owner, u16 address); // as read, without effect
    void *owner;
};

struct lc3;
struct lc3_cell;

// Does the instruction of cell `at` as the nth step of the slice and goes on, or returns the next
// cell, or NULL when the slice is over. `psr` is passed along in a register of the host; c->s.psr
// is brought up to date where somebody could look. dispatch.h has the forms.
typedef const struct lc3_cell *lc3_fn(struct lc3 *c, const struct lc3_cell *at, u32 n, u32 psr);

// A decoded word.
struct lc3_cell {
    lc3_fn *fn;
    u32 stamp; // first half of this instruction's journal records: address and tag
    u16 value; // immediate or offset, sign-extended; a target with PC already added; SR2; a vector
    u8 dr, sr; // registers by their field: bits 11:9 (nzp for BR) and 8:6
};

struct lc3_irq {
    u8 vector, priority;
};

// What the board supplies. `bus` and the functions may be NULL.
struct lc3_wiring {
    struct clock *clock;
    struct log *log;
    struct lc3_bus bus;
    u16 *memory;            // LC3_WORDS; not used from LC3_DEVICES_FIRST on
    struct lc3_cell *cells; // LC3_WORDS + 1: one behind that leads from the last to the first
    u8 *is_written;         // a bit for each word that a program or loader has written
    // The end of the run is wanted: VT_STOP_POWER_OFF, VT_STOP_BREAK (code: the address),
    // VT_STOP_FAULT (code: enum lc3_fault_kind).
    void (*stop)(void *owner, enum vt_stop_reason reason, unsigned code);
    void (*spin)(void *owner); // an instruction has jumped to itself
    void *owner;
};

struct lc3 {
    struct dev dev; // "cpu"
    struct lc3_state s;
    struct lc3_config config;
    struct lc3_wiring w;

    u16 *memory; // as in w
    struct lc3_cell *cells;
    // The reach of loads, stores and fetches in the present mode: x is plain memory if
    // (u16)(x - low) < span.
    u16 low, span;

    const u16 *vectors; // the first 512 words as the operating system has them; NULL: there is none
    u8 breakpoints[LC3_WORDS / 8];
    struct lc3_irq irq[LC3_IRQ_LINES];
    u8 irq_lines; // levels, a bit each

    struct lc3_journal *journal; // NULL: no history is kept
    struct lc3_record *records;  // [n] is for the nth step of the piece

    // The run: pieces of the budget that do not wrap the ring of records.
    u64 done; // steps of the run before the present piece
    u32 n;    // steps of the piece; up to date while a device is accessed
    u32 psr;  // handed from handler to handler where they return (dispatch.h)
    u32 end;  // steps after which the piece ends
    bool wants_leave;
    bool is_step_saved; // the journal has the whole state from before the present step
    bool at_breakpoint;
    bool ignores_breakpoints;
    bool passes_breakpoint; // the next step is done whatever breakpoint is there
    bool has_warned;        // of running into memory that nobody has written

    // WebAssembly: the case of each handler in lc3_run_cells, by its number; 0: none
    u8 hot[FUNCTION_NUMBERS];

    struct lc3_fault fault; // the latest
    bool has_failed;        // it went to the operating system's own handler, which ends the run
    u64 interrupt_count, exception_count; // statistics
};

void lc3_init(struct lc3 *c, const struct lc3_config *config, const struct lc3_wiring *wiring);
// Power-on state: at x0200 in supervisor mode, as the operating system expects it.
void lc3_reset(void *lc3);
// From now on each step is recorded; NULL: no longer.
void lc3_set_journal(struct lc3 *c, struct lc3_journal *journal);

// Line `n` asks for an interrupt with a vector and priority while it is high; fits struct line.
void lc3_connect_irq(struct lc3 *c, unsigned n, u8 vector, u8 priority);
void lc3_set_irq(void *lc3, unsigned n, bool level);

// For struct cpu.
u64 lc3_run(void *lc3, u64 budget);
bool lc3_is_stopped(const void *lc3);   // MCR[15] is 0
bool lc3_is_shut_down(const void *lc3); // never
u64 lc3_executed(void *lc3);
void lc3_kick(void *lc3);

// The state was changed from outside: what is derived from it follows.
void lc3_restored(void *lc3);
// Memory, or the mark of having been written, was changed from outside.
void lc3_forget_cell(struct lc3 *c, u16 address);
void lc3_forget_cells(struct lc3 *c);
// A slice then ends before the instruction at `address`.
void lc3_set_breakpoint(struct lc3 *c, u16 address, bool is_set);
void lc3_clear_breakpoints(struct lc3 *c);
// While a past is made again they do not stop it.
void lc3_ignore_breakpoints(struct lc3 *c, bool is_ignoring);

// Notes that a word has been written; true: it had not been before. lc3_forget_cell must follow.
bool lc3_mark_written(struct lc3 *c, u16 address);
static inline bool lc3_is_written(const struct lc3 *c, u16 address)
{
    return c->w.is_written[address / 8] >> address % 8 & 1;
}
// What a look at an address shows; without any effect.
u16 lc3_peek(const struct lc3 *c, u16 address);

// What was wrong, in words: "x3002: xD000 has the reserved opcode 1101".
void lc3_fault_text(const struct lc3_fault *fault, char *to, size_t size_bytes);

// --- private to cpu/lc3 ---

static inline bool lc3_is_user(const struct lc3 *c)
{
    return c->s.psr & LC3_PSR_USER;
}

// Whether there is a breakpoint that is heeded.
static inline bool lc3_is_broken(const struct lc3 *c, u16 address)
{
    return !c->ignores_breakpoints && (c->breakpoints[address / 8] >> address % 8 & 1);
}

// Whether an address is plain memory to the present mode.
ALWAYS_INLINE bool lc3_is_plain(const struct lc3 *c, u16 address)
{
    return LIKELY((u16)(address - c->low) < c->span);
}

// decode.c: the handlers of each instruction, by enum lc3_op (exec.c).
struct lc3_handlers {
    lc3_fn *journaled, *plain, *slow;
};
extern const struct lc3_handlers lc3_handlers[LC3_OPS];
extern const struct lc3_handlers lc3_lea2_handlers;
// Of cells without an instruction: not decoded yet; behind the last; device registers and words
// that nobody has written; breakpoints.
lc3_fn lc3_op_undecoded, lc3_op_wrap, lc3_op_outside, lc3_op_break;
void lc3_decode_cell(struct lc3 *c, u16 address);
// exec.c: from cell to cell until the slice is over or something out of the ordinary was done; and
// what it wants to know beforehand.
void lc3_run_cells(struct lc3 *c, const struct lc3_cell *at, u32 n, u32 psr);
void lc3_find_hot(struct lc3 *c);
// Fills the cell for a word, whatever memory has there; returns its slow handler.
lc3_fn *lc3_fill_cell(struct lc3 *c, u16 address, u16 word);

// run.c. Loads and stores that are not plain; false: c->fault is filled.
bool lc3_load(struct lc3 *c, u16 address, u16 *value);
bool lc3_can_store(struct lc3 *c, u16 address);
u16 lc3_read_device(struct lc3 *c, u16 address);
void lc3_write_device(struct lc3 *c, u16 address, u16 value);
void lc3_save_step(struct lc3 *c); // the whole state into the journal, once a step
void lc3_set_reach(struct lc3 *c);
u16 lc3_writable_psr(const struct lc3 *c, u16 value);
void lc3_stop(struct lc3 *c, enum vt_stop_reason reason, unsigned code);

// trap.c. Each is one step, with record and count. False: c->fault is filled, nothing has changed.
bool lc3_trap(struct lc3 *c, u8 vector);
bool lc3_return(struct lc3 *c); // RTI
bool lc3_has_interrupt(const struct lc3 *c);
void lc3_interrupt(struct lc3 *c);
// c->fault becomes an exception, or ends the run with nothing changed. Returns NULL.
const struct lc3_cell *lc3_fail(struct lc3 *c);
