// The block engine: exact instruction counts, and a state that does not depend on how the run was
// cut, how many blocks the cache holds, or when it was emptied. (doc/determinism.md)
#include "fixture.h"

#include "base/digest.h"

enum { MMIO = 0x10000000, STOP_PORT = 0x300 };

struct world {
    struct fixture *f;
    u64 executed_at_last_access; // what x86_executed said when the device was last touched
    u32 accesses;
    bool kicks;
};

static u64 touch(void *owner, u64 offset, unsigned size_bytes)
{
    struct world *w = owner;
    (void)size_bytes;
    w->executed_at_last_access = x86_executed(w->f->cpu);
    w->accesses++;
    if (w->kicks) {
        x86_kick(w->f->cpu);
    }
    return offset * 3 + 1;
}

static void touch_write(void *owner, u64 offset, u64 value, unsigned size_bytes)
{
    (void)value;
    touch(owner, offset, size_bytes);
}

static struct world *create(unsigned max_blocks)
{
    struct world *w = calloc(1, sizeof *w);
    w->f = fixture_create("max", 1);
    if (max_blocks) {
        x86_blocks_destroy(w->f->cpu);
        assert_true(x86_blocks_init(w->f->cpu, max_blocks));
    }
    phys_map_mmio(&w->f->phys, MMIO, 0x1000, 4, touch, touch_write, w, "device");
    return w;
}

static void destroy(struct world *w)
{
    fixture_destroy(w->f);
    free(w);
}

// A bit of everything: fused and plain jumps, calls, loops, strings in several runs, an instruction
// in two pages, faults with their handlers, INT, a device, self-modification, x87. Ends in HLT.
static void load_sample(struct world *w)
{
    struct fixture *f = w->f;
    struct x86 *c = f->cpu;
    clock_init(&f->clock, 1, 1);
    clock_set_cpu(&f->clock, x86_executed, x86_kick, c);
    memset(f->ram, 0, f->ram_bytes);
    x86_reset(c);
    fixture_protected(f);
    w->accesses = 0;
    c->s.fpu.empty = 0xff;
    c->s.fpu.control = 0x37f;
    // The sum of 1 to 9 by a loop: MOV ECX, 9; ADD EAX, ECX; DEC ECX; CMP ECX, 0; JNE
    CODE_AT(f, FIX_CODE, 0xb9, 9, 0, 0, 0, 0x01, 0xc8, 0x49, 0x83, 0xf9, 0, 0x75, 0xf8);
    // CALL sub; CMP EAX, [40000h]; JB +0; TEST AL, AL; JZ +0
    CODE_AT(f, FIX_CODE + 13, 0xe8, 0xee, 0, 0, 0, 0x3b, 0x05, 0, 0, 4, 0, 0x72, 0, 0x84, 0xc0,
            0x74, 0);
    // MOV EDI, 40F80h; MOV ECX, 300h; REP STOSD (over page ends); MOV ESI, EDI; SUB ESI, 200h
    CODE_AT(f, FIX_CODE + 30, 0xbf, 0x80, 0x0f, 4, 0, 0xb9, 0, 3, 0, 0, 0xf3, 0xab, 0x89, 0xfe,
            0x81, 0xee, 0, 2, 0, 0);
    // MOV ECX, 8; REP MOVSB; REPE CMPSB with ECX = 5; INT 40h; UD2
    CODE_AT(f, FIX_CODE + 50, 0xb9, 8, 0, 0, 0, 0xf3, 0xa4, 0xb1, 5, 0xf3, 0xa6, 0xcd, 0x40, 0x0f,
            0x0b);
    // MOV EBX, [MMIO]; INC EBX; MOV [MMIO + 8], EBX; ADD [MMIO + 4], EBX; INC EBX; NOP
    CODE_AT(f, FIX_CODE + 65, 0x8b, 0x1d, 0, 0, 0, 0x10, 0x43, 0x89, 0x1d, 8, 0, 0, 0x10, 0x01,
            0x1d, 4, 0, 0, 0x10, 0x43, 0x90);
    // INC byte [the NOP below becomes XCHG EAX, ECX]; NOP; FLD1; FADD ST, ST; FSTP [50000h]
    CODE_AT(f, FIX_CODE + 86, 0xfe, 0x05, 92, 0, 1, 0, 0x90, 0xd9, 0xe8, 0xd8, 0xc0, 0xd9, 0x1d, 0,
            0, 5, 0);
    // LOOP with ECX = 3; JMP near the page's end
    CODE_AT(f, FIX_CODE + 103, 0xb9, 3, 0, 0, 0, 0x45, 0xe2, 0xfd, 0xe9, 0x84, 0xff, 0, 0);
    // MOV ESI, MMIO; MOV ECX, 6; REP LODSD from the device; then over the page's end; HLT
    CODE_AT(f, 0x1fff8, 0xbe, 0, 0, 0, 0x10, 0xb1, 6, 0xf3, 0xad, 0x81, 0xc3, 1, 2, 3, 4, 0x40,
            0xf4);
    // sub: PUSH EBP; MOV EBP, ESP; PUSHA; POPA; LEAVE; RET
    CODE_AT(f, FIX_CODE + 256, 0x55, 0x89, 0xe5, 0x60, 0x61, 0xc9, 0xc3);
    CODE_AT(f, FIX_HANDLERS + 16 * 0x40, 0x42, 0xcf);                  // INC EDX; IRET
    CODE_AT(f, FIX_HANDLERS + 16 * X86_UD, 0x83, 0x04, 0x24, 2, 0xcf); // skips UD2
    c->s.r[X86_RSP] = 0x30000;
    c->s.r[X86_RCX] = c->s.r[X86_RAX] = c->s.r[X86_RDX] = c->s.r[X86_RBX] = c->s.r[X86_RBP] = 0;
}

