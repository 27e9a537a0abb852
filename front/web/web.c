// What JavaScript sees of the library: functions with numbers, over a machine that is being
// configured or runs. web/src/core.ts is the other side; both speak of numbers in the same order.
//
// 64-bit numbers are doubles, exact up to 2^53. Text and bytes are put into memory of web_take.
#include "host/wasm/memory.h"
#include "host/wasm/wasm_host.h"
#include "vitrine/json.h"
#include "vitrine/lc3.h"
#include "vitrine/toy.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(#name))) name

enum { WEB_ROWS = 64 }; // of lists that are handed over as four doubles a row

struct web_machine {
    struct vt_host host;
    struct vt_pc_config pc;
    struct vt_machine *vm; // NULL: not created yet
    struct vt_screen screen;
    struct vt_text_screen text;
    struct vt_stop stop; // the latest
    struct vt_delta delta;
    struct vt_why why[64];
    char fault[2 * VT_TEXT_BYTES];
    struct vt_symbol *symbols;
    unsigned symbol_count;
};

// --- memory ---

void *EXPORT(web_take)(size_t size_bytes)
{
    return wasm_take(size_bytes);
}

void EXPORT(web_give_back)(void *memory, size_t size_bytes)
{
    wasm_give_back(memory, size_bytes);
}

// --- lifetime ---

struct web_machine *EXPORT(web_new)(unsigned number)
{
    struct web_machine *w = wasm_take(sizeof *w);

    if (w) {
        wasm_host_init(&w->host, number);
        w->pc = (struct vt_pc_config){
            .ram_bytes = 256 << 20, .has_vga = true, .serial_port_count = 4, .has_parallel = true};
    }
    return w;
}

void EXPORT(web_destroy)(struct web_machine *w)
{
    vt_destroy(w->vm);
    wasm_give_back(w->screen.pixels, w->screen.pixel_capacity * sizeof *w->screen.pixels);
    wasm_give_back(w->symbols, w->symbol_count * sizeof *w->symbols);
    wasm_give_back(w, sizeof *w);
}

const char *EXPORT(web_status_text)(int status)
{
    return vt_status_text((enum vt_status)status);
}

// --- configuring a PC ---

void EXPORT(web_pc_bytes)(struct web_machine *w, unsigned what, const uint8_t *data,
                          size_t size_bytes)
{
    struct vt_bytes *places[] = {&w->pc.bios, &w->pc.vga_bios, &w->pc.kernel, &w->pc.initrd};

    if (what < sizeof places / sizeof places[0]) {
        *places[what] = (struct vt_bytes){data, size_bytes};
    }
}

void EXPORT(web_pc_text)(struct web_machine *w, unsigned what, const char *text)
{
    const char **places[] = {&w->pc.cpu, &w->pc.append, &w->pc.boot_order};

    if (what < sizeof places / sizeof places[0]) {
        *places[what] = text;
    }
}

void EXPORT(web_pc_number)(struct web_machine *w, unsigned what, double value)
{
    switch (what) {
    case 0: w->pc.ram_bytes = (uint64_t)value; break;
    case 1: w->pc.has_vga = value != 0; break;
    case 2: w->pc.serial_port_count = (unsigned)value; break;
    case 3: w->pc.boot_menu = value != 0; break;
    case 4: w->pc.rtc_unix_seconds = (int64_t)value; break;
    case 5: w->pc.has_debugcon = value != 0; break;
    case 6: w->pc.no_reboot = value != 0; break;
    case 7:
        w->pc.ns_per_instruction_numerator = (uint32_t)value;
        w->pc.ns_per_instruction_denominator = 1;
        break;
    default: break;
    }
}

enum { DRIVE_PRESENT = 1, DRIVE_READ_ONLY = 2, DRIVE_SNAPSHOT = 4, DRIVE_CDROM = 8 };

static struct vt_drive drive(unsigned flags, unsigned host_disk, double size_bytes)
{
    return (struct vt_drive){
        .is_present = (flags & DRIVE_PRESENT) != 0,
        .is_read_only = (flags & DRIVE_READ_ONLY) != 0,
        .is_snapshot = (flags & DRIVE_SNAPSHOT) != 0,
        .is_cdrom = (flags & DRIVE_CDROM) != 0,
        .host_disk = host_disk,
        .size_bytes = (uint64_t)size_bytes,
    };
}

