// What of two results must agree, and where processors may differ.
#include "oracle.h"

#include "base/bytes.h"
#include "cpu/x86/regs.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum difference {
    OTHER_VECTOR = 1,
    OTHER_ERROR = 2,
    OTHER_ADDRESS = 4, // CR2
    OTHER_REGISTER = 8,
    OTHER_EIP = 16,
    OTHER_FLAGS = 32,
    OTHER_STATUS = 64, // FCW, FSW, tags
    OTHER_STACK = 128, // ST0 to ST7
    OTHER_POINTERS = 256,
    OTHER_SSE = 512,
    OTHER_MEMORY = 1024,
};

struct judge {
    const struct comparison *k;
    char *text;
    unsigned used;
    unsigned differences;
};

static void __attribute__((format(printf, 3, 4)))
differ(struct judge *j, enum difference what, const char *format, ...)
{
    j->differences |= what;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(j->text + j->used, DIFFERENCE_BYTES - j->used, format, arguments);
    va_end(arguments);
    j->used += (unsigned)length;
    if (j->used >= DIFFERENCE_BYTES) {
        j->used = DIFFERENCE_BYTES - 1;
    }
}

static bool is_named(const struct isa_row *row, const char *name)
{
    return row && strncmp(row->name, name, strlen(name)) == 0;
}

// Where the memory operand is.
static u32 operand_at(const struct comparison *k)
{
    const u32 *r = k->c->before.r;
    const struct insn *i = k->insn;
    u32 base = i->base < 8 ? r[i->base] : 0, index = i->index < 8 ? r[i->index] : 0;
    return (base + (index << i->shift) + i->disp) & i->address_mask;
}

// No fault, or one after the instruction: at INT3, or because nothing can be fetched there.
static bool is_completed(const struct comparison *k)
{
    return k->ours->result.after.eip != k->c->before.eip;
}

// --- flags ---

// Group 2 and double shifts: CF is undefined where more bits go than there are, OF unless one goes.
static u32 shift_undefined(const struct comparison *k)
{
    const struct isa_row *row = k->row;
    bool is_double = row->opcode == 0x0fa4 || row->opcode == 0x0fa5 || row->opcode == 0x0fac ||
                     row->opcode == 0x0fad;
    bool is_group = (row->opcode & 0xfffe) == 0xc0 || (row->opcode & 0xfffc) == 0xd0;
    if (!is_double && !is_group) {
        return 0;
    }
    bool by_cl = row->operand[is_double ? 2 : 1] == ISA_CL;
    u32 count = (by_cl ? k->c->before.r[X86_RCX] : k->insn->imm) & 31;
    if (count == 0) {
        return ~0u; // nothing changes: nothing is undefined
    }
    bool is_byte = row->operand[0] == ISA_Eb;
    u32 bits = is_byte ? 8 : k->insn->flags & INSN_OPERAND_16 ? 16 : 32;
    bool is_shift = is_double || row->digit >= 4;
    u32 undefined = count == 1 ? 0 : X86_OF;
    if (is_shift && row->digit != 7 && (is_double ? count > bits : count >= bits)) {
        undefined |= X86_CF;
    }
    if (is_double && count > bits) {
        undefined |= X86_ARITHMETIC;
    }
    return undefined;
}

static u32 flags_to_compare(const struct judge *j)
{
    u32 mask = X86_ARITHMETIC | X86_DF | X86_TF | X86_NT | X86_AC | X86_ID;
    mask |= j->k->is_emulated ? 0 : X86_RF; // QEMU's are not those of a fault
    const struct isa_row *row = j->k->row;
    if (row && is_completed(j->k)) {
        u32 shift = shift_undefined(j->k);
        mask &= shift == ~0u ? ~0u : ~(row->flags_undefined | shift);
    }
    // Interrupted between POPF and the instruction, some kernels lose it.
    bool has_lost_nt = !(j->k->hosts->after.eflags & X86_NT) && (j->k->c->before.eflags & X86_NT);
    return has_lost_nt ? mask & ~(u32)X86_NT : mask;
}

// --- registers ---

