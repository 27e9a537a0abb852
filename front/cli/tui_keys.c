// What the keys of the TUI do.
#include "front/cli/tui.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ESCAPE = 27, BACKSPACE = 8, TAB = 9, RUN_STEPS = 50 * 1000 * 1000 };

// --- moving ---

static void tell_stop(struct tui *t, struct vt_stop stop)
{
    switch (stop.reason) {
    case VT_STOP_POWER_OFF: tui_say(t, "The program has ended."); break;
    case VT_STOP_HALTED: tui_say(t, "The machine waits for ever."); break;
    case VT_STOP_BREAK: tui_say(t, "Breakpoint %u.", stop.code); break;
    case VT_STOP_INPUT: tui_say(t, "The program waits for a key: i gives it some."); break;
    case VT_STOP_FAULT:
        tui_say(t, "%s", t->study->program->fault(t->study->program->owner, t->vm));
        break;
    default: break;
    }
}

static void forward(struct tui *t, enum vt_motion motion)
{
    uint64_t before = vt_steps(t->vm);
    struct vt_stop stop = vt_move_forward(t->vm, motion, RUN_STEPS);

    t->follows_pc = true;
    tui_moved(t);
    tell_stop(t, stop);
    if (stop.reason == VT_STOP_LIMIT && vt_steps(t->vm) - before >= RUN_STEPS) {
        tui_say(t, "50 million steps without a stop: an endless loop? r goes on.");
    }
}

static void back(struct tui *t, enum vt_motion motion)
{
    if (vt_steps(t->vm) == 0) {
        tui_say(t, "This is the beginning.");
        return;
    }
    struct vt_stop stop = vt_move_back(t->vm, motion);

    t->follows_pc = true;
    tui_moved(t);
    if (stop.reason == VT_STOP_BREAK) {
        tell_stop(t, stop);
    }
}

// How many micro-operations the next step has; 0: it has none, or there is no next step.
static unsigned micros_of_next(struct tui *t)
{
    struct vt_delta next;

    return vt_predict(t->vm, &next) ? next.micro_count : 0;
}

// To the next micro-operation: behind the last of a step the step is done and the first of the one
// after it is shown.
static void micro_step(struct tui *t)
{
    if (t->micro < micros_of_next(t)) {
        t->micro++;
        return;
    }
    forward(t, VT_MOVE_STEP);
    t->micro = micros_of_next(t) > 0;
}

static void micro_back(struct tui *t)
{
    if (t->micro > 1 || vt_steps(t->vm) == 0) {
        t->micro -= t->micro > 0;
        return;
    }
    back(t, VT_MOVE_STEP);
    t->micro = micros_of_next(t);
}

static void restart(struct tui *t)
{
    uint64_t first, last;

    vt_history(t->vm, &first, &last);
    vt_go_to(t->vm, first);
    t->follows_pc = true;
    tui_moved(t);
    tui_say(t, "Back at step %" PRIu64 "; what came after is still there.", first);
}

// --- breakpoints ---

static int break_number(const struct tui *t, unsigned kind, uint64_t first)
{
    struct vt_break b;

    for (int n = 0; n < VT_MAX_BREAKS; n++) {
        if (vt_break_at(t->vm, (unsigned)n, &b) && b.kind == kind && b.first == first) {
            return n;
        }
    }
    return -1;
}

static void toggle_break(struct tui *t, struct vt_break b, const char *what)
{
    int number = break_number(t, b.kind, b.first);

    if (number >= 0) {
        vt_break_remove(t->vm, (unsigned)number);
        tui_say(t, "No longer: %s.", what);
        return;
    }
    number = vt_break_add(t->vm, &b);
    tui_say(t, number >= 0 ? "Number %d: %s." : "That can't be watched (%d): %s.", number, what);
}

