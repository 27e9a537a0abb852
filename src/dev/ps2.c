// 8042 keyboard controller of a PS/2-style PC. The devices at its ends are in ps2_keyboard.c and
// ps2_mouse.c. Keys: [8042] IBM PS/2 Hardware Interface Technical Reference, keyboard and auxiliary
// device controller; [PS2K], [PS2M] keyboard and mouse chapters of the same.
//
//   60h  read   output buffer
//        write  to the keyboard, or the argument of a controller command
//   64h  read   status: D0 output full, D1 input full (never seen), D2 system flag, D3 last write
//               was a command, D4 not locked, D5 output is from the mouse
//        write  command:
//     20-3F, 60-7F  read, write RAM; 20, 60: the command byte
//                   (D0 IRQ1 on, D1 IRQ12 on, D2 system flag, D4 keyboard off, D5 mouse off,
//                   D6 translate to set 1)
//     A4        is there a password? F1    A7 A8 A9  mouse off, on, test
//     AA AB     self test, keyboard test   AD AE     keyboard off, on
//     C0        read input port
//     C1 C2     its low, high half is D7:4 of the status, until the next command
//     D0 D1     read, write output port (D0 not reset, D1 A20, D4 IRQ1, D5 IRQ12)
//     D2 D3     write output buffer as if from keyboard, mouse
//     D4        write to the mouse         DD DF  A20 closed, open
//     E0        read test inputs           F0-FF  pulse low the output port's bits that are 0
//
// The controller answers at once; a byte from a device takes a moment, by the transfer event. The
// wait is shorter than on the real cable (about 1 ms), which nobody misses.
//
// Not implemented: setting a password (A5, A6), pulses on output bits other than reset,
// parity and timeout errors.
#include "dev/ps2.h"

#include "core/fields.h"
#include "dev/ps2_impl.h"

#include <string.h>

enum {
    STATUS_FULL = 0x01,
    STATUS_SYSTEM = 0x04,
    STATUS_COMMAND = 0x08,
    STATUS_UNLOCKED = 0x10,
    STATUS_MOUSE = 0x20,
    BYTE_IRQ1 = 0x01,
    BYTE_IRQ12 = 0x02,
    BYTE_SYSTEM = 0x04,
    BYTE_NO_KEYBOARD = 0x10,
    BYTE_NO_MOUSE = 0x20,
    BYTE_TRANSLATE = 0x40,
    OUT_NOT_RESET = 0x01,
    OUT_A20 = 0x02,
    OUT_IRQ1 = 0x10,
    OUT_IRQ12 = 0x20,
    OUT_CABLES = 0xc0,
    INPUT_PORT = 0xa0, // not locked, no manufacturing jumper
    NO_PASSWORD = 0xf1,
    POLL_LOW = 0xc1,
    POLL_HIGH = 0xc2,
    BREAK_PREFIX = 0xf0,
};
enum {
    ANSWER_NS = 20 * 1000,      // a device's answer to a command
    DATA_NS = 250 * 1000,       // one byte of what it sends of itself
    SELF_TEST_NS = 1000 * 1000, // keyboard 500 ms in reality ([PS2K]: 300 ms to 9 s), but BIOSes
                                // count reads of the status
};

