// The PC through include/vitrine/debug.h. Encodings and fields: Intel SDM volume 2, chapter 2 and
// the instructions' pages; page-table entries: volume 3, 4.3.
#include "vitrine/debug.h"

#include "base/bytes.h"
#include "test/host_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { BIOS_BYTES = 0x10000, LINEAR = 0, PHYSICAL = 1 };

static u8 bios[BIOS_BYTES];
static struct vt_machine *vm;

// A PC whose firmware is the given bytes at the reset vector, FFFFFFF0h.
static void start(const u8 *code, size_t size_bytes)
{
    struct vt_host host = {.alloc = host_alloc, .release = host_release};
    memset(bios, 0xf4, sizeof bios); // HLT
    memcpy(bios + BIOS_BYTES - 16, code, size_bytes);
    struct vt_pc_config config = {.ram_bytes = 2 << 20, .bios = {bios, sizeof bios}};
    assert_int_equal(vt_pc_create(&config, &host, &vm), VT_OK);
}

#define START(...)                                                                                 \
    do {                                                                                           \
        static const u8 code[] = {__VA_ARGS__};                                                    \
        start(code, sizeof code);                                                                  \
    } while (0)

static int stop(void **state)
{
    (void)state;
    vt_destroy(vm);
    vm = NULL;
    return 0;
}

static u64 value_of(const char *name)
{
    int reg = vt_register_by_name(vm, name);
    assert_true(reg >= 0);
    return vt_register(vm, (unsigned)reg);
}

static bool set(const char *name, u64 value)
{
    return vt_set_register(vm, (unsigned)vt_register_by_name(vm, name), value);
}

static void run(u64 instructions)
{
    vt_run(vm, vt_instructions(vm) + instructions, UINT64_MAX);
}

static void registers_have_their_reset_values(void **state)
{
    (void)state; // SDM volume 3, table 9-1
    START(0xf4);
    assert_int_equal(value_of("EIP"), 0xfff0);
    assert_int_equal(value_of("cs"), 0xf000);
    assert_int_equal(value_of("cs.base"), 0xffff0000);
    assert_int_equal(value_of("cs.limit"), 0xffff);
    assert_int_equal(value_of("pc"), 0xfffffff0);
    assert_int_equal(value_of("eflags"), 2);
    assert_int_equal(value_of("cr0"), 0x60000010);
    assert_int_equal(value_of("mxcsr"), 0x1f80);
    assert_int_equal(vt_register_by_name(vm, "rax"), -1);
}

static u64 flag_of(const char *name)
{
    const char *error = "";
    u64 value = 99;
    if (!vt_evaluate(vm, name, &value, &error, NULL)) {
        fail_msg("%s: %s", name, error);
    }
    return value;
}

// At reset, [SDM3] table 9-1: CR0 is 60000010h (CD and NW), CS is accessed code or data of 16 bits.
static void the_table_of_flags_names_bits_of_their_registers(void **state)
{
    (void)state;
    START(0xf9); // stc
    const struct vt_description *d = vt_describe(vm);
    for (unsigned n = 0; n < d->flag_count; n++) {
        const char *reg = d->registers[d->flags[n].reg].name;
        const char *dot = strchr(d->flags[n].name, '.');
        size_t length = dot ? (size_t)(dot - d->flags[n].name) + 1 : 0;
        assert_memory_equal(reg, d->flags[n].name, length);
        assert_true(!dot || strcmp(reg + length, "rights") == 0);
    }
    run(1);
    assert_int_equal(flag_of("CF"), 1);
    assert_int_equal(flag_of("CD") << 2 | flag_of("NW") << 1 | flag_of("PE"), 6);
    assert_int_equal(flag_of("ds.type"), 3);
    assert_int_equal(flag_of("ds.P") << 3 | flag_of("ds.S") << 2 | flag_of("ds.D"), 0xc);
    assert_int_equal(flag_of("ds.DPL"), 0);
}

static void an_instruction_shows_in_the_registers(void **state)
{
    (void)state;
    START(0xb8, 0x34, 0x12, 0xf9); // mov ax,1234h; stc
    run(2);
    assert_int_equal(value_of("eax"), 0x1234);
    assert_int_equal(value_of("eflags"), 3);
    assert_int_equal(value_of("eip"), 0xfff4);
}

