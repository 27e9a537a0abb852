// One line about the instruction that is about to execute, for --trace:
//
//   count cs:eip bytes text eax= ... edi= fl=
//   3 f000:0000e066 31d2             xor dx,dx                           eax=00000000 ...
#include "base/text.h"
#include "core/phys.h"
#include "cpu/x86/disasm.h"
#include "cpu/x86/flags.h"
#include "cpu/x86/x86.h"
#include "vitrine/host.h"

enum {
    LINE_BYTES = 384,
    BYTES_WIDTH = 17, // eight bytes and a blank; longer ones push the rest to the right
    TEXT_WIDTH = 36,
    MAX_INSN_BYTES = 15,
};

// What of the code at s.rip can be read without any effect on the guest. Returns how many bytes.
static unsigned peek_code(const struct x86 *c, u8 bytes[MAX_INSN_BYTES])
{
    const struct phys *p = c->w.phys;
    unsigned count = 0;
    while (count < MAX_INSN_BYTES) {
        u64 phys, linear = (u32)(c->s.seg[X86_CS].base + c->s.rip + count);
        if (!x86_look_up(c, linear, &phys)) {
            break;
        }
        const struct phys_region *r = phys_find(p, phys);
        if (!r->read_memory) {
            break; // reading a device's registers may change them
        }
        bytes[count++] = r->read_memory[(phys & p->address_mask) - r->base];
    }
    return count;
}

static void put_instruction(const struct x86 *c, struct text *line)
{
    u8 bytes[MAX_INSN_BYTES];
    char text[X86_DISASM_TEXT_BYTES];
    unsigned available = peek_code(c, bytes);
    unsigned length = x86_disassemble(x86_decoder(c), bytes, available,
                                      c->mode & X86_MODE_CODE32 ? DECODE_32 : DECODE_16, c->s.rip,
                                      text, sizeof text);
    size_t column = line->length;
    for (unsigned n = 0; n < length; n++) {
        text_hex(line, bytes[n], 2);
    }
    text_column(line, column + BYTES_WIDTH);
    column = line->length;
    text_put(line, length ? text : "(unreadable)");
    text_column(line, column + TEXT_WIDTH);
}

void x86_trace(struct x86 *c)
{
    static const char *const names[8] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
    if (!c->w.host->trace) {
        return;
    }
    char buffer[LINE_BYTES];
    struct text line = text_in(buffer, sizeof buffer);
    text_decimal(&line, clock_instructions(c->w.clock));
    text_char(&line, ' ');
    text_hex(&line, c->s.seg[X86_CS].selector, 4);
    text_char(&line, ':');
    text_hex(&line, c->s.rip, 8);
    text_char(&line, ' ');
    put_instruction(c, &line);
    for (unsigned n = 0; n < 8; n++) {
        text_put(&line, names[n]);
        text_char(&line, '=');
        text_hex(&line, c->s.r[n], 8);
        text_char(&line, ' ');
    }
    text_put(&line, "fl=");
    text_hex(&line, x86_eflags(c), 8);
    c->w.host->trace(c->w.host->owner, buffer);
}
