// The LC-3 in time: running, input, going back; and the two ways in which it idles.
#include "machine/lc3.h"

#include "base/bits.h"

#include "cpu/lc3/view.h"

#include <string.h>

// --- running ---

enum {
    SLICE = 1 << 18,         // steps between two deliveries of text to the host
    WATCHED_SLICE = 1 << 14, // the same with watchpoints, whose steps are looked for afterwards
};

// A breakpoint's number, from the address that the processor stopped at.
static unsigned break_number(const struct lc3_board *b, unsigned address)
{
    for (unsigned n = 0; n < VT_MAX_BREAKS; n++) {
        const struct vt_break *k = &b->vm.breaks.rows[n];
        if (b->vm.breaks.is_used[n] && k->kind == VT_BREAK_EXECUTE && address >= k->first &&
            address <= k->last) {
            return n;
        }
    }
    return 0;
}

// Characters that were shown since the last time.
static void give_text(struct lc3_board *b)
{
    while (!b->is_quiet && b->shown_known < b->display.s.count) {
        u8 character = b->shown[b->shown_known++ % VT_LC3_DISPLAY_BYTES];
        if (b->host.serial_write) {
            b->host.serial_write(b->host.owner, 0, character);
        }
    }
}

// What a watchpoint is about was done in the slice from `from` on: back to behind that step.
static struct vt_stop look_for_watch(struct lc3_board *b, u64 from, const struct lc3_reads *reads,
                                     struct vt_stop stop)
{
    u64 step;
    unsigned number;
    bool is_new = b->time.last == timeline_now(&b->time);
    if (!lc3_board_find_watch(b, from, reads, &step, &number)) {
        return stop;
    }
    if (timeline_go_to(&b->time, step + 1) && is_new) {
        b->time.last = step + 1; // nobody has seen more
    }
    return (struct vt_stop){.reason = VT_STOP_BREAK, .code = number};
}

static u64 slice_steps(const struct lc3_board *b)
{
    return b->has_read_watch ? 1 : b->has_watch ? WATCHED_SLICE : SLICE;
}

// The instruction at hand is run whatever breakpoint is there: that is why we stand here.
struct vt_stop lc3_board_run(void *board, u64 max_steps, u64 until_ns)
{
    struct lc3_board *b = board;
    if (b->m.wants_reset) {
        b->m.wants_reset = false;
        b->m.reset(b);
    }
    b->cpu.passes_breakpoint = true;
    if (lc3_is_stopped(&b->cpu)) {
        return (struct vt_stop){.reason = VT_STOP_POWER_OFF};
    }
    for (;;) {
        u64 now = timeline_now(&b->time);
        u64 end = min_u64(now + slice_steps(b), max_steps);
        struct lc3_reads reads = {.count = 0};
        if (b->has_read_watch) {
            reads = lc3_view_reads(&b->cpu);
        }
        struct vt_stop stop = timeline_run(&b->time, end, until_ns);
        if (b->has_watch) {
            stop = look_for_watch(b, now, &reads, stop);
        }
        give_text(b);
        if (stop.reason != VT_STOP_LIMIT || timeline_now(&b->time) >= max_steps) {
            return stop;
        }
    }
}

void lc3_board_stop(void *board, enum vt_stop_reason reason, unsigned code)
{
    struct lc3_board *b = board;
    machine_stop(&b->m, reason, reason == VT_STOP_BREAK ? break_number(b, code) : code);
}

// What events change is undone together with the step before them.
void lc3_board_before_events(void *board)
{
    struct lc3_board *b = board;
    if (b->cpu.journal) {
        lc3_journal_save_between(&b->journal);
    }
}

// --- input ---

bool lc3_board_put(struct lc3_board *b, enum lc3_input kind, u32 index, u64 value)
{
    if (!timeline_put(&b->time, kind, index, value)) {
        return false;
    }
    if (b->display.s.count < b->shown_known) {
        b->shown_known = b->display.s.count; // another course: its text is new
    }
    return true;
}

// Row n is the nth key's unless something else was put before it.
u8 lc3_board_key(void *board, u64 n)
{
    const struct lc3_board *b = board;
    const struct timeline_inputs *inputs = &b->time.inputs;
    for (u64 row = n; row < inputs->count; row++) {
        if (inputs->rows[row].kind == LC3_INPUT_KEY && inputs->rows[row].index == n) {
            return (u8)inputs->rows[row].value;
        }
    }
    return 0;
}

static void set_word(struct lc3_board *b, u16 address, u16 value)
{
    struct lc3 *c = &b->cpu;
    bool is_first = lc3_mark_written(c, address);
    if (c->journal) {
        lc3_journal_save_word(&b->journal, address, c->memory[address], is_first);
    }
    c->memory[address] = value;
    lc3_forget_cell(c, address);
}

