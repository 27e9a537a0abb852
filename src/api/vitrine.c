// include/vitrine/vitrine.h for every kind of machine; creating one is the kind's own matter
// (machine/pc.c and its like).
#include "vitrine/vitrine.h"

#include "dev/keymap.h"
#include "machine/board.h"

void vt_destroy(struct vt_machine *vm)
{
    if (vm) {
        vm->ops->destroy(vm->board);
    }
}

const char *vt_status_text(enum vt_status status)
{
    switch (status) {
    case VT_OK: return "no error";
    case VT_ERROR_MEMORY: return "the host has not enough memory";
    case VT_ERROR_CONFIG: return "a setting makes no sense";
    case VT_ERROR_BAD_KERNEL:
        return "not a Linux bzImage or multiboot kernel that fits into memory";
    case VT_ERROR_FIXED: return "no drive is there whose medium can be changed";
    case VT_ERROR_LOCKED: return "the guest has locked the drive";
    }
    return "unknown error";
}

// --- running ---

void vt_reset(struct vt_machine *vm)
{
    vm->m->wants_reset = true;
}

void vt_power_button(struct vt_machine *vm)
{
    if (vm->ops->power_button) {
        vm->ops->power_button(vm->board);
    }
}

uint64_t vt_instructions(const struct vt_machine *vm)
{
    return clock_instructions(&vm->m->clock);
}

uint64_t vt_guest_ns(const struct vt_machine *vm)
{
    return clock_now_ns(&vm->m->clock);
}

bool vt_is_idle(const struct vt_machine *vm)
{
    return vm->m->cpu.is_halted(vm->m->cpu.owner);
}

uint64_t vt_next_event_ns(const struct vt_machine *vm)
{
    return vm->m->clock.next_ns;
}

void vt_stats(const struct vt_machine *vm, struct vt_stats *out)
{
    const struct machine *m = vm->m;
    *out = (struct vt_stats){
        .instructions = clock_instructions(&m->clock),
        .guest_ns = clock_now_ns(&m->clock),
        .halted_ns = m->clock.halted_ns,
        .port_reads = m->ports.read_count,
        .port_writes = m->ports.write_count,
        .mmio_reads = m->phys.read_count,
        .mmio_writes = m->phys.write_count,
    };
    if (vm->ops->add_stats) {
        vm->ops->add_stats(vm->board, out);
    }
}

uint64_t vt_digest(struct vt_machine *vm)
{
    struct digest d;
    digest_init(&d);
    clock_digest(&vm->m->clock, &d);
    dev_digest_all(&vm->m->devs, &d);
    vm->ops->digest(vm->board, &d);
    return digest_end(&d);
}

void vt_trace_from(struct vt_machine *vm, uint64_t instruction)
{
    if (vm->ops->trace_from) {
        vm->ops->trace_from(vm->board, instruction);
    }
}

// --- input ---

size_t vt_serial_input(struct vt_machine *vm, unsigned uart, const uint8_t *bytes, size_t count)
{
    return vm->ops->serial_input ? vm->ops->serial_input(vm->board, uart, bytes, count) : 0;
}

bool vt_key(struct vt_machine *vm, unsigned key, bool is_pressed)
{
    return vm->ops->key && vm->ops->key(vm->board, key, is_pressed);
}

unsigned vt_key_room(const struct vt_machine *vm)
{
    return vm->ops->key_room ? vm->ops->key_room(vm->board) : 0;
}

unsigned vt_keys_of_character(char character, uint32_t keys[4])
{
    return keymap_keys_of_character(character, keys);
}

void vt_mouse(struct vt_machine *vm, int dx, int dy, int dz, unsigned buttons)
{
    if (vm->ops->mouse) {
        vm->ops->mouse(vm->board, dx, dy, dz, buttons);
    }
}

enum vt_status vt_change_medium(struct vt_machine *vm, enum vt_slot slot,
                                const struct vt_drive *drive)
{
    return vm->ops->change_medium ? vm->ops->change_medium(vm->board, slot, drive) : VT_ERROR_FIXED;
}

enum vt_status vt_force_medium(struct vt_machine *vm, enum vt_slot slot,
                               const struct vt_drive *drive)
{
    return vm->ops->force_medium ? vm->ops->force_medium(vm->board, slot, drive) : VT_ERROR_FIXED;
}

// --- screen ---

bool vt_text_screen(const struct vt_machine *vm, struct vt_text_screen *out)
{
    if (vm->ops->text_screen && vm->ops->text_screen(vm->board, out)) {
        return true;
    }
    *out = (struct vt_text_screen){0};
    return false;
}

bool vt_screen_draw(struct vt_machine *vm, struct vt_screen *screen)
{
    if (vm->ops->screen_draw) {
        return vm->ops->screen_draw(vm->board, screen);
    }
    screen->width = screen->height = screen->changed_first = screen->changed_end = 0;
    return true;
}