// "R0", "x4000", "read x4000".
static void watch(struct tui *t, const char *text)
{
    struct vt_place place;
    const char *error;
    char what[64];
    struct vt_break b = {.kind = VT_BREAK_WRITE};
    bool is_read = strncmp(text, "read ", 5) == 0;
    const char *name = text + (is_read ? 5 : 0);

    if (!study_place(t->vm, name, &place, &error)) {
        tui_say(t, "%s: %s", name, error);
        return;
    }
    if (place.kind == VT_PLACE_REGISTER) {
        b.kind = VT_BREAK_REGISTER;
    } else if (is_read) {
        b.kind = VT_BREAK_READ;
    }
    b.first = b.last = place.index;
    snprintf(what, sizeof what, "stop when %.40s %s", name,
             b.kind == VT_BREAK_READ ? "is read" : "changes");
    toggle_break(t, b, what);
}

static void break_if(struct tui *t, const char *condition)
{
    struct vt_break b = {.kind = VT_BREAK_EXECUTE, .first = t->cursor, .last = t->cursor};
    const char *error;
    uint64_t value;
    char what[128];

    if (!vt_evaluate(t->vm, condition, &value, &error, NULL)) {
        tui_say(t, "%s: %s", condition, error);
        return;
    }
    if (strlen(condition) >= sizeof b.condition) {
        tui_say(t, "A condition has at most %zu characters.", sizeof b.condition - 1);
        return;
    }
    memcpy(b.condition, condition, strlen(condition) + 1);
    snprintf(what, sizeof what, "stop at x%04" PRIX64 " if %s", t->cursor, b.condition);
    toggle_break(t, b, what);
}

// --- answers to questions ---

static bool address_of(struct tui *t, const char *text, uint64_t *out)
{
    const char *error;

    if (vt_evaluate(t->vm, text, out, &error, NULL)) {
        return true;
    }
    tui_say(t, "%s: %s", text, error);
    return false;
}

static void edit(struct tui *t, const char *text)
{
    char name[LINE_EDIT_BYTES];
    char *equals;
    struct vt_place place;
    const char *error;
    uint64_t value, first, last;
    uint16_t cell = 0;
    bool is_set;

    vt_history(t->vm, &first, &last);
    bool is_past = vt_steps(t->vm) < last;

    snprintf(name, sizeof name, "%s", text);
    equals = strchr(name, '=');
    if (!equals) {
        tui_say(t, "NAME = VALUE, as R0 = 5 or x3000 = x1021");
        return;
    }
    *equals = 0;
    name[strcspn(name, " ")] = 0;
    equals += 1 + strspn(equals + 1, " ");
    if (!study_place(t->vm, name, &place, &error)) {
        tui_say(t, "%s: %s", name, error);
        return;
    }
    bool is_code =
        place.kind == VT_PLACE_MEMORY && t->study->program->assemble &&
        t->study->program->assemble(t->study->program->owner, t->vm, place.index, equals, &cell);

    value = cell;
    if (!is_code && !vt_evaluate(t->vm, equals, &value, &error, NULL)) {
        tui_say(t, "%s: %s", equals, error);
        return;
    }
    value &= UINT64_MAX >> (64 - study_place_bits(t->vm, &place));
    cell = (uint16_t)value;
    is_set = place.kind == VT_PLACE_REGISTER
                 ? vt_set_register(t->vm, (unsigned)place.index, value)
                 : vt_set_memory(t->vm, place.space, place.index, &cell, 1) == 1;
    tui_moved(t);
    tui_say(t, !is_set   ? "That can't be set."
               : is_past ? "Set. The course that was is kept: v shows it."
                         : "Set.");
}

static bool contains(const char *line, size_t length, const char *text)
{
    size_t wanted = strlen(text);

    for (size_t at = 0; line && at + wanted <= length; at++) {
        if (memcmp(line + at, text, wanted) == 0) {
            return true;
        }
    }
    return false;
}

static void search(struct tui *t, const char *text)
{
    const struct vt_description *d = vt_describe(t->vm);
    uint64_t end = UINT64_C(1) << d->spaces[0].address_bits;
    uint64_t address = t->cursor;

    for (uint64_t n = 1; n < end; n++) {
        struct vt_instruction i;
        size_t length = 0;
        uint32_t number;
        const char *line = NULL;

        address = (address + 1) % end;
        number = t->study->program->line_at(t->study->program->owner, address);
        if (number) {
            line = t->study->program->line(t->study->program->owner, number, &length);
        }
        vt_instruction_at(t->vm, address, &i);
        if (contains(line, length, text) || (number && strstr(i.text, text))) {
            t->cursor = address;
            t->follows_pc = false;
            return;
        }
    }
    tui_say(t, "'%s' is nowhere in the program.", text);
}

