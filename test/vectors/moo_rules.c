// What a later processor rightly does otherwise than the 80286 or the 80386EX that a MOO file was
// recorded on. Each rule is a reason, never a list of cases; the runner counts and names them.
//
// For the 386 the facts that no manual has (a scale without an index, POPAD, IDIV, AAM 0, shifts
// by more than the operand has bits) are what others who run the 80386 pack have measured in it.
#include "moo.h"

#include "cpu/x86/flags.h"

#include <stdio.h>
#include <stdlib.h>

// --- the instruction of a case ---

static struct decode_result decode_test(const struct moo_reader *r, const struct moo_test *t,
                                        struct insn *i)
{
    return decode(&r->decoder, t->bytes, t->length, DECODE_16, 0, true, i);
}

// The opcode: 0fxxh for the second map.
static unsigned opcode_of(const struct moo_test *t)
{
    unsigned n = t->prefixes;
    bool is_second_map = t->bytes[n] == 0x0f && n + 1 < t->length;
    return is_second_map ? 0x0f00u | t->bytes[n + 1] : t->bytes[n];
}

// The byte behind the opcode: ModR/M, if there is one.
static u8 modrm_of(const struct moo_test *t)
{
    unsigned n = t->prefixes + (opcode_of(t) > 0xff ? 2 : 1);
    return n < MOO_MAX_BYTES ? t->bytes[n] : 0;
}

static unsigned digit_of(const struct moo_test *t)
{
    return modrm_of(t) >> 3 & 7;
}

static bool has_prefix(const struct moo_test *t, u8 prefix)
{
    return memchr(t->bytes, prefix, t->prefixes) != NULL;
}

static bool is_fault(const struct moo_test *t)
{
    return t->exception == X86_GP || t->exception == X86_SS_FAULT;
}

// --- which flags are defined ---

// The end of the JSON object that begins at `object`.
static const char *object_end(const char *object)
{
    unsigned depth = 0;
    for (const char *at = object; *at; at++) {
        depth += *at == '{';
        depth -= *at == '}';
        if (depth == 0) {
            return at;
        }
    }
    return object + strlen(object);
}

// The object that is the value of "key" in [from, to), or NULL.
static const char *find_object(const char *from, const char *to, const char *key)
{
    char quoted[16];
    snprintf(quoted, sizeof quoted, "\"%s\"", key);
    for (const char *at = strstr(from, quoted); at && at < to; at = strstr(at + 1, quoted)) {
        const char *value = at + strlen(quoted);
        value += strspn(value, ": \t\r\n");
        if (*value == '{') {
            return value;
        }
    }
    return NULL;
}

static u32 metadata_mask(const char *metadata, u8 opcode, u8 modrm)
{
    char key[4];
    snprintf(key, sizeof key, "%02X", opcode);
    const char *object = strstr(metadata, "\"opcodes\"");
    object = object ? find_object(object, metadata + strlen(metadata), key) : NULL;
    const char *end = object ? object_end(object) : NULL;
    const char *group = object ? find_object(object, end, "reg") : NULL;
    if (group) {
        snprintf(key, sizeof key, "%u", modrm >> 3 & 7);
        object = find_object(group, object_end(group), key);
        end = object ? object_end(object) : NULL;
    }
    const char *mask = object ? strstr(object, "\"flags-mask\"") : NULL;
    if (!mask || mask > end) {
        return 0xffff;
    }
    return (u32)strtoul(mask + strlen("\"flags-mask\"") + 1, NULL, 10);
}

