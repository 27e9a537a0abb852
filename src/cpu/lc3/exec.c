// What each instruction does, in the order of the book's opcodes. dispatch.h explains the macros.
#include "cpu/lc3/dispatch.h"

// --- what instructions are made of ---

// Leaves the step's record: how the register or word was before.
ALWAYS_INLINE void record(struct lc3 *c, const struct lc3_cell *at, u32 n, u16 old, u16 aux,
                          enum lc3_use now)
{
    if (now == WITH_JOURNAL || (now == SLOWLY && c->journal)) {
        u32 flags = now == SLOWLY && c->is_step_saved ? LC3_STAMP_SIDE : 0;
        c->records[n] = (struct lc3_record){at->stamp | flags, old, aux};
    }
}

ALWAYS_INLINE u32 with_cc(u32 psr, u16 result)
{
    u32 cc = result == 0 ? LC3_PSR_Z : result >> 15 ? LC3_PSR_N : LC3_PSR_P;
    return (psr & ~(u32)LC3_PSR_CC) | cc;
}

ALWAYS_INLINE void set_register(struct lc3 *c, const struct lc3_cell *at, u32 n, u32 psr, u16 value,
                                enum lc3_use now)
{
    record(c, at, n, c->s.r[at->dr], (u16)psr, now);
    c->s.r[at->dr] = value;
}

// False: only the slow form can, or in it: c->fault says why it can't be.
ALWAYS_INLINE bool load(struct lc3 *c, u16 address, u16 *value, enum lc3_use now)
{
    if (now == SLOWLY) {
        return lc3_load(c, address, value);
    }
    if (!lc3_is_plain(c, address)) {
        return false;
    }
    *value = c->memory[address];
    return true;
}

// The first store to a word is slow: it marks the word as written. The cell tells, which the store
// needs anyway.
ALWAYS_INLINE bool can_store(struct lc3 *c, u16 address, enum lc3_use now)
{
    if (now == SLOWLY) {
        return lc3_can_store(c, address);
    }
    return lc3_is_plain(c, address) && LIKELY(c->cells[address].fn != lc3_op_outside);
}

// To plain memory: the word and its record. Whoever comes to its cell decodes it anew.
ALWAYS_INLINE void store_plain(struct lc3 *c, const struct lc3_cell *at, u32 n, u16 address,
                               u16 value, enum lc3_use now)
{
    record(c, at, n, c->memory[address], address, now);
    c->memory[address] = value;
    c->cells[address].fn = lc3_op_undecoded;
}

// A store in the slow form. Returns the PSR, which is a device register itself.
static u32 store_slowly(struct lc3 *c, const struct lc3_cell *at, u32 n, u32 psr, u16 address,
                        u16 value)
{
    if (address < LC3_DEVICES_FIRST) {
        bool is_first = lc3_mark_written(c, address);
        store_plain(c, at, n, address, value, SLOWLY);
        if (is_first && c->journal) {
            c->records[n].stamp |= LC3_STAMP_FIRST;
        }
        return psr;
    }
    lc3_write_device(c, address, value);
    record(c, at, n, 0, address, SLOWLY);
    return c->s.psr;
}

ALWAYS_INLINE u32 store(struct lc3 *c, const struct lc3_cell *at, u32 n, u32 psr, u16 address,
                        u16 value, enum lc3_use now)
{
    if (now == SLOWLY) {
        return store_slowly(c, at, n, psr, address, value);
    }
    store_plain(c, at, n, address, value, now);
    return psr;
}

// The register that a result goes to, and N, Z, P by it. Returns the PSR.
ALWAYS_INLINE u32 set_result(struct lc3 *c, const struct lc3_cell *at, u32 n, u32 psr,
                             unsigned result, enum lc3_use now)
{
    set_register(c, at, n, psr, (u16)result, now);
    return with_cc(psr, (u16)result);
}

// --- the instructions ---

static void tell_of_spinning(struct lc3 *c, const struct lc3_cell *at)
{
    if (at->value == (u16)at->stamp && c->w.spin) {
        c->w.spin(c->w.owner);
    }
}

