// Bytes to struct insn, driven by the rows of isa_*.def. [SDM2] chapter 2 and appendix A.
//
// The decoder has no knowledge of single instructions: prefixes, ModR/M, SIB, displacements and
// immediates follow from the operand letters of the row that matches.
#include "cpu/x86/isa.h"

#include "base/bytes.h"
#include "base/check.h"
#include "cpu/x86/ops.h"
#include "cpu/x86/x86.h"

#include <string.h>

enum { MAX_LENGTH = 15 };

// What an operand letter asks of the decoder.
enum operand_kind {
    KIND_NONE, // nothing to decode: implied registers and the like
    KIND_RM,   // ModR/M.rm
    KIND_REG,  // ModR/M.reg
    KIND_LOW,  // the opcode's low bits, into `rm`
    KIND_ACC,  // rAX: into `rm` as first operand, into `reg` as second
    KIND_IMM8,
    KIND_IMM8_SIGNED,
    KIND_IMM16,
    KIND_IMM_Z, // 16 or 32 bits by operand size
    KIND_IMM_V, // 16, 32 or 64
    KIND_REL8,
    KIND_REL_Z,
    KIND_FAR,
    KIND_OFFSET, // memory at an offset of address size
    KIND_ONE,    // the constant 1 of D0 and D1
};

struct operand_info {
    u8 kind;
    bool is_byte_register; // registers are given as byte offsets
};

static const struct operand_info operand_infos[ISA_OPERAND_COUNT] = {
    [ISA_Eb] = {KIND_RM, true},
    [ISA_Ew] = {KIND_RM, false},
    [ISA_Ed] = {KIND_RM, false},
    [ISA_Ev] = {KIND_RM, false},
    [ISA_Ey] = {KIND_RM, false},
    [ISA_Ewv] = {KIND_RM, false},
    [ISA_Gb] = {KIND_REG, true},
    [ISA_Gw] = {KIND_REG, false},
    [ISA_Gd] = {KIND_REG, false},
    [ISA_Gv] = {KIND_REG, false},
    [ISA_Gy] = {KIND_REG, false},
    [ISA_M] = {KIND_RM, false},
    [ISA_Mb] = {KIND_RM, false},
    [ISA_Mw] = {KIND_RM, false},
    [ISA_Md] = {KIND_RM, false},
    [ISA_Mq] = {KIND_RM, false},
    [ISA_Mt] = {KIND_RM, false},
    [ISA_Mdq] = {KIND_RM, false},
    [ISA_Mv] = {KIND_RM, false},
    [ISA_Ma] = {KIND_RM, false},
    [ISA_Mp] = {KIND_RM, false},
    [ISA_Ms] = {KIND_RM, false},
    [ISA_Rv] = {KIND_RM, false},
    [ISA_Ry] = {KIND_RM, false},
    [ISA_Cd] = {KIND_REG, false},
    [ISA_Dd] = {KIND_REG, false},
    [ISA_Sw] = {KIND_REG, false},
    [ISA_Ib] = {KIND_IMM8, false},
    [ISA_Ibs] = {KIND_IMM8_SIGNED, false},
    [ISA_Iw] = {KIND_IMM16, false},
    [ISA_Iz] = {KIND_IMM_Z, false},
    [ISA_Iv] = {KIND_IMM_V, false},
    [ISA_Jb] = {KIND_REL8, false},
    [ISA_Jz] = {KIND_REL_Z, false},
    [ISA_Ap] = {KIND_FAR, false},
    [ISA_Ob] = {KIND_OFFSET, false},
    [ISA_Ov] = {KIND_OFFSET, false},
    [ISA_Zb] = {KIND_LOW, true},
    [ISA_Zv] = {KIND_LOW, false},
    [ISA_AL] = {KIND_ACC, false},
    [ISA_AX] = {KIND_ACC, false},
    [ISA_rAX] = {KIND_ACC, false},
    [ISA_1] = {KIND_ONE, false},
    [ISA_STi] = {KIND_RM, false},
    [ISA_Pq] = {KIND_REG, false},
    [ISA_Qq] = {KIND_RM, false},
    [ISA_Qd] = {KIND_RM, false},
    [ISA_Nq] = {KIND_RM, false},
    [ISA_V] = {KIND_REG, false},
    [ISA_Wss] = {KIND_RM, false},
    [ISA_Wsd] = {KIND_RM, false},
    [ISA_Wps] = {KIND_RM, false},
    [ISA_Wpd] = {KIND_RM, false},
    [ISA_Wdq] = {KIND_RM, false},
    [ISA_Wq] = {KIND_RM, false},
    [ISA_Wd] = {KIND_RM, false},
    [ISA_U] = {KIND_RM, false},
};