// Shifts by more than one bit leave OF undefined, SHL and SHR by more than the operand has CF too,
// and double shifts by more than it has all of them ([SDM2]).
static u32 shift_undefined(const struct moo_reader *r, const struct moo_test *t,
                           const struct isa_row *row, const struct insn *i)
{
    bool is_double = row->opcode == 0x0fa4 || row->opcode == 0x0fa5 || row->opcode == 0x0fac ||
                     row->opcode == 0x0fad;
    bool is_single = (row->opcode & 0xfffe) == 0xc0 || (row->opcode & 0xfffc) == 0xd0;
    if (!is_double && !is_single) {
        return 0;
    }
    u8 by = row->operand[is_double ? 2 : 1];
    u32 count = by == ISA_1 ? 1 : by == ISA_CL ? moo_before(r, t, MOO_GENERAL, X86_RCX) : i->imm;
    u32 bits = row->operand[0] == ISA_Eb ? 8 : i->flags & INSN_OPERAND_16 ? 16 : 32;
    count &= 31;
    if (is_double && count > bits) {
        return X86_ARITHMETIC;
    }
    u32 undefined = count > 1 ? X86_OF : 0;
    bool is_shift = row->digit >= 4 && row->digit != 7;
    return is_single && is_shift && count > bits ? undefined | X86_CF : undefined;
}

static u32 flags_of_386(const struct moo_reader *r, const struct moo_test *t)
{
    struct insn i;
    struct decode_result d = decode_test(r, t, &i);
    u32 undefined = d.is_valid ? d.row->flags_undefined | shift_undefined(r, t, d.row, &i) : 0;
    if (opcode_of(t) == 0xd4 && t->exception == X86_DE) {
        undefined |= X86_ARITHMETIC; // AAM 0 changes flags before it faults
    }
    return 0x7fff & ~undefined;
}

u32 moo_flags_mask(const struct moo_reader *r, const struct moo_test *t)
{
    unsigned n = t->prefixes;
    u32 mask = r->is_286 && r->metadata && n + 1 < MOO_MAX_BYTES
                   ? metadata_mask(r->metadata, t->bytes[n], t->bytes[n + 1])
                   : flags_of_386(r, t);
    for (unsigned k = 0; k < r->slot_count; k++) {
        if (r->slots[k].kind == MOO_FLAGS && (r->masks.mask >> k & 1)) {
            mask &= r->masks.value[k];
        }
    }
    return mask & (r->is_286 ? 0x0fff : 0x7fff); // 286: no IOPL and NT in real mode
}

// --- bits of other registers ---

// MOV from a debug register: what of it exists on both.
static u32 debug_register_mask(const struct moo_test *t, const struct moo_slot *slot)
{
    bool is_target = slot->kind == MOO_GENERAL && slot->number == (modrm_of(t) & 7);
    if (opcode_of(t) != 0x0f21 || !is_target) {
        return UINT32_MAX;
    }
    return digit_of(t) & 1 ? 0xffff23ff : 0xe00f; // DR7 or 5, DR6 or 4
}

static u32 mask_of_386(const struct moo_test *t, const struct moo_slot *slot, const char **by_rule)
{
    switch ((enum moo_kind)slot->kind) {
    case MOO_CR:
        return slot->number == 0 ? X86_CR0_PG | X86_CR0_TS | X86_CR0_EM | X86_CR0_MP | X86_CR0_PE
                                 : 0xfffff000;
    case MOO_DR: return slot->number == 7 ? 0xffff23ff : 0xe00f;
    case MOO_SEGMENT: return 0xffff;
    case MOO_GENERAL: break;
    default: return UINT32_MAX;
    }
    // Later processors skip the image of ESP altogether ([SDM2] POPAD).
    if (opcode_of(t) == 0x61 && slot->number == X86_RSP && has_prefix(t, 0x66)) {
        *by_rule = "POPAD with a 16-bit stack has loaded the high half of ESP";
        return 0xffff;
    }
    return t->exception == MOO_NO_EXCEPTION ? debug_register_mask(t, slot) : UINT32_MAX;
}

u32 moo_register_mask(const struct moo_reader *r, const struct moo_test *t, unsigned slot,
                      u32 flags, const char **by_rule)
{
    const struct moo_slot *s = &r->slots[slot];
    u32 mask = r->slot_count == MOO_SLOTS_16 ? 0xffff : mask_of_386(t, s, by_rule);
    mask &= s->kind == MOO_FLAGS ? flags : UINT32_MAX;
    mask &= r->masks.mask >> slot & 1 ? r->masks.value[slot] : UINT32_MAX;
    return mask & (t->after.masks.mask >> slot & 1 ? t->after.masks.value[slot] : UINT32_MAX);
}

