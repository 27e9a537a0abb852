// What debug.h tells, as JSON text: for traces, editors, and views that are not written in C.
//
// Each function writes at most `size_bytes` of text and returns how long the whole is (as snprintf
// does): if that is more, call again with more room. No zero is added. Numbers that may exceed 2^53
// are strings of hexadecimal digits where the name ends in _hex; all others are numbers.
#pragma once

#include "vitrine/debug.h"

// {"name", "title", "registers": [{"name","text","group","bits","role"}], "groups": [...],
//  "flags": [{"name","text","register","first_bit","bits"}], "spaces": [...], "regions": [...],
//  "instruction_cells", "micros": [...], "boxes": [...], "wires": [...]}
size_t vt_json_description(const struct vt_machine *vm, char *to, size_t size_bytes);
// ["0", "1f", ...]: all registers, hexadecimal, in the description's order.
size_t vt_json_registers(const struct vt_machine *vm, char *to, size_t size_bytes);
// {"length", "cells", "text", "fields": [{"name","first_bit","bits","role","signed"}]}
size_t vt_json_instruction(const struct vt_instruction *i, char *to, size_t size_bytes);
// {"step","cause","vector","pc","next","instruction":{...},"effects":[{"place":{...},"bits","old",
//  "new","sources":[{"place","value","address"}]}],"micros":[...],
//  "wires":[[wire,value],...] per micro, "text"}
size_t vt_json_delta(struct vt_machine *vm, const struct vt_delta *d, char *to, size_t size_bytes);
// [{"step","parent","origin","effect":{...}}]
size_t vt_json_why(const struct vt_machine *vm, const struct vt_why *links, unsigned count,
                   char *to, size_t size_bytes);
// {"paged","mapped","physical","page_bytes","writable","user","executable","levels":[{"name",
//  "address","entry_hex"}]}; "null": the machine has no paging.
size_t vt_json_page_walk(const struct vt_machine *vm, uint64_t linear, char *to, size_t size_bytes);
// ["pic", "pit", ...], and {"name": value, ...} of one.
size_t vt_json_devices(const struct vt_machine *vm, char *to, size_t size_bytes);
size_t vt_json_device(const struct vt_machine *vm, unsigned device, char *to, size_t size_bytes);
