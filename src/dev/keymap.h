// Which keys of a US keyboard make a character.
#pragma once

#include "base/types.h"

#define KEYMAP_RELEASE 0x80000000u

// Fills `keys` (set-1 codes as ps2_key takes them, KEYMAP_RELEASE marks a release) and returns how
// many, at most 4; 0: no key makes it. Control characters come as Ctrl and a letter, where they
// have no key of their own.
unsigned keymap_keys_of_character(char character, u32 keys[4]);
