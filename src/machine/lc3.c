#include "machine/lc3.h"

#include "base/bits.h"

#include <string.h>

enum { KEYBOARD_IRQ, TIMER_IRQ };

// --- the device registers ---

// One row for each; NULL: reads 0, writes vanish.
struct device_register {
    u16 address;
    bool has_read_effect;
    u16 (*read)(void *device);
    u16 (*peek)(void *device);
    void (*write)(void *device, u16 value);
    size_t device; // its place in struct lc3_board
};

static const struct device_register registers[] = {
    {0xfe00, false, lc3_keyboard_read_status, lc3_keyboard_peek_status, lc3_keyboard_write_status,
     offsetof(struct lc3_board, keyboard)},
    {0xfe02, true, lc3_keyboard_read_data, lc3_keyboard_peek_data, NULL,
     offsetof(struct lc3_board, keyboard)},
    {0xfe04, false, lc3_display_read_status, lc3_display_read_status, NULL,
     offsetof(struct lc3_board, display)},
    {0xfe06, false, lc3_display_read_data, lc3_display_read_data, lc3_display_write_data,
     offsetof(struct lc3_board, display)},
    {0xfe08, true, lc3_timer_read_status, lc3_timer_peek_status, lc3_timer_write_status,
     offsetof(struct lc3_board, timer)},
    {0xfe0a, false, lc3_timer_read_interval, lc3_timer_read_interval, lc3_timer_write_interval,
     offsetof(struct lc3_board, timer)},
};

static const struct device_register *find_register(const struct lc3_board *b, u16 address)
{
    for (unsigned n = 0; n < COUNT_OF(registers); n++) {
        bool is_timer = registers[n].device == offsetof(struct lc3_board, timer);
        if (registers[n].address == address && (!is_timer || b->config.has_timer)) {
            return &registers[n];
        }
    }
    return NULL;
}

static void *device_of(void *board, const struct device_register *r)
{
    return (u8 *)board + r->device;
}

static bool bus_has_read_effect(void *board, u16 address)
{
    const struct device_register *r = find_register(board, address);
    return r && r->has_read_effect;
}

static u16 bus_read(void *board, u16 address)
{
    const struct device_register *r = find_register(board, address);
    return r ? r->read(device_of(board, r)) : 0;
}

static u16 bus_peek(void *board, u16 address)
{
    const struct device_register *r = find_register(board, address);
    return r ? r->peek(device_of(board, r)) : 0;
}

static void bus_write(void *board, u16 address, u16 value)
{
    const struct device_register *r = find_register(board, address);
    if (r && r->write) {
        r->write(device_of(board, r), value);
    }
}

// --- building ---

static void *take(struct lc3_board *b, size_t size_bytes)
{
    return b->host.alloc(b->host.owner, size_bytes);
}

static bool take_memory(struct lc3_board *b)
{
    b->memory = take(b, LC3_MEMORY_BYTES + LC3_WRITTEN_BYTES);
    b->cells = take(b, (LC3_WORDS + 1) * sizeof *b->cells);
    b->shown = take(b, VT_LC3_DISPLAY_BYTES);
    return b->memory && b->cells && b->shown;
}

static void build_cpu(struct lc3_board *b)
{
    const struct vt_lc3_config *from = &b->config;
    struct lc3_config config = {
        .edition = from->edition == 2 ? LC3_EDITION_2 : LC3_EDITION_3,
        .is_unprivileged = from->is_unprivileged,
        .has_real_traps = from->has_real_traps,
        .has_global_ie = from->has_global_ie,
        .uninit = (enum lc3_uninit)from->uninit,
    };
    struct lc3_wiring w = {
        .clock = &b->m.clock,
        .log = &b->m.log,
        .bus = {bus_has_read_effect, bus_read, bus_write, bus_peek, b},
        .memory = (u16 *)(void *)b->memory,
        .cells = b->cells,
        .is_written = b->memory + LC3_MEMORY_BYTES,
        .stop = lc3_board_stop,
        .spin = lc3_board_spins,
        .owner = b,
    };
    lc3_init(&b->cpu, &config, &w);
    lc3_connect_irq(&b->cpu, KEYBOARD_IRQ, 0x80, 4);
    lc3_connect_irq(&b->cpu, TIMER_IRQ, 0x81, 4);
    b->m.cpu = (struct cpu){
        .owner = &b->cpu,
        .run = lc3_run,
        .is_halted = lc3_is_stopped,
        .is_dead = lc3_is_stopped,
        .is_shut_down = lc3_is_shut_down,
        .executed = lc3_executed,
        .kick = lc3_kick,
    };
    clock_set_cpu(&b->m.clock, lc3_executed, lc3_kick, &b->cpu);
    dev_add(&b->m.devs, &b->cpu.dev);
}

