// Expected values: [82371SB] NMISC register (port 61h), [8254]; of sound, arithmetic.
#include "rig.h"

#include "dev/speaker.h"

struct board {
    struct rig rig;
    struct pit pit;
    struct speaker speaker;
    struct probe irq;
};

enum { HZ = 44100, SECONDS = 2 };

// What the mixer handed to the host.
struct tape {
    i16 left[SECONDS * HZ + AUDIO_BLOCK_FRAMES];
    u64 end; // after the last frame that came
    unsigned calls;
};

static void record(void *owner, u64 first_frame, const i16 *frames, size_t count)
{
    struct tape *t = owner;
    t->calls++;
    for (size_t n = 0; n < count && first_frame + n < COUNT_OF(t->left); n++) {
        t->left[first_frame + n] = frames[2 * n];
        assert_int_equal(frames[2 * n], frames[2 * n + 1]);
        t->end = first_frame + n + 1;
    }
}

struct sounding_board {
    struct board b;
    struct audio audio;
    struct vt_host host;
    struct tape tape;
};

static void start_sounding(struct sounding_board *s)
{
    struct board *b = &s->b;
    memset(s, 0, sizeof *s);
    rig_init(&b->rig);
    s->host = (struct vt_host){.owner = &s->tape, .audio_write = record};
    pit_init(&b->pit, &b->rig.clock, &b->rig.ports, probe_line(&b->irq));
    audio_init(&s->audio, &b->rig.clock, &s->host, HZ);
    speaker_init(&b->speaker, &b->rig.clock, &b->rig.ports, &b->pit, &s->audio);
}

// Counter 2 as a square wave, and the speaker on: what a BIOS does to beep.
static void play_square(struct board *b, u16 count)
{
    rig_out(&b->rig, 0x43, 0xb6);
    rig_out(&b->rig, 0x42, (u8)count);
    rig_out(&b->rig, 0x42, (u8)(count >> 8));
    rig_out(&b->rig, 0x61, 3);
}

// Times that the sound rises through zero.
static unsigned waves(const struct tape *t, size_t from, size_t to)
{
    unsigned count = 0;
    for (size_t n = from + 1; n < to; n++) {
        count += t->left[n - 1] < 0 && t->left[n] >= 0;
    }
    return count;
}

static int loudest(const struct tape *t, size_t from, size_t to)
{
    int max = 0;
    for (size_t n = from; n < to; n++) {
        max = t->left[n] > max ? t->left[n] : max;
        max = -t->left[n] > max ? -t->left[n] : max;
    }
    return max;
}

// 1193182 / count waves in a second ([8254] mode 3).
static void a_tone_has_the_frequency_of_the_counter(void **state UNUSED)
{
    static const u16 counts[] = {11932, 2712, 1193, 239}; // 100, 440, 1000, 4992 Hz
    static struct sounding_board s;
    for (unsigned n = 0; n < COUNT_OF(counts); n++) {
        start_sounding(&s);
        play_square(&s.b, counts[n]);
        rig_run(&s.b.rig, 1100 * 1000 * 1000);
        assert_in_range(waves(&s.tape, HZ / 20, HZ / 20 + HZ), PIT_HZ / counts[n] - 1,
                        PIT_HZ / counts[n] + 1);
        assert_in_range(loudest(&s.tape, HZ / 20, HZ), 3000, 10000);
    }
}

static void a_tone_begins_and_ends_with_the_ports(void **state UNUSED)
{
    static struct sounding_board s;
    start_sounding(&s);
    rig_run(&s.b.rig, 500 * 1000 * 1000);
    play_square(&s.b, 1193);
    rig_run(&s.b.rig, 500 * 1000 * 1000);
    rig_out(&s.b.rig, 0x61, 0);
    rig_run(&s.b.rig, 900 * 1000 * 1000);
    assert_int_equal(loudest(&s.tape, 0, HZ / 2), 0);
    assert_in_range(waves(&s.tape, HZ / 2 - 1, HZ), 498, 501);
    assert_in_range(waves(&s.tape, HZ + 100, 2 * HZ), 0, 1); // the cone comes to rest
    assert_in_range(s.tape.end, HZ, HZ + HZ / 5);            // silence is not handed on
}

static void silence_costs_nothing(void **state UNUSED)
{
    static struct sounding_board s;
    start_sounding(&s);
    clock_disarm(&s.b.rig.clock, &s.b.pit.edge);
    assert_int_equal(s.b.rig.clock.next_ns, CLOCK_NEVER);
    play_square(&s.b, 1000);
    assert_int_not_equal(s.b.rig.clock.next_ns, CLOCK_NEVER);
    rig_out(&s.b.rig, 0x61, 0);
    rig_run(&s.b.rig, 500 * 1000 * 1000);
    assert_int_equal(s.b.rig.clock.next_ns, CLOCK_NEVER);
    unsigned calls = s.tape.calls;
    rig_run(&s.b.rig, 500 * 1000 * 1000);
    assert_int_equal(s.tape.calls, calls);
}

// The gate is closed, so OUT is high in mode 3: bit 1 alone moves the cone.
static void software_can_move_the_cone_by_bit_1(void **state UNUSED)
{
    static struct sounding_board s;
    start_sounding(&s);
    rig_out(&s.b.rig, 0x43, 0xb6);
    for (unsigned n = 0; n < 2000; n++) {
        rig_out(&s.b.rig, 0x61, n & 1 ? 0 : 2);
        rig_run(&s.b.rig, 500 * 1000); // 1000 Hz
    }
    assert_in_range(waves(&s.tape, HZ / 10, HZ / 10 + HZ / 2), 499, 501);
}

