// Memory that is taken piece by piece and given back all at once, and lists that grow in it.
#pragma once

#include "base/types.h"

// Where its memory comes from. `alloc` gives zeroed memory, NULL when there is none.
struct arena_source {
    void *owner;
    void *(*alloc)(void *owner, size_t size_bytes);
    void (*release)(void *owner, void *memory, size_t size_bytes);
};

struct arena_chunk;

struct arena {
    struct arena_source source;
    struct arena_chunk *chunks; // the newest first
    size_t used_bytes;          // of the newest, its head included
    bool has_failed;            // some piece could not be had
};

void arena_init(struct arena *a, const struct arena_source *source);
// Zeroed, aligned to 16 bytes. NULL: there is none; `has_failed` then stays set.
void *arena_take(struct arena *a, size_t size_bytes) NODISCARD;
// Zero-ended copy of some text.
char *arena_text(struct arena *a, const char *text, size_t length) NODISCARD;
// Gives all of it back.
void arena_free(struct arena *a);

// A list of items of one size, in the order in which they came.
struct list {
    struct arena *arena;
    void *items;
    size_t item_bytes;
    size_t count, room; // in items
};

static inline struct list list_in(struct arena *a, size_t item_bytes)
{
    return (struct list){.arena = a, .item_bytes = item_bytes};
}

// A new zeroed item at the end; pointers to others become invalid. NULL: no memory.
void *list_add(struct list *l) NODISCARD;
