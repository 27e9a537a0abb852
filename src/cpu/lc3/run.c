// The run loop, and the ways to memory that are not plain.
#include "base/bits.h"
#include "cpu/lc3/dispatch.h"

#include <string.h>

static const struct field lc3_fields[] = {
    FIELD_ARRAY(struct lc3_state, r),   FIELD(struct lc3_state, pc),
    FIELD(struct lc3_state, psr),       FIELD(struct lc3_state, saved_usp),
    FIELD(struct lc3_state, saved_ssp), FIELD(struct lc3_state, mcr),
};
static const struct field_table lc3_table = FIELD_TABLE("cpu", 1, struct lc3_state, lc3_fields);

void lc3_init(struct lc3 *c, const struct lc3_config *config, const struct lc3_wiring *w)
{
    *c = (struct lc3){.config = *config, .w = *w, .memory = w->memory, .cells = w->cells};
    dev_init(&c->dev, "cpu", &lc3_table, &c->s, c, lc3_reset, lc3_restored);
    lc3_find_hot(c);
    lc3_reset(c);
    lc3_forget_cells(c);
}

void lc3_set_journal(struct lc3 *c, struct lc3_journal *journal)
{
    c->journal = journal;
    lc3_forget_cells(c);
}

void lc3_reset(void *lc3)
{
    struct lc3 *c = lc3;
    c->s = (struct lc3_state){
        .pc = 0x0200,
        .psr = LC3_PSR_Z,
        .saved_ssp = LC3_USER_FIRST,
        .mcr = LC3_MCR_RUN,
    };
    lc3_set_reach(c);
}

void lc3_restored(void *lc3)
{
    lc3_set_reach(lc3);
}

void lc3_set_reach(struct lc3 *c)
{
    bool is_kept_out =
        lc3_is_user(c) && c->config.edition == LC3_EDITION_3 && !c->config.is_unprivileged;
    c->low = is_kept_out ? LC3_USER_FIRST : 0;
    c->span = (u16)(LC3_DEVICES_FIRST - c->low);
}

u16 lc3_writable_psr(const struct lc3 *c, u16 value)
{
    return value & (LC3_PSR_BITS | (c->config.has_global_ie ? LC3_PSR_GLOBAL_IE : 0));
}

void lc3_stop(struct lc3 *c, enum vt_stop_reason reason, unsigned code)
{
    c->wants_leave = true;
    if (c->w.stop) {
        c->w.stop(c->w.owner, reason, code);
    }
}

void lc3_connect_irq(struct lc3 *c, unsigned n, u8 vector, u8 priority)
{
    c->irq[n] = (struct lc3_irq){vector, priority};
}

void lc3_set_irq(void *lc3, unsigned n, bool level)
{
    struct lc3 *c = lc3;
    u8 bit = (u8)(1u << n);
    c->irq_lines = (u8)((c->irq_lines & ~bit) | (level ? bit : 0));
}

// --- memory and devices ---

void lc3_save_step(struct lc3 *c)
{
    if (c->journal && !c->is_step_saved) {
        lc3_journal_save(c->journal, c->journal->next + c->n);
        c->is_step_saved = true;
    }
}

bool lc3_mark_written(struct lc3 *c, u16 address)
{
    u8 bit = (u8)(1u << address % 8);
    bool is_first = !(c->w.is_written[address / 8] & bit);
    c->w.is_written[address / 8] |= bit;
    return is_first;
}

static bool is_own_register(const struct lc3 *c, u16 address)
{
    return address == LC3_MCR_ADDRESS ||
           (address == LC3_PSR_ADDRESS && c->config.edition == LC3_EDITION_3);
}

static u16 own_register(const struct lc3 *c, u16 address)
{
    return address == LC3_MCR_ADDRESS ? c->s.mcr : c->s.psr;
}

u16 lc3_peek(const struct lc3 *c, u16 address)
{
    if (address < LC3_DEVICES_FIRST) {
        return c->memory[address];
    }
    if (is_own_register(c, address)) {
        return own_register(c, address);
    }
    return c->w.bus.peek ? c->w.bus.peek(c->w.bus.owner, address) : 0;
}

u16 lc3_read_device(struct lc3 *c, u16 address)
{
    const struct lc3_bus *bus = &c->w.bus;
    if (is_own_register(c, address)) {
        return own_register(c, address);
    }
    if (!bus->read) {
        return 0;
    }
    if (bus->has_read_effect(bus->owner, address)) {
        lc3_save_step(c);
    }
    return bus->read(bus->owner, address);
}

void lc3_write_device(struct lc3 *c, u16 address, u16 value)
{
    lc3_save_step(c);
    if (!is_own_register(c, address)) {
        if (c->w.bus.write) {
            c->w.bus.write(c->w.bus.owner, address, value);
        }
        return;
    }
    if (address == LC3_PSR_ADDRESS) {
        c->s.psr = lc3_writable_psr(c, value);
        lc3_set_reach(c);
        return;
    }
    c->s.mcr = value;
    if (!(value & LC3_MCR_RUN)) {
        lc3_stop(c, VT_STOP_POWER_OFF, 0);
    }
}

