// Random code on a bare processor with random registers, descriptors and page tables.
//
// Each input runs twice: once in slices as long as the events allow, once differently (short
// slices, blocks thrown away all the time, or instruction by instruction). Both must end in the
// same state: the first law of ARCHITECTURE.md. Interrupts, NMIs, and writes by a device into code
// come at given times; ports and a page of registers answer with the time at which they are read.
//
// Physical memory, 2 MiB:
//    1000  GDT    2000  IDT    3000  TSSs    5000  LDT    6000  handlers, 16 bytes each
//    8000  page directory, 9000 page tables (PAE: pointers, directories, tables)
//   10000  code: the input's   20000  stacks   rest: data
#include "test/fuzz/fuzz.h"

#include "core/machine.h"
#include "cpu/x86/descriptor.h"
#include "cpu/x86/flags.h"
#include "cpu/x86/x86.h"

enum {
    RAM_BYTES = 2 << 20,
    GDT = 0x1000,
    IDT = 0x2000,
    TSS = 0x3000,
    LDT = 0x5000,
    HANDLERS = 0x6000,
    DIRECTORY = 0x8000,
    CODE = 0x10000,
    STACK = 0x24000,
    TABLES_END = 0x40000, // what is set up anew each time ends here
    REGISTERS = 0x300000, // the page of registers
    GDT_ENTRIES = 32,
    EVENTS = 4,
    INSTRUCTIONS_MAX = 600,
};

enum event_kind { EVENT_IRQ, EVENT_NMI, EVENT_WRITE, EVENT_MAP, EVENT_KINDS };

struct bench;

struct happening {
    struct event event;
    struct bench *bench;
    u8 kind, byte;
    u32 at;
};

struct bench {
    struct machine m;
    struct vt_host host;
    struct x86 cpu;
    struct happening happening[EVENTS];
    struct phys_region *registers;
    u8 vector;
    u64 port_log; // of what was written to ports and registers, and when
    u8 *ram, *page_flags;
};

// --- what surrounds the processor ---

static void note(struct bench *b, u64 what, u64 value)
{
    u64 now = clock_instructions(&b->m.clock);
    b->port_log = (b->port_log ^ what ^ value ^ now << 20) * 0x9e3779b97f4a7c15ull;
    b->port_log ^= b->port_log >> 29;
}

static u32 port_read(void *owner, unsigned offset, unsigned size_bytes)
{
    struct bench *b = owner;
    note(b, offset, size_bytes);
    return (u32)(clock_instructions(&b->m.clock) * 0x01010101u + offset);
}

static void port_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    struct bench *b = owner;
    note(b, offset | size_bytes << 16, value);
    if (offset % 256 == 0x92) {
        phys_set_a20(&b->m.phys, value & 2);
    }
    if (offset % 256 == 0x20) {
        x86_set_irq(&b->cpu, 0, value & 1);
    }
    if (offset % 256 == 0x40) {
        clock_arm(&b->m.clock, &b->happening[0].event, clock_now_ns(&b->m.clock) + value % 64);
    }
}

static u64 register_read(void *owner, u64 offset, unsigned size_bytes)
{
    return port_read(owner, (unsigned)offset, size_bytes) * 0x100000001ull;
}

static void register_write(void *owner, u64 offset, u64 value, unsigned size_bytes)
{
    port_write(owner, (unsigned)offset, (u32)value, size_bytes);
}

static u8 acknowledge(void *owner)
{
    struct bench *b = owner;
    x86_set_irq(&b->cpu, 0, false);
    return b->vector;
}

static void happen(void *owner)
{
    struct happening *h = owner;
    struct bench *b = h->bench;
    u8 bytes[4];
    memset(bytes, h->byte, sizeof bytes);
    switch ((enum event_kind)h->kind) {
    case EVENT_IRQ: x86_set_irq(&b->cpu, 0, true); break;
    case EVENT_NMI: x86_set_nmi(&b->cpu, 0, true); break;
    case EVENT_WRITE: phys_write(&b->m.phys, h->at, bytes, 1 + h->byte % 4u); break;
    case EVENT_MAP:
        b->registers->base = (h->at & 0x1ff000);
        phys_update(&b->m.phys);
        break;
    case EVENT_KINDS: break;
    }
}

