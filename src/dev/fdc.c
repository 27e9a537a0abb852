// Floppy disk controller: registers, reset, the phases of a command. Keys: [82077AA], [82078]. The
// commands are in fdc_command.c and fdc_transfer.c, the drives in floppy.c.
//
//           read                          write
//     3F0  -                              -              (status registers A, B of a PS/2 only)
//     3F2  digital output                 digital output 7..4 motor 3..0 | 3 DMA and interrupt on |
//                                                        2 not reset | 1,0 drive
//     3F3  tape drive                     tape drive     1,0 (kept)
//     3F4  main status                    data rate select 7 reset | 6 power down | 4..2
//          7 RQM | 6 to the host |          precompensation | 1,0 rate
//          5 PIO | 4 busy | 3..0 seeking
//     3F5  data                           data           commands, results, and bytes by PIO
//     3F7  digital input 7 disk change    configuration control 1,0 rate
//
// One event serves the command at hand, and one each drive's seek. A command's bytes move when the
// sector's time is over; the interrupt line follows `is_irq` where the digital output register lets
// it.
//
// QUIRK: the chip takes commands while the digital output register holds it in reset, as QEMU's
// does, where the real one's main status is 0. ReactOS's loader leaves it so, and its driver sends
// CONFIGURE before anything else.
//
// Not implemented: PS/2 and Model 30 modes, tape drives, precompensation, power saving (POWERDOWN
// and the data rate select register are accepted); commands that only the 82078 has (OPTION, SAVE,
// RESTORE, DRIVE SPECIFICATION, FORMAT AND WRITE) are invalid.
#include "dev/fdc.h"

#include <string.h>

enum {
    OUTPUT_NOT_RESET = 0x04,
    OUTPUT_GATE = 0x08,
    STATUS_READY = 0x80,
    STATUS_TO_HOST = 0x40,
    STATUS_PIO = 0x20,
    STATUS_BUSY = 0x10,
    SELECT_RESET = 0x80,
    INPUT_CHANGED = 0x80,
    RATE = 0x03,
    TAPE = 0x03,
};

// From the end of a reset to its interrupt.
enum { RESET_NS = 50000 };

static const struct field unit_fields[] = {
    FIELD(struct fdc_unit_state, cylinder),
    FIELD(struct fdc_unit_state, sense),
    FIELD(struct fdc_unit_state, is_seeking),
    FIELD(struct fdc_unit_state, is_inwards),
    FIELD(struct fdc_unit_state, is_recalibrating),
    FIELD(struct fdc_unit_state, target),
    FIELD(struct fdc_unit_state, steps),
};
static const struct field fdc_fields[] = {
    FIELD(struct fdc_state, output),
    FIELD(struct fdc_state, tape),
    FIELD(struct fdc_state, rate),
    FIELD(struct fdc_state, phase),
    FIELD(struct fdc_state, step),
    FIELD(struct fdc_state, is_irq),
    FIELD(struct fdc_state, step_rate),
    FIELD(struct fdc_state, head_unload),
    FIELD(struct fdc_state, head_load),
    FIELD(struct fdc_state, is_pio),
    FIELD(struct fdc_state, config),
    FIELD(struct fdc_state, precompensation_track),
    FIELD(struct fdc_state, is_locked),
    FIELD(struct fdc_state, perpendicular),
    FIELD(struct fdc_state, power),
    FIELD_ARRAY(struct fdc_state, command),
    FIELD(struct fdc_state, command_count),
    FIELD_ARRAY(struct fdc_state, result),
    FIELD(struct fdc_state, result_count),
    FIELD(struct fdc_state, result_at),
    FIELD(struct fdc_state, last_sectors),
    FIELD(struct fdc_state, st0),
    FIELD(struct fdc_state, st1),
    FIELD(struct fdc_state, st2),
    FIELD(struct fdc_state, cylinder),
    FIELD(struct fdc_state, head),
    FIELD(struct fdc_state, sector),
    FIELD(struct fdc_state, size),
    FIELD(struct fdc_state, sectors_done),
    FIELD(struct fdc_state, sectors_left),
    FIELD(struct fdc_state, is_last),
    FIELD(struct fdc_state, is_terminal),
    FIELD(struct fdc_state, position),
    FIELD(struct fdc_state, length),
    FIELD(struct fdc_state, batch_left),
    FIELD_ARRAY(struct fdc_state, buffer),
    FIELD_STRUCTS(struct fdc_state, unit, unit_fields),
    FIELD_STRUCTS_OF(struct fdc_state, floppy, floppy_fields, FLOPPY_FIELDS),
};
static const struct field_table fdc_table = FIELD_TABLE("fdc", 1, struct fdc_state, fdc_fields);

