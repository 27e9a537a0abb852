#include "machine/pc.h"

#include "machine/pc_cmos.h"
#include "machine/pc_debug.h"

#include <string.h>

enum {
    MIB = 1 << 20,
    LOW_RAM_END = 0xa0000,
    ROM_BYTES_MAX = 16 * MIB,
    VRAM_BYTES = 16 * MIB,
};
#define FOUR_GIB      (1ull << 32)
#define RAM_BYTES_MAX (3ull << 30) // the rest below 4 GiB is PCI's

// --- wires ---

// ISA interrupt n reaches both controllers; the timer's is input 2 of the I/O APIC ([MP14] 5.3).
static void set_isa_irq(void *owner, unsigned n, bool level)
{
    struct pc *pc = owner;
    pic_set_irq(&pc->pic, n, level);
    ioapic_set_irq(&pc->ioapic, n == 0 ? 2 : n, level);
}

static void set_a20(void *owner, unsigned n, bool level)
{
    struct pc *pc = owner;
    (void)n;
    phys_set_a20(&pc->m.phys, level);
}

static void power_off(void *owner, unsigned n, bool level)
{
    struct pc *pc = owner;
    (void)n;
    if (level) {
        machine_stop(&pc->m, VT_STOP_POWER_OFF, 0);
    }
}

static void debug_exit(void *owner, unsigned code)
{
    struct pc *pc = owner;
    machine_stop(&pc->m, VT_STOP_DEBUG_EXIT, code);
}

static void apic_base_changed(void *owner, u64 msr_value)
{
    lapic_set_base(owner, msr_value);
}

static void tap(void *owner, u16 port, u8 byte)
{
    struct pc *pc = owner;
    pc->host.port_write(pc->host.owner, port, byte);
}

// A driver of ISA interrupt n: each caller gets its own.
static struct line isa_irq(struct pc *pc, unsigned n)
{
    return line_or_add(&pc->isa_irq[n]);
}

static struct line reset_line(struct pc *pc)
{
    return (struct line){machine_reset_line, &pc->m, 0};
}

// INIT# [PIIX3]: restarts the processor and nothing else.
static struct line init_line(struct pc *pc)
{
    return (struct line){machine_init_line, &pc->m, 0};
}

// --- the machine's ends ---

static void reset(void *board)
{
    struct pc *pc = board;
    if (pc->config.no_reboot) {
        machine_stop(&pc->m, VT_STOP_RESET, 0);
        return;
    }
    dev_reset_all(&pc->m.devs);
}

static bool model_has_apic(const struct x86_model *model)
{
    return (model->features_edx & X86_HAS_APIC) != 0;
}

// A20 is open then, as the first instruction is above 1 MiB.
static void init(void *board)
{
    struct pc *pc = board;
    if (pc->config.no_reboot && !pc_cmos_goes_on(pc)) {
        machine_stop(&pc->m, VT_STOP_RESET, 0);
        return;
    }
    x86_init_pin(&pc->cpu);
    if (model_has_apic(pc->cpu.model)) {
        lapic_init_pin(&pc->lapic);
    }
    port92_set_a20(&pc->port92, 0, true);
}

static void shut_down(void *board)
{
    struct pc *pc = board;
    if (pc->config.exit_on_triple_fault) {
        machine_stop(&pc->m, VT_STOP_TRIPLE_FAULT, 0);
    } else {
        pc->m.wants_init = true; // how the chip set answers the shutdown cycle
    }
}

static void flush_blocks(void *board)
{
    struct pc *pc = board;
    x86_blocks_flush(&pc->cpu);
}

// --- building ---

static enum vt_status check_config(const struct vt_pc_config *config)
{
    bool is_ram_ok = config->ram_bytes >= MIB && config->ram_bytes <= RAM_BYTES_MAX &&
                     config->ram_bytes % MIB == 0;
    bool is_bios_ok =
        config->bios.size_bytes >= 64 * 1024 && config->bios.size_bytes <= ROM_BYTES_MAX;
    bool is_rate_ok = (config->ns_per_instruction_numerator == 0) ==
                      (config->ns_per_instruction_denominator == 0);
    bool is_audio_ok = config->audio_hz == 0 ||
                       (config->audio_hz >= AUDIO_HZ_MIN && config->audio_hz <= AUDIO_HZ_MAX);
    return is_ram_ok && is_bios_ok && is_rate_ok && is_audio_ok &&
                   config->serial_port_count <= VT_SERIAL_PORTS
               ? VT_OK
               : VT_ERROR_CONFIG;
}

