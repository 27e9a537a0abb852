// The table of instructions: the rows of isa_*.def as one array.
#include "cpu/x86/isa.h"

#include "cpu/x86/ops.h"
#include "cpu/x86/regs.h"

// clang-format off
enum row_word { // the words of the rows, without the prefix ISA_
    ANY = ISA_ANY, NP = ISA_NP, P66 = ISA_P66, PF3 = ISA_PF3, PF2 = ISA_PF2, MEM = ISA_MEM,
    REG = ISA_REG, LOCK = ISA_LOCK, END = ISA_END, MODRM = ISA_MODRM, PROT = ISA_PROT,
    NO64 = ISA_NO64, D64 = ISA_D64, MOD3 = ISA_MOD3,
    I486 = ISA_486, FPU = ISA_FPU, TSC = ISA_TSC, MSR = ISA_MSR, CX8 = ISA_CX8, SEP = ISA_SEP,
    CMOV = ISA_CMOV, MMX = ISA_MMX, FXSR = ISA_FXSR, SSE = ISA_SSE, SSE2 = ISA_SSE2,
    SSE3 = ISA_SSE3, CLFSH = ISA_CLFSH, MONITOR = ISA_MONITOR, P6 = ISA_P6,
};

enum row_flags { // every set of flags that a row names, letters in the order O S Z A P C D I
    F_O = X86_OF, F_S = X86_SF, F_Z = X86_ZF, F_A = X86_AF, F_P = X86_PF, F_C = X86_CF,
    F_D = X86_DF, F_I = X86_IF,
    F_OC = F_O | F_C, F_OA = F_O | F_A, F_OS = F_O | F_S, F_ZC = F_Z | F_C, F_AC = F_A | F_C,
    F_OZ = F_O | F_Z, F_SZ = F_S | F_Z, F_OAC = F_OA | F_C, F_OSZ = F_OS | F_Z, F_SZP = F_SZ | F_P,
    F_ZPC = F_Z | F_P | F_C, F_OSA = F_OS | F_A, F_OAPC = F_OAC | F_P, F_SZC = F_SZ | F_C,
    F_OSAP = F_OSA | F_P, F_SZAP = F_SZP | F_A, F_SZPC = F_SZP | F_C, F_OSZP = F_OSZ | F_P,
    F_OSZPC = F_OSZP | F_C, F_OSZAP = F_OSZP | F_A, F_SZAPC = F_SZAP | F_C, F_OSAPC = F_OSAP | F_C,
    F_OSZP_ = F_OSZP, F_OSZPA = F_OSZAP, F_OSAC = F_OSA | F_C, F_OSZAC = F_OSZ | F_AC,
    F_OSZAPC = X86_ARITHMETIC, F_OSZC = F_OSZ | F_C, F_OSC = F_OS | F_C,
    F_OSZAPCD = F_OSZAPC | F_D, F_OSZAPCDI = F_OSZAPCD | F_I, F_OSZAPCI = F_OSZAPC | F_I,
    F_OZPC = F_O | F_ZPC, F_PC = F_P | F_C, F_OP = F_O | F_P, F_DI = F_D | F_I,
};

#define N 0
#define F(letters) F_##letters
#define A2(a, b) ((a) | (b))
#define A3(a, b, c) ((a) | (b) | (c))
#define A4(a, b, c, d) ((a) | (b) | (c) | (d))

#define H1(x) .fn = {op_##x, op_##x, op_##x, op_##x, op_##x, op_##x}
#define HM(x) .fn = {op_##x##_r, op_##x##_m, op_##x##_r, op_##x##_m, op_##x##_r, op_##x##_m}
#define HB(x) .fn = {op_##x##_r8, op_##x##_m8, op_##x##_r8, op_##x##_m8, op_##x##_r8, op_##x##_m8}
#define HZ(x) .fn = {op_##x##_16, op_##x##_16, op_##x##_32, op_##x##_32, op_##x##_64, op_##x##_64}
#define HV(x)                                                                                      \
    .fn = {op_##x##_r16, op_##x##_m16, op_##x##_r32, op_##x##_m32, op_##x##_r64, op_##x##_m64}

#define HBF(x) HB(x), .fn_simple = {op_##x##_b8, op_##x##_b8, op_##x##_b8}
#define HVF(x) HV(x), .fn_simple = {op_##x##_b16, op_##x##_b32, op_##x##_b64}

#define ISA(op, pfx, dig, frm, text, o1, o2, o3, handlers, attr, rd, wr, un)                       \
    {.opcode = op, .prefix = pfx, .digit = dig, .form = frm, .name = text,                         \
     .operand = {ISA_##o1, ISA_##o2, ISA_##o3}, handlers, .attributes = attr,                      \
     .flags_read = rd, .flags_written = wr, .flags_undefined = un},
// clang-format on

const struct isa_row isa_rows[] = {
#include "cpu/x86/isa_0f.def"
#include "cpu/x86/isa_1byte.def"
#include "cpu/x86/isa_sse.def"
#include "cpu/x86/isa_system.def"
#include "cpu/x86/isa_x87.def"
};

const unsigned isa_row_count = COUNT_OF(isa_rows);
