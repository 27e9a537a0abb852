// Local APIC of the only processor of a machine. Key: [SDM3] volume 3A chapter "Advanced
// Programmable Interrupt Controller" (10 in the editions up to 2022); sections below are its.
//
//   PIC INTR --- LINT0 --+-----------+
//                NMI --- LINT1       | INTR, NMI ---> CPU
//   I/O APIC messages ---|   LAPIC   |
//                        +-----------+ EOI of level-triggered vectors ---> I/O APIC
//
//   base + 020 ID        030 version 14h        080 TPR   090 APR   0A0 PPR   0B0 EOI
//          0D0 LDR       0E0 DFR   0F0 spurious vector, D8 enabled
//          100-170 ISR   180-1F0 TMR   200-270 IRR   280 ESR   300 310 interrupt command
//          320 timer     330 thermal   340 performance   350 LINT0   360 LINT1   370 error
//          380 initial count   390 current count   3E0 divider
//
// The timer counts guest nanoseconds (LAPIC_TIMER_HZ). Its event exists only while its interrupt is
// unmasked; the current count follows by arithmetic.
//
// QUIRK: after reset LINT0 is unmasked ExtINT and LINT1 NMI, where the manual has them masked
// (10.4.7.1). Firmware sets them so ("virtual wire", [MP14] 3.6.2.2); firmware that does not know
// the APIC gets its interrupts thus.
//
// Not implemented: other processors (start-up messages to this one are ignored), SMI,
// TSC-deadline timer, x2APIC, CR8, interrupts of the performance counters and the thermal sensor,
// bus arbitration (APR reads as PPR), remote read.
#include "dev/lapic.h"

#include "base/bits.h"
#include "core/fields.h"

#include <string.h>

enum {
    REG_ID = 0x020,
    REG_VERSION = 0x030,
    REG_TPR = 0x080,
    REG_APR = 0x090,
    REG_PPR = 0x0a0,
    REG_EOI = 0x0b0,
    REG_LDR = 0x0d0,
    REG_DFR = 0x0e0,
    REG_SVR = 0x0f0,
    REG_ISR = 0x100,
    REG_TMR = 0x180,
    REG_IRR = 0x200,
    REG_IRR_END = 0x280,
    REG_ESR = 0x280,
    REG_ICR_LOW = 0x300,
    REG_ICR_HIGH = 0x310,
    REG_LVT = 0x320,
    REG_LVT_END = REG_LVT + 0x10 * LAPIC_LVTS,
    REG_TIMER_INITIAL = 0x380,
    REG_TIMER_CURRENT = 0x390,
    REG_TIMER_DIVIDE = 0x3e0,
};
enum {
    VERSION = 0x00050014, // six LVT entries
    BASE_ENABLED = 1 << 11,
    SVR_ENABLED = 1 << 8,
    SVR_WRITABLE = 0x3ff,
    LVT_LEVEL = 1 << 15,
    LVT_REMOTE_IRR = 1 << 14,
    LVT_MASKED = 1 << 16,
    LVT_PERIODIC = 1 << 17,
    ICR_LOGICAL = 1 << 11,
    ICR_ASSERT = 1 << 14,
    ICR_WRITABLE = 0xccfff,
    ESR_SEND_ILLEGAL = 1 << 5,
    ESR_RECEIVE_ILLEGAL = 1 << 6,
    ESR_ILLEGAL_REGISTER = 1 << 7,
    FIRST_VECTOR = 16, // those below are reserved
    BROADCAST = 0xff,
    NO_VECTOR = -1,
};
enum { MODE_FIXED, MODE_LOWEST, MODE_SMI, MODE_NMI = 4, MODE_INIT, MODE_STARTUP, MODE_EXTINT };
enum { TO_DESTINATION, TO_SELF, TO_ALL, TO_OTHERS }; // shorthands of ICR D19:18

