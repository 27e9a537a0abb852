// x87: loads, stores, exchanges, constants, conditional moves, stack management. [SDM2], [SDM1]
// 8.3.3, 8.3.4, 8.5.1.1.
#include "cpu/x86/flags.h"
#include "cpu/x86/x87.h"

enum form {
    FLOAT32,
    FLOAT64,
    FLOAT80,
    INT16,
    INT32,
    INT64,
    TRUNCATE16,
    TRUNCATE32,
    TRUNCATE64,
    DECIMAL
};

enum { ALIGNMENT_80 = 8 };

enum { BITS_80 = 80 }; // FLOAT80 and DECIMAL: a quadword and a word above it

ALWAYS_INLINE unsigned form_bits(enum form form)
{
    switch (form) {
    case INT16:
    case TRUNCATE16: return 16;
    case FLOAT32:
    case INT32:
    case TRUNCATE32: return 32;
    case FLOAT64:
    case INT64:
    case TRUNCATE64: return 64;
    case FLOAT80:
    case DECIMAL: break;
    }
    return BITS_80;
}

// The bits of a memory operand; `high` only of 80-bit ones.
struct raw {
    u64 low;
    u16 high;
};

ALWAYS_INLINE u64 high_offset(const struct x86 *c, const struct insn *i)
{
    return (ea(c, i) + 8) & i->address_mask;
}

// --- loads ---

// Where the 10 bytes of an operand lie if they can be reached the fast way; x86_load would not take
// unaligned ones so.
ALWAYS_INLINE u8 *fast_80(const struct x86 *c, u64 linear, enum x86_access access)
{
    return linear % X86_PAGE_BYTES <= X86_PAGE_BYTES - 10 ? x86_fast(c, linear, access) : NULL;
}

static bool load_80(struct x86 *c, const struct insn *i, struct raw *raw)
{
    u64 linear, high, offset = ea(c, i);
    if (!x86_linear(c, i->seg, offset, 10, X86_READ, &linear)) {
        return false;
    }
    if (!x86_check_alignment(c, linear, ALIGNMENT_80)) {
        return false;
    }
    const u8 *host = fast_80(c, linear, X86_READ);
    if (LIKELY(host != NULL)) {
        *raw = (struct raw){.low = load_le64(host), .high = load_le16(host + 8)};
        return true;
    }
    if (!x86_load(c, i->seg, offset, 64, &raw->low) ||
        !x86_load(c, i->seg, high_offset(c, i), 16, &high)) {
        return false;
    }
    raw->high = (u16)high;
    return true;
}

ALWAYS_INLINE bool load_raw(struct x86 *c, const struct insn *i, unsigned bits, struct raw *raw)
{
    return bits == BITS_80 ? load_80(c, i, raw) : x86_load(c, i->seg, ea(c, i), bits, &raw->low);
}

static struct float80 from_decimal(struct raw raw)
{
    u8 bytes[10];
    store_le64(bytes, raw.low);
    store_le16(bytes + 8, raw.high);
    return float80_load_bcd(bytes);
}

ALWAYS_INLINE struct float80 from_raw(struct float_status *s, enum form form, struct raw raw)
{
    switch (form) {
    case FLOAT32: return float80_load_float32(s, (u32)raw.low);
    case FLOAT64: return float80_load_float64(s, raw.low);
    case INT16: return float80_from_int32((i16)raw.low);
    case INT32: return float80_from_int32((i32)raw.low);
    case INT64: return float80_from_int64((i64)raw.low);
    case DECIMAL: return from_decimal(raw);
    default: return (struct float80){.mantissa = raw.low, .sign_exponent = raw.high};
    }
}

ALWAYS_INLINE bool load_memory(struct x86 *c, const struct insn *i, enum form form)
{
    struct x86_fpu *f = &c->s.fpu;
    struct raw raw;
    if (!x87_ready(c) || !load_raw(c, i, form_bits(form), &raw)) {
        return false;
    }
    x87_note_memory(c, i);
    if (UNLIKELY(!x87_is_empty(f, 7))) {
        x87_push_overflow(f);
        return true;
    }
    struct float_status s = x87_float_status(f);
    struct float80 value = from_raw(&s, form, raw);
    bool stands = x87_settle(f, &s) ||
                  !(float_unmasked(&s) & FLOAT_INVALID); // a denormal is pushed all the same
    if (LIKELY(stands)) {
        x87_push(f, value);
    }
    return true;
}

