// A CD drive on an ATA channel: its few ATA commands, and how packets and their data travel.
// [ATA6] 8.23, 9.8 to 9.10; [SFF8020] 6, 7
//
//     PACKET (A0h)  features: 0 data by DMA. LBA mid, high: bytes in a DRQ block at most
//
//     sector count: interrupt reason    1 IO  0 CoD    the host
//                                           0      1    writes the packet, 12 bytes
//                                           1      0    reads the bytes that LBA mid, high count
//                                           0      0    writes them
//                                           1      1    is told that the command is over
//     error: 7..4 sense key | 2 ABRT
//
// A DRQ block never reaches over the end of the buffer, so it may be shorter than the host allows.
//
// Not implemented: overlapped commands, DMA towards the drive (no command needs it).
#include "dev/ata.h"

#include <string.h>

enum { REASON_COD = 1, REASON_IO = 2 };
enum { FEATURE_DMA = 1, FEATURE_OVERLAP = 2 };

static void set_reason(struct ata *a, u8 reason)
{
    ata_active(a)->task[ATA_COUNT] = reason;
}

static struct cdrom *drive(struct ata *a)
{
    return &a->cdrom[a->s->active];
}

static u64 time_of(u64 bytes)
{
    return ATA_COMMAND_NS + bytes / ATA_SECTOR_BYTES * ATA_SECTOR_NS;
}

// --- ends ---

static void finish(struct ata *a)
{
    set_reason(a, REASON_IO | REASON_COD);
    a->s->is_packet = false;
    ata_finish(a);
}

static void check_condition(struct ata *a)
{
    u8 key = drive(a)->s->sense_key;
    set_reason(a, REASON_IO | REASON_COD);
    a->s->is_packet = false;
    ata_fail(a, (u8)(key << 4 | ATA_ERROR_ABRT));
}

// --- data ---

static u32 byte_limit(const struct ata *a)
{
    const struct ata_drive_state *d = &a->s->drive[a->s->active];
    u32 limit = d->task[ATA_LBA_MID] | (u32)d->task[ATA_LBA_HIGH] << 8;
    return limit == 0xFFFF ? 0xFFFE : limit;
}

// Offers the part of the buffer from `position` on as a DRQ block.
static void begin_block(struct ata *a, enum ata_phase phase)
{
    struct ata_state *s = a->s;
    struct ata_drive_state *d = ata_active(a);
    u32 left = s->filled - s->position, size = left < s->block_bytes ? left : s->block_bytes;
    s->length = s->position + size;
    s->phase = (u8)phase;
    set_reason(a, phase == ATA_DATA_IN ? REASON_IO : 0);
    d->task[ATA_LBA_MID] = (u8)size;
    d->task[ATA_LBA_HIGH] = (u8)(size >> 8);
    d->status = ATA_STATUS_READY | ATA_STATUS_DRQ;
    ata_set_pending(a, true);
}

// Takes the drive's next bytes into the buffer. False: the command is over, well or not.
static bool refill(struct ata *a)
{
    struct cdrom_reply reply = {.bytes = a->s->buffer};
    if (!cdrom_fill(drive(a), &reply)) {
        check_condition(a);
        return false;
    }
    a->s->position = 0;
    a->s->filled = reply.size_bytes;
    if (reply.size_bytes == 0) {
        finish(a);
    }
    return reply.size_bytes != 0;
}

void atapi_data_in(struct ata *a)
{
    if (a->s->position < a->s->filled || refill(a)) {
        begin_block(a, ATA_DATA_IN);
    }
}

void atapi_data_out(struct ata *a)
{
    struct ata_state *s = a->s;
    if (s->position < s->filled) {
        begin_block(a, ATA_DATA_OUT);
    } else if (cdrom_take(drive(a), s->buffer, s->filled)) {
        finish(a);
    } else {
        check_condition(a);
    }
}