// Bits of each LVT entry that a guest can write (figure 10-8).
static const u32 lvt_writable[LAPIC_LVTS] = {
    [LAPIC_LVT_TIMER] = 0x300ff, [LAPIC_LVT_THERMAL] = 0x107ff, [LAPIC_LVT_PERF] = 0x107ff,
    [LAPIC_LVT_LINT0] = 0x1a7ff, [LAPIC_LVT_LINT1] = 0x1a7ff,   [LAPIC_LVT_ERROR] = 0x100ff,
};

static const struct field lapic_fields[] = {
    FIELD(struct lapic_state, base),
    FIELD(struct lapic_state, id),
    FIELD(struct lapic_state, tpr),
    FIELD(struct lapic_state, ldr),
    FIELD(struct lapic_state, dfr),
    FIELD(struct lapic_state, svr),
    FIELD_ARRAY(struct lapic_state, irr),
    FIELD_ARRAY(struct lapic_state, isr),
    FIELD_ARRAY(struct lapic_state, tmr),
    FIELD(struct lapic_state, icr_low),
    FIELD(struct lapic_state, icr_high),
    FIELD_ARRAY(struct lapic_state, lvt),
    FIELD(struct lapic_state, esr),
    FIELD(struct lapic_state, errors),
    FIELD_ARRAY(struct lapic_state, lint),
    FIELD(struct lapic_state, has_extint),
    FIELD(struct lapic_state, intr),
    FIELD(struct lapic_state, timer_initial),
    FIELD(struct lapic_state, timer_divide),
    FIELD(struct lapic_state, timer_start_count),
    FIELD(struct lapic_state, timer_start_ns),
};
static const struct field_table lapic_table =
    FIELD_TABLE("lapic", 1, struct lapic_state, lapic_fields);

// --- sets of vectors ---

static void set_vector(u32 bits[8], u8 vector, bool is_set)
{
    u32 bit = 1u << (vector & 31);
    bits[vector >> 5] = is_set ? bits[vector >> 5] | bit : bits[vector >> 5] & ~bit;
}

static bool has_vector(const u32 bits[8], u8 vector)
{
    return bits[vector >> 5] >> (vector & 31) & 1;
}

static int highest_vector(const u32 bits[8])
{
    for (int n = 7; n >= 0; n--) {
        if (bits[n] != 0) {
            return 32 * n + 63 - (int)clz64(bits[n]);
        }
    }
    return NO_VECTOR;
}

// --- which interrupt is next ---

static bool is_hardware_enabled(const struct lapic *a)
{
    return a->s.base & BASE_ENABLED;
}

static bool is_software_enabled(const struct lapic *a)
{
    return a->s.svr & SVR_ENABLED;
}

// Processor priority: the higher class of task priority and interrupt in service (10.8.3.1).
static u32 processor_priority(const struct lapic *a)
{
    int in_service = highest_vector(a->s.isr);
    u32 isrv = in_service == NO_VECTOR ? 0 : (u32)in_service & 0xf0;
    return (a->s.tpr & 0xf0) >= isrv ? a->s.tpr : isrv;
}

// The vector that the processor may be given, or NO_VECTOR.
static int deliverable_vector(const struct lapic *a)
{
    int vector = highest_vector(a->s.irr);
    bool may_pass = is_software_enabled(a) && vector != NO_VECTOR &&
                    ((u32)vector & 0xf0) > (processor_priority(a) & 0xf0);
    return may_pass ? vector : NO_VECTOR;
}

static unsigned lvt_mode(u32 entry)
{
    return entry >> 8 & 7;
}

// An ExtINT passes by IRR and priorities (10.8.1).
static bool has_extint(const struct lapic *a)
{
    for (unsigned n = 0; n < 2; n++) {
        u32 entry = a->s.lvt[LAPIC_LVT_LINT0 + n];
        if (a->s.lint[n] && !(entry & LVT_MASKED) && lvt_mode(entry) == MODE_EXTINT) {
            return true;
        }
    }
    return a->s.has_extint;
}

static void update(struct lapic *a)
{
    bool intr =
        is_hardware_enabled(a) ? has_extint(a) || deliverable_vector(a) != NO_VECTOR : a->s.lint[0];
    if (intr != a->s.intr) {
        a->s.intr = intr;
        line_set(&a->wires.intr, intr);
    }
}

