// Changing what is in a drive while the guest runs.
#define _XOPEN_SOURCE 700
#include "front/cli/pc.h"

#include "front/cli/monitor.h"
#include "host/posix/message.h"

#include <stdlib.h>
#include <string.h>

static struct vt_drive *drive_of(struct pc *pc, enum vt_slot slot)
{
    return slot < VT_FDA ? &pc->config.ide[slot] : &pc->config.floppy[slot - VT_FDA];
}

const char *pc_medium(const struct pc *pc, enum vt_slot slot)
{
    const struct vt_drive *drive =
        slot < VT_FDA ? &pc->config.ide[slot] : &pc->config.floppy[slot - VT_FDA];

    return drive->is_present ? pc->host.images[drive->host_disk].name : NULL;
}

// Opens the image as the drive's kind wants it.
static bool open_image(struct pc *pc, enum vt_slot slot, const char *path, struct vt_drive *out)
{
    bool is_cdrom = slot < VT_FDA;
    struct image_request request = {
        .path = path,
        .kind = is_cdrom ? IMAGE_CDROM : IMAGE_FLOPPY,
        .is_writable = !is_cdrom && !pc->options->is_snapshot,
        .is_raw = true,
    };

    *out = (struct vt_drive){.is_cdrom = is_cdrom,
                             .is_present = true,
                             .is_read_only = is_cdrom,
                             .is_snapshot = !is_cdrom && pc->options->is_snapshot};
    if (!posix_host_open_image(&pc->host, &request, &out->host_disk)) {
        return false;
    }
    out->size_bytes = pc->host.images[out->host_disk].size_bytes;
    return true;
}

bool pc_change_medium(struct pc *pc, enum vt_slot slot, const char *path, bool is_forced)
{
    struct vt_drive *now = drive_of(pc, slot);
    struct vt_drive next = {.is_cdrom = slot < VT_FDA};
    char *name = NULL;
    enum vt_status status;

    if (slot < VT_FDA && !now->is_cdrom) {
        monitor_print(&pc->monitor, "the medium of this drive can't be changed\n");
        return false;
    }
    if (path && (!(name = strdup(path)) || !open_image(pc, slot, name, &next))) {
        free(name);
        return false; // told
    }
    status =
        is_forced ? vt_force_medium(pc->vm, slot, &next) : vt_change_medium(pc->vm, slot, &next);
    if (status != VT_OK) {
        monitor_print(&pc->monitor, "%s%s\n", vt_status_text(status),
                      status == VT_ERROR_LOCKED ? "; eject -f forces it" : "");
        if (next.is_present) {
            posix_host_close_image(&pc->host, next.host_disk);
        }
        free(name);
        return false;
    }
    if (now->is_present) {
        posix_host_close_image(&pc->host, now->host_disk);
    }
    free(pc->medium_names[slot]);
    pc->medium_names[slot] = name;
    *now = next;
    return true;
}
