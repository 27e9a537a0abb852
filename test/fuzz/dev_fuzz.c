// Every chip of the PC on one bench without a processor: random reads and writes of its registers,
// with time, wires, input from the host and interrupt acknowledges between. The first byte chooses
// which chip gets the attention.
//
// Each input runs twice, the second time with every state saved, loaded and restored now and then:
// nobody may see a difference (law 6 of ARCHITECTURE.md).
#include "test/fuzz/fuzz.h"

#include "core/audio.h"
#include "core/clock.h"
#include "core/dev.h"
#include "core/disk.h"
#include "core/line.h"
#include "core/phys.h"
#include "core/ports.h"
#include "dev/debugcon.h"
#include "dev/dma.h"
#include "dev/fdc.h"
#include "dev/ferr.h"
#include "dev/fwcfg.h"
#include "dev/hpet.h"
#include "dev/i440fx.h"
#include "dev/ide.h"
#include "dev/ioapic.h"
#include "dev/lapic.h"
#include "dev/parallel.h"
#include "dev/pci.h"
#include "dev/pic.h"
#include "dev/piix3.h"
#include "dev/piix4_pm.h"
#include "dev/pit.h"
#include "dev/port92.h"
#include "dev/ps2.h"
#include "dev/rtc.h"
#include "dev/speaker.h"
#include "dev/uart.h"
#include "dev/vga.h"
#include "vitrine/vitrine.h"

enum {
    RAM_BYTES = 0x110000,
    ROM_BYTES = 0x20000,
    VRAM_BYTES = 0x40000,
    DISK_BYTES = 60 * 512 + 100, // the last sector is not whole
    STATE_BYTES_MAX = 1 << 18,
    STEPS_MAX = 600,
};

struct bench {
    struct clock clock;
    struct ports ports;
    struct phys phys;
    struct log log;
    struct vt_host host;
    struct dev_list devs;

    struct line_or irq[16];
    struct pic pic;
    struct lapic lapic;
    struct ioapic ioapic;
    struct dma dma;
    struct hpet hpet;
    struct pit pit;
    struct audio audio;
    struct speaker speaker;
    struct rtc rtc;
    struct port92 port92;
    struct ps2 ps2;
    struct ferr ferr;
    struct uart uart;
    struct parallel parallel;
    struct debugcon debugcon;
    struct fwcfg fwcfg;
    struct pci pci;
    struct i440fx i440fx;
    struct piix3 piix3;
    struct piix4_pm pm;
    struct ide ide;
    struct vga vga;
    struct fdc fdc;
    struct disk disk[VT_SLOTS];

    bool intr, wants_reset;
    u64 seen; // of everything that came out
    u8 ram[RAM_BYTES], page_flags[RAM_BYTES / PHYS_PAGE_BYTES], rom[ROM_BYTES], vram[VRAM_BYTES];
    u8 image[DISK_BYTES];
    u8 file[64];
};

static void see(struct bench *b, u64 value)
{
    b->seen = (b->seen ^ value) * 0x9e3779b97f4a7c15ull;
    b->seen ^= b->seen >> 31;
}

// --- wires and host ---

static void set_intr(void *owner, unsigned n, bool level)
{
    struct bench *b = owner;
    (void)n;
    b->intr = level;
}

static void set_irq(void *owner, unsigned n, bool level)
{
    struct bench *b = owner;
    pic_set_irq(&b->pic, n, level);
    ioapic_set_irq(&b->ioapic, n == 0 ? 2 : n, level);
}

static void set_a20(void *owner, unsigned n, bool level)
{
    struct bench *b = owner;
    (void)n;
    phys_set_a20(&b->phys, level);
}

static void set_reset(void *owner, unsigned n, bool level)
{
    struct bench *b = owner;
    (void)n;
    b->wants_reset |= level;
}

static void serial_write(void *owner, unsigned uart, u8 byte)
{
    see(owner, uart << 8 | byte);
}

static void audio_write(void *owner, u64 first_frame, const i16 *frames, size_t count)
{
    CLAIM(count > 0 && count <= AUDIO_BLOCK_FRAMES);
    see(owner, first_frame);
    for (size_t n = 0; n < 2 * count; n++) {
        see(owner, (u16)frames[n]);
    }
}

static bool image_read(void *owner, unsigned disk, u64 offset, void *to, size_t size_bytes)
{
    const struct bench *b = owner;
    CLAIM(offset <= DISK_BYTES && size_bytes <= DISK_BYTES - offset);
    memcpy(to, b->image + offset, size_bytes);
    return disk != 2 || offset % 4096 != 0; // a bad sector now and then
}

