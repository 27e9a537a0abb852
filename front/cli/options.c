// The table of options. A row says how the option is written, what it sets, and what help shows.
#include "front/cli/options.h"

#include "front/cli/values.h"
#include "host/posix/message.h"
#include "vitrine/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum option_kind {
    OPTION_HEADING, // of a group in the help
    OPTION_FLAG,    // sets the bool at `offset`
    OPTION_TEXT,    // sets the const char * at `offset`
    OPTION_CALL,    // calls `set`
    OPTION_MISSING, // is to come, and says so
};

struct option_row {
    const char *name;
    const char *argument; // as help names it; NULL: takes none
    enum option_kind kind;
    size_t offset;
    bool (*set)(struct options *o, const char *name, const char *value);
    const char *help; // NULL: not shown
};

void *options_own(struct options *o, void *memory)
{
    if (!memory || o->owned_count == OPTIONS_OWNED) {
        message(memory ? "too many options" : "out of memory");
        free(memory);
        return NULL;
    }
    o->owned[o->owned_count++] = memory;
    return memory;
}

void options_free(struct options *o)
{
    while (o->owned_count > 0) {
        free(o->owned[--o->owned_count]);
    }
}

static bool refuse(const char *name, const char *value, const char *why)
{
    message("%s: '%s': %s", name, value, why);
    return false;
}

static bool split(struct options *o, const char *name, const char *value, bool is_first_bare,
                  struct properties *out)
{
    if (!properties_split(out, value, is_first_bare)) {
        free(out->storage);
        return refuse(name, value, "too long a list");
    }
    return options_own(o, out->storage) != NULL;
}

// --- the machine ---

static bool set_memory(struct options *o, const char *name, const char *value)
{
    const uint64_t mebibyte = UINT64_C(1) << 20;

    if (strncmp(value, "size=", 5) == 0) {
        value += 5;
    }
    if (!value_memory_size(value, &o->ram_bytes)) {
        return refuse(name, value, "not a size of memory (256M, 1G, or a number of MiB)");
    }
    if (o->ram_bytes < mebibyte || o->ram_bytes > 3072 * mebibyte) {
        return refuse(name, value, "a PC has from 1M to 3G of memory");
    }
    if (o->ram_bytes % mebibyte != 0) {
        return refuse(name, value, "must be a whole number of MiB");
    }
    return true;
}

static bool set_cpu(struct options *o, const char *name, const char *value)
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

static bool set_machine(struct options *o, const char *name, const char *value)
{
    struct properties list;
    unsigned first = strncmp(value, "pc", 2) == 0 && (value[2] == ',' || !value[2]) ? 1 : 0;

    if (!split(o, name, value, first == 1, &list)) {
        return false;
    }
    for (unsigned i = first; i < list.count; i++) {
        if (!set_machine_property(o, &list.rows[i])) {
            return refuse(name, value, "the machine that is there is pc, with hpet=on or off");
        }
    }
    return list.count > 0 || refuse(name, value, "the machine that is there is pc");
}

static bool set_processors(struct options *o, const char *name, const char *value)
{
    (void)o;
    return strcmp(value, "1") == 0 || refuse(name, value, "a machine has one processor");
}

static bool add_fixed_drive(struct options *o, const char *name, enum drive_kind kind, int index,
                            const char *file)
{
    return option_add_drive(
        o, &(struct drive_option){.option = name, .file = file, .kind = kind, .index = index});
}

static bool set_hard_disk(struct options *o, const char *name, const char *value)
{
    return add_fixed_drive(o, name, DRIVE_DISK, name[strlen(name) - 1] - 'a', value);
}

static bool set_floppy(struct options *o, const char *name, const char *value)
{
    return add_fixed_drive(o, name, DRIVE_FLOPPY, name[strlen(name) - 1] - 'a', value);
}

static bool set_cdrom(struct options *o, const char *name, const char *value)
{
    return add_fixed_drive(o, name, DRIVE_CDROM, 2, value);
}