static void apply(void *board, const struct timeline_input *input)
{
    struct lc3_board *b = board;
    lc3_board_before_events(b);
    b->poll = (struct lc3_poll){0};
    switch ((enum lc3_input)input->kind) {
    case LC3_INPUT_KEY: lc3_keyboard_press(&b->keyboard); break;
    case LC3_INPUT_REGISTER: lc3_view_set(&b->cpu, input->index, (u16)input->value); break;
    case LC3_INPUT_MEMORY: set_word(b, (u16)input->index, (u16)input->value); break;
    }
}

// --- back ---

static bool undo(void *board)
{
    struct lc3_board *b = board;
    b->poll = (struct lc3_poll){0};
    return b->cpu.journal && lc3_journal_undo(&b->journal, &b->cpu);
}

static void loaded(void *board, u64 step)
{
    struct lc3_board *b = board;
    lc3_journal_clear(&b->journal, step);
    lc3_forget_cells(&b->cpu);
    b->poll = (struct lc3_poll){0};
}

static void replaying(void *board, bool is_replaying)
{
    struct lc3_board *b = board;
    lc3_ignore_breakpoints(&b->cpu, is_replaying);
}

const struct timeline_ops lc3_timeline_ops = {
    .undo = undo,
    .loaded = loaded,
    .apply = apply,
    .replaying = replaying,
};

// --- the display ---

// The host gets it behind the slice (give_text), and in a replay not again.
void lc3_board_show(void *board, u64 n, u8 character)
{
    struct lc3_board *b = board;
    b->shown[n % VT_LC3_DISPLAY_BYTES] = character;
}

uint64_t vt_lc3_display_count(const struct vt_machine *vm)
{
    const struct lc3_board *b = vm->board;
    return b->display.s.count;
}

size_t vt_lc3_display(const struct vt_machine *vm, uint64_t first, char *to, size_t size_bytes)
{
    const struct lc3_board *b = vm->board;
    size_t n = 0;
    for (u64 at = first; n < size_bytes && at < b->display.s.count; at++) {
        bool is_kept = at + VT_LC3_DISPLAY_BYTES >= b->shown_known;
        to[n++] = is_kept ? (char)b->shown[at % VT_LC3_DISPLAY_BYTES] : ' ';
    }
    return n;
}

size_t vt_lc3_keys(const struct vt_machine *vm, uint8_t *to, size_t size_bytes)
{
    struct lc3_board *b = vm->board;
    u64 count = b->keyboard.s.arrived - b->keyboard.s.taken;
    for (u64 n = 0; n < count && n < size_bytes; n++) {
        to[n] = lc3_board_key(b, b->keyboard.s.taken + n);
    }
    return (size_t)count;
}

void vt_lc3_fault_text(const struct vt_machine *vm, char *to, size_t size_bytes)
{
    const struct lc3_board *b = vm->board;
    lc3_fault_text(&b->cpu.fault, to, size_bytes);
}

bool vt_lc3_has_failed(const struct vt_machine *vm)
{
    const struct lc3_board *b = vm->board;
    return b->cpu.has_failed;
}

// --- idling ---

enum { POLL_DISTANCE = 64 }; // steps from one look for a key to the next in a loop that only waits

// True if something will happen by itself.
static bool has_event(const struct lc3_board *b)
{
    return b->m.clock.next_ns != CLOCK_NEVER || b->time.input_next < b->time.inputs.count;
}

// A program that looked for a key, found none, and comes back to the same look with nothing changed
// will do so for ever: only a key can help.
void lc3_board_polled(void *board)
{
    struct lc3_board *b = board;
    u64 now = clock_instructions(&b->m.clock);
    const struct lc3_poll last = b->poll;
    b->poll = (struct lc3_poll){now, b->cpu.s};
    bool is_near = now > last.step && now - last.step <= POLL_DISTANCE;
    if (is_near && !has_event(b) && b->cpu.journal &&
        memcmp(&last.s, &b->cpu.s, sizeof last.s) == 0 &&
        lc3_journal_is_quiet(&b->journal, last.step, now)) {
        machine_stop(&b->m, VT_STOP_INPUT, 0);
    }
}

// The same of an instruction that jumps to itself.
void lc3_board_spins(void *board)
{
    struct lc3_board *b = board;
    if (!has_event(b)) {
        bool waits = b->keyboard.s.is_irq_enabled && !b->keyboard.s.is_ready;
        b->cpu.fault = (struct lc3_fault){.kind = LC3_FAULT_SPIN, .pc = b->cpu.s.pc};
        machine_stop(&b->m, waits ? VT_STOP_INPUT : VT_STOP_FAULT, LC3_FAULT_SPIN);
    }
}
