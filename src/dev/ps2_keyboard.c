// The PS/2 keyboard: 101 keys, scan code sets 1, 2 and 3. Key: [PS2K].
//
//   commands: ED leds, EE echo, F0 scan code set, F2 identify, F3 typematic rate, F4 scan, F5 stop,
//   F6 defaults, F7 to FD set 3's key types, FE resend, FF reset
//
// Keys come as codes of set 1, as the BIOS of an AT names them. Set 2 follows by turning the
// controller's translation round, set 3 has a table of its own.
//
// The key that was pressed last repeats as long as it is held, unless nobody reads the codes (where
// a real keyboard fills its 16 bytes): so a release that has no room yet makes no repeats. A host
// that repeats too may press a held key again; each press begins the delay anew.
//
// The keys that an 84-key keyboard has on its keypad only (cursor keys, /) are made to look like
// those in sets 1 and 2: shift codes behind E0 around them undo Shift and Num Lock for old
// programs. Which ones are in effect is kept, so that each is taken back, whatever happens between.
#include "core/fields.h"
#include "dev/ps2_impl.h"

#include <string.h>

enum {
    CMD_LEDS = 0xed,
    CMD_ECHO = 0xee,
    CMD_SCAN_SET = 0xf0,
    CMD_IDENTIFY = 0xf2,
    CMD_TYPEMATIC = 0xf3,
    CMD_SCAN = 0xf4,
    CMD_STOP = 0xf5,
    CMD_DEFAULTS = 0xf6,
    CMD_ALL_TYPEMATIC = 0xf7,
    CMD_ALL_MAKE_BREAK = 0xf8,
    CMD_ALL_MAKE = 0xf9,
    CMD_ALL_BOTH = 0xfa,
    CMD_KEY_TYPEMATIC = 0xfb,
    CMD_KEY_MAKE_BREAK = 0xfc,
    CMD_KEY_MAKE = 0xfd,
    CMD_RESEND = 0xfe,
    CMD_RESET = 0xff,
};
enum {
    KEY_EXTENDED = 0x100,
    KEY_CTRL = 0x1d,
    KEY_LEFT_SHIFT = 0x2a,
    KEY_RIGHT_SHIFT = 0x36,
    KEY_ALT = 0x38,
    KEY_SYSRQ = 0x54,
    KEY_DIVIDE = 0x135,
    KEY_BREAK = 0x146,
    KEY_PRINT = 0x137,
    KEY_PAUSE = 0x200,
    TYPEMATIC_DEFAULT = 0x2b, // 10.9 a second after 500 ms
    RELEASED = 0x80,
    LED_NUM = 2,
};
// Modifiers, and (the shifts) which of them a code behind E0 has released.
enum {
    LEFT_SHIFT = 0x01,
    RIGHT_SHIFT = 0x02,
    SHIFTS = 0x03,
    CTRLS = 0x0c, // left, right
    ALTS = 0x30,
    ADDED_SHIFT = 0x40, // or the left one pressed, which is not
};
#define TYPEMATIC_UNIT_NS (4170ull * 1000)

// clang-format off
// Set 2 to set 1, as the 8042 translates [8042]; bytes from 85h on stay.
static const u8 set1_of_set2[0x85] = {
    0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29, 0x59,
    0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b,
    0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d,
    0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f,
    0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61,
    0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76,
    0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f,
    0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45, 0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54,
    0x80, 0x81, 0x82, 0x41, 0x54,
};

