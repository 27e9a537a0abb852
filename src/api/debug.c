// include/vitrine/debug.h for every kind of machine: the parts that only hand on.
#include "vitrine/debug.h"

#include "base/text.h"
#include "machine/board.h"

// What a machine answers that can't be looked into.
static const struct vt_description nothing = {.name = "", .title = ""};

const struct vt_description *vt_describe(const struct vt_machine *vm)
{
    return vm->ops->debug ? vm->ops->debug->describe(vm->board) : &nothing;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_same_name(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

int vt_register_by_name(const struct vt_machine *vm, const char *name)
{
    const struct vt_description *d = vt_describe(vm);
    for (unsigned n = 0; n < d->register_count; n++) {
        if (is_same_name(d->registers[n].name, name)) {
            return (int)n;
        }
    }
    return -1;
}

uint64_t vt_register(const struct vt_machine *vm, unsigned reg)
{
    bool is_there = reg < vt_describe(vm)->register_count;
    return is_there ? vm->ops->debug->get_register(vm->board, reg) : 0;
}

bool vt_set_register(struct vt_machine *vm, unsigned reg, uint64_t value)
{
    bool is_there = reg < vt_describe(vm)->register_count;
    return is_there && vm->ops->debug->set_register(vm->board, reg, value);
}

size_t vt_memory(const struct vt_machine *vm, unsigned space, uint64_t address, uint16_t *cells,
                 size_t count)
{
    bool is_there = space < vt_describe(vm)->space_count;
    return is_there ? vm->ops->debug->memory(vm->board, space, address, cells, count) : 0;
}

size_t vt_set_memory(struct vt_machine *vm, unsigned space, uint64_t address, const uint16_t *cells,
                     size_t count)
{
    bool is_there = space < vt_describe(vm)->space_count;
    return is_there ? vm->ops->debug->set_memory(vm->board, space, address, cells, count) : 0;
}

void vt_instruction_at(const struct vt_machine *vm, uint64_t address, struct vt_instruction *out)
{
    *out = (struct vt_instruction){0};
    if (vm->ops->debug) {
        vm->ops->debug->instruction_at(vm->board, address, out);
    }
}

// --- inside the PC ---

bool vt_page_walk(const struct vt_machine *vm, uint64_t linear, struct vt_page_walk *out)
{
    *out = (struct vt_page_walk){0};
    if (!vm->ops->debug || !vm->ops->debug->page_walk) {
        return false;
    }
    vm->ops->debug->page_walk(vm->board, linear, out);
    return true;
}

static const struct dev *device(const struct vt_machine *vm, unsigned number)
{
    const struct dev *d = vm->m->devs.first;
    while (d && number > 0) {
        d = d->next;
        number--;
    }
    return d;
}

const char *vt_device(const struct vt_machine *vm, unsigned number)
{
    const struct dev *d = device(vm, number);
    return d ? d->name : NULL;
}

// The values that a visit is to leave out, and those that it fills.
struct collection {
    unsigned skip;
    unsigned count, max;
    struct vt_device_value *values;
};

static bool collect(void *owner, const char *name, u64 value, unsigned bits)
{
    struct collection *c = owner;
    if (c->skip > 0) {
        c->skip--;
        return true;
    }
    if (c->count == c->max) {
        return false;
    }
    struct vt_device_value *v = &c->values[c->count++];
    struct text text = text_in(v->name, sizeof v->name);
    text_put(&text, name);
    v->value = value;
    v->bits = (uint8_t)bits;
    return true;
}

unsigned vt_device_values(const struct vt_machine *vm, unsigned number, unsigned first,
                          struct vt_device_value *values, unsigned max)
{
    const struct dev *d = device(vm, number);
    struct collection c = {.skip = first, .max = max, .values = values};
    if (d && d->fields) {
        fields_visit(d->fields, d->state, collect, &c);
    }
    return c.count;
}
