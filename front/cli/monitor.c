#include "front/cli/monitor.h"

#include "front/cli/screenshot.h"
#include "front/cli/values.h"
#include "vitrine/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 1024, WORDS_MAX = 8, MOTION_STEPS = 100 * 1000 * 1000 };

// A command's words: [0] the command, then its arguments; `rest` is the line behind the command.
struct words {
    char text[LINE_BYTES];
    const char *at[WORDS_MAX];
    unsigned count;
    const char *rest;
};

struct command {
    const char *names; // the spellings, separated by |
    const char *arguments;
    unsigned least, most; // arguments
    const char *help;
    enum monitor_result (*run)(struct monitor *m, const struct words *w);
};

void monitor_print(const struct monitor *m, const char *format, ...)
{
    char text[LINE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    m->host.put(m->host.owner, text);
}

// --- commands ---

static enum monitor_result run_help(struct monitor *m, const struct words *w);

static enum monitor_result run_info(struct monitor *m, const struct words *w)
{
    if (w->count == 1) {
        monitor_show_topics(m);
    } else {
        monitor_info(m, w->rest);
    }
    return MONITOR_STAYS;
}

static const char *format_of(const char *command)
{
    const char *slash = strchr(command, '/');

    return slash ? slash + 1 : "";
}

// x/FMT ADDRESS, and x /FMT ADDRESS as people type it.
static enum monitor_result examine(struct monitor *m, unsigned space, const struct words *w)
{
    bool is_apart = w->count > 1 && w->at[1][0] == '/';
    unsigned address = is_apart ? 2 : 1;

    monitor_examine(m, space, is_apart ? w->at[1] + 1 : format_of(w->at[0]),
                    address < w->count ? w->at[address] : NULL);
    return MONITOR_STAYS;
}

static enum monitor_result run_examine(struct monitor *m, const struct words *w)
{
    return examine(m, 0, w);
}

static enum monitor_result run_examine_physical(struct monitor *m, const struct words *w)
{
    return examine(m, 1, w);
}

static enum monitor_result run_page(struct monitor *m, const struct words *w)
{
    uint64_t address;

    if (monitor_value(m, w->at[1], &address)) {
        monitor_show_walk(m, address);
    }
    return MONITOR_STAYS;
}

static enum monitor_result run_print(struct monitor *m, const struct words *w)
{
    uint64_t value;

    if (monitor_value(m, w->at[1], &value)) {
        monitor_print(m, "0x%" PRIx64 " = %" PRId64 "\n", value, (int64_t)value);
    }
    return MONITOR_STAYS;
}

static enum monitor_result run_set(struct monitor *m, const struct words *w)
{
    const char *name = w->at[1] + (w->at[1][0] == '$' || w->at[1][0] == '%');
    int reg = vt_register_by_name(m->vm, name);
    uint64_t value;

    if (reg < 0) {
        monitor_print(m, "'%s' is no register; `info registers` shows them\n", name);
    } else if (monitor_value(m, w->at[2], &value) &&
               !vt_set_register(m->vm, (unsigned)reg, value)) {
        monitor_print(m, "%s can't be set to that\n", name);
    }
    return MONITOR_STAYS;
}

// After a motion: where it is now. A stop that ends the machine is the front end's.
static enum monitor_result moved(struct monitor *m, struct vt_stop stop)
{
    if (stop.reason != VT_STOP_LIMIT && stop.reason != VT_STOP_BREAK) {
        m->stop = stop;
        m->has_stop = true;
        return MONITOR_CONTINUES;
    }
    if (stop.reason == VT_STOP_BREAK) {
        monitor_print(m, "breakpoint %u\n", stop.code);
    }
    monitor_show_instruction(m, vt_register(m->vm, (unsigned)vt_register_by_name(m->vm, "pc")),
                             true);
    return MONITOR_STAYS;
}

static enum monitor_result run_step(struct monitor *m, const struct words *w)
{
    uint64_t count = 1;
    struct vt_delta delta;

    if (w->count > 1 && !monitor_value(m, w->at[1], &count)) {
        return MONITOR_STAYS;
    }
    if (count != 1) {
        return moved(m, vt_run(m->vm, vt_instructions(m->vm) + count, UINT64_MAX));
    }
    struct vt_stop stop = vt_step(m->vm, &delta);

    monitor_print(m, "   %s\n", delta.text);
    return moved(m, stop);
}

static enum monitor_result run_next(struct monitor *m, const struct words *w)
{
    (void)w;
    return moved(m, vt_move_forward(m->vm, VT_MOVE_OVER, MOTION_STEPS));
}

static enum monitor_result run_finish(struct monitor *m, const struct words *w)
{
    (void)w;
    return moved(m, vt_move_forward(m->vm, VT_MOVE_OUT, MOTION_STEPS));
}

static void list_breaks(const struct monitor *m)
{
    static const char *const kinds[] = {"execution", "read", "write", "register"};
    const struct vt_description *d = vt_describe(m->vm);
    struct vt_break b;

    for (unsigned n = 0; n < VT_MAX_BREAKS; n++) {
        if (!vt_break_at(m->vm, n, &b)) {
            continue;
        }
        if (b.kind == VT_BREAK_REGISTER) {
            monitor_print(m, "%u  change of %s  %s\n", n, d->registers[b.first].name, b.condition);
        } else {
            monitor_print(m, "%u  %s  %s %08" PRIx64 "-%08" PRIx64 "  %s\n", n, kinds[b.kind],
                          d->spaces[b.space].name, b.first, b.last, b.condition);
        }
    }
}

static void add_break(struct monitor *m, struct vt_break b, const struct words *w,
                      unsigned condition)
{
    if (condition < w->count) {
        snprintf(b.condition, sizeof b.condition, "%s", strstr(w->rest, w->at[condition]));
    }
    int number = vt_break_add(m->vm, &b);

    monitor_print(m, number < 0 ? "that can't be watched\n" : "breakpoint %d\n", number);
}

// break ADDRESS [CONDITION]
static enum monitor_result run_break(struct monitor *m, const struct words *w)
{
    struct vt_break b = {.kind = VT_BREAK_EXECUTE};

    if (w->count == 1) {
        list_breaks(m);
    } else if (monitor_value(m, w->at[1], &b.first)) {
        b.last = b.first;
        add_break(m, b, w, 2);
    }
    return MONITOR_STAYS;
}

// watch REGISTER|ADDRESS [BYTES]
static enum monitor_result run_watch(struct monitor *m, const struct words *w)
{
    const char *name = w->at[1] + (w->at[1][0] == '$' || w->at[1][0] == '%');
    int reg = vt_register_by_name(m->vm, name);
    struct vt_break b = {.kind = VT_BREAK_WRITE};
    uint64_t bytes = 1;

    if (reg >= 0) {
        b.kind = VT_BREAK_REGISTER;
        b.first = b.last = (unsigned)reg;
        add_break(m, b, w, 2);
    } else if (monitor_value(m, w->at[1], &b.first) &&
               (w->count < 3 || monitor_value(m, w->at[2], &bytes))) {
        b.last = b.first + (bytes ? bytes : 1) - 1;
        add_break(m, b, w, 3);
    }
    return MONITOR_STAYS;
}

static int space_by_name(const struct monitor *m, const char *name)
{
    const struct vt_description *d = vt_describe(m->vm);

    for (unsigned n = 0; n < d->space_count; n++) {
        if (strcmp(d->spaces[n].name, name) == 0) {
            return (int)n;
        }
    }
    return -1;
}

// port in|out PORT
static enum monitor_result run_port(struct monitor *m, const struct words *w)
{
    bool is_out = strcmp(w->at[1], "out") == 0;
    struct vt_break b = {.kind = is_out ? VT_BREAK_WRITE : VT_BREAK_READ,
                         .space = (uint8_t)space_by_name(m, "ports")};

    if (!is_out && strcmp(w->at[1], "in") != 0) {
        monitor_print(m, "port in PORT, or port out PORT\n");
    } else if (monitor_value(m, w->at[2], &b.first)) {
        b.last = b.first;
        add_break(m, b, w, 3);
    }
    return MONITOR_STAYS;
}

static enum monitor_result run_delete(struct monitor *m, const struct words *w)
{
    uint64_t number;

    if (monitor_value(m, w->at[1], &number) && !vt_break_remove(m->vm, (unsigned)number)) {
        monitor_print(m, "there is no breakpoint %" PRIu64 "; `break` lists them\n", number);
    }
    return MONITOR_STAYS;
}

static enum monitor_result run_continue(struct monitor *m, const struct words *w)
{
    (void)m, (void)w;
    return MONITOR_CONTINUES;
}

static enum monitor_result run_reset(struct monitor *m, const struct words *w)
{
    (void)w;
    vt_reset(m->vm);
    return MONITOR_CONTINUES;
}

static enum monitor_result run_power(struct monitor *m, const struct words *w)
{
    (void)w;
    vt_power_button(m->vm);
    return MONITOR_CONTINUES;
}

static enum monitor_result run_quit(struct monitor *m, const struct words *w)
{
    (void)m, (void)w;
    return MONITOR_ENDS;
}

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

static enum monitor_result run_change(struct monitor *m, const struct words *w)
{
    enum vt_slot slot;

    if (slot_by_name(m, w->at[1], &slot)) {
        const char *path = strstr(w->rest, w->at[1]) + strlen(w->at[1]);

        m->host.change_medium(m->host.owner, slot, path + strspn(path, " "), false);
    }
    return MONITOR_STAYS;
}

static enum monitor_result run_eject(struct monitor *m, const struct words *w)
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

static enum monitor_result run_keys(struct monitor *m, const struct words *w)
{
    char chord[LINE_BYTES];
    bool is_held = w->count > 2;

    snprintf(chord, sizeof chord, "%s%s%s", w->at[1], is_held ? ":" : "", is_held ? w->at[2] : "");
    m->host.send_keys(m->host.owner, chord);
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

static enum monitor_result run_mouse_move(struct monitor *m, const struct words *w)
{
    int dx, dy, dz = 0;

    if (whole_number(m, w->at[1], &dx) && whole_number(m, w->at[2], &dy) &&
        (w->count < 4 || whole_number(m, w->at[3], &dz))) {
        vt_mouse(m->vm, dx, dy, dz, m->mouse_buttons);
    }
    return MONITOR_STAYS;
}

// The names of the buttons that are held from now on; none: all are let go.
static enum monitor_result run_mouse_button(struct monitor *m, const struct words *w)
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

static enum monitor_result run_type(struct monitor *m, const struct words *w)
{
    m->host.type_text(m->host.owner, w->rest);
    return MONITOR_STAYS;
}

static enum monitor_result run_screenshot(struct monitor *m, const struct words *w)
{
    screenshot_write(m->vm, w->rest);
    return MONITOR_STAYS;
}

static const struct command commands[] = {
    {"help|?|h", "", 0, 1, "this list", run_help},
    {"info|i", "TOPIC", 0, 3, "shows a part of the machine; alone: the topics", run_info},
    {"x", "/FMT ADDRESS", 0, 2,
     "memory as the processor sees it: count, letter x d u c i, size b h w g", run_examine},
    {"xp", "/FMT ADDRESS", 0, 2, "the same at physical addresses", run_examine_physical},
    {"page|gva2gpa", "ADDRESS", 1, 1, "the page tables' way to a physical address", run_page},
    {"print|p", "VALUE", 1, 1, "a sum of numbers and registers", run_print},
    {"set", "REGISTER VALUE", 2, 2, "sets a register", run_set},
    {"step|s", "[COUNT]", 0, 1, "carries out instructions, then shows the next one", run_step},
    {"next|n", "", 0, 0, "the same, and a call as a whole", run_next},
    {"finish", "", 0, 0, "to behind the present routine", run_finish},
    {"break|b", "[ADDRESS [CONDITION]]", 0, 8, "stops there; alone: the breakpoints", run_break},
    {"watch", "REGISTER|ADDRESS [BYTES]", 1, 8, "stops when it has changed", run_watch},
    {"port", "in|out PORT", 2, 8, "stops before the port is used", run_port},
    {"delete|d", "NUMBER", 1, 1, "removes a breakpoint", run_delete},
    {"cont|c|continue", "", 0, 0, "lets the guest run on; so does an empty line", run_continue},
    {"change", "DRIVE FILE", 2, 8, "puts another medium into fda, fdb or a CD drive", run_change},
    {"eject", "[-f] DRIVE", 1, 2, "takes the medium out; -f although the guest has locked it",
     run_eject},
    {"sendkey|sendkeys", "KEY+KEY [MS]", 1, 2,
     "presses keys: ctrl+alt+delete, f2, kp-plus; holds them so long", run_keys},
    {"type", "TEXT", 1, 8, "types text, with the escapes of --type", run_type},
    {"mouse_move", "DX DY [DZ]", 2, 3, "moves the mouse: to the right, down; turns its wheel",
     run_mouse_move},
    {"mouse_button", "[BUTTON...]", 0, 3, "holds left, right, middle, and no other",
     run_mouse_button},
    {"screenshot|screendump", "FILE", 1, 8, "the guest's screen as PNG", run_screenshot},
    {"reset|system_reset", "", 0, 0, "presses the reset button", run_reset},
    {"power|system_powerdown", "", 0, 0, "presses the power button", run_power},
    {"quit|q|exit", "", 0, 0, "ends the run", run_quit},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static enum monitor_result run_help(struct monitor *m, const struct words *w)
{
    (void)w;
    for (unsigned n = 0; n < COMMANDS; n++) {
        const struct command *c = &commands[n];
        int length = (int)strcspn(c->names, "|");

        monitor_print(m, "  %.*s %-*s %s\n", length, c->names, 24 - length, c->arguments, c->help);
    }
    return MONITOR_STAYS;
}

// --- a line ---

// False: an empty line.
static bool split(const char *line, struct words *w)
{
    char *at;

    snprintf(w->text, sizeof w->text, "%s", line);
    w->count = 0;
    line += strspn(line, " \t");
    line += strcspn(line, " \t\r\n");
    w->rest = line + strspn(line, " \t");
    at = strtok(w->text, " \t\r\n");
    while (at && w->count < WORDS_MAX) {
        w->at[w->count++] = at;
        at = strtok(NULL, " \t\r\n");
    }
    return w->count > 0;
}

static const struct command *command_named(const char *name)
{
    for (unsigned n = 0; n < COMMANDS; n++) {
        if (name_is_one_of(name, commands[n].names)) {
            return &commands[n];
        }
    }
    return NULL;
}

bool monitor_knows(const char *line)
{
    char name[32];

    line += strspn(line, " \t");
    snprintf(name, sizeof name, "%.*s", (int)strcspn(line, " \t/"), line);
    return command_named(name) != NULL;
}

static const struct command *find(const struct monitor *m, const char *word)
{
    char name[32];
    const char *closest = NULL;
    unsigned best = 3;

    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "/"), word);
    if (command_named(name)) {
        return command_named(name);
    }
    for (unsigned n = 0; n < COMMANDS; n++) {
        char first[32];

        snprintf(first, sizeof first, "%.*s", (int)strcspn(commands[n].names, "|"),
                 commands[n].names);
        if (vt_distance(name, first) < best) {
            best = vt_distance(name, first);
            closest = commands[n].names;
        }
    }
    monitor_print(m, "no command '%s'", name);
    if (closest) {
        monitor_print(m, "; did you mean %.*s?\n", (int)strcspn(closest, "|"), closest);
    } else {
        monitor_print(m, "; `help` lists them\n");
    }
    return NULL;
}

enum monitor_result monitor_run(struct monitor *m, const char *line)
{
    struct words w;
    const struct command *c;

    if (!split(line, &w)) {
        return MONITOR_CONTINUES;
    }
    c = find(m, w.at[0]);
    if (!c) {
        return MONITOR_STAYS;
    }
    if (w.count - 1 < c->least || w.count - 1 > c->most) {
        monitor_print(m, "usage: %.*s %s\n", (int)strcspn(c->names, "|"), c->names, c->arguments);
        return MONITOR_STAYS;
    }
    return c->run(m, &w);
}
