// Parallel port of a PC with a printer. Key: [PARALLEL] IBM PS/2 Hardware Interface Technical
// Reference, parallel port controller.
//
//   +0  rw  data; with D5 of the control register set, what the other end drives: nothing, ones
//   +1  r   status   D7 0: busy   D6 0: acknowledges   D5 1: out of paper   D4 1: selected
//                    D3 0: error  D2 0: interrupt pending (reading ends it)   D1:0 ones
//   +2  rw  control  D5 1: data is input   D4 1: an acknowledge interrupts   D3 select
//                    D2 0: initialize      D1 automatic line feed            D0 strobe
//
// The printer takes a byte when strobe becomes 1. It is busy for a moment, and its acknowledge ends
// with that: then comes the interrupt. QUIRK: SeaBIOS waits until it sees the acknowledge, so that
// one stays until it has been read.
//
// Not implemented: EPP and ECP with their registers, devices that send.
#include "dev/parallel.h"

#include "core/fields.h"

enum { DATA, STATUS, CONTROL, PORTS };
enum {
    STATUS_READY = 0x80,
    STATUS_NO_ACKNOWLEDGE = 0x40,
    STATUS_SELECTED = 0x10,
    STATUS_NO_ERROR = 0x08,
    STATUS_NO_INTERRUPT = 0x04,
    STATUS_ONES = 0x03,
    CONTROL_STROBE = 0x01,
    CONTROL_RUNS = 0x04, // not initializing
    CONTROL_SELECT = 0x08,
    CONTROL_INTERRUPT = 0x10,
    CONTROL_INPUT = 0x20,
    CONTROL_MASK = 0x3f,
    CONTROL_ONES = 0xc0,
    BUSY_NS = 5 * 1000,
};

static const struct field parallel_fields[] = {
    FIELD(struct parallel_state, data),      FIELD(struct parallel_state, control),
    FIELD(struct parallel_state, is_busy),   FIELD(struct parallel_state, is_unseen),
    FIELD(struct parallel_state, is_asking),
};
static const struct field_table parallel_table =
    FIELD_TABLE("parallel", 1, struct parallel_state, parallel_fields);

static void drive_irq(struct parallel *p)
{
    line_set(&p->irq, p->s.is_asking && (p->s.control & CONTROL_INTERRUPT));
}

static void acknowledge_due(void *owner)
{
    struct parallel *p = owner;
    p->s.is_busy = false;
    p->s.is_asking = p->s.control & CONTROL_INTERRUPT;
    drive_irq(p);
}

static u8 read_status(struct parallel *p)
{
    u8 v = STATUS_SELECTED | STATUS_NO_ERROR | STATUS_ONES;
    v |= p->s.is_busy ? 0 : STATUS_READY;
    v |= p->s.is_busy || p->s.is_unseen ? 0 : STATUS_NO_ACKNOWLEDGE;
    p->s.is_unseen = false;
    v |= p->s.is_asking ? 0 : STATUS_NO_INTERRUPT;
    p->s.is_asking = false;
    drive_irq(p);
    return v;
}

static u32 port_read(void *owner, unsigned offset, unsigned size_bytes UNUSED)
{
    struct parallel *p = owner;
    switch (offset) {
    case DATA: return p->s.control & CONTROL_INPUT ? 0xff : p->s.data;
    case STATUS: return read_status(p);
    default: return p->s.control | CONTROL_ONES;
    }
}

static void take_byte(struct parallel *p)
{
    if (p->host->parallel_write) {
        p->host->parallel_write(p->host->owner, p->s.data);
    }
    p->s.is_busy = true;
    p->s.is_unseen = true;
    clock_arm(p->clock, &p->acknowledge, clock_now_ns(p->clock) + BUSY_NS);
}

static void write_control(struct parallel *p, u8 v)
{
    bool is_strobe = (v & CONTROL_STROBE) && !(p->s.control & CONTROL_STROBE);
    p->s.control = v & CONTROL_MASK;
    if (is_strobe && (v & CONTROL_RUNS) && !(v & CONTROL_INPUT)) {
        take_byte(p);
    }
    p->s.is_asking &= (v & CONTROL_INTERRUPT) != 0;
    drive_irq(p);
}

static void port_write(void *owner, unsigned offset, u32 value, unsigned size_bytes UNUSED)
{
    struct parallel *p = owner;
    if (offset == DATA) {
        p->s.data = (u8)value;
    } else if (offset == CONTROL) {
        write_control(p, (u8)value);
    }
}

static void reset(void *owner)
{
    struct parallel *p = owner;
    // As a BIOS would leave it; SeaBIOS leaves it to the port.
    p->s = (struct parallel_state){.control = CONTROL_RUNS | CONTROL_SELECT};
    clock_disarm(p->clock, &p->acknowledge);
    drive_irq(p);
}

static void restored(void *owner)
{
    drive_irq(owner);
}

void parallel_init(struct parallel *p, struct clock *clock, struct ports *ports, u16 base,
                   struct line irq, const struct vt_host *host)
{
    *p = (struct parallel){.clock = clock, .irq = irq, .host = host};
    dev_init(&p->dev, "parallel", &parallel_table, &p->s, p, reset, restored);
    clock_add_event(clock, &p->acknowledge, "parallel.acknowledge", acknowledge_due, p);
    ports_map(ports, base, PORTS, 1, port_read, port_write, p, "parallel");
    reset(p);
}
