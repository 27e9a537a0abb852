// What IDENTIFY DEVICE and IDENTIFY PACKET DEVICE answer: 256 words. [ATA6] 8.15, 8.16
#include "dev/ata.h"

#include "base/bits.h"
#include "base/bytes.h"

// ASCII in words, the first character in the upper byte, filled up with spaces.
static void put_text(u8 *words, const char *text, unsigned size_bytes)
{
    for (unsigned n = 0; n < size_bytes; n++) {
        words[n ^ 1] = (u8)(*text ? *text++ : ' ');
    }
}

static void put(struct ata *a, unsigned word, u64 value)
{
    store_le16(a->s->buffer + 2 * word, (u16)value);
}

static void put_modes(struct ata *a)
{
    unsigned mode = ata_active(a)->transfer_mode;
    put(a, 53, 0x0006);                                                // words 64-70 and 88 count
    put(a, 63, 0x0007 | (mode >> 3 == 4 ? 0x0100u << (mode & 7) : 0)); // multiword DMA 0-2
    put(a, 64, 0x0003);                                                // PIO modes 3 and 4
    for (unsigned word = 65; word <= 68; word++) {
        put(a, word, 120); // shortest cycles, ns
    }
    put(a, 88, 0x003F | (mode >> 3 == 8 ? 0x0100u << (mode & 7) : 0)); // ultra DMA 0-5
    put(a, 93, a->s->active ? 0x4B00 : 0x600B); // 80-wire cable, drive selected by jumper
}

static void put_capacity(struct ata *a)
{
    const struct ata_drive_state *d = ata_active(a);
    u64 total = ata_active_disk(a)->sector_count;
    u64 current = min_u64((u64)d->cylinders * d->heads * d->sectors, total);
    u64 lba28 = min_u64(total, ATA_LBA28_SECTORS);
    put(a, 1, d->native.cylinders);
    put(a, 3, d->native.heads);
    put(a, 6, d->native.sectors);
    put(a, 54, d->cylinders);
    put(a, 55, d->heads);
    put(a, 56, d->sectors);
    put(a, 57, current);
    put(a, 58, current >> 16);
    put(a, 60, lba28);
    put(a, 61, lba28 >> 16);
    store_le64(a->s->buffer + 2 * 100, total);
}

// What ATA-2 retired; BIOSes and drivers of ATA-1's time size their transfers by word 5. [ATA1] 9.9
static void put_retired(struct ata *a)
{
    put(a, 4, ata_active(a)->native.sectors * ATA_SECTOR_BYTES); // bytes in a track
    put(a, 5, ATA_SECTOR_BYTES);
    put(a, 20, 3);   // dual-ported buffer that reads ahead
    put(a, 21, 512); // its sectors
    put(a, 22, 4);   // bytes of READ LONG behind the sector's
}

static void put_features(struct ata *a)
{
    const struct ata_drive_state *d = ata_active(a);
    u64 caches = (d->is_write_cached ? 0x20u : 0) | (d->is_read_ahead ? 0x40u : 0);
    put(a, 47, 0x8000 | ATA_MULTIPLE_MAX);
    put(a, 49, 0x0B00); // IORDY, LBA, DMA
    put(a, 50, 0x4000);
    put(a, 51, 0x0200); // PIO mode 2 without asking
    put(a, 53, 0x0007); // words 54-58 count, too
    put(a, 59, d->multiple ? 0x0100u | d->multiple : 0);
    put(a, 80, 0x007E); // ATA-1 to ATA-6
    put(a, 82, 0x7069); // NOP, READ and WRITE BUFFER, look-ahead, write cache, power, SMART
    put(a, 83, 0x7400); // FLUSH CACHE (EXT), 48-bit addresses
    put(a, 84, 0x4043); // WRITE DMA FUA EXT, SMART self-test and error log
    put(a, 85, 0x7008 | caches | d->is_smart); // the same, as enabled
    put(a, 86, 0x3400);
    put(a, 87, 0x4043);
}

static void begin(struct ata *a, u16 kind, const char *model)
{
    u8 *b = a->s->buffer;
    char serial[] = "VT0000";
    serial[5] = (char)('0' + 2 * a->number + a->s->active);
    memset(b, 0, ATA_SECTOR_BYTES);
    put(a, 0, kind);
    put_text(b + 2 * 10, serial, 20);
    put_text(b + 2 * 23, VT_VERSION, 8);
    put_text(b + 2 * 27, model, 40);
}

static void end(struct ata *a)
{
    u8 *b = a->s->buffer;
    unsigned sum = 0xA5;
    b[510] = 0xA5;
    for (unsigned n = 0; n < 510; n++) {
        sum += b[n];
    }
    b[511] = (u8)(0 - sum);
}

void ata_fill_identify(struct ata *a)
{
    begin(a, 0x0040, "VITRINE HARDDISK"); // fixed disk
    put_modes(a);
    put_capacity(a);
    put_retired(a);
    put_features(a);
    end(a);
}

void ata_fill_identify_packet(struct ata *a)
{
    begin(a, 0x85C0, "VITRINE CD-ROM"); // CD-ROM, removable, takes packets of 12 bytes in 50 us
    put_modes(a);
    put(a, 49, 0x0B00); // IORDY, LBA, DMA
    put(a, 50, 0x4000);
    put(a, 80, 0x007E);
    put(a, 82, 0x4218); // NOP, DEVICE RESET, packets, power management
    put(a, 83, 0x4000);
    put(a, 84, 0x4000);
    put(a, 85, 0x4218);
    put(a, 87, 0x4000);
    end(a);
}
