// Where the firmware and the default guest lie: beside the program, or where it was installed to.
#pragma once

#include <stdbool.h>

#include "front/cli/options.h"

// The path of the first file found (owned by `o`), or NULL.
const char *path_of_firmware(struct options *o, const char *name);
const char *path_of_guest(struct options *o, const char *name);

// The folder of the page that `make web` builds; false: it is nowhere.
enum { PATH_OF_WEB_BYTES = 5000 };
bool path_of_web(char path[PATH_OF_WEB_BYTES]);
