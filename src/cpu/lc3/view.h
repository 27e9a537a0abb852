// What there is to see of an LC-3, for include/vitrine/debug.h: registers, regions, the fields of
// instructions, what a step did, and the data path.
#pragma once

#include "cpu/lc3/lc3.h"
#include "vitrine/debug.h"

// Numbers of registers in the description.
enum lc3_view_register {
    LC3_VIEW_R0, // to R7
    LC3_VIEW_PC = 8,
    LC3_VIEW_PSR,
    LC3_VIEW_USP, // R6 of user mode while in supervisor mode
    LC3_VIEW_SSP, // and the other way round
    LC3_VIEW_MCR,
    LC3_VIEW_REGISTERS,
};

extern const struct vt_description lc3_description;

u16 lc3_view_get(const struct lc3_state *s, unsigned reg);
void lc3_view_set(struct lc3 *c, unsigned reg, u16 value);
// The word as an instruction at an address.
void lc3_view_instruction(u16 word, u16 address, struct vt_instruction *out);

// --- what a step did (delta.c) ---

// What is seen before a step and needed after it.
struct lc3_look {
    struct lc3_state s;
    bool is_interrupt; // the next step enters a handler
    unsigned source_count, address_count;
    struct vt_source sources[VT_EFFECT_SOURCES]; // of the main effect of the instruction
};

// Before the step: fills the look, and of the delta what is known already.
void lc3_delta_begin(const struct lc3 *c, struct lc3_look *look, struct vt_delta *d);
// After it; `d->step` is in c->journal.
void lc3_delta_end(const struct lc3 *c, const struct lc3_look *look, struct vt_delta *d);

// The words of memory that the next instruction reads as data; an interrupt or exception that comes
// instead reads its vector.
struct lc3_reads {
    u16 at[2];
    unsigned count;
};
struct lc3_reads lc3_view_reads(const struct lc3 *c);

// The value that a wire carries in the nth state of a step; false: none.
bool lc3_wire_value(const struct vt_delta *d, unsigned nth, unsigned wire, u64 *value);

// --- private to the views ---

// path.c: the data path.
enum { LC3_BOXES = 13, LC3_WIRES = 28 };
extern const struct vt_box_info lc3_boxes[LC3_BOXES];
extern const struct vt_wire_info lc3_wires[LC3_WIRES];

// micro.c: the states of the control unit, and which of them a step went through.
enum lc3_micro_state {
#define STATE(name, phase, text) LC3_STATE_##name,
#include "cpu/lc3/micro.def"
    LC3_STATES,
};
extern const struct vt_micro_info lc3_micros[LC3_STATES];
void lc3_delta_micros(const struct lc3 *c, const struct lc3_look *look, struct vt_delta *d);
