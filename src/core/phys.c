#include "core/phys.h"
#include "base/bits.h"
#include "base/bytes.h"
#include "base/check.h"

#define PAGE_MASK (PHYS_PAGE_BYTES - 1ull)
#define A20_BIT   (1ull << 20)

enum { BOUNDS_MAX = 2 * PHYS_MAX_REGIONS + 1 };

static const struct phys_region nothing = {
    .name = "nothing",
    .is_enabled = true,
    .width_bytes = 8,
};

static u64 all_ones(unsigned size_bytes)
{
    return UINT64_MAX >> (64 - 8 * size_bytes);
}

// --- the map ---

void phys_init(struct phys *p, u8 *ram, u64 ram_bytes, u8 *page_flags)
{
    memset(p, 0, sizeof *p);
    p->address_mask = UINT64_MAX;
    p->ram = ram;
    p->ram_bytes = ram_bytes;
    p->page_flags = page_flags;
    memset(p->ones, 0xff, sizeof p->ones);
    phys_update(p);
}

// One past the region's last byte; a region that a guest moved to the very end is cut off there.
static u64 end_of(const struct phys_region *r)
{
    u64 end = r->base + r->size_bytes;
    return end < r->base ? UINT64_MAX : end;
}

// Inserts into a sorted list without duplicates.
static unsigned insert_bound(u64 *bounds, unsigned count, u64 bound)
{
    unsigned at = count;
    while (at > 0 && bounds[at - 1] > bound) {
        at--;
    }
    if (at > 0 && bounds[at - 1] == bound) {
        return count;
    }
    memmove(bounds + at + 1, bounds + at, (count - at) * sizeof *bounds);
    bounds[at] = bound;
    return count + 1;
}

// Every address at which the answer may change, the first being 0.
static unsigned collect_bounds(const struct phys *p, u64 *bounds)
{
    bounds[0] = 0;
    unsigned count = 1;
    for (unsigned n = 0; n < p->region_count; n++) {
        const struct phys_region *r = &p->regions[n];
        CHECK(((r->base | r->size_bytes) & PAGE_MASK) == 0);
        if (r->is_enabled && r->size_bytes > 0) {
            count = insert_bound(bounds, count, r->base);
            count = insert_bound(bounds, count, end_of(r));
        }
    }
    return count;
}

static struct phys_region *topmost(struct phys *p, u64 address)
{
    for (unsigned n = p->region_count; n-- > 0;) {
        struct phys_region *r = &p->regions[n];
        if (r->is_enabled && address >= r->base && address < end_of(r)) {
            return r;
        }
    }
    return NULL;
}

static const struct phys_region *search_spans(const struct phys *p, u64 address)
{
    unsigned low = 0, high = p->span_count; // the spans cover every address: 0 is in spans[0]
    while (high - low > 1) {
        unsigned middle = (low + high) / 2;
        if (p->spans[middle].base <= address) {
            low = middle;
        } else {
            high = middle;
        }
    }
    const struct phys_region *r = p->spans[low].region;
    return r ? r : &nothing;
}

static void list_low_pages(struct phys *p)
{
    for (unsigned n = 0; n < PHYS_LOW_PAGES; n++) {
        p->low[n] = search_spans(p, (u64)n * PHYS_PAGE_BYTES);
    }
}

void phys_update(struct phys *p)
{
    _Static_assert(COUNT_OF(p->spans) >= BOUNDS_MAX, "one span may begin at each bound");
    u64 bounds[BOUNDS_MAX];
    unsigned bound_count = collect_bounds(p, bounds);
    p->span_count = 0;
    for (unsigned n = 0; n < bound_count; n++) {
        struct phys_region *r = topmost(p, bounds[n]);
        u64 end = n + 1 < bound_count ? bounds[n + 1] : UINT64_MAX;
        if (p->span_count > 0 && p->spans[p->span_count - 1].region == r) {
            p->spans[p->span_count - 1].end = end;
        } else {
            p->spans[p->span_count++] = (struct phys_span){bounds[n], end, r};
        }
    }
    list_low_pages(p);
    if (p->changed) {
        p->changed(p->owner);
    }
}

