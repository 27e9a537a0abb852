// Direct boot of a multiboot (version 1) kernel: loads its ELF segments, or what its header says
// instead, into one image, with the modules after it, each at the beginning of a page.
//
//      9000h  the information structure, module list and strings (the option ROM adds the memory
//             map at 8000h)
//    100000h  or above: the image
//
// Not implemented: a wanted video mode (ignored), the ELF section table, 64-bit ELF.
#include "machine/pc_boot.h"

#include "base/bytes.h"

// [MULTIBOOT] 3.1
enum {
    HEADER_SEARCH_BYTES = 8192,
    HEADER_MAGIC = 0x1BADB002,
    HEADER_FLAGS = 4,
    HEADER_CHECKSUM = 8,
    HEADER_ADDRESS = 12,
    HEADER_LOAD = 16,
    HEADER_LOAD_END = 20,
    HEADER_BSS_END = 24,
    HEADER_ENTRY = 28,
    HEADER_BYTES = 32,
    FLAGS_UNKNOWN = 0xFFF8, // that a loader must refuse
    FLAG_ADDRESSES = 0x10000,
};

// [MULTIBOOT] 3.3
enum {
    INFO_ADDRESS = 0x9000,
    INFO_FLAGS = 0,
    INFO_CMDLINE = 16,
    INFO_MODULE_COUNT = 20,
    INFO_MODULES = 24,
    INFO_LOADER = 64,
    INFO_BYTES = 128,
    INFO_LOADER_AT = INFO_BYTES,
    INFO_MODULES_AT = INFO_LOADER_AT + 16,
    MODULE_BYTES = 16,
    INFO_TEXTS_AT = INFO_MODULES_AT + MODULE_BYTES * VT_MODULES_MAX,
    INFO_MAX_BYTES = 0x4000,

    INFO_HAS_CMDLINE = 4,
    INFO_HAS_MODULES = 8,
    INFO_HAS_LOADER = 0x200,
};

// [ELF] 1: header and program headers of a 32-bit file
enum {
    ELF_CLASS = 4,
    ELF_DATA = 5,
    ELF_MACHINE = 18,
    ELF_ENTRY = 24,
    ELF_PHOFF = 28,
    ELF_PHENTSIZE = 42,
    ELF_PHNUM = 44,
    ELF_BYTES = 52,
    PH_OFFSET = 4,
    PH_VADDR = 8,
    PH_PADDR = 12,
    PH_FILESZ = 16,
    PH_MEMSZ = 20,
    PH_BYTES = 32,
};

enum { LOWEST = 0x100000, FIRMWARE_BYTES = 0x40000, MAX_SEGMENTS = 64 };

struct segment {
    u64 address, memory_bytes; // in guest memory
    u64 offset, file_bytes;    // in the file
};

struct image {
    struct segment segments[MAX_SEGMENTS];
    unsigned segment_count;
    u64 low, high; // what they span
    u32 entry;
};

bool pc_boot_find_multiboot(const struct vt_bytes *kernel, u32 *header)
{
    size_t end = kernel->size_bytes;
    end = end < HEADER_SEARCH_BYTES ? end : HEADER_SEARCH_BYTES;
    for (u32 at = 0; at + 12 <= end; at += 4) {
        const u8 *h = kernel->data + at;
        u32 magic = load_le32(h);
        if (magic == HEADER_MAGIC &&
            magic + load_le32(h + HEADER_FLAGS) + load_le32(h + HEADER_CHECKSUM) == 0) {
            *header = at;
            return true;
        }
    }
    return false;
}

// NULL: the segment was added, else what is wrong with it.
static const char *add_segment(struct image *i, const struct pc_boot_config *config,
                               struct segment s)
{
    u64 ram_end = config->ram_bytes > FIRMWARE_BYTES ? config->ram_bytes - FIRMWARE_BYTES : 0;
    u64 size = config->kernel.size_bytes;
    if (s.memory_bytes == 0) {
        return NULL;
    }
    if (s.offset > size || s.file_bytes > size - s.offset) {
        return "the kernel ends within a segment";
    }
    if (s.file_bytes > s.memory_bytes) {
        return "a segment of the kernel is longer in the file than in memory";
    }
    if (s.address < LOWEST || s.address + s.memory_bytes > ram_end) {
        return "the kernel does not fit between 1 MiB and the end of memory";
    }
    if (i->segment_count == MAX_SEGMENTS) {
        return "the kernel has too many segments";
    }
    i->low = i->segment_count && i->low < s.address ? i->low : s.address;
    i->high = i->high > s.address + s.memory_bytes ? i->high : s.address + s.memory_bytes;
    i->segments[i->segment_count++] = s;
    return NULL;
}

