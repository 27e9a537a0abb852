// ATA and ATAPI devices on both channels.
#include "probe.h"

struct channel {
    u16 base, control;
};

static void say_task_file(const struct channel *c)
{
    say(" error %i count %i lba %i %i %i device %i status %i", c->base + 1, c->base + 2,
        c->base + 3, c->base + 4, c->base + 5, c->base + 6, c->base + 7);
}

static void select(const struct channel *c, unsigned device)
{
    out8(c->base + 6, (u8)(0xA0 | device << 4));
    wait_us(100);
}

// Waits until the device is not busy; 0 if nobody is there, or it stays so.
static int settle(const struct channel *c)
{
    wait_us(500);
    u8 status = in8(c->control);
    return status != 0xFF && status != 0 && wait_for(c->control, 0x80, 0);
}

// Reads what the device has, up to the buffer's size; the bytes that came.
static unsigned receive(const struct channel *c, unsigned most)
{
    unsigned count = 0;
    while (count + 1 < most && settle(c) && (in8(c->control) & 0x08)) {
        u16 word = in16(c->base);
        buffer[count++] = (u8)word;
        buffer[count++] = (u8)(word >> 8);
    }
    return count;
}

static void identify(const struct channel *c, unsigned device, u8 code)
{
    select(c, device);
    out8(c->base + 7, code);
    if (!settle(c)) {
        say("ata %w.%u identify %b: nobody, status %i\n", c->base, device, code, c->control);
        return;
    }
    say("ata %w.%u identify %b", c->base, device, code);
    say_task_file(c);
    unsigned count = 0;
    if (in8(c->control) & 0x08) {
        for (; count < 512; count += 2) {
            u16 word = in16(c->base);
            buffer[count] = (u8)word;
            buffer[count + 1] = (u8)(word >> 8);
        }
    }
    say(" then %i\n", c->control);
    for (unsigned word = 0; word < count / 2; word++) {
        if (word % 8 == 0) {
            say("ata %w.%u word %u:", c->base, device, word);
        }
        say(" %w%s", buffer[2 * word] | buffer[2 * word + 1] << 8, word % 8 == 7 ? "\n" : "");
    }
}

struct packet {
    const char *name;
    u8 bytes[12];
};

static void send_packet(const struct channel *c, const struct packet *p)
{
    out8(c->base + 1, 0);
    out8(c->base + 4, 0xFE);
    out8(c->base + 5, 0x01);
    out8(c->base + 7, 0xA0);
    wait_us(500);
    if (!wait_for(c->control, 0x88, 0x08)) {
        say("atapi %w %s: not taken, status %i\n", c->base, p->name, c->control);
        return;
    }
    u8 reason = in8(c->base + 2);
    for (unsigned n = 0; n < 12; n += 2) {
        out16(c->base, (u16)(p->bytes[n] | p->bytes[n + 1] << 8));
    }
    wait_us(500);
    wait_for(c->control, 0x80, 0);
    say("atapi %w %s reason %b", c->base, p->name, reason);
    say_task_file(c);
    unsigned count = receive(c, 128);
    say(" then %i %i\n", c->base + 2, c->control);
    if (count) {
        say("atapi %w data%m\n", c->base, buffer, count);
    }
}

static void probe_packets(const struct channel *c, unsigned device)
{
    static const struct packet list[] = {
        {"test unit ready", {0x00}},
        {"sense", {0x03, 0, 0, 0, 18}},
        {"test unit ready then", {0x00}},
        {"sense then", {0x03, 0, 0, 0, 18}},
        {"inquiry", {0x12, 0, 0, 0, 36}},
        {"capacity", {0x25}},
        {"sense capacity", {0x03, 0, 0, 0, 18}},
        {"mode 2a", {0x5A, 0, 0x2A, 0, 0, 0, 0, 0, 64}},
        {"mode 01", {0x5A, 0, 0x01, 0, 0, 0, 0, 0, 64}},
        {"mode 05", {0x5A, 0, 0x05, 0, 0, 0, 0, 0, 64}},
        {"mode sense 6", {0x1A, 0, 0x2A, 0, 64}},
        {"toc", {0x43, 0, 0, 0, 0, 0, 0, 0, 64}},
        {"toc sessions", {0x43, 0, 1, 0, 0, 0, 0, 0, 64}},
        {"configuration", {0x46, 0, 0, 0, 0, 0, 0, 0, 64}},
        {"event", {0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8}},
        {"mechanism", {0xBD, 0, 0, 0, 0, 0, 0, 0, 0, 8}},
        {"disc information", {0x51, 0, 0, 0, 0, 0, 0, 0, 34}},
        {"unknown", {0xFF}},
        {"sense unknown", {0x03, 0, 0, 0, 18}},
    };
    select(c, device);
    for (unsigned n = 0; n < COUNT_OF(list); n++) {
        send_packet(c, &list[n]);
    }
}

// Whether the registers are there, and whose they are.
static void probe_registers(const struct channel *c)
{
    for (unsigned device = 0; device < 2; device++) {
        select(c, device);
        say("ata %w.%u status %i alternate %i", c->base, device, c->base + 7, c->control);
        for (unsigned n = 2; n < 6; n++) {
            out8((u16)(c->base + n), (u8)(0x55 + n));
        }
        for (unsigned n = 2; n < 6; n++) {
            say(" %i", (u16)(c->base + n));
        }
        say(" device %i data %w address %b\n", c->base + 6, in16(c->base),
            in8(c->control + 1) & 0x7F);
    }
}

static void say_signatures(const struct channel *c, const char *after)
{
    for (unsigned device = 0; device < 2; device++) {
        select(c, device);
        say("ata %w.%u after %s", c->base, device, after);
        say_task_file(c);
        say("\n");
    }
}

static void probe_channel(const struct channel *c)
{
    out8(c->control, 0x02);
    probe_registers(c);
    out8(c->control, 0x06);
    wait_us(50);
    say("ata %w in reset status %i", c->base, c->control);
    out8(c->control, 0x02);
    wait_ms(2);
    wait_for(c->control, 0x80, 0);
    say(" then %i device %i\n", c->control, c->base + 6);
    say_signatures(c, "reset");
    select(c, 0);
    out8(c->base + 7, 0x90);
    wait_ms(2);
    wait_for(c->control, 0x80, 0);
    say_signatures(c, "diagnostic");
    for (unsigned device = 0; device < 2; device++) {
        select(c, device);
        int is_packet = in8(c->base + 4) == 0x14 && in8(c->base + 5) == 0xEB;
        identify(c, device, 0xEC);
        if (is_packet) {
            identify(c, device, 0xA1);
            probe_packets(c, device);
        } else {
            out8(c->base + 7, 0xA1); // a command for another kind of device
            settle(c);
            say("ata %w.%u wrong command", c->base, device);
            say_task_file(c);
            say("\n");
        }
    }
    select(c, 0);
    out8(c->control, 0);
}

void probe_ata(void)
{
    static const struct channel list[] = {{0x1F0, 0x3F6}, {0x170, 0x376}};
    for (unsigned n = 0; n < COUNT_OF(list); n++) {
        probe_channel(&list[n]);
    }
    static const u16 nobody[] = {0x1E8, 0x168, 0x100, 0x330, 0x220, 0x300, 0x388, 0xEE};
    say("nobody");
    for (unsigned n = 0; n < COUNT_OF(nobody); n++) {
        say(" %w: %i %w", nobody[n], nobody[n], in16(nobody[n]));
    }
    say("\n");
}
