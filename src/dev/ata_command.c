// The commands of an ATA disk: a table by command code, and the addresses of sectors.
// [ATA6] 8, and [ATA4] for what was obsolete by then but is still used (CHS, MULTIPLE of old
// BIOSes)
#include "dev/ata.h"

#include "base/bits.h"
#include "base/bytes.h"

enum { DEVICE_LBA = 0x40, DEVICE_HEAD = 0x0F };

struct command {
    void (*run)(struct ata *a); // NULL: not supported, aborted
    bool is_48bit;
    bool is_multiple; // a DRQ block is as long as SET MULTIPLE MODE said
    bool is_write;
    bool is_mechanical; // moves the heads
};

static const struct command commands[256];

// --- addresses ---

static bool is_48bit(const struct ata *a)
{
    return commands[a->s->command].is_48bit;
}

// The sector that the registers name; false: there is no such cylinder, head or sector.
static bool read_address(struct ata *a, u64 *sector)
{
    const struct ata_drive_state *d = ata_active(a);
    u64 low =
        (u64)d->task[ATA_LBA_HIGH] << 16 | (u64)d->task[ATA_LBA_MID] << 8 | d->task[ATA_LBA_LOW];
    if (is_48bit(a)) {
        *sector = (u64)d->task_before[ATA_LBA_HIGH] << 40 | (u64)d->task_before[ATA_LBA_MID] << 32 |
                  (u64)d->task_before[ATA_LBA_LOW] << 24 | low;
        return true;
    }
    if (d->device & DEVICE_LBA) {
        *sector = (u64)(d->device & DEVICE_HEAD) << 24 | low;
        return true;
    }
    u32 cylinder = (u32)(low >> 8), head = d->device & DEVICE_HEAD, number = d->task[ATA_LBA_LOW];
    *sector = ((u64)cylinder * d->heads + head) * d->sectors + number - 1;
    return number >= 1 && number <= d->sectors && head < d->heads && cylinder < d->cylinders;
}

static void write_address(struct ata *a, u64 sector)
{
    struct ata_drive_state *d = ata_active(a);
    if (is_48bit(a)) {
        d->task_before[ATA_LBA_LOW] = (u8)(sector >> 24);
        d->task_before[ATA_LBA_MID] = (u8)(sector >> 32);
        d->task_before[ATA_LBA_HIGH] = (u8)(sector >> 40);
    } else if (d->device & DEVICE_LBA) {
        d->device = (u8)((d->device & 0xF0u) | (sector >> 24 & 0x0F));
    } else if (d->heads && d->sectors) {
        u64 track = sector / d->sectors;
        d->device = (u8)((d->device & 0xF0u) | track % d->heads);
        sector = track / d->heads << 8 | (sector % d->sectors + 1);
    }
    d->task[ATA_LBA_LOW] = (u8)sector;
    d->task[ATA_LBA_MID] = (u8)(sector >> 8);
    d->task[ATA_LBA_HIGH] = (u8)(sector >> 16);
}

void ata_fail_sector(struct ata *a, u8 error)
{
    write_address(a, a->s->sector);
    ata_active(a)->task[ATA_COUNT] = (u8)a->s->sectors_left;
    ata_active(a)->task_before[ATA_COUNT] = (u8)(a->s->sectors_left >> 8);
    ata_fail(a, error);
}

// Reads address and count from the registers. False: the command has failed.
static bool begin_transfer(struct ata *a)
{
    struct ata_state *s = a->s;
    const struct ata_drive_state *d = ata_active(a);
    const struct command *command = &commands[s->command];
    u32 count = d->task[ATA_COUNT];
    ata_active(a)->is_standby = false; // the medium spins up
    if (command->is_48bit) {
        count |= (u32)d->task_before[ATA_COUNT] << 8;
        s->sectors_left = count ? count : 65536;
    } else {
        s->sectors_left = count ? count : 256;
    }
    if (command->is_multiple && d->multiple == 0) {
        ata_fail(a, ATA_ERROR_ABRT);
        return false;
    }
    s->block_sectors = command->is_multiple ? d->multiple : 1;
    s->is_writing = command->is_write;
    if (command->is_write && ata_active_disk(a)->is_read_only) {
        ata_fail(a, ATA_ERROR_ABRT);
        return false;
    }
    if (!read_address(a, &s->sector)) {
        ata_fail(a, ATA_ERROR_IDNF);
        return false;
    }
    return true;
}

