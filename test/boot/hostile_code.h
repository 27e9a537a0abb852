// Programs that no one would write: code of likely instructions with unlikely operands, aimed at
// ports, memory, descriptor tables and the BIOS. A seed makes all of it.
//
//     0500h  descriptor tables' registers      0600h  handler of exceptions, its counter at 0700h
//     0800h  GDT    1000h  IDT    7E00h  the program
//     90000h page directory, 91000h page table
#pragma once

#include "test/fuzz/fuzz.h"

enum { CODE_AT = 0x7e00, CODE_BYTES = 0x4000 };

struct program {
    u8 *bytes; // CODE_BYTES
    unsigned used;
    bool is_32;
    struct dice dice;
};

static inline u32 below(struct program *p, u32 count)
{
    return roll(&p->dice) % count;
}

static inline void emit(struct program *p, unsigned count, const u8 *bytes)
{
    for (unsigned n = 0; n < count && p->used < CODE_BYTES; n++) {
        p->bytes[p->used++] = bytes[n];
    }
}

#define EMIT(p, ...) emit(p, sizeof((u8[]){__VA_ARGS__}), (u8[]){__VA_ARGS__})

static inline void emit16(struct program *p, u32 v)
{
    EMIT(p, (u8)v, (u8)(v >> 8));
}

static inline void emit32(struct program *p, u32 v)
{
    emit16(p, v);
    emit16(p, v >> 16);
}

// Numbers at which things begin, end and overflow, more often than others.
static inline u32 odd_number(struct program *p)
{
    static const u32 chosen[] = {0,          1,          2,          0x7f,       0x80,
                                 0xff,       0x100,      0x7fff,     0x8000,     0xffff,
                                 0x10000,    0x9fc00,    0xa0000,    0xb8000,    0xc0000,
                                 0xf0000,    0xfffff,    0x100000,   0x10ffef,   0xffffff,
                                 0x1000000,  0x7fffffff, 0x80000000, 0xe0000000, 0xfd000000,
                                 0xfec00000, 0xfee00000, 0xfffffff0, 0xffffffff};
    u32 n = below(p, 2 * COUNT_OF(chosen));
    return n < COUNT_OF(chosen) ? chosen[n] : roll(&p->dice) >> below(p, 32);
}

static inline u16 a_port(struct program *p)
{
    static const struct {
        u16 first, count;
    } ports[] = {{0, 32},     {0x40, 4},  {0x60, 5},    {0x70, 2},    {0x80, 16},   {0x92, 1},
                 {0xa0, 2},   {0xc0, 32}, {0xf0, 2},    {0x170, 8},   {0x1f0, 8},   {0x3f6, 1},
                 {0x376, 1},  {0x3f0, 8}, {0x3f8, 8},   {0x378, 3},   {0x3b0, 48},  {0x1ce, 3},
                 {0x510, 12}, {0xcf8, 8}, {0xc000, 16}, {0xb000, 64}, {0xb100, 16}, {0xb2, 2},
                 {0x4d0, 2},  {0xe9, 1}};
    unsigned n = below(p, COUNT_OF(ports) + 1);
    return n < COUNT_OF(ports) ? (u16)(ports[n].first + below(p, ports[n].count))
                               : (u16)roll(&p->dice);
}

// MOV r32, imm32
static inline void load(struct program *p, unsigned reg, u32 v)
{
    if (!p->is_32) {
        EMIT(p, 0x66);
    }
    EMIT(p, (u8)(0xb8 + reg));
    emit32(p, v);
}

static inline void maybe_prefix(struct program *p)
{
    static const u8 prefixes[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3};
    if (below(p, 3) == 0) {
        EMIT(p, prefixes[below(p, COUNT_OF(prefixes))]);
    }
}

static inline void some_port_access(struct program *p)
{
    static const u8 codes[] = {0xec, 0xed, 0xee, 0xef, 0xee, 0xef, 0x6c, 0x6d, 0x6e, 0x6f};
    load(p, 2, a_port(p));
    load(p, 0, odd_number(p));
    if (below(p, 4) == 0) {
        load(p, 1, below(p, 600));
        EMIT(p, 0xf3);
    }
    maybe_prefix(p);
    EMIT(p, codes[below(p, COUNT_OF(codes))]);
}

