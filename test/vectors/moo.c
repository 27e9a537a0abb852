// MOO files: single instructions, recorded on real processors, each followed by HLT.
//
// A case runs on a bare processor in real mode until HLT has executed. Then every register, every
// byte that the file names, and every other byte of the pages that it names must be as recorded.
// What a 386 or later does otherwise than the 80286, rightly, is in rule_of() and in the comments
// that begin with "286:".
#include "vectors.h"

#include "base/bytes.h"
#include "cpu/x86/flags.h"
#include "cpu/x86/isa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- registers, in the order of the file's masks ---

enum slot_kind { SLOT_GENERAL, SLOT_SEGMENT, SLOT_IP, SLOT_FLAGS, SLOT_CR, SLOT_DR };

struct slot {
    const char *name;
    u8 kind, number;
};

enum { SLOTS_16 = 14, SLOTS_32 = 20 };

static const struct slot slots_16[SLOTS_16] = {
    {"ax", SLOT_GENERAL, X86_RAX},
    {"bx", SLOT_GENERAL, X86_RBX},
    {"cx", SLOT_GENERAL, X86_RCX},
    {"dx", SLOT_GENERAL, X86_RDX},
    {"cs", SLOT_SEGMENT, X86_CS},
    {"ss", SLOT_SEGMENT, X86_SS},
    {"ds", SLOT_SEGMENT, X86_DS},
    {"es", SLOT_SEGMENT, X86_ES},
    {"sp", SLOT_GENERAL, X86_RSP},
    {"bp", SLOT_GENERAL, X86_RBP},
    {"si", SLOT_GENERAL, X86_RSI},
    {"di", SLOT_GENERAL, X86_RDI},
    {"ip", SLOT_IP, 0},
    {"flags", SLOT_FLAGS, 0},
};

static const struct slot slots_32[SLOTS_32] = {
    {"cr0", SLOT_CR, 0},
    {"cr3", SLOT_CR, 3},
    {"eax", SLOT_GENERAL, X86_RAX},
    {"ebx", SLOT_GENERAL, X86_RBX},
    {"ecx", SLOT_GENERAL, X86_RCX},
    {"edx", SLOT_GENERAL, X86_RDX},
    {"esi", SLOT_GENERAL, X86_RSI},
    {"edi", SLOT_GENERAL, X86_RDI},
    {"ebp", SLOT_GENERAL, X86_RBP},
    {"esp", SLOT_GENERAL, X86_RSP},
    {"cs", SLOT_SEGMENT, X86_CS},
    {"ds", SLOT_SEGMENT, X86_DS},
    {"es", SLOT_SEGMENT, X86_ES},
    {"fs", SLOT_SEGMENT, X86_FS},
    {"gs", SLOT_SEGMENT, X86_GS},
    {"ss", SLOT_SEGMENT, X86_SS},
    {"eip", SLOT_IP, 0},
    {"eflags", SLOT_FLAGS, 0},
    {"dr6", SLOT_DR, 6},
    {"dr7", SLOT_DR, 7},
};

static void set_register(struct x86 *c, const struct slot *slot, u32 value)
{
    switch ((enum slot_kind)slot->kind) {
    case SLOT_GENERAL: c->s.r[slot->number] = value; break;
    case SLOT_SEGMENT: x86_set_real_segment(c, slot->number, (u16)value); break;
    case SLOT_IP: c->s.rip = value; break;
    case SLOT_FLAGS: x86_set_eflags(c, value & 0x0fff); break;
    case SLOT_CR: // bits 4 to 30 of a 386's CR0 are undefined
        if (slot->number == 0) {
            c->s.cr0 = (value & (X86_CR0_MP | X86_CR0_EM | X86_CR0_TS)) | X86_CR0_ET;
        }
        break;
    case SLOT_DR: c->s.dr[slot->number] = value; break;
    }
}

static u32 get_register(const struct x86 *c, const struct slot *slot)
{
    switch ((enum slot_kind)slot->kind) {
    case SLOT_GENERAL: return (u32)c->s.r[slot->number];
    case SLOT_SEGMENT: return c->s.seg[slot->number].selector;
    case SLOT_IP: return (u32)c->s.rip;
    case SLOT_FLAGS: return x86_eflags(c);
    case SLOT_CR: return (u32)(slot->number == 0 ? c->s.cr0 : c->s.cr3);
    case SLOT_DR: return (u32)c->s.dr[slot->number];
    }
    return 0;
}

