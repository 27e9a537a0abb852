#include "machine/toy.h"

#include "cpu/toy/view.h"

#include <string.h>

// What comes from outside, as the timeline keeps it.
enum input { INPUT_KEY, INPUT_REGISTER, INPUT_MEMORY, INPUT_PIXEL };

static const struct field console_fields[] = {FIELD(struct toy_console_state, printed)};
static const struct field_table console_table =
    FIELD_TABLE("console", 1, struct toy_console_state, console_fields);

// --- wires ---

static void print(void *owner, u8 byte)
{
    struct toy_board *b = owner;
    if (++b->console_state.printed > b->shown) {
        b->shown = b->console_state.printed;
        if (b->host.serial_write) {
            b->host.serial_write(b->host.owner, 0, byte);
        }
    }
}

static void apply(void *owner, const struct timeline_input *input)
{
    struct toy_board *b = owner;
    switch ((enum input)input->kind) {
    case INPUT_KEY: toy_key(&b->cpu, (u16)input->value); break;
    case INPUT_REGISTER: toy_set_register(&b->cpu, input->index, input->value); break;
    case INPUT_MEMORY: b->memory.cell[input->index] = (u16)input->value; break;
    case INPUT_PIXEL: ((u8 *)b->memory.pixel)[input->index] = (u8)input->value; break;
    }
}

static void loaded(void *owner, u64 step)
{
    (void)owner, (void)step; // nothing is derived from the state
}

static const struct timeline_ops timeline_ops = {.apply = apply, .loaded = loaded};

// Something from outside. What was printed in a future that is given up will be printed anew.
static bool put(struct toy_board *b, enum input kind, u32 index, u64 value)
{
    if (!timeline_put(&b->timeline, kind, index, value)) {
        return false;
    }
    b->shown = b->console_state.printed;
    return true;
}

// The reset button: everything as it was at power-on.
static void reset(void *board)
{
    struct toy_board *b = board;
    timeline_restart(&b->timeline);
    b->shown = 0;
}

// --- for the public interface ---

static void destroy(void *board)
{
    struct toy_board *b = board;
    struct vt_host host = b->host;
    timeline_destroy(&b->timeline);
    host.release(host.owner, b, sizeof *b);
}

static void digest(const void *board, struct digest *d)
{
    const struct toy_board *b = board;
    digest_add(d, &b->memory, sizeof b->memory);
}

static struct vt_stop run(void *board, u64 max_instructions, u64 until_ns)
{
    struct toy_board *b = board;
    if (b->has_breaks) {
        return toy_run_watched(b, max_instructions);
    }
    struct vt_stop stop = timeline_run(&b->timeline, max_instructions, until_ns);
    if (stop.reason == VT_STOP_HALTED) {
        stop.reason = b->cpu.s.is_over     ? VT_STOP_POWER_OFF
                      : b->cpu.s.is_faulty ? VT_STOP_FAULT
                                           : VT_STOP_INPUT;
    }
    return stop;
}

static size_t serial_input(void *board, unsigned uart, const u8 *bytes, size_t count)
{
    struct toy_board *b = board;
    size_t done = 0;
    while (uart == 0 && done < count && b->cpu.s.key_count < TOY_KEYS &&
           put(b, INPUT_KEY, 0, bytes[done])) {
        done++;
    }
    return done;
}

// --- the screen ---

// The sixteen colours of the CGA, as pixels of struct vt_screen (0xFFBBGGRR).
static const u32 colors[16] = {
    0xff000000, 0xffaa0000, 0xff00aa00, 0xffaaaa00, 0xff0000aa, 0xffaa00aa, 0xff0055aa, 0xffaaaaaa,
    0xff555555, 0xffff5555, 0xff55ff55, 0xffffff55, 0xff5555ff, 0xffff55ff, 0xff55ffff, 0xffffffff,
};

static bool screen_draw(void *board, struct vt_screen *screen)
{
    const struct toy_board *b = board;
    bool is_new = screen->seen == 0 || screen->width != VT_TOY_COLUMNS;
    screen->width = VT_TOY_COLUMNS;
    screen->height = VT_TOY_ROWS;
    screen->pixel_width = screen->pixel_height = 1;
    screen->changed_first = screen->changed_end = 0;
    if (screen->pixel_capacity < (size_t)VT_TOY_COLUMNS * VT_TOY_ROWS) {
        return false;
    }
    for (unsigned row = 0; row < VT_TOY_ROWS; row++) {
        u32 *line = screen->pixels + (size_t)row * VT_TOY_COLUMNS;
        screen->is_line_changed[row] = is_new;
        for (unsigned column = 0; column < VT_TOY_COLUMNS; column++) {
            u32 color = colors[b->memory.pixel[row][column] & 15];
            screen->is_line_changed[row] |= line[column] != color;
            line[column] = color;
        }
        if (screen->is_line_changed[row]) {
            bool is_first = screen->changed_first == screen->changed_end;
            screen->changed_first = is_first ? row : screen->changed_first;
            screen->changed_end = row + 1;
        }
    }
    screen->seen = 1;
    return true;
}

