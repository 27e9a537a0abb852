// The CD drive: its medium, its sense, and the commands that move no data of the disc.
//
//     00 TEST UNIT READY   28 READ(10)           46 GET CONFIGURATION     A5 PLAY AUDIO(12)
//     03 REQUEST SENSE     2B SEEK(10)           47 PLAY AUDIO MSF        A8 READ(12)
//     12 INQUIRY           42 READ SUBCHANNEL    4A GET EVENT STATUS      AD READ DVD STRUCTURE
//     15 MODE SELECT(6)    43 READ TOC           4B PAUSE RESUME          B9 READ CD MSF
//     1A MODE SENSE(6)     44 READ HEADER        4E STOP PLAY SCAN        BA SCAN
//     1B START STOP UNIT   45 PLAY AUDIO(10)     51 READ DISC INFORMATION BB SET CD SPEED
//     1E PREVENT ALLOW                           52 READ TRACK INFORM.    BD MECHANISM STATUS
//     25 READ CAPACITY                           55, 5A MODE SELECT, SENSE(10)   BE READ CD
//
// The image is one data track in mode 1. Where its last block is short, zeros fill it.
//
// After a reset nothing stands in the sense: unlike real drives, whose unit attention 29h some
// systems take for a fault; QEMU's drive keeps quiet too. A changed medium is told once.
//
// Not implemented: audio tracks (the commands are there, and refuse a data track), several tracks
// or sessions, writing, changers, DVD regions and keys.
#include "dev/cdrom.h"

#include "base/bits.h"
#include "base/bytes.h"

enum { MAX_BLOCKS = 0x7FFFFFFF, CD_MAX_BLOCKS = 80 * 60 * 75 };

const struct field cdrom_fields[] = {
    FIELD(struct cdrom_state, sense_key),       FIELD(struct cdrom_state, sense_code),
    FIELD(struct cdrom_state, sense_qualifier), FIELD(struct cdrom_state, attention),
    FIELD(struct cdrom_state, media_event),     FIELD(struct cdrom_state, is_open),
    FIELD(struct cdrom_state, is_locked),       FIELD(struct cdrom_state, changes_seen),
    FIELD(struct cdrom_state, block),           FIELD(struct cdrom_state, blocks_left),
    FIELD(struct cdrom_state, parts),           FIELD(struct cdrom_state, subchannel),
    FIELD(struct cdrom_state, is_short_header), FIELD(struct cdrom_state, recovery),
    FIELD(struct cdrom_state, retries),         FIELD(struct cdrom_state, inactivity),
    FIELD_ARRAY(struct cdrom_state, ports),
};
_Static_assert(COUNT_OF(cdrom_fields) == CDROM_FIELDS, "as cdrom.h counts them");

// --- sense and replies ---

static void set_sense(struct cdrom *c, u8 key, u16 code)
{
    c->s->sense_key = key;
    c->s->sense_code = (u8)(code >> 8);
    c->s->sense_qualifier = (u8)code;
}

bool cdrom_fail(struct cdrom *c, u8 key, u16 code)
{
    set_sense(c, key, code);
    return false;
}

bool cdrom_reply(struct cdrom_reply *r, u32 size_bytes, u32 allowed_bytes)
{
    r->size_bytes = size_bytes < allowed_bytes ? size_bytes : allowed_bytes;
    return true;
}

// --- the medium ---

bool cdrom_has_medium(const struct cdrom *c)
{
    return c->disk->is_present && !c->s->is_open;
}

u32 cdrom_block_count(const struct cdrom *c)
{
    u64 size = c->disk->size_bytes;
    return (u32)min_u64(size / CDROM_BLOCK_BYTES + (size % CDROM_BLOCK_BYTES != 0), MAX_BLOCKS);
}

bool cdrom_is_dvd(const struct cdrom *c)
{
    return cdrom_block_count(c) > CD_MAX_BLOCKS;
}

// The medium can be read from now on.
static void announce_medium(struct cdrom *c)
{
    c->s->attention = ASC_MEDIUM_CHANGED >> 8;
    c->s->media_event = MEDIA_EVENT_NEW;
}

