// One ATA channel: registers, interrupt, reset, and the data phases. The commands are in
// ata_command.c.
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
// Each command takes guest time: BSY is set at once, the answer comes with an event.
//
// Not implemented: packet devices (a drive of kind ATA_PACKET behaves as absent), overlapped and
// queued commands, host protected area, security, SMART.
#include "dev/ata.h"

#include "base/bytes.h"

enum { CONTROL_NIEN = 0x02, CONTROL_SRST = 0x04, CONTROL_HOB = 0x80, DEVICE_DRIVE = 0x10 };

enum { COMMAND_DIAGNOSTIC = 0x90 };

static const struct field drive_fields[] = {
    FIELD_ARRAY(struct ata_drive_state, task),    FIELD_ARRAY(struct ata_drive_state, task_before),
    FIELD(struct ata_drive_state, device),        FIELD(struct ata_drive_state, error),
    FIELD(struct ata_drive_state, status),        FIELD(struct ata_drive_state, cylinders),
    FIELD(struct ata_drive_state, heads),         FIELD(struct ata_drive_state, sectors),
    FIELD(struct ata_drive_state, multiple),      FIELD(struct ata_drive_state, transfer_mode),
    FIELD(struct ata_drive_state, is_standby),    FIELD(struct ata_drive_state, is_write_cached),
    FIELD(struct ata_drive_state, is_read_ahead),
};

const struct field ata_fields[ATA_FIELDS] = {
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
    FIELD_ARRAY(struct ata_state, buffer),
};

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

static void set_pending(struct ata *a, bool is_pending)
{
    a->s->is_pending = is_pending;
    update_irq(a);
}

// The drive is busy with `phase` for a while.
static void be_busy(struct ata *a, enum ata_phase phase, u64 delay_ns)
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
    set_pending(a, true);
}

void ata_fail(struct ata *a, u8 error)
{
    a->s->phase = ATA_IDLE;
    ata_active(a)->error = error;
    ata_active(a)->status = ATA_STATUS_READY | ATA_STATUS_ERR;
    set_pending(a, true);
}

void ata_set_signature(struct ata_drive_state *d, bool is_present)
{
    memset(d->task, 0, sizeof d->task);
    memset(d->task_before, 0, sizeof d->task_before);
    d->task[ATA_COUNT] = 1; // [ATA6] 9.12, a device without the packet feature set
    d->task[ATA_LBA_LOW] = 1;
    d->device = 0;
    d->error = 1;
    d->status = is_present ? ATA_STATUS_READY : 0;
}

static void reset_drives(struct ata *a)
{
    clock_disarm(a->clock, &a->event);
    a->s->phase = ATA_IDLE;
    a->s->active = 0;
    for (unsigned n = 0; n < 2; n++) {
        struct ata_drive_state *d = &a->s->drive[n];
        ata_set_signature(d, a->kind[n] == ATA_DISK);
        d->is_standby = false;
    }
    set_pending(a, false);
}

// --- data phases ---

void ata_send(struct ata *a, u32 size_bytes)
{
    a->s->phase = ATA_DATA_IN;
    a->s->position = 0;
    a->s->length = size_bytes;
    ata_active(a)->status = ATA_STATUS_READY | ATA_STATUS_DRQ;
    set_pending(a, true);
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
    if (s->sector + count > disk->sector_count) {
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
            set_pending(a, true);
        }
    }
}