// --- for debug.h ---

static const struct vt_description *describe(const void *board)
{
    (void)board;
    return &toy_description;
}

static u64 get_register(const void *board, unsigned reg)
{
    const struct toy_board *b = board;
    return toy_register(&b->cpu, reg);
}

static bool set_register(void *board, unsigned reg, u64 value)
{
    struct toy_board *b = board;
    struct toy trial = b->cpu;
    return toy_set_register(&trial, reg, value) && put(b, INPUT_REGISTER, reg, value);
}

static u64 space_end(unsigned space)
{
    return space == TOY_VIEW_SCREEN ? VT_TOY_COLUMNS * VT_TOY_ROWS : VT_TOY_CELLS;
}

static size_t memory(const void *board, unsigned space, u64 address, u16 *cells, size_t count)
{
    const struct toy_board *b = board;
    const u8 *pixels = (const u8 *)b->memory.pixel;
    size_t done = 0;
    for (; done < count && address + done < space_end(space); done++) {
        cells[done] =
            space == TOY_VIEW_SCREEN ? pixels[address + done] : b->memory.cell[address + done];
    }
    return done;
}

static size_t set_memory(void *board, unsigned space, u64 address, const u16 *cells, size_t count)
{
    struct toy_board *b = board;
    bool is_screen = space == TOY_VIEW_SCREEN;
    size_t done = 0;
    while (done < count && address + done < space_end(space) &&
           (!is_screen || cells[done] < COUNT_OF(colors)) &&
           put(b, is_screen ? INPUT_PIXEL : INPUT_MEMORY, (u32)(address + done), cells[done])) {
        done++;
    }
    return done;
}

static void instruction_at(const void *board, u64 address, struct vt_instruction *out)
{
    const struct toy_board *b = board;
    toy_instruction_at(&b->cpu, address < VT_TOY_CELLS ? (u16)address : VT_TOY_CELLS, out);
}

static const struct debug_ops debug_ops = {
    .describe = describe,
    .get_register = get_register,
    .set_register = set_register,
    .memory = memory,
    .set_memory = set_memory,
    .instruction_at = instruction_at,
    .time = &toy_time_ops,
};

static const struct board_ops toy_ops = {
    .destroy = destroy,
    .digest = digest,
    .run = run,
    .serial_input = serial_input,
    .screen_draw = screen_draw,
    .debug = &debug_ops,
};

// --- building ---

static void build(struct toy_board *b, const struct vt_toy_config *config)
{
    unsigned count = config->cell_count < VT_TOY_CELLS ? config->cell_count : VT_TOY_CELLS;
    memcpy(b->memory.cell, config->cells, count * sizeof *config->cells);
    clock_init(&b->m.clock, 1, 1);
    clock_set_cpu(&b->m.clock, toy_executed, toy_kick, &b->cpu);
    ports_init(&b->m.ports);
    b->m.log.host = &b->host;
    b->m.reset = reset;
    b->m.board = b;
    toy_init(&b->cpu, &b->memory, print, b);
    b->m.cpu = (struct cpu){
        .owner = &b->cpu,
        .run = toy_run,
        .is_halted = toy_is_halted,
        .is_dead = toy_is_dead,
        .is_shut_down = toy_is_shut_down,
        .executed = toy_executed,
        .kick = toy_kick,
    };
    dev_add(&b->m.devs, &b->cpu.dev);
    dev_init(&b->console, "console", &console_table, &b->console_state, b, NULL, NULL);
    dev_add(&b->m.devs, &b->console);
}

enum vt_status vt_toy_create(const struct vt_toy_config *config, const struct vt_host *host,
                             struct vt_machine **out)
{
    *out = NULL;
    struct toy_board *b = host->alloc(host->owner, sizeof *b);
    if (!b) {
        return VT_ERROR_MEMORY;
    }
    b->vm = (struct vt_machine){.ops = &toy_ops, .m = &b->m, .board = b};
    b->host = *host;
    build(b, config);
    _Static_assert(sizeof b->memory % TIMELINE_PAGE_BYTES == 0, "struct toy_memory");
    if (!timeline_init(&b->timeline, &b->m, &b->host, (u8 *)&b->memory, sizeof b->memory,
                       &timeline_ops, b)) {
        destroy(b);
        return VT_ERROR_MEMORY;
    }
    timeline_start(&b->timeline);
    *out = &b->vm;
    return VT_OK;
}

unsigned vt_toy_registers_written(const struct vt_machine *vm)
{
    const struct toy_board *b = vm->board;
    return b->cpu.s.registers_written;
}

const char *vt_toy_fault(const struct vt_machine *vm)
{
    const struct toy_board *b = vm->board;
    return b->cpu.fault;
}
