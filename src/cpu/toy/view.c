#include "cpu/toy/view.h"

#include "cpu/toy/asm.h"

// --- the description ---

static const char *const groups[] = {"registers", "control"};

static const struct vt_register_info registers[] = {
    [TOY_AX] = {"AX", "for calculating", 0, 16, VT_ROLE_GENERAL},
    [TOY_BX] = {"BX", "for calculating", 0, 16, VT_ROLE_GENERAL},
    [TOY_CX] = {"CX", "for calculating", 0, 16, VT_ROLE_GENERAL},
    [TOY_DX] = {"DX", "for calculating", 0, 16, VT_ROLE_GENERAL},
    [TOY_VIEW_IP] = {"IP", "address of the next instruction", 1, 16, VT_ROLE_PC},
    [TOY_VIEW_FLAGS] = {"FLAGS", "what the last result was like", 1, 2, VT_ROLE_FLAGS},
    [TOY_VIEW_COLOR] = {"COLOR", "what PIXEL draws with", 1, 4, VT_ROLE_CONTROL},
};

static const struct vt_flag_info flags[] = {
    {"Z", "the result was zero, or the compared were equal", TOY_VIEW_FLAGS, 0, 1},
    {"N", "the result was negative, or the first compared was less", TOY_VIEW_FLAGS, 1, 1},
};

static const struct vt_space_info spaces[] = {
    [TOY_VIEW_MEMORY] = {"memory", 10, 16},
    [TOY_VIEW_SCREEN] = {"screen", 10, 8},
};

static const struct vt_region_info regions[] = {
    {"memory", 0, VT_TOY_CELLS - 1, VT_REGION_RAM, TOY_VIEW_MEMORY},
    {"screen", 0, VT_TOY_COLUMNS *VT_TOY_ROWS - 1, VT_REGION_SCREEN, TOY_VIEW_SCREEN},
};

static const struct vt_micro_info micros[] = {
    // ORDER micros
    [TOY_FETCH] = {"fetch", "the two cells at IP go to the control unit; IP moves on by 2",
                   "fetch"},
    [TOY_DECODE] = {"decode", "the control unit takes the instruction apart", "decode"},
    [TOY_TAKE_A] = {"take a", "the value of register a goes to the arithmetic unit", "operands"},
    [TOY_TAKE_B] = {"take b", "register b, or the number in the instruction", "operands"},
    [TOY_READ_CELL] = {"read cell", "memory gives the cell with the address b", "address"},
    [TOY_READ_KEY] = {"read key", "the keyboard gives the next key", "operands"},
    [TOY_CALCULATE] = {"calculate", "the arithmetic unit makes the result and the flags",
                       "execute"},
    [TOY_PUT_A] = {"put a", "the result goes into register a", "store"},
    [TOY_WRITE_CELL] = {"write cell", "memory takes the value to the address b", "store"},
    [TOY_JUMP] = {"jump", "IP becomes b", "store"},
    [TOY_SHOW] = {"show", "the console or the screen shows it", "store"},
};

enum box { MEMORY, CONTROL, IP, REGISTERS, ALU, KEYBOARD, CONSOLE };

// On lines that are 60 / 18 units apart, for terminals of 24 rows.
static const struct vt_box_info boxes[] = {
    [MEMORY] = {"memory", 2, 7, 16, 43, VT_BOX_PLAIN},
    [IP] = {"IP", 32, 3, 16, 7, TOY_VIEW_IP},
    [CONTROL] = {"control unit", 32, 20, 24, 10, VT_BOX_PLAIN},
    [REGISTERS] = {"registers", 62, 7, 18, 16, 0},
    [ALU] = {"arithmetic", 62, 37, 18, 10, TOY_VIEW_FLAGS},
    [KEYBOARD] = {"keyboard", 87, 7, 12, 6, VT_BOX_PLAIN},
    [CONSOLE] = {"console, screen", 28, 50, 26, 7, VT_BOX_PLAIN},
};

