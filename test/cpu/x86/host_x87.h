// One x87 instruction on this host's own processor (x86-64 only), and random 80-bit operands.
#pragma once

#include "cpu/x86/float80.h"
#include "float_random.h"

#include <string.h>

static inline struct float80 random_float80(struct float_random *r)
{
    struct float80 f = {.mantissa = random_fraction(r, 63)};
    u32 exponent = random_exponent(r, 0x7fff);
    f.sign_exponent = (u16)(random_below(r, 2) << 15 | exponent);
    bool is_usual = random_below(r, 32) != 0; // else: unnormal, pseudo-denormal, pseudo-infinity
    if ((exponent != 0) == is_usual) {
        f.mantissa |= 1ull << 63;
    }
    return f;
}

#if defined(__x86_64__)

struct host_x87 {
    struct float80 a, b;   // in: ST(0), ST(1)
    u8 memory[16];         // in and out: a memory operand
    u16 control;           // in
    u16 status;            // out
    struct float80 r0, r1; // out: ST(0), ST(1)
};

// The text finds b in ST(1), a in ST(0) and the memory operand in %[m].
#define HOST_X87(name, text)                                                                       \
    static void name(struct host_x87 *h)                                                           \
    {                                                                                              \
        u16 quiet = 0x37f;                                                                         \
        __asm__ volatile(                                                                          \
            "fninit\n\tfldt %[b]\n\tfldt %[a]\n\tfldcw %[c]\n\t" text                              \
            "\n\tfnstsw %[s]\n\tfnclex\n\tfldcw %[q]\n\tfstpt %[r0]\n\tfstpt %[r1]"                \
            "\n\tfninit"                                                                           \
            : [m] "+m"(h->memory), [s] "=m"(h->status), [r0] "=m"(h->r0), [r1] "=m"(h->r1)         \
            : [a] "m"(h->a), [b] "m"(h->b), [c] "m"(h->control), [q] "m"(quiet)                    \
            : "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)");                \
    }

#endif
