#include "front/cli/feed.h"

#include <string.h>

// Between two keys: firmware polls slowly, and its buffer holds 15 keys.
enum { KEY_GAP_NS = 5 * 1000 * 1000 };

enum {
    KEY_ESCAPE = 0x01,
    KEY_BACKSPACE = 0x0e,
    KEY_TAB = 0x0f,
    KEY_ENTER = 0x1c,
};

void feed_free(struct feed *f)
{
    items_free(&f->keys);
    items_free(&f->bytes);
}

// The keys of a character, as vt_keys_of_character() gives them.
static unsigned keys_of(uint8_t character, uint32_t keys[4])
{
    static const struct {
        uint8_t character, key;
    } control[] = {{'\r', KEY_ENTER},     {'\n', KEY_ENTER},     {'\t', KEY_TAB},
                   {'\b', KEY_BACKSPACE}, {0x7f, KEY_BACKSPACE}, {0x1b, KEY_ESCAPE}};

    for (size_t i = 0; i < sizeof control / sizeof control[0]; i++) {
        if (control[i].character == character) {
            keys[0] = control[i].key;
            keys[1] = control[i].key | ITEM_RELEASE;
            return 2;
        }
    }
    return character < 0x80 ? vt_keys_of_character((char)character, keys) : 0;
}

bool feed_can_type(uint8_t character)
{
    uint32_t keys[4];

    return keys_of(character, keys) > 0;
}

void feed_key_item(struct feed *f, uint32_t item)
{
    uint32_t keys[4];
    unsigned count;

    if (item > 0xff) {
        items_add(&f->keys, item);
        return;
    }
    count = keys_of((uint8_t)item, keys);
    for (unsigned i = 0; i < count; i++) {
        items_add(&f->keys, keys[i] | (keys[i] & ITEM_RELEASE ? 0 : ITEM_PRESS));
    }
}

void feed_keyboard(struct feed *f, const struct items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        feed_key_item(f, items->rows[i]);
    }
}

void feed_serial_byte(struct feed *f, uint8_t byte)
{
    items_add(&f->bytes, byte);
}

void feed_serial(struct feed *f, const struct items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        if (items->rows[i] > 0xff) {
            feed_key_item(f, items->rows[i]);
        } else {
            feed_serial_byte(f, (uint8_t)items->rows[i]);
        }
    }
}

static bool is_hold(uint32_t item)
{
    return (item & ITEM_HOLD) == ITEM_HOLD;
}

static void pump_keys(struct feed *f)
{
    uint64_t now_ns = vt_guest_ns(f->vm);
    uint32_t item;

    if (f->next_key == f->keys.count || now_ns < f->next_key_ns) {
        return;
    }
    item = f->keys.rows[f->next_key];
    if (!is_hold(item) && !vt_key(f->vm, item & ITEM_KEY, (item & ITEM_RELEASE) == 0)) {
        return;
    }
    f->next_key_ns = now_ns + (is_hold(item) ? (item & ITEM_KEY) * UINT64_C(1000000) : KEY_GAP_NS);
    if (++f->next_key == f->keys.count) {
        f->next_key = f->keys.count = 0;
    }
}

static void pump_serial(struct feed *f)
{
    uint8_t bytes[64];
    size_t count = 0;

    while (count < sizeof bytes && f->next_byte + count < f->bytes.count) {
        bytes[count] = (uint8_t)f->bytes.rows[f->next_byte + count];
        count++;
    }
    if (count == 0) {
        return;
    }
    f->next_byte += vt_serial_input(f->vm, f->uart, bytes, count);
    if (f->next_byte == f->bytes.count) {
        f->next_byte = f->bytes.count = 0;
    }
}

void feed_pump(struct feed *f)
{
    pump_keys(f);
    pump_serial(f);
}
