// One ATA channel: the command block registers and two drives. [ATA6]
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/disk.h"
#include "core/fields.h"
#include "core/line.h"
#include "core/log.h"
#include "dev/bmdma.h"
#include "dev/cdrom.h"

enum ata_kind {
    ATA_ABSENT = 0,
    ATA_DISK,
    ATA_PACKET, // a CD drive behind packets
};

enum {
    ATA_SECTOR_BYTES = 512,
    ATA_MULTIPLE_MAX = 16, // sectors in one DRQ block
    ATA_BUFFER_BYTES = CDROM_BUFFER_BYTES,
    ATA_DMA_SECTORS = ATA_BUFFER_BYTES / ATA_SECTOR_BYTES, // that DMA moves at once
};

// Registers of the command block, by their offset.
enum {
    ATA_DATA = 0,
    ATA_FEATURES = 1, // read: error
    ATA_COUNT = 2,
    ATA_LBA_LOW = 3,
    ATA_LBA_MID = 4,
    ATA_LBA_HIGH = 5,
    ATA_DEVICE = 6,
    ATA_COMMAND = 7, // read: status
};

// What a channel is in the middle of.
enum ata_phase {
    ATA_IDLE = 0,
    ATA_BUSY_COMMAND,  // the event will carry it out
    ATA_BUSY_DATA_IN,  // the event will fetch the next block for the host
    ATA_DATA_IN,       // the host reads the data register
    ATA_DATA_OUT,      // the host writes the data register
    ATA_BUSY_DATA_OUT, // the event will store the block
    ATA_WAIT_DMA,      // until the bus master is started
    ATA_BUSY_DMA,      // the event will transfer all
    ATA_PACKET_OUT,    // the host writes a packet into the data register
    ATA_BUSY_PACKET,   // the event will carry it out
};

// How a BIOS makes an address of INT 13h into one of the disk, as CMOS register 39h has it.
enum ata_translation {
    ATA_NO_TRANSLATION,
    ATA_LBA_TRANSLATION,   // 63 sectors, and as few heads as will do
    ATA_LARGE_TRANSLATION, // halves the cylinders and doubles the heads
};

// The shape of a disk.
struct ata_geometry {
    u32 cylinders, heads, sectors; // 1 to 16383, 2 to 16, 1 to 63
    u8 translation;                // enum ata_translation
};

struct ata_drive_state {
    struct ata_geometry native; // as the disk was found at power-on; zeros: no hard disk
    u8 task[6], task_before[6]; // registers 1 to 5: written last, and before that (48-bit commands)
    u8 device;
    u8 error, status;
    u32 cylinders, heads, sectors; // the current translation
    u8 multiple;                   // sectors per DRQ block, 0: not set
    u8 transfer_mode;              // as in SET FEATURES: 20h+n multiword DMA, 40h+n ultra
    bool is_standby, is_write_cached, is_read_ahead;
    bool is_asleep; // nothing but a reset wakes it
    bool is_smart;  // SMART operations are enabled
    bool is_smart_autosaved;
    struct cdrom_state cdrom;
};

struct ata_state {
    struct ata_drive_state drive[2];
    u8 control;           // device control register: 7 HOB, 2 SRST, 1 nIEN
    u8 active;            // the drive that the present or last command went to
    u8 command;           // that command
    u8 phase;             // enum ata_phase
    bool is_pending;      // interrupt request
    bool is_writing;      // a DMA command goes to the disk
    u32 position, length; // in the buffer
    u64 sector;           // next to be transferred
    u32 sectors_left;
    u32 block_sectors; // in a DRQ block of the command
    u8 blocks_written; // DRQ blocks of writes so far, modulo 256

    // PACKET
    bool is_packet;  // it is the present command
    bool is_dma;     // its data goes through the bus master
    u32 block_bytes; // of a DRQ block at most
    u32 filled;      // bytes in the buffer; `position` to `length` is the present DRQ block
    u8 buffer[ATA_BUFFER_BYTES];
};

struct ata {
    struct ata_state *s; // part of the controller's state
    struct disk *disk[2];
    struct cdrom cdrom[2];
    enum ata_kind kind[2];
    struct clock *clock;
    struct log *log;
    struct event event;
    struct line irq;
    struct bmdma *bmdma;
    unsigned number; // of the channel
    bool irq_level;  // what the line was told last
};

enum { ATA_FIELDS = 18 };
extern const struct field ata_fields[];

void ata_init(struct ata *a, struct ata_state *s, unsigned number, struct clock *clock,
              struct log *log, struct line irq, struct bmdma *bmdma, struct disk *disk0,
              struct disk *disk1);
