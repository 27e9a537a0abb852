#define _DEFAULT_SOURCE
#define _XOPEN_SOURCE 700
#include "host/posix/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { SIGNAL_STACK_BYTES = 64 * 1024 };

static struct {
    volatile sig_atomic_t is_raw;
    volatile sig_atomic_t ending_signal;
    volatile sig_atomic_t was_resumed;
    struct termios saved, raw;
    const char *farewell;
    bool is_registered; // with atexit
    char signal_stack[SIGNAL_STACK_BYTES];
} terminal;

bool terminal_has_input(void)
{
    return isatty(STDIN_FILENO);
}

bool terminal_has_output(void)
{
    return isatty(STDOUT_FILENO);
}

// Safe inside a signal handler, as are all functions that handlers below call: only write() and
// tcsetattr().
static void restore(void)
{
    if (!terminal.is_raw) {
        return;
    }
    terminal.is_raw = 0;
    if (terminal.farewell) {
        ssize_t ignored = write(STDOUT_FILENO, terminal.farewell, strlen(terminal.farewell));
        (void)ignored;
    }
    tcsetattr(STDIN_FILENO, TCSANOW, &terminal.saved);
}

static void apply_raw(void)
{
    // A background process that touches the terminal would be stopped.
    if (tcgetpgrp(STDIN_FILENO) == getpgrp() &&
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal.raw) == 0) {
        terminal.is_raw = 1;
    }
}

static void install(int number, void (*handler)(int), int flags)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

// Lets the signal do what it does by default, from inside its own handler.
static void raise_default(int number)
{
    sigset_t only;

    install(number, SIG_DFL, 0);
    raise(number);
    sigemptyset(&only);
    sigaddset(&only, number);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
}

static void on_end(int number)
{
    if (terminal.ending_signal) {
        restore();
        raise_default(number);
    }
    terminal.ending_signal = number;
}

static void on_crash(int number)
{
    restore();
    raise_default(number);
}

static void on_stop(int number)
{
    int error = errno;
    bool was_raw = terminal.is_raw;

    restore();
    raise_default(number); // sleeps here until SIGCONT
    install(number, on_stop, 0);
    if (was_raw) {
        apply_raw();
        terminal.was_resumed = 1;
    }
    errno = error;
}

// After SIGSTOP, which nobody can catch, the shell has changed the terminal's mode.
static void on_continue(int number)
{
    int error = errno;

    (void)number;
    if (terminal.is_raw) {
        apply_raw();
        terminal.was_resumed = 1;
    }
    errno = error;
}

void terminal_catch_signals(void)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct sigaction old;

        // What was ignored from the start stays so (nohup).
        if (sigaction(ends[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            install(ends[i], on_end, 0);
        }
    }
    install(SIGPIPE, SIG_IGN, 0);
}

int terminal_signal(void)
{
    return terminal.ending_signal;
}

static void install_guards(void)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    stack_t stack = {.ss_sp = terminal.signal_stack, .ss_size = sizeof terminal.signal_stack};

    sigaltstack(&stack, NULL); // so that a stack overflow is caught, too
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++) {
        install(crashes[i], on_crash, SA_ONSTACK);
    }
    install(SIGTSTP, on_stop, 0);
    install(SIGCONT, on_continue, SA_RESTART);
    if (!terminal.is_registered) {
        terminal.is_registered = true;
        atexit(terminal_stop);
    }
}

bool terminal_start(const char *farewell)
{
    if (!terminal_has_input() || tcgetattr(STDIN_FILENO, &terminal.saved) != 0) {
        return false;
    }
    terminal.raw = terminal.saved;
    terminal.raw.c_iflag &=
        ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    // Output stays processed: messages of our own end lines with a line feed alone.
    terminal.raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    terminal.raw.c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
    terminal.raw.c_cflag |= CS8;
    terminal.raw.c_cc[VMIN] = 1;
    terminal.raw.c_cc[VTIME] = 0;
    terminal.farewell = farewell;
    install_guards();
    terminal.is_raw = 1; // before it is true, so that no signal falls in between
    if (tcsetattr(STDIN_FILENO, TCSANOW, &terminal.raw) != 0) {
        terminal.is_raw = 0;
    }
    return terminal.is_raw;
}

void terminal_stop(void)
{
    restore();
}

bool terminal_was_resumed(void)
{
    bool was = terminal.was_resumed;

    terminal.was_resumed = 0;
    return was;
}

void terminal_size(unsigned *columns, unsigned *rows)
{
    struct winsize size;

    *columns = 80;
    *rows = 24;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
        *columns = size.ws_col;
        *rows = size.ws_row;
    }
}

bool terminal_wait(int timeout_ms)
{
    struct pollfd door = {.fd = STDIN_FILENO, .events = POLLIN};

    return poll(&door, 1, timeout_ms) > 0;
}

long terminal_read(uint8_t *to, size_t capacity)
{
    ssize_t n;

    if (!terminal_wait(0)) {
        return 0;
    }
    n = read(STDIN_FILENO, to, capacity);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return 0;
    }
    return n > 0 ? (long)n : -1;
}
