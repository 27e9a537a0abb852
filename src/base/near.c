#include "base/near.h"

#include <string.h>

enum { LETTERS_MAX = 40 };

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

// Row i of the table of distances between the first i letters of `a` and all beginnings of `b`,
// from the two rows before it (optimal string alignment).
static void fill_row(unsigned row[], const unsigned last[], const unsigned before[], const char *a,
                     unsigned i, const char *b, size_t b_length)
{
    row[0] = i;
    for (size_t j = 1; j <= b_length; j++) {
        bool is_same = upper(a[i - 1]) == upper(b[j - 1]);
        bool is_swap = i > 1 && j > 1 && upper(a[i - 1]) == upper(b[j - 2]) &&
                       upper(a[i - 2]) == upper(b[j - 1]);
        unsigned d = least(least(last[j], row[j - 1]) + 1, last[j - 1] + !is_same);
        row[j] = is_swap ? least(d, before[j - 2] + 1) : d;
    }
}

unsigned near_distance(const char *a, size_t a_length, const char *b, size_t b_length,
                       unsigned limit)
{
    unsigned rows[3][LETTERS_MAX + 1] = {0};
    if (a_length > LETTERS_MAX || b_length > LETTERS_MAX) {
        return limit + 1;
    }
    for (unsigned j = 0; j <= b_length; j++) {
        rows[0][j] = j;
    }
    for (unsigned i = 1; i <= a_length; i++) {
        fill_row(rows[i % 3], rows[(i + 2) % 3], rows[(i + 1) % 3], a, i, b, b_length);
    }
    return least(rows[a_length % 3][b_length], limit + 1);
}
