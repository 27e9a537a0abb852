// Expected values: [PARALLEL], and the way INT 17h prints (control 0Ch: select, no reset).
#include "rig.h"

#include "dev/parallel.h"

struct board {
    struct rig rig;
    struct parallel port;
    struct vt_host host;
    struct probe irq;
    u8 paper[16];
    unsigned count;
};

static void print(void *owner, u8 byte)
{
    struct board *b = owner;
    assert_true(b->count < sizeof b->paper);
    b->paper[b->count++] = byte;
}

static void start(struct board *b)
{
    memset(b, 0, sizeof *b);
    rig_init(&b->rig);
    b->host = (struct vt_host){.owner = b, .parallel_write = print};
    parallel_init(&b->port, &b->rig.clock, &b->rig.ports, 0x378, probe_line(&b->irq), &b->host);
}

static void send(struct board *b, u8 byte, u8 control)
{
    rig_out(&b->rig, 0x378, byte);
    rig_out(&b->rig, 0x37a, control | 1);
    rig_out(&b->rig, 0x37a, control);
}

static void a_strobe_prints_one_byte(void **state UNUSED)
{
    static struct board b;
    start(&b);
    send(&b, 'h', 0x0c);
    rig_run(&b.rig, 100000);
    send(&b, 'i', 0x0c);
    assert_int_equal(b.count, 2);
    assert_memory_equal(b.paper, "hi", 2);
    rig_out(&b.rig, 0x378, 'x'); // without a strobe
    assert_int_equal(b.count, 2);
}

static void the_printer_is_busy_for_a_moment(void **state UNUSED)
{
    static struct board b;
    start(&b);
    assert_int_equal(rig_in(&b.rig, 0x379), 0xdf); // ready, selected, no error
    send(&b, 'h', 0x0c);
    assert_int_equal(rig_in(&b.rig, 0x379) & 0xc0, 0);
    rig_run(&b.rig, 100000);
    assert_int_equal(rig_in(&b.rig, 0x379), 0xdf);
}

// SeaBIOS's INT 17h gives up only after a second if it does not see D6 low.
static void an_acknowledge_stays_until_it_is_seen(void **state UNUSED)
{
    static struct board b;
    start(&b);
    send(&b, 'h', 0x0c);
    rig_run(&b.rig, 100000);
    assert_int_equal(rig_in(&b.rig, 0x379), 0x9f);
    assert_int_equal(rig_in(&b.rig, 0x379), 0xdf);
}

static void an_acknowledge_interrupts_if_it_may_and_the_status_ends_it(void **state UNUSED)
{
    static struct board b;
    start(&b);
    send(&b, 'h', 0x0c);
    rig_run(&b.rig, 100000);
    assert_int_equal(b.irq.rise_count, 0);
    send(&b, 'i', 0x1c);
    assert_int_equal(b.irq.rise_count, 0);
    rig_run(&b.rig, 100000);
    assert_true(b.irq.level);
    assert_int_equal(rig_in(&b.rig, 0x379), 0x9b);
    assert_false(b.irq.level);
    assert_int_equal(rig_in(&b.rig, 0x379), 0xdf);
}

// How a BIOS finds the port: it writes two patterns and reads them back.
static void the_data_register_reads_back_unless_it_is_input(void **state UNUSED)
{
    static struct board b;
    start(&b);
    rig_out(&b.rig, 0x378, 0xaa);
    assert_int_equal(rig_in(&b.rig, 0x378), 0xaa);
    rig_out(&b.rig, 0x378, 0x55);
    assert_int_equal(rig_in(&b.rig, 0x378), 0x55);
    rig_out(&b.rig, 0x37a, 0x2c);
    assert_int_equal(rig_in(&b.rig, 0x378), 0xff);
    assert_int_equal(rig_in(&b.rig, 0x37a), 0xec);
}

// INT 17h of SeaBIOS strobes without having initialized the printer.
static void a_byte_may_come_right_after_reset(void **state UNUSED)
{
    static struct board b;
    start(&b);
    assert_int_equal(rig_in(&b.rig, 0x37a), 0xcc);
    send(&b, 'h', rig_in(&b.rig, 0x37a) & 0x3f);
    assert_int_equal(b.count, 1);
    rig_out(&b.rig, 0x37a, 0x08); // initializing: it takes nothing
    send(&b, 'i', 0x08);
    assert_int_equal(b.count, 1);
}

static void an_idle_port_has_no_event(void **state UNUSED)
{
    static struct board b;
    start(&b);
    send(&b, 'h', 0x0c);
    rig_run(&b.rig, 100000);
    assert_int_equal(b.rig.clock.next_ns, CLOCK_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_strobe_prints_one_byte),
        cmocka_unit_test(the_printer_is_busy_for_a_moment),
        cmocka_unit_test(an_acknowledge_stays_until_it_is_seen),
        cmocka_unit_test(an_acknowledge_interrupts_if_it_may_and_the_status_ends_it),
        cmocka_unit_test(the_data_register_reads_back_unless_it_is_input),
        cmocka_unit_test(a_byte_may_come_right_after_reset),
        cmocka_unit_test(an_idle_port_has_no_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