static void build_devices(struct lc3_board *b)
{
    struct lc3_latency latency = {b->config.latency_steps, b->config.is_latency_random};
    struct lc3_keyboard_wires wires = {
        .irq = {lc3_set_irq, &b->cpu, KEYBOARD_IRQ},
        .key = lc3_board_key,
        .polled = lc3_board_polled,
        .owner = b,
    };
    lc3_keyboard_init(&b->keyboard, &b->m.clock, &wires, latency, b->config.seed);
    dev_add(&b->m.devs, &b->keyboard.dev);
    lc3_display_init(&b->display, &b->m.clock, lc3_board_show, b, latency, ~b->config.seed);
    dev_add(&b->m.devs, &b->display.dev);
    if (b->config.has_timer) {
        lc3_timer_init(&b->timer, &b->m.clock, (struct line){lc3_set_irq, &b->cpu, TIMER_IRQ});
        dev_add(&b->m.devs, &b->timer.dev);
    }
}

static bool build_history(struct lc3_board *b)
{
    if (!timeline_init(&b->time, &b->m, &b->host, b->memory, LC3_MEMORY_BYTES + LC3_WRITTEN_BYTES,
                       &lc3_timeline_ops, b)) {
        return false;
    }
    if (b->config.has_no_history) {
        return true;
    }
    b->records = take(b, LC3_RECORDS * sizeof *b->records);
    b->sides = take(b, (size_t)LC3_SIDES * lc3_journal_side_bytes(&b->m.devs));
    if (!b->records || !b->sides) {
        return false;
    }
    lc3_journal_init(&b->journal, &b->m.devs, b->records, LC3_RECORDS, b->sides, LC3_SIDES);
    lc3_set_journal(&b->cpu, &b->journal);
    return true;
}

// --- loading ---

static void fill_memory(struct lc3_board *b)
{
    u64 random = b->config.seed | 1;
    memset(b->memory, 0, LC3_MEMORY_BYTES + LC3_WRITTEN_BYTES);
    for (u32 n = 0; b->config.is_memory_random && n < LC3_DEVICES_FIRST; n++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        b->cpu.memory[n] = (u16)(random >> 48);
    }
}

static void load_word(struct lc3_board *b, u32 address, u16 value)
{
    if (address < LC3_DEVICES_FIRST) {
        b->cpu.memory[address] = value;
        b->cpu.w.is_written[address / 8] |= (u8)(1u << address % 8);
    }
}

static void load_program(struct lc3_board *b, const struct vt_lc3_program *program)
{
    for (size_t s = 0; s < program->segment_count; s++) {
        const struct vt_lc3_segment *segment = &program->segments[s];
        for (u32 n = 0; n < segment->count; n++) {
            const struct vt_lc3_word *word = &program->words[segment->first + n];
            if (word->kind != VT_LC3_BLOCK) {
                load_word(b, segment->origin + n, word->value);
            }
        }
    }
}

static void load_own_system(struct lc3_board *b)
{
    unsigned count;
    const struct lc3os_segment *segments = lc3os_segments(b->cpu.config.edition, &count);
    for (unsigned s = 0; s < count; s++) {
        for (u32 n = 0; n < segments[s].count; n++) {
            load_word(b, segments[s].origin + n, segments[s].words[n]);
        }
    }
}

// Vectors that the system does not give lead where the last of their table does.
static void fill_vectors(struct lc3_board *b)
{
    for (u32 n = 0; n < LC3_VECTORS; n++) {
        if (!(b->cpu.w.is_written[n / 8] >> n % 8 & 1)) {
            load_word(b, n, b->cpu.memory[n | 0xff]);
        }
    }
}

static u16 find_start(const struct vt_lc3_program *program)
{
    for (size_t n = 0; n < program->segment_count; n++) {
        if (program->segments[n].origin >= LC3_USER_FIRST) {
            return program->segments[n].origin;
        }
    }
    return program->segment_count > 0 ? program->segments[0].origin : LC3_USER_FIRST;
}

