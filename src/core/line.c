#include "core/line.h"

#include "base/check.h"

enum { DRIVERS_MAX = 32 };

static void set_driver(void *owner, unsigned n, bool level)
{
    struct line_or *w = owner;
    u32 before = w->levels, bit = 1u << n;
    w->levels = level ? before | bit : before & ~bit;
    if ((before != 0) != (w->levels != 0)) {
        line_set(&w->out, level);
    }
}

struct line line_or_add(struct line_or *w)
{
    CHECK(w->driver_count < DRIVERS_MAX);
    return (struct line){.set = set_driver, .owner = w, .n = w->driver_count++};
}
