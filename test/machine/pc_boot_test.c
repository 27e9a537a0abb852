// Expected values: Linux's Documentation/x86/boot.rst (header offsets, addresses a loader may use),
// Multiboot specification 0.6.96, ELF 1.2, PnP BIOS specification 1.0A (option ROM header).
#include "base/bytes.h"
#include "machine/pc_boot.h"
#include "test/dev/pci_rig.h"
#include "test/host_memory.h"

#include <stdlib.h>

enum { MIB = 1 << 20, SETUP_SECTORS = 15, SETUP_BYTES = 16 * 512, KERNEL_BYTES = 64 * 1024 };

static struct fwcfg fw;
static struct pc_boot boot;
static struct pc_boot_config config;
static u8 kernel[KERNEL_BYTES];

// A bzImage of protocol 2.15 as current kernels have it.
static void make_linux(void)
{
    memset(kernel, 0x90, sizeof kernel);
    memset(kernel, 0, SETUP_BYTES);
    kernel[0x1F1] = SETUP_SECTORS;
    store_le16(kernel + 0x1FE, 0xAA55);
    memcpy(kernel + 0x202, "HdrS", 4);
    store_le16(kernel + 0x206, 0x20F);
    kernel[0x211] = 1; // loaded high
    store_le32(kernel + 0x22C, 0x7FFFFFFF);
    store_le32(kernel + 0x238, 2047);
    store_le64(kernel + 0x258, 0x1000000);
    store_le32(kernel + 0x260, 0x800000);
}

static void put_header(u32 at, u32 flags)
{
    store_le32(kernel + at, 0x1BADB002);
    store_le32(kernel + at + 4, flags);
    store_le32(kernel + at + 8, 0u - 0x1BADB002 - flags);
}

// A multiboot ELF: 256 bytes at 1 MiB + 4 KiB, linked for C0101000h, followed by 4 KiB of zeros.
static void make_elf(void)
{
    memset(kernel, 0, sizeof kernel);
    memcpy(kernel, "\177ELF\1\1\1", 7);
    store_le16(kernel + 18, 3);
    store_le32(kernel + 24, 0xC0101010);
    store_le32(kernel + 28, 52);
    store_le16(kernel + 42, 32);
    store_le16(kernel + 44, 1);
    store_le32(kernel + 52, 1);
    store_le32(kernel + 52 + 4, 0x1000);
    store_le32(kernel + 52 + 8, 0xC0101000);
    store_le32(kernel + 52 + 12, 0x101000);
    store_le32(kernel + 52 + 16, 0x100);
    store_le32(kernel + 52 + 20, 0x1100);
    put_header(0x1004, 3);
}

static int set_up(void **state)
{
    (void)state;
    rig_init();
    rig.host.alloc = host_alloc;
    rig.host.release = host_release;
    fwcfg_init(&fw, &rig.ports, &rig.phys);
    memset(&boot, 0, sizeof boot);
    config = (struct pc_boot_config){
        .kernel = {kernel, sizeof kernel},
        .append = "console=ttyS0",
        .ram_bytes = 64 * MIB,
    };
    make_linux();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pc_boot_destroy(&boot);
    return 0;
}

static enum vt_status add(void)
{
    pc_boot_destroy(&boot);
    return pc_boot_add(&boot, &rig.host, &fw, &config);
}

static const struct fwcfg_item *item(u16 key)
{
    for (unsigned n = 0; n < fw.item_count; n++) {
        if (fw.items[n].key == key) {
            return &fw.items[n];
        }
    }
    fail_msg("no item %x", key);
    return NULL;
}

static u32 value(u16 key)
{
    return load_le32(item(key)->data);
}

static void a_bzimage_is_split_and_its_header_filled_in(void **state)
{
    (void)state;
    static u8 initrd[5000];
    config.initrd = (struct vt_bytes){initrd, sizeof initrd};
    assert_int_equal(add(), VT_OK);
    const u8 *setup = item(FWCFG_SETUP_DATA)->data;
    assert_int_equal(value(FWCFG_SETUP_ADDR), 0x10000);
    assert_int_equal(value(FWCFG_SETUP_SIZE), SETUP_BYTES);
    assert_int_equal(value(FWCFG_KERNEL_ADDR), MIB);
    assert_int_equal(value(FWCFG_KERNEL_SIZE), KERNEL_BYTES - SETUP_BYTES);
    assert_int_equal(item(FWCFG_KERNEL_DATA)->data[0], 0x90);
    assert_int_equal(setup[0x210], 0xFF);
    assert_int_equal(setup[0x211], 0x81);
    assert_int_equal(load_le32(setup + 0x228), value(FWCFG_CMDLINE_ADDR));
    assert_int_equal(load_le32(setup + 0x218), value(FWCFG_INITRD_ADDR));
    assert_int_equal(load_le32(setup + 0x21C), sizeof initrd);
    assert_string_equal((const char *)item(FWCFG_CMDLINE_DATA)->data, "console=ttyS0");
    assert_int_equal(value(FWCFG_CMDLINE_SIZE), 14);
}