// The bytes of one instruction and how far we are in them.
struct cursor {
    const u8 *bytes;
    unsigned at, available;
    bool is_short; // more bytes were wanted than there are
};

// What the prefixes said.
struct prefixes {
    bool operand_size, address_size, lock;
    u8 repeat;  // 0, F2h or F3h
    u8 segment; // X86_SEG_COUNT: none
};

struct decoding {
    struct cursor in;
    struct prefixes prefix;
    enum decode_bits bits;
    u32 flat;
    unsigned operand_bits, address_bits;
    unsigned map, opcode;
    u8 modrm;
    bool has_modrm, has_sib;
    unsigned opcode_at, modrm_at, displacement_at, immediate_at; // for views
};

static u8 take8(struct cursor *in)
{
    if (in->at >= in->available) {
        in->is_short = true;
        return 0;
    }
    return in->bytes[in->at++];
}

static u32 take16(struct cursor *in)
{
    u32 low = take8(in);
    return low | (u32)take8(in) << 8;
}

static u32 take32(struct cursor *in)
{
    u32 low = take16(in);
    return low | take16(in) << 16;
}

static bool row_has_modrm(const struct isa_row *row)
{
    if (row->digit != ISA_ANY || row->form != ISA_ANY || (row->attributes & ISA_MODRM)) {
        return true;
    }
    for (unsigned n = 0; n < COUNT_OF(row->operand); n++) {
        u8 kind = operand_infos[row->operand[n]].kind;
        if (kind == KIND_RM || kind == KIND_REG) {
            return true;
        }
    }
    return false;
}

void decoder_init(struct decoder *d, u16 *order, const struct x86_model *model)
{
    u16 count[2][256] = {0}, used = 0;
    d->order = order;
    d->model = model;
    for (unsigned n = 0; n < isa_row_count; n++) {
        count[isa_rows[n].opcode > 0xff][isa_rows[n].opcode & 0xff]++;
    }
    for (unsigned map = 0; map < 2; map++) {
        for (unsigned opcode = 0; opcode < 256; opcode++) {
            d->first[map][opcode] = used;
            used = (u16)(used + count[map][opcode]);
            count[map][opcode] = d->first[map][opcode]; // from here on: where the next one goes
        }
        d->first[map][256] = used;
    }
    for (unsigned n = 0; n < isa_row_count; n++) {
        order[count[isa_rows[n].opcode > 0xff][isa_rows[n].opcode & 0xff]++] = (u16)n;
    }
}

// --- prefixes and opcode ---

static bool take_prefix(struct prefixes *p, u8 byte)
{
    switch (byte) {
    case 0x26: p->segment = X86_ES; return true;
    case 0x2e: p->segment = X86_CS; return true;
    case 0x36: p->segment = X86_SS; return true;
    case 0x3e: p->segment = X86_DS; return true;
    case 0x64: p->segment = X86_FS; return true;
    case 0x65: p->segment = X86_GS; return true;
    case 0x66: p->operand_size = true; return true;
    case 0x67: p->address_size = true; return true;
    case 0xf0: p->lock = true; return true;
    case 0xf2:
    case 0xf3: p->repeat = byte; return true;
    default: return false;
    }
}

static void take_opcode(struct decoding *d)
{
    u8 byte = take8(&d->in);
    while (!d->in.is_short && take_prefix(&d->prefix, byte)) {
        byte = take8(&d->in);
    }
    d->opcode_at = d->in.at > 0 ? d->in.at - 1 : 0;
    d->map = 0;
    d->opcode = byte;
    if (byte == 0x0f) {
        d->map = 1;
        d->opcode = take8(&d->in);
    }
    bool is_32 = d->bits != DECODE_16;
    d->operand_bits = is_32 != d->prefix.operand_size ? 32 : 16;
    d->address_bits = is_32 != d->prefix.address_size ? 32 : 16;
}