static inline void some_bios_call(struct program *p)
{
    static const u8 numbers[] = {0x10, 0x10, 0x11, 0x12, 0x13, 0x13, 0x13, 0x14,
                                 0x15, 0x15, 0x16, 0x17, 0x1a, 0x1a, 0x19, 0x18};
    for (unsigned reg = 0; reg < 8; reg++) {
        if (reg != 4 && below(p, 2)) {
            load(p, reg, odd_number(p));
        }
    }
    if (below(p, 4)) { // functions that exist
        EMIT(p, 0xb4, (u8)(below(p, 8) ? below(p, 0x20) : below(p, 256)));
    }
    // VESA modes, E820 and 32-bit PCI services
    if (below(p, 8) == 0) {
        load(p, 0, 0x4f00 + below(p, 16));
    } else if (below(p, 8) == 0) {
        load(p, 0, 0xe820);
        load(p, 2, 0x534d4150);
    } else if (below(p, 8) == 0) {
        load(p, 0, 0xb100 + below(p, 20));
    }
    EMIT(p, 0xcd, numbers[below(p, COUNT_OF(numbers))]);
}

static inline void some_memory_access(struct program *p)
{
    static const u8 codes[] = {0x00, 0x01, 0x02, 0x03, 0x29, 0x31, 0x84, 0x86, 0x87, 0x88,
                               0x89, 0x8a, 0x8b, 0x8f, 0xc4, 0xc5, 0xf6, 0xf7, 0xfe, 0xff};
    load(p, 3, odd_number(p));
    maybe_prefix(p);
    if (!p->is_32 && below(p, 2)) {
        EMIT(p, 0x67);
    }
    EMIT(p, codes[below(p, COUNT_OF(codes))], (u8)below(p, 256), (u8)below(p, 256));
}

static inline void some_string(struct program *p)
{
    static const u8 codes[] = {0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf};
    load(p, 1, below(p, 4) ? below(p, 5000) : odd_number(p));
    load(p, 6, odd_number(p));
    load(p, 7, odd_number(p));
    maybe_prefix(p);
    EMIT(p, below(p, 8) ? 0xf3 : 0xf2, codes[below(p, COUNT_OF(codes))]);
}

static inline void some_system_work(struct program *p)
{
    static const u32 msrs[] = {0x10,  0x1b,  0x174, 0x175, 0x176,      0x179,     0x1a0,
                               0x200, 0x250, 0x277, 0x2ff, 0xc0000080, 0xc0000081};
    switch (below(p, 10)) {
    case 0: // MOV from and to CR0 to CR4 with one bit changed, XOR EAX between
        EMIT(p, 0x0f, 0x20, (u8)(0xc0 | below(p, 5) << 3));
        if (below(p, 4) == 0) {
            load(p, 1, 1u << below(p, 32));
            EMIT(p, 0x66, 0x31, 0xc8, 0x0f, 0x22, (u8)(0xc0 | below(p, 5) << 3));
        }
        break;
    case 1: EMIT(p, 0x0f, (u8)(0x21 + 2 * below(p, 2)), (u8)(0xc0 | below(p, 64))); break;
    case 2: EMIT(p, 0x0f, 0x01, (u8)below(p, 256), (u8)below(p, 256), 0x05); break;
    case 3: EMIT(p, 0x0f, 0x00, (u8)below(p, 256)); break;
    case 4:
        load(p, 1, msrs[below(p, COUNT_OF(msrs))]);
        load(p, 0, odd_number(p));
        load(p, 2, below(p, 4) ? 0 : odd_number(p));
        EMIT(p, 0x0f, (u8)(0x30 + 2 * below(p, 2)));
        break;
    case 5: EMIT(p, 0x68, (u8)below(p, 256), (u8)below(p, 2), 0x9d); break; // PUSH, POPF
    case 6: EMIT(p, (u8)(0xb8), (u8)(8 * below(p, 32)), 0, 0x8e, (u8)(0xc0 | below(p, 64))); break;
    case 7: EMIT(p, 0x0f, (u8)below(p, 256), (u8)below(p, 256), (u8)below(p, 256)); break;
    case 8: EMIT(p, (u8)(0xd8 + below(p, 8)), (u8)below(p, 256), (u8)below(p, 256)); break;
    default: EMIT(p, 0x0f, 0xa2); break;
    }
}

