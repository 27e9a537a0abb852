// Struct insn to text. There is no knowledge of single instructions here: the operands' letters say
// what to write, and the row's name says the rest.
//
// The name of a row is a template:
//
//   "cbw|cwde|cdqe"  names by operand size: 16, 32, 64 bits (the last one stands for missing ones)
//   "fst %,st"       % is where the operands go; without it they follow the name after a space
//   "push:o"         letters after the colon:
//
//   o  operands don't show the operand size: its prefix is written (data16, data32)
//   a  the same for the address size (addr16, addr32)
//   z  the names before the colon are by address size, not operand size
//   g  a segment prefix is written before the name
//   G  a segment prefix is written as the last operand
//   m  the size of the memory operand is written; without m and M: if no register shows it
//   M  the size of the memory operand is not written
//   e  the memory operand is an x87 environment, named if it is not of the usual size
//   f  the memory operand is the whole x87 state, likewise
//   c  comparison: the immediates 0 to 7 have names, which are put in after "cmp"
//
// Numbers are decimal up to 9, then hexadecimal with 0x; addresses of code have all their digits.
#include "cpu/x86/disasm.h"

#include "base/text.h"
#include "cpu/x86/regs.h"

enum operand_place { // where the decoder puts an operand, or what it is
    PLACE_NONE,
    PLACE_RM, // register or memory
    PLACE_REG,
    PLACE_LOW,   // a register, in `rm`
    PLACE_FIXED, // a register by `number`
    PLACE_IMMEDIATE,
    PLACE_ONE,
    PLACE_RELATIVE,
    PLACE_FAR,
    PLACE_OFFSET,
    PLACE_STRING, // memory at a fixed register, `number`
};

enum register_file {
    FILE_GENERAL,
    FILE_SEGMENT,
    FILE_CONTROL,
    FILE_DEBUG,
    FILE_X87,
    FILE_MMX,
    FILE_XMM,
};

enum operand_size { // of a general register, memory, or an immediate; bits, or
    SIZE_NONE = 0,
    SIZE_V = 1,         // operand size
    SIZE_FAR = 2,       // far pointer: operand size and 16 bits
    SIZE_PAIR = 3,      // two of operand size
    SIZE_WORD = 4,      // a word always, so that there is no need to write it
    SIZE_WORD_OR_V = 5, // the same in memory; a register: see register_bits
};

struct letter {
    u8 place, file, size, number;
};