// --- what the parts share ---

bool fdc_is_gate_open(const struct fdc *f)
{
    return f->s.output & OUTPUT_GATE;
}

static void drive_line(struct fdc *f)
{
    line_set(&f->irq, f->s.is_irq && fdc_is_gate_open(f));
}

void fdc_set_irq(struct fdc *f, bool level)
{
    f->s.is_irq = level;
    drive_line(f);
}

void fdc_arm(struct fdc *f, enum fdc_step step, u64 delay_ns)
{
    f->s.step = (u8)step;
    clock_arm(f->clock, &f->event, clock_now_ns(f->clock) + delay_ns);
}

struct floppy *fdc_floppy(struct fdc *f, unsigned unit)
{
    if (unit >= FDC_DRIVES || f->floppy[unit].kind == FLOPPY_NONE) {
        return NULL;
    }
    floppy_look(&f->floppy[unit]);
    return &f->floppy[unit];
}

// [82077AA] table 5-9: step rate interval by data rate; (16 - SRT) ms at 500 kbit/s.
u64 fdc_step_ns(const struct fdc *f, unsigned steps)
{
    static const u32 unit_ns[] = {[FLOPPY_RATE_500] = 1000000,
                                  [FLOPPY_RATE_300] = 1666667,
                                  [FLOPPY_RATE_250] = 2000000,
                                  [FLOPPY_RATE_1000] = 500000};
    return (u64)steps * (16u - f->s.step_rate) * unit_ns[f->s.rate] / FDC_HASTE;
}

void fdc_be_idle(struct fdc *f)
{
    f->s.phase = FDC_COMMAND;
    f->s.step = FDC_STEP_NONE;
    f->s.command_count = 0;
}

void fdc_give_result(struct fdc *f, unsigned count, bool has_irq)
{
    f->s.phase = FDC_RESULT;
    f->s.step = FDC_STEP_NONE;
    f->s.result_count = (u8)count;
    f->s.result_at = 0;
    clock_disarm(f->clock, &f->event);
    if (has_irq) {
        fdc_set_irq(f, true);
    }
}

// --- reset ---

// What a reset by DOR or DSR clears. SPECIFY's values stay, and with LOCK the FIFO's. [82077AA] 3
static void reset_chip(struct fdc *f)
{
    struct fdc_state *s = &f->s;
    bool dummy;
    clock_disarm(f->clock, &f->event);
    dma_transfer(&f->dma, s->buffer, 0, DMA_TO_MEMORY, &dummy);
    fdc_be_idle(f);
    s->perpendicular &= 0xFC;
    s->config &= FDC_CONFIG_NO_FIFO | FDC_CONFIG_THRESHOLD;
    if (!s->is_locked) {
        s->config = FDC_CONFIG_NO_FIFO;
        s->precompensation_track = 0;
    }
    for (unsigned n = 0; n < FDC_UNITS; n++) {
        clock_disarm(f->clock, &f->seek[n].event);
        s->unit[n].sense = 0;
        s->unit[n].is_seeking = false;
    }
    fdc_set_irq(f, false);
}

