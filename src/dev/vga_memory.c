// VGA memory as the processor sees it: A0000h-BFFFFh through the graphics controller.
//
// An address chooses a group of four bytes (see struct vga) and planes of it: planar addresses all
// four planes of group n; odd/even has bit 0 choose planes 0 and 2 or 1 and 3 and leaves it 0 in
// the group's number; chain-4 does the same with bits 1 and 0 and all planes. What is written goes
// through rotation, set/reset, logic with the latches, bit mask and map mask. [VGA] 4, graphics
// controller. With the display extension on and more than 4 bits the window shows 64 KiB of memory
// in a row.
//
// Where all this leaves bytes as they are (chain-4 as mode 13h uses it, the extension), the window
// is mapped as memory, and nothing here runs. Reads through that do not fill the latches.
//
// Not implemented: the page bit of odd/even (miscellaneous output 5, or A16 in a window of 128
// KiB), a VGA with 64 KiB (sequencer 4 bit 1).
#include "base/bits.h"
#include "base/bytes.h"
#include "dev/vga_impl.h"

enum vga_layout { LAYOUT_PLANAR, LAYOUT_ODD_EVEN, LAYOUT_CHAIN_4, LAYOUT_LINEAR };

// A byte of ones for each plane whose bit is set.
static const u32 expand[16] = {
    0x00000000, 0x000000FF, 0x0000FF00, 0x0000FFFF, 0x00FF0000, 0x00FF00FF, 0x00FFFF00, 0x00FFFFFF,
    0xFF000000, 0xFF0000FF, 0xFF00FF00, 0xFF00FFFF, 0xFFFF0000, 0xFFFF00FF, 0xFFFFFF00, 0xFFFFFFFF,
};

// --- what the registers say ---

static u32 layout_of(const struct vga *v)
{
    if (vga_dispi_is_on(v)) {
        return v->s.dispi[DISPI_BPP] > 4 ? LAYOUT_LINEAR : LAYOUT_PLANAR;
    }
    if (v->s.sequencer[SEQ_MEMORY] & MEMORY_CHAIN_4) {
        return LAYOUT_CHAIN_4;
    }
    return v->s.graphics[GC_MISC] & GC_MISC_CHAIN ? LAYOUT_ODD_EVEN : LAYOUT_PLANAR;
}

// [VGA] graphics controller 6, bits 3..2
static void find_window(const struct vga *v, struct vga_access *a)
{
    static const struct {
        u32 first, size_bytes;
    } maps[4] = {{0, 0x20000}, {0, 0x10000}, {0x10000, 0x8000}, {0x18000, 0x8000}};
    unsigned map = v->s.graphics[GC_MISC] >> 2 & 3;
    a->first = maps[map].first;
    a->size_bytes = v->s.misc & MISC_RAM_ENABLE && v->s.enable ? maps[map].size_bytes : 0;
}

static bool is_plain(const struct vga_state *s)
{
    const u8 *g = s->graphics;
    return g[GC_ENABLE_SET_RESET] == 0 && g[GC_ROTATE] == 0 && (g[GC_MODE] & 3) == 0 &&
           g[GC_BIT_MASK] == 0xFF;
}

// Whether the window is nothing but memory.
static bool is_memory(const struct vga *v)
{
    const struct vga_access *a = &v->access;
    bool is_transparent = a->layout == LAYOUT_CHAIN_4 && a->is_plain && a->planes == 0xFFFFFFFF &&
                          !(v->s.graphics[GC_MODE] & GC_MODE_READ_1);
    return a->first == 0 && a->size_bytes == VGA_WINDOW_BYTES &&
           (a->layout == LAYOUT_LINEAR || is_transparent);
}

static void map_window(struct vga *v)
{
    struct phys_region *r = v->window[0];
    u32 at = v->access.bank;
    u8 *memory = is_memory(v) && at + VGA_WINDOW_BYTES <= v->vram_bytes ? v->vram + at : NULL;
    if (r->read_memory == memory) {
        return;
    }
    r->read_memory = r->write_memory = memory;
    r->unwritten = memory ? v->unwritten + at / PHYS_PAGE_BYTES : NULL;
    phys_refresh(v->phys, r);
}

void vga_access_changed(struct vga *v)
{
    const struct vga_state *s = &v->s;
    struct vga_access *a = &v->access;
    find_window(v, a);
    a->bank = vga_dispi_is_on(v) ? (u32)s->dispi[DISPI_BANK] << vga_bank_shift(v) : 0;
    a->layout = layout_of(v);
    a->planes = expand[s->sequencer[SEQ_MAP_MASK]];
    a->set = expand[s->graphics[GC_SET_RESET]];
    a->enable_set = expand[s->graphics[GC_ENABLE_SET_RESET]];
    a->bit_mask = s->graphics[GC_BIT_MASK] * 0x01010101u;
    a->is_plain = is_plain(s);
    map_window(v);
}

