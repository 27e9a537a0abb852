// The LC-3's journal: for each step, what is needed to undo it.
//
// A ring of records of 8 bytes, one a step: nearly every step changes one register or one word.
// What changes more (TRAP, RTI, interrupts, exceptions, and accesses to devices) has a flag in its
// record and the whole state but memory in a second ring. Steps too old for either ring are out of
// reach; going there takes a snapshot (core/timeline.h).
//
//   31    27    26      25     24    23 22 21..19   18..16    15..0
//   -     IRQ   FIRST   SIDE   -     KIND           register  address of the instruction     stamp
#pragma once

#include "base/types.h"
#include "core/dev.h"

struct lc3;

enum lc3_record_kind {
    LC3_RECORD_JUMP,     // only PC
    LC3_RECORD_REGISTER, // old: its value; aux: the PSR
    LC3_RECORD_MEMORY,   // old: the word; aux: its address
    LC3_RECORD_STATE,    // more than that: see the side entry; old: the vector, 0 of RTI
};

enum {
    LC3_STAMP_REGISTER_SHIFT = 16,
    LC3_STAMP_KIND_SHIFT = 19,
    LC3_STAMP_SIDE = 1 << 25,      // there is a side entry
    LC3_STAMP_FIRST = 1 << 26,     // the word had never been written
    LC3_STAMP_INTERRUPT = 1 << 27, // no instruction, but the entry into an interrupt's handler
    LC3_STAMP_EXCEPTION = 1 << 28, // the instruction ended in an exception
};

struct lc3_record {
    u32 stamp;
    u16 old, aux;
};

static inline enum lc3_record_kind lc3_record_kind(const struct lc3_record *r)
{
    return (enum lc3_record_kind)((r->stamp >> LC3_STAMP_KIND_SHIFT) & 3);
}

static inline unsigned lc3_record_register(const struct lc3_record *r)
{
    return (r->stamp >> LC3_STAMP_REGISTER_SHIFT) & 7;
}

enum { LC3_SIDE_WORDS = 2 };

// Head of a side entry; the states of all devices follow, as they were before the step. An entry
// between steps is about what came from outside before step `step`.
struct lc3_side {
    u64 step;
    bool is_between;
    u16 word_count; // words that were written to memory
    u16 address[LC3_SIDE_WORDS], old[LC3_SIDE_WORDS];
    bool is_first[LC3_SIDE_WORDS];
};

struct lc3_journal {
    struct lc3_record *records; // step n's is [n & record_mask]
    u64 record_mask;
    u8 *sides; // entry n is at (n & side_mask) * side_bytes
    u64 side_mask;
    u32 side_bytes;

    u64 first; // the oldest step that can be undone
    u64 next;  // the step to come
    u64 side_first, side_next;
    const struct dev_list *devs;
};

// What one side entry takes for these devices.
u32 lc3_journal_side_bytes(const struct dev_list *devs);
// `records` has record_count, `sides` side_count entries; both powers of 2, both the caller's.
void lc3_journal_init(struct lc3_journal *j, const struct dev_list *devs,
                      struct lc3_record *records, u64 record_count, u8 *sides, u64 side_count);
// Forgets all; the next step is number `step`.
void lc3_journal_clear(struct lc3_journal *j, u64 step);

// Before something from outside (a key, a timer's tick, an edit) changes state between two steps.
void lc3_journal_save_between(struct lc3_journal *j);
// Notes a word in the entry saved last, before it is written.
void lc3_journal_save_word(struct lc3_journal *j, u16 address, u16 old, bool is_first);

// Undoes the latest step, with what came between it and the present: processor, memory and devices
// are as before it. False: it is forgotten. The clock is the caller's to set back.
bool lc3_journal_undo(struct lc3_journal *j, struct lc3 *c);

// The record of a step, and its side entry (NULL: it has none); NULL: the step is forgotten.
const struct lc3_record *lc3_journal_record(const struct lc3_journal *j, u64 step);
const struct lc3_side *lc3_journal_side(const struct lc3_journal *j, u64 step);
// A device's state before the step of a side entry.
const void *lc3_side_state(const struct lc3_journal *j, const struct lc3_side *side,
                           const struct dev *dev);

// Whether steps `from` to `to` - 1, at most a ring of them, changed no memory and no device.
bool lc3_journal_is_quiet(const struct lc3_journal *j, u64 from, u64 to);

// --- private to cpu/lc3 ---

// Keeps the whole state, with PC and PSR up to date, before step `step` changes it.
void lc3_journal_save(struct lc3_journal *j, u64 step);
// `count` records were written from `next` on.
void lc3_journal_advance(struct lc3_journal *j, u64 count);
