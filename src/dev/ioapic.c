// 82093AA I/O advanced programmable interrupt controller. Key: [82093AA].
//
//   FEC00000h  IOREGSEL  index of the register behind IOWIN (8 bits)
//   FEC00010h  IOWIN     32 bits:
//     00     ID, D27:24
//     01     version 11h, D23:16 last entry 23
//     02     arbitration ID, as the ID
//     10-3F  redirection table, two words an entry:
//            D7:0 vector  D10:8 delivery mode  D11 logical destination  D12 delivery pending
//            D13 active low  D14 remote IRR  D15 level triggered  D16 masked  D63:56 destination
//
// Messages are delivered at once, so D12 is seen set only while no local APIC takes the message of
// a level, which is sent again when one might. Inputs are "asserted" or not; the polarity bit is
// kept but has no effect, the board wires both polarities as that.
//
// Not implemented: SMI messages are passed on like the others, for the receiver to ignore; an edge
// that no local APIC takes is lost.
#include "dev/ioapic.h"

#include "core/fields.h"

enum { IOAPIC_BASE = 0xfec00000u, REGSEL = 0x00, WINDOW = 0x10 };
enum { REG_ID, REG_VERSION, REG_ARBITRATION, REG_TABLE = 0x10 };
enum {
    VERSION = 0x00170011,
    ENTRY_LOGICAL = 1 << 11,
    ENTRY_PENDING = 1 << 12,
    ENTRY_REMOTE_IRR = 1 << 14,
    ENTRY_LEVEL = 1 << 15,
    ENTRY_MASKED = 1 << 16,
    LOW_WRITABLE = 0x1afff,
    MODE_LOWEST = 1,
};
#define HIGH_WRITABLE 0xff000000u

static const struct field ioapic_fields[] = {
    FIELD_ARRAY(struct ioapic_state, entry),
    FIELD(struct ioapic_state, inputs),
    FIELD(struct ioapic_state, select),
    FIELD(struct ioapic_state, id),
};
static const struct field_table ioapic_table =
    FIELD_TABLE("ioapic", 1, struct ioapic_state, ioapic_fields);

static unsigned mode_of(u64 entry)
{
    return entry >> 8 & 7;
}

// Only fixed and lowest-priority interrupts know a level; the rest are edges whatever D15 says.
static bool is_level(u64 entry)
{
    return (entry & ENTRY_LEVEL) && mode_of(entry) <= MODE_LOWEST;
}

static void send(struct ioapic *a, unsigned n)
{
    u64 e = a->s.entry[n];
    bool is_taken = a->deliver && a->deliver(a->owner, (u8)(e >> 56), e & ENTRY_LOGICAL,
                                             (u8)mode_of(e), (u8)e, is_level(e));
    if (is_level(e) && is_taken) {
        a->s.entry[n] |= ENTRY_REMOTE_IRR; // until the EOI with this vector comes back
    }
}

// A level-triggered input that is asserted, not masked and not in service yet.
static bool wants_level(const struct ioapic *a, unsigned n)
{
    u64 e = a->s.entry[n];
    bool is_asserted = a->s.inputs >> n & 1;
    return is_level(e) && is_asserted && !(e & (ENTRY_MASKED | ENTRY_REMOTE_IRR));
}

static void send_level(struct ioapic *a, unsigned n)
{
    if (wants_level(a, n)) {
        send(a, n);
    }
}

void ioapic_retry(void *ioapic)
{
    for (unsigned n = 0; n < IOAPIC_INPUTS; n++) {
        send_level(ioapic, n);
    }
}

void ioapic_set_irq(void *ioapic, unsigned n, bool level)
{
    struct ioapic *a = ioapic;
    if (n >= IOAPIC_INPUTS) {
        return;
    }
    u32 bit = 1u << n;
    bool rises = level && !(a->s.inputs & bit);
    a->s.inputs = level ? a->s.inputs | bit : a->s.inputs & ~bit;
    u64 e = a->s.entry[n];
    if (is_level(e)) {
        send_level(a, n);
    } else if (rises && !(e & ENTRY_MASKED)) {
        send(a, n); // an edge at a masked input is lost ([82093AA] 3.2.4)
    }
}

