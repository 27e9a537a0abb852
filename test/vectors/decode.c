// Which bytes are instructions: lines of `bits, hex, code, ...`, separated by tabs; code INVALID
// says that a processor must raise #UD. (The origin is the tests of the iced library.)
//
// A case passes if the decoder agrees and, for a valid one, takes all its bytes. Left out by rule
// is what our processor is not meant to have, and what the origin decodes only with an option that
// stands for another processor.
#include "vectors.h"

#include "cpu/x86/isa.h"
#include "cpu/x86/ops.h"

#include <stdlib.h>
#include <string.h>

// --- scope ---

// What is not meant to be there: codes by their beginning, with the reason.
static const struct scope {
    const char *rule;
    const char *codes; // separated by blanks
} scopes[] = {
    {"AVX", "VEX_"},
    {"AVX-512", "EVEX_"},
    {"Xeon Phi", "MVEX_ Prefetchwt1 "},
    {"AMD only", "XOP_ D3NOW_ Femms Prefetch_m8 Prefetchw_ Prefetchreserved Syscall Sysret Extrq "
                 "Insertq Movntss Movntsd Clzero Mcommit Monitorx Mwaitx Rdpru"},
    {"VIA PadLock", "Xstore Xcrypt Xsha Montmul Ccs_ Via_"},
    {"virtual machines", "Vmcall Vmlaunch Vmresume Vmxo Vmptr Vmclear Vmread Vmwrite Vmfunc Vmrun "
                         "Vmmcall Vmload Vmsave Vmgexit Stgi Clgi Skinit Invlpga Invlpgb Tlbsync "
                         "Pvalidate Rmp Psmash Tdcall Seam"},
    {"transactions", "Xbegin Xabort Xend Xtest Xresldtrk Xsusldtrk"},
    {"extended state", "Xsave Xrstor Xgetbv Xsetbv"},
    {"shadow stacks", "Rstorssp Clrssbsy Setssbsy Incssp Rdssp Saveprevssp Wrss Wruss"},
    {"later than SSE3", "Popcnt Rdrand Rdseed Rdtscp Rdpid Rdpkru Wrpkru Clac Stac Serialize Encl "
                        "Getsec Pconfig Hreset Ptwrite Umwait Tpause Umonitor Wrmsrns Enqcmd"},
    {"MONITOR, which the model lacks", "Monitorw Monitord Mwait"},
    {"system management mode", "Rsm"},
};

static bool begins_with_any(const char *code, const char *beginnings)
{
    while (*beginnings) {
        size_t length = strcspn(beginnings, " ");
        if (length > 0 && strncmp(code, beginnings, length) == 0) {
            return true;
        }
        beginnings += length + strspn(beginnings + length, " ");
    }
    return false;
}

// 0F 38 and 0F 3A begin the opcodes of SSSE3 and of all that came later.
static bool is_three_byte_opcode(const u8 *bytes, unsigned length)
{
    unsigned n = prefix_count(bytes, length);
    return n + 1 < length && bytes[n] == 0x0f && (bytes[n + 1] == 0x38 || bytes[n + 1] == 0x3a);
}

// The rule by which a valid case is left out, or NULL.
static const char *rule_of_code(const char *code, const u8 *bytes, unsigned length)
{
    if (strcmp(code, "INVALID") == 0) {
        return NULL;
    }
    for (unsigned n = 0; n < COUNT_OF(scopes); n++) {
        if (begins_with_any(code, scopes[n].codes)) {
            return scopes[n].rule;
        }
    }
    return is_three_byte_opcode(bytes, length) ? "later than SSE3" : NULL;
}

// --- a line ---

struct decode_case {
    const char *bits, *hex, *code, *operands;
};

static bool split(char *text, struct decode_case *l)
{
    char *at = text;
    l->bits = next_field(&at, '\t');
    l->hex = next_field(&at, '\t');
    l->code = next_field(&at, '\t');
    char *mnemonic = next_field(&at, '\t');
    l->operands = next_field(&at, '\n');
    l->operands = l->operands ? l->operands : "";
    return l->bits && l->hex && l->code && mnemonic;
}

// Options that the origin decoded with. NoInvalidCheck lets pass what a processor must refuse; any
// other one stands for another processor.
static bool has_other_option(const char *operands)
{
    for (const char *at = strstr(operands, "decopt="); at; at = strstr(at, "decopt=")) {
        at += strlen("decopt=");
        size_t length = strcspn(at, " ");
        if (length != strlen("NoInvalidCheck") || strncmp(at, "NoInvalidCheck", length) != 0) {
            return true;
        }
    }
    return false;
}

static const char *rule_of(const struct decode_case *l, const u8 *bytes, unsigned length)
{
    if (strcmp(l->bits, "64") == 0) {
        return "64-bit mode";
    }
    const char *rule = rule_of_code(l->code, bytes, length);
    return rule ? rule : has_other_option(l->operands) ? "another processor" : NULL;
}

static void run_case(const struct decoder *decoder, const struct decode_case *l, struct tally *t)
{
    u8 bytes[32] = {0};
    int length = parse_hex(l->hex, bytes, sizeof bytes - 1);
    if (length < 0) {
        tally_fail(t, "%s %s: not hexadecimal", l->bits, l->hex);
        return;
    }
    const char *rule = rule_of(l, bytes, (unsigned)length);
    if (rule) {
        tally_skip(t, rule);
        return;
    }
    bool is_wanted = strcmp(l->code, "INVALID") != 0 && !strstr(l->operands, "NoInvalidCheck");
    enum decode_bits bits = strcmp(l->bits, "16") == 0 ? DECODE_16 : DECODE_32;
    struct insn i;
    struct decode_result d = decode(decoder, bytes, (unsigned)length, bits, 0, false, &i);
    if ((d.length > 0 && d.is_valid) != is_wanted) {
        tally_fail(t, "%s-bit %s %s %s: wanted %s", l->bits, l->hex, l->code, l->operands,
                   is_wanted ? "an instruction, got #UD" : "#UD, got an instruction");
    } else if (is_wanted && d.length != length) {
        tally_fail(t, "%s-bit %s %s: wanted %d bytes, got %u", l->bits, l->hex, l->code, length,
                   d.length);
    } else {
        tally_pass(t);
    }
}

int vectors_decode(const char *path, struct tally *t)
{
    struct file f;
    if (!file_read(path, &f)) {
        return -1;
    }
    struct decoder decoder;
    u16 *order = calloc(isa_row_count, sizeof *order);
    if (!order) {
        free(f.bytes);
        return -1;
    }
    decoder_init(&decoder, order, x86_model_by_name("max"));
    char *at = (char *)f.bytes, *text;
    int result = 0;
    while ((text = next_line(&at)) != NULL) {
        struct decode_case l;
        if (split(text, &l)) {
            run_case(&decoder, &l, t);
        } else {
            result = -1;
        }
    }
    free(order);
    free(f.bytes);
    return result;
}