enum wire {
    IP_TO_MEMORY,
    MEMORY_TO_CONTROL,
    A_TO_ALU,
    B_TO_ALU,
    CELL_ADDRESS,
    CELL_VALUE,
    KEY_TO_REGISTERS,
    ALU_TO_REGISTERS,
    VALUE_TO_MEMORY,
    TO_IP,
    TO_CONSOLE,
    WIRES
};

static const u8 fetch[] = {TOY_FETCH}, take_a[] = {TOY_TAKE_A}, take_b[] = {TOY_TAKE_B},
                cell[] = {TOY_READ_CELL, TOY_WRITE_CELL}, read_cell[] = {TOY_READ_CELL},
                key[] = {TOY_READ_KEY}, put_a[] = {TOY_PUT_A}, write_cell[] = {TOY_WRITE_CELL},
                jump[] = {TOY_JUMP}, show[] = {TOY_SHOW};

// clang-format off
static const struct vt_wire_info wires[WIRES] = {
    [IP_TO_MEMORY] = {"next address", IP, MEMORY, 2, {{32, 7}, {18, 7}}, fetch, 1},
    [MEMORY_TO_CONTROL] = {"instruction", MEMORY, CONTROL, 2, {{18, 27}, {32, 27}}, fetch, 1},
    [A_TO_ALU] = {"a", REGISTERS, ALU, 2, {{66, 23}, {66, 37}}, take_a, 1},
    [B_TO_ALU] = {"b", CONTROL, ALU, 4, {{56, 27}, {59, 27}, {59, 40}, {62, 40}}, take_b, 1},
    [CELL_ADDRESS] = {"cell address", CONTROL, MEMORY, 3, {{40, 30}, {40, 37}, {18, 37}}, cell, 2},
    [CELL_VALUE] = {"cell", MEMORY, REGISTERS, 2, {{18, 13}, {62, 13}}, read_cell, 1},
    [KEY_TO_REGISTERS] = {"key", KEYBOARD, REGISTERS, 2, {{87, 10}, {80, 10}}, key, 1},
    [ALU_TO_REGISTERS] = {"result", ALU, REGISTERS, 2, {{76, 37}, {76, 23}}, put_a, 1},
    [VALUE_TO_MEMORY] = {"value", REGISTERS, MEMORY, 2, {{62, 17}, {18, 17}}, write_cell, 1},
    [TO_IP] = {"target", CONTROL, IP, 2, {{42, 20}, {42, 10}}, jump, 1},
    [TO_CONSOLE] = {"output", ALU, CONSOLE, 3, {{70, 47}, {70, 53}, {54, 53}}, show, 1},
};
// clang-format on

const struct vt_description toy_description = {
    .name = "toy",
    .title = "Toy: the first computer",
    .registers = registers,
    .register_count = COUNT_OF(registers),
    .groups = groups,
    .group_count = COUNT_OF(groups),
    .flags = flags,
    .flag_count = COUNT_OF(flags),
    .spaces = spaces,
    .space_count = COUNT_OF(spaces),
    .instruction_cells = 2,
    .regions = regions,
    .region_count = COUNT_OF(regions),
    .micros = micros,
    .micro_count = COUNT_OF(micros),
    .boxes = boxes,
    .box_count = COUNT_OF(boxes),
    .wires = wires,
    .wire_count = COUNT_OF(wires),
};

// --- registers and instructions ---

u64 toy_register(const struct toy *c, unsigned reg)
{
    switch (reg) {
    case TOY_VIEW_IP: return c->s.ip;
    case TOY_VIEW_FLAGS: return (u64)(c->s.is_zero | c->s.is_negative << 1);
    case TOY_VIEW_COLOR: return c->s.colour;
    default: return c->s.reg[reg];
    }
}

bool toy_set_register(struct toy *c, unsigned reg, u64 value)
{
    if (value >> registers[reg].bits || (reg == TOY_VIEW_IP && value >= VT_TOY_CELLS)) {
        return false;
    }
    switch (reg) {
    case TOY_VIEW_IP:
        c->s.ip = (u16)value;
        c->s.is_over = c->s.is_faulty = c->s.is_waiting = false;
        break;
    case TOY_VIEW_FLAGS:
        c->s.is_zero = value & 1;
        c->s.is_negative = value >> 1;
        break;
    case TOY_VIEW_COLOR: c->s.colour = (u8)value; break;
    default: c->s.reg[reg] = (u16)value; break;
    }
    return true;
}

