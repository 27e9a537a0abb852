// MOO files: single instructions, recorded on real processors, each followed by HLT.
//
// A case runs on a bare processor in real mode until HLT has executed. Then every register, every
// byte that the file names, and every other byte of the pages that it names must be as recorded.
// What a later processor does otherwise, rightly, is in moo_rules.c and in the comments that begin
// with "286:" or "386:".
#include "moo.h"

#include "cpu/x86/flags.h"

#include <stdio.h>
#include <stdlib.h>

// --- registers, in the order of the file's masks ---

static const struct moo_slot slots_16[MOO_SLOTS_16] = {
    {"ax", MOO_GENERAL, X86_RAX},
    {"bx", MOO_GENERAL, X86_RBX},
    {"cx", MOO_GENERAL, X86_RCX},
    {"dx", MOO_GENERAL, X86_RDX},
    {"cs", MOO_SEGMENT, X86_CS},
    {"ss", MOO_SEGMENT, X86_SS},
    {"ds", MOO_SEGMENT, X86_DS},
    {"es", MOO_SEGMENT, X86_ES},
    {"sp", MOO_GENERAL, X86_RSP},
    {"bp", MOO_GENERAL, X86_RBP},
    {"si", MOO_GENERAL, X86_RSI},
    {"di", MOO_GENERAL, X86_RDI},
    {"ip", MOO_IP, 0},
    {"flags", MOO_FLAGS, 0},
};

static const struct moo_slot slots_32[MOO_SLOTS_32] = {
    {"cr0", MOO_CR, 0},
    {"cr3", MOO_CR, 3},
    {"eax", MOO_GENERAL, X86_RAX},
    {"ebx", MOO_GENERAL, X86_RBX},
    {"ecx", MOO_GENERAL, X86_RCX},
    {"edx", MOO_GENERAL, X86_RDX},
    {"esi", MOO_GENERAL, X86_RSI},
    {"edi", MOO_GENERAL, X86_RDI},
    {"ebp", MOO_GENERAL, X86_RBP},
    {"esp", MOO_GENERAL, X86_RSP},
    {"cs", MOO_SEGMENT, X86_CS},
    {"ds", MOO_SEGMENT, X86_DS},
    {"es", MOO_SEGMENT, X86_ES},
    {"fs", MOO_SEGMENT, X86_FS},
    {"gs", MOO_SEGMENT, X86_GS},
    {"ss", MOO_SEGMENT, X86_SS},
    {"eip", MOO_IP, 0},
    {"eflags", MOO_FLAGS, 0},
    {"dr6", MOO_DR, 6},
    {"dr7", MOO_DR, 7},
};

static void set_register(struct x86 *c, const struct moo_slot *slot, u32 value)
{
    switch ((enum moo_kind)slot->kind) {
    case MOO_GENERAL: c->s.r[slot->number] = value; break;
    case MOO_SEGMENT: x86_set_real_segment(c, slot->number, (u16)value); break;
    case MOO_IP: c->s.rip = value; break;
    case MOO_FLAGS: x86_set_eflags(c, value & 0x7fff); break;
    case MOO_CR:
        if (slot->number == 0) { // 386: bits 4 to 30 don't exist, but read as they are recorded
            c->s.cr0 = value & ~(u64)(X86_CR0_PE | X86_CR0_PG);
        }
        break;
    case MOO_DR: c->s.dr[slot->number] = value; break;
    }
}

