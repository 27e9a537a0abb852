#include "host/posix/image_check.h"

#include <string.h>

enum {
    ISO_SECTOR = 2048,
    ISO_DESCRIPTOR = 16 * ISO_SECTOR, // [ECMA-119] 6.7.1: the volume descriptors start there
    MBR_TABLE = 446,
    MBR_ENTRIES = 4,
    MBR_ENTRY_BYTES = 16,
    GPT_PROTECTIVE = 0xee,
};

static uint32_t load32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

bool image_is_iso9660(const struct image_head *head)
{
    return head->count >= ISO_DESCRIPTOR + ISO_SECTOR &&
           memcmp(head->bytes + ISO_DESCRIPTOR + 1, "CD001", 5) == 0;
}

bool image_is_floppy_size(uint64_t size_bytes)
{
    static const uint16_t kibibytes[] = {160,  180,  320,  360,  720, 1200,
                                         1440, 1680, 1720, 1722, 2880};

    for (size_t i = 0; i < sizeof kibibytes / sizeof kibibytes[0]; i++) {
        if (size_bytes == kibibytes[i] * UINT64_C(1024)) {
            return true;
        }
    }
    return false;
}

#define CONVERT "; only raw images are supported; convert with `qemu-img convert -O raw`"
#define UNPACK  "; unpack it first"

const char *image_foreign_format(const struct image_head *head)
{
    static const struct {
        size_t offset;
        const char *magic;
        size_t length;
        const char *text;
    } formats[] = {
        {0, "QFI\xfb", 4, "is a qcow2 image" CONVERT},
        {0, "KDMV", 4, "is a VMDK image" CONVERT},
        {0, "# Disk DescriptorFile", 21, "is the description of a VMDK image" CONVERT},
        {0x40, "\x7f\x10\xda\xbe", 4, "is a VDI image" CONVERT},
        {0, "vhdxfile", 8, "is a VHDX image" CONVERT},
        {0, "conectix", 8, "is a VHD image" CONVERT},
        {0, "WithoutFreeSpace", 16, "is a Parallels image" CONVERT},
        {0, "\x1f\x8b\x08", 3, "is compressed with gzip" UNPACK},
        {0,
         "\xfd"
         "7zXZ",
         5, "is compressed with xz" UNPACK},
        {0, "BZh", 3, "is compressed with bzip2" UNPACK},
        {0, "\x28\xb5\x2f\xfd", 4, "is compressed with zstd" UNPACK},
        {0, "PK\x03\x04", 4, "is a zip archive" UNPACK},
        {0, "7z\xbc\xaf\x27\x1c", 6, "is a 7z archive" UNPACK},
    };

    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        size_t end = formats[i].offset + formats[i].length;

        if (head->count >= end &&
            memcmp(head->bytes + formats[i].offset, formats[i].magic, formats[i].length) == 0) {
            return formats[i].text;
        }
    }
    return NULL;
}

uint64_t image_iso9660_bytes(const struct image_head *head)
{
    const uint8_t *volume = head->bytes + ISO_DESCRIPTOR;

    if (!image_is_iso9660(head) || volume[0] != 1) {
        return 0;
    }
    // [ECMA-119] 8.4.8 volume space size in logical blocks, 8.4.12 their size; little-endian first.
    return (uint64_t)load32(volume + 80) * (volume[128] | (unsigned)volume[129] << 8);
}

// A boot sector without a table has code or text at its place: then not every entry is plausible.
static bool is_partition_table(const uint8_t *sector)
{
    if (sector[510] != 0x55 || sector[511] != 0xaa) {
        return false;
    }
    for (unsigned i = 0; i < MBR_ENTRIES; i++) {
        const uint8_t *entry = sector + MBR_TABLE + i * MBR_ENTRY_BYTES;
        bool is_used = entry[4] != 0;

        if ((entry[0] & 0x7f) != 0 || (load32(entry + 12) != 0) != is_used) {
            return false;
        }
    }
    return true;
}

uint64_t image_partitioned_bytes(const struct image_head *head)
{
    uint64_t end = 0;

    if (head->count < 512 || !is_partition_table(head->bytes)) {
        return 0;
    }
    for (unsigned i = 0; i < MBR_ENTRIES; i++) {
        const uint8_t *entry = head->bytes + MBR_TABLE + i * MBR_ENTRY_BYTES;
        uint64_t past = ((uint64_t)load32(entry + 8) + load32(entry + 12)) * 512;

        if (entry[4] == GPT_PROTECTIVE) {
            return 0;
        }
        end = past > end ? past : end;
    }
    return end;
}
