// The shape that a hard disk claims: cylinders, heads and sectors per track.
//
// An image is only a row of sectors. Systems that use CHS addresses (DOS, old loaders, the code in
// a boot sector) have written the numbers of the disk that they were installed on into it, and find
// nothing on a disk of another shape. The partition table gives that shape away: partitions end
// with a cylinder, so that the last sector of one is at the highest head and sector.
//
//     entry  0 active | 1..3 CHS of first sector | 4 type | 5..7 CHS of last | 8 LBA | 12 count
//     CHS    0 head | 1 5..0 sector, 7,6 cylinder 9,8 | 2 cylinder 7..0
//
// More than 16 heads, which no ATA disk can have, are the work of a BIOS that translated. The rule
// is QEMU's, so that an image fits both. [ATA4] annex B, [CMOS] 19h to 2Ch
#include "dev/ata.h"

#include "base/bits.h"
#include "base/bytes.h"

enum {
    TABLE = 446,
    ENTRIES = 4,
    ENTRY_BYTES = 16,
    HEADS = 16, // of a standard disk, and the most there are
    SECTORS = 63,
    MAX_CYLINDERS = 16383,     // where CHS addresses stop
    BIOS_CYLINDERS = 1024,     // that INT 13h can name
    LARGE_CYLINDERS = 8 * 1024 // with 16 heads; "large" halves the cylinders down to BIOS_CYLINDERS
};

static bool is_partition_table(const u8 *sector)
{
    if (load_le16(sector + 510) != 0xAA55) {
        return false;
    }
    for (unsigned n = 0; n < ENTRIES; n++) {
        if (sector[TABLE + n * ENTRY_BYTES] & 0x7F) {
            return false; // neither active nor inactive: other data
        }
    }
    return true;
}

// The shape that a partition's end implies. False: none that this disk can have.
static bool shape_of_entry(const u8 *entry, u64 sector_count, struct ata_geometry *out)
{
    u32 heads = entry[5] + 1u, sectors = entry[6] & 63u;
    if (load_le32(entry + 12) == 0 || heads == 1 || sectors == 0) {
        return false;
    }
    u64 cylinders = sector_count / (heads * sectors);
    *out = (struct ata_geometry){(u32)cylinders, heads, sectors, ATA_NO_TRANSLATION};
    return cylinders >= 1 && cylinders <= MAX_CYLINDERS;
}

static bool shape_of_table(const u8 *sector, u64 sector_count, struct ata_geometry *out)
{
    if (!sector || !is_partition_table(sector)) {
        return false;
    }
    for (unsigned n = 0; n < ENTRIES; n++) {
        if (shape_of_entry(sector + TABLE + n * ENTRY_BYTES, sector_count, out)) {
            return true;
        }
    }
    return false;
}

struct ata_geometry ata_geometry_of(u64 sector_count, const u8 *first_sector)
{
    struct ata_geometry found, standard = {.heads = HEADS, .sectors = SECTORS};
    u64 cylinders = sector_count / (HEADS * SECTORS);
    // BIOSes keep the last cylinder to themselves: of one, nothing would be left.
    standard.cylinders = (u32)min_u64(cylinders < 2 ? 2 : cylinders, MAX_CYLINDERS);
    if (!shape_of_table(first_sector, sector_count, &found)) {
        standard.translation =
            standard.cylinders <= BIOS_CYLINDERS ? ATA_NO_TRANSLATION : ATA_LBA_TRANSLATION;
        return standard;
    }
    if (found.heads > HEADS) {
        standard.translation =
            standard.cylinders <= LARGE_CYLINDERS ? ATA_LARGE_TRANSLATION : ATA_LBA_TRANSLATION;
        return standard;
    }
    return found;
}
