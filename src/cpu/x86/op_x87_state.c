// x87: control and status words, the environment, the whole state; exceptions and how they are
// reported. [SDM2], [SDM1] 8.1, 8.6, 8.7, [SDM3] 6.15.
#include "cpu/x86/x87.h"

#include "cpu/x86/flags.h"

// --- exceptions ---

// A pending exception without CR0.NE is reported the PC's way: FERR# (IRQ 13). The processor of a
// PC would wait for the interrupt; here the instruction goes on, and the interrupt comes right
// after it ([SDM1] 8.7.1, appendix D).
NOINLINE bool x87_unavailable(struct x86 *c)
{
    if (c->s.cr0 & (X86_CR0_EM | X86_CR0_TS)) {
        return x86_raise(c, X86_NM);
    }
    if (c->s.cr0 & X86_CR0_NE) {
        return x86_raise(c, X86_MF);
    }
    line_set(&c->w.ferr, true);
    return true;
}

static bool stack_fault(struct x86_fpu *f, unsigned c1)
{
    bool is_masked = (f->control & FLOAT_INVALID) != 0;
    unsigned pending = is_masked ? 0 : X87_ES | X87_BUSY;
    f->status =
        (u16)((f->status & ~(unsigned)X87_C1) | FLOAT_INVALID | X87_STACK_FAULT | c1 | pending);
    return is_masked;
}

bool x87_stack_underflow(struct x86_fpu *f)
{
    return stack_fault(f, 0);
}

bool x87_stack_overflow(struct x86_fpu *f)
{
    return stack_fault(f, X87_C1);
}

void x87_push_overflow(struct x86_fpu *f)
{
    if (x87_stack_overflow(f)) {
        x87_push(f, FLOAT80_DEFAULT_NAN);
    }
}

// ES and B follow from flags and masks; with them FERR# falls. (It rises at the next waiting
// instruction.)
static void update_summary(struct x86 *c)
{
    struct x86_fpu *f = &c->s.fpu;
    bool was_pending = (f->status & X87_ES) != 0;
    f->status &= (u16) ~(X87_ES | X87_BUSY);
    if (f->status & ~f->control & FLOAT_ALL) {
        f->status |= X87_ES | X87_BUSY;
    } else if (was_pending) {
        line_set(&c->w.ferr, false);
    }
}

// --- control and status words ---

enum {
    CONTROL_WRITABLE = 0x1f3f, // the infinity bit 12 is kept, without an effect
    CONTROL_ONE = 0x40,        // reads as 1
    CONTROL_INITIAL = 0x37f,
};

static u16 status_word(const struct x86_fpu *f)
{
    return (u16)(f->status | f->top << X87_TOP_SHIFT);
}

static void set_control(struct x86_fpu *f, u64 value)
{
    f->control = (u16)((value & CONTROL_WRITABLE) | CONTROL_ONE);
}

static void initialize(struct x86 *c)
{
    struct x86_fpu *f = &c->s.fpu;
    f->control = CONTROL_INITIAL;
    f->status &= X87_ES | X87_BUSY; // for update_summary
    f->top = 0;
    f->empty = 0xff;
    f->opcode = f->code_selector = f->data_selector = 0;
    f->code_offset = f->data_offset = 0;
    update_summary(c);
}

static bool init(struct x86 *c)
{
    if (!x87_ready_no_wait(c)) {
        return false;
    }
    initialize(c);
    return true;
}

static bool clear_exceptions(struct x86 *c)
{
    if (!x87_ready_no_wait(c)) {
        return false;
    }
    c->s.fpu.status &= (u16) ~(FLOAT_ALL | X87_STACK_FAULT);
    update_summary(c);
    return true;
}

static bool load_control(struct x86 *c, const struct insn *i)
{
    u64 value;
    if (!x87_ready(c) || !x86_load(c, i->seg, ea(c, i), 16, &value)) {
        return false;
    }
    set_control(&c->s.fpu, value);
    update_summary(c);
    return true;
}

static bool store_word(struct x86 *c, const struct insn *i, u16 value)
{
    return x87_ready_no_wait(c) && x86_store(c, i->seg, ea(c, i), 16, value);
}

static bool status_to_ax(struct x86 *c)
{
    if (!x87_ready_no_wait(c)) {
        return false;
    }
    reg_write(c, X86_RAX, 16, status_word(&c->s.fpu));
    return true;
}

// WAIT heeds TS only together with MP, and EM not at all.
static bool wait(struct x86 *c)
{
    u64 both = X86_CR0_MP | X86_CR0_TS;
    if ((c->s.cr0 & both) == both) {
        return x86_raise(c, X86_NM);
    }
    if (LIKELY(!(c->s.fpu.status & X87_ES))) {
        return true;
    }
    if (c->s.cr0 & X86_CR0_NE) {
        return x86_raise(c, X86_MF);
    }
    line_set(&c->w.ferr, true);
    return true;
}