static void compare_registers(struct judge *j)
{
    static const char *const names[8] = {"EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"};
    const struct registers *ours = &j->k->ours->result.after, *hosts = &j->k->hosts->after;
    for (unsigned n = 0; n < 8; n++) {
        if (ours->r[n] != hosts->r[n]) {
            differ(j, OTHER_REGISTER, "  %s: ours %08x, host's %08x\n", names[n], ours->r[n],
                   hosts->r[n]);
        }
    }
    if (ours->eip != hosts->eip) {
        differ(j, OTHER_EIP, "  EIP: ours %08x, host's %08x\n", ours->eip, hosts->eip);
    }
    u32 mask = flags_to_compare(j);
    if ((ours->eflags ^ hosts->eflags) & mask) {
        differ(j, OTHER_FLAGS, "  EFLAGS: ours %06x, host's %06x (of %06x)\n", ours->eflags & mask,
               hosts->eflags & mask, mask);
    }
}

static void compare_fault(struct judge *j)
{
    const struct result *ours = &j->k->ours->result, *hosts = j->k->hosts;
    // QEMU as a user's program gives signals: #OF and #BR look like #GP, and no error code is told.
    bool is_kernels = ours->vector == X86_OF_TRAP || ours->vector == X86_BR;
    u32 vector = j->k->is_emulated && is_kernels ? X86_GP : ours->vector;
    if (vector != hosts->vector) {
        differ(j, OTHER_VECTOR,
               "  vector: ours %u (error %x, address %08x), host's %u (error %x, address %08x)\n",
               ours->vector, ours->error, ours->address, hosts->vector, hosts->error,
               hosts->address);
        return;
    }
    if (!j->k->is_emulated && ours->error != hosts->error) {
        differ(j, OTHER_ERROR, "  error code: ours %x, host's %x\n", ours->error, hosts->error);
    }
    if (ours->vector == X86_PF_FAULT && ours->address != hosts->address) {
        differ(j, OTHER_ADDRESS, "  CR2: ours %08x, host's %08x\n", ours->address, hosts->address);
    }
}

// --- x87, MMX, SSE ---

static bool is_transcendental(const struct comparison *k)
{
    const struct isa_row *row = k->row;
    u16 d = row && row->opcode == 0xd9 ? row->digit : 0;
    return (d >= 0xf0 && d <= 0xf3) || d == 0xf9 || d == 0xfb || d == 0xfe || d == 0xff;
}

// 80-bit floats at most two units apart.
static bool is_close_80(const u8 *a, const u8 *b)
{
    u64 ma = load_le64(a), mb = load_le64(b);
    u16 ea = load_le16(a + 8), eb = load_le16(b + 8);
    if (ea == eb) {
        return (ma > mb ? ma - mb : mb - ma) <= 2;
    }
    return ((ea ^ eb) < 0x8000 && ea + 1 == eb && ma >= ~(u64)1 && mb <= (1ull << 63) + 1) ||
           ((ea ^ eb) < 0x8000 && eb + 1 == ea && mb >= ~(u64)1 && ma <= (1ull << 63) + 1);
}

// RCPPS and RSQRTPS promise 1.5 * 2^-12 of the true value ([SDM2]): each within that, so 2^-11
// apart at most.
static bool is_close_32(u32 a, u32 b)
{
    bool is_near = (a ^ b) < 0x80000000 && (a > b ? a - b : b - a) <= 1u << 13;
    u32 low = a & 0x7fffffff, high = b & 0x7fffffff; // the least normal one, or flushed to zero
    return is_near || ((low == 0) != (high == 0) && (low | high) <= 0x00800000 + (1 << 12));
}

static bool vectors_are_close(const u8 *a, const u8 *b)
{
    for (unsigned n = 0; n < 16; n += 4) {
        if (load_le32(a + n) != load_le32(b + n) &&
            !is_close_32(load_le32(a + n), load_le32(b + n))) {
            return false;
        }
    }
    return true;
}

static void compare_stack(struct judge *j, const u8 *ours, const u8 *hosts)
{
    for (unsigned n = 0; n < 8; n++) {
        const u8 *a = ours + 32 + 16 * n, *b = hosts + 32 + 16 * n;
        if (memcmp(a, b, 10) != 0 && !(is_transcendental(j->k) && is_close_80(a, b))) {
            differ(j, OTHER_STACK, "  ST%u: ours %04x:%016llx, host's %04x:%016llx\n", n,
                   load_le16(a + 8), (unsigned long long)load_le64(a), load_le16(b + 8),
                   (unsigned long long)load_le64(b));
        }
    }
}

