#include "vitrine/json.h"

#include "base/text.h"
#include "base/types.h"

// --- writing ---

struct json {
    char *to;
    size_t size_bytes, length;
    bool wants_comma; // something of the present list stands already
};

static struct json json_in(char *to, size_t size_bytes)
{
    return (struct json){.to = to, .size_bytes = size_bytes};
}

static void put_char(struct json *j, char c)
{
    if (j->length < j->size_bytes) {
        j->to[j->length] = c;
    }
    j->length++;
}

static void put(struct json *j, const char *text)
{
    while (*text) {
        put_char(j, *text++);
    }
}

static void comma(struct json *j)
{
    if (j->wants_comma) {
        put_char(j, ',');
    }
    j->wants_comma = true;
}

static void open(struct json *j, char bracket)
{
    comma(j);
    put_char(j, bracket);
    j->wants_comma = false;
}

static void close(struct json *j, char bracket)
{
    put_char(j, bracket);
    j->wants_comma = true;
}

static void put_quoted(struct json *j, const char *text)
{
    put_char(j, '"');
    for (; *text; text++) {
        u8 c = (u8)*text;
        if (c == '"' || c == '\\') {
            put_char(j, '\\');
            put_char(j, *text);
        } else if (c < ' ' || c >= 0x7f) {
            char digits[8];
            struct text t = text_in(digits, sizeof digits);
            text_hex(&t, c, 4);
            put(j, "\\u");
            put(j, digits);
        } else {
            put_char(j, *text);
        }
    }
    put_char(j, '"');
}

static void string(struct json *j, const char *text)
{
    comma(j);
    put_quoted(j, text);
}

static void number(struct json *j, u64 value)
{
    char digits[24];
    struct text t = text_in(digits, sizeof digits);
    text_decimal(&t, value);
    comma(j);
    put(j, digits);
}

static void hex(struct json *j, u64 value)
{
    char digits[20];
    struct text t = text_in(digits, sizeof digits);
    unsigned count = 1;
    while (count < 16 && value >> (4 * count)) {
        count++;
    }
    text_hex(&t, value, count);
    string(j, digits);
}

// "NAME": of an object's member; its value follows.
static void name(struct json *j, const char *text)
{
    comma(j);
    put_quoted(j, text);
    put_char(j, ':');
    j->wants_comma = false;
}

static void member_text(struct json *j, const char *key, const char *text)
{
    name(j, key);
    string(j, text ? text : "");
}

static void member(struct json *j, const char *key, u64 value)
{
    name(j, key);
    number(j, value);
}

static void member_flag(struct json *j, const char *key, bool value)
{
    name(j, key);
    put(j, value ? "true" : "false");
    j->wants_comma = true;
}

// --- the description ---

static const char *const register_roles[] = {"general", "pc",      "stack", "flags",
                                             "segment", "control", "hidden"};
static const char *const region_roles[] = {"ram", "rom", "vectors", "system", "device", "screen"};
static const char *const field_roles[] = {"opcode",  "register", "immediate", "offset",
                                          "address", "mode",     "fixed",     "prefix"};

static void put_registers(struct json *j, const struct vt_description *d)
{
    name(j, "registers");
    open(j, '[');
    for (unsigned n = 0; n < d->register_count; n++) {
        const struct vt_register_info *r = &d->registers[n];
        open(j, '{');
        member_text(j, "name", r->name);
        member_text(j, "text", r->text);
        member(j, "group", r->group);
        member(j, "bits", r->bits);
        member_text(j, "role", register_roles[r->role]);
        close(j, '}');
    }
    close(j, ']');
    name(j, "groups");
    open(j, '[');
    for (unsigned n = 0; n < d->group_count; n++) {
        string(j, d->groups[n]);
    }
    close(j, ']');
}

static void put_flags(struct json *j, const struct vt_description *d)
{
    name(j, "flags");
    open(j, '[');
    for (unsigned n = 0; n < d->flag_count; n++) {
        const struct vt_flag_info *f = &d->flags[n];
        open(j, '{');
        member_text(j, "name", f->name);
        member_text(j, "text", f->text);
        member(j, "register", f->reg);
        member(j, "first_bit", f->first_bit);
        member(j, "bits", f->bits);
        close(j, '}');
    }
    close(j, ']');
}

static void put_memory(struct json *j, const struct vt_description *d)
{
    name(j, "spaces");
    open(j, '[');
    for (unsigned n = 0; n < d->space_count; n++) {
        open(j, '{');
        member_text(j, "name", d->spaces[n].name);
        member(j, "address_bits", d->spaces[n].address_bits);
        member(j, "cell_bits", d->spaces[n].cell_bits);
        close(j, '}');
    }
    close(j, ']');
    name(j, "regions");
    open(j, '[');
    for (unsigned n = 0; n < d->region_count; n++) {
        const struct vt_region_info *r = &d->regions[n];
        open(j, '{');
        member_text(j, "name", r->name);
        member(j, "first", r->first);
        member(j, "last", r->last);
        member_text(j, "role", region_roles[r->role]);
        member(j, "space", r->space);
        close(j, '}');
    }
    close(j, ']');
}

