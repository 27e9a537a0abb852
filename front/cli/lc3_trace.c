#include "front/cli/lc3_trace.h"

#include <inttypes.h>
#include <stdio.h>

static const char *place_kind(const struct vt_place *place)
{
    static const char *const names[] = {
        [VT_PLACE_NONE] = "none",     [VT_PLACE_REGISTER] = "register",
        [VT_PLACE_MEMORY] = "memory", [VT_PLACE_CONSTANT] = "constant",
        [VT_PLACE_INPUT] = "key",     [VT_PLACE_OUTPUT] = "display",
    };
    return names[place->kind];
}

// --- text ---

//     12  x3002  x1265  ADD R1, R1, #5           R1 = 3 + 5 = 8, P
static void print_text(const struct lc3_session *s, const struct vt_delta *d)
{
    const struct vt_lc3_symbol *label = vt_lc3_symbol_at(s->program, (uint16_t)d->pc_before);
    char text[VT_TEXT_BYTES] = "";
    if (d->instruction.length > 0) {
        vt_lc3_disassemble(s->program, d->instruction.cells[0], (uint16_t)d->pc_before, text,
                           sizeof text);
        fprintf(stderr, "%8" PRIu64 "  x%04X  x%04X  %-10.10s %-24s %s\n", d->step,
                (unsigned)d->pc_before, d->instruction.cells[0], label ? label->name : "", text,
                d->text);
    } else {
        fprintf(stderr, "%8" PRIu64 "  x%04X         %-10.10s %-24s %s\n", d->step,
                (unsigned)d->pc_before, label ? label->name : "", "", d->text);
    }
}

// --- JSON ---

static void print_string(const char *text)
{
    fputc('"', stderr);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == '"' || c == '\\') {
            fprintf(stderr, "\\u%04x", c);
        } else {
            fputc(c, stderr);
        }
    }
    fputc('"', stderr);
}

static void print_place(const struct vt_description *about, const struct vt_place *place)
{
    fprintf(stderr, "\"kind\":\"%s\",", place_kind(place));
    if (place->kind == VT_PLACE_REGISTER) {
        fprintf(stderr, "\"register\":\"%s\"", about->registers[place->index].name);
    } else {
        fprintf(stderr, "\"%s\":%" PRIu64, place->kind == VT_PLACE_MEMORY ? "address" : "index",
                place->index);
    }
}

static void print_effect(const struct vt_description *about, const struct vt_effect *e)
{
    fputc('{', stderr);
    print_place(about, &e->place);
    fprintf(stderr, ",\"old\":%" PRIu64 ",\"new\":%" PRIu64 ",\"from\":[", e->old_value,
            e->new_value);
    for (unsigned n = 0; n < e->source_count; n++) {
        fputs(n > 0 ? ",{" : "{", stderr);
        print_place(about, &e->sources[n].place);
        bool is_address = n + e->address_count >= e->source_count;
        fprintf(stderr, ",\"value\":%" PRIu64 "%s}", e->sources[n].value,
                is_address ? ",\"is_address\":true" : "");
    }
    fputs("]}", stderr);
}

static void print_json(struct vt_machine *vm, const struct vt_delta *d)
{
    static const char *const causes[] = {"instruction", "interrupt", "exception", "edit"};
    const struct vt_description *about = vt_describe(vm);
    fprintf(stderr, "{\"step\":%" PRIu64 ",\"cause\":\"%s\",\"pc\":%" PRIu64 ",\"next\":%" PRIu64,
            d->step, causes[d->cause], d->pc_before, d->pc_after);
    if (d->cause != VT_CAUSE_INSTRUCTION) {
        fprintf(stderr, ",\"vector\":%u", d->vector);
    }
    if (d->instruction.length > 0) {
        fprintf(stderr, ",\"word\":%u,\"instruction\":", d->instruction.cells[0]);
        print_string(d->instruction.text);
    }
    fputs(",\"effects\":[", stderr);
    for (unsigned n = 0; n < d->effect_count; n++) {
        fputs(n > 0 ? "," : "", stderr);
        print_effect(about, &d->effects[n]);
    }
    fputs("],\"states\":[", stderr);
    for (unsigned n = 0; n < d->micro_count; n++) {
        fprintf(stderr, "%s\"%s\"", n > 0 ? "," : "", about->micros[d->micros[n]].name);
    }
    fputs("],\"text\":", stderr);
    print_string(d->text);
    fputs("}\n", stderr);
}

// --- the step ---

static bool is_at_break(struct vt_machine *vm)
{
    struct vt_break b;
    uint64_t pc = vt_register(vm, (unsigned)vt_register_by_name(vm, "PC"));
    return vt_break_at(vm, 0, &b) && pc >= b.first && pc <= b.last;
}

struct vt_stop lc3_trace_step(struct lc3_session *s, enum lc3_trace form, bool stops_at_breaks)
{
    struct vt_delta d;
    uint64_t before = vt_steps(s->vm);
    if (stops_at_breaks && before > 0 && is_at_break(s->vm)) {
        return (struct vt_stop){.reason = VT_STOP_BREAK};
    }
    struct vt_stop stop = vt_step(s->vm, &d);
    if (vt_steps(s->vm) == before) {
        return stop;
    }
    if (form == LC3_TRACE_JSON) {
        print_json(s->vm, &d);
    } else {
        print_text(s, &d);
    }
    return stop;
}
