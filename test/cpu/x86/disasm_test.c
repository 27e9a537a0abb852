// The disassembler. Encodings and mnemonics are those of [SDM2] (chapters 3 and 4, appendix B); the
// style of numbers, sizes and prefixes is iced's Intel syntax, of which test/vectors has the cases.
#include "cpu/x86/disasm.h"

#include "cpu/x86/x86.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct text_case {
    const char *bytes; // hexadecimal
    const char *text;
};

enum { RIP = 0x1000, MAX_ROWS = 4096 };

static struct decoder decoder_of(const char *model)
{
    static u16 order[MAX_ROWS]; // the same for each model
    struct decoder d;
    assert_true(isa_row_count <= MAX_ROWS);
    decoder_init(&d, order, x86_model_by_name(model));
    return d;
}

static unsigned parse(const char *hex, u8 *bytes)
{
    unsigned count = 0;
    for (; hex[0]; hex += 2) {
        const char digits[3] = {hex[0], hex[1], 0};
        bytes[count++] = (u8)strtoul(digits, NULL, 16);
    }
    return count;
}

static void check(enum decode_bits bits, const struct text_case *cases, unsigned count)
{
    struct decoder d = decoder_of("max");
    for (unsigned n = 0; n < count; n++) {
        u8 bytes[32];
        char text[X86_DISASM_TEXT_BYTES];
        unsigned available = parse(cases[n].bytes, bytes);
        unsigned length = x86_disassemble(&d, bytes, available, bits, RIP, text, sizeof text);
        assert_string_equal(text, cases[n].text);
        assert_int_equal(length, available);
    }
}

#define CHECK_TEXTS(bits, ...)                                                                     \
    check(bits, (const struct text_case[]){__VA_ARGS__},                                           \
          COUNT_OF(((const struct text_case[]){__VA_ARGS__})))

static void operands_are_written_in_the_manuals_order(void **state)
{
    (void)state;
    CHECK_TEXTS(DECODE_32, {"01d8", "add eax,ebx"}, {"6601d8", "add ax,bx"}, {"00e1", "add cl,ah"},
                {"88fb", "mov bl,bh"}, {"b80a000000", "mov eax,0xa"}, {"b07f", "mov al,0x7f"},
                {"6bc0ff", "imul eax,eax,0xffffffff"}, {"0fa4d004", "shld eax,edx,4"},
                {"c8100002", "enter 0x10,2"}, {"d1e0", "shl eax,1"}, {"d3e8", "shr eax,cl"},
                {"8ed8", "mov ds,ax"}, {"8cd8", "mov eax,ds"}, {"0f20c0", "mov eax,cr0"},
                {"0f23f8", "mov dr7,eax"}, {"e460", "in al,0x60"}, {"66ef", "out dx,ax"});
}

static void memory_operands_show_base_index_scale_and_displacement(void **state)
{
    (void)state;
    CHECK_TEXTS(DECODE_32, {"8b03", "mov eax,[ebx]"}, {"8b4500", "mov eax,[ebp]"},
                {"8b45fc", "mov eax,[ebp-4]"}, {"8b442410", "mov eax,[esp+0x10]"},
                {"8b04b3", "mov eax,[ebx+esi*4]"}, {"8b44b310", "mov eax,[ebx+esi*4+0x10]"},
                {"8b04b500100000", "mov eax,[esi*4+0x1000]"},
                {"8b0500001000", "mov eax,[0x100000]"}, {"678b4001", "mov eax,[bx+si+1]"},
                {"a144332211", "mov eax,[0x11223344]"}, {"8d5c8900", "lea ebx,[ecx+ecx*4]"});
    CHECK_TEXTS(DECODE_16, {"8b4680", "mov ax,[bp-0x80]"}, {"8b1e0080", "mov bx,[0x8000]"},
                {"8b870080", "mov ax,[bx-0x8000]"}, {"67668b0424", "mov eax,[esp]"});
}

