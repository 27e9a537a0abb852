// The data path as boxes and wires, from the description's drawing of 100 x 60 units: the wires of
// the state at hand are heavy and carry their values. On a terminal of 24 rows there are 19 for it.
//
// Wires are gathered in a grid first: each cell knows the directions in which a wire leaves it, so
// that crossings and corners come out as one character.
#include "front/cli/tui.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { GRID_WIDTH = 100, GRID_HEIGHT = 60 };
enum { NORTH = 1, EAST = 2, SOUTH = 4, WEST = 8 };

struct path {
    struct tui *t;
    const struct vt_description *d;
    unsigned top, columns, rows;
    bool has_state; // of `delta`, number `nth`
    struct vt_delta delta;
    unsigned nth;

    uint8_t idle[CANVAS_ROWS_MAX][CANVAS_COLUMNS_MAX]; // directions, from `top` on
    uint8_t live[CANVAS_ROWS_MAX][CANVAS_COLUMNS_MAX];
};

struct spot {
    unsigned column, row;
};

static struct spot spot_of(const struct path *p, unsigned x, unsigned y)
{
    return (struct spot){
        (2 * x * (p->columns - 1) + GRID_WIDTH) / (2 * GRID_WIDTH),
        (2 * y * (p->rows - 1) + GRID_HEIGHT) / (2 * GRID_HEIGHT),
    };
}

static bool is_in_box(const struct path *p, unsigned n, struct spot at)
{
    const struct vt_box_info *b = &p->d->boxes[n];
    struct spot first = spot_of(p, b->x, b->y);
    struct spot last = spot_of(p, b->x + b->width, b->y + b->height);

    return at.column >= first.column && at.column <= last.column && at.row >= first.row &&
           at.row <= last.row;
}

// --- wires ---

typedef void visit(struct path *p, const struct vt_wire_info *w, struct spot at, unsigned from,
                   unsigned to);

static unsigned opposite(unsigned direction)
{
    return direction < SOUTH ? direction << 2 : direction >> 2;
}

static struct spot step(struct spot at, unsigned direction)
{
    at.column += direction == EAST ? 1u : direction == WEST ? UINT_MAX : 0;
    at.row += direction == SOUTH ? 1u : direction == NORTH ? UINT_MAX : 0;
    return at;
}

// The way from a spot to another, first sideways.
static unsigned way(struct spot at, struct spot to)
{
    return to.column > at.column   ? EAST
           : to.column < at.column ? WEST
           : to.row > at.row       ? SOUTH
           : to.row < at.row       ? NORTH
                                   : 0;
}

// Calls for each cell of a wire outside of its two boxes, with the sides by which it is entered and
// left.
static void walk(struct path *p, const struct vt_wire_info *w, visit *call)
{
    struct spot at = spot_of(p, w->points[0][0], w->points[0][1]);
    unsigned entered = 0;

    for (unsigned n = 1; n < w->point_count; n++) {
        struct spot to = spot_of(p, w->points[n][0], w->points[n][1]);
        unsigned direction;

        while ((direction = way(at, to)) != 0) {
            if (!is_in_box(p, w->from, at) && !is_in_box(p, w->to, at)) {
                call(p, w, at, entered, direction);
            }
            entered = opposite(direction);
            at = step(at, direction);
        }
    }
}

static void add_idle(struct path *p, const struct vt_wire_info *w, struct spot at, unsigned from,
                     unsigned to)
{
    (void)w;
    p->idle[at.row][at.column] |= (uint8_t)(from | to);
}

static void add_live(struct path *p, const struct vt_wire_info *w, struct spot at, unsigned from,
                     unsigned to)
{
    (void)w;
    p->live[at.row][at.column] |= (uint8_t)(from | to);
}

// By directions; the heavy ones are drawn where the wires carry something.
static const char *const light[16] = {" ", "│", "─", "└", "│", "│", "┌", "├",
                                      "─", "┘", "─", "┴", "┐", "┤", "┬", "┼"};
static const char *const heavy[16] = {" ", "┃", "━", "┗", "┃", "┃", "┏", "┣",
                                      "━", "┛", "━", "┻", "┓", "┫", "┳", "╋"};

// A wire that leads across a box, as some do across the bus, crosses its sides.
static const char *line_at(const struct path *p, unsigned row, unsigned column, unsigned sides,
                           bool is_live)
{
    bool crosses = strcmp(p->t->canvas.cells[p->top + row][column].text, "│") == 0;

    if (crosses && sides == (EAST | WEST)) {
        return is_live ? "┿" : "┼";
    }
    return is_live ? heavy[sides] : light[sides];
}

static void draw_lines(struct path *p)
{
    for (unsigned row = 0; row < p->rows; row++) {
        for (unsigned column = 0; column < p->columns; column++) {
            unsigned live = p->live[row][column], idle = p->idle[row][column];

            if (live) { // an idle wire that crosses it passes behind
                canvas_cell(&p->t->canvas, p->top + row, column, CANVAS_CHANGE,
                            line_at(p, row, column, live, true));
            } else if (idle) {
                canvas_cell(&p->t->canvas, p->top + row, column, CANVAS_DIM,
                            line_at(p, row, column, idle, false));
            }
        }
    }
}

