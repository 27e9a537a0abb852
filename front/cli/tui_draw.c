// The panes of the TUI.
#include "front/cli/tui.h"

#include "host/posix/terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    MIN_COLUMNS = 80,
    MIN_ROWS = 24,
    RIGHT_COLUMNS = 27,
    BITS_COLUMNS = 100,
    CONSOLE_ROWS = 4,
    CONSOLE_BYTES = 8192
};

// Where things are, for a terminal's size.
struct layout {
    unsigned columns, rows;
    unsigned split;      // the first column of the right panes
    unsigned code_rows;  // of the code pane
    unsigned memory_row; // the first of the memory pane, and its end
    unsigned memory_end;
    unsigned registers_end; // row behind the registers
};

static const struct vt_register_info *info(const struct tui *t, unsigned reg)
{
    return &vt_describe(t->vm)->registers[reg];
}

// --- values ---

static void value_text(char text[24], uint64_t value, unsigned bits, enum tui_format format)
{
    int64_t as_signed = bits < 64 && value >> (bits - 1) & 1
                            ? (int64_t)(value - (UINT64_C(1) << bits))
                            : (int64_t)value;
    unsigned at = 0;

    switch (format) {
    case TUI_SIGNED: snprintf(text, 24, "%" PRId64, as_signed); break;
    case TUI_UNSIGNED: snprintf(text, 24, "%" PRIu64, value); break;
    case TUI_HEX: snprintf(text, 24, "x%0*" PRIX64, (int)(bits + 3) / 4, value); break;
    case TUI_CHARACTER:
        snprintf(text, 24, value >= ' ' && value <= '~' ? "'%c'" : "\\%d", (int)value);
        break;
    default:
        for (unsigned n = bits < 16 ? bits : 16; n-- > 0;) {
            text[at++] = value >> n & 1 ? '1' : '0';
        }
        text[at] = 0;
        break;
    }
}

// The effect of the last step on a place; NULL: none.
static const struct vt_effect *effect_on(const struct tui *t, unsigned kind, unsigned space,
                                         uint64_t index)
{
    for (unsigned n = 0; t->has_last && n < t->last.effect_count; n++) {
        const struct vt_effect *e = &t->last.effects[n];

        if (e->place.kind == kind && e->place.index == index &&
            (kind == VT_PLACE_REGISTER || e->place.space == space)) {
            return e;
        }
    }
    return NULL;
}

// --- title and bottom ---

static void draw_title(struct tui *t, const struct layout *l)
{
    static const char *const formats[] = {"signed", "unsigned", "hex", "binary", "character"};
    uint64_t first, last;
    unsigned at;

    vt_history(t->vm, &first, &last);
    canvas_style(&t->canvas, 0, 0, l->columns, CANVAS_TITLE);
    const char *path = t->study->options->program;
    const char *slash = strrchr(path, '/');

    at = canvas_print(&t->canvas, 0, 1, l->columns / 2, CANVAS_TITLE, "%s  %s",
                      vt_describe(t->vm)->name, slash ? slash + 1 : path);
    canvas_print(&t->canvas, 0, at + 3, l->columns, CANVAS_TITLE,
                 "step %" PRIu64 " of %" PRIu64 "%s", vt_steps(t->vm), last,
                 vt_steps(t->vm) < last ? " (in the past)" : "");
    canvas_print(&t->canvas, 0, l->columns - 11, l->columns, CANVAS_TITLE, "%10s",
                 formats[t->format]);
}

// What the data path carries in the micro-operation at hand, as far as there is room.
static void draw_wires(struct tui *t, const struct layout *l, unsigned row,
                       const struct vt_delta *next)
{
    const struct vt_description *d = vt_describe(t->vm);
    unsigned column = 0;

    for (unsigned n = 0; n < d->wire_count; n++) {
        size_t length =
            strlen(d->boxes[d->wires[n].from].name) + strlen(d->boxes[d->wires[n].to].name) + 11;
        uint64_t value;

        if (vt_wire_value(t->vm, next, t->micro - 1, n, &value)) {
            if (column + length > l->columns) {
                canvas_put(&t->canvas, row, column, l->columns, CANVAS_DIM, "...");
                return;
            }
            column = canvas_print(&t->canvas, row, column, l->columns, CANVAS_DIM,
                                  "%s -> %s: ", d->boxes[d->wires[n].from].name,
                                  d->boxes[d->wires[n].to].name);
            column = canvas_print(&t->canvas, row, column, l->columns, CANVAS_PLAIN,
                                  "x%04" PRIX64 "   ", value);
        }
    }
}

