#include "base/arena.h"

#include <string.h>

enum {
    CHUNK_BYTES = 64 << 10, // at least
    ALIGNMENT = 16,
};

struct arena_chunk {
    struct arena_chunk *next;
    size_t size_bytes; // with this head
};

enum { HEAD_BYTES = (sizeof(struct arena_chunk) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT };

void arena_init(struct arena *a, const struct arena_source *source)
{
    *a = (struct arena){.source = *source};
}

// Chunks grow with the arena, so that there are few of them.
static bool add_chunk(struct arena *a, size_t size_bytes)
{
    size_t chunk_bytes = a->chunks ? a->chunks->size_bytes : CHUNK_BYTES;
    if (a->chunks && chunk_bytes < (16u << 20)) {
        chunk_bytes *= 2;
    }
    if (chunk_bytes - HEAD_BYTES < size_bytes) {
        chunk_bytes = size_bytes + HEAD_BYTES;
    }
    struct arena_chunk *chunk = a->source.alloc(a->source.owner, chunk_bytes);
    if (!chunk) {
        return false;
    }
    *chunk = (struct arena_chunk){.next = a->chunks, .size_bytes = chunk_bytes};
    a->chunks = chunk;
    a->used_bytes = HEAD_BYTES;
    return true;
}

void *arena_take(struct arena *a, size_t size_bytes)
{
    if (size_bytes > SIZE_MAX / 2) {
        a->has_failed = true;
        return NULL;
    }
    size_t rounded = (size_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!a->chunks || a->chunks->size_bytes - a->used_bytes < rounded) {
        if (!add_chunk(a, rounded)) {
            a->has_failed = true;
            return NULL;
        }
    }
    void *piece = (u8 *)a->chunks + a->used_bytes;
    a->used_bytes += rounded;
    return piece;
}

char *arena_text(struct arena *a, const char *text, size_t length)
{
    char *copy = arena_take(a, length + 1);
    if (copy && length > 0) {
        memcpy(copy, text, length);
    }
    return copy;
}

void arena_free(struct arena *a)
{
    struct arena_chunk *chunk = a->chunks;
    while (chunk) {
        struct arena_chunk *next = chunk->next;
        a->source.release(a->source.owner, chunk, chunk->size_bytes);
        chunk = next;
    }
    a->chunks = NULL;
    a->used_bytes = 0;
}

void *list_add(struct list *l)
{
    if (l->count == l->room) {
        size_t room = l->room ? 2 * l->room : 16;
        if (room > SIZE_MAX / 2 / l->item_bytes) {
            l->arena->has_failed = true;
            return NULL;
        }
        void *items = arena_take(l->arena, room * l->item_bytes);
        if (!items) {
            return NULL;
        }
        if (l->count > 0) {
            memcpy(items, l->items, l->count * l->item_bytes);
        }
        l->items = items;
        l->room = room;
    }
    return (u8 *)l->items + l->count++ * l->item_bytes;
}
