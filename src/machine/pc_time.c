// The PC's steps and breakpoints, for debug.h. It has no history yet: the past is the latest step.
//
// While a breakpoint is set the processor asks before each instruction (struct x86, look); else
// nothing here costs anything. A watch on memory or a register compares its value, so that it stops
// behind the instruction that changed it, and behind one that read (struct x86_read_watch); a watch
// on a port stops in front of the instruction that uses it.
#include "machine/pc_debug.h"

#include "base/bits.h"
#include "base/text.h"
#include "cpu/x86/view.h"
#include "machine/pc.h"

enum { WATCH_BYTES = 8, SPACE_LINEAR = 0, SPACE_PHYSICAL = 1, SPACE_PORTS = 2 };

static u64 steps(const struct pc *pc)
{
    return clock_instructions(&pc->m.clock);
}

// --- breakpoints ---

static u64 read_bytes(const struct pc *pc, unsigned space, u64 address, u64 count)
{
    u64 value = 0;
    for (unsigned n = 0; n < count && n < WATCH_BYTES; n++) {
        u8 byte = 0;
        if (space == SPACE_LINEAR) {
            x86_view_byte(&pc->cpu, address + n, &byte);
        } else {
            x86_view_physical_byte(&pc->cpu, address + n, &byte);
        }
        value |= (u64)byte << (8 * n);
    }
    return value;
}

static u64 watched_value(const struct pc *pc, const struct vt_break *k)
{
    return k->kind == VT_BREAK_REGISTER
               ? x86_view_register(&pc->cpu, (unsigned)k->first)
               : read_bytes(pc, k->space, k->first, k->last - k->first + 1);
}

static bool touches_port(const struct x86_view_next *next, const struct vt_break *k)
{
    bool is_kind = k->kind == VT_BREAK_READ ? next->is_port_read : next->is_port_write;
    return is_kind && next->port <= k->last && next->port + next->port_bytes > k->first;
}

static bool is_read_watch(const struct vt_break *k)
{
    return k->kind == VT_BREAK_READ && k->space == SPACE_LINEAR;
}

// The processor has read from between the first and the last address that is watched.
static void note_read(void *owner, u64 linear, unsigned size_bytes)
{
    struct pc *pc = owner;
    _Static_assert(VT_MAX_BREAKS <= 64, "a bit for each");
    for (unsigned n = 0; n < VT_MAX_BREAKS; n++) {
        const struct vt_break *k = &pc->vm.breaks.rows[n];
        bool touches = linear <= k->last && linear + size_bytes > k->first;
        if (pc->vm.breaks.is_used[n] && is_read_watch(k) && touches) {
            pc->debug.reads |= 1ull << n;
        }
    }
}

static bool is_hit(struct pc *pc, unsigned n, u64 linear, const struct x86_view_next *next)
{
    const struct vt_break *k = &pc->vm.breaks.rows[n];
    if (k->kind == VT_BREAK_EXECUTE) {
        return linear >= k->first && linear <= k->last;
    }
    if (k->space == SPACE_PORTS && k->kind != VT_BREAK_REGISTER) {
        return touches_port(next, k);
    }
    if (is_read_watch(k)) {
        return (pc->debug.reads >> n) & 1;
    }
    u64 value = watched_value(pc, k);
    bool has_changed = value != pc->debug.watched[n];
    pc->debug.watched[n] = value;
    return has_changed;
}

// Before each instruction. All are looked at, so that every watch keeps up.
static bool look(void *owner)
{
    struct pc *pc = owner;
    struct x86_view_next next;
    int hit = -1;
    x86_view_next(&pc->cpu, &next);
    for (unsigned n = 0; n < VT_MAX_BREAKS; n++) {
        bool counts = pc->vm.breaks.is_used[n] && !pc->vm.breaks.rows[n].is_disabled;
        if (counts && is_hit(pc, n, x86_view_pc(&pc->cpu), &next)) {
            hit = (int)n;
        }
    }
    pc->debug.reads = 0;
    if (hit < 0 || pc->debug.passes == steps(pc)) {
        return false;
    }
    pc->debug.passes = steps(pc);
    machine_stop(&pc->m, VT_STOP_BREAK, (unsigned)hit);
    return true;
}