HANDLER(x87_ld_f32, load_memory(c, i, FLOAT32))
HANDLER(x87_ld_f64, load_memory(c, i, FLOAT64))
HANDLER(x87_ld_f80, load_memory(c, i, FLOAT80))
HANDLER(x87_ild_i16, load_memory(c, i, INT16))
HANDLER(x87_ild_i32, load_memory(c, i, INT32))
HANDLER(x87_ild_i64, load_memory(c, i, INT64))
HANDLER(x87_bld, load_memory(c, i, DECIMAL))

// --- stores ---

static bool store_80(struct x86 *c, const struct insn *i, struct raw raw)
{
    u64 linear, offset = ea(c, i);
    if (!x86_linear(c, i->seg, offset, 10, X86_WRITE, &linear)) {
        return false;
    }
    if (!x86_check_alignment(c, linear, ALIGNMENT_80)) {
        return false;
    }
    u8 *host = fast_80(c, linear, X86_WRITE);
    if (LIKELY(host != NULL)) {
        store_le64(host, raw.low);
        store_le16(host + 8, raw.high);
        return true;
    }
    return x86_probe(c, i->seg, offset, 10, X86_WRITE) &&
           x86_store(c, i->seg, offset, 64, raw.low) &&
           x86_store(c, i->seg, high_offset(c, i), 16, raw.high);
}

ALWAYS_INLINE bool store_raw(struct x86 *c, const struct insn *i, unsigned bits, struct raw raw)
{
    return bits == BITS_80 ? store_80(c, i, raw) : x86_store(c, i->seg, ea(c, i), bits, raw.low);
}

// An unmasked exception keeps the operand as it is, but it must be one that can be written.
static NOINLINE bool probe_raw(struct x86 *c, const struct insn *i, unsigned bits)
{
    unsigned bytes = bits / 8;
    return x86_probe_aligned(c, i->seg, ea(c, i), bytes, bits == BITS_80 ? ALIGNMENT_80 : bytes,
                             X86_WRITE);
}

static struct raw to_decimal(struct float_status *s, struct float80 a)
{
    u8 bytes[10];
    float80_store_bcd(s, a, bytes);
    return (struct raw){.low = load_le64(bytes), .high = load_le16(bytes + 8)};
}

ALWAYS_INLINE struct raw to_raw(struct float_status *s, enum form form, struct float80 a)
{
    struct raw raw = {.low = a.mantissa, .high = a.sign_exponent};
    switch (form) {
    case FLOAT32: raw.low = float80_to_float32(s, a); break;
    case FLOAT64: raw.low = float80_to_float64(s, a); break;
    case FLOAT80: break;
    case INT16: raw.low = (u16)float80_to_int16(s, a); break;
    case INT32: raw.low = (u32)float80_to_int32(s, a); break;
    case INT64: raw.low = (u64)float80_to_int64(s, a); break;
    case TRUNCATE16: raw.low = (u16)float80_truncate_to_int16(s, a); break;
    case TRUNCATE32: raw.low = (u32)float80_truncate_to_int32(s, a); break;
    case TRUNCATE64: raw.low = (u64)float80_truncate_to_int64(s, a); break;
    case DECIMAL: return to_decimal(s, a);
    }
    return raw;
}

// What an empty register stores, [SDM1] 4.8.3.7 (default NaN), 4.2 and 4.7 (integer and decimal
// indefinite).
static const struct raw indefinites[] = {
    [FLOAT32] = {.low = 0xffc00000},
    [FLOAT64] = {.low = 0xfff8000000000000},
    [FLOAT80] = {.low = 0xc000000000000000, .high = 0xffff},
    [INT16] = {.low = 0x8000},
    [INT32] = {.low = 0x80000000},
    [INT64] = {.low = 0x8000000000000000},
    [TRUNCATE16] = {.low = 0x8000},
    [TRUNCATE32] = {.low = 0x80000000},
    [TRUNCATE64] = {.low = 0x8000000000000000},
    [DECIMAL] = {.low = 0xc000000000000000, .high = 0xffff},
};

