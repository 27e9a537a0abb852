// A floppy drive and the disk in it.
//
//     image        cylinders heads sectors   kbit/s     drive
//     160K 180K        40      1    8, 9     250, 300   360K, 5.25 inch
//     320K 360K        40      2    8, 9     250, 300   360K
//     1.2M             80      2    15       500        1.2M, 5.25 inch, 360 turns a minute
//     720K             80      2    9        250        1.44M, 3.5 inch
//     1.44M            80      2    18       500        1.44M
//     1.68M (DMF)      80      2    21       500        2.88M
//     2.88M            80      2    36       1000       2.88M
//
// and what other formatting programs make of these: up to 84 cylinders, other numbers of sectors.
// [FDINFO]. A real 360K disk is read at 250 kbit/s in its own drive and at 300 in one for 1.2M;
// here both will do, since firmware takes either for a drive of type 1.
//
// Not implemented: sectors of other sizes than 512, tracks that differ from each other, bad
// sectors; deleted data marks are forgotten when the disk leaves the drive.
#include "dev/floppy.h"

#include "base/check.h"

#include <string.h>

enum { LAST_TRACK = FLOPPY_CYLINDERS_MAX - 1, FORTY_TRACKS = 42 };

const struct field floppy_fields[] = {
    FIELD(struct floppy_state, track),
    FIELD(struct floppy_state, is_changed),
    FIELD(struct floppy_state, change_count),
    FIELD_ARRAY(struct floppy_state, deleted),
};
_Static_assert(COUNT_OF(floppy_fields) == FLOPPY_FIELDS, "as floppy.h counts them");

// --- formats ---

static u8 rates_of(unsigned cylinders, unsigned sectors)
{
    if (cylinders <= FORTY_TRACKS) {
        return 1 << FLOPPY_RATE_250 | 1 << FLOPPY_RATE_300;
    }
    if (sectors <= 11) {
        return 1 << FLOPPY_RATE_250;
    }
    if (sectors <= 14) {
        return 1 << FLOPPY_RATE_300 | 1 << FLOPPY_RATE_500;
    }
    return sectors <= 24 ? 1 << FLOPPY_RATE_500 : 1 << FLOPPY_RATE_1000;
}

static struct floppy_format make_format(unsigned cylinders, unsigned heads, unsigned sectors)
{
    return (struct floppy_format){
        .cylinders = (u8)cylinders,
        .heads = (u8)heads,
        .sectors = (u8)sectors,
        .rates = rates_of(cylinders, sectors),
    };
}

bool floppy_format_of(u64 sector_count, struct floppy_format *out)
{
    static const struct {
        u8 cylinders, heads, sectors_min, sectors_max;
    } exact[] = {
        {80, 2, 8, FLOPPY_SECTORS_MAX},
        {81, 2, 8, FLOPPY_SECTORS_MAX},
        {82, 2, 8, FLOPPY_SECTORS_MAX},
        {83, 2, 8, FLOPPY_SECTORS_MAX},
        {84, 2, 8, FLOPPY_SECTORS_MAX},
        {40, 2, 8, 10},
        {41, 2, 8, 10},
        {42, 2, 8, 10},
        {40, 1, 8, 9},
    };
    static const struct {
        u8 cylinders, sectors;
    } usual[] = {{80, 18}, {82, 21}, {80, 36}, {FLOPPY_CYLINDERS_MAX, FLOPPY_SECTORS_MAX}};
    for (unsigned n = 0; n < COUNT_OF(exact); n++) {
        unsigned tracks = (unsigned)exact[n].cylinders * exact[n].heads;
        u64 sectors = sector_count / tracks;
        if (sector_count % tracks == 0 && sectors >= exact[n].sectors_min &&
            sectors <= exact[n].sectors_max) {
            *out = make_format(exact[n].cylinders, exact[n].heads, (unsigned)sectors);
            return true;
        }
    }
    for (unsigned n = 0; n < COUNT_OF(usual); n++) {
        if (sector_count <= 2u * usual[n].cylinders * usual[n].sectors) {
            *out = make_format(usual[n].cylinders, 2, usual[n].sectors);
            return true;
        }
    }
    return false;
}