static struct phys_region *map(struct phys *p, struct phys_region region)
{
    CHECK(p->region_count < PHYS_MAX_REGIONS);
    struct phys_region *r = &p->regions[p->region_count++];
    *r = region;
    phys_update(p);
    return r;
}

struct phys_region *phys_map_ram(struct phys *p, u64 base, u64 size_bytes, u8 *memory,
                                 const char *name)
{
    return map(p, (struct phys_region){
                      .name = name,
                      .base = base,
                      .size_bytes = size_bytes,
                      .is_enabled = true,
                      .read_memory = memory,
                      .write_memory = memory,
                      .width_bytes = 8,
                  });
}

struct phys_region *phys_map_rom(struct phys *p, u64 base, u64 size_bytes, u8 *memory,
                                 const char *name)
{
    return map(p, (struct phys_region){
                      .name = name,
                      .base = base,
                      .size_bytes = size_bytes,
                      .is_enabled = true,
                      .read_memory = memory,
                      .width_bytes = 8,
                  });
}

struct phys_region *phys_map_mmio(struct phys *p, u64 base, u64 size_bytes, unsigned width_bytes,
                                  mmio_read_fn *read, mmio_write_fn *write, void *owner,
                                  const char *name)
{
    CHECK(is_power_of_2(width_bytes) && width_bytes <= 8);
    return map(p, (struct phys_region){
                      .name = name,
                      .base = base,
                      .size_bytes = size_bytes,
                      .is_enabled = true,
                      .read = read,
                      .write = write,
                      .owner = owner,
                      .width_bytes = width_bytes,
                  });
}

void phys_set_a20(struct phys *p, bool is_open)
{
    u64 mask = is_open ? UINT64_MAX : ~A20_BIT;
    if (mask == p->address_mask) {
        return;
    }
    p->address_mask = mask;
    if (p->changed) {
        p->changed(p->owner);
    }
}

void phys_refresh(struct phys *p, const struct phys_region *r)
{
    if (p->refreshed && r->is_enabled) {
        p->refreshed(p->owner, r->base, r->size_bytes);
    }
}

const struct phys_region *phys_find_unmasked(const struct phys *p, u64 address)
{
    u64 page = address / PHYS_PAGE_BYTES;
    return LIKELY(page < PHYS_LOW_PAGES) ? p->low[page] : search_spans(p, address);
}

const struct phys_region *phys_find(const struct phys *p, u64 address)
{
    return phys_find_unmasked(p, address & p->address_mask);
}

static u8 *page_of(u8 *memory, const struct phys_region *r, u64 address)
{
    return memory + ((address & ~PAGE_MASK) - r->base);
}

u8 *phys_page_read(struct phys *p, const struct phys_region *r, u64 address)
{
    return r->read_memory ? page_of(r->read_memory, r, address) : r->read ? NULL : p->ones;
}

u8 *phys_page_written(struct phys *p, const struct phys_region *r, u64 address)
{
    return r->write_memory ? page_of(r->write_memory, r, address) : r->write ? NULL : p->lost;
}

// --- registers ---

static u64 read_register(const struct phys_region *r, u64 offset, unsigned size_bytes)
{
    if (!r->read) {
        return all_ones(size_bytes);
    }
    if (size_bytes <= r->width_bytes) {
        return r->read(r->owner, offset, size_bytes) & all_ones(size_bytes);
    }
    unsigned half = size_bytes / 2;
    u64 low = read_register(r, offset, half);
    u64 high = read_register(r, offset + half, half);
    return low | high << (8 * half);
}