static void flush_blocks(void *board)
{
    x86_blocks_flush(&((struct bench *)board)->cpu);
}

static void trace_line(void *owner, const char *line)
{
    (void)owner;
    CLAIM(strlen(line) < 1000);
}

// --- building ---

static struct bench *create(const char *model)
{
    struct bench *b = fuzz_alloc(NULL, sizeof *b);
    b->host = (struct vt_host){.alloc = fuzz_alloc, .release = fuzz_release, .trace = trace_line};
    b->ram = fuzz_alloc(NULL, RAM_BYTES);
    b->page_flags = fuzz_alloc(NULL, RAM_BYTES / PHYS_PAGE_BYTES);
    clock_init(&b->m.clock, 1, 1);
    ports_init(&b->m.ports);
    b->m.log.host = &b->host;
    b->m.board = b;
    phys_init(&b->m.phys, b->ram, RAM_BYTES, b->page_flags);
    phys_map_ram(&b->m.phys, 0, RAM_BYTES, b->ram, "ram");
    b->registers = phys_map_mmio(&b->m.phys, REGISTERS, PHYS_PAGE_BYTES, 4, register_read,
                                 register_write, b, "registers");
    ports_map(&b->m.ports, 0, 0x400, 4, port_read, port_write, b, "ports");
    struct x86_wiring w = {
        .clock = &b->m.clock,
        .phys = &b->m.phys,
        .ports = &b->m.ports,
        .log = &b->m.log,
        .ack = {acknowledge, b},
        .host = &b->host,
    };
    CLAIM(x86_init(&b->cpu, x86_model_by_name(model), &w, 0));
    b->m.cpu = (struct cpu){
        .owner = &b->cpu,
        .run = x86_run,
        .is_halted = x86_is_halted,
        .is_dead = x86_is_dead,
        .is_shut_down = x86_is_shut_down,
        .executed = x86_executed,
        .kick = x86_kick,
    };
    for (unsigned n = 0; n < EVENTS; n++) {
        b->happening[n].bench = b;
        clock_add_event(&b->m.clock, &b->happening[n].event, "fuzz", happen, &b->happening[n]);
    }
    return b;
}

// Everything as it was after create.
static void renew(struct bench *b)
{
    struct clock *clock = &b->m.clock;
    clock->instructions = clock->base_ns = clock->fraction = clock->halted_ns = 0;
    for (unsigned n = 0; n < EVENTS; n++) {
        clock_disarm(clock, &b->happening[n].event);
    }
    b->m.wants_stop = b->m.wants_reset = false;
    b->m.log.line_count = 0;
    b->registers->base = REGISTERS;
    b->port_log = 1;
    memset(b->ram, 0, RAM_BYTES);
    phys_set_a20(&b->m.phys, true);
    phys_update(&b->m.phys);
    b->cpu.s.msr.tsc_offset = 0;
    x86_reset(&b->cpu);
}

// --- memory ---

static void put_descriptor(struct bench *b, u32 at, u32 base, u32 limit, u8 access, u8 flags)
{
    store_le32(b->ram + at, (limit & 0xffff) | base << 16);
    store_le32(b->ram + at + 4, (base >> 16 & 0xff) | (u32)access << 8 | (limit & 0xf0000) |
                                    (u32)flags << 20 | (base & 0xff000000));
}

static void put_gate(struct bench *b, u32 at, u16 selector, u32 offset, u8 access)
{
    store_le32(b->ram + at, (offset & 0xffff) | (u32)selector << 16);
    store_le32(b->ram + at + 4, (offset & 0xffff0000) | (u32)access << 8);
}

