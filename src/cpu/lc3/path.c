// The data path: boxes, wires, in which states a wire carries something, and what.
//
//   PC, address adder          |       | registers, ALU, stack pointers
//   IR, control, vectors       |  bus  |
//   memory, devices, MAR, MDR  |       | codes
//
// A layout of our own, on lines that are 60 / 18 units apart: so a terminal of 24 rows can draw it
// (front/cli/tui_path.c). What is connected to what is that of [P&P] appendix C, with a multiplexer
// drawn as the wires that lead into its target. Values are told from a delta record by walking
// through its states.
#include "cpu/lc3/view.h"

enum box { PC, ADDER, IR, CONTROL, VECTOR, BUS, REGISTERS, ALU, CODES, STACKS, MAR, MDR, MEMORY };

const struct vt_box_info lc3_boxes[LC3_BOXES] = {
    [PC] = {"PC", 4, 3, 16, 7, LC3_VIEW_PC},
    [ADDER] = {"address adder", 4, 17, 16, 6, VT_BOX_PLAIN},
    [IR] = {"IR", 4, 30, 16, 7, VT_BOX_LATCH},
    [CONTROL] = {"control", 26, 30, 15, 7, VT_BOX_PLAIN},
    [VECTOR] = {"vector", 26, 17, 15, 6, VT_BOX_PLAIN},
    [BUS] = {"bus", 50, 3, 6, 57, VT_BOX_PLAIN},
    [REGISTERS] = {"registers", 66, 3, 34, 14, LC3_VIEW_R0},
    [ALU] = {"ALU", 66, 23, 15, 7, VT_BOX_PLAIN},
    [CODES] = {"PSR, N Z P", 66, 47, 20, 6, LC3_VIEW_PSR},
    [STACKS] = {"saved SP", 84, 23, 16, 7, LC3_VIEW_SSP},
    [MAR] = {"MAR", 28, 47, 13, 3, VT_BOX_LATCH},
    [MDR] = {"MDR", 28, 57, 13, 3, VT_BOX_LATCH},
    [MEMORY] = {"memory and devices", 4, 47, 14, 13, VT_BOX_PLAIN},
};

#define S(name) LC3_STATE_##name
static const u8 increments[] = {S(18)};
static const u8 from_pc[] = {S(18), S(21), S(20), S(28), S(43), S(43t)};
static const u8 pc_adds[] = {S(2), S(3), S(10), S(11), S(14), S(22), S(21)};
static const u8 base_adds[] = {S(6), S(7), S(12), S(20)};
static const u8 offset_adds[] = {S(2), S(3), S(10), S(11), S(14), S(6), S(7), S(22), S(21)};
static const u8 adder_jumps[] = {S(22), S(12), S(21), S(20)};
static const u8 from_adder[] = {S(2), S(3), S(10), S(11), S(14), S(6), S(7)};
static const u8 bus_jumps[] = {S(30), S(38), S(54)};
static const u8 decodes[] = {S(32), S(4)};
static const u8 immediates[] = {S(1), S(5)};
static const u8 operands[] = {S(1), S(5), S(9), S(23)};
static const u8 to_registers[] = {S(1), S(5), S(9), S(14), S(27), S(21), S(20), S(28)};
static const u8 to_codes[] = {S(1), S(5), S(9), S(27)};
static const u8 vectors[] = {S(15), S(50)};
static const u8 trap_vectors[] = {S(15), S(15t)};
static const u8 to_mar[] = {S(18), S(2),  S(3), S(10), S(11), S(6),  S(7), S(26),
                            S(31), S(15), S(8), S(39), S(37), S(47), S(50)};
static const u8 addresses[] = {S(33), S(24), S(25), S(29), S(16), S(28),
                               S(36), S(40), S(41), S(48), S(52)};
static const u8 reads[] = {S(33), S(24), S(25), S(29), S(28), S(36), S(40), S(52)};
static const u8 writes[] = {S(16), S(41), S(48)};
static const u8 to_mdr[] = {S(23), S(13), S(44), S(49), S(15t), S(60), S(43), S(43t)};
static const u8 from_mdr[] = {S(35), S(26), S(31), S(27), S(30), S(38), S(42), S(54)};
static const u8 to_ir[] = {S(35)};
static const u8 from_psr[] = {S(13), S(44), S(49), S(15t), S(60)};
static const u8 to_psr[] = {S(42)};
static const u8 from_stack[] = {S(8), S(37), S(39), S(47)};
static const u8 stack_moves[] = {S(37), S(39), S(47), S(34)};

