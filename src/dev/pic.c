// 8259A programmable interrupt controllers, master and slave, and the edge/level registers that
// chipsets added. Keys: [8259A] the chip, [82371SB] 4D0h and 4D1h.
//
//   IRQ0,1,3-7 -----> IR  +--------+
//                         | master | INTR ---> CPU, or the local APIC's LINT0
//          +------> IR2   +--------+
//          |
//          |  INT +-------+
//          +------| slave | IR <---- IRQ8-15
//                 +-------+
//
//   20h, A0h  write  D4=1: ICW1; else D3=0: OCW2 (end of interrupt), D3=1: OCW3
//             read   IRR or ISR as OCW3 chose, or the answer to a poll
//   21h, A1h  write  ICW2 to ICW4 after ICW1; else OCW1, the mask
//             read   the mask
//   4D0h      read/write  1: level triggered, IRQ3 to IRQ7
//   4D1h      read/write  the same, IRQ9 to IRQ12, IRQ14, IRQ15
//
// An edge request lives only while its input stays high: if that falls before the acknowledge, the
// chip answers with IR7 and no in-service bit ([8259A], the spurious interrupt).
//
// Not implemented: MCS-80 mode (ICW4 bit 0 is ignored), buffered mode (no meaning here), LTIM of
// ICW1 (ELCR replaces it, as in the chipsets [82371SB]).
#include "dev/pic.h"

#include "core/fields.h"

enum { MASTER, SLAVE, CASCADE_INPUT = 2, NOTHING = 8 };

enum {
    ICW1_IC4 = 0x01,
    ICW1_SINGLE = 0x02,
    ICW1_SELECT = 0x10,
    ICW4_AUTO_EOI = 0x02,
    ICW4_SPECIAL_NESTED = 0x10,
    OCW3_SELECT = 0x08,
    OCW3_READ_ISR = 0x01,
    OCW3_READ = 0x02,
    OCW3_POLL = 0x04,
    OCW3_SPECIAL_MASK = 0x20,
    OCW3_SET_SPECIAL_MASK = 0x40,
    POLL_FOUND = 0x80,
};

static const u8 elcr_writable[2] = {0xf8, 0xde};

static const struct field chip_fields[] = {
    FIELD(struct pic_chip, inputs),
    FIELD(struct pic_chip, latched_edges),
    FIELD(struct pic_chip, imr),
    FIELD(struct pic_chip, isr),
    FIELD(struct pic_chip, elcr),
    FIELD(struct pic_chip, vector_base),
    FIELD(struct pic_chip, lowest),
    FIELD(struct pic_chip, init_step),
    FIELD(struct pic_chip, needs_icw4),
    FIELD(struct pic_chip, is_single),
    FIELD(struct pic_chip, is_auto_eoi),
    FIELD(struct pic_chip, rotates_on_auto_eoi),
    FIELD(struct pic_chip, is_special_mask),
    FIELD(struct pic_chip, is_special_nested),
    FIELD(struct pic_chip, is_polled),
    FIELD(struct pic_chip, reads_isr),
};
static const struct field pic_fields[] = {
    FIELD_STRUCTS(struct pic_state, chip, chip_fields),
    FIELD(struct pic_state, intr),
};
static const struct field_table pic_table = FIELD_TABLE("pic", 1, struct pic_state, pic_fields);

// --- one chip ---

static u8 requests(const struct pic_chip *c)
{
    return (u8)((c->inputs & c->elcr) | (c->latched_edges & ~c->elcr));
}

// How many steps below the highest priority an input stands: 0 to 7.
static unsigned rank(const struct pic_chip *c, unsigned input)
{
    return (input - c->lowest - 1) & 7;
}

// The input of highest priority among `bits`, or NOTHING.
static unsigned first_of(const struct pic_chip *c, u8 bits)
{
    for (unsigned n = 1; n <= 8; n++) {
        unsigned input = (c->lowest + n) & 7;
        if (bits & (1u << input)) {
            return input;
        }
    }
    return NOTHING;
}

// The input that asks for an interrupt and is not held back by one in service, or NOTHING.
static unsigned pending(const struct pic_chip *c)
{
    unsigned input = first_of(c, requests(c) & (u8)~c->imr);
    if (input == NOTHING) {
        return NOTHING;
    }
    // In the special mask mode a masked interrupt in service holds nobody back [8259A].
    u8 blockers = c->is_special_mask ? c->isr & (u8)~c->imr : c->isr;
    unsigned blocker = first_of(c, blockers);
    if (blocker == NOTHING || rank(c, input) < rank(c, blocker)) {
        return input;
    }
    // Fully nested for the slave: its request is not held back by one of its own [8259A].
    bool is_cascade = c->is_special_nested && input == CASCADE_INPUT && blocker == CASCADE_INPUT;
    return is_cascade ? input : NOTHING;
}

