// CHECK: an assertion that stays on in every build. A failed one is a bug of ours, never the
// guest's.
#pragma once

#include "base/types.h"

// Supplied by the program that links the library (see include/vitrine/host.h): tells the user and
// ends the process.
_Noreturn void vt_host_panic(const char *file, int line, const char *what);

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (UNLIKELY(!(cond))) {                                                                   \
            vt_host_panic(__FILE__, __LINE__, #cond);                                              \
        }                                                                                          \
    } while (0)