static u8 ask_pic(struct lapic *a)
{
    a->s.has_extint = false;
    return a->wires.pic.fn ? a->wires.pic.fn(a->wires.pic.owner) : (u8)a->s.svr;
}

u8 lapic_acknowledge(void *lapic)
{
    struct lapic *a = lapic;
    int next = is_hardware_enabled(a) ? deliverable_vector(a) : NO_VECTOR;
    u8 vector = (u8)a->s.svr; // spurious, if the request has gone away (10.9)
    if (next != NO_VECTOR) {
        vector = (u8)next;
        set_vector(a->s.irr, vector, false);
        set_vector(a->s.isr, vector, true);
    } else if (!is_hardware_enabled(a) || has_extint(a)) {
        vector = ask_pic(a);
    }
    update(a);
    return vector;
}

// --- interrupts that come in ---

static bool accept(struct lapic *a, u8 vector, bool is_level);

static void note_error(struct lapic *a, u32 error)
{
    u32 entry = a->s.lvt[LAPIC_LVT_ERROR];
    a->s.errors |= error;
    // A vector of the error entry that is itself illegal must not come round again.
    if (!(entry & LVT_MASKED) && (u8)entry >= FIRST_VECTOR) {
        accept(a, (u8)entry, false);
    }
}

// False: switched off by software.
static bool accept(struct lapic *a, u8 vector, bool is_level)
{
    if (vector < FIRST_VECTOR) {
        note_error(a, ESR_RECEIVE_ILLEGAL);
        return true;
    }
    if (!is_software_enabled(a)) {
        return false;
    }
    set_vector(a->s.irr, vector, true);
    set_vector(a->s.tmr, vector, is_level);
    return true;
}

static bool take_message(struct lapic *a, unsigned mode, u8 vector, bool is_level)
{
    bool is_taken = true;
    switch (mode) {
    case MODE_FIXED:
    case MODE_LOWEST: is_taken = accept(a, vector, is_level); break;
    case MODE_NMI: line_pulse(&a->wires.nmi); break;
    case MODE_INIT: line_pulse(&a->wires.init); break;
    case MODE_EXTINT: a->s.has_extint = true; break;
    default: break; // SMI, start-up: see above
    }
    update(a);
    return is_taken;
}

static bool is_addressed(const struct lapic *a, u8 destination, bool is_logical)
{
    if (destination == BROADCAST) {
        return true;
    }
    if (!is_logical) {
        return destination == a->s.id;
    }
    u8 logical_id = (u8)(a->s.ldr >> 24);
    if (a->s.dfr >> 28 == 15) { // flat model
        return destination & logical_id;
    }
    return destination >> 4 == logical_id >> 4 && (destination & logical_id & 15);
}

bool lapic_deliver(void *lapic, u8 destination, bool is_logical, u8 delivery_mode, u8 vector,
                   bool is_level)
{
    struct lapic *a = lapic;
    return is_hardware_enabled(a) && is_addressed(a, destination, is_logical) &&
           take_message(a, delivery_mode, vector, is_level);
}

// Switched on, or addressed otherwise: what the APIC bus has waiting comes again.
static void tell_ready(struct lapic *a)
{
    if (a->wires.ready) {
        a->wires.ready(a->wires.eoi_owner);
    }
}

// A local interrupt of the LVT, unless it is masked.
static void raise_lvt(struct lapic *a, enum lapic_lvt which)
{
    u32 entry = a->s.lvt[which];
    bool has_mode = which != LAPIC_LVT_TIMER && which != LAPIC_LVT_ERROR;
    if (!(entry & LVT_MASKED)) {
        take_message(a, has_mode ? lvt_mode(entry) : MODE_FIXED, (u8)entry, false);
    }
}

// LINT0 as level-triggered fixed interrupt: one at a time, until its EOI. LINT1 knows only edges.
static void raise_lint_level(struct lapic *a)
{
    u32 *entry = &a->s.lvt[LAPIC_LVT_LINT0];
    bool is_level = (*entry & LVT_LEVEL) && lvt_mode(*entry) == MODE_FIXED;
    if (is_level && a->s.lint[0] && !(*entry & (LVT_MASKED | LVT_REMOTE_IRR))) {
        *entry |= LVT_REMOTE_IRR;
        accept(a, (u8)*entry, true);
    }
}