static void put_boxes(struct json *j, const struct vt_description *d)
{
    name(j, "boxes");
    open(j, '[');
    for (unsigned n = 0; n < d->box_count; n++) {
        const struct vt_box_info *b = &d->boxes[n];
        open(j, '{');
        member_text(j, "name", b->name);
        member(j, "x", b->x);
        member(j, "y", b->y);
        member(j, "width", b->width);
        member(j, "height", b->height);
        if (b->reg >= 0) {
            member(j, "register", (u64)b->reg);
        }
        close(j, '}');
    }
    close(j, ']');
}

static void put_wire(struct json *j, const struct vt_wire_info *w)
{
    open(j, '{');
    member_text(j, "name", w->name);
    member(j, "from", w->from);
    member(j, "to", w->to);
    name(j, "points");
    open(j, '[');
    for (unsigned n = 0; n < w->point_count; n++) {
        open(j, '[');
        number(j, w->points[n][0]);
        number(j, w->points[n][1]);
        close(j, ']');
    }
    close(j, ']');
    name(j, "micros");
    open(j, '[');
    for (unsigned n = 0; n < w->state_count; n++) {
        number(j, w->states[n]);
    }
    close(j, ']');
    close(j, '}');
}

static void put_data_path(struct json *j, const struct vt_description *d)
{
    name(j, "micros");
    open(j, '[');
    for (unsigned n = 0; n < d->micro_count; n++) {
        open(j, '{');
        member_text(j, "name", d->micros[n].name);
        member_text(j, "text", d->micros[n].text);
        member_text(j, "phase", d->micros[n].phase);
        close(j, '}');
    }
    close(j, ']');
    put_boxes(j, d);
    name(j, "wires");
    open(j, '[');
    for (unsigned n = 0; n < d->wire_count; n++) {
        put_wire(j, &d->wires[n]);
    }
    close(j, ']');
}

size_t vt_json_description(const struct vt_machine *vm, char *to, size_t size_bytes)
{
    const struct vt_description *d = vt_describe(vm);
    struct json j = json_in(to, size_bytes);
    open(&j, '{');
    member_text(&j, "name", d->name);
    member_text(&j, "title", d->title);
    put_registers(&j, d);
    put_flags(&j, d);
    put_memory(&j, d);
    member(&j, "instruction_cells", d->instruction_cells);
    put_data_path(&j, d);
    close(&j, '}');
    return j.length;
}

size_t vt_json_registers(const struct vt_machine *vm, char *to, size_t size_bytes)
{
    struct json j = json_in(to, size_bytes);
    open(&j, '[');
    for (unsigned n = 0; n < vt_describe(vm)->register_count; n++) {
        hex(&j, vt_register(vm, n));
    }
    close(&j, ']');
    return j.length;
}

// --- instructions and steps ---

static void put_instruction(struct json *j, const struct vt_instruction *i)
{
    open(j, '{');
    member(j, "length", i->length);
    name(j, "cells");
    open(j, '[');
    for (unsigned n = 0; n < i->length; n++) {
        number(j, i->cells[n]);
    }
    close(j, ']');
    member_text(j, "text", i->text);
    name(j, "fields");
    open(j, '[');
    for (unsigned n = 0; n < i->field_count; n++) {
        const struct vt_field *f = &i->fields[n];
        open(j, '{');
        member_text(j, "name", f->name);
        member(j, "first_bit", f->first_bit);
        member(j, "bits", f->bits);
        member_text(j, "role", field_roles[f->role]);
        member_flag(j, "signed", f->is_signed);
        close(j, '}');
    }
    close(j, ']');
    close(j, '}');
}

size_t vt_json_instruction(const struct vt_instruction *i, char *to, size_t size_bytes)
{
    struct json j = json_in(to, size_bytes);
    put_instruction(&j, i);
    return j.length;
}

static void put_place(struct json *j, const struct vt_machine *vm, const struct vt_place *p)
{
    static const char *const kinds[] = {"none",     "register", "memory",
                                        "constant", "input",    "output"};
    const struct vt_description *d = vt_describe(vm);
    open(j, '{');
    member_text(j, "kind", kinds[p->kind]);
    member(j, "index", p->index);
    if (p->kind == VT_PLACE_REGISTER) {
        member_text(j, "name", d->registers[p->index].name);
    } else if (p->kind == VT_PLACE_MEMORY) {
        member_text(j, "space", d->spaces[p->space].name);
    }
    close(j, '}');
}