// QUIRK: firmware (SeaBIOS) lets nobody name more sectors on a track than are usual for the drive's
// type, so a disk with more than 18 goes into a drive for 36.
enum floppy_kind floppy_kind_of(const struct floppy_format *format)
{
    if (format->cylinders == 0) {
        return FLOPPY_1440K;
    }
    if (format->cylinders <= FORTY_TRACKS) {
        return FLOPPY_360K;
    }
    if (format->sectors >= 15 && format->sectors <= 17) {
        return FLOPPY_1200K;
    }
    return format->sectors <= 18 ? FLOPPY_1440K : FLOPPY_2880K;
}

// --- the drive ---

static void find_format(struct floppy *f)
{
    f->format = (struct floppy_format){0};
    if (f->disk && f->disk->is_present && !floppy_format_of(f->disk->sector_count, &f->format)) {
        f->format = make_format(FLOPPY_CYLINDERS_MAX, 2, FLOPPY_SECTORS_MAX); // its beginning
    }
}

void floppy_init(struct floppy *f, struct floppy_state *s, struct disk *disk)
{
    *f = (struct floppy){.s = s, .disk = disk};
    find_format(f);
    f->kind = disk ? floppy_kind_of(&f->format) : FLOPPY_NONE;
    *s = (struct floppy_state){.is_changed = true};
    s->change_count = disk ? disk->change_count : 0;
}

void floppy_look(struct floppy *f)
{
    find_format(f);
    if (f->disk && f->s->change_count != f->disk->change_count) {
        f->s->change_count = f->disk->change_count;
        f->s->is_changed = true;
        memset(f->s->deleted, 0, sizeof f->s->deleted);
    }
}

void floppy_step(struct floppy *f, unsigned steps, bool is_inwards)
{
    unsigned room = is_inwards ? LAST_TRACK - f->s->track : f->s->track;
    unsigned moved = steps < room ? steps : room;
    f->s->track = (u8)(is_inwards ? f->s->track + moved : f->s->track - moved);
    if (steps > 0 && floppy_has_disk(f)) {
        f->s->is_changed = false; // a step pulse with a disk in the drive clears it
    }
}

bool floppy_has_disk(const struct floppy *f)
{
    return f->format.cylinders != 0;
}

bool floppy_is_protected(const struct floppy *f)
{
    return floppy_has_disk(f) && f->disk->is_read_only;
}

static bool is_double_stepped(const struct floppy *f)
{
    return f->format.cylinders <= FORTY_TRACKS && f->kind != FLOPPY_360K;
}

bool floppy_cylinder(const struct floppy *f, u8 *out)
{
    *out = is_double_stepped(f) ? f->s->track / 2 : f->s->track;
    return *out < f->format.cylinders;
}

// QUIRK: firmware for emulators (SeaBIOS) does not step twice for a 40-track disk in an 80-track
// drive, so its way of counting is good as well.
bool floppy_is_at(const struct floppy *f, u8 cylinder)
{
    u8 here;
    return cylinder < f->format.cylinders && ((floppy_cylinder(f, &here) && here == cylinder) ||
                                              (is_double_stepped(f) && f->s->track == cylinder));
}

u64 floppy_turn_ns(const struct floppy *f)
{
    return f->kind == FLOPPY_1200K ? 166666667 : 200000000;
}

// --- sectors ---

static u32 number_of(const struct floppy *f, u8 cylinder, u8 head, u8 sector)
{
    CHECK(cylinder < f->format.cylinders && head < f->format.heads && sector >= 1 &&
          sector <= f->format.sectors);
    return ((u32)cylinder * f->format.heads + head) * f->format.sectors + sector - 1;
}

bool floppy_read(struct floppy *f, u8 cylinder, u8 head, u8 sector, u8 *to)
{
    u32 number = number_of(f, cylinder, head, sector);
    if (number >= f->disk->sector_count) {
        memset(to, 0, DISK_SECTOR_BYTES);
        return true;
    }
    return disk_read(f->disk, number, 1, to);
}

bool floppy_write(struct floppy *f, u8 cylinder, u8 head, u8 sector, const u8 *from,
                  bool is_deleted)
{
    u32 number = number_of(f, cylinder, head, sector);
    u8 bit = (u8)(1u << number % 8), *mark = &f->s->deleted[number / 8];
    if (!disk_write(f->disk, number, 1, from)) {
        return false;
    }
    *mark = (u8)(is_deleted ? *mark | bit : *mark & ~bit);
    return true;
}

bool floppy_is_deleted(const struct floppy *f, u8 cylinder, u8 head, u8 sector)
{
    u32 number = number_of(f, cylinder, head, sector);
    return f->s->deleted[number / 8] >> number % 8 & 1;
}