// --- cases that are not run ---

static bool decodes(const struct moo_reader *r, const u8 *bytes, unsigned length)
{
    struct insn i;
    return decode(&r->decoder, bytes, length, DECODE_16, 0, true, &i).is_valid;
}

// From the 386 on LOCK is allowed before certain instructions that write to memory only ([SDM2]
// LOCK); in front of others it makes an instruction that exists undefined. (The 386 still allows
// it before BT.)
static bool lock_is_undefined(const struct moo_reader *r, const struct moo_test *t)
{
    u8 bytes[MOO_MAX_BYTES];
    unsigned length = 0;
    for (unsigned n = 0; n < t->length; n++) {
        if (t->bytes[n] != 0xf0 || n >= t->prefixes) {
            bytes[length++] = t->bytes[n];
        }
    }
    return length < t->length && decodes(r, bytes, length) && !decodes(r, t->bytes, t->length);
}

// The recorded processor raised #UD where a later one has an instruction.
static bool is_later_instruction(const struct moo_reader *r, const struct moo_test *t)
{
    static const u8 later_prefixes[] = {0x64, 0x65, 0x66, 0x67};
    struct insn i;
    struct decode_result d = decode_test(r, t, &i);
    if (t->exception != X86_UD || !d.is_valid) {
        return false;
    }
    for (unsigned n = 0; r->is_286 && n < t->prefixes; n++) {
        if (memchr(later_prefixes, t->bytes[n], sizeof later_prefixes)) {
            return true;
        }
    }
    bool is_cr4 = (d.row->opcode == 0x0f20 || d.row->opcode == 0x0f22) && d.row->digit == 4;
    return (d.row->attributes & ISA_NEEDS) != 0 || is_cr4;
}

// What a 286 does otherwise than later processors: the rule, or NULL.
static const char *rule_of_286(const struct moo_test *t)
{
    unsigned opcode = opcode_of(t), reg = digit_of(t);
    if (t->length > 10) {
        return "longer than 10 bytes";
    }
    if ((opcode == 0x8c || opcode == 0x8e) && (reg == 4 || reg == 5)) {
        return "FS or GS in 8C or 8E";
    }
    return is_fault(t) && opcode == 0x8f ? "faulting POP m has moved SP" : NULL;
}

// A SIB byte without index but with a scale: the 386 scales the base. (Its manual leaves it
// undefined, later ones ignore the scale.)
static bool is_scaled_base(const struct moo_reader *r, const struct moo_test *t)
{
    struct insn i;
    struct decode_result d = decode_test(r, t, &i);
    unsigned sib = t->prefixes + (opcode_of(t) > 0xff ? 3 : 2);
    return d.is_valid && d.is_memory && has_prefix(t, 0x67) && (modrm_of(t) & 7) == 4 &&
           sib < t->length && (t->bytes[sib] & 0x38) == 0x20 && t->bytes[sib] >= 0x40;
}

// Port 22h is a register of the 386EX.
static bool reads_port_22(const struct moo_reader *r, const struct moo_test *t)
{
    unsigned opcode = opcode_of(t);
    bool is_by_dx = (opcode & 0xfe) == 0xec || (opcode & 0xfe) == 0x6c;
    if (!is_by_dx && (opcode & 0xfe) != 0xe4) {
        return false;
    }
    u32 port = is_by_dx ? moo_before(r, t, MOO_GENERAL, X86_RDX) & 0xffff : modrm_of(t);
    u32 bytes = !(opcode & 1) ? 1 : has_prefix(t, 0x66) ? 4 : 2;
    return port < 0x24 && port + bytes > 0x22;
}

// MOV CR0 that later processors refuse with #GP(0).
static bool is_refused_cr0(const struct moo_reader *r, const struct moo_test *t)
{
    if (opcode_of(t) != 0x0f22 || digit_of(t) != 0 || t->exception != MOO_NO_EXCEPTION) {
        return false;
    }
    u32 value = moo_before(r, t, MOO_GENERAL, modrm_of(t) & 7);
    return ((value & X86_CR0_PG) && !(value & X86_CR0_PE)) ||
           ((value & X86_CR0_NW) && !(value & X86_CR0_CD));
}

