// Draws random cases of a row of the instruction table: operands, addresses, prefixes, registers,
// memory.
#include "oracle.h"

#include "base/bytes.h"
#include "cpu/x86/regs.h"

#include <string.h>

// --- what is left out ---

static const struct {
    u16 opcode, digit; // digit ISA_ANY: all rows of the opcode
    const char *rule;
} left_out[] = {
    {0x07, ISA_ANY, "loads a segment register"},
    {0x17, ISA_ANY, "loads a segment register"},
    {0x1f, ISA_ANY, "loads a segment register"},
    {0x0fa1, ISA_ANY, "loads a segment register"},
    {0x0fa9, ISA_ANY, "loads a segment register"},
    {0x8e, ISA_ANY, "loads a segment register"},
    {0xc4, ISA_ANY, "loads a segment register"},
    {0xc5, ISA_ANY, "loads a segment register"},
    {0x0fb2, ISA_ANY, "loads a segment register"},
    {0x0fb4, ISA_ANY, "loads a segment register"},
    {0x0fb5, ISA_ANY, "loads a segment register"},
    {0x9a, ISA_ANY, "far transfer"},
    {0xea, ISA_ANY, "far transfer"},
    {0xff, 3, "far transfer"},
    {0xff, 5, "far transfer"},
    {0xca, ISA_ANY, "far transfer"},
    {0xcb, ISA_ANY, "far transfer"},
    {0xcf, ISA_ANY, "far transfer"},
    {0xf1, ISA_ANY, "the host's virtual machine reports another EIP"},
    {0x0f34, ISA_ANY, "enters the host's kernel"},
    {0x0f35, ISA_ANY, "AMD: SYSEXIT does not exist in long mode"},
    {0x0f00, 0, "UMIP: the host's kernel answers"},
    {0x0f00, 1, "UMIP: the host's kernel answers"},
    {0x0f01, 0, "UMIP: the host's kernel answers"},
    {0x0f01, 1, "UMIP: the host's kernel answers"},
    {0x0f01, 4, "UMIP: the host's kernel answers"},
    {0x0f01, 0xc8, "not in the model"},
    {0x0f01, 0xc9, "not in the model"},
    {0x0f31, ISA_ANY, "tells the time"},
    {0x0f33, ISA_ANY, "tells the time"},
    {0x0fa2, ISA_ANY, "tells the model"},
};

const char *draw_skips(const struct isa_row *row)
{
    for (unsigned n = 0; n < COUNT_OF(left_out); n++) {
        if (row->opcode == left_out[n].opcode &&
            (left_out[n].digit == ISA_ANY || left_out[n].digit == row->digit)) {
            return left_out[n].rule;
        }
    }
    return NULL;
}

// --- values ---

static bool one_in(struct float_random *r, u32 n)
{
    return random_below(r, n) == 0;
}

static u32 random_int(struct float_random *r)
{
    static const u32 corners[] = {0,          1,          2,          0x7f,       0x80,
                                  0xff,       0x7fff,     0x8000,     0xffff,     0x10000,
                                  0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x80008000,
                                  0x7fff7fff, 0x80808080, 31,         32};
    u32 v = (u32)random_u64(r);
    switch (random_below(r, 8)) {
    case 0:
    case 1: return corners[random_below(r, COUNT_OF(corners))];
    case 2: return (u32)(i32)(i8)v;
    case 3: return 1u << (v & 31);
    case 4: return v >> (v & 31);
    default: return v;
    }
}

static void store_float80(u8 *to, u64 mantissa, u32 sign_exponent)
{
    store_le64(to, mantissa);
    store_le16(to + 8, (u16)sign_exponent);
}

static void random_extended(struct float_random *r, u8 *to)
{
    u64 mantissa = random_fraction(r, 63) | (random_below(r, 20) ? 1ull << 63 : 0);
    u32 exponent = random_exponent(r, 0x7fff), sign = random_below(r, 2) << 15;
    switch (random_below(r, 8)) {
    case 0: // a small integer
        mantissa = (u64)(1 + random_below(r, 200)) << 56;
        exponent = 0x3fff + 7;
        while (!(mantissa >> 63)) {
            mantissa <<= 1;
            exponent--;
        }
        break;
    case 1: exponent = 0x3fff - 40 + random_below(r, 110); break;
    case 2: mantissa = 0, exponent = 0; break;
    case 3: exponent = 0, mantissa &= ~0ull >> 1; break;
    default: break;
    }
    store_float80(to, mantissa, sign | exponent);
}