static bool set_boot_order(struct options *o, const char *name, const char *value)
{
    if (value[0] == '\0' || value[strspn(value, "abcdn")] != '\0') {
        return refuse(name, value, "must be letters of a (floppy), c (disk), d (CD), n (network)");
    }
    o->boot_order = value;
    return true;
}

static bool set_boot(struct options *o, const char *name, const char *value)
{
    struct properties list;

    if (!split(o, name, value, true, &list)) {
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
            return refuse(name, value, "only ORDER, order=ORDER and menu=on|off are there");
        }
    }
    return true;
}

static bool set_vga(struct options *o, const char *name, const char *value)
{
    o->has_no_vga = strcmp(value, "none") == 0;
    return o->has_no_vga || strcmp(value, "std") == 0 ||
           refuse(name, value, "only std and none are there");
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
        return refuse(name, value,
                      "base must be utc, localtime or a date like "
                      "2006-06-17T16:01:21");
    }
    return true;
}

static bool set_rtc(struct options *o, const char *name, const char *value)
{
    struct properties list;

    if (!split(o, name, value, false, &list)) {
        return false;
    }
    for (unsigned i = 0; i < list.count; i++) {
        const struct property *p = &list.rows[i];

        if (p->value && strcmp(p->name, "base") == 0) {
            if (!set_rtc_base(o, name, p->value)) {
                return false;
            }
        } else if (!p->value || strcmp(p->name, "clock") != 0 || strcmp(p->value, "vm") != 0) {
            return refuse(name, value,
                          "only base=utc|localtime|DATE is there (and clock=vm, which "
                          "is always so)");
        }
    }
    return true;
}

// QEMU's shift=N, or N alone: an instruction takes 2^N ns of guest time.
static bool set_instruction_time(struct options *o, const char *name, const char *value)
{
    enum { SHIFT_MAX = 10 };
    const char *shift = strncmp(value, "shift=", 6) == 0 ? value + 6 : value;
    uint64_t n;

    if (!value_number(shift, SHIFT_MAX, &n)) {
        return refuse(name, value,
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
            return refuse(name, p->name, "isa-debug-exit has iobase and iosize");
        }
        if (strcmp(p->name, "id") == 0) {
            continue;
        }
        if (!p->value || !value_number(p->value, 0xffff, &n) || n == 0) {
            return refuse(name, p->value ? p->value : "", "not a port or size from 1 to 0xffff");
        }
        if (is_base) {
            o->debug_exit_port = (uint16_t)n;
        }
    }
    return true;
}

static bool set_device(struct options *o, const char *name, const char *value)
{
    struct properties list;

    if (!split(o, name, value, true, &list)) {
        return false;
    }
    if (list.count > 0 && !list.rows[0].name && strcmp(list.rows[0].value, "isa-debug-exit") == 0) {
        return set_debug_exit(o, name, &list);
    }
    return refuse(name, value, "no such device (there is isa-debug-exit)");
}

// --- output ---

static bool parse_target(const char *name, const char *value, struct sink_target *out)
{
    static const struct {
        const char *name;
        enum sink_kind kind;
    } words[] = {
        {"stdio", SINK_STDIO}, {"mon:stdio", SINK_STDIO}, {"null", SINK_NULL}, {"pty", SINK_PTY}};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(value, words[i].name) == 0) {
            *out = (struct sink_target){.kind = words[i].kind};
            return true;
        }
    }
    if (strncmp(value, "file:", 5) == 0 && value[5] != '\0') {
        *out = (struct sink_target){.kind = SINK_FILE, .path = value + 5};
        return true;
    }
    return refuse(name, value, "must be stdio, null, file:FILE or pty");
}

static bool add_serial(struct options *o, const char *name, const char *value)
{
    if (strcmp(value, "none") == 0) {
        o->is_serial_off = true;
        return true;
    }
    if (o->serial_count == VT_SERIAL_PORTS) {
        return refuse(name, value, "a PC has at most four serial ports");
    }
    return parse_target(name, value, &o->serial[o->serial_count++]);
}

