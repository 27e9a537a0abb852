// What the SSE instructions that compute with floating point share: MXCSR before and after.
#pragma once

#include "cpu/x86/float_sse.h"
#include "cpu/x86/simd.h"

// Adds the flags to MXCSR and raises #XM, or #UD.
void sse_float_fault(struct x86 *c, const struct float_status *s);

ALWAYS_INLINE struct float_status sse_float_begin(const struct x86 *c)
{
    struct float_status s = float_status_from_mxcsr(c->s.mxcsr);
    if (LIKELY(s.masks == FLOAT_ALL)) {
        s.flags = c->s.mxcsr & FLOAT_ALL; // spares the work of finding what is known
    }
    return s;
}

// False: an unmasked exception was raised, the destination must stay.
ALWAYS_INLINE bool sse_float_end(struct x86 *c, const struct float_status *s)
{
    if (UNLIKELY(float_unmasked(s))) {
        sse_float_fault(c, s);
        return false;
    }
    c->s.mxcsr |= s->flags;
    return true;
}
