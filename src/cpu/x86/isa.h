// The instruction set as a table: one row an encoding, in the letters of the manual ([SDM2]
// appendix A).
//
// The rows live in isa_1byte.def, isa_0f.def (integer), isa_system.def (privileged and far
// control), isa_x87.def and isa_sse.def (MMX too), all of one shape:
//
//   ISA(opcode, prefix, digit, form, "mnemonic", op1, op2, op3, handlers, attributes,
//       reads, writes, undefined)
//
//   opcode      0xNN, or 0x0fNN (two-byte map)
//   prefix      ANY; or what selects the row in the 0F map: NP (none), P66, PF3, PF2
//   digit       ANY; 0 to 7: ModR/M.reg must be that;
//               0xc0 to 0xff: the whole ModR/M byte must be that
//   form        ANY, MEM or REG: what ModR/M.mod must say
//   op1..op3    operand letters (enum isa_operand without ISA_), _ for none
//   "mnemonic"  with notes for the disassembler: disasm.c explains them
//   handlers    H1(x): op_x always
//               HM(x): op_x_r, op_x_m by form
//               HB(x): op_x_r8, op_x_m8 by form
//               HV(x): op_x_r16 .. op_x_m64 by operand size and form
//               HZ(x): op_x_16, op_x_32, op_x_64 by operand size
//               HBF(x), HVF(x): as HB and HV, and op_x_b8, op_x_b16 .. for the simplest address
//   attributes  ISA_ bits below without the prefix ISA_; several as A2(a, b) to A4(a, b, c, d);
//               0 for none
//   reads, writes, undefined   flags: letters O S Z A P C D I joined, as F(OSZAPC); N for none
//
// Every handler named there must be listed in ops_int.def, ops_system.def, ops_x87.def or
// ops_sse.def: one line each, O1(x), OM(x), OB(x), OV(x) or OZ(x), which declares it.
#pragma once

#include "base/types.h"
#include "cpu/x86/insn.h"

enum isa_operand {
    ISA__, // none
    // ModR/M.rm: register or memory. b byte, w word, d doubleword, q quadword, v operand size, y 32
    // (64 with REX.W)
    ISA_Eb,
    ISA_Ew,
    ISA_Ed,
    ISA_Ev,
    ISA_Ey,
    ISA_Ewv, // a word in memory, a register of operand size (MOV Sreg, STR, SMSW ...)
    // ModR/M.reg: general register
    ISA_Gb,
    ISA_Gw,
    ISA_Gd,
    ISA_Gv,
    ISA_Gy,
    // memory only; the letter or number after M is what the disassembler calls the size
    ISA_M,
    ISA_Mb,
    ISA_Mw,
    ISA_Md,
    ISA_Mq,
    ISA_Mt,
    ISA_Mdq,
    ISA_Mv,
    ISA_Ma,
    ISA_Mp,
    ISA_Ms,
    // general register by ModR/M.rm only
    ISA_Rv,
    ISA_Ry,
    // control, debug, segment register by ModR/M.reg
    ISA_Cd,
    ISA_Dd,
    ISA_Sw,
    // immediates: b unsigned byte, bs sign-extended byte, w word, z word or doubleword, v operand
    // size
    ISA_Ib,
    ISA_Ibs,
    ISA_Iw,
    ISA_Iz,
    ISA_Iv,
    ISA_Jb,
    ISA_Jz, // relative target
    ISA_Ap, // far pointer in the instruction
    ISA_Ob,
    ISA_Ov, // memory at an offset in the instruction
    ISA_Xb,
    ISA_Xv, // DS:rSI
    ISA_Yb,
    ISA_Yv,  // ES:rDI
    ISA_BXb, // DS:rBX
    ISA_Zb,
    ISA_Zv, // general register by the opcode's low three bits
    // fixed registers and the constant of D0/D1
    ISA_AL,
    ISA_AX,
    ISA_rAX,
    ISA_CL,
    ISA_DX,
    ISA_1,
    ISA_ES,
    ISA_CS,
    ISA_SS,
    ISA_DS,
    ISA_FS,
    ISA_GS,
    // x87
    ISA_ST0,
    ISA_STi,
    // MMX: Pq by reg; Qq by rm or memory; Qd memory dword; Nq register by rm only
    ISA_Pq,
    ISA_Qq,
    ISA_Qd,
    ISA_Nq,
    // SSE: V by reg; W by rm or memory of the given size (ss 4, sd 8, q 8, d 4, ps/pd/dq 16); U
    // register by rm only
    ISA_V,
    ISA_Wss,
    ISA_Wsd,
    ISA_Wps,
    ISA_Wpd,
    ISA_Wdq,
    ISA_Wq,
    ISA_Wd,
    ISA_U,
    ISA_OPERAND_COUNT,
};

