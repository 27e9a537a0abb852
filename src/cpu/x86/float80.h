// The x87 arithmetic on 80-bit extended values, and the conversions of FLD, FST, FILD, FIST, FBLD
// and FBSTP.
//
//   79 78           64 63 62                                0
//   +-+---------------+-+-----------------------------------+
//   |s| exponent+16383|i|              fraction             |
//   +-+---------------+-+-----------------------------------+
//
// i: the integer bit, 1 for normal values, infinities and NaNs.
// Encodings with a wrong integer bit (unnormal, pseudo-infinity, pseudo-NaN) raise FLOAT_INVALID in
// every operation; a pseudo-denormal (exponent 0, integer bit 1) works like a denormal
// ([SDM1] 8.2.2). Which of two NaNs wins: [SDM1] table 4-7. a is ST(0) or the instruction's first
// operand, b the second.
#pragma once

#include "cpu/x86/float.h"

struct float80 {
    u64 mantissa;      // with the explicit integer bit 63
    u16 sign_exponent; // sign in bit 15, exponent biased by 16383
};

#define FLOAT80_DEFAULT_NAN                                                                        \
    ((struct float80){.mantissa = 0xc000000000000000ull, .sign_exponent = 0xffff})
#define FLOAT80_ZERO ((struct float80){.mantissa = 0, .sign_exponent = 0})
#define FLOAT80_ONE  ((struct float80){.mantissa = 0x8000000000000000ull, .sign_exponent = 0x3fff})

enum float80_class { // FXAM's answer as C3 C2 C0 (bits 2, 1, 0); C1 is the sign, of every class,
                     // empty too
    FLOAT80_UNSUPPORTED = 0,
    FLOAT80_NAN = 1,
    FLOAT80_NORMAL = 2,
    FLOAT80_INFINITY = 3,
    FLOAT80_IS_ZERO = 4,
    FLOAT80_EMPTY = 5, // never returned: the caller knows the tags
    FLOAT80_DENORMAL = 6,
};

enum float80_constant { // the order of the opcodes D9 E8 .. D9 EE
    FLOAT80_LD1,
    FLOAT80_LDL2T, // log2(10)
    FLOAT80_LDL2E, // log2(e)
    FLOAT80_LDPI,
    FLOAT80_LDLG2, // log10(2)
    FLOAT80_LDLN2, // ln(2)
    FLOAT80_LDZ,
};

static inline bool float80_sign(struct float80 a)
{
    return a.sign_exponent >> 15;
}

// FCHS and FABS: never raise anything, whatever the encoding.
static inline struct float80 float80_negate(struct float80 a)
{
    return (struct float80){.mantissa = a.mantissa,
                            .sign_exponent = (u16)(a.sign_exponent ^ 0x8000)};
}

static inline struct float80 float80_abs(struct float80 a)
{
    return (struct float80){.mantissa = a.mantissa, .sign_exponent = a.sign_exponent & 0x7fff};
}

// FXAM.
enum float80_class float80_classify(struct float80 a);

// FLD1 ... FLDZ, rounded by s->rounding as the 387 and later do ([SDM2] FLD1); raises nothing.
struct float80 float80_load_constant(const struct float_status *s, enum float80_constant which);

// Arithmetic, rounded by s->rounding to s->precision (with the exponent range of 80 bits all the
// same). An unmasked overflow or underflow returns the result with the exponent biased by -24576 or
// +24576 ([SDM1] 8.5.4, 8.5.5). FSUBR and FDIVR are the same functions with the operands exchanged.
struct float80 float80_add(struct float_status *s, struct float80 a, struct float80 b);
struct float80 float80_sub(struct float_status *s, struct float80 a, struct float80 b); // a - b
struct float80 float80_mul(struct float_status *s, struct float80 a, struct float80 b);
struct float80 float80_div(struct float_status *s, struct float80 a, struct float80 b); // a / b
struct float80 float80_sqrt(struct float_status *s, struct float80 a);

// Comparison: float80_compare raises FLOAT_INVALID for every NaN (FCOM, FCOMI, FICOM, FTST: b =
// FLOAT80_ZERO), float80_compare_quiet only for signalling ones (FUCOM, FUCOMI). Unsupported
// encodings are unordered and invalid.
enum float_relation float80_compare(struct float_status *s, struct float80 a, struct float80 b);
enum float_relation float80_compare_quiet(struct float_status *s, struct float80 a,
                                          struct float80 b);

// FPREM (truncating) and FPREM1 (nearest) of a by b. *complete false (C2 = 1): the exponents were
// 64 or more apart and the result is a partial remainder; *quotient is then 0. Otherwise its low
// three bits are the low bits of the quotient's magnitude: bit 0 to C1, bit 1 to C3, bit 2 to C0.
// For an invalid operation or a NaN *complete is true and *quotient 0.
struct float80 float80_remainder(struct float_status *s, struct float80 a, struct float80 b,
                                 unsigned *quotient, bool *complete);
struct float80 float80_remainder_nearest(struct float_status *s, struct float80 a, struct float80 b,
                                         unsigned *quotient, bool *complete);

// FSCALE: a * 2^trunc(b).
struct float80 float80_scale(struct float_status *s, struct float80 a, struct float80 b);

// FXTRACT: returns the significand (to be pushed, the new ST(0)); *exponent replaces the old ST(0).
struct float80 float80_extract(struct float_status *s, struct float80 a, struct float80 *exponent);

// FRNDINT.
struct float80 float80_round(struct float_status *s, struct float80 a);

// FLD m32, FLD m64: raise FLOAT_INVALID for a signalling NaN, FLOAT_DENORMAL for a denormal.
struct float80 float80_load_float32(struct float_status *s, u32 v);
struct float80 float80_load_float64(struct float_status *s, u64 v);
// The memory operand of FADD m32, FCOM m64 and their kin: nothing is raised yet, signalling NaNs
// stay so, and the operation that follows with the same status raises FLOAT_DENORMAL where it is
// due.
struct float80 float80_widen_float32(struct float_status *s, u32 v);
struct float80 float80_widen_float64(struct float_status *s, u64 v);
// FST m32, FST m64. See float_stops_x87_store().
u32 float80_to_float32(struct float_status *s, struct float80 a);
u64 float80_to_float64(struct float_status *s, struct float80 a);

// FILD, FIADD ...: exact. A 16-bit integer is sign-extended by the caller.
struct float80 float80_from_int32(i32 v);
struct float80 float80_from_int64(i64 v);
// FIST, FISTP: rounded by the mode; out of range or NaN: integer indefinite (0x8000 ...) and
// FLOAT_INVALID.
i16 float80_to_int16(struct float_status *s, struct float80 a);
i32 float80_to_int32(struct float_status *s, struct float80 a);
i64 float80_to_int64(struct float_status *s, struct float80 a);
// FISTTP.
i16 float80_truncate_to_int16(struct float_status *s, struct float80 a);
i32 float80_truncate_to_int32(struct float_status *s, struct float80 a);
i64 float80_truncate_to_int64(struct float_status *s, struct float80 a);

// FBLD and FBSTP: 18 packed decimal digits, the lowest two in byte 0, the sign in bit 7 of byte 9.
// Digits above 9 are undefined by the manual; here each weighs its value. Store: out of range or
// NaN gives the packed decimal indefinite FFFF C0000000 00000000 and FLOAT_INVALID.
struct float80 float80_load_bcd(const u8 bytes[10]);
void float80_store_bcd(struct float_status *s, struct float80 a, u8 bytes[10]);
