// What the tester and its 32-bit child speak through shared memory: cases, results, and the memory
// that both sides of the comparison have. Plain 32-bit values only: one side is a 64-bit program,
// the other a 32-bit one.
//
//   10000000  the child's own program                       )  on our side: supervisor's pages
//   50000000  struct shared; a page with the way into a case )
//
// The windows of memory, at the same linear addresses on both sides; pages around them are not
// mapped:
//
//   00008000  low      1 page   for 16-bit addresses
//   20000000  code     1 page   read and execute
//   30000000  data     2 pages
//   30002000  constant 1 page   read only
//   40000000  stack    1 page
#pragma once

#include "base/types.h"

enum {
    PAGE_BYTES = 4096,
    LOW_AT = 0x8000,
    CODE_AT = 0x20000000,
    DATA_AT = 0x30000000,
    DATA_BYTES = 2 * PAGE_BYTES,
    CONSTANT_AT = DATA_AT + DATA_BYTES,
    STACK_AT = 0x40000000,

    OWN_AT = 0x10000000, // what a case may not touch: it would hit the child itself
    OWN_BYTES = 0x1000000,
    SHARED_AT = 0x50000000,
    SHARED_BYTES = 0x1000000,
    ENTRY_AT = SHARED_AT + SHARED_BYTES - PAGE_BYTES,

    WINDOW_COUNT = 4, // that can hold other bytes than the code
    LINE_BYTES = 64,
    FILL = 0xcc, // the code page outside of the instruction: INT3
};

struct window {
    u32 at, bytes, is_writable;
};

static const struct window windows[WINDOW_COUNT] = {
    {LOW_AT, PAGE_BYTES, 1},
    {DATA_AT, DATA_BYTES, 1},
    {CONSTANT_AT, PAGE_BYTES, 0},
    {STACK_AT, PAGE_BYTES, 1},
};

enum { WINDOWS_BYTES = 5 * PAGE_BYTES }; // all of them

// General registers, and FXSAVE's image of the rest.
struct registers {
    u8 fx[512];
    u32 r[8]; // by their numbers: EAX ECX EDX EBX ESP EBP ESI EDI
    u32 eip, eflags;
    u32 unused[6]; // to a multiple of 16
};

enum { PATCH_COUNT = 3, PATCH_BYTES = 512, CODE_BYTES = 24 };

// Bytes that a case wants in memory; the rest is as in `background`.
struct patch {
    u32 at, bytes;
    u8 byte[PATCH_BYTES];
};

struct test_case {
    struct registers before;
    struct patch patch[PATCH_COUNT];
    u8 code[CODE_BYTES]; // at before.eip, cut off at the page's end
    u32 length;
    u32 unused[3];
};

// A line of memory that is not as in `background`.
struct memory_line {
    u32 at;
    u8 byte[LINE_BYTES];
};

struct result {
    struct registers after; // eip: as the exception pushes it
    u32 vector, error;
    u32 address; // of a page fault
    u32 first_line, line_count;
    u32 unused[3];
};

enum { BATCH_CASES = 256, BATCH_LINES = BATCH_CASES * (WINDOWS_BYTES / LINE_BYTES) };

struct shared {
    u32 count;    // of cases; 0: end
    u32 finished; // how many the child has done: names the guilty one if it dies
    u32 line_count;
    u32 unused[1];
    struct test_case cases[BATCH_CASES];
    struct result results[BATCH_CASES];
    struct memory_line lines[BATCH_LINES];
    u8 background[WINDOWS_BYTES];
};

_Static_assert(sizeof(struct registers) % 16 == 0 && sizeof(struct test_case) % 16 == 0 &&
                   sizeof(struct result) % 16 == 0,
               "FXRSTOR wants its image aligned");
_Static_assert(sizeof(struct shared) <= SHARED_BYTES - 3 * PAGE_BYTES,
               "struct shared is too large");