static bool can_break(const void *board, const struct vt_break *k)
{
    (void)board;
    switch ((enum vt_break_kind)k->kind) {
    case VT_BREAK_EXECUTE: return k->space == SPACE_LINEAR && k->first <= k->last;
    case VT_BREAK_REGISTER: return k->first < X86_VIEW_REGISTERS;
    case VT_BREAK_READ: return k->space != SPACE_PHYSICAL && k->first <= k->last;
    case VT_BREAK_WRITE:
        return k->first <= k->last && (k->space == SPACE_PORTS || k->last - k->first < WATCH_BYTES);
    }
    return false;
}

static void breaks_changed(void *board)
{
    struct pc *pc = board;
    bool is_looking = false;
    struct x86_read_watch reads = {.owner = pc, .first = UINT64_MAX};
    for (unsigned n = 0; n < VT_MAX_BREAKS; n++) {
        const struct vt_break *k = &pc->vm.breaks.rows[n];
        if (pc->vm.breaks.is_used[n] && !k->is_disabled) {
            is_looking = true;
            if (is_read_watch(k)) {
                reads.read = note_read;
                reads.first = k->first < reads.first ? k->first : reads.first;
                reads.last = k->last > reads.last ? k->last : reads.last;
            }
            bool is_watch = k->kind == VT_BREAK_REGISTER ||
                            (k->kind == VT_BREAK_WRITE && k->space != SPACE_PORTS);
            pc->debug.watched[n] = is_watch ? watched_value(pc, k) : 0;
        }
    }
    x86_debug_watch_reads(&pc->cpu, reads);
    pc->debug.reads = 0;
    pc->debug.passes = steps(pc);
    pc->cpu.look = is_looking ? look : NULL;
    pc->cpu.look_owner = pc;
}

// --- steps ---

// Memory that an instruction may write: its operand, the stack below the top, a string's
// destination.
struct window {
    u64 address;
    u8 bytes[32];
};

enum { WINDOWS = 3 };

static void fill_window(const struct pc *pc, u64 address, struct window *w)
{
    w->address = (u32)address;
    for (unsigned n = 0; n < COUNT_OF(w->bytes); n++) {
        w->bytes[n] = 0;
        x86_view_byte(&pc->cpu, w->address + n, &w->bytes[n]);
    }
}

static void fill_windows(const struct pc *pc, struct window windows[WINDOWS])
{
    const struct x86_state *s = &pc->cpu.s;
    struct x86_view_next next;
    x86_view_next(&pc->cpu, &next);
    u64 top = s->seg[X86_SS].base + (s->r[X86_RSP] & pc->cpu.stack_mask);
    fill_window(pc, top - sizeof windows[0].bytes, &windows[0]);
    fill_window(pc, s->seg[X86_ES].base + (u32)s->r[X86_RDI], &windows[1]);
    fill_window(pc, next.has_operand ? next.operand : top, &windows[2]);
}

static void add_effect(struct vt_delta *d, struct vt_place place, unsigned bits, u64 old, u64 now)
{
    if (d->effect_count == VT_DELTA_EFFECTS) {
        d->has_more_effects = true;
        return;
    }
    d->effects[d->effect_count++] =
        (struct vt_effect){.place = place, .bits = (u8)bits, .old_value = old, .new_value = now};
}

static bool is_known(const struct vt_delta *d, u64 address)
{
    for (unsigned n = 0; n < d->effect_count; n++) {
        const struct vt_effect *e = &d->effects[n];
        if (e->place.kind == VT_PLACE_MEMORY && address >= e->place.index &&
            address < e->place.index + e->bits / 8) {
            return true;
        }
    }
    return false;
}

// Runs of changed bytes, up to eight each.
static void compare_window(const struct pc *pc, const struct window *w, struct vt_delta *d)
{
    struct window now;
    fill_window(pc, w->address, &now);
    for (unsigned n = 0; n < COUNT_OF(w->bytes); n++) {
        unsigned count = 0;
        u64 old_value = 0, new_value = 0;
        while (n + count < COUNT_OF(w->bytes) && count < 8 &&
               w->bytes[n + count] != now.bytes[n + count]) {
            old_value |= (u64)w->bytes[n + count] << (8 * count);
            new_value |= (u64)now.bytes[n + count] << (8 * count);
            count++;
        }
        if (count > 0 && !is_known(d, w->address + n)) {
            struct vt_place place = {.kind = VT_PLACE_MEMORY, .index = w->address + n};
            add_effect(d, place, 8 * count, old_value, new_value);
        }
        n += count;
    }
}