static const struct field queue_fields[] = {
    FIELD_ARRAY(struct ps2_queue, bytes),
    FIELD(struct ps2_queue, head),
    FIELD(struct ps2_queue, count),
};
static const struct field keyboard_fields[] = {
    FIELD_STRUCT(struct ps2_keyboard, replies, queue_fields),
    FIELD_STRUCT(struct ps2_keyboard, keys, queue_fields),
    FIELD(struct ps2_keyboard, command),
    FIELD(struct ps2_keyboard, last_sent),
    FIELD(struct ps2_keyboard, scan_set),
    FIELD(struct ps2_keyboard, leds),
    FIELD(struct ps2_keyboard, typematic),
    FIELD(struct ps2_keyboard, is_scanning),
    FIELD(struct ps2_keyboard, modifiers),
    FIELD(struct ps2_keyboard, faked),
    FIELD(struct ps2_keyboard, held),
    FIELD(struct ps2_keyboard, is_sysrq_down),
    FIELD_ARRAY(struct ps2_keyboard, no_break),
    FIELD_ARRAY(struct ps2_keyboard, no_repeat),
};
static const struct field mouse_fields[] = {
    FIELD_STRUCT(struct ps2_mouse, replies, queue_fields),
    FIELD_STRUCT(struct ps2_mouse, packet, queue_fields),
    FIELD(struct ps2_mouse, command),
    FIELD(struct ps2_mouse, last_sent),
    FIELD(struct ps2_mouse, id),
    FIELD(struct ps2_mouse, resolution),
    FIELD(struct ps2_mouse, sample_rate),
    FIELD_ARRAY(struct ps2_mouse, rates),
    FIELD(struct ps2_mouse, is_reporting),
    FIELD(struct ps2_mouse, is_remote),
    FIELD(struct ps2_mouse, is_wrapping),
    FIELD(struct ps2_mouse, is_scaling_2),
    FIELD(struct ps2_mouse, buttons),
    FIELD(struct ps2_mouse, reported_buttons),
    FIELD(struct ps2_mouse, dx),
    FIELD(struct ps2_mouse, dy),
    FIELD(struct ps2_mouse, dz),
    FIELD(struct ps2_mouse, next_sample_ns),
};
static const struct field ps2_fields[] = {
    FIELD(struct ps2_state, status),
    FIELD(struct ps2_state, output),
    FIELD(struct ps2_state, command_byte),
    FIELD(struct ps2_state, output_port),
    FIELD(struct ps2_state, command),
    FIELD(struct ps2_state, polled),
    FIELD_ARRAY(struct ps2_state, ram),
    FIELD(struct ps2_state, is_from_device),
    FIELD(struct ps2_state, saw_f0),
    FIELD(struct ps2_state, has_held),
    FIELD(struct ps2_state, is_held_from_mouse),
    FIELD(struct ps2_state, held),
    FIELD_STRUCT(struct ps2_state, keyboard, keyboard_fields),
    FIELD_STRUCT(struct ps2_state, mouse, mouse_fields),
};
static const struct field_table ps2_table = FIELD_TABLE("ps2", 2, struct ps2_state, ps2_fields);

// --- output buffer ---

static void drive_irqs(struct ps2 *p)
{
    bool is_full = p->s.status & STATUS_FULL, is_mouse = p->s.status & STATUS_MOUSE;
    line_set(&p->irq1, is_full && !is_mouse && (p->s.command_byte & BYTE_IRQ1));
    line_set(&p->irq12, is_full && is_mouse && (p->s.command_byte & BYTE_IRQ12));
}

static bool keyboard_may_send(const struct ps2 *p)
{
    return !(p->s.command_byte & BYTE_NO_KEYBOARD);
}

static bool mouse_may_send(const struct ps2 *p)
{
    return !(p->s.command_byte & BYTE_NO_MOUSE);
}

// The queue whose byte is next, replies before data; NULL: nothing to send.
static struct ps2_queue *next_queue(struct ps2 *p)
{
    struct ps2_state *s = &p->s;
    bool keyboard = keyboard_may_send(p), mouse = mouse_may_send(p);
    if (mouse) {
        ps2_mouse_report(&s->mouse, clock_now_ns(p->clock));
    }
    if (keyboard && s->keyboard.replies.count != 0) {
        return &s->keyboard.replies;
    }
    if (mouse && s->mouse.replies.count != 0) {
        return &s->mouse.replies;
    }
    if (keyboard && s->keyboard.keys.count != 0) {
        return &s->keyboard.keys;
    }
    return mouse && s->mouse.packet.count != 0 ? &s->mouse.packet : NULL;
}

static void schedule_sample(struct ps2 *p)
{
    if (mouse_may_send(p) && ps2_mouse_has_news(&p->s.mouse)) {
        clock_arm(p->clock, &p->sample, p->s.mouse.next_sample_ns);
    } else {
        clock_disarm(p->clock, &p->sample);
    }
}

