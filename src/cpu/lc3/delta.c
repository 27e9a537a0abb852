// Delta records: what a step did, from the state before, the state after, and its journal record.
#include "base/text.h"
#include "cpu/lc3/view.h"

#include "vitrine/lc3_asm.h"

// --- before: where the new value will come from ---

static void add_source(struct lc3_look *look, enum vt_place_kind kind, u64 index, u16 value,
                       bool is_address)
{
    look->sources[look->source_count++] = (struct vt_source){
        .place = {.kind = (u8)kind, .index = index},
        .value = value,
    };
    look->address_count += is_address;
}

static void add_register(struct lc3_look *look, unsigned reg, bool is_address)
{
    add_source(look, VT_PLACE_REGISTER, reg, lc3_view_get(&look->s, reg), is_address);
}

static void add_memory(struct lc3_look *look, const struct lc3 *c, u16 address, bool is_address)
{
    add_source(look, VT_PLACE_MEMORY, address, lc3_peek(c, address), is_address);
}

static u16 operand(u16 word, char letter)
{
    return (u16)lc3_operand_value(lc3_operand(letter), word);
}

static void find_sources(const struct lc3 *c, struct lc3_look *look, u16 word)
{
    u16 pc = look->s.pc, near = (u16)(pc + 1 + operand(word, 'p'));
    unsigned dr = word >> 9 & 7, sr = word >> 6 & 7;
    u16 based = (u16)(look->s.r[sr] + operand(word, 'o'));
    switch (lc3_decode(word)->op) {
    case LC3_ADD:
    case LC3_AND:
        add_register(look, sr, false);
        add_register(look, word & 7, false);
        break;
    case LC3_ADD_IMM:
    case LC3_AND_IMM:
        add_register(look, sr, false);
        add_source(look, VT_PLACE_CONSTANT, pc, operand(word, 'i'), false);
        break;
    case LC3_NOT: add_register(look, sr, false); break;
    case LC3_LD: add_memory(look, c, near, false); break;
    case LC3_LDI:
        add_memory(look, c, lc3_peek(c, near), false);
        add_memory(look, c, near, true);
        break;
    case LC3_LDR:
        add_memory(look, c, based, false);
        add_register(look, sr, true);
        break;
    case LC3_ST: add_register(look, dr, false); break;
    case LC3_STI:
        add_register(look, dr, false);
        add_memory(look, c, near, true);
        break;
    case LC3_STR:
        add_register(look, dr, false);
        add_register(look, sr, true);
        break;
    case LC3_LEA: add_source(look, VT_PLACE_CONSTANT, pc, near, false); break;
    case LC3_JSR:
    case LC3_JSRR: add_source(look, VT_PLACE_CONSTANT, pc, (u16)(pc + 1), false); break;
    case LC3_JMP: add_register(look, sr, false); break;
    case LC3_BR: add_register(look, LC3_VIEW_PSR, false); break;
    case LC3_TRAP:
    case LC3_RTI:
    case LC3_RESERVED:
    case LC3_OPS: break;
    }
}

struct lc3_reads lc3_view_reads(const struct lc3 *c)
{
    u16 word = lc3_peek(c, c->s.pc), near = (u16)(c->s.pc + 1 + operand(word, 'p'));
    u16 r6 = c->s.r[6];
    switch (lc3_decode(word)->op) {
    case LC3_LD:
    case LC3_STI: return (struct lc3_reads){{near}, 1};
    case LC3_LDI: return (struct lc3_reads){{near, lc3_peek(c, near)}, 2};
    case LC3_LDR: return (struct lc3_reads){{(u16)(c->s.r[word >> 6 & 7] + operand(word, 'o'))}, 1};
    case LC3_TRAP: return (struct lc3_reads){{operand(word, 't')}, 1};
    case LC3_RTI: return (struct lc3_reads){{r6, (u16)(r6 + 1)}, 2};
    default: return (struct lc3_reads){.count = 0};
    }
}

void lc3_delta_begin(const struct lc3 *c, struct lc3_look *look, struct vt_delta *d)
{
    *look = (struct lc3_look){.s = c->s, .is_interrupt = lc3_has_interrupt(c)};
    *d = (struct vt_delta){.step = c->journal ? c->journal->next : 0, .pc_before = c->s.pc};
    if (!look->is_interrupt) {
        u16 word = lc3_peek(c, c->s.pc);
        lc3_view_instruction(word, c->s.pc, &d->instruction);
        find_sources(c, look, word);
    }
}

// --- after: the effects ---

