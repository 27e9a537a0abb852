// One ATA channel: registers, interrupt, reset, and the data phases. The commands of disks are in
// ata_command.c, those of CD drives in atapi.c.
//
//          read              write
//     1F0  data              data          16 or 32 bits
//     1F1  error             features
//     1F2  sector count      sector count      \ written twice for 48-bit commands; HOB in the
//     1F3  LBA 7..0          sector            | device control register shows the older value
//     1F4  LBA 15..8         cylinder low      |
//     1F5  LBA 23..16        cylinder high     /
//     1F6  device            device        6 LBA | 4 drive | 3..0 head or LBA 27..24
//     1F7  status            command       7 BSY | 6 DRDY | 5 DF | 4 DSC | 3 DRQ | 0 ERR
//     3F6  alternate status  device control  7 HOB | 2 SRST | 1 nIEN
//
// Each command takes guest time: BSY is set at once, the answer comes with an event, or with an
// access to the data register before it.
//
// Not implemented: overlapped and queued commands, host protected area, security.
#include "dev/ata.h"

#include "base/bytes.h"

enum { CONTROL_NIEN = 0x02, CONTROL_SRST = 0x04, CONTROL_HOB = 0x80, DEVICE_DRIVE = 0x10 };

enum { COMMAND_DEVICE_RESET = 0x08, COMMAND_DIAGNOSTIC = 0x90, COMMAND_WRITE_BUFFER = 0xE8 };

static const struct field geometry_fields[] = {
    FIELD(struct ata_geometry, cylinders),
    FIELD(struct ata_geometry, heads),
    FIELD(struct ata_geometry, sectors),
    FIELD(struct ata_geometry, translation),
};

static const struct field drive_fields[] = {
    FIELD_STRUCT(struct ata_drive_state, native, geometry_fields),
    FIELD_ARRAY(struct ata_drive_state, task),
    FIELD_ARRAY(struct ata_drive_state, task_before),
    FIELD(struct ata_drive_state, device),
    FIELD(struct ata_drive_state, error),
    FIELD(struct ata_drive_state, status),
    FIELD(struct ata_drive_state, cylinders),
    FIELD(struct ata_drive_state, heads),
    FIELD(struct ata_drive_state, sectors),
    FIELD(struct ata_drive_state, multiple),
    FIELD(struct ata_drive_state, transfer_mode),
    FIELD(struct ata_drive_state, is_standby),
    FIELD(struct ata_drive_state, is_write_cached),
    FIELD(struct ata_drive_state, is_read_ahead),
    FIELD(struct ata_drive_state, is_asleep),
    FIELD(struct ata_drive_state, is_smart),
    FIELD(struct ata_drive_state, is_smart_autosaved),
    FIELD_STRUCT_OF(struct ata_drive_state, cdrom, cdrom_fields, CDROM_FIELDS),
};

const struct field ata_fields[] = {
    FIELD_STRUCTS(struct ata_state, drive, drive_fields),
    FIELD(struct ata_state, control),
    FIELD(struct ata_state, active),
    FIELD(struct ata_state, command),
    FIELD(struct ata_state, phase),
    FIELD(struct ata_state, is_pending),
    FIELD(struct ata_state, is_writing),
    FIELD(struct ata_state, position),
    FIELD(struct ata_state, length),
    FIELD(struct ata_state, sector),
    FIELD(struct ata_state, sectors_left),
    FIELD(struct ata_state, block_sectors),
    FIELD(struct ata_state, blocks_written),
    FIELD(struct ata_state, is_packet),
    FIELD(struct ata_state, is_dma),
    FIELD(struct ata_state, block_bytes),
    FIELD(struct ata_state, filled),
    FIELD_ARRAY(struct ata_state, buffer),
};
_Static_assert(COUNT_OF(ata_fields) == ATA_FIELDS, "as ata.h counts them");

// --- interrupt and time ---

static void update_irq(struct ata *a)
{
    bool level = a->s->is_pending && !(a->s->control & CONTROL_NIEN);
    if (level == a->irq_level) {
        return;
    }
    a->irq_level = level;
    if (level) {
        bmdma_interrupt(a->bmdma);
    }
    line_set(&a->irq, level);
}

void ata_set_pending(struct ata *a, bool is_pending)
{
    a->s->is_pending = is_pending;
    update_irq(a);
}

