// The chips of the ISA bus: serial and parallel ports, timer, interrupt and DMA controllers, clock.
#include "probe.h"

// --- serial ports ---

static void loop_back(u16 base)
{
    out8(base + 3, 3);
    out8(base + 1, 0);
    out8(base + 2, 0);
    out8(base + 4, 0x10);
    in8(base);
    in8(base + 5);
    out8(base, 0x5A);
    int came = wait_for(base + 5, 1, 1);
    say("uart %w loop came %u data %i lsr %i\n", base, came, base, base + 5);
    out8(base + 2, 7); // FIFOs: sixteen bytes in, the seventeenth is too many
    for (unsigned n = 0; n < 17; n++) {
        out8(base, n);
        wait_for(base + 5, 0x40, 0x40);
    }
    u8 lsr = in8(base + 5);
    unsigned count = 0, sum = 0;
    while (count < 20 && (in8(base + 5) & 1)) {
        sum += in8(base);
        count++;
    }
    say("uart %w fifo lsr %b count %u sum %u\n", base, lsr, count, sum);
}

static void loop_modem(u16 base)
{
    say("uart %w modem", base);
    for (u8 lines = 0; lines < 16; lines++) {
        out8(base + 4, 0x10 | lines);
        say(" %i", base + 6);
    }
    out8(base + 4, 0);
    say(" then %b", in8(base + 6) & 0x0F);
    say(" %i\n", base + 6);
}

static u8 written(u16 port, u8 value)
{
    out8(port, value);
    return in8(port);
}

static void probe_uart(u16 base)
{
    u8 lcr = in8(base + 3), mcr = in8(base + 4);
    out8(base + 3, 3);
    say("uart %w ier %t %t", base, base + 1, 0, base + 1, 0xFF);
    out8(base + 1, 0);
    say(" scratch %t %t", base + 7, 0x55, base + 7, 0xAA);
    say(" lcr %t %t", base + 3, 0x1F, base + 3, 0x7F);
    out8(base + 3, 0x83);
    say(" divisor %t %t", base, 0x0C, base + 1, 0x12);
    out8(base, 1);
    out8(base + 1, 0);
    out8(base + 3, 3);
    say(" mcr %t %t\n", base + 4, 0xEF, base + 4, 0);
    static const u8 fcr[] = {0x00, 0x01, 0x21, 0xC1, 0xE7, 0x80};
    say("uart %w iir", base);
    for (unsigned n = 0; n < COUNT_OF(fcr); n++) {
        out8(base + 2, fcr[n]);
        say(" %i", base + 2);
    }
    say(" lsr %i msr %i\n", base + 5, base + 6);
    if (written(base + 7, 0x55) == 0x55) {
        loop_modem(base);
        loop_back(base);
    }
    out8(base + 2, 0);
    out8(base + 3, lcr);
    out8(base + 4, mcr);
}

void probe_serial(void)
{
    static const u16 bases[] = {0x3F8, 0x2F8, 0x3E8, 0x2E8};
    for (unsigned n = 0; n < COUNT_OF(bases); n++) {
        probe_uart(bases[n]);
    }
}

// --- parallel ports ---

void probe_parallel(void)
{
    static const u16 bases[] = {0x378, 0x278, 0x3BC};
    for (unsigned n = 0; n < COUNT_OF(bases); n++) {
        u16 base = bases[n];
        u8 control = in8(base + 2);
        say("lpt %w data %t %t status %i", base, base, 0xAA, base, 0x55, base + 1);
        say(" control %t first %b", base + 2, 0x0C, control);
        say(" input %t", base + 2, 0x2C);
        say(" data then %i ecr %i\n", base, base + 0x402);
        out8(base + 2, 0x0C);
    }
}

// --- the timer ---

static u16 latched(u8 counter)
{
    out8(0x43, (u8)(counter << 6));
    u8 low = in8((u16)(0x40 + counter));
    return (u16)(low | in8((u16)(0x40 + counter)) << 8);
}

void probe_timers(void)
{
    interrupts_off();
    out8(0x43, 0xEE); // status of all three
    u8 mode = in8(0x40) & 0x7F, low = in8(0x41) & 0x3F;
    say("pit status %b %b %b\n", mode, low, in8(0x42) & 0x3F);
    u8 port61 = in8(0x61);
    out8(0x61, port61 & 0xFC); // gate low
    out8(0x43, 0xB0);          // counter 2, mode 0
    out8(0x43, 0xE8);
    say("pit 2 programmed %i", 0x42);
    out8(0x42, 0x34);
    out8(0x42, 0x12);
    wait_us(100);
    out8(0x43, 0xE8);
    say(" loaded %i", 0x42);
    say(" count %w", latched(2));
    say(" port 61 %b", in8(0x61) & 0x2F);
    out8(0x61, (u8)((port61 & 0xFC) | 1));
    wait_us(200);
    u16 count = latched(2);
    say(" counts %u", count < 0x1234 - 200);
    wait_us(8000);
    say(" port 61 %b count wrapped %u\n", in8(0x61) & 0x2F, latched(2) > 0x1234);
    out8(0x43, 0xB7); // mode 3, BCD
    out8(0x42, 0x00);
    out8(0x42, 0x10);
    wait_us(1000);
    count = latched(2);
    say("pit 2 bcd %u mode 7 status", (count & 0xF) < 10 && (count & 1) == 0 && count <= 0x1000);
    out8(0x43, 0xE8);
    say(" %b\n", in8(0x42) & 0x3F);
    out8(0x43, 0xB6);
    out8(0x42, 0);
    out8(0x42, 0);
    out8(0x61, port61);
    interrupts_on();
}

