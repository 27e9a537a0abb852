// The LC-3: a machine of its own kind for the functions of vitrine.h and debug.h.
//
// Its keyboard is serial port 0 of vt_serial_input, its display vt_host.serial_write of port 0.
// Keys wait in order until the program reads them. vt_run ends with
//   VT_STOP_POWER_OFF  HALT, or the clock was stopped through MCR
//   VT_STOP_FAULT      a fault that only the operating system's default handler would take, or an
//                      instruction that jumps to itself for ever, which nothing can interrupt
//   VT_STOP_INPUT      the program does nothing but look for a key, and there is none
//   VT_STOP_BREAK, VT_STOP_LIMIT, VT_STOP_TIME
// Guest time is one nanosecond a step.
#pragma once

#include "vitrine/lc3_asm.h"
#include "vitrine/vitrine.h"

enum vt_lc3_uninit { VT_LC3_UNINIT_OFF, VT_LC3_UNINIT_WARN, VT_LC3_UNINIT_STOP };

// All zero is the default: 3rd edition, protection on, HALT stops with the registers as they are.
struct vt_lc3_config {
    unsigned edition;          // 2 or 3; 0: 3
    bool is_unprivileged;      // programs may touch system space and device registers
    bool has_real_traps;       // HALT and faults run through the operating system's routines
    bool has_global_ie;        // PSR[14] must be 1 for interrupts
    enum vt_lc3_uninit uninit; // reading memory that nobody has written
    bool has_timer;            // TMR and TMI at xFE08 and xFE0A, interrupt x81
    uint32_t latency_steps;    // that keyboard and display are busy; 0: never
    bool is_latency_random;    // from 1 to latency_steps
    bool is_memory_random;     // at power-on, else zero
    uint64_t seed;             // of everything random
    bool has_no_history;       // can't go back, runs a little faster

    // Loaded in this order, so that a program may install vectors. The first segment of the last
    // program that begins in user space is where it starts. They may be freed after creation.
    const struct vt_lc3_program *system; // NULL: our own of the edition
    const struct vt_lc3_program *program;
};

enum vt_status vt_lc3_create(const struct vt_lc3_config *config, const struct vt_host *host,
                             struct vt_machine **out);

// What the last VT_STOP_FAULT was about, in words: "x3002: ...". Cut off at size_bytes.
void vt_lc3_fault_text(const struct vt_machine *vm, char *to, size_t size_bytes);

// With has_real_traps a fault ends in the operating system's own handler and VT_STOP_POWER_OFF.
// True if the latest did.
bool vt_lc3_has_failed(const struct vt_machine *vm);

// The display's text up to the present moment: copies the characters [first, first + size_bytes) of
// it that there are and returns how many. What is older than VT_LC3_DISPLAY_BYTES is forgotten and
// reads as blanks.
enum { VT_LC3_DISPLAY_BYTES = 1 << 20 };
uint64_t vt_lc3_display_count(const struct vt_machine *vm);
size_t vt_lc3_display(const struct vt_machine *vm, uint64_t first, char *to, size_t size_bytes);
// Keys that wait to be read: how many, and the oldest of them.
size_t vt_lc3_keys(const struct vt_machine *vm, uint8_t *to, size_t size_bytes);
