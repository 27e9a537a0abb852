// How the processor is looked at (include/vitrine/debug.h): registers by number, memory as it sees
// it, the parts of an instruction. Nothing here changes the guest's state except x86_view_set_...
#pragma once

#include "cpu/x86/x86.h"
#include "vitrine/debug.h"

enum { X86_VIEW_GROUPS = 7, X86_VIEW_FLAGS = 75, X86_VIEW_REGISTERS = 95 };
extern const char *const x86_view_groups[X86_VIEW_GROUPS];
extern const struct vt_flag_info x86_view_flags[X86_VIEW_FLAGS];
extern const struct vt_register_info x86_view_registers[X86_VIEW_REGISTERS];

// Between two slices of x86_run only. False: this register can't be set to that.
u64 x86_view_register(const struct x86 *c, unsigned reg);
bool x86_view_set_register(struct x86 *c, unsigned reg, u64 value);

// The linear address of the next instruction.
u64 x86_view_pc(const struct x86 *c);
// One byte at a linear or physical address; false: not mapped, or a device's register.
bool x86_view_byte(const struct x86 *c, u64 linear, u8 *value);
bool x86_view_physical_byte(const struct x86 *c, u64 phys, u8 *value);
// Writes as if it had always been there: no fault, no accessed or dirty bit, code is noticed.
bool x86_view_set_byte(struct x86 *c, u64 linear, u8 value);
bool x86_view_set_physical_byte(struct x86 *c, u64 phys, u8 value);
// The instruction at a linear address, decoded for the present mode.
void x86_view_instruction(const struct x86 *c, u64 linear, struct vt_instruction *out);
// What the next instruction does with calls, ports and memory, as far as it can be seen beforehand.
struct x86_view_next {
    bool is_call, is_return;
    bool is_port_read, is_port_write;
    u16 port;
    unsigned port_bytes;
    bool has_operand; // of memory, at linear address `operand`
    u64 operand;
};
void x86_view_next(const struct x86 *c, struct x86_view_next *out);
// The page tables' way for a linear address.
void x86_view_walk(const struct x86 *c, u64 linear, struct vt_page_walk *out); // mmu.c
