// Looking into a machine from JavaScript: descriptions as JSON, memory, registers, expressions.
#include "front/web/web_machine.h"
#include "vitrine/json.h"

#include <string.h>

enum json_kind {
    JSON_DESCRIPTION,
    JSON_REGISTERS,
    JSON_INSTRUCTION, // argument: address
    JSON_DELTA,       // step
    JSON_PREDICTION,
    JSON_PAGE_WALK, // linear address
    JSON_DEVICES,
    JSON_DEVICE, // number
    JSON_WHY,    // place: kind << 40 | space << 36 | index
};

static size_t put_null(char *to, size_t size_bytes)
{
    memcpy(to, "null", size_bytes < 4 ? size_bytes : 4);
    return 4;
}

static size_t put_instruction(struct web_machine *w, uint64_t address, char *to, size_t size_bytes)
{
    struct vt_instruction i;

    vt_instruction_at(w->vm, address, &i);
    return vt_json_instruction(&i, to, size_bytes);
}

static size_t put_why(struct web_machine *w, uint64_t packed, char *to, size_t size_bytes)
{
    struct vt_place place = {
        .kind = (uint8_t)(packed >> 40), .space = packed >> 36 & 15, .index = packed & 0xfffffffff};
    unsigned count = vt_why(w->vm, &place, w->why, sizeof w->why / sizeof w->why[0]);

    return vt_json_why(w->vm, w->why, count, to, size_bytes);
}

size_t EXPORT(web_json)(struct web_machine *w, unsigned kind, double argument, char *to,
                        size_t size_bytes)
{
    uint64_t number = web_limit(argument);

    switch ((enum json_kind)kind) {
    case JSON_DESCRIPTION: return vt_json_description(w->vm, to, size_bytes);
    case JSON_REGISTERS: return vt_json_registers(w->vm, to, size_bytes);
    case JSON_INSTRUCTION: return put_instruction(w, number, to, size_bytes);
    case JSON_DELTA:
        return vt_delta(w->vm, number, &w->delta) ? vt_json_delta(w->vm, &w->delta, to, size_bytes)
                                                  : put_null(to, size_bytes);
    case JSON_PREDICTION:
        return vt_predict(w->vm, &w->delta) ? vt_json_delta(w->vm, &w->delta, to, size_bytes)
                                            : put_null(to, size_bytes);
    case JSON_PAGE_WALK: return vt_json_page_walk(w->vm, number, to, size_bytes);
    case JSON_DEVICES: return vt_json_devices(w->vm, to, size_bytes);
    case JSON_DEVICE: return vt_json_device(w->vm, (unsigned)number, to, size_bytes);
    case JSON_WHY: return put_why(w, number, to, size_bytes);
    }
    return put_null(to, size_bytes);
}

size_t EXPORT(web_memory)(struct web_machine *w, unsigned space, double address, uint16_t *cells,
                          size_t count)
{
    return vt_memory(w->vm, space, web_limit(address), cells, count);
}

size_t EXPORT(web_set_memory)(struct web_machine *w, unsigned space, double address,
                              const uint16_t *cells, size_t count)
{
    return vt_set_memory(w->vm, space, web_limit(address), cells, count);
}

bool EXPORT(web_set_register)(struct web_machine *w, unsigned reg, double value)
{
    return vt_set_register(w->vm, reg, web_limit(value));
}

// The value of an expression; NaN: it makes no sense, and `error` then points to why.
double EXPORT(web_evaluate)(struct web_machine *w, const char *expression, const char **error)
{
    uint64_t value;

    return vt_evaluate(w->vm, expression, &value, error, NULL) ? (double)value : __builtin_nan("");
}

// --- names for addresses ---

// `symbols`: pairs of 32 bits, the name's address and the value; they stay in use.
void EXPORT(web_set_symbols)(struct web_machine *w, const uint32_t *pairs, unsigned count)
{
    wasm_give_back(w->symbols, w->symbol_count * sizeof *w->symbols);
    w->symbols = wasm_take(count * sizeof *w->symbols);
    w->symbol_count = w->symbols ? count : 0;
    for (unsigned n = 0; n < w->symbol_count; n++) {
        w->symbols[n] = (struct vt_symbol){.name = (const char *)(uintptr_t)pairs[2 * n],
                                           .address = pairs[2 * n + 1]};
    }
    vt_set_symbols(w->vm, w->symbols, w->symbol_count);
}