// As after the system has started a user program; without a program the system itself starts.
static void start(struct lc3_board *b, u16 address)
{
    if (address) {
        b->cpu.s.pc = address;
        b->cpu.s.psr = LC3_PSR_USER | LC3_PSR_Z;
    }
    lc3_restored(&b->cpu);
    lc3_forget_cells(&b->cpu);
    timeline_start(&b->time);
}

static void reset(void *board)
{
    struct lc3_board *b = board;
    timeline_restart(&b->time);
    b->shown_known = 0;
    b->cpu.has_failed = false;
    b->poll = (struct lc3_poll){0};
}

static void load(struct lc3_board *b)
{
    fill_memory(b);
    if (b->config.system) {
        load_program(b, b->config.system);
    } else {
        load_own_system(b);
    }
    fill_vectors(b);
    memcpy(b->vectors, b->cpu.memory, sizeof b->vectors);
    b->cpu.vectors = b->vectors;
    if (b->config.program) {
        load_program(b, b->config.program);
    }
    start(b, b->config.program ? find_start(b->config.program) : 0);
    b->config.system = b->config.program = NULL; // they may be freed now
}

static enum vt_status build(struct lc3_board *b)
{
    if (b->config.edition != 0 && b->config.edition != 2 && b->config.edition != 3) {
        return VT_ERROR_CONFIG;
    }
    clock_init(&b->m.clock, 1, 1);
    ports_init(&b->m.ports);
    b->m.log.host = &b->host;
    b->m.reset = reset;
    b->m.before_events = lc3_board_before_events;
    b->m.board = b;
    if (!take_memory(b)) {
        return VT_ERROR_MEMORY;
    }
    build_cpu(b);
    build_devices(b);
    if (!build_history(b)) {
        return VT_ERROR_MEMORY;
    }
    load(b);
    return VT_OK;
}

static void release(struct lc3_board *b, void *memory, size_t size_bytes)
{
    if (memory) {
        b->host.release(b->host.owner, memory, size_bytes);
    }
}

static void destroy(void *board)
{
    struct lc3_board *b = board;
    struct vt_host host = b->host;
    timeline_destroy(&b->time);
    release(b, b->records, LC3_RECORDS * sizeof *b->records);
    release(b, b->sides, (size_t)LC3_SIDES * lc3_journal_side_bytes(&b->m.devs));
    release(b, b->shown, VT_LC3_DISPLAY_BYTES);
    release(b, b->cells, (LC3_WORDS + 1) * sizeof *b->cells);
    release(b, b->memory, LC3_MEMORY_BYTES + LC3_WRITTEN_BYTES);
    host.release(host.owner, b, sizeof *b);
}

// --- the public interface ---

static void add_stats(const void *board, struct vt_stats *out)
{
    const struct lc3_board *b = board;
    out->interrupts = b->cpu.interrupt_count;
    out->exceptions = b->cpu.exception_count;
}

static void digest(const void *board, struct digest *d)
{
    const struct lc3_board *b = board;
    digest_add(d, b->memory, LC3_MEMORY_BYTES + LC3_WRITTEN_BYTES);
}

static size_t serial_input(void *board, unsigned uart, const u8 *bytes, size_t count)
{
    struct lc3_board *b = board;
    size_t n = 0;
    while (uart == 0 && n < count &&
           lc3_board_put(b, LC3_INPUT_KEY, (u32)b->keyboard.s.arrived, bytes[n])) {
        n++;
    }
    return n;
}

static const struct board_ops lc3_ops = {
    .destroy = destroy,
    .add_stats = add_stats,
    .digest = digest,
    .run = lc3_board_run,
    .serial_input = serial_input,
    .debug = &lc3_debug_ops,
};

enum vt_status vt_lc3_create(const struct vt_lc3_config *config, const struct vt_host *host,
                             struct vt_machine **out)
{
    *out = NULL;
    struct lc3_board *b = host->alloc(host->owner, sizeof *b);
    if (!b) {
        return VT_ERROR_MEMORY;
    }
    b->vm = (struct vt_machine){.ops = &lc3_ops, .m = &b->m, .board = b};
    b->host = *host;
    b->config = *config;
    enum vt_status status = build(b);
    if (status != VT_OK) {
        destroy(b);
        return status;
    }
    *out = &b->vm;
    return VT_OK;
}
