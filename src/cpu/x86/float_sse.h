// SSE arithmetic on binary32 (float32_, u32) and binary64 (float64_, u64): results, NaNs and flags
// as x86 gives them.
//
// a is the instruction's first source (the destination register in the legacy encodings), b the
// second: a NaN in a wins over one in b ([SDM1] table 4-7). The default NaN is negative and quiet.
// Tininess is detected after rounding. FTZ works only while underflow is masked ([SDM1] 10.2.3.3).
#pragma once

#include "cpu/x86/float.h"

#define FLOAT32_DEFAULT_NAN 0xffc00000u
#define FLOAT64_DEFAULT_NAN 0xfff8000000000000ull

// ADDSS, SUBSS (a - b), MULSS, DIVSS (a / b), SQRTSS and the packed forms' lanes.
u32 float32_add(struct float_status *s, u32 a, u32 b);
u32 float32_sub(struct float_status *s, u32 a, u32 b);
u32 float32_mul(struct float_status *s, u32 a, u32 b);
u32 float32_div(struct float_status *s, u32 a, u32 b);
u32 float32_sqrt(struct float_status *s, u32 a);
u64 float64_add(struct float_status *s, u64 a, u64 b);
u64 float64_sub(struct float_status *s, u64 a, u64 b);
u64 float64_mul(struct float_status *s, u64 a, u64 b);
u64 float64_div(struct float_status *s, u64 a, u64 b);
u64 float64_sqrt(struct float_status *s, u64 a);

// MINSS, MAXSS ...: b is the result if both are zero or either is NaN (a NaN, quiet or not, raises
// FLOAT_INVALID).
u32 float32_min(struct float_status *s, u32 a, u32 b);
u32 float32_max(struct float_status *s, u32 a, u32 b);
u64 float64_min(struct float_status *s, u64 a, u64 b);
u64 float64_max(struct float_status *s, u64 a, u64 b);

// a compared with b; any NaN raises FLOAT_INVALID: COMISS, CMPPS with LT, LE, NLT, NLE.
enum float_relation float32_compare(struct float_status *s, u32 a, u32 b);
enum float_relation float64_compare(struct float_status *s, u64 a, u64 b);
// The same, but only a signalling NaN raises FLOAT_INVALID: UCOMISS, CMPPS with EQ, UNORD, NEQ,
// ORD.
enum float_relation float32_compare_quiet(struct float_status *s, u32 a, u32 b);
enum float_relation float64_compare_quiet(struct float_status *s, u64 a, u64 b);

// To integers, rounded by the mode (CVTSS2SI, CVTPS2DQ ...). A NaN or a result out of range gives
// the integer indefinite, 0x80000000 or 0x8000000000000000, and FLOAT_INVALID.
i32 float32_to_int32(struct float_status *s, u32 a);
i64 float32_to_int64(struct float_status *s, u32 a);
i32 float64_to_int32(struct float_status *s, u64 a);
i64 float64_to_int64(struct float_status *s, u64 a);
// The same, truncated (CVTTSS2SI ...; also CVTTPS2PI lanes).
i32 float32_truncate_to_int32(struct float_status *s, u32 a);
i64 float32_truncate_to_int64(struct float_status *s, u32 a);
i32 float64_truncate_to_int32(struct float_status *s, u64 a);
i64 float64_truncate_to_int64(struct float_status *s, u64 a);

// From integers (CVTSI2SS, CVTDQ2PS ...). A 32-bit integer is always exact in binary64: no status.
u32 float32_from_int32(struct float_status *s, i32 v);
u32 float32_from_int64(struct float_status *s, i64 v);
u64 float64_from_int32(i32 v);
u64 float64_from_int64(struct float_status *s, i64 v);

// CVTSS2SD and CVTSD2SS (packed forms: a lane each).
u64 float32_to_float64(struct float_status *s, u32 a);
u32 float64_to_float32(struct float_status *s, u64 a);

// Rounds to an integral value by the mode: ROUNDSS, ROUNDSD (the caller puts the immediate's mode
// into s->rounding, and drops FLOAT_INEXACT from the flags if bit 3 of the immediate is set).
u32 float32_round(struct float_status *s, u32 a);
u64 float64_round(struct float_status *s, u64 a);

// RCPSS and RSQRTSS. No flags, no modes; a denormal counts as zero, a denormal result becomes zero.
// The real result has an error of at most 1.5 * 2^-12 and differs between makes; this one is the
// exact value rounded to 13 bits.
u32 float32_reciprocal(u32 a);
u32 float32_reciprocal_sqrt(u32 a);

// --- private to module, and for its test: what the functions above do when the host's arithmetic
// can't be used ---

u32 float32_add_soft(struct float_status *s, u32 a, u32 b);
u32 float32_sub_soft(struct float_status *s, u32 a, u32 b);
u32 float32_mul_soft(struct float_status *s, u32 a, u32 b);
u32 float32_div_soft(struct float_status *s, u32 a, u32 b);
u64 float64_add_soft(struct float_status *s, u64 a, u64 b);
u64 float64_sub_soft(struct float_status *s, u64 a, u64 b);
u64 float64_mul_soft(struct float_status *s, u64 a, u64 b);
u64 float64_div_soft(struct float_status *s, u64 a, u64 b);
