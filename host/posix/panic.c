// Ends the process when Vitrine finds a fault of its own.
#include "host/posix/message.h"
#include "host/posix/terminal.h"
#include "vitrine/host.h"

#include <stdlib.h>

_Noreturn void vt_host_panic(const char *file, int line, const char *what)
{
    terminal_stop();
    message("%s:%d: internal error: %s (please report it)", file, line, what);
    abort();
}
