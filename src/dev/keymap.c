// The US keyboard layout: from a character to the keys that a typist presses for it.
#include "dev/keymap.h"

enum {
    KEY_NONE = 0,
    KEY_CTRL = 0x1d,
    KEY_SHIFT = 0x2a,
    SHIFTED = 0x80,
    WITH_CTRL = 0x100,
};

// clang-format off
// Set-1 codes; SHIFTED: with the left shift key.
static const u16 keys_of_ascii[128] = {
    ['\b'] = 0x0e, ['\t'] = 0x0f, ['\n'] = 0x1c, ['\r'] = 0x1c, [0x1b] = 0x01, [0x7f] = 0x0e,
    [' '] = 0x39,

    ['1'] = 0x02, ['2'] = 0x03, ['3'] = 0x04, ['4'] = 0x05, ['5'] = 0x06,
    ['6'] = 0x07, ['7'] = 0x08, ['8'] = 0x09, ['9'] = 0x0a, ['0'] = 0x0b,
    ['!'] = 0x82, ['@'] = 0x83, ['#'] = 0x84, ['$'] = 0x85, ['%'] = 0x86,
    ['^'] = 0x87, ['&'] = 0x88, ['*'] = 0x89, ['('] = 0x8a, [')'] = 0x8b,

    ['-'] = 0x0c, ['='] = 0x0d, ['['] = 0x1a, [']'] = 0x1b, [';'] = 0x27, ['\''] = 0x28,
    ['_'] = 0x8c, ['+'] = 0x8d, ['{'] = 0x9a, ['}'] = 0x9b, [':'] = 0xa7, ['"'] = 0xa8,
    ['`'] = 0x29, ['\\'] = 0x2b, [','] = 0x33, ['.'] = 0x34, ['/'] = 0x35,
    ['~'] = 0xa9, ['|'] = 0xab, ['<'] = 0xb3, ['>'] = 0xb4, ['?'] = 0xb5,

    // Ctrl-\ ] ^ _ ; Ctrl-@ is Ctrl-2 on a US keyboard, but 0 is also "no character".
    [0x1c] = WITH_CTRL | 0x2b, [0x1d] = WITH_CTRL | 0x1b, [0x1e] = WITH_CTRL | 0x07,
    [0x1f] = WITH_CTRL | 0x0c,
};
static const u8 letter_keys[26] = {
    0x1e, 0x30, 0x2e, 0x20, 0x12, 0x21, 0x22, 0x23, 0x17, 0x24, 0x25, 0x26, 0x32, // a-m
    0x31, 0x18, 0x19, 0x10, 0x13, 0x1f, 0x14, 0x16, 0x2f, 0x11, 0x2d, 0x15, 0x2c, // n-z
};
// clang-format on

static unsigned key_of(unsigned c)
{
    if (c >= 'a' && c <= 'z') {
        return letter_keys[c - 'a'];
    }
    if (c >= 'A' && c <= 'Z') {
        return letter_keys[c - 'A'] | SHIFTED;
    }
    if (keys_of_ascii[c] == KEY_NONE && c >= 1 && c <= 26) {
        return letter_keys[c - 1] | WITH_CTRL;
    }
    return keys_of_ascii[c];
}

unsigned keymap_keys_of_character(char character, u32 keys[4])
{
    unsigned c = (u8)character;
    unsigned key = c < 128 ? key_of(c) : KEY_NONE;
    if (key == KEY_NONE) {
        return 0;
    }
    u32 code = key & 0x7f;
    u32 modifier = key & SHIFTED ? KEY_SHIFT : key & WITH_CTRL ? KEY_CTRL : KEY_NONE;
    unsigned count = 0;
    if (modifier != KEY_NONE) {
        keys[count++] = modifier;
    }
    keys[count++] = code;
    keys[count++] = code | KEYMAP_RELEASE;
    if (modifier != KEY_NONE) {
        keys[count++] = modifier | KEYMAP_RELEASE;
    }
    return count;
}
