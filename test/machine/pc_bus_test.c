// The time that accesses to ports take, on the whole board. The figures are those of the table in
// machine/pc.c and of doc/determinism.md; the rest is arithmetic.
#include "vitrine/debug.h"

#include "base/types.h"
#include "test/host_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum {
    BIOS_BYTES = 0x10000,
    INSTRUCTION_NS = VT_PC_NS_PER_INSTRUCTION,
    ISA_NS = 1000,
    PCI_NS = 240
};

static u8 bios[BIOS_BYTES];

// When port 80h was written.
static struct {
    struct vt_machine *vm; // NULL: nobody listens
    u64 ns[4];
    unsigned count;
} heard;

static void hear(void *owner, u16 port, u8 byte)
{
    (void)owner, (void)port, (void)byte;
    if (heard.vm && heard.count < COUNT_OF(heard.ns)) {
        heard.ns[heard.count++] = vt_guest_ns(heard.vm);
    }
}

// A PC whose firmware is the given bytes at F000:0000, where the reset vector jumps to.
static struct vt_machine *machine(const u8 *code, size_t size_bytes, unsigned max_blocks)
{
    static const u8 jump[] = {0xea, 0x00, 0x00, 0x00, 0xf0};
    static const u16 tapped[] = {0x80};
    struct vt_host host = {.alloc = host_alloc, .release = host_release, .port_write = hear};
    struct vt_pc_config config = {.ram_bytes = 2 << 20,
                                  .bios = {bios, sizeof bios},
                                  .tap_ports = tapped,
                                  .tap_port_count = 1,
                                  .max_blocks = max_blocks,
                                  .flush_blocks_at_events = max_blocks != 0};
    struct vt_machine *vm;
    memset(bios, 0xf4, sizeof bios); // HLT
    memcpy(bios, code, size_bytes);
    memcpy(bios + BIOS_BYTES - 16, jump, sizeof jump);
    assert_int_equal(vt_pc_create(&config, &host, &vm), VT_OK);
    return vm;
}

// The guest time that the next instruction takes.
static u64 step_ns(struct vt_machine *vm)
{
    u64 before_ns = vt_guest_ns(vm);
    vt_run(vm, vt_instructions(vm) + 1, UINT64_MAX);
    return vt_guest_ns(vm) - before_ns;
}

// How much longer than ordinary ones the instructions after the jump take.
static u64 extra_ns(const u8 *code, size_t size_bytes, unsigned instructions)
{
    struct vt_machine *vm = machine(code, size_bytes, 0);
    vt_run(vm, 1 + instructions, UINT64_MAX);
    assert_int_equal(vt_instructions(vm), 1 + instructions);
    u64 ns = vt_guest_ns(vm);
    vt_destroy(vm);
    return ns - (1 + instructions) * INSTRUCTION_NS;
}

static void an_access_takes_the_time_of_its_bus(void **state)
{
    static const struct {
        u16 port;
        u64 ns;
    } rows[] = {{0x20, ISA_NS},  {0x40, ISA_NS},   {0x64, ISA_NS},  {0x80, ISA_NS},
                {0xed, ISA_NS},  {0x3f8, ISA_NS},  {0x3f5, ISA_NS}, {0x3f7, ISA_NS},
                {0x4d0, ISA_NS}, {0x1f7, PCI_NS},  {0x376, PCI_NS}, {0x3f6, PCI_NS},
                {0x3da, PCI_NS}, {0xb008, PCI_NS}, {0x510, PCI_NS}, {0x5000, PCI_NS},
                {0x3e0, ISA_NS}, {0x3af, ISA_NS},  {0xe9, 0}};
    u8 code[5 * COUNT_OF(rows)];
    (void)state;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) { // MOV DX; IN AL, DX; OUT DX, AL
        u8 piece[] = {0xba, (u8)rows[n].port, (u8)(rows[n].port >> 8), 0xec, 0xee};
        memcpy(code + 5 * n, piece, sizeof piece);
    }
    struct vt_machine *vm = machine(code, sizeof code, 0);
    u64 ns = step_ns(vm);
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        ns = step_ns(vm);
        assert_int_equal(ns, INSTRUCTION_NS);
        ns = step_ns(vm);
        assert_int_equal(ns, INSTRUCTION_NS + rows[n].ns);
        ns = step_ns(vm);
        assert_int_equal(ns, INSTRUCTION_NS + rows[n].ns);
    }
    vt_destroy(vm);
}

static void a_wide_access_or_a_run_takes_as_long_as_one_byte(void **state)
{
    (void)state;
    static const u8 wide[] = {0xe5, 0x80};                 // IN AX, 80h
    static const u8 run[] = {0xba, 0x80, 0x00, 0xb9, 9, 0, // MOV DX, 80h; MOV CX, 9
                             0xf3, 0x6e};                  // REP OUTSB
    static const u8 nothing[] = {0xba, 0x80, 0x00, 0xb9, 0, 0, 0xf3, 0x6e};
    assert_int_equal(extra_ns(wide, sizeof wide, 1), ISA_NS);
    assert_int_equal(extra_ns(run, sizeof run, 3), ISA_NS);
    assert_int_equal(extra_ns(nothing, sizeof nothing, 3), 0);
}