static struct vt_effect *add_effect(struct vt_delta *d, enum vt_place_kind kind, u64 index,
                                    u16 old_value, u16 new_value)
{
    struct vt_effect *e = &d->effects[d->effect_count++];
    *e = (struct vt_effect){
        .place = {.kind = (u8)kind, .index = index},
        .bits = 16,
        .old_value = old_value,
        .new_value = new_value,
    };
    return e;
}

static void give_sources(struct vt_effect *e, const struct lc3_look *look)
{
    for (unsigned n = 0; n < look->source_count; n++) {
        e->sources[n] = look->sources[n];
    }
    e->source_count = (u8)look->source_count;
    e->address_count = (u8)look->address_count;
}

static void give_register(struct vt_effect *e, const struct lc3_look *look, unsigned reg)
{
    e->sources[e->source_count++] = (struct vt_source){
        .place = {.kind = VT_PLACE_REGISTER, .index = reg},
        .value = lc3_view_get(&look->s, reg),
    };
}

static void add_register_effect(struct vt_delta *d, const struct lc3 *c,
                                const struct lc3_look *look, unsigned reg)
{
    u16 value = lc3_view_get(&c->s, reg);
    give_sources(add_effect(d, VT_PLACE_REGISTER, reg, look->s.r[reg], value), look);
    enum lc3_cc cc = lc3_decode(d->instruction.cells[0])->cc;
    if (cc == LC3_CC_RESULT || (cc == LC3_CC_SECOND && c->config.edition == LC3_EDITION_2)) {
        struct vt_effect *e = add_effect(d, VT_PLACE_REGISTER, LC3_VIEW_PSR, look->s.psr, c->s.psr);
        e->source_count = 1;
        e->sources[0] =
            (struct vt_source){.place = {.kind = VT_PLACE_REGISTER, .index = reg}, .value = value};
    }
}

// A store to a device register: what was stored is what its register held.
static void add_memory_effect(struct vt_delta *d, const struct lc3 *c, const struct lc3_look *look,
                              u16 address, u16 old)
{
    bool is_device = address >= LC3_DEVICES_FIRST;
    u16 value = is_device ? (u16)look->sources[0].value : c->memory[address];
    give_sources(add_effect(d, VT_PLACE_MEMORY, address, old, value), look);
}

// TRAP, RTI, entries: all that is different, and the words that were pushed.
static void add_state_effects(struct vt_delta *d, const struct lc3 *c, const struct lc3_look *look)
{
    static const u8 pushed[LC3_SIDE_WORDS] = {LC3_VIEW_PSR, LC3_VIEW_PC};
    const struct lc3_side *side = lc3_journal_side(c->journal, d->step);
    for (unsigned n = 0; side && n < side->word_count; n++) {
        give_register(add_effect(d, VT_PLACE_MEMORY, side->address[n], side->old[n],
                                 c->memory[side->address[n]]),
                      look, pushed[n]);
    }
    for (unsigned reg = 0; reg < LC3_VIEW_REGISTERS; reg++) {
        u16 before = lc3_view_get(&look->s, reg), after = lc3_view_get(&c->s, reg);
        if (before != after && reg != LC3_VIEW_PC) {
            add_effect(d, VT_PLACE_REGISTER, reg, before, after);
        }
    }
}

static void find_cause(struct vt_delta *d, const struct lc3_record *r)
{
    bool is_interrupt = r->stamp & LC3_STAMP_INTERRUPT;
    bool is_exception = r->stamp & LC3_STAMP_EXCEPTION;
    d->cause = is_interrupt   ? VT_CAUSE_INTERRUPT
               : is_exception ? VT_CAUSE_EXCEPTION
                              : VT_CAUSE_INSTRUCTION;
    d->vector = is_interrupt || is_exception ? r->old : 0;
}

// --- in words ---

static void put_hex(struct text *t, u16 value)
{
    text_char(t, 'x');
    for (unsigned shift = 16; shift > 0; shift -= 4) {
        text_char(t, "0123456789ABCDEF"[(value >> (shift - 4)) & 15]);
    }
}

static void put_number(struct text *t, u16 value)
{
    if (value >> 15) {
        text_char(t, '-');
        value = (u16)(0 - value);
    }
    text_decimal(t, value);
}

static void put_place(struct text *t, const struct vt_place *place)
{
    if (place->kind == VT_PLACE_REGISTER) {
        text_put(t, lc3_description.registers[place->index].name);
    } else {
        text_put(t, "mem[");
        put_hex(t, (u16)place->index);
        text_char(t, ']');
    }
}