// --- interrupt controllers ---

static u8 ocw3(u16 port, u8 command)
{
    out8(port, command);
    return in8(port);
}

void probe_pic(void)
{
    interrupts_off();
    u8 elcr[2] = {in8(0x4D0), in8(0x4D1)};
    say("pic elcr all %t %t", 0x4D0, 0xFF, 0x4D1, 0xFF);
    out8(0x4D0, elcr[0]);
    out8(0x4D1, elcr[1]);
    say(" masks %t %t\n", 0x21, 0x5A, 0xA1, 0xA5);
    out8(0x21, 0xFF);
    out8(0xA1, 0xFF);
    wait_us(120000); // IRQ0 comes, masked
    say("pic irr %b", ocw3(0x20, 0x0A) & 1);
    say(" isr %t", 0x20, 0x0B);
    say(" slave irr %b", ocw3(0xA0, 0x0A) & 0x0E);
    say(" isr %t", 0xA0, 0x0B);
    say(" poll %t", 0x20, 0x0C);
    out8(0x21, 0xFE);
    say(" unmasked %t isr %t\n", 0x20, 0x0C, 0x20, 0x0B);
    out8(0x20, 0x20);
    say("pic after eoi isr %t\n", 0x20, 0x0B);
    ocw3(0x20, 0x0A);
    ocw3(0xA0, 0x0A);
    interrupts_on();
}

// --- DMA ---

static void probe_channels(const char *name, u16 base, unsigned stride, u16 flip_flop)
{
    say("dma %s", name);
    for (unsigned n = 0; n < 4; n++) {
        u16 address = (u16)(base + 2 * n * stride), count = (u16)(address + stride);
        out8(flip_flop, 0);
        out8(address, 0x34);
        out8(address, (u8)(0x12 + n));
        out8(count, 0x78);
        out8(count, 0x56);
        out8(flip_flop, 0);
        u8 low = in8(address), high = in8(address), count_low = in8(count);
        say(" %b%b %i%b", high, low, count, count_low);
    }
    say("\n");
}

void probe_dma(void)
{
    interrupts_off();
    say("dma pages");
    for (u16 port = 0x80; port < 0x90; port++) {
        say(" %t", port, (u8)(port ^ 0x5A));
    }
    say("\n");
    probe_channels("bytes", 0x00, 1, 0x0C);
    probe_channels("words", 0xC0, 2, 0xD8);
    out8(0xD6, 0xC0); // the cascade, as the BIOS had it
    out8(0xD4, 0);
    say("dma status %i %i mask %i %i temporary %i %i\n", 0x08, 0xD0, 0x0F, 0xDE, 0x0D, 0xDA);
    interrupts_on();
}

// --- the clock ---

static u8 cmos(u8 index)
{
    out8(0x70, index);
    return in8(0x71);
}

// 1 if an update's end and then, about a second later, the flag of the next are seen.
static int is_updating(void)
{
    for (unsigned n = 0; n < 40 && !(cmos(0x0C) & 0x10); n++) {
        wait_ms(1);
    }
    for (unsigned n = 0; n < 20 && !(cmos(0x0C) & 0x10); n++) {
        wait_ms(1);
    }
    wait_ms(770);
    out8(0x70, 0x0A);
    for (u32 n = 0; n < 200000; n++) {
        if (in8(0x71) & 0x80) {
            return wait_for(0x71, 0x80, 0);
        }
        wait_us(15);
    }
    return 0;
}

static u16 cmos_sum(void)
{
    u16 sum = 0;
    for (u8 n = 0x10; n <= 0x2D; n++) {
        sum = (u16)(sum + cmos(n));
    }
    return sum;
}

void probe_rtc(void)
{
    interrupts_off();
    say("rtc a %b b %b c %b d %b updates %u", cmos(0x0A) & 0x7F, cmos(0x0B), cmos(0x0C) & 0x0F,
        cmos(0x0D), is_updating());
    out8(0x70, 0x0D);
    out8(0x71, 0);
    say(" d written %i", 0x71);
    out8(0x70, 0x8F);
    say(" index %i\n", 0x70);
    u16 wanted = (u16)(cmos(0x2E) << 8 | cmos(0x2F));
    say("cmos sum %u\n", cmos_sum() == wanted);
    say("cmos 0E %b 0F %b", cmos(0x0E), cmos(0x0F));
    for (u8 n = 0x10; n < 0x40; n++) {
        say("%s%b", n % 16 ? " " : "\ncmos ", cmos(n));
    }
    say("\ncmos bank 2 %i\n", 0x73);
    interrupts_on();
}
