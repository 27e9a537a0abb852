// Bit tests and scans: BT, BTS, BTR, BTC, BSF, BSR.
#include "base/bits.h"
#include "cpu/x86/alu.h"
#include "cpu/x86/ops.h"
#include "cpu/x86/width.h"

// CF = the bit; the other flags stay (the manual: ZF stays, the rest is undefined).
ALWAYS_INLINE void set_tested(struct x86 *c, u64 value, u64 number)
{
    bool overflow = flag_o(c), carry = (value >> number) & 1;
    c->s.lazy_carries = (c->s.lazy_carries & ~(LAZY_CF | LAZY_IN)) | (u32)carry << 31 |
                        (u32)(carry ^ overflow) << 30;
}

// ZF tells whether the source was 0; the other flags, undefined in the manual, follow the source.
ALWAYS_INLINE u64 scan_forward(struct x86 *c, u64 value, u64 old, unsigned bits)
{
    flags_set_logic(c, value, bits);
    return value ? ctz64(value) : old;
}

ALWAYS_INLINE u64 scan_reverse(struct x86 *c, u64 value, u64 old, unsigned bits)
{
    flags_set_logic(c, value, bits);
    return value ? 63 - clz64(value) : old;
}

// clang-format off
#define BITS 16
#include "cpu/x86/op_bit.inc"
#undef BITS
#define BITS 32
#include "cpu/x86/op_bit.inc"
#undef BITS
#define BITS 64
#include "cpu/x86/op_bit.inc"
#undef BITS
// clang-format on
