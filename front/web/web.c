// What JavaScript sees of the library: functions with numbers, over a machine that is being
// configured or runs. web/src/core.ts is the other side; both speak of numbers in the same order.
//
// Here: what every machine has. The rest is in the files beside it, by machine and by matter.
#include "front/web/web_machine.h"

// --- memory ---

void *EXPORT(web_take)(size_t size_bytes)
{
    return wasm_take(size_bytes);
}

void EXPORT(web_give_back)(void *memory, size_t size_bytes)
{
    wasm_give_back(memory, size_bytes);
}

// --- lifetime ---

struct web_machine *EXPORT(web_new)(unsigned number)
{
    struct web_machine *w = wasm_take(sizeof *w);

    if (w) {
        wasm_host_init(&w->host, number);
        w->pc = (struct vt_pc_config){
            .ram_bytes = 256 << 20, .has_vga = true, .serial_port_count = 4, .has_parallel = true};
    }
    return w;
}

void EXPORT(web_destroy)(struct web_machine *w)
{
    vt_destroy(w->vm);
    wasm_give_back(w->screen.pixels, w->screen.pixel_capacity * sizeof *w->screen.pixels);
    wasm_give_back(w->symbols, w->symbol_count * sizeof *w->symbols);
    wasm_give_back(w, sizeof *w);
}

const char *EXPORT(web_status_text)(int status)
{
    return vt_status_text((enum vt_status)status);
}

// --- running ---

unsigned EXPORT(web_run)(struct web_machine *w, double max_instructions, double until_ns)
{
    return web_note_stop(w, vt_run(w->vm, web_limit(max_instructions), web_limit(until_ns)));
}

unsigned EXPORT(web_stop_code)(const struct web_machine *w)
{
    return w->stop.code;
}

double EXPORT(web_instructions)(const struct web_machine *w)
{
    return (double)vt_instructions(w->vm);
}

double EXPORT(web_guest_ns)(const struct web_machine *w)
{
    return (double)vt_guest_ns(w->vm);
}

bool EXPORT(web_is_idle)(const struct web_machine *w)
{
    return vt_is_idle(w->vm);
}

double EXPORT(web_next_event_ns)(const struct web_machine *w)
{
    return (double)vt_next_event_ns(w->vm);
}

void EXPORT(web_reset)(struct web_machine *w)
{
    vt_reset(w->vm);
}

void EXPORT(web_power_button)(struct web_machine *w)
{
    vt_power_button(w->vm);
}

// The digest in two halves: JavaScript's numbers hold 53 bits.
uint32_t EXPORT(web_digest)(struct web_machine *w, bool is_high)
{
    uint64_t digest = vt_digest(w->vm);

    return (uint32_t)(is_high ? digest >> 32 : digest);
}

// --- input ---

size_t EXPORT(web_serial_input)(struct web_machine *w, unsigned uart, const uint8_t *bytes,
                                size_t count)
{
    return vt_serial_input(w->vm, uart, bytes, count);
}

bool EXPORT(web_key)(struct web_machine *w, unsigned key, bool is_pressed)
{
    return vt_key(w->vm, key, is_pressed);
}

unsigned EXPORT(web_key_room)(const struct web_machine *w)
{
    return vt_key_room(w->vm);
}

unsigned EXPORT(web_keys_of_character)(unsigned character, uint32_t *keys)
{
    return vt_keys_of_character((char)character, keys);
}

void EXPORT(web_mouse)(struct web_machine *w, int dx, int dy, int dz, unsigned buttons)
{
    vt_mouse(w->vm, dx, dy, dz, buttons);
}

// --- screen ---

// The picture brought up to date; NULL: there is no room for it.
const uint32_t *EXPORT(web_screen)(struct web_machine *w)
{
    struct vt_screen *s = &w->screen;

    while (!vt_screen_draw(w->vm, s)) {
        size_t wanted = (size_t)s->width * s->height;
        uint32_t *pixels = wasm_take(wanted * sizeof *pixels);

        if (!pixels) {
            return NULL;
        }
        wasm_give_back(s->pixels, s->pixel_capacity * sizeof *s->pixels);
        s->pixels = pixels;
        s->pixel_capacity = wanted;
        s->seen = 0;
    }
    return s->pixels;
}

// what: 0 width, 1 height, 2 and 3 a pixel's shape, 4 first and 5 end of the changed lines, 6 text
// mode, 7 blank.
unsigned EXPORT(web_screen_number)(const struct web_machine *w, unsigned what)
{
    const struct vt_screen *s = &w->screen;
    const unsigned numbers[] = {s->width,         s->height,      s->pixel_width, s->pixel_height,
                                s->changed_first, s->changed_end, s->is_text,     s->is_blank};

    return what < sizeof numbers / sizeof numbers[0] ? numbers[what] : 0;
}

// The text screen: columns | rows << 16, 0: none. The characters of a row are at web_text_row.
unsigned EXPORT(web_text)(struct web_machine *w)
{
    return vt_text_screen(w->vm, &w->text) ? w->text.columns | w->text.rows << 16 : 0;
}

const uint8_t *EXPORT(web_text_row)(const struct web_machine *w, unsigned row)
{
    return row < VT_TEXT_MAX_ROWS ? w->text.characters[row] : NULL;
}
