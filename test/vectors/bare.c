// A processor with memory and nothing else.
#include "vectors.h"

#include "test/host_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bare *bare_create(void)
{
    struct bare *b = host_alloc(NULL, sizeof *b);
    u8 *ram = host_alloc(NULL, BARE_RAM_BYTES);
    u8 *page_flags = host_alloc(NULL, BARE_RAM_BYTES / PHYS_PAGE_BYTES);
    if (!b || !ram || !page_flags) {
        fputs("vectors: out of memory\n", stderr);
        exit(2);
    }
    b->host = (struct vt_host){.alloc = host_alloc, .release = host_release};
    b->log.host = &b->host;
    b->ram = ram;
    b->page_flags = page_flags;
    phys_init(&b->phys, ram, BARE_RAM_BYTES, page_flags);
    phys_map_ram(&b->phys, 0, BARE_RAM_BYTES, ram, "ram");
    ports_init(&b->ports);
    clock_init(&b->clock, 1, 1);
    struct x86_wiring wiring = {
        .clock = &b->clock,
        .phys = &b->phys,
        .ports = &b->ports,
        .log = &b->log,
        .host = &b->host,
    };
    if (!x86_init(&b->cpu, x86_model_by_name("max"), &wiring, 0)) {
        fputs("vectors: out of memory\n", stderr);
        exit(2);
    }
    return b;
}

void bare_destroy(struct bare *b)
{
    x86_destroy(&b->cpu);
    host_release(NULL, b->page_flags, 0);
    host_release(NULL, b->ram, 0);
    host_release(NULL, b, 0);
}

void bare_changed(struct bare *b)
{
    b->cpu.dev.restored(b->cpu.dev.owner);
}

bool bare_run_until_halt(struct bare *b, u64 instructions)
{
    while (instructions > 0 && !b->cpu.s.is_halted && !b->cpu.s.is_shut_down) {
        u64 done = x86_run(&b->cpu, instructions);
        if (done == 0 || done > instructions) {
            break;
        }
        instructions -= done;
    }
    return b->cpu.s.is_halted && !b->cpu.s.is_shut_down;
}
