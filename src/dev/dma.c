// Two 8237A DMA controllers and their page registers. Keys: [8237A], [82371SB] 2.2.
//
//     DMA 1     DMA 2                read                    write
//     00h..07h  C0h..CEh even        current address and     base and current address (0, 2, 4, 6)
//                                    count of channel 0..3   and count (1, 3, 5, 7): low, high byte
//     08h       D0h                  status                  command
//     09h       D2h                  -                       request: 2 set | 1..0 channel
//     0Ah       D4h                  -                       single mask: 2 masked | 1..0 channel
//     0Bh       D6h                  -                       mode
//     0Ch       D8h                  -                       clear the byte pointer
//     0Dh       DAh                  0                       master clear
//     0Eh       DCh                  -                       clear the mask
//     0Fh       DEh                  mask                    mask, all four
//     10h..1Fh are 00h..0Fh, odd ports of C0h..DFh the even ones below them, 90h..9Fh without 92h
//     the page registers.
//
//     command  7 DACK high | 6 DREQ low | 5 early write | 4 rotating | 3 compressed | 2 disabled
//              1 hold address | 0 memory to memory; all but 2 only kept
//     status   7..4 request of channel 3..0 | 3..0 TC reached, cleared by the read
//     mode     7,6 demand, single, block, cascade | 5 address down | 4 auto-initialize
//              3,2 verify, write (to memory), read, - | 1,0 channel (not kept)
//
//     page     87h 83h 81h 82h 8Fh 8Bh 89h 8Ah: channels 0 to 7; the others only keep a byte
//              (80h is where firmware shows its progress)
//
// An address counts within its 64 KiB (128 KiB for words); the page stays. Word channels put their
// address on A16..A1, and bit 0 of their page is not used.
//
// Bus cycles take no guest time: a device's burst goes at once, in single, demand and block mode
// alike, and what remains of a block waits for the device's next burst. A device that asks for the
// other direction than the mode says gets open bus, and memory stays as it is.
//
// Not implemented: memory-to-memory transfers (the PIIX3 has none) and the temporary register (it
// reads 0); priorities (there is never more than one request at a time), timings, the sense of DREQ
// and DACK, cascaded bus masters on channels other than 4, type F transfers.
#include "dev/dma.h"

#include "base/check.h"
#include "core/fields.h"

#include <string.h>

enum {
    COMMAND_DISABLE = 0x04,

    MODE_AUTO = 0x10,
    MODE_DOWN = 0x20,
    MODE_TRANSFER = 0x0C,
    MODE_WRITE = 0x04, // to memory
    MODE_READ = 0x08,
    MODE_SERVICE = 0xC0,
    MODE_BLOCK = 0x80,
    MODE_CASCADE = 0xC0,

    ALL_CHANNELS = 0x0F,
    CASCADE = 0, // channel of the second chip that the first hangs on
};

static const struct field channel_fields[] = {
    FIELD(struct dma_channel_state, base_address), FIELD(struct dma_channel_state, base_count),
    FIELD(struct dma_channel_state, address),      FIELD(struct dma_channel_state, count),
    FIELD(struct dma_channel_state, mode),
};
static const struct field chip_fields[] = {
    FIELD_STRUCTS(struct dma_chip_state, channel, channel_fields),
    FIELD(struct dma_chip_state, command),
    FIELD(struct dma_chip_state, terminal),
    FIELD(struct dma_chip_state, software),
    FIELD(struct dma_chip_state, refused),
    FIELD(struct dma_chip_state, mask),
    FIELD(struct dma_chip_state, is_high),
};
static const struct field dma_fields[] = {
    FIELD_STRUCTS(struct dma_state, chip, chip_fields),
    FIELD_ARRAY(struct dma_state, page),
};
static const struct field_table dma_table = FIELD_TABLE("dma", 1, struct dma_state, dma_fields);

// Which of the page registers belongs to a channel.
static const u8 page_of[DMA_CHIPS * DMA_CHIP_CHANNELS] = {7, 3, 1, 2, 15, 11, 9, 10};

// --- one channel ---

// A channel at work: its state, and how its counters become addresses.
struct lane {
    struct dma_chip_state *chip;
    struct dma_channel_state *c;
    unsigned bit; // of the chip's masks
    unsigned shift;
    u32 page; // address bits above the counter's
};

static struct lane lane_of(struct dma *d, unsigned n)
{
    unsigned chip = n / DMA_CHIP_CHANNELS;
    struct lane l = {
        .chip = &d->s.chip[chip],
        .c = &d->s.chip[chip].channel[n % DMA_CHIP_CHANNELS],
        .bit = 1u << n % DMA_CHIP_CHANNELS,
        .shift = chip,
        .page = (u32)(d->s.page[page_of[n]] & (chip ? 0xFE : 0xFF)) << 16,
    };
    return l;
}

