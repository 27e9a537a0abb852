#include "machine/pc_debug.h"

#include "cpu/x86/view.h"
#include "machine/pc.h"

enum space { LINEAR, PHYSICAL, PORTS };

static const struct vt_space_info spaces[] = {
    [LINEAR] = {"linear", 32, 8},
    [PHYSICAL] = {"physical", 32, 8},
    [PORTS] = {"ports", 16, 8}, // for breakpoints; looking at a port would change its device
};

// What every PC has where; PCI devices are wherever the firmware puts them.
static const struct vt_region_info regions[] = {
    {"interrupt vectors", 0, 0x3ff, VT_REGION_VECTORS, PHYSICAL},
    {"BIOS data area", 0x400, 0x4ff, VT_REGION_SYSTEM, PHYSICAL},
    {"conventional memory", 0x500, 0x9ffff, VT_REGION_RAM, PHYSICAL},
    {"video memory", 0xa0000, 0xbffff, VT_REGION_SCREEN, PHYSICAL},
    {"option ROMs", 0xc0000, 0xdffff, VT_REGION_ROM, PHYSICAL},
    {"BIOS", 0xe0000, 0xfffff, VT_REGION_ROM, PHYSICAL},
    {"I/O APIC", 0xfec00000, 0xfec00fff, VT_REGION_DEVICE, PHYSICAL},
    {"local APIC", 0xfee00000, 0xfee00fff, VT_REGION_DEVICE, PHYSICAL},
};

static const struct vt_description description = {
    .name = "pc",
    .title = "PC with an x86 processor",
    .registers = x86_view_registers,
    .register_count = X86_VIEW_REGISTERS,
    .groups = x86_view_groups,
    .group_count = X86_VIEW_GROUPS,
    .flags = x86_view_flags,
    .flag_count = X86_VIEW_FLAGS,
    .spaces = spaces,
    .space_count = COUNT_OF(spaces),
    .regions = regions,
    .region_count = COUNT_OF(regions),
};

static const struct vt_description *describe(const void *board)
{
    (void)board;
    return &description;
}

static u64 get_register(const void *board, unsigned reg)
{
    const struct pc *pc = board;
    return x86_view_register(&pc->cpu, reg);
}

static bool set_register(void *board, unsigned reg, u64 value)
{
    struct pc *pc = board;
    return x86_view_set_register(&pc->cpu, reg, value);
}

static size_t memory(const void *board, unsigned space, u64 address, u16 *cells, size_t count)
{
    const struct pc *pc = board;
    size_t done = 0;
    u8 byte;
    while (done < count && space != PORTS &&
           (space == LINEAR ? x86_view_byte(&pc->cpu, address + done, &byte)
                            : x86_view_physical_byte(&pc->cpu, address + done, &byte))) {
        cells[done++] = byte;
    }
    return done;
}

static size_t set_memory(void *board, unsigned space, u64 address, const u16 *cells, size_t count)
{
    struct pc *pc = board;
    size_t done = 0;
    while (done < count && space != PORTS &&
           (space == LINEAR
                ? x86_view_set_byte(&pc->cpu, address + done, (u8)cells[done])
                : x86_view_set_physical_byte(&pc->cpu, address + done, (u8)cells[done]))) {
        done++;
    }
    return done;
}

static void instruction_at(const void *board, u64 address, struct vt_instruction *out)
{
    const struct pc *pc = board;
    x86_view_instruction(&pc->cpu, address, out);
}

static void page_walk(const void *board, u64 linear, struct vt_page_walk *out)
{
    const struct pc *pc = board;
    x86_view_walk(&pc->cpu, linear, out);
}

const struct debug_ops pc_debug_ops = {
    .describe = describe,
    .get_register = get_register,
    .set_register = set_register,
    .memory = memory,
    .set_memory = set_memory,
    .instruction_at = instruction_at,
    .page_walk = page_walk,
    .time = &pc_time_ops,
};