static u64 digest(struct world *w)
{
    struct digest d;
    digest_init(&d);
    fields_digest(w->f->cpu->dev.fields, &w->f->cpu->s, &d);
    digest_add(&d, w->f->ram, w->f->ram_bytes);
    digest_add_u64(&d, w->accesses);
    digest_add_u64(&d, clock_instructions(&w->f->clock));
    return digest_end(&d);
}

enum { MAX_STEPS = 400 };

// The state after each instruction, run one at a time; returns how many there are.
static unsigned record(struct world *w, u64 *states)
{
    unsigned n = 0;
    load_sample(w);
    states[0] = digest(w);
    while (run(w->f, 1) == 1) {
        assert_true(++n < MAX_STEPS);
        states[n] = digest(w);
    }
    assert_true(w->f->cpu->s.is_halted);
    assert_int_equal(w->f->cpu->s.rip, 0x20009);
    assert_int_equal(w->accesses, 1 + 1 + 2 + 6);
    return n;
}

static void run_of_n_stops_after_n_with_the_state_of_n_single_steps(void **state)
{
    (void)state;
    static u64 states[MAX_STEPS];
    struct world *w = create(0);
    unsigned total = record(w, states);
    assert_true(total > 80);
    for (unsigned n = 0; n <= total; n++) {
        load_sample(w);
        assert_int_equal(run(w->f, n), n);
        if (digest(w) != states[n]) {
            fail_msg("after %u instructions", n);
        }
        if (n == total) {
            assert_int_equal(run(w->f, 10), 0);
        }
    }
    destroy(w);
}

static void slices_of_any_length_make_the_same_states(void **state)
{
    (void)state;
    static u64 states[MAX_STEPS];
    struct world *w = create(0);
    unsigned total = record(w, states);
    for (unsigned slice = 2; slice < 40; slice++) {
        load_sample(w);
        for (unsigned done = 0; done < total;) {
            done += (unsigned)run(w->f, slice);
            if (digest(w) != states[done]) {
                fail_msg("slices of %u, after %u", slice, done);
            }
        }
    }
    destroy(w);
}

static void small_cache_makes_the_same_states(void **state)
{
    (void)state;
    static u64 states[MAX_STEPS];
    struct world *w = create(0);
    unsigned total = record(w, states);
    destroy(w);
    for (unsigned max_blocks = 1; max_blocks <= 5; max_blocks++) {
        w = create(max_blocks);
        load_sample(w);
        assert_int_equal(run(w->f, 1000), total);
        assert_int_equal(digest(w), states[total]);
        for (unsigned n = 3; n < total; n += 7) {
            load_sample(w);
            run(w->f, n);
            assert_int_equal(digest(w), states[n]);
            run(w->f, 1000);
            assert_int_equal(digest(w), states[total]);
        }
        destroy(w);
    }
}

static void emptying_the_cache_between_any_two_instructions_changes_nothing(void **state)
{
    (void)state;
    static u64 states[MAX_STEPS];
    struct world *w = create(0);
    unsigned total = record(w, states);
    for (unsigned n = 0; n < total; n++) {
        load_sample(w);
        run(w->f, n);
        x86_blocks_flush(w->f->cpu);
        x86_tlb_flush(w->f->cpu, true); // without paging it can't be seen
        run(w->f, 1000);
        assert_int_equal(digest(w), states[total]);
    }
    destroy(w);
}

