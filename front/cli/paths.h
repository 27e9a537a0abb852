// Where the firmware and the default guest lie: beside the program, or where it was installed to.
#pragma once

#include "front/cli/options.h"

// The path of the first file found (owned by `o`), or NULL.
const char *path_of_firmware(struct options *o, const char *name);
const char *path_of_guest(struct options *o, const char *name);
