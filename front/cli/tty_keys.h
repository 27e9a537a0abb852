// Turns the bytes that a terminal sends for its keys into keys of the guest's keyboard.
#pragma once

#include "front/cli/keys.h"

enum { TTY_SEQUENCE_MAX = 16 };

struct tty_keys {
    uint8_t sequence[TTY_SEQUENCE_MAX]; // begins with ESC, not yet complete
    unsigned count;
};

// Adds the keys of a byte to `out`.
void tty_keys_take(struct tty_keys *k, uint8_t byte, struct items *out);
// No more bytes came for a while: an ESC that waits was the Escape key itself.
void tty_keys_pause(struct tty_keys *k, struct items *out);
