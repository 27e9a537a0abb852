#include "core/audio.h"

#include "base/check.h"

static const struct field audio_fields[] = {
    FIELD(struct audio_state, is_open),
    FIELD(struct audio_state, first_frame),
    FIELD(struct audio_state, written_frames),
    FIELD_ARRAY(struct audio_state, mix),
};
static const struct field_table audio_table =
    FIELD_TABLE("audio", 1, struct audio_state, audio_fields);

u64 audio_frame(const struct audio *a, u64 ns)
{
    return clock_ticks(ns, a->hz);
}

u64 audio_frame_ns(const struct audio *a, u64 frame)
{
    return clock_ns_of_ticks(frame, a->hz);
}

static u64 block_end(const struct audio *a)
{
    return a->s.first_frame + AUDIO_BLOCK_FRAMES;
}

static void open_block(struct audio *a, u64 frame)
{
    a->s.is_open = true;
    a->s.first_frame = frame - frame % AUDIO_BLOCK_FRAMES;
    clock_arm(a->clock, &a->block, audio_frame_ns(a, block_end(a)));
}

void audio_start(struct audio *a)
{
    if (!a->s.is_open) {
        open_block(a, audio_frame(a, clock_now_ns(a->clock)));
    }
}

void audio_add(struct audio *a, u64 frame, i32 left, i32 right)
{
    u64 at = frame - a->s.first_frame;
    if (a->s.is_open && at < AUDIO_BLOCK_FRAMES) {
        a->s.mix[2 * at] += left;
        a->s.mix[2 * at + 1] += right;
    }
}

static i16 clamp(i32 v)
{
    return (i16)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
}

// Hands on what is complete up to frame `end`.
static void write_frames(struct audio *a, u64 end)
{
    i16 out[2 * AUDIO_BLOCK_FRAMES];
    struct audio_state *s = &a->s;
    u64 from = s->written_frames > s->first_frame ? s->written_frames : s->first_frame;
    if (from >= end) {
        return;
    }
    size_t at = (size_t)(from - s->first_frame), count = (size_t)(end - from);
    for (size_t n = 0; n < 2 * count; n++) {
        out[n] = clamp(s->mix[2 * at + n]);
        s->mix[2 * at + n] = 0;
    }
    s->written_frames = end;
    if (a->host->audio_write) {
        a->host->audio_write(a->host->owner, from, out, count);
    }
}

static bool play_all(struct audio *a, u64 until_ns)
{
    bool is_playing = false;
    for (unsigned n = 0; n < a->source_count; n++) {
        is_playing |= a->sources[n].play(a->sources[n].owner, until_ns);
    }
    return is_playing;
}

static void block_due(void *owner)
{
    struct audio *a = owner;
    u64 end = block_end(a);
    bool goes_on = play_all(a, audio_frame_ns(a, end));
    write_frames(a, end);
    a->s.is_open = false;
    if (goes_on) {
        open_block(a, end);
    }
}

void audio_flush(struct audio *a)
{
    if (a->s.is_open) {
        u64 now_ns = clock_now_ns(a->clock), end = audio_frame(a, now_ns);
        play_all(a, now_ns);
        write_frames(a, end < block_end(a) ? end : block_end(a));
    }
}

static void reset(void *owner)
{
    struct audio *a = owner;
    audio_flush(a);
}

static void restored(void *owner)
{
    struct audio *a = owner;
    if (a->s.is_open) {
        clock_arm(a->clock, &a->block, audio_frame_ns(a, block_end(a)));
    } else {
        clock_disarm(a->clock, &a->block);
    }
}

void audio_init(struct audio *a, struct clock *clock, const struct vt_host *host, u32 hz)
{
    CHECK(hz >= AUDIO_HZ_MIN && hz <= AUDIO_HZ_MAX);
    *a = (struct audio){.clock = clock, .host = host, .hz = hz};
    dev_init(&a->dev, "audio", &audio_table, &a->s, a, reset, restored);
    clock_add_event(clock, &a->block, "audio.block", block_due, a);
}

void audio_add_source(struct audio *a, audio_play_fn *play, void *owner)
{
    CHECK(a->source_count < AUDIO_SOURCES_MAX);
    a->sources[a->source_count++] = (struct audio_source){.play = play, .owner = owner};
}
