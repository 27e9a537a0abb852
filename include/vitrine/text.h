// Help with what people type.
#pragma once

// How far apart two words are, for "did you mean": the least number of letters to change, add,
// drop, or swap with a neighbour, whatever their case. Words of more than 40 letters are far from
// all.
unsigned vt_distance(const char *a, const char *b);
