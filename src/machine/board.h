// What a kind of machine gives to the public interface: a table of functions on its board.
//
// src/api/ implements include/vitrine/ with it. A member is NULL where this kind of machine has no
// such thing; src/api/ then answers as the header says. `board` is the kind's own struct
// (struct pc, ...), which begins its life with `struct vt_machine` filled by its vt_.._create.
#pragma once

#include "core/timeline.h"
#include "vitrine/debug.h"

struct board_ops {
    void (*destroy)(void *board);
    void (*add_stats)(const void *board, struct vt_stats *out); // to what every machine counts
    void (*digest)(const void *board, struct digest *d);        // what no device holds: memory

    // Runs as vt_run does; NULL: machine_run will do.
    struct vt_stop (*run)(void *board, u64 max_instructions, u64 until_ns);
    void (*trace_from)(void *board, u64 instruction);
    void (*power_button)(void *board);
    size_t (*serial_input)(void *board, unsigned uart, const u8 *bytes, size_t count);
    bool (*key)(void *board, unsigned key, bool is_pressed);
    unsigned (*key_room)(const void *board);
    void (*mouse)(void *board, int dx, int dy, int dz, unsigned buttons);
    enum vt_status (*change_medium)(void *board, enum vt_slot slot, const struct vt_drive *drive);
    enum vt_status (*force_medium)(void *board, enum vt_slot slot, const struct vt_drive *drive);
    bool (*text_screen)(const void *board, struct vt_text_screen *out);
    bool (*screen_draw)(void *board, struct vt_screen *screen);

    const struct debug_ops *debug; // NULL: the machine can't be looked into
};

struct breaks;
struct time_ops;

// The part behind include/vitrine/debug.h; functions mean what their namesakes there do.
struct debug_ops {
    const struct vt_description *(*describe)(const void *board);
    u64 (*get_register)(const void *board, unsigned reg);
    bool (*set_register)(void *board, unsigned reg, u64 value);
    size_t (*memory)(const void *board, unsigned space, u64 address, u16 *cells, size_t count);
    size_t (*set_memory)(void *board, unsigned space, u64 address, const u16 *cells, size_t count);
    void (*instruction_at)(const void *board, u64 address, struct vt_instruction *out);
    void (*page_walk)(const void *board, u64 linear, struct vt_page_walk *out); // NULL: no paging

    const struct time_ops *time; // NULL: no steps, no breakpoints, no history
};

// How a step changes the depth of calls.
enum flow { FLOW_ON, FLOW_CALL, FLOW_RETURN };

// The part of it that is about steps. What may end a run early is the board's to look for (struct
// breaks of vt_machine), but not its conditions, which api/motion.c works out.
struct time_ops {
    // One step, breakpoints or not. `out` may be NULL.
    struct vt_stop (*step)(void *board, struct vt_delta *out);
    bool (*delta)(void *board, u64 step, struct vt_delta *out);
    bool (*predict)(void *board, struct vt_delta *out);
    bool (*wire_value)(void *board, const struct vt_delta *delta, unsigned nth, unsigned wire,
                       u64 *value);       // NULL: no data path
    enum flow (*flow)(const void *board); // of the next step; NULL: there are no calls
    bool (*can_break)(const void *board, const struct vt_break *b);
    void (*breaks_changed)(void *board);

    // The past; NULL: the machine has none, and no `find_back`.
    struct timeline *(*timeline)(void *board);
    // The latest step before `before` that hits an enabled breakpoint of the list (for execution:
    // that began there), its condition aside. False: none.
    bool (*find_back)(void *board, u64 before, const struct breaks *breaks, u64 *step);
    unsigned (*frames)(void *board, struct vt_frame *frames, unsigned max); // NULL: as for flow
};

// Breakpoints by their numbers.
struct breaks {
    struct vt_break rows[VT_MAX_BREAKS];
    bool is_used[VT_MAX_BREAKS];
};

struct vt_machine {
    const struct board_ops *ops;
    struct machine *m;
    void *board;
    struct breaks breaks;
    const struct vt_symbol *symbols;
    unsigned symbol_count;
};
