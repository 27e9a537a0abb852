// Guest time: a count of instructions turned into nanoseconds, and the events that are due in it.
//
// Time stands still except while a CPU executes (each instruction takes
// `ns_numerator/ns_denominator` nanoseconds, and what it waits for on a bus comes on top) and while
// a halted machine skips to its next event. A device owns a `struct event`, arms it for a point in
// guest time, and is called there, at an exact instruction boundary.
#pragma once

#include "base/digest.h"
#include "base/types.h"

#define CLOCK_NEVER   UINT64_MAX
#define NS_PER_SECOND 1000000000ull

struct clock;

// `late_ns` is not passed: an event always fires at exactly `when_ns` or at the first instruction
// boundary after it. Reads of the clock inside give that boundary's time.
typedef void event_fn(void *owner);

struct event {
    u64 when_ns; // guest time; CLOCK_NEVER: not armed

    const char *name; // unique in its machine; the key in snapshots
    event_fn *fn;
    void *owner;
    unsigned order; // by registration: which of two events of the same time is first
    struct event *next;
};

struct clock {
    u64 instructions; // executed up to the start of the present slice
    u64 base_ns;      // guest time at that point, and what was spent since
    u64 fraction;     // of a nanosecond, in units of 1/ns_denominator
    u64 halted_ns;    // part of base_ns that passed with the CPU halted
    u32 ns_numerator, ns_denominator;

    struct event *events; // all registered, in order of registration
    unsigned event_count;
    u64 next_ns; // the earliest armed event, CLOCK_NEVER if none

    // The running CPU: how many instructions of the present slice it has completed, and the request
    // to return soon because an event was armed inside the slice.
    u64 (*executed)(void *cpu);
    void (*kick)(void *cpu);
    void *cpu;
};

void clock_init(struct clock *c, u32 ns_numerator, u32 ns_denominator);
void clock_set_cpu(struct clock *c, u64 (*executed)(void *cpu), void (*kick)(void *cpu), void *cpu);

// Registers an event with the clock; `e` must outlive it. Not armed.
void clock_add_event(struct clock *c, struct event *e, const char *name, event_fn *fn, void *owner);

// Guest time and instruction count now, exact also in the middle of a slice.
u64 clock_now_ns(const struct clock *c);
u64 clock_instructions(const struct clock *c);

// Arms (or re-arms) an event for an absolute guest time; a time in the past fires at the next
// boundary. Kicks the CPU when the event becomes the earliest of all, whether a slice runs or not:
// a CPU forgets old kicks when it begins a slice.
void clock_arm(struct clock *c, struct event *e, u64 when_ns);
void clock_disarm(struct clock *c, struct event *e);
static inline bool event_is_armed(const struct event *e)
{
    return e->when_ns != CLOCK_NEVER;
}

// Ticks of a counter of `hz` since power-on at guest time `ns`, rounded down; and the earliest time
// at which `ticks` have passed, CLOCK_NEVER if guest time ends before. `hz` is 1 to 4e9, exact for
// all `ns`. clock_ticks(clock_ns_of_ticks(t)) == t for up to 1 GHz (above, several ticks share a
// ns).
u64 clock_ticks(u64 ns, u64 hz);
u64 clock_ns_of_ticks(u64 ticks, u64 hz);

// The instruction at hand takes `ns` more: it has made its accesses, and from now on it is that
// much later. The CPU is kicked, as its slice was meant to last until the next event.
void clock_spend(struct clock *c, u32 ns);

// Guest time and when each event is due, to the fraction of a nanosecond.
void clock_digest(const struct clock *c, struct digest *d);

// --- for the run loop ---

// Instructions from the start of the present slice to the first boundary at or after `when_ns`;
// UINT64_MAX: more than can be counted.
u64 clock_instructions_until(const struct clock *c, u64 when_ns);
// The slice is over: its instructions become the past, and executed() answers 0 from here on.
void clock_advance(struct clock *c, u64 instructions);
void clock_skip_to(struct clock *c, u64 when_ns); // the CPU is halted
// Sets the count of a clock that never skipped idle time. Events stay armed: their owners'
// business.
void clock_go_to(struct clock *c, u64 instructions);
// Calls the events that are due, earliest first. Returns how many.
unsigned clock_run_due(struct clock *c);