// The next instruction, as in the source where there is one, and what it will do.
static void draw_next(struct tui *t, const struct layout *l, unsigned row,
                      const struct vt_delta *next)
{
    const struct study_program *p = t->study->program;
    uint32_t number = p->line_at(p->owner, next->pc_before);
    size_t length = strlen(next->instruction.text);
    const char *text = number ? p->line(p->owner, number, &length) : next->instruction.text;
    const char *comment = memchr(text, ';', length);
    unsigned at;

    length = comment ? (size_t)(comment - text) : length;
    while (length > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        length--;
    }
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t')) {
        length--;
    }
    at = canvas_print(&t->canvas, row, 0, l->columns / 2, CANVAS_PLAIN, "x%04" PRIX64 "  %.*s",
                      next->pc_before, (int)length, text);
    canvas_put(&t->canvas, row, at + 4, l->columns, CANVAS_DIM, next->text);
}

static void draw_bottom(struct tui *t, const struct layout *l)
{
    static const char *const keys[2] = {
        "s/b step  S/B micro  o/O over  u/U out  r/R run  x start  p/P stop, if  w watch",
        "jk.g move  m mem  e edit  / find  ? why  t time  c calls  v forks  d path  i f q",
    };
    unsigned row = l->rows - 4;
    struct vt_delta next;

    if (t->micro > 0 && vt_predict(t->vm, &next) && t->micro <= next.micro_count) {
        const struct vt_micro_info *m = &vt_describe(t->vm)->micros[next.micros[t->micro - 1]];

        bool is_phase = strcmp(m->phase, m->name) == 0;

        canvas_print(&t->canvas, row, 0, l->columns, CANVAS_CHANGE, "%s%s%s: %s",
                     is_phase ? "" : m->phase, is_phase ? "" : "  ", m->name, m->text);
        canvas_print(&t->canvas, row, l->columns - 8, l->columns, CANVAS_DIM, "%3u of %u", t->micro,
                     next.micro_count);
    } else if (t->has_last) {
        canvas_put(&t->canvas, row, 0, l->columns, CANVAS_BOLD, t->last.text);
    }
    if (t->asking) {
        unsigned at = canvas_put(&t->canvas, row + 1, 0, l->columns, CANVAS_BOLD, t->line.prompt);

        at = canvas_print(&t->canvas, row + 1, at, l->columns, CANVAS_PLAIN, "%.*s",
                          (int)t->line.length, t->line.text);
        canvas_put(&t->canvas, row + 1, at, l->columns, CANVAS_TITLE, " ");
    } else if (t->message[0]) {
        canvas_put(&t->canvas, row + 1, 0, l->columns, CANVAS_ERROR, t->message);
    } else if (t->shows_path && vt_predict(t->vm, &next)) {
        draw_next(t, l, row + 1, &next);
    } else if (t->micro > 0 && vt_predict(t->vm, &next)) {
        draw_wires(t, l, row + 1, &next);
    } else if (vt_predict(t->vm, &next)) {
        canvas_print(&t->canvas, row + 1, 0, l->columns, CANVAS_DIM, "next: %s", next.text);
    }
    canvas_put(&t->canvas, row + 2, 0, l->columns, CANVAS_DIM, keys[0]);
    canvas_put(&t->canvas, row + 3, 0, l->columns, CANVAS_DIM, keys[1]);
}

// --- code ---

static bool has_break(const struct tui *t, uint64_t address)
{
    struct vt_break b;

    for (unsigned n = 0; n < VT_MAX_BREAKS; n++) {
        if (vt_break_at(t->vm, n, &b) && b.kind == VT_BREAK_EXECUTE && address >= b.first &&
            address <= b.last) {
            return true;
        }
    }
    return false;
}

static unsigned field_style(const struct vt_instruction *i, unsigned bit)
{
    for (unsigned n = 0; n < i->field_count; n++) {
        const struct vt_field *f = &i->fields[n];

        if (bit >= f->first_bit && bit < (unsigned)(f->first_bit + f->bits)) {
            return CANVAS_FIELD + f->role;
        }
    }
    return CANVAS_DIM;
}

// The bits of the first cell, coloured by field, with a gap between fields.
static unsigned draw_bits(struct tui *t, unsigned row, unsigned column, unsigned end,
                          const struct vt_instruction *i)
{
    for (unsigned bit = 16; bit-- > 0;) {
        const char text[2] = {i->cells[0] >> bit & 1 ? '1' : '0', 0};

        column = canvas_put(&t->canvas, row, column, end, field_style(i, bit), text);
    }
    return column + 1;
}

