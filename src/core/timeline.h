// Time travel for small machines: snapshots, a journal of the input, and forks.
//
// A moment is the state after a number of steps and after all that came from outside at that count.
// Since a machine is deterministic, its whole past is its first moment and its input: any moment
// can be made again by running there from the latest snapshot before it. A board that can also undo
// single steps does that for near moments.
//
// Snapshots are taken every TIMELINE_INTERVAL steps and thinned out with age, so that the distance
// from one to the next is a small part of how long ago they are. A snapshot holds pages that are
// shared with its neighbours as long as they are the same.
//
// New input in the past forks: the present future is put by as a branch, which can be returned to.
#pragma once

#include "base/types.h"
#include "core/machine.h"

enum {
    TIMELINE_PAGE_BYTES = 512,
    TIMELINE_SNAPSHOTS = 512,
    TIMELINE_BRANCHES = 32,
    TIMELINE_INTERVAL = 1 << 20, // steps
};

// Something from outside; kind, index and value are the board's to understand.
struct timeline_input {
    u64 step; // the moment at which it comes
    u32 kind, index;
    u64 value;
};

struct timeline_inputs {
    struct timeline_input *rows;
    u32 count, capacity;
};

// A course of events that was left for another.
struct timeline_branch {
    u32 number;    // its name; 0: free
    u64 fork, end; // moments: where another began, and how far it was known
    struct timeline_inputs inputs;
};

struct timeline_snapshot {
    u64 step;
    u32 input_count; // inputs that have taken effect
    u32 slot;        // of its page table and state
};

struct timeline_ops {
    // Undoes the latest step, with what came from outside behind it; false: too old. NULL: never.
    bool (*undo)(void *owner);
    // State and memory were replaced by those of moment `step`.
    void (*loaded)(void *owner, u64 step);
    void (*apply)(void *owner, const struct timeline_input *input);
    // What follows, until false is told, was there before: breakpoints are not to stop it. May be
    // NULL.
    void (*replaying)(void *owner, bool is_replaying);
};

struct timeline {
    struct machine *m;
    const struct vt_host *host;
    const struct timeline_ops *ops;
    void *owner;

    u8 *memory; // that snapshots keep: a multiple of TIMELINE_PAGE_BYTES
    u32 page_count, state_bytes;

    u8 *pages; // the pool
    u16 *uses; // of each page of it: by how many snapshots
    u32 pool_count, free_count, next_free;
    u32 *tables; // for each slot, page_count numbers of pages
    u8 *states;  // for each slot, state_bytes
    bool is_slot_used[TIMELINE_SNAPSHOTS];
    struct timeline_snapshot snapshots[TIMELINE_SNAPSHOTS]; // in the order of steps
    u32 snapshot_count;

    struct timeline_inputs inputs;
    u32 input_next; // the first that has not taken effect
    u64 last;       // the latest moment known of the present course
    u32 number;     // of the present course, counted from 1
    u32 numbers;    // courses so far
    struct timeline_branch branches[TIMELINE_BRANCHES];
};

// `memory` is all that changes apart from the state of m->devs. False: the host has no memory.
// timeline_start must follow, once the machine is at its first moment.
bool timeline_init(struct timeline *t, struct machine *m, const struct vt_host *host, u8 *memory,
                   u32 memory_bytes, const struct timeline_ops *ops, void *owner);
void timeline_start(struct timeline *t);
void timeline_destroy(struct timeline *t);
// Back to the first moment, as if nothing had ever happened.
void timeline_restart(struct timeline *t);

// As machine_run; input of the journal comes when it is due.
struct vt_stop timeline_run(struct timeline *t, u64 max_steps, u64 until_ns);
// Something comes from outside now. False: out of memory, nothing was done. In the past it forks.
NODISCARD bool timeline_put(struct timeline *t, u32 kind, u32 index, u64 value);

static inline u64 timeline_now(const struct timeline *t)
{
    return t->m->clock.instructions;
}

// Goes to a moment up to t->last; false: that could not be reached.
bool timeline_go_to(struct timeline *t, u64 step);
// Goes to a moment from a snapshot before it even if it is the present one, so that the steps
// before it are in the board's journal again. False: there is none before.
bool timeline_rebuild(struct timeline *t, u64 step);
// Undoes one step without looking for snapshots; false: it can't.
bool timeline_undo(struct timeline *t);
// Returns to another course, at its latest moment. False: no such one, or out of memory.
bool timeline_switch(struct timeline *t, u32 number);

// Looks for the latest of some moments in [from, to), and leaves the present one where it likes.
typedef bool timeline_search_fn(void *owner, u64 from, u64 to, u64 *found);
// Calls `search` for the time before `before`, the latest first, in pieces that double, so that
// what is near is found at once.
bool timeline_search_back(u64 before, timeline_search_fn *search, void *owner, u64 *found);
