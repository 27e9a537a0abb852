// How a machine is looked at: what it consists of, what a step did to it, and why a value is what
// it is.
//
// One contract for the toy, the LC-3 and the PC. Everything that shows a machine (monitor, terminal
// view, JSON trace, grader, page) reads a `struct vt_description` once and then registers, memory,
// instructions and delta records by the numbers in it; it knows no machine by name. Looking changes
// nothing: no function here has a side effect on the guest unless its name says so (vt_set_..,
// vt_step, vt_move_..), and none costs anything while it is not called.
//
// Time is counted in steps. A step is one instruction, or one entry into an interrupt or exception
// handler; step n leads from moment n to moment n + 1. A machine keeps the steps of
// vt_history() and can go to any moment of them; the PC keeps none yet.
#pragma once

#include "vitrine/vitrine.h"

// --- what there is: the description ---

enum vt_register_role {
    VT_ROLE_GENERAL,
    VT_ROLE_PC,      // address of the next instruction
    VT_ROLE_STACK,   // points to the top of a stack
    VT_ROLE_FLAGS,   // what `flags` of the description are bits of
    VT_ROLE_SEGMENT, // a selector
    VT_ROLE_CONTROL, // decides how the machine works
    VT_ROLE_HIDDEN,  // not named in programs: IR, MAR, a saved stack pointer
};

// Registers are at most 64 bits; wider ones are given in parts, the lowest first ("xmm0", "xmm0h").
struct vt_register_info {
    const char *name; // as the assembler spells it
    const char *text; // what it is for, in one line
    uint16_t group;   // into vt_description.groups
    uint8_t bits;     // 1 to 64
    uint8_t role;     // enum vt_register_role
};

struct vt_flag_info {
    const char *name, *text;
    uint16_t reg; // the register whose bits these are
    uint8_t first_bit, bits;
};

enum vt_region_role {
    VT_REGION_RAM,
    VT_REGION_ROM,
    VT_REGION_VECTORS,
    VT_REGION_SYSTEM, // the operating system's
    VT_REGION_DEVICE, // registers: shown without reading them
    VT_REGION_SCREEN,
};

struct vt_region_info {
    const char *name;
    uint64_t first, last; // addresses, both included
    uint8_t role;         // enum vt_region_role
    uint8_t space;
};

// An address space: "memory" of toy and LC-3; "linear", "physical" and "ports" of the PC. The first
// is the one in which the program counter points.
struct vt_space_info {
    const char *name;
    uint8_t address_bits;
    uint8_t cell_bits; // of one address: 8 or 16
};

// A state of the control unit ("18: MAR <- PC; PC <- PC + 1").
struct vt_micro_info {
    const char *name; // of the manual: "18"
    const char *text;
    const char *phase; // "fetch", "decode", "address", "operands", "execute", "store"
};

// What a box of the data path has in it instead of a register.
enum {
    VT_BOX_PLAIN = -1, // nothing that lasts
    VT_BOX_LATCH = -2, // what a wire brought it last, until the step ends
};

// The data path as a drawing: boxes and wires on a grid of 100 x 60 units, y downwards.
struct vt_box_info {
    const char *name;
    uint8_t x, y, width, height;
    int16_t reg; // the register in it, or the first of its group if they are general ones
};

struct vt_wire_info {
    const char *name;
    uint8_t from, to; // boxes
    uint8_t point_count;
    uint8_t points[8][2];  // x, y of the polyline's corners
    const uint8_t *states; // indices into `micros` in which it carries a value
    uint8_t state_count;
};

struct vt_description {
    const char *name; // "toy", "lc3", "pc"
    const char *title;

    const struct vt_register_info *registers;
    unsigned register_count;
    const char *const *groups; // names, for headings
    unsigned group_count;
    const struct vt_flag_info *flags;
    unsigned flag_count;
    const struct vt_space_info *spaces;
    unsigned space_count;
    // Of each instruction, the first of which is at 0; 0: they have different lengths.
    uint8_t instruction_cells;
    const struct vt_region_info *regions;
    unsigned region_count;

    const struct vt_micro_info *micros; // none: the machine gives no micro-operations
    unsigned micro_count;
    const struct vt_box_info *boxes;
    unsigned box_count;
    const struct vt_wire_info *wires;
    unsigned wire_count;
};

// Valid until the machine is destroyed.
const struct vt_description *vt_describe(const struct vt_machine *vm);
// The number of a register by its name, whatever the case; -1: none.
int vt_register_by_name(const struct vt_machine *vm, const char *name);

// --- what is there now ---

uint64_t vt_register(const struct vt_machine *vm, unsigned reg);
// False: this register can't be set, or not to this value. Part of the past of a machine with
// history: what was to come after is given up.
bool vt_set_register(struct vt_machine *vm, unsigned reg, uint64_t value);

// Cells from `address` on, one each uint16_t, without effect on devices. Returns how many could be
// read; fewer where nothing is mapped or reading would have an effect.
size_t vt_memory(const struct vt_machine *vm, unsigned space, uint64_t address, uint16_t *cells,
                 size_t count);
