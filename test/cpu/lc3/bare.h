// An LC-3 processor with memory and a journal, without devices and operating system.
#pragma once

#include "cpu/lc3/lc3.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BARE_RECORDS = 1 << 12, BARE_SIDES = 1 << 9, BARE_SIDE_BYTES = 128 };

struct bare {
    struct lc3 cpu;
    struct dev_list devs;
    struct lc3_journal journal;
    u16 memory[LC3_WORDS];
    struct lc3_cell cells[LC3_WORDS + 1];
    u8 is_written[LC3_WORDS / 8];
    struct lc3_record records[BARE_RECORDS];
    u8 sides[BARE_SIDES * BARE_SIDE_BYTES];
    enum vt_stop_reason stop_reason; // of the last stop
    unsigned stop_count;
};

static inline void bare_stop(void *owner, enum vt_stop_reason reason, unsigned code UNUSED)
{
    struct bare *b = owner;
    b->stop_reason = reason;
    b->stop_count++;
}

// The caller frees it.
static inline struct bare *bare_create(const struct lc3_config *config, bool has_journal)
{
    struct bare *b = calloc(1, sizeof *b);
    assert_non_null(b);
    struct lc3_wiring w = {
        .memory = b->memory,
        .cells = b->cells,
        .is_written = b->is_written,
        .stop = bare_stop,
        .owner = b,
    };
    lc3_init(&b->cpu, config, &w);
    dev_add(&b->devs, &b->cpu.dev);
    assert_true(lc3_journal_side_bytes(&b->devs) <= BARE_SIDE_BYTES);
    lc3_journal_init(&b->journal, &b->devs, b->records, BARE_RECORDS, b->sides, BARE_SIDES);
    if (has_journal) {
        lc3_set_journal(&b->cpu, &b->journal);
    }
    return b;
}

// Puts words at an address, as a loader does.
static inline void bare_poke(struct bare *b, u16 address, const u16 *words, unsigned count)
{
    memcpy(b->memory + address, words, count * sizeof *words);
    for (unsigned n = 0; n < count; n++) {
        lc3_mark_written(&b->cpu, (u16)(address + n));
    }
    lc3_forget_cells(&b->cpu);
}

// A user program, or with psr given anything else, is about to run at `pc`.
static inline void bare_start(struct bare *b, u16 pc, u16 psr)
{
    b->cpu.s.pc = pc;
    b->cpu.s.psr = psr;
    lc3_restored(&b->cpu);
}