ALWAYS_INLINE bool store_underflow(struct x86 *c, const struct insn *i, enum form form, bool pops)
{
    struct x86_fpu *f = &c->s.fpu;
    unsigned bits = form_bits(form);
    if (f->control & FLOAT_INVALID ? !store_raw(c, i, bits, indefinites[form])
                                   : !probe_raw(c, i, bits)) {
        return false;
    }
    x87_note_memory(c, i);
    if (x87_stack_underflow(f) && pops) {
        x87_pop(f);
    }
    return true;
}

ALWAYS_INLINE bool store_memory(struct x86 *c, const struct insn *i, enum form form, bool pops)
{
    struct x86_fpu *f = &c->s.fpu;
    if (!x87_ready(c)) {
        return false;
    }
    if (UNLIKELY(x87_is_empty(f, 0))) {
        return store_underflow(c, i, form, pops);
    }
    struct float_status s = x87_float_status(f);
    struct raw raw = to_raw(&s, form, x87_st(f, 0));
    bool stands = !float_stops_x87_store(&s);
    unsigned bits = form_bits(form);
    if (LIKELY(stands) ? !store_raw(c, i, bits, raw) : !probe_raw(c, i, bits)) {
        return false;
    }
    x87_note_memory(c, i);
    if (x87_settle(f, &s) && stands && pops) {
        x87_pop(f);
    }
    return true;
}

HANDLER(x87_st_f32, store_memory(c, i, FLOAT32, false))
HANDLER(x87_st_f64, store_memory(c, i, FLOAT64, false))
HANDLER(x87_stp_f32, store_memory(c, i, FLOAT32, true))
HANDLER(x87_stp_f64, store_memory(c, i, FLOAT64, true))
HANDLER(x87_stp_f80, store_memory(c, i, FLOAT80, true))
HANDLER(x87_ist_i16, store_memory(c, i, INT16, false))
HANDLER(x87_ist_i32, store_memory(c, i, INT32, false))
HANDLER(x87_istp_i16, store_memory(c, i, INT16, true))
HANDLER(x87_istp_i32, store_memory(c, i, INT32, true))
HANDLER(x87_istp_i64, store_memory(c, i, INT64, true))
HANDLER(x87_isttp_i16, store_memory(c, i, TRUNCATE16, true))
HANDLER(x87_isttp_i32, store_memory(c, i, TRUNCATE32, true))
HANDLER(x87_isttp_i64, store_memory(c, i, TRUNCATE64, true))
HANDLER(x87_bstp, store_memory(c, i, DECIMAL, true))

// --- between registers ---

static bool load_register(struct x86 *c, const struct insn *i)
{
    struct x86_fpu *f = &c->s.fpu;
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    struct float80 value = x87_st(f, i->rm);
    if (UNLIKELY(x87_is_empty(f, i->rm))) {
        if (!x87_stack_underflow(f)) {
            return true;
        }
        value = FLOAT80_DEFAULT_NAN;
    } else if (UNLIKELY(!x87_is_empty(f, 7))) {
        x87_push_overflow(f);
        return true;
    }
    x87_clear_c1(f);
    x87_push(f, value);
    return true;
}

ALWAYS_INLINE bool store_register(struct x86 *c, const struct insn *i, bool pops)
{
    struct x86_fpu *f = &c->s.fpu;
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    struct float80 value = x87_st(f, 0);
    if (UNLIKELY(x87_is_empty(f, 0))) {
        if (!x87_stack_underflow(f)) {
            return true;
        }
        value = FLOAT80_DEFAULT_NAN;
    }
    x87_clear_c1(f);
    x87_write(f, i->rm, value);
    if (pops) {
        x87_pop(f);
    }
    return true;
}

static bool exchange(struct x86 *c, const struct insn *i)
{
    struct x86_fpu *f = &c->s.fpu;
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    struct float80 a = x87_st(f, 0), b = x87_st(f, i->rm);
    bool is_a_empty = x87_is_empty(f, 0), is_b_empty = x87_is_empty(f, i->rm);
    if (UNLIKELY(is_a_empty || is_b_empty)) {
        if (!x87_stack_underflow(f)) {
            return true;
        }
        a = is_a_empty ? FLOAT80_DEFAULT_NAN : a;
        b = is_b_empty ? FLOAT80_DEFAULT_NAN : b;
    }
    x87_clear_c1(f);
    x87_write(f, 0, b);
    x87_write(f, i->rm, a);
    return true;
}

