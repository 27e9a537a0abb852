// The LC-3's steps for include/vitrine/debug.h: deltas, breakpoints, searches in the past, frames.
#include "cpu/lc3/view.h"
#include "machine/lc3.h"

#include "base/bits.h"
#include "base/check.h"

// --- one step ---

// The board's part of a delta: keys and the display are places of their own.
static void name_devices(const struct lc3_board *b, const struct lc3_keyboard_state *keyboard,
                         const struct lc3_display_state *display, struct vt_delta *d)
{
    for (unsigned n = 0; n < d->effect_count; n++) {
        struct vt_effect *e = &d->effects[n];
        bool is_shown = b->display.s.count > display->count;
        if (e->place.kind == VT_PLACE_MEMORY && e->place.index == 0xfe06 && is_shown) {
            e->place = (struct vt_place){.kind = VT_PLACE_OUTPUT, .index = display->count};
        }
        for (unsigned s = 0; s < e->source_count; s++) {
            struct vt_place *from = &e->sources[s].place;
            if (from->kind == VT_PLACE_MEMORY && from->index == 0xfe02 &&
                b->keyboard.s.taken > keyboard->taken) {
                *from = (struct vt_place){.kind = VT_PLACE_INPUT, .index = keyboard->taken};
            }
        }
    }
}

static struct vt_stop step(void *board, struct vt_delta *out)
{
    struct lc3_board *b = board;
    u64 now = timeline_now(&b->time);
    if (!out) {
        return lc3_board_run(b, now + 1, UINT64_MAX);
    }
    struct lc3_look look;
    struct lc3_keyboard_state keyboard = b->keyboard.s;
    struct lc3_display_state display = b->display.s;
    lc3_delta_begin(&b->cpu, &look, out);
    out->step = now;
    struct vt_stop stop = lc3_board_run(b, now + 1, UINT64_MAX);
    if (timeline_now(&b->time) == now + 1) {
        lc3_delta_end(&b->cpu, &look, out);
        name_devices(b, &keyboard, &display, out);
    } else {
        out->pc_after = b->cpu.s.pc;
    }
    return stop;
}

// Does something in another moment and comes back; the host sees nothing of it.
static bool delta(void *board, u64 number, struct vt_delta *out)
{
    struct lc3_board *b = board;
    u64 now = timeline_now(&b->time);
    if (number >= b->time.last || !b->cpu.journal) {
        return false;
    }
    bool is_there = lc3_board_go_to(b, number);
    if (is_there) {
        step(b, out);
    }
    return lc3_board_go_to(b, now) && is_there;
}

static bool predict(void *board, struct vt_delta *out)
{
    struct lc3_board *b = board;
    u64 now = timeline_now(&b->time), last = b->time.last;
    if (lc3_is_stopped(&b->cpu) || !b->cpu.journal) {
        return false;
    }
    b->is_quiet = true;
    step(b, out);
    bool is_done = timeline_now(&b->time) == now + 1;
    if (is_done) {
        CHECK(lc3_board_go_to(b, now));
        b->time.last = last;
    }
    b->is_quiet = false;
    return is_done;
}

static bool wire_value(void *board UNUSED, const struct vt_delta *d, unsigned nth, unsigned wire,
                       u64 *value)
{
    return lc3_wire_value(d, nth, wire, value);
}

// --- calls ---

static enum flow flow_of(u16 word)
{
    switch (lc3_decode(word)->op) {
    case LC3_JSR:
    case LC3_JSRR:
    case LC3_TRAP: return FLOW_CALL;
    case LC3_RTI: return FLOW_RETURN;
    case LC3_JMP: return (word >> 6 & 7) == 7 ? FLOW_RETURN : FLOW_ON;
    default: return FLOW_ON;
    }
}

// A TRAP that ends the run by itself calls nothing, but then there is no next step either.
static enum flow flow(const void *board)
{
    const struct lc3_board *b = board;
    return lc3_has_interrupt(&b->cpu) ? FLOW_CALL : flow_of(lc3_peek(&b->cpu, b->cpu.s.pc));
}

static bool is_entry(const struct lc3_record *r)
{
    return r->stamp & (LC3_STAMP_INTERRUPT | LC3_STAMP_EXCEPTION);
}

// As far as the ring goes back. The word of a past call is taken to be what memory has there now.
static unsigned frames(void *board, struct vt_frame *out, unsigned max)
{
    const struct lc3_board *b = board;
    unsigned count = 0, closed = 0;
    u64 now = timeline_now(&b->time);
    u16 target = b->cpu.s.pc; // of the record behind
    for (u64 n = now; b->cpu.journal && n-- > b->journal.first && count < max;) {
        const struct lc3_record *r = lc3_journal_record(&b->journal, n);
        u16 address = (u16)r->stamp;
        enum flow f = is_entry(r) ? FLOW_CALL : flow_of(lc3_peek(&b->cpu, address));
        if (f == FLOW_RETURN) {
            closed++;
        } else if (f == FLOW_CALL && closed > 0) {
            closed--;
        } else if (f == FLOW_CALL) {
            out[count++] = (struct vt_frame){
                .call_address = address,
                .target = target,
                .step = n,
                .cause = r->stamp & LC3_STAMP_INTERRUPT   ? VT_CAUSE_INTERRUPT
                         : r->stamp & LC3_STAMP_EXCEPTION ? VT_CAUSE_EXCEPTION
                                                          : VT_CAUSE_INSTRUCTION,
            };
        }
        target = address;
    }
    return count;
}

// --- breakpoints ---

