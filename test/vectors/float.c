// Berkeley TestFloat lines, carried out by x87 and SSE instructions of the bare processor.
//
// A block `# operation rounding=R precision=P count=N` is followed by lines of operands, result and
// flags in hexadecimal. Each operation has one or more *ways* in which x86 code can do it; a line
// passes if every way gives the result and the exception flags. Let pass by rule: another NaN than
// the line's, where a NaN is due, because IEEE 754 leaves the choice to the processor.
#include "vectors.h"

#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

// --- where things are in the guest's RAM; code in real mode, all segments at 0 ---

enum {
    CODE = 0x1000,
    CODE_STEP = 0x100, // from one way to the next
    OPERAND_A = 0x2000,
    OPERAND_B = 0x2010,
    RESULT = 0x2020,
    CONTROL = 0x2030, // x87 control word
    STATUS = 0x2032,  // x87 status word
    MXCSR = 0x2034,
    MXCSR_AFTER = 0x2038,
};

// --- the ways ---

enum way_kind {
    X87,         // FNINIT and FLDCW before it, FNSTSW behind it
    SSE,         // LDMXCSR before it, STMXCSR behind it
    X87_COMPARE, // as X87; leaves CF, ZF, PF in AH as LAHF does
};

struct way {
    const char *operation;
    u8 kind;
    // Machine code in hexadecimal; [a] [b] [r] are the 16-bit addresses of operands and result.
    const char *code;
};

#define FLD_A  "DB2E[a]" // fld tword [a]
#define FLD_B  "DB2E[b]"
#define FSTP_R "DB3E[r]"
#define SS_A   "F30F1006[a]" // movss xmm0, [a]
#define SS_B   "F30F100E[b]" // movss xmm1, [b]
#define SS_R   "F30F1106[r]" // movss [r], xmm0
#define SD_A   "F20F1006[a]"
#define SD_B   "F20F100E[b]"
#define SD_R   "F20F1106[r]"
#define PS_A   SS_A "0FC6C000" // and shufps xmm0, xmm0, 0: into all four
#define PS_B   SS_B "0FC6C900"
#define PS_R   "0FC6C0FF" SS_R // the highest of the four
#define PD_A   SD_A "660F14C0" // and unpcklpd xmm0, xmm0
#define PD_B   SD_B "660F14C9"
#define PD_R   "660F15C0" SD_R // unpckhpd: the higher of the two
#define DQ_A                                                                                       \
    "660F6E06[a]"                                                                                  \
    "660F70C000"           // movd, pshufd: into all four
#define DQ_R "660F7E06[r]" // movd [r], xmm0

// One arithmetic operation of SSE by its opcode: scalar from memory and register, packed.
#define SSE_ARITHMETIC(name, opcode)                                                               \
    {"f32_" name, SSE, SS_A "F30F" opcode "06[b]" SS_R},                                           \
        {"f32_" name, SSE, SS_A SS_B "F30F" opcode "C1" SS_R},                                     \
        {"f32_" name, SSE, PS_A PS_B "0F" opcode "C1" PS_R},                                       \
        {"f64_" name, SSE, SD_A "F20F" opcode "06[b]" SD_R},                                       \
        {"f64_" name, SSE, SD_A SD_B "F20F" opcode "C1" SD_R},                                     \
    {                                                                                              \
        "f64_" name, SSE, PD_A PD_B "660F" opcode "C1" PD_R                                        \
    }