static void *take_memory(struct pc *pc, u64 size_bytes)
{
    return pc->host.alloc(pc->host.owner, (size_t)size_bytes);
}

static enum vt_status build_memory(struct pc *pc)
{
    struct phys *phys = &pc->m.phys;
    const struct vt_bytes *bios = &pc->config.bios;
    pc->ram_bytes = pc->config.ram_bytes;
    pc->rom_bytes = (bios->size_bytes + 0xffff) & ~0xffffull;
    pc->vram_bytes = VRAM_BYTES;
    pc->ram = take_memory(pc, pc->ram_bytes);
    pc->rom = take_memory(pc, pc->rom_bytes);
    pc->vram = take_memory(pc, pc->vram_bytes);
    pc->page_flags = take_memory(pc, pc->ram_bytes / PHYS_PAGE_BYTES);
    if (!pc->ram || !pc->rom || !pc->vram || !pc->page_flags) {
        return VT_ERROR_MEMORY;
    }
    memcpy(pc->rom + (pc->rom_bytes - bios->size_bytes), bios->data, bios->size_bytes);
    phys_init(phys, pc->ram, pc->ram_bytes, pc->page_flags);
    u64 low = pc->ram_bytes < LOW_RAM_END ? pc->ram_bytes : LOW_RAM_END;
    phys_map_ram(phys, 0, low, pc->ram, "low RAM");
    if (pc->ram_bytes > MIB) {
        phys_map_ram(phys, MIB, pc->ram_bytes - MIB, pc->ram + MIB, "RAM");
    }
    phys_map_rom(phys, FOUR_GIB - pc->rom_bytes, pc->rom_bytes, pc->rom, "BIOS");
    return VT_OK;
}

static void build_interrupts(struct pc *pc, bool has_apic)
{
    struct machine *m = &pc->m;
    struct line to_cpu = {x86_set_irq, &pc->cpu, 0};
    struct line to_lapic = {lapic_set_lint, &pc->lapic, 0};
    pic_init(&pc->pic, &m->ports, has_apic ? to_lapic : to_cpu);
    dev_add(&m->devs, &pc->pic.dev);
    if (has_apic) {
        lapic_init(&pc->lapic, &m->clock, &m->phys,
                   (struct lapic_wires){
                       .intr = to_cpu,
                       .nmi = {x86_set_nmi, &pc->cpu, 0},
                       .init = init_line(pc),
                       .pic = {pic_acknowledge, &pc->pic},
                       .eoi = ioapic_eoi,
                       .ready = ioapic_retry,
                       .eoi_owner = &pc->ioapic,
                   });
        dev_add(&m->devs, &pc->lapic.dev);
    }
    for (unsigned n = 0; n < COUNT_OF(pc->isa_irq); n++) {
        pc->isa_irq[n].out = (struct line){set_isa_irq, pc, n};
    }
    ioapic_init(&pc->ioapic, &m->phys, has_apic ? lapic_deliver : NULL, &pc->lapic);
    dev_add(&m->devs, &pc->ioapic.dev);
}

static bool build_cpu(struct pc *pc, const struct x86_model *model, bool has_apic)
{
    struct machine *m = &pc->m;
    struct x86_wiring w = {
        .clock = &m->clock,
        .phys = &m->phys,
        .ports = &m->ports,
        .log = &m->log,
        .ack = {has_apic ? lapic_acknowledge : pic_acknowledge,
                has_apic ? (void *)&pc->lapic : &pc->pic},
        .ferr = {ferr_set, &pc->ferr, 0},
        .apic_base_changed = has_apic ? apic_base_changed : NULL,
        .apic = &pc->lapic,
        .host = &pc->host,
    };
    m->cpu = (struct cpu){
        .owner = &pc->cpu,
        .run = x86_run,
        .is_halted = x86_is_halted,
        .is_dead = x86_is_dead,
        .is_shut_down = x86_is_shut_down,
        .executed = x86_executed,
        .kick = x86_kick,
    };
    if (!x86_init(&pc->cpu, model, &w, pc->config.max_blocks)) {
        return false;
    }
    dev_add(&m->devs, &pc->cpu.dev);
    return true;
}

