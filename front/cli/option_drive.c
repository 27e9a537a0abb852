// The option -drive: file=F,if=ide|floppy,index=N,media=disk|cdrom,...
#include "front/cli/option_rows.h"
#include "front/cli/values.h"
#include "host/posix/message.h"

#include <stdlib.h>
#include <string.h>

// What is being gathered from one -drive.
struct drive_draft {
    struct drive_option drive;
    bool is_floppy, is_cdrom;
};

static bool refuse(const char *name, const char *value, const char *why)
{
    message("-drive: %s=%s: %s", name, value, why);
    return false;
}

static bool set_file(struct drive_draft *d, const char *value)
{
    d->drive.file = value;
    return true;
}

static bool set_interface(struct drive_draft *d, const char *value)
{
    d->is_floppy = strcmp(value, "floppy") == 0;
    return d->is_floppy || strcmp(value, "ide") == 0 ||
           refuse("if", value, "only ide and floppy are there");
}

static bool set_index(struct drive_draft *d, const char *value)
{
    uint64_t index;

    if (!value_number(value, VT_IDE_DRIVES - 1, &index)) {
        return refuse("index", value, "must be a number from 0 to 3");
    }
    d->drive.index = (int)index;
    return true;
}

static bool set_media(struct drive_draft *d, const char *value)
{
    d->is_cdrom = strcmp(value, "cdrom") == 0;
    return d->is_cdrom || strcmp(value, "disk") == 0 ||
           refuse("media", value, "must be disk or cdrom");
}

static bool set_format(struct drive_draft *d, const char *value)
{
    d->drive.is_raw = strcmp(value, "raw") == 0;
    return d->drive.is_raw ||
           refuse("format", value, "only raw is supported; convert with `qemu-img convert -O raw`");
}

static bool set_read_only(struct drive_draft *d, const char *value)
{
    return value_switch(value, &d->drive.is_read_only) ||
           refuse("readonly", value, "must be on or off");
}

static bool set_snapshot(struct drive_draft *d, const char *value)
{
    return value_switch(value, &d->drive.is_snapshot) ||
           refuse("snapshot", value, "must be on or off");
}

static bool set_overlay(struct drive_draft *d, const char *value)
{
    d->drive.overlay = value;
    return value[0] != '\0' || refuse("overlay", value, "must name a file");
}

// Names and host caching: nothing that a guest could see.
static bool set_nothing(struct drive_draft *d, const char *value)
{
    (void)d;
    (void)value;
    return true;
}

// clang-format off
static const struct {
    const char *name;
    bool (*set)(struct drive_draft *d, const char *value);
} drive_rows[] = {
    {"file",      set_file},
    {"if",        set_interface},
    {"index",     set_index},
    {"media",     set_media},
    {"format",    set_format},
    {"readonly",  set_read_only},
    {"read-only", set_read_only},
    {"snapshot",  set_snapshot},
    {"overlay",   set_overlay},
    {"id",        set_nothing},
    {"cache",     set_nothing},
    {"aio",       set_nothing},
};
// clang-format on

static bool set_property(struct drive_draft *d, const struct property *property)
{
    for (size_t i = 0; i < sizeof drive_rows / sizeof drive_rows[0]; i++) {
        if (strcmp(property->name, drive_rows[i].name) == 0) {
            return drive_rows[i].set(d, property->value ? property->value : "on");
        }
    }
    message("-drive: %s: not supported", property->name);
    return false;
}

bool option_add_drive(struct options *o, const struct drive_option *drive)
{
    if (o->drive_count == OPTIONS_DRIVES) {
        message("too many drives: there are four IDE drives and two floppy drives");
        return false;
    }
    o->drives[o->drive_count++] = *drive;
    return true;
}

// What no property can see alone.
static bool check_draft(const struct drive_draft *draft, const char *name, const char *value)
{
    if (!draft->drive.file || draft->drive.file[0] == '\0') {
        return option_refuse(name, value, "file= is missing");
    }
    if (draft->is_floppy && draft->is_cdrom) {
        return option_refuse(name, value, "a floppy drive takes no media=cdrom");
    }
    if (draft->drive.overlay && (draft->drive.is_read_only || draft->is_cdrom)) {
        return option_refuse(name, value, "overlay= is for drives that the guest may write");
    }
    if (draft->drive.overlay && draft->drive.is_snapshot) {
        return option_refuse(name, value,
                             "overlay= keeps the guest's writes, snapshot=on drops them");
    }
    if (draft->is_floppy && draft->drive.index >= VT_FLOPPY_DRIVES) {
        return option_refuse(name, value, "there are two floppy drives, index 0 and 1");
    }
    return true;
}

bool option_set_drive(struct options *o, const char *name, const char *value)
{
    struct drive_draft draft = {.drive = {.option = name, .index = -1}};
    struct properties list;

    if (!properties_split(&list, value, false)) {
        message("%s: too long a list", name);
        free(list.storage);
        return false;
    }
    if (!options_own(o, list.storage)) {
        return false;
    }
    for (unsigned i = 0; i < list.count; i++) {
        if (!set_property(&draft, &list.rows[i])) {
            return false;
        }
    }
    if (!check_draft(&draft, name, value)) {
        return false;
    }
    draft.drive.kind = draft.is_floppy ? DRIVE_FLOPPY : draft.is_cdrom ? DRIVE_CDROM : DRIVE_DISK;
    return option_add_drive(o, &draft.drive);
}
