// The decoder: what of the bytes is beyond the rows of isa_*.def. Expected values: [SDM2] chapter 2
// and the pages of the instructions. Thousands of cases of others' making: test/vectors/decode.c.
#include "cpu/x86/isa.h"
#include "cpu/x86/ops.h"
#include "cpu/x86/x86.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct decoded {
    struct decode_result d;
    struct insn i;
};

static struct decoded decode_bytes(enum decode_bits bits, const u8 *bytes, unsigned count)
{
    struct decoder decoder;
    struct decoded result;
    u16 *order = calloc(isa_row_count, sizeof *order);
    assert_non_null(order);
    decoder_init(&decoder, order, x86_model_by_name("max"));
    result.d = decode(&decoder, bytes, count, bits, 0, false, &result.i);
    free(order);
    return result;
}

// DECODE(bits, bytes...)
#define DECODE(bits, ...)                                                                          \
    decode_bytes(bits, (const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

static void fifteen_prefixes_are_too_long(void **state)
{
    (void)state;
    u8 bytes[16];
    memset(bytes, 0x66, sizeof bytes);
    struct decoded x = decode_bytes(DECODE_32, bytes, sizeof bytes);
    assert_int_equal(x.d.length, 0);
    assert_true(x.d.too_long); // #GP(0), not #UD
}

static void fourteen_prefixes_and_an_opcode_are_an_instruction(void **state)
{
    (void)state;
    u8 bytes[15];
    memset(bytes, 0x2e, sizeof bytes);
    bytes[14] = 0x90;
    struct decoded x = decode_bytes(DECODE_32, bytes, sizeof bytes);
    assert_true(x.d.is_valid);
    assert_int_equal(x.d.length, 15);
}

static void an_instruction_that_is_cut_off_wants_more_bytes(void **state)
{
    (void)state;
    struct decoded x = DECODE(DECODE_32, 0x81, 0x05, 0x00, 0x10, 0x00, 0x00, 0x12);
    assert_int_equal(x.d.length, 0);
    assert_false(x.d.too_long);
}

static void mod_of_mov_to_and_from_control_registers_is_ignored(void **state)
{
    (void)state;
    struct decoded x = DECODE(DECODE_32, 0x0f, 0x22, 0x41); // mod 1: no displacement follows
    assert_true(x.d.is_valid);
    assert_int_equal(x.d.length, 3);
    assert_int_equal(x.i.reg, 0);
    assert_int_equal(x.i.rm, X86_RCX);
    x = DECODE(DECODE_16, 0x0f, 0x21, 0x01);
    assert_true(x.d.is_valid);
    assert_int_equal(x.d.length, 3);
}

static void there_is_no_control_register_1(void **state)
{
    (void)state;
    assert_false(DECODE(DECODE_32, 0x0f, 0x20, 0xc8).d.is_valid);
}

static void lock_is_allowed_where_memory_is_changed_only(void **state)
{
    (void)state;
    assert_true(DECODE(DECODE_32, 0xf0, 0x01, 0x08).d.is_valid);  // add [eax], ecx
    assert_false(DECODE(DECODE_32, 0xf0, 0x01, 0xc8).d.is_valid); // add eax, ecx
    assert_false(DECODE(DECODE_32, 0xf0, 0x39, 0x08).d.is_valid); // cmp [eax], ecx
    assert_false(DECODE(DECODE_32, 0xf0, 0x03, 0x08).d.is_valid); // add ecx, [eax]
}

static void address_of_ebp_and_esp_is_in_the_stack_segment(void **state)
{
    (void)state;
    assert_int_equal(DECODE(DECODE_32, 0x8b, 0x45, 0x00).i.seg, X86_SS);       // [ebp]
    assert_int_equal(DECODE(DECODE_32, 0x8b, 0x04, 0x24).i.seg, X86_SS);       // [esp]
    assert_int_equal(DECODE(DECODE_32, 0x8b, 0x44, 0x28, 0x00).i.seg, X86_DS); // [eax + ebp]
    assert_int_equal(DECODE(DECODE_32, 0x8b, 0x05, 1, 2, 3, 4).i.seg, X86_DS); // [disp32]
    assert_int_equal(DECODE(DECODE_32, 0x64, 0x8b, 0x45, 0x00).i.seg, X86_FS);
    assert_int_equal(DECODE(DECODE_16, 0x8b, 0x02).i.seg, X86_SS); // [bp + si]
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fifteen_prefixes_are_too_long),
        cmocka_unit_test(fourteen_prefixes_and_an_opcode_are_an_instruction),
        cmocka_unit_test(an_instruction_that_is_cut_off_wants_more_bytes),
        cmocka_unit_test(mod_of_mov_to_and_from_control_registers_is_ignored),
        cmocka_unit_test(there_is_no_control_register_1),
        cmocka_unit_test(lock_is_allowed_where_memory_is_changed_only),
        cmocka_unit_test(address_of_ebp_and_esp_is_in_the_stack_segment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
