// Expected values: Intel's manual ([SDM3]), chapter on the APIC, section in each test.
#include "rig.h"

#include "core/phys.h"
#include "dev/lapic.h"

struct board {
    struct rig rig;
    struct phys phys;
    struct lapic lapic;
    struct probe intr, nmi, init;
    unsigned eoi_count, ack_count;
    unsigned ready_count;
    u8 eoi_vector;
};

static u8 pic_vector(void *owner)
{
    struct board *b = owner;
    b->ack_count++;
    lapic_set_lint(&b->lapic, 0, false); // as the PIC does
    return 0x08;
}

static void eoi(void *owner, u8 vector)
{
    struct board *b = owner;
    b->eoi_count++;
    b->eoi_vector = vector;
}

static void ready(void *owner)
{
    struct board *b = owner;
    b->ready_count++;
}

static u32 get(struct board *b, unsigned reg)
{
    u32 v;
    phys_read(&b->phys, 0xfee00000 + reg, &v, 4);
    return v;
}

static void set(struct board *b, unsigned reg, u32 v)
{
    phys_write(&b->phys, 0xfee00000 + reg, &v, 4);
}

static void power_on(struct board *b)
{
    memset(b, 0, sizeof *b);
    rig_init(&b->rig);
    phys_init(&b->phys, NULL, 0, NULL);
    struct lapic_wires wires = {
        .intr = probe_line(&b->intr),
        .nmi = probe_line(&b->nmi),
        .init = probe_line(&b->init),
        .pic = {pic_vector, b},
        .eoi = eoi,
        .ready = ready,
        .eoi_owner = b,
    };
    lapic_init(&b->lapic, &b->rig.clock, &b->phys, wires);
}

static void start(struct board *b)
{
    power_on(b);
    set(b, 0x0f0, 0x1ff);
}

static void fixed(struct board *b, u8 vector)
{
    lapic_deliver(&b->lapic, 0, false, 0, vector, false);
}

// 10.4.7.1
static void registers_after_reset(void **state UNUSED)
{
    static struct board b;
    power_on(&b);
    assert_int_equal(get(&b, 0x020), 0);
    assert_int_equal(get(&b, 0x030) & 0xff, 0x14);
    assert_int_equal(get(&b, 0x080), 0);
    assert_int_equal(get(&b, 0x0d0), 0);
    assert_int_equal(get(&b, 0x0e0), 0xffffffff);
    assert_int_equal(get(&b, 0x0f0), 0xff);
    assert_int_equal(get(&b, 0x320), 0x10000);
    assert_int_equal(get(&b, 0x370), 0x10000);
    assert_int_equal(get(&b, 0x390), 0);
}

static void virtual_wire_passes_the_pic_through(void **state UNUSED)
{
    static struct board b;
    power_on(&b);
    lapic_set_lint(&b.lapic, 0, true);
    assert_true(b.intr.level);
    assert_int_equal(lapic_acknowledge(&b.lapic), 0x08);
    assert_int_equal(b.ack_count, 1);
    assert_false(b.intr.level);
    set(&b, 0x0f0, 0x1ff); // as firmware and kernels set it up
    set(&b, 0x350, 0x8700);
    lapic_set_lint(&b.lapic, 0, true);
    assert_int_equal(lapic_acknowledge(&b.lapic), 0x08);
    set(&b, 0x350, 0x18700);
    lapic_set_lint(&b.lapic, 0, true);
    assert_false(b.intr.level);
}

// 10.4.3
static void hardware_disabled_it_is_not_there(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, 0x350, 0x10700);
    lapic_set_base(&b.lapic, 0xfee00100);
    assert_int_equal(get(&b, 0x030), 0xffffffff);
    lapic_set_lint(&b.lapic, 0, true);
    assert_true(b.intr.level);
    assert_int_equal(lapic_acknowledge(&b.lapic), 0x08);
    fixed(&b, 0x40);
    assert_false(b.intr.level);
    lapic_set_lint(&b.lapic, 1, true);
    assert_int_equal(b.nmi.rise_count, 1);
    lapic_set_base(&b.lapic, 0xfed10900); // moved
    u32 v;
    phys_read(&b.phys, 0xfed10030, &v, 4);
    assert_int_equal(v & 0xff, 0x14);
}

// 10.8.3, 10.8.4
static void priorities_order_and_hold_back(void **state UNUSED)
{
    static struct board b;
    start(&b);
    fixed(&b, 0x41);
    fixed(&b, 0x52);
    assert_true(b.intr.level);
    assert_int_equal(get(&b, 0x220), 0x00040002);
    assert_int_equal(lapic_acknowledge(&b.lapic), 0x52);
    assert_false(b.intr.level);
    assert_int_equal(get(&b, 0x0a0), 0x50);
    assert_int_equal(get(&b, 0x120), 1u << 18);
    fixed(&b, 0x5f); // the same class
    assert_false(b.intr.level);
    fixed(&b, 0x61);
    assert_int_equal(lapic_acknowledge(&b.lapic), 0x61);
    set(&b, 0x0b0, 0);
    set(&b, 0x0b0, 0);
    assert_int_equal(lapic_acknowledge(&b.lapic), 0x5f);
    set(&b, 0x0b0, 0);
    assert_int_equal(lapic_acknowledge(&b.lapic), 0x41);
    assert_int_equal(b.eoi_count, 0);
}

