// Memory of a WebAssembly instance: pages of 4 KiB, taken and given back.
#pragma once

#include <stddef.h>

// Zeroed and aligned to 4096; NULL when the instance may not grow any more.
void *wasm_take(size_t size_bytes);
// With the same size as it was taken with.
void wasm_give_back(void *memory, size_t size_bytes);
