// Ctrl-A on the terminal: the next key is for Vitrine, not for the guest.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum prefix_action {
    PREFIX_PASS,    // the byte is the guest's
    PREFIX_SWALLOW, // nothing to do
    PREFIX_END,     // Ctrl-A X
    PREFIX_HELP,    // Ctrl-A H or ?
    PREFIX_MONITOR, // Ctrl-A C
    PREFIX_RESET,   // Ctrl-A R
    PREFIX_POWER,   // Ctrl-A P
};

struct prefix {
    bool is_begun; // Ctrl-A came
};

enum prefix_action prefix_take(struct prefix *p, uint8_t byte);
const char *prefix_help(void); // one line
