// Integer operations on the lanes of 64 bits: a whole MMX register or half an XMM register. lanes_x
// is what the instruction X computes ([SDM2]); a is the destination operand.
#pragma once

#include "base/bytes.h"

// --- the same operation on every lane ---

typedef u8 lane8_fn(u8 a, u8 b);
typedef u16 lane16_fn(u16 a, u16 b);
typedef u32 lane32_fn(u32 a, u32 b);

ALWAYS_INLINE u64 map8(u64 a, u64 b, lane8_fn *op)
{
    u8 x[8], y[8];
    store_le64(x, a);
    store_le64(y, b);
    for (unsigned n = 0; n < 8; n++) {
        x[n] = op(x[n], y[n]);
    }
    return load_le64(x);
}

ALWAYS_INLINE u64 map16(u64 a, u64 b, lane16_fn *op)
{
    u16 x[4], y[4];
    store_le64(x, a);
    store_le64(y, b);
    for (unsigned n = 0; n < 4; n++) {
        x[n] = op(x[n], y[n]);
    }
    return load_le64(x);
}

ALWAYS_INLINE u64 map32(u64 a, u64 b, lane32_fn *op)
{
    return op((u32)a, (u32)b) | (u64)op((u32)(a >> 32), (u32)(b >> 32)) << 32;
}

ALWAYS_INLINE i32 clamp(i32 value, i32 low, i32 high)
{
    return value < low ? low : value > high ? high : value;
}

// --- one lane ---

// clang-format off
static inline u8 add_8(u8 a, u8 b) { return (u8)(a + b); }
static inline u8 sub_8(u8 a, u8 b) { return (u8)(a - b); }
static inline u8 add_signed_8(u8 a, u8 b) { return (u8)clamp((i8)a + (i8)b, -128, 127); }
static inline u8 sub_signed_8(u8 a, u8 b) { return (u8)clamp((i8)a - (i8)b, -128, 127); }
static inline u8 add_unsigned_8(u8 a, u8 b) { return (u8)clamp(a + b, 0, 255); }
static inline u8 sub_unsigned_8(u8 a, u8 b) { return (u8)clamp(a - b, 0, 255); }
static inline u8 equal_8(u8 a, u8 b) { return a == b ? 0xff : 0; }
static inline u8 greater_8(u8 a, u8 b) { return (i8)a > (i8)b ? 0xff : 0; }
static inline u8 min_8(u8 a, u8 b) { return a < b ? a : b; }
static inline u8 max_8(u8 a, u8 b) { return a > b ? a : b; }
static inline u8 average_8(u8 a, u8 b) { return (u8)((a + b + 1) >> 1); }

static inline u16 add_16(u16 a, u16 b) { return (u16)(a + b); }
static inline u16 sub_16(u16 a, u16 b) { return (u16)(a - b); }
static inline u16 add_signed_16(u16 a, u16 b) { return (u16)clamp((i16)a + (i16)b, -32768, 32767); }
static inline u16 sub_signed_16(u16 a, u16 b) { return (u16)clamp((i16)a - (i16)b, -32768, 32767); }
static inline u16 add_unsigned_16(u16 a, u16 b) { return (u16)clamp(a + b, 0, 65535); }
static inline u16 sub_unsigned_16(u16 a, u16 b) { return (u16)clamp(a - b, 0, 65535); }
static inline u16 equal_16(u16 a, u16 b) { return a == b ? 0xffff : 0; }
static inline u16 greater_16(u16 a, u16 b) { return (i16)a > (i16)b ? 0xffff : 0; }
static inline u16 min_16(u16 a, u16 b) { return (i16)a < (i16)b ? a : b; }
static inline u16 max_16(u16 a, u16 b) { return (i16)a > (i16)b ? a : b; }
static inline u16 average_16(u16 a, u16 b) { return (u16)((a + b + 1) >> 1); }
static inline u16 multiply_low_16(u16 a, u16 b) { return (u16)((u32)a * b); }
static inline u16 multiply_high_16(u16 a, u16 b) { return (u16)((u32)((i16)a * (i16)b) >> 16); }
static inline u16 multiply_high_unsigned_16(u16 a, u16 b) { return (u16)((u32)a * b >> 16); }

static inline u32 add_32(u32 a, u32 b) { return a + b; }
static inline u32 sub_32(u32 a, u32 b) { return a - b; }
static inline u32 equal_32(u32 a, u32 b) { return a == b ? 0xffffffff : 0; }
static inline u32 greater_32(u32 a, u32 b) { return (i32)a > (i32)b ? 0xffffffff : 0; }