static const struct way ways[] = {
    {"extF80_add", X87, FLD_A FLD_B "DEC1" FSTP_R}, // faddp
    {"extF80_add", X87, FLD_A FLD_B "D8C1" FSTP_R}, // fadd st0, st1
    {"extF80_add", X87,
     FLD_A FLD_B "DCC1"
                 "DDD8" FSTP_R},                     // fadd st1, st0; fstp st0
    {"extF80_sub", X87, FLD_A FLD_B "DEE9" FSTP_R},  // fsubp
    {"extF80_sub", X87, FLD_A FLD_B "D8E9" FSTP_R},  // fsubr st0, st1
    {"extF80_sub", X87, FLD_B FLD_A "D8E1" FSTP_R},  // fsub st0, st1
    {"extF80_sub", X87, FLD_B FLD_A "DEE1" FSTP_R},  // fsubrp
    {"extF80_mul", X87, FLD_A FLD_B "DEC9" FSTP_R},  // fmulp
    {"extF80_mul", X87, FLD_A FLD_B "D8C9" FSTP_R},  // fmul st0, st1
    {"extF80_div", X87, FLD_A FLD_B "DEF9" FSTP_R},  // fdivp
    {"extF80_div", X87, FLD_A FLD_B "D8F9" FSTP_R},  // fdivr st0, st1
    {"extF80_div", X87, FLD_B FLD_A "D8F1" FSTP_R},  // fdiv st0, st1
    {"extF80_div", X87, FLD_B FLD_A "DEF1" FSTP_R},  // fdivrp
    {"extF80_sqrt", X87, FLD_A "D9FA" FSTP_R},       // fsqrt
    {"extF80_roundToInt", X87, FLD_A "D9FC" FSTP_R}, // frndint
    {"extF80_to_i32", X87, FLD_A "DB1E[r]"},         // fistp dword
    {"extF80_to_i32", X87, FLD_A "DB16[r]"},         // fist dword
    {"extF80_to_i64", X87, FLD_A "DF3E[r]"},         // fistp qword
    {"extF80_to_f32", X87, FLD_A "D91E[r]"},         // fstp dword
    {"extF80_to_f32", X87, FLD_A "D916[r]"},         // fst dword
    {"extF80_to_f64", X87, FLD_A "DD1E[r]"},         // fstp qword
    {"extF80_to_f64", X87, FLD_A "DD16[r]"},         // fst qword
    {"extF80_eq", X87_COMPARE,
     FLD_B FLD_A "DAE9"
                 "DFE0"
                 "9E"}, // fucompp, fnstsw ax, sahf
    {"extF80_eq", X87_COMPARE,
     FLD_B FLD_A "DDE1"
                 "DFE0"
                 "9E"},                             // fucom
    {"extF80_eq", X87_COMPARE, FLD_B FLD_A "DFE9"}, // fucomip
    {"extF80_lt", X87_COMPARE,
     FLD_B FLD_A "DED9"
                 "DFE0"
                 "9E"},                             // fcompp
    {"extF80_lt", X87_COMPARE, FLD_B FLD_A "DBF1"}, // fcomi
    {"extF80_le", X87_COMPARE,
     FLD_B FLD_A "D8D1"
                 "DFE0"
                 "9E"},                             // fcom
    {"extF80_le", X87_COMPARE, FLD_B FLD_A "DFF1"}, // fcomip
    {"f32_to_extF80", X87, "D906[a]" FSTP_R},       // fld dword
    {"f64_to_extF80", X87, "DD06[a]" FSTP_R},       // fld qword
    {"i32_to_extF80", X87, "DB06[a]" FSTP_R},       // fild dword
    {"i64_to_extF80", X87, "DF2E[a]" FSTP_R},       // fild qword
    SSE_ARITHMETIC("add", "58"),
    SSE_ARITHMETIC("mul", "59"),
    SSE_ARITHMETIC("sub", "5C"),
    SSE_ARITHMETIC("div", "5E"),
    {"f32_sqrt", SSE, "F30F5106[a]" SS_R},
    {"f32_sqrt", SSE, PS_A "0F51C0" PS_R},
    {"f64_sqrt", SSE, "F20F5106[a]" SD_R},
    {"f64_sqrt", SSE, PD_A "660F51C0" PD_R},
    {"f32_to_i32", SSE,
     "F30F2D06[a]"
     "66A3[r]"}, // cvtss2si eax, [a]; mov [r], eax
    {"f32_to_i32", SSE,
     SS_A "F30F2DC0"
          "66A3[r]"},                          // cvtss2si eax, xmm0
    {"f32_to_i32", SSE, PS_A "660F5BC0" DQ_R}, // cvtps2dq
    {"f32_to_i32", X87,
     "D906[a]"
     "DB1E[r]"}, // fld dword; fistp dword
    {"f32_to_i64", X87,
     "D906[a]"
     "DF3E[r]"}, // fld dword; fistp qword
    {"f64_to_i32", SSE,
     "F20F2D06[a]"
     "66A3[r]"},                               // cvtsd2si eax, [a]
    {"f64_to_i32", SSE, PD_A "F20FE6C0" DQ_R}, // cvtpd2dq
    {"f64_to_i32", X87,
     "DD06[a]"
     "DB1E[r]"}, // fld qword; fistp dword
    {"f64_to_i64", X87,
     "DD06[a]"
     "DF3E[r]"},                             // fld qword; fistp qword
    {"f32_to_f64", SSE, "F30F5A06[a]" SD_R}, // cvtss2sd
    {"f32_to_f64", SSE, PS_A "0F5AC0" PD_R}, // cvtps2pd
    {"f32_to_f64", X87,
     "D906[a]"
     "DD1E[r]"},                               // fld dword; fstp qword
    {"f64_to_f32", SSE, "F20F5A06[a]" SS_R},   // cvtsd2ss
    {"f64_to_f32", SSE, PD_A "660F5AC0" SS_R}, // cvtpd2ps
    {"f64_to_f32", X87,
     "DD06[a]"
     "D91E[r]"},                             // fld qword; fstp dword
    {"i32_to_f32", SSE, "F30F2A06[a]" SS_R}, // cvtsi2ss
    {"i32_to_f32", SSE, DQ_A "0F5BC0" PS_R}, // cvtdq2ps
    {"i32_to_f32", X87,
     "DB06[a]"
     "D91E[r]"},                               // fild dword; fstp dword
    {"i32_to_f64", SSE, "F20F2A06[a]" SD_R},   // cvtsi2sd
    {"i32_to_f64", SSE, DQ_A "F30FE6C0" PD_R}, // cvtdq2pd
    {"i32_to_f64", X87,
     "DB06[a]"
     "DD1E[r]"}, // fild dword; fstp qword
    {"i64_to_f32", X87,
     "DF2E[a]"
     "D91E[r]"}, // fild qword; fstp dword
    {"i64_to_f64", X87,
     "DF2E[a]"
     "DD1E[r]"}, // fild qword; fstp qword
};

