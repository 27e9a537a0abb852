// Intel PIIX3 (82371SB) function 0, the ISA bridge: routes the PCI interrupts to ISA ones, and
// resets the machine (port CF9h). The IDE function is in ide.h, power management (of a PIIX4) in
// piix4_pm.h. [PIIX3] 2.2
#pragma once

#include "base/types.h"
#include "core/dev.h"
#include "core/line.h"
#include "dev/pci.h"

struct piix3_state {
    u8 config[PCI_CONFIG_BYTES];
    u8 reset_control;
    u8 pirq_level[PCI_PIRQS];
    u16 irq_level; // what the ISA interrupt wires were told last, a bit each
};

struct piix3 {
    struct dev dev;
    struct piix3_state s;

    struct pci_function function;
    struct line irq[16]; // NULL for those that nothing may be routed to
    struct line reset, init;
};

// `irq` are 16 wires to the interrupt controllers' inputs (PIC and I/O APIC get the same level).
// `reset` is pulsed when the guest asks for a hard reset, `init` for a soft one.
void piix3_init(struct piix3 *b, struct pci *pci, unsigned devfn, const struct line irq[16],
                struct line reset, struct line init);
