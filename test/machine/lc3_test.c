// The LC-3 with its operating system, in both editions: traps, what they keep and change,
// exceptions, protection, interrupts, devices, text on the display. Expected values are those of
// [P&P] appendices A and C; where simulators differ, what lc3tools was seen to do.
#include "test/machine/lc3_rig.h"

static const struct vt_lc3_config second = {.edition = 2};
static const struct vt_lc3_config third = {.edition = 3};
static const struct vt_lc3_config second_real = {.edition = 2, .has_real_traps = true};
static const struct vt_lc3_config third_real = {.edition = 3, .has_real_traps = true};

static void run_text(const struct vt_lc3_config *config, const char *source, const char *keys,
                     const char *text)
{
    struct lc3_rig r;
    rig_start(&r, config, source);
    rig_type(&r, keys);
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_string_equal(r.text, text);
    rig_end(&r);
}

static void run_text_in_both(const char *source, const char *keys, const char *text)
{
    run_text(&second, source, keys, text);
    run_text(&third, source, keys, text);
}

// --- service routines ---

static void puts_writes_words_up_to_a_zero(void **state UNUSED)
{
    run_text_in_both(".ORIG x3000\nLEA R0,T\nPUTS\nHALT\nT .STRINGZ \"ab\\nc\"\n.END", "", "ab\nc");
}

static void putsp_writes_the_low_byte_first_and_ends_at_any_zero_byte(void **state UNUSED)
{
    run_text_in_both(".ORIG x3000\nLEA R0,T\nPUTSP\nHALT\n"
                     "T .FILL x6548\n.FILL x6C6C\n.FILL x006F\n.FILL x4141\n.FILL 0\n.END",
                     "", "Hello");
    run_text_in_both(".ORIG x3000\nLEA R0,T\nPUTSP\nHALT\nT .FILL x4241\n.FILL 0\n.END", "", "AB");
}

static void getc_does_not_echo_and_clears_the_high_byte(void **state UNUSED)
{
    run_text_in_both(".ORIG x3000\nNOT R0,R0\nGETC\nOUT\nLD R1,M\nAND R0,R0,R1\nBRz OK\nOUT\n"
                     "OK HALT\nM .FILL xFF00\n.END",
                     "q", "q");
}

static void in_prompts_echoes_and_ends_the_line(void **state UNUSED)
{
    run_text_in_both(".ORIG x3000\nIN\nOUT\nHALT\n.END", "z", "\nInput a character> z\nz");
}

static void halt_through_the_system_says_so(void **state UNUSED)
{
    const char *source = ".ORIG x3000\nHALT\n.END";
    run_text(&second_real, source, "", "\n\n--- Halting the LC-3 ---\n\n");
    run_text(&third_real, source, "", "\n\n--- Halting the LC-3 ---\n\n");
}

static void halt_leaves_the_registers_as_they_are(void **state UNUSED)
{
    struct lc3_rig r;
    rig_start(&r, &third, ".ORIG x3000\nLD R7,V\nADD R0,R7,#1\nHALT\nV .FILL x1234\n.END");
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_int_equal(rig_register(&r, "R0"), 0x1235);
    assert_int_equal(rig_register(&r, "R7"), 0x1234);
    assert_int_equal(rig_register(&r, "PC"), 0x3003);
    assert_int_equal(vt_run(r.vm, 100, UINT64_MAX).reason, VT_STOP_POWER_OFF);
    rig_end(&r);
}

// All traps that need no key, with every register and N set before.
static const char keeps[] = ".ORIG x3000\nLD R1,A\nLD R2,B\nLD R3,A\nLD R4,B\nLD R5,A\nLD R6,S\n"
                            "LEA R0,T\nLD R7,A\nTRAP x22\nTRAP x24\nTRAP x21\nHALT\n"
                            "A .FILL xA5A5\nB .FILL x1234\nS .FILL x6000\nT .STRINGZ \"x\"\n.END";

static void traps_keep_registers_and_codes_in_the_third_edition(void **state UNUSED)
{
    struct lc3_rig r;
    rig_start(&r, &third, keeps);
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_int_equal(rig_register(&r, "R0"), 0x300f);
    assert_int_equal(rig_register(&r, "R1"), 0xa5a5);
    assert_int_equal(rig_register(&r, "R2"), 0x1234);
    assert_int_equal(rig_register(&r, "R3"), 0xa5a5);
    assert_int_equal(rig_register(&r, "R4"), 0x1234);
    assert_int_equal(rig_register(&r, "R5"), 0xa5a5);
    assert_int_equal(rig_register(&r, "R6"), 0x6000);
    assert_int_equal(rig_register(&r, "R7"), 0xa5a5);
    assert_int_equal(rig_register(&r, "PSR"), 0x8004);
    assert_int_equal(rig_register(&r, "SSP"), 0x3000);
    rig_end(&r);
}