static const char *rule_of_386(const struct moo_reader *r, const struct moo_test *t)
{
    unsigned opcode = opcode_of(t);
    if (t->exception == X86_UD) {
        return NULL;
    }
    if (opcode == 0x0f24 || opcode == 0x0f26) {
        return "test registers";
    }
    if (opcode >= 0x0f10 && opcode <= 0x0f13) {
        return "UMOV";
    }
    if (is_scaled_base(r, t)) {
        return "386: a scale without an index scales the base";
    }
    if (reads_port_22(r, t)) {
        return "386EX: a register at port 22h";
    }
    return is_refused_cr0(r, t) ? "CR0 that later processors refuse" : NULL;
}

const char *moo_rule_before(const struct moo_reader *r, const struct moo_test *t)
{
    if (t->prefixes >= t->length || t->prefixes + 1 >= MOO_MAX_BYTES) {
        return NULL;
    }
    if (lock_is_undefined(r, t) && t->exception != X86_UD) {
        return "LOCK where it is undefined";
    }
    if (is_later_instruction(r, t)) {
        return "instruction of later processors";
    }
    return r->is_286 ? rule_of_286(t) : rule_of_386(r, t);
}

// --- cases that have run and differ ---

// From the 386 on an instruction that faults can be restarted: it has moved no pointer for the
// element that faults ([SDM3] 6.5). The 286 may have; the 386 itself has in POPA.
const char *moo_rule_of_register(const struct moo_reader *r, const struct moo_test *t,
                                 unsigned slot)
{
    unsigned opcode = opcode_of(t);
    bool is_string = (opcode & 0xfffc) == 0x6c || (opcode & 0xfffc) == 0xa4 ||
                     (opcode >= 0xaa && opcode <= 0xaf);
    const struct moo_slot *s = &r->slots[slot];
    bool is_pointer = s->kind == MOO_GENERAL &&
                      (s->number == X86_RSI || s->number == X86_RDI || s->number == X86_RCX);
    if (r->is_286 && is_fault(t) && is_string && is_pointer) {
        return "faulting string instruction has moved pointers";
    }
    if (!r->is_286 && is_fault(t) && opcode == 0x61 && s->kind == MOO_GENERAL) {
        return "faulting POPA has loaded registers";
    }
    return NULL;
}

// Instructions that push more than one thing.
static bool pushes_several(const struct moo_test *t)
{
    unsigned opcode = opcode_of(t);
    return opcode == 0x60 || opcode == 0xc8 || opcode == 0x9a ||
           (opcode == 0xff && digit_of(t) == 3);
}

// Does the record show another byte where the HLT was?
static bool overwrites_hlt(const struct moo_reader *r, const struct moo_test *t)
{
    u32 hlt = moo_hlt_address(r, t);
    for (unsigned n = 0; n < t->after.ram.count; n++) {
        if (moo_cell_address(t->after.ram, n) == hlt && moo_cell_value(t->after.ram, n) != 0xf4) {
            return true;
        }
    }
    return false;
}

const char *moo_rule_after(const struct moo_reader *r, const struct moo_test *t,
                           const struct moo_difference *d)
{
    unsigned opcode = opcode_of(t);
    if (overwrites_hlt(r, t)) {
        return "overwrites the HLT, which was fetched before";
    }
    if (r->is_286) {
        return NULL;
    }
    if ((opcode & 0xfe) == 0xf6 && digit_of(t) == 7 && d->raised_divide_error) {
        return "386: IDIV that misses an overflow";
    }
    if (is_fault(t) && pushes_several(t) && d->registers == 0) {
        return "faulting instruction has pushed";
    }
    bool is_long = has_prefix(t, 0x67) && (has_prefix(t, 0xf2) || has_prefix(t, 0xf3)) &&
                   moo_before(r, t, MOO_GENERAL, X86_RCX) > 0xffff;
    return is_long ? "a repetition too long to be recorded" : NULL;
}
