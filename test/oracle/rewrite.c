#include "rewrite.h"

#include "base/bytes.h"
#include "cpu/x86/regs.h"

#include <string.h>

const char *const rewrite_rule_names[REWRITE_RULES] = {
    [REWRITE_ADDRESS_32] = "prefix 67h: 32-bit addresses",
    [REWRITE_NO_BASE] = "[displacement] by a SIB byte",
    [REWRITE_EVALUATED] = "16-bit addressing evaluated",
    [REWRITE_HALVES] = "16-bit SI, DI, CX, BX: high halves put aside",
    [REWRITE_OFFSET_32] = "16-bit offset as a 32-bit one",
    [REWRITE_INC_DEC] = "INC, DEC of a register as FF /0, /1",
    [REWRITE_82] = "82h as 80h",
};

// --- what 64-bit code can't say ---

enum {
    ALWAYS,
    UNLESS_66,    // with 66h it is the same: 16 bits on the stack
    IF_66,        // with 66h it is not the same
    MEMORY_OR_66, // only a register of 32 bits will do
};

enum { STACK_ROOM = 1024 }; // more than ENTER uses

static const char wide_stack[] = "pushes or pops 64 bits in 64-bit code";
static const char short_branch[] = "66h and a near branch: processors differ in 64-bit code";
static const char not_there[] = "not in 64-bit code";

static const struct {
    u16 first, last, digit;
    u8 when;
    const char *why;
} unsayable[] = {
    {0x50, 0x5f, ISA_ANY, UNLESS_66, wide_stack},
    {0x68, 0x68, ISA_ANY, UNLESS_66, wide_stack},
    {0x6a, 0x6a, ISA_ANY, UNLESS_66, wide_stack},
    {0x8f, 0x8f, ISA_ANY, UNLESS_66, wide_stack},
    {0x9c, 0x9d, ISA_ANY, UNLESS_66, wide_stack},
    {0xc8, 0xc9, ISA_ANY, UNLESS_66, wide_stack},
    {0xff, 0xff, 6, UNLESS_66, wide_stack},
    {0x0fa0, 0x0fa1, ISA_ANY, UNLESS_66, wide_stack},
    {0x0fa8, 0x0fa9, ISA_ANY, UNLESS_66, wide_stack},
    {0xc2, 0xc3, ISA_ANY, ALWAYS, wide_stack},
    {0xe8, 0xe8, ISA_ANY, ALWAYS, wide_stack},
    {0xff, 0xff, 2, ALWAYS, wide_stack},
    {0x70, 0x7f, ISA_ANY, IF_66, short_branch},
    {0xe0, 0xe3, ISA_ANY, IF_66, short_branch},
    {0xe9, 0xe9, ISA_ANY, IF_66, short_branch},
    {0xeb, 0xeb, ISA_ANY, IF_66, short_branch},
    {0x0f80, 0x0f8f, ISA_ANY, IF_66, short_branch},
    {0xff, 0xff, 4, MEMORY_OR_66, "jumps to 64 bits of memory in 64-bit code"},
    {0x8c, 0x8c, 1, ALWAYS, "tells another CS"},
};

static bool holds(unsigned when, const struct decode_result *d)
{
    switch (when) {
    case UNLESS_66: return !d->has_operand_prefix;
    case IF_66: return d->has_operand_prefix;
    case MEMORY_OR_66: return d->is_memory || d->has_operand_prefix;
    default: return true;
    }
}

static bool has_operand(const struct isa_row *row, unsigned first, unsigned last)
{
    for (unsigned n = 0; n < COUNT_OF(row->operand); n++) {
        if (row->operand[n] >= first && row->operand[n] <= last) {
            return true;
        }
    }
    return false;
}

static bool is_maskmov(const struct isa_row *row)
{
    return row->opcode == 0x0ff7;
}

static bool has_implied_address(const struct isa_row *row)
{
    return has_operand(row, ISA_Xb, ISA_BXb) || is_maskmov(row);
}

static bool has_offset(const struct isa_row *row)
{
    return has_operand(row, ISA_Ob, ISA_Ov);
}

// LOOP, JCXZ: the address size is that of the count.
static bool has_count(const struct isa_row *row)
{
    return row->opcode >= 0xe0 && row->opcode <= 0xe3;
}

