// The PS/2 mouse with a wheel. Keys: [PS2M], [IMOUSE] Microsoft's IntelliMouse extension.
//
//   commands: E6 E7 scaling 1:1, 2:1; E8 resolution; E9 status; EA stream mode; EB read data;
//   EC EE wrap mode off, on; F0 remote mode; F2 identify; F3 sample rate; F4 F5 report, stop;
//   F6 defaults; FE resend; FF reset
//
//   packet:  D7 y overflow  D6 x overflow  D5 y sign  D4 x sign  1  middle  right  left
//            x movement, y movement (upwards), and once the sample rates 200, 100, 80 have been set
//            one after the other: wheel movement. After 200, 200, 80 the fourth byte is
//            D5 button 5, D4 button 4, D3:0 wheel movement (IntelliMouse Explorer)
//
// Packets of stream mode come at the sample rate at most. QUIRK: no movement is AAh: Windows NT
// takes AAh and 0 anywhere in the stream for the end of a reset, and the wheel as gone. Not
// implemented: the resolution does not scale movement; none is ever lost by overflow, the rest
// follows.
#include "core/fields.h"
#include "dev/ps2_impl.h"

enum {
    CMD_SCALING_1 = 0xe6,
    CMD_SCALING_2 = 0xe7,
    CMD_RESOLUTION = 0xe8,
    CMD_STATUS = 0xe9,
    CMD_STREAM = 0xea,
    CMD_READ_DATA = 0xeb,
    CMD_WRAP_OFF = 0xec,
    CMD_WRAP_ON = 0xee,
    CMD_REMOTE = 0xf0,
    CMD_IDENTIFY = 0xf2,
    CMD_SAMPLE_RATE = 0xf3,
    CMD_REPORT = 0xf4,
    CMD_STOP = 0xf5,
    CMD_DEFAULTS = 0xf6,
    CMD_RESEND = 0xfe,
    CMD_RESET = 0xff,
};
enum {
    ID_PLAIN = 0,
    ID_WHEEL = 3,
    ID_EXPLORER = 4,
    BUTTONS = 0x1f,
    PACKET_BUTTONS = 7,
    LEFT = 1,
    RIGHT = 2,
    MIDDLE = 4,
    PACKET_ALWAYS = 0x08,
    PACKET_X_NEGATIVE = 0x10,
    PACKET_Y_NEGATIVE = 0x20,
    MOVE_MAX = 255,
    WHEEL_MAX = 7,
    SLOWEST_RATE = 10,     // samples a second
    BACKLOG_MAX = 1 << 20, // movement that a guest has not fetched is kept up to here
};

static i32 clamp(i32 v, i32 limit)
{
    return v > limit ? limit : v < -limit ? -limit : v;
}

// Movement 2:1 in stream mode [PS2M].
static i32 scale(const struct ps2_mouse *m, i32 v)
{
    static const u8 small[6] = {0, 1, 1, 3, 6, 9};
    if (!m->is_scaling_2 || m->is_remote) {
        return v;
    }
    i32 size = v < 0 ? -v : v;
    size = size < 6 ? small[size] : 2 * size;
    return clamp(v < 0 ? -size : size, MOVE_MAX);
}

// Takes from `left` what one byte of a packet tells; the rest follows in the next.
static i32 take_movement(const struct ps2_mouse *m, i32 *left)
{
    i32 v = clamp(*left, MOVE_MAX);
    if ((u8)scale(m, v) == PS2_SELF_TEST_PASSED) {
        v -= v < 0 ? -1 : 1;
    }
    *left -= v;
    return scale(m, v);
}

static bool has_wheel(const struct ps2_mouse *m)
{
    return m->id != ID_PLAIN;
}

// Only the longest packet tells of buttons 4 and 5.
static u8 seen_buttons(const struct ps2_mouse *m)
{
    return m->id == ID_EXPLORER ? m->buttons : m->buttons & PACKET_BUTTONS;
}

// Puts what has happened since the last packet into `q`.
static void put_packet(struct ps2_mouse *m, struct ps2_queue *q)
{
    i32 dx = take_movement(m, &m->dx), dy = take_movement(m, &m->dy);
    i32 dz = clamp(m->dz, WHEEL_MAX);
    m->dz = has_wheel(m) ? m->dz - dz : 0;
    m->reported_buttons = seen_buttons(m);
    ps2_queue_put(q, (u8)(PACKET_ALWAYS | (m->buttons & PACKET_BUTTONS) |
                          (dx < 0 ? PACKET_X_NEGATIVE : 0) | (dy < 0 ? PACKET_Y_NEGATIVE : 0)));
    ps2_queue_put(q, (u8)dx);
    ps2_queue_put(q, (u8)dy);
    if (m->id == ID_WHEEL) {
        ps2_queue_put(q, (u8)dz);
    } else if (m->id == ID_EXPLORER) {
        ps2_queue_put(q, (u8)((dz & 15) | (m->buttons >> 3) << 4));
    }
}

bool ps2_mouse_has_news(const struct ps2_mouse *m)
{
    bool is_new = m->dx != 0 || m->dy != 0 || (m->dz != 0 && has_wheel(m)) ||
                  seen_buttons(m) != m->reported_buttons;
    bool may_send = m->is_reporting && !m->is_remote && !m->is_wrapping;
    return is_new && may_send && m->packet.count == 0;
}