// Arms the transfer of the next byte, if there is one and the output buffer can take it.
static void schedule(struct ps2 *p)
{
    struct ps2_queue *q = next_queue(p);
    schedule_sample(p);
    if ((p->s.status & STATUS_FULL) || (!q && !p->s.has_held)) {
        clock_disarm(p->clock, &p->transfer);
        return;
    }
    bool is_answer = p->s.has_held || q == &p->s.keyboard.replies || q == &p->s.mouse.replies;
    u64 when = clock_now_ns(p->clock) + (is_answer ? ANSWER_NS : DATA_NS);
    if (when < p->transfer.when_ns) { // also when none is armed
        clock_arm(p->clock, &p->transfer, when);
    }
}

static void fill_output(struct ps2 *p, u8 byte, bool is_mouse, bool is_from_device)
{
    p->s.output = byte;
    p->s.is_from_device = is_from_device;
    p->s.status &= (u8)~STATUS_MOUSE;
    p->s.status |= STATUS_FULL | (is_mouse ? STATUS_MOUSE : 0);
    drive_irqs(p);
}

// An answer of the controller itself; a device's byte that nobody has read yet comes after it.
static void answer(struct ps2 *p, u8 byte, bool is_mouse)
{
    if ((p->s.status & STATUS_FULL) && p->s.is_from_device) {
        p->s.has_held = true;
        p->s.is_held_from_mouse = p->s.status & STATUS_MOUSE;
        p->s.held = p->s.output;
    }
    fill_output(p, byte, is_mouse, false);
}

// A byte from the keyboard, through the translation. False: it was a prefix, which is swallowed.
static bool translate(struct ps2 *p, u8 *byte)
{
    if (!(p->s.command_byte & BYTE_TRANSLATE)) {
        return true;
    }
    if (*byte == BREAK_PREFIX) {
        p->s.saw_f0 = true;
        return false;
    }
    *byte = ps2_translate(*byte) | (u8)(p->s.saw_f0 ? 0x80 : 0);
    p->s.saw_f0 = false;
    return true;
}

static void transfer_due(void *owner)
{
    struct ps2 *p = owner;
    if (p->s.status & STATUS_FULL) {
        return; // an answer of the controller was faster; reading it arms the event again
    }
    if (p->s.has_held) {
        p->s.has_held = false;
        fill_output(p, p->s.held, p->s.is_held_from_mouse, true);
        return;
    }
    for (struct ps2_queue *q = next_queue(p); q; q = next_queue(p)) {
        u8 byte = ps2_queue_take(q);
        bool is_mouse = q == &p->s.mouse.replies || q == &p->s.mouse.packet;
        if (is_mouse) {
            p->s.mouse.last_sent = byte;
        } else {
            p->s.keyboard.last_sent = byte;
        }
        if (is_mouse || translate(p, &byte)) {
            fill_output(p, byte, is_mouse, true);
            return;
        }
    }
}

static u8 read_output(struct ps2 *p)
{
    p->s.status &= (u8) ~(STATUS_FULL | STATUS_MOUSE);
    drive_irqs(p);
    schedule(p);
    return p->s.output;
}

// --- the devices' ends ---

static void write_keyboard(struct ps2 *p, u8 v)
{
    p->s.command_byte &= (u8)~BYTE_NO_KEYBOARD; // sending turns the interface on [8042]
    p->s.saw_f0 = false;
    if (ps2_keyboard_write(&p->s.keyboard, v)) {
        clock_arm(p->clock, &p->keyboard_ready, clock_now_ns(p->clock) + SELF_TEST_NS);
    }
    schedule(p);
}

static void write_mouse(struct ps2 *p, u8 v)
{
    p->s.command_byte &= (u8)~BYTE_NO_MOUSE;
    if (ps2_mouse_write(&p->s.mouse, v)) {
        clock_arm(p->clock, &p->mouse_ready, clock_now_ns(p->clock) + SELF_TEST_NS);
    }
    schedule(p);
}

static void keyboard_ready(void *owner)
{
    struct ps2 *p = owner;
    ps2_keyboard_ready(&p->s.keyboard);
    schedule(p);
}