static void compare_sse(struct judge *j, const u8 *ours, const u8 *hosts)
{
    bool is_estimate = is_named(j->k->row, "rcp") || is_named(j->k->row, "rsqrt");
    for (unsigned n = 0; n < 8; n++) {
        const u8 *a = ours + 160 + 16 * n, *b = hosts + 160 + 16 * n;
        if (memcmp(a, b, 16) != 0 && !(is_estimate && vectors_are_close(a, b))) {
            differ(j, OTHER_SSE, "  XMM%u: ours %016llx%016llx, host's %016llx%016llx\n", n,
                   (unsigned long long)load_le64(a + 8), (unsigned long long)load_le64(a),
                   (unsigned long long)load_le64(b + 8), (unsigned long long)load_le64(b));
        }
    }
    if (load_le32(ours + 24) != load_le32(hosts + 24)) {
        differ(j, OTHER_SSE, "  MXCSR: ours %08x, host's %08x\n", load_le32(ours + 24),
               load_le32(hosts + 24));
    }
}

static u16 status_to_compare(struct judge *j)
{
    const struct isa_row *row = j->k->row;
    if (is_transcendental(j->k)) {
        return (u16) ~(0x200 | 0x20 | 0x10 | 0x8080); // C1, PE, UE, and what follows from them
    }
    bool is_comi = row && (row->opcode == 0xdb || row->opcode == 0xdf) && row->form == ISA_REG &&
                   (row->digit == 5 || row->digit == 6);
    return is_comi ? 0xfdff : 0xffff; // AMD's leave C1 alone
}

static void compare_fx(struct judge *j)
{
    const u8 *ours = j->k->ours->result.after.fx, *hosts = j->k->hosts->after.fx;
    if (load_le16(ours) != load_le16(hosts)) {
        differ(j, OTHER_STATUS, "  FCW: ours %04x, host's %04x\n", load_le16(ours),
               load_le16(hosts));
    }
    u16 mask = status_to_compare(j);
    if ((load_le16(ours + 2) ^ load_le16(hosts + 2)) & mask) {
        differ(j, OTHER_STATUS, "  FSW: ours %04x, host's %04x (of %04x)\n", load_le16(ours + 2),
               load_le16(hosts + 2), mask);
    }
    if (ours[4] != hosts[4]) {
        differ(j, OTHER_STATUS, "  tags: ours %02x, host's %02x\n", ours[4], hosts[4]);
    }
    // AMD's FXSAVE keeps the pointers only while an exception is pending ([APM5] FXSAVE).
    bool is_pending = load_le16(ours + 2) & load_le16(hosts + 2) & 0x80;
    if (is_pending && (load_le16(ours + 6) != load_le16(hosts + 6) ||
                       load_le32(ours + 8) != load_le32(hosts + 8) ||
                       load_le32(ours + 16) != load_le32(hosts + 16))) {
        differ(j, OTHER_POINTERS, "  FOP FIP FDP: ours %03x %08x %08x, host's %03x %08x %08x\n",
               load_le16(ours + 6), load_le32(ours + 8), load_le32(ours + 16), load_le16(hosts + 6),
               load_le32(hosts + 8), load_le32(hosts + 16));
    }
    compare_stack(j, ours, hosts);
    compare_sse(j, ours, hosts);
}

// --- memory ---

static const u8 *line_at(const struct memory_line *lines, u32 count, u32 at)
{
    for (u32 n = 0; n < count; n++) {
        if (lines[n].at == at) {
            return lines[n].byte;
        }
    }
    return NULL;
}

static void differ_at(struct judge *j, u32 at, const u8 *ours, const u8 *hosts)
{
    for (unsigned n = 0; n < LINE_BYTES; n += 4) {
        if (!ours || !hosts || memcmp(ours + n, hosts + n, 4) != 0) {
            differ(j, OTHER_MEMORY, "  [%08x]: ours %08x, host's %08x%s\n", at + n,
                   ours ? load_le32(ours + n) : 0, hosts ? load_le32(hosts + n) : 0,
                   !ours    ? " (ours as before)"
                   : !hosts ? " (host's as before)"
                            : "");
            if (!ours || !hosts) {
                return;
            }
        }
    }
}

// Bytes of an x87 image that mean nothing, or what AMD's processors keep only with a pending
// exception: pointers, and MXCSR's mask (AMD has a bit more).
static bool is_left_open(const struct comparison *k, u32 at)
{
    u32 offset = at - operand_at(k);
    bool is_16 = k->insn->flags & INSN_OPERAND_16;
    if (is_named(k->row, "fxsave")) {
        // 64-bit code has eight more XMM registers there.
        return (k->is_64 && offset >= 288 && offset < 416) || (offset >= 6 && offset < 24) ||
               (offset >= 28 && offset < 32);
    }
    if (is_named(k->row, "fnstenv") || is_named(k->row, "fnsave")) {
        return is_16 ? offset >= 6 && offset < 14 : offset >= 12 && offset < 28;
    }
    return false;
}