static bool image_write(void *owner, unsigned disk, u64 offset, const void *from, size_t size_bytes)
{
    struct bench *b = owner;
    CLAIM(disk != 1); // it is a snapshot
    CLAIM(offset <= DISK_BYTES && size_bytes <= DISK_BYTES - offset);
    memcpy(b->image + offset, from, size_bytes);
    return true;
}

// --- building ---

static void add(struct bench *b, struct dev *d)
{
    dev_add(&b->devs, d);
}

static struct line line_to(struct bench *b, void (*set)(void *owner, unsigned n, bool level),
                           unsigned n)
{
    return (struct line){set, b, n};
}

// As on the board, drivers of the same interrupt are wired together.
static struct line isa_irq(struct bench *b, unsigned n)
{
    b->irq[n].out = line_to(b, set_irq, n);
    return line_or_add(&b->irq[n]);
}

static void build_memory(struct bench *b)
{
    b->host = (struct vt_host){
        .owner = b,
        .alloc = fuzz_alloc,
        .release = fuzz_release,
        .disk_read = image_read,
        .disk_write = image_write,
        .serial_write = serial_write,
        .audio_write = audio_write,
    };
    b->log.host = &b->host;
    clock_init(&b->clock, 1, 1);
    ports_init(&b->ports);
    phys_init(&b->phys, b->ram, RAM_BYTES, b->page_flags);
    phys_map_ram(&b->phys, 0, 0xa0000, b->ram, "low");
    phys_map_ram(&b->phys, 0x100000, RAM_BYTES - 0x100000, b->ram + 0x100000, "high");
}

static void build_isa(struct bench *b)
{
    struct line none = {0}, reset = line_to(b, set_reset, 0);
    pic_init(&b->pic, &b->ports, (struct line){lapic_set_lint, &b->lapic, 0});
    add(b, &b->pic.dev);
    lapic_init(&b->lapic, &b->clock, &b->phys,
               (struct lapic_wires){.intr = line_to(b, set_intr, 0),
                                    .nmi = line_to(b, set_intr, 1),
                                    .init = line_to(b, set_reset, 0),
                                    .pic = {pic_acknowledge, &b->pic},
                                    .eoi = ioapic_eoi,
                                    .ready = ioapic_retry,
                                    .eoi_owner = &b->ioapic});
    add(b, &b->lapic.dev);
    ioapic_init(&b->ioapic, &b->phys, lapic_deliver, &b->lapic);
    add(b, &b->ioapic.dev);
    dma_init(&b->dma, &b->ports, &b->phys);
    add(b, &b->dma.dev);
    struct line timers[HPET_OUTPUTS] = {[0] = isa_irq(b, 0), [8] = isa_irq(b, 8)};
    timers[20] = (struct line){ioapic_set_irq, &b->ioapic, 20};
    hpet_init(&b->hpet, &b->clock, &b->phys, timers);
    add(b, &b->hpet.dev);
    pit_init(&b->pit, &b->clock, &b->ports, (struct line){hpet_set_legacy, &b->hpet, 0});
    add(b, &b->pit.dev);
    audio_init(&b->audio, &b->clock, &b->host, 44100);
    add(b, &b->audio.dev);
    speaker_init(&b->speaker, &b->clock, &b->ports, &b->pit, &b->audio);
    add(b, &b->speaker.dev);
    rtc_init(&b->rtc, &b->clock, &b->ports, 1150560081, (struct line){hpet_set_legacy, &b->hpet, 1},
             none);
    add(b, &b->rtc.dev);
    port92_init(&b->port92, &b->ports, line_to(b, set_a20, 0), reset);
    add(b, &b->port92.dev);
    ps2_init(&b->ps2, &b->clock, &b->ports, isa_irq(b, 1), isa_irq(b, 12),
             (struct line){port92_set_a20, &b->port92, 0}, reset);
    add(b, &b->ps2.dev);
    ferr_init(&b->ferr, &b->ports, isa_irq(b, 13));
    add(b, &b->ferr.dev);
    uart_init(&b->uart, &b->clock, &b->ports, 0x3f8, isa_irq(b, 4), &b->host, 0);
    add(b, &b->uart.dev);
    parallel_init(&b->parallel, &b->clock, &b->ports, 0x378, isa_irq(b, 7), &b->host);
    add(b, &b->parallel.dev);
    debugcon_init(&b->debugcon, &b->ports, &b->host);
    add(b, &b->debugcon.dev);
    fwcfg_init(&b->fwcfg, &b->ports, &b->phys);
    fwcfg_add_file(&b->fwcfg, "etc/fuzz", b->file, sizeof b->file);
    fwcfg_add_u16(&b->fwcfg, FWCFG_CPU_COUNT, 1);
    add(b, &b->fwcfg.dev);
}

