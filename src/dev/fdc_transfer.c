// The commands of the floppy disk controller that look for sectors. [82077AA] 5.1
//
// Each sector takes three steps: it is looked for (`look_for_sector`); when its time has come, its
// bytes move between the buffer and the host (`move_bytes`); then it is done with, and the next one
// is due (`finish_sector`). The commands differ in what they do at these points.
//
//     result   ST0 ST1 ST2 C H R N, the last four of the next sector ([82077AA] table 5-6):
//              R + 1; past EOT R is 1, and C + 1, or with MT first the other head
//
// Head loading and settling take no time, and the index hole is where a command begins to look for
// it. A drive without a disk, or whose motor is off, gives no index pulses, and the chip would wait
// for ever; here the command ends as if the disk were not formatted.
#include "dev/fdc.h"

#include <string.h>

enum {
    OPCODE = 0x1F,
    SIZE_512 = 2,
    ID_BYTES = 4,
    FIFO_BYTES = 16,
    COUNTED = 0x80,
    SHORT_NS = 20000
};

enum {
    READ_TRACK = 0x02,
    WRITE_DATA = 0x05,
    READ_DATA = 0x06,
    WRITE_DELETED = 0x09,
    READ_ID = 0x0A,
    READ_DELETED = 0x0C,
    FORMAT_TRACK = 0x0D,
    SCAN_EQUAL = 0x11,
    VERIFY = 0x16,
    SCAN_LOW = 0x19,
    SCAN_HIGH = 0x1D,
};

// Where the parameters are in `command`.
enum { P_CYLINDER = 2, P_HEAD, P_SECTOR, P_SIZE, P_LAST, P_GAP, P_LENGTH };
enum { F_SIZE = 2, F_COUNT, F_GAP, F_FILLER };

static unsigned opcode_of(const struct fdc *f)
{
    return f->s.command[0] & OPCODE;
}

static bool is_scan(const struct fdc *f)
{
    unsigned opcode = opcode_of(f);
    return opcode == SCAN_EQUAL || opcode == SCAN_LOW || opcode == SCAN_HIGH;
}

static bool is_write(const struct fdc *f)
{
    unsigned opcode = opcode_of(f);
    return opcode == WRITE_DATA || opcode == WRITE_DELETED || opcode == FORMAT_TRACK;
}

bool fdc_is_to_host(const struct fdc *f)
{
    unsigned opcode = opcode_of(f);
    return opcode == READ_DATA || opcode == READ_DELETED || opcode == READ_TRACK;
}

// Which side of the disk the head in use is on.
static u8 side(const struct fdc *f)
{
    return f->s.st0 >> 2 & 1;
}

static bool is_counted_verify(const struct fdc *f)
{
    return opcode_of(f) == VERIFY && (f->s.command[1] & COUNTED);
}

// --- ends ---

static void end_command(struct fdc *f)
{
    struct fdc_state *s = &f->s;
    const u8 result[] = {s->st0, s->st1, s->st2, s->cylinder, s->head, s->sector, s->size};
    memcpy(s->result, result, sizeof result);
    fdc_give_result(f, sizeof result, true);
}

static void fail(struct fdc *f)
{
    f->s.st0 |= FDC_ST0_ABNORMAL;
    end_command(f);
}

// --- looking for a sector ---

static u64 turn_ns(struct fdc *f)
{
    struct floppy *d = fdc_floppy(f, fdc_unit(f));
    return d ? floppy_turn_ns(d) : 200000000;
}

// The time of one sector on a real drive.
static u64 sector_ns(struct fdc *f)
{
    struct floppy *d = fdc_floppy(f, fdc_unit(f));
    return turn_ns(f) / (d && floppy_has_disk(d) ? d->format.sectors : 18);
}

// Is anything written under the head that the controller can make out?
static bool has_marks(const struct fdc *f, const struct floppy *d)
{
    u8 cylinder;
    bool is_motor_on = f->s.output >> (4 + fdc_unit(f)) & 1;
    return d && floppy_has_disk(d) && is_motor_on && (d->format.rates >> f->s.rate & 1) &&
           (f->s.command[0] & FDC_MFM) && side(f) < d->format.heads &&
           floppy_cylinder(d, &cylinder);
}