void atapi_block_over(struct ata *a)
{
    struct ata_state *s = a->s;
    u32 bytes = s->block_bytes;
    switch ((enum ata_phase)s->phase) {
    case ATA_PACKET_OUT: ata_be_busy(a, ATA_BUSY_PACKET, ATA_COMMAND_NS); break;
    case ATA_DATA_OUT: ata_be_busy(a, ATA_BUSY_DATA_OUT, time_of(bytes)); break;
    default: ata_be_busy(a, ATA_BUSY_DATA_IN, time_of(bytes)); break;
    }
}

void atapi_transfer_dma(struct ata *a)
{
    struct ata_state *s = a->s;
    while (s->position < s->filled || refill(a)) {
        s->position +=
            bmdma_transfer(a->bmdma, s->buffer + s->position, s->filled - s->position, true);
        if (s->position < s->filled) {
            ata_request_dma(a); // the table was too short: the drive keeps waiting
            return;
        }
        if (cdrom_bytes_left(drive(a)) == 0) {
            finish(a);
            return;
        }
    }
}

// --- the packet ---

void atapi_run_packet(struct ata *a)
{
    struct ata_state *s = a->s;
    struct cdrom_reply reply = {.bytes = s->buffer};
    u8 packet[CDROM_PACKET_BYTES];
    memcpy(packet, s->buffer, sizeof packet);
    if (!cdrom_command(drive(a), packet, &reply)) {
        check_condition(a);
        return;
    }
    s->position = 0;
    s->filled = reply.wanted_bytes ? reply.wanted_bytes : reply.size_bytes;
    if (s->filled == 0) {
        finish(a);
    } else if (s->is_dma && reply.size_bytes) {
        ata_wait_dma(a);
    } else if (s->block_bytes == 0) {
        ata_fail(a, ATA_ERROR_ABRT); // data is to move, and no room was given. [ATA6] 8.23.5
    } else {
        begin_block(a, reply.wanted_bytes ? ATA_DATA_OUT : ATA_DATA_IN);
    }
}

static void run_packet_command(struct ata *a)
{
    struct ata_state *s = a->s;
    u8 features = ata_active(a)->task[ATA_FEATURES];
    if (features & FEATURE_OVERLAP) {
        ata_fail(a, ATA_ERROR_ABRT);
        return;
    }
    s->is_packet = true;
    s->is_dma = features & FEATURE_DMA;
    s->block_bytes = byte_limit(a);
    s->block_bytes -= s->block_bytes > 1 ? s->block_bytes & 1 : 0; // odd blocks only at the end
    s->phase = ATA_PACKET_OUT;
    s->position = 0;
    s->length = CDROM_PACKET_BYTES;
    set_reason(a, REASON_COD);
    ata_active(a)->status = ATA_STATUS_READY | ATA_STATUS_DRQ; // without an interrupt, see word 0
}

static void run_identify_packet(struct ata *a)
{
    ata_fill_identify_packet(a);
    ata_send(a, ATA_SECTOR_BYTES);
}

// A host that takes it for a disk sees by the signature that it is none. [ATA6] 8.15.5.2
static void run_disk_command(struct ata *a)
{
    unsigned n = a->s->active;
    u8 device = ata_active(a)->device;
    ata_set_signature(a, n);
    ata_active(a)->device = device;
    ata_fail(a, ATA_ERROR_ABRT);
}

void atapi_run_command(struct ata *a)
{
    switch (a->s->command) {
    case 0x20: // READ SECTORS
    case 0xEC: // IDENTIFY DEVICE
        run_disk_command(a);
        break;
    case 0x90: ata_run_diagnostic(a); break;
    case 0xA0: run_packet_command(a); break;
    case 0xA1: run_identify_packet(a); break;
    case 0x94:
    case 0xE0: ata_run_power_down(a); break; // STANDBY IMMEDIATE
    case 0x95:
    case 0x96:
    case 0x97:
    case 0xE1:
    case 0xE2:
    case 0xE3: ata_run_power_up(a); break; // IDLE IMMEDIATE, STANDBY, IDLE
    case 0x98:
    case 0xE5: ata_run_check_power(a); break;
    case 0x99:
    case 0xE6: ata_run_sleep(a); break;
    case 0xEF: ata_run_set_features(a); break;
    default: ata_fail(a, ATA_ERROR_ABRT); break; // NOP, too
    }
}
