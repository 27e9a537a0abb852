// The LC-3 behind include/vitrine/debug.h.
#include "cpu/lc3/view.h"
#include "machine/lc3.h"

static const struct vt_description *describe(const void *board UNUSED)
{
    return &lc3_description;
}

static u64 get_register(const void *board, unsigned reg)
{
    const struct lc3_board *b = board;
    return lc3_view_get(&b->cpu.s, reg);
}

static bool set_register(void *board, unsigned reg, u64 value)
{
    return value <= 0xffff && lc3_board_put(board, LC3_INPUT_REGISTER, reg, value);
}

static size_t memory(const void *board, unsigned space UNUSED, u64 address, u16 *cells,
                     size_t count)
{
    const struct lc3_board *b = board;
    size_t n = 0;
    while (n < count && address + n < LC3_WORDS) {
        cells[n] = lc3_peek(&b->cpu, (u16)(address + n));
        n++;
    }
    return n;
}

static size_t set_memory(void *board, unsigned space UNUSED, u64 address, const u16 *cells,
                         size_t count)
{
    size_t n = 0;
    while (n < count && address + n < LC3_DEVICES_FIRST &&
           lc3_board_put(board, LC3_INPUT_MEMORY, (u32)(address + n), cells[n])) {
        n++;
    }
    return n;
}

static void instruction_at(const void *board, u64 address, struct vt_instruction *out)
{
    const struct lc3_board *b = board;
    if (address < LC3_WORDS) {
        lc3_view_instruction(lc3_peek(&b->cpu, (u16)address), (u16)address, out);
    }
}

const struct debug_ops lc3_debug_ops = {
    .describe = describe,
    .get_register = get_register,
    .set_register = set_register,
    .memory = memory,
    .set_memory = set_memory,
    .instruction_at = instruction_at,
    .time = &lc3_time_ops,
};
