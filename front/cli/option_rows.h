// The table of options, and what sets them: private to the options.
#pragma once

#include "front/cli/options.h"
#include "front/cli/values.h"

enum option_kind {
    OPTION_HEADING, // of a group in the help
    OPTION_FLAG,    // sets the bool at `offset`
    OPTION_TEXT,    // sets the const char * at `offset`
    OPTION_CALL,    // calls `set`
    OPTION_MISSING, // is to come, and says so
};

// Reads the value of the option `name`, written as the user did. False: told.
typedef bool option_setter(struct options *o, const char *name, const char *value);

struct option_row {
    const char *name;
    const char *argument; // as help names it; NULL: takes none
    enum option_kind kind;
    size_t offset;
    option_setter *set;
    const char *help; // NULL: not shown
};

extern const struct option_row option_rows[];
extern const size_t option_row_count;

// Whether QEMU has an option of this name, without its dashes, that is not in the table.
bool option_is_foreign(const char *name);

// Tells what is wrong with a value. False, always.
bool option_refuse(const char *name, const char *value, const char *why);

// Splits a list of properties, which lives until options_free. False: told.
bool option_split(struct options *o, const char *name, const char *value, bool is_first_bare,
                  struct properties *out);

// Adds a drive. False: told.
bool option_add_drive(struct options *o, const struct drive_option *drive);

// option_drive.c
option_setter option_set_drive;
// option_machine.c
option_setter option_set_memory, option_set_cpu, option_set_machine, option_set_processors,
    option_set_hard_disk, option_set_floppy, option_set_cdrom, option_set_boot, option_set_vga,
    option_set_rtc, option_set_instruction_time, option_set_device;
// option_ports.c
option_setter option_add_serial, option_set_parallel, option_set_debugcon, option_set_display,
    option_add_port_log, option_set_log, option_set_none, option_set_layout, option_ignore;
// option_run.c
option_setter option_set_exit_on, option_set_max_instructions, option_set_max_time,
    option_set_trace_from, option_set_torture, option_add_expect, option_add_type, option_add_do,
    option_add_keys, option_set_console;
