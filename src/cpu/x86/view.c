#include "cpu/x86/view.h"

#include "base/bits.h"
#include "base/bytes.h"
#include "base/text.h"
#include "cpu/x86/disasm.h"
#include "cpu/x86/flags.h"

#include <string.h>

// --- registers ---

enum group { GENERAL, SEGMENTS, CONTROL, TABLES, X87, XMM, DEBUG_REGISTERS };

const char *const x86_view_groups[X86_VIEW_GROUPS] = {
    [GENERAL] = "general",       [SEGMENTS] = "segments", [CONTROL] = "control",
    [TABLES] = "tables",         [X87] = "x87",           [XMM] = "SSE",
    [DEBUG_REGISTERS] = "debug",
};

// What can't be copied to and from the state.
enum special { PLAIN, THE_PC, THE_FLAGS, THE_STATUS, THE_TAGS };

// Where the values are. ORDER registers
struct place {
    u16 offset;
    u8 size_bytes;
    bool may_set;
    u8 special; // enum special
};

// A list of R(name, bits, member, may_set, group, role, text) and S(name, bits, special, may_set,
// group, role, text), in the order in which they are shown.
// clang-format off
#define SEGMENT(name, n, text)                                                                     \
    R(name, 16, seg[n].selector, false, SEGMENTS, VT_ROLE_SEGMENT, text)                           \
    R(name ".base", 32, seg[n].base, false, SEGMENTS, VT_ROLE_HIDDEN, "base of " name)             \
    R(name ".limit", 32, seg[n].limit, false, SEGMENTS, VT_ROLE_HIDDEN, "limit of " name ", bytes")\
    R(name ".rights", 16, seg[n].attributes, false, SEGMENTS, VT_ROLE_HIDDEN,                      \
      "descriptor bits 55:40 of " name ": G D L AVL, P DPL S type")
