// Options that say what the machine is made of.
#include "front/cli/option_rows.h"
#include "front/cli/values.h"
#include "host/posix/message.h"

#include <string.h>

bool option_set_memory(struct options *o, const char *name, const char *value)
{
    const uint64_t mebibyte = UINT64_C(1) << 20;

    if (strncmp(value, "size=", 5) == 0) {
        value += 5;
    }
    if (!value_memory_size(value, &o->ram_bytes)) {
        return option_refuse(name, value, "not a size of memory (256M, 1G, or a number of MiB)");
    }
    if (o->ram_bytes < mebibyte || o->ram_bytes > 3072 * mebibyte) {
        return option_refuse(name, value, "a PC has from 1M to 3G of memory");
    }
    if (o->ram_bytes % mebibyte != 0) {
        return option_refuse(name, value, "must be a whole number of MiB");
    }
    return true;
}

bool option_set_cpu(struct options *o, const char *name, const char *value)
{
    static const char *const models[] = {"486", "pentium", "pentium3", "max"};

    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        if (strcmp(value, models[i]) == 0) {
            o->cpu = models[i];
            return true;
        }
    }
    message("%s: no model named %s; there are 486, pentium, pentium3, max", name, value);
    return false;
}

static bool set_machine_property(struct options *o, const struct property *p)
{
    bool is_on = p->value && strcmp(p->value, "on") == 0;
    bool is_switch = is_on || (p->value && strcmp(p->value, "off") == 0);

    if (is_switch && strcmp(p->name, "hpet") == 0) {
        o->has_no_hpet = !is_on;
        return true;
    }
    // What is so anyway: commands for QEMU have it.
    return p->value && ((strcmp(p->name, "type") == 0 && strcmp(p->value, "pc") == 0) ||
                        (strcmp(p->name, "accel") == 0 && strcmp(p->value, "tcg") == 0));
}

bool option_set_machine(struct options *o, const char *name, const char *value)
{
    struct properties list;
    unsigned first = strncmp(value, "pc", 2) == 0 && (value[2] == ',' || !value[2]) ? 1 : 0;

    if (!option_split(o, name, value, first == 1, &list)) {
        return false;
    }
    for (unsigned i = first; i < list.count; i++) {
        if (!set_machine_property(o, &list.rows[i])) {
            return option_refuse(name, value,
                                 "the machine that is there is pc, with hpet=on or off");
        }
    }
    return list.count > 0 || option_refuse(name, value, "the machine that is there is pc");
}

bool option_set_processors(struct options *o, const char *name, const char *value)
{
    (void)o;
    return strcmp(value, "1") == 0 || option_refuse(name, value, "a machine has one processor");
}

static bool add_fixed_drive(struct options *o, const char *name, enum drive_kind kind, int index,
                            const char *file)
{
    return option_add_drive(
        o, &(struct drive_option){.option = name, .file = file, .kind = kind, .index = index});
}

bool option_set_hard_disk(struct options *o, const char *name, const char *value)
{
    return add_fixed_drive(o, name, DRIVE_DISK, name[strlen(name) - 1] - 'a', value);
}

bool option_set_floppy(struct options *o, const char *name, const char *value)
{
    return add_fixed_drive(o, name, DRIVE_FLOPPY, name[strlen(name) - 1] - 'a', value);
}

bool option_set_cdrom(struct options *o, const char *name, const char *value)
{
    return add_fixed_drive(o, name, DRIVE_CDROM, 2, value);
}

static bool set_boot_order(struct options *o, const char *name, const char *value)
{
    if (value[0] == '\0' || value[strspn(value, "abcdn")] != '\0') {
        return option_refuse(name, value,
                             "must be letters of a (floppy), c (disk), d (CD), n (network)");
    }
    o->boot_order = value;
    return true;
}