static void draw_code_line(struct tui *t, const struct layout *l, unsigned row, uint64_t address,
                           const struct vt_instruction *i)
{
    const struct study_program *p = t->study->program;
    bool is_next = address == tui_pc(t);
    const char *label = vt_symbol_at(t->vm, address);
    uint32_t number = p->line_at(p->owner, address);
    size_t length = 0;
    const char *line = number ? p->line(p->owner, number, &length) : NULL;
    unsigned end = l->split - 1;
    unsigned column;

    canvas_put(&t->canvas, row, 0, end, CANVAS_ERROR, has_break(t, address) ? "*" : " ");
    canvas_put(&t->canvas, row, 1, end, is_next ? CANVAS_MARK : CANVAS_BOLD,
               is_next                ? "=>"
               : address == t->cursor ? " >"
                                      : "  ");
    column = canvas_print(&t->canvas, row, 3, end, CANVAS_DIM, "x%04" PRIX64, address) + 1;
    for (unsigned n = 0; n < i->length && n < 2; n++) {
        column = canvas_print(&t->canvas, row, column, end, CANVAS_PLAIN, "%04X ", i->cells[n]);
    }
    if (l->columns >= BITS_COLUMNS || is_next) {
        column = draw_bits(t, row, column, end, i);
    }
    unsigned style = is_next ? CANVAS_MARK : CANVAS_PLAIN;

    bool is_more = address > 0 && number > 0 && p->line_at(p->owner, address - 1) == number;

    if (is_more && i->length == 1) { // another word of the same line: a string's character, say
        char value[24];

        value_text(value, i->cells[0], 16,
                   i->cells[0] >= ' ' && i->cells[0] <= '~' ? TUI_CHARACTER : TUI_SIGNED);
        canvas_put(&t->canvas, row, column, end, CANVAS_DIM, value);
    } else if (line) {
        while (length > 0 && (*line == ' ' || *line == '\t')) {
            line++;
            length--;
        }
        canvas_print(&t->canvas, row, column, end, style, "%.*s", (int)length, line);
    } else {
        column = canvas_print(&t->canvas, row, column, end, CANVAS_BOLD, "%s%s", label ? label : "",
                              label ? " " : "");
        canvas_put(&t->canvas, row, column, end, style, i->text);
    }
}

// The address to begin with so that `address` is shown some lines below the top.
static uint64_t first_shown(const struct tui *t, uint64_t address)
{
    uint64_t cells =
        vt_describe(t->vm)->instruction_cells ? vt_describe(t->vm)->instruction_cells : 1;
    uint64_t above = 3 * cells;

    return address > above ? address - above : address % cells;
}

static void draw_code(struct tui *t, const struct layout *l)
{
    uint64_t address = first_shown(t, t->cursor);
    uint64_t end = UINT64_C(1) << vt_describe(t->vm)->spaces[0].address_bits;

    for (unsigned row = 1; row <= l->code_rows && address < end; row++) {
        struct vt_instruction i;

        vt_instruction_at(t->vm, address, &i);
        draw_code_line(t, l, row, address, &i);
        address += i.length ? i.length : 1;
    }
}

// --- registers ---

static unsigned draw_register(struct tui *t, const struct layout *l, unsigned row, unsigned reg)
{
    const struct vt_register_info *r = info(t, reg);
    const struct vt_effect *e = effect_on(t, VT_PLACE_REGISTER, 0, reg);
    uint64_t value = vt_register(t->vm, reg);
    unsigned style = e && e->old_value != e->new_value ? CANVAS_CHANGE : CANVAS_PLAIN;
    char text[24], old[24];
    unsigned column;

    // Small ones are numbers of things, not of this many bits.
    enum tui_format format = t->format == TUI_SIGNED && r->bits < 8 ? TUI_UNSIGNED : t->format;

    value_text(text, value, r->bits, format);
    bool is_number = r->role == VT_ROLE_GENERAL || r->role == VT_ROLE_STACK;

    canvas_print(&t->canvas, row, l->split, l->columns, style, "%-5s x%0*" PRIX64, r->name,
                 (int)(r->bits + 3) / 4, value);
    column = l->split + 12;
    if (is_number) {
        column = canvas_print(&t->canvas, row, column, l->columns, style, "%s", text) + 1;
    }
    if (style == CANVAS_CHANGE) {
        value_text(old, e->old_value, r->bits, is_number ? format : TUI_HEX);
        canvas_print(&t->canvas, row, column, l->columns, CANVAS_DIM, "was %s", old);
    }
    return row + 1;
}