// Set 3 by the set-1 code; 0: no such key.
static const u8 set3_plain[0x80] = {
    // Esc 1-0 - = BS
    [0x01] = 0x08, 0x16, 0x1e, 0x26, 0x25, 0x2e, 0x36, 0x3d, 0x3e, 0x46, 0x45, 0x4e, 0x55, 0x66,
    // Tab Q-P [ ] Enter
    [0x0f] = 0x0d, 0x15, 0x1d, 0x24, 0x2d, 0x2c, 0x35, 0x3c, 0x43, 0x44, 0x4d, 0x54, 0x5b, 0x5a,
    // Ctrl A-L ; ' `
    [0x1d] = 0x11, 0x1c, 0x1b, 0x23, 0x2b, 0x34, 0x33, 0x3b, 0x42, 0x4b, 0x4c, 0x52, 0x0e,
    // Shift \ Z-M , . / Shift
    [0x2a] = 0x12, 0x5c, 0x1a, 0x22, 0x21, 0x2a, 0x32, 0x31, 0x3a, 0x41, 0x49, 0x4a, 0x59,
    // kp* Alt Space Caps F1-F10
    [0x37] = 0x7e, 0x19, 0x29, 0x14, 0x07, 0x0f, 0x17, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x47, 0x4f,
    // Num Scroll kp7-kp.
    [0x45] = 0x76, 0x5f, 0x6c, 0x75, 0x7d, 0x84, 0x6b, 0x73, 0x74, 0x7c, 0x69, 0x72, 0x7a, 0x70,
    0x71,
    // SysRq, 102nd, F11, F12
    [0x54] = 0x57, [0x56] = 0x13, [0x57] = 0x56, [0x58] = 0x5e,
};
static const u8 set3_extended[0x80] = {
    [0x1c] = 0x79, [0x1d] = 0x58, [0x35] = 0x77, [0x37] = 0x57, [0x38] = 0x39, [0x46] = 0x62,
    [0x47] = 0x6e, [0x48] = 0x63, [0x49] = 0x6f, [0x4b] = 0x61, [0x4d] = 0x6a, [0x4f] = 0x65,
    [0x50] = 0x60, [0x51] = 0x6d, [0x52] = 0x67, [0x53] = 0x64, [0x5b] = 0x8b, [0x5c] = 0x8c,
    [0x5d] = 0x8d,
};
// Keys that report their release in set 3 unless told otherwise: shift, ctrl, alt, caps, GUI.
static const u8 set3_break_keys[] = {0x11, 0x12, 0x14, 0x19, 0x39, 0x58, 0x59, 0x8b, 0x8c};
// Those that neither repeat nor report it: Esc, F1 to F12, Print, Scroll, Pause, Insert, Home, End,
// page up and down, the keypad but for +.
static const u8 set3_make_keys[] = {
    0x08, 0x07, 0x0f, 0x17, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x47, 0x4f, 0x56, 0x5e, 0x57, 0x5f, 0x62,
    0x67, 0x6e, 0x65, 0x6f, 0x6d, 0x76, 0x77, 0x7e, 0x84, 0x6c, 0x75, 0x7d, 0x6b, 0x73, 0x74, 0x69,
    0x72, 0x7a, 0x70, 0x71, 0x79,
};
// clang-format on

u8 ps2_translate(u8 byte)
{
    return byte < COUNT_OF(set1_of_set2) ? set1_of_set2[byte] : byte;
}

// F7 and SysRq have two codes that translate to theirs; the later is the real one.
static u8 set2_of_set1(u8 code)
{
    for (unsigned n = COUNT_OF(set1_of_set2); n-- > 0;) {
        if (set1_of_set2[n] == code) {
            return (u8)n;
        }
    }
    return 0;
}

// --- keys ---

static void put_plain(struct ps2_keyboard *k, u8 code, bool is_pressed)
{
    if (k->scan_set == 1) {
        ps2_queue_put(&k->keys, code | (u8)(is_pressed ? 0 : RELEASED));
        return;
    }
    if (!is_pressed) {
        ps2_queue_put(&k->keys, 0xf0);
    }
    ps2_queue_put(&k->keys, set2_of_set1(code));
}

static void put_extended(struct ps2_keyboard *k, u8 code, bool is_pressed)
{
    ps2_queue_put(&k->keys, 0xe0);
    put_plain(k, code, is_pressed);
}

static bool has_key(const u8 set[32], u8 set3_code)
{
    return set[set3_code >> 3] >> (set3_code & 7) & 1;
}

