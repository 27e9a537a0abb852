// The LC-3's breakpoints. Those on instructions are handlers in cells; watchpoints are searches of
// the journal's records behind each slice of a run, forwards and backwards. No record tells of
// reads: as long as one is watched, the machine goes step by step, and looks before each what it
// will read.
#include "machine/lc3.h"

#include "base/bits.h"

bool lc3_board_can_break(const void *board, const struct vt_break *k)
{
    const struct lc3_board *b = board;
    bool has_words = k->space == 0 && k->first <= k->last && k->last < LC3_WORDS;
    switch ((enum vt_break_kind)k->kind) {
    case VT_BREAK_EXECUTE: return has_words;
    case VT_BREAK_READ:
    case VT_BREAK_WRITE: return b->cpu.journal && has_words;
    case VT_BREAK_REGISTER: return b->cpu.journal && k->first < LC3_VIEW_REGISTERS;
    }
    return false;
}

static bool is_armed(const struct breaks *list, unsigned n)
{
    return list->is_used[n] && !list->rows[n].is_disabled;
}

void lc3_board_breaks_changed(void *board)
{
    struct lc3_board *b = board;
    const struct breaks *list = &b->vm.breaks;
    b->has_watch = b->has_read_watch = false;
    lc3_clear_breakpoints(&b->cpu);
    for (unsigned n = 0; n < VT_MAX_BREAKS; n++) {
        const struct vt_break *k = &list->rows[n];
        if (!is_armed(list, n)) {
            continue;
        }
        b->has_watch = b->has_watch || k->kind != VT_BREAK_EXECUTE;
        b->has_read_watch = b->has_read_watch || k->kind == VT_BREAK_READ;
        for (u64 at = k->first; k->kind == VT_BREAK_EXECUTE && at <= k->last; at++) {
            lc3_set_breakpoint(&b->cpu, (u16)at, true);
        }
    }
}

// --- searching the records ---

// A register's change by a step that saved the whole state: beside the state after it.
static bool state_changes(const struct lc3_board *b, u64 n, unsigned reg)
{
    const struct lc3_side *side = lc3_journal_side(&b->journal, n);
    if (!side) {
        return false;
    }
    const struct lc3_state *before = lc3_side_state(&b->journal, side, &b->cpu.dev);
    const struct lc3_state *after = &b->cpu.s;
    for (u64 next = n + 1; next < b->journal.next; next++) { // of the next entry, or now
        const struct lc3_side *later = lc3_journal_side(&b->journal, next);
        const struct lc3_record *r = lc3_journal_record(&b->journal, next);
        if (lc3_record_kind(r) == LC3_RECORD_REGISTER && reg < LC3_REGISTERS &&
            lc3_record_register(r) == reg) {
            return lc3_view_get(before, reg) != r->old;
        }
        if (later) {
            after = lc3_side_state(&b->journal, later, &b->cpu.dev);
            break;
        }
    }
    return lc3_view_get(before, reg) != lc3_view_get(after, reg);
}

static bool sets_cc(const struct lc3_board *b, const struct lc3_record *r)
{
    enum lc3_cc cc = lc3_decode(b->cpu.memory[(u16)r->stamp])->cc;
    return cc == LC3_CC_RESULT || (cc == LC3_CC_SECOND && b->cpu.config.edition == LC3_EDITION_2);
}

static bool hits_register(const struct lc3_board *b, u64 n, const struct lc3_record *r,
                          const struct vt_break *k)
{
    if (lc3_record_kind(r) == LC3_RECORD_REGISTER) {
        return lc3_record_register(r) == k->first ||
               (k->first == LC3_VIEW_PSR && (u16)r->stamp < LC3_DEVICES_FIRST && sets_cc(b, r));
    }
    return (r->stamp & LC3_STAMP_SIDE) && state_changes(b, n, (unsigned)k->first);
}

static bool hits_memory(const struct lc3_board *b, u64 n, const struct lc3_record *r,
                        const struct vt_break *k)
{
    if (lc3_record_kind(r) == LC3_RECORD_MEMORY) {
        return r->aux >= k->first && r->aux <= k->last;
    }
    const struct lc3_side *side =
        r->stamp & LC3_STAMP_SIDE ? lc3_journal_side(&b->journal, n) : NULL;
    for (unsigned word = 0; side && word < side->word_count; word++) {
        if (side->address[word] >= k->first && side->address[word] <= k->last) {
            return true;
        }
    }
    return false;
}

static bool hits_reads(const struct lc3_record *r, const struct lc3_reads *reads,
                       const struct vt_break *k)
{
    if (r->stamp & (LC3_STAMP_INTERRUPT | LC3_STAMP_EXCEPTION)) { // not the instruction: its vector
        u64 vector = (u64)LC3_EXCEPTION_VECTORS + r->old;
        return vector >= k->first && vector <= k->last;
    }
    for (unsigned n = 0; n < reads->count; n++) {
        if (reads->at[n] >= k->first && reads->at[n] <= k->last) {
            return true;
        }
    }
    return false;
}

