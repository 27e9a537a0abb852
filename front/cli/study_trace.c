// --trace: a line for each step, for people or as JSON for programs (vitrine/json.h).
#include "front/cli/study.h"

#include "vitrine/json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 16384 };

struct line {
    char text[LINE_BYTES];
    size_t length;
};

static void put(struct line *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct line *l, const char *format, ...)
{
    va_list arguments;
    int count;

    va_start(arguments, format);
    count = vsnprintf(l->text + l->length, sizeof l->text - l->length, format, arguments);
    va_end(arguments);
    l->length += count > 0 ? (size_t)count : 0;
    l->length = l->length < sizeof l->text ? l->length : sizeof l->text - 1;
}

static int hex_digits(const struct study *s, const struct vt_place *place)
{
    bool is_cell = place->kind == VT_PLACE_REGISTER || place->kind == VT_PLACE_MEMORY;

    return is_cell ? ((int)study_place_bits(s->vm, place) + 3) / 4 : 2;
}

// "R1", "x3010", "key", "console".
static void put_place(const struct study *s, struct line *l, const struct vt_place *place)
{
    const struct vt_description *d = vt_describe(s->vm);

    switch (place->kind) {
    case VT_PLACE_REGISTER: put(l, "%s", d->registers[place->index].name); break;
    case VT_PLACE_MEMORY:
        put(l, "%s[x%0*" PRIX64 "]", place->space ? d->spaces[place->space].name : "",
            (d->spaces[place->space].address_bits + 3) / 4, place->index);
        break;
    case VT_PLACE_INPUT: put(l, "key"); break;
    case VT_PLACE_OUTPUT: put(l, "console"); break;
    default: put(l, "number"); break;
    }
}

static void put_effects(const struct study *s, struct line *l, const struct vt_delta *d)
{
    for (unsigned n = 0; n < d->effect_count; n++) {
        const struct vt_effect *e = &d->effects[n];
        int digits = hex_digits(s, &e->place);

        put(l, "%s", n ? ", " : "  ");
        put_place(s, l, &e->place);
        if (e->place.kind == VT_PLACE_OUTPUT) {
            put(l, " x%02" PRIX64, e->new_value);
        } else {
            put(l, " x%0*" PRIX64 "->x%0*" PRIX64, digits, e->old_value, digits, e->new_value);
        }
    }
    put(l, "%s", d->has_more_effects ? ", ..." : "");
}

static const char *cause_name(const struct vt_delta *d)
{
    static const char *const names[] = {"instruction", "interrupt", "exception", "edit"};

    return names[d->cause & 3];
}

static void trace_text(const struct study *s, struct line *l, const struct vt_delta *d)
{
    const char *label = vt_symbol_at(s->vm, d->pc_before);
    char cells[4 * VT_INSTRUCTION_CELLS + 4] = "";

    for (unsigned n = 0; n < d->instruction.length && n < 4; n++) {
        snprintf(cells + 5 * n, sizeof cells - 5 * n, "%04X ", d->instruction.cells[n]);
    }
    put(l, "%6" PRIu64 "  x%04" PRIX64 "  %s", d->step, d->pc_before, cells);
    if (d->cause == VT_CAUSE_INSTRUCTION) {
        put(l, " %-10s %-24s", label ? label : "", d->instruction.text);
    } else {
        put(l, " %s x%02X", cause_name(d), d->vector);
    }
    put_effects(s, l, d);
}

void study_trace_step(struct study *s, const struct vt_delta *d)
{
    struct sink *out = &s->host.terminal;
    struct line l = {.length = 0};

    if (s->options->trace == STUDY_TRACE_JSON) {
        size_t room = sizeof l.text - 1;

        l.length = vt_json_delta(s->vm, d, l.text, room);
        l.length = l.length < room ? l.length : room;
    } else {
        trace_text(s, &l, d);
    }
    if (out->last != 0 && out->last != '\n') {
        sink_put(out, '\n'); // the program has begun a line
    }
    while (l.length > 0 && l.text[l.length - 1] == ' ') {
        l.length--;
    }
    l.text[l.length++] = '\n';
    sink_write(out, l.text, l.length);
}
