// The toy processor: the first lesson. Everything that a computer is, and nothing else.
//
//                 +-----------+        1024 cells of memory, 16 bits each
//   AX BX CX DX   | processor | <----> hold the program and its data
//   IP  Z N       |           | -----> a screen of 32 x 24 points
//                 +-----------+ <----> keys in, text out
//
// It does one thing, again and again: fetch the instruction at IP, decode it, execute it. That is
// exec.c. What the instructions are stands in isa.def.
#pragma once

#include "base/text.h"
#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "vitrine/toy.h"

enum toy_op {
#define TOY(code, name, a, b, text) TOY_##name = code,
#include "cpu/toy/isa.def"
    TOY_OPS
};

enum toy_register { TOY_AX, TOY_BX, TOY_CX, TOY_DX, TOY_REGISTERS };

// Numbers of registers and spaces in views (view.c): AX to DX come first.
enum { TOY_VIEW_IP = TOY_REGISTERS, TOY_VIEW_FLAGS, TOY_VIEW_COLOR };
enum { TOY_VIEW_MEMORY, TOY_VIEW_SCREEN };

enum toy_operand {
    TOY_OPERAND_NONE,
    TOY_OPERAND_REGISTER,
    TOY_OPERAND_VALUE,
    TOY_OPERAND_CELL,
    TOY_OPERAND_TARGET
};

enum { TOY_KEYS = 64 };

struct toy_row { // of isa.def
    const char *name;
    u8 a, b; // enum toy_operand
    const char *text;
};
extern const struct toy_row toy_rows[TOY_OPS];

// An instruction, taken apart.
struct toy_insn {
    u8 op, a, b; // a and b: hexadecimal digits, as in memory
    u16 number;
};

struct toy_state {
    u16 reg[TOY_REGISTERS];
    u16 ip;             // address of the next instruction
    bool is_zero;       // Z: the last result was 0
    bool is_negative;   // N: it was less than 0
    u8 colour;          // to draw with
    bool is_over;       // HALT was executed
    bool is_faulty;     // the present instruction makes no sense
    bool is_waiting;    // IN waits for a key
    u16 keys[TOY_KEYS]; // that have come and not been read: a ring
    u16 key_first, key_count;
    u32 keys_read;        // so far
    u8 registers_written; // bit n: the program has set register n
};

// What memory consists of; the board keeps it, as one block.
struct toy_memory {
    u16 cell[VT_TOY_CELLS];
    u8 pixel[VT_TOY_ROWS][VT_TOY_COLUMNS];
    u8 spare[256]; // to a multiple of 512 bytes
};

// Somebody who wants to know what a step changes; looking at the machine is its matter.
struct toy_watcher {
    void (*changed)(void *owner, const struct vt_effect *effect);
    void *owner;
};

struct toy {
    struct dev dev; // "cpu"
    struct toy_state s;
    struct toy_memory *memory;
    char fault[VT_TEXT_BYTES]; // what is wrong, in words; empty: nothing

    void (*print)(void *owner, u8 byte);
    void *owner;
    struct toy_watcher *watcher; // NULL: nobody watches

    // the run
    struct toy_insn insn; // that is executed
    bool wants_leave;     // toy_kick was called
    u64 executed;         // of the present slice
};

void toy_init(struct toy *c, struct toy_memory *memory, void (*print)(void *owner, u8 byte),
              void *owner);
void toy_reset(void *toy);

// Carries out one instruction. False: none was: the program is over, faulty, or waits for a key.
bool toy_step(struct toy *c);

// A key is pressed; false: too many wait already.
bool toy_key(struct toy *c, u16 code);

// Takes an instruction apart, and puts it together; false: it makes no sense, *why says why.
void toy_decode(struct toy_insn *i, u16 first, u16 second);
u16 toy_first_cell(const struct toy_insn *i);
bool toy_check(const struct toy_insn *i, struct text *why);

// --- for struct cpu, core/cpu.h ---
u64 toy_run(void *toy, u64 budget);
bool toy_is_halted(const void *toy);
bool toy_is_dead(const void *toy);
bool toy_is_shut_down(const void *toy);
u64 toy_executed(void *toy);
void toy_kick(void *toy);
