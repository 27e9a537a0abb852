// Any bytes to the decoder and the disassembler: an instruction has 1 to 15 bytes, both agree on
// its length, and it does not depend on what follows it.
#include "test/fuzz/fuzz.h"

#include "cpu/x86/disasm.h"
#include "cpu/x86/x86.h"

enum { LENGTH_MAX = 15, ROWS_MAX = 4096 };

static const char *const models[] = {"486", "pentium", "pentium3", "max"};

// Exactly `available` bytes, so that a read past them is seen.
static struct decode_result decode_alone(const struct decoder *d, const u8 *bytes,
                                         unsigned available, enum decode_bits bits, u32 flat,
                                         bool is_real, struct insn *i)
{
    u8 *copy = malloc(available ? available : 1);
    CLAIM(copy);
    memcpy(copy, bytes, available);
    struct decode_result r = decode(d, copy, available, bits, flat, is_real, i);
    free(copy);
    return r;
}

static void check_insn(const struct decode_result *r, const struct insn *i)
{
    CLAIM(r->row && r->row >= isa_rows && r->row < isa_rows + isa_row_count);
    CLAIM(i->base <= X86_REG_ZERO && i->index <= X86_REG_ZERO && i->shift <= 3);
    CLAIM(i->seg <= X86_FLAT && i->length == r->length);
}

static void check_disassembly(const struct decoder *d, const u8 *bytes, unsigned available,
                              enum decode_bits bits, const struct decode_result *protected)
{
    char text[X86_DISASM_TEXT_BYTES];
    unsigned length = x86_disassemble(d, bytes, available, bits, 0x12345678, text, sizeof text);
    CLAIM(memchr(text, 0, sizeof text));
    size_t used = strlen(text);
    CLAIM(length <= LENGTH_MAX && length <= available);
    if (protected->too_long || protected->length == 0) {
        CLAIM(length == 0 && used == 0);
    } else {
        CLAIM(length == protected->length && used > 0);
        CLAIM(protected->is_valid || strstr(text, "(bad)"));
    }
}

static void check_mode(const struct decoder *d, const u8 *bytes, unsigned available,
                       enum decode_bits bits, u32 flat)
{
    struct insn i = {0}, again = {0};
    struct decode_result r = decode_alone(d, bytes, available, bits, flat, false, &i);
    CLAIM(r.length <= available);
    if (!r.too_long) {
        CLAIM(r.length <= LENGTH_MAX);
    }
    check_disassembly(d, bytes, available, bits, &r);
    struct decode_result real = decode_alone(d, bytes, available, bits, flat, true, &again);
    CLAIM(r.is_valid || !real.is_valid); // real mode has nothing that protected mode has not
    if (r.length == 0 || r.too_long || !r.is_valid) {
        return;
    }
    check_insn(&r, &i);
    memset(&again, 0, sizeof again);
    struct decode_result alone = decode_alone(d, bytes, r.length, bits, flat, false, &again);
    CLAIM(alone.is_valid && alone.length == r.length);
    CLAIM(memcmp(&i, &again, sizeof i) == 0);
    struct decode_result cut = decode_alone(d, bytes, r.length - 1u, bits, flat, false, &again);
    CLAIM(!cut.is_valid || cut.length == 0);
}

// Made once: it takes longer than all else.
static const struct decoder *decoder_of(unsigned model)
{
    static struct decoder decoders[COUNT_OF(models)];
    static u16 orders[COUNT_OF(models)][ROWS_MAX];
    CLAIM(isa_row_count <= ROWS_MAX);
    if (!decoders[model].order) {
        decoder_init(&decoders[model], orders[model], x86_model_by_name(models[model]));
    }
    return &decoders[model];
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size_bytes)
{
    struct input in = {data, size_bytes};
    const struct decoder *d = decoder_of(take_below(&in, COUNT_OF(models)));
    u32 flat = take8(&in);
    flat = (flat & 0x3f) | (flat & 0x40 ? DECODE_STACK_FLAT : 0);
    for (unsigned n = 0; n < 64 && in.left > 0; n++) {
        unsigned available = in.left < 32 ? (unsigned)in.left : 32;
        check_mode(d, in.at, available, DECODE_16, flat & 0x3f);
        check_mode(d, in.at, available, DECODE_32, flat);
        in.at++;
        in.left--;
    }
    return 0;
}
