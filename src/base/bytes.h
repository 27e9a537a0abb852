// Loads and stores of little-endian guest bytes in host memory; any alignment.
#pragma once

#include "base/types.h"

#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "bytes.h assumes a little-endian host"
#endif

ALWAYS_INLINE u16 load_le16(const void *p)
{
    u16 v;
    memcpy(&v, p, sizeof v);
    return v;
}

ALWAYS_INLINE u32 load_le32(const void *p)
{
    u32 v;
    memcpy(&v, p, sizeof v);
    return v;
}

ALWAYS_INLINE u64 load_le64(const void *p)
{
    u64 v;
    memcpy(&v, p, sizeof v);
    return v;
}

ALWAYS_INLINE void store_le16(void *p, u16 v)
{
    memcpy(p, &v, sizeof v);
}

ALWAYS_INLINE void store_le32(void *p, u32 v)
{
    memcpy(p, &v, sizeof v);
}

ALWAYS_INLINE void store_le64(void *p, u64 v)
{
    memcpy(p, &v, sizeof v);
}