static u32 get_register(const struct x86 *c, const struct moo_slot *slot)
{
    switch ((enum moo_kind)slot->kind) {
    case MOO_GENERAL: return (u32)c->s.r[slot->number];
    case MOO_SEGMENT: return c->s.seg[slot->number].selector;
    case MOO_IP: return (u32)c->s.rip;
    case MOO_FLAGS: return x86_eflags(c);
    case MOO_CR: return (u32)(slot->number == 0 ? c->s.cr0 : c->s.cr3);
    case MOO_DR: return (u32)c->s.dr[slot->number];
    }
    return 0;
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

// The flags that PUSHF, INT and exceptions push: undefined bits don't count. (They are looked for
// where the stack pointer says: the address in EXCP is rounded down where SP is odd.) INT and what
// follows from an exception push 16 bits in real mode, PUSHFD 32.
static void mask_pushed_flags(const struct moo_reader *r, const struct moo_test *t, u32 flags,
                              struct expectation *e)
{
    u8 opcode = t->bytes[t->prefixes];
    bool is_interrupt = t->exception != MOO_NO_EXCEPTION || (opcode >= 0xcc && opcode <= 0xce);
    if (is_interrupt || opcode == 0x9c) {
        u32 base = 16 * (moo_after(r, t, MOO_SEGMENT, X86_SS) & 0xffff);
        u32 offset = moo_after(r, t, MOO_GENERAL, X86_RSP) + (is_interrupt ? 4 : 0);
        for (u32 n = 0; n < 2; n++) {
            mask_byte(e, base + ((offset + n) & 0xffff), (u8)(flags >> (8 * n)));
        }
    }
}

static void load_test(const struct moo_reader *r, const struct moo_test *t, u32 flags,
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
        u32 address = moo_cell_address(t->before.ram, n);
        r->bare->ram[address] = moo_cell_value(t->before.ram, n);
        expect_byte(e, address, moo_cell_value(t->before.ram, n));
    }
    if (r->is_286 && t->exception == X86_GP) {
        alias_stack_fault(r->bare, e);
    }
    for (unsigned n = 0; n < t->after.ram.count; n++) {
        expect_byte(e, moo_cell_address(t->after.ram, n), moo_cell_value(t->after.ram, n));
    }
    mask_pushed_flags(r, t, flags, e);
    bare_changed(r->bare);
}

static void differ(struct moo_difference *d, const char *what, u32 wanted, u32 got)
{
    int length = snprintf(d->text + d->used, sizeof d->text - d->used, " %s wanted %x got %x;",
                          what, wanted, got);
    if (length > 0 && d->used + (size_t)length < sizeof d->text) {
        d->used += (size_t)length;
    }
}

// `skipped` gets the rule by which a register differs, `passed` the one by which it is compared in
// part only.
static void compare_registers(const struct moo_reader *r, const struct moo_test *t, u32 flags,
                              struct moo_difference *d, const char **skipped, const char **passed)
{
    for (unsigned n = 0; n < r->slot_count; n++) {
        bool is_given = t->after.registers.mask >> n & 1;
        if (!is_given && r->slots[n].kind == MOO_CR) {
            continue;
        }
        u32 wanted = is_given ? t->after.registers.value[n] : t->before.registers.value[n];
        u32 got = get_register(&r->bare->cpu, &r->slots[n]);
        const char *rule = NULL;
        bool is_same = !((wanted ^ got) & moo_register_mask(r, t, n, flags, &rule));
        if (is_same) {
            *passed = rule && wanted != got ? rule : *passed;
        } else if ((rule = moo_rule_of_register(r, t, n))) {
            *skipped = rule;
        } else {
            d->registers++;
            differ(d, r->slots[n].name, wanted, got);
        }
    }
}

static void compare_page(const u8 *ram, u32 page, const u8 *wanted, const u8 *mask,
                         struct moo_difference *d)
{
    const u8 *got = ram + page * PHYS_PAGE_BYTES;
    if (memcmp(got, wanted, PHYS_PAGE_BYTES) == 0) {
        return;
    }
    for (u32 n = 0; n < PHYS_PAGE_BYTES; n++) {
        if ((got[n] ^ wanted[n]) & mask[n]) {
            char name[16];
            snprintf(name, sizeof name, "[%05x]", page * PHYS_PAGE_BYTES + n);
            d->cells++;
            differ(d, name, wanted[n], got[n]);
        }
    }
}

// Does the processor stand behind the HLT that the divide error led to?
static bool is_in_divide_error(const struct moo_reader *r, const struct moo_test *t)
{
    const struct x86 *c = &r->bare->cpu;
    u32 pushed = 6 + (u32)c->s.r[X86_RSP];
    return t->exception == MOO_NO_EXCEPTION &&
           (u16)pushed == (u16)moo_before(r, t, MOO_GENERAL, X86_RSP) &&
           c->s.seg[X86_CS].selector == load_le16(r->bare->ram + 4 * X86_DE + 2);
}

