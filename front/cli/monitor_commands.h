// What the monitor's commands share: private to monitor*.c.
#pragma once

#include "front/cli/monitor.h"

enum { MONITOR_LINE_BYTES = 1024, MONITOR_WORDS_MAX = 8 };

// A command's words: [0] the command, then its arguments. More words than have room are in `line`.
struct words {
    char text[MONITOR_LINE_BYTES]; // the line, cut into words where it was blank
    const char *at[MONITOR_WORDS_MAX];
    unsigned count;
    const char *line; // as it was typed
    const char *rest; // of `line`, behind the command
};

// The line from word `n` on, blanks and all. `n` is below the count.
const char *words_from(const struct words *w, unsigned n);

// Carries a command out; the number of its arguments is as the table of commands has it.
typedef enum monitor_result monitor_command(struct monitor *m, const struct words *w);

// monitor_motion.c: going on and stopping.
monitor_command monitor_run_step, monitor_run_next, monitor_run_finish;
monitor_command monitor_run_break, monitor_run_watch, monitor_run_port, monitor_run_delete;

// monitor_input.c: what the user gives the machine.
monitor_command monitor_run_change, monitor_run_eject;
monitor_command monitor_run_keys, monitor_run_type;
monitor_command monitor_run_mouse_move, monitor_run_mouse_button;

// monitor_memory.c: memory as the processor sees it, and at physical addresses.
monitor_command monitor_run_examine, monitor_run_examine_physical;

// monitor_value.c: sums of numbers (decimal, 0x1f, 1fh), registers ($eip, eip) and SEG:OFFSET.
// False: said why.
bool monitor_value(const struct monitor *m, const char *text, uint64_t *out);
// The same as an expression of vt_evaluate, for later. It can be worked out now.
struct expression {
    char text[256];
    size_t length;
};
bool monitor_expression(const struct monitor *m, const char *text, struct expression *e);

// monitor_info.c: `info TOPIC`.
void monitor_info(const struct monitor *m, const char *topic);
void monitor_show_topics(const struct monitor *m);
void monitor_show_walk(const struct monitor *m, uint64_t linear);
