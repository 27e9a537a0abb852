// The firmware configuration device.
//
//     510h  select an item: 16-bit write; the position goes to its start
//     511h  data: each byte read is the item's next one, zeros after its end
//     514h  address of a DMA descriptor, high half; 518h low half, which starts it. Big-endian,
//           read as "QEMU CFG".
//     descriptor: u32 control (31..16 key, 3 select, 4 write, 2 skip, 1 read, 0 error),
//           u32 length, u64 address; all big-endian. When done, control is 0, or 1 for an error.
//
// Not implemented: items that the guest writes.
#include "dev/fwcfg.h"

#include "base/bytes.h"
#include "base/check.h"
#include "base/text.h"

enum {
    DMA_ERROR = 1,
    DMA_READ = 2,
    DMA_SKIP = 4,
    DMA_SELECT = 8,
    DMA_WRITE = 16,
    DMA_CHUNK_BYTES = PHYS_PAGE_BYTES,
};

static const struct field fwcfg_fields[] = {
    FIELD(struct fwcfg_state, key),
    FIELD(struct fwcfg_state, offset),
    FIELD(struct fwcfg_state, dma_high),
};
static const struct field_table fwcfg_table =
    FIELD_TABLE("fwcfg", 1, struct fwcfg_state, fwcfg_fields);

static u32 swap32(u32 v)
{
    return v >> 24 | (v >> 8 & 0xFF00) | (v << 8 & 0xFF0000) | v << 24;
}

static struct fwcfg_item *find_key(struct fwcfg *f, u16 key)
{
    for (unsigned n = 0; n < f->item_count; n++) {
        if (f->items[n].key == key) {
            return &f->items[n];
        }
    }
    return NULL;
}

static void select_item(struct fwcfg *f, u16 key)
{
    f->s.key = key;
    f->s.offset = 0;
}

// The rest of the selected item from the present position on.
static u32 rest_of_item(struct fwcfg *f, const u8 **bytes)
{
    const struct fwcfg_item *item = find_key(f, f->s.key);
    if (!item || f->s.offset >= item->size_bytes) {
        *bytes = NULL;
        return 0;
    }
    *bytes = item->data + f->s.offset;
    return item->size_bytes - f->s.offset;
}

static void advance(struct fwcfg *f, u32 size_bytes)
{
    u32 room = UINT32_MAX - f->s.offset;
    f->s.offset += size_bytes < room ? size_bytes : room;
}

static u32 port_read(void *owner, unsigned offset, unsigned size_bytes)
{
    struct fwcfg *f = owner;
    const u8 *bytes;
    if (offset != 1 || size_bytes != 1) {
        return 0;
    }
    u32 value = rest_of_item(f, &bytes) ? bytes[0] : 0;
    advance(f, 1);
    return value;
}

static void port_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    if (offset == 0 && size_bytes == 2) {
        select_item(owner, (u16)value);
    }
}

// --- DMA ---

static u32 smaller(u32 a, u32 b)
{
    return a < b ? a : b;
}

// The item's bytes, and zeros after its end. False: it met something that is no memory. There it
// ends, so that no guest can keep us busy with 4 GiB of nothing.
static bool dma_read_item(struct fwcfg *f, u64 address, u32 length)
{
    static const u8 zeros[DMA_CHUNK_BYTES];
    const u8 *bytes;
    u32 have = rest_of_item(f, &bytes);
    advance(f, length);
    for (u32 done = 0, part; done < length; done += part) {
        u64 to = address + done;
        if (!phys_find_unmasked(f->phys, to)->write_memory) {
            return false;
        }
        part = smaller(length - done, DMA_CHUNK_BYTES - (u32)(to % DMA_CHUNK_BYTES));
        if (done < have) {
            part = smaller(part, have - done);
            phys_write(f->phys, to, bytes + done, part);
        } else {
            phys_write(f->phys, to, zeros, part);
        }
    }
    return true;
}

static void dma_run(struct fwcfg *f, u64 descriptor)
{
    u8 d[16];
    phys_read(f->phys, descriptor, d, sizeof d);
    u32 control = swap32(load_le32(d)), length = swap32(load_le32(d + 4));
    u64 address = (u64)swap32(load_le32(d + 8)) << 32 | swap32(load_le32(d + 12));
    u32 result = 0;
    if (control & DMA_SELECT) {
        select_item(f, (u16)(control >> 16));
    }
    if (control & DMA_READ) {
        result = dma_read_item(f, address, length) ? 0 : DMA_ERROR;
    } else if (control & DMA_WRITE) {
        result = DMA_ERROR;
    } else if (control & DMA_SKIP) {
        advance(f, length);
    }
    store_le32(d, swap32(result));
    phys_write(f->phys, descriptor, d, 4);
}