// 16 bytes of some kind.
static void random_vector(struct float_random *r, u8 *to)
{
    unsigned kind = random_below(r, 6);
    for (unsigned n = 0; n < 16; n += 8) {
        u64 v = random_u64(r);
        switch (kind) {
        case 0:
        case 1: v = random_float32(r) | (u64)random_float32(r) << 32; break;
        case 2:
        case 3: v = random_float64(r); break;
        case 4: v = random_int(r) | (u64)random_int(r) << 32; break;
        default: break;
        }
        store_le64(to + n, v);
    }
}

static u16 random_control(struct float_random *r)
{
    u32 masks = random_below(r, 3) ? 0x3f : random_below(r, 64);
    return (u16)(0x40 | masks | random_below(r, 4) << 8 | random_below(r, 4) << 10 |
                 (u32)one_in(r, 10) << 12);
}

static u32 random_mxcsr(struct float_random *r)
{
    u32 masks = random_below(r, 5) ? 0x1f80 : random_below(r, 64) << 7;
    return masks | random_below(r, 4) << 13 | (u32)one_in(r, 8) << 15 | (u32)one_in(r, 8) << 6 |
           (one_in(r, 3) ? random_below(r, 64) : 0);
}

static void random_fx(struct float_random *r, u8 *fx)
{
    u32 control = random_control(r), status = (u32)random_u64(r) & 0x7f40;
    if (one_in(r, 2)) {
        status |= control & random_below(r, 64); // raised, but masked
    }
    if (one_in(r, 40)) {
        status |= random_below(r, 64);
    }
    status |= status & ~control & 0x3f ? 0x8080 : 0;
    store_le16(fx, (u16)control);
    store_le16(fx + 2, (u16)status);
    unsigned emptiness = random_below(r, 4);
    for (unsigned n = 0; n < 8; n++) {
        bool is_empty = emptiness == 0 || (emptiness == 1 && one_in(r, 2)) ||
                        (emptiness == 2 && n == (((status >> 11) + 7) & 7));
        fx[4] |= (u8)(!is_empty << n);
        random_extended(r, fx + 32 + 16 * n);
        if (one_in(r, 8) && n > 0) { // the same in two registers
            memcpy(fx + 32 + 16 * n, fx + 16 + 16 * n, 16);
        }
        if (one_in(r, 4)) { // MMX
            random_vector(r, fx + 32 + 16 * n);
            store_le64(fx + 40 + 16 * n, one_in(r, 2) ? 0xffff : load_le16(fx + 40 + 16 * n));
        }
        random_vector(r, fx + 160 + 16 * n);
    }
    store_le16(fx + 6, (u16)random_below(r, 0x800));
    store_le32(fx + 8, (u32)random_u64(r));
    store_le32(fx + 16, (u32)random_u64(r));
    store_le32(fx + 24, random_mxcsr(r));
    store_le32(fx + 28, 0xffff);
}

// --- the parts of an instruction ---

struct drawing {
    struct float_random *r;
    const struct isa_row *row;
    struct test_case *c;
    bool is_16, is_address_16, is_memory;
    u8 prefix[16];
    unsigned prefix_count;
    u8 modrm, sib;
    bool has_modrm, has_sib;
    u32 disp;
    unsigned disp_bytes;
    u8 imm[8];
    unsigned imm_bytes;
    u32 target;      // of the memory operand
    u32 code_target; // where a branch may go
    u32 eip;
};

static bool row_has(const struct isa_row *row, enum isa_operand o)
{
    return row->operand[0] == o || row->operand[1] == o || row->operand[2] == o;
}

static bool is_named(const struct isa_row *row, const char *name)
{
    return strncmp(row->name, name, strlen(name)) == 0;
}

static bool row_has_modrm(const struct isa_row *row)
{
    bool has = row->digit != ISA_ANY || row->form != ISA_ANY || (row->attributes & ISA_MODRM);
    for (unsigned n = 0; n < 3; n++) {
        u8 o = row->operand[n];
        has |= (o >= ISA_Eb && o <= ISA_Sw) || (o >= ISA_STi && o <= ISA_U);
    }
    return has;
}