static void build_pci(struct bench *b)
{
    struct line isa[16] = {0}, reset = line_to(b, set_reset, 0);
    struct disk *disks[4] = {&b->disk[0], &b->disk[1], &b->disk[2], &b->disk[3]};
    for (unsigned n = 3; n < 16; n++) {
        isa[n] = n == 8 || n == 13 ? (struct line){0} : isa_irq(b, n);
    }
    struct disk *floppies[FDC_DRIVES] = {&b->disk[VT_FDA], &b->disk[VT_FDB]};
    for (unsigned n = 0; n < VT_SLOTS; n++) {
        struct vt_drive drive = {.is_present = n != 3,
                                 .is_snapshot = n == 1,
                                 .is_read_only = n == VT_FDB,
                                 .host_disk = n,
                                 .size_bytes = n == 2 ? DISK_BYTES / 2 : DISK_BYTES};
        CLAIM(disk_init(&b->disk[n], &drive, &b->host, &b->log));
    }
    fdc_init(&b->fdc, &b->clock, &b->ports, &b->log, isa_irq(b, 6), dma_channel(&b->dma, 2),
             floppies);
    add(b, &b->fdc.dev);
    pci_init(&b->pci, &b->ports);
    add(b, &b->pci.dev);
    i440fx_init(&b->i440fx, &b->pci, &b->phys, b->ram, b->rom, ROM_BYTES);
    add(b, &b->i440fx.dev);
    piix3_init(&b->piix3, &b->pci, PCI_DEVFN(1, 0), isa, reset, reset);
    add(b, &b->piix3.dev);
    ide_init(&b->ide, &b->pci, PCI_DEVFN(1, 1), &b->ports, &b->phys, &b->clock, &b->log, disks,
             isa_irq(b, 14), isa_irq(b, 15));
    add(b, &b->ide.dev);
    piix4_pm_init(&b->pm, &b->pci, PCI_DEVFN(1, 3), &b->ports, &b->clock, &b->log, isa_irq(b, 9),
                  reset, 0);
    add(b, &b->pm.dev);
    vga_init(&b->vga, &b->pci, PCI_DEVFN(2, 0), &b->ports, &b->phys, &b->clock, isa_irq(b, 9),
             &b->log, b->vram, VRAM_BYTES, b->rom, ROM_BYTES);
    add(b, &b->vga.dev);
}

static void config_write(struct bench *b, unsigned devfn, unsigned offset, u32 value,
                         unsigned size_bytes)
{
    ports_write(&b->ports, 0xcf8, 0x80000000u | devfn << 8 | (offset & 0xfc), 4);
    ports_write(&b->ports, (u16)(0xcfc + offset % 4), value, size_bytes);
}

// As firmware leaves it.
static void configure(struct bench *b)
{
    config_write(b, PCI_DEVFN(1, 1), 0x20, 0xc001, 4);
    config_write(b, PCI_DEVFN(1, 1), 4, 5, 2);
    config_write(b, PCI_DEVFN(1, 1), 0x40, 0x80008000, 4);
    config_write(b, PCI_DEVFN(1, 3), 0x40, 0xb001, 4);
    config_write(b, PCI_DEVFN(1, 3), 0x80, 1, 1);
    config_write(b, PCI_DEVFN(1, 3), 0x90, 0xb101, 4);
    config_write(b, PCI_DEVFN(1, 3), 0xd2, 1, 1);
    config_write(b, PCI_DEVFN(2, 0), 0x10, 0xe0000000, 4);
    config_write(b, PCI_DEVFN(2, 0), 4, 3, 2);
}

static void build(struct bench *b)
{
    memset(b, 0, sizeof *b);
    build_memory(b);
    build_isa(b);
    build_pci(b);
    for (unsigned n = 0; n < DISK_BYTES; n += 16) {
        store_le32(b->image + n, n * 2654435761u);
    }
    dev_reset_all(&b->devs);
    configure(b);
}

// --- what one input does ---

struct range {
    u32 first;
    u16 count;
    bool is_memory;
};