static void traps_put_their_return_into_r7_in_the_second_edition(void **state UNUSED)
{
    struct lc3_rig r;
    rig_start(&r, &second, keeps);
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_int_equal(rig_register(&r, "R0"), 0x300f);
    assert_int_equal(rig_register(&r, "R1"), 0xa5a5);
    assert_int_equal(rig_register(&r, "R5"), 0xa5a5);
    assert_int_equal(rig_register(&r, "R6"), 0x6000);
    assert_int_equal(rig_register(&r, "R7"), 0x300b); // behind the last that was not HALT
    assert_int_equal(rig_register(&r, "PSR") & 0x8000, 0x8000);
    rig_end(&r);
}

static void a_trap_routine_of_the_program_ends_in_ret_or_rti_by_edition(void **state UNUSED)
{
    run_text(&third,
             ".ORIG x30\n.FILL MINE\n.END\n.ORIG x3000\nTRAP x30\nOUT\nHALT\n"
             "MINE LD R0,C\nRTI\nC .FILL x2A\n.END",
             "", "*");
    run_text(&second,
             ".ORIG x30\n.FILL MINE\n.END\n.ORIG x3000\nTRAP x30\nOUT\nHALT\n"
             "MINE LD R0,C\nRET\nC .FILL x2A\n.END",
             "", "*");
}

static void lea_sets_the_codes_in_the_second_edition_only(void **state UNUSED)
{
    const char *source = ".ORIG x3000\nLEA R0,#0\nHALT\n.END"; // x3001 is positive
    struct lc3_rig r;
    rig_start(&r, &second, source);
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_int_equal(rig_register(&r, "PSR") & 7, 1);
    rig_end(&r);
    rig_start(&r, &third, source);
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_int_equal(rig_register(&r, "PSR") & 7, 2);
    rig_end(&r);
}

static void jsrr_r7_reads_r7_before_it_writes_it(void **state UNUSED)
{
    struct lc3_rig r;
    rig_start(&r, &third, ".ORIG x3000\nLEA R7,T\nJSRR R7\nHALT\nHALT\nT HALT\n.END");
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_int_equal(rig_register(&r, "PC"), 0x3005);
    assert_int_equal(rig_register(&r, "R7"), 0x3002);
    rig_end(&r);
}

// --- faults ---

static void expect_fault(const struct vt_lc3_config *config, const char *source, const char *text)
{
    struct lc3_rig r;
    char why[160];
    rig_start(&r, config, source);
    rig_run(&r, VT_STOP_FAULT);
    vt_lc3_fault_text(r.vm, why, sizeof why);
    assert_string_equal(why, text);
    assert_int_equal(rig_register(&r, "PC"), 0x3002); // at the instruction, which has no effect
    assert_int_equal(rig_register(&r, "R0"), 0xffff);
    assert_int_equal(rig_register(&r, "PSR"), 0x8004);
    rig_end(&r);
}

#define AFTER_TWO(statement) ".ORIG x3000\nAND R0,R0,#0\nADD R0,R0,#-1\n" statement "\nHALT\n.END"

static void faults_name_what_was_wrong_and_change_nothing(void **state UNUSED)
{
    expect_fault(&third, AFTER_TWO("RTI"), "x3002: RTI is for the operating system only");
    expect_fault(&second, AFTER_TWO("RTI"), "x3002: RTI is for the operating system only");
    expect_fault(&third, AFTER_TWO(".FILL xD000"),
                 "x3002: xD000 is no instruction: the opcode 1101 is reserved");
    expect_fault(&third, AFTER_TWO(".FILL x1008"),
                 "x3002: x1008 is no instruction: bits 4:3 of ADD must be 00, not 01");
    expect_fault(&third, AFTER_TWO(".FILL x903E"),
                 "x3002: x903E is no instruction: bits 5:0 of NOT must be 111111, not 111110");
    expect_fault(&third, AFTER_TWO(".FILL xC3C0"),
                 "x3002: xC3C0 is no instruction: bits 11:9 of JMP must be 000, not 001");
    expect_fault(&third, AFTER_TWO(".FILL xF125"),
                 "x3002: xF125 is no instruction: bits 11:8 of TRAP must be 0000, not 0001");
    expect_fault(&third, AFTER_TWO("TRAP x26"), "x3002: there is no routine for TRAP x26");
    expect_fault(&third, AFTER_TWO("LDI R0,A\nHALT\nA .FILL xFE00"),
                 "x3002: a user program reads xFE00, a device register of the operating system");
    expect_fault(&third, AFTER_TWO("STI R0,A\nHALT\nA .FILL x0025"),
                 "x3002: a user program writes x0025, which belongs to the operating system");
}