static void put_random_descriptor(struct bench *b, u32 at, struct dice *d)
{
    static const u8 types[] = {0x9b, 0x93, 0xfb, 0xf3, 0x9f, 0x97, 0xb3, 0xd3, 0x91, 0xf1, 0xff,
                               0x99, 0x89, 0x8b, 0x82, 0xe2, 0x81, 0x83, 0x13, 0x1b, 0xe9, 0x00};
    u8 access = types[roll(d) % sizeof types];
    if ((access & 0x1f) == 9 || (access & 0x1f) == 0xb || (access & 0x1d) == 1) {
        put_descriptor(b, at, TSS + (roll(d) % 16) * 0x100, roll(d) % 16 ? 0x67 : roll(d) % 0x80,
                       access, 0);
        return;
    }
    u32 base = roll(d) % 2 ? 0 : roll(d) % RAM_BYTES;
    u32 limit = roll(d) % 2 ? 0xfffff : roll(d) & 0xfffff;
    put_descriptor(b, at, base, limit, access, (u8)(roll(d) % 4 ? 0xc : roll(d) & 0xf));
}

static void put_random_gate(struct bench *b, u32 at, struct dice *d, u32 offset)
{
    static const u8 types[] = {0x8e, 0xee, 0x8f, 0xef, 0x86, 0xe7, 0x85, 0xe5,
                               0x8c, 0xec, 0xe4, 0x84, 0x0e, 0x00, 0xee, 0xee};
    static const u16 targets[] = {0x08, 0x18, 0x1b, 0x28, 0x30, 0x48, 0x50, 0x60};
    bool is_plain = roll(d) % 4 != 0;
    put_gate(b, at, is_plain ? 8 : targets[roll(d) % COUNT_OF(targets)], offset,
             is_plain ? (roll(d) % 2 ? 0xee : 0x8e) : types[roll(d) % sizeof types]);
    if (roll(d) % 4 == 0) {
        b->ram[at + 4] = (u8)(roll(d) & 0x1f); // parameters of a call gate
    }
}

// A handler steps over what faulted, so that the code after it gets its turn.
static void put_handler(struct bench *b, unsigned vector, struct dice *d)
{
    static const u8 plain[] = {0x83, 0x04, 0x24, 0x01, 0xcf};                   // ADD [ESP],1; IRET
    static const u8 error[] = {0x83, 0xc4, 0x04, 0x83, 0x04, 0x24, 0x01, 0xcf}; // ADD ESP,4 before
    bool has_error = vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
    u8 *at = b->ram + HANDLERS + 16 * (vector % 64);
    memcpy(at, has_error ? error : plain, has_error ? sizeof error : sizeof plain);
    if (roll(d) % 8 == 0) {
        at[roll(d) % 8] = (u8)roll(d);
    }
}

