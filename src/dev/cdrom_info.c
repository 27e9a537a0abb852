// What the CD drive tells about the disc and about itself. [MMC3] 6.6, 6.20 to 6.27
#include "dev/cdrom.h"

#include "base/bits.h"
#include "base/bytes.h"

// --- addresses ---

// Minute, second, frame.
static void put_msf(u8 *to, u32 block)
{
    u32 frame = block + CDROM_LEAD_IN_BLOCKS;
    to[0] = (u8)(frame / (60 * 75));
    to[1] = (u8)(frame / 75 % 60);
    to[2] = (u8)(frame % 75);
}

// Four bytes.
static void put_address(u8 *to, u32 block, bool is_msf)
{
    if (is_msf) {
        to[0] = 0;
        put_msf(to + 1, block);
    } else {
        store_be32(to, block);
    }
}

static bool wants_msf(const u8 *packet)
{
    return packet[1] & 2;
}

// --- table of contents ---

static u8 *put_track(u8 *to, u8 track, u32 block, bool is_msf)
{
    to[0] = to[3] = 0;
    to[1] = CDROM_DATA_TRACK;
    to[2] = track;
    put_address(to + 4, block, is_msf);
    return to + 8;
}

// Format 0: the tracks from a given one on, and the lead-out.
static bool read_tracks(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    u8 *to = r->bytes + 4, from = packet[6];
    if (from > 1 && from != CDROM_LEAD_OUT) {
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_FIELD);
    }
    if (from <= 1) {
        to = put_track(to, 1, 0, wants_msf(packet));
    }
    to = put_track(to, CDROM_LEAD_OUT, cdrom_block_count(c), wants_msf(packet));
    u32 size = (u32)(to - r->bytes);
    store_be16(r->bytes, size - 2);
    r->bytes[2] = r->bytes[3] = 1; // first and last track
    return cdrom_reply(r, size, load_be16(packet + 7));
}

// Format 1: where the last complete session begins.
static bool read_sessions(const u8 *packet, struct cdrom_reply *r)
{
    store_be16(r->bytes, 10);
    r->bytes[2] = r->bytes[3] = 1;
    put_track(r->bytes + 4, 1, 0, wants_msf(packet));
    return cdrom_reply(r, 12, load_be16(packet + 7));
}

// Format 2: the entries as they stand in the lead-in, times always as minute, second, frame.
static bool read_raw_toc(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    enum { FIRST_TRACK = 0xA0, LAST_TRACK, LEAD_OUT_START, ENTRY_BYTES = 11 };
    static const u8 points[4] = {FIRST_TRACK, LAST_TRACK, LEAD_OUT_START, 1};
    u8 *to = r->bytes + 4;
    for (unsigned n = 0; n < COUNT_OF(points); n++, to += ENTRY_BYTES) {
        memset(to, 0, ENTRY_BYTES);
        to[0] = 1; // session
        to[1] = CDROM_DATA_TRACK;
        to[3] = points[n];
        switch (points[n]) {
        case FIRST_TRACK:
        case LAST_TRACK: to[8] = 1; break;
        case LEAD_OUT_START: put_msf(to + 8, cdrom_block_count(c)); break;
        default: put_msf(to + 8, 0); break;
        }
    }
    u32 size = (u32)(to - r->bytes);
    store_be16(r->bytes, size - 2);
    r->bytes[2] = r->bytes[3] = 1; // first and last session
    return cdrom_reply(r, size, load_be16(packet + 7));
}

bool cdrom_read_toc(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    unsigned format = packet[2] & 15;
    format = format ? format : packet[9] >> 6; // where it was at first. [SFF8020] 10.8.22
    switch (format) {
    case 0: return read_tracks(c, packet, r);
    case 1: return read_sessions(packet, r);
    case 2: return read_raw_toc(c, packet, r);
    default: return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_FIELD);
    }
}

// --- position ---