void EXPORT(web_pc_drive)(struct web_machine *w, unsigned slot, unsigned flags, unsigned host_disk,
                          double size_bytes)
{
    if (slot < VT_FDA) {
        w->pc.ide[slot] = drive(flags, host_disk, size_bytes);
    } else if (slot < VT_SLOTS) {
        w->pc.floppy[slot - VT_FDA] = drive(flags, host_disk, size_bytes);
    }
}

unsigned EXPORT(web_pc_create)(struct web_machine *w)
{
    return vt_pc_create(&w->pc, &w->host, &w->vm);
}

unsigned EXPORT(web_change_medium)(struct web_machine *w, unsigned slot, unsigned flags,
                                   unsigned host_disk, double size_bytes, bool is_forced)
{
    struct vt_drive next = drive(flags, host_disk, size_bytes);

    return is_forced ? vt_force_medium(w->vm, (enum vt_slot)slot, &next)
                     : vt_change_medium(w->vm, (enum vt_slot)slot, &next);
}

// --- the toy ---

struct vt_toy_program *EXPORT(web_toy_assemble)(const char *source, size_t size_bytes)
{
    struct vt_toy_program *program = wasm_take(sizeof *program);

    if (program) {
        vt_toy_assemble(source, size_bytes, program);
    }
    return program;
}

void EXPORT(web_toy_free)(struct vt_toy_program *program)
{
    wasm_give_back(program, sizeof *program);
}

unsigned EXPORT(web_toy_cell_count)(const struct vt_toy_program *program)
{
    return program->cell_count;
}

uint32_t EXPORT(web_toy_line)(const struct vt_toy_program *program, unsigned cell)
{
    return cell < VT_TOY_CELLS ? program->lines[cell] : 0;
}

unsigned EXPORT(web_toy_cell)(const struct vt_toy_program *program, unsigned cell)
{
    return cell < VT_TOY_CELLS ? program->cells[cell] : 0;
}

unsigned EXPORT(web_toy_symbol_count)(const struct vt_toy_program *program)
{
    return program->label_count;
}

const char *EXPORT(web_toy_symbol_name)(const struct vt_toy_program *program, unsigned n)
{
    return n < program->label_count ? program->labels[n].name : NULL;
}

unsigned EXPORT(web_toy_symbol_address)(const struct vt_toy_program *program, unsigned n)
{
    return n < program->label_count ? program->labels[n].address : 0;
}

unsigned EXPORT(web_toy_diagnostic_count)(const struct vt_toy_program *program)
{
    return program->diagnostic_count;
}

// what: 0 line, 1 column, 2 length.
uint32_t EXPORT(web_toy_diagnostic_number)(const struct vt_toy_program *program, unsigned n,
                                           unsigned what)
{
    const struct vt_toy_diagnostic *d = &program->diagnostics[n];

    return what == 0 ? d->line : what == 1 ? d->column : d->length;
}

const char *EXPORT(web_toy_diagnostic_text)(const struct vt_toy_program *program, unsigned n,
                                            bool is_hint)
{
    return is_hint ? program->diagnostics[n].hint : program->diagnostics[n].message;
}

unsigned EXPORT(web_toy_create)(struct web_machine *w, const struct vt_toy_program *program)
{
    struct vt_toy_config config = {.cells = program->cells, .cell_count = program->cell_count};

    return vt_toy_create(&config, &w->host, &w->vm);
}

unsigned EXPORT(web_toy_registers_written)(const struct web_machine *w)
{
    return vt_toy_registers_written(w->vm);
}

const char *EXPORT(web_toy_fault)(const struct web_machine *w)
{
    return vt_toy_fault(w->vm);
}

// --- running ---

// A limit that JavaScript gives: what is not below 2^63 is none.
static uint64_t limit(double value)
{
    return value >= 0 && value < 9223372036854775808.0 ? (uint64_t)value : UINT64_MAX;
}

static unsigned note_stop(struct web_machine *w, struct vt_stop stop)
{
    w->stop = stop;
    return stop.reason;
}