void ata_be_busy(struct ata *a, enum ata_phase phase, u64 delay_ns)
{
    a->s->phase = (u8)phase;
    ata_active(a)->status = ATA_STATUS_BSY | ATA_STATUS_DSC;
    clock_arm(a->clock, &a->event, clock_now_ns(a->clock) + delay_ns);
}

// --- ends of commands ---

void ata_finish(struct ata *a)
{
    a->s->phase = ATA_IDLE;
    ata_active(a)->status = ATA_STATUS_READY;
    ata_set_pending(a, true);
}

void ata_fail(struct ata *a, u8 error)
{
    a->s->phase = ATA_IDLE;
    ata_active(a)->error = error;
    ata_active(a)->status = ATA_STATUS_READY | ATA_STATUS_ERR;
    ata_set_pending(a, true);
}

// [ATA6] 9.12
void ata_set_signature(struct ata *a, unsigned n)
{
    struct ata_drive_state *d = &a->s->drive[n];
    memset(d->task, 0, sizeof d->task);
    memset(d->task_before, 0, sizeof d->task_before);
    d->task[ATA_COUNT] = 1;
    d->task[ATA_LBA_LOW] = 1;
    if (a->kind[n] == ATA_PACKET) {
        d->task[ATA_LBA_MID] = 0x14;
        d->task[ATA_LBA_HIGH] = 0xEB;
    } else if (a->kind[n] == ATA_ABSENT) { // QUIRK: no drive's, as QEMU and Bochs show it
        d->task[ATA_LBA_MID] = d->task[ATA_LBA_HIGH] = 0xFF;
    }
    d->device = 0;
    d->error = a->kind[n] == ATA_ABSENT ? 0 : 1;
    d->status = a->kind[n] == ATA_DISK ? ATA_STATUS_READY : 0; // a packet device is not ready yet
}

// The present command is forgotten.
static void reset_phases(struct ata *a)
{
    clock_disarm(a->clock, &a->event);
    a->s->phase = ATA_IDLE;
    a->s->is_packet = false;
    ata_set_pending(a, false);
}

static void reset_drives(struct ata *a)
{
    reset_phases(a);
    a->s->active = 0;
    for (unsigned n = 0; n < 2; n++) {
        struct ata_drive_state *d = &a->s->drive[n];
        ata_set_signature(a, n);
        d->is_standby = d->is_asleep = false;
    }
}

// --- data phases ---

void ata_send(struct ata *a, u32 size_bytes)
{
    a->s->phase = ATA_DATA_IN;
    a->s->position = 0;
    a->s->length = size_bytes;
    ata_active(a)->status = ATA_STATUS_READY | ATA_STATUS_DRQ;
    ata_set_pending(a, true);
}

static u32 block_of(const struct ata *a)
{
    const struct ata_state *s = a->s;
    return s->sectors_left < s->block_sectors ? s->sectors_left : s->block_sectors;
}

void ata_data_in(struct ata *a)
{
    struct ata_state *s = a->s;
    struct disk *disk = ata_active_disk(a);
    u32 count = block_of(a);
    if (s->sector + count > disk->sector_count) {
        ata_fail_sector(a, ATA_ERROR_IDNF);
        return;
    }
    if (!disk_read(disk, s->sector, count, s->buffer)) {
        ata_fail_sector(a, ATA_ERROR_UNC);
        return;
    }
    s->sector += count;
    s->sectors_left -= count;
    ata_send(a, count * ATA_SECTOR_BYTES);
}

void ata_data_out(struct ata *a)
{
    a->s->phase = ATA_DATA_OUT;
    a->s->position = 0;
    a->s->length = block_of(a) * ATA_SECTOR_BYTES;
    ata_active(a)->status = ATA_STATUS_READY | ATA_STATUS_DRQ;
}

// The host has filled the buffer, and the time to store it is over.
static void store_block(struct ata *a)
{
    struct ata_state *s = a->s;
    struct disk *disk = ata_active_disk(a);
    u32 count = block_of(a);
    if (s->command == COMMAND_WRITE_BUFFER) {
        ata_finish(a);
    } else if (s->sector + count > disk->sector_count) {
        ata_fail_sector(a, ATA_ERROR_IDNF);
    } else if (!disk_write(disk, s->sector, count, s->buffer)) {
        ata_fail_sector(a, ATA_ERROR_ABRT);
    } else {
        s->sector += count;
        s->sectors_left -= count;
        if (s->sectors_left == 0) {
            ata_finish(a);
        } else {
            ata_data_out(a);
            ata_set_pending(a, true);
        }
    }
}