static bool can_break(const void *board, const struct vt_break *k)
{
    const struct lc3_board *b = board;
    switch ((enum vt_break_kind)k->kind) {
    case VT_BREAK_EXECUTE: return k->first <= k->last && k->last < LC3_WORDS;
    case VT_BREAK_WRITE: return b->cpu.journal && k->first <= k->last && k->last < LC3_WORDS;
    case VT_BREAK_REGISTER: return b->cpu.journal && k->first < LC3_VIEW_REGISTERS;
    case VT_BREAK_READ: break; // no record tells of reads
    }
    return false;
}

static bool is_armed(const struct breaks *list, unsigned n)
{
    return list->is_used[n] && !list->rows[n].is_disabled;
}

static void breaks_changed(void *board)
{
    struct lc3_board *b = board;
    const struct breaks *list = &b->vm.breaks;
    b->has_watch = false;
    lc3_clear_breakpoints(&b->cpu);
    for (unsigned n = 0; n < VT_MAX_BREAKS; n++) {
        const struct vt_break *k = &list->rows[n];
        if (!is_armed(list, n)) {
            continue;
        }
        b->has_watch = b->has_watch || k->kind != VT_BREAK_EXECUTE;
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

static bool hits(const struct lc3_board *b, u64 n, const struct breaks *list, unsigned number)
{
    const struct lc3_record *r = lc3_journal_record(&b->journal, n);
    const struct vt_break *k = &list->rows[number];
    u16 address = (u16)r->stamp;
    switch ((enum vt_break_kind)k->kind) {
    case VT_BREAK_EXECUTE:
        return address >= k->first && address <= k->last && !(r->stamp & LC3_STAMP_INTERRUPT);
    case VT_BREAK_REGISTER: return hits_register(b, n, r, k);
    case VT_BREAK_WRITE: return hits_memory(b, n, r, k);
    case VT_BREAK_READ: break;
    }
    return false;
}

// The rows of a list that are armed, so that the search does not look at the others.
struct armed {
    u8 numbers[VT_MAX_BREAKS];
    unsigned count;
};

static struct armed armed_of(const struct breaks *list, bool with_execute)
{
    struct armed a = {.count = 0};
    for (unsigned n = 0; n < VT_MAX_BREAKS; n++) {
        if (is_armed(list, n) && (with_execute || list->rows[n].kind != VT_BREAK_EXECUTE)) {
            a.numbers[a.count++] = (u8)n;
        }
    }
    return a;
}

static bool hits_any(const struct lc3_board *b, u64 n, const struct breaks *list,
                     const struct armed *a, unsigned *number)
{
    for (unsigned i = 0; i < a->count; i++) {
        *number = a->numbers[i];
        if (hits(b, n, list, *number)) {
            return true;
        }
    }
    return false;
}

bool lc3_board_find_watch(struct lc3_board *b, u64 from, u64 *step_number, unsigned *number)
{
    struct armed a = armed_of(&b->vm.breaks, false);
    for (u64 n = from > b->journal.first ? from : b->journal.first; n < b->journal.next; n++) {
        if (hits_any(b, n, &b->vm.breaks, &a, number)) {
            *step_number = n;
            return true;
        }
    }
    return false;
}

// Backwards through the ring; then each window of steps before it is made again from a snapshot.
static bool find_back(void *board, u64 before, const struct breaks *list, u64 *found)
{
    struct lc3_board *b = board;
    u64 now = timeline_now(&b->time), high = before;
    struct armed a = armed_of(list, true);
    unsigned number;
    bool is_found = false;
    if (!b->cpu.journal || a.count == 0 || before > now) {
        return false;
    }
    for (;;) {
        u64 n = high;
        while (!is_found && n > b->journal.first) {
            is_found = hits_any(b, --n, list, &a, &number);
        }
        *found = n;
        high = b->journal.first;
        if (is_found || high == 0 || !timeline_rebuild(&b->time, high)) {
            break;
        }
    }
    return lc3_board_go_to(b, now) && is_found;
}

// --- time ---

static void history(const void *board, u64 *first, u64 *last)
{
    const struct lc3_board *b = board;
    *first = 0;
    *last = b->time.last;
}

static bool go_to(void *board, u64 number)
{
    return lc3_board_go_to(board, number);
}

static unsigned branches(const void *board, struct vt_branch *out, unsigned max)
{
    const struct lc3_board *b = board;
    unsigned count = 0;
    for (unsigned n = 0; n < TIMELINE_BRANCHES && count < max; n++) {
        const struct timeline_branch *branch = &b->time.branches[n];
        if (branch->number) {
            out[count++] = (struct vt_branch){branch->number, branch->fork, branch->end, false};
        }
    }
    if (count < max) {
        out[count++] = (struct vt_branch){b->time.number, b->time.last, b->time.last, true};
    }
    return count;
}

static bool switch_branch(void *board, unsigned number)
{
    struct lc3_board *b = board;
    lc3_ignore_breakpoints(&b->cpu, true);
    bool is_there = timeline_switch(&b->time, number);
    lc3_ignore_breakpoints(&b->cpu, false);
    return is_there;
}

const struct time_ops lc3_time_ops = {
    .step = step,
    .delta = delta,
    .predict = predict,
    .wire_value = wire_value,
    .flow = flow,
    .can_break = can_break,
    .breaks_changed = breaks_changed,
    .history = history,
    .go_to = go_to,
    .find_back = find_back,
    .frames = frames,
    .branches = branches,
    .switch_branch = switch_branch,
};