static void put_tables(struct bench *b, struct dice *d)
{
    put_descriptor(b, GDT + 0x08, 0, 0xfffff, 0x9b, 0xc);
    put_descriptor(b, GDT + 0x10, 0, 0xfffff, 0x93, 0xc);
    put_descriptor(b, GDT + 0x18, 0, 0xfffff, 0xfb, 0xc);
    put_descriptor(b, GDT + 0x20, 0, 0xfffff, 0xf3, 0xc);
    put_descriptor(b, GDT + 0x28, TSS, 0x67, 0x8b, 0);
    put_descriptor(b, GDT + 0x30, LDT, 0xff, 0x82, 0);
    for (unsigned n = 7; n < GDT_ENTRIES; n++) {
        u32 at = GDT + 8 * n;
        if (roll(d) % 4 == 0) {
            put_random_gate(b, at, d, CODE + roll(d) % 0x200);
        } else {
            put_random_descriptor(b, at, d);
        }
        put_random_descriptor(b, LDT + 8 * n, d);
    }
    for (unsigned n = 0; n < 64; n++) {
        put_handler(b, n, d);
        put_random_gate(b, IDT + 8 * n, d, HANDLERS + 16 * n);
        store_le32(b->ram + 4 * n, (HANDLERS >> 4) << 16 | 16 * n); // real mode's table
    }
    for (unsigned n = 0; n < 16; n++) {
        u8 *tss = b->ram + TSS + 0x100 * n;
        store_le32(tss + 4, 0x22000);
        store_le16(tss + 8, 0x10);
        store_le32(tss + 0x0c, 0x22000);
        store_le16(tss + 0x10, 0x11);
        store_le32(tss + 0x1c, DIRECTORY);
        store_le32(tss + 0x20, CODE + roll(d) % 0x100);
        store_le32(tss + 0x24, roll(d) % 2 ? 2 : roll(d) & 0x277fd7);
        for (unsigned r = 0; r < 8; r++) {
            store_le32(tss + 0x28 + 4 * r, r == 4 ? STACK : roll(d) % RAM_BYTES);
        }
        bool is_user = roll(d) % 2;
        for (unsigned s = 0; s < 6; s++) {
            store_le16(tss + 0x48 + 4 * s,
                       (u16)(s == 1 ? (is_user ? 0x1b : 8) : (is_user ? 0x23 : 0x10)));
        }
        store_le16(tss + 0x66, 0x68);
    }
}

static u64 random_entry(struct dice *d, u64 target)
{
    u64 flags = 7;
    switch (roll(d) % 16) {
    case 0: flags = roll(d) & 0xfff; break;
    case 1: flags = 5; break;
    case 2: flags = 3; break;
    case 3: flags = 0x107; break;
    case 4: target = roll(d) % RAM_BYTES & ~0xfffu; break;
    case 5: target = roll(d) % 4 ? REGISTERS : (u64)roll(d) & ~0xfffull; break;
    }
    return target | flags;
}

// Identity, with exceptions; the first pages mostly as they should be.
static void put_pages(struct bench *b, struct dice *d, bool is_pae)
{
    u32 tables = 4, entry_bytes = is_pae ? 8 : 4, entries = PHYS_PAGE_BYTES / entry_bytes;
    u32 pointers = DIRECTORY, directory = is_pae ? DIRECTORY + 0x1000 : DIRECTORY;
    if (is_pae) {
        for (u32 n = 0; n < 4; n++) {
            store_le64(b->ram + pointers + 8 * n, n == 0 || roll(d) % 2 ? directory | 1u : 0);
        }
    }
    for (u32 t = 0; t < tables; t++) {
        u32 table = directory + 0x1000 * (t + 1);
        u64 entry = t == 0 ? table | 7u : random_entry(d, table);
        if (t > 0 && roll(d) % 4 == 0) {
            entry = 0x87; // a large page at 0
        }
        u8 *at = b->ram + directory + entry_bytes * t;
        is_pae ? store_le64(at, entry) : store_le32(at, (u32)entry);
        for (u32 n = 0; n < entries; n++) {
            u64 page = ((u64)t * entries + n) * PHYS_PAGE_BYTES;
            bool is_plain = t == 0 && n < 0x30 && roll(d) % 8 != 0;
            u64 value = is_plain ? page | 7 : random_entry(d, page % RAM_BYTES);
            if (is_pae && roll(d) % 32 == 0) {
                value |= 1ull << 63; // NX
            }
            u8 *to = b->ram + table + entry_bytes * n;
            is_pae ? store_le64(to, value) : store_le32(to, (u32)value);
        }
    }
}

// --- the processor ---

enum mode {
    MODE_REAL,
    MODE_PROTECTED_0,
    MODE_PROTECTED_3,
    MODE_V86,
    MODE_PROTECTED_16,
    MODE_MIXED
};

static void load_segment(struct bench *b, unsigned seg, u16 selector)
{
    u32 at = GDT + (selector & 0xfff8u);
    struct descriptor d = {
        .low = load_le32(b->ram + at), .high = load_le32(b->ram + at + 4), .selector = selector};
    x86_set_segment(&b->cpu, seg, selector, &d);
}