// Ours, with the host's bytes where they are left open.
static void settle_line(const struct comparison *k, struct memory_line *ours, const u8 *hosts)
{
    for (u32 n = 0; hosts && n < LINE_BYTES; n++) {
        if (is_left_open(k, ours->at + n)) {
            ours->byte[n] = hosts[n];
        }
    }
}

static const u8 *background_at(const struct comparison *k, u32 at)
{
    u32 before = 0;
    for (unsigned w = 0; w < WINDOW_COUNT; before += windows[w++].bytes) {
        if (at - windows[w].at < windows[w].bytes) {
            return k->background + before + (at - windows[w].at);
        }
    }
    return NULL;
}

static void compare_memory(struct judge *j)
{
    const struct guest_result *ours = j->k->ours;
    const struct result *hosts = j->k->hosts;
    const struct memory_line *host_lines = j->k->host_lines + hosts->first_line;
    for (u32 n = 0; n < ours->result.line_count; n++) {
        struct memory_line l = ours->lines[n];
        const u8 *theirs = line_at(host_lines, hosts->line_count, l.at);
        settle_line(j->k, &l, theirs);
        if (!theirs || memcmp(l.byte, theirs, LINE_BYTES) != 0) {
            differ_at(j, l.at, l.byte, theirs);
        }
    }
    for (u32 n = 0; n < hosts->line_count; n++) {
        const u8 *theirs = host_lines[n].byte;
        struct memory_line l = {.at = host_lines[n].at};
        if (!line_at(ours->lines, ours->result.line_count, l.at)) {
            memcpy(l.byte, background_at(j->k, l.at), LINE_BYTES);
            settle_line(j->k, &l, theirs);
            if (memcmp(l.byte, theirs, LINE_BYTES) != 0) {
                differ_at(j, l.at, NULL, theirs);
            }
        }
    }
}

// --- where processors may differ ---

static bool is_push_of_segment(const struct judge *j)
{
    bool is_other = j->differences == OTHER_MEMORY ||
                    (j->k->hosts->vector == X86_AC_FAULT && j->k->hosts->after.r[X86_RSP] % 4 == 2);
    switch (j->k->row->opcode) {
    case 0x06:
    case 0x0e:
    case 0x16:
    case 0x1e:
    case 0x0fa0:
    case 0x0fa8: return is_other;
    default: return false;
    }
}

static bool is_long_double_shift(const struct judge *j)
{
    const struct isa_row *row = j->k->row;
    bool is_double = (row->opcode & 0xfff6) == 0x0fa4 && (row->opcode & 7) >= 4;
    u32 count = row->operand[2] == ISA_CL ? j->k->c->before.r[X86_RCX] : j->k->insn->imm;
    return is_double && (j->k->insn->flags & INSN_OPERAND_16) && (count & 31) > 16 &&
           !(j->differences & ~(unsigned)(OTHER_REGISTER | OTHER_MEMORY | OTHER_FLAGS));
}

// If the child is interrupted between FXRSTOR and the instruction, its kernel does not bring them
// back.
static bool are_pointers_lost(const struct judge *j)
{
    return j->differences == OTHER_POINTERS && load_le32(j->k->hosts->after.fx + 16) == 0;
}

static bool is_over_4_gib(const struct judge *j)
{
    const struct result *ours = &j->k->ours->result, *hosts = j->k->hosts;
    if (hosts->vector != X86_GP && hosts->vector != X86_SS_FAULT) {
        return false;
    }
    u32 at = ours->address;
    if (ours->vector != X86_PF_FAULT) { // the stack's or the operand's
        u32 esp = j->k->c->before.r[X86_RSP];
        at = hosts->vector == X86_SS_FAULT && esp < 0x200 ? esp : operand_at(j->k);
    }
    return !is_completed(j->k) && at + 0x200 < 0x400;
}