static void lint_rises(struct lapic *a, unsigned n)
{
    u32 entry = a->s.lvt[LAPIC_LVT_LINT0 + n];
    if (lvt_mode(entry) == MODE_EXTINT) {
        return; // its level counts
    }
    if (n == 0 && (entry & LVT_LEVEL) && lvt_mode(entry) == MODE_FIXED) {
        raise_lint_level(a);
    } else {
        raise_lvt(a, LAPIC_LVT_LINT0 + n);
    }
}

void lapic_set_lint(void *lapic, unsigned n, bool level)
{
    struct lapic *a = lapic;
    if (n > 1 || a->s.lint[n] == level) {
        return;
    }
    a->s.lint[n] = level;
    if (!is_hardware_enabled(a)) {
        if (n == 1) {
            line_set(&a->wires.nmi, level);
        }
    } else if (level) {
        lint_rises(a, n);
    }
    update(a);
}

static void end_of_interrupt(struct lapic *a)
{
    int vector = highest_vector(a->s.isr);
    if (vector == NO_VECTOR) {
        return;
    }
    set_vector(a->s.isr, (u8)vector, false);
    if (has_vector(a->s.tmr, (u8)vector)) {
        u32 *lint0 = &a->s.lvt[LAPIC_LVT_LINT0];
        if ((*lint0 & LVT_REMOTE_IRR) && (u8)*lint0 == vector) {
            *lint0 &= ~(u32)LVT_REMOTE_IRR;
            raise_lint_level(a);
        }
        if (a->wires.eoi) {
            a->wires.eoi(a->wires.eoi_owner, (u8)vector);
        }
    }
    update(a);
}

static void send_ipi(struct lapic *a)
{
    u32 icr = a->s.icr_low;
    unsigned mode = lvt_mode(icr), shorthand = icr >> 18 & 3;
    u8 destination = (u8)(a->s.icr_high >> 24), vector = (u8)icr;
    bool is_deassert = mode == MODE_INIT && !(icr & ICR_ASSERT); // for processors before these
    bool is_here = shorthand == TO_DESTINATION ? is_addressed(a, destination, icr & ICR_LOGICAL)
                                               : shorthand != TO_OTHERS;
    if (mode <= MODE_LOWEST && vector < FIRST_VECTOR) {
        note_error(a, ESR_SEND_ILLEGAL);
    } else if (is_here && mode != MODE_EXTINT && !is_deassert) {
        take_message(a, mode, vector, false);
    }
    update(a);
}

// --- timer ---

static u64 timer_divisor(const struct lapic *a)
{
    unsigned d = (a->s.timer_divide & 3) | (a->s.timer_divide >> 1 & 4);
    return d == 7 ? 1 : 2ull << d;
}

static bool is_periodic(const struct lapic *a)
{
    return a->s.lvt[LAPIC_LVT_TIMER] & LVT_PERIODIC;
}

static u32 timer_count(const struct lapic *a)
{
    const struct lapic_state *s = &a->s;
    u64 ticks = (clock_now_ns(a->clock) - s->timer_start_ns) / timer_divisor(a);
    if (ticks < s->timer_start_count) {
        return (u32)(s->timer_start_count - ticks);
    }
    if (!is_periodic(a) || s->timer_start_count == 0) {
        return 0; // a one-shot that has expired stays at 0 until the next initial count
    }
    return (u32)(s->timer_initial - (ticks - s->timer_start_count) % s->timer_initial);
}