static void the_task_priority_holds_back_its_class(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, 0x080, 0x45);
    assert_int_equal(get(&b, 0x0a0), 0x45);
    fixed(&b, 0x4f);
    assert_false(b.intr.level);
    fixed(&b, 0x50);
    assert_true(b.intr.level);
    lapic_acknowledge(&b.lapic);
    set(&b, 0x0b0, 0);
    set(&b, 0x080, 0);
    assert_int_equal(lapic_acknowledge(&b.lapic), 0x4f);
}

// 10.9
static void a_request_that_goes_away_is_spurious(void **state UNUSED)
{
    static struct board b;
    start(&b);
    fixed(&b, 0x40);
    set(&b, 0x080, 0xf0);
    assert_int_equal(lapic_acknowledge(&b.lapic), 0xff);
    assert_int_equal(get(&b, 0x120), 0);
}

// 10.8.5
static void the_end_of_a_level_interrupt_is_broadcast(void **state UNUSED)
{
    static struct board b;
    start(&b);
    lapic_deliver(&b.lapic, 0, false, 0, 0x51, true);
    assert_int_equal(get(&b, 0x1a0), 1u << 17);
    lapic_acknowledge(&b.lapic);
    assert_int_equal(b.eoi_count, 0);
    set(&b, 0x0b0, 0);
    assert_int_equal(b.eoi_count, 1);
    assert_int_equal(b.eoi_vector, 0x51);
}

// 10.6.2
static void destinations_physical_and_logical(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, 0x0d0, 0x02000000);
    lapic_deliver(&b.lapic, 1, false, 0, 0x41, false);
    lapic_deliver(&b.lapic, 5, true, 0, 0x41, false);
    assert_false(b.intr.level);
    lapic_deliver(&b.lapic, 6, true, 0, 0x42, false);
    lapic_deliver(&b.lapic, 0xff, false, 0, 0x43, false);
    assert_int_equal(get(&b, 0x220), 3u << 2);
    set(&b, 0x0e0, 0x0fffffff); // cluster model
    set(&b, 0x0d0, 0x21000000);
    lapic_deliver(&b.lapic, 0x31, true, 0, 0x44, false);
    lapic_deliver(&b.lapic, 0x22, true, 0, 0x44, false);
    assert_int_equal(get(&b, 0x220), 3u << 2);
    lapic_deliver(&b.lapic, 0x23, true, 0, 0x44, false);
    assert_int_equal(get(&b, 0x220), 7u << 2);
}

// 10.4.7.2
static void software_disabled_it_takes_no_fixed_interrupt(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, 0x320, 0x40);
    set(&b, 0x0f0, 0xff);
    assert_int_equal(get(&b, 0x320), 0x10040);
    set(&b, 0x320, 0x40);
    assert_int_equal(get(&b, 0x320), 0x10040);
    fixed(&b, 0x40);
    assert_int_equal(get(&b, 0x220), 0);
    lapic_deliver(&b.lapic, 0, false, 4, 0, false);
    assert_int_equal(b.nmi.rise_count, 1);
}

// 10.5.4; the divider: figure 10-10
static void the_one_shot_timer_fires_once(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, 0x3e0, 0x3); // by 16
    set(&b, 0x320, 0x40);
    set(&b, 0x380, 1000);
    rig_run(&b.rig, 4000);
    assert_int_equal(get(&b, 0x390), 750);
    rig_run(&b.rig, 11999);
    assert_false(b.intr.level);
    rig_run(&b.rig, 1);
    assert_int_equal(lapic_acknowledge(&b.lapic), 0x40);
    assert_int_equal(get(&b, 0x390), 0);
    set(&b, 0x0b0, 0);
    rig_run(&b.rig, 100000);
    assert_false(b.intr.level);
}

static void the_periodic_timer_goes_on(void **state UNUSED)
{
    static const u8 dividers[8] = {0x0, 0x1, 0x2, 0x3, 0x8, 0x9, 0xa, 0xb};
    static const unsigned divisors[8] = {2, 4, 8, 16, 32, 64, 128, 1};
    static struct board b;
    for (unsigned n = 0; n < 8; n++) {
        start(&b);
        set(&b, 0x3e0, dividers[n]);
        set(&b, 0x320, 0x20040);
        set(&b, 0x380, 100);
        for (unsigned k = 0; k < 5; k++) {
            rig_run(&b.rig, 100 * divisors[n] - 1);
            assert_false(b.intr.level);
            rig_run(&b.rig, 1);
            assert_int_equal(lapic_acknowledge(&b.lapic), 0x40);
            set(&b, 0x0b0, 0);
        }
        rig_run(&b.rig, 30 * divisors[n]);
        assert_int_equal(get(&b, 0x390), 70);
    }
}