// The poll finds all four drives changed to ready: four interrupts to sense.
static void finish_reset(struct fdc *f)
{
    f->s.step = FDC_STEP_NONE;
    for (unsigned n = 0; n < FDC_UNITS; n++) {
        f->s.unit[n].sense = (u8)(FDC_ST0_POLLED | n);
    }
    fdc_set_irq(f, true);
}

static bool is_in_reset(const struct fdc *f)
{
    return !(f->s.output & OUTPUT_NOT_RESET);
}

static void write_output(struct fdc *f, u8 value)
{
    bool was_reset = is_in_reset(f);
    f->s.output = value;
    if (was_reset || is_in_reset(f)) {
        reset_chip(f);
    }
    if (was_reset && !is_in_reset(f)) {
        fdc_arm(f, FDC_STEP_RESET, RESET_NS);
    }
    drive_line(f);
}

static void write_select(struct fdc *f, u8 value)
{
    f->s.rate = value & RATE;
    if ((value & SELECT_RESET) && !is_in_reset(f)) {
        reset_chip(f);
        fdc_arm(f, FDC_STEP_RESET, RESET_NS);
    }
}

// --- data ---

static u8 read_status(const struct fdc *f)
{
    const struct fdc_state *s = &f->s;
    u8 status = 0;
    if (s->step == FDC_STEP_RESET) {
        return 0;
    }
    for (unsigned n = 0; n < FDC_UNITS; n++) {
        status |= (u8)(s->unit[n].is_seeking << n);
    }
    switch ((enum fdc_phase)s->phase) {
    case FDC_COMMAND: return status | STATUS_READY | (s->command_count ? STATUS_BUSY : 0);
    case FDC_RESULT: return status | STATUS_READY | STATUS_TO_HOST | STATUS_BUSY;
    case FDC_EXECUTE: break;
    }
    status |= STATUS_BUSY | (s->is_pio ? STATUS_PIO : 0);
    if (s->step == FDC_STEP_PIO) {
        status |= STATUS_READY | (fdc_is_to_host(f) ? STATUS_TO_HOST : 0);
    }
    return status;
}

static u8 read_result(struct fdc *f)
{
    struct fdc_state *s = &f->s;
    u8 value = s->result[s->result_at++];
    fdc_set_irq(f, false);
    if (s->result_at >= s->result_count) {
        fdc_be_idle(f);
        fdc_sensed(f);
    }
    return value;
}

static u8 read_data(struct fdc *f)
{
    if (f->s.phase == FDC_RESULT) {
        return read_result(f);
    }
    if (f->s.step == FDC_STEP_PIO && fdc_is_to_host(f)) {
        return fdc_pio_read(f);
    }
    log_guest(f->log, "fdc: read of the data register while it has nothing");
    return 0xFF;
}

static void write_data(struct fdc *f, u8 value)
{
    struct fdc_state *s = &f->s;
    if (s->step == FDC_STEP_RESET) {
        return;
    }
    if (s->step == FDC_STEP_PIO && !fdc_is_to_host(f)) {
        fdc_pio_write(f, value);
        return;
    }
    if (s->phase != FDC_COMMAND) {
        log_guest(f->log, "fdc: write to the data register while it takes nothing");
        return;
    }
    s->command[s->command_count++] = value;
    if (s->command_count >= fdc_command_bytes(s->command[0])) {
        fdc_start_command(f);
    }
}

// --- the bus ---

static u8 read_input(struct fdc *f)
{
    const struct floppy *d = fdc_floppy(f, f->s.output & 3);
    bool is_selected = f->s.output >> (4 + (f->s.output & 3)) & 1; // by drive and motor bits
    return d && is_selected && d->s->is_changed ? INPUT_CHANGED : 0;
}

static u32 port_read(void *owner, unsigned offset, unsigned size_bytes UNUSED)
{
    struct fdc *f = owner;
    switch (offset) {
    case 2: return f->s.output;
    case 3: return f->s.tape | (u8)~TAPE;
    case 4: return read_status(f);
    case 5: return read_data(f);
    default: return 0xFF;
    }
}