// How long the drive is busy with the block that the host has written.
static u64 time_to_store(struct ata *a)
{
    bool is_cache_full = ++a->s->blocks_written % ATA_CACHE_BLOCKS == 0;
    return (u64)block_of(a) * ATA_SECTOR_NS + (is_cache_full ? ATA_CACHE_NS : 0);
}

// The host has moved the whole buffer.
static void data_phase_over(struct ata *a)
{
    struct ata_state *s = a->s;
    if (s->is_packet) {
        atapi_block_over(a);
    } else if (s->phase == ATA_DATA_OUT) {
        ata_be_busy(a, ATA_BUSY_DATA_OUT, time_to_store(a));
    } else if (s->sectors_left) {
        ata_be_busy(a, ATA_BUSY_DATA_IN, (u64)block_of(a) * ATA_SECTOR_NS);
    } else {
        s->phase = ATA_IDLE;
        ata_active(a)->status = ATA_STATUS_READY;
    }
}

static u32 read_data(struct ata *a, unsigned size_bytes)
{
    struct ata_state *s = a->s;
    u32 value = 0;
    if (s->phase != ATA_DATA_IN) {
        return 0;
    }
    u32 left = s->length - s->position;
    memcpy(&value, s->buffer + s->position, size_bytes < left ? size_bytes : left);
    s->position += size_bytes < left ? size_bytes : left;
    if (s->position == s->length) {
        data_phase_over(a);
    }
    return value;
}

static void write_data(struct ata *a, u32 value, unsigned size_bytes)
{
    struct ata_state *s = a->s;
    if (s->phase != ATA_DATA_OUT && s->phase != ATA_PACKET_OUT) {
        return;
    }
    u32 left = s->length - s->position;
    memcpy(s->buffer + s->position, &value, size_bytes < left ? size_bytes : left);
    s->position += size_bytes < left ? size_bytes : left;
    if (s->position == s->length) {
        data_phase_over(a);
    }
}

// --- DMA ---

void ata_request_dma(struct ata *a)
{
    a->s->phase = ATA_WAIT_DMA;
    ata_active(a)->status = ATA_STATUS_READY | ATA_STATUS_DRQ;
}

void ata_wait_dma(struct ata *a)
{
    ata_request_dma(a);
    if (bmdma_is_started(a->bmdma)) {
        ata_dma_started(a, true);
    }
}

static void transfer_dma(struct ata *a)
{
    struct ata_state *s = a->s;
    struct disk *disk = ata_active_disk(a);
    bool to_memory = !s->is_writing;
    while (s->sectors_left) {
        u32 count = s->sectors_left < ATA_DMA_SECTORS ? s->sectors_left : ATA_DMA_SECTORS;
        u32 bytes = count * ATA_SECTOR_BYTES;
        bool is_inside = s->sector + count <= disk->sector_count;
        if (!is_inside) {
            ata_fail_sector(a, ATA_ERROR_IDNF);
            return;
        }
        if (to_memory && !disk_read(disk, s->sector, count, s->buffer)) {
            ata_fail_sector(a, ATA_ERROR_UNC);
            return;
        }
        if (bmdma_transfer(a->bmdma, s->buffer, bytes, to_memory) < bytes) {
            ata_request_dma(a); // the table was too short: the drive keeps waiting. [BMIDE] 3.1
            return;
        }
        if (!to_memory && !disk_write(disk, s->sector, count, s->buffer)) {
            ata_fail_sector(a, ATA_ERROR_ABRT);
            return;
        }
        s->sector += count;
        s->sectors_left -= count;
    }
    ata_finish(a);
}

void ata_dma_started(void *owner, bool is_started)
{
    struct ata *a = owner;
    if (is_started && a->s->phase == ATA_WAIT_DMA) {
        ata_be_busy(a, ATA_BUSY_DMA, ATA_COMMAND_NS + (u64)a->s->sectors_left * ATA_SECTOR_NS);
    } else if (!is_started && a->s->phase == ATA_BUSY_DMA) {
        clock_disarm(a->clock, &a->event);
        ata_request_dma(a);
    }
}

static void event_due(void *owner)
{
    struct ata *a = owner;
    switch ((enum ata_phase)a->s->phase) {
    case ATA_BUSY_COMMAND: ata_run_command(a); break;
    case ATA_BUSY_DATA_IN: a->s->is_packet ? atapi_data_in(a) : ata_data_in(a); break;
    case ATA_BUSY_DATA_OUT: a->s->is_packet ? atapi_data_out(a) : store_block(a); break;
    case ATA_BUSY_DMA: a->s->is_packet ? atapi_transfer_dma(a) : transfer_dma(a); break;
    case ATA_BUSY_PACKET: atapi_run_packet(a); break;
    case ATA_PACKET_OUT:
    case ATA_IDLE:
    case ATA_DATA_IN:
    case ATA_DATA_OUT:
    case ATA_WAIT_DMA: break;
    }
}