// The same for writing, as the program would not notice; device registers are refused.
size_t vt_set_memory(struct vt_machine *vm, unsigned space, uint64_t address, const uint16_t *cells,
                     size_t count);

enum { VT_INSTRUCTION_CELLS = 16, VT_INSTRUCTION_FIELDS = 16, VT_TEXT_BYTES = 96 };

enum vt_field_role {
    VT_FIELD_OPCODE,
    VT_FIELD_REGISTER,
    VT_FIELD_IMMEDIATE,
    VT_FIELD_OFFSET, // relative to the program counter or a base register
    VT_FIELD_ADDRESS,
    VT_FIELD_MODE,  // selects a form
    VT_FIELD_FIXED, // must be what it is
    VT_FIELD_PREFIX,
};

// Part of an instruction's encoding. Bits are numbered from the lowest of the first cell upwards,
// through all cells.
struct vt_field {
    const char *name;
    uint8_t first_bit, bits;
    uint8_t role; // enum vt_field_role
    bool is_signed;
};

struct vt_instruction {
    unsigned length; // cells; 0: not readable
    uint16_t cells[VT_INSTRUCTION_CELLS];
    char text[VT_TEXT_BYTES]; // disassembled
    unsigned field_count;
    struct vt_field fields[VT_INSTRUCTION_FIELDS];
};

// The instruction at an address of space 0.
void vt_instruction_at(const struct vt_machine *vm, uint64_t address, struct vt_instruction *out);

// --- inside the PC ---

enum { VT_PAGE_LEVELS = 4 };

// How paging leads from a linear address to a physical one.
struct vt_page_walk {
    bool is_paged; // false: the linear address is the physical one
    bool is_mapped;
    uint64_t physical;
    uint64_t page_bytes; // 4 KiB, 2 MiB, 4 MiB
    bool is_writable, is_user, is_executable;
    unsigned level_count;
    struct {
        const char *name; // "PDPTE", "PDE", "PTE"
        uint64_t address; // of the entry; UINT64_MAX: held in the processor
        uint64_t entry;
    } levels[VT_PAGE_LEVELS];
};

// False: this machine has no paging at all.
bool vt_page_walk(const struct vt_machine *vm, uint64_t linear, struct vt_page_walk *out);

// Every device and processor by number, with its state as the snapshot holds it. The name is NULL
// behind the last one.
const char *vt_device(const struct vt_machine *vm, unsigned device);

// One value of a device's state: "channel[1].reload" is element 1's member.
struct vt_device_value {
    char name[64];
    uint64_t value;
    uint8_t bits; // 8, 16, 32, 64
};

// Values from number `first` on; returns how many were filled, 0 behind the last one.
unsigned vt_device_values(const struct vt_machine *vm, unsigned device, unsigned first,
                          struct vt_device_value *values, unsigned max);

// --- what a step did: delta records ---

enum vt_place_kind {
    VT_PLACE_NONE,
    VT_PLACE_REGISTER, // index: its number
    VT_PLACE_MEMORY,   // index: address in `space`
    VT_PLACE_CONSTANT, // in the instruction itself; index: its address
    VT_PLACE_INPUT,    // a key; index: the how manieth
    VT_PLACE_OUTPUT,   // the console or the screen
};

struct vt_place {
    uint8_t kind; // enum vt_place_kind
    uint8_t space;
    uint64_t index;
};

enum { VT_EFFECT_SOURCES = 4, VT_DELTA_EFFECTS = 24, VT_DELTA_MICROS = 24 };

struct vt_source {
    struct vt_place place;
    uint64_t value;
};

struct vt_effect {
    struct vt_place place;
    uint8_t bits;
    uint8_t source_count;
    uint8_t address_count; // of the sources, the last so many said where, not what
    uint64_t old_value, new_value;
    struct vt_source sources[VT_EFFECT_SOURCES]; // what new_value was made of
};

enum vt_cause { VT_CAUSE_INSTRUCTION, VT_CAUSE_INTERRUPT, VT_CAUSE_EXCEPTION, VT_CAUSE_EDIT };

struct vt_delta {
    uint64_t step;
    uint8_t cause;   // enum vt_cause
    unsigned vector; // of an interrupt or exception
    uint64_t pc_before, pc_after;
    struct vt_instruction instruction; // empty for an interrupt

    // Program counter left out unless it is set to something else than the next instruction.
    unsigned effect_count;
    struct vt_effect effects[VT_DELTA_EFFECTS];
    bool has_more_effects; // than fit

    unsigned micro_count;
    uint8_t micros[VT_DELTA_MICROS]; // indices into vt_description.micros, in order

    char text[2 * VT_TEXT_BYTES]; // the step in one plain sentence
};