static void enter_real(struct bench *b)
{
    struct x86 *c = &b->cpu;
    for (unsigned seg = X86_ES; seg <= X86_GS; seg++) {
        c->s.seg[seg] = (struct x86_segment){.limit = 0xffff, .attributes = 0x93};
    }
    x86_set_real_segment(c, X86_CS, CODE >> 4);
    x86_set_real_segment(c, X86_SS, 0x2000);
    c->s.idtr = (struct x86_table){.limit = 0x3ff};
    c->s.gdtr = (struct x86_table){.base = GDT, .limit = 8 * GDT_ENTRIES - 1};
    c->s.rip = 0;
    c->s.r[X86_RSP] = 0x4000;
}

static void enter_protected(struct bench *b, enum mode mode, u32 cr0)
{
    struct x86 *c = &b->cpu;
    bool is_user = mode == MODE_PROTECTED_3 || mode == MODE_V86;
    c->s.gdtr = (struct x86_table){.base = GDT, .limit = 8 * GDT_ENTRIES - 1};
    c->s.idtr = (struct x86_table){.base = IDT, .limit = 64 * 8 - 1};
    c->s.cr0 = cr0 | X86_CR0_PE | X86_CR0_ET;
    load_segment(b, X86_TR, 0x28);
    load_segment(b, X86_LDTR, 0x30);
    if (mode == MODE_PROTECTED_16) {
        put_descriptor(b, GDT + 0x08, 0, 0xfffff, 0x9b, 0x8);
    }
    if (mode == MODE_MIXED) {
        put_descriptor(b, GDT + 0x10, 0x100, 0x3ffff, 0x93, 0x4);
    }
    for (unsigned seg = X86_ES; seg <= X86_GS; seg++) {
        load_segment(b, seg, is_user ? 0x23 : 0x10);
    }
    load_segment(b, X86_CS, is_user ? 0x1b : 0x08);
    c->s.cpl = is_user ? 3 : 0;
    c->s.rip = CODE;
    c->s.r[X86_RSP] = STACK;
}

static void enter_v86(struct bench *b)
{
    struct x86 *c = &b->cpu;
    c->s.eflags |= X86_VM;
    for (unsigned seg = X86_ES; seg <= X86_GS; seg++) {
        x86_set_real_segment(c, seg, (u16)(seg * 0x100));
    }
    x86_set_real_segment(c, X86_CS, CODE >> 4);
    x86_set_real_segment(c, X86_SS, 0x2000);
    c->s.rip = 0;
    c->s.r[X86_RSP] = 0x4000;
}

static void randomise_registers(struct bench *b, struct dice *d)
{
    struct x86_state *s = &b->cpu.s;
    for (unsigned n = 0; n < 8; n++) {
        u32 v = roll(d);
        s->r[n] = v % 4 == 0 ? v : v % 4 == 1 ? v % 64 : v % RAM_BYTES;
    }
    for (unsigned n = 0; n < 8; n++) {
        s->xmm[n].lo = (u64)roll(d) << 32 | roll(d);
        s->xmm[n].hi = (u64)roll(d) << 32 | roll(d);
        s->fpu.fpr[n].mantissa = (u64)roll(d) << 32 | roll(d);
        s->fpu.fpr[n].sign_exponent = (u16)(roll(d) % 4 ? 0x3ff0 + roll(d) % 32 : roll(d));
    }
    s->fpu.control = roll(d) % 2 ? 0x37f : (u16)((roll(d) & 0xf3f) | 0x40);
    s->fpu.empty = (u8)roll(d);
    s->fpu.top = roll(d) & 7;
    u32 flags = roll(d) & (X86_ARITHMETIC | X86_IF | X86_DF | X86_IOPL | X86_NT | X86_AC);
    if (roll(d) % 8 == 0) {
        flags |= roll(d) & (X86_TF | X86_RF | X86_VIF | X86_VIP | X86_ID);
    }
    x86_set_eflags(&b->cpu, flags);
}

