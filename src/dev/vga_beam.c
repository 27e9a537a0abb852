// Where the beam is: the CRTC's counters as a function of guest time, so that nothing runs while
// nobody asks. [VGA] CRT controller; input status register 1
//
//     line: 0 .. shown .. total+4 characters       picture: 0 .. shown lines .. retrace .. total+1
//
// Not implemented: blanking, skew and horizontal retrace as times of their own (bit 0 of the status
// is 1 outside of the displayed part), light pen. A change of the timing moves the beam.
#include "dev/vga_impl.h"

struct timing {
    u64 dot_hz;
    u64 line_dots, lines; // all of a line and of a picture
    u64 shown_dots, shown_lines;
    u64 retrace, retrace_end; // lines
};

enum { PICTURES_HZ = 60, HIDDEN_LINES = 45 };

// The display extension has no timing: 60 pictures a second, and a fifth of each line hidden.
static struct timing timing_of_extension(const struct vga *v)
{
    const u16 *d = v->s.dispi;
    struct timing t = {
        .line_dots = d[DISPI_XRES] * 5ull / 4,
        .lines = d[DISPI_YRES] + (u64)HIDDEN_LINES,
        .shown_dots = d[DISPI_XRES],
        .shown_lines = d[DISPI_YRES],
        .retrace = d[DISPI_YRES] + 10ull,
        .retrace_end = d[DISPI_YRES] + 12ull,
    };
    t.dot_hz = t.line_dots * t.lines * PICTURES_HZ;
    return t;
}

static struct timing timing_of(const struct vga *v)
{
    const struct vga_state *s = &v->s;
    if (vga_dispi_is_on(v)) {
        return timing_of_extension(v);
    }
    u64 character = s->sequencer[SEQ_CLOCKING] & CLOCKING_8_DOTS ? 8 : 9;
    unsigned retrace = vga_crtc_lines(s, CRTC_RETRACE, 2, 7);
    unsigned length = ((s->crtc[CRTC_RETRACE_END] & 15u) - retrace) & 15; // of 0: 16
    unsigned twice = s->crtc[CRTC_MODE] >> 2 & 1;                         // lines counted by two
    struct timing t = {
        .dot_hz = (s->misc >> 2 & 3) == 1 ? 28322000 : 25175000,
        .line_dots = (s->crtc[CRTC_TOTAL] + 5ull) * character,
        .lines = (vga_crtc_lines(s, CRTC_LINE_TOTAL, 0, 5) + 2ull) << twice,
        .shown_dots = (s->crtc[CRTC_SHOWN] + 1ull) * character,
        .shown_lines = (vga_crtc_lines(s, CRTC_SHOWN_LINES, 1, 6) + 1ull) << twice,
        .retrace = (u64)retrace << twice,
        .retrace_end = ((u64)retrace + (length ? length : 16)) << twice,
    };
    if (t.retrace >= t.lines) { // never reached; but who waits for it must not wait for ever
        t.retrace = t.lines - 1;
        t.retrace_end = t.lines;
    }
    if (s->sequencer[SEQ_CLOCKING] & CLOCKING_HALF) {
        t.dot_hz /= 2;
    }
    return t;
}

u8 vga_beam_status(const struct vga *v)
{
    struct timing t = timing_of(v);
    u64 dot = clock_ticks(clock_now_ns(v->clock), t.dot_hz) % (t.line_dots * t.lines);
    u64 line = dot / t.line_dots, column = dot % t.line_dots;
    bool is_displayed = line < t.shown_lines && column < t.shown_dots;
    bool is_retrace = line >= t.retrace && line < t.retrace_end;
    return (u8)((is_displayed ? 0 : 1) | (is_retrace ? 8 : 0));
}

struct vga_beam vga_beam(const struct vga *v)
{
    struct timing t = timing_of(v);
    u64 dots = clock_ticks(clock_now_ns(v->clock), t.dot_hz), all = t.line_dots * t.lines;
    u64 middle = (t.shown_dots < t.line_dots ? t.shown_dots : t.line_dots) / 2;
    return (struct vga_beam){
        .picture = dots / all,
        .line = (dots % all + t.line_dots - middle) / t.line_dots,
        .shown_lines = t.shown_lines,
    };
}

// How often the beam has come to a line since power-on, by a timing.
static u64 arrivals(const struct timing *t, u64 line, u64 ns)
{
    u64 picture = t->line_dots * t->lines;
    return (clock_ticks(ns, t->dot_hz) + picture - line * t->line_dots) / picture;
}

u64 vga_retraces(const struct vga *v, u64 ns)
{
    struct timing t = timing_of(v);
    return arrivals(&t, t.retrace, ns);
}

// --- the start address ---

static u16 written_start(const struct vga_state *s)
{
    return (u16)(s->crtc[CRTC_START] << 8 | s->crtc[CRTC_START + 1]);
}

// It is taken over when vertical retrace begins. [VGA] CRTC 0Ch, 0Dh
u16 vga_shown_start(const struct vga *v)
{
    u64 now_ns = clock_now_ns(v->clock);
    bool is_taken_over = vga_retraces(v, v->s.start_written_ns) != vga_retraces(v, now_ns);
    return is_taken_over ? written_start(&v->s) : v->s.shown_start;
}

void vga_start_changes(struct vga *v)
{
    v->s.shown_start = vga_shown_start(v);
    v->s.start_written_ns = clock_now_ns(v->clock);
}

// --- the vertical interrupt ---
//
// CRTC 11h: 5 the interrupt is off, 4 the flip-flop may be set: 0 clears it and holds it. It is set
// where the displayed part ends. [VGA] CRTC 11h, input status 0

enum { INTERRUPT_OFF = 0x20, INTERRUPT_HELD_CLEAR_N = 0x10 };

static u64 line_after_shown(const struct timing *t)
{
    return t->shown_lines < t->lines ? t->shown_lines : t->lines - 1;
}

bool vga_is_interrupt(const struct vga *v)
{
    const struct vga_state *s = &v->s;
    if (!(s->crtc[CRTC_RETRACE_END] & INTERRUPT_HELD_CLEAR_N)) {
        return false;
    }
    struct timing t = timing_of(v);
    u64 line = line_after_shown(&t);
    return s->is_interrupt ||
           arrivals(&t, line, s->interrupt_since_ns) != arrivals(&t, line, clock_now_ns(v->clock));
}

void vga_timing_changes(struct vga *v)
{
    v->s.is_interrupt = vga_is_interrupt(v);
    v->s.interrupt_since_ns = clock_now_ns(v->clock);
}

void vga_timing_changed(struct vga *v)
{
    u8 control = v->s.crtc[CRTC_RETRACE_END] & (INTERRUPT_OFF | INTERRUPT_HELD_CLEAR_N);
    bool is_enabled = control == INTERRUPT_HELD_CLEAR_N;
    bool is_due = is_enabled && vga_is_interrupt(v);
    line_set(&v->irq, is_due);
    if (!is_enabled || is_due) {
        clock_disarm(v->clock, &v->vertical);
        return;
    }
    struct timing t = timing_of(v);
    u64 line = line_after_shown(&t);
    u64 next = arrivals(&t, line, clock_now_ns(v->clock));
    u64 dot = next * t.line_dots * t.lines + line * t.line_dots;
    clock_arm(v->clock, &v->vertical, clock_ns_of_ticks(dot, t.dot_hz));
}

void vga_vertical_due(void *owner)
{
    vga_timing_changed(owner);
}
