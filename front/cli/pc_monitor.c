// The monitor on the terminal (Ctrl-A C) and from a file of commands at guest times
// (--commands), or from the steps of the command line (--do).
#include "front/cli/pc.h"

#include "front/cli/file.h"
#include "front/cli/monitor.h"
#include "front/cli/values.h"
#include "host/posix/message.h"
#include "host/posix/terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 1000, CTRL_C = 3, COMMANDS_LIMIT_BYTES = 1 << 20 };

// --- what the monitor asks for ---

static void put(void *owner, const char *text)
{
    struct pc *pc = owner;

    sink_write(&pc->host.terminal, text, strlen(text));
}

static bool change_medium(void *owner, enum vt_slot slot, const char *path, bool is_forced)
{
    return pc_change_medium(owner, slot, path, is_forced);
}

static const char *medium(void *owner, enum vt_slot slot)
{
    return pc_medium(owner, slot);
}

static bool send_keys(void *owner, const char *chord)
{
    struct pc *pc = owner;
    struct items items = {0};
    const char *bad;
    bool is_good = items_add_chord(&items, chord, strlen(chord), &bad);

    if (is_good) {
        feed_keyboard(&pc->feed, &items);
    } else {
        monitor_print(&pc->monitor, "'%s' names no key; `vitrine help keys` lists them\n", bad);
    }
    items_free(&items);
    return is_good;
}

static bool type_text(void *owner, const char *text)
{
    struct pc *pc = owner;
    struct items items = {0};
    const char *bad, *why;
    bool is_good = items_add_text(&items, text, strlen(text), &bad, &why);

    if (!is_good) {
        monitor_print(&pc->monitor, "'%s': %s\n", bad, why);
    } else if (pc->console == CONSOLE_SERIAL) {
        feed_serial(&pc->feed, &items);
    } else {
        feed_keyboard(&pc->feed, &items);
    }
    items_free(&items);
    return is_good;
}

// Ctrl-C ends a long command; what else is typed meanwhile is lost.
static bool is_interrupted(void *owner)
{
    struct pc *pc = owner;
    uint8_t byte = 0;

    while (pc->is_terminal_raw && byte != CTRL_C && terminal_read(&byte, 1) > 0) {
    }
    return byte == CTRL_C || terminal_signal() != 0;
}

void pc_monitor_init(struct pc *pc)
{
    pc->monitor.vm = pc->vm;
    pc->monitor.host = (struct monitor_host){
        .owner = pc,
        .put = put,
        .change_medium = change_medium,
        .medium = medium,
        .send_keys = send_keys,
        .type_text = type_text,
        .is_interrupted = is_interrupted,
    };
    pc->line.prompt = "(vitrine) ";
}

// --- on the terminal ---

// One byte for the monitor. False: it is done with, as *result says.
static bool take_byte(struct pc *pc, uint8_t byte, enum monitor_result *result)
{
    char echo[LINE_EDIT_BYTES + 32];
    enum line_edit_result line;

    switch (prefix_take(&pc->prefix, byte)) {
    case PREFIX_PASS: break;
    case PREFIX_END: *result = MONITOR_ENDS; return false;
    case PREFIX_MONITOR: *result = MONITOR_CONTINUES; return false;
    default: return true;
    }
    line = line_edit_take(&pc->line, byte, echo);
    put(pc, echo);
    if (line == LINE_EDIT_MORE) {
        return true;
    }
    *result = line == LINE_EDIT_END ? MONITOR_CONTINUES : monitor_run(&pc->monitor, pc->line.text);
    if (*result == MONITOR_STAYS) {
        put(pc, pc->line.prompt);
    }
    return *result == MONITOR_STAYS;
}

static enum monitor_result talk(struct pc *pc)
{
    enum monitor_result result = MONITOR_STAYS;

