// The CD drive's reads: plain blocks, and READ CD with the parts of a block that lie around its
// data on the disc, which are worked out from the image. [MMC3] 6.18, [ECMA130] 14 and annexes A, B
#include "dev/cdrom.h"

#include "base/bits.h"
#include "base/bytes.h"

enum {
    SYNC_BYTES = 12,
    HEADER_BYTES = 4,
    DATA_AT = SYNC_BYTES + HEADER_BYTES,
    CODES_AT = DATA_AT + CDROM_BLOCK_BYTES, // error detection code, 8 zeros, correction codes
    CODES_BYTES = CDROM_RAW_BYTES - CODES_AT,
    P_AT = CODES_AT + 12,
    Q_AT = P_AT + 172,
    POINTER_BYTES = 294, // a C2 pointer bit for each byte of a raw block
    SUBCHANNEL_BYTES = 16,
};

// --- a block as it is on the disc ---

// CRC over bytes, least significant bit first: (x^16 + x^15 + x^2 + 1)(x^16 + x^2 + x + 1).
static u32 error_detection(const u8 *bytes, u32 count)
{
    u32 crc = 0;
    while (count-- > 0) {
        crc ^= *bytes++;
        for (unsigned n = 0; n < 8; n++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xD8018001u : 0);
        }
    }
    return crc;
}

// Arithmetic of GF(2^8) with x^8 + x^4 + x^3 + x^2 + 1.
static u8 doubled(u8 v)
{
    return (u8)(v << 1 ^ (v & 0x80 ? 0x1D : 0));
}

static u8 divided_by_3(u8 v)
{
    u8 product = 0, power = v;
    for (unsigned bits = 0xF4; bits; bits >>= 1, power = doubled(power)) { // F4h * 3 = 1
        product ^= bits & 1 ? power : 0;
    }
    return product;
}

// Adds the two check bytes p and q to a word of `count` bytes, so that the sum of all, and the sum
// of each times its power of 2 (q's is 0), come out as 0. Bytes of a word lie `step` apart and wrap
// at `wrap`.
static void protect_word(const u8 *bytes, u32 at, u32 count, u32 step, u32 wrap, u8 *p, u8 *q)
{
    u8 sum = 0, weighted = 0;
    for (u32 n = 0; n < count; n++) {
        sum ^= bytes[at];
        weighted = (u8)(doubled(weighted) ^ bytes[at]);
        at = at + step >= wrap ? at + step - wrap : at + step;
    }
    *p = divided_by_3((u8)(doubled(doubled(weighted)) ^ sum));
    *q = *p ^ sum;
}

static void protect(u8 *raw)
{
    u8 *bytes = raw + SYNC_BYTES; // 16-bit words; each code takes their lower and upper bytes apart
    for (u32 n = 0; n < 86; n++) {
        protect_word(bytes, n, 24, 86, 24 * 86, raw + P_AT + n, raw + P_AT + 86 + n);
    }
    for (u32 n = 0; n < 52; n++) {
        u32 first = n / 2 * 86 + n % 2;
        protect_word(bytes, first, 43, 88, 43 * 52, raw + Q_AT + n, raw + Q_AT + 52 + n);
    }
}

static u8 to_bcd(u32 value)
{
    return (u8)(value / 10 % 10 << 4 | value % 10);
}

static void put_bcd_msf(u8 *to, u32 frame)
{
    to[0] = to_bcd(frame / (60 * 75));
    to[1] = to_bcd(frame / 75 % 60);
    to[2] = to_bcd(frame % 75);
}

// Puts what a block has on the disc around its data at offset 16.
static void make_raw(u8 raw[CDROM_RAW_BYTES], u32 block)
{
    memset(raw, 0xFF, SYNC_BYTES);
    raw[0] = raw[SYNC_BYTES - 1] = 0;
    put_bcd_msf(raw + SYNC_BYTES, block + CDROM_LEAD_IN_BLOCKS);
    raw[SYNC_BYTES + 3] = 1; // mode
    store_le32(raw + CODES_AT, error_detection(raw, CODES_AT));
    memset(raw + CODES_AT + 4, 0, 8);
    protect(raw);
}

// The Q subchannel of a block as READ CD gives it: position, CRC, padding. [MMC3] table 242
static void put_subchannel(u8 *to, u32 block)
{
    u32 crc = 0;
    memset(to, 0, SUBCHANNEL_BYTES);
    to[0] = CDROM_DATA_TRACK >> 4 | (CDROM_DATA_TRACK & 15) << 4;
    to[1] = 1; // track
    to[2] = 1; // index
    put_bcd_msf(to + 3, block);
    put_bcd_msf(to + 7, block + CDROM_LEAD_IN_BLOCKS);
    for (unsigned n = 0; n < 10; n++) { // CCITT, stored inverted. [ECMA130] 22.3.2
        crc ^= (u32)to[n] << 8;
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = crc << 1 ^ (crc & 0x8000 ? 0x1021 : 0);
        }
    }
    store_be16(to + 10, ~crc);
}

// --- what the host gets of each block ---

static u32 block_bytes(const struct cdrom_state *s)
{
    static const u16 errors[4] = {0, POINTER_BYTES, POINTER_BYTES + 2, 0};
    return (s->parts & PART_SYNC ? SYNC_BYTES : 0u) + (s->parts & PART_HEADER ? HEADER_BYTES : 0u) +
           (s->parts & PART_DATA ? CDROM_BLOCK_BYTES : 0u) +
           (s->parts & PART_CODES ? CODES_BYTES : 0u) + errors[(s->parts & PART_ERRORS) >> 1] +
           (s->subchannel ? SUBCHANNEL_BYTES : 0u);
}

u64 cdrom_bytes_left(const struct cdrom *c)
{
    return (u64)c->s->blocks_left * block_bytes(c->s);
}