// The kernel's header says where what goes. [MULTIBOOT] 3.1.3
static const char *read_addresses(struct image *i, const struct pc_boot_config *config, u32 header)
{
    if (config->kernel.size_bytes - header < HEADER_BYTES) {
        return "the kernel ends within its multiboot header";
    }
    const u8 *h = config->kernel.data + header;
    u32 address = load_le32(h + HEADER_ADDRESS), load = load_le32(h + HEADER_LOAD);
    u32 load_end = load_le32(h + HEADER_LOAD_END), bss_end = load_le32(h + HEADER_BSS_END);
    if (address < load || address - load > header) {
        return "the addresses in the multiboot header contradict each other";
    }
    u32 offset = header - (address - load);
    u64 file_bytes = config->kernel.size_bytes - offset; // load_end 0: all of the file
    if (load_end) {
        if (load_end < load) {
            return "the addresses in the multiboot header contradict each other";
        }
        file_bytes = load_end - load;
    }
    u64 memory_bytes = bss_end > load ? bss_end - load : 0;
    i->entry = load_le32(h + HEADER_ENTRY);
    return add_segment(i, config,
                       (struct segment){
                           .address = load,
                           .memory_bytes = memory_bytes > file_bytes ? memory_bytes : file_bytes,
                           .offset = offset,
                           .file_bytes = file_bytes,
                       });
}

static const char *read_segment(struct image *i, const struct pc_boot_config *config, const u8 *p,
                                u32 elf_entry)
{
    u32 vaddr = load_le32(p + PH_VADDR), paddr = load_le32(p + PH_PADDR);
    u32 memory_bytes = load_le32(p + PH_MEMSZ);
    if (elf_entry >= vaddr && elf_entry - vaddr < memory_bytes) {
        i->entry = elf_entry - vaddr + paddr; // paging is off
    }
    return add_segment(i, config,
                       (struct segment){
                           .address = paddr,
                           .memory_bytes = memory_bytes,
                           .offset = load_le32(p + PH_OFFSET),
                           .file_bytes = load_le32(p + PH_FILESZ),
                       });
}

static const char *read_elf(struct image *i, const struct pc_boot_config *config)
{
    const u8 *k = config->kernel.data;
    u64 size = config->kernel.size_bytes;
    if (size < ELF_BYTES || memcmp(k, "\177ELF", 4) != 0) {
        return "the multiboot kernel is no ELF file and gives no addresses";
    }
    if (k[ELF_CLASS] != 1 || k[ELF_DATA] != 1 || load_le16(k + ELF_MACHINE) != 3) {
        return "the multiboot kernel is no 32-bit ELF file for x86";
    }
    u64 at = load_le32(k + ELF_PHOFF);
    u32 step = load_le16(k + ELF_PHENTSIZE), count = load_le16(k + ELF_PHNUM);
    if (step < PH_BYTES || at > size || (u64)step * count > size - at) {
        return "the kernel's program headers are damaged";
    }
    i->entry = load_le32(k + ELF_ENTRY);
    const char *error = NULL;
    for (u32 n = 0; n < count && !error; n++) {
        const u8 *p = k + at + n * step;
        error = load_le32(p) == 1 ? read_segment(i, config, p, load_le32(k + ELF_ENTRY)) : NULL;
    }
    return error ? error : i->segment_count ? NULL : "the kernel has nothing to load";
}

struct modules {
    struct module {
        struct vt_module given;
        u64 start, end; // addresses
    } list[VT_MODULES_MAX];
    unsigned count;
    u64 end; // of the last one, or of the kernel; more than any memory if they are too large
};

static u64 page_after(u64 address)
{
    return (address + 0xFFF) & ~0xFFFull;
}

static void add_module(struct modules *m, const struct vt_module *given)
{
    struct module *module = &m->list[m->count++];
    u64 size = given->bytes.size_bytes;
    module->given = *given;
    module->start = page_after(m->end);
    module->end = m->end = module->start + (size < UINT32_MAX ? size : UINT32_MAX);
}

// Places the modules behind the kernel, with the initrd as the only one if there are no others.
static void place_modules(struct modules *m, const struct pc_boot_config *config, u64 kernel_end)
{
    m->count = 0;
    m->end = kernel_end;
    if (config->module_count == 0 && config->initrd.size_bytes) {
        add_module(m, &(struct vt_module){.bytes = config->initrd});
    }
    for (unsigned n = 0; n < config->module_count; n++) {
        add_module(m, &config->modules[n]);
    }
}

static const char *name_of(const struct pc_boot_config *config)
{
    return config->name ? config->name : "kernel";
}

// Of all texts, with their zeros. [MULTIBOOT] 3.3: the command line begins with the kernel's name
static u64 text_bytes(const struct pc_boot_config *config, const struct modules *m)
{
    u64 bytes = pc_boot_text_bytes(name_of(config)) + 1 + pc_boot_text_bytes(config->append) + 1;
    for (unsigned n = 0; n < m->count; n++) {
        bytes += pc_boot_text_bytes(m->list[n].given.text) + 1;
    }
    return bytes;
}

