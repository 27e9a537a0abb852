// What the rewriter makes of 32-bit code. That both sides mean the text beside them was read back
// with objdump, as 32-bit and as 64-bit code.
#include "rewrite.h"

#include "base/bytes.h"
#include "cpu/x86/regs.h"
#include "cpu/x86/x86.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct decoder decoder;
    u16 *order;
    struct test_case c;
    struct insn insn;
    struct rewriting w;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->order = calloc(isa_row_count, sizeof *f->order);
    decoder_init(&f->decoder, f->order, x86_model_by_name("max"));
    f->c.before.eip = CODE_AT + 0x200;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    free(f->order);
    free(f);
    return 0;
}

static u32 set_code(u8 *code, const char *hex)
{
    u32 length = 0;
    for (const char *at = hex; *at; at += 2, length++) {
        const char digits[] = {at[0], at[1], 0};
        code[length] = (u8)strtoul(digits, NULL, 16);
    }
    return length;
}

static const char *rewrite(struct fixture *f, const char *hex)
{
    memset(f->c.code, FILL, sizeof f->c.code);
    f->c.length = set_code(f->c.code, hex);
    struct decode_result d =
        decode(&f->decoder, f->c.code, sizeof f->c.code, DECODE_32, 0, false, &f->insn);
    return rewrite_64(&f->c, &d, &f->insn, &f->w);
}

static void assert_becomes(struct fixture *f, const char *hex, const char *wanted)
{
    u8 code[CODE_BYTES];
    u32 length = set_code(code, wanted);
    assert_null(rewrite(f, hex));
    assert_int_equal(f->w.c.length, length);
    assert_memory_equal(f->w.c.code, code, length);
    // Both end at the same place.
    assert_int_equal(f->w.c.before.eip + length, f->c.before.eip + f->c.length);
}

static void registers_alone_need_no_change(void **state)
{
    struct fixture *f = *state;
    assert_becomes(f, "01d8", "01d8");         // add eax, ebx
    assert_becomes(f, "660fafca", "660fafca"); // imul cx, dx
    assert_becomes(f, "0ffec1", "0ffec1");     // paddd mm0, mm1
    assert_becomes(f, "7410", "7410");         // je .+18
    assert_int_equal(f->w.rules, 0);
}

static void memory_gets_an_address_prefix(void **state)
{
    struct fixture *f = *state;
    assert_becomes(f, "8b4310", "678b4310");         // mov eax, [ebx+16]
    assert_becomes(f, "f30f6f0499", "67f30f6f0499"); // movdqu xmm0, [ecx+ebx*4]
    assert_becomes(f, "f3a5", "67f3a5");             // rep movsd
    assert_becomes(f, "d7", "67d7");                 // xlatb
    assert_becomes(f, "e210", "67e210");             // loop .+18
    assert_becomes(f, "a144332211", "67a144332211"); // mov eax, [0x11223344]
    assert_becomes(f, "dd4508", "67dd4508");         // fld qword [ebp+8]
    assert_int_equal(f->w.rules, 1 << REWRITE_ADDRESS_32);
}

static void an_address_of_only_a_displacement_gets_a_sib_byte(void **state)
{
    struct fixture *f = *state;
    assert_becomes(f, "8b0d44332211", "678b0c2544332211");     // mov ecx, [0x11223344]
    assert_becomes(f, "c6054433221155", "67c604254433221155"); // mov byte [0x11223344], 0x55
    assert_int_equal(f->w.rules, 1 << REWRITE_ADDRESS_32 | 1 << REWRITE_NO_BASE);
}

static void a_16_bit_address_is_evaluated(void **state)
{
    struct fixture *f = *state;
    f->c.before.r[X86_RBX] = 0x1234fff0;
    f->c.before.r[X86_RSI] = 0x00010020;
    assert_becomes(f, "678b40fe", "678b04250e000000");   // mov eax, [bx+si-2]: fff0 + 20 - 2
    assert_becomes(f, "678b0e3412", "678b0c2534120000"); // mov ecx, [0x1234]
    assert_becomes(f, "678b8f0080", "678b0c25f07f0000"); // mov ecx, [bx-0x8000]
    assert_int_equal(f->w.rules, 1 << REWRITE_EVALUATED);
    assert_becomes(f, "67a13412", "67a134120000"); // mov eax, [0x1234] by its offset
    assert_int_equal(f->w.rules, 1 << REWRITE_OFFSET_32);
}

static void opcodes_that_are_something_else_in_64_bit_code_change(void **state)
{
    struct fixture *f = *state;
    assert_becomes(f, "43", "ffc3");     // inc ebx
    assert_becomes(f, "664f", "66ffcf"); // dec di
    assert_int_equal(f->w.rules, 1 << REWRITE_INC_DEC);
    assert_becomes(f, "82c105", "80c105"); // add cl, 5
    assert_int_equal(f->w.rules, 1 << REWRITE_82);
}

