// Reads MOO files (vectors/README.md, and the format's own description): chunks of a four-letter
// name, a length and that many bytes; some hold further chunks. Unknown ones are passed over.
#include "moo.h"

#include <stdio.h>

bool moo_next_chunk(const u8 **at, const u8 *end, struct moo_chunk *k)
{
    if (end - *at < 8) {
        return false;
    }
    memcpy(k->id, *at, 4);
    k->id[4] = 0;
    k->size_bytes = load_le32(*at + 4);
    k->at = *at + 8;
    if (k->size_bytes > (size_t)(end - k->at)) {
        return false;
    }
    *at = k->at + k->size_bytes;
    return true;
}

bool moo_chunk_is(const struct moo_chunk *k, const char *id)
{
    return strcmp(k->id, id) == 0;
}

// REGS and RMSK have 16-bit members, RG32 and RM32 32-bit ones.
void moo_read_registers(const struct moo_chunk *k, struct moo_registers *r)
{
    unsigned size = moo_chunk_is(k, "RG32") || moo_chunk_is(k, "RM32") ? 4 : 2;
    const u8 *at = k->at, *end = k->at + k->size_bytes;
    *r = (struct moo_registers){0};
    if (k->size_bytes < size) {
        return;
    }
    u32 mask = size == 4 ? load_le32(at) : load_le16(at);
    at += size;
    for (unsigned n = 0; n < MOO_SLOTS_32 && end - at >= (ptrdiff_t)size; n++) {
        if (mask >> n & 1) {
            r->value[n] = size == 4 ? load_le32(at) : load_le16(at);
            r->mask |= 1u << n;
            at += size;
        }
    }
}

static void read_snapshot(const struct moo_chunk *in, struct moo_snapshot *s)
{
    const u8 *at = in->at, *end = in->at + in->size_bytes;
    struct moo_chunk k;
    while (moo_next_chunk(&at, end, &k)) {
        if (moo_chunk_is(&k, "REGS") || moo_chunk_is(&k, "RG32")) {
            moo_read_registers(&k, &s->registers);
        } else if (moo_chunk_is(&k, "RMSK") || moo_chunk_is(&k, "RM32")) {
            moo_read_registers(&k, &s->masks);
        } else if (moo_chunk_is(&k, "RAM ") && k.size_bytes >= 4) {
            u32 count = load_le32(k.at);
            u32 room = (k.size_bytes - 4) / 5;
            s->ram = (struct moo_cells){.at = k.at + 4, .count = count < room ? count : room};
        }
    }
}

static void read_bytes(const struct moo_chunk *k, struct moo_test *t)
{
    u32 length = k->size_bytes - 4 < MOO_MAX_BYTES ? k->size_bytes - 4 : MOO_MAX_BYTES;
    memcpy(t->bytes, k->at + 4, length);
    t->length = length > 1 && t->bytes[length - 1] == 0xf4 ? length - 1 : length;
    t->prefixes = prefix_count(t->bytes, t->length);
}

void moo_read_test(const struct moo_chunk *in, struct moo_test *t)
{
    const u8 *at = in->at + 4, *end = in->at + in->size_bytes;
    struct moo_chunk k;
    *t = (struct moo_test){.index = load_le32(in->at), .exception = MOO_NO_EXCEPTION};
    while (moo_next_chunk(&at, end, &k)) {
        if (moo_chunk_is(&k, "NAME") && k.size_bytes > 4) {
            snprintf(t->name, sizeof t->name, "%.*s", (int)(k.size_bytes - 4),
                     (const char *)k.at + 4);
        } else if (moo_chunk_is(&k, "BYTS") && k.size_bytes > 4) {
            read_bytes(&k, t);
        } else if (moo_chunk_is(&k, "INIT")) {
            read_snapshot(&k, &t->before);
        } else if (moo_chunk_is(&k, "FINA")) {
            read_snapshot(&k, &t->after);
        } else if (moo_chunk_is(&k, "EXCP") && k.size_bytes >= 1) {
            t->exception = k.at[0];
        }
    }
}

u32 moo_cell_address(struct moo_cells c, unsigned n)
{
    return load_le32(c.at + 5 * n) % BARE_RAM_BYTES;
}

u8 moo_cell_value(struct moo_cells c, unsigned n)
{
    return c.at[5 * n + 4];
}

static unsigned slot_of(const struct moo_reader *r, enum moo_kind kind, unsigned number)
{
    unsigned n = 0;
    while (n < r->slot_count && (r->slots[n].kind != kind || r->slots[n].number != number)) {
        n++;
    }
    return n;
}

u32 moo_before(const struct moo_reader *r, const struct moo_test *t, enum moo_kind kind,
               unsigned number)
{
    unsigned n = slot_of(r, kind, number);
    return n < r->slot_count ? t->before.registers.value[n] : 0;
}

u32 moo_after(const struct moo_reader *r, const struct moo_test *t, enum moo_kind kind,
              unsigned number)
{
    unsigned n = slot_of(r, kind, number);
    bool is_given = n < r->slot_count && (t->after.registers.mask >> n & 1);
    return is_given ? t->after.registers.value[n] : moo_before(r, t, kind, number);
}

u32 moo_hlt_address(const struct moo_reader *r, const struct moo_test *t)
{
    u32 base = 16 * (moo_before(r, t, MOO_SEGMENT, X86_CS) & 0xffff);
    return (base + moo_before(r, t, MOO_IP, 0) + t->length) % BARE_RAM_BYTES;
}