static void set_key(u8 set[32], u8 set3_code, bool is_in)
{
    u8 bit = (u8)(1u << (set3_code & 7));
    set[set3_code >> 3] = is_in ? set[set3_code >> 3] | bit : set[set3_code >> 3] & (u8)~bit;
}

static u8 set3_code(unsigned key)
{
    if (key == KEY_PAUSE) {
        return 0x62;
    }
    return key & KEY_EXTENDED ? set3_extended[key & 0x7f] : set3_plain[key & 0x7f];
}

static void put_set3(struct ps2_keyboard *k, unsigned key, bool is_pressed)
{
    u8 code = set3_code(key);
    if (code == 0 || (!is_pressed && has_key(k->no_break, code))) {
        return;
    }
    if (!is_pressed) {
        ps2_queue_put(&k->keys, 0xf0);
    }
    ps2_queue_put(&k->keys, code);
}

// E1, then Ctrl and Num Lock pressed, E1, both released; nothing when the key goes up [PS2K].
static void put_pause(struct ps2_keyboard *k, bool is_pressed)
{
    if (!is_pressed) {
        return;
    }
    if (k->modifiers & CTRLS) { // Ctrl-Pause is Break
        put_extended(k, KEY_BREAK & 0x7f, true);
        put_extended(k, KEY_BREAK & 0x7f, false);
        return;
    }
    ps2_queue_put(&k->keys, 0xe1);
    put_plain(k, 0x1d, true);
    put_plain(k, 0x45, true);
    ps2_queue_put(&k->keys, 0xe1);
    put_plain(k, 0x1d, false);
    put_plain(k, 0x45, false);
}

// Before a key of those: the shifts that are to look released, or the left one to look pressed.
static void put_shifts(struct ps2_keyboard *k, u8 shifts)
{
    u8 fresh = shifts & (u8)~k->faked;
    if (fresh & LEFT_SHIFT) {
        put_extended(k, KEY_LEFT_SHIFT, false);
    }
    if (fresh & RIGHT_SHIFT) {
        put_extended(k, KEY_RIGHT_SHIFT, false);
    }
    if (fresh & ADDED_SHIFT) {
        put_extended(k, KEY_LEFT_SHIFT, true);
    }
    k->faked |= shifts;
}

// Behind it: as they were.
static void take_shifts_back(struct ps2_keyboard *k)
{
    if (k->faked & ADDED_SHIFT) {
        put_extended(k, KEY_LEFT_SHIFT, false);
    }
    if (k->faked & RIGHT_SHIFT) {
        put_extended(k, KEY_RIGHT_SHIFT, true);
    }
    if (k->faked & LEFT_SHIFT) {
        put_extended(k, KEY_LEFT_SHIFT, true);
    }
    k->faked = 0;
}

// Insert, Delete, Home, End, page up and down, the four arrows.
static bool is_cursor_key(unsigned key)
{
    static const u32 keys = 0xfab80; // bit n: 140h + n
    return key >= 0x140 && key < 0x160 && (keys >> (key - 0x140) & 1);
}

static u8 shifts_around(const struct ps2_keyboard *k, unsigned key)
{
    u8 held = k->modifiers & SHIFTS;
    if (key == KEY_PRINT) {
        return k->modifiers & (SHIFTS | CTRLS) ? 0 : ADDED_SHIFT;
    }
    if (is_cursor_key(key)) {
        return held == 0 && (k->leds & LED_NUM) ? ADDED_SHIFT : held;
    }
    return key == KEY_DIVIDE ? held : 0;
}

static void put_extended_key(struct ps2_keyboard *k, unsigned key, bool is_pressed)
{
    if (is_pressed) {
        put_shifts(k, shifts_around(k, key));
    }
    put_extended(k, key & 0x7f, is_pressed);
    if (!is_pressed && (key == KEY_PRINT || key == KEY_DIVIDE || is_cursor_key(key))) {
        take_shifts_back(k);
    }
}