static void add_fields(const struct toy_insn *i, struct vt_instruction *out)
{
    const struct toy_row *row = &toy_rows[i->op];
    out->fields[0] = (struct vt_field){"operation", 8, 8, VT_FIELD_OPCODE, false};
    out->fields[1] =
        (struct vt_field){"a", 4, 4, row->a ? VT_FIELD_REGISTER : VT_FIELD_FIXED, false};
    out->fields[2] = (struct vt_field){"b", 0, 4, i->b ? VT_FIELD_REGISTER : VT_FIELD_MODE, false};
    u8 role = row->b == TOY_OPERAND_VALUE ? VT_FIELD_IMMEDIATE : VT_FIELD_ADDRESS;
    bool has_number = row->b && !i->b;
    out->fields[3] = (struct vt_field){"number", 16, 16, has_number ? role : VT_FIELD_FIXED,
                                       row->b == TOY_OPERAND_VALUE};
    out->field_count = 4;
}

void toy_instruction_at(const struct toy *c, u16 address, struct vt_instruction *out)
{
    *out = (struct vt_instruction){0};
    if (address >= VT_TOY_CELLS - 1) {
        return;
    }
    out->cells[0] = c->memory->cell[address];
    out->cells[1] = c->memory->cell[address + 1];
    out->length = vt_toy_disassemble(out->cells, out->text, sizeof out->text) ? 2 : 1;
    struct toy_insn i;
    toy_decode(&i, out->cells[0], out->cells[1]);
    if (out->length == 2) {
        add_fields(&i, out);
    }
}

// --- what a step did ---

void toy_note_effect(struct vt_delta *d, const struct vt_effect *effect)
{
    if (d->effect_count < VT_DELTA_EFFECTS) {
        d->effects[d->effect_count++] = *effect;
    } else {
        d->has_more_effects = true;
    }
}

static void add_micro(struct vt_delta *d, bool is_part, enum toy_micro micro)
{
    if (is_part) {
        d->micros[d->micro_count++] = (u8)micro;
    }
}

static void add_micros(struct vt_delta *d, u8 op)
{
    bool is_arithmetic = op == TOY_ADD || op == TOY_SUB || op == TOY_CMP;
    bool is_jump = op >= TOY_JMP && op <= TOY_JGE;
    add_micro(d, true, TOY_FETCH);
    add_micro(d, true, TOY_DECODE);
    add_micro(d, is_arithmetic || op == TOY_PIXEL, TOY_TAKE_A);
    add_micro(d, toy_rows[op].b && op != TOY_LOAD && op != TOY_STORE && !is_jump, TOY_TAKE_B);
    add_micro(d, op == TOY_LOAD, TOY_READ_CELL);
    add_micro(d, op == TOY_IN, TOY_READ_KEY);
    add_micro(d, is_arithmetic, TOY_CALCULATE);
    add_micro(d, op == TOY_MOV || op == TOY_ADD || op == TOY_SUB, TOY_PUT_A);
    add_micro(d, op == TOY_STORE, TOY_WRITE_CELL);
    add_micro(d, is_jump && d->pc_after != d->pc_before + 2, TOY_JUMP);
    add_micro(d, op >= TOY_OUT, TOY_SHOW);
}

static void put_number(struct text *t, u64 value)
{
    i16 number = (i16)value;
    text_put(t, number < 0 ? "-" : "");
    text_decimal(t, (u64)(number < 0 ? -(int)number : number));
}

static void put_place(struct text *t, const struct vt_place *p)
{
    switch (p->kind) {
    case VT_PLACE_REGISTER: text_put(t, registers[p->index].name); break;
    case VT_PLACE_MEMORY:
        text_put(t, p->space == TOY_VIEW_SCREEN ? "point " : "cell ");
        text_decimal(t, p->index);
        break;
    case VT_PLACE_INPUT: text_put(t, "the key"); break;
    default: text_put(t, "the number"); break;
    }
}

