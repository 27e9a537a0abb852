// Reads the values of options: sizes, counts, times, dates, NAME=VALUE lists. Says nothing itself.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Decimal, or hexadecimal after 0x; nothing may follow.
bool value_number(const char *text, uint64_t limit, uint64_t *out);
// A count with k, M, G for thousands, millions, milliards.
bool value_count(const char *text, uint64_t *out);
// A size of memory in bytes, with B, K, M, G, T as powers of 1024; a number alone means MiB.
bool value_memory_size(const char *text, uint64_t *out);
// Guest time: seconds with at most nine decimals, or ms, us, ns, s, m, h after the number.
bool value_duration_ns(const char *text, uint64_t *out);
// on, yes, true / off, no, false.
bool value_switch(const char *text, bool *out);
// 2006-06-17 or 2006-06-17T16:01:21 as seconds since 1970.
bool value_date(const char *text, int64_t *unix_seconds);

enum { PROPERTIES_MAX = 24 };

// A list NAME=VALUE,NAME=VALUE. A comma inside a value is written twice.
struct property {
    const char *name;  // NULL: the first item was a value alone
    const char *value; // NULL: the item was a name alone
};

struct properties {
    unsigned count;
    struct property rows[PROPERTIES_MAX];
    char *storage; // what the rows point into; freed by the caller
};

// `is_first_bare`: the first item may be a value without a name (-machine pc,...). False: out of
// memory, or too many.
bool properties_split(struct properties *p, const char *text, bool is_first_bare);

// Is `name` one of the names in a list like "cont|c|continue"?
bool name_is_one_of(const char *name, const char *list);