static u32 address_of(const struct lane *l)
{
    return l->page | (u32)l->c->address << l->shift;
}

static bool is_down(const struct lane *l)
{
    return l->c->mode & MODE_DOWN;
}

// Moves the counters on by `units` bytes or words, not past TC. True: this was TC.
static bool count_on(struct lane *l, u32 units)
{
    struct dma_channel_state *c = l->c;
    u32 left = (u32)c->count + 1 - units;
    c->address = (u16)(is_down(l) ? c->address - units : c->address + units);
    c->count = (u16)(c->count - units);
    if (left > 0) {
        return false;
    }
    l->chip->terminal |= (u8)l->bit;
    l->chip->software &= (u8)~l->bit;
    if (c->mode & MODE_AUTO) {
        c->address = c->base_address;
        c->count = c->base_count;
    } else {
        l->chip->mask |= (u8)l->bit;
    }
    return true;
}

// Units that lie in one ascending run of memory, at most `units` of them.
static u32 run_of(const struct lane *l, u32 units)
{
    u32 to_end = is_down(l) ? 1 : 0x10000u - l->c->address;
    return units < to_end ? units : to_end;
}

static void move_run(struct dma *d, const struct lane *l, u8 *bytes, u32 size_bytes,
                     enum dma_direction direction)
{
    u8 transfer = l->c->mode & MODE_TRANSFER;
    if (direction == DMA_TO_MEMORY && transfer == MODE_WRITE) {
        phys_write(d->phys, address_of(l), bytes, size_bytes);
    } else if (direction == DMA_FROM_MEMORY && transfer == MODE_READ) {
        phys_read(d->phys, address_of(l), bytes, size_bytes);
    } else if (direction == DMA_FROM_MEMORY) {
        memset(bytes, 0xFF, size_bytes);
    }
}

// Moves until TC or the burst's end; returns the units that went.
static u32 move(struct dma *d, struct lane *l, struct dma_burst *b)
{
    u32 wanted = b->size_bytes >> l->shift, done = 0;
    if (wanted > (u32)l->c->count + 1) {
        wanted = (u32)l->c->count + 1;
    }
    while (done < wanted) {
        u32 run = run_of(l, wanted - done);
        move_run(d, l, b->bytes + (done << l->shift), run << l->shift, b->direction);
        b->is_end = count_on(l, run);
        done += run;
    }
    return done;
}

static bool is_served(const struct dma_chip_state *chip, unsigned bit)
{
    return !(chip->command & COMMAND_DISABLE) && !(chip->mask & bit);
}

// The first chip gets the bus through a channel of the second.
static bool has_bus(const struct dma *d, unsigned n)
{
    const struct dma_chip_state *second = &d->s.chip[1];
    u8 service = second->channel[CASCADE].mode & MODE_SERVICE;
    return n >= DMA_CHIP_CHANNELS || (is_served(second, 1u << CASCADE) && service == MODE_CASCADE);
}

static u32 transfer(void *owner, unsigned n, struct dma_burst *b)
{
    struct dma *d = owner;
    struct lane l = lane_of(d, n);
    l.chip->refused &= (u8)~l.bit;
    if ((b->size_bytes >> l.shift) == 0) {
        return 0;
    }
    bool is_cascade = (l.c->mode & MODE_SERVICE) == MODE_CASCADE;
    if (is_cascade || !is_served(l.chip, l.bit) || !has_bus(d, n)) {
        l.chip->refused |= (u8)l.bit;
        return 0;
    }
    return move(d, &l, b) << l.shift;
}

// --- what software asks for itself ---

// Serves the software requests that can be: those of channels in block mode, masked or not
// ([8237A], request register). Nobody drives the bus, so it is all in the counters.
static void serve_software(struct dma *d, unsigned chip)
{
    struct dma_chip_state *s = &d->s.chip[chip];
    if (s->software == 0 || (s->command & COMMAND_DISABLE)) {
        return;
    }
    for (unsigned n = 0; n < DMA_CHIP_CHANNELS; n++) {
        struct lane l = lane_of(d, chip * DMA_CHIP_CHANNELS + n);
        bool is_block = (l.c->mode & MODE_SERVICE) == MODE_BLOCK;
        if ((s->software & l.bit) && is_block && has_bus(d, chip * DMA_CHIP_CHANNELS + n)) {
            count_on(&l, (u32)l.c->count + 1);
        }
    }
}

// --- registers ---

static void clear(struct dma_chip_state *s)
{
    s->command = 0;
    s->terminal = 0;
    s->software = 0;
    s->refused = 0;
    s->mask = ALL_CHANNELS;
    s->is_high = false;
}