static void mouse_ready(void *owner)
{
    struct ps2 *p = owner;
    ps2_mouse_ready(&p->s.mouse);
    schedule(p);
}

void ps2_keys_queued(struct ps2 *p)
{
    const struct ps2_keyboard *k = &p->s.keyboard;
    clock_disarm(p->clock, &p->typematic);
    if (k->held != 0) {
        clock_arm(p->clock, &p->typematic, clock_now_ns(p->clock) + ps2_keyboard_delay_ns(k));
    }
    schedule(p);
}

static void typematic_due(void *owner)
{
    struct ps2 *p = owner;
    struct ps2_keyboard *k = &p->s.keyboard;
    bool is_read = k->keys.count == 0;
    if (k->held == 0) {
        return; // a command has forgotten it
    }
    if (is_read) {
        ps2_keyboard_repeat(k);
        schedule(p);
    }
    u64 wait_ns = is_read ? ps2_keyboard_period_ns(k) : ps2_keyboard_delay_ns(k);
    clock_arm(p->clock, &p->typematic, clock_now_ns(p->clock) + wait_ns);
}

static void sample_due(void *owner)
{
    schedule(owner);
}

void ps2_mouse(struct ps2 *p, int dx, int dy, int dz, unsigned buttons)
{
    ps2_mouse_move(&p->s.mouse, dx, dy, dz, buttons);
    schedule(p);
}

// --- controller commands ---

static void set_command_byte(struct ps2 *p, u8 v)
{
    p->s.command_byte = v;
    p->s.status &= (u8)~STATUS_SYSTEM;
    p->s.status |= v & BYTE_SYSTEM ? STATUS_SYSTEM : 0;
    drive_irqs(p);
    clock_disarm(p->clock, &p->transfer);
    schedule(p);
}

static void set_output_port(struct ps2 *p, u8 v)
{
    p->s.output_port = v;
    line_set(&p->a20, v & OUT_A20);
    if (!(v & OUT_NOT_RESET)) {
        p->s.output_port |= OUT_NOT_RESET;
        line_pulse(&p->reset);
    }
}

static u8 output_port(const struct ps2 *p)
{
    u8 v = (p->s.output_port & (OUT_NOT_RESET | OUT_A20)) | OUT_CABLES;
    if (p->s.status & STATUS_FULL) {
        v |= p->s.status & STATUS_MOUSE ? OUT_IRQ12 : OUT_IRQ1;
    }
    return v;
}

static void self_test(struct ps2 *p)
{
    p->s.command_byte |= BYTE_SYSTEM;
    p->s.status |= STATUS_SYSTEM;
    answer(p, 0x55, false);
}

static void run_command(struct ps2 *p, u8 v)
{
    u8 byte = p->s.command_byte;
    switch (v) {
    case 0x20: answer(p, byte, false); break;
    case 0x60:
    case 0xd1:
    case 0xd2:
    case 0xd3:
    case 0xd4: p->s.command = v; break;
    case 0xa4: answer(p, NO_PASSWORD, false); break;
    case 0xa7: set_command_byte(p, byte | BYTE_NO_MOUSE); break;
    case 0xa8: set_command_byte(p, byte & (u8)~BYTE_NO_MOUSE); break;
    case 0xa9: // 0: no error
    case 0xab: answer(p, 0, false); break;
    case 0xaa: self_test(p); break;
    case 0xad: set_command_byte(p, byte | BYTE_NO_KEYBOARD); break;
    case 0xae: set_command_byte(p, byte & (u8)~BYTE_NO_KEYBOARD); break;
    case 0xc0: answer(p, INPUT_PORT, false); break;
    case POLL_LOW:
    case POLL_HIGH: p->s.polled = v; break;
    case 0xd0: answer(p, output_port(p), false); break;
    case 0xdd: set_output_port(p, p->s.output_port & (u8)~OUT_A20); break;
    case 0xdf: set_output_port(p, p->s.output_port | OUT_A20); break;
    case 0xe0: answer(p, 0, false); break;
    default:
        if (v >= 0x20 && v < 0x40) {
            answer(p, p->s.ram[v & 31], false);
        } else if (v >= 0x60 && v < 0x80) {
            p->s.command = v;
        } else if (v >= 0xf0 && !(v & OUT_NOT_RESET)) {
            line_pulse(&p->reset);
        }
        break;
    }
}