static bool row_is_string(const struct isa_row *row)
{
    return row_has(row, ISA_Xb) || row_has(row, ISA_Xv) || row_has(row, ISA_Yb) ||
           row_has(row, ISA_Yv);
}

static void add_prefix(struct drawing *d, u8 prefix)
{
    unsigned at = random_below(d->r, d->prefix_count + 1);
    memmove(d->prefix + at + 1, d->prefix + at, d->prefix_count - at);
    d->prefix[at] = prefix;
    d->prefix_count++;
}

static void draw_prefixes(struct drawing *d)
{
    static const u8 segments[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
    static const u8 selecting[] = {[ISA_P66] = 0x66, [ISA_PF3] = 0xf3, [ISA_PF2] = 0xf2};
    const struct isa_row *row = d->row;
    struct float_random *r = d->r;
    bool is_any = row->prefix == ISA_ANY;
    if (!is_any && row->prefix != ISA_NP) {
        add_prefix(d, selecting[row->prefix]);
    }
    if (is_any && row_is_string(row)) {
        unsigned kind = random_below(r, 4);
        if (kind < 2) {
            add_prefix(d, kind ? 0xf3 : 0xf2);
        }
    } else if (is_any && row->opcode < 0x100 && (row->opcode & 0xfc) != 0xe0 && one_in(r, 50)) {
        // (AMD's LOOP with REP does nothing if ECX is 0.)
        add_prefix(d, one_in(r, 2) ? 0xf3 : 0xf2);
    }
    d->is_16 = row->prefix == ISA_P66 || (row->prefix != ISA_NP && one_in(r, is_any ? 4 : 40));
    if (d->is_16 && row->prefix != ISA_P66) {
        add_prefix(d, 0x66);
    }
    d->is_address_16 = one_in(r, 8);
    if (d->is_address_16) {
        add_prefix(d, 0x67);
    }
    if (one_in(r, 20)) {
        add_prefix(d, segments[random_below(r, COUNT_OF(segments))]);
    }
    bool is_ud = row->opcode == 0x0fb9 || row->opcode == 0x0fff; // AMD's end before ModR/M
    // LOCK MOV CR is AMD's CR8, and AMD's VERW takes a LOCK.
    bool is_lock_other = (row->opcode & 0xfffc) == 0x0f20 || row->opcode == 0x0f00;
    if (!is_lock_other && !is_ud &&
        one_in(r, (row->attributes & ISA_LOCK) && d->is_memory ? 6 : 100)) {
        add_prefix(d, 0xf0);
    }
    while (!is_ud && one_in(r, 400) &&
           d->prefix_count < 14) { // many of them: over 15 bytes it is #GP
        for (unsigned n = random_below(r, 12); n > 0 && d->prefix_count < 14; n--) {
            add_prefix(d, segments[n % 4]);
        }
    }
}

// --- where memory operands lie ---

static u32 window_target(struct float_random *r, u32 at, u32 bytes)
{
    switch (random_below(r, 16)) {
    case 0: return at + bytes - 1 - random_below(r, 32);     // over the end
    case 1: return at - 1 - random_below(r, 16);             // before the begin
    case 2: return at + bytes / 2 - 1 - random_below(r, 16); // over a page's end
    case 3:
    case 4:
    case 5: return at + 64 + random_below(r, bytes - 600);
    case 6: return at + 64 + (random_below(r, bytes - 600) & ~3u);
    default: return at + 64 + (random_below(r, bytes - 640) & ~15u);
    }
}

static u32 draw_target(struct drawing *d)
{
    struct float_random *r = d->r;
    if (d->is_address_16) {
        return window_target(r, LOW_AT, PAGE_BYTES) & 0xffff;
    }
    switch (random_below(r, 64)) {
    case 0: return (u32)random_u64(r);
    case 1: return random_int(r);
    case 2: return CODE_AT + random_below(r, PAGE_BYTES);
    case 3:
    case 4: return window_target(r, CONSTANT_AT, PAGE_BYTES);
    case 5: return window_target(r, STACK_AT, PAGE_BYTES);
    default: return window_target(r, DATA_AT, DATA_BYTES);
    }
}

// Makes base + index * scale + displacement the target, by the displacement or by the base.
static void aim_32(struct drawing *d)
{
    struct float_random *r = d->r;
    u32 *g = d->c->before.r;
    unsigned mod = random_below(r, 3), rm = random_below(r, 8);
    unsigned base = rm, index = 4, shift = 0;
    d->modrm = (u8)(mod << 6 | rm);
    if (rm == 4) {
        d->has_sib = true;
        base = random_below(r, 8), index = random_below(r, 8), shift = random_below(r, 4);
        d->sib = (u8)(shift << 6 | index << 3 | base);
    }
    u32 scaled = index == 4 ? 0 : g[index] << shift;
    if (mod == 0 && base == 5) {
        d->disp_bytes = 4;
        d->disp = d->target - scaled;
        return;
    }
    d->disp_bytes = mod == 2 ? 4 : mod;
    bool is_by_base = mod != 2 || one_in(r, 3);
    if (!is_by_base) {
        d->disp = d->target - scaled - g[base];
        return;
    }
    d->disp = mod == 0 ? 0 : mod == 1 ? (u32)(i32)(i8)random_u64(r) : random_int(r);
    if (index == base && index != 4) {
        g[base] = (d->target - d->disp) / ((1u << shift) + 1);
        d->target = g[base] * ((1u << shift) + 1) + d->disp;
    } else {
        g[base] = d->target - d->disp - scaled;
    }
}

static void aim_16(struct drawing *d)
{
    static const u8 base_of[8] = {3, 3, 5, 5, 6, 7, 5, 3}, index_of[8] = {6, 7, 6, 7, 8, 8, 8, 8};
    struct float_random *r = d->r;
    u32 *g = d->c->before.r;
    unsigned mod = random_below(r, 3), rm = random_below(r, 8);
    d->modrm = (u8)(mod << 6 | rm);
    u32 index = index_of[rm] == 8 ? 0 : g[index_of[rm]];
    d->disp_bytes = mod;
    if (mod == 0 && rm == 6) {
        d->disp_bytes = 2;
        d->disp = d->target;
    } else if (mod == 2 && one_in(r, 2)) {
        d->disp = d->target - index - g[base_of[rm]];
    } else {
        d->disp = mod == 0 ? 0 : mod == 1 ? (u32)(i32)(i8)random_u64(r) : (u32)random_u64(r);
        u32 *base = &g[base_of[rm]];
        *base = (*base & 0xffff0000) | ((d->target - d->disp - index) & 0xffff);
    }
}

static void draw_modrm(struct drawing *d)
{
    const struct isa_row *row = d->row;
    struct float_random *r = d->r;
    unsigned reg = row->digit < 8 ? row->digit : random_below(r, 8);
    if (row->digit >= 0xc0 && row->digit != ISA_ANY) {
        d->modrm = (u8)row->digit;
        return;
    }
    if (!d->is_memory) {
        d->modrm = (u8)(0xc0 | random_below(r, 8));
    } else if (d->is_address_16) {
        aim_16(d);
    } else {
        aim_32(d);
    }
    d->modrm |= (u8)(reg << 3);
}

// --- immediates ---

static void add_imm(struct drawing *d, u32 value, unsigned bytes)
{
    u8 four[4];
    store_le32(four, value);
    memcpy(d->imm + d->imm_bytes, four, bytes);
    d->imm_bytes += bytes;
}

static u32 random_immediate(struct drawing *d)
{
    if (d->row->opcode == 0xcd) {
        // INT: 80h would enter the kernel, 1Ah and 1Bh a hypervisor in software (kvm_pvm)
        u32 v = random_below(d->r, 4) ? random_below(d->r, 256) : 3 + random_below(d->r, 2);
        return v == 0x80 || v == 0x1a || v == 0x1b ? 3 : v;
    }
    if (is_named(d->row, "ret") || is_named(d->row, "enter")) {
        return random_below(d->r, 5) ? random_below(d->r, 128) : random_int(d->r);
    }
    return random_int(d->r);
}

static void draw_immediates(struct drawing *d)
{
    unsigned wide = d->is_16 ? 2 : 4;
    for (unsigned n = 0; n < 3; n++) {
        switch (d->row->operand[n]) {
        case ISA_Ib:
        case ISA_Ibs: add_imm(d, random_immediate(d), 1); break;
        case ISA_Iw: add_imm(d, random_immediate(d), 2); break;
        case ISA_Iz:
        case ISA_Iv: add_imm(d, random_immediate(d), wide); break;
        case ISA_Ob:
        case ISA_Ov: add_imm(d, d->target, d->is_address_16 ? 2 : 4); break;
        case ISA_Jb: add_imm(d, 0, 1); break; // put_branch
        case ISA_Jz: add_imm(d, 0, wide); break;
        default: break;
        }
    }
}

// --- putting it together ---

static void assemble(struct drawing *d)
{
    struct test_case *c = d->c;
    u8 *at = c->code, *const end = c->code + sizeof c->code;
    memcpy(at, d->prefix, d->prefix_count);
    at += d->prefix_count;
    if (d->row->opcode >= 0x0f00) {
        *at++ = 0x0f;
    }
    *at++ = (u8)d->row->opcode;
    if (d->has_modrm) {
        *at++ = d->modrm;
    }
    if (d->has_sib) {
        *at++ = d->sib;
    }
    u8 disp[4];
    store_le32(disp, d->disp);
    u8 tail[16];
    memcpy(tail, disp, d->disp_bytes);
    memcpy(tail + d->disp_bytes, d->imm, d->imm_bytes);
    unsigned bytes = d->disp_bytes + d->imm_bytes;
    if (bytes > (unsigned)(end - at)) {
        bytes = (unsigned)(end - at);
    }
    memcpy(at, tail, bytes);
    c->length = (u32)(at - c->code) + bytes;
}

// Relative branches: never into their own bytes.
static void put_branch(struct drawing *d)
{
    struct test_case *c = d->c;
    u32 length = c->length;
    if (row_has(d->row, ISA_Jb)) {
        i32 distance = (i8)random_u64(d->r);
        distance = distance < 0 && distance >= -(i32)length ? 5 : distance;
        c->code[length - 1] = (u8)distance;
    } else if (row_has(d->row, ISA_Jz)) {
        u32 distance =
            (one_in(d->r, 12) ? (u32)random_u64(d->r) : d->code_target) - (d->eip + length);
        if (d->is_16) {
            store_le16(c->code + length - 2, (u16)distance);
        } else {
            store_le32(c->code + length - 4, distance);
        }
    }
}

// A conditional jump behind what writes flags: blocks fuse some of these pairs.
static void add_jump(struct drawing *d)
{
    const struct isa_row *row = d->row;
    struct test_case *c = d->c;
    bool is_fit = row->flags_written && !(row->flags_undefined & ~(u32)X86_AF) &&
                  !(row->attributes & ISA_END);
    bool is_shift = (row->opcode & 0xfffe) == 0xc0 || (row->opcode & 0xfffc) == 0xd0 ||
                    row->operand[2] == ISA_CL || row->operand[2] == ISA_Ib;
    if (is_fit && !is_shift && c->length + 2 <= CODE_BYTES && one_in(d->r, 4)) {
        c->code[c->length++] = (u8)(0x70 | random_below(d->r, 16));
        c->code[c->length++] = (u8)random_below(d->r, 64);
    }
}

static void draw_place(struct drawing *d)
{
    struct float_random *r = d->r;
    u32 length = d->c->length;
    u32 offset = 512 + random_below(r, 3000);
    if (one_in(r, 40)) {
        offset = PAGE_BYTES - 1 - random_below(r, length + 1); // over the page's end, or up to it
    } else if (one_in(r, 40)) {
        offset = random_below(r, 3);
    }
    d->eip = CODE_AT + offset;
    d->code_target = CODE_AT + (offset < 2048 ? offset + 64 : 0) + random_below(r, 1024);
    if (d->code_target - CODE_AT >= PAGE_BYTES) {
        d->code_target = CODE_AT + 4000;
    }
    d->c->before.eip = d->eip;
}

// --- memory ---

static void add_patch(struct test_case *c, u32 at, const u8 *bytes, u32 count)
{
    unsigned n = 0;
    while (n < PATCH_COUNT && c->patch[n].bytes) {
        n++;
    }
    for (unsigned w = 0; w < WINDOW_COUNT && n < PATCH_COUNT; w++) {
        u32 offset = at - windows[w].at;
        if (offset < windows[w].bytes) {
            u32 room = windows[w].bytes - offset;
            c->patch[n].at = at;
            c->patch[n].bytes = count < room ? count : room;
            memcpy(c->patch[n].byte, bytes, c->patch[n].bytes);
        }
    }
}

static void random_bytes(struct float_random *r, u8 *to, unsigned count)
{
    for (unsigned n = 0; n < count; n += 16) {
        random_vector(r, to + n);
    }
}

static void random_operand(struct drawing *d, u8 *to)
{
    struct float_random *r = d->r;
    random_bytes(r, to, 64);
    switch (random_below(r, 6)) {
    case 0: random_extended(r, to); break;
    case 1: store_le32(to, random_float32(r)); break;
    case 2: store_le64(to, random_float64(r)); break;
    case 3: // digits
        for (unsigned n = 0; n < 10 && is_named(d->row, "fbld"); n++) {
            to[n] = (u8)(random_below(r, 10) << 4 | random_below(r, 10));
        }
        break;
    default: store_le32(to, random_int(r)); break;
    }
}

static bool row_takes_selector(const struct isa_row *row)
{
    return row->opcode == 0x0f02 || row->opcode == 0x0f03 || row->opcode == 0x0f00;
}

static void draw_operand_memory(struct drawing *d)
{
    static const u16 selectors[] = {0, 3, 0x23, 0x2b, 0x20, 0x29};
    struct float_random *r = d->r;
    const struct isa_row *row = d->row;
    u8 bytes[512];
    random_operand(d, bytes);
    u32 count = 64;
    if (is_named(row, "fxrstor")) {
        memset(bytes, 0, sizeof bytes);
        random_fx(r, bytes);
        bytes[26] |= (u8)one_in(r, 16);
        count = 512;
    } else if (is_named(row, "frstor") || is_named(row, "fldenv")) {
        random_bytes(r, bytes, 112);
        store_le16(bytes, random_control(r));
        count = 112;
    } else if (is_named(row, "ldmxcsr")) {
        store_le32(bytes, random_mxcsr(r) | (u32)one_in(r, 8) << (16 + random_below(r, 16)));
    } else if (row->opcode == 0xff && (row->digit == 2 || row->digit == 4)) {
        store_le32(bytes, d->code_target);
    } else if (row_takes_selector(row)) {
        store_le16(bytes, selectors[random_below(r, COUNT_OF(selectors))]);
    }
    add_patch(d->c, d->target, bytes, count);
    if (row_takes_selector(row) || row->opcode == 0xff) {
        u32 *g = &d->c->before.r[d->modrm & 7];
        if (!d->is_memory && row->digit != 6 && row->digit > 1) {
            *g = row->opcode == 0xff
                     ? d->code_target
                     : (*g & 0xffff0000) | selectors[random_below(r, COUNT_OF(selectors))];
        }
    }
}

static void draw_stack_memory(struct drawing *d)
{
    u8 bytes[64];
    for (unsigned n = 0; n < sizeof bytes; n += 4) {
        store_le32(bytes + n, random_int(d->r));
    }
    if (is_named(d->row, "ret")) {
        store_le32(bytes, d->code_target);
    } else if (is_named(d->row, "popf")) {
        bytes[1] &= 0xfe; // TF
    }
    add_patch(d->c, d->c->before.r[X86_RSP], bytes, sizeof bytes);
}

// A string's two ends: mostly the same bytes.
static void draw_string(struct drawing *d)
{
    struct float_random *r = d->r;
    u32 *g = d->c->before.r;
    u32 keep = d->is_address_16 ? 0xffff0000 : 0;
    u32 from = draw_target(d), to = draw_target(d),
        count = random_below(r, 16) ? random_below(r, 24) : random_below(r, 600);
    g[X86_RSI] = (g[X86_RSI] & keep) | from;
    g[X86_RDI] = (g[X86_RDI] & keep) | to;
    g[X86_RCX] = (g[X86_RCX] & keep) | count;
    u8 bytes[64];
    random_bytes(r, bytes, sizeof bytes);
    if (one_in(r, 2)) {
        memset(bytes, (u8)g[X86_RAX], sizeof bytes);
    }
    add_patch(d->c, from, bytes, sizeof bytes);
    bytes[random_below(r, sizeof bytes)] ^= (u8)random_below(r, 4);
    add_patch(d->c, to, bytes, sizeof bytes);
}

// --- registers ---

static void draw_registers(struct drawing *d)
{
    struct float_random *r = d->r;
    u32 *g = d->c->before.r;
    for (unsigned n = 0; n < 8; n++) {
        g[n] = random_int(r);
    }
    u32 esp = STACK_AT + 1024 + (random_below(r, 2048) & ~3u);
    switch (random_below(r, 32)) {
    case 0: esp = STACK_AT + random_below(r, 64); break;
    case 1: esp = STACK_AT + PAGE_BYTES - random_below(r, 64); break;
    case 2: esp |= random_below(r, 4); break;
    default: break;
    }
    g[X86_RSP] = esp;
    if (one_in(r, 2)) {
        g[X86_RBP] = STACK_AT + 256 + (random_below(r, 3500) & ~3u);
    }
    d->c->before.eflags = 0x202 | ((u32)random_u64(r) & (0x8d5 | (one_in(r, 3) ? 0x400 : 0)));
    if (one_in(r, 30)) {
        d->c->before.eflags |= X86_AC;
    }
    if (one_in(r, 60)) {
        d->c->before.eflags |= one_in(r, 2) ? X86_NT : X86_ID;
    } else if (one_in(r, 20)) {
        d->c->before.eflags |= X86_TF; // (A signal's frame does not carry both.)
    }
}

// What the instruction uses without saying so.
static void draw_implied(struct drawing *d)
{
    struct float_random *r = d->r;
    const struct isa_row *row = d->row;
    u32 *g = d->c->before.r;
    if (row->opcode == 0xd7 || is_named(row, "maskmov")) {
        u32 *base = &g[row->opcode == 0xd7 ? X86_RBX : X86_RDI];
        *base = d->is_address_16 ? (*base & 0xffff0000) | d->target : d->target;
    }
    if ((is_named(row, "div") || is_named(row, "idiv")) && one_in(r, 2)) {
        g[X86_RDX] = one_in(r, 2) ? random_below(r, 8) : (u32)((i32)g[X86_RAX] >> 31);
    }
    if (row->opcode == 0x0fa3 || row->opcode == 0x0fab || row->opcode == 0x0fb3 ||
        row->opcode == 0x0fbb) {
        g[d->modrm >> 3 & 7] = (d->is_16 ? g[d->modrm >> 3 & 7] & 0xffff0000 : 0) |
                               ((random_below(r, 1024) - 256) & (d->is_16 ? 0xffff : 0xffffffff));
    }
    if (is_named(row, "cmpxchg") && one_in(r, 3)) {
        g[X86_RAX] = g[random_below(r, 8)];
    }
}

bool draw_case(struct float_random *r, const struct decoder *decoder, const struct isa_row *row,
               struct test_case *c)
{
    struct drawing d = {.r = r, .row = row, .c = c};
    memset(c, 0, sizeof *c);
    d.has_modrm = row_has_modrm(row);
    d.is_memory = d.has_modrm && row->form != ISA_REG && !(row->attributes & ISA_MOD3) &&
                  !(row->digit >= 0xc0 && row->digit != ISA_ANY) &&
                  (row->form == ISA_MEM || random_below(r, 5) < 3);
    draw_registers(&d);
    random_fx(r, c->before.fx);
    draw_prefixes(&d);
    d.target = draw_target(&d);
    if (is_named(row, "fxsave") || is_named(row, "fxrstor")) {
        d.target &= random_below(r, 10) ? ~15u : ~0u;
    }
    if (d.has_modrm) {
        draw_modrm(&d);
    }
    draw_implied(&d);
    draw_immediates(&d);
    assemble(&d);
    add_jump(&d);
    draw_place(&d);
    put_branch(&d);
    if (row_is_string(row)) {
        draw_string(&d);
    } else {
        draw_operand_memory(&d);
    }
    draw_stack_memory(&d);
    u32 room = CODE_AT + PAGE_BYTES - d.eip;
    struct insn insn;
    struct decode_result found =
        decode(decoder, c->code, sizeof c->code, DECODE_32, 0, false, &insn);
    c->length = c->length < room ? c->length : room;
    return !found.row || !draw_skips(found.row);
}
