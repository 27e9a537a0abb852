// Loads and stores of guest bytes in host memory, little-endian and big-endian; any alignment.
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

// --- the most significant byte first ---

ALWAYS_INLINE u16 load_be16(const u8 *p)
{
    return (u16)(p[0] << 8 | p[1]);
}

ALWAYS_INLINE u32 load_be24(const u8 *p)
{
    return (u32)p[0] << 16 | load_be16(p + 1);
}

ALWAYS_INLINE u32 load_be32(const u8 *p)
{
    return (u32)p[0] << 24 | load_be24(p + 1);
}

ALWAYS_INLINE void store_be16(u8 *p, u32 v)
{
    p[0] = (u8)(v >> 8);
    p[1] = (u8)v;
}

ALWAYS_INLINE void store_be32(u8 *p, u32 v)
{
    store_be16(p, v >> 16);
    store_be16(p + 2, v);
}
