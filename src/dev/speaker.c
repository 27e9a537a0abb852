// Port 61h of a PC. Keys: [82371SB] NMISC register, [8254].
//
//   61h  bit 0    rw  gate of the 8254's counter 2
//        bit 1    rw  speaker on
//        bit 2    rw  1: parity errors (SERR#) raise no NMI
//        bit 3    rw  1: bus errors (IOCHK#) raise no NMI
//        bit 4    r   refresh toggle: changes with each memory refresh, every 15.085 us (18 ticks
//                     of the 8254, counter 1's usual count)
//        bit 5    r   output of counter 2
//        bits 7:6 r   NMI sources; none is built, so 0
//
// Not implemented: sound. The refresh does not follow what counter 1 is programmed to.
#include "dev/speaker.h"

#include "core/fields.h"

enum {
    GATE_2 = 0x01,
    WRITABLE = 0x0f,
    REFRESH = 0x10,
    OUT_2 = 0x20,
    REFRESH_TICKS = 18,
};

static const struct field speaker_fields[] = {FIELD(struct speaker_state, control)};
static const struct field_table speaker_table =
    FIELD_TABLE("speaker", 1, struct speaker_state, speaker_fields);

static u32 port_read(void *owner, unsigned offset UNUSED, unsigned size_bytes UNUSED)
{
    struct speaker *k = owner;
    u64 refreshes = clock_ticks(clock_now_ns(k->clock), PIT_HZ) / REFRESH_TICKS;
    u32 v = k->s.control;
    v |= refreshes & 1 ? REFRESH : 0;
    v |= pit_output(k->pit, 2) ? OUT_2 : 0;
    return v;
}

static void port_write(void *owner, unsigned offset UNUSED, u32 value, unsigned size_bytes UNUSED)
{
    struct speaker *k = owner;
    k->s.control = value & WRITABLE;
    pit_set_gate(k->pit, 2, value & GATE_2);
}

static void reset(void *owner)
{
    struct speaker *k = owner;
    k->s.control = 0;
    pit_set_gate(k->pit, 2, false);
}

void speaker_init(struct speaker *k, struct clock *clock, struct ports *ports, struct pit *pit)
{
    *k = (struct speaker){.clock = clock, .pit = pit};
    dev_init(&k->dev, "speaker", &speaker_table, &k->s, k, reset, NULL);
    ports_map(ports, 0x61, 1, 1, port_read, port_write, k, "speaker");
}