OP(br) // dr: the bits of N, Z, P that are asked for; value: the target
{
    record(c, at, n, 0, 0, now);
    if (psr & at->dr) {
        if (now == SLOWLY) {
            tell_of_spinning(c, at);
        }
        JUMP(at->value);
    }
    NEXT;
}

OP(add)
{
    psr = set_result(c, at, n, psr, c->s.r[at->sr] + (unsigned)c->s.r[at->value], now);
    NEXT;
}

OP(add_imm)
{
    psr = set_result(c, at, n, psr, c->s.r[at->sr] + (unsigned)at->value, now);
    NEXT;
}

OP(ld) // value: the address
{
    u16 word;
    if (!load(c, at->value, &word, now)) {
        LEAVE;
    }
    psr = set_result(c, at, n, psr, word, now);
    NEXT;
}

OP(st)
{
    if (!can_store(c, at->value, now)) {
        LEAVE;
    }
    psr = store(c, at, n, psr, at->value, c->s.r[at->dr], now);
    NEXT;
}

OP(jsrr) // dr: 7. BaseR is read before R7 is written, so that JSRR R7 works
{
    u16 target = c->s.r[at->sr];
    if (now != SLOWLY && !lc3_is_plain(c, target)) {
        LEAVE;
    }
    set_register(c, at, n, psr, (u16)(at->stamp + 1), now);
    JUMP(target);
}

OP(jsr) // dr: 7
{
    set_register(c, at, n, psr, (u16)(at->stamp + 1), now);
    JUMP(at->value);
}

OP(and)
{
    psr = set_result(c, at, n, psr, c->s.r[at->sr] & c->s.r[at->value], now);
    NEXT;
}

OP(and_imm)
{
    psr = set_result(c, at, n, psr, c->s.r[at->sr] & at->value, now);
    NEXT;
}

OP(ldr)
{
    u16 word;
    if (!load(c, (u16)(c->s.r[at->sr] + at->value), &word, now)) {
        LEAVE;
    }
    psr = set_result(c, at, n, psr, word, now);
    NEXT;
}

OP(str)
{
    u16 address = (u16)(c->s.r[at->sr] + at->value);
    if (!can_store(c, address, now)) {
        LEAVE;
    }
    psr = store(c, at, n, psr, address, c->s.r[at->dr], now);
    NEXT;
}

OP(rti)
{
    if (now != SLOWLY || !lc3_return(c)) {
        LEAVE;
    }
    return NULL;
}

OP(not )
{
    psr = set_result(c, at, n, psr, (u16)~c->s.r[at->sr], now);
    NEXT;
}

OP(ldi)
{
    u16 address, word;
    if (!load(c, at->value, &address, now) || !load(c, address, &word, now)) {
        LEAVE;
    }
    psr = set_result(c, at, n, psr, word, now);
    NEXT;
}

OP(sti)
{
    u16 address;
    if (!load(c, at->value, &address, now) || !can_store(c, address, now)) {
        LEAVE;
    }
    psr = store(c, at, n, psr, address, c->s.r[at->dr], now);
    NEXT;
}

OP(jmp)
{
    u16 target = c->s.r[at->sr];
    if (now != SLOWLY && !lc3_is_plain(c, target)) {
        LEAVE;
    }
    record(c, at, n, 0, 0, now);
    JUMP(target);
}

OP(reserved)
{
    if (now != SLOWLY) {
        LEAVE;
    }
    c->fault = (struct lc3_fault){.kind = LC3_FAULT_ILLEGAL};
    LEAVE;
}

OP(lea) // of the 3rd edition: N, Z and P stay
{
    set_register(c, at, n, psr, at->value, now);
    NEXT;
}

OP(lea2) // of the 2nd
{
    psr = set_result(c, at, n, psr, at->value, now);
    NEXT;
}

OP(trap) // value: the vector
{
    if (now != SLOWLY || !lc3_trap(c, (u8)at->value)) {
        LEAVE;
    }
    return NULL;
}

// --- cells that hold no instruction ---

const struct lc3_cell *lc3_op_undecoded(struct lc3 *c, const struct lc3_cell *at, u32 n, u32 psr)
{
    lc3_decode_cell(c, (u16)(at - c->cells));
    return at->fn(c, at, n, psr);
}