static void why(struct tui *t, const char *name)
{
    struct vt_place place;
    const char *error;

    if (!study_place(t->vm, name, &place, &error)) {
        tui_say(t, "%s: %s", name, error);
        return;
    }
    t->list = TUI_NO_LIST;
    t->why_count = vt_why(t->vm, &place, t->why, TUI_WHYS);
    if (t->why_count == 0) {
        tui_say(t, "Nothing in the history has written %s.", name);
    }
}

static void go_to_step(struct tui *t, const char *text)
{
    uint64_t step;

    if (address_of(t, text, &step)) {
        if (!vt_go_to(t->vm, step)) {
            tui_say(t, "The history does not reach to step %s.", text);
            return;
        }
        t->follows_pc = true;
        tui_moved(t);
    }
}

static void answer(struct tui *t, char question, const char *text)
{
    uint64_t address;

    t->message[0] = 0;
    switch (question) {
    case 'g':
        if (address_of(t, text, &address)) {
            t->cursor = address;
            t->follows_pc = false;
        }
        break;
    case 'm':
        if (address_of(t, text, &t->memory[0])) {
            t->list = TUI_NO_LIST;
            t->why_count = 0;
        }
        break;
    case 'e': edit(t, text); break;
    case 'P': break_if(t, text); break;
    case '/': search(t, text); break;
    case '?': why(t, text); break;
    case 'w': watch(t, text); break;
    case 't': go_to_step(t, text); break;
    default: break;
    }
}

// --- keys ---

static void ask(struct tui *t, char question, const char *prompt)
{
    t->asking = question;
    t->line.prompt = prompt;
    t->line.length = 0;
    t->line.text[0] = 0;
}

static bool motion_key(struct tui *t, uint8_t byte)
{
    switch (byte) {
    case 's': forward(t, VT_MOVE_STEP); return true;
    case 'b': back(t, VT_MOVE_STEP); return true;
    case 'S': micro_step(t); return true;
    case 'B': micro_back(t); return true;
    case 'o': forward(t, VT_MOVE_OVER); return true;
    case 'O': back(t, VT_MOVE_OVER); return true;
    case 'u': forward(t, VT_MOVE_OUT); return true;
    case 'U': back(t, VT_MOVE_OUT); return true;
    case 'r': forward(t, VT_MOVE_RUN); return true;
    case 'R': back(t, VT_MOVE_RUN); return true;
    case 'x': restart(t); return true;
    default: return false;
    }
}

static void show_calls(struct tui *t)
{
    t->list_count = vt_frames(t->vm, t->frames, TUI_LIST);
    t->list = t->list_count ? TUI_CALLS : TUI_NO_LIST;
    t->why_count = 0;
    tui_say(t, t->list_count ? "A digit goes back to that call." : "No call is open.");
}

static void show_courses(struct tui *t)
{
    t->list_count = vt_branches(t->vm, t->courses, TUI_LIST);
    t->list = t->list_count ? TUI_COURSES : TUI_NO_LIST;
    t->why_count = 0;
    tui_say(t, t->list_count > 1 ? "A digit returns to that course."
                                 : "There is one course; a change in the past begins another.");
}

// A row of the list by its digit. False: there is no such row.
static bool choose(struct tui *t, uint8_t byte)
{
    unsigned row = byte - (unsigned)'1';
    bool is_done;

    if (t->list == TUI_NO_LIST || byte < '1' || row >= t->list_count) {
        return false;
    }
    is_done = t->list == TUI_CALLS
                  ? vt_go_to(t->vm, t->frames[row].step)
                  : !t->courses[row].is_present && vt_switch_branch(t->vm, t->courses[row].number);
    t->follows_pc = true;
    tui_moved(t);
    if (!is_done) {
        tui_say(t, "That is where we are, or it is out of reach.");
    }
    return true;
}

static void scroll(struct tui *t, int64_t by)
{
    uint64_t end = UINT64_C(1) << vt_describe(t->vm)->spaces[0].address_bits;

    t->follows_pc = false;
    t->cursor = (t->cursor + end + (uint64_t)by) % end;
}

