#include "front/cli/script.h"

#include "front/cli/monitor.h"
#include "host/posix/message.h"

#include <stdlib.h>
#include <string.h>

enum { SCREEN_LOOK_NS = 10 * 1000 * 1000 };

static bool compile_expect(struct script_step *step)
{
    char why[128];
    int error;

    if (step->text[0] == '\0') {
        message("--expect: '': the expression is empty");
        return false;
    }
    error = regcomp(&step->expression, step->text, REG_EXTENDED);
    if (error != 0) {
        regerror(error, &step->expression, why, sizeof why);
        message("--expect: '%s': %s", step->text, why);
    }
    return error == 0;
}

static bool check_typable(const struct script_step *step)
{
    for (size_t i = 0; i < step->items.count; i++) {
        uint32_t item = step->items.rows[i];

        if (item <= 0xff && !feed_can_type((uint8_t)item)) {
            message("--type: '%s': no key makes the character %02Xh", step->text, (unsigned)item);
            return false;
        }
    }
    return true;
}

static bool compile_type(struct script_step *step, bool is_serial)
{
    const char *bad = step->text, *why = "";

    if (!items_add_text(&step->items, step->text, strlen(step->text), &bad, &why)) {
        message("--type: '%s': at '%s': %s", step->text, bad, why);
        items_free(&step->items);
        return false;
    }
    if (!is_serial && !check_typable(step)) {
        items_free(&step->items);
        return false;
    }
    return true;
}

static bool check_command(const struct script_step *step)
{
    if (!monitor_knows(step->text)) {
        message("--do: '%s': no command of the monitor; `vitrine help monitor` has them",
                step->text);
        return false;
    }
    return true;
}

static bool compile(struct script_step *step, bool is_serial)
{
    switch (step->kind) {
    case STEP_EXPECT: return compile_expect(step);
    case STEP_TYPE: return compile_type(step, is_serial);
    case STEP_DO: return check_command(step);
    }
    return true;
}

bool script_init(struct script *s, const struct options *o, bool is_serial)
{
    memset(s, 0, sizeof *s);
    s->is_serial = is_serial;
    if (o->step_count == 0) {
        return true;
    }
    s->steps = calloc(o->step_count, sizeof s->steps[0]);
    if (!s->steps) {
        message("out of memory");
        return false;
    }
    s->count = o->step_count;
    s->watches_serial = options_has_expect(o);
    for (; s->compiled < s->count; s->compiled++) {
        struct script_step *step = &s->steps[s->compiled];

        step->kind = o->steps[s->compiled].kind;
        step->text = o->steps[s->compiled].text;
        if (!compile(step, is_serial)) {
            return false;
        }
    }
    return true;
}

void script_free(struct script *s)
{
    for (unsigned i = 0; i < s->compiled; i++) {
        switch (s->steps[i].kind) {
        case STEP_EXPECT: regfree(&s->steps[i].expression); break;
        case STEP_TYPE: items_free(&s->steps[i].items); break;
        case STEP_DO: break;
        }
    }
    free(s->steps);
    matcher_free(&s->serial);
    memset(s, 0, sizeof *s);
}

void script_serial_byte(void *owner, uint8_t byte)
{
    struct script *s = owner;

    if (s->watches_serial) {
        matcher_put(&s->serial, byte);
    }
}

void script_look_again(struct script *s)
{
    s->next_look_ns = 0;
}

static void look_at_screen(struct script *s, struct vt_machine *vm)
{
    struct vt_text_screen screen;

    if (vt_guest_ns(vm) >= s->next_look_ns) {
        s->next_look_ns = vt_guest_ns(vm) + SCREEN_LOOK_NS;
        if (vt_text_screen(vm, &screen)) {
            screen_watch_update(&s->screen, &screen);
        }
    }
}

static bool is_met(struct script *s, const struct script_step *step)
{
    if (s->serial.is_new && matcher_find(&s->serial, &step->expression)) {
        return true;
    }
    return !s->is_serial && s->screen.is_new && screen_watch_find(&s->screen, &step->expression);
}

static enum script_state finish(struct script *s)
{
    s->watches_serial = false;
    if (s->count == 0) {
        return SCRIPT_NONE;
    }
    return s->steps[s->count - 1].kind == STEP_EXPECT ? SCRIPT_MET : SCRIPT_DONE;
}

static void type(const struct script *s, const struct script_step *step, struct feed *feed)
{
    if (s->is_serial) {
        feed_serial(feed, &step->items);
    } else {
        feed_keyboard(feed, &step->items);
    }
}

enum script_state script_advance(struct script *s, const struct script_target *target)
{
    if (s->next == s->count) {
        return finish(s);
    }
    if (!s->is_serial) {
        look_at_screen(s, target->vm);
    }
    while (s->next < s->count) {
        const struct script_step *step = &s->steps[s->next];

        if (step->kind == STEP_EXPECT && !is_met(s, step)) {
            return SCRIPT_WAITING;
        }
        s->next++;
        switch (step->kind) {
        case STEP_EXPECT: s->serial.is_new = s->screen.is_new = true; break; // for the next one
        case STEP_TYPE: type(s, step, target->feed); break;
        case STEP_DO:
            if (!target->perform(target->owner, step->text)) {
                return SCRIPT_QUIT;
            }
            break;
        }
    }
    return finish(s);
}

const char *script_unmet(const struct script *s)
{
    for (unsigned i = s->next; i < s->count; i++) {
        if (s->steps[i].kind == STEP_EXPECT) {
            return s->steps[i].text;
        }
    }
    return NULL;
}