// `reads`: what the step's instruction read; NULL: not known, as no breakpoint asks.
static bool hits(const struct lc3_board *b, u64 n, const struct lc3_reads *reads,
                 const struct vt_break *k)
{
    const struct lc3_record *r = lc3_journal_record(&b->journal, n);
    u16 address = (u16)r->stamp;
    switch ((enum vt_break_kind)k->kind) {
    case VT_BREAK_EXECUTE:
        return address >= k->first && address <= k->last && !(r->stamp & LC3_STAMP_INTERRUPT);
    case VT_BREAK_REGISTER: return hits_register(b, n, r, k);
    case VT_BREAK_WRITE: return hits_memory(b, n, r, k);
    case VT_BREAK_READ: return reads && hits_reads(r, reads, k);
    }
    return false;
}

// The rows of a list that are armed, so that the search does not look at the others.
struct armed {
    u8 numbers[VT_MAX_BREAKS];
    unsigned count;
    bool has_reads;
};

static struct armed armed_of(const struct breaks *list, bool with_execute)
{
    struct armed a = {.count = 0};
    for (unsigned n = 0; n < VT_MAX_BREAKS; n++) {
        if (is_armed(list, n) && (with_execute || list->rows[n].kind != VT_BREAK_EXECUTE)) {
            a.numbers[a.count++] = (u8)n;
            a.has_reads = a.has_reads || list->rows[n].kind == VT_BREAK_READ;
        }
    }
    return a;
}

static bool hits_any(const struct lc3_board *b, u64 n, const struct lc3_reads *reads,
                     const struct breaks *list, const struct armed *a, unsigned *number)
{
    for (unsigned i = 0; i < a->count; i++) {
        *number = a->numbers[i];
        if (hits(b, n, reads, &list->rows[*number])) {
            return true;
        }
    }
    return false;
}

bool lc3_board_find_watch(struct lc3_board *b, u64 from, const struct lc3_reads *reads,
                          u64 *step_number, unsigned *number)
{
    struct armed a = armed_of(&b->vm.breaks, false);
    for (u64 n = from > b->journal.first ? from : b->journal.first; n < b->journal.next; n++) {
        if (hits_any(b, n, reads, &b->vm.breaks, &a, number)) {
            *step_number = n;
            return true;
        }
    }
    return false;
}

// Backwards through the ring; then each window of steps before it is made again from a snapshot.
static bool search_records(struct lc3_board *b, u64 before, const struct breaks *list,
                           const struct armed *a, u64 *found)
{
    u64 high = before;
    unsigned number;
    for (;;) {
        for (u64 n = high; n-- > b->journal.first;) {
            if (hits_any(b, n, NULL, list, a, &number)) {
                *found = n;
                return true;
            }
        }
        high = b->journal.first;
        if (high == 0 || !timeline_rebuild(&b->time, high)) {
            return false;
        }
    }
}

static bool step_again(struct lc3_board *b)
{
    u64 now = timeline_now(&b->time);
    for (unsigned tries = 0; tries < 4 && timeline_now(&b->time) == now; tries++) {
        timeline_run(&b->time, now + 1, UINT64_MAX);
    }
    return timeline_now(&b->time) > now;
}

struct search {
    struct lc3_board *board;
    const struct breaks *list;
    const struct armed *armed;
};

// The latest hit in [from, to), by doing these steps again one by one: no record tells of reads.
static bool search_steps(void *owner, u64 from, u64 to, u64 *found)
{
    const struct search *search = owner;
    struct lc3_board *b = search->board;
    bool is_found = false;
    unsigned number;
    if (!timeline_go_to(&b->time, from)) {
        return false;
    }
    lc3_ignore_breakpoints(&b->cpu, true);
    for (u64 n = from; n < to; n++) {
        struct lc3_reads reads = lc3_view_reads(&b->cpu);
        if (!step_again(b)) {
            break;
        }
        if (hits_any(b, n, &reads, search->list, search->armed, &number)) {
            *found = n;
            is_found = true;
        }
    }
    lc3_ignore_breakpoints(&b->cpu, false);
    return is_found;
}

bool lc3_board_find_back(void *board, u64 before, const struct breaks *list, u64 *found)
{
    struct lc3_board *b = board;
    u64 now = timeline_now(&b->time);
    struct armed a = armed_of(list, true);
    if (!b->cpu.journal || a.count == 0 || before > now) {
        return false;
    }
    struct search steps = {.board = b, .list = list, .armed = &a};
    bool is_found = a.has_reads ? timeline_search_back(before, search_steps, &steps, found)
                                : search_records(b, before, list, &a, found);
    return timeline_go_to(&b->time, now) && is_found;
}
