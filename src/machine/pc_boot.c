// Direct boot of a Linux bzImage: what the boot protocol asks of a boot loader is prepared here;
// the copying into guest memory is the option ROM's work (rom/linuxboot), after the firmware has
// run.
//
//     10000h  the kernel's real-mode part, its stack and heap (90000h before protocol 2.02)
//     20000h  the command line
//    100000h  the kernel (10000h for one that is not loaded high)
//    initrd   as high as it may be
//
// Not implemented: setup_data.
#include "machine/pc_boot.h"

#include "base/bits.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/text.h"

// The setup header. [LINUXBOOT] "The real-mode kernel header"
enum {
    HDR_SETUP_SECTORS = 0x1F1,
    HDR_VIDEO_MODE = 0x1FA,
    HDR_BOOT_FLAG = 0x1FE,
    HDR_MAGIC = 0x202,
    HDR_VERSION = 0x206,
    HDR_LOADER = 0x210,
    HDR_LOADFLAGS = 0x211,
    HDR_RAMDISK = 0x218,
    HDR_RAMDISK_BYTES = 0x21C,
    HDR_HEAP_END = 0x224,
    HDR_CMDLINE = 0x228,
    HDR_INITRD_MAX = 0x22C,
    HDR_CMDLINE_BYTES = 0x238,
    HDR_PREFERRED = 0x258,
    HDR_INIT_BYTES = 0x260,
    HDR_END = 0x268,

    OLD_CMDLINE_MAGIC = 0x20, // of protocols 2.00 and 2.01
    OLD_CMDLINE_OFFSET = 0x22,

    LOADED_HIGH = 1,
    CAN_USE_HEAP = 0x80,
    LOADER_UNKNOWN = 0xFF,
};

enum {
    SECTOR = 512,
    HIGH = 0x100000,
    FIRMWARE_BYTES = 0x40000, // at the end of RAM: the firmware's tables
    SETUP_MAX_BYTES = 0xC000, // what leaves room for heap and stack in 64 KiB
};

struct linux_layout {
    u32 version;
    u32 setup_bytes;
    u32 setup_address, cmdline_address, kernel_address;
    u32 cmdline_bytes; // with the NUL
    u64 initrd_address;
};

enum vt_status pc_boot_bad(struct pc_boot *b, const char *error)
{
    b->error = error;
    return VT_ERROR_BAD_KERNEL;
}

enum vt_status pc_boot_alloc(struct pc_boot *b, u64 size_bytes)
{
    CHECK(!b->memory);
    b->memory_bytes = (size_t)size_bytes;
    if (b->memory_bytes == size_bytes) {
        b->memory = b->host->alloc(b->host->owner, b->memory_bytes);
    }
    return b->memory ? VT_OK : VT_ERROR_MEMORY;
}

size_t pc_boot_text_bytes(const char *text)
{
    return text ? text_length(text) : 0;
}

// --- Linux ---

static enum vt_status check_linux(struct pc_boot *b, const struct vt_bytes *kernel,
                                  struct linux_layout *l)
{
    const u8 *k = kernel->data;
    if (kernel->size_bytes < HDR_END || load_le16(k + HDR_BOOT_FLAG) != 0xAA55 ||
        memcmp(k + HDR_MAGIC, "HdrS", 4) != 0) {
        return pc_boot_bad(b, "the kernel is neither a Linux bzImage nor a multiboot image");
    }
    l->version = load_le16(k + HDR_VERSION);
    u32 sectors = k[HDR_SETUP_SECTORS] ? k[HDR_SETUP_SECTORS] : 4;
    l->setup_bytes = (sectors + 1) * SECTOR;
    if (l->version < 0x200) {
        return pc_boot_bad(b, "the kernel's boot protocol is older than 2.00");
    }
    if (l->setup_bytes >= kernel->size_bytes) {
        return pc_boot_bad(b, "the kernel ends within its setup code");
    }
    if (l->setup_bytes > SETUP_MAX_BYTES) {
        return pc_boot_bad(b, "the kernel's setup code is too long");
    }
    return VT_OK;
}

static enum vt_status place_low(struct pc_boot *b, const struct pc_boot_config *config,
                                struct linux_layout *l)
{
    const u8 *k = config->kernel.data;
    bool is_high = k[HDR_LOADFLAGS] & LOADED_HIGH;
    size_t length = pc_boot_text_bytes(config->append);
    u32 limit = l->version >= 0x206 ? load_le32(k + HDR_CMDLINE_BYTES) : 255;
    limit = limit < 0x8000 ? limit : 0x8000; // 20000h to 28000h
    if (length > limit) {
        return pc_boot_bad(b, "the command line is longer than the kernel takes");
    }
    l->cmdline_bytes = (u32)length + 1;
    if (l->version >= 0x202 && is_high) {
        l->setup_address = 0x10000;
        l->cmdline_address = 0x20000;
    } else {
        l->setup_address = 0x90000;
        l->cmdline_address = 0x9A000 - ((l->cmdline_bytes + 15) & ~15u);
    }
    if (l->setup_address + l->setup_bytes > l->cmdline_address - 0x1000) {
        return pc_boot_bad(b, "the kernel's setup code is too long");
    }
    l->kernel_address = is_high ? HIGH : 0x10000;
    return VT_OK;
}

