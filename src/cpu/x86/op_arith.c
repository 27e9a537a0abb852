// Addition, subtraction, logic, comparison, INC, DEC, NEG, NOT, XADD, CMPXCHG, and the decimal
// adjustments.
#include "cpu/x86/alu.h"
#include "cpu/x86/ops.h"
#include "cpu/x86/width.h"

// clang-format off
#define BITS 8
#include "cpu/x86/op_arith.inc"
#undef BITS
#define BITS 16
#include "cpu/x86/op_arith.inc"
#undef BITS
#define BITS 32
#include "cpu/x86/op_arith.inc"
#undef BITS
#define BITS 64
#include "cpu/x86/op_arith.inc"
#undef BITS
// clang-format on

OP_FAST(cmpxchg8b)
{
    u64 offset = ea(c, i), value;
    struct x86_rmw m;
    if (!LOAD_RMW(c, i->seg, offset, 64, &m, &value)) {
        LEAVE;
    }
    u64 wanted = (u64)(u32)c->s.r[X86_RDX] << 32 | (u32)c->s.r[X86_RAX];
    bool is_equal = value == wanted;
    u64 fresh = (u64)(u32)c->s.r[X86_RCX] << 32 | (u32)c->s.r[X86_RBX];
    STORE_RMW(c, m, 64, is_equal ? fresh : value);
    if (!is_equal) {
        c->s.r[X86_RAX] = (u32)value;
        c->s.r[X86_RDX] = value >> 32;
    }
    u32 flags = flags_arithmetic(c) & ~(u32)X86_ZF;
    flags_set_arithmetic(c, flags | (is_equal ? X86_ZF : 0));
    NEXT;
}

// --- decimal adjustments; flags that the manual leaves undefined are what Intel processors make of
// them ---

static unsigned al(const struct x86 *c)
{
    return (u8)c->s.r[X86_RAX];
}

static void set_al(struct x86 *c, unsigned value)
{
    reg_write(c, 0, 8, value);
}

// Flags after a decimal adjustment of AL: CF and AF given, OF clear.
static void set_decimal_flags(struct x86 *c, bool carry, bool half)
{
    c->s.lazy_result = sign_extend(al(c), 8);
    c->s.lazy_carries = (carry ? LAZY_CF | LAZY_IN : 0) | (half ? LAZY_AF : 0);
}

OP(daa)
{
    unsigned old = al(c), value = old;
    bool carry = flag_c(c), half = (old & 15) > 9 || flag_a(c);
    bool is_over = old > 0x99 || carry;
    value += half ? 6 : 0;
    value += is_over ? 0x60 : 0;
    set_al(c, value);
    set_decimal_flags(c, is_over, half);
    NEXT;
}

OP(das)
{
    unsigned old = al(c), value = old;
    bool carry = flag_c(c), half = (old & 15) > 9 || flag_a(c);
    bool is_over = old > 0x99 || carry;
    bool borrow = half && old < 6;
    value -= half ? 6 : 0;
    value -= is_over ? 0x60 : 0;
    set_al(c, value);
    set_decimal_flags(c, is_over || borrow, half);
    NEXT;
}

OP(aaa)
{
    bool half = (al(c) & 15) > 9 || flag_a(c);
    unsigned ax = (u16)c->s.r[X86_RAX] + (half ? 0x106u : 0);
    reg_write(c, X86_RAX, 16, ax & 0xff0f);
    set_decimal_flags(c, half, half);
    NEXT;
}

OP(aas)
{
    bool half = (al(c) & 15) > 9 || flag_a(c);
    unsigned ax = (u16)c->s.r[X86_RAX] - (half ? 0x106u : 0);
    reg_write(c, X86_RAX, 16, ax & 0xff0f);
    set_decimal_flags(c, half, half);
    NEXT;
}

OP(aam)
{
    unsigned base = i->imm, value = al(c);
    if (base == 0) {
        x86_raise(c, X86_DE);
        LEAVE;
    }
    reg_write(c, X86_RAX, 16, (value / base) << 8 | value % base);
    set_decimal_flags(c, false, false);
    NEXT;
}

OP(aad)
{
    unsigned ax = (u16)c->s.r[X86_RAX];
    reg_write(c, X86_RAX, 16, (u8)((ax >> 8) * i->imm + ax));
    set_decimal_flags(c, false, false);
    NEXT;
}