// ORDER isa_operand
static const struct letter letters[ISA_OPERAND_COUNT] = {
    [ISA_Eb] = {PLACE_RM, FILE_GENERAL, 8, 0},
    [ISA_Ew] = {PLACE_RM, FILE_GENERAL, SIZE_WORD, 0},
    [ISA_Ed] = {PLACE_RM, FILE_GENERAL, 32, 0},
    [ISA_Ev] = {PLACE_RM, FILE_GENERAL, SIZE_V, 0},
    [ISA_Ey] = {PLACE_RM, FILE_GENERAL, 32, 0},
    [ISA_Ewv] = {PLACE_RM, FILE_GENERAL, SIZE_WORD_OR_V, 0},
    [ISA_Gb] = {PLACE_REG, FILE_GENERAL, 8, 0},
    [ISA_Gw] = {PLACE_REG, FILE_GENERAL, 16, 0},
    [ISA_Gd] = {PLACE_REG, FILE_GENERAL, 32, 0},
    [ISA_Gv] = {PLACE_REG, FILE_GENERAL, SIZE_V, 0},
    [ISA_Gy] = {PLACE_REG, FILE_GENERAL, 32, 0},
    [ISA_M] = {PLACE_RM, 0, SIZE_NONE, 0},
    [ISA_Mb] = {PLACE_RM, 0, 8, 0},
    [ISA_Mw] = {PLACE_RM, 0, 16, 0},
    [ISA_Md] = {PLACE_RM, 0, 32, 0},
    [ISA_Mq] = {PLACE_RM, 0, 64, 0},
    [ISA_Mt] = {PLACE_RM, 0, 80, 0},
    [ISA_Mdq] = {PLACE_RM, 0, 128, 0},
    [ISA_Mv] = {PLACE_RM, 0, SIZE_V, 0},
    [ISA_Ma] = {PLACE_RM, 0, SIZE_PAIR, 0},
    [ISA_Mp] = {PLACE_RM, 0, SIZE_FAR, 0},
    [ISA_Ms] = {PLACE_RM, 0, SIZE_NONE, 0},
    [ISA_Rv] = {PLACE_RM, FILE_GENERAL, SIZE_V, 0},
    [ISA_Ry] = {PLACE_RM, FILE_GENERAL, 32, 0},
    [ISA_Cd] = {PLACE_REG, FILE_CONTROL, 0, 0},
    [ISA_Dd] = {PLACE_REG, FILE_DEBUG, 0, 0},
    [ISA_Sw] = {PLACE_REG, FILE_SEGMENT, 0, 0},
    [ISA_Ib] = {PLACE_IMMEDIATE, 0, 8, 0},
    [ISA_Ibs] = {PLACE_IMMEDIATE, 0, SIZE_V, 0},
    [ISA_Iw] = {PLACE_IMMEDIATE, 0, 16, 0},
    [ISA_Iz] = {PLACE_IMMEDIATE, 0, SIZE_V, 0},
    [ISA_Iv] = {PLACE_IMMEDIATE, 0, SIZE_V, 0},
    [ISA_Jb] = {PLACE_RELATIVE, 0, SIZE_V, 0},
    [ISA_Jz] = {PLACE_RELATIVE, 0, SIZE_V, 0},
    [ISA_Ap] = {PLACE_FAR, 0, SIZE_V, 0},
    [ISA_Ob] = {PLACE_OFFSET, 0, 8, 0},
    [ISA_Ov] = {PLACE_OFFSET, 0, SIZE_V, 0},
    [ISA_Xb] = {PLACE_STRING, 0, 8, X86_RSI},
    [ISA_Xv] = {PLACE_STRING, 0, SIZE_V, X86_RSI},
    [ISA_Yb] = {PLACE_STRING, 0, 8, X86_RDI},
    [ISA_Yv] = {PLACE_STRING, 0, SIZE_V, X86_RDI},
    [ISA_BXb] = {PLACE_STRING, 0, 8, X86_RBX},
    [ISA_Zb] = {PLACE_LOW, FILE_GENERAL, 8, 0},
    [ISA_Zv] = {PLACE_LOW, FILE_GENERAL, SIZE_V, 0},
    [ISA_AL] = {PLACE_FIXED, FILE_GENERAL, 8, X86_RAX},
    [ISA_AX] = {PLACE_FIXED, FILE_GENERAL, 16, X86_RAX},
    [ISA_rAX] = {PLACE_FIXED, FILE_GENERAL, SIZE_V, X86_RAX},
    [ISA_CL] = {PLACE_FIXED, FILE_GENERAL, 8, X86_RCX},
    [ISA_DX] = {PLACE_FIXED, FILE_GENERAL, 16, X86_RDX},
    [ISA_1] = {PLACE_ONE, 0, 0, 0},
    [ISA_ES] = {PLACE_FIXED, FILE_SEGMENT, 0, X86_ES},
    [ISA_CS] = {PLACE_FIXED, FILE_SEGMENT, 0, X86_CS},
    [ISA_SS] = {PLACE_FIXED, FILE_SEGMENT, 0, X86_SS},
    [ISA_DS] = {PLACE_FIXED, FILE_SEGMENT, 0, X86_DS},
    [ISA_FS] = {PLACE_FIXED, FILE_SEGMENT, 0, X86_FS},
    [ISA_GS] = {PLACE_FIXED, FILE_SEGMENT, 0, X86_GS},
    [ISA_ST0] = {PLACE_FIXED, FILE_X87, 0, 0},
    [ISA_STi] = {PLACE_RM, FILE_X87, 0, 0},
    [ISA_Pq] = {PLACE_REG, FILE_MMX, 0, 0},
    [ISA_Qq] = {PLACE_RM, FILE_MMX, 64, 0},
    [ISA_Qd] = {PLACE_RM, FILE_MMX, 32, 0},
    [ISA_Nq] = {PLACE_RM, FILE_MMX, 0, 0},
    [ISA_V] = {PLACE_REG, FILE_XMM, 0, 0},
    [ISA_Wss] = {PLACE_RM, FILE_XMM, 32, 0},
    [ISA_Wsd] = {PLACE_RM, FILE_XMM, 64, 0},
    [ISA_Wps] = {PLACE_RM, FILE_XMM, 128, 0},
    [ISA_Wpd] = {PLACE_RM, FILE_XMM, 128, 0},
    [ISA_Wdq] = {PLACE_RM, FILE_XMM, 128, 0},
    [ISA_Wq] = {PLACE_RM, FILE_XMM, 64, 0},
    [ISA_Wd] = {PLACE_RM, FILE_XMM, 32, 0},
    [ISA_U] = {PLACE_RM, FILE_XMM, 0, 0},
};