static void a_register_that_was_set_counts(void **state)
{
    (void)state;
    START(0x40, 0x9c); // inc ax; pushf
    assert_true(set("eax", 0xffff));
    assert_true(set("esp", 0x1000));
    assert_true(set("eflags", 0x803)); // OF and CF
    run(2);
    assert_int_equal(value_of("eax"), 0);
    u16 cells[2];
    assert_int_equal(vt_memory(vm, PHYSICAL, 0xffe, cells, 2), 2);
    assert_int_equal(cells[0], 0x57); // ZF AF PF CF, OF cleared: 46h of INC, CF kept
    assert_int_equal(cells[1], 0x00);
}

static void what_decides_the_mode_can_not_be_set(void **state)
{
    (void)state;
    START(0xf4);
    assert_false(set("cr0", 1));
    assert_false(set("cs", 8));
    assert_false(set("eax", 0x100000000));
    assert_true(set("eflags", 0x20002)); // VM is left out
    assert_int_equal(value_of("eflags"), 2);
}

static void code_that_was_written_over_is_run(void **state)
{
    (void)state;
    static const u16 first[] = {0x40, 0xeb, 0xfd};  // inc ax; jmp back
    static const u16 second[] = {0x4b, 0xeb, 0xfd}; // dec bx; jmp back
    START(0xea, 0x00, 0x20, 0x00, 0x00);
    assert_int_equal(vt_set_memory(vm, PHYSICAL, 0x2000, first, 3), 3);
    run(9);
    assert_int_equal(value_of("eax"), 4);
    assert_int_equal(vt_set_memory(vm, LINEAR, 0x2000, second, 3), 3);
    run(4);
    assert_int_equal(value_of("eax"), 4);
    assert_int_equal(value_of("ebx") & 0xffff, 0xfffe);
}

static void device_registers_are_neither_read_nor_written(void **state)
{
    (void)state;
    START(0xf4);
    u16 cell = 1;
    assert_int_equal(vt_memory(vm, PHYSICAL, 0xfee00020, &cell, 1), 0);
    assert_int_equal(vt_set_memory(vm, PHYSICAL, 0xfee00020, &cell, 1), 0);
    assert_int_equal(vt_set_memory(vm, PHYSICAL, 0xfffffff0, &cell, 1), 0); // ROM
}

// "name:first+bits" of all fields, for short comparisons.
static void assert_fields(u64 address, unsigned length, const char *text, const char *wanted)
{
    struct vt_instruction i;
    char fields[256] = "";
    vt_instruction_at(vm, address, &i);
    assert_int_equal(i.length, length);
    assert_string_equal(i.text, text);
    for (unsigned n = 0; n < i.field_count; n++) {
        size_t at = strlen(fields);
        snprintf(fields + at, sizeof fields - at, "%s%s:%u+%u", n ? " " : "", i.fields[n].name,
                 i.fields[n].first_bit, i.fields[n].bits);
    }
    assert_string_equal(fields, wanted);
}

static void the_fields_of_an_instruction_are_told_apart(void **state)
{
    (void)state;
    START(0x66, 0x67, 0x81, 0x44, 0x8b, 0x10, 0x78, 0x56, 0x34, 0x12);
    assert_fields(0xfffffff0, 10, "add dword ptr [ebx+ecx*4+0x10],0x12345678",
                  "prefix:0+8 prefix:8+8 opcode:16+8 rm:24+3 reg:27+3 mod:30+2 base:32+3 "
                  "index:35+3 scale:38+2 displacement:40+8 immediate:48+32");
    vt_destroy(vm);
    START(0x0f, 0x84, 0x10, 0x00);
    assert_fields(0xfffffff0, 4, "je 0x0004", "opcode:0+16 target:16+16");
    vt_destroy(vm);
    START(0x90);
    assert_fields(0xfffffff0, 1, "nop", "opcode:0+8");
}

