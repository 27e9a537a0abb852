// Declares every handler: op_NAME for each line of the ops_*.def lists.
//
//   O1(x) op_x            OM(x) op_x_r op_x_m       OB(x) op_x_r8 op_x_m8
//   OZ(x) op_x_16/32/64   OV(x) op_x_r16 op_x_m16 op_x_r32 op_x_m32 op_x_r64 op_x_m64
//   OBF(x) and OVF(x): OB and OV, and op_x_b8 or op_x_b16/32/64 for the memory operand
//   [base + displacement] of a flat segment
#pragma once

#include "cpu/x86/insn.h"

#define O1(x) insn_fn op_##x;
#define OM(x) insn_fn op_##x##_r, op_##x##_m;
#define OB(x) insn_fn op_##x##_r8, op_##x##_m8;
#define OZ(x) insn_fn op_##x##_16, op_##x##_32, op_##x##_64;
#define OV(x)                                                                                      \
    insn_fn op_##x##_r16, op_##x##_m16, op_##x##_r32, op_##x##_m32, op_##x##_r64, op_##x##_m64;
#define OBF(x) OB(x) insn_fn op_##x##_b8;
#define OVF(x) OV(x) insn_fn op_##x##_b16, op_##x##_b32, op_##x##_b64;
#include "cpu/x86/ops_int.def"
#include "cpu/x86/ops_sse.def"
#include "cpu/x86/ops_system.def"
#include "cpu/x86/ops_x87.def"
#undef O1
#undef OM
#undef OB
#undef OBF
#undef OZ
#undef OV
#undef OVF

// Pseudo-instructions of block.c
insn_fn op_block_end, op_block_break, op_undefined;