static void put_cc(struct text *t, u16 psr)
{
    text_put(t, psr & LC3_PSR_N ? ", N" : psr & LC3_PSR_Z ? ", Z" : psr & LC3_PSR_P ? ", P" : "");
}

// "R1 = 5 + -1 = 4": the operation with its values.
static void put_operation(struct text *t, const struct vt_effect *e, enum lc3_op op)
{
    bool is_sum = op == LC3_ADD || op == LC3_ADD_IMM, is_and = op == LC3_AND || op == LC3_AND_IMM;
    put_place(t, &e->place);
    text_put(t, " = ");
    if (is_sum || is_and) {
        put_number(t, (u16)e->sources[0].value);
        text_put(t, is_sum ? " + " : " AND ");
        put_number(t, (u16)e->sources[1].value);
        text_put(t, " = ");
    } else if (op == LC3_NOT) {
        text_put(t, "NOT ");
        put_number(t, (u16)e->sources[0].value);
        text_put(t, " = ");
    } else if (e->source_count > 0 && e->sources[0].place.kind != VT_PLACE_CONSTANT) {
        put_place(t, &e->sources[0].place);
        text_put(t, " = ");
    }
    if (e->sources[0].place.kind == VT_PLACE_CONSTANT && !is_sum && !is_and) {
        put_hex(t, (u16)e->new_value);
    } else {
        put_number(t, (u16)e->new_value);
    }
}

static void put_flow(struct text *t, const struct vt_delta *d, u16 word)
{
    static const char *const names[] = {"N", "Z", "P"};
    if (lc3_decode(word)->op != LC3_BR) {
        text_put(t, "on to ");
    } else if (d->pc_after == ((d->pc_before + 1) & 0xffff) && !(word & 0x0e00)) {
        text_put(t, "never branches; on to ");
    } else {
        const char *between = "branches if ";
        for (unsigned n = 0; n < 3; n++) {
            if (word & (0x0800u >> n)) {
                text_put(t, between);
                text_put(t, names[n]);
                between = " or ";
            }
        }
        text_put(t, "; on to ");
    }
    put_hex(t, (u16)d->pc_after);
}

static void put_entry(struct text *t, const struct vt_delta *d)
{
    text_put(t, d->cause == VT_CAUSE_INTERRUPT ? "interrupt x" : "exception x");
    text_hex(t, d->vector, 2);
    text_put(t, ": PSR and PC are pushed; on to ");
    put_hex(t, (u16)d->pc_after);
}

static void put_sentence(struct vt_delta *d)
{
    struct text t = text_in(d->text, sizeof d->text);
    u16 word = d->instruction.cells[0];
    if (d->cause != VT_CAUSE_INSTRUCTION) {
        put_entry(&t, d);
        return;
    }
    enum lc3_op op = lc3_decode(word)->op;
    bool is_flow = op == LC3_BR || op == LC3_JMP || op == LC3_TRAP || op == LC3_RTI;
    if (d->effect_count > 0 && !is_flow) {
        put_operation(&t, &d->effects[0], op);
        if (d->effect_count > 1 && d->effects[1].place.index == LC3_VIEW_PSR &&
            d->effects[1].place.kind == VT_PLACE_REGISTER) {
            put_cc(&t, (u16)d->effects[1].new_value);
        }
    }
    if (is_flow || op == LC3_JSR || op == LC3_JSRR) {
        text_put(&t, is_flow ? "" : "; ");
        put_flow(&t, d, word);
    }
}

void lc3_delta_end(const struct lc3 *c, const struct lc3_look *look, struct vt_delta *d)
{
    const struct lc3_record *r = c->journal ? lc3_journal_record(c->journal, d->step) : NULL;
    d->pc_after = c->s.pc;
    if (!r) {
        return; // nothing happened: the step ended the run instead
    }
    find_cause(d, r);
    switch (lc3_record_kind(r)) {
    case LC3_RECORD_REGISTER: add_register_effect(d, c, look, lc3_record_register(r)); break;
    case LC3_RECORD_MEMORY: add_memory_effect(d, c, look, r->aux, r->old); break;
    case LC3_RECORD_STATE: add_state_effects(d, c, look); break;
    case LC3_RECORD_JUMP: break;
    }
    if (c->s.pc != (u16)(look->s.pc + 1)) {
        struct vt_effect *e = add_effect(d, VT_PLACE_REGISTER, LC3_VIEW_PC, look->s.pc, c->s.pc);
        if (lc3_record_kind(r) == LC3_RECORD_JUMP) {
            give_sources(e, look);
        }
    }
    lc3_delta_micros(c, look, d);
    put_sentence(d);
}
