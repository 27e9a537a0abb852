// The Bochs display extension: modes beyond VGA by writing their size. Ports 1CEh (index) and 1CFh
// (data, 16 bits). [DISPI]
//
//     0 id B0C0h-B0C5h | 1 width | 2 height | 3 bits per pixel | 4 enable | 5 bank of 64 KiB
//     6 virtual width | 7 virtual height | 8 x offset | 9 y offset | Ah memory in 64 KiB
//
// Size and depth are taken while the extension is off, everything else at any time. Enable: bit 0
// on, 1 reads show the largest values, 4 banks of 32 KiB, 5 DAC of 8 bits, 6 linear frame buffer
// (it is always there), 7 memory is not cleared.
#include "base/bytes.h"
#include "dev/vga_impl.h"

enum {
    NEWEST_ID = 0xB0C5,
    OLDEST_ID = 0xB0C0,
    MAX_WIDTH = 2560,
    MAX_HEIGHT = 1600,
    MAX_BITS = 32,
};

void vga_dispi_reset(struct vga *v)
{
    memset(v->s.dispi, 0, sizeof v->s.dispi);
    v->s.dispi_index = 0;
    v->s.dispi[DISPI_ID] = NEWEST_ID;
    v->s.dispi[DISPI_BPP] = 8;
    v->s.dispi[DISPI_MEMORY_64K] = (u16)(v->vram_bytes >> 16);
}

static u32 bits_of_line(const u16 *d, u32 width)
{
    u32 bits = d[DISPI_BPP] == 15 ? 16 : d[DISPI_BPP];
    return width * bits;
}

static bool is_mode_possible(const struct vga *v)
{
    const u16 *d = v->s.dispi;
    u64 bytes = (u64)bits_of_line(d, d[DISPI_XRES]) / 8 * d[DISPI_YRES];
    return d[DISPI_XRES] && d[DISPI_YRES] && bytes <= v->vram_bytes;
}

// The virtual screen is as wide as asked for and as high as memory allows.
static void set_virtual_width(struct vga *v, u32 width)
{
    u16 *d = v->s.dispi;
    u32 bits = bits_of_line(d, width);
    if (bits < 8 || width < d[DISPI_XRES]) {
        return;
    }
    u32 height = v->vram_bytes / (bits / 8);
    if (height < d[DISPI_YRES]) {
        return;
    }
    d[DISPI_VIRT_WIDTH] = (u16)width;
    d[DISPI_VIRT_HEIGHT] = (u16)(height < 0xFFFF ? height : 0xFFFF);
}

// The VGA registers as firmware that knows nothing of a VGA needs them: graphics, 64 KiB at A0000h,
// and the screen's bytes as they are written.
static void open_window(struct vga *v)
{
    struct vga_state *s = &v->s;
    s->graphics[GC_MISC] = (u8)((s->graphics[GC_MISC] & ~0x0E) | 0x05);
    s->graphics[GC_MODE] = (u8)(s->graphics[GC_MODE] & ~(GC_MODE_ODD_EVEN | GC_MODE_CGA));
    s->sequencer[SEQ_MEMORY] |= MEMORY_NOT_ODD_EVEN;
    if (s->dispi[DISPI_BPP] == 4) {
        s->sequencer[SEQ_MEMORY] = (u8)(s->sequencer[SEQ_MEMORY] & ~MEMORY_CHAIN_4);
    } else {
        s->sequencer[SEQ_MEMORY] |= MEMORY_CHAIN_4;
        s->sequencer[SEQ_MAP_MASK] = 0x0F;
    }
}

static void clear_screen(struct vga *v)
{
    const u16 *d = v->s.dispi;
    memset(v->vram, 0, (size_t)bits_of_line(d, d[DISPI_XRES]) / 8 * d[DISPI_YRES]);
    vga_memory_changed(v);
}

// False: impossible, and the extension stays off.
static bool switch_on(struct vga *v, bool wants_clear)
{
    u16 *d = v->s.dispi;
    if (!is_mode_possible(v)) {
        log_guest(v->log, "vga: a mode of %ux%ux%u does not fit", (unsigned)d[DISPI_XRES],
                  (unsigned)d[DISPI_YRES], (unsigned)d[DISPI_BPP]);
        return false;
    }
    d[DISPI_VIRT_WIDTH] = d[DISPI_X_OFFSET] = d[DISPI_Y_OFFSET] = d[DISPI_BANK] = 0;
    set_virtual_width(v, d[DISPI_XRES]);
    open_window(v);
    if (wants_clear) {
        clear_screen(v);
    }
    return true;
}

