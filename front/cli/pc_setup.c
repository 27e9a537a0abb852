// From options to a machine that is ready to run: images, files, destinations, configuration.
#include "front/cli/paths.h"
#include "front/cli/pc.h"
#include "host/posix/message.h"
#include "host/posix/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    FIRMWARE_LEAST_BYTES = 64 * 1024,
    FIRMWARE_LIMIT_BYTES = 16 * 1024 * 1024,
    AUDIO_HZ = 44100
};

// The date that --deterministic begins with: 2000-01-01 00:00:00 UTC.
static const int64_t FIXED_DATE = 946684800;

// --- drives ---

struct slots {
    const struct drive_option *ide[VT_IDE_DRIVES];
    const struct drive_option *floppy[VT_FLOPPY_DRIVES];
};

static bool guess_kind(struct drive_option *drive)
{
    static const enum drive_kind kinds[] = {
        [IMAGE_DISK] = DRIVE_DISK, [IMAGE_FLOPPY] = DRIVE_FLOPPY, [IMAGE_CDROM] = DRIVE_CDROM};
    enum image_kind kind;

    if (drive->kind != DRIVE_GUESS) {
        return true;
    }
    if (!image_guess(drive->file, &kind)) {
        return false;
    }
    drive->kind = kinds[kind];
    return true;
}

static bool place(const struct drive_option **slots, int count, const struct drive_option *drive,
                  const char *bus)
{
    int index = drive->index;

    if (index < 0 && drive->kind == DRIVE_CDROM && count > 2 && !slots[2]) {
        index = 2; // where the CD drive is by custom
    }
    for (int i = 0; index < 0 && i < count; i++) {
        index = slots[i] ? index : i;
    }
    if (index < 0) {
        message("%s: no %s drive is left for it", drive->file, bus);
        return false;
    }
    if (slots[index]) {
        message("%s: the %s drive with index %d has %s already", drive->file, bus, index,
                slots[index]->file);
        return false;
    }
    slots[index] = drive;
    return true;
}

// Drives with an index first; the others take what is left.
static bool place_drives(struct options *o, struct slots *slots)
{
    for (int pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < o->drive_count; i++) {
            struct drive_option *drive = &o->drives[i];
            bool is_good;

            if ((drive->index < 0) != (pass == 1)) {
                continue;
            }
            is_good =
                guess_kind(drive) && (drive->kind == DRIVE_FLOPPY
                                          ? place(slots->floppy, VT_FLOPPY_DRIVES, drive, "floppy")
                                          : place(slots->ide, VT_IDE_DRIVES, drive, "IDE"));
            if (!is_good) {
                return false;
            }
        }
    }
    return true;
}

static bool insert(struct pc *pc, const struct drive_option *drive, struct vt_drive *out)
{
    static const enum image_kind kinds[] = {[DRIVE_GUESS] = IMAGE_DISK,
                                            [DRIVE_DISK] = IMAGE_DISK,
                                            [DRIVE_CDROM] = IMAGE_CDROM,
                                            [DRIVE_FLOPPY] = IMAGE_FLOPPY};
    struct image_request request = {
        .path = drive ? drive->file : NULL,
        .kind = drive ? kinds[drive->kind] : IMAGE_DISK,
    };

    if (!drive) {
        return true;
    }
    out->is_present = true;
    out->is_cdrom = drive->kind == DRIVE_CDROM;
    out->is_read_only = out->is_cdrom || drive->is_read_only;
    out->is_snapshot = !out->is_read_only && (drive->is_snapshot || pc->options->is_snapshot);
    request.is_writable = !out->is_read_only && !out->is_snapshot;
    request.is_raw = drive->is_raw;
    request.overlay = drive->overlay;
    if (!posix_host_open_image(&pc->host, &request, &out->host_disk)) {
        return false;
    }
    out->size_bytes = pc->host.images[out->host_disk].size_bytes;
    return true;
}

static bool set_up_drives(struct pc *pc)
{
    struct slots slots = {0};

    if (!place_drives(pc->options, &slots)) {
        return false;
    }
    // An empty CD drive, as everywhere.
    pc->config.ide[VT_HDC].is_cdrom = !slots.ide[VT_HDC] && !pc->options->has_no_defaults;
    for (int i = 0; i < VT_IDE_DRIVES; i++) {
        if (!insert(pc, slots.ide[i], &pc->config.ide[i])) {
            return false;
        }
    }
    for (int i = 0; i < VT_FLOPPY_DRIVES; i++) {
        if (!insert(pc, slots.floppy[i], &pc->config.floppy[i])) {
            return false;
        }
    }
    return true;
}