static void build_hpet(struct pc *pc)
{
    struct line output[HPET_OUTPUTS] = {[0] = isa_irq(pc, 0), [8] = isa_irq(pc, 8)};
    for (unsigned n = 20; n < HPET_OUTPUTS; n++) {
        output[n] = (struct line){ioapic_set_irq, &pc->ioapic, n};
    }
    hpet_init(&pc->hpet, &pc->m.clock, &pc->m.phys, output);
    dev_add(&pc->m.devs, &pc->hpet.dev);
}

// Where the 8254 (n 0) and the real-time clock (n 1) lead: the HPET can take their places.
static struct line legacy_timer_irq(struct pc *pc, unsigned n, unsigned irq)
{
    return pc->config.has_no_hpet ? isa_irq(pc, irq) : (struct line){hpet_set_legacy, &pc->hpet, n};
}

static void build_isa(struct pc *pc)
{
    static const struct {
        u16 base;
        u8 irq;
    } serial[VT_SERIAL_PORTS] = {{0x3f8, 4}, {0x2f8, 3}, {0x3e8, 4}, {0x2e8, 3}};
    struct machine *m = &pc->m;
    struct line none = {0};
    if (!pc->config.has_no_hpet) {
        build_hpet(pc);
    }
    dma_init(&pc->dma, &m->ports, &m->phys);
    dev_add(&m->devs, &pc->dma.dev);
    pit_init(&pc->pit, &m->clock, &m->ports, legacy_timer_irq(pc, 0, 0));
    dev_add(&m->devs, &pc->pit.dev);
    if (pc->config.audio_hz) {
        audio_init(&pc->audio, &m->clock, &pc->host, pc->config.audio_hz);
        dev_add(&m->devs, &pc->audio.dev);
    }
    speaker_init(&pc->speaker, &m->clock, &m->ports, &pc->pit,
                 pc->config.audio_hz ? &pc->audio : NULL);
    dev_add(&m->devs, &pc->speaker.dev);
    rtc_init(&pc->rtc, &m->clock, &m->ports, pc->config.rtc_unix_seconds,
             legacy_timer_irq(pc, 1, 8), none);
    dev_add(&m->devs, &pc->rtc.dev);
    port92_init(&pc->port92, &m->ports, (struct line){set_a20, pc, 0}, init_line(pc));
    dev_add(&m->devs, &pc->port92.dev);
    ps2_init(&pc->ps2, &m->clock, &m->ports, isa_irq(pc, 1), isa_irq(pc, 12),
             (struct line){port92_set_a20, &pc->port92, 0}, init_line(pc));
    dev_add(&m->devs, &pc->ps2.dev);
    ferr_init(&pc->ferr, &m->ports, isa_irq(pc, 13));
    dev_add(&m->devs, &pc->ferr.dev);
    for (unsigned n = 0; n < pc->config.serial_port_count; n++) {
        uart_init(&pc->uart[n], &m->clock, &m->ports, serial[n].base, isa_irq(pc, serial[n].irq),
                  &pc->host, n);
        dev_add(&m->devs, &pc->uart[n].dev);
    }
    if (pc->config.has_parallel) {
        parallel_init(&pc->parallel, &m->clock, &m->ports, 0x378, isa_irq(pc, 7), &pc->host);
        dev_add(&m->devs, &pc->parallel.dev);
    }
    if (pc->config.has_debugcon) {
        debugcon_init(&pc->debugcon, &m->ports, &pc->host);
        dev_add(&m->devs, &pc->debugcon.dev);
    }
    if (pc->config.debug_exit_port) {
        debugexit_init(&pc->debugexit, &m->ports, pc->config.debug_exit_port, debug_exit, pc);
        dev_add(&m->devs, &pc->debugexit.dev);
    }
}

