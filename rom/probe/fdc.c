// The floppy controller.
#include "probe.h"

enum { DOR = 0x3F2, MSR = 0x3F4, FIFO = 0x3F5, DIR = 0x3F7 };

static int send(u8 byte)
{
    if (!wait_for(MSR, 0xC0, 0x80)) {
        return 0;
    }
    out8(FIFO, byte);
    return 1;
}

static void results(void)
{
    wait_us(200);
    for (unsigned n = 0; n < 16 && wait_for(MSR, 0x80, 0x80) && (in8(MSR) & 0x40); n++) {
        say(" %i", FIFO);
        wait_us(50);
    }
}

struct command {
    const char *name;
    u8 count;
    u8 bytes[9];
    u32 wait_ms;
};

static void perform(const struct command *c)
{
    say("fdc %s", c->name);
    for (unsigned n = 0; n < c->count; n++) {
        if (!send(c->bytes[n])) {
            say(" not taken msr %i\n", MSR);
            return;
        }
    }
    if (c->wait_ms) {
        wait_ms(c->wait_ms);
    }
    results();
    say(" msr %i\n", MSR);
}

void probe_fdc(void)
{
    static const struct command list[] = {
        {"version", 1, {0x10}},
        {"part id", 1, {0x18}},
        {"dumpreg", 1, {0x0E}},
        {"specify", 3, {0x03, 0xAF, 0x02}},
        {"configure", 4, {0x13, 0x00, 0x57, 0x00}},
        {"lock", 1, {0x94}},
        {"dumpreg locked", 1, {0x0E}},
        {"unlock", 1, {0x14}},
        {"perpendicular", 2, {0x12, 0x04}},
        {"dumpreg then", 1, {0x0E}},
        {"perpendicular off", 2, {0x12, 0x00}},
        {"drive 0", 2, {0x04, 0x00}},
        {"drive 1", 2, {0x04, 0x01}},
        {"unknown", 1, {0x1E}},
        {"sense without cause", 1, {0x08}},
        {"recalibrate 0", 2, {0x07, 0x00}, 500},
        {"sense", 1, {0x08}},
        {"drive 0 then", 2, {0x04, 0x00}},
        {"seek 0", 3, {0x0F, 0x00, 0x05}, 200},
        {"sense seek", 1, {0x08}},
        {"recalibrate 3", 2, {0x07, 0x03}, 500},
        {"sense 3", 1, {0x08}},
    };
    say("fdc at first msr %i", MSR);
    out8(DOR, 0x00);
    wait_us(100);
    say(" in reset msr %i dor %i", MSR, DOR);
    out8(DOR, 0x0C);
    wait_us(1000);
    say(" then msr %i dor %i sra %i srb %i tape %i dir %b\n", MSR, DOR, 0x3F0, 0x3F1, 0x3F3,
        in8(DIR) & 0x80);
    for (unsigned n = 0; n < 5; n++) {
        perform(&(struct command){"reset sense", 1, {0x08}});
    }
    out8(DOR, 0x1C);
    wait_us(1000);
    for (unsigned n = 0; n < COUNT_OF(list); n++) {
        perform(&list[n]);
    }
    say("fdc dir %b", in8(DIR) & 0x80);
    out8(DOR, 0xFC);
    say(" dor %i", DOR);
    out8(DOR, 0x0C);
    out8(0x3F3, 0x03);
    say(" tape %i\n", 0x3F3);
    out8(0x3F3, 0x00);
}