struct disasm {
    struct text out;
    struct decode_result decoded;
    struct insn insn;
    const struct isa_row *row;
    const char *marks; // letters after the name's colon
    unsigned operand_bits, address_bits;
    u64 next_rip;
    bool is_named_comparison;
};

// The first `c` in `words`; NULL: none.
static const char *find_char(const char *words, char c)
{
    while (*words && *words != c) {
        words++;
    }
    return *words ? words : NULL;
}

static bool has_mark(const struct disasm *d, char mark)
{
    return find_char(d->marks, mark) != NULL;
}

static bool is_overridden(const struct disasm *d)
{
    return d->decoded.segment != X86_SEG_COUNT;
}

// --- numbers and registers ---

static void put_number(struct disasm *d, u64 value)
{
    if (value < 10) {
        text_decimal(&d->out, value);
        return;
    }
    unsigned digits = 1;
    while (digits < 16 && value >> (4 * digits)) {
        digits++;
    }
    text_put(&d->out, "0x");
    text_hex(&d->out, value, digits);
}

// The address of an instruction, with all its digits.
static void put_code_address(struct disasm *d, u64 value, unsigned bits)
{
    text_put(&d->out, "0x");
    text_hex(&d->out, value, bits / 4);
}

static void put_general(struct disasm *d, unsigned n, unsigned bits)
{
    static const char *const bytes[8] = {"al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"};
    static const char *const words[8] = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
    if (bits == 8) {
        text_put(&d->out, bytes[n & 7]);
        return;
    }
    if (bits > 16) {
        text_char(&d->out, bits == 32 ? 'e' : 'r');
    }
    text_put(&d->out, words[n & 7]);
}

static void put_segment(struct disasm *d, unsigned n)
{
    static const char *const names[8] = {"es", "cs", "ss", "ds", "fs", "gs", "?", "?"};
    text_put(&d->out, names[n & 7]);
}

static void put_numbered(struct disasm *d, const char *name, unsigned n)
{
    text_put(&d->out, name);
    text_decimal(&d->out, n);
}

static void put_register(struct disasm *d, enum register_file file, unsigned n, unsigned bits)
{
    switch (file) {
    case FILE_GENERAL: put_general(d, n, bits); break;
    case FILE_SEGMENT: put_segment(d, n); break;
    case FILE_CONTROL: put_numbered(d, "cr", n); break;
    case FILE_DEBUG: put_numbered(d, "dr", n); break;
    case FILE_MMX: put_numbered(d, "mm", n); break;
    case FILE_XMM: put_numbered(d, "xmm", n); break;
    case FILE_X87:
        put_numbered(d, "st(", n);
        text_char(&d->out, ')');
        break;
    }
}

// --- sizes ---