enum wire {
    PC_PLUS_1,
    PC_TO_BUS,
    PC_TO_ADDER,
    BASE_TO_ADDER,
    OFFSET_TO_ADDER,
    ADDER_TO_PC,
    ADDER_TO_BUS,
    BUS_TO_PC,
    IR_TO_CONTROL,
    IR_TO_ALU,
    SR1_TO_ALU,
    SR2_TO_ALU,
    ALU_TO_BUS,
    BUS_TO_REGISTERS,
    BUS_TO_CODES,
    IR_TO_VECTOR,
    VECTOR_TO_BUS,
    BUS_TO_MAR,
    MAR_TO_MEMORY,
    MEMORY_TO_MDR,
    MDR_TO_MEMORY,
    BUS_TO_MDR,
    MDR_TO_BUS,
    BUS_TO_IR,
    PSR_TO_BUS,
    BUS_TO_PSR,
    STACK_TO_BUS,
    STACK_TO_REGISTERS,
};

#define WIRE(name, from, to, list, count, ...)                                                     \
    {                                                                                              \
        name, from, to, count, {__VA_ARGS__}, list, COUNT_OF(list)                                 \
    }
const struct vt_wire_info lc3_wires[LC3_WIRES] = {
    [PC_PLUS_1] = WIRE("PC + 1", PC, PC, increments, 4, {8, 3}, {8, 0}, {16, 0}, {16, 3}),
    [PC_TO_BUS] = WIRE("PC", PC, BUS, from_pc, 2, {20, 7}, {50, 7}),
    [PC_TO_ADDER] = WIRE("PC", PC, ADDER, pc_adds, 2, {8, 10}, {8, 17}),
    [BASE_TO_ADDER] =
        WIRE("BaseR", REGISTERS, ADDER, base_adds, 4, {66, 13}, {23, 13}, {23, 20}, {20, 20}),
    [OFFSET_TO_ADDER] = WIRE("offset", IR, ADDER, offset_adds, 2, {8, 30}, {8, 23}),
    [ADDER_TO_PC] = WIRE("target", ADDER, PC, adder_jumps, 2, {16, 17}, {16, 10}),
    [ADDER_TO_BUS] = WIRE("address", ADDER, BUS, from_adder, 3, {14, 23}, {14, 27}, {50, 27}),
    [BUS_TO_PC] = WIRE("target", BUS, PC, bus_jumps, 2, {50, 10}, {20, 10}),
    [IR_TO_CONTROL] = WIRE("opcode", IR, CONTROL, decodes, 2, {20, 33}, {26, 33}),
    [IR_TO_ALU] = WIRE("imm5", IR, ALU, immediates, 4, {16, 37}, {16, 43}, {73, 43}, {73, 30}),
    [SR1_TO_ALU] = WIRE("SR1", REGISTERS, ALU, operands, 2, {69, 17}, {69, 23}),
    [SR2_TO_ALU] = WIRE("SR2", REGISTERS, ALU, immediates, 2, {78, 17}, {78, 23}),
    [ALU_TO_BUS] = WIRE("result", ALU, BUS, operands, 2, {66, 27}, {56, 27}),
    [BUS_TO_REGISTERS] = WIRE("DR", BUS, REGISTERS, to_registers, 2, {56, 7}, {66, 7}),
    [BUS_TO_CODES] = WIRE("N, Z, P", BUS, CODES, to_codes, 2, {56, 47}, {66, 47}),
    [IR_TO_VECTOR] =
        WIRE("trapvect8", IR, VECTOR, trap_vectors, 4, {20, 30}, {24, 30}, {24, 23}, {26, 23}),
    [VECTOR_TO_BUS] = WIRE("vector", VECTOR, BUS, vectors, 2, {41, 20}, {50, 20}),
    [BUS_TO_MAR] = WIRE("address", BUS, MAR, to_mar, 2, {50, 47}, {41, 47}),
    [MAR_TO_MEMORY] = WIRE("address", MAR, MEMORY, addresses, 2, {28, 47}, {18, 47}),
    [MEMORY_TO_MDR] = WIRE("word", MEMORY, MDR, reads, 2, {18, 57}, {28, 57}),
    [MDR_TO_MEMORY] = WIRE("word", MDR, MEMORY, writes, 2, {28, 60}, {18, 60}),
    [BUS_TO_MDR] = WIRE("word", BUS, MDR, to_mdr, 2, {50, 57}, {41, 57}),
    [MDR_TO_BUS] = WIRE("word", MDR, BUS, from_mdr, 2, {41, 60}, {50, 60}),
    [BUS_TO_IR] = WIRE("instruction", BUS, IR, to_ir, 3, {50, 40}, {12, 40}, {12, 37}),
    [PSR_TO_BUS] = WIRE("PSR", CODES, BUS, from_psr, 2, {66, 53}, {56, 53}),
    [BUS_TO_PSR] = WIRE("PSR", BUS, CODES, to_psr, 2, {56, 50}, {66, 50}),
    [STACK_TO_BUS] = WIRE("SP", STACKS, BUS, from_stack, 3, {92, 30}, {92, 33}, {56, 33}),
    [STACK_TO_REGISTERS] = WIRE("SP", STACKS, REGISTERS, stack_moves, 2, {94, 23}, {94, 17}),
};