// boot.rst, "Special Command Line Options": an integer in C notation, or one of three names.
static void the_header_gets_the_video_mode_of_the_command_line(void **state)
{
    static const struct {
        const char *append;
        u16 mode;
    } cases[] = {
        {"vga=791", 0x317},
        {"quiet vga=0x317 ro", 0x317},
        {"vga=0", 0},
        {"vga=01427", 0x317},
        {"vga=normal", 0xFFFF},
        {"vga=ext", 0xFFFE},
        {"a vga=ask", 0xFFFD},
        {"vga=0XfF", 0xFF},
        {"vga=1 vga=2", 2},
        // nonsense, and what is none of ours: as in the file
        {"vga=", 0x5AA5},
        {"vga=askme", 0x5AA5},
        {"vga=0x", 0x5AA5},
        {"vga=65536", 0x5AA5},
        {"vga=791x", 0x5AA5},
        {"svga=1", 0x5AA5},
        {"", 0x5AA5},
    };
    (void)state;
    store_le16(kernel + 0x1FA, 0x5AA5);
    for (unsigned n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        fwcfg_init(&fw, &rig.ports, &rig.phys);
        config.append = cases[n].append;
        assert_int_equal(add(), VT_OK);
        assert_int_equal(load_le16((const u8 *)item(FWCFG_SETUP_DATA)->data + 0x1FA),
                         cases[n].mode);
    }
}

static void the_initrd_lies_high_but_below_the_kernels_limit(void **state)
{
    (void)state;
    static u8 initrd[5000];
    config.initrd = (struct vt_bytes){initrd, sizeof initrd};
    assert_int_equal(add(), VT_OK);
    u32 at = value(FWCFG_INITRD_ADDR);
    assert_int_equal(at & 0xFFF, 0);
    assert_true(at + sizeof initrd <= 64 * MIB && at > 63 * MIB);
    store_le32(kernel + 0x22C, 0x2FFFFFF);
    assert_int_equal(add(), VT_OK);
    at = value(FWCFG_INITRD_ADDR);
    assert_true(at + sizeof initrd <= 0x3000000 && at > 0x2F00000);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    static u8 initrd[5000];
    config.ram_bytes = 24 * MIB; // the kernel unpacks to 16 MiB .. 24 MiB
    assert_int_equal(add(), VT_ERROR_BAD_KERNEL);
    config.ram_bytes = 25 * MIB;
    assert_int_equal(add(), VT_OK);
    config.initrd = (struct vt_bytes){initrd, 2 * MIB};
    assert_int_equal(add(), VT_ERROR_BAD_KERNEL);
    config.initrd.size_bytes = 0;
    store_le64(kernel + 0x258, UINT64_MAX);
    assert_int_equal(add(), VT_ERROR_BAD_KERNEL);
}

static void too_long_a_command_line_is_refused(void **state)
{
    (void)state;
    store_le32(kernel + 0x238, 12);
    assert_int_equal(add(), VT_ERROR_BAD_KERNEL);
    assert_non_null(boot.error);
    store_le32(kernel + 0x238, 13);
    assert_int_equal(add(), VT_OK);
}

static void each_truncation_of_a_kernel_is_refused(void **state)
{
    (void)state;
    for (size_t size = 0; size <= SETUP_BYTES; size += 7) {
        u8 *exact = malloc(size ? size : 1); // reading past its end would be seen
        memcpy(exact, kernel, size);
        config.kernel = (struct vt_bytes){exact, size};
        assert_int_equal(add(), VT_ERROR_BAD_KERNEL);
        free(exact);
    }
}

static void an_old_protocol_gets_the_old_places(void **state)
{
    (void)state;
    store_le16(kernel + 0x206, 0x201);
    assert_int_equal(add(), VT_OK);
    const u8 *setup = item(FWCFG_SETUP_DATA)->data;
    assert_int_equal(value(FWCFG_SETUP_ADDR), 0x90000);
    assert_int_equal(load_le16(setup + 0x20), 0xA33F);
    assert_int_equal(0x90000 + load_le16(setup + 0x22), value(FWCFG_CMDLINE_ADDR));
    store_le16(kernel + 0x206, 0x1FF);
    assert_int_equal(add(), VT_ERROR_BAD_KERNEL);
}

