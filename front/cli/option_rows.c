// The table of options. A row says how the option is written, what it sets, and what help shows.
#include "front/cli/option_rows.h"

#include <string.h>

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
const struct option_row option_rows[] = {
    HEADING("Machine"),
    CALL("-m", "SIZE", option_set_memory, "memory: 256M, 1G, or a number of MiB (default 128M)"),
    CALL("-cpu", "NAME", option_set_cpu, "processor: 486, pentium, pentium3, max (default)"),
    CALL("-M", "pc", option_set_machine, NULL),
    CALL("-machine", "pc[,hpet=off]", option_set_machine, NULL),
    FLAG("-no-hpet", has_no_hpet, NULL),
    CALL("-smp", "1", option_set_processors, NULL),
    TEXT("-bios", "FILE", bios, "firmware instead of SeaBIOS"),
    CALL("-vga", "std|none", option_set_vga, "display adapter"),
    CALL("-rtc", "base=utc|localtime|DATE", option_set_rtc, "what the clock shows at the start"),
    CALL("-icount", "shift=N", option_set_instruction_time,
         "an instruction takes 2^N ns of guest time (default 2: 4 ns)"),
    CALL("-device", "isa-debug-exit,iobase=PORT", option_set_device,
         "a write of V to the port ends the run with exit code 2 V + 1"),

    HEADING("Disks (raw images)"),
    CALL("-hda", "FILE", option_set_hard_disk, "IDE disk; -hdb -hdc -hdd likewise"),
    CALL("-hdb", "FILE", option_set_hard_disk, NULL),
    CALL("-hdc", "FILE", option_set_hard_disk, NULL),
    CALL("-hdd", "FILE", option_set_hard_disk, NULL),
    CALL("-fda", "FILE", option_set_floppy, "floppy disk; -fdb likewise"),
    CALL("-fdb", "FILE", option_set_floppy, NULL),
    CALL("-cdrom", "FILE", option_set_cdrom, "CD in the drive at IDE index 2, which is empty else"),
    FLAG("-nodefaults", has_no_defaults, "no empty CD drive"),
    CALL("-drive", "file=FILE,...", option_set_drive,
         "if=ide|floppy, index=N, media=disk|cdrom, format=raw, readonly=on, snapshot=on, "
         "overlay=O"),
    FLAG("-snapshot", is_snapshot, "writes to disks stay in memory"),
    CALL("-boot", "ORDER", option_set_boot, "letters of a c d n; also order=ORDER,menu=on"),

    HEADING("Kernel"),
    TEXT("-kernel", "FILE", kernel, "Linux bzImage or multiboot ELF, started directly"),
    TEXT("-initrd", "FILE", initrd, "its initial file system"),
    TEXT("-append", "TEXT", append, "its command line"),

    HEADING("Display and ports"),
    FLAG("-nographic", is_nographic, "no screen; serial port on this terminal, Ctrl-A X ends"),
    CALL("-display", "none|tty", option_set_display, "the screen in this terminal, or no display"),
    CALL("-serial", "stdio|null|file:FILE|pty|none", option_add_serial,
         "a serial port; up to four"),
    CALL("-parallel", "file:FILE|null|none", option_set_parallel, "where the printer prints"),
    CALL("-debugcon", "file:FILE|stdio", option_set_debugcon, "where writes to port E9h go"),
    TEXT("--audio", "FILE", audio_file, "the guest's sound as a WAV file"),
    CALL("-monitor", "none", option_set_none, NULL),
    CALL("-nic", "none", option_set_none, NULL),
    CALL("-net", "none", option_set_none, NULL),
    CALL("-name", "TEXT", option_ignore, NULL),
    CALL("-k", "en-us", option_set_layout, NULL),
    CALL("-d", "guest_errors,unimp", option_set_log,
         "log oddities of the guest, and what is not built"),
    TEXT("-D", "FILE", log_file, "log there instead of standard error"),

    HEADING("Ending"),
    FLAG("-no-reboot", no_reboot, "a reset ends the run"),
    FLAG("-no-shutdown", no_shutdown, "power off stops the guest, and this program stays"),
    CALL("--exit-on", "hlt,triple-fault", option_set_exit_on, "these end the run: with 0, with 2"),
    CALL("--max-instructions", "N", option_set_max_instructions, "end then, with 3; 500M, 2G"),
    CALL("--max-time", "TIME", option_set_max_time,
         "end after that guest time, with 3; 90s, 200ms"),

    HEADING("Scripts"),
    CALL("--expect", "REGEX", option_add_expect,
         "wait for it on the console; see `vitrine help scripts`"),
    CALL("--type", "TEXT", option_add_type, "type on the console; \\n is Enter"),
    CALL("--do", "COMMAND", option_add_do, "a command of the monitor, at this place among them"),
    CALL("--keys", "FILE", option_add_keys, "keys at given guest times; see `vitrine help keys`"),
    CALL("--console", "serial|screen", option_set_console,
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
    CALL("--trace-from", "N", option_set_trace_from, "begin the trace after N instructions"),
    CALL("--log-port", "PORT=FILE", option_add_port_log, "every byte written to that I/O port"),
    CALL("--torture", "blocks=N|flush", option_set_torture, NULL),

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

const size_t option_row_count = sizeof option_rows / sizeof option_rows[0];

// QEMU's, and not here; so that they are not taken for misspellings.
static const char *const foreign_names[] = {
    "accel",        "acpitable",  "action",
    "add-fd",       "blockdev",   "chardev",
    "compat",       "daemonize",  "dfilter",
    "dtb",          "enable-kvm", "fsdev",
    "full-screen",  "fw_cfg",     "global",
    "incoming",     "L",          "mem-path",
    "mem-prealloc", "mon",        "msg",
    "mtdblock",     "no-acpi",    "no-user-config",
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
    "win2k-hack",   "xen-domid",  "chroot",
    "alt-grab",     "ctrl-grab",  "soundhw",
};

bool option_is_foreign(const char *name)
{
    for (size_t i = 0; i < sizeof foreign_names / sizeof foreign_names[0]; i++) {
        if (strcmp(foreign_names[i], name) == 0) {
            return true;
        }
    }
    return false;
}
