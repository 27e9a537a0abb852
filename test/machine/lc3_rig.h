// An LC-3 with a program from source text, whose display and keys the test has.
#pragma once

#include "base/types.h"
#include "test/host_memory.h"
#include "vitrine/debug.h"
#include "vitrine/lc3.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct lc3_rig {
    struct vt_host host;
    struct vt_machine *vm;
    struct vt_lc3_config config;
    char text[4096]; // what the host was given to show
    size_t text_length;
    char log[1024];
};

static inline void rig_show(void *owner, unsigned uart UNUSED, u8 byte)
{
    struct lc3_rig *r = owner;
    if (r->text_length + 1 < sizeof r->text) {
        r->text[r->text_length++] = (char)byte;
    }
}

static inline void rig_log(void *owner, enum vt_log kind UNUSED, const char *text)
{
    struct lc3_rig *r = owner;
    snprintf(r->log, sizeof r->log, "%s", text);
}

// `config` NULL: the default. The program is gone when this returns, as a caller may let it.
static inline void rig_start(struct lc3_rig *r, const struct vt_lc3_config *config,
                             const char *source)
{
    *r = (struct lc3_rig){.host = {.owner = r,
                                   .alloc = host_alloc,
                                   .release = host_release,
                                   .serial_write = rig_show,
                                   .log = rig_log}};
    struct vt_lc3_program *p = vt_lc3_assemble(&r->host, source, strlen(source), NULL);
    assert_non_null(p);
    for (size_t n = 0; n < p->diagnostic_count; n++) {
        if (p->diagnostics[n].severity == VT_LC3_ERROR) {
            fail_msg("line %u: %s", p->diagnostics[n].line, p->diagnostics[n].message);
        }
    }
    if (config) {
        r->config = *config;
    }
    r->config.program = p;
    assert_int_equal(vt_lc3_create(&r->config, &r->host, &r->vm), VT_OK);
    vt_lc3_free(p);
}

static inline void rig_end(struct lc3_rig *r)
{
    vt_destroy(r->vm);
}

static inline void rig_type(struct lc3_rig *r, const char *keys)
{
    assert_int_equal(vt_serial_input(r->vm, 0, (const u8 *)keys, strlen(keys)), strlen(keys));
}

// Runs to the end, which must be for the reason given.
static inline void rig_run(struct lc3_rig *r, enum vt_stop_reason reason)
{
    struct vt_stop stop = vt_run(r->vm, 1000000, UINT64_MAX);
    if (stop.reason != reason) {
        char why[160];
        vt_lc3_fault_text(r->vm, why, sizeof why);
        fail_msg("stopped for reason %d after %llu steps; last fault: %s", (int)stop.reason,
                 (unsigned long long)vt_steps(r->vm), why);
    }
}

static inline u16 rig_register(struct lc3_rig *r, const char *name)
{
    int reg = vt_register_by_name(r->vm, name);
    assert_true(reg >= 0);
    return (u16)vt_register(r->vm, (unsigned)reg);
}

static inline u16 rig_word(struct lc3_rig *r, u16 address)
{
    u16 word;
    assert_int_equal(vt_memory(r->vm, 0, address, &word, 1), 1);
    return word;
}