static void randomise_debug(struct bench *b, struct dice *d)
{
    struct x86_state *s = &b->cpu.s;
    for (unsigned n = 0; n < 4; n++) {
        s->dr[n] = roll(d) % 2 ? CODE + roll(d) % 64 : roll(d) % RAM_BYTES;
    }
    s->dr[7] = (roll(d) & 0xffff23ff) | 0x400;
}

static void set_up(struct bench *b, struct input in)
{
    u8 mode = take8(&in) % (MODE_MIXED + 1), options = take8(&in);
    u8 vector = take8(&in);
    struct dice d = dice_from(take16(&in));
    renew(b);
    b->vector = vector;
    put_tables(b, &d);
    u32 cr4 = roll(&d) & 0x79f;
    if (!(b->cpu.model->features_edx & X86_HAS_PAE)) {
        cr4 &= 0;
    }
    bool is_paged = (options & 1) && mode != MODE_REAL;
    put_pages(b, &d, cr4 & X86_CR4_PAE);
    u32 cr0 = is_paged ? X86_CR0_PG : 0;
    cr0 |= roll(&d) & (X86_CR0_WP | X86_CR0_AM | X86_CR0_NE | X86_CR0_MP);
    cr0 |= roll(&d) % 8 == 0 ? roll(&d) & (X86_CR0_TS | X86_CR0_EM) : 0;
    randomise_registers(b, &d);
    b->cpu.s.cr4 = cr4;
    b->cpu.s.cr3 = DIRECTORY;
    if (cr4 & X86_CR4_PAE) {
        for (unsigned n = 0; n < 4; n++) {
            b->cpu.s.pdpte[n] = load_le64(b->ram + DIRECTORY + 8 * n);
        }
    }
    b->cpu.s.cr0 = cr0 | X86_CR0_ET;
    if (mode == MODE_REAL) {
        enter_real(b);
    } else {
        enter_protected(b, mode, cr0);
    }
    if (mode == MODE_V86) {
        enter_v86(b);
    }
    if (options & 2) {
        randomise_debug(b, &d);
    }
    for (unsigned n = 0; n < EVENTS; n++) {
        u16 time = take16(&in);
        b->happening[n].kind = take8(&in) % EVENT_KINDS;
        b->happening[n].byte = take8(&in);
        b->happening[n].at = (n & 1 ? 0 : CODE) + time / 16u;
        if (time % 4 != 0) {
            clock_arm(&b->m.clock, &b->happening[n].event, time / 4 % INSTRUCTIONS_MAX);
        }
    }
    memcpy(b->ram + CODE, in.at, in.left < 0x1000 ? in.left : 0x1000);
    b->cpu.dev.restored(b->cpu.dev.owner);
}

// --- judging ---

static void check_state(const struct x86 *c)
{
    const struct x86_state *s = &c->s;
    CLAIM(c->block == NULL && c->fault.vector == X86_NO_FAULT);
    CLAIM(s->cpl <= 3);
    CLAIM(!(s->eflags & X86_VM) || s->cpl == 3);
    CLAIM((s->cr0 & X86_CR0_PE) || (s->cpl == 0 && !(s->eflags & X86_VM)));
    CLAIM((s->cr0 & X86_CR0_PE) || !(s->cr0 & X86_CR0_PG));
    CLAIM(s->eflags & X86_FLAGS_ONE);
    CLAIM((x86_eflags(c) & 0xffc08028u) == 0);
    CLAIM(s->r[X86_REG_ZERO] == 0);
    CLAIM(s->rip <= UINT32_MAX);
    CLAIM(s->fpu.top < 8);
    for (unsigned n = 0; n < X86_REG_COUNT; n++) {
        CLAIM(s->r[n] <= UINT32_MAX);
    }
    for (unsigned n = 0; n < X86_SEG_COUNT; n++) {
        CLAIM(s->seg[n].base <= UINT32_MAX);
    }
}