// Returns the row behind them.
static unsigned draw_flags(struct tui *t, const struct layout *l, unsigned row)
{
    const struct vt_description *d = vt_describe(t->vm);
    unsigned column = l->split;

    for (unsigned n = 0; n < d->flag_count; n++) {
        const struct vt_flag_info *f = &d->flags[n];
        uint64_t value = vt_register(t->vm, f->reg) >> f->first_bit & ((1u << f->bits) - 1);

        if (column + strlen(f->name) + 2 > l->columns) {
            column = l->split;
            row++;
        }
        column = canvas_print(&t->canvas, row, column, l->columns, value ? CANVAS_BOLD : CANVAS_DIM,
                              "%s=%" PRIu64 " ", f->name, value);
    }
    return row + 1;
}

// Returns the row behind them. What is hidden is shown where there is room.
static unsigned draw_registers(struct tui *t, const struct layout *l)
{
    const struct vt_description *d = vt_describe(t->vm);
    unsigned row = 1;

    for (unsigned n = 0; n < d->register_count && row + 1 < l->registers_end; n++) {
        if (d->registers[n].role != VT_ROLE_HIDDEN || l->rows >= 32) {
            row = draw_register(t, l, row, n);
        }
    }
    return draw_flags(t, l, row);
}

// --- memory, why ---

static unsigned draw_memory_rows(struct tui *t, const struct layout *l, unsigned row, unsigned end,
                                 uint64_t address, const char *title)
{
    const struct vt_description *d = vt_describe(t->vm);
    uint64_t memory_end = UINT64_C(1) << d->spaces[0].address_bits;
    unsigned width = t->format == TUI_BINARY ? 17 : 7;
    unsigned per_row = (l->split - 8) / width;

    canvas_print(&t->canvas, row++, 0, l->split - 1, CANVAS_DIM, "-- %s --", title);
    for (; row < end && address < memory_end; row++) {
        unsigned column =
            canvas_print(&t->canvas, row, 0, l->split - 1, CANVAS_DIM, "x%04" PRIX64, address) + 1;

        for (unsigned n = 0; n < per_row && address < memory_end; n++, address++) {
            const struct vt_effect *e = effect_on(t, VT_PLACE_MEMORY, 0, address);
            uint16_t cell;
            char text[24];

            if (vt_memory(t->vm, 0, address, &cell, 1) == 0) {
                snprintf(text, sizeof text, "--");
            } else {
                value_text(text, cell, d->spaces[0].cell_bits,
                           t->format == TUI_SIGNED ? TUI_HEX : t->format);
            }
            column = canvas_print(&t->canvas, row, column, l->split - 1,
                                  e ? CANVAS_CHANGE : CANVAS_PLAIN, "%*s", (int)width, text);
        }
    }
    return row;
}

static void draw_memory(struct tui *t, const struct layout *l)
{
    unsigned middle = (l->memory_row + l->memory_end + 1) / 2;

    if (!t->follows_stack) {
        draw_memory_rows(t, l, l->memory_row, l->memory_end, t->memory[0], "memory");
        return;
    }
    draw_memory_rows(t, l, l->memory_row, middle, t->memory[0], "memory");
    draw_memory_rows(t, l, middle, l->memory_end, t->memory[1], "stack");
}

static unsigned put_place(struct tui *t, unsigned row, unsigned column, unsigned end,
                          const struct vt_place *p)
{
    switch (p->kind) {
    case VT_PLACE_REGISTER:
        return canvas_put(&t->canvas, row, column, end, CANVAS_BOLD,
                          info(t, (unsigned)p->index)->name);
    case VT_PLACE_MEMORY: {
        const char *label = p->space == 0 ? vt_symbol_at(t->vm, p->index) : NULL;

        return canvas_print(&t->canvas, row, column, end, CANVAS_BOLD,
                            label ? "%s[x%04" PRIX64 "]" : "%s[x%04" PRIX64 "]",
                            label ? label : "M", p->index);
    }
    case VT_PLACE_INPUT: return canvas_put(&t->canvas, row, column, end, CANVAS_BOLD, "a key");
    case VT_PLACE_CONSTANT:
        return canvas_put(&t->canvas, row, column, end, CANVAS_BOLD, "the number");
    default: return canvas_put(&t->canvas, row, column, end, CANVAS_BOLD, "?");
    }
}

