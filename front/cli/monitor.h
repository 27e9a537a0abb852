// The monitor: a line of the user, an answer about the machine. Reached by Ctrl-A C, by a file of
// commands at given guest times (--commands), or from the steps of a script (--do).
//
// It sees the machine through include/vitrine/debug.h alone; looking leaves the guest as it is.
#pragma once

#include "vitrine/debug.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum monitor_result {
    MONITOR_STAYS,     // ready for the next line
    MONITOR_CONTINUES, // the guest is to run on
    MONITOR_ENDS,      // the user ends the run
};

// What the monitor asks of the front end; `owner` is handed back.
struct monitor_host {
    void *owner;
    void (*put)(void *owner, const char *text);
    // NULL path: eject. False: said why.
    bool (*change_medium)(void *owner, enum vt_slot slot, const char *path, bool is_forced);
    const char *(*medium)(void *owner, enum vt_slot slot); // path; NULL: empty
    bool (*send_keys)(void *owner, const char *chord);     // ctrl+alt+delete
    bool (*type_text)(void *owner, const char *text);      // with escapes
    bool (*is_interrupted)(void *owner); // the user wants a long command to end; may be NULL
};

struct monitor {
    struct vt_machine *vm;
    struct monitor_host host;
    uint64_t next_address; // of an x or xp without address
    bool has_stop;         // a step met the machine's end
    struct vt_stop stop;
    unsigned mouse_buttons; // held down, as vt_mouse has them
};

// True if a line begins with a command, so that a mistake is seen before the guest starts.
bool monitor_knows(const char *line);
// Carries out one command.
enum monitor_result monitor_run(struct monitor *m, const char *line);

// Says something as an answer: at most MONITOR_LINE_BYTES.
void monitor_print(const struct monitor *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
// Shows the instruction at a linear address, with an arrow in front if it is the next one.
void monitor_show_instruction(const struct monitor *m, uint64_t address, bool is_next);
