#include "cpu/lc3/view.h"

#include "vitrine/lc3_asm.h"

enum group { GENERAL, CONTROL, STACKS };
static const char *const groups[] = {
    [GENERAL] = "general", [CONTROL] = "control", [STACKS] = "saved stack pointers"};

#define GENERAL_REGISTER(n)                                                                        \
    {                                                                                              \
        n, "general register", GENERAL, 16, VT_ROLE_GENERAL                                        \
    }
static const struct vt_register_info registers[LC3_VIEW_REGISTERS] = {
    GENERAL_REGISTER("R0"),
    GENERAL_REGISTER("R1"),
    GENERAL_REGISTER("R2"),
    GENERAL_REGISTER("R3"),
    GENERAL_REGISTER("R4"),
    GENERAL_REGISTER("R5"),
    {"R6", "stack pointer of the present mode, by convention", GENERAL, 16, VT_ROLE_STACK},
    {"R7", "where the last JSR or JSRR returns to", GENERAL, 16, VT_ROLE_GENERAL},
    [LC3_VIEW_PC] = {"PC", "address of the next instruction", CONTROL, 16, VT_ROLE_PC},
    [LC3_VIEW_PSR] = {"PSR", "mode, priority, condition codes", CONTROL, 16, VT_ROLE_FLAGS},
    [LC3_VIEW_USP] = {"USP", "user stack pointer while in supervisor mode", STACKS, 16,
                      VT_ROLE_HIDDEN},
    [LC3_VIEW_SSP] = {"SSP", "supervisor stack pointer while in user mode", STACKS, 16,
                      VT_ROLE_HIDDEN},
    [LC3_VIEW_MCR] = {"MCR", "bit 15: the clock runs", CONTROL, 16, VT_ROLE_CONTROL},
};

static const struct vt_flag_info flags[] = {
    {"N", "the last result was negative", LC3_VIEW_PSR, 2, 1},
    {"Z", "the last result was zero", LC3_VIEW_PSR, 1, 1},
    {"P", "the last result was positive", LC3_VIEW_PSR, 0, 1},
    {"priority", "interrupts of a higher one are taken", LC3_VIEW_PSR, 8, 3},
    {"user", "1: user mode, 0: supervisor mode", LC3_VIEW_PSR, 15, 1},
};

static const struct vt_space_info spaces[] = {{"memory", 16, 16}};

static const struct vt_region_info regions[] = {
    {"trap vectors", 0x0000, 0x00ff, VT_REGION_VECTORS, 0},
    {"exception vectors", 0x0100, 0x017f, VT_REGION_VECTORS, 0},
    {"interrupt vectors", 0x0180, 0x01ff, VT_REGION_VECTORS, 0},
    {"operating system", 0x0200, 0x2fff, VT_REGION_SYSTEM, 0},
    {"user space", 0x3000, 0xfdff, VT_REGION_RAM, 0},
    {"device registers", 0xfe00, 0xffff, VT_REGION_DEVICE, 0},
};

const struct vt_description lc3_description = {
    .name = "lc3",
    .title = "LC-3",
    .registers = registers,
    .register_count = COUNT_OF(registers),
    .groups = groups,
    .group_count = COUNT_OF(groups),
    .flags = flags,
    .flag_count = COUNT_OF(flags),
    .spaces = spaces,
    .space_count = COUNT_OF(spaces),
    .instruction_cells = 1,
    .regions = regions,
    .region_count = COUNT_OF(regions),
    .micros = lc3_micros,
    .micro_count = LC3_STATES,
    .boxes = lc3_boxes,
    .box_count = LC3_BOXES,
    .wires = lc3_wires,
    .wire_count = LC3_WIRES,
};

// --- registers ---

u16 lc3_view_get(const struct lc3_state *s, unsigned reg)
{
    switch (reg) {
    case LC3_VIEW_PC: return s->pc;
    case LC3_VIEW_PSR: return s->psr;
    case LC3_VIEW_USP: return s->saved_usp;
    case LC3_VIEW_SSP: return s->saved_ssp;
    case LC3_VIEW_MCR: return s->mcr;
    default: return s->r[reg & 7];
    }
}

void lc3_view_set(struct lc3 *c, unsigned reg, u16 value)
{
    switch (reg) {
    case LC3_VIEW_PC: c->s.pc = value; break;
    case LC3_VIEW_PSR: c->s.psr = lc3_writable_psr(c, value); break;
    case LC3_VIEW_USP: c->s.saved_usp = value; break;
    case LC3_VIEW_SSP: c->s.saved_ssp = value; break;
    case LC3_VIEW_MCR: c->s.mcr = value; break;
    default: c->s.r[reg & 7] = value; break;
    }
    lc3_restored(c);
}

// --- the fields of an instruction ---

static void add_field(struct vt_instruction *out, const char *name, unsigned high, unsigned low,
                      enum vt_field_role role, bool is_signed)
{
    out->fields[out->field_count++] = (struct vt_field){
        .name = name,
        .first_bit = (u8)low,
        .bits = (u8)(high - low + 1),
        .role = (u8)role,
        .is_signed = is_signed,
    };
}

static enum vt_field_role role_of(const struct lc3_operand *o)
{
    switch (o->kind) {
    case LC3_REGISTER: return VT_FIELD_REGISTER;
    case LC3_SIGNED: return o->letter == 'o' ? VT_FIELD_OFFSET : VT_FIELD_IMMEDIATE;
    case LC3_PC_RELATIVE: return VT_FIELD_OFFSET;
    case LC3_UNSIGNED: return VT_FIELD_ADDRESS;
    case LC3_CONDITION: break;
    }
    return VT_FIELD_MODE;
}

// Each run of bits in `mask`, from the highest down.
static void add_runs(struct vt_instruction *out, u16 mask, const char *name,
                     enum vt_field_role role)
{
    for (unsigned bit = 16; bit-- > 0;) {
        if (mask >> bit & 1) {
            unsigned high = bit;
            while (bit > 0 && (mask >> (bit - 1) & 1)) {
                bit--;
            }
            add_field(out, name, high, bit, role, false);
        }
    }
}

void lc3_view_instruction(u16 word, u16 address, struct vt_instruction *out)
{
    const struct lc3_insn *insn = lc3_decode(word);
    *out = (struct vt_instruction){.length = 1, .cells = {word}};
    vt_lc3_disassemble(NULL, word, address, out->text, sizeof out->text);
    add_field(out, "opcode", 15, 12, VT_FIELD_OPCODE, false);
    for (const char *letter = insn->operands; *letter; letter++) {
        const struct lc3_operand *o = lc3_operand(*letter);
        add_field(out, o->name, o->high, o->low, role_of(o), lc3_operand_min(o) < 0);
    }
    add_runs(out, insn->select & 0x0fff, "form", VT_FIELD_MODE);
    add_runs(out, insn->fixed & (u16)~insn->select, "fixed", VT_FIELD_FIXED);
}
