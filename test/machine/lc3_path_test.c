// The LC-3's data path: what its wires carry must be what the step then does. The machine executes
// whole instructions, and the path is told from the outcome; here both are held against each other
// in programs that use every instruction, traps, interrupts and exceptions.
#include "test/machine/lc3_rig.h"

static const char *state_name(struct lc3_rig *r, const struct vt_delta *d, unsigned nth)
{
    return vt_describe(r->vm)->micros[d->micros[nth]].name;
}

static int wire_number(struct lc3_rig *r, const char *name, const char *from, const char *to)
{
    const struct vt_description *about = vt_describe(r->vm);
    for (unsigned n = 0; n < about->wire_count; n++) {
        const struct vt_wire_info *w = &about->wires[n];
        if (strcmp(w->name, name) == 0 && strcmp(about->boxes[w->from].name, from) == 0 &&
            strcmp(about->boxes[w->to].name, to) == 0) {
            return (int)n;
        }
    }
    fail_msg("there is no wire %s from %s to %s", name, from, to);
    return -1;
}

// The last value on a wire in the step; false: it carries none.
static bool last_value(struct lc3_rig *r, const struct vt_delta *d, const char *name,
                       const char *from, const char *to, u64 *value)
{
    int wire = wire_number(r, name, from, to);
    bool is_there = false;
    for (unsigned n = 0; n < d->micro_count; n++) {
        is_there = vt_wire_value(r->vm, d, n, (unsigned)wire, value) || is_there;
    }
    return is_there;
}

static const struct vt_effect *effect_on(const struct vt_delta *d, unsigned kind, u64 index)
{
    for (unsigned n = 0; n < d->effect_count; n++) {
        if (d->effects[n].place.kind == kind && d->effects[n].place.index == index) {
            return &d->effects[n];
        }
    }
    return NULL;
}

static void check_registers(struct lc3_rig *r, const struct vt_delta *d)
{
    u64 value, word = d->instruction.cells[0];
    if (last_value(r, d, "DR", "bus", "registers", &value)) {
        bool is_call = word >> 12 == 4 || word >> 12 == 15;
        const struct vt_effect *e = effect_on(d, VT_PLACE_REGISTER, is_call ? 7 : (word >> 9 & 7));
        if (e) { // a register that becomes what it was may be left out by TRAP
            assert_int_equal(value, e->new_value);
        } else {
            assert_int_equal(word >> 12, 15);
        }
    }
}

static void check_memory(struct lc3_rig *r, const struct vt_delta *d)
{
    u64 word, address;
    if (last_value(r, d, "word", "MDR", "memory and devices", &word)) {
        last_value(r, d, "address", "MAR", "memory and devices", &address);
        unsigned op = d->instruction.cells[0] >> 12;
        if (d->cause == VT_CAUSE_INSTRUCTION && (op == 3 || op == 7 || op == 11)) {
            assert_int_equal(d->effects[0].new_value & 0xffff, word);
            if (d->effects[0].place.kind == VT_PLACE_MEMORY) {
                assert_int_equal(d->effects[0].place.index, address);
            }
        }
    }
}

static void check_jumps(struct lc3_rig *r, const struct vt_delta *d)
{
    u64 value;
    if (last_value(r, d, "target", "bus", "PC", &value) ||
        last_value(r, d, "target", "address adder", "PC", &value)) {
        assert_int_equal(value, d->pc_after);
    }
}

// In a first state of each kind PC goes out over the bus.
static void check_fetch(struct lc3_rig *r, const struct vt_delta *d)
{
    u64 value;
    assert_string_equal(state_name(r, d, 0), "18");
    assert_true(vt_wire_value(r->vm, d, 0, (unsigned)wire_number(r, "PC", "PC", "bus"), &value));
    assert_int_equal(value, d->pc_before);
}

static void check_run(const struct vt_lc3_config *config, const char *source, const char *keys,
                      unsigned min_steps)
{
    struct lc3_rig r;
    struct vt_delta d;
    rig_start(&r, config, source);
    rig_type(&r, keys);
    unsigned steps = 0;
    while (vt_step(r.vm, &d).reason == VT_STOP_LIMIT && steps < 20000) {
        check_fetch(&r, &d);
        check_registers(&r, &d);
        check_memory(&r, &d);
        check_jumps(&r, &d);
        steps++;
    }
    assert_in_range(steps, min_steps, 19999);
    rig_end(&r);
}

