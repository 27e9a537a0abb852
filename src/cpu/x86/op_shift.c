// Shifts and rotations, single and double.
#include "cpu/x86/alu.h"
#include "cpu/x86/ops.h"
#include "cpu/x86/width.h"

// SHLD and SHRD; count is 1 to 63. With 16-bit operands and a count above 16 the manual leaves the
// result undefined. The 386 and AMD's processors shift b again behind b, which makes it b rotated
// (so we do); Intel's later ones shift a behind it.
ALWAYS_INLINE u64 alu_shld(struct x86 *c, u64 a, u64 b, unsigned count, unsigned bits)
{
    u64 r;
    bool carry;
    if (bits == 64) {
        r = a << count | b >> (64 - count);
        carry = bit_of(a, 64 - count);
    } else {
        u64 wide = bits == 16 ? a << 32 | b << 16 | b : a << 32 | b; // a is on top of it
        unsigned top = bits == 16 ? 48 : 64;
        carry = bit_of(wide, top - count);
        r = (wide << count) >> (top - bits);
    }
    flags_set_shift(c, r, carry, bit_of(r ^ a, bits - 1), bits);
    return r;
}

ALWAYS_INLINE u64 alu_shrd(struct x86 *c, u64 a, u64 b, unsigned count, unsigned bits)
{
    u64 r;
    bool carry = bit_of(a, count - 1);
    if (bits == 64) {
        r = a >> count | b << (64 - count);
    } else {
        u64 wide = bits == 16 ? b << 32 | b << 16 | a : b << 32 | a;
        carry = bit_of(wide, count - 1);
        r = wide >> count;
    }
    flags_set_shift(c, r, carry, bit_of(r ^ a, bits - 1), bits);
    return r;
}

// clang-format off
#define BITS 8
#include "cpu/x86/op_shift.inc"
#undef BITS
#define BITS 16
#include "cpu/x86/op_shift.inc"
#undef BITS
#define BITS 32
#include "cpu/x86/op_shift.inc"
#undef BITS
#define BITS 64
#include "cpu/x86/op_shift.inc"
#undef BITS
// clang-format on
