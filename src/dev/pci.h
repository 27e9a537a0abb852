// PCI bus 0: configuration mechanism #1 (ports CF8h and CFCh), configuration space with base
// address registers, and the INTx wires of the slots. [PCI2.1] 3.7.4, 6.1, 6.2
#pragma once

#include "base/types.h"
#include "core/dev.h"
#include "core/line.h"
#include "core/ports.h"

struct pci;
struct pci_function;

enum {
    PCI_CONFIG_BYTES = 256,
    PCI_FUNCTIONS = 256, // 32 slots of 8 functions
    PCI_PIRQS = 4,
    PCI_BARS = 7,    // six base address registers and the expansion ROM's
    PCI_BAR_ROM = 6, // index of the latter
};

#define PCI_DEVFN(slot, function) ((unsigned)(slot) << 3 | (unsigned)(function))

// Registers of the configuration header of type 0.
enum {
    PCI_VENDOR_ID = 0x00,
    PCI_DEVICE_ID = 0x02,
    PCI_COMMAND = 0x04,
    PCI_STATUS = 0x06,
    PCI_REVISION = 0x08,
    PCI_CLASS = 0x09, // three bytes: interface, subclass, class
    PCI_HEADER_TYPE = 0x0E,
    PCI_BAR0 = 0x10,
    PCI_SUBSYSTEM_VENDOR_ID = 0x2C,
    PCI_SUBSYSTEM_ID = 0x2E,
    PCI_ROM_ADDRESS = 0x30,
    PCI_INTERRUPT_LINE = 0x3C,
    PCI_INTERRUPT_PIN = 0x3D, // 1 to 4: INTA# to INTD#

    PCI_COMMAND_IO = 1,
    PCI_COMMAND_MEMORY = 2,
    PCI_COMMAND_MASTER = 4,
};

enum pci_bar_kind {
    PCI_BAR_NONE = 0,
    PCI_BAR_IO,
    PCI_BAR_MEMORY,
    PCI_BAR_PREFETCHABLE, // memory without side effects of reads
};

struct pci_bar {
    enum pci_bar_kind kind;
    u32 size_bytes; // a power of two; I/O at least 4, memory at least 4096
};

// What a function is: the constant part of its header.
struct pci_identity {
    u16 vendor, device, subsystem_vendor, subsystem;
    u32 class_code; // class, subclass, interface as 24 bits
    u8 revision;
    u8 interrupt_pin;      // 0: none
    bool is_multifunction; // bit 7 of the header type
    struct pci_bar bars[PCI_BARS];
};

// One function of a device. Its 256 bytes of configuration space are part of the device's saved
// state; `writable` has a 1 for each bit that configuration writes change.
struct pci_function {
    const struct pci_identity *identity;
    struct pci *bus;
    unsigned devfn;
    u8 *config;
    u8 writable[PCI_CONFIG_BYTES];
    u8 write_1_to_clear[PCI_CONFIG_BYTES];

    void *owner;
    // A base address register or the command register's decoding was changed; NULL: no BARs. Called
    // for each BAR whose answer differs from before.
    void (*mapped)(void *owner, unsigned bar, u32 base, bool is_enabled);
    // Registers were written (config has the new value already, base addresses are told); NULL: not
    // interested.
    void (*written)(void *owner, unsigned offset, unsigned size_bytes);

    u32 mapped_base[PCI_BARS]; // what `mapped` was told last; 0: not decoded
};

struct pci_state {
    u32 address;               // CF8h
    u8 intx[PCI_FUNCTIONS];    // level of the INTx output of each function
    u16 pirq_count[PCI_PIRQS]; // how many functions pull each wire
};

struct pci {
    struct dev dev;
    struct pci_state s;

    struct pci_function *functions[PCI_FUNCTIONS];
    struct line pirq[PCI_PIRQS]; // inputs of the interrupt router

    // Byte accesses to CF9h, the reset control register of the south bridge.
    u8 (*reset_control_read)(void *owner);
    void (*reset_control_write)(void *owner, u8 value);
    void *reset_control_owner;
};

void pci_init(struct pci *p, struct ports *ports);

// Puts a function on the bus, with the header that `identity` describes (it must stay) in `config`.
// The owner's dev reset calls pci_function_reset; `restored` calls pci_function_restored.
void pci_add(struct pci *p, unsigned devfn, struct pci_function *f,
             const struct pci_identity *identity, u8 *config, void *owner,
             void (*mapped)(void *owner, unsigned bar, u32 base, bool is_enabled),
             void (*written)(void *owner, unsigned offset, unsigned size_bytes));
// Fills the header anew: everything decoded off. Registers from 40h on become 0.
void pci_function_reset(struct pci_function *f);
// The configuration bytes were loaded: tells `mapped` what they say.
void pci_function_restored(struct pci_function *f);
// Level of the function's interrupt pin; it reaches PIRQ (slot + pin - 2) mod 4: slot 1's INTA# is
// PIRQA.
void pci_set_interrupt(struct pci_function *f, bool level);

u32 pci_config_read(struct pci *p, unsigned devfn, unsigned offset, unsigned size_bytes);
void pci_config_write(struct pci *p, unsigned devfn, unsigned offset, u32 value,
                      unsigned size_bytes);