bool option_set_boot(struct options *o, const char *name, const char *value)
{
    struct properties list;

    if (!option_split(o, name, value, true, &list)) {
        return false;
    }
    for (unsigned i = 0; i < list.count; i++) {
        const struct property *p = &list.rows[i];

        if (!p->name || (strcmp(p->name, "order") == 0 && p->value)) {
            if (!set_boot_order(o, name, p->value)) {
                return false;
            }
        } else if (strcmp(p->name, "menu") != 0 || !p->value ||
                   !value_switch(p->value, &o->boot_menu)) {
            return option_refuse(name, value, "only ORDER, order=ORDER and menu=on|off are there");
        }
    }
    return true;
}

bool option_set_vga(struct options *o, const char *name, const char *value)
{
    o->has_no_vga = strcmp(value, "none") == 0;
    return o->has_no_vga || strcmp(value, "std") == 0 ||
           option_refuse(name, value, "only std and none are there");
}

static bool set_rtc_base(struct options *o, const char *name, const char *value)
{
    if (strcmp(value, "utc") == 0) {
        o->rtc_base = RTC_UTC;
    } else if (strcmp(value, "localtime") == 0) {
        o->rtc_base = RTC_LOCALTIME;
    } else if (value_date(value, &o->rtc_date)) {
        o->rtc_base = RTC_DATE;
    } else {
        return option_refuse(name, value,
                             "base must be utc, localtime or a date like "
                             "2006-06-17T16:01:21");
    }
    return true;
}

bool option_set_rtc(struct options *o, const char *name, const char *value)
{
    struct properties list;

    if (!option_split(o, name, value, false, &list)) {
        return false;
    }
    for (unsigned i = 0; i < list.count; i++) {
        const struct property *p = &list.rows[i];

        if (p->value && strcmp(p->name, "base") == 0) {
            if (!set_rtc_base(o, name, p->value)) {
                return false;
            }
        } else if (!p->value || strcmp(p->name, "clock") != 0 || strcmp(p->value, "vm") != 0) {
            return option_refuse(name, value,
                                 "only base=utc|localtime|DATE is there (and clock=vm, which "
                                 "is always so)");
        }
    }
    return true;
}

// QEMU's shift=N, or N alone: an instruction takes 2^N ns of guest time.
bool option_set_instruction_time(struct options *o, const char *name, const char *value)
{
    enum { SHIFT_MAX = 10 };
    const char *shift = strncmp(value, "shift=", 6) == 0 ? value + 6 : value;
    uint64_t n;

    if (!value_number(shift, SHIFT_MAX, &n)) {
        return option_refuse(name, value,
                             "only shift=N is there, N from 0 to 10: an instruction takes 2^N ns");
    }
    o->ns_per_instruction = 1u << n;
    return true;
}

// isa-debug-exit,iobase=0xf4,iosize=4
static bool set_debug_exit(struct options *o, const char *name, const struct properties *list)
{
    o->debug_exit_port = 0x501; // QEMU's default
    for (unsigned i = 1; i < list->count; i++) {
        const struct property *p = &list->rows[i];
        bool is_base = strcmp(p->name, "iobase") == 0;
        uint64_t n;

        if (!is_base && strcmp(p->name, "iosize") != 0 && strcmp(p->name, "id") != 0) {
            return option_refuse(name, p->name, "isa-debug-exit has iobase and iosize");
        }
        if (strcmp(p->name, "id") == 0) {
            continue;
        }
        if (!p->value || !value_number(p->value, 0xffff, &n) || n == 0) {
            return option_refuse(name, p->value ? p->value : "",
                                 "not a port or size from 1 to 0xffff");
        }
        if (is_base) {
            o->debug_exit_port = (uint16_t)n;
        }
    }
    return true;
}

bool option_set_device(struct options *o, const char *name, const char *value)
{
    struct properties list;

    if (!option_split(o, name, value, true, &list)) {
        return false;
    }
    if (list.count > 0 && !list.rows[0].name && strcmp(list.rows[0].value, "isa-debug-exit") == 0) {
        return set_debug_exit(o, name, &list);
    }
    return option_refuse(name, value, "no such device (there is isa-debug-exit)");
}