static bool is_on_track(const struct floppy *d, u8 sector)
{
    return sector >= 1 && sector <= d->format.sectors;
}

// Is the sector that the command names on the track? Else says in ST1 and ST2 why not.
static bool find_sector(struct fdc *f)
{
    struct fdc_state *s = &f->s;
    const struct floppy *d = fdc_floppy(f, fdc_unit(f));
    unsigned opcode = opcode_of(f);
    if (!has_marks(f, d)) {
        s->st1 |= FDC_ST1_NO_ADDRESS_MARK;
        return false;
    }
    if (opcode == READ_ID || opcode == FORMAT_TRACK) {
        return true;
    }
    if (opcode == READ_TRACK) { // whatever their numbers
        s->st1 |= s->sectors_done < d->format.sectors ? 0 : FDC_ST1_NO_DATA;
        return s->sectors_done < d->format.sectors;
    }
    if (!floppy_is_at(d, s->cylinder)) {
        s->st2 |= FDC_ST2_WRONG_CYLINDER;
    } else if (s->head == side(f) && s->size == SIZE_512 && is_on_track(d, s->sector)) {
        return true;
    }
    s->st1 |= FDC_ST1_NO_DATA;
    return false;
}

static void look_for_sector(struct fdc *f)
{
    const struct floppy *d = fdc_floppy(f, fdc_unit(f));
    if (is_write(f) && d && floppy_is_protected(d)) {
        f->s.st1 |= FDC_ST1_PROTECTED;
        fdc_arm(f, FDC_STEP_FAIL, SHORT_NS);
    } else if (find_sector(f)) {
        fdc_arm(f, FDC_STEP_SECTOR, sector_ns(f) / FDC_HASTE);
    } else {
        fdc_arm(f, FDC_STEP_FAIL, 2 * turn_ns(f) / FDC_HASTE);
    }
}

// A command that began while its drive was still seeking searches for two turns, and so finds what
// it looks for when the head arrives. OS/2 does not wait for its seeks.
void fdc_track_reached(struct fdc *f, unsigned unit)
{
    struct fdc_state *s = &f->s;
    if (s->phase == FDC_EXECUTE && s->step == FDC_STEP_FAIL && unit == fdc_unit(f)) {
        s->st1 &= (u8) ~(FDC_ST1_NO_DATA | FDC_ST1_NO_ADDRESS_MARK);
        s->st2 &= (u8)~FDC_ST2_WRONG_CYLINDER;
        look_for_sector(f);
    }
}

// The cylinder whose sectors are meant.
static u8 cylinder_here(struct fdc *f, const struct floppy *d)
{
    u8 cylinder = f->s.cylinder;
    if (opcode_of(f) == READ_TRACK || opcode_of(f) == FORMAT_TRACK) {
        floppy_cylinder(d, &cylinder);
    }
    return cylinder;
}

// --- on to the next sector ---

// Makes C, H and R those of the next sector. False: there is none in the command's range.
static bool advance(struct fdc *f)
{
    struct fdc_state *s = &f->s;
    unsigned step = is_scan(f) && s->command[P_LENGTH] ? s->command[P_LENGTH] : 1;
    u8 last = s->command[P_LAST];
    bool is_past = is_scan(f) ? s->sector + step > last : s->sector == last;
    if (opcode_of(f) == READ_TRACK) {
        is_past = s->sectors_done >= last;
    }
    if (!is_past) {
        s->sector = (u8)(s->sector + step);
        return true;
    }
    s->sector = 1;
    if (s->command[0] & FDC_MULTI_TRACK) {
        s->head ^= 1;
        if (s->head & 1) {
            return true;
        }
    }
    s->cylinder++;
    return false;
}

// All sectors have been done, and nobody has said TC.
static void end_at_last(struct fdc *f)
{
    bool is_good = is_scan(f) || (opcode_of(f) == VERIFY && !is_counted_verify(f));
    if (is_good) {
        end_command(f);
    } else {
        f->s.st1 |= FDC_ST1_END_OF_CYLINDER;
        fail(f);
    }
}