// The host has moved the whole buffer.
static void data_phase_over(struct ata *a)
{
    struct ata_state *s = a->s;
    if (s->phase == ATA_DATA_OUT) {
        be_busy(a, ATA_BUSY_DATA_OUT, (u64)block_of(a) * ATA_SECTOR_NS);
    } else if (s->sectors_left) {
        be_busy(a, ATA_BUSY_DATA_IN, (u64)block_of(a) * ATA_SECTOR_NS);
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
    if (s->phase != ATA_DATA_OUT) {
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

static void request_dma(struct ata *a)
{
    a->s->phase = ATA_WAIT_DMA;
    ata_active(a)->status = ATA_STATUS_READY | ATA_STATUS_DRQ;
}

void ata_wait_dma(struct ata *a)
{
    request_dma(a);
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
        u32 count = s->sectors_left < ATA_MULTIPLE_MAX ? s->sectors_left : ATA_MULTIPLE_MAX;
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
            request_dma(a); // the table was too short: the drive keeps waiting. [BMIDE] 3.1
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
        be_busy(a, ATA_BUSY_DMA, ATA_COMMAND_NS + (u64)a->s->sectors_left * ATA_SECTOR_NS);
    } else if (!is_started && a->s->phase == ATA_BUSY_DMA) {
        clock_disarm(a->clock, &a->event);
        request_dma(a);
    }
}

static void event_due(void *owner)
{
    struct ata *a = owner;
    switch ((enum ata_phase)a->s->phase) {
    case ATA_BUSY_COMMAND: ata_run_command(a); break;
    case ATA_BUSY_DATA_IN: ata_data_in(a); break;
    case ATA_BUSY_DATA_OUT: store_block(a); break;
    case ATA_BUSY_DMA: transfer_dma(a); break;
    case ATA_IDLE:
    case ATA_DATA_IN:
    case ATA_DATA_OUT:
    case ATA_WAIT_DMA: break;
    }
}

// --- registers ---

static unsigned selected(const struct ata *a)
{
    return a->s->drive[0].device & DEVICE_DRIVE ? 1 : 0; // both hold the same bit
}

static void start_command(struct ata *a, u8 command)
{
    struct ata_state *s = a->s;
    unsigned n = command == COMMAND_DIAGNOSTIC ? 0 : selected(a);
    if (a->kind[n] != ATA_DISK || (ata_active(a)->status & ATA_STATUS_BSY)) {
        return;
    }
    s->active = (u8)n;
    s->command = command;
    s->sectors_left = 0;
    ata_active(a)->error = 0;
    set_pending(a, false);
    be_busy(a, ATA_BUSY_COMMAND, ATA_COMMAND_NS);
}

static u8 read_register(struct ata *a, unsigned offset)
{
    unsigned n = selected(a);
    const struct ata_drive_state *d = &a->s->drive[n];
    if (a->kind[n] != ATA_DISK) {
        return 0; // drive 0 answers so for an absent drive 1. [ATA6] 9.16.1
    }
    switch (offset) {
    case ATA_FEATURES: return a->s->control & CONTROL_HOB ? 0 : d->error;
    case ATA_DEVICE: return d->device;
    case ATA_COMMAND:
        if (n == a->s->active) {
            set_pending(a, false);
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

u32 ata_read(struct ata *a, unsigned offset, unsigned size_bytes)
{
    if (offset == ATA_DATA) {
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
    return a->kind[n] == ATA_DISK ? a->s->drive[n].status : 0;
}

void ata_write_control(struct ata *a, u8 value)
{
    bool was_reset = a->s->control & CONTROL_SRST;
    a->s->control = value;
    if (value & CONTROL_SRST) {
        reset_drives(a);
        for (unsigned n = 0; n < 2; n++) {
            a->s->drive[n].status = a->kind[n] == ATA_DISK ? ATA_STATUS_BSY : 0;
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
        struct ata_geometry g = {0, 0, 0};
        if (a->kind[n] == ATA_DISK) {
            g = ata_geometry_of(a->disk[n]->sector_count);
        }
        d->cylinders = g.cylinders;
        d->heads = g.heads;
        d->sectors = g.sectors;
        d->multiple = 0;
        d->transfer_mode = 0;
        d->is_write_cached = d->is_read_ahead = true;
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
    clock_add_event(clock, &a->event, number ? "ide1" : "ide0", event_due, a);
    ata_reset(a);
}
