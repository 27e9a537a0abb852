// A CD-ROM drive as its packets see it: the commands of MMC over an image of 2048-byte blocks.
// Whatever carries the packets (atapi.c) moves the bytes. [MMC3], [SFF8020]
#pragma once

#include "base/types.h"
#include "core/disk.h"
#include "core/fields.h"

enum {
    CDROM_PACKET_BYTES = 12,
    CDROM_BLOCK_BYTES = 2048,
    CDROM_RAW_BYTES = 2352,
    CDROM_BUFFER_BYTES = 32 * 1024, // of the one who calls
};

struct cdrom_state {
    u8 sense_key, sense_code, sense_qualifier; // for REQUEST SENSE
    u8 attention;     // sense code of a unit attention that was not told yet; 0: none
    u8 media_event;   // for GET EVENT STATUS NOTIFICATION, 0: none
    bool is_open;     // the tray
    bool is_locked;   // by PREVENT ALLOW MEDIUM REMOVAL
    u32 changes_seen; // of disk.change_count

    // A read that is under way.
    u32 block, blocks_left;
    u8 parts;      // of each block: as in byte 9 of READ CD, 10h for plain data
    u8 subchannel; // as in byte 10 of READ CD: 0 or 2

    bool is_short_header; // MODE SELECT(6) waits for its bytes, else (10)
    // What MODE SELECT may change.
    u8 recovery, retries; // page 01
    u8 inactivity;        // page 0D
    u8 ports[8];          // page 0E: channel and volume of the four audio ports
};

struct cdrom {
    struct cdrom_state *s;
    struct disk *disk;
};

extern const struct field cdrom_fields[];
enum { CDROM_FIELDS = 17 };

// What a command answers.
struct cdrom_reply {
    u8 *bytes;        // CDROM_BUFFER_BYTES
    u32 size_bytes;   // in `bytes`, for the host; cdrom_fill may give more
    u32 wanted_bytes; // that the host has to send, for cdrom_take
};

void cdrom_init(struct cdrom *c, struct cdrom_state *s, struct disk *disk);
void cdrom_reset(struct cdrom *c);
// Carries out a packet. False: check condition; the sense says why.
NODISCARD bool cdrom_command(struct cdrom *c, const u8 packet[CDROM_PACKET_BYTES],
                             struct cdrom_reply *reply);
// Replaces the reply's bytes by the next ones; none are left when size_bytes is 0. False: as above.
NODISCARD bool cdrom_fill(struct cdrom *c, struct cdrom_reply *reply);
// What cdrom_fill has not given yet.
u64 cdrom_bytes_left(const struct cdrom *c);
// The host's bytes for a command that wanted some.
NODISCARD bool cdrom_take(struct cdrom *c, const u8 *bytes, u32 size_bytes);
// The button at the front. False: the door is locked, and the host will be asked.
bool cdrom_press_button(struct cdrom *c);

// --- private to cdrom*.c ---

enum {
    SENSE_NOT_READY = 0x02,
    SENSE_MEDIUM_ERROR = 0x03,
    SENSE_ILLEGAL_REQUEST = 0x05,
    SENSE_UNIT_ATTENTION = 0x06,
};

// Additional sense code and qualifier, as one number. [MMC3] annex C
enum {
    ASC_READ_ERROR = 0x1100,
    ASC_BAD_COMMAND = 0x2000,
    ASC_BAD_BLOCK = 0x2100,
    ASC_BAD_FIELD = 0x2400,
    ASC_BAD_PARAMETER = 0x2600,
    ASC_BAD_LENGTH = 0x1A00, // parameter list length error
    ASC_MEDIUM_CHANGED = 0x2800,
    ASC_BAD_SEQUENCE = 0x2C00,
    ASC_NOT_SAVED = 0x3900,
    ASC_NO_MEDIUM = 0x3A01, // tray closed
    ASC_TRAY_OPEN = 0x3A02,
    ASC_LOCKED = 0x5302,
    ASC_BAD_TRACK_MODE = 0x6400,
};

enum {
    MEDIA_EVENT_EJECT_REQUEST = 1,
    MEDIA_EVENT_NEW = 2,
    MEDIA_EVENT_REMOVED = 3,
};

enum {
    CDROM_LEAD_IN_BLOCKS = 150, // block 0 is at 00:02:00
    CDROM_DATA_TRACK = 0x14,    // ADR 1 (position), control 4 (data, no copy)
    CDROM_LEAD_OUT = 0xAA,
};

// Parts of a block in READ CD's byte 9.
enum {
    PART_SYNC = 0x80,
    PART_SUBHEADER = 0x40,
    PART_HEADER = 0x20,
    PART_DATA = 0x10,
    PART_CODES = 0x08,
    PART_ERRORS = 0x06,
};

bool cdrom_fail(struct cdrom *c, u8 key, u16 code); // returns false
bool cdrom_has_medium(const struct cdrom *c);       // and the tray is closed
u32 cdrom_block_count(const struct cdrom *c);
bool cdrom_is_dvd(const struct cdrom *c); // more than a CD holds
// Gives the first bytes of the reply's buffer, as many as the host allows.
bool cdrom_reply(struct cdrom_reply *r, u32 size_bytes, u32 allowed_bytes);

typedef bool cdrom_run_fn(struct cdrom *c, const u8 *packet, struct cdrom_reply *r);
// cdrom_read.c
cdrom_run_fn cdrom_read_10, cdrom_read_12, cdrom_read_cd, cdrom_read_cd_msf;
// cdrom_info.c
cdrom_run_fn cdrom_read_toc, cdrom_read_subchannel, cdrom_read_header, cdrom_read_disc_information,
    cdrom_read_track_information, cdrom_get_configuration, cdrom_read_dvd_structure;
// cdrom_mode.c
cdrom_run_fn cdrom_mode_sense_6, cdrom_mode_sense_10, cdrom_mode_select_6, cdrom_mode_select_10;