static bool set_parallel(struct options *o, const char *name, const char *value)
{
    o->is_parallel_off = strcmp(value, "none") == 0;
    return o->is_parallel_off || parse_target(name, value, &o->parallel);
}

static bool set_debugcon(struct options *o, const char *name, const char *value)
{
    o->has_debugcon = true;
    return parse_target(name, value, &o->debugcon);
}

static bool set_display(struct options *o, const char *name, const char *value)
{
    if (strcmp(value, "none") == 0) {
        o->display = DISPLAY_NONE;
    } else if (strcmp(value, "tty") == 0 || strcmp(value, "curses") == 0) {
        o->display = DISPLAY_TTY;
    } else if (strcmp(value, "sdl") == 0) {
        return refuse(name, value, "not built yet");
    } else {
        return refuse(name, value, "must be none or tty");
    }
    return true;
}

static bool add_port_log(struct options *o, const char *name, const char *value)
{
    struct port_log_option *log = &o->port_logs[o->port_log_count];
    const char *equals = strchr(value, '=');
    char port[16] = "";
    uint64_t n;

    if (o->port_log_count == OPTIONS_PORT_LOGS) {
        return refuse(name, value, "at most 16 ports can be logged");
    }
    if (equals && (size_t)(equals - value) < sizeof port) {
        memcpy(port, value, (size_t)(equals - value));
    }
    if (!equals || equals[1] == '\0' || !value_number(port, 0xffff, &n)) {
        return refuse(name, value, "must be PORT=FILE, as in 0x190=codes.log");
    }
    for (unsigned i = 0; i < o->port_log_count; i++) {
        if (o->port_logs[i].port == n) {
            return refuse(name, value, "that port is logged already");
        }
    }
    *log = (struct port_log_option){.port = (uint16_t)n, .path = equals + 1};
    o->port_log_count++;
    return true;
}

static bool set_log(struct options *o, const char *name, const char *value)
{
    struct properties list;

    if (!split(o, name, value, false, &list)) {
        return false;
    }
    for (unsigned i = 0; i < list.count; i++) {
        const char *item = list.rows[i].name;

        if (strcmp(item, "guest_errors") != 0 && strcmp(item, "unimp") != 0) {
            return refuse(name, item, "only guest_errors and unimp are there");
        }
    }
    o->is_log_wanted = true;
    return true;
}

// What is "none" by nature here.
static bool set_none(struct options *o, const char *name, const char *value)
{
    (void)o;
    return strcmp(value, "none") == 0 || refuse(name, value, "not built yet (none is accepted)");
}

static bool set_layout(struct options *o, const char *name, const char *value)
{
    (void)o;
    return strcmp(value, "en-us") == 0 || refuse(name, value, "only the layout en-us is there");
}

static bool ignore(struct options *o, const char *name, const char *value)
{
    (void)o;
    (void)name;
    (void)value;
    return true;
}

// --- running ---

static bool set_exit_on(struct options *o, const char *name, const char *value)
{
    struct properties list;

    if (!split(o, name, value, false, &list)) {
        return false;
    }
    for (unsigned i = 0; i < list.count; i++) {
        if (strcmp(list.rows[i].name, "hlt") == 0) {
            o->exit_on_halt = true;
        } else if (strcmp(list.rows[i].name, "triple-fault") == 0) {
            o->exit_on_triple_fault = true;
        } else {
            return refuse(name, list.rows[i].name, "must be of hlt, triple-fault");
        }
    }
    return list.count > 0 || refuse(name, value, "must be of hlt, triple-fault");
}

static bool set_max_instructions(struct options *o, const char *name, const char *value)
{
    return (value_count(value, &o->max_instructions) && o->max_instructions > 0) ||
           refuse(name, value, "not a count of instructions (1000000, 500M, 2G)");
}

