// PCI by configuration mechanism 1, without the BIOS.
#include "probe.h"

static u32 config(unsigned devfn, unsigned offset)
{
    out32(0xCF8, 0x80000000 | devfn << 8 | offset);
    return in32(0xCFC);
}

static void set_config(unsigned devfn, unsigned offset, u32 value)
{
    out32(0xCF8, 0x80000000 | devfn << 8 | offset);
    out32(0xCFC, value);
}

static void probe_mechanisms(void)
{
    u32 before = in32(0xCF8);
    out32(0xCF8, 0x80000000);
    say("pci mechanism 1 %l", in32(0xCF8));
    out32(0xCF8, 0xFFFFFFFF);
    say(" all %l", in32(0xCF8));
    out32(0xCF8, 0x80000000);
    out8(0xCF8, 0);
    out8(0xCFA, 0);
    say(" mechanism 2 %i %i address %l", 0xCF8, 0xCFA, in32(0xCF8));
    out32(0xCF8, 0x80000000);
    say(" bytes %i %i %i %i words %w %w", 0xCFC, 0xCFD, 0xCFE, 0xCFF, in16(0xCFC), in16(0xCFE));
    out32(0xCF8, 0);
    say(" off %l", in32(0xCFC));
    out32(0xCF8, 0x80010000);
    say(" bus 1 %l\n", in32(0xCFC));
    out32(0xCF8, before);
}

static void probe_bars(unsigned devfn)
{
    u32 command = config(devfn, 4);
    set_config(devfn, 4, command & 0xFFF8);
    for (unsigned bar = 0; bar < 7; bar++) {
        unsigned offset = bar < 6 ? 0x10 + 4 * bar : 0x30;
        u32 before = config(devfn, offset);
        set_config(devfn, offset, bar < 6 ? 0xFFFFFFFF : 0xFFFFFFFE);
        u32 size = config(devfn, offset);
        set_config(devfn, offset, before);
        if (size || before) {
            say("pci %b bar %u at %l size %l\n", devfn, bar, before, size);
        }
    }
    set_config(devfn, 4, 0x0000FFFF);
    u32 writable = config(devfn, 4);
    set_config(devfn, 4, command & 0xFFFF);
    say("pci %b command writable %w\n", devfn, writable & 0xFFFF);
}

static void probe_function(unsigned devfn)
{
    say("pci %b id %l command %l class %l header %l\n", devfn, config(devfn, 0), config(devfn, 4),
        config(devfn, 8), config(devfn, 12));
    say("pci %b cis %l subsystem %l capabilities %l interrupt %l\n", devfn, config(devfn, 0x28),
        config(devfn, 0x2C), config(devfn, 0x34), config(devfn, 0x3C));
    probe_bars(devfn);
    for (unsigned offset = 0x40; offset < 0x100; offset += 4) {
        u32 value = config(devfn, offset);
        if (value) {
            say("pci %b register %b %l\n", devfn, offset, value);
        }
    }
}

void probe_pci(void)
{
    probe_mechanisms();
    for (unsigned devfn = 0; devfn < 256; devfn++) {
        if (config(devfn, 0) != 0xFFFFFFFF) {
            probe_function(devfn);
        }
    }
}
