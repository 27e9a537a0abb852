// VGA memory as the processor sees it: A0000h-BFFFFh through the graphics controller.
//
// Three ways to address the groups of four bytes (see vga.h): planar (group = address), odd/even
// (group = address / 2, plane = lowest bit) and chain-4 (group = address / 4, plane = lowest two
// bits). Everything after that is the same for all: latches, set/reset, rotation, logic, bit mask,
// map mask. [VGA] 4, graphics controller
//
// Differs from the real one: there, odd/even and chain-4 leave the lowest address bits 0 instead of
// shifting them out, which shows only to programs that write in one mode and read in another.
#include "base/bits.h"
#include "base/bytes.h"
#include "dev/vga.h"

enum {
    GC_SET_RESET = 0,
    GC_ENABLE_SET_RESET = 1,
    GC_COLOUR_COMPARE = 2,
    GC_ROTATE = 3,
    GC_READ_MAP = 4,
    GC_MODE = 5,
    GC_MISC = 6,
    GC_COLOUR_CARE = 7,
    GC_BIT_MASK = 8,

    SEQ_MAP_MASK = 2,
    SEQ_MEMORY = 4,
    MEMORY_NOT_ODD_EVEN = 4,
    MEMORY_CHAIN_4 = 8,
};

// A byte of ones for each plane whose bit is set.
static const u32 expand[16] = {
    0x00000000, 0x000000FF, 0x0000FF00, 0x0000FFFF, 0x00FF0000, 0x00FF00FF, 0x00FFFF00, 0x00FFFFFF,
    0xFF000000, 0xFF0000FF, 0xFF00FF00, 0xFF00FFFF, 0xFFFF0000, 0xFFFF00FF, 0xFFFFFF00, 0xFFFFFFFF,
};

struct place {
    u32 group; // byte offset of the group in video memory
    u8 planes; // that the address reaches
    u8 plane;  // the one that is read
};

// Offset into the mapped part of the window, or UINT32_MAX outside of it. GC 06h, bits 3..2
static u32 address_of(const struct vga *v, u32 offset)
{
    static const struct {
        u32 first, size_bytes;
    } maps[4] = {{0, 0x20000}, {0, 0x10000}, {0x10000, 0x8000}, {0x18000, 0x8000}};
    unsigned map = v->s.graphics[GC_MISC] >> 2 & 3;
    offset -= maps[map].first; // wraps below it
    if (offset >= maps[map].size_bytes) {
        return UINT32_MAX;
    }
    return offset + ((u32)v->s.dispi[DISPI_BANK] << 16);
}

static struct place place_of(const struct vga *v, u32 address)
{
    const struct vga_state *s = &v->s;
    u8 memory = s->sequencer[SEQ_MEMORY];
    struct place p;
    if (memory & MEMORY_CHAIN_4) {
        p.group = address & ~3u;
        p.plane = (u8)(address & 3);
        p.planes = (u8)(1 << p.plane);
    } else if (!(memory & MEMORY_NOT_ODD_EVEN)) {
        p.group = (address & ~1u) << 1;
        p.plane = (u8)((s->graphics[GC_READ_MAP] & 2) | (address & 1));
        p.planes = address & 1 ? 0xA : 0x5;
    } else {
        p.group = address << 2;
        p.plane = s->graphics[GC_READ_MAP] & 3;
        p.planes = 0xF;
    }
    p.group &= v->vram_bytes - 1;
    return p;
}

// --- reading ---

// Read mode 1: a bit for each pixel whose colour is the one compared with, in the planes that
// count.
static u8 compare_colours(const struct vga_state *s)
{
    u32 differs =
        (s->latch ^ expand[s->graphics[GC_COLOUR_COMPARE]]) & expand[s->graphics[GC_COLOUR_CARE]];
    differs |= differs >> 16;
    differs |= differs >> 8;
    return (u8)~differs;
}

static u8 read_byte(struct vga *v, u32 offset)
{
    struct vga_state *s = &v->s;
    u32 address = address_of(v, offset);
    if (address == UINT32_MAX) {
        return 0xFF;
    }
    struct place p = place_of(v, address);
    s->latch = load_le32(v->vram + p.group);
    if (s->graphics[GC_MODE] & 8) {
        return compare_colours(s);
    }
    return (u8)(s->latch >> 8 * p.plane);
}

u64 vga_window_read(void *owner, u64 offset, unsigned size_bytes)
{
    u64 value = 0;
    for (unsigned n = 0; n < size_bytes; n++) {
        value |= (u64)read_byte(owner, (u32)offset + n) << 8 * n;
    }
    return value;
}

// --- writing ---

static u8 rotate(u8 value, unsigned count)
{
    return (u8)(value >> count | value << (8 - count));
}

static u32 apply_logic(const struct vga_state *s, u32 value)
{
    switch (s->graphics[GC_ROTATE] >> 3 & 3) {
    case 1: return value & s->latch;
    case 2: return value | s->latch;
    case 3: return value ^ s->latch;
    default: return value;
    }
}

// What the four planes would get of a byte, by write mode. [VGA] graphics mode register
static u32 combine(const struct vga_state *s, u8 byte)
{
    const u8 *g = s->graphics;
    u32 bit_mask = g[GC_BIT_MASK] * 0x01010101u, value;
    u32 set = expand[g[GC_SET_RESET]], enabled = expand[g[GC_ENABLE_SET_RESET]];
    u8 rotated = rotate(byte, g[GC_ROTATE] & 7);
    switch (g[GC_MODE] & 3) {
    case 0: value = apply_logic(s, (rotated * 0x01010101u & ~enabled) | (set & enabled)); break;
    case 1: return s->latch;
    case 2: value = apply_logic(s, expand[byte & 15]); break;
    default:
        bit_mask &= rotated * 0x01010101u;
        value = apply_logic(s, set);
        break;
    }
    return (value & bit_mask) | (s->latch & ~bit_mask);
}

// True if a byte reaches the planes as it is: text, and most of chain-4.
static bool is_plain(const struct vga_state *s)
{
    const u8 *g = s->graphics;
    return g[GC_ENABLE_SET_RESET] == 0 && g[GC_ROTATE] == 0 && (g[GC_MODE] & 3) == 0 &&
           g[GC_BIT_MASK] == 0xFF;
}

static void write_byte(struct vga *v, u32 offset, u8 byte, bool is_plain_write)
{
    const struct vga_state *s = &v->s;
    u32 address = address_of(v, offset);
    if (address == UINT32_MAX) {
        return;
    }
    struct place p = place_of(v, address);
    u32 mask = expand[p.planes & s->sequencer[SEQ_MAP_MASK]];
    u32 value = is_plain_write ? byte * 0x01010101u : combine(s, byte);
    u8 *group = v->vram + p.group;
    store_le32(group, (load_le32(group) & ~mask) | (value & mask));
}

void vga_window_write(void *owner, u64 offset, u64 value, unsigned size_bytes)
{
    struct vga *v = owner;
    bool is_plain_write = is_plain(&v->s);
    for (unsigned n = 0; n < size_bytes; n++) {
        write_byte(v, (u32)offset + n, (u8)(value >> 8 * n), is_plain_write);
    }
}
