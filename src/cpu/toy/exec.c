// How the toy executes a program: fetch, decode, execute. Read from toy_step upwards or downwards.
#include "cpu/toy/toy.h"

// --- changing something ---
//
// Every change of the machine goes through here: a watcher can show what a step did and why.

static struct vt_place reg_place(unsigned reg)
{
    return (struct vt_place){.kind = VT_PLACE_REGISTER, .index = reg};
}

static void tell(struct toy *c, struct vt_effect effect)
{
    if (c->watcher) {
        c->watcher->changed(c->watcher->owner, &effect);
    }
}

// What the value of `b` was made of: a register, or the number in the instruction.
static struct vt_source source_of_b(const struct toy *c)
{
    if (c->insn.b) {
        unsigned reg = c->insn.b - 0xau;
        return (struct vt_source){reg_place(reg), c->s.reg[reg]};
    }
    struct vt_place place = {.kind = VT_PLACE_CONSTANT, .index = c->s.ip - 1u};
    return (struct vt_source){place, c->insn.number};
}

static void set_register(struct toy *c, u16 value, struct vt_source from, struct vt_source and_from)
{
    unsigned reg = c->insn.a - 0xau;
    tell(c, (struct vt_effect){.place = reg_place(reg),
                               .bits = 16,
                               .old_value = c->s.reg[reg],
                               .new_value = value,
                               .sources = {from, and_from},
                               .source_count = and_from.place.kind ? 2 : 1});
    c->s.reg[reg] = value;
    c->s.registers_written |= (u8)(1u << reg);
}

// The flags of a result, and what it was made of.
static void set_flags(struct toy *c, u16 value, bool is_negative, struct vt_source a,
                      struct vt_source b)
{
    u16 old = (u16)(c->s.is_zero | c->s.is_negative << 1);
    c->s.is_zero = value == 0;
    c->s.is_negative = is_negative;
    tell(c, (struct vt_effect){.place = reg_place(TOY_VIEW_FLAGS),
                               .bits = 2,
                               .old_value = old,
                               .new_value = (u64)(c->s.is_zero | c->s.is_negative << 1),
                               .sources = {a, b},
                               .source_count = 2});
}

static bool fault(struct toy *c, const char *what)
{
    struct text text = text_in(c->fault, sizeof c->fault);
    text_put(&text, what);
    c->s.is_faulty = true;
    return false;
}

// --- the operands ---

static u16 value_of_a(const struct toy *c)
{
    return c->s.reg[c->insn.a - 0xa];
}

static u16 value_of_b(const struct toy *c)
{
    return c->insn.b ? c->s.reg[c->insn.b - 0xa] : c->insn.number;
}

static struct vt_source source_of_a(const struct toy *c)
{
    return (struct vt_source){reg_place(c->insn.a - 0xau), value_of_a(c)};
}

// --- execute: one function for each kind of instruction ---
//
// False: the instruction can't be carried out; nothing has changed.

static bool move(struct toy *c)
{
    set_register(c, value_of_b(c), source_of_b(c), (struct vt_source){0});
    return true;
}

static bool add(struct toy *c)
{
    struct vt_source a = source_of_a(c), b = source_of_b(c);
    u16 result = (u16)(a.value + b.value);
    set_register(c, result, a, b);
    set_flags(c, result, (result & 0x8000) != 0, a, b);
    return true;
}

static bool subtract(struct toy *c)
{
    struct vt_source a = source_of_a(c), b = source_of_b(c);
    u16 result = (u16)(a.value - b.value);
    set_register(c, result, a, b);
    set_flags(c, result, (result & 0x8000) != 0, a, b);
    return true;
}

static bool compare(struct toy *c)
{
    i16 a = (i16)value_of_a(c), b = (i16)value_of_b(c);
    set_flags(c, (u16)(a - b), a < b, source_of_a(c), source_of_b(c));
    return true;
}

static bool load(struct toy *c)
{
    u16 address = value_of_b(c);
    if (address >= VT_TOY_CELLS) {
        return fault(c, "memory ends at cell 1023: there is nothing to load from");
    }
    struct vt_place place = {.kind = VT_PLACE_MEMORY, .index = address};
    u16 value = c->memory->cell[address];
    set_register(c, value, (struct vt_source){place, value}, source_of_b(c));
    return true;
}

static bool store(struct toy *c)
{
    u16 address = value_of_b(c);
    if (address >= VT_TOY_CELLS) {
        return fault(c, "memory ends at cell 1023: there is nothing to store to");
    }
    tell(c, (struct vt_effect){.place = {.kind = VT_PLACE_MEMORY, .index = address},
                               .bits = 16,
                               .old_value = c->memory->cell[address],
                               .new_value = value_of_a(c),
                               .sources = {source_of_a(c), source_of_b(c)},
                               .source_count = 2});
    c->memory->cell[address] = value_of_a(c);
    return true;
}

