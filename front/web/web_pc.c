// A PC for JavaScript: what it is made of, and the media in its drives.
#include "front/web/web_machine.h"

void EXPORT(web_pc_bytes)(struct web_machine *w, unsigned what, const uint8_t *data,
                          size_t size_bytes)
{
    struct vt_bytes *places[] = {&w->pc.bios, &w->pc.vga_bios, &w->pc.kernel, &w->pc.initrd};

    if (what < sizeof places / sizeof places[0]) {
        *places[what] = (struct vt_bytes){data, size_bytes};
    }
}

void EXPORT(web_pc_text)(struct web_machine *w, unsigned what, const char *text)
{
    const char **places[] = {&w->pc.cpu, &w->pc.append, &w->pc.boot_order};

    if (what < sizeof places / sizeof places[0]) {
        *places[what] = text;
    }
}

void EXPORT(web_pc_number)(struct web_machine *w, unsigned what, double value)
{
    switch (what) {
    case 0: w->pc.ram_bytes = (uint64_t)value; break;
    case 1: w->pc.has_vga = value != 0; break;
    case 2: w->pc.serial_port_count = (unsigned)value; break;
    case 3: w->pc.boot_menu = value != 0; break;
    case 4: w->pc.rtc_unix_seconds = (int64_t)value; break;
    case 5: w->pc.has_debugcon = value != 0; break;
    case 6: w->pc.no_reboot = value != 0; break;
    case 7:
        w->pc.ns_per_instruction_numerator = (uint32_t)value;
        w->pc.ns_per_instruction_denominator = 1;
        break;
    default: break;
    }
}

enum { DRIVE_PRESENT = 1, DRIVE_READ_ONLY = 2, DRIVE_SNAPSHOT = 4, DRIVE_CDROM = 8 };

static struct vt_drive drive(unsigned flags, unsigned host_disk, double size_bytes)
{
    return (struct vt_drive){
        .is_present = (flags & DRIVE_PRESENT) != 0,
        .is_read_only = (flags & DRIVE_READ_ONLY) != 0,
        .is_snapshot = (flags & DRIVE_SNAPSHOT) != 0,
        .is_cdrom = (flags & DRIVE_CDROM) != 0,
        .host_disk = host_disk,
        .size_bytes = (uint64_t)size_bytes,
    };
}

void EXPORT(web_pc_drive)(struct web_machine *w, unsigned slot, unsigned flags, unsigned host_disk,
                          double size_bytes)
{
    if (slot < VT_FDA) {
        w->pc.ide[slot] = drive(flags, host_disk, size_bytes);
    } else if (slot < VT_SLOTS) {
        w->pc.floppy[slot - VT_FDA] = drive(flags, host_disk, size_bytes);
    }
}

unsigned EXPORT(web_pc_create)(struct web_machine *w)
{
    return vt_pc_create(&w->pc, &w->host, &w->vm);
}

unsigned EXPORT(web_change_medium)(struct web_machine *w, unsigned slot, unsigned flags,
                                   unsigned host_disk, double size_bytes, bool is_forced)
{
    struct vt_drive next = drive(flags, host_disk, size_bytes);

    return is_forced ? vt_force_medium(w->vm, (enum vt_slot)slot, &next)
                     : vt_change_medium(w->vm, (enum vt_slot)slot, &next);
}