// State saved by its field table and brought back in another machine goes on the same way.
static void state_restored_in_the_middle_of_a_block_goes_on_the_same(void **state)
{
    (void)state;
    static u64 states[MAX_STEPS];
    struct world *w = create(0), *other = create(0);
    unsigned total = record(w, states);
    const struct field_table *t = w->f->cpu->dev.fields;
    u8 *saved = malloc(fields_size(t));
    for (unsigned n = 0; n < total; n += 3) {
        load_sample(w);
        run(w->f, n);
        load_sample(other);
        run(other->f, n); // for its clock and device
        fields_save(t, &w->f->cpu->s, saved);
        fields_load(t, &other->f->cpu->s, saved);
        memcpy(other->f->ram, w->f->ram, w->f->ram_bytes);
        other->f->cpu->dev.restored(other->f->cpu);
        run(other->f, 1000);
        assert_int_equal(digest(other), states[total]);
    }
    free(saved);
    destroy(w);
    destroy(other);
}

// --- devices ---

static void device_sees_how_many_instructions_came_before_its_access(void **state)
{
    (void)state;
    struct world *w = create(0);
    struct fixture *f = w->f;
    fixture_protected(f);
    for (unsigned before = 0; before < 70; before++) { // also past a block's end
        again(f, 0);
        memset(f->ram + FIX_CODE, 0x40, before);
        CODE_AT(f, FIX_CODE + before, 0xa1, 0, 0, 0, 0x10, 0x43, 0x43, 0xf4);
        x86_blocks_flush(f->cpu);
        run(f, 1000);
        assert_int_equal(w->executed_at_last_access, before);
    }
    destroy(w);
}

// MOV, read-modify-write, an SSE load, a fused compare behind, a string: each stops right behind.
static void kick_by_a_device_stops_behind_the_instruction(void **state)
{
    (void)state;
    static const struct {
        u8 code[7], length;
    } rows[] = {
        {{0xa1, 0, 0, 0, 0x10}, 5},       {{0xa3, 0, 0, 0, 0x10}, 5},
        {{0xff, 0x05, 0, 0, 0, 0x10}, 6}, {{0x3b, 0x05, 0, 0, 0, 0x10}, 6},
        {{0xff, 0x35, 0, 0, 0, 0x10}, 6}, {{0xf3, 0xa5}, 2},
        {{0xd9, 0x05, 0, 0, 0, 0x10}, 6}, {{0x0f, 0xb6, 0x05, 0, 0, 0, 0x10}, 7},
    };
    struct world *w = create(0);
    struct fixture *f = w->f;
    w->kicks = true;
    for (unsigned n = 0; n < COUNT_OF(rows); n++) {
        for (unsigned padding = 0; padding < 66; padding += 13) {
            fixture_protected(f);
            again(f, 0);
            struct x86 *c = f->cpu;
            c->s.fpu.empty = 0xff;
            c->s.r[X86_RSI] = MMIO;
            c->s.r[X86_RDI] = 0x40000;
            c->s.r[X86_RCX] = 3;
            memset(f->ram + FIX_CODE, 0x42, padding);
            poke_bytes(f, FIX_CODE + padding, rows[n].code, 7);
            u32 end = FIX_CODE + padding + rows[n].length;
            CODE_AT(f, end, 0x39, 0xc0, 0x74, 0x00, 0x43, 0xf4); // CMP EAX, EAX; JE; INC EBX
            x86_blocks_flush(c);
            assert_int_equal(x86_run(c, 1000), padding + 1);
            assert_int_equal(c->s.rip, end);
        }
    }
    destroy(w);
}

static u32 raise_irq(void *owner, unsigned offset, unsigned size_bytes)
{
    struct fixture *f = owner;
    (void)offset, (void)size_bytes;
    x86_set_irq(f->cpu, 0, true);
    return 0x55;
}

static u64 raise_irq_mmio(void *owner, u64 offset, unsigned size_bytes)
{
    return raise_irq(owner, (unsigned)offset, size_bytes);
}

