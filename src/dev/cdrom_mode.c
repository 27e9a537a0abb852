// The CD drive's mode pages. [MMC3] 5.5, [SFF8020] 10.8.6
//
//     01 error recovery    0D CD device parameters    0E audio control    2A capabilities
#include "dev/cdrom.h"

#include "base/bytes.h"

enum { PAGE_RECOVERY = 0x01, PAGE_DEVICE = 0x0D, PAGE_AUDIO = 0x0E, PAGE_CAPABILITIES = 0x2A };
enum { PAGE_ALL = 0x3F };

// Which values of a page are wanted.
enum { VALUES_CURRENT = 0, VALUES_CHANGEABLE = 1, VALUES_DEFAULT = 2, VALUES_SAVED = 3 };

static const u8 default_ports[8] = {1, 0xFF, 2, 0xFF, 0, 0, 0, 0};

// --- pages; each has its code and length in front ---

static u8 *begin_page(u8 *to, u8 code, u8 length)
{
    memset(to, 0, 2u + length);
    to[0] = code;
    to[1] = length;
    return to;
}

static u8 *put_recovery(const struct cdrom_state *s, unsigned values, u8 *to)
{
    u8 *p = begin_page(to, PAGE_RECOVERY, 6);
    p[2] = values == VALUES_CURRENT ? s->recovery : values == VALUES_CHANGEABLE ? 0xFF : 0;
    p[3] = values == VALUES_CURRENT ? s->retries : values == VALUES_CHANGEABLE ? 0xFF : 5;
    return p + 8;
}

static u8 *put_device(const struct cdrom_state *s, unsigned values, u8 *to)
{
    u8 *p = begin_page(to, PAGE_DEVICE, 6);
    p[3] = values == VALUES_CURRENT ? s->inactivity : values == VALUES_CHANGEABLE ? 0x0F : 6;
    if (values != VALUES_CHANGEABLE) {
        p[5] = 60; // seconds in a minute
        p[7] = 75; // frames in a second
    }
    return p + 8;
}

static u8 *put_audio(const struct cdrom_state *s, unsigned values, u8 *to)
{
    u8 *p = begin_page(to, PAGE_AUDIO, 14);
    p[2] = values == VALUES_CHANGEABLE ? 0 : 4; // commands return at once
    if (values == VALUES_CHANGEABLE) {
        memset(p + 8, 0xFF, sizeof s->ports);
    } else {
        memcpy(p + 8, values == VALUES_CURRENT ? s->ports : default_ports, sizeof s->ports);
    }
    return p + 16;
}

static u8 *put_capabilities(const struct cdrom_state *s, unsigned values, u8 *to)
{
    enum { SPEED = 24 * 176 }; // KB/s
    u8 *p = begin_page(to, PAGE_CAPABILITIES, 20);
    if (values == VALUES_CHANGEABLE) {
        return p + 22;
    }
    p[2] = 0x0B;                                // reads CD-R, CD-RW, DVD-ROM
    p[4] = 0x70;                                // mode 2 forms 1 and 2, several sessions
    p[5] = 0;                                   // no audio data
    p[6] = (u8)(0x29 | (s->is_locked ? 2 : 0)); // tray, ejects, locks
    store_be16(p + 8, SPEED);
    store_be16(p + 10, 2);     // volume levels: mute or not
    store_be16(p + 12, 512);   // buffer, KiB
    store_be16(p + 14, SPEED); // at present
    return p + 22;
}

static const struct page {
    u8 code;
    u8 *(*put)(const struct cdrom_state *s, unsigned values, u8 *to);
} pages[] = {
    {PAGE_RECOVERY, put_recovery},
    {PAGE_DEVICE, put_device},
    {PAGE_AUDIO, put_audio},
    {PAGE_CAPABILITIES, put_capabilities},
};

// --- MODE SENSE ---

static u8 medium_type(const struct cdrom *c)
{
    enum { DATA_120MM = 0x01, NO_DISC = 0x70, DOOR_OPEN = 0x71 };
    return c->s->is_open ? DOOR_OPEN : c->disk->is_present ? DATA_120MM : NO_DISC;
}

// Puts the pages that the packet names behind a header of `header_bytes`. Returns the size, 0: the
// sense is set.
static u32 put_pages(struct cdrom *c, const u8 *packet, struct cdrom_reply *r, u32 header_bytes)
{
    unsigned values = packet[2] >> 6, code = packet[2] & 0x3F;
    u8 *to = r->bytes + header_bytes;
    if (values == VALUES_SAVED) {
        cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_NOT_SAVED);
        return 0;
    }
    for (unsigned n = 0; n < COUNT_OF(pages); n++) {
        if (code == PAGE_ALL || code == pages[n].code) {
            to = pages[n].put(c->s, values, to);
        }
    }
    if (to == r->bytes + header_bytes) {
        cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_FIELD);
        return 0;
    }
    memset(r->bytes, 0, header_bytes);
    return (u32)(to - r->bytes);
}

bool cdrom_mode_sense_6(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    u32 size = put_pages(c, packet, r, 4);
    if (size == 0) {
        return false;
    }
    r->bytes[0] = (u8)(size - 1);
    r->bytes[1] = medium_type(c);
    return cdrom_reply(r, size, packet[4]);
}

bool cdrom_mode_sense_10(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    u32 size = put_pages(c, packet, r, 8);
    if (size == 0) {
        return false;
    }
    store_be16(r->bytes, size - 2);
    r->bytes[2] = medium_type(c);
    return cdrom_reply(r, size, load_be16(packet + 7));
}

// --- MODE SELECT ---

static bool want_pages(struct cdrom *c, const u8 *packet, u32 size_bytes, struct cdrom_reply *r)
{
    if (packet[1] & 1) { // to be saved
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_FIELD);
    }
    if (size_bytes > CDROM_BUFFER_BYTES) {
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_LENGTH);
    }
    c->s->is_short_header = packet[0] == 0x15;
    r->wanted_bytes = size_bytes;
    return true;
}

bool cdrom_mode_select_6(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    return want_pages(c, packet, packet[4], r);
}

bool cdrom_mode_select_10(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    return want_pages(c, packet, load_be16(packet + 7), r);
}

// `p`: a whole page with its header.
static bool take_page(struct cdrom *c, const u8 *p)
{
    struct cdrom_state *s = c->s;
    u8 length = p[1];
    switch (p[0] & 0x3F) {
    case PAGE_RECOVERY:
        if (length == 6) {
            s->recovery = p[2];
            s->retries = p[3];
        }
        return length == 6;
    case PAGE_DEVICE:
        if (length == 6) {
            s->inactivity = p[3] & 0x0F;
        }
        return length == 6;
    case PAGE_AUDIO:
        if (length == 14) {
            memcpy(s->ports, p + 8, sizeof s->ports);
        }
        return length == 14;
    case PAGE_CAPABILITIES: return true; // nothing in it can be changed
    default: return false;
    }
}

bool cdrom_take(struct cdrom *c, const u8 *bytes, u32 size_bytes)
{
    u32 header = c->s->is_short_header ? 4 : 8;
    if (size_bytes < header) {
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_LENGTH);
    }
    u32 at = header + (c->s->is_short_header ? bytes[3] : load_be16(bytes + 6));
    while (at < size_bytes) {
        if (size_bytes - at < 2 || size_bytes - at < 2u + bytes[at + 1]) {
            return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_LENGTH);
        }
        if (!take_page(c, bytes + at)) {
            return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_PARAMETER);
        }
        at += 2u + bytes[at + 1];
    }
    return true;
}
