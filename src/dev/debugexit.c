// Test kernels end their run, and say how it went, by a write to this port; no hardware has it.
//
//   +0 to +3  write  the run ends with code (value << 1) | 1, never 0
//             read   0
#include "dev/debugexit.h"

static u32 port_read(void *owner UNUSED, unsigned offset UNUSED, unsigned size_bytes UNUSED)
{
    return 0;
}

static void port_write(void *owner, unsigned offset UNUSED, u32 value, unsigned size_bytes UNUSED)
{
    const struct debugexit *d = owner;
    d->exit(d->owner, (unsigned)value << 1 | 1);
}

void debugexit_init(struct debugexit *d, struct ports *ports, u16 base, debugexit_fn *on_exit,
                    void *owner)
{
    *d = (struct debugexit){.exit = on_exit, .owner = owner};
    dev_init(&d->dev, "debugexit", NULL, NULL, d, NULL, NULL); // no state
    ports_map(ports, base, 4, 4, port_read, port_write, d, "debugexit");
}