HANDLER(x87_wait, ((void)i, wait(c)))
HANDLER(x87_ninit, ((void)i, init(c)))
HANDLER(x87_nclex, ((void)i, clear_exceptions(c)))
HANDLER(x87_ldcw, load_control(c, i))
HANDLER(x87_nstcw, store_word(c, i, c->s.fpu.control))
HANDLER(x87_nstsw, store_word(c, i, status_word(&c->s.fpu)))
HANDLER(x87_nstsw_ax, ((void)i, status_to_ax(c)))
HANDLER(x87_legacy,
        ((void)i, x87_ready_no_wait(c))) // FNENI, FNDISI, FNSETPM: nothing since the 387

// --- the environment, [SDM1] figures 8-9 to 8-12 ---
//
// Seven words of 16 or 32 bits: FCW, FSW, FTW, and four for the pointers:
//
//   protected, 32 bits   FIP        | FOP << 16, CS      | FDP        | DS
//   real, 32 bits        FIP 15:0   | FIP 31:16 << 12, FOP | FDP 15:0 | FDP 31:16 << 12
//   protected, 16 bits   FIP        | CS                 | FDP        | DS
//   real, 16 bits        FIP 15:0   | FIP 19:16 << 12, FOP | FDP 15:0 | FDP 19:16 << 12
//
// "Real" (and virtual-8086) offsets are linear addresses. FTW has two bits for each physical
// register. Reserved halves are stored as ones.
enum { ENVIRONMENT_WORDS = 7, REGISTER_BYTES = 10, REGISTERS_BYTES = 8 * REGISTER_BYTES };

#define RESERVED 0xffff0000u

static unsigned word_bytes(const struct insn *i)
{
    return i->flags & INSN_OPERAND_16 ? 2 : 4;
}

static unsigned tag_of(const struct x86_fpu *f, unsigned n)
{
    if ((f->empty >> n) & 1) {
        return 3;
    }
    switch (float80_classify(f->fpr[n])) {
    case FLOAT80_NORMAL: return 0;
    case FLOAT80_IS_ZERO: return 1;
    default: return 2;
    }
}

static void fill_environment(const struct x86 *c, u32 words[ENVIRONMENT_WORDS])
{
    const struct x86_fpu *f = &c->s.fpu;
    u32 tags = 0;
    for (unsigned n = 0; n < 8; n++) {
        tags |= tag_of(f, n) << 2 * n;
    }
    words[0] = f->control | RESERVED;
    words[1] = status_word(f) | RESERVED;
    words[2] = tags | RESERVED;
    if (x86_is_protected(c)) {
        words[3] = (u32)f->code_offset;
        words[4] = f->code_selector | (u32)f->opcode << 16;
        words[5] = (u32)f->data_offset;
        words[6] = f->data_selector | RESERVED;
    } else {
        u32 code = (u32)f->code_offset + ((u32)f->code_selector << 4);
        u32 data = (u32)f->data_offset + ((u32)f->data_selector << 4);
        words[3] = (code & 0xffff) | RESERVED;
        words[4] = f->opcode | code >> 16 << 12;
        words[5] = (data & 0xffff) | RESERVED;
        words[6] = data >> 16 << 12;
    }
}

static void take_pointers(struct x86 *c, const u32 words[ENVIRONMENT_WORDS], bool is_16)
{
    struct x86_fpu *f = &c->s.fpu;
    if (x86_is_protected(c)) {
        f->code_offset = words[3];
        f->code_selector = (u16)words[4];
        f->opcode = is_16 ? 0 : (words[4] >> 16) & 0x7ff;
        f->data_offset = words[5];
        f->data_selector = (u16)words[6];
    } else {
        f->code_offset = (words[3] & 0xffff) | (words[4] >> 12 & 0xffff) << 16;
        f->data_offset = (words[5] & 0xffff) | (words[6] >> 12 & 0xffff) << 16;
        f->opcode = words[4] & 0x7ff;
        f->code_selector = f->data_selector = 0;
    }
}

static void take_environment(struct x86 *c, const u32 words[ENVIRONMENT_WORDS], bool is_16)
{
    struct x86_fpu *f = &c->s.fpu;
    set_control(f, words[0]);
    unsigned status = words[1] & ~(unsigned)(X87_TOP | X87_ES | X87_BUSY) & 0xffff;
    f->status = (u16)((f->status & X87_ES) | status);
    f->top = (words[1] >> X87_TOP_SHIFT) & 7;
    f->empty = 0;
    for (unsigned n = 0; n < 8; n++) {
        f->empty |= (u8)(((words[2] >> 2 * n & 3) == 3) << n);
    }
    take_pointers(c, words, is_16);
    update_summary(c);
}