static bool has_address(const struct decode_result *d)
{
    return d->is_memory || has_implied_address(d->row) || has_offset(d->row) || has_count(d->row);
}

static const char *why_lacking(const struct decode_result *d, u8 modrm)
{
    const struct isa_row *row = d->row;
    for (unsigned n = 0; n < COUNT_OF(unsayable); n++) {
        u16 digit = unsayable[n].digit;
        if (row->opcode >= unsayable[n].first && row->opcode <= unsayable[n].last &&
            (digit == ISA_ANY || digit == (modrm >> 3 & 7)) && holds(unsayable[n].when, d)) {
            return unsayable[n].why;
        }
    }
    bool is_other_byte = (row->opcode >= 0x40 && row->opcode <= 0x4f) || row->opcode == 0x82;
    if ((row->attributes & ISA_NO64) && !is_other_byte) {
        return not_there;
    }
    return NULL;
}

static const char *why_other_segment(const struct decode_result *d)
{
    if (has_address(d) && (d->segment == X86_FS || d->segment == X86_GS)) {
        return "FS, GS: 64-bit code can read through null selectors";
    }
    if (has_address(d) && d->segment == X86_CS) {
        return "CS: 64-bit code can write to it";
    }
    return NULL;
}

// The stack of a 16-bit operand: where it wraps, and ENTER's and LEAVE's.
static bool wraps_stack(const struct test_case *c, const struct decode_result *d)
{
    u32 esp = c->before.r[X86_RSP], ebp = c->before.r[X86_RBP];
    bool is_frame = d->row->opcode == 0xc8 || d->row->opcode == 0xc9;
    return (d->row->attributes & ISA_D64) && !isa_is_branch(d->row) &&
           (esp + STACK_ROOM < 2 * STACK_ROOM || (is_frame && ebp + STACK_ROOM < 2 * STACK_ROOM));
}

// The longer instruction is other bytes to who reads the code.
static bool reads_code(const struct test_case *c, const struct decode_result *d,
                       const struct insn *i)
{
    static const u8 implied[] = {X86_RBX, X86_RSI, X86_RDI};
    const u32 *g = c->before.r;
    for (unsigned n = 0; has_implied_address(d->row) && n < COUNT_OF(implied); n++) {
        if (g[implied[n]] - (CODE_AT - 512) < PAGE_BYTES + 1024) {
            return true;
        }
    }
    if (!d->is_memory && !has_offset(d->row)) {
        return false;
    }
    u32 base = i->base < 8 ? g[i->base] : 0, index = i->index < 8 ? g[i->index] : 0;
    u32 at = (base + (index << i->shift) + i->disp) & i->address_mask;
    return at - (c->before.eip - 1024) < 1024 + CODE_BYTES;
}

// --- the parts of the new instruction ---

struct rewrite {
    const struct test_case *c;
    const struct decode_result *d;
    const struct insn *i;
    struct rewriting *w;
    u8 bytes[CODE_BYTES + 16];
    unsigned count;
};

static void add(struct rewrite *r, const u8 *bytes, unsigned count)
{
    memcpy(r->bytes + r->count, bytes, count);
    r->count += count;
}

static void add8(struct rewrite *r, u32 byte)
{
    r->bytes[r->count++] = (u8)byte;
}

static void add32(struct rewrite *r, u32 value)
{
    store_le32(r->bytes + r->count, value);
    r->count += 4;
}

static void note(struct rewrite *r, enum rewrite_rule rule)
{
    r->w->rules |= 1u << rule;
}

// [SDM2] table 2-1.
static u32 address_16(const struct rewrite *r)
{
    static const u8 base[8] = {X86_RBX, X86_RBX, X86_RBP, X86_RBP,
                               X86_RSI, X86_RDI, X86_RBP, X86_RBX};
    const u8 *code = r->c->code, *displacement = code + r->d->displacement_at;
    u8 modrm = code[r->d->modrm_at];
    unsigned mod = modrm >> 6, rm = modrm & 7;
    u32 a = mod == 1 ? (u32)(i8)displacement[0] : 0;
    if (mod == 2 || (mod == 0 && rm == 6)) {
        a = load_le16(displacement);
    }
    a += mod == 0 && rm == 6 ? 0 : r->c->before.r[base[rm]];
    a += rm < 4 ? r->c->before.r[rm & 1 ? X86_RDI : X86_RSI] : 0;
    return a & 0xffff;
}

