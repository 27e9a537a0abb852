// Writes what the guest's screen shows into a PNG file.
#pragma once

#include "vitrine/vitrine.h"

#include <stdbool.h>

// False: told on standard error. Without a screen (-vga none) that, too, is told.
bool screenshot_write(struct vt_machine *vm, const char *path);
