// `vitrine pc`: the run in slices of guest time, and its end.
//
// Everything that enters the guest enters between two slices, whose borders depend on guest time
// alone; the wall clock only says when to sleep and when to draw.
#include "front/cli/pc.h"

#include "front/cli/screenshot.h"
#include "host/posix/message.h"
#include "host/posix/terminal.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLICE_NS = 1000 * 1000,
    // With a person there: input ends the wait, so that only drawing and pseudo terminals want it
    // short, which are asked in between.
    IDLE_SLICE_NS = 100 * 1000 * 1000,
    IDLE_SLICE_SEEN_NS = 10 * 1000 * 1000,
    HALTED_NAP_MS = 50,
};

// How a run ended.
struct ending {
    int code;         // of the process
    const char *what; // for the line about an --expect that was not met; NULL: by the user
};

static struct ending end_with(int code, const char *what)
{
    return (struct ending){.code = code, .what = what};
}

static uint64_t slice_end(const struct pc *pc)
{
    uint64_t now_ns = vt_guest_ns(pc->vm);
    uint64_t slice_ns = SLICE_NS;
    uint64_t end_ns;

    if (pc->is_paced && vt_is_idle(pc->vm) && !pc_has_pending_input(pc)) {
        slice_ns = pc_is_watched(pc) ? IDLE_SLICE_SEEN_NS : IDLE_SLICE_NS;
    }
    end_ns = (now_ns / slice_ns + 1) * slice_ns;
    return end_ns < pc->options->max_time_ns ? end_ns : pc->options->max_time_ns;
}

static void press_due_keys(struct pc *pc)
{
    struct key_script *keys = &pc->keys;

    while (keys->next < keys->count && keys->rows[keys->next].at_ns <= vt_guest_ns(pc->vm)) {
        uint32_t item = keys->rows[keys->next++].item;

        if (item <= 0xff && pc->console == CONSOLE_SERIAL) {
            feed_serial_byte(&pc->feed, (uint8_t)item);
        } else {
            feed_key_item(&pc->feed, item);
        }
    }
}

// Performs the steps of the command line that can be; true if the run ends by it.
static bool is_script_over(struct pc *pc)
{
    const struct script_target target = {
        .vm = pc->vm, .feed = &pc->feed, .perform = pc_monitor_perform, .owner = pc};
    enum script_state state = script_advance(&pc->script, &target);

    return state == SCRIPT_MET || state == SCRIPT_QUIT;
}

// What happens between two slices. True: the run ends, as *out says.
static bool between_slices(struct pc *pc, struct ending *out)
{
    int signal_number = terminal_signal();

    if (signal_number != 0) {
        *out = end_with(128 + signal_number, NULL);
        return true;
    }
    if (is_script_over(pc)) {
        *out = end_with(EXIT_GOOD, NULL);
        return true;
    }
    press_due_keys(pc);
    if (!pc_monitor_due(pc) || !pc_take_input(pc)) {
        *out = end_with(EXIT_GOOD, NULL); // Ctrl-A X, whatever was expected
        return true;
    }
    feed_pump(&pc->feed);
    pc_draw(pc);
    if (!posix_host_flush(&pc->host)) {
        *out = end_with(EXIT_BAD_USE, NULL); // told when all is closed
        return true;
    }
    pc_pace(pc);
    return false;
}

// The guest is off or halted for good, and a person may want to see its screen.
static struct ending stay(struct pc *pc, const char *text)
{
    pc_say(pc, text);
    for (;;) {
        int signal_number = terminal_signal();

        if (signal_number != 0) {
            return end_with(128 + signal_number, NULL);
        }
        pc_draw(pc);
        if (!posix_host_flush(&pc->host)) {
            return end_with(EXIT_BAD_USE, NULL);
        }
        terminal_wait(HALTED_NAP_MS);
        if (!pc_take_input(pc) || pc->is_input_over) {
            return end_with(EXIT_GOOD, NULL);
        }
    }
}

static struct ending end_power_off(struct pc *pc)
{
    if (pc->options->no_shutdown && pc->is_terminal_raw) {
        return stay(pc, "the guest is off; Ctrl-A X ends");
    }
    return end_with(EXIT_GOOD, "the guest switched itself off");
}