static void take(struct pic_chip *c, unsigned input)
{
    u8 bit = (u8)(1u << input);
    c->latched_edges &= (u8)~bit;
    if (!c->is_auto_eoi) {
        c->isr |= bit;
    } else if (c->rotates_on_auto_eoi) {
        c->lowest = (u8)input;
    }
}

static void set_input(struct pic_chip *c, unsigned input, bool level)
{
    u8 bit = (u8)(1u << input);
    if (!level) {
        c->inputs &= (u8)~bit;
        c->latched_edges &= (u8)~bit;
    } else {
        c->latched_edges |= bit & (u8)~c->inputs;
        c->inputs |= bit;
    }
}

static void end_of_interrupt(struct pic_chip *c, unsigned input)
{
    if (input != NOTHING) {
        c->isr &= (u8) ~(1u << input);
    }
}

// The interrupt that a non-specific end refers to: masked ones are passed over in special mask mode
// [8259A].
static unsigned in_service(const struct pic_chip *c)
{
    return first_of(c, c->is_special_mask ? c->isr & (u8)~c->imr : c->isr);
}

// --- both ---

static void update(struct pic *p)
{
    struct pic_chip *master = &p->s.chip[MASTER];
    bool slave_asks = pending(&p->s.chip[SLAVE]) != NOTHING;
    set_input(master, CASCADE_INPUT, slave_asks);
    bool intr = pending(master) != NOTHING;
    if (intr != p->s.intr) {
        p->s.intr = intr;
        line_set(&p->intr, intr);
    }
}

void pic_set_irq(void *pic, unsigned irq, bool level)
{
    struct pic *p = pic;
    if (irq == CASCADE_INPUT || irq > 15) {
        return;
    }
    set_input(&p->s.chip[irq >> 3], irq & 7, level);
    update(p);
}

static u8 acknowledge_chip(struct pic_chip *c, unsigned *input)
{
    *input = pending(c);
    if (*input == NOTHING) {
        return c->vector_base | 7; // spurious, nothing is in service for it
    }
    take(c, *input);
    return (u8)(c->vector_base | *input);
}

u8 pic_acknowledge(void *pic)
{
    struct pic *p = pic;
    unsigned input;
    u8 vector = acknowledge_chip(&p->s.chip[MASTER], &input);
    if (input == CASCADE_INPUT && !p->s.chip[MASTER].is_single) {
        vector = acknowledge_chip(&p->s.chip[SLAVE], &input);
        // The slave's output drops for the acknowledge, so a further request of it is a new edge.
        set_input(&p->s.chip[MASTER], CASCADE_INPUT, false);
    }
    update(p);
    return vector;
}

// --- registers ---

static void write_icw1(struct pic_chip *c, u8 v)
{
    c->latched_edges = 0; // inputs that are high must fall and rise again [8259A]
    c->imr = 0;
    c->isr = 0;
    c->lowest = 7;
    c->is_special_mask = false;
    c->reads_isr = false;
    c->is_polled = false;
    c->rotates_on_auto_eoi = false;
    c->is_auto_eoi = false;
    c->is_special_nested = false;
    c->needs_icw4 = v & ICW1_IC4;
    c->is_single = v & ICW1_SINGLE;
    c->init_step = 2;
}

static void write_icw(struct pic_chip *c, u8 v)
{
    switch (c->init_step) {
    case 2:
        c->vector_base = v & 0xf8;
        c->init_step = !c->is_single ? 3 : c->needs_icw4 ? 4 : 0;
        break;
    case 3: // which inputs have slaves: fixed by the board
        c->init_step = c->needs_icw4 ? 4 : 0;
        break;
    default:
        c->is_auto_eoi = v & ICW4_AUTO_EOI;
        c->is_special_nested = v & ICW4_SPECIAL_NESTED;
        c->init_step = 0;
        break;
    }
}

enum { ROTATE_AUTO_OFF, EOI, NOTHING_TO_DO, EOI_SPECIFIC };
enum { ROTATE_AUTO_ON = 4, ROTATE_EOI, SET_PRIORITY, ROTATE_EOI_SPECIFIC };

