// Any bytes as a kernel: a Linux bzImage, a multiboot image or an ELF, with initrd, command line
// and RAM size. What reaches the guest must lie within what was given, and within the guest's RAM.
#include "test/fuzz/fuzz.h"

#include "machine/pc_boot.h"

enum { PADDING_MAX = 1 << 16, LINUX_HEADER = 0x1f1 };

struct bench {
    struct ports ports;
    struct phys phys;
    struct fwcfg fw;
    struct pc_boot boot;
    struct vt_host host;
};

// A copy of exactly that length, at the end of its memory.
static u8 *copy_of(const u8 *bytes, size_t size_bytes, size_t with_zeros)
{
    u8 *copy = calloc(1, size_bytes + with_zeros ? size_bytes + with_zeros : 1);
    CLAIM(copy);
    if (size_bytes > 0) {
        memcpy(copy, bytes, size_bytes);
    }
    return copy;
}

// So that inputs get past the first checks.
static void put_template(u8 *kernel, size_t size_bytes, u8 which, u8 at)
{
    u32 header = 4u * (at % 64);
    if (which % 4 == 1 && size_bytes >= 0x260 + 8) {
        kernel[0x1fe] = 0x55, kernel[0x1ff] = 0xaa;
        memcpy(kernel + 0x202, "HdrS", 4);
        kernel[0x207] = 2;
        kernel[0x211] |= 1;
    }
    if (which % 4 >= 2 && size_bytes >= header + 12u) {
        store_le32(kernel + header, 0x1badb002);
        store_le32(kernel + header + 4, which % 4 == 2 ? 0x10003 : 3);
        store_le32(kernel + header + 8, 0u - 0x1badb002 - load_le32(kernel + header + 4));
    }
    if (which % 4 == 3 && size_bytes >= 52 && header >= 52) {
        memcpy(kernel, "\177ELF\1\1\1", 7);
        kernel[16] = 2, kernel[18] = 3, kernel[20] = 1;
        store_le16(kernel + 42, 32);
    }
}

static u32 item_value(const struct fwcfg *fw, u16 key)
{
    for (unsigned n = 0; n < fw->item_count; n++) {
        if (fw->items[n].key == key && fw->items[n].size_bytes >= 4) {
            return load_le32(fw->items[n].data);
        }
    }
    return 0;
}

// Every byte of every item can be read; what is loaded lies in RAM.
static void check_items(const struct fwcfg *fw, u64 ram_bytes)
{
    static const u16 parts[][2] = {{FWCFG_KERNEL_ADDR, FWCFG_KERNEL_SIZE},
                                   {FWCFG_INITRD_ADDR, FWCFG_INITRD_SIZE},
                                   {FWCFG_CMDLINE_ADDR, FWCFG_CMDLINE_SIZE},
                                   {FWCFG_SETUP_ADDR, FWCFG_SETUP_SIZE}};
    volatile u8 sum = 0;
    for (unsigned n = 0; n < fw->item_count; n++) {
        for (u32 i = 0; i < fw->items[n].size_bytes; i++) {
            sum = (u8)(sum + fw->items[n].data[i]);
        }
    }
    for (unsigned n = 0; n < COUNT_OF(parts); n++) {
        u64 end = (u64)item_value(fw, parts[n][0]) + item_value(fw, parts[n][1]);
        CLAIM(item_value(fw, parts[n][1]) == 0 || end <= ram_bytes);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size_bytes)
{
    static struct bench b;
    struct input in = {data, size_bytes};
    u8 which = take8(&in), at = take8(&in), ram = take8(&in);
    size_t padding = take16(&in), initrd_bytes = take16(&in);
    struct input append = take_part(&in, take8(&in) % 64);
    memset(&b, 0, sizeof b);
    b.host = (struct vt_host){.alloc = fuzz_alloc, .release = fuzz_release};
    ports_init(&b.ports);
    phys_init(&b.phys, NULL, 0, NULL);
    fwcfg_init(&b.fw, &b.ports, &b.phys);
    size_t kernel_bytes = in.left + padding;
    u8 *kernel = copy_of(in.at, in.left, padding);
    put_template(kernel, kernel_bytes, which, at);
    u8 *initrd = copy_of(NULL, 0, initrd_bytes);
    char *text = (char *)copy_of(append.at, append.left, 1);
    struct pc_boot_config config = {
        .kernel = {kernel, kernel_bytes},
        .initrd = {initrd, initrd_bytes},
        .append = which & 0x80 ? NULL : text,
        .ram_bytes = (u64)(ram ? ram : 1) << 20,
    };
    enum vt_status status = pc_boot_add(&b.boot, &b.host, &b.fw, &config);
    if (status == VT_OK) {
        check_items(&b.fw, config.ram_bytes);
    } else {
        CLAIM(status != VT_ERROR_BAD_KERNEL || b.boot.error);
    }
    pc_boot_destroy(&b.boot);
    free(text);
    free(initrd);
    free(kernel);
    return 0;
}