static void write_argument(struct ps2 *p, u8 v)
{
    u8 command = p->s.command;
    p->s.command = 0;
    switch (command) {
    case 0x60: set_command_byte(p, v); break;
    case 0xd1: set_output_port(p, v); break;
    case 0xd2: answer(p, v, false); break;
    case 0xd3: answer(p, v, true); break;
    case 0xd4: write_mouse(p, v); break;
    default: p->s.ram[command & 31] = v; break;
    }
}

static u32 data_read(void *owner, unsigned offset UNUSED, unsigned size_bytes UNUSED)
{
    return read_output(owner);
}

static void data_write(void *owner, unsigned offset UNUSED, u32 value, unsigned size_bytes UNUSED)
{
    struct ps2 *p = owner;
    p->s.status &= (u8)~STATUS_COMMAND;
    if (p->s.command != 0) {
        write_argument(p, (u8)value);
    } else {
        write_keyboard(p, (u8)value);
    }
}

static u32 status_read(void *owner, unsigned offset UNUSED, unsigned size_bytes UNUSED)
{
    struct ps2 *p = owner;
    switch (p->s.polled) {
    case POLL_LOW: return (p->s.status & 0x0fu) | (INPUT_PORT << 4 & 0xf0);
    case POLL_HIGH: return (p->s.status & 0x0fu) | (INPUT_PORT & 0xf0);
    default: return p->s.status;
    }
}

static void command_write(void *owner, unsigned offset UNUSED, u32 value,
                          unsigned size_bytes UNUSED)
{
    struct ps2 *p = owner;
    p->s.status |= STATUS_COMMAND;
    p->s.command = 0;
    p->s.polled = 0;
    run_command(p, (u8)value);
}

// --- lifetime ---

// The devices' power-on self tests are taken to be over and their results read.
static void reset(void *owner)
{
    struct ps2 *p = owner;
    memset(&p->s, 0, sizeof p->s);
    p->s.status = STATUS_UNLOCKED;
    p->s.command_byte = BYTE_IRQ1 | BYTE_TRANSLATE | BYTE_NO_MOUSE;
    p->s.output_port = OUT_NOT_RESET | OUT_A20;
    ps2_keyboard_reset(&p->s.keyboard);
    ps2_mouse_reset(&p->s.mouse);
    clock_disarm(p->clock, &p->transfer);
    clock_disarm(p->clock, &p->typematic);
    clock_disarm(p->clock, &p->sample);
    clock_disarm(p->clock, &p->keyboard_ready);
    clock_disarm(p->clock, &p->mouse_ready);
    drive_irqs(p);
    line_set(&p->a20, true);
}

static void restored(void *owner)
{
    struct ps2 *p = owner;
    drive_irqs(p);
}

void ps2_init(struct ps2 *p, struct clock *clock, struct ports *ports, struct line irq1,
              struct line irq12, struct line a20, struct line reset_line)
{
    *p =
        (struct ps2){.clock = clock, .irq1 = irq1, .irq12 = irq12, .a20 = a20, .reset = reset_line};
    dev_init(&p->dev, "ps2", &ps2_table, &p->s, p, reset, restored);
    clock_add_event(clock, &p->transfer, "ps2.transfer", transfer_due, p);
    clock_add_event(clock, &p->typematic, "ps2.typematic", typematic_due, p);
    clock_add_event(clock, &p->sample, "ps2.sample", sample_due, p);
    clock_add_event(clock, &p->keyboard_ready, "ps2.keyboard", keyboard_ready, p);
    clock_add_event(clock, &p->mouse_ready, "ps2.mouse", mouse_ready, p);
    ports_map(ports, 0x60, 1, 1, data_read, data_write, p, "ps2 data");
    ports_map(ports, 0x64, 1, 1, status_read, command_write, p, "ps2 command");
    reset(p);
}