// --- a block ---

struct block {
    char operation[40];
    unsigned rounding;  // as in the RC fields of the control registers
    unsigned precision; // x87: PC field
    unsigned way[8], way_count;
};

static unsigned choose(const char *text, const char *key, const char *const *choices,
                       unsigned count, unsigned otherwise)
{
    const char *value = strstr(text, key);
    size_t length = value ? strcspn(value += strlen(key), " \n") : 0;
    for (unsigned n = 0; value && n < count; n++) {
        if (choices[n] && strlen(choices[n]) == length && strncmp(value, choices[n], length) == 0) {
            return n;
        }
    }
    return otherwise;
}

static u16 address_of(char symbol)
{
    return symbol == 'a' ? OPERAND_A : symbol == 'b' ? OPERAND_B : RESULT;
}

// Machine code from text to guest RAM. Returns the address behind it.
static u8 *assemble(u8 *to, const char *code)
{
    while (*code) {
        if (*code == '[') {
            store_le16(to, address_of(code[1]));
            to += 2;
            code += 3;
        } else {
            char pair[3] = {code[0], code[1], 0};
            to += parse_hex(pair, to, 1);
            code += 2;
        }
    }
    return to;
}

static u8 *assemble_store(u8 *to, const char *opcode, u16 address)
{
    to = assemble(to, opcode);
    store_le16(to, address);
    return to + 2;
}

static void assemble_way(u8 *to, const struct way *w)
{
    if (w->kind == SSE) {
        to = assemble_store(to, "0FAE16", MXCSR); // ldmxcsr
        to = assemble(to, w->code);
        to = assemble_store(to, "0FAE1E", MXCSR_AFTER); // stmxcsr
    } else {
        to = assemble_store(to,
                            "DBE3"
                            "D92E",
                            CONTROL); // fninit, fldcw
        to = assemble(to, w->code);
        if (w->kind == X87_COMPARE) {
            to = assemble_store(to,
                                "9F"
                                "8826",
                                RESULT); // lahf; mov [r], ah
        }
        to = assemble_store(to, "DD3E", STATUS); // fnstsw
    }
    assemble(to, "F4");
}