// Appends a text to the information structure. Returns the offset behind it, which gets a zero.
static u32 put_text(u8 *info, u32 at, const char *text)
{
    size_t bytes = pc_boot_text_bytes(text);
    if (bytes) {
        memcpy(info + at, text, bytes);
    }
    at += (u32)bytes;
    info[at] = 0;
    return at;
}

// Writes the information structure, without the memory map. Returns its size.
static u32 write_info(u8 *info, const struct pc_boot_config *config, const struct modules *m)
{
    static const char loader[] = "Vitrine";
    u32 flags = INFO_HAS_CMDLINE | INFO_HAS_LOADER | (m->count ? INFO_HAS_MODULES : 0);
    u32 at = put_text(info, INFO_TEXTS_AT, name_of(config));
    if (pc_boot_text_bytes(config->append)) {
        at = put_text(info, put_text(info, at, " "), config->append);
    }
    at++;
    store_le32(info + INFO_CMDLINE, INFO_ADDRESS + INFO_TEXTS_AT);
    memcpy(info + INFO_LOADER_AT, loader, sizeof loader);
    store_le32(info + INFO_LOADER, INFO_ADDRESS + INFO_LOADER_AT);
    store_le32(info + INFO_MODULE_COUNT, m->count);
    store_le32(info + INFO_MODULES, INFO_ADDRESS + INFO_MODULES_AT);
    for (unsigned n = 0; n < m->count; n++) {
        u8 *entry = info + INFO_MODULES_AT + n * MODULE_BYTES;
        store_le32(entry, (u32)m->list[n].start);
        store_le32(entry + 4, (u32)m->list[n].end);
        store_le32(entry + 8, INFO_ADDRESS + at);
        at = put_text(info, at, m->list[n].given.text) + 1;
    }
    store_le32(info + INFO_FLAGS, flags);
    return at;
}

static void copy_image(u8 *to, const struct pc_boot_config *config, const struct image *i,
                       const struct modules *m)
{
    for (unsigned n = 0; n < i->segment_count; n++) {
        const struct segment *s = &i->segments[n];
        memcpy(to + (s->address - i->low), config->kernel.data + s->offset, (size_t)s->file_bytes);
    }
    for (unsigned n = 0; n < m->count; n++) {
        const struct vt_bytes *bytes = &m->list[n].given.bytes;
        if (bytes->size_bytes) {
            memcpy(to + (m->list[n].start - i->low), bytes->data, bytes->size_bytes);
        }
    }
}

static enum vt_status add_image(struct pc_boot *b, struct fwcfg *fw,
                                const struct pc_boot_config *config, const struct image *i)
{
    struct modules modules;
    place_modules(&modules, config, i->high);
    if (text_bytes(config, &modules) > INFO_MAX_BYTES - INFO_TEXTS_AT) {
        return pc_boot_bad(b, "the command line is too long");
    }
    if (modules.end > config->ram_bytes - FIRMWARE_BYTES) {
        return pc_boot_bad(b, "kernel and modules do not fit into memory");
    }
    u32 image_bytes = (u32)(modules.end - i->low);
    enum vt_status status = pc_boot_alloc(b, (u64)image_bytes + INFO_MAX_BYTES);
    if (status) {
        return status;
    }
    copy_image(b->memory, config, i, &modules);
    u8 *info = b->memory + image_bytes;
    u32 info_bytes = write_info(info, config, &modules);
    fwcfg_add_u32(fw, FWCFG_KERNEL_ADDR, (u32)i->low);
    fwcfg_add_u32(fw, FWCFG_KERNEL_SIZE, image_bytes);
    fwcfg_add_bytes(fw, FWCFG_KERNEL_DATA, b->memory, image_bytes);
    fwcfg_add_u32(fw, FWCFG_KERNEL_ENTRY, i->entry);
    fwcfg_add_u32(fw, FWCFG_INITRD_ADDR, INFO_ADDRESS);
    fwcfg_add_u32(fw, FWCFG_INITRD_SIZE, info_bytes);
    fwcfg_add_bytes(fw, FWCFG_INITRD_DATA, info, info_bytes);
    return VT_OK;
}

enum vt_status pc_boot_multiboot(struct pc_boot *b, struct fwcfg *fw,
                                 const struct pc_boot_config *config, u32 header)
{
    struct image i = {0};
    u32 flags = load_le32(config->kernel.data + header + HEADER_FLAGS);
    if (flags & FLAGS_UNKNOWN) {
        return pc_boot_bad(b, "the multiboot kernel asks for something unknown");
    }
    const char *error =
        flags & FLAG_ADDRESSES ? read_addresses(&i, config, header) : read_elf(&i, config);
    if (!error && i.entry == 0) {
        error = "the kernel has no entry point";
    }
    if (!error && i.segment_count == 0) {
        error = "the kernel has nothing to load";
    }
    return error ? pc_boot_bad(b, error) : add_image(b, fw, config, &i);
}
