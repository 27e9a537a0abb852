// Names for sized integers, and the few compiler extensions that the project uses.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t i8;
typedef int16_t i16;
typedef int32_t i32;
typedef int64_t i64;

#define LIKELY(x)     __builtin_expect(!!(x), 1)
#define UNLIKELY(x)   __builtin_expect(!!(x), 0)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define NOINLINE      __attribute__((noinline))
#define NODISCARD     __attribute__((warn_unused_result))
#define UNUSED        __attribute__((unused))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#ifdef __has_feature // clang's way of telling
#define HAS_SANITIZER                                                                              \
    (__has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer) ||            \
     __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#else
#define HAS_SANITIZER 0
#endif

// Whether compilers make a jump of a call in tail position. VT_LOOP_DISPATCH tests the other way.
#if defined(VT_LOOP_DISPATCH) || defined(__wasm__) || !defined(__OPTIMIZE__) || HAS_SANITIZER
#define HAS_TAIL_CALLS 0
#else
#define HAS_TAIL_CALLS 1
#endif

// The parameters with these numbers, text and first argument, are checked as printf's would be.
#define FORMAT_LIKE_PRINTF(text, first) __attribute__((format(printf, text, first)))
