// The architectural state of an x86 processor, as plain values, and the names of its bits.
//
// Everything that a snapshot needs is in struct x86_state; what can be derived from it (which
// segment is flat, which handler is next) is in struct x86 (x86.h). Registers are 64 bits wide from
// the start. Sources: [SDM1] 3.4, [SDM3] 2.
#pragma once

#include "base/types.h"
#include "cpu/x86/float80.h"

// clang-format off
enum x86_reg { // general registers by their number in ModR/M
    X86_RAX, X86_RCX, X86_RDX, X86_RBX, X86_RSP, X86_RBP, X86_RSI, X86_RDI,
    X86_REG_COUNT = 16,
    X86_REG_ZERO = 16, // always 0: "no base" and "no index" of an address
};

enum x86_seg { // segment registers by their number in Sreg, then the system ones
    X86_ES, X86_CS, X86_SS, X86_DS, X86_FS, X86_GS,
    X86_LDTR, X86_TR,
    X86_SEG_COUNT,
    X86_FLAT = 8, // only in struct insn: the segment is known to be flat, nothing to check or add
};

enum x86_flag { // RFLAGS
    X86_CF = 1u << 0, X86_PF = 1u << 2, X86_AF = 1u << 4, X86_ZF = 1u << 6, X86_SF = 1u << 7,
    X86_TF = 1u << 8, X86_IF = 1u << 9, X86_DF = 1u << 10, X86_OF = 1u << 11,
    X86_IOPL = 3u << 12, X86_NT = 1u << 14, X86_RF = 1u << 16, X86_VM = 1u << 17,
    X86_AC = 1u << 18, X86_VIF = 1u << 19, X86_VIP = 1u << 20, X86_ID = 1u << 21,
    X86_ARITHMETIC = X86_CF | X86_PF | X86_AF | X86_ZF | X86_SF | X86_OF,
    X86_FLAGS_ONE = 1u << 1, // always set
};

enum x86_cr0_bit {
    X86_CR0_PE = 1u << 0, X86_CR0_MP = 1u << 1, X86_CR0_EM = 1u << 2, X86_CR0_TS = 1u << 3,
    X86_CR0_ET = 1u << 4, X86_CR0_NE = 1u << 5, X86_CR0_WP = 1u << 16, X86_CR0_AM = 1u << 18,
    X86_CR0_NW = 1u << 29, X86_CR0_CD = 1u << 30, X86_CR0_PG = 1u << 31,
};

enum x86_cr4_bit {
    X86_CR4_VME = 1u << 0, X86_CR4_PVI = 1u << 1, X86_CR4_TSD = 1u << 2, X86_CR4_DE = 1u << 3,
    X86_CR4_PSE = 1u << 4, X86_CR4_PAE = 1u << 5, X86_CR4_MCE = 1u << 6, X86_CR4_PGE = 1u << 7,
    X86_CR4_PCE = 1u << 8, X86_CR4_OSFXSR = 1u << 9, X86_CR4_OSXMMEXCPT = 1u << 10,
};

enum x86_efer_bit {
    X86_EFER_NXE = 1u << 11,
};

enum x86_vector { // exceptions, [SDM3] table 6-1
    X86_DE = 0, X86_DB = 1, X86_NMI = 2, X86_BP = 3, X86_OF_TRAP = 4, X86_BR = 5, X86_UD = 6,
    X86_NM = 7, X86_DF_FAULT = 8, X86_TS = 10, X86_NP = 11, X86_SS_FAULT = 12, X86_GP = 13,
    X86_PF_FAULT = 14, X86_MF = 16, X86_AC_FAULT = 17, X86_MC = 18, X86_XM = 19,
};
// clang-format on

// A segment register: selector and the cached descriptor.
//
//   attributes, as in bits 55:40 of the descriptor:
//   15 14 13  12 | 11..8 | 7  6 5  4  3..0
//   G  D  L  AVL |   -   | P  DPL  S  type       (11..8 are limit bits there, 0 here)
struct x86_segment {
    u64 base;
    u32 limit; // in bytes, the granularity applied
    u16 selector;
    u16 attributes;
};

enum x86_attribute {
    X86_ATTR_ACCESSED = 1u << 0,
    X86_ATTR_WRITABLE = 1u << 1,    // data; for code: readable
    X86_ATTR_EXPAND_DOWN = 1u << 2, // data; for code: conforming
    X86_ATTR_CODE = 1u << 3,
    X86_ATTR_S = 1u << 4, // code or data, not system
    X86_ATTR_DPL_SHIFT = 5,
    X86_ATTR_P = 1u << 7,
    X86_ATTR_D = 1u << 14, // D/B: 32-bit code, stack, or upper bound of expand-down
    X86_ATTR_G = 1u << 15,
};

struct x86_table { // GDTR, IDTR
    u64 base;
    u16 limit;
};

struct x86_xmm {
    u64 lo, hi;
};

// The x87 unit. fpr[] is by physical register; ST(n) is fpr[(top + n) & 7]. MMn is fpr[n].mantissa.
struct x86_fpu {
    struct float80 fpr[8];
    u16 control;
    u16 status; // without TOP, which is `top`
    u8 top;
    u8 empty;   // bit n: physical register n is empty
    u16 opcode; // FOP, 11 bits
    u16 code_selector, data_selector;
    u64 code_offset, data_offset;
};

struct x86_msrs {
    u64 sysenter_cs, sysenter_esp, sysenter_eip;
    u64 efer, pat, apic_base, misc_enable;
    u64 tsc_offset; // added to guest time's ticks
    u64 mtrr_default_type, mtrr_fixed[11], mtrr_base[8], mtrr_mask[8];
    u64 mcg_status, mc_ctl[4], mc_status[4], mc_addr[4];
    u64 debugctl, bios_sign;
};

struct x86_state {
    u64 r[X86_REG_COUNT + 1]; // the last is X86_REG_ZERO
    u64 rip;                  // true between blocks; inside one see x86_rip()
    u32 eflags; // without the arithmetic flags, which are lazy (flags.h); bit 1 is always set
    u32 lazy_carries;
    u64 lazy_result;

    struct x86_segment seg[X86_SEG_COUNT];
    struct x86_table gdtr, idtr;
    u8 cpl;

    u64 cr0, cr2, cr3, cr4;
    u64 dr[8];    // 4 and 5 unused
    u64 pdpte[4]; // PAE: read when CR3 is loaded
    struct x86_msrs msr;

    struct x86_xmm xmm[16];
    u32 mxcsr;
    struct x86_fpu fpu;

    bool is_halted;
    bool is_shut_down; // after a triple fault: only a reset helps
    bool irq_level;    // the INTR pin
    bool is_nmi_pending, is_nmi_blocked;
    u8 inhibit;        // X86_INHIBIT_ bits: for one instruction after STI or a load of SS
    u32 pending_debug; // bits for DR6: a trap that is due before the next instruction
};

enum x86_inhibit {
    X86_INHIBIT_IRQ = 1,   // STI: maskable interrupts wait
    X86_INHIBIT_DEBUG = 2, // MOV SS, POP SS: debug traps wait as well
};