unsigned EXPORT(web_run)(struct web_machine *w, double max_instructions, double until_ns)
{
    return note_stop(w, vt_run(w->vm, limit(max_instructions), limit(until_ns)));
}

unsigned EXPORT(web_stop_code)(const struct web_machine *w)
{
    return w->stop.code;
}

double EXPORT(web_instructions)(const struct web_machine *w)
{
    return (double)vt_instructions(w->vm);
}

double EXPORT(web_guest_ns)(const struct web_machine *w)
{
    return (double)vt_guest_ns(w->vm);
}

bool EXPORT(web_is_idle)(const struct web_machine *w)
{
    return vt_is_idle(w->vm);
}

double EXPORT(web_next_event_ns)(const struct web_machine *w)
{
    return (double)vt_next_event_ns(w->vm);
}

void EXPORT(web_reset)(struct web_machine *w)
{
    vt_reset(w->vm);
}

void EXPORT(web_power_button)(struct web_machine *w)
{
    vt_power_button(w->vm);
}

// The digest in two halves: JavaScript's numbers hold 53 bits.
uint32_t EXPORT(web_digest)(struct web_machine *w, bool is_high)
{
    uint64_t digest = vt_digest(w->vm);

    return (uint32_t)(is_high ? digest >> 32 : digest);
}

// --- input ---

size_t EXPORT(web_serial_input)(struct web_machine *w, unsigned uart, const uint8_t *bytes,
                                size_t count)
{
    return vt_serial_input(w->vm, uart, bytes, count);
}

bool EXPORT(web_key)(struct web_machine *w, unsigned key, bool is_pressed)
{
    return vt_key(w->vm, key, is_pressed);
}

unsigned EXPORT(web_key_room)(const struct web_machine *w)
{
    return vt_key_room(w->vm);
}

unsigned EXPORT(web_keys_of_character)(unsigned character, uint32_t *keys)
{
    return vt_keys_of_character((char)character, keys);
}

void EXPORT(web_mouse)(struct web_machine *w, int dx, int dy, int dz, unsigned buttons)
{
    vt_mouse(w->vm, dx, dy, dz, buttons);
}

// --- screen ---

// The picture brought up to date; NULL: there is no room for it.
const uint32_t *EXPORT(web_screen)(struct web_machine *w)
{
    struct vt_screen *s = &w->screen;

    while (!vt_screen_draw(w->vm, s)) {
        size_t wanted = (size_t)s->width * s->height;
        uint32_t *pixels = wasm_take(wanted * sizeof *pixels);

        if (!pixels) {
            return NULL;
        }
        wasm_give_back(s->pixels, s->pixel_capacity * sizeof *s->pixels);
        s->pixels = pixels;
        s->pixel_capacity = wanted;
        s->seen = 0;
    }
    return s->pixels;
}

// what: 0 width, 1 height, 2 and 3 a pixel's shape, 4 first and 5 end of the changed lines, 6 text
// mode, 7 blank.
unsigned EXPORT(web_screen_number)(const struct web_machine *w, unsigned what)
{
    const struct vt_screen *s = &w->screen;
    const unsigned numbers[] = {s->width,         s->height,      s->pixel_width, s->pixel_height,
                                s->changed_first, s->changed_end, s->is_text,     s->is_blank};

    return what < sizeof numbers / sizeof numbers[0] ? numbers[what] : 0;
}

// The text screen: columns | rows << 16, 0: none. The characters of a row are at web_text_row.
unsigned EXPORT(web_text)(struct web_machine *w)
{
    return vt_text_screen(w->vm, &w->text) ? w->text.columns | w->text.rows << 16 : 0;
}

const uint8_t *EXPORT(web_text_row)(const struct web_machine *w, unsigned row)
{
    return row < VT_TEXT_MAX_ROWS ? w->text.characters[row] : NULL;
}

// --- looking inside ---

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
    uint64_t number = limit(argument);

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
    return vt_memory(w->vm, space, limit(address), cells, count);
}

size_t EXPORT(web_set_memory)(struct web_machine *w, unsigned space, double address,
                              const uint16_t *cells, size_t count)
{
    return vt_set_memory(w->vm, space, limit(address), cells, count);
}