// FSTP1, undocumented: an empty ST(0) is popped without a word.
static bool store_unchecked(struct x86 *c, const struct insn *i)
{
    struct x86_fpu *f = &c->s.fpu;
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    x87_clear_c1(f);
    if (!x87_is_empty(f, 0)) {
        x87_write(f, i->rm, x87_st(f, 0));
    }
    x87_pop(f);
    return true;
}

HANDLER(x87_ld_sti, load_register(c, i))
HANDLER(x87_st_sti, store_register(c, i, false))
HANDLER(x87_stp_sti, store_register(c, i, true))
HANDLER(x87_stp1, store_unchecked(c, i))
HANDLER(x87_xch, exchange(c, i))

// FCMOVcc: both registers must be full, whatever the condition says. C1 changes with a stack fault
// only.
ALWAYS_INLINE bool move_if(struct x86 *c, const struct insn *i, unsigned condition)
{
    struct x86_fpu *f = &c->s.fpu;
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    struct float80 value = x87_st(f, i->rm);
    bool moves = flag_condition(c, condition);
    if (UNLIKELY(x87_is_empty(f, 0) || x87_is_empty(f, i->rm))) {
        if (!x87_stack_underflow(f)) {
            return true;
        }
        value = FLOAT80_DEFAULT_NAN;
        moves = true;
    }
    if (moves) {
        x87_write(f, 0, value);
    }
    return true;
}

HANDLER(x87_cmovb, move_if(c, i, 2))
HANDLER(x87_cmovnb, move_if(c, i, 3))
HANDLER(x87_cmove, move_if(c, i, 4))
HANDLER(x87_cmovne, move_if(c, i, 5))
HANDLER(x87_cmovbe, move_if(c, i, 6))
HANDLER(x87_cmovnbe, move_if(c, i, 7))
HANDLER(x87_cmovu, move_if(c, i, 10))
HANDLER(x87_cmovnu, move_if(c, i, 11))

// --- constants ---

ALWAYS_INLINE bool load_constant(struct x86 *c, const struct insn *i, enum float80_constant which)
{
    struct x86_fpu *f = &c->s.fpu;
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    if (UNLIKELY(!x87_is_empty(f, 7))) {
        x87_push_overflow(f);
        return true;
    }
    struct float_status s = x87_float_status(f);
    x87_clear_c1(f);
    x87_push(f, float80_load_constant(&s, which));
    return true;
}

HANDLER(x87_ld1, load_constant(c, i, FLOAT80_LD1))
HANDLER(x87_ldl2t, load_constant(c, i, FLOAT80_LDL2T))
HANDLER(x87_ldl2e, load_constant(c, i, FLOAT80_LDL2E))
HANDLER(x87_ldpi, load_constant(c, i, FLOAT80_LDPI))
HANDLER(x87_ldlg2, load_constant(c, i, FLOAT80_LDLG2))
HANDLER(x87_ldln2, load_constant(c, i, FLOAT80_LDLN2))
HANDLER(x87_ldz, load_constant(c, i, FLOAT80_LDZ))

// --- stack management: tags and TOP, no stack faults ---

// FINCSTP, FDECSTP; FNOP with `delta` 0.
ALWAYS_INLINE bool rotate(struct x86 *c, const struct insn *i, unsigned delta)
{
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    if (delta) {
        x87_clear_c1(&c->s.fpu);
    }
    c->s.fpu.top = (u8)((c->s.fpu.top + delta) & 7);
    return true;
}

// FFREE; FFREEP (undocumented) pops too.
ALWAYS_INLINE bool free_register(struct x86 *c, const struct insn *i, bool pops)
{
    if (!x87_ready(c)) {
        return false;
    }
    x87_note(c, i);
    x87_clear_c1(&c->s.fpu);
    x87_free(&c->s.fpu, i->rm);
    if (pops) {
        x87_pop(&c->s.fpu);
    }
    return true;
}

HANDLER(x87_nop, rotate(c, i, 0))
HANDLER(x87_incstp, rotate(c, i, 1))
HANDLER(x87_decstp, rotate(c, i, 7))
HANDLER(x87_free, free_register(c, i, false))
HANDLER(x87_freep, free_register(c, i, true))