static void the_size_of_memory_is_written_where_no_register_tells(void **state)
{
    (void)state;
    CHECK_TEXTS(DECODE_32, {"c60001", "mov byte ptr [eax],1"},
                {"66c7000200", "mov word ptr [eax],2"}, {"ff00", "inc dword ptr [eax]"},
                {"d220", "shl byte ptr [eax],cl"}, {"0fb600", "movzx eax,byte ptr [eax]"},
                {"ff30", "push dword ptr [eax]"}, {"ff18", "call far fword ptr [eax]"},
                {"6200", "bound eax,qword ptr [eax]"}, {"0f9400", "sete [eax]"},
                {"0f0018", "ltr [eax]"}, {"0fc708", "cmpxchg8b [eax]"}, {"0fae10", "ldmxcsr [eax]"},
                {"f20f2a00", "cvtsi2sd xmm0,dword ptr [eax]"});
}

static void near_targets_are_whole_addresses(void **state)
{
    (void)state;
    CHECK_TEXTS(DECODE_32, {"ebfe", "jmp 0x00001000"}, {"e8fbefffff", "call 0x00000000"},
                {"0f84fa0f0000", "je 0x00002000"}, {"66ebfd", "data16 jmp 0x1000"},
                {"e3fe", "jecxz 0x00001000"}, {"67e3fd", "jcxz 0x00001000"});
    CHECK_TEXTS(DECODE_16, {"ebfe", "jmp 0x1000"}, {"e8fdef", "call 0x0000"});
}

static void far_pointers_are_offset_and_selector(void **state)
{
    (void)state;
    CHECK_TEXTS(DECODE_16, {"ea5be000f0", "jmp far 0xe05b,0xf000"},
                {"66ea000010000800", "data32 jmp far 0x00100000,0x0008"}, {"cb", "ret far"});
}

static void mnemonics_follow_the_operand_size(void **state)
{
    (void)state;
    CHECK_TEXTS(DECODE_32, {"98", "cwde"}, {"6698", "cbw"}, {"99", "cdq"}, {"6699", "cwd"},
                {"60", "pushad"}, {"6661", "popa"}, {"9c", "pushfd"}, {"cf", "iretd"},
                {"66cf", "iret"}, {"90", "nop"}, {"6690", "xchg ax,ax"}, {"f390", "pause"});
}

static void hidden_sizes_become_prefixes(void **state)
{
    (void)state;
    CHECK_TEXTS(DECODE_32, {"661e", "data16 push ds"}, {"666aff", "data16 push 0xffff"},
                {"66c3", "data16 ret"}, {"67a00010", "addr16 mov al,[0x1000]"},
                {"66d920", "fldenv fpuenv14 ptr [eax]"}, {"d920", "fldenv [eax]"});
}

static void segment_overrides_and_repeats_are_shown(void **state)
{
    (void)state;
    CHECK_TEXTS(DECODE_32, {"26a4", "movsb es:[edi],es:[esi]"}, {"f3a5", "rep movsd [edi],[esi]"},
                {"f2ae", "repne scasb [edi]"}, {"f366a7", "repe cmpsw [esi],[edi]"},
                {"648b0530000000", "mov eax,fs:[0x30]"}, {"3e8b00", "mov eax,ds:[eax]"},
                {"f00fb10b", "lock cmpxchg [ebx],ecx"}, {"2ed7", "xlat cs:[ebx]"},
                {"66670ff7c1", "addr16 maskmovdqu xmm0,xmm1"});
}

static void x87_and_sse_operands_have_their_names(void **state)
{
    (void)state;
    CHECK_TEXTS(DECODE_32, {"d800", "fadd st,dword ptr [eax]"}, {"dd18", "fstp qword ptr [eax],st"},
                {"db28", "fld st,tbyte ptr [eax]"}, {"dec1", "faddp st(1),st"},
                {"d9c9", "fxch st,st(1)"}, {"dfe0", "fnstsw ax"}, {"d93c24", "fnstcw [esp]"},
                {"0f58c1", "addps xmm0,xmm1"}, {"f30f5800", "addss xmm0,[eax]"},
                {"0fc2c102", "cmpleps xmm0,xmm1"}, {"0fc2c108", "cmpps xmm0,xmm1,8"},
                {"0f6ec8", "movd mm1,eax"}, {"660fc4c005", "pinsrw xmm0,eax,5"});
}

