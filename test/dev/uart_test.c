// Expected values: the PC16550D datasheet ([16550]); OUT2's gate: IBM PC AT
// Technical Reference, serial adapter.
#include "rig.h"

#include "dev/uart.h"

struct board {
    struct rig rig;
    struct uart uart;
    struct vt_host host;
    struct probe irq;
    u8 output[64];
    unsigned output_count, output_uart;
};

enum { BASE = 0x3f8, IER = 1, IIR = 2, FCR = 2, LCR = 3, MCR = 4, LSR = 5, MSR = 6 };

static void serial_write(void *owner, unsigned uart, u8 byte)
{
    struct board *b = owner;
    b->output[b->output_count++] = byte;
    b->output_uart = uart;
}

static u8 in(struct board *b, u16 offset)
{
    return rig_in(&b->rig, (u16)(BASE + offset));
}

static void out(struct board *b, u16 offset, u8 value)
{
    rig_out(&b->rig, (u16)(BASE + offset), value);
}

static void power_on(struct board *b)
{
    memset(b, 0, sizeof *b);
    rig_init(&b->rig);
    b->host = (struct vt_host){.owner = b, .serial_write = serial_write};
    uart_init(&b->uart, &b->rig.clock, &b->rig.ports, BASE, probe_line(&b->irq), &b->host, 2);
}

// 115200 baud, 8N1, interrupts let out.
static void start(struct board *b)
{
    power_on(b);
    out(b, LCR, 0x83);
    out(b, 0, 1);
    out(b, 1, 0);
    out(b, LCR, 0x03);
    out(b, MCR, 0x0b);
}

enum { CHARACTER_NS = 10 * 1000000000ll / 115200 / UART_SPEEDUP };

static void receive(struct board *b, const char *text)
{
    assert_int_equal(uart_receive(&b->uart, (const u8 *)text, strlen(text)), strlen(text));
}

static void registers_after_reset(void **state UNUSED)
{
    static struct board b;
    power_on(&b);
    assert_int_equal(in(&b, IER), 0x00);
    assert_int_equal(in(&b, IIR), 0x01);
    assert_int_equal(in(&b, LCR), 0x00);
    assert_int_equal(in(&b, MCR), 0x00);
    assert_int_equal(in(&b, LSR), 0x60);
    assert_int_equal(in(&b, MSR) & 0x0f, 0x00);
}

static void dlab_shows_the_divisor(void **state UNUSED)
{
    static struct board b;
    power_on(&b);
    out(&b, 7, 0xa5);
    out(&b, LCR, 0x80);
    out(&b, 0, 0x34);
    out(&b, 1, 0x12);
    assert_int_equal(in(&b, 0), 0x34);
    assert_int_equal(in(&b, 1), 0x12);
    out(&b, LCR, 0x00);
    assert_int_equal(in(&b, 1), 0x00);
    assert_int_equal(in(&b, 7), 0xa5);
}

// How software tells an 8250 from a 16550A: D7:6 of IIR are set once the FIFOs are on.
static void the_fifos_show_in_iir(void **state UNUSED)
{
    static struct board b;
    start(&b);
    out(&b, FCR, 0x01);
    assert_int_equal(in(&b, IIR), 0xc1);
    out(&b, FCR, 0x00);
    assert_int_equal(in(&b, IIR), 0x01);
}

static void a_byte_written_goes_to_the_host_at_once(void **state UNUSED)
{
    static struct board b;
    start(&b);
    out(&b, 0, 'H');
    assert_int_equal(b.output_count, 1);
    assert_int_equal(b.output[0], 'H');
    assert_int_equal(b.output_uart, 2);
    assert_int_equal(in(&b, LSR), 0x20); // in the shift register, the next can be written
    out(&b, 0, 'i');
    assert_int_equal(in(&b, LSR), 0x00);
    rig_run(&b.rig, CHARACTER_NS);
    assert_int_equal(in(&b, LSR), 0x20);
    rig_run(&b.rig, CHARACTER_NS);
    assert_int_equal(in(&b, LSR), 0x60);
    assert_memory_equal(b.output, "Hi", 2);
}