// --- files in memory ---

static bool load(struct pc *pc, const char *path, uint64_t limit_bytes, struct vt_bytes *out)
{
    uint8_t *data;

    if (!path) {
        return true;
    }
    if (!file_load(path, limit_bytes, &data, &out->size_bytes)) {
        return false;
    }
    out->data = data;
    pc->loaded[pc->loaded_count++] = data;
    return true;
}

static bool set_up_firmware(struct pc *pc)
{
    struct options *o = pc->options;
    const char *bios = o->bios;
    const char *vga = o->has_no_vga ? NULL : path_of_firmware(o, "vgabios-stdvga.bin");

    if (!bios) {
        bios = path_of_firmware(o, "bios-256k.bin");
        if (!bios) {
            message("bios-256k.bin: the firmware is not found; install the package seabios, or "
                    "name a file with -bios");
            return false;
        }
    }
    if (!vga && !o->has_no_vga && !o->bios) {
        message("vgabios-stdvga.bin: the firmware of the display adapter is not found; install "
                "the package seabios, or say -vga none");
        return false;
    }
    if (!load(pc, bios, FIRMWARE_LIMIT_BYTES, &pc->config.bios) ||
        !load(pc, vga, FIRMWARE_LIMIT_BYTES, &pc->config.vga_bios)) {
        return false;
    }
    if (pc->config.bios.size_bytes < FIRMWARE_LEAST_BYTES) {
        message("%s: is no firmware of a PC: it has %zu bytes, and needs 64 KiB at least", bios,
                pc->config.bios.size_bytes);
        return false;
    }
    return true;
}

// Debian's kernel starts in half the time without the self-tests of its ciphers and the search for
// ISA Plug and Play cards.
static const char QUICK_START[] = "cryptomgr.notests noisapnp";

static bool is_scripted(const struct options *o)
{
    return o->is_deterministic || options_has_expect(o);
}

// Where the default guest has its shell: the serial port, unless only a screen is there.
static bool has_serial_shell(const struct pc *pc)
{
    return pc->is_nographic || pc->options->serial_count > 0;
}

// Writes the words that tell the guest the size of this terminal, which a serial line does not.
// Linux hands words that it does not know to its first process as environment; rom/guest/init
// takes these.
static void write_terminal_size(const struct pc *pc, char *words, size_t size)
{
    unsigned columns, rows;

    words[0] = '\0';
    if (pc->is_nographic && !is_scripted(pc->options) && terminal_has_input() &&
        terminal_has_output()) {
        terminal_size(&columns, &rows);
        snprintf(words, size, " COLUMNS=%u LINES=%u", columns, rows);
    }
}

static bool choose_default_guest(struct pc *pc)
{
    struct options *o = pc->options;
    const char *own = o->append ? o->append : "";
    char *append, terminal[48];
    size_t size;

    o->kernel = path_of_guest(o, "bzImage");
    o->initrd = path_of_guest(o, "initramfs.cpio.gz");
    if (!o->kernel || !o->initrd) {
        message("no disk and no kernel given, and the default guest is not there: run `make "
                "guest`, or see `vitrine pc --help`");
        return false;
    }
    write_terminal_size(pc, terminal, sizeof terminal);
    size = sizeof QUICK_START + sizeof terminal + strlen(own) + 32;
    append = options_own(o, malloc(size));
    if (!append) {
        return false;
    }
    snprintf(append, size, "console=%s %s%s%s%s", has_serial_shell(pc) ? "ttyS0" : "tty0",
             QUICK_START, terminal, own[0] ? " " : "", own);
    o->append = append;
    return true;
}

// Linux unpacks itself before it says its first word.
static void announce_default_guest(const struct pc *pc)
{
    if (pc->is_nographic && pc->takes_input && terminal_has_input() && terminal_has_output()) {
        message("starting Linux, some seconds of silence first; Ctrl-A X ends, Ctrl-A H helps");
    }
}

static bool set_up_kernel(struct pc *pc)
{
    const struct options *o = pc->options;

    pc->config.append = o->append;
    if (!load(pc, o->kernel, o->ram_bytes, &pc->config.kernel)) {
        return false;
    }
    if (o->initrd) {
        if (!modules_load(&pc->modules, o->initrd, o->ram_bytes)) {
            return false;
        }
        pc->config.initrd = pc->modules.list[0].bytes;
        pc->config.modules = pc->modules.list;
        pc->config.module_count = pc->modules.count;
    }
    return true;
}

// --- who talks with the guest ---

