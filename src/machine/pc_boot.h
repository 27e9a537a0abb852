// Boots a kernel without a boot loader: checks a Linux bzImage or a multiboot image, and hands it
// to our option ROM through fw_cfg. [LINUXBOOT] = Documentation/x86/boot.rst, [MULTIBOOT] 0.6.96
#pragma once

#include "base/types.h"
#include "dev/fwcfg.h"
#include "vitrine/vitrine.h"

// Bytes that must live as long as the machine. Zero is a valid empty value.
struct pc_boot {
    const struct vt_host *host;
    u8 *memory; // from the host
    size_t memory_bytes;
    const char *error; // static text: what is wrong with the kernel
};

struct pc_boot_config {
    struct vt_bytes kernel;
    struct vt_bytes initrd; // multiboot: the only module, unless there are `modules`
    const struct vt_module *modules;
    unsigned module_count;
    const char *append; // NULL: none
    u64 ram_bytes;      // RAM from 0 up to the PCI hole
    const char *name;   // what a multiboot kernel sees as its own name; NULL: "kernel"
};

// The line of fw_cfg's "bootorder" that starts the kernel first.
#define PC_BOOT_ORDER "/rom@genroms/linuxboot.bin"

// Adds the items and the option ROM that obeys them ("genroms/linuxboot.bin"); "bootorder" is the
// caller's matter. VT_ERROR_BAD_KERNEL: `b->error` says why. pc_boot_destroy also after a failure.
NODISCARD enum vt_status pc_boot_add(struct pc_boot *b, const struct vt_host *host,
                                     struct fwcfg *fw, const struct pc_boot_config *config);
void pc_boot_destroy(struct pc_boot *b);

// --- private to pc_boot*.c ---

// The option ROM, from rom/linuxboot.
extern const u8 linuxboot_rom[];
extern const u32 linuxboot_rom_bytes;

// Puts a multiboot header's kernel into fw_cfg. `header`: its offset in the kernel.
enum vt_status pc_boot_multiboot(struct pc_boot *b, struct fwcfg *fw,
                                 const struct pc_boot_config *config, u32 header);
// Offset of a valid multiboot header in the first 8 KiB; false: none.
bool pc_boot_find_multiboot(const struct vt_bytes *kernel, u32 *header);
enum vt_status pc_boot_bad(struct pc_boot *b, const char *error);
// `b->memory` of that many bytes, zeroed.
enum vt_status pc_boot_alloc(struct pc_boot *b, u64 size_bytes);
size_t pc_boot_text_bytes(const char *text); // without the NUL; NULL: 0