// --- the file ---

struct registers {
    u32 mask; // which are given
    u32 value[SLOTS_32];
};

struct cells {
    const u8 *at; // records of address u32, value u8
    unsigned count;
};

struct snapshot {
    struct registers registers, masks; // masks: AND with these before comparing
    struct cells ram;
};

enum { NO_EXCEPTION = 0xffff, MAX_BYTES = 32 };

struct test {
    u32 index;
    char name[80];
    u8 bytes[MAX_BYTES];
    unsigned length; // of the instruction, without the HLT
    struct snapshot before, after;
    unsigned exception; // vector
};

struct reader {
    struct tally *tally;
    struct bare *bare;
    const struct slot *slots;
    unsigned slot_count;
    bool is_286;
    struct registers masks; // of the whole file
    char *metadata;         // flags that are undefined, NULL: no such file
    struct decoder decoder;
    u16 *decoder_order;
};

struct chunk {
    char id[5];
    const u8 *at;
    u32 size_bytes;
};

// The next chunk of [*at, end). False: no more, or it does not fit.
static bool next_chunk(const u8 **at, const u8 *end, struct chunk *k)
{
    if (end - *at < 8) {
        return false;
    }
    memcpy(k->id, *at, 4);
    k->id[4] = 0;
    k->size_bytes = load_le32(*at + 4);
    k->at = *at + 8;
    if (k->size_bytes > (size_t)(end - k->at)) {
        return false;
    }
    *at = k->at + k->size_bytes;
    return true;
}

static bool chunk_is(const struct chunk *k, const char *id)
{
    return strcmp(k->id, id) == 0;
}

// REGS and RMSK have 16-bit members, RG32 and RM32 32-bit ones.
static void read_registers(const struct chunk *k, struct registers *r)
{
    unsigned size = chunk_is(k, "RG32") || chunk_is(k, "RM32") ? 4 : 2;
    const u8 *at = k->at, *end = k->at + k->size_bytes;
    *r = (struct registers){0};
    if (k->size_bytes < size) {
        return;
    }
    u32 mask = size == 4 ? load_le32(at) : load_le16(at);
    at += size;
    for (unsigned n = 0; n < SLOTS_32 && end - at >= (ptrdiff_t)size; n++) {
        if (mask >> n & 1) {
            r->value[n] = size == 4 ? load_le32(at) : load_le16(at);
            r->mask |= 1u << n;
            at += size;
        }
    }
}

static void read_snapshot(const struct chunk *in, struct snapshot *s)
{
    const u8 *at = in->at, *end = in->at + in->size_bytes;
    struct chunk k;
    while (next_chunk(&at, end, &k)) {
        if (chunk_is(&k, "REGS") || chunk_is(&k, "RG32")) {
            read_registers(&k, &s->registers);
        } else if (chunk_is(&k, "RMSK") || chunk_is(&k, "RM32")) {
            read_registers(&k, &s->masks);
        } else if (chunk_is(&k, "RAM ") && k.size_bytes >= 4) {
            u32 count = load_le32(k.at);
            u32 room = (k.size_bytes - 4) / 5;
            s->ram = (struct cells){.at = k.at + 4, .count = count < room ? count : room};
        }
    }
}

static void read_test(const struct chunk *in, struct test *t)
{
    const u8 *at = in->at + 4, *end = in->at + in->size_bytes;
    struct chunk k;
    *t = (struct test){.index = load_le32(in->at), .exception = NO_EXCEPTION};
    while (next_chunk(&at, end, &k)) {
        if (chunk_is(&k, "NAME") && k.size_bytes > 4) {
            snprintf(t->name, sizeof t->name, "%.*s", (int)(k.size_bytes - 4),
                     (const char *)k.at + 4);
        } else if (chunk_is(&k, "BYTS") && k.size_bytes > 4) {
            u32 length = k.size_bytes - 4 < MAX_BYTES ? k.size_bytes - 4 : MAX_BYTES;
            memcpy(t->bytes, k.at + 4, length);
            t->length = length > 1 && t->bytes[length - 1] == 0xf4 ? length - 1 : length;
        } else if (chunk_is(&k, "INIT")) {
            read_snapshot(&k, &t->before);
        } else if (chunk_is(&k, "FINA")) {
            read_snapshot(&k, &t->after);
        } else if (chunk_is(&k, "EXCP") && k.size_bytes >= 1) {
            t->exception = k.at[0];
        }
    }
}