static void finish_sector(struct fdc *f)
{
    struct fdc_state *s = &f->s;
    s->sectors_done++;
    bool is_more = advance(f);
    if (is_counted_verify(f) && --s->sectors_left == 0) {
        s->is_last = true;
    }
    if (s->is_last || s->is_terminal) {
        end_command(f);
    } else if (is_more) {
        if (s->command[0] & FDC_MULTI_TRACK) {
            s->st0 = (u8)((s->st0 & ~4) | (s->head & 1) << 2);
        }
        look_for_sector(f);
    } else {
        end_at_last(f);
    }
}

// --- what is done with the bytes ---

static void store_sector(struct fdc *f, struct floppy *d)
{
    struct fdc_state *s = &f->s;
    bool is_deleted = opcode_of(f) == WRITE_DELETED;
    memset(s->buffer + s->position, 0, sizeof s->buffer - s->position); // TC within the sector
    if (!floppy_write(d, cylinder_here(f, d), side(f), s->sector, s->buffer, is_deleted)) {
        s->st1 |= FDC_ST1_NO_DATA;
        fail(f);
        return;
    }
    finish_sector(f);
}

// The host has sent the ID of one sector: C, H, R, N.
static void format_sector(struct fdc *f, struct floppy *d)
{
    struct fdc_state *s = &f->s;
    const u8 id[ID_BYTES] = {s->buffer[0], s->buffer[1], s->buffer[2], s->buffer[3]};
    u8 here = cylinder_here(f, d);
    bool is_good =
        floppy_is_at(d, id[0]) && id[1] == side(f) && is_on_track(d, id[2]) && id[3] == SIZE_512;
    s->cylinder = id[0], s->head = id[1], s->sector = id[2], s->size = id[3];
    memset(s->buffer, s->command[F_FILLER], sizeof s->buffer);
    if (!is_good) {
        log_stub(f->log, "fdc: format of a sector that the image has no place for: %u/%u/%u, %u",
                 (unsigned)id[0], (unsigned)id[1], (unsigned)id[2], (unsigned)id[3]);
    }
    if (!is_good || !floppy_write(d, here, side(f), s->sector, s->buffer, false)) {
        s->st1 |= FDC_ST1_NO_DATA;
        fail(f);
        return;
    }
    s->sectors_done++;
    if (s->sectors_done >= s->command[F_COUNT] || s->is_terminal) {
        end_command(f);
    } else {
        fdc_arm(f, FDC_STEP_SECTOR, sector_ns(f) / FDC_HASTE);
    }
}

// Disk against host, FFh being equal to anything; the first byte that differs decides. [8272A]
static int compare(const u8 *disk, const u8 *host)
{
    for (unsigned n = 0; n < DISK_SECTOR_BYTES; n++) {
        if (disk[n] != host[n] && disk[n] != 0xFF && host[n] != 0xFF) {
            return disk[n] < host[n] ? -1 : 1;
        }
    }
    return 0;
}

static void scan_sector(struct fdc *f, struct floppy *d)
{
    struct fdc_state *s = &f->s;
    u8 disk[DISK_SECTOR_BYTES];
    unsigned opcode = opcode_of(f);
    memset(s->buffer + s->position, 0xFF, sizeof s->buffer - s->position);
    if (!floppy_read(d, s->cylinder, side(f), s->sector, disk)) {
        s->st1 |= FDC_ST1_DATA_ERROR;
        s->st2 |= FDC_ST2_DATA_ERROR;
        fail(f);
        return;
    }
    int order = compare(disk, s->buffer);
    s->st2 &= (u8) ~(FDC_ST2_SCAN_EQUAL | FDC_ST2_SCAN_FAILED);
    if (order == 0) {
        s->st2 |= FDC_ST2_SCAN_EQUAL;
        s->is_last = true;
    } else if ((opcode == SCAN_LOW && order < 0) || (opcode == SCAN_HIGH && order > 0)) {
        s->is_last = true;
    } else {
        s->st2 |= FDC_ST2_SCAN_FAILED;
    }
    finish_sector(f);
}