static void an_elf_is_laid_out_and_its_entry_made_physical(void **state)
{
    (void)state;
    make_elf();
    kernel[0x10FF] = 0x5A;
    kernel[0x1100] = 0xEE; // not part of the segment
    assert_int_equal(add(), VT_OK);
    assert_int_equal(value(FWCFG_KERNEL_ADDR), 0x101000);
    assert_int_equal(value(FWCFG_KERNEL_SIZE), 0x1100);
    assert_int_equal(value(FWCFG_KERNEL_ENTRY), 0x101010);
    const u8 *image = item(FWCFG_KERNEL_DATA)->data;
    assert_int_equal(load_le32(image + 4), 0x1BADB002);
    assert_int_equal(image[0xFF], 0x5A);
    assert_int_equal(image[0x100], 0);
}

static void the_initrd_is_the_module_of_a_multiboot_kernel(void **state)
{
    (void)state;
    make_elf();
    config.initrd = (struct vt_bytes){(const u8 *)"module", 6};
    assert_int_equal(add(), VT_OK);
    const u8 *info = item(FWCFG_INITRD_DATA)->data;
    u32 base = value(FWCFG_INITRD_ADDR);
    const u8 *list = info + load_le32(info + 24) - base;
    assert_int_equal(load_le32(info) & 0x0C, 0x0C);
    assert_int_equal(load_le32(info + 20), 1);
    assert_int_equal(load_le32(list), 0x103000);
    assert_int_equal(load_le32(list + 4), 0x103006);
    assert_string_equal((const char *)info + load_le32(info + 16) - base, "kernel console=ttyS0");
    assert_string_equal((const char *)info + load_le32(list + 8) - base, "");
    assert_memory_equal(item(FWCFG_KERNEL_DATA)->data + 0x2000, "module", 6);
}

// [MULTIBOOT] 3.3: mods_count, mods_addr, and for each its start, end and string.
static void modules_follow_the_kernel_page_by_page_with_their_texts(void **state)
{
    (void)state;
    static u8 bytes[0x1001] = {1, 2, 3};
    const struct vt_module modules[] = {
        {{bytes, sizeof bytes}, "first a=1"}, {{NULL, 0}, NULL}, {{bytes, 3}, "third"}};
    static const u32 places[][2] = {
        {0x103000, 0x104001}, {0x105000, 0x105000}, {0x105000, 0x105003}};
    static const char *const texts[] = {"first a=1", "", "third"};
    make_elf();
    config.modules = modules;
    config.module_count = COUNT_OF(modules);
    config.initrd = modules[0].bytes;
    assert_int_equal(add(), VT_OK);
    const u8 *info = item(FWCFG_INITRD_DATA)->data, *image = item(FWCFG_KERNEL_DATA)->data;
    u32 base = value(FWCFG_INITRD_ADDR);
    assert_int_equal(load_le32(info + 20), COUNT_OF(modules));
    for (unsigned n = 0; n < COUNT_OF(modules); n++) {
        const u8 *entry = info + load_le32(info + 24) - base + 16 * n;
        assert_int_equal(load_le32(entry), places[n][0]);
        assert_int_equal(load_le32(entry + 4), places[n][1]);
        assert_string_equal((const char *)info + load_le32(entry + 8) - base, texts[n]);
        assert_memory_equal(image + places[n][0] - 0x101000, bytes, modules[n].bytes.size_bytes);
    }
    config.module_count = VT_MODULES_MAX + 1;
    assert_int_equal(add(), VT_ERROR_BAD_KERNEL);
}

static void linux_takes_one_initrd(void **state)
{
    (void)state;
    const struct vt_module modules[2] = {{{(const u8 *)"one", 3}, NULL},
                                         {{(const u8 *)"two", 3}, NULL}};
    config.modules = modules;
    config.initrd = modules[0].bytes;
    config.module_count = 1;
    assert_int_equal(add(), VT_OK);
    config.module_count = 2;
    assert_int_equal(add(), VT_ERROR_BAD_KERNEL);
}

static void texts_too_long_for_the_structure_are_refused(void **state)
{
    (void)state;
    static char text[0x4000];
    const struct vt_module module = {{(const u8 *)"one", 3}, text};
    memset(text, 'x', sizeof text - 1);
    make_elf();
    config.modules = &module;
    config.module_count = 1;
    assert_int_equal(add(), VT_ERROR_BAD_KERNEL);
    text[8000] = 0;
    assert_int_equal(add(), VT_OK);
}

