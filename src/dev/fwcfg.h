// QEMU's firmware configuration device: what the board tells its firmware, as numbered items and
// named files of bytes; ports 510h-511h, DMA at 514h-51Bh. [FWCFG]
#pragma once

#include "base/types.h"
#include "core/dev.h"
#include "core/phys.h"
#include "core/ports.h"

enum {
    FWCFG_SIGNATURE = 0x00,
    FWCFG_ID = 0x01,
    FWCFG_RAM_SIZE = 0x03,
    FWCFG_NOGRAPHIC = 0x04,
    FWCFG_CPU_COUNT = 0x05,
    FWCFG_KERNEL_ADDR = 0x07,
    FWCFG_KERNEL_SIZE = 0x08,
    FWCFG_INITRD_ADDR = 0x0A,
    FWCFG_INITRD_SIZE = 0x0B,
    FWCFG_BOOT_MENU = 0x0E,
    FWCFG_MAX_CPUS = 0x0F,
    FWCFG_KERNEL_ENTRY = 0x10,
    FWCFG_KERNEL_DATA = 0x11,
    FWCFG_INITRD_DATA = 0x12,
    FWCFG_CMDLINE_ADDR = 0x13,
    FWCFG_CMDLINE_SIZE = 0x14,
    FWCFG_CMDLINE_DATA = 0x15,
    FWCFG_SETUP_ADDR = 0x16,
    FWCFG_SETUP_SIZE = 0x17,
    FWCFG_SETUP_DATA = 0x18,
    FWCFG_FILE_DIR = 0x19,
    FWCFG_FILE_FIRST = 0x20,
    FWCFG_IRQ0_OVERRIDE = 0x8002,
};

enum {
    FWCFG_MAX_ITEMS = 64,
    FWCFG_MAX_FILES = 32,
    FWCFG_NAME_BYTES = 56,
    FWCFG_STORAGE_BYTES = 4096,
};

struct fwcfg_item {
    u16 key;
    const u8 *data;
    u32 size_bytes;
};

struct fwcfg_state {
    u16 key; // selected
    u32 offset;
    u32 dma_high;
};

struct fwcfg {
    struct dev dev;
    struct fwcfg_state s;

    struct phys *phys;
    struct fwcfg_item items[FWCFG_MAX_ITEMS];
    unsigned item_count, file_count;
    u8 directory[4 + 64 * FWCFG_MAX_FILES]; // as the guest reads it
    u8 storage[FWCFG_STORAGE_BYTES];        // for small values
    u32 storage_used;
};

void fwcfg_init(struct fwcfg *f, struct ports *ports, struct phys *phys);

// Adds an item or file; bytes are not copied and must stay. Adding an existing one replaces it.
void fwcfg_add_bytes(struct fwcfg *f, u16 key, const void *data, u32 size_bytes);
void fwcfg_add_file(struct fwcfg *f, const char *name, const void *data, u32 size_bytes);
// The same with the value copied, little-endian.
void fwcfg_add_u16(struct fwcfg *f, u16 key, u16 value);
void fwcfg_add_u32(struct fwcfg *f, u16 key, u32 value);
void fwcfg_add_u64(struct fwcfg *f, u16 key, u64 value);
// A small file whose bytes are copied (a number, a bootorder, an e820 table).
void fwcfg_add_file_copy(struct fwcfg *f, const char *name, const void *data, u32 size_bytes);