static void fail_test(const struct moo_reader *r, const struct moo_test *t,
                      const struct moo_difference *d)
{
    char bytes[3 * MOO_MAX_BYTES + 1] = "";
    for (unsigned n = 0; n < t->length; n++) {
        snprintf(bytes + 3 * n, 4, "%02x ", t->bytes[n]);
    }
    char exception[24] = "";
    if (t->exception != MOO_NO_EXCEPTION) {
        snprintf(exception, sizeof exception, "raises %u, ", t->exception);
    }
    tally_fail(r->tally, "#%u %s: %s: %s%s%s", t->index, t->name, bytes, exception,
               d->is_halted ? "" : "no HLT came;", d->text);
}

// Counts the case. `skipped`, `passed`: the rules by which registers are left out.
static void count_test(const struct moo_reader *r, const struct moo_test *t,
                       const struct moo_difference *d, const char *skipped, const char *passed)
{
    const char *rule = NULL;
    bool is_same = d->is_halted && d->registers + d->cells == 0;
    if (!is_same && !(rule = moo_rule_after(r, t, d))) {
        fail_test(r, t, d);
    } else if (rule || skipped) {
        tally_skip(r->tally, rule ? rule : skipped);
    } else if (passed) {
        tally_pass_by(r->tally, passed);
    } else {
        tally_pass(r->tally);
    }
    if (!is_same) {
        memset(r->bare->ram, 0, BARE_RAM_BYTES); // it may have written anywhere
    }
}

static void run_test(const struct moo_reader *r, const struct moo_test *t, struct expectation *e)
{
    const char *rule = moo_rule_before(r, t), *skipped = NULL, *passed = NULL;
    if (rule) {
        tally_skip(r->tally, rule);
        return;
    }
    u32 flags = moo_flags_mask(r, t);
    load_test(r, t, flags, e);
    struct moo_difference d = {.is_halted = bare_run_until_halt(r->bare, MAX_INSTRUCTIONS)};
    d.raised_divide_error = is_in_divide_error(r, t);
    compare_registers(r, t, flags, &d, &skipped, &passed);
    for (unsigned n = 0; n < e->page_count; n++) {
        compare_page(r->bare->ram, e->page[n], e->bytes[n], e->mask[n], &d);
        memset(r->bare->ram + e->page[n] * PHYS_PAGE_BYTES, 0, PHYS_PAGE_BYTES);
    }
    count_test(r, t, &d, skipped, passed);
}

// --- the file as a whole ---

static void read_top_chunk(struct moo_reader *r, const struct moo_chunk *k, struct expectation *e)
{
    if (moo_chunk_is(k, "RMSK") || moo_chunk_is(k, "RM32")) {
        moo_read_registers(k, &r->masks);
    } else if (moo_chunk_is(k, "TEST") && k->size_bytes >= 4) {
        struct moo_test t;
        moo_read_test(k, &t);
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

static bool read_header(struct moo_reader *r, const struct moo_chunk *k)
{
    if (!moo_chunk_is(k, "MOO ") || k->size_bytes < 12) {
        return false;
    }
    bool is_32 = memcmp(k->at + 8, "386", 3) == 0;
    r->is_286 = memcmp(k->at + 8, "C286", 4) == 0 || memcmp(k->at + 8, "286", 3) == 0;
    r->slots = is_32 ? slots_32 : slots_16;
    r->slot_count = is_32 ? MOO_SLOTS_32 : MOO_SLOTS_16;
    return true;
}

static int run_file(struct moo_reader *r, const struct file *f)
{
    const u8 *at = f->bytes, *end = f->bytes + f->size_bytes;
    struct moo_chunk k;
    if (!moo_next_chunk(&at, end, &k) || !read_header(r, &k)) {
        return -1;
    }
    struct expectation *e = malloc(sizeof *e);
    if (!e) {
        return -1;
    }
    while (moo_next_chunk(&at, end, &k)) {
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
    struct moo_reader r = {.tally = t, .bare = bare_create(), .metadata = read_metadata(path)};
    r.decoder_order = calloc(isa_row_count, sizeof *r.decoder_order);
    decoder_init(&r.decoder, r.decoder_order, r.bare->cpu.model);
    int result = run_file(&r, &f);
    free(r.decoder_order);
    free(r.metadata);
    bare_destroy(r.bare);
    free(f.bytes);
    return result;
}
