// The toy processor's life, its keys, and how it is run.
#include "cpu/toy/toy.h"

#include <string.h>

static const struct field toy_fields[] = {
    FIELD_ARRAY(struct toy_state, reg),
    FIELD(struct toy_state, ip),
    FIELD(struct toy_state, is_zero),
    FIELD(struct toy_state, is_negative),
    FIELD(struct toy_state, colour),
    FIELD(struct toy_state, is_over),
    FIELD(struct toy_state, is_faulty),
    FIELD(struct toy_state, is_waiting),
    FIELD_ARRAY(struct toy_state, keys),
    FIELD(struct toy_state, key_first),
    FIELD(struct toy_state, key_count),
    FIELD(struct toy_state, keys_read),
    FIELD(struct toy_state, registers_written),
};

static const struct field_table toy_table = FIELD_TABLE("toy", 1, struct toy_state, toy_fields);

void toy_init(struct toy *c, struct toy_memory *memory, void (*print)(void *owner, u8 byte),
              void *owner)
{
    *c = (struct toy){.memory = memory, .print = print, .owner = owner};
    dev_init(&c->dev, "cpu", &toy_table, &c->s, c, toy_reset, NULL);
    toy_reset(c);
}

void toy_reset(void *toy)
{
    struct toy *c = toy;
    c->s = (struct toy_state){.colour = 15};
    c->fault[0] = 0;
}

bool toy_key(struct toy *c, u16 code)
{
    if (c->s.key_count == TOY_KEYS) {
        return false;
    }
    c->s.keys[(c->s.key_first + c->s.key_count++) % TOY_KEYS] = code;
    c->s.is_waiting = false;
    return true;
}

// --- for struct cpu ---

u64 toy_run(void *toy, u64 budget)
{
    struct toy *c = toy;
    c->wants_leave = false;
    c->executed = 0;
    while (c->executed < budget && !c->wants_leave && toy_step(c)) {
        c->executed++;
    }
    u64 done = c->executed;
    c->executed = 0;
    return done;
}

bool toy_is_halted(const void *toy)
{
    const struct toy *c = toy;
    return c->s.is_over || c->s.is_faulty || c->s.is_waiting;
}

bool toy_is_dead(const void *toy)
{
    return toy_is_halted(toy); // nothing but a key helps, and that comes from outside
}

bool toy_is_shut_down(const void *toy)
{
    (void)toy;
    return false;
}

u64 toy_executed(void *toy)
{
    const struct toy *c = toy;
    return c->executed;
}

void toy_kick(void *toy)
{
    struct toy *c = toy;
    c->wants_leave = true;
}
