// `vitrine pc`: a PC from the options, run to its end.
#pragma once

#include "front/cli/feed.h"
#include "front/cli/keys.h"
#include "front/cli/line_edit.h"
#include "front/cli/modules.h"
#include "front/cli/monitor.h"
#include "front/cli/options.h"
#include "front/cli/prefix.h"
#include "front/cli/script.h"
#include "front/cli/tty_display.h"
#include "front/cli/tty_keys.h"
#include "host/posix/posix_host.h"
#include "vitrine/vitrine.h"

// Runs the PC. Returns the exit code of the process.
int pc_main(int argc, char **argv);

// --- private to pc*.c ---

enum { PC_LOADED_FILES = 5 };

// A byte from a pseudo terminal that waits for room in the receiver.
struct pty_byte {
    bool is_there;
    uint8_t byte;
};

enum { TIMED_COMMAND_BYTES = 256 };

// A command for the monitor at a guest time.
struct timed_command {
    uint64_t at_ns;
    char text[TIMED_COMMAND_BYTES];
};

struct pc {
    struct options *options;
    struct posix_host host;
    struct vt_pc_config config;
    struct vt_machine *vm;

    struct modules modules;           // what -initrd names
    uint8_t *loaded[PC_LOADED_FILES]; // files in memory that `config` points into
    unsigned loaded_count;
    uint16_t tap_ports[OPTIONS_PORT_LOGS];

    // who talks with the guest
    bool is_nographic;
    enum display_kind display; // resolved
    enum console_kind console; // resolved
    int input_uart;            // that has standard input and output; -1: none
    bool takes_input;          // standard input is read
    bool is_input_over;        // it has ended
    bool is_paced;             // guest time may not run ahead of the wall clock
    bool is_terminal_raw;
    bool has_pty; // that input is taken from
    struct pty_byte pty_bytes[VT_SERIAL_PORTS];

    struct feed feed;
    struct script script;
    struct key_script keys;
    struct prefix prefix;
    struct tty_keys tty_keys;
    struct tty_display tty;
    uint64_t last_input_ns, last_draw_ns; // wall clock

    struct monitor monitor;
    struct line_edit line;
    struct timed_command *commands; // in the order of time
    unsigned command_count, next_command;
    char *medium_names[VT_SLOTS]; // of media put in by the monitor

    uint64_t wall_start_ns;
    uint64_t pace_origin_ns; // the wall clock at which guest time was 0, in effect
};

// Fills everything but the machine's run. False: told.
bool pc_set_up(struct pc *pc, struct options *o);
void pc_tear_down(struct pc *pc);

// Between two slices: what came from the terminal goes to the guest. False: the user ends the run.
bool pc_take_input(struct pc *pc);
// Input waits here for the guest, or for its time.
bool pc_has_pending_input(const struct pc *pc);
// Somebody wants to be served often, and no input ends a sleep for it.
bool pc_is_watched(const struct pc *pc);
// Sleeps while the guest is ahead of the wall clock.
void pc_pace(struct pc *pc);
void pc_draw(struct pc *pc);
// Tells the user something while the guest's output owns the terminal.
void pc_say(struct pc *pc, const char *text);
uint64_t pc_wall_ns(void);

// pc_monitor.c
void pc_monitor_init(struct pc *pc);
bool pc_monitor_open(struct pc *pc);                    // false: the user ends the run
bool pc_monitor_break(struct pc *pc, unsigned number);  // a breakpoint stopped the guest
bool pc_monitor_load(struct pc *pc, const char *path);  // false: told
bool pc_monitor_due(struct pc *pc);                     // false: a command ends the run
bool pc_monitor_perform(void *pc, const char *command); // false: it ends the run

// pc_medium.c: the path of what is in a drive, NULL: nothing; and another one (NULL: none). False:
// told.
const char *pc_medium(const struct pc *pc, enum vt_slot slot);
bool pc_change_medium(struct pc *pc, enum vt_slot slot, const char *path, bool is_forced);