static bool set_max_time(struct options *o, const char *name, const char *value)
{
    return (value_duration_ns(value, &o->max_time_ns) && o->max_time_ns > 0) ||
           refuse(name, value, "not a length of guest time (90, 2.5, 200ms, 3m)");
}

static bool set_trace_from(struct options *o, const char *name, const char *value)
{
    return value_count(value, &o->trace_from) ||
           refuse(name, value, "not a count of instructions (1000000, 500M, 2G)");
}

static bool set_torture(struct options *o, const char *name, const char *value)
{
    uint64_t n;

    if (strcmp(value, "flush") == 0) {
        o->torture_flush = true;
        return true;
    }
    if (strncmp(value, "blocks=", 7) == 0 && value_number(value + 7, UINT32_MAX, &n) && n > 0) {
        o->torture_blocks = (unsigned)n;
        return true;
    }
    return refuse(name, value, "must be blocks=N or flush");
}

// --- input ---

static bool add_step(struct options *o, enum step_kind kind, const char *name, const char *value)
{
    if (o->step_count == OPTIONS_STEPS) {
        return refuse(name, value, "too many --expect, --type and --do");
    }
    o->steps[o->step_count++] = (struct step_option){.kind = kind, .text = value};
    return true;
}

static bool add_expect(struct options *o, const char *name, const char *value)
{
    return add_step(o, STEP_EXPECT, name, value);
}

static bool add_type(struct options *o, const char *name, const char *value)
{
    return add_step(o, STEP_TYPE, name, value);
}

static bool add_do(struct options *o, const char *name, const char *value)
{
    return add_step(o, STEP_DO, name, value);
}

static bool add_keys(struct options *o, const char *name, const char *value)
{
    if (o->key_file_count == OPTIONS_KEY_FILES) {
        return refuse(name, value, "too many --keys");
    }
    o->key_files[o->key_file_count++] = value;
    return true;
}

static bool set_console(struct options *o, const char *name, const char *value)
{
    o->console = strcmp(value, "serial") == 0 ? CONSOLE_SERIAL : CONSOLE_SCREEN;
    return o->console == CONSOLE_SERIAL || strcmp(value, "screen") == 0 ||
           refuse(name, value, "must be serial or screen");
}

// --- the table ---

#define HEADING(text)                                                                              \
    {                                                                                              \
        .kind = OPTION_HEADING, .help = text                                                       \
    }
#define FLAG(name, member, help)                                                                   \
    {                                                                                              \
        name, NULL, OPTION_FLAG, offsetof(struct options, member), NULL, help                      \
    }
#define TEXT(name, arg, member, help)                                                              \
    {                                                                                              \
        name, arg, OPTION_TEXT, offsetof(struct options, member), NULL, help                       \
    }
#define CALL(name, arg, set, help)                                                                 \
    {                                                                                              \
        name, arg, OPTION_CALL, 0, set, help                                                       \
    }
#define MISSING(name)                                                                              \
    {                                                                                              \
        name, NULL, OPTION_MISSING, 0, NULL, NULL                                                  \
    }

