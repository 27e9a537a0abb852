// The keyboard controller, keyboard and mouse, as drivers find out what they are.
#include "probe.h"

enum { NOTHING = 0x100 };

static void command(u8 value)
{
    wait_for(0x64, 2, 0);
    out8(0x64, value);
}

static void data(u8 value)
{
    wait_for(0x64, 2, 0);
    out8(0x60, value);
}

// The next byte within 10 ms; bit 9: it comes from the mouse.
static u16 answer(void)
{
    for (unsigned n = 0; n < 200; n++) {
        u8 status = in8(0x64);
        if (status & 1) {
            return (u16)(in8(0x60) | (status & 0x20) << 4);
        }
        wait_us(50);
    }
    return NOTHING;
}

static void say_answers(unsigned most)
{
    for (unsigned n = 0; n < most; n++) {
        u16 byte = answer();
        if (byte == NOTHING) {
            break;
        }
        say(" %s%b", byte & 0x200 ? "m" : "", byte & 0xFF);
    }
}

struct exchange {
    const char *name;
    u8 count;
    u8 bytes[8];
};

static void probe_controller(void)
{
    static const struct exchange list[] = {
        {"self test", 1, {0xAA}},    {"keyboard line", 1, {0xAB}}, {"mouse line", 1, {0xA9}},
        {"command byte", 1, {0x20}}, {"output port", 1, {0xD0}},   {"input port", 1, {0xC0}},
        {"ram 1f", 1, {0x3F}},       {"unknown", 1, {0xB8}},
    };
    for (unsigned n = 0; n < COUNT_OF(list); n++) {
        command(list[n].bytes[0]);
        say("8042 %s", list[n].name);
        say_answers(4);
        say("\n");
        if (n == 0) {
            command(0x60); // both clocks on, no interrupts, translation
            data(0x44);
        }
    }
    command(0xD2);
    data(0x5A);
    say("8042 written back");
    say_answers(2);
    command(0xD3);
    data(0xA5);
    say_answers(2);
    command(0xA7);
    command(0x20);
    say(" mouse off");
    say_answers(2);
    command(0xA8);
    command(0xAD);
    command(0x20);
    say(" keyboard off");
    say_answers(2);
    command(0xAE);
    say(" status %i\n", 0x64);
}

// All bytes one after the other to keyboard or mouse; what comes back.
static void converse(const char *who, const struct exchange *e, int is_mouse)
{
    say("%s %s", who, e->name);
    for (unsigned n = 0; n < e->count; n++) {
        if (is_mouse) {
            command(0xD4);
        }
        data(e->bytes[n]);
        if (e->bytes[n] == 0xFF) {
            wait_ms(800);
        }
        say_answers(6);
        say(n + 1 < e->count ? " |" : "\n");
    }
}

static void probe_keyboard(void)
{
    static const struct exchange list[] = {
        {"reset", 1, {0xFF}},
        {"identity", 1, {0xF2}},
        {"echo", 1, {0xEE}},
        {"leds", 2, {0xED, 0x02}},
        {"set", 2, {0xF0, 0x00}},
        {"set 3", 2, {0xF0, 0x03}},
        {"set now", 2, {0xF0, 0x00}},
        {"set 2", 2, {0xF0, 0x02}},
        {"rate", 2, {0xF3, 0x20}},
        {"unknown", 1, {0xE1}},
        {"defaults", 1, {0xF6}},
        {"off", 1, {0xF5}},
        {"on", 1, {0xF4}},
    };
    for (unsigned n = 0; n < COUNT_OF(list); n++) {
        converse("keyboard", &list[n], 0);
    }
}

static void probe_mouse(void)
{
    static const struct exchange list[] = {
        {"reset", 1, {0xFF}},
        {"identity", 1, {0xF2}},
        {"status", 1, {0xE9}},
        {"poll", 1, {0xEB}},
        {"resolution", 2, {0xE8, 0x03}},
        {"scaling", 1, {0xE7}},
        {"rate", 2, {0xF3, 40}},
        {"on", 1, {0xF4}},
        {"status then", 1, {0xE9}},
        {"logitech knock", 6, {0xE8, 0x00, 0xE6, 0xE6, 0xE6, 0xE9}},
        {"off", 1, {0xF5}},
        {"wheel knock", 6, {0xF3, 200, 0xF3, 100, 0xF3, 80}},
        {"wheel identity", 1, {0xF2}},
        {"explorer knock", 6, {0xF3, 200, 0xF3, 200, 0xF3, 80}},
        {"explorer identity", 1, {0xF2}},
        {"poll then", 1, {0xEB}},
        {"wrap", 2, {0xEE, 0x55}},
        {"wrap off", 1, {0xEC}},
        {"unknown", 1, {0xE1}},
        {"defaults", 1, {0xF6}},
        {"reset again", 1, {0xFF}},
        {"identity then", 1, {0xF2}},
    };
    for (unsigned n = 0; n < COUNT_OF(list); n++) {
        converse("mouse", &list[n], 1);
    }
}

void probe_ps2(void)
{
    say("8042 at first");
    say_answers(8);
    say("\n");
    probe_controller();
    probe_keyboard();
    probe_mouse();
    command(0x60);
    data(0x61);
}
