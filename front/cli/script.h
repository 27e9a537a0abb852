// The steps of --expect, --type and --do, performed in the order of the command line.
//
// An --expect waits until its expression appears on the console after what the last one matched; a
// --type types; a --do gives the monitor a command. After a last step that is an --expect the run
// ends well.
#pragma once

#include "front/cli/feed.h"
#include "front/cli/matcher.h"
#include "front/cli/options.h"
#include "front/cli/screen_watch.h"

enum script_state {
    SCRIPT_NONE,    // no steps
    SCRIPT_WAITING, // an --expect is unmet
    SCRIPT_DONE,    // all done, the last was no --expect: the guest runs on
    SCRIPT_MET,     // all done, the last was an --expect
    SCRIPT_QUIT,    // a --do was the command to end
};

struct script_step {
    enum step_kind kind;
    const char *text;
    regex_t expression; // STEP_EXPECT
    struct items items; // STEP_TYPE
};

// What the steps act upon.
struct script_target {
    struct vt_machine *vm;
    struct feed *feed;
    bool (*perform)(void *owner, const char *command); // --do. False: the run is to end
    void *owner;
};

struct script {
    struct script_step *steps;
    unsigned count, compiled, next;
    bool is_serial; // console: the serial port; else keyboard and text screen
    bool watches_serial;
    struct matcher serial;
    struct screen_watch screen;
    uint64_t next_look_ns; // at the screen
};

// False: an expression or text makes no sense, told.
bool script_init(struct script *s, const struct options *o, bool is_serial);
void script_free(struct script *s);
void script_serial_byte(void *owner, uint8_t byte); // for posix_host.serial_watch
// The next script_advance looks at the screen, however short ago it did.
void script_look_again(struct script *s);
// Performs what can be performed now; call between slices.
enum script_state script_advance(struct script *s, const struct script_target *target);
// The --expect that waits; NULL: none does.
const char *script_unmet(const struct script *s);