// --- transfers ---

static void run_read(struct ata *a)
{
    if (begin_transfer(a)) {
        ata_data_in(a);
    }
}

static void run_write(struct ata *a)
{
    if (begin_transfer(a)) {
        ata_data_out(a); // the first block is asked for without an interrupt. [ATA6] 9.6
    }
}

static void run_dma(struct ata *a)
{
    if (begin_transfer(a)) {
        ata_wait_dma(a);
    }
}

static void run_verify(struct ata *a)
{
    struct ata_state *s = a->s;
    u64 size = ata_active_disk(a)->sector_count;
    if (!begin_transfer(a)) {
        return;
    }
    if (s->sector >= size || s->sectors_left > size - s->sector) {
        u64 good = s->sector < size ? size - s->sector : 0;
        s->sector += good;
        s->sectors_left -= (u32)good;
        ata_fail_sector(a, ATA_ERROR_IDNF);
        return;
    }
    ata_finish(a);
}

static void run_seek(struct ata *a)
{
    u64 sector;
    if (!read_address(a, &sector) || sector >= ata_active_disk(a)->sector_count) {
        ata_fail(a, ATA_ERROR_IDNF);
        return;
    }
    ata_finish(a);
}

static void run_flush(struct ata *a)
{
    const struct disk *disk = ata_active_disk(a);
    if (!disk->is_read_only && !disk_flush(ata_active_disk(a))) {
        ata_fail(a, ATA_ERROR_ABRT);
        return;
    }
    ata_finish(a);
}

// --- settings ---

static void run_initialize_parameters(struct ata *a)
{
    struct ata_drive_state *d = ata_active(a);
    u32 sectors = d->task[ATA_COUNT], heads = (d->device & DEVICE_HEAD) + 1u;
    if (sectors == 0) {
        ata_fail(a, ATA_ERROR_ABRT);
        return;
    }
    d->heads = heads;
    d->sectors = sectors;
    d->cylinders = (u32)min_u64(ata_active_disk(a)->sector_count / (heads * sectors), 65535);
    ata_finish(a);
}

static void run_set_multiple(struct ata *a)
{
    u8 count = ata_active(a)->task[ATA_COUNT];
    if (count > ATA_MULTIPLE_MAX || (count && !is_power_of_2(count))) {
        ata_fail(a, ATA_ERROR_ABRT);
        return;
    }
    ata_active(a)->multiple = count;
    ata_finish(a);
}

// SET FEATURES 03h. [ATA6] table 48
static bool set_transfer_mode(struct ata_drive_state *d)
{
    u8 mode = d->task[ATA_COUNT], number = mode & 7;
    switch (mode >> 3) {
    case 0: return number <= 1; // the default, with or without IORDY
    case 1: return number <= 4; // PIO
    case 4: d->transfer_mode = number <= 2 ? mode : d->transfer_mode; return number <= 2;
    case 8: d->transfer_mode = number <= 5 ? mode : d->transfer_mode; return number <= 5;
    default: return false;
    }
}