// --- what the wires carry ---

// The registers that programs do not see, and what the wires have in the state at hand.
struct path {
    const struct vt_delta *d;
    u16 ir, pc, mar, mdr, sp, psr;
    u16 bus, adder, base;
    unsigned pushes;
};

static const struct vt_effect *effect(const struct vt_delta *d, enum vt_place_kind kind,
                                      unsigned nth, int index)
{
    for (unsigned n = 0; n < d->effect_count; n++) {
        const struct vt_effect *e = &d->effects[n];
        if (e->place.kind == kind && (index < 0 || e->place.index == (u64)index) && nth-- == 0) {
            return e;
        }
    }
    return NULL;
}

static u16 source(const struct vt_delta *d, unsigned nth)
{
    return d->effect_count > 0 && nth < d->effects[0].source_count
               ? (u16)d->effects[0].sources[nth].value
               : 0;
}

static u16 field(const struct path *p, char letter)
{
    return (u16)lc3_operand_value(lc3_operand(letter), p->ir);
}

static void add_address(struct path *p, u16 base, char offset)
{
    p->base = base;
    p->adder = (u16)(base + (offset ? field(p, offset) : 0));
    p->bus = p->adder;
}

// The word that is pushed, and where to: the nth memory effect.
static void push(struct path *p)
{
    const struct vt_effect *e = effect(p->d, VT_PLACE_MEMORY, p->pushes++, -1);
    p->sp = e ? (u16)e->place.index : 0;
    p->bus = p->mar = p->sp;
}

static void read_psr(struct path *p)
{
    const struct vt_effect *e = effect(p->d, VT_PLACE_MEMORY, 0, -1);
    p->psr = e ? (u16)e->new_value : 0;
    p->bus = p->mdr = p->psr;
}

static u16 vector_address(const struct path *p)
{
    return p->d->cause == VT_CAUSE_INSTRUCTION ? field(p, 't')
                                               : (u16)(LC3_EXCEPTION_VECTORS + p->d->vector);
}

// The base register's value: the last source, but of jumps the first.
static u16 base_value(const struct path *p)
{
    const struct vt_delta *d = p->d;
    enum lc3_op op = lc3_decode(p->ir)->op;
    return op == LC3_JMP || op == LC3_JSRR ? (u16)d->pc_after
                                           : source(d, d->effects[0].source_count - 1u);
}

static void stack_state(struct path *p, enum lc3_micro_state state)
{
    const struct vt_effect *r6 = effect(p->d, VT_PLACE_REGISTER, 0, 6);
    const struct vt_effect *psr = effect(p->d, VT_PLACE_REGISTER, 0, LC3_VIEW_PSR);
    switch (state) {
    case S(8):
        p->sp = r6 ? (u16)r6->old_value : 0;
        p->bus = p->mar = p->sp;
        break;
    case S(39): p->bus = p->mar = ++p->sp; break;
    case S(34): p->sp++; break;
    case S(36): p->mdr = (u16)p->d->pc_after; break;
    case S(40): p->mdr = psr ? (u16)psr->new_value : 0; break;
    case S(37):
    case S(47): push(p); break;
    case S(43): p->bus = p->mdr = (u16)(p->pc - 1); break;
    case S(43t): p->bus = p->mdr = p->pc; break;
    case S(15):
    case S(50): p->bus = p->mar = vector_address(p); break;
    case S(28):
        p->bus = p->pc;
        p->mdr = (u16)p->d->pc_after;
        break;
    case S(52): p->mdr = (u16)p->d->pc_after; break;
    case S(13):
    case S(44):
    case S(49):
    case S(15t):
    case S(60): read_psr(p); break;
    default: break;
    }
}