static void a_jump_into_system_space_faults_where_it_arrives(void **state UNUSED)
{
    struct lc3_rig r;
    char why[160];
    rig_start(&r, &third, ".ORIG x3000\nLD R1,A\nJMP R1\nA .FILL x0200\n.END");
    rig_run(&r, VT_STOP_FAULT);
    vt_lc3_fault_text(r.vm, why, sizeof why);
    assert_string_equal(why,
                        "x0200: a user program fetches an instruction from x0200, which belongs "
                        "to the operating system");
    rig_end(&r);
}

static void without_protection_programs_reach_the_devices(void **state UNUSED)
{
    static const struct vt_lc3_config free_for_all = {.edition = 3, .is_unprivileged = true};
    const char *source = ".ORIG x3000\nW LDI R0,S\nBRzp W\nLDI R0,D\nSTI R0,O\nHALT\n"
                         "S .FILL xFE00\nD .FILL xFE02\nO .FILL xFE06\n.END";
    run_text(&free_for_all, source, "k", "k");
    run_text(&second, source, "k", "k");
}

// x3002 raises; the handler keeps what it finds on the stack and the PSR it runs with.
static void expect_exception(const struct vt_lc3_config *config, const char *vector,
                             const char *statement)
{
    char source[600];
    struct lc3_rig r;
    snprintf(source, sizeof source,
             ".ORIG %s\n.FILL HANDLER\n.END\n.ORIG x3000\nAND R0,R0,#0\nADD R0,R0,#-1\n%s\nHALT\n"
             "HANDLER LDR R1,R6,#0\nLDR R2,R6,#1\nADD R3,R6,#0\nHALT\nA .FILL xFE00\n.END",
             vector, statement);
    rig_start(&r, config, source);
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_int_equal(rig_register(&r, "R1"), 0x3002);
    assert_int_equal(rig_register(&r, "R2"), 0x8004);
    assert_int_equal(rig_register(&r, "R3"), 0x2ffe);
    assert_int_equal(rig_register(&r, "PSR") & 0x8700, 0);
    assert_int_equal(rig_register(&r, "R0"), 0xffff);
    rig_end(&r);
}

static void exceptions_save_the_address_of_their_instruction(void **state UNUSED)
{
    expect_exception(&third, "x0100", "RTI");
    expect_exception(&third, "x0101", ".FILL xD000");
    expect_exception(&third, "x0102", "LDI R0,A");
    expect_exception(&second, "x0100", "RTI");
    expect_exception(&second, "x0101", ".FILL xD000");
}

static void the_system_s_own_handlers_say_what_happened(void **state UNUSED)
{
    struct lc3_rig r;
    rig_start(&r, &third_real, ".ORIG x3000\n.FILL xD000\n.END");
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_string_equal(r.text, "\n\n--- This is no instruction ---\n\n");
    assert_true(vt_lc3_has_failed(r.vm));
    rig_end(&r);
}

// --- interrupts ---

// Main program prints dots for ever; the handler prints the key, and halts at 'q'.
static const char interrupts[] =
    ".ORIG x0180\n.FILL ISR\n.END\n"
    ".ORIG x3000\nLD R6,STACK\nLEA R0,BEGIN\nTRAP x40\nLOOP BR LOOP\n"
    "BEGIN .FILL 0\nSTACK .FILL xFE00\n"
    "ISR LDI R1,KBDR\nLD R2,MINUS_Q\nADD R2,R1,R2\nBRz QUIT\nADD R0,R1,#0\nTRAP x21\n"
    "ADD R3,R6,#0\nRTI\nQUIT LDR R4,R6,#0\nLDR R5,R6,#1\nHALT\n"
    "ENABLE LD R1,IE\nSTI R1,KBSR\nRTI\n"
    "KBSR .FILL xFE00\nKBDR .FILL xFE02\nIE .FILL x4000\nMINUS_Q .FILL xFF8F\n.END\n"
    ".ORIG x0040\n.FILL ENABLE\n.END\n";

