#include "front/cli/monitor.h"

#include "front/cli/monitor_commands.h"
#include "front/cli/screenshot.h"
#include "front/cli/values.h"
#include "vitrine/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct command {
    const char *names; // the spellings, separated by |
    const char *arguments;
    unsigned least, most; // arguments
    const char *help;
    monitor_command *run;
};

void monitor_print(const struct monitor *m, const char *format, ...)
{
    char text[MONITOR_LINE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    m->host.put(m->host.owner, text);
}

// --- commands ---

static monitor_command run_help;

static enum monitor_result run_info(struct monitor *m, const struct words *w)
{
    if (w->count == 1) {
        monitor_show_topics(m);
    } else {
        monitor_info(m, w->rest);
    }
    return MONITOR_STAYS;
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

static enum monitor_result run_screenshot(struct monitor *m, const struct words *w)
{
    screenshot_write(m->vm, w->rest);
    return MONITOR_STAYS;
}

static const struct command commands[] = {
    {"help|?|h", "", 0, 1, "this list", run_help},
    {"info|i", "TOPIC", 0, 3, "shows a part of the machine; alone: the topics", run_info},
    {"x", "/FMT ADDRESS", 0, 2,
     "memory as the processor sees it: count, letter x d u c i, size b h w g", monitor_run_examine},
    {"xp", "/FMT ADDRESS", 0, 2, "the same at physical addresses", monitor_run_examine_physical},
    {"page|gva2gpa", "ADDRESS", 1, 1, "the page tables' way to a physical address", run_page},
    {"print|p", "VALUE", 1, 1, "a sum of numbers and registers", run_print},
    {"set", "REGISTER VALUE", 2, 2, "sets a register", run_set},
    {"step|s", "[COUNT]", 0, 1, "carries out instructions, then shows the next one",
     monitor_run_step},
    {"next|n", "", 0, 0, "the same, and a call as a whole", monitor_run_next},
    {"finish", "", 0, 0, "to behind the present routine", monitor_run_finish},
    {"break|b", "[ADDRESS [CONDITION]]", 0, 8, "stops there; alone: the breakpoints",
     monitor_run_break},
    {"watch", "REGISTER|ADDRESS [BYTES]", 1, 8, "stops when it has changed", monitor_run_watch},
    {"port", "in|out PORT", 2, 8, "stops before the port is used", monitor_run_port},
    {"delete|d", "NUMBER", 1, 1, "removes a breakpoint", monitor_run_delete},
    {"cont|c|continue", "", 0, 0, "lets the guest run on; so does an empty line", run_continue},
    {"change", "DRIVE FILE", 2, 8, "puts another medium into fda, fdb or a CD drive",
     monitor_run_change},
    {"eject", "[-f] DRIVE", 1, 2, "takes the medium out; -f although the guest has locked it",
     monitor_run_eject},
    {"sendkey|sendkeys", "KEY+KEY [MS]", 1, 2,
     "presses keys: ctrl+alt+delete, f2, kp-plus; holds them so long", monitor_run_keys},
    {"type", "TEXT", 1, 8, "types text, with the escapes of --type", monitor_run_type},
    {"mouse_move", "DX DY [DZ]", 2, 3, "moves the mouse: to the right, down; turns its wheel",
     monitor_run_mouse_move},
    {"mouse_button", "[BUTTON...]", 0, 3, "holds left, right, middle, and no other",
     monitor_run_mouse_button},
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
    w->line = line;
    w->count = 0;
    line += strspn(line, " \t");
    line += strcspn(line, " \t\r\n");
    w->rest = line + strspn(line, " \t");
    at = strtok(w->text, " \t\r\n");
    while (at && w->count < MONITOR_WORDS_MAX) {
        w->at[w->count++] = at;
        at = strtok(NULL, " \t\r\n");
    }
    return w->count > 0;
}

const char *words_from(const struct words *w, unsigned n)
{
    return w->line + (w->at[n] - w->text);
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
