// The 64 Ki I/O ports: who answers at which.
//
// A device maps a range and gets offsets into it. It says how wide an access it understands; wider
// ones are split into its width, low address first, as ISA bus logic does. Nobody there: reads give
// all ones, writes vanish.
#pragma once

#include "base/types.h"

typedef u32 ports_read_fn(void *owner, unsigned offset, unsigned size_bytes);
typedef void ports_write_fn(void *owner, unsigned offset, u32 value, unsigned size_bytes);

// Runs of accesses of one size to one port, whose bytes lie one after the other: returns how many
// of `count` were made, maybe 0; the next one has to be made alone.
typedef u32 ports_read_run_fn(void *owner, unsigned offset, unsigned size_bytes, u8 *to, u32 count);
typedef u32 ports_write_run_fn(void *owner, unsigned offset, unsigned size_bytes, const u8 *from,
                               u32 count);

enum { PORTS_MAX_RANGES = 128 };

struct port_range {
    const char *name;
    u16 first;
    u16 count;
    u8 width_bytes; // widest access: 1, 2 or 4
    bool is_enabled;
    ports_read_fn *read;           // NULL: reads give all ones
    ports_write_fn *write;         // NULL: writes vanish
    ports_read_run_fn *read_run;   // NULL: each access alone
    ports_write_run_fn *write_run; //
    void *owner;
    u64 read_count, write_count; // for statistics; not part of the machine's state
};

struct ports {
    u8 who[65536];      // index into ranges; 0: nobody
    u16 cost_ns[65536]; // guest time that an instruction waits for an access, see ports_set_cost
    struct port_range ranges[PORTS_MAX_RANGES];
    unsigned range_count;
    u64 read_count, write_count;

    // A front end's tap: told of every byte written to one of `tap_ports`.
    void (*tap)(void *owner, u16 port, u8 byte);
    void *tap_owner;
    const u16 *tap_ports;
    unsigned tap_port_count;
};

void ports_init(struct ports *p);

// Maps `count` ports from `first`, replacing who was there. Returns a handle for ports_move.
unsigned ports_map(struct ports *p, u16 first, unsigned count, unsigned width_bytes,
                   ports_read_fn *read, ports_write_fn *write, void *owner, const char *name);
// Moves a range (a PCI base address register was written) or takes it off the bus.
void ports_move(struct ports *p, unsigned handle, u16 first, bool is_enabled);

// A device that moves whole runs of data through a port says so.
void ports_set_runs(struct ports *p, unsigned handle, ports_read_run_fn *read,
                    ports_write_run_fn *write);

// From now on an instruction that accesses a port from `first` to `last` waits so long for the bus,
// whoever answers there, and once, however wide the access or long the run. The functions below
// don't count it: the CPU asks for ports_cost_ns and lets the time pass.
void ports_set_cost(struct ports *p, u16 first, u16 last, u16 cost_ns);
static inline u32 ports_cost_ns(const struct ports *p, u16 port)
{
    return p->cost_ns[port];
}

u32 ports_read(struct ports *p, u16 port, unsigned size_bytes);
void ports_write(struct ports *p, u16 port, u32 value, unsigned size_bytes);
// As many accesses as the device takes at once; their effect is that of one after the other.
u32 ports_read_run(struct ports *p, u16 port, unsigned size_bytes, u8 *to, u32 count);
u32 ports_write_run(struct ports *p, u16 port, unsigned size_bytes, const u8 *from, u32 count);