// End of what the kernel overwrites while it unpacks itself.
static u64 kernel_end(const struct pc_boot_config *config, const struct linux_layout *l)
{
    const u8 *k = config->kernel.data;
    u64 end = l->kernel_address + (u64)config->kernel.size_bytes - l->setup_bytes;
    if (l->version >= 0x20A) {
        u64 start = load_le64(k + HDR_PREFERRED);
        start = start > l->kernel_address ? start : l->kernel_address;
        u64 bytes = load_le32(k + HDR_INIT_BYTES);
        u64 unpacked = start > UINT64_MAX - bytes ? UINT64_MAX : start + bytes;
        end = unpacked > end ? unpacked : end;
    }
    return end;
}

static enum vt_status place_high(struct pc_boot *b, const struct pc_boot_config *config,
                                 struct linux_layout *l)
{
    const u8 *k = config->kernel.data;
    u64 end = kernel_end(config, l), top = config->ram_bytes;
    u64 initrd = config->initrd.size_bytes;
    if (l->kernel_address < HIGH) {
        if (l->kernel_address + config->kernel.size_bytes - l->setup_bytes > l->setup_address) {
            return pc_boot_bad(b, "the kernel is too long to be loaded low");
        }
        end = HIGH;
    }
    top = top > FIRMWARE_BYTES ? top - FIRMWARE_BYTES : 0;
    if (end > top) {
        return pc_boot_bad(b, "the kernel does not fit into memory");
    }
    if (initrd == 0) {
        return VT_OK;
    }
    u64 highest = l->version >= 0x203 ? load_le32(k + HDR_INITRD_MAX) : 0x37FFFFFF;
    top = min_u64(top, highest + 1);
    if (end > top || initrd > top - end) {
        return pc_boot_bad(b, "kernel and initrd do not fit into memory");
    }
    l->initrd_address = (top - initrd) & ~0xFFFull;
    return l->initrd_address < end ? pc_boot_bad(b, "kernel and initrd do not fit into memory")
                                   : VT_OK;
}

// Where `text` goes on behind `word`; NULL: it begins otherwise.
static const char *behind(const char *text, const char *word)
{
    while (*word && *text == *word) {
        text++;
        word++;
    }
    return *word ? NULL : text;
}

static bool ends_word(char c)
{
    return c == '\0' || c == ' ';
}

static unsigned digit(char c)
{
    char lower = (char)(c | 0x20);
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    return lower >= 'a' && lower <= 'f' ? (unsigned)(lower - 'a') + 10 : 16;
}

// A number of 16 bits as C writes it, up to the word's end.
static bool read_number(const char *at, u16 *number)
{
    const char *hex = at[0] == '0' && (at[1] | 0x20) == 'x' ? at + 2 : NULL;
    unsigned base = hex ? 16 : *at == '0' ? 8 : 10;
    u32 value = 0;
    at = hex ? hex : at;
    const char *start = at;
    for (; digit(*at) < base && value <= 0xFFFF; at++) {
        value = value * base + digit(*at);
    }
    *number = (u16)value;
    return at > start && value <= 0xFFFF && ends_word(*at);
}

static bool read_video_mode(const char *at, u16 *mode)
{
    static const struct {
        const char *name;
        u16 mode;
    } names[] = {{"normal", 0xFFFF}, {"ext", 0xFFFE}, {"ask", 0xFFFD}};
    for (unsigned n = 0; n < sizeof names / sizeof names[0]; n++) {
        const char *end = behind(at, names[n].name);
        if (end && ends_word(*end)) {
            *mode = names[n].mode;
            return true;
        }
    }
    return read_number(at, mode);
}

// The kernel sets its video mode before it reads the command line, so that vga= there is the boot
// loader's to read. The last one counts, what makes no sense does not.
// [LINUXBOOT] "Special Command Line Options"
static void write_video_mode(u8 *setup, const char *append)
{
    for (const char *at = append; at && *at; at++) {
        const char *value = at == append || at[-1] == ' ' ? behind(at, "vga=") : NULL;
        u16 mode;
        if (value && read_video_mode(value, &mode)) {
            store_le16(setup + HDR_VIDEO_MODE, mode);
        }
    }
}