// What differs first, by name.
static void show_difference(const struct bench *a, const struct bench *b)
{
    const struct field_table *t = a->cpu.dev.fields;
    for (unsigned n = 0; n < t->field_count; n++) {
        const struct field *f = &t->fields[n];
        size_t size = (size_t)f->element_bytes * f->count;
        const u8 *x = (const u8 *)&a->cpu.s + f->offset, *y = (const u8 *)&b->cpu.s + f->offset;
        for (size_t i = 0; i < size; i++) {
            if (x[i] != y[i]) {
                fprintf(stderr, "%s+%zu: %02x, %02x\n", f->name, i, x[i], y[i]);
                break;
            }
        }
    }
    for (size_t i = 0; i < RAM_BYTES; i++) {
        if (a->ram[i] != b->ram[i]) {
            fprintf(stderr, "memory %zx: %02x, %02x\n", i, a->ram[i], b->ram[i]);
            break;
        }
    }
    fprintf(stderr, "instructions %llu, %llu; ns %llu, %llu; ports %llx, %llx\n",
            (unsigned long long)a->m.clock.instructions,
            (unsigned long long)b->m.clock.instructions, (unsigned long long)a->m.clock.base_ns,
            (unsigned long long)b->m.clock.base_ns, (unsigned long long)a->port_log,
            (unsigned long long)b->port_log);
}

static u64 digest_of(const struct bench *b)
{
    struct digest d;
    digest_init(&d);
    fields_digest(b->cpu.dev.fields, b->cpu.dev.state, &d);
    digest_add_u64(&d, b->m.clock.instructions);
    digest_add_u64(&d, b->m.clock.base_ns);
    digest_add_u64(&d, b->port_log);
    return digest_end(&d);
}

// --- two ways of running ---

static void run_whole(struct bench *b, u64 instructions)
{
    b->cpu.trace_from = UINT64_MAX;
    b->m.after_events = NULL;
    machine_run(&b->m, instructions, 1000000);
    CLAIM(b->m.clock.instructions <= instructions);
}

static void run_in_pieces(struct bench *b, u64 instructions, u8 how)
{
    struct dice d = dice_from(how);
    b->cpu.trace_from = how % 4 == 3 ? 0 : UINT64_MAX; // traced: one instruction at a time
    b->m.after_events = how & 4 ? flush_blocks : NULL;
    u64 longest = 1ull << (how >> 3 & 7), end = 0;
    while (end < instructions) {
        end += 1 + roll(&d) % longest;
        end = end < instructions ? end : instructions;
        struct vt_stop stop = machine_run(&b->m, end, 1000000);
        CLAIM(b->m.clock.instructions <= end);
        if (how % 4 == 2) {
            x86_blocks_flush(&b->cpu);
        }
        if (stop.reason != VT_STOP_LIMIT) {
            break;
        }
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size_bytes)
{
    static struct bench *benches[4][2];
    static const char *const models[] = {"486", "pentium", "pentium3", "max"};
    struct input in = {data, size_bytes};
    u8 how = take8(&in);
    unsigned model = take8(&in) % 4u;
    if (!benches[model][0]) {
        benches[model][0] = create(models[model]);
        benches[model][1] = create(models[model]);
    }
    struct bench *a = benches[model][0], *b = benches[model][1];
    u64 instructions = 1 + take16(&in) % INSTRUCTIONS_MAX;
    set_up(a, in);
    run_whole(a, instructions);
    check_state(&a->cpu);
    set_up(b, in);
    run_in_pieces(b, instructions, how);
    check_state(&b->cpu);
    bool is_same = digest_of(a) == digest_of(b) && memcmp(a->ram, b->ram, RAM_BYTES) == 0;
    if (!is_same) {
        show_difference(a, b);
    }
    CLAIM(is_same);
    return 0;
}