static bool can_reach(const struct lc3 *c, u16 address)
{
    return lc3_is_plain(c, address) || (c->low == 0 && address >= LC3_DEVICES_FIRST);
}

static bool refuse(struct lc3 *c, u16 address, enum lc3_access access)
{
    c->fault = (struct lc3_fault){.kind = LC3_FAULT_ACCESS, .access = access, .address = address};
    return false;
}

// Reading what nobody has written: told, or refused.
static bool may_read(struct lc3 *c, u16 address)
{
    if (c->config.uninit == LC3_UNINIT_OFF || lc3_is_written(c, address)) {
        return true;
    }
    if (c->config.uninit == LC3_UNINIT_STOP) {
        c->fault =
            (struct lc3_fault){.kind = LC3_FAULT_UNINIT, .access = LC3_READ, .address = address};
        return false;
    }
    log_guest(c->w.log, "x%04x: reads x%04x, which nobody has written", c->s.pc, address);
    return true;
}

bool lc3_load(struct lc3 *c, u16 address, u16 *value)
{
    if (!can_reach(c, address)) {
        return refuse(c, address, LC3_READ);
    }
    if (address >= LC3_DEVICES_FIRST) {
        *value = lc3_read_device(c, address);
        return true;
    }
    *value = c->memory[address];
    return may_read(c, address);
}

bool lc3_can_store(struct lc3 *c, u16 address)
{
    return can_reach(c, address) || refuse(c, address, LC3_WRITE);
}

// --- the loop ---

// One word, slowly: a breakpoint that was stopped at before, a word that nobody has written, or an
// instruction in a device register.
static void run_word(struct lc3 *c, u16 word)
{
    struct lc3_cell *at = &c->cells[c->s.pc];
    u16 address = c->s.pc;
    lc3_fn *slow = lc3_fill_cell(c, address, word);
    slow(c, at, c->n, c->s.psr);
    lc3_forget_cell(c, address);
}

// x0000 is a BR that is never taken, so a program that ran off its end would go on silently.
static void tell_of_running_off(struct lc3 *c, u16 address)
{
    if (!c->has_warned && c->w.log) {
        c->has_warned = true;
        log_guest(c->w.log, "x%04x: the program runs on into memory that nobody has written",
                  address);
    }
}

static void run_unwritten(struct lc3 *c, u16 pc)
{
    if (lc3_is_broken(c, pc) && !c->passes_breakpoint) {
        c->at_breakpoint = true;
        return;
    }
    if (c->memory[pc] == 0) {
        tell_of_running_off(c, pc);
    }
    run_word(c, c->memory[pc]);
}

static void run_some(struct lc3 *c)
{
    u16 pc = c->s.pc;
    if (lc3_has_interrupt(c)) {
        lc3_interrupt(c);
    } else if (!can_reach(c, pc)) {
        c->is_step_saved = false;
        refuse(c, pc, LC3_FETCH);
        lc3_fail(c);
    } else if (pc >= LC3_DEVICES_FIRST) {
        c->is_step_saved = false;
        run_word(c, lc3_read_device(c, pc));
    } else if (!lc3_is_written(c, pc)) {
        run_unwritten(c, pc);
    } else if (c->passes_breakpoint) {
        run_word(c, c->memory[pc]);
    } else {
        lc3_run_cells(c, &c->cells[c->s.pc], c->n, c->s.psr);
    }
    c->passes_breakpoint = false;
    if (c->at_breakpoint) {
        c->at_breakpoint = false;
        lc3_stop(c, VT_STOP_BREAK, c->s.pc);
    }
}

// As much of the budget as the ring of records has room for in one piece.
static u32 piece(struct lc3 *c, u64 budget)
{
    u64 limit = 1u << 30;
    if (c->journal) {
        struct lc3_journal *j = c->journal;
        u64 index = j->next & j->record_mask;
        limit = j->record_mask + 1 - index;
        c->records = j->records + index;
    }
    return (u32)min_u64(budget, limit);
}

u64 lc3_run(void *lc3, u64 budget)
{
    struct lc3 *c = lc3;
    c->wants_leave = false;
    c->done = 0;
    while (c->done < budget && !c->wants_leave && (c->s.mcr & LC3_MCR_RUN)) {
        c->n = 0;
        c->end = piece(c, budget - c->done);
        while (c->n < c->end && !c->wants_leave) {
            run_some(c);
        }
        if (c->journal) {
            lc3_journal_advance(c->journal, c->n);
        }
        c->done += c->n;
        c->n = 0;
    }
    u64 done = c->done;
    c->done = 0;
    return done;
}

bool lc3_is_stopped(const void *lc3)
{
    const struct lc3 *c = lc3;
    return !(c->s.mcr & LC3_MCR_RUN);
}

bool lc3_is_shut_down(const void *lc3 UNUSED)
{
    return false;
}

u64 lc3_executed(void *lc3)
{
    const struct lc3 *c = lc3;
    return c->done + c->n;
}

void lc3_kick(void *lc3)
{
    struct lc3 *c = lc3;
    c->wants_leave = true;
}