// Alignment is that of a word of the environment, whatever the rest is ([SDM3] table 6-7).
static bool probe_image(struct x86 *c, const struct insn *i, unsigned bytes)
{
    return x86_probe_aligned(c, i->seg, ea(c, i), bytes, word_bytes(i), X86_WRITE);
}

// The caller has probed the memory.
static bool store_environment(struct x86 *c, const struct insn *i)
{
    u32 words[ENVIRONMENT_WORDS];
    unsigned size = word_bytes(i);
    fill_environment(c, words);
    for (unsigned n = 0; n < ENVIRONMENT_WORDS; n++) {
        if (!x86_store(c, i->seg, (ea(c, i) + n * size) & i->address_mask, 8 * size, words[n])) {
            return false;
        }
    }
    return true;
}

static bool load_environment(struct x86 *c, const struct insn *i, u32 words[ENVIRONMENT_WORDS])
{
    unsigned size = word_bytes(i);
    for (unsigned n = 0; n < ENVIRONMENT_WORDS; n++) {
        u64 value;
        if (!x86_load(c, i->seg, (ea(c, i) + n * size) & i->address_mask, 8 * size, &value)) {
            return false;
        }
        words[n] = (u32)value;
    }
    return true;
}

// FNSTENV masks all exceptions afterwards.
static bool fnstenv(struct x86 *c, const struct insn *i)
{
    unsigned bytes = ENVIRONMENT_WORDS * word_bytes(i);
    if (!x87_ready_no_wait(c) || !probe_image(c, i, bytes) || !store_environment(c, i)) {
        return false;
    }
    c->s.fpu.control |= FLOAT_ALL;
    update_summary(c);
    return true;
}

static bool fldenv(struct x86 *c, const struct insn *i)
{
    u32 words[ENVIRONMENT_WORDS];
    if (!x87_ready(c) || !load_environment(c, i, words)) {
        return false;
    }
    take_environment(c, words, word_bytes(i) == 2);
    return true;
}

// --- the whole state: the environment, then ST(0) to ST(7), 10 bytes each ---

static u64 register_offset(const struct x86 *c, const struct insn *i, unsigned n)
{
    return ea(c, i) + ENVIRONMENT_WORDS * word_bytes(i) + n * REGISTER_BYTES;
}

static bool fnsave(struct x86 *c, const struct insn *i)
{
    unsigned bytes = ENVIRONMENT_WORDS * word_bytes(i) + REGISTERS_BYTES;
    if (!x87_ready_no_wait(c) || !probe_image(c, i, bytes) || !store_environment(c, i)) {
        return false;
    }
    for (unsigned n = 0; n < 8; n++) {
        struct float80 st = x87_st(&c->s.fpu, n);
        u64 at = register_offset(c, i, n);
        for (unsigned k = 0; k < REGISTER_BYTES; k += 2) { // words: they are aligned
            u64 word = k < 8 ? (u16)(st.mantissa >> 8 * k) : st.sign_exponent;
            if (!x86_store(c, i->seg, (at + k) & i->address_mask, 16, word)) {
                return false;
            }
        }
    }
    initialize(c);
    return true;
}

static bool frstor(struct x86 *c, const struct insn *i)
{
    u32 words[ENVIRONMENT_WORDS];
    struct float80 st[8];
    if (!x87_ready(c) || !load_environment(c, i, words)) {
        return false;
    }
    for (unsigned n = 0; n < 8; n++) {
        u64 at = register_offset(c, i, n), word[REGISTER_BYTES / 2];
        for (unsigned k = 0; k < COUNT_OF(word); k++) {
            if (!x86_load(c, i->seg, (at + 2 * k) & i->address_mask, 16, &word[k])) {
                return false;
            }
        }
        st[n].mantissa = word[0] | word[1] << 16 | word[2] << 32 | word[3] << 48;
        st[n].sign_exponent = (u16)word[4];
    }
    take_environment(c, words, word_bytes(i) == 2);
    for (unsigned n = 0; n < 8; n++) {
        c->s.fpu.fpr[(c->s.fpu.top + n) & 7] = st[n];
    }
    return true;
}

HANDLER(x87_nstenv, fnstenv(c, i))
HANDLER(x87_ldenv, fldenv(c, i))
HANDLER(x87_nsave, fnsave(c, i))
HANDLER(x87_rstor, frstor(c, i))