static inline void some_jump(struct program *p)
{
    switch (below(p, 8)) {
    case 0: // far, to what may be a task or a gate
        EMIT(p, (u8)(below(p, 2) ? 0x9a : 0xea));
        p->is_32 ? emit32(p, CODE_AT + below(p, CODE_BYTES)) : emit16(p, CODE_AT + p->used);
        emit16(p, p->is_32 ? 8 * below(p, 64) + below(p, 4) : below(p, 4) ? 0 : odd_number(p));
        break;
    case 1: EMIT(p, 0x0e, 0xe8, 0, 0, 0xcb); break;
    case 2: EMIT(p, 0x9c, 0x0e, 0xe8, 0, 0, 0xcf); break;
    case 3: EMIT(p, 0xcd, (u8)below(p, 256)); break;
    case 4: EMIT(p, (u8)(0x70 + below(p, 16)), (u8)below(p, 32)); break;
    case 5: EMIT(p, 0xfb, 0xf4); break; // STI, HLT
    case 6:                             // a loop that passes time
        load(p, 1, below(p, 3000));
        EMIT(p, 0xe2, 0xfe);
        break;
    default: EMIT(p, 0xeb, (u8)(below(p, 16) ? below(p, 24) : below(p, 256))); break;
    }
}

// Writes into code that is about to run.
static inline void some_self_modification(struct program *p)
{
    EMIT(p, 0x2e, 0xc6, 0x06);
    emit16(p, CODE_AT + p->used + below(p, 40));
    EMIT(p, (u8)below(p, 256));
}

static inline void some_instruction(struct program *p)
{
    switch (below(p, 10)) {
    case 0:
    case 1: some_port_access(p); break;
    case 2: p->is_32 ? some_port_access(p) : some_bios_call(p); break;
    case 3: some_memory_access(p); break;
    case 4: some_string(p); break;
    case 5:
    case 6: some_system_work(p); break;
    case 7: some_jump(p); break;
    case 8: some_self_modification(p); break;
    default:
        for (unsigned n = 1 + below(p, 6); n > 0; n--) {
            EMIT(p, (u8)roll(&p->dice));
        }
        break;
    }
}

// After an exception the program goes on at the next of its pieces of 64 bytes, with a good
// stack.
static inline void put_real_start(struct program *p)
{
    static const u8 vectors[] = {0, 1, 3, 4, 5, 6, 7, 12, 13};
    static const u8 handler[] = {0x31, 0xc0, 0x8e, 0xd0, 0xbc, 0x00, 0x7c, 0x8e, 0xd8, 0xa1,
                                 0x00, 0x07, 0x05, 0x40, 0x00, 0xa3, 0x00, 0x07, 0x25, 0xc0,
                                 0x3f, 0x05, 0x00, 0x7e, 0xfb, 0xfc, 0x1e, 0x50, 0xcb, 0x90};
    EMIT(p, 0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, 0xbc, 0x00, 0x7c, 0xfb, 0xfc);
    for (unsigned n = 0; n < sizeof handler; n += 2) { // MOV word [600h + n], two bytes
        EMIT(p, 0xc7, 0x06, (u8)n, 0x06, handler[n], handler[n + 1]);
    }
    for (unsigned n = 0; n < COUNT_OF(vectors); n++) {
        EMIT(p, 0xc7, 0x06, (u8)(4 * vectors[n]), 0, 0x00, 0x06);
        EMIT(p, 0xc7, 0x06, (u8)(4 * vectors[n] + 2), 0, 0, 0);
    }
}

// MOV dword [address], value
static inline void poke(struct program *p, u32 address, u32 value)
{
    EMIT(p, 0x67, 0x66, 0xc7, 0x05);
    emit32(p, address);
    emit32(p, value);
}