// Fills in the fields of the setup header that the boot loader owns.
static void write_header(u8 *setup, const struct pc_boot_config *config,
                         const struct linux_layout *l)
{
    u32 cmdline_offset = l->cmdline_address - l->setup_address;
    write_video_mode(setup, config->append);
    setup[HDR_LOADER] = LOADER_UNKNOWN;
    store_le32(setup + HDR_RAMDISK, (u32)l->initrd_address);
    store_le32(setup + HDR_RAMDISK_BYTES, (u32)config->initrd.size_bytes);
    if (l->version >= 0x201) {
        setup[HDR_LOADFLAGS] |= CAN_USE_HEAP;
        store_le16(setup + HDR_HEAP_END, (u16)(cmdline_offset - 0x200 - 0x200));
    }
    if (l->version >= 0x202) {
        store_le32(setup + HDR_CMDLINE, l->cmdline_address);
    } else {
        store_le16(setup + OLD_CMDLINE_MAGIC, 0xA33F);
        store_le16(setup + OLD_CMDLINE_OFFSET, (u16)cmdline_offset);
    }
}

static enum vt_status add_linux(struct pc_boot *b, struct fwcfg *fw,
                                const struct pc_boot_config *config)
{
    struct linux_layout l = {0};
    enum vt_status status = check_linux(b, &config->kernel, &l);
    status = status ? status : place_low(b, config, &l);
    status = status ? status : place_high(b, config, &l);
    status = status ? status : pc_boot_alloc(b, (u64)l.setup_bytes + l.cmdline_bytes);
    if (status) {
        return status;
    }
    u8 *setup = b->memory, *cmdline = b->memory + l.setup_bytes;
    u32 kernel_bytes = (u32)(config->kernel.size_bytes - l.setup_bytes);
    memcpy(setup, config->kernel.data, l.setup_bytes);
    if (l.cmdline_bytes > 1) {
        memcpy(cmdline, config->append, l.cmdline_bytes);
    }
    write_header(setup, config, &l);

    fwcfg_add_u32(fw, FWCFG_SETUP_ADDR, l.setup_address);
    fwcfg_add_u32(fw, FWCFG_SETUP_SIZE, l.setup_bytes);
    fwcfg_add_bytes(fw, FWCFG_SETUP_DATA, setup, l.setup_bytes);
    fwcfg_add_u32(fw, FWCFG_KERNEL_ADDR, l.kernel_address);
    fwcfg_add_u32(fw, FWCFG_KERNEL_SIZE, kernel_bytes);
    fwcfg_add_bytes(fw, FWCFG_KERNEL_DATA, config->kernel.data + l.setup_bytes, kernel_bytes);
    fwcfg_add_u32(fw, FWCFG_INITRD_ADDR, (u32)l.initrd_address);
    fwcfg_add_u32(fw, FWCFG_INITRD_SIZE, (u32)config->initrd.size_bytes);
    fwcfg_add_bytes(fw, FWCFG_INITRD_DATA, config->initrd.data, (u32)config->initrd.size_bytes);
    fwcfg_add_u32(fw, FWCFG_CMDLINE_ADDR, l.cmdline_address);
    fwcfg_add_u32(fw, FWCFG_CMDLINE_SIZE, l.cmdline_bytes);
    fwcfg_add_bytes(fw, FWCFG_CMDLINE_DATA, cmdline, l.cmdline_bytes);
    return VT_OK;
}

enum vt_status pc_boot_add(struct pc_boot *b, const struct vt_host *host, struct fwcfg *fw,
                           const struct pc_boot_config *config)
{
    *b = (struct pc_boot){.host = host};
    if (config->kernel.size_bytes > 0x40000000 || config->initrd.size_bytes > 0xC0000000) {
        return pc_boot_bad(b, "kernel or initrd is larger than any memory");
    }
    if (config->module_count > VT_MODULES_MAX) {
        return pc_boot_bad(b, "too many modules");
    }
    u32 header;
    bool is_multiboot = pc_boot_find_multiboot(&config->kernel, &header);
    if (!is_multiboot && config->module_count > 1) {
        return pc_boot_bad(b, "Linux takes one initrd, only a multiboot kernel several modules");
    }
    enum vt_status status =
        is_multiboot ? pc_boot_multiboot(b, fw, config, header) : add_linux(b, fw, config);
    if (status == VT_OK) {
        fwcfg_add_file(fw, "genroms/linuxboot.bin", linuxboot_rom, linuxboot_rom_bytes);
    }
    return status;
}

void pc_boot_destroy(struct pc_boot *b)
{
    if (b->memory) {
        b->host->release(b->host->owner, b->memory, b->memory_bytes);
        b->memory = NULL;
    }
}