static bool is_within_operand(const struct judge *j)
{
    static const char *const large[] = {"fx", "fnsave", "frstor", "fldenv", "fnstenv", "maskmov"};
    const struct result *ours = &j->k->ours->result, *hosts = j->k->hosts;
    bool is_large = false;
    for (unsigned n = 0; n < COUNT_OF(large); n++) {
        is_large |= is_named(j->k->row, large[n]);
    }
    u32 distance = hosts->address - ours->address + 512;
    return is_large &&
           !(j->differences &
             ~(unsigned)(OTHER_ADDRESS | OTHER_ERROR | OTHER_STATUS | OTHER_STACK)) &&
           distance < 1024;
}

static bool enters_mmx_before_fault(const struct judge *j)
{
    const struct isa_row *row = j->k->row;
    return !is_completed(j->k) &&
           (row->opcode == 0x0f2c || row->opcode == 0x0f2d || row->opcode == 0x0ff7) &&
           !(j->differences & ~(unsigned)(OTHER_STATUS | OTHER_STACK | OTHER_ADDRESS));
}

// [SDM2] MASKMOVQ: faults for bytes that are not selected are up to the processor.
static bool is_unselected(const struct judge *j)
{
    const struct result *ours = &j->k->ours->result, *hosts = j->k->hosts;
    bool is_other = ours->vector != hosts->vector || ours->address != hosts->address;
    return j->k->row->opcode == 0x0ff7 && is_other &&
           (hosts->vector == X86_PF_FAULT || hosts->vector == X86_GP);
}

static bool is_cvtpi2ps_of_memory(const struct judge *j)
{
    if (is_named(j->k->row, "cvtpi2ps") && j->k->ours->result.vector == X86_MF) {
        return true;
    }
    return is_named(j->k->row, "cvtpi2ps") &&
           !(j->differences & ~(unsigned)(OTHER_STATUS | OTHER_STACK));
}

static bool is_empty_port_string(const struct judge *j)
{
    const struct isa_row *row = j->k->row;
    u32 mask = j->k->insn->address_mask;
    return row->opcode >= 0x6c && row->opcode <= 0x6f && (j->k->c->before.r[X86_RCX] & mask) == 0 &&
           j->k->hosts->vector == X86_GP;
}

// How much of a stack frame is written or loaded before the fault of another.
static bool is_partial_frame(const struct judge *j)
{
    bool is_frame = j->k->row->opcode - 0x60u < 2 || j->k->row->opcode == 0xc8;
    return is_frame && !is_completed(j->k) &&
           !(j->differences & ~(unsigned)(OTHER_MEMORY | OTHER_REGISTER | OTHER_ADDRESS));
}

static bool is_cmps_order(const struct judge *j)
{
    u32 address = j->k->hosts->address;
    const u32 *r = j->k->hosts->after.r;
    if ((j->k->row->opcode & 0xfffe) != 0xa6) {
        return false;
    }
    if (!(j->differences & ~(unsigned)(OTHER_VECTOR | OTHER_ERROR | OTHER_ADDRESS)) &&
        j->k->ours->result.vector != X86_BP && j->k->hosts->vector != X86_BP) {
        return true; // both can't be read
    }
    return j->differences == OTHER_ADDRESS &&
           (address - r[X86_RDI] < 4 || address - r[X86_RSI] < 4 || address == (u16)r[X86_RDI]);
}

static bool is_ud_without_modrm(const struct judge *j)
{
    u16 opcode = j->k->row->opcode;
    return (opcode == 0x0fff || opcode == 0x0fb9) && j->k->ours->result.vector == X86_PF_FAULT &&
           j->k->hosts->vector == X86_UD;
}

static bool has_misaligned_sse(const struct judge *j)
{
    bool is_load = is_named(j->k->row, "ldmxcsr") || is_named(j->k->row, "fxrstor");
    return is_load && j->k->ours->result.vector == X86_GP &&
           (load_le32(j->k->hosts->after.fx + 24) >> 17 & 1);
}

static bool is_alignment_of_sse(const struct judge *j)
{
    const struct result *ours = &j->k->ours->result, *hosts = j->k->hosts;
    return (ours->vector == X86_AC_FAULT || hosts->vector == X86_AC_FAULT) &&
           j->k->row->opcode >= 0x0f00 && (j->k->c->before.eflags & X86_AC);
}

// [SDM3] 17.3.1.1: RF is 1 after every iteration but the last.
static bool is_rf_of_iteration(const struct judge *j)
{
    const struct result *ours = &j->k->ours->result, *hosts = j->k->hosts;
    return j->differences == OTHER_FLAGS && hosts->vector == X86_DB &&
           (j->k->insn->flags & (INSN_REP | INSN_REPNE)) && !is_completed(j->k) &&
           ((ours->after.eflags ^ hosts->after.eflags) & flags_to_compare(j)) == X86_RF;
}

