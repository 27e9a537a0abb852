// The toy as data, for everything that shows it (vitrine/debug.h).
#pragma once

#include "cpu/toy/toy.h"

// The parts of instructions that a step goes through. ORDER micros
enum toy_micro {
    TOY_FETCH,
    TOY_DECODE,
    TOY_TAKE_A,    // register a
    TOY_TAKE_B,    // register b, or the number
    TOY_READ_CELL, // memory
    TOY_READ_KEY,
    TOY_CALCULATE,
    TOY_PUT_A,      // into register a
    TOY_WRITE_CELL, // memory
    TOY_JUMP,
    TOY_SHOW, // console or screen
    TOY_MICROS,
};

extern const struct vt_description toy_description;

u64 toy_register(const struct toy *c, unsigned reg);
bool toy_set_register(struct toy *c, unsigned reg, u64 value);
void toy_instruction_at(const struct toy *c, u16 address, struct vt_instruction *out);

// Carries out one step and says what it did. False: no step could be done; *out then holds the
// instruction and, if it is faulty, why, in its text.
bool toy_step_watched(struct toy *c, struct vt_delta *out);
// The same in parts, for who runs it by other ways: before the step, each effect, after it.
void toy_delta_begin(const struct toy *c, struct vt_delta *out);
void toy_note_effect(struct vt_delta *d, const struct vt_effect *effect);
void toy_delta_end(const struct toy *c, struct vt_delta *out, bool is_done);
// The value on a wire of the data path in one micro-operation of a step.
bool toy_wire_value(const struct vt_delta *delta, unsigned nth, unsigned wire, u64 *value);