enum { RANGES_MAX = 8, CHIPS = 18 };

static const struct range chips[CHIPS][RANGES_MAX] = {
    {{0x40, 4, false}, {0x61, 1, false}},
    {{0x70, 2, false}},
    {{0x20, 2, false}, {0xa0, 2, false}, {0x4d0, 2, false}},
    {{0x60, 1, false}, {0x64, 1, false}, {0x92, 1, false}},
    {{0x3f8, 8, false}, {0x378, 3, false}},
    {{0xfee00000, 0x400, true}, {0xfec00000, 0x20, true}, {0xfee00080, 0x40, true}},
    {{0x510, 12, false}},
    {{0xf0, 2, false}, {0x92, 1, false}, {0xe9, 1, false}, {0x64, 1, false}},
    {{0xcf8, 8, false}, {0xcfc, 4, false}, {0xcf9, 1, false}},
    {{0xb000, 64, false}, {0xb100, 16, false}, {0xb2, 2, false}, {0xcf8, 8, false}},
    {{0x1f0, 8, false}, {0x3f6, 1, false}, {0x170, 8, false}, {0x376, 1, false}},
    {{0x1f0, 8, false}, {0xc000, 16, false}, {0x3f6, 1, false}, {0x1f7, 1, false}},
    {{0x3b0, 48, false}, {0xa0000, 0xffff, true}, {0x1ce, 3, false}, {0xb8000, 0x7fff, true}},
    {{0xe0000000, 0xffff, true}, {0x3c0, 32, false}, {0x1ce, 3, false}, {0xa0000, 0xffff, true}},
    {{0x00, 32, false}, {0xc0, 32, false}, {0x80, 32, false}},
    {{0xfed00000, 0x160, true}, {0xfed000f0, 0x40, true}, {0xfec00000, 0x20, true}},
    {{0x3f0, 8, false}, {0x3f5, 1, false}, {0x3f2, 1, false}, {0x3f4, 2, false}},
    {{0x3f5, 1, false}, {0x3f5, 1, false}, {0x00, 16, false}, {0x3f7, 1, false}},
};

static u32 pick_address(struct input *in, unsigned chip, bool *is_memory)
{
    unsigned count = 0;
    while (count < RANGES_MAX && chips[chip][count].count) {
        count++;
    }
    u8 choice = take8(in);
    if (choice == 0xff) { // anything at all
        *is_memory = take8(in) & 1;
        return *is_memory ? take32(in) : take16(in);
    }
    const struct range *r = &chips[chip][choice % count];
    *is_memory = r->is_memory;
    return r->first + take_below(in, r->count);
}

static void read_register(struct bench *b, u32 address, bool is_memory, unsigned size_bytes)
{
    u64 value = 0;
    if (is_memory) {
        phys_read(&b->phys, address, &value, size_bytes);
    } else {
        value = ports_read(&b->ports, (u16)address, size_bytes);
        CLAIM(size_bytes == 4 || value >> (8 * size_bytes) == 0);
    }
    see(b, value);
}

static void write_register(struct bench *b, u32 address, bool is_memory, unsigned size_bytes,
                           u32 value)
{
    if (is_memory) {
        phys_write(&b->phys, address, &value, size_bytes);
    } else {
        ports_write(&b->ports, (u16)address, value, size_bytes);
    }
}

// A PRD table or an fw_cfg DMA request in memory, and its address to the chips.
static void prepare_dma(struct bench *b, struct input *in)
{
    u32 table = 0x1000 + 4u * take8(in);
    struct input part = take_part(in, 16);
    u8 bytes[16] = {0};
    if (part.left > 0) {
        memcpy(bytes, part.at, part.left);
    }
    phys_write(&b->phys, table, bytes, sizeof bytes);
    ports_write(&b->ports, 0xc004, table, 4);
    if (bytes[15] & 1) {
        ports_write(&b->ports, 0xc000, 8u * (bytes[15] >> 1 & 1) | 1, 1);
    } else {
        ports_write(&b->ports, 0x518, __builtin_bswap32(table), 4);
    }
}

