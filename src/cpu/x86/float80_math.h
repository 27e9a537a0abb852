// The x87's transcendental instructions in integer arithmetic: the same bits on every host.
//
// Series on 128-bit significands, then one rounding to 64 bits by s->rounding: the error is a hair
// above half a unit in the last place (nearest); the processors promise less than 1
// ([SDM1] 8.3.10). Special cases: the tables of [SDM2]. s->precision has no effect. FSIN, FCOS,
// FSINCOS and FPTAN reduce their argument with a pi of 66 bits, as [SDM1] 8.3.8 documents for
// Intel's processors.
#pragma once

#include "cpu/x86/float80.h"

// F2XM1: 2^a - 1 for -1 <= a <= 1. Outside (undefined by the manual) a finite a is returned
// unchanged.
struct float80 float80_2xm1(struct float_status *s, struct float80 a);

// FYL2X: y * log2(x), y in ST(1), x in ST(0).
struct float80 float80_yl2x(struct float_status *s, struct float80 x, struct float80 y);

// FYL2XP1: y * log2(x + 1). The manual defines |x| <= 1 - sqrt(1/2); here all x > -1 work;
// a finite x <= -1 is returned unchanged.
struct float80 float80_yl2xp1(struct float_status *s, struct float80 x, struct float80 y);

// FPATAN: the angle of the point (x, y), -pi to pi, y in ST(1), x in ST(0).
struct float80 float80_patan(struct float_status *s, struct float80 x, struct float80 y);

// FSIN, FCOS, FPTAN (the caller pushes the 1.0, also after a NaN: then it pushes the NaN again).
// False (C2 = 1): |a| >= 2^63, *result is a and the caller leaves its registers alone. An infinity
// is FLOAT_INVALID and true.
NODISCARD bool float80_sin(struct float_status *s, struct float80 a, struct float80 *result);
NODISCARD bool float80_cos(struct float_status *s, struct float80 a, struct float80 *result);
NODISCARD bool float80_tan(struct float_status *s, struct float80 a, struct float80 *result);
// FSINCOS: sine replaces ST(0), then the cosine is pushed.
NODISCARD bool float80_sincos(struct float_status *s, struct float80 a, struct float80 *sine,
                              struct float80 *cosine);
