#include "front/cli/tty_keys.h"

#include <string.h>

enum {
    ESCAPE = 0x1b,
    DELETE = 0x7f,
    KEY_ALT = 0x38,
    KEY_CTRL = 0x1d,
    KEY_SHIFT = 0x2a,
};

// What follows ESC [ or ESC O, with modifiers taken out: [ECMA-48], and xterm's "ctlseqs", section
// "Function keys".
static const struct {
    const char *sequence;
    uint16_t key;
} sequences[] = {
    {"A", 0x148},  {"B", 0x150},  {"C", 0x14d},  {"D", 0x14b},  {"H", 0x147},  {"F", 0x14f},
    {"1~", 0x147}, {"2~", 0x152}, {"3~", 0x153}, {"4~", 0x14f}, {"5~", 0x149}, {"6~", 0x151},
    {"7~", 0x147}, {"8~", 0x14f}, {"P", 0x3b},   {"Q", 0x3c},   {"R", 0x3d},   {"S", 0x3e},
    {"11~", 0x3b}, {"12~", 0x3c}, {"13~", 0x3d}, {"14~", 0x3e}, {"15~", 0x3f}, {"17~", 0x40},
    {"18~", 0x41}, {"19~", 0x42}, {"20~", 0x43}, {"21~", 0x44}, {"23~", 0x57}, {"24~", 0x58},
    {"[A", 0x3b}, // the Linux console's F1 to F5
    {"[B", 0x3c},  {"[C", 0x3d},  {"[D", 0x3e},  {"[E", 0x3f},
};

// xterm's modifier parameter is 1 + these.
enum { MODIFIER_SHIFT = 1, MODIFIER_ALT = 2, MODIFIER_CTRL = 4 };

static const struct {
    unsigned bit;
    uint16_t key;
} modifiers[] = {{MODIFIER_SHIFT, KEY_SHIFT}, {MODIFIER_ALT, KEY_ALT}, {MODIFIER_CTRL, KEY_CTRL}};

static void hold(unsigned held, uint32_t mark, struct items *out)
{
    for (size_t i = 0; i < sizeof modifiers / sizeof modifiers[0]; i++) {
        if (held & modifiers[i].bit) {
            items_add(out, modifiers[i].key | mark);
        }
    }
}

static void add_key(unsigned key, unsigned held, struct items *out)
{
    hold(held, ITEM_PRESS, out);
    items_add(out, key | ITEM_PRESS);
    items_add(out, key | ITEM_RELEASE);
    hold(held, ITEM_RELEASE, out);
}

static bool is_plain_control(uint8_t byte)
{
    return byte == '\r' || byte == '\n' || byte == '\t' || byte == '\b';
}

// A byte that is no part of a sequence.
static void add_byte(uint8_t byte, unsigned held, struct items *out)
{
    char letter = (char)(byte | 0x60);
    unsigned key;

    if (byte < 0x20 && !is_plain_control(byte) && key_by_name(&letter, 1, &key)) {
        add_key(key, held | MODIFIER_CTRL, out);
    } else if (byte < DELETE || byte == DELETE) {
        hold(held, ITEM_PRESS, out);
        items_add(out, byte);
        hold(held, ITEM_RELEASE, out);
    }
}

// Removes ";M" or "1;M" (xterm writes F1 with Ctrl as ESC [ 1 ; 5 P) and returns the modifiers.
static unsigned take_modifiers(char *text)
{
    char *semicolon = strchr(text, ';');
    unsigned n;

    if (!semicolon || semicolon[1] < '1' || semicolon[1] > '8') {
        return 0;
    }
    n = (unsigned)(semicolon[1] - '1');
    if (semicolon[2] == '~') {
        memmove(semicolon, semicolon + 2, strlen(semicolon + 2) + 1);
    } else {
        memmove(text, semicolon + 2, strlen(semicolon + 2) + 1);
    }
    return n;
}

static void finish_sequence(struct tty_keys *k, struct items *out)
{
    char text[TTY_SEQUENCE_MAX + 1];
    unsigned held;

    memcpy(text, k->sequence + 2, k->count - 2);
    text[k->count - 2] = '\0';
    k->count = 0;
    held = take_modifiers(text);
    if (strcmp(text, "Z") == 0) { // Shift-Tab
        add_key(0x0f, MODIFIER_SHIFT, out);
        return;
    }
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        if (strcmp(sequences[i].sequence, text) == 0) {
            add_key(sequences[i].key, held, out);
            return;
        }
    }
}

static bool is_complete(const struct tty_keys *k, uint8_t last)
{
    bool is_console_f_key = k->count == 3 && last == '['; // ESC [ [ A

    return k->count > 2 && last >= 0x40 && last <= 0x7e && !is_console_f_key;
}

void tty_keys_take(struct tty_keys *k, uint8_t byte, struct items *out)
{
    if (k->count == 0 && byte != ESCAPE) {
        add_byte(byte, 0, out);
        return;
    }
    if (k->count == 1 && byte == ESCAPE) { // two: the first was the key
        add_key(0x01, 0, out);
        return;
    }
    if (k->count == 1 && byte != '[' && byte != 'O') {
        k->count = 0;
        add_byte(byte, MODIFIER_ALT, out); // terminals send ESC before a key with Alt
        return;
    }
    k->sequence[k->count++] = byte;
    if (is_complete(k, byte)) {
        finish_sequence(k, out);
    } else if (k->count == TTY_SEQUENCE_MAX) {
        k->count = 0;
    }
}

void tty_keys_pause(struct tty_keys *k, struct items *out)
{
    if (k->count == 1) {
        add_key(0x01, 0, out);
    } else if (k->count == 2) {
        add_byte(k->sequence[1], MODIFIER_ALT, out);
    }
    k->count = 0;
}