static unsigned register_bits(const struct disasm *d, enum operand_size size)
{
    u8 first = d->row->operand[0];
    switch (size) {
    case SIZE_V: return d->operand_bits;
    case SIZE_WORD: return 16;
    case SIZE_WORD_OR_V: // MOV Sreg: always called a word; PINSRW: always a doubleword
        return first == ISA_Sw ? 16 : first == ISA_V || first == ISA_Pq ? 32 : d->operand_bits;
    default: return size;
    }
}

static unsigned memory_bits(const struct disasm *d, enum operand_size size)
{
    switch (size) {
    case SIZE_V: return d->operand_bits;
    case SIZE_FAR: return d->operand_bits + 16;
    case SIZE_PAIR: return 2 * d->operand_bits;
    case SIZE_WORD:
    case SIZE_WORD_OR_V: return 16;
    default: return size;
    }
}

// A register operand tells how much memory is meant. (A count in CL does not.)
static bool row_has_register(const struct isa_row *row)
{
    for (unsigned n = 0; n < COUNT_OF(row->operand); n++) {
        u8 operand = row->operand[n];
        u8 place = letters[operand].place;
        if (place == PLACE_REG || place == PLACE_LOW ||
            (place == PLACE_FIXED && operand != ISA_CL)) {
            return true;
        }
    }
    return false;
}

static bool shows_memory_size(const struct disasm *d, enum operand_size size)
{
    if (has_mark(d, 'm') || has_mark(d, 'M')) {
        return has_mark(d, 'm');
    }
    return size != SIZE_NONE && size != SIZE_WORD && size != SIZE_WORD_OR_V &&
           !row_has_register(d->row);
}

// FLDENV, FSAVE and their like have an image for each operand size, [SDM1] 8.1.10.
static const char *x87_image(const struct disasm *d)
{
    bool is_16 = d->operand_bits == 16;
    if (!d->decoded.has_operand_prefix) {
        return NULL;
    }
    if (has_mark(d, 'e')) {
        return is_16 ? "fpuenv14" : "fpuenv28";
    }
    return has_mark(d, 'f') ? is_16 ? "fpustate94" : "fpustate108" : NULL;
}

static void put_memory_size(struct disasm *d, enum operand_size size)
{
    static const struct {
        u8 bits;
        const char *name;
    } names[] = {{8, "byte"},   {16, "word"},  {32, "dword"},   {48, "fword"},
                 {64, "qword"}, {80, "tbyte"}, {128, "xmmword"}};
    const char *name = x87_image(d);
    if (shows_memory_size(d, size)) {
        unsigned bits = memory_bits(d, size);
        for (unsigned n = 0; n < COUNT_OF(names); n++) {
            name = names[n].bits == bits ? names[n].name : name;
        }
    }
    if (name) {
        text_put(&d->out, name);
        text_put(&d->out, " ptr ");
    }
}

// --- memory ---

static void put_override(struct disasm *d, unsigned segment)
{
    if (is_overridden(d)) {
        put_segment(d, segment);
        text_char(&d->out, ':');
    }
}

static void put_index(struct disasm *d)
{
    const struct insn *i = &d->insn;
    bool has_base = i->base != X86_REG_ZERO;
    if (has_base) {
        text_char(&d->out, '+');
    }
    put_general(d, i->index, d->address_bits);
    if (i->shift || (!has_base && d->address_bits != 16)) {
        text_char(&d->out, '*');
        text_decimal(&d->out, 1u << i->shift);
    }
}

// Behind registers a displacement is a signed distance; alone it is an address.
static void put_displacement(struct disasm *d, bool is_alone)
{
    u32 disp = d->insn.disp;
    if (d->address_bits == 16) {
        disp = is_alone ? (u16)disp : (u32)(i16)disp;
    }
    if (is_alone) {
        put_number(d, disp);
        return;
    }
    if (disp) {
        bool is_negative = disp >> 31;
        text_char(&d->out, is_negative ? '-' : '+');
        put_number(d, is_negative ? 0u - disp : disp);
    }
}