// "R0 = 7 by x3005 LDR R0,R1,#0 from [x3010]=7", each under the one whose source it explains.
static void draw_why(struct tui *t, const struct layout *l)
{
    unsigned row = l->memory_row, end = l->split - 1;

    canvas_put(&t->canvas, row++, 0, end, CANVAS_DIM, "-- why --");
    for (unsigned n = 0; n < t->why_count && row < l->memory_end; n++, row++) {
        const struct vt_why *w = &t->why[n];
        struct vt_delta d;
        unsigned column = 0;

        for (int parent = w->parent; parent >= 0 && column < 12; parent = t->why[parent].parent) {
            column++;
        }
        column = put_place(t, row, column, end, &w->effect.place);
        column = canvas_print(&t->canvas, row, column, end, CANVAS_PLAIN, " = %" PRId64,
                              (int64_t)(int16_t)w->effect.new_value);
        if (w->is_origin) {
            canvas_put(&t->canvas, row, column, end, CANVAS_DIM, "  from the beginning");
        } else if (vt_delta(t->vm, w->step, &d)) {
            canvas_print(&t->canvas, row, column, end, CANVAS_DIM,
                         "  step %" PRIu64 "  x%04" PRIX64 "  %s", w->step, d.pc_before,
                         d.instruction.text);
        }
    }
}

// --- calls and courses ---

static void draw_call(struct tui *t, unsigned row, unsigned end, const struct vt_frame *f)
{
    static const char *const causes[] = {"call", "interrupt", "exception", "edit"};
    const char *label = vt_symbol_at(t->vm, f->target);

    canvas_print(&t->canvas, row, 4, end, CANVAS_PLAIN,
                 "x%04" PRIX64 " %s%sby %s at x%04" PRIX64 ", step %" PRIu64, f->target,
                 label ? label : "", label ? " " : "", causes[f->cause & 3], f->call_address,
                 f->step);
}

static void draw_course(struct tui *t, unsigned row, unsigned end, const struct vt_branch *b)
{
    if (b->is_present) {
        canvas_print(&t->canvas, row, 4, end, CANVAS_BOLD,
                     "course %u, the present one, to step %" PRIu64, b->number, b->last);
    } else {
        canvas_print(&t->canvas, row, 4, end, CANVAS_PLAIN,
                     "course %u, left at step %" PRIu64 ", known to step %" PRIu64, b->number,
                     b->fork, b->last);
    }
}

static void draw_list(struct tui *t, const struct layout *l)
{
    unsigned row = l->memory_row, end = l->split - 1;

    canvas_put(&t->canvas, row++, 0, end, CANVAS_DIM,
               t->list == TUI_CALLS ? "-- open calls, the innermost first --" : "-- courses --");
    for (unsigned n = 0; n < t->list_count && row < l->memory_end; n++, row++) {
        canvas_print(&t->canvas, row, 1, end, CANVAS_BOLD, "%u", n + 1);
        if (t->list == TUI_CALLS) {
            draw_call(t, row, end, &t->frames[n]);
        } else {
            draw_course(t, row, end, &t->courses[n]);
        }
    }
}

// --- console and screen ---

// A screen of few points is drawn with half blocks. Returns the row behind it.
static unsigned draw_screen(struct tui *t, const struct layout *l, unsigned row)
{
    const struct vt_description *d = vt_describe(t->vm);
    const struct vt_region_info *screen = NULL;
    uint16_t points[32 * 24];

    for (unsigned n = 0; n < d->region_count; n++) {
        screen = d->regions[n].role == VT_REGION_SCREEN ? &d->regions[n] : screen;
    }
    if (!screen || screen->last - screen->first + 1 != 32 * 24 ||
        vt_memory(t->vm, screen->space, screen->first, points, 32 * 24) != 32 * 24) {
        return row;
    }
    for (unsigned y = 0; y < 24 && row < l->rows - 5; y += 2, row++) {
        for (unsigned x = 0; x < 32; x++) {
            unsigned colors = (points[32 * y + x] & 15u) | (points[32 * (y + 1) + x] & 15u) << 4;

            canvas_cell(&t->canvas, row, l->split + x, CANVAS_COLOR + colors, "\u2580");
        }
    }
    return row;
}

// How much has been printed by now.
static size_t console_count(const struct tui *t)
{
    const struct study_program *p = t->study->program;
    size_t count = t->output_count;

    if (p->console_count) {
        return (size_t)p->console_count(p->owner, t->vm);
    }
    while (count > 0 && t->output[count - 1].step >= vt_steps(t->vm)) {
        count--;
    }
    return count;
}