void ps2_mouse_report(struct ps2_mouse *m, u64 now_ns)
{
    if (ps2_mouse_has_news(m) && now_ns >= m->next_sample_ns) {
        unsigned rate = m->sample_rate > SLOWEST_RATE ? m->sample_rate : SLOWEST_RATE;
        put_packet(m, &m->packet);
        m->next_sample_ns = now_ns + NS_PER_SECOND / rate;
    }
}

void ps2_mouse_move(struct ps2_mouse *m, int dx, int dy, int dz, unsigned buttons)
{
    // Sums of clamped values: no overflow whatever the host passes.
    m->dx = clamp(m->dx + clamp(dx, BACKLOG_MAX), BACKLOG_MAX);
    m->dy = clamp(m->dy - clamp(dy, BACKLOG_MAX), BACKLOG_MAX);
    m->dz = clamp(m->dz + clamp(dz, BACKLOG_MAX), BACKLOG_MAX);
    m->buttons = buttons & BUTTONS;
}

static void forget_movement(struct ps2_mouse *m)
{
    m->dx = 0;
    m->dy = 0;
    m->dz = 0;
    ps2_queue_clear(&m->packet);
}

static void set_defaults(struct ps2_mouse *m)
{
    m->sample_rate = 100;
    m->resolution = 2; // 4 counts a millimetre
    m->is_scaling_2 = false;
    m->is_reporting = false;
    m->is_remote = false;
    m->is_wrapping = false;
    forget_movement(m);
}

void ps2_mouse_reset(struct ps2_mouse *m)
{
    set_defaults(m);
    m->id = ID_PLAIN;
    m->command = 0;
    m->rates[0] = 0;
    m->rates[1] = 0;
    ps2_queue_clear(&m->replies);
}

static void reply(struct ps2_mouse *m, u8 byte)
{
    ps2_queue_put(&m->replies, byte);
}

void ps2_mouse_ready(struct ps2_mouse *m)
{
    ps2_mouse_reset(m);
    reply(m, PS2_SELF_TEST_PASSED);
    reply(m, m->id);
}

static void set_sample_rate(struct ps2_mouse *m, u8 rate)
{
    if (m->rates[0] == 200 && m->rates[1] == 100 && rate == 80) {
        m->id = ID_WHEEL; // [IMOUSE]
    } else if (m->rates[0] == 200 && m->rates[1] == 200 && rate == 80) {
        m->id = ID_EXPLORER;
    }
    m->rates[0] = m->rates[1];
    m->rates[1] = rate;
    m->sample_rate = rate;
}

static void put_status(struct ps2_mouse *m)
{
    unsigned v = (m->is_remote ? 0x40u : 0) | (m->is_reporting ? 0x20u : 0) |
                 (m->is_scaling_2 ? 0x10u : 0) | (m->buttons & LEFT ? 4u : 0) |
                 (m->buttons & MIDDLE ? 2u : 0) | (m->buttons & RIGHT ? 1u : 0);
    reply(m, (u8)v);
    reply(m, m->resolution);
    reply(m, m->sample_rate);
}

static void write_argument(struct ps2_mouse *m, u8 v)
{
    if (m->command == CMD_SAMPLE_RATE) {
        set_sample_rate(m, v);
    } else {
        m->resolution = v & 3;
    }
    m->command = 0;
    reply(m, PS2_ACK);
}

// Returns false for a command that does not exist; those that do are acknowledged already.
static bool run_command(struct ps2_mouse *m, u8 v)
{
    switch (v) {
    case CMD_SCALING_1: m->is_scaling_2 = false; break;
    case CMD_SCALING_2: m->is_scaling_2 = true; break;
    case CMD_RESOLUTION:
    case CMD_SAMPLE_RATE: m->command = v; break;
    case CMD_STATUS: put_status(m); break;
    case CMD_STREAM: m->is_remote = false; break;
    case CMD_READ_DATA: put_packet(m, &m->replies); break;
    case CMD_WRAP_OFF: m->is_wrapping = false; break;
    case CMD_WRAP_ON: m->is_wrapping = true; break;
    case CMD_REMOTE: m->is_remote = true; break;
    case CMD_IDENTIFY: reply(m, m->id); break;
    case CMD_REPORT:
        m->is_reporting = true;
        forget_movement(m);
        break;
    case CMD_STOP: m->is_reporting = false; break;
    case CMD_DEFAULTS: set_defaults(m); break;
    default: return false;
    }
    return true;
}

bool ps2_mouse_write(struct ps2_mouse *m, u8 v)
{
    if (m->is_wrapping && v != CMD_RESET && v != CMD_WRAP_OFF) {
        reply(m, v);
        return false;
    }
    if (m->command != 0) {
        write_argument(m, v);
        return false;
    }
    if (v == CMD_RESEND) {
        reply(m, m->last_sent);
        return false;
    }
    ps2_queue_clear(&m->replies); // a command cuts short what was being sent
    ps2_queue_clear(&m->packet);
    reply(m, PS2_ACK);
    if (v == CMD_RESET) {
        m->is_wrapping = false;
        m->is_reporting = false;
        return true;
    }
    if (!run_command(m, v)) {
        ps2_queue_clear(&m->replies);
        reply(m, PS2_RESEND);
    }
    return false;
}
