#include "vitrine/text.h"

#include "base/near.h"
#include "base/text.h"

enum { FAR = 40 };

unsigned vt_distance(const char *a, const char *b)
{
    return near_distance(a, text_length(a), b, text_length(b), FAR);
}