// QUIRK: a host that moves data while the drive is busy finds it ready. Drives ignore such an
// access, but QEMU's asks for a write's first sector at once, and kernels that were written for it
// send it without looking at the status (xv6's idestart).
static void end_wait_for_data(struct ata *a)
{
    switch ((enum ata_phase)a->s->phase) {
    case ATA_BUSY_COMMAND:
    case ATA_BUSY_PACKET:
    case ATA_BUSY_DATA_IN:
    case ATA_BUSY_DATA_OUT:
        clock_disarm(a->clock, &a->event);
        event_due(a);
        break;
    case ATA_IDLE:
    case ATA_PACKET_OUT:
    case ATA_DATA_IN:
    case ATA_DATA_OUT:
    case ATA_WAIT_DMA:
    case ATA_BUSY_DMA: break;
    }
}

// --- registers ---

static unsigned selected(const struct ata *a)
{
    return a->s->drive[0].device & DEVICE_DRIVE ? 1 : 0; // both hold the same bit
}

static void reset_device(struct ata *a, unsigned n)
{
    reset_phases(a);
    a->s->active = (u8)n;
    ata_set_signature(a, n);
    a->s->drive[n].device = n ? DEVICE_DRIVE : 0;
    cdrom_reset(&a->cdrom[n]);
}

static void start_command(struct ata *a, u8 command)
{
    struct ata_state *s = a->s;
    unsigned n = command == COMMAND_DIAGNOSTIC ? 0 : selected(a);
    bool is_busy = ata_active(a)->status & ATA_STATUS_BSY;
    if (command == COMMAND_DEVICE_RESET && a->kind[n] == ATA_PACKET &&
        (!is_busy || n == s->active)) {
        reset_device(a, n); // even when it is busy. [ATA6] 8.6
        return;
    }
    if (a->kind[n] == ATA_ABSENT || is_busy || s->drive[n].is_asleep) {
        return;
    }
    s->active = (u8)n;
    s->command = command;
    s->is_packet = false;
    s->sectors_left = 0;
    ata_active(a)->error = 0;
    ata_set_pending(a, false);
    ata_be_busy(a, ATA_BUSY_COMMAND, ata_command_ns(a));
}

static u8 read_register(struct ata *a, unsigned offset)
{
    unsigned n = selected(a);
    if (a->kind[n] == ATA_ABSENT) {
        bool answers_drive_0 = n == 1 && a->kind[0] != ATA_ABSENT;
        if (!answers_drive_0 || offset == ATA_COMMAND) {
            return 0; // the registers are there, but for the status. [ATA6] 9.16.1
        }
    }
    const struct ata_drive_state *d = &a->s->drive[n];
    switch (offset) {
    case ATA_FEATURES: return a->s->control & CONTROL_HOB ? 0 : d->error;
    case ATA_DEVICE: return d->device;
    case ATA_COMMAND:
        if (n == a->s->active) {
            ata_set_pending(a, false);
        }
        return d->status;
    default: return a->s->control & CONTROL_HOB ? d->task_before[offset] : d->task[offset];
    }
}

static void write_register(struct ata *a, unsigned offset, u8 value)
{
    a->s->control &= (u8)~CONTROL_HOB;
    if (offset == ATA_COMMAND) {
        start_command(a, value);
        return;
    }
    if (ata_active(a)->status & ATA_STATUS_BSY) {
        return; // [ATA6] 7: a busy drive ignores it
    }
    for (unsigned n = 0; n < 2; n++) { // both drives listen
        struct ata_drive_state *d = &a->s->drive[n];
        if (offset == ATA_DEVICE) {
            d->device = value;
        } else {
            d->task_before[offset] = d->task[offset];
            d->task[offset] = value;
        }
    }
}

// The last element of a DRQ block is left to an access of its own, which ends the block.
static u32 run_in_block(const struct ata *a, unsigned size_bytes, u32 count)
{
    u32 room = (a->s->length - a->s->position - 1) / size_bytes;
    return room < count ? room : count;
}

