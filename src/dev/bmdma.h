// Bus-master IDE: one channel's registers and its walk through the physical region descriptors.
// [BMIDE] 2, 3
#pragma once

#include "base/types.h"
#include "core/fields.h"
#include "core/phys.h"

struct bmdma_state {
    u8 command; // bit 0 start, bit 3 to memory
    u8 status;  // bit 0 active, 1 error, 2 interrupt, 5/6 drive 0/1 can do DMA
    u32 table;  // address of the descriptors

    u32 next;     // address of the descriptor to be read next
    u32 address;  // of the present region: next byte
    u32 left;     // of the present region
    bool is_last; // the present region ends the table
};

struct bmdma {
    struct bmdma_state *s; // part of the controller's state
    struct phys *phys;
    // Start was written 1 or 0.
    void (*started)(void *owner, bool is_started);
    void *owner;
};

enum { BMDMA_FIELDS = 7 };
extern const struct field bmdma_fields[];

void bmdma_init(struct bmdma *b, struct bmdma_state *s, struct phys *phys,
                void (*started)(void *owner, bool is_started), void *owner);
void bmdma_reset(struct bmdma *b);
bool bmdma_is_started(const struct bmdma *b);
u32 bmdma_read(struct bmdma *b, unsigned offset, unsigned size_bytes); // offset 0 to 7
void bmdma_write(struct bmdma *b, unsigned offset, u32 value, unsigned size_bytes);

// Moves bytes between the drive and the regions in order. Returns how many found a region; fewer
// than asked for when the table ends first.
u32 bmdma_transfer(struct bmdma *b, u8 *bytes, u32 size_bytes, bool to_memory);
// The drive's interrupt line rose.
void bmdma_interrupt(struct bmdma *b);
