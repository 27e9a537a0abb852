// The terminal that the program runs on: raw mode and its certain undoing, signals, size, input.
//
// The one place with global state: signal handlers have nothing else to hang on.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool terminal_has_input(void);  // standard input is a terminal
bool terminal_has_output(void); // standard output is one

// From now on the first SIGINT, SIGTERM, SIGHUP or SIGQUIT only makes terminal_signal() tell its
// number, and a second one kills; SIGPIPE is ignored.
void terminal_catch_signals(void);
int terminal_signal(void); // 0: none came

// Switches the terminal on standard input to raw mode (every key comes as bytes, at once, and none
// makes a signal). It is put back by terminal_stop(), at exit, and when a signal stops or ends the
// process. `farewell` (static text or NULL) is then written to standard output first, to undo what
// was drawn.
bool terminal_start(const char *farewell);
void terminal_stop(void);
// True once after the process was stopped and continued: the screen needs drawing anew.
bool terminal_was_resumed(void);

void terminal_size(unsigned *columns, unsigned *rows); // 80 x 24 if nobody knows

// Waits up to `timeout_ms` for input on standard input; false if none came.
bool terminal_wait(int timeout_ms);
// Reads what is there from standard input. 0: nothing now; -1: its end.
long terminal_read(uint8_t *to, size_t capacity);