enum isa_choice { // prefix, digit, form
    ISA_ANY = 0x100,
    ISA_NP = 0,
    ISA_P66 = 1,
    ISA_PF3 = 2,
    ISA_PF2 = 3,
    ISA_MEM = 0,
    ISA_REG = 1,
};

enum isa_attribute {
    ISA_LOCK = 1 << 0, // the memory form may have a LOCK prefix
    ISA_END = 1 << 1,  // ends a block: may change RIP otherwise than to the next instruction, mode,
                       // TLB, IF ...
    ISA_MODRM = 1 << 2, // has a ModR/M byte although no operand says so
    ISA_PROT = 1 << 3,  // #UD in real and virtual-8086 mode
    ISA_NO64 = 1 << 4,  // #UD in 64-bit mode
    ISA_D64 = 1 << 5,   // operand size is 64 in 64-bit mode without a prefix
    ISA_MOD3 = 1 << 6,  // ModR/M.mod is not looked at: the operand is a register
                        // what CPUID must offer; one of
    ISA_486 = 1 << 8,
    ISA_FPU = 2 << 8,
    ISA_TSC = 3 << 8,
    ISA_MSR = 4 << 8,
    ISA_CX8 = 5 << 8,
    ISA_SEP = 6 << 8,
    ISA_CMOV = 7 << 8,
    ISA_MMX = 8 << 8,
    ISA_FXSR = 9 << 8,
    ISA_SSE = 10 << 8,
    ISA_SSE2 = 11 << 8,
    ISA_SSE3 = 12 << 8,
    ISA_CLFSH = 13 << 8,
    ISA_MONITOR = 14 << 8,
    ISA_P6 = 15 << 8,
    ISA_NEEDS = 15 << 8,
};

struct isa_row {
    u16 opcode;
    u16 prefix, digit, form;
    const char *name;
    u8 operand[3];
    insn_fn *fn[6]; // by operand size (16, 32, 64) and form: [2 * size + is_memory]
    // By operand size, for [base + displacement] of a flat segment; NULL: fn serves.
    insn_fn *fn_simple[3];
    u32 attributes;
    u32 flags_read, flags_written, flags_undefined;
};

extern const struct isa_row isa_rows[];
extern const unsigned isa_row_count;

// Fills `i` (fn, row, next and the block-relative parts excepted: the block's builder adds those)
// from the bytes.
struct decode_result {
    u8 length;     // 0: more bytes are needed than were given
    bool is_valid; // false: #UD (length is what was consumed)
    bool too_long; // over 15 bytes: #GP(0)
    const struct isa_row *row;
    // for the disassembler
    bool is_memory;                              // ModR/M.rm is memory
    bool has_operand_prefix, has_address_prefix; // 66h, 67h
    u8 segment; // override prefix: enum x86_seg; X86_SEG_COUNT: none
    // for views, where the parts begin: prefixes before the opcode; modrm_at 0 without ModR/M
    u8 opcode_at, modrm_at, displacement_at, immediate_at;
    bool has_sib;
};

// Its last bytes are relative to RIP.
bool isa_is_branch(const struct isa_row *row);

struct x86_model;

enum decode_bits { DECODE_16, DECODE_32, DECODE_64 };

// What of the segments is known to be flat: bit n for enum x86_seg n; bit 31: the stack is flat and
// 32-bit.
#define DECODE_STACK_FLAT (1u << 31)

struct decoder {
    u16 first[2][257]; // by map and opcode: where its rows begin in `order`
    u16 *order;
    const struct x86_model *model;
};

// `order` must have room for isa_row_count numbers.
void decoder_init(struct decoder *d, u16 *order, const struct x86_model *model);
struct decode_result decode(const struct decoder *d, const u8 *bytes, unsigned available,
                            enum decode_bits bits, u32 flat, bool is_real_or_v86, struct insn *i);