static void a_page_walk_names_every_entry(void **state)
{
    (void)state;
    // lgdt and long jumps are not needed: paging with 16-bit code works ([SDM3] 9.9)
    START(0x0f, 0x22, 0xd8, 0x0f, 0x22, 0xc3); // mov cr3,eax; mov cr0,ebx
    struct vt_page_walk w;
    assert_true(vt_page_walk(vm, 0x403123, &w));
    assert_false(w.is_paged);
    assert_int_equal(w.physical, 0x403123);
    // Page directory at 10000h: linear 0 to 4 MiB by a table at 11000h, the top by a 4 KiB map too.
    static const u16 pde[] = {0x27, 0x10, 0x01, 0x00}, pte[] = {0x05, 0x50, 0x00, 0x00};
    static const u16 top_pde[] = {0x01, 0x20, 0x01, 0x00}, top_pte[] = {0x01, 0xf0, 0xff, 0xff};
    vt_set_memory(vm, PHYSICAL, 0x10004, pde, 4);
    vt_set_memory(vm, PHYSICAL, 0x1100c, pte, 4);
    vt_set_memory(vm, PHYSICAL, 0x10ffc, top_pde, 4);
    vt_set_memory(vm, PHYSICAL, 0x12ffc, top_pte, 4);
    set("eax", 0x10000);
    set("ebx", 0x80000011);
    run(2);
    assert_true(vt_page_walk(vm, 0x403123, &w));
    assert_true(w.is_paged && w.is_mapped && w.is_user && !w.is_writable && w.is_executable);
    assert_int_equal(w.physical, 0x5123);
    assert_int_equal(w.level_count, 2);
    assert_string_equal(w.levels[0].name, "PDE");
    assert_int_equal(w.levels[0].address, 0x10004);
    assert_int_equal(w.levels[1].address, 0x1100c);
    assert_int_equal(w.levels[1].entry, 0x5005);
    assert_true(vt_page_walk(vm, 0x800000, &w));
    assert_false(w.is_mapped);
    assert_int_equal(w.level_count, 1);
}

static void every_device_shows_its_state(void **state)
{
    (void)state;
    START(0xb0, 0x5a, 0xe6, 0x71); // mov al,5Ah; out 71h,al
    struct vt_device_value values[64];
    bool has_rip = false;
    unsigned devices = 0;
    for (; vt_device(vm, devices); devices++) {
        unsigned first = 0, count;
        while ((count = vt_device_values(vm, devices, first, values, 64)) > 0) {
            for (unsigned n = 0; n < count; n++) {
                has_rip |= strcmp(values[n].name, "rip") == 0 && values[n].value == 0xfff0;
            }
            first += count;
        }
    }
    assert_true(devices > 8);
    assert_true(has_rip);
}

static void looking_changes_nothing(void **state)
{
    (void)state;
    START(0xb8, 0x34, 0x12, 0xf9);
    run(1);
    u64 digest = vt_digest(vm);
    struct vt_instruction i;
    struct vt_page_walk w;
    u16 cells[256];
    for (unsigned n = 0; n < vt_describe(vm)->register_count; n++) {
        vt_register(vm, n);
    }
    vt_memory(vm, LINEAR, 0xb8000, cells, 256);
    vt_memory(vm, PHYSICAL, 0xfec00000, cells, 256);
    vt_instruction_at(vm, 0xfffffff0, &i);
    vt_page_walk(vm, 0, &w);
    assert_true(vt_digest(vm) == digest);
}

// --- steps and breakpoints ---

static struct vt_stop go(void)
{
    return vt_run(vm, 1000, UINT64_MAX);
}

static void a_breakpoint_stops_before_its_instruction_once(void **state)
{
    (void)state;
    START(0x40, 0x40, 0xeb, 0xfc); // inc ax; inc ax; jmp back
    struct vt_break b = {.kind = VT_BREAK_EXECUTE, .first = 0xfffffff1, .last = 0xfffffff1};
    int number = vt_break_add(vm, &b);
    assert_true(number >= 0);
    struct vt_stop stop_at = go();
    assert_int_equal(stop_at.reason, VT_STOP_BREAK);
    assert_int_equal(stop_at.code, number);
    assert_int_equal(value_of("eax"), 1);
    assert_int_equal(go().reason, VT_STOP_BREAK); // the next time round
    assert_int_equal(value_of("eax"), 3);
    assert_true(vt_break_remove(vm, (unsigned)number));
    assert_int_equal(go().reason, VT_STOP_LIMIT);
}

static void a_condition_decides(void **state)
{
    (void)state;
    START(0x40, 0xeb, 0xfd); // inc ax; jmp back
    struct vt_break b = {.kind = VT_BREAK_EXECUTE, .first = 0xfffffff0, .last = 0xfffffff0};
    strcpy(b.condition, "eax == 5");
    assert_true(vt_break_add(vm, &b) >= 0);
    assert_int_equal(go().reason, VT_STOP_BREAK);
    assert_int_equal(value_of("eax"), 5);
}