void ata_run_set_features(struct ata *a)
{
    struct ata_drive_state *d = ata_active(a);
    bool is_known = true;
    switch (d->task[ATA_FEATURES]) {
    case 0x02: d->is_write_cached = true; break;
    case 0x82: d->is_write_cached = false; break;
    case 0xAA: d->is_read_ahead = true; break;
    case 0x55: d->is_read_ahead = false; break;
    case 0x03: is_known = set_transfer_mode(d); break;
    case 0x66: // keep, or
    case 0xCC: // drop, the settings at a software reset: ours are kept
        break;
    default: is_known = false; break;
    }
    if (is_known) {
        ata_finish(a);
    } else {
        ata_fail(a, ATA_ERROR_ABRT);
    }
}

void ata_run_power_down(struct ata *a)
{
    ata_active(a)->is_standby = true;
    ata_finish(a);
}

void ata_run_power_up(struct ata *a)
{
    ata_active(a)->is_standby = false;
    ata_finish(a);
}

void ata_run_sleep(struct ata *a)
{
    ata_active(a)->is_asleep = true;
    ata_run_power_down(a);
}

void ata_run_check_power(struct ata *a)
{
    ata_active(a)->task[ATA_COUNT] = ata_active(a)->is_standby ? 0x00 : 0xFF;
    ata_finish(a);
}

static void run_read_native_max(struct ata *a)
{
    u64 last = ata_active_disk(a)->sector_count - 1;
    ata_active(a)->device |= DEVICE_LBA;
    write_address(a, is_48bit(a) ? last : min_u64(last, ATA_LBA28_SECTORS - 1));
    ata_finish(a);
}

void ata_run_diagnostic(struct ata *a)
{
    ata_finish(a);
    for (unsigned n = 0; n < 2; n++) {
        ata_set_signature(a, n); // error 1: passed; a packet device shows 0 as its status
    }
}

// --- IDENTIFY, buffer, and what is refused ---

static void run_identify(struct ata *a)
{
    ata_fill_identify(a);
    ata_send(a, ATA_SECTOR_BYTES);
}

// The buffer keeps what WRITE BUFFER stored until another command uses it, as in a real drive.
static void run_read_buffer(struct ata *a)
{
    ata_send(a, ATA_SECTOR_BYTES);
}

static void run_write_buffer(struct ata *a)
{
    a->s->sectors_left = a->s->block_sectors = 1;
    ata_data_out(a);
}

static void run_refused(struct ata *a)
{
    ata_fail(a, ATA_ERROR_ABRT);
}

// --- the table ---

// clang-format off
#define READ(...)   {.run = run_read, __VA_ARGS__}
#define WRITE(...)  {.run = run_write, .is_write = true, __VA_ARGS__}
#define MOVE(f)     {.run = f, .is_mechanical = true}
#define FOUR(first, f)                                                                             \
    [first] = MOVE(f), [first + 1] = MOVE(f), [first + 2] = MOVE(f), [first + 3] = MOVE(f)
#define SIXTEEN(first, f)                                                                          \
    FOUR(first, f), FOUR(first + 4, f), FOUR(first + 8, f), FOUR(first + 12, f)

