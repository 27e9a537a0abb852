// What -initrd names: Linux's initial file system, or the modules of a multiboot kernel.
#pragma once

#include "vitrine/vitrine.h"

struct modules {
    struct vt_module list[VT_MODULES_MAX];
    unsigned count;
    void *owned[2 * VT_MODULES_MAX]; // their bytes and texts
    unsigned owned_count;
};

// Loads "FILE [ARGUMENTS],FILE..." as QEMU spells it: a module's text is all between two commas,
// and ",," is a comma in it. What is the name of a file as a whole is that file. At most
// `limit_bytes` each. False: told. modules_free in either case.
bool modules_load(struct modules *m, const char *names, uint64_t limit_bytes);
void modules_free(struct modules *m);
