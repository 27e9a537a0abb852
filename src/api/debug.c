// include/vitrine/debug.h for every kind of machine: the parts that only hand on.
#include "vitrine/debug.h"

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