static void put_memory(struct disasm *d, enum operand_size size)
{
    const struct insn *i = &d->insn;
    put_memory_size(d, size);
    put_override(d, d->decoded.segment);
    text_char(&d->out, '[');
    bool has_base = i->base != X86_REG_ZERO, has_index = i->index != X86_REG_ZERO;
    if (has_base) {
        put_general(d, i->base, d->address_bits);
    }
    if (has_index) {
        put_index(d);
    }
    put_displacement(d, !has_base && !has_index);
    text_char(&d->out, ']');
}

// The destination's segment can't be overridden, but is written where the other one is.
static void put_string(struct disasm *d, unsigned n)
{
    put_override(d, n == X86_RDI ? X86_ES : d->decoded.segment);
    text_char(&d->out, '[');
    put_general(d, n, d->address_bits);
    text_char(&d->out, ']');
}

// --- operands ---

// A register whose number is in the instruction; byte registers are byte offsets there (insn.h).
static void put_coded_register(struct disasm *d, const struct letter *l, unsigned n)
{
    unsigned bits = register_bits(d, l->size);
    bool is_byte = l->file == FILE_GENERAL && bits == 8;
    put_register(d, l->file, is_byte ? n / 8 + n % 8 * 4 : n, bits);
}

static u64 cut(u64 value, unsigned bits)
{
    return bits >= 64 ? value : value & ((1ull << bits) - 1);
}

static void put_operand(struct disasm *d, unsigned n)
{
    u8 operand = d->row->operand[n];
    const struct letter *l = &letters[operand];
    const struct insn *i = &d->insn;
    unsigned bits = register_bits(d, l->size);
    bool is_level = operand == ISA_Ib && n > 0 && d->row->operand[n - 1] == ISA_Iw; // ENTER
    switch ((enum operand_place)l->place) {
    case PLACE_NONE: break;
    case PLACE_RM:
        if (d->decoded.is_memory) {
            put_memory(d, l->size);
        } else {
            put_coded_register(d, l, i->rm);
        }
        break;
    case PLACE_REG: put_coded_register(d, l, i->reg); break;
    case PLACE_LOW: put_coded_register(d, l, i->rm); break;
    case PLACE_FIXED:
        if (operand == ISA_ST0) {
            text_put(&d->out, "st");
        } else {
            put_register(d, l->file, l->number, bits);
        }
        break;
    case PLACE_IMMEDIATE: put_number(d, cut(is_level ? i->imm >> 16 : i->imm, bits)); break;
    case PLACE_ONE: text_char(&d->out, '1'); break;
    case PLACE_RELATIVE: put_code_address(d, d->next_rip + (u64)(i64)(i32)i->disp, bits); break;
    case PLACE_FAR:
        put_code_address(d, i->imm, bits);
        text_char(&d->out, ',');
        put_code_address(d, i->disp, 16);
        break;
    case PLACE_OFFSET: put_memory(d, SIZE_NONE); break;
    case PLACE_STRING: put_string(d, l->number); break;
    }
}

static bool row_has_place(const struct isa_row *row, enum operand_place place)
{
    for (unsigned n = 0; n < COUNT_OF(row->operand); n++) {
        if (letters[row->operand[n]].place == place) {
            return true;
        }
    }
    return false;
}

// The accumulator of a string instruction and a comparison's number are in the name.
static bool is_written(const struct disasm *d, unsigned n)
{
    u8 operand = d->row->operand[n];
    if (operand == ISA__ || (operand == ISA_Ib && d->is_named_comparison)) {
        return false;
    }
    bool is_accumulator = operand == ISA_AL || operand == ISA_rAX;
    return !(is_accumulator && row_has_place(d->row, PLACE_STRING));
}

// `separator`: what to write before the first one, 0 for nothing.
static void put_operands(struct disasm *d, char separator)
{
    for (unsigned n = 0; n < COUNT_OF(d->row->operand); n++) {
        if (is_written(d, n)) {
            if (separator) {
                text_char(&d->out, separator);
            }
            put_operand(d, n);
            separator = ',';
        }
    }
    if (has_mark(d, 'G') && is_overridden(d)) {
        text_char(&d->out, ',');
        put_segment(d, d->decoded.segment);
    }
}