static const char everything[] =
    ".ORIG x3000\nLEA R1,A\nLDR R2,R1,#0\nLDI R3,P\nLD R4,A\nADD R5,R4,R3\nADD R5,R5,#-3\n"
    "AND R0,R5,#15\nAND R0,R0,R4\nNOT R0,R0\nST R0,B\nSTI R5,P\nSTR R5,R1,#1\nBRz #1\nBRnp N\n"
    "HALT\nN JSR S\nLEA R6,S\nJSRR R6\nLEA R0,T\nPUTS\nGETC\nOUT\nHALT\nS RET\n"
    "A .FILL 77\nB .FILL 0\nP .FILL A\nT .STRINGZ \"ok\"\n.END";

static void wires_carry_what_the_step_does_in_both_editions(void **state UNUSED)
{
    static const struct vt_lc3_config second = {.edition = 2};
    check_run(NULL, everything, "k", 70);
    check_run(&second, everything, "k", 70);
}

static void entries_and_returns_too(void **state UNUSED)
{
    check_run(NULL,
              ".ORIG x0101\n.FILL HANDLER\n.END\n.ORIG x3000\nLD R6,S\n.FILL xD000\nADD R0,R0,#1\n"
              "HALT\nHANDLER LDR R1,R6,#0\nADD R1,R1,#1\nSTR R1,R6,#0\nRTI\nS .FILL x5000\n.END",
              "", 7);
}

// ADD R1, R2, #5 with R2 = 3, by hand.
static void an_addition_by_hand(void **state UNUSED)
{
    struct lc3_rig r;
    struct vt_delta d;
    u64 value;
    rig_start(&r, NULL, ".ORIG x3000\nADD R2,R2,#3\nADD R1,R2,#5\nHALT\n.END");
    vt_run(r.vm, 1, UINT64_MAX);
    vt_step(r.vm, &d);
    assert_int_equal(d.micro_count, 5);
    assert_true(last_value(&r, &d, "SR1", "registers", "ALU", &value) && value == 3);
    assert_true(last_value(&r, &d, "imm5", "IR", "ALU", &value) && value == 5);
    assert_false(last_value(&r, &d, "SR2", "registers", "ALU", &value));
    assert_true(last_value(&r, &d, "result", "ALU", "bus", &value) && value == 8);
    assert_true(last_value(&r, &d, "instruction", "bus", "IR", &value) && value == 0x12a5);
    assert_true(last_value(&r, &d, "PC + 1", "PC", "PC", &value) && value == 0x3002);
    rig_end(&r);
}

// Wires end at their boxes' edges, and everything is on the grid.
static void the_drawing_hangs_together(void **state UNUSED)
{
    struct lc3_rig r;
    rig_start(&r, NULL, ".ORIG x3000\nHALT\n.END");
    const struct vt_description *about = vt_describe(r.vm);
    for (unsigned n = 0; n < about->wire_count; n++) {
        const struct vt_wire_info *w = &about->wires[n];
        const u8 *ends[2] = {w->points[0], w->points[w->point_count - 1]};
        const struct vt_box_info *boxes[2] = {&about->boxes[w->from], &about->boxes[w->to]};
        assert_in_range(w->point_count, 2, 8);
        for (unsigned end = 0; end < 2; end++) {
            const struct vt_box_info *b = boxes[end];
            assert_in_range(ends[end][0], b->x, b->x + b->width);
            assert_in_range(ends[end][1], b->y, b->y + b->height);
        }
        for (unsigned s = 0; s < w->state_count; s++) {
            assert_true(w->states[s] < about->micro_count);
        }
    }
    for (unsigned n = 0; n < about->box_count; n++) {
        assert_true(about->boxes[n].x + about->boxes[n].width <= 100);
        assert_true(about->boxes[n].y + about->boxes[n].height <= 60);
    }
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wires_carry_what_the_step_does_in_both_editions),
        cmocka_unit_test(entries_and_returns_too),
        cmocka_unit_test(an_addition_by_hand),
        cmocka_unit_test(the_drawing_hangs_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
