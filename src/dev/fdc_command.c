// The commands of the floppy disk controller that move no data, and the table of all. [82077AA] 5
//
//     02 READ TRACK          0A READ ID            13 CONFIGURE
//     03 SPECIFY             0C READ DELETED DATA  14 LOCK (94h), UNLOCK (14h)
//     04 SENSE DRIVE STATUS  0D FORMAT TRACK       16 VERIFY
//     05 WRITE DATA          0E DUMPREG            17 POWERDOWN MODE   [82078]
//     06 READ DATA           0F SEEK               18 PART ID          [82078]
//     07 RECALIBRATE         8F RELATIVE SEEK      19 SCAN LOW OR EQUAL
//     08 SENSE INTERRUPT     10 VERSION            1D SCAN HIGH OR EQUAL
//     09 WRITE DELETED DATA  11 SCAN EQUAL
//                            12 PERPENDICULAR MODE
//     with MT (80h), MFM (40h) and SK (20h) in the first byte where they mean something.
#include "dev/fdc.h"

enum {
    OPCODE = 0x1F,
    RECALIBRATE_STEPS = 79, // [82077AA] 5.2.2
    LOCK_BIT = 0x80,
    VERSION_82077 = 0x90,
    PART_82078 = 0x41, // 82078, 64 pins
    ST3_READY = 0x20,
    ST3_TWO_SIDED = 0x08, // both are always 1: the pins are not there
    ST3_TRACK_0 = 0x10,
    ST3_PROTECTED = 0x40,
    RELATIVE_INWARDS = 0x40,
    PERPENDICULAR_OVERWRITE = 0x80,
    PERPENDICULAR_DRIVES = 0x3C,
    PERPENDICULAR_MODE = 0x03,
    MIN_SEEK_NS = 20000,
};

// --- seeks ---

// Each seek ends with an interrupt; until then the controller is free for other commands.
static void start_seek(struct fdc *f, struct fdc_unit_state *u, unsigned steps)
{
    u64 delay_ns = fdc_step_ns(f, steps);
    u->steps = (u8)steps;
    u->is_seeking = true;
    u->sense = 0;
    clock_arm(f->clock, &f->seek[fdc_unit(f)].event,
              clock_now_ns(f->clock) + (delay_ns > MIN_SEEK_NS ? delay_ns : MIN_SEEK_NS));
    fdc_be_idle(f);
}

static void seek(struct fdc *f)
{
    struct fdc_unit_state *u = &f->s.unit[fdc_unit(f)];
    bool is_relative = f->s.command[0] & FDC_MULTI_TRACK;
    u8 number = f->s.command[2];
    u->is_recalibrating = false;
    if (is_relative) {
        u->is_inwards = f->s.command[0] & RELATIVE_INWARDS;
        u->target = (u8)(u->is_inwards ? u->cylinder + number : u->cylinder - number);
        start_seek(f, u, number);
    } else {
        u->is_inwards = number > u->cylinder;
        u->target = number;
        start_seek(f, u, u->is_inwards ? number - u->cylinder : u->cylinder - number);
    }
}

static void recalibrate(struct fdc *f)
{
    struct fdc_unit_state *u = &f->s.unit[fdc_unit(f)];
    const struct floppy *d = fdc_floppy(f, fdc_unit(f));
    unsigned steps = d && d->s->track < RECALIBRATE_STEPS ? d->s->track : RECALIBRATE_STEPS;
    u->is_recalibrating = true;
    u->is_inwards = false;
    u->target = 0;
    start_seek(f, u, steps);
}

void fdc_seek_over(struct fdc *f, unsigned unit)
{
    struct fdc_unit_state *u = &f->s.unit[unit];
    struct floppy *d = fdc_floppy(f, unit);
    if (d) {
        floppy_step(d, u->steps, u->is_inwards);
    }
    bool has_failed = u->is_recalibrating && (!d || d->s->track != 0);
    u->is_seeking = false;
    u->cylinder = u->target;
    u->sense = (u8)(FDC_ST0_SEEK_END | unit);
    if (has_failed) {
        u->sense |= FDC_ST0_ABNORMAL | FDC_ST0_NO_TRACK_0;
    }
    if (f->s.phase == FDC_COMMAND) {
        fdc_set_irq(f, true);
    } // else when the result has been read: the command's own interrupt is an edge of its own
    fdc_track_reached(f, unit);
}

// --- status ---

// Oddly for an invalid command, no interrupt. [82077AA] 5.3
static void invalid(struct fdc *f)
{
    f->s.result[0] = FDC_ST0_INVALID;
    fdc_give_result(f, 1, false);
}

static void sense_interrupt(struct fdc *f)
{
    for (unsigned n = 0; n < FDC_UNITS; n++) {
        struct fdc_unit_state *u = &f->s.unit[n];
        if (u->sense == 0) {
            continue;
        }
        f->s.result[0] = u->sense;
        f->s.result[1] = u->cylinder;
        u->sense = 0;
        fdc_give_result(f, 2, false);
        fdc_set_irq(f, false);
        return;
    }
    invalid(f);
}

// A seek may have ended meanwhile.
void fdc_sensed(struct fdc *f)
{
    for (unsigned n = 0; n < FDC_UNITS; n++) {
        u8 sense = f->s.unit[n].sense;
        if (sense && (sense & FDC_ST0_POLLED) != FDC_ST0_POLLED) {
            fdc_set_irq(f, true);
        }
    }
}

static void sense_drive(struct fdc *f)
{
    const struct floppy *d = fdc_floppy(f, fdc_unit(f));
    u8 st3 = (u8)(ST3_READY | ST3_TWO_SIDED | (f->s.command[1] & 7));
    if (d && d->s->track == 0) {
        st3 |= ST3_TRACK_0;
    }
    if (d && floppy_is_protected(d)) {
        st3 |= ST3_PROTECTED;
    }
    f->s.result[0] = st3;
    fdc_give_result(f, 1, false);
}