// Alt-Print is SysRq, and stays it until the key is up.
static bool is_sysrq(struct ps2_keyboard *k, bool is_pressed)
{
    bool is = is_pressed ? (k->modifiers & ALTS) != 0 : k->is_sysrq_down;
    k->is_sysrq_down = is_pressed && is;
    return is;
}

static void put_key(struct ps2_keyboard *k, unsigned key, bool is_pressed)
{
    if (k->scan_set == 3) {
        put_set3(k, key, is_pressed);
    } else if (key == KEY_PAUSE) {
        put_pause(k, is_pressed);
    } else if (key == KEY_PRINT && is_sysrq(k, is_pressed)) {
        put_plain(k, KEY_SYSRQ, is_pressed);
    } else if (key & KEY_EXTENDED) {
        put_extended_key(k, key, is_pressed);
    } else {
        put_plain(k, key & 0x7f, is_pressed);
    }
}

static u8 modifier_of(unsigned key)
{
    switch (key) {
    case KEY_LEFT_SHIFT: return LEFT_SHIFT;
    case KEY_RIGHT_SHIFT: return RIGHT_SHIFT;
    case KEY_CTRL: return 0x04;
    case KEY_EXTENDED | KEY_CTRL: return 0x08;
    case KEY_ALT: return 0x10;
    case KEY_EXTENDED | KEY_ALT: return 0x20;
    default: return 0;
    }
}

static void note_modifier(struct ps2_keyboard *k, unsigned key, bool is_pressed)
{
    u8 bit = modifier_of(key);
    k->modifiers = is_pressed ? k->modifiers | bit : k->modifiers & (u8)~bit;
    if (!is_pressed) {
        k->faked &= (u8)~bit; // it is up: nothing to take back
    }
}

// --- repeats ---

static bool repeats(const struct ps2_keyboard *k, unsigned key)
{
    return k->scan_set == 3 ? !has_key(k->no_repeat, set3_code(key))
                            : key != KEY_PAUSE && key != KEY_BREAK;
}

void ps2_keyboard_repeat(struct ps2_keyboard *k)
{
    put_key(k, k->held, true);
}

// (1 + D6:5) times 250 ms.
u64 ps2_keyboard_delay_ns(const struct ps2_keyboard *k)
{
    return (1 + (k->typematic >> 5 & 3)) * (NS_PER_SECOND / 4);
}

// (8 + D2:0) * 2^D4:3 units.
u64 ps2_keyboard_period_ns(const struct ps2_keyboard *k)
{
    return ((8 + (k->typematic & 7ull)) << (k->typematic >> 3 & 3)) * TYPEMATIC_UNIT_NS;
}

// --- keys from the host ---

unsigned ps2_key_room(const struct ps2 *p)
{
    return ps2_queue_room(&p->s.keyboard.keys) / PS2_KEY_BYTES_MAX;
}

bool ps2_key(struct ps2 *p, unsigned key, bool is_pressed)
{
    struct ps2_keyboard *k = &p->s.keyboard;
    bool is_known = key == KEY_PAUSE || (key < KEY_PAUSE && (key & 0xff) < 0x80 && (key & 0x7f));
    if (!is_known) {
        return true;
    }
    if (ps2_key_room(p) == 0) {
        return false;
    }
    note_modifier(k, key, is_pressed);
    if (k->is_scanning) {
        put_key(k, key, is_pressed);
        if (is_pressed) {
            k->held = repeats(k, key) ? (u16)key : 0;
        } else if (key == k->held) {
            k->held = 0;
        }
        ps2_keys_queued(p);
    }
    return true;
}

// --- commands ---

static void set_all_keys(struct ps2_keyboard *k, bool have_break, bool have_repeat)
{
    memset(k->no_break, have_break ? 0 : 0xff, sizeof k->no_break);
    memset(k->no_repeat, have_repeat ? 0 : 0xff, sizeof k->no_repeat);
}