static void put_effect(struct json *j, const struct vt_machine *vm, const struct vt_effect *e)
{
    open(j, '{');
    name(j, "place");
    put_place(j, vm, &e->place);
    member(j, "bits", e->bits);
    member(j, "old", e->old_value);
    member(j, "new", e->new_value);
    name(j, "sources");
    open(j, '[');
    for (unsigned n = 0; n < e->source_count; n++) {
        open(j, '{');
        name(j, "place");
        put_place(j, vm, &e->sources[n].place);
        member(j, "value", e->sources[n].value);
        member_flag(j, "address", n + e->address_count >= e->source_count);
        close(j, '}');
    }
    close(j, ']');
    close(j, '}');
}

// The micro-operations by their numbers, and for each the wires that carry a value.
static void put_micros(struct json *j, struct vt_machine *vm, const struct vt_delta *d)
{
    name(j, "micros");
    open(j, '[');
    for (unsigned n = 0; n < d->micro_count; n++) {
        number(j, d->micros[n]);
    }
    close(j, ']');
    name(j, "wires");
    open(j, '[');
    for (unsigned n = 0; n < d->micro_count; n++) {
        open(j, '[');
        for (unsigned wire = 0; wire < vt_describe(vm)->wire_count; wire++) {
            u64 value;
            if (vt_wire_value(vm, d, n, wire, &value)) {
                open(j, '[');
                number(j, wire);
                number(j, value);
                close(j, ']');
            }
        }
        close(j, ']');
    }
    close(j, ']');
}

size_t vt_json_delta(struct vt_machine *vm, const struct vt_delta *d, char *to, size_t size_bytes)
{
    static const char *const causes[] = {"instruction", "interrupt", "exception", "edit"};
    struct json j = json_in(to, size_bytes);
    open(&j, '{');
    member(&j, "step", d->step);
    member_text(&j, "cause", causes[d->cause]);
    member(&j, "vector", d->vector);
    member(&j, "pc", d->pc_before);
    member(&j, "next", d->pc_after);
    name(&j, "instruction");
    put_instruction(&j, &d->instruction);
    name(&j, "effects");
    open(&j, '[');
    for (unsigned n = 0; n < d->effect_count; n++) {
        put_effect(&j, vm, &d->effects[n]);
    }
    close(&j, ']');
    put_micros(&j, vm, d);
    member_text(&j, "text", d->text);
    close(&j, '}');
    return j.length;
}

size_t vt_json_why(const struct vt_machine *vm, const struct vt_why *links, unsigned count,
                   char *to, size_t size_bytes)
{
    struct json j = json_in(to, size_bytes);
    open(&j, '[');
    for (unsigned n = 0; n < count; n++) {
        open(&j, '{');
        member(&j, "step", links[n].step);
        if (links[n].parent >= 0) {
            member(&j, "parent", (u64)links[n].parent);
        }
        member_flag(&j, "origin", links[n].is_origin);
        name(&j, "effect");
        put_effect(&j, vm, &links[n].effect);
        close(&j, '}');
    }
    close(&j, ']');
    return j.length;
}

// --- inside the PC ---

size_t vt_json_page_walk(const struct vt_machine *vm, uint64_t linear, char *to, size_t size_bytes)
{
    struct json j = json_in(to, size_bytes);
    struct vt_page_walk w;
    if (!vt_page_walk(vm, linear, &w)) {
        put(&j, "null");
        return j.length;
    }
    open(&j, '{');
    member_flag(&j, "paged", w.is_paged);
    member_flag(&j, "mapped", w.is_mapped);
    member(&j, "physical", w.physical);
    member(&j, "page_bytes", w.page_bytes);
    member_flag(&j, "writable", w.is_writable);
    member_flag(&j, "user", w.is_user);
    member_flag(&j, "executable", w.is_executable);
    name(&j, "levels");
    open(&j, '[');
    for (unsigned n = 0; n < w.level_count; n++) {
        open(&j, '{');
        member_text(&j, "name", w.levels[n].name);
        if (w.levels[n].address != UINT64_MAX) {
            member(&j, "address", w.levels[n].address);
        }
        name(&j, "entry_hex");
        hex(&j, w.levels[n].entry);
        close(&j, '}');
    }
    close(&j, ']');
    close(&j, '}');
    return j.length;
}

size_t vt_json_devices(const struct vt_machine *vm, char *to, size_t size_bytes)
{
    struct json j = json_in(to, size_bytes);
    open(&j, '[');
    for (unsigned n = 0; vt_device(vm, n); n++) {
        string(&j, vt_device(vm, n));
    }
    close(&j, ']');
    return j.length;
}

size_t vt_json_device(const struct vt_machine *vm, unsigned device, char *to, size_t size_bytes)
{
    struct json j = json_in(to, size_bytes);
    struct vt_device_value values[32];
    unsigned first = 0, count;
    open(&j, '{');
    while ((count = vt_device_values(vm, device, first, values, COUNT_OF(values))) > 0) {
        for (unsigned n = 0; n < count; n++) {
            name(&j, values[n].name);
            hex(&j, values[n].value);
        }
        first += count;
    }
    close(&j, '}');
    return j.length;
}
