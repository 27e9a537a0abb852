// A boot disk that looks at the machine as the drivers of operating systems do, and tells what it
// finds on the debug port E9h, a line for each thing. It judges nothing: the test knows what has to
// be there, and what QEMU and Bochs say.
//
// Real mode, an 80386 or better; all of it lies below 64 KiB with all segments 0.
#include "probe.h"

#include <stdarg.h>

u8 buffer[2048];

static void put(char c)
{
    out8(0xE9, (u8)c);
}

static void put_text(const char *s)
{
    while (*s) {
        put(*s++);
    }
}

static void put_hex(u32 value, unsigned digits)
{
    while (digits--) {
        put("0123456789ABCDEF"[value >> 4 * digits & 15]);
    }
}

static void put_decimal(u32 value)
{
    if (value >= 10) {
        put_decimal(value / 10);
    }
    put((char)('0' + value % 10));
}

static void put_memory(const u8 *bytes, unsigned count)
{
    for (unsigned n = 0; n < count; n++) {
        put(' ');
        put_hex(bytes[n], 2);
    }
}

void say(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    for (const char *f = format; *f; f++) {
        if (*f != '%') {
            put(*f);
            continue;
        }
        switch (*++f) {
        case 'b': put_hex(va_arg(list, u32), 2); break;
        case 'w': put_hex(va_arg(list, u32), 4); break;
        case 'l': put_hex(va_arg(list, u32), 8); break;
        case 'u': put_decimal(va_arg(list, u32)); break;
        case 's': put_text(va_arg(list, const char *)); break;
        case 'i': put_hex(in8((u16)va_arg(list, u32)), 2); break;
        case 't': {
            u16 port = (u16)va_arg(list, u32);
            out8(port, (u8)va_arg(list, u32));
            put_hex(in8(port), 2);
            break;
        }
        case 'm': {
            const u8 *bytes = va_arg(list, const u8 *);
            put_memory(bytes, va_arg(list, unsigned));
            break;
        }
        }
    }
    va_end(list);
}

static u16 timer(void)
{
    out8(0x43, 0);
    u8 low = in8(0x40);
    return (u16)(low | in8(0x40) << 8);
}

void wait_us(u32 us)
{
    u32 left = us * 1193 / 1000 + 2;
    u16 last = timer();
    while (left) {
        u16 now = timer(), gone = (u16)(last - now);
        left -= gone < left ? gone : left;
        last = now;
    }
}

static u32 ticks(void)
{
    return peek32(0x46C);
}

void wait_ms(u32 ms)
{
    u32 begin = ticks();
    while (ticks() - begin < ms / 55 + 2) {
        __asm__ volatile("sti\n\thlt" : : : "memory");
    }
}

int wait_for(u16 port, u8 mask, u8 wanted)
{
    for (unsigned n = 0; n < 320; n++) {
        if ((in8(port) & mask) == wanted) {
            return 1;
        }
        if (n < 300) {
            wait_us(30);
        } else {
            wait_ms(1);
        }
    }
    return 0;
}

// Which interrupts the BIOS sees: `master` and `slave` are masked.
static void mask_interrupts(u8 master, u8 slave)
{
    out8(0x21, master);
    out8(0xA1, slave);
}

// Vitrine and QEMU end by the debug exit port, Bochs by a word to another one.
static void end(void)
{
    out8(0xF4, 0);
    for (const char *s = "Shutdown"; *s; s++) {
        out8(0x8900, (u8)*s);
    }
}

static void perform(void (*const parts[])(void), unsigned count)
{
    for (unsigned n = 0; n < count; n++) {
        parts[n]();
    }
}

void probe(void)
{
    static void (*const chips[])(void) = {
        probe_serial, probe_parallel, probe_timers, probe_pic, probe_dma, probe_rtc,
        probe_ps2,    probe_fdc,      probe_ata,    probe_pci, probe_vga,
    };
    static void (*const services[])(void) = {probe_vbe, probe_bios, probe_tables};
    u8 master = in8(0x21), slave = in8(0xA1);
    say("pic masks at first %b %b elcr %i %i\n", master, slave, 0x4D0, 0x4D1);
    mask_interrupts(0xFE, 0xFF); // only the timer's, for wait_ms
    out8(0x43, 0x34);            // which counts by ones, for wait_us
    out8(0x40, 0);
    out8(0x40, 0);
    perform(chips, COUNT_OF(chips));
    mask_interrupts(master, slave);
    perform(services, COUNT_OF(services));
    say("end\n");
    end();
}