static bool set_up_serial(struct pc *pc)
{
    struct options *o = pc->options;

    if (o->serial_count == 0 && !o->is_serial_off) {
        o->serial_count = 1;
        o->serial[0].kind = pc->is_nographic ? SINK_STDIO : SINK_NULL;
    }
    pc->config.serial_port_count = o->serial_count;
    pc->input_uart = -1;
    for (unsigned i = 0; i < o->serial_count; i++) {
        if (o->serial[i].kind == SINK_STDIO && pc->input_uart >= 0) {
            message("-serial stdio: two serial ports want standard input");
            return false;
        }
        if (o->serial[i].kind == SINK_STDIO) {
            pc->input_uart = (int)i;
        }
        if (!posix_host_open_serial(&pc->host, i, &o->serial[i])) {
            return false;
        }
    }
    return true;
}

static bool serial_has_pty(const struct options *o)
{
    for (unsigned i = 0; i < o->serial_count; i++) {
        if (o->serial[i].kind == SINK_PTY) {
            return true;
        }
    }
    return false;
}

static bool choose_display(struct pc *pc)
{
    const struct options *o = pc->options;
    bool is_output_taken =
        pc->input_uart >= 0 || (o->has_debugcon && o->debugcon.kind == SINK_STDIO);

    pc->display = o->display;
    if (o->display == DISPLAY_TTY && !terminal_has_output()) {
        message("-display tty: standard output is no terminal");
        return false;
    }
    if (o->display == DISPLAY_TTY && is_output_taken) {
        message("-display tty: a port uses standard output (stdio), too");
        return false;
    }
    if (o->display == DISPLAY_AUTO) {
        bool is_wanted = !pc->is_nographic && !is_output_taken && !o->has_no_vga &&
                         !options_has_expect(o) && terminal_has_output() && terminal_has_input();

        pc->display = is_wanted ? DISPLAY_TTY : DISPLAY_NONE;
    }
    return true;
}

static bool set_up_talk(struct pc *pc)
{
    const struct options *o = pc->options;
    bool has_script = is_scripted(o);
    bool has_limit = o->max_instructions != UINT64_MAX || o->max_time_ns != UINT64_MAX;

    if (!set_up_serial(pc) || !choose_display(pc)) {
        return false;
    }
    pc->console = o->console != CONSOLE_AUTO ? o->console
                  : pc->is_nographic         ? CONSOLE_SERIAL
                                             : CONSOLE_SCREEN;
    if (pc->console == CONSOLE_SERIAL && pc->config.serial_port_count == 0) {
        message("--console serial: there is no serial port");
        return false;
    }
    pc->takes_input = !has_script && (pc->input_uart >= 0 || pc->display == DISPLAY_TTY);
    pc->has_pty = !o->is_deterministic && serial_has_pty(o);
    pc->is_paced = !has_script && !o->is_unpaced && !has_limit && (pc->takes_input || pc->has_pty);
    return true;
}

static bool set_up_input(struct pc *pc)
{
    const struct options *o = pc->options;

    if (!script_init(&pc->script, o, pc->console == CONSOLE_SERIAL)) {
        return false;
    }
    for (unsigned i = 0; i < o->key_file_count; i++) {
        if (!key_script_load(&pc->keys, o->key_files[i])) {
            return false;
        }
    }
    key_script_sort(&pc->keys);
    pc->host.serial_watch = script_serial_byte;
    pc->host.serial_watch_owner = &pc->script;
    pc->feed.uart = pc->input_uart > 0 ? (unsigned)pc->input_uart : 0;
    pc->host.serial_watch_uart = pc->feed.uart;
    return true;
}

static bool set_up_outputs(struct pc *pc)
{
    const struct options *o = pc->options;

    for (unsigned i = 0; i < o->port_log_count; i++) {
        pc->tap_ports[i] = o->port_logs[i].port;
        if (!posix_host_open_port_log(&pc->host, o->port_logs[i].port, o->port_logs[i].path)) {
            return false;
        }
    }
    pc->config.tap_ports = pc->tap_ports;
    pc->config.tap_port_count = o->port_log_count;
    pc->config.has_debugcon = o->has_debugcon;
    pc->host.is_log_wanted[VT_LOG_GUEST] = o->is_log_wanted;
    pc->host.is_log_wanted[VT_LOG_STUB] = o->is_log_wanted;
    pc->config.has_parallel = !o->is_parallel_off;
    pc->config.audio_hz = o->audio_file ? AUDIO_HZ : 0;
    return (!o->audio_file || posix_host_open_audio(&pc->host, o->audio_file, AUDIO_HZ)) &&
           (o->is_parallel_off || posix_host_open_parallel(&pc->host, &o->parallel)) &&
           (!o->has_debugcon || posix_host_open_debug(&pc->host, &o->debugcon)) &&
           (!o->log_file || posix_host_open_log(&pc->host, o->log_file)) &&
           (!o->trace_file || posix_host_open_trace(&pc->host, o->trace_file));
}

