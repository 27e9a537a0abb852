// Data movement: MOV, XCHG, LEA, the stack, widenings, CMOVcc, SETcc, XLAT, flags to and from AH.
#include "cpu/x86/condition.h"
#include "cpu/x86/ops.h"
#include "cpu/x86/width.h"

// MOV r64, imm64 is the one instruction with a 64-bit immediate: its high half is in disp. (64-bit
// mode comes later.)
#define MOV_IMM IMM

// clang-format off
#define BITS 8
#include "cpu/x86/op_move.inc"
#undef BITS
#define BITS 16
#include "cpu/x86/op_move.inc"
#undef BITS
#define BITS 32
#include "cpu/x86/op_move.inc"
#undef BITS
#define BITS 64
#include "cpu/x86/op_move.inc"
#undef BITS
// clang-format on

#define SET(name, condition)                                                                       \
    OP_PURE(name##_r8)                                                                             \
    {                                                                                              \
        reg_write(c, i->rm, 8, flag_condition(c, condition));                                      \
        NEXT;                                                                                      \
    }                                                                                              \
    OP_MEMORY(name##_m8, name##_b8)                                                                \
    {                                                                                              \
        if (!STORE(c, SEG, EA, 8, flag_condition(c, condition))) {                                 \
            LEAVE;                                                                                 \
        }                                                                                          \
        NEXT;                                                                                      \
    }
CONDITIONS(SET, set)

OP_PURE(nop)
{
    NEXT;
}

OP_FAST(xlat)
{
    u64 offset = ((u32)c->s.r[X86_RBX] + (u8)c->s.r[X86_RAX]) & i->address_mask, value;
    if (!LOAD(c, i->seg, offset, 8, &value)) {
        LEAVE;
    }
    reg_write(c, 0, 8, value);
    NEXT;
}

OP_PURE(lahf)
{
    reg_write(c, 1, 8, (flags_arithmetic(c) & 0xd5) | X86_FLAGS_ONE);
    NEXT;
}

OP_PURE(sahf)
{
    flags_set_arithmetic(c, (flags_arithmetic(c) & X86_OF) | ((const u8 *)c->s.r)[1]);
    NEXT;
}

// SALC, undocumented: AL = CF ? FFh : 0.
OP_PURE(salc)
{
    reg_write(c, 0, 8, flag_c(c) ? 0xff : 0);
    NEXT;
}

OP_PURE(clc)
{
    bool overflow = flag_o(c);
    c->s.lazy_carries = (c->s.lazy_carries & ~(LAZY_CF | LAZY_IN)) | (overflow ? LAZY_IN : 0);
    NEXT;
}

OP_PURE(stc)
{
    bool overflow = flag_o(c);
    c->s.lazy_carries = (c->s.lazy_carries & ~LAZY_IN) | LAZY_CF | (overflow ? 0 : LAZY_IN);
    NEXT;
}

OP_PURE(cmc)
{
    c->s.lazy_carries ^= LAZY_CF | LAZY_IN;
    NEXT;
}

OP_PURE(cld)
{
    c->s.eflags &= ~(u32)X86_DF;
    NEXT;
}

OP_PURE(std)
{
    c->s.eflags |= X86_DF;
    NEXT;
}