static void a_watched_register_and_cell_stop_behind_the_change(void **state)
{
    (void)state;
    START(0x40, 0x43, 0xa3, 0x00, 0x10, 0xf4); // inc ax; inc bx; mov [1000h],ax; hlt
    struct vt_break b = {.kind = VT_BREAK_REGISTER,
                         .first = (u64)vt_register_by_name(vm, "ebx"),
                         .last = (u64)vt_register_by_name(vm, "ebx")};
    struct vt_break c = {
        .kind = VT_BREAK_WRITE, .space = PHYSICAL, .first = 0x1000, .last = 0x1001};
    vt_break_add(vm, &b);
    vt_break_add(vm, &c);
    assert_int_equal(go().reason, VT_STOP_BREAK);
    assert_int_equal(value_of("eip"), 0xfff2);
    assert_int_equal(go().reason, VT_STOP_BREAK);
    assert_int_equal(value_of("eip"), 0xfff5);
}

static void a_watched_port_stops_before_it_is_used(void **state)
{
    (void)state;
    START(0xb0, 0x12, 0xe6, 0x80, 0xba, 0xf8, 0x03, 0xec); // out 80h,al; in al,dx
    struct vt_break out = {.kind = VT_BREAK_WRITE, .space = 2, .first = 0x80, .last = 0x80};
    struct vt_break in = {.kind = VT_BREAK_READ, .space = 2, .first = 0x3f8, .last = 0x3ff};
    vt_break_add(vm, &out);
    vt_break_add(vm, &in);
    assert_int_equal(go().reason, VT_STOP_BREAK);
    assert_int_equal(value_of("eip"), 0xfff2);
    assert_int_equal(go().reason, VT_STOP_BREAK);
    assert_int_equal(value_of("eip"), 0xfff7);
}

// A load across a page's end and the reading half of INC; not a store, nor a read beside it.
static void watched_memory_stops_behind_what_reads_it(void **state)
{
    (void)state;
    START(0xa3, 0x00, 0x10, 0xa1, 0xfe, 0x0f, 0xa1, 0xff, 0x0f, 0xfe, 0x06, 0x01, 0x10, 0xf4);
    struct vt_break b = {.kind = VT_BREAK_READ, .space = LINEAR, .first = 0x1000, .last = 0x1001};
    int number = vt_break_add(vm, &b);
    assert_true(number >= 0);
    struct vt_stop stop_at = go();
    assert_int_equal(stop_at.reason, VT_STOP_BREAK);
    assert_int_equal(stop_at.code, number);
    assert_int_equal(value_of("eip"), 0xfff9); // behind mov ax,[0FFFh], across the page's end
    assert_int_equal(go().reason, VT_STOP_BREAK);
    assert_int_equal(value_of("eip"), 0xfffd); // behind inc byte [1001h]
    assert_true(vt_break_remove(vm, (unsigned)number));
    assert_int_not_equal(go().reason, VT_STOP_BREAK);
}

static void watched_reads_change_nothing(void **state)
{
    (void)state;
    u64 digest[2];
    for (int is_watched = 0; is_watched < 2; is_watched++) {
        START(0xb1, 0x05, 0xfc, 0xf3, 0xa4, 0xa1, 0x00, 0x10, 0x58, 0xf4); // rep movsb, load, pop
        struct vt_break b = {.kind = VT_BREAK_READ, .space = LINEAR, .first = 0, .last = 0x1fff};
        if (is_watched) {
            assert_true(vt_break_add(vm, &b) >= 0);
        }
        unsigned stops = 0;
        while (go().reason == VT_STOP_BREAK) {
            stops++;
        }
        assert_true(is_watched ? stops >= 3 : stops == 0);
        digest[is_watched] = vt_digest(vm);
        vt_destroy(vm);
        vm = NULL;
    }
    assert_true(digest[0] == digest[1]);
}

static void what_can_not_be_watched_is_refused(void **state)
{
    (void)state;
    START(0xf4);
    struct vt_break read = {.kind = VT_BREAK_READ, .space = PHYSICAL, .first = 0, .last = 0};
    struct vt_break wide = {.kind = VT_BREAK_WRITE, .space = LINEAR, .first = 0, .last = 8};
    struct vt_break nowhere = {.kind = VT_BREAK_REGISTER, .first = 1000, .last = 1000};
    assert_int_equal(vt_break_add(vm, &read), -1);
    assert_int_equal(vt_break_add(vm, &wide), -1);
    assert_int_equal(vt_break_add(vm, &nowhere), -1);
}

static const struct vt_effect *effect(const struct vt_delta *d, unsigned kind, u64 index)
{
    for (unsigned n = 0; n < d->effect_count; n++) {
        if (d->effects[n].place.kind == kind && d->effects[n].place.index == index) {
            return &d->effects[n];
        }
    }
    return NULL;
}