bool cdrom_read_subchannel(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    enum { HEADER = 4, POSITION = 1, CATALOGUE = 2, TRACK_CODE = 3, NO_AUDIO = 0x15 };
    static const u8 sizes[4] = {0, 12, 20, 20};
    u8 *b = r->bytes, format = packet[3];
    bool wants_data = packet[2] & 0x40;
    if (wants_data && (format < POSITION || format > TRACK_CODE)) {
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_FIELD);
    }
    u32 size = wants_data ? sizes[format] : 0;
    memset(b, 0, HEADER + size);
    b[1] = NO_AUDIO;
    store_be16(b + 2, size);
    if (size) {
        b[4] = format; // no catalogue number and no code: their bit for "valid" stays clear
    }
    if (size && format != CATALOGUE) {
        b[5] = CDROM_DATA_TRACK;
        b[6] = 1; // track
    }
    if (size && format == POSITION) {
        b[7] = 1; // index
        put_address(b + 8, c->s->block, wants_msf(packet));
        put_address(b + 12, c->s->block, wants_msf(packet)); // in the track
        if (wants_msf(packet)) {
            u32 frame = c->s->block;
            b[13] = (u8)(frame / (60 * 75));
            b[14] = (u8)(frame / 75 % 60);
            b[15] = (u8)(frame % 75);
        }
    }
    return cdrom_reply(r, HEADER + size, load_be16(packet + 7));
}

bool cdrom_read_header(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    u32 block = load_be32(packet + 2);
    if (block >= cdrom_block_count(c)) {
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_BLOCK);
    }
    memset(r->bytes, 0, 8);
    r->bytes[0] = 1; // mode
    put_address(r->bytes + 4, block, wants_msf(packet));
    return cdrom_reply(r, 8, load_be16(packet + 7));
}

// --- disc and track ---

bool cdrom_read_disc_information(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    enum { SIZE = 34 };
    u8 *b = r->bytes;
    if (packet[1] & 7) {
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_FIELD);
    }
    memset(b, 0, SIZE);
    store_be16(b, SIZE - 2);
    b[2] = 0x0E;                   // disc and last session complete
    b[3] = b[4] = b[5] = b[6] = 1; // first track, sessions, first and last track of the last
    b[7] = 0x20;                   // for general use
    memset(b + 16, 0xFF, 8);       // nothing can be appended
    return cdrom_reply(r, SIZE, load_be16(packet + 7));
}

bool cdrom_read_track_information(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    enum { SIZE = 28, BY_BLOCK = 0, BY_TRACK = 1, BY_SESSION = 2 };
    u8 *b = r->bytes;
    u32 at = load_be32(packet + 2), kind = packet[1] & 3;
    if ((kind == BY_BLOCK && at >= cdrom_block_count(c)) || (kind != BY_BLOCK && at != 1) ||
        kind > BY_SESSION) {
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_FIELD);
    }
    memset(b, 0, SIZE);
    store_be16(b, SIZE - 2);
    b[2] = b[3] = 1; // track, session
    b[5] = CDROM_DATA_TRACK & 15;
    b[6] = 1; // mode
    store_be32(b + 24, cdrom_block_count(c));
    return cdrom_reply(r, SIZE, load_be16(packet + 7));
}

// --- features ---

enum { PROFILE_CD = 0x0008, PROFILE_DVD = 0x0010 };

static u16 current_profile(const struct cdrom *c)
{
    return !cdrom_has_medium(c) ? 0 : cdrom_is_dvd(c) ? PROFILE_DVD : PROFILE_CD;
}

struct feature {
    u16 code;
    u8 flags;    // 2: always there, 3: and current always
    u16 profile; // with which it is current
    u8 size_bytes;
    u8 data[8];
};