static void port_write(void *owner, unsigned offset, u32 value, unsigned size_bytes UNUSED)
{
    struct fdc *f = owner;
    switch (offset) {
    case 2: write_output(f, (u8)value); break;
    case 3: f->s.tape = value & TAPE; break;
    case 4: write_select(f, (u8)value); break;
    case 5: write_data(f, (u8)value); break;
    default: break;
    }
}

static u32 input_read(void *owner, unsigned offset UNUSED, unsigned size_bytes UNUSED)
{
    return read_input(owner);
}

static void control_write(void *owner, unsigned offset UNUSED, u32 value,
                          unsigned size_bytes UNUSED)
{
    struct fdc *f = owner;
    f->s.rate = value & RATE;
}

// --- the device ---

static void event_due(void *owner)
{
    struct fdc *f = owner;
    if (f->s.step == FDC_STEP_RESET) {
        finish_reset(f);
    } else {
        fdc_transfer_event(f);
    }
}

static void seek_due(void *owner)
{
    struct fdc_seek *k = owner;
    fdc_seek_over(k->fdc, (unsigned)(k - k->fdc->seek));
}

// By the RESET pin: held in reset until the host writes DOR. Heads stay where they are.
static void reset(void *owner)
{
    struct fdc *f = owner;
    struct fdc_state *s = &f->s;
    s->is_locked = false;
    reset_chip(f);
    s->output = 0;
    s->tape = 0;
    s->rate = FLOPPY_RATE_250;
    s->step_rate = s->head_unload = s->head_load = 0;
    s->is_pio = false;
    s->perpendicular = 0;
    s->power = 0;
    for (unsigned n = 0; n < FDC_UNITS; n++) {
        s->unit[n].cylinder = 0;
    }
    drive_line(f);
}

static u8 at_most(u8 value, unsigned limit)
{
    return (u8)(value < limit ? value : limit);
}

// What indexes our memory is brought within it: a state may come from a file.
static void restored(void *owner)
{
    struct fdc *f = owner;
    struct fdc_state *s = &f->s;
    s->rate &= RATE;
    s->command_count =
        at_most(s->command_count, FDC_COMMAND_BYTES - (s->phase == FDC_COMMAND ? 1 : 0));
    s->result_at = at_most(s->result_at, FDC_RESULT_BYTES - (s->phase == FDC_RESULT ? 1 : 0));
    if (s->length > sizeof s->buffer || s->position > s->length) {
        s->length = s->position = 0;
    }
    if (s->step == FDC_STEP_PIO && s->position == s->length) {
        s->step = FDC_STEP_NONE;
    }
    drive_line(f);
}

enum floppy_kind fdc_drive_kind(const struct fdc *f, unsigned n)
{
    return f->floppy[n].kind;
}

void fdc_init(struct fdc *f, struct clock *clock, struct ports *ports, struct log *log,
              struct line irq, struct dma_channel dma, struct disk *const disks[FDC_DRIVES])
{
    static const char *const names[FDC_UNITS] = {"fdc seek 0", "fdc seek 1", "fdc seek 2",
                                                 "fdc seek 3"};
    memset(f, 0, sizeof *f);
    f->clock = clock;
    f->log = log;
    f->irq = irq;
    f->dma = dma;
    dev_init(&f->dev, "fdc", &fdc_table, &f->s, f, reset, restored);
    for (unsigned n = 0; n < FDC_DRIVES; n++) {
        floppy_init(&f->floppy[n], &f->s.floppy[n], disks[n]);
    }
    clock_add_event(clock, &f->event, "fdc", event_due, f);
    for (unsigned n = 0; n < FDC_UNITS; n++) {
        f->seek[n].fdc = f;
        clock_add_event(clock, &f->seek[n].event, names[n], seek_due, &f->seek[n]);
    }
    ports_map(ports, 0x3F0, 6, 1, port_read, port_write, f, "fdc");
    ports_map(ports, 0x3F7, 1, 1, input_read, control_write, f, "fdc rate");
    reset(f);
}