static void write_ocw2(struct pic_chip *c, u8 v)
{
    unsigned level = v & 7, highest = in_service(c);
    switch (v >> 5) {
    case ROTATE_AUTO_OFF: c->rotates_on_auto_eoi = false; break;
    case ROTATE_AUTO_ON: c->rotates_on_auto_eoi = true; break;
    case EOI: end_of_interrupt(c, highest); break;
    case EOI_SPECIFIC: end_of_interrupt(c, level); break;
    case SET_PRIORITY: c->lowest = (u8)level; break;
    case ROTATE_EOI:
        if (highest != NOTHING) {
            end_of_interrupt(c, highest);
            c->lowest = (u8)highest;
        }
        break;
    case ROTATE_EOI_SPECIFIC:
        end_of_interrupt(c, level);
        c->lowest = (u8)level;
        break;
    case NOTHING_TO_DO: break;
    }
}

static void write_ocw3(struct pic_chip *c, u8 v)
{
    if (v & OCW3_SET_SPECIAL_MASK) {
        c->is_special_mask = v & OCW3_SPECIAL_MASK;
    }
    if (v & OCW3_POLL) {
        c->is_polled = true; // overrides a register read given with it
    } else if (v & OCW3_READ) {
        c->reads_isr = v & OCW3_READ_ISR;
    }
}

static void write_chip(struct pic *p, unsigned which, unsigned offset, u8 v)
{
    struct pic_chip *c = &p->s.chip[which];
    if (offset == 0) {
        if (v & ICW1_SELECT) {
            write_icw1(c, v);
        } else if (v & OCW3_SELECT) {
            write_ocw3(c, v);
        } else {
            write_ocw2(c, v);
        }
    } else if (c->init_step != 0) {
        write_icw(c, v);
    } else {
        c->imr = v;
    }
    update(p);
}

static u8 poll(struct pic *p, unsigned which)
{
    struct pic_chip *c = &p->s.chip[which];
    c->is_polled = false;
    unsigned input = pending(c);
    if (input == NOTHING) {
        return 7;
    }
    take(c, input);
    if (which == SLAVE) {
        set_input(&p->s.chip[MASTER], CASCADE_INPUT, false);
    }
    update(p);
    return (u8)(POLL_FOUND | input);
}

static u32 read_chip(struct pic *p, unsigned which, unsigned offset)
{
    struct pic_chip *c = &p->s.chip[which];
    if (c->is_polled) {
        return poll(p, which);
    }
    if (offset == 1) {
        return c->imr;
    }
    return c->reads_isr ? c->isr : requests(c);
}

static u32 master_read(void *owner, unsigned offset, unsigned size_bytes UNUSED)
{
    return read_chip(owner, MASTER, offset);
}

static void master_write(void *owner, unsigned offset, u32 value, unsigned size_bytes UNUSED)
{
    write_chip(owner, MASTER, offset, (u8)value);
}

static u32 slave_read(void *owner, unsigned offset, unsigned size_bytes UNUSED)
{
    return read_chip(owner, SLAVE, offset);
}

static void slave_write(void *owner, unsigned offset, u32 value, unsigned size_bytes UNUSED)
{
    write_chip(owner, SLAVE, offset, (u8)value);
}

static u32 elcr_read(void *owner, unsigned offset, unsigned size_bytes UNUSED)
{
    struct pic *p = owner;
    return p->s.chip[offset].elcr;
}

static void elcr_write(void *owner, unsigned offset, u32 value, unsigned size_bytes UNUSED)
{
    struct pic *p = owner;
    p->s.chip[offset].elcr = (u8)value & elcr_writable[offset];
    update(p);
}

// The chip has no reset pin; what a guest finds is harmless: everything masked. The levels on the
// inputs belong to those who drive them and stay.
static void reset(void *owner)
{
    struct pic *p = owner;
    for (unsigned n = 0; n < 2; n++) {
        struct pic_chip *c = &p->s.chip[n];
        u8 inputs = c->inputs;
        *c = (struct pic_chip){.inputs = inputs, .imr = 0xff, .lowest = 7};
        c->vector_base = n == MASTER ? 0x08 : 0x70;
    }
    update(p);
}

static void restored(void *owner)
{
    struct pic *p = owner;
    line_set(&p->intr, p->s.intr);
}

void pic_init(struct pic *p, struct ports *ports, struct line intr)
{
    *p = (struct pic){.intr = intr};
    dev_init(&p->dev, "pic", &pic_table, &p->s, p, reset, restored);
    ports_map(ports, 0x20, 2, 1, master_read, master_write, p, "pic master");
    ports_map(ports, 0xa0, 2, 1, slave_read, slave_write, p, "pic slave");
    ports_map(ports, 0x4d0, 2, 1, elcr_read, elcr_write, p, "pic elcr");
    reset(p);
}