static bool jump_if(struct toy *c, bool condition)
{
    if (!condition) {
        return true;
    }
    u16 target = value_of_b(c);
    if (target >= VT_TOY_CELLS - 1) {
        return fault(c, "memory ends at cell 1023: there is nothing to go on with");
    }
    tell(c, (struct vt_effect){.place = reg_place(TOY_VIEW_IP),
                               .bits = 16,
                               .old_value = c->s.ip,
                               .new_value = target,
                               .sources = {source_of_b(c)},
                               .source_count = 1});
    c->s.ip = target;
    return true;
}

static bool input(struct toy *c)
{
    if (c->s.key_count == 0) {
        c->s.is_waiting = true;
        return false;
    }
    u16 key = c->s.keys[c->s.key_first];
    struct vt_place place = {.kind = VT_PLACE_INPUT, .index = c->s.keys_read};
    set_register(c, key, (struct vt_source){place, key}, (struct vt_source){0});
    c->s.key_first = (u16)((c->s.key_first + 1) % TOY_KEYS);
    c->s.key_count--;
    c->s.keys_read++;
    return true;
}

static void print_byte(struct toy *c, u8 byte)
{
    tell(c, (struct vt_effect){.place = {.kind = VT_PLACE_OUTPUT},
                               .bits = 8,
                               .new_value = byte,
                               .sources = {source_of_b(c)},
                               .source_count = 1});
    if (c->print) {
        c->print(c->owner, byte);
    }
}

static bool print_number(struct toy *c)
{
    char digits[8];
    struct text text = text_in(digits, sizeof digits);
    i16 value = (i16)value_of_b(c);
    text_put(&text, value < 0 ? "-" : "");
    text_decimal(&text, (u64)(value < 0 ? -(int)value : value));
    text_char(&text, '\n');
    for (size_t n = 0; n < text.length; n++) {
        print_byte(c, (u8)digits[n]);
    }
    return true;
}

static bool print_character(struct toy *c)
{
    print_byte(c, (u8)value_of_b(c));
    return true;
}

static bool choose_color(struct toy *c)
{
    u16 color = value_of_b(c);
    if (color > 15) {
        return fault(c, "there are the colours 0 to 15 only");
    }
    tell(c, (struct vt_effect){.place = reg_place(TOY_VIEW_COLOR),
                               .bits = 4,
                               .old_value = c->s.colour,
                               .new_value = color,
                               .sources = {source_of_b(c)},
                               .source_count = 1});
    c->s.colour = (u8)color;
    return true;
}

static bool draw_point(struct toy *c)
{
    u16 column = value_of_a(c), row = value_of_b(c);
    if (column >= VT_TOY_COLUMNS || row >= VT_TOY_ROWS) {
        return fault(c, "the point is outside the screen: columns 0 to 31, rows 0 to 23");
    }
    u8 *pixel = &c->memory->pixel[row][column];
    tell(c, (struct vt_effect){.place = {.kind = VT_PLACE_MEMORY,
                                         .space = TOY_VIEW_SCREEN,
                                         .index = (u64)row * VT_TOY_COLUMNS + column},
                               .bits = 4,
                               .old_value = *pixel,
                               .new_value = c->s.colour,
                               .sources = {source_of_a(c), source_of_b(c)},
                               .source_count = 2});
    *pixel = c->s.colour;
    return true;
}

static bool halt(struct toy *c)
{
    c->s.is_over = true;
    return true;
}

static bool execute(struct toy *c)
{
    switch ((enum toy_op)c->insn.op) {
    case TOY_HALT: return halt(c);
    case TOY_MOV: return move(c);
    case TOY_ADD: return add(c);
    case TOY_SUB: return subtract(c);
    case TOY_CMP: return compare(c);
    case TOY_LOAD: return load(c);
    case TOY_STORE: return store(c);
    case TOY_JMP: return jump_if(c, true);
    case TOY_JE: return jump_if(c, c->s.is_zero);
    case TOY_JNE: return jump_if(c, !c->s.is_zero);
    case TOY_JL: return jump_if(c, c->s.is_negative);
    case TOY_JGE: return jump_if(c, !c->s.is_negative);
    case TOY_IN: return input(c);
    case TOY_OUT: return print_number(c);
    case TOY_PRINT: return print_character(c);
    case TOY_COLOR: return choose_color(c);
    case TOY_PIXEL: return draw_point(c);
    case TOY_OPS: break;
    }
    return false;
}

// --- fetch, decode, execute ---

static bool fetch(struct toy *c)
{
    u16 ip = c->s.ip;
    if (ip >= VT_TOY_CELLS - 1) {
        return fault(c, "the program ran past the end of memory: is a HALT missing?");
    }
    toy_decode(&c->insn, c->memory->cell[ip], c->memory->cell[ip + 1]);
    struct text why = text_in(c->fault, sizeof c->fault);
    if (!toy_check(&c->insn, &why)) {
        c->s.is_faulty = true;
        return false;
    }
    c->s.ip = (u16)(ip + 2);
    return true;
}

bool toy_step(struct toy *c)
{
    u16 ip = c->s.ip;
    if (c->s.is_over || c->s.is_faulty || c->s.is_waiting) {
        return false;
    }
    if (!fetch(c) || !execute(c)) {
        c->s.ip = ip; // at the instruction that could not be carried out
        return false;
    }
    return true;
}