// A whole ATA command at once: inputs rarely get six registers right.
static void ata_command(struct bench *b, struct input *in)
{
    u16 base = take8(in) & 1 ? 0x170 : 0x1f0;
    u8 count = take8(in) % 32, lba = take8(in) % 64;
    ports_write(&b->ports, (u16)(base + 6), 0xe0 | (take8(in) & 0x1f), 1);
    ports_write(&b->ports, (u16)(base + 2), count, 1);
    ports_write(&b->ports, (u16)(base + 3), lba, 1);
    ports_write(&b->ports, (u16)(base + 4), 0, 1);
    ports_write(&b->ports, (u16)(base + 5), 0, 1);
    ports_write(&b->ports, (u16)(base + 7), take8(in), 1);
}

static void pass_time(struct bench *b, u64 ns)
{
    u64 until = clock_now_ns(&b->clock) + ns;
    unsigned events = 0;
    while (b->clock.next_ns <= until && events < 2000) {
        clock_skip_to(&b->clock, b->clock.next_ns);
        events += clock_run_due(&b->clock);
    }
    clock_skip_to(&b->clock, until < b->clock.next_ns ? until : b->clock.next_ns);
    clock_run_due(&b->clock);
}

// A whole command of the floppy controller, mostly one that makes sense.
static void fdc_command(struct bench *b, struct input *in)
{
    static const u8 firsts[] = {0x42, 0xc5, 0xe6, 0x46, 0x49, 0x4a, 0x6c, 0x4d,
                                0x51, 0x56, 0x59, 0x5d, 0x07, 0x0f, 0x8f, 0x13};
    u8 first = firsts[take8(in) % sizeof firsts], setting = take8(in);
    ports_write(&b->ports, 0x3f2, setting & 1 ? 0x3c : 0x3d, 1);
    pass_time(b, 100000);
    ports_write(&b->ports, 0x3f7, setting & 2 ? take8(in) : 0, 1);
    ports_write(&b->ports, 0x0b, setting & 4 ? 0x46 : 0x4a, 1);
    ports_write(&b->ports, 0xd6, 0xc0, 1);
    ports_write(&b->ports, 0x0f, 0, 1);
    ports_write(&b->ports, 0xde, 0, 1);
    ports_write(&b->ports, 0x3f5, first, 1);
    for (unsigned n = fdc_command_bytes(first); n > 1; n--) {
        ports_write(&b->ports, 0x3f5, take8(in) & (setting >> 4 | 3), 1);
    }
}

// Somebody exchanges a floppy disk.
static void exchange(struct bench *b, struct input *in)
{
    struct vt_drive drive = {.is_present = take8(in) & 7,
                             .host_disk = VT_FDA,
                             .size_bytes = take16(in) % (DISK_BYTES + 1)};
    CLAIM(disk_change(&b->disk[take8(in) & 1 ? VT_FDA : VT_FDB], &drive));
}

// A device of the ISA bus moves some bytes.
static void dma_burst(struct bench *b, struct input *in)
{
    struct dma_channel channel = dma_channel(&b->dma, take8(in) % 8);
    u8 bytes[0x200] = {0x55};
    u32 size_bytes = 2u * take8(in);
    bool is_write = take8(in) & 1, is_end;
    u32 moved = dma_transfer(&channel, bytes, size_bytes,
                             is_write ? DMA_TO_MEMORY : DMA_FROM_MEMORY, &is_end);
    CLAIM(moved <= size_bytes && (!is_end || moved > 0));
    see(b, moved << 9 | (u32)is_end << 8 | bytes[0]);
}

static void acknowledge(struct bench *b)
{
    if (b->intr) {
        see(b, lapic_acknowledge(&b->lapic));
    }
}

static void host_input(struct bench *b, struct input *in)
{
    u8 bytes[8];
    switch (take8(in) % 12) {
    case 0:
    case 1: see(b, ps2_key(&b->ps2, take16(in) % 0x208, take8(in) & 1)); break;
    case 2:
        ps2_mouse(&b->ps2, (int)(i16)take16(in), (int)take32(in), (i8)take8(in), take8(in));
        break;
    case 3:
    case 4:
        store_le64(bytes, take32(in) * 0x100000001ull);
        see(b, uart_receive(&b->uart, bytes, take8(in) % 9));
        break;
    case 5: ferr_set(&b->ferr, 0, take8(in) & 1); break;
    case 6: piix4_pm_power_button(&b->pm); break;
    case 7: see(b, ps2_key_room(&b->ps2)); break;
    case 8: dma_burst(b, in); break;
    case 9:
    case 10: fdc_command(b, in); break;
    default: exchange(b, in); break;
    }
}

