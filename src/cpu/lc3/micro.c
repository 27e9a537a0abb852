// Which states of the control unit a step goes through, from what it did.
//
// The machine executes whole instructions; the states are told from the outcome. Memory answers in
// one state here. What has no state in the book is said in micro.def.
#include "base/text.h"
#include "cpu/lc3/view.h"

const struct vt_micro_info lc3_micros[LC3_STATES] = {
#define STATE(name, phase, text) {#name, text, phase},
#include "cpu/lc3/micro.def"
};

enum { LONGEST = 12, NONE = LC3_STATES };

#define S(name) LC3_STATE_##name
// The states behind decoding.
static const u8 states_of[LC3_OPS][LONGEST] = {
    [LC3_BR] = {S(0), S(22), NONE}, // 22 if it is taken
    [LC3_ADD] = {S(1), NONE},
    [LC3_ADD_IMM] = {S(1), NONE},
    [LC3_LD] = {S(2), S(25), S(27), NONE},
    [LC3_ST] = {S(3), S(23), S(16), NONE},
    [LC3_JSRR] = {S(4), S(20), NONE},
    [LC3_JSR] = {S(4), S(21), NONE},
    [LC3_AND] = {S(5), NONE},
    [LC3_AND_IMM] = {S(5), NONE},
    [LC3_LDR] = {S(6), S(25), S(27), NONE},
    [LC3_STR] = {S(7), S(23), S(16), NONE},
    [LC3_RTI] = {S(8), S(36), S(38), S(39), S(40), S(42), S(34), NONE}, // then 51 or 59
    [LC3_NOT] = {S(9), NONE},
    [LC3_LDI] = {S(10), S(24), S(26), S(25), S(27), NONE},
    [LC3_STI] = {S(11), S(29), S(31), S(23), S(16), NONE},
    [LC3_JMP] = {S(12), NONE},
    [LC3_RESERVED] = {NONE},
    [LC3_LEA] = {S(14), NONE},
    [LC3_TRAP] = {S(15), S(28), S(30), NONE}, // of the 2nd edition
};
static const u8 push_psr[] = {S(37), S(41), NONE};
static const u8 push_pc[] = {S(47), S(48), S(50), S(52), S(54), NONE};

static void add(struct vt_delta *d, enum lc3_micro_state state)
{
    d->micros[d->micro_count++] = (u8)state;
}

static void add_all(struct vt_delta *d, const u8 *states)
{
    while (*states != NONE) {
        add(d, (enum lc3_micro_state) * states++);
    }
}

// Into a handler, from the state that begins it.
static void add_entry(struct vt_delta *d, const struct lc3_look *look, enum lc3_micro_state begin,
                      enum lc3_micro_state saved_pc)
{
    add(d, begin);
    if (look->s.psr & LC3_PSR_USER) {
        add(d, S(45));
    }
    add_all(d, push_psr);
    add(d, saved_pc);
    add_all(d, push_pc);
}

static void add_fetch(struct vt_delta *d)
{
    static const u8 fetch[] = {S(18), S(33), S(35), S(32), NONE};
    add_all(d, fetch);
}

static void add_instruction(const struct lc3 *c, const struct lc3_look *look, struct vt_delta *d)
{
    enum lc3_op op = lc3_decode(d->instruction.cells[0])->op;
    add_fetch(d);
    if (op == LC3_BR && d->pc_after == ((d->pc_before + 1) & 0xffff)) {
        add(d, S(0));
    } else if (op == LC3_TRAP && c->config.edition == LC3_EDITION_3) {
        add_entry(d, look, S(15t), S(43t));
    } else {
        add_all(d, states_of[op]);
    }
    if (op == LC3_RTI) {
        add(d, c->s.psr & LC3_PSR_USER ? S(59) : S(51));
    }
}

void lc3_delta_micros(const struct lc3 *c, const struct lc3_look *look, struct vt_delta *d)
{
    static const enum lc3_micro_state begins[] = {
        [LC3_FAULT_PRIVILEGE] = S(44), [LC3_FAULT_ILLEGAL] = S(13), [LC3_FAULT_ACCESS] = S(60)};
    switch ((enum vt_cause)d->cause) {
    case VT_CAUSE_INTERRUPT:
        add(d, S(18));
        add_entry(d, look, S(49), S(43));
        break;
    case VT_CAUSE_EXCEPTION:
        add_fetch(d);
        add_entry(d, look, begins[d->vector % 3], S(43));
        break;
    case VT_CAUSE_INSTRUCTION:
    case VT_CAUSE_EDIT: add_instruction(c, look, d); break;
    }
}