static u32 dma_port_read(void *owner, unsigned offset, unsigned size_bytes)
{
    (void)owner;
    static const u8 signature[8] = {'Q', 'E', 'M', 'U', ' ', 'C', 'F', 'G'};
    u32 value = 0;
    memcpy(&value, signature + offset, size_bytes);
    return value;
}

static void dma_port_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    struct fwcfg *f = owner;
    if (size_bytes != 4) {
        return;
    }
    if (offset == 0) {
        f->s.dma_high = swap32(value);
    } else if (offset == 4) {
        u64 descriptor = (u64)f->s.dma_high << 32 | swap32(value);
        f->s.dma_high = 0;
        dma_run(f, descriptor);
    }
}

// --- items ---

void fwcfg_add_bytes(struct fwcfg *f, u16 key, const void *data, u32 size_bytes)
{
    struct fwcfg_item *item = find_key(f, key);
    if (!item) {
        CHECK(f->item_count < FWCFG_MAX_ITEMS);
        item = &f->items[f->item_count++];
        item->key = key;
    }
    item->data = data;
    item->size_bytes = size_bytes;
}

// Copies a value; `old`, which it replaces if not NULL, gives its place if that is large enough.
static const void *store(struct fwcfg *f, const struct fwcfg_item *old, const void *data,
                         u32 size_bytes)
{
    size_t at = old ? (size_t)((uintptr_t)old->data - (uintptr_t)f->storage) : f->storage_used;
    if (at >= f->storage_used || old->size_bytes < size_bytes) {
        CHECK(size_bytes <= FWCFG_STORAGE_BYTES - f->storage_used);
        at = f->storage_used;
        f->storage_used += size_bytes;
    }
    u8 *to = f->storage + at;
    memcpy(to, data, size_bytes);
    return to;
}

static void add_value(struct fwcfg *f, u16 key, const void *value, u32 size_bytes)
{
    fwcfg_add_bytes(f, key, store(f, find_key(f, key), value, size_bytes), size_bytes);
}

void fwcfg_add_u16(struct fwcfg *f, u16 key, u16 value)
{
    add_value(f, key, &value, sizeof value);
}

void fwcfg_add_u32(struct fwcfg *f, u16 key, u32 value)
{
    add_value(f, key, &value, sizeof value);
}

void fwcfg_add_u64(struct fwcfg *f, u16 key, u64 value)
{
    add_value(f, key, &value, sizeof value);
}

// Number of the file with that name; file_count if there is none.
static unsigned find_file(const struct fwcfg *f, const char *name)
{
    size_t bytes = text_length(name) + 1;
    unsigned n = 0;
    CHECK(bytes <= FWCFG_NAME_BYTES);
    while (n < f->file_count && memcmp(f->directory + 4 + 64 * n + 8, name, bytes) != 0) {
        n++;
    }
    return n;
}

void fwcfg_add_file(struct fwcfg *f, const char *name, const void *data, u32 size_bytes)
{
    unsigned n = find_file(f, name);
    u8 *entry = f->directory + 4 + 64 * n;
    u16 key = (u16)(FWCFG_FILE_FIRST + n);
    CHECK(n < FWCFG_MAX_FILES);
    store_le32(entry, swap32(size_bytes));
    store_le16(entry + 4, (u16)(key << 8 | key >> 8));
    memcpy(entry + 8, name, text_length(name));
    if (n == f->file_count) {
        f->file_count++;
        store_le32(f->directory, swap32(f->file_count));
    }
    fwcfg_add_bytes(f, key, data, size_bytes);
    fwcfg_add_bytes(f, FWCFG_FILE_DIR, f->directory, 4 + 64 * f->file_count);
}

void fwcfg_add_file_copy(struct fwcfg *f, const char *name, const void *data, u32 size_bytes)
{
    fwcfg_add_file(f, name, store(f, NULL, data, size_bytes), size_bytes);
}

static void fwcfg_reset(void *owner)
{
    struct fwcfg *f = owner;
    f->s = (struct fwcfg_state){0};
}

void fwcfg_init(struct fwcfg *f, struct ports *ports, struct phys *phys)
{
    memset(f, 0, sizeof *f);
    dev_init(&f->dev, "fwcfg", &fwcfg_table, &f->s, f, fwcfg_reset, NULL);
    f->phys = phys;
    ports_map(ports, 0x510, 2, 2, port_read, port_write, f, "fw_cfg");
    ports_map(ports, 0x514, 8, 4, dma_port_read, dma_port_write, f, "fw_cfg dma");
    fwcfg_add_bytes(f, FWCFG_SIGNATURE, "QEMU", 4);
    fwcfg_add_u32(f, FWCFG_ID, 3); // the ports and DMA
    fwcfg_add_bytes(f, FWCFG_FILE_DIR, f->directory, 4);
}