// Arms the event for the next time that the count reaches 0, if that would interrupt.
static void arm_timer(struct lapic *a)
{
    const struct lapic_state *s = &a->s;
    clock_disarm(a->clock, &a->timer);
    if ((s->lvt[LAPIC_LVT_TIMER] & LVT_MASKED) || s->timer_start_count == 0) {
        return;
    }
    u64 ticks = (clock_now_ns(a->clock) - s->timer_start_ns) / timer_divisor(a);
    u64 due = s->timer_start_count;
    if (ticks >= due) {
        if (!is_periodic(a)) {
            return;
        }
        due += ((ticks - due) / s->timer_initial + 1) * s->timer_initial;
    }
    clock_arm(a->clock, &a->timer, s->timer_start_ns + due * timer_divisor(a));
}

static void timer_due(void *owner)
{
    struct lapic *a = owner;
    arm_timer(a);
    raise_lvt(a, LAPIC_LVT_TIMER);
}

static void start_timer(struct lapic *a, u32 count)
{
    a->s.timer_start_count = count;
    a->s.timer_start_ns = clock_now_ns(a->clock);
    arm_timer(a);
}

// --- registers ---

static u32 read_register(struct lapic *a, unsigned reg)
{
    const struct lapic_state *s = &a->s;
    if (reg >= REG_ISR && reg < REG_IRR_END) {
        const u32 *set = reg >= REG_IRR ? s->irr : reg >= REG_TMR ? s->tmr : s->isr;
        return set[reg >> 4 & 7];
    }
    if (reg >= REG_LVT && reg < REG_LVT_END) {
        return s->lvt[(reg - REG_LVT) >> 4];
    }
    switch (reg) {
    case REG_ID: return s->id << 24;
    case REG_VERSION: return VERSION;
    case REG_TPR: return s->tpr;
    case REG_APR:
    case REG_PPR: return processor_priority(a);
    case REG_LDR: return s->ldr;
    case REG_DFR: return s->dfr;
    case REG_SVR: return s->svr;
    case REG_ESR: return s->esr;
    case REG_ICR_LOW: return s->icr_low;
    case REG_ICR_HIGH: return s->icr_high;
    case REG_TIMER_INITIAL: return s->timer_initial;
    case REG_TIMER_CURRENT: return timer_count(a);
    case REG_TIMER_DIVIDE: return s->timer_divide;
    case REG_EOI: return 0;
    default: note_error(a, ESR_ILLEGAL_REGISTER); return 0;
    }
}

// Software-disabled, every LVT entry is masked and stays so (10.4.7.2).
static void write_svr(struct lapic *a, u32 v)
{
    a->s.svr = v & SVR_WRITABLE;
    if (!is_software_enabled(a)) {
        for (unsigned n = 0; n < LAPIC_LVTS; n++) {
            a->s.lvt[n] |= LVT_MASKED;
        }
        arm_timer(a);
    }
}

static void write_lvt(struct lapic *a, enum lapic_lvt which, u32 v)
{
    u32 *entry = &a->s.lvt[which], writable = lvt_writable[which];
    if (which == LAPIC_LVT_TIMER && ((*entry ^ v) & LVT_PERIODIC)) {
        start_timer(a, timer_count(a)); // the mode changes, what is left to count does not
    }
    *entry = (*entry & LVT_REMOTE_IRR) | (v & writable);
    if (!is_software_enabled(a)) {
        *entry |= LVT_MASKED;
    }
    if (which == LAPIC_LVT_TIMER) {
        arm_timer(a);
    }
    if (which == LAPIC_LVT_LINT0) {
        if (!(*entry & LVT_LEVEL)) {
            *entry &= ~(u32)LVT_REMOTE_IRR;
        }
        raise_lint_level(a);
    }
}

static void write_esr(struct lapic *a)
{
    a->s.esr = a->s.errors; // what is read until the next write (10.5.3)
    a->s.errors = 0;
}

static bool is_read_only(unsigned reg)
{
    return reg == REG_VERSION || reg == REG_APR || reg == REG_PPR || reg == REG_TIMER_CURRENT ||
           (reg >= REG_ISR && reg < REG_IRR_END);
}

