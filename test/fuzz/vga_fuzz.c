// The VGA alone: any state, any accesses to registers and memory, and what is drawn of it. Memory
// and pictures are exactly as large as they must be, so that sanitizers see a byte beyond. A
// picture that has followed all the way is the same as one that is drawn at the end.
#include "fuzz.h"

#include "dev/vga_impl.h"
#include "vitrine/vitrine.h"

#include <stdlib.h>

enum { VRAM_BYTES = 0x80000, PICTURE_PIXELS_MAX = 300000 };

struct bench {
    struct ports ports;
    struct phys phys;
    struct clock clock;
    struct log log;
    struct vt_host host;
    struct pci pci;
    struct vga vga;
    u8 ram[PHYS_PAGE_BYTES], page_flags[1];
};

static u64 executed(void *cpu)
{
    (void)cpu;
    return 0;
}

static void kick(void *cpu)
{
    (void)cpu;
}

static void set_up(struct bench *b, u8 *vram)
{
    memset(b, 0, sizeof *b);
    b->log.host = &b->host;
    clock_init(&b->clock, 1, 1);
    clock_set_cpu(&b->clock, executed, kick, NULL);
    ports_init(&b->ports);
    phys_init(&b->phys, b->ram, sizeof b->ram, b->page_flags);
    pci_init(&b->pci, &b->ports);
    vga_init(&b->vga, &b->pci, PCI_DEVFN(2, 0), &b->ports, &b->phys, &b->clock, (struct line){0},
             &b->log, vram, VRAM_BYTES, NULL, 0);
    // A small picture that is on, to begin with.
    struct vga_state *s = &b->vga.s;
    s->misc = 0x67;
    s->sequencer[0] = 0x03;
    s->sequencer[SEQ_MAP_MASK] = 0x0F;
    s->graphics[GC_BIT_MASK] = 0xFF;
    s->crtc[CRTC_SHOWN] = 39;
    s->crtc[CRTC_SHOWN_LINES] = 99;
    s->crtc[CRTC_MODE] = 0xA3;
    s->attribute_index = ATTRIBUTE_SCREEN_ON;
    for (unsigned n = 0; n < sizeof s->dac; n++) {
        s->dac[n] = (u8)n & 0x3F;
    }
    b->vga.dev.restored(&b->vga);
}

// A state as a file might have it.
static void load_state(struct bench *b, struct input *in)
{
    static u8 bytes[2 * sizeof(struct vga_state)];
    size_t size = fields_size(b->vga.dev.fields);
    fields_save(b->vga.dev.fields, &b->vga.s, bytes);
    for (unsigned n = take8(in); n > 0; n--) {
        bytes[take16(in) % size] = take8(in);
    }
    fields_load(b->vga.dev.fields, &b->vga.s, bytes);
    b->vga.dev.restored(&b->vga);
}

static void draw(struct bench *b, struct vt_screen *screen)
{
    (void)vga_draw(&b->vga, screen);
    size_t count = (size_t)screen->width * screen->height;
    CLAIM(screen->width <= VT_SCREEN_MAX_WIDTH && screen->height <= VT_SCREEN_MAX_HEIGHT);
    CLAIM(count > 0 && screen->pixel_width > 0 && screen->pixel_height > 0);
    if (count > PICTURE_PIXELS_MAX) {
        return; // too slow
    }
    if (screen->pixel_capacity != count) {
        free(screen->pixels);
        screen->pixels = malloc(count * sizeof *screen->pixels);
        screen->pixel_capacity = screen->pixels ? count : 0;
        screen->seen = 0;
        CLAIM(vga_draw(&b->vga, screen));
    }
}

static void access_memory(struct bench *b, struct input *in)
{
    u8 op = take8(in);
    u64 value = take32(in) * 0x100000001ull;
    u32 address = 0xA0000 + (take32(in) & 0x1FFFF);
    u8 bytes[8];
    if (op & 1) {
        phys_read(&b->phys, address, bytes, 1u << (op >> 1 & 3));
    } else {
        phys_write(&b->phys, address, &value, 1u << (op >> 1 & 3));
    }
}

static void access_port(struct bench *b, struct input *in)
{
    static const u16 pairs[] = {0x3C4, 0x3CE, 0x3D4, 0x3B4, 0x1CE};
    u8 op = take8(in);
    if (op < 0x40) {
        (void)ports_read(&b->ports, (u16)(0x3B0 + op % 0x30), 1);
    } else if (op < 0x60) {
        ports_write(&b->ports, (u16)(0x3B0 + op % 0x30), take8(in), 1);
    } else if (op < 0x80) {
        ports_write(&b->ports, 0x1CE, op % 12, 2);
        ports_write(&b->ports, 0x1CF, take16(in), 2);
    } else {
        ports_write(&b->ports, pairs[op % 4], take16(in), 2);
    }
}

static void step(struct bench *b, struct input *in, struct vt_screen *screen)
{
    static struct vt_text_screen text;
    u8 op = take8(in);
    if (op < 120) {
        access_memory(b, in);
    } else if (op < 235) {
        access_port(b, in);
    } else if (op < 245) {
        clock_skip_to(&b->clock, clock_now_ns(&b->clock) + take32(in) % 40000000);
    } else if (op < 248) {
        load_state(b, in);
    } else if (op < 250) {
        (void)vga_text_screen(&b->vga, &text);
    } else {
        draw(b, screen);
    }
}

static void compare(const struct vt_screen *a, const struct vt_screen *b)
{
    CLAIM(a->width == b->width && a->height == b->height);
    if (a->seen && b->seen && a->pixel_capacity == b->pixel_capacity) {
        CLAIM(memcmp(a->pixels, b->pixels, a->pixel_capacity * sizeof *a->pixels) == 0);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static struct bench b;
    static struct vt_screen follows, fresh;
    struct input in = {data, size};
    u8 *vram = calloc(1, VRAM_BYTES);
    if (!vram) {
        return 0;
    }
    memset(&follows, 0, sizeof follows);
    memset(&fresh, 0, sizeof fresh);
    set_up(&b, vram);
    while (in.left > 0) {
        step(&b, &in, &follows);
    }
    draw(&b, &follows);
    draw(&b, &fresh);
    compare(&follows, &fresh);
    free(follows.pixels);
    free(fresh.pixels);
    free(vram);
    return 0;
}