static u8 read_counter(struct dma_chip_state *s, unsigned index)
{
    const struct dma_channel_state *c = &s->channel[index / 2];
    u16 value = index & 1 ? c->count : c->address;
    bool is_high = s->is_high;
    s->is_high = !is_high;
    return (u8)(is_high ? value >> 8 : value);
}

static void put_byte(u16 *word, bool is_high, u8 value)
{
    *word = (u16)(is_high ? (*word & 0x00FF) | value << 8 : (*word & 0xFF00) | value);
}

static void write_counter(struct dma_chip_state *s, unsigned index, u8 value)
{
    struct dma_channel_state *c = &s->channel[index / 2];
    put_byte(index & 1 ? &c->base_count : &c->base_address, s->is_high, value);
    put_byte(index & 1 ? &c->count : &c->address, s->is_high, value);
    s->is_high = !s->is_high;
}

static u8 read_register(struct dma_chip_state *s, unsigned index)
{
    u8 value;
    switch (index) {
    case 8:
        value = (u8)((s->software | s->refused) << 4 | s->terminal);
        s->terminal = 0;
        return value;
    case 13: return 0;
    case 15: return s->mask;
    default: return index < 8 ? read_counter(s, index) : 0xFF;
    }
}

static void set_bit(u8 *bits, u8 value)
{
    u8 bit = (u8)(1u << (value & 3));
    *bits = (u8)(value & 4 ? *bits | bit : *bits & ~bit);
}

static void write_register(struct dma *d, unsigned chip, unsigned index, u8 value)
{
    struct dma_chip_state *s = &d->s.chip[chip];
    switch (index) {
    case 8: s->command = value; break;
    case 9: set_bit(&s->software, value); break;
    case 10: set_bit(&s->mask, value); break;
    case 11: s->channel[value & 3].mode = value & 0xFC; break;
    case 12: s->is_high = false; break;
    case 13: clear(s); break;
    case 14: s->mask = 0; break;
    case 15: s->mask = value & ALL_CHANNELS; break;
    default: write_counter(s, index, value); return;
    }
    for (unsigned n = 0; n < DMA_CHIPS; n++) { // the second may have opened the way for the first
        serve_software(d, n);
    }
}

static u32 first_read(void *owner, unsigned offset, unsigned size_bytes UNUSED)
{
    struct dma *d = owner;
    return read_register(&d->s.chip[0], offset);
}

static void first_write(void *owner, unsigned offset, u32 value, unsigned size_bytes UNUSED)
{
    write_register(owner, 0, offset, (u8)value);
}

static u32 second_read(void *owner, unsigned offset, unsigned size_bytes UNUSED)
{
    struct dma *d = owner;
    return read_register(&d->s.chip[1], offset / 2);
}

static void second_write(void *owner, unsigned offset, u32 value, unsigned size_bytes UNUSED)
{
    write_register(owner, 1, offset / 2, (u8)value);
}

static u32 page_read(void *page, unsigned offset, unsigned size_bytes UNUSED)
{
    return ((u8 *)page)[offset];
}

static void page_write(void *page, unsigned offset, u32 value, unsigned size_bytes UNUSED)
{
    ((u8 *)page)[offset] = (u8)value;
}

// --- the device ---

// Modes, addresses and counts have no defined state at power-on; zeros here.
static void reset(void *owner)
{
    struct dma *d = owner;
    memset(&d->s, 0, sizeof d->s);
    clear(&d->s.chip[0]);
    clear(&d->s.chip[1]);
}

struct dma_channel dma_channel(struct dma *d, unsigned n)
{
    CHECK(n < DMA_CHIPS * DMA_CHIP_CHANNELS);
    return (struct dma_channel){transfer, d, n};
}

void dma_init(struct dma *d, struct ports *ports, struct phys *phys)
{
    memset(d, 0, sizeof *d);
    d->phys = phys;
    dev_init(&d->dev, "dma", &dma_table, &d->s, d, reset, NULL);
    ports_map(ports, 0x00, 16, 1, first_read, first_write, d, "dma1");
    ports_map(ports, 0x10, 16, 1, first_read, first_write, d, "dma1 alias");
    ports_map(ports, 0xC0, 32, 1, second_read, second_write, d, "dma2");
    ports_map(ports, 0x80, DMA_PAGES, 1, page_read, page_write, d->s.page, "dma pages");
    ports_map(ports, 0x90, 2, 1, page_read, page_write, d->s.page, "dma pages alias");
    ports_map(ports, 0x93, 13, 1, page_read, page_write, d->s.page + 3, "dma pages alias");
    reset(d);
}