u32 ata_read_run(struct ata *a, unsigned offset, unsigned size_bytes, u8 *to, u32 count)
{
    struct ata_state *s = a->s;
    if (offset != ATA_DATA || s->phase != ATA_DATA_IN) {
        return 0;
    }
    count = run_in_block(a, size_bytes, count);
    memcpy(to, s->buffer + s->position, (size_t)count * size_bytes);
    s->position += count * size_bytes;
    return count;
}

u32 ata_write_run(struct ata *a, unsigned offset, unsigned size_bytes, const u8 *from, u32 count)
{
    struct ata_state *s = a->s;
    if (offset != ATA_DATA || s->phase != ATA_DATA_OUT) {
        return 0;
    }
    count = run_in_block(a, size_bytes, count);
    memcpy(s->buffer + s->position, from, (size_t)count * size_bytes);
    s->position += count * size_bytes;
    return count;
}

u32 ata_read(struct ata *a, unsigned offset, unsigned size_bytes)
{
    if (offset == ATA_DATA) {
        end_wait_for_data(a);
        return read_data(a, size_bytes);
    }
    u32 value = 0;
    for (unsigned n = 0; n < size_bytes; n++) {
        value |= (u32)read_register(a, offset + n) << 8 * n;
    }
    return value;
}

void ata_write(struct ata *a, unsigned offset, u32 value, unsigned size_bytes)
{
    if (offset == ATA_DATA) {
        end_wait_for_data(a);
        write_data(a, value, size_bytes);
        return;
    }
    for (unsigned n = 0; n < size_bytes; n++) {
        write_register(a, offset + n, (u8)(value >> 8 * n));
    }
}

u8 ata_read_alternate(const struct ata *a)
{
    unsigned n = selected(a);
    return a->kind[n] != ATA_ABSENT ? a->s->drive[n].status : 0;
}

void ata_write_control(struct ata *a, u8 value)
{
    bool was_reset = a->s->control & CONTROL_SRST;
    a->s->control = value;
    if (value & CONTROL_SRST) {
        reset_drives(a);
        for (unsigned n = 0; n < 2; n++) {
            a->s->drive[n].status = a->kind[n] != ATA_ABSENT ? ATA_STATUS_BSY : 0;
        }
    } else if (was_reset) {
        reset_drives(a);
    }
    update_irq(a);
}

void ata_reset(struct ata *a)
{
    a->s->control = 0;
    reset_drives(a);
    for (unsigned n = 0; n < 2; n++) {
        struct ata_drive_state *d = &a->s->drive[n];
        d->cylinders = d->native.cylinders;
        d->heads = d->native.heads;
        d->sectors = d->native.sectors;
        d->multiple = 0;
        d->transfer_mode = 0;
        d->is_write_cached = d->is_read_ahead = d->is_smart = true;
        cdrom_reset(&a->cdrom[n]);
    }
}

void ata_restored(struct ata *a)
{
    a->irq_level = a->s->is_pending && !(a->s->control & CONTROL_NIEN);
    line_set(&a->irq, a->irq_level);
}

static enum ata_kind kind_of(const struct disk *disk)
{
    if (!disk) {
        return ATA_ABSENT;
    }
    return disk->is_cdrom ? ATA_PACKET : disk->is_present ? ATA_DISK : ATA_ABSENT;
}

// Part of the state: what the guest writes into the partition table counts from the next power-on.
static void find_geometry(struct ata *a, unsigned n)
{
    u8 sector[ATA_SECTOR_BYTES];
    if (a->kind[n] == ATA_DISK) {
        bool is_read = disk_read(a->disk[n], 0, 1, sector);
        a->s->drive[n].native = ata_geometry_of(a->disk[n]->sector_count, is_read ? sector : NULL);
    }
}

void ata_init(struct ata *a, struct ata_state *s, unsigned number, struct clock *clock,
              struct log *log, struct line irq, struct bmdma *bmdma, struct disk *disk0,
              struct disk *disk1)
{
    *a = (struct ata){
        .s = s,
        .disk = {disk0, disk1},
        .kind = {kind_of(disk0), kind_of(disk1)},
        .clock = clock,
        .log = log,
        .irq = irq,
        .bmdma = bmdma,
        .number = number,
    };
    for (unsigned n = 0; n < 2; n++) {
        find_geometry(a, n);
        cdrom_init(&a->cdrom[n], &s->drive[n].cdrom, a->disk[n]);
    }
    clock_add_event(clock, &a->event, number ? "ide1" : "ide0", event_due, a);
    ata_reset(a);
}
