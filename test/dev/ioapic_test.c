// Expected values: the 82093AA datasheet ([82093AA]) 3.2.
#include "rig.h"

#include "core/phys.h"
#include "dev/ioapic.h"

struct board {
    struct phys phys;
    struct ioapic ioapic;
    unsigned message_count;
    u8 destination, mode, vector;
    bool is_logical, is_level, is_refused;
};

static bool deliver(void *owner, u8 destination, bool is_logical, u8 delivery_mode, u8 vector,
                    bool is_level)
{
    struct board *b = owner;
    b->message_count++;
    b->destination = destination;
    b->mode = delivery_mode;
    b->vector = vector;
    b->is_logical = is_logical;
    b->is_level = is_level;
    return !b->is_refused;
}

static void start(struct board *b)
{
    memset(b, 0, sizeof *b);
    phys_init(&b->phys, NULL, 0, NULL);
    ioapic_init(&b->ioapic, &b->phys, deliver, b);
}

static u32 get(struct board *b, u8 reg)
{
    u32 v, select = reg;
    phys_write(&b->phys, 0xfec00000, &select, 4);
    phys_read(&b->phys, 0xfec00010, &v, 4);
    return v;
}

static void set(struct board *b, u8 reg, u32 v)
{
    u32 select = reg;
    phys_write(&b->phys, 0xfec00000, &select, 4);
    phys_write(&b->phys, 0xfec00010, &v, 4);
}

static void identity_and_reset_values(void **state UNUSED)
{
    static struct board b;
    start(&b);
    assert_int_equal(get(&b, 0), 0);
    assert_int_equal(get(&b, 1), 0x00170011);
    assert_int_equal(get(&b, 0x10), 0x00010000);
    assert_int_equal(get(&b, 0x3e), 0x00010000);
    set(&b, 0, 0xffffffff);
    assert_int_equal(get(&b, 0), 0x0f000000);
    assert_int_equal(get(&b, 2), 0x0f000000);
}

static void read_only_bits_of_an_entry_stay(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, 0x10, 0xffffffff);
    set(&b, 0x11, 0xffffffff);
    assert_int_equal(get(&b, 0x10), 0x0001afff);
    assert_int_equal(get(&b, 0x11), 0xff000000);
}

static void a_rising_edge_sends_one_message(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, 0x15, 0x03000000);
    set(&b, 0x14, 0x00000931); // logical, lowest priority, vector 31
    ioapic_set_irq(&b.ioapic, 2, true);
    ioapic_set_irq(&b.ioapic, 2, true);
    assert_int_equal(b.message_count, 1);
    assert_int_equal(b.vector, 0x31);
    assert_int_equal(b.destination, 3);
    assert_int_equal(b.mode, 1);
    assert_true(b.is_logical);
    assert_false(b.is_level);
    ioapic_set_irq(&b.ioapic, 2, false);
    ioapic_set_irq(&b.ioapic, 2, true);
    assert_int_equal(b.message_count, 2);
}

static void an_edge_at_a_masked_input_is_lost(void **state UNUSED)
{
    static struct board b;
    start(&b);
    ioapic_set_irq(&b.ioapic, 4, true);
    set(&b, 0x18, 0x34);
    assert_int_equal(b.message_count, 0);
}

static void a_level_is_sent_again_after_its_eoi(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, 0x10 + 2 * 11, 0x0000a05b); // level, active low
    ioapic_set_irq(&b.ioapic, 11, true);
    assert_int_equal(b.message_count, 1);
    assert_true(b.is_level);
    assert_int_equal(get(&b, 0x10 + 2 * 11), 0x0000e05b); // remote IRR
    ioapic_set_irq(&b.ioapic, 11, false);
    ioapic_set_irq(&b.ioapic, 11, true);
    assert_int_equal(b.message_count, 1);
    ioapic_eoi(&b.ioapic, 0x5a); // another vector
    assert_int_equal(b.message_count, 1);
    ioapic_eoi(&b.ioapic, 0x5b);
    assert_int_equal(b.message_count, 2);
    ioapic_set_irq(&b.ioapic, 11, false);
    ioapic_eoi(&b.ioapic, 0x5b);
    assert_int_equal(b.message_count, 2);
    assert_int_equal(get(&b, 0x10 + 2 * 11), 0x0000a05b);
}

// [82093AA] 3.2.4: delivery status and remote IRR, which is set by the local APIC's acceptance.
static void a_level_that_nobody_takes_waits(void **state UNUSED)
{
    static struct board b;
    start(&b);
    b.is_refused = true;
    set(&b, 0x10 + 2 * 11, 0x8061);
    ioapic_set_irq(&b.ioapic, 11, true);
    assert_int_equal(b.message_count, 1);
    assert_int_equal(get(&b, 0x10 + 2 * 11), 0x9061); // pending, not in service
    b.is_refused = false;
    ioapic_retry(&b.ioapic);
    assert_int_equal(b.message_count, 2);
    assert_int_equal(get(&b, 0x10 + 2 * 11), 0xC061);
    ioapic_retry(&b.ioapic);
    assert_int_equal(b.message_count, 2);
}

static void unmasking_an_asserted_level_sends_it(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, 0x10, 0x00018040);
    ioapic_set_irq(&b.ioapic, 0, true);
    assert_int_equal(b.message_count, 0);
    set(&b, 0x10, 0x00008040);
    assert_int_equal(b.message_count, 1);
}

static void turning_an_entry_to_edge_clears_remote_irr(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, 0x10, 0x00008040);
    ioapic_set_irq(&b.ioapic, 0, true);
    assert_int_equal(get(&b, 0x10), 0x0000c040);
    set(&b, 0x10, 0x00010040);
    assert_int_equal(get(&b, 0x10), 0x00010040);
}

// A processor without a local APIC hears no messages; a guest may still send some.
static void messages_without_a_receiver_are_lost(void **state UNUSED)
{
    static struct board b;
    start(&b);
    ioapic_init(&b.ioapic, &b.phys, NULL, NULL);
    set(&b, 0x12, 0x31);
    ioapic_set_irq(&b.ioapic, 1, true);
    set(&b, 0x14, 0x8032);
    ioapic_set_irq(&b.ioapic, 2, true);
    assert_int_equal(b.message_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity_and_reset_values),
        cmocka_unit_test(read_only_bits_of_an_entry_stay),
        cmocka_unit_test(a_rising_edge_sends_one_message),
        cmocka_unit_test(an_edge_at_a_masked_input_is_lost),
        cmocka_unit_test(a_level_is_sent_again_after_its_eoi),
        cmocka_unit_test(a_level_that_nobody_takes_waits),
        cmocka_unit_test(unmasking_an_asserted_level_sends_it),
        cmocka_unit_test(turning_an_entry_to_edge_clears_remote_irr),
        cmocka_unit_test(messages_without_a_receiver_are_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