#define FLOAT(n, text)                                                                             \
    R("fpr" #n, 64, fpu.fpr[n].mantissa, true, X87, VT_ROLE_GENERAL, text)                         \
    R("fpr" #n ".exp", 16, fpu.fpr[n].sign_exponent, true, X87, VT_ROLE_GENERAL,                   \
      "sign and exponent of fpr" #n)
#define VECTOR(n)                                                                                  \
    R("xmm" #n, 64, xmm[n].lo, true, XMM, VT_ROLE_GENERAL, "low half")                             \
    R("xmm" #n ".hi", 64, xmm[n].hi, true, XMM, VT_ROLE_GENERAL, "high half")
#define REGISTERS                                                                                  \
    R("eax", 32, r[X86_RAX], true, GENERAL, VT_ROLE_GENERAL, "accumulator")                        \
    R("ebx", 32, r[X86_RBX], true, GENERAL, VT_ROLE_GENERAL, "base")                               \
    R("ecx", 32, r[X86_RCX], true, GENERAL, VT_ROLE_GENERAL, "counter")                            \
    R("edx", 32, r[X86_RDX], true, GENERAL, VT_ROLE_GENERAL, "data, ports")                        \
    R("esi", 32, r[X86_RSI], true, GENERAL, VT_ROLE_GENERAL, "source of string instructions")      \
    R("edi", 32, r[X86_RDI], true, GENERAL, VT_ROLE_GENERAL, "destination of string instructions") \
    R("ebp", 32, r[X86_RBP], true, GENERAL, VT_ROLE_GENERAL, "frame of the routine")               \
    R("esp", 32, r[X86_RSP], true, GENERAL, VT_ROLE_STACK, "top of the stack, within ss")          \
    R("eip", 32, rip, true, GENERAL, VT_ROLE_GENERAL, "next instruction, within cs")               \
    S("eflags", 32, THE_FLAGS, true, GENERAL, VT_ROLE_FLAGS, "flags")                              \
    S("pc", 32, THE_PC, false, GENERAL, VT_ROLE_PC, "linear address of the next instruction")      \
    SEGMENT("cs", X86_CS, "code segment")                                                          \
    SEGMENT("ss", X86_SS, "stack segment")                                                         \
    SEGMENT("ds", X86_DS, "data segment")                                                          \
    SEGMENT("es", X86_ES, "extra segment")                                                         \
    SEGMENT("fs", X86_FS, "extra segment")                                                         \
    SEGMENT("gs", X86_GS, "extra segment")                                                         \
    R("cpl", 2, cpl, false, SEGMENTS, VT_ROLE_HIDDEN, "current privilege level")                   \
    R("cr0", 32, cr0, false, CONTROL, VT_ROLE_CONTROL, "PE MP EM TS ET NE WP AM NW CD PG")         \
    R("cr2", 32, cr2, true, CONTROL, VT_ROLE_CONTROL, "address of the last page fault")            \
    R("cr3", 32, cr3, false, CONTROL, VT_ROLE_CONTROL, "page directory")                           \
    R("cr4", 32, cr4, false, CONTROL, VT_ROLE_CONTROL, "VME PVI TSD DE PSE PAE MCE PGE ...")       \
    R("efer", 64, msr.efer, false, CONTROL, VT_ROLE_CONTROL, "extended features: NXE")             \
    R("gdtr.base", 32, gdtr.base, false, TABLES, VT_ROLE_CONTROL, "global descriptor table")       \
    R("gdtr.limit", 16, gdtr.limit, false, TABLES, VT_ROLE_CONTROL, "its limit, bytes")            \
    R("idtr.base", 32, idtr.base, false, TABLES, VT_ROLE_CONTROL, "interrupt descriptor table")    \
    R("idtr.limit", 16, idtr.limit, false, TABLES, VT_ROLE_CONTROL, "its limit, bytes")            \
    SEGMENT("ldtr", X86_LDTR, "local descriptor table")                                            \
    SEGMENT("tr", X86_TR, "task state segment")                                                    \
    R("fcw", 16, fpu.control, false, X87, VT_ROLE_CONTROL, "control word")                         \
    S("fsw", 16, THE_STATUS, false, X87, VT_ROLE_CONTROL, "status word; bits 13:11 are the top")   \
    S("ftw", 8, THE_TAGS, false, X87, VT_ROLE_CONTROL, "bit n: physical register n is in use")     \
    FLOAT(0, "physical register 0, mantissa, mm0") FLOAT(1, "mantissa, mm1")                       \
    FLOAT(2, "mantissa, mm2") FLOAT(3, "mantissa, mm3") FLOAT(4, "mantissa, mm4")                  \
    FLOAT(5, "mantissa, mm5") FLOAT(6, "mantissa, mm6") FLOAT(7, "mantissa, mm7")                  \
    VECTOR(0) VECTOR(1) VECTOR(2) VECTOR(3) VECTOR(4) VECTOR(5) VECTOR(6) VECTOR(7)                \
    R("mxcsr", 32, mxcsr, false, XMM, VT_ROLE_CONTROL, "SSE control and status")                   \
    R("dr0", 32, dr[0], false, DEBUG_REGISTERS, VT_ROLE_CONTROL, "breakpoint address")             \
    R("dr1", 32, dr[1], false, DEBUG_REGISTERS, VT_ROLE_CONTROL, "breakpoint address")             \
    R("dr2", 32, dr[2], false, DEBUG_REGISTERS, VT_ROLE_CONTROL, "breakpoint address")             \
    R("dr3", 32, dr[3], false, DEBUG_REGISTERS, VT_ROLE_CONTROL, "breakpoint address")             \
    R("dr6", 32, dr[6], false, DEBUG_REGISTERS, VT_ROLE_CONTROL, "what the last #DB was for")      \
    R("dr7", 32, dr[7], false, DEBUG_REGISTERS, VT_ROLE_CONTROL, "which breakpoints count")

const struct vt_register_info x86_view_registers[] = {
#define R(name, bits, member, may_set, group, role, text) {name, text, group, bits, role},
#define S(name, bits, special, may_set, group, role, text) {name, text, group, bits, role},
    REGISTERS
#undef R
#undef S
};

static const struct place places[] = { // ORDER registers
#define R(name, bits, member, may_set, group, role, text)                                          \
    {offsetof(struct x86_state, member), FIELD_SIZE_OF(struct x86_state, member), may_set, PLAIN},
#define S(name, bits, special, may_set, group, role, text) {0, 0, may_set, special},
    REGISTERS
#undef R
#undef S
};
_Static_assert(COUNT_OF(places) == X86_VIEW_REGISTERS, "ORDER registers");

// In x86_view_registers: a segment's are its selector, base, limit, rights.
enum { EFLAGS_NUMBER = 9, CS_NUMBER = 11, CR0_NUMBER = 36, CR4_NUMBER = 39, EFER_NUMBER = 40 };

// Bits of a descriptor's rights, [SDM3] 3.4.5; the low four are its type.
#define RIGHTS(name, n)                                                                            \
    {name ".type", "what kind of segment", CS_NUMBER + 4 * (n) + 3, 0, 4},                         \
    {name ".S", "code or data, not of the system", CS_NUMBER + 4 * (n) + 3, 4, 1},                 \
    {name ".DPL", "privilege that it needs", CS_NUMBER + 4 * (n) + 3, 5, 2},                       \
    {name ".P", "present", CS_NUMBER + 4 * (n) + 3, 7, 1},                                         \
    {name ".D", "32 bits", CS_NUMBER + 4 * (n) + 3, 14, 1},                                        \
    {name ".G", "the limit counts pages", CS_NUMBER + 4 * (n) + 3, 15, 1},

const struct vt_flag_info x86_view_flags[] = {
    {"CF", "carry", EFLAGS_NUMBER, 0, 1},
    {"PF", "parity of the low byte is even", EFLAGS_NUMBER, 2, 1},
    {"AF", "carry out of bit 3", EFLAGS_NUMBER, 4, 1},
    {"ZF", "zero", EFLAGS_NUMBER, 6, 1},
    {"SF", "sign", EFLAGS_NUMBER, 7, 1},
    {"TF", "trap after each instruction", EFLAGS_NUMBER, 8, 1},
    {"IF", "interrupts are taken", EFLAGS_NUMBER, 9, 1},
    {"DF", "string instructions go downwards", EFLAGS_NUMBER, 10, 1},
    {"OF", "signed overflow", EFLAGS_NUMBER, 11, 1},
    {"IOPL", "privilege that input and output need", EFLAGS_NUMBER, 12, 2},
    {"NT", "nested task", EFLAGS_NUMBER, 14, 1},
    {"RF", "no code breakpoint for one instruction", EFLAGS_NUMBER, 16, 1},
    {"VM", "virtual-8086 mode", EFLAGS_NUMBER, 17, 1},
    {"AC", "alignment is checked", EFLAGS_NUMBER, 18, 1},
    {"VIF", "virtual IF", EFLAGS_NUMBER, 19, 1},
    {"VIP", "virtual interrupt pending", EFLAGS_NUMBER, 20, 1},
    {"ID", "CPUID can be told by this bit", EFLAGS_NUMBER, 21, 1},

    {"PE", "protected mode", CR0_NUMBER, 0, 1},
    {"MP", "WAIT heeds TS", CR0_NUMBER, 1, 1},
    {"EM", "no floating-point unit", CR0_NUMBER, 2, 1},
    {"TS", "task switched since floating point was used", CR0_NUMBER, 3, 1},
    {"NE", "floating-point errors are exceptions", CR0_NUMBER, 5, 1},
    {"WP", "the supervisor heeds read-only pages", CR0_NUMBER, 16, 1},
    {"AM", "AC counts", CR0_NUMBER, 18, 1},
    {"NW", "no write-through", CR0_NUMBER, 29, 1},
    {"CD", "cache disabled", CR0_NUMBER, 30, 1},
    {"PG", "paging", CR0_NUMBER, 31, 1},

    {"VME", "virtual interrupts in virtual-8086 mode", CR4_NUMBER, 0, 1},
    {"PVI", "virtual interrupts in protected mode", CR4_NUMBER, 1, 1},
    {"TSD", "RDTSC is privileged", CR4_NUMBER, 2, 1},
    {"DE", "breakpoints on ports", CR4_NUMBER, 3, 1},
    {"PSE", "pages of 4 MiB", CR4_NUMBER, 4, 1},
    {"PAE", "physical addresses beyond 32 bits", CR4_NUMBER, 5, 1},
    {"MCE", "machine checks", CR4_NUMBER, 6, 1},
    {"PGE", "global pages", CR4_NUMBER, 7, 1},
    {"PCE", "RDPMC for everyone", CR4_NUMBER, 8, 1},
    {"OSFXSR", "SSE is in use", CR4_NUMBER, 9, 1},
    {"OSXMM", "SSE errors are exceptions", CR4_NUMBER, 10, 1},
    {"NXE", "pages without execution", EFER_NUMBER, 11, 1},

    RIGHTS("cs", 0) RIGHTS("ss", 1) RIGHTS("ds", 2) RIGHTS("es", 3) RIGHTS("fs", 4) RIGHTS("gs", 5)
};
_Static_assert(COUNT_OF(x86_view_flags) == X86_VIEW_FLAGS, "view.h");
#undef RIGHTS
// clang-format on

u64 x86_view_pc(const struct x86 *c)
{
    return (u32)(c->s.seg[X86_CS].base + c->s.rip);
}

u64 x86_view_register(const struct x86 *c, unsigned reg)
{
    const struct place *p = &places[reg];
    switch ((enum special)p->special) {
    case THE_PC: return x86_view_pc(c);
    case THE_FLAGS: return x86_eflags(c);
    case THE_STATUS: return c->s.fpu.status | (u64)c->s.fpu.top << 11;
    case THE_TAGS: return (u8)~c->s.fpu.empty;
    case PLAIN: break;
    }
    u64 value = 0;
    memcpy(&value, (const u8 *)&c->s + p->offset, p->size_bytes);
    unsigned bits = x86_view_registers[reg].bits;
    return bits == 64 ? value : bits_of(value, 0, bits);
}

// The mode stays as it is: VM and what only the system part of the processor reads can't be set.
static bool set_flags(struct x86 *c, u64 value)
{
    u32 fixed = X86_VM | X86_RF | X86_VIF | X86_VIP;
    x86_set_eflags(c, (x86_eflags(c) & fixed) | ((u32)value & 0x3f7fd7 & ~fixed));
    x86_debug_changed(c);
    return true;
}

bool x86_view_set_register(struct x86 *c, unsigned reg, u64 value)
{
    const struct place *p = &places[reg];
    unsigned bits = x86_view_registers[reg].bits;
    if (!p->may_set || (bits < 64 && value >> bits)) {
        return false;
    }
    if (p->special == THE_FLAGS) {
        return set_flags(c, value);
    }
    memcpy((u8 *)&c->s + p->offset, &value, p->size_bytes);
    return true;
}

// --- memory ---

bool x86_view_physical_byte(const struct x86 *c, u64 phys, u8 *value)
{
    const struct phys *p = c->w.phys;
    const struct phys_region *r = phys_find(p, phys);
    if (!r->read_memory) {
        return false; // reading a device's registers may change them
    }
    *value = r->read_memory[(phys & p->address_mask) - r->base];
    return true;
}

bool x86_view_set_physical_byte(struct x86 *c, u64 phys, u8 value)
{
    if (!phys_find(c->w.phys, phys)->write_memory) {
        return false;
    }
    phys_write(c->w.phys, phys, &value, 1);
    return true;
}

bool x86_view_byte(const struct x86 *c, u64 linear, u8 *value)
{
    u64 phys;
    return x86_look_up(c, (u32)linear, &phys) && x86_view_physical_byte(c, phys, value);
}

bool x86_view_set_byte(struct x86 *c, u64 linear, u8 value)
{
    u64 phys;
    return x86_look_up(c, (u32)linear, &phys) && x86_view_set_physical_byte(c, phys, value);
}

// --- instructions ---

static void add_field(struct vt_instruction *out, const char *name, unsigned first_bit,
                      unsigned bits, enum vt_field_role role, bool is_signed)
{
    if (bits > 0 && out->field_count < VT_INSTRUCTION_FIELDS) {
        out->fields[out->field_count++] = (struct vt_field){
            .name = name,
            .first_bit = (u8)first_bit,
            .bits = (u8)bits,
            .role = (u8)role,
            .is_signed = is_signed,
        };
    }
}

// ModR/M and SIB, [SDM2] 2.1.3.
static void add_modrm(struct vt_instruction *out, const struct decode_result *d)
{
    unsigned at = 8u * d->modrm_at;
    bool reg_is_opcode = d->row && d->row->digit < 8;
    add_field(out, "rm", at, 3, VT_FIELD_REGISTER, false);
    add_field(out, "reg", at + 3, 3, reg_is_opcode ? VT_FIELD_OPCODE : VT_FIELD_REGISTER, false);
    add_field(out, "mod", at + 6, 2, VT_FIELD_MODE, false);
    if (d->has_sib) {
        add_field(out, "base", at + 8, 3, VT_FIELD_REGISTER, false);
        add_field(out, "index", at + 11, 3, VT_FIELD_REGISTER, false);
        add_field(out, "scale", at + 14, 2, VT_FIELD_MODE, false);
    }
}

static void add_fields(struct vt_instruction *out, const struct decode_result *d)
{
    for (unsigned n = 0; n < d->opcode_at; n++) {
        add_field(out, "prefix", 8 * n, 8, VT_FIELD_PREFIX, false);
    }
    unsigned opcode_end = d->modrm_at ? d->modrm_at : d->displacement_at;
    add_field(out, "opcode", 8u * d->opcode_at, 8u * (opcode_end - d->opcode_at), VT_FIELD_OPCODE,
              false);
    if (d->modrm_at) {
        add_modrm(out, d);
    }
    add_field(out, "displacement", 8u * d->displacement_at,
              8u * (d->immediate_at - d->displacement_at), VT_FIELD_OFFSET, true);
    bool is_relative = d->row && isa_is_branch(d->row);
    add_field(out, is_relative ? "target" : "immediate", 8u * d->immediate_at,
              8u * (d->length - d->immediate_at),
              is_relative ? VT_FIELD_OFFSET : VT_FIELD_IMMEDIATE, true);
}

void x86_view_instruction(const struct x86 *c, u64 linear, struct vt_instruction *out)
{
    *out = (struct vt_instruction){0};
    u8 bytes[VT_INSTRUCTION_CELLS];
    unsigned available = 0;
    while (available < COUNT_OF(bytes) && x86_view_byte(c, linear + available, &bytes[available])) {
        out->cells[available] = bytes[available];
        available++;
    }
    enum decode_bits bits = c->mode & X86_MODE_CODE32 ? DECODE_32 : DECODE_16;
    u64 rip = (u32)(linear - c->s.seg[X86_CS].base);
    out->length =
        x86_disassemble(x86_decoder(c), bytes, available, bits, rip, out->text, sizeof out->text);
    if (out->length == 0) {
        struct text text = text_in(out->text, sizeof out->text);
        text_put(&text, "(unreadable)");
        return;
    }
    struct insn insn;
    struct decode_result d =
        decode(x86_decoder(c), bytes, available, bits, 0, !x86_is_protected(c), &insn);
    add_fields(out, &d);
}

// --- what comes next ---

// CALL, INT and their like; RET and IRET. [SDM2] appendix A.
static void note_flow(const struct decode_result *d, const u8 *bytes, struct x86_view_next *out)
{
    u8 opcode = bytes[d->opcode_at], reg = bytes[d->modrm_at] >> 3 & 7;
    out->is_call = opcode == 0xe8 || opcode == 0x9a || opcode == 0xcc || opcode == 0xcd ||
                   opcode == 0xce || (opcode == 0xff && (reg == 2 || reg == 3));
    out->is_return =
        opcode == 0xc2 || opcode == 0xc3 || opcode == 0xca || opcode == 0xcb || opcode == 0xcf;
}

// IN, OUT, INS, OUTS.
static void note_port(const struct x86 *c, const struct decode_result *d, const struct insn *i,
                      const u8 *bytes, struct x86_view_next *out)
{
    u8 opcode = bytes[d->opcode_at];
    bool is_immediate = (opcode & 0xfc) == 0xe4, is_dx = (opcode & 0xfc) == 0xec;
    bool is_string = (opcode & 0xfc) == 0x6c;
    if (!is_immediate && !is_dx && !is_string) {
        return;
    }
    out->is_port_write = opcode & 2;
    out->is_port_read = !out->is_port_write;
    out->port = is_immediate ? bytes[d->opcode_at + 1] : (u16)c->s.r[X86_RDX];
    out->port_bytes = !(opcode & 1) ? 1 : i->flags & INSN_OPERAND_16 ? 2 : 4;
}

static void note_operand(const struct x86 *c, const struct decode_result *d, const struct insn *i,
                         struct x86_view_next *out)
{
    if (!d->is_memory) {
        return;
    }
    u32 offset =
        ((u32)c->s.r[i->base] + ((u32)c->s.r[i->index] << i->shift) + i->disp) & i->address_mask;
    out->has_operand = true;
    out->operand = (u32)(c->s.seg[i->seg].base + offset);
}

void x86_view_next(const struct x86 *c, struct x86_view_next *out)
{
    u8 bytes[VT_INSTRUCTION_CELLS] = {0};
    unsigned available = 0;
    u64 pc = x86_view_pc(c);
    while (available < COUNT_OF(bytes) && x86_view_byte(c, pc + available, &bytes[available])) {
        available++;
    }
    struct insn i;
    struct decode_result d =
        decode(x86_decoder(c), bytes, available, c->mode & X86_MODE_CODE32 ? DECODE_32 : DECODE_16,
               0, !x86_is_protected(c), &i);
    *out = (struct x86_view_next){0};
    if (d.is_valid) {
        note_flow(&d, bytes, out);
        note_port(c, &d, &i, bytes, out);
        note_operand(c, &d, &i, out);
    }
}
