// Private to float80.c and float80_math.c: 80-bit numbers taken apart and put together.
#pragma once

#include "cpu/x86/float80.h"
#include "cpu/x86/float_core.h"

#define FLOAT80_FORMAT(bits)                                                                       \
    {                                                                                              \
        .digits = bits, .min_exponent = -16382, .max_exponent = 16383, .is_x87 = true              \
    }

static const struct float_format float80_format24 UNUSED = FLOAT80_FORMAT(24);
static const struct float_format float80_format53 UNUSED = FLOAT80_FORMAT(53);
static const struct float_format float80_format64 = FLOAT80_FORMAT(64);

ALWAYS_INLINE struct float_value float80_unpack(struct float80 a)
{
    struct float_value v = {.kind = FLOAT_FINITE, .sign = a.sign_exponent >> 15, .hi = a.mantissa};
    i32 exponent = a.sign_exponent & 0x7fff;
    v.exponent = exponent - 16383;
    if (UNLIKELY(exponent == 0)) {
        v.exponent = -16382;
        v.is_denormal = a.mantissa != 0;
        v.kind = a.mantissa == 0 ? FLOAT_ZERO : FLOAT_FINITE;
        if (a.mantissa != 0) {
            float_normalise(&v);
        }
    } else if (UNLIKELY(!(a.mantissa & FLOAT_TOP))) {
        v.kind = FLOAT_UNSUPPORTED;
    } else if (UNLIKELY(exponent == 0x7fff)) {
        v.kind = a.mantissa == FLOAT_TOP       ? FLOAT_INFINITE
                 : a.mantissa & FLOAT_TOP >> 1 ? FLOAT_QUIET_NAN
                                               : FLOAT_SIGNALLING_NAN;
    }
    return v;
}

// Every operation begins so: unpacks its first operand; C1 is 0 until something is rounded up.
ALWAYS_INLINE struct float_value float80_begin(struct float_status *s, struct float80 a)
{
    struct float_value v = float80_unpack(a);
    v.is_denormal |= s->denormal_memory; // of whichever operand: FLOAT_DENORMAL is the same
    s->denormal_memory = false;
    s->rounded_up = false;
    return v;
}

ALWAYS_INLINE struct float80 float80_finish_to(struct float_status *s, const struct float_format *f,
                                               struct float_value v)
{
    struct float_packed p = float_round_result(s, f, &v);
    return (struct float80){.mantissa = p.mantissa,
                            .sign_exponent = (u16)((u32)p.sign << 15 | p.exponent)};
}

// Rounds to 64 bits and packs.
static inline struct float80 float80_finish(struct float_status *s, struct float_value v)
{
    return float80_finish_to(s, &float80_format64, v);
}