// BT and the like with the bit's number in a register: 16-bit addresses wrap beside the operand.
static bool wraps_bits(const struct rewrite *r)
{
    u16 opcode = r->d->row->opcode;
    if (opcode != 0x0fa3 && opcode != 0x0fab && opcode != 0x0fb3 && opcode != 0x0fbb) {
        return false;
    }
    u32 number = r->c->before.r[r->c->code[r->d->modrm_at] >> 3 & 7];
    i32 words = r->d->has_operand_prefix ? (i16)number >> 4 : (i32)number >> 5;
    i64 at = (i64)address_16(r) + words * (r->d->has_operand_prefix ? 2ll : 4ll);
    return at < 0 || at > 0xffff;
}

static void add_modrm(struct rewrite *r)
{
    const struct decode_result *d = r->d;
    const u8 *code = r->c->code;
    u8 modrm = code[d->modrm_at];
    if (d->is_memory && d->has_address_prefix) {
        add8(r, (modrm & 0x38) | 4);
        add8(r, 0x25);
        add32(r, address_16(r));
        note(r, REWRITE_EVALUATED);
    } else if (d->is_memory && modrm < 0x40 && (modrm & 7) == 5) {
        add8(r, modrm - 1u);
        add8(r, 0x25);
        add(r, code + d->modrm_at + 1, 4);
        note(r, REWRITE_NO_BASE);
    } else {
        add(r, code + d->modrm_at, (unsigned)d->immediate_at - d->modrm_at);
    }
}

static void add_opcode(struct rewrite *r)
{
    u8 opcode = r->c->code[r->d->opcode_at];
    if (r->d->row->opcode >= 0x40 && r->d->row->opcode <= 0x4f) {
        add8(r, 0xff);
        add8(r, 0xc0 | (opcode & 15));
        note(r, REWRITE_INC_DEC);
    } else if (r->d->row->opcode == 0x82) {
        add8(r, 0x80);
        note(r, REWRITE_82);
    } else {
        add8(r, opcode);
        if (r->d->row->opcode > 0xff) {
            add8(r, r->d->row->opcode & 0xff);
        }
    }
}

// --- registers of 16-bit addresses ---

static void put_aside(struct rewrite *r, unsigned n)
{
    r->w->half_kept |= (u8)(1 << n);
    r->w->c.before.r[n] &= 0xffff;
    note(r, REWRITE_HALVES);
}

static const char *put_halves_aside(struct rewrite *r)
{
    const struct isa_row *row = r->d->row;
    const u32 *g = r->c->before.r;
    if (has_operand(row, ISA_BXb, ISA_BXb)) {
        put_aside(r, X86_RBX);
        return (g[X86_RBX] & 0xffff) + (g[X86_RAX] & 0xff) > 0xffff ? "XLAT over 64 KiB" : NULL;
    }
    put_aside(r, is_maskmov(row) ? X86_RDI : X86_RCX);
    if (has_operand(row, ISA_Xb, ISA_Yv)) {
        put_aside(r, X86_RSI);
        put_aside(r, X86_RDI);
    }
    return NULL;
}

// --- all of it ---

static const char *rewrite_first(struct rewrite *r)
{
    const struct decode_result *d = r->d;
    const u8 *code = r->c->code;
    if (has_address(d) && !d->has_address_prefix) {
        add8(r, 0x67);
        note(r, REWRITE_ADDRESS_32);
    }
    add(r, code, d->opcode_at);
    add_opcode(r);
    if (d->modrm_at) {
        add_modrm(r);
    }
    if (has_offset(d->row)) {
        bool is_16 = d->has_address_prefix;
        unsigned at = d->opcode_at + 1u;
        add32(r, is_16 ? load_le16(code + at) : load_le32(code + at));
        if (is_16) {
            note(r, REWRITE_OFFSET_32);
        }
    } else {
        unsigned at = d->immediate_at;
        add(r, code + at, (unsigned)d->length - at);
    }
    if (d->is_memory && d->has_address_prefix && wraps_bits(r)) {
        return "a bit beyond 64 KiB of 16-bit addresses";
    }
    bool is_implied = has_implied_address(d->row) || has_count(d->row);
    return is_implied && d->has_address_prefix ? put_halves_aside(r) : NULL;
}

