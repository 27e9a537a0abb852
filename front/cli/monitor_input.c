// What the user gives the machine: media, keys, text, the mouse.
#include "front/cli/monitor_commands.h"
#include "front/cli/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool slot_by_name(const struct monitor *m, const char *name, enum vt_slot *out)
{
    static const char *const names[VT_SLOTS] = {
        [VT_HDA] = "hda|ide0-hd0|ide0-cd0", [VT_HDB] = "hdb|ide0-hd1|ide0-cd1",
        [VT_HDC] = "hdc|ide1-hd0|ide1-cd0", [VT_HDD] = "hdd|ide1-hd1|ide1-cd1",
        [VT_FDA] = "fda|floppy0|a:",        [VT_FDB] = "fdb|floppy1|b:",
    };

    for (unsigned slot = 0; slot < VT_SLOTS; slot++) {
        if (name_is_one_of(name, names[slot])) {
            *out = (enum vt_slot)slot;
            return true;
        }
    }
    monitor_print(m, "'%s' is no drive; there are hda hdb hdc hdd fda fdb\n", name);
    return false;
}

enum monitor_result monitor_run_change(struct monitor *m, const struct words *w)
{
    enum vt_slot slot;

    if (slot_by_name(m, w->at[1], &slot)) {
        m->host.change_medium(m->host.owner, slot, words_from(w, 2), false);
    }
    return MONITOR_STAYS;
}

enum monitor_result monitor_run_eject(struct monitor *m, const struct words *w)
{
    bool is_forced = strcmp(w->at[1], "-f") == 0;
    enum vt_slot slot;

    if (is_forced && w->count < 3) {
        monitor_print(m, "eject -f: which drive?\n");
    } else if (slot_by_name(m, w->at[is_forced ? 2 : 1], &slot)) {
        m->host.change_medium(m->host.owner, slot, NULL, is_forced);
    }
    return MONITOR_STAYS;
}

enum monitor_result monitor_run_keys(struct monitor *m, const struct words *w)
{
    char chord[MONITOR_LINE_BYTES];
    bool is_held = w->count > 2;

    snprintf(chord, sizeof chord, "%s%s%s", w->at[1], is_held ? ":" : "", is_held ? w->at[2] : "");
    m->host.send_keys(m->host.owner, chord);
    return MONITOR_STAYS;
}

enum monitor_result monitor_run_type(struct monitor *m, const struct words *w)
{
    m->host.type_text(m->host.owner, w->rest);
    return MONITOR_STAYS;
}

static bool whole_number(const struct monitor *m, const char *text, int *out)
{
    char *end;
    long value = strtol(text, &end, 0);

    if (*end || value < -9999 || value > 9999) {
        monitor_print(m, "'%s' is no whole number from -9999 to 9999\n", text);
        return false;
    }
    *out = (int)value;
    return true;
}

enum monitor_result monitor_run_mouse_move(struct monitor *m, const struct words *w)
{
    int dx, dy, dz = 0;

    if (whole_number(m, w->at[1], &dx) && whole_number(m, w->at[2], &dy) &&
        (w->count < 4 || whole_number(m, w->at[3], &dz))) {
        vt_mouse(m->vm, dx, dy, dz, m->mouse_buttons);
    }
    return MONITOR_STAYS;
}

// The names of the buttons that are held from now on; none: all are let go.
enum monitor_result monitor_run_mouse_button(struct monitor *m, const struct words *w)
{
    static const char *const names[] = {"left", "right", "middle"};
    unsigned held = 0;

    for (unsigned n = 1; n < w->count; n++) {
        unsigned button = 0;

        while (button < 3 && strcmp(w->at[n], names[button]) != 0) {
            button++;
        }
        if (button == 3) {
            monitor_print(m, "'%s' is no button: left, right or middle\n", w->at[n]);
            return MONITOR_STAYS;
        }
        held |= 1U << button;
    }
    m->mouse_buttons = held;
    vt_mouse(m->vm, 0, 0, 0, held);
    return MONITOR_STAYS;
}