static void dump_registers(struct fdc *f)
{
    struct fdc_state *s = &f->s;
    for (unsigned n = 0; n < FDC_UNITS; n++) {
        s->result[n] = s->unit[n].cylinder;
    }
    s->result[4] = (u8)(s->step_rate << 4 | s->head_unload);
    s->result[5] = (u8)(s->head_load << 1 | s->is_pio);
    s->result[6] = s->last_sectors;
    s->result[7] = (u8)(s->is_locked << 7 | s->perpendicular);
    s->result[8] = s->config;
    s->result[9] = s->precompensation_track;
    fdc_give_result(f, 10, false);
}

static void version(struct fdc *f)
{
    f->s.result[0] = VERSION_82077;
    fdc_give_result(f, 1, false);
}

static void part_id(struct fdc *f)
{
    f->s.result[0] = PART_82078;
    fdc_give_result(f, 1, false);
}

// --- settings ---

static void specify(struct fdc *f)
{
    f->s.step_rate = f->s.command[1] >> 4;
    f->s.head_unload = f->s.command[1] & 15;
    f->s.head_load = f->s.command[2] >> 1;
    f->s.is_pio = f->s.command[2] & 1;
    fdc_be_idle(f);
}

static void configure(struct fdc *f)
{
    f->s.config = f->s.command[2] & 0x7F;
    f->s.precompensation_track = f->s.command[3];
    fdc_be_idle(f);
}

// The drives' bits change only with OW set. [82077AA] 5.2.9
static void perpendicular(struct fdc *f)
{
    u8 value = f->s.command[1], kept = f->s.perpendicular & PERPENDICULAR_DRIVES;
    if (value & PERPENDICULAR_OVERWRITE) {
        kept = value & PERPENDICULAR_DRIVES;
    }
    f->s.perpendicular = (u8)(kept | (value & PERPENDICULAR_MODE));
    fdc_be_idle(f);
}

static void lock(struct fdc *f)
{
    f->s.is_locked = f->s.command[0] & LOCK_BIT;
    f->s.result[0] = (u8)(f->s.is_locked << 4);
    fdc_give_result(f, 1, false);
}

static void power_down(struct fdc *f)
{
    f->s.power = f->s.command[1];
    f->s.result[0] = f->s.power;
    fdc_give_result(f, 1, false);
}

// --- the table ---

static const struct command {
    u8 bytes; // of the whole command; 0: there is none
    u8 flags; // what its first byte may have besides the opcode
    void (*start)(struct fdc *f);
} commands[OPCODE + 1] = {
    [0x02] = {9, FDC_MFM, fdc_start_transfer},
    [0x03] = {3, 0, specify},
    [0x04] = {2, 0, sense_drive},
    [0x05] = {9, FDC_MULTI_TRACK | FDC_MFM, fdc_start_transfer},
    [0x06] = {9, FDC_MULTI_TRACK | FDC_MFM | FDC_SKIP, fdc_start_transfer},
    [0x07] = {2, 0, recalibrate},
    [0x08] = {1, 0, sense_interrupt},
    [0x09] = {9, FDC_MULTI_TRACK | FDC_MFM, fdc_start_transfer},
    [0x0A] = {2, FDC_MFM, fdc_start_transfer},
    [0x0C] = {9, FDC_MULTI_TRACK | FDC_MFM | FDC_SKIP, fdc_start_transfer},
    [0x0D] = {6, FDC_MFM, fdc_start_transfer},
    [0x0E] = {1, 0, dump_registers},
    [0x0F] = {3, FDC_MULTI_TRACK | RELATIVE_INWARDS, seek},
    [0x10] = {1, 0, version},
    [0x11] = {9, FDC_MULTI_TRACK | FDC_MFM | FDC_SKIP, fdc_start_transfer},
    [0x12] = {2, 0, perpendicular},
    [0x13] = {4, 0, configure},
    [0x14] = {1, LOCK_BIT, lock},
    [0x16] = {9, FDC_MULTI_TRACK | FDC_MFM | FDC_SKIP, fdc_start_transfer},
    [0x17] = {2, 0, power_down},
    [0x18] = {1, 0, part_id},
    [0x19] = {9, FDC_MULTI_TRACK | FDC_MFM | FDC_SKIP, fdc_start_transfer},
    [0x1D] = {9, FDC_MULTI_TRACK | FDC_MFM | FDC_SKIP, fdc_start_transfer},
};

// NULL: an invalid one.
static const struct command *find_command(u8 first)
{
    const struct command *c = &commands[first & OPCODE];
    bool is_bare_direction = first == (0x0F | RELATIVE_INWARDS);
    return c->bytes && !(first & ~OPCODE & ~c->flags) && !is_bare_direction ? c : NULL;
}

unsigned fdc_command_bytes(u8 first)
{
    const struct command *c = find_command(first);
    return c ? c->bytes : 1;
}

void fdc_start_command(struct fdc *f)
{
    const struct command *c = find_command(f->s.command[0]);
    if (!c) {
        log_guest(f->log, "fdc: invalid command %02x", (unsigned)f->s.command[0]);
        invalid(f);
        return;
    }
    for (unsigned n = 0; n < FDC_UNITS && c->start != sense_interrupt; n++) {
        if ((f->s.unit[n].sense & FDC_ST0_POLLED) == FDC_ST0_POLLED) {
            f->s.unit[n].sense = 0; // a host need not fetch all four after a reset
        }
    }
    c->start(f);
}