// The tables, partly made of chance, and the jump to 32-bit code.
static inline void put_protected_start(struct program *p)
{
    static const u8 types[] = {0x9a, 0x92, 0xfa, 0xf2, 0x89, 0xe9, 0x82, 0x85,
                               0x84, 0x8c, 0x8e, 0x8f, 0x9e, 0x96, 0x81, 0x8b};
    static const u8 handler[48] = {0x66, 0xb8, 0x10, 0x00, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, 0x00, 0x70,
                                   0x00, 0x00, 0x6a, 0x02, 0x9d, 0xa1, 0x00, 0x07, 0x00, 0x00, 0x83,
                                   0xc0, 0x40, 0xa3, 0x00, 0x07, 0x00, 0x00, 0x25, 0xc0, 0x3f, 0x00,
                                   0x00, 0x05, 0x00, 0x7e, 0x00, 0x00, 0xff, 0xe0};
    EMIT(p, 0xfa);
    for (unsigned n = 0; n < sizeof handler; n += 4) {
        poke(p, 0x600 + n, load_le32(handler + n));
    }
    poke(p, 0x808, 0x0000ffff);
    poke(p, 0x80c, 0x00cf9b00);
    poke(p, 0x810, 0x0000ffff);
    poke(p, 0x814, 0x00cf9300);
    for (unsigned n = 3; n < 12; n++) {
        poke(p, 0x800 + 8 * n, odd_number(p));
        poke(p, 0x804 + 8 * n,
             (below(p, 4) ? 0x00000000 : odd_number(p) & 0xffff00ff) |
                 (u32)types[below(p, COUNT_OF(types))] << 8);
    }
    for (unsigned n = 0; n < 20; n++) {
        poke(p, 0x1000 + 8 * n, 0x00080600);
        poke(p, 0x1004 + 8 * n, (u32)(below(p, 40) ? 0x8e : 0x80 + below(p, 128)) << 8);
    }
    poke(p, 0x500, 0x0800ffff);
    poke(p, 0x504, 0);
    poke(p, 0x508, 0x100007ff);
    poke(p, 0x50c, 0);
    EMIT(p, 0x0f, 0x01, 0x16, 0x00, 0x05, 0x0f, 0x01, 0x1e, 0x08, 0x05); // LGDT, LIDT
    EMIT(p, 0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0, 0x66, 0xea);
    emit32(p, CODE_AT + p->used + 6);
    emit16(p, 8);
    p->is_32 = true;
    EMIT(p, 0x66, 0xb8, 0x10, 0x00, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0);
    load(p, 4, 0x7000);
}

// Paging: the first 4 MiB where they are, what follows by chance.
static inline void put_paging(struct program *p)
{
    EMIT(p, 0xbf);
    emit32(p, 0x91000);
    EMIT(p, 0xb8, 0x07, 0x00, 0x00, 0x00, 0xb9, 0x00, 0x04, 0x00, 0x00); // EAX = 7, ECX = 1024
    EMIT(p, 0xab, 0x05, 0x00, 0x10, 0x00, 0x00, 0xe2, 0xf8);             // STOSD; ADD; LOOP
    EMIT(p, 0xc7, 0x05, 0x00, 0x00, 0x09, 0x00, 0x07, 0x10, 0x09, 0x00);
    for (unsigned n = 1; n < 8; n++) {
        EMIT(p, 0xc7, 0x05, (u8)(4 * n), 0x00, 0x09, 0x00);
        emit32(p, odd_number(p));
    }
    EMIT(p, 0xb8, 0x00, 0x00, 0x09, 0x00, 0x0f, 0x22, 0xd8); // CR3
    EMIT(p, 0x0f, 0x20, 0xc0, 0x0d, 0x00, 0x00, 0x00, 0x80, 0x0f, 0x22, 0xc0);
}

static inline void make_code(struct program *p)
{
    put_real_start(p);
    if (below(p, 3) == 0) {
        put_protected_start(p);
        if (below(p, 2)) {
            put_paging(p);
        }
    }
    while (p->used < CODE_BYTES) {
        some_instruction(p);
    }
}
