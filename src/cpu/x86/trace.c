// One line about the instruction that is about to execute, for --trace.
#include "cpu/x86/flags.h"
#include "cpu/x86/isa.h"
#include "cpu/x86/x86.h"
#include "vitrine/host.h"

struct line_buffer {
    char text[256];
    unsigned length;
};

static void put(struct line_buffer *l, const char *text)
{
    while (*text && l->length < sizeof l->text - 1) {
        l->text[l->length++] = *text++;
    }
}

static void put_hex(struct line_buffer *l, u64 value, unsigned digits)
{
    char text[17] = {0};
    for (unsigned n = digits; n-- > 0; value >>= 4) {
        text[n] = "0123456789abcdef"[value & 15];
    }
    put(l, text);
}

static void put_decimal(struct line_buffer *l, u64 value)
{
    char text[21] = {0};
    unsigned n = 20;
    do {
        text[--n] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    put(l, text + n);
}

void x86_trace(struct x86 *c)
{
    static const char *const names[8] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
    if (!c->w.host->trace) {
        return;
    }
    struct line_buffer l = {.length = 0};
    put_decimal(&l, clock_instructions(c->w.clock));
    put(&l, " ");
    put_hex(&l, c->s.seg[X86_CS].selector, 4);
    put(&l, ":");
    put_hex(&l, c->s.rip, 8);
    for (unsigned n = 0; n < 8; n++) {
        put(&l, " ");
        put(&l, names[n]);
        put(&l, "=");
        put_hex(&l, c->s.r[n], 8);
    }
    put(&l, " fl=");
    put_hex(&l, x86_eflags(c), 8);
    l.text[l.length] = 0;
    c->w.host->trace(c->w.host->owner, l.text);
}