// Sees what the person at the drive did: who takes a disc leaves the tray open, who puts one in
// closes it.
static void look_at_medium(struct cdrom *c)
{
    struct cdrom_state *s = c->s;
    if (s->changes_seen == c->disk->change_count) {
        return;
    }
    s->changes_seen = c->disk->change_count;
    s->is_open = !c->disk->is_present;
    s->blocks_left = 0;
    if (c->disk->is_present) {
        announce_medium(c);
    } else {
        s->attention = 0;
        s->media_event = MEDIA_EVENT_REMOVED;
    }
}

bool cdrom_press_button(struct cdrom *c)
{
    look_at_medium(c);
    if (c->s->is_locked) {
        c->s->media_event = MEDIA_EVENT_EJECT_REQUEST;
    }
    return !c->s->is_locked;
}

// --- commands ---

static bool run_nothing(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    (void)c;
    (void)packet;
    (void)r;
    return true;
}

// [SPC2] 7.20, fixed format
static bool request_sense(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    struct cdrom_state *s = c->s;
    if (s->attention && s->sense_key == 0) {
        set_sense(c, SENSE_UNIT_ATTENTION, (u16)(s->attention << 8));
        s->attention = 0;
    }
    u8 *b = r->bytes;
    memset(b, 0, 18);
    b[0] = 0x70; // current error
    b[2] = s->sense_key;
    b[7] = 10; // bytes that follow
    b[12] = s->sense_code;
    b[13] = s->sense_qualifier;
    set_sense(c, 0, 0);
    return cdrom_reply(r, 18, packet[4]);
}

static bool inquiry(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    static const char identity[] =
        "VITRINE CD-ROM          1.0 "; // vendor 8, product 16, revision 4
    if ((packet[1] & 3) || packet[2]) {
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_FIELD); // no vital product data
    }
    u8 *b = r->bytes;
    memset(b, 0, 36);
    b[0] = 0x05; // CD-ROM
    b[1] = 0x80; // removable
    b[3] = 0x21; // ATAPI. [SFF8020] 10.8.1
    b[4] = 31;
    memcpy(b + 8, identity, 28);
    return cdrom_reply(r, 36, load_be16(packet + 3));
}

static bool start_stop(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    struct cdrom_state *s = c->s;
    bool moves_tray = packet[4] & 2, starts = packet[4] & 1;
    (void)r;
    if (packet[4] & 0xF0 || !moves_tray) {
        return true; // power conditions, and the motor
    }
    if (starts) {
        if (s->is_open && c->disk->is_present) {
            announce_medium(c);
        }
        s->is_open = false;
        return true;
    }
    if (s->is_locked) {
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_LOCKED);
    }
    if (cdrom_has_medium(c)) {
        s->media_event = MEDIA_EVENT_REMOVED;
    }
    s->is_open = true;
    return true;
}

static bool prevent_allow(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    (void)r;
    c->s->is_locked = packet[4] & 1;
    return true;
}

static bool read_capacity(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    (void)packet;
    store_be32(r->bytes, cdrom_block_count(c) - 1);
    store_be32(r->bytes + 4, CDROM_BLOCK_BYTES);
    return cdrom_reply(r, 8, 8);
}

static bool seek(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    u32 block = load_be32(packet + 2);
    (void)r;
    if (block >= cdrom_block_count(c)) {
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_BLOCK);
    }
    c->s->block = block;
    return true;
}

// [MMC3] 6.7: only the media class is there
static bool get_event_status(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    enum { CLASS_MEDIA = 4, NO_EVENT = 0x80 };
    u8 *b = r->bytes;
    if (!(packet[1] & 1)) {
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_FIELD); // would have to wait for one
    }
    memset(b, 0, 8);
    b[3] = 1 << CLASS_MEDIA; // what there is
    if (!(packet[4] & 1 << CLASS_MEDIA)) {
        b[2] = NO_EVENT;
        store_be16(b, 2);
        return cdrom_reply(r, 4, load_be16(packet + 7));
    }
    store_be16(b, 6);
    b[2] = CLASS_MEDIA;
    b[4] = c->s->media_event;
    b[5] = (u8)((c->s->is_open ? 1 : 0) | (cdrom_has_medium(c) ? 2 : 0));
    if (load_be16(packet + 7) > 4) {
        c->s->media_event = 0; // told
    }
    return cdrom_reply(r, 8, load_be16(packet + 7));
}