static void an_access_is_made_before_its_time_passes(void **state)
{
    static const u8 code[] = {0xe6, 0x80, 0xe6, 0x80}; // OUT 80h, AL, twice
    struct vt_machine *vm = machine(code, sizeof code, 0);
    (void)state;
    heard.vm = vm;
    heard.count = 0;
    vt_run(vm, 3, UINT64_MAX);
    assert_int_equal(heard.count, 2);
    assert_int_equal(heard.ns[0], INSTRUCTION_NS); // of the jump
    assert_int_equal(heard.ns[1], 2 * INSTRUCTION_NS + ISA_NS);
    heard.vm = NULL;
    vt_destroy(vm);
}

// A loop of accesses, with an interrupt each 50 ticks of the timer that counts in BX:
// where it lands depends on the exact moment at which the timer's event is due.
static const u8 busy[] = {
    0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, 0x00, 0x70, // CLI; DS = SS = 0; SP = 7000h
    0xc7, 0x06, 0x20, 0x00, 0x80, 0x00,                         // vector 8 = F000:0080
    0xc7, 0x06, 0x22, 0x00, 0x00, 0xf0,                         //
    0xb0, 0x11, 0xe6, 0x20, 0xb0, 0x08, 0xe6, 0x21,             // the controller: vectors 8 to 15,
    0xb0, 0x04, 0xe6, 0x21, 0xb0, 0x01, 0xe6, 0x21,             // cascade at 2, 8086 mode,
    0xb0, 0xfe, 0xe6, 0x21,                                     // only IRQ 0
    0xb0, 0x34, 0xe6, 0x43, 0xb0, 50,   0xe6, 0x40,             // counter 0, mode 2: 50 ticks
    0xb0, 0x00, 0xe6, 0x40, 0xba, 0xda, 0x03, 0xfb,             // DX = 3DAh; STI
    0xec, 0x40, 0xe6, 0x80, 0xe4, 0x64, 0x41, 0xe5, 0x21,       // IN DX; INC; OUT 80h; IN 64h; ...
    0xeb, 0xf5,                                                 // again
};
static const u8 handler[] = {0x43, 0x89, 0xcf, 0x50, 0xb0, 0x20, 0xe6, 0x20, 0x58, 0xcf};

static struct vt_machine *busy_machine(unsigned max_blocks)
{
    static u8 code[0x80 + sizeof handler];
    memcpy(code, busy, sizeof busy);
    memcpy(code + 0x80, handler, sizeof handler);
    return machine(code, sizeof code, max_blocks);
}

enum { BUSY_INSTRUCTIONS = 20000 };

static u64 digest_after(unsigned max_blocks, unsigned step)
{
    struct vt_machine *vm = busy_machine(max_blocks);
    for (u64 end = step; vt_instructions(vm) < BUSY_INSTRUCTIONS; end += step) {
        assert_int_equal(
            vt_run(vm, end < BUSY_INSTRUCTIONS ? end : BUSY_INSTRUCTIONS, UINT64_MAX).reason,
            VT_STOP_LIMIT);
    }
    struct vt_stats stats;
    vt_stats(vm, &stats);
    assert_true(stats.interrupts > 50); // or nothing was tried
    u64 digest = vt_digest(vm);
    vt_destroy(vm);
    return digest;
}

static void slices_steps_and_caches_do_not_show(void **state)
{
    (void)state;
    u64 digest = digest_after(0, BUSY_INSTRUCTIONS);
    assert_int_equal(digest_after(0, 1), digest);
    assert_int_equal(digest_after(0, 7), digest);
    assert_int_equal(digest_after(1, BUSY_INSTRUCTIONS), digest);
    assert_int_equal(digest_after(1, 3), digest);
}

static void a_run_until_a_time_ends_at_the_first_boundary_from_there(void **state)
{
    (void)state;
    struct vt_machine *vm = busy_machine(0);
    for (u64 until = 0; until < 2000000; until += 777) {
        u64 before_ns = vt_guest_ns(vm);
        vt_run(vm, UINT64_MAX, until);
        u64 ns = vt_guest_ns(vm);
        assert_true(ns >= until);
        assert_true(ns == before_ns || ns - until < ISA_NS + INSTRUCTION_NS);
    }
    vt_destroy(vm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_access_takes_the_time_of_its_bus),
        cmocka_unit_test(a_wide_access_or_a_run_takes_as_long_as_one_byte),
        cmocka_unit_test(an_access_is_made_before_its_time_passes),
        cmocka_unit_test(slices_steps_and_caches_do_not_show),
        cmocka_unit_test(a_run_until_a_time_ends_at_the_first_boundary_from_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