// --- which row ---

static unsigned selecting_prefix(const struct decoding *d)
{
    switch (d->prefix.repeat) {
    case 0xf3: return ISA_PF3;
    case 0xf2: return ISA_PF2;
    default: return d->prefix.operand_size ? ISA_P66 : ISA_NP;
    }
}

static bool row_matches(const struct isa_row *row, const struct decoding *d)
{
    if (row->prefix != ISA_ANY && row->prefix != selecting_prefix(d)) {
        return false;
    }
    if (row->digit != ISA_ANY) {
        bool is_exact = row->digit >= 0xc0;
        if (is_exact ? d->modrm != row->digit : ((d->modrm >> 3) & 7) != row->digit) {
            return false;
        }
    }
    return row->form == ISA_ANY || (d->modrm >= 0xc0) == (row->form == ISA_REG);
}

static const struct isa_row *find_row(const struct decoder *decoder, struct decoding *d)
{
    unsigned begin = decoder->first[d->map][d->opcode], end = decoder->first[d->map][d->opcode + 1];
    d->has_modrm = begin < end && row_has_modrm(&isa_rows[decoder->order[begin]]);
    if (d->has_modrm) {
        d->modrm_at = d->in.at;
        d->modrm = take8(&d->in);
        // MOV to and from control and debug registers ([SDM2] MOV)
        d->modrm |= isa_rows[decoder->order[begin]].attributes & ISA_MOD3 ? 0xc0 : 0;
    }
    for (unsigned n = begin; n < end; n++) {
        const struct isa_row *row = &isa_rows[decoder->order[n]];
        if (row_matches(row, d)) {
            return row;
        }
    }
    return NULL;
}

// Does the model have what the row needs ([SDM2] CPUID)?
static bool model_has(const struct x86_model *m, u32 needs)
{
    u32 edx = m->features_edx, ecx = m->features_ecx;
    switch (needs) {
    case 0: return true;
    case ISA_486: return m->family >= 4;
    case ISA_FPU: return (edx & X86_HAS_FPU) != 0;
    case ISA_TSC: return (edx & X86_HAS_TSC) != 0;
    case ISA_MSR: return (edx & X86_HAS_MSR) != 0;
    case ISA_CX8: return (edx & X86_HAS_CX8) != 0;
    case ISA_SEP: return (edx & X86_HAS_SEP) != 0;
    case ISA_CMOV: return (edx & X86_HAS_CMOV) != 0;
    case ISA_MMX: return (edx & X86_HAS_MMX) != 0;
    case ISA_FXSR: return (edx & X86_HAS_FXSR) != 0;
    case ISA_SSE: return (edx & X86_HAS_SSE) != 0;
    case ISA_SSE2: return (edx & X86_HAS_SSE2) != 0;
    case ISA_SSE3: return (ecx & X86_HAS_SSE3) != 0;
    case ISA_CLFSH: return (edx & X86_HAS_CLFSH) != 0;
    case ISA_MONITOR: return (ecx & X86_HAS_MONITOR) != 0;
    case ISA_P6: return m->family >= 6;
    default: return false;
    }
}

static bool row_is_allowed(const struct isa_row *row, const struct decoding *d,
                           const struct decoder *decoder, bool is_real_or_v86)
{
    bool is_memory = d->has_modrm && d->modrm < 0xc0;
    if (d->prefix.lock && !((row->attributes & ISA_LOCK) && is_memory)) {
        return false;
    }
    if ((row->attributes & ISA_PROT) && is_real_or_v86) {
        return false;
    }
    return model_has(decoder->model, row->attributes & ISA_NEEDS);
}

// --- addresses ---

// [SDM2] table 2-1: base and index by ModR/M.rm.
static const u8 base_16[8] = {X86_RBX, X86_RBX, X86_RBP, X86_RBP,
                              X86_RSI, X86_RDI, X86_RBP, X86_RBX};
static const u8 index_16[8] = {X86_RSI,      X86_RDI,      X86_RSI,      X86_RDI,
                               X86_REG_ZERO, X86_REG_ZERO, X86_REG_ZERO, X86_REG_ZERO};