// What was not sent is forgotten, and with it what would have taken back a shift.
static void drop_keys(struct ps2_keyboard *k)
{
    ps2_queue_clear(&k->keys);
    k->held = 0;
    k->faked = 0;
}

static void set_defaults(struct ps2_keyboard *k)
{
    k->scan_set = 2;
    k->typematic = TYPEMATIC_DEFAULT;
    set_all_keys(k, false, true);
    for (unsigned n = 0; n < COUNT_OF(set3_break_keys); n++) {
        set_key(k->no_break, set3_break_keys[n], false);
        set_key(k->no_repeat, set3_break_keys[n], true);
    }
    for (unsigned n = 0; n < COUNT_OF(set3_make_keys); n++) {
        set_key(k->no_repeat, set3_make_keys[n], true);
    }
    drop_keys(k);
}

void ps2_keyboard_reset(struct ps2_keyboard *k)
{
    set_defaults(k);
    k->leds = 0;
    k->command = 0;
    k->is_scanning = true;
    ps2_queue_clear(&k->replies);
}

void ps2_keyboard_ready(struct ps2_keyboard *k)
{
    ps2_keyboard_reset(k);
    ps2_queue_put(&k->replies, PS2_SELF_TEST_PASSED);
}

static void reply(struct ps2_keyboard *k, u8 byte)
{
    ps2_queue_put(&k->replies, byte);
}

static void write_scan_set(struct ps2_keyboard *k, u8 v)
{
    if (v > 3) {
        reply(k, PS2_RESEND);
        return;
    }
    reply(k, PS2_ACK);
    if (v == 0) {
        reply(k, k->scan_set);
    } else {
        k->scan_set = v;
        drop_keys(k);
    }
}

static void write_argument(struct ps2_keyboard *k, u8 v)
{
    u8 command = k->command;
    k->command = 0;
    switch (command) {
    case CMD_LEDS: k->leds = v & 7; break;
    case CMD_TYPEMATIC: k->typematic = v & 0x7f; break;
    case CMD_SCAN_SET: write_scan_set(k, v); return;
    default: // a key's type; more keys may follow
        set_key(k->no_break, v, command != CMD_KEY_MAKE_BREAK);
        set_key(k->no_repeat, v, command != CMD_KEY_TYPEMATIC);
        k->command = command;
        break;
    }
    reply(k, PS2_ACK);
}

// A command without an argument, acknowledged already.
static void run_command(struct ps2_keyboard *k, u8 v)
{
    switch (v) {
    case CMD_IDENTIFY:
        reply(k, 0xab);
        reply(k, 0x83);
        break;
    case CMD_SCAN:
        k->is_scanning = true;
        drop_keys(k);
        break;
    case CMD_STOP:
        set_defaults(k);
        k->is_scanning = false;
        break;
    case CMD_DEFAULTS: set_defaults(k); break;
    case CMD_ALL_TYPEMATIC: set_all_keys(k, false, true); break;
    case CMD_ALL_MAKE: set_all_keys(k, false, false); break;
    case CMD_ALL_MAKE_BREAK: set_all_keys(k, true, false); break;
    case CMD_ALL_BOTH: set_all_keys(k, true, true); break;
    default: k->command = v; break; // the others take an argument
    }
}

bool ps2_keyboard_write(struct ps2_keyboard *k, u8 v)
{
    if (k->command != 0 && v < CMD_LEDS) {
        write_argument(k, v);
        return false;
    }
    k->command = 0;
    if (v == CMD_RESEND) {
        reply(k, k->last_sent);
    } else if (v == CMD_ECHO) {
        reply(k, CMD_ECHO);
    } else if (v < CMD_LEDS || v == 0xef || v == 0xf1) {
        reply(k, PS2_RESEND);
    } else {
        ps2_queue_clear(&k->replies);
        reply(k, PS2_ACK);
        if (v == CMD_RESET) {
            drop_keys(k);
            return true;
        }
        run_command(k, v);
    }
    return false;
}
