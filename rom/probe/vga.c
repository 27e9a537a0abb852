// The registers of the VGA: which bits each of them has, and the Bochs display extension.
#include "probe.h"

struct bank {
    const char *name;
    u16 port;
    u8 count;
};

// What a register reads after ones and after zeros were written, and what it was.
static void probe_bank(const struct bank *b)
{
    out8(b->port, 0xFF);
    say("vga %s index %i\n", b->name, b->port);
    for (unsigned n = 0; n < b->count; n++) {
        out8(b->port, (u8)n);
        u8 before = in8(b->port + 1);
        out8(b->port + 1, 0xFF);
        u8 ones = in8(b->port + 1);
        out8(b->port + 1, 0x00);
        u8 zeros = in8(b->port + 1);
        out8(b->port + 1, before);
        say("vga %s %b was %b bits %b %b\n", b->name, n, before, ones, zeros);
    }
}

static void probe_attributes(void)
{
    in8(0x3DA);
    out8(0x3C0, 0xFF);
    say("vga attribute index %i\n", 0x3C0);
    for (u8 n = 0; n < 0x20; n++) {
        u8 values[3] = {0, 0xFF, 0x00}, read[3];
        for (unsigned i = 0; i < 3; i++) {
            in8(0x3DA);
            out8(0x3C0, n);
            read[0] = i ? read[0] : in8(0x3C1);
            values[0] = read[0];
            if (i) {
                out8(0x3C0, values[i]);
                read[i] = in8(0x3C1);
            }
        }
        in8(0x3DA);
        out8(0x3C0, n);
        out8(0x3C0, values[0]);
        say("vga attribute %b was %b bits %b %b\n", n, read[0], read[1], read[2]);
    }
    in8(0x3DA);
    out8(0x3C0, 0x20);
}

static void probe_dac(void)
{
    out8(0x3C6, 0x5A);
    say("vga dac mask %i", 0x3C6);
    out8(0x3C6, 0xFF);
    out8(0x3C7, 5);
    say(" reading state %i index %i", 0x3C7, 0x3C8);
    say(" entry %i %i %i index %i", 0x3C9, 0x3C9, 0x3C9, 0x3C8);
    out8(0x3C8, 250);
    for (unsigned n = 0; n < 5; n++) {
        out8(0x3C9, 0xFF);
    }
    say(" writing state %i index %i", 0x3C7, 0x3C8);
    out8(0x3C7, 250);
    say(" entry %i %i %i", 0x3C9, 0x3C9, 0x3C9);
    for (unsigned n = 0; n < 4; n++) { // the hidden register of others
        in8(0x3C6);
    }
    say(" hidden %i\n", 0x3C6);
    out8(0x3C6, 0xFF);
}

static void probe_outside(void)
{
    u8 misc = in8(0x3CC);
    say("vga misc %b feature %i enable %i sense %i mono %i %i crtc %i\n", misc, 0x3CA, 0x3C3, 0x3C2,
        0x3B4, 0x3BA, 0x3D4);
    out8(0x3C2, misc & 0xFE);
    out8(0x3B4, 0x0E);
    out8(0x3B5, 0x12);
    say("vga moved mono %i %i colour %i %i status %b\n", 0x3B4, 0x3B5, 0x3D4, 0x3D5,
        in8(0x3BA) & 0xF6);
    out8(0x3B5, 0);
    out8(0x3C2, 0xFF);
    say("vga misc bits %i", 0x3CC);
    out8(0x3C2, misc);
    out8(0x3DA, 0xFF);
    say(" feature bits %i", 0x3CA);
    out8(0x3DA, 0);
    u8 seen = 0, always = 0xFF;
    for (unsigned n = 0; n < 2000; n++) { // more than a picture, and many times in each line
        u8 status = in8(0x3DA);
        seen |= status;
        always &= status;
        wait_us(10);
    }
    say(" status 1 changes %b always %b\n", seen ^ always, always & 0xC9);
    u8 other[] = {in8(0x3C3), in8(0x3CB), in8(0x3CD), in8(0x3D0),
                  in8(0x3D9), in8(0x3B8), in8(0x3BF), in8(0x3D8)};
    say("vga others%m\n", other, (unsigned)sizeof other);
}

static void probe_memory(void)
{
    static const u32 places[] = {0xA0000, 0xAFFFF, 0xB0000, 0xB8000, 0xBFFFF, 0xC0000};
    say("vga memory");
    for (unsigned n = 0; n < COUNT_OF(places); n++) {
        say(" %l: %b", places[n], peek(places[n]));
    }
    say("\n");
}

