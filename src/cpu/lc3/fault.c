// Faults in words.
#include "base/text.h"
#include "cpu/lc3/lc3.h"

static void put_address(struct text *t, u16 address)
{
    text_char(t, 'x');
    for (unsigned shift = 16; shift > 0; shift -= 4) {
        text_char(t, "0123456789ABCDEF"[(address >> (shift - 4)) & 15]);
    }
}

static void put_bits(struct text *t, u16 value, unsigned high, unsigned low)
{
    for (unsigned bit = high + 1; bit-- > low;) {
        text_char(t, value >> bit & 1 ? '1' : '0');
    }
}

// "bits 4:3 of ADD must be 00, but are 01", for the run of wrong fixed bits that holds the highest.
static void put_wrong_bits(struct text *t, const struct lc3_insn *insn, u16 word)
{
    u16 fixed = insn->fixed & (u16)~insn->select, wrong = lc3_wrong_bits(insn, word);
    unsigned high = 15;
    while (!(wrong >> high & 1)) {
        high--;
    }
    unsigned low = high;
    while (low > 0 && (fixed >> (low - 1) & 1)) {
        low--;
    }
    while (high < 15 && (fixed >> (high + 1) & 1)) {
        high++;
    }
    text_put(t, high == low ? "bit " : "bits ");
    text_decimal(t, high);
    if (high != low) {
        text_char(t, ':');
        text_decimal(t, low);
    }
    text_put(t, " of ");
    text_put(t, insn->mnemonic);
    text_put(t, " must be ");
    put_bits(t, insn->value, high, low);
    text_put(t, ", not ");
    put_bits(t, word, high, low);
}

static void put_illegal(struct text *t, u16 word)
{
    const struct lc3_insn *insn = lc3_decode(word);
    put_address(t, word);
    text_put(t, " is no instruction: ");
    if (insn->op == LC3_RESERVED) {
        text_put(t, "the opcode 1101 is reserved");
    } else {
        put_wrong_bits(t, insn, word);
    }
}

static void put_access(struct text *t, const struct lc3_fault *f)
{
    static const char *const verbs[] = {
        [LC3_FETCH] = "fetches an instruction from ",
        [LC3_READ] = "reads ",
        [LC3_WRITE] = "writes ",
    };
    text_put(t, "a user program ");
    text_put(t, verbs[f->access]);
    put_address(t, f->address);
    text_put(t, f->address < LC3_USER_FIRST ? ", which belongs to the operating system"
                                            : ", a device register of the operating system");
}

void lc3_fault_text(const struct lc3_fault *fault, char *to, size_t size_bytes)
{
    struct text t = text_in(to, size_bytes);
    put_address(&t, fault->pc);
    text_put(&t, ": ");
    switch (fault->kind) {
    case LC3_FAULT_PRIVILEGE: text_put(&t, "RTI is for the operating system only"); break;
    case LC3_FAULT_ILLEGAL: put_illegal(&t, fault->word); break;
    case LC3_FAULT_ACCESS: put_access(&t, fault); break;
    case LC3_FAULT_BAD_TRAP:
        text_put(&t, "there is no routine for TRAP x");
        text_hex(&t, fault->address, 2);
        break;
    case LC3_FAULT_UNINIT:
        text_put(&t, "reads ");
        put_address(&t, fault->address);
        text_put(&t, ", which nobody has written");
        break;
    case LC3_FAULT_SPIN: text_put(&t, "the instruction jumps to itself for ever"); break;
    case LC3_FAULT_NONE: text_put(&t, "no fault"); break;
    }
}