static bool mechanism_status(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    memset(r->bytes, 0, 8);
    r->bytes[1] = c->s->is_open ? 0x10 : 0;
    return cdrom_reply(r, 8, load_be16(packet + 8));
}

static bool play(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    (void)packet;
    (void)r;
    return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_TRACK_MODE);
}

static bool pause_resume(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    (void)packet;
    (void)r;
    return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_SEQUENCE); // nothing plays
}

// --- the table ---

struct command {
    cdrom_run_fn *run;
    bool needs_medium;
    bool passes_attention; // answers although a unit attention waits. [MMC3] 5.1
};

// clang-format off
static const struct command commands[256] = {
    [0x00] = {run_nothing, .needs_medium = true},
    [0x03] = {request_sense, .passes_attention = true},
    [0x12] = {inquiry, .passes_attention = true},
    [0x15] = {.run = cdrom_mode_select_6},
    [0x1A] = {.run = cdrom_mode_sense_6},
    [0x1B] = {.run = start_stop},
    [0x1E] = {.run = prevent_allow},
    [0x25] = {read_capacity, .needs_medium = true},
    [0x28] = {cdrom_read_10, .needs_medium = true},
    [0x2B] = {seek, .needs_medium = true},
    [0x42] = {cdrom_read_subchannel, .needs_medium = true},
    [0x43] = {cdrom_read_toc, .needs_medium = true},
    [0x44] = {cdrom_read_header, .needs_medium = true},
    [0x45] = {play, .needs_medium = true},
    [0x46] = {cdrom_get_configuration, .passes_attention = true},
    [0x47] = {play, .needs_medium = true},
    [0x4A] = {get_event_status, .passes_attention = true},
    [0x4B] = {pause_resume, .needs_medium = true},
    [0x4E] = {run_nothing, .needs_medium = true},
    [0x51] = {cdrom_read_disc_information, .needs_medium = true},
    [0x52] = {cdrom_read_track_information, .needs_medium = true},
    [0x55] = {.run = cdrom_mode_select_10},
    [0x5A] = {.run = cdrom_mode_sense_10},
    [0xA5] = {play, .needs_medium = true},
    [0xA8] = {cdrom_read_12, .needs_medium = true},
    [0xAD] = {cdrom_read_dvd_structure, .needs_medium = true},
    [0xB9] = {cdrom_read_cd_msf, .needs_medium = true},
    [0xBA] = {play, .needs_medium = true},
    [0xBB] = {.run = run_nothing},
    [0xBD] = {.run = mechanism_status},
    [0xBE] = {cdrom_read_cd, .needs_medium = true},
};
// clang-format on

bool cdrom_command(struct cdrom *c, const u8 packet[CDROM_PACKET_BYTES], struct cdrom_reply *reply)
{
    const struct command *command = &commands[packet[0]];
    struct cdrom_state *s = c->s;
    look_at_medium(c);
    reply->size_bytes = reply->wanted_bytes = 0;
    s->blocks_left = 0;
    if (s->attention && !command->passes_attention) {
        u16 code = (u16)(s->attention << 8);
        s->attention = 0;
        return cdrom_fail(c, SENSE_UNIT_ATTENTION, code);
    }
    if (packet[0] != 0x03) {
        set_sense(c, 0, 0);
    }
    if (!command->run) {
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_COMMAND);
    }
    if (command->needs_medium && !cdrom_has_medium(c)) {
        return cdrom_fail(c, SENSE_NOT_READY, s->is_open ? ASC_TRAY_OPEN : ASC_NO_MEDIUM);
    }
    return command->run(c, packet, reply);
}

void cdrom_reset(struct cdrom *c)
{
    static const u8 ports[8] = {1, 0xFF, 2, 0xFF, 0, 0, 0, 0}; // left and right, loud
    bool is_open = c->s->is_open;
    *c->s = (struct cdrom_state){
        .is_open = is_open, .changes_seen = c->s->changes_seen, .retries = 5, .inactivity = 6};
    memcpy(c->s->ports, ports, sizeof ports);
}

void cdrom_init(struct cdrom *c, struct cdrom_state *s, struct disk *disk)
{
    *c = (struct cdrom){.s = s, .disk = disk};
    cdrom_reset(c);
}