static void take_address_16(struct decoding *d, struct insn *i)
{
    unsigned mod = d->modrm >> 6, rm = d->modrm & 7;
    i->base = base_16[rm];
    i->index = index_16[rm];
    if (mod == 0 && rm == 6) {
        i->base = X86_REG_ZERO;
        i->disp = take16(&d->in);
    } else if (mod == 1) {
        i->disp = (u32)(i8)take8(&d->in);
    } else if (mod == 2) {
        i->disp = take16(&d->in);
    }
}

static void take_address_32(struct decoding *d, struct insn *i)
{
    unsigned mod = d->modrm >> 6, rm = d->modrm & 7;
    i->base = (u8)rm;
    if (rm == 4) { // SIB
        u8 sib = take8(&d->in);
        d->has_sib = true;
        i->base = sib & 7;
        i->shift = sib >> 6;
        i->index = ((sib >> 3) & 7) == 4 ? X86_REG_ZERO : (sib >> 3) & 7;
    }
    if (mod == 0 && i->base == X86_RBP) {
        i->base = X86_REG_ZERO;
        i->disp = take32(&d->in);
    } else if (mod == 1) {
        i->disp = (u32)(i8)take8(&d->in);
    } else if (mod == 2) {
        i->disp = take32(&d->in);
    }
}

// Byte registers 4 to 7 are AH, CH, DH, BH: the second bytes of the first four.
static u8 byte_register(unsigned n)
{
    return (u8)(n < 4 ? 8 * n : 8 * (n - 4) + 1);
}

static u8 register_number(const struct operand_info *info, unsigned n)
{
    return info->is_byte_register ? byte_register(n) : (u8)n;
}

// --- operands ---

static void take_offset(struct decoding *d, struct insn *i)
{
    i->base = i->index = X86_REG_ZERO;
    i->disp = d->address_bits == 16 ? take16(&d->in) : take32(&d->in);
}

// A second immediate (ENTER's level) goes above the first.
static void put_immediate(struct insn *i, u32 value, bool is_second)
{
    i->imm = is_second ? i->imm | value << 16 : value;
}

static void take_operand(struct decoding *d, const struct isa_row *row, unsigned n, struct insn *i)
{
    const struct operand_info *info = &operand_infos[row->operand[n]];
    bool is_wide = d->operand_bits != 16;
    switch ((enum operand_kind)info->kind) {
    case KIND_NONE: break;
    case KIND_RM: i->rm = register_number(info, d->modrm & 7); break;
    case KIND_REG: i->reg = register_number(info, (d->modrm >> 3) & 7); break;
    case KIND_LOW: i->rm = register_number(info, d->opcode & 7); break;
    case KIND_ACC: *(n == 0 ? &i->rm : &i->reg) = X86_RAX; break;
    case KIND_IMM8: put_immediate(i, take8(&d->in), n > 0 && row->operand[n - 1] == ISA_Iw); break;
    case KIND_IMM8_SIGNED: i->imm = (u32)(i8)take8(&d->in); break;
    case KIND_IMM16: i->imm = take16(&d->in); break;
    case KIND_IMM_Z:
    case KIND_IMM_V: i->imm = is_wide ? take32(&d->in) : take16(&d->in); break;
    case KIND_REL8:
        i->disp = (u32)(i8)take8(&d->in);
        i->imm = is_wide ? 0xffffffff : 0xffff;
        break;
    case KIND_REL_Z:
        i->disp = is_wide ? take32(&d->in) : (u32)(i16)take16(&d->in);
        i->imm = is_wide ? 0xffffffff : 0xffff;
        break;
    case KIND_FAR:
        i->imm = is_wide ? take32(&d->in) : take16(&d->in);
        i->disp = take16(&d->in);
        break;
    case KIND_OFFSET: take_offset(d, i); break;
    case KIND_ONE: i->imm = 1; break;
    }
}

static bool row_has_offset(const struct isa_row *row)
{
    return row->operand[0] == ISA_Ob || row->operand[0] == ISA_Ov || row->operand[1] == ISA_Ob ||
           row->operand[1] == ISA_Ov;
}

bool isa_is_branch(const struct isa_row *row)
{
    u8 kind = operand_infos[row->operand[0]].kind;
    return kind == KIND_REL8 || kind == KIND_REL_Z;
}

