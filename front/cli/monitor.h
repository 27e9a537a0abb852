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

// --- private to monitor*.c ---

void monitor_print(const struct monitor *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// monitor_value.c: a sum of numbers (decimal, 0x1f, 1fh), registers ($eip, eip) and SEG:OFFSET.
// False: said why.
bool monitor_value(const struct monitor *m, const char *text, uint64_t *out);

// monitor_info.c: `info TOPIC`.
void monitor_info(const struct monitor *m, const char *topic);
void monitor_show_topics(const struct monitor *m);
void monitor_show_registers(const struct monitor *m);
void monitor_show_instruction(const struct monitor *m, uint64_t address, bool is_next);
void monitor_show_walk(const struct monitor *m, uint64_t linear);

// monitor_memory.c: `x/FMT ADDRESS`. `format` is what stands behind the slash, may be empty.
void monitor_examine(struct monitor *m, unsigned space, const char *format, const char *address);
