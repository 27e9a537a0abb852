// Port 61h of a PC, and the speaker. Keys: [82371SB] NMISC register, [8254].
//
//   61h  bit 0    rw  gate of the 8254's counter 2
//        bit 1    rw  speaker on
//        bit 2    rw  1: parity errors (SERR#) raise no NMI
//        bit 3    rw  1: bus errors (IOCHK#) raise no NMI
//        bit 4    r   refresh toggle: changes with each memory refresh, every 15.085 us (18 ticks
//                     of the 8254, counter 1's usual count)
//        bit 5    r   output of counter 2
//        bits 7:6 r   NMI sources; none is built, so 0
//
//   8254 counter 2 --OUT--+
//                         AND --> cone
//   61h bit 1 ------------+
//
// Sound: the cone is in or out, and a sample is the mean of that over the sample's time, exact to
// the nanosecond. So programs that make sound of pulses (bit 1 toggled, one-shots of counter 2)
// sound as they should, whose pulses are shorter than a sample. A resting cone makes no sound:
// what is constant is taken out by a high-pass filter of about 27 Hz, which is what a small speaker
// cannot do anyway.
//
// The PIT tells before counter 2 changes; in between, the edges follow by arithmetic.
//
// Not implemented: the refresh does not follow what counter 1 is programmed to.
#include "dev/speaker.h"

#include "core/fields.h"

enum {
    GATE_2 = 0x01,
    DATA = 0x02,
    WRITABLE = 0x0f,
    REFRESH = 0x10,
    OUT_2 = 0x20,
    REFRESH_TICKS = 18,

    LOUDNESS = 10000, // from in to out, in sample steps
    FRACTION = 256,   // of `rest`
    SLOWNESS = 256,   // the rest follows by 1/256 a sample: 27 Hz at 44.1 kHz
};

static const struct field speaker_fields[] = {
    FIELD(struct speaker_state, control),
    FIELD(struct speaker_state, played_ns),
    FIELD(struct speaker_state, high_ns),
    FIELD(struct speaker_state, rest),
};
static const struct field_table speaker_table =
    FIELD_TABLE("speaker", 1, struct speaker_state, speaker_fields);

// --- sound ---

// The cone at guest time played_ns, and in *until_ns when it moves next if nobody writes.
static bool cone(struct speaker *k, u64 *until_ns)
{
    u64 edge = UINT64_MAX;
    *until_ns = CLOCK_NEVER;
    if (!(k->s.control & DATA)) {
        return false;
    }
    u64 tick = clock_ticks(k->s.played_ns, PIT_HZ);
    bool is_out = pit_output_at(k->pit, 2, tick, &edge);
    if (edge != UINT64_MAX) {
        *until_ns = clock_ns_of_ticks(edge, PIT_HZ);
    }
    return is_out;
}

static i32 resting_place(bool is_out)
{
    return is_out ? LOUDNESS * FRACTION : 0;
}

// The frame that ends at played_ns is complete.
static void put_frame(struct speaker *k, u64 frame, u64 frame_ns)
{
    i32 place = (i32)(k->s.high_ns * (LOUDNESS * FRACTION) / frame_ns);
    i32 sample = (place - k->s.rest) / FRACTION;
    i32 step = (place - k->s.rest) / SLOWNESS;
    k->s.rest = step != 0 ? k->s.rest + step : place; // arrives in the end
    k->s.high_ns = 0;
    audio_add(k->audio, frame, sample, sample);
}

// Goes on to `to_ns` at once while the cone rests and would not be heard.
static void skip(struct speaker *k, bool is_out, u64 to_ns)
{
    u64 frame_start = audio_frame_ns(k->audio, audio_frame(k->audio, to_ns));
    if (frame_start > k->s.played_ns) {
        k->s.high_ns = is_out ? to_ns - frame_start : 0;
    } else {
        k->s.high_ns += is_out ? to_ns - k->s.played_ns : 0;
    }
    k->s.played_ns = to_ns;
}

static bool play(void *owner, u64 to_ns)
{
    struct speaker *k = owner;
    u64 frame = audio_frame(k->audio, k->s.played_ns), edge_ns;
    u64 start_ns = audio_frame_ns(k->audio, frame), end_ns = audio_frame_ns(k->audio, frame + 1);
    bool is_out = cone(k, &edge_ns);
    while (k->s.played_ns < to_ns) {
        if (edge_ns > to_ns && k->s.rest == resting_place(is_out) && k->s.high_ns == 0) {
            skip(k, is_out, to_ns);
            break;
        }
        u64 next = end_ns < to_ns ? end_ns : to_ns;
        next = edge_ns < next ? edge_ns : next;
        k->s.high_ns += is_out ? next - k->s.played_ns : 0;
        k->s.played_ns = next;
        if (next == end_ns) {
            put_frame(k, frame++, end_ns - start_ns);
            start_ns = end_ns;
            end_ns = audio_frame_ns(k->audio, frame + 1);
        }
        if (next == edge_ns) {
            is_out = cone(k, &edge_ns);
        }
    }
    return edge_ns != CLOCK_NEVER || k->s.rest != resting_place(is_out);
}

// Something is about to change that the cone follows.
static void changing(void *owner)
{
    struct speaker *k = owner;
    if (k->audio) {
        play(k, clock_now_ns(k->clock));
        if (k->s.control & DATA) {
            audio_start(k->audio);
        }
    }
}

// --- the port ---

static u32 port_read(void *owner, unsigned offset UNUSED, unsigned size_bytes UNUSED)
{
    struct speaker *k = owner;
    u64 refreshes = clock_ticks(clock_now_ns(k->clock), PIT_HZ) / REFRESH_TICKS;
    u32 v = k->s.control;
    v |= refreshes & 1 ? REFRESH : 0;
    v |= pit_output(k->pit, 2) ? OUT_2 : 0;
    return v;
}

static void set_control(struct speaker *k, u8 v)
{
    if ((v ^ k->s.control) & (DATA | GATE_2)) {
        changing(k);
    }
    k->s.control = v;
    pit_set_gate(k->pit, 2, v & GATE_2);
    if (k->audio && (v & DATA)) {
        audio_start(k->audio);
    }
}

static void port_write(void *owner, unsigned offset UNUSED, u32 value, unsigned size_bytes UNUSED)
{
    set_control(owner, value & WRITABLE);
}

static void reset(void *owner)
{
    set_control(owner, 0);
}

void speaker_init(struct speaker *k, struct clock *clock, struct ports *ports, struct pit *pit,
                  struct audio *audio)
{
    *k = (struct speaker){.clock = clock, .pit = pit, .audio = audio};
    dev_init(&k->dev, "speaker", &speaker_table, &k->s, k, reset, NULL);
    ports_map(ports, 0x61, 1, 1, port_read, port_write, k, "speaker");
    if (audio) {
        audio_add_source(audio, play, k);
        pit_watch_counter_2(pit, changing, k);
    }
}
