// The memory of a machine under test: aligned to pages, zeroed, as include/vitrine/host.h asks.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// From calloc, which does not touch what the system gives zeroed: a machine has megabytes that a
// test never looks at. Where the piece begins stands in front of its first page.
static inline void *host_alloc(void *owner, size_t size_bytes)
{
    enum { PAGE_BYTES = 4096 };
    (void)owner;
    uint8_t *raw = calloc(1, sizeof raw + PAGE_BYTES + size_bytes);
    if (!raw) {
        return NULL;
    }
    uint8_t *memory = raw + sizeof raw;
    memory += -(uintptr_t)memory & (PAGE_BYTES - 1);
    memcpy(memory - sizeof raw, &raw, sizeof raw);
    return memory;
}

static inline void host_release(void *owner, void *memory, size_t size_bytes)
{
    (void)owner, (void)size_bytes;
    if (memory) {
        uint8_t *raw;
        memcpy(&raw, (uint8_t *)memory - sizeof raw, sizeof raw);
        free(raw);
    }
}