static void the_fifo_takes_sixteen(void **state UNUSED)
{
    static struct board b;
    start(&b);
    out(&b, FCR, 0x01);
    for (unsigned n = 0; n < 17; n++) { // one more in the shift register
        out(&b, 0, (u8)n);
    }
    rig_run(&b.rig, 15 * CHARACTER_NS + 20);
    assert_int_equal(in(&b, LSR), 0x00);
    rig_run(&b.rig, CHARACTER_NS);
    assert_int_equal(in(&b, LSR), 0x20);
    rig_run(&b.rig, CHARACTER_NS);
    assert_int_equal(in(&b, LSR), 0x60);
    assert_int_equal(b.output_count, 17);
}

static void an_empty_transmitter_interrupts_until_iir_is_read(void **state UNUSED)
{
    static struct board b;
    start(&b);
    out(&b, IER, 0x02);
    assert_true(b.irq.level);
    assert_int_equal(in(&b, IIR), 0x02);
    assert_false(b.irq.level);
    assert_int_equal(in(&b, IIR), 0x01);
    out(&b, 0, 'a');
    out(&b, 0, 'b');
    assert_false(b.irq.level);
    rig_run(&b.rig, CHARACTER_NS);
    assert_true(b.irq.level);
    out(&b, IER, 0x00); // what Linux tries at start: off and on raises it again
    in(&b, IIR);
    out(&b, IER, 0x02);
    assert_true(b.irq.level);
}

static void out2_gates_the_interrupt(void **state UNUSED)
{
    static struct board b;
    start(&b);
    out(&b, MCR, 0x03);
    out(&b, IER, 0x02);
    assert_false(b.irq.level);
    assert_int_equal(in(&b, MCR), 0x03);
    out(&b, MCR, 0x0b);
    assert_true(b.irq.level);
}

static void received_bytes_come_one_by_one_and_wait(void **state UNUSED)
{
    static struct board b;
    start(&b);
    out(&b, IER, 0x01);
    receive(&b, "abc");
    assert_int_equal(in(&b, LSR) & 0x01, 0);
    for (unsigned n = 0; n < 3; n++) {
        rig_run(&b.rig, 100 * CHARACTER_NS); // the guest takes its time: nothing is lost
        assert_true(b.irq.level);
        assert_int_equal(in(&b, IIR), 0x04);
        assert_int_equal(in(&b, LSR), 0x61);
        assert_int_equal(in(&b, 0), 'a' + n);
        assert_false(b.irq.level);
    }
    rig_run(&b.rig, 100 * CHARACTER_NS);
    assert_int_equal(in(&b, LSR), 0x60);
}

// Trigger level 8: data interrupt with the eighth byte, gone below it.
static void the_fifo_interrupts_at_its_trigger_level(void **state UNUSED)
{
    static struct board b;
    start(&b);
    out(&b, FCR, 0x87);
    out(&b, IER, 0x01);
    receive(&b, "12345678");
    rig_run(&b.rig, 7 * CHARACTER_NS);
    assert_false(b.irq.level);
    rig_run(&b.rig, CHARACTER_NS);
    assert_true(b.irq.level);
    assert_int_equal(in(&b, IIR), 0xc4);
    assert_int_equal(in(&b, 0), '1');
    assert_false(b.irq.level);
}

static void bytes_below_the_trigger_time_out(void **state UNUSED)
{
    static struct board b;
    start(&b);
    out(&b, FCR, 0x87);
    out(&b, IER, 0x01);
    receive(&b, "12");
    rig_run(&b.rig, 2 * CHARACTER_NS + 4 * CHARACTER_NS - 10);
    assert_false(b.irq.level);
    rig_run(&b.rig, 20);
    assert_true(b.irq.level);
    assert_int_equal(in(&b, IIR), 0xcc);
    assert_int_equal(in(&b, 0), '1');
    assert_false(b.irq.level);
    rig_run(&b.rig, 5 * CHARACTER_NS);
    assert_int_equal(in(&b, IIR), 0xcc);
    assert_int_equal(in(&b, 0), '2');
    rig_run(&b.rig, 5 * CHARACTER_NS);
    assert_int_equal(in(&b, IIR), 0xc1);
}

