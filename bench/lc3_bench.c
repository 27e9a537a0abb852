// How fast the LC-3 runs, with history and without, beside a plain interpreter (`make bench-lc3`).
//
// The plain interpreter is what one would write first: fetch, switch, execute, nothing recorded. It
// is the measure of what history costs: with it, at least 0.7 of its speed is wanted. Each way runs
// the same programs several times in turn, and the best time of each counts; the registers at the
// end must agree.
#define _POSIX_C_SOURCE 200809L
#include "cpu/lc3/lc3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 7, STEPS = 40 * 1000 * 1000, RECORDS = 1 << 20, SIDES = 1 << 12 };

static const struct program {
    const char *name;
    u16 words[16];
} programs[] = {
    // x3000 ADD R0,R0,#-1 / BRnp x3000 / BRnzp x3000
    {"countdown", {0x103f, 0x0bfe, 0x0ffd}},
    // Sums x1000 words from x4000 on, again and again.
    {"sum of an array",
     {
         0x2209, // x3000 LD  R1, x300A (the address)
         0x2409, //       LD  R2, x300B (the count)
         0x5020, //       AND R0, R0, #0
         0x6640, // x3003 LDR R3, R1, #0
         0x1003, //       ADD R0, R0, R3
         0x7040, //       STR R0, R1, #0
         0x1261, //       ADD R1, R1, #1
         0x14bf, //       ADD R2, R2, #-1
         0x03fa, //       BRp x3003
         0x0ff6, //       BRnzp x3000
         0x4000,
         0x1000,
     }},
    // A subroutine with a stack frame, called for ever.
    {"calls",
     {
         0x2c0a, // x3000 LD  R6, x300B
         0x4802, // x3001 JSR x3004
         0x1021, //       ADD R0, R0, #1
         0x0ffd, //       BRnzp x3001
         0x1dbf, // x3004 ADD R6, R6, #-1
         0x7f80, //       STR R7, R6, #0
         0x1261, //       ADD R1, R1, #1
         0x6f80, //       LDR R7, R6, #0
         0x1da1, //       ADD R6, R6, #1
         0xc1c0, //       RET
         0x0000,
         0x5000,
     }},
};

// --- the plain interpreter ---

struct plain {
    u16 r[8], pc, cc;
    u16 memory[LC3_WORDS];
};

static u16 extend(u16 word, unsigned bits)
{
    u16 sign = (u16)(1u << (bits - 1));
    return (u16)(((word & (2u * sign - 1)) ^ sign) - sign);
}

static void set(struct plain *p, unsigned reg, u16 value)
{
    p->r[reg] = value;
    p->cc = value == 0 ? 2 : value >> 15 ? 4 : 1;
}

// TRAP, RTI and devices do not come.
static void plain_run(struct plain *p, u64 steps)
{
    for (u64 n = 0; n < steps; n++) {
        u16 w = p->memory[p->pc++];
        unsigned dr = w >> 9 & 7, sr = w >> 6 & 7;
        u16 near = (u16)(p->pc + extend(w, 9)), based = (u16)(p->r[sr] + extend(w, 6)), to;
        switch (w >> 12) {
        case 0: p->pc = dr & p->cc ? near : p->pc; break;
        case 1: set(p, dr, (u16)(p->r[sr] + (w & 32 ? extend(w, 5) : p->r[w & 7]))); break;
        case 2: set(p, dr, p->memory[near]); break;
        case 3: p->memory[near] = p->r[dr]; break;
        case 4:
            to = w & 0x800 ? (u16)(p->pc + extend(w, 11)) : p->r[sr];
            p->r[7] = p->pc;
            p->pc = to;
            break;
        case 5: set(p, dr, p->r[sr] & (w & 32 ? extend(w, 5) : p->r[w & 7])); break;
        case 6: set(p, dr, p->memory[based]); break;
        case 7: p->memory[based] = p->r[dr]; break;
        case 9: set(p, dr, (u16)~p->r[sr]); break;
        case 10: set(p, dr, p->memory[p->memory[near]]); break;
        case 11: p->memory[p->memory[near]] = p->r[dr]; break;
        case 12: p->pc = p->r[sr]; break;
        case 14: p->r[dr] = near; break;
        default: return;
        }
    }
}

// --- ours ---

struct ours {
    struct lc3 cpu;
    struct dev_list devs;
    struct lc3_journal journal;
    u16 memory[LC3_WORDS];
    struct lc3_cell cells[LC3_WORDS + 1];
    u8 is_written[LC3_WORDS / 8];
    struct lc3_record records[RECORDS];
    u8 sides[SIDES * 128];
};

_Noreturn void vt_host_panic(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    abort();
}

static void ours_start(struct ours *o, const struct program *program, bool has_history)
{
    struct lc3_config config = {.edition = LC3_EDITION_3};
    struct lc3_wiring w = {.memory = o->memory, .cells = o->cells, .is_written = o->is_written};
    memset(o, 0, sizeof *o);
    memset(o->is_written, 0xff, sizeof o->is_written);
    lc3_init(&o->cpu, &config, &w);
    dev_add(&o->devs, &o->cpu.dev);
    lc3_journal_init(&o->journal, &o->devs, o->records, RECORDS, o->sides, SIDES);
    if (has_history) {
        lc3_set_journal(&o->cpu, &o->journal);
    }
    memcpy(o->memory + 0x3000, program->words, sizeof program->words);
    o->cpu.s.pc = 0x3000;
    o->cpu.s.psr = LC3_PSR_USER | LC3_PSR_Z;
    lc3_restored(&o->cpu);
}

// --- measuring ---

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double run_plain(struct plain *p, const struct program *program)
{
    memset(p, 0, sizeof *p);
    memcpy(p->memory + 0x3000, program->words, sizeof program->words);
    p->pc = 0x3000;
    p->cc = 2;
    double start = now_s();
    plain_run(p, STEPS);
    return now_s() - start;
}

static double run_ours(struct ours *o, const struct program *program, bool has_history)
{
    ours_start(o, program, has_history);
    double start = now_s();
    lc3_run(&o->cpu, STEPS);
    return now_s() - start;
}

static void keep_best(double *best, double time)
{
    *best = *best == 0 || time < *best ? time : *best;
}

static bool agree(const struct plain *p, const struct ours *o)
{
    return memcmp(p->r, o->cpu.s.r, sizeof p->r) == 0 && p->pc == o->cpu.s.pc &&
           memcmp(p->memory, o->memory, LC3_DEVICES_FIRST * sizeof(u16)) == 0;
}

int main(void)
{
    struct plain *p = malloc(sizeof *p);
    struct ours *o = malloc(sizeof *o);
    if (!p || !o) {
        fputs("lc3_bench: out of memory\n", stderr);
        return 1;
    }
    puts("million instructions a second          plain   ours   with history   / plain");
    for (unsigned n = 0; n < COUNT_OF(programs); n++) {
        double best[3] = {0};
        for (unsigned round = 0; round < ROUNDS; round++) {
            keep_best(&best[0], run_plain(p, &programs[n]));
            keep_best(&best[1], run_ours(o, &programs[n], false));
            keep_best(&best[2], run_ours(o, &programs[n], true));
            if (!agree(p, o)) {
                fprintf(stderr, "lc3_bench: %s: the results differ\n", programs[n].name);
                return 1;
            }
        }
        printf("%-36s %7.0f %6.0f %14.0f %9.2f\n", programs[n].name, STEPS / best[0] / 1e6,
               STEPS / best[1] / 1e6, STEPS / best[2] / 1e6, best[0] / best[2]);
    }
    free(o);
    free(p);
    return 0;
}