static enum vt_status build_disks(struct pc *pc)
{
    for (unsigned n = 0; n < VT_SLOTS; n++) {
        const struct vt_drive *drive =
            n < VT_FDA ? &pc->config.ide[n] : &pc->config.floppy[n - VT_FDA];
        if (!disk_init(&pc->disk[n], drive, &pc->host, &pc->m.log)) {
            return VT_ERROR_MEMORY;
        }
    }
    return VT_OK;
}

// Drive A is always there, B if an image is in it.
static void build_floppies(struct pc *pc)
{
    struct machine *m = &pc->m;
    struct disk *disks[FDC_DRIVES] = {&pc->disk[VT_FDA],
                                      pc->disk[VT_FDB].is_present ? &pc->disk[VT_FDB] : NULL};
    fdc_init(&pc->fdc, &m->clock, &m->ports, &m->log, isa_irq(pc, 6), dma_channel(&pc->dma, 2),
             disks);
    dev_add(&m->devs, &pc->fdc.dev);
}

// enum piix4_pm_isa
static unsigned isa_devices(const struct vt_pc_config *config)
{
    return PIIX4_PM_FLOPPY | (config->has_parallel ? PIIX4_PM_PARALLEL : 0u) |
           (config->serial_port_count > 0 ? PIIX4_PM_SERIAL_A : 0u) |
           (config->serial_port_count > 1 ? PIIX4_PM_SERIAL_B : 0u);
}

static void build_pci(struct pc *pc)
{
    struct machine *m = &pc->m;
    struct line isa[16] = {0};
    struct disk *disks[4] = {&pc->disk[0], &pc->disk[1], &pc->disk[2], &pc->disk[3]};
    for (unsigned n = 3; n < 16; n++) {
        isa[n] = n == 8 || n == 13 ? (struct line){0} : isa_irq(pc, n);
    }
    pci_init(&pc->pci, &m->ports);
    dev_add(&m->devs, &pc->pci.dev);
    i440fx_init(&pc->i440fx, &pc->pci, &m->phys, pc->ram, pc->rom, (u32)pc->rom_bytes);
    dev_add(&m->devs, &pc->i440fx.dev);
    piix3_init(&pc->piix3, &pc->pci, PCI_DEVFN(1, 0), isa, reset_line(pc), init_line(pc));
    dev_add(&m->devs, &pc->piix3.dev);
    ide_init(&pc->ide, &pc->pci, PCI_DEVFN(1, 1), &m->ports, &m->phys, &m->clock, &m->log, disks,
             isa_irq(pc, 14), isa_irq(pc, 15));
    dev_add(&m->devs, &pc->ide.dev);
    piix4_pm_init(&pc->pm, &pc->pci, PCI_DEVFN(1, 3), &m->ports, &m->clock, &m->log, isa_irq(pc, 9),
                  (struct line){power_off, pc, 0}, isa_devices(&pc->config));
    dev_add(&m->devs, &pc->pm.dev);
    if (pc->config.has_vga) {
        vga_init(&pc->vga, &pc->pci, PCI_DEVFN(2, 0), &m->ports, &m->phys, &m->clock,
                 isa_irq(pc, 9), &m->log, pc->vram, (u32)pc->vram_bytes, pc->config.vga_bios.data,
                 (u32)pc->config.vga_bios.size_bytes);
        dev_add(&m->devs, &pc->vga.dev);
    }
}