static void a_step_tells_registers_and_memory(void **state)
{
    (void)state;
    START(0x50, 0x05, 0x01, 0x00); // push ax; add ax,1
    set("eax", 0x1234ffff);
    set("esp", 0x2000);
    struct vt_delta d;
    assert_int_equal(vt_step(vm, &d).reason, VT_STOP_LIMIT);
    assert_string_equal(d.instruction.text, "push ax");
    const struct vt_effect *pushed = effect(&d, VT_PLACE_MEMORY, 0x1ffe);
    assert_true(pushed && pushed->bits == 16 && pushed->new_value == 0xffff);
    const struct vt_effect *top =
        effect(&d, VT_PLACE_REGISTER, (u64)vt_register_by_name(vm, "esp"));
    assert_true(top && top->old_value == 0x2000 && top->new_value == 0x1ffe);
    vt_step(vm, &d);
    const struct vt_effect *sum =
        effect(&d, VT_PLACE_REGISTER, (u64)vt_register_by_name(vm, "eax"));
    assert_true(sum && sum->new_value == 0x12340000);
    assert_true(effect(&d, VT_PLACE_REGISTER, (u64)vt_register_by_name(vm, "eflags")) != NULL);
    struct vt_delta again;
    assert_true(vt_delta(vm, 1, &again));
    assert_string_equal(again.text, d.text);
    assert_false(vt_delta(vm, 0, &again)); // no history
}

static void a_call_is_stepped_over_and_out_of(void **state)
{
    (void)state;
    START(0xe8, 0x01, 0x00, 0xf4, 0x40, 0x40, 0xc3); // call +1; hlt; inc ax; inc ax; ret
    set("esp", 0x2000);
    vt_move_forward(vm, VT_MOVE_OVER, 100);
    assert_int_equal(value_of("eip"), 0xfff3);
    assert_int_equal(value_of("eax"), 2);
    set("eip", 0xfff0);
    vt_move_forward(vm, VT_MOVE_STEP, 100);
    assert_int_equal(value_of("eip"), 0xfff4);
    vt_move_forward(vm, VT_MOVE_OUT, 100);
    assert_int_equal(value_of("eip"), 0xfff3);
}

static void breakpoints_leave_the_guest_as_it_is(void **state)
{
    (void)state;
    START(0x40, 0x50, 0xeb, 0xfc); // inc ax; push ax; jmp back
    vt_run(vm, 500, UINT64_MAX);
    u64 digest = vt_digest(vm);
    vt_destroy(vm);
    START(0x40, 0x50, 0xeb, 0xfc);
    struct vt_break b = {.kind = VT_BREAK_EXECUTE, .first = 0xfffffff1, .last = 0xfffffff1};
    vt_break_add(vm, &b);
    while (vt_run(vm, 500, UINT64_MAX).reason == VT_STOP_BREAK) {
    }
    assert_true(vt_digest(vm) == digest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(registers_have_their_reset_values, stop),
        cmocka_unit_test_teardown(the_table_of_flags_names_bits_of_their_registers, stop),
        cmocka_unit_test_teardown(an_instruction_shows_in_the_registers, stop),
        cmocka_unit_test_teardown(a_register_that_was_set_counts, stop),
        cmocka_unit_test_teardown(what_decides_the_mode_can_not_be_set, stop),
        cmocka_unit_test_teardown(code_that_was_written_over_is_run, stop),
        cmocka_unit_test_teardown(device_registers_are_neither_read_nor_written, stop),
        cmocka_unit_test_teardown(the_fields_of_an_instruction_are_told_apart, stop),
        cmocka_unit_test_teardown(a_page_walk_names_every_entry, stop),
        cmocka_unit_test_teardown(every_device_shows_its_state, stop),
        cmocka_unit_test_teardown(looking_changes_nothing, stop),
        cmocka_unit_test_teardown(a_breakpoint_stops_before_its_instruction_once, stop),
        cmocka_unit_test_teardown(a_condition_decides, stop),
        cmocka_unit_test_teardown(a_watched_register_and_cell_stop_behind_the_change, stop),
        cmocka_unit_test_teardown(a_watched_port_stops_before_it_is_used, stop),
        cmocka_unit_test_teardown(watched_memory_stops_behind_what_reads_it, stop),
        cmocka_unit_test_teardown(watched_reads_change_nothing, stop),
        cmocka_unit_test_teardown(what_can_not_be_watched_is_refused, stop),
        cmocka_unit_test_teardown(a_step_tells_registers_and_memory, stop),
        cmocka_unit_test_teardown(a_call_is_stepped_over_and_out_of, stop),
        cmocka_unit_test_teardown(breakpoints_leave_the_guest_as_it_is, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