static u32 cell_address(struct cells c, unsigned n)
{
    return load_le32(c.at + 5 * n) % BARE_RAM_BYTES;
}

static u8 cell_value(struct cells c, unsigned n)
{
    return c.at[5 * n + 4];
}

// --- which flags are defined ---

static unsigned prefixes_of(const struct test *t)
{
    return prefix_count(t->bytes, t->length);
}

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

// The flags to compare: 286: bits 12 to 15 do not exist in real mode.
static u32 flags_mask(const struct reader *r, const struct test *t)
{
    unsigned n = prefixes_of(t);
    if (r->is_286 && r->metadata && n + 1 < MAX_BYTES) {
        return metadata_mask(r->metadata, t->bytes[n], t->bytes[n + 1]) & 0x0fff;
    }
    struct insn i;
    struct decode_result d = decode(&r->decoder, t->bytes, t->length, DECODE_16, 0, true, &i);
    return 0x0fff & ~(d.is_valid ? d.row->flags_undefined : 0);
}

// --- what is rightly different ---

static bool decodes(const struct reader *r, const u8 *bytes, unsigned length)
{
    struct insn i;
    return decode(&r->decoder, bytes, length, DECODE_16, 0, true, &i).is_valid;
}

// From the 386 on LOCK is allowed before certain instructions that write to memory only ([SDM2]
// LOCK); in front of others it makes an instruction that exists undefined.
static bool lock_is_undefined(const struct reader *r, const struct test *t)
{
    u8 bytes[MAX_BYTES];
    unsigned length = 0;
    for (unsigned n = 0; n < t->length; n++) {
        if (t->bytes[n] != 0xf0 || n >= prefixes_of(t)) {
            bytes[length++] = t->bytes[n];
        }
    }
    return length < t->length && decodes(r, bytes, length) && !decodes(r, t->bytes, t->length);
}

static bool is_fault(const struct test *t)
{
    return t->exception == X86_GP || t->exception == X86_SS_FAULT;
}

// The recorded processor raised #UD where a later one has an instruction.
static bool is_later_instruction(const struct reader *r, const struct test *t)
{
    static const u8 later_prefixes[] = {0x64, 0x65, 0x66, 0x67};
    struct insn i;
    struct decode_result d = decode(&r->decoder, t->bytes, t->length, DECODE_16, 0, true, &i);
    if (t->exception != X86_UD || !d.is_valid) {
        return false;
    }
    for (unsigned n = 0; r->is_286 && n < prefixes_of(t); n++) {
        if (memchr(later_prefixes, t->bytes[n], sizeof later_prefixes)) {
            return true;
        }
    }
    return (d.row->attributes & ISA_NEEDS) != 0;
}

// What a 286 does otherwise than later processors: the rule, or NULL.
static const char *rule_of_286(const struct test *t, u8 opcode, u8 reg)
{
    if (t->length > 10) {
        return "longer than 10 bytes";
    }
    if ((opcode == 0x8c || opcode == 0x8e) && (reg == 4 || reg == 5)) {
        return "FS or GS in 8C or 8E";
    }
    return is_fault(t) && opcode == 0x8f ? "faulting POP m has moved SP" : NULL;
}

// The rule by which a case is left out, or NULL.
static const char *rule_of(const struct reader *r, const struct test *t)
{
    unsigned n = prefixes_of(t);
    if (n >= t->length || n + 1 >= MAX_BYTES) {
        return NULL;
    }
    if (lock_is_undefined(r, t) && t->exception != X86_UD) {
        return "LOCK where it is undefined";
    }
    if (is_later_instruction(r, t)) {
        return "instruction of later processors";
    }
    return r->is_286 ? rule_of_286(t, t->bytes[n], t->bytes[n + 1] >> 3 & 7) : NULL;
}

