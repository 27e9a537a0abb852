#include "front/cli/lc3_session.h"

#include "front/cli/file.h"
#include "front/cli/lc3.h"
#include "front/cli/values.h"
#include "host/posix/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- files ---

// NULL: told.
static struct vt_lc3_program *load(struct lc3_session *s, const char *path)
{
    struct vt_lc3_options warnings = {.is_silent = s->options->is_silent};
    struct file_bytes file;
    if (!file_read(path, VT_LC3_SOURCE_BYTES, &file)) {
        return NULL;
    }
    struct vt_lc3_program *p =
        vt_lc3_load(&s->host.door, VT_LC3_GUESS, file.bytes, file.size_bytes, path, &warnings);
    free(file.bytes);
    if (!p) {
        message("out of memory");
        return NULL;
    }
    lc3_print_diagnostics(p, path);
    if (p->error_count > 0) {
        vt_lc3_free(p);
        return NULL;
    }
    return p;
}

static bool gather_symbols(struct lc3_session *s)
{
    size_t count = s->program->symbol_count;
    s->symbols = calloc(count + 1, sizeof *s->symbols);
    if (!s->symbols) {
        message("out of memory");
        return false;
    }
    for (size_t n = 0; n < count; n++) {
        const struct vt_lc3_symbol *symbol = &s->program->symbols[n];
        s->symbols[n] = (struct vt_symbol){symbol->name, symbol->address};
    }
    return true;
}

// Whether a routine for TRAP that the program brings ends in RET: the next of RET and RTI decides.
static bool has_old_routine(const struct vt_lc3_program *p)
{
    for (uint16_t vector = 0; vector < 0x100; vector++) {
        const struct vt_lc3_word *word = vt_lc3_word_at(p, vector);
        for (uint32_t at = word ? word->value : 0x10000; at <= 0xffff; at++) {
            word = vt_lc3_word_at(p, (uint16_t)at);
            if (!word || word->value == 0x8000) {
                break;
            }
            if (word->value == 0xc1c0) {
                return true;
            }
        }
    }
    return false;
}

// A file of the old form, or a trap routine that ends in RET, is of the 2nd edition's time.
static unsigned suggested_edition(const struct lc3_session *s)
{
    const char *why = s->program->is_second_edition_file ? "it is a classic object file"
                      : has_old_routine(s->program)      ? "its trap routine ends in RET"
                                                         : NULL;
    if (s->options->edition != 0 || !why) {
        return s->options->edition;
    }
    if (!s->options->is_silent) {
        message("%s: run by the 2nd edition, as %s (--edition 3 overrides)", s->options->program,
                why);
    }
    return 2;
}

bool lc3_session_load(struct lc3_session *s, const struct lc3_options *o)
{
    static const struct sink_target output = {.kind = SINK_STDIO};
    *s = (struct lc3_session){.options = o};
    posix_host_init(&s->host);
    s->host.is_log_wanted[VT_LOG_GUEST] = !o->is_silent;
    if (!posix_host_open_serial(&s->host, 0, &output)) {
        return false;
    }
    s->program = load(s, o->program);
    if (!s->program || (o->system && !(s->system = load(s, o->system)))) {
        return false;
    }
    if (s->program->word_count == 0) {
        message("%s: there is nothing in it to run", o->program);
        return false;
    }
    s->edition = suggested_edition(s);
    return gather_symbols(s);
}

// --- the machine ---

bool lc3_session_start(struct lc3_session *s)
{
    const struct lc3_options *o = s->options;
    struct vt_lc3_config config = {
        .edition = s->edition,
        .is_unprivileged = o->is_unprivileged,
        .has_real_traps = o->has_real_traps,
        .has_global_ie = o->has_global_ie,
        .uninit = o->uninit,
        .has_timer = o->has_timer,
        .latency_steps = o->latency_steps,
        .is_latency_random = o->is_latency_random,
        .is_memory_random = o->is_memory_random,
        .seed = o->seed,
        .system = s->system,
        .program = s->program,
    };
    vt_destroy(s->vm);
    enum vt_status status = vt_lc3_create(&config, &s->host.door, &s->vm);
    if (status != VT_OK) {
        message("%s: %s", o->program, vt_status_text(status));
        return false;
    }
    vt_set_symbols(s->vm, s->symbols, (unsigned)s->program->symbol_count);
    return true;
}

bool lc3_session_end(struct lc3_session *s)
{
    vt_destroy(s->vm);
    vt_lc3_free(s->program);
    vt_lc3_free(s->system);
    free(s->symbols);
    return posix_host_close(&s->host);
}

bool lc3_session_type(struct lc3_session *s, const uint8_t *bytes, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        bool is_return = bytes[n] == '\r' && n + 1 < count && bytes[n + 1] == '\n';
        if (!is_return && vt_serial_input(s->vm, 0, &bytes[n], 1) != 1) {
            message("out of memory");
            return false;
        }
    }
    return true;
}

// --- expressions and assertions ---

bool lc3_session_evaluate(struct lc3_session *s, const char *option, const char *text,
                          uint64_t *value)
{
    const char *error;
    size_t at;
    if (vt_evaluate(s->vm, text, value, &error, &at)) {
        return true;
    }
    message("%s: '%s': %s (at '%s')", option, text, error, text + at);
    return false;
}

// What stands on the left: a register, or memory at an address or label.
static bool value_of_place(struct lc3_session *s, const char *option, const char *place,
                           uint64_t *value)
{
    int reg = vt_register_by_name(s->vm, place);
    uint16_t word = 0;
    if (reg >= 0) {
        *value = vt_register(s->vm, (unsigned)reg);
        return true;
    }
    if (!lc3_session_evaluate(s, option, place, value)) {
        return false;
    }
    if (*value > 0xffff || place[0] == '[') {
        return true; // [LABEL] and the like are worked out already
    }
    vt_memory(s->vm, 0, *value, &word, 1);
    *value = word;
    return true;
}

// 1: it holds, 0: it does not and was told, -1: it makes no sense and was told.
static int check_one(struct lc3_session *s, const char *option, char *text,
                     void (*tell)(void *owner, const char *text), void *owner)
{
    uint64_t actual, wanted;
    char *equals = strchr(text, '=');
    char line[160];
    if (!equals || equals == text) {
        message("%s: '%s': should be PLACE=VALUE, as R0=18 or x4000=5", option, text);
        return -1;
    }
    *equals = '\0';
    if (!value_of_place(s, option, text, &actual) ||
        !lc3_session_evaluate(s, option, equals + 1 + (equals[1] == '='), &wanted)) {
        return -1;
    }
    if ((uint16_t)actual == (uint16_t)wanted) {
        return 1;
    }
    snprintf(line, sizeof line, "%s is %d (x%04X), not %d (x%04X)", text, (int16_t)actual,
             (unsigned)(uint16_t)actual, (int16_t)wanted, (unsigned)(uint16_t)wanted);
    tell(owner, line);
    return 0;
}

int lc3_session_check(struct lc3_session *s, const char *option, const char *list,
                      void (*tell)(void *owner, const char *text), void *owner)
{
    char *copy = malloc(strlen(list) + 1), *item = copy;
    int failed = 0;
    if (!copy) {
        message("out of memory");
        return -1;
    }
    strcpy(copy, list);
    while (item && failed >= 0) {
        char *comma = strchr(item, ',');
        if (comma) {
            *comma++ = '\0';
        }
        item += strspn(item, " ");
        int result = *item ? check_one(s, option, item, tell, owner) : 1;
        failed = result < 0 ? -1 : failed + (result == 0);
        item = comma;
    }
    free(copy);
    return failed;
}