    while (result == MONITOR_STAYS) {
        uint8_t byte;
        long count;

        if (!posix_host_flush(&pc->host) || terminal_signal() != 0) {
            return MONITOR_CONTINUES; // the run loop sees it and ends
        }
        terminal_wait(WAIT_MS);
        count = terminal_read(&byte, 1);
        if (count < 0) {
            return MONITOR_ENDS;
        }
        if (count > 0 && !take_byte(pc, byte, &result)) {
            break;
        }
    }
    return result;
}

bool pc_monitor_open(struct pc *pc)
{
    enum monitor_result result;
    bool has_screen = pc->display == DISPLAY_TTY;

    if (has_screen) {
        put(pc, tty_display_farewell());
    }
    put(pc, "\nThe guest waits. `help` lists the commands, an empty line lets it run on.\n");
    monitor_show_instruction(
        &pc->monitor, vt_register(pc->vm, (unsigned)vt_register_by_name(pc->vm, "pc")), true);
    put(pc, pc->line.prompt);
    result = talk(pc);
    put(pc, "\n");
    if (has_screen) {
        tty_display_start(&pc->tty, &pc->host.terminal);
    }
    return result != MONITOR_ENDS;
}

bool pc_monitor_break(struct pc *pc, unsigned number)
{
    uint64_t at = vt_register(pc->vm, (unsigned)vt_register_by_name(pc->vm, "pc"));

    if (pc->is_terminal_raw) {
        return pc_monitor_open(pc); // it shows where the guest is
    }
    monitor_print(&pc->monitor, "breakpoint %u at %" PRIu64 " instructions\n", number,
                  vt_instructions(pc->vm));
    monitor_show_instruction(&pc->monitor, at, true);
    return true;
}

// --- from the command line and from a file ---

bool pc_monitor_perform(void *owner, const char *command)
{
    struct pc *pc = owner;

    return monitor_run(&pc->monitor, command) != MONITOR_ENDS;
}

static bool add_command(struct pc *pc, const char *path, unsigned number, char *line)
{
    char *command = line + strcspn(line, " \t");
    uint64_t at_ns;

    if (*command) {
        *command++ = 0;
    }
    command += strspn(command, " \t");
    if (*command == 0 || !value_duration_ns(line, &at_ns)) {
        message("%s:%u: a line is a guest time and a command, as `2.5s info registers`", path,
                number);
        return false;
    }
    if (strlen(command) >= TIMED_COMMAND_BYTES) {
        message("%s:%u: the command is too long, at most %d characters fit", path, number,
                TIMED_COMMAND_BYTES - 1);
        return false;
    }
    if (pc->command_count > 0 && at_ns < pc->commands[pc->command_count - 1].at_ns) {
        message("%s:%u: the times must not go back", path, number);
        return false;
    }
    struct timed_command *more =
        realloc(pc->commands, (pc->command_count + 1) * sizeof *pc->commands);

    if (!more) {
        message("out of memory");
        return false;
    }
    pc->commands = more;
    more[pc->command_count].at_ns = at_ns;
    snprintf(more[pc->command_count++].text, sizeof more->text, "%s", command);
    return true;
}

bool pc_monitor_load(struct pc *pc, const char *path)
{
    struct file_bytes file;
    bool is_good = true;

    if (!file_read(path, COMMANDS_LIMIT_BYTES, &file)) {
        return false;
    }
    if (memchr(file.bytes, 0, file.size_bytes)) {
        message("%s: is no text", path);
        is_good = false;
    }
    char *next = (char *)file.bytes;
    for (unsigned number = 1; is_good && *next; number++) {
        char *line = next + strspn(next, " \t");

        next += strcspn(next, "\n");
        if (*next) {
            *next++ = 0;
        }
        line[strcspn(line, "\r")] = 0;
        if (*line && *line != '#') {
            is_good = add_command(pc, path, number, line);
        }
    }
    free(file.bytes);
    return is_good;
}

bool pc_monitor_due(struct pc *pc)
{
    while (pc->next_command < pc->command_count &&
           pc->commands[pc->next_command].at_ns <= vt_guest_ns(pc->vm)) {
        if (!pc_monitor_perform(pc, pc->commands[pc->next_command++].text)) {
            return false;
        }
    }
    return true;
}
