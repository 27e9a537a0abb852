// The part of <inttypes.h> that the library uses.
#pragma once

#include <stdint.h>

#define PRIu64 "llu"
#define PRIx64 "llx"
#define PRIX64 "llX"
#define PRId64 "lld"
#define PRIu32 "u"
#define PRIx32 "x"
