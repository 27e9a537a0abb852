// The toy machine: its assembler, and creating one. Everything else is vitrine.h and debug.h.
//
// A program is text, one instruction a line, or a JSON list of {"opcode": "MOV", "operands":
// ["AX", 5]}; both become the same cells. README.md and doc/toy.md teach it.
#pragma once

#include "vitrine/debug.h"

enum {
    VT_TOY_CELLS = 1024,
    VT_TOY_COLUMNS = 32,
    VT_TOY_ROWS = 24,
    VT_TOY_LABELS = 128,
    VT_TOY_DIAGNOSTICS = 32,
    VT_TOY_NAME_BYTES = 32,
    VT_TOY_SOURCE_BYTES = 1 << 20, // larger ones are refused
};

// What is wrong in a source. Lines and columns count from 1; in JSON, `line` is the number of the
// instruction and column is 0 where no place can be named.
struct vt_toy_diagnostic {
    uint32_t line, column, length;
    char message[VT_TEXT_BYTES];
    char hint[2 * VT_TEXT_BYTES]; // what to do about it; may be empty
};

struct vt_toy_label {
    char name[VT_TOY_NAME_BYTES];
    uint16_t address;
    uint32_t line;
};

struct vt_toy_program {
    uint16_t cells[VT_TOY_CELLS];
    unsigned cell_count;
    uint32_t lines[VT_TOY_CELLS]; // of the source, for each cell
    struct vt_toy_label labels[VT_TOY_LABELS];
    unsigned label_count;
    struct vt_toy_diagnostic diagnostics[VT_TOY_DIAGNOSTICS]; // all are errors
    unsigned diagnostic_count;                                // 0: the program can run
};

// Assembles text or JSON (what begins with [ or {). False: there are diagnostics.
bool vt_toy_assemble(const char *source, size_t size_bytes, struct vt_toy_program *out);
// One instruction of two cells as text, and back in vt_instruction_at. Returns false if it is none:
// the text then is "DATA 1234".
bool vt_toy_disassemble(const uint16_t cells[2], char *text, size_t size_bytes);

struct vt_toy_config {
    const uint16_t *cells; // the program, to address 0; copied
    unsigned cell_count;
};

// Creates a toy with a program in it. Text that it prints goes to vt_host.serial_write, number 0;
// vt_serial_input are its keys; vt_screen its points.
enum vt_status vt_toy_create(const struct vt_toy_config *config, const struct vt_host *host,
                             struct vt_machine **out);
// Bit n: the program has put something into register n (AX BX CX DX).
unsigned vt_toy_registers_written(const struct vt_machine *vm);
// After VT_STOP_FAULT: what was wrong, in words.
const char *vt_toy_fault(const struct vt_machine *vm);
