// Pointers to functions as small numbers, which they are in WebAssembly: places in a table.
#pragma once

// For tables by such a number, 0 in them for what lies beyond; 1 where pointers are addresses and
// nobody asks.
#if defined(__wasm__)
#define FUNCTION_NUMBERS 4096
#else
#define FUNCTION_NUMBERS 1
#endif