// Steps so far: the present moment.
uint64_t vt_steps(const struct vt_machine *vm);
// Carries out one step whatever breakpoints say. `out` may be NULL.
struct vt_stop vt_step(struct vt_machine *vm, struct vt_delta *out);
// What step `step` did; false: it is not in the history.
bool vt_delta(struct vt_machine *vm, uint64_t step, struct vt_delta *out);
// What the next step will do, without doing it.
bool vt_predict(struct vt_machine *vm, struct vt_delta *out);
// The value that wire `wire` carries in the nth micro-operation of a step; false: none.
bool vt_wire_value(struct vt_machine *vm, const struct vt_delta *delta, unsigned nth, unsigned wire,
                   uint64_t *value);

// --- stopping where one wants ---

enum vt_break_kind {
    VT_BREAK_EXECUTE,  // an instruction in [first, last] is about to run
    VT_BREAK_READ,     // a cell in [first, last] of `space` was read
    VT_BREAK_WRITE,    // ... written
    VT_BREAK_REGISTER, // register `first` was changed
};

struct vt_break {
    uint8_t kind; // enum vt_break_kind
    uint8_t space;
    bool is_disabled;
    uint64_t first, last;
    char condition[VT_TEXT_BYTES]; // an expression that must not be 0; empty: always
};

enum { VT_MAX_BREAKS = 64 };

// Returns the breakpoint's number, -1: there are too many, or the machine can't do this kind.
// vt_run then ends with VT_STOP_BREAK and this number as code.
int vt_break_add(struct vt_machine *vm, const struct vt_break *b);
bool vt_break_remove(struct vt_machine *vm, unsigned number);
// False: no breakpoint has this number (they keep theirs when others go).
bool vt_break_at(const struct vt_machine *vm, unsigned number, struct vt_break *out);

// Works out an expression: numbers (10, #10, x1F, 0x1F), register, flag and symbol names, [address]
// for memory, + - * & | ^ ~ ! << >> == != < <= > >= && || ( ). False: `error` (may be NULL) then
// points to a text, `error_at` is the offset.
bool vt_evaluate(struct vt_machine *vm, const char *expression, uint64_t *value, const char **error,
                 size_t *error_at);

// Names for addresses in expressions and disassembly. `symbols` must stay while they are set.
struct vt_symbol {
    const char *name;
    uint64_t address;
};
void vt_set_symbols(struct vt_machine *vm, const struct vt_symbol *symbols, unsigned count);
const char *vt_symbol_at(const struct vt_machine *vm, uint64_t address); // NULL: none

// --- moving in time ---

// The moments that can be gone to: *first to *last (the latest reached). Both the present moment on
// a machine without history.
void vt_history(const struct vt_machine *vm, uint64_t *first, uint64_t *last);
// Goes to a moment of the history; false: it is not in it.
bool vt_go_to(struct vt_machine *vm, uint64_t step);

// Input or an edit in the past begins another course of events; the one that was is kept.
struct vt_branch {
    unsigned number;     // counted from 1 in the order in which they began
    uint64_t fork, last; // moments: where it was left for another; how far it is known
    bool is_present;
};
// Fills the courses that there are, the present one among them; returns how many.
unsigned vt_branches(const struct vt_machine *vm, struct vt_branch *out, unsigned max);
// Returns to a course, at its last moment. False: there is none of this number.
bool vt_switch_branch(struct vt_machine *vm, unsigned number);

enum vt_motion {
    VT_MOVE_STEP,
    VT_MOVE_OVER, // a call with all that it does
    VT_MOVE_OUT,  // to behind the present routine; backwards: before its call
    VT_MOVE_RUN,  // to a breakpoint
};

// Both end early at breakpoints (VT_STOP_BREAK), forward also where vt_run ends, back at the
// history's begin (VT_STOP_LIMIT). Forward stops after `max_steps` steps at the latest.
struct vt_stop vt_move_forward(struct vt_machine *vm, enum vt_motion motion, uint64_t max_steps);
struct vt_stop vt_move_back(struct vt_machine *vm, enum vt_motion motion);

// The latest step before moment `before` that wrote to a place; false: none in the history.
bool vt_last_write(struct vt_machine *vm, const struct vt_place *place, uint64_t before,
                   uint64_t *step);

// A link of a chain "why has this place this value": the step that wrote it, and from what.
struct vt_why {
    uint64_t step;
    int parent; // the link whose source this explains; -1: the question itself
    struct vt_effect effect;
    bool is_origin; // the value was there when the history began
};

// Follows a place's value at the present moment backwards through the steps that made it; moves are
// followed, so that the chain ends at constants, input, or values older than the history. Returns
// how many links were filled.
unsigned vt_why(struct vt_machine *vm, const struct vt_place *place, struct vt_why *links,
                unsigned max);

// Open calls, the innermost first.
struct vt_frame {
    uint64_t call_address, target; // of the calling instruction; of the routine
    uint64_t step;                 // that made the call; UINT64_MAX: older than the history
    uint8_t cause;                 // enum vt_cause: a call, an interrupt or an exception
};
unsigned vt_frames(struct vt_machine *vm, struct vt_frame *frames, unsigned max);
