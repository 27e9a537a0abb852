// The PC: an i440FX/PIIX3 board of about 1998, as SeaBIOS and every system since knows it.
//
//   CPU (cpu/x86) ── local APIC (dev/lapic.c)
//    │
//   i440FX host bridge 00:00.0 (dev/i440fx.c) ── RAM, shadow RAM
//    │ PCI bus 0 (dev/pci.c)
//    ├─ PIIX3 ISA bridge 00:01.0 (dev/piix3.c): PIRQ routing, CF9h reset
//    │   ├─ 2 x 8259A (dev/pic.c), I/O APIC (dev/ioapic.c)
//    │   ├─ 2 x 8237A with page registers (dev/dma.c)
//    │   ├─ 8254 (dev/pit.c), port 61h (dev/speaker.c), MC146818 (dev/rtc.c)
//    │   ├─ HPET (dev/hpet.c), which passes on or replaces the interrupts of these two
//    │   ├─ 8042, keyboard, mouse (dev/ps2*.c), port 92h (dev/port92.c)
//    │   ├─ floppy controller and its two drives (dev/fdc*.c, floppy.c)
//    │   ├─ coprocessor error latch, port F0h (dev/ferr.c)
//    │   ├─ 16550A x 4 (dev/uart.c), printer port (dev/parallel.c)
//    │   └─ fw_cfg (dev/fwcfg.c), E9h (dev/debugcon.c), isa-debug-exit (dev/debugexit.c)
//    ├─ PIIX3 IDE 00:01.1 (dev/ide.c, ata.c, atapi.c, cdrom.c, bmdma.c)
//    ├─ PIIX4 power management 00:01.3 (dev/piix4_pm.c)
//    └─ VGA 00:02.0 (dev/vga*.c)
//
// Wiring only: what a chip does is in its file. To come: parallel (in dev/).
#pragma once

#include "core/audio.h"
#include "core/disk.h"
#include "core/machine.h"
#include "cpu/x86/x86.h"
#include "dev/debugcon.h"
#include "dev/debugexit.h"
#include "dev/dma.h"
#include "dev/fdc.h"
#include "dev/ferr.h"
#include "dev/fwcfg.h"
#include "dev/hpet.h"
#include "dev/i440fx.h"
#include "dev/ide.h"
#include "dev/ioapic.h"
#include "dev/lapic.h"
#include "dev/parallel.h"
#include "dev/pci.h"
#include "dev/pic.h"
#include "dev/piix3.h"
#include "dev/piix4_pm.h"
#include "dev/pit.h"
#include "dev/port92.h"
#include "dev/ps2.h"
#include "dev/rtc.h"
#include "dev/speaker.h"
#include "dev/uart.h"
#include "dev/vga.h"
#include "machine/board.h"
#include "machine/pc_boot.h"
#include "machine/pc_debug.h"

struct pc {
    struct vt_machine vm; // what the public interface holds
    struct machine m;
    struct vt_host host;
    struct vt_pc_config config;

    struct x86 cpu;
    struct line_or isa_irq[16]; // shared by all that drive the same ISA interrupt
    struct lapic lapic;
    struct ioapic ioapic;
    struct pic pic;
    struct hpet hpet;
    struct dma dma;
    struct pit pit;
    struct audio audio; // only with config.audio_hz
    struct speaker speaker;
    struct rtc rtc;
    struct ps2 ps2;
    struct port92 port92;
    struct ferr ferr;
    struct uart uart[VT_SERIAL_PORTS];
    struct parallel parallel;
    struct debugcon debugcon;
    struct debugexit debugexit;
    struct fwcfg fwcfg;
    struct pci pci;
    struct i440fx i440fx;
    struct piix3 piix3;
    struct piix4_pm pm;
    struct ide ide;
    struct fdc fdc;
    struct vga vga;

    struct pc_debug debug;
    struct disk disk[VT_SLOTS]; // the media, by enum vt_slot
    struct pc_boot boot;

    u8 *ram, *rom, *vram, *page_flags;
    u64 ram_bytes, rom_bytes, vram_bytes;
};