static void what_the_model_lacks_is_bad(void **state)
{
    (void)state;
    struct decoder d = decoder_of("486");
    char text[X86_DISASM_TEXT_BYTES];
    const u8 addps[3] = {0x0f, 0x58, 0xc1}, locked_move[3] = {0xf0, 0x89, 0x00};
    assert_int_equal(x86_disassemble(&d, addps, 3, DECODE_32, RIP, text, sizeof text), 3);
    assert_string_equal(text, "(bad)");
    assert_int_equal(x86_disassemble(&d, locked_move, 3, DECODE_32, RIP, text, sizeof text), 3);
    assert_string_equal(text, "(bad)");
}

static void too_few_bytes_give_length_0_and_no_text(void **state)
{
    (void)state;
    struct decoder d = decoder_of("max");
    char text[X86_DISASM_TEXT_BYTES] = "old";
    const u8 move[5] = {0xb8, 1, 2, 3, 4};
    for (unsigned n = 0; n < sizeof move; n++) {
        assert_int_equal(x86_disassemble(&d, move, n, DECODE_32, RIP, text, sizeof text), 0);
        assert_string_equal(text, "");
    }
}

static void a_small_buffer_cuts_the_text(void **state)
{
    (void)state;
    struct decoder d = decoder_of("max");
    char text[8];
    const u8 move[5] = {0xb8, 1, 2, 3, 4};
    assert_int_equal(x86_disassemble(&d, move, 5, DECODE_32, RIP, text, sizeof text), 5);
    assert_string_equal(text, "mov eax");
}

// Names are templates; a mark that is left standing would show as one of its letters.
static void every_byte_sequence_has_a_clean_text(void **state)
{
    (void)state;
    struct decoder d = decoder_of("max");
    u8 bytes[16] = {0};
    for (unsigned n = 0; n < 0x40000; n++) {
        char text[X86_DISASM_TEXT_BYTES];
        bool is_0f = n >> 16 & 1;
        bytes[0] = is_0f ? 0x0f : (u8)n;
        bytes[1] = is_0f ? (u8)n : (u8)(n >> 8);
        bytes[2] = is_0f ? (u8)(n >> 8) : 0x81;
        enum decode_bits bits = n >> 17 ? DECODE_32 : DECODE_16;
        unsigned length = x86_disassemble(&d, bytes, sizeof bytes, bits, RIP, text, sizeof text);
        assert_in_range(length, 1, 15);
        size_t words = strlen(text);
        assert_in_range(words, 2, sizeof text - 2);
        assert_null(strpbrk(text, "%|?"));
        assert_true(text[words - 1] != ' ' && text[words - 1] != ',');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operands_are_written_in_the_manuals_order),
        cmocka_unit_test(memory_operands_show_base_index_scale_and_displacement),
        cmocka_unit_test(the_size_of_memory_is_written_where_no_register_tells),
        cmocka_unit_test(near_targets_are_whole_addresses),
        cmocka_unit_test(far_pointers_are_offset_and_selector),
        cmocka_unit_test(mnemonics_follow_the_operand_size),
        cmocka_unit_test(hidden_sizes_become_prefixes),
        cmocka_unit_test(segment_overrides_and_repeats_are_shown),
        cmocka_unit_test(x87_and_sse_operands_have_their_names),
        cmocka_unit_test(what_the_model_lacks_is_bad),
        cmocka_unit_test(too_few_bytes_give_length_0_and_no_text),
        cmocka_unit_test(a_small_buffer_cuts_the_text),
        cmocka_unit_test(every_byte_sequence_has_a_clean_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