static void fill_flags(const struct decoding *d, struct insn *i)
{
    i->flags =
        (u8)(((d->flat & DECODE_STACK_FLAT) ? INSN_STACK_FLAT : 0) |
             (d->prefix.repeat == 0xf3 ? INSN_REP : 0) |
             (d->prefix.repeat == 0xf2 ? INSN_REPNE : 0) |
             (d->address_bits == 32 ? INSN_ADDRESS_32 : 0) | (d->prefix.lock ? INSN_LOCK : 0) |
             (d->operand_bits == 16 ? INSN_OPERAND_16 : 0) |
             ((d->flat >> X86_ES) & 1 ? INSN_ES_FLAT : 0));
}

static void fill_segment(const struct decoding *d, struct insn *i)
{
    unsigned seg = i->base == X86_RSP || i->base == X86_RBP ? X86_SS : X86_DS;
    if (d->prefix.segment != X86_SEG_COUNT) {
        seg = d->prefix.segment;
    }
    i->seg = (d->flat >> seg) & 1 ? X86_FLAT : (u8)seg;
    if (d->map == 0 &&
        (d->opcode & 0xf8) == 0xd8) { // x87: FOP, and the segment flat or not, for x87_note
        i->imm = (d->opcode & 7) << 8 | d->modrm | seg << 16;
    }
}

static struct decode_result make_result(const struct decoding *d, const struct isa_row *row,
                                        bool is_memory)
{
    return (struct decode_result){.length = (u8)d->in.at,
                                  .row = row,
                                  .is_memory = is_memory,
                                  .has_operand_prefix = d->prefix.operand_size,
                                  .has_address_prefix = d->prefix.address_size,
                                  .segment = d->prefix.segment,
                                  .opcode_at = (u8)d->opcode_at,
                                  .modrm_at = (u8)d->modrm_at,
                                  .displacement_at = (u8)d->displacement_at,
                                  .immediate_at = (u8)d->immediate_at,
                                  .has_sib = d->has_sib};
}

// [base + displacement] or [displacement], 32 bits, nothing to check: what the handlers of
// row->fn_simple want.
static bool has_simple_address(const struct insn *i)
{
    return i->index == X86_REG_ZERO && i->seg == X86_FLAT && i->address_mask == 0xffffffff;
}

struct decode_result decode(const struct decoder *decoder, const u8 *bytes, unsigned available,
                            enum decode_bits bits, u32 flat, bool is_real_or_v86, struct insn *i)
{
    struct decoding d = {.bits = bits, .flat = flat};
    d.in = (struct cursor){.bytes = bytes,
                           .available = available < MAX_LENGTH ? available : MAX_LENGTH};
    d.prefix.segment = X86_SEG_COUNT;
    memset(i, 0, sizeof *i);
    i->base = i->index = X86_REG_ZERO;

    take_opcode(&d);
    const struct isa_row *row = d.in.is_short ? NULL : find_row(decoder, &d);
    bool is_memory = d.has_modrm && d.modrm < 0xc0;
    d.displacement_at = d.in.at;
    if (is_memory) {
        if (d.address_bits == 16) {
            take_address_16(&d, i);
        } else {
            take_address_32(&d, i);
        }
    }
    d.displacement_at += d.has_sib;
    d.immediate_at = d.in.at;
    for (unsigned n = 0; row && n < COUNT_OF(row->operand); n++) {
        take_operand(&d, row, n, i);
    }
    if (d.in.is_short) {
        return (struct decode_result){.too_long = available >= MAX_LENGTH};
    }

    i->length = (u8)d.in.at;
    i->address_mask = d.address_bits == 16 ? 0xffff : 0xffffffff;
    fill_flags(&d, i);
    fill_segment(&d, i);
    struct decode_result result = make_result(&d, row, is_memory);
    if (!row || !row_is_allowed(row, &d, decoder, is_real_or_v86)) {
        i->fn = op_undefined;
        return result;
    }
    is_memory |= row_has_offset(row);
    i->row = (u16)(row - isa_rows);
    unsigned size = d.operand_bits == 16 ? 0 : 1;
    bool is_simple = is_memory && row->fn_simple[size] && has_simple_address(i);
    i->fn = is_simple ? row->fn_simple[size] : row->fn[2 * size + is_memory];
    result.is_valid = true;
    return result;
}
