// Port E9h, the debug console of other emulators; no hardware has it.
//
//   E9h  write  a byte for the host
//        read   E9h: how a guest finds out that it's there
#include "dev/debugcon.h"

static u32 port_read(void *owner UNUSED, unsigned offset UNUSED, unsigned size_bytes UNUSED)
{
    return 0xe9;
}

static void port_write(void *owner, unsigned offset UNUSED, u32 value, unsigned size_bytes UNUSED)
{
    const struct debugcon *d = owner;
    if (d->host->debug_write) {
        d->host->debug_write(d->host->owner, (u8)value);
    }
}

void debugcon_init(struct debugcon *d, struct ports *ports, const struct vt_host *host)
{
    *d = (struct debugcon){.host = host};
    dev_init(&d->dev, "debugcon", NULL, NULL, d, NULL, NULL); // no state
    ports_map(ports, 0xe9, 1, 1, port_read, port_write, d, "debugcon");
}
