#include "dev/ferr.h"

static const struct field fields[] = {
    FIELD(struct ferr_state, is_latched),
};

static const struct field_table table = FIELD_TABLE("ferr", 1, struct ferr_state, fields);

static void latch(struct ferr *f, bool is_latched)
{
    f->s.is_latched = is_latched;
    line_set(&f->irq13, is_latched);
}

static void write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    (void)offset, (void)value, (void)size_bytes;
    latch(owner, false);
}

static void reset(void *owner)
{
    latch(owner, false);
}

void ferr_init(struct ferr *f, struct ports *ports, struct line irq13)
{
    f->irq13 = irq13;
    dev_init(&f->dev, "ferr", &table, &f->s, f, reset, NULL);
    ports_map(ports, 0xf0, 1, 1, NULL, write, f, "ferr");
}

void ferr_set(void *ferr, unsigned n, bool level)
{
    (void)n;
    if (level) {
        latch(ferr, true);
    }
}