// The word behind the last is the first.
const struct lc3_cell *lc3_op_wrap(struct lc3 *c, const struct lc3_cell *at UNUSED, u32 n, u32 psr)
{
    return c->cells->fn(c, c->cells, n, psr);
}

// Device registers, words that nobody has written, and breakpoints: the run loop knows what to do.
const struct lc3_cell *lc3_op_outside(struct lc3 *c, const struct lc3_cell *at, u32 n, u32 psr)
{
    return lc3_leave(c, (u16)(at - c->cells), n, psr);
}

const struct lc3_cell *lc3_op_break(struct lc3 *c, const struct lc3_cell *at, u32 n, u32 psr)
{
    c->at_breakpoint = true;
    return lc3_leave(c, (u16)(at - c->cells), n, psr);
}

#define HANDLERS(name)                                                                             \
    {                                                                                              \
        journaled_##name, plain_##name, slow_##name                                                \
    }
const struct lc3_handlers lc3_handlers[LC3_OPS] = {
    [LC3_BR] = HANDLERS(br),
    [LC3_ADD] = HANDLERS(add),
    [LC3_ADD_IMM] = HANDLERS(add_imm),
    [LC3_LD] = HANDLERS(ld),
    [LC3_ST] = HANDLERS(st),
    [LC3_JSRR] = HANDLERS(jsrr),
    [LC3_JSR] = HANDLERS(jsr),
    [LC3_AND] = HANDLERS(and),
    [LC3_AND_IMM] = HANDLERS(and_imm),
    [LC3_LDR] = HANDLERS(ldr),
    [LC3_STR] = HANDLERS(str),
    [LC3_RTI] = HANDLERS(rti),
    [LC3_NOT] = HANDLERS(not ),
    [LC3_LDI] = HANDLERS(ldi),
    [LC3_STI] = HANDLERS(sti),
    [LC3_JMP] = HANDLERS(jmp),
    [LC3_RESERVED] = HANDLERS(reserved),
    [LC3_LEA] = HANDLERS(lea),
    [LC3_TRAP] = HANDLERS(trap),
};
const struct lc3_handlers lc3_lea2_handlers = HANDLERS(lea2);

// --- from cell to cell ---

#if defined(__wasm__)

// Calls through pointers are slow there (each is checked, and nothing stays in registers): the
// handlers with a journal are cases of one loop. A pointer to a function is a small number, so a
// table of bytes leads from a cell's handler to its case.
// clang-format off
#define HOT_OPS(X) \
    X(LC3_BR, br) X(LC3_ADD, add) X(LC3_ADD_IMM, add_imm) X(LC3_AND, and) X(LC3_AND_IMM, and_imm) \
    X(LC3_NOT, not) X(LC3_LD, ld) X(LC3_LDR, ldr) X(LC3_LEA, lea) X(LC3_ST, st) X(LC3_STR, str) \
    X(LC3_JMP, jmp) X(LC3_JSR, jsr) X(LC3_JSRR, jsrr)
// clang-format on

void lc3_find_hot(struct lc3 *c)
{
    for (unsigned op = 0; op < LC3_OPS; op++) {
        uintptr_t number = (uintptr_t)lc3_handlers[op].journaled;
        if (number < sizeof c->hot) {
            c->hot[number] = (u8)(op + 1);
        }
    }
}

void lc3_run_cells(struct lc3 *c, const struct lc3_cell *at, u32 n, u32 psr)
{
    struct lc3_step step = {n, psr};
    while (at) {
        uintptr_t number = (uintptr_t)at->fn;
        switch (number < sizeof c->hot ? c->hot[number] : 0) {
#define CASE(op, name)                                                                             \
    case op + 1: at = body_##name(c, at, step.n, step.psr, WITH_JOURNAL, slow_##name, &step); break;
            HOT_OPS(CASE)
#undef CASE
        default:
            at = at->fn(c, at, step.n, step.psr);
            step = (struct lc3_step){c->n, c->psr};
            break;
        }
    }
}

#else

void lc3_find_hot(struct lc3 *c UNUSED)
{
}

void lc3_run_cells(struct lc3 *c, const struct lc3_cell *at, u32 n, u32 psr)
{
    while ((at = at->fn(c, at, n, psr))) {
        n = c->n;
        psr = c->psr;
    }
}

#endif
