// A floppy drive and the disk in it: which format an image has, where the head is, the disk change
// line. The controller (fdc.h) is what the guest talks to.
#pragma once

#include "base/types.h"
#include "core/disk.h"
#include "core/fields.h"

// Drive types as the CMOS names them. [CMOS] 10h
enum floppy_kind {
    FLOPPY_NONE,
    FLOPPY_360K,
    FLOPPY_1200K,
    FLOPPY_720K,
    FLOPPY_1440K,
    FLOPPY_2880K,
};

// Data rates as registers code them, kbit/s.
enum { FLOPPY_RATE_500, FLOPPY_RATE_300, FLOPPY_RATE_250, FLOPPY_RATE_1000 };

// How a disk is formatted: sectors of 512 bytes, numbered from 1, the same on each track.
struct floppy_format {
    u8 cylinders, heads, sectors;
    u8 rates; // bit n: it can be read at rate n
};

enum {
    FLOPPY_CYLINDERS_MAX = 84,
    FLOPPY_SECTORS_MAX = 48,
    FLOPPY_DISK_SECTORS = FLOPPY_CYLINDERS_MAX * 2 * FLOPPY_SECTORS_MAX,
};
_Static_assert(FLOPPY_DISK_SECTORS *DISK_SECTOR_BYTES == VT_FLOPPY_BYTES_MAX, "as we tell hosts");

struct floppy_state {
    u8 track;                            // over which the head is
    bool is_changed;                     // the disk change line
    u32 change_count;                    // of the disk, when it was looked at last
    u8 deleted[FLOPPY_DISK_SECTORS / 8]; // by sector of the image: has a deleted data mark
};

struct floppy {
    struct floppy_state *s; // part of the controller's state
    struct disk *disk;
    enum floppy_kind kind;       // FLOPPY_NONE: no drive
    struct floppy_format format; // of the disk; no cylinders: none
};

enum { FLOPPY_FIELDS = 4 };
extern const struct field floppy_fields[];

// The format of an image of that size: an exact fit of a format that exists, else the smallest
// usual one that holds it (the image is then the beginning of a disk). False: too large for any.
bool floppy_format_of(u64 sector_count, struct floppy_format *out);
// The drive that a disk of that format is at home in.
enum floppy_kind floppy_kind_of(const struct floppy_format *format);

// `disk` NULL: no drive. An empty drive is one for 1.44 MB.
void floppy_init(struct floppy *f, struct floppy_state *s, struct disk *disk);
// Looks whether the disk has been exchanged since.
void floppy_look(struct floppy *f);
// Moves the head towards the hub (or out), as far as there are tracks.
void floppy_step(struct floppy *f, unsigned steps, bool is_inwards);

bool floppy_has_disk(const struct floppy *f);
bool floppy_is_protected(const struct floppy *f);
// The cylinder number that the disk's sectors have where the head is; 40-track disks in an 80-track
// drive have one on every other track. False: nothing is written there.
bool floppy_cylinder(const struct floppy *f, u8 *out);
bool floppy_is_at(const struct floppy *f, u8 cylinder);

u64 floppy_turn_ns(const struct floppy *f); // a revolution on a real drive

// A sector by its place, which must be one of the format. Past the image's end it reads as zeros
// and can't be written. False: host or image failed.
NODISCARD bool floppy_read(struct floppy *f, u8 cylinder, u8 head, u8 sector, u8 *to);
NODISCARD bool floppy_write(struct floppy *f, u8 cylinder, u8 head, u8 sector, const u8 *from,
                            bool is_deleted);
bool floppy_is_deleted(const struct floppy *f, u8 cylinder, u8 head, u8 sector);
