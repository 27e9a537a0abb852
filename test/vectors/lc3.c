// Single instructions of the LC-3 (JSON): registers, condition codes and memory before and after.
//
//   {"name": "ADD 0001", "initial": {"r": [8 numbers], "pc": n, "cc": 1=P 2=Z 4=N,
//    "ram": [[address, word], ...]}, "final": {the same; its ram has what changed}}
//
// The reader takes numbers in the order in which they come under known names, so it needs no JSON
// library. Each case is run in the 3rd edition; LEA in the 2nd as well, which sets the codes
// (cc_2nd_edition).
#include "cpu/lc3/lc3.h"
#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RAM_MAX = 16 };

struct snapshot {
    u16 r[8], pc;
    unsigned cc, second_cc; // 0: not given
    struct {
        u16 address, word;
    } ram[RAM_MAX];
    unsigned ram_count;
};

struct bare_lc3 {
    struct lc3 cpu;
    u16 memory[LC3_WORDS];
    struct lc3_cell cells[LC3_WORDS + 1];
    u8 is_written[LC3_WORDS / 8];
};

// --- reading ---

static bool read_number(char **at, unsigned *value)
{
    *at += strspn(*at, "[], \n:");
    char *end;
    *value = (unsigned)strtoul(*at, &end, 10);
    bool is_there = end != *at;
    *at = end;
    return is_there;
}

// The place behind "name": in [from, to).
static char *find_name(char *from, const char *to, const char *name)
{
    char quoted[32];
    snprintf(quoted, sizeof quoted, "\"%s\":", name);
    char *at = strstr(from, quoted);
    return at && at < to ? at + strlen(quoted) : NULL;
}

static bool read_ram(struct snapshot *s, char *at)
{
    at += strspn(at, " [");
    unsigned address, word;
    while (*at != ']' && s->ram_count < RAM_MAX) {
        if (!read_number(&at, &address) || !read_number(&at, &word)) {
            return false;
        }
        s->ram[s->ram_count].address = (u16)address;
        s->ram[s->ram_count++].word = (u16)word;
        at += strspn(at, "] "); // the pair's end, and the list's
        if (*at != ',') {
            break;
        }
        at += strspn(at, ", [");
    }
    return true;
}

static bool read_snapshot(struct snapshot *s, char *from, const char *to)
{
    unsigned value;
    char *at = find_name(from, to, "r");
    *s = (struct snapshot){0};
    for (unsigned n = 0; n < 8; n++) {
        if (!at || !read_number(&at, &value)) {
            return false;
        }
        s->r[n] = (u16)value;
    }
    at = find_name(from, to, "pc");
    if (!at || !read_number(&at, &value)) {
        return false;
    }
    s->pc = (u16)value;
    at = find_name(from, to, "cc");
    if (!at || !read_number(&at, &s->cc)) {
        return false;
    }
    at = find_name(from, to, "cc_2nd_edition");
    if (at && !read_number(&at, &s->second_cc)) {
        return false;
    }
    at = find_name(from, to, "ram");
    return at && read_ram(s, at);
}

// --- running ---

static void set_up(struct bare_lc3 *b, enum lc3_edition edition, const struct snapshot *s)
{
    struct lc3_config config = {.edition = edition};
    struct lc3_wiring w = {.memory = b->memory, .cells = b->cells, .is_written = b->is_written};
    memset(b->is_written, 0xff, sizeof b->is_written); // the hot form of each instruction
    lc3_init(&b->cpu, &config, &w);
    memcpy(b->cpu.s.r, s->r, sizeof s->r);
    b->cpu.s.pc = s->pc;
    b->cpu.s.psr = (u16)(LC3_PSR_USER | s->cc);
    lc3_restored(&b->cpu);
    for (unsigned n = 0; n < s->ram_count; n++) {
        b->memory[s->ram[n].address] = s->ram[n].word;
    }
}

static bool is_as(const struct bare_lc3 *b, const struct snapshot *s, unsigned cc)
{
    for (unsigned n = 0; n < s->ram_count; n++) {
        if (b->memory[s->ram[n].address] != s->ram[n].word) {
            return false;
        }
    }
    return memcmp(b->cpu.s.r, s->r, sizeof s->r) == 0 && b->cpu.s.pc == s->pc &&
           b->cpu.s.psr == (LC3_PSR_USER | cc);
}

// What neither lists changes nothing: the words of both are all that may differ from 0.
static bool is_rest_clean(struct bare_lc3 *b, const struct snapshot *from,
                          const struct snapshot *to)
{
    for (unsigned n = 0; n < from->ram_count; n++) {
        bool is_changed = false;
        for (unsigned k = 0; k < to->ram_count; k++) {
            is_changed = is_changed || to->ram[k].address == from->ram[n].address;
        }
        if (!is_changed && b->memory[from->ram[n].address] != from->ram[n].word) {
            return false;
        }
        b->memory[from->ram[n].address] = 0;
    }
    for (unsigned n = 0; n < to->ram_count; n++) {
        b->memory[to->ram[n].address] = 0;
    }
    for (unsigned n = 0; n < LC3_WORDS; n++) {
        if (b->memory[n] != 0) {
            return false;
        }
    }
    return true;
}

static bool passes(struct bare_lc3 *b, enum lc3_edition edition, const struct snapshot *from,
                   const struct snapshot *to, unsigned cc)
{
    set_up(b, edition, from);
    bool is_right = lc3_run(&b->cpu, 1) == 1 && is_as(b, to, cc);
    bool is_clean = is_rest_clean(b, from, to);
    memset(b->memory, 0, sizeof b->memory);
    return is_right && is_clean;
}

static void run_case(struct bare_lc3 *b, char *at, const char *end, struct tally *t)
{
    struct snapshot from, to;
    char *final = find_name(at, end, "final");
    if (!final || !read_snapshot(&from, at, final) || !read_snapshot(&to, final, end)) {
        tally_fail(t, "%.60s: can't be read", at);
        return;
    }
    if (!passes(b, LC3_EDITION_3, &from, &to, to.cc)) {
        tally_fail(t, "%.40s: 3rd edition: differs", at);
    } else if (to.second_cc && !passes(b, LC3_EDITION_2, &from, &to, to.second_cc)) {
        tally_fail(t, "%.40s: 2nd edition: differs", at);
    } else {
        tally_pass(t);
    }
}

int vectors_lc3(const char *path, struct tally *t)
{
    struct file f;
    struct bare_lc3 *b = calloc(1, sizeof *b);
    if (!b || !file_read(path, &f)) {
        free(b);
        return -1;
    }
    char *text = (char *)f.bytes, *at = strstr(text, "\"name\":");
    bool is_lc3 = at != NULL;
    while (at) {
        char *next = strstr(at + 1, "\"name\":");
        run_case(b, at, next ? next : text + f.size_bytes, t);
        at = next;
    }
    free(f.bytes);
    free(b);
    return is_lc3 ? 0 : -1;
}