static const struct command commands[256] = {
    [0x00] = {.run = run_refused},                                 // NOP
    SIXTEEN(0x10, ata_finish),                                     // RECALIBRATE
    [0x20] = READ(.is_48bit = false),                              // READ SECTORS
    [0x21] = READ(.is_48bit = false),                              //   without retries
    [0x24] = READ(.is_48bit = true),                               // READ SECTORS EXT
    [0x25] = {.run = run_dma, .is_48bit = true},                   // READ DMA EXT
    [0x27] = {.run = run_read_native_max, .is_48bit = true},       // READ NATIVE MAX ADDRESS EXT
    [0x29] = READ(.is_48bit = true, .is_multiple = true),          // READ MULTIPLE EXT
    [0x30] = WRITE(.is_48bit = false),                             // WRITE SECTORS
    [0x31] = WRITE(.is_48bit = false),                             //   without retries
    [0x34] = WRITE(.is_48bit = true),                              // WRITE SECTORS EXT
    [0x35] = {.run = run_dma, .is_48bit = true, .is_write = true}, // WRITE DMA EXT
    [0x39] = WRITE(.is_48bit = true, .is_multiple = true),         // WRITE MULTIPLE EXT
    [0x3C] = WRITE(.is_48bit = false),                             // WRITE VERIFY [ATA4]
    [0x3D] = {.run = run_dma, .is_48bit = true, .is_write = true}, // WRITE DMA FUA EXT
    [0x40] = {.run = run_verify},                                  // READ VERIFY SECTORS
    [0x41] = {.run = run_verify},                                  //   without retries
    [0x42] = {.run = run_verify, .is_48bit = true},                // READ VERIFY SECTORS EXT
    SIXTEEN(0x70, run_seek),                                       // SEEK
    [0x90] = {.run = ata_run_diagnostic},                          // EXECUTE DEVICE DIAGNOSTIC
    [0x91] = MOVE(run_initialize_parameters),                      // INITIALIZE DEVICE PARAMETERS
    [0x94] = {.run = ata_run_power_down},                          // STANDBY IMMEDIATE, old code
    [0x95] = {.run = ata_run_power_up},                            // IDLE IMMEDIATE, old code
    [0x96] = {.run = ata_run_power_up},                            // STANDBY, old code
    [0x97] = {.run = ata_run_power_up},                            // IDLE, old code
    [0x98] = {.run = ata_run_check_power},                         // CHECK POWER MODE, old code
    [0x99] = {.run = ata_run_sleep},                               // SLEEP, old code
    [0xB0] = {.run = ata_run_smart},                               // SMART
    [0xC4] = READ(.is_multiple = true),                            // READ MULTIPLE
    [0xC5] = WRITE(.is_multiple = true),                           // WRITE MULTIPLE
    [0xC6] = {.run = run_set_multiple},                            // SET MULTIPLE MODE
    [0xC8] = {.run = run_dma},                                     // READ DMA
    [0xC9] = {.run = run_dma},                                     //   without retries
    [0xCA] = {.run = run_dma, .is_write = true},                   // WRITE DMA
    [0xCB] = {.run = run_dma, .is_write = true},                   //   without retries
    [0xCE] = WRITE(.is_48bit = true, .is_multiple = true),         // WRITE MULTIPLE FUA EXT
    [0xE0] = {.run = ata_run_power_down},                          // STANDBY IMMEDIATE
    [0xE1] = {.run = ata_run_power_up},                            // IDLE IMMEDIATE
    [0xE2] = {.run = ata_run_power_up},                            // STANDBY, after a time only
    [0xE3] = {.run = ata_run_power_up},                            // IDLE
    [0xE4] = {.run = run_read_buffer},                             // READ BUFFER
    [0xE5] = {.run = ata_run_check_power},                         // CHECK POWER MODE
    [0xE6] = {.run = ata_run_sleep},                               // SLEEP
    [0xE7] = {.run = run_flush},                                   // FLUSH CACHE
    [0xE8] = {.run = run_write_buffer},                            // WRITE BUFFER
    [0xEA] = {.run = run_flush},                                   // FLUSH CACHE EXT
    [0xEC] = {.run = run_identify},                                // IDENTIFY DEVICE
    [0xEF] = {.run = ata_run_set_features},                        // SET FEATURES
    [0xF8] = {.run = run_read_native_max},                         // READ NATIVE MAX ADDRESS
};
// clang-format on

u64 ata_command_ns(const struct ata *a)
{
    bool is_disk = a->kind[a->s->active] == ATA_DISK;
    return is_disk && commands[a->s->command].is_mechanical ? ATA_MECHANICAL_NS : ATA_COMMAND_NS;
}

void ata_run_command(struct ata *a)
{
    const struct command *command = &commands[a->s->command];
    if (ata_active_is_packet(a)) {
        atapi_run_command(a);
    } else if (command->run) {
        command->run(a);
    } else {
        ata_fail(a, ATA_ERROR_ABRT);
    }
}
