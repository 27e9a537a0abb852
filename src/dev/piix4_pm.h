// Intel PIIX4 (82371AB) function 3: ACPI power management, the APM ports, and an SMBus with nothing
// on it. [PIIX4] 7
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "core/line.h"
#include "core/log.h"
#include "core/ports.h"
#include "dev/pci.h"

struct piix4_pm_state {
    u8 config[PCI_CONFIG_BYTES];
    u8 pm1_status[2], pm1_enable[2], pm1_control[2]; // low byte first
    u8 gpe_status[2], gpe_enable[2];
    u8 apm_control, apm_status; // B2h, B3h
    u64 timer_toggles_seen;     // how often bit 23 had toggled when last looked at
    u8 smbus_status, smbus[8];
};

// Devices on the ISA bus that the function's registers say there are.
enum piix4_pm_isa {
    PIIX4_PM_FLOPPY = 1,   // 3F0h
    PIIX4_PM_PARALLEL = 2, // 378h
    PIIX4_PM_SERIAL_A = 4, // 3F8h
    PIIX4_PM_SERIAL_B = 8, // 2F8h
};

struct piix4_pm {
    struct dev dev;
    struct piix4_pm_state s;

    struct pci_function function;
    struct ports *ports;
    struct clock *clock;
    struct log *log;
    struct event timer_event; // bit 23 of the timer toggles; armed while that interrupts
    unsigned pm_range, pm_again_range, smbus_range;
    unsigned isa; // enum piix4_pm_isa
    struct line sci;
    struct line power_off;
};

// `sci`: the system control interrupt, IRQ 9, level triggered. `power_off` goes high when the guest
// switches itself off. `isa`: the enum piix4_pm_isa that the board has.
void piix4_pm_init(struct piix4_pm *p, struct pci *pci, unsigned devfn, struct ports *ports,
                   struct clock *clock, struct log *log, struct line sci, struct line power_off,
                   unsigned isa);
// Presses the power button: the guest hears of it if it wants to.
void piix4_pm_power_button(struct piix4_pm *p);