static struct ending end_halted(struct pc *pc)
{
    if (pc->options->exit_on_halt) {
        return end_with(EXIT_GOOD, "the guest halted");
    }
    if (pc->is_terminal_raw) {
        return stay(pc, "the guest halted for good, interrupts off; Ctrl-A X ends");
    }
    message("the guest halted with interrupts off: nothing can wake it (--exit-on hlt makes this a "
            "good end)");
    return end_with(EXIT_FAULT, "the guest halted for good");
}

static struct ending end_limit(struct pc *pc, const char *what)
{
    if (!script_unmet(&pc->script)) {
        message("%s", what);
    }
    return end_with(EXIT_LIMIT, what);
}

static struct ending end_triple_fault(void)
{
    message("the guest's processor shut down: triple fault");
    return end_with(EXIT_FAULT, "the guest crashed with a triple fault");
}

static bool may_be_end(const struct pc *pc, struct vt_stop stop)
{
    return stop.reason != VT_STOP_TIME || vt_guest_ns(pc->vm) >= pc->options->max_time_ns;
}

// True: the stop ends the run.
static bool is_end(struct pc *pc, struct vt_stop stop, struct ending *out)
{
    switch (stop.reason) {
    case VT_STOP_TIME:
        if (!may_be_end(pc, stop)) {
            return false;
        }
        *out = end_limit(pc, "the limit of --max-time is reached");
        return true;
    case VT_STOP_LIMIT:
        *out = end_limit(pc, "the limit of --max-instructions is reached");
        return true;
    case VT_STOP_POWER_OFF: *out = end_power_off(pc); return true;
    case VT_STOP_RESET: *out = end_with(EXIT_GOOD, "the guest reset itself"); return true;
    case VT_STOP_DEBUG_EXIT:
        *out = end_with((int)(stop.code & 0xff), "the guest ended the run by isa-debug-exit");
        return true;
    case VT_STOP_HALTED: *out = end_halted(pc); return true;
    case VT_STOP_TRIPLE_FAULT: *out = end_triple_fault(); return true;
    case VT_STOP_BREAK:
        if (pc_monitor_break(pc, stop.code)) {
            return false;
        }
        *out = end_with(EXIT_GOOD, NULL);
        return true;
    case VT_STOP_FAULT:
    case VT_STOP_INPUT: break; // a PC does not end so
    }
    return false;
}

static struct ending run(struct pc *pc)
{
    struct ending ending;

    for (;;) {
        struct vt_stop stop = vt_run(pc->vm, pc->options->max_instructions, slice_end(pc));

        if (may_be_end(pc, stop)) {
            script_look_again(&pc->script); // a guest's last words may be what is waited for
            if (is_script_over(pc)) {
                return end_with(EXIT_GOOD, NULL);
            }
        }
        if (is_end(pc, stop, &ending) || between_slices(pc, &ending)) {
            return ending;
        }
        if (pc->monitor.has_stop && is_end(pc, pc->monitor.stop, &ending)) {
            return ending;
        }
        pc->monitor.has_stop = false;
    }
}

static void start_terminal(struct pc *pc)
{
    bool has_screen = pc->display == DISPLAY_TTY;

    terminal_catch_signals();
    if (pc->takes_input && terminal_has_input()) {
        pc->is_terminal_raw = terminal_start(has_screen ? tty_display_farewell() : NULL);
    }
    if (has_screen) {
        tty_display_start(&pc->tty, &pc->host.terminal);
        posix_host_hold_log(&pc->host);
    }
}

static void stop_terminal(struct pc *pc)
{
    posix_host_flush(&pc->host);
    if (pc->display == DISPLAY_TTY && !pc->is_terminal_raw) {
        sink_write(&pc->host.terminal, tty_display_farewell(), strlen(tty_display_farewell()));
        posix_host_flush(&pc->host);
    }
    terminal_stop();
    // Messages follow: on a terminal each has a line of its own.
    if (terminal_has_output() && pc->host.terminal.last != 0 && pc->host.terminal.last != '\n') {
        sink_put(&pc->host.terminal, '\n');
        posix_host_flush(&pc->host);
    }
    posix_host_release_log(&pc->host);
    pc->display = DISPLAY_NONE;
}

