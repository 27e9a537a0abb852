// The guest-physical address space: which bytes are RAM, ROM, a device's registers, or nothing.
//
// Regions are laid over each other: a later one hides the earlier where both are enabled. Nothing
// there: reads give all ones, writes vanish. The CPU asks once for each page (phys_find) and keeps
// the answer in its TLB; whenever the map changes, `changed` tells it to forget.
#pragma once

#include "base/types.h"

typedef u64 mmio_read_fn(void *owner, u64 offset, unsigned size_bytes);
typedef void mmio_write_fn(void *owner, u64 offset, u64 value, unsigned size_bytes);

enum { PHYS_MAX_REGIONS = 48, PHYS_PAGE_BYTES = 4096, PHYS_LOW_PAGES = 256 };

struct phys_region {
    const char *name;
    u64 base, size_bytes; // multiples of 4096
    bool is_enabled;

    u8 *read_memory;  // host memory behind reads, NULL: `read` answers
    u8 *write_memory; // host memory behind writes, NULL: `write` answers
    // For each page of write_memory a byte that writes clear; NULL: nobody wants to know. Who sets
    // some calls phys_refresh. Not part of the machine's state, and the guest can't tell.
    u8 *unwritten;

    mmio_read_fn *read;   // NULL: all ones
    mmio_write_fn *write; // NULL: vanishes
    void *owner;
    unsigned width_bytes; // widest register access; wider ones are split, low address first
};

// A run of addresses with one answer, in the flattened map.
struct phys_span {
    u64 base, end;
    struct phys_region *region; // NULL: nothing there
};

struct phys {
    struct phys_region regions[PHYS_MAX_REGIONS];
    unsigned region_count;
    struct phys_span spans[4 * PHYS_MAX_REGIONS];
    unsigned span_count;
    // The same for each page of the first MiB, where the VGA is written byte by byte.
    const struct phys_region *low[PHYS_LOW_PAGES];

    u64 address_mask; // A20 gate, on the CPU's addresses: bit 20 clear while it is closed

    u8 *ram;
    u64 ram_bytes;
    // For each RAM page one byte of PHYS_PAGE_ flags.
    u8 *page_flags;

    // Who must hear: the map changed; a page flagged PHYS_PAGE_CODE is written by somebody else
    // than the CPU; what phys_find says of a range of addresses is the same region still, but its
    // memory or `unwritten` have changed.
    void (*changed)(void *owner);
    void (*code_written)(void *owner, u64 address, u64 size_bytes);
    void (*refreshed)(void *owner, u64 address, u64 size_bytes);
    void *owner;

    u64 read_count, write_count; // register accesses, for statistics

    // Memory to use where nothing answers: pages of ones to be read, and one for what is lost.
    u8 ones[PHYS_PAGE_BYTES], lost[PHYS_PAGE_BYTES];
};

enum {
    PHYS_PAGE_CODE = 1, // decoded instructions of this page are cached
};

// `ram` and `page_flags` (one byte a page) belong to the caller. Low RAM is mapped where it belongs
// by the board with phys_map_ram.
void phys_init(struct phys *p, u8 *ram, u64 ram_bytes, u8 *page_flags);

struct phys_region *phys_map_ram(struct phys *p, u64 base, u64 size_bytes, u8 *memory,
                                 const char *name);
struct phys_region *phys_map_rom(struct phys *p, u64 base, u64 size_bytes, u8 *memory,
                                 const char *name);
struct phys_region *phys_map_mmio(struct phys *p, u64 base, u64 size_bytes, unsigned width_bytes,
                                  mmio_read_fn *read, mmio_write_fn *write, void *owner,
                                  const char *name);
// After a region's base, is_enabled, read_memory or write_memory has been changed by its owner.
void phys_update(struct phys *p);
// The same after a change of read_memory, write_memory or `unwritten` alone, in a region without
// cached code: cheaper, for frame buffers.
void phys_refresh(struct phys *p, const struct phys_region *r);
void phys_set_a20(struct phys *p, bool is_open);

// What is at an address, for the CPU (after the A20 mask) and for a device; never NULL: an empty
// region where nothing is.
const struct phys_region *phys_find(const struct phys *p, u64 address);
const struct phys_region *phys_find_unmasked(const struct phys *p, u64 address);

// The memory behind reads or writes of the page at `address` (after the A20 mask) of a region that
// phys_find gave; where nothing answers, a page that does as well. NULL: registers.
u8 *phys_page_read(struct phys *p, const struct phys_region *r, u64 address);
u8 *phys_page_written(struct phys *p, const struct phys_region *r, u64 address);

// Whether the first write to this page of a region is still to be noted, by phys_note_write.
static inline bool phys_is_watched(const struct phys_region *r, u64 address)
{
    return r->unwritten && r->unwritten[(address - r->base) / PHYS_PAGE_BYTES];
}

static inline void phys_note_write(const struct phys_region *r, u64 address)
{
    if (r->unwritten) {
        r->unwritten[(address - r->base) / PHYS_PAGE_BYTES] = 0;
    }
}

// Accesses by devices (DMA) and loaders; any size, any alignment, register spaces included. The A20
// gate is a pin of the processor, so they do not go through it.
void phys_read(struct phys *p, u64 address, void *to, u64 size_bytes);
void phys_write(struct phys *p, u64 address, const void *from, u64 size_bytes);

// One register-sized access (1, 2, 4 or 8 bytes, not crossing a page) to a region that is not
// memory in that direction.
u64 phys_mmio_read(struct phys *p, const struct phys_region *r, u64 address, unsigned size_bytes);
void phys_mmio_write(struct phys *p, const struct phys_region *r, u64 address, u64 value,
                     unsigned size_bytes);