static void keys_interrupt_a_program_that_waits(void **state UNUSED)
{
    struct lc3_rig r;
    rig_start(&r, &third, interrupts);
    rig_run(&r, VT_STOP_INPUT); // a loop of one instruction, and only a key can end it
    rig_type(&r, "a");
    rig_run(&r, VT_STOP_INPUT);
    assert_string_equal(r.text, "a");
    assert_int_equal(rig_register(&r, "R3"), 0x2ffe);
    assert_int_equal(rig_register(&r, "PSR"), 0x8004); // as the main program had it
    assert_int_equal(rig_register(&r, "R6"), 0xfe00);
    rig_type(&r, "bq");
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_string_equal(r.text, "ab");
    assert_int_equal(rig_register(&r, "R4"), 0x3003);           // the loop
    assert_int_equal(rig_register(&r, "R5"), 0x8004);           // its PSR
    assert_int_equal(rig_register(&r, "PSR") & 0x8700, 0x0400); // priority 4
    rig_end(&r);
}

static void a_timer_interrupts_every_so_many_instructions(void **state UNUSED)
{
    static const struct vt_lc3_config timed = {
        .edition = 3, .has_timer = true, .is_unprivileged = true};
    struct lc3_rig r;
    rig_start(&r, &timed,
              ".ORIG x0181\n.FILL ISR\n.END\n.ORIG x3000\nLD R0,N\nSTI R0,TMI\nLD R0,IE\n"
              "STI R0,TMR\nL ADD R2,R2,#1\nADD R4,R1,#-5\nBRn L\nHALT\n"
              "ISR LDI R3,TMR\nADD R1,R1,#1\nRTI\n"
              "N .FILL 100\nIE .FILL x4000\nTMR .FILL xFE08\nTMI .FILL xFE0A\n.END");
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_int_equal(rig_register(&r, "R1"), 5);
    assert_in_range(vt_steps(r.vm), 500, 510);
    rig_end(&r);
}

// --- devices ---

static void looking_at_a_device_register_takes_no_key(void **state UNUSED)
{
    struct lc3_rig r;
    rig_start(&r, &third, ".ORIG x3000\nGETC\nOUT\nHALT\n.END");
    rig_type(&r, "w");
    assert_int_equal(rig_word(&r, 0xfe00), 0x8000);
    assert_int_equal(rig_word(&r, 0xfe02), 'w');
    assert_int_equal(rig_word(&r, 0xfe00), 0x8000);
    assert_int_equal(rig_word(&r, 0xfe04), 0x8000);
    assert_int_equal(rig_word(&r, 0xfffe), 0x8000);
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_string_equal(r.text, "w");
    assert_int_equal(rig_word(&r, 0xfffe), 0);
    rig_end(&r);
}

static void busy_devices_give_the_same_text_later(void **state UNUSED)
{
    static const struct vt_lc3_config slow = {.edition = 3, .latency_steps = 300};
    static const struct vt_lc3_config random = {
        .edition = 3, .latency_steps = 300, .is_latency_random = true, .seed = 5};
    const char *source = ".ORIG x3000\nL GETC\nOUT\nADD R0,R0,#-10\nBRnp L\nHALT\n.END";
    run_text(&slow, source, "abc\n", "abc\n");
    run_text(&random, source, "abc\n", "abc\n");
}

static void a_program_that_waits_for_a_key_leaves_the_host_idle(void **state UNUSED)
{
    struct lc3_rig r;
    rig_start(&r, &third, ".ORIG x3000\nGETC\nOUT\nHALT\n.END");
    rig_run(&r, VT_STOP_INPUT);
    assert_true(vt_steps(r.vm) < 20);
    rig_type(&r, "!");
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_string_equal(r.text, "!");
    rig_end(&r);
}

// It counts while it waits, for a random number, say: that is no idling.
static void a_program_that_counts_while_it_waits_is_not_idle(void **state UNUSED)
{
    struct lc3_rig r;
    rig_start(&r, &second,
              ".ORIG x3000\nL ADD R1,R1,#1\nLDI R0,S\nBRzp L\nHALT\nS .FILL xFE00\n.END");
    assert_int_equal(vt_run(r.vm, 3000, UINT64_MAX).reason, VT_STOP_LIMIT);
    assert_int_equal(rig_register(&r, "R1"), 1000);
    rig_end(&r);
}