// clang-format off
static const struct option_row rows[] = {
    HEADING("Machine"),
    CALL("-m", "SIZE", set_memory, "memory: 256M, 1G, or a number of MiB (default 128M)"),
    CALL("-cpu", "NAME", set_cpu, "processor: 486, pentium, pentium3, max (default)"),
    CALL("-M", "pc", set_machine, NULL),
    CALL("-machine", "pc[,hpet=off]", set_machine, NULL),
    FLAG("-no-hpet", has_no_hpet, NULL),
    CALL("-smp", "1", set_processors, NULL),
    TEXT("-bios", "FILE", bios, "firmware instead of SeaBIOS"),
    CALL("-vga", "std|none", set_vga, "display adapter"),
    CALL("-rtc", "base=utc|localtime|DATE", set_rtc, "what the clock shows at the start"),
    CALL("-icount", "shift=N", set_instruction_time,
         "an instruction takes 2^N ns of guest time (default 2: 4 ns)"),
    CALL("-device", "isa-debug-exit,iobase=PORT", set_device,
         "a write of V to the port ends the run with exit code 2 V + 1"),

    HEADING("Disks (raw images)"),
    CALL("-hda", "FILE", set_hard_disk, "IDE disk; -hdb -hdc -hdd likewise"),
    CALL("-hdb", "FILE", set_hard_disk, NULL),
    CALL("-hdc", "FILE", set_hard_disk, NULL),
    CALL("-hdd", "FILE", set_hard_disk, NULL),
    CALL("-fda", "FILE", set_floppy, "floppy disk; -fdb likewise"),
    CALL("-fdb", "FILE", set_floppy, NULL),
    CALL("-cdrom", "FILE", set_cdrom, "CD in the drive at IDE index 2, which is empty else"),
    CALL("-drive", "file=FILE,...", option_set_drive,
         "if=ide|floppy, index=N, media=disk|cdrom, format=raw, readonly=on, snapshot=on, "
         "overlay=O"),
    FLAG("-snapshot", is_snapshot, "writes to disks stay in memory"),
    CALL("-boot", "ORDER", set_boot, "letters of a c d n; also order=ORDER,menu=on"),

    HEADING("Kernel"),
    TEXT("-kernel", "FILE", kernel, "Linux bzImage or multiboot ELF, started directly"),
    TEXT("-initrd", "FILE", initrd, "its initial file system"),
    TEXT("-append", "TEXT", append, "its command line"),

    HEADING("Display and ports"),
    FLAG("-nographic", is_nographic, "no screen; serial port on this terminal, Ctrl-A X ends"),
    CALL("-display", "none|tty", set_display, "the screen in this terminal, or no display"),
    CALL("-serial", "stdio|null|file:FILE|pty|none", add_serial, "a serial port; up to four"),
    CALL("-parallel", "file:FILE|null|none", set_parallel, "where the printer prints"),
    CALL("-debugcon", "file:FILE|stdio", set_debugcon, "where writes to port E9h go"),
    TEXT("--audio", "FILE", audio_file, "the guest's sound as a WAV file"),
    CALL("-monitor", "none", set_none, NULL),
    CALL("-nic", "none", set_none, NULL),
    CALL("-net", "none", set_none, NULL),
    CALL("-name", "TEXT", ignore, NULL),
    CALL("-k", "en-us", set_layout, NULL),
    CALL("-d", "guest_errors,unimp", set_log, "log oddities of the guest, and what is not built"),
    TEXT("-D", "FILE", log_file, "log there instead of standard error"),

    HEADING("Ending"),
    FLAG("-no-reboot", no_reboot, "a reset ends the run"),
    FLAG("-no-shutdown", no_shutdown, "power off stops the guest, and this program stays"),
    CALL("--exit-on", "hlt,triple-fault", set_exit_on, "these end the run: with 0, with 2"),
    CALL("--max-instructions", "N", set_max_instructions, "end then, with 3; 500M, 2G"),
    CALL("--max-time", "TIME", set_max_time, "end after that guest time, with 3; 90s, 200ms"),

    HEADING("Scripts"),
    CALL("--expect", "REGEX", add_expect, "wait for it on the console; see `vitrine help scripts`"),
    CALL("--type", "TEXT", add_type, "type on the console; \\n is Enter"),
    CALL("--do", "COMMAND", add_do, "a command of the monitor, at this place among them"),
    CALL("--keys", "FILE", add_keys, "keys at given guest times; see `vitrine help keys`"),
    CALL("--console", "serial|screen", set_console,
         "where --type and --expect work (default: serial under -nographic, else screen)"),

    HEADING("Looking inside"),
    FLAG("--deterministic", is_deterministic, "fixed date, no standard input: runs are the same"),
    FLAG("--unpaced", is_unpaced, "as fast as possible, even with someone at the terminal"),
    FLAG("--stats", wants_stats, "counts at the end, on standard error"),
    FLAG("--digest", wants_digest, "a hash of the whole machine at the end, on standard output"),
    TEXT("--screenshot", "FILE", screenshot_file, "the screen at the end, as PNG"),
    TEXT("--commands", "FILE", monitor_file,
         "commands for the monitor at guest times; see `vitrine help monitor`"),
    TEXT("--trace", "FILE", trace_file, "one line for each instruction"),
    CALL("--trace-from", "N", set_trace_from, "begin the trace after N instructions"),
    CALL("--log-port", "PORT=FILE", add_port_log, "every byte written to that I/O port"),
    CALL("--torture", "blocks=N|flush", set_torture, NULL),

    MISSING("-S"),
    MISSING("-s"),
    MISSING("-gdb"),
    MISSING("-netdev"),
    MISSING("-usb"),
    MISSING("-usbdevice"),
    MISSING("-audiodev"),
    MISSING("-loadvm"),
};
// clang-format on