static void step(struct bench *b, struct input *in, unsigned chip)
{
    static const unsigned sizes[] = {1, 1, 1, 1, 2, 2, 4, 4};
    u8 op = take8(in);
    unsigned size_bytes = sizes[op >> 4 & 7];
    bool is_memory = false;
    u32 address = 0;
    switch (op % 16) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
        address = pick_address(in, chip, &is_memory);
        write_register(b, address, is_memory, size_bytes, size_bytes == 1 ? take8(in) : take32(in));
        break;
    case 6:
    case 7:
    case 8:
        address = pick_address(in, chip, &is_memory);
        read_register(b, address, is_memory, size_bytes);
        break;
    case 9: // a block of data
        address = pick_address(in, chip, &is_memory);
        for (unsigned n = 2u * take8(in); n > 0; n--) {
            op & 0x80 ? write_register(b, address, is_memory, size_bytes, n * 0x01234567u)
                      : read_register(b, address, is_memory, size_bytes);
        }
        break;
    case 10: pass_time(b, take16(in)); break;
    case 11: pass_time(b, (u64)take16(in) << (op >> 4) << 4); break;
    case 12: acknowledge(b); break;
    case 13: host_input(b, in); break;
    case 14: prepare_dma(b, in); break;
    default: ata_command(b, in); break;
    }
    if (b->wants_reset) {
        b->wants_reset = false;
        see(b, 0x12345);
        if (op & 1) {
            dev_reset_all(&b->devs);
            configure(b);
        }
    }
}

// Takes every state out and puts it back.
static void save_and_load(struct bench *b)
{
    static u8 saved[STATE_BYTES_MAX];
    for (struct dev *d = b->devs.first; d; d = d->next) {
        if (!d->fields) {
            continue;
        }
        CLAIM(fields_size(d->fields) <= sizeof saved);
        fields_save(d->fields, d->state, saved);
        fields_load(d->fields, d->state, saved);
        if (d->restored) {
            d->restored(d->owner);
        }
    }
}

static void run(struct bench *b, struct input in, u64 save_mask)
{
    unsigned chip = take_below(&in, CHIPS);
    build(b);
    for (unsigned n = 0; n < STEPS_MAX && in.left > 0; n++) {
        step(b, &in, chip);
        if (save_mask >> (n & 63) & 1) {
            save_and_load(b);
        }
    }
    static struct vt_text_screen screen;
    if (vga_text_screen(&b->vga, &screen)) {
        see(b, screen.columns << 16 | screen.rows);
    }
}

static u64 digest_of(const struct bench *b)
{
    struct digest d;
    digest_init(&d);
    dev_digest_all(&b->devs, &d);
    digest_add_u64(&d, b->seen);
    digest_add_u64(&d, clock_now_ns(&b->clock));
    digest_add(&d, b->image, sizeof b->image);
    disk_digest(&b->disk[1], &d);
    return digest_end(&d);
}

static void show_difference(const struct bench *a, const struct bench *b)
{
    const struct dev *y = b->devs.first;
    for (const struct dev *x = a->devs.first; x && y; x = x->next, y = y->next) {
        for (unsigned n = 0; x->fields && n < x->fields->field_count; n++) {
            const struct field *f = &x->fields->fields[n];
            size_t stride = f->sub ? f->element_bytes : (size_t)f->element_bytes;
            if (memcmp((const u8 *)x->state + f->offset, (const u8 *)y->state + f->offset,
                       stride * f->count) != 0) {
                fprintf(stderr, "%s: %s differs\n", x->name, f->name);
            }
        }
    }
    fprintf(stderr, "seen %llx, %llx; ns %llu, %llu\n", (unsigned long long)a->seen,
            (unsigned long long)b->seen, (unsigned long long)clock_now_ns(&a->clock),
            (unsigned long long)clock_now_ns(&b->clock));
}

static void tear_down(struct bench *b)
{
    for (unsigned n = 0; n < VT_SLOTS; n++) {
        disk_destroy(&b->disk[n]);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size_bytes)
{
    static struct bench *a, *b;
    struct input in = {data, size_bytes};
    if (!a) {
        a = fuzz_alloc(NULL, sizeof *a);
        b = fuzz_alloc(NULL, sizeof *b);
    }
    u8 when = take8(&in);
    run(a, in, 0);
    run(b, in, when & 0x80 ? UINT64_MAX : 0x8001000100010001ull << (when & 15));
    bool is_same = digest_of(a) == digest_of(b);
    if (!is_same) {
        show_difference(a, b);
    }
    CLAIM(is_same);
    tear_down(a);
    tear_down(b);
    return 0;
}