static void what_follows_the_instruction_stays(void **state)
{
    struct fixture *f = *state;
    assert_becomes(f, "407410", "ffc07410"); // inc eax; je .+18
    assert_int_equal(f->w.c.before.eip, f->c.before.eip - 1);
}

static void a_16_bit_string_puts_high_halves_aside_and_brings_them_back(void **state)
{
    struct fixture *f = *state;
    f->c.before.r[X86_RSI] = 0x1111ffff;
    f->c.before.r[X86_RDI] = 0x22228000;
    f->c.before.r[X86_RCX] = 0x33330002;
    assert_becomes(f, "67f3a4", "67f3a4"); // rep movs byte [di], [si]
    assert_int_equal(f->w.c.before.r[X86_RSI], 0xffff);
    assert_int_equal(f->w.c.before.r[X86_RCX], 2);
    struct result r = {.vector = X86_BP};
    r.after.r[X86_RSI] = 0x10001; // what 32 bits make of it: 16 wrap
    r.after.r[X86_RDI] = 0x8002;
    rewrite_back(&f->c, &f->w, &r);
    assert_int_equal(r.after.r[X86_RSI], 0x11110001);
    assert_int_equal(r.after.r[X86_RDI], 0x22228002);
    assert_int_equal(r.after.r[X86_RCX], 0x33330000);
}

static void what_64_bit_code_lacks_is_named(void **state)
{
    struct fixture *f = *state;
    static const char *const lacking[] = {
        "27",         // daa
        "60",         // pushad
        "6210",       // bound edx, [eax]
        "6310",       // arpl [eax], dx
        "53",         // push ebx
        "e800000000", // call
        "ff20",       // jmp [eax]
        "667410",     // je with 66h
        "c9",         // leave
        "d40a",       // aam
    };
    for (unsigned n = 0; n < COUNT_OF(lacking); n++) {
        assert_non_null(rewrite(f, lacking[n]));
        assert_true(f->w.is_lacking);
    }
    f->c.before.r[X86_RSP] = STACK_AT + 0x800;
    assert_becomes(f, "6653", "6653"); // push bx
    assert_becomes(f, "ffe3", "ffe3"); // jmp ebx
}

static void what_no_code_of_the_child_can_say_is_named_too(void **state)
{
    struct fixture *f = *state;
    static const char *const unsayable[] = {
        "648b03",                               // mov eax, fs:[ebx]: there it faults
        "2e8903",                               // mov cs:[ebx], eax: as well
        "e9000000d0",                           // jmp below 0
        "8b0502020020",                         // mov eax, [CODE_AT + 0x202]: its own bytes
        "2e2e3e2e67363e66262636363636f726a080", // too long, with 16-bit addressing
        "e2fd",                                 // loop to where the rewritten one begins
    };
    for (unsigned n = 0; n < COUNT_OF(unsayable); n++) {
        assert_non_null(rewrite(f, unsayable[n]));
        assert_false(f->w.is_lacking);
    }
    f->c.before.r[X86_RDI] = 0x80000000;
    assert_non_null(rewrite(f, "670fbb3e0000")); // btc [0], edi: bits before the address
    f->c.before.r[X86_RDI] = 32;
    assert_null(rewrite(f, "670fbb3e0000"));
    f->c.before.eip = CODE_AT;
    assert_non_null(rewrite(f, "8b03")); // no byte in front of it
}

static void a_fault_comes_back_at_the_old_place(void **state)
{
    struct fixture *f = *state;
    assert_null(rewrite(f, "dd0500000030")); // fld qword [0x30000000]
    struct result r = {.vector = X86_PF_FAULT};
    r.after.eip = f->w.c.before.eip;
    store_le32(r.after.fx + 8, f->w.c.before.eip);
    store_le16(r.after.fx + 6, 0x504);
    rewrite_back(&f->c, &f->w, &r);
    assert_int_equal(r.after.eip, f->c.before.eip);
    assert_int_equal(load_le32(r.after.fx + 8), f->c.before.eip);
    assert_int_equal(load_le16(r.after.fx + 6), 0x505); // DD /0 with ModR/M 05
    // INT3 says where it ended: that is no place to move.
    r = (struct result){.vector = X86_BP, .after.eip = f->w.c.before.eip};
    rewrite_back(&f->c, &f->w, &r);
    assert_int_equal(r.after.eip, f->w.c.before.eip);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(registers_alone_need_no_change),
        TEST(memory_gets_an_address_prefix),
        TEST(an_address_of_only_a_displacement_gets_a_sib_byte),
        TEST(a_16_bit_address_is_evaluated),
        TEST(opcodes_that_are_something_else_in_64_bit_code_change),
        TEST(what_follows_the_instruction_stays),
        TEST(a_16_bit_string_puts_high_halves_aside_and_brings_them_back),
        TEST(what_64_bit_code_lacks_is_named),
        TEST(what_no_code_of_the_child_can_say_is_named_too),
        TEST(a_fault_comes_back_at_the_old_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