static void an_endless_loop_of_one_instruction_is_told(void **state UNUSED)
{
    struct lc3_rig r;
    rig_start(&r, &third, ".ORIG x3000\nADD R0,R0,#1\nL BR L\n.END");
    rig_run(&r, VT_STOP_FAULT);
    assert_int_equal(rig_register(&r, "PC"), 0x3001);
    rig_end(&r);
}

static void reading_what_nobody_has_written_stops_if_asked(void **state UNUSED)
{
    static const struct vt_lc3_config strict = {.edition = 3, .uninit = VT_LC3_UNINIT_STOP};
    struct lc3_rig r;
    char why[160];
    rig_start(&r, &strict,
              ".ORIG x3000\nST R0,A\nLD R1,A\nLD R1,B\nHALT\nA .BLKW 1\nB .BLKW 1\n.END");
    rig_run(&r, VT_STOP_FAULT);
    vt_lc3_fault_text(r.vm, why, sizeof why);
    assert_string_equal(why, "x3002: reads x3005, which nobody has written");
    rig_end(&r);
}

static void running_off_the_end_is_told(void **state UNUSED)
{
    struct lc3_rig r;
    rig_start(&r, &third, ".ORIG x3000\nADD R0,R0,#1\n.END");
    vt_run(r.vm, 100, UINT64_MAX);
    assert_string_equal(r.log, "x3001: the program runs on into memory that nobody has written");
    rig_end(&r);
}

static void reset_forgets_keys_and_memory(void **state UNUSED)
{
    struct lc3_rig r;
    rig_start(&r, &third, ".ORIG x3000\nGETC\nST R0,A\nGETC\nHALT\nA .FILL 7\n.END");
    u64 digest = vt_digest(r.vm);
    rig_type(&r, "xyz");
    rig_run(&r, VT_STOP_POWER_OFF);
    assert_int_equal(rig_word(&r, 0x3004), 'x');
    vt_reset(r.vm);
    vt_run(r.vm, 0, UINT64_MAX);
    assert_int_equal(vt_steps(r.vm), 0);
    assert_int_equal(rig_word(&r, 0x3004), 7);
    assert_true(vt_digest(r.vm) == digest);
    rig_run(&r, VT_STOP_INPUT);
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_writes_words_up_to_a_zero),
        cmocka_unit_test(putsp_writes_the_low_byte_first_and_ends_at_any_zero_byte),
        cmocka_unit_test(getc_does_not_echo_and_clears_the_high_byte),
        cmocka_unit_test(in_prompts_echoes_and_ends_the_line),
        cmocka_unit_test(halt_through_the_system_says_so),
        cmocka_unit_test(halt_leaves_the_registers_as_they_are),
        cmocka_unit_test(traps_keep_registers_and_codes_in_the_third_edition),
        cmocka_unit_test(traps_put_their_return_into_r7_in_the_second_edition),
        cmocka_unit_test(a_trap_routine_of_the_program_ends_in_ret_or_rti_by_edition),
        cmocka_unit_test(lea_sets_the_codes_in_the_second_edition_only),
        cmocka_unit_test(jsrr_r7_reads_r7_before_it_writes_it),
        cmocka_unit_test(faults_name_what_was_wrong_and_change_nothing),
        cmocka_unit_test(a_jump_into_system_space_faults_where_it_arrives),
        cmocka_unit_test(without_protection_programs_reach_the_devices),
        cmocka_unit_test(exceptions_save_the_address_of_their_instruction),
        cmocka_unit_test(the_system_s_own_handlers_say_what_happened),
        cmocka_unit_test(keys_interrupt_a_program_that_waits),
        cmocka_unit_test(a_timer_interrupts_every_so_many_instructions),
        cmocka_unit_test(looking_at_a_device_register_takes_no_key),
        cmocka_unit_test(busy_devices_give_the_same_text_later),
        cmocka_unit_test(a_program_that_waits_for_a_key_leaves_the_host_idle),
        cmocka_unit_test(a_program_that_counts_while_it_waits_is_not_idle),
        cmocka_unit_test(an_endless_loop_of_one_instruction_is_told),
        cmocka_unit_test(reading_what_nobody_has_written_stops_if_asked),
        cmocka_unit_test(running_off_the_end_is_told),
        cmocka_unit_test(reset_forgets_keys_and_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
