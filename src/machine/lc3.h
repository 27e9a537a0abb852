// The LC-3: a processor, memory, a keyboard, a display.
//
//   CPU (cpu/lc3) ── PSR xFFFC, MCR xFFFE
//    ├─ memory x0000-xFDFF: vectors, operating system (rom/lc3os), user space from x3000
//    ├─ KBSR xFE00, KBDR xFE02: keyboard (dev/lc3_keyboard.c), vector x80
//    ├─ DSR xFE04, DDR xFE06: display (dev/lc3_display.c)
//    └─ TMR xFE08, TMI xFE0A: timer (dev/lc3_timer.c), vector x81; not in the book, on demand
//
// Wiring and the map of device registers; lc3_time.c ties it to the journal and the timeline,
// lc3_debug.c, lc3_breaks.c and lc3_view.c to the public interface's views.
#pragma once

#include "core/machine.h"
#include "core/timeline.h"
#include "cpu/lc3/lc3.h"
#include "cpu/lc3/view.h"
#include "dev/lc3_display.h"
#include "dev/lc3_keyboard.h"
#include "dev/lc3_timer.h"
#include "machine/board.h"
#include "machine/lc3os.h"
#include "vitrine/lc3.h"

enum {
    LC3_MEMORY_BYTES = LC3_WORDS * 2,
    LC3_WRITTEN_BYTES = LC3_WORDS / 8,
    LC3_RECORDS = 1 << 20, // steps that can be undone one by one
    LC3_SIDES = 1 << 15,   // of them, how many that changed more than a word
    LC3_VECTORS = 512,
};

struct lc3_board {
    struct vt_machine vm;
    struct machine m;
    struct vt_host host;
    struct vt_lc3_config config;

    struct lc3 cpu;
    struct lc3_keyboard keyboard;
    struct lc3_display display;
    struct lc3_timer timer;

    u8 *memory; // words, then the bits of what was written: what snapshots keep
    struct lc3_cell *cells;
    u16 vectors[LC3_VECTORS]; // as the operating system has them

    struct lc3_journal journal;
    struct lc3_record *records;
    u8 *sides;
    struct timeline time;

    u8 *shown;           // a ring of the display's characters
    u64 shown_known;     // characters that the host has had; a replay gives them once only
    bool is_quiet;       // what is run now will be undone: the host sees nothing
    bool has_watch;      // there are breakpoints that are not about execution
    bool has_read_watch; // and some of them about reads

    struct lc3_poll {
        u64 step;
        struct lc3_state s;
    } poll; // the last look for a key that was not there
};

// --- private to machine/lc3*.c ---

// Kinds of struct timeline_input.
enum lc3_input { LC3_INPUT_KEY, LC3_INPUT_REGISTER, LC3_INPUT_MEMORY };

extern const struct timeline_ops lc3_timeline_ops;
extern const struct debug_ops lc3_debug_ops;
extern const struct time_ops lc3_time_ops;
// The first step from `from` on, in the journal, that a watchpoint is about. `reads` is what that
// one step reads, or NULL.
bool lc3_board_find_watch(struct lc3_board *b, u64 from, const struct lc3_reads *reads, u64 *step,
                          unsigned *number);
bool lc3_board_can_break(const void *board, const struct vt_break *k);
void lc3_board_breaks_changed(void *board);
bool lc3_board_find_back(void *board, u64 before, const struct breaks *list, u64 *found);
struct vt_stop lc3_board_run(void *board, u64 max_steps, u64 until_ns);
void lc3_board_before_events(void *board);
void lc3_board_stop(void *board, enum vt_stop_reason reason, unsigned code);
// Something comes from outside now; false: out of memory.
NODISCARD bool lc3_board_put(struct lc3_board *b, enum lc3_input kind, u32 index, u64 value);
// The nth key that was pressed, and the nth character that is shown.
u8 lc3_board_key(void *board, u64 n);
void lc3_board_show(void *board, u64 n, u8 character);
void lc3_board_polled(void *board);
void lc3_board_spins(void *board);