static bool value_of(const struct path *p, unsigned wire, uint64_t *value)
{
    return p->has_state && vt_wire_value(p->t->vm, &p->delta, p->nth, wire, value);
}

static void draw_head(struct path *p, struct spot at, unsigned to, unsigned style)
{
    const char *head = to == EAST ? "▶" : to == WEST ? "◀" : to == SOUTH ? "▼" : "▲";

    canvas_cell(&p->t->canvas, p->top + at.row, at.column, style, head);
}

static void draw_idle_head(struct path *p, const struct vt_wire_info *w, struct spot at,
                           unsigned from, unsigned to)
{
    (void)from;
    if (is_in_box(p, w->to, step(at, to)) && !p->live[at.row][at.column]) {
        draw_head(p, at, to, CANVAS_DIM);
    }
}

static void draw_live_head(struct path *p, const struct vt_wire_info *w, struct spot at,
                           unsigned from, unsigned to)
{
    (void)from;
    if (is_in_box(p, w->to, step(at, to))) {
        draw_head(p, at, to, CANVAS_CHANGE);
    }
}

// --- values on wires ---

static bool is_free(const struct path *p, struct spot at, unsigned length)
{
    if (at.row >= p->rows || at.column + length > p->columns) {
        return false;
    }
    for (unsigned n = 0; n < length; n++) {
        if (p->t->canvas.cells[p->top + at.row][at.column + n].text[0] != ' ') {
            return false;
        }
    }
    return true;
}

static void put_value(struct path *p, struct spot at, const char *text)
{
    canvas_put(&p->t->canvas, p->top + at.row, at.column, p->columns, CANVAS_BOLD, text);
}

// In the longest stretch if it is long enough, else beside the middle of it.
static void draw_value(struct path *p, const struct vt_wire_info *w, uint64_t value)
{
    struct spot from = {0, 0}, to = {0, 0};
    unsigned length, best = 0;
    char text[24];

    for (unsigned n = 1; n < w->point_count; n++) {
        struct spot a = spot_of(p, w->points[n - 1][0], w->points[n - 1][1]);
        struct spot b = spot_of(p, w->points[n][0], w->points[n][1]);
        unsigned size = (a.column > b.column ? a.column - b.column : b.column - a.column) +
                        (a.row > b.row ? a.row - b.row : b.row - a.row);

        if (size > best) {
            best = size;
            from = a.column <= b.column ? a : b;
            to = a.column <= b.column ? b : a;
        }
    }
    length = (unsigned)snprintf(text, sizeof text, "x%04" PRIX64, value);
    struct spot middle = {(from.column + to.column) / 2, (from.row + to.row) / 2};

    if (to.column - from.column > length + 2) {
        put_value(p, (struct spot){middle.column - length / 2, from.row}, text);
        return;
    }
    const struct spot places[] = {
        {middle.column + 1, middle.row},
        {middle.column - length / 2, middle.row + 1},
        {middle.column - length, middle.row},
        {middle.column - length / 2, middle.row - 1},
    };

    for (unsigned n = 0; n < sizeof places / sizeof places[0]; n++) {
        if (is_free(p, places[n], length)) {
            put_value(p, places[n], text);
            return;
        }
    }
}

// --- boxes ---

// What came over the wires to a box up to the state at hand. False: nothing yet.
static bool latched(const struct path *p, unsigned box, uint64_t *value)
{
    bool has_value = false;

    for (unsigned nth = 0; p->has_state && nth <= p->nth; nth++) {
        for (unsigned w = 0; w < p->d->wire_count; w++) {
            has_value |=
                p->d->wires[w].to == box && vt_wire_value(p->t->vm, &p->delta, nth, w, value);
        }
    }
    return has_value;
}

static bool is_general(const struct vt_register_info *r)
{
    return r->role == VT_ROLE_GENERAL || r->role == VT_ROLE_STACK;
}

// The registers of a group, as many a row as there is room for.
static void draw_group(struct path *p, unsigned first, struct spot from, struct spot to)
{
    const struct vt_register_info *r = p->d->registers;
    unsigned row = from.row, column = from.column;

    for (unsigned n = first; n < p->d->register_count && row <= to.row; n++) {
        char text[24];
        unsigned length;

        if (r[n].group != r[first].group || !is_general(&r[n])) {
            continue;
        }
        length = (unsigned)snprintf(text, sizeof text, "%s x%0*" PRIX64, r[n].name,
                                    (r[n].bits + 3) / 4, vt_register(p->t->vm, n));
        if (column > from.column && column + length > to.column + 1) {
            column = from.column;
            row++;
        }
        if (row <= to.row) {
            canvas_put(&p->t->canvas, p->top + row, column, to.column + 1, CANVAS_PLAIN, text);
        }
        column += length + 1;
    }
}