// From the 386 on an instruction that faults can be restarted: it has moved no pointer for the
// element that faults ([SDM3] 6.5). The 286 may have.
static bool is_moved_pointer(const struct reader *r, const struct test *t, unsigned slot)
{
    u8 opcode = t->bytes[prefixes_of(t)];
    bool is_string =
        (opcode & 0xfc) == 0x6c || (opcode & 0xfc) == 0xa4 || (opcode >= 0xaa && opcode <= 0xaf);
    const struct slot *s = &r->slots[slot];
    bool is_pointer = s->kind == SLOT_GENERAL &&
                      (s->number == X86_RSI || s->number == X86_RDI || s->number == X86_RCX);
    return r->is_286 && is_fault(t) && is_string && is_pointer;
}

// --- running ---

enum { MAX_PAGES = 64, MAX_INSTRUCTIONS = 300000 };

// What RAM must be like after the instruction, for the pages that the case names.
struct expectation {
    unsigned page_count;
    u32 page[MAX_PAGES];
    u8 bytes[MAX_PAGES][PHYS_PAGE_BYTES];
    u8 mask[MAX_PAGES][PHYS_PAGE_BYTES];
};

// The place of an address among the pages, which grow by it; -1: too many.
static int page_of(struct expectation *e, u32 address)
{
    u32 page = address / PHYS_PAGE_BYTES;
    for (unsigned n = 0; n < e->page_count; n++) {
        if (e->page[n] == page) {
            return (int)n;
        }
    }
    if (e->page_count == MAX_PAGES) {
        return -1;
    }
    memset(e->bytes[e->page_count], 0, PHYS_PAGE_BYTES);
    memset(e->mask[e->page_count], 0xff, PHYS_PAGE_BYTES);
    e->page[e->page_count] = page;
    return (int)e->page_count++;
}

static void expect_byte(struct expectation *e, u32 address, u8 value)
{
    int page = page_of(e, address % BARE_RAM_BYTES);
    if (page >= 0) {
        e->bytes[page][address % PHYS_PAGE_BYTES] = value;
    }
}

static void mask_byte(struct expectation *e, u32 address, u8 mask)
{
    int page = page_of(e, address % BARE_RAM_BYTES);
    if (page >= 0) {
        e->mask[page][address % PHYS_PAGE_BYTES] = mask;
    }
}

// 286: a stack access past the limit raises #GP (13), later ones #SS (12): where 13 was raised,
// both vectors lead to the same place. (Vector 12 is used by the test only if it is in its RAM.)
static void alias_stack_fault(struct bare *b, struct expectation *e)
{
    const u32 gp = 4 * X86_GP, ss = 4 * X86_SS_FAULT;
    if (load_le32(b->ram + ss) == 0) {
        memcpy(b->ram + ss, b->ram + gp, 4);
        for (u32 n = 0; n < 4; n++) {
            expect_byte(e, ss + n, b->ram[ss + n]);
        }
    }
}

// A register after the instruction.
static u32 final_register(const struct reader *r, const struct test *t, enum slot_kind kind,
                          unsigned number)
{
    for (unsigned n = 0; n < r->slot_count; n++) {
        if (r->slots[n].kind == kind && r->slots[n].number == number) {
            bool is_given = t->after.registers.mask >> n & 1;
            return is_given ? t->after.registers.value[n] : t->before.registers.value[n];
        }
    }
    return 0;
}

// The flags that PUSHF, INT and exceptions push: undefined bits don't count. (They are looked for
// where the stack pointer says: the address in EXCP is rounded down where SP is odd.)
static void mask_pushed_flags(const struct reader *r, const struct test *t, u32 flags,
                              struct expectation *e)
{
    u8 opcode = t->bytes[prefixes_of(t)];
    bool is_interrupt = t->exception != NO_EXCEPTION || (opcode >= 0xcc && opcode <= 0xce);
    if (is_interrupt || opcode == 0x9c) {
        u32 base = 16 * final_register(r, t, SLOT_SEGMENT, X86_SS);
        u32 offset = final_register(r, t, SLOT_GENERAL, X86_RSP) + (is_interrupt ? 4 : 0);
        bool is_wide = !is_interrupt && memchr(t->bytes, 0x66, prefixes_of(t));
        for (u32 n = 0; n < (is_wide ? 4 : 2); n++) { // bits 16 and up don't count either
            mask_byte(e, base + ((offset + n) & 0xffff), (u8)(flags >> (8 * n)));
        }
    }
}