// Pulse width modulation as in games for DOS: at 18 kHz a one-shot (mode 0) whose length follows a
// triangle of 200 Hz. Its mean is what is heard.
static void one_shots_of_counter_2_make_pulse_width_sound(void **state UNUSED)
{
    static struct sounding_board s;
    start_sounding(&s);
    rig_out(&s.b.rig, 0x43, 0x90); // counter 2, low byte, mode 0
    rig_out(&s.b.rig, 0x61, 3);
    for (unsigned n = 0; n < 18000; n++) {
        unsigned at = n % 90; // 18000 / 90 = 200 Hz
        unsigned level = at < 45 ? at : 89 - at;
        rig_out(&s.b.rig, 0x42, (u8)(10 + level));
        rig_run(&s.b.rig, 55555);
    }
    // The mean of 49 samples, 20 pulses, takes the 18 kHz away.
    static struct tape smooth;
    memset(&smooth, 0, sizeof smooth);
    for (size_t n = 49; n < HZ; n++) {
        int sum = 0;
        for (size_t k = 0; k < 49; k++) {
            sum += s.tape.left[n - k];
        }
        smooth.left[n] = (i16)(sum / 49);
    }
    assert_in_range(waves(&smooth, HZ / 4, HZ / 4 + HZ / 2), 99, 101);
    assert_in_range(loudest(&smooth, HZ / 4, HZ * 3 / 4), 1000, 5000);
}

// A carrier above hearing must not come down as a tone.
static void a_tone_above_hearing_is_nearly_silent(void **state UNUSED)
{
    static struct sounding_board s;
    start_sounding(&s);
    play_square(&s.b, 2); // 596 kHz
    rig_run(&s.b.rig, 1000 * 1000 * 1000);
    assert_in_range(loudest(&s.tape, HZ / 2, HZ), 0, 500);
}

static void start(struct board *b)
{
    memset(b, 0, sizeof *b);
    rig_init(&b->rig);
    pit_init(&b->pit, &b->rig.clock, &b->rig.ports, probe_line(&b->irq));
    speaker_init(&b->speaker, &b->rig.clock, &b->rig.ports, &b->pit, NULL);
}

static void the_lower_four_bits_can_be_read_back(void **state UNUSED)
{
    static struct board b;
    start(&b);
    rig_out(&b.rig, 0x61, 0xff);
    assert_int_equal(rig_in(&b.rig, 0x61) & 0xcf, 0x0f);
    rig_out(&b.rig, 0x61, 0x00);
    assert_int_equal(rig_in(&b.rig, 0x61) & 0xcf, 0x00);
}

// A guest measures 50 ms with counter 2, polling bit 5: the way of Linux's TSC calibration.
static void bit_5_shows_the_end_of_counter_2(void **state UNUSED)
{
    static struct board b;
    start(&b);
    rig_out(&b.rig, 0x61, 0x01);
    rig_out(&b.rig, 0x43, 0xb0);
    rig_out(&b.rig, 0x42, 59659 & 0xff);
    rig_out(&b.rig, 0x42, 59659 >> 8);
    rig_run(&b.rig, 49990000);
    assert_int_equal(rig_in(&b.rig, 0x61) & 0x20, 0);
    rig_run(&b.rig, 20000);
    assert_int_equal(rig_in(&b.rig, 0x61) & 0x20, 0x20);
}

static void bit_0_is_the_gate(void **state UNUSED)
{
    static struct board b;
    start(&b);
    rig_out(&b.rig, 0x61, 0x00);
    rig_out(&b.rig, 0x43, 0x90); // mode 0, low byte
    rig_out(&b.rig, 0x42, 10);
    rig_run(&b.rig, 1000000);
    assert_int_equal(rig_in(&b.rig, 0x61) & 0x20, 0);
    rig_out(&b.rig, 0x61, 0x01);
    rig_run(&b.rig, 1000000);
    assert_int_equal(rig_in(&b.rig, 0x61) & 0x20, 0x20);
}

static void the_refresh_bit_toggles_every_15_us(void **state UNUSED)
{
    static struct board b;
    start(&b);
    unsigned changes = 0;
    u8 last = rig_in(&b.rig, 0x61) & 0x10;
    for (unsigned us = 0; us < 1000; us++) {
        rig_run(&b.rig, 1000);
        u8 now = rig_in(&b.rig, 0x61) & 0x10;
        changes += now != last;
        last = now;
    }
    assert_int_equal(changes, 66); // 1000 us / 15.085 us
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tone_has_the_frequency_of_the_counter),
        cmocka_unit_test(a_tone_begins_and_ends_with_the_ports),
        cmocka_unit_test(silence_costs_nothing),
        cmocka_unit_test(software_can_move_the_cone_by_bit_1),
        cmocka_unit_test(one_shots_of_counter_2_make_pulse_width_sound),
        cmocka_unit_test(a_tone_above_hearing_is_nearly_silent),
        cmocka_unit_test(the_lower_four_bits_can_be_read_back),
        cmocka_unit_test(bit_5_shows_the_end_of_counter_2),
        cmocka_unit_test(bit_0_is_the_gate),
        cmocka_unit_test(the_refresh_bit_toggles_every_15_us),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
