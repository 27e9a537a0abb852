// What core/audio.h promises of frames and blocks.
#include "test/dev/rig.h"

#include "core/audio.h"

enum { HZ = 8000 };

struct bench {
    struct rig rig;
    struct audio audio;
    struct vt_host host;
    u64 frame;     // the source has played up to here
    u64 end;       // where it falls silent
    i32 level;     // of the sound
    u64 last_end;  // of what the host got
    u64 loud_from; // first frame that was not silent; UINT64_MAX: none
    u64 loud_count;
    i16 last_sample;
};

static bool play(void *owner, u64 until_ns)
{
    struct bench *b = owner;
    for (; b->frame < audio_frame(&b->audio, until_ns) && b->frame < b->end; b->frame++) {
        audio_add(&b->audio, b->frame, b->level, -b->level);
    }
    return b->frame < b->end;
}

static void record(void *owner, u64 first_frame, const i16 *frames, size_t count)
{
    struct bench *b = owner;
    assert_true(first_frame >= b->last_end);
    for (size_t n = 0; n < count; n++) {
        if (frames[2 * n] != 0) {
            b->loud_from = b->loud_count == 0 ? first_frame + n : b->loud_from;
            b->loud_count++;
            b->last_sample = frames[2 * n];
        }
    }
    b->last_end = first_frame + count;
}

static void start(struct bench *b)
{
    memset(b, 0, sizeof *b);
    rig_init(&b->rig);
    b->loud_from = UINT64_MAX;
    b->host = (struct vt_host){.owner = b, .audio_write = record};
    audio_init(&b->audio, &b->rig.clock, &b->host, HZ);
    audio_add_source(&b->audio, play, b);
}

static void begin_sound(struct bench *b, u64 frames, i32 level)
{
    b->frame = audio_frame(&b->audio, clock_now_ns(&b->rig.clock));
    b->end = b->frame + frames;
    b->level = level;
    audio_start(&b->audio);
}

static void frames_are_counted_in_guest_time(void **state UNUSED)
{
    static struct bench b;
    start(&b);
    rig_run(&b.rig, 1000 * 1000 * 1000); // frame 8000
    begin_sound(&b, 3000, 100);
    rig_run(&b.rig, 1000 * 1000 * 1000);
    assert_int_equal(b.loud_from, 8000);
    assert_int_equal(b.loud_count, 3000);
    assert_in_range(b.last_end, 11000, 11000 + AUDIO_BLOCK_FRAMES);
    assert_int_equal(b.rig.clock.next_ns, CLOCK_NEVER);
}

static void what_is_too_loud_is_cut_off(void **state UNUSED)
{
    static struct bench b;
    start(&b);
    begin_sound(&b, 1000, 100000);
    rig_run(&b.rig, 1000 * 1000 * 1000);
    assert_int_equal(b.last_sample, 32767);
}

static void sources_add_up(void **state UNUSED)
{
    static struct bench b;
    start(&b);
    audio_add_source(&b.audio, play, &b); // takes turns; each frame is played once
    begin_sound(&b, 10, 100);
    audio_add(&b.audio, 9, 11, 0);
    rig_run(&b.rig, 1000 * 1000 * 1000);
    assert_int_equal(b.last_sample, 111);
}

static void a_flush_hands_on_what_there_is_and_nothing_twice(void **state UNUSED)
{
    static struct bench b;
    start(&b);
    begin_sound(&b, 3000, 100);
    rig_run(&b.rig, 100 * 1000 * 1000); // 800 frames
    audio_flush(&b.audio);
    assert_int_equal(b.last_end, 800);
    audio_flush(&b.audio);
    rig_run(&b.rig, 1000 * 1000 * 1000);
    assert_int_equal(b.loud_count, 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_counted_in_guest_time),
        cmocka_unit_test(what_is_too_loud_is_cut_off),
        cmocka_unit_test(sources_add_up),
        cmocka_unit_test(a_flush_hands_on_what_there_is_and_nothing_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