// --- instructions whose halves don't depend on each other (simd_lanes.def) ---

static inline u64 lanes_paddb(u64 a, u64 b) { return map8(a, b, add_8); }
static inline u64 lanes_psubb(u64 a, u64 b) { return map8(a, b, sub_8); }
static inline u64 lanes_paddsb(u64 a, u64 b) { return map8(a, b, add_signed_8); }
static inline u64 lanes_psubsb(u64 a, u64 b) { return map8(a, b, sub_signed_8); }
static inline u64 lanes_paddusb(u64 a, u64 b) { return map8(a, b, add_unsigned_8); }
static inline u64 lanes_psubusb(u64 a, u64 b) { return map8(a, b, sub_unsigned_8); }
static inline u64 lanes_pcmpeqb(u64 a, u64 b) { return map8(a, b, equal_8); }
static inline u64 lanes_pcmpgtb(u64 a, u64 b) { return map8(a, b, greater_8); }
static inline u64 lanes_pminub(u64 a, u64 b) { return map8(a, b, min_8); }
static inline u64 lanes_pmaxub(u64 a, u64 b) { return map8(a, b, max_8); }
static inline u64 lanes_pavgb(u64 a, u64 b) { return map8(a, b, average_8); }

static inline u64 lanes_paddw(u64 a, u64 b) { return map16(a, b, add_16); }
static inline u64 lanes_psubw(u64 a, u64 b) { return map16(a, b, sub_16); }
static inline u64 lanes_paddsw(u64 a, u64 b) { return map16(a, b, add_signed_16); }
static inline u64 lanes_psubsw(u64 a, u64 b) { return map16(a, b, sub_signed_16); }
static inline u64 lanes_paddusw(u64 a, u64 b) { return map16(a, b, add_unsigned_16); }
static inline u64 lanes_psubusw(u64 a, u64 b) { return map16(a, b, sub_unsigned_16); }
static inline u64 lanes_pcmpeqw(u64 a, u64 b) { return map16(a, b, equal_16); }
static inline u64 lanes_pcmpgtw(u64 a, u64 b) { return map16(a, b, greater_16); }
static inline u64 lanes_pminsw(u64 a, u64 b) { return map16(a, b, min_16); }
static inline u64 lanes_pmaxsw(u64 a, u64 b) { return map16(a, b, max_16); }
static inline u64 lanes_pavgw(u64 a, u64 b) { return map16(a, b, average_16); }
static inline u64 lanes_pmullw(u64 a, u64 b) { return map16(a, b, multiply_low_16); }
static inline u64 lanes_pmulhw(u64 a, u64 b) { return map16(a, b, multiply_high_16); }
static inline u64 lanes_pmulhuw(u64 a, u64 b) { return map16(a, b, multiply_high_unsigned_16); }

static inline u64 lanes_paddd(u64 a, u64 b) { return map32(a, b, add_32); }
static inline u64 lanes_psubd(u64 a, u64 b) { return map32(a, b, sub_32); }
static inline u64 lanes_pcmpeqd(u64 a, u64 b) { return map32(a, b, equal_32); }
static inline u64 lanes_pcmpgtd(u64 a, u64 b) { return map32(a, b, greater_32); }

static inline u64 lanes_paddq(u64 a, u64 b) { return a + b; }
static inline u64 lanes_psubq(u64 a, u64 b) { return a - b; }
static inline u64 lanes_pmuludq(u64 a, u64 b) { return (u64)(u32)a * (u32)b; }
static inline u64 lanes_pand(u64 a, u64 b) { return a & b; }
static inline u64 lanes_pandn(u64 a, u64 b) { return ~a & b; }
static inline u64 lanes_por(u64 a, u64 b) { return a | b; }
static inline u64 lanes_pxor(u64 a, u64 b) { return a ^ b; }
// clang-format on

static inline u64 lanes_pmaddwd(u64 a, u64 b)
{
    u32 product[4];
    for (unsigned n = 0; n < 4; n++) {
        product[n] = (u32)((i16)(a >> n * 16) * (i16)(b >> n * 16));
    }
    return (u32)(product[0] + product[1]) | (u64)(u32)(product[2] + product[3]) << 32;
}

