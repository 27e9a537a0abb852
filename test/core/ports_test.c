#include "core/ports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

// A device that writes down what it is asked.
struct recorder {
    struct {
        unsigned offset, size_bytes;
        u32 value;
    } calls[16];
    unsigned call_count;
    u32 answer; // of the first read; the next is one more
};

static struct recorder one, two;
static struct ports ports;

static u32 on_read(void *owner, unsigned offset, unsigned size_bytes)
{
    struct recorder *r = owner;
    r->calls[r->call_count].offset = offset;
    r->calls[r->call_count++].size_bytes = size_bytes;
    return r->answer++;
}

static void on_write(void *owner, unsigned offset, u32 value, unsigned size_bytes)
{
    struct recorder *r = owner;
    r->calls[r->call_count].offset = offset;
    r->calls[r->call_count].value = value;
    r->calls[r->call_count++].size_bytes = size_bytes;
}

static int set_up(void **state)
{
    (void)state;
    memset(&one, 0, sizeof one);
    memset(&two, 0, sizeof two);
    ports_init(&ports);
    return 0;
}

static unsigned map(u16 first, unsigned count, unsigned width, struct recorder *r)
{
    return ports_map(&ports, first, count, width, on_read, on_write, r, "recorder");
}

static void expect_call(const struct recorder *r, unsigned n, unsigned offset, unsigned size,
                        u32 value)
{
    assert_true(n < r->call_count);
    assert_int_equal(r->calls[n].offset, offset);
    assert_int_equal(r->calls[n].size_bytes, size);
    assert_int_equal(r->calls[n].value, value);
}

static void nobody_there_reads_all_ones_and_writes_vanish(void **state)
{
    (void)state;
    ports_write(&ports, 0x80, 0x12345678, 4);
    assert_int_equal(ports_read(&ports, 0x80, 1), 0xff);
    assert_int_equal(ports_read(&ports, 0x80, 2), 0xffff);
    assert_int_equal(ports_read(&ports, 0x80, 4), 0xffffffff);
}

static void a_device_gets_offsets_and_the_width_it_understands(void **state)
{
    (void)state;
    map(0xcf8, 8, 4, &one);
    ports_write(&ports, 0xcfc, 0x12345678, 4);
    ports_write(&ports, 0xcfe, 0xabcd, 2);
    expect_call(&one, 0, 4, 4, 0x12345678);
    expect_call(&one, 1, 6, 2, 0xabcd);
    assert_int_equal(one.call_count, 2);
}

static void a_wider_access_is_split_low_address_first(void **state)
{
    (void)state;
    map(0x70, 4, 1, &one);
    ports_write(&ports, 0x70, 0x44332211, 4);
    for (unsigned n = 0; n < 4; n++) {
        expect_call(&one, n, n, 1, 0x11 * (n + 1));
    }
    one.answer = 0xa0;
    assert_int_equal(ports_read(&ports, 0x70, 2), 0xa1a0);
}

static void an_access_across_two_devices_reaches_both(void **state)
{
    (void)state;
    map(0x100, 2, 2, &one);
    map(0x102, 2, 2, &two);
    ports_write(&ports, 0x101, 0x2211, 2);
    expect_call(&one, 0, 1, 1, 0x11);
    expect_call(&two, 0, 0, 1, 0x22);
}

static void an_access_past_a_devices_end_meets_nobody_there(void **state)
{
    (void)state;
    map(0x3f0, 2, 4, &one);
    one.answer = 0x5a;
    assert_int_equal(ports_read(&ports, 0x3f1, 2), 0xff5a);
    ports_write(&ports, 0x3f0, 0x44332211, 4);
    expect_call(&one, 1, 0, 2, 0x2211);
    assert_int_equal(one.call_count, 2);
}

static void an_answer_is_cut_to_the_width_of_the_access(void **state)
{
    (void)state;
    map(0x10, 1, 1, &one);
    one.answer = 0xdeadbeef;
    assert_int_equal(ports_read(&ports, 0x10, 1), 0xef);
    ports_write(&ports, 0x10, 0xffffff42, 1);
    expect_call(&one, 1, 0, 1, 0x42);
}

static void an_access_at_the_last_port_goes_on_at_port_0(void **state)
{
    (void)state;
    map(0xffff, 1, 1, &one);
    map(0, 1, 1, &two);
    ports_write(&ports, 0xffff, 0x2211, 2);
    expect_call(&one, 0, 0, 1, 0x11);
    expect_call(&two, 0, 0, 1, 0x22);
}

static void a_moved_range_answers_at_its_new_place_only(void **state)
{
    (void)state;
    unsigned handle = map(0xc000, 16, 1, &one);
    ports_move(&ports, handle, 0xd000, true);
    assert_int_equal(ports_read(&ports, 0xc000, 1), 0xff);
    ports_read(&ports, 0xd003, 1);
    expect_call(&one, 0, 3, 1, 0);
    ports_move(&ports, handle, 0xd000, false);
    assert_int_equal(ports_read(&ports, 0xd003, 1), 0xff);
    assert_int_equal(one.call_count, 1);
}

