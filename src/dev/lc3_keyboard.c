// The LC-3's keyboard [P&P] section 9.2 and appendix A.3.
//
//   xFE00 KBSR  [15] r   a key can be read from KBDR
//               [14] rw  ready asks for an interrupt (vector x80, priority 4)
//   xFE02 KBDR  [7:0] r  the key; reading it makes KBSR[15] 0
//
// The book has room for one key. Here keys wait in order, so that nothing typed is lost, and the
// next is ready as soon as the last has been read, or `latency` later. The request is a level: high
// while both bits of KBSR are 1.
//
// Not implemented: keys that are lost because nobody read them in time.
#include "dev/lc3_keyboard.h"

#include "core/fields.h"

enum { READY = 0x8000, IRQ_ENABLE = 0x4000 };

static const struct field latency_fields[] = {FIELD(struct lc3_latency_state, random)};
static const struct field keyboard_fields[] = {
    FIELD(struct lc3_keyboard_state, arrived),
    FIELD(struct lc3_keyboard_state, taken),
    FIELD(struct lc3_keyboard_state, ready_ns),
    FIELD(struct lc3_keyboard_state, data),
    FIELD(struct lc3_keyboard_state, is_ready),
    FIELD(struct lc3_keyboard_state, is_irq_enabled),
    FIELD_STRUCT(struct lc3_keyboard_state, latency, latency_fields),
};
static const struct field_table keyboard_table =
    FIELD_TABLE("keyboard", 1, struct lc3_keyboard_state, keyboard_fields);

static void update_irq(struct lc3_keyboard *k)
{
    line_set(&k->irq, k->s.is_ready && k->s.is_irq_enabled);
}

static void become_ready(void *owner)
{
    struct lc3_keyboard *k = owner;
    k->s.ready_ns = CLOCK_NEVER;
    k->s.is_ready = true;
    update_irq(k);
}

// The oldest unread key comes up.
static void bring_next(struct lc3_keyboard *k)
{
    u64 wait_ns = lc3_latency_next(&k->latency, &k->s.latency);
    if (wait_ns == 0) {
        become_ready(k);
        return;
    }
    k->s.ready_ns = clock_now_ns(k->clock) + wait_ns;
    clock_arm(k->clock, &k->ready, k->s.ready_ns);
}

void lc3_keyboard_press(struct lc3_keyboard *k)
{
    bool is_only = k->s.arrived++ == k->s.taken;
    if (is_only) {
        bring_next(k);
    }
}

u16 lc3_keyboard_peek_status(void *keyboard)
{
    const struct lc3_keyboard *k = keyboard;
    return (u16)((k->s.is_ready ? READY : 0) | (k->s.is_irq_enabled ? IRQ_ENABLE : 0));
}

u16 lc3_keyboard_read_status(void *keyboard)
{
    struct lc3_keyboard *k = keyboard;
    if (k->s.arrived == k->s.taken && k->polled) {
        k->polled(k->owner);
    }
    return lc3_keyboard_peek_status(k);
}

void lc3_keyboard_write_status(void *keyboard, u16 value)
{
    struct lc3_keyboard *k = keyboard;
    k->s.is_irq_enabled = value & IRQ_ENABLE ? 1 : 0;
    update_irq(k);
}

u16 lc3_keyboard_peek_data(void *keyboard)
{
    const struct lc3_keyboard *k = keyboard;
    return k->s.is_ready ? k->key(k->owner, k->s.taken) : k->s.data;
}

u16 lc3_keyboard_read_data(void *keyboard)
{
    struct lc3_keyboard *k = keyboard;
    if (k->s.is_ready) {
        k->s.data = k->key(k->owner, k->s.taken++);
        k->s.is_ready = false;
        if (k->s.taken < k->s.arrived) {
            bring_next(k);
        }
        update_irq(k);
    }
    return k->s.data;
}

static void reset(void *owner)
{
    struct lc3_keyboard *k = owner;
    clock_disarm(k->clock, &k->ready);
    k->s = (struct lc3_keyboard_state){
        .ready_ns = CLOCK_NEVER,
        .latency = {k->s.latency.random},
    };
    update_irq(k);
}

static void restored(void *owner)
{
    struct lc3_keyboard *k = owner;
    if (k->ready.when_ns != k->s.ready_ns) {
        clock_arm(k->clock, &k->ready, k->s.ready_ns);
    }
    update_irq(k);
}

void lc3_keyboard_init(struct lc3_keyboard *k, struct clock *clock,
                       const struct lc3_keyboard_wires *wires, struct lc3_latency latency, u64 seed)
{
    *k = (struct lc3_keyboard){
        .clock = clock,
        .irq = wires->irq,
        .key = wires->key,
        .polled = wires->polled,
        .owner = wires->owner,
        .latency = latency,
    };
    k->s.latency.random = seed | 1;
    dev_init(&k->dev, "keyboard", &keyboard_table, &k->s, k, reset, restored);
    clock_add_event(clock, &k->ready, "lc3_keyboard", become_ready, k);
    reset(k);
}
