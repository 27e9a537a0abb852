// A board for tests of PCI devices: ports, memory, a clock that the test moves by hand, lines that
// are written down.
#pragma once

#include "core/clock.h"
#include "core/line.h"
#include "core/log.h"
#include "core/phys.h"
#include "core/ports.h"
#include "dev/pci.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { RIG_RAM_BYTES = 0x200000 };

struct rig {
    struct ports ports;
    struct phys phys;
    struct clock clock;
    struct log log;
    struct vt_host host;
    struct pci pci;
    bool level[32]; // of each line
    unsigned rise_count[32];
    u8 ram[RIG_RAM_BYTES];
    u8 page_flags[RIG_RAM_BYTES / PHYS_PAGE_BYTES];
};

static struct rig rig;

static inline u64 rig_executed(void *cpu)
{
    (void)cpu;
    return 0;
}

static inline void rig_kick(void *cpu)
{
    (void)cpu;
}

static inline void rig_set_line(void *owner, unsigned n, bool level)
{
    (void)owner;
    rig.rise_count[n] += level && !rig.level[n];
    rig.level[n] = level;
}

static inline struct line rig_line(unsigned n)
{
    return (struct line){.set = rig_set_line, .owner = &rig, .n = n};
}

static inline void rig_init(void)
{
    memset(&rig, 0, sizeof rig);
    rig.log.host = &rig.host;
    ports_init(&rig.ports);
    phys_init(&rig.phys, rig.ram, RIG_RAM_BYTES, rig.page_flags);
    phys_map_ram(&rig.phys, 0, 0xA0000, rig.ram, "low ram");
    phys_map_ram(&rig.phys, 0x100000, RIG_RAM_BYTES - 0x100000, rig.ram + 0x100000, "high ram");
    clock_init(&rig.clock, 1, 1);
    clock_set_cpu(&rig.clock, rig_executed, rig_kick, NULL);
    pci_init(&rig.pci, &rig.ports);
}

static inline void rig_skip_ns(u64 ns)
{
    clock_skip_to(&rig.clock, clock_now_ns(&rig.clock) + ns);
    clock_run_due(&rig.clock);
}

static inline u32 in(u16 port, unsigned size_bytes)
{
    return ports_read(&rig.ports, port, size_bytes);
}

static inline void out(u16 port, u32 value, unsigned size_bytes)
{
    ports_write(&rig.ports, port, value, size_bytes);
}

static inline void config_select(unsigned devfn, unsigned offset)
{
    out(0xCF8, 0x80000000u | devfn << 8 | (offset & 0xFC), 4);
}

static inline u32 config_in(unsigned devfn, unsigned offset, unsigned size_bytes)
{
    config_select(devfn, offset);
    return in((u16)(0xCFC + offset % 4), size_bytes);
}

static inline void config_out(unsigned devfn, unsigned offset, u32 value, unsigned size_bytes)
{
    config_select(devfn, offset);
    out((u16)(0xCFC + offset % 4), value, size_bytes);
}