static void probe_extension(void)
{
    for (u16 n = 0; n < 12; n++) {
        out16(0x1CE, n);
        say("vga extension %b %w", n, in16(0x1CF));
        if (n == 1 || n == 2 || n == 3) {
            u16 before = in16(0x1CF);
            out16(0x1CF, 0xFFFF);
            say(" most %w", in16(0x1CF));
            out16(0x1CF, before);
        }
        say("\n");
    }
    out16(0x1CE, 0);
    for (u16 id = 0xB0C0; id < 0xB0C6; id++) {
        out16(0x1CF, id);
        say("%s%w", id == 0xB0C0 ? "vga extension ids " : " ", in16(0x1CF));
    }
    out16(0x1CF, 0xB0C5);
    out16(0x1CE, 4);
    out16(0x1CF, 2);
    for (u16 n = 1; n < 4; n++) {
        out16(0x1CE, n);
        say("%s%w", n == 1 ? " most " : " ", in16(0x1CF));
    }
    out16(0x1CE, 4);
    out16(0x1CF, 0);
    say(" second port %w\n", in16(0x1D0));
}

void probe_vga(void)
{
    static const struct bank banks[] = {
        {"sequencer", 0x3C4, 8}, {"graphics", 0x3CE, 16}, {"crtc", 0x3D4, 32}};
    probe_outside();
    probe_memory();
    for (unsigned n = 0; n < COUNT_OF(banks); n++) {
        if (n == 2) {
            out16(0x3D4, 0x0011); // not protected
        }
        probe_bank(&banks[n]);
    }
    out16(0x3D4, 0x8011);
    out16(0x3D4, 0xFF07);
    out16(0x3D4, 0xFF00);
    say("vga protected %i", 0x3D5);
    out8(0x3D4, 7);
    say(" %i\n", 0x3D5);
    out8(0x3C4, 0);
    probe_attributes();
    probe_dac();
    probe_extension();
    bios(0x10, &(struct registers){.eax = 3});
}

// --- VESA ---

static u16 word(unsigned offset)
{
    return (u16)(buffer[offset] | buffer[offset + 1] << 8);
}

static void probe_mode(u16 mode)
{
    struct registers r = {.eax = 0x4F01, .ecx = mode, .edi = (u32)buffer};
    bios(0x10, &r);
    say("vbe mode %w result %w attributes %w windows %b %b %w %w %w pitch %w size %u x %u\n", mode,
        r.eax & 0xFFFF, word(0), buffer[2], buffer[3], word(4), word(6), word(8), word(16),
        word(18), word(20));
    say("vbe mode %w character%m\n", mode, buffer + 22, 28 - 22 + 14);
}

void probe_vbe(void)
{
    static u16 modes[128];
    for (unsigned n = 0; n < 512; n++) {
        buffer[n] = 0;
    }
    buffer[0] = 'V', buffer[1] = 'B', buffer[2] = 'E', buffer[3] = '2';
    struct registers r = {.eax = 0x4F00, .edi = (u32)buffer};
    bios(0x10, &r);
    say("vbe result %w version %w capabilities %b%b%b%b memory %w revision %w\n", r.eax & 0xFFFF,
        word(4), buffer[13], buffer[12], buffer[11], buffer[10], word(18), word(20));
    u32 list = (u32)word(16) << 4, at = list + word(14);
    unsigned count = 0;
    while (r.eax == 0x4F && count < COUNT_OF(modes)) {
        u16 mode = (u16)(peek(at) | peek(at + 1) << 8);
        if (mode == 0xFFFF) {
            break;
        }
        modes[count++] = mode;
        at += 2;
    }
    say("vbe modes %u\n", count);
    for (unsigned n = 0; n < count; n++) {
        probe_mode(modes[n]);
    }
    r = (struct registers){.eax = 0x4F03};
    bios(0x10, &r);
    say("vbe now %w %w", r.eax & 0xFFFF, r.ebx & 0xFFFF);
    r = (struct registers){.eax = 0x4F0A};
    bios(0x10, &r);
    say(" protected mode %w", r.eax & 0xFFFF);
    r = (struct registers){.eax = 0x4F15};
    bios(0x10, &r);
    say(" ddc %w %w", r.eax & 0xFFFF, r.ebx & 0xFFFF);
    r = (struct registers){.eax = 0x4F10};
    bios(0x10, &r);
    say(" power %w\n", r.eax & 0xFFFF);
}