// The host has moved all bytes of the sector, or said TC.
static void bytes_moved(struct fdc *f)
{
    struct floppy *d = fdc_floppy(f, fdc_unit(f));
    if (fdc_is_to_host(f)) {
        finish_sector(f);
    } else if (!find_sector(f)) { // somebody took the disk out meanwhile
        fail(f);
    } else if (opcode_of(f) == FORMAT_TRACK) {
        format_sector(f, d);
    } else if (is_write(f)) {
        store_sector(f, d);
    } else {
        scan_sector(f, d);
    }
}

// --- moving bytes ---

// INT asks for as many bytes as are in the FIFO, or have room there. [82077AA] 4.2
static void request_batch(struct fdc *f)
{
    unsigned threshold = (f->s.config & FDC_CONFIG_THRESHOLD) + 1u;
    bool has_fifo = !(f->s.config & FDC_CONFIG_NO_FIFO) && threshold < FIFO_BYTES;
    f->s.batch_left = (u8)(has_fifo ? FIFO_BYTES - threshold : 1);
    fdc_set_irq(f, false);
    fdc_set_irq(f, true);
}

static void byte_moved(struct fdc *f)
{
    struct fdc_state *s = &f->s;
    s->batch_left--;
    if (s->position == s->length) {
        fdc_set_irq(f, false);
        bytes_moved(f);
    } else if (s->batch_left == 0) {
        request_batch(f);
    }
}

u8 fdc_pio_read(struct fdc *f)
{
    u8 value = f->s.buffer[f->s.position++];
    byte_moved(f);
    return value;
}

void fdc_pio_write(struct fdc *f, u8 value)
{
    f->s.buffer[f->s.position++] = value;
    byte_moved(f);
}

// False: the DMA controller has not moved all yet.
static bool move_by_dma(struct fdc *f)
{
    struct fdc_state *s = &f->s;
    bool is_to_host = fdc_is_to_host(f), is_end = false;
    if (fdc_is_gate_open(f)) {
        u32 moved = dma_transfer(&f->dma, s->buffer + s->position, (u32)(s->length - s->position),
                                 is_to_host ? DMA_TO_MEMORY : DMA_FROM_MEMORY, &is_end);
        s->position = (u16)(s->position + moved);
    }
    s->is_terminal = is_end;
    if (s->position < s->length && !is_end) {
        return false;
    }
    bytes_moved(f);
    return true;
}

static void move_bytes(struct fdc *f, unsigned count)
{
    f->s.position = 0;
    f->s.length = (u16)count;
    if (f->s.is_pio) {
        fdc_arm(f, FDC_STEP_PIO, sector_ns(f));
        request_batch(f);
    } else if (!move_by_dma(f)) {
        fdc_arm(f, FDC_STEP_DMA, sector_ns(f));
    }
}

static void overrun(struct fdc *f)
{
    bool is_end;
    dma_transfer(&f->dma, f->s.buffer, 0, DMA_TO_MEMORY, &is_end);
    f->s.st1 |= FDC_ST1_OVERRUN;
    fail(f);
}

// --- the sector is there ---

static void give_id(struct fdc *f, const struct floppy *d)
{
    struct fdc_state *s = &f->s;
    u64 passed = clock_now_ns(f->clock) / (sector_ns(f) / FDC_HASTE);
    floppy_cylinder(d, &s->cylinder);
    s->head = side(f);
    s->sector = (u8)(1 + passed % d->format.sectors);
    s->size = SIZE_512;
    end_command(f);
}

// The mark of the sector is not the one that the command is for. True: skip it.
static bool is_skipped(struct fdc *f, const struct floppy *d)
{
    struct fdc_state *s = &f->s;
    bool is_deleted = floppy_is_deleted(d, s->cylinder, side(f), s->sector);
    if (is_deleted == (opcode_of(f) == READ_DELETED)) {
        return false;
    }
    s->st2 |= FDC_ST2_CONTROL_MARK;
    s->is_last = !(s->command[0] & FDC_SKIP);
    return !s->is_last;
}

