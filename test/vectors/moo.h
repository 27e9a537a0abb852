// What the parts of the MOO runner share: moo_read.c reads a file, moo_rules.c knows which bits and
// which cases a later processor rightly does otherwise, moo.c runs the cases.
#pragma once

#include "vectors.h"

#include "base/bytes.h"
#include "cpu/x86/isa.h"

#include <string.h>

enum { MOO_SLOTS_16 = 14, MOO_SLOTS_32 = 20, MOO_MAX_BYTES = 32, MOO_NO_EXCEPTION = 0xffff };

enum moo_kind { MOO_GENERAL, MOO_SEGMENT, MOO_IP, MOO_FLAGS, MOO_CR, MOO_DR };

// A register, in the order of the file's masks.
struct moo_slot {
    const char *name;
    u8 kind, number;
};

struct moo_registers {
    u32 mask; // which are given
    u32 value[MOO_SLOTS_32];
};

struct moo_cells {
    const u8 *at; // records of address u32, value u8
    unsigned count;
};

struct moo_snapshot {
    struct moo_registers registers, masks; // masks: AND with these before comparing
    struct moo_cells ram;
};

struct moo_test {
    u32 index;
    char name[80];
    u8 bytes[MOO_MAX_BYTES];
    unsigned length;   // of the instruction, without the HLT
    unsigned prefixes; // how many of them are prefixes
    struct moo_snapshot before, after;
    unsigned exception; // vector
};

struct moo_reader {
    struct tally *tally;
    struct bare *bare;
    const struct moo_slot *slots;
    unsigned slot_count;
    bool is_286;
    struct moo_registers masks; // of the whole file
    char *metadata;             // flags that are undefined, NULL: no such file
    struct decoder decoder;
    u16 *decoder_order;
};

// --- moo_read.c ---

struct moo_chunk {
    char id[5];
    const u8 *at;
    u32 size_bytes;
};

// The next chunk of [*at, end). False: no more, or it does not fit.
NODISCARD bool moo_next_chunk(const u8 **at, const u8 *end, struct moo_chunk *k);
bool moo_chunk_is(const struct moo_chunk *k, const char *id);
void moo_read_registers(const struct moo_chunk *k, struct moo_registers *r);
void moo_read_test(const struct moo_chunk *in, struct moo_test *t);
u32 moo_cell_address(struct moo_cells c, unsigned n);
u8 moo_cell_value(struct moo_cells c, unsigned n);
// A register before the instruction, or after it (what is not recorded has not changed).
u32 moo_before(const struct moo_reader *r, const struct moo_test *t, enum moo_kind kind,
               unsigned number);
u32 moo_after(const struct moo_reader *r, const struct moo_test *t, enum moo_kind kind,
              unsigned number);
// Where the HLT behind the instruction is.
u32 moo_hlt_address(const struct moo_reader *r, const struct moo_test *t);

// --- moo_rules.c ---

// The flags to compare.
u32 moo_flags_mask(const struct moo_reader *r, const struct moo_test *t);
// The bits of register `slot` to compare. `by_rule` is set to a rule's name where they are fewer
// than the file says.
u32 moo_register_mask(const struct moo_reader *r, const struct moo_test *t, unsigned slot,
                      u32 flags, const char **by_rule);
// The rule by which a case is not even run, or NULL.
const char *moo_rule_before(const struct moo_reader *r, const struct moo_test *t);

// How a case that ran differs.
struct moo_difference {
    unsigned registers, cells; // how many differ
    bool is_halted;
    bool raised_divide_error; // and the record has none
    size_t used;
    char text[500]; // cut where it ends
};

// May register `slot` differ after this fault? (286: it has moved.)
const char *moo_rule_of_register(const struct moo_reader *r, const struct moo_test *t,
                                 unsigned slot);
// The rule by which a case that differs is left out, or NULL: it failed.
const char *moo_rule_after(const struct moo_reader *r, const struct moo_test *t,
                           const struct moo_difference *d);