static void interrupt_that_a_device_raises_is_taken_before_the_next_instruction(void **state)
{
    (void)state;
    struct world *w = create(0);
    struct fixture *f = w->f;
    ports_map(&f->ports, STOP_PORT, 1, 1, raise_irq, NULL, f, "irq");
    phys_map_mmio(&f->phys, 0x11000000, 0x1000, 4, raise_irq_mmio, NULL, f, "irq");
    for (unsigned by_memory = 0; by_memory < 2; by_memory++) {
        fixture_protected(f);
        again(f, 0);
        x86_set_eflags(f->cpu, X86_IF);
        f->vector = 0x66;
        if (by_memory) {
            CODE_AT(f, FIX_CODE, 0x90, 0xa1, 0, 0, 0, 0x11, 0x43, 0x43);
        } else {
            CODE_AT(f, FIX_CODE, 0x66, 0xba, 0, 3, 0xec, 0x90, 0x43, 0x43);
        }
        expect_entry(f, 0x66, 0, by_memory ? FIX_CODE + 6 : FIX_CODE + 5);
        assert_int_equal(f->cpu->s.r[X86_RAX] & 0xff, 0x55);
    }
    destroy(w);
}

// An instruction that faults counts as one, and so does one that can't be fetched.
static void faults_count_as_one_instruction(void **state)
{
    (void)state;
    struct world *w = create(0);
    struct fixture *f = w->f;
    fixture_protected(f);
    CODE_AT(f, FIX_CODE, 0x90, 0x90, 0x0f, 0x0b);
    assert_int_equal(run(f, 3), 3);
    assert_int_equal(f->cpu->s.rip, FIX_HANDLERS + 16 * X86_UD);
    again(f, 0);
    f->cpu->s.r[X86_RAX] = 0x2000;
    put_descriptor(f, gdt_at(0x40), FIX_CODE, 0xf, 0x9b, 4);
    load_flat(f, X86_CS, 0x40);
    x86_segments_changed(f->cpu);
    memset(f->ram + FIX_CODE, 0x90, 0x20);
    x86_blocks_flush(f->cpu);
    for (unsigned n = 1; n <= 20; n++) { // 16 instructions, then the limit
        again(f, 0);
        load_flat(f, X86_CS, 0x40);
        x86_segments_changed(f->cpu);
        f->cpu->s.rip = 0;
        u64 done = x86_run(f->cpu, n);
        assert_int_equal(done, n < 18 ? n : 18); // #GP, HLT
        u64 rip = n <= 16 ? n : FIX_HANDLERS + 16 * X86_GP + (n > 17);
        assert_int_equal(f->cpu->s.rip, rip);
    }
    destroy(w);
}

// More blocks than the arena holds.
static void arena_that_overflows_is_emptied_and_used_again(void **state)
{
    (void)state;
    struct world *w = create(0);
    struct fixture *f = w->f;
    struct x86 *c = f->cpu;
    fixture_protected(f);
    // Fields of "INC EAX; JMP + 1" in 16-bit and 32-bit code, each with many segments' modes.
    for (u32 at = 0x20000; at < 0x80000; at += 3) {
        CODE_AT(f, at, 0x40, 0xeb, 0x00);
    }
    CODE_AT(f, 0x80000, 0xf4, 0xf4, 0xf4);
    put_descriptor(f, gdt_at(0x40), 0, 0xffff, 0x93, 0);
    for (unsigned pass = 0; pass < 3; pass++) {
        again(f, 0);
        load_flat(f, X86_GS, pass == 1 ? 0x40 : FIX_DATA0); // another mode: other blocks
        x86_segments_changed(c);
        c->s.r[X86_RAX] = 0;
        c->s.rip = 0x20000;
        run(f, 1000000);
        assert_true(c->s.is_halted);
        assert_int_equal(c->s.r[X86_RAX], 0x60000 / 3);
    }
    destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_of_n_stops_after_n_with_the_state_of_n_single_steps),
        cmocka_unit_test(slices_of_any_length_make_the_same_states),
        cmocka_unit_test(small_cache_makes_the_same_states),
        cmocka_unit_test(emptying_the_cache_between_any_two_instructions_changes_nothing),
        cmocka_unit_test(state_restored_in_the_middle_of_a_block_goes_on_the_same),
        cmocka_unit_test(device_sees_how_many_instructions_came_before_its_access),
        cmocka_unit_test(kick_by_a_device_stops_behind_the_instruction),
        cmocka_unit_test(interrupt_that_a_device_raises_is_taken_before_the_next_instruction),
        cmocka_unit_test(faults_count_as_one_instruction),
        cmocka_unit_test(arena_that_overflows_is_emptied_and_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