static void put_change(struct text *t, const struct vt_effect *e)
{
    put_place(t, &e->place);
    text_put(t, " becomes ");
    put_number(t, e->new_value);
    if (e->old_value != e->new_value) {
        text_put(t, " (was ");
        put_number(t, e->old_value);
        text_char(t, ')');
    }
}

// "AX becomes 8 (was 5), the result is not zero." One plain sentence.
static void put_sentence(struct vt_delta *d, u8 op)
{
    struct text t = text_in(d->text, sizeof d->text);
    const struct vt_effect *first = &d->effects[0];
    if (op == TOY_HALT) {
        text_put(&t, "The program is over.");
    } else if (op == TOY_CMP) {
        text_put(&t, first->new_value & 1   ? "They are equal."
                     : first->new_value & 2 ? "The first is less."
                                            : "The first is greater.");
    } else if (op >= TOY_JMP && op <= TOY_JGE) {
        text_put(&t, d->effect_count ? "The jump is taken: on to cell "
                                     : "The jump is not taken: on to cell ");
        text_decimal(&t, d->pc_after);
        text_char(&t, '.');
    } else if (op == TOY_OUT || op == TOY_PRINT) {
        text_put(&t, op == TOY_OUT ? "The number is printed." : "The character is printed.");
    } else if (d->effect_count > 0) {
        put_change(&t, first);
        text_char(&t, '.');
    }
}

void toy_delta_begin(const struct toy *c, struct vt_delta *out)
{
    *out = (struct vt_delta){.pc_before = c->s.ip};
    toy_instruction_at(c, c->s.ip, &out->instruction);
}

void toy_delta_end(const struct toy *c, struct vt_delta *out, bool is_done)
{
    out->pc_after = c->s.ip;
    if (!is_done) {
        struct text t = text_in(out->text, sizeof out->text);
        text_put(&t, c->s.is_waiting ? "It waits for a key." : c->fault);
        return;
    }
    add_micros(out, c->insn.op);
    put_sentence(out, c->insn.op);
}

static void note(void *owner, const struct vt_effect *effect)
{
    toy_note_effect(owner, effect);
}

bool toy_step_watched(struct toy *c, struct vt_delta *out)
{
    struct toy_watcher watcher = {note, out};
    toy_delta_begin(c, out);
    c->watcher = &watcher;
    bool is_done = toy_step(c);
    c->watcher = NULL;
    toy_delta_end(c, out, is_done);
    return is_done;
}

// --- the data path ---

static bool drives(const struct vt_wire_info *w, u8 micro)
{
    for (unsigned n = 0; n < w->state_count; n++) {
        if (w->states[n] == micro) {
            return true;
        }
    }
    return false;
}

// The value of the last source (that is b), or of the first (a).
static u64 source(const struct vt_delta *d, bool is_last)
{
    const struct vt_effect *e = &d->effects[0];
    bool has_any = d->effect_count > 0 && e->source_count > 0;
    return has_any ? e->sources[is_last ? e->source_count - 1 : 0].value : 0;
}

bool toy_wire_value(const struct vt_delta *d, unsigned nth, unsigned wire, u64 *value)
{
    if (nth >= d->micro_count || wire >= WIRES || !drives(&wires[wire], d->micros[nth])) {
        return false;
    }
    switch ((enum wire)wire) {
    case IP_TO_MEMORY: *value = d->pc_before; break;
    case MEMORY_TO_CONTROL: *value = d->instruction.cells[0]; break;
    case A_TO_ALU:
    case CELL_VALUE:
    case KEY_TO_REGISTERS:
    case VALUE_TO_MEMORY: *value = source(d, false); break;
    case B_TO_ALU:
    case CELL_ADDRESS: *value = source(d, true); break;
    case ALU_TO_REGISTERS: *value = d->effect_count ? d->effects[0].new_value : 0; break;
    case TO_IP: *value = d->pc_after; break;
    case TO_CONSOLE: *value = d->effect_count ? d->effects[0].new_value : 0; break;
    case WIRES: return false;
    }
    return true;
}