void ioapic_eoi(void *ioapic, u8 vector)
{
    struct ioapic *a = ioapic;
    for (unsigned n = 0; n < IOAPIC_INPUTS; n++) {
        if ((a->s.entry[n] & ENTRY_REMOTE_IRR) && (u8)a->s.entry[n] == vector) {
            a->s.entry[n] &= ~(u64)ENTRY_REMOTE_IRR;
            send_level(a, n);
        }
    }
}

// --- registers ---

static u32 read_register(const struct ioapic *a)
{
    unsigned r = a->s.select;
    switch (r) {
    case REG_ID:
    case REG_ARBITRATION: return (u32)a->s.id << 24;
    case REG_VERSION: return VERSION;
    default: break;
    }
    if (r < REG_TABLE || r >= REG_TABLE + 2 * IOAPIC_INPUTS) {
        return 0;
    }
    unsigned n = (r - REG_TABLE) / 2;
    u64 entry = a->s.entry[n] | (wants_level(a, n) ? ENTRY_PENDING : 0);
    return (u32)(entry >> (r & 1 ? 32 : 0));
}

static void write_entry(struct ioapic *a, unsigned n, bool is_high, u32 v)
{
    u64 e = a->s.entry[n];
    if (is_high) {
        a->s.entry[n] = (u32)e | (u64)(v & HIGH_WRITABLE) << 32;
        send_level(a, n); // one that waits may have a receiver now
        return;
    }
    e = (e & ~(u64)LOW_WRITABLE) | (v & LOW_WRITABLE);
    if (!is_level(e)) {
        e &= ~(u64)ENTRY_REMOTE_IRR; // QUIRK: Linux turns an entry to edge to clear it
    }
    a->s.entry[n] = e;
    send_level(a, n);
}

static void write_register(struct ioapic *a, u32 v)
{
    unsigned r = a->s.select;
    if (r == REG_ID) {
        a->s.id = v >> 24 & 15;
    } else if (r >= REG_TABLE && r < REG_TABLE + 2 * IOAPIC_INPUTS) {
        write_entry(a, (r - REG_TABLE) / 2, r & 1, v);
    }
}

static u64 mmio_read(void *owner, u64 offset, unsigned size_bytes UNUSED)
{
    const struct ioapic *a = owner;
    switch (offset) {
    case REGSEL: return a->s.select;
    case WINDOW: return read_register(a);
    default: return 0;
    }
}

static void mmio_write(void *owner, u64 offset, u64 value, unsigned size_bytes UNUSED)
{
    struct ioapic *a = owner;
    if (offset == REGSEL) {
        a->s.select = (u8)value;
    } else if (offset == WINDOW) {
        write_register(a, (u32)value);
    }
}

// [82093AA] 3.2: ID 0, every entry masked. The inputs belong to those who drive them.
static void reset(void *owner)
{
    struct ioapic *a = owner;
    for (unsigned n = 0; n < IOAPIC_INPUTS; n++) {
        a->s.entry[n] = ENTRY_MASKED;
    }
    a->s.select = 0;
    a->s.id = 0;
}

void ioapic_init(struct ioapic *a, struct phys *phys, ioapic_deliver_fn *deliver, void *owner)
{
    *a = (struct ioapic){.deliver = deliver, .owner = owner};
    dev_init(&a->dev, "ioapic", &ioapic_table, &a->s, a, reset, NULL);
    phys_map_mmio(phys, IOAPIC_BASE, PHYS_PAGE_BYTES, 4, mmio_read, mmio_write, a, "ioapic");
    reset(a);
}
