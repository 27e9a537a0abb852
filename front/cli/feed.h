// What waits to enter the guest through its keyboard and its first serial port.
//
// Delivered between two slices of guest time, as fast as the guest takes it: the moment depends on
// guest time alone, never on the wall clock.
#pragma once

#include "front/cli/keys.h"
#include "vitrine/vitrine.h"

struct feed {
    struct vt_machine *vm;
    unsigned uart;        // that serial input goes to
    struct items keys;    // presses and releases
    size_t next_key;      // of keys
    uint64_t next_key_ns; // not before
    struct items bytes;
    size_t next_byte;
};

void feed_free(struct feed *f);
// Items for the keyboard; text becomes the keys that make it. Characters that no key makes are
// dropped.
void feed_keyboard(struct feed *f, const struct items *items);
void feed_key_item(struct feed *f, uint32_t item);
// Bytes for the serial port; keys in `items` go to the keyboard.
void feed_serial(struct feed *f, const struct items *items);
void feed_serial_byte(struct feed *f, uint8_t byte);
// Delivers what the guest has room for now.
void feed_pump(struct feed *f);

// True if keys of the US keyboard make the character (ASCII, and \r \t \b and escape).
bool feed_can_type(uint8_t character);
