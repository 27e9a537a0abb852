// The x86's run loop: between blocks it takes interrupts and delivers faults, then runs block after
// block until the budget is used up or something needs attention.
#include "base/check.h"
#include "cpu/x86/dispatch.h"
#include "cpu/x86/x86.h"

// What x86_kick takes from the budget so that no further block is entered, until x86_run gives it
// back.
#define HELD (1ll << 62)

u64 x86_executed(void *cpu)
{
    const struct x86 *c = cpu;
    i64 left = c->budget + c->held;
    if (c->block) {
        left += c->block->count - (c->at - c->block->insn);
    }
    return c->slice - (u64)left;
}

void x86_kick(void *cpu)
{
    struct x86 *c = cpu;
    if (!c->stop_request) {
        c->stop_request = true;
        c->budget -= HELD;
        c->held += HELD;
    }
    x86_leave_after_this(c);
}

bool x86_is_halted(const void *cpu)
{
    const struct x86 *c = cpu;
    if (c->s.is_shut_down) {
        return true;
    }
    bool has_irq = c->s.irq_level && (c->s.eflags & X86_IF);
    bool has_nmi = c->s.is_nmi_pending && !c->s.is_nmi_blocked;
    return c->s.is_halted && !has_irq && !has_nmi && !c->s.pending_debug;
}

bool x86_is_dead(const void *cpu)
{
    const struct x86 *c = cpu;
    bool may_wake = (c->s.eflags & X86_IF) || c->s.is_nmi_pending || c->s.pending_debug;
    return c->s.is_shut_down || (c->s.is_halted && !may_wake);
}

bool x86_is_shut_down(const void *cpu)
{
    return ((const struct x86 *)cpu)->s.is_shut_down;
}

// --- between two instructions ---

// The traps and interrupts that are due, highest priority first ([SDM3] table 6-2). Inhibited ones
// wait.
static void take_events(struct x86 *c, u8 inhibit)
{
    if (c->s.pending_debug && !(inhibit & X86_INHIBIT_DEBUG)) {
        x86_raise(c, X86_DB);
        x86_deliver_fault(c);
        return;
    }
    if (c->s.is_nmi_pending && !c->s.is_nmi_blocked && !(inhibit & X86_INHIBIT_DEBUG)) {
        c->s.is_nmi_pending = false;
        c->s.is_nmi_blocked = true;
        c->s.is_halted = false;
        c->stats.interrupts++;
        x86_deliver_interrupt(c, X86_NMI);
        return;
    }
    if (c->s.irq_level && (c->s.eflags & X86_IF) && !inhibit) {
        c->s.is_halted = false;
        c->stats.interrupts++;
        x86_deliver_interrupt(c, c->w.ack.fn(c->w.ack.owner));
    }
}

static void deliver(struct x86 *c)
{
    c->stats.exceptions++;
    x86_deliver_fault(c);
}

// --- running blocks ---

// Enters the block at RIP; where the budget does not last for all of it, it will stop in its
// middle.
static const struct insn *enter(struct x86 *c)
{
    struct x86_block *b = x86_block_find(c);
    if (!b) {
        c->budget--; // the attempt counts, so that a fault loop comes to an end
        return NULL;
    }
    i64 budget = c->budget;
    const struct insn *first = enter_block(c, b, c->s.rip);
    if (budget < b->count) {
        x86_block_break(c, (unsigned)budget);
    }
    return first;
}

// Runs from RIP until the budget is used up or a block leaves to us; delivers the fault if there is
// one.
static void run_blocks(struct x86 *c)
{
    x86_run_insns(c, enter(c));
    if (c->fault.vector != X86_NO_FAULT) {
        if (c->block) {
            c->budget += c->block->count - 1 - (c->at - c->block->insn);
            c->s.rip = x86_rip(c);
            c->block = NULL;
        }
        x86_block_restore(c);
        deliver(c);
    }
    CHECK(c->block == NULL);
}

// Exactly one instruction, with what goes before and after it when it is not an ordinary one.
// Behind a load of SS code breakpoints don't count ([SDM3] 17.3.1.1).
static void run_one(struct x86 *c, u8 inhibit)
{
    bool was_trapping = (c->s.eflags & X86_TF) != 0;
    bool is_watched = c->has_code_breakpoints && !(c->s.eflags & X86_RF);
    if (is_watched && !(inhibit & X86_INHIBIT_DEBUG) && x86_debug_fetch(c)) {
        c->budget--;
        deliver(c);
        return;
    }
    c->s.eflags &= ~(u32)X86_RF;
    i64 rest = c->budget - 1;
    c->budget = 1;
    c->held += rest;
    u64 exceptions = c->stats.exceptions;
    c->step_is_over = false;
    run_blocks(c);
    c->held -= rest;
    c->budget += rest;
    if (was_trapping && !c->step_is_over && c->stats.exceptions == exceptions) {
        c->s.pending_debug |= X86_DR6_BS;
    }
}

static void trace(struct x86 *c)
{
    if (UNLIKELY(c->is_tracing)) {
        x86_trace(c);
    }
}

// Something waits behind the event that was just taken: it comes after one instruction, however the
// run is cut into slices.
static bool has_event(const struct x86 *c)
{
    return c->s.pending_debug || (c->s.is_nmi_pending && !c->s.is_nmi_blocked) ||
           (c->s.irq_level && (c->s.eflags & X86_IF));
}

static bool must_run_one(const struct x86 *c, u8 inhibit)
{
    return inhibit || has_event(c) || (c->s.eflags & (X86_TF | X86_RF)) ||
           c->has_code_breakpoints || c->is_tracing || c->look;
}

u64 x86_run(void *cpu, u64 budget)
{
    struct x86 *c = cpu;
    CHECK(budget < (u64)HELD / 2);
    u64 done_before = c->w.clock->instructions;
    c->is_tracing = done_before >= c->trace_from;
    if (!c->is_tracing && c->trace_from - done_before < budget) {
        budget = c->trace_from - done_before; // up to there without a look
    }
    c->slice = budget;
    c->budget = (i64)budget;
    c->held = 0;
    c->stop_request = false;
    while (c->budget > 0 && !c->s.is_shut_down) {
        if (UNLIKELY(c->look != NULL) && c->look(c->look_owner)) {
            break;
        }
        u8 inhibit = c->s.inhibit;
        c->s.inhibit = 0;
        take_events(c, inhibit);
        if (c->s.is_halted || c->s.is_shut_down) {
            break;
        }
        trace(c);
        if (UNLIKELY(must_run_one(c, inhibit))) {
            run_one(c, inhibit);
        } else {
            run_blocks(c);
        }
    }
    c->budget += c->held;
    c->held = 0;
    if (c->map_has_changed) {
        c->map_has_changed = false;
        x86_blocks_flush(c);
    }
    u64 done = c->slice - (u64)c->budget;
    c->slice = 0;
    c->budget = 0;
    return done;
}
