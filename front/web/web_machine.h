// A machine as JavaScript has it, and what the files of front/web share.
//
// 64-bit numbers are doubles, exact up to 2^53. Text and bytes are put into memory of web_take.
#pragma once

#include "host/wasm/memory.h"
#include "host/wasm/wasm_host.h"
#include "vitrine/debug.h"
#include "vitrine/vitrine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(#name))) name

struct web_machine {
    struct vt_host host;
    struct vt_pc_config pc;
    struct vt_machine *vm; // NULL: not created yet
    struct vt_screen screen;
    struct vt_text_screen text;
    struct vt_stop stop; // the latest
    struct vt_delta delta;
    struct vt_why why[64];
    char fault[2 * VT_TEXT_BYTES];
    struct vt_symbol *symbols;
    unsigned symbol_count;
};

// A limit that JavaScript gives: what is not below 2^63 is none.
static inline uint64_t web_limit(double value)
{
    return value >= 0 && value < 9223372036854775808.0 ? (uint64_t)value : UINT64_MAX;
}

static inline unsigned web_note_stop(struct web_machine *w, struct vt_stop stop)
{
    w->stop = stop;
    return stop.reason;
}
