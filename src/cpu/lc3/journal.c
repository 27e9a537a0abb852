#include "cpu/lc3/journal.h"

#include "base/check.h"
#include "cpu/lc3/lc3.h"

#include <string.h>

enum { ALIGNMENT = 8 };

static u32 aligned(u32 bytes)
{
    return (bytes + ALIGNMENT - 1) & ~(u32)(ALIGNMENT - 1);
}

u32 lc3_journal_side_bytes(const struct dev_list *devs)
{
    u32 bytes = aligned(sizeof(struct lc3_side));
    for (const struct dev *d = devs->first; d; d = d->next) {
        bytes += aligned(d->fields->state_bytes);
    }
    return bytes;
}

void lc3_journal_init(struct lc3_journal *j, const struct dev_list *devs,
                      struct lc3_record *records, u64 record_count, u8 *sides, u64 side_count)
{
    *j = (struct lc3_journal){
        .records = records,
        .record_mask = record_count - 1,
        .sides = sides,
        .side_mask = side_count - 1,
        .side_bytes = lc3_journal_side_bytes(devs),
        .devs = devs,
    };
}

void lc3_journal_clear(struct lc3_journal *j, u64 step)
{
    j->first = j->next = step;
    j->side_first = j->side_next = 0;
}

static u8 *side_at(const struct lc3_journal *j, u64 number)
{
    return j->sides + (size_t)(number & j->side_mask) * j->side_bytes;
}

static void save(struct lc3_journal *j, u64 step, bool is_between)
{
    if (j->side_next - j->side_first > j->side_mask) { // the oldest makes room
        const struct lc3_side *oldest = (const void *)side_at(j, j->side_first++);
        if (oldest->step >= j->first) {
            j->first = oldest->step + 1;
        }
    }
    u8 *at = side_at(j, j->side_next++);
    struct lc3_side head = {.step = step, .is_between = is_between};
    memcpy(at, &head, sizeof head);
    at += aligned(sizeof head);
    for (const struct dev *d = j->devs->first; d; d = d->next) {
        memcpy(at, d->state, d->fields->state_bytes);
        at += aligned(d->fields->state_bytes);
    }
}

void lc3_journal_save(struct lc3_journal *j, u64 step)
{
    save(j, step, false);
}

void lc3_journal_save_between(struct lc3_journal *j)
{
    save(j, j->next, true);
}

void lc3_journal_save_word(struct lc3_journal *j, u16 address, u16 old, bool is_first)
{
    struct lc3_side *side = (void *)side_at(j, j->side_next - 1);
    CHECK(side->word_count < LC3_SIDE_WORDS);
    side->address[side->word_count] = address;
    side->old[side->word_count] = old;
    side->is_first[side->word_count++] = is_first;
}

void lc3_journal_advance(struct lc3_journal *j, u64 count)
{
    j->next += count;
    if (j->next - j->first > j->record_mask) {
        j->first = j->next - j->record_mask;
    }
}

static void put_back(struct lc3 *c, u16 address, u16 old, bool is_first)
{
    c->memory[address] = old;
    if (is_first) {
        c->w.is_written[address / 8] &= (u8) ~(1u << address % 8);
    }
    lc3_forget_cell(c, address);
}

// All of the state is in the side entry; words that were written twice get their first value last.
static void undo_side(struct lc3_journal *j, struct lc3 *c)
{
    const u8 *at = side_at(j, --j->side_next);
    const struct lc3_side *side = (const void *)at;
    for (unsigned n = side->word_count; n-- > 0;) {
        put_back(c, side->address[n], side->old[n], side->is_first[n]);
    }
    at += aligned(sizeof *side);
    for (const struct dev *d = j->devs->first; d; d = d->next) {
        memcpy(d->state, at, d->fields->state_bytes);
        at += aligned(d->fields->state_bytes);
    }
    for (const struct dev *d = j->devs->first; d; d = d->next) {
        if (d->restored) {
            d->restored(d->owner);
        }
    }
}

static bool has_between(const struct lc3_journal *j)
{
    if (j->side_next == j->side_first) {
        return false;
    }
    const struct lc3_side *side = (const void *)side_at(j, j->side_next - 1);
    return side->is_between && side->step == j->next;
}

bool lc3_journal_undo(struct lc3_journal *j, struct lc3 *c)
{
    if (j->next == j->first) {
        return false;
    }
    while (has_between(j)) {
        undo_side(j, c);
    }
    const struct lc3_record *r = &j->records[--j->next & j->record_mask];
    if (r->stamp & LC3_STAMP_SIDE) {
        undo_side(j, c);
        return true;
    }
    switch (lc3_record_kind(r)) {
    case LC3_RECORD_REGISTER:
        c->s.r[lc3_record_register(r)] = r->old;
        c->s.psr = r->aux;
        break;
    case LC3_RECORD_MEMORY: put_back(c, r->aux, r->old, r->stamp & LC3_STAMP_FIRST); break;
    case LC3_RECORD_JUMP:
    case LC3_RECORD_STATE: break;
    }
    c->s.pc = (u16)r->stamp;
    return true;
}

const struct lc3_record *lc3_journal_record(const struct lc3_journal *j, u64 step)
{
    return step >= j->first && step < j->next ? &j->records[step & j->record_mask] : NULL;
}

// Entries are in the order of their steps.
const struct lc3_side *lc3_journal_side(const struct lc3_journal *j, u64 step)
{
    u64 low = j->side_first, high = j->side_next;
    while (low < high) {
        u64 middle = low + (high - low) / 2;
        const struct lc3_side *side = (const void *)side_at(j, middle);
        if (side->step == step && !side->is_between) {
            return side;
        }
        if (side->step <= step) { // those between come before the step's own
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const void *lc3_side_state(const struct lc3_journal *j, const struct lc3_side *side,
                           const struct dev *dev)
{
    const u8 *at = (const u8 *)side + aligned(sizeof *side);
    const struct dev *d = j->devs->first;
    while (d != dev) {
        CHECK(d);
        at += aligned(d->fields->state_bytes);
        d = d->next;
    }
    return at;
}

bool lc3_journal_is_quiet(const struct lc3_journal *j, u64 from, u64 to)
{
    for (u64 step = from; step < to; step++) {
        const struct lc3_record *r = &j->records[step & j->record_mask];
        if (r->stamp & LC3_STAMP_SIDE || lc3_record_kind(r) == LC3_RECORD_MEMORY) {
            return false;
        }
    }
    return true;
}