bool EXPORT(web_set_register)(struct web_machine *w, unsigned reg, double value)
{
    return vt_set_register(w->vm, reg, limit(value));
}

// --- steps, breakpoints, history ---

double EXPORT(web_steps)(const struct web_machine *w)
{
    return (double)vt_steps(w->vm);
}

double EXPORT(web_history_last)(const struct web_machine *w)
{
    uint64_t first, last;

    vt_history(w->vm, &first, &last);
    return (double)last;
}

bool EXPORT(web_go_to)(struct web_machine *w, double step)
{
    return vt_go_to(w->vm, limit(step));
}

unsigned EXPORT(web_move)(struct web_machine *w, unsigned motion, bool is_back, double max_steps)
{
    return note_stop(w, is_back ? vt_move_back(w->vm, (enum vt_motion)motion)
                                : vt_move_forward(w->vm, (enum vt_motion)motion, limit(max_steps)));
}

int EXPORT(web_break_add)(struct web_machine *w, unsigned kind, unsigned space, double first,
                          double last, const char *condition)
{
    struct vt_break b = {
        .kind = (uint8_t)kind, .space = (uint8_t)space, .first = limit(first), .last = limit(last)};

    for (size_t n = 0; condition && condition[n] && n + 1 < sizeof b.condition; n++) {
        b.condition[n] = condition[n];
    }
    return vt_break_add(w->vm, &b);
}

bool EXPORT(web_break_remove)(struct web_machine *w, unsigned number)
{
    return vt_break_remove(w->vm, number);
}

// Open calls, the innermost first: call_address, target, step, cause for each.
unsigned EXPORT(web_frames)(struct web_machine *w, double *to)
{
    struct vt_frame frames[WEB_ROWS];
    unsigned count = vt_frames(w->vm, frames, WEB_ROWS);

    for (unsigned n = 0; n < count && n < WEB_ROWS; n++) {
        to[4 * n] = (double)frames[n].call_address;
        to[4 * n + 1] = (double)frames[n].target;
        to[4 * n + 2] = frames[n].step == UINT64_MAX ? -1 : (double)frames[n].step;
        to[4 * n + 3] = frames[n].cause;
    }
    return count < WEB_ROWS ? count : WEB_ROWS;
}

// What a step is remembered by: 1 it printed or drew, 2 it took a key, 3 an interrupt, 4 an
// exception or trap, 5 an edit; 0: nothing.
static unsigned mark_of(const struct vt_delta *d)
{
    static const uint8_t causes[] = {
        [VT_CAUSE_INSTRUCTION] = 0,
        [VT_CAUSE_INTERRUPT] = 3,
        [VT_CAUSE_EXCEPTION] = 4,
        [VT_CAUSE_EDIT] = 5,
    };
    unsigned mark = causes[d->cause];

    for (unsigned n = 0; n < d->effect_count && !mark; n++) {
        const struct vt_effect *e = &d->effects[n];

        mark = e->place.kind == VT_PLACE_OUTPUT ? 1 : 0;
        for (unsigned k = 0; k < e->source_count && !mark; k++) {
            mark = e->sources[k].place.kind == VT_PLACE_INPUT ? 2 : 0;
        }
    }
    return mark;
}

// Marks of the steps from `first` to before `end`: step and mark for each, 2 * WEB_ROWS at most.
// Goes through the past once and returns to the present.
unsigned EXPORT(web_marks)(struct web_machine *w, double first, double end, double *to)
{
    uint64_t now = vt_steps(w->vm);
    unsigned count = 0;

    if (!vt_go_to(w->vm, limit(first))) {
        return 0;
    }
    for (uint64_t step = limit(first); step < limit(end) && count < 2 * WEB_ROWS; step++) {
        vt_step(w->vm, &w->delta);
        if (mark_of(&w->delta)) {
            to[2 * count] = (double)step;
            to[2 * count + 1] = mark_of(&w->delta);
            count++;
        }
    }
    vt_go_to(w->vm, now);
    return count;
}

