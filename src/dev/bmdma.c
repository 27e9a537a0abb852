// Bus-master IDE, one channel.
//
//     0  command  3 to memory | 0 start
//     2  status   6, 5 drives can do DMA (read/write) | 2 interrupt | 1 error | 0 active
//                 (2 and 1 are cleared by writing 1)
//     4  address of the descriptor table, 4-byte aligned
//     descriptor: u32 address, u16 bytes (0: 64 KiB), u16 with bit 15: the last one
//
// Not implemented: bus errors (memory that is not there reads as ones), the simplex bit.
#include "dev/bmdma.h"

#include "base/bytes.h"

enum {
    COMMAND_START = 0x01,
    COMMAND_BITS = 0x09,
    STATUS_ACTIVE = 0x01,
    STATUS_ERROR = 0x02,
    STATUS_INTERRUPT = 0x04,
    STATUS_CAPABLE = 0x60,
};

const struct field bmdma_fields[] = {
    FIELD(struct bmdma_state, command), FIELD(struct bmdma_state, status),
    FIELD(struct bmdma_state, table),   FIELD(struct bmdma_state, next),
    FIELD(struct bmdma_state, address), FIELD(struct bmdma_state, left),
    FIELD(struct bmdma_state, is_last),
};
_Static_assert(COUNT_OF(bmdma_fields) == BMDMA_FIELDS, "as bmdma.h counts them");

void bmdma_init(struct bmdma *b, struct bmdma_state *s, struct phys *phys,
                void (*started)(void *owner, bool is_started), void *owner)
{
    *b = (struct bmdma){.s = s, .phys = phys, .started = started, .owner = owner};
}

void bmdma_reset(struct bmdma *b)
{
    *b->s = (struct bmdma_state){0};
}

bool bmdma_is_started(const struct bmdma *b)
{
    return b->s->command & COMMAND_START;
}

static u8 register_read(const struct bmdma *b, unsigned offset)
{
    const struct bmdma_state *s = b->s;
    switch (offset) {
    case 0: return s->command;
    case 2: return s->status;
    case 4:
    case 5:
    case 6:
    case 7: return (u8)(s->table >> 8 * (offset - 4));
    default: return 0; // reserved
    }
}

static void write_command(struct bmdma *b, u8 value)
{
    struct bmdma_state *s = b->s;
    bool was_started = bmdma_is_started(b);
    s->command = value & COMMAND_BITS;
    if (bmdma_is_started(b) == was_started) {
        return;
    }
    if (was_started) {
        s->status &= (u8)~STATUS_ACTIVE;
    } else {
        s->status |= STATUS_ACTIVE;
        s->next = s->table;
        s->left = 0;
        s->is_last = false;
    }
    b->started(b->owner, !was_started);
}

static void register_write(struct bmdma *b, unsigned offset, u8 value)
{
    struct bmdma_state *s = b->s;
    if (offset == 0) {
        write_command(b, value);
    } else if (offset == 2) {
        u8 kept = s->status & (u8) ~(value & (STATUS_ERROR | STATUS_INTERRUPT));
        s->status = (u8)((kept & ~STATUS_CAPABLE) | (value & STATUS_CAPABLE));
    } else if (offset >= 4) {
        unsigned shift = 8 * (offset - 4);
        s->table = ((s->table & ~(0xFFu << shift)) | (u32)value << shift) & ~3u;
    }
}

u32 bmdma_read(struct bmdma *b, unsigned offset, unsigned size_bytes)
{
    u32 value = 0;
    for (unsigned n = 0; n < size_bytes && offset + n < 8; n++) {
        value |= (u32)register_read(b, offset + n) << 8 * n;
    }
    return value;
}

void bmdma_write(struct bmdma *b, unsigned offset, u32 value, unsigned size_bytes)
{
    for (unsigned n = 0; n < size_bytes && offset + n < 8; n++) {
        register_write(b, offset + n, (u8)(value >> 8 * n));
    }
}

// Reads the next descriptor; false if the table has ended.
static bool next_region(struct bmdma *b)
{
    struct bmdma_state *s = b->s;
    u8 descriptor[8];
    if (s->is_last) {
        s->status &= (u8)~STATUS_ACTIVE;
        return false;
    }
    phys_read(b->phys, s->next, descriptor, sizeof descriptor);
    u32 count = load_le16(descriptor + 4) & 0xFFFE;
    s->address = load_le32(descriptor) & ~1u;
    s->left = count ? count : 0x10000;
    s->is_last = descriptor[7] & 0x80;
    s->next += 8;
    return true;
}

u32 bmdma_transfer(struct bmdma *b, u8 *bytes, u32 size_bytes, bool to_memory)
{
    struct bmdma_state *s = b->s;
    u32 done = 0;
    while (done < size_bytes && (s->left || next_region(b))) {
        u32 part = size_bytes - done < s->left ? size_bytes - done : s->left;
        if (to_memory) {
            phys_write(b->phys, s->address, bytes + done, part);
        } else {
            phys_read(b->phys, s->address, bytes + done, part);
        }
        s->address += part;
        s->left -= part;
        done += part;
    }
    if (s->left == 0 && s->is_last) {
        s->status &= (u8)~STATUS_ACTIVE;
    }
    return done;
}

void bmdma_interrupt(struct bmdma *b)
{
    b->s->status |= STATUS_INTERRUPT;
}