static void write_register(struct lapic *a, unsigned reg, u32 v)
{
    struct lapic_state *s = &a->s;
    if (reg >= REG_LVT && reg < REG_LVT_END) {
        write_lvt(a, (enum lapic_lvt)((reg - REG_LVT) >> 4), v);
        update(a);
        return;
    }
    switch (reg) {
    case REG_ID: s->id = v >> 24; break;
    case REG_TPR: s->tpr = v & 0xff; break;
    case REG_EOI: end_of_interrupt(a); break;
    case REG_LDR: s->ldr = v & 0xff000000u; break;
    case REG_DFR: s->dfr = v | 0x0fffffffu; break;
    case REG_SVR: write_svr(a, v); break;
    case REG_ESR: write_esr(a); break;
    case REG_ICR_LOW:
        s->icr_low = v & ICR_WRITABLE;
        send_ipi(a);
        break;
    case REG_ICR_HIGH: s->icr_high = v & 0xff000000u; break;
    case REG_TIMER_INITIAL:
        s->timer_initial = v;
        start_timer(a, v);
        break;
    case REG_TIMER_DIVIDE: {
        u32 count = timer_count(a);
        s->timer_divide = v & 0xb;
        start_timer(a, count);
        break;
    }
    default:
        if (!is_read_only(reg)) {
            note_error(a, ESR_ILLEGAL_REGISTER);
        }
        break;
    }
    update(a);
    if (reg == REG_ID || reg == REG_LDR || reg == REG_DFR || reg == REG_SVR) {
        tell_ready(a);
    }
}

// Registers are 32 bits wide, 16 bytes apart; the bytes between them are nothing (10.4.1).
static u64 mmio_read(void *owner, u64 offset, unsigned size_bytes UNUSED)
{
    struct lapic *a = owner;
    u32 v = offset & 0xc ? 0 : read_register(a, (unsigned)offset & 0xff0);
    update(a);
    return v >> 8 * (offset & 3);
}

static void mmio_write(void *owner, u64 offset, u64 value, unsigned size_bytes UNUSED)
{
    if (!(offset & 0xf)) {
        write_register(owner, (unsigned)offset, (u32)value);
    }
}

// --- lifetime ---

void lapic_set_base(struct lapic *a, u64 msr_value)
{
    a->s.base = msr_value;
    a->region->base = msr_value & 0xffffff000ull;
    a->region->is_enabled = is_hardware_enabled(a);
    phys_update(a->phys);
    update(a);
}

// 10.4.7.1, but for LINT0 and LINT1: see above. Levels of the inputs stay.
static void reset_registers(struct lapic *a)
{
    struct lapic_state before = a->s;
    a->s = (struct lapic_state){.base = before.base, .dfr = 0xffffffffu, .svr = 0xff};
    a->s.intr = before.intr;
    memcpy(a->s.lint, before.lint, sizeof a->s.lint);
    for (unsigned n = 0; n < LAPIC_LVTS; n++) {
        a->s.lvt[n] = LVT_MASKED;
    }
    a->s.lvt[LAPIC_LVT_LINT0] = MODE_EXTINT << 8;
    a->s.lvt[LAPIC_LVT_LINT1] = MODE_NMI << 8;
    clock_disarm(a->clock, &a->timer);
}

static void reset(void *owner)
{
    struct lapic *a = owner;
    reset_registers(a);
    lapic_set_base(a, LAPIC_BASE_RESET);
}

void lapic_init_pin(struct lapic *a)
{
    u32 id = a->s.id;
    reset_registers(a);
    a->s.id = id;
    update(a);
}

static void restored(void *owner)
{
    struct lapic *a = owner;
    lapic_set_base(a, a->s.base);
    line_set(&a->wires.intr, a->s.intr);
}

void lapic_init(struct lapic *a, struct clock *clock, struct phys *phys, struct lapic_wires wires)
{
    *a = (struct lapic){.clock = clock, .phys = phys, .wires = wires};
    dev_init(&a->dev, "lapic", &lapic_table, &a->s, a, reset, restored);
    clock_add_event(clock, &a->timer, "lapic.timer", timer_due, a);
    a->region = phys_map_mmio(phys, LAPIC_BASE_RESET & ~0xfffull, PHYS_PAGE_BYTES, 4, mmio_read,
                              mmio_write, a, "lapic");
    reset(a);
}