static void whoever_was_hidden_answers_again(void **state)
{
    (void)state;
    map(0x1f0, 8, 1, &one);
    unsigned handle = map(0x1f0, 8, 1, &two);
    ports_read(&ports, 0x1f7, 1);
    assert_int_equal(two.call_count, 1);
    ports_move(&ports, handle, 0x170, true);
    ports_read(&ports, 0x1f7, 1);
    assert_int_equal(one.call_count, 1);
}

static void a_range_moved_over_the_end_of_the_ports_is_cut_off(void **state)
{
    (void)state;
    unsigned handle = map(0xc000, 16, 4, &one);
    ports_move(&ports, handle, 0xfffc, true);
    ports_write(&ports, 0xfffe, 0x44332211, 4);
    expect_call(&one, 0, 2, 2, 0x2211);
    assert_int_equal(one.call_count, 1);
    assert_int_equal(ports_read(&ports, 0, 1), 0xff);
}

static void a_cost_belongs_to_ports_whoever_answers(void **state)
{
    (void)state;
    assert_int_equal(ports_cost_ns(&ports, 0x60), 0); // nobody said otherwise
    ports_set_cost(&ports, 0x0000, 0x03ff, 1000);
    ports_set_cost(&ports, 0x01f0, 0x01f7, 240);
    ports_set_cost(&ports, 0xffff, 0xffff, 1);
    unsigned handle = map(0x1f0, 8, 1, &one);
    ports_move(&ports, handle, 0x200, true);
    static const u16 at[] = {0x0000, 0x01ef, 0x01f0, 0x01f7, 0x01f8,
                             0x03ff, 0x0400, 0xfffe, 0xffff};
    static const u16 want[] = {1000, 1000, 240, 240, 1000, 1000, 0, 0, 1};
    for (unsigned n = 0; n < sizeof at / sizeof at[0]; n++) {
        assert_int_equal(ports_cost_ns(&ports, at[n]), want[n]);
    }
}

static void accesses_are_counted(void **state)
{
    (void)state;
    unsigned handle = map(0x60, 1, 1, &one);
    ports_read(&ports, 0x60, 1);
    ports_read(&ports, 0x61, 1);
    ports_write(&ports, 0x60, 0, 2);
    assert_int_equal(ports.read_count, 2);
    assert_int_equal(ports.write_count, 1);
    assert_int_equal(ports.ranges[handle].read_count, 1);
    assert_int_equal(ports.ranges[handle].write_count, 1);
}

// --- the tap ---

static struct {
    u16 port[16];
    u8 byte[16];
    unsigned count;
} tapped;

static void on_tap(void *owner, u16 port, u8 byte)
{
    (void)owner;
    tapped.port[tapped.count] = port;
    tapped.byte[tapped.count++] = byte;
}

static void the_tap_hears_every_byte_written_to_its_ports_in_order(void **state)
{
    (void)state;
    static const u16 tap_ports[] = {0x191, 0x190};
    memset(&tapped, 0, sizeof tapped);
    ports.tap = on_tap;
    ports.tap_ports = tap_ports;
    ports.tap_port_count = 2;
    map(0x191, 1, 1, &one); // a device there hears it too
    ports_write(&ports, 0x190, 0x2211, 2);
    ports_write(&ports, 0x18f, 0xddccbbaa, 4);
    ports_write(&ports, 0x192, 0x33, 1);
    static const u16 expected_ports[] = {0x190, 0x191, 0x190, 0x191};
    static const u8 expected_bytes[] = {0x11, 0x22, 0xbb, 0xcc};
    assert_int_equal(tapped.count, 4);
    assert_memory_equal(tapped.port, expected_ports, sizeof expected_ports);
    assert_memory_equal(tapped.byte, expected_bytes, sizeof expected_bytes);
    assert_int_equal(one.call_count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nobody_there_reads_all_ones_and_writes_vanish, set_up),
        cmocka_unit_test_setup(a_device_gets_offsets_and_the_width_it_understands, set_up),
        cmocka_unit_test_setup(a_wider_access_is_split_low_address_first, set_up),
        cmocka_unit_test_setup(an_access_across_two_devices_reaches_both, set_up),
        cmocka_unit_test_setup(an_access_past_a_devices_end_meets_nobody_there, set_up),
        cmocka_unit_test_setup(an_answer_is_cut_to_the_width_of_the_access, set_up),
        cmocka_unit_test_setup(an_access_at_the_last_port_goes_on_at_port_0, set_up),
        cmocka_unit_test_setup(a_moved_range_answers_at_its_new_place_only, set_up),
        cmocka_unit_test_setup(whoever_was_hidden_answers_again, set_up),
        cmocka_unit_test_setup(a_range_moved_over_the_end_of_the_ports_is_cut_off, set_up),
        cmocka_unit_test_setup(a_cost_belongs_to_ports_whoever_answers, set_up),
        cmocka_unit_test_setup(accesses_are_counted, set_up),
        cmocka_unit_test_setup(the_tap_hears_every_byte_written_to_its_ports_in_order, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
