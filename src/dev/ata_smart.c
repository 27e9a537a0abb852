// SMART: a disk that is always in good health. [ATA6] 8.55, [SFF8035]
//
//     features  D0 read data   D1 read thresholds  D2 autosave on/off  D4 run a self-test
//               D5 read a log  D8 enable           D9 disable          DA status
//
// Not implemented: writing of logs, selective self-tests; a test takes no time.
#include "dev/ata.h"

#include "base/bytes.h"

enum { KEY_MID = 0x4F, KEY_HIGH = 0xC2 }; // or the command is not SMART's

enum {
    SMART_READ_DATA = 0xD0,
    SMART_READ_THRESHOLDS = 0xD1,
    SMART_AUTOSAVE = 0xD2,
    SMART_SELF_TEST = 0xD4,
    SMART_READ_LOG = 0xD5,
    SMART_ENABLE = 0xD8,
    SMART_DISABLE = 0xD9,
    SMART_STATUS = 0xDA,
};

// Attributes as all makers use them: none has ever fallen from its best value.
static const struct attribute {
    u8 id;
    u8 flags; // 1: failing it is the end of the disk, 2: kept up to date
    u8 value, threshold;
} attributes[] = {
    {1, 0x03, 100, 6},   // read error rate
    {3, 0x03, 100, 0},   // spin-up time
    {4, 0x02, 100, 20},  // starts and stops
    {5, 0x03, 100, 36},  // reallocated sectors
    {9, 0x02, 100, 0},   // hours
    {12, 0x02, 100, 20}, // power cycles
};

static void end_page(struct ata *a)
{
    u8 *b = a->s->buffer, sum = 0;
    for (unsigned n = 0; n < ATA_SECTOR_BYTES - 1; n++) {
        sum += b[n];
    }
    b[ATA_SECTOR_BYTES - 1] = (u8)(0 - sum);
    ata_send(a, ATA_SECTOR_BYTES);
}

static void read_data(struct ata *a)
{
    u8 *b = a->s->buffer;
    memset(b, 0, ATA_SECTOR_BYTES);
    store_le16(b, 1); // revision
    for (unsigned n = 0; n < COUNT_OF(attributes); n++) {
        u8 *to = b + 2 + 12 * n;
        to[0] = attributes[n].id;
        to[1] = attributes[n].flags;
        to[3] = to[4] = attributes[n].value; // now, and at its worst
    }
    b[362] = ata_active(a)->is_smart_autosaved ? 0x82 : 0x02; // data collection has been completed
    b[367] = 0x19;       // runs tests off-line: at once, short and long
    b[368] = 0x03;       // saves its attributes
    b[370] = 0x01;       // has an error log
    b[372] = b[373] = 1; // minutes that the tests take at most
    end_page(a);
}

static void read_thresholds(struct ata *a)
{
    u8 *b = a->s->buffer;
    memset(b, 0, ATA_SECTOR_BYTES);
    store_le16(b, 1);
    for (unsigned n = 0; n < COUNT_OF(attributes); n++) {
        b[2 + 12 * n] = attributes[n].id;
        b[2 + 12 * n + 1] = attributes[n].threshold;
    }
    end_page(a);
}

static void read_log(struct ata *a)
{
    enum { DIRECTORY = 0, ERRORS = 1, SELF_TESTS = 6 };
    u8 *b = a->s->buffer, log = ata_active(a)->task[ATA_LBA_LOW];
    if (ata_active(a)->task[ATA_COUNT] != 1 ||
        (log != DIRECTORY && log != ERRORS && log != SELF_TESTS)) {
        ata_fail(a, ATA_ERROR_ABRT);
        return;
    }
    memset(b, 0, ATA_SECTOR_BYTES); // nothing in them
    store_le16(b, 1);
    if (log == DIRECTORY) {
        b[2 * ERRORS] = b[2 * SELF_TESTS] = 1; // sectors
        ata_send(a, ATA_SECTOR_BYTES);
        return;
    }
    end_page(a);
}

static void run_enabled(struct ata *a)
{
    struct ata_drive_state *d = ata_active(a);
    switch (d->task[ATA_FEATURES]) {
    case SMART_READ_DATA: read_data(a); break;
    case SMART_READ_THRESHOLDS: read_thresholds(a); break;
    case SMART_READ_LOG: read_log(a); break;
    case SMART_AUTOSAVE:
        d->is_smart_autosaved = d->task[ATA_COUNT] == 0xF1;
        ata_finish(a);
        break;
    case SMART_DISABLE:
        d->is_smart = false;
        ata_finish(a);
        break;
    case SMART_SELF_TEST:
    case SMART_STATUS: ata_finish(a); break; // the key stays in the registers: all is well
    default: ata_fail(a, ATA_ERROR_ABRT); break;
    }
}

void ata_run_smart(struct ata *a)
{
    struct ata_drive_state *d = ata_active(a);
    bool has_key = d->task[ATA_LBA_MID] == KEY_MID && d->task[ATA_LBA_HIGH] == KEY_HIGH;
    if (has_key && d->task[ATA_FEATURES] == SMART_ENABLE) {
        d->is_smart = true;
        ata_finish(a);
    } else if (has_key && d->is_smart) {
        run_enabled(a);
    } else {
        ata_fail(a, ATA_ERROR_ABRT);
    }
}