static void read_sector(struct fdc *f, struct floppy *d)
{
    struct fdc_state *s = &f->s;
    bool is_track = opcode_of(f) == READ_TRACK;
    u8 number = is_track ? (u8)(s->sectors_done + 1) : s->sector;
    if (is_track && (s->sector != number || s->head != side(f) || !floppy_is_at(d, s->cylinder))) {
        s->st1 |= FDC_ST1_NO_DATA; // it is read all the same
    }
    if (!floppy_read(d, cylinder_here(f, d), side(f), number, s->buffer)) {
        s->st1 |= FDC_ST1_DATA_ERROR;
        s->st2 |= FDC_ST2_DATA_ERROR;
        fail(f);
    } else if (opcode_of(f) == VERIFY) {
        finish_sector(f);
    } else {
        move_bytes(f, DISK_SECTOR_BYTES);
    }
}

static void sector_due(struct fdc *f)
{
    struct floppy *d = fdc_floppy(f, fdc_unit(f));
    unsigned opcode = opcode_of(f);
    if (!find_sector(f)) {
        fail(f);
    } else if (opcode == READ_ID) {
        give_id(f, d);
    } else if (opcode == FORMAT_TRACK) {
        move_bytes(f, ID_BYTES);
    } else if (is_write(f)) {
        move_bytes(f, DISK_SECTOR_BYTES);
    } else if (opcode != READ_TRACK && is_skipped(f, d)) {
        finish_sector(f);
    } else if (is_scan(f)) {
        move_bytes(f, DISK_SECTOR_BYTES);
    } else {
        read_sector(f, d);
    }
}

// --- beginning ---

// With implied seeks on, a command that names a cylinder goes there first.
static bool seeks_first(struct fdc *f)
{
    unsigned opcode = opcode_of(f);
    return (f->s.config & FDC_CONFIG_IMPLIED_SEEK) && opcode != READ_ID && opcode != FORMAT_TRACK &&
           f->s.cylinder != f->s.unit[fdc_unit(f)].cylinder;
}

static unsigned steps_to(const struct fdc *f, bool *is_inwards)
{
    u8 from = f->s.unit[fdc_unit(f)].cylinder, to = f->s.cylinder;
    *is_inwards = to > from;
    return to > from ? to - from : from - to;
}

static void finish_seek(struct fdc *f)
{
    bool is_inwards;
    unsigned steps = steps_to(f, &is_inwards);
    struct floppy *d = fdc_floppy(f, fdc_unit(f));
    if (d) {
        floppy_step(d, steps, is_inwards);
    }
    f->s.unit[fdc_unit(f)].cylinder = f->s.cylinder;
    look_for_sector(f);
}

static void take_parameters(struct fdc *f)
{
    struct fdc_state *s = &f->s;
    if (opcode_of(f) == FORMAT_TRACK) {
        s->size = s->command[F_SIZE];
        s->last_sectors = s->command[F_COUNT];
    } else if (opcode_of(f) != READ_ID) {
        s->cylinder = s->command[P_CYLINDER];
        s->head = s->command[P_HEAD];
        s->sector = s->command[P_SECTOR];
        s->size = s->command[P_SIZE];
        s->last_sectors = s->command[P_LAST];
        s->sectors_left = s->command[P_LENGTH] ? s->command[P_LENGTH] : 256;
    }
}

void fdc_start_transfer(struct fdc *f)
{
    struct fdc_state *s = &f->s;
    bool is_inwards;
    s->phase = FDC_EXECUTE;
    s->st0 = s->command[1] & 7;
    s->st1 = 0;
    s->st2 = 0;
    s->sectors_done = 0;
    s->is_last = false;
    s->is_terminal = false;
    take_parameters(f);
    if (seeks_first(f)) {
        s->st0 |= FDC_ST0_SEEK_END;
        fdc_arm(f, FDC_STEP_SEEK, fdc_step_ns(f, steps_to(f, &is_inwards)));
    } else {
        look_for_sector(f);
    }
}

void fdc_transfer_event(struct fdc *f)
{
    switch ((enum fdc_step)f->s.step) {
    case FDC_STEP_SEEK: finish_seek(f); break;
    case FDC_STEP_SECTOR: sector_due(f); break;
    case FDC_STEP_FAIL: fail(f); break;
    case FDC_STEP_PIO: overrun(f); break;
    case FDC_STEP_DMA:
        if (!move_by_dma(f)) {
            overrun(f);
        }
        break;
    case FDC_STEP_NONE:
    case FDC_STEP_RESET: break;
    }
}