static inline u64 lanes_psadbw(u64 a, u64 b)
{
    unsigned sum = 0;
    for (unsigned n = 0; n < 64; n += 8) {
        int difference = (u8)(a >> n) - (u8)(b >> n);
        sum += (unsigned)(difference < 0 ? -difference : difference);
    }
    return sum;
}

// --- shifts by one count for all lanes ---

#define EACH_16 0x0001000100010001ull // times a word: that word in each lane

static inline u64 lanes_psllw(u64 a, u64 count)
{
    return count > 15 ? 0 : (a << count) & EACH_16 * (u16)(0xffffu << count);
}

static inline u64 lanes_psrlw(u64 a, u64 count)
{
    return count > 15 ? 0 : (a >> count) & EACH_16 * (0xffffu >> count);
}

static inline u64 lanes_psraw(u64 a, u64 count)
{
    unsigned shift = count > 15 ? 15 : (unsigned)count;
    u64 signs = (a >> 15) & EACH_16;
    u64 filled = signs * (u16) ~(0xffffu >> shift);
    return ((a >> shift) & EACH_16 * (0xffffu >> shift)) | filled;
}

static inline u64 lanes_pslld(u64 a, u64 count)
{
    return count > 31 ? 0 : (u32)((u32)a << count) | (u64)(u32)((u32)(a >> 32) << count) << 32;
}

static inline u64 lanes_psrld(u64 a, u64 count)
{
    return count > 31 ? 0 : ((u32)a >> count) | (u64)((u32)(a >> 32) >> count) << 32;
}

static inline u64 lanes_psrad(u64 a, u64 count)
{
    unsigned shift = count > 31 ? 31 : (unsigned)count;
    return (u32)((i32)a >> shift) | (u64)(u32)((i32)(a >> 32) >> shift) << 32;
}

static inline u64 lanes_psllq(u64 a, u64 count)
{
    return count > 63 ? 0 : a << count;
}

static inline u64 lanes_psrlq(u64 a, u64 count)
{
    return count > 63 ? 0 : a >> count;
}

// --- packs: the lanes of a, then those of b, made half as wide ---

ALWAYS_INLINE u64 pack16(u64 a, u64 b, i32 low, i32 high)
{
    u8 packed[8];
    for (unsigned n = 0; n < 4; n++) {
        packed[n] = (u8)clamp((i16)(a >> n * 16), low, high);
        packed[n + 4] = (u8)clamp((i16)(b >> n * 16), low, high);
    }
    return load_le64(packed);
}

static inline u64 lanes_packsswb(u64 a, u64 b)
{
    return pack16(a, b, -128, 127);
}

static inline u64 lanes_packuswb(u64 a, u64 b)
{
    return pack16(a, b, 0, 255);
}

static inline u64 lanes_packssdw(u64 a, u64 b)
{
    u16 packed[4];
    for (unsigned n = 0; n < 2; n++) {
        packed[n] = (u16)clamp((i32)(a >> n * 32), -32768, 32767);
        packed[n + 2] = (u16)clamp((i32)(b >> n * 32), -32768, 32767);
    }
    return load_le64(packed);
}

// --- unpacks: lanes of the low half of a and b, by turns ---

static inline u64 lanes_interleavebw(u64 a, u64 b)
{
    u8 pair[8];
    for (unsigned n = 0; n < 4; n++) {
        pair[2 * n] = (u8)(a >> n * 8);
        pair[2 * n + 1] = (u8)(b >> n * 8);
    }
    return load_le64(pair);
}

static inline u64 lanes_interleavewd(u64 a, u64 b)
{
    return (u16)a | (u64)(u16)b << 16 | (a >> 16 & 0xffff) << 32 | (b >> 16 & 0xffff) << 48;
}

static inline u64 lanes_interleavedq(u64 a, u64 b)
{
    return (u32)a | b << 32;
}

// --- others ---

// PSHUFW: word n of the result is the word of a that bits 2n+1:2n of the order name.
static inline u64 shuffle16(u64 a, unsigned order)
{
    u64 result = 0;
    for (unsigned n = 0; n < 4; n++) {
        result |= (a >> ((order >> n * 2) & 3) * 16 & 0xffff) << n * 16;
    }
    return result;
}

// PMOVMSKB: the top bits of the eight bytes.
static inline u32 sign_bits8(u64 a)
{
    u32 bits = 0;
    for (unsigned n = 0; n < 8; n++) {
        bits |= (u32)(a >> (n * 8 + 7) & 1) << n;
    }
    return bits;
}
