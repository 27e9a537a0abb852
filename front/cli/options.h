// The options of `vitrine pc` as the user gave them, and the table that reads them.
#pragma once

#include "host/posix/sink.h"
#include "vitrine/vitrine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    OPTIONS_DRIVES = 8,
    OPTIONS_PORT_LOGS = 16,
    OPTIONS_STEPS = 256,
    OPTIONS_OWNED = 512,
    OPTIONS_KEY_FILES = 8,
};

enum exit_code {
    EXIT_GOOD = 0,       // the guest ended well
    EXIT_BAD_USE = 1,    // bad usage or file
    EXIT_FAULT = 2,      // the guest crashed
    EXIT_LIMIT = 3,      // a limit was reached
    EXIT_UNEXPECTED = 4, // an --expect was not met
};

enum display_kind {
    DISPLAY_AUTO,
    DISPLAY_NONE,
    DISPLAY_TTY,
};

// Where --type goes and --expect looks.
enum console_kind {
    CONSOLE_AUTO,
    CONSOLE_SERIAL,
    CONSOLE_SCREEN,
};

enum drive_kind {
    DRIVE_GUESS, // by contents and size
    DRIVE_DISK,
    DRIVE_CDROM,
    DRIVE_FLOPPY,
};

struct drive_option {
    const char *option; // that named it: "-hda"; NULL: a file without an option
    const char *file;
    enum drive_kind kind;
    int index; // on its bus; -1: the next that is free
    bool is_read_only;
    bool is_snapshot;
    const char *overlay; // NULL: none
    bool is_raw;         // format=raw was said: its contents are not checked
};

enum step_kind {
    STEP_EXPECT,
    STEP_TYPE,
    STEP_DO,
};

struct step_option {
    enum step_kind kind;
    const char *text;
};

struct port_log_option {
    uint16_t port;
    const char *path;
};

enum rtc_base {
    RTC_AUTO, // UTC; with --deterministic a fixed date
    RTC_UTC,
    RTC_LOCALTIME,
    RTC_DATE,
};

struct options {
    // the machine
    uint64_t ram_bytes;
    const char *cpu, *kernel, *initrd, *append, *bios;
    const char *boot_order;
    bool boot_menu;
    bool has_no_vga;
    struct drive_option drives[OPTIONS_DRIVES];
    unsigned drive_count;
    bool has_no_defaults; // no CD drive unless something is said of it
    bool is_snapshot;
    enum rtc_base rtc_base;
    int64_t rtc_date;
    uint16_t debug_exit_port; // 0: none
    bool no_reboot, no_shutdown;
    bool has_no_hpet;
    unsigned ns_per_instruction; // 0: as many as usual

    // where its output goes
    struct sink_target serial[VT_SERIAL_PORTS];
    unsigned serial_count;
    bool is_serial_off;          // -serial none
    struct sink_target parallel; // nowhere, unless it is said
    bool is_parallel_off;        // -parallel none
    struct sink_target debugcon;
    bool has_debugcon;
    struct port_log_option port_logs[OPTIONS_PORT_LOGS];
    unsigned port_log_count;
    const char *audio_file; // sound as a WAV file; NULL: nobody listens
    enum display_kind display;
    bool is_nographic;
    bool is_log_wanted; // -d
    const char *log_file;

    // how it is run
    bool is_deterministic;
    bool is_unpaced;
    bool exit_on_halt, exit_on_triple_fault;
    uint64_t max_instructions, max_time_ns; // UINT64_MAX: none
    bool wants_stats, wants_digest;
    const char *screenshot_file, *trace_file;
    uint64_t trace_from;
    unsigned torture_blocks;
    bool torture_flush;

    // its input
    enum console_kind console;
    struct step_option steps[OPTIONS_STEPS]; // in the order of the command line
    unsigned step_count;
    const char *key_files[OPTIONS_KEY_FILES];
    unsigned key_file_count;
    const char *monitor_file; // commands for the monitor

    void *owned[OPTIONS_OWNED]; // memory that the texts above point into
    unsigned owned_count;
};

enum options_result {
    OPTIONS_RUN,
    OPTIONS_DONE, // help was asked for and printed
    OPTIONS_BAD,  // told on standard error
};

enum options_result options_parse(struct options *o, int argc, char **argv);
void options_free(struct options *o);
void options_print_help(void);
bool options_has_expect(const struct options *o);

// Keeps memory until options_free. NULL (also given NULL): told; the caller gives up.
void *options_own(struct options *o, void *memory);
