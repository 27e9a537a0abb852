#include "host/wasm/memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { PAGE_BYTES = 4096, GROW_BYTES = 65536, SHORT_BYTES = 64 };

// --- the part of the C library that compilers call ---
//
// The built-in functions become memory.copy and memory.fill where the size is not known.

// memory.copy leaves the compiled code: what is short is copied in it.
void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    uint8_t *t = to;
    const uint8_t *f = from;

    if (count > SHORT_BYTES) {
        return __builtin_memcpy(to, from, count);
    }
    for (; count >= 8; count -= 8, t += 8, f += 8) {
        uint64_t word;

        __builtin_memcpy(&word, f, 8);
        __builtin_memcpy(t, &word, 8);
    }
    for (; count > 0; count--) {
        *t++ = *f++;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t count)
{
    return __builtin_memmove(to, from, count);
}

void *memset(void *to, int byte, size_t count)
{
    return __builtin_memset(to, byte, count);
}

int memcmp(const void *a, const void *b, size_t count)
{
    const uint8_t *x = a, *y = b;

    for (size_t n = 0; n < count; n++) {
        if (x[n] != y[n]) {
            return x[n] < y[n] ? -1 : 1;
        }
    }
    return 0;
}

// --- pages ---

// A run of free pages, in the order of addresses. The list is the one thing of an instance that
// hangs on nothing else: it is the instance's heap.
struct run {
    struct run *next;
    size_t size_bytes;
};

extern uint8_t __heap_base; // from the linker: where the program's own data ends
static struct run *free_runs;
static uintptr_t heap_end; // of what has been handed out or is free; 0: not begun

static size_t whole_pages(size_t size_bytes)
{
    return (size_bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
}

static void *take_free(size_t size_bytes)
{
    for (struct run **at = &free_runs; *at; at = &(*at)->next) {
        struct run *run = *at;

        if (run->size_bytes < size_bytes) {
            continue;
        }
        if (run->size_bytes == size_bytes) {
            *at = run->next;
        } else {
            struct run *rest = (struct run *)((uint8_t *)run + size_bytes);

            *rest = (struct run){.next = run->next, .size_bytes = run->size_bytes - size_bytes};
            *at = rest;
        }
        return memset(run, 0, size_bytes);
    }
    return NULL;
}

// New memory is zero already.
static void *take_new(size_t size_bytes)
{
    uintptr_t start = heap_end ? heap_end : whole_pages((uintptr_t)&__heap_base);
    uintptr_t room = (uintptr_t)__builtin_wasm_memory_size(0) * GROW_BYTES;

    if (size_bytes > UINTPTR_MAX - start - GROW_BYTES) {
        return NULL;
    }
    if (start + size_bytes > room) {
        size_t more = (start + size_bytes - room + GROW_BYTES - 1) / GROW_BYTES;

        if (__builtin_wasm_memory_grow(0, more) == SIZE_MAX) {
            return NULL;
        }
    }
    heap_end = start + size_bytes;
    return (void *)start;
}

void *wasm_take(size_t size_bytes)
{
    size_t size = whole_pages(size_bytes ? size_bytes : 1);
    void *memory = size >= size_bytes ? take_free(size) : NULL;

    return memory || size < size_bytes ? memory : take_new(size);
}

// Joins a run with the one behind it if they touch.
static void join(struct run *run)
{
    if (run->next && (uint8_t *)run + run->size_bytes == (uint8_t *)run->next) {
        run->size_bytes += run->next->size_bytes;
        run->next = run->next->next;
    }
}

void wasm_give_back(void *memory, size_t size_bytes)
{
    struct run **at = &free_runs;
    struct run *run = memory, *before = NULL;

    if (!memory) {
        return;
    }
    while (*at && *at < run) {
        before = *at;
        at = &(*at)->next;
    }
    *run = (struct run){.next = *at, .size_bytes = whole_pages(size_bytes ? size_bytes : 1)};
    *at = run;
    join(run);
    if (before) {
        join(before);
    }
}
