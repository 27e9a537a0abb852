// Memory of a host between pages that nobody may touch, so that a machine's step beyond it is a
// fault. Its users define _DEFAULT_SOURCE.
#pragma once

#include "test/fuzz/fuzz.h"

#include <sys/mman.h>

enum { GUARD_BYTES = 4096 };

// vt_host.alloc: zeroed by the system, only where touched.
static inline void *guarded_alloc(void *owner, size_t size_bytes)
{
    (void)owner;
    size_t rounded = (size_bytes + 4095) & ~(size_t)4095;
    u8 *memory =
        mmap(NULL, rounded + 2 * GUARD_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CLAIM(memory != MAP_FAILED);
    CLAIM(rounded == 0 || mprotect(memory + GUARD_BYTES, rounded, PROT_READ | PROT_WRITE) == 0);
    return memory + GUARD_BYTES;
}

static inline void guarded_release(void *owner, void *memory, size_t size_bytes)
{
    (void)owner;
    size_t rounded = (size_bytes + 4095) & ~(size_t)4095;
    munmap((u8 *)memory - GUARD_BYTES, rounded + 2 * GUARD_BYTES);
}
