// Disassembly cases of iced's (x86-decode/iced-disasm.tsv.gz): bytes and their text, [iced].
//
// A line is: bits, bytes, code, text in nasm, intel, masm and gas syntax, options. The intel column
// is ours.
#include "vectors.h"

#include "cpu/x86/disasm.h"

#include <stdlib.h>
#include <string.h>

enum { FIELD_BITS, FIELD_BYTES, FIELD_CODE, FIELD_INTEL = 4, FIELD_OPTIONS = 7, FIELD_COUNT };

// What is left out, by the beginning of the code's name: what no Pentium 4 has.
static const struct {
    const char *start, *rule;
} out_of_scope[] = {
    {"EVEX_", "AVX-512"},
    {"MVEX_", "Knights Corner"},
    {"XOP_", "XOP"},
    {"VEX_", "AVX"},
    {"D3NOW", "3DNow!"},
    {"Aadd", "RAO-INT"},
    {"Bnd", "MPX"},
    {"Ccs_", "VIA"},
    {"Montmul", "VIA"},
    {"Via_", "VIA"},
    {"Xcrypt", "VIA"},
    {"Xsha", "VIA"},
    {"Xstore", "VIA"},
    {"Clzero", "AMD"},
    {"Invlpga", "AMD"},
    {"Invlpgb", "AMD"},
    {"Monitorx", "AMD"},
    {"Mwaitx", "AMD"},
    {"Pvalidate", "AMD"},
    {"Rdpru", "AMD"},
    {"Skinit", "AMD"},
    {"Syscall", "AMD"},
    {"Sysret", "AMD"},
    {"Vmload", "AMD"},
    {"Vmmcall", "AMD"},
    {"Vmrun", "AMD"},
    {"Vmsave", "AMD"},
    {"Invept", "VMX"},
    {"Invvpid", "VMX"},
    {"Vm", "VMX"},
    {"Crc32", "SSE4 and later"},
    {"Enqcmd", "SSE4 and later"},
    {"Invpcid", "SSE4 and later"},
    {"Movdir", "SSE4 and later"},
    {"Rdpid", "SSE4 and later"},
    {"Umonitor", "SSE4 and later"},
    {"Xbegin", "SSE4 and later"},
    {"Xresldtrk", "SSE4 and later"},
    {"Xsusldtrk", "SSE4 and later"},
};

// The rule by which a case is left out; NULL: it is ours.
static const char *rule_for(char *const field[])
{
    if (strcmp(field[FIELD_BITS], "64") == 0) {
        return "64 bits";
    }
    if (field[FIELD_OPTIONS] && field[FIELD_OPTIONS][0]) {
        return "other makers' instructions";
    }
    for (unsigned n = 0; n < COUNT_OF(out_of_scope); n++) {
        if (strncmp(field[FIELD_CODE], out_of_scope[n].start, strlen(out_of_scope[n].start)) == 0) {
            return out_of_scope[n].rule;
        }
    }
    return NULL;
}

static bool run_case(const struct decoder *d, char *const field[], struct tally *t)
{
    u8 bytes[16];
    char text[X86_DISASM_TEXT_BYTES];
    int count = parse_hex(field[FIELD_BYTES], bytes, sizeof bytes);
    if (count < 0) {
        return false;
    }
    bool is_16 = strcmp(field[FIELD_BITS], "16") == 0;
    unsigned length = x86_disassemble(d, bytes, (unsigned)count, is_16 ? DECODE_16 : DECODE_32,
                                      is_16 ? 0x7ff0 : 0x7ffffff0, text, sizeof text);
    if (length == (unsigned)count && strcmp(text, field[FIELD_INTEL]) == 0) {
        tally_pass(t);
    } else {
        tally_fail(t, "%s %s %s: wanted \"%s\", got \"%s\" (%u bytes)", field[FIELD_BITS],
                   field[FIELD_BYTES], field[FIELD_CODE], field[FIELD_INTEL], text, length);
    }
    return true;
}

static bool run_line(const struct decoder *d, char *line, struct tally *t)
{
    char *field[FIELD_COUNT] = {0};
    unsigned count = 0;
    while (count < FIELD_COUNT && (field[count] = next_field(&line, '\t')) != NULL) {
        count++;
    }
    if (count < FIELD_OPTIONS) {
        return false;
    }
    const char *rule = rule_for(field);
    if (rule) {
        tally_skip(t, rule);
        return true;
    }
    return run_case(d, field, t);
}

int vectors_disasm(const char *path, struct tally *t)
{
    struct file f;
    if (!file_read(path, &f)) {
        return -1;
    }
    struct x86_model model = *x86_model_by_name("max");
    model.features_ecx |= X86_HAS_MONITOR; // the one feature of a Pentium 4 that it leaves out
    struct decoder d;
    u16 *order = calloc(isa_row_count, sizeof *order);
    bool is_good = order != NULL;
    if (is_good) {
        decoder_init(&d, order, &model);
    }
    char *at = (char *)f.bytes, *line;
    while (is_good && (line = next_line(&at)) != NULL) {
        is_good = run_line(&d, line, t);
    }
    free(order);
    free(f.bytes);
    return is_good ? 0 : -1;
}