// Where the branch that the case ends in would go, 64 bits wide.
static u64 branch_target(const struct rewrite *r)
{
    const struct test_case *c = r->c;
    bool is_near = has_operand(r->d->row, ISA_Jz, ISA_Jz);
    const u8 *end = c->code + c->length;
    u64 distance = is_near ? (u64)(i64)(i32)load_le32(end - 4) : (u64)(i64)(i8)end[-1];
    return c->before.eip + c->length + distance;
}

static const char *place(struct rewrite *r)
{
    const struct test_case *c = r->c;
    unsigned longer = r->count - r->d->length;
    if (r->count > 15) {
        return "longer than 15 bytes in 64-bit code";
    }
    if (c->before.eip - CODE_AT < longer || c->length + longer > CODE_BYTES) {
        return "no room in front of it";
    }
    if (longer && c->length < r->d->length) {
        return "cut off by the page's end";
    }
    if (longer && reads_code(c, r->d, r->i)) {
        return "reads its own bytes";
    }
    if (isa_is_branch(r->d->row)) {
        u64 target = branch_target(r);
        if (target >> 32) {
            return "jumps over 4 GiB, or below 0";
        }
        if (target - (c->before.eip - longer) < longer) {
            return "jumps to where 64-bit code has more bytes";
        }
    }
    struct test_case *to = &r->w->c;
    memset(to->code, 0, sizeof to->code);
    memcpy(to->code, r->bytes, r->count);
    memcpy(to->code + r->count, c->code + r->d->length, CODE_BYTES - r->count);
    to->length = c->length + longer;
    to->before.eip = c->before.eip - longer;
    return NULL;
}

static void note_x87(struct rewrite *r)
{
    const struct isa_row *row = r->d->row;
    r->w->is_x87 = row->opcode >= 0xd8 && row->opcode <= 0xdf;
    if (r->w->is_x87) {
        unsigned opcode = (row->opcode & 7u) << 8, at = r->d->opcode_at + 1u;
        unsigned longer = r->w->rules & 1u << REWRITE_ADDRESS_32 ? 1 : 0;
        r->w->fop = (u16)(opcode | r->c->code[at]);
        r->w->fop64 = (u16)(opcode | r->bytes[at + longer]);
    }
}

const char *rewrite_64(const struct test_case *c, const struct decode_result *d,
                       const struct insn *i, struct rewriting *w)
{
    struct rewrite r = {.c = c, .d = d, .i = i, .w = w};
    *w = (struct rewriting){.c = *c};
    if (d->too_long && memchr(c->code, 0x67, 15)) {
        return "longer than 15 bytes in 32-bit code";
    }
    if (!d->row || d->too_long) {
        return NULL; // not an instruction: the same bytes are to say so
    }
    const char *why = why_other_segment(d);
    if (!why && (why = why_lacking(d, c->code[d->modrm_at]))) {
        w->is_lacking = true;
    }
    if (!why && wraps_stack(c, d)) {
        return "the stack wraps at 4 GiB";
    }
    if (!why) {
        why = rewrite_first(&r);
    }
    if (!why) {
        why = place(&r);
    }
    note_x87(&r);
    return why;
}

void rewrite_back(const struct test_case *c, const struct rewriting *w, struct result *r)
{
    for (unsigned n = 0; n < 8; n++) {
        if (w->half_kept >> n & 1) {
            r->after.r[n] = (r->after.r[n] & 0xffff) | (c->before.r[n] & 0xffff0000);
        }
    }
    if (r->vector != X86_BP && r->after.eip == w->c.before.eip) {
        r->after.eip = c->before.eip;
    }
    u8 *fx = r->after.fx;
    if (w->is_x87 && load_le32(fx + 8) == w->c.before.eip && load_le16(fx + 6) == w->fop64) {
        store_le32(fx + 8, c->before.eip);
        store_le16(fx + 6, w->fop);
    }
}