void tui_arrow(struct tui *t, uint8_t letter)
{
    if (t->asking) {
        return;
    }
    t->message[0] = 0;
    switch (letter) {
    case 'A': scroll(t, -1); break;
    case 'B': scroll(t, 1); break;
    case 'C': forward(t, VT_MOVE_STEP); break;
    case 'D': back(t, VT_MOVE_STEP); break;
    case '5': scroll(t, -10); break;
    case '6': scroll(t, 10); break;
    default: tui_say(t, "The keys are named below."); break;
    }
}

static void toggle_break_here(struct tui *t)
{
    char what[64];

    snprintf(what, sizeof what, "stop at x%04" PRIX64, t->cursor);
    toggle_break(t,
                 (struct vt_break){.kind = VT_BREAK_EXECUTE, .first = t->cursor, .last = t->cursor},
                 what);
}

static void toggle_path(struct tui *t)
{
    t->shows_path = !t->shows_path && vt_describe(t->vm)->box_count > 0;
    if (t->shows_path && t->micro == 0) {
        tui_say(t, "S goes on by one state of the control unit, B back by one.");
    } else if (vt_describe(t->vm)->box_count == 0) {
        tui_say(t, "This machine has no drawing.");
    }
}

static void other_key(struct tui *t, uint8_t byte)
{
    switch (byte) {
    case 'p': toggle_break_here(t); break;
    case 'w': ask(t, 'w', "stop when this changes (R0, x4000), or is read (read x4000): "); break;
    case 'g': ask(t, 'g', "go to address or label: "); break;
    case 'm': ask(t, 'm', "memory at: "); break;
    case 'e': ask(t, 'e', "set (R0 = 5, x3000 = x1021, LABEL = ADD R0,R0,#1): "); break;
    case '/': ask(t, '/', "search: "); break;
    case '?': ask(t, '?', "why is this so (register or address): "); break;
    case 't': ask(t, 't', "go to step: "); break;
    case 'f': t->format = (t->format + 1) % TUI_FORMATS; break;
    case 'i':
        t->gives_keys = true;
        tui_say(t, "Keys go to the program now; Esc ends that.");
        break;
    case '.':
        t->follows_pc = true;
        t->cursor = tui_pc(t);
        break;
    case 'j': scroll(t, 1); break;
    case 'k': scroll(t, -1); break;
    case 'c': show_calls(t); break;
    case 'v': show_courses(t); break;
    case 'd': toggle_path(t); break;
    case 'P': ask(t, 'P', "stop at the cursor if (R0 == 5, [x4000] > 2): "); break;
    case ESCAPE: // back to memory
        t->shows_path = false;
        t->why_count = 0;
        t->list = TUI_NO_LIST;
        break;
    case 'q': t->is_over = true; break;
    default:
        if (!choose(t, byte)) {
            tui_say(t, "The keys are named below.");
        }
        break;
    }
}

static void take_answer(struct tui *t, uint8_t byte)
{
    char echo[LINE_EDIT_BYTES + 32];
    char question = t->asking;

    if (byte == ESCAPE) {
        t->asking = 0;
        return;
    }
    switch (line_edit_take(&t->line, byte, echo)) {
    case LINE_EDIT_MORE: break;
    case LINE_EDIT_END: t->asking = 0; break;
    case LINE_EDIT_DONE:
        t->asking = 0;
        if (t->line.text[0]) {
            answer(t, question, t->line.text);
        }
        break;
    }
}

static void give_key(struct tui *t, uint8_t byte)
{
    if (byte == ESCAPE) {
        t->gives_keys = false;
        t->message[0] = 0;
        return;
    }
    byte = byte == '\r' ? '\n' : byte;
    if (vt_serial_input(t->vm, 0, &byte, 1) == 0) {
        tui_say(t, "The program has not read the keys that wait already.");
    }
}

void tui_key(struct tui *t, uint8_t byte)
{
    if (t->asking) {
        take_answer(t, byte);
        return;
    }
    if (t->gives_keys) {
        give_key(t, byte);
        return;
    }
    t->message[0] = 0;
    if (!motion_key(t, byte)) {
        other_key(t, byte);
    }
}