static void a_masked_timer_counts_without_interrupt(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, 0x3e0, 0xb);
    set(&b, 0x320, 0x30040);
    set(&b, 0x380, 100);
    rig_run(&b.rig, 250);
    assert_int_equal(get(&b, 0x390), 50);
    assert_false(b.intr.level);
    set(&b, 0x320, 0x20040);
    rig_run(&b.rig, 49);
    assert_false(b.intr.level);
    rig_run(&b.rig, 1);
    assert_true(b.intr.level);
    set(&b, 0x380, 0); // stops
    lapic_acknowledge(&b.lapic);
    set(&b, 0x0b0, 0);
    rig_run(&b.rig, 1000);
    assert_false(b.intr.level);
}

static void an_ipi_to_self_arrives(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, 0x300, 0x40041); // self
    assert_int_equal(lapic_acknowledge(&b.lapic), 0x41);
    set(&b, 0x310, 0x01000000);
    set(&b, 0x300, 0x00042); // to somebody else
    set(&b, 0x300, 0xc0042); // all but self
    set(&b, 0x300, 0x00500); // INIT
    assert_false(b.intr.level);
    set(&b, 0x0b0, 0);
    set(&b, 0x310, 0x00000000);
    set(&b, 0x300, 0x00043);
    assert_int_equal(lapic_acknowledge(&b.lapic), 0x43);
    set(&b, 0x300, 0x80400); // NMI to all
    assert_int_equal(b.nmi.rise_count, 1);
    assert_int_equal(get(&b, 0x300) & 0x1000, 0); // delivered
}

// 10.5.3: bit 5 sent, bit 6 received an illegal vector; a write latches what is read.
static void illegal_vectors_are_errors(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, 0x370, 0xfe);
    set(&b, 0x300, 0x4000f);
    assert_int_equal(lapic_acknowledge(&b.lapic), 0xfe);
    fixed(&b, 0x0f);
    assert_int_equal(get(&b, 0x280), 0);
    set(&b, 0x280, 0);
    assert_int_equal(get(&b, 0x280), 0x60);
    set(&b, 0x280, 0);
    assert_int_equal(get(&b, 0x280), 0);
}

static void lint0_as_fixed_and_as_nmi(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, 0x350, 0x0045); // edge
    lapic_set_lint(&b.lapic, 0, true);
    assert_int_equal(lapic_acknowledge(&b.lapic), 0x45);
    assert_int_equal(b.ack_count, 0);
    set(&b, 0x0b0, 0);
    assert_false(b.intr.level);
    lapic_set_lint(&b.lapic, 0, false);
    set(&b, 0x350, 0x8046); // level: again after its end
    lapic_set_lint(&b.lapic, 0, true);
    assert_int_equal(lapic_acknowledge(&b.lapic), 0x46);
    assert_int_equal(get(&b, 0x350), 0xc046);
    set(&b, 0x0b0, 0);
    assert_int_equal(lapic_acknowledge(&b.lapic), 0x46);
    lapic_set_lint(&b.lapic, 0, false);
    set(&b, 0x0b0, 0);
    assert_false(b.intr.level);
    set(&b, 0x350, 0x0400);
    lapic_set_lint(&b.lapic, 0, true);
    assert_int_equal(b.nmi.rise_count, 1);
}

static void an_extint_message_asks_the_pic(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, 0x350, 0x10700);
    lapic_deliver(&b.lapic, 0, false, 7, 0, false);
    assert_true(b.intr.level);
    assert_int_equal(lapic_acknowledge(&b.lapic), 0x08);
    assert_false(b.intr.level);
}

// 10.6.1: not by its level de-assert, which only synchronizes the bus IDs of older processors.
static void init_messages_reach_the_processor(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, 0x300, 0xc4500); // as firmware starts other processors
    set(&b, 0x300, 0x88500);
    set(&b, 0x310, 0x01000000);
    set(&b, 0x300, 0x04500);
    assert_int_equal(b.init.rise_count, 0);
    set(&b, 0x310, 0x00000000);
    set(&b, 0x300, 0x04500);
    assert_int_equal(b.init.rise_count, 1);
    lapic_deliver(&b.lapic, 0, false, 5, 0, false);
    assert_int_equal(b.init.rise_count, 2);
}

