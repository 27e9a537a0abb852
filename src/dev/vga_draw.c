// Keeps pictures of the screen up to date.
//
// What has changed is found without the guest's help: the registers are worked out into a `struct
// vga_picture`, which is compared with the last one; and pages of video memory that were written
// since the last look lost their `unwritten` mark. Both are stamped with a number that grows, so
// that any number of pictures can follow, each knowing up to which number it has.
//
// All lines are drawn with the registers of one moment, but for the DAC's colours (vga_raster.c).
#include "dev/vga_impl.h"
#include "vitrine/vitrine.h"

#include <string.h>

_Static_assert((int)VGA_LINE_PIXELS == (int)VT_SCREEN_MAX_WIDTH, "the longest line");

enum {
    LINE_ROOM = VGA_LINE_PIXELS + 32, // one more character, where a line is panned
    VGA_OWN_PAGES = 0x40000 / PHYS_PAGE_BYTES,
};

void vga_memory_changed(struct vga *v)
{
    memset(v->unwritten, 0, sizeof v->unwritten);
}

// --- what is new ---

static bool stamp_pages(struct vga *v, u64 generation)
{
    u32 count = v->vram_bytes / PHYS_PAGE_BYTES;
    bool is_any = false;
    for (u32 n = 0; n < count; n++) {
        if (!v->unwritten[n]) {
            v->unwritten[n] = 1;
            v->page_generation[n] = generation;
            is_any = true;
        }
    }
    return is_any;
}

static void look(struct vga *v)
{
    struct vga_picture picture;
    u64 next = v->generation + 1;
    vga_look(v, &picture);
    if (stamp_pages(v, next)) {
        v->generation = next;
        phys_refresh(v->phys, v->linear);
        phys_refresh(v->phys, v->window[0]);
    }
    if (memcmp(&picture, &v->picture, sizeof picture) != 0) {
        v->picture = picture;
        v->generation = v->picture_generation = next;
    }
}

// Whether any byte of a run has been written after `seen`.
static bool is_memory_new(const struct vga *v, u32 first, u32 bytes, u64 seen)
{
    u32 mask = v->vram_bytes / PHYS_PAGE_BYTES - 1;
    for (u32 n = first / PHYS_PAGE_BYTES; n <= (first + bytes - 1) / PHYS_PAGE_BYTES; n++) {
        if (v->page_generation[n & mask] > seen) {
            return true;
        }
    }
    return false;
}

// --- lines ---

static void put_line(struct vt_screen *screen, unsigned line, const u32 *pixels)
{
    uint32_t *to = screen->pixels + (size_t)line * screen->width;
    size_t bytes = screen->width * sizeof *to;
    if (memcmp(to, pixels, bytes) == 0 && !screen->is_line_changed[line]) {
        return;
    }
    memcpy(to, pixels, bytes);
    screen->is_line_changed[line] = true;
}

static void fill_line(u32 *pixels, u32 width, u32 colour)
{
    for (u32 n = 0; n < width; n++) {
        pixels[n] = colour;
    }
}

static void draw_linear(const struct vga *v, struct vt_screen *screen, bool is_all)
{
    const struct vga_picture *p = &v->picture;
    u32 pixels[LINE_ROOM];
    for (u32 line = 0; line < p->height; line++) {
        u32 first = p->first_byte + line * p->pitch_bytes;
        if (is_all || is_memory_new(v, first & (v->vram_bytes - 1), p->width * ((p->bits + 7) / 8),
                                    screen->seen)) {
            vga_draw_linear_line(v, p, line, pixels);
            put_line(screen, line, pixels);
        }
    }
}

// The CRTC's vertical counters. [VGA] CRTC 08h, 09h, 18h; attribute 10h bit 5
static void next_line(const struct vga_picture *p, struct vga_line *line, u32 y, u32 *repeat)
{
    if (y == p->split_line) {
        line->address = p->split_start;
        line->scan = 0;
        line->pan = p->split_pan;
        *repeat = 0;
    } else if (++*repeat == p->repeats) {
        *repeat = 0;
        if (line->scan == p->last_scan) {
            line->scan = 0;
            line->address += p->pitch;
        } else {
            line->scan = (line->scan + 1) & 31;
        }
    }
}

static void draw_lines(const struct vga *v, struct vt_screen *screen)
{
    const struct vga_raster *raster = v->picture.raster ? vga_raster_shown(v) : NULL;
    struct vga_picture p = v->picture;
    struct vga_line line = {.address = p.start, .scan = p.first_scan, .pan = p.pan};
    u32 pixels[LINE_ROOM], repeat = 0, next = 0;
    fill_line(pixels, p.width, p.border);
    for (u32 y = 0; y < p.height; y++) {
        if (raster) {
            next = vga_raster_apply(v, raster, next, y, &p);
        }
        if (p.kind == VGA_TEXT) {
            vga_draw_text_line(v, &p, line, pixels);
        } else if (p.kind == VGA_DOTS) {
            vga_draw_dots_line(v, &p, line, pixels);
        }
        put_line(screen, y, pixels + line.pan * p.dot_width);
        next_line(&p, &line, y, &repeat);
    }
}

// --- the picture ---

// Takes over the size. True: it is another.
static bool set_size(struct vt_screen *screen, const struct vga_picture *p)
{
    bool is_other = screen->width != p->width || screen->height != p->height;
    screen->width = p->width;
    screen->height = p->height;
    screen->pixel_width = p->pixel_width;
    screen->pixel_height = p->pixel_height;
    screen->is_text = p->kind == VGA_TEXT;
    screen->is_blank = p->kind == VGA_BLANK;
    return is_other;
}

static void find_changed(struct vt_screen *screen)
{
    unsigned first = 0, end = screen->height;
    while (first < end && !screen->is_line_changed[first]) {
        first++;
    }
    while (end > first && !screen->is_line_changed[end - 1]) {
        end--;
    }
    screen->changed_first = first;
    screen->changed_end = end;
}

static void draw(const struct vga *v, struct vt_screen *screen)
{
    const struct vga_picture *p = &v->picture;
    bool is_all = v->picture_generation > screen->seen;
    u32 used = p->kind == VGA_DOTS && p->bits ? v->vram_bytes : VGA_OWN_PAGES * PHYS_PAGE_BYTES;
    if (p->kind == VGA_LINEAR) {
        draw_linear(v, screen, is_all);
    } else if (is_all || (p->kind != VGA_BLANK && is_memory_new(v, 0, used, screen->seen))) {
        draw_lines(v, screen);
    }
}

bool vga_draw(struct vga *v, struct vt_screen *screen)
{
    look(v);
    bool is_new = set_size(screen, &v->picture) || screen->seen == 0;
    memset(screen->is_line_changed, is_new, sizeof screen->is_line_changed);
    screen->changed_first = screen->changed_end = 0;
    if (screen->pixel_capacity < (size_t)screen->width * screen->height) {
        screen->seen = 0;
        return false;
    }
    if (is_new) {
        screen->seen = 0;
    }
    draw(v, screen);
    find_changed(screen);
    screen->seen = v->generation;
    return true;
}