// `text`: the line behind "# ".
static void begin_block(struct bare *m, struct block *b, const char *text)
{
    static const char *const roundings[] = {"near_even", "min", "max", "minMag"};
    static const char *const precisions[] = {"32", NULL, "64", "80"};
    size_t length = strcspn(text, " ");
    *b = (struct block){
        .rounding = choose(text, "rounding=", roundings, COUNT_OF(roundings), 0),
        .precision = choose(text, "precision=", precisions, COUNT_OF(precisions), 3),
    };
    length = length < sizeof b->operation ? length : sizeof b->operation - 1;
    memcpy(b->operation, text, length);
    for (unsigned n = 0; n < COUNT_OF(ways) && b->way_count < COUNT_OF(b->way); n++) {
        if (strcmp(ways[n].operation, b->operation) == 0) {
            assemble_way(m->ram + CODE + b->way_count * CODE_STEP, &ways[n]);
            b->way[b->way_count++] = n;
        }
    }
    // all exceptions masked
    store_le16(m->ram + CONTROL, (u16)(0x3f | b->precision << 8 | b->rounding << 10));
    store_le32(m->ram + MXCSR, 0x1f80 | b->rounding << 13);
    bare_changed(m);
}

// --- a line ---

struct number {
    u8 bytes[10]; // little endian
    unsigned size_bytes;
};

static bool parse_number(const char *text, struct number *n)
{
    u8 big[10];
    char padded[24] = "0";
    bool is_odd = strlen(text) % 2 != 0;
    if (strlen(text) > 20) {
        return false;
    }
    strcpy(padded + is_odd, text);
    int size = parse_hex(padded, big, sizeof big);
    *n = (struct number){.size_bytes = size > 0 ? (unsigned)size : 0};
    for (unsigned k = 0; k < n->size_bytes; k++) {
        n->bytes[k] = big[n->size_bytes - 1 - k];
    }
    return size > 0;
}

static bool is_nan(const u8 *p, unsigned size_bytes)
{
    if (size_bytes == 4) {
        return (load_le32(p) & 0x7fffffff) > 0x7f800000;
    }
    if (size_bytes == 8) {
        return (load_le64(p) & (UINT64_MAX >> 1)) > 0x7ff0000000000000;
    }
    return size_bytes == 10 && (load_le16(p + 8) & 0x7fff) == 0x7fff && load_le64(p) << 1 != 0;
}

// The exception flags of a status word or MXCSR in the order of TestFloat: inexact 1, underflow,
// overflow, division by zero, invalid. The denormal flag is not covered.
static unsigned flags_of(u32 status)
{
    return (status >> 5 & 1) | (status >> 4 & 1) << 1 | (status >> 3 & 1) << 2 |
           (status >> 2 & 1) << 3 | (status & 1) << 4;
}

// What LAHF gave, as the answer to the comparison that the operation's name ends in.
static u8 answer_of(const char *operation, u8 ah)
{
    bool is_less = ah & 1, is_unordered = ah & 4, is_equal = ah & 0x40;
    const char *which = operation + strlen(operation) - 2;
    bool is_true = strcmp(which, "eq") == 0   ? is_equal
                   : strcmp(which, "lt") == 0 ? is_less
                                              : is_less || is_equal;
    return is_true && !is_unordered;
}

enum outcome { RIGHT, OTHER_NAN, WRONG };

