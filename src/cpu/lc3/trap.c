// Out of the ordinary flow: TRAP, RTI, interrupts, exceptions ([P&P] appendix A, section A.4, and
// appendix C, states 8, 15, 13, 49 and those behind them).
//
// Entry, in the 3rd edition for TRAP too: in user mode R6 is exchanged for the saved supervisor
// stack pointer; PSR and PC are pushed; the mode becomes supervisor; PC is loaded from a vector.
// Interrupts also raise the priority. An exception saves the address of its own instruction, which
// has no effect and leaves N, Z, P as they were: so says the book's microcode, which pushes PC - 1.
#include "cpu/lc3/dispatch.h"

enum { HALT_VECTOR = 0x25, BAD_TRAP_VECTOR = 0xff };

// The present step changes more than a record can hold; of that, it notes the vector.
static void begin(struct lc3 *c, u32 flags, u16 vector)
{
    if (c->journal) {
        u32 kind = (u32)LC3_RECORD_STATE << LC3_STAMP_KIND_SHIFT;
        lc3_save_step(c);
        c->records[c->n] = (struct lc3_record){kind | LC3_STAMP_SIDE | flags | c->s.pc, vector, 0};
    }
}

static void end(struct lc3 *c)
{
    lc3_set_reach(c);
    c->n++;
}

static u16 read_system(struct lc3 *c, u16 address)
{
    return address < LC3_DEVICES_FIRST ? c->memory[address] : lc3_read_device(c, address);
}

static void write_system(struct lc3 *c, u16 address, u16 value)
{
    if (address >= LC3_DEVICES_FIRST) {
        lc3_write_device(c, address, value);
        return;
    }
    bool is_first = lc3_mark_written(c, address);
    if (c->journal) {
        lc3_journal_save_word(c->journal, address, c->memory[address], is_first);
    }
    c->memory[address] = value;
    lc3_forget_cell(c, address);
}

static void push(struct lc3 *c, u16 value)
{
    c->s.r[6]--;
    write_system(c, c->s.r[6], value);
}

static u16 pop(struct lc3 *c)
{
    return read_system(c, c->s.r[6]++);
}

static void enter(struct lc3 *c, u16 vector_address, u16 return_pc)
{
    u16 psr = c->s.psr;
    if (psr & LC3_PSR_USER) {
        c->s.saved_usp = c->s.r[6];
        c->s.r[6] = c->s.saved_ssp;
    }
    push(c, psr);
    push(c, return_pc);
    c->s.psr &= (u16)~LC3_PSR_USER;
    c->s.pc = c->memory[vector_address];
}

// Whether a vector still leads to the operating system's own routine.
static bool is_system_vector(const struct lc3 *c, u16 address)
{
    return c->vectors && c->memory[address] == c->vectors[address];
}

// --- TRAP and RTI ---

static void halt(struct lc3 *c)
{
    begin(c, 0, HALT_VECTOR);
    c->s.pc++;
    c->s.mcr &= (u16)~LC3_MCR_RUN;
    end(c);
    lc3_stop(c, VT_STOP_POWER_OFF, 0);
}

// No routine: the vector leads where the last of the table does.
static bool is_bad_trap(const struct lc3 *c, u8 vector)
{
    return is_system_vector(c, vector) && c->vectors[vector] == c->vectors[BAD_TRAP_VECTOR];
}

bool lc3_trap(struct lc3 *c, u8 vector)
{
    u16 next = (u16)(c->s.pc + 1);
    if (!c->config.has_real_traps && vector == HALT_VECTOR && is_system_vector(c, vector)) {
        halt(c);
        return true;
    }
    if (!c->config.has_real_traps && is_bad_trap(c, vector)) {
        c->fault = (struct lc3_fault){.kind = LC3_FAULT_BAD_TRAP, .address = vector};
        return false;
    }
    begin(c, 0, vector);
    if (c->config.edition == LC3_EDITION_2) {
        c->s.r[7] = next;
        c->s.pc = c->memory[LC3_TRAP_VECTORS + vector];
    } else {
        enter(c, LC3_TRAP_VECTORS + vector, next);
    }
    end(c);
    return true;
}

bool lc3_return(struct lc3 *c)
{
    if (lc3_is_user(c) && !c->config.is_unprivileged) {
        c->fault = (struct lc3_fault){.kind = LC3_FAULT_PRIVILEGE};
        return false;
    }
    bool was_user = lc3_is_user(c);
    begin(c, 0, 0);
    c->s.pc = pop(c);
    c->s.psr = lc3_writable_psr(c, pop(c));
    if (lc3_is_user(c) && !was_user) {
        c->s.saved_ssp = c->s.r[6];
        c->s.r[6] = c->s.saved_usp;
    }
    end(c);
    return true;
}

// --- interrupts and exceptions ---

static int pending_irq(const struct lc3 *c)
{
    int best = -1;
    unsigned priority = (c->s.psr & LC3_PSR_PRIORITY) >> 8;
    for (unsigned n = 0; n < LC3_IRQ_LINES; n++) {
        if ((c->irq_lines >> n & 1) && c->irq[n].priority > priority) {
            best = (int)n;
            priority = c->irq[n].priority;
        }
    }
    return best;
}

bool lc3_has_interrupt(const struct lc3 *c)
{
    bool is_enabled = !c->config.has_global_ie || (c->s.psr & LC3_PSR_GLOBAL_IE);
    return UNLIKELY(c->irq_lines) && is_enabled && pending_irq(c) >= 0;
}

void lc3_interrupt(struct lc3 *c)
{
    const struct lc3_irq *irq = &c->irq[pending_irq(c)];
    c->is_step_saved = false;
    begin(c, LC3_STAMP_INTERRUPT, irq->vector);
    enter(c, (u16)(LC3_EXCEPTION_VECTORS + irq->vector), c->s.pc);
    c->s.psr = (u16)((c->s.psr & ~LC3_PSR_PRIORITY) | irq->priority << 8);
    c->interrupt_count++;
    end(c);
}

static bool ends_run(const struct lc3 *c)
{
    switch (c->fault.kind) {
    case LC3_FAULT_PRIVILEGE:
    case LC3_FAULT_ILLEGAL:
    case LC3_FAULT_ACCESS:
        return !c->config.has_real_traps &&
               is_system_vector(c, (u16)(LC3_EXCEPTION_VECTORS + c->fault.kind));
    case LC3_FAULT_BAD_TRAP:
    case LC3_FAULT_UNINIT:
    case LC3_FAULT_SPIN:
    case LC3_FAULT_NONE: break;
    }
    return true;
}

const struct lc3_cell *lc3_fail(struct lc3 *c)
{
    c->fault.pc = c->s.pc;
    c->fault.word = lc3_peek(c, c->s.pc);
    if (ends_run(c)) {
        lc3_stop(c, VT_STOP_FAULT, c->fault.kind);
        return NULL;
    }
    c->has_failed = is_system_vector(c, (u16)(LC3_EXCEPTION_VECTORS + c->fault.kind));
    begin(c, LC3_STAMP_EXCEPTION, (u16)c->fault.kind);
    enter(c, (u16)(LC3_EXCEPTION_VECTORS + c->fault.kind), c->s.pc);
    c->exception_count++;
    end(c);
    return NULL;
}
