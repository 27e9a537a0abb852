// A 64-bit hash of a stream of bytes: equal states give equal digests on every host. Not
// cryptographic.
#pragma once

#include "base/types.h"

struct digest {
    u64 a, b;
    u64 length_bytes;
};

void digest_init(struct digest *d);
void digest_add(struct digest *d, const void *bytes, size_t size_bytes);
void digest_add_u64(struct digest *d, u64 value);
u64 digest_end(const struct digest *d);