// Courses of events: number, fork, last, whether it is the present one.
unsigned EXPORT(web_branches)(const struct web_machine *w, double *to)
{
    struct vt_branch branches[WEB_ROWS];
    unsigned count = vt_branches(w->vm, branches, WEB_ROWS);

    for (unsigned n = 0; n < count && n < WEB_ROWS; n++) {
        to[4 * n] = branches[n].number;
        to[4 * n + 1] = (double)branches[n].fork;
        to[4 * n + 2] = (double)branches[n].last;
        to[4 * n + 3] = branches[n].is_present;
    }
    return count < WEB_ROWS ? count : WEB_ROWS;
}

bool EXPORT(web_switch_branch)(struct web_machine *w, unsigned number)
{
    return vt_switch_branch(w->vm, number);
}

// The value of an expression; NaN: it makes no sense, and web_error_text says why.
double EXPORT(web_evaluate)(struct web_machine *w, const char *expression, const char **error)
{
    uint64_t value;

    return vt_evaluate(w->vm, expression, &value, error, NULL) ? (double)value : __builtin_nan("");
}

// --- the LC-3 ---

struct vt_lc3_program *EXPORT(web_lc3_assemble)(struct web_machine *w, const char *source,
                                                size_t size_bytes)
{
    return vt_lc3_assemble(&w->host, source, size_bytes, NULL);
}

void EXPORT(web_lc3_free)(struct vt_lc3_program *program)
{
    vt_lc3_free(program);
}

unsigned EXPORT(web_lc3_error_count)(const struct vt_lc3_program *program)
{
    return (unsigned)program->error_count;
}

// Its diagnostics as the command's --json writes them.
size_t EXPORT(web_lc3_json)(const struct vt_lc3_program *program, char *to, size_t size_bytes)
{
    return vt_lc3_write_json(program, "program.asm", to, size_bytes);
}

size_t EXPORT(web_lc3_object)(const struct vt_lc3_program *program, unsigned format, uint8_t *to,
                              size_t size_bytes)
{
    const char *why;

    return vt_lc3_write_object(program, (enum vt_lc3_format)format, to, size_bytes, &why);
}

// The source's line that made the word at an address; 0: none.
uint32_t EXPORT(web_lc3_line)(const struct vt_lc3_program *program, unsigned address)
{
    const struct vt_lc3_word *word = vt_lc3_word_at(program, (uint16_t)address);

    return word ? word->line : 0;
}

// The word at an address; -1: the program has none there.
int EXPORT(web_lc3_word)(const struct vt_lc3_program *program, unsigned address)
{
    const struct vt_lc3_word *word = vt_lc3_word_at(program, (uint16_t)address);

    return word ? word->value : -1;
}

unsigned EXPORT(web_lc3_symbol_count)(const struct vt_lc3_program *program)
{
    return (unsigned)program->symbol_count;
}

const char *EXPORT(web_lc3_symbol_name)(const struct vt_lc3_program *program, unsigned n)
{
    return n < program->symbol_count ? program->symbols[n].name : NULL;
}

unsigned EXPORT(web_lc3_symbol_address)(const struct vt_lc3_program *program, unsigned n)
{
    return n < program->symbol_count ? program->symbols[n].address : 0;
}

unsigned EXPORT(web_lc3_create)(struct web_machine *w, const struct vt_lc3_program *program,
                                unsigned edition, bool is_unprivileged, bool has_real_traps)
{
    struct vt_lc3_config config = {
        .edition = edition,
        .is_unprivileged = is_unprivileged,
        .has_real_traps = has_real_traps,
        .program = program,
    };

    return vt_lc3_create(&config, &w->host, &w->vm);
}

const char *EXPORT(web_lc3_fault)(struct web_machine *w)
{
    vt_lc3_fault_text(w->vm, w->fault, sizeof w->fault);
    return w->fault;
}

// The display's text up to the present moment: how long it is, and a piece of it.
double EXPORT(web_lc3_display_count)(const struct web_machine *w)
{
    return (double)vt_lc3_display_count(w->vm);
}

size_t EXPORT(web_lc3_display)(const struct web_machine *w, double first, char *to,
                               size_t size_bytes)
{
    return vt_lc3_display(w->vm, limit(first), to, size_bytes);
}

size_t EXPORT(web_lc3_keys)(const struct web_machine *w, uint8_t *to, size_t size_bytes)
{
    return vt_lc3_keys(w->vm, to, size_bytes);
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