// What nobody on PCI claims goes on to ISA, where a cycle takes 8 clocks of 8 MHz. A cycle on PCI
// takes 8 of 33 MHz, or an IDE drive's 120 ns in PIO mode 4 and little more. A later row outweighs
// an earlier.
static void set_port_costs(struct ports *ports)
{
    enum { ISA_NS = 1000, PCI_NS = 240 };
    static const struct {
        u16 first, last, cost_ns;
    } costs[] = {
        {0x0000, 0x03ff, ISA_NS}, // ISA
        {0x00e9, 0x00e9, 0},      // debug console: no real machine has it
        {0x0170, 0x0177, PCI_NS}, // IDE
        {0x0376, 0x0376, PCI_NS}, //
        {0x01f0, 0x01f7, PCI_NS}, //
        {0x03f6, 0x03f6, PCI_NS}, //
        {0x01ce, 0x01d0, PCI_NS}, // VGA
        {0x03b0, 0x03df, PCI_NS}, //
        {0x0400, 0xffff, PCI_NS}, // bus master, power management, PCI's registers, fw_cfg
        {0x04d0, 0x04d1, ISA_NS}, // interrupt controllers: edge or level
    };
    for (unsigned n = 0; n < COUNT_OF(costs); n++) {
        ports_set_cost(ports, costs[n].first, costs[n].last, costs[n].cost_ns);
    }
}

static void build_machine(struct pc *pc)
{
    struct machine *m = &pc->m;
    bool has_rate = pc->config.ns_per_instruction_denominator != 0;
    clock_init(&m->clock,
               has_rate ? pc->config.ns_per_instruction_numerator : VT_PC_NS_PER_INSTRUCTION,
               has_rate ? pc->config.ns_per_instruction_denominator : 1);
    ports_init(&m->ports);
    set_port_costs(&m->ports);
    m->log.host = &pc->host;
    m->reset = reset;
    m->init = init;
    m->shut_down = shut_down;
    m->after_events = pc->config.flush_blocks_at_events ? flush_blocks : NULL;
    m->board = pc;
    if (pc->host.port_write) {
        m->ports.tap = tap;
        m->ports.tap_owner = pc;
        m->ports.tap_ports = pc->config.tap_ports;
        m->ports.tap_port_count = pc->config.tap_port_count;
    }
}

static enum vt_status build(struct pc *pc)
{
    const struct x86_model *model = x86_model_by_name(pc->config.cpu ? pc->config.cpu : "max");
    if (!model || check_config(&pc->config) != VT_OK) {
        return VT_ERROR_CONFIG;
    }
    bool has_apic = model_has_apic(model);
    build_machine(pc);
    enum vt_status status = build_memory(pc);
    if (status != VT_OK) {
        return status;
    }
    build_interrupts(pc, has_apic);
    if (!build_cpu(pc, model, has_apic)) {
        return VT_ERROR_MEMORY;
    }
    build_isa(pc);
    status = build_disks(pc);
    if (status != VT_OK) {
        return status;
    }
    build_floppies(pc);
    build_pci(pc);
    fwcfg_init(&pc->fwcfg, &pc->m.ports, &pc->m.phys);
    dev_add(&pc->m.devs, &pc->fwcfg.dev);
    status = pc_describe(pc);
    if (status == VT_OK) {
        dev_reset_all(&pc->m.devs);
    }
    return status;
}

static void release(struct pc *pc, void *memory, u64 size_bytes)
{
    if (memory) {
        pc->host.release(pc->host.owner, memory, (size_t)size_bytes);
    }
}

static void destroy(struct pc *pc)
{
    struct vt_host host = pc->host;
    audio_flush(&pc->audio);
    for (unsigned n = 0; n < VT_SLOTS; n++) {
        disk_destroy(&pc->disk[n]);
    }
    pc_boot_destroy(&pc->boot);
    x86_destroy(&pc->cpu);
    release(pc, pc->page_flags, pc->ram_bytes / PHYS_PAGE_BYTES);
    release(pc, pc->vram, pc->vram_bytes);
    release(pc, pc->rom, pc->rom_bytes);
    release(pc, pc->ram, pc->ram_bytes);
    host.release(host.owner, pc, sizeof *pc);
}

// --- what the public interface asks for ---

static void board_destroy(void *board)
{
    destroy(board);
}

static void add_stats(const void *board, struct vt_stats *out)
{
    const struct pc *pc = board;
    out->blocks_decoded = pc->cpu.stats.blocks_decoded;
    out->blocks_invalidated = pc->cpu.stats.blocks_invalidated;
    out->tlb_misses = pc->cpu.stats.tlb_misses;
    out->interrupts = pc->cpu.stats.interrupts;
    out->exceptions = pc->cpu.stats.exceptions;
    for (unsigned n = 0; n < VT_SLOTS; n++) {
        out->disk_reads += pc->disk[n].read_count;
        out->disk_writes += pc->disk[n].write_count;
    }
}