// 10.5.3: bit 7.
static void reserved_registers_are_errors(void **state UNUSED)
{
    static const u16 legal[] = {0x020, 0x030, 0x080, 0x090, 0x0a0, 0x0b0, 0x0d0, 0x0e0, 0x0f0,
                                0x100, 0x170, 0x180, 0x1f0, 0x200, 0x270, 0x280, 0x300, 0x310,
                                0x320, 0x330, 0x340, 0x350, 0x360, 0x370, 0x380, 0x390, 0x3e0};
    static const u16 reserved[] = {0x000, 0x010, 0x040, 0x070, 0x0c0, 0x290, 0x2f0, 0x3a0, 0x3f0};
    static struct board b;
    start(&b);
    for (unsigned n = 0; n < COUNT_OF(legal); n++) {
        set(&b, legal[n], get(&b, legal[n]));
    }
    set(&b, 0x280, 0);
    assert_int_equal(get(&b, 0x280), 0x20); // the interrupt command held vector 0
    set(&b, 0x370, 0xfe);
    for (unsigned n = 0; n < COUNT_OF(reserved); n++) {
        get(&b, reserved[n]);
        assert_int_equal(lapic_acknowledge(&b.lapic), 0xfe);
        set(&b, 0x0b0, 0);
        set(&b, reserved[n], 0);
        assert_int_equal(lapic_acknowledge(&b.lapic), 0xfe);
        set(&b, 0x0b0, 0);
        set(&b, 0x280, 0);
        assert_int_equal(get(&b, 0x280), 0x80);
    }
}

// 10.4.7.3
static void init_is_a_reset_that_keeps_id_and_base(void **state UNUSED)
{
    static struct board b;
    start(&b);
    set(&b, 0x020, 5u << 24);
    set(&b, 0x0d0, 1u << 24);
    set(&b, 0x080, 0x20);
    set(&b, 0x320, 0x40);
    set(&b, 0x380, 1000);
    lapic_set_base(&b.lapic, 0xfee01900);
    lapic_deliver(&b.lapic, 5, false, 0, 0x51, false);
    lapic_acknowledge(&b.lapic);
    lapic_deliver(&b.lapic, 5, false, 0, 0x61, false);
    assert_true(b.intr.level);
    lapic_init_pin(&b.lapic);
    assert_false(b.intr.level);
    rig_run(&b.rig, 5000);
    assert_false(b.intr.level);
    lapic_set_base(&b.lapic, 0xfee00900);
    assert_int_equal(get(&b, 0x020), 5u << 24);
    assert_int_equal(get(&b, 0x080) | get(&b, 0x0d0) | get(&b, 0x120) | get(&b, 0x380), 0);
    assert_int_equal(get(&b, 0x0f0), 0xff);
    assert_int_equal(get(&b, 0x320), 0x10000);
    lapic_set_lint(&b.lapic, 0, true); // the 8259A's interrupts pass, as after a reset
    assert_int_equal(lapic_acknowledge(&b.lapic), 0x08);
}

static void switched_off_it_takes_nothing_and_tells_when_it_will(void **state UNUSED)
{
    static struct board b;
    power_on(&b);
    assert_false(lapic_deliver(&b.lapic, 0, false, 0, 0x51, true));
    set(&b, 0x0f0, 0x1ff);
    assert_int_equal(b.ready_count, 1);
    assert_true(lapic_deliver(&b.lapic, 0, false, 0, 0x51, true));
    assert_false(lapic_deliver(&b.lapic, 1, false, 0, 0x52, true)); // another one's
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_after_reset),
        cmocka_unit_test(virtual_wire_passes_the_pic_through),
        cmocka_unit_test(hardware_disabled_it_is_not_there),
        cmocka_unit_test(priorities_order_and_hold_back),
        cmocka_unit_test(the_task_priority_holds_back_its_class),
        cmocka_unit_test(a_request_that_goes_away_is_spurious),
        cmocka_unit_test(the_end_of_a_level_interrupt_is_broadcast),
        cmocka_unit_test(destinations_physical_and_logical),
        cmocka_unit_test(software_disabled_it_takes_no_fixed_interrupt),
        cmocka_unit_test(the_one_shot_timer_fires_once),
        cmocka_unit_test(the_periodic_timer_goes_on),
        cmocka_unit_test(a_masked_timer_counts_without_interrupt),
        cmocka_unit_test(an_ipi_to_self_arrives),
        cmocka_unit_test(illegal_vectors_are_errors),
        cmocka_unit_test(lint0_as_fixed_and_as_nmi),
        cmocka_unit_test(an_extint_message_asks_the_pic),
        cmocka_unit_test(init_messages_reach_the_processor),
        cmocka_unit_test(reserved_registers_are_errors),
        cmocka_unit_test(init_is_a_reset_that_keeps_id_and_base),
        cmocka_unit_test(switched_off_it_takes_nothing_and_tells_when_it_will),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