static void write_enable(struct vga *v, u16 value)
{
    u16 *d = v->s.dispi;
    if (!(value & DISPI_ENABLED)) {
        d[DISPI_BANK] = 0;
    } else if (!vga_dispi_is_on(v) && !switch_on(v, !(value & DISPI_NOCLEARMEM))) {
        return;
    }
    vga_timing_changes(v);
    d[DISPI_ENABLE] = value;
    vga_timing_changed(v);
    vga_access_changed(v);
}

// A bank past the end of memory is not taken.
static void write_bank(struct vga *v, u16 value)
{
    u16 *d = v->s.dispi;
    if (((u32)value << vga_bank_shift(v)) < v->vram_bytes) {
        d[DISPI_BANK] = value;
        vga_access_changed(v);
    }
}

static bool is_depth(u16 bits)
{
    return bits == 4 || bits == 8 || bits == 15 || bits == 16 || bits == 24 || bits == 32;
}

void vga_dispi_make_valid(struct vga *v)
{
    const u16 *d = v->s.dispi;
    bool is_size_good = d[DISPI_XRES] <= MAX_WIDTH && d[DISPI_XRES] % 8 == 0 &&
                        d[DISPI_YRES] <= MAX_HEIGHT && is_depth(d[DISPI_BPP]);
    bool is_mode_good = !vga_dispi_is_on(v) || is_mode_possible(v);
    bool is_bank_good = ((u32)d[DISPI_BANK] << vga_bank_shift(v)) < v->vram_bytes;
    if (!is_size_good || !is_mode_good || !is_bank_good) {
        vga_dispi_reset(v);
    }
}

static void write_register(struct vga *v, u16 value)
{
    u16 *d = v->s.dispi;
    bool is_enabled = vga_dispi_is_on(v);
    switch ((enum vga_dispi)v->s.dispi_index) {
    case DISPI_ID:
        d[DISPI_ID] = value >= OLDEST_ID && value <= NEWEST_ID ? value : d[DISPI_ID];
        break;
    case DISPI_XRES: // size and depth take effect when the mode is enabled
        d[DISPI_XRES] = !is_enabled && value <= MAX_WIDTH ? value & 0xFFF8 : d[DISPI_XRES];
        break;
    case DISPI_YRES:
        d[DISPI_YRES] = !is_enabled && value <= MAX_HEIGHT ? value : d[DISPI_YRES];
        break;
    case DISPI_BPP:
        value = value ? value : 8;
        d[DISPI_BPP] = !is_enabled && is_depth(value) ? value : d[DISPI_BPP];
        break;
    case DISPI_ENABLE: write_enable(v, value); break;
    case DISPI_BANK: write_bank(v, value & 0x1FF); break;
    case DISPI_VIRT_WIDTH: set_virtual_width(v, value); break;
    case DISPI_X_OFFSET:
        d[DISPI_X_OFFSET] =
            value + d[DISPI_XRES] <= d[DISPI_VIRT_WIDTH] ? value : d[DISPI_X_OFFSET];
        break;
    case DISPI_Y_OFFSET:
        d[DISPI_Y_OFFSET] =
            value + d[DISPI_YRES] <= d[DISPI_VIRT_HEIGHT] ? value : d[DISPI_Y_OFFSET];
        break;
    case DISPI_VIRT_HEIGHT: // follows from the width
    case DISPI_MEMORY_64K: break;
    }
}

static u16 read_register(const struct vga *v)
{
    const u16 *d = v->s.dispi;
    unsigned n = v->s.dispi_index;
    if (n >= VGA_DISPI_REGISTERS) {
        return 0;
    }
    if (d[DISPI_ENABLE] & DISPI_GETCAPS) {
        static const u16 most[] = {
            [DISPI_XRES] = MAX_WIDTH, [DISPI_YRES] = MAX_HEIGHT, [DISPI_BPP] = MAX_BITS};
        if (n < COUNT_OF(most) && most[n]) {
            return most[n];
        }
    }
    return d[n];
}

u32 vga_dispi_read(void *owner, unsigned offset, unsigned size_bytes)
{
    const struct vga *v = owner;
    (void)size_bytes;
    return offset == 0 ? v->s.dispi_index : read_register(v);
}

void vga_dispi_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    struct vga *v = owner;
    if (size_bytes != 2) {
        return;
    }
    if (offset == 0) {
        v->s.dispi_index = (u16)value;
    } else {
        write_register(v, (u16)value);
    }
}