// --- where QEMU is not as a processor ---

static bool qemu_checks_no_alignment(const struct judge *j)
{
    return j->k->ours->result.vector == X86_AC_FAULT;
}

static bool qemu_takes_any_lock(const struct judge *j)
{
    return j->k->ours->result.vector == X86_UD && (j->k->insn->flags & INSN_LOCK);
}

// [SDM2] ENTER: a page fault if the new top of the stack can't be written.
static bool qemu_enters_without_a_try(const struct judge *j)
{
    const struct result *ours = &j->k->ours->result;
    return j->k->row->opcode == 0xc8 && ours->vector == X86_PF_FAULT && (ours->error & 2);
}

// [SDM2] RET: the number is unsigned.
static bool qemu_returns_signed(const struct judge *j)
{
    return j->k->row->opcode == 0xc2 && (j->k->insn->imm & 0x8000) &&
           j->differences == OTHER_REGISTER;
}

static bool qemu_arpl_writes(const struct judge *j)
{
    return j->k->row->opcode == 0x63 && j->k->hosts->vector == X86_PF_FAULT;
}

// QEMU keeps its GDT and IDT in front of the stack's page.
static bool qemu_has_tables(const struct judge *j)
{
    const struct result *ours = &j->k->ours->result;
    return ours->vector == X86_PF_FAULT && STACK_AT - ours->address <= 0x10000;
}

static const struct rule {
    const char *name;
    bool (*explains)(const struct judge *j);
} qemu_rules[] = {
    {"QEMU: LOCK is never #UD", qemu_takes_any_lock}, // no instruction: first
    {"QEMU checks no alignment", qemu_checks_no_alignment},
    {"QEMU: ENTER does not try the new top of the stack", qemu_enters_without_a_try},
    {"QEMU: RET adds a signed number", qemu_returns_signed},
    {"QEMU: its tables are in front of the stack", qemu_has_tables},
    {"QEMU: ARPL writes even if nothing changes", qemu_arpl_writes},
};

static const struct rule rules[] = {
    {"a pushed segment register fills 16 or 32 bits", is_push_of_segment},
    {"SHLD, SHRD of 16 bits by more than 16", is_long_double_shift},
    {"an access over 4 GiB may wrap or fault", is_over_4_gib},
    {"CR2 of a large operand: which part is tried first", is_within_operand},
    {"AMD: MMX state is entered before a fault", enters_mmx_before_fault},
    {"MASKMOVQ, MASKMOVDQU: bytes that are not selected may fault", is_unselected},
    {"AMD: CVTPI2PS of memory does not enter MMX state", is_cvtpi2ps_of_memory},
    {"PUSHA, POPA, ENTER: how much is done before a fault", is_partial_frame},
    {"the host's kernel lost the x87 pointers", are_pointers_lost},
    {"CMPS: which of both is read first", is_cmps_order},
    {"AMD: UD0, UD1 have no ModR/M", is_ud_without_modrm},
    {"AMD: a step between iterations does not set RF", is_rf_of_iteration},
    {"AMD: MXCSR has bit 17", has_misaligned_sse},
    {"#AC of FXSAVE, MASKMOVQ and 128 bits is up to the processor", is_alignment_of_sse},
    {"AMD: INS, OUTS check the port although ECX is 0", is_empty_port_string},
};

static const char *find_rule(const struct judge *j)
{
    for (unsigned n = 0; j->k->row && n < COUNT_OF(rules); n++) {
        if (rules[n].explains(j)) {
            return rules[n].name;
        }
    }
    for (unsigned n = 0; j->k->is_emulated && n < COUNT_OF(qemu_rules); n++) {
        if ((j->k->row || n == 0) && qemu_rules[n].explains(j)) {
            return qemu_rules[n].name;
        }
    }
    return NULL;
}

bool compare(const struct comparison *k, const char **rule, char *text)
{
    struct judge j = {.k = k, .text = text};
    text[0] = 0;
    *rule = NULL;
    compare_fault(&j);
    compare_registers(&j);
    if (!k->is_emulated) { // QEMU's frame holds another image, and its cases are all integer
        compare_fx(&j);
    }
    compare_memory(&j);
    if (j.differences) {
        *rule = find_rule(&j);
    }
    return !j.differences || *rule;
}
