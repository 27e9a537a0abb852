// Keys by their names, text with escapes, and files of keys at given times.
//
// An item is what a feed delivers: a byte of text (0 to FFh), a key of vt_key() with ITEM_PRESS or
// ITEM_RELEASE, or with ITEM_HOLD a time in milliseconds in which nothing changes.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ITEM_PRESS   UINT32_C(0x40000000)
#define ITEM_RELEASE UINT32_C(0x80000000)
#define ITEM_HOLD    (ITEM_PRESS | ITEM_RELEASE)
#define ITEM_KEY     UINT32_C(0x3fffffff) // mask of the key, or of the time

enum { HOLD_MS_MAX = 1000000 };

struct items {
    uint32_t *rows;
    size_t count, capacity;
};

bool items_add(struct items *list, uint32_t item); // false: out of memory
void items_free(struct items *list);

// A key of the US keyboard by its name: a, 5, f10, enter, left, ctrl, kp-plus. False: no such key.
bool key_by_name(const char *name, size_t length, unsigned *key);
// Adds the presses and releases of keys held together: ctrl+alt+delete, or left:1500 for a hold of
// 1500 ms (1 to HOLD_MS_MAX). False: *bad is the place that is no key or no such time.
bool items_add_chord(struct items *list, const char *text, size_t length, const char **bad);
// Adds text with the escapes \n \r \t \b \e \\ \" \xNN and \{KEY+KEY}. False: *bad is the place
// that makes no sense, *why says why.
bool items_add_text(struct items *list, const char *text, size_t length, const char **bad,
                    const char **why);

// --- files ---

struct timed_item {
    uint64_t at_ns; // guest time since power-on
    size_t number;  // in the order of the files
    uint32_t item;
};

struct key_script {
    struct timed_item *rows;
    size_t count, capacity, next;
};

// Adds the file's keys. False: told on standard error, with place and caret.
bool key_script_load(struct key_script *s, const char *path);
// Puts the items of all files in the order of time.
void key_script_sort(struct key_script *s);
void key_script_free(struct key_script *s);