// An --expect that was not met outweighs how the guest ended; what the user did does not count.
static int judge(struct pc *pc, struct ending ending)
{
    const char *unmet = script_unmet(&pc->script);

    if (!ending.what || !unmet) {
        return ending.code;
    }
    message("--expect '%s': did not appear; %s", unmet, ending.what);
    screen_watch_print(&pc->script.screen, stderr); // what is there instead; nothing for serial
    return EXIT_UNEXPECTED;
}

static void print_stats(struct pc *pc)
{
    double wall_s = (double)(pc_wall_ns() - pc->wall_start_ns) / 1e9;
    struct vt_stats s;

    vt_stats(pc->vm, &s);
    fprintf(stderr,
            "instructions   %" PRIu64 "\n"
            "guest time     %.3f s (halted %.3f s)\n"
            "wall time      %.3f s\n"
            "speed          %.1f MIPS\n"
            "blocks         %" PRIu64 " decoded, %" PRIu64 " invalidated\n"
            "TLB misses     %" PRIu64 "\n"
            "interrupts     %" PRIu64 ", exceptions %" PRIu64 "\n"
            "ports          %" PRIu64 " reads, %" PRIu64 " writes\n"
            "device memory  %" PRIu64 " reads, %" PRIu64 " writes\n"
            "disk sectors   %" PRIu64 " read, %" PRIu64 " written\n"
            "log            %" PRIu64 " guest oddities, %" PRIu64 " not built, %" PRIu64
            " host errors\n",
            s.instructions, (double)s.guest_ns / 1e9, (double)s.halted_ns / 1e9, wall_s,
            wall_s > 0 ? (double)s.instructions / wall_s / 1e6 : 0.0, s.blocks_decoded,
            s.blocks_invalidated, s.tlb_misses, s.interrupts, s.exceptions, s.port_reads,
            s.port_writes, s.mmio_reads, s.mmio_writes, s.disk_reads, s.disk_writes,
            pc->host.log_counts[VT_LOG_GUEST], pc->host.log_counts[VT_LOG_STUB],
            pc->host.log_counts[VT_LOG_HOST]);
}

// The last line of standard output, on a line of its own.
static void print_digest(struct pc *pc)
{
    struct sink *out = &pc->host.terminal;
    char text[80];
    int length = snprintf(text, sizeof text, "digest %016" PRIx64 " at %" PRIu64 " instructions\n",
                          vt_digest(pc->vm), vt_instructions(pc->vm));

    if (out->last != 0 && out->last != '\n') {
        sink_put(out, '\n');
    }
    sink_write(out, text, (size_t)length);
}

static int run_and_report(struct pc *pc)
{
    struct ending ending;
    int code;

    if (pc->options->trace_file) {
        vt_trace_from(pc->vm, pc->options->trace_from);
    }
    start_terminal(pc);
    pc->wall_start_ns = pc->pace_origin_ns = pc_wall_ns();
    ending = run(pc);
    pc_draw(pc);
    stop_terminal(pc);
    code = judge(pc, ending);
    if (pc->options->screenshot_file && !screenshot_write(pc->vm, pc->options->screenshot_file) &&
        code == EXIT_GOOD) {
        code = EXIT_BAD_USE;
    }
    if (pc->options->wants_stats) {
        print_stats(pc);
    }
    if (pc->options->wants_digest) {
        print_digest(pc);
    }
    return code;
}

static int set_up_and_run(struct options *o)
{
    struct pc *pc = calloc(1, sizeof *pc);
    int code = EXIT_BAD_USE;

    if (!pc) {
        message("out of memory");
        return code;
    }
    if (pc_set_up(pc, o)) {
        code = run_and_report(pc);
    }
    pc_tear_down(pc);
    if (!posix_host_close(&pc->host) && code == EXIT_GOOD) {
        code = EXIT_BAD_USE;
    }
    free(pc);
    return code;
}

int pc_main(int argc, char **argv)
{
    struct options *o = malloc(sizeof *o);
    int code = EXIT_BAD_USE;

    if (!o) {
        message("out of memory");
        return code;
    }
    switch (options_parse(o, argc, argv)) {
    case OPTIONS_RUN: code = set_up_and_run(o); break;
    case OPTIONS_DONE: code = EXIT_GOOD; break;
    case OPTIONS_BAD: break;
    }
    options_free(o);
    free(o);
    return code;
}
