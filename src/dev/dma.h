// The DMA controllers of a PC: two 8237A, channels 0 to 3 for bytes and 5 to 7 for 16-bit words,
// the first cascaded into channel 4 of the second; and the page registers, which give the address
// bits above 16. Devices hold a channel of it as a `struct dma_channel` (core/dma.h).
#pragma once

#include "base/types.h"
#include "core/dev.h"
#include "core/dma.h"
#include "core/phys.h"
#include "core/ports.h"

enum { DMA_CHIPS = 2, DMA_CHIP_CHANNELS = 4, DMA_PAGES = 16 };

struct dma_channel_state {
    u16 base_address, base_count; // as written
    u16 address, count;           // current
    u8 mode;                      // mode register, bits 7..2
};

struct dma_chip_state {
    struct dma_channel_state channel[DMA_CHIP_CHANNELS];
    u8 command;
    u8 terminal;  // status bits 3..0: a channel has reached TC since status was read
    u8 software;  // request register, by channel
    u8 refused;   // by channel: the device asks, and was not served
    u8 mask;      // by channel: 1 masked
    bool is_high; // byte pointer flip-flop: the next byte is the high one
};

struct dma_state {
    struct dma_chip_state chip[DMA_CHIPS];
    u8 page[DMA_PAGES]; // ports 80h to 8Fh, among them scratch ones
};

struct dma {
    struct dev dev;
    struct dma_state s;
    struct phys *phys;
};

void dma_init(struct dma *d, struct ports *ports, struct phys *phys);
// Channel 0 to 7 for a device; 4 is the cascade and moves nothing.
struct dma_channel dma_channel(struct dma *d, unsigned n);
