// The LC-3's steps for include/vitrine/debug.h: deltas, calls. lc3_breaks.c has the breakpoints.
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
    bool is_there = timeline_go_to(&b->time, number);
    if (is_there) {
        step(b, out);
    }
    return timeline_go_to(&b->time, now) && is_there;
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
        CHECK(timeline_go_to(&b->time, now));
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

static struct timeline *timeline(void *board)
{
    struct lc3_board *b = board;
    return &b->time;
}

const struct time_ops lc3_time_ops = {
    .step = step,
    .delta = delta,
    .predict = predict,
    .wire_value = wire_value,
    .flow = flow,
    .can_break = lc3_board_can_break,
    .breaks_changed = lc3_board_breaks_changed,
    .timeline = timeline,
    .find_back = lc3_board_find_back,
    .frames = frames,
};
