// Floating point without the host's: what the SSE and the x87 arithmetic share.
//
// Every function below float32_, float64_ and float80_ is a pure function of its operands and of a
// struct float_status: results and flags are the same on every host. The caller of an operation
//   1. fills a status from MXCSR (float_status_from_mxcsr) or from the x87 control word
//      (float_status_from_x87);
//   2. calls one operation (x87) or one operation a lane (SSE);
//   3. adds .flags to the sticky flags of its status word, and C1 = .rounded_up (x87);
//   4. looks at float_unmasked():
//      SSE: any unmasked flag means #XM (or #UD) and no register or memory changes;
//      x87: unmasked IE, DE, ZE mean that the operands stay and nothing is written or popped
//      (float_stops_x87()); unmasked OE, UE, PE mean that the returned value is written as usual
//      when the destination is a register, but that a store to memory does not happen
//      (float_stops_x87_store()).
//
// Sources: [SDM1] chapter 4.8, 4.9 (formats, NaN, exceptions and their priority), 8.5 (x87), 11.5
// (SSE).
#pragma once

#include "base/types.h"

enum float_rounding {    // the RC field of the control word and of MXCSR
    FLOAT_ROUND_NEAREST, // to nearest, ties to even
    FLOAT_ROUND_DOWN,    // towards minus infinity
    FLOAT_ROUND_UP,      // towards plus infinity
    FLOAT_ROUND_ZERO,    // truncate
};

enum float_precision { // the PC field of the control word; 1 is reserved and works like 3
    FLOAT_PRECISION_24 = 0,
    FLOAT_PRECISION_53 = 2,
    FLOAT_PRECISION_64 = 3,
};

enum float_exception { // the bits of FSW[5:0], FCW[5:0], MXCSR[5:0] and (masks) MXCSR[12:7]
    FLOAT_INVALID = 1,
    FLOAT_DENORMAL = 2,
    FLOAT_DIVIDE = 4,
    FLOAT_OVERFLOW = 8,
    FLOAT_UNDERFLOW = 16,
    FLOAT_INEXACT = 32,

    FLOAT_BEFORE =
        FLOAT_INVALID | FLOAT_DENORMAL | FLOAT_DIVIDE, // found before anything is computed
    FLOAT_ALL = 63,
};

enum float_relation {
    FLOAT_LESS,
    FLOAT_EQUAL,
    FLOAT_GREATER,
    FLOAT_UNORDERED, // at least one is NaN (or an unsupported encoding)
};

struct float_status {
    u8 rounding;  // enum float_rounding
    u8 precision; // enum float_precision; heeded by float80_add, sub, mul, div and sqrt only
    u8 masks;     // enum float_exception: set bits are masked (the same sense as in FCW and MXCSR)
    u8 flags; // enum float_exception: bits are only ever added. Start with 0; a caller all of whose
              // exceptions are masked may start with its sticky flags instead (a known
              // FLOAT_INEXACT saves work)

    bool flush_to_zero;      // MXCSR.FTZ; never for x87
    bool denormals_are_zero; // MXCSR.DAZ; never for x87

    bool rounded_up; // out, C1: the magnitude of the last float80 result was rounded up. Set or
                     // cleared by every float80_ function that takes a status and is able to round
    bool denormal_memory; // private: float80_widen_float32/64 saw a denormal; taken by the next
                          // float80_ operation
};

static inline struct float_status float_status_from_mxcsr(u32 mxcsr)
{
    return (struct float_status){
        .rounding = (mxcsr >> 13) & 3,
        .precision = FLOAT_PRECISION_64,
        .masks = (mxcsr >> 7) & FLOAT_ALL,
        .flush_to_zero = (mxcsr >> 15) & 1,
        .denormals_are_zero = (mxcsr >> 6) & 1,
    };
}

static inline struct float_status float_status_from_x87(u16 control_word)
{
    return (struct float_status){
        .rounding = (control_word >> 10) & 3,
        .precision = (control_word >> 8) & 3,
        .masks = control_word & FLOAT_ALL,
    };
}

// The raised flags that are not masked.
static inline u8 float_unmasked(const struct float_status *s)
{
    return (u8)(s->flags & ~s->masks);
}

// x87: an unmasked exception found before the computation; the instruction must leave its operands
// alone.
static inline bool float_stops_x87(const struct float_status *s)
{
    return (float_unmasked(s) & FLOAT_BEFORE) != 0;
}

// x87: FST, FIST, FBSTP and the like to memory must neither write nor pop ([SDM1] 8.5.4, 8.5.5). An
// unmasked inexact result (PE) is stored and popped nevertheless.
static inline bool float_stops_x87_store(const struct float_status *s)
{
    return (float_unmasked(s) & (FLOAT_BEFORE | FLOAT_OVERFLOW | FLOAT_UNDERFLOW)) != 0;
}