// QEMU's, and not here; so that they are not taken for misspellings.
static const char *const foreign_names[] = {
    "accel",        "acpitable",  "action",
    "add-fd",       "blockdev",   "chardev",
    "compat",       "daemonize",  "dfilter",
    "dtb",          "enable-kvm", "fsdev",
    "full-screen",  "fw_cfg",     "global",
    "incoming",     "L",          "mem-path",
    "mem-prealloc", "mon",        "msg",
    "mtdblock",     "no-acpi",    "nodefaults",
    "numa",         "object",     "only-migratable",
    "option-rom",   "overcommit", "pflash",
    "pidfile",      "plugin",     "portrait",
    "preconfig",    "qmp",        "qmp-pretty",
    "readconfig",   "rotate",     "runas",
    "run-with",     "sandbox",    "sd",
    "semihosting",  "set",        "singlestep",
    "smbios",       "spice",      "tb-size",
    "tpmdev",       "uuid",       "virtfs",
    "virtioport",   "vnc",        "watchdog",
    "win2k-hack",   "xen-domid",  "daemonize",
    "chroot",       "alt-grab",   "ctrl-grab",
    "soundhw",
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static const char *without_dashes(const char *written)
{
    written += written[0] == '-';
    return written + (written[0] == '-');
}

static const struct option_row *find_row(const char *name)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].name && strcmp(without_dashes(rows[i].name), name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static bool is_foreign(const char *name)
{
    for (size_t i = 0; i < sizeof foreign_names / sizeof foreign_names[0]; i++) {
        if (strcmp(foreign_names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

// The option that the misspelt name is nearest to, if near enough.
static const char *guess_name(const char *name)
{
    unsigned best_distance = strlen(name) < 5 ? 2 : 3; // must be less
    const char *best = NULL;

    for (size_t i = 0; i < ROW_COUNT; i++) {
        const char *candidate = rows[i].name ? without_dashes(rows[i].name) : "";
        unsigned distance = vt_distance(name, candidate);

        if (distance < best_distance && strlen(candidate) > 2) {
            best_distance = distance;
            best = rows[i].name;
        }
    }
    return best;
}

static enum options_result tell_unknown(const char *written, const char *name)
{
    const char *guess = guess_name(name);

    if (is_foreign(name)) {
        message("%s: this option of QEMU's is not supported", written);
    } else if (guess) {
        message("%s: no such option; did you mean %s?", written, guess);
    } else {
        message("%s: no such option (see `vitrine pc --help`)", written);
    }
    return OPTIONS_BAD;
}

static bool apply_row(struct options *o, const struct option_row *row, const char *written,
                      const char *value)
{
    char *member = (char *)o + row->offset;

    switch (row->kind) {
    case OPTION_FLAG: *(bool *)(void *)member = true; return true;
    case OPTION_TEXT: *(const char **)(void *)member = value; return true;
    case OPTION_CALL: return row->set(o, written, value);
    case OPTION_MISSING: message("%s: not built yet", written); return false;
    case OPTION_HEADING: break;
    }
    return false;
}

// Reads the option at argv[*at], and moves *at over its value.
static enum options_result parse_option(struct options *o, int argc, char **argv, int *at)
{
    const char *written = argv[*at];
    const char *name = without_dashes(written);
    const struct option_row *row = find_row(name);
    const char *value = NULL;

    if (strcmp(name, "h") == 0 || strcmp(name, "help") == 0) {
        options_print_help();
        return OPTIONS_DONE;
    }
    if (!row) {
        return tell_unknown(written, name);
    }
    if (row->argument) {
        if (*at + 1 >= argc) {
            message("%s: its value is missing (%s)", written, row->argument);
            return OPTIONS_BAD;
        }
        value = argv[++*at];
    }
    return apply_row(o, row, written, value) ? OPTIONS_RUN : OPTIONS_BAD;
}

static bool add_positional(struct options *o, const char *file)
{
    return option_add_drive(o, &(struct drive_option){.file = file, .index = -1});
}

// What each option alone cannot see.
static bool check_together(const struct options *o)
{
    if (!o->kernel && o->initrd) {
        message("-initrd: needs -kernel");
        return false;
    }
    if (!o->kernel && o->append && o->drive_count > 0) {
        message("-append: needs -kernel");
        return false;
    }
    if (o->is_serial_off && o->serial_count > 0) {
        message("-serial none: there are other -serial options");
        return false;
    }
    if (o->is_nographic && o->display == DISPLAY_TTY) {
        message("-nographic and -display tty exclude each other");
        return false;
    }
    return true;
}

static void set_defaults(struct options *o)
{
    memset(o, 0, sizeof *o);
    o->ram_bytes = UINT64_C(128) << 20;
    o->max_instructions = UINT64_MAX;
    o->max_time_ns = UINT64_MAX;
}

enum options_result options_parse(struct options *o, int argc, char **argv)
{
    bool is_option_over = false;

    set_defaults(o);
    for (int i = 0; i < argc; i++) {
        if (!is_option_over && strcmp(argv[i], "--") == 0) {
            is_option_over = true;
        } else if (!is_option_over && argv[i][0] == '-' && argv[i][1] != '\0') {
            enum options_result result = parse_option(o, argc, argv, &i);

            if (result != OPTIONS_RUN) {
                return result;
            }
        } else if (!add_positional(o, argv[i])) {
            return OPTIONS_BAD;
        }
    }
    return check_together(o) ? OPTIONS_RUN : OPTIONS_BAD;
}

bool options_has_expect(const struct options *o)
{
    for (unsigned i = 0; i < o->step_count; i++) {
        if (o->steps[i].kind == STEP_EXPECT) {
            return true;
        }
    }
    return false;
}

static void print_row(const struct option_row *row)
{
    char left[64];

    snprintf(left, sizeof left, "%s%s%s", row->name, row->argument ? " " : "",
             row->argument ? row->argument : "");
    if (strlen(left) > 28) {
        printf("  %s\n  %-28s  %s\n", left, "", row->help);
    } else {
        printf("  %-28s  %s\n", left, row->help);
    }
}

void options_print_help(void)
{
    puts("Usage: vitrine pc [options] [DISK-or-ISO]\n"
         "Runs a PC. Without a disk or kernel it boots the Linux that `make guest` put together.");
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].kind == OPTION_HEADING) {
            printf("\n%s:\n", rows[i].help);
        } else if (rows[i].help) {
            print_row(&rows[i]);
        }
    }
    puts("\nEach option may be written with one dash or two. More: vitrine help TOPIC, with the "
         "topics\ndisks, scripts, keys, terminal, monitor, exit-codes. Manual page: vitrine(1).");
}