static enum outcome run_way(struct bare *m, const struct block *b, unsigned n,
                            const struct number *wanted, unsigned wanted_flags)
{
    const struct way *w = &ways[b->way[n]];
    m->cpu.s.rip = CODE + n * CODE_STEP;
    m->cpu.s.is_halted = false;
    memset(m->ram + RESULT, 0xcc, 16);
    if (!bare_run_until_halt(m, 100)) {
        return WRONG;
    }
    if (w->kind == X87_COMPARE) {
        m->ram[RESULT] = answer_of(b->operation, m->ram[RESULT]);
    }
    u32 status = w->kind == SSE ? load_le32(m->ram + MXCSR_AFTER) : load_le16(m->ram + STATUS);
    if (flags_of(status) != wanted_flags) {
        return WRONG;
    }
    const u8 *got = m->ram + RESULT;
    if (memcmp(got, wanted->bytes, wanted->size_bytes) == 0) {
        return RIGHT;
    }
    bool is_integer = strstr(b->operation, "to_i") || w->kind == X87_COMPARE;
    return !is_integer && is_nan(got, wanted->size_bytes) &&
                   is_nan(wanted->bytes, wanted->size_bytes)
               ? OTHER_NAN
               : WRONG;
}

static void fail_line(struct bare *m, const struct block *b, unsigned n, const char *line,
                      unsigned size_bytes, struct tally *t)
{
    static const char *const roundings[] = {"near_even", "min", "max", "minMag"};
    const struct way *w = &ways[b->way[n]];
    char got[24] = "";
    for (unsigned k = 0; k < size_bytes; k++) {
        static const char digits[] = "0123456789ABCDEF";
        u8 byte = m->ram[RESULT + size_bytes - 1 - k];
        got[2 * k] = digits[byte >> 4];
        got[2 * k + 1] = digits[byte & 15];
    }
    u32 status = w->kind == SSE ? load_le32(m->ram + MXCSR_AFTER) : load_le16(m->ram + STATUS);
    tally_fail(t, "%s rounding=%s PC=%u by %s: wanted %s, got %s %02X%s", b->operation,
               roundings[b->rounding], b->precision, w->code, line, got, flags_of(status),
               m->cpu.s.is_halted ? "" : " (no HLT)");
}

static void run_line(struct bare *m, const struct block *b, const char *line, struct tally *t)
{
    char copy[128];
    struct number number[4];
    unsigned count = 0;
    char *at = copy, *field;
    if (strlen(line) >= sizeof copy) {
        tally_fail(t, "line too long: %s", line);
        return;
    }
    strcpy(copy, line);
    while (count < COUNT_OF(number) && (field = next_field(&at, ' ')) != NULL &&
           parse_number(field, &number[count])) {
        count++;
    }
    if (count < 3 || b->way_count == 0) {
        tally_fail(t, "%s: can't be run: %s", b->operation, line);
        return;
    }
    memcpy(m->ram + OPERAND_A, number[0].bytes, sizeof number[0].bytes);
    memcpy(m->ram + OPERAND_B, number[1].bytes, sizeof number[1].bytes);
    enum outcome worst = RIGHT;
    for (unsigned n = 0; n < b->way_count; n++) {
        enum outcome o = run_way(m, b, n, &number[count - 2], number[count - 1].bytes[0]);
        if (o == WRONG) {
            fail_line(m, b, n, line, number[count - 2].size_bytes, t);
            return;
        }
        worst = o > worst ? o : worst;
    }
    if (worst == OTHER_NAN) {
        tally_pass_by(t, "another NaN, passed");
    } else {
        tally_pass(t);
    }
}

// --- the file ---

static struct bare *float_machine(void)
{
    struct bare *m = bare_create();
    struct x86 *c = &m->cpu;
    c->s.cr0 = X86_CR0_ET | X86_CR0_NE | X86_CR0_MP;
    c->s.cr4 = X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT;
    for (unsigned n = 0; n <= X86_GS; n++) {
        x86_set_real_segment(c, n, 0);
    }
    bare_changed(m);
    return m;
}

int vectors_float(const char *path, struct tally *t)
{
    struct file f;
    if (!file_read(path, &f)) {
        return -1;
    }
    struct bare *m = float_machine();
    struct block b = {.way_count = 0};
    char *at = (char *)f.bytes, *line;
    int result = 0;
    while ((line = next_line(&at)) != NULL) {
        if (line[0] == '#') {
            begin_block(m, &b, line + strspn(line, "# "));
        } else if (b.operation[0]) {
            run_line(m, &b, line, t);
        } else if (line[0]) {
            result = -1; // no header
        }
    }
    bare_destroy(m);
    free(f.bytes);
    return result;
}
