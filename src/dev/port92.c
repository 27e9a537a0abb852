// System control port A of a PS/2-style PC. Key: [82371SB] has it in chipsets as "fast A20".
//
//   92h  bit 0  w   1 restarts the processor (INIT), nothing else; reads 0
//        bit 1  rw  A20 gate open
//
// On a board the gate is open if this port or the keyboard controller opens it. Then a guest that
// was started by firmware which left the port's bit on could never close it. Here the last of the
// two decides, and the port shows what that was; it's what other emulators do.
#include "dev/port92.h"

#include "core/fields.h"

enum { RESET = 0x01, A20 = 0x02 };

static const struct field port92_fields[] = {FIELD(struct port92_state, value)};
static const struct field_table port92_table =
    FIELD_TABLE("port92", 1, struct port92_state, port92_fields);

void port92_set_a20(void *port92, unsigned n UNUSED, bool level)
{
    struct port92 *p = port92;
    p->s.value = (u8)((p->s.value & ~A20) | (level ? A20 : 0));
    line_set(&p->a20, level);
}

static u32 port_read(void *owner, unsigned offset UNUSED, unsigned size_bytes UNUSED)
{
    const struct port92 *p = owner;
    return p->s.value;
}

static void port_write(void *owner, unsigned offset UNUSED, u32 value, unsigned size_bytes UNUSED)
{
    struct port92 *p = owner;
    p->s.value = value & A20;
    line_set(&p->a20, value & A20);
    if (value & RESET) {
        line_pulse(&p->reset);
    }
}

// A processor begins above 1 MiB, so the gate is open then.
static void reset(void *owner)
{
    port92_set_a20(owner, 0, true);
}

static void restored(void *owner)
{
    struct port92 *p = owner;
    line_set(&p->a20, p->s.value & A20);
}

void port92_init(struct port92 *p, struct ports *ports, struct line a20, struct line reset_line)
{
    *p = (struct port92){.a20 = a20, .reset = reset_line};
    dev_init(&p->dev, "port92", &port92_table, &p->s, p, reset, restored);
    ports_map(ports, 0x92, 1, 1, port_read, port_write, p, "port92");
    reset(p);
}
