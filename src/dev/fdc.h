// The floppy disk controller of a PC: an Intel 82077AA (which answers PART ID as an 82078 does) at
// 3F0h to 3F5h and 3F7h, with two drives, IRQ 6 and DMA channel 2.
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "core/disk.h"
#include "core/dma.h"
#include "core/line.h"
#include "core/log.h"
#include "core/ports.h"
#include "dev/floppy.h"

enum {
    FDC_DRIVES = 2,
    FDC_UNITS = 4, // drive numbers in commands; two of them have no drive
    FDC_COMMAND_BYTES = 9,
    FDC_RESULT_BYTES = 10,
};

enum fdc_phase {
    FDC_COMMAND, // the host writes a command, or none is there
    FDC_EXECUTE,
    FDC_RESULT, // the host reads the result
};

// What happens at the event, while a command is executed or a reset ends.
enum fdc_step {
    FDC_STEP_NONE,
    FDC_STEP_RESET,  // the poll of the drives after a reset is over
    FDC_STEP_SEEK,   // an implied seek is over
    FDC_STEP_SECTOR, // the sector has passed the head (one to be written: comes to it)
    FDC_STEP_FAIL,   // the disk has turned twice and nothing was found
    FDC_STEP_PIO,    // the host moves the bytes of a sector, and is late at the event
    FDC_STEP_DMA,    // so does the DMA controller
};

struct fdc_unit_state {
    u8 cylinder; // present cylinder number, as the controller counts
    u8 sense;    // ST0 for SENSE INTERRUPT STATUS; 0: no interrupt
    bool is_seeking, is_inwards, is_recalibrating;
    u8 target; // present cylinder number after the seek
    u8 steps;  // of the head
};

struct fdc_state {
    u8 output;   // DOR: 7..4 motors | 3 DMA and interrupt on | 2 not reset | 1,0 drive
    u8 tape;     // TDR
    u8 rate;     // FLOPPY_RATE_..., by CCR or DSR
    u8 phase;    // enum fdc_phase
    u8 step;     // enum fdc_step
    bool is_irq; // an interrupt is pending

    u8 step_rate, head_unload; // SPECIFY
    u8 head_load;
    bool is_pio; // ND of SPECIFY
    u8 config;   // CONFIGURE: 6 implied seek | 5 no FIFO | 4 no polling | 3..0 threshold - 1
    u8 precompensation_track;
    bool is_locked;
    u8 perpendicular; // PERPENDICULAR MODE
    u8 power;         // POWERDOWN MODE

    u8 command[FDC_COMMAND_BYTES];
    u8 command_count;
    u8 result[FDC_RESULT_BYTES];
    u8 result_count, result_at;
    u8 last_sectors; // EOT or SC of the last command, for DUMPREG

    u8 st0, st1, st2;
    u8 cylinder, head, sector, size; // C H R N of the sector at hand
    u8 sectors_done;                 // of READ TRACK and FORMAT TRACK
    u16 sectors_left;                // of VERIFY with a count
    bool is_last;                    // the command ends with the sector at hand
    bool is_terminal;                // TC has come
    u16 position, length;            // in the buffer
    u8 batch_left;                   // bytes until the next interrupt of a PIO transfer
    u8 buffer[DISK_SECTOR_BYTES];

    struct fdc_unit_state unit[FDC_UNITS];
    struct floppy_state floppy[FDC_DRIVES];
};

struct fdc {
    struct dev dev;
    struct fdc_state s;

    struct floppy floppy[FDC_DRIVES];
    struct clock *clock;
    struct log *log;
    struct line irq;
    struct dma_channel dma;
    struct event event;
    struct fdc_seek {
        struct event event;
        struct fdc *fdc;
    } seek[FDC_UNITS];
};

// `disks`: one for each drive, NULL: no such drive.
void fdc_init(struct fdc *f, struct clock *clock, struct ports *ports, struct log *log,
              struct line irq, struct dma_channel dma, struct disk *const disks[FDC_DRIVES]);
// What the CMOS says of a drive, 0 or 1.
enum floppy_kind fdc_drive_kind(const struct fdc *f, unsigned n);

// --- private to fdc*.c ---

enum {
    // ST0: 7,6 how it ended | 5 seek end | 4 no track 0 | 2 head | 1,0 unit
    FDC_ST0_ABNORMAL = 0x40,
    FDC_ST0_INVALID = 0x80,
    FDC_ST0_POLLED = 0xC0,
    FDC_ST0_SEEK_END = 0x20,
    FDC_ST0_NO_TRACK_0 = 0x10,

    FDC_ST1_END_OF_CYLINDER = 0x80,
    FDC_ST1_DATA_ERROR = 0x20,
    FDC_ST1_OVERRUN = 0x10,
    FDC_ST1_NO_DATA = 0x04,
    FDC_ST1_PROTECTED = 0x02,
    FDC_ST1_NO_ADDRESS_MARK = 0x01,

    FDC_ST2_CONTROL_MARK = 0x40,
    FDC_ST2_DATA_ERROR = 0x20,
    FDC_ST2_WRONG_CYLINDER = 0x10,
    FDC_ST2_SCAN_EQUAL = 0x08,
    FDC_ST2_SCAN_FAILED = 0x04,

    FDC_CONFIG_IMPLIED_SEEK = 0x40,
    FDC_CONFIG_NO_FIFO = 0x20,
    FDC_CONFIG_THRESHOLD = 0x0F,

    FDC_MULTI_TRACK = 0x80, // in a command's first byte
    FDC_MFM = 0x40,
    FDC_SKIP = 0x20,
};

// The disk turns, and the head steps, so many times as fast as in a real drive. A host that moves
// bytes by PIO has the time of a real one.
enum { FDC_HASTE = 100 };

void fdc_set_irq(struct fdc *f, bool level);
bool fdc_is_gate_open(const struct fdc *f); // interrupt and DMA request leave the chip
void fdc_arm(struct fdc *f, enum fdc_step step, u64 delay_ns);
struct floppy *fdc_floppy(struct fdc *f, unsigned unit); // looked at; NULL: no drive
static inline unsigned fdc_unit(const struct fdc *f)     // of the command
{
    return f->s.command[1] & 3;
}
u64 fdc_step_ns(const struct fdc *f, unsigned steps); // for so many steps of the head
void fdc_be_idle(struct fdc *f);                      // the command ended without a result
void fdc_give_result(struct fdc *f, unsigned count, bool has_irq);

unsigned fdc_command_bytes(u8 first); // of the whole command; an invalid one is a byte long
void fdc_start_command(struct fdc *f);
void fdc_seek_over(struct fdc *f, unsigned unit);
void fdc_sensed(struct fdc *f); // a result has been read

void fdc_start_transfer(struct fdc *f); // any command that looks for sectors
void fdc_transfer_event(struct fdc *f);
void fdc_track_reached(struct fdc *f, unsigned unit); // a seek is over
u8 fdc_pio_read(struct fdc *f);
void fdc_pio_write(struct fdc *f, u8 value);
bool fdc_is_to_host(const struct fdc *f); // the direction of the transfer
