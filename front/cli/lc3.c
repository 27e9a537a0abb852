#include "front/cli/lc3.h"

#include "front/cli/options.h"
#include "host/posix/message.h"

#include <string.h>

int lc3_main(int argc, char **argv)
{
    if (argc > 0 && strcmp(argv[0], "asm") == 0) {
        return lc3_asm_main(argc - 1, argv + 1);
    }
    message("lc3: running programs is not built yet; vitrine lc3 asm PROGRAM.asm assembles one");
    return EXIT_BAD_USE;
}