// The image's data; zeros behind its end.
static bool read_blocks(struct cdrom *c, u32 block, u32 count, u8 *to)
{
    enum { SECTORS = CDROM_BLOCK_BYTES / DISK_SECTOR_BYTES };
    u64 first = (u64)block * SECTORS, wanted = (u64)count * SECTORS;
    u64 there = first < c->disk->sector_count ? c->disk->sector_count - first : 0;
    u64 got = min_u64(wanted, there);
    memset(to + got * DISK_SECTOR_BYTES, 0, (size_t)((wanted - got) * DISK_SECTOR_BYTES));
    return disk_read(c->disk, first, got, to) || cdrom_fail(c, SENSE_MEDIUM_ERROR, ASC_READ_ERROR);
}

static u8 *put_part(u8 *to, const u8 *raw, u32 at, u32 size_bytes)
{
    memcpy(to, raw + at, size_bytes);
    return to + size_bytes;
}

static bool fill_raw(struct cdrom *c, u8 *to)
{
    const struct cdrom_state *s = c->s;
    u8 raw[CDROM_RAW_BYTES], *end = to + block_bytes(s);
    if (!read_blocks(c, s->block, 1, raw + DATA_AT)) {
        return false;
    }
    make_raw(raw, s->block);
    if (s->parts & PART_SYNC) {
        to = put_part(to, raw, 0, SYNC_BYTES);
    }
    if (s->parts & PART_HEADER) {
        to = put_part(to, raw, SYNC_BYTES, HEADER_BYTES);
    }
    if (s->parts & PART_DATA) {
        to = put_part(to, raw, DATA_AT, CDROM_BLOCK_BYTES);
    }
    if (s->parts & PART_CODES) {
        to = put_part(to, raw, CODES_AT, CODES_BYTES);
    }
    memset(to, 0, (size_t)(end - to)); // no C2 errors
    if (s->subchannel) {
        put_subchannel(end - SUBCHANNEL_BYTES, s->block);
    }
    return true;
}

bool cdrom_fill(struct cdrom *c, struct cdrom_reply *r)
{
    struct cdrom_state *s = c->s;
    u32 size = block_bytes(s);
    r->size_bytes = 0;
    if (s->blocks_left == 0) {
        return true;
    }
    u32 count = (u32)min_u64(s->blocks_left, CDROM_BUFFER_BYTES / size);
    if (!cdrom_has_medium(c)) { // taken out meanwhile
        return cdrom_fail(c, SENSE_NOT_READY, ASC_TRAY_OPEN);
    }
    if (s->parts == PART_DATA && !s->subchannel) {
        if (!read_blocks(c, s->block, count, r->bytes)) {
            return false;
        }
        s->block += count;
    } else {
        for (u32 n = 0; n < count; n++, s->block++) {
            if (!fill_raw(c, r->bytes + n * size)) {
                return false;
            }
        }
    }
    s->blocks_left -= count;
    return cdrom_reply(r, count * size, UINT32_MAX);
}

// --- commands ---

static bool start_read(struct cdrom *c, u32 block, u32 count, u8 parts, u8 subchannel,
                       struct cdrom_reply *r)
{
    struct cdrom_state *s = c->s;
    u32 total = cdrom_block_count(c);
    if (block > total || count > total - block) {
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_BLOCK);
    }
    s->parts = parts;
    s->subchannel = subchannel;
    s->block = block;
    s->blocks_left = block_bytes(s) ? count : 0;
    return cdrom_fill(c, r);
}

bool cdrom_read_10(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    return start_read(c, load_be32(packet + 2), load_be16(packet + 7), PART_DATA, 0, r);
}

bool cdrom_read_12(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    return start_read(c, load_be32(packet + 2), load_be32(packet + 6), PART_DATA, 0, r);
}

// Parts that are asked for must lie side by side on the disc. A mode 1 block has no subheader.
// [MMC3] table 251
static bool are_parts_together(u8 parts)
{
    unsigned bits = (parts & PART_SYNC ? 8u : 0) | (parts & PART_HEADER ? 4u : 0) |
                    (parts & PART_DATA ? 2u : 0) | (parts & PART_CODES ? 1u : 0);
    unsigned run = bits ? bits >> ctz64(bits) : 0;
    return (run & (run + 1)) == 0 && (parts & PART_ERRORS) != PART_ERRORS;
}

static bool start_read_cd(struct cdrom *c, u32 block, u32 count, const u8 *packet,
                          struct cdrom_reply *r)
{
    unsigned type = packet[1] >> 2 & 7, subchannel = packet[10] & 7;
    if (type != 0 && type != 2) { // any, or mode 1
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_TRACK_MODE);
    }
    if (!are_parts_together(packet[9]) || (subchannel != 0 && subchannel != 2)) {
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_FIELD);
    }
    return start_read(c, block, count, packet[9] & (u8) ~(PART_SUBHEADER | 1), (u8)subchannel, r);
}

bool cdrom_read_cd(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    return start_read_cd(c, load_be32(packet + 2), load_be24(packet + 6), packet, r);
}

static u32 frame_of(const u8 *msf)
{
    return ((u32)msf[0] * 60 + msf[1]) * 75 + msf[2];
}

bool cdrom_read_cd_msf(struct cdrom *c, const u8 *packet, struct cdrom_reply *r)
{
    u32 first = frame_of(packet + 3), end = frame_of(packet + 6);
    if (first < CDROM_LEAD_IN_BLOCKS || end < first) {
        return cdrom_fail(c, SENSE_ILLEGAL_REQUEST, ASC_BAD_FIELD);
    }
    return start_read_cd(c, first - CDROM_LEAD_IN_BLOCKS, end - first, packet, r);
}
