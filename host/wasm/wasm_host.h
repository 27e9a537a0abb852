// struct vt_host over functions that JavaScript supplies (web/src/core.ts). Each machine has a
// number of JavaScript's, its `owner`.
#pragma once

#include "vitrine/host.h"

// All members set; `number` comes back as first argument of the imports.
void wasm_host_init(struct vt_host *host, unsigned number);