static void input_beyond_the_queue_is_refused(void **state UNUSED)
{
    static struct board b;
    static u8 much[5000];
    start(&b);
    for (unsigned n = 0; n < sizeof much; n++) {
        much[n] = (u8)(n * 7);
    }
    size_t taken = uart_receive(&b.uart, much, sizeof much);
    assert_int_equal(taken, UART_INPUT_BYTES);
    for (unsigned n = 0; n < sizeof much; n++) {
        rig_run(&b.rig, 2 * CHARACTER_NS);
        assert_int_equal(in(&b, 0), much[n]);
        taken += uart_receive(&b.uart, much + taken, sizeof much - taken);
    }
    assert_int_equal(in(&b, LSR) & 0x01, 0);
}

// [16550]: what is sent is received, MCR's outputs come back in MSR.
static void loop_mode_returns_what_is_sent(void **state UNUSED)
{
    static struct board b;
    start(&b);
    receive(&b, "x");
    out(&b, MCR, 0x1a);
    assert_int_equal(in(&b, MSR) & 0xf0, 0x90); // the loopback test of Linux's autoconfig
    out(&b, MCR, 0x15);
    assert_int_equal(in(&b, MSR) & 0xf0, 0x60);
    out(&b, 0, 0x5a);
    rig_run(&b.rig, CHARACTER_NS);
    assert_int_equal(b.output_count, 0);
    assert_int_equal(in(&b, LSR), 0x61);
    assert_int_equal(in(&b, 0), 0x5a);
    out(&b, 0, 1);
    rig_run(&b.rig, CHARACTER_NS);
    out(&b, 0, 2);
    rig_run(&b.rig, CHARACTER_NS);
    assert_int_equal(in(&b, LSR), 0x63); // overrun
    assert_int_equal(in(&b, LSR), 0x61);
    assert_int_equal(in(&b, 0), 2);
    out(&b, MCR, 0x0b);
    rig_run(&b.rig, CHARACTER_NS);
    assert_int_equal(in(&b, 0), 'x'); // the host's byte has waited
}

static void modem_changes_interrupt(void **state UNUSED)
{
    static struct board b;
    start(&b);
    assert_int_equal(in(&b, MSR), 0xb0);
    out(&b, MCR, 0x18); // loop: DCD stays by OUT2; DSR and CTS fall
    assert_int_equal(in(&b, MSR), 0x83);
    assert_int_equal(in(&b, MSR), 0x80);
    out(&b, IER, 0x08);
    out(&b, MCR, 0x0b);
    assert_true(b.irq.level);
    assert_int_equal(in(&b, IIR), 0x00);
    assert_int_equal(in(&b, MSR), 0xb3);
    assert_false(b.irq.level);
}

// [16550]: a break comes as one zero with BI; with FIFOs bit 7 tells of it. Reading LSR ends both.
static void a_break_comes_back_in_loop_mode(void **state UNUSED)
{
    static struct board b;
    start(&b);
    out(&b, 2, 1);
    out(&b, MCR, 0x10);
    out(&b, 3, 0x43);
    assert_int_equal(in(&b, LSR), 0xf1);
    assert_int_equal(in(&b, LSR), 0x61);
    assert_int_equal(in(&b, 0), 0);
    out(&b, 3, 0x03);
    assert_int_equal(in(&b, LSR), 0x60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_after_reset),
        cmocka_unit_test(dlab_shows_the_divisor),
        cmocka_unit_test(the_fifos_show_in_iir),
        cmocka_unit_test(a_byte_written_goes_to_the_host_at_once),
        cmocka_unit_test(the_fifo_takes_sixteen),
        cmocka_unit_test(an_empty_transmitter_interrupts_until_iir_is_read),
        cmocka_unit_test(out2_gates_the_interrupt),
        cmocka_unit_test(received_bytes_come_one_by_one_and_wait),
        cmocka_unit_test(the_fifo_interrupts_at_its_trigger_level),
        cmocka_unit_test(bytes_below_the_trigger_time_out),
        cmocka_unit_test(input_beyond_the_queue_is_refused),
        cmocka_unit_test(loop_mode_returns_what_is_sent),
        cmocka_unit_test(modem_changes_interrupt),
        cmocka_unit_test(a_break_comes_back_in_loop_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