static void a_header_with_addresses_needs_no_elf(void **state)
{
    (void)state;
    memset(kernel, 0x11, sizeof kernel);
    put_header(0x20, 0x10003);
    store_le32(kernel + 0x20 + 12, 0x100020); // header
    store_le32(kernel + 0x20 + 16, 0x100010); // load from 10h in the file
    store_le32(kernel + 0x20 + 20, 0x100110);
    store_le32(kernel + 0x20 + 24, 0x100200);
    store_le32(kernel + 0x20 + 28, 0x100040);
    assert_int_equal(add(), VT_OK);
    assert_int_equal(value(FWCFG_KERNEL_ADDR), 0x100010);
    assert_int_equal(value(FWCFG_KERNEL_SIZE), 0x1F0);
    assert_int_equal(value(FWCFG_KERNEL_ENTRY), 0x100040);
    store_le32(kernel + 0x20 + 16, 0x0FFF00); // would begin before the file
    assert_int_equal(add(), VT_ERROR_BAD_KERNEL);
    store_le32(kernel + 0x20 + 16, 0x100010);
    store_le32(kernel + 0x20 + 20, 0xFFFFFFFF); // ends after it
    assert_int_equal(add(), VT_ERROR_BAD_KERNEL);
}

static void damaged_elfs_are_refused(void **state)
{
    (void)state;
    static const struct {
        u32 at, value;
    } damages[] = {
        {28, 0xFFFFFFF0},      // program headers beyond the file
        {42, 0x00010010},      // too short an entry
        {42, 0xFFFF0020},      // too many of them
        {52 + 4, 0xFFFFFFFF},  // segment beyond the file
        {52 + 12, 0x9F000},    // below 1 MiB
        {52 + 12, 0xFFFFF000}, // beyond memory
        {52 + 16, 0x2000},     // longer in the file than in memory
        {52 + 20, 0xFFFFFFFF}, // larger than memory
        {52, 2},               // nothing to load
        {4, 2},                // 64 bits
    };
    for (unsigned n = 0; n < COUNT_OF(damages); n++) {
        make_elf();
        store_le32(kernel + damages[n].at, damages[n].value);
        assert_int_equal(add(), VT_ERROR_BAD_KERNEL);
    }
}

static void random_headers_do_no_harm(void **state)
{
    (void)state;
    u32 seed = 1;
    for (unsigned round = 0; round < 300; round++) {
        round % 2 ? make_elf() : make_linux();
        for (unsigned n = 0; n < 4; n++) {
            seed = seed * 1664525 + 1013904223;
            u32 at = round % 2 ? seed >> 8 & 0x5F : 0x1F0 + (seed >> 8 & 0x7F);
            kernel[at] = (u8)(seed >> 24);
        }
        if (add() == VT_OK) {
            assert_true(item(FWCFG_KERNEL_DATA)->size_bytes <= 64 * MIB);
        }
    }
}

static void the_option_rom_is_one(void **state)
{
    (void)state;
    u8 sum = 0, pnp_sum = 0;
    const u8 *pnp = linuxboot_rom + load_le16(linuxboot_rom + 0x1A);
    for (u32 n = 0; n < linuxboot_rom_bytes; n++) {
        sum = (u8)(sum + linuxboot_rom[n]);
    }
    for (u32 n = 0; n < 32; n++) {
        pnp_sum = (u8)(pnp_sum + pnp[n]);
    }
    assert_int_equal(load_le16(linuxboot_rom), 0xAA55);
    assert_int_equal(linuxboot_rom[2] * 512u, linuxboot_rom_bytes);
    assert_int_equal(sum, 0);
    assert_memory_equal(pnp, "$PnP", 4);
    assert_int_equal(pnp_sum, 0);
    assert_int_not_equal(load_le16(pnp + 0x1A), 0); // boot entry vector
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_bzimage_is_split_and_its_header_filled_in),
        TEST(the_header_gets_the_video_mode_of_the_command_line),
        TEST(the_initrd_lies_high_but_below_the_kernels_limit),
        TEST(what_does_not_fit_is_refused),
        TEST(too_long_a_command_line_is_refused),
        TEST(each_truncation_of_a_kernel_is_refused),
        TEST(an_old_protocol_gets_the_old_places),
        TEST(an_elf_is_laid_out_and_its_entry_made_physical),
        TEST(the_initrd_is_the_module_of_a_multiboot_kernel),
        TEST(modules_follow_the_kernel_page_by_page_with_their_texts),
        TEST(linux_takes_one_initrd),
        TEST(texts_too_long_for_the_structure_are_refused),
        TEST(a_header_with_addresses_needs_no_elf),
        TEST(damaged_elfs_are_refused),
        TEST(random_headers_do_no_harm),
        TEST(the_option_rom_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
