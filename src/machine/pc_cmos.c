#include "machine/pc_cmos.h"

#include "base/bytes.h"

enum {
    KIB = 1024,
    MIB = 1024 * KIB,
};

// --- CMOS: what SeaBIOS and old systems read ([CMOS], and SeaBIOS's src/hw/rtc.h) ---

static void set_cmos16(struct rtc *r, unsigned index, u64 value)
{
    rtc_set_cmos(r, index, (u8)value);
    rtc_set_cmos(r, index + 1, (u8)(value >> 8));
}

static u64 capped(u64 value, u64 max)
{
    return value < max ? value : max;
}

static void describe_memory(struct rtc *r, u64 ram_bytes)
{
    u64 extended = ram_bytes > MIB ? ram_bytes - MIB : 0;
    u64 above_16m = ram_bytes > 16 * MIB ? ram_bytes - 16 * MIB : 0;
    set_cmos16(r, 0x15, capped(ram_bytes / KIB, 640)); // base memory
    set_cmos16(r, 0x17, capped(extended / KIB, 0xfc00));
    set_cmos16(r, 0x30, capped(extended / KIB, 0xfc00));
    set_cmos16(r, 0x34, capped(above_16m / (64 * KIB), 0xffff));
}

// SeaBIOS's numbers of the kinds of boot devices.
static u8 boot_device(char letter)
{
    switch (letter) {
    case 'a': return 1;
    case 'c': return 2;
    case 'd': return 3;
    case 'n': return 4;
    default: return 0;
    }
}

static void describe_boot_order(struct rtc *r, const char *order)
{
    u8 device[3] = {0};
    for (unsigned n = 0; n < 3 && order[n]; n++) {
        device[n] = boot_device(order[n]);
    }
    rtc_set_cmos(r, 0x3d, (u8)(device[0] | device[1] << 4));
    rtc_set_cmos(r, 0x38, (u8)(1 | device[2] << 4)); // bit 0: no look at a floppy's signature
}

// The shape of a disk of type 47, whose owner has set it:
// 0, 1 cylinders | 2 heads | 3, 4 first cylinder with write precompensation: none |
// 5 control: no retries, more than 8 heads | 6, 7 cylinder to park at | 8 sectors
static void describe_shape(struct rtc *r, unsigned index, const struct ata_geometry *g)
{
    set_cmos16(r, index, g->cylinders);
    rtc_set_cmos(r, index + 2, (u8)g->heads);
    set_cmos16(r, index + 3, 0xffff);
    rtc_set_cmos(r, index + 5, g->heads > 8 ? 0xc8 : 0xc0);
    set_cmos16(r, index + 6, g->cylinders);
    rtc_set_cmos(r, index + 8, (u8)g->sectors);
}

// There is room for two disks. SeaBIOS asks each itself, and takes from here only the translation:
// two bits for each of four in register 39h.
static void describe_disks(struct pc *pc)
{
    unsigned types = 0, translations = 0;
    for (unsigned n = 0; n < 4; n++) {
        const struct ata_geometry *g = ide_geometry(&pc->ide, n);
        translations |= (unsigned)g->translation << 2 * n;
        if (g->cylinders && n < 2) {
            types |= 0xf0u >> 4 * n; // look at 19h or 1Ah
            rtc_set_cmos(&pc->rtc, 0x19 + n, 47);
            describe_shape(&pc->rtc, 0x1b + 9 * n, g);
        }
    }
    rtc_set_cmos(&pc->rtc, 0x12, (u8)types);
    rtc_set_cmos(&pc->rtc, 0x39, (u8)translations);
}

// Types of the drives, and the equipment byte: 7,6 floppy drives - 1 | 2 mouse | 1 coprocessor |
// 0 there are floppy drives.
static void describe_floppies(struct pc *pc)
{
    unsigned a = fdc_drive_kind(&pc->fdc, 0), b = fdc_drive_kind(&pc->fdc, 1);
    unsigned floppies = a && b ? 0x41 : a || b ? 0x01 : 0;
    rtc_set_cmos(&pc->rtc, 0x10, (u8)(a << 4 | b));
    rtc_set_cmos(&pc->rtc, 0x14, (u8)(0x06 | floppies));
}

// [CMOS] 2Eh, high byte first: the sum of 10h to 2Dh, by which systems trust the bytes.
static void describe_sum(struct rtc *r)
{
    u16 sum = 0;
    for (unsigned n = 0x10; n <= 0x2d; n++) {
        sum = (u16)(sum + rtc_cmos(r, n));
    }
    rtc_set_cmos(r, 0x2e, (u8)(sum >> 8));
    rtc_set_cmos(r, 0x2f, (u8)sum);
}

// --- fw_cfg ---

static void describe_e820(struct fwcfg *f, u64 ram_bytes)
{
    u8 entry[20];
    store_le64(entry, 0);
    store_le64(entry + 8, ram_bytes);
    store_le32(entry + 16, 1); // RAM
    fwcfg_add_file_copy(f, "etc/e820", entry, sizeof entry);
}

static enum vt_status describe_kernel(struct pc *pc)
{
    if (pc->config.kernel.size_bytes == 0) {
        return VT_OK;
    }
    struct pc_boot_config config = {
        .kernel = pc->config.kernel,
        .initrd = pc->config.initrd,
        .modules = pc->config.modules,
        .module_count = pc->config.module_count,
        .append = pc->config.append,
        .ram_bytes = pc->ram_bytes,
    };
    fwcfg_add_file_copy(&pc->fwcfg, "bootorder", PC_BOOT_ORDER, sizeof PC_BOOT_ORDER);
    return pc_boot_add(&pc->boot, &pc->host, &pc->fwcfg, &config);
}

enum vt_status pc_describe(struct pc *pc)
{
    describe_memory(&pc->rtc, pc->ram_bytes);
    describe_boot_order(&pc->rtc, pc->config.boot_order ? pc->config.boot_order : "cad");
    describe_disks(pc);
    describe_floppies(pc);
    describe_sum(&pc->rtc);
    fwcfg_add_u64(&pc->fwcfg, FWCFG_RAM_SIZE, pc->ram_bytes);
    fwcfg_add_u16(&pc->fwcfg, FWCFG_CPU_COUNT, 1);
    fwcfg_add_u16(&pc->fwcfg, FWCFG_MAX_CPUS, 1);
    fwcfg_add_u16(&pc->fwcfg, FWCFG_NOGRAPHIC, !pc->config.has_vga);
    fwcfg_add_u16(&pc->fwcfg, FWCFG_BOOT_MENU, pc->config.boot_menu);
    fwcfg_add_u32(&pc->fwcfg, FWCFG_IRQ0_OVERRIDE, 1);
    describe_e820(&pc->fwcfg, pc->ram_bytes);
    return describe_kernel(pc);
}

// [CMOS] 0Fh: 5 and 0Ah jump to 40:67, 9 ends a block move, 0Bh and 0Ch return there.
bool pc_cmos_goes_on(const struct pc *pc)
{
    u8 code = rtc_cmos(&pc->rtc, 0x0f);
    return code == 5 || (code >= 9 && code <= 0x0c);
}