// --- addresses ---

// The group that an offset into the window, less `first`, chooses.
static u32 group_of(const struct vga *v, u32 offset)
{
    const struct vga_access *a = &v->access;
    u32 mask = vga_dispi_is_on(v) ? UINT32_MAX : 0xFFFF;
    offset += a->bank;
    if (a->layout == LAYOUT_CHAIN_4) {
        offset = (offset & 0xFFFC) | (offset >> 14 & 3); // as doubleword mode shows it
    } else if (a->layout == LAYOUT_ODD_EVEN) {
        offset &= ~1u;
    }
    return vga_group_at(v, offset & mask);
}

static u8 *linear_byte(struct vga *v, u32 offset)
{
    return v->vram + ((v->access.bank + offset) & (v->vram_bytes - 1));
}

static void note_write(struct vga *v, u32 at)
{
    v->unwritten[at / PHYS_PAGE_BYTES] = 0;
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

// The plane that a read shows. [VGA] graphics controller 4; 5 bit 4
static unsigned plane_read(const struct vga *v, u32 offset)
{
    unsigned map = v->s.graphics[GC_READ_MAP] & 3u;
    if (v->access.layout == LAYOUT_CHAIN_4) {
        return offset & 3;
    }
    return v->s.graphics[GC_MODE] & GC_MODE_ODD_EVEN ? (map & 2) | (offset & 1) : map;
}

static u8 read_byte(struct vga *v, u32 offset)
{
    struct vga_state *s = &v->s;
    if (v->access.layout == LAYOUT_LINEAR) {
        return *linear_byte(v, offset);
    }
    s->latch = load_le32(v->vram + group_of(v, offset));
    if (s->graphics[GC_MODE] & GC_MODE_READ_1) {
        return compare_colours(s);
    }
    return (u8)(s->latch >> 8 * plane_read(v, offset));
}

u64 vga_window_read(void *owner, u64 offset64, unsigned size_bytes)
{
    struct vga *v = owner;
    u32 offset = (u32)offset64 - v->access.first; // wraps below it
    u64 value = 0;
    for (unsigned n = 0; n < size_bytes; n++, offset++) {
        u64 byte = offset < v->access.size_bytes ? read_byte(v, offset) : 0xFF;
        value |= byte << 8 * n;
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
static u32 combine(const struct vga *v, u8 byte)
{
    const struct vga_state *s = &v->s;
    const struct vga_access *a = &v->access;
    u32 bit_mask = a->bit_mask, value;
    u32 rotated = rotate(byte, s->graphics[GC_ROTATE] & 7) * 0x01010101u;
    switch (s->graphics[GC_MODE] & 3) {
    case 0: value = apply_logic(s, (rotated & ~a->enable_set) | (a->set & a->enable_set)); break;
    case 1: return s->latch;
    case 2: value = apply_logic(s, expand[byte & 15]); break;
    default:
        bit_mask &= rotated;
        value = apply_logic(s, a->set);
        break;
    }
    return (value & bit_mask) | (s->latch & ~bit_mask);
}

// Planes that a write to this address reaches. [VGA] sequencer 2, 4
static u32 planes_written(const struct vga *v, u32 offset)
{
    if (v->access.layout == LAYOUT_CHAIN_4) {
        return v->access.planes & 0xFFu << 8 * (offset & 3);
    }
    if (!(v->s.sequencer[SEQ_MEMORY] & MEMORY_NOT_ODD_EVEN) && !vga_dispi_is_on(v)) {
        return v->access.planes & (offset & 1 ? 0xFF00FF00 : 0x00FF00FF);
    }
    return v->access.planes;
}

static void write_group(struct vga *v, u32 offset, u32 value)
{
    u32 at = group_of(v, offset), mask = planes_written(v, offset);
    u8 *group = v->vram + at;
    store_le32(group, (load_le32(group) & ~mask) | (value & mask));
    note_write(v, at);
}

static void write_linear(struct vga *v, u32 offset, u8 byte)
{
    u8 *to = linear_byte(v, offset);
    *to = byte;
    note_write(v, (u32)(to - v->vram));
}

void vga_window_write(void *owner, u64 offset64, u64 value, unsigned size_bytes)
{
    struct vga *v = owner;
    u32 offset = (u32)offset64 - v->access.first; // wraps below it
    for (unsigned n = 0; n < size_bytes; n++, offset++) {
        u8 byte = (u8)(value >> 8 * n);
        if (offset >= v->access.size_bytes) {
            continue;
        }
        if (v->access.layout == LAYOUT_LINEAR) {
            write_linear(v, offset, byte);
        } else {
            write_group(v, offset, v->access.is_plain ? byte * 0x01010101u : combine(v, byte));
        }
    }
}