// The one value in a box; the program counter's already counts what the step has done to it.
static bool box_value(const struct path *p, unsigned box, char text[24])
{
    int reg = p->d->boxes[box].reg;
    uint64_t value = 0;

    if (reg == VT_BOX_PLAIN || (reg == VT_BOX_LATCH && !latched(p, box, &value))) {
        return false;
    }
    if (reg == VT_BOX_LATCH) {
        snprintf(text, 24, "x%04" PRIX64, value);
        return true;
    }
    const struct vt_register_info *r = &p->d->registers[reg];

    value = vt_register(p->t->vm, (unsigned)reg);
    if (r->role == VT_ROLE_PC) {
        latched(p, box, &value);
    }
    snprintf(text, 24, "x%0*" PRIX64, (r->bits + 3) / 4, value);
    return true;
}

static void draw_frame(struct path *p, struct spot from, struct spot to, unsigned style)
{
    struct canvas *c = &p->t->canvas;

    for (unsigned row = from.row; row <= to.row; row++) {
        for (unsigned column = from.column; column <= to.column; column++) {
            unsigned sides = (column > from.column ? WEST : 0u) | (column < to.column ? EAST : 0u);

            sides |=
                (row > from.row ? (unsigned)NORTH : 0u) | (row < to.row ? (unsigned)SOUTH : 0u);
            bool is_edge = row == from.row || row == to.row;
            bool is_side = column == from.column || column == to.column;

            sides &= is_edge && !is_side ? EAST | WEST : is_side && !is_edge ? NORTH | SOUTH : 15u;
            if (is_edge || is_side) {
                canvas_cell(c, p->top + row, column, style, light[sides]);
            }
        }
    }
}

static bool is_live(const struct path *p, unsigned box)
{
    uint64_t value;

    for (unsigned n = 0; n < p->d->wire_count; n++) {
        if ((p->d->wires[n].to == box || p->d->wires[n].from == box) && value_of(p, n, &value)) {
            return true;
        }
    }
    return false;
}

// As many words as fit stand in the upper edge, the others below.
static void draw_name(struct path *p, struct spot from, struct spot to, unsigned style,
                      const char *name)
{
    unsigned width = to.column - from.column - 1, row = from.row;

    while (*name && row <= to.row) {
        size_t length = strlen(name);

        while (length > width) { // back to where a word ends
            do {
                length--;
            } while (length > 0 && name[length] != ' ');
            if (length == 0) {
                length = width;
                break;
            }
        }
        canvas_print(&p->t->canvas, p->top + row++, from.column + 1, to.column, style, "%.*s",
                     (int)length, name);
        name += length;
        name += *name == ' ';
    }
}

// A value stands in the middle, or in the lower edge of a low box.
static void draw_box(struct path *p, unsigned n)
{
    const struct vt_box_info *b = &p->d->boxes[n];
    struct spot from = spot_of(p, b->x, b->y), to = spot_of(p, b->x + b->width, b->y + b->height);
    unsigned width = to.column - from.column - 1;
    struct canvas *c = &p->t->canvas;
    bool is_active = is_live(p, n);
    char text[24];

    draw_frame(p, from, to, is_active ? CANVAS_BOLD : CANVAS_DIM);
    draw_name(p, from, to, is_active ? CANVAS_BOLD : CANVAS_PLAIN, b->name);
    if (b->reg >= 0 && is_general(&p->d->registers[b->reg])) {
        draw_group(p, (unsigned)b->reg, (struct spot){from.column + 1, from.row + 1},
                   (struct spot){to.column - 1, to.row - 1});
    } else if (box_value(p, n, text) && strlen(text) <= width) {
        unsigned row = to.row > from.row + 1 ? (from.row + to.row + 1) / 2 : to.row;

        canvas_put(c, p->top + row, from.column + 1 + (width - (unsigned)strlen(text)) / 2,
                   to.column, CANVAS_BOLD, text);
    }
}

void tui_draw_path(struct tui *t, unsigned top, unsigned columns, unsigned rows)
{
    struct path path = {
        .t = t, .d = vt_describe(t->vm), .top = top, .columns = columns, .rows = rows};
    struct path *p = &path;
    uint64_t value;

    p->has_state = t->micro > 0 && vt_predict(t->vm, &p->delta) && t->micro <= p->delta.micro_count;
    p->nth = t->micro - 1;
    for (unsigned n = 0; n < p->d->wire_count; n++) {
        walk(p, &p->d->wires[n], value_of(p, n, &value) ? add_live : add_idle);
    }
    for (unsigned n = 0; n < p->d->box_count; n++) {
        draw_box(p, n);
    }
    draw_lines(p);
    for (unsigned n = 0; n < p->d->wire_count; n++) {
        walk(p, &p->d->wires[n], value_of(p, n, &value) ? draw_live_head : draw_idle_head);
    }
    for (unsigned n = 0; n < p->d->wire_count; n++) {
        if (value_of(p, n, &value)) {
            draw_value(p, &p->d->wires[n], value);
        }
    }
}
