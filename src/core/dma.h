// One channel of a DMA controller, as the device sees it that has bytes to move: the wires DREQ,
// DACK and TC as one value. The device knows nothing of the controller behind it.
//
// A device offers a burst when it has bytes (or wants some), and is told how many went and whether
// the controller's count ended with the last of them (TC). It then does what its datasheet says: a
// floppy controller ends its command; a sound card interrupts when its own count is over, and at
// the end of an auto-initialized buffer offers the rest in a second burst:
//
//     for (u32 done = 0; done < count; done += moved) {   // a block of samples is due
//         moved = dma_transfer(&s->dma, bytes + done, count - done, DMA_FROM_MEMORY, &is_end);
//         if (moved == 0) { break; }                      // masked: play silence, ask again later
//     }
//
// Nobody calls back when a channel is unmasked: a device that was refused asks again when time has
// passed, which its own event tells it.
#pragma once

#include "base/types.h"

enum dma_direction { DMA_TO_MEMORY, DMA_FROM_MEMORY };

struct dma_burst {
    u8 *bytes; // read or filled; on a 16-bit channel pairs of bytes
    u32 size_bytes;
    enum dma_direction direction;
    bool is_end; // set by the controller: TC came with the last byte that went
};

struct dma_channel {
    u32 (*transfer)(void *owner, unsigned n, struct dma_burst *burst); // NULL: not connected
    void *owner;
    unsigned n; // which channel of the owner
};

// Moves up to `size_bytes` between device and memory and returns how many went: fewer when TC comes
// first (`*is_end`), none while the channel is masked. 16-bit channels move whole words, so an odd
// last byte stays. 0 bytes: the device withdraws a request that was refused.
static inline u32 dma_transfer(const struct dma_channel *c, u8 *bytes, u32 size_bytes,
                               enum dma_direction direction, bool *is_end)
{
    struct dma_burst burst = {.bytes = bytes, .size_bytes = size_bytes, .direction = direction};
    u32 moved = c->transfer ? c->transfer(c->owner, c->n, &burst) : 0;
    *is_end = burst.is_end;
    return moved;
}