static void load_test(const struct reader *r, const struct test *t, u32 flags,
                      struct expectation *e)
{
    struct x86 *c = &r->bare->cpu;
    x86_reset(c);
    c->s.cr0 = X86_CR0_ET;
    for (unsigned n = 0; n < r->slot_count; n++) {
        set_register(c, &r->slots[n], t->before.registers.value[n]);
    }
    e->page_count = 0;
    for (unsigned n = 0; n < t->before.ram.count; n++) {
        u32 address = cell_address(t->before.ram, n);
        r->bare->ram[address] = cell_value(t->before.ram, n);
        expect_byte(e, address, cell_value(t->before.ram, n));
    }
    if (r->is_286 && t->exception == X86_GP) {
        alias_stack_fault(r->bare, e);
    }
    for (unsigned n = 0; n < t->after.ram.count; n++) {
        expect_byte(e, cell_address(t->after.ram, n), cell_value(t->after.ram, n));
    }
    mask_pushed_flags(r, t, flags, e);
    bare_changed(r->bare);
}

// Differences as text, cut where the buffer ends.
struct difference {
    unsigned count;
    bool is_by_rule; // a register differs, rightly
    size_t used;
    char text[500];
};

static void differ(struct difference *d, const char *what, u32 wanted, u32 got)
{
    d->count++;
    int length = snprintf(d->text + d->used, sizeof d->text - d->used, " %s wanted %x got %x;",
                          what, wanted, got);
    if (length > 0 && d->used + (size_t)length < sizeof d->text) {
        d->used += (size_t)length;
    }
}

static u32 register_mask(const struct reader *r, const struct test *t, unsigned n, u32 flags)
{
    u32 mask = r->slot_count == SLOTS_16 ? 0xffff : UINT32_MAX; // 286: IP has 16 bits
    mask &= r->slots[n].kind == SLOT_FLAGS ? flags : UINT32_MAX;
    mask &= r->masks.mask >> n & 1 ? r->masks.value[n] : UINT32_MAX;
    return mask & (t->after.masks.mask >> n & 1 ? t->after.masks.value[n] : UINT32_MAX);
}

static void compare_registers(const struct reader *r, const struct test *t, u32 flags,
                              struct difference *d)
{
    for (unsigned n = 0; n < r->slot_count; n++) {
        bool is_given = t->after.registers.mask >> n & 1;
        if (!is_given && r->slots[n].kind == SLOT_CR) {
            continue;
        }
        u32 wanted = is_given ? t->after.registers.value[n] : t->before.registers.value[n];
        u32 got = get_register(&r->bare->cpu, &r->slots[n]);
        if (!((wanted ^ got) & register_mask(r, t, n, flags))) {
            continue;
        }
        if (is_moved_pointer(r, t, n)) {
            d->is_by_rule = true;
        } else {
            differ(d, r->slots[n].name, wanted, got);
        }
    }
}

static void compare_page(const u8 *ram, u32 page, const u8 *wanted, const u8 *mask,
                         struct difference *d)
{
    const u8 *got = ram + page * PHYS_PAGE_BYTES;
    if (memcmp(got, wanted, PHYS_PAGE_BYTES) == 0) {
        return;
    }
    for (u32 n = 0; n < PHYS_PAGE_BYTES; n++) {
        if ((got[n] ^ wanted[n]) & mask[n]) {
            char name[16];
            snprintf(name, sizeof name, "[%05x]", page * PHYS_PAGE_BYTES + n);
            differ(d, name, wanted[n], got[n]);
        }
    }
}