void ata_reset(struct ata *a);
void ata_restored(struct ata *a);
u32 ata_read(struct ata *a, unsigned offset, unsigned size_bytes); // 1F0h + offset
void ata_write(struct ata *a, unsigned offset, u32 value, unsigned size_bytes);
// Whole runs of data register accesses at once; returns how many elements of `size_bytes`, 1, 2 or
// 4, were moved, maybe 0: the others have to be accessed one by one.
u32 ata_read_run(struct ata *a, unsigned offset, unsigned size_bytes, u8 *to, u32 count);
u32 ata_write_run(struct ata *a, unsigned offset, unsigned size_bytes, const u8 *from, u32 count);
u8 ata_read_alternate(const struct ata *a); // 3F6h
void ata_write_control(struct ata *a, u8 value);
// The bus master was started or stopped.
void ata_dma_started(void *owner, bool is_started);

// What a disk claims as its shape, by its size and by the partition table in its first sector
// (NULL: that can't be read). Unless the table says otherwise, 16 heads and 63 sectors.
struct ata_geometry ata_geometry_of(u64 sector_count, const u8 *first_sector);

// --- private to ata*.c ---

enum {
    ATA_STATUS_ERR = 0x01,
    ATA_STATUS_DRQ = 0x08,
    ATA_STATUS_DSC = 0x10,
    ATA_STATUS_DF = 0x20,
    ATA_STATUS_DRDY = 0x40,
    ATA_STATUS_BSY = 0x80,
    ATA_STATUS_READY = ATA_STATUS_DRDY | ATA_STATUS_DSC,

    ATA_ERROR_ABRT = 0x04,
    ATA_ERROR_IDNF = 0x10,
    ATA_ERROR_UNC = 0x40,
};

// Time from a command to its first answer, and for each sector. A fast disk: guests need only that
// the answer comes after the command.
enum { ATA_COMMAND_NS = 20000, ATA_SECTOR_NS = 1000 };

// QUIRK: drivers of the PC/AT's time (Xenix, OS/2 1.0) send a command and then get ready for its
// interrupt, however long that takes them: no disk of theirs moved its heads in less.
enum { ATA_MECHANICAL_NS = 1000000 };

// QUIRK: now and then a disk empties its cache before it takes more, every 16th DRQ block that the
// processor writes. The setup of Windows 2000 fills the disk with its log if all interrupts of
// writes come early; QEMU delays the same ones with -win2k-hack.
enum { ATA_CACHE_BLOCKS = 16, ATA_CACHE_NS = 1000000 };

static inline struct ata_drive_state *ata_active(struct ata *a)
{
    return &a->s->drive[a->s->active];
}

static inline bool ata_active_is_packet(const struct ata *a)
{
    return a->kind[a->s->active] == ATA_PACKET;
}

static inline struct disk *ata_active_disk(struct ata *a)
{
    return a->disk[a->s->active];
}

void ata_be_busy(struct ata *a, enum ata_phase phase, u64 delay_ns); // with that, for a while
void ata_set_pending(struct ata *a, bool is_pending);                // the interrupt request
u64 ata_command_ns(const struct ata *a);       // the time that s->command takes to its answer
void ata_run_command(struct ata *a);           // s->command, its time has come
void ata_finish(struct ata *a);                // the command ended well
void ata_fail(struct ata *a, u8 error);        // it ended with these bits in the error register
void ata_fail_sector(struct ata *a, u8 error); // as above; the registers say at which sector
void ata_send(struct ata *a, u32 size_bytes);  // offers the buffer to the host
// The drive's registers after a reset or diagnosis.
void ata_set_signature(struct ata *a, unsigned n);
void ata_data_in(struct ata *a);     // fetches the next block of a read command and offers it
void ata_data_out(struct ata *a);    // asks the host for the next block of a write command
void ata_wait_dma(struct ata *a);    // a DMA command is ready for the bus master
void ata_request_dma(struct ata *a); // it waits (again)

// ata_identify.c
#define ATA_LBA28_SECTORS 0x0FFFFFFFull // the most that a 28-bit command can reach
void ata_fill_identify(struct ata *a);
void ata_fill_identify_packet(struct ata *a);

// What disks and CD drives have in common, in ata_command.c.
void ata_run_set_features(struct ata *a);
void ata_run_power_down(struct ata *a);
void ata_run_power_up(struct ata *a);
void ata_run_sleep(struct ata *a);
void ata_run_check_power(struct ata *a);
void ata_run_diagnostic(struct ata *a);
void ata_run_smart(struct ata *a); // ata_smart.c

// atapi.c
void atapi_run_command(struct ata *a);
void atapi_run_packet(struct ata *a);
void atapi_data_in(struct ata *a);    // offers the next DRQ block
void atapi_block_over(struct ata *a); // the host has moved it
void atapi_data_out(struct ata *a);   // takes what the host has sent
void atapi_transfer_dma(struct ata *a);
