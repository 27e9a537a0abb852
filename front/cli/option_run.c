// Options that say how the machine is run, when the run ends, and what is typed.
#include "front/cli/option_rows.h"
#include "front/cli/values.h"

#include <string.h>

bool option_set_exit_on(struct options *o, const char *name, const char *value)
{
    struct properties list;

    if (!option_split(o, name, value, false, &list)) {
        return false;
    }
    for (unsigned i = 0; i < list.count; i++) {
        if (strcmp(list.rows[i].name, "hlt") == 0) {
            o->exit_on_halt = true;
        } else if (strcmp(list.rows[i].name, "triple-fault") == 0) {
            o->exit_on_triple_fault = true;
        } else {
            return option_refuse(name, list.rows[i].name, "must be of hlt, triple-fault");
        }
    }
    return list.count > 0 || option_refuse(name, value, "must be of hlt, triple-fault");
}

bool option_set_max_instructions(struct options *o, const char *name, const char *value)
{
    return (value_count(value, &o->max_instructions) && o->max_instructions > 0) ||
           option_refuse(name, value, "not a count of instructions (1000000, 500M, 2G)");
}

bool option_set_max_time(struct options *o, const char *name, const char *value)
{
    return (value_duration_ns(value, &o->max_time_ns) && o->max_time_ns > 0) ||
           option_refuse(name, value, "not a length of guest time (90, 2.5, 200ms, 3m)");
}

bool option_set_trace_from(struct options *o, const char *name, const char *value)
{
    return value_count(value, &o->trace_from) ||
           option_refuse(name, value, "not a count of instructions (1000000, 500M, 2G)");
}

bool option_set_torture(struct options *o, const char *name, const char *value)
{
    uint64_t n;

    if (strcmp(value, "flush") == 0) {
        o->torture_flush = true;
        return true;
    }
    if (strncmp(value, "blocks=", 7) == 0 && value_number(value + 7, UINT32_MAX, &n) && n > 0) {
        o->torture_blocks = (unsigned)n;
        return true;
    }
    return option_refuse(name, value, "must be blocks=N or flush");
}

// --- input ---

static bool add_step(struct options *o, enum step_kind kind, const char *name, const char *value)
{
    if (o->step_count == OPTIONS_STEPS) {
        return option_refuse(name, value, "too many --expect, --type and --do");
    }
    o->steps[o->step_count++] = (struct step_option){.kind = kind, .text = value};
    return true;
}

bool option_add_expect(struct options *o, const char *name, const char *value)
{
    return add_step(o, STEP_EXPECT, name, value);
}

bool option_add_type(struct options *o, const char *name, const char *value)
{
    return add_step(o, STEP_TYPE, name, value);
}

bool option_add_do(struct options *o, const char *name, const char *value)
{
    return add_step(o, STEP_DO, name, value);
}

bool option_add_keys(struct options *o, const char *name, const char *value)
{
    if (o->key_file_count == OPTIONS_KEY_FILES) {
        return option_refuse(name, value, "too many --keys");
    }
    o->key_files[o->key_file_count++] = value;
    return true;
}

bool option_set_console(struct options *o, const char *name, const char *value)
{
    o->console = strcmp(value, "serial") == 0 ? CONSOLE_SERIAL : CONSOLE_SCREEN;
    return o->console == CONSOLE_SERIAL || strcmp(value, "screen") == 0 ||
           option_refuse(name, value, "must be serial or screen");
}
