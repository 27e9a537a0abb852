// Colours that change while the beam is inside the picture ("raster bars", skies of many shades, a
// panel with a palette of its own): which entries of the DAC were written, and on which lines.
//
// Two pictures in a row must have such changes: then they are an effect, and what is drawn is the
// last whole picture. A palette loaded once, at any time, shows at once in all of it. This is no
// part of the state: it is about what was to be seen.
//
// Not implemented: changes within a line (they count from the nearest line's beginning), changes of
// other registers, and of the DAC's mask.
#include "base/digest.h"
#include "dev/vga_impl.h"

#include <string.h>

void vga_raster_forget(struct vga *v)
{
    v->raster[0].count = v->raster[1].count = 0;
}

void vga_raster_note(struct vga *v, u8 entry, const u8 colour[3])
{
    if (vga_dispi_is_on(v)) { // whose beam is made up
        return;
    }
    struct vga_beam beam = vga_beam(v);
    if (beam.line >= beam.shown_lines) {
        return;
    }
    struct vga_raster *r = &v->raster[v->raster_now];
    if (r->count == 0 || r->picture != beam.picture) {
        v->raster_now ^= 1;
        r = &v->raster[v->raster_now];
        r->picture = beam.picture;
        r->count = 0;
        memcpy(r->dac, v->s.dac, sizeof r->dac);
    }
    if (r->count < VGA_RASTER_CHANGES) {
        struct vga_raster_change *change = &r->changes[r->count++];
        change->line = (u16)beam.line;
        change->entry = entry;
        memcpy(change->colour, colour, sizeof change->colour);
    }
}

const struct vga_raster *vga_raster_shown(const struct vga *v)
{
    const struct vga_raster *now = &v->raster[v->raster_now], *before = &v->raster[!v->raster_now];
    if (now->count == 0 || before->count == 0 || vga_dispi_is_on(v) ||
        before->picture + 1 != now->picture) {
        return NULL;
    }
    u64 picture = vga_beam(v).picture;
    return now->picture == picture ? before : now->picture + 1 == picture ? now : NULL;
}

u64 vga_raster_digest(const struct vga_raster *r)
{
    struct digest d;
    digest_init(&d);
    digest_add(&d, r->dac, sizeof r->dac);
    digest_add(&d, r->changes, r->count * sizeof r->changes[0]);
    return digest_end(&d);
}

// Colours whose number becomes the entry's by the mask.
static void set_colour(const struct vga *v, const struct vga_raster_change *change,
                       struct vga_picture *p)
{
    u32 colour = vga_colour(v, change->colour);
    if (v->s.dac_mask == 0xFF) {
        p->colours[change->entry] = colour;
        return;
    }
    for (unsigned n = 0; n < VGA_COLOURS; n++) {
        if ((n & v->s.dac_mask) == change->entry) {
            p->colours[n] = colour;
        }
    }
}

u32 vga_raster_apply(const struct vga *v, const struct vga_raster *r, u32 next, u32 line,
                     struct vga_picture *p)
{
    for (; next < r->count && r->changes[next].line <= line; next++) {
        set_colour(v, &r->changes[next], p);
    }
    return next;
}