static void walk(struct path *p, enum lc3_micro_state state)
{
    const struct vt_delta *d = p->d;
    switch (state) {
    case S(18): p->bus = p->mar = p->pc++; break;
    case S(33): p->mdr = d->instruction.cells[0]; break;
    case S(35): p->bus = p->ir = p->mdr; break;
    case S(1):
    case S(5):
    case S(9): p->bus = d->effect_count ? (u16)d->effects[0].new_value : 0; break;
    case S(14): add_address(p, p->pc, 'p'); break;
    case S(2):
    case S(3):
    case S(10):
    case S(11):
        add_address(p, p->pc, 'p');
        p->mar = p->bus;
        break;
    case S(6):
    case S(7):
        add_address(p, base_value(p), 'o');
        p->mar = p->bus;
        break;
    case S(24):
    case S(29): p->mdr = source(d, 1); break;
    case S(25): p->mdr = source(d, 0); break;
    case S(26):
    case S(31): p->bus = p->mar = p->mdr; break;
    case S(23): p->bus = p->mdr = source(d, 0); break;
    case S(22): add_address(p, p->pc, 'p'); break;
    case S(12): add_address(p, base_value(p), 0); break;
    case S(21):
        add_address(p, p->pc, 'j');
        p->bus = p->pc;
        break;
    case S(20):
        add_address(p, base_value(p), 0);
        p->bus = p->pc;
        break;
    case S(27):
    case S(30):
    case S(38):
    case S(42):
    case S(54): p->bus = p->mdr; break;
    default: stack_state(p, state); break;
    }
}

static u16 value_on(const struct path *p, enum wire wire)
{
    bool is_long = lc3_decode(p->ir)->op == LC3_JSR;
    bool is_based = lc3_decode(p->ir)->op == LC3_LDR || lc3_decode(p->ir)->op == LC3_STR;
    switch (wire) {
    case PC_PLUS_1: return p->pc;
    case PC_TO_ADDER:
    case BASE_TO_ADDER: return p->base;
    case OFFSET_TO_ADDER: return field(p, is_long ? 'j' : is_based ? 'o' : 'p');
    case ADDER_TO_PC: return p->adder;
    case IR_TO_CONTROL: return p->ir;
    case IR_TO_ALU: return field(p, 'i');
    case SR1_TO_ALU: return source(p->d, 0);
    case SR2_TO_ALU: return source(p->d, 1);
    case IR_TO_VECTOR: return field(p, 't');
    case MAR_TO_MEMORY: return p->mar;
    case MEMORY_TO_MDR:
    case MDR_TO_MEMORY: return p->mdr;
    case STACK_TO_REGISTERS: return p->sp;
    default: return p->bus;
    }
}

// The second operand comes from a register or from the instruction, never from both; JSRR's target
// is drawn through the adder.
static bool is_taken(const struct path *p, enum wire wire, enum lc3_micro_state state)
{
    bool is_immediate = p->ir & 0x20;
    bool is_two = state == S(1) || state == S(5);
    return !(is_two &&
             ((wire == IR_TO_ALU && !is_immediate) || (wire == SR2_TO_ALU && is_immediate)));
}

static bool carries(enum wire wire, enum lc3_micro_state state)
{
    const struct vt_wire_info *w = &lc3_wires[wire];
    for (unsigned n = 0; n < w->state_count; n++) {
        if (w->states[n] == state) {
            return true;
        }
    }
    return false;
}

bool lc3_wire_value(const struct vt_delta *d, unsigned nth, unsigned wire, u64 *value)
{
    struct path p = {.d = d, .pc = (u16)d->pc_before};
    enum lc3_micro_state state = (enum lc3_micro_state)d->micros[nth];
    if (!carries((enum wire)wire, state)) {
        return false;
    }
    for (unsigned n = 0; n <= nth; n++) {
        walk(&p, (enum lc3_micro_state)d->micros[n]);
    }
    if (!is_taken(&p, (enum wire)wire, state)) {
        return false;
    }
    *value = value_on(&p, (enum wire)wire);
    return true;
}
