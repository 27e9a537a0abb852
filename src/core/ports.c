#include "core/ports.h"
#include "base/bits.h"
#include "base/check.h"

#include <string.h>

static u32 all_ones(unsigned size_bytes)
{
    return UINT32_MAX >> (32 - 8 * size_bytes);
}

void ports_init(struct ports *p)
{
    memset(p, 0, sizeof *p);
    p->range_count = 1; // ranges[0] stands for nobody
    p->ranges[0] = (struct port_range){.name = "nobody"};
}

// A range that a guest moved to the end of the port space is cut off there.
static void claim(struct ports *p, unsigned handle)
{
    const struct port_range *r = &p->ranges[handle];
    if (r->is_enabled) {
        size_t count = (size_t)min_u64(r->count, sizeof p->who - r->first);
        memset(p->who + r->first, (int)handle, count);
    }
}

unsigned ports_map(struct ports *p, u16 first, unsigned count, unsigned width_bytes,
                   ports_read_fn *read, ports_write_fn *write, void *owner, const char *name)
{
    CHECK(p->range_count < PORTS_MAX_RANGES);
    CHECK(count >= 1 && count <= UINT16_MAX && first + count <= sizeof p->who);
    CHECK(width_bytes == 1 || width_bytes == 2 || width_bytes == 4);
    unsigned handle = p->range_count++;
    p->ranges[handle] = (struct port_range){
        .name = name,
        .first = first,
        .count = (u16)count,
        .width_bytes = (u8)width_bytes,
        .is_enabled = true,
        .read = read,
        .write = write,
        .owner = owner,
    };
    claim(p, handle);
    return handle;
}

void ports_move(struct ports *p, unsigned handle, u16 first, bool is_enabled)
{
    CHECK(handle > 0 && handle < p->range_count);
    p->ranges[handle].first = first;
    p->ranges[handle].is_enabled = is_enabled;
    // All anew, so that whoever was hidden by the range at its old place answers again.
    memset(p->who, 0, sizeof p->who);
    for (unsigned n = 1; n < p->range_count; n++) {
        claim(p, n);
    }
}

void ports_set_runs(struct ports *p, unsigned handle, ports_read_run_fn *read,
                    ports_write_run_fn *write)
{
    CHECK(handle > 0 && handle < p->range_count);
    p->ranges[handle].read_run = read;
    p->ranges[handle].write_run = write;
}

void ports_set_cost(struct ports *p, u16 first, u16 last, u16 cost_ns)
{
    for (unsigned port = first; port <= last; port++) {
        p->cost_ns[port] = cost_ns;
    }
}

// The range that takes the whole access in one piece, NULL if it must be split.
static struct port_range *taker(struct ports *p, u16 port, unsigned size_bytes)
{
    u8 handle = p->who[port];
    struct port_range *r = &p->ranges[handle];
    if (size_bytes == 1) {
        return r;
    }
    if (handle == 0 || size_bytes > r->width_bytes) {
        return NULL;
    }
    for (unsigned n = 1; n < size_bytes; n++) {
        if (p->who[(u16)(port + n)] != handle) {
            return NULL;
        }
    }
    return (unsigned)(port - r->first) + size_bytes <= r->count ? r : NULL;
}

static u32 read_part(struct ports *p, u16 port, unsigned size_bytes)
{
    struct port_range *r = taker(p, port, size_bytes);
    if (r) {
        r->read_count++;
        u32 ones = all_ones(size_bytes);
        return r->read ? r->read(r->owner, (unsigned)(port - r->first), size_bytes) & ones : ones;
    }
    unsigned half = size_bytes / 2;
    u32 low = read_part(p, port, half);
    u32 high = read_part(p, (u16)(port + half), half);
    return low | high << (8 * half);
}

u32 ports_read(struct ports *p, u16 port, unsigned size_bytes)
{
    p->read_count++;
    return read_part(p, port, size_bytes);
}

static void write_part(struct ports *p, u16 port, u32 value, unsigned size_bytes)
{
    struct port_range *r = taker(p, port, size_bytes);
    if (r) {
        r->write_count++;
        if (r->write) {
            value &= all_ones(size_bytes);
            r->write(r->owner, (unsigned)(port - r->first), value, size_bytes);
        }
        return;
    }
    unsigned half = size_bytes / 2;
    write_part(p, port, value, half);
    write_part(p, (u16)(port + half), value >> (8 * half), half);
}

static void tell_tap(const struct ports *p, u16 port, u8 byte)
{
    for (unsigned n = 0; n < p->tap_port_count; n++) {
        if (p->tap_ports[n] == port) {
            p->tap(p->tap_owner, port, byte);
            return; // once, even if the list names the port twice
        }
    }
}

void ports_write(struct ports *p, u16 port, u32 value, unsigned size_bytes)
{
    p->write_count++;
    if (p->tap) {
        for (unsigned n = 0; n < size_bytes; n++) {
            tell_tap(p, (u16)(port + n), (u8)(value >> (8 * n)));
        }
    }
    write_part(p, port, value, size_bytes);
}

u32 ports_read_run(struct ports *p, u16 port, unsigned size_bytes, u8 *to, u32 count)
{
    struct port_range *r = taker(p, port, size_bytes);
    if (!r || !r->read_run) {
        return 0;
    }
    u32 done = r->read_run(r->owner, (unsigned)(port - r->first), size_bytes, to, count);
    r->read_count += done;
    p->read_count += done;
    return done;
}

u32 ports_write_run(struct ports *p, u16 port, unsigned size_bytes, const u8 *from, u32 count)
{
    struct port_range *r = taker(p, port, size_bytes);
    if (!r || !r->write_run || p->tap) {
        return 0; // a tap sees each byte
    }
    u32 done = r->write_run(r->owner, (unsigned)(port - r->first), size_bytes, from, count);
    r->write_count += done;
    p->write_count += done;
    return done;
}
