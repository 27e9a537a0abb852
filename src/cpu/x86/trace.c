// One line about the instruction that is about to execute, for --trace:
//
//   count cs:eip bytes text eax= ... edi= fl=
//   3 f000:0000e066 31d2             xor dx,dx                           eax=00000000 ...
#include "base/text.h"
#include "cpu/x86/flags.h"
#include "cpu/x86/view.h"
#include "vitrine/host.h"

enum {
    LINE_BYTES = 384,
    BYTES_WIDTH = 17, // eight bytes and a blank; longer ones push the rest to the right
    TEXT_WIDTH = 36,
};

static void put_instruction(const struct x86 *c, struct text *line)
{
    struct vt_instruction insn;
    x86_view_instruction(c, x86_view_pc(c), &insn);
    size_t column = line->length;
    for (unsigned n = 0; n < insn.length; n++) {
        text_hex(line, insn.cells[n], 2);
    }
    text_column(line, column + BYTES_WIDTH);
    column = line->length;
    text_put(line, insn.text);
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
