// What every test program links: the host's panic, which here fails the test run loudly.
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void vt_host_panic(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, what);
    abort();
}