// --- the machine ---

// What a clock on this host's wall shows, counted as if it were UTC.
static int64_t local_seconds(time_t now)
{
    struct tm there = *localtime(&now), utc = *gmtime(&now);
    int days = there.tm_yday - utc.tm_yday;

    if (there.tm_year != utc.tm_year) {
        days = there.tm_year > utc.tm_year ? 1 : -1;
    }
    return (int64_t)now + days * 86400 + (there.tm_hour - utc.tm_hour) * 3600 +
           (there.tm_min - utc.tm_min) * 60;
}

static int64_t start_date(const struct options *o)
{
    switch (o->rtc_base) {
    case RTC_AUTO: return o->is_deterministic ? FIXED_DATE : (int64_t)time(NULL);
    case RTC_UTC: return (int64_t)time(NULL);
    case RTC_LOCALTIME: return local_seconds(time(NULL));
    case RTC_DATE: break;
    }
    return o->rtc_date;
}

static void fill_config(struct pc *pc)
{
    const struct options *o = pc->options;
    struct vt_pc_config *c = &pc->config;

    c->ram_bytes = o->ram_bytes;
    c->cpu = o->cpu;
    c->has_vga = !o->has_no_vga;
    c->boot_order = o->boot_order;
    c->boot_menu = o->boot_menu;
    c->rtc_unix_seconds = start_date(o);
    c->no_reboot = o->no_reboot;
    c->has_no_hpet = o->has_no_hpet;
    c->ns_per_instruction_numerator = o->ns_per_instruction;
    c->ns_per_instruction_denominator = o->ns_per_instruction ? 1 : 0;
    c->exit_on_triple_fault = o->exit_on_triple_fault;
    c->debug_exit_port = o->debug_exit_port;
    c->max_blocks = o->torture_blocks;
    c->flush_blocks_at_events = o->torture_flush;
}

static bool create(struct pc *pc)
{
    enum vt_status status = vt_pc_create(&pc->config, &pc->host.door, &pc->vm);

    switch (status) {
    case VT_OK: pc->feed.vm = pc->vm; return true;
    case VT_ERROR_MEMORY:
        message("not enough memory for a machine with -m %lluM",
                (unsigned long long)(pc->options->ram_bytes >> 20));
        return false;
    case VT_ERROR_BAD_KERNEL:
        message("%s: %s", pc->options->kernel ? pc->options->kernel : "-kernel",
                vt_status_text(status));
        return false;
    case VT_ERROR_CONFIG:
    case VT_ERROR_FIXED:
    case VT_ERROR_LOCKED: break;
    }
    message("the machine cannot be built: %s", vt_status_text(status));
    return false;
}

bool pc_set_up(struct pc *pc, struct options *o)
{
    bool is_default_guest = o->drive_count == 0 && !o->kernel && !o->bios;

    pc->options = o;
    posix_host_init(&pc->host);
    pc->is_nographic = o->is_nographic || (is_default_guest && o->display == DISPLAY_AUTO);
    if (is_default_guest && !choose_default_guest(pc)) {
        return false;
    }
    // What may fail without a trace comes first: destinations are emptied when they are opened.
    if (!set_up_drives(pc) || !set_up_firmware(pc) || !set_up_kernel(pc) || !set_up_talk(pc) ||
        !set_up_input(pc) || !set_up_outputs(pc)) {
        return false;
    }
    fill_config(pc);
    if (!create(pc)) {
        return false;
    }
    pc_monitor_init(pc);
    if (o->monitor_file && !pc_monitor_load(pc, o->monitor_file)) {
        return false;
    }
    if (is_default_guest) {
        announce_default_guest(pc);
    }
    return true;
}

void pc_tear_down(struct pc *pc)
{
    if (pc->vm) {
        vt_destroy(pc->vm);
        pc->vm = NULL;
    }
    modules_free(&pc->modules);
    while (pc->loaded_count > 0) {
        free(pc->loaded[--pc->loaded_count]);
    }
    tty_display_free(&pc->tty);
    feed_free(&pc->feed);
    script_free(&pc->script);
    key_script_free(&pc->keys);
    free(pc->commands);
    for (unsigned slot = 0; slot < VT_SLOTS; slot++) {
        free(pc->medium_names[slot]);
    }
}
