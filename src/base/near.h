// How far apart two words are: for "did you mean".
#pragma once

#include "base/types.h"

// The least number of letters to change, add, drop, or swap with a neighbour that makes `b` of `a`,
// whatever their case; limit + 1 if it is more than `limit`. Words over 40 letters are far from
// all.
unsigned near_distance(const char *a, size_t a_length, const char *b, size_t b_length,
                       unsigned limit);
