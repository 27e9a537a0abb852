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

// Opens the image while the old one is still in the drive, for the guest may refuse the change. The
// same file again may not be in the way of itself.
static bool open_next(struct pc *pc, enum vt_slot slot, const char *path, struct vt_drive *out)
{
    const struct vt_drive *now = drive_of(pc, slot);
    struct image *old = now->is_present ? &pc->host.images[now->host_disk] : NULL;
    bool is_same = old && image_is_file(old, path);

    if (is_same) {
        image_unlock(old);
    }
    if (open_image(pc, slot, path, out)) {
        return true;
    }
    if (is_same) {
        (void)image_lock(old); // told
    }
    return false;
}

// After a change that was refused: as it was before.
static void close_next(struct pc *pc, enum vt_slot slot, const struct vt_drive *next)
{
    const struct vt_drive *now = drive_of(pc, slot);

    if (next->is_present) {
        bool is_same = now->is_present && image_is_file(&pc->host.images[now->host_disk],
                                                        pc->host.images[next->host_disk].name);
        posix_host_close_image(&pc->host, next->host_disk);
        if (is_same) {
            (void)image_lock(&pc->host.images[now->host_disk]); // told
        }
    }
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
    if (path && (!(name = strdup(path)) || !open_next(pc, slot, name, &next))) {
        free(name);
        return false; // told
    }
    status =
        is_forced ? vt_force_medium(pc->vm, slot, &next) : vt_change_medium(pc->vm, slot, &next);
    if (status != VT_OK) {
        monitor_print(&pc->monitor, "%s%s\n", vt_status_text(status),
                      status == VT_ERROR_LOCKED ? "; eject -f forces it" : "");
        close_next(pc, slot, &next);
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