// --- prefixes and name ---

static void put_size_prefix(struct disasm *d, const char *name, unsigned bits)
{
    text_put(&d->out, name);
    text_decimal(&d->out, bits);
    text_char(&d->out, ' ');
}

// A repeat prefix that did not select the row.
static const char *repeat_name(const struct disasm *d)
{
    const struct isa_row *row = d->row;
    if ((d->insn.flags & INSN_REPNE) && row->prefix != ISA_PF2) {
        return "repne ";
    }
    if ((d->insn.flags & INSN_REP) && row->prefix != ISA_PF3) {
        bool compares = row_has_place(row, PLACE_STRING) && (row->flags_written & X86_ZF);
        return compares ? "repe " : "rep ";
    }
    return "";
}

static void put_prefixes(struct disasm *d)
{
    if (has_mark(d, 'o') && d->decoded.has_operand_prefix) {
        put_size_prefix(d, "data", d->operand_bits);
    }
    bool hides_address_size = has_mark(d, 'a') || row_has_place(d->row, PLACE_OFFSET);
    if (hides_address_size && d->decoded.has_address_prefix) {
        put_size_prefix(d, "addr", d->address_bits);
    }
    if (has_mark(d, 'g') && is_overridden(d)) {
        put_segment(d, d->decoded.segment);
        text_char(&d->out, ' ');
    }
    text_put(&d->out, d->insn.flags & INSN_LOCK ? "lock " : "");
    text_put(&d->out, repeat_name(d));
}

// The alternative of the template for the size in question.
static const char *choose_name(const struct disasm *d)
{
    const char *name = d->row->name;
    unsigned bits = has_mark(d, 'z') ? d->address_bits : d->operand_bits;
    for (unsigned skip = bits / 32; skip > 0; skip--) {
        const char *other = find_char(name, '|');
        name = other ? other + 1 : name;
    }
    return name;
}

static void put_name_and_operands(struct disasm *d)
{
    static const char *const comparisons[8] = {"eq",  "lt",  "le",  "unord",
                                               "neq", "nlt", "nle", "ord"};
    const char *name = choose_name(d);
    bool done = false;
    for (unsigned n = 0; name[n] && name[n] != '|' && name[n] != ':'; n++) {
        if (n == 3 && d->is_named_comparison) {
            text_put(&d->out, comparisons[d->insn.imm & 7]);
        }
        if (name[n] == '%') {
            put_operands(d, 0);
            done = true;
        } else {
            text_char(&d->out, name[n]);
        }
    }
    if (!done) {
        put_operands(d, ' ');
    }
}

unsigned x86_disassemble(const struct decoder *decoder, const u8 *bytes, unsigned available,
                         enum decode_bits bits, u64 rip, char *text, size_t text_bytes)
{
    struct disasm d = {.out = text_in(text, text_bytes)};
    d.decoded = decode(decoder, bytes, available, bits, 0, false, &d.insn);
    d.row = d.decoded.row;
    if (!d.decoded.is_valid) {
        text_put(&d.out, d.decoded.length ? "(bad)" : "");
        return d.decoded.length;
    }
    const char *colon = find_char(d.row->name, ':');
    d.marks = colon ? colon + 1 : "";
    d.operand_bits = d.insn.flags & INSN_OPERAND_64 ? 64 : d.insn.flags & INSN_OPERAND_16 ? 16 : 32;
    d.address_bits = d.insn.address_mask == 0 ? 64 : d.insn.address_mask == 0xffff ? 16 : 32;
    d.next_rip = rip + d.decoded.length;
    d.is_named_comparison = has_mark(&d, 'c') && d.insn.imm < 8;
    put_prefixes(&d);
    put_name_and_operands(&d);
    return d.decoded.length;
}