// [MMC3] 5.3; in the order of codes, as it must be
static const struct feature features[] = {
    {0x0001, 0x0B, 0, 8, {0, 0, 0, 2, 1}},     // core: over ATAPI
    {0x0002, 0x07, 0, 4, {2}},                 // morphing: events
    {0x0003, 0x03, 0, 4, {0x29}},              // removable: tray, eject, lock
    {0x0010, 0x00, 1, 8, {0, 0, 8, 0, 0, 16}}, // random reads of 2048 bytes
    {0x001D, 0x00, 1, 0, {0}},                 // reads of several media
    {0x001E, 0x08, PROFILE_CD, 4, {0}},        // reads of a CD
    {0x001F, 0x00, PROFILE_DVD, 0, {0}},       // reads of a DVD
    {0x0100, 0x03, 0, 0, {0}},                 // power management
    {0x0105, 0x07, 0, 4, {0}},                 // time-out
};

static u8 *put_profiles(const struct cdrom *c, u8 *to)
{
    static const u16 profiles[] = {PROFILE_DVD, PROFILE_CD};
    memset(to, 0, 4 + 4 * COUNT_OF(profiles));
    to[2] = 3; // always
    to[3] = 4 * COUNT_OF(profiles);
    to += 4;
    for (unsigned n = 0; n < COUNT_OF(profiles); n++, to += 4) {
        store_be16(to, profiles[n]);
        to[2] = profiles[n] == current_profile(c);
    }
    return to;
}

static bool is_current(const struct cdrom *c, const struct feature *f)
{
    return (f->flags & 1) || (f->profile == 1 ? current_profile(c) != 0
                                              : f->profile && f->profile == current_profile(c));
}

static u8 *put_feature(const struct cdrom *c, const struct feature *f, u8 *to)
{
    store_be16(to, f->code);
    to[2] = (u8)((f->flags & ~1u) | is_current(c, f));
    to[3] = f->size_bytes;
    memcpy(to + 4, f->data, f->size_bytes);
    return to + 4 + f->size_bytes;
}

bool cdrom_get_configuration(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    enum { ALL = 0, CURRENT = 1, ONE = 2 };
    u32 first = load_be16(packet + 2);
    unsigned kind = packet[1] & 3;
    u8 *to = r->bytes + 8;
    if (kind > ONE) {
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_FIELD);
    }
    if (first == 0) {
        to = put_profiles(c, to);
    }
    for (unsigned n = 0; n < COUNT_OF(features); n++) {
        const struct feature *f = &features[n];
        bool is_wanted = kind == ONE ? f->code == first : f->code >= first;
        if (is_wanted && (kind != CURRENT || is_current(c, f))) {
            to = put_feature(c, f, to);
        }
    }
    u32 size = (u32)(to - r->bytes);
    store_be32(r->bytes, size - 4);
    store_be16(r->bytes + 4, 0);
    store_be16(r->bytes + 6, current_profile(c));
    return cdrom_reply(r, size, load_be16(packet + 7));
}

// [MMC3] 6.26: what is asked of a disc without copy protection
bool cdrom_read_dvd_structure(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    enum { PHYSICAL = 0, COPYRIGHT = 1, FIRST_SECTOR = 0x30000 };
    u8 *b = r->bytes, format = packet[7];
    if (!cdrom_is_dvd(c)) {
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, 0x3002); // incompatible format
    }
    if (packet[6] != 0 || format > COPYRIGHT) {
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_FIELD);
    }
    u32 size = format == PHYSICAL ? 4 + 2048 : 8;
    memset(b, 0, size);
    store_be16(b, size - 2);
    if (format == PHYSICAL) {
        b[4] = 0x01; // DVD-ROM
        b[5] = 0x0F; // 120 mm, no maximum rate
        b[6] = 0x01; // one layer, read only
        store_be32(b + 8, FIRST_SECTOR);
        store_be32(b + 12, FIRST_SECTOR + cdrom_block_count(c) - 1);
    }
    return cdrom_reply(r, size, load_be16(packet + 8));
}