static bool is_counter(unsigned reg)
{
    u8 role = x86_view_registers[reg].role;
    return role == VT_ROLE_PC || text_equal(x86_view_registers[reg].name, "eip");
}

static void compare_registers(const struct pc *pc, const u64 before[X86_VIEW_REGISTERS],
                              struct vt_delta *d)
{
    for (unsigned reg = 0; reg < X86_VIEW_REGISTERS; reg++) {
        u64 now = x86_view_register(&pc->cpu, reg);
        if (now != before[reg] && !is_counter(reg)) {
            struct vt_place place = {.kind = VT_PLACE_REGISTER, .index = reg};
            add_effect(d, place, x86_view_registers[reg].bits, before[reg], now);
        }
    }
}

static void put_sentence(struct vt_delta *d)
{
    struct text t = text_in(d->text, sizeof d->text);
    for (unsigned n = 0; n < d->effect_count && n < 3; n++) {
        const struct vt_effect *e = &d->effects[n];
        text_put(&t, n ? ", " : "");
        if (e->place.kind == VT_PLACE_REGISTER) {
            text_put(&t, x86_view_registers[e->place.index].name);
        } else {
            text_put(&t, "memory at ");
            text_hex(&t, e->place.index, 8);
        }
        text_put(&t, " becomes ");
        text_hex(&t, e->new_value, (e->bits + 3u) / 4);
    }
    text_put(&t, d->effect_count ? "." : "Nothing changes but the instruction pointer.");
}

static struct vt_stop step(void *board, struct vt_delta *out)
{
    struct pc *pc = board;
    struct vt_delta *d = &pc->debug.last;
    u64 before[X86_VIEW_REGISTERS], interrupts = pc->cpu.stats.interrupts,
                                    exceptions = pc->cpu.stats.exceptions;
    struct window windows[WINDOWS];
    for (unsigned reg = 0; reg < X86_VIEW_REGISTERS; reg++) {
        before[reg] = x86_view_register(&pc->cpu, reg);
    }
    fill_windows(pc, windows);
    *d = (struct vt_delta){.step = steps(pc), .pc_before = x86_view_pc(&pc->cpu)};
    x86_view_instruction(&pc->cpu, d->pc_before, &d->instruction);
    pc->debug.passes = steps(pc);
    struct vt_stop stop = machine_run(&pc->m, steps(pc) + 1, UINT64_MAX);
    d->pc_after = x86_view_pc(&pc->cpu);
    d->cause = pc->cpu.stats.exceptions > exceptions   ? VT_CAUSE_EXCEPTION
               : pc->cpu.stats.interrupts > interrupts ? VT_CAUSE_INTERRUPT
                                                       : VT_CAUSE_INSTRUCTION;
    compare_registers(pc, before, d);
    for (unsigned n = 0; n < WINDOWS; n++) {
        compare_window(pc, &windows[n], d);
    }
    put_sentence(d);
    pc->debug.has_last = true;
    if (out) {
        *out = *d;
    }
    return stop;
}

static bool delta(void *board, u64 at, struct vt_delta *out)
{
    const struct pc *pc = board;
    if (!pc->debug.has_last || pc->debug.last.step != at || steps(pc) != at + 1) {
        return false;
    }
    *out = pc->debug.last;
    return true;
}

// Carrying a step out is the only way to know what it does: the devices can't be taken back.
static bool predict(void *board, struct vt_delta *out)
{
    (void)board, (void)out;
    return false;
}

static enum flow flow(const void *board)
{
    const struct pc *pc = board;
    struct x86_view_next next;
    x86_view_next(&pc->cpu, &next);
    return next.is_call ? FLOW_CALL : next.is_return ? FLOW_RETURN : FLOW_ON;
}

const struct time_ops pc_time_ops = {
    .step = step,
    .delta = delta,
    .predict = predict,
    .flow = flow,
    .can_break = can_break,
    .breaks_changed = breaks_changed,
};