static char console_byte(const struct tui *t, size_t n)
{
    const struct study_program *p = t->study->program;
    char c = 0;

    if (!p->console) {
        return (char)t->output[n].byte;
    }
    p->console(p->owner, t->vm, n, &c, 1);
    return c;
}

static void draw_console_title(struct tui *t, unsigned row, unsigned left, unsigned right)
{
    const struct study_program *p = t->study->program;
    uint8_t keys[16];
    size_t count = p->waiting_keys ? p->waiting_keys(p->owner, t->vm, keys, sizeof keys) : 0;

    left = canvas_put(&t->canvas, row, left, right, CANVAS_DIM, "-- console --");
    if (count > 0) {
        left = canvas_put(&t->canvas, row, left + 1, right, CANVAS_DIM, "keys: ");
    }
    for (size_t n = 0; n < count && n < sizeof keys; n++) {
        const char text[2] = {(char)(keys[n] == '\n' ? '$' : keys[n]), 0};

        left = canvas_put(&t->canvas, row, left, right, CANVAS_BOLD, text);
    }
}

// The end of what has been printed by now, wrapped to the pane.
static void draw_console(struct tui *t, const struct layout *l, unsigned first_row, unsigned left)
{
    unsigned right = left < l->split ? l->split - 1 : l->columns;
    unsigned width = right - left, height = l->rows - 4 - first_row - 1;
    char lines[CANVAS_ROWS_MAX][CANVAS_COLUMNS_MAX + 1];
    unsigned line = 0, column = 0;

    memset(lines, 0, sizeof lines);
    draw_console_title(t, first_row, left, right);
    if (height == 0 || height >= CANVAS_ROWS_MAX) {
        return;
    }
    size_t count = console_count(t), first = count > CONSOLE_BYTES ? count - CONSOLE_BYTES : 0;

    for (size_t n = first; n < count; n++) {
        char c = console_byte(t, n);

        if (c == '\n' || column == width) {
            line++;
            column = 0;
            memset(lines[line % height], 0, sizeof lines[0]);
        }
        if (c != '\n' && c != '\r') {
            lines[line % height][column++] = c;
        }
    }
    unsigned shown = line + 1 < height ? line + 1 : height;

    for (unsigned n = 0; n < shown; n++) {
        canvas_put(&t->canvas, first_row + 1 + n, left, right, CANVAS_PLAIN,
                   lines[(line + 1 - shown + n) % height]);
    }
}

// --- all of it ---

static struct layout lay_out(const struct tui *t)
{
    struct layout l;
    bool has_points = vt_describe(t->vm)->space_count > 1;

    terminal_size(&l.columns, &l.rows);
    l.columns = l.columns < MIN_COLUMNS ? MIN_COLUMNS : l.columns;
    l.rows = l.rows < MIN_ROWS ? MIN_ROWS : l.rows;
    l.columns = l.columns < CANVAS_COLUMNS_MAX ? l.columns : CANVAS_COLUMNS_MAX;
    l.rows = l.rows < CANVAS_ROWS_MAX ? l.rows : CANVAS_ROWS_MAX;
    l.split = l.columns - (has_points ? 32 : RIGHT_COLUMNS) - (l.columns - MIN_COLUMNS) / 4;
    l.code_rows = (l.rows - 5) * 3 / 5;
    l.memory_row = l.code_rows + 1;
    l.memory_end = l.rows - 4;
    l.registers_end = l.rows - 8;
    return l;
}

void tui_draw(struct tui *t)
{
    struct layout l = lay_out(t);
    unsigned row;

    canvas_clear(&t->canvas, l.columns, l.rows);
    draw_title(t, &l);
    draw_bottom(t, &l);
    if (t->shows_path) {
        tui_draw_path(t, 1, l.columns, l.rows - 5);
        return;
    }
    draw_code(t, &l);
    row = draw_registers(t, &l);
    row = draw_screen(t, &l, row);
    if (row + CONSOLE_ROWS > l.rows - 4) { // under the memory then
        l.memory_end -= CONSOLE_ROWS;
        draw_console(t, &l, l.memory_end, 0);
    } else {
        draw_console(t, &l, row, l.split);
    }
    if (t->why_count > 0) {
        draw_why(t, &l);
    } else if (t->list != TUI_NO_LIST) {
        draw_list(t, &l);
    } else {
        draw_memory(t, &l);
    }
}