u64 phys_mmio_read(struct phys *p, const struct phys_region *r, u64 address, unsigned size_bytes)
{
    CHECK(!r->read_memory);
    p->read_count++;
    return read_register(r, (address & p->address_mask) - r->base, size_bytes);
}

static void write_register(const struct phys_region *r, u64 offset, u64 value, unsigned size_bytes)
{
    if (!r->write) {
        return;
    }
    if (size_bytes <= r->width_bytes) {
        r->write(r->owner, offset, value & all_ones(size_bytes), size_bytes);
        return;
    }
    unsigned half = size_bytes / 2;
    write_register(r, offset, value, half);
    write_register(r, offset + half, value >> (8 * half), half);
}

void phys_mmio_write(struct phys *p, const struct phys_region *r, u64 address, u64 value,
                     unsigned size_bytes)
{
    CHECK(!r->write_memory);
    p->write_count++;
    write_register(r, (address & p->address_mask) - r->base, value, size_bytes);
}

// --- accesses of any size ---

// The largest register access that is aligned and no longer than what is left.
static unsigned register_bytes(u64 address, size_t left)
{
    unsigned size = 8;
    while (size > left || (address & (size - 1)) != 0) {
        size /= 2;
    }
    return size;
}

// What of an access is in the page of `address`.
static size_t part_in_page(u64 address, u64 left)
{
    return (size_t)min_u64(left, PHYS_PAGE_BYTES - (address & PAGE_MASK));
}

static void read_registers(struct phys *p, const struct phys_region *r, u64 address, u8 *to,
                           size_t left)
{
    while (left > 0) {
        unsigned size = register_bytes(address, left);
        p->read_count++;
        u64 value = read_register(r, address - r->base, size);
        memcpy(to, &value, size);
        address += size;
        to += size;
        left -= size;
    }
}

void phys_read(struct phys *p, u64 address, void *to, u64 size_bytes)
{
    u8 *bytes = to;
    while (size_bytes > 0) {
        size_t part = part_in_page(address, size_bytes);
        const struct phys_region *r = phys_find_unmasked(p, address);
        if (r->read_memory) {
            memcpy(bytes, r->read_memory + (address - r->base), part);
        } else {
            read_registers(p, r, address, bytes, part);
        }
        address += part;
        bytes += part;
        size_bytes -= part;
    }
}

// `address` and `to` are the same place, seen by the guest and by us; within one page.
static void write_memory(struct phys *p, u64 address, u8 *to, const u8 *from, size_t size_bytes)
{
    memcpy(to, from, size_bytes);
    // As integers: `to` may belong to another object (a frame buffer, say).
    uintptr_t offset = (uintptr_t)to - (uintptr_t)p->ram;
    if (p->page_flags && (uintptr_t)to >= (uintptr_t)p->ram && offset < p->ram_bytes &&
        (p->page_flags[offset / PHYS_PAGE_BYTES] & PHYS_PAGE_CODE) && p->code_written) {
        p->code_written(p->owner, address, size_bytes);
    }
}

static void write_registers(struct phys *p, const struct phys_region *r, u64 address,
                            const u8 *from, size_t left)
{
    while (left > 0) {
        unsigned size = register_bytes(address, left);
        u64 value = 0;
        memcpy(&value, from, size);
        p->write_count++;
        write_register(r, address - r->base, value, size);
        address += size;
        from += size;
        left -= size;
    }
}

void phys_write(struct phys *p, u64 address, const void *from, u64 size_bytes)
{
    const u8 *bytes = from;
    while (size_bytes > 0) {
        size_t part = part_in_page(address, size_bytes);
        const struct phys_region *r = phys_find_unmasked(p, address);
        if (r->write_memory) {
            phys_note_write(r, address);
            write_memory(p, address, r->write_memory + (address - r->base), bytes, part);
        } else {
            write_registers(p, r, address, bytes, part);
        }
        address += part;
        bytes += part;
        size_bytes -= part;
    }
}