static void board_digest(const void *board, struct digest *d)
{
    const struct pc *pc = board;
    digest_add(d, pc->ram, (size_t)pc->ram_bytes);
    digest_add(d, pc->vram, (size_t)pc->vram_bytes);
    for (unsigned n = 0; n < VT_SLOTS; n++) {
        disk_digest(&pc->disk[n], d);
    }
}

static void trace_from(void *board, u64 instruction)
{
    struct pc *pc = board;
    pc->cpu.trace_from = instruction;
}

static void power_button(void *board)
{
    struct pc *pc = board;
    piix4_pm_power_button(&pc->pm);
}

static size_t serial_input(void *board, unsigned uart, const u8 *bytes, size_t count)
{
    struct pc *pc = board;
    return uart < pc->config.serial_port_count ? uart_receive(&pc->uart[uart], bytes, count) : 0;
}

static bool key(void *board, unsigned key, bool is_pressed)
{
    struct pc *pc = board;
    return ps2_key(&pc->ps2, key, is_pressed);
}

static unsigned key_room(const void *board)
{
    const struct pc *pc = board;
    return ps2_key_room(&pc->ps2);
}

static void mouse(void *board, int dx, int dy, int dz, unsigned buttons)
{
    struct pc *pc = board;
    ps2_mouse(&pc->ps2, dx, dy, dz, buttons);
}

static enum vt_status force_medium(void *board, enum vt_slot slot, const struct vt_drive *drive)
{
    struct pc *pc = board;
    bool is_missing = slot == VT_FDB && fdc_drive_kind(&pc->fdc, 1) == FLOPPY_NONE;
    if (slot >= VT_SLOTS || (slot < VT_FDA && !pc->disk[slot].is_cdrom) || is_missing) {
        return VT_ERROR_FIXED;
    }
    return disk_change(&pc->disk[slot], drive) ? VT_OK : VT_ERROR_MEMORY;
}

static enum vt_status change_medium(void *board, enum vt_slot slot, const struct vt_drive *drive)
{
    struct pc *pc = board;
    if (slot < VT_FDA && pc->disk[slot].is_cdrom && !ide_press_button(&pc->ide, slot)) {
        return VT_ERROR_LOCKED;
    }
    return force_medium(board, slot, drive);
}

static bool text_screen(const void *board, struct vt_text_screen *out)
{
    const struct pc *pc = board;
    return pc->config.has_vga && vga_text_screen(&pc->vga, out);
}

static bool screen_draw(void *board, struct vt_screen *screen)
{
    struct pc *pc = board;
    if (!pc->config.has_vga) {
        screen->width = screen->height = screen->changed_first = screen->changed_end = 0;
        return true;
    }
    return vga_draw(&pc->vga, screen);
}

static const struct board_ops pc_ops = {
    .destroy = board_destroy,
    .add_stats = add_stats,
    .digest = board_digest,
    .trace_from = trace_from,
    .power_button = power_button,
    .serial_input = serial_input,
    .key = key,
    .key_room = key_room,
    .mouse = mouse,
    .change_medium = change_medium,
    .force_medium = force_medium,
    .text_screen = text_screen,
    .screen_draw = screen_draw,
    .debug = &pc_debug_ops,
};

enum vt_status vt_pc_create(const struct vt_pc_config *config, const struct vt_host *host,
                            struct vt_machine **out)
{
    *out = NULL;
    struct pc *pc = host->alloc(host->owner, sizeof *pc);
    if (!pc) {
        return VT_ERROR_MEMORY;
    }
    pc->vm = (struct vt_machine){.ops = &pc_ops, .m = &pc->m, .board = pc};
    pc->host = *host;
    pc->config = *config;
    enum vt_status status = build(pc);
    if (status != VT_OK) {
        destroy(pc);
        return status;
    }
    *out = &pc->vm;
    return VT_OK;
}