static void fail_test(const struct reader *r, const struct test *t, bool is_halted,
                      const struct difference *d)
{
    char bytes[3 * MAX_BYTES + 1] = "";
    for (unsigned n = 0; n < t->length; n++) {
        snprintf(bytes + 3 * n, 4, "%02x ", t->bytes[n]);
    }
    char exception[24] = "";
    if (t->exception != NO_EXCEPTION) {
        snprintf(exception, sizeof exception, "raises %u, ", t->exception);
    }
    tally_fail(r->tally, "#%u %s: %s: %s%s%s", t->index, t->name, bytes, exception,
               is_halted ? "" : "no HLT came;", d->text);
}

static void run_test(const struct reader *r, const struct test *t, struct expectation *e)
{
    const char *rule = rule_of(r, t);
    if (rule) {
        tally_skip(r->tally, rule);
        return;
    }
    u32 flags = flags_mask(r, t);
    load_test(r, t, flags, e);
    bool is_halted = bare_run_until_halt(r->bare, MAX_INSTRUCTIONS);
    struct difference d = {.text = ""};
    compare_registers(r, t, flags, &d);
    for (unsigned n = 0; n < e->page_count; n++) {
        compare_page(r->bare->ram, e->page[n], e->bytes[n], e->mask[n], &d);
        memset(r->bare->ram + e->page[n] * PHYS_PAGE_BYTES, 0, PHYS_PAGE_BYTES);
    }
    if (is_halted && d.count == 0) {
        if (d.is_by_rule) {
            tally_skip(r->tally, "faulting string instruction has moved pointers");
        } else {
            tally_pass(r->tally);
        }
        return;
    }
    fail_test(r, t, is_halted, &d);
    memset(r->bare->ram, 0, BARE_RAM_BYTES); // it may have written anywhere
}

// --- the file as a whole ---

static void read_top_chunk(struct reader *r, const struct chunk *k, struct expectation *e)
{
    if (chunk_is(k, "RMSK") || chunk_is(k, "RM32")) {
        read_registers(k, &r->masks);
    } else if (chunk_is(k, "TEST") && k->size_bytes >= 4) {
        struct test t;
        read_test(k, &t);
        run_test(r, &t, e);
    }
}

// Where ../ref/80286-metadata.json is, seen from the MOO file.
static char *read_metadata(const char *path)
{
    char name[4096];
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path + 1) : 0;
    struct file f;
    int length = snprintf(name, sizeof name, "%.*s../ref/80286-metadata.json", folder, path);
    FILE *probe = length < (int)sizeof name ? fopen(name, "rb") : NULL;
    if (!probe) {
        return NULL; // our own table says which flags are undefined
    }
    fclose(probe);
    return file_read(name, &f) ? (char *)f.bytes : NULL;
}

static bool read_header(struct reader *r, const struct chunk *k)
{
    if (!chunk_is(k, "MOO ") || k->size_bytes < 12) {
        return false;
    }
    bool is_32 = memcmp(k->at + 8, "386", 3) == 0;
    r->is_286 = memcmp(k->at + 8, "C286", 4) == 0 || memcmp(k->at + 8, "286", 3) == 0;
    r->slots = is_32 ? slots_32 : slots_16;
    r->slot_count = is_32 ? SLOTS_32 : SLOTS_16;
    return true;
}

static int run_file(struct reader *r, const struct file *f)
{
    const u8 *at = f->bytes, *end = f->bytes + f->size_bytes;
    struct chunk k;
    if (!next_chunk(&at, end, &k) || !read_header(r, &k)) {
        return -1;
    }
    struct expectation *e = malloc(sizeof *e);
    if (!e) {
        return -1;
    }
    while (next_chunk(&at, end, &k)) {
        read_top_chunk(r, &k, e);
    }
    free(e);
    return at == end ? 0 : -1;
}

int vectors_moo(const char *path, struct tally *t)
{
    struct file f;
    if (!file_read(path, &f)) {
        return -1;
    }
    struct reader r = {.tally = t, .bare = bare_create(), .metadata = read_metadata(path)};
    r.decoder_order = calloc(isa_row_count, sizeof *r.decoder_order);
    decoder_init(&r.decoder, r.decoder_order, r.bare->cpu.model);
    int result = run_file(&r, &f);
    free(r.decoder_order);
    free(r.metadata);
    bare_destroy(r.bare);
    free(f.bytes);
    return result;
}
