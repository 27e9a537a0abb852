// Assembling in tests: a host with plain memory, and a diagnostic as a line of text.
#pragma once

#include "vitrine/lc3_asm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *rig_alloc(void *owner, size_t size_bytes)
{
    unsigned *pieces = owner;
    if (pieces) {
        ++*pieces;
    }
    return calloc(1, size_bytes);
}

static void rig_release(void *owner, void *memory, size_t size_bytes)
{
    unsigned *pieces = owner;
    if (pieces) {
        --*pieces;
    }
    memset(memory, 0xdd, size_bytes); // what is used after its release is seen
    free(memory);
}

static const struct vt_host rig_host = {.alloc = rig_alloc, .release = rig_release};

static inline struct vt_lc3_program *rig_assemble(const char *source)
{
    return vt_lc3_assemble(&rig_host, source, strlen(source), NULL);
}

// "E004" and so on of all diagnostics, separated by blanks.
static inline const char *rig_codes(const struct vt_lc3_program *p)
{
    static char text[2048];
    text[0] = '\0';
    for (size_t n = 0; n < p->diagnostic_count; n++) {
        if (n > 0) {
            strcat(text, " ");
        }
        strncat(text, p->diagnostics[n].code, 8);
    }
    return text;
}

static inline const char *rig_severity(enum vt_lc3_severity severity)
{
    return severity == VT_LC3_ERROR ? "error" : severity == VT_LC3_WARNING ? "warning" : "note";
}
